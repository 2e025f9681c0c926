#include "nets/zoo/zoo.h"

#include <math.h>
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

/* How a network is built. */
typedef struct
{
  nn_graph *g;
  gboolean norms;
  nn_node *layers; /* receives each layer's output before its activation; NULL: not wanted */
  int n_layers;
} builder;

/* One layer: a convolution with bias, or without one and followed by its norm. */
static nn_node
layer (builder *b, const char *name, nn_node x, int out, int kernel, int stride, gboolean depthwise)
{
  nn_conv_options o = nn_conv_same_options (b->g, x, out, kernel, stride, depthwise);
  g_autofree char *norm = g_strconcat (name, "_norm", NULL);

  o.no_bias = b->norms;
  x = nn_conv_with (b->g, name, x, &o);
  if (b->norms)
    x = nn_norm (b->g, norm, x);
  if (b->layers != NULL)
    b->layers[b->n_layers++] = x;
  return x;
}

static nn_node
block (builder *b, nn_node x, int out, int expand, int stride)
{
  nn_graph *g = b->g;
  int in = nn_node_shape (g, x).dim[2];
  nn_node y = x;

  if (expand > 1)
    y = nn_relu6 (g, layer (b, "expand", y, in * expand, 1, 1, FALSE));
  y = nn_relu6 (g, layer (b, "depthwise", y, in * expand, 3, stride, TRUE));
  y = layer (b, "project", y, out, 1, 1, FALSE);
  return stride == 1 && in == out ? nn_add (g, y, x) : y;
}

static nn_mobilenetv2_nodes
build (builder *b, const char *scope, nn_node picture, gboolean head)
{
  nn_mobilenetv2_nodes net = { .head = { -1 }, .logits = { -1 } };
  nn_graph *g = b->g;
  nn_node x;

  nn_scope (g, "%s", scope);
  x = nn_relu6 (g, layer (b, "stem", picture, 32, 3, 2, FALSE));
  for (int i = 0, stage = 0; i < 17; i++)
    {
      nn_scope (g, "%sblock%d.", scope, i + 1);
      x = block (b, x, blocks[i].out, blocks[i].expand, blocks[i].stride);
      if (i == 2 || i == 5 || i == 12 || i == 16)
        net.stage[stage++] = x;
    }
  nn_scope (g, "%s", scope);
  if (head)
    net.head = nn_relu6 (g, layer (b, "head", x, 1280, 1, 1, FALSE));
  return net;
}

nn_mobilenetv2_nodes
nn_mobilenetv2_folded (nn_graph *g, const char *scope, nn_node picture, gboolean head)
{
  nn_mobilenetv2_nodes net = build (&(builder){ .g = g }, scope, picture, head);
  nn_scope (g, "%s", "");
  return net;
}

nn_mobilenetv2_nodes
nn_mobilenetv2 (nn_graph *g, const char *scope, nn_node picture, int classes)
{
  nn_mobilenetv2_nodes net
      = build (&(builder){ .g = g, .norms = TRUE }, scope, picture, classes > 0);
  if (classes > 0)
    net.logits = nn_linear (g, "classifier", nn_global_mean (g, net.head), classes);
  nn_scope (g, "%s", "");
  return net;
}

/* ---- import -------------------------------------------------------------------------------- */

#define LAYERS  52   /* convolutions, head included */
#define AT_ONCE 4    /* pictures: all layers are kept in memory */
#define EPS     1e-5 /* nn_norm()'s */

/* What is measured of one layer. */
typedef struct
{
  char *name; /* with scope, as "block1.expand" */
  nn_node node;
  int channels;
  double *sum, *square; /* (channels) of output - bias */
} measured;

static void
measured_clear (measured *m)
{
  g_free (m->name);
  g_free (m->sum);
  g_free (m->square);
}

/* The names of the layers in the order in which they are built. */
static void
name_layers (measured *m, gboolean head)
{
  int n = 0;
  m[n++].name = g_strdup ("stem");
  for (int i = 0; i < 17; i++)
    {
      if (blocks[i].expand > 1)
        m[n++].name = g_strdup_printf ("block%d.expand", i + 1);
      m[n++].name = g_strdup_printf ("block%d.depthwise", i + 1);
      m[n++].name = g_strdup_printf ("block%d.project", i + 1);
    }
  if (head)
    m[n++].name = g_strdup ("head");
}

static nn_param *
find (nn_params *p, const char *scope, const char *layer, const char *suffix, size_t count,
      GError **error)
{
  g_autofree char *name = g_strconcat (scope, layer, suffix, NULL);
  nn_param *q = nn_params_find (p, name);
  if (q != NULL && (count == 0 || q->count == count))
    return q;
  g_set_error (error, NN_ERROR, NN_ERROR_SHAPE, "MobileNetV2: parameter %s %s", name,
               q == NULL ? "is missing" : "has another size than the network needs");
  return NULL;
}

/* Adds `rows` pictures of what the layer gives to its sums. */
static void
add_rows (measured *m, const float *y, size_t rows, const float *bias)
{
  for (size_t i = 0; i < rows; i++)
    for (int c = 0; c < m->channels; c++)
      {
        double z = (double)y[i * m->channels + c] - bias[c];
        m->sum[c] += z;
        m->square[c] += z * z;
      }
}

/* Runs all pictures through the folded network and sums every layer up. */
static gboolean
measure (nn_graph *g, nn_node picture, nn_params *from, const char *scope, measured *m,
         int n_layers, const float *pictures, int count, GError **error)
{
  nn_shape s = nn_node_shape (g, picture);
  size_t size = (size_t)s.dim[0] * s.dim[1] * s.dim[2];
  int batch = MIN (count, AT_ONCE);
  nn_exec *e = nn_exec_new (g, from, NN_INFER, batch, error);

  for (int first = 0; e != NULL && first < count; first += batch)
    {
      int rows = MIN (batch, count - first);
      memcpy (nn_data (e, picture), pictures + first * size, rows * size * sizeof (float));
      nn_forward (e);
      for (int i = 0; i < n_layers; i++)
        {
          nn_shape y = nn_node_shape (g, m[i].node);
          const nn_param *bias = find (from, scope, m[i].name, ".bias", 0, NULL);
          add_rows (&m[i], nn_data (e, m[i].node), (size_t)rows * y.dim[0] * y.dim[1], bias->value);
        }
    }
  nn_exec_free (e);
  return e != NULL;
}

/* y = z + bias as norm: mean and variance of z, gain = its deviation, shift = mean + bias. */
static gboolean
set_layer (nn_params *to, const char *scope, nn_params *from, const char *from_scope,
           const measured *m, double numbers, GError **error)
{
  nn_param *bias = find (from, from_scope, m->name, ".bias", m->channels, error);
  nn_param *weight = find (from, from_scope, m->name, ".weight", 0, error);
  nn_param *into = weight ? find (to, scope, m->name, ".weight", weight->count, error) : NULL;
  nn_param *norm[4];
  static const char *const parts[4]
      = { "_norm.mean", "_norm.variance", "_norm.weight", "_norm.bias" };

  if (bias == NULL || into == NULL)
    return FALSE;
  for (int i = 0; i < 4; i++)
    if ((norm[i] = find (to, scope, m->name, parts[i], m->channels, error)) == NULL)
      return FALSE;
  memcpy (into->value, weight->value, weight->count * sizeof (float));
  for (int c = 0; c < m->channels; c++)
    {
      double mean = m->sum[c] / numbers;
      double variance = MAX (m->square[c] / numbers - mean * mean, 0);
      norm[0]->value[c] = (float)mean;
      norm[1]->value[c] = (float)variance;
      norm[2]->value[c] = (float)sqrt (variance + EPS);
      norm[3]->value[c] = (float)(mean + bias->value[c]);
    }
  return TRUE;
}

gboolean
nn_mobilenetv2_import (nn_params *to, const char *scope, nn_params *from, const char *from_scope,
                       const float *pictures, int count, int side, GError **error)
{
  g_autofree char *last = g_strconcat (scope, "head.weight", NULL);
  gboolean head = nn_params_find (to, last) != NULL, fine;
  nn_graph *g = nn_graph_new ();
  nn_node picture = nn_images (g, "picture", side, side, 3), nodes[LAYERS];
  builder b = { .g = g, .layers = nodes };
  measured m[LAYERS] = { 0 };

  build (&b, from_scope, picture, head);
  name_layers (m, head);
  for (int i = 0; i < b.n_layers; i++)
    {
      m[i].node = nn_keep (g, nodes[i]);
      m[i].channels = nn_node_shape (g, nodes[i]).dim[2];
      m[i].sum = g_new0 (double, m[i].channels);
      m[i].square = g_new0 (double, m[i].channels);
    }
  fine = measure (g, picture, from, from_scope, m, b.n_layers, pictures, count, error);
  for (int i = 0; fine && i < b.n_layers; i++)
    {
      nn_shape y = nn_node_shape (g, m[i].node);
      fine = set_layer (to, scope, from, from_scope, &m[i], (double)count * y.dim[0] * y.dim[1],
                        error);
    }
  for (int i = 0; i < LAYERS; i++)
    measured_clear (&m[i]);
  nn_graph_free (g);
  nn_params_changed (to);
  return fine;
}
