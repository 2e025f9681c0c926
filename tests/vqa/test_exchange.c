/* Exporting and importing a history: nothing is lost, nothing comes twice, nothing bad comes in. */
#include "tests/vqa/draw.h"
#include "tests/vqa/past.h"

#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#define NASTY "a \"quoted\", line\r\nbroken; =1+1 \\ \xf0\x9f\x90\xb6 | *bold*"

static char *folder;
static vqa_store *store;

static void
set_up (void)
{
  folder = draw_folder ();
  store = vqa_store_open (NULL, NULL, NULL);
  cr_assert (store);
}

static void
tear_down (void)
{
  vqa_store_close (store);
  draw_remove (folder);
  g_free (folder);
}

TestSuite (exchange, .init = set_up, .fini = tear_down);

static void
fill (void)
{
  g_autofree guint8 *scene = draw_scene (40, 30), *hash = (guint8 *)past_hash ('c');
  g_autoptr (GBytes) jpeg = draw_jpeg (scene, 40, 30, 3, 85);
  gint64 cat = past_picture (store, 'a', NASTY), id;
  gint64 seen
      = vqa_store_add_picture (store, (const char *)hash, "/x/c.jpg", "c.jpg", 40, 30, jpeg, NULL);

  past_picture (store, 'b', "never asked.jpg");
  past_ask (store, cat, "photos", NASTY, "yes|" NASTY);
  id = past_ask (store, cat, "scenes", "plain?", "no");
  cr_assert (vqa_store_correct (store, vqa_store_moment (store, id, NULL), "a, \"new\" one", NULL));
  id = past_ask (store, seen, "photos", "last?", "1|2|3");
  cr_assert (
      vqa_store_pin (store, (gint64[]){ vqa_store_moment (store, id, NULL) }, 1, TRUE, NULL));
}

static vqa_imported
import (vqa_store *into, const char *text)
{
  g_autoptr (GError) error = NULL;
  vqa_imported n;

  cr_assert (vqa_store_import (into, "history.json", text, strlen (text), &n, &error), "%s",
             error ? error->message : "");
  return n;
}

Test (exchange, imported_into_an_empty_library_it_is_the_same)
{
  g_autoptr (vqa_store) other = vqa_store_open (NULL, NULL, NULL);
  g_autofree char *first = NULL, *second = NULL, *found = NULL;
  vqa_imported n;

  fill ();
  first = past_export (store, VQA_EXPORT_JSON);
  n = import (other, first);
  cr_assert_eq (n.questions, 3);
  cr_assert_eq (n.pictures, 3);
  cr_assert_eq (n.known, 0);
  second = past_export (other, VQA_EXPORT_JSON);
  cr_assert_str_eq (first, second);
  found = past_search (other, "new");
  cr_assert_str_eq (found, "plain?", "the index of words knows it");

  n = import (other, first);
  cr_assert_eq (n.questions + n.pictures + n.corrections, 0, "twice adds nothing");
  cr_assert_eq (n.known, 3);
  g_free (second);
  second = past_export (other, VQA_EXPORT_JSON);
  cr_assert_str_eq (first, second);
}

/* A part goes with its question, and a correction to the question that it is of. */
Test (exchange, parts_of_pictures)
{
  g_autoptr (vqa_store) other = vqa_store_open (NULL, NULL, NULL);
  g_autofree char *first = NULL, *second = NULL, *csv = NULL, *text = NULL, *bad = NULL;
  g_autoptr (GError) error = NULL;
  gint64 here = past_picture (store, 'a', "x.jpg"), id;
  char *at;
  vqa_imported n;

  past_ask (store, here, "photos", "what?", "sofa");
  id = past_ask_part (store, here, "photos", "what?", "1,2,30,40", "cat");
  first = past_export (store, VQA_EXPORT_JSON);
  n = import (other, first);
  cr_assert_eq (n.questions, 2);
  second = past_export (other, VQA_EXPORT_JSON);
  cr_assert_str_eq (first, second);
  csv = past_export (store, VQA_EXPORT_CSV);
  cr_assert (strstr (csv, "what?,\"1,2,30,40\",cat,"));
  cr_assert (strstr (csv, "what?,,sofa,"));
  text = past_export (store, VQA_EXPORT_MARKDOWN);
  cr_assert (strstr (text, "(of the part 1,2,30,40)"));

  cr_assert (vqa_store_correct (store, vqa_store_moment (store, id, NULL), "tabby", NULL));
  g_free (first);
  first = past_export (store, VQA_EXPORT_JSON);
  n = import (other, first);
  cr_assert_eq (n.corrections, 1);
  g_free (second);
  second = past_export (other, VQA_EXPORT_JSON);
  at = strstr (second, "\"tabby\"");
  cr_assert (at && !strstr (at + 1, "\"tabby\""));

  bad = g_strdup (first);
  at = strstr (bad, "1,2,30,40");
  memcpy (at, "1,2,30,-4", 9);
  cr_assert_not (vqa_store_import (other, "h.json", bad, strlen (bad), &n, &error));
  cr_assert (strstr (error->message, "questions[0].part") && strstr (error->message, "empty"), "%s",
             error->message);
}

Test (exchange, import_brings_a_correction_but_does_not_replace_one)
{
  g_autoptr (vqa_store) other = vqa_store_open (NULL, NULL, NULL);
  gint64 here = past_picture (store, 'a', "x.jpg"), there = past_picture (other, 'a', "x.jpg");
  gint64 a = past_ask (store, here, "photos", "one?", "no");
  gint64 b = past_ask (store, here, "photos", "two?", "no");
  gint64 c = past_ask (other, there, "photos", "two?", "no");
  g_autofree char *text = NULL, *after = NULL;
  vqa_imported n;

  past_ask (other, there, "photos", "one?", "no");
  cr_assert (vqa_store_correct (store, vqa_store_moment (store, a, NULL), "first", NULL));
  cr_assert (vqa_store_correct (store, vqa_store_moment (store, b, NULL), "theirs", NULL));
  cr_assert (vqa_store_correct (other, vqa_store_moment (other, c, NULL), "mine", NULL));
  text = past_export (store, VQA_EXPORT_JSON);
  n = import (other, text);
  cr_assert_eq (n.corrections, 1);
  after = past_export (other, VQA_EXPORT_JSON);
  cr_assert (strstr (after, "\"first\"") && strstr (after, "\"mine\""));
  cr_assert_not (strstr (after, "\"theirs\""));
}

Test (exchange, a_moment_that_is_taken_becomes_the_next)
{
  g_autoptr (vqa_store) other = vqa_store_open (NULL, NULL, NULL);
  g_autofree char *text = NULL, *found = NULL;
  g_autoptr (GString) again = NULL;

  past_ask (store, past_picture (store, 'a', "x.jpg"), "photos", "one?", "no");
  text = past_export (store, VQA_EXPORT_JSON);
  import (other, text);
  again = g_string_new (text);
  g_string_replace (again, "one?", "two?", 0);
  import (other, again->str);
  found = past_find (other, &(vqa_filter){ 0 });
  cr_assert_str_eq (found, "two?|one?");
}

Test (exchange, a_selection_brings_only_what_it_needs)
{
  g_autoptr (GOutputStream) stream = g_memory_output_stream_new_resizable ();
  g_autofree char *text = NULL;
  gint64 moment;

  fill ();
  moment = vqa_store_moment (store, 2, NULL);
  cr_assert (vqa_store_export (store, &moment, 1, VQA_EXPORT_JSON, stream, NULL, NULL));
  cr_assert (g_output_stream_write_all (stream, "", 1, NULL, NULL, NULL));
  g_output_stream_close (stream, NULL, NULL);
  text = g_memory_output_stream_steal_data (G_MEMORY_OUTPUT_STREAM (stream));
  cr_assert (strstr (text, "plain?"));
  cr_assert_not (strstr (text, "last?") || strstr (text, "never asked"));
}

Test (exchange, a_file_is_written_whole_or_not_at_all)
{
  g_autofree char *path = g_build_filename (folder, "history.json", NULL), *text = NULL;
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) left = NULL;
  struct rlimit few = { 700, 700 };

  fill ();
  cr_assert (vqa_store_export_file (store, NULL, 0, VQA_EXPORT_CSV, file, &error));
  cr_assert (g_file_get_contents (path, &text, NULL, NULL));
  cr_assert (g_str_has_suffix (text, "\r\n"), "%s", text);

  /* A disk that is full, as it were. */
  signal (SIGXFSZ, SIG_IGN);
  cr_assert_eq (setrlimit (RLIMIT_FSIZE, &few), 0);
  for (int there = 1; there >= 0; there--)
    {
      g_autofree char *after = NULL;

      g_clear_error (&error);
      cr_assert_not (vqa_store_export_file (store, NULL, 0, VQA_EXPORT_JSON, file, &error));
      cr_assert (error);
      cr_assert_eq (g_file_get_contents (path, &after, NULL, NULL), there);
      if (there)
        cr_assert_str_eq (after, text);
      g_remove (path);
    }
  left = g_dir_open (folder, 0, NULL);
  cr_assert_null (g_dir_read_name (left));
}

/* Reads RFC 4180: rows of fields. */
static GPtrArray *
read_csv (const char *text)
{
  GPtrArray *rows = g_ptr_array_new_with_free_func ((GDestroyNotify)g_ptr_array_unref);

  while (*text)
    {
      GPtrArray *row = g_ptr_array_new_with_free_func (g_free);

      for (gboolean more = TRUE; more;)
        {
          GString *field = g_string_new (NULL);

          if (*text == '"')
            for (text++; *text != '"' || text[1] == '"'; text++)
              {
                cr_assert (*text, "a quoted field does not end");
                if (*text == '"')
                  text++;
                g_string_append_c (field, *text);
              }
          else
            for (; !strchr (",\r", *text); text++)
              {
                cr_assert (*text != '"' && *text != '\n' && *text, "a bare %d", *text);
                g_string_append_c (field, *text);
              }
          if (*text == '"')
            text++;
          g_ptr_array_add (row, g_string_free (field, FALSE));
          more = *text == ',';
          if (more)
            text++;
        }
      cr_assert (g_str_has_prefix (text, "\r\n"), "lines end with CRLF");
      text += 2;
      g_ptr_array_add (rows, row);
    }
  return rows;
}

static const char *
field (const GPtrArray *rows, guint row, const char *name)
{
  const GPtrArray *head = rows->pdata[0], *at = rows->pdata[row];

  for (guint i = 0; i < head->len; i++)
    if (strcmp (head->pdata[i], name) == 0)
      return at->pdata[i];
  cr_assert_fail ("no column %s", name);
  return NULL;
}

Test (exchange, csv_is_read_back_field_by_field)
{
  g_autofree char *text = NULL;
  g_autoptr (GPtrArray) rows = NULL;

  fill ();
  text = past_export (store, VQA_EXPORT_CSV);
  rows = read_csv (text);
  cr_assert_eq (rows->len, 4);
  for (guint i = 1; i < rows->len; i++)
    cr_assert_eq (((GPtrArray *)rows->pdata[i])->len, ((GPtrArray *)rows->pdata[0])->len);
  cr_assert_str_eq (field (rows, 1, "question"), "last?", "the pinned one comes first");
  cr_assert_str_eq (field (rows, 1, "pinned"), "true");
  cr_assert_str_eq (field (rows, 1, "other_answers"), "2 0.25; 3 0.125");
  cr_assert_str_eq (field (rows, 2, "correction"), "a, \"new\" one");
  cr_assert_str_eq (field (rows, 3, "question"), NASTY);
  cr_assert_str_eq (field (rows, 3, "picture"), NASTY);
  cr_assert_str_eq (field (rows, 3, "answer"), "yes");
  cr_assert_str_eq (field (rows, 3, "correction"), "");
}

Test (exchange, markdown_shows_text_as_it_is)
{
  g_autofree char *text = NULL;

  fill ();
  text = past_export (store, VQA_EXPORT_MARKDOWN);
  cr_assert (strstr (text, "## c\\.jpg"));
  cr_assert (strstr (text, "\\*bold\\*"), "%s", text);
  cr_assert (strstr (text, "Right answer: **a, \"new\" one**"));
  cr_assert (strstr (text, "1 50.0 %, 2 25.0 %, 3 12.5 %"));
}

Test (exchange, what_is_no_history_is_refused_with_its_place)
{
  static const struct
  {
    const char *from, *to, *says;
  } changes[] = {
    { "regard-history", "recipes", "format" },
    { "\"version\":1", "\"version\":2", "newer" },
    { "\"question\":\"plain?\"", "\"question\":\" \"", "questions[1].question" },
    { "\"question\":\"plain?\"", "\"question\":7", "questions[1].question" },
    { "\"hash\":\"aa", "\"hash\":\"xx", "pictures[2].hash" },
    { "\"picture\":\"aa", "\"picture\":\"dd", "questions[1].picture" },
    { "\"model\":\"scenes-hash\"", "\"model\":\"nobody\"", "questions[1].model" },
    { "\"pinned\":true", "\"pinned\":1", "questions[0].pinned" },
    { "\"probability\":0.5", "\"probability\":1.5", "questions[0].answers[0].probability" },
    { "\"probability\":0.5", "\"probability\":\"x\"", "questions[0].answers[0].probability" },
    { "\"width\":40", "\"width\":-1", "pictures[1]" },
    { "\"asked\":", "\"asked\":-", "asked" },
    { "\"questions\":[", "\"questions\":{\"a\":[", "" },
    { "\"unknown_words\":[\"borzoi\"]", "\"unknown_words\":[[]]", "unknown_words" },
    { "\"correction\":\"a,", "\"correction\":[\"a,", "" },
  };
  g_autofree char *good = NULL;
  g_autofree char *before = NULL;

  fill ();
  good = past_export (store, VQA_EXPORT_JSON);
  for (guint i = 0; i < G_N_ELEMENTS (changes); i++)
    {
      g_autoptr (vqa_store) other = vqa_store_open (NULL, NULL, NULL);
      g_autoptr (GString) bad = g_string_new (good);
      g_autoptr (GError) error = NULL;
      g_autoptr (GPtrArray) pictures = NULL;
      vqa_imported n;

      cr_assert_gt (g_string_replace (bad, changes[i].from, changes[i].to, 1), 0, "%s",
                    changes[i].from);
      cr_expect_not (vqa_store_import (other, "bad.json", bad->str, bad->len, &n, &error), "%s",
                     changes[i].to);
      if (!error)
        continue;
      cr_expect (g_error_matches (error, VQA_ERROR, VQA_ERROR_DATA), "%s", error->message);
      cr_expect (strstr (error->message, "bad.json") && strstr (error->message, changes[i].says),
                 "\"%s\" does not name %s", error->message, changes[i].says);
      pictures = vqa_store_pictures (other, 10, NULL);
      cr_expect_eq (pictures->len, 0, "all or nothing");
    }
}

Test (exchange, a_thumbnail_that_is_no_picture_stays_out)
{
  g_autoptr (vqa_store) other = vqa_store_open (NULL, NULL, NULL);
  g_autoptr (GString) text = NULL;
  g_autofree char *good = NULL, *after = NULL;
  char *at;

  fill ();
  good = past_export (store, VQA_EXPORT_JSON);
  text = g_string_new (good);
  at = strstr (text->str, "\"thumbnail\":\"");
  cr_assert (at);
  memcpy (at + strlen ("\"thumbnail\":\""), "AAAAAAAAAAAA", 12);
  import (other, text->str);
  after = past_export (other, VQA_EXPORT_JSON);
  cr_assert (strstr (good, "\"thumbnail\":\"") && !strstr (after, "\"thumbnail\":\""));
}

Test (exchange, every_cut_of_a_file_is_an_error)
{
  g_autofree char *good = NULL;

  past_ask (store, past_picture (store, 'a', "x"), "photos", "one?", "no");
  good = past_export (store, VQA_EXPORT_JSON);
  for (gsize n = 0; n + 2 < strlen (good); n++)
    {
      g_autoptr (GError) error = NULL;
      vqa_imported counts;

      cr_assert_not (vqa_store_import (store, "cut.json", good, n, &counts, &error));
      cr_assert (error);
    }
}

/* ---- lessons ------------------------------------------------------------------------------ */

Test (exchange, corrections_become_a_data_set_that_can_be_read)
{
  g_autofree guint8 *scene = draw_scene (40, 30);
  g_autoptr (GBytes) jpeg = draw_jpeg (scene, 40, 30, 3, 85);
  g_autofree char *photo = draw_save (folder, "photo.jpg", jpeg), *hash = NULL;
  g_autofree char *out = g_build_filename (folder, "lessons", NULL);
  g_autoptr (GArray) moments = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (vqa_set) set = NULL;
  const vqa_question *q;
  gint64 here, gone, ids[5];
  vqa_lessons n;

  hash = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, jpeg);
  here = vqa_store_add_picture (store, hash, photo, "photo.jpg", 40, 30, NULL, NULL);
  gone = past_picture (store, 'a', "gone.jpg");
  ids[0] = past_ask (store, here, "photos", "what \"is\" it?", "lynx");
  ids[1] = past_ask (store, here, "photos", "is it big?", "yes");
  ids[2] = past_ask (store, here, "photos", "is it right?", "yes");
  ids[3] = past_ask (store, gone, "photos", "where is it?", "there");
  ids[4] = past_ask_part (store, here, "photos", "is it big?", "1,2,30,20", "yes");
  cr_assert (vqa_store_correct (store, vqa_store_moment (store, ids[0], NULL), "a \"disc\"", NULL));
  cr_assert (vqa_store_correct (store, vqa_store_moment (store, ids[1], NULL), "no", NULL));
  cr_assert (vqa_store_correct (store, vqa_store_moment (store, ids[3], NULL), "here", NULL));
  cr_assert (vqa_store_correct (store, vqa_store_moment (store, ids[4], NULL), "maybe", NULL));
  moments = vqa_store_find (store, &(vqa_filter){ 0 }, NULL);

  cr_assert (vqa_store_export_lessons (store, (const gint64 *)(const void *)moments->data,
                                       moments->len, out, &n, &error),
             "%s", error ? error->message : "");
  cr_assert_eq (n.questions, 2);
  cr_assert_eq (n.pictures, 1);
  cr_assert_eq (n.missing, 1);
  cr_assert_eq (n.parts, 1, "what is true of a part is not taught of the whole");
  set = vqa_set_open (out, &error);
  cr_assert (set, "%s", error ? error->message : "");
  cr_assert_eq (set->questions->len, 2);
  q = set->questions->pdata[1];
  cr_assert_str_eq (q->text, "what \"is\" it?");
  cr_assert_str_eq (q->answers[0], "a \"disc\"");
  cr_assert_str_eq (q->answer_type, "other");
  cr_assert_not (vqa_store_export_lessons (store, (const gint64 *)(const void *)moments->data,
                                           moments->len, out, &n, &error),
                 "a folder that is there is not written into");
}
