/* What the files of the executor share: exec.c compiles and runs, fuse.c joins nodes,
 * layout.c gives memory. */
#pragma once

#include "nets/core/bf16.h"
#include "nets/core/graph.h"

/* Compiled form of one node. */
typedef struct
{
  nn_step step;
  gboolean in_grad_path;  /* its gradient may be asked for */
  gboolean skip;          /* done by the node before, which shares value and gradient */
  int readers;            /* nodes that read it */
  int value, grad, saved; /* buffer numbers; grad, saved -1 when there is none */
  int twin;               /* buffer of its value in the other precision, -1 when nobody wants it */
  int grad_twin;          /* buffer of its gradient in float32, -1 likewise */
  gboolean lends;         /* its gradient lies where a node that runs back later needs it */
  gboolean written;       /* gradient holds something in this backward */
  void *grad_data;        /* bfloat16 when step.half */
  void *twin_data;        /* float32 when step.half, else bfloat16 */
  float *grad_twin_data;
  struct
  {
    const nn_step *map;         /* norm folded into this unit's weights; NULL: none */
    const float *weight, *bias; /* its parameters themselves; the step sees folded copies */
    float *memory;
  } fold;
} nn_unit;

struct nn_exec
{
  const nn_graph *graph;
  nn_params *params;
  nn_mode mode;
  gboolean half;             /* operations that know bfloat16 compute in it */
  gboolean moves_statistics; /* forward changes running statistics */
  int batch;
  int n;
  nn_unit *units;
  GArray *buffers; /* of nn_buffer */
  char *arena;
  size_t arena_bytes;
  char *scratch; /* for one call at a time */
  char *spare;   /* gradients that are converted or added before they reach their place */
  size_t spare_bytes;
  guint64 seen; /* version of params that packed weights come from */
  uint64_t seed, training_step;
  struct
  {
    int node;
    size_t row, column;
    float value;
  } wish; /* from nn_seed_gradient */
};

/* May the caller read this node after nn_forward()? */
static inline gboolean
nn_unit_is_readable (const nn_unit *u)
{
  return u->step.entry->keep || nn_entry_is_input (u->step.entry) || u->readers == 0;
}

/* Room in `spare` for the gradient of input k; whole cache lines. */
static inline size_t
nn_exec_spare_bytes (const nn_step *s, int k)
{
  return (s->in[k].count * nn_number_bytes (s->in[k].half) + 63) & ~(size_t)63;
}

/* fuse.c: decides which nodes the node before them computes. Before the operations are opened. */
gboolean nn_exec_fuse (nn_exec *e, GError **error);
/* Computes the folded weights of a unit with fold.map again. */
void nn_unit_fold (nn_unit *u);
/* Gives values, gradients, saved blocks and scratch their memory. */
gboolean nn_exec_place (nn_exec *e, GError **error);
