/* regard-cli run and train: a recipe carried out. */
#include "vqa/cli/cli.h"
#include "vqa/run/run.h"

#include <string.h>

#define PROGRESS_HELP                                                                              \
  "With --progress json, standard output holds one JSON object a line: \"event\" is started,\n"    \
  "waiting (other), preparing (what, done, total), progress (stage, step, steps, loss, rate,\n"    \
  "samples_per_second, seconds_left), metric (name, value, step), checkpoint (step, path), and\n"  \
  "at last finished (output, model), stopped (step) or failed (message); \"run\" is the number\n"  \
  "that regard-cli runs shows."

gboolean
cli_progress_json (const char *command, const char *progress, int *status)
{
  if (progress != NULL && strcmp (progress, "json") != 0 && strcmp (progress, "text") != 0)
    *status = cli_usage (command, "--progress is json or text, not “%s”", progress);
  return progress != NULL && strcmp (progress, "json") == 0;
}

int
cli_run_options (vqa_run_options *options)
{
  GError *error = NULL;
  /* Not only when the training is over. */
  gboolean done = (options->output == NULL || cli_check_output (options->output, &error))
                  && vqa_run_recipe (options, &error);
  return done ? cli_finish () : cli_fail (error);
}

static int
check_settings (const char *command, char **settings)
{
  for (char **setting = settings; setting != NULL && *setting != NULL; setting++)
    {
      const char *dot = strchr (*setting, '.'), *equals = strchr (*setting, '=');
      if (dot == NULL || equals == NULL || dot == *setting || equals < dot + 2)
        return cli_usage (command, "--set needs group.key=value, not “%s”", *setting);
    }
  return -1;
}

/* Options that are settings by another name. */
static char **
add_settings (char **settings, const char *precision, int threads)
{
  g_autoptr (GStrvBuilder) list = g_strv_builder_new ();
  g_autofree char *p = g_strconcat ("optimiser.precision=", precision, NULL);
  g_autofree char *n = g_strdup_printf ("optimiser.threads=%d", threads);

  if (settings != NULL)
    g_strv_builder_addv (list, (const char **)settings);
  if (precision != NULL)
    g_strv_builder_add (list, p);
  if (threads > 0)
    g_strv_builder_add (list, n);
  return g_strv_builder_end (list);
}

static int
run (char **argv, const char *summary)
{
  vqa_run_options options = { 0 };
  g_autofree char *data_root = NULL, *output = NULL, *precision = NULL, *progress = NULL;
  int threads = 0;
  g_auto (GStrv) operands = NULL;
  g_auto (GStrv) settings = NULL;
  const GOptionEntry entries[] = {
    { "data-root", 0, 0, G_OPTION_ARG_FILENAME, &data_root,
      "The folder that paths in the recipe start from (default: this folder)", "FOLDER" },
    { "set", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &settings,
      "Change a value of the recipe; may stand more than once", "group.key=value" },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &output, "The model to write", "FILE" },
    { "precision", 0, 0, G_OPTION_ARG_STRING, &precision,
      "How maps are computed; auto is bf16 where the processor multiplies it", "f32|bf16|auto" },
    { "threads", 0, 0, G_OPTION_ARG_INT, &threads, "Processors to use (default: all)", "N" },
    { "wait", 0, 0, G_OPTION_ARG_NONE, &options.wait,
      "Begin when the runs that go on now have ended", NULL },
    { "progress", 0, 0, G_OPTION_ARG_STRING, &progress,
      "Progress for a program on standard output, besides the text on standard error", "json" },
    G_OPTION_ENTRY_NULL,
  };
  const cli_syntax syntax = { "RECIPE", 1, 1, summary, entries };
  int status = cli_parse (&syntax, argv, &operands);

  if (status < 0)
    status = check_settings (argv[0], settings);
  if (status < 0 && precision != NULL && strcmp (precision, "f32") != 0
      && strcmp (precision, "bf16") != 0 && strcmp (precision, "auto") != 0)
    status = cli_usage (argv[0], "--precision is f32, bf16 or auto, not “%s”", precision);
  if (status < 0 && (threads < 0 || threads > 1024))
    status = cli_usage (argv[0], "--threads is a number from 1 to 1024");
  if (status < 0)
    options.json = cli_progress_json (argv[0], progress, &status);
  if (status < 0)
    {
      g_auto (GStrv) all = add_settings (settings, precision, threads);
      options.recipe_path = operands[0];
      options.data_root = data_root;
      options.output = output;
      options.settings = (const char *const *)all;
      status = cli_run_options (&options);
    }
  return status;
}

int
cli_run (char **argv)
{
  return run (argv, "Carries out a recipe of any kind: trains what it says and writes the model as "
                    "one file.\nCtrl-C finishes the batch, saves and stops; the same command, or "
                    "regard-cli runs resume,\ngoes on from there.\n\n" PROGRESS_HELP);
}

int
cli_train (char **argv)
{
  return run (argv, "Trains a model as the recipe says and writes it as one file. Ctrl-C finishes "
                    "the batch, saves\nand stops; the same command, or regard-cli runs resume, "
                    "goes on from there.\n\n" PROGRESS_HELP);
}
