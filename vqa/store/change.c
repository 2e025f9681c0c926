/* Changing the history: corrections, pins, deleting and putting back, clearing. */
#include "vqa/store/history.h"
#include "vqa/store/records.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#define MAX_ANSWER 200 /* characters of a correction */

/* Ends the transaction: writes everything when `good`, else nothing. Returns `good` and written. */
static gboolean
end (vqa_store *store, gboolean good, const char *doing, GError **error)
{
  if (good && vqa_store_run (store, "COMMIT", doing, error))
    return TRUE;
  sqlite3_exec (store->db, "ROLLBACK", NULL, NULL, NULL);
  return FALSE;
}

char *
vqa_store_check_answer (const char *answer, GError **error)
{
  g_autofree char *text = g_strdup (answer ? answer : "");

  if (!g_utf8_validate (text, -1, NULL))
    {
      g_set_error (error, VQA_ERROR, VQA_ERROR_QUESTION,
                   "The answer is not UTF-8 text: type it again");
      return NULL;
    }
  g_strstrip (text);
  if (g_utf8_strlen (text, -1) <= MAX_ANSWER)
    return g_steal_pointer (&text);
  g_set_error (error, VQA_ERROR, VQA_ERROR_QUESTION,
               "The answer has %ld characters, and the limit is %d: type a shorter one",
               g_utf8_strlen (text, -1), MAX_ANSWER);
  return NULL;
}

gboolean
vqa_store_correct (vqa_store *store, gint64 moment, const char *answer, GError **error)
{
  const char *doing = "record a correction";
  g_autofree char *text = NULL;

  g_return_val_if_fail (store, FALSE);
  text = vqa_store_check_answer (answer, error);
  if (!text)
    return FALSE;
  if (!vqa_store_finish (
          store,
          vqa_store_bind (store, doing, error,
                          "UPDATE questions SET correction = ?, corrected = ? WHERE asked = ?",
                          "tii", *text ? text : NULL, *text ? g_get_real_time () : (gint64)0,
                          moment),
          doing, error))
    return FALSE;
  if (sqlite3_changes (store->db) > 0)
    return TRUE;
  g_set_error (error, VQA_STORE_ERROR, VQA_STORE_ERROR_FAILED,
               "The question is not in the history any more: ask it again");
  return FALSE;
}

/* Steps a statement once for each moment, which is its last value. */
static gboolean
for_each (vqa_store *store, sqlite3_stmt *statement, int at, const gint64 *moments, guint n,
          const char *doing, GError **error)
{
  g_autoptr (sqlite3_stmt) s = statement;

  for (guint i = 0; s && i < n; i++)
    {
      sqlite3_bind_int64 (s, at, moments[i]);
      if (sqlite3_step (s) != SQLITE_DONE)
        return vqa_store_fail (store, doing, error);
      sqlite3_reset (s);
    }
  return s != NULL;
}

gboolean
vqa_store_pin (vqa_store *store, const gint64 *moments, guint n, gboolean pinned, GError **error)
{
  const char *doing = "pin questions";

  g_return_val_if_fail (store && (moments || n == 0), FALSE);
  if (!vqa_store_run (store, "BEGIN IMMEDIATE", doing, error))
    return FALSE;
  return end (store,
              for_each (store,
                        vqa_store_bind (store, doing, error,
                                        "UPDATE questions SET pinned = ? WHERE asked = ?", "i",
                                        (gint64)(pinned != FALSE)),
                        2, moments, n, doing, error),
              doing, error);
}

GPtrArray *
vqa_store_take (vqa_store *store, const gint64 *moments, guint n, GError **error)
{
  const char *doing = "delete questions";
  g_autoptr (GPtrArray) entries = NULL;
  gboolean good;

  g_return_val_if_fail (store && (moments || n == 0), NULL);
  if (!vqa_store_run (store, "BEGIN IMMEDIATE", doing, error))
    return NULL;
  entries = vqa_store_entries (store, moments, n, error);
  good = entries
         && for_each (
             store,
             vqa_store_bind (store, doing, error, "DELETE FROM questions WHERE asked = ?", ""), 1,
             moments, n, doing, error);
  return end (store, good, doing, error) ? g_steal_pointer (&entries) : NULL;
}

gboolean
vqa_store_put_back (vqa_store *store, const GPtrArray *entries, GError **error)
{
  const char *doing = "put questions back";
  GError *local = NULL;

  g_return_val_if_fail (store && entries, FALSE);
  if (!vqa_store_run (store, "BEGIN IMMEDIATE", doing, error))
    return FALSE;
  for (guint i = 0; !local && i < entries->len; i++)
    {
      const vqa_entry *e = entries->pdata[i];
      const vqa_store_question *q = e->question;
      gboolean known;
      gint64 picture = vqa_store_keep_picture (store, e->picture, &known, &local);
      gint64 model = picture ? vqa_store_keep_model (store, q->model_hash, q->model_name,
                                                     q->model_title, q->model_path, FALSE, &local)
                             : 0;

      if (model)
        vqa_store_keep_question (store, picture, model, q, FALSE, &local);
    }
  if (local)
    g_propagate_error (error, local);
  return end (store, local == NULL, doing, error);
}

/* Deletes the pasted pictures that are kept beside the library. */
static gboolean
clear_pictures (vqa_store *store, GError **error)
{
  g_autofree char *folder = vqa_store_pictures_folder (store->path);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir)))
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      if (strspn (name, "0123456789abcdef") != 64 || strcmp (name + 64, ".png") != 0
          || g_remove (path) == 0 || errno == ENOENT)
        continue;
      g_set_error (error, VQA_STORE_ERROR, VQA_STORE_ERROR_OPEN, "%s: cannot be deleted: %s", path,
                   g_strerror (errno));
      return FALSE;
    }
  return TRUE;
}

gboolean
vqa_store_clear (vqa_store *store, GError **error)
{
  const char *doing = "clear the history";

  g_return_val_if_fail (store, FALSE);
  if (!vqa_store_run (store, "BEGIN IMMEDIATE", doing, error))
    return FALSE;
  /* Word by word the triggers would take long, and old words would stay in the index for a while.
   */
  if (!end (store,
            vqa_store_run (store,
                           "DELETE FROM collections; DELETE FROM questions; DELETE FROM pictures;"
                           "DELETE FROM models;"
                           "INSERT INTO found (found) VALUES ('delete-all');",
                           doing, error),
            doing, error))
    return FALSE;
  /* Deleted rows remain in the journal and in unused pages until these. */
  return vqa_store_run (store, "VACUUM; PRAGMA wal_checkpoint (TRUNCATE);", doing, error)
         && (!store->path || clear_pictures (store, error));
}
