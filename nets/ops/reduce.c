/* Sums: over the last axis, and the mean of everything. */
#include "nets/ops/couple.h"
#include "nets/ops/loops.h"

/* ---- sum_last --------------------------------------------------------------------------- */

static gboolean
sum_last_infer (nn_graph *g, nn_entry *e, GError **error)
{
  const nn_shape *x = nn_input_shape (g, e, 0);
  if (!nn_want_values (g, e, error))
    return FALSE;
  if (x->rank < 1)
    return nn_shape_error (g, e, error, "the input needs at least one axis after the rows");
  e->shape = *x;
  e->shape.dim[x->rank - 1] = 1;
  return TRUE;
}

/* x (rows,c), y (rows) */
NN_LOOP (sum_each, (const float *x, float *y, size_t rows, size_t c), (x, y, rows, c))
{
  for (size_t i = 0; i < rows; i++, x += c)
    {
      float sum = 0;
#pragma omp simd reduction(+ : sum)
      for (size_t j = 0; j < c; j++)
        sum += x[j];
      y[i] = sum;
    }
}

NN_LOOP (spread_each, (const float *dy, float *dx, size_t rows, size_t c), (dy, dx, rows, c))
{
  for (size_t i = 0; i < rows; i++, dx += c)
    {
      float d = dy[i];
      for (size_t j = 0; j < c; j++)
        dx[j] = d;
    }
}

/* Rows that one thread takes at a time. */
static size_t
block_of (size_t c)
{
  return MAX (NN_BLOCK / c, 1);
}

static void
sum_last_forward (nn_step *s)
{
  const float *x = s->in[0].value;
  size_t c = nn_last_dim (&s->in[0].shape), block = block_of (c);
#pragma omp parallel for if (s->in[0].count > NN_PARALLEL_MIN)
  for (size_t i = 0; i < s->count; i += block)
    sum_each (x + i * c, s->value + i, MIN (block, s->count - i), c);
}

static void
sum_last_backward (nn_step *s)
{
  size_t c = nn_last_dim (&s->in[0].shape), block = block_of (c);
  if (!s->in[0].grad)
    return;
#pragma omp parallel for if (s->in[0].count > NN_PARALLEL_MIN)
  for (size_t i = 0; i < s->count; i += block)
    spread_each (s->grad + i, s->in[0].grad + i * c, MIN (block, s->count - i), c);
}

/* A channel ends here, if it adds nothing to the sum when it is silent. */
static void
sum_last_couple (nn_coupling *c, const nn_entry *e)
{
  nn_span x = nn_channels (c, 0);
  for (int i = 0; i < x.count; i++)
    if (!nn_is_silent (c, x.first + i))
      nn_fix (c, (nn_span){ x.first + i, 1 }, "is added up by %s and not zero without its weights",
              e->name);
}

static const nn_op sum_last_op = {
  .name = "sum_last",
  .infer = sum_last_infer,
  .forward = sum_last_forward,
  .backward = sum_last_backward,
  .couple = sum_last_couple,
};

nn_node
nn_sum_last (nn_graph *g, nn_node x)
{
  nn_entry e = { 0 };
  return nn_graph_add (g, &sum_last_op, NULL, &x, 1, &e);
}

/* ---- mean_all --------------------------------------------------------------------------- */

static gboolean
mean_all_infer (nn_graph *g, nn_entry *e, GError **error)
{
  if (nn_input_shape (g, e, 0)->ids)
    return nn_shape_error (g, e, error, "the input holds ids, values are needed");
  e->shape = (nn_shape){ 0 };
  return TRUE;
}

/* scratch: the sum of each block, so that the order of additions is the same for any number of
 * threads. */
static gboolean
mean_all_open (nn_step *s, GError **error)
{
  s->scratch_bytes = (s->in[0].count + NN_BLOCK - 1) / NN_BLOCK * sizeof (double);
  return TRUE;
}

NN_LOOP (sum_block, (const float *x, double *to, size_t n), (x, to, n))
{
  double sum = 0;
#pragma omp simd reduction(+ : sum)
  for (size_t i = 0; i < n; i++)
    sum += x[i];
  *to = sum;
}

static void
mean_all_forward (nn_step *s)
{
  const float *x = s->in[0].value;
  size_t n = s->in[0].count, blocks = (n + NN_BLOCK - 1) / NN_BLOCK;
  double *part = s->scratch, sum = 0;
#pragma omp parallel for if (n > NN_PARALLEL_MIN)
  for (size_t b = 0; b < blocks; b++)
    sum_block (x + b * NN_BLOCK, part + b, MIN ((size_t)NN_BLOCK, n - b * NN_BLOCK));
  for (size_t b = 0; b < blocks; b++)
    sum += part[b];
  s->value[0] = (float)(sum / (double)n);
}

static void
mean_all_backward (nn_step *s)
{
  float d = (float)(s->grad[0] / (double)s->in[0].count);
  for (size_t i = 0; s->in[0].grad && i < s->in[0].count; i++)
    s->in[0].grad[i] = d;
}

static void
mean_all_couple (nn_coupling *c, const nn_entry *e)
{
  nn_fix (c, nn_channels (c, 0), "is read by %s, which needs all", e->name);
}

static const nn_op mean_all_op = {
  .name = "mean_all",
  .infer = mean_all_infer,
  .open = mean_all_open,
  .forward = mean_all_forward,
  .backward = mean_all_backward,
  .couple = mean_all_couple,
};

nn_node
nn_mean_all (nn_graph *g, nn_node x)
{
  nn_entry e = { 0 };
  return nn_graph_add (g, &mean_all_op, NULL, &x, 1, &e);
}
