/* Resizing against its definition in double: each output is the sum over all pixels, edges
 * repeated, of Catmull-Rom weights along both axes. */
#include "vqa/data/squash.h"

#include <criterion/criterion.h>
#include <glib.h>
#include <math.h>
#include <string.h>

static guint8 *
noise (int width, int height, int channels)
{
  size_t n = (size_t)width * height * channels;
  guint8 *p = g_malloc (n);
  guint32 state = 1;
  for (size_t i = 0; i < n; i++)
    p[i] = (guint8)((state = state * 1664525 + 1013904223) >> 24);
  return p;
}

static double
kernel (double x)
{
  x = fabs (x);
  return x < 1   ? 1.5 * x * x * x - 2.5 * x * x + 1
         : x < 2 ? -0.5 * x * x * x + 2.5 * x * x - 4 * x + 2
                 : 0;
}

/* Weights (to,from), edges repeated far enough. */
static double *
weights (int from, int to)
{
  double *w = g_new0 (double, (size_t)from *to), scale = (double)from / to, wide = MAX (scale, 1);
  for (int i = 0; i < to; i++)
    {
      double sum = 0;
      for (int j = -3 * from - 10; j < 4 * from + 10; j++)
        {
          double value = kernel ((j + 0.5 - (i + 0.5) * scale) / wide);
          w[i * from + CLAMP (j, 0, from - 1)] += value;
          sum += value;
        }
      for (int j = 0; j < from; j++)
        w[i * from + j] /= sum;
    }
  return w;
}

static void
check_size (int width, int height, int channels, int to_width, int to_height)
{
  g_autofree guint8 *from = noise (width, height, channels);
  g_autofree guint8 *to = g_malloc ((size_t)to_width * to_height * channels);
  g_autofree double *across = weights (width, to_width), *down = weights (height, to_height);

  cr_assert (vqa_squash (from, width, height, channels, to, to_width, to_height));
  for (int y = 0; y < to_height; y++)
    for (int x = 0; x < to_width; x++)
      for (int c = 0; c < channels; c++)
        {
          double sum = 0;
          for (int v = 0; v < height; v++)
            for (int u = 0; u < width; u++)
              sum += down[y * height + v] * across[x * width + u]
                     * from[(v * width + u) * channels + c];
          sum = CLAMP (sum, 0, 255);
          cr_assert_float_eq (to[(y * to_width + x) * channels + c], sum, 0.51,
                              "%dx%dx%d to %dx%d at %d,%d,%d: %d, not %g", width, height, channels,
                              to_width, to_height, x, y, c, to[(y * to_width + x) * channels + c],
                              sum);
        }
}

Test (squash, definition)
{
  check_size (61, 47, 3, 16, 13);
  check_size (61, 47, 1, 19, 20);
  check_size (17, 5, 3, 23, 19);
  check_size (1, 1, 3, 4, 4);
  check_size (2, 3, 1, 5, 1);
  check_size (9, 40, 3, 9, 11);
  check_size (40, 9, 3, 13, 30);
}

/* Much larger pictures are averaged first, also where blocks do not fit evenly: what is all of one
 * colour stays so, and a ramp stays a ramp. */
Test (squash, large_pictures)
{
  int width = 1283, height = 701, side = 32;
  g_autofree guint8 *from = g_malloc ((size_t)width * height * 3);
  g_autofree guint8 *to = g_malloc ((size_t)side * side * 3);

  for (int i = 0; i < width * height; i++)
    {
      from[3 * i] = 77;
      from[3 * i + 1] = (guint8)(i % width * 255.0 / (width - 1) + 0.5);
      from[3 * i + 2] = (guint8)(i / width * 255.0 / (height - 1) + 0.5);
    }
  cr_assert (vqa_squash (from, width, height, 3, to, side, side));
  for (int i = 0; i < side * side; i++)
    {
      cr_assert_eq (to[3 * i], 77);
      cr_assert_float_eq (to[3 * i + 1], (i % side + 0.5) / side * 255, 3.2);
      cr_assert_float_eq (to[3 * i + 2], (i / side + 0.5) / side * 255, 3.2);
    }
}
