/* What each backbone makes of a picture: where its maps come from and their shapes. */
#include "nets/zoo/zoo.h"
#include "vqa/model/net.h"

#include <string.h>

/* Of the maps; the fine one has half the stride. */
typedef struct
{
  int stride, channels, fine_channels;
} shape;

static shape
shape_of (const vqa_spec *s)
{
  if (s->backbone == VQA_BACKBONE_PLAIN)
    return (shape){ 1 << s->halvings, s->filters, s->filters };
  return (shape){ 32, 320, 96 }; /* of the last block, and of the last one at stride 16 */
}

/* Convolution, batch norm and ReLU. */
static nn_node
layer (nn_graph *g, int number, nn_node x, int filters, int stride)
{
  g_autofree char *conv = g_strdup_printf ("conv%d", number);
  g_autofree char *norm = g_strdup_printf ("norm%d", number);
  nn_conv_options o = { .out = filters,
                        .kernel = 3,
                        .stride = stride,
                        .top = 1,
                        .left = 1,
                        .bottom = 1,
                        .right = 1,
                        .no_bias = TRUE };

  return nn_relu (g, nn_norm (g, norm, nn_conv_with (g, conv, x, &o)));
}

/* As the networks that learn from pixels alone (Perez et al. 2018): 3x3 convolutions, some that
 * halve the map and one more. */
static vqa_net_maps
plain (nn_graph *g, const vqa_spec *s, nn_node picture)
{
  vqa_net_maps maps = { .fine = { -1 } };
  nn_node x = picture;

  nn_scope (g, "backbone.");
  for (int i = 1; i <= s->halvings; i++)
    {
      x = layer (g, i, x, s->filters, 2);
      if (s->fine > 0 && i == s->halvings - 1)
        maps.fine = nn_keep (g, x);
    }
  maps.coarse = nn_keep (g, layer (g, s->halvings + 1, x, s->filters, 1));
  nn_scope (g, "%s", "");
  return maps;
}

static vqa_net_maps
mobilenetv2 (nn_graph *g, const vqa_spec *s, nn_node picture)
{
  nn_mobilenetv2_nodes net = nn_mobilenetv2_folded (g, "backbone.", picture, FALSE);
  return (vqa_net_maps){ nn_keep (g, net.stage[3]),
                         s->fine > 0 ? nn_keep (g, net.stage[2]) : (nn_node){ -1 } };
}

vqa_net_maps
vqa_net_features (nn_graph *g, const vqa_spec *s, nn_node picture)
{
  return s->backbone == VQA_BACKBONE_PLAIN ? plain (g, s, picture) : mobilenetv2 (g, s, picture);
}

/* Input of one map of that stride. */
static nn_node
map_input (nn_graph *g, const vqa_spec *s, const char *name, int stride, int channels)
{
  int side = (s->side + stride - 1) / stride;
  return nn_images (g, name, side, side, channels);
}

vqa_net_maps
vqa_net_map_inputs (nn_graph *g, const vqa_spec *s)
{
  shape m = shape_of (s);
  return (vqa_net_maps){ map_input (g, s, "map", m.stride, m.channels),
                         s->fine > 0 ? map_input (g, s, "fine map", m.stride / 2, m.fine_channels)
                                     : (nn_node){ -1 } };
}

static size_t
map_size (const nn_graph *g, nn_node map)
{
  nn_shape s = nn_node_shape (g, map);
  return map.i >= 0 ? (size_t)s.dim[0] * s.dim[1] * s.dim[2] : 0;
}

size_t
vqa_net_maps_count (const nn_graph *g, vqa_net_maps maps)
{
  return map_size (g, maps.coarse) + map_size (g, maps.fine);
}

void
vqa_net_maps_get (nn_exec *e, const nn_graph *g, vqa_net_maps maps, int row, float *to)
{
  size_t coarse = map_size (g, maps.coarse), fine = map_size (g, maps.fine);
  memcpy (to, nn_data (e, maps.coarse) + row * coarse, coarse * sizeof *to);
  if (fine > 0)
    memcpy (to + coarse, nn_data (e, maps.fine) + row * fine, fine * sizeof *to);
}

void
vqa_net_maps_put (nn_exec *e, const nn_graph *g, vqa_net_maps maps, int row, const float *from)
{
  size_t coarse = map_size (g, maps.coarse), fine = map_size (g, maps.fine);
  memcpy (nn_data (e, maps.coarse) + row * coarse, from, coarse * sizeof *from);
  if (fine > 0)
    memcpy (nn_data (e, maps.fine) + row * fine, from + coarse, fine * sizeof *from);
}
