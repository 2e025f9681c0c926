/* regard-cli import: questions made from a folder of labelled, boxed or captioned pictures. */
#include "vqa/cli/cli.h"
#include "vqa/data/import.h"

#include <string.h>

int
cli_import (char **argv)
{
  char *output = NULL;
  int seed = 1, most = 0;
  g_auto (GStrv) operands = NULL;
  const GOptionEntry entries[] = {
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &output, "The folder to write, new or empty",
      "FOLDER" },
    { "seed", 0, 0, G_OPTION_ARG_INT, &seed, "Other phrasings and choices (default 1)", "N" },
    { "most", 0, 0, G_OPTION_ARG_INT, &most,
      "At most so many questions of one source about one picture", "N" },
    G_OPTION_ENTRY_NULL,
  };
  const cli_syntax syntax = {
    "KIND:FOLDER", 1, 1,
    "Makes questions with known answers from what a folder holds, and writes them in the VQA v2\n"
    "layout (questions.json, annotations.json, images), each marked with its source.\n\n"
    "KIND says what FOLDER holds:\n"
    "  folders   a folder of pictures for each class, called by its name\n"
    "  classes   images and a *classes*.tsv: FILE, a tab, classes with commas between\n"
    "  boxes     images and *boxes*.json (COCO instances) or *boxes*.tsv\n"
    "  captions  images and a *captions*.json (COCO captions)\n"
    "  photos    images and any of classes, boxes and captions\n"
    "  daquar, easyvqa, vqa2   a data set in that layout",
    entries
  };
  int status = cli_parse (&syntax, argv, &operands);
  char *colon = status < 0 ? strchr (operands[0], ':') : NULL;

  if (status < 0 && (colon == NULL || colon[1] == '\0'))
    status = cli_usage (argv[0], "KIND:FOLDER is needed, and KIND is %s", vqa_import_kinds ());
  if (status < 0 && output == NULL)
    status = cli_usage (argv[0], "--output FOLDER is missing");
  if (status < 0 && most < 0)
    status = cli_usage (argv[0], "--most needs a number of at least 0");
  if (status < 0)
    {
      GError *error = NULL;
      guint written;
      *colon = '\0';
      vqa_import_options options = { .kind = operands[0],
                                     .from = colon + 1,
                                     .to = output,
                                     .seed = (guint)seed,
                                     .most = (guint)most };
      written = vqa_import (&options, &error);
      if (written > 0)
        g_print ("%u questions\n", written);
      status = written > 0 ? cli_finish () : cli_fail (error);
    }
  g_free (output);
  return status;
}
