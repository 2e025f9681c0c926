#include "nets/core/json_scan.h"
#include "nets/core/safetensors.h"

#include <string.h>

#ifdef __x86_64__
#include <immintrin.h>
#endif

/* IEEE 754 binary16: 1 sign bit, 5 exponent bits (bias 15), 10 fraction bits. Both ways below give
 * the same bits: a NaN comes out quiet with its leading fraction bits, as the F16C instructions do
 * it. */

#define F16_LARGEST 65504.0f

static float
float_of_bits (uint32_t bits)
{
  float value;
  memcpy (&value, &bits, sizeof value);
  return value;
}

static uint32_t
bits_of_float (float value)
{
  uint32_t bits;
  memcpy (&bits, &value, sizeof bits);
  return bits;
}

static float
widen (uint16_t half)
{
  uint32_t sign = (uint32_t)(half & 0x8000u) << 16, exponent = (half >> 10) & 0x1Fu;
  uint32_t fraction = half & 0x3FFu;

  if (exponent == 0) /* zero and subnormals: fraction * 2^-24 is exact */
    return float_of_bits (sign | bits_of_float ((float)fraction * 0x1p-24f));
  if (exponent == 0x1F)
    return float_of_bits (sign | 0x7F800000u | fraction << 13 | (fraction != 0 ? 0x400000u : 0));
  return float_of_bits (sign | (exponent + 127 - 15) << 23 | fraction << 13);
}

/* value >> shift, rounded to nearest, ties to even. */
static uint32_t
shift_round (uint32_t value, unsigned shift)
{
  uint32_t half = 1u << (shift - 1), odd = (value >> shift) & 1u;
  return (value + half - 1 + odd) >> shift;
}

static uint16_t
narrow (float value)
{
  uint32_t bits = bits_of_float (value), sign = (bits >> 16) & 0x8000u, rest = bits & 0x7FFFFFFFu;

  if (rest > 0x7F800000u) /* NaN */
    return (uint16_t)(sign | 0x7E00u | ((rest >> 13) & 0x3FFu));
  if (rest == 0x7F800000u) /* infinity is representable, so it stays */
    return (uint16_t)(sign | 0x7C00u);
  if (rest >= bits_of_float (F16_LARGEST))
    return (uint16_t)(sign | 0x7BFFu);
  if (rest >= (127u - 14) << 23) /* normal; a carry out of the fraction raises the exponent */
    return (uint16_t)(sign | shift_round (rest - ((127u - 15) << 23), 13));
  if (rest < (127u - 25) << 23) /* below half of the smallest subnormal */
    return (uint16_t)sign;
  /* Subnormal: the fraction with its hidden one, in units of 2^-24. */
  return (uint16_t)(sign | shift_round ((rest & 0x7FFFFFu) | 0x800000u, 126u - (rest >> 23)));
}

#ifdef __x86_64__

static gboolean
has_f16c (void)
{
  return __builtin_cpu_supports ("f16c");
}

/* Both return how many numbers they did, a multiple of 8. */
__attribute__ ((target ("avx,f16c"))) static size_t
widen_f16c (const uint16_t *from, float *to, size_t count)
{
  size_t i = 0;

  for (; i + 8 <= count; i += 8)
    _mm256_storeu_ps (to + i, _mm256_cvtph_ps (_mm_loadu_si128 ((const __m128i *)(from + i))));
  return i;
}

__attribute__ ((target ("avx,f16c"))) static size_t
narrow_f16c (const float *from, uint16_t *to, size_t count)
{
  const __m256 largest = _mm256_set1_ps (F16_LARGEST), least = _mm256_set1_ps (-F16_LARGEST);
  const __m256 infinity = _mm256_set1_ps (float_of_bits (0x7F800000u));
  const __m256 no_sign = _mm256_set1_ps (float_of_bits (0x7FFFFFFFu));
  size_t i = 0;

  for (; i + 8 <= count; i += 8)
    {
      __m256 x = _mm256_loadu_ps (from + i);
      __m256 endless = _mm256_cmp_ps (_mm256_and_ps (x, no_sign), infinity, _CMP_EQ_OQ);
      /* min and max give their second operand when one is a NaN. */
      __m256 bounded = _mm256_max_ps (least, _mm256_min_ps (largest, x));
      x = _mm256_blendv_ps (bounded, x, endless);
      _mm_storeu_si128 ((__m128i *)(to + i), _mm256_cvtps_ph (x, _MM_FROUND_TO_NEAREST_INT));
    }
  return i;
}

#endif

void
nn_f16_to_f32 (const uint16_t *from, float *to, size_t count)
{
  size_t i = 0;

#ifdef __x86_64__
  if (has_f16c ())
    i = widen_f16c (from, to, count);
#endif
  for (; i < count; i++)
    to[i] = widen (from[i]);
}

void
nn_f32_to_f16 (const float *from, uint16_t *to, size_t count)
{
  size_t i = 0;

#ifdef __x86_64__
  if (has_f16c ())
    i = narrow_f16c (from, to, count);
#endif
  for (; i < count; i++)
    to[i] = narrow (from[i]);
}

/* ---- tensors ---------------------------------------------------------------------------- */

/* count numbers of 2 bytes at any address; bf16 is the upper half of a float32. */
static void
widen_16 (const char *from, uint64_t count, float *to, gboolean bf16)
{
  uint16_t some[512];

  while (count > 0)
    {
      size_t n = (size_t)MIN (count, G_N_ELEMENTS (some));
      memcpy (some, from, n * sizeof *some);
      if (bf16)
        for (size_t i = 0; i < n; i++)
          to[i] = float_of_bits ((uint32_t)some[i] << 16);
      else
        nn_f16_to_f32 (some, to, n);
      from += n * sizeof *some;
      to += n;
      count -= n;
    }
}

static void
narrow_64 (const char *from, uint64_t count, float *to)
{
  for (uint64_t i = 0; i < count; i++)
    {
      double value;
      memcpy (&value, from + i * sizeof value, sizeof value);
      to[i] = (float)value;
    }
}

static gboolean
check_read (const nn_tensor *t, uint64_t first, uint64_t count, GError **error)
{
  g_autofree char *shown = NULL;

  if (t->dtype <= NN_F64 && first <= t->count && count <= t->count - first)
    return TRUE;
  shown = nn_json_show (t->name, strlen (t->name));
  if (t->dtype > NN_F64)
    g_set_error (error, NN_ERROR, NN_ERROR_FILE,
                 "tensor '%s' holds whole numbers and should hold F32, F16, BF16 or F64", shown);
  else
    g_set_error (error, NN_ERROR, NN_ERROR_FILE,
                 "tensor '%s' has %" G_GUINT64_FORMAT " numbers; %" G_GUINT64_FORMAT
                 " from position %" G_GUINT64_FORMAT " are too many",
                 shown, t->count, count, first);
  return FALSE;
}

gboolean
nn_tensor_read (const nn_tensor *t, uint64_t first, uint64_t count, float *to, GError **error)
{
  const char *from;

  if (!check_read (t, first, count, error))
    return FALSE;
  if (count == 0)
    return TRUE;
  from = (const char *)t->data + first * (t->bytes / t->count);
  if (t->dtype == NN_F32)
    memcpy (to, from, count * sizeof *to);
  else if (t->dtype == NN_F64)
    narrow_64 (from, count, to);
  else
    widen_16 (from, count, to, t->dtype == NN_BF16);
  return TRUE;
}
