/* regard-cli runs: what was started, how far it is, and going on with it. */
#include "vqa/cli/cli.h"
#include "vqa/run/folder.h"
#include "vqa/run/run.h"
#include "vqa/store/runs.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* ---- telling ----------------------------------------------------------------------------- */

static void
add_integer (JsonBuilder *json, const char *name, gint64 value)
{
  json_builder_set_member_name (json, name);
  json_builder_add_int_value (json, value);
}

/* Seconds since 1970; null for 0. */
static void
add_time (JsonBuilder *json, const char *name, gint64 microseconds)
{
  if (microseconds > 0)
    cli_json_number (json, name, (double)microseconds / G_USEC_PER_SEC, 3);
  else
    {
      json_builder_set_member_name (json, name);
      json_builder_add_null_value (json);
    }
}

/* Numbers over time: {"loss":[[step,value],...],...}. */
static void
add_metrics (JsonBuilder *json, const GPtrArray *metrics)
{
  const char *name = NULL;

  json_builder_set_member_name (json, "metrics");
  json_builder_begin_object (json);
  for (guint i = 0; i < metrics->len; i++)
    {
      const vqa_metric *m = metrics->pdata[i];
      if (g_strcmp0 (name, m->name) != 0)
        {
          if (name != NULL)
            json_builder_end_array (json);
          name = m->name;
          json_builder_set_member_name (json, name);
          json_builder_begin_array (json);
        }
      json_builder_begin_array (json);
      json_builder_add_int_value (json, m->step);
      json_builder_add_double_value (json, m->value);
      json_builder_end_array (json);
    }
  if (name != NULL)
    json_builder_end_array (json);
  json_builder_end_object (json);
}

/* metrics NULL: a line of the list, without the recipe's text. */
static void
add_run (JsonBuilder *json, const vqa_run_record *r, const GPtrArray *metrics)
{
  json_builder_begin_object (json);
  add_integer (json, "run", r->id);
  cli_json_text (json, "name", r->name);
  cli_json_text (json, "kind", r->kind);
  cli_json_text (json, "state", vqa_run_state_name (r->state));
  cli_json_text (json, "stage", r->stage);
  add_integer (json, "step", r->step);
  add_integer (json, "steps", r->steps);
  cli_json_number (json, "loss", r->loss, 6);
  cli_json_number (json, "samples_per_second", r->samples_per_second, 2);
  cli_json_number (json, "seconds_left", r->seconds_left, 0);
  add_integer (json, "process", r->pid);
  add_time (json, "started", r->started);
  add_time (json, "finished", r->finished);
  cli_json_text (json, "output", r->output);
  cli_json_text (json, "folder", r->folder);
  cli_json_text (json, "recipe_path", r->recipe_path);
  cli_json_text (json, "recipe_hash", r->recipe_hash);
  cli_json_text (json, "data_root", r->data_root);
  cli_json_text (json, "data_hash", r->data_hash);
  cli_json_text (json, "model_hash", r->model_hash);
  cli_json_text (json, "error", r->error);
  if (metrics != NULL)
    {
      cli_json_text (json, "recipe", r->recipe);
      add_metrics (json, metrics);
    }
  json_builder_end_object (json);
}

static char *
time_text (gint64 microseconds)
{
  g_autoptr (GDateTime) t = g_date_time_new_from_unix_local (microseconds / G_USEC_PER_SEC);
  return t != NULL ? g_date_time_format (t, "%Y-%m-%d %H:%M") : g_strdup ("-");
}

static int
list_runs (vqa_store *store, gboolean as_json)
{
  GError *error = NULL;
  g_autoptr (GPtrArray) list = vqa_store_runs (store, &error);
  g_autoptr (JsonBuilder) json = json_builder_new ();

  if (list == NULL)
    return cli_fail (error);
  json_builder_begin_array (json);
  if (!as_json && list->len > 0)
    g_print ("%5s  %-16s %-11s %8s  %8s  %-16s  %s\n", "run", "name", "state", "progress", "loss",
             "started", "output");
  for (guint i = 0; i < list->len; i++)
    {
      const vqa_run_record *r = list->pdata[i];
      g_autofree char *started = time_text (r->started), *output = NULL;
      if (as_json)
        {
          add_run (json, r, NULL);
          continue;
        }
      output = g_filename_display_name (r->output);
      g_print ("%5" G_GINT64_FORMAT "  %-16s %-11s %6.1f %%  %8.4f  %-16s  %s\n", r->id, r->name,
               vqa_run_state_name (r->state),
               r->steps > 0 ? 100 * (double)r->step / (double)r->steps : 0.0, r->loss, started,
               output);
    }
  json_builder_end_array (json);
  if (!as_json && list->len == 0)
    g_printerr ("There are no runs yet; regard-cli run RECIPE begins one.\n");
  return as_json ? cli_print_json (json) : cli_finish ();
}

/* The latest value of each number. */
static void
print_metrics (const GPtrArray *metrics)
{
  for (guint i = 0; i < metrics->len; i++)
    {
      const vqa_metric *m = metrics->pdata[i];
      const vqa_metric *next = i + 1 < metrics->len ? metrics->pdata[i + 1] : NULL;
      if (next == NULL || strcmp (m->name, next->name) != 0)
        g_print ("  %-22s %12.6g  (step %" G_GINT64_FORMAT ")\n", m->name, m->value, m->step);
    }
}

static int
show_run (vqa_store *store, const vqa_run_record *r, gboolean as_json)
{
  GError *error = NULL;
  g_autoptr (GPtrArray) metrics = vqa_store_metrics (store, r->id, &error);
  g_autofree char *started = time_text (r->started);
  g_autofree char *finished = r->finished > 0 ? time_text (r->finished) : g_strdup ("-");

  if (metrics == NULL)
    return cli_fail (error);
  if (as_json)
    {
      g_autoptr (JsonBuilder) json = json_builder_new ();
      add_run (json, r, metrics);
      return cli_print_json (json);
    }
  g_print ("Run %" G_GINT64_FORMAT ": %s (%s), %s\n", r->id, r->name, r->kind,
           vqa_run_state_name (r->state));
  if (r->error != NULL)
    g_print ("Error:     %s\n", r->error);
  g_print ("Progress:  step %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT "%s%s\n", r->step, r->steps,
           r->stage != NULL ? ", stage " : "", r->stage != NULL ? r->stage : "");
  g_print ("Started:   %s\nFinished:  %s\n", started, finished);
  g_print ("Output:    %s\nFolder:    %s\nRecipe:    %s\n", r->output, r->folder, r->recipe_path);
  g_print ("Hashes:    recipe %.12s, data %.12s, model %.12s\n", r->recipe_hash,
           r->data_hash != NULL ? r->data_hash : "-", r->model_hash != NULL ? r->model_hash : "-");
  if (metrics->len > 0)
    g_print ("Measured last:\n");
  print_metrics (metrics);
  g_print ("\n%s", r->recipe);
  return cli_finish ();
}

/* ---- acting ------------------------------------------------------------------------------ */

static gboolean
goes_on (const vqa_run_record *r)
{
  return r->state == VQA_RUN_RUNNING || r->state == VQA_RUN_WAITING;
}

static int
resume_run (const vqa_run_record *r, gboolean json)
{
  vqa_run_options options = {
    .recipe_path = r->recipe_path,
    .recipe_text = r->recipe,
    .data_root = r->data_root,
    .output = r->output,
    .json = json,
  };

  if (goes_on (r))
    {
      g_printerr ("regard-cli: run %" G_GINT64_FORMAT
                  " goes on already, in process %" G_GINT64_FORMAT "\n",
                  r->id, r->pid);
      return CLI_FAILED;
    }
  /* Its paths begin where it was started. */
  if (chdir (r->place) != 0)
    {
      g_printerr ("regard-cli: run %" G_GINT64_FORMAT
                  " was started in %s, which cannot be entered: "
                  "%s\n",
                  r->id, r->place, g_strerror (errno));
      return CLI_FAILED;
    }
  return cli_run_options (&options);
}

static int
delete_run (vqa_store *store, const vqa_run_record *r)
{
  GError *error = NULL;

  if (goes_on (r))
    {
      g_printerr ("regard-cli: run %" G_GINT64_FORMAT " goes on in process %" G_GINT64_FORMAT
                  "; stop it first (Ctrl-C, or kill -INT %" G_GINT64_FORMAT ")\n",
                  r->id, r->pid, r->pid);
      return CLI_FAILED;
    }
  if (!vqa_run_folder_remove (r->folder, &error) || !vqa_store_delete_run (store, r->id, &error))
    return cli_fail (error);
  g_printerr ("Run %" G_GINT64_FORMAT
              " and its checkpoint are deleted; the model it wrote is not.\n",
              r->id);
  return cli_finish ();
}

/* ---- arguments --------------------------------------------------------------------------- */

/* The run of that number; NULL after an error was printed, *status is set then. */
static vqa_run_record *
find (vqa_store *store, const char *number, int *status)
{
  GError *error = NULL;
  char *end;
  gint64 id = g_ascii_strtoll (number, &end, 10);
  vqa_run_record *r
      = end != number && *end == '\0' && id > 0 ? vqa_store_find_run (store, id, &error) : NULL;

  if (r != NULL)
    return r;
  *status = CLI_FAILED;
  if (error != NULL)
    *status = cli_fail (error);
  else
    g_printerr ("regard-cli: there is no run “%s”; regard-cli runs lists them\n", number);
  return NULL;
}

static int
act (vqa_store *store, char **operands, gboolean as_json, gboolean progress)
{
  int status = CLI_DONE;
  g_autoptr (vqa_run_record) r = NULL;

  if (operands[0] == NULL || strcmp (operands[0], "list") == 0)
    return list_runs (store, as_json);
  r = find (store, operands[1], &status);
  if (r == NULL)
    return status;
  if (strcmp (operands[0], "show") == 0)
    return show_run (store, r, as_json);
  if (strcmp (operands[0], "delete") == 0)
    return delete_run (store, r);
  return resume_run (r, progress);
}

/* Are these words a command? Prints what is wrong. */
static int
check (const char *command, char **operands)
{
  static const char *const verbs[] = { "show", "resume", "delete", NULL };

  if (operands[0] == NULL)
    return -1;
  if (strcmp (operands[0], "list") == 0)
    return operands[1] == NULL ? -1 : cli_usage (command, "list takes no number");
  if (!g_strv_contains (verbs, operands[0]))
    return cli_usage (command, "“%s” is not list, show, resume or delete", operands[0]);
  return operands[1] != NULL ? -1 : cli_usage (command, "%s needs the run's number", operands[0]);
}

int
cli_runs (char **argv)
{
  gboolean json = FALSE, progress_json = FALSE;
  g_autofree char *progress = NULL, *path = vqa_store_default_path (), *notice = NULL;
  g_auto (GStrv) operands = NULL;
  g_autoptr (vqa_store) store = NULL;
  GError *error = NULL;
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, "Print one line of JSON", NULL },
    { "progress", 0, 0, G_OPTION_ARG_STRING, &progress,
      "With resume: progress for a program, as in regard-cli run", "json" },
    G_OPTION_ENTRY_NULL,
  };
  const cli_syntax syntax = {
    "[list | show RUN | resume RUN | delete RUN]", 0, 2,
    "Lists the runs of recipes, tells all about one, goes on with one that was stopped, killed or\n"
    "failed, or deletes one with its folder (not the model it wrote). A run is waiting, running,\n"
    "stopped, done, failed, or interrupted: its process is gone.",
    entries
  };
  int status = cli_parse (&syntax, argv, &operands);

  if (status < 0)
    status = check (argv[0], operands);
  if (status < 0)
    progress_json = cli_progress_json (argv[0], progress, &status);
  if (status >= 0)
    return status;
  store = vqa_store_open (path, &notice, &error);
  if (notice != NULL)
    g_printerr ("%s\n", notice);
  if (store == NULL)
    return cli_fail (error);
  return act (store, operands, json, progress_json);
}
