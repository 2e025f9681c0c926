/* Finding questions. Each condition is a scan of one index that gives moments, newest first; they
 * are joined here, which is faster than letting rows be looked up one by one. */
#include "vqa/store/history.h"
#include "vqa/store/store-private.h"

/* Does SQLite's tokenizer see a word in this? The categories are those of the index. */
static gboolean
has_word (const char *text)
{
  for (const char *at = text; *at; at = g_utf8_next_char (at))
    {
      gunichar c = g_utf8_get_char (at);

      if (g_unichar_isalnum (c) || g_unichar_type (c) == G_UNICODE_OTHER_SYMBOL
          || g_unichar_type (c) == G_UNICODE_PRIVATE_USE)
        return TRUE;
    }
  return FALSE;
}

/* What a person typed as an expression of the index: every word quoted, so that nothing in it is an
 * operator, and open at its end. NULL when there is no word. */
static char *
match_expression (const char *words)
{
  g_autofree char *valid = g_utf8_make_valid (words ? words : "", -1);
  GString *expression = g_string_new (NULL);
  const char *end;

  for (const char *at = valid; *at; at = end)
    {
      g_autofree char *word = NULL;
      g_auto (GStrv) parts = NULL;
      g_autofree char *quoted = NULL;

      while (*at && g_unichar_isspace (g_utf8_get_char (at)))
        at = g_utf8_next_char (at);
      for (end = at; *end && !g_unichar_isspace (g_utf8_get_char (end));)
        end = g_utf8_next_char (end);
      word = g_strndup (at, (gsize)(end - at));
      if (!has_word (word))
        continue;
      parts = g_strsplit (word, "\"", -1);
      quoted = g_strjoinv ("\"\"", parts);
      g_string_append_printf (expression, "%s\"%s\"*", expression->len ? " " : "", quoted);
    }
  if (expression->len > 0)
    return g_string_free (expression, FALSE);
  g_string_free (expression, TRUE);
  return NULL;
}

/* Newest first. */
static int
compare_moments (gconstpointer a, gconstpointer b)
{
  gint64 x = *(const gint64 *)a, y = *(const gint64 *)b;

  return x > y ? -1 : x < y;
}

/* The SQL aggregate moments (X): appends X of every row to an array that is the result. Three times
 * as fast as stepping from row to row. */
static void
moments_step (sqlite3_context *context, int n, sqlite3_value **values)
{
  GArray **list = sqlite3_aggregate_context (context, sizeof *list);
  gint64 moment = sqlite3_value_int64 (values[0]);

  if (!list)
    return;
  if (!*list)
    *list = g_array_sized_new (FALSE, FALSE, sizeof moment, 1024);
  g_array_append_val (*list, moment);
}

static void
moments_final (sqlite3_context *context)
{
  GArray **list = sqlite3_aggregate_context (context, 0);

  if (list && *list)
    sqlite3_result_pointer (context, *list, "moments", (void (*) (void *))g_array_unref);
}

/* The pointer of a result may only be read by a function: keep (P) hands it to its user data. */
static void
keep_pointer (sqlite3_context *context, int n, sqlite3_value **values)
{
  GArray **kept = sqlite3_user_data (context);
  GArray *list = sqlite3_value_pointer (values[0], "moments");

  g_clear_pointer (kept, g_array_unref);
  *kept = list ? g_array_ref (list) : NULL;
}

gboolean
vqa_store_add_functions (vqa_store *store)
{
  return sqlite3_create_function (store->db, "moments", 1, SQLITE_UTF8, NULL, NULL, moments_step,
                                  moments_final)
             == SQLITE_OK
         && sqlite3_create_function (store->db, "keep", 1, SQLITE_UTF8, &store->kept, keep_pointer,
                                     NULL, NULL)
                == SQLITE_OK;
}

/* Newest first. */
static void
put_in_order (GArray *list)
{
  gint64 *m = (gint64 *)(void *)list->data;
  gboolean up = TRUE, down = TRUE;

  for (guint i = 1; i < list->len; i++)
    {
      up = up && m[i] > m[i - 1];
      down = down && m[i] < m[i - 1];
    }
  if (down)
    return;
  if (!up)
    {
      g_array_sort (list, compare_moments);
      return;
    }
  for (guint i = 0, j = list->len - 1; i < j; i++, j--)
    {
      gint64 other = m[i];

      m[i] = m[j];
      m[j] = other;
    }
}

/* What `SELECT keep (moments (...)) ...` gives, newest first; takes the statement. */
static GArray *
read_moments (vqa_store *store, sqlite3_stmt *statement, GError **error)
{
  g_autoptr (sqlite3_stmt) s = statement;
  GArray *list;

  if (!s)
    return NULL;
  g_clear_pointer (&store->kept, g_array_unref);
  if (sqlite3_step (s) != SQLITE_ROW || sqlite3_step (s) != SQLITE_DONE)
    {
      g_clear_pointer (&store->kept, g_array_unref);
      vqa_store_fail (store, "search the history", error);
      return NULL;
    }
  list = g_steal_pointer (&store->kept);
  if (!list)
    return g_array_new (FALSE, FALSE, sizeof (gint64));
  put_in_order (list);
  return list;
}

/* Keeps in `list` what is in `other` too (or what is not, for `keep` FALSE); both newest first. */
static void
keep_common (GArray *list, const GArray *other, gboolean keep)
{
  gint64 *a = (gint64 *)(void *)list->data;
  const gint64 *b = (const gint64 *)(const void *)other->data;
  guint n = 0;

  for (guint i = 0, j = 0; i < list->len; i++)
    {
      while (j < other->len && b[j] > a[i])
        j++;
      if ((j < other->len && b[j] == a[i]) == keep)
        a[n++] = a[i];
    }
  g_array_set_size (list, n);
}

/* Questions of the index of words. */
static GArray *
find_words (vqa_store *store, const char *expression, GError **error)
{
  return read_moments (
      store,
      vqa_store_bind (store, "search the history", error,
                      "SELECT keep (moments (rowid)) FROM found WHERE found MATCH ?", "t",
                      expression),
      error);
}

/* The id of the only row, when there is exactly one; else 0. */
static gint64
only_id (vqa_store *store, const char *sql, const char *value)
{
  g_autoptr (sqlite3_stmt) s = vqa_store_bind (store, "search the history", NULL, sql, "t", value);
  gint64 id = s && sqlite3_step (s) == SQLITE_ROW ? sqlite3_column_int64 (s, 0) : 0;

  return id && sqlite3_step (s) == SQLITE_DONE ? id : 0;
}

#define MODELS   "SELECT id FROM models WHERE hash = ?1 OR name = ?1"
#define PICTURES "SELECT id FROM pictures WHERE substr (hash, 1, length (?1)) = ?1"

/* Questions that pass everything but the words. */
static GArray *
find_rows (vqa_store *store, const vqa_filter *f, GError **error)
{
  g_autoptr (GString) sql = g_string_new ("SELECT keep (moments (asked)) FROM questions WHERE 1");
  gint64 model = f->model ? only_id (store, MODELS, f->model) : 0;
  gint64 picture = f->picture ? only_id (store, PICTURES, f->picture) : 0;

  /* With one id the index gives the moments in order; with several they are sorted here. */
  if (picture)
    g_string_append_printf (sql, " AND picture = %" G_GINT64_FORMAT, picture);
  else if (f->picture)
    g_string_append (sql, " AND picture IN (" PICTURES ")");
  if (model)
    g_string_append_printf (sql, " AND model = %" G_GINT64_FORMAT, model);
  else if (f->model)
    g_string_append (sql, " AND model IN (SELECT id FROM models WHERE hash = ?2 OR name = ?2)");
  if (f->corrected != VQA_CORRECTED_ANY)
    g_string_append (sql, f->corrected == VQA_CORRECTED_YES ? " AND corrected > 0"
                                                            : " AND corrected = 0");
  if (f->pinned)
    g_string_append (sql, " AND pinned = 1");
  return read_moments (
      store,
      vqa_store_bind (store, "search the history", error, sql->str, "tt", f->picture, f->model),
      error);
}

GArray *
vqa_store_find (vqa_store *store, const vqa_filter *filter, GError **error)
{
  static const vqa_filter only_pinned = { .pinned = TRUE };
  g_autofree char *expression = NULL;
  g_autoptr (GArray) list = NULL, rows = NULL, pinned = NULL;

  g_return_val_if_fail (store && filter, NULL);
  expression = match_expression (filter->words);
  if (expression && !(list = find_words (store, expression, error)))
    return NULL;
  if (!list || filter->picture || filter->model || filter->corrected || filter->pinned)
    {
      rows = find_rows (store, filter, error);
      if (!rows)
        return NULL;
      if (list)
        keep_common (list, rows, TRUE);
      else
        list = g_steal_pointer (&rows);
    }
  pinned = find_rows (store, &only_pinned, error);
  if (!pinned)
    return NULL;
  keep_common (pinned, list, TRUE);
  keep_common (list, pinned, FALSE);
  g_array_prepend_vals (list, pinned->data, pinned->len);
  return g_steal_pointer (&list);
}

gint64
vqa_store_moment (vqa_store *store, gint64 id, GError **error)
{
  const char *doing = "find a question";
  g_autoptr (sqlite3_stmt) s
      = vqa_store_bind (store, doing, error, "SELECT asked FROM questions WHERE id = ?", "i", id);
  int code = s ? sqlite3_step (s) : SQLITE_DONE;

  if (code == SQLITE_ROW)
    return sqlite3_column_int64 (s, 0);
  if (code != SQLITE_DONE)
    vqa_store_fail (store, doing, error);
  return 0;
}

char **
vqa_store_common_questions (vqa_store *store, guint limit, GError **error)
{
  const char *doing = "list the questions";
  g_autoptr (GStrvBuilder) list = g_strv_builder_new ();
  g_autoptr (sqlite3_stmt) s = NULL;
  int code = SQLITE_ERROR;

  g_return_val_if_fail (store, NULL);
  s = vqa_store_bind (store, doing, error,
                      "SELECT text FROM questions GROUP BY lower (text)"
                      " ORDER BY count (*) DESC, max (asked) DESC LIMIT ?",
                      "i", (gint64)limit);
  while (s && (code = sqlite3_step (s)) == SQLITE_ROW)
    {
      g_autofree char *text = vqa_store_text (s, 0);
      g_strv_builder_add (list, text);
    }
  if (s && code == SQLITE_DONE)
    return g_strv_builder_end (list);
  if (s)
    vqa_store_fail (store, doing, error);
  return NULL;
}
