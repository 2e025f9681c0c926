/* The four places where the question acts on self-attention: every set of them. */
#include "tests/nets/check.h"

#include <math.h>
#include <string.h>

enum
{
  D = 5,    /* width of the question */
  ALL = 15, /* every modulation */
  SETS = 16
};

static const struct
{
  int height, width, channels, heads, key, value;
  float scale;
} cases[] = { { 3, 2, 8, 2, 3, 0, 0 }, { 2, 3, 7, 3, 2, 5, 0.4f }, { 1, 1, 6, 1, 1, 0, 0 } };

/* option: set of modulations + 16 * case */
static nn_node
build (check *c)
{
  int i = c->option / SETS;
  nn_attend_options o = { .heads = cases[i].heads,
                          .key = cases[i].key,
                          .value = cases[i].value,
                          .scale = cases[i].scale,
                          .modulation = (unsigned)c->option % SETS };
  nn_node x = check_images (c, cases[i].height, cases[i].width, cases[i].channels);
  return nn_attend_with (c->g, "attend", x, check_values (c, 1, D), &o);
}

/* ---- reference ---------------------------------------------------------------------------- */

typedef struct
{
  int p, c, heads, key, value, k, v;
  double scale;
  unsigned set;
  gboolean heard;
} sizes;

static sizes
sizes_of (check *c, gboolean heard)
{
  int i = c->option / SETS;
  sizes s = { .p = cases[i].height * cases[i].width,
              .c = cases[i].channels,
              .heads = cases[i].heads,
              .key = cases[i].key,
              .value = cases[i].value,
              .scale = cases[i].scale,
              .set = (unsigned)c->option % SETS,
              .heard = heard };
  s.value = s.value != 0 ? s.value : s.c / s.heads;
  s.scale = s.scale != 0 ? s.scale : 1 / sqrt (s.key);
  s.k = s.heads * s.key;
  s.v = s.heads * s.value;
  return s;
}

/* W q + b of one row as parameters NAME.weight (n,D) and NAME.bias have it; zeros when the set
 * lacks the place or the question is not heard. */
static double *
said (check *c, const sizes *s, unsigned place, const char *name, gboolean bias, const float *q,
      int n)
{
  double *y = g_new0 (double, n);
  g_autofree char *weight = g_strdup_printf ("attend.%s.weight", name);
  g_autofree char *shift = g_strdup_printf ("attend.%s.bias", name);
  for (int i = 0; i < n; i++)
    {
      if (bias && (place == NN_MODULATE_GATE || (s->heard && (s->set & place) != 0)))
        y[i] = check_param (c, shift)[i];
      for (int k = 0; s->heard && (s->set & place) != 0 && k < D; k++)
        y[i] += (double)check_param (c, weight)[i * D + k] * q[k];
    }
  return y;
}

/* What attention reads of one row: x, or norm (x) (p,c). The batch's statistics in training. */
static float *
read_row (check *c, const sizes *s, size_t r, size_t rows)
{
  const float *all = check_input (c, 0), *x = all + r * s->p * s->c;
  g_autofree double *change
      = said (c, s, NN_MODULATE_NORM, "condition", TRUE, check_input (c, 1) + r * D, 2 * s->c);
  float *y = g_memdup2 (x, s->p * s->c * sizeof (float));
  for (int j = 0; (s->set & NN_MODULATE_NORM) != 0 && j < s->c; j++)
    {
      double mean = check_param (c, "attend.norm.mean")[j];
      double variance = check_param (c, "attend.norm.variance")[j];
      double gain = check_param (c, "attend.norm.weight")[j] + change[j];
      double shift = check_param (c, "attend.norm.bias")[j] + change[s->c + j];
      if (c->mode == NN_TRAIN)
        {
          mean = variance = 0;
          for (size_t i = 0; i < rows * s->p; i++)
            mean += all[i * s->c + j] / (double)(rows * s->p);
          for (size_t i = 0; i < rows * s->p; i++)
            variance += pow (all[i * s->c + j] - mean, 2) / (double)(rows * s->p);
        }
      for (int i = 0; i < s->p; i++)
        y[i * s->c + j] = (float)(gain * (x[i * s->c + j] - mean) / sqrt (variance + 1e-5) + shift);
    }
  return y;
}

/* One head of one row: probabilities a (p,p), token's shares (p) and mixed values (p,v). */
static void
look (const sizes *s, int head, const double *query, const double *keys, const double *value,
      const double *token_key, const double *token_value, double open, double *a, double *share,
      double *mixed)
{
  for (int i = 0; i < s->p; i++)
    {
      double sum = 0, token = 0, largest;
      for (int j = 0; j < s->p; j++)
        {
          double score = 0;
          for (int l = head * s->key; l < (head + 1) * s->key; l++)
            score += query[i * s->k + l] * keys[j * s->k + l];
          a[i * s->p + j] = s->scale * score;
        }
      for (int l = head * s->key; l < (head + 1) * s->key; l++)
        token += query[i * s->k + l] * token_key[l];
      largest = -INFINITY;
      for (int j = 0; j < s->p; j++)
        largest = fmax (largest, a[i * s->p + j]);
      for (int j = 0; j < s->p; j++)
        sum += a[i * s->p + j] = exp (a[i * s->p + j] - largest);
      share[i] = tanh (open) / (1 + exp (largest + log (sum) - s->scale * token));
      for (int j = 0; j < s->p; j++)
        a[i * s->p + j] /= sum;
      for (int l = head * s->value; l < (head + 1) * s->value; l++)
        {
          mixed[i * s->v + l] = share[i] * token_value[l];
          for (int j = 0; j < s->p; j++)
            mixed[i * s->v + l] += (1 - share[i]) * a[i * s->p + j] * value[j * s->v + l];
        }
    }
}

/* One row by the formulas of nn.h: y (p,c), a (heads,p,p), share (heads,p). */
static void
reference (check *c, const sizes *s, size_t r, size_t rows, double *y, double *a, double *share)
{
  const float *x = check_input (c, 0) + r * s->p * s->c, *q = check_input (c, 1) + r * D;
  g_autofree float *from = read_row (c, s, r, rows);
  g_autofree double *query
      = check_product (FALSE, TRUE, s->p, s->k, s->c, from, check_param (c, "attend.query.weight"));
  g_autofree double *keys
      = check_product (FALSE, TRUE, s->p, s->k, s->c, from, check_param (c, "attend.key.weight"));
  g_autofree double *value
      = check_product (FALSE, TRUE, s->p, s->v, s->c, from, check_param (c, "attend.value.weight"));
  g_autofree double *m = said (c, s, NN_MODULATE_QUERY_KEY, "modulate", TRUE, q, 4 * s->k);
  g_autofree double *gate = said (c, s, NN_MODULATE_GATE, "gate", TRUE, q, s->c);
  g_autofree double *token_key = said (c, s, NN_MODULATE_TOKEN, "token.key", FALSE, q, s->k);
  g_autofree double *token_value = said (c, s, NN_MODULATE_TOKEN, "token.value", FALSE, q, s->v);
  g_autofree double *mixed = g_new0 (double, s->p * s->v);
  const float *out = check_param (c, "attend.out.weight");
  gboolean token = s->heard && (s->set & NN_MODULATE_TOKEN) != 0;

  for (int j = 0; j < s->p * s->k; j++)
    {
      int l = j % s->k;
      query[j] = (1 + m[l]) * query[j] + m[s->k + l];
      keys[j] = (1 + m[2 * s->k + l]) * keys[j] + m[3 * s->k + l];
    }
  for (int h = 0; h < s->heads; h++)
    look (s, h, query, keys, value, token_key, token_value,
          token ? check_param (c, "attend.token.open")[h] : 0, a + h * s->p * s->p,
          share + h * s->p, mixed);
  for (int i = 0; i < s->p; i++)
    for (int j = 0; j < s->c; j++)
      {
        double o = 0;
        for (int l = 0; l < s->v; l++)
          o += out[j * s->v + l] * mixed[i * s->v + l];
        y[i * s->c + j] = x[i * s->c + j] + tanh (gate[j]) * o;
      }
}

static void
compare (check *c, size_t rows, unsigned ablation)
{
  sizes s = sizes_of (c, (ablation & NN_ABLATE_FILM) == 0);
  size_t map = s.p * s.c, look_size = s.heads * s.p * s.p;
  g_autofree double *y = g_new (double, rows *map), *a = g_new (double, rows *look_size);
  g_autofree double *share = g_new (double, rows *s.heads *s.p);
  int heads = 0, positions = 0;

  for (size_t r = 0; r < rows; r++)
    reference (c, &s, r, rows, y + r * map, a + r * look_size, share + r * s.heads * s.p);
  nn_exec_ablate (c->e, ablation);
  check_forward (c);
  check_same ("attend", check_output (c), y, rows * map, 1e-5);
  check_same ("attention", nn_attention (c->e, c->y, &heads, &positions), a, rows * look_size,
              1e-5);
  cr_assert (heads == s.heads && positions == s.p);
  if ((s.set & NN_MODULATE_TOKEN) != 0)
    check_same ("token", nn_attention_token (c->e, c->y), share, rows * s.heads * s.p, 1e-5);
  else
    cr_assert_null (nn_attention_token (c->e, c->y));
}

Test (attend_with, forward)
{
  for (int option = 0; option < SETS * (int)G_N_ELEMENTS (cases); option++)
    for (int mode = NN_TRAIN; mode <= NN_EXPLAIN; mode++)
      {
        check *c = check_open (build, option, mode, 3);
        compare (c, 3, 0);
        check_free (c);
        c = check_open (build, option, mode, 3);
        compare (c, 3, NN_ABLATE_FILM);
        check_free (c);
      }
}

/* A map of 28 x 28 has more scores than fit into a cache; rows and heads take turns. */
static nn_node
build_large (check *c)
{
  nn_attend_options o
      = { .heads = 3, .key = 4, .value = 5, .scale = 0.1f, .modulation = (unsigned)c->option };
  nn_node x = check_images (c, 28, 28, 13);
  return nn_attend_with (c->g, "attend", x, check_values (c, 1, D), &o);
}

static nn_node
build_large_unkept (check *c)
{
  return nn_scale (c->g, build_large (c), 1, 0);
}

/* The first and the last row against the formula. */
Test (attend_with, large_maps)
{
  for (int set = 0; set <= ALL; set += ALL)
    {
      check *c = check_open (build_large, set, NN_EXPLAIN, 3);
      check *other = check_open (build_large_unkept, set, NN_INFER, 3);
      sizes s = { .p = 784,
                  .c = 13,
                  .heads = 3,
                  .key = 4,
                  .value = 5,
                  .k = 12,
                  .v = 15,
                  .scale = 0.1f,
                  .set = (unsigned)set,
                  .heard = TRUE };
      g_autofree double *y = g_new (double, s.p *s.c), *a = g_new (double, 3 * s.p * s.p);
      g_autofree double *share = g_new (double, 3 * s.p);
      check_forward (c);
      check_forward (other);
      for (size_t r = 0; r < 3; r += 2)
        {
          reference (c, &s, r, 3, y, a, share);
          check_same ("large map", check_output (c) + r * s.p * s.c, y, s.p * s.c, 1e-5);
        }
      cr_assert_arr_eq (check_output (c), check_output (other), 3 * s.p * s.c * sizeof (float),
                        "scores that are not kept give another result");
      check_free (c);
      check_free (other);
    }
}

/* ---- gradients ---------------------------------------------------------------------------- */

Test (attend_with, gradients_of_every_set)
{
  for (int set = 0; set <= ALL; set++)
    {
      check_gradients (build, set, NN_TRAIN, 2);
      check_gradients (build, SETS + set, NN_TRAIN, 3);
    }
}

Test (attend_with, gradients_in_other_modes)
{
  for (int set = 0; set <= ALL; set += 5)
    {
      check_gradients (build, set, NN_EXPLAIN, 2);
      check_gradients (build, 2 * SETS + set, NN_EXPLAIN, 2);
    }
  check_gradients_with (build, ALL, NN_TRAIN, 2, NN_ABLATE_FILM, -1, 1);
  check_gradients_with (build, ALL, NN_EXPLAIN, 2, NN_ABLATE_FILM, -1, 1);
  check_gradients_with (build, ALL, NN_TRAIN, 2, NN_ABLATE_ATTENTION, -1, 1);
}

/* Between maps of bfloat16, which are converted for it. */
Test (attend_with, bfloat16)
{
  for (int set = 0; set <= ALL; set += 3)
    check_half (build, set, 3, 0.02);
}

/* ---- as it begins ------------------------------------------------------------------------- */

/* First values as a fresh network has them; the rest of the check is as it was opened. */
static void
begin (check *c)
{
  nn_params *fresh = nn_params_new ((const nn_graph *const[]){ c->g }, 1, 3, NULL);
  for (guint i = 0; i < nn_params_count (fresh); i++)
    {
      const nn_param *from = nn_params_nth (fresh, i);
      memcpy (check_param (c, from->name), from->value, from->count * sizeof (float));
    }
  nn_params_changed (c->p);
  nn_params_free (fresh);
}

static double
gradient_size (check *c, const char *name)
{
  const nn_param *p = nn_params_find (c->p, name);
  double sum = 0;
  for (size_t i = 0; i < p->count; i++)
    sum += fabs (p->grad[i]);
  return sum;
}

/* A pretrained network is unchanged at the first step, whatever is modulated: x comes out to the
 * last bit. The gate can open, and once it is open everything else learns. */
Test (attend_with, nothing_changes_at_the_first_step)
{
  for (int set = 0; set <= ALL; set++)
    {
      check *c = check_open (build, SETS + set, NN_TRAIN, 3);
      size_t bytes = check_count (c, c->y) * sizeof (float);
      nn_optimiser o = nn_adamw_default ();
      begin (c);
      for (int step = 0; step < 4; step++)
        {
          check_forward (c);
          if (step == 0)
            cr_assert_arr_eq (check_output (c), check_input (c, 0), bytes, "set %d", set);
          nn_seed_gradient (c->e, c->y, 1, 4, 1);
          nn_backward (c->e, c->y);
          cr_assert_gt (gradient_size (c, "attend.gate.bias"), 0);
          o.rate = 0.05f;
          nn_optimise (c->p, &o);
        }
      cr_assert_arr_neq (check_output (c), check_input (c, 0), bytes, "set %d", set);
      for (guint i = 0; i < nn_params_count (c->p); i++)
        {
          const nn_param *p = nn_params_nth (c->p, i);
          if ((p->flags & NN_PARAM_STAT) == 0)
            cr_assert_gt (gradient_size (c, p->name), 0, "%s never learns in set %d", p->name, set);
        }
      check_free (c);
    }
}

/* A set without a place lacks its parameters: there is nothing to load that is not used. */
Test (attend_with, parameters_of_every_set)
{
  static const struct
  {
    const char *name;
    unsigned place;
  } wanted[] = {
    { "attend.query.weight", 0 },
    { "attend.key.weight", 0 },
    { "attend.value.weight", 0 },
    { "attend.out.weight", 0 },
    { "attend.modulate.weight", NN_MODULATE_QUERY_KEY },
    { "attend.modulate.bias", NN_MODULATE_QUERY_KEY },
    { "attend.gate.weight", NN_MODULATE_GATE },
    { "attend.gate.bias", 0 },
    { "attend.token.key.weight", NN_MODULATE_TOKEN },
    { "attend.token.value.weight", NN_MODULATE_TOKEN },
    { "attend.token.open", NN_MODULATE_TOKEN },
    { "attend.norm.mean", NN_MODULATE_NORM },
    { "attend.norm.variance", NN_MODULATE_NORM },
    { "attend.norm.weight", NN_MODULATE_NORM },
    { "attend.norm.bias", NN_MODULATE_NORM },
    { "attend.condition.weight", NN_MODULATE_NORM },
    { "attend.condition.bias", NN_MODULATE_NORM },
  };
  for (int set = 0; set <= ALL; set++)
    {
      check *c = check_open (build, set, NN_INFER, 1);
      guint n = 0;
      for (guint i = 0; i < G_N_ELEMENTS (wanted); i++)
        if (wanted[i].place == 0 || ((unsigned)set & wanted[i].place) != 0)
          cr_assert_str_eq (nn_params_nth (c->p, n++)->name, wanted[i].name);
      cr_assert_eq (nn_params_count (c->p), n);
      check_free (c);
    }
}

/* To a trained attention, with open gates, a place is added: still nothing changes. (A norm is not
 * without effect by itself; with its statistics as gain and shift it is, nearly.) */
Test (attend_with, added_to_a_trained_attention)
{
  for (int set = 0; set < 8; set++)
    for (unsigned add = NN_MODULATE_GATE; add <= NN_MODULATE_TOKEN; add <<= 1)
      {
        check *c = check_open (build, set, NN_INFER, 3), *more;
        if (((unsigned)set & add) != 0)
          {
            check_free (c);
            continue;
          }
        more = check_open (build, set | (int)add, NN_INFER, 3);
        begin (more);
        for (guint i = 0; i < nn_params_count (c->p); i++)
          {
            const nn_param *p = nn_params_nth (c->p, i);
            memcpy (check_param (more, p->name), p->value, p->count * sizeof (float));
          }
        for (int i = 0; i < 2; i++)
          memcpy (check_input (more, i), check_input (c, i),
                  check_count (c, c->input[i]) * sizeof (float));
        check_forward (c);
        check_forward (more);
        cr_assert_arr_eq (check_output (more), check_output (c),
                          check_count (c, c->y) * sizeof (float), "%u added to %d", add, set);
        check_free (c);
        check_free (more);
      }
}

/* Without language the question has no effect anywhere, and no gradient. */
Test (attend_with, ablation_silences_every_place)
{
  for (int set = 0; set <= ALL; set++)
    {
      check *c = check_open (build, set, NN_EXPLAIN, 2);
      size_t n = check_count (c, c->y);
      g_autofree float *first = NULL;
      nn_exec_ablate (c->e, NN_ABLATE_FILM);
      check_forward (c);
      first = g_memdup2 (check_output (c), n * sizeof (float));
      nn_seed_gradient (c->e, c->y, 0, 3, 1);
      nn_backward (c->e, c->y);
      for (int i = 0; i < 2 * D; i++)
        {
          cr_assert_eq (nn_grad (c->e, c->input[1])[i], 0);
          check_input (c, 1)[i] += 1;
        }
      check_forward (c);
      cr_assert_arr_eq (check_output (c), first, n * sizeof (float), "set %d", set);
      nn_exec_ablate (c->e, 0);
      check_forward (c);
      cr_assert ((memcmp (check_output (c), first, n * sizeof (float)) != 0) == (set != 0));
      check_free (c);
    }
}

/* ---- statistics of the norm --------------------------------------------------------------- */

Test (attend_with, running_statistics)
{
  for (int frozen = 0; frozen < 2; frozen++)
    {
      check *c = check_open (build, NN_MODULATE_NORM, NN_TRAIN, 3);
      float *mean = check_param (c, "attend.norm.mean"), before = mean[2], sum = 0;
      nn_exec_free (c->e);
      nn_params_freeze (c->p, "attend.norm", frozen);
      c->e = nn_exec_new (c->g, c->p, NN_TRAIN, 3, NULL);
      for (size_t i = 0; i < check_count (c, c->input[0]); i++)
        {
          check_input (c, 0)[i] = (float)check_random (c, 0, 1);
          sum += i % 8 == 2 ? check_input (c, 0)[i] : 0;
        }
      check_forward (c);
      cr_assert_float_eq (mean[2], frozen ? before : 0.9f * before + 0.1f * sum / 18, 1e-6);
      check_free (c);
    }
}
