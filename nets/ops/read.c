/* Attention pooling over a padded sequence (Bahdanau et al. 2015, with learned queries): each head
 * weighs the states by the softmax of their products with its query, padding left out, and gives
 * their weighted mean. */
#include "nets/core/kern.h"
#include "nets/ops/couple.h"
#include "nets/ops/loops.h"

#define MAX_HEADS 64

static gboolean
read_infer (nn_graph *g, nn_entry *e, GError **error)
{
  const nn_shape *x = nn_input_shape (g, e, 0), *ids = nn_input_shape (g, e, 1);
  int heads = e->o.times;

  if (heads < 1 || heads > MAX_HEADS)
    return nn_shape_error (g, e, error, "%d heads, it takes 1 to %d", heads, MAX_HEADS);
  if (x->ids || !ids->ids || x->rank != 2 || ids->rank != 1)
    return nn_shape_error (g, e, error, "needs states (N,T,D) and ids (N,T)");
  if (x->per < 1 || x->per != ids->per || x->dim[0] != ids->dim[0])
    return nn_shape_error (g, e, error, "states and ids differ in rows or length");
  if (!nn_want_width (g, e, "the states' width", heads * x->dim[1], error))
    return FALSE;
  e->shape = (nn_shape){ .per = x->per, .rank = 1, .dim = { heads * x->dim[1] } };
  return nn_declare (g, e, "query", 2, (int[]){ heads, x->dim[1] }, NN_INIT_RECURRENT,
                     NN_PARAM_DECAY, error);
}

/* saved: the weights (rows,heads,T); scratch of backward: gradients of a row's scores (T). */
static gboolean
read_open (nn_step *s, GError **error)
{
  size_t time = s->in[0].shape.dim[0];
  s->saved_bytes = s->rows * s->entry->o.times * time * sizeof (float);
  s->scratch_bytes = time * sizeof (float);
  return TRUE;
}

/* to[t] = product of row t of x and y where weight[t] is not 0; x (T,D), y (D). */
NN_LOOP (dots,
         (const float *x, const float *y, const float *weight, float *to, size_t time, size_t d),
         (x, y, weight, to, time, d))
{
  for (size_t t = 0; t < time; t++, x += d)
    {
      float sum = 0;
      if (weight[t] == 0)
        continue;
#pragma omp simd reduction(+ : sum)
      for (size_t i = 0; i < d; i++)
        sum += x[i] * y[i];
      to[t] = sum;
    }
}

/* y += a x, both (n). */
NN_LOOP (add_times, (float a, const float *x, float *y, size_t n), (a, x, y, n))
{
#pragma GCC ivdep
  for (size_t i = 0; i < n; i++)
    y[i] += a * x[i];
}

/* One row and head: x (T,D), ids (T), query (D) -> weights (T), y (D); zeros without any token. */
static void
read_head (const float *x, const int32_t *ids, const float *query, size_t time, size_t d,
           float *weight, float *y)
{
  float most = -INFINITY, sum = 0;

  memset (y, 0, d * sizeof *y);
  for (size_t t = 0; t < time; t++)
    weight[t] = ids[t] != 0;
  dots (x, query, weight, weight, time, d);
  for (size_t t = 0; t < time; t++)
    if (ids[t] != 0)
      most = MAX (most, weight[t]);
  for (size_t t = 0; t < time; t++)
    {
      weight[t] = ids[t] != 0 ? expf (weight[t] - most) : 0;
      sum += weight[t];
    }
  for (size_t t = 0; t < time; t++)
    if (ids[t] != 0)
      {
        weight[t] /= sum;
        add_times (weight[t], x + t * d, y, d);
      }
}

static void
read_forward (nn_step *s)
{
  const float *x = s->in[0].value;
  const int32_t *ids = s->in[1].value;
  size_t time = s->in[0].shape.dim[0], d = s->in[0].shape.dim[1], heads = s->entry->o.times;

#pragma omp parallel for if (s->in[0].count * heads > NN_PARALLEL_MIN)
  for (size_t i = 0; i < s->rows * heads; i++)
    read_head (x + i / heads * time * d, ids + i / heads * time, s->param[0].value + i % heads * d,
               time, d, (float *)s->saved + i * time, s->value + i * d);
}

/* One row and head: from dy (D) to dx (T,D) and dquery (D), both added to, either may be NULL. */
static void
read_head_back (const float *x, const float *query, const float *weight, const float *dy,
                size_t time, size_t d, float *dscore, float *dx, float *dquery)
{
  float mean = 0;

  memset (dscore, 0, time * sizeof *dscore);
  dots (x, dy, weight, dscore, time, d);
  for (size_t t = 0; t < time; t++)
    mean += weight[t] * dscore[t];
  for (size_t t = 0; t < time; t++)
    {
      float score = weight[t] * (dscore[t] - mean);
      if (weight[t] <= 0)
        continue;
      if (dx != NULL)
        {
          add_times (weight[t], dy, dx + t * d, d);
          add_times (score, query, dx + t * d, d);
        }
      if (dquery != NULL)
        add_times (score, x + t * d, dquery, d);
    }
}

/* On one thread: it is little work, and the query's gradient is a sum over all rows. */
static void
read_backward (nn_step *s)
{
  const float *x = s->in[0].value, *dy = s->grad;
  size_t time = s->in[0].shape.dim[0], d = s->in[0].shape.dim[1], heads = s->entry->o.times;
  float *dx = s->in[0].grad, *dquery = s->param[0].grad;

  if (dx != NULL)
    memset (dx, 0, s->in[0].count * sizeof *dx);
  for (size_t i = 0; i < s->rows * heads; i++)
    {
      size_t at = i / heads * time * d;
      read_head_back (x + at, s->param[0].value + i % heads * d, (const float *)s->saved + i * time,
                      dy + i * d, time, d, s->scratch, dx != NULL ? dx + at : NULL,
                      dquery != NULL ? dquery + i % heads * d : NULL);
    }
}

static int64_t
read_macs (const nn_graph *g, const nn_entry *e)
{
  const nn_shape *x = nn_input_shape (g, e, 0);
  return 2 * (int64_t)e->o.times * x->dim[0] * x->dim[1];
}

/* A mean of zeros is zero. */
static void
read_couple (nn_coupling *c, const nn_entry *e)
{
  nn_span x = nn_channels (c, 0), y = nn_channels (c, NN_OUTPUT);

  nn_tie_spans (c, x, nn_slices (c, 0, 1, 1, 1));
  for (int h = 0; h < e->o.times; h++)
    nn_tie (c, x.first, y.first + h * x.count, x.count);
  for (int i = 0; i < y.count; i++)
    nn_set_silent (c, y.first + i, nn_is_silent (c, x.first + i % x.count));
}

static const nn_op read_op = {
  .name = "read",
  .flags = NN_OP_READS_INPUT,
  .infer = read_infer,
  .open = read_open,
  .forward = read_forward,
  .backward = read_backward,
  .macs = read_macs,
  .couple = read_couple,
};

nn_node
nn_read (nn_graph *g, const char *name, nn_node x, nn_node ids, int heads)
{
  nn_entry e = { .o.times = heads };
  return nn_graph_add (g, &read_op, name, (nn_node[]){ x, ids }, 2, &e);
}
