/* DAQUAR's layout: lines in pairs, a question that names its picture and its answer. */
#include "vqa/data/set.h"

#include <string.h>

static gboolean G_GNUC_PRINTF (4, 5)
    wrong (const char *path, guint line, GError **error, const char *format, ...)
{
  g_autofree char *name = g_filename_display_name (path);
  g_autofree char *what = NULL;
  va_list list;

  va_start (list, format);
  what = g_strdup_vprintf (format, list);
  va_end (list);
  g_set_error (error, VQA_ERROR, VQA_ERROR_DATA, "%s:%u: %s", name, line, what);
  return FALSE;
}

/* The folder's one qa_*.txt; NULL and an error when there is none or a choice. */
static char *
find_file (const char *folder, GError **error)
{
  g_autoptr (GError) failed = NULL;
  g_autoptr (GDir) dir = g_dir_open (folder, 0, &failed);
  g_autofree char *shown = g_filename_display_name (folder);
  g_autofree char *found = NULL;
  const char *name;

  if (!dir)
    {
      g_set_error_literal (error, VQA_ERROR, VQA_ERROR_DATA, failed->message);
      return NULL;
    }
  while ((name = g_dir_read_name (dir)))
    {
      if (!g_str_has_prefix (name, "qa_") || !g_str_has_suffix (name, ".txt"))
        continue;
      if (found)
        {
          g_set_error (error, VQA_ERROR, VQA_ERROR_DATA,
                       "%s: %s and %s are both there; leave the one that is meant", shown, found,
                       name);
          return NULL;
        }
      found = g_strdup (name);
    }
  if (found)
    return g_build_filename (folder, found, NULL);
  g_set_error (error, VQA_ERROR, VQA_ERROR_DATA,
               "%s: no qa_*.txt there; DAQUAR is a folder with one such file and images", shown);
  return NULL;
}

/* Cuts "in the image3 ?" off the end of a question; FALSE when no picture is named. */
static gboolean
take_picture (char *question, gint64 *id)
{
  char *last = NULL, *end;

  for (char *at = question; (at = strstr (at, "image")); at++)
    if (g_ascii_isdigit (at[5]) && (at == question || at[-1] == ' '))
      last = at;
  if (!last)
    return FALSE;
  *id = g_ascii_strtoll (last + 5, &end, 10);
  while (*end == ' ')
    end++;
  if (*end == '?')
    end++;
  if (*g_strstrip (end) || *id == G_MAXINT64)
    return FALSE;
  /* "the largest brown objects in this image3" leaves nothing to say of where. */
  *last = '\0';
  g_strchomp (question);
  for (guint i = 0; i < 2; i++)
    {
      static const char *const tails[][3]
          = { { " the", " this", " that" }, { " in", " of", " on" } };
      for (guint k = 0; k < 3; k++)
        if (g_str_has_suffix (question, tails[i][k]))
          {
            question[strlen (question) - strlen (tails[i][k])] = '\0';
            break;
          }
    }
  return *question != '\0';
}

/* A line without its end, made valid; "" after the last. */
static char *
line_of (char **lines, guint i)
{
  return lines[i] ? g_strstrip (lines[i]) : NULL;
}

static gboolean
read_pairs (vqa_set *set, char **lines, const char *path, GError **error)
{
  guint n = g_strv_length (lines);

  while (n > 0 && !*line_of (lines, n - 1))
    n--;
  for (guint i = 0; i < n; i += 2)
    {
      char *question = line_of (lines, i), *answer;
      g_autofree char *asked = NULL;
      vqa_question *q;
      gint64 image;

      if (!g_utf8_validate (question, -1, NULL)
          || (i + 1 < n && !g_utf8_validate (lines[i + 1], -1, NULL)))
        return wrong (path, i + 1, error, "not UTF-8 text");
      if (!take_picture (question, &image))
        return wrong (path, i + 1, error,
                      "expected a question that ends in the name of its picture, as in “what is on "
                      "the desk in the image3 ?”");
      if (i + 1 >= n || !*(answer = line_of (lines, i + 1)))
        return wrong (path, i + 2, error, "expected the answer to the question before");
      asked = g_strconcat (question, "?", NULL);
      g_strdelimit (answer, "_", ' ');
      q = vqa_set_add (set, i / 2 + 1, image, asked);
      vqa_set_answer (q, answer);
      q->source = g_strdup ("daquar");
    }
  return TRUE;
}

/* imageN.jpg has id N. */
static void
name_pictures (vqa_set *set)
{
  g_autoptr (GDir) dir = g_dir_open (set->folder, 0, NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir)))
    {
      char *end;
      gint64 id;

      if (!g_str_has_prefix (name, "image") || !g_ascii_isdigit (name[5]))
        continue;
      id = g_ascii_strtoll (name + 5, &end, 10);
      if (*end == '.' && id != G_MAXINT64)
        vqa_set_name_picture (set, id, name);
    }
}

vqa_set *
vqa_daquar_open (const char *folder, GError **error)
{
  g_autofree char *path = find_file (folder, error);
  g_autofree char *images = g_build_filename (folder, "images", NULL);
  g_autofree char *text = NULL;
  g_autoptr (GError) failed = NULL;
  g_autoptr (vqa_set) set = NULL;
  g_auto (GStrv) lines = NULL;

  if (!path)
    return NULL;
  if (!g_file_get_contents (path, &text, NULL, &failed))
    {
      g_set_error_literal (error, VQA_ERROR, VQA_ERROR_DATA, failed->message);
      return NULL;
    }
  set = vqa_set_new (g_file_test (images, G_FILE_TEST_IS_DIR) ? images : folder);
  set->whole = TRUE;
  lines = g_strsplit (text, "\n", -1);
  if (!read_pairs (set, lines, path, error))
    return NULL;
  name_pictures (set);
  return g_steal_pointer (&set);
}
