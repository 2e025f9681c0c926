/* Questions about scenes: right, well-posed, varied, and not to be guessed. */
#include "vqa/data/scene_questions.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static vqa_scene_question
ask (guint64 seed, guint64 index, vqa_scene_mode mode, guint number)
{
  vqa_scene_question q = { 0 };
  vqa_scene s;

  vqa_scene_make (&s, seed, index, mode);
  vqa_scene_ask (&s, number, &q);
  return q;
}

/* What version 1 asks, once and for all: other questions need another VQA_SCENE_VERSION. */
Test (scene_questions, golden_questions)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);

  for (guint i = 0; i < 300; i++)
    {
      g_auto (vqa_scene_question) q = ask (1 + i % 4, i / 4, i % VQA_SCENE_MODES, i % 7);
      g_autofree char *line = g_strdup_printf ("%d %s %s\n", (int)q.family, q.text, q.answer);
      g_checksum_update (sum, (const guchar *)line, -1);
    }
  cr_assert_eq (VQA_SCENE_VERSION, 1);
  cr_expect_str_eq (g_checksum_get_string (sum),
                    "6e43e7fbe4b91b38047124f801f7b9ce08418f53d205fbaf801bf06480b72098");
}

Test (scene_questions, a_function_of_scene_and_number)
{
  g_auto (vqa_scene_question) one = ask (1, 2, VQA_SCENE_ALL, 3);
  g_auto (vqa_scene_question) same = ask (1, 2, VQA_SCENE_ALL, 3);
  g_auto (vqa_scene_question) next = ask (1, 2, VQA_SCENE_ALL, 4);

  cr_expect_str_eq (one.text, same.text);
  cr_expect_str_eq (one.answer, same.answer);
  cr_expect_str_neq (one.text, next.text);
}

/* ---- the answer, thought out another way -------------------------------------------------
 * By asking of every object in turn whether it is meant, from the scene's numbers alone. */

static gboolean is_meant (const vqa_scene *s, const vqa_scene_program *p, int step, int object);

/* The one object meant; -1 when there is none or another. */
static int
only_one (const vqa_scene *s, const vqa_scene_program *p, int step)
{
  int found = -1;

  for (int i = 0; i < s->n; i++)
    if (is_meant (s, p, step, i))
      {
        if (found >= 0)
          return -1;
        found = i;
      }
  return found;
}

static int
object_of (const vqa_scene *s, const vqa_scene_program *p, int step)
{
  int found;

  cr_assert_eq (p->steps[step].kind, VQA_STEP_UNIQUE);
  found = only_one (s, p, p->steps[step].inputs[0]);
  cr_assert_geq (found, 0, "“the” names none or several");
  return found;
}

static gboolean
is_meant (const vqa_scene *s, const vqa_scene_program *p, int step, int object)
{
  const vqa_scene_step *t = &p->steps[step];
  const vqa_scene_object *o = &s->objects[object], *other;
  int anchor;

  switch (t->kind)
    {
    case VQA_STEP_SCENE:
      return TRUE;
    case VQA_STEP_FILTER:
      return o->is[t->attribute] == t->value && is_meant (s, p, t->inputs[0], object);
    case VQA_STEP_AND:
      return is_meant (s, p, t->inputs[0], object) && is_meant (s, p, t->inputs[1], object);
    case VQA_STEP_OR:
      return is_meant (s, p, t->inputs[0], object) || is_meant (s, p, t->inputs[1], object);
    default:
      break;
    }
  anchor = object_of (s, p, t->inputs[0]);
  other = &s->objects[anchor];
  if (t->kind == VQA_STEP_SAME)
    return object != anchor && o->is[t->attribute] == other->is[t->attribute];
  cr_assert_eq (t->kind, VQA_STEP_RELATE);
  switch (t->value)
    {
    case VQA_LEFT:
      return o->x < other->x;
    case VQA_RIGHT:
      return o->x > other->x;
    case VQA_FRONT:
      return o->y < other->y;
    default:
      return o->y > other->y;
    }
}

static int
number_of (const vqa_scene *s, const vqa_scene_program *p, int step)
{
  int n = 0;

  for (int i = 0; i < s->n; i++)
    n += is_meant (s, p, p->steps[step].inputs[0], i);
  return n;
}

static char *
think (const vqa_scene *s, const vqa_scene_program *p)
{
  const vqa_scene_step *last = &p->steps[p->n - 1];
  int a, b;

  switch (last->kind)
    {
    case VQA_STEP_EXIST:
      return g_strdup (number_of (s, p, p->n - 1) > 0 ? "yes" : "no");
    case VQA_STEP_COUNT:
      return g_strdup_printf ("%d", number_of (s, p, p->n - 1));
    case VQA_STEP_QUERY:
      a = object_of (s, p, last->inputs[0]);
      return g_strdup (vqa_scene_value (last->attribute, s->objects[a].is[last->attribute]));
    case VQA_STEP_EQUAL_VALUES:
      a = object_of (s, p, p->steps[last->inputs[0]].inputs[0]);
      b = object_of (s, p, p->steps[last->inputs[1]].inputs[0]);
      cr_expect_neq (a, b, "compared with itself");
      return g_strdup (
          s->objects[a].is[last->attribute] == s->objects[b].is[last->attribute] ? "yes" : "no");
    default:
      a = number_of (s, p, last->inputs[0]);
      b = number_of (s, p, last->inputs[1]);
      return g_strdup ((last->kind == VQA_STEP_MORE    ? a > b
                        : last->kind == VQA_STEP_FEWER ? a < b
                                                       : a == b)
                           ? "yes"
                           : "no");
    }
}

/* A set that was come by through relations is not the one that its values alone would give. */
static void
expect_relations_matter (const vqa_scene *s, const vqa_scene_program *p, const char *text)
{
  for (int step = 0; step < p->n; step++)
    {
      int kind = p->steps[step].kind, base = p->steps[step].inputs[0];
      int with = 0, without = 0;

      if (kind != VQA_STEP_UNIQUE && kind != VQA_STEP_COUNT && kind != VQA_STEP_EXIST)
        continue;
      while (p->steps[base].kind == VQA_STEP_FILTER)
        base = p->steps[base].inputs[0];
      if (p->steps[base].kind != VQA_STEP_RELATE && p->steps[base].kind != VQA_STEP_AND)
        continue;
      for (int i = 0; i < s->n; i++)
        {
          gboolean fits = TRUE;

          for (int f = p->steps[step].inputs[0]; f != base; f = p->steps[f].inputs[0])
            fits = fits && s->objects[i].is[p->steps[f].attribute] == p->steps[f].value;
          without += fits;
          with += is_meant (s, p, p->steps[step].inputs[0], i);
        }
      cr_expect_lt (with, without, "a relation does not matter: %s", text);
    }
}

Test (scene_questions, answers_are_right_and_questions_well_posed)
{
  for (guint64 index = 0; index < 500; index++)
    {
      vqa_scene s;

      vqa_scene_make (&s, 40, index, index % VQA_SCENE_MODES);
      for (guint k = 0; k < 6; k++)
        {
          g_auto (vqa_scene_question) q = { 0 };
          g_autofree char *wanted = NULL;

          vqa_scene_ask (&s, k, &q);
          wanted = think (&s, &q.program);
          cr_expect_str_eq (q.answer, wanted, "%s", q.text);
          expect_relations_matter (&s, &q.program, q.text);
        }
    }
}

Test (scene_questions, ill_posed_programs_have_no_answer)
{
  vqa_scene s;
  vqa_scene_program p = { .n = 3,
                          .steps = { { .kind = VQA_STEP_SCENE },
                                     { .kind = VQA_STEP_UNIQUE },
                                     { .kind = VQA_STEP_QUERY, .inputs = { 1 } } } };

  vqa_scene_make (&s, 1, 1, VQA_SCENE_ALL);
  cr_expect_null (vqa_scene_run (&s, &p));
  s.n = 1;
  cr_expect_str_eq (vqa_scene_run (&s, &p), vqa_scene_value (VQA_SHAPE, s.objects[0].is[0]));
}

/* ---- words ------------------------------------------------------------------------------ */

static gboolean
has_word (char **words, const char *word)
{
  for (char **w = words; *w; w++)
    if (strcmp (*w, word) == 0)
      return TRUE;
  return FALSE;
}

/* Words of a text, without plurals' ends. */
static char **
words_of (const char *text)
{
  g_autofree char *lower = g_ascii_strdown (text, -1);
  char **words = g_strsplit_set (lower, " ?;", -1);

  for (char **w = words; *w; w++)
    {
      static const char *const nouns[]
          = { "cubes", "blocks", "spheres", "balls", "cylinders", "things", "objects" };
      for (guint i = 0; i < G_N_ELEMENTS (nouns); i++)
        if (strcmp (*w, nouns[i]) == 0)
          (*w)[strlen (*w) - 1] = '\0';
    }
  return words;
}

static const char *const synonyms[][4] = {
  { "cube", "block" },
  { "sphere", "ball" },
  { "cylinder" },
  { "large", "big" },
  { "small", "tiny" },
  { "metal", "metallic", "shiny" },
  { "rubber", "matte" },
  { "thing", "object" },
  { "color", "colour" },
  { "left" },
  { "right" },
  { "front" },
  { "behind" },
  { "both" },
  { "either" },
  { "other", "another" },
  { "many", "number" },
  { "more", "greater", "larger" },
  { "fewer", "smaller", "less" },
  { "made", "material" },
  { "equal", "same" },
  { "it", "its" },
  { "visible" },
  { "see" },
};

/* Whether a question uses one of the words for a value. */
static gboolean
says (char **words, const char *value)
{
  for (guint i = 0; i < G_N_ELEMENTS (synonyms); i++)
    if (strcmp (synonyms[i][0], value) == 0)
      {
        for (guint k = 0; k < 4 && synonyms[i][k]; k++)
          if (has_word (words, synonyms[i][k]))
            return TRUE;
        return FALSE;
      }
  return has_word (words, value);
}

Test (scene_questions, texts_say_what_the_programs_do)
{
  g_autoptr (GHashTable) met = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < 2500; i++)
    {
      g_auto (vqa_scene_question) q = ask (50, i / 5, VQA_SCENE_ALL, i % 5);
      g_auto (GStrv) words = words_of (q.text);

      for (int step = 0; step < q.program.n; step++)
        {
          const vqa_scene_step *t = &q.program.steps[step];

          if (t->kind == VQA_STEP_FILTER)
            cr_expect (says (words, vqa_scene_value (t->attribute, t->value)), "%s: %s", q.text,
                       vqa_scene_value (t->attribute, t->value));
          else if (t->kind == VQA_STEP_RELATE)
            cr_expect (has_word (words, vqa_scene_relation (t->value)), "%s", q.text);
        }
      cr_expect (g_ascii_isupper (q.text[0]) && g_str_has_suffix (q.text, "?"), "%s", q.text);
      cr_expect_null (strstr (q.text, "  "), "%s", q.text);
      for (char **w = words; *w; w++)
        g_hash_table_add (met, g_strdup (*w));
    }
  for (guint i = 0; i < G_N_ELEMENTS (synonyms); i++)
    for (guint k = 0; k < 4 && synonyms[i][k]; k++)
      cr_expect (g_hash_table_contains (met, synonyms[i][k]), "never said: %s", synonyms[i][k]);
}

Test (scene_questions, every_kind_is_asked)
{
  int families[VQA_FAMILIES] = { 0 }, steps[VQA_STEP_EQUAL_VALUES + 1] = { 0 }, hops[8] = { 0 };
  int queries[VQA_ATTRIBUTES] = { 0 };

  for (guint i = 0; i < 3000; i++)
    {
      g_auto (vqa_scene_question) q = ask (60, i / 5, VQA_SCENE_ALL, i % 5);
      int relations = 0;

      families[q.family]++;
      for (int k = 0; k < q.program.n; k++)
        {
          steps[q.program.steps[k].kind]++;
          relations += q.program.steps[k].kind == VQA_STEP_RELATE;
          if (q.program.steps[k].kind == VQA_STEP_QUERY)
            queries[q.program.steps[k].attribute]++;
        }
      hops[relations]++;
    }
  for (int f = 0; f < VQA_FAMILIES; f++)
    cr_expect_gt (families[f], 300, "%s: %d", vqa_scene_family_name (f), families[f]);
  for (int k = 0; k <= VQA_STEP_EQUAL_VALUES; k++)
    cr_expect_gt (steps[k], 60, "step %d: %d", k, steps[k]);
  for (int h = 0; h <= 3; h++)
    cr_expect_gt (hops[h], 20, "%d hops: %d", h, hops[h]);
  for (int a = 0; a < VQA_ATTRIBUTES; a++)
    cr_expect_gt (queries[a], 150, "%s: %d", vqa_scene_attribute (a), queries[a]);
}

/* Pairs that a mode does not have are not spoken of either, or the answer would be known. */
Test (scene_questions, modes_keep_to_their_pairs)
{
  for (guint i = 0; i < 1500; i++)
    {
      vqa_scene_mode mode = VQA_SCENE_A + i % 2;
      g_auto (vqa_scene_question) q = ask (70, i / 3, mode, i % 3);

      for (int k = 0; k < q.program.n; k++)
        {
          int is[VQA_ATTRIBUTES] = { -1, -1, -1, -1 };

          for (int f = k; q.program.steps[f].kind == VQA_STEP_FILTER;
               f = q.program.steps[f].inputs[0])
            is[q.program.steps[f].attribute] = q.program.steps[f].value;
          cr_expect (is[VQA_SHAPE] < 0 || is[VQA_COLOUR] < 0
                         || vqa_scene_pair (mode, is[VQA_SHAPE], is[VQA_COLOUR]),
                     "%s", q.text);
        }
    }
}
