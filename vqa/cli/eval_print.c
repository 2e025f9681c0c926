/* The numbers of regard-cli eval: a table, or one line of JSON. */
#include "vqa/cli/eval.h"

#include "vqa/data/kinds.h"

#include <math.h>
#include <string.h>

static double
milliseconds_per_question (const evaluation *e)
{
  return e->milliseconds / (e->done * MAX (e->n_variants, 1));
}

/* Questions scored; without any known answer, questions answered. */
static guint
questions (const evaluation *e)
{
  guint n = e->variants[0].tallies[EVAL_ALL].n;
  return n > 0 ? n : e->scored;
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static const char *const tally_names[EVAL_TALLIES] = { "accuracy", "yes_no", "number", "other" };

static void
add_measures (JsonBuilder *json, const vqa_tally *t)
{
  cli_json_integer (json, "questions", t->n);
  cli_json_number (json, "accuracy", vqa_tally_accuracy (t), 4);
  cli_json_number (json, "blind", vqa_tally_blind (t), 4);
  if (!isnan (vqa_tally_always_yes (t)))
    cli_json_number (json, "always_yes", vqa_tally_always_yes (t), 4);
  cli_json_number (json, "calibration_error", vqa_tally_calibration (t), 4);
}

/* Member `name`: the rows of a table, whole or their accuracy alone. */
static void
add_table (JsonBuilder *json, const char *name, const GPtrArray *rows, gboolean whole)
{
  if (rows->len == 0)
    return;
  json_builder_set_member_name (json, name);
  json_builder_begin_object (json);
  for (guint i = 0; i < rows->len; i++)
    {
      const vqa_row *row = rows->pdata[i];
      g_autofree char *valid = g_utf8_make_valid (row->name, -1);
      if (!whole)
        {
          cli_json_number (json, valid, vqa_tally_accuracy (&row->tally), 4);
          continue;
        }
      json_builder_set_member_name (json, valid);
      json_builder_begin_object (json);
      add_measures (json, &row->tally);
      json_builder_end_object (json);
    }
  json_builder_end_object (json);
}

static void
add_ablations (JsonBuilder *json, const evaluation *e)
{
  if (e->n_variants < 2)
    return;
  json_builder_set_member_name (json, "ablations");
  json_builder_begin_object (json);
  for (guint v = 1; v < e->n_variants; v++)
    {
      const eval_variant *variant = &e->variants[v];
      json_builder_set_member_name (json, variant->name);
      json_builder_begin_object (json);
      for (int t = 0; t < EVAL_TALLIES; t++)
        cli_json_number (json, tally_names[t], vqa_tally_accuracy (&variant->tallies[t]), 4);
      add_table (json, "by_source", variant->report->rows[VQA_BY_SOURCE], FALSE);
      add_table (json, "by_kind", variant->report->rows[VQA_BY_KIND], FALSE);
      json_builder_end_object (json);
    }
  json_builder_end_object (json);
}

int
eval_print_json (const evaluation *e)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  const eval_variant *first = &e->variants[0];
  const vqa_tally *all = &first->tallies[EVAL_ALL];

  json_builder_begin_object (json);
  cli_json_integer (json, "questions", questions (e));
  for (int t = 0; t < EVAL_TALLIES; t++)
    cli_json_number (json, tally_names[t], vqa_tally_accuracy (&first->tallies[t]), 4);
  cli_json_number (json, "blind", vqa_tally_blind (all), 4);
  if (first->name != NULL)
    cli_json_text (json, "silenced", first->name);
  cli_json_integer (json, "missing_pictures", e->missing_pictures);
  cli_json_number (json, "milliseconds_per_question", milliseconds_per_question (e), 3);
  if (e->told_kinds)
    add_table (json, "kinds", first->report->rows[VQA_BY_KIND], FALSE);
  if (all->n > 0)
    {
      cli_json_number (json, "always_yes", vqa_tally_always_yes (&first->tallies[EVAL_YES_NO]), 4);
      cli_json_number (json, "calibration_error", vqa_tally_calibration (all), 4);
      add_table (json, "by_source", first->report->rows[VQA_BY_SOURCE], TRUE);
      add_table (json, "by_kind", first->report->rows[VQA_BY_KIND], TRUE);
      add_ablations (json, e);
    }
  if (e->trial != NULL)
    eval_explain_json (json, e->trial);
  json_builder_end_object (json);
  return cli_print_json (json);
}

/* ---- text ------------------------------------------------------------------------------------ */

/* A percentage in a column of 11, or a dash. */
static void
print_percent (double value)
{
  if (isnan (value))
    g_print (" %10s", "-");
  else
    g_print (" %10.2f", value);
}

/* Accuracy of the same row with each part silenced. */
static void
print_variants (const evaluation *e, vqa_table table, const char *name)
{
  for (guint v = 1; v < e->n_variants; v++)
    {
      const vqa_row *row = vqa_report_find (e->variants[v].report, table, NULL, name);
      print_percent (row != NULL ? vqa_tally_accuracy (&row->tally) : NAN);
    }
}

static void
print_head (const evaluation *e, const char *title)
{
  g_print ("\n%-32s %9s %10s %10s %10s %10s", title, "questions", "accuracy", "blind", "always yes",
           "calibr. e.");
  for (guint v = 1; v < e->n_variants; v++)
    g_print (" %10s", e->variants[v].name);
  g_print ("\n");
}

static void
print_row (const char *title, const vqa_tally *t)
{
  /* By hand: printf counts bytes, and titles may have wider characters. */
  int gap = 32 - (int)g_utf8_strlen (title, -1);
  g_print ("%s%*s %9u", title, MAX (gap, 0), "", t->n);
  print_percent (vqa_tally_accuracy (t));
  print_percent (vqa_tally_blind (t));
  print_percent (vqa_tally_always_yes (t));
  print_percent (vqa_tally_calibration (t));
}

static void
print_table (const evaluation *e, const char *title, vqa_table table)
{
  const GPtrArray *rows = e->variants[0].report->rows[table];
  if (rows->len == 0)
    return;
  print_head (e, title);
  for (guint i = 0; i < rows->len; i++)
    {
      const vqa_row *row = rows->pdata[i];
      vqa_kind k = table == VQA_BY_KIND ? vqa_kind_named (row->name) : VQA_N_KINDS;
      g_autofree char *valid = g_utf8_make_valid (row->name, -1);
      print_row (k < VQA_N_KINDS ? vqa_kind_title (k) : valid, &row->tally);
      print_variants (e, table, row->name);
      g_print ("\n");
    }
}

static void
print_all (const evaluation *e)
{
  static const char *const titles[EVAL_TALLIES] = { "All", "  yes/no", "  number", "  other" };
  print_head (e, "By type of answer");
  for (int t = 0; t < EVAL_TALLIES; t++)
    {
      print_row (titles[t], &e->variants[0].tallies[t]);
      for (guint v = 1; v < e->n_variants; v++)
        print_percent (vqa_tally_accuracy (&e->variants[v].tallies[t]));
      g_print ("\n");
    }
}

int
eval_print_text (const evaluation *e)
{
  g_print ("%-18s %8u\n", "Questions", questions (e));
  if (e->variants[0].name != NULL)
    g_print ("%-18s %s\n", "Silenced", e->variants[0].name);
  g_print ("%-18s %8u\n", "Missing pictures", e->missing_pictures);
  g_print ("%-18s %8.2f ms\n", "Per question", milliseconds_per_question (e));
  if (e->variants[0].tallies[EVAL_ALL].n > 0)
    {
      print_all (e);
      print_table (e, "By source", VQA_BY_SOURCE);
      print_table (e, "By kind", VQA_BY_KIND);
      g_print ("\nPercent. blind: the question alone; calibr. e.: expected calibration error.\n");
      if (e->n_variants > 1)
        g_print ("picture, modulation, attention: accuracy with that part silenced.\n");
    }
  if (e->trial != NULL)
    eval_explain_text (e->trial);
  return cli_finish ();
}
