/* Operations element by element: relu, relu6, add, mul, stop, dropout. */
#include "nets/core/random.h"
#include "nets/ops/couple.h"
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

/* A step of its own: the activation that nobody before it could apply. */
static gboolean
clip_open (nn_step *s, GError **error)
{
  s->activation = s->entry->op->activation;
  return TRUE;
}

static void
clip_forward (nn_step *s)
{
  nn_activate (s, s->in[0].value);
}

static void
clip_backward (nn_step *s)
{
  if (s->in[0].grad)
    nn_activate_back (s, s->value, s->in[0].grad);
}

static const nn_op relu_op = {
  .name = "relu",
  .flags = NN_OP_READS_OUTPUT | NN_OP_IN_PLACE | NN_OP_HALF,
  .activation = NN_ACT_RELU,
  .infer = like_first_infer,
  .open = clip_open,
  .forward = clip_forward,
  .backward = clip_backward,
  .couple = nn_couple_through,
};

static const nn_op relu6_op = {
  .name = "relu6",
  .flags = NN_OP_READS_OUTPUT | NN_OP_IN_PLACE | NN_OP_HALF,
  .activation = NN_ACT_RELU6,
  .infer = like_first_infer,
  .open = clip_open,
  .forward = clip_forward,
  .backward = clip_backward,
  .couple = nn_couple_through,
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

NN_INLINE void
add_any (gboolean half, const void *a, const void *b, void *y, nn_interval to, size_t n)
{
#pragma GCC ivdep
  for (size_t i = 0; i < n; i++)
    nn_store (y, i, nn_clip (nn_load (a, i, half) + nn_load (b, i, half), to), half);
}

NN_LOOP (add, (gboolean half, const void *a, const void *b, void *y, nn_interval to, size_t n),
         (half, a, b, y, to, n))
{
  if (half)
    add_any (TRUE, a, b, y, to, n);
  else
    add_any (FALSE, a, b, y, to, n);
}

NN_INLINE void
mul_any (gboolean half, const void *a, const void *b, void *y, size_t n)
{
#pragma GCC ivdep
  for (size_t i = 0; i < n; i++)
    nn_store (y, i, nn_load (a, i, half) * nn_load (b, i, half), half);
}

NN_LOOP (mul, (gboolean half, const void *a, const void *b, void *y, size_t n), (half, a, b, y, n))
{
  if (half)
    mul_any (TRUE, a, b, y, n);
  else
    mul_any (FALSE, a, b, y, n);
}

static void
mul_all (gboolean half, const void *a, const void *b, void *y, size_t count)
{
#pragma omp parallel for if (count > NN_PARALLEL_MIN)
  for (size_t i = 0; i < count; i += NN_BLOCK)
    mul (half, nn_at (a, i, half), nn_at (b, i, half), nn_at (y, i, half),
         MIN ((size_t)NN_BLOCK, count - i));
}

static void
add_forward (nn_step *s)
{
  const void *a = s->in[0].value, *b = s->in[1].value;
  gboolean half = s->half;
  nn_interval to = nn_interval_of (s->activation);
#pragma omp parallel for if (s->count > NN_PARALLEL_MIN)
  for (size_t i = 0; i < s->count; i += NN_BLOCK)
    add (half, nn_at (a, i, half), nn_at (b, i, half), nn_at (s->value, i, half), to,
         MIN ((size_t)NN_BLOCK, s->count - i));
}

/* In place the gradient is already where it belongs. */
static void
pass_gradient (nn_step *s, int i)
{
  if (s->in[i].grad && s->in[i].grad != s->grad)
    nn_copy (s->in[i].grad, s->grad, s->count * nn_number_bytes (s->half));
}

static void
add_backward (nn_step *s)
{
  nn_take_back_activation (s);
  pass_gradient (s, 0);
  pass_gradient (s, 1);
}

static void
mul_forward (nn_step *s)
{
  mul_all (s->half, s->in[0].value, s->in[1].value, s->value, s->count);
}

static void
mul_backward (nn_step *s)
{
  /* The first may be written over the output's gradient, so it comes last. */
  if (s->in[1].grad)
    mul_all (s->half, s->grad, s->in[0].value, s->in[1].grad, s->count);
  if (s->in[0].grad)
    mul_all (s->half, s->grad, s->in[1].value, s->in[0].grad, s->count);
}

/* One silent factor is enough. */
static void
mul_couple (nn_coupling *c, const nn_entry *e)
{
  nn_span a = nn_channels (c, 0), b = nn_channels (c, 1), y = nn_channels (c, NN_OUTPUT);
  nn_couple_through (c, e);
  for (int i = 0; i < y.count; i++)
    nn_set_silent (c, y.first + i, nn_is_silent (c, a.first + i) || nn_is_silent (c, b.first + i));
}

static const nn_op add_op = {
  .name = "add",
  .flags
  = NN_OP_IN_PLACE | NN_OP_ACTIVATES | NN_OP_READS_ACTIVATED | NN_OP_PASSES_GRADIENT | NN_OP_HALF,
  .infer = like_first_infer,
  .forward = add_forward,
  .backward = add_backward,
  .couple = nn_couple_through,
};

static const nn_op mul_op = {
  .name = "mul",
  .flags = NN_OP_READS_INPUT | NN_OP_GRADIENT_IN_PLACE | NN_OP_HALF,
  .infer = like_first_infer,
  .forward = mul_forward,
  .backward = mul_backward,
  .couple = mul_couple,
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
    nn_copy (s->value, s->in[0].value, s->count * nn_number_bytes (s->half));
}

static const nn_op stop_op = {
  .name = "stop",
  .flags = NN_OP_IN_PLACE | NN_OP_HALF,
  .infer = like_first_infer,
  .forward = copy_forward,
  .couple = nn_couple_through,
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
NN_INLINE void
mask_any (gboolean half, const void *x, void *y, uint64_t key, uint32_t drop_below, float scale,
          size_t n)
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
      nn_store (y, i, h < drop_below ? 0 : nn_load (x, i, half) * scale, half);
    }
}

NN_LOOP (mask_block,
         (gboolean half, const void *x, void *y, uint64_t key, uint32_t drop_below, float scale,
          size_t n),
         (half, x, y, key, drop_below, scale, n))
{
  if (half)
    mask_any (TRUE, x, y, key, drop_below, scale, n);
  else
    mask_any (FALSE, x, y, key, drop_below, scale, n);
}

static uint64_t
block_key (uint64_t seed, uint64_t block)
{
  return nn_scramble (seed + (block + 1) * NN_RANDOM_STEP);
}

static void
mask_all (const nn_step *s, const void *x, void *y)
{
  double rate = s->entry->o.rate;
  uint32_t drop_below = (uint32_t)(rate * 4294967296.0);
  float scale = (float)(1 / (1 - rate));
#pragma omp parallel for if (s->count > NN_PARALLEL_MIN)
  for (size_t i = 0; i < s->count; i += NN_BLOCK)
    mask_block (s->half, nn_at (x, i, s->half), nn_at (y, i, s->half),
                block_key (s->seed, i / NN_BLOCK), drop_below, scale,
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
  .flags = NN_OP_IN_PLACE | NN_OP_HALF,
  .infer = dropout_infer,
  .forward = dropout_forward,
  .backward = dropout_backward,
  .couple = nn_couple_through,
};

nn_node
nn_dropout (nn_graph *g, nn_node x, float rate)
{
  nn_entry e = { .o.rate = rate };
  return nn_graph_add (g, &dropout_op, NULL, &x, 1, &e);
}
