/* Matrix products, small ones by our loops and others by oneDNN, against the definition. */
#include "tests/nets/check.h"

#include "nets/core/kern.h"

#include <math.h>

static float *
numbers (size_t n, uint64_t state)
{
  float *x = g_new (float, n);
  for (size_t i = 0; i < n; i++)
    x[i] = (float)((state = state * 6364136223846793005u + 1442695040888963407u) >> 40) / (1 << 23)
           - 1;
  return x;
}

/* Rows of A, B and C are longer than needed; what lies between must stay. */
static void
check_one (gboolean ta, gboolean tb, size_t m, size_t n, size_t k, float alpha, float beta)
{
  size_t lda = (ta ? m : k) + 3, ldb = (tb ? k : n) + 5, ldc = n + 2;
  g_autofree float *a = numbers (lda * (ta ? k : m), 1), *b = numbers (ldb * (tb ? n : k), 2);
  g_autofree float *c = numbers (ldc * m, 3), *got = g_memdup2 (c, ldc * m * sizeof *c);

  if (beta == 0)
    for (size_t i = 0; i < ldc * m; i++)
      got[i] = i % ldc < n ? NAN : c[i];
  nn_sgemm (ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, got, ldc);
  for (size_t i = 0; i < m; i++)
    for (size_t j = 0; j < ldc; j++)
      {
        double want = 0;
        for (size_t t = 0; j < n && t < k; t++)
          want += (double)a[ta ? t * lda + i : i * lda + t] * b[tb ? j * ldb + t : t * ldb + j];
        want = j < n ? alpha * want + beta * (double)c[i * ldc + j] : c[i * ldc + j];
        cr_assert_float_eq (got[i * ldc + j], want, 1e-4, "%d%d %zux%zux%zu at %zu,%zu: %g not %g",
                            ta, tb, m, n, k, i, j, got[i * ldc + j], want);
      }
}

static void
check_all (void)
{
  static const size_t sizes[] = { 1, 2, 5, 16, 37 };
  for (int form = 0; form < 4; form++)
    for (int i = 0; i < 125; i++)
      check_one (form & 1, form & 2, sizes[i % 5], sizes[i / 5 % 5], sizes[i / 25],
                 i % 2 ? 1 : -0.5f,
                 i % 3 == 0   ? 0
                 : i % 3 == 1 ? 1
                              : 0.25f);
  /* On both sides of what counts as small. */
  for (int form = 0; form < 4; form++)
    {
      check_one (form & 1, form & 2, 128, 128, 128, 1, 1);
      check_one (form & 1, form & 2, 129, 128, 128, 1, 0);
      /* More rows of B than one panel holds, and few rows of A. */
      check_one (form & 1, form & 2, 19, 21, 600, 0.5f, 0.25f);
      check_one (form & 1, form & 2, 7, 33, 513, 1, 0);
    }
}

Test (gemm, definition)
{
  check_all ();
}

Test (gemm, definition_on_lesser_processors)
{
  for (nn_isa_level most = NN_ISA_AVX2 + 1; most-- > NN_ISA_BASE;)
    {
      nn_isa = MIN (nn_isa, most);
      check_all ();
    }
}
