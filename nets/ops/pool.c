/* Pooling over windows of (rows,H,W,C), and over all positions to (rows,C). */
#include <math.h>

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

NN_LOOP (larger, (const float *x, float *y, guint8 *where, int k, size_t c), (x, y, where, k, c))
{
#pragma GCC ivdep
  for (size_t j = 0; j < c; j++)
    {
      gboolean take = !(x[j] <= y[j]); /* NaN wins, so that it is seen */
      y[j] = take ? x[j] : y[j];
      where[j] = take ? (guint8)k : where[j];
    }
}

NN_LOOP (send_back, (const float *dy, const guint8 *where, int k, float *dx, size_t c),
         (dy, where, k, dx, c))
{
#pragma GCC ivdep
  for (size_t j = 0; j < c; j++)
    dx[j] += where[j] == k ? dy[j] : 0;
}

NN_LOOP (add_scaled, (const float *x, float scale, float *y, size_t c), (x, scale, y, c))
{
#pragma GCC ivdep
  for (size_t j = 0; j < c; j++)
    y[j] += x[j] * scale;
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
  const float *x = (const float *)s->in[0].value + line * width * c;
  size_t out
      = ((line / s->in[0].shape.dim[0] * s->entry->shape.dim[0] + oy) * s->entry->shape.dim[1] + ox)
        * c;
  window w = window_at (s, oy, ox);
  float *y = s->value + out;
  for (size_t j = 0; j < c; j++)
    y[j] = -INFINITY;
  memset ((guint8 *)s->saved + out, 0, c);
  for (int i = w.y0; i < w.y1; i++)
    for (int j = w.x0; j < w.x1; j++)
      larger (x + ((size_t)i * width + j) * c, y, (guint8 *)s->saved + out,
              (i - w.top) * s->entry->o.pool.kernel + j - w.left, c);
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

/* Windows overlap, so one thread takes all windows of a picture. */
static void
max_row_backward (nn_step *s, size_t r)
{
  const nn_shape *in = &s->in[0].shape, *out = &s->entry->shape;
  size_t c = in->dim[2], row = nn_shape_size (in);
  float *dx = s->in[0].grad + r * row;
  memset (dx, 0, row * sizeof (float));
  for (int oy = 0; oy < out->dim[0]; oy++)
    for (int ox = 0; ox < out->dim[1]; ox++)
      {
        window w = window_at (s, oy, ox);
        size_t at = ((r * out->dim[0] + oy) * out->dim[1] + ox) * c;
        for (int i = w.y0; i < w.y1; i++)
          for (int j = w.x0; j < w.x1; j++)
            send_back (s->grad + at, (guint8 *)s->saved + at,
                       (i - w.top) * s->entry->o.pool.kernel + j - w.left,
                       dx + ((size_t)i * in->dim[1] + j) * c, c);
      }
}

static void
max_backward (nn_step *s)
{
  if (!s->in[0].grad)
    return;
#pragma omp parallel for if (s->in[0].count > NN_PARALLEL_MIN)
  for (size_t r = 0; r < s->rows; r++)
    max_row_backward (s, r);
}

static void
mean_forward (nn_step *s)
{
  const nn_shape *in = &s->in[0].shape, *out = &s->entry->shape;
  size_t c = in->dim[2], height = out->dim[0];
  const float *x = s->in[0].value;
#pragma omp parallel for if (s->in[0].count > NN_PARALLEL_MIN)
  for (size_t line = 0; line < s->rows * height; line++)
    for (int ox = 0; ox < out->dim[1]; ox++)
      {
        window w = window_at (s, (int)(line % height), ox);
        float *y = s->value + (line * out->dim[1] + ox) * c;
        float scale = 1.0f / (float)((w.y1 - w.y0) * (w.x1 - w.x0));
        memset (y, 0, c * sizeof (float));
        for (int i = w.y0; i < w.y1; i++)
          for (int j = w.x0; j < w.x1; j++)
            add_scaled (x + ((line / height * in->dim[0] + i) * in->dim[1] + j) * c, scale, y, c);
      }
}

static void
mean_row_backward (nn_step *s, size_t r)
{
  const nn_shape *in = &s->in[0].shape, *out = &s->entry->shape;
  size_t c = in->dim[2], row = nn_shape_size (in);
  float *dx = s->in[0].grad + r * row;
  memset (dx, 0, row * sizeof (float));
  for (int oy = 0; oy < out->dim[0]; oy++)
    for (int ox = 0; ox < out->dim[1]; ox++)
      {
        window w = window_at (s, oy, ox);
        const float *dy = s->grad + ((r * out->dim[0] + oy) * out->dim[1] + ox) * c;
        float scale = 1.0f / (float)((w.y1 - w.y0) * (w.x1 - w.x0));
        for (int i = w.y0; i < w.y1; i++)
          for (int j = w.x0; j < w.x1; j++)
            add_scaled (dy, scale, dx + ((size_t)i * in->dim[1] + j) * c, c);
      }
}

static void
mean_backward (nn_step *s)
{
  if (!s->in[0].grad)
    return;
#pragma omp parallel for if (s->in[0].count > NN_PARALLEL_MIN)
  for (size_t r = 0; r < s->rows; r++)
    mean_row_backward (s, r);
}

static const nn_op max_pool_op = {
  .name = "max_pool",
  .infer = window_infer,
  .open = max_open,
  .forward = max_forward,
  .backward = max_backward,
};

static const nn_op mean_pool_op = {
  .name = "mean_pool",
  .infer = window_infer,
  .forward = mean_forward,
  .backward = mean_backward,
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
  const float *x = s->in[0].value;
#pragma omp parallel for if (s->in[0].count > NN_PARALLEL_MIN)
  for (size_t r = 0; r < s->rows; r++)
    {
      memset (s->value + r * c, 0, c * sizeof (float));
      for (size_t i = 0; i < row; i += c)
        add_scaled (x + r * row + i, (float)c / (float)row, s->value + r * c, c);
    }
}

static void
global_mean_backward (nn_step *s)
{
  size_t c = nn_last_dim (&s->in[0].shape), row = s->in[0].count / s->rows;
  float *dx = s->in[0].grad;
  if (!dx)
    return;
#pragma omp parallel for if (s->in[0].count > NN_PARALLEL_MIN)
  for (size_t r = 0; r < s->rows; r++)
    {
      memset (dx + r * row, 0, row * sizeof (float));
      for (size_t i = 0; i < row; i += c)
        add_scaled (s->grad + r * c, (float)c / (float)row, dx + r * row + i, c);
    }
}

/* saved: position of each maximum, int32 (rows,C) */
static gboolean
global_max_open (nn_step *s, GError **error)
{
  s->saved_bytes = s->count * sizeof (int32_t);
  return TRUE;
}

NN_LOOP (larger_at, (const float *x, float *y, int32_t *where, int32_t position, size_t c),
         (x, y, where, position, c))
{
#pragma GCC ivdep
  for (size_t j = 0; j < c; j++)
    {
      gboolean take = !(x[j] <= y[j]);
      y[j] = take ? x[j] : y[j];
      where[j] = take ? position : where[j];
    }
}

static void
global_max_forward (nn_step *s)
{
  size_t c = nn_last_dim (&s->in[0].shape), row = s->in[0].count / s->rows;
  const float *x = s->in[0].value;
  int32_t *where = s->saved;
#pragma omp parallel for if (s->in[0].count > NN_PARALLEL_MIN)
  for (size_t r = 0; r < s->rows; r++)
    {
      memcpy (s->value + r * c, x + r * row, c * sizeof (float));
      memset (where + r * c, 0, c * sizeof (int32_t));
      for (size_t i = c; i < row; i += c)
        larger_at (x + r * row + i, s->value + r * c, where + r * c, (int32_t)(i / c), c);
    }
}

static void
global_max_backward (nn_step *s)
{
  size_t c = nn_last_dim (&s->in[0].shape), row = s->in[0].count / s->rows;
  const int32_t *where = s->saved;
  float *dx = s->in[0].grad;
  if (!dx)
    return;
#pragma omp parallel for if (s->in[0].count > NN_PARALLEL_MIN)
  for (size_t r = 0; r < s->rows; r++)
    {
      memset (dx + r * row, 0, row * sizeof (float));
      for (size_t j = 0; j < c; j++)
        dx[r * row + where[r * c + j] * c + j] = s->grad[r * c + j];
    }
}

static const nn_op global_mean_op = {
  .name = "global_mean",
  .infer = global_infer,
  .forward = global_mean_forward,
  .backward = global_mean_backward,
};

static const nn_op global_max_op = {
  .name = "global_max",
  .infer = global_infer,
  .open = global_max_open,
  .forward = global_max_forward,
  .backward = global_max_backward,
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
