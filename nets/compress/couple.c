/* Elements, spaces and ties: the part of coupling that operations talk to (nets/ops/couple.h). */
#include "nets/compress/coupling.h"

#include <string.h>

nn_coupling *
nn_coupling_new (const nn_graph *const *graphs, guint n_graphs, const nn_link *links, guint n_links)
{
  nn_coupling *c = g_new0 (nn_coupling, 1);

  c->graphs = g_memdup2 (graphs, n_graphs * sizeof *graphs);
  c->n_graphs = n_graphs;
  c->links = g_memdup2 (links, n_links * sizeof *links);
  c->n_links = n_links;
  c->spaces = g_array_new (FALSE, TRUE, sizeof (nn_space));
  c->parent = g_array_new (FALSE, TRUE, sizeof (int));
  c->silent = g_array_new (FALSE, TRUE, sizeof (guint8));
  c->why = g_ptr_array_new_with_free_func (g_free);
  c->of_param = g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
                                       (GDestroyNotify)(void (*) (void))g_array_unref);
  c->of_node = g_new0 (int *, n_graphs);
  for (guint i = 0; i < n_graphs; i++)
    {
      c->of_node[i] = g_new (int, graphs[i]->entries->len + 1);
      memset (c->of_node[i], -1, graphs[i]->entries->len * sizeof (int));
    }
  return c;
}

void
nn_coupling_free (nn_coupling *c)
{
  if (c == NULL)
    return;
  for (guint i = 0; i < c->n_graphs; i++)
    g_free (c->of_node[i]);
  g_free (c->of_node);
  g_hash_table_unref (c->of_param);
  g_ptr_array_unref (c->why);
  g_array_unref (c->silent);
  g_array_unref (c->parent);
  g_array_unref (c->spaces);
  g_free (c->gone);
  g_free (c->links);
  g_free (c->graphs);
  g_free (c);
}

const nn_entry *
nn_space_entry (const nn_coupling *c, const nn_space *s)
{
  return nn_graph_entry (c->graphs[s->graph], s->node);
}

static const nn_entry *
entry_of (const nn_coupling *c)
{
  return nn_graph_entry (c->graphs[c->graph], c->node);
}

const GArray *
nn_spaces_of_param (const nn_coupling *c, const char *name)
{
  return g_hash_table_lookup (c->of_param, name);
}

/* Completes the space with the node that speaks and new elements; returns its number. */
static int
add_space (nn_coupling *c, nn_space s)
{
  const guint8 silent = TRUE;
  s.graph = c->graph;
  s.node = c->node;
  s.first = (int)c->parent->len;
  for (int i = s.first; i < s.first + s.count; i++)
    {
      g_array_append_val (c->parent, i);
      g_array_append_val (c->silent, silent);
      g_ptr_array_add (c->why, NULL);
    }
  g_array_append_val (c->spaces, s);
  return (int)c->spaces->len - 1;
}

void
nn_coupling_visit (nn_coupling *c, guint graph, int node)
{
  const nn_entry *e = nn_graph_entry (c->graphs[graph], node);
  gboolean has = e->shape.rank > 0 && !e->shape.ids;

  c->graph = graph;
  c->node = node;
  if (c->of_node[graph][node] < 0)
    c->of_node[graph][node] = add_space (
        c, (nn_space){ .kind = NN_SPACE_NODE, .count = has ? e->shape.dim[e->shape.rank - 1] : 0 });
}

/* ---- spans --------------------------------------------------------------------------------- */

nn_span
nn_channels (nn_coupling *c, int i)
{
  int node = i == NN_OUTPUT ? c->node : entry_of (c)->input[i];
  const nn_space *s = nn_space_nth (c, c->of_node[c->graph][node]);
  return (nn_span){ s->first, s->count };
}

/* The two divide an axis by different digits of the place, so that both can lose elements. */
static gboolean
orthogonal (const nn_space *a, const nn_space *b)
{
  const nn_space *low = a->inner < b->inner ? a : b, *high = low == a ? b : a;
  return low->count == 1 || high->count == 1 || high->inner % (low->inner * low->count) == 0;
}

nn_span
nn_slices (nn_coupling *c, int k, int axis, int outer, int inner)
{
  const nn_param_spec *spec = c->graphs[c->graph]->specs->pdata[entry_of (c)->param[k]];
  GArray *spaces = g_hash_table_lookup (c->of_param, spec->name);
  nn_space s = { .kind = NN_SPACE_PARAM,
                 .spec = spec,
                 .axis = axis,
                 .outer = outer,
                 .inner = inner,
                 .count = spec->dim[axis] / outer / inner };
  int number;

  if (spaces == NULL)
    {
      spaces = g_array_new (FALSE, TRUE, sizeof (int));
      g_hash_table_insert (c->of_param, spec->name, spaces);
    }
  for (guint i = 0; i < spaces->len; i++)
    {
      const nn_space *old = nn_space_nth (c, g_array_index (spaces, int, i));
      if (old->axis == axis && old->outer == outer && old->inner == inner)
        return (nn_span){ old->first, old->count };
    }
  number = add_space (c, s);
  s = *nn_space_nth (c, number);
  for (guint i = 0; i < spaces->len; i++)
    {
      nn_space old = *nn_space_nth (c, g_array_index (spaces, int, i));
      const char *why = "is shared by operations that divide it differently";
      if (old.axis != axis || orthogonal (&old, &s))
        continue;
      nn_fix (c, (nn_span){ old.first, old.count }, "%s", why);
      nn_fix (c, (nn_span){ s.first, s.count }, "%s", why);
    }
  g_array_append_val (spaces, number);
  return (nn_span){ s.first, s.count };
}

nn_span
nn_inner (nn_coupling *c, nn_group_kind kind, int count)
{
  int number = -1;
  for (guint i = 0; i < c->spaces->len && number < 0; i++)
    {
      const nn_space *s = nn_space_nth (c, (int)i);
      if (s->kind == NN_SPACE_INNER && s->graph == c->graph && s->node == c->node
          && s->units == kind)
        number = (int)i;
    }
  if (number < 0)
    number = add_space (c, (nn_space){ .kind = NN_SPACE_INNER, .units = kind, .count = count });
  return (nn_span){ nn_space_nth (c, number)->first, nn_space_nth (c, number)->count };
}

void
nn_call_units (nn_coupling *c, nn_group_kind kind)
{
  nn_space_nth (c, c->of_node[c->graph][c->node])->units = kind;
}

/* ---- ties ---------------------------------------------------------------------------------- */

int
nn_root (const nn_coupling *c, int element)
{
  int *parent = (int *)c->parent->data;
  while (parent[element] != element)
    element = parent[element] = parent[parent[element]];
  return element;
}

void
nn_tie (nn_coupling *c, int a, int b, int count)
{
  for (int i = 0; i < count; i++)
    {
      int x = nn_root (c, a + i), y = nn_root (c, b + i);
      g_array_index (c->parent, int, MAX (x, y)) = MIN (x, y);
    }
}

void
nn_tie_spans (nn_coupling *c, nn_span a, nn_span b)
{
  g_return_if_fail (a.count == b.count);
  nn_tie (c, a.first, b.first, a.count);
}

static const char *const one_of[] = { "channel", "head", "key", "value", "unit", "column" };

/* "channel 3 of NAME" */
static char *
element_text (const nn_coupling *c, int element)
{
  for (guint i = 0; i < c->spaces->len; i++)
    {
      const nn_space *s = nn_space_nth (c, (int)i);
      if (element < s->first || element >= s->first + s->count)
        continue;
      if (s->kind == NN_SPACE_PARAM)
        return g_strdup_printf ("place %d on axis %d of %s", element - s->first, s->axis + 1,
                                s->spec->name);
      return g_strdup_printf ("%s %d of %s", one_of[s->units], element - s->first,
                              nn_space_entry (c, s)->name);
    }
  return NULL;
}

void
nn_fix (nn_coupling *c, nn_span s, const char *why, ...)
{
  va_list arguments;
  g_autofree char *text = NULL;

  va_start (arguments, why);
  text = g_strdup_vprintf (why, arguments);
  va_end (arguments);
  for (int i = s.first; i < s.first + s.count; i++)
    if (c->why->pdata[i] == NULL)
      {
        g_autofree char *element = element_text (c, i);
        c->why->pdata[i] = g_strdup_printf ("%s %s", element, text);
      }
}

void
nn_set_silent (nn_coupling *c, int element, gboolean silent)
{
  g_array_index (c->silent, guint8, element) = silent != FALSE;
}

gboolean
nn_is_silent (const nn_coupling *c, int element)
{
  return g_array_index (c->silent, guint8, element);
}

gboolean
nn_is_linked (const nn_coupling *c)
{
  for (guint i = 0; i < c->n_links; i++)
    if (c->links[i].graph_b == c->graph && c->links[i].b.i == c->node)
      return TRUE;
  return FALSE;
}

int
nn_kept (const nn_coupling *c, nn_span s)
{
  int kept = 0;
  for (int i = s.first; i < s.first + s.count; i++)
    kept += !c->gone[nn_root (c, i)];
  return kept;
}

/* ---- common couples ------------------------------------------------------------------------ */

void
nn_couple_through (nn_coupling *c, const nn_entry *e)
{
  nn_span y = nn_channels (c, NN_OUTPUT);
  for (int k = 0; k < e->n_inputs; k++)
    {
      nn_span x = nn_channels (c, k);
      nn_tie_spans (c, x, y);
      for (int i = 0; i < y.count; i++)
        nn_set_silent (c, y.first + i,
                       nn_is_silent (c, y.first + i) && nn_is_silent (c, x.first + i));
    }
}

void
nn_couple_offset (nn_coupling *c, const nn_entry *e)
{
  nn_span y = nn_channels (c, NN_OUTPUT);
  nn_couple_through (c, e);
  for (int i = 0; i < y.count; i++)
    nn_set_silent (c, y.first + i, FALSE);
}

void
nn_couple_loss (nn_coupling *c, const nn_entry *e)
{
  nn_fix (c, nn_channels (c, 0), "is an answer, compared by %s", e->name);
  for (int k = 1; k < e->n_inputs; k++)
    nn_fix (c, nn_channels (c, k), "is read by %s, which needs all", e->name);
}
