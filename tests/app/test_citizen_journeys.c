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
