/* The normalisation in front of modulated self-attention: batch statistics by channel, gain and
 * shift learned and changed by the question (de Vries et al. 2017).
 */
#include "nets/ops/attend.h"

#include <math.h>

#define EPS      1e-5f
#define MOMENTUM 0.1f

/* One row: sum (c) of x (positions,c), or of squared distances from the mean unless NULL. */
NN_LOOP (sum_row, (const float *x, const float *mean, double *sum, size_t positions, size_t c),
         (x, mean, sum, positions, c))
{
  for (size_t j = 0; j < c; j++)
    sum[j] = 0;
  for (size_t i = 0; i < positions; i++, x += c)
    for (size_t j = 0; j < c; j++)
      {
        float d = mean ? x[j] - mean[j] : x[j];
        sum[j] += mean ? d * d : d;
      }
}

/* Adds the rows' sums up in the order of the rows, into the first. */
static void
sum_rows (const nn_attend_memory *m, const float *x, const float *mean)
{
#pragma omp parallel for if (m->rows * m->p * m->c > NN_PARALLEL_MIN)
  for (size_t r = 0; r < m->rows; r++)
    sum_row (x + r * m->p * m->c, mean, m->sums + r * m->c, m->p, m->c);
  for (size_t r = 1; r < m->rows; r++)
    for (size_t j = 0; j < m->c; j++)
      m->sums[j] += m->sums[r * m->c + j];
}

void
nn_attend_statistics (const nn_attend_memory *m, const float *x)
{
  float *mean = m->w[ATTEND_MEAN], *variance = m->w[ATTEND_VARIANCE];
  double n = (double)(m->rows * m->p);
  if (!m->batch_statistics)
    {
      memcpy (m->mean, mean, m->c * sizeof (float));
      for (size_t j = 0; j < m->c; j++)
        m->inverse[j] = 1.0f / sqrtf (variance[j] + EPS);
      return;
    }
  sum_rows (m, x, NULL);
  for (size_t j = 0; j < m->c; j++)
    m->mean[j] = (float)(m->sums[j] / n);
  sum_rows (m, x, m->mean);
  for (size_t j = 0; j < m->c; j++)
    {
      double unbiased = m->sums[j] / (n > 1 ? n - 1 : 1);
      m->inverse[j] = (float)(1 / sqrt (m->sums[j] / n + EPS));
      mean[j] += MOMENTUM * (m->mean[j] - mean[j]);
      variance[j] += MOMENTUM * ((float)unbiased - variance[j]);
    }
}

/* One row: y = x * scale + shift; x, y (positions,c), affine (2c): scale, shift. */
NN_LOOP (scale_row, (const float *x, const float *affine, float *y, size_t positions, size_t c),
         (x, affine, y, positions, c))
{
  for (size_t i = 0; i < positions; i++, x += c, y += c)
    {
#pragma GCC ivdep
      for (size_t j = 0; j < c; j++)
        y[j] = x[j] * affine[j] + affine[c + j];
    }
}

void
nn_attend_normalise (const nn_attend_memory *m, const float *x)
{
  size_t c = m->c;
#pragma omp parallel for if (m->rows * m->p * c > NN_PARALLEL_MIN)
  for (size_t r = 0; r < m->rows; r++)
    {
      const float *change = m->change + r * 2 * c;
      float *affine = m->affine + r * 2 * c;
      for (size_t j = 0; j < c; j++)
        {
          float gain = m->w[ATTEND_GAIN][j] + (m->condition ? change[j] : 0);
          float shift = m->w[ATTEND_SHIFT][j] + (m->condition ? change[c + j] : 0);
          affine[j] = gain * m->inverse[j];
          affine[c + j] = shift - m->mean[j] * affine[j];
        }
      scale_row (x + r * m->p * c, affine, m->normed + r * m->p * c, m->p, c);
    }
}

/* One row: d_gain[j] = sum of dy (x - mean) inverse, d_shift[j] = sum of dy; dy, x (positions,c).
 */
NN_LOOP (change_row_backward,
         (const float *dy, const float *x, const float *mean, const float *inverse, float *d_gain,
          float *d_shift, size_t positions, size_t c),
         (dy, x, mean, inverse, d_gain, d_shift, positions, c))
{
  for (size_t j = 0; j < c; j++)
    d_gain[j] = d_shift[j] = 0;
  for (size_t i = 0; i < positions; i++, dy += c, x += c)
    {
#pragma GCC ivdep
      for (size_t j = 0; j < c; j++)
        {
          d_gain[j] += dy[j] * (x[j] - mean[j]) * inverse[j];
          d_shift[j] += dy[j];
        }
    }
}

/* One row: dx += scale dy - slope x - offset by channel. */
NN_LOOP (norm_row_backward,
         (const float *dy, const float *x, const float *scale, const float *slope,
          const float *offset, float *dx, size_t positions, size_t c),
         (dy, x, scale, slope, offset, dx, positions, c))
{
  for (size_t i = 0; i < positions; i++, dy += c, x += c, dx += c)
    {
#pragma GCC ivdep
      for (size_t j = 0; j < c; j++)
        dx[j] += scale[j] * dy[j] - slope[j] * x[j] - offset[j];
    }
}

/* What the batch's mean and deviation take back: with t = (x - mean) inverse and dt = gain dy,
 * dx = inverse (dt - mean (dt) - t mean (dt t)); both means follow from the rows' d_change. Written
 * to slope and offset (c), zero when the statistics are constants. */
static void
statistics_backward (const nn_attend_memory *m, float *slope, float *offset)
{
  size_t c = m->c;
  for (size_t j = 0; j < c; j++)
    {
      double dt = 0, dtt = 0, n = (double)(m->rows * m->p), inverse = m->inverse[j];
      for (size_t r = 0; m->batch_statistics && r < m->rows; r++)
        {
          double gain = m->affine[r * 2 * c + j]; /* times inverse */
          dt += gain * m->d_change[r * 2 * c + c + j] / n;
          dtt += gain * m->d_change[r * 2 * c + j] / n;
        }
      slope[j] = (float)(dtt * inverse);
      offset[j] = (float)(dt - dtt * inverse * m->mean[j]);
    }
}

void
nn_attend_norm_backward (const nn_attend_memory *m, const float *x, float *dx)
{
  size_t c = m->c, row = m->p * c;
  float *slope = (float *)m->sums, *offset = slope + c;
#pragma omp parallel for if (m->rows * row > NN_PARALLEL_MIN)
  for (size_t r = 0; r < m->rows; r++)
    change_row_backward (m->d_normed + r * row, x + r * row, m->mean, m->inverse,
                         m->d_change + r * 2 * c, m->d_change + r * 2 * c + c, m->p, c);
  for (size_t r = 0; r < m->rows; r++)
    {
      if (m->g[ATTEND_GAIN])
        nn_accumulate (m->g[ATTEND_GAIN], m->d_change + r * 2 * c, c);
      if (m->g[ATTEND_SHIFT])
        nn_accumulate (m->g[ATTEND_SHIFT], m->d_change + r * 2 * c + c, c);
    }
  if (!dx)
    return;
  statistics_backward (m, slope, offset);
#pragma omp parallel for if (m->rows * row > NN_PARALLEL_MIN)
  for (size_t r = 0; r < m->rows; r++)
    norm_row_backward (m->d_normed + r * row, x + r * row, m->affine + r * 2 * c, slope, offset,
                       dx + r * row, m->p, c);
}
