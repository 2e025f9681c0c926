/* Batch normalisation. */
#include "tests/nets/check.h"

#include <math.h>
#include <omp.h>

enum
{
  C = 13
};

/* option & 1: plain; & 2: a vector instead of a map */
static nn_node
build (check *c)
{
  nn_node x = c->option & 2 ? check_values (c, 3, C) : check_images (c, 5, 7, C);
  return c->option & 1 ? nn_norm_plain (c->g, "norm", x) : nn_norm (c->g, "norm", x);
}

/* Mean and variance (over n) of each channel of x (n,C). */
static void
statistics (const float *x, size_t n, double *mean, double *variance)
{
  for (int k = 0; k < C; k++)
    {
      mean[k] = variance[k] = 0;
      for (size_t i = 0; i < n; i++)
        mean[k] += x[i * C + k] / (double)n;
      for (size_t i = 0; i < n; i++)
        variance[k] += (x[i * C + k] - mean[k]) * (x[i * C + k] - mean[k]) / (double)n;
    }
}

static double *
reference (check *c, const double *mean, const double *variance)
{
  size_t n = check_count (c, c->y);
  double *y = g_new (double, n);
  for (size_t i = 0; i < n; i++)
    {
      y[i] = (check_input (c, 0)[i] - mean[i % C]) / sqrt (variance[i % C] + 1e-5);
      if (!(c->option & 1))
        y[i] = y[i] * check_param (c, "norm.weight")[i % C] + check_param (c, "norm.bias")[i % C];
    }
  return y;
}

Test (norm, training_takes_the_batch)
{
  for (int option = 0; option < 4; option++)
    {
      check *c = check_open (build, option, NN_TRAIN, 3);
      size_t n = check_count (c, c->y) / C;
      double mean[C], variance[C], running_mean[C], running_variance[C];
      g_autofree double *want = NULL;
      for (size_t i = 0; i < n * C; i++)
        check_input (c, 0)[i] += (float)(i % C); /* means far from zero */
      statistics (check_input (c, 0), n, mean, variance);
      for (int k = 0; k < C; k++)
        {
          running_mean[k] = 0.9 * check_param (c, "norm.mean")[k] + 0.1 * mean[k];
          running_variance[k] = 0.9 * check_param (c, "norm.variance")[k]
                                + 0.1 * variance[k] * (double)n / (double)(n - 1);
        }
      want = reference (c, mean, variance);
      check_forward (c);
      check_same ("norm", check_output (c), want, n * C, 1e-5);
      check_same ("running mean", check_param (c, "norm.mean"), running_mean, C, 1e-5);
      check_same ("running variance", check_param (c, "norm.variance"), running_variance, C, 1e-5);
      check_free (c);
    }
}

Test (norm, other_modes_take_running_statistics)
{
  for (int option = 0; option < 4; option++)
    for (int mode = NN_INFER; mode <= NN_EXPLAIN; mode++)
      {
        check *c = check_open (build, option, mode, 2);
        double mean[C], variance[C];
        g_autofree double *want = NULL;
        for (int k = 0; k < C; k++)
          {
            mean[k] = check_param (c, "norm.mean")[k];
            variance[k] = check_param (c, "norm.variance")[k];
          }
        want = reference (c, mean, variance);
        check_forward (c);
        check_same ("norm", check_output (c), want, check_count (c, c->y), 1e-5);
        for (int k = 0; k < C; k++)
          cr_assert_eq (check_param (c, "norm.mean")[k], (float)mean[k], "statistics moved");
        check_free (c);
      }
}

/* A channel that never changes must not divide by zero. */
Test (norm, constant_channel)
{
  check *c = check_open (build, 1, NN_TRAIN, 2);
  for (size_t i = 0; i < check_count (c, c->y); i += C)
    check_input (c, 0)[i] = 3;
  check_forward (c);
  for (size_t i = 0; i < check_count (c, c->y); i += C)
    cr_assert_float_eq (check_output (c)[i], 0, 1e-3);
  check_free (c);
}

Test (norm, gradients)
{
  for (int option = 0; option < 4; option++)
    {
      check_gradients (build, option, NN_TRAIN, 2);
      check_gradients (build, option, NN_EXPLAIN, 2);
    }
}

Test (norm, bfloat16)
{
  for (int option = 0; option < 4; option++)
    check_half (build, option, 3, option & 2 ? 1e-6 : 0.01);
}

/* Sums over many rows, far from zero, over several parts and threads; widths that are no multiple
 * of a vector. */
static nn_node
build_large (check *c)
{
  return nn_norm (c->g, "norm", check_images (c, 40, 41, c->option));
}

Test (norm, many_rows_far_from_zero)
{
  static const int widths[] = { 1, 3, 16, 24, 61, 130 };
  for (guint w = 0; w < G_N_ELEMENTS (widths); w++)
    {
      check *c = check_open (build_large, widths[w], NN_TRAIN, 3);
      size_t count = check_count (c, c->y), n = count / (size_t)widths[w];
      g_autofree double *want = g_new (double, count);
      for (size_t i = 0; i < count; i++)
        check_input (c, 0)[i] = 300.0f + 0.5f * check_input (c, 0)[i];
      for (int k = 0; k < widths[w]; k++)
        {
          double mean = 0, variance = 0, gain = check_param (c, "norm.weight")[k];
          for (size_t i = k; i < count; i += (size_t)widths[w])
            mean += check_input (c, 0)[i] / (double)n;
          for (size_t i = k; i < count; i += (size_t)widths[w])
            variance += pow (check_input (c, 0)[i] - mean, 2) / (double)n;
          for (size_t i = k; i < count; i += (size_t)widths[w])
            want[i] = gain * (check_input (c, 0)[i] - mean) / sqrt (variance + 1e-5)
                      + check_param (c, "norm.bias")[k];
        }
      check_forward (c);
      check_same ("norm", check_output (c), want, count, 1e-4);
      check_free (c);
    }
}

/* Bit for bit the same on one thread and on three. */
Test (norm, threads_do_not_change_results)
{
  float *first = NULL;
  for (int threads = 1; threads <= 3; threads += 2)
    {
      check *c;
      size_t count;
      omp_set_num_threads (threads);
      c = check_open (build_large, 24, NN_TRAIN, 2);
      count = check_count (c, c->y);
      check_forward (c);
      nn_seed_gradient (c->e, c->y, 1, 70, 1);
      nn_backward (c->e, c->y);
      if (first == NULL)
        {
          first = g_new (float, 2 * count);
          memcpy (first, check_output (c), count * sizeof (float));
          memcpy (first + count, nn_grad (c->e, c->input[0]), count * sizeof (float));
        }
      cr_assert_arr_eq (first, check_output (c), count * sizeof (float));
      cr_assert_arr_eq (first + count, nn_grad (c->e, c->input[0]), count * sizeof (float));
      check_free (c);
    }
  g_free (first);
}

/* Opens c's exec again, with what begins with this prefix frozen. */
static void
freeze (check *c, const char *prefix)
{
  size_t bytes = check_count (c, c->y) * sizeof (float);
  g_autofree float *input = g_memdup2 (check_input (c, 0), bytes);
  nn_exec_free (c->e);
  nn_params_freeze (c->p, prefix, TRUE);
  c->e = nn_exec_new (c->g, c->p, NN_TRAIN, c->batch, NULL);
  memcpy (check_input (c, 0), input, bytes);
}

Test (norm, frozen_statistics)
{
  check *c = check_open (build, 0, NN_TRAIN, 3);
  size_t count = check_count (c, c->y), at = C * 35 + 20;
  double mean[C], variance[C], gradient[C] = { 0 };
  g_autofree double *want = NULL;
  freeze (c, "norm.mean");
  freeze (c, "norm.variance");
  for (int k = 0; k < C; k++)
    {
      mean[k] = check_param (c, "norm.mean")[k];
      variance[k] = check_param (c, "norm.variance")[k];
    }
  want = reference (c, mean, variance);
  check_forward (c);
  check_same ("norm", check_output (c), want, count, 1e-5);
  nn_seed_gradient (c->e, c->y, 1, 20, 2);
  nn_backward (c->e, c->y);
  for (int k = 0; k < C; k++)
    {
      cr_assert_eq (check_param (c, "norm.mean")[k], (float)mean[k], "statistics moved");
      cr_assert_eq (check_param (c, "norm.variance")[k], (float)variance[k], "statistics moved");
    }
  gradient[20 % C] = 2 * (check_input (c, 0)[at] - mean[20 % C]) / sqrt (variance[20 % C] + 1e-5);
  check_same ("gain", nn_params_find (c->p, "norm.weight")->grad, gradient, C, 1e-5);
  gradient[20 % C] = 2;
  check_same ("shift", nn_params_find (c->p, "norm.bias")->grad, gradient, C, 1e-5);
  for (size_t i = 0; i < count; i++)
    want[i]
        = i == at ? 2 * check_param (c, "norm.weight")[20 % C] / sqrt (variance[20 % C] + 1e-5) : 0;
  check_same ("input's gradient", nn_grad (c->e, c->input[0]), want, count, 1e-5);
  freeze (c, "norm.");
  check_forward (c);
  nn_seed_gradient (c->e, c->y, 1, 20, 2);
  nn_backward (c->e, c->y);
  check_same ("input's gradient", nn_grad (c->e, c->input[0]), want, count, 1e-5);
  for (int k = 0; k < C; k++)
    cr_assert_eq (nn_params_find (c->p, "norm.weight")->grad[k], 0);
  check_free (c);
}

Test (norm, statistics_are_not_learned)
{
  check *c = check_open (build, 0, NN_TRAIN, 1);
  cr_assert (nn_params_find (c->p, "norm.mean")->flags & NN_PARAM_STAT);
  cr_assert (nn_params_find (c->p, "norm.variance")->flags & NN_PARAM_STAT);
  cr_assert_not (nn_params_find (c->p, "norm.weight")->flags & NN_PARAM_DECAY);
  check_free (c);
}
