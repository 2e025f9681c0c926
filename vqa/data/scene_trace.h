/* What a question's program goes by on the way to its answer: which objects it names, in which
 * order, and what it says of them. For training to look over a network's shoulder; answering does
 * not use it. */
#pragma once

#include "vqa/data/scene_questions.h"

G_BEGIN_DECLS

/* Things named are counted from the answer backwards: 0 is what is asked about, 1 is what that is
 * related to, and so on. Two chains at most run side by side: both sides of a comparison, of "and",
 * of "or". */
#define VQA_TRACE_DEPTH  4
#define VQA_TRACE_CHAINS 2
/* One thing in words: that it is there, its values, how it is related to the next one, and in which
 * attribute it is the same as that. */
#define VQA_TRACE_THING (1 + VQA_VALUES + VQA_RELATIONS + VQA_ATTRIBUTES)
/* All of them, the last step by kind and attribute, and whether there is an "and", an "or". */
#define VQA_TRACE_ENDINGS (VQA_STEP_EQUAL_VALUES + 1 + VQA_ATTRIBUTES)
#define VQA_TRACE_WORDS                                                                            \
  (VQA_TRACE_DEPTH * VQA_TRACE_CHAINS * VQA_TRACE_THING + VQA_TRACE_ENDINGS + 2)

typedef struct
{
  guint8 named[VQA_TRACE_DEPTH][VQA_TRACE_CHAINS]; /* sets of objects: a bit for each */
  guint8 asked[VQA_TRACE_CHAINS];                  /* whose number or attribute is the answer's */
  int attribute;                                   /* asked about; VQA_ATTRIBUTES: none */
  guint8 words[VQA_TRACE_WORDS];                   /* 0 and 1: what the question says */
} vqa_scene_trace;

/* Of a program that is well-posed on the scene. */
void vqa_scene_trace_make (vqa_scene_trace *trace, const vqa_scene *scene,
                           const vqa_scene_program *program);

G_END_DECLS
