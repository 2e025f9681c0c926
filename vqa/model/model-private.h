/* What the files that make up the answering model share. model.c loads and answers; the lab is the
 * network once more, laid open for explaining: lab.c builds it, maps.c, deletion.c, modulation.c
 * and faithfulness.c use it. */
#pragma once

#include "vqa/model/explain.h"
#include "vqa/model/file.h"

G_BEGIN_DECLS

typedef struct vqa_lab vqa_lab;

struct vqa_model
{
  vqa_model_info info;
  GMappedFile *file; /* stays what was loaded when another file takes its place */
  vqa_contents *contents;
  vqa_graphs *graphs;
  nn_exec *features, *answer;
  vqa_lab *lab;     /* made when first needed */
  size_t map_count; /* numbers in one picture's features */
  GHashTable *kept; /* hash of a picture -> its features (map_count) */
  GQueue recent;    /* the same hashes (owned by kept), oldest first */
  unsigned ablation;
  nn_precision precision;
};

/* Writes the picture's features to (map_count), from memory where they are kept. */
void vqa_model_features (vqa_model *m, const guint8 *square, const char *hash, float *map);
/* nn_ablation of what is silenced. */
unsigned vqa_model_engine_ablation (const vqa_model *m);
/* The `top` best answers by softmax (logits / temperature); top becomes how many there are. */
vqa_answer *vqa_best_answers (const vqa_contents *c, const float *logits, double temperature,
                              guint *top);

/* ---- the lab ------------------------------------------------------------------------------- */

/* The network in two graphs: the question becomes one vector, and each place hears a vector of its
 * own. All that maps are made of is kept. */
struct vqa_lab
{
  nn_graph *asking, *answering;
  nn_node words, question;       /* of asking */
  vqa_net_maps maps;             /* of answering: inputs, kept for their gradients */
  nn_node heard[VQA_MAX_PLACES]; /* inputs: what each place hears (N,hidden) */
  vqa_net_outputs out;           /* of answering */
  int places;                    /* of them */
  nn_exec *ask, *explain;        /* one question; explain has gradients */
  nn_exec *features, *answer;    /* VQA_PROBE_BATCH pictures; made when first needed */
};

/* Makes the lab unless it is there. */
gboolean vqa_lab_open (vqa_model *m, GError **error);
void vqa_lab_free (vqa_lab *lab);
/* Reads a question that was checked, without the words for which out (one each) is TRUE; out NULL:
 * all of it. To (hidden). */
void vqa_lab_ask (vqa_model *m, const char *question, const gboolean *out, float *to);
/* The picture's features, for the caller to free. */
float *vqa_lab_look (vqa_model *m, const guint8 *square, const char *hash);
/* Runs the answering part for them with `heard` (hidden) at every place, or at those of `places` (a
 * set of bits) `other`. Then its values can be read from lab->explain. */
void vqa_lab_run (vqa_model *m, const float *map, const float *heard, const float *other,
                  guint places);
/* The logits of that (answers). */
const float *vqa_lab_logits (vqa_model *m);
/* Position of an answer, the best one for NULL; -1 and an error when it is not one of the model's.
 */
int vqa_lab_position (const vqa_model *m, const char *answer, const float *logits, GError **error);
/* Calibrated probability of the answer at `position`. */
double vqa_lab_probability (const vqa_model *m, const float *logits, int position);

/* Answers about many changed pictures, some at a time. */
#define VQA_PROBE_BATCH 8
typedef struct
{
  vqa_model *model;
  int position; /* of the answer whose probability is wanted */
  GCancellable *cancellable;
  gboolean looked; /* the pictures are given by their features */
  int n;           /* pictures waiting */
  double *to[VQA_PROBE_BATCH];
} vqa_probe;
/* Begins with a question (hidden). */
gboolean vqa_probe_open (vqa_probe *p, vqa_model *m, const float *heard, int position,
                         GCancellable *cancellable, GError **error);
/* Adds a picture (side,side,3); *to receives the answer's probability, at the latest at
 * vqa_probe_finish(). Errors: G_IO_ERROR_CANCELLED. */
gboolean vqa_probe_add (vqa_probe *p, const guint8 *square, double *to, GError **error);
/* The same with features; a probe takes either pictures or features. */
gboolean vqa_probe_add_map (vqa_probe *p, const float *map, double *to, GError **error);
gboolean vqa_probe_finish (vqa_probe *p, GError **error);

/* The square (side,side,3) blurred, much as by a Gaussian of 6.5 % of the side; the caller frees
 * it.
 */
guint8 *vqa_blurred (const guint8 *square, int side);
/* Adds to each cell the mean of p over the windows of `size` cells that hold it, times `share`. p
 * has every window that touches the map: (height + size - 1, width + size - 1). */
void vqa_add_windows (const double *p, int size, double share, vqa_evidence *to);
/* Evidence: what the answer's probability gains from a cell, to values->cells, which are 0 and as
 * many as the coarse map has. seen: the picture's features. Errors: G_IO_ERROR_CANCELLED. */
gboolean vqa_exchange (vqa_model *m, const guint8 *square, const float *seen, const float *heard,
                       int position, vqa_evidence *values, GCancellable *cancellable,
                       GError **error);
/* How much the answer's probability drops when a cell is blurred, to drops->cells, which are 0: the
 * mean over windows of one cell and of 2x2 cells that hold it, each size counting the same. Errors:
 * G_IO_ERROR_CANCELLED. */
gboolean vqa_occlude (vqa_model *m, const guint8 *square, const float *heard, int position,
                      vqa_evidence *drops, GCancellable *cancellable, GError **error);

/* The known word that is spelled most alike, whatever its case; NULL when none is near enough for a
 * slip of the keyboard. words: of char *, those met more often first. Owned by `words`. */
const char *vqa_nearest_word (const GPtrArray *words, const char *word);

G_END_DECLS
