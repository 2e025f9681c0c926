/* What the window does with the history: its page, corrections, saving the view, private mode. */
#include "app/window-private.h"

#include "app/sheet.h"

#include <glib/gi18n.h>

/* ---- the page ---------------------------------------------------------------------------- */

gboolean
regard_window_shows_history (RegardWindow *self)
{
  return g_strcmp0 (gtk_stack_get_visible_child_name (self->pages), "history") == 0;
}

char *
regard_window_history_subtitle (RegardWindow *self)
{
  guint n = regard_history_page_get_n_questions (self->history_page);

  return g_strdup_printf (ngettext ("%'u question", "%'u questions", n), n);
}

static void
show_history (RegardWindow *self)
{
  regard_history_page_update (self->history_page);
  gtk_stack_set_visible_child_name (self->pages, "history");
  gtk_widget_set_visible (self->home_button, TRUE);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.home", TRUE);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.focus-question", FALSE);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.save-view", FALSE);
  regard_window_update_title (self);
  regard_history_page_focus_search (self->history_page);
}

static RegardQuestion *
find_question (GListStore *list, gint64 id)
{
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (list)); i++)
    {
      g_autoptr (RegardQuestion) q = g_list_model_get_item (G_LIST_MODEL (list), i);

      if (regard_question_get_id (q) == id)
        return q; /* the list keeps it */
    }
  return NULL;
}

/* The photograph's questions as they are now; what is shown stays, unless it was deleted. */
static void
questions_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (RegardWindow) self = data;
  g_autoptr (GPtrArray) list
      = regard_engine_questions_finish (REGARD_ENGINE (source), result, NULL);
  RegardQuestion *shown, *still = NULL;
  GListStore *old;

  if (!list || !self->picture)
    return;
  old = self->picture->questions;
  shown = regard_ask_panel_get_question (self->ask_panel);
  for (guint i = 0; i < list->len; i++)
    {
      RegardQuestion *now = list->pdata[i];
      RegardQuestion *before = find_question (old, regard_question_get_id (now));

      if (!before)
        continue;
      regard_question_set_correction (before, regard_question_get_correction (now));
      if (before == shown)
        still = shown;
      g_set_object ((RegardQuestion **)&list->pdata[i], before);
    }
  g_list_store_splice (old, 0, g_list_model_get_n_items (G_LIST_MODEL (old)), list->pdata,
                       list->len);
  if (shown && !still && regard_question_get_id (shown) != 0)
    {
      regard_ask_panel_show_question (self->ask_panel, NULL);
      regard_window_ask_about (self, regard_image_view_get_part (self->image_view));
    }
}

static void
refresh_questions (RegardWindow *self)
{
  self->stale = FALSE;
  regard_engine_questions_async (self->engine, self->picture, NULL, questions_cb,
                                 g_object_ref (self));
}

void
regard_window_leave_history (RegardWindow *self)
{
  if (!self->picture)
    {
      regard_window_show_picture (self, NULL);
      return;
    }
  gtk_stack_set_visible_child_name (self->pages, "picture");
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.focus-question", TRUE);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.save-view", TRUE);
  regard_window_update_title (self);
  regard_ask_panel_focus_entry (self->ask_panel);
  if (self->stale)
    refresh_questions (self);
}

static void
history_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  RegardWindow *self = REGARD_WINDOW (widget);

  if (regard_window_shows_history (self))
    regard_window_leave_history (self);
  else
    show_history (self);
}

static void
find_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  RegardWindow *self = REGARD_WINDOW (widget);

  if (regard_window_shows_history (self))
    regard_history_page_focus_search (self->history_page);
  else
    show_history (self);
}

/* Ctrl+Z means the entry's own undo where there is text to undo. */
static void
undo_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  RegardWindow *self = REGARD_WINDOW (widget);
  GtkWidget *focus = gtk_root_get_focus (GTK_ROOT (widget));
  gboolean history = regard_window_shows_history (self), folder = regard_window_shows_folder (self);

  if (GTK_IS_TEXT (focus)
      && ((!history && !folder) || *gtk_editable_get_text (GTK_EDITABLE (focus))))
    gtk_widget_activate_action (focus, "text.undo", NULL);
  else if (history)
    gtk_widget_activate_action (GTK_WIDGET (self->history_page), "history.undo", NULL);
  else if (folder)
    regard_folder_page_undo (self->folder_page);
}

/* Shows a question again, on the photograph that is open or after opening it. */
static void
history_open_cb (RegardWindow *self, const vqa_entry *e)
{
  RegardQuestion *known = NULL;

  if (self->picture && g_str_equal (self->picture->hash, e->picture->hash))
    known = find_question (self->picture->questions, e->question->id);
  if (known)
    {
      regard_window_leave_history (self);
      regard_window_recall (self, known);
      return;
    }
  if (!*e->picture->place)
    {
      regard_window_tell (
          self, GTK_MESSAGE_INFO,
          _ ("This photograph was pasted and could not be kept. Paste it again, and "
             "its questions are there."));
      return;
    }
  regard_window_open_place (self, e->picture->place);
  self->recall = e->question->id;
  self->expected = g_strdup (e->picture->hash);
}

static void
history_found_cb (RegardWindow *self)
{
  if (regard_window_shows_history (self))
    regard_window_update_title (self);
}

static void
history_toast_cb (RegardWindow *self, AdwToast *toast)
{
  adw_toast_overlay_add_toast (self->toasts, g_object_ref (toast));
}

static void
history_tell_cb (RegardWindow *self, GtkMessageType type, const char *message)
{
  regard_window_tell (self, type, message);
}

/* The open photograph is one of the things that are gone. */
static void
history_cleared_cb (RegardWindow *self)
{
  regard_folder_page_show_nothing (self->folder_page);
  regard_window_show_picture (self, NULL);
  show_history (self);
}

static void
common_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (RegardWindow) self = data;
  g_auto (GStrv) list = regard_engine_common_finish (REGARD_ENGINE (source), result, NULL);

  self->listing_common = FALSE;
  if (list && self->ask_panel)
    regard_completions_set (regard_ask_panel_get_completions (self->ask_panel),
                            REGARD_COMPLETIONS_LIBRARY, (const char *const *)list);
}

/* What was asked of any photograph completes what is typed. */
static void
list_common (RegardWindow *self)
{
  if (self->listing_common)
    return;
  self->listing_common = TRUE;
  regard_engine_common_async (self->engine, NULL, common_cb, g_object_ref (self));
}

static void
history_changed_cb (RegardWindow *self)
{
  self->stale = TRUE;
  list_common (self);
}

/* ---- corrections ------------------------------------------------------------------------- */

typedef struct
{
  RegardWindow *window;
  RegardQuestion *question;
  char *before; /* the correction it had */
} correcting;

static void
corrected_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  correcting *c = data;
  g_autoptr (RegardWindow) self = c->window;
  g_autoptr (RegardQuestion) question = c->question;
  g_autofree char *before = c->before;
  g_autoptr (GError) error = NULL;

  g_free (c);
  if (regard_engine_change_finish (REGARD_ENGINE (source), result, &error))
    return;
  regard_question_set_correction (question, before);
  regard_window_tell (self, GTK_MESSAGE_ERROR, error->message);
}

/* Shown at once, and taken back should it fail. */
static void
correct_cb (RegardWindow *self, RegardQuestion *question, const char *answer)
{
  correcting *c = g_new0 (correcting, 1);

  c->window = g_object_ref (self);
  c->question = g_object_ref (question);
  c->before = g_strdup (regard_question_get_correction (question));
  regard_question_set_correction (question, answer);
  regard_engine_correct_async (self->engine, regard_question_get_id (question), answer,
                               corrected_cb, c);
}

static void
correct_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  RegardWindow *self = REGARD_WINDOW (widget);

  if (!regard_window_shows_history (self) && !regard_window_shows_compare (self)
      && !regard_window_shows_folder (self) && !regard_window_shows_modulation (self))
    regard_ask_panel_correct (self->ask_panel);
}

/* ---- saving the view --------------------------------------------------------------------- */

static void
saved_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (RegardWindow) self = data;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  if (regard_sheet_save_finish (result, &error))
    {
      adw_toast_overlay_add_toast (self->toasts, adw_toast_new (_ ("The view was saved")));
      return;
    }
  text = g_strdup_printf (_ ("The view cannot be saved. %s"), error->message);
  regard_window_tell (self, GTK_MESSAGE_ERROR, text);
}

static void
save_view (RegardWindow *self, GFile *file)
{
  RegardSheet *sheet;
  RegardQuestion *question = regard_ask_panel_get_question (self->ask_panel);
  GdkTexture *map = regard_image_view_get_shown_map (self->image_view);

  if (!self->picture)
    return;
  sheet = g_new0 (RegardSheet, 1);
  g_set_object (&sheet->picture, self->picture->texture);
  sheet->width = self->picture->width;
  sheet->height = self->picture->height;
  g_set_object (&sheet->map, map);
  sheet->map_on = *regard_image_view_get_part (self->image_view);
  g_object_get (self->image_view, "map-opacity", &sheet->opacity, NULL);
  sheet->title = g_strdup (self->picture->title);
  g_set_object (&sheet->question, question);
  sheet->map_title = g_strdup (regard_map_bar_get_caption (self->map_bar));
  sheet->change = regard_map_bar_get_change (self->map_bar);
  sheet->placed
      = map && regard_image_view_get_place (self->image_view, &sheet->place_x, &sheet->place_y);
  regard_sheet_save_async (sheet, file, saved_cb, g_object_ref (self));
}

static void
save_response_cb (GtkNativeDialog *dialog, int response, gpointer data)
{
  g_autoptr (GFile) file = response == GTK_RESPONSE_ACCEPT
                               ? gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog))
                               : NULL;

  if (file)
    save_view (data, file);
  g_object_unref (dialog);
}

static void
save_view_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  RegardWindow *self = REGARD_WINDOW (widget);
  GtkFileChooserNative *dialog
      = gtk_file_chooser_native_new (_ ("Save the View"), GTK_WINDOW (self),
                                     GTK_FILE_CHOOSER_ACTION_SAVE, _ ("_Save"), _ ("_Cancel"));
  g_autofree char *base = g_path_get_basename (self->picture->title), *name = NULL;
  char *dot = strrchr (base, '.');

  if (dot && dot > base)
    *dot = '\0';
  name = g_strconcat (base, " \u2013 Regard.png", NULL);
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (dialog), name);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  g_signal_connect_object (dialog, "response", G_CALLBACK (save_response_cb), self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

/* ---- without a file chooser -------------------------------------------------------------- */

/* The same as the choosers' answers, for other programs: on the session bus, as actions of the
 * window, each with the path or URI of a file. */
static void
file_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  RegardWindow *self = data;
  g_autoptr (GFile) file = g_file_new_for_commandline_arg (g_variant_get_string (parameter, NULL));
  const char *name = g_action_get_name (G_ACTION (action));

  if (g_str_equal (name, "export-to"))
    regard_history_page_export_to (self->history_page, file);
  else if (g_str_equal (name, "import-from"))
    regard_history_page_import_from (self->history_page, file);
  else
    save_view (self, file);
}

/* ---- beginning --------------------------------------------------------------------------- */

void
regard_window_history_class_init (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_callback (widget_class, correct_cb);
  gtk_widget_class_bind_template_callback (widget_class, history_cleared_cb);
  gtk_widget_class_bind_template_callback (widget_class, history_found_cb);
  gtk_widget_class_bind_template_callback (widget_class, history_open_cb);
  gtk_widget_class_bind_template_callback (widget_class, history_tell_cb);
  gtk_widget_class_bind_template_callback (widget_class, history_toast_cb);
  gtk_widget_class_install_action (widget_class, "win.history", NULL, history_action);
  gtk_widget_class_install_action (widget_class, "win.find", NULL, find_action);
  gtk_widget_class_install_action (widget_class, "win.undo", NULL, undo_action);
  gtk_widget_class_install_action (widget_class, "win.correct", NULL, correct_action);
  gtk_widget_class_install_action (widget_class, "win.save-view", NULL, save_view_action);
}

void
regard_window_history_init (RegardWindow *self)
{
  static const GActionEntry entries[] = {
    { "export-to", file_action, "s", NULL, NULL, { 0 } },
    { "import-from", file_action, "s", NULL, NULL, { 0 } },
    { "save-view-to", file_action, "s", NULL, NULL, { 0 } },
  };

  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
}

void
regard_window_history_connect (RegardWindow *self)
{
  regard_history_page_set_engine (self->history_page, self->engine);
  g_object_bind_property (self->engine, "private", self->private_label, "visible",
                          G_BINDING_SYNC_CREATE);
  g_signal_connect_object (self->engine, "history-changed", G_CALLBACK (history_changed_cb), self,
                           G_CONNECT_SWAPPED);
  list_common (self);
}
