#include "nets/nn.h"
#include "vqa/cli/cli.h"
#include "vqa/run/prepare.h"

#include <locale.h>
#include <string.h>

static const struct
{
  const char *name, *summary;
  int (*run) (char **argv);
} commands[] = {
  { "ask", "answer a question about a photograph", cli_ask },
  { "explain", "show where the model looked, as a PNG picture", cli_explain },
  { "compare", "ask two models the same, and tell how they differ", cli_compare },
  { "eval", "measure a model on questions with known answers", cli_eval },
  { "import", "make questions from labelled, boxed or captioned pictures", cli_import },
  { "scene", "make a scene, its picture and questions about it", cli_scene },
  { "train", "train a model by a recipe", cli_train },
  { "run", "carry out a recipe of any kind", cli_run },
  { "runs", "list runs; show, resume or delete one", cli_runs },
  { "arms", "train a recipe with parts left out or changed, and compare", cli_arms },
  { "history", "what was asked: find, correct, export, delete", cli_history },
  { "models", "list models, or tell about one", cli_models },
  { "bench", "measure how fast this computer trains and answers", cli_bench },
};

static int
print_help (void)
{
  g_print ("Usage: regard-cli COMMAND [ARGUMENTS]\n\n"
           "Answers questions about photographs on this computer.\n\nCommands:\n");
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    g_print ("  %-10s %s\n", commands[i].name, commands[i].summary);
  g_print ("\nregard-cli COMMAND --help tells more; regard-cli --version prints the version.\n"
           "Exit status: 0 done, 1 failed, 2 wrong arguments, 130 stopped by Ctrl-C.\n");
  return cli_finish ();
}

/* What is measured about this computer's fastest kernels is kept with the user's caches. */
static void
remember_kernels (void)
{
  g_autofree char *file = g_build_filename (g_get_user_cache_dir (), "regard", "kernels.txt", NULL);
  nn_set_cache (file);
}

int
main (int argc, char **argv)
{
  vqa_prepare_process (argc, argv);
  vqa_divert_signals ();
  /* The terminal's characters, but numbers as in C: results are read by programs. */
  setlocale (LC_CTYPE, "");
  remember_kernels ();

  const char *name = argc > 1 ? argv[1] : NULL;
  if (name == NULL)
    {
      g_printerr ("regard-cli: a command is missing; see regard-cli --help\n");
      return CLI_USAGE;
    }
  if (strcmp (name, "--help") == 0 || strcmp (name, "-h") == 0 || strcmp (name, "help") == 0)
    return print_help ();
  if (strcmp (name, "--version") == 0)
    {
      g_print ("regard-cli %s\n", REGARD_VERSION);
      return cli_finish ();
    }
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    if (strcmp (name, commands[i].name) == 0)
      return commands[i].run (argv + 1);
  g_autofree char *shown = g_filename_display_name (name);
  g_printerr ("regard-cli: there is no command “%s”; see regard-cli --help\n", shown);
  return CLI_USAGE;
}
