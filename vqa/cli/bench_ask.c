/* regard-cli bench ask: how long an answer takes, from a photograph's pixels in memory. */
#include "vqa/cli/bench.h"
#include "vqa/data/squash.h"

#include <math.h>

#define PHOTOS 4 /* drawn ones, asked about in turn */
#define WIDTH  640
#define HEIGHT 480
#define TOP    5
#define LEAST  10 /* photographs, however slow */

typedef struct
{
  char *model;
  double seconds;
  gboolean json;
  bench_setup setup;
} options;

typedef struct
{
  double median, p95, second;
  int photographs;
} result;

static const char *const questions[]
    = { "is there a dog?", "what is the man holding?", "how many people are there?",
        "what color is the car?", "is it sunny outside?" };

/* Something like a photograph (HEIGHT,WIDTH,3): large shapes, edges and grain. */
static guint8 *
draw (int which)
{
  guint8 *rgb = g_malloc ((gsize)WIDTH * HEIGHT * 3);
  g_autofree float *grain = g_new (float, WIDTH *HEIGHT);

  bench_fill (grain, (size_t)WIDTH * HEIGHT);
  for (int i = 0; i < WIDTH * HEIGHT; i++)
    for (int c = 0; c < 3; c++)
      {
        double x = (double)(i % WIDTH) / WIDTH, y = (double)(i / WIDTH) / HEIGHT;
        double value = sin (7 * x + c + which) * cos (5 * y - which) + 0.2 * grain[i];
        value += hypot (x - 0.5, y - 0.1 * which - 0.3) < 0.2 ? 0.7 : -0.2;
        rgb[3 * i + c] = (guint8)CLAMP (128 + 80 * value, 0, 255);
      }
  return rgb;
}

/* Milliseconds of one question; square is NULL for a photograph that was asked about before. */
static gboolean
ask (vqa_model *m, const guint8 *photo, guint8 *square, int number, guint question, double *ms,
     GError **error)
{
  g_autofree char *hash = g_strdup_printf ("%d", number);
  double start = bench_now ();
  int side = vqa_model_get_info (m)->side;
  g_autoptr (vqa_reply) reply = NULL;

  if (photo != NULL && !vqa_squash (photo, WIDTH, HEIGHT, 3, square, side, side))
    {
      g_set_error (error, VQA_ERROR, VQA_ERROR_FAILED, "no memory for a picture of %d x %d pixels",
                   side, side);
      return FALSE;
    }
  reply
      = vqa_model_ask (m, square, hash, questions[question % G_N_ELEMENTS (questions)], TOP, error);
  *ms = 1e3 * (bench_now () - start);
  return reply != NULL;
}

static gboolean
measure (const options *o, vqa_model *m, result *r, GError **error)
{
  int side = vqa_model_get_info (m)->side;
  g_autofree guint8 *square = g_malloc ((gsize)side * side * 3);
  g_autoptr (GArray) first = g_array_new (FALSE, FALSE, sizeof (double));
  g_autoptr (GArray) second = g_array_new (FALSE, FALSE, sizeof (double));
  guint8 *photos[PHOTOS];
  double end;
  gboolean fine = TRUE;

  for (int i = 0; i < PHOTOS; i++)
    photos[i] = draw (i);
  /* The first few warm caches and threads up. */
  end = bench_now () + o->seconds;
  for (int i = -3; fine && (i < LEAST || bench_now () < end); i++)
    {
      double a, b;
      fine = ask (m, photos[(i + 3) % PHOTOS], square, i, (guint)(i + 3), &a, error)
             && ask (m, NULL, square, i, (guint)(i + 4), &b, error);
      if (fine && i >= 0)
        {
          g_array_append_val (first, a);
          g_array_append_val (second, b);
        }
    }
  for (int i = 0; i < PHOTOS; i++)
    g_free (photos[i]);
  if (!fine)
    return FALSE;
  r->photographs = (int)first->len;
  r->median = bench_quantile ((double *)(void *)first->data, r->photographs, 0.5);
  r->p95 = bench_quantile ((double *)(void *)first->data, r->photographs, 0.95);
  r->second = bench_quantile ((double *)(void *)second->data, r->photographs, 0.5);
  return TRUE;
}

static int
print_json (const options *o, const char *model, const result *r)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  json_builder_begin_object (json);
  cli_json_number (json, "milliseconds_median", r->median, 3);
  cli_json_number (json, "milliseconds_p95", r->p95, 3);
  cli_json_number (json, "second_milliseconds_median", r->second, 3);
  cli_json_text (json, "model", model);
  cli_json_integer (json, "picture_width", WIDTH);
  cli_json_integer (json, "picture_height", HEIGHT);
  cli_json_integer (json, "threads", o->setup.threads);
  cli_json_text (json, "precision", bench_precision_name (&o->setup));
  cli_json_integer (json, "photographs", r->photographs);
  json_builder_end_object (json);
  return cli_print_json (json);
}

static int
print_text (const options *o, const char *model, const result *r)
{
  g_print ("%s, photographs of %d x %d pixels, %s, %d %s, %d photographs\n", model, WIDTH, HEIGHT,
           bench_precision_name (&o->setup), o->setup.threads,
           o->setup.threads == 1 ? "thread" : "threads", r->photographs);
  g_print ("  %.2f ms an answer (median), %.2f ms at most for 95 %%\n", r->median, r->p95);
  g_print ("  %.2f ms a second question about the same photograph (median)\n", r->second);
  return cli_finish ();
}

static int
run (const options *o)
{
  GError *error = NULL;
  g_autoptr (vqa_model) model
      = vqa_model_load_in (o->model != NULL ? o->model : CLI_DEFAULT_MODEL, o->setup.value, &error);
  const char *name;
  result r = { 0 };

  if (model == NULL || !measure (o, model, &r, &error))
    return cli_fail (error);
  name = vqa_model_get_info (model)->name;
  return o->json ? print_json (o, name, &r) : print_text (o, name, &r);
}

int
bench_ask (char **argv)
{
  options o = { .seconds = 5 };
  g_auto (GStrv) operands = NULL;
  const GOptionEntry entries[] = {
    { "model", 'm', 0, G_OPTION_ARG_FILENAME, &o.model,
      "The model to ask (default: " CLI_DEFAULT_MODEL ")", "NAME|FILE" },
    BENCH_SETUP_ENTRIES (o.setup, "f32"),
    { "seconds", 0, 0, G_OPTION_ARG_DOUBLE, &o.seconds, "How long to measure (default: 5)", "N" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &o.json, "Print one line of JSON", NULL },
    G_OPTION_ENTRY_NULL,
  };
  const cli_syntax syntax = {
    "", 0, 0,
    "Measures how long answers take. A photograph that was not seen before: from its pixels in\n"
    "memory (drawn, 640 x 480 RGB) over shrinking and the whole network to the five best\n"
    "answers; then another question about the same photograph. Decoding a file comes on top.",
    entries
  };
  int status = cli_parse (&syntax, argv, &operands);
  if (status < 0 && !(o.seconds > 0 && o.seconds <= 86400))
    status = cli_usage (argv[0], "--seconds needs a number from 0 to 86400");
  if (status < 0)
    status = bench_prepare (&o.setup, "f32", argv[0]);
  if (status < 0)
    status = run (&o);
  g_free (o.model);
  g_free (o.setup.precision);
  return status;
}
