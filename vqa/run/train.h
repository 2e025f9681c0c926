/* vqa/run: recipes and runs. A recipe says what to train on what; vqa_train() carries it out in two
 * stages (head: on cached features of the frozen backbone; whole: every layer from pixels),
 * calibrates, scores and writes the model. It saves a checkpoint as it goes and takes it up again
 * when the same recipe is started again; SIGINT finishes the batch, saves and stops.
 */
#pragma once

#include "vqa/data/data.h"

G_BEGIN_DECLS

typedef struct
{
  const char *recipe_path;
  const char *data_root;       /* relative paths of the recipe begin here; NULL: current folder */
  const char *output;          /* model file to write; NULL: NAME.safetensors here */
  const char *const *settings; /* "group.key=value", NULL-terminated, or NULL */
} vqa_train_options;

/* Checkpoints and caches lie in runs/NAME-HASH below the current folder, where HASH stands for the
 * recipe with its settings. Progress goes to standard error. Errors: VQA_ERROR_STOPPED after
 * SIGINT, and those of recipes, data and files. */
gboolean vqa_train (const vqa_train_options *options, GError **error);

G_END_DECLS
