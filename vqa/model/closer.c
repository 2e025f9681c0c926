/* Where to look again: the smallest part that holds most of what a map shows. */
#include "vqa/model/explain.h"

/* Of the map's total. */
#define SHARE 0.5
/* Around the box, as a share of its longer side: things are told by what surrounds them. */
#define MARGIN 0.15
/* A part is no longer than so many times its width, or the squash to a square would distort it. */
#define LONGEST 2.0
/* Of the picture's area: a larger part shows hardly more than the whole. */
#define LARGEST 0.6
/* Pixels: a smaller part has nothing more to show. */
#define LEAST 48

/* Sums of all cells above and left: sum[(y)*(w+1)+x] is of the cells (0..x-1, 0..y-1). */
static double *
sums_of (const vqa_evidence *e)
{
  int w = e->width, h = e->height;
  double *sum = g_new0 (double, (gsize)(w + 1) * (gsize)(h + 1));

  for (int y = 0; y < h; y++)
    for (int x = 0; x < w; x++)
      sum[(y + 1) * (w + 1) + x + 1] = sum[y * (w + 1) + x + 1] + sum[(y + 1) * (w + 1) + x]
                                       - sum[y * (w + 1) + x]
                                       + MAX ((double)e->cells[y * w + x], 0);
  return sum;
}

/* The box of fewest cells that holds the share; of equal ones the one that holds most. */
static vqa_region
smallest (const vqa_evidence *e, const double *sum)
{
  int w = e->width, h = e->height, least = w * h + 1;
  double wanted = SHARE * sum[(h + 1) * (w + 1) - 1], best = 0;
  vqa_region box = { 0, 0, w, h };

  for (int y0 = 0; y0 < h; y0++)
    for (int y1 = y0 + 1; y1 <= h; y1++)
      for (int x0 = 0; x0 < w; x0++)
        for (int x1 = x0 + 1; x1 <= w; x1++)
          {
            int area = (y1 - y0) * (x1 - x0);
            double held;
            if (area > least)
              break;
            held = sum[y1 * (w + 1) + x1] - sum[y0 * (w + 1) + x1] - sum[y1 * (w + 1) + x0]
                   + sum[y0 * (w + 1) + x0];
            if (held < wanted || (area == least && held <= best))
              continue;
            least = area;
            best = held;
            box = (vqa_region){ x0, y0, x1 - x0, y1 - y0 };
            break;
          }
  return box;
}

/* A side made longer about its middle, within 0 to `whole`. */
static void
widen (double *start, double *length, double to, double whole)
{
  to = MIN (to, whole);
  *start = CLAMP (*start - (to - *length) / 2, 0, whole - to);
  *length = to;
}

gboolean
vqa_evidence_part (const vqa_evidence *e, int width, int height, vqa_region *part)
{
  g_autofree double *sum = sums_of (e);
  vqa_region box = smallest (e, sum);
  double x = (double)box.x * width / e->width, w = (double)box.width * width / e->width;
  double y = (double)box.y * height / e->height, h = (double)box.height * height / e->height;
  double margin = 2 * MARGIN * MAX (w, h);

  if (sum[(e->height + 1) * (e->width + 1) - 1] <= 0)
    return FALSE;
  widen (&x, &w, MAX (w + margin, LEAST), width);
  widen (&y, &h, MAX (h + margin, LEAST), height);
  widen (&x, &w, MAX (w, h / LONGEST), width);
  widen (&y, &h, MAX (h, w / LONGEST), height);
  if (w * h > LARGEST * width * height)
    return FALSE;
  *part = vqa_region_between (x, y, x + w, y + h, width, height);
  return TRUE;
}
