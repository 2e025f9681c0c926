/* Puts the examples' questions to a network in training, one after the other. */
#pragma once

#include "vqa/run/cache.h"
#include "vqa/run/examples.h"

G_BEGIN_DECLS

typedef struct
{
  const vqa_examples *examples;
  vqa_graphs *graphs;
  nn_exec *features, *answer;
  GHashTable *set_of;          /* vqa_question -> its vqa_set */
  guint8 *room;                /* (side,side,3), to draw scenes in */
  float *maps;                 /* of the picture that is looked at */
  const float *logits, *blind; /* (answers) of the last question; valid until the next */
} vqa_asker;

/* Opens an asker on the stack; close it in either case. */
gboolean vqa_asker_open (vqa_asker *k, const vqa_examples *e, vqa_graphs *g, GError **error);
void vqa_asker_close (vqa_asker *k);
/* At a photo that is not a training scene; pictures: as of vqa_inputs_pictures(). */
void vqa_asker_look (vqa_asker *k, const vqa_cache *pictures, guint photo);
/* words: (max_words) ids. */
void vqa_asker_ask (vqa_asker *k, const int32_t *words);
/* How right the answer at a position is to a question of the examples' sets, by its set's measure.
 */
double vqa_asker_accuracy (const vqa_asker *k, const vqa_question *question, int answer);

/* Position of the largest of n, the first of equal ones. */
int vqa_best (const float *logits, int n);
/* Largest probability of softmax (logits / temperature). */
double vqa_best_probability (const float *logits, int n, double temperature);

G_END_DECLS
