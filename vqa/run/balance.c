/* Yes/no questions weighed, and put together in opposite pairs, so that remembering their texts
 * does not pay. */
#include "vqa/run/examples.h"

/* How many training questions of one text are answered yes, and how many no. */
typedef struct
{
  guint yes, no;
  GPtrArray *said[2]; /* of vqa_example: no, yes; owned by the examples; NULL: not collected */
} balance;

/* Whether annotators mostly said yes (1) or no (-1) to an encoded question; 0: something else. */
static int
verdict (const vqa_examples *e, const vqa_example *x)
{
  for (guint i = 0; i < x->n_targets; i++)
    if (x->targets[i].weight > 0.5 * e->recipe->human)
      return x->targets[i].answer == e->yes ? 1 : x->targets[i].answer == e->no ? -1 : 0;
  return 0;
}

/* Calls visit for every human question to train on that is answered yes or no, with its text's key.
 */
static void
for_each_verdict (vqa_examples *e, GHashTable *texts,
                  void (*visit) (vqa_example *x, int said, balance *b))
{
  for (guint i = 0; i < e->split[VQA_SPLIT_TRAIN]->len; i++)
    {
      const vqa_photo *p = e->photos->pdata[g_array_index (e->split[VQA_SPLIT_TRAIN], guint, i)];
      for (guint k = 0; k < p->examples->len; k++)
        {
          vqa_example *x = p->examples->pdata[k];
          int said = verdict (e, x);
          g_auto (GStrv) words = vqa_question_words (x->source->text);
          char *text = g_strjoinv (" ", words);
          balance *b = g_hash_table_lookup (texts, text);
          if (b == NULL)
            {
              b = g_new0 (balance, 1);
              g_hash_table_insert (texts, g_steal_pointer (&text), b);
            }
          g_free (text);
          if (said != 0)
            visit (x, said, b);
        }
    }
}

static void
count_verdict (vqa_example *x, int said, balance *b)
{
  if (said > 0)
    b->yes++;
  else
    b->no++;
}

static void
weigh_verdict (vqa_example *x, int said, balance *b)
{
  float weight = (float)MIN (b->yes, b->no) / (float)(said > 0 ? b->yes : b->no);
  for (guint i = 0; i < x->n_targets; i++)
    x->targets[i].weight *= weight;
  if (weight == 0)
    x->n_targets = 0;
}

void
vqa_examples_balance (vqa_examples *e)
{
  g_autoptr (GHashTable) texts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  for_each_verdict (e, texts, count_verdict);
  for_each_verdict (e, texts, weigh_verdict);
  for (guint i = 0; i < e->split[VQA_SPLIT_TRAIN]->len; i++)
    {
      const vqa_photo *p = e->photos->pdata[g_array_index (e->split[VQA_SPLIT_TRAIN], guint, i)];
      for (guint k = p->examples->len; k > 0; k--)
        if (((vqa_example *)p->examples->pdata[k - 1])->n_targets == 0)
          g_ptr_array_remove_index (p->examples, k - 1);
    }
}

static void
collect_verdict (vqa_example *x, int said, balance *b)
{
  if (b->said[said > 0] == NULL)
    b->said[said > 0] = g_ptr_array_new ();
  g_ptr_array_add (b->said[said > 0], x);
}

static void
pair_verdict (vqa_example *x, int said, balance *b)
{
  x->opposite = b->said[said < 0];
}

void
vqa_examples_pair (vqa_examples *e)
{
  g_autoptr (GHashTable) texts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  GHashTableIter iter;
  gpointer found;

  for_each_verdict (e, texts, collect_verdict);
  for_each_verdict (e, texts, pair_verdict);
  g_hash_table_iter_init (&iter, texts);
  while (g_hash_table_iter_next (&iter, NULL, &found))
    for (int i = 0; i < 2; i++)
      if (((balance *)found)->said[i] != NULL)
        g_ptr_array_add (e->verdicts, ((balance *)found)->said[i]);
}
