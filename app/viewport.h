/* Where a picture lies in a view: fitted into it, or enlarged and moved. Plain arithmetic in
 * doubles; the widget that shows the picture (image-view.c) draws and listens by it alone, so that
 * whatever lies on the picture lies exactly where it belongs. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* All zero shows nothing. */
typedef struct
{
  int width, height;                /* of the picture, in its pixels */
  double left, top, room_x, room_y; /* of the view, where the picture may be */
  int device;                       /* pixels of the screen per unit of the view, at least 1 */
  double zoom;                      /* units of the view per pixel; 0: as much as fits */
  double middle_x, middle_y;        /* the pixel in the middle of the room when it is enlarged */
} RegardViewport;

/* The picture's upper left corner in the view, and units of the view per pixel; what is enlarged
 * begins at a whole pixel of the screen. FALSE when there is nothing to show. */
gboolean regard_viewport_place (const RegardViewport *v, double *x, double *y, double *scale);
/* One pixel of the picture is one of the screen. */
double regard_viewport_original (const RegardViewport *v);
/* Changes the zoom (as in the struct, 0 fits) while the point (x,y) of the view stays on the same
 * place of the picture, as far as there is picture to show. A step over the fitting size or over
 * the original size stops there. */
void regard_viewport_zoom (RegardViewport *v, double zoom, double x, double y);
/* Moves the picture by so much in the view, as far as there is more of it; FALSE: there is not. */
gboolean regard_viewport_pan (RegardViewport *v, double x, double y);

G_END_DECLS
