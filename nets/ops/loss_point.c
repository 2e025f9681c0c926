/* Losses that are means over all numbers of two tensors: binary cross-entropy and mean square. */
#include <math.h>

#include "nets/ops/couple.h"
#include "nets/ops/loops.h"

static gboolean
pair_infer (nn_graph *g, nn_entry *e, GError **error)
{
  if (!nn_want_values (g, e, error))
    return FALSE;
  if (!nn_same_shape (nn_input_shape (g, e, 0), nn_input_shape (g, e, 1)))
    return nn_shape_error (g, e, error, "the inputs must have the same shape");
  e->shape = (nn_shape){ 0 };
  return TRUE;
}

/* scratch: the sum of each block, so that the order of additions is the same for any number of
 * threads. */
static gboolean
pair_open (nn_step *s, GError **error)
{
  s->scratch_bytes = (s->in[0].count + NN_BLOCK - 1) / NN_BLOCK * sizeof (double);
  return TRUE;
}

/* Mean of what `block` adds up over blocks of both inputs. */
static void
pair_mean (nn_step *s, double (*block) (const float *a, const float *b, size_t n))
{
  const float *a = s->in[0].value, *b = s->in[1].value;
  size_t n = s->in[0].count, blocks = (n + NN_BLOCK - 1) / NN_BLOCK;
  double *part = s->scratch, sum = 0;
#pragma omp parallel for if (n > NN_PARALLEL_MIN)
  for (size_t k = 0; k < blocks; k++)
    part[k] = block (a + k * NN_BLOCK, b + k * NN_BLOCK, MIN ((size_t)NN_BLOCK, n - k * NN_BLOCK));
  for (size_t k = 0; k < blocks; k++)
    sum += part[k];
  s->value[0] = (float)(sum / (double)n);
}

/* ---- binary cross-entropy ----------------------------------------------------------------- */

/* -t log sigmoid (x) - (1 - t) log (1 - sigmoid (x)) = max (x, 0) - x t + log (1 + exp (-|x|)),
 * which does not overflow. */
static double
binary_block (const float *x, const float *t, size_t n)
{
  double sum = 0;
  for (size_t i = 0; i < n; i++)
    sum += (x[i] < 0 ? 0 : x[i]) - (double)x[i] * t[i] + log1pf (expf (-fabsf (x[i])));
  return sum;
}

static void
binary_forward (nn_step *s)
{
  pair_mean (s, binary_block);
}

NN_LOOP (binary_dx, (const float *x, const float *t, float scale, float *dx, size_t n),
         (x, t, scale, dx, n))
{
#pragma GCC ivdep
  for (size_t i = 0; i < n; i++)
    dx[i] = (nn_sigmoidf (x[i]) - t[i]) * scale;
}

NN_LOOP (binary_dt, (const float *x, float scale, float *dt, size_t n), (x, scale, dt, n))
{
#pragma GCC ivdep
  for (size_t i = 0; i < n; i++)
    dt[i] = -x[i] * scale;
}

static void
binary_backward (nn_step *s)
{
  const float *x = s->in[0].value, *t = s->in[1].value;
  float *dx = s->in[0].grad, *dt = s->in[1].grad;
  size_t n = s->in[0].count;
  float scale = (float)(s->grad[0] / (double)n);
#pragma omp parallel for if (n > NN_PARALLEL_MIN)
  for (size_t i = 0; i < n; i += NN_BLOCK)
    {
      size_t count = MIN ((size_t)NN_BLOCK, n - i);
      if (dx)
        binary_dx (x + i, t + i, scale, dx + i, count);
      if (dt)
        binary_dt (x + i, scale, dt + i, count);
    }
}

static const nn_op binary_op = {
  .name = "binary_cross_entropy",
  .flags = NN_OP_READS_INPUT,
  .infer = pair_infer,
  .open = pair_open,
  .forward = binary_forward,
  .backward = binary_backward,
  .couple = nn_couple_loss,
};

nn_node
nn_binary_cross_entropy (nn_graph *g, nn_node logits, nn_node targets)
{
  nn_entry e = { 0 };
  return nn_graph_add (g, &binary_op, NULL, (nn_node[]){ logits, targets }, 2, &e);
}

/* ---- mean square -------------------------------------------------------------------------- */

NN_LOOP (add_squares, (const float *a, const float *b, size_t n, double *to), (a, b, n, to))
{
  double sum = 0;
#pragma omp simd reduction(+ : sum)
  for (size_t i = 0; i < n; i++)
    {
      double d = (double)a[i] - b[i];
      sum += d * d;
    }
  *to = sum;
}

static double
square_block (const float *a, const float *b, size_t n)
{
  double sum;
  add_squares (a, b, n, &sum);
  return sum;
}

static void
square_forward (nn_step *s)
{
  pair_mean (s, square_block);
}

NN_LOOP (square_d, (const float *a, const float *b, float scale, float *d, size_t n),
         (a, b, scale, d, n))
{
#pragma GCC ivdep
  for (size_t i = 0; i < n; i++)
    d[i] = (a[i] - b[i]) * scale;
}

static void
square_backward (nn_step *s)
{
  const float *a = s->in[0].value, *b = s->in[1].value;
  float *da = s->in[0].grad, *db = s->in[1].grad;
  size_t n = s->in[0].count;
  float scale = (float)(2.0 * s->grad[0] / (double)n);
#pragma omp parallel for if (n > NN_PARALLEL_MIN)
  for (size_t i = 0; i < n; i += NN_BLOCK)
    {
      size_t count = MIN ((size_t)NN_BLOCK, n - i);
      if (da)
        square_d (a + i, b + i, scale, da + i, count);
      if (db)
        square_d (a + i, b + i, -scale, db + i, count);
    }
}

static const nn_op square_op = {
  .name = "mean_square",
  .flags = NN_OP_READS_INPUT,
  .infer = pair_infer,
  .open = pair_open,
  .forward = square_forward,
  .backward = square_backward,
  .couple = nn_couple_loss,
};

nn_node
nn_mean_square (nn_graph *g, nn_node a, nn_node b)
{
  nn_entry e = { 0 };
  return nn_graph_add (g, &square_op, NULL, (nn_node[]){ a, b }, 2, &e);
}
