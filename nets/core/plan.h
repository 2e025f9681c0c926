/* Places buffers with known lifetimes in one arena. */
#pragma once

#include "nets/nn.h"

typedef struct
{
  size_t bytes;
  int first, last; /* moments of its life, inclusive */
  size_t offset;   /* filled by nn_plan: a multiple of 64 */
} nn_buffer;

/* Gives every buffer an offset so that no two that live at the same moment overlap, largest first
 * at the lowest place that fits. Returns the arena's size in bytes. */
size_t nn_plan (nn_buffer *buffers, guint n);
