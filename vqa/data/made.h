/* Questions with known answers that were made, not asked by people. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  char *question, *answer;
  const char *source; /* what it was made from: one of VQA_MADE_*; static */
} vqa_made;

#define VQA_MADE_FOLDERS    "folders"
#define VQA_MADE_CLASSES    "classes"
#define VQA_MADE_BOXES      "boxes"
#define VQA_MADE_DETECTIONS "detections" /* boxes that a detector found */
#define VQA_MADE_CAPTIONS   "captions"
#define VQA_MADE_SCENES     "scenes" /* generated ones */
/* Is a question of this source (NULL: not told) a made one? */
gboolean vqa_source_is_made (const char *source);

void vqa_made_free (gpointer made);

/* Collects the questions of one picture. */
typedef struct
{
  GPtrArray *made;   /* of vqa_made */
  GHashTable *asked; /* questions that are there */
  const char *source;
} vqa_maker;

/* source: one of VQA_MADE_*. */
vqa_maker vqa_maker_new (const char *source);
/* The first answer to a question stands. */
void vqa_maker_ask (vqa_maker *m, const char *answer, const char *format, ...) G_GNUC_PRINTF (3, 4);
/* The array of vqa_made, which the caller frees with g_ptr_array_unref; the maker is gone. */
GPtrArray *vqa_maker_finish (vqa_maker *m);

G_END_DECLS
