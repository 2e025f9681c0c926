/* How photographs come in: the file chooser, drag and drop, and paste. Drop and paste end in one
 * function that takes whatever they bring. */
#include "app/window-private.h"

#include "vqa/data/scene.h"

#include <glib/gi18n.h>

/* Text that names a file: a file URI, an absolute path, or one below the home folder. */
static GFile *
file_from_text (const char *text)
{
  g_autofree char *line = g_strdup (text);

  g_strstrip (line);
  if (*line == '\0' || strpbrk (line, "\r\n"))
    return NULL;
  if (g_str_has_prefix (line, "file://"))
    return g_file_new_for_uri (line);
  if (g_path_is_absolute (line))
    return g_file_new_for_path (line);
  if (g_str_has_prefix (line, "~/"))
    {
      g_autofree char *path = g_build_filename (g_get_home_dir (), line + 2, NULL);

      return g_file_new_for_path (path);
    }
  return NULL;
}

/* Opens a file list, a texture or the name of a file; FALSE when it is none of them. */
static gboolean
open_value (RegardWindow *self, const GValue *value)
{
  if (G_VALUE_HOLDS (value, GDK_TYPE_FILE_LIST))
    {
      g_autoptr (GPtrArray) files = g_ptr_array_new ();

      for (GSList *l = g_value_get_boxed (value); l; l = l->next)
        g_ptr_array_add (files, l->data);
      if (files->len == 0)
        return FALSE;
      regard_window_open_files (self, (GFile *const *)files->pdata, files->len);
      return TRUE;
    }
  if (G_VALUE_HOLDS (value, GDK_TYPE_TEXTURE) && g_value_get_object (value))
    {
      regard_window_settle_model (self, FALSE);
      regard_window_open_texture (self, g_value_get_object (value), _ ("Pasted photograph"));
      return TRUE;
    }
  if (G_VALUE_HOLDS_STRING (value) && g_value_get_string (value))
    {
      g_autoptr (GFile) file = file_from_text (g_value_get_string (value));

      if (file)
        regard_window_open_files (self, &file, 1);
      return file != NULL;
    }
  return FALSE;
}

static void
pasted_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (RegardWindow) self = data;
  g_autoptr (GError) error = NULL;
  const GValue *value;

  value = gdk_clipboard_read_value_finish (GDK_CLIPBOARD (source), result, &error);
  if (!value)
    {
      g_autofree char *text
          = g_strdup_printf (_ ("The clipboard cannot be read: %s"), error->message);

      regard_window_tell (self, GTK_MESSAGE_ERROR, text);
    }
  else if (!open_value (self, value))
    regard_window_tell (
        self, GTK_MESSAGE_INFO,
        _ ("The text in the clipboard is not the path of a file. Copy a photograph, "
           "its file, or its full path, and paste again."));
}

/* Ctrl+V means the question entry's paste when one types there and the clipboard holds plain text.
 */
static void
paste (GtkWidget *widget, const char *action, GVariant *parameter)
{
  GdkClipboard *clipboard = gtk_widget_get_clipboard (widget);
  g_autoptr (GdkContentFormats) formats = gdk_content_formats_union_deserialize_gtypes (
      gdk_content_formats_ref (gdk_clipboard_get_formats (clipboard)));
  GtkWidget *focus = gtk_root_get_focus (GTK_ROOT (widget));
  gboolean text = gdk_content_formats_contain_gtype (formats, G_TYPE_STRING);
  GType type;

  if (gdk_content_formats_contain_gtype (formats, GDK_TYPE_FILE_LIST))
    type = GDK_TYPE_FILE_LIST;
  else if (text && GTK_IS_TEXT (focus))
    {
      gtk_widget_activate_action (focus, "clipboard.paste", NULL);
      return;
    }
  else if (gdk_content_formats_contain_gtype (formats, GDK_TYPE_TEXTURE))
    type = GDK_TYPE_TEXTURE;
  else if (text)
    type = G_TYPE_STRING;
  else
    {
      regard_window_tell (REGARD_WINDOW (widget), GTK_MESSAGE_INFO,
                          _ ("There is no photograph in the clipboard."));
      return;
    }
  gdk_clipboard_read_value_async (clipboard, type, G_PRIORITY_DEFAULT, NULL, pasted_cb,
                                  g_object_ref (widget));
}

static void
chosen_cb (GtkNativeDialog *dialog, int response, gpointer data)
{
  RegardWindow *self = data;

  if (response == GTK_RESPONSE_ACCEPT)
    {
      g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));

      if (file)
        regard_window_open_files (self, &file, 1);
    }
  g_object_unref (dialog);
}

static void
choose (GtkWidget *widget, const char *action, GVariant *parameter)
{
  GtkFileChooserNative *dialog
      = gtk_file_chooser_native_new (_ ("Open a Photograph"), GTK_WINDOW (widget),
                                     GTK_FILE_CHOOSER_ACTION_OPEN, _ ("_Open"), _ ("_Cancel"));
  g_autoptr (GtkFileFilter) images = gtk_file_filter_new (), all = gtk_file_filter_new ();

  gtk_file_filter_set_name (images, _ ("Pictures"));
  gtk_file_filter_add_mime_type (images, "image/*");
  gtk_file_filter_set_name (all, _ ("All Files"));
  gtk_file_filter_add_pattern (all, "*");
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (dialog), images);
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (dialog), all);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  g_signal_connect_object (dialog, "response", G_CALLBACK (chosen_cb), widget, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

/* Side of a generated scene, in pixels: as large as it still draws within a frame. */
#define SCENE_SIDE 384
#define SCENES     1000000 /* that one may come upon */

static void
new_scene (GtkWidget *widget, const char *action, GVariant *parameter)
{
  guint32 seed = g_random_int_range (0, SCENES);
  g_autofree char *title = g_strdup_printf (_ ("Scene %u"), seed);
  guint8 *rgb = g_malloc (SCENE_SIDE * SCENE_SIDE * 3);
  g_autoptr (GBytes) bytes = g_bytes_new_take (rgb, SCENE_SIDE * SCENE_SIDE * 3);
  g_autoptr (GdkTexture) texture = NULL;
  vqa_scene scene;

  vqa_scene_make (&scene, seed, 0, VQA_SCENE_ALL);
  vqa_scene_draw (&scene, SCENE_SIDE, rgb);
  texture
      = gdk_memory_texture_new (SCENE_SIDE, SCENE_SIDE, GDK_MEMORY_R8G8B8, bytes, SCENE_SIDE * 3);
  regard_window_settle_model (REGARD_WINDOW (widget), TRUE);
  regard_window_open_texture (REGARD_WINDOW (widget), texture, title);
}

static gboolean
drop_cb (GtkDropTarget *target, const GValue *value, double x, double y, gpointer data)
{
  return open_value (data, value);
}

static void
hover_cb (GtkDropTarget *target, GParamSpec *pspec, gpointer data)
{
  regard_window_set_drop_hint (data, gtk_drop_target_get_current_drop (target) != NULL);
}

void
regard_window_input_class_init (GtkWidgetClass *widget_class)
{
  gtk_widget_class_install_action (widget_class, "win.open", NULL, choose);
  gtk_widget_class_install_action (widget_class, "win.paste", NULL, paste);
  gtk_widget_class_install_action (widget_class, "win.new-scene", NULL, new_scene);
}

void
regard_window_input_init (RegardWindow *self)
{
  /* A file is better than its pixels: it has a name and can be opened again. */
  GType types[] = { GDK_TYPE_FILE_LIST, GDK_TYPE_TEXTURE, G_TYPE_STRING };
  GtkDropTarget *target = gtk_drop_target_new (G_TYPE_INVALID, GDK_ACTION_COPY);

  gtk_drop_target_set_gtypes (target, types, G_N_ELEMENTS (types));
  g_signal_connect_object (target, "drop", G_CALLBACK (drop_cb), self, 0);
  g_signal_connect_object (target, "notify::current-drop", G_CALLBACK (hover_cb), self, 0);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (target));
}
