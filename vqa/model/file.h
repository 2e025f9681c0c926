/* What a model file holds besides weights, and how both are written and read. */
#pragma once

#include "nets/core/safetensors.h"
#include "vqa/model/net.h"

G_BEGIN_DECLS

typedef struct
{
  vqa_spec spec;
  GPtrArray *words;   /* of char *; word i has id i + 1 */
  GHashTable *index;  /* word -> id */
  GPtrArray *answers; /* of char * */
  double temperature; /* divides logits so that probabilities are calibrated (Guo et al. 2017) */
  double blind_temperature;
  double confident; /* least best probability that is not "not sure" */
  char *title, *description, *terms, *recipe, *scores; /* text for people; NULL when absent */
} vqa_contents;

vqa_contents *vqa_contents_new (void);
void vqa_contents_free (vqa_contents *c);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (vqa_contents, vqa_contents_free)
/* Adds a word or an answer; both are copied. */
void vqa_contents_add_word (vqa_contents *c, const char *word);
void vqa_contents_add_answer (vqa_contents *c, const char *answer);

/* Reads and checks everything but the weights. Errors: VQA_ERROR_MODEL, naming the file. */
vqa_contents *vqa_contents_read (const nn_file *f, GError **error);
/* Adds everything but the weights to a writer. */
void vqa_contents_write (const vqa_contents *c, nn_writer *w);

/* The two graphs of a model and its parameters, for answering one question at a time. */
typedef struct
{
  nn_graph *features, *answer;
  nn_node picture;     /* of features */
  vqa_net_maps seen;   /* of features: outputs */
  nn_node words;       /* of answer */
  vqa_net_maps maps;   /* of answer: inputs */
  vqa_net_outputs out; /* of answer */
  nn_params *params;
} vqa_graphs;
/* Builds both for `spec`; params get first values from seed. beside: another graph that learns
 * together with them, whose parameters are among the params too; NULL: none. */
vqa_graphs *vqa_graphs_new (const vqa_spec *spec, guint64 seed, const nn_graph *beside,
                            GError **error);
void vqa_graphs_free (vqa_graphs *g);
/* As vqa_graphs_new with the file's weights; refuses before memory is given to a network that the
 * file cannot hold. */
vqa_graphs *vqa_graphs_read (const vqa_spec *spec, const nn_file *f, GError **error);

/* Writes a model in half precision, with a golden question and its logits. The values of `params`
 * are rounded to half precision on the way. */
gboolean vqa_model_write (const vqa_contents *c, vqa_graphs *g, const char *path, GError **error);
/* The golden picture (side,side,3): a fixed pattern; and its question. */
void vqa_golden_picture (int side, guint8 *rgb);
#define VQA_GOLDEN_QUESTION "what is in the picture?"
#define VQA_GOLDEN_LOGITS   "golden.logits"

G_END_DECLS
