/* Modulated self-attention. */
#include "tests/nets/check.h"

#include <math.h>
#include <string.h>

enum
{
  D = 6 /* width of the question */
};

static const struct
{
  int height, width, channels, heads, key;
} cases[] = { { 3, 5, 14, 2, 3 }, { 2, 3, 13, 1, 5 }, { 1, 1, 6, 3, 1 }, { 5, 7, 12, 4, 4 } };

static nn_node
build (check *c)
{
  int i = c->option;
  nn_node x = check_images (c, cases[i].height, cases[i].width, cases[i].channels);
  nn_node q = check_values (c, 1, D);
  return nn_attend (c->g, "attend", x, q, cases[i].heads, cases[i].key);
}

/* W q + b of one row; W (n,D), b NULL for none, q NULL for zeros. */
static double *
affine (const float *w, const float *b, const float *q, int n)
{
  double *y = g_new0 (double, n);
  for (int i = 0; i < n; i++)
    {
      y[i] = b != NULL ? b[i] : 0;
      for (int k = 0; q != NULL && k < D; k++)
        y[i] += (double)w[i * D + k] * q[k];
    }
  return y;
}

/* Probabilities (heads,P,P) of one row from its modulated queries and keys (P,K). */
static void
look (const double *query, const double *keys, int p, int heads, int key, double *a)
{
  int k = heads * key;
  for (int h = 0; h < heads; h++)
    for (int i = 0; i < p; i++)
      {
        double *row = a + (h * p + i) * p, sum = 0;
        for (int j = 0; j < p; j++)
          {
            double dot = 0;
            for (int l = 0; l < key; l++)
              dot += query[i * k + h * key + l] * keys[j * k + h * key + l];
            row[j] = exp (dot / sqrt (key));
            sum += row[j];
          }
        for (int j = 0; j < p; j++)
          row[j] /= sum;
      }
}

/* One row by the formula of nn.h: y (P,C) and a (heads,P,P). */
static void
reference (check *c, size_t r, gboolean heard, double *y, double *a)
{
  int i = c->option, p = cases[i].height * cases[i].width, n = cases[i].channels;
  int heads = cases[i].heads, k = heads * cases[i].key;
  const float *x = check_input (c, 0) + r * p * n, *q = check_input (c, 1) + r * D;
  g_autofree double *query
      = check_product (FALSE, TRUE, p, k, n, x, check_param (c, "attend.query.weight"));
  g_autofree double *keys
      = check_product (FALSE, TRUE, p, k, n, x, check_param (c, "attend.key.weight"));
  g_autofree double *value
      = check_product (FALSE, TRUE, p, n, n, x, check_param (c, "attend.value.weight"));
  g_autofree double *m = affine (check_param (c, "attend.modulate.weight"),
                                 check_param (c, "attend.modulate.bias"), q, 4 * k);
  g_autofree double *gate = affine (check_param (c, "attend.gate.weight"),
                                    check_param (c, "attend.gate.bias"), heard ? q : NULL, n);
  g_autofree double *mixed = g_new0 (double, p *n);
  const float *out = check_param (c, "attend.out.weight");

  for (int j = 0; heard && j < p * k; j++)
    {
      query[j] = (1 + m[j % k]) * query[j] + m[k + j % k];
      keys[j] = (1 + m[2 * k + j % k]) * keys[j] + m[3 * k + j % k];
    }
  look (query, keys, p, heads, cases[i].key, a);
  for (int at = 0; at < p; at++)
    for (int j = 0; j < n; j++)
      for (int from = 0; from < p; from++)
        mixed[at * n + j] += a[(j / (n / heads) * p + at) * p + from] * value[from * n + j];
  for (int at = 0; at < p; at++)
    for (int j = 0; j < n; j++)
      {
        double o = 0;
        for (int l = 0; l < n; l++)
          o += out[j * n + l] * mixed[at * n + l];
        y[at * n + j] = x[at * n + j] + tanh (gate[j]) * o;
      }
}

static void
compare (int option, nn_mode mode, unsigned ablation)
{
  check *c = check_open (build, option, mode, 3);
  int p = cases[option].height * cases[option].width, n = cases[option].channels;
  int heads = 0, positions = 0;
  size_t map = p * n, look_size = cases[option].heads * p * p;
  g_autofree double *y = g_new (double, 3 * map), *a = g_new (double, 3 * look_size);

  for (size_t r = 0; r < 3; r++)
    reference (c, r, ablation == 0, y + r * map, a + r * look_size);
  nn_exec_ablate (c->e, ablation);
  check_forward (c);
  check_same ("attend", check_output (c), y, 3 * map, 1e-5);
  const float *got = nn_attention (c->e, c->y, &heads, &positions);
  cr_assert_not_null (got);
  cr_assert_eq (heads, cases[option].heads);
  cr_assert_eq (positions, p);
  check_same ("attention", got, a, 3 * look_size, 1e-5);
  check_free (c);
}

Test (attend, forward)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    for (int mode = NN_TRAIN; mode <= NN_EXPLAIN; mode++)
      {
        compare (i, mode, 0);
        compare (i, mode, NN_ABLATE_FILM);
      }
}

Test (attend, ablated_attention_is_the_identity)
{
  check *c = check_open (build, 0, NN_INFER, 3);
  nn_exec_ablate (c->e, NN_ABLATE_ATTENTION);
  check_forward (c);
  cr_assert_arr_eq (check_output (c), check_input (c, 0), 3 * 15 * 14 * sizeof (float));
  check_free (c);
}

static void
silence (check *c, const char *name)
{
  nn_param *p = nn_params_find (c->p, name);
  memset (p->value, 0, p->count * sizeof (float));
}

/* As it is initialised, the block changes nothing, to the last bit. */
Test (attend, closed_gates_change_nothing)
{
  check *c = check_open (build, 0, NN_TRAIN, 3);
  silence (c, "attend.gate.weight");
  silence (c, "attend.gate.bias");
  check_forward (c);
  cr_assert_arr_eq (check_output (c), check_input (c, 0), 3 * 15 * 14 * sizeof (float));
  check_free (c);
}

Test (attend, starts_closed_and_unmodulated)
{
  const char *zeros[] = { "modulate.weight", "modulate.bias", "gate.weight", "gate.bias" };
  const char *others[] = { "query.weight", "key.weight", "value.weight", "out.weight" };
  check c = { .g = nn_graph_new () };
  build (&c);
  nn_params *params = nn_params_new ((const nn_graph *const[]){ c.g }, 1, 1, NULL);
  for (int i = 0; i < 4; i++)
    {
      g_autofree char *zero = g_strconcat ("attend.", zeros[i], NULL);
      g_autofree char *other = g_strconcat ("attend.", others[i], NULL);
      nn_param *z = nn_params_find (params, zero), *o = nn_params_find (params, other);
      for (size_t k = 0; k < z->count; k++)
        cr_assert_eq (z->value[k], 0, "%s", zero);
      cr_assert_neq (o->value[0], 0, "%s", other);
      cr_assert (o->flags & NN_PARAM_DECAY);
    }
  nn_params_free (params);
  nn_graph_free (c.g);
}

/* The gates must be able to open: their gradient is not zero although everything else's is. */
Test (attend, closed_gates_can_open)
{
  check *c = check_open (build, 0, NN_TRAIN, 3);
  silence (c, "attend.gate.weight");
  silence (c, "attend.gate.bias");
  check_forward (c);
  nn_seed_gradient (c->e, c->y, 1, 4, 1);
  nn_backward (c->e, c->y);
  cr_assert_neq (nn_params_find (c->p, "attend.gate.bias")->grad[4], 0);
  cr_assert_eq (nn_params_find (c->p, "attend.query.weight")->grad[0], 0);
  check_free (c);
}

Test (attend, gradients)
{
  check_gradients (build, 0, NN_TRAIN, 3);
  check_gradients (build, 1, NN_TRAIN, 2);
  check_gradients (build, 2, NN_TRAIN, 2);
  check_gradients (build, 1, NN_EXPLAIN, 3);
}

/* More (row, head) pairs than score gradients are held for at a time. */
static nn_node
build_many (check *c)
{
  nn_node x = check_images (c, 1, 2, 12), q = check_values (c, 1, D);
  return nn_attend (c->g, "attend", x, q, 12, 1);
}

Test (attend, gradients_of_many_heads)
{
  check_gradients (build_many, 0, NN_TRAIN, 6);
}

Test (attend, gradients_when_ablated)
{
  check_gradients_with (build, 1, NN_TRAIN, 2, NN_ABLATE_FILM, -1, 1);
  check_gradients_with (build, 1, NN_TRAIN, 2, NN_ABLATE_ATTENTION, -1, 1);
}

/* A score of hundreds must not overflow. */
Test (attend, large_scores_stay_finite)
{
  check *c = check_open (build, 0, NN_EXPLAIN, 3);
  for (size_t i = 0; i < check_count (c, c->input[0]); i++)
    check_input (c, 0)[i] *= 100;
  check_forward (c);
  nn_seed_gradient (c->e, c->y, 0, 0, 1);
  nn_backward (c->e, c->y);
  for (size_t i = 0; i < check_count (c, c->y); i++)
    cr_assert (isfinite (check_output (c)[i]) && isfinite (nn_grad (c->e, c->input[0])[i]));
  check_free (c);
}
