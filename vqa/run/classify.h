/* The task "classify": trains a plain image classifier on a folder of pictures per class. */
#pragma once

#include "vqa/model/classifier.h"
#include "vqa/run/cache.h"
#include "vqa/run/learning.h"
#include "vqa/run/run.h"

G_BEGIN_DECLS

/* Its entry in the table of tasks. */
gboolean vqa_classify_train (vqa_run *r, GError **error);

/* ---- recipe ---------------------------------------------------------------------------------- */

typedef struct
{
  char *text, *key; /* as of any recipe: the whole, and what decides the weights */
  char *name, *title, *description, *terms;
  char *images;     /* folder with a folder of pictures for each class */
  char *validation; /* file names or CLASS/NAME that are never trained on, one a line; NULL: none */
  double held_out;  /* without such a list: percent of the pictures, chosen by name */
  char *backbone;   /* folded MobileNetV2 to begin with, safetensors; NULL: from nothing */
  vqa_classifier_spec spec;
  double passes;      /* over the training pictures */
  int pictures;       /* of a batch */
  double rate, decay; /* highest learning rate, weight decay */
  double smoothing;   /* of the labels (Szegedy et al. 2016) */
  int flip;           /* 1: half of the pictures are mirrored */
  double crop;        /* largest share of the side that a crop leaves out */
  vqa_learning learning;
  vqa_machine machine;
  vqa_pace pace;
  guint64 seed;
} vqa_classify_recipe;

vqa_classify_recipe *vqa_classify_recipe_from (const vqa_source *s, GError **error);
void vqa_classify_recipe_free (vqa_classify_recipe *r);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (vqa_classify_recipe, vqa_classify_recipe_free)

/* ---- pictures -------------------------------------------------------------------------------- */

typedef struct
{
  char *path, *name; /* name: "CLASS/FILE" */
  int label;         /* position of its class */
  gboolean held;     /* set aside for validation */
} vqa_labelled;

typedef struct
{
  GPtrArray *classes;   /* of char *, sorted */
  GPtrArray *pictures;  /* of vqa_labelled, by class and name */
  char *hash;           /* of classes and names, 64 hex digits */
  vqa_cache *squares;   /* by position in pictures */
  GArray *train, *held; /* of guint: positions of those that can be read */
} vqa_class_set;

/* Lists the pictures and sets some aside. VQA_ERROR_DATA: no folder, fewer than two classes, a
 * class without pictures. */
vqa_class_set *vqa_class_set_read (const vqa_classify_recipe *r, GError **error);
/* Decodes them; what cannot be read is told and left out. VQA_ERROR_DATA when a class has no
 * picture left to train on, or nothing is set aside. */
gboolean vqa_class_set_load (vqa_class_set *s, int side, vqa_run *r, GError **error);
void vqa_class_set_free (vqa_class_set *s);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (vqa_class_set, vqa_class_set_free)

G_END_DECLS
