/* regard-cli ask: answers to a question about a photograph, or about all of a folder. */
#include "vqa/cli/ask_folder.h"
#include "vqa/model/explain.h"

#include <math.h>
#include <string.h>

typedef struct
{
  const char *model;
  int top;
  gboolean json, closer;
  vqa_region region; /* what is asked about */
} ask_options;

/* A second look, at a part. */
typedef struct
{
  vqa_region region;
  vqa_reply *reply; /* NULL: there was none */
} second_look;

static void
add_words (JsonBuilder *json, const char *name, char **words)
{
  json_builder_set_member_name (json, name);
  json_builder_begin_array (json);
  for (char **word = words; word != NULL && *word != NULL; word++)
    json_builder_add_string_value (json, *word);
  json_builder_end_array (json);
}

static void
add_second_look (JsonBuilder *json, const vqa_reply *reply, const second_look *closer)
{
  json_builder_set_member_name (json, "closer");
  if (closer->reply == NULL)
    {
      json_builder_add_null_value (json);
      return;
    }
  json_builder_begin_object (json);
  cli_json_region (json, &closer->region);
  cli_json_answers (json, "answers", closer->reply->answers, closer->reply->n_answers);
  json_builder_set_member_name (json, "changed");
  json_builder_add_boolean_value (json, vqa_reply_differs (reply, closer->reply));
  json_builder_end_object (json);
}

/* closer NULL: not asked for. */
static int
print_json (const char *model, const vqa_region *region, const vqa_reply *reply,
            const second_look *closer)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  json_builder_begin_object (json);
  cli_json_text (json, "model", model);
  cli_json_region (json, region);
  cli_json_answers (json, "answers", reply->answers, reply->n_answers);
  cli_json_answers (json, "blind", reply->blind, reply->n_blind);
  add_words (json, "unknown_words", reply->unknown_words);
  add_words (json, "nearest_words", reply->nearest_words);
  json_builder_set_member_name (json, "confident");
  json_builder_add_boolean_value (json, reply->confident);
  cli_json_number (json, "milliseconds", reply->milliseconds, 3);
  if (closer != NULL)
    add_second_look (json, reply, closer);
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

static void
print_answers (const vqa_reply *reply)
{
  int width = 0;
  for (guint i = 0; i < reply->n_answers; i++)
    width = MAX (width, (int)g_utf8_strlen (reply->answers[i].answer, -1));
  for (guint i = 0; i < reply->n_answers; i++)
    print_answer (&reply->answers[i], width);
}

static void
print_second_look (const vqa_reply *reply, const second_look *closer)
{
  g_autofree char *region = vqa_region_text (&closer->region);
  const vqa_answer *then = &closer->reply->answers[0];

  if (vqa_reply_differs (reply, closer->reply))
    g_print ("Closer, at %s: %s instead of %s.\n", region, then->answer, reply->answers[0].answer);
  else
    g_print ("Closer, at %s: still %s.\n", region, then->answer);
  print_answers (closer->reply);
}

static int
print_text (const vqa_reply *reply, const char *question, const second_look *closer)
{
  if (!reply->confident)
    g_print ("Not sure. The best guesses:\n");
  print_answers (reply);
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
  if (closer != NULL && closer->reply == NULL)
    g_print (
        "What speaks for the answer is spread out: there is no part to look at more closely.\n");
  else if (closer != NULL)
    print_second_look (reply, closer);
  return cli_finish ();
}

/* Looks again at the part that the evidence for the best answer points to; there may be none. */
static gboolean
look_closer (vqa_model *m, const ask_options *options, const char *photo,
             const vqa_picture *picture, const char *key, const char *question, second_look *closer,
             GError **error)
{
  const vqa_region *on = &options->region;
  vqa_map_options wanted = VQA_MAP_OPTIONS_INIT;
  g_autoptr (vqa_map) map = vqa_model_map (m, picture->square, key, question, &wanted, NULL, error);
  g_autoptr (vqa_picture) part = NULL;
  g_autofree char *part_key = NULL;

  if (map == NULL)
    return FALSE;
  if (!vqa_evidence_part (&map->shown, on->width > 0 ? on->width : picture->width,
                          on->width > 0 ? on->height : picture->height, &closer->region))
    return TRUE;
  closer->region.x += on->x;
  closer->region.y += on->y;
  part = vqa_picture_load_part (photo, &closer->region, picture->side, 0, error);
  if (part == NULL)
    return FALSE;
  part_key = vqa_region_key (&closer->region, part->hash);
  closer->reply = vqa_model_ask (m, part->square, part_key, question, (guint)options->top, error);
  return closer->reply != NULL;
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
  second_look closer = { 0 };
  g_autoptr (vqa_reply) again = NULL;
  if (options->closer
      && !look_closer (model, options, photo, picture, key, checked, &closer, &error))
    return cli_fail (error);
  again = closer.reply;
  return options->json
             ? print_json (info->name, &options->region, reply, options->closer ? &closer : NULL)
             : print_text (reply, checked, options->closer ? &closer : NULL);
}

/* -1, or the status of an ending that names no format. */
static int
find_format (const char *command, const char *path, vqa_export_format *format)
{
  const char *dot = strrchr (path, '.');

  if (dot != NULL && vqa_export_format_parse (dot + 1, format))
    return -1;
  return cli_usage (command, "--output needs a file that ends with .json, .csv or .md");
}

int
cli_ask (char **argv)
{
  ask_options options = { .top = 5 };
  g_auto (GStrv) operands = NULL;
  g_autofree char *region = NULL, *model = NULL, *by = NULL, *output = NULL;
  gboolean recursive = FALSE, folder;
  vqa_export_format format = VQA_EXPORT_JSON;
  const GOptionEntry entries[] = {
    { "model", 'm', 0, G_OPTION_ARG_FILENAME, &model,
      "The model to ask (default: " CLI_DEFAULT_MODEL ")", "NAME|FILE" },
    { "region", 'r', 0, G_OPTION_ARG_STRING, &region,
      "Ask about this part of the photograph, at full resolution: pixels from its upper left corner",
      "X,Y,W,H" },
    { "closer", 'c', 0, G_OPTION_ARG_NONE, &options.closer,
      "Then look at the part that the evidence points to, and tell whether the answer changes",
      NULL },
    { "top", 'n', 0, G_OPTION_ARG_INT, &options.top, "How many answers (default: 5)", "N" },
    { "recursive", 0, 0, G_OPTION_ARG_NONE, &recursive, "FOLDER: and the folders in it", NULL },
    { "by", 0, 0, G_OPTION_ARG_STRING, &by,
      "FOLDER: order by the probability of this answer (default: of yes where the question is one "
      "of yes or no, else of each picture's own answer)",
      "ANSWER" },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &output,
      "FOLDER: write the result there, as its ending says: .json, .csv or .md", "FILE" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &options.json, "Print one line of JSON", NULL },
    G_OPTION_ENTRY_NULL,
  };
  const cli_syntax syntax = { "PHOTO|FOLDER QUESTION", 2, 2,
                              "Answers a question, in English, about a photograph, or about every "
                              "picture of a folder.",
                              entries };
  int status = cli_parse (&syntax, argv, &operands);
  options.model = model;
  folder = status < 0 && g_file_test (operands[0], G_FILE_TEST_IS_DIR);
  if (status < 0 && options.top < 1)
    status = cli_usage (argv[0], "--top needs a number of at least 1");
  if (status < 0)
    status = cli_region (argv[0], region, &options.region);
  if (status < 0 && folder && (region != NULL || options.closer))
    status = cli_usage (argv[0], "--region and --closer are about one photograph, not a folder");
  if (status < 0 && !folder && (recursive || by != NULL || output != NULL))
    status = cli_usage (argv[0], "--recursive, --by and --output need a folder");
  if (status < 0 && output != NULL)
    status = find_format (argv[0], output, &format);
  if (status < 0 && folder)
    return cli_ask_folder (
        &(cli_folder_options){ model, by, output, format, recursive, options.json }, operands[0],
        operands[1]);
  return status < 0 ? answer (&options, operands[0], operands[1]) : status;
}
