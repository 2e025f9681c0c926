#include "nets/zoo/zoo.h"

#include <string.h>

/* Output channels, expansion and stride of block1 to block17 (table 2 of the paper). */
static const struct
{
  int out, expand, stride;
} blocks[17] = {
  { 16, 1, 1 }, { 24, 6, 2 },  { 24, 6, 1 },  { 32, 6, 2 },  { 32, 6, 1 },  { 32, 6, 1 },
  { 64, 6, 2 }, { 64, 6, 1 },  { 64, 6, 1 },  { 64, 6, 1 },  { 96, 6, 1 },  { 96, 6, 1 },
  { 96, 6, 1 }, { 160, 6, 2 }, { 160, 6, 1 }, { 160, 6, 1 }, { 320, 6, 1 },
};

/* One layer: a convolution with bias, or without one and followed by its norm. */
static nn_node
layer (nn_graph *g, gboolean norms, const char *name, nn_node x, int out, int kernel, int stride,
       gboolean depthwise)
{
  nn_conv_options o = nn_conv_same_options (g, x, out, kernel, stride, depthwise);
  g_autofree char *norm = g_strconcat (name, "_norm", NULL);

  o.no_bias = norms;
  x = nn_conv_with (g, name, x, &o);
  return norms ? nn_norm (g, norm, x) : x;
}

static nn_node
block (nn_graph *g, gboolean norms, nn_node x, int out, int expand, int stride)
{
  int in = nn_node_shape (g, x).dim[2];
  nn_node y = x;

  if (expand > 1)
    y = nn_relu6 (g, layer (g, norms, "expand", y, in * expand, 1, 1, FALSE));
  y = nn_relu6 (g, layer (g, norms, "depthwise", y, in * expand, 3, stride, TRUE));
  y = layer (g, norms, "project", y, out, 1, 1, FALSE);
  return stride == 1 && in == out ? nn_add (g, y, x) : y;
}

static nn_mobilenetv2_nodes
build (nn_graph *g, gboolean norms, const char *scope, nn_node picture, gboolean head)
{
  nn_mobilenetv2_nodes net = { .head = { -1 }, .logits = { -1 } };
  nn_node x;

  nn_scope (g, "%s", scope);
  x = nn_relu6 (g, layer (g, norms, "stem", picture, 32, 3, 2, FALSE));
  for (int i = 0, stage = 0; i < 17; i++)
    {
      nn_scope (g, "%sblock%d.", scope, i + 1);
      x = block (g, norms, x, blocks[i].out, blocks[i].expand, blocks[i].stride);
      if (i == 2 || i == 5 || i == 12 || i == 16)
        net.stage[stage++] = x;
    }
  nn_scope (g, "%s", scope);
  if (head)
    net.head = nn_relu6 (g, layer (g, norms, "head", x, 1280, 1, 1, FALSE));
  return net;
}

nn_mobilenetv2_nodes
nn_mobilenetv2_folded (nn_graph *g, const char *scope, nn_node picture, gboolean head)
{
  nn_mobilenetv2_nodes net = build (g, FALSE, scope, picture, head);
  nn_scope (g, "%s", "");
  return net;
}

nn_mobilenetv2_nodes
nn_mobilenetv2 (nn_graph *g, const char *scope, nn_node picture, int classes)
{
  nn_mobilenetv2_nodes net = build (g, TRUE, scope, picture, classes > 0);
  if (classes > 0)
    net.logits = nn_linear (g, "classifier", nn_global_mean (g, net.head), classes);
  nn_scope (g, "%s", "");
  return net;
}
