#include "app/difference-map.h"

#include "app/evidence-map.h"
#include "app/preferences.h"

#include <math.h>

#define LEGEND_SIDE 256 /* pixels */

/* values (height,width) as a translucent picture, without those that are nearer to nothing than
 * `threshold`. */
static GdkTexture *
paint (const float *values, float threshold, int width, int height)
{
  gsize size = (gsize)width * (gsize)height * 4;
  guint8 *rgba = g_malloc (size); /* (height,width,4) */
  g_autoptr (GBytes) bytes = NULL;

  for (int i = 0; i < width * height; i++)
    {
      float cover = vqa_difference_colour (values[i], rgba + 4 * i);

      rgba[4 * i + 3] = fabsf (values[i]) < threshold ? 0 : (guint8)lrintf (255 * cover);
    }
  bytes = g_bytes_new_take (rgba, size);
  return gdk_memory_texture_new (width, height, GDK_MEMORY_R8G8B8A8, bytes, (gsize)width * 4);
}

GdkTexture *
regard_difference_map_paint (const vqa_difference *difference, int width, int height)
{
  const RegardMapStyle style = regard_preferences_get_map_style ();
  int w = width, h = height;
  g_autofree float *values
      = regard_evidence_map_stretch (&difference->values, style.grid, -1, &w, &h); /* (h,w) */

  return paint (values, style.threshold, w, h);
}

GdkTexture *
regard_difference_map_legend (gboolean reversed)
{
  float values[LEGEND_SIDE];

  for (int i = 0; i < LEGEND_SIDE; i++)
    values[i] = (reversed ? 1.0f : -1.0f) * (2.0f * (float)i / (LEGEND_SIDE - 1) - 1);
  return paint (values, 0, LEGEND_SIDE, 1);
}

char *
regard_difference_map_describe (const vqa_difference *difference, int sign)
{
  int cells = difference->values.width * difference->values.height;
  g_autofree float *more = g_new (float, cells);
  vqa_evidence map = { difference->values.width, difference->values.height, more };

  for (int i = 0; i < cells; i++)
    more[i] = MAX ((float)sign * difference->values.cells[i], 0);
  return regard_evidence_map_describe (&map);
}
