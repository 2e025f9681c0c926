#include "nets/core/bf16.h"
#include "nets/ops/loops.h"

NN_LOOP (widen_block, (const nn_bf16 *from, float *to, size_t n), (from, to, n))
{
#pragma GCC ivdep
  for (size_t i = 0; i < n; i++)
    to[i] = nn_widen (from[i]);
}

NN_LOOP (narrow_block, (const float *from, nn_bf16 *to, size_t n), (from, to, n))
{
#pragma GCC ivdep
  for (size_t i = 0; i < n; i++)
    to[i] = nn_narrow (from[i]);
}

NN_LOOP (add_half_to_half, (nn_bf16 * to, const nn_bf16 *from, size_t n), (to, from, n))
{
#pragma GCC ivdep
  for (size_t i = 0; i < n; i++)
    to[i] = nn_narrow (nn_widen (to[i]) + nn_widen (from[i]));
}

NN_LOOP (add_to_half, (nn_bf16 * to, const float *from, size_t n), (to, from, n))
{
#pragma GCC ivdep
  for (size_t i = 0; i < n; i++)
    to[i] = nn_narrow (nn_widen (to[i]) + from[i]);
}

NN_LOOP (add_half, (float *to, const nn_bf16 *from, size_t n), (to, from, n))
{
#pragma GCC ivdep
  for (size_t i = 0; i < n; i++)
    to[i] += nn_widen (from[i]);
}

void
nn_widen_all (const nn_bf16 *from, float *to, size_t count)
{
#pragma omp parallel for if (count > NN_PARALLEL_MIN)
  for (size_t i = 0; i < count; i += NN_BLOCK)
    widen_block (from + i, to + i, MIN ((size_t)NN_BLOCK, count - i));
}

void
nn_narrow_all (const float *from, nn_bf16 *to, size_t count)
{
#pragma omp parallel for if (count > NN_PARALLEL_MIN)
  for (size_t i = 0; i < count; i += NN_BLOCK)
    narrow_block (from + i, to + i, MIN ((size_t)NN_BLOCK, count - i));
}

void
nn_add_all (void *to, gboolean to_half, const void *from, gboolean from_half, size_t count)
{
  if (!to_half && !from_half)
    {
      nn_accumulate (to, from, count);
      return;
    }
#pragma omp parallel for if (count > NN_PARALLEL_MIN)
  for (size_t i = 0; i < count; i += NN_BLOCK)
    {
      size_t n = MIN ((size_t)NN_BLOCK, count - i);
      if (!to_half)
        add_half ((float *)to + i, (const nn_bf16 *)from + i, n);
      else if (from_half)
        add_half_to_half ((nn_bf16 *)to + i, (const nn_bf16 *)from + i, n);
      else
        add_to_half ((nn_bf16 *)to + i, (const float *)from + i, n);
    }
}
