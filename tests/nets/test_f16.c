/* Half precision: all values, in bulk (by the CPU's instructions where it has them) and one by one
 * (in plain C), must agree with each other and with the definition. */
#include "nets/core/safetensors.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#define COUNT 65536

static uint32_t
bits_of (float value)
{
  uint32_t bits;
  memcpy (&bits, &value, sizeof bits);
  return bits;
}

static float
float_of (uint32_t bits)
{
  float value;
  memcpy (&value, &bits, sizeof value);
  return value;
}

Test (f16, every_half_comes_back)
{
  static uint16_t halves[COUNT], back[COUNT];
  static float values[COUNT];

  for (guint i = 0; i < COUNT; i++)
    halves[i] = (uint16_t)i;
  nn_f16_to_f32 (halves, values, COUNT);
  nn_f32_to_f16 (values, back, COUNT);
  for (guint i = 0; i < COUNT; i++)
    {
      int exponent = (i >> 10) & 31, fraction = i & 1023;
      double size = exponent == 0 ? ldexp (fraction, -24) : ldexp (1024 + fraction, exponent - 25);
      gboolean nan = exponent == 31 && fraction != 0;
      uint16_t alone;
      float one;

      if (nan)
        cr_assert (isnan (values[i]) && (back[i] & 0x7FFF) > 0x7C00, "%04x", i);
      else
        {
          cr_assert_eq (values[i],
                        (float)((i & 0x8000 ? -1 : 1) * (exponent == 31 ? INFINITY : size)), "%04x",
                        i);
          cr_assert_eq (!!signbit (values[i]), i >> 15, "%04x", i);
          cr_assert_eq (back[i], i, "%04x came back as %04x", i, back[i]);
        }
      nn_f16_to_f32 (&halves[i], &one, 1);
      nn_f32_to_f16 (&values[i], &alone, 1);
      cr_assert_eq (bits_of (one), bits_of (values[i]), "%04x: plain C differs", i);
      cr_assert_eq (alone, back[i], "%04x: plain C differs", i);
    }
}

Test (f16, rounds_to_nearest_even_and_saturates)
{
  static const struct
  {
    float from;
    uint16_t to;
  } cases[] = {
    { 0x1.002p0f, 0x3C00 },      /* half way, 1 is even */
    { 0x1.006p0f, 0x3C02 },      /* half way, up to even */
    { 0x1.002002p0f, 0x3C01 },   /* just past half way */
    { 0x1.ffep0f, 0x4000 },      /* the carry raises the exponent */
    { 65504.0f, 0x7BFF },        /* the largest */
    { 65519.0f, 0x7BFF },        /* would round down anyway */
    { 65520.0f, 0x7BFF },        /* would round to infinity */
    { 3e38f, 0x7BFF },           /* saturates */
    { -3e38f, 0xFBFF },          /* likewise */
    { INFINITY, 0x7C00 },        /* representable */
    { -INFINITY, 0xFC00 },       /* likewise */
    { 0x1p-14f, 0x0400 },        /* smallest normal */
    { 0x1.ff8p-15f, 0x03FF },    /* largest subnormal */
    { 0x1.ffcp-15f, 0x0400 },    /* half way, up to the smallest normal */
    { 0x1p-24f, 0x0001 },        /* smallest subnormal */
    { 0x1p-25f, 0x0000 },        /* half of it, to even */
    { 0x1.000002p-25f, 0x0001 }, /* just past half */
    { 0x1.8p-24f, 0x0002 },      /* half way, to even */
    { -0x1p-26f, 0x8000 },       /* to minus zero */
    { 0x1p-149f, 0x0000 },       /* a float32 subnormal */
    { -0.0f, 0x8000 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      float many[8];
      uint16_t halves[8], alone;
      for (int j = 0; j < 8; j++)
        many[j] = cases[i].from;
      nn_f32_to_f16 (many, halves, 8);
      nn_f32_to_f16 (many, &alone, 1);
      cr_assert_eq (halves[5], cases[i].to, "%a gave %04x", (double)cases[i].from, halves[5]);
      cr_assert_eq (alone, cases[i].to, "%a gave %04x", (double)cases[i].from, alone);
    }
}

Test (f16, every_kind_of_float_rounds_to_the_nearest_half)
{
  static float values[COUNT];
  static uint16_t halves[COUNT];
  static float back[COUNT];
  uint32_t state = 1;

  for (int i = 0; i < COUNT; i++)
    {
      state = state * 1664525u + 1013904223u;
      /* Exponents around those of a half; the sign and the fraction are anything. */
      values[i] = float_of ((state & 0x807FFFFFu) | (95 + (uint32_t)i % 55) << 23);
    }
  nn_f32_to_f16 (values, halves, COUNT);
  nn_f16_to_f32 (halves, back, COUNT);
  for (int i = 0; i < COUNT; i++)
    {
      uint16_t alone, around[2] = { (uint16_t)(halves[i] + 1), (uint16_t)(halves[i] - 1) };
      float beside[2];
      nn_f32_to_f16 (&values[i], &alone, 1);
      cr_assert_eq (alone, halves[i], "%a: plain C differs", (double)values[i]);
      nn_f16_to_f32 (around, beside, 2);
      for (int j = 0; j < 2; j++)
        if (isfinite (beside[j]) && signbit (beside[j]) == signbit (values[i]))
          {
            double here = fabs ((double)back[i] - (double)values[i]);
            double there = fabs ((double)beside[j] - (double)values[i]);
            cr_assert (here < there || (here == there && (halves[i] & 1) == 0), "%a gave %a",
                       (double)values[i], (double)back[i]);
          }
    }
}
