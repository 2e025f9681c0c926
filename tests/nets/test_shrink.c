/* Removal on random networks of all operations: what is left computes, and learns, what the masked
 * network does. */
#include "nets/compress/compress.h"
#include "tests/nets/grow.h"

#include <math.h>
#include <omp.h>
#include <string.h>

#define SEEDS 60
#define BATCH 3

/* A network, what was chosen to go, and what is left. */
typedef struct
{
  grown *w;
  nn_groups *groups;
  GArray *picks; /* of nn_pick */
  nn_graph *narrow;
  nn_params *narrow_params;
} shrunk;

static const nn_pick *
picks_of (const shrunk *s)
{
  return (const nn_pick *)s->picks->data;
}

/* Chooses random units of random groups, in every group fewer than can go. */
static void
choose (shrunk *s, uint64_t *state)
{
  g_array_set_size (s->picks, 0);
  for (guint i = 0; i < nn_groups_count (s->groups); i++)
    {
      const nn_group *group = nn_groups_nth (s->groups, i);
      double share = grow_random (state, -0.3, 0.7);
      int left = group->width;
      for (int u = 0; u < group->width; u++)
        {
          nn_pick pick = { i, u };
          if (group->units[u].fixed != NULL || grow_random (state, 0, 1) >= share || left == 1)
            continue;
          g_array_append_val (s->picks, pick);
          left--;
        }
    }
}

static void
shrunk_open (shrunk *s, uint64_t seed, float dropout)
{
  g_autoptr (GError) error = NULL;
  uint64_t state = seed * 77 + 5;

  omp_set_num_threads (1);
  *s = (shrunk){ .w = grow_new (seed, dropout) };
  s->groups = nn_groups_find ((const nn_graph *const[]){ s->w->g }, 1, NULL, 0, &error);
  cr_assert_not_null (s->groups, "%s", error != NULL ? error->message : "");
  s->picks = g_array_new (FALSE, FALSE, sizeof (nn_pick));
  choose (s, &state);
}

/* Other choices until none empties an operation. */
static void
shrunk_remove (shrunk *s)
{
  g_autoptr (GError) error = NULL;
  gboolean removed = nn_groups_remove (s->groups, s->w->p, picks_of (s), s->picks->len, &s->narrow,
                                       &s->narrow_params, &error);
  cr_assert (removed, "%s\n%s", error != NULL ? error->message : "", s->w->used->str);
}

static void
shrunk_close (shrunk *s)
{
  nn_params_free (s->narrow_params);
  nn_graph_free (s->narrow);
  g_array_unref (s->picks);
  nn_groups_free (s->groups);
  grow_free (s->w);
}

/* A choice can empty an operation that reads a part of a group only: then one pick of ten is taken
 * back, until it works. */
static gboolean
feasible (shrunk *s)
{
  for (uint64_t state = 1; s->picks->len > 0;)
    {
      g_autoptr (GError) error = NULL;
      nn_graph *g = NULL;
      nn_params *p = NULL;
      if (nn_groups_remove (s->groups, s->w->p, picks_of (s), s->picks->len, &g, &p, &error))
        {
          nn_graph_free (g);
          nn_params_free (p);
          return TRUE;
        }
      cr_assert (strstr (error->message, "at least one of"), "%s", error->message);
      cr_assert (g == NULL && p == NULL);
      for (guint n = s->picks->len / 10 + 1; n > 0; n--)
        g_array_remove_index_fast (s->picks, (guint)grow_whole (&state, 0, (int)s->picks->len - 1));
    }
  return FALSE;
}

/* Logits (BATCH*per,GROW_ANSWERS) of a graph with the same nodes as the grown one's. */
static float *
logits_in (const grown *w, const nn_graph *g, nn_params *p, nn_precision precision, uint64_t seed,
           size_t *count)
{
  g_autoptr (GError) error = NULL;
  nn_exec *e = nn_exec_new_in (g, p, NN_INFER, BATCH, precision, &error);
  float *copy;

  cr_assert_not_null (e, "%s", error != NULL ? error->message : "");
  grow_fill_inputs (w, e, seed);
  nn_forward (e);
  *count = nn_rows (e, w->logits) * GROW_ANSWERS;
  copy = g_memdup2 (nn_data (e, w->logits), *count * sizeof (float));
  nn_exec_free (e);
  return copy;
}

static float *
logits_of (const grown *w, const nn_graph *g, nn_params *p, uint64_t seed, size_t *count)
{
  return logits_in (w, g, p, NN_PRECISION_F32, seed, count);
}

static void
expect_same (const float *got, const float *want, size_t n, double tolerance, const char *what)
{
  double largest = 1;
  for (size_t i = 0; i < n; i++)
    largest = MAX (largest, fabs (want[i]));
  for (size_t i = 0; i < n; i++)
    cr_assert (fabs (got[i] - want[i]) <= tolerance * largest,
               "%s: number %zu of %zu is %.9g, should be %.9g", what, i, n, got[i], want[i]);
}

static void
mask (shrunk *s)
{
  g_autoptr (GError) error = NULL;
  cr_assert (nn_groups_mask (s->groups, s->w->p, picks_of (s), s->picks->len, &error), "%s",
             error != NULL ? error->message : "");
}

/* Every number of what goes becomes NaN. */
static void
spoil (shrunk *s)
{
  for (guint i = 0; i < s->picks->len; i++)
    {
      const nn_pick *pick = &picks_of (s)[i];
      const nn_unit_of_group *u = &nn_groups_nth (s->groups, pick->group)->units[pick->unit];
      for (int k = 0; k < u->n_slices; k++)
        {
          nn_param *q = nn_params_find (s->w->p, u->slices[k].param);
          size_t inner = 1;
          for (int a = u->slices[k].axis + 1; a < q->rank; a++)
            inner *= (size_t)q->dim[a];
          for (size_t at = 0; at < q->count; at++)
            for (int j = 0; j < u->slices[k].count; j++)
              if ((int)(at / inner % (size_t)q->dim[u->slices[k].axis]) == u->slices[k].index[j])
                q->value[at] = NAN;
        }
    }
  nn_params_changed (s->w->p);
}

Test (shrink, computes_what_the_masked_network_computes)
{
  size_t removed = 0, of_kind[NN_GROUP_EMBEDDING + 1] = { 0 };
  for (uint64_t seed = 0; seed < SEEDS; seed++)
    {
      shrunk s;
      size_t n;
      g_autofree float *whole = NULL, *masked = NULL, *narrow = NULL;
      double moved = 0;

      shrunk_open (&s, seed, 0.3f);
      if (feasible (&s))
        {
          whole = logits_of (s.w, s.w->g, s.w->p, seed, &n);
          mask (&s);
          masked = logits_of (s.w, s.w->g, s.w->p, seed, &n);
          /* What goes must not matter, whatever it holds. */
          spoil (&s);
          shrunk_remove (&s);
          narrow = logits_of (s.w, s.narrow, s.narrow_params, seed, &n);
          expect_same (narrow, masked, n, 1e-5, s.w->used->str);
          for (size_t i = 0; i < n; i++)
            moved = MAX (moved, fabs (whole[i] - masked[i]));
          cr_expect (moved > 1e-4, "masking changed nothing:%s", s.w->used->str);
          cr_assert_lt (nn_params_total (s.narrow_params), nn_params_total (s.w->p));
          removed += s.picks->len;
          for (guint i = 0; i < s.picks->len; i++)
            of_kind[nn_groups_nth (s.groups, picks_of (&s)[i].group)->kind]++;
        }
      shrunk_close (&s);
    }
  cr_assert_gt (removed, 5 * SEEDS, "%zu units removed from %d networks", removed, SEEDS);
  for (int kind = 0; kind <= NN_GROUP_EMBEDDING; kind++)
    cr_assert_gt (of_kind[kind], 4, "%zu %s removed", of_kind[kind],
                  nn_group_kind_text ((nn_group_kind)kind));
}

/* Odd widths in bfloat16 too: the same but for its roundings. */
Test (shrink, in_bfloat16)
{
  for (uint64_t seed = 700; seed < 700 + SEEDS / 3; seed++)
    {
      shrunk s;
      size_t n;
      g_autofree float *masked = NULL, *narrow = NULL;

      shrunk_open (&s, seed, 0);
      if (feasible (&s))
        {
          mask (&s);
          masked = logits_in (s.w, s.w->g, s.w->p, NN_PRECISION_BF16, seed, &n);
          shrunk_remove (&s);
          narrow = logits_in (s.w, s.narrow, s.narrow_params, NN_PRECISION_BF16, seed, &n);
          expect_same (narrow, masked, n, 3e-2, s.w->used->str);
        }
      shrunk_close (&s);
    }
}

/* ---- every node ----------------------------------------------------------------------------- */

static gboolean
is_picked (const shrunk *s, nn_node x, int channel)
{
  int unit = -1, group = nn_groups_of_channel (s->groups, 0, x, channel, &unit);
  cr_assert_geq (group, 0);
  cr_assert_geq (unit, 0);
  for (guint i = 0; i < s->picks->len; i++)
    if (picks_of (s)[i].group == (guint)group && picks_of (s)[i].unit == unit)
      return TRUE;
  return FALSE;
}

/* The channels of a node that stay hold the same numbers in both. */
static void
compare_node (const shrunk *s, nn_node x, const float *wide, const float *narrow, size_t rows)
{
  nn_shape shape = nn_node_shape (s->w->g, x);
  int c = shape.dim[shape.rank - 1], left = 0;
  size_t places = rows;
  g_autofree int *from = g_new (int, c);

  for (int i = 0; i < shape.rank - 1; i++)
    places *= (size_t)shape.dim[i];
  for (int i = 0; i < c; i++)
    if (!is_picked (s, x, i))
      from[left++] = i;
  cr_assert_eq (nn_node_shape (s->narrow, x).dim[shape.rank - 1], left);
  for (size_t i = 0; i < places; i++)
    for (int k = 0; k < left; k++)
      {
        double want = wide[i * (size_t)c + (size_t)from[k]],
               got = narrow[i * (size_t)left + (size_t)k];
        cr_assert (fabs (got - want) <= 2e-5 * (1 + fabs (want)),
                   "node %d, channel %d: %g, not %g, in%s", x.i, from[k], got, want,
                   s->w->used->str);
      }
}

Test (shrink, every_node_computes_the_same)
{
  for (uint64_t seed = 600; seed < 600 + SEEDS / 2; seed++)
    {
      shrunk s;
      nn_exec *wide, *narrow;
      shrunk_open (&s, seed, 0.1f);
      for (int i = 0; i <= s.w->loss.i; i++)
        nn_keep (s.w->g, (nn_node){ i });
      if (feasible (&s))
        {
          mask (&s);
          shrunk_remove (&s);
          wide = nn_exec_new (s.w->g, s.w->p, NN_INFER, BATCH, NULL);
          narrow = nn_exec_new (s.narrow, s.narrow_params, NN_INFER, BATCH, NULL);
          grow_fill_inputs (s.w, wide, seed);
          grow_fill_inputs (s.w, narrow, seed);
          nn_forward (wide);
          nn_forward (narrow);
          for (int i = 0; i < s.w->loss.i; i++)
            if (nn_data (wide, (nn_node){ i }) != NULL)
              compare_node (&s, (nn_node){ i }, nn_data (wide, (nn_node){ i }),
                            nn_data (narrow, (nn_node){ i }), nn_rows (wide, (nn_node){ i }));
          nn_exec_free (wide);
          nn_exec_free (narrow);
        }
      shrunk_close (&s);
    }
}

/* ---- learning ------------------------------------------------------------------------------- */

static nn_exec *
training (const grown *w, const nn_graph *g, nn_params *p, uint64_t seed)
{
  g_autoptr (GError) error = NULL;
  nn_exec *e = nn_exec_new (g, p, NN_TRAIN, BATCH, &error);
  cr_assert_not_null (e, "%s", error != NULL ? error->message : "");
  grow_fill_inputs (w, e, seed);
  return e;
}

/* Which places of an axis of a parameter stay, computed from the units' slices alone. */
static int
places_that_stay (const shrunk *s, const nn_param *q, int axis, int *place)
{
  g_autofree gboolean *gone = g_new0 (gboolean, q->dim[axis]);
  int n = 0;

  for (guint i = 0; i < s->picks->len; i++)
    {
      const nn_pick *pick = &picks_of (s)[i];
      const nn_unit_of_group *u = &nn_groups_nth (s->groups, pick->group)->units[pick->unit];
      for (int k = 0; k < u->n_slices; k++)
        if (u->slices[k].axis == axis && strcmp (u->slices[k].param, q->name) == 0)
          for (int j = 0; j < u->slices[k].count; j++)
            gone[u->slices[k].index[j]] = TRUE;
    }
  for (int i = 0; i < q->dim[axis]; i++)
    if (!gone[i])
      place[n++] = i;
  return n;
}

/* The numbers of x (shape of q) that stay; *n of them. The caller frees them. */
static float *
what_stays (const shrunk *s, const nn_param *q, const float *x, size_t *n)
{
  g_autofree int *place[NN_MAX_RANK] = { 0 };
  int length[NN_MAX_RANK], dim[NN_MAX_RANK];
  float *left = g_new (float, q->count);

  for (int a = 0; a < NN_MAX_RANK; a++)
    {
      dim[a] = a < q->rank ? q->dim[a] : 1;
      place[a] = g_new0 (int, dim[a]);
      length[a] = a < q->rank ? places_that_stay (s, q, a, place[a]) : 1;
    }
  *n = 0;
  for (int i = 0; i < length[0]; i++)
    for (int j = 0; j < length[1]; j++)
      for (int k = 0; k < length[2]; k++)
        for (int l = 0; l < length[3]; l++)
          left[(*n)++]
              = x[(((size_t)place[0][i] * dim[1] + place[1][j]) * dim[2] + place[2][k]) * dim[3]
                  + place[3][l]];
  for (int a = 1; a < NN_MAX_RANK; a++)
    g_free (place[a]);
  return left;
}

static double
size_of (const float *x, size_t n)
{
  double sum = 0;
  for (size_t i = 0; i < n; i++)
    sum += (double)x[i] * x[i];
  return sqrt (sum);
}

static void
compare_gradients (shrunk *s)
{
  nn_exec *wide = training (s->w, s->w->g, s->w->p, 1);
  nn_exec *narrow = training (s->w, s->narrow, s->narrow_params, 1);
  double total = 0;

  nn_forward (wide);
  nn_backward (wide, s->w->loss);
  nn_forward (narrow);
  nn_backward (narrow, s->w->loss);
  for (guint i = 0; i < nn_params_count (s->narrow_params); i++)
    total += size_of (nn_params_nth (s->w->p, i)->grad, nn_params_nth (s->w->p, i)->count);
  for (guint i = 0; i < nn_params_count (s->narrow_params); i++)
    {
      const nn_param *q = nn_params_nth (s->narrow_params, i);
      const nn_param *old = nn_params_find (s->w->p, q->name);
      size_t n;
      g_autofree float *want = what_stays (s, old, old->grad, &n);
      cr_assert_eq (n, q->count);
      for (size_t k = 0; k < n; k++)
        cr_assert (fabs (q->grad[k] - want[k]) <= 1e-3 * (size_of (want, n) + 1e-3 * total),
                   "%s: gradient %zu is %g, was %g in%s", q->name, k, q->grad[k], want[k],
                   s->w->used->str);
      cr_assert (size_of (want, n) <= 1e-4 * total || size_of (q->grad, n) > 0,
                 "%s gets no gradient", q->name);
    }
  nn_exec_free (wide);
  nn_exec_free (narrow);
}

/* Some steps change every tensor that has a gradient, and reduce the loss. */
static void
keeps_learning (shrunk *s)
{
  nn_optimiser o = nn_adamw_default ();
  nn_exec *e = training (s->w, s->narrow, s->narrow_params, 1);
  double first = 0, last = 0;

  o.rate = 3e-3f;
  for (int step = 0; step < 12; step++)
    {
      g_autoptr (GPtrArray) before = g_ptr_array_new_with_free_func (g_free);
      nn_forward (e);
      last = nn_data (e, s->w->loss)[0];
      first = step == 0 ? last : first;
      nn_backward (e, s->w->loss);
      for (guint i = 0; i < nn_params_count (s->narrow_params); i++)
        {
          const nn_param *q = nn_params_nth (s->narrow_params, i);
          g_ptr_array_add (before, g_memdup2 (q->value, q->count * sizeof (float)));
        }
      nn_optimise (s->narrow_params, &o);
      for (guint i = 0; i < nn_params_count (s->narrow_params); i++)
        {
          const nn_param *q = nn_params_nth (s->narrow_params, i);
          cr_assert ((q->flags & NN_PARAM_STAT) != 0 || size_of (q->grad, q->count) == 0
                         || memcmp (q->value, before->pdata[i], q->count * sizeof (float)) != 0,
                     "%s does not learn", q->name);
        }
    }
  cr_assert_lt (last, first, "loss %g after %g in%s", last, first, s->w->used->str);
  nn_exec_free (e);
}

Test (shrink, keeps_learning)
{
  for (uint64_t seed = 100; seed < 100 + SEEDS / 2; seed++)
    {
      shrunk s;
      shrunk_open (&s, seed, 0);
      if (feasible (&s))
        {
          mask (&s);
          shrunk_remove (&s);
          compare_gradients (&s);
          keeps_learning (&s);
        }
      shrunk_close (&s);
    }
}

/* ---- slices --------------------------------------------------------------------------------- */

/* Values, moments and averages hold their own place as a number, so that one sees where what is
 * left comes from. */
static void
number_places (nn_params *p)
{
  for (guint i = 0; i < nn_params_count (p); i++)
    {
      nn_param *q = nn_params_nth (p, i);
      for (size_t k = 0; k < q->count; k++)
        {
          q->value[k] = (float)k;
          q->mean[k] = (float)k + 0.125f;
          q->square[k] = (float)k + 0.25f;
          q->average[k] = (float)k + 0.5f;
        }
      q->rate = (float)i + 1;
      q->flags |= i % 3 == 0 ? NN_PARAM_FROZEN : 0;
    }
}

static void
check_slices (shrunk *s)
{
  for (guint i = 0; i < nn_params_count (s->narrow_params); i++)
    {
      const nn_param *q = nn_params_nth (s->narrow_params, i);
      const nn_param *old = nn_params_nth (s->w->p, i);
      const float *from[] = { old->value, old->mean, old->square, old->average };
      const float *to[] = { q->value, q->mean, q->square, q->average };
      cr_assert_str_eq (q->name, old->name);
      cr_assert_eq (q->flags, old->flags);
      cr_assert_eq (q->rate, old->rate);
      for (guint a = 0; a < G_N_ELEMENTS (from); a++)
        {
          size_t n;
          g_autofree float *want = what_stays (s, old, from[a], &n);
          cr_assert_eq (n, q->count);
          cr_assert_arr_eq (to[a], want, n * sizeof (float), "%s, kind %u", q->name, a);
        }
    }
}

Test (shrink, moments_and_averages_are_cut_with_the_values)
{
  for (uint64_t seed = 200; seed < 200 + SEEDS / 3; seed++)
    {
      g_autoptr (GError) error = NULL;
      shrunk s;
      shrunk_open (&s, seed, 0);
      nn_exec_free (training (s.w, s.w->g, s.w->p, 1));
      cr_assert (nn_params_average (s.w->p, 0.9, &error));
      number_places (s.w->p);
      if (feasible (&s))
        {
          shrunk_remove (&s);
          check_slices (&s);
        }
      shrunk_close (&s);
    }
}

/* x has the parameter's shape and began as place + 1. */
static void
check_masked (const shrunk *s, const nn_param *q, const float *x, const char *what)
{
  g_autofree float *places = g_new (float, q->count);
  g_autofree float *left = NULL;
  g_autofree gboolean *stays = g_new0 (gboolean, q->count);
  size_t n;

  for (size_t k = 0; k < q->count; k++)
    places[k] = (float)k;
  left = what_stays (s, q, places, &n);
  for (size_t k = 0; k < n; k++)
    stays[(size_t)left[k]] = TRUE;
  for (size_t k = 0; k < q->count; k++)
    cr_assert_eq (x[k], stays[k] ? (float)k + 1 : 0, "%s of %s at %zu", what, q->name, k);
}

/* Masking touches the slices of the units, moments and averages included, and nothing else. */
Test (shrink, masking_touches_the_slices_only)
{
  for (uint64_t seed = 300; seed < 300 + SEEDS / 3; seed++)
    {
      shrunk s;
      shrunk_open (&s, seed, 0);
      nn_exec_free (training (s.w, s.w->g, s.w->p, 1));
      cr_assert (nn_params_average (s.w->p, 0.9, NULL));
      for (guint i = 0; i < nn_params_count (s.w->p); i++)
        {
          nn_param *q = nn_params_nth (s.w->p, i);
          for (size_t k = 0; k < q->count; k++)
            q->value[k] = q->mean[k] = q->square[k] = q->average[k] = (float)k + 1;
        }
      mask (&s);
      for (guint i = 0; i < nn_params_count (s.w->p); i++)
        {
          const nn_param *q = nn_params_nth (s.w->p, i);
          check_masked (&s, q, q->value, "value");
          check_masked (&s, q, q->mean, "mean");
          check_masked (&s, q, q->square, "square");
          check_masked (&s, q, q->average, "average");
        }
      shrunk_close (&s);
    }
}

/* ---- again and again ------------------------------------------------------------------------ */

/* Removing twice, from what the first removal left, is as good as removing once. */
Test (shrink, again)
{
  for (uint64_t seed = 400; seed < 400 + SEEDS / 3; seed++)
    {
      shrunk s, t;
      uint64_t state = seed;
      size_t n;
      g_autofree float *masked = NULL, *narrow = NULL;

      shrunk_open (&s, seed, 0);
      if (feasible (&s))
        {
          grown inner;
          mask (&s);
          shrunk_remove (&s);
          inner = *s.w;
          inner.g = s.narrow;
          inner.p = s.narrow_params;
          t = (shrunk){ .w = &inner, .picks = g_array_new (FALSE, FALSE, sizeof (nn_pick)) };
          t.groups = nn_groups_find ((const nn_graph *const[]){ inner.g }, 1, NULL, 0, NULL);
          choose (&t, &state);
          if (feasible (&t))
            {
              mask (&t);
              masked = logits_of (s.w, inner.g, inner.p, seed, &n);
              shrunk_remove (&t);
              narrow = logits_of (s.w, t.narrow, t.narrow_params, seed, &n);
              expect_same (narrow, masked, n, 1e-5, s.w->used->str);
            }
          nn_params_free (t.narrow_params);
          nn_graph_free (t.narrow);
          nn_groups_free (t.groups);
          g_array_unref (t.picks);
        }
      shrunk_close (&s);
    }
}

/* ---- reasons -------------------------------------------------------------------------------- */

/* Every channel of every node is in a group; what cannot go says why, and asking for it changes
 * nothing. All operations know how to be narrowed. */
Test (shrink, what_cannot_go_says_why)
{
  for (uint64_t seed = 500; seed < 500 + SEEDS; seed++)
    {
      shrunk s;
      shrunk_open (&s, seed, 0);
      for (guint i = 0; i < nn_groups_count (s.groups); i++)
        {
          const nn_group *group = nn_groups_nth (s.groups, i);
          for (int u = 0; u < group->width; u++)
            {
              g_autoptr (GError) error = NULL;
              const char *why = group->units[u].fixed;
              nn_pick pick = { i, u };
              nn_graph *g = NULL;
              nn_params *p = NULL;
              if (why == NULL)
                continue;
              cr_assert (strstr (why, " of "), "%s", why);
              cr_assert_null (strstr (why, "cannot be narrowed"), "%s", why);
              cr_assert_not (nn_groups_mask (s.groups, s.w->p, &pick, 1, &error));
              cr_assert (strstr (error->message, why), "%s", error->message);
              cr_assert_not (nn_groups_remove (s.groups, s.w->p, &pick, 1, &g, &p, NULL));
              cr_assert (g == NULL && p == NULL);
            }
        }
      shrunk_close (&s);
    }
}
