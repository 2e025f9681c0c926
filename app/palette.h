/* The colours of evidence maps: dark to light in all of them, so that a map reads without colour
 * vision too. */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* As in the settings' schema. */
typedef enum
{
  REGARD_PALETTE_EMBERS,  /* violet over red to pale yellow */
  REGARD_PALETTE_VIRIDIS, /* violet over green to yellow (van der Walt & Smith 2015) */
  REGARD_PALETTE_CIVIDIS, /* blue to yellow, much the same to colour-blind eyes (Nunez et al. 2018)
                           */
  REGARD_PALETTE_GREY,    /* brightness alone */
  REGARD_N_PALETTES
} RegardPalette;

#define REGARD_TYPE_PALETTE (regard_palette_get_type ())
GType regard_palette_get_type (void);

/* The colour of a value from 0 (weak) to 1 (strong); what lies outside counts as the nearest, what
 * is no number as 0. */
void regard_palette_colour (RegardPalette palette, float value, guint8 rgb[3]);

/* How maps are painted, beside their opacity. */
typedef struct
{
  RegardPalette palette;
  float threshold;     /* values below it are not shown, 0 to 1 */
  gboolean grid;       /* the map's cells as they are, not smoothed */
  gboolean brightness; /* no colours: what has little of it lies in the dark */
} RegardMapStyle;

/* What covers the picture where the map has this value. */
void regard_map_style_paint (const RegardMapStyle *style, float value, guint8 rgba[4]);
/* What stands for a value in the legend, beside the threshold. */
void regard_map_style_legend (const RegardMapStyle *style, float value, guint8 rgb[3]);

G_END_DECLS
