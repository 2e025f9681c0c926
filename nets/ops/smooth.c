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

/* Loops over n numbers of one precision: y from x forward; dx from the kept value v and dy back. y
 * may be x, and dx may be dy. */
typedef void (*forward_loop) (gboolean half, const void *x, void *y, size_t n);
typedef void (*backward_loop) (gboolean half, const void *v, const void *dy, void *dx, size_t n);

static void
map_forward (nn_step *s, forward_loop loop)
{
  const void *x = s->in[0].value;
  gboolean half = s->half;
#pragma omp parallel for if (s->count > NN_PARALLEL_MIN)
  for (size_t i = 0; i < s->count; i += NN_BLOCK)
    loop (half, nn_at (x, i, half), nn_at (s->value, i, half),
          MIN ((size_t)NN_BLOCK, s->count - i));
}

static void
map_backward (nn_step *s, backward_loop loop, const void *v)
{
  gboolean half = s->half;
  if (!s->in[0].grad)
    return;
#pragma omp parallel for if (s->count > NN_PARALLEL_MIN)
  for (size_t i = 0; i < s->count; i += NN_BLOCK)
    loop (half, nn_at (v, i, half), nn_at (s->grad, i, half), nn_at (s->in[0].grad, i, half),
          MIN ((size_t)NN_BLOCK, s->count - i));
}

/* Defines the loops NAME and NAME_dx in both precisions of functions float of (x) and (v, dy). */
#define SMOOTH(name, function, derivative)                                                         \
  NN_INLINE void name##_any (gboolean half, const void *x, void *y, size_t n)                      \
  {                                                                                                \
    _Pragma ("GCC ivdep") for (size_t i = 0; i < n; i++)                                           \
        nn_store (y, i, function (nn_load (x, i, half)), half);                                    \
  }                                                                                                \
  NN_LOOP (name, (gboolean half, const void *x, void *y, size_t n), (half, x, y, n))               \
  {                                                                                                \
    if (half)                                                                                      \
      name##_any (TRUE, x, y, n);                                                                  \
    else                                                                                           \
      name##_any (FALSE, x, y, n);                                                                 \
  }                                                                                                \
  NN_INLINE void name##_dx_any (gboolean half, const void *v, const void *dy, void *dx, size_t n)  \
  {                                                                                                \
    _Pragma ("GCC ivdep") for (size_t i = 0; i < n; i++)                                           \
        nn_store (dx, i, derivative (nn_load (v, i, half), nn_load (dy, i, half)), half);          \
  }                                                                                                \
  NN_LOOP (name##_dx, (gboolean half, const void *v, const void *dy, void *dx, size_t n),          \
           (half, v, dy, dx, n))                                                                   \
  {                                                                                                \
    if (half)                                                                                      \
      name##_dx_any (TRUE, v, dy, dx, n);                                                          \
    else                                                                                           \
      name##_dx_any (FALSE, v, dy, dx, n);                                                         \
  }

/* ---- sigmoid and tanh: the gradient follows from the output ------------------------------ */

NN_INLINE float
sigmoid_back (float y, float dy)
{
  return dy * y * (1.0f - y);
}

NN_INLINE float
tanh_back (float y, float dy)
{
  return dy * (1.0f - y * y);
}

SMOOTH (sigmoid, nn_sigmoidf, sigmoid_back)
SMOOTH (hyperbolic, nn_tanhf, tanh_back)

static void
sigmoid_forward (nn_step *s)
{
  map_forward (s, sigmoid);
}

static void
sigmoid_backward (nn_step *s)
{
  map_backward (s, sigmoid_dx, s->value);
}

static void
tanh_forward (nn_step *s)
{
  map_forward (s, hyperbolic);
}

static void
tanh_backward (nn_step *s)
{
  map_backward (s, hyperbolic_dx, s->value);
}

static const nn_op sigmoid_op = {
  .name = "sigmoid",
  .flags = NN_OP_READS_OUTPUT | NN_OP_IN_PLACE | NN_OP_HALF,
  .infer = like_input_infer,
  .forward = sigmoid_forward,
  .backward = sigmoid_backward,
  .couple = nn_couple_offset,
};

static const nn_op tanh_op = {
  .name = "tanh",
  .flags = NN_OP_READS_OUTPUT | NN_OP_IN_PLACE | NN_OP_HALF,
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
NN_INLINE float
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

NN_INLINE float
gelu_of (float x)
{
  float density;
  return x * normal (x, &density);
}

NN_INLINE float
gelu_back (float x, float dy)
{
  float density, below = normal (x, &density);
  return dy * (below + x * density);
}

SMOOTH (gelu, gelu_of, gelu_back)

static void
gelu_forward (nn_step *s)
{
  map_forward (s, gelu);
}

static void
gelu_backward (nn_step *s)
{
  map_backward (s, gelu_dx, s->in[0].value);
}

static const nn_op gelu_op = {
  .name = "gelu",
  .flags = NN_OP_READS_INPUT | NN_OP_GRADIENT_IN_PLACE | NN_OP_HALF,
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
NN_INLINE void
scale_any (gboolean half, const void *x, void *y, float gain, float shift, size_t n)
{
#pragma GCC ivdep
  for (size_t i = 0; i < n; i++)
    nn_store (y, i, gain * nn_load (x, i, half) + shift, half);
}

NN_LOOP (scale_block, (gboolean half, const void *x, void *y, float gain, float shift, size_t n),
         (half, x, y, gain, shift, n))
{
  if (half)
    scale_any (TRUE, x, y, gain, shift, n);
  else
    scale_any (FALSE, x, y, gain, shift, n);
}

static void
scale_all (gboolean half, const void *x, void *y, float gain, float shift, size_t count)
{
#pragma omp parallel for if (count > NN_PARALLEL_MIN)
  for (size_t i = 0; i < count; i += NN_BLOCK)
    scale_block (half, nn_at (x, i, half), nn_at (y, i, half), gain, shift,
                 MIN ((size_t)NN_BLOCK, count - i));
}

static void
scale_forward (nn_step *s)
{
  scale_all (s->half, s->in[0].value, s->value, s->entry->o.scale.gain, s->entry->o.scale.shift,
             s->count);
}

static void
scale_backward (nn_step *s)
{
  if (s->in[0].grad)
    scale_all (s->half, s->grad, s->in[0].grad, s->entry->o.scale.gain, 0, s->count);
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
  .flags = NN_OP_IN_PLACE | NN_OP_HALF,
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
