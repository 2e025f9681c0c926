#include "vqa/data/scene_trace.h"

#include <string.h>

typedef struct
{
  vqa_scene_trace *trace;
  const vqa_scene_step *steps;
  const int *results;
} walk;

static guint8
objects_of (const walk *w, int step)
{
  int result = w->results[step];
  return (guint8)(w->steps[step].kind == VQA_STEP_UNIQUE ? 1 << result : result);
}

static guint8 *
thing (const walk *w, int depth, int chain)
{
  return w->trace->words + (depth * VQA_TRACE_CHAINS + chain) * VQA_TRACE_THING;
}

static guint8 *
ending (const walk *w)
{
  return thing (w, VQA_TRACE_DEPTH, 0);
}

static void follow (const walk *w, int step, int depth, int chain);

static void
name (const walk *w, int step, int depth, int chain)
{
  if (depth >= VQA_TRACE_DEPTH)
    return;
  w->trace->named[depth][chain] = objects_of (w, step);
  thing (w, depth, chain)[0] = 1;
  follow (w, step, depth, chain);
}

/* What a step was come by, backwards. */
static void
follow (const walk *w, int step, int depth, int chain)
{
  const vqa_scene_step *s = &w->steps[step];
  guint8 *said = thing (w, depth, chain) + 1;

  switch ((vqa_scene_step_kind)s->kind)
    {
    case VQA_STEP_FILTER:
      said[vqa_scene_first_value (s->attribute) + s->value] = 1;
      follow (w, s->inputs[0], depth, chain);
      break;
    case VQA_STEP_UNIQUE:
      follow (w, s->inputs[0], depth, chain);
      break;
    case VQA_STEP_RELATE:
      said[VQA_VALUES + s->value] = 1;
      name (w, s->inputs[0], depth + 1, chain);
      break;
    case VQA_STEP_SAME:
      said[VQA_VALUES + VQA_RELATIONS + s->attribute] = 1;
      name (w, s->inputs[0], depth + 1, chain);
      break;
    case VQA_STEP_AND:
      ending (w)[VQA_TRACE_ENDINGS] = 1;
      follow (w, s->inputs[0], depth, 0);
      follow (w, s->inputs[1], depth, 1);
      break;
    case VQA_STEP_OR:
      ending (w)[VQA_TRACE_ENDINGS + 1] = 1;
      name (w, s->inputs[0], depth, 0);
      name (w, s->inputs[1], depth, 1);
      break;
    default:
      break;
    }
}

void
vqa_scene_trace_make (vqa_scene_trace *trace, const vqa_scene *scene,
                      const vqa_scene_program *program)
{
  int results[VQA_SCENE_STEPS];
  walk w = { .trace = trace, .steps = program->steps, .results = results };
  const vqa_scene_step *last = &program->steps[program->n - 1];

  memset (trace, 0, sizeof *trace);
  trace->attribute = VQA_ATTRIBUTES;
  vqa_scene_results (scene, program, results);
  ending (&w)[last->kind] = 1;
  if (last->kind == VQA_STEP_QUERY || last->kind == VQA_STEP_EQUAL_VALUES)
    {
      trace->attribute = last->attribute;
      ending (&w)[VQA_STEP_EQUAL_VALUES + 1 + last->attribute] = 1;
    }
  for (int chain = 0; chain < vqa_scene_step_inputs (last->kind); chain++)
    {
      int of = last->inputs[chain];
      if (vqa_scene_step_inputs (last->kind) == 2)
        of = program->steps[of].inputs[0]; /* of the number or value compared */
      trace->asked[chain] = objects_of (&w, of);
      if (program->steps[of].kind == VQA_STEP_OR)
        follow (&w, of, 0, chain);
      else
        name (&w, of, 0, chain);
    }
}
