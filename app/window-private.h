/* What the window (window.c) and its ways in (window-input.c) share. */
#pragma once

#include "app/window.h"

G_BEGIN_DECLS

void regard_window_open_texture (RegardWindow *self, GdkTexture *texture);
/* A path, or a URI of a file. */
void regard_window_open_place (RegardWindow *self, const char *place);
/* A message in the bar at the top, until it is closed or the next photograph opens. */
void regard_window_tell (RegardWindow *self, GtkMessageType type, const char *message);
/* While something is dragged over the window. */
void regard_window_set_drop_hint (RegardWindow *self, gboolean show);

/* window-input.c: adds the actions win.open, win.paste and the drop target. */
void regard_window_input_class_init (GtkWidgetClass *widget_class);
void regard_window_input_init (RegardWindow *self);

G_END_DECLS
