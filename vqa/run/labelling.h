/* Labels of photographs, which teach the picture's part of a network beside the answers or before
 * them: the classes of a class list, words that captions use, and what the backbone answered before
 * it was trained further (a teacher; Hinton et al. 2015), so that it does not forget. */
#pragma once

#include "vqa/run/examples.h"
#include "vqa/run/inputs.h"

G_BEGIN_DECLS

#define VQA_TEACHER_CLASSES 1001 /* of the ImageNet classifier that comes with the backbone */

typedef struct
{
  guint n;            /* labels: classes, then words */
  GPtrArray *words;   /* of char *: the commonest telling words of training captions */
  guint8 *values;     /* (photos,n): share of 200, or VQA_LABEL_UNKNOWN */
  vqa_cache *teacher; /* halves (VQA_TEACHER_CLASSES) by photo: probabilities; NULL: none */
} vqa_labelling;

#define VQA_LABEL_SURE    200
#define VQA_LABEL_UNKNOWN 255

/* Labels of e's photos. graphs and pictures are for the teacher, which is asked when `teach`. A
 * recipe without classes and captions has no labels (n 0); one without a backbone no teacher. */
vqa_labelling *vqa_labelling_new (const vqa_examples *e, gboolean teach, const vqa_cache *pictures,
                                  vqa_run *r, GError **error);
void vqa_labelling_free (vqa_labelling *l);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (vqa_labelling, vqa_labelling_free)
/* How many labels vqa_labelling_new() will give. */
guint vqa_labelling_count (const vqa_examples *e);

/* A photo's targets (n), 0 to 1, and which of them are known (n): 0 or 1. */
void vqa_labelling_targets (const vqa_labelling *l, guint photo, float *targets, float *known);
/* The teacher's probabilities (VQA_TEACHER_CLASSES). */
void vqa_labelling_teacher (const vqa_labelling *l, guint photo, float *to);

G_END_DECLS
