/* Runs and their metrics. */
#include "vqa/store/runs.h"

#include "vqa/store/store-private.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

static const char *const states[]
    = { "waiting", "running", "stopped", "done", "failed", "interrupted" };

const char *
vqa_run_state_name (vqa_run_state state)
{
  return states[state];
}

void
vqa_run_record_free (vqa_run_record *r)
{
  if (!r)
    return;
  g_free (r->folder);
  g_free (r->kind);
  g_free (r->name);
  g_free (r->place);
  g_free (r->recipe);
  g_free (r->recipe_path);
  g_free (r->recipe_hash);
  g_free (r->data_root);
  g_free (r->data_hash);
  g_free (r->output);
  g_free (r->model_hash);
  g_free (r->stage);
  g_free (r->error);
  g_free (r->process);
  g_free (r);
}

static void
metric_free (gpointer data)
{
  vqa_metric *m = data;

  g_free (m->name);
  g_free (m);
}

/* ---- processes -------------------------------------------------------------------------- */

/* When a process started, in the boot it started in: a number is used again, this pair is not. NULL
 * when there is no such process, or no /proc. */
static char *
process_identity (gint64 pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/stat", pid);
  g_autofree char *stat = NULL, *boot = NULL;
  g_auto (GStrv) fields = NULL;
  const char *end;

  if (!g_file_get_contents (path, &stat, NULL, NULL))
    return NULL;
  end = strrchr (stat, ')'); /* the name before it may hold anything */
  if (!end || end[1] == '\0')
    return NULL;
  fields = g_strsplit (end + 2, " ", 21);
  /* Field 3 is the state, a zombie is over; field 22 the time of start. */
  if (g_strv_length (fields) < 20 || *fields[0] == 'Z' || *fields[0] == 'X')
    return NULL;
  if (g_file_get_contents ("/proc/sys/kernel/random/boot_id", &boot, NULL, NULL))
    g_strstrip (boot);
  return g_strdup_printf ("%s %s", boot ? boot : "", fields[19]);
}

static vqa_run_state
state_now (vqa_run_state stored, gint64 pid, const char *process)
{
  g_autofree char *now = NULL;

  if (stored != VQA_RUN_WAITING && stored != VQA_RUN_RUNNING)
    return stored;
  now = process_identity (pid);
  return now && g_strcmp0 (now, process) == 0 ? stored : VQA_RUN_INTERRUPTED;
}

/* ---- writing ---------------------------------------------------------------------------- */

gint64
vqa_store_begin_run (vqa_store *store, const vqa_run_record *r, GError **error)
{
  const char *doing = "record a run";
  g_autofree char *process = process_identity (getpid ());
  g_autoptr (sqlite3_stmt) s = NULL;

  g_return_val_if_fail (store && r && r->folder, 0);
  s = vqa_store_bind (
      store, doing, error,
      "INSERT INTO runs (folder, kind, name, place, recipe, recipe_path, recipe_hash,"
      " data_root, output, state, pid, process, started)"
      " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"
      " ON CONFLICT (folder) DO UPDATE SET kind = ?2, name = ?3, place = ?4, recipe = ?5,"
      " recipe_path = ?6, recipe_hash = ?7, data_root = ?8, output = ?9, state = ?10,"
      " pid = ?11, process = ?12, started = ?13, finished = 0, error = NULL,"
      " model_hash = NULL RETURNING id",
      "tttttttttiiti", r->folder, r->kind, r->name, r->place, r->recipe, r->recipe_path,
      r->recipe_hash, r->data_root, r->output, (gint64)r->state, (gint64)getpid (), process,
      g_get_real_time ());
  return s ? vqa_store_step_id (store, s, doing, error) : 0;
}

gboolean
vqa_store_set_run_state (vqa_store *store, gint64 id, vqa_run_state state, GError **error)
{
  const char *doing = "record a run's state";

  return vqa_store_finish (store,
                           vqa_store_bind (store, doing, error,
                                           "UPDATE runs SET state = ? WHERE id = ?", "ii",
                                           (gint64)state, id),
                           doing, error);
}

gboolean
vqa_store_set_run_data (vqa_store *store, gint64 id, const char *hash, GError **error)
{
  const char *doing = "record a run's data";

  return vqa_store_finish (store,
                           vqa_store_bind (store, doing, error,
                                           "UPDATE runs SET data_hash = ? WHERE id = ?", "ti", hash,
                                           id),
                           doing, error);
}

gboolean
vqa_store_set_run_progress (vqa_store *store, gint64 id, const vqa_run_record *r, GError **error)
{
  const char *doing = "record a run's progress";

  return vqa_store_finish (
      store,
      vqa_store_bind (store, doing, error,
                      "UPDATE runs SET stage = ?, step = ?, steps = ?, loss = ?, speed = ?,"
                      " seconds_left = ? WHERE id = ?",
                      "tiidddi", r->stage, r->step, r->steps, r->loss, r->samples_per_second,
                      r->seconds_left, id),
      doing, error);
}

gboolean
vqa_store_end_run (vqa_store *store, gint64 id, vqa_run_state state, const char *message,
                   const char *model_hash, GError **error)
{
  const char *doing = "record the end of a run";

  return vqa_store_finish (
      store,
      vqa_store_bind (store, doing, error,
                      "UPDATE runs SET state = ?, error = ?, model_hash = ?, finished = ?"
                      " WHERE id = ?",
                      "ittii", (gint64)state, message, model_hash, g_get_real_time (), id),
      doing, error);
}

gboolean
vqa_store_add_metric (vqa_store *store, gint64 run, gint64 step, const char *name, double value,
                      GError **error)
{
  const char *doing = "record a number of a run";

  if (!isfinite (value))
    return TRUE;
  return vqa_store_finish (
      store,
      vqa_store_bind (store, doing, error,
                      "INSERT INTO metrics (run, name, step, value) VALUES (?1, ?2, ?3, ?4)"
                      " ON CONFLICT (run, name, step) DO UPDATE SET value = ?4",
                      "itid", run, name, step, value),
      doing, error);
}

gboolean
vqa_store_delete_run (vqa_store *store, gint64 id, GError **error)
{
  const char *doing = "delete a run";

  return vqa_store_finish (
      store, vqa_store_bind (store, doing, error, "DELETE FROM runs WHERE id = ?", "i", id), doing,
      error);
}

void
vqa_store_relax (vqa_store *store)
{
  sqlite3_exec (store->db, "PRAGMA synchronous = NORMAL", NULL, NULL, NULL);
}

/* ---- reading ---------------------------------------------------------------------------- */

#define COLUMNS                                                                                     \
  "SELECT id, folder, kind, name, place, recipe, recipe_path, recipe_hash, data_root, data_hash,"   \
  " output, model_hash, stage, error, state, step, steps, loss, speed, seconds_left, pid, process," \
  " started, finished FROM runs "

static vqa_run_record *
read_run (sqlite3_stmt *s)
{
  vqa_run_record *r = g_new0 (vqa_run_record, 1);
  gint64 state = sqlite3_column_int64 (s, 14);

  r->id = sqlite3_column_int64 (s, 0);
  r->folder = vqa_store_text (s, 1);
  r->kind = vqa_store_text (s, 2);
  r->name = vqa_store_text (s, 3);
  r->place = vqa_store_text (s, 4);
  r->recipe = vqa_store_text (s, 5);
  r->recipe_path = vqa_store_text (s, 6);
  r->recipe_hash = vqa_store_text (s, 7);
  r->data_root = vqa_store_text (s, 8);
  r->data_hash = vqa_store_text (s, 9);
  r->output = vqa_store_text (s, 10);
  r->model_hash = vqa_store_text (s, 11);
  r->stage = vqa_store_text (s, 12);
  r->error = vqa_store_text (s, 13);
  r->step = sqlite3_column_int64 (s, 15);
  r->steps = sqlite3_column_int64 (s, 16);
  r->loss = sqlite3_column_double (s, 17);
  r->samples_per_second = sqlite3_column_double (s, 18);
  r->seconds_left = sqlite3_column_double (s, 19);
  r->pid = sqlite3_column_int64 (s, 20);
  r->process = vqa_store_text (s, 21);
  r->started = sqlite3_column_int64 (s, 22);
  r->finished = sqlite3_column_int64 (s, 23);
  r->state = state_now (state >= VQA_RUN_WAITING && state <= VQA_RUN_FAILED ? (vqa_run_state)state
                                                                            : VQA_RUN_FAILED,
                        r->pid, r->process);
  return r;
}

/* All runs of a bound statement; takes it. */
static GPtrArray *
read_runs (vqa_store *store, sqlite3_stmt *statement, GError **error)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify)vqa_run_record_free);
  g_autoptr (sqlite3_stmt) s = statement;
  int code;

  if (!s)
    return NULL;
  while ((code = sqlite3_step (s)) == SQLITE_ROW)
    g_ptr_array_add (list, read_run (s));
  if (code != SQLITE_DONE)
    {
      vqa_store_fail (store, "list the runs", error);
      return NULL;
    }
  return g_steal_pointer (&list);
}

GPtrArray *
vqa_store_runs (vqa_store *store, GError **error)
{
  return read_runs (
      store,
      vqa_store_bind (store, "list the runs", error, COLUMNS "ORDER BY started DESC, id DESC", ""),
      error);
}

static vqa_run_record *
first (GPtrArray *list)
{
  vqa_run_record *r = list && list->len > 0 ? g_ptr_array_steal_index (list, 0) : NULL;

  g_clear_pointer (&list, g_ptr_array_unref);
  return r;
}

vqa_run_record *
vqa_store_find_run (vqa_store *store, gint64 id, GError **error)
{
  return first (read_runs (
      store, vqa_store_bind (store, "find a run", error, COLUMNS "WHERE id = ?", "i", id), error));
}

vqa_run_record *
vqa_store_find_run_in (vqa_store *store, const char *folder, GError **error)
{
  return first (read_runs (
      store, vqa_store_bind (store, "find a run", error, COLUMNS "WHERE folder = ?", "t", folder),
      error));
}

GPtrArray *
vqa_store_metrics (vqa_store *store, gint64 run, GError **error)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func (metric_free);
  g_autoptr (sqlite3_stmt) s = vqa_store_bind (
      store, "read a run's numbers", error,
      "SELECT step, name, value FROM metrics WHERE run = ? ORDER BY name, step", "i", run);
  int code;

  if (!s)
    return NULL;
  while ((code = sqlite3_step (s)) == SQLITE_ROW)
    {
      vqa_metric *m = g_new0 (vqa_metric, 1);

      m->step = sqlite3_column_int64 (s, 0);
      m->name = vqa_store_text (s, 1);
      m->value = sqlite3_column_double (s, 2);
      g_ptr_array_add (list, m);
    }
  if (code != SQLITE_DONE)
    {
      vqa_store_fail (store, "read a run's numbers", error);
      return NULL;
    }
  return g_steal_pointer (&list);
}
