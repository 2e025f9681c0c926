/* A person's ways through the history, in the real program: with the keyboard, by accessible names,
 * checked in the library and in exported files. */
#include "tests/app/rig.h"

#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <string.h>

static void
setup (void)
{
  rig_open_screen ();
  rig_open_bus ();
}

TestSuite (history_journeys, .init = setup, .fini = rig_close, .timeout = 300);

static void
open_sample (const char *name)
{
  g_autofree char *photo = rig_sample (name), *label = g_strconcat ("Photograph ", name, NULL);
  g_autoptr (rig_node) picture = NULL;

  rig_start (photo);
  picture = rig_wait ("image", label);
  rig_focus_window (name);
}

static void
ask (const char *question)
{
  g_autoptr (rig_node) entry = rig_wait ("text box", "Question"), ask = NULL, row = NULL;

  rig_set_text (entry, question);
  ask = rig_wait ("button", "Ask");
  rig_press (ask);
  row = rig_wait ("list item", question);
}

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

Test (history_journeys, two_questions_delete_undo_restart)
{
  g_autoptr (rig_node) first = NULL, second = NULL, less = NULL, again = NULL, card = NULL;
  g_autofree char *before = NULL, *after = NULL;

  open_sample ("cat.jpg");
  ask ("is there a cat?");
  ask ("what color is it?");
  before = rig_query ("SELECT group_concat (id || text || asked || answers) FROM questions");
  rig_key ("ctrl+h");
  first = rig_wait ("list item", "is there a cat?");
  second = rig_wait ("button", "Delete: is there a cat?");
  rig_press (second);
  expect_query ("SELECT count(*) FROM questions", "1");
  less = rig_wait ("label", "1 question");
  rig_key ("ctrl+z");
  expect_query ("SELECT count(*) FROM questions", "2");
  after = rig_query ("SELECT group_concat (id || text || asked || answers) FROM questions");
  cr_assert_str_eq (before, after, "everything is as it was");
  again = rig_wait ("button", "Delete: is there a cat?");
  rig_quit ();

  rig_start (NULL);
  card = rig_wait ("button", "Open cat.jpg, 2 questions");
  rig_focus_window ("Regard");
  rig_quit ();
}

Test (history_journeys, correct_search_export_and_import_elsewhere)
{
  g_autofree char *file = g_build_filename (rig_folder (), "mine.json", NULL);
  g_autofree char *csv = g_build_filename (rig_folder (), "mine.csv", NULL);
  g_autofree char *png = g_build_filename (rig_folder (), "view.png", NULL);
  g_autofree char *library = g_build_filename (rig_folder (), "data", "regard", "library.db", NULL);
  g_autofree char *wal = g_strconcat (library, "-wal", NULL),
                  *shm = g_strconcat (library, "-shm", NULL);
  g_autofree char *text = NULL, *before = NULL;
  g_autoptr (rig_node) entry = NULL, told = NULL, search = NULL, found = NULL, none = NULL;

  open_sample ("cat.jpg");
  ask ("what animal is it?");
  rig_activate ("save-view-to", png);
  rig_wait_file (png);
  rig_key ("F2");
  entry = rig_wait ("text box", "The right answer");
  rig_set_text (entry, "ocicat");
  press ("button", "Correct");
  told = rig_wait ("label", "You said: \u201cocicat\u201d");
  expect_query ("SELECT correction FROM questions", "ocicat");

  rig_key ("ctrl+f");
  search = rig_wait (NULL, "Search questions and answers");
  rig_type ("ocic");
  found = rig_wait ("list item", "what animal is it?");
  cr_assert (strstr (found->name, "corrected to ocicat"), "%s", found->name);
  rig_activate ("export-to", csv);
  rig_wait_file (csv);
  cr_assert (g_file_get_contents (csv, &text, NULL, NULL));
  cr_assert (strstr (text, ",ocicat,"), "%s", text);
  rig_key ("Escape");
  rig_activate ("export-to", file);
  rig_wait_file (file);
  before = rig_query ("SELECT group_concat (text || asked || correction || corrected || answers)"
                      " FROM questions");
  rig_quit ();

  /* Another person's computer, as it were. */
  cr_assert_eq (g_remove (library), 0);
  g_remove (wal);
  g_remove (shm);
  rig_start (NULL);
  none = rig_wait ("button", "History");
  rig_press (none);
  rig_activate ("import-from", file);
  g_free (
      rig_wait_query ("SELECT group_concat (text || asked || correction || corrected || answers)"
                      " FROM questions",
                      before));
  rig_focus_window ("History");
  rig_quit ();
}

Test (history_journeys, a_moved_photograph_is_found_again)
{
  g_autofree char *sample = rig_sample ("rocket.jpg");
  g_autofree char *here = g_build_filename (rig_folder (), "here.jpg", NULL);
  g_autofree char *there = g_build_filename (rig_folder (), "there.jpg", NULL);
  g_autoptr (GFile) from = g_file_new_for_path (sample), to = g_file_new_for_path (here);
  g_autoptr (rig_node) picture = NULL, row = NULL;

  cr_assert (g_file_copy (from, to, G_FILE_COPY_NONE, NULL, NULL, NULL, NULL));
  rig_start (here);
  picture = rig_wait ("image", "Photograph here.jpg");
  rig_focus_window ("here.jpg");
  ask ("is it a rocket?");
  rig_quit ();
  cr_assert_eq (g_rename (here, there), 0);
  rig_start (there);
  row = rig_wait ("list item", "is it a rocket?");
  expect_query ("SELECT count(*) || title FROM pictures", "1there.jpg");
  rig_focus_window ("there.jpg");
  rig_quit ();
}

/* Everything with the keyboard alone. */
Test (history_journeys, keyboard_only)
{
  g_autoptr (rig_node) row = NULL, first = NULL, picture = NULL, gone = NULL;

  open_sample ("cat.jpg");
  rig_type ("is there a dog?");
  rig_key ("Return");
  row = rig_wait ("list item", "is there a dog?");
  rig_key ("F2");
  rig_node_free (rig_wait ("text box", "The right answer"));
  rig_type ("never");
  rig_key ("Return");
  expect_query ("SELECT correction FROM questions", "never");

  rig_key ("ctrl+f");
  rig_type ("dog");
  first = rig_wait ("button", "Pin: is there a dog?");
  rig_key ("Return");
  rig_key ("Return");
  picture = rig_wait ("image", "Photograph cat.jpg");
  rig_focus_window ("cat.jpg");
  rig_key ("ctrl+h");
  rig_focus_window ("History");
  rig_key ("Return");
  rig_key ("Delete");
  expect_query ("SELECT count(*) FROM questions", "0");
  gone = rig_wait ("label", "0 questions");
  rig_key ("ctrl+z");
  expect_query ("SELECT count(*) || correction FROM questions", "1never");
  rig_quit ();
}
