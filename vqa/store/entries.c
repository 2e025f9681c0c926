/* Reading: pictures, questions with their answers, entries of the history. */
#include "vqa/store/history.h"
#include "vqa/store/store-private.h"

void
vqa_store_question_free (vqa_store_question *q)
{
  if (!q)
    return;
  g_free (q->text);
  g_free (q->model_name);
  g_free (q->model_hash);
  g_free (q->model_title);
  g_free (q->model_path);
  g_free (q->correction);
  g_clear_pointer (&q->reply, vqa_reply_free);
  g_free (q);
}

void
vqa_entry_free (vqa_entry *e)
{
  if (!e)
    return;
  vqa_store_question_free (e->question);
  vqa_store_picture_free (e->picture);
  g_free (e);
}

static void
model_free (gpointer data)
{
  vqa_store_model *m = data;

  g_free (m->hash);
  g_free (m->name);
  g_free (m->title);
  g_free (m);
}

static GBytes *
column_bytes (sqlite3_stmt *s, int column)
{
  int size = sqlite3_column_bytes (s, column);

  return size > 0 ? g_bytes_new (sqlite3_column_blob (s, column), (gsize)size) : NULL;
}

/* ---- pictures --------------------------------------------------------------------------- */

GPtrArray *
vqa_store_pictures (vqa_store *store, guint limit, GError **error)
{
  const char *doing = "list the pictures";
  g_autoptr (GPtrArray) list
      = g_ptr_array_new_with_free_func ((GDestroyNotify)vqa_store_picture_free);
  g_autoptr (sqlite3_stmt) s = NULL;
  int code;

  g_return_val_if_fail (store, NULL);
  s = vqa_store_bind (store, doing, error,
                      "SELECT id, hash, place, title, width, height, thumbnail, opened,"
                      " (SELECT count(*) FROM questions WHERE picture = pictures.id)"
                      " FROM pictures ORDER BY opened DESC, id DESC LIMIT ?",
                      "i", (gint64)limit);
  if (!s)
    return NULL;
  while ((code = sqlite3_step (s)) == SQLITE_ROW)
    {
      vqa_store_picture *p = g_new0 (vqa_store_picture, 1);

      p->id = sqlite3_column_int64 (s, 0);
      p->hash = vqa_store_text (s, 1);
      p->place = vqa_store_text (s, 2);
      p->title = vqa_store_text (s, 3);
      p->width = sqlite3_column_int (s, 4);
      p->height = sqlite3_column_int (s, 5);
      p->thumbnail = column_bytes (s, 6);
      p->opened = sqlite3_column_int64 (s, 7);
      p->n_questions = (guint)sqlite3_column_int64 (s, 8);
      g_ptr_array_add (list, p);
    }
  if (code != SQLITE_DONE)
    {
      vqa_store_fail (store, doing, error);
      return NULL;
    }
  return g_steal_pointer (&list);
}

gint64
vqa_store_find_picture (vqa_store *store, const char *hash, GError **error)
{
  const char *doing = "find a picture";
  g_autoptr (sqlite3_stmt) s
      = vqa_store_bind (store, doing, error, "SELECT id FROM pictures WHERE hash = ?", "t", hash);
  int code = s ? sqlite3_step (s) : SQLITE_DONE;

  if (code == SQLITE_ROW)
    return sqlite3_column_int64 (s, 0);
  if (code != SQLITE_DONE)
    vqa_store_fail (store, doing, error);
  return 0;
}

GBytes *
vqa_store_thumbnail (vqa_store *store, gint64 picture, GError **error)
{
  const char *doing = "read a thumbnail";
  g_autoptr (sqlite3_stmt) s = vqa_store_bind (
      store, doing, error, "SELECT thumbnail FROM pictures WHERE id = ?", "i", picture);
  int code = s ? sqlite3_step (s) : SQLITE_DONE;

  if (code == SQLITE_ROW)
    return column_bytes (s, 0);
  if (code != SQLITE_DONE)
    vqa_store_fail (store, doing, error);
  return NULL;
}

/* ---- questions -------------------------------------------------------------------------- */

#define QUESTION_COLUMNS                                                                           \
  "q.id, q.asked, q.text, q.confident, q.milliseconds, q.unknown_words, q.correction,"             \
  " q.corrected, q.pinned, m.name, m.hash, m.title, m.path, q.part"
#define N_QUESTION_COLUMNS 14
#define ANSWERS                                                                                    \
  "SELECT answer, probability FROM answers WHERE question = ? AND blind = ? ORDER BY rank"

/* All answers of a question, seeing or blind, best first; *n receives how many. */
static gboolean
read_answers (vqa_store *store, sqlite3_stmt *s, gint64 question, gboolean blind,
              vqa_answer **answers, guint *n, GError **error)
{
  g_autoptr (GArray) list = g_array_new (FALSE, TRUE, sizeof (vqa_answer));
  int code;

  sqlite3_bind_int64 (s, 1, question);
  sqlite3_bind_int (s, 2, blind);
  while ((code = sqlite3_step (s)) == SQLITE_ROW)
    {
      vqa_answer a = { vqa_store_text (s, 0), sqlite3_column_double (s, 1) };

      g_array_append_val (list, a);
    }
  *n = list->len;
  *answers = (vqa_answer *)g_array_free (g_steal_pointer (&list), FALSE);
  if (code != SQLITE_DONE)
    return vqa_store_fail (store, "list the answers", error);
  sqlite3_reset (s);
  return TRUE;
}

/* The question of a row of QUESTION_COLUMNS, with its answers. */
static vqa_store_question *
read_question (vqa_store *store, sqlite3_stmt *s, sqlite3_stmt *answers, GError **error)
{
  g_autoptr (vqa_store_question) q = g_new0 (vqa_store_question, 1);
  g_autofree char *unknown = vqa_store_text (s, 5), *part = NULL;
  vqa_reply *reply = q->reply = g_new0 (vqa_reply, 1);

  q->id = sqlite3_column_int64 (s, 0);
  q->asked = sqlite3_column_int64 (s, 1);
  q->text = vqa_store_text (s, 2);
  reply->confident = sqlite3_column_int (s, 3) != 0;
  reply->milliseconds = sqlite3_column_double (s, 4);
  reply->unknown_words = g_strsplit (unknown ? unknown : "", " ", -1);
  q->correction = vqa_store_text (s, 6);
  q->corrected = sqlite3_column_int64 (s, 7);
  q->pinned = sqlite3_column_int (s, 8) != 0;
  q->model_name = vqa_store_text (s, 9);
  q->model_hash = vqa_store_text (s, 10);
  q->model_title = vqa_store_text (s, 11);
  q->model_path = vqa_store_text (s, 12);
  part = vqa_store_text (s, 13);
  vqa_region_parse (part, &q->part, NULL);
  if (!read_answers (store, answers, q->id, FALSE, &reply->answers, &reply->n_answers, error)
      || !read_answers (store, answers, q->id, TRUE, &reply->blind, &reply->n_blind, error))
    return NULL;
  return g_steal_pointer (&q);
}

GPtrArray *
vqa_store_questions (vqa_store *store, gint64 picture, guint limit, GError **error)
{
  const char *doing = "list the questions";
  g_autoptr (GPtrArray) list
      = g_ptr_array_new_with_free_func ((GDestroyNotify)vqa_store_question_free);
  g_autoptr (sqlite3_stmt) s = NULL, answers = NULL;
  int code;

  g_return_val_if_fail (store, NULL);
  s = vqa_store_bind (store, doing, error,
                      "SELECT " QUESTION_COLUMNS " FROM questions q JOIN models m ON m.id = q.model"
                      " WHERE q.picture = ? ORDER BY q.asked DESC LIMIT ?",
                      "ii", picture, (gint64)limit);
  answers = s ? vqa_store_bind (store, doing, error, ANSWERS, "") : NULL;
  if (!answers)
    return NULL;
  while ((code = sqlite3_step (s)) == SQLITE_ROW)
    {
      vqa_store_question *q = read_question (store, s, answers, error);

      if (!q)
        return NULL;
      g_ptr_array_add (list, q);
    }
  if (code != SQLITE_DONE)
    {
      vqa_store_fail (store, doing, error);
      return NULL;
    }
  return g_steal_pointer (&list);
}

/* ---- entries ---------------------------------------------------------------------------- */

static vqa_store_picture *
read_picture (sqlite3_stmt *s, int column)
{
  vqa_store_picture *p = g_new0 (vqa_store_picture, 1);

  p->id = sqlite3_column_int64 (s, column);
  p->hash = vqa_store_text (s, column + 1);
  p->place = vqa_store_text (s, column + 2);
  p->title = vqa_store_text (s, column + 3);
  p->width = sqlite3_column_int (s, column + 4);
  p->height = sqlite3_column_int (s, column + 5);
  p->opened = sqlite3_column_int64 (s, column + 6);
  return p;
}

GPtrArray *
vqa_store_entries (vqa_store *store, const gint64 *moments, guint n, GError **error)
{
  const char *doing = "read the history";
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify)vqa_entry_free);
  g_autoptr (sqlite3_stmt) s = NULL, answers = NULL;

  g_return_val_if_fail (store && (moments || n == 0), NULL);
  s = vqa_store_bind (store, doing, error,
                      "SELECT " QUESTION_COLUMNS
                      ", p.id, p.hash, p.place, p.title, p.width, p.height, p.opened"
                      " FROM questions q JOIN models m ON m.id = q.model"
                      " JOIN pictures p ON p.id = q.picture WHERE q.asked = ?",
                      "");
  answers = s ? vqa_store_bind (store, doing, error, ANSWERS, "") : NULL;
  if (!answers)
    return NULL;
  for (guint i = 0; i < n; i++)
    {
      int code;

      sqlite3_bind_int64 (s, 1, moments[i]);
      code = sqlite3_step (s);
      if (code == SQLITE_ROW)
        {
          vqa_entry *e = g_new0 (vqa_entry, 1);

          g_ptr_array_add (list, e);
          e->picture = read_picture (s, N_QUESTION_COLUMNS);
          e->question = read_question (store, s, answers, error);
          if (!e->question)
            return NULL;
        }
      else if (code != SQLITE_DONE)
        {
          vqa_store_fail (store, doing, error);
          return NULL;
        }
      sqlite3_reset (s);
    }
  return g_steal_pointer (&list);
}

GPtrArray *
vqa_store_models (vqa_store *store, GError **error)
{
  const char *doing = "list the models";
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func (model_free);
  g_autoptr (sqlite3_stmt) s = NULL;
  int code;

  g_return_val_if_fail (store, NULL);
  s = vqa_store_bind (store, doing, error,
                      "SELECT hash, name, title, n FROM (SELECT hash, name, title,"
                      " (SELECT count (*) FROM questions WHERE model = models.id) AS n FROM models)"
                      " WHERE n > 0 ORDER BY n DESC, name, hash",
                      "");
  if (!s)
    return NULL;
  while ((code = sqlite3_step (s)) == SQLITE_ROW)
    {
      vqa_store_model *m = g_new0 (vqa_store_model, 1);

      m->hash = vqa_store_text (s, 0);
      m->name = vqa_store_text (s, 1);
      m->title = vqa_store_text (s, 2);
      m->n_questions = (guint)sqlite3_column_int64 (s, 3);
      g_ptr_array_add (list, m);
    }
  if (code != SQLITE_DONE)
    {
      vqa_store_fail (store, doing, error);
      return NULL;
    }
  return g_steal_pointer (&list);
}
