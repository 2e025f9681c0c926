/* bfloat16: the upper half of a float32, with all of its range and 8 bits of its mantissa. */
#pragma once

#include "nets/ops/op.h"

#include <string.h>

static inline float
nn_widen (nn_bf16 half)
{
  uint32_t bits = (uint32_t)half << 16;
  float value;
  memcpy (&value, &bits, sizeof value);
  return value;
}

/* Rounds to nearest, ties to even; a NaN stays one. */
static inline nn_bf16
nn_narrow (float value)
{
  uint32_t bits;
  memcpy (&bits, &value, sizeof bits);
  uint32_t rounded = bits + 0x7fff + ((bits >> 16) & 1);
  uint32_t nan = bits | 0x400000;
  return (nn_bf16)(((bits & 0x7fffffff) > 0x7f800000 ? nan : rounded) >> 16);
}

/* What nn_narrow() keeps of value. */
static inline float
nn_rounded (float value)
{
  return nn_widen (nn_narrow (value));
}

/* On all threads; (count) each. */
void nn_widen_all (const nn_bf16 *from, float *to, size_t count);
void nn_narrow_all (const float *from, nn_bf16 *to, size_t count);
/* to[i] += from[i], each bfloat16 (half) or float32; the sum is computed in float32. */
void nn_add_all (void *to, gboolean to_half, const void *from, gboolean from_half, size_t count);
