/* Feature-wise linear modulation: y = (1 + m[c]) x + m[C+c]. */
#include "nets/ops/couple.h"
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
NN_INLINE void
film_row_any (gboolean half, const void *x, const float *m, void *y, size_t positions, size_t c,
              nn_interval to)
{
  for (size_t i = 0; i < positions * c; i += c)
    {
#pragma GCC ivdep
      for (size_t j = 0; j < c; j++)
        nn_store (y, i + j, nn_clip ((1 + m[j]) * nn_load (x, i + j, half) + m[c + j], to), half);
    }
}

NN_LOOP (film_row,
         (gboolean half, const void *x, const float *m, void *y, size_t positions, size_t c,
          nn_interval to),
         (half, x, m, y, positions, c, to))
{
  if (half)
    film_row_any (TRUE, x, m, y, positions, c, to);
  else
    film_row_any (FALSE, x, m, y, positions, c, to);
}

/* dm (2c), or NULL; dx may be dy, or NULL. What the activation lets through is found again from x
 * and m. */
NN_INLINE void
film_row_back_any (gboolean half, const void *dy, const void *x, const float *m, void *dx,
                   float *dm, size_t positions, size_t c, nn_interval to)
{
  for (size_t j = 0; dm != NULL && j < 2 * c; j++)
    dm[j] = 0;
  for (size_t i = 0; i < positions * c; i += c)
    {
      if (dm != NULL)
        {
#pragma GCC ivdep
          for (size_t j = 0; j < c; j++)
            {
              float v = nn_load (x, i + j, half);
              float g = nn_clip_back ((1 + m[j]) * v + m[c + j], to, nn_load (dy, i + j, half));
              dm[j] += g * v;
              dm[c + j] += g;
            }
        }
      if (dx != NULL)
        {
#pragma GCC ivdep
          for (size_t j = 0; j < c; j++)
            {
              float v = nn_load (x, i + j, half);
              float g = nn_clip_back ((1 + m[j]) * v + m[c + j], to, nn_load (dy, i + j, half));
              nn_store (dx, i + j, (1 + m[j]) * g, half);
            }
        }
    }
}

NN_LOOP (film_row_back,
         (gboolean half, const void *dy, const void *x, const float *m, void *dx, float *dm,
          size_t positions, size_t c, nn_interval to),
         (half, dy, x, m, dx, dm, positions, c, to))
{
  if (half)
    film_row_back_any (TRUE, dy, x, m, dx, dm, positions, c, to);
  else
    film_row_back_any (FALSE, dy, x, m, dx, dm, positions, c, to);
}

static void
film_forward (nn_step *s)
{
  const float *m = s->in[1].value;
  size_t c = nn_last_dim (&s->in[0].shape), row = s->in[0].count / s->rows;
  nn_interval to = nn_interval_of (s->activation);
  if (s->ablation & NN_ABLATE_FILM)
    {
      nn_activate (s, s->in[0].value);
      return;
    }
#pragma omp parallel for if (s->count > NN_PARALLEL_MIN)
  for (size_t r = 0; r < s->rows; r++)
    film_row (s->half, nn_at (s->in[0].value, r * row, s->half), m + r * 2 * c,
              nn_at (s->value, r * row, s->half), row / c, c, to);
}

static void
film_backward (nn_step *s)
{
  const float *m = s->in[1].value;
  float *dx = s->in[0].grad, *dm = s->in[1].grad;
  size_t c = nn_last_dim (&s->in[0].shape), row = s->in[0].count / s->rows;
  nn_interval to = nn_interval_of (s->activation);
  if (s->ablation & NN_ABLATE_FILM)
    {
      if (dx)
        nn_activate_back (s, s->in[0].value, dx);
      if (dm)
        memset (dm, 0, s->in[1].count * sizeof (float));
      return;
    }
#pragma omp parallel for if (s->count > NN_PARALLEL_MIN)
  for (size_t r = 0; r < s->rows; r++)
    film_row_back (s->half, nn_at (s->grad, r * row, s->half),
                   nn_at (s->in[0].value, r * row, s->half), m + r * 2 * c,
                   dx ? nn_at (dx, r * row, s->half) : NULL, dm ? dm + r * 2 * c : NULL, row / c, c,
                   to);
}

static void
film_couple (nn_coupling *c, const nn_entry *e)
{
  nn_span x = nn_channels (c, 0), m = nn_channels (c, 1), y = nn_channels (c, NN_OUTPUT);
  nn_tie_spans (c, x, y);
  nn_tie (c, m.first, y.first, y.count);
  nn_tie (c, m.first + y.count, y.first, y.count);
  for (int i = 0; i < y.count; i++)
    nn_set_silent (c, y.first + i,
                   nn_is_silent (c, x.first + i) && nn_is_silent (c, m.first + y.count + i));
}

static const nn_op film_op = {
  .name = "film",
  .flags = NN_OP_READS_INPUT | NN_OP_GRADIENT_IN_PLACE | NN_OP_ACTIVATES | NN_OP_HALF,
  .infer = film_infer,
  .forward = film_forward,
  .backward = film_backward,
  .couple = film_couple,
};

nn_node
nn_film (nn_graph *g, nn_node x, nn_node m)
{
  nn_entry e = { 0 };
  return nn_graph_add (g, &film_op, NULL, (nn_node[]){ x, m }, 2, &e);
}
