/* Children of one width beside each other where there is room, one above the other in a narrow
 * window. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define REGARD_TYPE_COLUMNS (regard_columns_get_type ())
G_DECLARE_FINAL_TYPE (RegardColumns, regard_columns, REGARD, COLUMNS, GtkWidget)

G_END_DECLS
