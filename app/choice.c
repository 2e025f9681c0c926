#include "app/choice.h"

#include <errno.h>

#define GROUP "model"
#define KEY   "file"

static char *
settings_path (void)
{
  return g_build_filename (g_get_user_config_dir (), "regard", "window.ini", NULL);
}

char *
regard_choice_read (void)
{
  g_autofree char *settings = settings_path (), *escaped = NULL, *path = NULL;
  g_autoptr (GKeyFile) file = g_key_file_new ();

  if (!g_key_file_load_from_file (file, settings, G_KEY_FILE_NONE, NULL))
    return NULL;
  /* As a URI: a path may hold any bytes, a key file holds text. */
  escaped = g_key_file_get_string (file, GROUP, KEY, NULL);
  path = escaped ? g_filename_from_uri (escaped, NULL, NULL) : NULL;
  return path && g_file_test (path, G_FILE_TEST_IS_REGULAR) ? g_steal_pointer (&path) : NULL;
}

gboolean
regard_choice_write (const char *path, GError **error)
{
  g_autofree char *settings = settings_path (), *folder = g_path_get_dirname (settings);
  g_autofree char *whole = g_canonicalize_filename (path, NULL);
  g_autofree char *uri = g_filename_to_uri (whole, NULL, error);
  g_autoptr (GKeyFile) file = g_key_file_new ();

  if (!uri)
    return FALSE;
  if (g_mkdir_with_parents (folder, 0700) != 0)
    {
      g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno), "%s: %s", folder,
                   g_strerror (errno));
      return FALSE;
    }
  /* What else stands there stays. */
  g_key_file_load_from_file (file, settings, G_KEY_FILE_KEEP_COMMENTS, NULL);
  g_key_file_set_string (file, GROUP, KEY, uri);
  return g_key_file_save_to_file (file, settings, error);
}
