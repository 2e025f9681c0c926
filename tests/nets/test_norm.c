/* Batch normalisation. */
#include "tests/nets/check.h"

#include <math.h>

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

Test (norm, statistics_are_not_learned)
{
  check *c = check_open (build, 0, NN_TRAIN, 1);
  cr_assert (nn_params_find (c->p, "norm.mean")->flags & NN_PARAM_STAT);
  cr_assert (nn_params_find (c->p, "norm.variance")->flags & NN_PARAM_STAT);
  cr_assert_not (nn_params_find (c->p, "norm.weight")->flags & NN_PARAM_DECAY);
  check_free (c);
}
