/* regard-cli eval: shapes, scores computed by hand, predictions, interruption. */
#include "tests/vqa/draw.h"
#include "tests/vqa/toy.h"

#include <criterion/criterion.h>
#include <json-glib/json-glib.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

static char *folder, *set, *images;

/* Six questions about pictures 1, 2 and 3; 3 is missing. Two about picture 1 stand apart, so that
 * grouping by picture has to keep the order. */
static const char questions[]
    = "{\"questions\":["
      "{\"question_id\":10,\"image_id\":1,\"question\":\"is there a cat?\"},"
      "{\"question_id\":20,\"image_id\":2,\"question\":\"is there a cat?\",\"split\":\"val\"},"
      "{\"question_id\":11,\"image_id\":1,\"question\":\"what is there?\"},"
      "{\"question_id\":30,\"image_id\":3,\"question\":\"is there a cat?\"},"
      "{\"question_id\":21,\"image_id\":2,\"question\":\"a cat\"},"
      "{\"question_id\":22,\"image_id\":2,\"question\":\"cat cat\"}]}";
static const int ids[] = { 10, 20, 11, 30, 21, 22 };

static void
draw_picture (const char *name, int width, int height)
{
  g_autofree guint8 *scene = draw_scene (width, height);
  g_autoptr (GBytes) png = draw_png (scene, width, height, 3);
  g_free (draw_save (images, name, png));
}

static void
set_up (void)
{
  folder = toy_folder ();
  set = g_build_filename (folder, "set", NULL);
  images = g_build_filename (set, "images", NULL);
  cr_assert_eq (g_mkdir_with_parents (images, 0700), 0);
  g_free (draw_file (set, "questions.json", questions, -1));
  draw_picture ("COCO_val2014_000000000001.png", 50, 30);
  draw_picture ("2.png", 30, 50);
}

static void
tear_down (void)
{
  toy_remove (folder);
  g_free (set);
  g_free (images);
}

TestSuite (eval, .init = set_up, .fini = tear_down);

static JsonObject *
expect_scores (const toy_run *r, JsonNode **node)
{
  cr_assert_eq (r->status, 0, "status %d: %s", r->status, r->err);
  gsize length = strlen (r->out);
  cr_assert (length > 1 && strchr (r->out, '\n') == r->out + length - 1, "not one line: %s",
             r->out);
  *node = json_from_string (r->out, NULL);
  cr_assert_not_null (*node);
  return json_node_get_object (*node);
}

/* The predictions file: an array of question_id and answer; answers (6) receive copies. */
static void
read_predictions (const char *name, char **answers)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *text = NULL;
  cr_assert (g_file_get_contents (path, &text, NULL, NULL));
  g_autoptr (JsonNode) node = json_from_string (text, NULL);
  JsonArray *all = json_node_get_array (node);
  cr_assert_eq (json_array_get_length (all), G_N_ELEMENTS (ids));
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      JsonObject *one = json_array_get_object_element (all, i);
      cr_assert_eq (json_object_get_int_member (one, "question_id"), ids[i]);
      answers[i] = g_strdup (json_object_get_string_member (one, "answer"));
      cr_assert_str_not_empty (answers[i]);
    }
}

/* Annotations: answer_type and the one answer of each question; NULL leaves the type out. */
static void
write_annotations (const char *const *types, const char *const *answers)
{
  g_autoptr (GString) text = g_string_new ("{\"annotations\":[");
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      g_string_append_printf (text, "%s{\"question_id\":%d,\"image_id\":%d,", i > 0 ? "," : "",
                              ids[i], ids[i] / 10);
      if (types[i] != NULL)
        g_string_append_printf (text, "\"answer_type\":\"%s\",", types[i]);
      g_string_append_printf (text, "\"answers\":[{\"answer\":\"%s\",\"answer_id\":1}]}",
                              answers[i]);
    }
  g_string_append (text, "]}");
  g_free (draw_file (set, "annotations.json", text->str, -1));
}

static void
expect_number (JsonObject *scores, const char *name, double wanted)
{
  cr_assert_not (json_object_get_null_member (scores, name), "%s is null", name);
  double got = json_object_get_double_member (scores, name);
  cr_assert_float_eq (got, wanted, 1e-3, "%s is %g, not %g", name, got, wanted);
}

Test (eval, without_annotations_only_predicts)
{
  static const char *const unknown[] = { "accuracy", "yes_no", "number", "other", "blind" };
  g_auto (toy_run) r = toy_cli (folder, "eval", "--model", "toy", "--data", "vqa2:set",
                                "--predictions", "p.json", "--json", NULL);
  g_autoptr (JsonNode) node = NULL;
  JsonObject *scores = expect_scores (&r, &node);
  cr_assert_eq (json_object_get_size (scores), 8);
  for (guint i = 0; i < G_N_ELEMENTS (unknown); i++)
    cr_assert (json_object_get_null_member (scores, unknown[i]), "%s", unknown[i]);
  cr_assert_eq (json_object_get_int_member (scores, "questions"), 5);
  cr_assert_eq (json_object_get_int_member (scores, "missing_pictures"), 1);
  cr_assert_geq (json_object_get_double_member (scores, "milliseconds_per_question"), 0.0);
  char *answers[6];
  read_predictions ("p.json", answers);
  for (int i = 0; i < 6; i++)
    g_free (answers[i]);
}

/* The model's own answers as annotations, two of them spoilt: the scores follow by hand. */
Test (eval, scores_by_type)
{
  char *answers[6];
  g_auto (toy_run) first = toy_cli (folder, "eval", "--model", "toy", "--data", "vqa2:set",
                                    "--predictions", "p.json", NULL);
  cr_assert_eq (first.status, 0, "%s", first.err);
  read_predictions ("p.json", answers);
  /* Right, right, wrong, (picture missing), right, wrong. */
  const char *known[] = { answers[0], answers[1], "qqq", answers[3], answers[4], "qqq" };
  static const char *const types[] = { "yes/no", "yes/no", "yes/no", "number", "other", NULL };
  write_annotations (types, known);

  g_auto (toy_run) r
      = toy_cli (folder, "eval", "--model", "toy", "--data", "vqa2:set", "--json", NULL);
  g_autoptr (JsonNode) node = NULL;
  JsonObject *scores = expect_scores (&r, &node);
  cr_assert_eq (json_object_get_int_member (scores, "questions"), 5);
  expect_number (scores, "accuracy", 60.0);
  expect_number (scores, "yes_no", 200.0 / 3.0);
  expect_number (scores, "other", 100.0);
  cr_assert (json_object_get_null_member (scores, "number")); /* its only picture is missing */
  cr_assert_not (json_object_get_null_member (scores, "blind"));

  g_auto (toy_run) two = toy_cli (folder, "eval", "--model", "toy", "--data", "vqa2:set", "--limit",
                                  "2", "--json", NULL);
  g_autoptr (JsonNode) two_node = NULL;
  JsonObject *two_scores = expect_scores (&two, &two_node);
  cr_assert_eq (json_object_get_int_member (two_scores, "questions"), 2);
  cr_assert_eq (json_object_get_int_member (two_scores, "missing_pictures"), 0);
  expect_number (two_scores, "accuracy", 100.0);
  for (int i = 0; i < 6; i++)
    g_free (answers[i]);
}

/* Without the picture, a question has the same answer whatever the picture. */
Test (eval, ablated_picture_is_not_seen)
{
  char *answers[6];
  g_auto (toy_run) r = toy_cli (folder, "eval", "--model", "toy", "--data", "vqa2:set", "--ablate",
                                "picture", "--predictions", "p.json", NULL);
  cr_assert_eq (r.status, 0, "%s", r.err);
  read_predictions ("p.json", answers);
  cr_assert_str_eq (answers[0], answers[1]);
  for (int i = 0; i < 6; i++)
    g_free (answers[i]);
}

/* ---- kinds, sources, lists, answers one by one ---------------------------------------- */

static void
annotate_all (const char *answer)
{
  const char *known[] = { answer, answer, answer, answer, answer, answer };
  static const char *const types[] = { "yes/no", "yes/no", "other", "yes/no", "other", "other" };
  write_annotations (types, known);
}

static JsonObject *
member (JsonObject *object, const char *name)
{
  cr_assert (json_object_has_member (object, name), "no %s", name);
  return json_object_get_object_member (object, name);
}

Test (eval, by_source_and_kind)
{
  static const char told[]
      = "{\"questions\":["
        "{\"question_id\":10,\"image_id\":1,\"question\":\"is there a cat?\","
        "\"source\":\"classes\"},"
        "{\"question_id\":20,\"image_id\":2,\"question\":\"is there a cat?\","
        "\"source\":\"classes\"},"
        "{\"question_id\":11,\"image_id\":1,\"question\":\"how many cats are there?\","
        "\"source\":\"cap\\\"tions\"}]}";
  static const char notes[]
      = "{\"annotations\":["
        "{\"question_id\":10,\"answer_type\":\"yes/no\",\"multiple_choice_answer\":\"yes\"},"
        "{\"question_id\":20,\"answer_type\":\"yes/no\",\"multiple_choice_answer\":\"no\"},"
        "{\"question_id\":11,\"answer_type\":\"number\",\"multiple_choice_answer\":\"qqq\"}]}";
  static const char *const parts[] = { "picture", "modulation", "attention" };

  g_free (draw_file (set, "questions.json", told, -1));
  g_free (draw_file (set, "annotations.json", notes, -1));
  g_auto (toy_run) r = toy_cli (folder, "eval", "--model", "toy", "--data", "vqa2:set", "--ablate",
                                "each", "--json", NULL);
  g_autoptr (JsonNode) node = NULL;
  JsonObject *scores = expect_scores (&r, &node);
  JsonObject *sources = member (scores, "by_source"), *kinds = member (scores, "by_kind");
  cr_assert_eq (json_object_get_size (sources), 2);
  expect_number (member (sources, "classes"), "always_yes", 50.0);
  cr_assert_eq (json_object_get_int_member (member (sources, "classes"), "questions"), 2);
  expect_number (member (sources, "cap\"tions"), "accuracy", 0.0);
  cr_assert_not (json_object_has_member (member (sources, "cap\"tions"), "always_yes"));
  cr_assert_eq (json_object_get_size (kinds), 2);
  cr_assert_eq (json_object_get_int_member (member (kinds, "existence"), "questions"), 2);
  cr_assert_eq (json_object_get_int_member (member (kinds, "count"), "questions"), 1);
  expect_number (scores, "always_yes", 50.0);
  cr_assert_not (json_object_get_null_member (scores, "calibration_error"));
  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      JsonObject *part = member (member (scores, "ablations"), parts[i]);
      g_auto (toy_run) alone = toy_cli (folder, "eval", "--model", "toy", "--data", "vqa2:set",
                                        "--ablate", parts[i], "--json", NULL);
      g_autoptr (JsonNode) alone_node = NULL;
      JsonObject *one = expect_scores (&alone, &alone_node);
      expect_number (part, "accuracy", json_object_get_double_member (one, "accuracy"));
      expect_number (member (part, "by_source"), "classes",
                     json_object_get_double_member (member (member (one, "by_source"), "classes"),
                                                    "accuracy"));
    }

  g_auto (toy_run) text
      = toy_cli (folder, "eval", "--model", "toy", "--data", "vqa2:set", "--ablate", "each", NULL);
  cr_assert_eq (text.status, 0, "%s", text.err);
  cr_assert_not_null (strstr (text.out, "Whether something is there"), "%s", text.out);
  cr_assert_not_null (strstr (text.out, "modulation"), "%s", text.out);
}

Test (eval, every_answer_can_be_looked_at)
{
  annotate_all ("a \\\"tame\\\", small cat");
  g_auto (toy_run) r = toy_cli (folder, "eval", "--model", "toy", "--data", "vqa2:set", "--answers",
                                "a.jsonl", "--predictions", "p.json", NULL);
  cr_assert_eq (r.status, 0, "%s", r.err);
  g_autofree char *path = g_build_filename (folder, "a.jsonl", NULL);
  g_autofree char *text = NULL, *csv = NULL, *csv_path = g_build_filename (folder, "a.CSV", NULL);
  char *answers[6];
  read_predictions ("p.json", answers);
  cr_assert (g_file_get_contents (path, &text, NULL, NULL));
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  cr_assert_eq (g_strv_length (lines), 6, "five answers and the end: %s", text);
  g_autoptr (JsonNode) node = json_from_string (lines[0], NULL);
  JsonObject *one = json_node_get_object (node);
  cr_assert_eq (json_object_get_int_member (one, "question_id"), 10);
  cr_assert (g_str_has_suffix (json_object_get_string_member (one, "picture"),
                               "COCO_val2014_000000000001.png"));
  cr_assert_str_eq (json_object_get_string_member (one, "question"), "is there a cat?");
  cr_assert_str_eq (json_object_get_string_member (one, "kind"), "existence");
  cr_assert_str_eq (
      json_array_get_string_element (json_object_get_array_member (one, "known_answers"), 0),
      "a \"tame\", small cat");
  cr_assert_str_eq (json_object_get_string_member (one, "answer"), answers[0]);
  double p = json_object_get_double_member (one, "probability");
  cr_assert (p > 0 && p <= 1, "%g", p);
  expect_number (one, "accuracy", 0.0);
  for (int i = 0; i < 6; i++)
    g_free (answers[i]);

  g_auto (toy_run) as_csv = toy_cli (folder, "eval", "--model", "toy", "--data", "vqa2:set",
                                     "--answers", "a.CSV", NULL);
  cr_assert_eq (as_csv.status, 0, "%s", as_csv.err);
  cr_assert (g_file_get_contents (csv_path, &csv, NULL, NULL));
  cr_assert (g_str_has_prefix (csv, "question_id,image_id,picture,"), "%s", csv);
  cr_assert_not_null (strstr (csv, "\"a \"\"tame\"\", small cat\""), "%s", csv);
}

Test (eval, only_what_is_listed)
{
  annotate_all ("yes");
  g_free (draw_file (folder, "ids.txt", "\n20\r\n22\n", -1));
  g_free (draw_file (folder, "names.txt", "COCO_val2014_000000000001.png\n", -1));
  g_auto (toy_run) some = toy_cli (folder, "eval", "--model", "toy", "--data", "vqa2:set", "--only",
                                   "ids.txt", "--json", NULL);
  g_auto (toy_run) pictures = toy_cli (folder, "eval", "--model", "toy", "--data", "vqa2:set",
                                       "--pictures", "names.txt", "--limit", "1", "--json", NULL);
  g_autoptr (JsonNode) node = NULL, other = NULL;
  cr_assert_eq (json_object_get_int_member (expect_scores (&some, &node), "questions"), 2);
  cr_assert_eq (json_object_get_int_member (expect_scores (&pictures, &other), "questions"), 1);
}

Test (eval, bad_lists_name_their_line)
{
  static const struct
  {
    const char *option, *text, *part;
  } cases[] = {
    { "--only", "20\n\nx1\n", "list.txt:3" },
    { "--only", "20\n99999999999999999999\n", "list.txt:2" },
    { "--only", "77\n", "none of the questions" },
    { "--pictures", "1.png\nimages/2.png\n", "list.txt:2" },
    { "--pictures", "absent.png\n", "none of the questions" },
    { "--pictures", NULL, "absent.txt" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      if (cases[i].text != NULL)
        g_free (draw_file (folder, "list.txt", cases[i].text, -1));
      g_auto (toy_run) r
          = toy_cli (folder, "eval", "--model", "toy", "--data", "vqa2:set", cases[i].option,
                     cases[i].text != NULL ? "list.txt" : "absent.txt", "--json", NULL);
      cr_assert_eq (r.status, 1, "%s: status %d: %s", cases[i].part, r.status, r.err);
      cr_assert_str_empty (r.out);
      cr_assert_not_null (strstr (r.err, cases[i].part), "%s", r.err);
    }
}

Test (eval, failures_write_nothing)
{
  static const struct
  {
    const char *data, *predictions, *part;
  } cases[] = {
    { "vqa2:absent", "p.json", "absent" },
    { "vqa2:set", "absent/p.json", "cannot be written" },
    { "vqa2:broken", "p.json", "questions.json" },
    { "vqa2:empty", "p.json", "no questions" },
    { "vqa2:blind", "p.json", "None of the" },
  };
  g_autofree char *broken = g_build_filename (folder, "broken", NULL);
  g_autofree char *empty = g_build_filename (folder, "empty", NULL);
  g_autofree char *blind = g_build_filename (folder, "blind", NULL);
  g_autofree char *predictions = g_build_filename (folder, "p.json", NULL);
  cr_assert_eq (g_mkdir_with_parents (broken, 0700) | g_mkdir_with_parents (empty, 0700)
                    | g_mkdir_with_parents (blind, 0700),
                0);
  g_free (draw_file (broken, "questions.json", "{\"questions\":[{\"question_id\":\"x\"}]}", -1));
  g_free (draw_file (empty, "questions.json", "{\"questions\":[]}", -1));
  g_free (draw_file (blind, "questions.json", questions, -1));
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (toy_run) r = toy_cli (folder, "eval", "--model", "toy", "--data", cases[i].data,
                                    "--predictions", cases[i].predictions, "--json", NULL);
      cr_assert_eq (r.status, 1, "%s: status %d: %s", cases[i].data, r.status, r.err);
      cr_assert_str_empty (r.out);
      cr_assert_not_null (strstr (r.err, cases[i].part), "%s", r.err);
      cr_assert_not (g_file_test (predictions, G_FILE_TEST_EXISTS));
    }
}

/* A full disk: predictions cannot be written, which shows only after the asking. */
Test (eval, scores_are_not_lost_with_predictions)
{
  g_autofree char *line
      = g_strdup_printf ("trap '' XFSZ; ulimit -f 0; exec '%s' eval -m models/toy.safetensors "
                         "--data vqa2:set --predictions p.json --json",
                         REGARD_CLI);
  const char *argv[] = { "/bin/sh", "-c", line, NULL };
  g_auto (toy_run) r = { -1, NULL, NULL };
  int status = 0;
  cr_assert (g_spawn_sync (folder, (char **)argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &r.out, &r.err,
                           &status, NULL));
  cr_assert (WIFEXITED (status) && WEXITSTATUS (status) == 1, "%s", r.err);
  cr_assert_not_null (strstr (r.err, "p.json"), "%s", r.err);
  r.status = 0;
  g_autoptr (JsonNode) node = NULL;
  cr_assert_eq (json_object_get_int_member (expect_scores (&r, &node), "questions"), 5);
}

Test (eval, unreadable_picture_is_counted)
{
  g_free (draw_file (images, "3.jpg", "no picture", -1));
  g_auto (toy_run) r
      = toy_cli (folder, "eval", "--model", "toy", "--data", "vqa2:set", "--json", NULL);
  g_autoptr (JsonNode) node = NULL;
  JsonObject *scores = expect_scores (&r, &node);
  cr_assert_eq (json_object_get_int_member (scores, "missing_pictures"), 1);
  cr_assert_not_null (strstr (r.err, "3.jpg"), "%s", r.err);
}

/* ---- a run that takes long -------------------------------------------------------------- */

/* Enough questions that the run is still going on whenever it is looked at. */
static GPid
start_long_run (char **environment)
{
  static const char *const arguments[]
      = { "eval", "--model", "toy", "--data", "vqa2:set", "--predictions", "p.json", NULL };
  g_autoptr (GString) text = g_string_new ("{\"questions\":[");
  for (int i = 0; i < 200000; i++)
    g_string_append_printf (text,
                            "%s{\"question_id\":%d,\"image_id\":1,\"question\":\"a cat there\"}",
                            i > 0 ? "," : "", i);
  g_string_append (text, "]}");
  g_free (draw_file (set, "questions.json", text->str, -1));
  return toy_start (folder, environment, arguments);
}

/* Contents of a file of a process, where strings end with zeros; NULL when there is none. */
static char *
read_proc (GPid process, const char *name, gsize *length)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/%s", (int)process, name);
  char *text = NULL;
  g_file_get_contents (path, &text, length, NULL);
  return text;
}

/* Waits until the process handles SIGINT itself. */
static void
wait_for_handler (GPid process)
{
  for (int i = 0; i < 6000; i++)
    {
      g_autofree char *status = read_proc (process, "status", NULL);
      const char *caught = status != NULL ? strstr (status, "SigCgt:\t") : NULL;
      cr_assert_eq (waitpid (process, NULL, WNOHANG), 0, "it ended too early");
      if (caught != NULL && (g_ascii_strtoull (caught + 8, NULL, 16) >> (SIGINT - 1) & 1) != 0)
        return;
      g_usleep (10000);
    }
  cr_assert_fail ("SIGINT is not handled");
}

Test (eval, interrupt_stops_cleanly, .timeout = 240)
{
  g_autofree char *predictions = g_build_filename (folder, "p.json", NULL);
  g_free (draw_file (folder, "p.json", "old", 3));
  GPid process = start_long_run (NULL);
  int status = 0;
  wait_for_handler (process);
  cr_assert_eq (kill (process, SIGINT), 0);
  cr_assert_eq (waitpid (process, &status, 0), process);
  cr_assert (WIFEXITED (status) && WEXITSTATUS (status) == 130, "wait status %d", status);
  g_autofree char *kept = NULL;
  cr_assert (g_file_get_contents (predictions, &kept, NULL, NULL));
  cr_assert_str_eq (kept, "old");
}

/* The environment that the running program was started with. */
static void
expect_wait_policy (char **environment, const char *wanted)
{
  GPid process = start_long_run (environment);
  wait_for_handler (process);
  gsize length = 0;
  g_autofree char *variables = read_proc (process, "environ", &length);
  const char *found = NULL;
  for (const char *v = variables; v < variables + length; v += strlen (v) + 1)
    if (g_str_has_prefix (v, "OMP_WAIT_POLICY="))
      found = v;
  kill (process, SIGKILL);
  waitpid (process, NULL, 0);
  cr_assert_str_eq (found, wanted);
}

Test (eval, threads_sleep_while_they_wait, .timeout = 240)
{
  expect_wait_policy (NULL, "OMP_WAIT_POLICY=PASSIVE");
}

Test (eval, wait_policy_of_the_person_stays, .timeout = 240)
{
  char *chosen[] = { (char *)"OMP_WAIT_POLICY=ACTIVE", NULL };
  expect_wait_policy (chosen, "OMP_WAIT_POLICY=ACTIVE");
}

/* ---- faithfulness of maps ------------------------------------------------------------------ */

Test (eval, maps_are_measured)
{
  g_auto (toy_run) one = toy_cli (folder, "eval", "--model", "toy", "--data", "vqa2:set", "--maps",
                                  "evidence,peaks", "--json", NULL);
  g_auto (toy_run) two = toy_cli (folder, "eval", "--model", "toy", "--data", "vqa2:set", "--maps",
                                  "evidence,peaks", "--json", NULL);
  g_autoptr (JsonNode) node = NULL, again = NULL;
  JsonObject *maps = json_object_get_object_member (expect_scores (&one, &node), "maps");
  JsonObject *same = json_object_get_object_member (expect_scores (&two, &again), "maps");
  JsonObject *evidence = json_object_get_object_member (maps, "evidence");
  JsonObject *random = json_object_get_object_member (maps, "random");
  JsonObject *gain = json_object_get_object_member (
      json_object_get_object_member (evidence, "gain_over"), "random");
  const char *const sides[] = { "deletion", "insertion" };
  cr_assert_eq (json_object_get_int_member (maps, "questions"), 5); /* one picture is missing */
  cr_assert (json_object_has_member (maps, "peaks") && json_object_has_member (maps, "centre"));
  cr_assert_not (json_object_has_member (maps, "occlusion"));
  for (int i = 0; i < 2; i++)
    {
      double a = json_object_get_double_member (evidence, sides[i]);
      double b = json_object_get_double_member (random, sides[i]);
      double d = json_object_get_double_member (gain, sides[i]);
      cr_assert (a >= 0 && a <= 1 && b >= 0 && b <= 1);
      cr_assert (ABS ((i == 0 ? b - a : a - b) - d) < 1e-5);
    }
  g_autofree char *first
      = json_to_string (json_object_get_member (json_node_get_object (node), "maps"), FALSE);
  g_autofree char *second
      = json_to_string (json_object_get_member (json_node_get_object (again), "maps"), FALSE);
  cr_assert (same != NULL);
  cr_assert_str_eq (first, second);
}

Test (eval, maps_as_text)
{
  g_auto (toy_run) r = toy_cli (folder, "eval", "--model", "toy", "--data", "vqa2:set", "--explain",
                                "--limit", "1", NULL);
  cr_assert_eq (r.status, 0, "%s", r.err);
  cr_assert (strstr (r.out, "attention") != NULL && strstr (r.out, "occlusion") != NULL);
  cr_assert (strstr (r.out, "centre") != NULL, "%s", r.out);
}
