/* Recipes of answering models: text that says what to train, on what, how long. */
#pragma once

#include "vqa/data/data.h"
#include "vqa/data/scene.h"
#include "vqa/model/net.h"
#include "vqa/run/learning.h"

G_BEGIN_DECLS

/* One stage of training. */
typedef struct
{
  double passes;   /* over the pictures; 0 leaves the stage out */
  int pictures;    /* of one batch */
  int questions;   /* of each picture in a batch */
  double rate;     /* highest learning rate */
  double decay;    /* weight decay */
  double backbone; /* factor on the rate for the backbone; without the key 0.1, plain 1 */
  double labels;   /* weight of the labels' loss (vqa/run/labelling.h), mean over labels */
  double teach;    /* weight of the teacher's */
  double trace;    /* weight of what a scene's question goes by (vqa/run/tracing.h): in [labels]
                      its words, in [whole] the objects as well */
  vqa_learning learning;
} vqa_stage;

typedef struct
{
  char *text; /* the whole recipe with settings applied, as it is stored in the model */
  char *key;  /* what decides the weights: the same for recipes that differ in title or comments */
  char *name, *title, *description, *terms;
  /* Paths, relative ones joined to the data root. */
  char *images;
  char **questions, **annotations;  /* as many of one as of the other */
  char **vqa2, **daquar, **easyvqa; /* folders of whole sets in these layouts; NULL: none */
  char **boxes;                     /* files as vqa_boxes_read() takes them; NULL: none */
  char *scenes;                     /* name of a series of generated scenes; NULL: none */
  vqa_scene_series series;          /* the same */
  int scene_pictures;               /* how many of them a pass shows; each pass shows others */
  double scene_short;               /* passes at first with short questions alone */
  double scene_hard;                /* share of questions that are sought among the hardest */
  char *classes;                    /* NULL: no existence questions */
  char *captions;                   /* COCO captions layout; NULL: no questions from captions */
  char *validation;                 /* file names that are never trained on; NULL: none */
  char *words;                      /* folder with words.txt and vectors.safetensors; NULL: none */
  char *backbone;                   /* safetensors; NULL: from nothing */
  int label_words;                  /* caption words among the labels, at most */
  int answers, vocabulary;          /* how many at most */
  double holdout;                   /* percent of the pictures of whole sets, for validation */
  double calibration;               /* percent of the pictures set aside for it */
  vqa_spec spec;
  vqa_stage labels, head, whole, people;
  vqa_learning learning; /* for stages without their own */
  vqa_machine machine;
  vqa_pace pace;
  guint64 seed;
  int balance;  /* 1: yes/no questions of one text weigh the same for yes and no */
  double human; /* weight of a human question against a made one */
  /* What training changes at random: largest share of the side that a crop leaves out, and of the
   * words that a question loses. */
  double crop, word_dropout;
} vqa_recipe;

/* Unknown groups and keys, wrong and missing values: VQA_ERROR_RECIPE naming file, group and key.
 */
vqa_recipe *vqa_recipe_from (const vqa_source *s, GError **error);
/* The same from a file. */
vqa_recipe *vqa_recipe_read (const char *path, const char *data_root, const char *const *settings,
                             GError **error);
void vqa_recipe_free (vqa_recipe *r);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (vqa_recipe, vqa_recipe_free)

G_END_DECLS
