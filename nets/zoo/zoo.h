/* zoo: whole networks as functions from node to node. `scope` prefixes the parameter names, which
 * are the networks' usual layer names ("backbone." gives "backbone.block1.depthwise.weight"). Batch
 * norm's parameters are those of nn_norm(): NAME.weight, NAME.bias, NAME.mean, NAME.variance.
 * Wrong shapes give a failed node, as everywhere in a graph. All but the MLP take pictures
 * (N,H,W,3) from -1 to 1.
 */
#pragma once

#include "nets/nn.h"

G_BEGIN_DECLS

/* MobileNetV2 1.0 (Sandler et al. 2018), TensorFlow SAME padding: nodes one can go on from. */
typedef struct
{
  nn_node
      stage[4]; /* ends at strides 4, 8, 16, 32: block3, block6, block13, block17 (24,32,96,320) */
  nn_node head; /* (N,H/32,W/32,1280) after ReLU6; failed when not asked for */
  nn_node logits; /* (N,classes); failed when not asked for */
} nn_mobilenetv2_nodes;
/* With batch norm after every convolution, which has no bias: NAME.weight and NAME_norm.*. classes
 * 0: without the last 1x1 convolution to 1280 (head) and the classifier (global mean and
 * "classifier"). */
nn_mobilenetv2_nodes nn_mobilenetv2 (nn_graph *g, const char *scope, nn_node picture, int classes);
/* With batch norm folded into the convolutions: each layer is convolution + bias (+ ReLU6). head
 * FALSE: without the last 1x1 convolution to 1280. */
nn_mobilenetv2_nodes nn_mobilenetv2_folded (nn_graph *g, const char *scope, nn_node picture,
                                            gboolean head);

/* Inserts norms into a folded network so that its function stays the same: gives the parameters of
 * nn_mobilenetv2() in `to`, below `scope`, those of nn_mobilenetv2_folded() in `from`, below
 * `from_scope`. The weights are the same; a norm's mean and variance are what its convolution gives
 * over `pictures` (count,side,side,3), its gain the deviation and its shift the mean plus the
 * folded bias. With head when `to` has one. At least one picture; better some hundred, like those
 * that training will show. Errors: parameters that are missing or of another size (some may be
 * set). */
gboolean nn_mobilenetv2_import (nn_params *to, const char *scope, nn_params *from,
                                const char *from_scope, const float *pictures, int count, int side,
                                GError **error);

/* ResNet-18 (He et al. 2016, table 1) to logits (N,classes): conv1, bn1, layer1.0.conv1 ...
 * layer4.1.bn2, layerN.0.downsample.0 (1x1) and .1 (norm) where a block changes the shape, fc.
 * The stem fits the picture: from NN_RESNET_LARGE pixels on 7x7 with stride 2 and 3x3 max pooling
 * with stride 2, below that 3x3 with stride 1 and no pooling (the paper's choice for CIFAR). */
#define NN_RESNET_LARGE 112
nn_node nn_resnet18 (nn_graph *g, const char *scope, nn_node picture, int classes);

/* Multi-layer perceptron on values (N,D), with ReLU between: fc1 ... fcK of the hidden widths, then
 * fcK+1 to logits (N,classes). */
nn_node nn_mlp (nn_graph *g, const char *scope, nn_node x, const int *hidden, int n_hidden,
                int classes);

G_END_DECLS
