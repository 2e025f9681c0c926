#include "vqa/store/collections.h"

#include "vqa/store/records.h"

/* ---- writing ----------------------------------------------------------------------------- */

static gboolean
keep_head (vqa_store *store, vqa_collection *c, gint64 *id, GError **error)
{
  const char *doing = "keep a collection";
  gint64 model = vqa_store_keep_model (store, c->model_hash, c->model_name, c->model_title,
                                       c->model_path, TRUE, error);
  g_autoptr (sqlite3_stmt) s = NULL;

  if (model == 0)
    return FALSE;
  if (c->id != 0 && !vqa_store_delete_collection (store, c->id, error))
    return FALSE;
  s = vqa_store_bind (store, doing, error,
                      "INSERT INTO collections (id, folder, deep, question, by, model, asked)"
                      " VALUES (nullif (?, 0), ?, ?, ?, ?, ?, ?) RETURNING id",
                      "ititt"
                      "ii",
                      c->id, c->folder, (gint64)c->deep, c->question, c->by, model, c->asked);
  *id = s ? vqa_store_step_id (store, s, doing, error) : 0;
  return *id != 0;
}

static gboolean
keep_picture (vqa_store *store, gint64 id, guint rank, const vqa_collected *p, GError **error)
{
  const char *doing = "keep a collection";

  return vqa_store_finish (
      store,
      vqa_store_bind (store, doing, error,
                      "INSERT INTO collected (collection, rank, place, title, hash, error, answer,"
                      " probability, measure, confident) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                      "iittttt"
                      "ddi",
                      id, (gint64)rank, p->place, p->title, p->hash, p->error, p->answer,
                      p->probability, p->measure, (gint64)p->confident),
      doing, error);
}

gint64
vqa_store_keep_collection (vqa_store *store, vqa_collection *c, GError **error)
{
  const char *doing = "keep a collection";
  gint64 id = 0;
  gboolean good;

  g_return_val_if_fail (store && c && c->pictures, 0);
  if (!vqa_store_run (store, "BEGIN IMMEDIATE", doing, error))
    return 0;
  good = keep_head (store, c, &id, error);
  for (guint i = 0; good && i < c->pictures->len; i++)
    good = keep_picture (store, id, i, c->pictures->pdata[i], error);
  if (!good || !vqa_store_run (store, "COMMIT", doing, error))
    {
      sqlite3_exec (store->db, "ROLLBACK", NULL, NULL, NULL);
      return 0;
    }
  return c->id = id;
}

gboolean
vqa_store_delete_collection (vqa_store *store, gint64 id, GError **error)
{
  const char *doing = "delete a collection";

  g_return_val_if_fail (store, FALSE);
  return vqa_store_finish (
      store, vqa_store_bind (store, doing, error, "DELETE FROM collections WHERE id = ?", "i", id),
      doing, error);
}

/* ---- reading ----------------------------------------------------------------------------- */

#define HEADS                                                                                      \
  "SELECT c.id, c.folder, c.deep, c.question, c.by, c.asked, m.name, m.title, m.hash, m.path,"     \
  " (SELECT count (*) FROM collected WHERE collection = c.id),"                                    \
  " (SELECT count (*) FROM collected WHERE collection = c.id AND answer = c.by)"                   \
  " FROM collections c JOIN models m ON m.id = c.model "

static vqa_collection *
read_head (sqlite3_stmt *s)
{
  vqa_collection *c = g_new0 (vqa_collection, 1);

  c->id = sqlite3_column_int64 (s, 0);
  c->folder = vqa_store_text (s, 1);
  c->deep = sqlite3_column_int (s, 2) != 0;
  c->question = vqa_store_text (s, 3);
  c->by = vqa_store_text (s, 4);
  c->asked = sqlite3_column_int64 (s, 5);
  c->model_name = vqa_store_text (s, 6);
  c->model_title = vqa_store_text (s, 7);
  c->model_hash = vqa_store_text (s, 8);
  c->model_path = vqa_store_text (s, 9);
  c->n_pictures = (guint)sqlite3_column_int64 (s, 10);
  c->n_by = (guint)sqlite3_column_int64 (s, 11);
  return c;
}

GPtrArray *
vqa_store_collections (vqa_store *store, GError **error)
{
  const char *doing = "list the collections";
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify)vqa_collection_free);
  g_autoptr (sqlite3_stmt) s = NULL;
  int code = SQLITE_ERROR;

  g_return_val_if_fail (store, NULL);
  s = vqa_store_bind (store, doing, error, HEADS "ORDER BY c.asked DESC, c.id DESC", "");
  while (s && (code = sqlite3_step (s)) == SQLITE_ROW)
    g_ptr_array_add (list, read_head (s));
  if (s && code == SQLITE_DONE)
    return g_steal_pointer (&list);
  if (s)
    vqa_store_fail (store, doing, error);
  return NULL;
}

static vqa_collected *
read_picture (sqlite3_stmt *s)
{
  vqa_collected *p = g_new0 (vqa_collected, 1);

  p->place = vqa_store_text (s, 0);
  p->title = vqa_store_text (s, 1);
  p->hash = vqa_store_text (s, 2);
  p->error = vqa_store_text (s, 3);
  p->answer = vqa_store_text (s, 4);
  p->probability = sqlite3_column_double (s, 5);
  p->measure = sqlite3_column_double (s, 6);
  p->confident = sqlite3_column_int (s, 7) != 0;
  return p;
}

static gboolean
read_pictures (vqa_store *store, vqa_collection *c, GError **error)
{
  const char *doing = "read a collection";
  g_autoptr (sqlite3_stmt) s = vqa_store_bind (
      store, doing, error,
      /* What was pasted has no place of its own. */
      "SELECT coalesce (nullif (p.place, ''), d.place), d.title, d.hash, d.error, d.answer,"
      " d.probability, d.measure, d.confident FROM collected d"
      " LEFT JOIN pictures p ON p.hash = d.hash WHERE d.collection = ? ORDER BY d.rank",
      "i", c->id);
  int code = SQLITE_ERROR;

  c->pictures = g_ptr_array_new_with_free_func ((GDestroyNotify)vqa_collected_free);
  while (s && (code = sqlite3_step (s)) == SQLITE_ROW)
    g_ptr_array_add (c->pictures, read_picture (s));
  return s && (code == SQLITE_DONE || vqa_store_fail (store, doing, error));
}

vqa_collection *
vqa_store_collection (vqa_store *store, gint64 id, GError **error)
{
  const char *doing = "read a collection";
  g_autoptr (sqlite3_stmt) s = NULL;
  g_autoptr (vqa_collection) c = NULL;
  int code;

  g_return_val_if_fail (store, NULL);
  s = vqa_store_bind (store, doing, error, HEADS "WHERE c.id = ?", "i", id);
  if (!s)
    return NULL;
  code = sqlite3_step (s);
  if (code == SQLITE_ROW)
    c = read_head (s);
  else if (code == SQLITE_DONE)
    g_set_error (error, VQA_STORE_ERROR, VQA_STORE_ERROR_FAILED,
                 "This collection is not in the library any more");
  else
    vqa_store_fail (store, doing, error);
  if (!c || !read_pictures (store, c, error))
    return NULL;
  return g_steal_pointer (&c);
}
