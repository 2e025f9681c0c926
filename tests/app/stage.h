/* Widgets in the test's own process, on the screen of the rig. */
#pragma once

#include "app/window.h"

G_BEGIN_DECLS

void stage_start_gtk (void);
/* One colour, (height,width,3). */
GdkTexture *stage_plain_texture (int width, int height, guint8 r, guint8 g, guint8 b);
GtkWidget *stage_present (GtkWidget *child, int width, int height);
/* The colour of the widget at a point, as drawn. */
void stage_probe (GtkWidget *widget, double x, double y, guint8 rgb[3]);
/* Whether a visible label below the widget contains the text. */
gboolean stage_says (GtkWidget *widget, const char *text);
RegardQuestion *stage_make_question (const char *text, gboolean confident, const char *unknown);
/* The button with that label below the widget; NULL: none. */
GtkWidget *stage_find_button (GtkWidget *widget, const char *label);
/* The list box whose rows are of this type. */
GtkListBox *stage_find_list (GtkWidget *widget, const char *row_type);
/* Runs the main loop until the window shows what is called `title`. */
void stage_wait_title (GtkWindow *window, const char *title);
void stage_close_window (RegardWindow *window, RegardEngine *engine);

G_END_DECLS
