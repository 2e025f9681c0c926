/* regard-cli compare, on two toy models that differ in their weights and in one answer. */
#include "tests/vqa/draw.h"
#include "tests/vqa/toy.h"
#include "vqa/data/data.h"

#include <criterion/criterion.h>
#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

static char *folder;

static void
setup (void)
{
  folder = toy_folder ();
  toy_add_model (folder, "other", "Other");
}

static void
teardown (void)
{
  toy_remove (folder);
}

TestSuite (compare_cli, .init = setup, .fini = teardown, .timeout = 120);

static JsonNode *
expect_json (const toy_run *r)
{
  g_autoptr (GError) error = NULL;
  JsonNode *node;

  cr_assert_eq (r->status, 0, "%s", r->err);
  node = json_from_string (r->out, &error);
  cr_assert (node, "%s: %s", r->out, error ? error->message : "");
  return node;
}

static const char *
best (JsonObject *o, guint model)
{
  JsonArray *models = json_object_get_array_member (o, "models");
  JsonObject *one = json_array_get_object_element (models, model);
  JsonArray *answers = json_object_get_array_member (one, "answers");

  cr_assert_eq (json_array_get_length (answers), 5);
  cr_assert_gt (json_object_get_double_member (one, "milliseconds"), 0);
  cr_assert_gt (json_object_get_int_member (one, "bytes"), 0);
  cr_assert_gt (json_object_get_int_member (one, "parameters"), 0);
  cr_assert_gt (json_object_get_int_member (one, "macs"), 0);
  return json_object_get_string_member (json_array_get_object_element (answers, 0), "answer");
}

/* The largest value of the difference, whatever its sign. */
static double
largest (JsonObject *o)
{
  JsonObject *d = json_object_get_object_member (o, "difference");
  JsonArray *rows = json_object_get_array_member (d, "values");
  double most = 0;

  cr_assert_eq (json_array_get_length (rows), json_object_get_int_member (d, "height"));
  for (guint y = 0; y < json_array_get_length (rows); y++)
    {
      JsonArray *row = json_array_get_array_element (rows, y);

      cr_assert_eq (json_array_get_length (row), json_object_get_int_member (d, "width"));
      for (guint x = 0; x < json_array_get_length (row); x++)
        most = MAX (most, fabs (json_array_get_double_element (row, x)));
    }
  return most;
}

Test (compare_cli, tells_answers_costs_and_the_difference)
{
  g_auto (toy_run) r = toy_cli (folder, "compare", "photo.png", TOY_QUESTION, "--models",
                                "toy,other", "--answer", "yes", "--json", NULL);
  g_autoptr (JsonNode) node = expect_json (&r);
  JsonObject *o = json_node_get_object (node);
  gboolean same = strcmp (best (o, 0), best (o, 1)) == 0;

  cr_assert_eq (json_object_get_boolean_member (o, "agree"), same);
  cr_assert_str_eq (json_object_get_string_member (o, "explained"), "yes");
  cr_assert_gt (largest (o), 0);
  cr_assert_leq (largest (o), 1);
}

/* A model against itself: it agrees, and there is no difference anywhere. */
Test (compare_cli, a_model_agrees_with_itself)
{
  g_auto (toy_run) r
      = toy_cli (folder, "compare", "photo.png", TOY_QUESTION, "-m", "toy,toy", "--json", NULL);
  g_autoptr (JsonNode) node = expect_json (&r);
  JsonObject *o = json_node_get_object (node);

  cr_assert (json_object_get_boolean_member (o, "agree"));
  cr_assert_eq (largest (o), 0);
}

Test (compare_cli, writes_the_difference_over_the_photograph)
{
  g_autofree char *path = g_build_filename (folder, "difference.png", NULL);
  g_auto (toy_run) r = toy_cli (folder, "compare", "photo.png", TOY_QUESTION, "-m", "toy,other",
                                "-o", "difference.png", NULL);
  g_autoptr (GError) error = NULL;

  cr_assert_eq (r.status, 0, "%s", r.err);
  cr_assert (strstr (r.out, "parameters") && strstr (r.out, "agree"), "%s", r.out);
  g_autoptr (vqa_picture) p = vqa_picture_load (path, 0, 100, &error);
  cr_assert (p && p->width == 60 && p->height == 40, "%s", error ? error->message : "");
}

static void
expect_failure (const toy_run *r, int status, const char *message)
{
  cr_assert_eq (r->status, status, "%d: %s", r->status, r->err);
  cr_assert (strstr (r->err, message), "%s", r->err);
  cr_assert_str_eq (r->out, "");
}

Test (compare_cli, what_cannot_be_compared_is_told)
{
  g_auto (toy_run) one
      = toy_cli (folder, "compare", "photo.png", TOY_QUESTION, "--models", "toy", NULL);
  g_auto (toy_run) none = toy_cli (folder, "compare", "photo.png", TOY_QUESTION, NULL);
  g_auto (toy_run) absent
      = toy_cli (folder, "compare", "photo.png", TOY_QUESTION, "-m", "toy,absent", NULL);
  g_auto (toy_run) answer = toy_cli (folder, "compare", "photo.png", TOY_QUESTION, "-m",
                                     "toy,other", "--answer", "red", NULL);
  g_auto (toy_run) photo
      = toy_cli (folder, "compare", "absent.png", TOY_QUESTION, "-m", "toy,other", NULL);

  expect_failure (&one, 2, "--models");
  expect_failure (&none, 2, "--models");
  expect_failure (&absent, 1, "absent");
  expect_failure (&answer, 1, "red");
  expect_failure (&photo, 1, "absent.png");
}
