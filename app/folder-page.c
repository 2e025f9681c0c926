#include "app/folder-page-private.h"

#include "app/folder-tile.h"

#include "vqa/data/pictures.h"

#include <glib/gi18n.h>

/* Tiles whose pictures stay in memory; others come back when they are scrolled to. */
#define MAX_TEXTURES 600

enum
{
  SIGNAL_OPEN,
  SIGNAL_TOAST,
  SIGNAL_TELL,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (RegardFolderPage, regard_folder_page, GTK_TYPE_WIDGET)

void
regard_folder_page_tell (RegardFolderPage *self, GtkMessageType type, const char *message)
{
  g_signal_emit (self, signals[SIGNAL_TELL], 0, type, message);
}

void
regard_folder_page_toast (RegardFolderPage *self, AdwToast *toast)
{
  g_signal_emit (self, signals[SIGNAL_TOAST], 0, toast);
}

/* ---- what is shown ----------------------------------------------------------------------- */

/* "yes: 7 of 30 pictures", or how many there are. */
static void
update_summary (RegardFolderPage *self)
{
  const vqa_collection *c = self->collection;
  g_autofree char *text = NULL;
  guint n = self->files ? self->files->len : c ? c->pictures->len : 0;

  if (self->files)
    text = g_strdup_printf (ngettext ("%u of %u picture", "%u of %u pictures", n), self->next, n);
  else if (c && c->by)
    /* Translators: an answer; how many pictures have it; of how many. */
    text = g_strdup_printf (ngettext ("“%s”: %u of %u picture", "“%s”: %u of %u pictures", n),
                            c->by, c->n_by, n);
  else
    text = g_strdup_printf (ngettext ("%u picture", "%u pictures", n), n);
  gtk_label_set_text (self->summary_label, text);
  gtk_progress_bar_set_fraction (self->progress, n > 0 ? (double)self->next / n : 0);
}

static void
update_state (RegardFolderPage *self)
{
  gboolean busy = self->asking != NULL, shown = self->collection != NULL;
  g_autofree char *only = shown && self->collection->by
                              ? g_strdup_printf (_ ("Only “%s”"), self->collection->by)
                              : NULL;

  gtk_widget_set_visible (self->ask_button, !busy);
  gtk_widget_set_visible (self->stop_button, busy);
  gtk_widget_set_visible (GTK_WIDGET (self->progress), busy);
  gtk_widget_set_visible (self->results_bar, shown);
  gtk_widget_set_visible (GTK_WIDGET (self->only_button), only != NULL);
  if (only)
    gtk_button_set_label (GTK_BUTTON (self->only_button), only);
  gtk_stack_set_visible_child_name (self->stack, shown ? "results" : "empty");
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "folder.export", shown && !busy);
  update_summary (self);
}

static int
compare_items (gconstpointer a, gconstpointer b, gpointer data)
{
  return vqa_collected_compare (regard_collected_get ((RegardCollected *)a),
                                regard_collected_get ((RegardCollected *)b));
}

static gboolean
is_wanted (gpointer item, gpointer data)
{
  const RegardFolderPage *self = data;
  const char *by = self->collection ? self->collection->by : NULL;

  return !by || !gtk_toggle_button_get_active (self->only_button)
         || g_strcmp0 (regard_collected_get (item)->answer, by) == 0;
}

static void
only_toggled_cb (RegardFolderPage *self)
{
  gtk_filter_changed (self->filter, GTK_FILTER_CHANGE_DIFFERENT);
}

static void
set_collection (RegardFolderPage *self, vqa_collection *collection)
{
  g_list_store_remove_all (self->items);
  g_queue_clear (&self->textured);
  vqa_collection_free (self->collection);
  self->collection = collection;
  gtk_toggle_button_set_active (self->only_button, FALSE);
}

/* ---- small pictures ---------------------------------------------------------------------- */

static void
note_texture (RegardFolderPage *self, RegardCollected *item)
{
  g_queue_push_tail (&self->textured, item);
  if (self->textured.length > MAX_TEXTURES)
    regard_collected_set_texture (g_queue_pop_head (&self->textured), NULL);
}

typedef struct
{
  RegardFolderPage *page;
  RegardCollected *item;
} texture_wait;

static void
thumbnail_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  texture_wait *wait = data;
  g_autoptr (RegardFolderPage) self = wait->page;
  g_autoptr (RegardCollected) item = wait->item;
  g_autoptr (RegardThumbnail) thumbnail
      = regard_engine_thumbnail_finish (REGARD_ENGINE (source), result, NULL);
  guint at;

  g_free (wait);
  /* It may be of another collection by now, and have come twice. */
  if (!thumbnail || regard_collected_get_texture (item)
      || !g_list_store_find (self->items, item, &at))
    return;
  regard_collected_set_texture (item, regard_thumbnail_get_texture (thumbnail));
  note_texture (self, item);
}

static GFile *
file_of (const char *place)
{
  return g_path_is_absolute (place) ? g_file_new_for_path (place) : g_file_new_for_uri (place);
}

static void
fetch_texture (RegardFolderPage *self, RegardCollected *item)
{
  const vqa_collected *p = regard_collected_get (item);
  g_autoptr (GFile) file = NULL;
  texture_wait *wait;

  if (p->error || regard_collected_get_texture (item))
    return;
  file = file_of (p->place);
  wait = g_new0 (texture_wait, 1);
  wait->page = g_object_ref (self);
  wait->item = g_object_ref (item);
  regard_engine_thumbnail_async (self->engine, file, NULL, thumbnail_cb, wait);
}

static void
setup_cb (GtkListItemFactory *factory, GtkListItem *cell, gpointer data)
{
  gtk_list_item_set_child (cell, regard_folder_tile_new ());
}

static void
bind_cb (GtkListItemFactory *factory, GtkListItem *cell, gpointer data)
{
  RegardFolderTile *tile = REGARD_FOLDER_TILE (gtk_list_item_get_child (cell));
  RegardCollected *item = gtk_list_item_get_item (cell);
  GtkWidget *widget = gtk_widget_get_parent (GTK_WIDGET (tile));
  g_autofree char *answer = regard_collected_describe (item), *spoken = NULL;

  regard_folder_tile_set_item (tile, item);
  fetch_texture (data, item);
  spoken = g_strdup_printf ("%s: %s", regard_collected_get (item)->title, answer);
  gtk_accessible_update_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken,
                                  -1);
}

static void
unbind_cb (GtkListItemFactory *factory, GtkListItem *cell, gpointer data)
{
  regard_folder_tile_set_item (REGARD_FOLDER_TILE (gtk_list_item_get_child (cell)), NULL);
}

static void
activate_cb (RegardFolderPage *self, guint position)
{
  g_autoptr (RegardCollected) item
      = g_list_model_get_item (G_LIST_MODEL (gtk_grid_view_get_model (self->grid)), position);

  if (item && self->collection)
    g_signal_emit (self, signals[SIGNAL_OPEN], 0, regard_collected_get (item)->place,
                   self->collection->question);
}

/* ---- asking ------------------------------------------------------------------------------ */

static void ask_next (RegardFolderPage *self);

/* What was asked so far stays, and is kept. */
static void
finish (RegardFolderPage *self)
{
  g_clear_object (&self->asking);
  g_clear_pointer (&self->files, g_ptr_array_unref);
  if (self->collection && self->collection->pictures->len > 0)
    {
      vqa_collection_sort (self->collection);
      regard_folder_page_keep (self);
    }
  else
    set_collection (self, NULL);
  update_state (self);
}

static void
stop (RegardFolderPage *self)
{
  if (!self->asking)
    return;
  g_cancellable_cancel (self->asking);
  finish (self);
}

/* TRUE: this result is of what was stopped. */
static gboolean
is_over (RegardFolderPage *self, GAsyncResult *result)
{
  return !self->asking || g_task_get_cancellable (G_TASK (result)) != self->asking;
}

static void
fail (RegardFolderPage *self, const char *message)
{
  finish (self);
  regard_folder_page_tell (self, GTK_MESSAGE_ERROR, message);
}

static void
collected_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (RegardFolderPage) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (RegardCollected) item
      = regard_engine_collect_finish (REGARD_ENGINE (source), result, &error);

  if (is_over (self, result))
    return;
  if (!item)
    {
      fail (self, error->message);
      return;
    }
  g_ptr_array_add (self->collection->pictures, vqa_collected_copy (regard_collected_get (item)));
  g_list_store_insert_sorted (self->items, item, compare_items, NULL);
  if (regard_collected_get_texture (item))
    note_texture (self, item);
  self->next++;
  ask_next (self);
}

static void
ask_next (RegardFolderPage *self)
{
  if (self->next < self->files->len)
    {
      regard_engine_collect_async (self->engine, self->files->pdata[self->next], self->collection,
                                   self->asking, collected_cb, g_object_ref (self));
      update_summary (self);
    }
  else
    finish (self);
}

static void
begun_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (RegardFolderPage) self = data;
  g_autoptr (GError) error = NULL;
  vqa_collection *c = regard_engine_collection_finish (REGARD_ENGINE (source), result, &error);

  if (is_over (self, result))
    vqa_collection_free (c);
  else if (!c)
    fail (self, error->message);
  else
    {
      set_collection (self, c);
      update_state (self);
      ask_next (self);
    }
}

typedef struct
{
  GFile *folder;
  gboolean deep;
  char *question;
  GPtrArray *unread;
} listing;

static void
listing_free (gpointer data)
{
  listing *l = data;

  g_object_unref (l->folder);
  g_free (l->question);
  g_clear_pointer (&l->unread, g_ptr_array_unref);
  g_free (l);
}

static void
list_pictures (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  listing *l = data;
  GError *error = NULL;
  GPtrArray *files = vqa_pictures_list (l->folder, l->deep, &l->unread, cancellable, &error);

  if (files)
    g_task_return_pointer (task, files, (GDestroyNotify)g_ptr_array_unref);
  else
    g_task_return_error (task, error);
}

static void
listed_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  RegardFolderPage *self = REGARD_FOLDER_PAGE (source);
  const listing *l = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) files = g_task_propagate_pointer (G_TASK (result), &error);

  if (is_over (self, result))
    return;
  if (!files)
    fail (self, error->message);
  else if (files->len == 0)
    fail (self, l->deep ? _ ("There are no pictures in this folder and the folders in it")
                        : _ ("There are no pictures in this folder. Those in the folders in it "
                             "are asked, too, when that is ticked."));
  else
    {
      if (l->unread->len > 0)
        regard_folder_page_tell (self, GTK_MESSAGE_WARNING, l->unread->pdata[0]);
      self->files = g_steal_pointer (&files);
      self->next = 0;
      regard_engine_collection_async (self->engine, l->folder, l->deep, l->question, self->asking,
                                      begun_cb, g_object_ref (self));
    }
}

void
regard_folder_page_ask (RegardFolderPage *self)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *question = NULL;
  g_autoptr (GTask) task = NULL;
  listing *l;

  g_return_if_fail (REGARD_IS_FOLDER_PAGE (self));
  if (!self->folder)
    {
      gtk_widget_activate_action (GTK_WIDGET (self), "folder.choose", NULL);
      return;
    }
  question = vqa_question_check (gtk_editable_get_text (self->entry), -1, &error);
  if (!question)
    {
      regard_folder_page_tell (self, GTK_MESSAGE_ERROR, error->message);
      gtk_widget_grab_focus (GTK_WIDGET (self->entry));
      return;
    }
  stop (self);
  set_collection (self, NULL);
  self->asking = g_cancellable_new ();
  update_state (self);
  l = g_new0 (listing, 1);
  l->folder = g_object_ref (self->folder);
  l->deep = gtk_check_button_get_active (self->deep_check);
  l->question = g_steal_pointer (&question);
  task = g_task_new (self, self->asking, listed_cb, NULL);
  g_task_set_task_data (task, l, listing_free);
  g_task_run_in_thread (task, list_pictures);
}

/* Answers of two models do not belong in one list. What has none yet waits for the model. */
static void
model_changed_cb (RegardFolderPage *self)
{
  if (self->collection)
    stop (self);
}

void
regard_folder_page_show (RegardFolderPage *self, vqa_collection *collection)
{
  g_autoptr (GFile) folder = file_of (collection->folder);

  stop (self);
  set_collection (self, collection);
  for (guint i = 0; i < collection->pictures->len; i++)
    {
      g_autoptr (RegardCollected) item
          = regard_collected_new (vqa_collected_copy (collection->pictures->pdata[i]), NULL);
      g_list_store_append (self->items, item);
    }
  regard_folder_page_set_folder (self, folder);
  gtk_check_button_set_active (self->deep_check, collection->deep);
  gtk_editable_set_text (self->entry, collection->question);
  update_state (self);
}

void
regard_folder_page_show_nothing (RegardFolderPage *self)
{
  stop (self);
  set_collection (self, NULL);
  update_state (self);
}

/* ---- the folder -------------------------------------------------------------------------- */

void
regard_folder_page_set_folder (RegardFolderPage *self, GFile *folder)
{
  g_autofree char *base = NULL, *shown = NULL, *whole = NULL;

  g_return_if_fail (REGARD_IS_FOLDER_PAGE (self) && G_IS_FILE (folder));
  g_set_object (&self->folder, folder);
  base = g_file_get_basename (folder);
  shown = g_filename_display_name (base);
  whole = g_file_get_parse_name (folder);
  gtk_label_set_text (self->folder_label, shown);
  gtk_widget_set_tooltip_text (self->folder_button, whole);
}

static void
folder_response_cb (GtkNativeDialog *dialog, int response, gpointer data)
{
  RegardFolderPage *self = data;
  g_autoptr (GFile) folder = response == GTK_RESPONSE_ACCEPT
                                 ? gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog))
                                 : NULL;

  if (folder)
    {
      regard_folder_page_set_folder (self, folder);
      gtk_widget_grab_focus (GTK_WIDGET (self->entry));
    }
  g_object_unref (dialog);
}

static void
choose_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  RegardFolderPage *self = REGARD_FOLDER_PAGE (widget);
  GtkFileChooserNative *dialog = gtk_file_chooser_native_new (
      _ ("Choose a Folder of Pictures"), GTK_WINDOW (gtk_widget_get_root (widget)),
      GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, _ ("_Choose"), _ ("_Cancel"));

  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  if (self->folder)
    gtk_file_chooser_set_current_folder (GTK_FILE_CHOOSER (dialog), self->folder, NULL);
  g_signal_connect_object (dialog, "response", G_CALLBACK (folder_response_cb), self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

static void
ask_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  regard_folder_page_ask (REGARD_FOLDER_PAGE (widget));
}

static void
stop_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  stop (REGARD_FOLDER_PAGE (widget));
}

void
regard_folder_page_set_question (RegardFolderPage *self, const char *question)
{
  g_return_if_fail (REGARD_IS_FOLDER_PAGE (self) && question);
  gtk_editable_set_text (self->entry, question);
}

void
regard_folder_page_focus_entry (RegardFolderPage *self)
{
  g_return_if_fail (REGARD_IS_FOLDER_PAGE (self));
  gtk_widget_grab_focus (GTK_WIDGET (self->entry));
}

/* ---- the widget -------------------------------------------------------------------------- */

void
regard_folder_page_set_engine (RegardFolderPage *self, RegardEngine *engine)
{
  g_return_if_fail (REGARD_IS_FOLDER_PAGE (self) && !self->engine);
  self->engine = g_object_ref (engine);
  g_signal_connect_object (engine, "notify::model", G_CALLBACK (model_changed_cb), self,
                           G_CONNECT_SWAPPED);
}

static void
regard_folder_page_dispose (GObject *object)
{
  RegardFolderPage *self = REGARD_FOLDER_PAGE (object);

  if (self->asking)
    g_cancellable_cancel (self->asking);
  g_clear_object (&self->asking);
  g_clear_pointer (&self->content, gtk_widget_unparent);
  g_clear_object (&self->filter);
  g_clear_object (&self->engine);
  G_OBJECT_CLASS (regard_folder_page_parent_class)->dispose (object);
}

static void
regard_folder_page_finalize (GObject *object)
{
  RegardFolderPage *self = REGARD_FOLDER_PAGE (object);

  g_queue_clear (&self->textured);
  g_clear_object (&self->items);
  g_clear_object (&self->folder);
  g_clear_pointer (&self->files, g_ptr_array_unref);
  vqa_collection_free (self->collection);
  vqa_collection_free (self->deleted);
  G_OBJECT_CLASS (regard_folder_page_parent_class)->finalize (object);
}

static void
bind_template (GtkWidgetClass *widget_class)
{
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/regard/Regard/ui/folder-page.ui");
  gtk_widget_class_bind_template_child (widget_class, RegardFolderPage, ask_button);
  gtk_widget_class_bind_template_child (widget_class, RegardFolderPage, content);
  gtk_widget_class_bind_template_child (widget_class, RegardFolderPage, deep_check);
  gtk_widget_class_bind_template_child (widget_class, RegardFolderPage, entry);
  gtk_widget_class_bind_template_child (widget_class, RegardFolderPage, folder_button);
  gtk_widget_class_bind_template_child (widget_class, RegardFolderPage, folder_label);
  gtk_widget_class_bind_template_child (widget_class, RegardFolderPage, grid);
  gtk_widget_class_bind_template_child (widget_class, RegardFolderPage, kept_list);
  gtk_widget_class_bind_template_child (widget_class, RegardFolderPage, kept_section);
  gtk_widget_class_bind_template_child (widget_class, RegardFolderPage, only_button);
  gtk_widget_class_bind_template_child (widget_class, RegardFolderPage, progress);
  gtk_widget_class_bind_template_child (widget_class, RegardFolderPage, results_bar);
  gtk_widget_class_bind_template_child (widget_class, RegardFolderPage, stack);
  gtk_widget_class_bind_template_child (widget_class, RegardFolderPage, stop_button);
  gtk_widget_class_bind_template_child (widget_class, RegardFolderPage, summary_label);
  gtk_widget_class_bind_template_callback (widget_class, activate_cb);
  gtk_widget_class_bind_template_callback (widget_class, only_toggled_cb);
  gtk_widget_class_bind_template_callback (widget_class, regard_folder_page_ask);
}

static void
regard_folder_page_class_init (RegardFolderPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GType type = G_TYPE_FROM_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = regard_folder_page_dispose;
  G_OBJECT_CLASS (klass)->finalize = regard_folder_page_finalize;
  signals[SIGNAL_OPEN] = g_signal_new ("open", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                       G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_STRING);
  signals[SIGNAL_TOAST] = g_signal_new ("toast", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                        G_TYPE_NONE, 1, ADW_TYPE_TOAST);
  signals[SIGNAL_TELL] = g_signal_new ("tell", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                       G_TYPE_NONE, 2, GTK_TYPE_MESSAGE_TYPE, G_TYPE_STRING);
  bind_template (widget_class);
  gtk_widget_class_install_action (widget_class, "folder.choose", NULL, choose_action);
  gtk_widget_class_install_action (widget_class, "folder.ask", NULL, ask_action);
  gtk_widget_class_install_action (widget_class, "folder.stop", NULL, stop_action);
  regard_folder_page_kept_class_init (widget_class);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "folderpage");
}

static void
fill_grid (RegardFolderPage *self)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  GtkFilterListModel *filtered;
  GtkNoSelection *selection;

  self->filter = GTK_FILTER (gtk_custom_filter_new (is_wanted, self, NULL));
  filtered = gtk_filter_list_model_new (g_object_ref (G_LIST_MODEL (self->items)),
                                        g_object_ref (self->filter));
  selection = gtk_no_selection_new (G_LIST_MODEL (filtered));
  g_signal_connect_object (factory, "setup", G_CALLBACK (setup_cb), self, 0);
  g_signal_connect_object (factory, "bind", G_CALLBACK (bind_cb), self, 0);
  g_signal_connect_object (factory, "unbind", G_CALLBACK (unbind_cb), self, 0);
  gtk_grid_view_set_factory (self->grid, factory);
  gtk_grid_view_set_model (self->grid, GTK_SELECTION_MODEL (selection));
  g_object_unref (factory);
  g_object_unref (selection);
}

static void
regard_folder_page_init (RegardFolderPage *self)
{
  g_queue_init (&self->textured);
  self->items = g_list_store_new (REGARD_TYPE_COLLECTED);
  gtk_widget_init_template (GTK_WIDGET (self));
  fill_grid (self);
  update_state (self);
}
