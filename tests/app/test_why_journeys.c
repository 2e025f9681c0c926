/* Why it answers so, in the real program, by accessible names. */
#include "tests/app/rig.h"

#include <criterion/criterion.h>

static void
setup (void)
{
  rig_open_screen ();
  rig_open_bus ();
}

TestSuite (why_journeys, .init = setup, .fini = rig_close, .timeout = 240);

static void
press (const char *role, const char *name)
{
  g_autoptr (rig_node) node = rig_wait (role, name);

  rig_press (node);
}

/* Words tell what they do; one, then two of them show what they change; Escape and switching them
 * off bring the map back; the next question has its own. */
Test (why_journeys, words_and_what_they_change)
{
  g_autoptr (rig_node) picture = NULL, animal = NULL, dog = NULL;

  rig_start_with_sample ("cat.jpg");
  rig_type ("what animal is this?");
  rig_key ("Return");
  picture = rig_wait ("image", "Photograph cat.jpg");
  rig_wait_description (picture, "vidence for “cat”");
  animal = rig_wait ("button", "animal");
  rig_wait_description (animal, "Without “animal”, “cat” falls from ");

  rig_press (animal);
  rig_wait_description (picture, "What changes for “cat” with “animal”, adds ");
  press ("button", "this");
  rig_wait_description (picture, "What changes for “cat” with “animal”, “this”, adds ");
  rig_key ("Escape");
  rig_wait_description (picture, "Evidence for “cat”, mostly ");

  rig_press (animal);
  rig_wait_description (picture, "What changes for “cat” with “animal”, adds ");
  rig_press (animal);
  rig_wait_description (picture, "Evidence for “cat”, mostly ");

  rig_press (animal);
  rig_wait_description (picture, "What changes for “cat” with “animal”, adds ");
  rig_key ("ctrl+l");
  rig_type ("is there a dog?");
  rig_key ("Return");
  dog = rig_wait ("button", "dog");
  rig_wait_description (picture, "Evidence for “");
  rig_wait_description (dog, "Without “dog”, “");
  rig_quit ();
}

/* The page is opened by its key, charts tell their channels, another question is swapped in, at all
 * places and at some, and Escape leads back to the photograph and its map. */
Test (why_journeys, another_question_acts)
{
  g_autoptr (rig_node) picture = NULL, chart = NULL, other = NULL, swapped = NULL, back = NULL;
  g_autoptr (rig_node) nothing = NULL, still = NULL, gains = NULL, before = NULL;

  rig_start_with_sample ("cat.jpg");
  rig_type ("what animal is this?");
  rig_key ("Return");
  picture = rig_wait ("image", "Photograph cat.jpg");
  rig_wait_description (picture, "vidence for “cat”");
  rig_key ("ctrl+m");
  other = rig_wait ("text box", "Another Question");
  chart = rig_wait ("image", "Block 1: strongest gains");
  rig_wait_description (chart, "channel ");
  before = rig_wait ("list item", "cat, 83.");

  rig_type ("what color is it?");
  swapped = rig_wait ("label", "Swapped: “brown” (");
  gains = rig_wait ("label", "Block 1, swapped: “what color is it?”");
  press ("button", "All Places");
  nothing = rig_wait ("label", "Nothing is swapped");
  press ("button", "Fine Map");
  still = rig_wait ("label", "Swapped: still “cat” (");

  rig_key ("Escape");
  back = rig_wait ("image", "Photograph cat.jpg");
  rig_wait_description (back, "Evidence for “cat”, mostly ");
  rig_quit ();
}

/* The same question and the same answer on another photograph: its words are weighed anew. */
Test (why_journeys, another_photograph_has_its_own_weights)
{
  g_autoptr (rig_node) coffee = NULL, dahlia = NULL, first = NULL, second = NULL;

  rig_start_with_sample ("coffee.jpg");
  rig_type ("is there a dog?");
  rig_key ("Return");
  coffee = rig_wait ("image", "Photograph coffee.jpg");
  first = rig_wait ("button", "dog");
  rig_wait_description (first, "Without “dog”, “no” ");
  rig_key ("ctrl+Page_Down");
  dahlia = rig_wait ("image", "Photograph dahlia.jpg");
  rig_focus_window ("dahlia.jpg");
  rig_type ("is there a dog?");
  rig_key ("Return");
  rig_wait_description (dahlia, "vidence for “no”");
  second = rig_wait ("button", "dog");
  rig_wait_description (second, "Without “dog”, “no” ");
  rig_quit ();
}
