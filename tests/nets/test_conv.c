/* Convolution, and its fusion with the activation that follows. */
#include "tests/nets/check.h"

static const nn_conv_options cases[] = {
  { .out = 6, .kernel = 1, .stride = 1 },
  { .out = 13, .kernel = 3, .stride = 1, .top = 1, .left = 1, .bottom = 1, .right = 1 },
  { .out = 5, .kernel = 3, .stride = 2, .bottom = 1, .right = 1 },
  { .out = 7, .kernel = 3, .stride = 2, .top = 1, .left = 2, .right = 1, .no_bias = TRUE },
  { .out = 12,
    .kernel = 3,
    .stride = 1,
    .groups = 12,
    .top = 1,
    .left = 1,
    .bottom = 1,
    .right = 1 },
  { .out = 12, .kernel = 3, .stride = 2, .groups = 12, .bottom = 1, .right = 1 },
  { .out = 8, .kernel = 3, .stride = 1, .groups = 4, .top = 1, .left = 1, .bottom = 1, .right = 1 },
  { .out = 20, .kernel = 3, .stride = 1, .groups = 4, .top = 1, .left = 1, .right = 1 },
  { .out = 14, .kernel = 1, .stride = 2, .groups = 2, .no_bias = TRUE },
  { .out = 24, .kernel = 3, .stride = 2, .groups = 12, .top = 1, .bottom = 1, .right = 2 },
  { .out = 12,
    .kernel = 5,
    .stride = 2,
    .groups = 12,
    .top = 2,
    .left = 1,
    .bottom = 1,
    .right = 2 },
  { .out = 6, .kernel = 2, .stride = 1, .groups = 6, .no_bias = TRUE },
  { .out = 3, .kernel = 5, .stride = 3, .top = 2, .left = 1, .bottom = 3, .right = 2 },
  { .out = 4, .kernel = 1, .stride = 2, .no_bias = TRUE },
};

enum
{
  HEIGHT = 5,
  WIDTH = 7,
  IN = 12
};

/* Input channels: 13 without groups, so that they fill no vector. */
static int
channels (int option)
{
  return cases[option].groups > 1 ? IN : IN + 1;
}

static nn_node
build (check *c)
{
  nn_node x = check_images (c, HEIGHT, WIDTH, channels (c->option));
  return nn_conv_with (c->g, "conv", x, &cases[c->option]);
}

/* A map of one place, over which the stride passes: what small pictures come to. */
static nn_node
build_one_place (check *c)
{
  return nn_conv_same (c->g, "conv", check_images (c, 1, 1, c->option), c->option, 3, 2, TRUE);
}

static nn_node
build_relu6 (check *c)
{
  return nn_relu6 (c->g, build (c));
}

static nn_node
build_relu (check *c)
{
  nn_node x = nn_relu (c->g, build (c));
  return nn_conv (c->g, "next", x, 3, 3, 1);
}

/* One output number: position (i,j), channel o. */
static double
reference_at (const nn_conv_options *k, const float *x, int in, const float *w, const float *b,
              int i, int j, int o)
{
  int groups = MAX (k->groups, 1), group_in = in / groups, group = o / (k->out / groups);
  double sum = b != NULL ? b[o] : 0;
  for (int n = 0; n < group_in; n++)
    for (int u = 0; u < k->kernel; u++)
      for (int v = 0; v < k->kernel; v++)
        {
          int y = i * k->stride - k->top + u, z = j * k->stride - k->left + v;
          if (y >= 0 && y < HEIGHT && z >= 0 && z < WIDTH)
            sum += (double)w[((o * group_in + n) * k->kernel + u) * k->kernel + v]
                   * x[(y * WIDTH + z) * in + group * group_in + n];
        }
  return sum;
}

static double *
reference (check *c, int rows, gboolean relu6)
{
  const nn_conv_options *k = &cases[c->option];
  int in = channels (c->option);
  int height = (HEIGHT + k->top + k->bottom - k->kernel) / k->stride + 1;
  int width = (WIDTH + k->left + k->right - k->kernel) / k->stride + 1;
  const float *w = check_param (c, "conv.weight");
  const float *b = k->no_bias ? NULL : check_param (c, "conv.bias");
  double *y = g_new (double, (size_t)rows *height *width * k->out), *at = y;
  nn_shape s = nn_node_shape (c->g, c->y);

  cr_assert (s.dim[0] == height && s.dim[1] == width && s.dim[2] == k->out, "case %d", c->option);
  for (int r = 0; r < rows; r++)
    for (int i = 0; i < height; i++)
      for (int j = 0; j < width; j++)
        for (int o = 0; o < k->out; o++, at++)
          {
            *at = reference_at (k, check_input (c, 0) + r * HEIGHT * WIDTH * in, in, w, b, i, j, o);
            if (relu6)
              *at = CLAMP (*at, 0, 6);
          }
  return y;
}

Test (conv, forward)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    for (int mode = NN_TRAIN; mode <= NN_EXPLAIN; mode++)
      {
        check *c = check_open (build, i, mode, 3);
        g_autofree double *want = reference (c, 3, FALSE);
        g_autofree char *what = g_strdup_printf ("case %u", i);
        check_forward (c);
        check_same (what, check_output (c), want, check_count (c, c->y), 1e-5);
        check_free (c);
      }
}

Test (conv, forward_with_relu6)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      check *c = check_open (build_relu6, i, NN_INFER, 2);
      g_autofree double *want = NULL;
      for (size_t k = 0; k < check_count (c, c->input[0]); k++)
        check_input (c, 0)[k] *= 4; /* beyond 6 */
      want = reference (c, 2, TRUE);
      check_forward (c);
      check_same ("conv and relu6", check_output (c), want, check_count (c, c->y), 1e-5);
      check_free (c);
    }
}

/* Weights changed from outside are seen after nn_params_changed(). */
Test (conv, packed_weights_follow_the_parameters)
{
  check *c = check_open (build, 1, NN_INFER, 3);
  g_autofree double *want = NULL;
  check_forward (c);
  for (int i = 0; i < 13 * 13 * 9; i++)
    check_param (c, "conv.weight")[i] *= -0.5f;
  nn_params_changed (c->p);
  want = reference (c, 3, FALSE);
  check_forward (c);
  check_same ("after a change", check_output (c), want, check_count (c, c->y), 1e-5);
  check_free (c);
}

/* Two execs share one set of parameters: both see a change. */
Test (conv, two_execs_share_parameters)
{
  check *c = check_open (build, 1, NN_TRAIN, 3);
  nn_exec *other = nn_exec_new (c->g, c->p, NN_INFER, 1, NULL);
  g_autofree double *want = NULL;
  check_forward (c);
  nn_forward (other);
  for (int i = 0; i < 13; i++)
    check_param (c, "conv.bias")[i] += 1;
  for (int i = 0; i < 13 * 13 * 9; i++)
    check_param (c, "conv.weight")[i] *= 2;
  nn_params_changed (c->p);
  check_forward (c);
  for (size_t i = 0; i < HEIGHT * WIDTH * 13; i++)
    nn_data (other, c->input[0])[i] = check_input (c, 0)[i];
  nn_forward (other);
  want = reference (c, 1, FALSE);
  check_same ("the other exec", nn_data (other, c->y), want, HEIGHT * WIDTH * 13, 1e-5);
  nn_exec_free (other);
  check_free (c);
}

Test (conv, gradients)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    check_gradients (build, i, NN_TRAIN, 2);
  check_gradients (build, 1, NN_EXPLAIN, 2);
  check_gradients (build, 4, NN_EXPLAIN, 2);
}

Test (conv, bfloat16)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    check_half (build, i, 2, 0.01);
  check_half (build_one_place, 32, 5, 0.01);
  check_half (build_relu, 1, 2, 0.05);
  check_half (build_relu6, 4, 2, 0.05);
}

Test (conv, gradients_through_activations)
{
  check_gradients (build_relu, 1, NN_TRAIN, 2);
  check_gradients (build_relu, 5, NN_TRAIN, 2);
  check_gradients_with (build_relu6, 2, NN_TRAIN, 2, 0, -4, 4);
  check_gradients_with (build_relu6, 4, NN_EXPLAIN, 2, 0, -4, 4);
}

/* TensorFlow's SAME: the odd pixel of padding goes below and right. */
Test (conv, same_padding)
{
  nn_graph *g = nn_graph_new ();
  nn_node x = nn_images (g, "x", 6, 7, 4);
  nn_shape s = nn_node_shape (g, nn_conv_same (g, "a", x, 8, 3, 2, FALSE));
  cr_assert (s.dim[0] == 3 && s.dim[1] == 4 && s.dim[2] == 8);
  s = nn_node_shape (g, nn_conv_same (g, "b", x, 4, 3, 1, TRUE));
  cr_assert (s.dim[0] == 6 && s.dim[1] == 7 && s.dim[2] == 4);
  nn_graph_free (g);
}

static nn_node
build_same (check *c)
{
  return nn_conv_same (c->g, "conv", check_images (c, 4, 4, 1), 1, 3, 2, FALSE);
}

/* On a map of 4 with stride 2 the first window starts at 0 and the last column is padding. */
Test (conv, same_padding_below_and_right)
{
  check *c = check_open (build_same, 0, NN_INFER, 1);
  float *w = check_param (c, "conv.weight"), *x = check_input (c, 0);
  for (int i = 0; i < 9; i++)
    w[i] = i == 0; /* picks the window's first pixel */
  check_param (c, "conv.bias")[0] = 0;
  check_forward (c);
  cr_assert_float_eq (check_output (c)[0], x[0], 1e-6);
  cr_assert_float_eq (check_output (c)[3], x[2 * 4 + 2], 1e-6);
  check_free (c);
}
