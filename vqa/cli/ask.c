/* regard-cli ask: answers to a question about a photograph. */
#include "vqa/cli/cli.h"

#include <math.h>

typedef struct
{
  char *model;
  int top;
  gboolean json;
  vqa_region region; /* what is asked about */
} ask_options;

static int
print_json (const char *model, const vqa_region *region, const vqa_reply *reply)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  json_builder_begin_object (json);
  cli_json_text (json, "model", model);
  cli_json_region (json, region);
  cli_json_answers (json, "answers", reply->answers, reply->n_answers);
  cli_json_answers (json, "blind", reply->blind, reply->n_blind);
  json_builder_set_member_name (json, "unknown_words");
  json_builder_begin_array (json);
  for (char **word = reply->unknown_words; word != NULL && *word != NULL; word++)
    json_builder_add_string_value (json, *word);
  json_builder_end_array (json);
  json_builder_set_member_name (json, "nearest_words");
  json_builder_begin_array (json);
  for (char **word = reply->nearest_words; word != NULL && *word != NULL; word++)
    json_builder_add_string_value (json, *word);
  json_builder_end_array (json);
  json_builder_set_member_name (json, "confident");
  json_builder_add_boolean_value (json, reply->confident);
  cli_json_number (json, "milliseconds", reply->milliseconds, 3);
  json_builder_end_object (json);
  return cli_print_json (json);
}

/* One answer: name, percentage, bar. */
static void
print_answer (const vqa_answer *answer, int width)
{
  const int longest = 30; /* characters of a bar */
  gboolean blocks = g_get_charset (NULL);
  int length = (int)lrint (answer->probability * longest);
  int padding = width - (int)g_utf8_strlen (answer->answer, -1);
  g_print ("  %s%*s %5.1f %%  ", answer->answer, MAX (padding, 0), "", 100.0 * answer->probability);
  for (int i = 0; i < length; i++)
    g_print ("%s", blocks ? "█" : "#");
  g_print ("\n");
}

static int
print_text (const vqa_reply *reply, const char *question)
{
  int width = 0;
  for (guint i = 0; i < reply->n_answers; i++)
    width = MAX (width, (int)g_utf8_strlen (reply->answers[i].answer, -1));
  if (!reply->confident)
    g_print ("Not sure. The best guesses:\n");
  for (guint i = 0; i < reply->n_answers; i++)
    print_answer (&reply->answers[i], width);
  if (reply->n_blind > 0)
    g_print ("Without looking, the question alone suggests: %s (%.1f %%).\n",
             reply->blind[0].answer, 100.0 * reply->blind[0].probability);
  if (reply->unknown_words != NULL && *reply->unknown_words != NULL)
    {
      g_autofree char *words = g_strjoinv (", ", reply->unknown_words);
      g_autofree char *mended = vqa_reply_mend (reply, question);
      g_print ("Words the model does not know: %s.\n", words);
      if (mended != NULL)
        g_print ("Did you mean: %s\n", mended);
    }
  return cli_finish ();
}

static int
answer (const ask_options *options, const char *photo, const char *question)
{
  GError *error = NULL;
  g_autofree char *checked = vqa_question_check (question, -1, &error);
  if (checked == NULL)
    return cli_fail (error);
  g_autoptr (vqa_model) model
      = vqa_model_load (options->model != NULL ? options->model : CLI_DEFAULT_MODEL, &error);
  if (model == NULL)
    return cli_fail (error);
  const vqa_model_info *info = vqa_model_get_info (model);
  g_autoptr (vqa_picture) picture
      = vqa_picture_load_part (photo, &options->region, info->side, 0, &error);
  if (picture == NULL)
    return cli_fail (error);
  g_autofree char *key = vqa_region_key (&options->region, picture->hash);
  g_autoptr (vqa_reply) reply
      = vqa_model_ask (model, picture->square, key, checked, (guint)options->top, &error);
  if (reply == NULL)
    return cli_fail (error);
  return options->json ? print_json (info->name, &options->region, reply)
                       : print_text (reply, checked);
}

int
cli_ask (char **argv)
{
  ask_options options = { .top = 5 };
  g_auto (GStrv) operands = NULL;
  g_autofree char *region = NULL;
  const GOptionEntry entries[] = {
    { "model", 'm', 0, G_OPTION_ARG_FILENAME, &options.model,
      "The model to ask (default: " CLI_DEFAULT_MODEL ")", "NAME|FILE" },
    { "region", 'r', 0, G_OPTION_ARG_STRING, &region,
      "Ask about this part of the photograph, at full resolution: pixels from its upper left corner",
      "X,Y,W,H" },
    { "top", 'n', 0, G_OPTION_ARG_INT, &options.top, "How many answers (default: 5)", "N" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &options.json, "Print one line of JSON", NULL },
    G_OPTION_ENTRY_NULL,
  };
  const cli_syntax syntax
      = { "PHOTO QUESTION", 2, 2, "Answers a question, in English, about a photograph.", entries };
  int status = cli_parse (&syntax, argv, &operands);
  if (status < 0 && options.top < 1)
    status = cli_usage (argv[0], "--top needs a number of at least 1");
  if (status < 0)
    status = cli_region (argv[0], region, &options.region);
  if (status < 0)
    status = answer (&options, operands[0], operands[1]);
  g_free (options.model);
  return status;
}
