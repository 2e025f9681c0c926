/* Gated recurrent unit, against PyTorch's formula written out. */
#include "tests/nets/check.h"

#include <math.h>
#include <string.h>

enum
{
  D = 5,
  H = 13,
  T = 6
};

/* option: rows for each element of the batch */
static nn_node
build (check *c)
{
  nn_node ids = check_ids (c, c->option, T, 3);
  return nn_gru (c->g, "gru", nn_embed (c->g, "words", ids, 3, D), ids, H);
}

static double
sigmoid (double x)
{
  return 1 / (1 + exp (-x));
}

/* One row; W (3H,D), U (3H,H); x (T,D) */
static void
reference (check *c, const float *x, const int32_t *ids, double *h)
{
  const float *w = check_param (c, "gru.weight_ih"), *u = check_param (c, "gru.weight_hh");
  const float *b = check_param (c, "gru.bias_ih"), *d = check_param (c, "gru.bias_hh");
  memset (h, 0, H * sizeof *h);
  for (int t = 0; t < T; t++)
    {
      double in[3 * H], hidden[3 * H];
      if (ids[t] == 0)
        continue;
      for (int i = 0; i < 3 * H; i++)
        {
          in[i] = b[i];
          hidden[i] = d[i];
          for (int k = 0; k < D; k++)
            in[i] += (double)w[i * D + k] * x[t * D + k];
          for (int k = 0; k < H; k++)
            hidden[i] += u[i * H + k] * h[k];
        }
      for (int i = 0; i < H; i++)
        {
          double r = sigmoid (in[i] + hidden[i]), z = sigmoid (in[H + i] + hidden[H + i]);
          double n = tanh (in[2 * H + i] + r * hidden[2 * H + i]);
          h[i] = (1 - z) * n + z * h[i];
        }
    }
}

static void
compare (check *c, size_t rows)
{
  g_autofree double *want = g_new (double, rows *H);
  const float *table = check_param (c, "words.weight");
  for (size_t r = 0; r < rows; r++)
    {
      const int32_t *ids = check_input_ids (c, 0) + r * T;
      float x[T * D];
      for (int t = 0; t < T; t++)
        for (int k = 0; k < D; k++)
          x[t * D + k] = ids[t] == 0 ? 0 : table[ids[t] * D + k];
      reference (c, x, ids, want + r * H);
    }
  check_forward (c);
  check_same ("gru", check_output (c), want, rows * H, 1e-5);
}

Test (gru, forward)
{
  for (int per = 1; per <= 2; per++)
    {
      check *c = check_open (build, per, NN_INFER, 4);
      compare (c, 4 * per);
      check_free (c);
    }
}

/* Empty rows, padding at the front, in the middle and at the end. */
Test (gru, padding_keeps_the_state)
{
  const int32_t ids[4][T]
      = { { 0, 0, 0, 0, 0, 0 }, { 0, 0, 1, 2, 0, 0 }, { 1, 0, 2, 0, 0, 1 }, { 2, 1, 0, 0, 0, 0 } };
  check *c = check_open (build, 1, NN_INFER, 4);
  memcpy (check_input_ids (c, 0), ids, sizeof ids);
  compare (c, 4);
  for (int i = 0; i < H; i++)
    cr_assert_eq (check_output (c)[i], 0);
  memset (check_input_ids (c, 0), 0, sizeof ids);
  check_forward (c);
  for (int i = 0; i < 4 * H; i++)
    cr_assert_eq (check_output (c)[i], 0);
  check_free (c);
}

/* A row's result does not depend on how much padding follows it or what its neighbours hold. */
Test (gru, rows_do_not_meet)
{
  check *c = check_open (build, 1, NN_INFER, 3);
  float first[H];
  int32_t *ids = check_input_ids (c, 0);
  for (int t = 0; t < T; t++)
    ids[t] = t < 3 ? 1 + t % 2 : 0;
  check_forward (c);
  memcpy (first, check_output (c), sizeof first);
  for (int i = T; i < 3 * T; i++)
    ids[i] = (ids[i] + 1) % 3;
  for (int t = 0; t < T; t++)
    ids[t] = t < 3 ? 0 : 1 + (t - 3) % 2;
  check_forward (c);
  for (int i = 0; i < H; i++)
    cr_assert_float_eq (check_output (c)[i], first[i], 1e-6);
  check_free (c);
}

Test (gru, gradients)
{
  check_gradients (build, 1, NN_TRAIN, 4);
  check_gradients (build, 2, NN_TRAIN, 3);
}
