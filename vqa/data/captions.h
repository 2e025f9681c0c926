/* Questions made from what people wrote about a picture (captions). */
#pragma once

#include "vqa/data/made.h"

G_BEGIN_DECLS

typedef struct
{
  char *file;           /* picture's file name */
  GPtrArray *sentences; /* of char * */
} vqa_captioned;

/* Reads the COCO captions layout (images: id, file_name; annotations: image_id, caption): an array
 * of vqa_captioned, in the order of images. Malformed: VQA_ERROR_DATA, naming file and JSON path.
 */
GPtrArray *vqa_captions_read (const char *path, GError **error);

/* What the captions of one picture let us ask with a known answer: activities, clothes, colours,
 * counts, places, weather, sports; yes/no questions in pairs, one of each truth. What a caption
 * does not mention may still be there, so "no" is only asked of things that captions tend to tell.
 * The same captions and seed give the same questions: an array of vqa_made. */
GPtrArray *vqa_caption_questions (const GPtrArray *sentences, guint seed);

G_END_DECLS
