/* Execs in bfloat16: conversions, edges between the precisions, and whole networks. */
#include "tests/nets/check.h"

#include "nets/core/bf16.h"
#include "nets/core/kern.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Nearest neighbour by trying both, ties to the even one. */
static nn_bf16
nearest (float x)
{
  uint32_t bits;
  memcpy (&bits, &x, sizeof bits);
  nn_bf16 low = (nn_bf16)(bits >> 16), high = (nn_bf16)(low + 1);
  double below = fabs ((double)x - nn_widen (low)), above = fabs ((double)nn_widen (high) - x);
  return below < above || (below == above && low % 2 == 0) ? low : high;
}

Test (half, rounds_to_nearest_even)
{
  const float exact[] = { 0, -0.0f, 1, -1.5f, 0x1p-130f, 3.3895313892515355e38f, INFINITY };
  uint32_t state = 1;
  for (guint i = 0; i < G_N_ELEMENTS (exact); i++)
    cr_assert (nn_rounded (exact[i]) == exact[i], "%g", exact[i]);
  cr_assert (isnan (nn_rounded (NAN)));
  cr_assert (isnan (nn_widen (nn_narrow (nn_widen (0xff81)))));
  cr_assert (isinf (nn_rounded (3.4e38f)));
  cr_assert_eq (nn_narrow (nn_widen (0x3f80) + 0x1p-8f), 0x3f80); /* ties */
  cr_assert_eq (nn_narrow (nn_widen (0x3f81) + 0x1p-8f), 0x3f82);
  for (int i = 0; i < 10000; i++)
    {
      float x;
      state = state * 1664525u + 1013904223u;
      memcpy (&x, &state, sizeof x);
      if (isfinite (x) && fabsf (x) < 1e38f)
        cr_assert_eq (nn_narrow (x), nearest (x), "%a", x);
    }
}

Test (half, arrays)
{
  enum
  {
    N = 20011
  };
  g_autofree float *x = g_new (float, N), *y = g_new (float, N);
  g_autofree nn_bf16 *h = g_new (nn_bf16, N), *k = g_new (nn_bf16, N);
  for (int i = 0; i < N; i++)
    x[i] = sinf ((float)i) * 3;
  nn_narrow_all (x, h, N);
  nn_widen_all (h, y, N);
  for (int i = 0; i < N; i++)
    cr_assert (y[i] == nn_rounded (x[i]), "%d", i);
  nn_add_all (y, FALSE, h, TRUE, N);
  for (int i = 0; i < N; i++)
    cr_assert (y[i] == 2 * nn_rounded (x[i]), "%d", i);
  memcpy (k, h, N * sizeof *k);
  nn_add_all (k, TRUE, h, TRUE, N);
  nn_add_all (k, TRUE, x, FALSE, N);
  for (int i = 0; i < N; i++)
    cr_assert (nn_widen (k[i]) == nn_rounded (2 * nn_rounded (x[i]) + x[i]), "%d", i);
  nn_add_all (y, FALSE, x, FALSE, N);
  for (int i = 0; i < N; i++)
    cr_assert (y[i] == 2 * nn_rounded (x[i]) + x[i], "%d", i);
}

/* Several readers of both precisions, each more than once; a product reads its inputs again. */
static nn_node
build_edges (check *c)
{
  nn_node x = check_images (c, 5, 6, 9), q = check_values (c, 1, 4);
  nn_node a = nn_conv (c->g, "a", x, 8, 3, 1);
  nn_node b = nn_mul (c->g, a, a);
  nn_node d = nn_conv (c->g, "d", b, 8, 1, 1);
  nn_node f = nn_attend (c->g, "f", a, q, 2, 4);
  nn_node h = nn_mul (c->g, nn_conv (c->g, "h", nn_add (c->g, f, d), 8, 3, 1), a);
  if (c->option == 1)
    nn_keep (c->g, d);
  return nn_add (c->g, nn_conv (c->g, "i", a, 8, 1, 1), h);
}

Test (half, edges_between_precisions)
{
  check_half (build_edges, 0, 3, 0.03);
  check_half (build_edges, 1, 3, 0.03);
}

/* Without bias: a norm takes it away again, and its gradient would be rounding alone. */
static nn_node
conv_norm (check *c, const char *name, nn_node x)
{
  nn_conv_options o = { .out = 16, .kernel = 3, .stride = 1, .no_bias = TRUE };
  nn_node y;
  o.top = o.left = o.bottom = o.right = 1;
  nn_scope (c->g, "%s", name);
  y = nn_norm (c->g, "norm", nn_conv_with (c->g, "conv", x, &o));
  nn_scope (c->g, "%s", "");
  return y;
}

static nn_node
build_residual (check *c)
{
  nn_node x = nn_relu (c->g, conv_norm (c, "stem", check_images (c, 9, 9, 3)));
  x = nn_relu (c->g, nn_add (c->g, x, conv_norm (c, "2", nn_relu (c->g, conv_norm (c, "1", x)))));
  x = nn_relu (c->g, nn_add (c->g, x, conv_norm (c, "4", nn_relu (c->g, conv_norm (c, "3", x)))));
  x = nn_max_pool (c->g, nn_coords (c->g, x), 3, 2, 1);
  return nn_linear (c->g, "out", nn_global_mean (c->g, x), 5);
}

Test (half, a_network_with_residuals)
{
  check_half (build_residual, 0, 6, 0.25); /* signs of small values flip in five relus */
}

static nn_node
build_rows (check *c)
{
  nn_node x = nn_conv (c->g, "a", nn_coords (c->g, check_images (c, 5, 3, 7)), 6, 1, 1);
  return nn_repeat (c->g, nn_coords (c->g, x), 3);
}

Test (half, coords_and_repeat)
{
  check_half (build_rows, 0, 2, 0.01);
}

static nn_node
build_concat (check *c)
{
  nn_node x = nn_conv (c->g, "a", check_images (c, 5, 3, 7), 6, 1, 1);
  nn_node y = nn_conv (c->g, "b", x, 5, 3, 1);
  return nn_concat (c->g, (nn_node[]){ y, x, nn_stop (c->g, y), x }, 4);
}

Test (half, concat)
{
  check_half (build_concat, 0, 2, 0.01);
}

/* Ten steps of a network with residuals; returns its parameters, and the losses in loss. */
static float *
learn (nn_precision precision, float *loss, size_t *n)
{
  check c = { .g = nn_graph_new () };
  nn_node y = build_residual (&c), targets = nn_values (c.g, "targets", 1, 5);
  nn_node total = nn_keep (c.g, nn_cross_entropy (c.g, y, targets));
  nn_params *p = nn_params_new ((const nn_graph *const[]){ c.g }, 1, 3, NULL);
  nn_exec *e = nn_exec_new_in (c.g, p, NN_TRAIN, 16, precision, NULL);
  nn_optimiser o = nn_sgd_default ();
  GArray *all = g_array_new (FALSE, FALSE, sizeof (float));

  o.rate = 0.02f;
  for (int i = 0; i < 16 * 9 * 9 * 3; i++)
    nn_data (e, c.input[0])[i] = sinf ((float)i * 0.7f + (float)(i / 243));
  for (int i = 0; i < 16; i++)
    nn_data (e, targets)[i * 5 + i % 5] = 1;
  for (int step = 0; step < 10; step++)
    {
      nn_forward (e);
      nn_backward (e, total);
      nn_optimise (p, &o);
      loss[step] = nn_data (e, total)[0];
    }
  for (guint i = 0; i < nn_params_count (p); i++)
    g_array_append_vals (all, nn_params_nth (p, i)->value, (guint)nn_params_nth (p, i)->count);
  *n = all->len;
  nn_exec_free (e);
  nn_params_free (p);
  nn_graph_free (c.g);
  return (float *)g_array_free (all, FALSE);
}

Test (half, training_follows_float32_and_repeats_itself)
{
  float loss[3][10];
  size_t n, same;
  g_autofree float *exact = learn (NN_PRECISION_F32, loss[0], &n);
  g_autofree float *once = learn (NN_PRECISION_BF16, loss[1], &n);
  g_autofree float *again = learn (NN_PRECISION_BF16, loss[2], &same);

  cr_assert_eq (n, same);
  cr_assert_arr_eq (once, again, n * sizeof *once);
  cr_assert_arr_eq (loss[1], loss[2], sizeof loss[1]);
  cr_assert (memcmp (exact, once, n * sizeof *once) != 0, "it is not float32");
  cr_assert_lt (loss[0][9], 0.6 * loss[0][0]);
  for (int step = 0; step < 10; step++)
    cr_assert_float_eq (loss[1][step], loss[0][step], 0.05 * loss[0][0], "step %d: %g, not %g",
                        step, loss[1][step], loss[0][step]);
}

/* Kept maps are float32 for the caller, and so are their gradients. */
Test (half, kept_maps_are_readable)
{
  nn_graph *g = nn_graph_new ();
  nn_node x = nn_keep (g, nn_images (g, "x", 6, 5, 7));
  nn_node y = nn_keep (g, nn_conv (g, "a", x, 6, 3, 1));
  nn_node z = nn_keep (g, nn_mul (g, nn_conv (g, "b", y, 6, 3, 1), y));
  nn_params *p = nn_params_new ((const nn_graph *const[]){ g }, 1, 3, NULL);
  nn_exec *e[2];
  for (int half = 0; half < 2; half++)
    {
      e[half]
          = nn_exec_new_in (g, p, NN_TRAIN, 2, half ? NN_PRECISION_BF16 : NN_PRECISION_F32, NULL);
      for (int i = 0; i < 2 * 6 * 5 * 7; i++)
        nn_data (e[half], x)[i] = sinf ((float)i);
      nn_forward (e[half]);
      nn_seed_gradient (e[half], z, 1, 20, 2);
      nn_backward (e[half], z);
    }
  for (int i = 0; i < 2 * 6 * 5 * 6; i++)
    {
      cr_assert_float_eq (nn_data (e[0], y)[i], nn_data (e[1], y)[i], 0.03);
      cr_assert_float_eq (nn_grad (e[0], y)[i], nn_grad (e[1], y)[i], 0.06);
      cr_assert_float_eq (nn_grad (e[1], z)[i], i == 6 * 5 * 6 + 20 ? 2 : 0, 0);
    }
  for (int half = 0; half < 2; half++)
    nn_exec_free (e[half]);
  nn_params_free (p);
  nn_graph_free (g);
}

/* An explanation is of the float32 network, whatever is asked for. */
Test (half, explaining_is_in_float32)
{
  nn_graph *g = nn_graph_new ();
  nn_node x = nn_images (g, "x", 4, 4, 5);
  nn_node y = nn_keep (g, nn_conv (g, "a", x, 6, 3, 1));
  nn_params *p = nn_params_new ((const nn_graph *const[]){ g }, 1, 3, NULL);
  nn_exec *a = nn_exec_new (g, p, NN_EXPLAIN, 1, NULL);
  nn_exec *b = nn_exec_new_in (g, p, NN_EXPLAIN, 1, NN_PRECISION_BF16, NULL);
  for (int i = 0; i < 4 * 4 * 5; i++)
    nn_data (a, x)[i] = nn_data (b, x)[i] = sinf ((float)i);
  nn_forward (a);
  nn_forward (b);
  cr_assert_arr_eq (nn_data (a, y), nn_data (b, y), 4 * 4 * 6 * sizeof (float));
  nn_exec_free (a);
  nn_exec_free (b);
  nn_params_free (p);
  nn_graph_free (g);
}

/* Weight gradient of a 3x3 convolution whose map has `width` columns; all inputs and gradients of
 * the output are 1, scratch memory holds NaN. */
static void
check_narrow (int width, int stride, gboolean depthwise)
{
  enum
  {
    ROWS = 3,
    HEIGHT = 4,
    C = 16
  };
  static const int ways[NN_KERN_ROLES] = { -1, -1, 0 };
  int groups = depthwise ? C : 1, out_height = (HEIGHT - 1) / stride + 1,
      out_width = (width - 1) / stride + 1;
  nn_kern_conv_shape s = { .rows = ROWS,
                           .height = HEIGHT,
                           .width = width,
                           .in = C,
                           .out_height = out_height,
                           .out_width = out_width,
                           .o = { .out = C,
                                  .kernel = 3,
                                  .stride = stride,
                                  .groups = groups,
                                  .top = 1,
                                  .left = 1,
                                  .bottom = 1,
                                  .right = 1,
                                  .no_bias = TRUE },
                           .wants_weight_grad = TRUE,
                           .half = TRUE };
  nn_kern_conv *c = nn_kern_conv_open_as (&s, ways, NULL);
  g_autofree nn_bf16 *x = g_new (nn_bf16, ROWS * HEIGHT * width * C);
  g_autofree nn_bf16 *dy = g_new (nn_bf16, ROWS * out_height * out_width * C);
  g_autofree float *dw = g_new0 (float, C *(C / groups) * 9);
  size_t bytes;
  void *scratch;

  cr_assert_not_null (c);
  bytes = (nn_kern_conv_scratch (c) + 127) / 64 * 64;
  scratch = aligned_alloc (64, bytes);
  memset (scratch, 0xff, bytes);
  for (int i = 0; i < ROWS * HEIGHT * width * C; i++)
    x[i] = nn_narrow (1);
  for (int i = 0; i < ROWS * out_height * out_width * C; i++)
    dy[i] = nn_narrow (1);
  nn_kern_conv_backward_weights (c, x, dy, dw, NULL, scratch);
  for (int i = 0; i < C * (C / groups) * 9; i++)
    {
      int met = 0, row = i / 3 % 3, column = i % 3;
      for (int v = 0; v < out_height; v++)
        for (int u = 0; u < out_width; u++)
          met += v * stride + row >= 1 && v * stride + row <= HEIGHT && u * stride + column >= 1
                 && u * stride + column <= width;
      cr_assert_eq (dw[i], ROWS * met, "width %d, stride %d, weight %d: %g, not %d", width, stride,
                    i, dw[i], ROWS * met);
    }
  free (scratch);
  nn_kern_conv_close (c);
}

Test (half, narrow_maps_do_not_meet_stale_memory)
{
  for (int width = 1; width <= 5; width++)
    for (int stride = 1; stride <= 3; stride++)
      for (int depthwise = 0; depthwise < 2; depthwise++)
        check_narrow (width, stride, depthwise);
}
