/* Named parameters in one arena and their first values. */
#include "nets/core/graph.h"
#include "nets/core/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ALIGN 16 /* numbers: 64 bytes */

static double
uniform (uint64_t *state)
{
  return ((double)(nn_random_next (state) >> 11) + 0.5) / 9007199254740992.0;
}

/* Box-Muller, one of the pair. */
static double
normal (uint64_t *state)
{
  double u = uniform (state), v = uniform (state);
  return sqrt (-2 * log (u)) * cos (2 * G_PI * v);
}

/* FNV-1a, so that a parameter's first values depend on its name, not on its place. */
static uint64_t
name_seed (uint64_t seed, const char *name)
{
  uint64_t hash = 0xcbf29ce484222325u;
  for (; *name != '\0'; name++)
    hash = (hash ^ (guchar)*name) * 0x100000001b3u;
  return hash ^ (seed * NN_RANDOM_STEP);
}

static void
initialise (nn_param *p, nn_init init, uint64_t seed)
{
  uint64_t state = name_seed (seed, p->name);
  double scale = sqrt (2.0 * p->dim[0] / (double)p->count);
  double bound = p->rank > 1 ? 1 / sqrt (p->dim[1]) : 1 / sqrt (p->dim[0] / 3.0);

  for (size_t i = 0; i < p->count; i++)
    switch (init)
      {
      case NN_INIT_FAN_IN:
        p->value[i] = (float)(scale * normal (&state));
        break;
      case NN_INIT_NORMAL:
        p->value[i] = (float)(0.1 * normal (&state));
        break;
      case NN_INIT_RECURRENT:
        p->value[i] = (float)(bound * (2 * uniform (&state) - 1));
        break;
      case NN_INIT_ONE:
        p->value[i] = 1;
        break;
      case NN_INIT_ZERO:
        p->value[i] = 0;
        break;
      }
}

static size_t
padded (size_t count)
{
  return (count + ALIGN - 1) / ALIGN * ALIGN;
}

static float *
arena_new (size_t count, GError **error)
{
  size_t bytes = padded (MAX (count, 1)) * sizeof (float);
  float *arena = aligned_alloc (64, bytes);
  if (arena == NULL)
    g_set_error (error, NN_ERROR, NN_ERROR_MEMORY, "no memory for parameters (%.0f MB)",
                 (double)bytes / 1e6);
  else
    memset (arena, 0, bytes);
  return arena;
}

/* Adds the graph's parameters that are not there yet. */
static gboolean
collect (nn_params *p, const nn_graph *g, GArray *inits, GError **error)
{
  if (!nn_graph_check (g, error))
    return FALSE;
  for (guint i = 0; i < g->specs->len; i++)
    {
      const nn_param_spec *s = g->specs->pdata[i];
      nn_param q = { .rank = s->rank, .flags = s->flags, .rate = 1, .count = 1 };
      const nn_param *other = nn_params_find (p, s->name);
      memcpy (q.dim, s->dim, sizeof q.dim);
      for (int k = 0; k < s->rank; k++)
        q.count *= s->dim[k];
      if (other != NULL && (other->rank != q.rank || memcmp (other->dim, q.dim, sizeof q.dim) != 0))
        {
          g_set_error (error, NN_ERROR, NN_ERROR_SHAPE,
                       "parameter %s has %zu numbers in one graph and %zu in another", s->name,
                       other->count, q.count);
          return FALSE;
        }
      if (other != NULL)
        continue;
      q.name = g_strdup (s->name);
      g_array_append_val (p->list, q);
      g_array_append_val (inits, s->init);
      g_hash_table_insert (p->index, (char *)q.name, GUINT_TO_POINTER (p->list->len));
      p->total += q.count;
      p->arena_count += padded (q.count);
    }
  return TRUE;
}

/* seed NULL: all zero. */
static nn_params *
params_new (const nn_graph *const *graphs, guint n_graphs, const uint64_t *seed, GError **error)
{
  nn_params *p = g_new0 (nn_params, 1);
  g_autoptr (GArray) inits = g_array_new (FALSE, FALSE, sizeof (nn_init));
  size_t offset = 0;

  p->list = g_array_new (FALSE, TRUE, sizeof (nn_param));
  p->index = g_hash_table_new (g_str_hash, g_str_equal);
  p->version = 1;
  for (guint i = 0; i < n_graphs; i++)
    if (!collect (p, graphs[i], inits, error))
      goto fail;
  p->values = arena_new (p->arena_count, error);
  if (p->values == NULL)
    goto fail;
  for (guint i = 0; i < p->list->len; i++)
    {
      nn_param *q = nn_params_nth (p, i);
      q->value = p->values + offset;
      offset += padded (q->count);
      if (seed != NULL)
        initialise (q, g_array_index (inits, nn_init, i), *seed);
    }
  return p;
fail:
  nn_params_free (p);
  return NULL;
}

nn_params *
nn_params_new (const nn_graph *const *graphs, guint n_graphs, uint64_t seed, GError **error)
{
  return params_new (graphs, n_graphs, &seed, error);
}

nn_params *
nn_params_new_zero (const nn_graph *const *graphs, guint n_graphs, GError **error)
{
  return params_new (graphs, n_graphs, NULL, error);
}

void
nn_params_free (nn_params *p)
{
  if (p == NULL)
    return;
  for (guint i = 0; i < p->list->len; i++)
    g_free ((char *)nn_params_nth (p, i)->name);
  g_array_unref (p->list);
  g_hash_table_unref (p->index);
  free (p->values);
  free (p->training);
  free (p->averages);
  g_free (p);
}

guint
nn_params_count (const nn_params *p)
{
  return p->list->len;
}

nn_param *
nn_params_nth (nn_params *p, guint i)
{
  return &g_array_index (p->list, nn_param, i);
}

nn_param *
nn_params_find (nn_params *p, const char *name)
{
  guint position = GPOINTER_TO_UINT (g_hash_table_lookup (p->index, name));
  return position > 0 ? nn_params_nth (p, position - 1) : NULL;
}

void
nn_params_changed (nn_params *p)
{
  p->version++;
}

size_t
nn_params_total (const nn_params *p)
{
  return p->total;
}

guint
nn_params_freeze (nn_params *p, const char *prefix, gboolean frozen)
{
  guint found = 0;
  for (guint i = 0; i < p->list->len; i++)
    {
      nn_param *q = nn_params_nth (p, i);
      if (!g_str_has_prefix (q->name, prefix))
        continue;
      q->flags = frozen ? q->flags | NN_PARAM_FROZEN : q->flags & ~(unsigned)NN_PARAM_FROZEN;
      found++;
    }
  return found;
}

guint
nn_params_set_rate (nn_params *p, const char *prefix, float rate)
{
  guint found = 0;
  for (guint i = 0; i < p->list->len; i++)
    if (g_str_has_prefix (nn_params_nth (p, i)->name, prefix))
      {
        nn_params_nth (p, i)->rate = rate;
        found++;
      }
  return found;
}

gboolean
nn_params_need_training (nn_params *p, GError **error)
{
  size_t offset = 0;
  if (p->training != NULL)
    return TRUE;
  p->training = arena_new (3 * p->arena_count, error);
  if (p->training == NULL)
    return FALSE;
  for (guint i = 0; i < p->list->len; i++)
    {
      nn_param *q = nn_params_nth (p, i);
      q->grad = p->training + offset;
      q->mean = q->grad + p->arena_count;
      q->square = q->mean + p->arena_count;
      offset += padded (q->count);
    }
  return TRUE;
}

gboolean
nn_params_need_averages (nn_params *p, GError **error)
{
  if (p->averages != NULL)
    return TRUE;
  p->averages = arena_new (p->arena_count, error);
  if (p->averages == NULL)
    return FALSE;
  for (guint i = 0; i < p->list->len; i++)
    {
      nn_param *q = nn_params_nth (p, i);
      q->average = p->averages + (q->value - p->values);
    }
  return TRUE;
}
