#include "app/export-chooser.h"

#include <glib/gi18n.h>
#include <string.h>

#define ENDING "regard-ending"

static const struct
{
  const char *name, *ending;
} formats[] = {
  { NULL, ".json" },
  { N_ ("Table (CSV)"), ".csv" },
  { N_ ("Text to read (Markdown)"), ".md" },
};

GtkFileChooserNative *
regard_export_chooser_new (GtkWidget *widget, const char *title, const char *json, const char *name)
{
  GtkFileChooserNative *dialog
      = gtk_file_chooser_native_new (title, GTK_WINDOW (gtk_widget_get_root (widget)),
                                     GTK_FILE_CHOOSER_ACTION_SAVE, _ ("_Export"), _ ("_Cancel"));

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    {
      g_autoptr (GtkFileFilter) filter = gtk_file_filter_new ();

      gtk_file_filter_set_name (filter, formats[i].name ? _ (formats[i].name) : json);
      gtk_file_filter_add_suffix (filter, formats[i].ending + 1);
      g_object_set_data (G_OBJECT (filter), ENDING, (gpointer)formats[i].ending);
      gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (dialog), filter);
    }
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (dialog), name);
  return dialog;
}

GFile *
regard_export_chooser_get_file (GtkFileChooser *chooser)
{
  g_autoptr (GFile) file = gtk_file_chooser_get_file (chooser);
  g_autofree char *base = file ? g_file_get_basename (file) : NULL, *name = NULL;
  g_autoptr (GFile) folder = NULL;
  GtkFileFilter *filter = gtk_file_chooser_get_filter (chooser);
  const char *ending = filter ? g_object_get_data (G_OBJECT (filter), ENDING) : NULL;

  if (!file)
    return NULL;
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    if (g_str_has_suffix (base, formats[i].ending))
      return g_steal_pointer (&file);
  name = g_strconcat (base, ending ? ending : formats[0].ending, NULL);
  folder = g_file_get_parent (file);
  return g_file_get_child (folder, name);
}
