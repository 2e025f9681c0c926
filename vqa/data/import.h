/* Question sets made from labels, boxes and captions, or brought over from other layouts, written
 * in the VQA v2 layout: FOLDER/questions.json (with "images" and each question's "source"),
 * FOLDER/annotations.json and FOLDER/images, links to the pictures where they are. */
#pragma once

#include "vqa/data/data.h"

G_BEGIN_DECLS

/* kind: what the folder `from` holds.
 *   folders   a folder of pictures for each class, called by the class's name
 *   classes   images/ and a *classes*.tsv (FILE<TAB>class,class,...)
 *   boxes     images/ and *boxes*.json (COCO instances) or *boxes*.tsv (a detector's), or both
 *   captions  images/ and a *captions*.json (COCO captions)
 *   photos    images/ and any of the last three
 *   daquar, easyvqa, vqa2   as vqa_set_open_kind reads them
 * `to` must be absent or empty. The same files and seed give the same questions. Returns how many
 * were written, 0 on error; then nothing is left behind. Errors: VQA_ERROR_DATA naming file and
 * place. */
typedef struct
{
  const char *kind, *from, *to;
  guint seed;
  guint most; /* questions of one source about one picture; 0: all */
} vqa_import_options;
guint vqa_import (const vqa_import_options *options, GError **error);
/* "folders, classes, ..." for messages. */
const char *vqa_import_kinds (void);

G_END_DECLS
