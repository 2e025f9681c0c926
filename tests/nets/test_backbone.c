/* The imported MobileNetV2 against the reference numbers that lie beside its weights. The weights
 * are training data, not part of the product: without the folder ($REGARD_DATA/backbone) there is
 * nothing to compare, and the tests say so. */
#include <criterion/criterion.h>

#include "nets/core/params_file.h"
#include "nets/zoo/zoo.h"
#include "vqa/data/data.h"
#include "vqa/model/net.h"

#include <math.h>
#include <string.h>

typedef struct
{
  int side;
  nn_graph *graph;
  nn_params *params;
  nn_exec *exec;
  nn_node picture, logits;
  nn_mobilenetv2_nodes net;
} backbone;

static char *
data_file (const char *name)
{
  const char *root = g_getenv ("REGARD_DATA");
  char *path = root != NULL ? g_build_filename (root, "backbone", name, NULL) : NULL;
  if (path == NULL || !g_file_test (path, G_FILE_TEST_EXISTS))
    {
      cr_log_warn ("not compared: $REGARD_DATA/backbone/%s is not there", name);
      g_clear_pointer (&path, g_free);
    }
  return path;
}

static gboolean
backbone_open (backbone *b, int side)
{
  g_autofree char *path = data_file ("mobilenetv2_1.0_imagenet.safetensors");
  g_autoptr (nn_file) file = NULL;
  g_autoptr (GError) error = NULL;

  if (path == NULL)
    return FALSE;
  b->side = side;
  b->graph = nn_graph_new ();
  b->picture = nn_images (b->graph, "picture", side, side, 3);
  b->net = nn_mobilenetv2_folded (b->graph, "", b->picture, TRUE);
  for (int i = 0; i < 4; i++)
    nn_keep (b->graph, b->net.stage[i]);
  nn_keep (b->graph, b->net.head);
  b->logits = nn_linear (b->graph, "classifier", nn_global_mean (b->graph, b->net.head), 1001);
  b->params = nn_params_new ((const nn_graph *const[]){ b->graph }, 1, 1, &error);
  cr_assert_not_null (b->params, "%s", error ? error->message : "");
  file = nn_file_open (path, &error);
  cr_assert_not_null (file, "%s", error ? error->message : "");
  cr_assert (nn_params_read (b->params, file, "", "", &error), "%s", error ? error->message : "");
  b->exec = nn_exec_new (b->graph, b->params, NN_INFER, 1, &error);
  cr_assert_not_null (b->exec, "%s", error ? error->message : "");
  return TRUE;
}

static void
backbone_close (backbone *b)
{
  nn_exec_free (b->exec);
  nn_params_free (b->params);
  nn_graph_free (b->graph);
}

/* Mean, mean of absolute values, and channel 0 at row 1, column 2 of a stage. */
static void
check_stage (backbone *b, nn_node x, double mean, double mean_abs, double value)
{
  nn_shape s = nn_node_shape (b->graph, x);
  const float *v = nn_data (b->exec, x);
  size_t n = (size_t)s.dim[0] * s.dim[1] * s.dim[2];
  double sum = 0, sum_abs = 0;

  for (size_t i = 0; i < n; i++)
    {
      sum += v[i];
      sum_abs += fabs (v[i]);
    }
  cr_expect_float_eq (sum / (double)n, mean, 2e-4, "mean %g, not %g", sum / (double)n, mean);
  cr_expect_float_eq (sum_abs / (double)n, mean_abs, 5e-4, "%g, not %g", sum_abs / (double)n,
                      mean_abs);
  cr_expect_float_eq (v[(s.dim[1] + 2) * s.dim[2]], value, 5e-3, "%g, not %g",
                      v[(s.dim[1] + 2) * s.dim[2]], value);
}

static void
check_logit (backbone *b, int label, double logit, double tolerance)
{
  double is = nn_data (b->exec, b->logits)[label];
  cr_expect_float_eq (is, logit, tolerance, "logit of class %d is %g, not %g", label, is, logit);
}

static void
run_pattern (backbone *b)
{
  float *to = nn_data (b->exec, b->picture);
  for (int y = 0; y < b->side; y++)
    for (int x = 0; x < b->side; x++)
      for (int c = 0; c < 3; c++)
        *to++ = ((float)((5 * x + 3 * y + 40 * c + ((x * y) >> 4)) % 256) - 128) / 128;
  nn_forward (b->exec);
}

Test (backbone, pattern_192)
{
  backbone b;
  if (!backbone_open (&b, 192))
    return;
  run_pattern (&b);
  check_stage (&b, b.net.stage[0], 0.96774, 9.66487, -3.7710);
  check_stage (&b, b.net.stage[3], -0.07921, 1.52277, 4.0894);
  check_stage (&b, b.net.head, 0.45067, 0.45067, 3.0083);
  check_logit (&b, 582, 9.583, 0.01);
  check_logit (&b, 507, 7.281, 0.01);
  check_logit (&b, 647, 5.887, 0.01);
  backbone_close (&b);
}

Test (backbone, pattern_224)
{
  backbone b;
  if (!backbone_open (&b, 224))
    return;
  run_pattern (&b);
  check_stage (&b, b.net.stage[0], 1.11914, 9.93042, -3.7710);
  check_stage (&b, b.net.stage[3], -0.09883, 1.56108, 4.1964);
  check_stage (&b, b.net.head, 0.41271, 0.41271, 0.8028);
  check_logit (&b, 582, 9.110, 0.01);
  check_logit (&b, 546, 5.325, 0.01);
  backbone_close (&b);
}

/* The central square of the photograph, from our own decoder; pixels that differ by one level move
 * a logit by up to 0.43. */
static void
check_photo (int side, int left, int top, double first, double second, int second_label)
{
  g_autofree char *path = data_file ("golden_siamese_cat.jpg");
  g_autoptr (vqa_picture) picture = NULL;
  g_autoptr (GError) error = NULL;
  backbone b;

  if (path == NULL || !backbone_open (&b, side))
    return;
  picture = vqa_picture_load (path, 0, 1000, &error);
  cr_assert_not_null (picture, "%s", error ? error->message : "");
  cr_assert_eq (picture->shown_width, 500);
  for (int y = 0; y < side; y++)
    vqa_net_pixels (picture->shown + ((size_t)(top + y) * 500 + left) * 3, (size_t)side * 3,
                    nn_data (b.exec, b.picture) + (size_t)y * side * 3);
  nn_forward (b.exec);
  check_logit (&b, 285, first, 0.5);
  check_logit (&b, second_label, second, 0.5);
  backbone_close (&b);
}

Test (backbone, photograph)
{
  check_photo (224, 138, 75, 15.447, 7.294, 286);
  check_photo (192, 154, 91, 17.558, 10.808, 357);
}

/* The same network with norms, measured on another picture than the one that is compared. */
Test (backbone, norms_inserted)
{
  backbone b;
  nn_graph *g = nn_graph_new ();
  nn_node picture = nn_images (g, "picture", 192, 192, 3);
  nn_mobilenetv2_nodes net = nn_mobilenetv2 (g, "", picture, 1001);
  nn_params *p = nn_params_new ((const nn_graph *const[]){ g }, 1, 1, NULL);
  g_autoptr (GError) error = NULL;
  g_autofree float *measured = g_new (float, 192 * 192 * 3);
  const float *want;
  nn_shape s = nn_node_shape (g, net.head);
  double most = 0, largest = 0;
  nn_exec *e;

  nn_keep (g, net.head);
  if (!backbone_open (&b, 192))
    return;
  run_pattern (&b);
  want = nn_data (b.exec, b.net.head);
  for (int i = 0; i < 192 * 192 * 3; i++)
    measured[i] = sinf ((float)i * 0.001f) * 0.8f;
  cr_assert (nn_mobilenetv2_import (p, "", b.params, "", measured, 1, 192, &error), "%s",
             error != NULL ? error->message : "");
  e = nn_exec_new (g, p, NN_INFER, 1, NULL);
  memcpy (nn_data (e, picture), nn_data (b.exec, b.picture), 192 * 192 * 3 * sizeof (float));
  nn_forward (e);
  for (int i = 0; i < s.dim[0] * s.dim[1] * s.dim[2]; i++)
    {
      most = MAX (most, fabs (nn_data (e, net.head)[i] - want[i]));
      largest = MAX (largest, fabs (want[i]));
    }
  cr_expect_lt (most / largest, 1e-4, "%g of %g", most, largest);
  nn_exec_free (e);
  nn_params_free (p);
  nn_graph_free (g);
  backbone_close (&b);
}
