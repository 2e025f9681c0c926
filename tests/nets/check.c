#include "tests/nets/check.h"

#include <math.h>
#include <omp.h>
#include <string.h>

#include "nets/core/bf16.h"

/* ---- building ----------------------------------------------------------------------------- */

static nn_node
remember (check *c, nn_node x, int n_ids)
{
  cr_assert_lt (c->n_inputs, CHECK_MAX_INPUTS);
  c->input[c->n_inputs] = nn_keep (c->g, x);
  c->n_ids[c->n_inputs++] = n_ids;
  return x;
}

nn_node
check_images (check *c, int height, int width, int channels)
{
  g_autofree char *name = g_strdup_printf ("input%d", c->n_inputs);
  return remember (c, nn_images (c->g, name, height, width, channels), 0);
}

nn_node
check_values (check *c, int per, int width)
{
  g_autofree char *name = g_strdup_printf ("input%d", c->n_inputs);
  return remember (c, nn_values (c->g, name, per, width), 0);
}

nn_node
check_ids (check *c, int per, int length, int count)
{
  g_autofree char *name = g_strdup_printf ("input%d", c->n_inputs);
  return remember (c, nn_words (c->g, name, per, length), count);
}

double
check_random (check *c, double low, double high)
{
  uint64_t z = (c->state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  z ^= z >> 31;
  return low + (high - low) * (double)(z >> 11) / 9007199254740992.0;
}

size_t
check_count (check *c, nn_node x)
{
  nn_shape s = nn_node_shape (c->g, x);
  return MAX (nn_rows (c->e, x), 1) * nn_shape_size (&s);
}

static void
fill (check *c)
{
  for (int i = 0; i < c->n_inputs; i++)
    for (size_t k = 0; k < check_count (c, c->input[i]); k++)
      if (c->n_ids[i] > 0)
        nn_ids (c->e, c->input[i])[k] = (int32_t)check_random (c, 0, c->n_ids[i]);
      else
        nn_data (c->e, c->input[i])[k] = (float)check_random (c, c->low, c->high);
  for (guint i = 0; i < nn_params_count (c->p); i++)
    {
      nn_param *p = nn_params_nth (c->p, i);
      gboolean positive = g_str_has_suffix (p->name, ".variance");
      for (size_t k = 0; k < p->count; k++)
        p->value[k] = (float)(positive ? check_random (c, 0.5, 1.5) : check_random (c, -0.7, 0.7));
    }
  nn_params_changed (c->p);
}

/* The loss of check_gradients(): an operation of its own. Its results are a sum in double, what is
 * lost when that is rounded to float, and the sum of magnitudes. */
static double
weight_of (size_t i)
{
  return sin (1.0 + 2.3 * (double)i) + 0.1;
}

static gboolean
sum_infer (nn_graph *g, nn_entry *e, GError **error)
{
  e->shape = (nn_shape){ .per = 0, .rank = 1, .dim = { 3 } };
  return TRUE;
}

static void
sum_forward (nn_step *s)
{
  const float *x = s->in[0].value;
  double sum = 0, magnitude = 0;
  for (size_t i = 0; i < s->in[0].count; i++)
    {
      sum += weight_of (i) * x[i];
      magnitude += fabs (weight_of (i) * x[i]);
    }
  s->value[2] = (float)magnitude;
  s->value[0] = (float)sum;
  s->value[1] = (float)(sum - s->value[0]);
}

static void
sum_backward (nn_step *s)
{
  for (size_t i = 0; s->in[0].grad != NULL && i < s->in[0].count; i++)
    s->in[0].grad[i] = (float)weight_of (i) * s->grad[0];
}

static const nn_op sum_op = {
  .name = "weighted_sum",
  .infer = sum_infer,
  .forward = sum_forward,
  .backward = sum_backward,
};

static check *
open_as (check_build build, int option, nn_mode mode, int batch, nn_precision precision,
         gboolean with_loss, double low, double high)
{
  check *c = g_new0 (check, 1);
  g_autoptr (GError) error = NULL;

  c->g = nn_graph_new ();
  c->mode = mode;
  c->batch = batch;
  c->option = option;
  c->low = low;
  c->high = high;
  c->state = 42 + (uint64_t)option;
  c->y = build (c);
  if (with_loss)
    c->y = nn_graph_add (c->g, &sum_op, NULL, &c->y, 1, NULL);
  else
    nn_keep (c->g, c->y);
  cr_assert (nn_graph_check (c->g, &error), "%s", error != NULL ? error->message : "");
  c->p = nn_params_new ((const nn_graph *const[]){ c->g }, 1, 7, &error);
  cr_assert_not_null (c->p, "%s", error != NULL ? error->message : "");
  c->e = nn_exec_new_in (c->g, c->p, mode, batch, precision, &error);
  cr_assert_not_null (c->e, "%s", error != NULL ? error->message : "");
  nn_exec_seed (c->e, 5, 1);
  fill (c);
  return c;
}

check *
check_open (check_build build, int option, nn_mode mode, int batch)
{
  return open_as (build, option, mode, batch, NN_PRECISION_F32, FALSE, -1, 1);
}

void
check_free (check *c)
{
  nn_exec_free (c->e);
  nn_params_free (c->p);
  nn_graph_free (c->g);
  g_free (c);
}

void
check_forward (check *c)
{
  nn_forward (c->e);
}

float *
check_input (check *c, int i)
{
  return nn_data (c->e, c->input[i]);
}

int32_t *
check_input_ids (check *c, int i)
{
  return nn_ids (c->e, c->input[i]);
}

float *
check_param (check *c, const char *name)
{
  nn_param *p = nn_params_find (c->p, name);
  cr_assert_not_null (p, "no parameter %s", name);
  return p->value;
}

const float *
check_output (check *c)
{
  return nn_data (c->e, c->y);
}

/* ---- comparing ---------------------------------------------------------------------------- */

void
check_same (const char *what, const float *got, const double *want, size_t n, double tolerance)
{
  double largest = 0;
  for (size_t i = 0; i < n; i++)
    largest = MAX (largest, fabs (want[i]));
  for (size_t i = 0; i < n; i++)
    cr_assert (fabs (got[i] - want[i]) <= tolerance * (largest + 1e-3),
               "%s: element %zu of %zu is %.9g, should be %.9g", what, i, n, got[i], want[i]);
}

double *
check_product (gboolean transpose_a, gboolean transpose_b, size_t m, size_t n, size_t k,
               const float *a, const float *b)
{
  double *c = g_new0 (double, m *n);
  for (size_t i = 0; i < m; i++)
    for (size_t j = 0; j < n; j++)
      for (size_t l = 0; l < k; l++)
        c[i * n + j] += (double)(transpose_a ? a[l * m + i] : a[i * k + l])
                        * (transpose_b ? b[j * k + l] : b[l * n + j]);
  return c;
}

/* ---- gradients ---------------------------------------------------------------------------- */

static double
loss_at (check *c, float *x, float value, gboolean is_param)
{
  float old = *x;
  *x = value;
  if (is_param)
    nn_params_changed (c->p);
  nn_forward (c->e);
  *x = old;
  if (is_param)
    nn_params_changed (c->p);
  return (double)nn_data (c->e, c->y)[0] + nn_data (c->e, c->y)[1];
}

/* Central difference at x and how much the slopes on the two sides differ. */
static double
slope (check *c, float *x, double eps, gboolean is_param, double *bend)
{
  float up = (float)(*x + eps), down = (float)(*x - eps);
  double high = loss_at (c, x, up, is_param), low = loss_at (c, x, down, is_param);
  double middle = loss_at (c, x, *x, is_param);
  *bend = fabs ((high - middle) / ((double)up - *x) - (middle - low) / (*x - (double)down));
  return (high - low) / ((double)up - down);
}

/* Compares one tensor; returns how many elements lay on a kink and could not be compared. */
static size_t
compare (check *c, const char *name, float *x, const float *gradient, size_t n, gboolean is_param)
{
  const double step = 1e-2, small_step = 2e-3;
  /* What the outputs' last bits make of a difference of two losses. */
  double noise = 1e-7 * nn_data (c->e, c->y)[2], size = 0;
  size_t kinks = 0;
  for (size_t i = 0; i < n; i++)
    size += (double)gradient[i] * gradient[i] / (double)n;
  size = sqrt (size);
  for (size_t i = 0; i < n; i++)
    {
      double bend, allowed = 1e-2 * (fabs (gradient[i]) + 0.2 * size);
      double numeric = slope (c, x + i, step, is_param, &bend);
      if (fabs (numeric - gradient[i]) <= allowed + noise / step)
        continue;
      /* A smaller step passes most kinks and shrinks what curvature adds. */
      numeric = slope (c, x + i, small_step, is_param, &bend);
      if (fabs (numeric - gradient[i]) <= 2 * allowed + noise / small_step)
        continue;
      /* A kink on one side moves that side's slope alone, and the central difference by half. */
      if (bend > fabs (numeric - gradient[i]))
        {
          kinks++;
          continue;
        }
      cr_assert_fail ("%s: gradient of element %zu of %zu is %.6g, central difference %.6g", name,
                      i, n, gradient[i], numeric);
    }
  return kinks;
}

void
check_gradients_with (check_build build, int option, nn_mode mode, int batch, unsigned ablation,
                      double low, double high)
{
  check *c;
  size_t kinks = 0, total = 0;
  GPtrArray *gradients = g_ptr_array_new_with_free_func (g_free);

  /* Thousands of tiny passes: on a busy computer threads would mostly wait for each other. */
  omp_set_num_threads (1);
  c = open_as (build, option, mode, batch, NN_PRECISION_F32, TRUE, low, high);
  nn_exec_ablate (c->e, ablation);
  nn_forward (c->e);
  nn_backward (c->e, c->y);
  for (int i = 0; i < c->n_inputs; i++)
    {
      const float *gradient = c->n_ids[i] > 0 ? NULL : nn_grad (c->e, c->input[i]);
      size_t bytes = check_count (c, c->input[i]) * sizeof (float);
      g_ptr_array_add (gradients, gradient != NULL ? g_memdup2 (gradient, bytes) : NULL);
    }
  for (guint i = 0; i < nn_params_count (c->p); i++)
    {
      const nn_param *p = nn_params_nth (c->p, i);
      gboolean learned = mode == NN_TRAIN && (p->flags & NN_PARAM_STAT) == 0;
      g_ptr_array_add (gradients, learned ? g_memdup2 (p->grad, p->count * sizeof (float)) : NULL);
    }
  for (guint i = 0; i < gradients->len; i++)
    {
      gboolean is_param = i >= (guint)c->n_inputs;
      g_autofree char *name = g_strdup_printf ("input %u", i);
      nn_param *p = is_param ? nn_params_nth (c->p, i - c->n_inputs) : NULL;
      size_t n = is_param ? p->count : check_count (c, c->input[i]);
      if (gradients->pdata[i] == NULL)
        continue;
      kinks += compare (c, is_param ? p->name : name,
                        is_param ? p->value : nn_data (c->e, c->input[i]), gradients->pdata[i], n,
                        is_param);
      total += n;
    }
  cr_assert_gt (total, 0, "nothing has a gradient");
  cr_assert_leq (kinks, total / 20, "%zu of %zu elements lie on kinks", kinks, total);
  g_ptr_array_unref (gradients);
  check_free (c);
}

void
check_gradients (check_build build, int option, nn_mode mode, int batch)
{
  check_gradients_with (build, option, mode, batch, 0, -1, 1);
}

/* ---- bfloat16 ----------------------------------------------------------------------------- */

/* |got - want| <= tolerance |want|, as lengths of vectors. */
static void
check_near (const char *what, int option, const float *got, const float *want, size_t n,
            double tolerance)
{
  double difference = 0, length = 0;
  for (size_t i = 0; i < n; i++)
    {
      difference += ((double)got[i] - want[i]) * ((double)got[i] - want[i]);
      length += (double)want[i] * want[i];
    }
  cr_assert (sqrt (difference) <= tolerance * sqrt (length) + 1e-6,
             "case %d: %s in bfloat16 is %.3g off its %.3g", option, what, sqrt (difference),
             sqrt (length));
}

/* Opens the same network in both precisions, on inputs that bfloat16 can hold. */
static void
open_both (check_build build, int option, nn_mode mode, int batch, gboolean with_loss,
           check *both[2])
{
  for (int half = 0; half < 2; half++)
    {
      check *c = both[half]
          = open_as (build, option, mode, batch, half ? NN_PRECISION_BF16 : NN_PRECISION_F32,
                     with_loss, -1, 1);
      for (int i = 0; i < c->n_inputs; i++)
        for (size_t k = 0; c->n_ids[i] == 0 && k < check_count (c, c->input[i]); k++)
          check_input (c, i)[k] = nn_rounded (check_input (c, i)[k]);
      nn_forward (c->e);
    }
}

void
check_half (check_build build, int option, int batch, double tolerance)
{
  check *both[2];

  open_both (build, option, NN_INFER, batch, FALSE, both);
  check_near ("the output", option, check_output (both[1]), check_output (both[0]),
              check_count (both[0], both[0]->y), tolerance);
  for (int half = 0; half < 2; half++)
    check_free (both[half]);

  open_both (build, option, NN_TRAIN, batch, TRUE, both);
  for (int half = 0; half < 2; half++)
    nn_backward (both[half]->e, both[half]->y);
  for (int i = 0; i < both[0]->n_inputs; i++)
    if (both[0]->n_ids[i] == 0 && nn_grad (both[0]->e, both[0]->input[i]) != NULL)
      check_near ("an input's gradient", option, nn_grad (both[1]->e, both[1]->input[i]),
                  nn_grad (both[0]->e, both[0]->input[i]), check_count (both[0], both[0]->input[i]),
                  tolerance);
  for (guint i = 0; i < nn_params_count (both[0]->p); i++)
    {
      const nn_param *want = nn_params_nth (both[0]->p, i), *got = nn_params_nth (both[1]->p, i);
      if ((want->flags & NN_PARAM_STAT) == 0)
        check_near (want->name, option, got->grad, want->grad, want->count, tolerance);
    }
  for (int half = 0; half < 2; half++)
    check_free (both[half]);
}
