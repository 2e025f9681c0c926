/* Whole networks: gradients along directions, a recorded training, and learning by heart. */
#include "tests/nets/grow.h"
#include "tests/nets/nets.h"

#include <math.h>
#include <omp.h>
#include <string.h>

/* ---- gradients along directions ----------------------------------------------------------- */

/* One parameter and a direction in it; the loss along it is compared with the gradient. */
typedef struct
{
  nn_params *p;
  nn_exec *e;
  nn_node loss;
  uint64_t state;
  const char *what; /* for messages */
} slope;

static double
loss_at (const slope *s, nn_param *const *q, float *const *direction, guint n, double step)
{
  double loss;
  for (guint i = 0; i < n; i++)
    for (size_t k = 0; k < q[i]->count; k++)
      q[i]->value[k] += (float)(step * direction[i][k]);
  nn_params_changed (s->p);
  nn_forward (s->e);
  loss = nn_data (s->e, s->loss)[0];
  return loss;
}

/* (loss (w + step v) - loss (w - step v)) / 2 step; the values come back as they were. */
static double
central (const slope *s, nn_param *const *q, float *const *direction, guint n, double step)
{
  double up, down;
  g_autoptr (GPtrArray) old = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < n; i++)
    g_ptr_array_add (old, g_memdup2 (q[i]->value, q[i]->count * sizeof (float)));
  up = loss_at (s, q, direction, n, step);
  for (guint i = 0; i < n; i++)
    memcpy (q[i]->value, old->pdata[i], q[i]->count * sizeof (float));
  down = loss_at (s, q, direction, n, -step);
  for (guint i = 0; i < n; i++)
    memcpy (q[i]->value, old->pdata[i], q[i]->count * sizeof (float));
  nn_params_changed (s->p);
  return (up - down) / (2 * step);
}

/* Half of the direction, of length 1 in all, is random and half follows the gradient, which alone a
 * random one would hardly meet in a large network. */
static double
choose (slope *s, nn_param *const *q, float **direction, guint n)
{
  double length = 0, gradient = 0, slope_along = 0;
  size_t total = 0;
  for (guint i = 0; i < n; i++)
    for (size_t k = 0; k < q[i]->count; k++, total++)
      gradient += (double)q[i]->grad[k] * q[i]->grad[k];
  for (guint i = 0; i < n; i++)
    for (size_t k = 0; k < q[i]->count; k++)
      {
        double v = grow_random (&s->state, -1.73, 1.73) / sqrt ((double)total);
        v += gradient > 0 ? q[i]->grad[k] / sqrt (gradient) : 0;
        direction[i][k] = (float)v;
        length += v * v;
      }
  for (guint i = 0; i < n; i++)
    for (size_t k = 0; k < q[i]->count; k++)
      {
        direction[i][k] = (float)(direction[i][k] / sqrt (length));
        slope_along += (double)direction[i][k] * q[i]->grad[k];
      }
  return slope_along;
}

/* Smaller steps pass more kinks, but what float32 rounds weighs more. */
static void
compare (slope *s, nn_param *const *q, guint n, const char *name)
{
  static const double steps[] = { 1e-2, 3e-3, 1e-3 };
  g_autoptr (GPtrArray) direction = g_ptr_array_new_with_free_func (g_free);
  double wanted, got = 0;
  for (guint i = 0; i < n; i++)
    g_ptr_array_add (direction, g_new (float, q[i]->count));
  wanted = choose (s, q, (float **)direction->pdata, n);
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      double noise = 6e-7 * (1 + fabs (nn_data (s->e, s->loss)[0])) / steps[i];
      got = central (s, q, (float *const *)direction->pdata, n, steps[i]);
      if (fabs (got - wanted) <= 0.02 * fabs (wanted) + noise)
        return;
    }
  cr_assert_fail ("%s, along %s: the gradient says %.6g, differences %.6g", s->what, name, wanted,
                  got);
}

/* Every parameter for itself, and all together. */
static void
check_slopes (slope *s)
{
  g_autoptr (GPtrArray) learned = g_ptr_array_new ();
  nn_forward (s->e);
  nn_backward (s->e, s->loss);
  for (guint i = 0; i < nn_params_count (s->p); i++)
    {
      nn_param *q = nn_params_nth (s->p, i);
      if ((q->flags & NN_PARAM_STAT) != 0)
        continue;
      g_ptr_array_add (learned, q);
    }
  for (guint i = 0; i < learned->len; i++)
    {
      nn_param *q = learned->pdata[i];
      compare (s, &q, 1, q->name);
    }
  compare (s, (nn_param *const *)learned->pdata, learned->len, "all parameters");
}

/* What begins at zero, as the gates do, would hide what lies behind it. */
static void
stir (net *n)
{
  for (guint i = 0; i < nn_params_count (n->p); i++)
    {
      nn_param *q = nn_params_nth (n->p, i);
      for (size_t k = 0; (q->flags & NN_PARAM_STAT) == 0 && k < q->count; k++)
        q->value[k] += (float)nets_random (n, -0.2, 0.2);
    }
  nn_params_changed (n->p);
}

Test (network, slopes)
{
  omp_set_num_threads (1); /* many small passes */
  for (int residual = 0; residual < 2; residual++)
    {
      net *n = residual ? nets_residual (6, 3) : nets_modulated (4, 0.25f, 3);
      slope s = { .p = n->p, .e = n->e, .loss = n->loss, .state = 5 };
      s.what = residual ? "residual network" : "modulated network";
      nn_exec_seed (n->e, 8, 2);
      nets_fill (n);
      stir (n);
      check_slopes (&s);
      nets_free (n);
    }
}

/* Self-attention over 784 positions, wherever the question can act. */
Test (network, slopes_of_a_large_attention)
{
  nn_attend_options o = { .heads = 3, .key = 4, .value = 5, .modulation = 15 };
  nn_graph *g = nn_graph_new ();
  nn_node x = nn_images (g, "map", 28, 28, 9), q = nn_values (g, "question", 1, 5), loss;
  nn_params *p;
  nn_exec *e;
  slope s = { .state = 77, .what = "large attention" };

  loss = nn_attend_with (g, "attend", nn_conv (g, "conv", x, 9, 1, 1), q, &o);
  loss = nn_mean_all (g, nn_gelu (g, nn_conv (g, "out", loss, 4, 1, 1)));
  p = nn_params_new ((const nn_graph *const[]){ g }, 1, 1, NULL);
  e = nn_exec_new (g, p, NN_TRAIN, 2, NULL);
  cr_assert (p != NULL && e != NULL);
  grow_fill_params (p, 6);
  nn_params_changed (p);
  for (size_t i = 0; i < 2 * 784 * 9; i++)
    nn_data (e, x)[i] = (float)grow_random (&s.state, -1, 1);
  for (int i = 0; i < 10; i++)
    nn_data (e, q)[i] = (float)grow_random (&s.state, -1, 1);
  s.p = p;
  s.e = e;
  s.loss = loss;
  check_slopes (&s);
  nn_exec_free (e);
  nn_params_free (p);
  nn_graph_free (g);
}

/* Differences see what goes through a stop, gradients do not: networks with one are left out. */
#define STOPPED "join3"

Test (network, slopes_of_random_networks)
{
  omp_set_num_threads (1);
  for (uint64_t seed = 100; seed < 120; seed++)
    {
      grown *w = grow_new (seed, 0.2f);
      if (strstr (w->used->str, STOPPED) != NULL)
        {
          grow_free (w);
          continue;
        }
      g_autofree char *what = g_strdup_printf ("network %d:%s", (int)seed, w->used->str);
      nn_exec *e = nn_exec_new (w->g, w->p, NN_TRAIN, 3, NULL);
      slope s = { .p = w->p, .e = e, .loss = w->loss, .state = seed, .what = what };
      nn_exec_seed (e, seed, 1);
      grow_fill_inputs (w, e, seed);
      check_slopes (&s);
      nn_exec_free (e);
      grow_free (w);
    }
}

/* ---- a recorded training ------------------------------------------------------------------ */

/* Ten steps from a fixed seed. Another order of additions moves the numbers by less than a tenth of
 * the tolerance; a wrong first value, moment or decay, or the gradient of a step before, by more
 * than ten times as much. */
static void
follow (net *n, nn_optimiser o, const double *recorded)
{
  GString *got = g_string_new (NULL);
  gboolean same = TRUE;
  omp_set_num_threads (1); /* many small steps */
  nets_fill (n);
  for (int step = 0; step < 10; step++)
    {
      double loss;
      nn_exec_seed (n->e, 3, step);
      loss = nets_loss (n);
      nn_backward (n->e, n->loss);
      nn_optimise (n->p, &o);
      g_string_append_printf (got, " %.6f,", loss);
      same = same && fabs (loss - recorded[step]) <= 5e-5 * recorded[step];
    }
  cr_assert (same, "losses are%s", got->str);
  g_string_free (got, TRUE);
  nets_free (n);
}

static nn_optimiser
adamw (void)
{
  nn_optimiser o = nn_adamw_default ();
  o.rate = 3e-3f;
  o.decay = 0.5f; /* ten steps must feel it */
  return o;
}

static nn_optimiser
sgd (void)
{
  nn_optimiser o = nn_sgd_default ();
  o.rate = 0.02f;
  o.decay = 0.05f;
  return o;
}

Test (network, ten_steps_of_adamw)
{
  static const double modulated[] = { 3.246671, 2.640914, 2.239245, 1.984712, 1.691384,
                                      1.582170, 1.487138, 1.406807, 1.357520, 1.311879 };
  static const double residual[] = { 2.595918, 2.281904, 2.020847, 1.807080, 1.622540,
                                     1.460880, 1.326662, 1.208076, 1.101030, 1.010926 };
  follow (nets_modulated (4, 0.25f, 11), adamw (), modulated);
  follow (nets_residual (6, 11), adamw (), residual);
}

Test (network, ten_steps_of_sgd)
{
  static const double modulated[] = { 2.035296, 1.514954, 1.403508, 1.292265, 1.147104,
                                      1.079749, 0.961765, 0.928113, 0.837311, 0.824998 };
  static const double residual[] = { 1.576422, 1.525138, 1.434740, 1.321454, 1.201022,
                                     1.086147, 0.978227, 0.885728, 0.800237, 0.724294 };
  follow (nets_modulated (4, 0.25f, 12), sgd (), modulated);
  follow (nets_residual (6, 12), sgd (), residual);
}

/* ---- by heart ----------------------------------------------------------------------------- */

/* 32 random pictures and questions with random answers; only the cross-entropy of the right answer
 * is asked for. */
static double
surprise (net *n)
{
  const float *x = nn_data (n->e, n->logits), *t = nn_data (n->e, n->targets);
  size_t rows = nn_rows (n->e, n->targets);
  double loss = 0;
  for (size_t r = 0; r < rows; r++, x += NETS_ANSWERS, t += NETS_ANSWERS)
    {
      double sum = 0;
      for (int i = 0; i < NETS_ANSWERS; i++)
        sum += exp (x[i]);
      for (int i = 0; i < NETS_ANSWERS; i++)
        loss += t[i] * (log (sum) - x[i]) / (double)rows;
    }
  return loss;
}

static void
learn_by_heart (net *n, int steps)
{
  nn_optimiser o = nn_adamw_default ();
  double first;
  omp_set_num_threads (1);
  o.rate = 1e-2f;
  o.decay = 0;
  nets_fill (n);
  nets_loss (n);
  first = surprise (n);
  for (int i = 0; i < steps; i++)
    {
      nets_loss (n);
      nn_backward (n->e, n->loss);
      nn_optimise (n->p, &o);
    }
  nets_loss (n);
  cr_assert_gt (first, 1);
  cr_assert_lt (surprise (n), 0.05, "32 samples are not learned: %g after %d steps, %g at first",
                surprise (n), steps, first);
  nets_free (n);
}

Test (network, learns_32_samples_by_heart)
{
  learn_by_heart (nets_modulated (16, 0, 21), 120);
  learn_by_heart (nets_residual (32, 21), 60);
}
