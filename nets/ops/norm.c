/* Batch normalisation (Ioffe & Szegedy 2015) over rows and positions of (rows,...,C):
 * y = gain (x - mean) / sqrt (variance + eps) + shift. Training takes the batch's statistics and
 * moves the running ones; other modes take the running ones as constants. */
#include "nets/ops/op.h"

#include <math.h>
#include <string.h>

#define EPS      1e-5f
#define MOMENTUM 0.1f

enum
{
  MEAN,
  VARIANCE,
  GAIN,
  SHIFT
};

static gboolean
norm_infer (nn_graph *g, nn_entry *e, GError **error)
{
  const nn_shape *x = nn_input_shape (g, e, 0);
  int channels = x->rank > 0 ? x->dim[x->rank - 1] : 0;

  if (x->rank < 1 || x->ids)
    return nn_shape_error (g, e, error, "needs values with channels as the last axis");
  e->shape = *x;
  return nn_declare (g, e, "mean", 1, &channels, NN_INIT_ZERO, NN_PARAM_STAT, error)
         && nn_declare (g, e, "variance", 1, &channels, NN_INIT_ONE, NN_PARAM_STAT, error)
         && (!e->o.norm.affine
             || (nn_declare (g, e, "weight", 1, &channels, NN_INIT_ONE, 0, error)
                 && nn_declare (g, e, "bias", 1, &channels, NN_INIT_ZERO, 0, error)));
}

/* saved: mean (C), 1/deviation (C). scratch: two sums (C) in double for each part of the rows. */
#define PARTS 8

static size_t
channels_of (const nn_step *s)
{
  return s->param[MEAN].count;
}

static gboolean
norm_open (nn_step *s, GError **error)
{
  s->saved_bytes = 2 * channels_of (s) * sizeof (float);
  s->scratch_bytes = 2 * PARTS * channels_of (s) * sizeof (double);
  return TRUE;
}

NN_LOOP (sum_rows, (size_t n, size_t c, const float *x, double *sum), (n, c, x, sum))
{
  for (size_t i = 0; i < n; i++)
    for (size_t k = 0; k < c; k++)
      sum[k] += x[i * c + k];
}

NN_LOOP (sum_squares, (size_t n, size_t c, const float *x, const float *mean, double *sum),
         (n, c, x, mean, sum))
{
  for (size_t i = 0; i < n; i++)
    for (size_t k = 0; k < c; k++)
      {
        float d = x[i * c + k] - mean[k];
        sum[k] += d * d;
      }
}

NN_LOOP (sum_gradients,
         (size_t n, size_t c, const float *dy, const float *x, const float *mean,
          const float *inverse, double *sum, double *sum_x),
         (n, c, dy, x, mean, inverse, sum, sum_x))
{
  for (size_t i = 0; i < n; i++)
    for (size_t k = 0; k < c; k++)
      {
        sum[k] += dy[i * c + k];
        sum_x[k] += dy[i * c + k] * (x[i * c + k] - mean[k]) * inverse[k];
      }
}

NN_LOOP (scale_rows,
         (size_t n, size_t c, const float *x, const float *scale, const float *shift, float *y),
         (n, c, x, scale, shift, y))
{
  for (size_t i = 0; i < n; i++)
    for (size_t k = 0; k < c; k++)
      y[i * c + k] = x[i * c + k] * scale[k] + shift[k];
}

/* y = a dy + b x + d by channel. */
NN_LOOP (mix_rows,
         (size_t n, size_t c, const float *dy, const float *x, const float *a, const float *b,
          const float *d, float *y),
         (n, c, dy, x, a, b, d, y))
{
  for (size_t i = 0; i < n; i++)
    for (size_t k = 0; k < c; k++)
      y[i * c + k] = a[k] * dy[i * c + k] + b[k] * x[i * c + k] + d[k];
}

/* The rows of one part. A fixed number of parts keeps sums the same for any number of threads. */
static void
part (size_t n, int p, size_t *first, size_t *count)
{
  *first = n * p / PARTS;
  *count = n * (p + 1) / PARTS - *first;
}

static void
join (double *parts, size_t c)
{
  for (int p = 1; p < PARTS; p++)
    for (size_t k = 0; k < c; k++)
      parts[k] += parts[p * c + k];
}

static void
batch_statistics (nn_step *s, float *mean, float *inverse)
{
  size_t c = channels_of (s), n = s->count / c;
  const float *x = s->in[0].value;
  double *sum = s->scratch;

  memset (sum, 0, PARTS * c * sizeof *sum);
#pragma omp parallel for
  for (int p = 0; p < PARTS; p++)
    {
      size_t first, count;
      part (n, p, &first, &count);
      sum_rows (count, c, x + first * c, sum + p * c);
    }
  join (sum, c);
  for (size_t k = 0; k < c; k++)
    mean[k] = (float)(sum[k] / (double)n);
  memset (sum, 0, PARTS * c * sizeof *sum);
#pragma omp parallel for
  for (int p = 0; p < PARTS; p++)
    {
      size_t first, count;
      part (n, p, &first, &count);
      sum_squares (count, c, x + first * c, mean, sum + p * c);
    }
  join (sum, c);
  for (size_t k = 0; k < c; k++)
    {
      double variance = sum[k] / (double)n;
      double unbiased = n > 1 ? sum[k] / (double)(n - 1) : variance;
      float *running = s->param[VARIANCE].value;
      inverse[k] = (float)(1 / sqrt (variance + EPS));
      s->param[MEAN].value[k] += MOMENTUM * (mean[k] - s->param[MEAN].value[k]);
      running[k] += MOMENTUM * ((float)unbiased - running[k]);
    }
}

static void
norm_forward (nn_step *s)
{
  size_t c = channels_of (s), n = s->count / c;
  float *mean = s->saved, *inverse = mean + c;
  float *scale = s->scratch, *shift = scale + c;
  const float *x = s->in[0].value;

  if (s->mode == NN_TRAIN)
    batch_statistics (s, mean, inverse);
  else
    for (size_t k = 0; k < c; k++)
      {
        mean[k] = s->param[MEAN].value[k];
        inverse[k] = 1 / sqrtf (s->param[VARIANCE].value[k] + EPS);
      }
  for (size_t k = 0; k < c; k++)
    {
      float gain = s->entry->o.norm.affine ? s->param[GAIN].value[k] : 1;
      scale[k] = gain * inverse[k];
      shift[k] = (s->entry->o.norm.affine ? s->param[SHIFT].value[k] : 0) - mean[k] * scale[k];
    }
#pragma omp parallel for
  for (int p = 0; p < PARTS; p++)
    {
      size_t first, count;
      part (n, p, &first, &count);
      scale_rows (count, c, x + first * c, scale, shift, s->value + first * c);
    }
}

/* With t = (x - mean) inverse, in training
 * dx = gain inverse (dy - mean (dy) - t mean (dy t)); otherwise gain inverse dy. */
static void
norm_backward (nn_step *s)
{
  size_t c = channels_of (s), n = s->count / c;
  const float *mean = s->saved, *inverse = mean + c, *x = s->in[0].value;
  double *sum = s->scratch, *sum_x = sum + PARTS * c;
  gboolean affine = s->entry->o.norm.affine;
  /* Behind the first part's sums, which are all that is read after join(). */
  float *a = (float *)(sum_x + c), *b = a + c, *d = b + c;

  memset (sum, 0, 2 * PARTS * c * sizeof *sum);
#pragma omp parallel for
  for (int p = 0; p < PARTS; p++)
    {
      size_t first, count;
      part (n, p, &first, &count);
      sum_gradients (count, c, s->grad + first * c, x + first * c, mean, inverse, sum + p * c,
                     sum_x + p * c);
    }
  join (sum, c);
  join (sum_x, c);
  for (size_t k = 0; affine && k < c; k++)
    {
      if (s->param[SHIFT].grad != NULL)
        s->param[SHIFT].grad[k] += (float)sum[k];
      if (s->param[GAIN].grad != NULL)
        s->param[GAIN].grad[k] += (float)sum_x[k];
    }
  if (s->in[0].grad == NULL)
    return;
  for (size_t k = 0; k < c; k++)
    {
      float gain = affine ? s->param[GAIN].value[k] : 1;
      float mean_dy = (float)(sum[k] / (double)n), mean_dyt = (float)(sum_x[k] / (double)n);
      gboolean train = s->mode == NN_TRAIN;
      a[k] = gain * inverse[k];
      b[k] = train ? -a[k] * mean_dyt * inverse[k] : 0;
      d[k] = train ? -a[k] * mean_dy - b[k] * mean[k] : 0;
    }
#pragma omp parallel for
  for (int p = 0; p < PARTS; p++)
    {
      size_t first, count;
      part (n, p, &first, &count);
      mix_rows (count, c, s->grad + first * c, x + first * c, a, b, d, s->in[0].grad + first * c);
    }
}

static const nn_op nn_op_norm = {
  .name = "norm",
  .flags = NN_OP_READS_INPUT,
  .infer = norm_infer,
  .open = norm_open,
  .forward = norm_forward,
  .backward = norm_backward,
};

nn_node
nn_norm (nn_graph *g, const char *name, nn_node x)
{
  nn_entry e = { .o.norm.affine = TRUE };
  return nn_graph_add (g, &nn_op_norm, name, &x, 1, &e);
}

nn_node
nn_norm_plain (nn_graph *g, const char *name, nn_node x)
{
  nn_entry e = { .o.norm.affine = FALSE };
  return nn_graph_add (g, &nn_op_norm, name, &x, 1, &e);
}
