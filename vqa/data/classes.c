#include "vqa/data/data.h"

#include <string.h>

static void
row_free (gpointer data)
{
  vqa_class_row *row = data;

  g_free (row->file);
  g_strfreev (row->classes);
  g_free (row);
}

static void G_GNUC_PRINTF (4, 5)
    wrong (const char *path, guint line, GError **error, const char *format, ...)
{
  g_autofree char *name = g_filename_display_name (path);
  g_autofree char *what = NULL;
  va_list list;

  va_start (list, format);
  what = g_strdup_vprintf (format, list);
  va_end (list);
  g_set_error (error, VQA_ERROR, VQA_ERROR_DATA, "%s:%u: %s", name, line, what);
}

/* One line, without its end. */
static vqa_class_row *
read_row (const char *text, const char *path, guint line, GError **error)
{
  const char *tab = strchr (text, '\t');
  vqa_class_row *row;

  if (!g_utf8_validate (text, -1, NULL))
    {
      wrong (path, line, error, "not UTF-8 text");
      return NULL;
    }
  if (!tab || tab == text || strchr (tab + 1, '\t'))
    {
      wrong (path, line, error,
             "expected a picture's file name, one tab and class names with commas between");
      return NULL;
    }
  row = g_new0 (vqa_class_row, 1);
  row->file = g_strndup (text, (gsize)(tab - text));
  row->classes = g_strsplit (tab + 1, ",", -1); /* of "": no strings */
  for (guint i = 0; row->classes[i]; i++)
    if (!*g_strstrip (row->classes[i]))
      {
        wrong (path, line, error, "class %u has no name", i + 1);
        row_free (row);
        return NULL;
      }
  return row;
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

static GPtrArray *
collect_names (GPtrArray *rows)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < rows->len; i++)
    {
      const vqa_class_row *row = g_ptr_array_index (rows, i);

      for (char **name = row->classes; *name; name++)
        if (g_hash_table_add (seen, *name))
          g_ptr_array_add (names, g_strdup (*name));
    }
  g_ptr_array_sort (names, compare_names);
  return names;
}

GPtrArray *
vqa_classes_read (const char *path, GPtrArray **names, GError **error)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func (row_free);
  g_autoptr (GHashTable) lines = g_hash_table_new (g_str_hash, g_str_equal);
  g_autofree char *text = NULL;
  g_autoptr (GError) failed = NULL;
  gsize length;
  guint line = 1;

  if (!g_file_get_contents (path, &text, &length, &failed))
    {
      g_set_error_literal (error, VQA_ERROR, VQA_ERROR_DATA, failed->message);
      return NULL;
    }
  for (char *at = text, *end = text + length, *next; at < end; at = next, line++)
    {
      char *stop = memchr (at, '\n', (gsize)(end - at));
      vqa_class_row *row;

      stop = stop ? stop : end;
      next = stop + 1;
      *stop = '\0'; /* at the latest the byte that g_file_get_contents() adds */
      if (strlen (at) != (gsize)(stop - at))
        {
          wrong (path, line, error, "a zero byte; this is not a text file");
          return NULL;
        }
      if (stop > at && stop[-1] == '\r')
        stop[-1] = '\0';
      if (!*at)
        continue;
      if (!(row = read_row (at, path, line, error)))
        return NULL;
      g_ptr_array_add (rows, row);
      if (!g_hash_table_insert (lines, row->file, GUINT_TO_POINTER (line)))
        {
          wrong (path, line, error, "%s stands more than once; join its classes in one line",
                 row->file);
          return NULL;
        }
    }
  if (names)
    *names = collect_names (rows);
  return g_steal_pointer (&rows);
}
