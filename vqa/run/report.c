/* What a model's card tells: every question of a split, by source and kind. */
#include "vqa/data/existence.h"
#include "vqa/data/kinds.h"
#include "vqa/data/topics.h"
#include "vqa/run/asker.h"
#include "vqa/run/score.h"

#include <math.h>
#include <string.h>

typedef struct
{
  vqa_asker asker;
  const vqa_examples *examples;
  GHashTable *positions; /* answer -> position + 1 */
  GHashTable *seen;      /* texts of questions about pictures outside the split */
  GHashTable *several;   /* sources whose questions have several types of answer */
  vqa_report *report;
} reporter;

/* A question's words as one key. */
static char *
key_of (const char *text)
{
  g_auto (GStrv) words = vqa_question_words (text);
  return g_strjoinv (" ", words);
}

/* ---- before asking ----------------------------------------------------------------------- */

static const char *
source_of (const vqa_question *q)
{
  return q->source != NULL ? q->source : "questions";
}

/* Notes which texts are known from other pictures. Training may have left questions out of its
 * examples, so the sets are asked. */
static void
note_texts (reporter *r, vqa_split split)
{
  g_autoptr (GHashTable) inside = g_hash_table_new (g_str_hash, g_str_equal);
  const vqa_examples *e = r->examples;

  for (guint i = 0; i < e->split[split]->len; i++)
    {
      const vqa_photo *p = e->photos->pdata[g_array_index (e->split[split], guint, i)];
      if (p->path != NULL)
        g_hash_table_add (inside, p->path);
    }
  for (guint s = 0; s < e->sets->len; s++)
    {
      vqa_set *set = e->sets->pdata[s];
      for (guint i = 0; i < set->questions->len; i++)
        {
          const vqa_question *q = set->questions->pdata[i];
          const char *path = vqa_set_picture (set, q->image_id);
          if (path != NULL && !g_hash_table_contains (inside, path))
            g_hash_table_add (r->seen, key_of (q->text));
        }
    }
}

static void
note_types (reporter *r)
{
  g_autoptr (GHashTable) first = g_hash_table_new (g_str_hash, g_str_equal);
  const vqa_examples *e = r->examples;

  for (guint s = 0; s < e->sets->len; s++)
    {
      const vqa_set *set = e->sets->pdata[s];
      for (guint i = 0; i < set->questions->len; i++)
        {
          const vqa_question *q = set->questions->pdata[i];
          const char *type = q->answer_type != NULL ? q->answer_type : "";
          const char *known = g_hash_table_lookup (first, source_of (q));
          if (known == NULL)
            g_hash_table_insert (first, (gpointer)source_of (q), (gpointer)type);
          else if (strcmp (known, type) != 0)
            g_hash_table_add (r->several, (gpointer)source_of (q));
        }
    }
}

/* ---- asking ------------------------------------------------------------------------------ */

static int
answers (const reporter *r)
{
  return r->examples->contents->spec.answers;
}

/* Asks, and tells what was said: positions of the answer and the blind answer, and how sure. */
static void
ask (reporter *r, const int32_t *words, int *said, int *guessed, double *sure)
{
  int n = answers (r);
  vqa_asker_ask (&r->asker, words);
  *said = vqa_best (r->asker.logits, n);
  *guessed = vqa_best (r->asker.blind, n);
  *sure = vqa_best_probability (r->asker.logits, n, r->examples->contents->temperature);
}

static void
ask_human (reporter *r, const vqa_example *x)
{
  const vqa_question *q = x->source;
  gboolean yes_no = g_strcmp0 (q->answer_type, "yes/no") == 0;
  g_autofree char *key = key_of (q->text);
  int said, guessed;
  vqa_outcome o = { .source = source_of (q),
                    .kind = q->kind != NULL ? q->kind : vqa_kind_name (vqa_question_kind (q->text)),
                    .people = !vqa_source_is_made (q->source) };

  if (q->answers == NULL || q->answers[0] == NULL)
    return;
  ask (r, x->words, &said, &guessed, &o.sure);
  o.right = vqa_asker_accuracy (&r->asker, q, said);
  o.blind = vqa_asker_accuracy (&r->asker, q, guessed);
  o.yes = yes_no ? vqa_accuracy ("yes", (const char *const *)q->answers) : NAN;
  if (q->answer_type != NULL && g_hash_table_contains (r->several, o.source))
    o.part = q->answer_type;
  vqa_report_add (r->report, &o);
  o.part = "yes/no, unseen texts";
  if (yes_no && !g_hash_table_contains (r->seen, key))
    vqa_report_add_part (r->report, &o);
}

static void
ask_made (reporter *r, const vqa_made *m)
{
  const vqa_contents *c = r->examples->contents;
  g_autofree int32_t *words = g_new0 (int32_t, c->spec.max_words);
  gboolean yes = strcmp (m->answer, "yes") == 0, no = strcmp (m->answer, "no") == 0;
  int right = GPOINTER_TO_INT (g_hash_table_lookup (r->positions, m->answer)) - 1;
  int said, guessed;
  vqa_outcome o = { .source = m->source, .kind = vqa_kind_name (vqa_question_kind (m->question)) };

  vqa_net_words (c->index, m->question, c->spec.max_words, words, NULL);
  ask (r, words, &said, &guessed, &o.sure);
  o.right = said == right;
  o.blind = guessed == right;
  o.yes = yes ? 1 : no ? 0 : NAN;
  vqa_report_add (r->report, &o);
}

static void
ask_topic (reporter *r, const vqa_topic_fit *fit, vqa_random *random)
{
  const vqa_examples *e = r->examples;
  int T = e->contents->spec.max_words, said, guessed;
  guint phrasing = vqa_random_below (random, vqa_topic_phrasings (fit->topic));
  const int32_t *words = e->topic_words->pdata[fit->topic];
  const char *question = vqa_topic_question (fit->topic, phrasing);
  gboolean verdict = fit->answer[0] == e->yes || fit->answer[0] == e->no;
  vqa_outcome o = { .source = verdict ? "checks" : "topics",
                    .kind = vqa_kind_name (vqa_question_kind (question)),
                    .yes = verdict ? fit->answer[0] == e->yes : NAN };

  ask (r, words + (gsize)phrasing * T, &said, &guessed, &o.sure);
  for (guint i = 0; i < fit->n_answers; i++)
    {
      o.right = MAX (o.right, said == fit->answer[i]);
      o.blind = MAX (o.blind, guessed == fit->answer[i]);
    }
  vqa_report_add (r->report, &o);
}

/* Asks whether the n-th answer of a topic is right, in one of the topic's ways. */
static void
ask_check (reporter *r, const vqa_topic_fit *fit, guint n, gboolean truth, vqa_random *random)
{
  const vqa_examples *e = r->examples;
  guint check = vqa_random_below (random, vqa_topic_checks (fit->topic));
  g_autofree int32_t *words = g_new (int32_t, e->contents->spec.max_words);
  g_autofree char *question = vqa_topic_check (fit->topic, n, check);
  int right = truth ? e->yes : e->no, said, guessed;
  vqa_outcome o
      = { .source = "checks", .kind = vqa_kind_name (vqa_question_kind (question)), .yes = truth };

  vqa_net_words (e->contents->index, question, e->contents->spec.max_words, words, NULL);
  ask (r, words, &said, &guessed, &o.sure);
  o.right = said == right;
  o.blind = guessed == right;
  vqa_report_add (r->report, &o);
}

/* "is this a kitchen?" of the right answer and of a wrong one. */
static void
ask_checks (reporter *r, const vqa_topic_fit *fit, vqa_random *random)
{
  guint wrong = 0, k, n;

  for (n = 0; n < 64; n++)
    wrong += fit->wrong >> n & 1;
  if (vqa_topic_checks (fit->topic) == 0 || fit->right < 0 || wrong == 0)
    return;
  k = vqa_random_below (random, wrong);
  for (n = 0; (fit->wrong >> n & 1) == 0 || k > 0; n++)
    k -= fit->wrong >> n & 1;
  ask_check (r, fit, (guint)fit->right, TRUE, random);
  ask_check (r, fit, n, FALSE, random);
}

/* ---- existence --------------------------------------------------------------------------- */

/* part NULL: counted in the source as a whole. */
static void
ask_class (reporter *r, guint class_index, gboolean present, const char *part, vqa_random *random)
{
  const vqa_examples *e = r->examples;
  guint phrasing = vqa_random_below (random, 1000);
  int truth = present ? e->yes : e->no, said, guessed;
  vqa_outcome o = {
    .source = "existence", .part = part, .kind = vqa_kind_name (VQA_KIND_EXISTENCE), .yes = present
  };

  ask (r, vqa_existence_words (e, class_index, phrasing), &said, &guessed, &o.sure);
  o.right = said == truth;
  o.blind = guessed == truth;
  if (part != NULL)
    vqa_report_add_part (r->report, &o);
  else
    vqa_report_add (r->report, &o);
}

/* How much an absent class lures in one setting of POPE. */
static double
lure (const reporter *r, const vqa_photo *p, guint class_index, guint setting, vqa_random *random)
{
  const vqa_label_table *t = r->examples->labels;
  double sum = 0;

  if (setting == 0)
    return vqa_random_unit (random);
  if (setting == 1)
    return t->often[class_index];
  for (guint c = 0; c < t->n; c++)
    if (p->present[c] && t->often[c] > 0)
      sum += t->together[(gsize)c * t->n + class_index] / t->often[c];
  return sum;
}

/* Asks for the `count` classes with the largest lure of those that are (present) or are not there.
 */
static void
ask_largest (reporter *r, const vqa_photo *p, gboolean present, guint setting, guint count,
             const char *part, vqa_random *random)
{
  guint n = r->examples->classes->len;
  g_autofree double *value = g_new (double, n + 1);

  for (guint c = 0; c < n; c++)
    value[c] = (p->present[c] != 0) == present ? lure (r, p, c, setting, random) : -1;
  for (guint i = 0; i < count; i++)
    {
      guint best = 0;
      for (guint c = 1; c < n; c++)
        if (value[c] > value[best])
          best = c;
      ask_class (r, best, present, part, random);
      value[best] = -1;
    }
}

#define THINGS 3 /* of each truth */

static void
ask_existence (reporter *r, const vqa_photo *p, guint number)
{
  static const char *const settings[] = { "random", "popular", "adversarial" };
  const vqa_examples *e = r->examples;
  guint absent = e->classes->len - p->n_present;
  guint count = MIN (MIN (p->n_present, absent), THINGS);
  vqa_random random = vqa_random_new (0, 77, number);

  for (guint i = 0; i < 2 * MIN (p->n_present, THINGS); i++)
    {
      guint c;
      if (vqa_existence_pick (e, p, i % 2 == 0, &random, &c))
        ask_class (r, c, i % 2 == 0, NULL, &random);
    }
  for (guint s = 0; s < G_N_ELEMENTS (settings); s++)
    {
      vqa_random same = vqa_random_new (0, 78, number);
      ask_largest (r, p, TRUE, 0, count, settings[s], &same);
      ask_largest (r, p, FALSE, s, count, settings[s], &same);
    }
}

/* ---- the whole of it --------------------------------------------------------------------- */

static void
ask_photo (reporter *r, guint number, const vqa_cache *pictures)
{
  const vqa_examples *e = r->examples;
  const vqa_photo *p = e->photos->pdata[number];
  vqa_random random = vqa_random_new (0, 79, number);

  if (p->examples->len == 0 && p->n_present == 0 && (p->texts == NULL || p->texts->len == 0))
    return;
  vqa_asker_look (&r->asker, pictures, number);
  for (guint i = 0; i < p->examples->len; i++)
    ask_human (r, p->examples->pdata[i]);
  if (p->n_present > 0 && e->yes >= 0 && e->no >= 0)
    ask_existence (r, p, number);
  for (guint i = 0; i < p->topics->len; i++)
    {
      const vqa_topic_fit *fit = &g_array_index (p->topics, vqa_topic_fit, i);
      ask_topic (r, fit, &random);
      if (e->yes >= 0 && e->no >= 0)
        ask_checks (r, fit, &random);
    }
  for (guint i = 0; p->texts != NULL && i < p->texts->len; i++)
    ask_made (r, p->texts->pdata[i]);
}

gboolean
vqa_score_report (const vqa_examples *e, vqa_graphs *g, const vqa_cache *pictures, vqa_split split,
                  vqa_report *to, GError **error)
{
  g_autoptr (GHashTable) positions = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) several = g_hash_table_new (g_str_hash, g_str_equal);
  reporter r
      = { .examples = e, .positions = positions, .seen = seen, .several = several, .report = to };
  gboolean open = vqa_asker_open (&r.asker, e, g, error);

  for (guint i = 0; i < e->contents->answers->len; i++)
    g_hash_table_insert (positions, e->contents->answers->pdata[i], GUINT_TO_POINTER (i + 1));
  note_texts (&r, split);
  note_types (&r);
  for (guint i = 0; open && i < e->split[split]->len; i++)
    ask_photo (&r, g_array_index (e->split[split], guint, i), pictures);
  vqa_asker_close (&r.asker);
  return open;
}
