/* Questions about generated scenes, in CLEVR's families (Johnson et al. 2017). A question is a
 * small program that is run on the scene's description: its answer is what the program gives, its
 * text is the program put into words. Ill-posed ones are refused: "the" names one object, every
 * relation matters. For each form of question that is asked about a scene, several answers are
 * possible there, and which one it is was drawn by lot: the question alone tells little.
 */
#pragma once

#include "vqa/data/random.h"
#include "vqa/data/scene.h"

G_BEGIN_DECLS

typedef enum
{
  VQA_EXIST,
  VQA_COUNT,
  VQA_COMPARE_NUMBERS,
  VQA_QUERY,
  VQA_COMPARE_ATTRIBUTE,
  VQA_FAMILIES
} vqa_scene_family;

/* What a step gives is a set of objects, one object, a number, an attribute's value or yes/no. */
typedef enum
{
  VQA_STEP_SCENE,       /* all objects */
  VQA_STEP_FILTER,      /* those of a set with a value of an attribute */
  VQA_STEP_UNIQUE,      /* the only one of a set; ill-posed when there is none or another */
  VQA_STEP_RELATE,      /* all that are left of (right of, ...) an object */
  VQA_STEP_SAME,        /* all others with the same value of an attribute as an object */
  VQA_STEP_AND,         /* those in both sets */
  VQA_STEP_OR,          /* those in one set or in both */
  VQA_STEP_EXIST,       /* whether a set holds any */
  VQA_STEP_COUNT,       /* how many a set holds */
  VQA_STEP_QUERY,       /* an object's value of an attribute */
  VQA_STEP_MORE,        /* whether the first of two numbers is larger */
  VQA_STEP_FEWER,       /* whether it is smaller */
  VQA_STEP_EQUAL,       /* whether two numbers are equal */
  VQA_STEP_EQUAL_VALUES /* whether two values are */
} vqa_scene_step_kind;

typedef struct
{
  guint8 kind;      /* a vqa_scene_step_kind */
  guint8 inputs[2]; /* earlier steps; as many as the kind needs */
  guint8 attribute; /* of a filter, same, query, equal values */
  guint8 value;     /* of a filter; a relation */
} vqa_scene_step;

#define VQA_SCENE_STEPS 32

/* Steps in order; the last gives the answer. */
typedef struct
{
  int n;
  vqa_scene_step steps[VQA_SCENE_STEPS];
} vqa_scene_program;

typedef struct
{
  vqa_scene_family family;
  vqa_scene_program program;
  char *text;
  const char *answer; /* "yes", "no", "0" to "8", or a value's name; static */
} vqa_scene_question;

/* Question `number` about a scene: the same every time. Clear it after use. */
void vqa_scene_ask (const vqa_scene *scene, guint number, vqa_scene_question *question);
void vqa_scene_question_clear (vqa_scene_question *question);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (vqa_scene_question, vqa_scene_question_clear)

/* What a program gives on a scene; NULL when it is ill-posed there. */
const char *vqa_scene_run (const vqa_scene *scene, const vqa_scene_program *program);
/* What each of its steps gives (program->n numbers): a set as one bit for each object, an object's
 * number, a number, a value, or 0 and 1; -1 where it is ill-posed. */
void vqa_scene_results (const vqa_scene *scene, const vqa_scene_program *program, int *results);
/* The program in words, one of many ways; in functions, as "count(filter[color=red](scene))". The
 * caller frees them. */
char *vqa_scene_words (const vqa_scene_program *program, vqa_random *random);
char *vqa_scene_functions (const vqa_scene_program *program);
/* "exist", "count", "compare numbers", "query attribute", "compare attribute". */
const char *vqa_scene_family_name (vqa_scene_family family);
/* How many inputs a kind of step has. */
int vqa_scene_step_inputs (vqa_scene_step_kind kind);

G_END_DECLS
