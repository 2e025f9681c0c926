/* Evidence as something to look at: a translucent picture of the map, and the map in words. */
#pragma once

#include <gtk/gtk.h>

#include "vqa/data/region.h"
#include "vqa/model/model.h"

G_BEGIN_DECLS

/* The map, as the preferences want it, for a picture of width x height pixels: strong evidence is
 * bright and covers, weak evidence lets the picture through, darkened. NULL when there is no
 * evidence at all. Any thread. */
GdkTexture *regard_evidence_map_paint (const vqa_evidence *evidence, int width, int height);

/* A map's values (*height,*width) for a picture of these sides, which receive the sides of what is
 * painted: cell by cell with `grid`, otherwise smooth; none under `least` or over 1. The caller
 * frees. */
float *regard_evidence_map_stretch (const vqa_evidence *evidence, gboolean grid, float least,
                                    int *width, int *height);

/* The number of the cell that covers a point of the picture, in its pixels, when the map lies `on`
 * a part of it (that has pixels); -1: none does. */
int regard_evidence_map_cell (const vqa_evidence *evidence, const vqa_region *on, double x,
                              double y);

/* "mostly in the upper left", to stand after "evidence for ..."; the caller frees. */
char *regard_evidence_map_describe (const vqa_evidence *evidence);

G_END_DECLS
