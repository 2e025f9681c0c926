/* The dialog that asks where to write an export, and in which format. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* A dialog to save as JSON, CSV or Markdown, with `name` to begin with; the caller shows it, and
 * releases it after its response. json: what the person reads of the first. */
GtkFileChooserNative *regard_export_chooser_new (GtkWidget *widget, const char *title,
                                                 const char *json, const char *name);
/* The file that was chosen, with the chosen format's ending when it has none of them; NULL: none.
 * The caller releases it. */
GFile *regard_export_chooser_get_file (GtkFileChooser *chooser);

G_END_DECLS
