/* What every drop-down of lines of text needs besides its lines. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Shows at most so many characters of the chosen line, and cuts longer ones. The button inside gets
 * the name: GTK names only the whole. The lines are a GtkStringList. */
void regard_drop_down_prepare (GtkDropDown *drop, int characters, const char *name);

G_END_DECLS
