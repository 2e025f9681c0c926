/* regard-cli bench scenes: generated pictures and questions a second of one core's time. */
#include "vqa/cli/bench.h"
#include "vqa/data/scene_questions.h"

#include <time.h>

#define QUESTIONS 5 /* about each scene */

typedef struct
{
  int side;
  double seconds;
  gboolean json;
} scenes_options;

typedef struct
{
  double pictures, questions; /* a second */
} speeds;

/* Seconds of processor time of this thread: what else runs here does not count. */
static double
worked (void)
{
  struct timespec t;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static speeds
measure (const scenes_options *options)
{
  g_autofree guint8 *rgb = g_malloc ((gsize)options->side * options->side * 3);
  double begin = bench_now (), drawing = 0, asking = 0;
  guint n = 0;

  for (; n == 0 || bench_now () - begin < options->seconds; n++)
    {
      vqa_scene scene;
      double start = worked (), drawn;

      vqa_scene_make (&scene, 1, n, VQA_SCENE_ALL);
      vqa_scene_draw (&scene, options->side, rgb);
      drawn = worked ();
      for (guint k = 0; k < QUESTIONS; k++)
        {
          g_auto (vqa_scene_question) q = { 0 };
          vqa_scene_ask (&scene, k, &q);
        }
      drawing += drawn - start;
      asking += worked () - drawn;
    }
  return (speeds){ n / drawing, n * QUESTIONS / asking };
}

static int
print (const scenes_options *options, const speeds *s)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();

  if (!options->json)
    {
      g_print ("%.0f pictures of %d x %d pixels a second, %.0f questions a second, on one core\n",
               s->pictures, options->side, options->side, s->questions);
      return cli_finish ();
    }
  json_builder_begin_object (json);
  cli_json_integer (json, "side", options->side);
  cli_json_number (json, "pictures_per_second", s->pictures, 1);
  cli_json_number (json, "questions_per_second", s->questions, 1);
  json_builder_end_object (json);
  return cli_print_json (json);
}

int
bench_scenes (char **argv)
{
  scenes_options options = { .side = 64, .seconds = 3 };
  g_auto (GStrv) operands = NULL;
  const GOptionEntry entries[] = {
    { "side", 's', 0, G_OPTION_ARG_INT, &options.side, "Pixels of a side, 32 to 512 (default 64)",
      "N" },
    { "seconds", 0, 0, G_OPTION_ARG_DOUBLE, &options.seconds, "How long to measure (default 3)",
      "N" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &options.json, "Print one line of JSON", NULL },
    G_OPTION_ENTRY_NULL,
  };
  const cli_syntax syntax
      = { "", 0, 0, "Measures how many generated scenes and questions about them one core makes.",
          entries };
  int status = cli_parse (&syntax, argv, &operands);

  if (status >= 0)
    return status;
  if (options.side < VQA_SCENE_SMALLEST || options.side > VQA_SCENE_LARGEST)
    return cli_usage (argv[0], "--side needs a number from %d to %d", VQA_SCENE_SMALLEST,
                      VQA_SCENE_LARGEST);
  if (!(options.seconds > 0 && options.seconds <= 3600))
    return cli_usage (argv[0], "--seconds needs a number above 0, at most 3600");
  const speeds s = measure (&options);
  return print (&options, &s);
}
