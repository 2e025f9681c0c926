#include "app/palette.h"

#include "vqa/model/model.h"

#include <math.h>

/* How much of the picture the weakest and the strongest value cover, 0 to 255, and how much the
 * dark. */
#define COVER_WEAK   90
#define COVER_STRONG 205
#define COVER_DARK   225

/* Colours at equal steps from 0 to 1. */
typedef struct
{
  int last;
  guint8 stops[10][3];
} table;

/* Samples of the published tables. */
static const table viridis = {
  8,
  { { 68, 1, 84 },
    { 71, 44, 122 },
    { 59, 81, 139 },
    { 44, 113, 142 },
    { 33, 144, 141 },
    { 39, 173, 129 },
    { 92, 200, 99 },
    { 170, 220, 50 },
    { 253, 231, 37 } },
};
static const table cividis = {
  9,
  { { 0, 34, 78 },
    { 18, 53, 112 },
    { 59, 73, 108 },
    { 87, 93, 109 },
    { 112, 113, 115 },
    { 138, 134, 120 },
    { 165, 156, 116 },
    { 195, 179, 105 },
    { 225, 204, 85 },
    { 254, 232, 56 } },
};

GType
regard_palette_get_type (void)
{
  static gsize type;

  if (g_once_init_enter (&type))
    {
      static const GEnumValue values[] = {
        { REGARD_PALETTE_EMBERS, "REGARD_PALETTE_EMBERS", "embers" },
        { REGARD_PALETTE_VIRIDIS, "REGARD_PALETTE_VIRIDIS", "viridis" },
        { REGARD_PALETTE_CIVIDIS, "REGARD_PALETTE_CIVIDIS", "cividis" },
        { REGARD_PALETTE_GREY, "REGARD_PALETTE_GREY", "grey" },
        { 0, NULL, NULL },
      };

      g_once_init_leave (&type, g_enum_register_static ("RegardPalette", values));
    }
  return type;
}

static void
mix (const table *t, float value, guint8 rgb[3])
{
  float at = value * (float)t->last;
  int below = MIN ((int)at, t->last - 1);
  float part = at - (float)below;

  for (int c = 0; c < 3; c++)
    rgb[c] = (guint8)lrintf ((1 - part) * t->stops[below][c] + part * t->stops[below + 1][c]);
}

void
regard_palette_colour (RegardPalette palette, float value, guint8 rgb[3])
{
  float at = value > 0 ? MIN (value, 1.0f) : 0; /* not a number counts as none */

  switch (palette)
    {
    case REGARD_PALETTE_VIRIDIS:
      mix (&viridis, at, rgb);
      break;
    case REGARD_PALETTE_CIVIDIS:
      mix (&cividis, at, rgb);
      break;
    case REGARD_PALETTE_GREY:
      rgb[0] = rgb[1] = rgb[2] = (guint8)lrintf (255 * at);
      break;
    default:
      vqa_evidence_colour (at, rgb);
    }
}

void
regard_map_style_paint (const RegardMapStyle *style, float value, guint8 rgba[4])
{
  float v = value >= style->threshold ? CLAMP (value, 0.0f, 1.0f) : 0; /* or is no number */

  if (style->brightness)
    {
      rgba[0] = rgba[1] = rgba[2] = 0;
      rgba[3] = (guint8)lrintf (COVER_DARK * (1 - v));
      return;
    }
  regard_palette_colour (style->palette, v, rgba);
  rgba[3] = value < style->threshold ? 0 : (guint8)(COVER_WEAK + (COVER_STRONG - COVER_WEAK) * v);
}

void
regard_map_style_legend (const RegardMapStyle *style, float value, guint8 rgb[3])
{
  regard_palette_colour (style->brightness ? REGARD_PALETTE_GREY : style->palette, value, rgb);
}
