/* Operations that lay values out anew: repeat and coords. */
#include "nets/ops/couple.h"
#include "nets/ops/loops.h"

/* ---- repeat ----------------------------------------------------------------------------- */

static gboolean
repeat_infer (nn_graph *g, nn_entry *e, GError **error)
{
  const nn_shape *x = nn_input_shape (g, e, 0);
  if (x->per < 1)
    return nn_shape_error (g, e, error, "the input has no rows");
  if (!nn_want_width (g, e, "the number of times", e->o.times, error))
    return FALSE;
  if (x->per > G_MAXINT / e->o.times)
    return nn_shape_error (g, e, error, "%d times is too often", e->o.times);
  e->shape = *x;
  e->shape.per *= e->o.times;
  return TRUE;
}

/* One copy serves every kind of number. */
static void
repeat_forward (nn_step *s)
{
  size_t times = s->entry->o.times;
  size_t bytes = s->in[0].count / s->in[0].rows * nn_number_bytes (s->half);
  const char *x = s->in[0].value;
  char *y = (char *)s->value;
#pragma omp parallel for if (s->count > NN_PARALLEL_MIN)
  for (size_t r = 0; r < s->rows; r++)
    memcpy (y + r * bytes, x + r / times * bytes, bytes);
}

static inline __attribute__ ((always_inline)) void
sum_copies (const void *dy, void *dx, size_t times, size_t n, gboolean half)
{
  float sum[NN_BLOCK / 16];
  for (size_t i = 0; i < n; i += G_N_ELEMENTS (sum))
    {
      size_t block = MIN (n - i, G_N_ELEMENTS (sum));
      memset (sum, 0, sizeof sum);
      for (size_t t = 0; t < times; t++)
        for (size_t j = 0; j < block; j++)
          sum[j] += nn_load (dy, t * n + i + j, half);
      for (size_t j = 0; j < block; j++)
        nn_store (dx, i + j, sum[j], half);
    }
}

NN_LOOP (sum_times, (const void *dy, void *dx, size_t times, size_t n, gboolean half),
         (dy, dx, times, n, half))
{
  if (half)
    sum_copies (dy, dx, times, n, TRUE);
  else
    sum_copies (dy, dx, times, n, FALSE);
}

static void
repeat_backward (nn_step *s)
{
  size_t times = s->entry->o.times, n = s->in[0].count / s->in[0].rows;
  if (!s->in[0].grad)
    return;
#pragma omp parallel for if (s->count > NN_PARALLEL_MIN)
  for (size_t r = 0; r < s->in[0].rows; r++)
    sum_times (nn_at (s->grad, r * times * n, s->half), nn_at (s->in[0].grad, r * n, s->half),
               times, n, s->half);
}

static const nn_op repeat_op = {
  .name = "repeat",
  .flags = NN_OP_HALF,
  .infer = repeat_infer,
  .forward = repeat_forward,
  .backward = repeat_backward,
  .couple = nn_couple_through,
};

nn_node
nn_repeat (nn_graph *g, nn_node x, int times)
{
  nn_entry e = { .o.times = times };
  return nn_graph_add (g, &repeat_op, NULL, &x, 1, &e);
}

/* ---- coords ----------------------------------------------------------------------------- */

static gboolean
coords_infer (nn_graph *g, nn_entry *e, GError **error)
{
  if (!nn_want_values (g, e, error))
    return FALSE;
  const nn_shape *x = nn_input_shape (g, e, 0);
  if (x->rank != 3)
    return nn_shape_error (g, e, error, "the input must be (N,H,W,C)");
  if (!nn_want_width (g, e, "the number of channels", x->dim[2] + 2, error))
    return FALSE;
  e->shape = *x;
  e->shape.dim[2] += 2;
  return TRUE;
}

static float
coordinate (size_t i, size_t length)
{
  return length > 1 ? 2.0f * (float)i / (float)(length - 1) - 1.0f : 0.0f;
}

static void
coords_forward (nn_step *s)
{
  size_t h = s->in[0].shape.dim[0], w = s->in[0].shape.dim[1], c = s->in[0].shape.dim[2];
#pragma omp parallel for if (s->count > NN_PARALLEL_MIN)
  for (size_t i = 0; i < s->rows * h; i++)
    for (size_t j = 0; j < w; j++)
      {
        void *y = nn_at (s->value, (i * w + j) * (c + 2), s->half);
        memcpy (y, nn_at (s->in[0].value, (i * w + j) * c, s->half), c * nn_number_bytes (s->half));
        nn_store (y, c, coordinate (j, w), s->half);
        nn_store (y, c + 1, coordinate (i % h, h), s->half);
      }
}

static void
coords_backward (nn_step *s)
{
  size_t c = s->in[0].shape.dim[2], positions = s->in[0].count / c;
  if (!s->in[0].grad)
    return;
#pragma omp parallel for if (s->count > NN_PARALLEL_MIN)
  for (size_t p = 0; p < positions; p++)
    memcpy (nn_at (s->in[0].grad, p * c, s->half), nn_at (s->grad, p * (c + 2), s->half),
            c * nn_number_bytes (s->half));
}

static void
coords_couple (nn_coupling *c, const nn_entry *e)
{
  nn_span x = nn_channels (c, 0), y = nn_channels (c, NN_OUTPUT);
  nn_tie (c, x.first, y.first, x.count);
  for (int i = 0; i < x.count; i++)
    nn_set_silent (c, y.first + i, nn_is_silent (c, x.first + i));
  nn_fix (c, (nn_span){ y.first + x.count, 2 }, "is a coordinate map");
}

static const nn_op coords_op = {
  .name = "coords",
  .flags = NN_OP_HALF,
  .infer = coords_infer,
  .forward = coords_forward,
  .backward = coords_backward,
  .couple = coords_couple,
};

nn_node
nn_coords (nn_graph *g, nn_node x)
{
  nn_entry e = { 0 };
  return nn_graph_add (g, &coords_op, NULL, &x, 1, &e);
}
