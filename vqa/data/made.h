/* Questions with known answers that were made, not asked by people. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  char *question, *answer;
} vqa_made;

void vqa_made_free (gpointer made);

/* Collects the questions of one picture. */
typedef struct
{
  GPtrArray *made;   /* of vqa_made */
  GHashTable *asked; /* questions that are there */
} vqa_maker;

vqa_maker vqa_maker_new (void);
/* The first answer to a question stands. */
void vqa_maker_ask (vqa_maker *m, const char *answer, const char *format, ...) G_GNUC_PRINTF (3, 4);
/* The array of vqa_made, which the caller frees with g_ptr_array_unref; the maker is gone. */
GPtrArray *vqa_maker_finish (vqa_maker *m);

G_END_DECLS
