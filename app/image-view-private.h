/* What the photograph's widget (image-view.c), its sharpness (image-view-detail.c) and its mouse,
 * fingers and keys (image-view-input.c) share. */
#pragma once

#include "app/image-view.h"
#include "app/viewport.h"

G_BEGIN_DECLS

struct _RegardImageView
{
  GtkWidget parent_instance;

  GdkTexture *texture;
  GdkTexture *detail; /* a part at full resolution, or NULL */
  vqa_region detail_on;
  vqa_region detail_wanted; /* that was asked for last; width 0: none */
  guint detail_source;      /* until it is asked for */
  GdkTexture *map;
  RegardViewport viewport; /* its size is the original's */
  vqa_region map_on;
  gboolean show_map;
  double map_opacity;
  vqa_region part;
  gboolean marking;
  gboolean placing;
  gboolean placed;
  double place_x, place_y;

  /* While something goes on */
  gboolean dragging_part;
  double dragged_x, dragged_y; /* so far, in the view */
  double pinched;              /* the zoom before */
  double pointer_x, pointer_y; /* in the view */
};

enum
{
  REGARD_IMAGE_VIEW_PART_CHANGED,
  REGARD_IMAGE_VIEW_PLACE_CHANGED,
  REGARD_IMAGE_VIEW_HOVERED,
  REGARD_IMAGE_VIEW_DETAIL_WANTED,
  REGARD_IMAGE_VIEW_N_SIGNALS
};
extern guint regard_image_view_signals[REGARD_IMAGE_VIEW_N_SIGNALS];

/* Zooms while a point of the view stays where it is; tells of it. */
void regard_image_view_zoom_at (RegardImageView *self, double zoom, double x, double y);
/* FALSE: there is no more to move to. */
gboolean regard_image_view_pan (RegardImageView *self, double x, double y);

/* Asks for a part at full resolution where what is seen is blurred without. */
void regard_image_view_check_detail (RegardImageView *self);
void regard_image_view_forget_detail (RegardImageView *self);

void regard_image_view_input_class_init (GtkWidgetClass *widget_class);
void regard_image_view_input_init (RegardImageView *self);

G_END_DECLS
