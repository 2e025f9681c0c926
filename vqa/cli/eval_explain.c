/* How faithful the maps are, beside the scores of regard-cli eval. */
#include "vqa/cli/eval.h"

#include <string.h>

gboolean
eval_explain_kinds (const char *text, guint *kinds)
{
  g_auto (GStrv) names = g_strsplit (text, ",", -1);

  *kinds = 0;
  for (char **name = names; *name != NULL; name++)
    {
      vqa_map_kind kind;
      if (!vqa_map_kind_parse (*name, &kind))
        return FALSE;
      *kinds |= 1u << kind;
    }
  return *kinds != 0;
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static void
add_gain (JsonBuilder *json, const vqa_trial *t, int map, int baseline)
{
  vqa_trial_result r = vqa_trial_gain (t, map, baseline);

  json_builder_set_member_name (json, vqa_trial_name (baseline));
  json_builder_begin_object (json);
  cli_json_number (json, "deletion", r.deletion.mean, 6);
  cli_json_number (json, "deletion_error", r.deletion.error, 6);
  cli_json_number (json, "insertion", r.insertion.mean, 6);
  cli_json_number (json, "insertion_error", r.insertion.error, 6);
  json_builder_end_object (json);
}

void
eval_explain_json (JsonBuilder *json, const vqa_trial *t)
{
  json_builder_set_member_name (json, "maps");
  json_builder_begin_object (json);
  cli_json_integer (json, "questions", vqa_trial_questions (t));
  cli_json_integer (json, "steps", VQA_TRIAL_STEPS);
  for (int map = 0; map < VQA_TRIAL_MAPS; map++)
    {
      vqa_trial_result r = vqa_trial_mean (t, map);
      if (!vqa_trial_has (t, map))
        continue;
      json_builder_set_member_name (json, vqa_trial_name (map));
      json_builder_begin_object (json);
      cli_json_number (json, "deletion", r.deletion.mean, 6);
      cli_json_number (json, "insertion", r.insertion.mean, 6);
      if (map < VQA_N_MAP_KINDS)
        {
          json_builder_set_member_name (json, "gain_over");
          json_builder_begin_object (json);
          add_gain (json, t, map, VQA_TRIAL_RANDOM);
          add_gain (json, t, map, VQA_TRIAL_CENTRE);
          json_builder_end_object (json);
          json_builder_set_member_name (json, "beats_both");
          json_builder_add_boolean_value (json, vqa_trial_beats (t, map));
        }
      json_builder_end_object (json);
    }
  json_builder_end_object (json);
}

/* ---- text ------------------------------------------------------------------------------------ */

static void
print_gain (const vqa_trial *t, int map, int baseline)
{
  vqa_trial_result r = vqa_trial_gain (t, map, baseline);
  g_print ("  %+.4f ± %.4f %+.4f ± %.4f", r.deletion.mean, r.deletion.error, r.insertion.mean,
           r.insertion.error);
}

void
eval_explain_text (const vqa_trial *t)
{
  g_print ("\nFaithfulness of the maps, %u questions, %d steps\n", vqa_trial_questions (t),
           VQA_TRIAL_STEPS);
  g_print ("%-12s %9s %9s  %-33s  %-33s\n", "", "deletion", "insertion", "better than random",
           "better than centre");
  for (int map = 0; map < VQA_TRIAL_MAPS; map++)
    {
      vqa_trial_result r = vqa_trial_mean (t, map);
      if (!vqa_trial_has (t, map))
        continue;
      g_print ("%-12s %9.4f %9.4f", vqa_trial_name (map), r.deletion.mean, r.insertion.mean);
      for (int baseline = VQA_TRIAL_RANDOM; map < VQA_N_MAP_KINDS && baseline <= VQA_TRIAL_CENTRE;
           baseline++)
        print_gain (t, map, baseline);
      g_print ("%s\n", map < VQA_N_MAP_KINDS && vqa_trial_beats (t, map) ? "  beats both" : "");
    }
  g_print (
      "\nArea under the answer's probability while the map's highest pixels first are blurred\n"
      "(deletion: lower is better) or come back into the blurred picture (insertion: higher is\n"
      "better). Better than: deletion, insertion, mean over questions ± its standard error;\n"
      "beats both: by more than two of these in all four.\n");
}
