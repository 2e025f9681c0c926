/* Programs of questions, put into words. */
#include "vqa/data/scene_questions.h"

#include <string.h>

#define ANY (-1) /* no value said */

typedef struct
{
  const vqa_scene_program *program;
  vqa_random *random;
  GString *text;
  const char *colour; /* "color" or "colour": one question keeps to one */
  int known;          /* a unique step already introduced, "it" from then on; -1: none */
} writer;

/* What a set is: the values said of it, and the step that is filtered by them. */
typedef struct
{
  int is[VQA_ATTRIBUTES];
  int base;
} phrase;

static const vqa_scene_step *
step_of (const writer *w, int step)
{
  return &w->program->steps[step];
}

static const char *
pick (writer *w, const char *const *list, guint n)
{
  return list[vqa_random_below (w->random, n)];
}
#define PICK(w, ...)                                                                               \
  pick (w, (const char *const[]){ __VA_ARGS__ },                                                   \
        sizeof ((const char *const[]){ __VA_ARGS__ }) / sizeof (char *))

static const char *
attribute_word (const writer *w, int attribute)
{
  return attribute == VQA_COLOUR ? w->colour : vqa_scene_attribute (attribute);
}

/* One of the words for a value; of ANY shape, for a thing. */
static const char *
value_word (writer *w, int attribute, int value)
{
  if (attribute == VQA_SIZE)
    return value == VQA_LARGE ? PICK (w, "large", "big") : PICK (w, "small", "tiny");
  if (attribute == VQA_MATERIAL)
    return value == VQA_METAL ? PICK (w, "metal", "metallic", "shiny")
                              : PICK (w, "rubber", "matte");
  if (attribute != VQA_SHAPE)
    return vqa_scene_value (attribute, value);
  switch (value)
    {
    case VQA_CUBE:
      return PICK (w, "cube", "block");
    case VQA_SPHERE:
      return PICK (w, "sphere", "ball");
    case VQA_CYLINDER:
      return "cylinder";
    default:
      return PICK (w, "thing", "object");
    }
}

static const char *
relation_words (writer *w, int relation)
{
  switch (relation)
    {
    case VQA_LEFT:
      return PICK (w, "left of", "to the left of", "on the left side of");
    case VQA_RIGHT:
      return PICK (w, "right of", "to the right of", "on the right side of");
    case VQA_FRONT:
      return "in front of";
    default:
      return "behind";
    }
}

static void
add (writer *w, const char *text)
{
  g_string_append (w->text, text);
}

static phrase
phrase_of (const writer *w, int step)
{
  phrase p = { .is = { ANY, ANY, ANY, ANY } };

  for (; step_of (w, step)->kind == VQA_STEP_FILTER; step = step_of (w, step)->inputs[0])
    p.is[step_of (w, step)->attribute] = step_of (w, step)->value;
  p.base = step;
  return p;
}

/* Adjectives and noun, as "small red metal cubes"; with the indefinite article when asked. */
static void
add_noun (writer *w, const phrase *p, gboolean plural, gboolean article)
{
  static const int order[] = { VQA_SIZE, VQA_COLOUR, VQA_MATERIAL, VQA_SHAPE };
  gboolean other = step_of (w, p->base)->kind == VQA_STEP_SAME;

  if (article && other)
    add (w, "another ");
  else if (other)
    add (w, "other ");
  for (guint i = 0; i < G_N_ELEMENTS (order); i++)
    {
      const char *word;

      if (p->is[order[i]] == ANY && order[i] != VQA_SHAPE)
        continue;
      word = value_word (w, order[i], p->is[order[i]]);
      if (article && !other)
        add (w, *word == 'o' ? "an " : "a ");
      article = FALSE;
      add (w, word);
      add (w, order[i] != VQA_SHAPE ? " " : plural ? "s" : "");
    }
}

static void add_tail (writer *w, int base, gboolean plural, const char *verb);

/* The object that a unique step gives: "the small cube that is left of the ball", or "it". */
static void
add_object (writer *w, int unique)
{
  phrase p = phrase_of (w, step_of (w, unique)->inputs[0]);

  if (unique == w->known)
    {
      add (w, "it");
      return;
    }
  add (w, "the ");
  add_noun (w, &p, FALSE, FALSE);
  add_tail (w, p.base, FALSE, " that is");
}

/* A relation, as " left of the ball" after `verb`. */
static void
add_relation (writer *w, int relate, const char *verb)
{
  add (w, verb);
  add (w, " ");
  add (w, relation_words (w, step_of (w, relate)->value));
  add (w, " ");
  add_object (w, step_of (w, relate)->inputs[0]);
}

/* Whether an object is told by its own values alone, so that what follows it cannot be taken for
 * part of it. */
static gboolean
is_plain (const writer *w, int unique)
{
  phrase p = phrase_of (w, step_of (w, unique)->inputs[0]);
  return unique == w->known || step_of (w, p.base)->kind == VQA_STEP_SCENE;
}

/* How a set was come by, after its noun. `verb` comes before a relation: " that is", " that are",
 * " are", "". */
static void
add_tail (writer *w, int base, gboolean plural, const char *verb)
{
  const vqa_scene_step *s = step_of (w, base);
  gboolean clause = g_str_has_prefix (verb, " that");

  if (s->kind == VQA_STEP_RELATE)
    add_relation (w, base, clause && is_plain (w, s->inputs[0]) ? PICK (w, verb, "") : verb);
  else if (s->kind == VQA_STEP_AND)
    {
      add (w, verb);
      add (w, *verb ? PICK (w, "", " both") : "");
      add_relation (w, s->inputs[0], "");
      add_relation (w, s->inputs[1], " and");
    }
  else if (s->kind == VQA_STEP_SAME)
    {
      gboolean made = s->attribute == VQA_MATERIAL;

      if (strcmp (verb, " are") == 0)
        add (w, PICK (w, " have the same ", made ? " are made of the same " : " are of the same "));
      else
        add (w, PICK (w, plural ? " that have the same " : " that has the same ", " with the same ",
                      made ? " made of the same " : " of the same "));
      add (w, attribute_word (w, s->attribute));
      add (w, " as ");
      add_object (w, s->inputs[0]);
    }
}

/* A set in the plural, "cubes that are left of the ball"; of two, "cubes or big things". */
static void
add_set (writer *w, int set)
{
  phrase p = phrase_of (w, set);

  if (step_of (w, p.base)->kind == VQA_STEP_OR)
    {
      phrase a = phrase_of (w, step_of (w, p.base)->inputs[0]);
      phrase b = phrase_of (w, step_of (w, p.base)->inputs[1]);

      add (w,
           PICK (w, "", "things that are ", "things that are either ", "objects that are either "));
      add_noun (w, &a, TRUE, FALSE);
      add (w, " or ");
      add_noun (w, &b, TRUE, FALSE);
      return;
    }
  add_noun (w, &p, TRUE, FALSE);
  add_tail (w, p.base, TRUE, " that are");
}

/* Now and then tells of the object that comes next before asking: "there is a cube; ". */
static void
introduce (writer *w, int unique, guint one_of)
{
  phrase p = phrase_of (w, step_of (w, unique)->inputs[0]);

  if (vqa_random_below (w->random, one_of) > 0)
    return;
  add (w, "there is ");
  add_noun (w, &p, FALSE, TRUE);
  add_tail (w, p.base, FALSE, " that is");
  add (w, "; ");
  w->known = unique;
}

/* Introduces what the set is related to. */
static void
introduce_anchor (writer *w, int set)
{
  const vqa_scene_step *base = step_of (w, phrase_of (w, set).base);

  if (base->kind == VQA_STEP_RELATE || base->kind == VQA_STEP_SAME)
    introduce (w, base->inputs[0], 4);
}

/* ---- the families ----------------------------------------------------------------------- */

static void
write_exist (writer *w, int set)
{
  phrase p = phrase_of (w, set);
  gboolean either = step_of (w, p.base)->kind == VQA_STEP_OR;

  introduce_anchor (w, set);
  if (!either && vqa_random_below (w->random, 2))
    {
      add (w, "is there ");
      add_noun (w, &p, FALSE, TRUE);
      add_tail (w, p.base, FALSE, " that is");
      return;
    }
  add (w, PICK (w, "are there any ", "are there any ", "do you see any "));
  add_set (w, set);
}

static void
write_count (writer *w, int set)
{
  phrase p = phrase_of (w, set);
  int kind = step_of (w, p.base)->kind;

  introduce_anchor (w, set);
  add (w, PICK (w, "how many ", "how many ", "what number of "));
  if (kind == VQA_STEP_OR || kind == VQA_STEP_SCENE)
    {
      add_set (w, set);
      add (w, PICK (w, " are there", " are there", " are visible"));
      return;
    }
  add_noun (w, &p, TRUE, FALSE);
  if (vqa_random_below (w->random, 2))
    add_tail (w, p.base, TRUE, " are");
  else
    {
      add (w, " are there");
      add_tail (w, p.base, TRUE, " that are");
    }
}

/* A pattern, where % stands for the attribute and @ for the object. */
static void
add_pattern (writer *w, const char *pattern, int unique, int attribute)
{
  for (; *pattern; pattern++)
    if (*pattern == '@')
      add_object (w, unique);
    else if (*pattern == '%')
      add (w, attribute_word (w, attribute));
    else
      g_string_append_c (w->text, *pattern);
}

static void
write_query (writer *w, int unique, int attribute)
{
  const char *pattern;

  introduce_anchor (w, step_of (w, unique)->inputs[0]);
  if (w->known < 0)
    introduce (w, unique, 6);
  if (unique == w->known)
    pattern = attribute == VQA_MATERIAL ? PICK (w, "what is it made of", "what is its %")
                                        : PICK (w, "what % is it", "what is its %");
  else if (attribute == VQA_MATERIAL)
    pattern = PICK (w, "what is @ made of", "what % is @ made of", "@ is made of what %",
                    "what is the % of @");
  else if (attribute == VQA_SIZE)
    pattern = PICK (w, "what % is @", "how big is @", "what is the % of @", "@ has what %");
  else
    pattern = PICK (w, "what % is @", "what % is @", "what is the % of @", "@ has what %");
  add_pattern (w, pattern, unique, attribute);
}

static void
write_compare_numbers (writer *w, const vqa_scene_step *s)
{
  int a = step_of (w, s->inputs[0])->inputs[0], b = step_of (w, s->inputs[1])->inputs[0];
  gboolean form = vqa_random_below (w->random, 2);
  const char *end;

  if (s->kind == VQA_STEP_EQUAL)
    {
      add (w, form ? "is the number of "
                   : PICK (w, "are there an equal number of ", "are there the same number of "));
      end = form ? " the same as the number of " : " and ";
    }
  else if (s->kind == VQA_STEP_MORE)
    {
      add (w, form ? "is the number of " : "are there more ");
      end = form ? PICK (w, " greater than the number of ", " larger than the number of ")
                 : " than ";
    }
  else
    {
      add (w, form ? "is the number of " : "are there fewer ");
      end = form ? PICK (w, " less than the number of ", " smaller than the number of ") : " than ";
    }
  add_set (w, a);
  add (w, end);
  add_set (w, b);
}

static void
write_compare_values (writer *w, const vqa_scene_step *s)
{
  int a = step_of (w, s->inputs[0])->inputs[0], b = step_of (w, s->inputs[1])->inputs[0];
  /* Words before, between and after the two objects. */
  static const char *const forms[][3] = {
    { "does @", " have the same % as @", "" },
    { "is @", " the same % as @", "" },
    { "do @", " and @", " have the same %" },
    { "is the % of @", " the same as the % of @", "" },
  };
  static const char *const made[][3] = {
    { "is @", " made of the same % as @", "" },
    { "are @", " and @", " made of the same %" },
    { "do @", " and @", " have the same %" },
    { "is the % of @", " the same as the % of @", "" },
  };
  guint form = vqa_random_below (w->random, G_N_ELEMENTS (forms));
  const char *const *words = s->attribute == VQA_MATERIAL ? made[form] : forms[form];

  add_pattern (w, words[0], a, s->attribute);
  add_pattern (w, words[1], b, s->attribute);
  add_pattern (w, words[2], b, s->attribute);
}

char *
vqa_scene_words (const vqa_scene_program *program, vqa_random *random)
{
  writer w = { .program = program, .random = random, .known = -1 };
  const vqa_scene_step *last = &program->steps[program->n - 1];

  w.text = g_string_new (NULL);
  w.colour = PICK (&w, "color", "color", "colour");
  switch (last->kind)
    {
    case VQA_STEP_EXIST:
      write_exist (&w, last->inputs[0]);
      break;
    case VQA_STEP_COUNT:
      write_count (&w, last->inputs[0]);
      break;
    case VQA_STEP_QUERY:
      write_query (&w, last->inputs[0], last->attribute);
      break;
    case VQA_STEP_EQUAL_VALUES:
      write_compare_values (&w, last);
      break;
    default:
      write_compare_numbers (&w, last);
    }
  g_string_append_c (w.text, '?');
  w.text->str[0] = g_ascii_toupper (w.text->str[0]);
  return g_string_free (w.text, FALSE);
}

/* ---- functions -------------------------------------------------------------------------- */

static void
add_function (GString *text, const vqa_scene_program *program, int step)
{
  static const char *const names[]
      = { "scene", "filter", "unique", "relate", "same",  "and",   "or",
          "exist", "count",  "query",  "more",   "fewer", "equal", "equal values" };
  const vqa_scene_step *s = &program->steps[step];
  int inputs = vqa_scene_step_inputs (s->kind);

  g_string_append (text, names[s->kind]);
  if (s->kind == VQA_STEP_FILTER)
    g_string_append_printf (text, "[%s=%s]", vqa_scene_attribute (s->attribute),
                            vqa_scene_value (s->attribute, s->value));
  else if (s->kind == VQA_STEP_RELATE)
    g_string_append_printf (text, "[%s]", vqa_scene_relation (s->value));
  else if (s->kind == VQA_STEP_SAME || s->kind == VQA_STEP_QUERY)
    g_string_append_printf (text, "[%s]", vqa_scene_attribute (s->attribute));
  for (int i = 0; i < inputs; i++)
    {
      g_string_append (text, i == 0 ? "(" : ", ");
      add_function (text, program, s->inputs[i]);
    }
  g_string_append (text, inputs > 0 ? ")" : "");
}

char *
vqa_scene_functions (const vqa_scene_program *program)
{
  GString *text = g_string_new (NULL);

  add_function (text, program, program->n - 1);
  return g_string_free (text, FALSE);
}
