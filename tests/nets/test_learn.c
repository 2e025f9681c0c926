/* Optimisers, schedules and the moving average: against PyTorch's numbers, a plain reference, and
 * whatever the number of threads. */
#include <criterion/criterion.h>

#include "nets/core/params_file.h"
#include "nets/core/random.h"

#include <glib/gstdio.h>
#include <math.h>
#include <omp.h>
#include <string.h>

/* A linear layer in -> out with all numbers set by a formula. */
typedef struct
{
  nn_graph *g;
  nn_params *p;
  nn_exec *e;
} layer;

static void
layer_open (layer *l, int in, int out)
{
  g_autoptr (GError) error = NULL;
  nn_node x, y;

  l->g = nn_graph_new ();
  x = nn_norm (l->g, "norm", nn_values (l->g, "x", 1, in));
  y = nn_linear (l->g, "line", x, out);
  nn_cross_entropy (l->g, y, nn_values (l->g, "targets", 1, out));
  l->p = nn_params_new ((const nn_graph *const[]){ l->g }, 1, 5, &error);
  cr_assert_not_null (l->p, "%s", error ? error->message : "");
  l->e = nn_exec_new (l->g, l->p, NN_TRAIN, 1, &error);
  cr_assert_not_null (l->e, "%s", error ? error->message : "");
}

static void
layer_close (layer *l)
{
  nn_exec_free (l->e);
  nn_params_free (l->p);
  nn_graph_free (l->g);
}

/* Gradients that look random and differ at every step. */
static void
set_gradients (nn_params *p, uint64_t step)
{
  for (guint i = 0; i < nn_params_count (p); i++)
    {
      nn_param *q = nn_params_nth (p, i);
      for (size_t k = 0; k < q->count; k++)
        q->grad[k]
            = (float)((double)(nn_scramble (step << 40 ^ (uint64_t)i << 32 ^ k) >> 40) / (1 << 24)
                      - 0.5);
    }
}

/* ---- SGD --------------------------------------------------------------------------------- */

/* Values of torch.optim.SGD (lr=0.1, momentum=0.9, weight_decay=0.05), PyTorch 1.13. */
Test (sgd, takes_the_steps_of_pytorch)
{
  static const float gradient[3][3]
      = { { 0.3f, -0.2f, 0.1f }, { -0.4f, 0.25f, 0.6f }, { 0.05f, 0.7f, -0.35f } };
  static const float expected[3][3] = { { 0.4675f, -0.97500002f, 1.98f },
                                        { 0.47591251f, -0.97262502f, 1.8921f },
                                        { 0.4761042f, -1.0356244f, 1.8385295f } };
  nn_optimiser o = nn_sgd_default ();
  layer l;

  layer_open (&l, 3, 1);
  nn_param *w = nn_params_find (l.p, "line.weight");
  memcpy (w->value, (float[]){ 0.5f, -1, 2 }, 3 * sizeof (float));
  o.decay = 0.05f;
  for (int i = 0; i < 3; i++)
    {
      memcpy (w->grad, gradient[i], sizeof gradient[i]);
      nn_optimise (l.p, &o);
      for (int k = 0; k < 3; k++)
        cr_expect_float_eq (w->value[k], expected[i][k], 1e-6, "step %d: %.8g", i, w->value[k]);
    }
  cr_expect_eq (o.step, 3);
  layer_close (&l);
}

/* Rates, decay, freezing and clipping on more numbers than one block holds. */
Test (sgd, agrees_with_a_plain_reference)
{
  nn_optimiser o = nn_sgd_default ();
  layer l;

  layer_open (&l, 300, 61);
  nn_param *w = nn_params_find (l.p, "line.weight"), *b = nn_params_find (l.p, "line.bias");
  nn_param *n = nn_params_find (l.p, "norm.weight");
  g_autofree double *value = g_new (double, w->count), *velocity = g_new0 (double, w->count);
  double bias = b->value[7], bias_velocity = 0;

  for (size_t k = 0; k < w->count; k++)
    value[k] = w->value[k];
  nn_params_set_rate (l.p, "line.", 0.5f);
  nn_params_freeze (l.p, "norm.", TRUE);
  o.clip = 3;
  for (uint64_t step = 0; step < 4; step++)
    {
      double norm = 0, scale, told;
      set_gradients (l.p, step);
      for (size_t k = 0; k < w->count; k++)
        norm += (double)w->grad[k] * w->grad[k];
      for (size_t k = 0; k < b->count; k++)
        norm += (double)b->grad[k] * b->grad[k];
      norm = sqrt (norm);
      scale = 3 / norm;
      told = nn_optimise (l.p, &o);
      cr_expect_float_eq (told, norm, 1e-9 * norm);
      for (size_t k = 0; k < w->count; k++)
        {
          velocity[k] = 0.9 * velocity[k] + scale * w->grad[k] + 5e-4 * value[k];
          value[k] -= 0.05 * velocity[k];
        }
      bias_velocity = 0.9 * bias_velocity + scale * b->grad[7];
      bias -= 0.05 * bias_velocity;
    }
  for (size_t k = 0; k < w->count; k++)
    cr_assert_float_eq (w->value[k], value[k], 1e-5, "number %zu: %g, not %g", k, w->value[k],
                        value[k]);
  cr_expect_float_eq (b->value[7], bias, 1e-5, "a bias does not decay");
  for (size_t k = 0; k < n->count; k++)
    cr_assert_eq (n->value[k], 1, "frozen");
  layer_close (&l);
}

/* ---- threads ----------------------------------------------------------------------------- */

/* All values, averages and norms after some updates; the caller frees. */
static double *
learn_with (int threads, nn_method method, size_t *n)
{
  nn_optimiser o = method == NN_SGD ? nn_sgd_default () : nn_adamw_default ();
  g_autoptr (GArray) all = g_array_new (FALSE, FALSE, sizeof (double));
  layer l;

  omp_set_num_threads (threads);
  layer_open (&l, 700, 133);
  for (uint64_t step = 0; step < 5; step++)
    {
      double norm;
      set_gradients (l.p, step);
      norm = nn_optimise (l.p, &o);
      g_array_append_val (all, norm);
      cr_assert (nn_params_average (l.p, 0.9, NULL));
    }
  for (guint i = 0; i < nn_params_count (l.p); i++)
    for (size_t k = 0; k < nn_params_nth (l.p, i)->count; k++)
      {
        double pair[2] = { nn_params_nth (l.p, i)->value[k], nn_params_nth (l.p, i)->average[k] };
        g_array_append_vals (all, pair, 2);
      }
  layer_close (&l);
  *n = all->len;
  return (double *)g_array_free (g_steal_pointer (&all), FALSE);
}

Test (learn, threads_change_nothing)
{
  for (int method = NN_ADAMW; method <= NN_SGD; method++)
    {
      size_t n, m;
      g_autofree double *one = learn_with (1, (nn_method)method, &n);
      for (int threads = 2; threads <= 5; threads++)
        {
          g_autofree double *more = learn_with (threads, (nn_method)method, &m);
          cr_assert_eq (n, m);
          cr_assert_eq (memcmp (one, more, n * sizeof *one), 0, "%d threads", threads);
        }
    }
}

/* ---- schedules --------------------------------------------------------------------------- */

Test (schedule, constant)
{
  nn_schedule s = { .curve = NN_CONSTANT, .warm = 10, .last = 0.5 };
  for (int step = -1; step < 30; step++)
    cr_expect_eq (nn_schedule_at (&s, step, 20), 1);
}

Test (schedule, warm_cosine)
{
  nn_schedule s = { .curve = NN_WARM_COSINE, .warm = 20, .last = 0.1 };

  cr_expect_eq (nn_schedule_at (&s, 0, 100), 0);
  cr_expect_float_eq (nn_schedule_at (&s, 5, 100), 0.25, 1e-12);
  cr_expect_float_eq (nn_schedule_at (&s, 20, 100), 1, 1e-12);
  cr_expect_float_eq (nn_schedule_at (&s, 60, 100), 0.55, 1e-12);
  cr_expect_float_eq (nn_schedule_at (&s, 40, 100), 0.1 + 0.9 * 0.5 * (1 + sqrt (0.5)), 1e-12);
  cr_expect_float_eq (nn_schedule_at (&s, 100, 100), 0.1, 1e-12);
  cr_expect_float_eq (nn_schedule_at (&s, 150, 100), 0.1, 1e-12);
  s.warm = 0;
  cr_expect_float_eq (nn_schedule_at (&s, 0, 100), 1, 1e-12);
}

Test (schedule, one_cycle)
{
  nn_schedule s = { .curve = NN_ONE_CYCLE, .warm = 30, .last = 0.001 };

  cr_expect_float_eq (nn_schedule_at (&s, 0, 100), 0.04, 1e-12);
  cr_expect_float_eq (nn_schedule_at (&s, 15, 100), 0.52, 1e-12);
  cr_expect_float_eq (nn_schedule_at (&s, 30, 100), 1, 1e-12);
  cr_expect_float_eq (nn_schedule_at (&s, 65, 100), 0.5005, 1e-12);
  cr_expect_float_eq (nn_schedule_at (&s, 100, 100), 0.001, 1e-12);
}

Test (schedule, warm_up_longer_than_the_training)
{
  for (int curve = NN_CONSTANT; curve <= NN_ONE_CYCLE; curve++)
    {
      nn_schedule s = { .curve = (nn_curve)curve, .warm = 50, .last = 0 };
      for (int step = 0; step <= 40; step++)
        {
          double at = nn_schedule_at (&s, step, 20);
          cr_assert (at >= 0 && at <= 1 && isfinite (at));
        }
      cr_assert (isfinite (nn_schedule_at (&s, 0, 0)));
    }
}

/* ---- moving average ---------------------------------------------------------------------- */

Test (average, of_values_and_statistics)
{
  layer l;

  layer_open (&l, 4, 3);
  nn_param *w = nn_params_find (l.p, "line.weight"), *v = nn_params_find (l.p, "norm.variance");
  cr_expect_null (w->average);
  nn_params_swap_average (l.p); /* nothing to exchange */
  w->value[0] = 1;
  v->value[3] = 2;
  cr_assert (nn_params_average (l.p, 0.75, NULL));
  cr_expect_eq (w->average[0], 1);
  cr_expect_eq (v->average[3], 2);
  w->value[0] = 5;
  v->value[3] = 4;
  cr_assert (nn_params_average (l.p, 0.75, NULL));
  cr_expect_eq (w->average[0], 2);
  cr_expect_eq (v->average[3], 2.5);
  nn_params_swap_average (l.p);
  cr_expect_eq (w->value[0], 2);
  cr_expect_eq (w->average[0], 5);
  cr_expect_eq (v->value[3], 2.5);
  nn_params_swap_average (l.p);
  cr_expect_eq (w->value[0], 5);
  cr_assert (nn_params_average (l.p, 0, NULL));
  cr_expect_eq (w->average[0], 5, "begun anew");
  layer_close (&l);
}

Test (average, is_kept_in_files)
{
  g_autofree char *folder = g_dir_make_tmp ("regard-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "p.safetensors", NULL);
  g_autoptr (GError) error = NULL;
  nn_optimiser o = nn_sgd_default ();
  layer a, b;

  layer_open (&a, 40, 3);
  for (int with = 0; with < 2; with++)
    {
      g_autoptr (nn_writer) w = nn_writer_new ();
      g_autoptr (nn_file) f = NULL;
      set_gradients (a.p, 1);
      nn_optimise (a.p, &o);
      cr_assert (!with || (nn_params_average (a.p, 0.5, NULL)));
      nn_params_find (a.p, "line.weight")->value[1] = 9;
      nn_params_write (a.p, w, NN_F32, TRUE);
      cr_assert (nn_writer_save (w, path, &error), "%s", error ? error->message : "");
      f = nn_file_open (path, &error);
      cr_assert_not_null (f);
      layer_open (&b, 40, 3);
      cr_assert (nn_params_read (b.p, f, "", "", &error), "%s", error ? error->message : "");
      cr_assert (nn_params_read_moments (b.p, f, &error), "%s", error ? error->message : "");
      for (guint i = 0; i < nn_params_count (a.p); i++)
        {
          const nn_param *x = nn_params_nth (a.p, i), *y = nn_params_nth (b.p, i);
          cr_assert_arr_eq (x->value, y->value, x->count * sizeof (float));
          cr_assert_arr_eq (x->mean, y->mean, x->count * sizeof (float));
          cr_assert_eq (y->average != NULL, with);
          if (with)
            cr_assert_arr_eq (x->average, y->average, x->count * sizeof (float));
        }
      layer_close (&b);
      g_unlink (path);
    }
  layer_close (&a);
  g_rmdir (folder);
}
