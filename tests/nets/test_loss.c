/* Softmax cross-entropy with soft targets. */
#include "tests/nets/check.h"

#include <math.h>
#include <string.h>

enum
{
  A = 13
};

static nn_node
build (check *c)
{
  nn_node logits = check_values (c, 2, A), targets = check_values (c, 2, A);
  return nn_cross_entropy (c->g, logits, targets);
}

/* Targets as VQA has them: a few answers with scores, that need not sum to 1. */
static void
set_targets (check *c)
{
  float *t = check_input (c, 1);
  memset (t, 0, check_count (c, c->input[1]) * sizeof (float));
  for (size_t r = 0; r < nn_rows (c->e, c->input[1]); r++)
    if (r != 1)
      {
        t[r * A + r % A] = 0.6f;
        t[r * A + (3 * r + 5) % A] += 0.3f;
      }
}

static double
reference (check *c)
{
  size_t rows = nn_rows (c->e, c->input[0]), counted = 0;
  double loss = 0;
  for (size_t r = 0; r < rows; r++)
    {
      const float *x = check_input (c, 0) + r * A, *t = check_input (c, 1) + r * A;
      double largest = x[0], sum = 0, target = 0;
      for (int i = 0; i < A; i++)
        largest = MAX (largest, x[i]);
      for (int i = 0; i < A; i++)
        sum += exp (x[i] - largest);
      for (int i = 0; i < A; i++)
        {
          loss -= t[i] * (x[i] - largest - log (sum));
          target += t[i];
        }
      counted += target > 0;
    }
  return loss / (double)MAX (counted, 1);
}

Test (loss, forward)
{
  const double scales[] = { 1, 30, 1000 };
  for (int k = 0; k < 3; k++)
    {
      check *c = check_open (build, 0, NN_INFER, 3);
      set_targets (c);
      for (size_t i = 0; i < check_count (c, c->input[0]); i++)
        check_input (c, 0)[i] *= (float)scales[k];
      double want = reference (c);
      check_forward (c);
      cr_assert_eq (check_count (c, c->y), 1);
      check_same ("cross_entropy", check_output (c), &want, 1, 1e-5);
      check_free (c);
    }
}

Test (loss, hand_computed)
{
  /* two equal logits among very small ones: -log (1/2) */
  check *c = check_open (build, 0, NN_INFER, 1);
  float *x = check_input (c, 0), *t = check_input (c, 1);
  for (int i = 0; i < 2 * A; i++)
    {
      x[i] = -200;
      t[i] = 0;
    }
  x[3] = x[4] = 50;
  t[3] = 1;
  check_forward (c);
  cr_assert_float_eq (check_output (c)[0], 0.693147f, 1e-5);
  check_free (c);
}

/* (softmax * sum of targets - target) / rows that count; rows of zeros get nothing. */
Test (loss, gradient_by_formula)
{
  check *c = check_open (build, 0, NN_TRAIN, 3);
  set_targets (c);
  double want[6 * A];
  for (int r = 0; r < 6; r++)
    {
      const float *x = check_input (c, 0) + r * A, *t = check_input (c, 1) + r * A;
      double sum = 0, target = 0;
      for (int i = 0; i < A; i++)
        {
          sum += exp (x[i]);
          target += t[i];
        }
      for (int i = 0; i < A; i++)
        want[r * A + i] = (exp (x[i]) / sum * target - t[i]) / 5;
    }
  check_forward (c);
  nn_backward (c->e, c->y);
  check_same ("gradient", nn_grad (c->e, c->input[0]), want, 6 * A, 1e-5);
  for (int i = 0; i < A; i++)
    cr_assert_eq (nn_grad (c->e, c->input[0])[A + i], 0, "a row of zeros has a gradient");
  check_free (c);
}

Test (loss, gradients_of_logits_and_targets)
{
  check_gradients_with (build, 0, NN_TRAIN, 3, 0, 0.1, 2);
}

static nn_node
build_sum (check *c)
{
  nn_node targets = check_values (c, 1, A);
  nn_node one = nn_cross_entropy (c->g, check_values (c, 1, A), targets);
  nn_node two = nn_cross_entropy (c->g, check_values (c, 1, A), targets);
  return nn_add (c->g, one, two);
}

/* Two losses are added, as an answer's and a blind answer's. */
Test (loss, sum_of_two)
{
  check_gradients_with (build_sum, 0, NN_TRAIN, 3, 0, 0.1, 1);
}

Test (loss, no_target_at_all_is_zero)
{
  check *c = check_open (build, 0, NN_TRAIN, 2);
  memset (check_input (c, 1), 0, check_count (c, c->input[1]) * sizeof (float));
  check_forward (c);
  nn_backward (c->e, c->y);
  cr_assert_eq (check_output (c)[0], 0);
  for (size_t i = 0; i < check_count (c, c->input[0]); i++)
    cr_assert_eq (nn_grad (c->e, c->input[0])[i], 0);
  check_free (c);
}

Test (loss, what_is_not_a_number_is_not_hidden)
{
  check *c = check_open (build, 0, NN_TRAIN, 2);
  check_input (c, 0)[5] = NAN;
  check_forward (c);
  cr_assert (isnan (check_output (c)[0]));
  check_free (c);
}
