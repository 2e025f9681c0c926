/* Two models beside each other: where their evidence differs, and how fast each one is here. */
#pragma once

#include "vqa/model/model.h"

G_BEGIN_DECLS

/* The difference of two evidence maps for the same answer. Both are 0 to 1, the largest place of
 * each being 1, so that the difference tells where each model looked and not how sure it was: 1 is
 * the first model's strongest place where the second found nothing, -1 the second's where the first
 * found nothing, 0 where both found as much. */
typedef struct
{
  vqa_evidence values; /* -1 to 1; a cell for each of the finer map, in both directions */
  double overlap;      /* what both found, of what at least one found: 1 for maps that are the same,
                          0 for maps that share nothing; NAN when neither found anything */
} vqa_difference;

/* a less b, each put on the common grid smoothly. */
vqa_difference *vqa_difference_new (const vqa_evidence *a, const vqa_evidence *b);
void vqa_difference_free (vqa_difference *d);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (vqa_difference, vqa_difference_free)
/* The difference at any size, smoothly, within -1 to 1: to (height,width) floats. */
void vqa_difference_resize (const vqa_difference *d, int width, int height, float *to);
/* Colour of a difference and how much it covers the picture, 0 to 1: orange for the first model,
 * blue for the second, the darker the more; nothing for 0. Eyes that confuse red and green tell the
 * two apart (after ColorBrewer's PuOr, Harrower & Brewer 2003). */
float vqa_difference_colour (float value, guint8 rgb[3]);

/* Milliseconds from the square in memory to the answers, the median of `times` askings (at most
 * VQA_MOST_TIMES) after one that does not count; nothing is used again from one to the next.
 * Negative and an error: VQA_ERROR_QUESTION. */
#define VQA_MOST_TIMES 99
double vqa_model_time (vqa_model *m, const guint8 *square, const char *question, guint times,
                       GError **error);

G_END_DECLS
