/* Arms of a comparison: read from a recipe, trained, measured, and not trained twice. */
#include "tests/vqa/draw.h"
#include "tests/vqa/lesson.h"
#include "vqa/run/arms.h"

#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

TestSuite (arms, .init = lesson_set_up, .fini = lesson_tear_down);

#define RECIPE                                                                                     \
  "[model]\nname=scenes\n"                                                                         \
  "[data]\nscenes=3\nscene_pictures=8\n"                                                           \
  "[network]\nbackbone=plain\nside=32\nfilters=8\nmax_words=40\n"                                  \
  "embed=8\nhidden=16\nwidth=16\nblocks=2\nheads=2\nkey=4\njoint=16\nblind=8\n"                    \
  "[labels]\npasses=0\n"                                                                           \
  "[whole]\npasses=1\npictures=4\nquestions=2\n"

Test (arms, as_the_recipe_names_them)
{
  g_autofree char *recipe
      = draw_file (folder, "arms.recipe",
                   RECIPE "[arms]\nall=\nFiLM only=network.attention=0;network.joint=8\n", -1);
  g_autoptr (GError) error = NULL;
  const vqa_run_options options = { .recipe_path = recipe };
  g_autoptr (GPtrArray) arms = vqa_arms_read (&options, &error);

  cr_assert_not_null (arms, "%s", error != NULL ? error->message : "");
  cr_assert_eq (arms->len, 2);
  const vqa_arm *all = arms->pdata[0], *film = arms->pdata[1];
  cr_expect_str_eq (all->name, "all");
  cr_expect_eq (g_strv_length (all->settings), 0);
  cr_expect_str_eq (film->name, "FiLM only");
  cr_assert_eq (g_strv_length (film->settings), 2);
  cr_expect_str_eq (film->settings[1], "network.joint=8");
}

/* Nothing is trained before all that can be wrong with any of them is told. */
Test (arms, wrong_ones)
{
  static const char *const cases[][2] = {
    { "", "[arms]" },
    { "[arms]\nall=\nwide=network.widht=32\n", "widht" },
    { "[arms]\nall=\nwide=network.width=0\n", "wide" },
    { "[arms]\na b=\na-b=network.width=8\n", "the same files" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = g_strconcat (RECIPE, cases[i][0], NULL);
      g_autofree char *recipe = draw_file (folder, "arms.recipe", text, -1);
      const vqa_run_options options = { .recipe_path = recipe };
      g_autoptr (GError) error = NULL;

      cr_assert_null (vqa_arms_read (&options, &error));
      tiny_expect_error (error, VQA_ERROR, VQA_ERROR_RECIPE, cases[i][1], NULL);
    }
}

Test (arms, interval_of_the_mean)
{
  static const double values[] = { 1, 2, 6 };
  double half, mean = vqa_arm_mean (values, 3, &half);

  cr_expect_float_eq (mean, 3, 1e-12);
  /* t (2 degrees of freedom) * deviation / root of n */
  cr_expect_float_eq (half, 4.303 * sqrt (7) / sqrt (3), 1e-9);
}

Test (arms, trained_and_measured_once)
{
  g_autofree char *recipe
      = draw_file (folder, "arms.recipe", RECIPE "[arms]\nFiLM only=network.attention=0\n", -1);
  g_autoptr (GError) error = NULL;
  vqa_run_options options = { .recipe_path = recipe, .library = "library.db" };
  g_autoptr (GPtrArray) arms = vqa_arms_read (&options, &error);
  static const char *const other[] = { "whole.rate=0.5", NULL };
  vqa_arm_result first, again;
  GStatBuf before, after;

  cr_assert_not_null (arms, "%s", error != NULL ? error->message : "");
  cr_assert_eq (chdir (folder), 0);
  cr_assert (vqa_arm_run (arms->pdata[0], &options, ".", 2, &first, &error), "%s",
             error != NULL ? error->message : "");
  cr_assert_eq (g_stat ("FiLM-only-2.safetensors", &before), 0);
  cr_expect_gt (first.parameters, 0);
  cr_expect_gt (first.macs, 0);
  cr_expect_gt (first.milliseconds, 0);
  for (int i = 0; i < 2; i++)
    cr_expect (first.accuracy[i] >= 0 && first.accuracy[i] <= 100);

  cr_assert (vqa_arm_run (arms->pdata[0], &options, ".", 2, &again, &error), "%s",
             error != NULL ? error->message : "");
  cr_expect_eq (memcmp (first.accuracy, again.accuracy, sizeof first.accuracy), 0);
  cr_assert_eq (g_stat ("FiLM-only-2.safetensors", &after), 0);
  cr_expect_eq (before.st_ino, after.st_ino, "it was not written again");

  options.settings = other;
  cr_assert_not (vqa_arm_run (arms->pdata[0], &options, ".", 2, &again, &error));
  tiny_expect_error (error, VQA_ERROR, VQA_ERROR_FAILED, "FiLM-only-1.safetensors",
                     "another recipe", NULL);
  cr_assert_eq (chdir ("/"), 0);
}
