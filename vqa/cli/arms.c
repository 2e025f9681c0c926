/* regard-cli arms: the same recipe with parts left out or changed, side by side. */
#include "vqa/cli/cli.h"
#include "vqa/run/arms.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

typedef struct
{
  char *data_root, *folder;
  char **settings;
  int seeds;
  gboolean json;
} arms_options;

static void
add_values (JsonBuilder *json, const char *name, const double *values, guint n)
{
  json_builder_set_member_name (json, name);
  json_builder_begin_array (json);
  for (guint i = 0; i < n; i++)
    json_builder_add_double_value (json, values[i]);
  json_builder_end_array (json);
}

static int
print_json (const GPtrArray *arms, const vqa_arm_result *results)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();

  json_builder_begin_array (json);
  for (guint i = 0; i < arms->len; i++)
    {
      const vqa_arm *arm = arms->pdata[i];
      const vqa_arm_result *r = &results[i];
      double half, mean = vqa_arm_mean (r->accuracy, r->seeds, &half);

      json_builder_begin_object (json);
      cli_json_text (json, "arm", arm->name);
      add_values (json, "accuracy", r->accuracy, r->seeds);
      add_values (json, "blind", r->blind, r->seeds);
      cli_json_number (json, "mean", mean, 2);
      cli_json_number (json, "half_interval", half, 2);
      cli_json_integer (json, "parameters", r->parameters);
      cli_json_integer (json, "macs", r->macs);
      cli_json_number (json, "milliseconds", r->milliseconds, 3);
      json_builder_end_object (json);
    }
  json_builder_end_array (json);
  return cli_print_json (json);
}

static int
print_table (const GPtrArray *arms, const vqa_arm_result *results)
{
  g_print ("| arm | accuracy | 95 %% interval | blind | parameters | multiply-adds | ms |\n"
           "|---|---:|---:|---:|---:|---:|---:|\n");
  for (guint i = 0; i < arms->len; i++)
    {
      const vqa_arm *arm = arms->pdata[i];
      const vqa_arm_result *r = &results[i];
      double half, blind_half, mean = vqa_arm_mean (r->accuracy, r->seeds, &half);

      g_print ("| %s | %.1f | ± %.1f | %.1f | %" G_GINT64_FORMAT " | %.1f M | %.2f |\n", arm->name,
               mean, half, vqa_arm_mean (r->blind, r->seeds, &blind_half), r->parameters,
               (double)r->macs / 1e6, r->milliseconds);
    }
  return cli_finish ();
}

static int
compare (const arms_options *options, const char *recipe)
{
  GError *error = NULL;
  g_autofree vqa_arm_result *results = NULL;
  vqa_run_options run = { .recipe_path = recipe,
                          .data_root = options->data_root,
                          .settings = (const char *const *)options->settings };

  g_autoptr (GPtrArray) arms = vqa_arms_read (&run, &error);
  if (arms == NULL)
    return cli_fail (error);
  if (g_mkdir_with_parents (options->folder, 0777) != 0)
    {
      g_autofree char *name = g_filename_display_name (options->folder);
      g_set_error (&error, VQA_ERROR, VQA_ERROR_FAILED, "%s cannot be made: %s", name,
                   g_strerror (errno));
      return cli_fail (error);
    }
  results = g_new0 (vqa_arm_result, arms->len);
  for (guint i = 0; i < arms->len; i++)
    {
      const vqa_arm *arm = arms->pdata[i];
      g_printerr ("arm %u of %u: %s\n", i + 1, arms->len, arm->name);
      if (!vqa_arm_run (arm, &run, options->folder, (guint)options->seeds, &results[i], &error))
        return cli_fail (error);
    }
  return options->json ? print_json (arms, results) : print_table (arms, results);
}

int
cli_arms (char **argv)
{
  arms_options options = { .seeds = 3 };
  g_auto (GStrv) operands = NULL;
  const GOptionEntry entries[] = {
    { "data-root", 0, 0, G_OPTION_ARG_FILENAME, &options.data_root,
      "The folder that paths in the recipe start from (default: this folder)", "FOLDER" },
    { "set", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options.settings,
      "Change a value of the recipe in every arm; may stand more than once", "group.key=value" },
    { "seeds", 0, 0, G_OPTION_ARG_INT, &options.seeds,
      "Trainings of each arm, 2 to 10 (default: 3)", "N" },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &options.folder,
      "Where the models go (default: arms); those that are there are not trained again", "FOLDER" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &options.json, "Print one line of JSON", NULL },
    G_OPTION_ENTRY_NULL,
  };
  const cli_syntax syntax
      = { "RECIPE", 1, 1,
          "Trains each arm that the recipe's group [arms] names, from several seeds, and prints a "
          "table\n(Markdown) of accuracy, size and speed. Ctrl-C stops; the same command goes on.",
          entries };
  int status = cli_parse (&syntax, argv, &operands);

  if (status < 0 && (options.seeds < 2 || options.seeds > VQA_ARM_SEEDS))
    status = cli_usage (argv[0], "--seeds needs a number from 2 to %d", VQA_ARM_SEEDS);
  if (options.folder == NULL)
    options.folder = g_strdup ("arms");
  if (status < 0)
    status = compare (&options, operands[0]);
  g_free (options.data_root);
  g_free (options.folder);
  g_strfreev (options.settings);
  return status;
}
