/* Learning from what a scene's question goes by: after each block the map is to show the objects
 * that the question names next, the last thing named first, the objects asked about at last, with
 * what is asked of them; and the question's vector is to tell the words. All of this is read off by
 * 1x1 convolutions and a linear layer that are left behind after training (intermediate
 * supervision, as of Johnson et al. 2017's program generator, whose programs are used here). */
#pragma once

#include "vqa/model/net.h"
#include "vqa/run/examples.h"

G_BEGIN_DECLS

/* Kinds of marks on the last map: for both sides of a question the objects asked about, and their
 * values of the attribute asked about. A network that counts so many counts these. */
#define VQA_TRACING_MARKS (VQA_TRACE_CHAINS * (1 + VQA_VALUES))

typedef struct
{
  int n;                         /* maps */
  nn_node cells[VQA_MAX_PLACES]; /* inputs (rows,H,W,channels): 1 where such an object appears */
  size_t counts[VQA_MAX_PLACES]; /* numbers of one row */
  int height, width;             /* of the maps */
  nn_node words;                 /* input (rows,VQA_TRACE_WORDS) */
  nn_node loss;                  /* kept */
} vqa_tracing;

/* Adds the inputs and the loss to a graph that answers `per` questions for each picture. Parameters
 * lie below "trace.". */
vqa_tracing vqa_tracing_add (nn_graph *g, const vqa_spec *s, const vqa_net_outputs *out, int per);
/* The same for the words alone, told by a question's vector. */
vqa_tracing vqa_tracing_words (nn_graph *g, nn_node question, int per);
/* Numbers of one question. */
size_t vqa_tracing_count (const vqa_tracing *t);
/* What the network should show for one question: to (vqa_tracing_count()). */
void vqa_tracing_write (const vqa_tracing *t, const vqa_scene *scene, const vqa_scene_trace *trace,
                        float *to);
/* Feeds `rows` of them. */
void vqa_tracing_feed (const vqa_tracing *t, nn_exec *e, const float *from, size_t rows);

G_END_DECLS
