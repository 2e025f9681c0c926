/* The history: searching with any text, filters, corrections, undo, older libraries. */
#include "tests/vqa/draw.h"
#include "tests/vqa/past.h"

#include "vqa/store/store-private.h"

#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

static char *folder, *path;
static vqa_store *store;
static gint64 cat, dog; /* pictures */

static void
open_store (void)
{
  g_autoptr (GError) error = NULL;

  store = vqa_store_open (path, NULL, &error);
  cr_assert (store, "%s", error ? error->message : "");
}

static void
set_up (void)
{
  folder = draw_folder ();
  path = g_build_filename (folder, "regard", "library.db", NULL);
  open_store ();
  cat = past_picture (store, 'a', "cat.jpg");
  dog = past_picture (store, 'b', "dog.jpg");
}

static void
tear_down (void)
{
  g_clear_pointer (&store, vqa_store_close);
  draw_remove (folder);
  g_free (folder);
  g_free (path);
}

TestSuite (history, .init = set_up, .fini = tear_down);

static void
expect_find (const vqa_filter *filter, const char *texts)
{
  g_autofree char *found = past_find (store, filter);

  cr_expect_str_eq (found, texts, "found \"%s\", not \"%s\"", found, texts);
}

static void
expect_search (const char *words, const char *texts)
{
  g_autofree char *found = past_search (store, words);

  cr_expect_str_eq (found, texts, "\"%s\" finds \"%s\", not \"%s\"", words, found, texts);
}

/* Runs SQL on the file, or reads the first value of its first row as text. */
static char *
sql (const char *text)
{
  sqlite3 *db = NULL;
  sqlite3_stmt *s = NULL;
  char *value = NULL;

  cr_assert_eq (sqlite3_open (path, &db), SQLITE_OK);
  sqlite3_busy_timeout (db, 5000);
  for (const char *at = text; *at;)
    {
      cr_assert_eq (sqlite3_prepare_v2 (db, at, -1, &s, &at), SQLITE_OK, "%s", sqlite3_errmsg (db));
      while (sqlite3_step (s) == SQLITE_ROW)
        if (!value)
          value = g_strdup ((const char *)sqlite3_column_text (s, 0));
      cr_assert_eq (sqlite3_finalize (s), SQLITE_OK, "%s", sqlite3_errmsg (db));
    }
  sqlite3_close (db);
  return value;
}

/* The index of words is what the rows say. */
static void
check_index (void)
{
  g_free (sql ("INSERT INTO found (found, rank) VALUES ('integrity-check', 1)"));
}

static gint64
moment_of (gint64 id)
{
  gint64 moment = vqa_store_moment (store, id, NULL);

  cr_assert_neq (moment, 0);
  return moment;
}

/* ---- finding ----------------------------------------------------------------------------- */

Test (history, search_finds_questions_and_answers)
{
  past_ask (store, cat, "photos", "what animal is this?", "tabby|lynx|fox|cat|puma");
  past_ask (store, dog, "photos", "what color is it?", "brown");
  expect_search ("animal", "what animal is this?");
  expect_search ("LYNX", "what animal is this?");
  expect_search ("wha", "what color is it?|what animal is this?");
  expect_search ("what brow", "what color is it?");
  expect_search ("animal brown", "");
  expect_search ("puma", "");
  expect_search ("nimal", "");
  check_index ();
}

Test (history, search_takes_any_text)
{
  static const char *const odd[] = {
    "\"",
    "\"\"",
    "*",
    "**",
    "a*",
    "(",
    ")",
    "-",
    "^x",
    "text:",
    "text : dog",
    "NOT",
    "AND",
    "OR",
    "NEAR(",
    "NEAR(a b, 2)",
    "a\"b",
    "'",
    "''; DROP TABLE questions; --",
    "\\",
    "%",
    "_",
    "{a b}",
    "+",
    "a + b",
    "\xff\xfe",
    "caf\xc3",
    "\xf0\x9f\x90\xb6",
    "\n\t",
    "\xe2\x80\x8b",
    "1.5",
    "@#$",
  };
  g_autofree char *longest = g_strnfill (100000, 'x'), *many = NULL;
  g_autoptr (GString) words = g_string_new (NULL);

  past_ask (store, dog, "photos", "say \"hello\", it's 5* NOT 4?", "yes");
  past_ask (store, dog, "photos", "is \xf0\x9f\x90\xb6 a d\xc3\xb6g?", "caf\xc3\xa9");
  for (guint i = 0; i < G_N_ELEMENTS (odd); i++)
    g_free (past_search (store, odd[i])); /* fails by itself when it is an error */
  for (int i = 0; i < 500; i++)
    g_string_append_printf (words, "w%d ", i);
  many = past_search (store, words->str);
  expect_search (longest, "");

  expect_search ("\"hello\"", "say \"hello\", it's 5* NOT 4?");
  expect_search ("it's NOT", "say \"hello\", it's 5* NOT 4?");
  expect_search ("5*", "say \"hello\", it's 5* NOT 4?");
  expect_search ("\xf0\x9f\x90\xb6", "is \xf0\x9f\x90\xb6 a d\xc3\xb6g?");
  expect_search ("dog", "is \xf0\x9f\x90\xb6 a d\xc3\xb6g?");
  expect_search ("cafe", "is \xf0\x9f\x90\xb6 a d\xc3\xb6g?");
  expect_search (" ?! ", "is \xf0\x9f\x90\xb6 a d\xc3\xb6g?|say \"hello\", it's 5* NOT 4?");
}

Test (history, filters_go_together)
{
  gint64 a = past_ask (store, cat, "photos", "is it a cat?", "yes");
  gint64 b = past_ask (store, cat, "scenes", "is it a cat?", "no");
  g_autofree char *hash = past_hash ('a');

  past_ask (store, dog, "photos", "is it a dog?", "yes");
  cr_assert (vqa_store_correct (store, moment_of (b), "yes", NULL));
  expect_find (&(vqa_filter){ 0 }, "is it a dog?|is it a cat?|is it a cat?");
  expect_find (&(vqa_filter){ .picture = hash }, "is it a cat?|is it a cat?");
  expect_find (&(vqa_filter){ .picture = "bbb" }, "is it a dog?");
  expect_find (&(vqa_filter){ .picture = "cc" }, "");
  expect_find (&(vqa_filter){ .model = "photos" }, "is it a dog?|is it a cat?");
  expect_find (&(vqa_filter){ .model = "scenes-hash" }, "is it a cat?");
  expect_find (&(vqa_filter){ .model = "nobody" }, "");
  expect_find (&(vqa_filter){ .corrected = VQA_CORRECTED_YES }, "is it a cat?");
  expect_find (&(vqa_filter){ .corrected = VQA_CORRECTED_NO }, "is it a dog?|is it a cat?");
  expect_find (
      &(vqa_filter){
          .words = "cat", .model = "photos", .picture = hash, .corrected = VQA_CORRECTED_NO },
      "is it a cat?");
  expect_find (&(vqa_filter){ .words = "dog", .picture = hash }, "");
  expect_find (&(vqa_filter){ .pinned = TRUE }, "");
  cr_assert (vqa_store_pin (store, (gint64[]){ moment_of (a) }, 1, TRUE, NULL));
  expect_find (&(vqa_filter){ .pinned = TRUE }, "is it a cat?");
}

Test (history, two_models_of_one_name_are_found_in_order)
{
  vqa_model_info other = {
    .name = (char *)"photos", .title = (char *)"", .path = (char *)"", .hash = (char *)"other"
  };
  vqa_reply empty = { 0 };

  past_ask (store, cat, "photos", "one", "yes");
  cr_assert_gt (
      vqa_store_add_question (store, cat, &other, "two", &(vqa_region){ 0 }, &empty, NULL), 0);
  past_ask (store, cat, "photos", "three", "yes");
  expect_find (&(vqa_filter){ .model = "photos" }, "three|two|one");
}

Test (history, pinned_ones_come_first)
{
  gint64 moments[2];

  moments[0] = moment_of (past_ask (store, cat, "photos", "one", "yes"));
  past_ask (store, cat, "photos", "two", "yes");
  moments[1] = moment_of (past_ask (store, cat, "photos", "three", "yes"));
  past_ask (store, cat, "photos", "four", "yes");
  cr_assert (vqa_store_pin (store, moments, 2, TRUE, NULL));
  expect_find (&(vqa_filter){ 0 }, "three|one|four|two");
  expect_search ("yes", "three|one|four|two");
  cr_assert (vqa_store_pin (store, moments, 1, FALSE, NULL));
  expect_find (&(vqa_filter){ 0 }, "three|four|two|one");
}

Test (history, asked_again_it_is_the_newest_and_keeps_pin_and_correction)
{
  gint64 id = past_ask (store, cat, "photos", "one", "lynx");
  g_autoptr (GPtrArray) list = NULL;
  const vqa_store_question *q;

  past_ask (store, cat, "photos", "two", "yes");
  cr_assert (vqa_store_correct (store, moment_of (id), "tabby", NULL));
  cr_assert_eq (past_ask (store, cat, "photos", "one", "puma"), id);
  expect_find (&(vqa_filter){ 0 }, "one|two");
  expect_search ("lynx", "");
  expect_search ("puma", "one");
  list = vqa_store_questions (store, cat, 10, NULL);
  q = list->pdata[0];
  cr_assert_str_eq (q->correction, "tabby");
  check_index ();
}

/* The same words about a part and about the whole picture are two questions. */
Test (history, a_part_has_its_own_questions)
{
  gint64 whole = past_ask (store, cat, "photos", "what?", "sofa");
  gint64 part = past_ask_part (store, cat, "photos", "what?", "1,2,30,40", "cat");
  g_autoptr (GPtrArray) list = NULL, taken = NULL;
  const vqa_store_question *q;
  gint64 moment;

  cr_assert_neq (whole, part);
  cr_assert_eq (past_ask_part (store, cat, "photos", "what?", "1,2,30,40", "tabby"), part);
  cr_assert_eq (past_ask (store, cat, "photos", "what?", "sofa"), whole);
  list = vqa_store_questions (store, cat, 10, NULL);
  cr_assert_eq (list->len, 2);
  q = list->pdata[0];
  cr_assert_eq (q->part.width, 0);
  q = list->pdata[1];
  cr_assert (vqa_region_equal (&q->part, &(vqa_region){ 1, 2, 30, 40 }));
  cr_assert_str_eq (q->reply->answers[0].answer, "tabby");
  check_index ();
  /* It comes back as it was. */
  moment = q->asked;
  taken = vqa_store_take (store, &moment, 1, NULL);
  cr_assert_eq (taken->len, 1);
  cr_assert (vqa_store_put_back (store, taken, NULL));
  g_ptr_array_unref (list);
  list = vqa_store_questions (store, cat, 10, NULL);
  q = list->pdata[1];
  cr_assert_eq (q->part.height, 40);
}

Test (history, models_and_their_questions)
{
  g_autoptr (GPtrArray) models = NULL;
  const vqa_store_model *m;

  past_ask (store, cat, "scenes", "one", "yes");
  past_ask (store, cat, "photos", "one", "yes");
  past_ask (store, dog, "photos", "one", "yes");
  models = vqa_store_models (store, NULL);
  cr_assert_eq (models->len, 2);
  m = models->pdata[0];
  cr_assert_str_eq (m->name, "photos");
  cr_assert_eq (m->n_questions, 2);
}

/* ---- correcting -------------------------------------------------------------------------- */

Test (history, a_correction_is_kept_found_and_taken_back)
{
  gint64 moment = moment_of (past_ask (store, cat, "photos", "what is it?", "lynx|fox"));
  g_autoptr (GPtrArray) list = NULL;
  const vqa_entry *e;

  cr_assert (vqa_store_correct (store, moment, "  norwegian forest cat ", NULL),
             "an answer that no model knows is allowed");
  expect_search ("forest", "what is it?");
  list = vqa_store_entries (store, &moment, 1, NULL);
  e = list->pdata[0];
  cr_assert_str_eq (e->question->correction, "norwegian forest cat");
  cr_assert_gt (e->question->corrected, 0);
  cr_assert_str_eq (e->question->reply->answers[0].answer, "lynx", "the answer given stays");

  cr_assert (vqa_store_correct (store, moment, " ", NULL));
  expect_search ("forest", "");
  expect_find (&(vqa_filter){ .corrected = VQA_CORRECTED_YES }, "");
  check_index ();
}

Test (history, what_cannot_be_a_correction)
{
  gint64 moment = moment_of (past_ask (store, cat, "photos", "what is it?", "lynx"));
  g_autofree char *longest = g_strnfill (201, 'x');
  g_autoptr (GError) error = NULL;

  cr_assert_not (vqa_store_correct (store, moment, longest, &error));
  cr_assert (g_error_matches (error, VQA_ERROR, VQA_ERROR_QUESTION));
  g_clear_error (&error);
  cr_assert_not (vqa_store_correct (store, moment, "\xff", &error));
  g_clear_error (&error);
  cr_assert_not (vqa_store_correct (store, moment + 1, "cat", &error));
  cr_assert (g_error_matches (error, VQA_STORE_ERROR, VQA_STORE_ERROR_FAILED));
}

/* ---- deleting ---------------------------------------------------------------------------- */

Test (history, what_was_deleted_can_be_put_back_as_it_was)
{
  gint64 moments[2];
  g_autofree char *before = NULL, *after = NULL;
  g_autoptr (GPtrArray) taken = NULL;

  moments[0] = moment_of (past_ask (store, cat, "photos", "one", "yes|no"));
  past_ask (store, dog, "photos", "two", "yes");
  moments[1] = moment_of (past_ask (store, cat, "scenes", "three", "red"));
  cr_assert (vqa_store_correct (store, moments[0], "maybe", NULL));
  cr_assert (vqa_store_pin (store, moments + 1, 1, TRUE, NULL));
  before = past_export (store, VQA_EXPORT_JSON);

  taken = vqa_store_take (store, moments, 2, NULL);
  cr_assert_eq (taken->len, 2);
  expect_find (&(vqa_filter){ 0 }, "two");
  expect_search ("maybe", "");
  check_index ();
  cr_assert (vqa_store_put_back (store, taken, NULL));
  after = past_export (store, VQA_EXPORT_JSON);
  cr_assert_str_eq (before, after);
  cr_assert (vqa_store_put_back (store, taken, NULL), "twice does nothing");
  expect_find (&(vqa_filter){ 0 }, "three|two|one");
  check_index ();
}

Test (history, a_number_taken_meanwhile_is_not_taken_twice)
{
  gint64 first = past_ask (store, cat, "photos", "one", "yes"), second;
  gint64 moment = moment_of (first);
  g_autoptr (GPtrArray) taken = vqa_store_take (store, &moment, 1, NULL);

  second = past_ask (store, cat, "photos", "two", "no");
  cr_assert_eq (first, second, "SQLite uses the number again");
  cr_assert (vqa_store_put_back (store, taken, NULL));
  expect_find (&(vqa_filter){ 0 }, "two|one");
}

Test (history, clearing_leaves_no_trace)
{
  g_autofree char *kept = g_build_filename (folder, "regard", "pictures", NULL), *png = NULL;
  g_autofree char *name = past_hash ('a'), *file = g_strconcat (name, ".png", NULL);
  g_autofree char *n = NULL, *trace = NULL, *other = NULL;
  const char *const files[] = { "", "-wal" };

  past_ask (store, cat, "photos", "where is the zanzibar?", "timbuktu");
  cr_assert (vqa_store_correct (
      store, moment_of (past_ask (store, cat, "photos", "xylophone?", "no")), "ouagadougou", NULL));
  cr_assert_eq (g_mkdir_with_parents (kept, 0700), 0);
  png = draw_file (kept, file, "pasted", 6);
  other = draw_file (kept, "mine.png", "not ours", 8);
  cr_assert (vqa_store_clear (store, NULL));
  cr_assert_not (g_file_test (png, G_FILE_TEST_EXISTS));
  cr_assert (g_file_test (other, G_FILE_TEST_EXISTS));
  n = sql ("SELECT (SELECT count (*) FROM questions) + (SELECT count (*) FROM pictures)"
           " + (SELECT count (*) FROM answers) + (SELECT count (*) FROM models)");
  cr_assert_str_eq (n, "0");
  expect_search ("zanz", "");
  vqa_store_close (g_steal_pointer (&store));
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *at = g_strconcat (path, files[i], NULL), *bytes = NULL;
      gsize length = 0;

      g_file_get_contents (at, &bytes, &length, NULL);
      for (gsize b = 0; b + 8 < length; b++)
        cr_assert (memcmp (bytes + b, "zanzibar", 8) && memcmp (bytes + b, "timbuktu", 8)
                       && memcmp (bytes + b, "ouagadou", 8),
                   "a trace in %s", at);
    }
  open_store ();
  cat = past_picture (store, 'a', "cat.jpg");
  past_ask (store, cat, "photos", "still usable?", "yes");
  expect_search ("usable", "still usable?");
}

/* The commonest first, of equally common ones the last; letters' case does not matter. */
Test (history, common_questions)
{
  g_auto (GStrv) all = NULL, few = NULL;

  past_ask (store, cat, "photos", "what?", "yes");
  past_ask (store, cat, "photos", "Is it red?", "yes");
  past_ask (store, dog, "photos", "is it RED?", "yes");
  past_ask (store, dog, "photos", "where?", "yes");
  all = vqa_store_common_questions (store, 10, NULL);
  cr_assert_eq (g_strv_length (all), 3);
  cr_assert_eq (g_ascii_strcasecmp (all[0], "is it red?"), 0);
  cr_assert_str_eq (all[1], "where?");
  cr_assert_str_eq (all[2], "what?");
  few = vqa_store_common_questions (store, 1, NULL);
  cr_assert_eq (g_strv_length (few), 1);
}

/* ---- older libraries --------------------------------------------------------------------- */

/* As version 1 made them. */
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
      "INSERT INTO models VALUES (1, 'cafe', 'photos', 'Photographs', '/m');"
      "INSERT INTO pictures VALUES (3, 'aa', '/cat.jpg', 'cat', 4, 5, x'00ff', 99);"
      /* Three of the same moment and one of the next, which must become four. */
      "INSERT INTO questions VALUES (1, 3, 1, 'first?', 1000, 1, 5, ''),"
      " (2, 3, 1, 'second?', 1000, 1, 5, 'borzoi'), (3, 3, 1, 'third?', 1000, 0, 5, ''),"
      " (4, 3, 1, 'fourth?', 1001, 1, 5, ''), (5, 3, 1, 'zeroth?', 7, 1, 5, '');"
      "INSERT INTO answers VALUES (2, 0, 0, 'lynx', 0.02), (2, 0, 1, 'fox', 0.01),"
      " (3, 0, 0, 'cat', 0.5), (3, 0, 1, 'puma', 0.06), (3, 1, 0, 'yes', 0.9);"
      "PRAGMA application_id = 1382511204; PRAGMA user_version = 1; PRAGMA journal_mode = WAL;";

/* What version 2 added. */
static const char version_2[]
    = "CREATE TABLE runs (id INTEGER PRIMARY KEY AUTOINCREMENT, folder TEXT NOT NULL UNIQUE, kind"
      " TEXT NOT NULL, name TEXT NOT NULL, place TEXT NOT NULL, recipe TEXT NOT NULL, recipe_path"
      " TEXT NOT NULL, recipe_hash TEXT NOT NULL, data_root TEXT, data_hash TEXT, output TEXT NOT"
      " NULL, model_hash TEXT, state INTEGER NOT NULL, stage TEXT, step INTEGER NOT NULL DEFAULT"
      " 0, steps INTEGER NOT NULL DEFAULT 0, loss REAL, speed REAL, seconds_left REAL, error TEXT,"
      " pid INTEGER NOT NULL, process TEXT, started INTEGER NOT NULL, finished INTEGER NOT NULL"
      " DEFAULT 0);"
      "CREATE TABLE metrics (run INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE, name"
      " TEXT NOT NULL, step INTEGER NOT NULL, value REAL NOT NULL, PRIMARY KEY (run, name, step))"
      " WITHOUT ROWID;"
      "INSERT INTO runs (folder, kind, name, place, recipe, recipe_path, recipe_hash, output, state,"
      " pid, started) VALUES ('/r', 'answer', 'tiny', '/', '', '', '', '', 3, 1, 1);"
      "PRAGMA user_version = 2;";

static void
check_upgrade (const char *later, const char *runs)
{
  g_autoptr (GPtrArray) list = NULL;
  g_autofree char *old = g_strconcat (version_1, later, NULL), *version = NULL, *n = NULL;
  const vqa_store_question *q;

  vqa_store_close (g_steal_pointer (&store));
  cr_assert_eq (g_remove (path), 0);
  g_free (sql (old));
  open_store ();
  version = sql ("PRAGMA user_version");
  cr_assert_eq (atoi (version), VQA_STORE_VERSION);
  n = sql ("SELECT count (*) FROM runs");
  cr_assert_str_eq (n, runs);
  expect_find (&(vqa_filter){ 0 }, "fourth?|third?|second?|first?|zeroth?");
  expect_search ("lynx", "second?");
  expect_search ("fox", "");
  expect_search ("puma", "third?");
  check_index ();
  list = vqa_store_questions (store, 3, 10, NULL);
  q = list->pdata[1];
  cr_assert_str_eq (q->text, "third?");
  cr_assert_eq (q->reply->n_answers, 2);
  cr_assert_not (q->reply->confident);
  cr_assert_null (q->correction);
  q = list->pdata[4];
  cr_assert_eq (q->asked, 7, "a moment that was free stays");
  past_ask (store, 3, "photos", "new?", "zebra");
  expect_search ("zeb", "new?");
  check_index ();
}

Test (history, a_library_of_version_1_is_brought_up_to_date)
{
  check_upgrade ("", "0");
}

Test (history, a_library_of_version_2_is_brought_up_to_date)
{
  check_upgrade (version_2, "1");
}

/* From a version that has the index of words on. */
static void
check_upgrade_from (int version)
{
  g_autoptr (GString) later = g_string_new (NULL);

  for (int i = 1; i < version; i++)
    g_string_append (later, vqa_store_migrations[i]);
  g_string_append_printf (later,
                          "UPDATE questions SET correction = 'tabby', corrected = 5"
                          " WHERE text = 'second?'; PRAGMA user_version = %d;",
                          version);
  check_upgrade (later->str, "0");
  expect_search ("tabby", "second?");
}

Test (history, a_library_of_version_3_is_brought_up_to_date)
{
  check_upgrade_from (3);
}

Test (history, a_library_of_version_4_is_brought_up_to_date)
{
  check_upgrade_from (4);
}

Test (history, an_empty_old_library_too)
{
  g_autofree char *old = g_strconcat (version_1, "DELETE FROM questions;", NULL);

  vqa_store_close (g_steal_pointer (&store));
  cr_assert_eq (g_remove (path), 0);
  g_free (sql (old));
  open_store ();
  expect_find (&(vqa_filter){ 0 }, "");
}
