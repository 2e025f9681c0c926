/* sigmoid, tanh, gelu, scale. */
#include "tests/nets/check.h"

#include <math.h>

enum
{
  SIGMOID,
  TANH,
  GELU,
  SCALE,
  N_KINDS,
};

/* option: kind + N_KINDS * (rank - 1) */
static nn_node
apply (check *c, nn_node x)
{
  switch (c->option % N_KINDS)
    {
    case SIGMOID:
      return nn_sigmoid (c->g, x);
    case TANH:
      return nn_tanh (c->g, x);
    case GELU:
      return nn_gelu (c->g, x);
    default:
      return nn_scale (c->g, x, -1.5f, 0.25f);
    }
}

/* Behind a product, so that what works in place gets an input it may overwrite. */
static nn_node
build (check *c)
{
  nn_node a, b;
  switch (c->option / N_KINDS)
    {
    case 0:
      a = check_values (c, 3, 13);
      b = check_values (c, 3, 13);
      break;
    case 1:
      a = nn_embed (c->g, "one", check_ids (c, 2, 5, 9), 9, 7);
      b = nn_embed (c->g, "two", check_ids (c, 2, 5, 9), 9, 7);
      break;
    default:
      a = nn_repeat (c->g, check_images (c, 5, 3, 7), 2);
      b = nn_repeat (c->g, check_images (c, 5, 3, 7), 2);
    }
  return apply (c, nn_mul (c->g, a, b));
}

static double
reference (int kind, double x)
{
  switch (kind)
    {
    case SIGMOID:
      return 1 / (1 + exp (-x));
    case TANH:
      return tanh (x);
    case GELU:
      return x * erfc (-x / sqrt (2)) / 2;
    default:
      return -1.5 * x + 0.25;
    }
}

/* From far below to far above zero, and densely around it. */
static nn_node
build_line (check *c)
{
  return apply (c, check_values (c, 1, 20001));
}

Test (smooth, forward)
{
  for (int kind = 0; kind < N_KINDS; kind++)
    {
      check *c = check_open (build_line, kind, NN_INFER, 1);
      g_autofree double *want = g_new (double, 20001);
      for (int i = 0; i <= 20000; i++)
        {
          float x = (float)(i < 10000 ? (i - 5000) * 0.02 : (i - 15000) * 1e-3);
          check_input (c, 0)[i] = x;
          want[i] = reference (kind, x);
        }
      check_forward (c);
      for (int i = 0; i <= 20000; i++)
        cr_assert_leq (fabs (check_output (c)[i] - want[i]), 4e-7 * (1 + fabs (want[i])),
                       "kind %d of %g: %.9g, should be %.9g", kind, check_input (c, 0)[i],
                       check_output (c)[i], want[i]);
      check_free (c);
    }
}

/* All ranks with rows of their own; more numbers than one thread takes at a time. */
static nn_node
build_large (check *c)
{
  nn_node x = check_images (c, 31, 33, 13);
  return apply (c, nn_mul (c->g, x, x));
}

Test (smooth, forward_of_maps)
{
  for (int kind = 0; kind < N_KINDS; kind++)
    {
      check *c = check_open (build_large, kind, NN_INFER, 3);
      size_t n = check_count (c, c->y);
      g_autofree double *want = g_new (double, n);
      for (size_t i = 0; i < n; i++)
        want[i] = reference (kind, check_input (c, 0)[i] * check_input (c, 0)[i]);
      check_forward (c);
      check_same ("smooth", check_output (c), want, n, 1e-6);
      check_free (c);
    }
}

Test (smooth, gradients)
{
  for (int option = 0; option < 3 * N_KINDS; option++)
    {
      check_gradients_with (build, option, NN_TRAIN, 2, 0, -2, 2);
      if (option / N_KINDS != 1) /* embeddings are parameters, which have no gradient there */
        check_gradients (build, option, NN_EXPLAIN, 1);
    }
}

Test (smooth, bfloat16)
{
  for (int option = 0; option < 3 * N_KINDS; option++)
    check_half (build, option, 3, 0.015);
  for (int kind = 0; kind < N_KINDS; kind++)
    check_half (build_large, kind, 2, 0.015);
}

Test (smooth, what_is_not_a_number_is_not_hidden)
{
  for (int kind = 0; kind < N_KINDS; kind++)
    {
      check *c = check_open (build_line, kind, NN_EXPLAIN, 1);
      check_input (c, 0)[4] = NAN;
      check_forward (c);
      cr_assert (isnan (check_output (c)[4]), "kind %d", kind);
      cr_assert (isfinite (check_output (c)[5]), "kind %d", kind);
      check_free (c);
    }
}

/* What is huge gives the limit, in both directions, and no gradient where there is none. */
Test (smooth, limits)
{
  const float low[] = { 0, -1, 0 }, high[] = { 1, 1, 1e30f };
  for (int kind = SIGMOID; kind <= GELU; kind++)
    {
      check *c = check_open (build_line, kind, NN_EXPLAIN, 1);
      check_input (c, 0)[0] = -1e30f;
      check_input (c, 0)[1] = 1e30f;
      check_forward (c);
      cr_assert_float_eq (check_output (c)[0], low[kind], 1e-30);
      cr_assert_eq (check_output (c)[1], high[kind]);
      for (int i = 0; i < 2; i++)
        {
          nn_seed_gradient (c->e, c->y, 0, i, 1);
          nn_backward (c->e, c->y);
          cr_assert_float_eq (nn_grad (c->e, c->input[0])[i], kind == GELU && i == 1, 1e-30);
        }
      check_free (c);
    }
}

/* A loss, which has no rows, is scaled too. */
static nn_node
build_scaled_loss (check *c)
{
  nn_node x = check_values (c, 1, 7);
  return nn_scale (c->g, nn_mean_all (c->g, x), 14, 1);
}

Test (smooth, scale_of_a_loss)
{
  check *c = check_open (build_scaled_loss, 0, NN_TRAIN, 2);
  double sum = 0;
  for (int i = 0; i < 14; i++)
    sum += check_input (c, 0)[i];
  check_forward (c);
  nn_backward (c->e, c->y);
  cr_assert_float_eq (check_output (c)[0], sum + 1, 1e-5);
  for (int i = 0; i < 14; i++)
    cr_assert_float_eq (nn_grad (c->e, c->input[0])[i], 1, 1e-6);
  check_free (c);
}
