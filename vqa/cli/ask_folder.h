/* The half of regard-cli ask that is about a folder. */
#pragma once

#include "vqa/cli/cli.h"
#include "vqa/store/history.h"

G_BEGIN_DECLS

typedef struct
{
  const char *model;        /* NULL: the usual one */
  const char *by;           /* the answer whose probability orders the pictures; NULL: chosen */
  const char *output;       /* a file to write; NULL: none */
  vqa_export_format format; /* of it */
  gboolean recursive, json;
} cli_folder_options;

/* Asks every picture, prints or writes what came of it, and returns the exit status. What was done
 * until Ctrl-C is not lost. */
int cli_ask_folder (const cli_folder_options *options, const char *folder, const char *question);

G_END_DECLS
