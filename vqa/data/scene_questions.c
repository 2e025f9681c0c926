/* How questions about scenes are made: programs are built step by step on a scene, so that what a
 * next step needs is known, and those that would be ill-posed or whose answer shows are dropped. */
#include "vqa/data/scene_questions.h"

#include <string.h>

#define SAMPLES 24  /* programs tried of one form */
#define FORMS   8   /* forms tried of one structure */
#define ROUNDS  400 /* structures tried before the simplest question is asked */
#define FAILED  (-1)

typedef guint8 objects; /* a set: one bit for each object */

/* A scene as sets. */
typedef struct
{
  int n;
  objects all;
  objects with[VQA_ATTRIBUTES][VQA_COLOURS];      /* those with a value */
  objects related[VQA_RELATIONS][VQA_SCENE_MOST]; /* those that are left of (...) an object */
  const vqa_scene *scene;
} world;

static world
world_of (const vqa_scene *s)
{
  world w = { .n = s->n, .all = (objects)((1u << s->n) - 1), .scene = s };

  for (int i = 0; i < s->n; i++)
    {
      for (int a = 0; a < VQA_ATTRIBUTES; a++)
        w.with[a][s->objects[i].is[a]] |= (objects)(1u << i);
      for (int r = 0; r < VQA_RELATIONS; r++)
        for (int j = 0; j < s->n; j++)
          if (j != i && vqa_scene_related (s, j, r, i))
            w.related[r][i] |= (objects)(1u << j);
    }
  return w;
}

static int
size_of (int set)
{
  return __builtin_popcount ((guint)set);
}

/* ---- the interpreter -------------------------------------------------------------------- */

int
vqa_scene_step_inputs (vqa_scene_step_kind kind)
{
  switch (kind)
    {
    case VQA_STEP_SCENE:
      return 0;
    case VQA_STEP_AND:
    case VQA_STEP_OR:
    case VQA_STEP_MORE:
    case VQA_STEP_FEWER:
    case VQA_STEP_EQUAL:
    case VQA_STEP_EQUAL_VALUES:
      return 2;
    default:
      return 1;
    }
}

/* What a step gives: a set, an object's number, a number, a value or 0 and 1; FAILED when it is
 * ill-posed. Its inputs' results are in `results`. */
static int
execute (const world *w, const vqa_scene_step *s, const int *results)
{
  int a = vqa_scene_step_inputs (s->kind) > 0 ? results[s->inputs[0]] : 0;
  int b = vqa_scene_step_inputs (s->kind) > 1 ? results[s->inputs[1]] : 0;
  const vqa_scene_object *o = w->scene->objects;

  if (a == FAILED || b == FAILED)
    return FAILED;
  switch ((vqa_scene_step_kind)s->kind)
    {
    case VQA_STEP_SCENE:
      return w->all;
    case VQA_STEP_FILTER:
      return a & w->with[s->attribute][s->value];
    case VQA_STEP_UNIQUE:
      return size_of (a) == 1 ? __builtin_ctz ((guint)a) : FAILED;
    case VQA_STEP_RELATE:
      return w->related[s->value][a];
    case VQA_STEP_SAME:
      return w->with[s->attribute][o[a].is[s->attribute]] & ~(1 << a);
    case VQA_STEP_AND:
      return a & b;
    case VQA_STEP_OR:
      return a | b;
    case VQA_STEP_EXIST:
      return a != 0;
    case VQA_STEP_COUNT:
      return size_of (a);
    case VQA_STEP_QUERY:
      return o[a].is[s->attribute];
    case VQA_STEP_MORE:
      return a > b;
    case VQA_STEP_FEWER:
      return a < b;
    case VQA_STEP_EQUAL:
    case VQA_STEP_EQUAL_VALUES:
      return a == b;
    }
  return FAILED;
}

static const char *
answer_of (const vqa_scene_step *last, int result)
{
  static const char *const numbers[] = { "0", "1", "2", "3", "4", "5", "6", "7", "8" };

  if (last->kind == VQA_STEP_COUNT)
    return numbers[result];
  if (last->kind == VQA_STEP_QUERY)
    return vqa_scene_value (last->attribute, result);
  return result ? "yes" : "no";
}

void
vqa_scene_results (const vqa_scene *scene, const vqa_scene_program *program, int *results)
{
  world w = world_of (scene);

  for (int i = 0; i < program->n; i++)
    results[i] = execute (&w, &program->steps[i], results);
}

const char *
vqa_scene_run (const vqa_scene *scene, const vqa_scene_program *program)
{
  int results[VQA_SCENE_STEPS];

  vqa_scene_results (scene, program, results);
  return results[program->n - 1] != FAILED
             ? answer_of (&program->steps[program->n - 1], results[program->n - 1])
             : NULL;
}

/* ---- forms of questions ----------------------------------------------------------------- */

/* How the set is come by that is asked about. */
typedef enum
{
  HOPS, /* so many relations, none to three */
  BOTH, /* two relations */
  EITHER,
  SAME
} structure;

#define DEEPEST 3

/* All of a question but its values: what its text looks like with the values blanked out. */
typedef struct
{
  vqa_scene_family family;
  structure structure;
  int hops;
  int attribute;           /* asked for, or the same */
  int query;               /* attribute queried */
  int comparison;          /* a step's kind */
  guint told[DEEPEST + 1]; /* attributes told of each object or set, bits; the last is the set's */
  guint also[DEEPEST + 1]; /* the same of the second one of a comparison */
} form;

/* A weighted choice. */
static int
choose (vqa_random *random, const guint8 *weights, int n)
{
  guint sum = 0, at;
  int i;

  for (i = 0; i < n; i++)
    sum += weights[i];
  at = vqa_random_below (random, sum);
  for (i = 0; at >= weights[i]; i++)
    at -= weights[i];
  return i;
}

/* Attributes to tell, `fewest` at least, without one. */
static guint
choose_told (vqa_random *random, int fewest, int without)
{
  static const guint8 weights[] = { 3, 9, 9, 4, 1 };
  int most = without < VQA_ATTRIBUTES ? VQA_ATTRIBUTES - 1 : VQA_ATTRIBUTES;
  int n = fewest + choose (random, weights + fewest, most - fewest + 1);
  guint told = 0;

  while (size_of ((int)told) < n)
    {
      guint a = vqa_random_below (random, VQA_ATTRIBUTES);
      if ((int)a != without)
        told |= 1u << a;
    }
  return told;
}

static const guint8 attribute_weights[VQA_ATTRIBUTES] = { 30, 18, 34, 18 };

static void
choose_structure (form *f, vqa_random *random)
{
  /* Hops 0 to 3, both, either, same. */
  static const guint8 sets[] = { 16, 24, 22, 24, 14, 8, 12 },
                      queries[] = { 16, 26, 24, 24, 14, 0, 12 };
  static const guint8 pairs[] = { 6, 4 };
  int at;

  f->structure = HOPS;
  if (f->family == VQA_COMPARE_NUMBERS || f->family == VQA_COMPARE_ATTRIBUTE)
    f->hops = choose (random, pairs, G_N_ELEMENTS (pairs));
  else
    {
      at = choose (random, f->family == VQA_QUERY ? queries : sets, G_N_ELEMENTS (sets));
      f->hops = at <= DEEPEST ? at : 1;
      f->structure = at <= DEEPEST ? HOPS : at - DEEPEST;
    }
  if (f->structure == BOTH)
    f->hops = 2;
}

static void
choose_details (form *f, vqa_random *random)
{
  int hidden = VQA_ATTRIBUTES; /* what the set's own words must not tell */
  int fewest = f->structure == HOPS && f->hops == 0 ? 1 : 0;

  f->query = choose (random, attribute_weights, VQA_ATTRIBUTES);
  f->attribute = choose (random, attribute_weights, VQA_ATTRIBUTES);
  f->comparison = VQA_STEP_MORE + (int)vqa_random_below (random, 3);
  if (f->family == VQA_QUERY || f->family == VQA_COMPARE_ATTRIBUTE)
    hidden = f->query;
  if (f->structure == SAME && f->family == VQA_QUERY && f->attribute == f->query)
    f->attribute = (f->query + 1) % VQA_ATTRIBUTES;
  for (int h = 0; h < f->hops; h++)
    {
      f->told[h] = choose_told (random, 1, f->structure == SAME ? f->attribute : VQA_ATTRIBUTES);
      f->also[h] = choose_told (random, 1, VQA_ATTRIBUTES);
    }
  if (f->structure == EITHER || f->family == VQA_COMPARE_NUMBERS)
    fewest = 1;
  f->told[f->hops] = choose_told (random, fewest, hidden);
  f->also[f->hops] = choose_told (random, fewest, hidden);
  if (f->structure == SAME)
    f->told[f->hops] &= ~(1u << f->attribute);
}

/* ---- filling forms with values ---------------------------------------------------------- */

typedef struct
{
  const world *world;
  vqa_random *random;
  vqa_scene_program program;
  int results[VQA_SCENE_STEPS];
  objects used;              /* objects that the question already tells of */
  guint8 is[VQA_ATTRIBUTES]; /* the values chosen last */
  gboolean failed;
} builder;

static int
push (builder *b, vqa_scene_step_kind kind, int first, int second, int attribute, int value)
{
  vqa_scene_step *s = &b->program.steps[b->program.n];

  *s = (vqa_scene_step){ .kind = (guint8)kind,
                         .inputs = { (guint8)first, (guint8)second },
                         .attribute = (guint8)attribute,
                         .value = (guint8)value };
  b->results[b->program.n] = execute (b->world, s, b->results);
  b->failed |= b->results[b->program.n] == FAILED;
  return b->program.n++;
}

/* All objects of the scene with the told ones of the values chosen last. */
static int
matching (const builder *b, guint told)
{
  int set = b->world->all;

  for (int a = 0; a < VQA_ATTRIBUTES; a++)
    if (told >> a & 1)
      set &= b->world->with[a][b->is[a]];
  return set;
}

static int
filter (builder *b, int set, guint told)
{
  static const int order[] = { VQA_SIZE, VQA_COLOUR, VQA_MATERIAL, VQA_SHAPE };

  for (guint i = 0; i < G_N_ELEMENTS (order); i++)
    if (told >> order[i] & 1)
      set = push (b, VQA_STEP_FILTER, set, 0, order[i], b->is[order[i]]);
  return set;
}

/* Chooses the values of an object of a set, which is not empty. */
static void
choose_object (builder *b, int set)
{
  for (guint at = vqa_random_below (b->random, (guint)size_of (set)); at > 0; at--)
    set &= set - 1;
  memcpy (b->is, b->world->scene->objects[__builtin_ctz ((guint)set)].is, sizeof b->is);
}

/* Chooses values that objects of such scenes may have. */
static void
choose_values (builder *b)
{
  do
    for (int a = 0; a < VQA_ATTRIBUTES; a++)
      b->is[a] = (guint8)vqa_random_below (b->random, (guint)vqa_scene_values (a));
  while (!vqa_scene_pair (b->world->scene->mode, b->is[VQA_SHAPE], b->is[VQA_COLOUR]));
}

/* A step that gives one object of a set, told by its values. How the set was come by has to matter:
 * where it is not the whole scene, some other object has these values, beside those of `without`.
 */
static int
refer (builder *b, int set, guint told, int without)
{
  int from, one;

  if (b->failed)
    return 0;
  from = b->results[set] & ~b->used;
  if (from == 0)
    {
      b->failed = TRUE;
      return 0;
    }
  choose_object (b, from);
  if (b->results[set] != b->world->all && size_of (matching (b, told) & ~without) < 2)
    b->failed = TRUE;
  one = push (b, VQA_STEP_UNIQUE, filter (b, set, told), 0, 0, 0);
  if (!b->failed)
    b->used |= (objects)(1u << b->results[one]);
  return one;
}

/* A step that gives the objects of a set with values chosen by lot, perhaps none. How the set was
 * come by has to matter: they are not all that have the values, beside those of `without`. */
static int
narrow (builder *b, int set, guint told, int without)
{
  int all;

  if (b->failed)
    return 0;
  if (vqa_random_below (b->random, 2))
    choose_object (b, b->world->all);
  else
    choose_values (b);
  all = matching (b, told) & ~without;
  if (b->results[set] != b->world->all && (all & b->results[set]) == all)
    b->failed = TRUE;
  return filter (b, set, told);
}

static int
relate (builder *b, int one)
{
  return b->failed ? 0
                   : push (b, VQA_STEP_RELATE, one, 0, 0,
                           (int)vqa_random_below (b->random, VQA_RELATIONS));
}

/* The set after a chain of relations. */
static int
chain (builder *b, int set, int hops, const guint *told)
{
  for (int h = 0; h < hops; h++)
    set = relate (b, refer (b, set, told[h], 0));
  return set;
}

/* Whether one's told values are among the other's, or the other way round: "more cubes than red
 * cubes" needs no picture. */
static gboolean
implied (guint told_a, const guint8 *a, guint told_b, const guint8 *b)
{
  guint both = told_a & told_b;

  for (int k = 0; k < VQA_ATTRIBUTES; k++)
    if ((both >> k & 1) && a[k] != b[k])
      return FALSE;
  return both == told_a || both == told_b;
}

/* Objects of one kind or of another. */
static int
either (builder *b, const form *f, int scene)
{
  guint8 first_is[VQA_ATTRIBUTES];
  int first = narrow (b, scene, f->told[0], 0), second;

  memcpy (first_is, b->is, sizeof first_is);
  second = narrow (b, scene, f->told[1], 0);
  if (implied (f->told[0], first_is, f->told[1], b->is))
    b->failed = TRUE;
  return push (b, VQA_STEP_OR, first, second, 0, 0);
}

/* The set asked about, or for a query the object. */
static int
subject (builder *b, const form *f, int scene)
{
  int set, without = 0, parts[2] = { 0, 0 };

  if (f->structure == EITHER)
    return either (b, f, scene);
  if (f->structure == HOPS)
    set = chain (b, scene, f->hops, f->told);
  else if (f->structure == SAME)
    {
      int one = refer (b, scene, f->told[0], 0);

      set = b->failed ? 0 : push (b, VQA_STEP_SAME, one, 0, f->attribute, 0);
      without = b->used;
    }
  else
    {
      parts[0] = relate (b, refer (b, scene, f->told[0], 0));
      parts[1] = relate (b, refer (b, scene, f->told[1], 0));
      set = b->failed ? 0 : push (b, VQA_STEP_AND, parts[0], parts[1], 0, 0);
    }
  set = f->family == VQA_QUERY ? refer (b, set, f->told[f->hops], without)
                               : narrow (b, set, f->told[f->hops], without);
  /* Of two relations, each leaves out something that the other lets in. */
  for (int k = 0; f->structure == BOTH && !b->failed && k < 2; k++)
    if (size_of (matching (b, f->told[f->hops]) & b->results[parts[k]])
        == size_of (matching (b, f->told[f->hops]) & b->results[parts[0]] & b->results[parts[1]]))
      b->failed = TRUE;
  return set;
}

static void
compare_numbers (builder *b, const form *f, int scene)
{
  guint8 first_is[VQA_ATTRIBUTES];
  int first = narrow (b, chain (b, scene, f->hops, f->told), f->told[f->hops], 0), second;

  memcpy (first_is, b->is, sizeof first_is);
  second = narrow (b, chain (b, scene, f->hops, f->also), f->also[f->hops], 0);
  if (f->hops == 0 && implied (f->told[0], first_is, f->also[0], b->is))
    b->failed = TRUE;
  if (b->failed)
    return;
  first = push (b, VQA_STEP_COUNT, first, 0, 0, 0);
  second = push (b, VQA_STEP_COUNT, second, 0, 0, 0);
  push (b, f->comparison, first, second, 0, 0);
}

static void
compare_attribute (builder *b, const form *f, int scene)
{
  int first = refer (b, chain (b, scene, f->hops, f->told), f->told[f->hops], 0);
  int second = refer (b, chain (b, scene, f->hops, f->also), f->also[f->hops], 0);

  if (b->failed)
    return;
  first = push (b, VQA_STEP_QUERY, first, 0, f->query, 0);
  second = push (b, VQA_STEP_QUERY, second, 0, f->query, 0);
  push (b, VQA_STEP_EQUAL_VALUES, first, second, f->query, 0);
}

/* Fills a form; FALSE when the values drawn make no good question. */
static gboolean
fill (builder *b, const form *f)
{
  int scene = push (b, VQA_STEP_SCENE, 0, 0, 0, 0), of;

  if (f->family == VQA_COMPARE_NUMBERS)
    compare_numbers (b, f, scene);
  else if (f->family == VQA_COMPARE_ATTRIBUTE)
    compare_attribute (b, f, scene);
  else
    {
      of = subject (b, f, scene);
      if (!b->failed)
        push (b,
              f->family == VQA_EXIST   ? VQA_STEP_EXIST
              : f->family == VQA_COUNT ? VQA_STEP_COUNT
                                       : VQA_STEP_QUERY,
              of, 0, f->query, 0);
    }
  return !b->failed;
}

/* ---- balance ---------------------------------------------------------------------------- */

#define ANSWERS (VQA_SCENE_MOST + 1) /* 0 to 8; the values of an attribute; no and yes */

/* Fills a form many times, and draws one of the answers that came, and a program that gives it.
 * FALSE when too few came: then the form itself tells the answer. */
static gboolean
draw_answer (const world *w, const form *f, vqa_random *random, vqa_scene_program *program)
{
  static const guint8 even[ANSWERS] = { 4, 4, 4, 4, 4, 4, 4, 4, 4 };
  static const guint8 rising[ANSWERS] = { 4, 4, 5, 8, 11, 12, 12, 12, 12 };
  vqa_scene_program found[ANSWERS];
  guint8 weights[ANSWERS] = { 0 };
  guint times[ANSWERS] = { 0 };
  int different = 0;

  for (int i = 0; i < SAMPLES; i++)
    {
      builder b = { .world = w, .random = random };
      int answer;

      if (!fill (&b, f))
        continue;
      answer = b.results[b.program.n - 1];
      different += times[answer] == 0;
      weights[answer] = (f->family == VQA_COUNT ? rising : even)[answer];
      if (vqa_random_below (random, ++times[answer]) == 0)
        found[answer] = b.program;
    }
  if (different < (f->family == VQA_COUNT ? 3 : 2))
    return FALSE;
  *program = found[choose (random, weights, ANSWERS)];
  return TRUE;
}

static vqa_scene_family
choose_family (vqa_random *random)
{
  static const guint8 weights[VQA_FAMILIES] = { 15, 25, 13, 32, 15 };
  return (vqa_scene_family)choose (random, weights, VQA_FAMILIES);
}

/* Draws forms until one makes a good question. */
static void
draw_program (const world *w, vqa_random *random, vqa_scene_question *q)
{
  form f = { .family = choose_family (random) };

  for (int round = 1; round <= ROUNDS; round++)
    {
      choose_structure (&f, random);
      for (int i = 0; i < FORMS; i++)
        {
          choose_details (&f, random);
          if (!draw_answer (w, &f, random, &q->program))
            continue;
          q->family = f.family;
          return;
        }
      if (round % (ROUNDS / 10) == 0)
        f.family = choose_family (random);
    }
  q->family = VQA_COUNT;
  q->program
      = (vqa_scene_program){ .n = 2,
                             .steps = { { .kind = VQA_STEP_SCENE }, { .kind = VQA_STEP_COUNT } } };
}

/* ---- questions -------------------------------------------------------------------------- */

void
vqa_scene_ask (const vqa_scene *scene, guint number, vqa_scene_question *question)
{
  world w = world_of (scene);
  guint64 key = 16 + 2 * ((guint64)number * VQA_SCENE_MODES + scene->mode);
  vqa_random random = vqa_random_new (scene->seed, scene->index, key);
  vqa_random words = vqa_random_new (scene->seed, scene->index, key + 1);

  draw_program (&w, &random, question);
  question->answer = vqa_scene_run (scene, &question->program);
  question->text = vqa_scene_words (&question->program, &words);
}

void
vqa_scene_question_clear (vqa_scene_question *question)
{
  g_clear_pointer (&question->text, g_free);
}

const char *
vqa_scene_family_name (vqa_scene_family family)
{
  static const char *const names[VQA_FAMILIES]
      = { "exist", "count", "compare numbers", "query attribute", "compare attribute" };
  return names[family];
}
