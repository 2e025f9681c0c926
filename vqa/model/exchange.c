/* Evidence by exchange: the network looks at the picture and at the same picture blurred, and what
 * it saw of one part is put among what it sees of the blurred one. Only the answering part runs
 * again, so this costs a fraction of covering parts of the picture itself. Measured, it is nearly
 * as faithful as that, and gradients of every kind are much less so. */
#include "vqa/model/model-private.h"

#include <string.h>

/* Copies cell (x,y) of a map (side,side,channels) that is `times` as fine, times x times cells. */
static void
copy_cell (float *to, const float *from, nn_shape shape, int x, int y, int times)
{
  int bottom = MIN ((y + 1) * times, shape.dim[0]), right = MIN ((x + 1) * times, shape.dim[1]);
  size_t width = (size_t)shape.dim[1], channels = (size_t)shape.dim[2];

  for (int row = y * times; row < bottom; row++)
    {
      size_t at = ((size_t)row * width + (size_t)x * times) * channels;
      memcpy (to + at, from + at, (size_t)(right - x * times) * channels * sizeof *to);
    }
}

/* Copies what was seen of the window of `size` cells whose first is (x0,y0). */
static void
copy_window (const vqa_lab *lab, float *to, const float *from, int x0, int y0, int size)
{
  nn_shape coarse = nn_node_shape (lab->answering, lab->maps.coarse);
  nn_shape fine = nn_node_shape (lab->answering, lab->maps.fine);
  size_t first = (size_t)coarse.dim[0] * coarse.dim[1] * coarse.dim[2];

  for (int y = MAX (y0, 0); y < MIN (y0 + size, coarse.dim[0]); y++)
    for (int x = MAX (x0, 0); x < MIN (x0 + size, coarse.dim[1]); x++)
      {
        copy_cell (to, from, coarse, x, y, 1);
        if (lab->maps.fine.i >= 0)
          copy_cell (to + first, from + first, fine, x, y, 2);
      }
}

/* Small parts say little on their own and a map of large ones is coarse: a cell gets the mean over
 * the windows of 2x2 cells that hold it. */
#define WINDOW 2

gboolean
vqa_exchange (vqa_model *m, const guint8 *square, const float *seen, const float *heard,
              int position, vqa_evidence *values, GCancellable *cancellable, GError **error)
{
  int across = values->width + WINDOW - 1, windows = across * (values->height + WINDOW - 1);
  g_autofree guint8 *soft = vqa_blurred (square, m->info.side);
  g_autofree float *blurred = vqa_lab_look (m, soft, NULL);
  g_autofree float *mixed = g_new (float, m->map_count);
  g_autofree double *p = g_new (double, windows);
  double none;
  vqa_probe probe;

  if (!vqa_probe_open (&probe, m, heard, position, cancellable, error)
      || !vqa_probe_add_map (&probe, blurred, &none, error))
    return FALSE;
  for (int i = 0; i < windows; i++)
    {
      memcpy (mixed, blurred, m->map_count * sizeof *mixed);
      copy_window (m->lab, mixed, seen, i % across - WINDOW + 1, i / across - WINDOW + 1, WINDOW);
      if (!vqa_probe_add_map (&probe, mixed, &p[i], error))
        return FALSE;
    }
  if (!vqa_probe_finish (&probe, error))
    return FALSE;
  for (int i = 0; i < windows; i++)
    p[i] -= none;
  vqa_add_windows (p, WINDOW, 1, values);
  return TRUE;
}
