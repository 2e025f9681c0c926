/* Evidence maps as pictures: any size, and colours. */
#include "vqa/model/model-private.h"

#include <math.h>

void
vqa_evidence_free (vqa_evidence *e)
{
  if (e == NULL)
    return;
  g_free (e->cells);
  g_free (e);
}

/* Weights of the four cells around a position `t` (0 to 1) past the second of them: the cubic of
 * Keys (1981), a = -1/2, which goes through the cells' own values. */
static void
cubic_weights (float t, float weight[4])
{
  weight[0] = t * (-0.5f + t * (1.0f - 0.5f * t));
  weight[1] = 1.0f + t * t * (-2.5f + 1.5f * t);
  weight[2] = t * (0.5f + t * (2.0f - 1.5f * t));
  weight[3] = t * t * (-0.5f + 0.5f * t);
}

/* Resizes one line of `count` numbers `stride` apart to `size` numbers `to_stride` apart; pixel
 * centres are at half numbers, and the border's value goes on beyond it. */
static void
resize_line (const float *from, int count, size_t stride, float *to, int size, size_t to_stride)
{
  float scale = (float)count / (float)size;
  for (int i = 0; i < size; i++)
    {
      float at = ((float)i + 0.5f) * scale - 0.5f;
      int base = (int)floorf (at);
      float weight[4], sum = 0.0f;
      cubic_weights (at - (float)base, weight);
      for (int k = 0; k < 4; k++)
        sum += weight[k] * from[stride * (size_t)CLAMP (base + k - 1, 0, count - 1)];
      to[to_stride * (size_t)i] = sum;
    }
}

void
vqa_evidence_stretch (const vqa_evidence *e, int width, int height, float *to)
{
  size_t w = (size_t)width;
  g_autofree float *rows = g_new (float, (size_t)e->height *w); /* (e->height,width) */
  for (int y = 0; y < e->height; y++)
    resize_line (e->cells + (size_t)y * (size_t)e->width, e->width, 1, rows + (size_t)y * w, width,
                 1);
  for (size_t x = 0; x < w; x++)
    resize_line (rows + x, e->height, w, to + x, height, w);
}

void
vqa_evidence_resize (const vqa_evidence *e, int width, int height, float *to)
{
  vqa_evidence_stretch (e, width, height, to);
  for (size_t i = 0; i < (size_t)width * (size_t)height; i++)
    to[i] = CLAMP (to[i], 0.0f, 1.0f); /* the cubic overshoots */
}

void
vqa_evidence_colour (float value, guint8 rgb[3])
{
  /* Dark violet over red and orange to pale yellow: brightness rises steadily, so the map reads
   * without colour vision too. */
  static const guint8 stops[9][3] = {
    { 0, 0, 4 },     { 31, 12, 72 },   { 85, 15, 109 },  { 136, 34, 106 },  { 186, 54, 85 },
    { 227, 89, 51 }, { 249, 140, 10 }, { 249, 201, 50 }, { 252, 255, 164 },
  };
  float at = value > 0.0f ? MIN (value, 1.0f) * 8.0f : 0.0f; /* not a number counts as none */
  int below = MIN ((int)at, 7);
  float t = at - (float)below;
  for (int c = 0; c < 3; c++)
    rgb[c] = (guint8)lrintf ((1.0f - t) * stops[below][c] + t * stops[below + 1][c]);
}
