/* Two children: beside each other where there is room, one above the other in a narrow window.
 * The first (the picture) takes what the second (the panel) leaves. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define REGARD_TYPE_SPLIT (regard_split_get_type ())
G_DECLARE_FINAL_TYPE (RegardSplit, regard_split, REGARD, SPLIT, GtkWidget)

/* TRUE when a split of this width puts its children side by side. */
gboolean regard_split_is_wide (int width);

G_END_DECLS
