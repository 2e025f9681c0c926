#include "nets/core/plan.h"

#include <stdlib.h>

static int
by_size (const void *a, const void *b)
{
  const nn_buffer *x = *(nn_buffer *const *)a, *y = *(nn_buffer *const *)b;
  if (x->bytes != y->bytes)
    return x->bytes < y->bytes ? 1 : -1;
  return x < y ? -1 : x > y;
}

static gboolean
meet (const nn_buffer *a, const nn_buffer *b)
{
  return a->first <= b->last && b->first <= a->last;
}

/* Lowest offset at which b overlaps none of the n placed ones that live with it. `placed` is sorted
 * by offset. */
static size_t
lowest (const nn_buffer *b, nn_buffer *const *placed, guint n)
{
  size_t offset = 0;
  for (guint i = 0; i < n; i++)
    {
      const nn_buffer *p = placed[i];
      if (!meet (b, p) || p->offset + p->bytes <= offset)
        continue;
      if (p->offset >= offset + b->bytes)
        break;
      offset = p->offset + p->bytes;
    }
  return offset;
}

size_t
nn_plan (nn_buffer *buffers, guint n)
{
  g_autofree nn_buffer **order = g_new (nn_buffer *, n + 1);
  g_autofree nn_buffer **placed = g_new (nn_buffer *, n + 1);
  size_t total = 0;

  for (guint i = 0; i < n; i++)
    {
      buffers[i].bytes = (buffers[i].bytes + 63) & ~(size_t)63;
      order[i] = &buffers[i];
    }
  qsort (order, n, sizeof *order, by_size);
  for (guint i = 0; i < n; i++)
    {
      nn_buffer *b = order[i];
      guint at = i;
      b->offset = b->bytes > 0 ? lowest (b, placed, i) : 0;
      for (; at > 0 && placed[at - 1]->offset > b->offset; at--)
        placed[at] = placed[at - 1];
      placed[at] = b;
      total = MAX (total, b->offset + b->bytes);
    }
  return total;
}
