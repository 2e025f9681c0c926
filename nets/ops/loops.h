/* Small helpers that several operations share: shape checks for infer, and plain loops. */
#pragma once

#include <math.h>
#include <string.h>

#include "nets/core/bf16.h"
#include "nets/core/kern.h"
#include "nets/ops/op.h"

/* Below this many elements starting threads costs more than it saves. */
#define NN_PARALLEL_MIN 16384
/* Elements one thread takes at a time in loops over flat arrays. */
#define NN_BLOCK 4096
/* Largest width or option accepted, so that products of a few of them stay far from overflow. */
#define NN_MAX_WIDTH (1 << 20)

/* All inputs hold float values and have a row axis; FALSE and an error otherwise. */
gboolean nn_want_values (const nn_graph *g, const nn_entry *e, GError **error);
/* option is 1 to NN_MAX_WIDTH; FALSE and an error that calls it `what` otherwise. */
gboolean nn_want_width (const nn_graph *g, const nn_entry *e, const char *what, int option,
                        GError **error);
gboolean nn_same_shape (const nn_shape *a, const nn_shape *b);
/* Length of the last axis; 1 without axes. */
int nn_last_dim (const nn_shape *s);

/* sum[j] += sum over i of x[i,j]; x (rows,columns), sum (columns). The order of additions does not
 * depend on the number of threads. */
void nn_sum_columns (const float *x, size_t rows, size_t columns, float *sum);
/* x[i,j] += bias[j]; x (rows,columns), bias (columns). */
void nn_add_bias (float *x, size_t rows, size_t columns, const float *bias);
/* to[i] += from[i]; both (count). */
void nn_accumulate (float *to, const float *from, size_t count);

/* Loops over float32 or bfloat16: written once as a function that is always inlined, with `half` a
 * constant where it is called, and called from NN_LOOPs, so that gcc makes vectors of each. */
#define NN_INLINE static inline __attribute__ ((always_inline))

/* memcpy on all threads. */
void nn_copy (void *to, const void *from, size_t bytes);

/* An activation as the interval that it clips to. */
typedef struct
{
  float low, top;
} nn_interval;

static inline nn_interval
nn_interval_of (int activation)
{
  return (nn_interval){ activation == NN_ACT_NONE ? -INFINITY : 0,
                        activation == NN_ACT_RELU6 ? 6 : INFINITY };
}

/* NaN stays NaN. */
NN_INLINE float
nn_clip (float x, nn_interval to)
{
  x = x < to.low ? to.low : x;
  return x > to.top ? to.top : x;
}

/* Gradient of nn_clip (x, to) or, the same, of its result x: dy inside, 0 outside. */
NN_INLINE float
nn_clip_back (float x, nn_interval to, float dy)
{
  return (x > to.low) & (x < to.top) ? dy : 0;
}

/* The step's activation alone, to its output; x like the output, and may be it. */
void nn_activate (nn_step *s, const void *x);
/* dx = gradient of the output times the derivative of the activation, which is found from x: its
 * input or output; both like the output, dx may be the gradient itself. */
void nn_activate_back (nn_step *s, const void *x, void *dx);
/* That in place and from the output's value, for NN_OP_READS_ACTIVATED; nothing if there is no
 * activation. */
void nn_take_back_activation (nn_step *s);

/* exp, written without a call so that gcc makes vectors of it: range reduction by ln 2 in two parts
 * and a polynomial (the scheme of Cephes); relative error about 1e-7, NaN stays NaN. */
static inline float
nn_expf (float x)
{
  const float magic = 12582912.0f; /* 1.5 * 2^23: adding it rounds to an integer */
  x = x > 88.0f ? 88.0f : x;
  x = x < -87.0f ? -87.0f : x;
  float shifted = x * 1.44269504f + magic;
  float n = shifted - magic;
  float r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  uint32_t bits;
  memcpy (&bits, &shifted, sizeof bits);
  bits = (bits + 127) << 23;
  float scale;
  memcpy (&scale, &bits, sizeof scale);
  return p * scale;
}

static inline float
nn_sigmoidf (float x)
{
  return 1.0f / (1.0f + nn_expf (-x));
}

/* The polynomial near zero (Cephes) keeps the relative error small there. */
static inline float
nn_tanhf (float x)
{
  float a = x < 0 ? -x : x;
  float e = nn_expf (-2.0f * a);
  float far = (1.0f - e) / (1.0f + e);
  far = x < 0 ? -far : far;
  float z = x * x;
  float p = -5.70498872745e-3f;
  p = p * z + 2.06390887954e-2f;
  p = p * z - 5.37397155531e-2f;
  p = p * z + 1.33314422036e-1f;
  p = p * z - 3.33332819422e-1f;
  float near = p * z * x + x;
  return a < 0.625f ? near : far;
}
