/* What labels let us ask. */
#include "vqa/data/existence.h"
#include "vqa/data/labels.h"
#include "vqa/data/topics.h"

#include <stdlib.h>
#include <string.h>

typedef struct
{
  const vqa_label_table *table;
  const char *const *names;
  const guint8 *present;
  guint n_present;
  vqa_maker maker;
  vqa_random random;
} asking;

#define ask(a, ...) vqa_maker_ask (&(a)->maker, __VA_ARGS__)

static guint
pick (asking *a, guint n)
{
  return vqa_random_below (&a->random, n);
}

/* Small things that people who label leave out now and then. */
static gboolean
is_missed (const char *name)
{
  static const char *const missed[]
      = { "backpack", "book",    "bottle", "bowl",         "cell phone", "chair",       "cup",
          "fork",     "handbag", "knife",  "potted plant", "spoon",      "sports ball", "tie" };
  for (guint i = 0; i < G_N_ELEMENTS (missed); i++)
    if (strcmp (name, missed[i]) == 0)
      return TRUE;
  return FALSE;
}

/* May the picture show this class although its labels do not say so? */
static gboolean
is_doubtful (const asking *a, guint c)
{
  for (guint k = 0; is_missed (a->names[c]) && k < a->table->n; k++)
    if (a->present[k] && a->table->together[(gsize)k * a->table->n + c] > 0)
      return TRUE;
  return FALSE;
}

static void
ask_existence (asking *a, guint c, const char *answer)
{
  g_autofree char *question
      = vqa_existence_question (a->names[c], pick (a, vqa_existence_phrasings ()));
  ask (a, answer, "%s", question);
}

#define PAIRS 2 /* of a thing that is there and one that is not */

static void
about_existence (asking *a)
{
  for (guint i = 0; i < PAIRS; i++)
    {
      guint there, absent;
      if (!vqa_label_pick (a->table, a->present, a->n_present, TRUE, &a->random, &there)
          || !vqa_label_pick (a->table, a->present, a->n_present, FALSE, &a->random, &absent)
          || is_doubtful (a, absent))
        continue;
      ask_existence (a, there, "yes");
      ask_existence (a, absent, "no");
    }
}

static int
by_name (const void *a, const void *b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

static gboolean
shows (const char *class_name, gpointer user)
{
  const asking *a = user;
  const char *const *found = bsearch (&class_name, a->names, a->table->n, sizeof (char *), by_name);
  return found != NULL && a->present[found - a->names];
}

/* "is this a kitchen?", asked of the right answer and of one that is not shown; and which of the
 * two it is. */
static void
about_check (asking *a, guint t, const char *right)
{
  guint answers = 0, there = 0, other, check = pick (a, 100);
  g_autofree char *wrong = NULL, *truth = NULL, *choice = NULL;

  for (; vqa_topic_answer (t, answers) != NULL; answers++)
    if (strcmp (vqa_topic_answer (t, answers), right) == 0)
      there = answers;
  other = pick (a, answers);
  if (vqa_topic_checks (t) == 0 || vqa_topic_shown (t, other, shows, a)
      || strcmp (vqa_topic_answer (t, other), right) == 0)
    return;
  wrong = vqa_topic_check (t, other, check);
  truth = vqa_topic_check (t, there, check);
  choice = pick (a, 2) ? vqa_topic_choice (t, there, other, check)
                       : vqa_topic_choice (t, other, there, check);
  ask (a, "no", "%s", wrong);
  ask (a, "yes", "%s", truth);
  ask (a, right, "%s", choice);
}

static void
about_topics (asking *a)
{
  for (guint t = 0; t < vqa_topics (); t++)
    {
      const char *answer;
      if (vqa_topic_answers (t, shows, a, 1, &answer) != 1)
        continue;
      ask (a, answer, "%s", vqa_topic_question (t, pick (a, vqa_topic_phrasings (t))));
      about_check (a, t, answer);
    }
}

/* One thing alone can be called "this". */
static void
about_this (asking *a)
{
  guint there, other;
  g_autofree char *one = NULL, *two = NULL;

  if (a->n_present != 1 || !vqa_label_pick (a->table, a->present, 1, TRUE, &a->random, &there)
      || !vqa_label_pick (a->table, a->present, 1, FALSE, &a->random, &other))
    return;
  one = vqa_with_article (a->names[there]);
  two = vqa_with_article (a->names[other]);
  if (is_doubtful (a, other))
    return;
  ask (a, "yes", "is this %s?", one);
  ask (a, "no", "is this %s?", two);
}

GPtrArray *
vqa_label_questions (const vqa_label_table *t, const char *const *names, const guint8 *present,
                     guint seed)
{
  asking a = { .table = t,
               .names = names,
               .present = present,
               .maker = vqa_maker_new (VQA_MADE_CLASSES),
               .random = vqa_random_new (seed, 4, 0) };
  for (guint c = 0; c < t->n; c++)
    a.n_present += present[c] != 0;
  about_existence (&a);
  about_topics (&a);
  about_this (&a);
  return vqa_maker_finish (&a.maker);
}

GPtrArray *
vqa_kind_questions (const char *const *names, guint n, guint kind, guint seed)
{
  static const char *const what[] = { "what is this?", "what is in the picture?",
                                      "what does the picture show?", "what is shown here?" };
  asking a = { .maker = vqa_maker_new (VQA_MADE_FOLDERS), .random = vqa_random_new (seed, 5, 0) };
  g_autofree char *one = vqa_with_article (names[kind]);

  ask (&a, names[kind], "%s", what[pick (&a, G_N_ELEMENTS (what))]);
  ask (&a, "yes", pick (&a, 2) ? "is this %s?" : "is it %s?", one);
  if (n > 1)
    {
      guint other = (kind + 1 + pick (&a, n - 1)) % n;
      g_autofree char *two = vqa_with_article (names[other]);
      gboolean turned = pick (&a, 2);
      ask (&a, "no", pick (&a, 2) ? "is this %s?" : "is it %s?", two);
      ask (&a, names[kind], "is this %s or %s?", turned ? two : one, turned ? one : two);
    }
  return vqa_maker_finish (&a.maker);
}
