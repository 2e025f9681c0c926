/* relu, relu6, add, mul, stop, dropout, repeat, coords. */
#include "tests/nets/check.h"

#include <math.h>
#include <string.h>

enum
{
  RELU,
  RELU6,
  ADD,
  ADD_SELF,
  MUL,
  MUL_SELF,
  REPEAT,
  COORDS,
  N_KINDS
};

/* Behind a product, so that in-place operations get an input they may overwrite. */
static nn_node
build (check *c)
{
  nn_node a = check_images (c, 5, 7, 13), b = check_images (c, 5, 7, 13);
  nn_node x = nn_mul (c->g, a, b);
  switch (c->option)
    {
    case RELU:
      return nn_relu (c->g, x);
    case RELU6:
      return nn_relu6 (c->g, x);
    case ADD:
      return nn_add (c->g, x, b);
    case ADD_SELF:
      return nn_add (c->g, x, x);
    case MUL:
      return nn_mul (c->g, b, x);
    case MUL_SELF:
      return nn_mul (c->g, x, x);
    case REPEAT:
      return nn_repeat (c->g, x, 3);
    default:
      return nn_coords (c->g, x);
    }
}

static double
reference (int kind, double a, double b)
{
  double x = a * b;
  switch (kind)
    {
    case RELU:
      return MAX (x, 0);
    case RELU6:
      return CLAMP (x, 0, 6);
    case ADD:
      return x + b;
    case ADD_SELF:
      return 2 * x;
    case MUL:
      return b * x;
    default:
      return x * x;
    }
}

Test (point, forward)
{
  for (int kind = RELU; kind <= MUL_SELF; kind++)
    {
      check *c = check_open (build, kind, NN_INFER, 3);
      size_t n = check_count (c, c->y);
      float *a = check_input (c, 0), *b = check_input (c, 1);
      g_autofree double *want = g_new (double, n);
      for (size_t i = 0; i < n; i++)
        {
          a[i] *= 8; /* beyond relu6's top */
          want[i] = reference (kind, a[i], b[i]);
        }
      check_forward (c);
      check_same ("pointwise", check_output (c), want, n, 1e-6);
      check_free (c);
    }
}

Test (point, gradients)
{
  for (int kind = 0; kind < N_KINDS; kind++)
    {
      check_gradients_with (build, kind, NN_TRAIN, 2, 0, -3, 3);
      check_gradients (build, kind, NN_EXPLAIN, 1);
    }
}

Test (point, bfloat16)
{
  for (int kind = 0; kind < N_KINDS; kind++)
    check_half (build, kind, 3, 0.02);
}

Test (point, relu_keeps_what_is_not_a_number)
{
  check *c = check_open (build, RELU, NN_INFER, 1);
  check_input (c, 0)[4] = NAN;
  check_input (c, 0)[5] = INFINITY;
  check_input (c, 1)[5] = 1;
  check_forward (c);
  cr_assert (isnan (check_output (c)[4]));
  cr_assert (isinf (check_output (c)[5]));
  check_free (c);
}

Test (point, repeat_each_row)
{
  check *c = check_open (build, REPEAT, NN_INFER, 2);
  const size_t row = 5 * 7 * 13;
  cr_assert_eq (nn_rows (c->e, c->y), 6);
  check_forward (c);
  for (size_t i = 0; i < 6 * row; i++)
    {
      size_t from = i / row / 3 * row + i % row;
      float want = check_input (c, 0)[from] * check_input (c, 1)[from];
      cr_assert_eq (check_output (c)[i], want, "element %zu", i);
    }
  check_free (c);
}

static nn_node
build_repeat_ids (check *c)
{
  return nn_repeat (c->g, check_ids (c, 1, 5, 100), 2);
}

Test (point, repeat_ids)
{
  check *c = check_open (build_repeat_ids, 0, NN_INFER, 3);
  check_forward (c);
  for (int i = 0; i < 3 * 2 * 5; i++)
    cr_assert_eq (nn_ids (c->e, c->y)[i], check_input_ids (c, 0)[i / 10 * 5 + i % 5]);
  check_free (c);
}

Test (point, coords_run_from_minus_one_to_one)
{
  check *c = check_open (build, COORDS, NN_INFER, 2);
  check_forward (c);
  const float *y = check_output (c);
  for (int r = 0; r < 2; r++)
    for (int i = 0; i < 5; i++)
      for (int j = 0; j < 7; j++, y += 15)
        {
          size_t at = ((r * 5 + i) * 7 + j) * 13;
          for (int k = 0; k < 13; k++)
            cr_assert_eq (y[k], check_input (c, 0)[at + k] * check_input (c, 1)[at + k]);
          cr_assert_float_eq (y[13], -1 + j / 3.0, 1e-6);
          cr_assert_float_eq (y[14], -1 + i / 2.0, 1e-6);
        }
  check_free (c);
}

static nn_node
build_single_cell (check *c)
{
  return nn_coords (c->g, check_images (c, 1, 1, 2));
}

Test (point, coords_of_one_cell_are_zero)
{
  check *c = check_open (build_single_cell, 0, NN_INFER, 1);
  check_forward (c);
  cr_assert_eq (check_output (c)[2], 0);
  cr_assert_eq (check_output (c)[3], 0);
  check_free (c);
}

/* ---- stop --------------------------------------------------------------------------------- */

static nn_node
build_stop (check *c)
{
  nn_node a = check_values (c, 1, 13), x = nn_mul (c->g, a, a);
  return nn_add (c->g, nn_stop (c->g, x), a);
}

/* d (stop (a^2) + a) = 1: nothing comes through the stopped branch. */
Test (point, stop_lets_no_gradient_back)
{
  check *c = check_open (build_stop, 0, NN_EXPLAIN, 2);
  check_forward (c);
  for (int i = 0; i < 26; i++)
    {
      float a = check_input (c, 0)[i];
      cr_assert_float_eq (check_output (c)[i], a * a + a, 1e-6);
    }
  for (size_t i = 0; i < 26; i++)
    {
      nn_seed_gradient (c->e, c->y, i / 13, i % 13, 1);
      nn_backward (c->e, c->y);
      for (size_t k = 0; k < 26; k++)
        cr_assert_eq (nn_grad (c->e, c->input[0])[k], i == k ? 1 : 0);
    }
  check_free (c);
}

/* ---- dropout ------------------------------------------------------------------------------ */

static nn_node
build_dropout (check *c)
{
  nn_node a = check_images (c, 40, 50, 13);
  return nn_dropout (c->g, nn_add (c->g, a, a), 0.25f);
}

static nn_node
build_small_dropout (check *c)
{
  nn_node a = check_images (c, 5, 7, 13);
  return nn_dropout (c->g, nn_add (c->g, a, a), 0.25f);
}

/* Each element is 0 or 2 x / 0.75; returns the share of zeros. */
static double
dropped (check *c)
{
  size_t n = check_count (c, c->y), zeros = 0;
  for (size_t i = 0; i < n; i++)
    {
      double x = check_input (c, 0)[i], y = check_output (c)[i];
      if (y == 0 && x != 0)
        zeros++;
      else
        cr_assert_float_eq (y, 2 * x / 0.75, 1e-5, "element %zu", i);
    }
  return (double)zeros / (double)n;
}

Test (dropout, drops_its_rate_and_scales_the_rest)
{
  check *c = check_open (build_dropout, 0, NN_TRAIN, 3);
  size_t n = check_count (c, c->y), differ = 0;
  check_forward (c);
  cr_assert_float_eq (dropped (c), 0.25, 0.01);
  g_autofree float *first = g_memdup2 (check_output (c), n * sizeof (float));
  check_forward (c);
  cr_assert_arr_eq (check_output (c), first, n * sizeof (float), "same seed and step, other mask");
  nn_exec_seed (c->e, 5, 2);
  check_forward (c);
  for (size_t i = 0; i < n; i++)
    differ += (check_output (c)[i] == 0) != (first[i] == 0);
  /* two independent masks differ in 2 * 0.25 * 0.75 of the elements */
  cr_assert_float_eq ((double)differ / (double)n, 0.375, 0.015);
  check_free (c);
}

Test (dropout, is_the_identity_outside_training)
{
  for (int mode = NN_INFER; mode <= NN_EXPLAIN; mode++)
    {
      check *c = check_open (build_dropout, 0, mode, 1);
      check_forward (c);
      for (size_t i = 0; i < check_count (c, c->y); i++)
        cr_assert_eq (check_output (c)[i], 2 * check_input (c, 0)[i]);
      check_free (c);
    }
}

Test (dropout, bfloat16)
{
  check_half (build_dropout, 30, 3, 0.01);
}

Test (dropout, gradients)
{
  check_gradients (build_small_dropout, 0, NN_TRAIN, 2);
  check_gradients (build_small_dropout, 0, NN_EXPLAIN, 2);
}

/* Rows of their own, of ranks 1 to 3. */
static nn_node
build_any_dropout (check *c)
{
  nn_node x = c->option == 1   ? check_values (c, 3, 13)
              : c->option == 2 ? nn_embed (c->g, "words", check_ids (c, 2, 5, 9), 9, 7)
                               : nn_repeat (c->g, check_images (c, 3, 1, 5), 2);
  return nn_dropout (c->g, nn_tanh (c->g, x), 0.4f);
}

Test (dropout, gradients_of_every_rank)
{
  for (int rank = 1; rank <= 3; rank++)
    check_gradients (build_any_dropout, rank, NN_TRAIN, 3);
}

/* The gradient passes where the value did, as much larger. */
Test (dropout, gradient_has_the_mask_of_the_value)
{
  check *c = check_open (build_small_dropout, 0, NN_TRAIN, 1);
  check_forward (c);
  for (int i = 0; i < 5 * 7 * 13; i += 29)
    {
      float y = check_output (c)[i];
      nn_seed_gradient (c->e, c->y, 0, i, 1);
      nn_backward (c->e, c->y);
      cr_assert_float_eq (nn_grad (c->e, c->input[0])[i], y == 0 ? 0 : 2 / 0.75, 1e-6);
    }
  check_free (c);
}

static nn_node
build_narrow_coords (check *c)
{
  nn_node x = c->option == 0 ? check_images (c, 1, 7, 1) : check_images (c, 4, 1, 3);
  return nn_coords (c->g, nn_repeat (c->g, nn_tanh (c->g, x), 2));
}

Test (point, coords_of_narrow_maps)
{
  for (int option = 0; option < 2; option++)
    {
      check *c = check_open (build_narrow_coords, option, NN_INFER, 2);
      int cells = option == 0 ? 7 : 4, width = option == 0 ? 3 : 5;
      check_forward (c);
      for (int i = 0; i < 4 * cells; i++)
        {
          const float *at = check_output (c) + i * width + width - 2;
          double along = 2.0 * (i % cells) / (cells - 1) - 1;
          cr_assert_float_eq (at[0], option == 0 ? along : 0, 1e-6);
          cr_assert_float_eq (at[1], option == 0 ? 0 : along, 1e-6);
        }
      check_free (c);
      check_gradients (build_narrow_coords, option, NN_TRAIN, 2);
    }
}
