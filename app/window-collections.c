/* What the window does with the page that asks a whole folder. */
#include "app/window-private.h"

#include <glib/gi18n.h>

gboolean
regard_window_shows_folder (RegardWindow *self)
{
  return g_strcmp0 (gtk_stack_get_visible_child_name (self->pages), "folder") == 0;
}

static void
show_folder (RegardWindow *self)
{
  regard_folder_page_update (self->folder_page);
  gtk_stack_set_visible_child_name (self->pages, "folder");
  gtk_widget_set_visible (self->home_button, TRUE);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.home", TRUE);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.focus-question", TRUE);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.save-view", FALSE);
  regard_window_update_title (self);
  regard_folder_page_focus_entry (self->folder_page);
}

gboolean
regard_window_leave_folder (RegardWindow *self)
{
  if (!regard_window_shows_folder (self))
    return FALSE;
  /* The same way out as the history has. */
  regard_window_leave_history (self);
  return TRUE;
}

void
regard_window_open_folder (RegardWindow *self, GFile *folder)
{
  regard_folder_page_set_folder (self->folder_page, folder);
  show_folder (self);
}

static void
ask_folder_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  RegardWindow *self = REGARD_WINDOW (widget);

  if (!regard_window_leave_folder (self))
    show_folder (self);
}

/* A tile was pressed: the picture is opened, and asked the same. */
static void
folder_open_cb (RegardWindow *self, const char *place, const char *question)
{
  regard_window_open_place (self, place);
  self->to_ask = g_strdup (question);
}

static void
folder_toast_cb (RegardWindow *self, AdwToast *toast)
{
  adw_toast_overlay_add_toast (self->toasts, g_object_ref (toast));
}

static void
folder_tell_cb (RegardWindow *self, GtkMessageType type, const char *message)
{
  regard_window_tell (self, type, message);
}

/* ---- without a file chooser -------------------------------------------------------------- */

/* For other programs, on the session bus: asks a folder (path or URI, question), and writes what
 * came of it to a file. */
static void
ask_folder_at (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  RegardWindow *self = data;
  g_autoptr (GFile) folder = NULL;
  const char *place, *question;

  g_variant_get (parameter, "(&s&s)", &place, &question);
  folder = g_file_new_for_commandline_arg (place);
  regard_window_open_folder (self, folder);
  regard_folder_page_set_question (self->folder_page, question);
  regard_folder_page_ask (self->folder_page);
}

static void
export_collection_to (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  g_autoptr (GFile) file = g_file_new_for_commandline_arg (g_variant_get_string (parameter, NULL));

  regard_folder_page_export_to (REGARD_WINDOW (data)->folder_page, file);
}

void
regard_window_collections_class_init (GtkWidgetClass *widget_class)
{
  g_type_ensure (REGARD_TYPE_FOLDER_PAGE);
  gtk_widget_class_bind_template_child (widget_class, RegardWindow, folder_page);
  gtk_widget_class_bind_template_callback (widget_class, folder_open_cb);
  gtk_widget_class_bind_template_callback (widget_class, folder_tell_cb);
  gtk_widget_class_bind_template_callback (widget_class, folder_toast_cb);
  gtk_widget_class_install_action (widget_class, "win.ask-folder", NULL, ask_folder_action);
}

void
regard_window_collections_init (RegardWindow *self)
{
  static const GActionEntry entries[] = {
    { "ask-folder-at", ask_folder_at, "(ss)", NULL, NULL, { 0 } },
    { "export-collection-to", export_collection_to, "s", NULL, NULL, { 0 } },
  };

  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
}
