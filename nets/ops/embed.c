/* Embedding: a row of a table for each id. Id 0 is padding; ids outside the table count as padding.
 */
#include "nets/ops/couple.h"
#include "nets/ops/loops.h"

static gboolean
embed_infer (nn_graph *g, nn_entry *e, GError **error)
{
  const nn_shape *ids = nn_input_shape (g, e, 0);
  if (!ids->ids)
    return nn_shape_error (g, e, error, "the input must hold ids");
  if (ids->rank + 1 > NN_MAX_RANK)
    return nn_shape_error (g, e, error, "the input has too many axes");
  if (!nn_want_width (g, e, "the table's length", e->o.embed.count, error)
      || !nn_want_width (g, e, "the width", e->o.embed.width, error))
    return FALSE;
  e->shape = *ids;
  e->shape.ids = FALSE;
  e->shape.dim[e->shape.rank++] = e->o.embed.width;
  return nn_declare (g, e, "weight", 2, (int[]){ e->o.embed.count, e->o.embed.width },
                     NN_INIT_NORMAL, 0, error);
}

/* ids (tokens) -> (tokens,width) */
static void
embed_forward (nn_step *s)
{
  const int32_t *ids = s->in[0].value;
  int32_t count = s->entry->o.embed.count;
  size_t width = s->entry->o.embed.width;
  for (size_t i = 0; i < s->in[0].count; i++)
    {
      float *to = s->value + i * width;
      if (ids[i] > 0 && ids[i] < count)
        memcpy (to, s->param[0].value + (size_t)ids[i] * width, width * sizeof (float));
      else
        memset (to, 0, width * sizeof (float));
    }
}

NN_LOOP (add_columns, (float *to, const float *from, size_t count), (to, from, count))
{
#pragma GCC ivdep
  for (size_t i = 0; i < count; i++)
    to[i] += from[i];
}

/* Threads share out the columns, so that two of them never meet in one row of the table. */
static void
embed_backward (nn_step *s)
{
  const int32_t *ids = s->in[0].value;
  int32_t count = s->entry->o.embed.count;
  size_t width = s->entry->o.embed.width, tokens = s->in[0].count;
  const size_t block = 64;
  float *table = s->param[0].grad;
  if (!table)
    return;
#pragma omp parallel for if (tokens * width > NN_PARALLEL_MIN)
  for (size_t j = 0; j < width; j += block)
    for (size_t i = 0; i < tokens; i++)
      if (ids[i] > 0 && ids[i] < count)
        add_columns (table + (size_t)ids[i] * width + j, s->grad + i * width + j,
                     MIN (block, width - j));
}

static void
embed_couple (nn_coupling *c, const nn_entry *e)
{
  nn_call_units (c, NN_GROUP_EMBEDDING);
  nn_tie_spans (c, nn_channels (c, NN_OUTPUT), nn_slices (c, 0, 1, 1, 1));
}

static void
embed_shrink (nn_coupling *c, nn_entry *narrow)
{
  narrow->o.embed.width = nn_kept (c, nn_channels (c, NN_OUTPUT));
}

static const nn_op embed_op = {
  .name = "embed",
  .flags = NN_OP_READS_INPUT,
  .infer = embed_infer,
  .forward = embed_forward,
  .backward = embed_backward,
  .couple = embed_couple,
  .shrink = embed_shrink,
};

nn_node
nn_embed (nn_graph *g, const char *name, nn_node ids, int count, int width)
{
  nn_entry e = { .o.embed = { .count = count, .width = width } };
  return nn_graph_add (g, &embed_op, name, &ids, 1, &e);
}
