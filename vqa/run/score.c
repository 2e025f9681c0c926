#include "vqa/run/score.h"

#include "vqa/run/asker.h"

#include <math.h>
#include <string.h>

/* One question put to the network. */
typedef struct
{
  const vqa_example *human;    /* NULL: not a human question */
  const vqa_example *made;     /* from captions; NULL: an existence question */
  gboolean present;            /* its truth */
  const float *logits, *blind; /* (answers) */
} asked;

typedef void (*visit) (const vqa_asker *k, const asked *a, gpointer user);

typedef struct
{
  vqa_asker asker;
  visit visit;
  gpointer user;
} survey;

static void
ask (survey *k, const int32_t *words, asked *a)
{
  vqa_asker_ask (&k->asker, words);
  a->logits = k->asker.logits;
  a->blind = k->asker.blind;
  k->visit (&k->asker, a, k->user);
}

/* All human questions of a photo, three from its captions and up to three existence questions of
 * each truth. */
static void
ask_photo (survey *k, guint number, const vqa_cache *pictures)
{
  const vqa_examples *e = k->asker.examples;
  const vqa_photo *p = e->photos->pdata[number];
  vqa_random random = vqa_random_new (0, 77, number);

  if (p->examples->len == 0 && p->n_present == 0 && (p->made == NULL || p->made->len == 0))
    return;
  vqa_asker_look (&k->asker, pictures, number);
  for (guint i = 0; i < p->examples->len; i++)
    {
      asked a = { .human = p->examples->pdata[i] };
      ask (k, a.human->words, &a);
    }
  for (guint i = 0; p->made != NULL && i < MIN (p->made->len, 3); i++)
    {
      asked a = { .made = p->made->pdata[vqa_random_below (&random, p->made->len)] };
      ask (k, a.made->words, &a);
    }
  for (guint i = 0; i < 2 * MIN (p->n_present, 3); i++)
    {
      asked a = { .present = i % 2 == 0 };
      guint c, phrasing = vqa_random_below (&random, 1000);
      if (vqa_existence_pick (e, p, a.present, &random, &c))
        ask (k, vqa_existence_words (e, c, phrasing), &a);
    }
}

static gboolean
ask_split (const vqa_examples *e, vqa_graphs *g, const vqa_cache *pictures, vqa_split split,
           visit visitor, gpointer user, GError **error)
{
  survey k = { .visit = visitor, .user = user };
  gboolean open = vqa_asker_open (&k.asker, e, g, error);
  for (guint i = 0; open && i < e->split[split]->len; i++)
    ask_photo (&k, g_array_index (e->split[split], guint, i), pictures);
  vqa_asker_close (&k.asker);
  return open;
}

/* ---- scores ------------------------------------------------------------------------------ */

static void
score_one (const vqa_asker *k, const asked *a, gpointer user)
{
  vqa_scores *s = user;
  const vqa_examples *e = k->examples;
  int n = e->contents->spec.answers;
  int right = a->made != NULL ? a->made->targets[0].answer : a->present ? e->yes : e->no;
  int said = vqa_best (a->logits, n), guessed = vqa_best (a->blind, n);
  vqa_outcome o = { .right = said == right, .blind = guessed == right, .yes = NAN };
  const char *type;

  if (a->human == NULL)
    {
      vqa_tally_add (a->made != NULL ? &s->captions : &s->existence, &o);
      return;
    }
  type = a->human->source->answer_type;
  o.right = vqa_asker_accuracy (k, a->human->source, said);
  o.blind = vqa_asker_accuracy (k, a->human->source, guessed);
  o.sure = vqa_best_probability (a->logits, n, e->contents->temperature);
  vqa_tally_add (&s->human, &o);
  if (g_strcmp0 (type, "yes/no") == 0)
    {
      vqa_tally_add (&s->yes_no, &o);
      s->always_yes += vqa_accuracy ("yes", (const char *const *)a->human->source->answers);
    }
  else
    vqa_tally_add (g_strcmp0 (type, "number") == 0 ? &s->number : &s->other, &o);
}

gboolean
vqa_score (const vqa_examples *e, vqa_graphs *g, const vqa_cache *pictures, vqa_split split,
           vqa_scores *to, GError **error)
{
  memset (to, 0, sizeof *to);
  if (!ask_split (e, g, pictures, split, score_one, to, error))
    return FALSE;
  to->calibration_error = to->human.n > 0 ? vqa_tally_calibration (&to->human) / 100 : 0;
  return TRUE;
}

static void
add_tally (GString *text, const char *name, const vqa_tally *t)
{
  char right[G_ASCII_DTOSTR_BUF_SIZE], blind[G_ASCII_DTOSTR_BUF_SIZE];
  double n = MAX (t->n, 1);
  g_ascii_formatd (right, sizeof right, "%.1f", 100 * t->right / n);
  g_ascii_formatd (blind, sizeof blind, "%.1f", 100 * t->blind / n);
  g_string_append_printf (text, "\"%s\":{\"questions\":%u,\"accuracy\":%s,\"blind\":%s},", name,
                          t->n, right, blind);
}

char *
vqa_scores_json (const vqa_scores *s)
{
  GString *text = g_string_new ("{");
  char yes[G_ASCII_DTOSTR_BUF_SIZE], error[G_ASCII_DTOSTR_BUF_SIZE];

  add_tally (text, "human", &s->human);
  add_tally (text, "yes_no", &s->yes_no);
  add_tally (text, "number", &s->number);
  add_tally (text, "other", &s->other);
  add_tally (text, "existence", &s->existence);
  add_tally (text, "captions", &s->captions);
  g_ascii_formatd (yes, sizeof yes, "%.1f", 100 * s->always_yes / MAX (s->yes_no.n, 1));
  g_ascii_formatd (error, sizeof error, "%.1f", 100 * s->calibration_error);
  g_string_append_printf (text, "\"always_yes\":%s,\"calibration_error\":%s}", yes, error);
  return g_string_free (text, FALSE);
}

char *
vqa_scores_full_json (const vqa_scores *s, const vqa_report *r)
{
  g_autofree char *brief = vqa_scores_json (s), *tables = vqa_report_json (r);
  brief[strlen (brief) - 1] = '\0';
  return g_strconcat (brief, ",", tables, "}", NULL);
}

/* ---- calibration ------------------------------------------------------------------------- */

/* Logits and targets of the calibration questions. */
typedef struct
{
  GPtrArray *logits, *blind; /* of float (answers) */
  GArray *targets;           /* of vqa_target, all questions' */
  GArray *first; /* of guint: where each question's targets begin; one more at the end */
  GArray *human; /* of gboolean: each question's kind */
  guint n_human;
} sample;

static void
collect_one (const vqa_asker *k, const asked *a, gpointer user)
{
  sample *s = user;
  const vqa_examples *e = k->examples;
  gsize bytes = e->contents->spec.answers * sizeof (float);
  vqa_target t = { a->present ? e->yes : e->no, 1 };
  gboolean human = a->human != NULL;

  g_ptr_array_add (s->logits, g_memdup2 (a->logits, bytes));
  g_ptr_array_add (s->blind, g_memdup2 (a->blind, bytes));
  if (a->human != NULL || a->made != NULL)
    {
      const vqa_example *x = human ? a->human : a->made;
      g_array_append_vals (s->targets, x->targets, x->n_targets);
    }
  else
    g_array_append_val (s->targets, t);
  g_array_append_val (s->first, s->targets->len);
  g_array_append_val (s->human, human);
  s->n_human += human;
}

/* Human questions and made ones weigh the same, however many there are of each. */
static double
cross_entropy (const sample *s, const GPtrArray *logits, int n, double temperature)
{
  double total = 0;
  for (guint q = 0; q < logits->len; q++)
    {
      const float *x = logits->pdata[q];
      double top = x[vqa_best (x, n)], sum = 0;
      guint alike = g_array_index (s->human, gboolean, q) ? s->n_human : logits->len - s->n_human;
      for (int i = 0; i < n; i++)
        sum += exp ((x[i] - top) / temperature);
      for (guint t = g_array_index (s->first, guint, q); t < g_array_index (s->first, guint, q + 1);
           t++)
        {
          const vqa_target *target = &g_array_index (s->targets, vqa_target, t);
          total -= target->weight / alike * ((x[target->answer] - top) / temperature - log (sum));
        }
    }
  return total;
}

/* Golden-section search over the logarithm of the temperature. */
static double
fit_temperature (const sample *s, const GPtrArray *logits, int n)
{
  const double ratio = 0.6180339887498949;
  double low = log (0.25), high = log (8);
  while (high - low > 0.002)
    {
      double a = high - ratio * (high - low), b = low + ratio * (high - low);
      if (cross_entropy (s, logits, n, exp (a)) < cross_entropy (s, logits, n, exp (b)))
        high = b;
      else
        low = a;
    }
  return exp ((low + high) / 2);
}

gboolean
vqa_calibrate (vqa_examples *e, vqa_graphs *g, const vqa_cache *pictures, GError **error)
{
  int n = e->contents->spec.answers;
  guint zero = 0;
  sample s = { .logits = g_ptr_array_new_with_free_func (g_free),
               .blind = g_ptr_array_new_with_free_func (g_free),
               .targets = g_array_new (FALSE, FALSE, sizeof (vqa_target)),
               .first = g_array_new (FALSE, FALSE, sizeof (guint)),
               .human = g_array_new (FALSE, FALSE, sizeof (gboolean)) };
  gboolean ok;

  g_array_append_val (s.first, zero);
  ok = ask_split (e, g, pictures, VQA_SPLIT_CALIBRATION, collect_one, &s, error);
  if (ok && s.logits->len > 0)
    {
      e->contents->temperature = fit_temperature (&s, s.logits, n);
      e->contents->blind_temperature = fit_temperature (&s, s.blind, n);
    }
  g_ptr_array_unref (s.logits);
  g_ptr_array_unref (s.blind);
  g_array_unref (s.targets);
  g_array_unref (s.first);
  g_array_unref (s.human);
  return ok;
}
