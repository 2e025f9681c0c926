/* Smooth operations element by element: sigmoid, tanh, gelu, scale. */
#include "nets/ops/couple.h"
#include "nets/ops/loops.h"

static gboolean
like_input_infer (nn_graph *g, nn_entry *e, GError **error)
{
  /* Losses, which have no rows, are scaled too. */
  if (nn_input_shape (g, e, 0)->ids)
    return nn_shape_error (g, e, error, "the input holds ids, values are needed");
  e->shape = *nn_input_shape (g, e, 0);
  return TRUE;
}

/* ---- sigmoid and tanh: the gradient follows from the output ------------------------------ */

/* x and y may be the same memory, as may dy and dx; all (n). */
NN_LOOP (sigmoid, (const float *x, float *y, size_t n), (x, y, n))
{
#pragma GCC ivdep
  for (size_t i = 0; i < n; i++)
    y[i] = nn_sigmoidf (x[i]);
}

NN_LOOP (sigmoid_dx, (const float *y, const float *dy, float *dx, size_t n), (y, dy, dx, n))
{
#pragma GCC ivdep
  for (size_t i = 0; i < n; i++)
    dx[i] = dy[i] * y[i] * (1.0f - y[i]);
}

NN_LOOP (hyperbolic, (const float *x, float *y, size_t n), (x, y, n))
{
#pragma GCC ivdep
  for (size_t i = 0; i < n; i++)
    y[i] = nn_tanhf (x[i]);
}

NN_LOOP (hyperbolic_dx, (const float *y, const float *dy, float *dx, size_t n), (y, dy, dx, n))
{
#pragma GCC ivdep
  for (size_t i = 0; i < n; i++)
    dx[i] = dy[i] * (1.0f - y[i] * y[i]);
}

static void
sigmoid_forward (nn_step *s)
{
  const float *x = s->in[0].value;
#pragma omp parallel for if (s->count > NN_PARALLEL_MIN)
  for (size_t i = 0; i < s->count; i += NN_BLOCK)
    sigmoid (x + i, s->value + i, MIN ((size_t)NN_BLOCK, s->count - i));
}

static void
sigmoid_backward (nn_step *s)
{
  if (!s->in[0].grad)
    return;
#pragma omp parallel for if (s->count > NN_PARALLEL_MIN)
  for (size_t i = 0; i < s->count; i += NN_BLOCK)
    sigmoid_dx (s->value + i, s->grad + i, s->in[0].grad + i, MIN ((size_t)NN_BLOCK, s->count - i));
}

static void
tanh_forward (nn_step *s)
{
  const float *x = s->in[0].value;
#pragma omp parallel for if (s->count > NN_PARALLEL_MIN)
  for (size_t i = 0; i < s->count; i += NN_BLOCK)
    hyperbolic (x + i, s->value + i, MIN ((size_t)NN_BLOCK, s->count - i));
}

static void
tanh_backward (nn_step *s)
{
  if (!s->in[0].grad)
    return;
#pragma omp parallel for if (s->count > NN_PARALLEL_MIN)
  for (size_t i = 0; i < s->count; i += NN_BLOCK)
    hyperbolic_dx (s->value + i, s->grad + i, s->in[0].grad + i,
                   MIN ((size_t)NN_BLOCK, s->count - i));
}

static const nn_op sigmoid_op = {
  .name = "sigmoid",
  .flags = NN_OP_READS_OUTPUT | NN_OP_IN_PLACE,
  .infer = like_input_infer,
  .forward = sigmoid_forward,
  .backward = sigmoid_backward,
  .couple = nn_couple_offset,
};

static const nn_op tanh_op = {
  .name = "tanh",
  .flags = NN_OP_READS_OUTPUT | NN_OP_IN_PLACE,
  .infer = like_input_infer,
  .forward = tanh_forward,
  .backward = tanh_backward,
  .couple = nn_couple_through,
};

nn_node
nn_sigmoid (nn_graph *g, nn_node x)
{
  nn_entry e = { 0 };
  return nn_graph_add (g, &sigmoid_op, NULL, &x, 1, &e);
}

nn_node
nn_tanh (nn_graph *g, nn_node x)
{
  nn_entry e = { 0 };
  return nn_graph_add (g, &tanh_op, NULL, &x, 1, &e);
}

/* ---- gelu --------------------------------------------------------------------------------- */

/* The normal distribution's Phi (x), and its density. Abramowitz & Stegun 7.1.26 gives the tail
 * erfc (|x| / sqrt 2) / 2 to 1e-7 as a polynomial times exp (-x^2 / 2). Past 13 both are less than
 * a float holds beside 1; without the limit a large |x| times the density would not vanish. */
static inline float
normal (float x, float *density)
{
  float a = x < 0 ? -x : x;
  float e = nn_expf (-0.5f * x * x);
  e = a > 13.0f ? 0 : e;
  float t = 1.0f / (1.0f + 0.231641888f * a);
  float p = 1.061405429f;
  p = p * t - 1.453152027f;
  p = p * t + 1.421413741f;
  p = p * t - 0.284496736f;
  p = p * t + 0.254829592f;
  float tail = 0.5f * p * t * e;
  *density = 0.398942280f * e;
  return x < 0 ? tail : 1.0f - tail;
}

NN_LOOP (gelu, (const float *x, float *y, size_t n), (x, y, n))
{
#pragma GCC ivdep
  for (size_t i = 0; i < n; i++)
    {
      float density;
      y[i] = x[i] * normal (x[i], &density);
    }
}

NN_LOOP (gelu_dx, (const float *x, const float *dy, float *dx, size_t n), (x, dy, dx, n))
{
#pragma GCC ivdep
  for (size_t i = 0; i < n; i++)
    {
      float density, below = normal (x[i], &density);
      dx[i] = dy[i] * (below + x[i] * density);
    }
}

static void
gelu_forward (nn_step *s)
{
  const float *x = s->in[0].value;
#pragma omp parallel for if (s->count > NN_PARALLEL_MIN)
  for (size_t i = 0; i < s->count; i += NN_BLOCK)
    gelu (x + i, s->value + i, MIN ((size_t)NN_BLOCK, s->count - i));
}

static void
gelu_backward (nn_step *s)
{
  const float *x = s->in[0].value;
  if (!s->in[0].grad)
    return;
#pragma omp parallel for if (s->count > NN_PARALLEL_MIN)
  for (size_t i = 0; i < s->count; i += NN_BLOCK)
    gelu_dx (x + i, s->grad + i, s->in[0].grad + i, MIN ((size_t)NN_BLOCK, s->count - i));
}

static const nn_op gelu_op = {
  .name = "gelu",
  .flags = NN_OP_READS_INPUT,
  .infer = like_input_infer,
  .forward = gelu_forward,
  .backward = gelu_backward,
  .couple = nn_couple_through,
};

nn_node
nn_gelu (nn_graph *g, nn_node x)
{
  nn_entry e = { 0 };
  return nn_graph_add (g, &gelu_op, NULL, &x, 1, &e);
}

/* ---- scale -------------------------------------------------------------------------------- */

static gboolean
scale_infer (nn_graph *g, nn_entry *e, GError **error)
{
  float gain = e->o.scale.gain, shift = e->o.scale.shift;
  if (!(gain - gain == 0) || !(shift - shift == 0)) /* not for NaN and infinities */
    return nn_shape_error (g, e, error, "gain %g and shift %g must be finite", gain, shift);
  return like_input_infer (g, e, error);
}

/* x and y (n) may be the same memory. */
NN_LOOP (scale_block, (const float *x, float *y, float gain, float shift, size_t n),
         (x, y, gain, shift, n))
{
#pragma GCC ivdep
  for (size_t i = 0; i < n; i++)
    y[i] = gain * x[i] + shift;
}

static void
scale_all (const float *x, float *y, float gain, float shift, size_t count)
{
#pragma omp parallel for if (count > NN_PARALLEL_MIN)
  for (size_t i = 0; i < count; i += NN_BLOCK)
    scale_block (x + i, y + i, gain, shift, MIN ((size_t)NN_BLOCK, count - i));
}

static void
scale_forward (nn_step *s)
{
  scale_all (s->in[0].value, s->value, s->entry->o.scale.gain, s->entry->o.scale.shift, s->count);
}

static void
scale_backward (nn_step *s)
{
  if (s->in[0].grad)
    scale_all (s->grad, s->in[0].grad, s->entry->o.scale.gain, 0, s->count);
}

static void
scale_couple (nn_coupling *c, const nn_entry *e)
{
  if (e->o.scale.shift != 0)
    nn_couple_offset (c, e);
  else
    nn_couple_through (c, e);
}

static const nn_op scale_op = {
  .name = "scale",
  .flags = NN_OP_IN_PLACE,
  .infer = scale_infer,
  .forward = scale_forward,
  .backward = scale_backward,
  .couple = scale_couple,
};

nn_node
nn_scale (nn_graph *g, nn_node x, float gain, float shift)
{
  nn_entry e = { .o.scale = { .gain = gain, .shift = shift } };
  return nn_graph_add (g, &scale_op, NULL, &x, 1, &e);
}
