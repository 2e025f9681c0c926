/* Masking and removal: the chosen units become flags on elements; every operation reads from them
 * how wide it still is, its parameters lose the places that are flagged. */
#include "nets/compress/coupling.h"

#include <string.h>

/* ---- choices ------------------------------------------------------------------------------- */

static gboolean
check_picks (const nn_groups *g, const nn_pick *picks, guint n_picks, GError **error)
{
  for (guint i = 0; i < n_picks; i++)
    {
      const nn_group *group
          = picks[i].group < nn_groups_count (g) ? nn_groups_nth (g, picks[i].group) : NULL;
      if (group == NULL || picks[i].unit < 0 || picks[i].unit >= group->width)
        {
          g_set_error (error, NN_ERROR, NN_ERROR_SHAPE,
                       "unit %d of group %u (%s) does not exist: find the groups again after every "
                       "removal",
                       picks[i].unit, picks[i].group, group != NULL ? group->name : "?");
          return FALSE;
        }
      if (group->units[picks[i].unit].fixed != NULL)
        {
          g_set_error (error, NN_ERROR, NN_ERROR_SHAPE, "%s: unit %d cannot go: %s", group->name,
                       picks[i].unit, group->units[picks[i].unit].fixed);
          return FALSE;
        }
    }
  return TRUE;
}

/* Every parameter of the graphs is among the params, and the other way round. */
static gboolean
check_params (const nn_coupling *c, nn_params *p, GError **error)
{
  g_autoptr (GHashTable) known = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < c->n_graphs; i++)
    for (guint k = 0; k < c->graphs[i]->specs->len; k++)
      {
        nn_param_spec *s = c->graphs[i]->specs->pdata[k];
        const nn_param *q = nn_params_find (p, s->name);
        if (q == NULL || q->rank != s->rank || memcmp (q->dim, s->dim, sizeof q->dim) != 0)
          {
            g_set_error (error, NN_ERROR, NN_ERROR_SHAPE, "parameter %s %s", s->name,
                         q == NULL ? "is missing" : "has another shape than the graph needs");
            return FALSE;
          }
        g_hash_table_add (known, s->name);
      }
  for (guint i = 0; i < nn_params_count (p); i++)
    if (!g_hash_table_contains (known, nn_params_nth (p, i)->name))
      {
        g_set_error (error, NN_ERROR, NN_ERROR_SHAPE,
                     "parameter %s belongs to none of the graphs; give all that share the "
                     "parameters",
                     nn_params_nth (p, i)->name);
        return FALSE;
      }
  return TRUE;
}

/* Marks the roots of the chosen units in c->gone. */
static void
mark_gone (const nn_groups *g, const nn_pick *picks, guint n_picks)
{
  nn_coupling *c = g->c;
  g_autofree gboolean **chosen = g_new0 (gboolean *, nn_groups_count (g) + 1);

  for (guint i = 0; i < nn_groups_count (g); i++)
    chosen[i] = g_new0 (gboolean, nn_groups_nth (g, i)->width + 1);
  for (guint i = 0; i < n_picks; i++)
    chosen[picks[i].group][picks[i].unit] = TRUE;
  g_free (c->gone);
  c->gone = g_new0 (guint8, c->parent->len + 1);
  for (guint i = 0; i < c->parent->len; i++)
    c->gone[i] = g->pick[i].unit >= 0 && chosen[g->pick[i].group][g->pick[i].unit];
  for (guint i = 0; i < nn_groups_count (g); i++)
    g_free (chosen[i]);
}

static gboolean
check_something_left (const nn_coupling *c, GError **error)
{
  for (guint i = 0; i < c->spaces->len; i++)
    {
      const nn_space *s = nn_space_nth (c, (int)i);
      if (s->kind == NN_SPACE_PARAM || s->count == 0
          || nn_kept (c, (nn_span){ s->first, s->count }) > 0)
        continue;
      g_set_error (error, NN_ERROR, NN_ERROR_SHAPE,
                   "%s would be left without %s: at least one of %d must stay",
                   nn_space_entry (c, s)->name, nn_group_kind_text (s->units), s->count);
      return FALSE;
    }
  return TRUE;
}

/* ---- masking ------------------------------------------------------------------------------- */

/* Zeroes one place of an axis; x has the parameter's shape. */
static void
zero_place (const nn_param *q, int axis, int place, float *x)
{
  size_t inner = 1, outer = 1, length = q->dim[axis];
  if (x == NULL)
    return;
  for (int i = 0; i < axis; i++)
    outer *= q->dim[i];
  for (int i = axis + 1; i < q->rank; i++)
    inner *= q->dim[i];
  for (size_t i = 0; i < outer; i++)
    memset (x + (i * length + place) * inner, 0, inner * sizeof (float));
}

gboolean
nn_groups_mask (const nn_groups *g, nn_params *p, const nn_pick *picks, guint n_picks,
                GError **error)
{
  if (!check_picks (g, picks, n_picks, error) || !check_params (g->c, p, error))
    return FALSE;
  for (guint i = 0; i < n_picks; i++)
    {
      const nn_unit_of_group *u = &nn_groups_nth (g, picks[i].group)->units[picks[i].unit];
      for (int k = 0; k < u->n_slices; k++)
        {
          nn_param *q = nn_params_find (p, u->slices[k].param);
          for (int j = 0; j < u->slices[k].count; j++)
            {
              float *all[] = { q->value, q->mean, q->square, q->average };
              for (guint a = 0; a < G_N_ELEMENTS (all); a++)
                zero_place (q, u->slices[k].axis, u->slices[k].index[j], all[a]);
            }
        }
    }
  nn_params_changed (p);
  return TRUE;
}

/* ---- removal ------------------------------------------------------------------------------- */

/* The places of an axis that stay, growing; *count of them. The caller frees it. */
static int *
places_left (const nn_coupling *c, const char *param, int axis, int length, int *count)
{
  const GArray *spaces = nn_spaces_of_param (c, param);
  int *places = g_new (int, length + 1);

  *count = 0;
  for (int i = 0; i < length; i++)
    {
      gboolean stays = TRUE;
      for (guint k = 0; spaces != NULL && k < spaces->len; k++)
        {
          const nn_space *s = nn_space_nth (c, g_array_index (spaces, int, k));
          if (s->axis == axis && c->gone[nn_root (c, s->first + i / s->inner % s->count)])
            stays = FALSE;
        }
      if (stays)
        places[(*count)++] = i;
    }
  return places;
}

/* What infer made of the narrower options must be what the removal meant. */
static gboolean
check_node (nn_coupling *c, const nn_graph *narrow, const nn_entry *old, GError **error)
{
  const nn_entry *e = nn_graph_entry (narrow, c->node);
  nn_shape want = old->shape;
  g_autofree char *text = NULL;

  if (want.rank > 0 && !want.ids)
    want.dim[want.rank - 1] = nn_kept (c, nn_channels (c, NN_OUTPUT));
  if (memcmp (want.dim, e->shape.dim, sizeof want.dim) == 0 && want.rank == e->shape.rank)
    return TRUE;
  text = nn_shape_text (&e->shape);
  g_set_error (error, NN_ERROR, NN_ERROR_SHAPE, "%s %s would have the shape %s after the removal",
               old->op->name, old->name, text);
  return FALSE;
}

static nn_graph *
narrow_graph (nn_coupling *c, guint number, GError **error)
{
  const nn_graph *old = c->graphs[number];
  nn_graph *narrow = nn_graph_new ();

  for (guint i = 0; i < old->entries->len; i++)
    {
      const nn_entry *e = nn_graph_entry (old, (int)i);
      nn_entry options = *e;
      nn_node inputs[NN_MAX_INPUTS];
      nn_coupling_visit (c, number, (int)i);
      options.name = NULL;
      options.n_params = 0;
      if (e->op->shrink != NULL)
        e->op->shrink (c, &options);
      for (int k = 0; k < e->n_inputs; k++)
        inputs[k].i = e->input[k];
      nn_graph_add (narrow, e->op, e->name, inputs, e->n_inputs, &options);
      if (!nn_graph_check (narrow, error) || !check_node (c, narrow, e, error))
        {
          nn_graph_free (narrow);
          return NULL;
        }
    }
  nn_scope (narrow, "%s", old->scope);
  return narrow;
}

/* The parts of one parameter that stay; missing axes have one place. */
typedef struct
{
  int from[NN_MAX_RANK];  /* lengths before */
  int count[NN_MAX_RANK]; /* and after */
  int *place[NN_MAX_RANK];
} param_cut;

static void
copy_left (const param_cut *cut, const float *from, float *to)
{
  if (from == NULL || to == NULL)
    return;
  for (int a = 0; a < cut->count[0]; a++)
    for (int b = 0; b < cut->count[1]; b++)
      for (int i = 0; i < cut->count[2]; i++)
        {
          size_t line = (size_t)cut->place[0][a] * cut->from[1] + cut->place[1][b];
          const float *x = from + (line * cut->from[2] + cut->place[2][i]) * cut->from[3];
          for (int j = 0; j < cut->count[3]; j++)
            *to++ = x[cut->place[3][j]];
        }
}

static gboolean
cut_param (const nn_coupling *c, const nn_param *old, nn_param *narrow, GError **error)
{
  param_cut cut;
  gboolean fits = TRUE;

  for (int i = 0; i < NN_MAX_RANK; i++)
    {
      cut.from[i] = i < old->rank ? old->dim[i] : 1;
      cut.place[i] = places_left (c, old->name, i < old->rank ? i : -1, cut.from[i], &cut.count[i]);
      fits = fits && (i >= narrow->rank || narrow->dim[i] == cut.count[i]);
    }
  if (fits)
    {
      narrow->flags = old->flags;
      narrow->rate = old->rate;
      copy_left (&cut, old->value, narrow->value);
      copy_left (&cut, old->mean, narrow->mean);
      copy_left (&cut, old->square, narrow->square);
      copy_left (&cut, old->average, narrow->average);
    }
  else
    g_set_error (error, NN_ERROR, NN_ERROR_SHAPE,
                 "parameter %s would lose other parts than its operation", old->name);
  for (int i = 0; i < NN_MAX_RANK; i++)
    g_free (cut.place[i]);
  return fits;
}

static nn_params *
narrow_params_of (const nn_coupling *c, nn_params *old, nn_graph *const *graphs, GError **error)
{
  nn_params *narrow = nn_params_new_zero ((const nn_graph *const *)graphs, c->n_graphs, error);
  gboolean trained = nn_params_count (old) > 0 && nn_params_nth (old, 0)->mean != NULL;
  gboolean averaged = nn_params_count (old) > 0 && nn_params_nth (old, 0)->average != NULL;

  if (narrow == NULL)
    return NULL;
  if ((trained && !nn_params_need_training (narrow, error))
      || (averaged && !nn_params_average (narrow, 0, error)))
    goto fail;
  for (guint i = 0; i < nn_params_count (narrow); i++)
    {
      nn_param *q = nn_params_nth (narrow, i);
      if (!cut_param (c, nn_params_find (old, q->name), q, error))
        goto fail;
    }
  nn_params_changed (narrow);
  return narrow;
fail:
  nn_params_free (narrow);
  return NULL;
}

gboolean
nn_groups_remove (const nn_groups *g, nn_params *p, const nn_pick *picks, guint n_picks,
                  nn_graph **narrow, nn_params **narrow_params, GError **error)
{
  nn_coupling *c = g->c;
  guint made = 0;

  if (!check_picks (g, picks, n_picks, error) || !check_params (c, p, error))
    return FALSE;
  mark_gone (g, picks, n_picks);
  if (!check_something_left (c, error))
    return FALSE;
  for (; made < c->n_graphs; made++)
    {
      narrow[made] = narrow_graph (c, made, error);
      if (narrow[made] == NULL)
        goto fail;
    }
  *narrow_params = narrow_params_of (c, p, narrow, error);
  if (*narrow_params != NULL)
    return TRUE;
fail:
  for (guint i = 0; i < made; i++)
    g_clear_pointer (&narrow[i], nn_graph_free);
  return FALSE;
}
