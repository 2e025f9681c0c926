/* The library: what is written comes back, after reopening too; damage, newer and foreign files. */
#include "vqa/store/store.h"

#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <sqlite3.h>
#include <string.h>

#define HASH_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HASH_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static char *folder, *path;

static void
remove_tree (const char *at)
{
  g_autoptr (GDir) dir = g_dir_open (at, 0, NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir)))
    {
      g_autofree char *child = g_build_filename (at, name, NULL);

      remove_tree (child);
    }
  g_remove (at);
}

static void
setup (void)
{
  folder = g_dir_make_tmp ("regard-store-XXXXXX", NULL);
  path = g_build_filename (folder, "regard", "library.db", NULL);
}

static void
teardown (void)
{
  remove_tree (folder);
  g_free (folder);
  g_free (path);
}

TestSuite (store, .init = setup, .fini = teardown);

static vqa_store *
open_or_fail (void)
{
  g_autoptr (GError) error = NULL;
  vqa_store *store = vqa_store_open (path, NULL, &error);

  cr_assert (store, "%s", error ? error->message : "no error");
  return store;
}

static vqa_model_info model = {
  .name = "photos", .title = "Everyday photographs", .path = "photos.safetensors", .hash = "cafe"
};
static vqa_answer seen[] = { { "dog", 0.75 }, { "cat", 0.125 }, { "fox", 0.0625 } };
static vqa_answer blind[] = { { "cat", 0.5 } };
static char *unknown[] = { "borzoi", "saluki", NULL };

static gint64
add_question (vqa_store *store, gint64 picture, const char *text, guint n_answers)
{
  vqa_reply reply = { n_answers, seen, 1, blind, unknown, FALSE, 7.5, NULL };
  g_autoptr (GError) error = NULL;
  gint64 id
      = vqa_store_add_question (store, picture, &model, text, &(vqa_region){ 0 }, &reply, &error);

  cr_assert (id > 0, "%s", error ? error->message : "no error");
  return id;
}

static gint64
add_picture (vqa_store *store, const char *hash, const char *title)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) thumbnail = g_bytes_new_static ("small", 5);
  gint64 id
      = vqa_store_add_picture (store, hash, "/somewhere/x.jpg", title, 640, 427, thumbnail, &error);

  cr_assert (id > 0, "%s", error ? error->message : "no error");
  return id;
}

/* Runs SQL on the file behind the store's back. */
static void
meddle (const char *sql)
{
  sqlite3 *db = NULL;

  cr_assert_eq (sqlite3_open (path, &db), SQLITE_OK);
  cr_assert_eq (sqlite3_exec (db, sql, NULL, NULL, NULL), SQLITE_OK, "%s", sqlite3_errmsg (db));
  sqlite3_close (db);
}

Test (store, questions_come_back_after_reopening)
{
  vqa_store *store = open_or_fail ();
  gint64 picture = add_picture (store, HASH_A, "x.jpg");
  g_autoptr (GPtrArray) list = NULL;
  vqa_store_question *q;

  add_question (store, picture, "what is it?", 3);
  add_question (store, picture, "is it wild?", 2);
  vqa_store_close (store);

  store = open_or_fail ();
  list = vqa_store_questions (store, picture, 100, NULL);
  cr_assert (list);
  cr_assert_eq (list->len, 2);
  q = list->pdata[0];
  cr_assert_str_eq (q->text, "is it wild?", "the last asked comes first");
  cr_assert_eq (q->reply->n_answers, 2);
  q = list->pdata[1];
  cr_assert_str_eq (q->text, "what is it?");
  cr_assert_str_eq (q->model_name, "photos");
  cr_assert_str_eq (q->model_hash, "cafe");
  cr_assert_eq (q->reply->n_answers, 3);
  cr_assert_str_eq (q->reply->answers[0].answer, "dog");
  cr_assert_eq (q->reply->answers[0].probability, 0.75);
  cr_assert_str_eq (q->reply->answers[2].answer, "fox");
  cr_assert_eq (q->reply->n_blind, 1);
  cr_assert_str_eq (q->reply->blind[0].answer, "cat");
  cr_assert_not (q->reply->confident);
  cr_assert_eq (q->reply->milliseconds, 7.5);
  cr_assert_eq (g_strv_length (q->reply->unknown_words), 2);
  cr_assert_str_eq (q->reply->unknown_words[1], "saluki");
  vqa_store_close (store);
}

Test (store, same_question_is_kept_once_with_the_new_answers)
{
  g_autoptr (vqa_store) store = open_or_fail ();
  gint64 picture = add_picture (store, HASH_A, "x.jpg");
  gint64 first = add_question (store, picture, "what is it?", 3);
  g_autoptr (GPtrArray) list = NULL;

  add_question (store, picture, "is it wild?", 1);
  cr_assert_eq (add_question (store, picture, "what is it?", 1), first);
  list = vqa_store_questions (store, picture, 100, NULL);
  cr_assert_eq (list->len, 2);
  cr_assert_str_eq (((vqa_store_question *)list->pdata[0])->text, "what is it?");
  cr_assert_eq (((vqa_store_question *)list->pdata[0])->reply->n_answers, 1);
}

Test (store, a_picture_is_known_by_its_hash)
{
  g_autoptr (vqa_store) store = open_or_fail ();
  gint64 a = add_picture (store, HASH_A, "x.jpg");
  gint64 b = add_picture (store, HASH_B, "y.jpg");
  g_autoptr (GPtrArray) list = NULL;
  vqa_store_picture *p;

  add_question (store, a, "what is it?", 3);
  cr_assert_neq (a, b);
  /* Opened again under another name and without a thumbnail: the questions and thumbnail stay. */
  cr_assert_eq (vqa_store_add_picture (store, HASH_A, "/new/z.jpg", "z.jpg", 640, 427, NULL, NULL),
                a);
  list = vqa_store_pictures (store, 10, NULL);
  cr_assert_eq (list->len, 2);
  p = list->pdata[0];
  cr_assert_eq (p->id, a, "the last opened comes first");
  cr_assert_str_eq (p->place, "/new/z.jpg");
  cr_assert_str_eq (p->title, "z.jpg");
  cr_assert_eq (p->n_questions, 1);
  cr_assert_eq (p->width, 640);
  cr_assert (p->thumbnail);
  cr_assert_eq (g_bytes_get_size (p->thumbnail), 5);
}

Test (store, a_question_needs_its_picture)
{
  g_autoptr (vqa_store) store = open_or_fail ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) list = NULL;
  vqa_reply reply = { 3, seen, 1, blind, NULL, TRUE, 1, NULL };

  cr_assert_eq (
      vqa_store_add_question (store, 77, &model, "what?", &(vqa_region){ 0 }, &reply, &error), 0);
  cr_assert (g_error_matches (error, VQA_STORE_ERROR, VQA_STORE_ERROR_FAILED));
  cr_assert (strstr (error->message, path), "the message names the file");
  /* The failed change left nothing, and the store still works. */
  add_question (store, add_picture (store, HASH_A, "x"), "what?", 1);
}

Test (store, a_file_of_garbage_is_set_aside)
{
  g_autofree char *room = g_path_get_dirname (path), *notice = NULL, *text = NULL, *kept = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (vqa_store) store = NULL;
  const char *from, *to;

  g_mkdir_with_parents (room, 0700);
  cr_assert (g_file_set_contents (path,
                                  "These bytes are no database at all, only prose that is "
                                  "longer than a header of one hundred bytes would ever be.",
                                  -1, NULL));
  store = vqa_store_open (path, &notice, &error);
  cr_assert (store, "%s", error ? error->message : "");
  cr_assert (notice);
  from = strstr (notice, path);
  cr_assert (from, "the notice names the file: %s", notice);
  to = strchr (from, ',');
  kept = g_strndup (from, (gsize)(to - from));
  cr_assert (g_file_get_contents (kept, &text, NULL, NULL), "%s", kept);
  cr_assert (g_str_has_prefix (text, "These bytes"));
  add_question (store, add_picture (store, HASH_A, "x"), "what?", 1);
}

Test (store, damage_in_the_middle_is_found)
{
  vqa_store *store = open_or_fail ();
  gint64 picture = add_picture (store, HASH_A, "x");
  g_autofree char *bytes = NULL, *notice = NULL;
  gsize length;

  for (int i = 0; i < 50; i++)
    {
      g_autofree char *text = g_strdup_printf ("is it number %d?", i);

      add_question (store, picture, text, 3);
    }
  vqa_store_close (store);
  cr_assert (g_file_get_contents (path, &bytes, &length, NULL));
  cr_assert (length > 12 * 1024);
  /* Past the first page, so that the header still looks right. */
  memset (bytes + 4096, 0xa5, length - 4096);
  cr_assert (g_file_set_contents (path, bytes, (gssize)length, NULL));

  store = vqa_store_open (path, &notice, NULL);
  cr_assert (store);
  cr_assert (notice);
  vqa_store_close (store);
}

Test (store, a_newer_file_is_refused_and_untouched)
{
  g_autofree char *before = NULL, *after = NULL;
  g_autoptr (GError) error = NULL;
  gsize n_before, n_after;

  vqa_store_close (open_or_fail ());
  meddle ("PRAGMA user_version = 99");
  cr_assert (g_file_get_contents (path, &before, &n_before, NULL));
  cr_assert_null (vqa_store_open (path, NULL, &error));
  cr_assert (g_error_matches (error, VQA_STORE_ERROR, VQA_STORE_ERROR_NEWER));
  cr_assert (strstr (error->message, path) && strstr (error->message, "99"), "%s", error->message);
  cr_assert (g_file_get_contents (path, &after, &n_after, NULL));
  cr_assert (n_before == n_after && memcmp (before, after, n_before) == 0);
}

Test (store, another_programs_file_is_refused)
{
  g_autofree char *room = g_path_get_dirname (path);
  g_autoptr (GError) error = NULL;

  g_mkdir_with_parents (room, 0700);
  meddle ("CREATE TABLE recipes (cake TEXT)");
  cr_assert_null (vqa_store_open (path, NULL, &error));
  cr_assert (g_error_matches (error, VQA_STORE_ERROR, VQA_STORE_ERROR_FOREIGN));
}

Test (store, a_folder_that_cannot_be_made_is_named)
{
  g_autofree char *room = g_path_get_dirname (path);
  g_autoptr (GError) error = NULL;

  cr_assert (g_file_set_contents (room, "in the way", -1, NULL));
  cr_assert_null (vqa_store_open (path, NULL, &error));
  cr_assert (g_error_matches (error, VQA_STORE_ERROR, VQA_STORE_ERROR_OPEN));
  cr_assert (strstr (error->message, room), "%s", error->message);
}

Test (store, a_folder_in_place_of_the_file_is_an_error)
{
  g_autoptr (GError) error = NULL;

  g_mkdir_with_parents (path, 0700);
  cr_assert_null (vqa_store_open (path, NULL, &error));
  cr_assert (g_error_matches (error, VQA_STORE_ERROR, VQA_STORE_ERROR_OPEN));
  cr_assert (g_file_test (path, G_FILE_TEST_IS_DIR), "it was not renamed");
}

Test (store, two_connections_see_each_other)
{
  g_autoptr (vqa_store) one = open_or_fail ();
  g_autoptr (vqa_store) two = open_or_fail ();
  g_autoptr (GPtrArray) list = NULL;

  add_question (one, add_picture (one, HASH_A, "x"), "what?", 1);
  list = vqa_store_pictures (two, 10, NULL);
  cr_assert_eq (list->len, 1);
}

Test (store, in_memory_works_too)
{
  g_autoptr (vqa_store) store = vqa_store_open (NULL, NULL, NULL);
  g_autoptr (GPtrArray) list = NULL;
  gint64 picture;

  cr_assert (store);
  picture = add_picture (store, HASH_A, "x");
  add_question (store, picture, "what?", 1);
  list = vqa_store_questions (store, picture, 10, NULL);
  cr_assert_eq (list->len, 1);
}

Test (store, newest_file_is_of_our_version_in_wal_mode)
{
  sqlite3 *db = NULL;
  sqlite3_stmt *s = NULL;

  vqa_store_close (open_or_fail ());
  cr_assert_eq (sqlite3_open (path, &db), SQLITE_OK);
  cr_assert_eq (sqlite3_prepare_v2 (db, "PRAGMA user_version", -1, &s, NULL), SQLITE_OK);
  cr_assert_eq (sqlite3_step (s), SQLITE_ROW);
  cr_assert_eq (sqlite3_column_int (s, 0), VQA_STORE_VERSION);
  sqlite3_finalize (s);
  cr_assert_eq (sqlite3_prepare_v2 (db, "PRAGMA journal_mode", -1, &s, NULL), SQLITE_OK);
  cr_assert_eq (sqlite3_step (s), SQLITE_ROW);
  cr_assert_str_eq ((const char *)sqlite3_column_text (s, 0), "wal");
  sqlite3_finalize (s);
  sqlite3_close (db);
}
