/* Attention pooling over a sequence of states, against its formula written out. */
#include "tests/nets/check.h"

#include <math.h>
#include <string.h>

enum
{
  D = 5,
  T = 6,
  HEADS = 3
};

/* option: rows for each element of the batch */
static nn_node
build (check *c)
{
  nn_node ids = check_ids (c, c->option, T, 4);
  nn_node x = c->input[3] = nn_keep (c->g, nn_embed (c->g, "words", ids, 4, D));
  return nn_read (c->g, "read", x, ids, HEADS);
}

/* States that are not zero where there is only padding. */
static nn_node
build_states (check *c)
{
  nn_node ids = check_ids (c, c->option, T, 3);
  nn_node x = nn_gru_sequence (c->g, "gru", nn_embed (c->g, "words", ids, 3, D), ids, D);
  c->input[3] = nn_keep (c->g, x);
  return nn_read (c->g, "read", x, ids, HEADS);
}

/* One row: x (T,D), ids (T) -> want (HEADS,D). */
static void
reference (const float *x, const int32_t *ids, const float *query, double *want)
{
  memset (want, 0, HEADS * D * sizeof *want);
  for (int h = 0; h < HEADS; h++)
    {
      double weight[T], sum = 0;
      for (int t = 0; t < T; t++)
        {
          double score = 0;
          for (int i = 0; i < D; i++)
            score += (double)x[t * D + i] * query[h * D + i];
          weight[t] = ids[t] != 0 ? exp (score) : 0;
          sum += weight[t];
        }
      for (int t = 0; t < T && sum > 0; t++)
        for (int i = 0; i < D; i++)
          want[h * D + i] += weight[t] / sum * x[t * D + i];
    }
}

static void
compare (check *c, size_t rows)
{
  g_autofree double *want = g_new (double, rows *HEADS *D);

  check_forward (c);
  for (size_t r = 0; r < rows; r++)
    reference (nn_data (c->e, c->input[3]) + r * T * D, check_input_ids (c, 0) + r * T,
               check_param (c, "read.query"), want + r * HEADS * D);
  check_same ("read", check_output (c), want, rows * HEADS * D, 1e-5);
}

Test (read, forward)
{
  for (int per = 1; per <= 2; per++)
    {
      check *c = check_open (build, per, NN_INFER, 4);
      compare (c, 4 * per);
      check_free (c);
      c = check_open (build_states, per, NN_INFER, 4);
      compare (c, 4 * per);
      check_free (c);
    }
}

/* Empty rows, padding at the front, in the middle and at the end. */
Test (read, padding_is_not_read)
{
  const int32_t ids[4][T]
      = { { 0, 0, 0, 0, 0, 0 }, { 0, 0, 1, 2, 0, 0 }, { 1, 0, 2, 0, 0, 1 }, { 2, 1, 0, 0, 0, 0 } };
  check *c = check_open (build_states, 1, NN_INFER, 4);

  memcpy (check_input_ids (c, 0), ids, sizeof ids);
  compare (c, 4);
  for (int i = 0; i < HEADS * D; i++)
    cr_assert_eq (check_output (c)[i], 0);
  check_free (c);
}

/* Products far beyond the range of exp. */
Test (read, large_products)
{
  check *c = check_open (build, 1, NN_INFER, 2);
  float *query = check_param (c, "read.query"), *table = check_param (c, "words.weight");

  for (int i = 0; i < HEADS * D; i++)
    query[i] *= 1000;
  for (int i = 0; i < 2 * T; i++)
    check_input_ids (c, 0)[i] = 1 + i % 3;
  nn_params_changed (c->p);
  check_forward (c);
  for (int h = 0; h < HEADS; h++)
    {
      int best = 1;
      double most = -INFINITY;
      for (int word = 1; word < 4; word++)
        {
          double score = 0;
          for (int i = 0; i < D; i++)
            score += (double)table[word * D + i] * query[h * D + i];
          best = score > most ? word : best;
          most = MAX (most, score);
        }
      for (int i = 0; i < D; i++)
        cr_assert_float_eq (check_output (c)[h * D + i], table[best * D + i], 1e-4);
    }
  check_free (c);
}

Test (read, gradients)
{
  check_gradients (build, 1, NN_TRAIN, 4);
  check_gradients (build, 2, NN_TRAIN, 3);
  check_gradients (build_states, 2, NN_TRAIN, 3);
}

Test (read, rows_of_padding_have_no_gradient)
{
  check *c = check_open (build, 1, NN_TRAIN, 2);
  const float *dx;
  double second = 0;

  for (int i = 0; i < 2 * T; i++)
    check_input_ids (c, 0)[i] = i < T ? 0 : 1 + i % 3;
  check_forward (c);
  nn_seed_gradient (c->e, c->y, 0, D - 1, 1);
  nn_seed_gradient (c->e, c->y, 1, D - 1, 1);
  nn_backward (c->e, c->y);
  dx = nn_grad (c->e, c->input[3]);
  for (int i = 0; i < T * D; i++)
    {
      cr_assert_eq (dx[i], 0);
      second += fabs (dx[T * D + i]);
    }
  cr_assert (second > 0 && isfinite (second));
  check_free (c);
}
