/* Groups: visits every node of the graphs, lets its operation tie what belongs together, and sorts
 * the joined elements into units and groups. */
#include "nets/compress/coupling.h"

#include <stdlib.h>
#include <string.h>

static const char *const kind_texts[]
    = { "channels", "heads", "keys", "values", "units", "embedding" };

const char *
nn_group_kind_text (nn_group_kind kind)
{
  return kind_texts[kind];
}

int
nn_rounded_width (int wanted, int width, int multiple)
{
  int step = MAX (multiple, 1);
  int rounded = (MAX (wanted, 1) + step - 1) / step * step;
  return MIN (rounded, width);
}

/* ---- checks -------------------------------------------------------------------------------- */

static const nn_entry *
entry_at (const nn_coupling *c, guint graph, nn_node x)
{
  if (graph >= c->n_graphs || x.i < 0 || (guint)x.i >= c->graphs[graph]->entries->len)
    return NULL;
  return nn_graph_entry (c->graphs[graph], x.i);
}

static int
width_of (const nn_entry *e)
{
  return e->shape.rank > 0 && !e->shape.ids ? e->shape.dim[e->shape.rank - 1] : 0;
}

static gboolean
check_links (const nn_coupling *c, GError **error)
{
  for (guint i = 0; i < c->n_links; i++)
    {
      const nn_link *l = &c->links[i];
      const nn_entry *a = entry_at (c, l->graph_a, l->a), *b = entry_at (c, l->graph_b, l->b);
      const char *what = a == NULL || b == NULL ? "joins nodes that do not exist"
                         : !nn_entry_is_input (b)
                             ? "does not end in an input"
                             : "joins nodes with different numbers of channels";
      if (a != NULL && b != NULL && nn_entry_is_input (b) && width_of (a) == width_of (b))
        continue;
      g_set_error (error, NN_ERROR, NN_ERROR_SHAPE, "link %u (%s to %s) %s", i + 1,
                   a != NULL ? a->name : "?", b != NULL ? b->name : "?", what);
      return FALSE;
    }
  return TRUE;
}

/* A parameter that several graphs share has the same shape in all. */
static gboolean
check_specs (const nn_coupling *c, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; i < c->n_graphs; i++)
    for (guint k = 0; k < c->graphs[i]->specs->len; k++)
      {
        nn_param_spec *s = c->graphs[i]->specs->pdata[k];
        const nn_param_spec *other = g_hash_table_lookup (seen, s->name);
        if (other == NULL)
          g_hash_table_insert (seen, s->name, s);
        else if (other->rank != s->rank || memcmp (other->dim, s->dim, sizeof s->dim) != 0)
          {
            g_set_error (error, NN_ERROR, NN_ERROR_SHAPE,
                         "parameter %s has different shapes in two of the graphs", s->name);
            return FALSE;
          }
      }
  return TRUE;
}

/* ---- ties ---------------------------------------------------------------------------------- */

/* An operation that does not say how it could be narrowed keeps everything it touches. */
static void
fix_all (nn_coupling *c, const nn_entry *e)
{
  for (int k = 0; k < e->n_inputs; k++)
    nn_fix (c, nn_channels (c, k), "is read by %s, which cannot be narrowed", e->name);
  nn_fix (c, nn_channels (c, NN_OUTPUT), "is written by an operation that cannot be narrowed");
}

/* A linked input is as silent as what is copied into it. */
static void
inherit_silence (nn_coupling *c, const nn_link *l)
{
  int from = c->of_node[l->graph_a][l->a.i];
  nn_span x = nn_channels (c, NN_OUTPUT);
  for (int i = 0; i < x.count; i++)
    nn_set_silent (c, x.first + i,
                   from >= 0 && nn_is_silent (c, nn_space_nth (c, from)->first + i));
}

static void
tie_graph (nn_coupling *c, guint graph)
{
  for (guint i = 0; i < c->graphs[graph]->entries->len; i++)
    {
      const nn_entry *e = nn_graph_entry (c->graphs[graph], (int)i);
      nn_coupling_visit (c, graph, (int)i);
      for (guint k = 0; k < c->n_links; k++)
        if (c->links[k].graph_b == graph && c->links[k].b.i == (int)i)
          inherit_silence (c, &c->links[k]);
      if (e->op->couple != NULL)
        e->op->couple (c, e);
      else
        fix_all (c, e);
    }
}

/* Is there a graph not yet visited whose values come into this one? */
static gboolean
waits (const nn_coupling *c, guint graph, const gboolean *visited)
{
  for (guint i = 0; i < c->n_links; i++)
    if (c->links[i].graph_b == graph && !visited[c->links[i].graph_a]
        && c->links[i].graph_a != graph)
      return TRUE;
  return FALSE;
}

/* Graphs that others read come first, so that units are named and known to be silent where they are
 * written; of graphs that wait for each other the first. */
static void
tie_graphs (nn_coupling *c)
{
  g_autofree gboolean *visited = g_new0 (gboolean, c->n_graphs + 1);
  for (guint round = 0; round < c->n_graphs; round++)
    {
      guint next = c->n_graphs;
      for (guint i = c->n_graphs; i-- > 0;)
        if (!visited[i]
            && (next == c->n_graphs || !waits (c, i, visited) || waits (c, next, visited)))
          next = i;
      tie_graph (c, next);
      visited[next] = TRUE;
    }
}

static void
tie_links (nn_coupling *c)
{
  for (guint i = 0; i < c->n_links; i++)
    {
      const nn_link *l = &c->links[i];
      const nn_space *a = nn_space_nth (c, c->of_node[l->graph_a][l->a.i]);
      const nn_space *b = nn_space_nth (c, c->of_node[l->graph_b][l->b.i]);
      nn_tie (c, a->first, b->first, a->count);
    }
}

/* What nobody reads is what the graph is for. */
static void
fix_answers (nn_coupling *c, guint graph)
{
  guint n = c->graphs[graph]->entries->len;
  g_autofree gboolean *read = g_new0 (gboolean, n + 1);

  for (guint i = 0; i < n; i++)
    {
      const nn_entry *e = nn_graph_entry (c->graphs[graph], (int)i);
      for (int k = 0; k < e->n_inputs; k++)
        read[e->input[k]] = TRUE;
    }
  for (guint i = 0; i < c->n_links; i++)
    if (c->links[i].graph_a == graph)
      read[c->links[i].a.i] = TRUE;
  for (guint i = 0; i < n; i++)
    if (!read[i])
      {
        nn_coupling_visit (c, graph, (int)i);
        nn_fix (c, nn_channels (c, NN_OUTPUT), "is an answer");
      }
}

/* Where all elements go together, they stay: nothing can be left without channels. */
static void
fix_whole_spaces (nn_coupling *c)
{
  for (guint i = 0; i < c->spaces->len; i++)
    {
      nn_space s = *nn_space_nth (c, (int)i);
      gboolean one = s.kind != NN_SPACE_PARAM && s.count > 0;
      for (int k = 1; k < s.count && one; k++)
        one = nn_root (c, s.first) == nn_root (c, s.first + k);
      if (one)
        nn_fix (c, (nn_span){ s.first, s.count }, "%s",
                s.count == 1 ? "is the only one there" : "goes only with all others there");
    }
}

/* ---- units --------------------------------------------------------------------------------- */

/* A slice as it grows. */
typedef struct
{
  const char *param;
  int axis;
  GArray *index;
} growing_slice;

static void
sort_elements (nn_groups *g, int *namer, const char **why)
{
  nn_coupling *c = g->c;
  for (guint i = 0; i < c->spaces->len; i++)
    {
      const nn_space *s = nn_space_nth (c, (int)i);
      for (int k = 0; k < s->count && s->kind != NN_SPACE_PARAM; k++)
        if (namer[nn_root (c, s->first + k)] < 0)
          namer[nn_root (c, s->first + k)] = s->first + k;
    }
  for (guint i = 0; i < c->why->len; i++)
    {
      int root = nn_root (c, (int)i);
      if (why[root] == NULL)
        why[root] = c->why->pdata[i];
    }
}

static void
name_group (nn_coupling *c, const nn_space *s, nn_group *group)
{
  const char *name = nn_space_entry (c, s)->name;
  *group = (nn_group){ .kind = s->units };
  group->name = s->kind == NN_SPACE_INNER
                    ? g_strdup_printf ("%s.%s", name, nn_group_kind_text (s->units))
                    : g_strdup (name);
}

/* One group for each space that names units; g->pick tells each root where it is. */
static void
make_groups (nn_groups *g)
{
  nn_coupling *c = g->c;
  guint n = c->parent->len;
  g_autofree int *namer = g_new (int, n + 1);
  g_autofree const char **why = g_new0 (const char *, n + 1);

  memset (namer, -1, n * sizeof (int));
  sort_elements (g, namer, why);
  for (guint i = 0; i < n; i++)
    g->pick[i] = (nn_pick){ 0, -1 };
  for (guint i = 0; i < c->spaces->len; i++)
    {
      const nn_space *s = nn_space_nth (c, (int)i);
      nn_group group;
      nn_unit_of_group *units = g_new0 (nn_unit_of_group, s->count + 1);
      int width = 0;
      for (int e = s->first; e < s->first + s->count; e++)
        if (namer[nn_root (c, e)] == e)
          {
            g->pick[nn_root (c, e)] = (nn_pick){ g->list->len, width };
            units[width++].fixed = why[nn_root (c, e)];
          }
      if (width == 0)
        {
          g_free (units);
          continue;
        }
      name_group (c, s, &group);
      group.width = width;
      group.units = units;
      g_array_append_val (g->list, group);
    }
}

static growing_slice *
slice_of (GArray *slices, const nn_space *s)
{
  growing_slice fresh = { .param = s->spec->name, .axis = s->axis };
  for (guint i = slices->len; i-- > 0;)
    {
      growing_slice *old = &g_array_index (slices, growing_slice, i);
      if (old->axis == s->axis && strcmp (old->param, s->spec->name) == 0)
        return old;
    }
  fresh.index = g_array_new (FALSE, FALSE, sizeof (int));
  g_array_append_val (slices, fresh);
  return &g_array_index (slices, growing_slice, slices->len - 1);
}

static int
by_number (gconstpointer a, gconstpointer b)
{
  return *(const int *)a - *(const int *)b;
}

/* Gives a unit its slices, each place once. */
static void
finish_unit (nn_unit_of_group *unit, GArray *grown)
{
  nn_slice *slices = g_new0 (nn_slice, grown->len + 1);
  for (guint i = 0; i < grown->len; i++)
    {
      growing_slice *from = &g_array_index (grown, growing_slice, i);
      int *index = (int *)from->index->data;
      int count = 0;
      g_array_sort (from->index, by_number);
      for (guint k = 0; k < from->index->len; k++)
        if (count == 0 || index[count - 1] != index[k])
          index[count++] = index[k];
      slices[i]
          = (nn_slice){ from->param, from->axis, count, (int *)g_array_free (from->index, FALSE) };
    }
  unit->slices = slices;
  unit->n_slices = (int)grown->len;
}

static void
collect_slices (nn_groups *g)
{
  nn_coupling *c = g->c;
  g_autofree GArray **grown = g_new0 (GArray *, c->parent->len + 1);

  for (guint i = 0; i < c->spaces->len; i++)
    {
      const nn_space *s = nn_space_nth (c, (int)i);
      for (int k = 0; k < s->count && s->kind == NN_SPACE_PARAM; k++)
        {
          int root = nn_root (c, s->first + k);
          growing_slice *slice;
          if (g->pick[root].unit < 0)
            continue;
          if (grown[root] == NULL)
            grown[root] = g_array_new (FALSE, FALSE, sizeof (growing_slice));
          slice = slice_of (grown[root], s);
          for (int o = 0; o < s->outer; o++)
            for (int j = 0; j < s->inner; j++)
              {
                int place = (o * s->count + k) * s->inner + j;
                g_array_append_val (slice->index, place);
              }
        }
    }
  for (guint i = 0; i < c->parent->len; i++)
    if (grown[i] != NULL)
      {
        const nn_group *group = nn_groups_nth (g, g->pick[i].group);
        finish_unit ((nn_unit_of_group *)&group->units[g->pick[i].unit], grown[i]);
        g_array_unref (grown[i]);
      }
}

nn_groups *
nn_groups_find (const nn_graph *const *graphs, guint n_graphs, const nn_link *links, guint n_links,
                GError **error)
{
  g_autoptr (nn_groups) g = NULL;

  for (guint i = 0; i < n_graphs; i++)
    if (!nn_graph_check (graphs[i], error))
      return NULL;
  g = g_new0 (nn_groups, 1);
  g->c = nn_coupling_new (graphs, n_graphs, links, n_links);
  g->list = g_array_new (FALSE, TRUE, sizeof (nn_group));
  if (!check_links (g->c, error) || !check_specs (g->c, error))
    return NULL;
  tie_graphs (g->c);
  tie_links (g->c);
  for (guint i = 0; i < n_graphs; i++)
    fix_answers (g->c, i);
  fix_whole_spaces (g->c);
  g->pick = g_new0 (nn_pick, g->c->parent->len + 1);
  make_groups (g);
  collect_slices (g);
  return g_steal_pointer (&g);
}

void
nn_groups_free (nn_groups *g)
{
  if (g == NULL)
    return;
  for (guint i = 0; i < g->list->len; i++)
    {
      const nn_group *group = nn_groups_nth (g, i);
      for (int u = 0; u < group->width; u++)
        {
          for (int k = 0; k < group->units[u].n_slices; k++)
            g_free ((int *)group->units[u].slices[k].index);
          g_free ((nn_slice *)group->units[u].slices);
        }
      g_free ((nn_unit_of_group *)group->units);
      g_free ((char *)group->name);
    }
  g_array_unref (g->list);
  nn_coupling_free (g->c);
  g_free (g->pick);
  g_free (g);
}

guint
nn_groups_count (const nn_groups *g)
{
  return g->list->len;
}

const nn_group *
nn_groups_nth (const nn_groups *g, guint i)
{
  return &g_array_index (g->list, nn_group, i);
}

int
nn_groups_lookup (const nn_groups *g, const char *name, nn_group_kind kind)
{
  for (guint i = 0; i < g->list->len; i++)
    if (nn_groups_nth (g, i)->kind == kind && strcmp (nn_groups_nth (g, i)->name, name) == 0)
      return (int)i;
  return -1;
}

int
nn_groups_of_channel (const nn_groups *g, guint graph, nn_node x, int c, int *unit)
{
  const nn_entry *e = entry_at (g->c, graph, x);
  const nn_pick *pick;

  if (e == NULL || c < 0 || c >= width_of (e))
    return -1;
  pick = &g->pick[nn_root (g->c, nn_space_nth (g->c, g->c->of_node[graph][x.i])->first + c)];
  *unit = pick->unit;
  return (int)pick->group;
}

/* ---- table --------------------------------------------------------------------------------- */

/* Numbers in a slice; parts that two slices share count twice. */
static size_t
slice_count (const nn_slice *s, const nn_params *p)
{
  const nn_param *q = nn_params_find ((nn_params *)p, s->param);
  return q != NULL ? q->count / q->dim[s->axis] * s->count : 0;
}

char *
nn_groups_describe (const nn_groups *g, const nn_params *p)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < g->list->len; i++)
    {
      const nn_group *group = nn_groups_nth (g, i);
      const char *why = NULL;
      size_t count = 0;
      int free_units = 0;
      for (int u = 0; u < group->width; u++)
        if (group->units[u].fixed == NULL)
          free_units++;
        else if (why == NULL)
          why = group->units[u].fixed;
      for (int k = 0; k < group->units[0].n_slices; k++)
        count += slice_count (&group->units[0].slices[k], p);
      g_string_append_printf (text, "%-10s %-28s %5d %5d can go %8zu numbers each%s%s\n",
                              nn_group_kind_text (group->kind), group->name, group->width,
                              free_units, count, why != NULL ? "  " : "", why != NULL ? why : "");
    }
  return g_string_free (text, FALSE);
}
