/* concat, sum_last, mean_all. */
#include "tests/nets/check.h"

#include <math.h>

/* ---- concat ------------------------------------------------------------------------------- */

/* option: rank 1 to 3; 4: one node several times; 5: as many parts as go */
static nn_node
build_concat (check *c)
{
  nn_node part[NN_MAX_INPUTS], x;
  switch (c->option)
    {
    case 1:
      part[0] = check_values (c, 3, 5);
      part[1] = nn_relu (c->g, check_values (c, 3, 1));
      part[2] = check_values (c, 3, 13);
      return nn_concat (c->g, part, 3);
    case 2:
      x = check_ids (c, 2, 5, 9);
      part[0] = nn_embed (c->g, "one", x, 9, 3);
      part[1] = nn_embed (c->g, "two", x, 9, 7);
      return nn_concat (c->g, part, 2);
    case 3:
      part[0] = check_images (c, 5, 3, 4);
      part[1] = check_images (c, 5, 3, 9);
      return nn_concat (c->g, part, 2);
    case 4:
      x = check_values (c, 1, 5);
      part[0] = part[2] = nn_mul (c->g, x, x);
      part[1] = part[3] = x;
      return nn_concat (c->g, part, 4);
    default:
      for (int i = 0; i < NN_MAX_INPUTS; i++)
        part[i] = i % 3 == 0 ? check_images (c, 1, 2, 1 + i) : part[i - 1];
      return nn_concat (c->g, part, NN_MAX_INPUTS);
    }
}

Test (concat, forward)
{
  check *c = check_open (build_concat, 1, NN_INFER, 2);
  cr_assert_eq (nn_node_shape (c->g, c->y).dim[0], 19);
  check_forward (c);
  for (int r = 0; r < 6; r++)
    for (int i = 0; i < 19; i++)
      {
        float want = i < 5    ? check_input (c, 0)[r * 5 + i]
                     : i == 5 ? MAX (check_input (c, 1)[r], 0)
                              : check_input (c, 2)[r * 13 + i - 6];
        cr_assert_eq (check_output (c)[r * 19 + i], want, "row %d, column %d", r, i);
      }
  check_free (c);
}

Test (concat, forward_of_maps)
{
  check *c = check_open (build_concat, 3, NN_INFER, 2);
  nn_shape s = nn_node_shape (c->g, c->y);
  cr_assert (s.rank == 3 && s.dim[0] == 5 && s.dim[1] == 3 && s.dim[2] == 13);
  check_forward (c);
  for (int p = 0; p < 30; p++)
    for (int i = 0; i < 13; i++)
      cr_assert_eq (check_output (c)[p * 13 + i],
                    i < 4 ? check_input (c, 0)[p * 4 + i] : check_input (c, 1)[p * 9 + i - 4]);
  check_free (c);
}

/* A part that comes twice gets both gradients. */
Test (concat, gradients)
{
  for (int option = 1; option <= 5; option++)
    {
      check_gradients (build_concat, option, NN_TRAIN, 2);
      if (option != 2)
        check_gradients (build_concat, option, NN_EXPLAIN, 3);
    }
}

static nn_node
build_stopped (check *c)
{
  nn_node x = check_values (c, 1, 4), part[] = { x, nn_stop (c->g, nn_mul (c->g, x, x)) };
  return nn_concat (c->g, part, 2);
}

Test (concat, no_gradient_through_a_stopped_part)
{
  check *c = check_open (build_stopped, 0, NN_EXPLAIN, 1);
  check_forward (c);
  for (int i = 0; i < 8; i++)
    {
      nn_seed_gradient (c->e, c->y, 0, i, 1);
      nn_backward (c->e, c->y);
      for (int k = 0; k < 4; k++)
        cr_assert_eq (nn_grad (c->e, c->input[0])[k], i == k);
    }
  check_free (c);
}

/* ---- sum_last ----------------------------------------------------------------------------- */

/* option: rank */
static nn_node
build_any (check *c)
{
  switch (c->option)
    {
    case 1:
      return check_values (c, 3, 13);
    case 2:
      return nn_embed (c->g, "words", check_ids (c, 2, 5, 9), 9, 7);
    case 3:
      return check_images (c, 5, 3, 7);
    default:
      return check_images (c, 21, 31, 67); /* more than one thread takes */
    }
}

static nn_node
build_sum (check *c)
{
  nn_node x = build_any (c);
  return nn_sum_last (c->g, nn_mul (c->g, x, x));
}

Test (sum_last, forward)
{
  for (int option = 1; option <= 4; option += option == 1 ? 2 : 1)
    {
      check *c = check_open (build_sum, option, NN_INFER, 3);
      nn_shape s = nn_node_shape (c->g, c->y);
      size_t n = check_count (c, c->y), width = check_count (c, c->input[0]) / n;
      g_autofree double *want = g_new0 (double, n);
      cr_assert_eq (s.dim[s.rank - 1], 1);
      for (size_t i = 0; i < n * width; i++)
        want[i / width] += pow (check_input (c, 0)[i], 2);
      check_forward (c);
      check_same ("sum_last", check_output (c), want, n, 1e-6);
      check_free (c);
    }
}

Test (sum_last, gradients)
{
  for (int option = 1; option <= 3; option++)
    check_gradients (build_sum, option, NN_TRAIN, 2);
  check_gradients (build_sum, 3, NN_EXPLAIN, 2);
}

/* ---- mean_all ----------------------------------------------------------------------------- */

static nn_node
build_mean (check *c)
{
  nn_node x = build_any (c);
  return nn_mean_all (c->g, nn_mul (c->g, x, x));
}

Test (mean_all, forward)
{
  for (int option = 1; option <= 4; option += option == 1 ? 2 : 1)
    {
      check *c = check_open (build_mean, option, NN_INFER, 3);
      size_t n = check_count (c, c->input[0]);
      double want = 0;
      for (size_t i = 0; i < n; i++)
        want += pow (check_input (c, 0)[i], 2) / (double)n;
      cr_assert_eq (nn_node_shape (c->g, c->y).per, 0);
      check_forward (c);
      check_same ("mean_all", check_output (c), &want, 1, 1e-6);
      check_input (c, 0)[n / 2] = NAN;
      check_forward (c);
      cr_assert (isnan (check_output (c)[0]));
      check_free (c);
    }
}

Test (mean_all, gradients)
{
  for (int option = 1; option <= 3; option++)
    check_gradients (build_mean, option, NN_TRAIN, 2);
}
