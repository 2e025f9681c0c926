/* A person's ways through the real program, with the keyboard and by accessible names. */
#include "tests/app/rig.h"

#include <criterion/criterion.h>
#include <string.h>

#define QUESTION "is there a cat?"

static void
setup (void)
{
  rig_open_screen ();
  rig_open_bus ();
}

TestSuite (journeys, .init = setup, .fini = rig_close, .timeout = 240);

/* Waits for the answers and returns them as "answer, 82.3 %", best first. */
static GPtrArray *
read_answers (void)
{
  g_autoptr (rig_node) first = rig_wait ("list item", "\u00a0%");
  g_autoptr (GPtrArray) nodes = rig_look ();
  GPtrArray *answers = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < nodes->len; i++)
    {
      const rig_node *n = nodes->pdata[i];

      if (g_str_equal (n->role, "list item") && g_str_has_suffix (n->name, "\u00a0%"))
        g_ptr_array_add (answers, g_strdup (n->name));
    }
  return answers;
}

/* "yes" of "yes, 82.3 %"; answers may hold commas themselves. */
static char *
answer_of (const char *row)
{
  const char *comma = g_strrstr (row, ", ");

  cr_assert (comma, "%s", row);
  return g_strndup (row, (gsize)(comma - row));
}

static void
open_sample_and_ask (void)
{
  rig_start_with_sample ("cat.jpg");
  rig_type (QUESTION);
  rig_key ("Return");
}

/* A scene that was drawn a moment ago is asked about like any picture. */
Test (journeys, a_new_scene)
{
  g_autoptr (rig_node) button = NULL, picture = NULL, entry = NULL;
  g_autoptr (GPtrArray) answers = NULL;
  g_autofree char *photo = rig_sample ("cat.jpg"), *scene = NULL, *known = NULL;
  g_autoptr (rig_node) after = NULL;

  rig_start (NULL);
  button = rig_wait ("button", "New Scene");
  rig_focus_window ("Regard");
  rig_key ("ctrl+n");
  picture = rig_wait ("image", "Photograph Scene ");
  entry = rig_wait ("text box", "Question");
  rig_type ("how many cubes are there?");
  rig_key ("Return");
  answers = read_answers ();
  cr_expect_gt (answers->len, 0);
  /* The model that knows such scenes answers, and goes again when a photograph comes. */
  scene = rig_wait_query ("SELECT name FROM models JOIN questions ON model = models.id", "scenes");
  rig_run_again (photo);
  after = rig_wait ("image", "Photograph cat.jpg");
  rig_focus_window ("cat.jpg");
  rig_type (QUESTION);
  rig_key ("Return");
  known = rig_wait_query ("SELECT name FROM models JOIN questions ON model = models.id"
                          " WHERE text = '" QUESTION "'",
                          "photos");
}

Test (journeys, open_ask_and_see_the_answer)
{
  g_autoptr (GPtrArray) answers = NULL;
  g_autoptr (rig_node) picture = NULL, blind = NULL, asked = NULL;
  g_autofree char *best = NULL, *second = NULL, *stored = NULL, *count = NULL, *words = NULL;

  open_sample_and_ask ();
  answers = read_answers ();
  cr_assert_eq (answers->len, 5, "five best answers, not %u", answers->len);
  best = answer_of (answers->pdata[0]);
  second = answer_of (answers->pdata[1]);
  blind = rig_wait ("label", "Without looking at the photograph: ");
  asked = rig_wait ("list item", QUESTION);

  /* The evidence, or that there is none, belongs to the best answer, then to the one chosen with
   * the keyboard. */
  picture = rig_wait ("image", "Photograph cat.jpg");
  words = g_strdup_printf ("vidence for \u201c%s\u201d", best);
  rig_wait_description (picture, words);
  rig_key ("Tab");
  rig_key ("Tab");
  rig_key ("Down");
  g_free (words);
  words = g_strdup_printf ("vidence for \u201c%s\u201d", second);
  rig_wait_description (picture, words);

  stored = rig_query ("SELECT answer FROM answers JOIN questions ON questions.id = question"
                      " WHERE text = '" QUESTION "' AND NOT blind AND rank = 0");
  cr_assert_str_eq (stored, best, "the library holds \"%s\", the screen \"%s\"", stored, best);
  count = rig_query ("SELECT count(*) FROM answers WHERE NOT blind");
  cr_assert_str_eq (count, "5");
  rig_quit ();
}

Test (journeys, after_a_restart_the_history_is_there)
{
  g_autoptr (GPtrArray) before = NULL, after = NULL;
  g_autoptr (rig_node) card = NULL, entry = NULL, ask = NULL, row = NULL, again = NULL;
  g_autofree char *count = NULL, *expected = NULL, *best = NULL;

  open_sample_and_ask ();
  before = read_answers ();
  rig_quit ();

  /* Without an argument: the start page has the photograph, opening it the question. */
  rig_start (NULL);
  card = rig_wait ("button", "Open cat.jpg, 1 question");
  rig_press (card);
  row = rig_wait ("list item", QUESTION);
  best = answer_of (before->pdata[0]);
  cr_assert (strstr (row->name, best), "%s: no \"%s\"", row->name, best);
  after = read_answers ();
  cr_assert_eq (after->len, before->len);
  for (guint i = 0; i < after->len; i++)
    cr_assert_str_eq (after->pdata[i], before->pdata[i]);

  /* A second question, this time as a screen reader would ask it. */
  entry = rig_wait ("text box", "Question");
  rig_set_text (entry, "what color is it?");
  ask = rig_wait ("button", "Ask");
  rig_press (ask);
  again = rig_wait ("list item", "what color is it?");
  count = rig_query ("SELECT count(*) FROM questions");
  cr_assert_str_eq (count, "2");
  rig_focus_window ("cat.jpg");
  rig_quit ();
}

Test (journeys, a_file_that_is_no_photograph_is_named)
{
  g_autofree char *path = g_build_filename (rig_folder (), "letter.jpg", NULL);
  g_autoptr (rig_node) message = NULL, button = NULL;

  cr_assert (g_file_set_contents (path, "Dear reader, this is not a photograph.", -1, NULL));
  rig_start (path);
  message = rig_wait ("label", "letter.jpg");
  button = rig_wait ("button", "Open a Photograph");
  rig_focus_window ("Regard");
  rig_quit ();
}

/* GTK names a widget after its class when it has no other name. */
static gboolean
is_named (const rig_node *n)
{
  return *n->name && !g_str_has_prefix (n->name, "Gtk") && !g_str_has_prefix (n->name, "Adw")
         && !g_str_has_prefix (n->name, "Regard");
}

/* A control without a name is a riddle for who cannot see its icon. */
Test (journeys, every_control_has_a_name)
{
  static const char *const roles[]
      = { "button", "toggle button", "slider", "text box", "list item", "image", "meter" };
  g_autoptr (GPtrArray) answers = NULL, nodes = NULL;
  guint checked = 0;

  open_sample_and_ask ();
  answers = read_answers ();
  nodes = rig_look ();
  for (guint i = 0; i < nodes->len; i++)
    {
      const rig_node *n = nodes->pdata[i];

      for (guint r = 0; r < G_N_ELEMENTS (roles); r++)
        if (g_str_equal (n->role, roles[r]))
          {
            const rig_node *before = i > 0 ? nodes->pdata[i - 1] : n;

            cr_expect (is_named (n), "a %s without a name, after the %s \"%s\"", n->role,
                       before->role, before->name);
            checked++;
          }
    }
  cr_assert_gt (checked, 12, "only %u controls found", checked);
  rig_quit ();
}
