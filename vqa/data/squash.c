#include "vqa/data/squash.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The best instructions the processor has: the default alone would be four times slower. (Not where
 * sanitizers run: the choice is made before they are ready.) */
#if defined __x86_64__ && !defined __SANITIZE_ADDRESS__
#define CLONES __attribute__ ((target_clones ("avx2", "default")))
#else
#define CLONES
#endif

/* Averages blocks of fx x fy pixels, those at the right and bottom edges smaller, into a new
 * (ceil (height/fy),ceil (width/fx),channels). */
static uint8_t *
average_blocks (const uint8_t *pixels, int width, int height, int channels, int fx, int fy)
{
  int columns = (width + fx - 1) / fx, rows = (height + fy - 1) / fy;
  size_t line = (size_t)columns * channels;
  uint8_t *to = malloc (line * rows);
  uint32_t *sums = malloc (line * sizeof *sums);

  for (int row = 0; to && sums && row < rows; row++)
    {
      int top = row * fy, bottom = top + fy < height ? top + fy : height;

      memset (sums, 0, line * sizeof *sums);
      for (int y = top; y < bottom; y++)
        {
          const uint8_t *p = pixels + (size_t)y * width * channels;
          uint32_t *sum = sums;

          for (int x = 0; x < width; x += fx, sum += channels)
            for (int n = x + fx < width ? fx : width - x; n > 0; n--, p += channels)
              for (int c = 0; c < channels; c++)
                sum[c] += p[c];
        }
      for (size_t i = 0; i < line; i++)
        {
          int left = (int)(i / channels) * fx, right = left + fx < width ? left + fx : width;
          uint32_t count = (uint32_t)(right - left) * (uint32_t)(bottom - top);

          to[row * line + i] = (uint8_t)((sums[i] + count / 2) / count);
        }
    }
  if (!sums)
    {
      free (to);
      to = NULL;
    }
  free (sums);
  return to;
}

/* ---- one axis --------------------------------------------------------------------------- */

/* Output i is the sum over k of weight[i * taps + k] * input[first[i] + k]. */
typedef struct
{
  int taps;
  int *first;    /* (to) */
  float *weight; /* (to,taps), each row sums to 1 */
} axis;

static double
catmull_rom (double x)
{
  x = fabs (x);
  if (x >= 2)
    return 0;
  return x < 1 ? 1 + x * x * (1.5 * x - 2.5) : 2 - x * (4 + x * (0.5 * x - 2.5));
}

/* The taps of output i from `length` inputs. Those beyond the edge count as the edge. */
static void
axis_fill (const axis *a, int i, int length, double scale)
{
  double wide = scale > 1 ? scale : 1, centre = (i + 0.5) * scale, sum = 0;
  int left = (int)ceil (centre - 2 * wide - 0.5), right = (int)floor (centre + 2 * wide - 0.5);
  int first = left < length - a->taps ? left : length - a->taps;
  float *weight = a->weight + (size_t)i * a->taps;

  first = first > 0 ? first : 0;
  for (int j = left; j <= right; j++)
    sum += catmull_rom ((j + 0.5 - centre) / wide);
  for (int j = left; j <= right; j++)
    {
      int inside = j < 0 ? 0 : j >= length ? length - 1 : j;
      weight[inside - first] += (float)(catmull_rom ((j + 0.5 - centre) / wide) / sum);
    }
  a->first[i] = first;
}

static void
axis_clear (axis *a)
{
  free (a->first);
  free (a->weight);
}

/* `length` inputs to `to` outputs; `taken` of the inputs' length is what the outputs cover. */
static bool
axis_open (axis *a, int length, double taken, int to)
{
  double scale = length * taken / to;

  a->taps = (int)ceil (4 * (scale > 1 ? scale : 1)) + 1;
  a->taps = a->taps < length ? a->taps : length;
  a->first = malloc ((size_t)to * sizeof *a->first);
  a->weight = calloc ((size_t)to * a->taps, sizeof *a->weight);
  if (!a->first || !a->weight)
    return false;
  for (int i = 0; i < to; i++)
    axis_fill (a, i, length, scale);
  return true;
}

/* ---- both axes -------------------------------------------------------------------------- */

/* Adds four rows, weighted, to sum (n). */
CLONES static void
add_rows (const uint8_t *from, size_t n, const float weight[4], float *sum)
{
  const uint8_t *a = from, *b = a + n, *c = b + n, *d = c + n;
  float wa = weight[0], wb = weight[1], wc = weight[2], wd = weight[3];

  for (size_t i = 0; i < n; i++)
    sum[i] += wa * a[i] + wb * b[i] + wc * c[i] + wd * d[i];
}

CLONES static void
add_row (const uint8_t *from, size_t n, float weight, float *sum)
{
  for (size_t i = 0; i < n; i++)
    sum[i] += weight * from[i];
}

static uint8_t
to_byte (float value)
{
  return value <= 0 ? 0 : value >= 255 ? 255 : (uint8_t)(value + 0.5f);
}

typedef float lane __attribute__ ((vector_size (16)));

/* One row of pixels, `sum` (width,3) with a number to spare behind it. */
static void
squash_row_rgb (const axis *across, const float *sum, uint8_t *to, int to_width)
{
  for (int x = 0; x < to_width; x++, to += 3)
    {
      const float *p = sum + (size_t)across->first[x] * 3;
      const float *weight = across->weight + (size_t)x * across->taps;
      lane total = { 0 };
      for (int k = 0; k < across->taps; k++)
        {
          lane pixel;
          memcpy (&pixel, p + 3 * k, sizeof pixel);
          total += weight[k] * pixel;
        }
      for (int c = 0; c < 3; c++)
        to[c] = to_byte (total[c]);
    }
}

static void
squash_row_grey (const axis *across, const float *sum, uint8_t *to, int to_width)
{
  for (int x = 0; x < to_width; x++)
    {
      float total = 0;
      for (int k = 0; k < across->taps; k++)
        total += across->weight[(size_t)x * across->taps + k] * sum[across->first[x] + k];
      to[x] = to_byte (total);
    }
}

static void
squash_rows (const axis *across, const axis *down, const uint8_t *from, int width, int channels,
             float *sum, uint8_t *to, int to_width, int to_height)
{
  size_t n = (size_t)width * channels;

  for (int y = 0; y < to_height; y++, to += (size_t)to_width * channels)
    {
      const uint8_t *rows = from + down->first[y] * n;
      const float *weight = down->weight + (size_t)y * down->taps;
      int k = 0;
      memset (sum, 0, (n + 1) * sizeof *sum);
      for (; k + 4 <= down->taps; k += 4)
        add_rows (rows + k * n, n, weight + k, sum);
      for (; k < down->taps; k++)
        add_row (rows + k * n, n, weight[k], sum);
      if (channels == 3)
        squash_row_rgb (across, sum, to, to_width);
      else
        squash_row_grey (across, sum, to, to_width);
    }
}

/* `right` and `low`: how much of from's width and height to take. */
static bool
filter (const uint8_t *from, int width, int height, int channels, double right, double low,
        uint8_t *to, int to_width, int to_height)
{
  axis across = { 0 }, down = { 0 };
  float *sum = malloc (((size_t)width * channels + 1) * sizeof *sum);
  bool fine = sum != NULL && axis_open (&across, width, right, to_width)
              && axis_open (&down, height, low, to_height);

  if (fine)
    squash_rows (&across, &down, from, width, channels, sum, to, to_width, to_height);
  axis_clear (&across);
  axis_clear (&down);
  free (sum);
  return fine;
}

/* A much larger picture is first averaged to four times the size or more: the filter then changes
 * hardly a value, and does so many times faster. */
bool
vqa_squash (const uint8_t *from, int width, int height, int channels, uint8_t *to, int to_width,
            int to_height)
{
  int fx = width / (to_width * 4), fy = height / (to_height * 4);
  uint8_t *small;
  bool done = false;

  fx = fx > 1 ? fx : 1;
  fy = fy > 1 ? fy : 1;
  if (fx == 1 && fy == 1)
    return filter (from, width, height, channels, 1, 1, to, to_width, to_height);
  small = average_blocks (from, width, height, channels, fx, fy);
  if (small)
    {
      int columns = (width + fx - 1) / fx, rows = (height + fy - 1) / fy;
      /* The last blocks may be smaller and must not count as whole ones. */
      done = filter (small, columns, rows, channels, (double)width / ((double)columns * fx),
                     (double)height / ((double)rows * fy), to, to_width, to_height);
    }
  free (small);
  return done;
}
