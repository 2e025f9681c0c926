/* regard-cli explain: the evidence map over the photograph, as a PNG picture. */
#include "vqa/cli/cli.h"

#include <math.h>

#define LONGEST_SIDE 1024 /* of the picture written, in pixels */

typedef struct
{
  char *model, *output;
} explain_options;

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

/* Asks, explains the best answer and writes the picture. */
static gboolean
explain (const explain_options *options, const char *photo, const char *question, char **best,
         GError **error)
{
  const char *name = options->model != NULL ? options->model : CLI_DEFAULT_MODEL;
  if (!cli_check_output (options->output, error))
    return FALSE;
  g_autofree char *checked = vqa_question_check (question, -1, error);
  if (checked == NULL)
    return FALSE;
  g_autoptr (vqa_model) model = vqa_model_load (name, error);
  if (model == NULL)
    return FALSE;
  g_autoptr (vqa_picture) picture
      = vqa_picture_load (photo, vqa_model_get_info (model)->side, LONGEST_SIDE, error);
  if (picture == NULL)
    return FALSE;
  g_autoptr (vqa_reply) reply
      = vqa_model_ask (model, picture->square, picture->hash, checked, 1, error);
  if (reply == NULL)
    return FALSE;
  const vqa_answer *answer = &reply->answers[0];
  g_autoptr (vqa_evidence) evidence
      = vqa_model_explain (model, picture->square, picture->hash, checked, answer->answer, error);
  if (evidence == NULL)
    return FALSE;

  blend (picture->shown, picture->shown_width, picture->shown_height, evidence);
  g_autoptr (GBytes) png = cli_png (picture->shown, picture->shown_width, picture->shown_height);
  if (png == NULL)
    {
      g_set_error (error, VQA_ERROR, VQA_ERROR_FAILED, "There is not enough memory for the map");
      return FALSE;
    }
  *best = g_strdup_printf ("%s%s (%.1f %%)", reply->confident ? "" : "not sure: ", answer->answer,
                           100.0 * answer->probability);
  return cli_write_file (options->output, g_bytes_get_data (png, NULL), g_bytes_get_size (png),
                         error);
}

int
cli_explain (char **argv)
{
  explain_options options = { NULL, NULL };
  g_auto (GStrv) operands = NULL;
  const GOptionEntry entries[] = {
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &options.output, "The picture to write", "MAP.png" },
    { "model", 'm', 0, G_OPTION_ARG_FILENAME, &options.model,
      "The model to ask (default: " CLI_DEFAULT_MODEL ")", "NAME|FILE" },
    G_OPTION_ENTRY_NULL,
  };
  const cli_syntax syntax
      = { "PHOTO QUESTION --output MAP.png", 2, 2,
          "Answers a question and writes the photograph with the evidence for the answer over it:\n"
          "bright where the picture spoke for the answer, dark where it did not.",
          entries };
  int status = cli_parse (&syntax, argv, &operands);
  if (status < 0 && options.output == NULL)
    status = cli_usage (argv[0], "--output MAP.png is missing");
  if (status < 0)
    {
      GError *error = NULL;
      g_autofree char *best = NULL;
      if (explain (&options, operands[0], operands[1], &best, &error))
        {
          g_print ("%s\n", best);
          status = cli_finish ();
        }
      else
        status = cli_fail (error);
    }
  g_free (options.model);
  g_free (options.output);
  return status;
}
