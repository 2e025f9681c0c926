/* What the core's own files know of a graph and of params; nothing outside core/ includes this. */
#pragma once

#include "nets/ops/op.h"

struct nn_graph
{
  GPtrArray *entries; /* of nn_entry, in an order in which inputs come first */
  GPtrArray *specs;   /* of nn_param_spec */
  char *scope;
  GError *error; /* the first failure */
};

static inline nn_entry *
nn_graph_entry (const nn_graph *g, int i)
{
  return g->entries->pdata[i];
}

static inline gboolean
nn_entry_is_input (const nn_entry *e)
{
  return e->n_inputs == 0;
}

struct nn_params
{
  GArray *list;       /* of nn_param, in order of declaration */
  GHashTable *index;  /* name -> position + 1 */
  size_t total;       /* numbers */
  float *values;      /* one arena; each parameter begins at a multiple of 16 numbers */
  float *training;    /* gradients, then means, then squares; NULL until needed */
  float *averages;    /* moving averages, as values; NULL until needed */
  size_t arena_count; /* numbers in one arena */
  guint64 version;    /* grows with every change of values */
};

/* Gives every parameter memory for gradient and moments, once. */
gboolean nn_params_need_training (nn_params *p, GError **error);
/* Gives every parameter memory for its moving average, once; zero at first. */
gboolean nn_params_need_averages (nn_params *p, GError **error);
