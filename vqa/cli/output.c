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

/* Adds a number as json-glib writes it (length). It gives fractions 17 digits, 0.52474799999999999
 * for 0.524748: ten are more than any result has. And it writes "inf", which is no JSON. */
static void
append_number (GString *line, const char *number, size_t length)
{
  char digits[G_ASCII_DTOSTR_BUF_SIZE];
  g_autofree char *text = g_strndup (number, length);
  if (strpbrk (text, ".eE") == NULL)
    {
      g_string_append (line, text);
      return;
    }
  double value = g_ascii_strtod (text, NULL);
  if (!isfinite (value))
    {
      g_string_append (line, "null");
      return;
    }
  g_ascii_formatd (digits, sizeof digits, "%.10g", value);
  g_string_append (line, digits);
  if (strpbrk (digits, ".e") == NULL)
    g_string_append (line, ".0");
}

/* The end of what is not a number at `at`: a string, or one character. */
static const char *
skip (const char *at)
{
  if (*at != '"')
    return at + 1;
  for (at++; *at != '"' && *at != '\0'; at++)
    if (*at == '\\' && at[1] != '\0')
      at++;
  return *at == '"' ? at + 1 : at;
}

char *
cli_json_line (JsonBuilder *json)
{
  g_autoptr (JsonNode) root = json_builder_get_root (json);
  g_autoptr (JsonGenerator) generator = json_generator_new ();
  json_generator_set_root (generator, root);
  g_autofree char *text = json_generator_to_data (generator, NULL);
  GString *line = g_string_sized_new (strlen (text));
  for (const char *at = text; *at != '\0';)
    {
      gboolean is_number = *at == '-' || *at == 'i' || g_ascii_isdigit (*at);
      size_t number = is_number ? strcspn (at, ",]}") : 0;
      const char *end = number > 0 ? at + number : skip (at);
      if (number > 0)
        append_number (line, at, number);
      else
        g_string_append_len (line, at, end - at);
      at = end;
    }
  return g_string_free (line, FALSE);
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
cli_json_integer (JsonBuilder *json, const char *name, gint64 value)
{
  json_builder_set_member_name (json, name);
  json_builder_add_int_value (json, value);
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

void
cli_json_answers (JsonBuilder *json, const char *name, const vqa_answer *answers, guint n)
{
  json_builder_set_member_name (json, name);
  json_builder_begin_array (json);
  for (guint i = 0; i < n; i++)
    {
      json_builder_begin_object (json);
      cli_json_text (json, "answer", answers[i].answer);
      cli_json_number (json, "probability", answers[i].probability, 6);
      json_builder_end_object (json);
    }
  json_builder_end_array (json);
}

void
cli_json_cells (JsonBuilder *json, const vqa_evidence *v)
{
  cli_json_integer (json, "width", v->width);
  cli_json_integer (json, "height", v->height);
  json_builder_set_member_name (json, "values");
  json_builder_begin_array (json);
  for (int y = 0; y < v->height; y++)
    {
      json_builder_begin_array (json);
      for (int x = 0; x < v->width; x++)
        json_builder_add_double_value (json, v->cells[y * v->width + x]);
      json_builder_end_array (json);
    }
  json_builder_end_array (json);
}

void
cli_json_region (JsonBuilder *json, const vqa_region *region)
{
  json_builder_set_member_name (json, "region");
  if (region->width == 0)
    {
      json_builder_add_null_value (json);
      return;
    }
  json_builder_begin_object (json);
  cli_json_integer (json, "x", region->x);
  cli_json_integer (json, "y", region->y);
  cli_json_integer (json, "width", region->width);
  cli_json_integer (json, "height", region->height);
  json_builder_end_object (json);
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
