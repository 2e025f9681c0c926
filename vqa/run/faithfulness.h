/* How faithful each kind of map is over many questions, against maps that know nothing: a random
 * one of the same grain, and one that is highest at the picture's centre, where things mostly are.
 */
#pragma once

#include "vqa/model/explain.h"

G_BEGIN_DECLS

/* Maps of the trial: the kinds of map, then the baselines. */
enum
{
  VQA_TRIAL_RANDOM = VQA_N_MAP_KINDS,
  VQA_TRIAL_CENTRE,
  VQA_TRIAL_MAPS
};
#define VQA_TRIAL_STEPS 10

typedef struct
{
  vqa_model *model;
  guint kinds;      /* a set of bits by vqa_map_kind: what is tried */
  GArray *measured; /* of vqa_faithfulness, VQA_TRIAL_MAPS a question */
} vqa_trial;

/* kinds 0: all that the model has. The model must stay. */
vqa_trial *vqa_trial_new (vqa_model *m, guint kinds);
void vqa_trial_free (vqa_trial *t);
/* Name of a map of the trial, "evidence", "random"; is it tried? */
const char *vqa_trial_name (int map);
gboolean vqa_trial_has (const vqa_trial *t, int map);
guint vqa_trial_questions (const vqa_trial *t);
/* Measures the maps of the model's best answer to a question about a picture. Errors as of
 * vqa_model_map(). */
gboolean vqa_trial_add (vqa_trial *t, const guint8 *square, const char *hash, const char *question,
                        GError **error);

/* A mean over questions and its standard error (NAN of less than two). */
typedef struct
{
  double mean, error;
} vqa_estimate;
typedef struct
{
  vqa_estimate deletion, insertion;
} vqa_trial_result;
vqa_trial_result vqa_trial_mean (const vqa_trial *t, int map);
/* By how much a map is better than a baseline, question by question: a lower deletion and a higher
 * insertion give values above 0. */
vqa_trial_result vqa_trial_gain (const vqa_trial *t, int map, int baseline);
/* More than two standard errors better than both baselines in both measures? */
gboolean vqa_trial_beats (const vqa_trial *t, int map);

G_END_DECLS
