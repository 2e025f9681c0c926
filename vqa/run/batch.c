/* Batches of examples, a function of (seed, stage, step). */
#include "vqa/run/examples.h"

#include "vqa/data/existence.h"
#include "vqa/data/topics.h"

#include <string.h>

/* ---- existence questions ----------------------------------------------------------------- */

const int32_t *
vqa_existence_words (const vqa_examples *e, guint class_index, guint phrasing)
{
  guint phrasings = vqa_existence_phrasings ();
  return e->existence
         + ((gsize)class_index * phrasings + phrasing % phrasings) * e->contents->spec.max_words;
}

gboolean
vqa_existence_pick (const vqa_examples *e, const vqa_photo *p, gboolean present, vqa_random *random,
                    guint *class_index)
{
  return p->present != NULL
         && vqa_label_pick (e->labels, p->present, p->n_present, present, random, class_index);
}

/* ---- batches ----------------------------------------------------------------------------- */

vqa_batch *
vqa_batch_new (const vqa_examples *e, int pictures, int questions)
{
  vqa_batch *b = g_new0 (vqa_batch, 1);
  gsize rows = (gsize)pictures * questions;
  b->pictures = pictures;
  b->questions = questions;
  b->photo = g_new0 (guint, pictures);
  b->flip = g_new0 (gboolean, pictures);
  b->words = g_new0 (int32_t, rows * e->contents->spec.max_words);
  b->targets = g_new0 (float, rows * e->contents->spec.answers);
  return b;
}

void
vqa_batch_free (vqa_batch *b)
{
  if (b == NULL)
    return;
  g_free (b->photo);
  g_free (b->flip);
  g_free (b->words);
  g_free (b->targets);
  g_free (b);
}

guint64
vqa_batches_per_pass (const vqa_examples *e, int pictures)
{
  return MAX (e->split[VQA_SPLIT_TRAIN]->len / pictures, 1);
}

/* Share of the made questions that are about a topic, where one fits. */
#define TOPIC_SHARE 0.35

static gboolean
fill_topic (const vqa_examples *e, const vqa_photo *p, vqa_random *random, int32_t *words,
            float *targets)
{
  int T = e->contents->spec.max_words;
  const vqa_topic_fit *fit;
  guint phrasing;

  if (p->topics->len == 0 || vqa_random_unit (random) > TOPIC_SHARE)
    return FALSE;
  fit = &g_array_index (p->topics, vqa_topic_fit, vqa_random_below (random, p->topics->len));
  phrasing = vqa_random_below (random, vqa_topic_phrasings (fit->topic));
  memcpy (words, (int32_t *)e->topic_words->pdata[fit->topic] + (gsize)phrasing * T,
          T * sizeof *words);
  for (guint i = 0; i < fit->n_answers; i++)
    targets[fit->answer[i]] = 1.0f / (float)fit->n_answers;
  return TRUE;
}

/* Share of the made questions that come from captions, where there are some; all without classes.
 */
#define CAPTION_SHARE 0.6

static gboolean
fill_made (const vqa_photo *p, vqa_random *random, int T, int32_t *words, float *targets,
           gboolean *sided)
{
  const vqa_example *x;

  if (p->made == NULL || p->made->len == 0
      || (p->present != NULL && vqa_random_unit (random) > CAPTION_SHARE))
    return FALSE;
  x = p->made->pdata[vqa_random_below (random, p->made->len)];
  memcpy (words, x->words, T * sizeof *words);
  targets[x->targets[0].answer] = x->targets[0].weight;
  *sided = *sided || x->sided;
  return TRUE;
}

/* Leaves a word out now and then, so that a question is not known by heart. */
static void
drop_words (int32_t *words, int T, double share, vqa_random *random)
{
  int kept = 0;
  for (int i = 0; i < T && words[i] != 0; i++)
    if (vqa_random_unit (random) >= share)
      words[kept++] = words[i];
  memset (words + kept, 0, (T - kept) * sizeof *words);
}

static void
fill_picture (const vqa_examples *e, vqa_batch *b, int picture, vqa_random *random)
{
  const vqa_photo *p = e->photos->pdata[b->photo[picture]];
  int T = e->contents->spec.max_words, A = e->contents->spec.answers;
  g_autofree guint *order = g_new0 (guint, p->examples->len + 1);
  gboolean sided = FALSE, present = vqa_random_below (random, 2);
  gboolean others = p->present != NULL || (p->made != NULL && p->made->len > 0);
  int human = MIN ((int)p->examples->len, others ? (b->questions + 1) / 2 : b->questions);

  for (guint i = 0; i < p->examples->len; i++)
    order[i] = i;
  vqa_random_shuffle (random, order, p->examples->len);
  for (int k = 0; k < b->questions; k++)
    {
      gsize row = (gsize)picture * b->questions + k;
      float *targets = b->targets + row * A;
      guint c;
      memset (targets, 0, A * sizeof *targets);
      memset (b->words + row * T, 0, T * sizeof (int32_t));
      if (k < human)
        {
          const vqa_example *x = p->examples->pdata[order[k]];
          memcpy (b->words + row * T, x->words, T * sizeof (int32_t));
          for (guint i = 0; i < x->n_targets; i++)
            targets[x->targets[i].answer] = x->targets[i].weight;
          drop_words (b->words + row * T, T, e->recipe->word_dropout, random);
          sided = sided || x->sided;
        }
      else if (fill_made (p, random, T, b->words + row * T, targets, &sided))
        continue;
      else if (fill_topic (e, p, random, b->words + row * T, targets))
        continue;
      else if (vqa_existence_pick (e, p, present, random, &c))
        {
          guint phrasing = vqa_random_below (random, vqa_existence_phrasings ());
          memcpy (b->words + row * T, vqa_existence_words (e, c, phrasing), T * sizeof (int32_t));
          targets[present ? e->yes : e->no] = 1;
          present = !present;
        }
    }
  b->flip[picture] = vqa_random_below (random, 2) && !sided;
}

void
vqa_batch_fill (const vqa_examples *e, vqa_batch *b, guint stage, guint64 step)
{
  const GArray *train = e->split[VQA_SPLIT_TRAIN];
  guint64 per_pass = vqa_batches_per_pass (e, b->pictures);
  guint64 pass = step / per_pass, first = step % per_pass * b->pictures;
  g_autofree guint *order = g_memdup2 (train->data, train->len * sizeof (guint));
  vqa_random random = vqa_random_new (e->recipe->seed, 2 * stage, pass);

  vqa_random_shuffle (&random, order, train->len);
  random = vqa_random_new (e->recipe->seed, 2 * stage + 1, step);
  for (int i = 0; i < b->pictures; i++)
    {
      b->photo[i] = order[(first + i) % train->len];
      fill_picture (e, b, i, &random);
    }
}
