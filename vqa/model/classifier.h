/* Plain image classifiers: a network of the zoo, its classes, and the one file that holds both.
 * They are trained by recipes of the kind "classify" (vqa/run) and are what compression is measured
 * on; they answer no questions. */
#pragma once

#include "nets/nn.h"
#include "vqa/data/data.h"

G_BEGIN_DECLS

typedef enum
{
  VQA_RESNET18,
  VQA_MOBILENETV2, /* with batch norm */
  VQA_MLP,
} vqa_network;
extern const char *const vqa_networks[]; /* their names, NULL-terminated */

typedef struct
{
  int network;        /* vqa_network */
  int side;           /* of the square picture, pixels */
  int hidden, layers; /* of the MLP: width and number of its hidden layers */
  int classes;
} vqa_classifier_spec;

/* Input and logits (N,classes) of the network. The input holds (N,side,side,3) numbers from -1 to
 * 1 in either case: pictures, or for the MLP one row of them. */
nn_node vqa_classifier_net (nn_graph *g, const vqa_classifier_spec *s, nn_node *picture);

typedef struct
{
  vqa_classifier_spec spec;
  GPtrArray *names; /* of char *: the classes */
  nn_graph *graph;
  nn_node picture, logits;
  nn_params *params;
  char *title, *description, *terms, *recipe, *scores; /* text for people; NULL when absent */
} vqa_classifier;

/* A new network; names has spec->classes texts, and is kept. */
vqa_classifier *vqa_classifier_new (const vqa_classifier_spec *spec, GPtrArray *names, guint64 seed,
                                    GError **error);
void vqa_classifier_free (vqa_classifier *c);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (vqa_classifier, vqa_classifier_free)

/* Writes the file: float32 parameters; metadata: format, architecture, classes, normalisation,
 * texts; logits of a golden picture. */
gboolean vqa_classifier_write (vqa_classifier *c, const char *path, GError **error);
/* Reads and checks it, its golden picture included. Errors: VQA_ERROR_MODEL, NN_ERROR naming it. */
vqa_classifier *vqa_classifier_read (const char *path, GError **error);

G_END_DECLS
