/* What the page keeps: collections in the library, with undo, and exports. */
#include "app/folder-page-private.h"

#include "app/export-chooser.h"

#include <glib/gi18n.h>
#include <string.h>

#define UNDO_SECONDS 10

/* ---- the list ---------------------------------------------------------------------------- */

/* "Holidays, 30 pictures, 3 December 2026". */
static char *
subtitle_of (const vqa_collection *c)
{
  g_autoptr (GDateTime) when = g_date_time_new_from_unix_local (c->asked / G_USEC_PER_SEC);
  g_autofree char *day = g_date_time_format (when, "%x"), *base = g_path_get_basename (c->folder);
  g_autofree char *count
      = g_strdup_printf (ngettext ("%u picture", "%u pictures", c->n_pictures), c->n_pictures);

  if (c->by)
    /* Translators: a folder's name, "30 pictures", an answer and how many have it, a date */
    return g_strdup_printf (_ ("%s · %s, “%s”: %u · %s"), base, count, c->by, c->n_by, day);
  return g_strdup_printf ("%s · %s · %s", base, count, day);
}

static GtkWidget *
make_row (const vqa_collection *c)
{
  GtkWidget *row = adw_action_row_new (), *button = gtk_button_new ();
  g_autofree char *subtitle = subtitle_of (c), *title = g_markup_escape_text (c->question, -1);
  g_autofree char *escaped = g_markup_escape_text (subtitle, -1), *label = NULL;

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), escaped);
  adw_action_row_set_title_lines (ADW_ACTION_ROW (row), 1);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), TRUE);
  gtk_actionable_set_action_target (GTK_ACTIONABLE (row), "x", c->id);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (row), "folder.show-kept");
  label = g_strdup_printf (_ ("Delete “%s”"), c->question);
  gtk_button_set_icon_name (GTK_BUTTON (button), "user-trash-symbolic");
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_tooltip_text (button, _ ("Delete"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                  -1);
  gtk_actionable_set_action_target (GTK_ACTIONABLE (button), "x", c->id);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), "folder.delete-kept");
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), button);
  return row;
}

static void
listed_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (RegardFolderPage) self = data;
  g_autoptr (GPtrArray) list
      = regard_engine_collections_finish (REGARD_ENGINE (source), result, NULL);
  GtkWidget *row;

  while ((row = gtk_widget_get_first_child (GTK_WIDGET (self->kept_list))))
    gtk_list_box_remove (self->kept_list, row);
  for (guint i = 0; list && i < list->len; i++)
    gtk_list_box_append (self->kept_list, make_row (list->pdata[i]));
  gtk_widget_set_visible (self->kept_section, list && list->len > 0);
}

void
regard_folder_page_update (RegardFolderPage *self)
{
  g_return_if_fail (REGARD_IS_FOLDER_PAGE (self));
  regard_engine_collections_async (self->engine, NULL, listed_cb, g_object_ref (self));
}

/* ---- keeping ----------------------------------------------------------------------------- */

static void
kept_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (RegardFolderPage) self = data;
  g_autoptr (GError) error = NULL;

  regard_engine_keep_collection_finish (REGARD_ENGINE (source), result, &error);
  if (error)
    {
      g_autofree char *text
          = g_strdup_printf (_ ("This collection is not kept. %s"), error->message);

      regard_folder_page_tell (self, GTK_MESSAGE_WARNING, text);
    }
  regard_folder_page_update (self);
}

void
regard_folder_page_keep (RegardFolderPage *self)
{
  regard_engine_keep_collection_async (self->engine, vqa_collection_copy (self->collection),
                                       kept_cb, g_object_ref (self));
}

static void
read_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (RegardFolderPage) self = data;
  g_autoptr (GError) error = NULL;
  vqa_collection *c = regard_engine_collection_finish (REGARD_ENGINE (source), result, &error);

  if (c)
    regard_folder_page_show (self, c);
  else
    regard_folder_page_tell (self, GTK_MESSAGE_ERROR, error->message);
}

static void
show_kept_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  RegardFolderPage *self = REGARD_FOLDER_PAGE (widget);

  regard_engine_read_collection_async (self->engine, g_variant_get_int64 (parameter), NULL, read_cb,
                                       g_object_ref (self));
}

static void
show_list_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  regard_folder_page_show_nothing (REGARD_FOLDER_PAGE (widget));
}

/* ---- deleting ---------------------------------------------------------------------------- */

gboolean
regard_folder_page_undo (RegardFolderPage *self)
{
  g_return_val_if_fail (REGARD_IS_FOLDER_PAGE (self), FALSE);
  if (!self->deleted)
    return FALSE;
  regard_engine_keep_collection_async (self->engine, g_steal_pointer (&self->deleted), kept_cb,
                                       g_object_ref (self));
  return TRUE;
}

static void
deleted_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (RegardFolderPage) self = data;
  g_autoptr (GError) error = NULL;
  vqa_collection *c = regard_engine_collection_finish (REGARD_ENGINE (source), result, &error);
  AdwToast *toast;

  if (!c)
    {
      regard_folder_page_tell (self, GTK_MESSAGE_ERROR, error->message);
      return;
    }
  vqa_collection_free (self->deleted);
  self->deleted = c;
  toast = adw_toast_new (_ ("Collection deleted"));
  adw_toast_set_button_label (toast, _ ("_Undo"));
  adw_toast_set_timeout (toast, UNDO_SECONDS);
  g_signal_connect_object (toast, "button-clicked", G_CALLBACK (regard_folder_page_undo), self,
                           G_CONNECT_SWAPPED);
  regard_folder_page_toast (self, toast);
  regard_folder_page_update (self);
}

static void
delete_kept_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  RegardFolderPage *self = REGARD_FOLDER_PAGE (widget);

  regard_engine_delete_collection_async (self->engine, g_variant_get_int64 (parameter), deleted_cb,
                                         g_object_ref (self));
}

/* ---- export ------------------------------------------------------------------------------ */

typedef struct
{
  vqa_collection *collection;
  vqa_export_format format;
  GFile *file;
} export_order;

static void
export_order_free (gpointer data)
{
  export_order *o = data;

  vqa_collection_free (o->collection);
  g_object_unref (o->file);
  g_free (o);
}

static void
write_file (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const export_order *o = data;
  GError *error = NULL;

  if (vqa_collection_export_file (o->collection, o->format, o->file, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
written_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  RegardFolderPage *self = REGARD_FOLDER_PAGE (source);
  const export_order *o = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;
  g_autofree char *base = g_file_get_basename (o->file);
  g_autofree char *name = g_filename_display_name (base), *text = NULL;

  if (g_task_propagate_boolean (G_TASK (result), &error))
    {
      g_autofree char *escaped = NULL;

      text = g_strdup_printf (_ ("Exported to %s"), name);
      escaped = g_markup_escape_text (text, -1);
      regard_folder_page_toast (self, adw_toast_new (escaped));
      return;
    }
  text = g_strdup_printf (_ ("The collection cannot be exported to %s. %s"), name, error->message);
  regard_folder_page_tell (self, GTK_MESSAGE_ERROR, text);
}

void
regard_folder_page_export_to (RegardFolderPage *self, GFile *file)
{
  g_autofree char *base = NULL;
  g_autoptr (GTask) task = NULL;
  const char *dot;
  export_order *o;

  g_return_if_fail (REGARD_IS_FOLDER_PAGE (self) && G_IS_FILE (file));
  if (!self->collection || self->asking)
    return;
  o = g_new0 (export_order, 1);
  o->collection = vqa_collection_copy (self->collection);
  o->file = g_object_ref (file);
  base = g_file_get_basename (file);
  dot = strrchr (base, '.');
  if (dot)
    vqa_export_format_parse (dot + 1, &o->format);
  task = g_task_new (self, NULL, written_cb, NULL);
  g_task_set_task_data (task, o, export_order_free);
  g_task_run_in_thread (task, write_file);
}

static void
export_response_cb (GtkNativeDialog *dialog, int response, gpointer data)
{
  g_autoptr (GFile) file = response == GTK_RESPONSE_ACCEPT
                               ? regard_export_chooser_get_file (GTK_FILE_CHOOSER (dialog))
                               : NULL;

  if (file)
    regard_folder_page_export_to (data, file);
  g_object_unref (dialog);
}

static void
export_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  GtkFileChooserNative *dialog = regard_export_chooser_new (widget, _ ("Export the Collection"),
                                                            _ ("JSON"), "regard-collection.csv");

  g_signal_connect_object (dialog, "response", G_CALLBACK (export_response_cb), widget, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

/* The same without a file chooser, for other programs. */
static void
export_to_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  g_autoptr (GFile) file = g_file_new_for_commandline_arg (g_variant_get_string (parameter, NULL));

  regard_folder_page_export_to (REGARD_FOLDER_PAGE (widget), file);
}

void
regard_folder_page_kept_class_init (GtkWidgetClass *widget_class)
{
  gtk_widget_class_install_action (widget_class, "folder.show-kept", "x", show_kept_action);
  gtk_widget_class_install_action (widget_class, "folder.show-list", NULL, show_list_action);
  gtk_widget_class_install_action (widget_class, "folder.delete-kept", "x", delete_kept_action);
  gtk_widget_class_install_action (widget_class, "folder.export", NULL, export_action);
  gtk_widget_class_install_action (widget_class, "folder.export-to", "s", export_to_action);
}
