/* Looking, in the real program, with the keyboard and by accessible names. */
#include "tests/app/rig.h"

#include <criterion/criterion.h>

static void
setup (void)
{
  rig_open_screen ();
  rig_open_bus ();
}

TestSuite (looking_journeys, .init = setup, .fini = rig_close, .timeout = 240);

/* Opens a photograph and asks; the photograph with the evidence. */
static rig_node *
ask (const char *question)
{
  rig_node *picture;

  rig_start_with_sample ("cat.jpg");
  rig_type (question);
  rig_key ("Return");
  picture = rig_wait ("image", "Photograph cat.jpg");
  rig_wait_description (picture, "vidence for “");
  return picture;
}

static void
tab_to (const rig_node *node, const char *key)
{
  for (int i = 0; i < 40 && !rig_has_focus (node); i++)
    {
      rig_key (key);
      g_usleep (100000);
    }
  cr_assert (rig_has_focus (node), "keys do not reach %s \"%s\"", node->role, node->name);
}

static void
next_kind (const rig_node *kinds)
{
  tab_to (kinds, "Tab");
  rig_key ("space");
  g_usleep (500000); /* the list opens */
  rig_key ("Down");
  rig_key ("Return");
}

/* Every kind of map, and a place for self-attention; the map's words follow. */
Test (looking_journeys, kinds_of_maps)
{
  g_autoptr (rig_node) picture = ask ("is there a cat?"), kinds = NULL;

  kinds = rig_wait ("button", "What the Map Shows");
  next_kind (kinds);
  rig_wait_description (picture, "Where the network looks, from all places, mostly ");
  tab_to (picture, "shift+Tab");
  rig_key ("Left");
  rig_wait_description (picture, "What the chosen place looks at");
  rig_key ("Escape");
  rig_wait_description (picture, "Where the network looks, from all places");

  next_kind (kinds);
  rig_wait_description (picture, "Needed for “");
  next_kind (kinds);
  rig_wait_description (picture, "Strongest signals for “");
  rig_quit ();
}

/* The slow kind stands in nobody's way: what is asked meanwhile is answered, then looked at. */
Test (looking_journeys, occlusion_gives_way)
{
  g_autoptr (rig_node) picture = ask ("is there a cat?"), kinds = NULL, answer = NULL;

  kinds = rig_wait ("button", "What the Map Shows");
  next_kind (kinds);
  rig_wait_description (picture, "Where the network looks");
  next_kind (kinds);
  rig_key ("ctrl+l");
  rig_type ("what color is the cat?");
  rig_key ("Return");
  answer = rig_wait ("list item", "what color is the cat?");
  rig_wait_description (picture, "Needed for “");
  rig_quit ();
}

Test (looking_journeys, zoom_by_keys)
{
  g_autoptr (rig_node) picture = ask ("is there a cat?"), fit = NULL, original = NULL, part = NULL;
  g_autoptr (rig_node) again = NULL;

  fit = rig_wait ("button", "Fit");
  rig_key ("ctrl+1");
  original = rig_wait ("button", "100\u00a0%");
  /* A part is marked at any zoom. */
  rig_key ("ctrl+r");
  rig_wait_description (picture, "of the marked part");
  rig_key ("Escape");
  rig_key ("ctrl+0");
  again = rig_wait ("button", "Fit");
  rig_key ("ctrl+plus");
  part = rig_wait ("button", "\u00a0%");
  rig_quit ();
}
