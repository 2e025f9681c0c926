/* Questions asked of folders: which pictures there are, their order, the library, exports. */
#include "tests/vqa/draw.h"
#include "tests/vqa/tiny.h"

#include "vqa/data/pictures.h"
#include "vqa/store/collections.h"
#include "vqa/store/store-private.h"

#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static char *folder, *path;

static void
setup (void)
{
  folder = draw_folder ();
  path = g_build_filename (folder, "library.db", NULL);
}

static void
teardown (void)
{
  draw_remove (folder);
  g_free (folder);
  g_free (path);
}

TestSuite (collections, .init = setup, .fini = teardown);

/* ---- the pictures of a folder ---------------------------------------------------------------- */

/* Their places below the folder, with | between. */
static char *
list (gboolean recursive, GPtrArray **unread)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GFile) top = g_file_new_for_path (folder);
  g_autoptr (GPtrArray) files = vqa_pictures_list (top, recursive, unread, NULL, &error);
  g_autoptr (GString) text = g_string_new (NULL);

  cr_assert (files, "%s", error ? error->message : "");
  for (guint i = 0; i < files->len; i++)
    {
      g_autofree char *place = g_file_get_relative_path (top, files->pdata[i]);
      g_string_append_printf (text, "%s%s", i ? "|" : "", place);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
add_file (const char *name)
{
  g_autofree char *parent = NULL, *at = g_build_filename (folder, name, NULL);

  parent = g_path_get_dirname (at);
  g_mkdir_with_parents (parent, 0700);
  cr_assert (g_file_set_contents (at, "x", 1, NULL));
}

Test (collections, pictures_are_listed_in_the_order_of_file_managers)
{
  g_autofree char *shallow = NULL, *deep = NULL;

  add_file ("b10.jpg");
  add_file ("b2.PNG");
  add_file ("a.jpg");
  add_file ("notes.txt");
  add_file (".hidden.jpg");
  add_file ("more/z.gif");
  add_file ("more/deeper/y.bmp");
  add_file (".away/x.jpg");
  shallow = list (FALSE, NULL);
  cr_assert_str_eq (shallow, "a.jpg|b2.PNG|b10.jpg");
  deep = list (TRUE, NULL);
  cr_assert_str_eq (deep, "a.jpg|b2.PNG|b10.jpg|more/z.gif|more/deeper/y.bmp");
}

/* Links to pictures are pictures; links to folders are not followed, or this would not end. */
Test (collections, links)
{
  g_autofree char *link = g_build_filename (folder, "in", "circle", NULL);
  g_autofree char *named = g_build_filename (folder, "link.jpg", NULL);
  g_autofree char *nowhere = g_build_filename (folder, "nowhere.jpg", NULL), *found = NULL;

  add_file ("in/a.jpg");
  cr_assert_eq (symlink ("..", link), 0);
  cr_assert_eq (symlink ("in/a.jpg", named), 0);
  cr_assert_eq (symlink ("in/gone.jpg", nowhere), 0);
  found = list (TRUE, NULL);
  cr_assert_str_eq (found, "link.jpg|in/a.jpg");
}

Test (collections, folders_that_cannot_be_read_are_told)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *shut = g_build_filename (folder, "shut", NULL), *found = NULL;
  g_autofree char *missing = g_build_filename (folder, "missing", NULL);
  g_autoptr (GFile) none = g_file_new_for_path (missing);
  g_autoptr (GPtrArray) unread = NULL;

  cr_assert_null (vqa_pictures_list (none, TRUE, NULL, NULL, &error));
  tiny_expect_error (error, VQA_ERROR, VQA_ERROR_DATA, "missing", "cannot be read", NULL);
  add_file ("a.jpg");
  add_file ("shut/b.jpg");
  cr_assert_eq (g_chmod (shut, 0), 0);
  found = list (TRUE, &unread);
  /* Root reads everything. */
  if (geteuid () == 0)
    cr_assert_str_eq (found, "a.jpg|shut/b.jpg");
  else
    {
      cr_assert_str_eq (found, "a.jpg");
      cr_assert_eq (unread->len, 1);
      cr_assert_not_null (strstr (unread->pdata[0], "shut"));
    }
  cr_assert_eq (g_chmod (shut, 0700), 0);
}

/* ---- asking ---------------------------------------------------------------------------------- */

static vqa_model *
load (void)
{
  g_autofree char *file = g_build_filename (folder, "tiny.safetensors", NULL);
  g_autoptr (GError) error = NULL;
  vqa_model *m;

  tiny_model (file);
  m = vqa_model_load (file, &error);
  cr_assert (m, "%s", error ? error->message : "");
  vqa_model_hash (m);
  return m;
}

static GFile *
draw_colour (const char *name, guint8 red)
{
  g_autofree guint8 *pixels = draw_scene (40, 30);
  g_autofree char *at = NULL;
  g_autoptr (GBytes) png = NULL;

  for (int i = 0; i < 40 * 30; i++)
    pixels[3 * i] = red;
  png = draw_png (pixels, 40, 30, 3);
  at = draw_save (folder, name, png);
  return g_file_new_for_path (at);
}

/* What is measured is what asking the picture by itself gives. */
Test (collections, a_picture_is_asked)
{
  g_autoptr (vqa_model) m = load ();
  guint n = (guint)vqa_model_get_info (m)->n_answers;
  g_autoptr (GFile) file = draw_colour ("one.png", 200);
  g_autoptr (vqa_picture) picture
      = vqa_picture_load (g_file_peek_path (file), vqa_model_get_info (m)->side, 0, NULL);
  g_autoptr (vqa_reply) reply
      = vqa_model_ask (m, picture->square, NULL, "is there a dog?", n, NULL);
  const vqa_answer *last = &reply->answers[n - 1];
  g_autoptr (vqa_picture) shown = NULL;
  g_autoptr (vqa_collected) own = vqa_collect (m, file, "is there a dog?", NULL, 0, NULL);
  g_autoptr (vqa_collected) by = vqa_collect (m, file, "is there a dog?", last->answer, 20, &shown);

  cr_assert_null (own->error, "%s", own->error);
  cr_assert_str_eq (own->title, "one.png");
  cr_assert_str_eq (own->hash, picture->hash);
  cr_assert_str_eq (own->answer, reply->answers[0].answer);
  cr_assert_float_eq (own->measure, reply->answers[0].probability, 1e-6);
  cr_assert_str_eq (by->answer, reply->answers[0].answer);
  cr_assert_float_eq (by->measure, last->probability, 1e-6);
  cr_assert_float_eq (by->probability, reply->answers[0].probability, 1e-6);
  cr_assert_eq (shown->shown_width, 20);
}

Test (collections, a_damaged_file_is_a_result_too)
{
  g_autoptr (vqa_model) m = load ();
  g_autoptr (vqa_collected) p = NULL;
  g_autoptr (vqa_picture) shown = NULL;

  add_file ("broken.jpg");
  g_autofree char *at = g_build_filename (folder, "broken.jpg", NULL);
  g_autoptr (GFile) file = g_file_new_for_path (at);
  p = vqa_collect (m, file, "is there a dog?", "yes", 20, &shown);
  cr_assert_null (p->answer);
  cr_assert_null (p->hash);
  cr_assert_null (shown);
  cr_assert_not_null (strstr (p->error, "broken.jpg"));
}

/* ---- order, library, export ------------------------------------------------------------------ */

static const vqa_model_info model
    = { .name = "photos", .title = "Photographs", .path = "/m", .hash = "cafe" };

static void
add_result (vqa_collection *c, const char *title, const char *answer, double probability,
            double measure)
{
  vqa_collected *p = g_new0 (vqa_collected, 1);

  p->place = g_strconcat ("/p/", title, NULL);
  p->title = g_strdup (title);
  p->probability = probability;
  p->measure = measure;
  p->confident = probability > 0.5;
  if (answer)
    {
      p->answer = g_strdup (answer);
      p->hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, title, -1);
    }
  else
    p->error = g_strdup ("it is | damaged");
  g_ptr_array_add (c->pictures, p);
}

static vqa_collection *
make (void)
{
  vqa_collection *c = vqa_collection_new ("/p", TRUE, "is there a \"cat\"?", "yes", &model);

  add_result (c, "broken.jpg", NULL, 0, 0);
  add_result (c, "p10.jpg", "yes", 0.75, 0.75);
  add_result (c, "no, not.jpg", "no", 0.875, 0.125);
  add_result (c, "p2.jpg", "yes", 0.75, 0.75);
  add_result (c, "best.jpg", "yes", 0.9375, 0.9375);
  vqa_collection_sort (c);
  return c;
}

static void
expect_titles (const vqa_collection *c, const char *wanted)
{
  g_autoptr (GString) titles = g_string_new (NULL);

  for (guint i = 0; i < c->pictures->len; i++)
    g_string_append_printf (titles, "%s%s", i ? "|" : "",
                            ((vqa_collected *)c->pictures->pdata[i])->title);
  cr_assert_str_eq (titles->str, wanted);
}

#define ORDER "best.jpg|p2.jpg|p10.jpg|no, not.jpg|broken.jpg"

Test (collections, the_most_probable_comes_first)
{
  g_autoptr (vqa_collection) c = make ();

  expect_titles (c, ORDER);
  cr_assert_eq (c->n_pictures, 5);
  cr_assert_eq (c->n_by, 3);
}

static vqa_store *
open_store (void)
{
  g_autoptr (GError) error = NULL;
  vqa_store *store = vqa_store_open (path, NULL, &error);

  cr_assert (store, "%s", error ? error->message : "");
  return store;
}

Test (collections, what_was_kept_is_read)
{
  g_autoptr (vqa_collection) c = make (), read = NULL;
  g_autoptr (vqa_store) store = open_store ();
  g_autoptr (GPtrArray) all = NULL;
  g_autoptr (GError) error = NULL;
  const vqa_collection *head;
  const vqa_collected *p;

  cr_assert (vqa_store_keep_collection (store, c, &error) > 0, "%s", error ? error->message : "");
  vqa_store_close (g_steal_pointer (&store));
  store = open_store ();
  all = vqa_store_collections (store, NULL);
  cr_assert_eq (all->len, 1);
  head = all->pdata[0];
  cr_assert_eq (head->id, c->id);
  cr_assert_str_eq (head->question, c->question);
  cr_assert_str_eq (head->by, "yes");
  cr_assert_str_eq (head->model_name, "photos");
  cr_assert (head->deep);
  cr_assert_eq (head->asked, c->asked);
  cr_assert_eq (head->n_pictures, 5);
  cr_assert_eq (head->n_by, 3);
  read = vqa_store_collection (store, c->id, NULL);
  expect_titles (read, ORDER);
  p = read->pictures->pdata[3];
  cr_assert_str_eq (p->answer, "no");
  cr_assert_eq (p->measure, 0.125);
  cr_assert_eq (p->probability, 0.875);
  cr_assert (p->confident);
  p = read->pictures->pdata[4];
  cr_assert_str_eq (p->error, "it is | damaged");
  cr_assert_null (p->answer);
}

/* Put back after Undo it has its number again; kept twice it is there once. */
Test (collections, deleted_and_put_back)
{
  g_autoptr (vqa_collection) c = make (), other = make ();
  g_autoptr (vqa_store) store = open_store ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) all = NULL;
  gint64 id = vqa_store_keep_collection (store, c, NULL);

  cr_assert_gt (vqa_store_keep_collection (store, other, NULL), id);
  cr_assert (vqa_store_delete_collection (store, id, NULL));
  cr_assert_null (vqa_store_collection (store, id, &error));
  cr_assert_not_null (error);
  cr_assert_eq (vqa_store_keep_collection (store, c, NULL), id);
  cr_assert_eq (vqa_store_keep_collection (store, c, NULL), id);
  all = vqa_store_collections (store, NULL);
  cr_assert_eq (all->len, 2);
  cr_assert (vqa_store_clear (store, NULL));
  g_ptr_array_unref (g_steal_pointer (&all));
  all = vqa_store_collections (store, NULL);
  cr_assert_eq (all->len, 0);
}

/* A picture that was moved and opened since is found in its new place. */
Test (collections, moved_pictures_are_found_again)
{
  g_autoptr (vqa_collection) c = make (), read = NULL;
  g_autoptr (vqa_store) store = open_store ();
  const vqa_collected *best = c->pictures->pdata[0];

  vqa_store_keep_collection (store, c, NULL);
  cr_assert_gt (
      vqa_store_add_picture (store, best->hash, "/new/best.jpg", "best", 1, 1, NULL, NULL), 0);
  read = vqa_store_collection (store, c->id, NULL);
  cr_assert_str_eq (((vqa_collected *)read->pictures->pdata[0])->place, "/new/best.jpg");
  cr_assert_str_eq (((vqa_collected *)read->pictures->pdata[1])->place, "/p/p2.jpg");
}

/* The tables as the versions before made them: what was released is never edited. */
Test (collections, libraries_of_earlier_versions_are_brought_up_to_date)
{
  for (int version = 1; version < VQA_STORE_VERSION; version++)
    {
      g_autoptr (vqa_collection) c = make ();
      g_autofree char *mark = g_strdup_printf ("PRAGMA application_id = 1382511204;"
                                               "PRAGMA user_version = %d;",
                                               version);
      g_autoptr (vqa_store) store = NULL;
      g_autoptr (GPtrArray) pictures = NULL, all = NULL;
      sqlite3 *db = NULL;

      cr_assert_eq (sqlite3_open (path, &db), SQLITE_OK);
      for (int i = 0; i < version; i++)
        cr_assert_eq (sqlite3_exec (db, vqa_store_migrations[i], NULL, NULL, NULL), SQLITE_OK);
      cr_assert_eq (sqlite3_exec (db,
                                  "INSERT INTO pictures (hash, place, title, width, height, opened)"
                                  " VALUES ('aa', '/cat.jpg', 'cat', 4, 5, 99)",
                                  NULL, NULL, NULL),
                    SQLITE_OK);
      cr_assert_eq (sqlite3_exec (db, mark, NULL, NULL, NULL), SQLITE_OK);
      sqlite3_close (db);
      store = open_store ();
      pictures = vqa_store_pictures (store, 10, NULL);
      cr_assert_eq (pictures->len, 1, "version %d", version);
      cr_assert_gt (vqa_store_keep_collection (store, c, NULL), 0);
      all = vqa_store_collections (store, NULL);
      cr_assert_eq (all->len, 1);
      vqa_store_close (g_steal_pointer (&store));
      cr_assert_eq (g_remove (path), 0);
    }
}

static char *
export_as (const vqa_collection *c, vqa_export_format format)
{
  g_autoptr (GBytes) bytes = vqa_collection_export (c, format);

  return g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
}

Test (collections, exported)
{
  g_autoptr (vqa_collection) c = make (), plain = NULL;
  g_autofree char *csv = export_as (c, VQA_EXPORT_CSV), *json = export_as (c, VQA_EXPORT_JSON);
  g_autofree char *text = export_as (c, VQA_EXPORT_MARKDOWN), *own = NULL;
  g_auto (GStrv) lines = g_strsplit (csv, "\r\n", -1);

  cr_assert_eq (g_strv_length (lines), 7, "a head, five pictures, and an end of line at the end");
  cr_assert (g_str_has_prefix (
      lines[1], "best.jpg,/p/best.jpg,yes,0.9375,yes,0.9375,true,,\"is there a \"\"cat\"\"?\","));
  cr_assert (
      g_str_has_prefix (lines[4], "\"no, not.jpg\",\"/p/no, not.jpg\",no,0.875,yes,0.125,true,,"));
  cr_assert (g_str_has_prefix (lines[5], "broken.jpg,/p/broken.jpg,,,yes,,,it is | damaged,"));
  tiny_expect_part (json, "{\"folder\":\"/p\",\"recursive\":true,");
  tiny_expect_part (json, "\"question\":\"is there a \\\"cat\\\"?\",\"by\":\"yes\"");
  tiny_expect_part (json, "{\"picture\":\"no, not.jpg\",\"place\":\"/p/no, not.jpg\","
                          "\"answer\":\"no\",\"probability\":0.875,\"by_probability\":0.125,");
  tiny_expect_part (json, "\"error\":\"it is | damaged\"}");
  tiny_expect_part (text, "| best\\.jpg | yes | 93.8 % | 93.8 % |\n");
  tiny_expect_part (text, "| broken\\.jpg | it is \\| damaged | | |\n");
  plain = vqa_collection_new ("/p", FALSE, "what?", NULL, &model);
  add_result (plain, "a.jpg", "cat", 0.25, 0.25);
  own = export_as (plain, VQA_EXPORT_MARKDOWN);
  tiny_expect_part (own, "| Picture | Answer | Probability |\n|---|---|---:|\n"
                         "| a\\.jpg | cat (not sure) | 25.0 % |\n");
}
