/* regard-cli scene: a generated scene, its picture, and questions about it. */
#include "vqa/cli/cli.h"
#include "vqa/data/scene_questions.h"

#include <string.h>

typedef struct
{
  gint64 seed, index;
  int side, questions;
  char *mode, *output;
  gboolean json;
} scene_options;

static const char *const modes[VQA_SCENE_MODES] = { "all", "a", "b" };

static gboolean
write_picture (const vqa_scene *scene, const scene_options *options, GError **error)
{
  gsize bytes = (gsize)options->side * options->side * 3;
  g_autofree guint8 *rgb = g_try_malloc (bytes);
  g_autoptr (GBytes) png = NULL;
  gsize length;

  if (rgb != NULL)
    {
      vqa_scene_draw (scene, options->side, rgb);
      png = cli_png (rgb, options->side, options->side);
    }
  if (png == NULL)
    {
      g_set_error_literal (error, VQA_ERROR, VQA_ERROR_FAILED,
                           "The picture does not fit into memory: close other programs");
      return FALSE;
    }
  gconstpointer data = g_bytes_get_data (png, &length);
  return cli_write_file (options->output, data, length, error);
}

static void
add_object (JsonBuilder *json, const vqa_scene_object *o)
{
  json_builder_begin_object (json);
  for (int a = 0; a < VQA_ATTRIBUTES; a++)
    cli_json_text (json, vqa_scene_attribute (a), vqa_scene_value (a, o->is[a]));
  cli_json_number (json, "x", o->x, 4);
  cli_json_number (json, "y", o->y, 4);
  cli_json_number (json, "picture_x", o->picture_x, 4);
  cli_json_number (json, "picture_y", o->picture_y, 4);
  cli_json_number (json, "visible", o->visible, 4);
  json_builder_end_object (json);
}

static void
add_question (JsonBuilder *json, const vqa_scene_question *q)
{
  g_autofree char *program = vqa_scene_functions (&q->program);
  json_builder_begin_object (json);
  cli_json_text (json, "question", q->text);
  cli_json_text (json, "answer", q->answer);
  cli_json_text (json, "kind", vqa_scene_family_name (q->family));
  cli_json_text (json, "program", program);
  json_builder_end_object (json);
}

static int
print_json (const vqa_scene *scene, const scene_options *options)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  json_builder_begin_object (json);
  cli_json_integer (json, "version", VQA_SCENE_VERSION);
  cli_json_integer (json, "seed", options->seed);
  cli_json_integer (json, "index", options->index);
  cli_json_text (json, "mode", modes[scene->mode]);
  json_builder_set_member_name (json, "objects");
  json_builder_begin_array (json);
  for (int i = 0; i < scene->n; i++)
    add_object (json, &scene->objects[i]);
  json_builder_end_array (json);
  json_builder_set_member_name (json, "questions");
  json_builder_begin_array (json);
  for (int k = 0; k < options->questions; k++)
    {
      g_auto (vqa_scene_question) q = { 0 };
      vqa_scene_ask (scene, (guint)k, &q);
      add_question (json, &q);
    }
  json_builder_end_array (json);
  json_builder_end_object (json);
  return cli_print_json (json);
}

static int
print_text (const vqa_scene *scene, const scene_options *options)
{
  for (int i = 0; i < scene->n; i++)
    {
      const vqa_scene_object *o = &scene->objects[i];
      g_print ("%-5s %-6s %-6s %-8s  at %5.2f, %5.2f  %3.0f %% visible\n",
               vqa_scene_value (VQA_SIZE, o->is[VQA_SIZE]),
               vqa_scene_value (VQA_COLOUR, o->is[VQA_COLOUR]),
               vqa_scene_value (VQA_MATERIAL, o->is[VQA_MATERIAL]),
               vqa_scene_value (VQA_SHAPE, o->is[VQA_SHAPE]), o->x, o->y, 100 * o->visible);
    }
  for (int k = 0; k < options->questions; k++)
    {
      g_auto (vqa_scene_question) q = { 0 };
      vqa_scene_ask (scene, (guint)k, &q);
      g_print ("%s%s  %s\n", k == 0 ? "\n" : "", q.text, q.answer);
    }
  return cli_finish ();
}

static int
run (const scene_options *options, vqa_scene_mode mode)
{
  GError *error = NULL;
  vqa_scene scene;
  vqa_scene_make (&scene, (guint64)options->seed, (guint64)options->index, mode);
  if (options->output != NULL && !write_picture (&scene, options, &error))
    return cli_fail (error);
  return options->json ? print_json (&scene, options) : print_text (&scene, options);
}

/* -1 when the options are sound. */
static int
check (const char *command, const scene_options *options, vqa_scene_mode *mode)
{
  int found = options->mode == NULL ? VQA_SCENE_ALL : VQA_SCENE_MODES;
  for (int m = 0; options->mode != NULL && m < VQA_SCENE_MODES; m++)
    if (strcmp (options->mode, modes[m]) == 0)
      found = m;
  if (options->seed < 0 || options->index < 0)
    return cli_usage (command, "--seed and --index need numbers of at least 0");
  if (options->side < VQA_SCENE_SMALLEST || options->side > VQA_SCENE_LARGEST)
    return cli_usage (command, "--side needs a number from %d to %d", VQA_SCENE_SMALLEST,
                      VQA_SCENE_LARGEST);
  if (options->questions < 0 || options->questions > 1000)
    return cli_usage (command, "--questions needs a number from 0 to 1000");
  if (found == VQA_SCENE_MODES)
    return cli_usage (command, "--mode needs all, a or b");
  *mode = (vqa_scene_mode)found;
  return -1;
}

int
cli_scene (char **argv)
{
  scene_options options = { .seed = 1, .side = 512 };
  vqa_scene_mode mode = VQA_SCENE_ALL;
  g_auto (GStrv) operands = NULL;
  const GOptionEntry entries[] = {
    { "seed", 0, 0, G_OPTION_ARG_INT64, &options.seed, "Which series of scenes (default 1)", "N" },
    { "index", 0, 0, G_OPTION_ARG_INT64, &options.index, "Which one of it (default 0)", "N" },
    { "mode", 0, 0, G_OPTION_ARG_STRING, &options.mode,
      "Colours of cubes and cylinders: all (default); a, only half of them each; b, the other half",
      "all|a|b" },
    { "side", 0, 0, G_OPTION_ARG_INT, &options.side, "Pixels of a side, 32 to 512 (default 512)",
      "N" },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &options.output, "The PNG picture to write",
      "FILE" },
    { "questions", 0, 0, G_OPTION_ARG_INT, &options.questions, "Ask so many questions (default 0)",
      "K" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &options.json, "Print one line of JSON", NULL },
    G_OPTION_ENTRY_NULL,
  };
  const cli_syntax syntax = {
    "", 0, 0,
    "Makes a scene of cubes, spheres and cylinders: writes its picture, and prints what is in it\n"
    "and questions about it with their answers. The same numbers give the same scene everywhere.\n"
    "(regard-cli eval --data scenes:SEED measures a model on such scenes.)",
    entries
  };
  int status = cli_parse (&syntax, argv, &operands);
  if (status < 0)
    status = check (argv[0], &options, &mode);
  if (status < 0)
    status = run (&options, mode);
  g_free (options.mode);
  g_free (options.output);
  return status;
}
