/* The real program as a citizen of the desktop: what it remembers. */
#include "tests/app/rig.h"

#include <criterion/criterion.h>
#include <string.h>

#define QUESTION "is there a cat?"

static void
setup (void)
{
  rig_open_screen ();
  /* In a file below the empty XDG folders, so that it is there after a restart. */
  g_setenv ("GSETTINGS_BACKEND", "keyfile", TRUE);
  rig_open_bus ();
}

TestSuite (citizen, .init = setup, .fini = rig_close, .timeout = 240);

static guint
count_answers (void)
{
  g_autoptr (GPtrArray) nodes = rig_look ();
  guint n = 0;

  for (guint i = 0; i < nodes->len; i++)
    {
      const rig_node *node = nodes->pdata[i];

      n += g_str_equal (node->role, "list item") && g_str_has_suffix (node->name, "\u00a0%");
    }
  return n;
}

Test (citizen, preferences_count_and_are_remembered)
{
  g_autofree char *photo = rig_sample ("cat.jpg"), *text = NULL;
  g_autofree char *file
      = g_build_filename (g_get_user_config_dir (), "glib-2.0", "settings", "keyfile", NULL);
  g_autoptr (rig_node) picture = NULL, number = NULL, answer = NULL, again = NULL;

  rig_start (photo);
  picture = rig_wait ("image", "Photograph cat.jpg");
  rig_focus_window ("cat.jpg");
  rig_key ("ctrl+comma");
  number = rig_wait ("spin button", "Number of Answers");
  rig_focus_window ("Preferences");
  rig_key ("Tab");
  rig_key ("Down");
  rig_key ("Down");
  rig_wait_file (file);
  rig_key ("Escape");
  rig_focus_window ("cat.jpg");
  rig_key ("ctrl+e");
  rig_key ("ctrl+l");
  rig_type (QUESTION);
  rig_key ("Return");
  answer = rig_wait ("list item", "\u00a0%");
  cr_assert_eq (count_answers (), 3, "%u answers", count_answers ());
  rig_quit ();

  cr_assert (g_file_get_contents (file, &text, NULL, NULL));
  cr_assert (strstr (text, "answers=3"), "%s", text);
  cr_assert (strstr (text, "show-evidence=false"), "%s", text);

  rig_start (photo);
  again = rig_wait ("list item", QUESTION);
  rig_focus_window ("cat.jpg");
  rig_key ("ctrl+l");
  rig_type ("what color is it?");
  rig_key ("Return");
  g_clear_pointer (&again, rig_node_free);
  again = rig_wait ("list item", "what color is it?");
  cr_assert_eq (count_answers (), 3, "%u answers after a restart", count_answers ());
  rig_quit ();
}

/* Its menu and a label, in French; the model's answers stay English. */
Test (citizen, the_window_speaks_french)
{
  g_autofree char *photo = rig_sample ("cat.jpg");
  g_autoptr (rig_node) picture = NULL, open = NULL, asked = NULL, answer = NULL, note = NULL;

  g_setenv ("LC_ALL", "C.UTF-8", TRUE);
  g_setenv ("LANGUAGE", "fr", TRUE);
  rig_start (photo);
  picture = rig_wait ("image", "Photo cat.jpg");
  open = rig_wait ("button", "Ouvrir une photo");
  rig_focus_window ("cat.jpg");
  rig_type (QUESTION);
  rig_key ("Return");
  answer = rig_wait ("list item", "yes, ");
  asked = rig_wait ("label", "Demandé à cette photo");
  rig_wait_description (picture, "ndice");
  rig_key ("ctrl+comma");
  note = rig_wait ("label", "ne comprennent que les questions en anglais");
  rig_focus_window ("Préférences");
  rig_key ("Escape");
  rig_focus_window ("cat.jpg");
  rig_quit ();
}

Test (citizen, a_second_photograph_opens_in_the_same_window)
{
  g_autofree char *cat = rig_sample ("cat.jpg"), *dahlia = rig_sample ("dahlia.jpg");
  g_autoptr (rig_node) first = NULL, second = NULL;
  g_autoptr (GPtrArray) nodes = NULL;
  guint windows = 0;

  rig_start (cat);
  first = rig_wait ("image", "Photograph cat.jpg");
  rig_run_again (dahlia);
  second = rig_wait ("image", "Photograph dahlia.jpg");
  cr_assert_str_eq (first->bus, second->bus, "another process shows it");
  nodes = rig_look ();
  for (guint i = 0; i < nodes->len; i++)
    windows += g_str_equal (((rig_node *)nodes->pdata[i])->role, "window");
  cr_assert_eq (windows, 1, "%u windows", windows);
  rig_focus_window ("dahlia.jpg");
  rig_quit ();
}

/* GTK names a widget after its class when it has no other name. */
static gboolean
is_named (const rig_node *n)
{
  return *n->name && !g_str_has_prefix (n->name, "Gtk") && !g_str_has_prefix (n->name, "Adw")
         && !g_str_has_prefix (n->name, "Regard");
}

/* What says nothing by itself: containers that scroll, the face of a drop-down, whose name the
 * drop-down tells, and what libadwaita's preferences hide while they have one page and no search.
 */
static gboolean
is_silent (const rig_node *n, gboolean preferences)
{
  static const char *const hidden[] = { "tab", "search box", "list", "list item", NULL };

  return g_str_equal (n->role, "group") || g_str_equal (n->name, "GtkListItemWidget")
         || (preferences && g_strv_contains (hidden, n->role));
}

/* All that keys can reach in the window has a name; returns how many there are. */
static guint
check_names (const char *window)
{
  gboolean preferences = g_str_equal (window, "Preferences"), inside = FALSE;
  g_autoptr (GPtrArray) nodes = rig_look ();
  guint n = 0;

  for (guint i = 0; i < nodes->len; i++)
    {
      const rig_node *node = nodes->pdata[i], *before = nodes->pdata[i > 0 ? i - 1 : 0];

      if (g_str_equal (node->role, "window") || g_str_equal (node->role, "dialog"))
        inside = g_str_equal (node->name, window);
      if (!inside || !rig_is_focusable (node) || is_silent (node, preferences))
        continue;
      n++;
      cr_expect (is_named (node), "%s: keys reach a %s without a name (%s), after the %s \"%s\"",
                 window, node->role, node->name, before->role, before->name);
    }
  return n;
}

/* Every page of the window is in the tree at once; popovers and other windows when they are open.
 */
Test (citizen, whatever_keys_reach_has_a_name)
{
  g_autofree char *photo = rig_sample ("cat.jpg");
  g_autoptr (rig_node) picture = NULL, answer = NULL, preferences = NULL;

  rig_start (photo);
  picture = rig_wait ("image", "Photograph cat.jpg");
  rig_focus_window ("cat.jpg");
  rig_type (QUESTION);
  rig_key ("Return");
  answer = rig_wait ("list item", "\u00a0%");
  cr_assert_gt (check_names ("cat.jpg"), 25);
  rig_key ("ctrl+comma");
  preferences = rig_wait ("spin button", "Number of Answers");
  cr_assert_geq (check_names ("Preferences"), 5);
  rig_focus_window ("Preferences");
  rig_key ("Escape");
  rig_focus_window ("cat.jpg");
  rig_quit ();
}
