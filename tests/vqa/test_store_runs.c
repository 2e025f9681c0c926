/* Runs in the library: rows, numbers over time, older files, two programs at once. */
#include "tests/vqa/draw.h"
#include "vqa/store/runs.h"

#include <criterion/criterion.h>
#include <math.h>
#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

static char *folder, *path;

static void
set_up (void)
{
  folder = draw_folder ();
  path = g_build_filename (folder, "library.db", NULL);
}

static void
tear_down (void)
{
  draw_remove (folder);
  g_free (folder);
  g_free (path);
}

TestSuite (store_runs, .init = set_up, .fini = tear_down);

static vqa_store *
open_or_fail (void)
{
  g_autoptr (GError) error = NULL;
  vqa_store *store = vqa_store_open (path, NULL, &error);

  cr_assert_not_null (store, "%s", error != NULL ? error->message : "");
  return store;
}

static gint64
begin (vqa_store *store, const char *where)
{
  vqa_run_record r = {
    .folder = (char *)where,
    .kind = (char *)"answer",
    .name = (char *)"tiny",
    .place = (char *)"/place",
    .recipe = (char *)"[model]\nname=tiny\n",
    .recipe_path = (char *)"/place/tiny.recipe",
    .recipe_hash = (char *)"cafe",
    .output = (char *)"/place/tiny.safetensors",
    .state = VQA_RUN_RUNNING,
  };
  g_autoptr (GError) error = NULL;
  gint64 id = vqa_store_begin_run (store, &r, &error);

  cr_assert_neq (id, 0, "%s", error != NULL ? error->message : "");
  return id;
}

Test (store_runs, what_was_written_is_read)
{
  g_autoptr (vqa_store) store = open_or_fail ();
  gint64 id = begin (store, "/a/runs/tiny-00000000");
  vqa_run_record p = { .stage = (char *)"head",
                       .step = 3,
                       .steps = 9,
                       .loss = 1.5,
                       .samples_per_second = 20,
                       .seconds_left = 7 };
  g_autoptr (vqa_run_record) r = NULL, done = NULL;

  cr_assert (vqa_store_set_run_progress (store, id, &p, NULL));
  cr_assert (vqa_store_set_run_data (store, id, "beef", NULL));
  r = vqa_store_find_run (store, id, NULL);
  cr_assert_not_null (r);
  cr_assert_str_eq (r->folder, "/a/runs/tiny-00000000");
  cr_assert_str_eq (r->name, "tiny");
  cr_assert_str_eq (r->recipe, "[model]\nname=tiny\n");
  cr_assert_str_eq (r->data_hash, "beef");
  cr_assert_str_eq (r->stage, "head");
  cr_assert_null (r->data_root);
  cr_assert_null (r->error);
  cr_assert_eq (r->step, 3);
  cr_assert_eq (r->steps, 9);
  cr_assert_eq (r->loss, 1.5);
  cr_assert_eq (r->seconds_left, 7);
  cr_assert_eq (r->state, VQA_RUN_RUNNING, "its process is this one");
  cr_assert_eq (r->pid, getpid ());
  cr_assert_eq (r->finished, 0);
  cr_assert (vqa_store_end_run (store, id, VQA_RUN_FAILED, "no disk", "f00d", NULL));
  done = vqa_store_find_run_in (store, "/a/runs/tiny-00000000", NULL);
  cr_assert_eq (done->state, VQA_RUN_FAILED);
  cr_assert_str_eq (done->error, "no disk");
  cr_assert_str_eq (done->model_hash, "f00d");
  cr_assert_geq (done->finished, done->started);
}

Test (store_runs, begun_again_it_is_the_same_run)
{
  g_autoptr (vqa_store) store = open_or_fail ();
  gint64 id = begin (store, "/a"), other = begin (store, "/b");
  g_autoptr (GPtrArray) list = NULL;
  g_autoptr (vqa_run_record) r = NULL;

  cr_assert_neq (id, other);
  cr_assert (vqa_store_add_metric (store, id, 1, "loss", 2, NULL));
  cr_assert (vqa_store_end_run (store, id, VQA_RUN_FAILED, "no disk", NULL, NULL));
  cr_assert_eq (begin (store, "/a"), id);
  r = vqa_store_find_run (store, id, NULL);
  cr_assert_null (r->error);
  cr_assert_eq (r->finished, 0);
  list = vqa_store_runs (store, NULL);
  cr_assert_eq (list->len, 2);
  cr_assert_eq (((vqa_run_record *)list->pdata[0])->id, id, "the last started comes first");
}

Test (store_runs, numbers_over_time)
{
  g_autoptr (vqa_store) store = open_or_fail ();
  gint64 id = begin (store, "/a"), other = begin (store, "/b");
  g_autoptr (GPtrArray) list = NULL, none = NULL;
  const vqa_metric *m;

  for (int step = 3; step > 0; step--)
    cr_assert (vqa_store_add_metric (store, id, step, "loss", 10.0 / step, NULL));
  cr_assert (vqa_store_add_metric (store, id, 2, "accuracy", 50, NULL));
  cr_assert (vqa_store_add_metric (store, id, 2, "loss", 4, NULL), "trained again after a kill");
  cr_assert (vqa_store_add_metric (store, id, 4, "loss", NAN, NULL));
  list = vqa_store_metrics (store, id, NULL);
  cr_assert_eq (list->len, 4);
  m = list->pdata[0];
  cr_assert_str_eq (m->name, "accuracy");
  m = list->pdata[2];
  cr_assert_str_eq (m->name, "loss");
  cr_assert_eq (m->step, 2);
  cr_assert_eq (m->value, 4);
  none = vqa_store_metrics (store, other, NULL);
  cr_assert_eq (none->len, 0);
}

Test (store_runs, deleted_with_their_numbers)
{
  g_autoptr (vqa_store) store = open_or_fail ();
  gint64 id = begin (store, "/a");
  g_autoptr (GPtrArray) list = NULL;
  g_autoptr (GError) error = NULL;

  cr_assert (vqa_store_add_metric (store, id, 1, "loss", 2, NULL));
  cr_assert (vqa_store_delete_run (store, id, NULL));
  cr_assert_null (vqa_store_find_run (store, id, &error));
  cr_assert_null (error);
  list = vqa_store_metrics (store, id, NULL);
  cr_assert_eq (list->len, 0);
  cr_assert_gt (begin (store, "/a"), id, "a number is not used twice");
}

static void
execute (const char *sql)
{
  sqlite3 *db = NULL;
  char *message = NULL;

  cr_assert_eq (sqlite3_open (path, &db), SQLITE_OK);
  sqlite3_exec (db, sql, NULL, NULL, &message);
  cr_assert_null (message, "%s", message);
  sqlite3_close (db);
}

Test (store_runs, a_process_that_is_gone_was_interrupted)
{
  static const char *const lies[]
      = { "pid = 2147483646", "process = 'another boot 7'", "process = NULL" };

  for (guint i = 0; i < G_N_ELEMENTS (lies); i++)
    {
      g_autofree char *sql = g_strdup_printf ("UPDATE runs SET %s", lies[i]);
      vqa_store *store = open_or_fail ();
      gint64 id = begin (store, "/a");
      g_autoptr (vqa_run_record) r = NULL;
      vqa_store_close (store);
      execute (sql);
      store = open_or_fail ();
      r = vqa_store_find_run (store, id, NULL);
      cr_assert_eq (r->state, VQA_RUN_INTERRUPTED, "%s", lies[i]);
      cr_assert (vqa_store_end_run (store, id, VQA_RUN_DONE, NULL, NULL, NULL));
      g_clear_pointer (&r, vqa_run_record_free);
      r = vqa_store_find_run (store, id, NULL);
      cr_assert_eq (r->state, VQA_RUN_DONE, "what is over stays");
      vqa_store_close (store);
    }
}

/* The tables of version 1, as it made them. */
static const char version_1[]
    = "CREATE TABLE models (id INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE, name TEXT NOT NULL,"
      " title TEXT NOT NULL, path TEXT NOT NULL);"
      "CREATE TABLE pictures (id INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE, place TEXT NOT"
      " NULL, title TEXT NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL, thumbnail"
      " BLOB, opened INTEGER NOT NULL);"
      "CREATE INDEX pictures_by_time ON pictures (opened);"
      "CREATE TABLE questions (id INTEGER PRIMARY KEY, picture INTEGER NOT NULL REFERENCES"
      " pictures (id) ON DELETE CASCADE, model INTEGER NOT NULL REFERENCES models (id), text TEXT"
      " NOT NULL, asked INTEGER NOT NULL, confident INTEGER NOT NULL, milliseconds REAL NOT NULL,"
      " unknown_words TEXT NOT NULL, UNIQUE (picture, model, text));"
      "CREATE INDEX questions_by_time ON questions (picture, asked);"
      "CREATE TABLE answers (question INTEGER NOT NULL REFERENCES questions (id) ON DELETE"
      " CASCADE, blind INTEGER NOT NULL, rank INTEGER NOT NULL, answer TEXT NOT NULL, probability"
      " REAL NOT NULL, PRIMARY KEY (question, blind, rank)) WITHOUT ROWID;"
      "INSERT INTO pictures VALUES (3, 'aa', '/cat.jpg', 'cat', 4, 5, NULL, 99);"
      "PRAGMA application_id = 1382511204; PRAGMA user_version = 1; PRAGMA journal_mode = WAL";

Test (store_runs, a_library_of_version_1_is_brought_up_to_date)
{
  g_autoptr (vqa_store) store = NULL;
  g_autoptr (GPtrArray) pictures = NULL, runs = NULL;

  execute (version_1);
  store = open_or_fail ();
  pictures = vqa_store_pictures (store, 10, NULL);
  cr_assert_eq (pictures->len, 1);
  cr_assert_str_eq (((vqa_store_picture *)pictures->pdata[0])->title, "cat");
  runs = vqa_store_runs (store, NULL);
  cr_assert_eq (runs->len, 0);
  cr_assert_gt (begin (store, "/a"), 0);
  vqa_store_close (g_steal_pointer (&store));
  store = open_or_fail ();
  g_ptr_array_unref (g_steal_pointer (&runs));
  runs = vqa_store_runs (store, NULL);
  cr_assert_eq (runs->len, 1);
}

/* ---- two programs at once ---------------------------------------------------------------- */

#define ROUNDS 200

static gpointer
write_much (gpointer data)
{
  vqa_store *store = vqa_store_open (path, NULL, NULL);
  g_autofree char *where = g_strdup_printf ("/%d", GPOINTER_TO_INT (data));
  gboolean good = store != NULL;
  gint64 id = good ? begin (store, where) : 0;

  vqa_store_relax (store);
  for (int i = 0; good && i < ROUNDS; i++)
    good = vqa_store_add_metric (store, id, i, "loss", i, NULL)
           && vqa_store_add_picture (store, where, where, where, 1, 1, NULL, NULL) > 0;
  vqa_store_close (store);
  return GINT_TO_POINTER (good);
}

Test (store_runs, writers_take_turns)
{
  GThread *threads[3];
  g_autoptr (vqa_store) store = NULL;
  g_autoptr (GPtrArray) runs = NULL;

  vqa_store_close (open_or_fail ());
  for (int i = 0; i < 3; i++)
    threads[i] = g_thread_new ("writer", write_much, GINT_TO_POINTER (i));
  for (int i = 0; i < 3; i++)
    cr_assert (GPOINTER_TO_INT (g_thread_join (threads[i])));
  store = open_or_fail ();
  runs = vqa_store_runs (store, NULL);
  cr_assert_eq (runs->len, 3);
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (GPtrArray) list
          = vqa_store_metrics (store, ((vqa_run_record *)runs->pdata[i])->id, NULL);
      cr_assert_eq (list->len, ROUNDS);
    }
}
