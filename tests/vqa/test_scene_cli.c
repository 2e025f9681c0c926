/* regard-cli scene, and eval on scenes. */
#include "tests/vqa/draw.h"
#include "tests/vqa/toy.h"
#include "vqa/data/scene_questions.h"
#include "vqa/data/data.h"

#include <criterion/criterion.h>
#include <json-glib/json-glib.h>
#include <string.h>

static char *folder;

static void
set_up (void)
{
  folder = toy_folder ();
}

static void
tear_down (void)
{
  toy_remove (folder);
}

TestSuite (scene_cli, .init = set_up, .fini = tear_down);

static JsonObject *
expect_json (const toy_run *r, JsonNode **node)
{
  gsize length = strlen (r->out);
  cr_assert_eq (r->status, 0, "status %d: %s", r->status, r->err);
  cr_assert (length > 1 && strchr (r->out, '\n') == r->out + length - 1, "not one line: %s",
             r->out);
  *node = json_from_string (r->out, NULL);
  cr_assert_not_null (*node);
  return json_node_get_object (*node);
}

Test (scene_cli, description_and_questions_as_json)
{
  g_auto (toy_run) r = toy_cli (folder, "scene", "--seed", "12", "--index", "3", "--mode", "a",
                                "--questions", "4", "--json", NULL);
  g_autoptr (JsonNode) node = NULL;
  JsonObject *told = expect_json (&r, &node);
  JsonArray *objects = json_object_get_array_member (told, "objects");
  JsonArray *questions = json_object_get_array_member (told, "questions");
  vqa_scene s;

  vqa_scene_make (&s, 12, 3, VQA_SCENE_A);
  cr_expect_eq (json_object_get_int_member (told, "version"), VQA_SCENE_VERSION);
  cr_assert_eq (json_array_get_length (objects), (guint)s.n);
  for (int i = 0; i < s.n; i++)
    {
      JsonObject *o = json_array_get_object_element (objects, (guint)i);
      for (int a = 0; a < VQA_ATTRIBUTES; a++)
        cr_expect_str_eq (json_object_get_string_member (o, vqa_scene_attribute (a)),
                          vqa_scene_value (a, s.objects[i].is[a]));
      cr_expect_float_eq (json_object_get_double_member (o, "x"), s.objects[i].x, 1e-3);
      cr_expect_geq (json_object_get_double_member (o, "visible"), 0.6);
    }
  cr_assert_eq (json_array_get_length (questions), 4);
  for (guint k = 0; k < 4; k++)
    {
      JsonObject *o = json_array_get_object_element (questions, k);
      g_auto (vqa_scene_question) q = { 0 };
      vqa_scene_ask (&s, k, &q);
      cr_expect_str_eq (json_object_get_string_member (o, "question"), q.text);
      cr_expect_str_eq (json_object_get_string_member (o, "answer"), q.answer);
      cr_expect_str_eq (json_object_get_string_member (o, "kind"),
                        vqa_scene_family_name (q.family));
    }
}

Test (scene_cli, picture)
{
  g_auto (toy_run) r = toy_cli (folder, "scene", "--seed", "12", "--side", "96", "--output",
                                "s.png", "--questions", "2", NULL);
  g_autofree char *path = g_build_filename (folder, "s.png", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (vqa_picture) picture = vqa_picture_load (path, 96, 0, &error);
  guint8 rgb[96 * 96 * 3];
  vqa_scene s;

  cr_assert_eq (r.status, 0, "%s", r.err);
  cr_assert_not_null (picture, "%s", error ? error->message : "");
  vqa_scene_make (&s, 12, 0, VQA_SCENE_ALL);
  vqa_scene_draw (&s, 96, rgb);
  cr_expect_arr_eq (picture->square, rgb, sizeof rgb);
  for (int i = 0; i < s.n; i++)
    cr_expect_not_null (strstr (r.out, vqa_scene_value (VQA_COLOUR, s.objects[i].is[VQA_COLOUR])));
  cr_expect_not_null (strchr (r.out, '?'));
}

Test (scene_cli, wrong_arguments)
{
  static const struct
  {
    const char *option, *value, *what;
    int status;
  } cases[] = { { "--side", "31", "--side", 2 },           { "--side", "513", "--side", 2 },
                { "--seed", "-1", "--seed", 2 },           { "--index", "-1", "--index", 2 },
                { "--questions", "-1", "--questions", 2 }, { "--mode", "c", "--mode", 2 },
                { "--output", "none/s.png", "none", 1 } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (toy_run) r = toy_cli (folder, "scene", cases[i].option, cases[i].value, NULL);
      cr_expect_eq (r.status, cases[i].status, "%s: %d", cases[i].option, r.status);
      cr_expect_not_null (strstr (r.err, cases[i].what), "%s", r.err);
    }
}

Test (scene_cli, eval_tells_accuracy_by_kind)
{
  g_auto (toy_run) r = toy_cli (folder, "eval", "--model", "toy", "--data", "scenes:5:b", "--limit",
                                "60", "--json", NULL);
  g_auto (toy_run) again = toy_cli (folder, "eval", "--model", "toy", "--data", "scenes:5:b",
                                    "--limit", "60", "--json", NULL);
  g_autoptr (JsonNode) node = NULL, other = NULL;
  JsonObject *scores = expect_json (&r, &node), *same = expect_json (&again, &other);
  JsonObject *kinds = json_object_get_object_member (scores, "kinds");

  cr_expect_eq (json_object_get_int_member (scores, "questions"), 60);
  cr_expect_eq (json_object_get_int_member (scores, "missing_pictures"), 0);
  cr_expect_float_eq (json_object_get_double_member (scores, "accuracy"),
                      json_object_get_double_member (same, "accuracy"), 1e-9);
  for (int f = 0; f < VQA_FAMILIES; f++)
    cr_expect (json_object_has_member (kinds, vqa_scene_family_name (f)), "%s",
               vqa_scene_family_name (f));
}

Test (scene_cli, eval_of_no_scenes)
{
  static const char *const wrong[]
      = { "scenes:", "scenes:x", "scenes:5:c", "scenes:-5", "scenes:99999999999999999999" };

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_auto (toy_run) r = toy_cli (folder, "eval", "--model", "toy", "--data", wrong[i], NULL);
      cr_expect_eq (r.status, 1, "%s: %d", wrong[i], r.status);
      cr_expect_not_null (strstr (r.err, "scenes:SEED"), "%s", r.err);
    }
}

Test (scene_cli, bench)
{
  g_auto (toy_run) r
      = toy_cli (folder, "bench", "scenes", "--side", "32", "--seconds", "0.01", "--json", NULL);
  g_auto (toy_run) wrong = toy_cli (folder, "bench", "scenes", "--seconds", "0", NULL);
  g_autoptr (JsonNode) node = NULL;
  JsonObject *told = expect_json (&r, &node);

  cr_expect_gt (json_object_get_double_member (told, "pictures_per_second"), 0);
  cr_expect_gt (json_object_get_double_member (told, "questions_per_second"), 0);
  cr_expect_eq (wrong.status, 2);
}

/* As a set: as many as asked for, pictures of any side. */
Test (scene_cli, a_set_of_scenes)
{
  static const int sides[] = { 20, 64, 600 };
  g_autoptr (GError) error = NULL;
  g_autoptr (vqa_set) few = vqa_set_open_first ("scenes:8", 12, &error);
  g_autoptr (vqa_set) usual = vqa_set_open_kind ("scenes:8", &error);
  const vqa_question *last;
  char *hash = NULL;

  cr_assert (few && usual);
  cr_assert_eq (few->questions->len, 12);
  cr_expect_eq (usual->questions->len, VQA_SCENE_SET_PICTURES * VQA_SCENE_SET_QUESTIONS);
  last = few->questions->pdata[11];
  cr_expect_eq (last->image_id, 2);
  cr_expect_str_eq (last->text, ((vqa_question *)usual->questions->pdata[11])->text);
  for (guint i = 0; i < G_N_ELEMENTS (sides); i++)
    {
      g_autoptr (vqa_picture) picture = vqa_set_load_picture (few, 2, sides[i], &error);
      cr_assert_not_null (picture);
      cr_expect_eq (picture->side, sides[i]);
      cr_expect_str_neq (picture->hash, hash ? hash : "");
      g_free (hash);
      hash = g_strdup (picture->hash);
    }
  g_free (hash);
}
