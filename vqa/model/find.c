/* Where models lie: names to files. */
#include "vqa/model/model.h"

#include <string.h>

#define SUFFIX ".safetensors"

/* Adds a folder that is not there yet; takes `folder`. */
static void
add_folder (GPtrArray *folders, char *folder)
{
  if (*folder == '\0' || g_ptr_array_find_with_equal_func (folders, folder, g_str_equal, NULL))
    g_free (folder);
  else
    g_ptr_array_add (folders, folder);
}

/* TRUE when `path` lies below `folder`. */
static gboolean
is_below (const char *path, const char *folder)
{
  size_t length = strlen (folder);
  return strncmp (path, folder, length) == 0 && path[length] == G_DIR_SEPARATOR;
}

char **
vqa_model_folders (void)
{
  GPtrArray *folders = g_ptr_array_new ();
  const char *listed = g_getenv ("REGARD_MODELS");
  if (listed != NULL)
    {
      g_auto (GStrv) parts = g_strsplit (listed, G_SEARCHPATH_SEPARATOR_S, -1);
      for (char **part = parts; *part != NULL; part++)
        add_folder (folders, g_strdup (*part));
    }
  add_folder (folders, g_build_filename (g_get_user_data_dir (), "regard", "models", NULL));

  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
  if (program != NULL)
    {
      g_autofree char *bin = g_path_get_dirname (program);
      g_autofree char *prefix = g_path_get_dirname (bin);
      add_folder (folders, g_build_filename (prefix, "share", "regard", "models", NULL));
      /* A program that was never installed serves itself from the tree it was built from. */
      if (is_below (program, REGARD_BUILD_ROOT))
        add_folder (folders, g_build_filename (REGARD_SOURCE_ROOT, "assets", "models", NULL));
    }
  g_ptr_array_add (folders, NULL);
  return (char **)g_ptr_array_free (folders, FALSE);
}

/* FOLDER/NAME.safetensors, or NULL when there is no such file. */
static char *
find_in (const char *folder, const char *name)
{
  g_autofree char *file = g_strconcat (name, SUFFIX, NULL);
  g_autofree char *path = g_build_filename (folder, file, NULL);
  return g_file_test (path, G_FILE_TEST_IS_REGULAR) ? g_steal_pointer (&path) : NULL;
}

char *
vqa_model_find (const char *name_or_file, GError **error)
{
  g_autofree char *shown = g_filename_display_name (name_or_file);
  gboolean is_path = strchr (name_or_file, G_DIR_SEPARATOR) != NULL;
  gboolean has_suffix = g_str_has_suffix (name_or_file, SUFFIX);
  if ((is_path || has_suffix) && g_file_test (name_or_file, G_FILE_TEST_IS_REGULAR))
    return g_strdup (name_or_file);
  if (is_path || *name_or_file == '\0')
    {
      gboolean there = *shown != '\0' && g_file_test (name_or_file, G_FILE_TEST_EXISTS);
      g_set_error (error, VQA_ERROR, VQA_ERROR_MODEL,
                   there ? "“%s” is not a file; a model is one file (NAME%s)"
                         : "There is no model file “%s” (models are named NAME%s)",
                   shown, SUFFIX);
      return NULL;
    }

  g_autofree char *name = g_strdup (name_or_file);
  if (has_suffix)
    name[strlen (name) - strlen (SUFFIX)] = '\0';
  g_auto (GStrv) folders = vqa_model_folders ();
  g_autoptr (GString) looked = g_string_new (NULL);
  for (char **folder = folders; *folder != NULL; folder++)
    {
      char *path = find_in (*folder, name);
      if (path != NULL)
        return path;
      g_autofree char *place = g_filename_display_name (*folder);
      g_string_append_printf (looked, "%s%s", looked->len > 0 ? ", " : "", place);
    }
  if (g_file_test (name_or_file, G_FILE_TEST_IS_REGULAR))
    return g_strdup (name_or_file);
  g_set_error (
      error, VQA_ERROR, VQA_ERROR_MODEL,
      "There is no model “%s”. Looked in: %s. Give a file, or put a model into one of these "
      "folders (the environment variable REGARD_MODELS adds more)",
      shown, looked->str);
  return NULL;
}

static int
by_name (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *)a, *(char *const *)b);
}

/* Names of the models in a folder, sorted; empty when it cannot be read. */
static GPtrArray *
names_in (const char *folder)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *file;
  while (dir != NULL && (file = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (file, SUFFIX) && *file != '.')
      g_ptr_array_add (names, g_strndup (file, strlen (file) - strlen (SUFFIX)));
  g_ptr_array_sort (names, by_name);
  return names;
}

char **
vqa_model_list (void)
{
  g_auto (GStrv) folders = vqa_model_folders ();
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GPtrArray *paths = g_ptr_array_new ();
  for (char **folder = folders; *folder != NULL; folder++)
    {
      g_autoptr (GPtrArray) names = names_in (*folder);
      for (guint i = 0; i < names->len; i++)
        {
          const char *name = g_ptr_array_index (names, i);
          g_autofree char *path = find_in (*folder, name);
          /* An earlier folder hides a later one, as in vqa_model_find(). */
          if (path != NULL && g_hash_table_add (seen, g_strdup (name)))
            g_ptr_array_add (paths, g_steal_pointer (&path));
        }
    }
  g_ptr_array_add (paths, NULL);
  return (char **)g_ptr_array_free (paths, FALSE);
}
