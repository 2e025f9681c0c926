/* What the parts of regard-cli explain share: the asking (explain.c) and the printing
 * (explain_print.c). */
#pragma once

#include "vqa/cli/cli.h"
#include "vqa/model/explain.h"

G_BEGIN_DECLS

typedef struct
{
  char *model, *output, *kind, *answer, *block, *place, *swap, *swap_at, *part;
  vqa_region region; /* what `part` says: what is asked about */
  int head, grid;
  gboolean from, to, words, modulation, json;
  vqa_map_options map; /* what these say; block is found in the model */
  guint swap_places;   /* likewise */
  int status;          /* of the program, once printed */
} explain_options;

/* What was found; NULL: not asked for. */
typedef struct
{
  const char *model;
  vqa_reply *reply; /* to the question */
  vqa_map *map;
  vqa_word_weights *words;
  vqa_modulation *modulation;
  vqa_reply *swapped;
} explanation;

int explain_print_json (const explain_options *options, const explanation *e);
int explain_print_text (const explain_options *options, const explanation *e);

G_END_DECLS
