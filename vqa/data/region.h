/* A part of a picture, in pixels of the upright original. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* (0,0) is the upper left corner. width 0: the whole picture. */
typedef struct
{
  int x, y, width, height;
} vqa_region;

/* "X,Y,W,H", whole numbers with nothing else but space around them; "" is the whole picture. FALSE,
 * and *region untouched, for other text, numbers that cannot be (negative ones) and parts without
 * pixels; the error (VQA_ERROR_PICTURE) says what is wrong. */
gboolean vqa_region_parse (const char *text, vqa_region *region, GError **error);
/* The same backwards; the caller frees. */
char *vqa_region_text (const vqa_region *region);
gboolean vqa_region_equal (const vqa_region *a, const vqa_region *b);
/* Does it lie within a picture of width x height? */
gboolean vqa_region_fits (const vqa_region *region, int width, int height);
/* The part between two points of a picture of width x height, in its pixels: at least one, and
 * within; points outside count as its edge. */
vqa_region vqa_region_between (double x0, double y0, double x1, double y1, int width, int height);
/* Moves a part that fits, or its lower right corner, by so many pixels, as far as the picture
 * goes; no side becomes shorter than `least`, as far as there is room for it. */
void vqa_region_move (vqa_region *region, int x, int y, int width, int height);
void vqa_region_resize (vqa_region *region, int x, int y, int least, int width, int height);
/* What the features of a part are kept under (vqa_model_ask()); the caller frees. */
char *vqa_region_key (const vqa_region *region, const char *hash);

G_END_DECLS
