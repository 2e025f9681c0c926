/* Linear, embedding, FiLM, matrix products. */
#include "nets/core/kern.h"
#include "tests/nets/check.h"

#include <string.h>

/* ---- nn_sgemm ----------------------------------------------------------------------------- */

static void
compare_product (check *c, gboolean ta, gboolean tb, size_t m, size_t n, size_t k, float alpha,
                 float beta)
{
  g_autofree float *a = g_new (float, m *k), *b = g_new (float, k *n), *y = g_new (float, m *n);
  g_autofree double *want = NULL;
  g_autofree char *what = g_strdup_printf ("%d %d %zux%zux%zu", ta, tb, m, n, k);

  for (size_t i = 0; i < m * k; i++)
    a[i] = (float)check_random (c, -1, 1);
  for (size_t i = 0; i < k * n; i++)
    b[i] = (float)check_random (c, -1, 1);
  want = check_product (ta, tb, m, n, k, a, b);
  for (size_t i = 0; i < m * n; i++)
    {
      y[i] = (float)check_random (c, -1, 1);
      want[i] = alpha * want[i] + beta * y[i];
    }
  nn_sgemm (ta, tb, m, n, k, alpha, a, ta ? m : k, b, tb ? k : n, beta, y, n);
  check_same (what, y, want, m * n, 1e-5);
}

Test (sgemm, all_transpositions_and_odd_sizes)
{
  check c = { .state = 3 };
  const size_t size[][3] = { { 1, 1, 1 },   { 3, 5, 7 },    { 13, 1, 31 }, { 1, 29, 64 },
                             { 65, 17, 2 }, { 36, 36, 40 }, { 70, 90, 33 } };
  for (int t = 0; t < 4; t++)
    for (size_t i = 0; i < G_N_ELEMENTS (size); i++)
      {
        compare_product (&c, t & 1, t >> 1, size[i][0], size[i][1], size[i][2], 1, 0);
        compare_product (&c, t & 1, t >> 1, size[i][0], size[i][1], size[i][2], 0.5f, 1);
      }
}

/* Columns of wider matrices, from inside a parallel region, as attention calls it. */
Test (sgemm, strides_and_parallel_region)
{
  enum
  {
    ITEMS = 6,
    M = 9,
    N = 5,
    K = 4,
    WIDE = 11
  };
  static float a[ITEMS][M * WIDE], b[ITEMS][N * WIDE], y[ITEMS][M * WIDE];
  check c = { .state = 4 };
  for (int i = 0; i < ITEMS; i++)
    for (int j = 0; j < M * WIDE; j++)
      {
        a[i][j] = (float)check_random (&c, -1, 1);
        b[i][j % (N * WIDE)] = (float)check_random (&c, -1, 1);
        y[i][j] = 77;
      }
#pragma omp parallel for num_threads(2)
  for (int i = 0; i < ITEMS; i++)
    nn_sgemm (FALSE, TRUE, M, N, K, 2, a[i] + 3, WIDE, b[i] + 2, WIDE, 0, y[i] + 1, WIDE);
  for (int i = 0; i < ITEMS; i++)
    for (int r = 0; r < M; r++)
      for (int j = 0; j < WIDE; j++)
        {
          double want = 77;
          if (j >= 1 && j < 1 + N)
            {
              want = 0;
              for (int k = 0; k < K; k++)
                want += 2.0 * a[i][r * WIDE + 3 + k] * b[i][(j - 1) * WIDE + 2 + k];
            }
          cr_assert_float_eq (y[i][r * WIDE + j], want, 1e-5, "item %d row %d column %d", i, r, j);
        }
}

/* ---- linear ------------------------------------------------------------------------------- */

/* option: 0 a vector, 1 a map, 2 several rows for one element */
static nn_node
build_linear (check *c)
{
  nn_node x = c->option == 1   ? check_images (c, 5, 7, 13)
              : c->option == 2 ? check_values (c, 4, 13)
                               : check_values (c, 1, 13);
  return nn_linear (c->g, "layer", x, 6);
}

Test (linear, forward)
{
  for (int option = 0; option < 3; option++)
    {
      check *c = check_open (build_linear, option, NN_INFER, 3);
      size_t m = check_count (c, c->input[0]) / 13;
      g_autofree double *want = check_product (FALSE, TRUE, m, 6, 13, check_input (c, 0),
                                               check_param (c, "layer.weight"));
      for (size_t i = 0; i < m * 6; i++)
        want[i] += check_param (c, "layer.bias")[i % 6];
      check_forward (c);
      cr_assert_eq (check_count (c, c->y), m * 6);
      check_same ("linear", check_output (c), want, m * 6, 1e-5);
      check_free (c);
    }
}

Test (linear, gradients)
{
  for (int option = 0; option < 3; option++)
    check_gradients (build_linear, option, NN_TRAIN, 3);
  check_gradients (build_linear, 1, NN_EXPLAIN, 2);
}

Test (linear, zero_starts_at_zero)
{
  nn_graph *g = nn_graph_new ();
  nn_linear_zero (g, "modulation", nn_values (g, "x", 1, 4), 8);
  nn_params *p = nn_params_new ((const nn_graph *const[]){ g }, 1, 1, NULL);
  nn_param *w = nn_params_find (p, "modulation.weight");
  for (size_t i = 0; i < w->count; i++)
    cr_assert_eq (w->value[i], 0);
  cr_assert (w->flags & NN_PARAM_DECAY);
  cr_assert_not (nn_params_find (p, "modulation.bias")->flags & NN_PARAM_DECAY);
  nn_params_free (p);
  nn_graph_free (g);
}

/* Two layers one after the other: the first one's gradient passes through the second. */
static nn_node
build_two (check *c)
{
  nn_node x = nn_relu (c->g, nn_linear (c->g, "one", check_values (c, 1, 9), 8));
  return nn_add (c->g, nn_linear (c->g, "two", x, 8), x);
}

Test (linear, gradients_of_a_chain_with_two_readers)
{
  check_gradients (build_two, 0, NN_TRAIN, 5);
}

/* ---- embedding ---------------------------------------------------------------------------- */

static nn_node
build_embed (check *c)
{
  return nn_embed (c->g, "words", check_ids (c, 2, 6, 11), 11, 70);
}

Test (embed, forward_and_unknown_ids)
{
  check *c = check_open (build_embed, 0, NN_INFER, 3);
  const float *table = check_param (c, "words.weight");
  int32_t *ids = check_input_ids (c, 0);
  ids[3] = 0;
  ids[4] = 11;
  ids[5] = -2;
  ids[6] = G_MAXINT32;
  check_forward (c);
  for (size_t i = 0; i < 3 * 2 * 6; i++)
    for (int j = 0; j < 70; j++)
      {
        float want = ids[i] > 0 && ids[i] < 11 ? table[ids[i] * 70 + j] : 0;
        cr_assert_eq (check_output (c)[i * 70 + j], want, "token %zu", i);
      }
  check_free (c);
}

Test (embed, gradients)
{
  check_gradients (build_embed, 0, NN_TRAIN, 2);
}

/* The padding row gets no gradient, and a word that is not there none either. */
Test (embed, padding_has_no_gradient)
{
  check *c = check_open (build_embed, 0, NN_TRAIN, 1);
  int32_t *ids = check_input_ids (c, 0);
  for (int i = 0; i < 12; i++)
    ids[i] = i < 4 ? 3 : 0;
  ids[11] = 99;
  check_forward (c);
  nn_seed_gradient (c->e, c->y, 0, 0, 1);
  nn_backward (c->e, c->y);
  const nn_param *p = nn_params_find (c->p, "words.weight");
  for (size_t i = 0; i < p->count; i++)
    cr_assert_eq (p->grad[i], i == 3 * 70 ? 1 : 0, "element %zu", i);
  check_free (c);
}

/* ---- FiLM --------------------------------------------------------------------------------- */

static nn_node
build_film (check *c)
{
  nn_node x = c->option == 1 ? check_values (c, 2, 13) : check_images (c, 5, 7, 13);
  nn_node m = check_values (c, c->option == 1 ? 2 : 1, 26);
  return nn_film (c->g, x, m);
}

Test (film, forward)
{
  for (int option = 0; option < 2; option++)
    {
      check *c = check_open (build_film, option, NN_INFER, 3);
      size_t n = check_count (c, c->y), row = option == 1 ? 13 : 5 * 7 * 13;
      g_autofree double *want = g_new (double, n);
      const float *x = check_input (c, 0), *m = check_input (c, 1);
      for (size_t i = 0; i < n; i++)
        {
          size_t r = i / row, k = i % 13;
          want[i] = (1.0 + m[r * 26 + k]) * x[i] + m[r * 26 + 13 + k];
        }
      check_forward (c);
      check_same ("film", check_output (c), want, n, 1e-5);
      nn_exec_ablate (c->e, NN_ABLATE_FILM);
      check_forward (c);
      cr_assert_arr_eq (check_output (c), x, n * sizeof (float), "ablated film changes its input");
      check_free (c);
    }
}

Test (film, bfloat16)
{
  check_half (build_film, 0, 3, 0.01);
  check_half (build_film, 1, 3, 1e-6);
}

Test (film, gradients)
{
  check_gradients (build_film, 0, NN_TRAIN, 3);
  check_gradients (build_film, 1, NN_EXPLAIN, 3);
  check_gradients_with (build_film, 0, NN_EXPLAIN, 2, NN_ABLATE_FILM, -1, 1);
}
