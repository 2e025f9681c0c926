#include "vqa/run/faithfulness.h"

#include "vqa/data/random.h"

#include <math.h>

#define RANDOM_SIDE 6  /* cells: as evidence at 192 pixels, and occlusion */
#define CENTRE_SIDE 32 /* cells: fine enough for a round shape */

vqa_trial *
vqa_trial_new (vqa_model *m, guint kinds)
{
  vqa_trial *t = g_new0 (vqa_trial, 1);

  t->model = m;
  t->kinds = kinds != 0 ? kinds : (1u << VQA_N_MAP_KINDS) - 1;
  if (vqa_model_attention_places (m) == 0)
    t->kinds &= ~(1u << VQA_MAP_ATTENTION);
  t->measured = g_array_new (FALSE, TRUE, sizeof (vqa_faithfulness));
  return t;
}

void
vqa_trial_free (vqa_trial *t)
{
  if (t == NULL)
    return;
  g_array_unref (t->measured);
  g_free (t);
}

const char *
vqa_trial_name (int map)
{
  return map < VQA_N_MAP_KINDS     ? vqa_map_kind_about (map)->name
         : map == VQA_TRIAL_RANDOM ? "random"
                                   : "centre";
}

gboolean
vqa_trial_has (const vqa_trial *t, int map)
{
  return map >= VQA_N_MAP_KINDS || (t->kinds >> map & 1) != 0;
}

guint
vqa_trial_questions (const vqa_trial *t)
{
  return t->measured->len / VQA_TRIAL_MAPS;
}

/* ---- measuring ------------------------------------------------------------------------------- */

static vqa_map *
plain_map (int side)
{
  vqa_map *map = g_new0 (vqa_map, 1);
  map->values = (vqa_evidence){ side, side, g_new (float, (gsize)side *side) };
  return map;
}

static vqa_map *
random_map (guint64 number)
{
  vqa_map *map = plain_map (RANDOM_SIDE);
  vqa_random random = vqa_random_new (0, 91, number);
  for (int i = 0; i < RANDOM_SIDE * RANDOM_SIDE; i++)
    map->values.cells[i] = (float)vqa_random_unit (&random);
  return map;
}

static vqa_map *
centre_map (void)
{
  vqa_map *map = plain_map (CENTRE_SIDE);
  for (int y = 0; y < CENTRE_SIDE; y++)
    for (int x = 0; x < CENTRE_SIDE; x++)
      {
        float dx = (float)(2 * x + 1 - CENTRE_SIDE), dy = (float)(2 * y + 1 - CENTRE_SIDE);
        map->values.cells[y * CENTRE_SIDE + x] = -(dx * dx + dy * dy);
      }
  return map;
}

/* Makes the maps that are tried, to (VQA_TRIAL_MAPS); NULL for the others. */
static gboolean
make_maps (const vqa_trial *t, const guint8 *square, const char *hash, const char *question,
           vqa_map **maps, GError **error)
{
  for (int k = 0; k < VQA_N_MAP_KINDS; k++)
    {
      vqa_map_options options = VQA_MAP_OPTIONS_INIT;
      options.kind = k;
      if (!vqa_trial_has (t, k))
        continue;
      maps[k] = vqa_model_map (t->model, square, hash, question, &options, NULL, error);
      if (maps[k] == NULL)
        return FALSE;
    }
  maps[VQA_TRIAL_RANDOM] = random_map (vqa_trial_questions (t));
  maps[VQA_TRIAL_CENTRE] = centre_map ();
  return TRUE;
}

gboolean
vqa_trial_add (vqa_trial *t, const guint8 *square, const char *hash, const char *question,
               GError **error)
{
  vqa_map *maps[VQA_TRIAL_MAPS] = { NULL };
  const vqa_evidence *values[VQA_TRIAL_MAPS];
  vqa_faithfulness got[VQA_TRIAL_MAPS], all[VQA_TRIAL_MAPS] = { { 0, 0 } };
  guint n = 0;
  gboolean done = make_maps (t, square, hash, question, maps, error);

  for (int i = 0; done && i < VQA_TRIAL_MAPS; i++)
    if (maps[i] != NULL)
      values[n++] = &maps[i]->values;
  done = done
         && vqa_model_faithfulness (t->model, square, hash, question, NULL, values, n,
                                    VQA_TRIAL_STEPS, got, NULL, error);
  n = 0;
  for (int i = 0; i < VQA_TRIAL_MAPS; i++)
    {
      if (done && maps[i] != NULL)
        all[i] = got[n++];
      vqa_map_free (maps[i]);
    }
  if (done)
    g_array_append_vals (t->measured, all, VQA_TRIAL_MAPS);
  return done;
}

/* ---- results --------------------------------------------------------------------------------- */

static vqa_estimate
estimate (double sum, double squares, guint n)
{
  double mean = sum / n, variance = n > 1 ? (squares - n * mean * mean) / (n - 1) : NAN;
  return (vqa_estimate){ mean, sqrt (MAX (variance, 0) / n) };
}

/* Over questions; the map's numbers are subtracted from the baseline's unless that is < 0. */
static vqa_trial_result
summary (const vqa_trial *t, int map, int baseline)
{
  double sum[2] = { 0, 0 }, squares[2] = { 0, 0 };
  guint n = vqa_trial_questions (t);

  for (guint q = 0; q < n; q++)
    {
      const vqa_faithfulness *row
          = &g_array_index (t->measured, vqa_faithfulness, q * VQA_TRIAL_MAPS);
      double x[2] = { row[map].deletion, row[map].insertion };
      if (baseline >= 0)
        {
          x[0] = row[baseline].deletion - x[0];
          x[1] -= row[baseline].insertion;
        }
      for (int i = 0; i < 2; i++)
        {
          sum[i] += x[i];
          squares[i] += x[i] * x[i];
        }
    }
  return (vqa_trial_result){ estimate (sum[0], squares[0], n), estimate (sum[1], squares[1], n) };
}

vqa_trial_result
vqa_trial_mean (const vqa_trial *t, int map)
{
  return summary (t, map, -1);
}

vqa_trial_result
vqa_trial_gain (const vqa_trial *t, int map, int baseline)
{
  return summary (t, map, baseline);
}

gboolean
vqa_trial_beats (const vqa_trial *t, int map)
{
  for (int baseline = VQA_TRIAL_RANDOM; baseline <= VQA_TRIAL_CENTRE; baseline++)
    {
      vqa_trial_result r = vqa_trial_gain (t, map, baseline);
      if (!(r.deletion.mean > 2 * r.deletion.error && r.insertion.mean > 2 * r.insertion.error))
        return FALSE;
    }
  return TRUE;
}
