/* Feature-wise linear modulation: y = (1 + m[c]) x + m[C+c]. */
#include "nets/ops/loops.h"

static gboolean
film_infer (nn_graph *g, nn_entry *e, GError **error)
{
  if (!nn_want_values (g, e, error))
    return FALSE;
  const nn_shape *x = nn_input_shape (g, e, 0), *m = nn_input_shape (g, e, 1);
  if (x->rank < 1 || m->rank != 1)
    return nn_shape_error (g, e, error, "needs a map (N,...,C) and a modulation (N,2C)");
  if (x->per != m->per)
    return nn_shape_error (g, e, error, "map and modulation differ in rows");
  if (m->dim[0] != 2 * nn_last_dim (x))
    return nn_shape_error (g, e, error, "the modulation must be %d wide", 2 * nn_last_dim (x));
  e->shape = *x;
  return TRUE;
}

/* One row: x, y (positions,c); m (2c) */
NN_LOOP (film_row, (const float *x, const float *m, float *y, size_t positions, size_t c),
         (x, m, y, positions, c))
{
  for (size_t p = 0; p < positions; p++, x += c, y += c)
    {
#pragma GCC ivdep
      for (size_t j = 0; j < c; j++)
        y[j] = (1.0f + m[j]) * x[j] + m[c + j];
    }
}

NN_LOOP (film_row_dx, (const float *dy, const float *m, float *dx, size_t positions, size_t c),
         (dy, m, dx, positions, c))
{
  for (size_t p = 0; p < positions; p++, dy += c, dx += c)
    {
#pragma GCC ivdep
      for (size_t j = 0; j < c; j++)
        dx[j] = (1.0f + m[j]) * dy[j];
    }
}

NN_LOOP (film_row_dm, (const float *dy, const float *x, float *dm, size_t positions, size_t c),
         (dy, x, dm, positions, c))
{
  for (size_t j = 0; j < 2 * c; j++)
    dm[j] = 0;
  for (size_t p = 0; p < positions; p++, dy += c, x += c)
    {
#pragma GCC ivdep
      for (size_t j = 0; j < c; j++)
        {
          dm[j] += dy[j] * x[j];
          dm[c + j] += dy[j];
        }
    }
}

static void
film_forward (nn_step *s)
{
  const float *x = s->in[0].value, *m = s->in[1].value;
  size_t c = nn_last_dim (&s->in[0].shape), row = s->in[0].count / s->rows;
  if (s->ablation & NN_ABLATE_FILM)
    {
      memcpy (s->value, x, s->count * sizeof (float));
      return;
    }
#pragma omp parallel for if (s->count > NN_PARALLEL_MIN)
  for (size_t r = 0; r < s->rows; r++)
    film_row (x + r * row, m + r * 2 * c, s->value + r * row, row / c, c);
}

static void
film_backward (nn_step *s)
{
  const float *x = s->in[0].value, *m = s->in[1].value;
  float *dx = s->in[0].grad, *dm = s->in[1].grad;
  size_t c = nn_last_dim (&s->in[0].shape), row = s->in[0].count / s->rows;
  if (s->ablation & NN_ABLATE_FILM)
    {
      if (dx)
        memcpy (dx, s->grad, s->count * sizeof (float));
      if (dm)
        memset (dm, 0, s->in[1].count * sizeof (float));
      return;
    }
#pragma omp parallel for if (s->count > NN_PARALLEL_MIN)
  for (size_t r = 0; r < s->rows; r++)
    {
      if (dm)
        film_row_dm (s->grad + r * row, x + r * row, dm + r * 2 * c, row / c, c);
      if (dx)
        film_row_dx (s->grad + r * row, m + r * 2 * c, dx + r * row, row / c, c);
    }
}

static const nn_op film_op = {
  .name = "film",
  .flags = NN_OP_READS_INPUT,
  .infer = film_infer,
  .forward = film_forward,
  .backward = film_backward,
};

nn_node
nn_film (nn_graph *g, nn_node x, nn_node m)
{
  nn_entry e = { 0 };
  return nn_graph_add (g, &film_op, NULL, (nn_node[]){ x, m }, 2, &e);
}
