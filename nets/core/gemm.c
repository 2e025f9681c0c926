/* Small matrix products C = alpha op(A) op(B) + beta C, on one thread. Products of many rows go
 * through panels: LANES columns of op(B) side by side, padded with zeros, so that one loop does all
 * forms and edges. For few rows that copy would not pay: they take dot products of rows where B is
 * transposed, sums of rows of B where it is not. */
#include "nets/core/isa.h"
#include "nets/core/kern.h"

#include <string.h>

#define SMALL (1 << 21) /* multiply-adds */
#define LONG  512       /* largest k */
#define LANES 16
#define ROWS  6 /* of a tile */

typedef float lanes __attribute__ ((vector_size (LANES * sizeof (float))));
typedef float half_lanes __attribute__ ((vector_size (LANES / 2 * sizeof (float))));
typedef float quarter_lanes __attribute__ ((vector_size (LANES / 4 * sizeof (float))));

/* Row-major C (m,n) with row length ldc. A's element (i,t) is a[i * row + t * column], B's (t,j) is
 * b[t * b_row + j * b_column]. */
typedef struct
{
  size_t m, n, k;
  const float *a;
  size_t row, column;
  const float *b;
  size_t b_row, b_column;
  float alpha, beta;
  float *c;
  size_t ldc;
} product;

/* Becomes part of each form of a loop. */
#define PART static inline __attribute__ ((always_inline))

/* Writes the first `count` of sums (LANES) to C at (i,j). beta 0 does not read C, which may hold
 * anything. */
PART void
store (const product *p, size_t i, size_t j, const lanes *sums, size_t count)
{
  float *to = p->c + i * p->ldc + j, alpha = p->alpha, beta = p->beta;
  lanes value = *sums * alpha, old;

  if (count == LANES)
    {
      if (beta != 0)
        {
          memcpy (&old, to, sizeof old);
          value += beta * old;
        }
      memcpy (to, &value, sizeof value);
      return;
    }
  for (size_t l = 0; l < count; l++)
    to[l] = value[l] + (beta != 0 ? beta * to[l] : 0);
}

/* ---- many rows ------------------------------------------------------------------------------- */

/* Columns j to j + count of op(B) into panel (k). */
PART void
pack (const product *p, size_t j, size_t count, lanes *panel)
{
  const float *b = p->b + j * p->b_column;
  float *to = (float *)panel;

  if (p->b_column == 1 && count == LANES)
    for (size_t t = 0; t < p->k; t++)
      memcpy (&panel[t], b + t * p->b_row, sizeof *panel);
  else
    {
      if (count < LANES)
        memset (panel, 0, p->k * sizeof *panel);
      for (size_t l = 0; l < count; l++)
        for (size_t t = 0; t < p->k; t++)
          to[t * LANES + l] = b[t * p->b_row + l * p->b_column];
    }
}

PART void
panel_tile (const product *p, size_t i, size_t rows, size_t j, size_t count, const lanes *panel)
{
  const float *a = p->a + i * p->row;
  size_t k = p->k, row = p->row, column = p->column;
  lanes sum[ROWS] = { { 0 } };

  for (size_t t = 0; t < k; t++)
    for (size_t r = 0; r < rows; r++)
      sum[r] += a[r * row + t * column] * panel[t];
  for (size_t r = 0; r < rows; r++)
    store (p, i + r, j, &sum[r], count);
}

NN_LOOP (by_panels, (const product *p), (p))
{
  lanes panel[LONG];

  for (size_t j = 0; j < p->n; j += LANES)
    {
      size_t count = MIN (p->n - j, LANES), i = 0;
      pack (p, j, count, panel);
      for (; i + ROWS <= p->m; i += ROWS)
        panel_tile (p, i, ROWS, j, count, panel);
      for (; i < p->m; i++)
        panel_tile (p, i, 1, j, count, panel);
    }
}

/* ---- few rows -------------------------------------------------------------------------------- */

PART float
sum_of_lanes (const lanes *x)
{
  half_lanes half[2];
  quarter_lanes quarter[2];

  memcpy (half, x, sizeof half);
  half[0] += half[1];
  memcpy (quarter, &half[0], sizeof quarter);
  quarter[0] += quarter[1];
  return (quarter[0][0] + quarter[0][1]) + (quarter[0][2] + quarter[0][3]);
}

/* Rows of op(B)'s transpose are contiguous: four dot products at a time. Beyond the edge a tile
 * repeats its first column and does not store it. */
NN_LOOP (by_dots, (const product *p), (p))
{
  for (size_t i = 0; i < p->m; i++)
    for (size_t j = 0; j < p->n; j += 4)
      {
        size_t columns = MIN (p->n - j, 4), t = 0;
        const float *a = p->a + i * p->row, *b[4];
        lanes sum[4] = { { 0 } }, x, y, totals = { 0 };

        for (size_t q = 0; q < 4; q++)
          b[q] = p->b + (q < columns ? j + q : j) * p->b_column;
        for (; t + LANES <= p->k; t += LANES)
          {
            memcpy (&x, a + t, sizeof x);
            for (size_t q = 0; q < 4; q++)
              {
                memcpy (&y, b[q] + t, sizeof y);
                sum[q] += x * y;
              }
          }
        for (size_t q = 0; q < 4; q++)
          {
            float total = sum_of_lanes (&sum[q]);
            for (size_t l = t; l < p->k; l++)
              total += a[l] * b[q][l];
            totals[q] = total;
          }
        store (p, i, j, &totals, columns);
      }
}

/* Rows of op(B) are contiguous. */
NN_LOOP (by_sums, (const product *p), (p))
{
  size_t wide = p->n / LANES * LANES;

  for (size_t i = 0; i < p->m; i++)
    {
      const float *a = p->a + i * p->row;
      for (size_t j = 0; j < wide; j += LANES)
        {
          lanes sum = { 0 }, y;
          for (size_t t = 0; t < p->k; t++)
            {
              memcpy (&y, p->b + t * p->b_row + j, sizeof y);
              sum += a[t * p->column] * y;
            }
          store (p, i, j, &sum, LANES);
        }
      for (size_t j = wide; j < p->n; j++)
        {
          lanes sum = { 0 };
          for (size_t t = 0; t < p->k; t++)
            sum[0] += a[t * p->column] * p->b[t * p->b_row + j];
          store (p, i, j, &sum, 1);
        }
    }
}

gboolean
nn_gemm_small (gboolean transpose_a, gboolean transpose_b, size_t m, size_t n, size_t k,
               float alpha, const float *a, size_t lda, const float *b, size_t ldb, float beta,
               float *c, size_t ldc)
{
  product p = { .m = m,
                .n = n,
                .k = k,
                .a = a,
                .row = transpose_a ? 1 : lda,
                .column = transpose_a ? lda : 1,
                .b = b,
                .b_row = transpose_b ? 1 : ldb,
                .b_column = transpose_b ? ldb : 1,
                .alpha = alpha,
                .beta = beta,
                .c = c,
                .ldc = ldc };

  gboolean panels = m >= ROWS || (transpose_a && transpose_b);

  if ((double)m * (double)n * (double)k > SMALL || (panels && k > LONG))
    return FALSE;
  if (panels)
    by_panels (&p);
  else if (transpose_b)
    by_dots (&p);
  else
    by_sums (&p);
  return TRUE;
}
