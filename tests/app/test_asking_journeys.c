/* Asking in the real program: as one types, in a hurry, and about a part. */
#include "tests/app/rig.h"

#include <criterion/criterion.h>
#include <glib/gstdio.h>

static void
setup (void)
{
  rig_open_screen ();
  rig_open_bus ();
}

TestSuite (asking_journeys, .init = setup, .fini = rig_close, .timeout = 240);

/* The answer comes without Enter and is not kept; a part of the photograph is marked, moved, sized
 * and left by keys; Enter keeps the question. */
Test (asking_journeys, type_look_at_a_part_and_keep)
{
  g_autoptr (rig_node) answer = NULL, part = NULL, larger = NULL, whole = NULL, again = NULL;
  g_autofree char *count = NULL, *kept = NULL;

  rig_start_with_sample ("cat.jpg");
  rig_type ("is there a cat");
  answer = rig_wait ("list item", "\u00a0%");
  count = rig_query ("SELECT count(*) FROM questions");
  cr_expect_str_eq (count, "0", "what is only typed is not kept");

  rig_key ("ctrl+r");
  part = rig_wait ("label", "225 \u00d7 150 of 451 \u00d7 300, seen as");
  rig_key ("Left");
  rig_key ("shift+Right");
  larger = rig_wait ("label", "240 \u00d7 150 of 451 \u00d7 300, seen as");
  rig_key ("Escape");
  again = rig_wait ("text box", "Question");
  rig_key ("Return");
  whole = rig_wait ("list item", "is there a cat");
  kept = rig_wait_query ("SELECT text FROM questions", "is there a cat");
  rig_quit ();
}

/* What was asked about a part is kept with the part, which comes back with it. */
Test (asking_journeys, a_part_is_kept_with_its_question)
{
  g_autoptr (rig_node) part = NULL, row = NULL, again = NULL;
  g_autofree char *kept = NULL;

  rig_start_with_sample ("cat.jpg");
  rig_key ("ctrl+r");
  part = rig_wait ("label", "225 \u00d7 150 of 451 \u00d7 300, seen as");
  rig_key ("ctrl+l");
  rig_type ("what is this?");
  rig_key ("Return");
  kept = rig_wait_query ("SELECT part FROM questions WHERE text = 'what is this?'",
                         "112,75,225,150");
  rig_quit ();

  rig_start_with_sample ("cat.jpg");
  row = rig_wait ("list item", "what is this? ");
  rig_wait_description (row, "Asked about a part");
  again = rig_wait ("label", "225 \u00d7 150 of 451 \u00d7 300, seen as");
  rig_quit ();
}

/* The evidence names the part, the question goes there, and what changed is told; one step back. */
Test (asking_journeys, look_closer_and_back)
{
  g_autoptr (rig_node) answer = NULL, button = NULL, part = NULL, told = NULL, back = NULL;
  g_autoptr (rig_node) whole = NULL;

  rig_start_with_sample ("rocket.jpg");
  rig_type ("what is this?");
  rig_key ("Return");
  answer = rig_wait ("list item", "\u00a0%");
  button = rig_wait ("button", "Look Closer");
  rig_press (button);
  told = rig_wait (NULL, "Closer: ");
  back = rig_wait ("button", "Whole Photograph");
  part = rig_wait ("label", " of 640 \u00d7 ");
  rig_press (back);
  whole = rig_wait ("label", "640 \u00d7 427, seen as");
  rig_quit ();
}

/* A slip of the keyboard: the question that was meant is offered, and asked when it is taken. */
Test (asking_journeys, a_slip_is_mended)
{
  g_autoptr (rig_node) offered = NULL, answer = NULL;
  g_autofree char *kept = NULL;

  rig_start_with_sample ("cat.jpg");
  rig_type ("is there a dgo?");
  offered = rig_wait ("button", "Did you mean: is there a dog?");
  rig_press (offered);
  kept = rig_wait_query ("SELECT text FROM questions", "is there a dog?");
  answer = rig_wait ("list item", "\u00a0%");
  rig_quit ();
}

static void
copy_to (const char *folder, const char *name, const char *contents, gsize length)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  cr_assert (g_file_set_contents (path, contents, (gssize)length, NULL));
}

/* By key through the pictures of a folder, in the order of their numbers, past a damaged one. */
Test (asking_journeys, walk_through_a_folder)
{
  g_autofree char *folder = g_build_filename (rig_folder (), "walk", NULL), *data = NULL;
  g_autofree char *sample = rig_sample ("cat.jpg"), *first = NULL;
  g_autoptr (rig_node) two = NULL, broken = NULL, ten = NULL, end = NULL, again = NULL;
  gsize length;

  cr_assert (g_file_get_contents (sample, &data, &length, NULL));
  cr_assert_eq (g_mkdir (folder, 0700), 0);
  copy_to (folder, "2.jpg", data, length);
  copy_to (folder, "3.jpg", data, 100);
  copy_to (folder, "10.JPG", data, length);
  copy_to (folder, "4.txt", "a note", 6);
  copy_to (folder, ".5.jpg", data, length);
  first = g_build_filename (folder, "2.jpg", NULL);

  rig_start (first);
  two = rig_wait ("image", "Photograph 2.jpg");
  rig_focus_window ("2.jpg");
  rig_key ("ctrl+Next");
  broken = rig_wait ("label", "3.jpg");
  rig_key ("ctrl+Next");
  ten = rig_wait ("image", "Photograph 10.JPG");
  rig_key ("ctrl+Next");
  end = rig_wait ("label", "This is the last picture of the folder");
  rig_key ("ctrl+Prior");
  g_clear_pointer (&broken, rig_node_free);
  broken = rig_wait ("label", "3.jpg");
  rig_key ("ctrl+Prior");
  again = rig_wait ("image", "Photograph 2.jpg");
  rig_quit ();
}

/* Enter is never lost, however soon the next question follows. */
Test (asking_journeys, two_questions_in_a_hurry)
{
  g_autofree char *count = NULL;

  rig_start_with_sample ("cat.jpg");
  rig_type ("is there a cat?");
  rig_key ("Return");
  rig_type ("what animal is it?");
  rig_key ("Return");
  count = rig_wait_query ("SELECT count(*) FROM questions", "2");
  rig_quit ();
}

/* The chip below the photograph shows the very picture that the network sees, also of a part. */
Test (asking_journeys, what_the_network_sees)
{
  g_autoptr (rig_node) chip = NULL, seen = NULL, again = NULL, part = NULL;

  rig_start_with_sample ("cat.jpg");
  chip = rig_wait ("button", "What the network sees: 192 × 192");
  rig_press (chip);
  seen = rig_wait ("image", "451 × 300, seen as 192 × 192");
  rig_key ("Escape");
  rig_key ("ctrl+r");
  again = rig_wait ("button", "What the network sees: 192 × 192");
  rig_press (again);
  part = rig_wait ("image", "225 × 150 of 451 × 300, seen as 192 × 192");
  rig_key ("Escape");
  rig_quit ();
}
