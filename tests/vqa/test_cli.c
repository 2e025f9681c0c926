/* regard-cli as a person or a script meets it: ask, explain, models, and wrong arguments. */
#include "tests/vqa/draw.h"
#include "tests/vqa/toy.h"

#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <stdio.h>
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

/* Runs the program by a shell, `line` with what follows its name; TRUE when it succeeded. Standard
 * error goes to `err`. */
static gboolean
in_shell (const char *line, char **err)
{
  g_autofree char *full = g_strdup_printf ("'%s' %s", REGARD_CLI, line);
  const char *argv[] = { "/bin/sh", "-c", full, NULL };
  int status = 0;
  cr_assert (g_spawn_sync (folder, (char **)argv, NULL, G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL,
                           NULL, err, &status, NULL));
  return g_spawn_check_wait_status (status, NULL);
}

TestSuite (arguments);
TestSuite (cli, .init = set_up, .fini = tear_down);

static void
expect_part (const char *text, const char *part)
{
  cr_assert_not_null (strstr (text, part), "“%s” is missing in: %s", part, text);
}

/* Failed with a message that holds `part`, and left standard output alone. */
static void
expect_failure (const toy_run *r, int status, const char *part)
{
  cr_assert_eq (r->status, status, "status %d: %s", r->status, r->err);
  cr_assert_str_empty (r->out);
  expect_part (r->err, part);
}

/* Standard output holds exactly one line, of JSON. */
static JsonNode *
expect_json (const toy_run *r)
{
  g_autoptr (GError) error = NULL;
  cr_assert_eq (r->status, 0, "status %d: %s", r->status, r->err);
  gsize length = strlen (r->out);
  cr_assert (length > 1 && strchr (r->out, '\n') == r->out + length - 1, "not one line: %s",
             r->out);
  JsonNode *node = json_from_string (r->out, &error);
  cr_assert_not_null (node, "%s", error != NULL ? error->message : "");
  return node;
}

/* ---- arguments -------------------------------------------------------------------------- */

Test (arguments, help_and_version)
{
  static const char *const commands[]
      = { "ask", "explain", "eval", "scene", "train", "run", "runs", "models" };
  g_auto (toy_run) help = toy_cli ("/", "--help", NULL);
  cr_assert_eq (help.status, 0);
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      expect_part (help.out, commands[i]);
      g_auto (toy_run) one = toy_cli ("/", commands[i], "--help", NULL);
      cr_assert_eq (one.status, 0);
      expect_part (one.out, commands[i]);
      expect_part (one.out, "Options:");
      cr_assert_str_empty (one.err);
    }
  g_auto (toy_run) version = toy_cli ("/", "--version", NULL);
  cr_assert_eq (version.status, 0);
  cr_assert (g_str_has_prefix (version.out, "regard-cli "));
}

Test (arguments, wrong_ones_exit_with_2)
{
  static const struct
  {
    const char *argv[8];
    const char *part;
  } cases[] = {
    { { NULL }, "command is missing" },
    { { "fly" }, "fly" },
    { { "ask", "--wings" }, "--wings" },
    { { "ask", "photo.png" }, "PHOTO|FOLDER QUESTION" },
    { { "ask", "photo.png", "is?", "--recursive" }, "need a folder" },
    { { "ask", "photo.png", "is", "there" }, "quotes" },
    { { "ask", "photo.png", "is?", "--top", "0" }, "--top" },
    { { "ask", "photo.png", "is?", "--top", "many" }, "many" },
    { { "ask", "photo.png", "is?", "--region", "1,2,3" }, "four whole numbers" },
    { { "ask", "photo.png", "is?", "--region", "1,2,3,4,5" }, "four whole numbers" },
    { { "ask", "photo.png", "is?", "--region", "a,2,3,4" }, "a,2,3,4" },
    { { "ask", "photo.png", "is?", "--region", "1,2,3.5,4" }, "four whole numbers" },
    { { "ask", "photo.png", "is?", "--region", "" }, "X,Y,W,H" },
    { { "ask", "photo.png", "is?", "--region", "1,2,0,4" }, "empty" },
    { { "ask", "photo.png", "is?", "--region", "1,2,3,-4" }, "empty" },
    { { "ask", "photo.png", "is?", "--region=-1,2,3,4" }, "outside" },
    { { "explain", "photo.png", "is?" }, "--output" },
    { { "explain", "photo.png", "is?", "--json", "--kind", "saliency" }, "--kind" },
    { { "explain", "photo.png", "is?", "--json", "--head", "1" }, "--kind attention" },
    { { "explain", "photo.png", "is?", "--json", "-k", "attention", "--to" }, "--place" },
    { { "explain", "photo.png", "is?", "--json", "-k", "attention", "--place", "1,0" }, "X,Y" },
    { { "explain", "photo.png", "is?", "--json", "--at", "answer" }, "--swap" },
    { { "explain", "photo.png", "is?", "--json", "--grid", "4" }, "occlusion" },
    { { "eval", "--model", "m", "--data", "vqa2:x", "--maps", "evidence,all" }, "--maps" },
    { { "eval", "--model", "toy" }, "--data" },
    { { "eval", "--data", "vqa2:set" }, "--model" },
    { { "eval", "--model", "toy", "--data", "set" }, "vqa2:" },
    { { "eval", "-m", "toy", "--data=vqa2:set", "--limit", "0" }, "--limit" },
    { { "eval", "-m", "toy", "--data=vqa2:set", "--ablate", "all" }, "modulation" },
    { { "train" }, "RECIPE" },
    { { "train", "a.recipe", "--set", "rate=1" }, "group.key=value" },
    { { "run" }, "RECIPE" },
    { { "run", "a.recipe", "--precision", "f16" }, "f32, bf16 or auto" },
    { { "run", "a.recipe", "--threads", "-1" }, "1 to 1024" },
    { { "run", "a.recipe", "--progress", "xml" }, "json or text" },
    { { "runs", "stop", "1" }, "is not list" },
    { { "runs", "show" }, "number" },
    { { "runs", "list", "1" }, "no number" },
    { { "models", "a", "b" }, "too many" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const char *const *a = cases[i].argv;
      g_auto (toy_run) r = toy_cli ("/", a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], NULL);
      expect_failure (&r, 2, cases[i].part);
    }
}

/* ---- ask -------------------------------------------------------------------------------- */

/* Answers and probabilities are in order and possible. */
static void
expect_answers (JsonObject *reply, const char *name, guint least, guint most)
{
  JsonArray *answers = json_object_get_array_member (reply, name);
  guint n = json_array_get_length (answers);
  double before = 1.0, sum = 0.0;
  cr_assert (n >= least && n <= most, "%u answers in %s", n, name);
  for (guint i = 0; i < n; i++)
    {
      JsonObject *one = json_array_get_object_element (answers, i);
      double p = json_object_get_double_member (one, "probability");
      cr_assert_gt (strlen (json_object_get_string_member (one, "answer")), 0);
      cr_assert (p >= 0.0 && p <= before, "%s: %g after %g", name, p, before);
      before = p;
      sum += p;
    }
  cr_assert_leq (sum, 1.0 + 1e-5);
}

Test (cli, ask_json)
{
  g_auto (toy_run) r
      = toy_cli (folder, "ask", "photo.png", "is thre a Zyzzy?", "-m", "toy", "--json", NULL);
  g_autoptr (JsonNode) node = expect_json (&r);
  JsonObject *reply = json_node_get_object (node);
  cr_assert_eq (json_object_get_size (reply), 8);
  cr_assert (json_object_get_null_member (reply, "region"));
  cr_assert_str_eq (json_object_get_string_member (reply, "model"), "toy");
  expect_answers (reply, "answers", 5, 5);
  expect_answers (reply, "blind", 1, 5);
  JsonArray *unknown = json_object_get_array_member (reply, "unknown_words");
  JsonArray *nearest = json_object_get_array_member (reply, "nearest_words");
  cr_assert_eq (json_array_get_length (unknown), 2);
  cr_assert_str_eq (json_array_get_string_element (unknown, 0), "thre");
  cr_assert_str_eq (json_array_get_string_element (unknown, 1), "Zyzzy");
  cr_assert_eq (json_array_get_length (nearest), 2);
  cr_assert_str_eq (json_array_get_string_element (nearest, 0), "there");
  cr_assert_str_eq (json_array_get_string_element (nearest, 1), "");
  cr_assert (json_node_get_value_type (json_object_get_member (reply, "confident"))
             == G_TYPE_BOOLEAN);
  cr_assert_geq (json_object_get_double_member (reply, "milliseconds"), 0.0);
}

Test (cli, ask_top_limits_answers)
{
  g_auto (toy_run) r = toy_cli (folder, "ask", "photo.png", TOY_QUESTION, "--model=toy", "--top=2",
                                "--json", NULL);
  g_autoptr (JsonNode) node = expect_json (&r);
  expect_answers (json_node_get_object (node), "answers", 2, 2);
}

/* A grey picture with stripes at one of nine places. */
static void
save_striped (const char *name, int place)
{
  g_autofree guint8 *rgb = g_malloc (600 * 600 * 3);
  g_autoptr (GBytes) png = NULL;

  memset (rgb, 128, 600 * 600 * 3);
  for (int y = 0; y < 120; y++)
    for (int x = 0; x < 120; x++)
      memset (rgb + ((place / 3 * 200 + 40 + y) * 600 + place % 3 * 200 + 40 + x) * 3,
              x / 15 % 2 ? 255 : 0, 3);
  png = draw_png (rgb, 600, 600, 3);
  g_free (draw_save (folder, name, png));
}

/* The part that the second look went to, as --region takes it, and its answers; NULL: no part. The
 * caller frees. */
static char *
closer_place (JsonNode *node, JsonNode **answers)
{
  JsonObject *reply = json_node_get_object (node), *closer, *region;

  cr_assert (json_object_has_member (reply, "closer"));
  if (json_object_get_null_member (reply, "closer"))
    return NULL;
  closer = json_object_get_object_member (reply, "closer");
  region = json_object_get_object_member (closer, "region");
  *answers = json_object_get_member (closer, "answers");
  return g_strdup_printf ("%d,%d,%d,%d", (int)json_object_get_int_member (region, "x"),
                          (int)json_object_get_int_member (region, "y"),
                          (int)json_object_get_int_member (region, "width"),
                          (int)json_object_get_int_member (region, "height"));
}

/* The second look is what asking about its part gives. What a toy goes by is anybody's guess: of
 * nine pictures, some have a part to look at. */
Test (cli, ask_closer)
{
  int parts = 0;

  for (int i = 0; i < 9; i++)
    {
      JsonNode *answers = NULL;
      save_striped ("striped.png", i);
      g_auto (toy_run) r = toy_cli (folder, "ask", "striped.png", TOY_QUESTION, "-m", "toy",
                                    "--closer", "--json", NULL);
      g_autoptr (JsonNode) node = expect_json (&r);
      g_autofree char *place = closer_place (node, &answers);
      g_auto (toy_run) shown
          = toy_cli (folder, "ask", "striped.png", TOY_QUESTION, "-m", "toy", "--closer", NULL);

      cr_assert_eq (shown.status, 0);
      cr_assert_not_null (strstr (shown.out, place != NULL ? place : "no part to look at"));
      if (place == NULL)
        continue;
      g_auto (toy_run) again = toy_cli (folder, "ask", "striped.png", TOY_QUESTION, "-m", "toy",
                                        "--json", "--region", place, NULL);
      g_autoptr (JsonNode) same = expect_json (&again);
      cr_assert (json_node_equal (answers,
                                  json_object_get_member (json_node_get_object (same), "answers")));
      parts++;
    }
  cr_assert_gt (parts, 0, "no picture had a part");
}

/* Every picture of a folder gets the answer that it gets by itself; a damaged one gets a message.
 */
Test (cli, ask_a_folder)
{
  g_autofree char *at = g_build_filename (folder, "album", NULL), *broken = NULL;
  g_auto (toy_run) r = { 0 }, text = { 0 }, written = { 0 };
  g_autoptr (JsonNode) node = NULL;
  JsonArray *pictures;
  double before = 1;

  cr_assert_eq (g_mkdir (at, 0700), 0);
  for (int i = 0; i < 3; i++)
    {
      g_autofree char *name = g_strdup_printf ("album/%d.png", i);
      save_striped (name, i);
    }
  broken = draw_file (at, "broken.jpg", "nothing", -1);
  r = toy_cli (folder, "ask", "album", TOY_QUESTION, "-m", "toy", "--by", "yes", "--json", NULL);
  node = expect_json (&r);
  pictures = json_object_get_array_member (json_node_get_object (node), "pictures");
  cr_assert_eq (json_array_get_length (pictures), 4);
  for (guint i = 0; i < 3; i++)
    {
      JsonObject *p = json_array_get_object_element (pictures, i);
      const char *place = json_object_get_string_member (p, "place");
      double measure = json_object_get_double_member (p, "by_probability");
      g_auto (toy_run) alone
          = toy_cli (folder, "ask", place, TOY_QUESTION, "-m", "toy", "--json", NULL);
      g_autoptr (JsonNode) same = expect_json (&alone);
      JsonObject *best = json_array_get_object_element (
          json_object_get_array_member (json_node_get_object (same), "answers"), 0);

      cr_assert_leq (measure, before);
      before = measure;
      cr_assert_str_eq (json_object_get_string_member (p, "answer"),
                        json_object_get_string_member (best, "answer"));
      cr_assert_float_eq (json_object_get_double_member (p, "probability"),
                          json_object_get_double_member (best, "probability"), 1e-6);
    }
  cr_assert_not_null (
      strstr (json_object_get_string_member (json_array_get_object_element (pictures, 3), "error"),
              "broken.jpg"));
  text = toy_cli (folder, "ask", "album", TOY_QUESTION, "-m", "toy", NULL);
  cr_assert_eq (text.status, 0);
  cr_assert_not_null (strstr (text.out, "album/1.png"));
  cr_assert_not_null (strstr (text.err, "broken.jpg"));
  written
      = toy_cli (folder, "ask", "album", TOY_QUESTION, "-m", "toy", "--output", "out.csv", NULL);
  cr_assert_eq (written.status, 0);
  g_autofree char *csv = g_build_filename (folder, "out.csv", NULL), *lines = NULL;
  cr_assert (g_file_get_contents (csv, &lines, NULL, NULL));
  cr_assert (g_str_has_prefix (lines, "picture,place,answer,"));
  cr_assert_not_null (strstr (lines, "\r\nbroken.jpg,"));
}

Test (cli, ask_a_folder_refusals)
{
  static const char *const cases[][4] = {
    { "--region", "0,0,9,9", "one photograph", NULL },
    { "--by", "zebra", "none of the answers", NULL },
    { "--output", "out.txt", ".json, .csv or .md", NULL },
    { "--output", "none/out.csv", "none", NULL },
    { "--json", "--recursive", "no pictures", NULL },
  };
  g_autofree char *empty = g_build_filename (folder, "empty", NULL), *broken = NULL;

  cr_assert_eq (g_mkdir (empty, 0700), 0);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      /* Where only a picture is missing there is none; the others stop before looking. */
      g_auto (toy_run) r = toy_cli (folder, "ask", i == 1 ? "." : "empty", TOY_QUESTION, "-m",
                                    "toy", cases[i][0], cases[i][1], NULL);
      cr_assert_neq (r.status, 0, "%s %s", cases[i][0], cases[i][1]);
      cr_assert_not_null (strstr (r.err, cases[i][2]), "%s", r.err);
    }
  g_auto (toy_run) photo
      = toy_cli (folder, "ask", "photo.png", TOY_QUESTION, "-m", "toy", "--recursive", NULL);
  cr_assert_eq (photo.status, 2);
  broken = draw_file (empty, "broken.jpg", "nothing", -1);
  g_auto (toy_run) all = toy_cli (folder, "ask", "empty", TOY_QUESTION, "-m", "toy", NULL);
  cr_assert_eq (all.status, 1, "nothing came of it");
}

/* A part gets the answers that a file of nothing but this part gets. */
Test (cli, ask_about_a_part)
{
  g_autofree guint8 *scene = draw_scene (60, 40), *part = g_malloc (30 * 20 * 3);
  g_autoptr (GBytes) whole = NULL, cut = NULL;
  /* Stripes: unlike all around them. */
  for (int i = 0; i < 20 * 30; i++)
    memset (scene + ((15 + i / 30) * 60 + 25 + i % 30) * 3, i % 4 < 2 ? 255 : 0, 3);
  for (int y = 0; y < 20; y++)
    memcpy (part + y * 90, scene + ((y + 15) * 60 + 25) * 3, 90);
  whole = draw_png (scene, 60, 40, 3);
  cut = draw_png (part, 30, 20, 3);
  g_free (draw_save (folder, "whole.png", whole));
  g_free (draw_save (folder, "cut.png", cut));
  g_auto (toy_run) r = toy_cli (folder, "ask", "whole.png", TOY_QUESTION, "-m", "toy", "--json",
                                "--region", "25,15,30,20", NULL);
  g_auto (toy_run) same
      = toy_cli (folder, "ask", "cut.png", TOY_QUESTION, "-m", "toy", "--json", NULL);
  g_autoptr (JsonNode) node = expect_json (&r), wanted = expect_json (&same);
  JsonObject *reply = json_node_get_object (node), *region;
  cr_assert (json_node_equal (json_object_get_member (reply, "answers"),
                              json_object_get_member (json_node_get_object (wanted), "answers")));
  region = json_object_get_object_member (reply, "region");
  cr_assert_eq (json_object_get_int_member (region, "x"), 25);
  cr_assert_eq (json_object_get_int_member (region, "y"), 15);
  cr_assert_eq (json_object_get_int_member (region, "width"), 30);
  cr_assert_eq (json_object_get_int_member (region, "height"), 20);

  /* The map of the part is the map of that file, and painted over the part. */
  g_auto (toy_run) why = toy_cli (folder, "explain", "whole.png", TOY_QUESTION, "-m", "toy",
                                  "--json", "-k", "attention", "-r", "25,15,30,20", NULL);
  g_auto (toy_run) why_cut = toy_cli (folder, "explain", "cut.png", TOY_QUESTION, "-m", "toy",
                                      "--json", "-k", "attention", NULL);
  g_auto (toy_run) painted = toy_cli (folder, "explain", "whole.png", TOY_QUESTION, "-m", "toy",
                                      "--region", "25,15,30,20", "-o", "map.png", NULL);
  g_autoptr (JsonNode) told = expect_json (&why), cut_told = expect_json (&why_cut);
  g_autofree char *path = g_build_filename (folder, "map.png", NULL), *bytes = NULL;
  JsonObject *map = json_node_get_object (told);
  cr_assert (json_node_equal (json_object_get_member (map, "map"),
                              json_object_get_member (json_node_get_object (cut_told), "map")));
  cr_assert_eq (json_object_get_int_member (json_object_get_object_member (map, "region"), "width"),
                30);
  cr_assert (g_file_get_contents (path, &bytes, NULL, NULL));
  cr_assert_arr_eq (bytes + 16, "\0\0\0\x1e\0\0\0\x14", 8);

  g_auto (toy_run) outside = toy_cli (folder, "ask", "whole.png", TOY_QUESTION, "-m", "toy",
                                      "--region", "31,0,30,20", NULL);
  expect_failure (&outside, 1, "60 x 40 pixels");
  expect_part (outside.err, "31,0,30,20");
}

Test (cli, ask_for_people)
{
  g_auto (toy_run) r
      = toy_cli (folder, "ask", "photo.png", "is there a zyzzy?", "--model", "toy", NULL);
  cr_assert_eq (r.status, 0, "%s", r.err);
  expect_part (r.out, " %");
  expect_part (r.out, "yes");
  expect_part (r.out, "Without looking");
  expect_part (r.out, "zyzzy");
}

Test (cli, ask_model_by_file)
{
  g_auto (toy_run) r = toy_cli (folder, "ask", "photo.png", TOY_QUESTION, "--model",
                                "models/toy.safetensors", "--json", NULL);
  g_autoptr (JsonNode) node = expect_json (&r);
}

Test (cli, bad_pictures)
{
  g_autofree guint8 *scene = draw_scene (60, 40);
  g_autoptr (GBytes) jpeg = draw_jpeg (scene, 60, 40, 3, 80);
  g_autoptr (GBytes) cut = draw_cut (jpeg, 30);
  g_autoptr (GBytes) huge = draw_png_header (30000, 30000);
  g_free (draw_save (folder, "cut.jpg", cut));
  g_free (draw_save (folder, "huge.png", huge));
  g_free (draw_file (folder, "empty.jpg", "", 0));
  g_free (draw_file (folder, "text.jpg", "not a picture at all\n", -1));
  g_free (draw_file (folder, "new.webp", "RIFF\x24\0\0\0WEBPVP8 \x18\0\0\0", 20));
  static const char *const names[]
      = { "", "absent.jpg", "cut.jpg", "huge.png", "empty.jpg", "text.jpg", "new.webp", "models" };
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_auto (toy_run) r
          = toy_cli (folder, "ask", names[i], TOY_QUESTION, "--model", "toy", "--json", NULL);
      expect_failure (&r, 1, names[i]);
    }
}

Test (cli, bad_questions)
{
  g_autofree char *lengthy = g_strnfill (10000, 'a');
  const char *const questions[] = { "", "  \t ", lengthy, "caf\xe9?" };
  for (guint i = 0; i < G_N_ELEMENTS (questions); i++)
    {
      g_auto (toy_run) r = toy_cli (folder, "ask", "photo.png", questions[i], "-m", "toy", NULL);
      expect_failure (&r, 1, "uestion");
    }
}

Test (cli, bad_models)
{
  g_autofree char *path = g_build_filename (folder, "models", "toy.safetensors", NULL);
  g_autofree char *bytes = NULL;
  gsize length = 0;
  cr_assert (g_file_get_contents (path, &bytes, &length, NULL));
  g_free (draw_file (folder, "half.safetensors", bytes, (gssize)length / 2));
  g_free (draw_file (folder, "empty.safetensors", "", 0));
  static const char *const names[]
      = { "half.safetensors", "empty.safetensors", "photo.png", "absent", "./absent" };
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_auto (toy_run) r
          = toy_cli (folder, "ask", "photo.png", TOY_QUESTION, "--model", names[i], NULL);
      expect_failure (&r, 1, names[i]);
    }
}

Test (cli, file_name_that_is_not_utf8)
{
  g_autofree char *from = g_build_filename (folder, "photo.png", NULL);
  g_autofree char *to = g_build_filename (folder, "caf\xe9.png", NULL);
  cr_assert_eq (rename (from, to), 0);
  g_auto (toy_run) r
      = toy_cli (folder, "ask", "caf\xe9.png", TOY_QUESTION, "--model", "toy", "--json", NULL);
  g_autoptr (JsonNode) node = expect_json (&r);
}

Test (cli, full_disk_is_a_failure)
{
  g_autofree char *err = NULL;
  cr_assert_not (
      in_shell ("ask photo.png 'is it?' -m models/toy.safetensors --json >/dev/full", &err));
  expect_part (err, "standard output");
}

/* Closed streams: no file that is opened later takes their place, and what is lost is told. */
Test (cli, closed_streams)
{
  g_autofree char *err = NULL, *quiet = NULL, *none = NULL;
  cr_assert_not (in_shell ("ask photo.png 'is it?' -m models/toy.safetensors --json >&-", &err));
  expect_part (err, "standard output");
  cr_assert (in_shell ("ask photo.png 'is it?' -m models/toy.safetensors <&-", &none), "%s", none);
  cr_assert (
      in_shell ("explain photo.png 'is it?' -m models/toy.safetensors -o map.png 2>&-", &quiet));
}

/* ---- explain ---------------------------------------------------------------------------- */

Test (cli, explain_writes_a_picture)
{
  g_auto (toy_run) r = toy_cli (folder, "explain", "photo.png", TOY_QUESTION, "--output", "map.png",
                                "--model", "toy", NULL);
  cr_assert_eq (r.status, 0, "%s", r.err);
  g_autofree char *path = g_build_filename (folder, "map.png", NULL);
  g_autofree char *bytes = NULL;
  gsize length = 0;
  cr_assert (g_file_get_contents (path, &bytes, &length, NULL));
  cr_assert_gt (length, 33);
  cr_assert_arr_eq (bytes, "\x89PNG\r\n\x1a\n", 8);
  /* The header's width and height: the photograph's own size. */
  cr_assert_arr_eq (bytes + 16, "\0\0\0\x3c\0\0\0\x28", 8);
  /* The picture can be read and is not the photograph itself. */
  g_auto (toy_run) again
      = toy_cli (folder, "ask", "map.png", TOY_QUESTION, "--model", "toy", "--json", NULL);
  g_autoptr (JsonNode) node = expect_json (&again);
}

Test (cli, explain_leaves_what_it_cannot_write)
{
  static const char *const outputs[] = { "absent/map.png", "models", "" };
  for (guint i = 0; i < G_N_ELEMENTS (outputs); i++)
    {
      g_auto (toy_run) r = toy_cli (folder, "explain", "photo.png", TOY_QUESTION, "--output",
                                    outputs[i], "--model", "toy", NULL);
      expect_failure (&r, 1, "cannot be written");
    }
  g_free (draw_file (folder, "map.png", "old", 3));
  g_auto (toy_run) r = toy_cli (folder, "explain", "absent.png", TOY_QUESTION, "--output",
                                "map.png", "--model", "toy", NULL);
  expect_failure (&r, 1, "absent.png");
  g_autofree char *path = g_build_filename (folder, "map.png", NULL);
  g_autofree char *bytes = NULL;
  cr_assert (g_file_get_contents (path, &bytes, NULL, NULL));
  cr_assert_str_eq (bytes, "old");
}

Test (cli, explain_as_json)
{
  static const char *const kinds[] = { "evidence", "attention", "occlusion", "peaks" };
  static const int sides[] = { 2, 2, 6, 2 };
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_auto (toy_run) r = toy_cli (folder, "explain", "photo.png", TOY_QUESTION, "--model", "toy",
                                    "--kind", kinds[i], "--json", NULL);
      g_autoptr (JsonNode) node = expect_json (&r);
      JsonObject *all = json_node_get_object (node);
      JsonObject *map = json_object_get_object_member (all, "map");
      JsonArray *rows = json_object_get_array_member (map, "values");
      JsonArray *words = json_object_get_array_member (all, "words");
      cr_assert_str_eq (json_object_get_string_member (map, "kind"), kinds[i]);
      cr_assert_eq (json_object_get_int_member (map, "width"), sides[i]);
      cr_assert_eq (json_array_get_length (rows), sides[i]);
      cr_assert_eq (json_array_get_length (json_array_get_array_element (rows, 0)), sides[i]);
      cr_assert_eq (json_array_get_length (words), 4);
      cr_assert_str_eq (
          json_object_get_string_member (json_array_get_object_element (words, 3), "word"), "cat");
    }
}

Test (cli, explain_attention_modulation_and_another_question)
{
  g_auto (toy_run) r
      = toy_cli (folder, "explain", "photo.png", TOY_QUESTION, "--model", "toy", "--kind",
                 "attention", "--block", "block1", "--head", "2", "--place", "0.9,0.1", "--to",
                 "--modulation", "--swap", "cat", "--at", "block2,answer", "--json", NULL);
  g_autoptr (JsonNode) node = expect_json (&r);
  JsonObject *all = json_node_get_object (node);
  JsonObject *map = json_object_get_object_member (all, "map");
  JsonArray *places = json_object_get_array_member (all, "modulation");
  cr_assert_str_eq (json_object_get_string_member (map, "direction"), "to");
  cr_assert_eq (json_object_get_int_member (map, "head"), 2);
  cr_assert_eq (json_array_get_length (places), 3);
  JsonObject *first = json_array_get_object_element (places, 0);
  cr_assert_str_eq (json_object_get_string_member (first, "place"), "block1");
  cr_assert (json_object_has_member (first, "gates"));
  JsonObject *swapped = json_object_get_object_member (all, "swapped");
  cr_assert_eq (json_array_get_length (json_object_get_array_member (swapped, "answers")), 5);

  g_auto (toy_run) text = toy_cli (folder, "explain", "photo.png", TOY_QUESTION, "--model", "toy",
                                   "--words", "--modulation", "--swap", "cat", NULL);
  cr_assert_eq (text.status, 0, "%s", text.err);
  expect_part (text.out, "Without the word");
  expect_part (text.out, "answer, 16 channels");
  expect_part (text.out, "Modulated by “cat”");
}

Test (cli, explain_what_the_model_has_not)
{
  static const struct
  {
    const char *option, *value, *part;
  } wrong[] = {
    { "--block", "fine", "it has block1" },
    { "--head", "9", "heads" },
    { "--answer", "a dodo", "does not know" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_auto (toy_run) r
          = toy_cli (folder, "explain", "photo.png", TOY_QUESTION, "--model", "toy", "--kind",
                     "attention", "--json", wrong[i].option, wrong[i].value, NULL);
      expect_failure (&r, 1, wrong[i].part);
    }
}

/* ---- models ----------------------------------------------------------------------------- */

Test (cli, models_as_json)
{
  g_auto (toy_run) one = toy_cli (folder, "models", "toy", "--json", NULL);
  g_autoptr (JsonNode) node = expect_json (&one);
  JsonObject *model = json_node_get_object (node);
  cr_assert_str_eq (json_object_get_string_member (model, "name"), "toy");
  cr_assert_eq (json_object_get_int_member (model, "answers"), 5);
  cr_assert_eq (json_object_get_int_member (model, "words"), 4);
  cr_assert_eq (strlen (json_object_get_string_member (model, "hash")), 64);
  JsonObject *scores = json_object_get_object_member (model, "scores");
  cr_assert_float_eq (json_object_get_double_member (scores, "accuracy"), 12.5, 1e-9);
  cr_assert (json_object_get_null_member (model, "recipe"));
  /* Numbers as short as they are, in text as they were. */
  expect_part (
      one.out,
      "{\"accuracy\":12.5,\"blind\":52.4748,\"number\":40.0,\"loss\":1e-07,\"more\":null}");
  cr_assert_str_eq (json_object_get_string_member (model, "terms"),
                    "Free: \"0.10000000000000001\\");

  g_auto (toy_run) all = toy_cli (folder, "models", "--json", NULL);
  g_autoptr (JsonNode) list = expect_json (&all);
  JsonArray *models = json_node_get_array (list);
  cr_assert_geq (json_array_get_length (models), 1);
  cr_assert_str_eq (
      json_object_get_string_member (json_array_get_object_element (models, 0), "name"), "toy");
}

Test (cli, models_for_people)
{
  g_auto (toy_run) all = toy_cli (folder, "models", NULL);
  cr_assert_eq (all.status, 0, "%s", all.err);
  expect_part (all.out, "toy");
  g_auto (toy_run) one = toy_cli (folder, "models", "toy", NULL);
  cr_assert_eq (one.status, 0, "%s", one.err);
  expect_part (one.out, "Random weights.");
  expect_part (one.out, "5 answers");
}

Test (cli, a_damaged_model_does_not_hide_the_others)
{
  g_autofree char *models = g_build_filename (folder, "models", NULL);
  g_free (draw_file (models, "broken.safetensors", "x", 1));
  g_auto (toy_run) all = toy_cli (folder, "models", NULL);
  cr_assert_eq (all.status, 1);
  expect_part (all.err, "broken");
  expect_part (all.out, "toy");
}

/* ---- train ------------------------------------------------------------------------------ */

Test (cli, bad_recipes)
{
  g_free (draw_file (folder, "odd.recipe", "[model\nname=x\n", -1));
  g_auto (toy_run) absent = toy_cli (folder, "train", "absent.recipe", NULL);
  expect_failure (&absent, 1, "absent.recipe");
  g_auto (toy_run) odd = toy_cli (folder, "train", "odd.recipe", NULL);
  expect_failure (&odd, 1, "odd.recipe");
}

/* Told before the training, not after it. */
Test (cli, train_needs_a_place_to_write)
{
  static const char *const outputs[] = { "absent/new.safetensors", "models", "/dev/full", "" };
  for (guint i = 0; i < G_N_ELEMENTS (outputs); i++)
    {
      g_auto (toy_run) r = toy_cli (folder, "train", "absent.recipe", "--output", outputs[i], NULL);
      expect_failure (&r, 1, "cannot be written");
    }
}
