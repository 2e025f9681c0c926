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
  return (nn_bf16)((value != value ? 0x7fc00000 : rounded) >> 16);
}

/* What nn_narrow() keeps of value. */
static inline float
nn_rounded (float value)
{
  return nn_widen (nn_narrow (value));
}

/* Element i of a map in either precision. In loops, pass a constant, so that they become vectors.
 */
static inline __attribute__ ((always_inline)) float
nn_load (const void *map, size_t i, gboolean half)
{
  return half ? nn_widen (((const nn_bf16 *)map)[i]) : ((const float *)map)[i];
}

static inline __attribute__ ((always_inline)) void
nn_store (void *map, size_t i, float value, gboolean half)
{
  if (half)
    ((nn_bf16 *)map)[i] = nn_narrow (value);
  else
    ((float *)map)[i] = value;
}

static inline size_t
nn_number_bytes (gboolean half)
{
  return half ? sizeof (nn_bf16) : sizeof (float);
}

/* Address of element i. */
static inline void *
nn_at (const void *map, size_t i, gboolean half)
{
  return (char *)map + i * nn_number_bytes (half);
}

/* On all threads; (count) each. */
void nn_widen_all (const nn_bf16 *from, float *to, size_t count);
void nn_narrow_all (const float *from, nn_bf16 *to, size_t count);
/* to[i] += from[i], each bfloat16 (half) or float32; the sum is computed in float32. */
void nn_add_all (void *to, gboolean to_half, const void *from, gboolean from_half, size_t count);
