/* regard-cli bench train: whole training steps of a network of the zoo on random pictures, and what
 * share of the processor's peak they reach. */
#include "nets/zoo/zoo.h"
#include "vqa/cli/bench.h"

#include <string.h>

#define CLASSES 1000
#define WARM_UP 3

typedef struct
{
  char *net;
  int side, batch, steps;
  gboolean json;
  bench_setup setup;
} options;

typedef struct
{
  double samples_per_second, gflops, peak, milliseconds;
} result;

static nn_node
describe (nn_graph *g, const options *o, nn_node picture)
{
  return strcmp (o->net, "resnet18") == 0 ? nn_resnet18 (g, "", picture, CLASSES)
                                          : nn_mobilenetv2 (g, "", picture, CLASSES).logits;
}

/* Seconds of `steps` steps to times (steps), after some that do not count. */
static void
time_steps (nn_team *team, nn_params *p, nn_node loss, int steps, double *times)
{
  nn_optimiser sgd = nn_sgd_default ();

  for (int step = -WARM_UP; step < steps; step++)
    {
      double start = bench_now ();
      nn_team_step (team, loss);
      nn_optimise (p, &sgd);
      if (step >= 0)
        times[step] = bench_now () - start;
    }
}

static gboolean
measure_training (const options *o, result *r, GError **error)
{
  nn_graph *g = nn_graph_new ();
  nn_node picture = nn_images (g, "picture", o->side, o->side, 3);
  nn_node logits = describe (g, o, picture), targets = nn_values (g, "targets", 1, CLASSES);
  nn_node loss = nn_cross_entropy (g, logits, targets);
  nn_params *p = nn_params_new ((const nn_graph *const[]){ g }, 1, 1, error);
  nn_team *team = p != NULL ? nn_team_new (g, p, o->batch, o->setup.value, error) : NULL;

  if (team != NULL)
    {
      size_t count = (size_t)o->batch * o->side * o->side * 3;
      g_autofree float *pictures = g_new (float, count);
      g_autofree float *wanted = g_new0 (float, (size_t)o->batch *CLASSES);
      g_autofree double *times = g_new (double, o->steps);
      double seconds;
      bench_fill (pictures, count);
      for (int i = 0; i < o->batch; i++)
        wanted[(size_t)i * CLASSES + i % CLASSES] = 1;
      nn_team_feed (team, picture, pictures);
      nn_team_feed (team, targets, wanted);
      time_steps (team, p, loss, o->steps, times);
      seconds = bench_quantile (times, o->steps, 0.5);
      r->milliseconds = 1e3 * seconds;
      r->samples_per_second = o->batch / seconds;
      r->gflops = 3 * 2 * (double)nn_graph_macs (g) * r->samples_per_second / 1e9;
    }
  nn_team_free (team);
  nn_params_free (p);
  nn_graph_free (g);
  return team != NULL;
}

/* ---- the processor's peak -------------------------------------------------------------------- */

/* Several dense layers in a row, so that what is converted before and after them hardly counts. */
#define LAYERS 6
typedef struct
{
  int rows, side, channels, kernel; /* kernel 0: a matrix product (rows,channels) */
} load;

static const load loads[] = {
  { 16, 28, 128, 3 },
  { 16, 14, 256, 3 },   /* convolutions */
  { 16, 14, 512, 1 },   /* matrix products over all positions */
  { 1024, 0, 1024, 0 }, /* and plain, always in float32 */
};

static gboolean
measure_load (const load *l, nn_precision precision, double *gflops, GError **error)
{
  nn_graph *g = nn_graph_new ();
  nn_node input = l->kernel > 0 ? nn_images (g, "x", l->side, l->side, l->channels)
                                : nn_values (g, "x", 1, l->channels),
          x = input;
  nn_params *p;
  nn_exec *e;

  for (int i = 0; i < LAYERS; i++)
    {
      g_autofree char *name = g_strdup_printf ("layer%d", i);
      x = l->kernel > 0 ? nn_conv (g, name, x, l->channels, l->kernel, 1)
                        : nn_linear (g, name, x, l->channels);
    }
  p = nn_params_new ((const nn_graph *const[]){ g }, 1, 1, error);
  e = p != NULL ? nn_exec_new_in (g, p, NN_INFER, l->rows, precision, error) : NULL;
  if (e != NULL)
    {
      double flops = 2 * (double)nn_graph_macs (g) * l->rows, end = bench_now () + 0.3;
      bench_fill (nn_data (e, input), (size_t)l->rows * MAX (l->side * l->side, 1) * l->channels);
      for (int run = 0; run < 3 || bench_now () < end; run++)
        {
          double start = bench_now ();
          nn_forward (e);
          *gflops = MAX (*gflops, flops / (bench_now () - start) / 1e9);
        }
    }
  nn_exec_free (e);
  nn_params_free (p);
  nn_graph_free (g);
  return e != NULL;
}

static gboolean
measure_peak (nn_precision precision, double *gflops, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (loads); i++)
    if (!measure_load (&loads[i], precision, gflops, error))
      return FALSE;
  return TRUE;
}

/* ---- results --------------------------------------------------------------------------------- */

static int
print_json (const options *o, const result *r)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  json_builder_begin_object (json);
  cli_json_number (json, "samples_per_second", r->samples_per_second, 3);
  cli_json_number (json, "gflops", r->gflops, 3);
  cli_json_number (json, "peak_share", r->gflops / r->peak, 4);
  cli_json_number (json, "peak_gflops", r->peak, 3);
  cli_json_number (json, "milliseconds_median", r->milliseconds, 3);
  cli_json_text (json, "net", o->net);
  cli_json_integer (json, "size", o->side);
  cli_json_integer (json, "batch", o->batch);
  cli_json_integer (json, "threads", o->setup.threads);
  cli_json_text (json, "precision", bench_precision_name (&o->setup));
  cli_json_integer (json, "steps", o->steps);
  json_builder_end_object (json);
  return cli_print_json (json);
}

static int
print_text (const options *o, const result *r)
{
  g_print ("%s, %d x %d pixels, batches of %d, %s, %d %s, median of %d steps\n", o->net, o->side,
           o->side, o->batch, bench_precision_name (&o->setup), o->setup.threads,
           o->setup.threads == 1 ? "thread" : "threads", o->steps);
  g_print ("  %.2f samples a second (%.1f ms a step)\n", r->samples_per_second, r->milliseconds);
  g_print ("  %.1f GFLOP/s, %.1f %% of the %.1f measured at best\n", r->gflops,
           100 * r->gflops / r->peak, r->peak);
  return cli_finish ();
}

static int
check (const options *o, const char *command)
{
  if (o->net == NULL || (strcmp (o->net, "resnet18") != 0 && strcmp (o->net, "mobilenetv2") != 0))
    return cli_usage (command, "--net is resnet18 or mobilenetv2%s%s",
                      o->net != NULL ? ", not " : "", o->net != NULL ? o->net : "");
  if (o->side < 8 || o->side > 1024)
    return cli_usage (command, "--size needs a number of pixels from 8 to 1024");
  if (o->batch < 1 || o->batch > 4096)
    return cli_usage (command, "--batch needs a number from 1 to 4096");
  if (o->steps < 1 || o->steps > 100000)
    return cli_usage (command, "--steps needs a number from 1 to 100000");
  return -1;
}

static int
run (const options *o)
{
  GError *error = NULL;
  result r = { 0 };

  if (!measure_training (o, &r, &error) || !measure_peak (o->setup.value, &r.peak, &error))
    return cli_fail (error);
  return o->json ? print_json (o, &r) : print_text (o, &r);
}

int
bench_train (char **argv)
{
  options o = { .side = 64, .batch = 32, .steps = 20 };
  g_auto (GStrv) operands = NULL;
  const GOptionEntry entries[] = {
    { "net", 0, 0, G_OPTION_ARG_STRING, &o.net, "resnet18 or mobilenetv2", "NET" },
    { "size", 's', 0, G_OPTION_ARG_INT, &o.side,
      "Side of the pictures (default: 64); resnet18 has a 3x3 stem below 112 pixels", "PIXELS" },
    { "batch", 'b', 0, G_OPTION_ARG_INT, &o.batch, "Pictures in a step (default: 32)", "N" },
    BENCH_SETUP_ENTRIES (o.setup, "auto"),
    { "steps", 0, 0, G_OPTION_ARG_INT, &o.steps, "Steps to measure (default: 20)", "N" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &o.json, "Print one line of JSON", NULL },
    G_OPTION_ENTRY_NULL,
  };
  const cli_syntax syntax = {
    "", 0, 0,
    "Measures whole steps of training on random pictures with 1000 classes: forward, backward and\n"
    "SGD with momentum, the median over the steps after three that do not count.\n\n"
    "gflops: floating-point operations of convolutions and matrix products a second, in billions.\n"
    "Forward and backward count as 3 x 2 x multiply-adds of a forward pass (backward is two products\n"
    "of the same size, one for the layer's input and one for its weights). peak_share: their share\n"
    "of the peak, the best of dense matrix products and 3x3 convolutions in that precision on those\n"
    "threads, measured in the same run.",
    entries
  };
  int status = cli_parse (&syntax, argv, &operands);
  if (status < 0)
    status = check (&o, argv[0]);
  if (status < 0)
    status = bench_prepare (&o.setup, "auto", argv[0]);
  if (status < 0)
    status = run (&o);
  g_free (o.net);
  g_free (o.setup.precision);
  return status;
}
