/* What the history's page does to the history: pin, delete and undo, export, import, clear. */
#include "app/export-chooser.h"
#include "app/history-page-private.h"

#include <glib/gi18n.h>
#include <string.h>

/* Longer than other messages stay: who reads slowly, or listens, shall get there. Undo in the menu
 * and Ctrl+Z have no end. */
#define UNDO_SECONDS 10

/* ---- pin, delete, undo ------------------------------------------------------------------- */

/* Takes a reference to the page as data; says what went wrong. */
static void
changed_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (RegardHistoryPage) self = data;
  g_autoptr (GError) error = NULL;

  if (!regard_engine_change_finish (REGARD_ENGINE (source), result, &error))
    regard_history_page_tell (self, GTK_MESSAGE_ERROR, error->message);
}

void
regard_history_page_pin (RegardHistoryPage *self, const gint64 *moments, guint n, gboolean pinned)
{
  regard_engine_pin_async (self->engine, moments, n, pinned, changed_cb, g_object_ref (self));
}

static void
update_undo (RegardHistoryPage *self)
{
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "history.undo", self->deleted->len > 0);
}

static void
undo (RegardHistoryPage *self)
{
  g_autoptr (GPtrArray) entries = NULL;

  if (self->deleted->len == 0)
    return;
  entries = g_ptr_array_steal_index (self->deleted, self->deleted->len - 1);
  update_undo (self);
  if (self->toast)
    adw_toast_dismiss (self->toast);
  regard_engine_put_back_async (self->engine, entries, changed_cb, g_object_ref (self));
}

static void
dismissed_cb (RegardHistoryPage *self, AdwToast *toast)
{
  if (self->toast == toast)
    g_clear_object (&self->toast);
}

static void
show_undo (RegardHistoryPage *self, guint n)
{
  g_autofree char *title
      = g_strdup_printf (ngettext ("%u question deleted", "%u questions deleted", n), n);
  AdwToast *toast = adw_toast_new (title);

  /* One at a time: the last deletion is the one to undo. */
  if (self->toast)
    adw_toast_dismiss (self->toast);
  adw_toast_set_button_label (toast, _ ("_Undo"));
  adw_toast_set_timeout (toast, UNDO_SECONDS);
  g_signal_connect_object (toast, "button-clicked", G_CALLBACK (undo), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (toast, "dismissed", G_CALLBACK (dismissed_cb), self, G_CONNECT_SWAPPED);
  g_set_object (&self->toast, toast);
  regard_history_page_toast (self, toast);
}

static void
deleted_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (RegardHistoryPage) self = data;
  g_autoptr (GError) error = NULL;
  GPtrArray *entries = regard_engine_delete_finish (REGARD_ENGINE (source), result, &error);

  if (!entries)
    {
      regard_history_page_tell (self, GTK_MESSAGE_ERROR, error->message);
      return;
    }
  g_ptr_array_add (self->deleted, entries);
  update_undo (self);
  show_undo (self, entries->len);
}

void
regard_history_page_delete (RegardHistoryPage *self, const gint64 *moments, guint n)
{
  regard_engine_delete_async (self->engine, moments, n, deleted_cb, g_object_ref (self));
}

static void
undo_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  undo (REGARD_HISTORY_PAGE (widget));
}

/* ---- clear ------------------------------------------------------------------------------- */

static void
cleared_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (RegardHistoryPage) self = data;
  g_autoptr (GError) error = NULL;

  if (!regard_engine_change_finish (REGARD_ENGINE (source), result, &error))
    {
      regard_history_page_tell (self, GTK_MESSAGE_ERROR, error->message);
      return;
    }
  g_ptr_array_set_size (self->deleted, 0);
  update_undo (self);
  if (self->toast)
    adw_toast_dismiss (self->toast);
  regard_history_page_cleared (self);
  regard_history_page_toast (self, adw_toast_new (_ ("Everything was deleted")));
}

static void
clear_response_cb (RegardHistoryPage *self, const char *response)
{
  if (g_str_equal (response, "clear"))
    regard_engine_clear_async (self->engine, cleared_cb, g_object_ref (self));
}

/* Not to be undone, so it is asked for. */
static void
clear_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  GtkWidget *dialog = adw_message_dialog_new (
      GTK_WINDOW (gtk_widget_get_root (widget)), _ ("Clear Everything?"),
      _ ("All questions, answers and corrections are deleted, with the list of recent photographs and "
         "the ones you pasted. Your own files, models and training runs stay. This cannot be undone."));

  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _ ("_Cancel"), "clear",
                                    _ ("_Clear Everything"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "clear",
                                              ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  g_signal_connect_object (dialog, "response", G_CALLBACK (clear_response_cb), widget,
                           G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
}

/* ---- export ------------------------------------------------------------------------------ */

typedef struct
{
  RegardHistoryPage *page;
  char *name; /* of the file */
} export_done;

static void
exported_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  export_done *done = data;
  g_autoptr (RegardHistoryPage) self = done->page;
  g_autofree char *name = done->name;
  g_autoptr (GError) error = NULL;

  g_free (done);
  if (regard_engine_change_finish (REGARD_ENGINE (source), result, &error))
    {
      g_autofree char *title = g_strdup_printf (_ ("Exported to %s"), name);
      g_autofree char *escaped = g_markup_escape_text (title, -1);

      regard_history_page_toast (self, adw_toast_new (escaped));
    }
  else
    {
      g_autofree char *text = g_strdup_printf (_ ("The questions cannot be exported to %s. %s"),
                                               name, error->message);

      regard_history_page_tell (self, GTK_MESSAGE_ERROR, text);
    }
}

void
regard_history_page_export_to (RegardHistoryPage *self, GFile *file)
{
  g_autofree char *base = g_file_get_basename (file);
  const char *dot = strrchr (base, '.');
  vqa_export_format format = VQA_EXPORT_JSON;
  g_autoptr (GArray) moments = NULL;
  export_done *done;

  g_return_if_fail (REGARD_IS_HISTORY_PAGE (self) && G_IS_FILE (file));
  if (dot)
    vqa_export_format_parse (dot + 1, &format);
  if (regard_history_model_get_n_selected (self->model) > 0)
    moments = regard_history_model_get_selected (self->model);
  else if (regard_history_page_is_filtered (self))
    moments = regard_history_model_get_all (self->model);
  done = g_new0 (export_done, 1);
  done->page = g_object_ref (self);
  done->name = g_filename_display_name (base);
  regard_engine_export_async (self->engine, file, format,
                              moments ? (const gint64 *)(const void *)moments->data : NULL,
                              moments ? moments->len : 0, exported_cb, done);
}

static void
export_response_cb (GtkNativeDialog *dialog, int response, gpointer data)
{
  g_autoptr (GFile) file = response == GTK_RESPONSE_ACCEPT
                               ? regard_export_chooser_get_file (GTK_FILE_CHOOSER (dialog))
                               : NULL;

  if (file)
    regard_history_page_export_to (data, file);
  g_object_unref (dialog);
}

static void
export_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  GtkFileChooserNative *dialog = regard_export_chooser_new (
      widget, _ ("Export Questions"), _ ("JSON, to import again"), "regard-history.json");

  g_signal_connect_object (dialog, "response", G_CALLBACK (export_response_cb), widget, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

/* ---- import ------------------------------------------------------------------------------ */

static void
imported_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (RegardHistoryPage) self = data;
  g_autoptr (GError) error = NULL;
  g_autofree vqa_imported *n = regard_engine_import_finish (REGARD_ENGINE (source), result, &error);
  g_autofree char *title = NULL;

  if (!n)
    {
      regard_history_page_tell (self, GTK_MESSAGE_ERROR, error->message);
      return;
    }
  if (n->questions + n->corrections == 0)
    title = g_strdup (_ ("Nothing new in that file"));
  else if (n->corrections == 0)
    title = g_strdup_printf (
        ngettext ("%u question imported", "%u questions imported", n->questions), n->questions);
  else
    {
      g_autofree char *questions
          = g_strdup_printf (ngettext ("%u question", "%u questions", n->questions), n->questions);
      g_autofree char *corrections = g_strdup_printf (
          ngettext ("%u correction", "%u corrections", n->corrections), n->corrections);

      /* Translators: "3 questions and 1 correction imported" */
      title = g_strdup_printf (_ ("%s and %s imported"), questions, corrections);
    }
  regard_history_page_toast (self, adw_toast_new (title));
}

void
regard_history_page_import_from (RegardHistoryPage *self, GFile *file)
{
  g_return_if_fail (REGARD_IS_HISTORY_PAGE (self) && G_IS_FILE (file));
  regard_engine_import_async (self->engine, file, imported_cb, g_object_ref (self));
}

static void
import_response_cb (GtkNativeDialog *dialog, int response, gpointer data)
{
  g_autoptr (GFile) file = response == GTK_RESPONSE_ACCEPT
                               ? gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog))
                               : NULL;

  if (file)
    regard_history_page_import_from (data, file);
  g_object_unref (dialog);
}

static void
import_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  GtkFileChooserNative *dialog = gtk_file_chooser_native_new (
      _ ("Import Questions"), GTK_WINDOW (gtk_widget_get_root (widget)),
      GTK_FILE_CHOOSER_ACTION_OPEN, _ ("_Import"), _ ("_Cancel"));
  g_autoptr (GtkFileFilter) filter = gtk_file_filter_new ();

  gtk_file_filter_set_name (filter, _ ("JSON, as Regard exports it"));
  gtk_file_filter_add_suffix (filter, "json");
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (dialog), filter);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  g_signal_connect_object (dialog, "response", G_CALLBACK (import_response_cb), widget, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

void
regard_history_page_add_actions (GtkWidgetClass *widget_class)
{
  gtk_widget_class_install_action (widget_class, "history.export", NULL, export_action);
  gtk_widget_class_install_action (widget_class, "history.import", NULL, import_action);
  gtk_widget_class_install_action (widget_class, "history.undo", NULL, undo_action);
  gtk_widget_class_install_action (widget_class, "history.clear", NULL, clear_action);
}
