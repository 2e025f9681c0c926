/* regard-cli bench: that it measures, says what, and refuses what makes no sense. No times are
 * checked. */
#include "tests/vqa/toy.h"

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

TestSuite (bench, .init = set_up, .fini = tear_down);

/* One line of JSON whose members `names` (NULL-terminated) are numbers above zero. */
static JsonNode *
expect_numbers (const toy_run *r, const char *const *names)
{
  JsonNode *node;
  cr_assert_eq (r->status, 0, "status %d: %s", r->status, r->err);
  cr_assert_eq (strchr (r->out, '\n'), r->out + strlen (r->out) - 1);
  node = json_from_string (r->out, NULL);
  cr_assert_not_null (node, "%s", r->out);
  for (; *names != NULL; names++)
    cr_assert_gt (json_object_get_double_member (json_node_get_object (node), *names), 0, "%s: %s",
                  *names, r->out);
  return node;
}

Test (bench, train)
{
  static const char *const nets[] = { "resnet18", "mobilenetv2" };
  static const char *const precisions[] = { "f32", "bf16" };
  static const char *const names[] = { "samples_per_second", "gflops", "peak_share", NULL };

  for (guint i = 0; i < G_N_ELEMENTS (nets); i++)
    {
      g_auto (toy_run) r = toy_cli (folder, "bench", "train", "--net", nets[i], "--size", "16",
                                    "--batch", "2", "--threads", "1", "--steps", "2", "--precision",
                                    precisions[i], "--json", NULL);
      JsonNode *node = expect_numbers (&r, names);
      JsonObject *o = json_node_get_object (node);
      cr_assert_str_eq (json_object_get_string_member (o, "precision"), precisions[i]);
      cr_assert_eq (json_object_get_int_member (o, "threads"), 1);
      /* The share belongs to the two figures beside it. */
      cr_assert_float_eq (json_object_get_double_member (o, "peak_share"),
                          json_object_get_double_member (o, "gflops")
                              / json_object_get_double_member (o, "peak_gflops"),
                          1e-3);
      json_node_unref (node);
    }
}

Test (bench, ask)
{
  static const char *const names[] = { "milliseconds_median", "milliseconds_p95",
                                       "second_milliseconds_median", "photographs", NULL };
  g_auto (toy_run) r
      = toy_cli (folder, "bench", "ask", "--model", "toy", "--seconds", "0.05", "--json", NULL);
  g_auto (toy_run) text
      = toy_cli (folder, "bench", "ask", "--model", "toy", "--seconds", "0.05", NULL);
  JsonNode *node = expect_numbers (&r, names);
  JsonObject *o = json_node_get_object (node);

  cr_assert_geq (json_object_get_double_member (o, "milliseconds_p95"),
                 json_object_get_double_member (o, "milliseconds_median"));
  cr_assert_eq (json_object_get_int_member (o, "picture_width"), 640);
  cr_assert_not_null (strstr (text.out, "640 x 480"), "%s", text.out);
  cr_assert_not_null (strstr (text.out, "second question"));
  json_node_unref (node);
}

Test (bench, refuses)
{
  static const struct
  {
    const char *argv[6];
    const char *part;
    int status;
  } cases[] = {
    { { NULL }, "train, ask, scenes or history", 2 },
    { { "fly" }, "fly", 2 },
    { { "train" }, "--net", 2 },
    { { "train", "--net", "vgg" }, "vgg", 2 },
    { { "train", "--net", "resnet18", "--size", "4" }, "--size", 2 },
    { { "train", "--net", "resnet18", "--batch", "0" }, "--batch", 2 },
    { { "train", "--net", "resnet18", "--steps", "-1" }, "--steps", 2 },
    { { "train", "--net", "resnet18", "--precision", "f16" }, "f16", 2 },
    { { "train", "--net", "resnet18", "--threads", "-2" }, "--threads", 2 },
    { { "ask", "--seconds", "0" }, "--seconds", 2 },
    { { "ask", "--seconds", "nan" }, "--seconds", 2 },
    { { "ask", "--model", "nobody" }, "nobody", 1 },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const char *const *a = cases[i].argv;
      g_auto (toy_run) r = toy_cli (folder, "bench", a[0], a[1], a[2], a[3], a[4], NULL);
      cr_assert_eq (r.status, cases[i].status, "%s: status %d", cases[i].part, r.status);
      cr_assert_str_empty (r.out);
      cr_assert_not_null (strstr (r.err, cases[i].part), "“%s” is missing in: %s", cases[i].part,
                          r.err);
    }
}

Test (bench, help)
{
  g_auto (toy_run) train = toy_cli ("/", "bench", "train", "--help", NULL);
  g_auto (toy_run) ask = toy_cli ("/", "bench", "ask", "--help", NULL);
  g_auto (toy_run) both = toy_cli ("/", "bench", "--help", NULL);
  cr_assert_not_null (strstr (train.out, "3 x 2 x multiply-adds"));
  cr_assert_not_null (strstr (ask.out, "640 x 480"));
  cr_assert (strstr (both.out, "train") != NULL && strstr (both.out, "ask") != NULL);
}
