#include "vqa/run/scenes.h"

#include "vqa/data/scene_questions.h"

#include <string.h>

static vqa_photo *
add_scene (vqa_examples *e, const vqa_scene_series *series, guint64 number, vqa_split split)
{
  g_autofree char *name = vqa_scene_series_name (series);
  g_autofree char *file = g_strdup_printf ("scene %s %" G_GUINT64_FORMAT, name, number);
  vqa_photo *p = vqa_photo_new (NULL, file);

  p->drawn = TRUE;
  p->series = *series;
  p->scene = number;
  p->split = split;
  g_ptr_array_add (e->photos, p);
  return p;
}

/* Scenes that stay the same, with their questions. */
static gboolean
add_fixed (vqa_examples *e, guint64 apart, guint pictures, vqa_split split, GError **error)
{
  vqa_scene_series series = { e->recipe->series.seed + apart, e->recipe->series.mode };
  g_autofree char *name = vqa_scene_series_name (&series);
  vqa_set *set = vqa_scene_set_open (name, pictures * VQA_SCENE_SET_QUESTIONS, error);
  vqa_photo *p = NULL;

  if (set == NULL)
    return FALSE;
  g_ptr_array_add (e->sets, set);
  for (guint i = 0; i < set->questions->len; i++)
    {
      const vqa_question *q = set->questions->pdata[i];
      if (p == NULL || p->scene != (guint64)q->image_id)
        p = add_scene (e, &series, (guint64)q->image_id, split);
      vqa_photo_ask (p, q);
    }
  return TRUE;
}

gboolean
vqa_scenes_add (vqa_examples *e, GError **error)
{
  if (e->recipe->scenes == NULL)
    return TRUE;
  for (int i = 0; i < e->recipe->scene_pictures; i++)
    add_scene (e, &e->recipe->series, (guint64)i, VQA_SPLIT_TRAIN);
  return add_fixed (e, VQA_SCENES_CALIBRATION, VQA_SCENES_CALIBRATION_PICTURES,
                    VQA_SPLIT_CALIBRATION, error)
         && add_fixed (e, VQA_SCENES_VALIDATION, VQA_SCENES_VALIDATION_PICTURES,
                       VQA_SPLIT_VALIDATION, error);
}

/* How often another question is tried where it is not of the wanted kind. */
#define TRIES 16

typedef enum
{
  ANY,
  BRIEF,
  HARD,
} question_kind;

/* Goes by an attribute that objects share, by two relations at once, or compares what is told by
 * relations. */
static gboolean
is_hard (const vqa_scene_program *p)
{
  gboolean compares = vqa_scene_step_inputs (p->steps[p->n - 1].kind) == 2;

  for (int i = 0; i < p->n; i++)
    if (p->steps[i].kind == VQA_STEP_SAME || p->steps[i].kind == VQA_STEP_AND
        || (compares && p->steps[i].kind == VQA_STEP_RELATE))
      return TRUE;
  return FALSE;
}

static gboolean
is_of_kind (const vqa_scene_program *p, question_kind kind)
{
  return kind == ANY || (kind == HARD ? is_hard (p) : p->n <= VQA_SCENES_SHORT);
}

/* The next question about the scene from *number on, which moves past it. */
static void
ask_next (const vqa_scene *scene, question_kind kind, guint *number, vqa_scene_question *q)
{
  for (int i = 0; i < TRIES; i++)
    {
      vqa_scene_question_clear (q);
      vqa_scene_ask (scene, (*number)++, q);
      if (is_of_kind (&q->program, kind))
        return;
    }
}

void
vqa_scenes_fill (const vqa_examples *e, vqa_batch *b, int picture, guint64 pass, gboolean brief)
{
  const vqa_photo *p = e->photos->pdata[b->photo[picture]];
  int T = e->contents->spec.max_words, A = e->contents->spec.answers;
  vqa_scene *scene = &b->scenes[picture];
  /* They are rare and the hardest to learn. */
  int hard = brief ? 0 : (int)(e->recipe->scene_hard * b->questions + 0.5);
  guint number = 0;

  vqa_scene_make (scene, p->series.seed, pass * (guint64)e->recipe->scene_pictures + p->scene,
                  p->series.mode);
  for (int k = 0; k < b->questions; k++)
    {
      gsize row = (gsize)picture * b->questions + k;
      g_auto (vqa_scene_question) q = { 0 };
      int answer;

      ask_next (scene, k < hard ? HARD : brief ? BRIEF : ANY, &number, &q);
      vqa_net_words (e->contents->index, q.text, T, b->words + row * T, NULL);
      memset (b->targets + row * A, 0, A * sizeof *b->targets);
      vqa_scene_trace_make (&b->traces[row], scene, &q.program);
      answer = GPOINTER_TO_INT (g_hash_table_lookup (e->positions, q.answer)) - 1;
      if (answer >= 0)
        b->targets[row * A + answer] = 1;
    }
  b->flip[picture] = FALSE;
}

gsize
vqa_scenes_cell (const vqa_scene_object *o, int height, int width)
{
  int row = CLAMP ((int)(o->picture_y * (float)height), 0, height - 1);
  int column = CLAMP ((int)(o->picture_x * (float)width), 0, width - 1);

  return (gsize)row * width + column;
}

void
vqa_scenes_labels (const vqa_scene *scene, int height, int width, float *to)
{
  memset (to, 0, (gsize)height * width * VQA_VALUES * sizeof *to);
  for (int i = 0; i < scene->n; i++)
    {
      const vqa_scene_object *o = &scene->objects[i];
      float *cell = to + vqa_scenes_cell (o, height, width) * VQA_VALUES;
      for (int a = 0; a < VQA_ATTRIBUTES; a++)
        cell[vqa_scene_first_value ((vqa_attribute)a) + o->is[a]] = 1;
    }
}

void
vqa_scenes_draw (const vqa_photo *p, int side, guint8 *square)
{
  vqa_scene scene;

  vqa_scene_make (&scene, p->series.seed, p->scene, p->series.mode);
  vqa_scene_draw (&scene, side, square);
}
