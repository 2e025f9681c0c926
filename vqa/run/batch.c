/* Batches of examples, a function of (seed, stage, step). */
#include "vqa/run/examples.h"

#include "vqa/data/existence.h"
#include "vqa/data/topics.h"
#include "vqa/run/scenes.h"

#include <math.h>
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

/* ---- mixes ---------------------------------------------------------------------------------- */

const vqa_mix vqa_mix_all = { .human = 0.5, .made = 0.35, .topics = 0.5, .lures = 0.25 };
const vqa_mix vqa_mix_people = { .human = 0.75, .made = 0.3, .topics = 0.5, .lures = 0.4 };

/* ---- batches ----------------------------------------------------------------------------- */

vqa_batch *
vqa_batch_new (const vqa_examples *e, int pictures, int questions)
{
  vqa_batch *b = g_new0 (vqa_batch, 1);
  gsize rows = (gsize)pictures * questions;
  b->pictures = pictures;
  b->questions = questions;
  b->mix = vqa_mix_all;
  b->photo = g_new0 (guint, pictures);
  b->flip = g_new0 (gboolean, pictures);
  b->scenes = e->recipe->scenes != NULL ? g_new0 (vqa_scene, pictures) : NULL;
  b->traces = e->recipe->scenes != NULL ? g_new0 (vqa_scene_trace, rows + 1) : NULL;
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
  g_free (b->scenes);
  g_free (b->traces);
  g_free (b->words);
  g_free (b->targets);
  g_free (b);
}

guint64
vqa_batches_per_pass (const GArray *photos, int pictures)
{
  return MAX (photos->len / pictures, 1);
}

/* Shares of the questions about a topic that ask whether one of its answers is right, and which of
 * two. */
#define CHECK_SHARE  0.3
#define CHOICE_SHARE 0.15

/* The position of the k-th bit that is set. */
static guint
nth_bit (guint64 bits, guint k)
{
  guint n = 0;
  for (; (bits >> n & 1) == 0 || k > 0; n++)
    k -= bits >> n & 1;
  return n;
}

/* "is this a kitchen?", as often with a wrong answer of the topic as with the right one; or "is
 * this a kitchen or a bedroom?". */
static gboolean
fill_check (const vqa_examples *e, const vqa_topic_fit *fit, vqa_random *random, int32_t *words,
            float *targets)
{
  guint checks = vqa_topic_checks (fit->topic), right = (guint)fit->right, wrong = 0, check;
  double what = vqa_random_unit (random);
  gboolean turned = vqa_random_below (random, 2);
  g_autofree char *text = NULL;

  if (checks == 0 || fit->right < 0 || fit->wrong == 0 || what > CHECK_SHARE + CHOICE_SHARE)
    return FALSE;
  for (guint n = 0; n < 64; n++)
    wrong += fit->wrong >> n & 1;
  wrong = nth_bit (fit->wrong, vqa_random_below (random, wrong));
  check = vqa_random_below (random, checks);
  if (what < CHOICE_SHARE)
    text = vqa_topic_choice (fit->topic, turned ? wrong : right, turned ? right : wrong, check);
  else
    text = vqa_topic_check (fit->topic, turned ? wrong : right, check);
  vqa_net_words (e->contents->index, text, e->contents->spec.max_words, words, NULL);
  targets[what < CHOICE_SHARE ? fit->answer[0] : turned ? e->no : e->yes] = 1;
  return TRUE;
}

/* Of those answered yes or no, the share that is put back for another: they are easy to make. */
#define YES_NO_AGAIN 0.5

static gboolean
fill_topic (const vqa_examples *e, const vqa_mix *mix, const vqa_photo *p, vqa_random *random,
            int32_t *words, float *targets)
{
  int T = e->contents->spec.max_words;
  const vqa_topic_fit *fit;
  guint phrasing;

  if (p->topics->len == 0 || vqa_random_unit (random) > mix->topics)
    return FALSE;
  fit = &g_array_index (p->topics, vqa_topic_fit, vqa_random_below (random, p->topics->len));
  if (vqa_topic_agrees (fit->topic) && vqa_random_unit (random) < YES_NO_AGAIN)
    fit = &g_array_index (p->topics, vqa_topic_fit, vqa_random_below (random, p->topics->len));
  if (fill_check (e, fit, random, words, targets))
    return TRUE;
  phrasing = vqa_random_below (random, vqa_topic_phrasings (fit->topic));
  memcpy (words, (int32_t *)e->topic_words->pdata[fit->topic] + (gsize)phrasing * T,
          T * sizeof *words);
  for (guint i = 0; i < fit->n_answers; i++)
    targets[fit->answer[i]] = 1.0f / (float)fit->n_answers;
  return TRUE;
}

static gboolean
fill_made (const vqa_examples *e, const vqa_mix *mix, const vqa_photo *p, vqa_random *random,
           int32_t *words, float *targets, gboolean *sided)
{
  const vqa_example *x;

  if (p->made == NULL || p->made->len == 0
      || (p->present != NULL && vqa_random_unit (random) > mix->made))
    return FALSE;
  x = p->made->pdata[vqa_random_below (random, p->made->len)];
  if ((x->targets[0].answer == e->yes || x->targets[0].answer == e->no)
      && vqa_random_unit (random) < YES_NO_AGAIN)
    x = p->made->pdata[vqa_random_below (random, p->made->len)];
  memcpy (words, x->words, e->contents->spec.max_words * sizeof *words);
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

/* Where a human question goes. */
static void
put_example (const vqa_examples *e, const vqa_example *x, vqa_random *random, int32_t *words,
             float *targets)
{
  int T = e->contents->spec.max_words;
  memcpy (words, x->words, T * sizeof *words);
  for (guint i = 0; i < x->n_targets; i++)
    targets[x->targets[i].answer] = x->targets[i].weight;
  drop_words (words, T, e->recipe->word_dropout, random);
}

static gboolean
pick_thing (const vqa_examples *e, const vqa_mix *mix, const vqa_photo *p, gboolean present,
            vqa_random *random, guint *c)
{
  /* Without lures no number is drawn, so that such a mix asks what it always asked. */
  if (!present && mix->lures > 0 && p->present != NULL && vqa_random_unit (random) < mix->lures
      && vqa_label_lure (e->labels, p->present, random, c))
    return TRUE;
  return vqa_existence_pick (e, p, present, random, c);
}

/* A made question about a photo; `present` alternates between existence questions. */
static void
put_made (const vqa_examples *e, const vqa_mix *mix, const vqa_photo *p, vqa_random *random,
          gboolean *present, int32_t *words, float *targets, gboolean *sided)
{
  int T = e->contents->spec.max_words;
  guint c;

  if (fill_made (e, mix, p, random, words, targets, sided)
      || fill_topic (e, mix, p, random, words, targets))
    return;
  if (pick_thing (e, mix, p, *present, random, &c))
    {
      guint phrasing = vqa_random_below (random, vqa_existence_phrasings ());
      memcpy (words, vqa_existence_words (e, c, phrasing), T * sizeof (int32_t));
      targets[*present ? e->yes : e->no] = 1;
      *present = !*present;
    }
}

/* first: a human question that must be among them; NULL: none. */
static void
fill_picture (const vqa_examples *e, vqa_batch *b, int picture, const vqa_example *first,
              vqa_random *random)
{
  const vqa_photo *p = e->photos->pdata[b->photo[picture]];
  int T = e->contents->spec.max_words, A = e->contents->spec.answers;
  g_autofree guint *order = g_new0 (guint, p->examples->len + 1);
  gboolean sided = FALSE, present = vqa_random_below (random, 2);
  gboolean others = p->present != NULL || (p->made != NULL && p->made->len > 0);
  int human = MIN ((int)p->examples->len,
                   others ? (int)ceil (b->mix.human * b->questions) : b->questions);

  for (guint i = 0; i < p->examples->len; i++)
    order[i] = i;
  vqa_random_shuffle (random, order, p->examples->len);
  for (guint i = 1; first != NULL && i < p->examples->len; i++)
    if (p->examples->pdata[order[i]] == first)
      {
        guint k = order[i];
        order[i] = order[0];
        order[0] = k;
      }
  for (int k = 0; k < b->questions; k++)
    {
      gsize row = (gsize)picture * b->questions + k;
      int32_t *words = b->words + row * T;
      float *targets = b->targets + row * A;
      memset (targets, 0, A * sizeof *targets);
      memset (words, 0, T * sizeof *words);
      if (k < human)
        {
          const vqa_example *x = p->examples->pdata[order[k]];
          put_example (e, x, random, words, targets);
          sided = sided || x->sided;
        }
      else
        put_made (e, &b->mix, p, random, &present, words, targets, &sided);
    }
  b->flip[picture] = vqa_random_below (random, 2) && !sided;
}

/* Share of the photographs with a question that has an opposite after which that one comes. */
#define PAIR_SHARE 0.6

/* A question about the photo that another one answers the other way; NULL when there is none. */
static const vqa_example *
choose_opposite (const vqa_photo *p, vqa_random *random, const vqa_example **asked)
{
  guint start = vqa_random_below (random, MAX (p->examples->len, 1));

  if (vqa_random_unit (random) > PAIR_SHARE)
    return NULL;
  for (guint i = 0; i < p->examples->len; i++)
    {
      const vqa_example *x = p->examples->pdata[(start + i) % p->examples->len];
      if (x->opposite == NULL)
        continue;
      *asked = x;
      return x->opposite->pdata[vqa_random_below (random, x->opposite->len)];
    }
  return NULL;
}

void
vqa_batch_fill (const vqa_examples *e, const GArray *photos, vqa_batch *b, guint stage,
                guint64 step)
{
  guint64 per_pass = vqa_batches_per_pass (photos, b->pictures);
  guint64 pass = step / per_pass, first = step % per_pass * b->pictures;
  g_autofree guint *order = g_memdup2 (photos->data, photos->len * sizeof (guint));
  vqa_random random = vqa_random_new (e->recipe->seed, 2 * stage, pass);

  vqa_random_shuffle (&random, order, photos->len);
  random = vqa_random_new (e->recipe->seed, 2 * stage + 1, step);
  for (int i = 0; i < b->pictures; i++)
    {
      const vqa_example *asked = NULL, *opposite = NULL;
      b->photo[i] = order[(first + i) % photos->len];
      if (((const vqa_photo *)e->photos->pdata[b->photo[i]])->drawn)
        {
          vqa_scenes_fill (e, b, i, pass, (double)step / (double)per_pass < e->recipe->scene_short);
          continue;
        }
      if (i + 1 < b->pictures && b->questions > 0)
        opposite = choose_opposite (e->photos->pdata[b->photo[i]], &random, &asked);
      fill_picture (e, b, i, asked, &random);
      if (opposite == NULL)
        continue;
      b->photo[++i] = opposite->photo;
      fill_picture (e, b, i, opposite, &random);
    }
}
