/* How far one gets with the questions about scenes without looking: by what is usual for a family,
 * for a form of question, and by a linear model of words and pairs of words. */
#include "vqa/data/scene_questions.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#define SCENES    5000
#define EACH      4
#define QUESTIONS (SCENES * EACH)
#define LEARNT    (QUESTIONS * 4 / 5)
#define ANSWERS   32
#define FEATURES  8192
#define PASSES    3
#define RATE      0.1f

typedef struct
{
  vqa_scene_family family;
  char *text, *form;
  guint answer;
} question;

static GPtrArray *answers; /* texts */

static guint
answer_number (const char *answer)
{
  guint i;

  for (i = 0; i < answers->len; i++)
    if (strcmp (answers->pdata[i], answer) == 0)
      return i;
  cr_assert_lt (i, ANSWERS);
  g_ptr_array_add (answers, (char *)answer);
  return i;
}

/* A program without its values: what is asked, how it is come by and what is told of it. */
static char *
form_of (const vqa_scene_program *program)
{
  g_autofree char *functions = vqa_scene_functions (program);
  GString *form = g_string_new (NULL);
  gboolean inside = FALSE;

  for (const char *p = functions; *p; p++)
    {
      if (*p == '=')
        inside = TRUE;
      else if (*p == ']')
        inside = FALSE;
      if (!inside)
        g_string_append_c (form, *p);
    }
  return g_string_free (form, FALSE);
}

static question *
make_questions (vqa_scene_mode mode)
{
  question *list = g_new (question, QUESTIONS);

  answers = g_ptr_array_new ();
  for (guint i = 0; i < SCENES; i++)
    {
      vqa_scene s;

      vqa_scene_make (&s, 1000, i, mode);
      for (guint k = 0; k < EACH; k++)
        {
          vqa_scene_question q;
          question *to = &list[i * EACH + k];

          vqa_scene_ask (&s, k, &q);
          to->family = q.family;
          to->text = q.text;
          to->form = form_of (&q.program);
          to->answer = answer_number (q.answer);
        }
    }
  return list;
}

static void
free_questions (question *list)
{
  for (guint i = 0; i < QUESTIONS; i++)
    {
      g_free (list[i].text);
      g_free (list[i].form);
    }
  g_free (list);
  g_ptr_array_unref (answers);
}

static guint
most_frequent (const guint *times)
{
  guint best = 0;

  for (guint a = 1; a < ANSWERS; a++)
    if (times[a] > times[best])
      best = a;
  return best;
}

/* Percent right, of all and by family, from how often each answer came. */
static double
score (const question *list, const guint *guesses, const char *name)
{
  double right[VQA_FAMILIES + 1] = { 0 };
  guint n[VQA_FAMILIES + 1] = { 0 };
  g_autoptr (GString) line = g_string_new (name);

  for (guint i = LEARNT; i < QUESTIONS; i++)
    {
      int f = list[i].family;

      right[f] += list[i].answer == guesses[i];
      right[VQA_FAMILIES] += list[i].answer == guesses[i];
      n[f]++;
      n[VQA_FAMILIES]++;
    }
  for (int f = 0; f <= VQA_FAMILIES; f++)
    g_string_append_printf (line, "  %s %.1f", f < VQA_FAMILIES ? vqa_scene_family_name (f) : "all",
                            100 * right[f] / n[f]);
  cr_log_info ("%s", line->str);
  for (int f = 0; f < VQA_FAMILIES; f++)
    cr_expect_lt (100 * right[f] / n[f], 58, "%s", line->str);
  return 100 * right[VQA_FAMILIES] / n[VQA_FAMILIES];
}

/* The usual answer for a key; for keys seldom met, the family's. */
static double
guess_by_key (const question *list, gboolean form)
{
  g_autoptr (GHashTable) by_key = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
  g_autofree guint *guesses = g_new0 (guint, QUESTIONS);
  guint usual[VQA_FAMILIES][ANSWERS + 1] = { { 0 } };

  for (guint i = 0; i < LEARNT; i++)
    {
      guint *times = g_hash_table_lookup (by_key, list[i].form);

      if (!times)
        g_hash_table_insert (by_key, list[i].form, times = g_new0 (guint, ANSWERS + 1));
      times[list[i].answer]++;
      times[ANSWERS]++;
      usual[list[i].family][list[i].answer]++;
    }
  for (guint i = LEARNT; i < QUESTIONS; i++)
    {
      const guint *times = form ? g_hash_table_lookup (by_key, list[i].form) : NULL;
      guesses[i] = most_frequent (times && times[ANSWERS] >= 12 ? times : usual[list[i].family]);
    }
  return score (list, guesses, form ? "usual for the form:" : "usual for the family:");
}

/* Hashed words and pairs of words of a text; how many. */
static guint
features_of (const char *text, guint *features)
{
  g_auto (GStrv) words = g_strsplit (text, " ", 60);
  guint n = 0;

  for (guint i = 0; words[i]; i++)
    {
      g_autofree char *pair = g_strconcat (words[i], " ", words[i + 1], NULL);
      features[n++] = g_str_hash (words[i]) % FEATURES;
      features[n++] = g_str_hash (pair) % FEATURES;
    }
  return n;
}

static void
scores_of (const float *weights, const guint *features, guint n, float *scores)
{
  memset (scores, 0, ANSWERS * sizeof *scores);
  for (guint k = 0; k < n; k++)
    for (guint a = 0; a < ANSWERS; a++)
      scores[a] += weights[features[k] * ANSWERS + a];
}

/* Softmax regression by stochastic gradient descent. */
static double
guess_by_words (const question *list)
{
  g_autofree float *weights = g_new0 (float, FEATURES *ANSWERS);
  g_autofree guint *guesses = g_new0 (guint, QUESTIONS);
  guint features[128];
  float scores[ANSWERS];

  for (guint step = 0; step < PASSES * LEARNT; step++)
    {
      const question *q = &list[step % LEARNT];
      guint n = features_of (q->text, features);
      float top = -INFINITY, sum = 0, rate = RATE * (1 - (float)step / (PASSES * LEARNT));

      scores_of (weights, features, n, scores);
      for (guint a = 0; a < answers->len; a++)
        top = fmaxf (top, scores[a]);
      for (guint a = 0; a < answers->len; a++)
        sum += scores[a] = expf (scores[a] - top);
      for (guint k = 0; k < n; k++)
        for (guint a = 0; a < answers->len; a++)
          weights[features[k] * ANSWERS + a]
              -= rate * (scores[a] / sum - (a == q->answer)) / sqrtf ((float)n);
    }
  for (guint i = LEARNT; i < QUESTIONS; i++)
    {
      guint n = features_of (list[i].text, features);

      scores_of (weights, features, n, scores);
      for (guint a = 1; a < answers->len; a++)
        if (scores[a] > scores[guesses[i]])
          guesses[i] = a;
    }
  return score (list, guesses, "words and pairs of words:");
}

static void
expect_balance (vqa_scene_mode mode)
{
  question *list = make_questions (mode);
  double family = guess_by_key (list, FALSE), form = guess_by_key (list, TRUE);
  double words = guess_by_words (list);

  /* Less would mean that the guesser does not work: half of yes and no can be guessed. */
  cr_expect (family > 25 && family < 45, "%g", family);
  cr_expect (form > 25 && form < 45, "%g", form);
  cr_expect (words > 28 && words < 47, "%g", words);
  free_questions (list);
}

Test (scene_blind, questions_alone_tell_little)
{
  expect_balance (VQA_SCENE_ALL);
}

Test (scene_blind, questions_alone_tell_little_of_half_the_pairs)
{
  expect_balance (VQA_SCENE_A);
}
