/* The networks of the zoo: sizes against the papers, names, shapes, and that they learn. */
#include <criterion/criterion.h>

#include "nets/zoo/zoo.h"

#include <math.h>
#include <string.h>

#define CLASSES 10

typedef enum
{
  RESNET18,
  MOBILENETV2,
  MLP
} which;

typedef struct
{
  nn_graph *g;
  nn_node picture, logits, targets, loss;
  nn_mobilenetv2_nodes mobile;
} net;

static net
build (which network, int side, int classes)
{
  net n = { .g = nn_graph_new () };

  if (network == MLP)
    n.picture = nn_values (n.g, "pixels", 1, side * side * 3);
  else
    n.picture = nn_images (n.g, "picture", side, side, 3);
  if (network == RESNET18)
    n.logits = nn_resnet18 (n.g, "net.", n.picture, classes);
  else if (network == MLP)
    n.logits = nn_mlp (n.g, "net.", n.picture, (const int[]){ 64, 32 }, 2, classes);
  else
    {
      n.mobile = nn_mobilenetv2 (n.g, "net.", n.picture, classes);
      n.logits = n.mobile.logits;
    }
  n.targets = nn_values (n.g, "targets", 1, classes);
  n.loss = nn_cross_entropy (n.g, n.logits, n.targets);
  cr_assert (nn_graph_check (n.g, NULL));
  return n;
}

/* Numbers that are learned: without the running statistics. */
static int64_t
learned (nn_graph *g)
{
  nn_params *p = nn_params_new_zero ((const nn_graph *const[]){ g }, 1, NULL);
  int64_t count = 0;

  for (guint i = 0; i < nn_params_count (p); i++)
    if ((nn_params_nth (p, i)->flags & NN_PARAM_STAT) == 0)
      count += (int64_t)nn_params_nth (p, i)->count;
  nn_params_free (p);
  return count;
}

/* 11,689,512 and 3,504,872 parameters, 1.8 and 0.30 billion multiply-adds at 224 px with 1000
 * classes, as everyone counts these two. */
Test (zoo, sizes)
{
  net resnet = build (RESNET18, 224, 1000), mobile = build (MOBILENETV2, 224, 1000),
      mlp = build (MLP, 8, CLASSES);

  cr_expect_eq (learned (resnet.g), 11689512, "%" G_GINT64_FORMAT, learned (resnet.g));
  cr_expect_eq (nn_graph_macs (resnet.g), 1814073344, "%" G_GINT64_FORMAT,
                nn_graph_macs (resnet.g));
  cr_expect_eq (learned (mobile.g), 3504872, "%" G_GINT64_FORMAT, learned (mobile.g));
  cr_expect_eq (nn_graph_macs (mobile.g), 300774272, "%" G_GINT64_FORMAT, nn_graph_macs (mobile.g));
  cr_expect_eq (learned (mlp.g), 192 * 64 + 64 + 64 * 32 + 32 + 32 * 10 + 10);
  nn_graph_free (resnet.g);
  nn_graph_free (mobile.g);
  nn_graph_free (mlp.g);
}

/* The small stem keeps the picture's size; the paper's form for CIFAR. */
Test (zoo, stems_of_resnet)
{
  for (int side = 32; side <= 64; side += 32)
    {
      net n = build (RESNET18, side, CLASSES);
      nn_params *p = nn_params_new_zero ((const nn_graph *const[]){ n.g }, 1, NULL);
      g_autofree char *table = nn_graph_describe (n.g);
      g_autofree char *first = g_strdup_printf ("(N,%d,%d,64)", side, side);
      g_autofree char *last = g_strdup_printf ("(N,%d,%d,512)", side / 8, side / 8);
      cr_assert_not_null (strstr (table, first));
      cr_assert_not_null (strstr (table, last));
      cr_assert_null (strstr (table, "max"));
      cr_assert_eq (nn_params_find (p, "net.conv1.weight")->dim[2], 3);
      cr_assert_not_null (nn_params_find (p, "net.layer2.0.downsample.0.weight"));
      cr_assert_not_null (nn_params_find (p, "net.layer4.1.bn2.variance"));
      cr_assert_null (nn_params_find (p, "net.layer1.0.downsample.0.weight"));
      cr_assert_null (nn_params_find (p, "net.conv1.bias"), "a norm follows");
      nn_params_free (p);
      nn_graph_free (n.g);
    }
}

/* Both forms of MobileNetV2 have the same layers; only the folded one has their biases. */
Test (zoo, forms_of_mobilenetv2)
{
  net n = build (MOBILENETV2, 64, CLASSES);
  nn_graph *g = nn_graph_new ();
  nn_mobilenetv2_nodes folded
      = nn_mobilenetv2_folded (g, "net.", nn_images (g, "picture", 64, 64, 3), TRUE);
  nn_params *with = nn_params_new_zero ((const nn_graph *const[]){ n.g }, 1, NULL);
  nn_params *without = nn_params_new_zero ((const nn_graph *const[]){ g }, 1, NULL);
  guint layers = 0;

  for (guint i = 0; i < nn_params_count (without); i++)
    {
      const nn_param *q = nn_params_nth (without, i);
      const nn_param *same = nn_params_find (with, q->name);
      if (g_str_has_suffix (q->name, ".bias"))
        {
          cr_assert_null (same, "%s", q->name);
          continue;
        }
      cr_assert_not_null (same, "%s", q->name);
      cr_assert_eq (same->count, q->count);
      layers++;
    }
  cr_assert_eq (layers, 52);
  cr_assert_not_null (nn_params_find (with, "net.block1.project_norm.mean"));
  for (int i = 0; i < 4; i++)
    cr_assert_eq (nn_node_shape (g, folded.stage[i]).dim[2],
                  nn_node_shape (n.g, n.mobile.stage[i]).dim[2]);
  cr_assert_eq (nn_node_shape (n.g, n.mobile.stage[3]).dim[0], 2);
  nn_params_free (with);
  nn_params_free (without);
  nn_graph_free (g);
  nn_graph_free (n.g);
}

Test (zoo, without_a_classifier)
{
  nn_graph *g = nn_graph_new ();
  nn_mobilenetv2_nodes m = nn_mobilenetv2 (g, "", nn_images (g, "picture", 32, 32, 3), 0);
  cr_assert (m.head.i < 0 && m.logits.i < 0 && m.stage[3].i >= 0);
  cr_assert (nn_graph_check (g, NULL));
  nn_graph_free (g);
}

/* Eight samples by heart: every layer is connected, forward and backward. */
static void
learns (which network, int side, int steps)
{
  net n = build (network, side, 4);
  nn_params *p = nn_params_new ((const nn_graph *const[]){ n.g }, 1, 1, NULL);
  g_autoptr (GError) error = NULL;
  nn_exec *e = nn_exec_new (n.g, p, NN_TRAIN, 8, &error);
  nn_optimiser o = nn_adamw_default ();
  float first = 0, last = 0;

  cr_assert_not_null (e, "%s", error != NULL ? error->message : "");
  for (int i = 0; i < 8 * side * side * 3; i++)
    nn_data (e, n.picture)[i] = sinf ((float)i * (1.7f + 0.3f * (float)(i / (side * side * 3))));
  for (int i = 0; i < 8; i++)
    nn_data (e, n.targets)[i * 4 + i % 4] = 1;
  o.rate = 2e-3f;
  for (int step = 0; step < steps; step++)
    {
      nn_forward (e);
      last = *nn_data (e, n.loss);
      first = step == 0 ? last : first;
      nn_backward (e, n.loss);
      for (guint k = 0; step == 0 && k < nn_params_count (p); k++)
        {
          const nn_param *q = nn_params_nth (p, k);
          float most = 0;
          for (size_t i = 0; i < q->count; i++)
            most = MAX (most, fabsf (q->grad[i]));
          cr_assert ((q->flags & NN_PARAM_STAT) != 0 || most > 0, "%s has no gradient", q->name);
        }
      nn_optimise (p, &o);
    }
  cr_assert_lt (last, 0.2f * first, "loss from %g to %g", first, last);
  nn_exec_free (e);
  nn_params_free (p);
  nn_graph_free (n.g);
}

Test (zoo, resnet18_learns)
{
  learns (RESNET18, 16, 20);
}

Test (zoo, mobilenetv2_learns)
{
  learns (MOBILENETV2, 64, 30);
}

Test (zoo, mlp_learns)
{
  learns (MLP, 8, 60);
}

/* ---- norms inserted into a folded network --------------------------------------------------- */

#define SIDE     64
#define PICTURES 6

/* Squares and stripes of several sizes and colours. */
static float *
draw_pictures (void)
{
  float *x = g_new (float, (size_t)PICTURES *SIDE *SIDE * 3);
  for (int i = 0; i < PICTURES * SIDE * SIDE * 3; i++)
    {
      int n = i / (SIDE * SIDE * 3), y = i / (SIDE * 3) % SIDE, c = i % 3, u = i / 3 % SIDE;
      gboolean inside = abs (u - 20 - 4 * n) < 6 + 2 * n && abs (y - 30) < 12;
      x[i] = inside ? 0.9f - 0.3f * (float)c : sinf ((float)(u * (n + 1) + y * c) * 0.13f) * 0.6f;
    }
  return x;
}

/* Largest difference of the last stage and the head from the folded network's, as a share of the
 * largest value. */
static double
difference (nn_graph *g, nn_params *p, nn_node picture, const nn_mobilenetv2_nodes *nodes,
            nn_mode mode, const float *pictures, const float *want[2])
{
  nn_exec *e = nn_exec_new (g, p, mode, PICTURES, NULL);
  double worst = 0;

  cr_assert_not_null (e);
  memcpy (nn_data (e, picture), pictures, (size_t)PICTURES * SIDE * SIDE * 3 * sizeof (float));
  nn_forward (e);
  for (int k = 0; k < 2; k++)
    {
      nn_node x = k == 0 ? nodes->stage[3] : nodes->head;
      nn_shape s = nn_node_shape (g, x);
      double most = 0, largest = 0;
      for (int i = 0; i < PICTURES * s.dim[0] * s.dim[1] * s.dim[2]; i++)
        {
          most = MAX (most, fabs (nn_data (e, x)[i] - want[k][i]));
          largest = MAX (largest, fabs (want[k][i]));
        }
      cr_assert_gt (largest, 0.1);
      worst = MAX (worst, most / largest);
    }
  nn_exec_free (e);
  return worst;
}

Test (zoo, import_keeps_the_function)
{
  g_autofree float *pictures = draw_pictures ();
  nn_graph *from = nn_graph_new (), *to = nn_graph_new ();
  nn_node seen = nn_images (from, "picture", SIDE, SIDE, 3),
          picture = nn_images (to, "picture", SIDE, SIDE, 3);
  nn_mobilenetv2_nodes folded = nn_mobilenetv2_folded (from, "old.", seen, TRUE),
                       normed = nn_mobilenetv2 (to, "new.", picture, 5);
  nn_params *p = nn_params_new ((const nn_graph *const[]){ from }, 1, 3, NULL);
  nn_params *q = nn_params_new ((const nn_graph *const[]){ to }, 1, 4, NULL);
  g_autoptr (GError) error = NULL;
  const float *want[2];
  nn_exec *e;

  nn_keep (from, folded.stage[3]);
  nn_keep (from, folded.head);
  nn_keep (to, normed.stage[3]);
  nn_keep (to, normed.head);
  for (guint i = 0; i < nn_params_count (p); i++)
    if (g_str_has_suffix (nn_params_nth (p, i)->name, ".bias"))
      for (size_t k = 0; k < nn_params_nth (p, i)->count; k++)
        nn_params_nth (p, i)->value[k] = sinf ((float)(i + 7 * k)) * 0.5f;
  e = nn_exec_new (from, p, NN_INFER, PICTURES, NULL);
  memcpy (nn_data (e, seen), pictures, (size_t)PICTURES * SIDE * SIDE * 3 * sizeof (float));
  nn_forward (e);
  want[0] = nn_data (e, folded.stage[3]);
  want[1] = nn_data (e, folded.head);
  cr_assert_gt (difference (to, q, picture, &normed, NN_INFER, pictures, want), 0.1);

  cr_assert (nn_mobilenetv2_import (q, "new.", p, "old.", pictures, PICTURES, SIDE, &error), "%s",
             error != NULL ? error->message : "");
  cr_expect_lt (difference (to, q, picture, &normed, NN_INFER, pictures, want), 1e-4);
  cr_expect_lt (difference (to, q, picture, &normed, NN_TRAIN, pictures, want), 1e-2);

  nn_exec_free (e);
  nn_params_free (p);
  nn_params_free (q);
  nn_graph_free (from);
  nn_graph_free (to);
}

Test (zoo, import_refuses_another_network)
{
  g_autofree float *pictures = draw_pictures ();
  net resnet = build (RESNET18, 32, CLASSES), mobile = build (MOBILENETV2, SIDE, CLASSES);
  nn_params *p = nn_params_new_zero ((const nn_graph *const[]){ resnet.g }, 1, NULL);
  nn_params *q = nn_params_new_zero ((const nn_graph *const[]){ mobile.g }, 1, NULL);
  g_autoptr (GError) error = NULL;

  cr_assert_not (nn_mobilenetv2_import (q, "net.", p, "net.", pictures, 1, SIDE, &error));
  cr_assert_not_null (strstr (error->message, "net.stem.weight"), "%s", error->message);
  nn_params_free (p);
  nn_params_free (q);
  nn_graph_free (resnet.g);
  nn_graph_free (mobile.g);
}
