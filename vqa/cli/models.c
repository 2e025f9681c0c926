/* regard-cli models: which models there are, and what one of them is. */
#include "vqa/cli/cli.h"

#include "vqa/model/facts.h"

#include <math.h>

/* The scores are an object as text; shown as such when they can be read. */
static void
add_scores (JsonBuilder *json, const char *scores)
{
  JsonNode *node = scores != NULL ? json_from_string (scores, NULL) : NULL;
  json_builder_set_member_name (json, "scores");
  if (node != NULL)
    json_builder_add_value (json, node);
  else
    json_builder_add_null_value (json);
}

/* The kinds of questions, with the judgement that the window shows. */
static void
add_kinds (JsonBuilder *json, const vqa_facts *facts)
{
  json_builder_set_member_name (json, "kinds");
  json_builder_begin_array (json);
  for (guint i = 0; i < facts->kinds->len; i++)
    {
      const vqa_fact *f = facts->kinds->pdata[i];
      json_builder_begin_object (json);
      cli_json_text (json, "kind", f->name);
      cli_json_text (json, "title", f->title);
      cli_json_integer (json, "questions", f->questions);
      cli_json_number (json, "accuracy", f->accuracy, 2);
      cli_json_number (json, "blind", f->blind, 2);
      json_builder_set_member_name (json, "asked_by_people");
      json_builder_add_boolean_value (json, f->people);
      json_builder_set_member_name (json, "good");
      json_builder_add_boolean_value (json, vqa_fact_is_good (f));
      json_builder_end_object (json);
    }
  json_builder_end_array (json);
}

static void
add_model (JsonBuilder *json, const vqa_model_info *info)
{
  g_autoptr (vqa_facts) facts = vqa_facts_read (info->scores);
  json_builder_begin_object (json);
  cli_json_text (json, "name", info->name);
  cli_json_text (json, "title", info->title);
  cli_json_text (json, "path", info->path);
  cli_json_text (json, "hash", info->hash);
  cli_json_integer (json, "bytes", info->bytes);
  cli_json_integer (json, "parameters", info->parameters);
  cli_json_integer (json, "macs", info->macs);
  cli_json_integer (json, "side", info->side);
  cli_json_integer (json, "answers", info->n_answers);
  cli_json_integer (json, "words", info->n_words);
  cli_json_text (json, "description", info->description);
  cli_json_text (json, "terms", info->terms);
  cli_json_text (json, "recipe", info->recipe);
  cli_json_number (json, "temperature", info->temperature, 6);
  cli_json_number (json, "blind_temperature", info->blind_temperature, 6);
  add_scores (json, info->scores);
  add_kinds (json, facts);
  json_builder_end_object (json);
}

/* Text that a model made by someone else may lack. */
static const char *
stated (const char *text)
{
  return text != NULL ? text : "not stated";
}

static int
list_models (gboolean as_json)
{
  g_auto (GStrv) paths = vqa_model_list ();
  g_autoptr (JsonBuilder) json = json_builder_new ();
  gboolean failed = FALSE;
  json_builder_begin_array (json);
  for (char **path = paths; *path != NULL; path++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (vqa_model) model = vqa_model_load (*path, &error);
      if (model == NULL)
        {
          g_printerr ("regard-cli: %s\n", error->message);
          failed = TRUE;
          continue;
        }
      const vqa_model_info *info = vqa_model_get_info (model);
      vqa_model_hash (model);
      if (as_json)
        add_model (json, info);
      else
        g_print ("%-16s %-32s %6.2f MB  %7.2f M parameters\n", info->name, info->title,
                 (double)info->bytes / 1e6, (double)info->parameters / 1e6);
    }
  json_builder_end_array (json);

  if (paths[0] == NULL)
    {
      g_auto (GStrv) folders = vqa_model_folders ();
      g_autofree char *looked = g_strjoinv (", ", folders);
      g_autofree char *shown = g_filename_display_name (looked);
      g_printerr ("There are no models in: %s\n", shown);
    }
  int status = as_json ? cli_print_json (json) : cli_finish ();
  return failed ? CLI_FAILED : status;
}

/* A percentage in a column of 11, or a dash. */
static void
print_percent (double value)
{
  if (isnan (value))
    g_print (" %10s", "-");
  else
    g_print (" %10.1f", value);
}

#define TITLE 46 /* columns */

static void
print_head (const char *title)
{
  g_print ("\n%-*s %9s %10s %10s", TITLE, title, "questions", "accuracy", "blind");
}

static void
print_fact (const vqa_fact *f)
{
  int indent = f->level > 0 ? 2 : 0;
  /* By hand: printf counts bytes, and titles may have wider characters. */
  int gap = TITLE - indent - (int)g_utf8_strlen (f->title, -1);
  g_print ("%*s%s%*s %9u", indent, "", f->title, MAX (gap, 0), "", f->questions);
  print_percent (f->accuracy);
  print_percent (f->blind);
}

static void
print_facts (const vqa_model_info *info)
{
  g_autoptr (vqa_facts) facts = vqa_facts_read (info->scores);

  if (facts->kinds->len + facts->sources->len == 0)
    {
      g_print ("\nScores:     not measured\n");
      return;
    }
  g_print ("\nMeasured on pictures set aside, in percent. Blind: the question alone, without the "
           "picture.\n");
  if (facts->kinds->len > 0)
    {
      print_head ("Kind of question");
      g_print ("\n");
      for (guint i = 0; i < facts->kinds->len; i++)
        {
          const vqa_fact *f = facts->kinds->pdata[i];
          print_fact (f);
          g_print ("%s%s\n", vqa_fact_is_good (f) ? "  good" : "",
                   f->people ? "  (asked by people)" : "");
        }
    }
  print_head ("Source of the questions");
  g_print (" %10s %10s\n", "always yes", "calibr. e.");
  for (guint i = 0; i < facts->sources->len; i++)
    {
      const vqa_fact *f = facts->sources->pdata[i];
      print_fact (f);
      print_percent (f->always_yes);
      print_percent (f->calibration_error);
      g_print ("\n");
    }
  g_print ("\nCalibr. e.: expected calibration error. Good: right on at least 60 of 100, 10 more "
           "than blind.\n");
}

static int
describe_model (const char *name, gboolean as_json)
{
  GError *error = NULL;
  g_autoptr (vqa_model) model = vqa_model_load (name, &error);
  if (model == NULL)
    return cli_fail (error);
  const vqa_model_info *info = vqa_model_get_info (model);
  vqa_model_hash (model);
  if (as_json)
    {
      g_autoptr (JsonBuilder) json = json_builder_new ();
      add_model (json, info);
      return cli_print_json (json);
    }
  g_autofree char *path = g_filename_display_name (info->path);
  g_print ("%s: %s\n\n%s\n\n", info->name, stated (info->title), stated (info->description));
  g_print ("File:       %s (%.2f MB)\nSHA-256:    %s\n", path, (double)info->bytes / 1e6,
           info->hash);
  g_print ("Parameters: %" G_GINT64_FORMAT "\nMACs:       %.1f million for one answer\n",
           info->parameters, (double)info->macs / 1e6);
  g_print ("Sees:       %d x %d pixels\nKnows:      %d words, %d answers\n", info->side, info->side,
           info->n_words, info->n_answers);
  g_print ("Calibrated: logits divided by %.3f, those of the blind answer by %.3f\n",
           info->temperature, info->blind_temperature);
  g_print ("Terms:      %s\n", stated (info->terms));
  print_facts (info);
  return cli_finish ();
}

int
cli_models (char **argv)
{
  gboolean json = FALSE;
  g_auto (GStrv) operands = NULL;
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, "Print one line of JSON", NULL },
    G_OPTION_ENTRY_NULL,
  };
  const cli_syntax syntax = {
    "[NAME|FILE]", 0, 1,
    "Lists the models found, or tells about one of them. They are looked for in the folders of\n"
    "$REGARD_MODELS, in regard/models of the user's data folder, and where Regard is installed.",
    entries
  };
  int status = cli_parse (&syntax, argv, &operands);
  if (status >= 0)
    return status;
  return operands[0] != NULL ? describe_model (operands[0], json) : list_models (json);
}
