/* Yes/no questions weighed, and put together in opposite pairs, so that remembering their texts
 * does not pay. */
#include "vqa/run/examples.h"

/* The training questions of one text that are answered no, and those that are answered yes. */
typedef struct
{
  GPtrArray *said[2]; /* of vqa_example; NULL: none */
} balance;

static void
balance_free (gpointer data)
{
  balance *b = data;
  for (int i = 0; i < 2; i++)
    g_clear_pointer (&b->said[i], g_ptr_array_unref);
  g_free (b);
}

/* Whether annotators mostly said yes (1) or no (-1) to an encoded question; 0: something else. */
static int
verdict (const vqa_examples *e, const vqa_example *x)
{
  for (guint i = 0; i < x->n_targets; i++)
    if (x->targets[i].weight > 0.5 * e->recipe->human)
      return x->targets[i].answer == e->yes ? 1 : x->targets[i].answer == e->no ? -1 : 0;
  return 0;
}

static void
collect_verdict (GHashTable *texts, vqa_example *x, gboolean yes)
{
  g_auto (GStrv) words = vqa_question_words (x->source->text);
  g_autofree char *text = g_strjoinv (" ", words);
  balance *b = g_hash_table_lookup (texts, text);

  if (b == NULL)
    {
      b = g_new0 (balance, 1);
      g_hash_table_insert (texts, g_steal_pointer (&text), b);
    }
  if (b->said[yes] == NULL)
    b->said[yes] = g_ptr_array_new ();
  g_ptr_array_add (b->said[yes], x);
}

/* The human questions to train on that are answered yes or no, by their texts: of balance. */
static GHashTable *
collect_verdicts (const vqa_examples *e)
{
  GHashTable *texts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, balance_free);

  for (guint i = 0; i < e->split[VQA_SPLIT_TRAIN]->len; i++)
    {
      const vqa_photo *p = e->photos->pdata[g_array_index (e->split[VQA_SPLIT_TRAIN], guint, i)];
      for (guint k = 0; k < p->examples->len; k++)
        {
          int said = verdict (e, p->examples->pdata[k]);
          if (said != 0)
            collect_verdict (texts, p->examples->pdata[k], said > 0);
        }
    }
  return texts;
}

/* Sets that ask the same of two pictures so that the answers differ, found by how many of their
 * yes/no questions have an answer of each kind to their text. Others were asked once each. */
#define PAIRED 0.2

static void
mark_paired (vqa_examples *e, GHashTable *texts, gboolean *paired)
{
  g_autofree guint *all = g_new0 (guint, e->sets->len), *both = g_new0 (guint, e->sets->len);
  GHashTableIter iter;
  gpointer found;

  g_hash_table_iter_init (&iter, texts);
  while (g_hash_table_iter_next (&iter, NULL, &found))
    for (int i = 0; i < 2; i++)
      {
        const balance *b = found;
        for (guint k = 0; b->said[i] != NULL && k < b->said[i]->len; k++)
          {
            const vqa_example *x = b->said[i]->pdata[k];
            all[x->set]++;
            both[x->set] += b->said[!i] != NULL;
          }
      }
  for (guint s = 0; s < e->sets->len; s++)
    paired[s] = both[s] > PAIRED * all[s];
}

/* Weighs what a text is answered; nothing is left of the target where it has one answer only. */
static void
weigh (const balance *b, const gboolean *paired)
{
  guint n[2]
      = { b->said[0] != NULL ? b->said[0]->len : 0, b->said[1] != NULL ? b->said[1]->len : 0 };

  for (int yes = 0; yes < 2; yes++)
    for (guint i = 0; i < n[yes]; i++)
      {
        vqa_example *x = b->said[yes]->pdata[i];
        for (guint k = 0; paired[x->set] && k < x->n_targets; k++)
          x->targets[k].weight *= (float)MIN (n[0], n[1]) / (float)n[yes];
        if (paired[x->set] && MIN (n[0], n[1]) == 0)
          x->n_targets = 0;
      }
}

void
vqa_examples_balance (vqa_examples *e)
{
  g_autoptr (GHashTable) texts = collect_verdicts (e);
  g_autofree gboolean *paired = g_new0 (gboolean, e->sets->len);
  GHashTableIter iter;
  gpointer found;

  mark_paired (e, texts, paired);
  g_hash_table_iter_init (&iter, texts);
  while (g_hash_table_iter_next (&iter, NULL, &found))
    weigh (found, paired);
  for (guint i = 0; i < e->split[VQA_SPLIT_TRAIN]->len; i++)
    {
      const vqa_photo *p = e->photos->pdata[g_array_index (e->split[VQA_SPLIT_TRAIN], guint, i)];
      for (guint k = p->examples->len; k > 0; k--)
        if (((vqa_example *)p->examples->pdata[k - 1])->n_targets == 0)
          g_ptr_array_remove_index (p->examples, k - 1);
    }
}

void
vqa_examples_pair (vqa_examples *e)
{
  g_autoptr (GHashTable) texts = collect_verdicts (e);
  GHashTableIter iter;
  gpointer found;

  g_hash_table_iter_init (&iter, texts);
  while (g_hash_table_iter_next (&iter, NULL, &found))
    for (int i = 0; i < 2; i++)
      {
        balance *b = found;
        for (guint k = 0; b->said[i] != NULL && k < b->said[i]->len; k++)
          ((vqa_example *)b->said[i]->pdata[k])->opposite = b->said[!i];
        if (b->said[i] != NULL)
          g_ptr_array_add (e->verdicts, g_ptr_array_ref (b->said[i]));
      }
}
