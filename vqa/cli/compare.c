/* regard-cli compare: two models on the same photograph and question. */
#include "vqa/cli/cli.h"
#include "vqa/model/compare.h"
#include "vqa/model/explain.h"

#include <math.h>
#include <string.h>

#define LONGEST_SIDE 1024 /* of the picture written, in pixels */
#define TOP          5    /* answers */
#define TIMES        7    /* askings whose median is told */

typedef struct
{
  char *models, *answer, *output, *part;
  vqa_region region; /* what `part` says: what is asked about */
  gboolean json;
  int status; /* of the program, once printed */
} compare_options;

/* One of the two, and what it makes of the question. */
typedef struct
{
  vqa_model *model;
  vqa_reply *reply;
  double milliseconds;
  vqa_map *map;
} contender;

static void
contender_clear (contender *c)
{
  vqa_model_free (c->model);
  vqa_reply_free (c->reply);
  vqa_map_free (c->map);
}

/* ---- printing ------------------------------------------------------------------------------ */

static void
add_contender (JsonBuilder *json, const contender *c)
{
  const vqa_model_info *info = vqa_model_get_info (c->model);

  json_builder_begin_object (json);
  cli_json_text (json, "model", info->name);
  cli_json_answers (json, "answers", c->reply->answers, c->reply->n_answers);
  json_builder_set_member_name (json, "confident");
  json_builder_add_boolean_value (json, c->reply->confident);
  cli_json_number (json, "milliseconds", c->milliseconds, 3);
  cli_json_integer (json, "bytes", info->bytes);
  cli_json_integer (json, "parameters", info->parameters);
  cli_json_integer (json, "macs", info->macs);
  cli_json_integer (json, "side", info->side);
  json_builder_end_object (json);
}

static void
add_difference (JsonBuilder *json, const vqa_difference *d)
{
  json_builder_set_member_name (json, "difference");
  json_builder_begin_object (json);
  cli_json_text (json, "unit",
                 "first less second, of maps whose strongest place is 1: where each looked, not "
                 "how sure it was");
  cli_json_number (json, "overlap", d->overlap, 6);
  cli_json_cells (json, &d->values);
  json_builder_end_object (json);
}

static gboolean
agree (const contender c[2])
{
  return strcmp (c[0].reply->answers[0].answer, c[1].reply->answers[0].answer) == 0;
}

static int
print_json (const compare_options *o, const contender c[2], const vqa_difference *d)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();

  json_builder_begin_object (json);
  cli_json_region (json, &o->region);
  json_builder_set_member_name (json, "agree");
  json_builder_add_boolean_value (json, agree (c));
  json_builder_set_member_name (json, "models");
  json_builder_begin_array (json);
  add_contender (json, &c[0]);
  add_contender (json, &c[1]);
  json_builder_end_array (json);
  cli_json_text (json, "explained", c[0].map->answer);
  add_difference (json, d);
  json_builder_end_object (json);
  return cli_print_json (json);
}

static int
print_text (const contender c[2], const vqa_difference *d)
{
  for (int i = 0; i < 2; i++)
    {
      const vqa_model_info *info = vqa_model_get_info (c[i].model);

      g_print ("%s%s\n", info->name, c[i].reply->confident ? "" : " (not sure)");
      for (guint k = 0; k < c[i].reply->n_answers; k++)
        g_print ("  %5.1f %%  %s\n", 100 * c[i].reply->answers[k].probability,
                 c[i].reply->answers[k].answer);
      g_print ("  %.2f ms an answer (median of %d), %.1f MB, %" G_GINT64_FORMAT
               " parameters, %.1f million multiply-adds, sees %d x %d\n",
               c[i].milliseconds, TIMES, (double)info->bytes / 1e6, info->parameters,
               (double)info->macs / 1e6, info->side, info->side);
    }
  g_print (agree (c) ? "They agree.\n" : "They disagree.\n");
  if (isnan (d->overlap))
    g_print ("Neither found evidence for “%s”.\n", c[0].map->answer);
  else
    g_print ("Their evidence for “%s” overlaps by %.1f %%.\n", c[0].map->answer, 100 * d->overlap);
  return cli_finish ();
}

/* ---- the picture --------------------------------------------------------------------------- */

static gboolean
write_difference (const char *path, vqa_picture *picture, const vqa_difference *d, GError **error)
{
  int width = picture->shown_width, height = picture->shown_height;
  g_autofree float *values = g_new (float, (gsize)width *height);
  g_autoptr (GBytes) png = NULL;

  vqa_difference_resize (d, width, height, values);
  for (gsize i = 0; i < (gsize)width * (gsize)height; i++)
    {
      guint8 rgb[3], *p = picture->shown + 3 * i;
      float cover = vqa_difference_colour (values[i], rgb);

      for (int k = 0; k < 3; k++)
        p[k] = (guint8)lrintf ((1 - cover) * p[k] + cover * rgb[k]);
    }
  png = cli_png (picture->shown, width, height);
  if (png != NULL)
    return cli_write_file (path, g_bytes_get_data (png, NULL), g_bytes_get_size (png), error);
  g_set_error (error, VQA_ERROR, VQA_ERROR_FAILED, "There is not enough memory for the map");
  return FALSE;
}

/* ---- asking -------------------------------------------------------------------------------- */

/* answer NULL: its best one. */
static gboolean
find_out (contender *c, const compare_options *o, const char *photo, const char *question,
          const char *answer, GError **error)
{
  vqa_map_options options = VQA_MAP_OPTIONS_INIT;
  int side = vqa_model_get_info (c->model)->side;
  g_autoptr (vqa_picture) picture = vqa_picture_load_part (photo, &o->region, side, 0, error);
  g_autofree char *key = picture != NULL ? vqa_region_key (&o->region, picture->hash) : NULL;

  if (picture == NULL)
    return FALSE;
  c->reply = vqa_model_ask (c->model, picture->square, key, question, TOP, error);
  if (c->reply == NULL)
    return FALSE;
  c->milliseconds = vqa_model_time (c->model, picture->square, question, TIMES, error);
  if (c->milliseconds < 0)
    return FALSE;
  options.answer = answer;
  c->map = vqa_model_map (c->model, picture->square, key, question, &options, NULL, error);
  return c->map != NULL;
}

static gboolean
compare (compare_options *o, char **names, const char *photo, const char *question, contender c[2],
         GError **error)
{
  g_autofree char *checked = vqa_question_check (question, -1, error);
  g_autoptr (vqa_difference) d = NULL;
  const char *answer = o->answer;

  if (checked == NULL || (o->output != NULL && !cli_check_output (o->output, error)))
    return FALSE;
  for (int i = 0; i < 2; i++)
    if ((c[i].model = vqa_model_load (names[i], error)) == NULL)
      return FALSE;
  for (int i = 0; i < 2; i++)
    {
      if (!find_out (&c[i], o, photo, checked, answer, error))
        return FALSE;
      answer = c[0].map->answer;
    }
  d = vqa_difference_new (&c[0].map->shown, &c[1].map->shown);
  if (o->output != NULL)
    {
      g_autoptr (vqa_picture) picture
          = vqa_picture_load_part (photo, &o->region, 0, LONGEST_SIDE, error);
      if (picture == NULL || !write_difference (o->output, picture, d, error))
        return FALSE;
    }
  o->status = o->json ? print_json (o, c, d) : print_text (c, d);
  return TRUE;
}

static int
run (const char *command, const cli_syntax *syntax, char **argv, compare_options *o)
{
  g_auto (GStrv) operands = NULL, names = NULL;
  contender c[2] = { { 0 } };
  GError *error = NULL;
  int status = cli_parse (syntax, argv, &operands);

  if (status < 0)
    status = cli_region (command, o->part, &o->region);
  if (status >= 0)
    return status;
  names = g_strsplit (o->models != NULL ? o->models : "", ",", -1);
  if (g_strv_length (names) != 2)
    return cli_usage (command, "--models needs two models with a comma between: A,B");
  if (!compare (o, names, operands[0], operands[1], c, &error))
    o->status = cli_fail (error);
  contender_clear (&c[0]);
  contender_clear (&c[1]);
  return o->status;
}

int
cli_compare (char **argv)
{
  compare_options o = { 0 };
  const GOptionEntry entries[] = {
    { "models", 'm', 0, G_OPTION_ARG_FILENAME, &o.models, "The two models, by name or file",
      "A,B" },
    { "answer", 0, 0, G_OPTION_ARG_FILENAME, &o.answer,
      "The answer whose evidence is compared (default: the first model's best one)", "ANSWER" },
    { "region", 'r', 0, G_OPTION_ARG_STRING, &o.part,
      "Ask about this part of the photograph, as regard-cli ask does", "X,Y,W,H" },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &o.output,
      "The photograph with the difference of the maps over it, to write", "DIFFERENCE.png" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &o.json, "Print one line of JSON", NULL },
    G_OPTION_ENTRY_NULL,
  };
  const cli_syntax syntax
      = { "PHOTO QUESTION", 2, 2,
          "Asks two models the same, and says what each answers, where their evidence differs and\n"
          "what each costs. Of the difference, 1 (orange) is the first model's strongest place\n"
          "where the second found nothing, -1 (blue) the second's where the first found nothing:\n"
          "each map counts in its own strength, whatever its answer's probability.",
          entries };
  int status = run (argv[0], &syntax, argv, &o);
  char *texts[] = { o.models, o.answer, o.output, o.part };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    g_free (texts[i]);
  return status;
}
