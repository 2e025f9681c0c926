/* Pictures, questions and answers: one prepared statement a task, one transaction a change. */
#include "vqa/store/store-private.h"

static void
picture_free (gpointer data)
{
  vqa_store_picture *p = data;

  g_free (p->hash);
  g_free (p->place);
  g_free (p->title);
  g_clear_pointer (&p->thumbnail, g_bytes_unref);
  g_free (p);
}

static void
question_free (gpointer data)
{
  vqa_store_question *q = data;

  g_free (q->text);
  g_free (q->model_name);
  g_free (q->model_hash);
  g_clear_pointer (&q->reply, vqa_reply_free);
  g_free (q);
}

static char *
copy_text (sqlite3_stmt *s, int column)
{
  const char *text = (const char *)sqlite3_column_text (s, column);

  return g_strdup (text ? text : "");
}

/* A statement, or NULL and an error. */
static sqlite3_stmt *
prepare (vqa_store *store, const char *sql, GError **error)
{
  sqlite3_stmt *s = NULL;

  if (sqlite3_prepare_v2 (store->db, sql, -1, &s, NULL) != SQLITE_OK)
    vqa_store_fail (store, "read it", error);
  return s;
}

/* Steps a statement that must return one row with an id. */
static gint64
step_id (vqa_store *store, sqlite3_stmt *s, const char *doing, GError **error)
{
  gint64 id;

  if (sqlite3_step (s) != SQLITE_ROW)
    {
      vqa_store_fail (store, doing, error);
      return 0;
    }
  id = sqlite3_column_int64 (s, 0);
  /* An INSERT with RETURNING is complete only when stepped to its end. */
  if (sqlite3_step (s) != SQLITE_DONE)
    {
      vqa_store_fail (store, doing, error);
      return 0;
    }
  return id;
}

gint64
vqa_store_add_picture (vqa_store *store, const char *hash, const char *place, const char *title,
                       int width, int height, GBytes *thumbnail, GError **error)
{
  g_autoptr (sqlite3_stmt) s = NULL;

  g_return_val_if_fail (store && hash && place && title, 0);
  s = prepare (store,
               "INSERT INTO pictures (hash, place, title, width, height, thumbnail, opened)"
               " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
               " ON CONFLICT (hash) DO UPDATE SET place = ?2, title = ?3, width = ?4, height = ?5,"
               " thumbnail = coalesce (?6, thumbnail), opened = ?7 RETURNING id",
               error);
  if (!s)
    return 0;
  sqlite3_bind_text (s, 1, hash, -1, SQLITE_STATIC);
  sqlite3_bind_text (s, 2, place, -1, SQLITE_STATIC);
  sqlite3_bind_text (s, 3, title, -1, SQLITE_STATIC);
  sqlite3_bind_int (s, 4, width);
  sqlite3_bind_int (s, 5, height);
  if (thumbnail)
    sqlite3_bind_blob64 (s, 6, g_bytes_get_data (thumbnail, NULL), g_bytes_get_size (thumbnail),
                         SQLITE_STATIC);
  sqlite3_bind_int64 (s, 7, g_get_real_time ());
  return step_id (store, s, "record a picture", error);
}

GPtrArray *
vqa_store_pictures (vqa_store *store, guint limit, GError **error)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func (picture_free);
  g_autoptr (sqlite3_stmt) s = NULL;
  int code;

  g_return_val_if_fail (store, NULL);
  s = prepare (store,
               "SELECT id, hash, place, title, width, height, thumbnail, opened,"
               " (SELECT count(*) FROM questions WHERE picture = pictures.id)"
               " FROM pictures ORDER BY opened DESC, id DESC LIMIT ?",
               error);
  if (!s)
    return NULL;
  sqlite3_bind_int64 (s, 1, limit);
  while ((code = sqlite3_step (s)) == SQLITE_ROW)
    {
      vqa_store_picture *p = g_new0 (vqa_store_picture, 1);
      int size = sqlite3_column_bytes (s, 6);

      p->id = sqlite3_column_int64 (s, 0);
      p->hash = copy_text (s, 1);
      p->place = copy_text (s, 2);
      p->title = copy_text (s, 3);
      p->width = sqlite3_column_int (s, 4);
      p->height = sqlite3_column_int (s, 5);
      if (size > 0)
        p->thumbnail = g_bytes_new (sqlite3_column_blob (s, 6), (gsize)size);
      p->opened = sqlite3_column_int64 (s, 7);
      p->n_questions = (guint)sqlite3_column_int64 (s, 8);
      g_ptr_array_add (list, p);
    }
  if (code != SQLITE_DONE)
    {
      vqa_store_fail (store, "list the pictures", error);
      return NULL;
    }
  return g_steal_pointer (&list);
}

static gint64
add_model (vqa_store *store, const vqa_model_info *model, GError **error)
{
  g_autoptr (sqlite3_stmt) s = NULL;

  s = prepare (store,
               "INSERT INTO models (hash, name, title, path) VALUES (?1, ?2, ?3, ?4)"
               " ON CONFLICT (hash) DO UPDATE SET name = ?2, title = ?3, path = ?4 RETURNING id",
               error);
  if (!s)
    return 0;
  sqlite3_bind_text (s, 1, model->hash ? model->hash : "", -1, SQLITE_STATIC);
  sqlite3_bind_text (s, 2, model->name ? model->name : "", -1, SQLITE_STATIC);
  sqlite3_bind_text (s, 3, model->title ? model->title : "", -1, SQLITE_STATIC);
  sqlite3_bind_text (s, 4, model->path ? model->path : "", -1, SQLITE_STATIC);
  return step_id (store, s, "record a model", error);
}

static gint64
add_text (vqa_store *store, gint64 picture, gint64 model, const char *text, const vqa_reply *reply,
          GError **error)
{
  g_autoptr (sqlite3_stmt) s = NULL;
  g_autofree char *unknown = NULL;

  s = prepare (store,
               "INSERT INTO questions (picture, model, text, asked, confident, milliseconds,"
               " unknown_words) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
               " ON CONFLICT (picture, model, text) DO UPDATE SET asked = ?4, confident = ?5,"
               " milliseconds = ?6, unknown_words = ?7 RETURNING id",
               error);
  if (!s)
    return 0;
  unknown = reply->unknown_words ? g_strjoinv (" ", reply->unknown_words) : g_strdup ("");
  sqlite3_bind_int64 (s, 1, picture);
  sqlite3_bind_int64 (s, 2, model);
  sqlite3_bind_text (s, 3, text, -1, SQLITE_STATIC);
  sqlite3_bind_int64 (s, 4, g_get_real_time ());
  sqlite3_bind_int (s, 5, reply->confident);
  sqlite3_bind_double (s, 6, reply->milliseconds);
  sqlite3_bind_text (s, 7, unknown, -1, SQLITE_STATIC);
  return step_id (store, s, "record a question", error);
}

/* answers: (n), best first. */
static gboolean
add_answers (vqa_store *store, gint64 question, gboolean blind, const vqa_answer *answers, guint n,
             GError **error)
{
  g_autoptr (sqlite3_stmt) s = NULL;

  s = prepare (store,
               "INSERT INTO answers (question, blind, rank, answer, probability)"
               " VALUES (?, ?, ?, ?, ?)",
               error);
  if (!s)
    return FALSE;
  for (guint i = 0; i < n; i++)
    {
      sqlite3_bind_int64 (s, 1, question);
      sqlite3_bind_int (s, 2, blind);
      sqlite3_bind_int64 (s, 3, i);
      sqlite3_bind_text (s, 4, answers[i].answer, -1, SQLITE_STATIC);
      sqlite3_bind_double (s, 5, answers[i].probability);
      if (sqlite3_step (s) != SQLITE_DONE)
        return vqa_store_fail (store, "record an answer", error);
      sqlite3_reset (s);
    }
  return TRUE;
}

static gboolean
forget_answers (vqa_store *store, gint64 question, GError **error)
{
  g_autoptr (sqlite3_stmt) s = prepare (store, "DELETE FROM answers WHERE question = ?", error);

  if (!s)
    return FALSE;
  sqlite3_bind_int64 (s, 1, question);
  if (sqlite3_step (s) != SQLITE_DONE)
    return vqa_store_fail (store, "replace the answers", error);
  return TRUE;
}

gint64
vqa_store_add_question (vqa_store *store, gint64 picture, const vqa_model_info *model,
                        const char *text, const vqa_reply *reply, GError **error)
{
  gint64 model_id, id = 0;

  g_return_val_if_fail (store && model && text && reply, 0);
  if (!vqa_store_run (store, "BEGIN IMMEDIATE", "record a question", error))
    return 0;
  model_id = add_model (store, model, error);
  if (model_id)
    id = add_text (store, picture, model_id, text, reply, error);
  if (id && forget_answers (store, id, error)
      && add_answers (store, id, FALSE, reply->answers, reply->n_answers, error)
      && add_answers (store, id, TRUE, reply->blind, reply->n_blind, error)
      && vqa_store_run (store, "COMMIT", "record a question", error))
    return id;
  sqlite3_exec (store->db, "ROLLBACK", NULL, NULL, NULL);
  return 0;
}

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
      vqa_answer a = { copy_text (s, 0), sqlite3_column_double (s, 1) };

      g_array_append_val (list, a);
    }
  *n = list->len;
  *answers = (vqa_answer *)g_array_free (g_steal_pointer (&list), FALSE);
  if (code != SQLITE_DONE)
    return vqa_store_fail (store, "list the answers", error);
  sqlite3_reset (s);
  return TRUE;
}

static vqa_store_question *
read_question (sqlite3_stmt *s)
{
  vqa_store_question *q = g_new0 (vqa_store_question, 1);
  g_autofree char *unknown = copy_text (s, 7);

  q->id = sqlite3_column_int64 (s, 0);
  q->text = copy_text (s, 1);
  q->asked = sqlite3_column_int64 (s, 2);
  q->model_name = copy_text (s, 3);
  q->model_hash = copy_text (s, 4);
  q->reply = g_new0 (vqa_reply, 1);
  q->reply->confident = sqlite3_column_int (s, 5) != 0;
  q->reply->milliseconds = sqlite3_column_double (s, 6);
  q->reply->unknown_words = g_strsplit (unknown, " ", -1);
  return q;
}

GPtrArray *
vqa_store_questions (vqa_store *store, gint64 picture, guint limit, GError **error)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func (question_free);
  g_autoptr (sqlite3_stmt) s = NULL, answers = NULL;
  int code;

  g_return_val_if_fail (store, NULL);
  s = prepare (store,
               "SELECT q.id, q.text, q.asked, m.name, m.hash, q.confident, q.milliseconds,"
               " q.unknown_words FROM questions q JOIN models m ON m.id = q.model"
               " WHERE q.picture = ? ORDER BY q.asked DESC, q.id DESC LIMIT ?",
               error);
  if (!s)
    return NULL;
  answers = prepare (store,
                     "SELECT answer, probability FROM answers WHERE question = ? AND blind = ?"
                     " ORDER BY rank",
                     error);
  if (!answers)
    return NULL;
  sqlite3_bind_int64 (s, 1, picture);
  sqlite3_bind_int64 (s, 2, limit);
  while ((code = sqlite3_step (s)) == SQLITE_ROW)
    {
      vqa_store_question *q = read_question (s);

      g_ptr_array_add (list, q);
      if (!read_answers (store, answers, q->id, FALSE, &q->reply->answers, &q->reply->n_answers,
                         error)
          || !read_answers (store, answers, q->id, TRUE, &q->reply->blind, &q->reply->n_blind,
                            error))
        return NULL;
    }
  if (code != SQLITE_DONE)
    {
      vqa_store_fail (store, "list the questions", error);
      return NULL;
    }
  return g_steal_pointer (&list);
}
