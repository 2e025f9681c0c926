#include "app/window-private.h"

#include "app/preferences.h"
#include "app/split.h"

#include <glib/gi18n.h>

/* A photograph opens in a moment; a spinner that short would only flicker. */
#define SPINNER_DELAY 200 /* milliseconds */

G_DEFINE_FINAL_TYPE (RegardWindow, regard_window, ADW_TYPE_APPLICATION_WINDOW)

void
regard_window_tell (RegardWindow *self, GtkMessageType type, const char *message)
{
  g_clear_pointer (&self->notice, g_free);
  gtk_label_set_text (self->bar_label, message);
  gtk_info_bar_set_message_type (self->bar, type);
  gtk_info_bar_set_revealed (self->bar, TRUE);
}

static void
bar_response_cb (GtkInfoBar *bar)
{
  gtk_info_bar_set_revealed (bar, FALSE);
}

void
regard_window_set_drop_hint (RegardWindow *self, gboolean show)
{
  gtk_widget_set_visible (self->drop_hint, show);
}

/* Tells what is wrong with the engine: about the library always, about the model where the panel,
 * which tells it too, is not on the screen. Anything else in the bar is over by then. */
static void
update_notice (RegardWindow *self)
{
  const char *library = regard_engine_get_library_notice (self->engine);
  const char *model = regard_engine_get_model_error (self->engine);
  g_autoptr (GString) text = g_string_new (library);

  if (model && !self->picture)
    g_string_append_printf (text, _ ("%sPhotographs can be opened, but no question answered. %s"),
                            text->len ? "\n" : "", model);
  if (text->len == 0)
    gtk_info_bar_set_revealed (self->bar, FALSE);
  else if (g_strcmp0 (self->notice, text->str) != 0)
    {
      regard_window_tell (self, GTK_MESSAGE_WARNING, text->str);
      self->notice = g_strdup (text->str);
    }
  regard_ask_panel_set_model_error (self->ask_panel, model);
}

static void
forget (GCancellable **cancellable)
{
  if (*cancellable)
    g_cancellable_cancel (*cancellable);
  g_clear_object (cancellable);
}

/* ---- opening ----------------------------------------------------------------------------- */

static gboolean
opening_for_long_cb (gpointer data)
{
  RegardWindow *self = data;

  self->spinner_source = 0;
  gtk_spinner_set_spinning (self->spinner, TRUE);
  return G_SOURCE_REMOVE;
}

static void
set_opening (RegardWindow *self, gboolean opening)
{
  if (opening)
    {
      self->recall = 0;
      g_clear_pointer (&self->to_ask, g_free);
      g_clear_pointer (&self->expected, g_free);
    }
  forget (&self->opening);
  g_clear_handle_id (&self->spinner_source, g_source_remove);
  gtk_spinner_set_spinning (self->spinner, FALSE);
  if (!opening)
    return;
  self->opening = g_cancellable_new ();
  self->spinner_source = g_timeout_add (SPINNER_DELAY, opening_for_long_cb, self);
}

void
regard_window_update_title (RegardWindow *self)
{
  gboolean compare = regard_window_shows_compare (self), folder = regard_window_shows_folder (self);
  gboolean acts = regard_window_shows_modulation (self);
  gboolean other = compare || folder || acts || regard_window_shows_history (self);
  RegardPicture *p = other ? NULL : self->picture;
  const char *title = p                                    ? p->title
                      : compare                            ? _ ("Compare Models")
                      : folder                             ? _ ("Ask a Folder")
                      : acts                               ? _ ("How the Question Acts")
                      : regard_window_shows_history (self) ? _ ("History")
                                                           : "Regard";
  g_autofree char *subtitle = NULL, *tooltip = NULL;

  if (p)
    subtitle = regard_window_describe_sizes (self);
  else if (compare)
    subtitle = g_strdup (self->picture->title);
  else if (acts)
    subtitle
        = g_strdup (regard_question_get_text (regard_ask_panel_get_question (self->ask_panel)));
  else if (regard_window_shows_history (self))
    subtitle = regard_window_history_subtitle (self);
  adw_window_title_set_title (self->title, title);
  adw_window_title_set_subtitle (self->title, subtitle ? subtitle : "");
  /* A narrow window shortens both lines. */
  tooltip = p ? g_strdup_printf ("%s\n%s", p->title, subtitle) : NULL;
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->title), tooltip);
  gtk_window_set_title (GTK_WINDOW (self), title);
}

/* The question to show first: the one that was asked for, or the last one. A new reference. */
static RegardQuestion *
first_question (RegardWindow *self)
{
  GListModel *list = G_LIST_MODEL (self->picture->questions);

  for (guint i = 0; self->recall && i < g_list_model_get_n_items (list); i++)
    {
      g_autoptr (RegardQuestion) q = g_list_model_get_item (list, i);

      if (regard_question_get_id (q) == self->recall)
        return g_steal_pointer (&q);
    }
  return g_list_model_get_item (list, 0);
}

void
regard_window_show_picture (RegardWindow *self, RegardPicture *picture)
{
  g_autoptr (RegardQuestion) last = NULL;

  regard_window_stop_looking (self);
  /* An entry that becomes insensitive with the focus in it is never told that the focus left. */
  gtk_window_set_focus (GTK_WINDOW (self), NULL);
  g_set_object (&self->picture, picture);
  regard_ask_panel_set_picture (self->ask_panel, picture);
  regard_image_view_set_picture (self->image_view, picture ? picture->texture : NULL,
                                 picture ? picture->width : 0, picture ? picture->height : 0);
  gtk_stack_set_visible_child_name (self->pages, picture ? "picture" : "start");
  gtk_widget_set_visible (self->home_button, picture != NULL);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.home", picture != NULL);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.focus-question", picture != NULL);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.save-view", picture != NULL);
  regard_window_folder_update (self);
  regard_window_seen_update (self);
  regard_window_ask_about (self, &(vqa_region){ 0 });
  update_notice (self);
  if (!picture)
    {
      regard_start_page_update (self->start_page, self->engine);
      return;
    }
  last = self->to_ask ? NULL : first_question (self);
  if (last)
    regard_window_recall (self, last);
  if (self->to_ask)
    regard_window_ask (self, self->to_ask);
  g_clear_pointer (&self->to_ask, g_free);
  regard_ask_panel_focus_entry (self->ask_panel);
}

static void
opened_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (RegardWindow) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (RegardPicture) picture = NULL;

  picture = regard_engine_open_finish (REGARD_ENGINE (source), result, &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  set_opening (self, FALSE);
  if (!picture)
    {
      regard_window_tell (self, GTK_MESSAGE_ERROR, error->message);
      return;
    }
  self->stale = FALSE;
  regard_window_show_picture (self, picture);
  if (self->expected && !g_str_equal (self->expected, picture->hash))
    regard_window_tell (self, GTK_MESSAGE_INFO,
                        _ ("There is another photograph in this place now. Open the one that was "
                           "asked about from where it is, and its questions are there again."));
  if (picture->notice)
    regard_window_tell (self, GTK_MESSAGE_WARNING, picture->notice);
}

void
regard_window_open_files (RegardWindow *self, GFile *const *files, guint n)
{
  g_return_if_fail (REGARD_IS_WINDOW (self) && files && n > 0);
  if (g_file_peek_path (files[0]) && g_file_test (g_file_peek_path (files[0]), G_FILE_TEST_IS_DIR))
    {
      /* A photograph that is still on its way would take the folder's place. */
      set_opening (self, FALSE);
      regard_window_open_folder (self, files[0]);
      return;
    }
  regard_window_settle_model (self, FALSE);
  set_opening (self, TRUE);
  regard_engine_open_async (self->engine, files[0], self->opening, opened_cb, g_object_ref (self));
  if (n > 1)
    {
      g_autofree char *text = g_strdup_printf (
          ngettext ("Opened the first of %u photograph", "Opened the first of %u photographs", n),
          n);

      adw_toast_overlay_add_toast (self->toasts, adw_toast_new (text));
    }
}

void
regard_window_open_texture (RegardWindow *self, GdkTexture *texture, const char *title)
{
  set_opening (self, TRUE);
  regard_engine_open_texture_async (self->engine, texture, title, self->opening, opened_cb,
                                    g_object_ref (self));
}

void
regard_window_open_place (RegardWindow *self, const char *place)
{
  g_autoptr (GFile) file
      = g_path_is_absolute (place) ? g_file_new_for_path (place) : g_file_new_for_uri (place);

  regard_window_open_files (self, &file, 1);
}

/* ---- the model ----------------------------------------------------------------------------- */

static void
models_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (RegardWindow) self = data;
  g_autoptr (GPtrArray) models = NULL;

  models = regard_engine_models_finish (REGARD_ENGINE (source), result, NULL);
  if (models)
    regard_model_chooser_set_models (self->model_chooser, models);
}

static void
models_wanted_cb (RegardWindow *self)
{
  regard_engine_models_async (self->engine, NULL, models_cb, g_object_ref (self));
}

static void
model_chosen_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (RegardWindow) self = data;
  g_autoptr (GError) error = NULL;

  if (!regard_engine_choose_model_finish (REGARD_ENGINE (source), result, &error))
    {
      regard_model_chooser_popdown (self->model_chooser);
      regard_window_tell (self, GTK_MESSAGE_ERROR, error->message);
    }
  else
    g_clear_pointer (&self->stood_in, g_free);
  if (!error && self->picture && *self->picture->place)
    /* The other model may see pictures in another size. */
    regard_window_open_place (self, self->picture->place);
}

static void
choose_model_cb (RegardWindow *self, const char *path)
{
  regard_engine_choose_model_async (self->engine, path, NULL, model_chosen_cb, g_object_ref (self));
}

/* What learned from generated scenes. */
#define SCENES_MODEL "scenes"

static void
model_lent_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (RegardWindow) self = data;
  g_autoptr (GError) error = NULL;

  if (!regard_engine_choose_model_finish (REGARD_ENGINE (source), result, &error))
    regard_window_tell (self, GTK_MESSAGE_ERROR, error->message);
}

void
regard_window_settle_model (RegardWindow *self, gboolean scene)
{
  RegardModel *model = regard_engine_get_model (self->engine);
  g_autofree char *path = NULL;

  if (scene == (self->stood_in != NULL) || (scene && !model))
    return;
  if (scene)
    {
      path = vqa_model_find (SCENES_MODEL, NULL);
      if (!path || g_str_equal (path, regard_model_get_info (model)->path))
        return;
      self->stood_in = g_strdup (regard_model_get_info (model)->path);
    }
  else
    path = g_steal_pointer (&self->stood_in);
  regard_engine_lend_model_async (self->engine, path, NULL, model_lent_cb, g_object_ref (self));
}

/* ---- a model from elsewhere --------------------------------------------------------------- */

static void
import_model (RegardWindow *self, GFile *file)
{
  g_autofree char *path = g_file_get_path (file);

  if (path)
    regard_engine_import_model_async (self->engine, path, NULL, model_chosen_cb,
                                      g_object_ref (self));
  else
    regard_window_tell (
        self, GTK_MESSAGE_ERROR,
        _ ("This file is not on this computer. Copy it here, and import the copy."));
}

static void
import_model_response_cb (GtkNativeDialog *dialog, int response, gpointer data)
{
  g_autoptr (GFile) file = response == GTK_RESPONSE_ACCEPT
                               ? gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog))
                               : NULL;

  if (file)
    import_model (data, file);
  g_object_unref (dialog);
}

static void
import_model_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  GtkFileChooserNative *dialog
      = gtk_file_chooser_native_new (_ ("Import a Model"), GTK_WINDOW (widget),
                                     GTK_FILE_CHOOSER_ACTION_OPEN, _ ("_Import"), _ ("_Cancel"));
  g_autoptr (GtkFileFilter) models = gtk_file_filter_new ();

  regard_model_chooser_popdown (REGARD_WINDOW (widget)->model_chooser);
  gtk_file_filter_set_name (models, _ ("Models"));
  gtk_file_filter_add_pattern (models, "*.safetensors");
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (dialog), models);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  g_signal_connect_object (dialog, "response", G_CALLBACK (import_model_response_cb), widget, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

/* The same without a file chooser, for other programs. */
static void
import_model_from_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  g_autoptr (GFile) file = g_file_new_for_commandline_arg (g_variant_get_string (parameter, NULL));

  import_model (REGARD_WINDOW (widget), file);
}

static void
update_model (RegardWindow *self)
{
  RegardModel *model = regard_engine_get_model (self->engine);

  regard_model_chooser_set_model (self->model_chooser, model);
  regard_ask_panel_set_suggestions (
      self->ask_panel,
      model ? (const char *const *)regard_model_get_info (model)->suggestions : NULL);
}

/* ---- actions and state ------------------------------------------------------------------- */

static void
open_place_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  regard_window_open_place (REGARD_WINDOW (widget), g_variant_get_string (parameter, NULL));
}

static void
home_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  RegardWindow *self = REGARD_WINDOW (widget);

  set_opening (self, FALSE);
  if (regard_window_shows_history (self))
    regard_window_leave_history (self);
  else if (!regard_window_leave_folder (self) && !regard_window_leave_compare (self)
           && !regard_window_leave_modulation (self))
    regard_window_show_picture (self, NULL);
}

static void
focus_question_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  RegardWindow *self = REGARD_WINDOW (widget);

  if (regard_window_shows_compare (self))
    regard_compare_page_focus_entry (self->compare_page);
  else if (regard_window_shows_folder (self))
    regard_folder_page_focus_entry (self->folder_page);
  else if (regard_window_shows_modulation (self))
    regard_modulation_page_focus_entry (self->modulation_page);
  else
    regard_ask_panel_focus_entry (self->ask_panel);
}

static void
regard_window_dispose (GObject *object)
{
  RegardWindow *self = REGARD_WINDOW (object);

  forget (&self->opening);
  forget (&self->enlarging);
  regard_window_stop_looking (self);
  g_clear_handle_id (&self->spinner_source, g_source_remove);
  g_clear_object (&self->picture);
  g_clear_object (&self->walked);
  g_clear_object (&self->engine);
  G_OBJECT_CLASS (regard_window_parent_class)->dispose (object);
}

static void
regard_window_finalize (GObject *object)
{
  g_free (REGARD_WINDOW (object)->mapped);
  g_free (REGARD_WINDOW (object)->weighed);
  vqa_map_free (REGARD_WINDOW (object)->map);
  g_free (REGARD_WINDOW (object)->notice);
  g_free (REGARD_WINDOW (object)->to_ask);
  g_free (REGARD_WINDOW (object)->expected);
  g_free (REGARD_WINDOW (object)->stood_in);
  G_OBJECT_CLASS (regard_window_parent_class)->finalize (object);
}

static void
bind_template (GtkWidgetClass *widget_class)
{
  g_type_ensure (REGARD_TYPE_ASK_PANEL);
  g_type_ensure (REGARD_TYPE_HISTORY_PAGE);
  g_type_ensure (REGARD_TYPE_IMAGE_VIEW);
  g_type_ensure (REGARD_TYPE_MODEL_CHOOSER);
  g_type_ensure (REGARD_TYPE_SPLIT);
  g_type_ensure (REGARD_TYPE_START_PAGE);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/regard/Regard/ui/window.ui");
  gtk_widget_class_bind_template_child (widget_class, RegardWindow, ask_panel);
  gtk_widget_class_bind_template_child (widget_class, RegardWindow, bar);
  gtk_widget_class_bind_template_child (widget_class, RegardWindow, bar_label);
  gtk_widget_class_bind_template_child (widget_class, RegardWindow, drop_hint);
  gtk_widget_class_bind_template_child (widget_class, RegardWindow, history_page);
  gtk_widget_class_bind_template_child (widget_class, RegardWindow, home_button);
  gtk_widget_class_bind_template_child (widget_class, RegardWindow, image_view);
  gtk_widget_class_bind_template_child (widget_class, RegardWindow, map_revealer);
  gtk_widget_class_bind_template_child (widget_class, RegardWindow, model_chooser);
  gtk_widget_class_bind_template_child (widget_class, RegardWindow, pages);
  gtk_widget_class_bind_template_child (widget_class, RegardWindow, private_label);
  gtk_widget_class_bind_template_child (widget_class, RegardWindow, spinner);
  gtk_widget_class_bind_template_child (widget_class, RegardWindow, start_page);
  gtk_widget_class_bind_template_child (widget_class, RegardWindow, title);
  gtk_widget_class_bind_template_child (widget_class, RegardWindow, toasts);
  gtk_widget_class_bind_template_callback (widget_class, bar_response_cb);
  gtk_widget_class_bind_template_callback (widget_class, choose_model_cb);
  gtk_widget_class_bind_template_callback (widget_class, models_wanted_cb);
}

static void
regard_window_class_init (RegardWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = regard_window_dispose;
  G_OBJECT_CLASS (klass)->finalize = regard_window_finalize;
  bind_template (widget_class);
  regard_window_ask_class_init (widget_class);
  regard_window_collections_class_init (widget_class);
  regard_window_compare_class_init (widget_class);
  regard_window_folder_class_init (widget_class);
  regard_window_history_class_init (widget_class);
  regard_window_input_class_init (widget_class);
  regard_window_look_class_init (widget_class);
  regard_window_modulation_class_init (widget_class);
  regard_window_seen_class_init (widget_class);
  gtk_widget_class_install_action (widget_class, "win.open-place", "s", open_place_action);
  gtk_widget_class_install_action (widget_class, "win.import-model", NULL, import_model_action);
  gtk_widget_class_install_action (widget_class, "win.import-model-from", "s",
                                   import_model_from_action);
  gtk_widget_class_install_action (widget_class, "win.home", NULL, home_action);
  gtk_widget_class_install_action (widget_class, "win.focus-question", NULL, focus_question_action);
}

static void
regard_window_init (RegardWindow *self)
{
  g_autoptr (GPropertyAction) show_map = NULL;

  gtk_widget_init_template (GTK_WIDGET (self));
  show_map = g_property_action_new ("show-map", self->image_view, "show-map");
  g_action_map_add_action (G_ACTION_MAP (self), G_ACTION (show_map));
  regard_window_ask_init (self);
  regard_window_collections_init (self);
  regard_window_compare_init (self);
  regard_window_history_init (self);
  regard_window_input_init (self);
  regard_window_look_init (self);
  regard_window_modulation_init (self);
  regard_window_words_init (self);
}

/* Before the window is shown: it has its size from them. */
static void
connect_preferences (RegardWindow *self)
{
  GBindingFlags both = G_BINDING_SYNC_CREATE | G_BINDING_BIDIRECTIONAL;
  RegardPreferences *preferences = regard_preferences_get ();

  g_object_bind_property (preferences, "window-width", self, "default-width", both);
  g_object_bind_property (preferences, "window-height", self, "default-height", both);
  g_object_bind_property (preferences, "window-maximized", self, "maximized", both);
  g_object_bind_property (preferences, "show-evidence", self->image_view, "show-map", both);
  g_object_bind_property (preferences, "evidence-opacity", self->image_view, "map-opacity", both);
}

RegardWindow *
regard_window_new (AdwApplication *application, RegardEngine *engine)
{
  RegardWindow *self = g_object_new (REGARD_TYPE_WINDOW, "application", application, NULL);

  self->engine = g_object_ref (engine);
  g_signal_connect_object (engine, "notify::library-notice", G_CALLBACK (update_notice), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (engine, "notify::model-error", G_CALLBACK (update_notice), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (engine, "notify::model", G_CALLBACK (update_model), self,
                           G_CONNECT_SWAPPED);
  connect_preferences (self);
  update_model (self);
  regard_window_history_connect (self);
  regard_folder_page_set_engine (self->folder_page, engine);
  regard_window_show_picture (self, NULL);
  return self;
}
