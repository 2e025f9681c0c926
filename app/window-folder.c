/* The next and the previous picture of the folder. */
#include "app/window-private.h"

#include "vqa/data/pictures.h"
#include "vqa/store/store.h"

#include <glib/gi18n.h>

typedef struct
{
  GFile *from;
  gboolean forward;
} walk;

static void
walk_free (gpointer data)
{
  walk *w = data;

  g_object_unref (w->from);
  g_free (w);
}

/* The picture that comes next to the one started from, which need not be there any more: a new
 * GFile, NULL where the folder ends. */
static void
find_neighbour (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const walk *w = data;
  g_autoptr (GFile) folder = g_file_get_parent (w->from);
  g_autofree char *name = g_file_get_basename (w->from), *best_key = NULL, *best = NULL;
  g_autofree char *here = vqa_picture_sort_key (name);
  g_autoptr (GFileEnumerator) list = NULL;
  GError *error = NULL;
  GFileInfo *info;

  if (folder)
    list = g_file_enumerate_children (folder, VQA_PICTURE_ATTRIBUTES, G_FILE_QUERY_INFO_NONE,
                                      cancellable, &error);
  while (list && g_file_enumerator_iterate (list, &info, NULL, cancellable, &error) && info)
    {
      g_autofree char *key
          = vqa_picture_is_met (info) ? vqa_picture_sort_key (g_file_info_get_name (info)) : NULL;
      int past = key ? strcmp (key, here) : 0;

      if (past == 0 || (past > 0) != w->forward
          || (best && (strcmp (key, best_key) > 0) == w->forward))
        continue;
      g_free (best);
      best = g_strdup (g_file_info_get_name (info));
      g_free (best_key);
      best_key = g_steal_pointer (&key);
    }
  if (error)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, best ? g_file_get_child (folder, best) : NULL, g_object_unref);
}

static void
found_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  RegardWindow *self = REGARD_WINDOW (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (GFile) file = g_task_propagate_pointer (G_TASK (result), &error);
  const walk *w = g_task_get_task_data (G_TASK (result));

  self->walking = FALSE;
  /* The person went elsewhere meanwhile. */
  if (!self->picture || self->opening)
    return;
  if (error)
    regard_window_tell (self, GTK_MESSAGE_ERROR, error->message);
  else if (!file)
    adw_toast_overlay_add_toast (
        self->toasts, adw_toast_new (w->forward ? _ ("This is the last picture of the folder")
                                                : _ ("This is the first picture of the folder")));
  else
    {
      regard_window_open_files (self, &file, 1);
      g_set_object (&self->walked, file);
    }
}

static void
walk_folder (RegardWindow *self, gboolean forward)
{
  g_autoptr (GTask) task = NULL;
  walk *w;

  /* One step at a time, or a key held down would ask for the same one again and again. */
  if (!self->picture || self->walking || self->opening)
    return;
  w = g_new0 (walk, 1);
  /* Past a file that could not be opened, too. */
  w->from = self->walked                                ? g_object_ref (self->walked)
            : g_path_is_absolute (self->picture->place) ? g_file_new_for_path (self->picture->place)
                                                        : g_file_new_for_uri (self->picture->place);
  w->forward = forward;
  self->walking = TRUE;
  task = g_task_new (self, NULL, found_cb, NULL);
  g_task_set_task_data (task, w, walk_free);
  g_task_run_in_thread (task, find_neighbour);
}

static void
next_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  walk_folder (REGARD_WINDOW (widget), TRUE);
}

static void
previous_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  walk_folder (REGARD_WINDOW (widget), FALSE);
}

/* A pasted picture and a generated scene are in no folder of the person's, though they may be kept
 * in one. */
static gboolean
is_in_folder (RegardPicture *picture)
{
  g_autofree char *library = vqa_store_default_path ();
  g_autofree char *kept = vqa_store_pictures_folder (library);

  return !picture->bytes && picture->place && *picture->place
         && !g_str_has_prefix (picture->place, kept);
}

void
regard_window_folder_update (RegardWindow *self)
{
  gboolean able = self->picture && is_in_folder (self->picture);

  g_clear_object (&self->walked);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.next", able);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.previous", able);
}

void
regard_window_folder_class_init (GtkWidgetClass *widget_class)
{
  gtk_widget_class_install_action (widget_class, "win.next", NULL, next_action);
  gtk_widget_class_install_action (widget_class, "win.previous", NULL, previous_action);
}
