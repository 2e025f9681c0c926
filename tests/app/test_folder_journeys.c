/* A person asks a whole folder, in the real program. */
#include "tests/app/rig.h"

#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <string.h>

static char *album;

/* Six pictures and two files that are none. */
static void
setup (void)
{
  static const char *const names[]
      = { "astronaut.jpg", "cat.jpg", "coffee.jpg", "dahlia.jpg", "palace.jpg", "rocket.jpg" };
  g_autofree char *broken = NULL, *notes = NULL;

  rig_open_screen ();
  rig_open_bus ();
  album = g_build_filename (rig_folder (), "album", NULL);
  cr_assert_eq (g_mkdir (album, 0700), 0);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *from = rig_sample (names[i]), *bytes = NULL;
      g_autofree char *to = g_build_filename (album, names[i], NULL);
      gsize length;

      cr_assert (g_file_get_contents (from, &bytes, &length, NULL));
      cr_assert (g_file_set_contents (to, bytes, (gssize)length, NULL));
    }
  broken = g_build_filename (album, "broken.png", NULL);
  notes = g_build_filename (album, "notes.txt", NULL);
  cr_assert (g_file_set_contents (broken, "no picture", -1, NULL));
  cr_assert (g_file_set_contents (notes, "no picture either", -1, NULL));
}

static void
teardown (void)
{
  g_free (album);
  rig_close ();
}

TestSuite (folder_journeys, .init = setup, .fini = teardown, .timeout = 300);

static void
press (const char *role, const char *name)
{
  g_autoptr (rig_node) node = rig_wait (role, name);

  rig_press (node);
}

static void
expect_query (const char *sql, const char *value)
{
  g_free (rig_wait_query (sql, value));
}

static void
ask (const char *question)
{
  g_autoptr (rig_node) entry = rig_wait ("text box", "A question for every picture");

  rig_set_text (entry, question);
  press ("button", "Ask Every Picture");
}

/* Where things with these names stand on the screen: the first above the second. */
static void
expect_order (const char *first, const char *second)
{
  g_autoptr (GPtrArray) all = rig_look ();
  guint a = G_MAXUINT, b = G_MAXUINT;

  for (guint i = 0; i < all->len; i++)
    {
      const rig_node *n = all->pdata[i];

      if (g_str_has_prefix (n->name, first))
        a = MIN (a, i);
      if (g_str_has_prefix (n->name, second))
        b = MIN (b, i);
    }
  cr_assert (a < b && b != G_MAXUINT, "%s does not stand before %s", first, second);
}

/* Asked, sorted, exported, opened; kept over a restart; deleted and brought back. */
Test (folder_journeys, ask_export_open_and_find_it_again)
{
  g_autofree char *csv = g_build_filename (rig_folder (), "cats.csv", NULL), *text = NULL;
  g_autoptr (rig_node) summary = NULL, best = NULL, bad = NULL, row = NULL, again = NULL;
  g_autoptr (rig_node) none = NULL, back = NULL, picture = NULL;
  g_auto (GStrv) lines = NULL;

  rig_start (album);
  rig_focus_window ("Ask a Folder");
  ask ("is there a cat?");
  summary = rig_wait ("label", "\u201cyes\u201d: 1 of 7 pictures");
  best = rig_wait (NULL, "cat.jpg: yes, ");
  bad = rig_wait (NULL, "broken.png: ");
  cr_assert_not_null (strstr (bad->name, "is not a picture"));
  expect_order ("cat.jpg: ", "rocket.jpg: ");
  expect_order ("rocket.jpg: ", "broken.png: ");
  expect_query ("SELECT count(*) FROM collected WHERE answer = 'yes'", "1");
  expect_query ("SELECT title FROM collected ORDER BY rank LIMIT 1", "cat.jpg");
  expect_query ("SELECT count(*) FROM questions", "0");
  rig_activate ("export-collection-to", csv);
  rig_wait_file (csv);
  cr_assert (g_file_get_contents (csv, &text, NULL, NULL));
  lines = g_strsplit (text, "\r\n", -1);
  cr_assert_eq (g_strv_length (lines), 9, "a head, seven pictures, and the end");
  cr_assert (g_str_has_prefix (lines[1], "cat.jpg,"));
  cr_assert (g_str_has_prefix (lines[7], "broken.png,"));
  rig_quit ();

  rig_start (NULL);
  rig_focus_window ("Regard");
  rig_key ("ctrl+shift+o");
  row = rig_wait ("button", "Delete \u201cis there a cat?\u201d");
  rig_press (row);
  expect_query ("SELECT count(*) FROM collections", "0");
  rig_key ("ctrl+z");
  expect_query ("SELECT count(*) FROM collected", "7");
  again = rig_wait ("button", "Delete \u201cis there a cat?\u201d");
  /* From the entry by the folder's buttons to the list. */
  for (int i = 0; i < 4; i++)
    rig_key ("Tab");
  rig_key ("Return");
  back = rig_wait ("label", "\u201cyes\u201d: 1 of 7 pictures");
  none = rig_wait (NULL, "cat.jpg: yes, ");
  rig_quit ();
}

/* One question after the other, and nothing of either in the library. */
Test (folder_journeys, another_question_and_private_mode)
{
  g_autoptr (rig_node) first = NULL, second = NULL;

  rig_start (album);
  rig_focus_window ("Ask a Folder");
  rig_key ("ctrl+shift+p");
  ask ("is there a cat?");
  first = rig_wait ("label", "\u201cyes\u201d: 1 of 7 pictures");
  ask ("what is this?");
  second = rig_wait ("label", "7 pictures");
  rig_quit ();
  /* By now whatever was to be kept is. */
  expect_query ("SELECT count(*) FROM collections", "0");
}

Test (folder_journeys, an_empty_folder_is_told)
{
  g_autofree char *empty = g_build_filename (rig_folder (), "empty", NULL);
  g_autoptr (rig_node) told = NULL;

  cr_assert_eq (g_mkdir (empty, 0700), 0);
  rig_start (empty);
  rig_focus_window ("Ask a Folder");
  ask ("is there a cat?");
  told = rig_wait ("label", "There are no pictures in this folder");
  rig_quit ();
}
