/* Writing pictures, questions and answers: one prepared statement a task, one transaction a
 * change. */
#include "vqa/store/records.h"

/* A search finds the best answer, and others that are at least this likely. */
#define WORTH_FINDING 0.05

/* ---- pictures --------------------------------------------------------------------------- */

void
vqa_store_picture_free (vqa_store_picture *p)
{
  if (!p)
    return;
  g_free (p->hash);
  g_free (p->place);
  g_free (p->title);
  g_clear_pointer (&p->thumbnail, g_bytes_unref);
  g_free (p);
}

static void
bind_thumbnail (sqlite3_stmt *s, int at, GBytes *thumbnail)
{
  if (thumbnail)
    sqlite3_bind_blob64 (s, at, g_bytes_get_data (thumbnail, NULL), g_bytes_get_size (thumbnail),
                         SQLITE_STATIC);
}

gint64
vqa_store_add_picture (vqa_store *store, const char *hash, const char *place, const char *title,
                       int width, int height, GBytes *thumbnail, GError **error)
{
  const char *doing = "record a picture";
  g_autoptr (sqlite3_stmt) s = NULL;

  g_return_val_if_fail (store && hash && place && title, 0);
  s = vqa_store_bind (
      store, doing, error,
      "INSERT INTO pictures (hash, place, title, width, height, opened, thumbnail)"
      " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
      " ON CONFLICT (hash) DO UPDATE SET place = ?2, title = ?3, width = ?4, height = ?5,"
      " opened = ?6, thumbnail = coalesce (?7, thumbnail) RETURNING id",
      "tttiii", hash, place, title, (gint64)width, (gint64)height, g_get_real_time ());
  if (!s)
    return 0;
  bind_thumbnail (s, 7, thumbnail);
  return vqa_store_step_id (store, s, doing, error);
}

gint64
vqa_store_keep_picture (vqa_store *store, const vqa_store_picture *p, gboolean *known,
                        GError **error)
{
  const char *doing = "record a picture";
  g_autoptr (sqlite3_stmt) s = NULL, old = NULL;

  old = vqa_store_bind (store, doing, error, "SELECT 1 FROM pictures WHERE hash = ?", "t", p->hash);
  if (!old)
    return 0;
  *known = sqlite3_step (old) == SQLITE_ROW;
  s = vqa_store_bind (store, doing, error,
                      "INSERT INTO pictures (hash, place, title, width, height, opened, thumbnail)"
                      " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (hash)"
                      " DO UPDATE SET thumbnail = coalesce (thumbnail, ?7) RETURNING id",
                      "tttiii", p->hash, p->place, p->title, (gint64)p->width, (gint64)p->height,
                      p->opened);
  if (!s)
    return 0;
  bind_thumbnail (s, 7, p->thumbnail);
  return vqa_store_step_id (store, s, doing, error);
}

/* ---- questions -------------------------------------------------------------------------- */

gint64
vqa_store_keep_model (vqa_store *store, const char *hash, const char *name, const char *title,
                      const char *path, gboolean renew, GError **error)
{
  const char *doing = "record a model";
  g_autoptr (sqlite3_stmt) s = vqa_store_bind (
      store, doing, error,
      "INSERT INTO models (hash, name, title, path) VALUES (?1, ?2, ?3, ?4)"
      " ON CONFLICT (hash) DO UPDATE SET name = iif (?5, ?2, name), title = iif (?5, ?3, title),"
      " path = iif (?5, ?4, path) RETURNING id",
      "tttti", hash ? hash : "", name ? name : "", title ? title : "", path ? path : "",
      (gint64)renew);

  return s ? vqa_store_step_id (store, s, doing, error) : 0;
}

/* The answers that a search shall find, one a line. */
static char *
findable (const vqa_reply *reply)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < reply->n_answers; i++)
    if (i == 0 || reply->answers[i].probability >= WORTH_FINDING)
      g_string_append_printf (text, i ? "\n%s" : "%s", reply->answers[i].answer);
  return g_string_free (text, FALSE);
}

/* `wanted`, or the next microsecond that no other question has. */
static gboolean
free_moment (vqa_store *store, gint64 wanted, gint64 *moment, GError **error)
{
  const char *doing = "record a question";
  g_autoptr (sqlite3_stmt) s
      = vqa_store_bind (store, doing, error, "SELECT 1 FROM questions WHERE asked = ?", "");
  int code;

  if (!s)
    return FALSE;
  for (*moment = wanted;; (*moment)++)
    {
      sqlite3_bind_int64 (s, 1, *moment);
      code = sqlite3_step (s);
      if (code == SQLITE_DONE)
        return TRUE;
      if (code != SQLITE_ROW)
        return vqa_store_fail (store, doing, error);
      sqlite3_reset (s);
    }
}

/* answers: (n), best first. */
static gboolean
add_answers (vqa_store *store, gint64 question, gboolean blind, const vqa_answer *answers, guint n,
             GError **error)
{
  const char *doing = "record an answer";
  g_autoptr (sqlite3_stmt) s
      = vqa_store_bind (store, doing, error,
                        "INSERT INTO answers (question, blind, rank, answer, probability)"
                        " VALUES (?, ?, ?, ?, ?)",
                        "ii", question, (gint64)blind);

  if (!s)
    return FALSE;
  for (guint i = 0; i < n; i++)
    {
      sqlite3_bind_int64 (s, 3, i);
      sqlite3_bind_text (s, 4, answers[i].answer, -1, SQLITE_STATIC);
      sqlite3_bind_double (s, 5, answers[i].probability);
      if (sqlite3_step (s) != SQLITE_DONE)
        return vqa_store_fail (store, doing, error);
      sqlite3_reset (s);
    }
  return TRUE;
}

static gboolean
write_answers (vqa_store *store, gint64 id, const vqa_reply *reply, GError **error)
{
  const char *doing = "replace the answers";

  return vqa_store_finish (store,
                           vqa_store_bind (store, doing, error,
                                           "DELETE FROM answers WHERE question = ?", "i", id),
                           doing, error)
         && add_answers (store, id, FALSE, reply->answers, reply->n_answers, error)
         && add_answers (store, id, TRUE, reply->blind, reply->n_blind, error);
}

/* Adds the row; 0 without an error when it is there already and `replace` is FALSE. */
static gint64
write_row (vqa_store *store, gint64 picture, gint64 model, const vqa_store_question *q,
           gboolean replace, GError **error)
{
  const char *doing = "record a question";
  const vqa_reply *reply = q->reply;
  g_autofree char *words = findable (reply), *part = vqa_region_text (&q->part), *sql = NULL;
  g_autofree char *unknown
      = reply->unknown_words ? g_strjoinv (" ", reply->unknown_words) : g_strdup ("");
  g_autoptr (sqlite3_stmt) s = NULL;
  gint64 moment, id;
  int code;

  if (!free_moment (store, q->asked, &moment, error))
    return 0;
  sql = g_strconcat (
      "INSERT INTO questions (picture, model, text, asked, confident, milliseconds,"
      " unknown_words, answers, correction, corrected, pinned, id,"
      " part) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11,"
      /* A number that was free once may be taken by now. */
      " iif (EXISTS (SELECT 1 FROM questions WHERE id = ?12), NULL, nullif (?12, 0)), ?13)"
      " ON CONFLICT (picture, model, text, part) DO ",
      replace ? "UPDATE SET asked = ?4, confident = ?5, milliseconds = ?6, unknown_words = ?7,"
                " answers = ?8"
              : "NOTHING",
      " RETURNING id", NULL);
  s = vqa_store_bind (store, doing, error, sql, "iitiidtttiiit", picture, model, q->text, moment,
                      (gint64)reply->confident, reply->milliseconds, unknown, words, q->correction,
                      q->correction ? MAX (q->corrected, 1) : (gint64)0, (gint64)q->pinned, q->id,
                      part);
  if (!s)
    return 0;
  code = sqlite3_step (s);
  if (code == SQLITE_DONE && !replace)
    return 0;
  id = code == SQLITE_ROW ? sqlite3_column_int64 (s, 0) : 0;
  if (!id || sqlite3_step (s) != SQLITE_DONE)
    {
      vqa_store_fail (store, doing, error);
      return 0;
    }
  return id;
}

gint64
vqa_store_keep_question (vqa_store *store, gint64 picture, gint64 model,
                         const vqa_store_question *q, gboolean replace, GError **error)
{
  gint64 id = write_row (store, picture, model, q, replace, error);

  return id && write_answers (store, id, q->reply, error) ? id : 0;
}

gint64
vqa_store_add_question (vqa_store *store, gint64 picture, const vqa_model_info *model,
                        const char *text, const vqa_region *part, const vqa_reply *reply,
                        GError **error)
{
  const char *doing = "record a question";
  vqa_store_question q = {
    .asked = g_get_real_time (), .text = (char *)text, .part = *part, .reply = (vqa_reply *)reply
  };
  gint64 model_id, id = 0;

  g_return_val_if_fail (store && model && text && part && reply, 0);
  if (!vqa_store_run (store, "BEGIN IMMEDIATE", doing, error))
    return 0;
  model_id = vqa_store_keep_model (store, model->hash, model->name, model->title, model->path, TRUE,
                                   error);
  if (model_id)
    id = vqa_store_keep_question (store, picture, model_id, &q, TRUE, error);
  if (id && vqa_store_run (store, "COMMIT", doing, error))
    return id;
  sqlite3_exec (store->db, "ROLLBACK", NULL, NULL, NULL);
  return 0;
}
