/* Pooling over windows of (rows,H,W,C), and over all positions to (rows,C). */
#include <math.h>

#include "nets/ops/couple.h"
#include "nets/ops/loops.h"

/* ---- windows ---------------------------------------------------------------------------- */

/* A window's position of the maximum is kept in one byte. */
#define MAX_KERNEL 16

static gboolean
window_infer (nn_graph *g, nn_entry *e, GError **error)
{
  if (!nn_want_values (g, e, error))
    return FALSE;
  const nn_shape *x = nn_input_shape (g, e, 0);
  int k = e->o.pool.kernel, pad = e->o.pool.pad, stride = e->o.pool.stride;
  if (x->rank != 3)
    return nn_shape_error (g, e, error, "the input must be (N,H,W,C)");
  if (k < 1 || k > MAX_KERNEL)
    return nn_shape_error (g, e, error, "the kernel is %d, it must be 1 to %d", k, MAX_KERNEL);
  if (!nn_want_width (g, e, "the stride", stride, error))
    return FALSE;
  if (pad < 0 || pad >= k)
    return nn_shape_error (g, e, error, "the padding is %d, it must be 0 to %d", pad, k - 1);
  e->shape = *x;
  for (int i = 0; i < 2; i++)
    {
      if (x->dim[i] + 2 * pad < k)
        return nn_shape_error (g, e, error, "the map is smaller than the kernel of %d", k);
      e->shape.dim[i] = (x->dim[i] + 2 * pad - k) / stride + 1;
      /* a last window that starts beyond the map would hold padding only */
      if ((e->shape.dim[i] - 1) * (gint64)stride - pad >= x->dim[i])
        return nn_shape_error (g, e, error, "the last window holds nothing but padding");
    }
  return TRUE;
}

/* Channels that are summed in registers and the nearest cache before they are stored. */
#define CHANNELS 128

/* The part of a window inside the map, and where it starts in the kernel. */
typedef struct
{
  int y0, y1, x0, x1, top, left;
} window;

static window
window_at (const nn_step *s, int oy, int ox)
{
  const nn_entry *e = s->entry;
  window w;
  w.top = oy * e->o.pool.stride - e->o.pool.pad;
  w.left = ox * e->o.pool.stride - e->o.pool.pad;
  w.y0 = MAX (w.top, 0);
  w.x0 = MAX (w.left, 0);
  w.y1 = MIN (w.top + e->o.pool.kernel, s->in[0].shape.dim[0]);
  w.x1 = MIN (w.left + e->o.pool.kernel, s->in[0].shape.dim[1]);
  return w;
}

/* Windows along one axis that a position lies in. */
typedef struct
{
  int first, last;
} reach;

static reach
windows_over (const nn_step *s, int axis, int position)
{
  int k = s->entry->o.pool.kernel, stride = s->entry->o.pool.stride;
  int from = position + s->entry->o.pool.pad; /* counted from the padding's edge */
  return (reach){ .first = from < k ? 0 : (from - k) / stride + 1,
                  .last = MIN (from / stride, s->entry->shape.dim[axis] - 1) };
}

/* One position of a window: larger values and where they are. */
static inline __attribute__ ((always_inline)) void
take_larger (const void *x, void *y, guint8 *where, int k, size_t c, gboolean half)
{
#pragma GCC ivdep
  for (size_t j = 0; j < c; j++)
    {
      float v = nn_load (x, j, half), best = nn_load (y, j, half);
      gboolean take = (v > best) | (v != v); /* NaN wins, so that it is seen */
      nn_store (y, j, take ? v : best, half);
      where[j] = take ? (guint8)k : where[j];
    }
}

NN_LOOP (larger, (const void *x, void *y, guint8 *where, int k, size_t c, gboolean half),
         (x, y, where, k, c, half))
{
  if (half)
    take_larger (x, y, where, k, c, TRUE);
  else
    take_larger (x, y, where, k, c, FALSE);
}

/* sum += dy where the window's maximum is its position k; where NULL: everywhere. */
NN_LOOP (gather,
         (const void *dy, const guint8 *where, int k, float scale, float *sum, size_t c,
          gboolean half),
         (dy, where, k, scale, sum, c, half))
{
  if (where == NULL && half)
    for (size_t j = 0; j < c; j++)
      sum[j] += nn_load (dy, j, TRUE) * scale;
  else if (where == NULL)
    for (size_t j = 0; j < c; j++)
      sum[j] += nn_load (dy, j, FALSE) * scale;
  else if (half)
    for (size_t j = 0; j < c; j++)
      sum[j] += where[j] == k ? nn_load (dy, j, TRUE) : 0;
  else
    for (size_t j = 0; j < c; j++)
      sum[j] += where[j] == k ? nn_load (dy, j, FALSE) : 0;
}

NN_LOOP (store, (const float *sum, void *y, size_t c, gboolean half), (sum, y, c, half))
{
  if (half)
    for (size_t j = 0; j < c; j++)
      nn_store (y, j, sum[j], TRUE);
  else
    memcpy (y, sum, c * sizeof (float));
}

static gboolean
max_open (nn_step *s, GError **error)
{
  s->saved_bytes = s->count;
  return TRUE;
}

static void
max_window (nn_step *s, size_t line, int oy, int ox)
{
  size_t c = s->in[0].shape.dim[2], width = s->in[0].shape.dim[1];
  size_t out
      = ((line / s->in[0].shape.dim[0] * s->entry->shape.dim[0] + oy) * s->entry->shape.dim[1] + ox)
        * c;
  window w = window_at (s, oy, ox);
  void *y = nn_at (s->value, out, s->half);
  guint8 *where = (guint8 *)s->saved + out;
  gboolean first = TRUE;
  for (int i = w.y0; i < w.y1; i++)
    for (int j = w.x0; j < w.x1; j++, first = FALSE)
      {
        const void *x = nn_at (s->in[0].value, ((line + i) * width + j) * c, s->half);
        int k = (i - w.top) * s->entry->o.pool.kernel + j - w.left;
        if (first)
          {
            memcpy (y, x, c * nn_number_bytes (s->half));
            memset (where, k, c);
          }
        else
          larger (x, y, where, k, c, s->half);
      }
}

static void
max_forward (nn_step *s)
{
  int height = s->entry->shape.dim[0], width = s->entry->shape.dim[1];
#pragma omp parallel for if (s->in[0].count > NN_PARALLEL_MIN)
  for (size_t line = 0; line < s->rows * height; line++)
    for (int ox = 0; ox < width; ox++)
      max_window (s, line / height * s->in[0].shape.dim[0], (int)(line % height), ox);
}

static float
share (const nn_step *s, int oy, int ox)
{
  window w = window_at (s, oy, ox);
  return 1.0f / (float)((w.y1 - w.y0) * (w.x1 - w.x0));
}

/* Gradient of input position (r,iy,ix), from all windows over it; largest: only from those whose
 * maximum it is. */
static void
gather_position (nn_step *s, size_t r, int iy, int ix, gboolean largest)
{
  const nn_shape *in = &s->in[0].shape, *out = &s->entry->shape;
  size_t c = in->dim[2], to = ((r * in->dim[0] + iy) * in->dim[1] + ix) * c;
  reach high = windows_over (s, 0, iy), wide = windows_over (s, 1, ix);
  float sum[CHANNELS];

  for (size_t j = 0; j < c; j += CHANNELS)
    {
      size_t n = MIN (c - j, CHANNELS);
      memset (sum, 0, sizeof sum);
      for (int oy = high.first; oy <= high.last; oy++)
        for (int ox = wide.first; ox <= wide.last; ox++)
          {
            window w = window_at (s, oy, ox);
            size_t from = ((r * out->dim[0] + oy) * out->dim[1] + ox) * c + j;
            gather (nn_at (s->grad, from, s->half), largest ? (guint8 *)s->saved + from : NULL,
                    (iy - w.top) * s->entry->o.pool.kernel + ix - w.left,
                    largest ? 1 : share (s, oy, ox), sum, n, s->half);
          }
      store (sum, nn_at (s->in[0].grad, to + j, s->half), n, s->half);
    }
}

static void
gather_all (nn_step *s, gboolean largest)
{
  int height = s->in[0].shape.dim[0], width = s->in[0].shape.dim[1];
  if (!s->in[0].grad)
    return;
#pragma omp parallel for if (s->in[0].count > NN_PARALLEL_MIN)
  for (size_t line = 0; line < s->rows * height; line++)
    for (int ix = 0; ix < width; ix++)
      gather_position (s, line / height, (int)(line % height), ix, largest);
}

static void
max_backward (nn_step *s)
{
  gather_all (s, TRUE);
}

static void
mean_window (nn_step *s, size_t r, int oy, int ox)
{
  const nn_shape *in = &s->in[0].shape, *out = &s->entry->shape;
  size_t c = in->dim[2], to = ((r * out->dim[0] + oy) * out->dim[1] + ox) * c;
  window w = window_at (s, oy, ox);
  float sum[CHANNELS], scale = share (s, oy, ox);

  for (size_t j = 0; j < c; j += CHANNELS)
    {
      size_t n = MIN (c - j, CHANNELS);
      memset (sum, 0, sizeof sum);
      for (int iy = w.y0; iy < w.y1; iy++)
        for (int ix = w.x0; ix < w.x1; ix++)
          gather (
              nn_at (s->in[0].value, ((r * in->dim[0] + iy) * in->dim[1] + ix) * c + j, s->half),
              NULL, 0, scale, sum, n, s->half);
      store (sum, nn_at (s->value, to + j, s->half), n, s->half);
    }
}

static void
mean_forward (nn_step *s)
{
  int height = s->entry->shape.dim[0], width = s->entry->shape.dim[1];
#pragma omp parallel for if (s->in[0].count > NN_PARALLEL_MIN)
  for (size_t line = 0; line < s->rows * height; line++)
    for (int ox = 0; ox < width; ox++)
      mean_window (s, line / height, (int)(line % height), ox);
}

static void
mean_backward (nn_step *s)
{
  gather_all (s, FALSE);
}

static const nn_op max_pool_op = {
  .name = "max_pool",
  .flags = NN_OP_HALF,
  .infer = window_infer,
  .open = max_open,
  .forward = max_forward,
  .backward = max_backward,
  .couple = nn_couple_through,
};

static const nn_op mean_pool_op = {
  .name = "mean_pool",
  .flags = NN_OP_HALF,
  .infer = window_infer,
  .forward = mean_forward,
  .backward = mean_backward,
  .couple = nn_couple_through,
};

nn_node
nn_max_pool (nn_graph *g, nn_node x, int kernel, int stride, int pad)
{
  nn_entry e = { .o.pool = { kernel, stride, pad } };
  return nn_graph_add (g, &max_pool_op, NULL, &x, 1, &e);
}

nn_node
nn_mean_pool (nn_graph *g, nn_node x, int kernel, int stride, int pad)
{
  nn_entry e = { .o.pool = { kernel, stride, pad } };
  return nn_graph_add (g, &mean_pool_op, NULL, &x, 1, &e);
}

/* ---- all positions ---------------------------------------------------------------------- */

static gboolean
global_infer (nn_graph *g, nn_entry *e, GError **error)
{
  if (!nn_want_values (g, e, error))
    return FALSE;
  const nn_shape *x = nn_input_shape (g, e, 0);
  if (x->rank < 2)
    return nn_shape_error (g, e, error, "the input must be (N,...,C) with positions to pool");
  e->shape = (nn_shape){ .per = x->per, .rank = 1, .dim = { nn_last_dim (x) } };
  return TRUE;
}

static void
global_mean_forward (nn_step *s)
{
  size_t c = nn_last_dim (&s->in[0].shape), row = s->in[0].count / s->rows;
  gboolean half = s->in[0].half;
#pragma omp parallel for if (s->in[0].count > NN_PARALLEL_MIN)
  for (size_t r = 0; r < s->rows; r++)
    {
      memset (s->value + r * c, 0, c * sizeof (float));
      for (size_t i = 0; i < row; i += c)
        gather (nn_at (s->in[0].value, r * row + i, half), NULL, 0, (float)c / (float)row,
                s->value + r * c, c, half);
    }
}

static void
global_mean_backward (nn_step *s)
{
  size_t c = nn_last_dim (&s->in[0].shape), row = s->in[0].count / s->rows;
  gboolean half = s->in[0].half;
  if (!s->in[0].grad)
    return;
#pragma omp parallel for if (s->in[0].count > NN_PARALLEL_MIN)
  for (size_t r = 0; r < s->rows; r++)
    {
      char *dx = nn_at (s->in[0].grad, r * row, half);
      for (size_t j = 0; j < c; j++) /* the first position; the others are copies */
        nn_store (dx, j, s->grad[r * c + j] * (float)c / (float)row, half);
      for (size_t i = c; i < row; i += c)
        memcpy (nn_at (dx, i, half), dx, c * nn_number_bytes (half));
    }
}

/* saved: position of each maximum, int32 (rows,C) */
static gboolean
global_max_open (nn_step *s, GError **error)
{
  s->saved_bytes = s->count * sizeof (int32_t);
  return TRUE;
}

static inline __attribute__ ((always_inline)) void
take_larger_at (const void *x, float *y, int32_t *where, int32_t position, size_t c, gboolean half)
{
#pragma GCC ivdep
  for (size_t j = 0; j < c; j++)
    {
      float v = nn_load (x, j, half);
      gboolean take = (v > y[j]) | (v != v);
      y[j] = take ? v : y[j];
      where[j] = take ? position : where[j];
    }
}

NN_LOOP (larger_at,
         (const void *x, float *y, int32_t *where, int32_t position, size_t c, gboolean half),
         (x, y, where, position, c, half))
{
  if (half)
    take_larger_at (x, y, where, position, c, TRUE);
  else
    take_larger_at (x, y, where, position, c, FALSE);
}

static void
global_max_forward (nn_step *s)
{
  size_t c = nn_last_dim (&s->in[0].shape), row = s->in[0].count / s->rows;
  gboolean half = s->in[0].half;
  int32_t *where = s->saved;
#pragma omp parallel for if (s->in[0].count > NN_PARALLEL_MIN)
  for (size_t r = 0; r < s->rows; r++)
    {
      const void *x = nn_at (s->in[0].value, r * row, half);
      for (size_t j = 0; j < c; j++)
        {
          s->value[r * c + j] = nn_load (x, j, half);
          where[r * c + j] = 0;
        }
      for (size_t i = c; i < row; i += c)
        larger_at (nn_at (x, i, half), s->value + r * c, where + r * c, (int32_t)(i / c), c, half);
    }
}

static void
global_max_backward (nn_step *s)
{
  size_t c = nn_last_dim (&s->in[0].shape), row = s->in[0].count / s->rows;
  gboolean half = s->in[0].half;
  const int32_t *where = s->saved;
  if (!s->in[0].grad)
    return;
#pragma omp parallel for if (s->in[0].count > NN_PARALLEL_MIN)
  for (size_t r = 0; r < s->rows; r++)
    {
      void *dx = nn_at (s->in[0].grad, r * row, half);
      memset (dx, 0, row * nn_number_bytes (half));
      for (size_t j = 0; j < c; j++)
        nn_store (dx, where[r * c + j] * c + j, s->grad[r * c + j], half);
    }
}

static const nn_op global_mean_op = {
  .name = "global_mean",
  .flags = NN_OP_HALF,
  .infer = global_infer,
  .forward = global_mean_forward,
  .backward = global_mean_backward,
  .couple = nn_couple_through,
};

static const nn_op global_max_op = {
  .name = "global_max",
  .flags = NN_OP_HALF,
  .infer = global_infer,
  .open = global_max_open,
  .forward = global_max_forward,
  .backward = global_max_backward,
  .couple = nn_couple_through,
};

nn_node
nn_global_mean (nn_graph *g, nn_node x)
{
  nn_entry e = { 0 };
  return nn_graph_add (g, &global_mean_op, NULL, &x, 1, &e);
}

nn_node
nn_global_max (nn_graph *g, nn_node x)
{
  nn_entry e = { 0 };
  return nn_graph_add (g, &global_max_op, NULL, &x, 1, &e);
}
