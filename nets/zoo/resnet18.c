#include "nets/zoo/zoo.h"

/* A convolution without bias and its norm; the padding keeps the size at stride 1. */
static nn_node
conv_norm (nn_graph *g, const char *conv, const char *norm, nn_node x, int out, int kernel,
           int stride)
{
  int pad = kernel / 2;
  nn_conv_options o = { .out = out,
                        .kernel = kernel,
                        .stride = stride,
                        .top = pad,
                        .left = pad,
                        .bottom = pad,
                        .right = pad,
                        .no_bias = TRUE };
  return nn_norm (g, norm, nn_conv_with (g, conv, x, &o));
}

/* Basic block (figure 5, left): two 3x3 convolutions beside the identity, or beside a 1x1
 * convolution where the shape changes (option B). */
static nn_node
block (nn_graph *g, nn_node x, int out, int stride)
{
  nn_node y = nn_relu (g, conv_norm (g, "conv1", "bn1", x, out, 3, stride));

  y = conv_norm (g, "conv2", "bn2", y, out, 3, 1);
  if (stride != 1 || nn_node_shape (g, x).dim[2] != out)
    x = conv_norm (g, "downsample.0", "downsample.1", x, out, 1, stride);
  return nn_relu (g, nn_add (g, y, x));
}

nn_node
nn_resnet18 (nn_graph *g, const char *scope, nn_node picture, int classes)
{
  nn_shape s = nn_node_shape (g, picture);
  gboolean large = MIN (s.dim[0], s.dim[1]) >= NN_RESNET_LARGE;
  nn_node x;

  nn_scope (g, "%s", scope);
  x = nn_relu (g, conv_norm (g, "conv1", "bn1", picture, 64, large ? 7 : 3, large ? 2 : 1));
  if (large)
    x = nn_max_pool (g, x, 3, 2, 1);
  for (int i = 0; i < 8; i++)
    {
      int stage = i / 2;
      nn_scope (g, "%slayer%d.%d.", scope, stage + 1, i % 2);
      x = block (g, x, 64 << stage, stage > 0 && i % 2 == 0 ? 2 : 1);
    }
  nn_scope (g, "%s", scope);
  x = nn_linear (g, "fc", nn_global_mean (g, x), classes);
  nn_scope (g, "%s", "");
  return x;
}
