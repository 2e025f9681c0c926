/* What a subcommand leaves behind: lines, JSON, files. */
#include "vqa/cli/cli.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int
cli_fail (GError *error)
{
  gboolean stopped = g_error_matches (error, VQA_ERROR, VQA_ERROR_STOPPED);
  g_printerr ("regard-cli: %s\n", error->message);
  g_error_free (error);
  return stopped ? CLI_STOPPED : CLI_FAILED;
}

int
cli_finish (void)
{
  if (fflush (stdout) == 0 && !ferror (stdout))
    return CLI_DONE;
  g_printerr ("regard-cli: standard output could not be written: %s\n", g_strerror (errno));
  return CLI_FAILED;
}

char *
cli_json_line (JsonBuilder *json)
{
  g_autoptr (JsonNode) root = json_builder_get_root (json);
  g_autoptr (JsonGenerator) generator = json_generator_new ();
  json_generator_set_root (generator, root);
  return json_generator_to_data (generator, NULL);
}

int
cli_print_json (JsonBuilder *json)
{
  /* Not g_print(), which would convert to the terminal's characters: JSON is UTF-8. */
  g_autofree char *line = cli_json_line (json);
  fputs (line, stdout);
  fputc ('\n', stdout);
  return cli_finish ();
}

void
cli_json_number (JsonBuilder *json, const char *name, double value, int digits)
{
  json_builder_set_member_name (json, name);
  if (isfinite (value))
    {
      double scale = pow (10.0, digits);
      json_builder_add_double_value (json, round (value * scale) / scale);
    }
  else
    json_builder_add_null_value (json);
}

void
cli_json_text (JsonBuilder *json, const char *name, const char *text)
{
  json_builder_set_member_name (json, name);
  if (text == NULL)
    {
      json_builder_add_null_value (json);
      return;
    }
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  json_builder_add_string_value (json, valid);
}

/* Says why there can be no file at `path`. */
static gboolean
refuse (const char *path, const char *why, GError **error)
{
  g_autofree char *shown = g_filename_display_name (path);
  g_set_error (error, VQA_ERROR, VQA_ERROR_FAILED, "“%s” cannot be written: %s", shown, why);
  return FALSE;
}

gboolean
cli_check_output (const char *path, GError **error)
{
  if (*path == '\0')
    return refuse (path, "the name is empty", error);
  if (g_file_test (path, G_FILE_TEST_EXISTS) && !g_file_test (path, G_FILE_TEST_IS_REGULAR))
    return refuse (path, "there is something else of that name that is not a file", error);
  g_autofree char *folder = g_path_get_dirname (path);
  if (!g_file_test (folder, G_FILE_TEST_IS_DIR))
    return refuse (path, "its folder does not exist; create it first", error);
  if (access (folder, W_OK) != 0)
    {
      g_autofree char *why
          = g_strdup_printf ("its folder: %s; choose another one", g_strerror (errno));
      return refuse (path, why, error);
    }
  return TRUE;
}

gboolean
cli_write_file (const char *path, const void *data, gsize length, GError **error)
{
  if (!cli_check_output (path, error))
    return FALSE;
  /* Through a link to the file itself, or the link would be replaced by a file. */
  char *real = realpath (path, NULL);
  g_autoptr (GError) cause = NULL;
  gboolean done = g_file_set_contents_full (
      real != NULL ? real : path, data, (gssize)length,
      G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0666, &cause);
  free (real);
  return done || refuse (path, cause->message, error);
}
