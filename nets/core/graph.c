/* Describing: nodes, names, shapes, the first error, and the table of a graph. */
#include "nets/core/graph.h"
#include "nets/ops/couple.h"

#include <string.h>

static void
entry_free (gpointer data)
{
  nn_entry *e = data;
  g_free (e->name);
  g_free (e);
}

static void
spec_free (gpointer data)
{
  nn_param_spec *s = data;
  g_free (s->name);
  g_free (s);
}

nn_graph *
nn_graph_new (void)
{
  nn_graph *g = g_new0 (nn_graph, 1);
  g->entries = g_ptr_array_new_with_free_func (entry_free);
  g->specs = g_ptr_array_new_with_free_func (spec_free);
  g->scope = g_strdup ("");
  return g;
}

void
nn_graph_free (nn_graph *g)
{
  if (g == NULL)
    return;
  g_ptr_array_unref (g->entries);
  g_ptr_array_unref (g->specs);
  g_free (g->scope);
  g_clear_error (&g->error);
  g_free (g);
}

gboolean
nn_graph_check (const nn_graph *g, GError **error)
{
  if (g->error == NULL)
    return TRUE;
  if (error != NULL)
    *error = g_error_copy (g->error);
  return FALSE;
}

void
nn_scope (nn_graph *g, const char *prefix, ...)
{
  va_list arguments;
  va_start (arguments, prefix);
  g_free (g->scope);
  g->scope = g_strdup_vprintf (prefix, arguments);
  va_end (arguments);
}

static gboolean
known (const nn_graph *g, nn_node x)
{
  return x.i >= 0 && (guint)x.i < g->entries->len;
}

nn_shape
nn_node_shape (const nn_graph *g, nn_node x)
{
  return known (g, x) ? nn_graph_entry (g, x.i)->shape : (nn_shape){ 0 };
}

nn_node
nn_keep (nn_graph *g, nn_node x)
{
  if (known (g, x))
    nn_graph_entry (g, x.i)->keep = TRUE;
  return x;
}

size_t
nn_shape_size (const nn_shape *s)
{
  size_t size = 1;
  for (int i = 0; i < s->rank; i++)
    size *= s->dim[i];
  return size;
}

char *
nn_shape_text (const nn_shape *s)
{
  GString *text = g_string_new ("(");
  if (s->per == 1)
    g_string_append (text, "N");
  else if (s->per > 1)
    g_string_append_printf (text, "%dN", s->per);
  for (int i = 0; i < s->rank; i++)
    g_string_append_printf (text, "%s%d", text->len > 1 ? "," : "", s->dim[i]);
  g_string_append (text, s->ids ? ") of ids" : ")");
  return g_string_free (text, FALSE);
}

gboolean
nn_shape_error (const nn_graph *g, const nn_entry *e, GError **error, const char *what, ...)
{
  va_list arguments;
  g_autofree char *text = NULL;
  GString *inputs = g_string_new (NULL);

  va_start (arguments, what);
  text = g_strdup_vprintf (what, arguments);
  va_end (arguments);
  for (int i = 0; i < e->n_inputs; i++)
    {
      g_autofree char *shape = nn_shape_text (nn_input_shape (g, e, i));
      g_string_append_printf (inputs, "%s%s", i > 0 ? ", " : "", shape);
    }
  g_set_error (error, NN_ERROR, NN_ERROR_SHAPE, "%s %s: %s (%s %s)", e->op->name, e->name, text,
               e->n_inputs == 1 ? "input" : "inputs", inputs->str);
  g_string_free (inputs, TRUE);
  return FALSE;
}

const nn_shape *
nn_input_shape (const nn_graph *g, const nn_entry *e, int i)
{
  return &nn_graph_entry (g, e->input[i])->shape;
}

static gboolean
same_dims (const nn_param_spec *s, int rank, const int *dim)
{
  return s->rank == rank && memcmp (s->dim, dim, rank * sizeof (int)) == 0;
}

static char *
dims_text (int rank, const int *dim)
{
  nn_shape s = { .rank = rank };
  memcpy (s.dim, dim, rank * sizeof (int));
  return nn_shape_text (&s);
}

gboolean
nn_declare (nn_graph *g, nn_entry *e, const char *suffix, int rank, const int *dim, nn_init init,
            unsigned flags, GError **error)
{
  g_autofree char *name = g_strdup_printf ("%s.%s", e->name, suffix);
  nn_param_spec *spec = NULL;
  guint i;

  g_return_val_if_fail (e->n_params < NN_MAX_PARAMS && rank <= NN_MAX_RANK, FALSE);
  for (i = 0; i < g->specs->len && spec == NULL; i++)
    if (strcmp (((nn_param_spec *)g->specs->pdata[i])->name, name) == 0)
      spec = g->specs->pdata[i];
  if (spec != NULL && !same_dims (spec, rank, dim))
    {
      g_autofree char *was = dims_text (spec->rank, spec->dim);
      g_autofree char *is = dims_text (rank, dim);
      return nn_shape_error (g, e, error, "parameter %s is %s elsewhere and %s here", name, was,
                             is);
    }
  if (spec != NULL)
    {
      e->param[e->n_params++] = (int)i - 1;
      return TRUE;
    }
  spec = g_new0 (nn_param_spec, 1);
  spec->name = g_steal_pointer (&name);
  spec->rank = rank;
  memcpy (spec->dim, dim, rank * sizeof (int));
  spec->init = init;
  spec->flags = flags;
  e->param[e->n_params++] = (int)g->specs->len;
  g_ptr_array_add (g->specs, spec);
  return TRUE;
}

/* Dims of a size that no later product can overflow. */
static gboolean
sane (const nn_graph *g, const nn_entry *e, GError **error)
{
  double size = MAX (e->shape.per, 1);
  for (int i = 0; i < e->shape.rank; i++)
    {
      if (e->shape.dim[i] < 1)
        return nn_shape_error (g, e, error, "result would be empty: axis %d is %d", i + 1,
                               e->shape.dim[i]);
      size *= e->shape.dim[i];
    }
  if (size > 1e9)
    return nn_shape_error (g, e, error, "result too large: %.0f numbers a row", size);
  return TRUE;
}

nn_node
nn_graph_add (nn_graph *g, const nn_op *op, const char *name, const nn_node *inputs, int n_inputs,
              const nn_entry *options)
{
  nn_entry *e;

  if (g->error != NULL)
    return (nn_node){ -1 };
  for (int i = 0; i < n_inputs; i++)
    if (!known (g, inputs[i]))
      {
        g_set_error (&g->error, NN_ERROR, NN_ERROR_SHAPE,
                     "%s %s: input %d is not a node of this graph", op->name,
                     name != NULL ? name : "", i + 1);
        return (nn_node){ -1 };
      }
  e = options != NULL ? g_memdup2 (options, sizeof *options) : g_new0 (nn_entry, 1);
  e->op = op;
  e->n_inputs = n_inputs;
  for (int i = 0; i < n_inputs; i++)
    e->input[i] = inputs[i].i;
  e->name = name != NULL ? g_strconcat (g->scope, name, NULL)
                         : g_strdup_printf ("%s%s%u", g->scope, op->name, g->entries->len);
  if (!op->infer (g, e, &g->error) || !sane (g, e, &g->error))
    {
      entry_free (e);
      return (nn_node){ -1 };
    }
  g_ptr_array_add (g->entries, e);
  return (nn_node){ (int)g->entries->len - 1 };
}

/* ---- inputs ------------------------------------------------------------------------------ */

static gboolean
input_infer (nn_graph *g, nn_entry *e, GError **error)
{
  if (e->shape.per < 1)
    return nn_shape_error (g, e, error, "%d rows for one element of the batch", e->shape.per);
  return TRUE;
}

static void
input_couple (nn_coupling *c, const nn_entry *e)
{
  if (!nn_is_linked (c))
    nn_fix (c, nn_channels (c, NN_OUTPUT), "%s",
            e->shape.rank == 3 && e->shape.dim[2] <= 4 ? "is a channel of the picture"
                                                       : "is given from outside");
}

static void
input_shrink (nn_coupling *c, nn_entry *narrow)
{
  if (!narrow->shape.ids)
    narrow->shape.dim[narrow->shape.rank - 1] = nn_kept (c, nn_channels (c, NN_OUTPUT));
}

static const nn_op nn_op_input
    = { .name = "input", .infer = input_infer, .couple = input_couple, .shrink = input_shrink };

nn_node
nn_images (nn_graph *g, const char *name, int height, int width, int channels)
{
  return nn_maps (g, name, 1, height, width, channels);
}

nn_node
nn_maps (nn_graph *g, const char *name, int per, int height, int width, int channels)
{
  nn_entry e = { .shape = { .per = per, .rank = 3, .dim = { height, width, channels } } };
  return nn_graph_add (g, &nn_op_input, name, NULL, 0, &e);
}

nn_node
nn_words (nn_graph *g, const char *name, int per, int max_words)
{
  nn_entry e = { .shape = { .per = per, .rank = 1, .dim = { max_words }, .ids = TRUE } };
  return nn_graph_add (g, &nn_op_input, name, NULL, 0, &e);
}

nn_node
nn_values (nn_graph *g, const char *name, int per, int width)
{
  nn_entry e = { .shape = { .per = per, .rank = 1, .dim = { width } } };
  return nn_graph_add (g, &nn_op_input, name, NULL, 0, &e);
}

/* ---- table ------------------------------------------------------------------------------- */

static size_t
spec_count (const nn_param_spec *s)
{
  size_t count = 1;
  for (int i = 0; i < s->rank; i++)
    count *= s->dim[i];
  return count;
}

char *
nn_graph_describe (const nn_graph *g)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < g->entries->len; i++)
    {
      const nn_entry *e = nn_graph_entry (g, i);
      g_autofree char *shape = nn_shape_text (&e->shape);
      size_t count = 0;
      for (int k = 0; k < e->n_params; k++)
        count += spec_count (g->specs->pdata[e->param[k]]);
      g_string_append_printf (text, "%3u  %-14s %-28s %-18s %9zu\n", i, e->op->name, e->name, shape,
                              count);
    }
  g_string_append_printf (text, "     %" G_GINT64_FORMAT " parameters\n", nn_graph_parameters (g));
  return g_string_free (text, FALSE);
}

int64_t
nn_graph_parameters (const nn_graph *g)
{
  int64_t total = 0;
  for (guint i = 0; i < g->specs->len; i++)
    total += (int64_t)spec_count (g->specs->pdata[i]);
  return total;
}

int64_t
nn_graph_macs (const nn_graph *g)
{
  int64_t macs = 0;
  for (guint i = 0; i < g->entries->len; i++)
    {
      const nn_entry *e = nn_graph_entry (g, i);
      if (e->op->macs != NULL)
        macs += e->op->macs (g, e) * MAX (e->shape.per, 1);
    }
  return macs;
}
