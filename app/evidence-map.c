#include "app/evidence-map.h"

#include "app/preferences.h"

#include <glib/gi18n.h>
#include <math.h>

/* Longer side of the painted map in pixels: it is smooth, so the screen may enlarge it. */
#define MAP_SIDE 384

static float
strongest (const vqa_evidence *evidence)
{
  float max = 0;

  for (int i = 0; i < evidence->width * evidence->height; i++)
    max = MAX (max, evidence->cells[i]);
  return max;
}

/* The cells as they are: to (height,width), multiples of the map's sides. */
static void
repeat_cells (const vqa_evidence *e, int width, int height, float *to)
{
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      to[y * width + x] = e->cells[y * e->height / height * e->width + x * e->width / width];
}

float *
regard_evidence_map_stretch (const vqa_evidence *evidence, gboolean grid, float least, int *width,
                             int *height)
{
  double scale = (double)MAP_SIDE / MAX (*width, *height);
  int w = MAX (1, (int)lrint (*width * scale)), h = MAX (1, (int)lrint (*height * scale));
  float *values;

  if (grid)
    {
      w = (w / evidence->width + 1) * evidence->width;
      h = (h / evidence->height + 1) * evidence->height;
    }
  values = g_new (float, w *h);
  if (grid)
    repeat_cells (evidence, w, h, values);
  else
    vqa_evidence_stretch (evidence, w, h, values);
  for (int i = 0; i < w * h; i++)
    values[i] = CLAMP (values[i], least, 1.0f); /* the cubic overshoots */
  *width = w;
  *height = h;
  return values;
}

GdkTexture *
regard_evidence_map_paint (const vqa_evidence *evidence, int width, int height)
{
  const RegardMapStyle style = regard_preferences_get_map_style ();
  int w = width, h = height;
  g_autofree float *values = NULL; /* (h,w) */
  g_autoptr (GBytes) bytes = NULL;
  guint8 *rgba; /* (h,w,4) */

  g_return_val_if_fail (evidence && width > 0 && height > 0, NULL);
  if (strongest (evidence) <= 0)
    return NULL;
  values = regard_evidence_map_stretch (evidence, style.grid, 0, &w, &h);
  rgba = g_malloc ((gsize)w * h * 4);
  for (int i = 0; i < w * h; i++)
    regard_map_style_paint (&style, values[i], rgba + 4 * i);
  bytes = g_bytes_new_take (rgba, (gsize)w * h * 4);
  return gdk_memory_texture_new (w, h, GDK_MEMORY_R8G8B8A8, bytes, (gsize)w * 4);
}

int
regard_evidence_map_cell (const vqa_evidence *evidence, const vqa_region *on, double x, double y)
{
  double column = floor ((x - on->x) / on->width * evidence->width);
  double row = floor ((y - on->y) / on->height * evidence->height);

  if (column < 0 || row < 0 || column >= evidence->width || row >= evidence->height)
    return -1;
  return (int)row * evidence->width + (int)column;
}

char *
regard_evidence_map_describe (const vqa_evidence *evidence)
{
  static const char *const places[3][3]
      = { { N_ ("mostly in the upper left"), N_ ("mostly at the top"),
            N_ ("mostly in the upper right") },
          { N_ ("mostly at the left"), N_ ("mostly in the middle"), N_ ("mostly at the right") },
          { N_ ("mostly in the lower left"), N_ ("mostly at the bottom"),
            N_ ("mostly in the lower right") } };
  double sum = 0, x = 0, y = 0;
  int column, row;

  g_return_val_if_fail (evidence, NULL);
  /* Squared, so that the strong cells decide and a faint background does not pull to the middle. */
  for (int i = 0; i < evidence->width * evidence->height; i++)
    {
      double weight = (double)evidence->cells[i] * evidence->cells[i];

      sum += weight;
      x += weight * ((i % evidence->width) + 0.5) / evidence->width;
      y += weight * ((i / evidence->width) + 0.5) / evidence->height;
    }
  if (sum <= 0)
    return g_strdup (_ ("nowhere in particular"));
  column = x / sum < 0.4 ? 0 : x / sum > 0.6 ? 2 : 1;
  row = y / sum < 0.4 ? 0 : y / sum > 0.6 ? 2 : 1;
  return g_strdup (_ (places[row][column]));
}
