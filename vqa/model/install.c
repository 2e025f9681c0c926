/* Taking in a model that somebody else made. */
#include "vqa/model/model.h"

#include <errno.h>
#include <string.h>

#define SUFFIX ".safetensors"

/* Whether models are looked for in the folder of `path`. */
static gboolean
is_installed (const char *path)
{
  g_autofree char *whole = g_canonicalize_filename (path, NULL);
  g_autofree char *folder = g_path_get_dirname (whole);
  g_auto (GStrv) folders = vqa_model_folders ();

  for (char **f = folders; *f != NULL; f++)
    {
      g_autofree char *looked = g_canonicalize_filename (*f, NULL);
      if (strcmp (looked, folder) == 0)
        return TRUE;
    }
  return FALSE;
}

/* Where the file goes: the user's own folder, under its own name. */
static char *
place_for (const char *path)
{
  g_autofree char *base = g_path_get_basename (path);
  g_autofree char *name = g_strconcat (base, g_str_has_suffix (base, SUFFIX) ? "" : SUFFIX, NULL);

  return g_build_filename (g_get_user_data_dir (), "regard", "models", name, NULL);
}

static gboolean
copy (const char *from, const char *hash, const char *to, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (to), *bytes = NULL, *now = NULL;
  g_autofree char *shown = g_filename_display_name (from);
  gsize length;

  if (g_mkdir_with_parents (folder, 0700) != 0)
    {
      g_autofree char *name = g_filename_display_name (folder);
      g_set_error (error, VQA_ERROR, VQA_ERROR_FAILED, "The folder “%s” cannot be made: %s", name,
                   g_strerror (errno));
      return FALSE;
    }
  if (!g_file_get_contents (from, &bytes, &length, error))
    return FALSE;
  now = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *)bytes, length);
  if (strcmp (now, hash) != 0)
    {
      g_set_error (error, VQA_ERROR, VQA_ERROR_FAILED, "“%s” changed while it was read; try again",
                   shown);
      return FALSE;
    }
  return g_file_set_contents_full (to, bytes, (gssize)length, G_FILE_SET_CONTENTS_CONSISTENT, 0600,
                                   error);
}

char *
vqa_model_install (const char *file, GError **error)
{
  g_autoptr (vqa_model) model = NULL, other = NULL;
  g_autofree char *place = NULL, *shown = NULL;

  if (is_installed (file))
    return g_canonicalize_filename (file, NULL);
  model = vqa_model_load (file, error);
  if (model == NULL)
    return NULL;
  place = place_for (file);
  if (!g_file_test (place, G_FILE_TEST_EXISTS))
    return copy (file, vqa_model_hash (model), place, error) ? g_steal_pointer (&place) : NULL;
  other = vqa_model_load (place, NULL);
  if (other != NULL && strcmp (vqa_model_hash (other), vqa_model_hash (model)) == 0)
    return g_steal_pointer (&place);
  shown = g_filename_display_name (place);
  g_set_error (error, VQA_ERROR, VQA_ERROR_MODEL,
               "There is another model of this name: “%s”. Rename one of the two files", shown);
  return NULL;
}
