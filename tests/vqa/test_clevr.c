/* CLEVR's layout: which file, questions one by one, kinds, and refusals that name the place. */
#include "tests/vqa/draw.h"
#include "vqa/data/data.h"

#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <string.h>

static char *folder;

static void
make_folder (const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  cr_assert_eq (g_mkdir_with_parents (path, 0700), 0);
}

static void
setup (void)
{
  folder = draw_folder ();
  make_folder ("images/val");
  make_folder ("questions");
}

static void
teardown (void)
{
  draw_remove (folder);
  g_free (folder);
}

TestSuite (clevr, .init = setup, .fini = teardown);

static void
put (const char *name, const char *text)
{
  g_free (draw_file (folder, name, text, -1));
}

static vqa_set *
open_it (guint most, GError **error)
{
  g_autofree char *name = g_strconcat ("clevr:", folder, NULL);
  return vqa_set_open_first (name, most, error);
}

static vqa_set *
expect_set (guint most)
{
  g_autoptr (GError) error = NULL;
  vqa_set *set = open_it (most, &error);
  cr_assert_not_null (set, "%s", error ? error->message : "");
  return set;
}

static void
refuse (const char *what)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (vqa_set) set = open_it (0, &error);
  cr_assert_null (set, "expected: %s", what);
  cr_expect (g_error_matches (error, VQA_ERROR, VQA_ERROR_DATA));
  cr_expect (strstr (error->message, what) != NULL, "expected '%s', got: %s", what, error->message);
}

#define VAL "questions/CLEVR_val_questions.json"
#define QUESTION(text, answer, number, rest)                                                       \
  "{\"question\":\"" text "\",\"answer\":\"" answer "\",\"image_index\":" #number                  \
  ",\"image_filename\":\"CLEVR_val_00000" #number ".png\",\"split\":\"val\"" rest "}"

static const char questions[]
    = " {\"info\":{\"questions\":[1,{\"a\":\"]}\\\"\"}],\"n\":-1.5e3,\"t\":true},\n"
      "\"questions\" : [ " QUESTION (
          "How \\\"many\\\" {things}?", "3", 0,
          ",\"program\":[{\"function\":\"scene\"},{\"inputs\":[0],"
          "\"function\":\"count\",\"value_inputs\":[]}],"
          "\"question_family_index\":4") ",\n" QUESTION ("Same?", "yes", 0,
                                                         ",\"program\":[{\"function\":\"equal_integer\"}]") "," QUESTION ("Same color?",
                                                                                                                          "no",
                                                                                                                          1,
                                                                                                                          ",\"program\":[{\"function\":\"equal_color\"}]") "," QUESTION ("What?",
                                                                                                                                                                                         "rubber",
                                                                                                                                                                                         1,
                                                                                                                                                                                         ",\"program\":[{\"function\":\"query_material\"}]") "," QUESTION ("Any?",
                                                                                                                                                                                                                                                           "no",
                                                                                                                                                                                                                                                           1,
                                                                                                                                                                                                                                                           ",\"question_family_index\":17") " ] , \"license\":null}\n";

Test (clevr, questions_answers_kinds_and_pictures)
{
  static const char *const kinds[]
      = { "count", "compare numbers", "compare attribute", "query attribute", "family 17" };
  static const char *const types[] = { "number", "yes/no", "yes/no", "other", "yes/no" };
  g_autoptr (vqa_set) set = NULL;
  g_autoptr (vqa_picture) picture = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree guint8 *scene = draw_scene (48, 32);
  g_autoptr (GBytes) png = draw_png (scene, 48, 32, 3);
  const vqa_question *q;

  put (VAL, questions);
  g_free (draw_save (folder, "images/val/CLEVR_val_000001.png", png));
  set = expect_set (0);
  cr_assert_eq (set->questions->len, 5);
  for (guint i = 0; i < 5; i++)
    {
      q = set->questions->pdata[i];
      cr_expect_str_eq (q->kind, kinds[i]);
      cr_expect_str_eq (q->answer_type, types[i]);
      cr_expect_eq (q->id, i);
      cr_expect_eq (q->image_id, i / 2 > 0);
    }
  q = set->questions->pdata[0];
  cr_expect_str_eq (q->text, "How \"many\" {things}?");
  cr_expect_str_eq (q->answers[0], "3");
  cr_expect_null (q->answers[1]);
  picture = vqa_set_load_picture (set, 1, 32, &error);
  cr_assert_not_null (picture, "%s", error ? error->message : "");
  cr_expect_eq (picture->width, 48);
}

Test (clevr, only_the_first_questions)
{
  g_autoptr (vqa_set) set = NULL;
  put (VAL, questions);
  set = expect_set (2);
  cr_expect_eq (set->questions->len, 2);
}

Test (clevr, answers_may_be_unknown)
{
  g_autoptr (vqa_set) set = NULL;
  const vqa_question *q;

  put (VAL,
       "{\"questions\":[{\"question\":\"a?\",\"image_filename\":\"a.png\",\"image_index\":7}]}");
  set = expect_set (0);
  q = set->questions->pdata[0];
  cr_expect_null (q->answers[0]);
  cr_expect_null (q->kind);
}

Test (clevr, the_file_that_is_meant)
{
  g_autofree char *file = g_build_filename (folder, "questions/CLEVR_valB_questions.json", NULL);
  g_autofree char *name = g_strconcat ("clevr:", file, NULL);
  g_autoptr (vqa_set) one = NULL, two = NULL, named = NULL;
  g_autoptr (GError) error = NULL;

  refuse ("questions: no CLEVR_*_questions.json");
  put ("questions/README", "");
  put ("questions/CLEVR_valB_questions.json", "{\"questions\":[" QUESTION ("a?", "no", 1, "") "]}");
  one = expect_set (0);
  cr_expect_eq (one->questions->len, 1);
  cr_expect (g_str_has_suffix (one->folder, "images/valB"));
  put ("questions/CLEVR_trainA_questions.json", "{\"questions\":[]}");
  refuse ("several CLEVR_*_questions.json");
  put (VAL, questions);
  two = expect_set (0);
  cr_expect_eq (two->questions->len, 5);
  named = vqa_set_open_kind (name, &error);
  cr_assert_not_null (named, "%s", error ? error->message : "");
  cr_expect_eq (named->questions->len, 1);
}

Test (clevr, refusals_name_file_and_place)
{
  static const struct
  {
    const char *text, *what;
  } cases[] = {
    { "", "CLEVR_val_questions.json: " },
    { "[]", "CLEVR_val_questions.json: questions: expected an object" },
    { "{}", "questions: expected a list" },
    { "{\"info\":{}}", "questions: expected a list" },
    { "{\"questions\":{}}", "questions: expected a list" },
    { "{\"questions\":[1]}", "CLEVR_val_questions.json: questions[0]: expected an object" },
    { "{\"questions\":[" QUESTION ("a?", "no", 1, "") ",{}]}",
      "questions[1].question: expected text" },
    { "{\"questions\":[{\"question\":\"a?\",\"answer\":3}]}",
      "questions[0].answer: expected text" },
    { "{\"questions\":[{\"question\":\"a?\"}]}", "questions[0].image_filename: expected text" },
    { "{\"questions\":[{\"question\":\"a?\",\"image_filename\":\"a.png\",\"image_index\":-1}]}",
      "questions[0].image_index: expected a whole number" },
    { "{\"questions\":[{\"question\":\"a?\",\"image_filename\":\"../a\",\"image_index\":1}]}",
      "questions[0].image_filename: expected the plain name" },
    { "{\"questions\":[" QUESTION ("a?", "no", 1, "") "", "CLEVR_val_questions.json: " },
    { "{\"questions\":[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]}", "CLEVR_val_questions.json: " },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      put (VAL, cases[i].text);
      refuse (cases[i].what);
    }
}

/* Cut anywhere, it is refused or read; it never crashes. */
Test (clevr, cut_files)
{
  for (gsize n = 0; n < strlen (questions); n += 3)
    {
      g_autofree char *part = g_strndup (questions, n);
      g_autoptr (GError) error = NULL;
      g_autoptr (vqa_set) set = NULL;

      put (VAL, part);
      set = open_it (0, &error);
      cr_expect_null (set);
      cr_expect_not_null (error);
    }
}
