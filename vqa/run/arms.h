/* Arms of a comparison: one recipe with some values changed, each trained from several seeds. A
 * recipe names them in its group [arms], NAME=group.key=value;group.key=value;... . */
#pragma once

#include "vqa/run/run.h"

G_BEGIN_DECLS

#define VQA_ARM_SEEDS 10 /* at most */

typedef struct
{
  char *name;
  char **settings; /* "group.key=value", NULL-terminated; none: the recipe as it is */
} vqa_arm;

/* Array of vqa_arm in the recipe's order, each of them a recipe that can be read with options'
 * settings; VQA_ERROR_RECIPE when there is none, one is wrong, or the names of two would make the
 * same files. */
GPtrArray *vqa_arms_read (const vqa_run_options *options, GError **error);

typedef struct
{
  guint seeds;
  double accuracy[VQA_ARM_SEEDS], blind[VQA_ARM_SEEDS]; /* percent, of all questions */
  gint64 parameters, macs;
  double milliseconds; /* of one answer, from pixels; median */
} vqa_arm_result;

/* Trains the arm with seeds 1 to `seeds`, each to folder/NAME-SEED.safetensors, and reads their
 * scores. options: for each run; its settings come before the arm's, its output is not used. What
 * is there already is not trained again, so that the same call goes on after it was stopped;
 * VQA_ERROR_FAILED when it came from another recipe. */
gboolean vqa_arm_run (const vqa_arm *arm, const vqa_run_options *options, const char *folder,
                      guint seeds, vqa_arm_result *result, GError **error);
/* Mean of n values (at least 2), and half the width of its 95 % interval (Student's t). */
double vqa_arm_mean (const double *values, guint n, double *half);

G_END_DECLS
