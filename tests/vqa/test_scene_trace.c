/* What a question goes by: the words told of each thing must single out the objects named. */
#include "vqa/data/scene_trace.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define QUESTIONS 4000

static vqa_scene scene;
static vqa_scene_question question;
static vqa_scene_trace trace;

static gboolean
next (guint i)
{
  if (i > 0)
    vqa_scene_question_clear (&question);
  if (i == QUESTIONS)
    return FALSE;
  vqa_scene_make (&scene, 9, i / 8, i % VQA_SCENE_MODES);
  vqa_scene_ask (&scene, i % 8, &question);
  vqa_scene_trace_make (&trace, &scene, &question.program);
  return TRUE;
}

static const guint8 *
told (int depth, int chain)
{
  return trace.words + (depth * VQA_TRACE_CHAINS + chain) * VQA_TRACE_THING;
}

static gboolean
ends_with (int what)
{
  return told (VQA_TRACE_DEPTH, 0)[what];
}

static gboolean
looks (const guint8 *thing, int object)
{
  const guint8 *value = thing + 1;
  for (int a = 0; a < VQA_ATTRIBUTES; a++)
    {
      for (int v = 0; v < vqa_scene_values ((vqa_attribute)a); v++)
        if (value[v] && scene.objects[object].is[a] != v)
          return FALSE;
      value += vqa_scene_values ((vqa_attribute)a);
    }
  return TRUE;
}

/* Whether the object stands to the thing named after as the words say. */
static gboolean
stands (const guint8 *thing, guint after, int object)
{
  const guint8 *relation = thing + 1 + VQA_VALUES, *same = relation + VQA_RELATIONS;
  int to = after > 0 ? __builtin_ctz (after) : 0;

  for (int r = 0; r < VQA_RELATIONS; r++)
    if (relation[r]
        && (after == 0 || to == object || !vqa_scene_related (&scene, object, (vqa_relation)r, to)))
      return FALSE;
  for (int a = 0; a < VQA_ATTRIBUTES; a++)
    if (same[a]
        && (after == 0 || to == object || scene.objects[object].is[a] != scene.objects[to].is[a]))
      return FALSE;
  return TRUE;
}

static guint
after (int depth, int chain)
{
  return depth + 1 < VQA_TRACE_DEPTH ? trace.named[depth + 1][chain] : 0;
}

/* Objects of which the words are true. */
static guint
meant (int depth, int chain)
{
  gboolean both = ends_with (VQA_TRACE_ENDINGS) && depth == 0 && chain == 0;
  guint set = 0;

  for (int i = 0; i < scene.n; i++)
    if (looks (told (depth, chain), i) && stands (told (depth, chain), after (depth, chain), i)
        && (!both || stands (told (depth, 1), after (depth, 1), i)))
      set |= 1u << i;
  return set;
}

Test (scene_trace, words_single_out_what_is_named)
{
  guint named[VQA_TRACE_DEPTH] = { 0 };

  for (guint i = 0; next (i); i++)
    for (int depth = 0; depth < VQA_TRACE_DEPTH; depth++)
      for (int chain = 0; chain < VQA_TRACE_CHAINS; chain++)
        if (told (depth, chain)[0])
          {
            cr_assert_eq (trace.named[depth][chain], meant (depth, chain), "%s: %d %d",
                          question.text, depth, chain);
            named[depth]++;
          }
        else
          cr_assert_eq (trace.named[depth][chain], 0);
  for (int depth = 0; depth < VQA_TRACE_DEPTH; depth++)
    cr_expect (named[depth] > 20, "only %u things at depth %d", named[depth], depth);
}

static int
size_of (int chain)
{
  return __builtin_popcount (trace.asked[chain]);
}

static int
asked_value (int chain)
{
  cr_assert_eq (size_of (chain), 1);
  return scene.objects[__builtin_ctz (trace.asked[chain])].is[trace.attribute];
}

/* What the objects asked about give. */
static const char *
answer (void)
{
  static char number[8];
  gboolean yes;

  if (ends_with (VQA_STEP_COUNT))
    {
      g_snprintf (number, sizeof number, "%d", size_of (0));
      return number;
    }
  if (ends_with (VQA_STEP_QUERY))
    return vqa_scene_value ((vqa_attribute)trace.attribute, asked_value (0));
  yes = ends_with (VQA_STEP_EXIST)   ? trace.asked[0] != 0
        : ends_with (VQA_STEP_MORE)  ? size_of (0) > size_of (1)
        : ends_with (VQA_STEP_FEWER) ? size_of (0) < size_of (1)
        : ends_with (VQA_STEP_EQUAL) ? size_of (0) == size_of (1)
                                     : asked_value (0) == asked_value (1);
  return yes ? "yes" : "no";
}

Test (scene_trace, what_is_asked_gives_the_answer)
{
  for (guint i = 0; next (i); i++)
    {
      cr_assert_str_eq (answer (), question.answer, "%s", question.text);
      if (ends_with (VQA_TRACE_ENDINGS + 1))
        cr_assert_eq (trace.asked[0], trace.named[0][0] | trace.named[0][1]);
    }
}
