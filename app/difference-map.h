/* The difference of two models' evidence as something to look at. */
#pragma once

#include <gtk/gtk.h>

#include "vqa/model/compare.h"

G_BEGIN_DECLS

/* The difference in its colours, smooth or as a grid and from the threshold on as the preferences
 * want it, for a picture of width x height pixels, which shines through where both models found as
 * much. Any thread. */
GdkTexture *regard_difference_map_paint (const vqa_difference *difference, int width, int height);
/* All its colours in a row, from the first model's to the second's, or the other way round. */
GdkTexture *regard_difference_map_legend (gboolean reversed);
/* Where the difference has this sign (1 or -1), in words, as regard_evidence_map_describe(); the
 * caller frees. Any thread. */
char *regard_difference_map_describe (const vqa_difference *difference, int sign);

G_END_DECLS
