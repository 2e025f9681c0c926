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

/* All states. */
static nn_node
build_sequence (check *c)
{
  nn_node ids = check_ids (c, c->option, T, 3);
  return nn_gru_sequence (c->g, "gru", nn_embed (c->g, "words", ids, 3, D), ids, H);
}

static double
sigmoid (double x)
{
  return 1 / (1 + exp (-x));
}

/* One row; W (3H,D), U (3H,H); x (T,D). The last state, and all of them (T,H) unless NULL. */
static void
reference (check *c, const float *x, const int32_t *ids, double *h, double *all)
{
  const float *w = check_param (c, "gru.weight_ih"), *u = check_param (c, "gru.weight_hh");
  const float *b = check_param (c, "gru.bias_ih"), *d = check_param (c, "gru.bias_hh");
  memset (h, 0, H * sizeof *h);
  for (int t = 0; t < T; t++)
    {
      double in[3 * H], hidden[3 * H];
      for (int i = 0; i < 3 * H; i++)
        {
          in[i] = b[i];
          hidden[i] = d[i];
          for (int k = 0; k < D; k++)
            in[i] += (double)w[i * D + k] * x[t * D + k];
          for (int k = 0; k < H; k++)
            hidden[i] += u[i * H + k] * h[k];
        }
      for (int i = 0; i < H && ids[t] != 0; i++)
        {
          double r = sigmoid (in[i] + hidden[i]), z = sigmoid (in[H + i] + hidden[H + i]);
          double n = tanh (in[2 * H + i] + r * hidden[2 * H + i]);
          h[i] = (1 - z) * n + z * h[i];
        }
      if (all != NULL)
        memcpy (all + t * H, h, H * sizeof *h);
    }
}

static void
compare (check *c, size_t rows)
{
  gboolean sequence = nn_node_shape (c->g, c->y).rank == 2;
  size_t each = sequence ? T * H : H;
  g_autofree double *want = g_new (double, rows *each);
  const float *table = check_param (c, "words.weight");
  for (size_t r = 0; r < rows; r++)
    {
      const int32_t *ids = check_input_ids (c, 0) + r * T;
      float x[T * D];
      for (int t = 0; t < T; t++)
        for (int k = 0; k < D; k++)
          x[t * D + k] = ids[t] == 0 ? 0 : table[ids[t] * D + k];
      double last[H];
      reference (c, x, ids, last, sequence ? want + r * each : NULL);
      if (!sequence)
        memcpy (want + r * each, last, sizeof last);
    }
  check_forward (c);
  check_same ("gru", check_output (c), want, rows * each, 1e-5);
}

Test (gru, forward)
{
  for (int per = 1; per <= 2; per++)
    {
      check *c = check_open (build, per, NN_INFER, 4);
      compare (c, 4 * per);
      check_free (c);
      c = check_open (build_sequence, per, NN_INFER, 4);
      compare (c, 4 * per);
      check_free (c);
    }
}

/* Empty rows, padding at the front, in the middle and at the end. */
Test (gru, padding_keeps_the_state)
{
  const int32_t ids[4][T]
      = { { 0, 0, 0, 0, 0, 0 }, { 0, 0, 1, 2, 0, 0 }, { 1, 0, 2, 0, 0, 1 }, { 2, 1, 0, 0, 0, 0 } };
  for (int sequence = 0; sequence < 2; sequence++)
    {
      check *c = check_open (sequence ? build_sequence : build, 1, NN_INFER, 4);
      memcpy (check_input_ids (c, 0), ids, sizeof ids);
      compare (c, 4);
      for (int i = 0; i < H; i++)
        cr_assert_eq (check_output (c)[i], 0);
      memset (check_input_ids (c, 0), 0, sizeof ids);
      check_forward (c);
      for (size_t i = 0; i < check_count (c, c->y); i++)
        cr_assert_eq (check_output (c)[i], 0);
      check_free (c);
    }
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

Test (gru, gradients_of_all_states)
{
  check_gradients (build_sequence, 1, NN_TRAIN, 4);
  check_gradients (build_sequence, 2, NN_TRAIN, 3);
}

/* Rows of nothing but padding: no gradient, and none that is not a number. */
static nn_node
build_kept_words (check *c)
{
  nn_node ids = check_ids (c, 1, T, 3);
  nn_node x = c->input[3] = nn_keep (c->g, nn_embed (c->g, "words", ids, 3, D));
  return c->option == 0 ? nn_gru (c->g, "gru", x, ids, H)
                        : nn_gru_sequence (c->g, "gru", x, ids, H);
}

Test (gru, rows_of_padding_have_no_gradient)
{
  for (int option = 0; option < 2; option++)
    {
      check *c = check_open (build_kept_words, option, NN_TRAIN, 2);
      for (int all = 0; all < 2; all++)
        {
          for (int i = 0; i < 2 * T; i++)
            check_input_ids (c, 0)[i] = i < T || all ? 0 : 1 + i % 2;
          check_forward (c);
          nn_seed_gradient (c->e, c->y, all ? 0 : 1, H - 1, 1);
          nn_backward (c->e, c->y);
          const float *dx = nn_grad (c->e, c->input[3]);
          double second = 0;
          for (int i = 0; i < T * D; i++)
            {
              cr_assert_eq (dx[i], 0);
              second += fabs (dx[T * D + i]);
            }
          cr_assert (all ? second == 0 : second > 0 && isfinite (second));
        }
      check_free (c);
    }
}

/* ---- several layers ----------------------------------------------------------------------- */

/* option: layers */
static nn_node
build_layers (check *c)
{
  nn_node ids = check_ids (c, 1, T, 4);
  return nn_gru_layers (c->g, "gru", nn_embed (c->g, "words", ids, 4, D), ids, 7, c->option);
}

/* The same by hand: every layer reads all states of the one before. */
static nn_node
build_stacked (check *c)
{
  nn_node ids = check_ids (c, 1, T, 4), x = nn_embed (c->g, "words", ids, 4, D);
  for (int i = 0; i < c->option; i++)
    {
      g_autofree char *name = g_strdup_printf ("gru.%d", i);
      x = i < c->option - 1 ? nn_gru_sequence (c->g, name, x, ids, 7)
                            : nn_gru (c->g, name, x, ids, 7);
    }
  return x;
}

Test (gru, layers_are_stacked)
{
  for (int layers = 1; layers <= 3; layers++)
    {
      check *a = check_open (build_layers, layers, NN_INFER, 5);
      check *b = check_open (build_stacked, layers, NN_INFER, 5);
      cr_assert_eq (nn_params_count (a->p), 1 + 4 * layers);
      check_param (a, layers == 1 ? "gru.0.weight_ih" : "gru.1.bias_hh");
      check_forward (a);
      check_forward (b);
      cr_assert_arr_eq (check_output (a), check_output (b), 5 * 7 * sizeof (float));
      check_free (a);
      check_free (b);
    }
}

Test (gru, gradients_of_layers)
{
  for (int layers = 1; layers <= 3; layers++)
    check_gradients (build_layers, layers, NN_TRAIN, 4);
}
