/* regard-cli explain: why a model answers so: maps over the photograph, words, modulation. */
#include "vqa/cli/explain.h"

#include <math.h>
#include <string.h>

#define LONGEST_SIDE 1024 /* of the picture written, in pixels */

/* Blends the evidence's colours over rgb (height,width,3): the more evidence, the less picture. */
static void
blend (guint8 *rgb, int width, int height, const vqa_evidence *evidence)
{
  size_t pixels = (size_t)width * (size_t)height;
  g_autofree float *map = g_new (float, pixels);
  vqa_evidence_resize (evidence, width, height, map);
  for (size_t i = 0; i < pixels; i++)
    {
      guint8 colour[3];
      float opacity = 0.25f + 0.5f * map[i];
      vqa_evidence_colour (map[i], colour);
      for (int c = 0; c < 3; c++)
        {
          guint8 *p = rgb + 3 * i + c;
          *p = (guint8)lrintf ((1.0f - opacity) * *p + opacity * colour[c]);
        }
    }
}

static gboolean
write_picture (const char *path, vqa_picture *picture, const vqa_map *map, GError **error)
{
  blend (picture->shown, picture->shown_width, picture->shown_height, &map->shown);
  g_autoptr (GBytes) png = cli_png (picture->shown, picture->shown_width, picture->shown_height);
  if (png == NULL)
    {
      g_set_error (error, VQA_ERROR, VQA_ERROR_FAILED, "There is not enough memory for the map");
      return FALSE;
    }
  return cli_write_file (path, g_bytes_get_data (png, NULL), g_bytes_get_size (png), error);
}

/* ---- what the options name in the model ---------------------------------------------------- */

/* The number of a place below `count`; -1 and an error that lists them. */
static int
find_place (const vqa_model *m, const char *name, int count, GError **error)
{
  g_autoptr (GString) names = g_string_new (NULL);
  for (int i = 0; i < count; i++)
    {
      g_autofree char *place = vqa_model_place_name (m, i);
      if (strcmp (place, name) == 0)
        return i;
      g_string_append_printf (names, "%s%s", i > 0 ? ", " : "", place);
    }
  g_autofree char *valid = g_utf8_make_valid (name, -1);
  g_set_error (error, VQA_ERROR, VQA_ERROR_MODEL, "the model %s has no place “%s” here; it has %s",
               vqa_model_get_info (m)->name, valid, count > 0 ? names->str : "none");
  return -1;
}

static gboolean
find_places (explain_options *options, const vqa_model *m, GError **error)
{
  if (options->block != NULL)
    {
      options->map.block = find_place (m, options->block, vqa_model_attention_places (m), error);
      if (options->map.block < 0)
        return FALSE;
    }
  options->swap_places = options->swap_at == NULL ? G_MAXUINT : 0;
  g_auto (GStrv) names = g_strsplit (options->swap_at != NULL ? options->swap_at : "", ",", -1);
  for (char **name = names; *name != NULL; name++)
    {
      int place = find_place (m, *name, vqa_model_places (m), error);
      if (place < 0)
        return FALSE;
      options->swap_places |= 1u << place;
    }
  return TRUE;
}

/* ---- asking -------------------------------------------------------------------------------- */

static gboolean
find_out (const explain_options *options, vqa_model *m, const vqa_picture *picture,
          const char *question, explanation *e, GError **error)
{
  const guint8 *square = picture->square;
  g_autofree char *hash = vqa_region_key (&options->region, picture->hash);

  e->reply = vqa_model_ask (m, square, hash, question, 1, error);
  if (e->reply == NULL)
    return FALSE;
  e->map = vqa_model_map (m, square, hash, question, &options->map, NULL, error);
  if (e->map == NULL)
    return FALSE;
  e->words = vqa_model_words (m, square, hash, question, e->map->answer, error);
  if (e->words == NULL)
    return FALSE;
  if (options->modulation)
    e->modulation = vqa_model_modulation (m, question, error);
  if (options->modulation && e->modulation == NULL)
    return FALSE;
  if (options->swap != NULL)
    e->swapped = vqa_model_ask_swapped (m, square, hash, question, options->swap,
                                        options->swap_places, 5, error);
  return options->swap == NULL || e->swapped != NULL;
}

static gboolean
explain (explain_options *options, const char *photo, const char *question, GError **error)
{
  const char *name = options->model != NULL ? options->model : CLI_DEFAULT_MODEL;
  explanation e = { 0 };
  if (options->output != NULL && !cli_check_output (options->output, error))
    return FALSE;
  g_autofree char *checked = vqa_question_check (question, -1, error);
  if (checked == NULL)
    return FALSE;
  g_autoptr (vqa_model) model = vqa_model_load (name, error);
  if (model == NULL || !find_places (options, model, error))
    return FALSE;
  const vqa_model_info *info = vqa_model_get_info (model);
  g_autoptr (vqa_picture) picture = vqa_picture_load_part (
      photo, &options->region, info->side, options->output != NULL ? LONGEST_SIDE : 0, error);
  if (picture == NULL)
    return FALSE;
  e.model = info->name;
  gboolean done
      = find_out (options, model, picture, checked, &e, error)
        && (options->output == NULL || write_picture (options->output, picture, e.map, error));
  if (done)
    options->status
        = options->json ? explain_print_json (options, &e) : explain_print_text (options, &e);
  vqa_reply_free (e.reply);
  vqa_map_free (e.map);
  vqa_word_weights_free (e.words);
  vqa_modulation_free (e.modulation);
  vqa_reply_free (e.swapped);
  return done;
}

/* ---- arguments ----------------------------------------------------------------------------- */

/* "X,Y" as two shares. */
static gboolean
parse_place (const char *text, double *x, double *y)
{
  char *end;
  *x = g_ascii_strtod (text, &end);
  if (end == text || *end != ',')
    return FALSE;
  text = end + 1;
  *y = g_ascii_strtod (text, &end);
  return end != text && *end == '\0' && *x >= 0 && *x < 1 && *y >= 0 && *y < 1;
}

static gboolean
only_attention (const explain_options *options)
{
  return options->block != NULL || options->head != 0 || options->place != NULL || options->from
         || options->to;
}

/* -1 when the options are complete and sound. */
static int
check (const char *command, explain_options *o)
{
  if (o->output == NULL && !o->json && !o->words && !o->modulation && o->swap == NULL)
    return cli_usage (command, "--output MAP.png is missing; or give --json, --words, "
                               "--modulation or --swap");
  if (o->kind != NULL && !vqa_map_kind_parse (o->kind, &o->map.kind))
    return cli_usage (command, "--kind needs evidence, attention, occlusion or peaks");
  if (o->map.kind != VQA_MAP_ATTENTION && only_attention (o))
    return cli_usage (command,
                      "--block, --head, --place, --from and --to go with --kind attention");
  if (o->place != NULL && !parse_place (o->place, &o->map.x, &o->map.y))
    return cli_usage (command, "--place needs X,Y: shares of the width and height from 0 to less "
                               "than 1, such as 0.5,0.25");
  if ((o->from || o->to) && o->place == NULL)
    return cli_usage (command, "--from and --to need --place X,Y");
  if (o->from && o->to)
    return cli_usage (command, "--from and --to are two different maps; give one of them");
  if (o->head < 0)
    return cli_usage (command, "--head needs a number of at least 1");
  if (o->grid != 0 && (o->map.kind != VQA_MAP_OCCLUSION || o->grid < 1 || o->grid > 64))
    return cli_usage (command, "--grid needs a number from 1 to 64, and --kind occlusion");
  if (o->swap_at != NULL && o->swap == NULL)
    return cli_usage (command, "--at needs --swap QUESTION");
  o->map.answer = o->answer;
  o->map.head = o->head - 1;
  o->map.grid = o->grid;
  o->map.to = o->to;
  return -1;
}

static int
run (const char *command, const cli_syntax *syntax, char **argv, explain_options *options)
{
  g_auto (GStrv) operands = NULL;
  GError *error = NULL;
  int status = cli_parse (syntax, argv, &operands);

  if (status < 0)
    status = cli_region (command, options->part, &options->region);
  if (status < 0)
    status = check (command, options);
  if (status >= 0)
    return status;
  return explain (options, operands[0], operands[1], &error) ? options->status : cli_fail (error);
}

int
cli_explain (char **argv)
{
  explain_options o = { .map = VQA_MAP_OPTIONS_INIT };
  const GOptionEntry entries[] = {
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &o.output,
      "The photograph with the map over it, to write", "MAP.png" },
    { "model", 'm', 0, G_OPTION_ARG_FILENAME, &o.model,
      "The model to ask (default: " CLI_DEFAULT_MODEL ")", "NAME|FILE" },
    { "region", 'r', 0, G_OPTION_ARG_STRING, &o.part,
      "Ask about this part of the photograph, as regard-cli ask does; the map is of the part",
      "X,Y,W,H" },
    { "answer", 0, 0, G_OPTION_ARG_FILENAME, &o.answer,
      "The answer to explain (default: the best one)", "ANSWER" },
    { "kind", 'k', 0, G_OPTION_ARG_FILENAME, &o.kind, "The kind of map (default: evidence)",
      "evidence|attention|occlusion|peaks" },
    { "block", 0, 0, G_OPTION_ARG_FILENAME, &o.block,
      "Attention of this place in the network (default: the mean of all)", "fine|block1|..." },
    { "head", 0, 0, G_OPTION_ARG_INT, &o.head,
      "Attention of this head, counted from 1 (default: the mean of all)", "N" },
    { "place", 0, 0, G_OPTION_ARG_FILENAME, &o.place,
      "Attention of this place of the picture, 0.5,0.5 is the middle (default: the mean of all)",
      "X,Y" },
    { "from", 0, 0, G_OPTION_ARG_NONE, &o.from, "What the place attends to (default)", NULL },
    { "to", 0, 0, G_OPTION_ARG_NONE, &o.to, "What attends to the place", NULL },
    { "grid", 0, 0, G_OPTION_ARG_INT, &o.grid, "Occlusion: cells on a side (default: 6)", "N" },
    { "words", 'w', 0, G_OPTION_ARG_NONE, &o.words, "Print how much each word mattered", NULL },
    { "modulation", 0, 0, G_OPTION_ARG_NONE, &o.modulation,
      "Print what the question does most at each place of the network", NULL },
    { "swap", 0, 0, G_OPTION_ARG_FILENAME, &o.swap,
      "Print the answers when another question modulates the network", "QUESTION" },
    { "at", 0, 0, G_OPTION_ARG_FILENAME, &o.swap_at,
      "Only at these places of the network, with commas between (default: all)", "block1,answer" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &o.json, "Print one line of JSON", NULL },
    G_OPTION_ENTRY_NULL,
  };
  const cli_syntax syntax
      = { "PHOTO QUESTION", 2, 2,
          "Answers a question and says why. A map shows where in the photograph:\n"
          "  evidence   what the answer gains from seeing that part\n"
          "  attention  where self-attention looks, whatever the answer\n"
          "  occlusion  what the answer loses when that part is blurred (slow)\n"
          "  peaks      where the maximum pool found what spoke for the answer\n"
          "--words tells how much each word of the question mattered: its probability without it.\n"
          "--json prints the map's numbers and the words.",
          entries };
  int status = run (argv[0], &syntax, argv, &o);
  char *texts[]
      = { o.model, o.output, o.kind, o.answer, o.block, o.place, o.swap, o.swap_at, o.part };
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    g_free (texts[i]);
  return status;
}
