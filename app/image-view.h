/* The photograph, fitted into the widget or enlarged, with a map painted over it.
 *
 * Whatever is painted on the picture goes through regard_image_view_image_to_view(), so that it
 * lies exactly where it belongs; image coordinates are pixels of the upright original, (0,0) its
 * upper left corner. */
#pragma once

#include <gtk/gtk.h>

#include "vqa/data/region.h"

G_BEGIN_DECLS

#define REGARD_TYPE_IMAGE_VIEW (regard_image_view_get_type ())
G_DECLARE_FINAL_TYPE (RegardImageView, regard_image_view, REGARD, IMAGE_VIEW, GtkWidget)

/* texture may be smaller than the original, whose size is width x height; NULL shows nothing. The
 * map is taken away. */
void regard_image_view_set_picture (RegardImageView *self, GdkTexture *texture, int width,
                                    int height);
/* The part of the picture that is asked about, marked by a frame;
 * width 0: the whole picture. The person drags it, and with the keyboard moves it (arrows) and
 * sizes it (Shift and arrows): then signal "part-changed" follows, often with the keyboard. */
const vqa_region *regard_image_view_get_part (RegardImageView *self);
/* Emits nothing. A part that is not within the picture is none. */
void regard_image_view_set_part (RegardImageView *self, const vqa_region *part);
/* Whether dragging marks a part; otherwise it does with the Shift key only. */
void regard_image_view_set_marking (RegardImageView *self, gboolean marking);
/* A place of the picture, marked by a ring (x < 0: none), in its pixels. While `placing` the person
 * clicks on it, or moves it with the arrow keys, and leaves it with Escape: then signal
 * "place-changed" follows. */
void regard_image_view_set_placing (RegardImageView *self, gboolean placing);
void regard_image_view_set_place (RegardImageView *self, double x, double y);
/* FALSE: none, and *x and *y are not written. */
gboolean regard_image_view_get_place (RegardImageView *self, double *x, double *y);

/* Property "zoom", pixels of the screen per pixel of the picture, is 0 while the whole picture fits
 * into the view. The person changes it with Ctrl and the wheel, or two fingers, and moves what is
 * enlarged by dragging, scrolling or the arrow keys. */
void regard_image_view_zoom_step (RegardImageView *self, gboolean in);
void regard_image_view_zoom_original (RegardImageView *self);
void regard_image_view_zoom_fit (RegardImageView *self);

/* Signal "detail-wanted": what is seen would be blurred, for the texture is smaller than the
 * original; the part that is wanted, at full resolution, in the picture's pixels. It is drawn where
 * it belongs until there is another one or another picture. */
const vqa_region *regard_image_view_get_detail_wanted (RegardImageView *self);
void regard_image_view_set_detail (RegardImageView *self, GdkTexture *detail, const vqa_region *on);

/* Signal "hovered" tells where the pointer is, in the widget; (-1,-1): elsewhere. */

/* A map over a part of the picture (width 0: all of it), of any size, translucent where the picture
 * shall shine through; NULL for none. */
void regard_image_view_set_map (RegardImageView *self, GdkTexture *map, const vqa_region *on);
/* The map, and the map as it is seen: NULL when there is none or it is switched off. Not a new
 * reference. */
GdkTexture *regard_image_view_get_map (RegardImageView *self);
GdkTexture *regard_image_view_get_shown_map (RegardImageView *self);
/* How the properties "show-map" and "map-opacity" (0 to 1) are set from code. */
void regard_image_view_set_show_map (RegardImageView *self, gboolean show);
void regard_image_view_set_map_opacity (RegardImageView *self, double opacity);

/* FALSE when the point is outside the picture or none is shown; then *x and *y are not written. */
gboolean regard_image_view_view_to_image (RegardImageView *self, double view_x, double view_y,
                                          double *x, double *y);
gboolean regard_image_view_image_to_view (RegardImageView *self, double image_x, double image_y,
                                          double *x, double *y);

G_END_DECLS
