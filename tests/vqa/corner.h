/* A model made by hand whose answer rests on one corner: "yes" when the picture's upper left corner
 * is bright, "no" otherwise, whatever the question. */
#pragma once

#include "vqa/model/file.h"

G_BEGIN_DECLS

#define CORNER_SIDE 32 /* of its square; its maps are 8x8 */
/* It knows the words is, it, bright and here, and has two blocks with self-attention between them
 * whose gate of channel 2 has the bias 0.25; the modulation of block 1 raises the gain of channel 3
 * by 0.5 and the shift of channel 1 by -0.75, where the network has nothing. */
void corner_model (const char *path);
/* A dark picture (side,side,3) with a bright patch of `size` pixels at (x,y). */
void corner_picture (guint8 *square, int x, int y, int size);

G_END_DECLS
