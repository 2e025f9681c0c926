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

static nn_node
block (nn_graph *g, nn_node x, int out, int expand, int stride)
{
  int in = nn_node_shape (g, x).dim[2];
  nn_node y = x;

  if (expand > 1)
    y = nn_relu6 (g, nn_conv_same (g, "expand", y, in * expand, 1, 1, FALSE));
  y = nn_relu6 (g, nn_conv_same (g, "depthwise", y, in * expand, 3, stride, TRUE));
  y = nn_conv_same (g, "project", y, out, 1, 1, FALSE);
  return stride == 1 && in == out ? nn_add (g, y, x) : y;
}

nn_mobilenetv2
nn_mobilenetv2_folded (nn_graph *g, const char *scope, nn_node picture, gboolean head)
{
  nn_mobilenetv2 net = { .head = { -1 } };
  nn_node x;

  nn_scope (g, "%s", scope);
  x = nn_relu6 (g, nn_conv_same (g, "stem", picture, 32, 3, 2, FALSE));
  for (int i = 0, stage = 0; i < 17; i++)
    {
      nn_scope (g, "%sblock%d.", scope, i + 1);
      x = block (g, x, blocks[i].out, blocks[i].expand, blocks[i].stride);
      if (i == 2 || i == 5 || i == 12 || i == 16)
        net.stage[stage++] = x;
    }
  nn_scope (g, "%s", scope);
  if (head)
    net.head = nn_relu6 (g, nn_conv_same (g, "head", x, 1280, 1, 1, FALSE));
  nn_scope (g, "%s", "");
  return net;
}
