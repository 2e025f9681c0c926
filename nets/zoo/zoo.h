/* zoo: whole networks as functions from node to node. Parameter names are the networks' usual layer
 * names under the current scope. */
#pragma once

#include "nets/nn.h"

G_BEGIN_DECLS

/* MobileNetV2 1.0 (Sandler et al. 2018) with batch norm folded into the convolutions (each layer is
 * convolution + bias + ReLU6 or nothing), TensorFlow SAME padding. Input (N,H,W,3) in -1 to 1. */
typedef struct
{
  nn_node
      stage[4]; /* ends at strides 4, 8, 16, 32: block3, block6, block13, block17 (24,32,96,320) */
  nn_node head; /* (N,H/32,W/32,1280) after ReLU6 */
} nn_mobilenetv2;
/* head FALSE: without the last 1x1 convolution to 1280. `scope` prefixes the names ("backbone.").
 */
nn_mobilenetv2 nn_mobilenetv2_folded (nn_graph *g, const char *scope, nn_node picture,
                                      gboolean head);

G_END_DECLS
