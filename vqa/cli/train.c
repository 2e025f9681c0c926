/* regard-cli train: a model trained by a recipe. */
#include "vqa/cli/cli.h"
#include "vqa/run/run.h"

#include <string.h>

int
cli_train (char **argv)
{
  vqa_run_options options = { 0 };
  char *data_root = NULL, *output = NULL;
  g_auto (GStrv) operands = NULL;
  g_auto (GStrv) settings = NULL;
  const GOptionEntry entries[] = {
    { "data-root", 0, 0, G_OPTION_ARG_FILENAME, &data_root,
      "The folder that paths in the recipe start from (default: this folder)", "FOLDER" },
    { "set", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &settings,
      "Change a value of the recipe; may stand more than once", "group.key=value" },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &output, "The model to write", "FILE" },
    G_OPTION_ENTRY_NULL,
  };
  const cli_syntax syntax = {
    "RECIPE", 1, 1,
    "Trains a model as the recipe says and writes it as one file. Ctrl-C finishes the batch, saves\n"
    "and stops.",
    entries
  };
  int status = cli_parse (&syntax, argv, &operands);
  for (char **setting = settings; status < 0 && setting != NULL && *setting != NULL; setting++)
    {
      const char *dot = strchr (*setting, '.'), *equals = strchr (*setting, '=');
      if (dot == NULL || equals == NULL || dot == *setting || equals < dot + 2)
        status = cli_usage (argv[0], "--set needs group.key=value, not “%s”", *setting);
    }
  if (status < 0)
    {
      GError *error = NULL;
      options.recipe_path = operands[0];
      options.data_root = data_root;
      options.output = output;
      options.settings = (const char *const *)settings;
      /* Not only when the training is over. */
      gboolean done = (output == NULL || cli_check_output (output, &error))
                      && vqa_run_recipe (&options, &error);
      status = done ? cli_finish () : cli_fail (error);
    }
  g_free (data_root);
  g_free (output);
  return status;
}
