#include "tests/nets/grow.h"

#include "nets/core/random.h"

#include <string.h>

#define MAX_NODES 64

/* Nodes to go on from. */
typedef struct
{
  nn_node node[MAX_NODES];
  gboolean read[MAX_NODES];
  int count;
} pool;

typedef struct
{
  grown *w;
  pool maps, vectors, series;
  int per; /* rows of words for each picture */
  int serial;
  float dropout;
  char name[32];
} gardener;

double
grow_random (uint64_t *state, double low, double high)
{
  return low + (high - low) * (double)(nn_random_next (state) >> 11) / 9007199254740992.0;
}

int
grow_whole (uint64_t *state, int low, int high)
{
  return low + (int)(nn_random_next (state) % (uint64_t)(high - low + 1));
}

static int
whole (gardener *b, int low, int high)
{
  return grow_whole (&b->w->state, low, high);
}

static void
keep_in (pool *p, nn_node x)
{
  if (p->count < MAX_NODES)
    p->node[p->count++] = x;
}

/* One of the last three: networks get deep, with some branches. */
static nn_node
some (gardener *b, pool *p)
{
  int i = whole (b, MAX (p->count - 3, 0), p->count - 1);
  p->read[i] = TRUE;
  return p->node[i];
}

static int
width (gardener *b, nn_node x)
{
  nn_shape s = nn_node_shape (b->w->g, x);
  return s.dim[s.rank - 1];
}

static const char *
next_name (gardener *b, const char *what)
{
  g_snprintf (b->name, sizeof b->name, "%s%d", what, b->serial++);
  g_string_append_printf (b->w->used, " %s", what);
  return b->name;
}

/* ---- operations on values of any rank ---------------------------------------------------------
 */

static nn_node
smooth (gardener *b, nn_node x)
{
  nn_graph *g = b->w->g;
  int which = whole (b, 0, 8);
  g_string_append_printf (b->w->used, " smooth%d", which);
  switch (which)
    {
    case 0:
      return nn_relu (g, x);
    case 1:
      return nn_relu6 (g, x);
    case 2:
      return nn_sigmoid (g, x);
    case 3:
      return nn_tanh (g, x);
    case 4:
      return nn_gelu (g, x);
    case 5:
      return nn_scale (g, x, 0.7f, 0.3f);
    case 6:
      return nn_dropout (g, x, b->dropout);
    case 7:
      return nn_norm_plain (g, next_name (b, "plain"), x);
    default:
      return nn_norm (g, next_name (b, "norm"), x);
    }
}

/* With another of the pool that has the same shape (itself when there is none). */
static nn_node
join (gardener *b, pool *p, nn_node x)
{
  nn_graph *g = b->w->g;
  nn_node y = x, parts[3];
  int which = whole (b, 0, 3);

  g_string_append_printf (b->w->used, " join%d", which);
  if (which == 0)
    {
      for (int i = 0; i < 3; i++)
        {
          nn_node other = some (b, p);
          nn_shape s = nn_node_shape (g, other), t = nn_node_shape (g, x);
          gboolean fits = s.rank == t.rank && s.dim[0] == t.dim[0] && s.dim[1] == t.dim[1];
          parts[i] = i == 0 || !(fits || t.rank == 1) ? x : other;
        }
      return nn_concat (g, parts, whole (b, 2, 3));
    }
  for (int i = 0; i < p->count; i++)
    {
      nn_shape s = nn_node_shape (g, p->node[i]), t = nn_node_shape (g, x);
      if (s.rank == t.rank && memcmp (s.dim, t.dim, sizeof s.dim) == 0)
        y = p->node[i];
    }
  if (which == 1)
    return nn_tanh (g, nn_mul (g, x, y));
  return nn_add (g, x, which == 2 ? y : nn_stop (g, y));
}

static nn_node
modulated (gardener *b, nn_node x)
{
  nn_node q = some (b, &b->vectors);
  int c = width (b, x);
  nn_node m = nn_linear_zero (b->w->g, next_name (b, "film"), q, 2 * c);
  return nn_film (b->w->g, x, m);
}

/* A linear layer, or sum_last and one from the single channel. */
static nn_node
mixed (gardener *b, nn_node x)
{
  nn_graph *g = b->w->g;
  if (whole (b, 0, 3) == 0)
    x = nn_sum_last (g, x);
  return nn_linear (g, next_name (b, "linear"), x, whole (b, 1, 9));
}

/* ---- maps ----------------------------------------------------------------------------------- */

static nn_node
convolved (gardener *b, nn_node x, int out, int groups)
{
  int kernel = whole (b, 0, 1) ? 3 : 1;
  nn_conv_options o = { .out = out,
                        .kernel = kernel,
                        .stride = 1,
                        .groups = groups,
                        .top = kernel / 2,
                        .left = kernel / 2,
                        .bottom = kernel / 2,
                        .right = kernel / 2,
                        .no_bias = whole (b, 0, 1) };
  return nn_conv_with (b->w->g, next_name (b, groups > 1 ? "grouped" : "conv"), x, &o);
}

/* Depthwise, depthwise with two for each, or the largest number of groups below that. */
static nn_node
grouped (gardener *b, nn_node x)
{
  int c = width (b, x), groups = c, which = whole (b, 0, 3);
  if (which < 2)
    return convolved (b, x, c * (which + 1), c);
  for (groups = c - 1; groups > 1 && c % groups != 0;)
    groups--;
  return convolved (b, x, MAX (groups, 1) * whole (b, 1, 3), MAX (groups, 1));
}

static nn_node
attended (gardener *b, nn_node x)
{
  nn_graph *g = b->w->g;
  nn_node q = some (b, &b->vectors);
  int c = width (b, x), heads = whole (b, 1, 3);
  nn_attend_options o
      = { .heads = heads, .key = whole (b, 1, 5), .modulation = (unsigned)whole (b, 0, 15) };

  if (c % heads != 0 || whole (b, 0, 2) == 0)
    o.value = whole (b, 2, 4);
  g_string_append_printf (b->w->used, " attend:%u/%d", o.modulation, o.value);
  return nn_attend_with (g, next_name (b, "attend"), x, q, &o);
}

static nn_node
pooled (gardener *b, nn_node x)
{
  nn_shape s = nn_node_shape (b->w->g, x);
  if (MIN (s.dim[0], s.dim[1]) < 3)
    return x;
  g_string_append (b->w->used, " pool");
  return whole (b, 0, 1) ? nn_max_pool (b->w->g, x, 2, 1, 0) : nn_mean_pool (b->w->g, x, 3, 2, 1);
}

static void
grow_map (gardener *b)
{
  nn_graph *g = b->w->g;
  nn_node x = some (b, &b->maps);
  int c = width (b, x);

  switch (whole (b, 0, 12))
    {
    case 0:
    case 1:
      x = convolved (b, x, whole (b, 2, 9), 1);
      break;
    case 2:
      x = nn_add (g, x, nn_relu (g, convolved (b, x, c, 1)));
      break;
    case 3:
    case 4:
      x = grouped (b, x);
      break;
    case 5:
      x = modulated (b, x);
      break;
    case 6:
    case 11:
      x = attended (b, x);
      break;
    case 7:
      x = nn_coords (g, x);
      break;
    case 8:
      x = join (b, &b->maps, x);
      break;
    case 9:
      x = pooled (b, x);
      break;
    case 10:
      x = mixed (b, x);
      break;
    default:
      x = smooth (b, x);
    }
  keep_in (&b->maps, x);
  if (whole (b, 0, 4) == 0)
    keep_in (&b->vectors, whole (b, 0, 1) ? nn_global_mean (g, x) : nn_global_max (g, x));
}

/* ---- vectors and series --------------------------------------------------------------------- */

static void
grow_vector (gardener *b)
{
  nn_node x = some (b, &b->vectors);
  switch (whole (b, 0, 4))
    {
    case 0:
      x = join (b, &b->vectors, x);
      break;
    case 1:
      x = modulated (b, x);
      break;
    case 2:
      x = mixed (b, x);
      break;
    default:
      x = smooth (b, x);
    }
  keep_in (&b->vectors, x);
}

static void
grow_series (gardener *b)
{
  nn_graph *g = b->w->g;
  nn_node x = some (b, &b->series), words = b->w->words;
  switch (whole (b, 0, 4))
    {
    case 0:
      keep_in (&b->vectors, nn_gru (g, next_name (b, "gru"), x, words, whole (b, 2, 6)));
      return;
    case 1:
      x = nn_gru_sequence (g, next_name (b, "series"), x, words, whole (b, 2, 6));
      break;
    case 2:
      keep_in (&b->vectors,
               nn_gru_layers (g, next_name (b, "layers"), x, words, whole (b, 2, 5), 2));
      return;
    case 3:
      keep_in (&b->vectors, nn_global_max (g, x));
      return;
    default:
      x = smooth (b, x);
    }
  keep_in (&b->series, x);
}

/* ---- whole networks ------------------------------------------------------------------------- */

static void
plant (gardener *b)
{
  grown *w = b->w;
  nn_graph *g = w->g;
  nn_node x;

  b->per = whole (b, 1, 2);
  w->picture = nn_images (g, "picture", whole (b, 4, 6), whole (b, 4, 6), 3);
  w->words = nn_words (g, "words", b->per, 4);
  w->vector = nn_values (g, "vector", b->per, 3);
  w->targets = nn_values (g, "targets", b->per, GROW_ANSWERS);
  nn_scope (g, "net.");
  x = smooth (b, convolved (b, w->picture, whole (b, 3, 8), 1));
  keep_in (&b->maps, nn_repeat (g, x, b->per));
  keep_in (&b->series, nn_embed (g, next_name (b, "embed"), w->words, GROW_WORDS, 5));
  keep_in (&b->vectors, nn_linear (g, next_name (b, "linear"), w->vector, 4));
  keep_in (&b->vectors, nn_gru (g, next_name (b, "gru"), b->series.node[0], w->words, 4));
}

/* Joins what nobody has read yet to the vector x. */
static nn_node
gather (gardener *b, const pool *p, nn_node x)
{
  nn_graph *g = b->w->g;
  for (int i = 0; i < p->count; i++)
    if (!p->read[i])
      {
        nn_node y = p->node[i];
        if (nn_node_shape (g, y).rank > 1)
          y = i % 2 ? nn_global_max (g, y) : nn_global_mean (g, y);
        x = nn_concat (g, (nn_node[]){ x, y }, 2);
      }
  return x;
}

static void
harvest (gardener *b)
{
  grown *w = b->w;
  nn_graph *g = w->g;
  nn_node x = nn_global_max (g, some (b, &b->maps));

  x = gather (b, &b->maps, x);
  x = gather (b, &b->series, x);
  x = gather (b, &b->vectors, x);
  if (b->serial % 3 == 0)
    {
      nn_node read = nn_read (g, next_name (b, "read"), b->series.node[b->series.count - 1],
                              w->words, 1 + b->serial % 2);
      x = nn_concat (g, (nn_node[]){ x, read }, 2);
    }
  w->logits = nn_keep (g, nn_linear (g, "logits", x, GROW_ANSWERS));
  nn_scope (g, "%s", "");
  w->loss = nn_cross_entropy (g, w->logits, w->targets);
}

grown *
grow_new (uint64_t seed, float dropout)
{
  grown *w = g_new0 (grown, 1);
  gardener b = { .w = w, .dropout = dropout };
  g_autoptr (GError) error = NULL;
  const nn_graph *graphs[1];

  w->state = nn_scramble (seed + 1);
  w->used = g_string_new (NULL);
  w->g = nn_graph_new ();
  plant (&b);
  for (int i = whole (&b, 6, 14); i > 0; i--)
    switch (whole (&b, 0, 4))
      {
      case 0:
        grow_vector (&b);
        break;
      case 1:
        grow_series (&b);
        break;
      default:
        grow_map (&b);
      }
  harvest (&b);
  cr_assert (nn_graph_check (w->g, &error), "seed %" G_GUINT64_FORMAT ": %s", (guint64)seed,
             error != NULL ? error->message : "");
  graphs[0] = w->g;
  w->p = nn_params_new (graphs, 1, seed, &error);
  cr_assert_not_null (w->p, "%s", error != NULL ? error->message : "");
  grow_fill_params (w->p, seed);
  return w;
}

void
grow_free (grown *w)
{
  nn_params_free (w->p);
  nn_graph_free (w->g);
  g_string_free (w->used, TRUE);
  g_free (w);
}

void
grow_fill_params (nn_params *p, uint64_t seed)
{
  uint64_t state = nn_scramble (seed + 7);
  for (guint i = 0; i < nn_params_count (p); i++)
    {
      nn_param *q = nn_params_nth (p, i);
      gboolean positive = g_str_has_suffix (q->name, ".variance");
      for (size_t k = 0; k < q->count; k++)
        q->value[k]
            = (float)(positive ? grow_random (&state, 0.5, 1.5) : grow_random (&state, -0.6, 0.6));
    }
  nn_params_changed (p);
}

static void
fill (const grown *w, nn_exec *e, nn_node x, uint64_t *state, double low)
{
  nn_shape s = nn_node_shape (w->g, x);
  size_t count = nn_rows (e, x);
  for (int i = 0; i < s.rank; i++)
    count *= s.dim[i];
  for (size_t i = 0; i < count; i++)
    if (s.ids)
      nn_ids (e, x)[i] = grow_whole (state, 0, GROW_WORDS - 1);
    else
      nn_data (e, x)[i] = (float)grow_random (state, low, 1);
}

void
grow_fill_inputs (const grown *w, nn_exec *e, uint64_t seed)
{
  uint64_t state = nn_scramble (seed + 13);
  fill (w, e, w->picture, &state, -1);
  fill (w, e, w->words, &state, 0);
  fill (w, e, w->vector, &state, -1);
  fill (w, e, w->targets, &state, 0);
}
