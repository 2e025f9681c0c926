/* vqa/run: recipes and runs. A recipe is a text that says what to train on what; its kind picks the
 * task that carries it out (run.c has the table). One execution of a recipe is a run: it has a
 * folder, runs/NAME-HASH below the current one (HASH stands for what decides the weights), with its
 * checkpoint; a row in the library, which `regard-cli runs` and the window show; and it tells its
 * progress as text on standard error and, when asked for, as JSON on standard output. The same
 * recipe started again goes on from the checkpoint; SIGINT finishes the batch, saves and stops.
 * rules.h reads recipes, learning.h holds how to learn, lesson.h the loop over batches that every
 * training shares, loader.h the threads that prepare them.
 *
 * Progress as JSON: one object a line, flushed at once. Every object has "event" and "run" (the id
 * in the library; null when there is no row):
 *   started     kind, name, recipe, folder, output, resumed (true: from a checkpoint)
 *   waiting     other (the run that goes on; only when asked to wait)
 *   preparing   what ("pictures", "features"), done, total
 *   progress    stage, stage_step, stage_steps, step, steps (of all stages), loss, rate,
 *               samples_per_second, seconds_left (of this stage, at this speed)
 *   metric      stage, step, name, value
 *   checkpoint  step, path
 *   finished    output, model (SHA-256 of that file)
 *   stopped     step: SIGINT or SIGTERM; the checkpoint is saved
 *   failed      message
 * The last line is finished, stopped or failed. Readers should ignore fields they do not know.
 */
#pragma once

#include "vqa/run/rules.h"

G_BEGIN_DECLS

typedef struct
{
  const char *recipe_path;
  const char *recipe_text;     /* instead of what recipe_path holds; NULL: read it */
  const char *data_root;       /* relative paths of the recipe begin here; NULL: current folder */
  const char *output;          /* model file to write; NULL: NAME.safetensors here */
  const char *const *settings; /* "group.key=value", NULL-terminated, or NULL */
  const char *library;         /* where the row is; NULL: vqa_store_default_path() */
  gboolean json;               /* progress as JSON on standard output */
  gboolean wait;               /* until no run that was started earlier goes on */
} vqa_run_options;

/* Carries out the recipe. A library that cannot be opened or written is told once and does without.
 * Errors: VQA_ERROR_STOPPED after SIGINT, and those of recipes, data and files. */
gboolean vqa_run_recipe (const vqa_run_options *options, GError **error);

/* ---- for tasks ------------------------------------------------------------------------------- */

/* One execution, as the task sees it. */
typedef struct vqa_run vqa_run;
/* Reads its recipe from vqa_run_source(), calls vqa_run_begin(), reads its data, calls
 * vqa_run_open(), trains (lesson.h), and writes vqa_run_output(). */
typedef gboolean (*vqa_task) (vqa_run *r, GError **error);

const vqa_source *vqa_run_source (const vqa_run *r);
/* Tells the run's name, a VQA_RULE_NAME, and the text that decides the
 * weights (vqa_source_key()), and that it has started. VQA_ERROR_FAILED when the same run goes on
 * in another process. */
gboolean vqa_run_begin (vqa_run *r, const char *name, const char *key, GError **error);
/* Makes the folder and keeps other processes out of it until the run ends; sweeps what a killed
 * process left there. */
gboolean vqa_run_open (vqa_run *r, GError **error);
const char *vqa_run_folder (const vqa_run *r);     /* runs/NAME-HASH */
const char *vqa_run_checkpoint (const vqa_run *r); /* its checkpoint.safetensors */
const char *vqa_run_output (const vqa_run *r);     /* the model to write */
/* Hash of what is learned from, 64 hex digits. */
void vqa_run_data (vqa_run *r, const char *hash);
/* Long work before the first step: `done` of `total`. r may be NULL. */
void vqa_run_preparing (vqa_run *r, const char *what, gsize done, gsize total);

/* Where a training is; text lives as long as the run. */
typedef struct
{
  const char *stage;
  guint64 stage_step, stage_steps, step, steps; /* step, steps: of all stages */
  double loss, rate;                            /* means since the last one */
  double samples_per_second, seconds_left;
} vqa_run_place;
/* Takes note of the place; tells it at most once a second unless `now`. */
void vqa_run_progress (vqa_run *r, const vqa_run_place *place, gboolean now);
/* A number measured at the place told last. */
void vqa_run_metric (vqa_run *r, const char *name, double value);
/* The checkpoint was saved. */
void vqa_run_saved (vqa_run *r);

G_END_DECLS
