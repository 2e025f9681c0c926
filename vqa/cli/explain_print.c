/* An explanation as text, or as one line of JSON. */
#include "vqa/cli/explain.h"

#define STRONGEST 5 /* channels told of each place */

/* ---- JSON ------------------------------------------------------------------------------------ */

static void
add_map (JsonBuilder *json, const explain_options *options, const vqa_map *map)
{
  const vqa_map_about *about = vqa_map_kind_about (map->kind);

  json_builder_set_member_name (json, "map");
  json_builder_begin_object (json);
  cli_json_text (json, "kind", about->name);
  cli_json_text (json, "unit", about->unit);
  cli_json_text (json, "source", about->source);
  if (map->kind == VQA_MAP_ATTENTION)
    {
      cli_json_text (json, "block", options->block);
      cli_json_text (json, "place", options->place);
      cli_json_text (json, "direction", options->to ? "to" : "from");
    }
  if (map->kind == VQA_MAP_ATTENTION && options->head > 0)
    cli_json_integer (json, "head", options->head);
  cli_json_cells (json, &map->values);
  json_builder_end_object (json);
}

static void
add_words (JsonBuilder *json, const vqa_word_weights *w)
{
  json_builder_set_member_name (json, "words");
  json_builder_begin_array (json);
  for (guint i = 0; i < w->n; i++)
    {
      json_builder_begin_object (json);
      cli_json_text (json, "word", w->words[i].word);
      json_builder_set_member_name (json, "known");
      json_builder_add_boolean_value (json, w->words[i].known);
      cli_json_number (json, "drop", w->words[i].drop, 6);
      cli_json_text (json, "answer", w->words[i].answer);
      json_builder_end_object (json);
    }
  json_builder_end_array (json);
}

static void
add_strongest (JsonBuilder *json, const char *name, const float *values, int channels)
{
  int best[STRONGEST], n = MIN (channels, STRONGEST);

  if (values == NULL)
    return;
  vqa_modulation_strongest (values, channels, n, best);
  json_builder_set_member_name (json, name);
  json_builder_begin_array (json);
  for (int i = 0; i < n; i++)
    {
      json_builder_begin_object (json);
      cli_json_integer (json, "channel", best[i]);
      cli_json_number (json, "value", values[best[i]], 6);
      json_builder_end_object (json);
    }
  json_builder_end_array (json);
}

static void
add_modulation (JsonBuilder *json, const vqa_modulation *mod)
{
  json_builder_set_member_name (json, "modulation");
  json_builder_begin_array (json);
  for (guint i = 0; i < mod->n; i++)
    {
      const vqa_modulated *p = &mod->places[i];
      json_builder_begin_object (json);
      cli_json_text (json, "place", p->name);
      cli_json_integer (json, "channels", p->channels);
      add_strongest (json, "gains", p->gain, p->channels);
      add_strongest (json, "shifts", p->shift, p->channels);
      add_strongest (json, "gates", p->gate, p->channels);
      json_builder_end_object (json);
    }
  json_builder_end_array (json);
}

static void
add_swapped (JsonBuilder *json, const explain_options *options, const vqa_reply *r)
{
  json_builder_set_member_name (json, "swapped");
  json_builder_begin_object (json);
  cli_json_text (json, "question", options->swap);
  cli_json_text (json, "places", options->swap_at);
  cli_json_answers (json, "answers", r->answers, r->n_answers);
  json_builder_end_object (json);
}

int
explain_print_json (const explain_options *options, const explanation *e)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();

  json_builder_begin_object (json);
  cli_json_text (json, "model", e->model);
  cli_json_region (json, &options->region);
  cli_json_text (json, "answer", e->map->answer);
  cli_json_number (json, "probability", e->words->probability, 6);
  json_builder_set_member_name (json, "confident");
  json_builder_add_boolean_value (json, e->reply->confident);
  add_map (json, options, e->map);
  add_words (json, e->words);
  if (e->modulation != NULL)
    add_modulation (json, e->modulation);
  if (e->swapped != NULL)
    add_swapped (json, options, e->swapped);
  json_builder_end_object (json);
  return cli_print_json (json);
}

/* ---- text ------------------------------------------------------------------------------------ */

static void
print_words (const vqa_word_weights *w)
{
  int width = 0;
  for (guint i = 0; i < w->n; i++)
    width = MAX (width, (int)g_utf8_strlen (w->words[i].word, -1));
  g_print ("\nWithout the word, “%s” has\n", w->answer);
  for (guint i = 0; i < w->n; i++)
    {
      const vqa_word_weight *word = &w->words[i];
      int padding = width - (int)g_utf8_strlen (word->word, -1);
      g_print ("  %s%*s ", word->word, padding, "");
      if (word->known)
        g_print ("%5.1f %%  (%+.1f), best: %s\n", 100 * (w->probability - word->drop),
                 -100 * word->drop, word->answer);
      else
        g_print ("    - (the model does not know it)\n");
    }
}

static void
print_strongest (const char *title, const float *values, int channels)
{
  int best[STRONGEST], n = MIN (channels, STRONGEST);

  if (values == NULL)
    return;
  vqa_modulation_strongest (values, channels, n, best);
  g_print ("  %-7s", title);
  for (int i = 0; i < n; i++)
    g_print (" %5d: %+6.2f", best[i], values[best[i]]);
  g_print ("\n");
}

static void
print_modulation (const vqa_modulation *mod)
{
  g_print ("\nThe question's strongest doings, channel: value (a gain is told less one)\n");
  for (guint i = 0; i < mod->n; i++)
    {
      const vqa_modulated *p = &mod->places[i];
      g_print ("%s, %d channels\n", p->name, p->channels);
      print_strongest ("gains", p->gain, p->channels);
      print_strongest ("shifts", p->shift, p->channels);
      print_strongest ("gates", p->gate, p->channels);
    }
}

static void
print_swapped (const explain_options *options, const vqa_reply *r)
{
  g_print ("\nModulated by “%s”%s%s:\n", options->swap, options->swap_at != NULL ? " at " : "",
           options->swap_at != NULL ? options->swap_at : "");
  for (guint i = 0; i < r->n_answers; i++)
    g_print ("  %s (%.1f %%)\n", r->answers[i].answer, 100 * r->answers[i].probability);
}

int
explain_print_text (const explain_options *options, const explanation *e)
{
  g_print ("%s%s (%.1f %%)\n", e->reply->confident ? "" : "not sure: ", e->map->answer,
           100 * e->words->probability);
  if (options->words)
    print_words (e->words);
  if (e->modulation != NULL)
    print_modulation (e->modulation);
  if (e->swapped != NULL)
    print_swapped (options, e->swapped);
  return cli_finish ();
}
