/* Operations element by element: relu, relu6, add, mul, stop, dropout. */
#include <math.h>

#include "nets/core/random.h"
#include "nets/ops/loops.h"

static gboolean
like_first_infer (nn_graph *g, nn_entry *e, GError **error)
{
  /* Losses, which have no rows, are added too. */
  for (int i = 0; i < e->n_inputs; i++)
    if (nn_input_shape (g, e, i)->ids)
      return nn_shape_error (g, e, error, "input %d holds ids, values are needed", i + 1);
  if (e->n_inputs > 1 && !nn_same_shape (nn_input_shape (g, e, 0), nn_input_shape (g, e, 1)))
    return nn_shape_error (g, e, error, "the inputs must have the same shape");
  e->shape = *nn_input_shape (g, e, 0);
  return TRUE;
}

/* ---- relu and relu6 --------------------------------------------------------------------- */

/* x and y may be the same memory, as may dy and dx; both (n). */
NN_LOOP (clip, (const float *x, float *y, float top, size_t n), (x, y, top, n))
{
#pragma GCC ivdep
  for (size_t i = 0; i < n; i++)
    {
      float v = x[i] < 0 ? 0 : x[i]; /* NaN stays NaN */
      y[i] = v > top ? top : v;
    }
}

NN_LOOP (clip_backward, (const float *y, const float *dy, float *dx, float top, size_t n),
         (y, dy, dx, top, n))
{
#pragma GCC ivdep
  for (size_t i = 0; i < n; i++)
    dx[i] = (y[i] > 0) & (y[i] < top) ? dy[i] : 0;
}

static void
clip_all (nn_step *s, float top)
{
  const float *x = s->in[0].value;
#pragma omp parallel for if (s->count > NN_PARALLEL_MIN)
  for (size_t i = 0; i < s->count; i += NN_BLOCK)
    clip (x + i, s->value + i, top, MIN ((size_t)NN_BLOCK, s->count - i));
}

static void
clip_all_backward (nn_step *s, float top)
{
  if (!s->in[0].grad)
    return;
#pragma omp parallel for if (s->count > NN_PARALLEL_MIN)
  for (size_t i = 0; i < s->count; i += NN_BLOCK)
    clip_backward (s->value + i, s->grad + i, s->in[0].grad + i, top,
                   MIN ((size_t)NN_BLOCK, s->count - i));
}

static void
relu_forward (nn_step *s)
{
  clip_all (s, INFINITY);
}

static void
relu_backward (nn_step *s)
{
  clip_all_backward (s, INFINITY);
}

static void
relu6_forward (nn_step *s)
{
  clip_all (s, 6);
}

static void
relu6_backward (nn_step *s)
{
  clip_all_backward (s, 6);
}

static const nn_op relu_op = {
  .name = "relu",
  .flags = NN_OP_READS_OUTPUT | NN_OP_IN_PLACE,
  .infer = like_first_infer,
  .forward = relu_forward,
  .backward = relu_backward,
};

static const nn_op relu6_op = {
  .name = "relu6",
  .flags = NN_OP_READS_OUTPUT | NN_OP_IN_PLACE,
  .infer = like_first_infer,
  .forward = relu6_forward,
  .backward = relu6_backward,
};

nn_node
nn_relu (nn_graph *g, nn_node x)
{
  nn_entry e = { 0 };
  return nn_graph_add (g, &relu_op, NULL, &x, 1, &e);
}

nn_node
nn_relu6 (nn_graph *g, nn_node x)
{
  nn_entry e = { 0 };
  return nn_graph_add (g, &relu6_op, NULL, &x, 1, &e);
}

/* ---- add and mul ------------------------------------------------------------------------ */

NN_LOOP (add, (const float *a, const float *b, float *y, size_t n), (a, b, y, n))
{
#pragma GCC ivdep
  for (size_t i = 0; i < n; i++)
    y[i] = a[i] + b[i];
}

NN_LOOP (mul, (const float *a, const float *b, float *y, size_t n), (a, b, y, n))
{
#pragma GCC ivdep
  for (size_t i = 0; i < n; i++)
    y[i] = a[i] * b[i];
}

static void
mul_all (const float *a, const float *b, float *y, size_t count)
{
#pragma omp parallel for if (count > NN_PARALLEL_MIN)
  for (size_t i = 0; i < count; i += NN_BLOCK)
    mul (a + i, b + i, y + i, MIN ((size_t)NN_BLOCK, count - i));
}

static void
add_forward (nn_step *s)
{
  const float *a = s->in[0].value, *b = s->in[1].value;
#pragma omp parallel for if (s->count > NN_PARALLEL_MIN)
  for (size_t i = 0; i < s->count; i += NN_BLOCK)
    add (a + i, b + i, s->value + i, MIN ((size_t)NN_BLOCK, s->count - i));
}

/* In place the gradient is already where it belongs. */
static void
pass_gradient (nn_step *s, int i)
{
  if (s->in[i].grad && s->in[i].grad != s->grad)
    memcpy (s->in[i].grad, s->grad, s->count * sizeof (float));
}

static void
add_backward (nn_step *s)
{
  pass_gradient (s, 0);
  pass_gradient (s, 1);
}

static void
mul_forward (nn_step *s)
{
  mul_all (s->in[0].value, s->in[1].value, s->value, s->count);
}

static void
mul_backward (nn_step *s)
{
  if (s->in[0].grad)
    mul_all (s->grad, s->in[1].value, s->in[0].grad, s->count);
  if (s->in[1].grad)
    mul_all (s->grad, s->in[0].value, s->in[1].grad, s->count);
}

static const nn_op add_op = {
  .name = "add",
  .flags = NN_OP_IN_PLACE,
  .infer = like_first_infer,
  .forward = add_forward,
  .backward = add_backward,
};

static const nn_op mul_op = {
  .name = "mul",
  .flags = NN_OP_READS_INPUT,
  .infer = like_first_infer,
  .forward = mul_forward,
  .backward = mul_backward,
};

nn_node
nn_add (nn_graph *g, nn_node a, nn_node b)
{
  nn_entry e = { 0 };
  return nn_graph_add (g, &add_op, NULL, (nn_node[]){ a, b }, 2, &e);
}

nn_node
nn_mul (nn_graph *g, nn_node a, nn_node b)
{
  nn_entry e = { 0 };
  return nn_graph_add (g, &mul_op, NULL, (nn_node[]){ a, b }, 2, &e);
}

/* ---- stop ------------------------------------------------------------------------------- */

static void
copy_forward (nn_step *s)
{
  if (s->in[0].value != s->value)
    memcpy (s->value, s->in[0].value, s->count * sizeof (float));
}

static const nn_op stop_op = {
  .name = "stop",
  .flags = NN_OP_IN_PLACE,
  .infer = like_first_infer,
  .forward = copy_forward,
};

nn_node
nn_stop (nn_graph *g, nn_node x)
{
  nn_entry e = { 0 };
  return nn_graph_add (g, &stop_op, NULL, &x, 1, &e);
}

/* ---- dropout ---------------------------------------------------------------------------- */

static gboolean
dropout_infer (nn_graph *g, nn_entry *e, GError **error)
{
  if (!(e->o.rate >= 0 && e->o.rate < 1))
    return nn_shape_error (g, e, error, "the rate is %g, it must be at least 0 and below 1",
                           e->o.rate);
  return like_first_infer (g, e, error);
}

/* The mask is a hash of seed and index, computed again in backward instead of stored. A block has
 * its own key, so that 32 bits of index are enough inside it and the loop becomes vectors. */
NN_LOOP (mask_block,
         (const float *x, float *y, uint64_t key, uint32_t drop_below, float scale, size_t n),
         (x, y, key, drop_below, scale, n))
{
  uint32_t low = (uint32_t)key, high = (uint32_t)(key >> 32);
#pragma GCC ivdep
  for (size_t i = 0; i < n; i++)
    {
      uint32_t h = (uint32_t)i * 0x9e3779b9u + low;
      h = (h ^ (h >> 16)) * 0x7feb352du;
      h = (h ^ (h >> 15)) * 0x846ca68bu;
      h = (h ^ (h >> 16)) + high;
      h = (h ^ (h >> 16)) * 0x7feb352du;
      h ^= h >> 15;
      y[i] = h < drop_below ? 0 : x[i] * scale;
    }
}

static uint64_t
block_key (uint64_t seed, uint64_t block)
{
  return nn_scramble (seed + (block + 1) * NN_RANDOM_STEP);
}

static void
mask_all (const nn_step *s, const float *x, float *y)
{
  double rate = s->entry->o.rate;
  uint32_t drop_below = (uint32_t)(rate * 4294967296.0);
  float scale = (float)(1 / (1 - rate));
#pragma omp parallel for if (s->count > NN_PARALLEL_MIN)
  for (size_t i = 0; i < s->count; i += NN_BLOCK)
    mask_block (x + i, y + i, block_key (s->seed, i / NN_BLOCK), drop_below, scale,
                MIN ((size_t)NN_BLOCK, s->count - i));
}

static void
dropout_forward (nn_step *s)
{
  if (s->mode == NN_TRAIN && s->entry->o.rate > 0)
    mask_all (s, s->in[0].value, s->value);
  else
    copy_forward (s);
}

static void
dropout_backward (nn_step *s)
{
  if (!s->in[0].grad)
    return;
  if (s->mode == NN_TRAIN && s->entry->o.rate > 0)
    mask_all (s, s->grad, s->in[0].grad);
  else
    pass_gradient (s, 0);
}

static const nn_op dropout_op = {
  .name = "dropout",
  .flags = NN_OP_IN_PLACE,
  .infer = dropout_infer,
  .forward = dropout_forward,
  .backward = dropout_backward,
};

nn_node
nn_dropout (nn_graph *g, nn_node x, float rate)
{
  nn_entry e = { .o.rate = rate };
  return nn_graph_add (g, &dropout_op, NULL, &x, 1, &e);
}
