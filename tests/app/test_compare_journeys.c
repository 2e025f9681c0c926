/* Comparing two models in the real program; the models are toys that the tests make. */
#include "tests/app/rig.h"
#include "tests/vqa/toy.h"

#include <criterion/criterion.h>
#include <string.h>

static char *folder;

static void
setup (void)
{
  g_autofree char *models = NULL;

  rig_open_screen ();
  rig_open_bus ();
  folder = toy_folder ();
  /* In place of the one that ships, which answers first. */
  toy_add_model (folder, "photos", "Other Toy");
  models = g_build_filename (folder, "models", NULL);
  g_setenv ("REGARD_MODELS", models, TRUE);
}

static void
teardown (void)
{
  rig_close ();
  toy_remove (folder);
}

TestSuite (compare_journeys, .init = setup, .fini = teardown, .timeout = 240);

/* How many things of this role say `name`. */
static guint
count (const char *role, const char *name)
{
  g_autoptr (GPtrArray) nodes = rig_look ();
  guint n = 0;

  for (guint i = 0; i < nodes->len; i++)
    {
      const rig_node *node = nodes->pdata[i];

      n += g_str_equal (node->role, role) && strstr (node->name, name);
    }
  return n;
}

/* Goes to an answer among the first list's by keys, from the question. */
static void
choose_by_keys (const char *answer)
{
  g_autoptr (GPtrArray) nodes = rig_look ();
  guint above = 0;
  gboolean found = FALSE;

  for (guint i = 0; i < nodes->len && !found; i++)
    {
      const rig_node *node = nodes->pdata[i];

      if (!g_str_equal (node->role, "list item") || !g_str_has_suffix (node->name, "\u00a0%"))
        continue;
      found = g_str_has_prefix (node->name, answer);
      above += !found;
    }
  cr_assert (found && above < 5, "no %s among the first model's answers", answer);
  rig_key ("ctrl+l");
  rig_key ("Tab");
  rig_key ("Tab");
  rig_key ("Home");
  while (above-- > 0)
    rig_key ("Down");
}

static void
start_and_compare (void)
{
  g_autofree char *photo = g_build_filename (folder, "photo.png", NULL);
  g_autoptr (rig_node) picture = NULL;

  rig_start (photo);
  picture = rig_wait ("image", "Photograph photo.png");
  rig_focus_window ("photo.png");
  rig_key ("ctrl+d");
}

/* Both answer while one types; what each costs, whether they agree, where their evidence differs;
 * an answer that is chosen is explained by both, or not known; the key leads back. */
Test (compare_journeys, two_models_side_by_side)
{
  g_autoptr (rig_node) entry = NULL, verdict = NULL, first = NULL, second = NULL, time = NULL;
  g_autoptr (rig_node) difference = NULL, unknown = NULL, again = NULL, back = NULL;

  start_and_compare ();
  entry = rig_wait ("text box", "Question to Both");
  time = rig_wait ("label", "\u00a0ms");
  rig_focus_window ("Compare Models");
  rig_type (TOY_QUESTION);
  verdict = rig_wait ("label", "odels ");
  difference = rig_wait ("image", "Difference of the Evidence for");
  rig_wait_description (difference, "Other Toy found more: ");
  rig_wait_description (difference, ", Toy found more: ");
  first = rig_wait ("image", "Evidence of Other Toy");
  second = rig_wait ("image", "Evidence of Toy");
  cr_expect_eq (count ("list item", "\u00a0%"), 10, "five answers of each");
  cr_expect_eq (count ("label", "\u00a0ms"), 2, "milliseconds of each");
  cr_expect_eq (count ("label", "B"), 2, "megabytes of each");
  cr_expect_eq (count ("label", " million"), 2, "multiply-adds of each");

  /* Only the first one knows this answer. */
  choose_by_keys ("maybe, ");
  unknown = rig_wait ("label", "This model has no answer \u201cmaybe\u201d");
  rig_wait_description (first, "vidence for \u201cmaybe\u201d");
  choose_by_keys ("no, ");
  again = rig_wait ("image", "Difference of the Evidence for \u201cno\u201d");
  rig_wait_description (second, "vidence for \u201cno\u201d");

  rig_key ("ctrl+d");
  rig_focus_window ("photo.png");
  back = rig_wait ("button", "Ask");
  rig_quit ();
}

/* The one that remains can be chosen; the damaged one says what is wrong with it. */
Test (compare_journeys, a_model_that_cannot_be_loaded)
{
  g_autofree char *path = g_build_filename (folder, "models", "toy.safetensors", NULL);
  g_autofree char *data = NULL;
  g_autoptr (rig_node) why = NULL, time = NULL;
  gsize length;

  cr_assert (g_file_get_contents (path, &data, &length, NULL));
  memset (data + length - 4096, 0x7e, 4096);
  cr_assert (g_file_set_contents (path, data, (gssize)length, NULL));
  start_and_compare ();
  why = rig_wait ("label", "toy.safetensors");
  time = rig_wait ("label", "\u00a0ms");
  rig_focus_window ("Compare Models");
  rig_quit ();
}

/* Files that are no models do not count. */
Test (compare_journeys, one_model_alone)
{
  static const char *const damaged[] = { "toy.safetensors", "scenes.safetensors" };
  g_autoptr (rig_node) title = NULL, why = NULL, button = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (damaged); i++)
    {
      g_autofree char *path = g_build_filename (folder, "models", damaged[i], NULL);

      cr_assert (g_file_set_contents (path, "no model", -1, NULL));
    }
  start_and_compare ();
  title = rig_wait ("label", "Comparing Takes Two Models");
  why = rig_wait ("label", "Only one model is installed.");
  button = rig_wait ("button", "Import a Model");
  rig_focus_window ("Compare Models");
  rig_quit ();
}
