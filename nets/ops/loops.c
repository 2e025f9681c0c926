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
