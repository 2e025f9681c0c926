#include "vqa/data/pictures.h"

#include <string.h>

gboolean
vqa_picture_is_met (GFileInfo *info)
{
  return g_file_info_get_file_type (info) == G_FILE_TYPE_REGULAR
         && !g_file_info_get_is_hidden (info) && vqa_picture_named (g_file_info_get_name (info));
}

char *
vqa_picture_sort_key (const char *name)
{
  g_autofree char *shown = g_filename_display_name (name);

  return g_utf8_collate_key_for_filename (shown, -1);
}

/* A picture, or a folder to look into. */
typedef struct
{
  GFile *file;
  char *key;
  gboolean folder;
} found;

static void
found_clear (gpointer data)
{
  found *f = data;
  g_object_unref (f->file);
  g_free (f->key);
}

/* Pictures before folders. */
static int
by_key (gconstpointer a, gconstpointer b)
{
  const found *x = a, *y = b;
  return x->folder != y->folder ? (x->folder ? 1 : -1) : strcmp (x->key, y->key);
}

typedef struct
{
  gboolean recursive;
  GPtrArray *pictures, *unread;
  GCancellable *cancellable;
} search;

static gboolean
read_folder (const search *s, GFile *folder, GArray *list, GError **error)
{
  g_autoptr (GFileEnumerator) files = g_file_enumerate_children (
      folder, VQA_PICTURE_ATTRIBUTES, G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS, s->cancellable, error);
  GFileInfo *info;
  GFile *file;

  while (files != NULL)
    {
      gboolean folder_here;
      found f;
      if (!g_file_enumerator_iterate (files, &info, &file, s->cancellable, error))
        return FALSE;
      if (info == NULL)
        return TRUE;
      folder_here = g_file_info_get_file_type (info) == G_FILE_TYPE_DIRECTORY;
      if (g_file_info_get_file_type (info) == G_FILE_TYPE_SYMBOLIC_LINK)
        {
          /* To a picture: as good as the picture. To a folder: it might lead in circles. */
          g_autoptr (GFileInfo) target = g_file_query_info (
              file, VQA_PICTURE_ATTRIBUTES, G_FILE_QUERY_INFO_NONE, s->cancellable, NULL);
          if (target == NULL || !vqa_picture_is_met (target))
            continue;
        }
      else if (folder_here ? !s->recursive || g_file_info_get_is_hidden (info)
                           : !vqa_picture_is_met (info))
        continue;
      f = (found){ g_object_ref (file), vqa_picture_sort_key (g_file_info_get_name (info)),
                   folder_here };
      g_array_append_val (list, f);
    }
  return FALSE;
}

static gboolean
look_into (const search *s, GFile *folder, GError **error)
{
  g_autoptr (GArray) list = g_array_new (FALSE, FALSE, sizeof (found));

  g_array_set_clear_func (list, found_clear);
  if (!read_folder (s, folder, list, error))
    return FALSE;
  g_array_sort (list, by_key);
  for (guint i = 0; i < list->len; i++)
    {
      const found *f = &g_array_index (list, found, i);
      g_autoptr (GError) local = NULL;

      if (!f->folder)
        g_ptr_array_add (s->pictures, g_object_ref (f->file));
      else if (!look_into (s, f->file, &local))
        {
          if (g_error_matches (local, G_IO_ERROR, G_IO_ERROR_CANCELLED))
            {
              g_propagate_error (error, g_steal_pointer (&local));
              return FALSE;
            }
          if (s->unread != NULL)
            g_ptr_array_add (s->unread, g_strdup (local->message));
        }
    }
  return TRUE;
}

GPtrArray *
vqa_pictures_list (GFile *folder, gboolean recursive, GPtrArray **unread, GCancellable *cancellable,
                   GError **error)
{
  g_autoptr (GPtrArray) pictures = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GPtrArray) missed = g_ptr_array_new_with_free_func (g_free);
  const search s = { recursive, pictures, missed, cancellable };
  GError *local = NULL;

  if (!look_into (&s, folder, &local))
    {
      g_autofree char *name = g_file_get_parse_name (folder);
      if (g_error_matches (local, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        g_propagate_error (error, local);
      else
        {
          g_set_error (error, VQA_ERROR, VQA_ERROR_DATA, "%s: the folder cannot be read: %s", name,
                       local->message);
          g_error_free (local);
        }
      return NULL;
    }
  if (unread != NULL)
    *unread = g_steal_pointer (&missed);
  return g_steal_pointer (&pictures);
}
