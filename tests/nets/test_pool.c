/* Pooling over windows and over all positions. */
#include "tests/nets/check.h"

#include <math.h>

static const struct
{
  int kernel, stride, pad;
} windows[] = { { 2, 2, 0 }, { 3, 2, 1 }, { 3, 1, 1 }, { 3, 3, 2 }, { 1, 2, 0 }, { 5, 1, 0 } };

static nn_node
build_max (check *c)
{
  nn_node x = check_images (c, 5, 7, 13);
  int i = c->option;
  return nn_max_pool (c->g, x, windows[i].kernel, windows[i].stride, windows[i].pad);
}

static nn_node
build_mean (check *c)
{
  nn_node x = check_images (c, 5, 7, 13);
  int i = c->option;
  return nn_mean_pool (c->g, x, windows[i].kernel, windows[i].stride, windows[i].pad);
}

/* Largest or mean of one window; padding never counts. */
static double
window (const float *x, int window, int oy, int ox, int channel, gboolean largest)
{
  double best = -INFINITY, sum = 0;
  int n = 0, k = windows[window].kernel, s = windows[window].stride, pad = windows[window].pad;
  for (int i = oy * s - pad; i < oy * s - pad + k; i++)
    for (int j = ox * s - pad; j < ox * s - pad + k; j++)
      if (i >= 0 && i < 5 && j >= 0 && j < 7)
        {
          double v = x[(i * 7 + j) * 13 + channel];
          best = MAX (best, v);
          sum += v;
          n++;
        }
  return largest ? best : sum / n;
}

static void
compare_windows (gboolean largest, int i)
{
  check *c = check_open (largest ? build_max : build_mean, i, NN_INFER, 3);
  nn_shape s = nn_node_shape (c->g, c->y);
  size_t n = check_count (c, c->y), at = 0;
  g_autofree double *want = g_new (double, n);
  cr_assert_eq (s.dim[0], (5 + 2 * windows[i].pad - windows[i].kernel) / windows[i].stride + 1);
  cr_assert_eq (s.dim[1], (7 + 2 * windows[i].pad - windows[i].kernel) / windows[i].stride + 1);
  for (int r = 0; r < 3; r++)
    for (int oy = 0; oy < s.dim[0]; oy++)
      for (int ox = 0; ox < s.dim[1]; ox++)
        for (int k = 0; k < 13; k++)
          want[at++] = window (check_input (c, 0) + r * 5 * 7 * 13, i, oy, ox, k, largest);
  check_forward (c);
  check_same (largest ? "max_pool" : "mean_pool", check_output (c), want, n, 1e-5);
  check_free (c);
}

Test (pool, windows_forward)
{
  for (guint i = 0; i < G_N_ELEMENTS (windows); i++)
    {
      compare_windows (TRUE, i);
      compare_windows (FALSE, i);
    }
}

Test (pool, windows_gradients)
{
  for (guint i = 0; i < G_N_ELEMENTS (windows); i++)
    {
      check_gradients (build_max, i, NN_TRAIN, 2);
      check_gradients (build_mean, i, NN_TRAIN, 2);
    }
}

/* Maxima are exact; means are rounded once. */
Test (pool, bfloat16)
{
  for (guint i = 0; i < G_N_ELEMENTS (windows); i++)
    {
      check_half (build_max, i, 2, 0.005);
      check_half (build_mean, i, 2, 0.005);
    }
}

/* Equal values in a window: one of them gets the gradient, not each. */
Test (pool, ties_pass_the_gradient_once)
{
  check *c = check_open (build_max, 0, NN_EXPLAIN, 1);
  double sum = 0;
  for (size_t i = 0; i < check_count (c, c->input[0]); i++)
    check_input (c, 0)[i] = 1;
  check_forward (c);
  nn_seed_gradient (c->e, c->y, 0, 15, 3);
  nn_backward (c->e, c->y);
  for (size_t i = 0; i < check_count (c, c->input[0]); i++)
    sum += nn_grad (c->e, c->input[0])[i];
  cr_assert_float_eq (sum, 3, 1e-6);
  check_free (c);
}

/* option: 0 a map, 1 a sequence of embedded words */
static nn_node
build_global_mean (check *c)
{
  nn_node x = c->option == 0 ? check_images (c, 5, 7, 13)
                             : nn_embed (c->g, "words", check_ids (c, 1, 6, 9), 9, 13);
  return nn_global_mean (c->g, x);
}

static nn_node
build_global_max (check *c)
{
  nn_node x = c->option == 0 ? check_images (c, 5, 7, 13)
                             : nn_embed (c->g, "words", check_ids (c, 1, 6, 9), 9, 13);
  return nn_global_max (c->g, x);
}

/* A channel that holds a NaN gives a NaN, wherever it stands. */
Test (pool, nan_is_seen)
{
  const int places[] = { 0, 4 * 7 + 4 };
  for (int i = 0; i < 2; i++)
    for (int global = 0; global < 2; global++)
      {
        check *c = check_open (global ? build_global_max : build_max, global ? 0 : 5, NN_INFER, 1);
        check_input (c, 0)[places[i] * 13] = NAN;
        check_forward (c);
        cr_assert (isnan (check_output (c)[0]));
        cr_assert_not (isnan (check_output (c)[1]));
        check_free (c);
      }
}

Test (pool, all_positions_forward)
{
  for (int largest = 0; largest < 2; largest++)
    {
      check *c = check_open (largest ? build_global_max : build_global_mean, 0, NN_INFER, 3);
      double want[3 * 13];
      for (int r = 0; r < 3; r++)
        for (int k = 0; k < 13; k++)
          {
            double best = -INFINITY, sum = 0;
            for (int p = 0; p < 35; p++)
              {
                double v = check_input (c, 0)[(r * 35 + p) * 13 + k];
                best = MAX (best, v);
                sum += v;
              }
            want[r * 13 + k] = largest ? best : sum / 35;
          }
      check_forward (c);
      cr_assert_eq (check_count (c, c->y), 39);
      check_same (largest ? "global_max" : "global_mean", check_output (c), want, 39, 1e-5);
      check_free (c);
    }
}

Test (pool, all_positions_bfloat16)
{
  check_half (build_global_mean, 0, 3, 0.005);
  check_half (build_global_max, 0, 3, 0.005);
}

Test (pool, all_positions_gradients)
{
  for (int option = 0; option < 2; option++)
    {
      check_gradients (build_global_mean, option, NN_TRAIN, 3);
      check_gradients (build_global_max, option, NN_TRAIN, 3);
    }
}

/* The place of the largest value is kept: it alone gets the gradient, the first one of equals. */
Test (pool, global_max_keeps_its_place)
{
  check *c = check_open (build_global_max, 0, NN_EXPLAIN, 2);
  float *x = check_input (c, 0);
  x[35 * 13 + 5 * 13 + 4] = x[35 * 13 + 20 * 13 + 4] = 3; /* row 1, channel 4: equals */
  check_forward (c);
  for (int r = 0; r < 2; r++)
    for (int k = 0; k < 13; k++)
      {
        int best = 0;
        for (int p = 1; p < 35; p++)
          if (x[(r * 35 + p) * 13 + k] > x[(r * 35 + best) * 13 + k])
            best = p;
        nn_seed_gradient (c->e, c->y, r, k, 2);
        nn_backward (c->e, c->y);
        for (int i = 0; i < 2 * 35 * 13; i++)
          cr_assert_eq (nn_grad (c->e, c->input[0])[i], i == (r * 35 + best) * 13 + k ? 2 : 0,
                        "row %d, channel %d", r, k);
      }
  check_free (c);
}

/* Maps of one row, one column and one cell, with several rows for an element of the batch. */
static nn_node
build_narrow (check *c)
{
  static const int sides[][2] = { { 1, 7 }, { 6, 1 }, { 1, 1 } };
  int i = c->option / 4;
  nn_node x = check_images (c, sides[i][0], sides[i][1], 3);
  x = nn_repeat (c->g, nn_scale (c->g, x, 1.5f, 0.1f), 2);
  switch (c->option % 4)
    {
    case 0:
      return nn_max_pool (c->g, x, 3, 2, 1);
    case 1:
      return nn_mean_pool (c->g, x, 3, 1, 1);
    case 2:
      return nn_global_max (c->g, x);
    default:
      return nn_global_mean (c->g, x);
    }
}

Test (pool, gradients_of_narrow_maps)
{
  for (int option = 0; option < 12; option++)
    {
      check_gradients (build_narrow, option, NN_TRAIN, 3);
      check_gradients (build_narrow, option, NN_EXPLAIN, 1);
    }
}
