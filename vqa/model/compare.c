#include "vqa/model/compare.h"

#include "vqa/model/model-private.h"

#include <math.h>
#include <string.h>

vqa_difference *
vqa_difference_new (const vqa_evidence *a, const vqa_evidence *b)
{
  vqa_difference *d = g_new0 (vqa_difference, 1);
  int width = MAX (a->width, b->width), height = MAX (a->height, b->height);
  int cells = width * height;
  g_autofree float *second = g_new (float, cells); /* (height,width) */
  double both = 0, either = 0;

  d->values = (vqa_evidence){ width, height, g_new (float, cells) };
  vqa_evidence_resize (a, width, height, d->values.cells);
  vqa_evidence_resize (b, width, height, second);
  for (int i = 0; i < cells; i++)
    {
      both += MIN (d->values.cells[i], second[i]);
      either += MAX (d->values.cells[i], second[i]);
      d->values.cells[i] -= second[i];
    }
  d->overlap = either > 0 ? both / either : NAN;
  return d;
}

void
vqa_difference_free (vqa_difference *d)
{
  if (d != NULL)
    g_free (d->values.cells);
  g_free (d);
}

void
vqa_difference_resize (const vqa_difference *d, int width, int height, float *to)
{
  vqa_evidence_stretch (&d->values, width, height, to);
  for (size_t i = 0; i < (size_t)width * (size_t)height; i++)
    to[i] = CLAMP (to[i], -1.0f, 1.0f); /* the cubic overshoots */
}

float
vqa_difference_colour (float value, guint8 rgb[3])
{
  static const guint8 ends[2][2][3]
      = { { { 247, 170, 80 }, { 179, 88, 6 } }, { { 130, 170, 230 }, { 33, 78, 160 } } };
  /* Not a number counts as none. */
  float strength = fabsf (value) > 0 ? MIN (fabsf (value), 1.0f) : 0;
  const guint8 (*end)[3] = ends[value < 0];

  for (int c = 0; c < 3; c++)
    rgb[c] = (guint8)lrintf ((1 - strength) * end[0][c] + strength * end[1][c]);
  return 0.85f * sqrtf (strength);
}

static int
by_size (const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

double
vqa_model_time (vqa_model *m, const guint8 *square, const char *question, guint times,
                GError **error)
{
  double all[VQA_MOST_TIMES + 1];
  guint n = CLAMP (times, 1, VQA_MOST_TIMES);

  for (guint i = 0; i <= n; i++)
    {
      g_autoptr (vqa_reply) reply = vqa_model_ask (m, square, NULL, question, 1, error);
      if (reply == NULL)
        return -1;
      all[i] = reply->milliseconds;
    }
  qsort (all + 1, n, sizeof *all, by_size);
  return n % 2 ? all[1 + n / 2] : (all[n / 2] + all[1 + n / 2]) / 2;
}
