/* Parameters: first values, sharing, freezing, files, and AdamW by hand. */
#include <criterion/criterion.h>

#include "nets/core/params_file.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

/* y = W x + b with x (1) and two outputs, and the cross entropy of y. */
typedef struct
{
  nn_graph *g;
  nn_params *p;
  nn_exec *e;
  nn_node x, targets, logits, loss;
} tiny;

static void
tiny_open (tiny *t, guint64 seed)
{
  g_autoptr (GError) error = NULL;
  t->g = nn_graph_new ();
  t->x = nn_values (t->g, "x", 1, 1);
  t->targets = nn_values (t->g, "targets", 1, 2);
  t->logits = nn_keep (t->g, nn_linear (t->g, "line", t->x, 2));
  t->loss = nn_cross_entropy (t->g, t->logits, t->targets);
  t->p = nn_params_new ((const nn_graph *const[]){ t->g }, 1, seed, &error);
  cr_assert_not_null (t->p, "%s", error ? error->message : "");
  t->e = nn_exec_new (t->g, t->p, NN_TRAIN, 1, &error);
  cr_assert_not_null (t->e, "%s", error ? error->message : "");
}

static void
tiny_close (tiny *t)
{
  nn_exec_free (t->e);
  nn_params_free (t->p);
  nn_graph_free (t->g);
}

/* With W = 0, b = 0, x = 2 and the first answer right: d loss / d logits = (-1/2, 1/2). */
static void
tiny_learn (tiny *t)
{
  nn_param *w = nn_params_find (t->p, "line.weight"), *b = nn_params_find (t->p, "line.bias");
  memset (w->value, 0, 2 * sizeof (float));
  memset (b->value, 0, 2 * sizeof (float));
  nn_params_changed (t->p);
  nn_data (t->e, t->x)[0] = 2;
  nn_data (t->e, t->targets)[0] = 1;
  nn_forward (t->e);
  nn_backward (t->e, t->loss);
}

Test (params, first_values_depend_on_seed_and_name_only)
{
  tiny a, b, c;
  tiny_open (&a, 1);
  tiny_open (&b, 1);
  tiny_open (&c, 2);
  float *x = nn_params_find (a.p, "line.weight")->value;
  cr_expect_arr_eq (x, nn_params_find (b.p, "line.weight")->value, 2 * sizeof (float));
  cr_expect_neq (x[0], nn_params_find (c.p, "line.weight")->value[0]);
  cr_expect_eq (nn_params_find (a.p, "line.bias")->value[0], 0);
  cr_expect_null (nn_params_find (a.p, "line"));
  cr_expect_eq (nn_params_total (a.p), 4);
  tiny_close (&a);
  tiny_close (&b);
  tiny_close (&c);
}

Test (params, graphs_share_by_name)
{
  nn_graph *g[2] = { nn_graph_new (), nn_graph_new () };
  g_autoptr (GError) error = NULL;
  nn_params *p;

  nn_linear (g[0], "same", nn_values (g[0], "x", 1, 3), 2);
  nn_linear (g[1], "same", nn_values (g[1], "x", 1, 3), 2);
  p = nn_params_new ((const nn_graph *const *)g, 2, 1, &error);
  cr_assert_not_null (p);
  cr_expect_eq (nn_params_count (p), 2);
  nn_params_free (p);
  nn_graph_free (g[1]);

  g[1] = nn_graph_new ();
  nn_linear (g[1], "same", nn_values (g[1], "x", 1, 5), 2);
  cr_expect_null (nn_params_new ((const nn_graph *const *)g, 2, 1, &error));
  cr_assert_not_null (error);
  cr_expect_not_null (strstr (error->message, "same.weight"), "%s", error->message);
  nn_graph_free (g[0]);
  nn_graph_free (g[1]);
}

Test (adamw, first_step_by_hand)
{
  tiny t;
  nn_optimiser o = nn_adamw_default ();

  tiny_open (&t, 1);
  tiny_learn (&t);
  const nn_param *w = nn_params_find (t.p, "line.weight"), *b = nn_params_find (t.p, "line.bias");
  cr_expect_float_eq (w->grad[0], -1, 1e-6);
  cr_expect_float_eq (b->grad[1], 0.5, 1e-6);
  o.rate = 0.1f;
  o.clip = 0;
  /* Norm of (-1, 1, -1/2, 1/2); the first step moves each number by the rate, whatever its
   * gradient. */
  double norm = nn_optimise (t.p, &o);
  cr_expect_float_eq (norm, sqrt (2.5), 1e-6);
  cr_expect_float_eq (w->value[0], 0.1, 1e-5);
  cr_expect_float_eq (b->value[1], -0.1, 1e-5);
  cr_expect_eq (o.step, 1);
  tiny_close (&t);
}

Test (adamw, two_steps_against_the_formula)
{
  tiny t;
  nn_optimiser o = nn_adamw_default ();
  double m = 0, v = 0, value = 0.7, gradient[2] = { 0.3, -0.2 };

  tiny_open (&t, 1);
  nn_param *w = nn_params_find (t.p, "line.weight");
  w->value[0] = 0.7f;
  o.rate = 0.05f;
  o.decay = 0.2f;
  o.clip = 0;
  for (int i = 0; i < 2; i++)
    {
      for (guint k = 0; k < nn_params_count (t.p); k++)
        memset (nn_params_nth (t.p, k)->grad, 0, 2 * sizeof (float));
      w->grad[0] = (float)gradient[i];
      nn_optimise (t.p, &o);
      m = 0.9 * m + 0.1 * gradient[i];
      v = 0.999 * v + 0.001 * gradient[i] * gradient[i];
      value = value * (1 - 0.05 * 0.2)
              - 0.05 * (m / (1 - pow (0.9, i + 1))) / (sqrt (v / (1 - pow (0.999, i + 1))) + 1e-8);
    }
  cr_expect_float_eq (w->value[0], value, 1e-5, "%g, not %g", w->value[0], value);
  tiny_close (&t);
}

Test (adamw, clips_the_global_norm)
{
  tiny t;
  nn_optimiser o = nn_adamw_default ();

  tiny_open (&t, 1);
  tiny_learn (&t);
  o.clip = 0.5f;
  double norm = nn_optimise (t.p, &o);
  cr_expect_float_eq (norm, sqrt (2.5), 1e-6);
  /* The first mean is a tenth of the clipped gradient. */
  cr_expect_float_eq (nn_params_find (t.p, "line.weight")->mean[0], -0.1 * 0.5 / sqrt (2.5), 1e-6);
  tiny_close (&t);
}

Test (adamw, decays_weights_alone_and_respects_freezing_and_rates)
{
  tiny t;
  nn_optimiser o = nn_adamw_default ();

  tiny_open (&t, 1);
  nn_param *w = nn_params_find (t.p, "line.weight"), *b = nn_params_find (t.p, "line.bias");
  w->value[0] = w->value[1] = b->value[0] = b->value[1] = 1;
  memset (w->grad, 0, 2 * sizeof (float));
  memset (b->grad, 0, 2 * sizeof (float));
  cr_expect_eq (nn_params_set_rate (t.p, "line.w", 0.5f), 1);
  o.rate = 0.1f;
  o.decay = 1;
  nn_optimise (t.p, &o);
  cr_expect_float_eq (w->value[0], 0.95, 1e-6);
  cr_expect_float_eq (b->value[0], 1, 1e-6);
  cr_expect_eq (nn_params_freeze (t.p, "line.", TRUE), 2);
  nn_optimise (t.p, &o);
  cr_expect_float_eq (w->value[0], 0.95, 1e-6);
  tiny_close (&t);
}

Test (adamw, gradients_that_are_not_finite_change_nothing)
{
  tiny t;
  nn_optimiser o = nn_adamw_default ();

  tiny_open (&t, 1);
  tiny_learn (&t);
  nn_param *w = nn_params_find (t.p, "line.weight");
  w->grad[1] = NAN;
  double norm = nn_optimise (t.p, &o);
  cr_expect (isnan (norm));
  cr_expect_eq (w->value[0], 0);
  cr_expect_eq (o.step, 0);
  tiny_close (&t);
}

Test (params, files_hold_values_and_moments)
{
  g_autofree char *folder = g_dir_make_tmp ("regard-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "p.safetensors", NULL);
  g_autoptr (nn_writer) w = nn_writer_new ();
  g_autoptr (nn_file) f = NULL;
  g_autoptr (GError) error = NULL;
  nn_optimiser o = nn_adamw_default ();
  tiny a, b;

  tiny_open (&a, 1);
  tiny_learn (&a);
  nn_optimise (a.p, &o);
  nn_params_write (a.p, w, NN_F32, TRUE);
  cr_assert (nn_writer_save (w, path, &error), "%s", error ? error->message : "");
  tiny_open (&b, 2);
  f = nn_file_open (path, &error);
  cr_assert_not_null (f);
  cr_assert (nn_params_read (b.p, f, "", "", &error), "%s", error ? error->message : "");
  cr_assert (nn_params_read_moments (b.p, f, &error), "%s", error ? error->message : "");
  const nn_param *x = nn_params_find (a.p, "line.weight"), *y = nn_params_find (b.p, "line.weight");
  cr_expect_arr_eq (x->value, y->value, 2 * sizeof (float));
  cr_expect_arr_eq (x->mean, y->mean, 2 * sizeof (float));
  cr_expect_arr_eq (x->square, y->square, 2 * sizeof (float));
  tiny_close (&a);
  tiny_close (&b);
  g_unlink (path);
  g_rmdir (folder);
}

Test (params, files_that_do_not_fit_are_refused_whole)
{
  g_autofree char *folder = g_dir_make_tmp ("regard-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "p.safetensors", NULL);
  g_autoptr (nn_writer) w = nn_writer_new ();
  g_autoptr (nn_file) f = NULL;
  g_autoptr (GError) error = NULL;
  const float three[3] = { 9, 9, 9 };
  tiny t;

  nn_writer_add (w, "line.weight", NN_F32, 1, (uint64_t[]){ 3 }, three);
  cr_assert (nn_writer_save (w, path, &error));
  f = nn_file_open (path, &error);
  tiny_open (&t, 1);
  float before = nn_params_find (t.p, "line.weight")->value[0];
  cr_expect_not (nn_params_read (t.p, f, "", "", &error));
  cr_assert_not_null (error);
  cr_expect_not_null (strstr (error->message, "line.weight is (3) and should be (2,1)"), "%s",
                      error->message);
  cr_expect_not_null (strstr (error->message, "line.bias (2) is missing"), "%s", error->message);
  cr_expect_eq (nn_params_find (t.p, "line.weight")->value[0], before);
  tiny_close (&t);
  g_unlink (path);
  g_rmdir (folder);
}
