#include "vqa/run/asker.h"

#include "vqa/run/inputs.h"

#include <math.h>
#include <string.h>

gboolean
vqa_asker_open (vqa_asker *k, const vqa_examples *e, vqa_graphs *g, GError **error)
{
  *k = (vqa_asker){ .examples = e, .graphs = g, .set_of = g_hash_table_new (NULL, NULL) };
  for (guint i = 0; i < e->sets->len; i++)
    {
      vqa_set *set = e->sets->pdata[i];
      for (guint q = 0; q < set->questions->len; q++)
        g_hash_table_insert (k->set_of, set->questions->pdata[q], set);
    }
  k->features = nn_exec_new (g->features, g->params, NN_INFER, 1, error);
  k->answer = k->features ? nn_exec_new (g->answer, g->params, NN_INFER, 1, error) : NULL;
  k->room = g_malloc ((gsize)e->contents->spec.side * e->contents->spec.side * 3);
  if (k->answer != NULL)
    k->maps = g_new (float, vqa_net_maps_count (g->features, g->seen));
  return k->answer != NULL;
}

void
vqa_asker_close (vqa_asker *k)
{
  nn_exec_free (k->features);
  nn_exec_free (k->answer);
  g_hash_table_unref (k->set_of);
  g_free (k->maps);
  g_free (k->room);
}

void
vqa_asker_look (vqa_asker *k, const vqa_cache *pictures, guint photo)
{
  gsize side = (gsize)k->examples->contents->spec.side;
  const guint8 *square = vqa_inputs_square (k->examples, pictures, photo, k->room);

  vqa_net_pixels (square, side * side * 3, nn_data (k->features, k->graphs->picture));
  nn_forward (k->features);
  vqa_net_maps_get (k->features, k->graphs->features, k->graphs->seen, 0, k->maps);
}

void
vqa_asker_ask (vqa_asker *k, const int32_t *words)
{
  vqa_net_maps_put (k->answer, k->graphs->answer, k->graphs->maps, 0, k->maps);
  memcpy (nn_ids (k->answer, k->graphs->words), words,
          k->examples->contents->spec.max_words * sizeof *words);
  nn_forward (k->answer);
  k->logits = nn_data (k->answer, k->graphs->out.logits);
  k->blind = nn_data (k->answer, k->graphs->out.blind);
}

double
vqa_asker_accuracy (const vqa_asker *k, const vqa_question *question, int answer)
{
  return vqa_set_accuracy (g_hash_table_lookup (k->set_of, question), question,
                           k->examples->contents->answers->pdata[answer]);
}

int
vqa_best (const float *logits, int n)
{
  int at = 0;
  for (int i = 1; i < n; i++)
    if (logits[i] > logits[at])
      at = i;
  return at;
}

double
vqa_best_probability (const float *logits, int n, double temperature)
{
  double top = logits[vqa_best (logits, n)], sum = 0;
  for (int i = 0; i < n; i++)
    sum += exp ((logits[i] - top) / temperature);
  return 1 / sum;
}
