#include "vqa/data/labels.h"

vqa_label_table *
vqa_label_table_new (guint n)
{
  vqa_label_table *t = g_new0 (vqa_label_table, 1);
  t->n = n;
  t->often = g_new0 (float, (gsize)n + 1);
  t->together = g_new0 (float, (gsize)n *n + 1);
  return t;
}

void
vqa_label_table_free (vqa_label_table *t)
{
  if (t == NULL)
    return;
  g_free (t->often);
  g_free (t->together);
  g_free (t);
}

void
vqa_label_table_add (vqa_label_table *t, const guint8 *present)
{
  for (guint a = 0; a < t->n; a++)
    {
      if (!present[a])
        continue;
      t->often[a]++;
      for (guint b = 0; b < t->n; b++)
        t->together[(gsize)a * t->n + b] += present[b];
    }
}

static float
lure (const vqa_label_table *t, guint class_index, guint companion, double mood)
{
  if (mood < 0.5)
    return 1;
  if (mood < 0.75)
    return t->often[class_index];
  return t->together[(gsize)companion * t->n + class_index];
}

gboolean
vqa_label_pick (const vqa_label_table *t, const guint8 *present, guint n_present, gboolean wanted,
                vqa_random *random, guint *class_index)
{
  double mood = vqa_random_unit (random), place = vqa_random_unit (random), sum = 0;
  guint companion = 0, n = t->n;

  if (wanted && n_present == 0)
    return FALSE;
  if (n_present > 0)
    {
      guint k = vqa_random_below (random, n_present);
      for (guint c = 0; c < n; c++)
        if (present[c] && k-- == 0)
          companion = c;
    }
  *class_index = companion;
  if (wanted)
    return TRUE;
  for (guint c = 0; c < n; c++)
    sum += present[c] ? 0 : lure (t, c, companion, mood);
  if (sum <= 0)
    {
      mood = 0;
      sum = n - n_present;
    }
  place *= sum;
  for (guint c = 0; c < n; c++)
    {
      if (present[c])
        continue;
      *class_index = c;
      place -= lure (t, c, companion, mood);
      if (place < 0)
        break;
    }
  return n_present < n;
}

/* How often an absent class is seen with what the picture shows. */
static double
company (const vqa_label_table *t, const guint8 *present, guint class_index)
{
  double sum = 0;
  for (guint c = 0; c < t->n && !present[class_index]; c++)
    if (present[c] && t->often[c] > 0)
      sum += t->together[(gsize)c * t->n + class_index] / t->often[c];
  return sum * sum;
}

gboolean
vqa_label_lure (const vqa_label_table *t, const guint8 *present, vqa_random *random,
                guint *class_index)
{
  double sum = 0, place = vqa_random_unit (random);
  for (guint c = 0; c < t->n; c++)
    sum += company (t, present, c);
  place *= sum;
  for (guint c = 0; c < t->n && sum > 0; c++)
    {
      double weight = company (t, present, c);
      if (weight <= 0)
        continue;
      *class_index = c;
      place -= weight;
      if (place < 0)
        break;
    }
  return sum > 0;
}
