/* A small history for tests. */
#pragma once

#include "vqa/store/history.h"

G_BEGIN_DECLS

/* Hashes of pictures, as 64 times the same digit. */
char *past_hash (char digit);
/* Adds a picture with that hash (kept by place /photos/TITLE); its id. */
gint64 past_picture (vqa_store *store, char digit, const char *title);
/* Asks a model of that picture; answers: up to 8, separated by "|", of probability 0.5, 0.25, ...
 * Returns the question's id. */
gint64 past_ask (vqa_store *store, gint64 picture, const char *model, const char *text,
                 const char *answers);
/* The same of a part, "X,Y,WIDTH,HEIGHT". */
gint64 past_ask_part (vqa_store *store, gint64 picture, const char *model, const char *text,
                      const char *part, const char *answers);
/* The texts of what passes, in order, joined by "|"; the caller frees. */
char *past_find (vqa_store *store, const vqa_filter *filter);
char *past_search (vqa_store *store, const char *words);
/* Everything as JSON; the caller frees. */
char *past_export (vqa_store *store, vqa_export_format format);

G_END_DECLS
