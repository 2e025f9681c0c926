/* Which questions of a set regard-cli eval asks. */
#include "vqa/cli/eval.h"

#include <errno.h>
#include <string.h>

static gboolean
fail (const char *path, guint line, const char *what, const char *text, GError **error)
{
  g_autofree char *shown = g_filename_display_name (path);
  g_autofree char *valid = g_utf8_make_valid (text, MIN ((gssize)strlen (text), 40));
  g_set_error (error, VQA_ERROR, VQA_ERROR_DATA, "%s:%u: “%s” is not %s; give one a line", shown,
               line, valid, what);
  return FALSE;
}

static gboolean
add_id (GHashTable *wanted, const char *path, guint line, const char *text, GError **error)
{
  char *end;
  gint64 id;

  errno = 0;
  id = g_ascii_strtoll (text, &end, 10);
  if (*end != '\0' || errno != 0)
    return fail (path, line, "a question_id, which is a whole number", text, error);
  g_hash_table_add (wanted, g_memdup2 (&id, sizeof id));
  return TRUE;
}

static gboolean
add_name (GHashTable *wanted, const char *path, guint line, const char *text, GError **error)
{
  if (strchr (text, '/') != NULL || !g_utf8_validate (text, -1, NULL))
    return fail (path, line, "the plain name of a picture's file", text, error);
  g_hash_table_add (wanted, g_strdup (text));
  return TRUE;
}

/* What the lines of a file list; NULL and an error. Empty lines say nothing. */
static GHashTable *
read_list (const char *path, GHashTable *wanted,
           gboolean (*add) (GHashTable *, const char *, guint, const char *, GError **),
           GError **error)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  g_autoptr (GError) cause = NULL;
  gboolean good = g_file_get_contents (path, &text, NULL, &cause);

  if (!good)
    g_set_error_literal (error, VQA_ERROR, VQA_ERROR_DATA, cause->message);
  lines = g_strsplit (good ? text : "", "\n", -1);
  for (guint i = 0; good && lines[i] != NULL; i++)
    if (*g_strstrip (lines[i]) != '\0')
      good = add (wanted, path, i + 1, lines[i], error);
  if (good)
    return wanted;
  g_hash_table_unref (wanted);
  return NULL;
}

static gboolean
is_wanted (vqa_set *set, const vqa_question *q, GHashTable *ids, GHashTable *names)
{
  const char *path = names != NULL ? vqa_set_picture (set, q->image_id) : NULL;
  g_autofree char *name = path != NULL ? g_path_get_basename (path) : NULL;

  return (ids == NULL || g_hash_table_contains (ids, &q->id))
         && (names == NULL || (name != NULL && g_hash_table_contains (names, name)));
}

/* None left is a mistake in what was given, and which one depends on the options. */
static void
fail_empty (const eval_options *options, GHashTable *ids, GHashTable *names, GError **error)
{
  if (ids == NULL && names == NULL)
    g_set_error (error, VQA_ERROR, VQA_ERROR_DATA, "“%s” holds no questions", options->data);
  else
    g_set_error (error, VQA_ERROR, VQA_ERROR_DATA,
                 "“%s” holds none of the questions that %s lists; is the list for this set?",
                 options->data,
                 ids == NULL     ? options->pictures
                 : names == NULL ? options->only
                                 : "--only together with --pictures");
}

GPtrArray *
eval_select (vqa_set *set, const eval_options *options, GError **error)
{
  g_autoptr (GHashTable) ids = NULL, names = NULL;
  g_autoptr (GPtrArray) list = g_ptr_array_new ();

  if (options->only != NULL)
    {
      ids = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
      ids = read_list (options->only, g_steal_pointer (&ids), add_id, error);
      if (ids == NULL)
        return NULL;
    }
  if (options->pictures != NULL)
    {
      names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
      names = read_list (options->pictures, g_steal_pointer (&names), add_name, error);
      if (names == NULL)
        return NULL;
    }
  for (guint i = 0; i < set->questions->len && list->len < (guint)options->limit; i++)
    if (is_wanted (set, set->questions->pdata[i], ids, names))
      g_ptr_array_add (list, set->questions->pdata[i]);
  if (list->len > 0)
    return g_steal_pointer (&list);
  fail_empty (options, ids, names, error);
  return NULL;
}
