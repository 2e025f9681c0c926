/* How much each word of a question mattered: it is asked again without the word. */
#include "vqa/model/model-private.h"

#include <math.h>

/* A change is shown in full colour from this share of the map's strongest value. */
#define SMALL 0.25f

/* Asks a question that was checked without some words; returns the logits. */
static const float *
ask (vqa_model *m, const float *map, const char *question, const gboolean *out)
{
  g_autofree float *heard = g_new (float, m->contents->spec.hidden);
  vqa_lab_ask (m, question, out, heard);
  vqa_lab_run (m, map, heard, NULL, 0);
  return vqa_lab_logits (m);
}

/* The word at `at` of the question, when the other words are kept. */
static void
weigh (vqa_model *m, const float *map, const char *question, gboolean *out, guint at, int position,
       double whole, vqa_word_weight *word)
{
  const float *logits;
  int best;

  out[at] = word->known;
  logits = ask (m, map, question, out);
  out[at] = FALSE;
  best = vqa_lab_position (m, NULL, logits, NULL);
  word->drop = word->known ? whole - vqa_lab_probability (m, logits, position) : 0;
  word->answer = g_strdup (m->contents->answers->pdata[best]);
}

vqa_word_weights *
vqa_model_words (vqa_model *m, const guint8 *square, const char *hash, const char *question,
                 const char *answer, GError **error)
{
  g_autofree char *text = vqa_question_check (question, -1, error);
  g_auto (GStrv) words = NULL;
  g_autofree gboolean *out = NULL;
  g_autofree float *map = NULL;
  const float *logits;
  vqa_word_weights *w;
  int position;

  if (text == NULL || !vqa_lab_open (m, error))
    return NULL;
  map = vqa_lab_look (m, square, hash);
  logits = ask (m, map, text, NULL);
  position = vqa_lab_position (m, answer, logits, error);
  if (position < 0)
    return NULL;
  words = vqa_question_words (text);
  w = g_new0 (vqa_word_weights, 1);
  w->answer = g_strdup (m->contents->answers->pdata[position]);
  w->probability = vqa_lab_probability (m, logits, position);
  w->n = g_strv_length (words);
  w->words = g_new0 (vqa_word_weight, w->n);
  out = g_new0 (gboolean, w->n);
  for (guint i = 0; i < w->n; i++)
    {
      w->words[i].word = g_strdup (words[i]);
      w->words[i].known = g_hash_table_contains (m->contents->index, words[i]);
      weigh (m, map, text, out, i, position, w->probability, &w->words[i]);
    }
  return w;
}

void
vqa_word_weights_free (vqa_word_weights *w)
{
  if (w == NULL)
    return;
  for (guint i = 0; i < w->n; i++)
    {
      g_free (w->words[i].word);
      g_free (w->words[i].answer);
    }
  g_free (w->words);
  g_free (w->answer);
  g_free (w);
}

vqa_map *
vqa_model_word_change (vqa_model *m, const guint8 *square, const char *hash, const char *question,
                       const vqa_map_options *options, GCancellable *cancellable, GError **error)
{
  vqa_map_options part = *options;
  g_autoptr (vqa_map) change = NULL, less = NULL;
  float strongest = 0, largest = 0;
  int cells;

  part.without = 0;
  change = vqa_model_map (m, square, hash, question, &part, cancellable, error);
  if (change == NULL)
    return NULL;
  part.without = options->without;
  part.answer = change->answer;
  less = vqa_model_map (m, square, hash, question, &part, cancellable, error);
  if (less == NULL)
    return NULL;
  cells = change->values.width * change->values.height;
  for (int i = 0; i < cells; i++)
    {
      float with = change->values.cells[i], without = less->values.cells[i];
      strongest = MAX (strongest, MAX (fabsf (with), fabsf (without)));
      change->values.cells[i] = with - without;
      largest = MAX (largest, fabsf (with - without));
    }
  /* A change that is small beside what the map shows is to look small. */
  largest = MAX (largest, strongest * SMALL);
  for (int i = 0; i < cells; i++)
    change->shown.cells[i] = largest > 0 ? change->values.cells[i] / largest : 0;
  return g_steal_pointer (&change);
}
