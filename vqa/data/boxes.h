/* Boxes around things, drawn by people or found by a detector, and what can be asked of them. */
#pragma once

#include "vqa/data/captions.h"

G_BEGIN_DECLS

typedef struct
{
  char *name;                      /* class */
  double left, top, width, height; /* fractions of the picture */
  double score;                    /* how sure the detector was, 1 for people */
  gboolean crowd;                  /* stands for several */
} vqa_box;

typedef struct
{
  char *file;       /* picture's file name */
  GPtrArray *boxes; /* of vqa_box */
  gboolean whole;   /* everything of the known classes has its box; FALSE from a detector */
} vqa_boxed;

/* COCO's instances layout (.json: images with id, file_name, width, height; annotations with
 * image_id, bbox in pixels and category_id, or bbox in fractions and the category's name), or lines
 * FILE<TAB>class,score,left,top,width,height;... in fractions (anything else: a detector's). Array
 * of vqa_boxed in the file's order; malformed: VQA_ERROR_DATA naming file and JSON path or line. */
GPtrArray *vqa_boxes_read (const char *path, GError **error);

/* What the boxes of one picture let us ask with a known answer: how many (unless one
 * is a crowd), left and right of and above and below each other, on which side of the picture,
 * which is bigger, and the colour of a thing that stands alone, from the pixels of the picture
 * (side,side,3) RGB squashed to a square; rgb may be NULL: no colours. The same boxes and seed give
 * the same questions: an array of vqa_made. */
GPtrArray *vqa_box_questions (const vqa_boxed *picture, const guint8 *rgb, int side, guint seed);

/* Name of the colour that most of the inner part of a box has ("red", "black", ...); NULL when none
 * stands out. rgb (side,side,3). */
const char *vqa_box_colour (const vqa_box *box, const guint8 *rgb, int side);

G_END_DECLS
