#include "nets/ops/loops.h"

gboolean
nn_want_values (const nn_graph *g, const nn_entry *e, GError **error)
{
  for (int i = 0; i < e->n_inputs; i++)
    {
      const nn_shape *s = nn_input_shape (g, e, i);
      if (s->ids)
        return nn_shape_error (g, e, error, "input %d holds ids, values are needed", i + 1);
      if (s->per < 1)
        return nn_shape_error (g, e, error, "input %d has no rows", i + 1);
    }
  return TRUE;
}

gboolean
nn_want_width (const nn_graph *g, const nn_entry *e, const char *what, int option, GError **error)
{
  if (option < 1 || option > NN_MAX_WIDTH)
    return nn_shape_error (g, e, error, "%s is %d, it must be 1 to %d", what, option, NN_MAX_WIDTH);
  return TRUE;
}

gboolean
nn_same_shape (const nn_shape *a, const nn_shape *b)
{
  if (a->per != b->per || a->rank != b->rank || a->ids != b->ids)
    return FALSE;
  for (int i = 0; i < a->rank; i++)
    if (a->dim[i] != b->dim[i])
      return FALSE;
  return TRUE;
}

int
nn_last_dim (const nn_shape *s)
{
  return s->rank > 0 ? s->dim[s->rank - 1] : 1;
}

/* One block of columns; x points to its first column. */
NN_LOOP (sum_block, (const float *x, size_t rows, size_t stride, size_t width, float *sum),
         (x, rows, stride, width, sum))
{
  for (size_t i = 0; i < rows; i++)
    {
      const float *row = x + i * stride;
#pragma GCC ivdep
      for (size_t j = 0; j < width; j++)
        sum[j] += row[j];
    }
}

void
nn_sum_columns (const float *x, size_t rows, size_t columns, float *sum)
{
  const size_t block = 64;
#pragma omp parallel for if (rows * columns > NN_PARALLEL_MIN)
  for (size_t j = 0; j < columns; j += block)
    sum_block (x + j, rows, columns, MIN (block, columns - j), sum + j);
}

NN_LOOP (add_row, (float *to, const float *from, size_t count), (to, from, count))
{
#pragma GCC ivdep
  for (size_t i = 0; i < count; i++)
    to[i] += from[i];
}

void
nn_add_bias (float *x, size_t rows, size_t columns, const float *bias)
{
#pragma omp parallel for if (rows * columns > NN_PARALLEL_MIN)
  for (size_t i = 0; i < rows; i++)
    add_row (x + i * columns, bias, columns);
}

void
nn_accumulate (float *to, const float *from, size_t count)
{
#pragma omp parallel for if (count > NN_PARALLEL_MIN)
  for (size_t i = 0; i < count; i += NN_BLOCK)
    add_row (to + i, from + i, MIN ((size_t)NN_BLOCK, count - i));
}

void
nn_copy (void *to, const void *from, size_t bytes)
{
  const size_t block = NN_BLOCK * sizeof (float);
#pragma omp parallel for if (bytes > NN_PARALLEL_MIN * sizeof(float))
  for (size_t i = 0; i < bytes; i += block)
    memcpy ((char *)to + i, (const char *)from + i, MIN (block, bytes - i));
}

/* x and y may be the same memory; both (n) */
NN_INLINE void
clip_any (gboolean half, const void *x, void *y, nn_interval to, size_t n)
{
#pragma GCC ivdep
  for (size_t i = 0; i < n; i++)
    nn_store (y, i, nn_clip (nn_load (x, i, half), to), half);
}

NN_LOOP (clip, (gboolean half, const void *x, void *y, nn_interval to, size_t n),
         (half, x, y, to, n))
{
  if (half)
    clip_any (TRUE, x, y, to, n);
  else
    clip_any (FALSE, x, y, to, n);
}

NN_INLINE void
clip_back_any (gboolean half, const void *x, const void *dy, void *dx, nn_interval to, size_t n)
{
#pragma GCC ivdep
  for (size_t i = 0; i < n; i++)
    nn_store (dx, i, nn_clip_back (nn_load (x, i, half), to, nn_load (dy, i, half)), half);
}

NN_LOOP (clip_back,
         (gboolean half, const void *x, const void *dy, void *dx, nn_interval to, size_t n),
         (half, x, dy, dx, to, n))
{
  if (half)
    clip_back_any (TRUE, x, dy, dx, to, n);
  else
    clip_back_any (FALSE, x, dy, dx, to, n);
}

void
nn_activate (nn_step *s, const void *x)
{
  nn_interval to = nn_interval_of (s->activation);
#pragma omp parallel for if (s->count > NN_PARALLEL_MIN)
  for (size_t i = 0; i < s->count; i += NN_BLOCK)
    clip (s->half, nn_at (x, i, s->half), nn_at (s->value, i, s->half), to,
          MIN ((size_t)NN_BLOCK, s->count - i));
}

void
nn_activate_back (nn_step *s, const void *x, void *dx)
{
  nn_interval to = nn_interval_of (s->activation);
#pragma omp parallel for if (s->count > NN_PARALLEL_MIN)
  for (size_t i = 0; i < s->count; i += NN_BLOCK)
    clip_back (s->half, nn_at (x, i, s->half), nn_at (s->grad, i, s->half), nn_at (dx, i, s->half),
               to, MIN ((size_t)NN_BLOCK, s->count - i));
}

void
nn_take_back_activation (nn_step *s)
{
  if (s->activation != NN_ACT_NONE)
    nn_activate_back (s, s->value, (void *)s->grad);
}
