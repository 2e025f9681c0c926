/* The loop over batches that every training shares: batches come prepared from a loader, each step
 * is an update by the recipe's optimiser and schedule, the moving average follows, and progress and
 * checkpoints come as time passes. A training is one or more stages, each a lesson; a stage's
 * result is its moving average where it keeps one. Everything is a function of (seed, step), so
 * that a training stopped at any step goes on bit for bit. */
#pragma once

#include "vqa/run/learning.h"
#include "vqa/run/loader.h"
#include "vqa/run/run.h"

G_BEGIN_DECLS

#define VQA_MAX_STAGES   8
#define VQA_LESSON_SLOTS 4 /* batches prepared ahead, the one in use included */

/* The state of a training, all of it in the checkpoint. */
typedef struct
{
  vqa_run *run;
  nn_params *params;
  const vqa_machine *machine;
  const vqa_pace *pace;
  const char *text; /* the recipe's, kept in the checkpoint */
  const char *data; /* hash of what ids mean (words, answers, classes); going on needs the same */
  int n_stages;
  guint64 stage_steps[VQA_MAX_STAGES]; /* updates; 0: the stage is left out */
  int stage;                           /* where it is */
  guint64 step;                        /* updates done in this stage */
} vqa_trainer;

/* One stage. */
typedef struct
{
  const char *name;
  guint64 per_pass; /* steps of one pass over the data */
  int samples;      /* of a batch, for the speed */
  const char *unit; /* what they are, "pictures" */
  double rate, decay;
  const vqa_learning *learning;
  guint64 seed; /* of dropout */
  nn_team *team;
  nn_node total;        /* what is learned from: gradients begin here */
  nn_node loss;         /* shown; kept, as `other` */
  nn_node other;        /* shown as well; i < 0: nothing */
  const char *other_as; /* its name */
  gpointer *slots;      /* (VQA_LESSON_SLOTS) for the loader */
  vqa_loader_fill fill; /* a batch for a step into a slot; on other threads */
  void (*feed) (gpointer user, gconstpointer slot);    /* a slot into the team's inputs */
  gboolean (*examine) (gpointer user, GError **error); /* after every pass, with the averages as
                                                          values; may be NULL */
  gpointer user;
} vqa_lesson;

/* Goes back to the run's checkpoint: values, moments and averages into params, the place into t.
 * *found: whether there was one. Damaged or from other data: an error that names it. */
gboolean vqa_trainer_load (vqa_trainer *t, gboolean *found, GError **error);
/* Carries out the stage t is at from the step it is at, and goes on to the next stage, saved.
 * VQA_ERROR_STOPPED, saved, after SIGINT; VQA_ERROR_FAILED when the loss is not finite. */
gboolean vqa_trainer_teach (vqa_trainer *t, const vqa_lesson *l, GError **error);
/* Goes on to the next stage without doing anything. */
void vqa_trainer_skip (vqa_trainer *t);

G_END_DECLS
