/* Evidence as something to look at: a translucent picture of the map, and the map in words. */
#pragma once

#include <gtk/gtk.h>

#include "vqa/model/model.h"

G_BEGIN_DECLS

/* The map, smooth and coloured, for a picture of width x height pixels: strong evidence is bright
 * and covers, weak evidence lets the picture through, darkened. NULL when there is no evidence at
 * all. Any thread. */
GdkTexture *regard_evidence_map_paint (const vqa_evidence *evidence, int width, int height);

/* "mostly in the upper left", to stand after "evidence for ..."; the caller frees. */
char *regard_evidence_map_describe (const vqa_evidence *evidence);

G_END_DECLS
