/* Recipes: what they say, what overrides them, and what is wrong with them. */
#include "tests/vqa/draw.h"
#include "tests/vqa/tiny.h"
#include "vqa/run/recipe.h"

#include <criterion/criterion.h>
#include <string.h>

static char *folder, *path;

static void
set_up (void)
{
  folder = draw_folder ();
  path = draw_file (folder, "good.recipe", tiny_recipe, -1);
}

static void
tear_down (void)
{
  draw_remove (folder);
  g_free (folder);
  g_free (path);
}

TestSuite (recipe, .init = set_up, .fini = tear_down);

static vqa_recipe *
read_good (const char *root, const char *const *settings)
{
  g_autoptr (GError) error = NULL;
  vqa_recipe *r = vqa_recipe_read (path, root, settings, &error);

  cr_assert_not_null (r, "%s", error != NULL ? error->message : "");
  return r;
}

Test (recipe, says_what_it_says)
{
  g_autoptr (vqa_recipe) r = read_good ("/data", NULL);

  cr_assert_str_eq (r->name, "tiny");
  cr_assert_str_eq (r->title, "Tiny pictures");
  cr_assert_null (r->description);
  cr_assert_str_eq (r->images, "/data/images");
  cr_assert_str_eq (r->questions[0], "/data/tiny_questions.json");
  cr_assert_null (r->questions[1]);
  cr_assert_str_eq (r->annotations[0], "/data/tiny_annotations.json");
  cr_assert_str_eq (r->classes, "/data/classes.tsv");
  cr_assert_str_eq (r->validation, "/data/names.txt");
  cr_assert_null (r->words);
  cr_assert_null (r->backbone);
  cr_assert_eq (r->answers, 8);
  cr_assert_eq (r->vocabulary, 60);
  cr_assert_eq (r->calibration, 0);
  cr_assert_eq (r->spec.side, 32);
  cr_assert_eq (r->spec.key, 4);
  cr_assert_eq (r->head.passes, 2);
  cr_assert_eq (r->head.pictures, 2);
  cr_assert_eq (r->whole.questions, 3);
  cr_assert_float_eq (r->whole.rate, 0.0005, 1e-12);
  cr_assert_eq (r->seed, 7);
}

/* What the header and the shipped recipe rely on. */
Test (recipe, what_it_does_not_say)
{
  g_autofree char *least = draw_file (folder, "least.recipe",
                                      "[model]\nname=n\n[data]\nimages=i\nquestions=a;/b\n"
                                      "annotations=c;d",
                                      -1);
  g_autoptr (GError) error = NULL;
  g_autoptr (vqa_recipe) r = vqa_recipe_read (least, NULL, NULL, &error);
  vqa_spec usual = vqa_spec_default ();

  cr_assert_not_null (r, "%s", error != NULL ? error->message : "");
  cr_assert_str_eq (r->images, "i");
  cr_assert_str_eq (r->questions[1], "/b");
  cr_assert_str_eq (r->annotations[1], "d");
  cr_assert_eq (r->spec.side, usual.side);
  cr_assert_eq (r->spec.hidden, usual.hidden);
  cr_assert_eq (r->spec.width, usual.width);
  cr_assert_eq (r->spec.joint, usual.joint);
  cr_assert_eq (r->spec.modulation, usual.modulation);
  cr_assert_eq (r->spec.dropout, usual.dropout);
  cr_assert_eq (r->spec.words, 0);
  cr_assert_eq (r->head.passes, 0);
  cr_assert_eq (r->whole.passes, 0);
  cr_assert_eq (r->human, 1);
  cr_assert_eq (r->seed, 1);
  cr_assert_eq (r->spec.backbone, VQA_BACKBONE_MOBILENETV2);
  cr_assert_eq (r->spec.head, 1280);
  cr_assert_eq (r->whole.backbone, 0.1);
  cr_assert_eq (r->crop, 0.15);
  cr_assert_eq (r->word_dropout, 0.08);
}

/* What begins from nothing learns as fast as the rest, and needs no wide convolution after it. */
Test (recipe, plain_backbone)
{
  static const char *const settings[] = { "network.backbone=plain", "head.passes=0", NULL };
  static const char *const other[] = { "network.backbone=plain", "head.passes=0", "network.head=32",
                                       "whole.backbone=0.5", NULL };
  static const char *const wrong[]
      = { "network.backbone=plain", "head.passes=0", "data.backbone=b.safetensors", NULL };
  g_autoptr (vqa_recipe) r = read_good (NULL, settings);
  g_autoptr (vqa_recipe) given = read_good (NULL, other);
  g_autoptr (GError) error = NULL;

  cr_assert_eq (r->spec.backbone, VQA_BACKBONE_PLAIN);
  cr_assert_eq (r->spec.head, 0);
  cr_assert_eq (r->whole.backbone, 1);
  cr_assert_eq (given->spec.head, 32);
  cr_assert_eq (given->whole.backbone, 0.5);
  cr_assert_null (vqa_recipe_read (path, NULL, wrong, &error));
  tiny_expect_error (error, VQA_ERROR, VQA_ERROR_RECIPE, "[data] backbone", "mobilenetv2 only",
                     NULL);
}

Test (recipe, absolute_paths_stay)
{
  static const char *const settings[]
      = { "data.images=/elsewhere/images", "data.classes=here/list", NULL };
  g_autoptr (vqa_recipe) r = read_good ("/data", settings);

  cr_assert_str_eq (r->images, "/elsewhere/images");
  cr_assert_str_eq (r->classes, "/data/here/list");
}

Test (recipe, settings_override_and_are_kept_in_the_text)
{
  static const char *const settings[]
      = { "whole.passes=0.5", "run.seed=99", "model.title=A = b", "whole.passes=2.5", NULL };
  g_autoptr (vqa_recipe) plain = read_good (NULL, NULL);
  g_autoptr (vqa_recipe) r = read_good (NULL, settings);
  g_autoptr (vqa_recipe) again = NULL;
  g_autofree char *kept = draw_file (folder, "kept.recipe", r->text, -1);

  cr_assert_eq (r->whole.passes, 2.5);
  cr_assert_eq (r->seed, 99);
  cr_assert_str_eq (r->title, "A = b");
  cr_assert_eq (r->head.passes, plain->head.passes);
  cr_assert_str_neq (r->text, plain->text);
  tiny_expect_part (plain->text, "# Two stages of a few steps.");
  /* The text alone says the same: it is what a model carries. */
  again = vqa_recipe_read (kept, NULL, NULL, NULL);
  cr_assert_not_null (again);
  cr_assert_eq (again->whole.passes, 2.5);
  cr_assert_eq (again->seed, 99);
  cr_assert_str_eq (again->text, r->text);
}

/* A setting that must be refused with a message that names the recipe, and group and key. */
static void
refuse_setting (const char *setting, const char *place, const char *part)
{
  const char *const settings[] = { setting, NULL };
  g_autoptr (GError) error = NULL;

  cr_assert_null (vqa_recipe_read (path, NULL, settings, &error), "%s was taken", setting);
  tiny_expect_error (error, VQA_ERROR, VQA_ERROR_RECIPE, place, part, NULL);
}

Test (recipe, places_of_modulation)
{
  static const struct
  {
    const char *setting;
    int set; /* -1: refused */
  } cases[] = {
    { "network.modulation=gate", NN_MODULATE_GATE },
    { "network.modulation=token; norm ;query_key;gate", 15 },
    { "network.modulation=none", 0 },
    { "network.modulation=", -1 },
    { "network.modulation=gate;memory", -1 },
    { "network.modulation=gate,norm", -1 },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const char *settings[] = { cases[i].setting, NULL };
      if (cases[i].set >= 0)
        {
          g_autoptr (vqa_recipe) r = read_good ("/data", settings);
          cr_assert_eq (r->spec.modulation, cases[i].set, "%s", cases[i].setting);
        }
      else
        refuse_setting (cases[i].setting, path, "[network] modulation is");
    }
}

Test (recipe, wrong_values)
{
  static const struct
  {
    const char *setting, *place, *part;
  } cases[] = {
    { "data.answers=1", "good.recipe: [data] answers", "whole number from 2 to 100000" },
    { "data.answers=many", "[data] answers", "“many”" },
    { "data.answers=", "[data] answers", "whole number" },
    { "data.answers=3.5", "[data] answers", "“3.5”" },
    { "data.answers=3x", "[data] answers", "“3x”" },
    { "data.answers=100001", "[data] answers", "from 2 to 100000" },
    { "data.answers=1e300", "[data] answers", "whole number" },
    { "data.vocabulary=0", "[data] vocabulary", "from 1" },
    { "data.calibration=51", "[data] calibration", "number from 0 to 50" },
    { "data.calibration=nan", "[data] calibration", "number" },
    { "data.human=-1", "[data] human", "from 0" },
    { "network.backbone=resnet", "[network] backbone", "mobilenetv2, plain" },
    { "network.backbone=plain", "[head] passes", "must be 0" },
    { "network.filters=0", "[network] filters", "from 1 to 1024" },
    { "network.halvings=1", "[network] halvings", "from 2 to 5" },
    { "data.crop=1", "[data] crop", "0.9" },
    { "data.word_dropout=-0.1", "[data] word_dropout", "from 0" },
    { "network.side=31", "[network] side", "from 32 to 1024" },
    { "network.side=1025", "[network] side", "from 32 to 1024" },
    { "network.side=-32", "[network] side", "“-32”" },
    { "network.max_words=257", "[network] max_words", "256" },
    { "network.blocks=0", "[network] blocks", "from 1 to 16" },
    { "network.heads=65", "[network] heads", "64" },
    { "network.dropout=0.95", "[network] dropout", "0.9" },
    { "network.dropout=0,5", "[network] dropout", "“0,5”" },
    { "head.passes=-1", "[head] passes", "from 0" },
    { "head.passes=inf", "[head] passes", "number" },
    { "head.pictures=0", "[head] pictures", "from 1" },
    { "whole.questions=65", "[whole] questions", "64" },
    { "whole.rate=fast", "[whole] rate", "“fast”" },
    { "whole.decay=-0.1", "[whole] decay", "from 0" },
    { "whole.backbone=11", "[whole] backbone", "10" },
    { "run.seed=-1", "[run] seed", "whole number" },
    { "run.seed=0.5", "[run] seed", "“0.5”" },
    { "run.seed=1e16", "[run] seed", "1e+15" },
    { "model.name=", "good.recipe: [model] name", "plain name" },
    { "model.name=../elsewhere", "[model] name", "plain name" },
    { "model.name=.hidden", "[model] name", "plain name" },
    { "model.title=bad \\q escape", "good.recipe: [model] title", "cannot be read" },
    { "data.questions=a;b\\q", "good.recipe: [data] questions", "cannot be read" },
    { "data.questions=a.json;b.json", "[data] annotations", "one file for each" },
    { "data.annotations=", "[data] annotations", "one file for each" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    refuse_setting (cases[i].setting, cases[i].place, cases[i].part);
}

Test (recipe, edges_of_values_are_taken)
{
  static const char *const settings[] = { "data.answers=2",
                                          "data.calibration=50",
                                          "network.side=1024",
                                          "network.dropout=0",
                                          "head.passes=0.25",
                                          "head.rate=10",
                                          "run.seed=1e15",
                                          "whole.pictures=4096",
                                          "model.description=é",
                                          "data.human=0",
                                          NULL };
  g_autoptr (vqa_recipe) r = read_good (NULL, settings);

  cr_assert_eq (r->answers, 2);
  cr_assert_eq (r->spec.side, 1024);
  cr_assert_eq (r->head.passes, 0.25);
  cr_assert_eq (r->seed, 1000000000000000u);
  cr_assert_str_eq (r->description, "é");
  cr_assert_eq (r->human, 0);
}

Test (recipe, settings_that_are_none)
{
  static const char *const cases[][2] = {
    { "answers=3", "group.key=value" },
    { "data.answers", "group.key=value" },
    { ".answers=3", "group.key=value" },
    { "data.=3", "group.key=value" },
    { "", "group.key=value" },
    { "model.title=caf\xe9", "model.title=" },
    { "data.wings=3", "[data] wings is not a key" },
    { "flight.answers=3", "[flight] answers" },
    { "x=1.5", "group.key=value" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    refuse_setting (cases[i][0], "--set", cases[i][1]);
}

/* A file that must be refused; its message names it and holds `part`. */
static void
refuse_file (const char *text, gssize length, const char *part)
{
  g_autofree char *bad = draw_file (folder, "bad.recipe", text, length);
  g_autoptr (GError) error = NULL;

  cr_assert_null (vqa_recipe_read (bad, NULL, NULL, &error), "taken: %s", text);
  tiny_expect_error (error, VQA_ERROR, VQA_ERROR_RECIPE, bad, part, NULL);
}

#define NEEDED "[model]\nname=n\n[data]\nimages=i\nquestions=a\nannotations=b\n"

Test (recipe, files_that_are_none)
{
  g_autofree char *garbage = g_malloc (4096);

  refuse_file ("[model]\nname=n\nwings=2\n", -1, "[model] wings is not a key");
  refuse_file (NEEDED "[flight]\n", -1, "[flight] is not a group");
  refuse_file (NEEDED "[flight]\nwings=2\n", -1, "[flight] is not a group");
  refuse_file ("[data]\nimages=i\nquestions=a\nannotations=b\n", -1, "[model] name is missing");
  refuse_file ("[model]\nname=n\n[data]\nquestions=a\nannotations=b\n", -1,
               "[data] images is missing");
  refuse_file ("[model]\nname=n\n[data]\nimages=i\nannotations=b\n", -1,
               "[data] annotations must name");
  refuse_file ("[model]\nname=n\n[data]\nimages=i\nquestions=a\n", -1,
               "[data] annotations must name");
  refuse_file ("", 0, "[model] name is missing");
  refuse_file ("name=n\n", -1, "group");
  refuse_file ("[model\nname=n\n", -1, "[model");
  refuse_file (NEEDED "just words\n", -1, "just words");
  refuse_file (NEEDED "# caf\xe9\n", -1, "UTF-8");
  refuse_file ("[model]\nname=caf\xe9\n", -1, "UTF-8");
  refuse_file (NEEDED "\0\0", sizeof NEEDED + 1, "UTF-8");
  for (int i = 0; i < 4096; i++)
    garbage[i] = (char)(i * 197 + i / 7);
  refuse_file (garbage, 4096, "UTF-8");
}

Test (recipe, missing_files_and_folders)
{
  g_autofree char *absent = tiny_path (folder, "absent.recipe");
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) other = NULL;

  cr_assert_null (vqa_recipe_read (absent, NULL, NULL, &error));
  tiny_expect_error (error, VQA_ERROR, VQA_ERROR_RECIPE, absent, "No such file", NULL);
  cr_assert_null (vqa_recipe_read (folder, NULL, NULL, &other));
  tiny_expect_error (other, VQA_ERROR, VQA_ERROR_RECIPE, folder, NULL);
}
