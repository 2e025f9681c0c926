/* Small matrix products C = alpha op(A) op(B) + beta C, on one thread: oneDNN's take milliseconds
 * to make their first kernel, and a thread more than they save. Two loops do all: dot products of
 * rows for a few rows of A and B transposed, sums of rows of B otherwise. */
#include "nets/core/isa.h"
#include "nets/core/kern.h"

#include <string.h>

#define SMALL (1 << 21) /* multiply-adds */
#define LANES 16

typedef float lanes __attribute__ ((vector_size (LANES * sizeof (float))));
typedef float half_lanes __attribute__ ((vector_size (LANES / 2 * sizeof (float))));
typedef float quarter_lanes __attribute__ ((vector_size (LANES / 4 * sizeof (float))));

/* Row-major C (m,n) with row length ld. A's element (i,t) is a[i * row + t * column]. */
typedef struct
{
  size_t m, n, k;
  const float *a;
  size_t row, column;
  const float *b;
  size_t ldb;
  gboolean transposed_b;
  float alpha, beta;
  float *c;
  size_t ldc;
} product;

/* Becomes part of each form of a loop. */
#define PART static inline __attribute__ ((always_inline))

/* beta 0 does not read C, which may hold anything. */
PART void
store (const product *p, size_t i, size_t j, float sum)
{
  float *to = p->c + i * p->ldc + j;
  *to = p->alpha * sum + (p->beta != 0 ? p->beta * *to : 0);
}

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

#define MOST_ROWS 4 /* of a tile, by four columns */

/* B is (n,k). Beyond the right edge a tile repeats its first column and does not store it. */
PART void
dot_tile (const product *p, size_t i, size_t rows, size_t j)
{
  size_t columns = MIN (p->n - j, 4), t = 0;
  const float *a = p->a + i * p->row, *b[4];
  lanes sum[MOST_ROWS][4] = { { { 0 } } }, x, y[4];

  for (size_t q = 0; q < 4; q++)
    b[q] = p->b + (q < columns ? j + q : j) * p->ldb;
  for (; t + LANES <= p->k; t += LANES)
    {
      for (size_t q = 0; q < 4; q++)
        memcpy (&y[q], b[q] + t, sizeof x);
      for (size_t r = 0; r < rows; r++)
        {
          memcpy (&x, a + r * p->row + t, sizeof x);
          for (size_t q = 0; q < 4; q++)
            sum[r][q] += x * y[q];
        }
    }
  for (size_t r = 0; r < rows; r++)
    for (size_t q = 0; q < columns; q++)
      {
        float total = sum_of_lanes (&sum[r][q]);
        for (size_t l = t; l < p->k; l++)
          total += a[r * p->row + l] * b[q][l];
        store (p, i + r, j + q, total);
      }
}

NN_LOOP (dot_rows, (const product *p), (p))
{
  size_t i = 0;
  for (; i + MOST_ROWS <= p->m; i += MOST_ROWS)
    for (size_t j = 0; j < p->n; j += 4)
      dot_tile (p, i, MOST_ROWS, j);
  for (; i < p->m; i++)
    for (size_t j = 0; j < p->n; j += 4)
      dot_tile (p, i, 1, j);
}

/* A panel of B: LANES columns of a piece of its rows. Made anew where B is transposed or the
 * columns are fewer; otherwise B itself. */
#define DEEP 256 /* rows of a panel: 16 KB, half of the first cache */

typedef struct
{
  const float *b; /* (k,LANES) with row length ld */
  size_t ld, k;
  size_t columns; /* of C: the others are padding */
  size_t first;   /* row of B that it begins with */
  gboolean add;   /* to what is in C: not the first panel of these columns */
} panel;

PART void
put (const product *p, const panel *q, float *to, const lanes *sum)
{
  for (size_t l = 0; l < q->columns; l++)
    {
      float before = q->add ? to[l] : p->beta != 0 ? p->beta * to[l] : 0;
      to[l] = p->alpha * (*sum)[l] + before;
    }
}

/* Each row of A weights the rows of the panel. */
PART void
sum_tile (const product *p, const panel *q, size_t i, size_t rows, size_t j)
{
  lanes sum[MOST_ROWS] = { { 0 } }, y;
  const float *a = p->a + i * p->row + q->first * p->column;

  for (size_t t = 0; t < q->k; t++)
    {
      memcpy (&y, q->b + t * q->ld, sizeof y);
      for (size_t r = 0; r < rows; r++)
        sum[r] += a[r * p->row + t * p->column] * y;
    }
  for (size_t r = 0; r < rows; r++)
    {
      float *to = p->c + (i + r) * p->ldc + j;
      if (q->columns == LANES && !q->add && p->beta == 0)
        {
          sum[r] *= p->alpha;
          memcpy (to, &sum[r], sizeof sum[r]);
        }
      else
        put (p, q, to, &sum[r]);
    }
}

/* to (k,LANES): columns j ... of rows first ... of op(B). */
PART void
pack (const product *p, const panel *q, size_t j, float *to)
{
  for (size_t t = 0; t < q->k; t++, to += LANES)
    for (size_t l = 0; l < LANES; l++)
      to[l] = l >= q->columns   ? 0
              : p->transposed_b ? p->b[(j + l) * p->ldb + q->first + t]
                                : p->b[(q->first + t) * p->ldb + j + l];
}

NN_LOOP (sum_rows, (const product *p), (p))
{
  float packed[DEEP * LANES] __attribute__ ((aligned (64)));
  for (size_t j = 0; j < p->n; j += LANES)
    for (size_t first = 0; first < p->k; first += DEEP)
      {
        panel q = { .b = packed,
                    .ld = LANES,
                    .k = MIN (p->k - first, DEEP),
                    .columns = MIN (p->n - j, LANES),
                    .first = first,
                    .add = first > 0 };
        size_t i = 0;
        if (p->transposed_b || q.columns < LANES)
          pack (p, &q, j, packed);
        else
          {
            q.b = p->b + first * p->ldb + j;
            q.ld = p->ldb;
          }
        for (; i + MOST_ROWS <= p->m; i += MOST_ROWS)
          sum_tile (p, &q, i, MOST_ROWS, j);
        for (; i < p->m; i++)
          sum_tile (p, &q, i, 1, j);
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
                .ldb = ldb,
                .transposed_b = transpose_b,
                .alpha = alpha,
                .beta = beta,
                .c = c,
                .ldc = ldc };

  if ((transpose_a && transpose_b) || (double)m * (double)n * (double)k > SMALL)
    return FALSE;
  /* For a few rows of A, making panels of B would be most of the work. */
  if (transpose_b && m < 4 * MOST_ROWS)
    dot_rows (&p);
  else
    sum_rows (&p);
  return TRUE;
}
