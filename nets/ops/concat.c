/* Concatenation along the last axis. */
#include "nets/ops/couple.h"
#include "nets/ops/loops.h"

/* The same but for the last axis? */
static gboolean
fits (const nn_shape *a, const nn_shape *b)
{
  if (a->per != b->per || a->rank != b->rank)
    return FALSE;
  for (int i = 0; i < a->rank - 1; i++)
    if (a->dim[i] != b->dim[i])
      return FALSE;
  return TRUE;
}

static gboolean
concat_infer (nn_graph *g, nn_entry *e, GError **error)
{
  int64_t width = 0;
  if (e->o.times < 2 || e->o.times > NN_MAX_INPUTS)
    return nn_shape_error (g, e, error, "of %d parts, it takes 2 to %d", e->o.times, NN_MAX_INPUTS);
  if (!nn_want_values (g, e, error))
    return FALSE;
  for (int i = 0; i < e->n_inputs; i++)
    {
      const nn_shape *x = nn_input_shape (g, e, i);
      if (x->rank < 1)
        return nn_shape_error (g, e, error, "input %d has no axis after the rows", i + 1);
      if (!fits (x, nn_input_shape (g, e, 0)))
        return nn_shape_error (
            g, e, error, "rows and all axes but the last must agree, input %d differs", i + 1);
      width += nn_last_dim (x);
    }
  if (width > NN_MAX_WIDTH)
    return nn_shape_error (g, e, error, "the result would be %" G_GINT64_FORMAT " wide", width);
  e->shape = *nn_input_shape (g, e, 0);
  e->shape.dim[e->shape.rank - 1] = (int)width;
  return TRUE;
}

/* Copies columns of `from`, whose rows are from_width apart, to `to`; all in bytes. */
static void
copy_columns (const char *from, size_t from_width, char *to, size_t to_width, size_t columns,
              size_t rows)
{
#pragma omp parallel for if (rows * columns > NN_PARALLEL_MIN * sizeof(float))
  for (size_t i = 0; i < rows; i++)
    memcpy (to + i * to_width, from + i * from_width, columns);
}

static void
concat_forward (nn_step *s)
{
  size_t number = nn_number_bytes (s->half), width = nn_last_dim (&s->entry->shape) * number;
  char *to = (char *)s->value;
  for (int k = 0; k < s->entry->n_inputs; k++)
    {
      size_t columns = nn_last_dim (&s->in[k].shape) * number;
      copy_columns (s->in[k].value, columns, to, width, columns, s->count * number / width);
      to += columns;
    }
}

static void
concat_backward (nn_step *s)
{
  size_t number = nn_number_bytes (s->half), width = nn_last_dim (&s->entry->shape) * number;
  const char *from = (const char *)s->grad;
  for (int k = 0; k < s->entry->n_inputs; k++)
    {
      size_t columns = nn_last_dim (&s->in[k].shape) * number;
      if (s->in[k].grad)
        copy_columns (from, width, (char *)s->in[k].grad, columns, columns,
                      s->count * number / width);
      from += columns;
    }
}

static void
concat_couple (nn_coupling *c, const nn_entry *e)
{
  nn_span y = nn_channels (c, NN_OUTPUT);
  int at = y.first;
  for (int k = 0; k < e->n_inputs; k++)
    {
      nn_span x = nn_channels (c, k);
      nn_tie (c, x.first, at, x.count);
      for (int i = 0; i < x.count; i++)
        nn_set_silent (c, at++, nn_is_silent (c, x.first + i));
    }
}

static const nn_op concat_op = {
  .name = "concat",
  .flags = NN_OP_HALF,
  .infer = concat_infer,
  .forward = concat_forward,
  .backward = concat_backward,
  .couple = concat_couple,
};

nn_node
nn_concat (nn_graph *g, const nn_node *parts, int n_parts)
{
  nn_entry e = { .o.times = n_parts }; /* infer refuses what does not fit into the entry */
  return nn_graph_add (g, &concat_op, NULL, parts, CLAMP (n_parts, 0, NN_MAX_INPUTS), &e);
}
