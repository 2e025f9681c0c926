/* The arguments of a subcommand. */
#include "vqa/cli/cli.h"

int
cli_usage (const char *command, const char *message, ...)
{
  va_list arguments;
  va_start (arguments, message);
  g_autofree char *text = g_strdup_vprintf (message, arguments);
  va_end (arguments);
  g_printerr ("regard-cli %s: %s\nSee regard-cli %s --help.\n", command, text, command);
  return CLI_USAGE;
}

int
cli_parse (const cli_syntax *syntax, char **argv, char ***operands)
{
  gboolean help = FALSE;
  g_auto (GStrv) rest = NULL;
  const GOptionEntry common[] = {
    { "help", 'h', 0, G_OPTION_ARG_NONE, &help, "Show this help", NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &rest, NULL, NULL },
    G_OPTION_ENTRY_NULL,
  };
  const char *command = argv[0];
  g_autofree char *program = g_strconcat ("regard-cli ", command, NULL);
  g_set_prgname (program);

  g_autoptr (GOptionContext) context = g_option_context_new (syntax->operands);
  g_option_context_set_help_enabled (context, FALSE); /* GLib's own would end the process */
  g_option_context_set_summary (context, syntax->summary);
  g_option_context_add_main_entries (context, syntax->options, NULL);
  g_option_context_add_main_entries (context, common, NULL);

  g_autoptr (GError) error = NULL;
  g_auto (GStrv) copy = g_strdupv (argv);
  if (!g_option_context_parse_strv (context, &copy, &error))
    return cli_usage (command, "%s", error->message);
  if (help)
    {
      g_autofree char *text = g_option_context_get_help (context, TRUE, NULL);
      g_print ("%s", text);
      return cli_finish ();
    }

  int given = rest != NULL ? (int)g_strv_length (rest) : 0;
  if (given < syntax->fewest)
    return cli_usage (command, "something is missing: %s", syntax->operands);
  if (given > syntax->most)
    {
      g_autofree char *extra = g_filename_display_name (rest[syntax->most]);
      return cli_usage (command, "too many arguments: “%s” (a question with spaces needs quotes)",
                        extra);
    }
  *operands = rest != NULL ? g_steal_pointer (&rest) : g_new0 (char *, 1);
  return -1;
}

int
cli_region (const char *command, const char *text, vqa_region *region)
{
  g_autoptr (GError) error = NULL;

  if (text == NULL || (*text != '\0' && vqa_region_parse (text, region, &error)))
    return -1;
  return cli_usage (command, "--region: %s", error ? error->message : "X,Y,W,H is missing");
}
