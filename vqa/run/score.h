/* How good a network is on one split of the examples, and its calibration. */
#pragma once

#include "vqa/run/cache.h"
#include "vqa/run/examples.h"

G_BEGIN_DECLS

/* Sums over questions; accuracies are sums of values from 0 to 1. */
typedef struct
{
  guint n;
  double right, blind;
} vqa_tally;

typedef struct
{
  vqa_tally human; /* all human questions */
  vqa_tally yes_no, number, other;
  vqa_tally existence;      /* from class lists, half of them yes */
  vqa_tally captions;       /* made from captions */
  double always_yes;        /* sum over human yes/no questions of the accuracy of "yes" */
  double calibration_error; /* expected calibration error, 15 bins, human questions (Guo et al.
                               2017) */
} vqa_scores;

/* pictures: squares (side,side,3) by photo. Existence questions are the same at every call. */
gboolean vqa_score (const vqa_examples *e, vqa_graphs *g, const vqa_cache *pictures,
                    vqa_split split, vqa_scores *to, GError **error);
/* Fits contents->temperature and ->blind_temperature on the calibration split: least cross entropy
 * with the annotators' shares. */
gboolean vqa_calibrate (vqa_examples *e, vqa_graphs *g, const vqa_cache *pictures, GError **error);
/* The scores as a JSON object; accuracies in percent. The caller frees it. */
char *vqa_scores_json (const vqa_scores *s);

G_END_DECLS
