/* Deletion and insertion on a model made by hand: only the picture's upper left corner matters. */
#include "tests/vqa/corner.h"
#include "tests/vqa/draw.h"
#include "tests/vqa/tiny.h"
#include "vqa/run/faithfulness.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static char *folder;
static vqa_model *model;
static guint8 lit[CORNER_SIDE * CORNER_SIDE * 3];

static void
set_up (void)
{
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;

  folder = draw_folder ();
  path = tiny_path (folder, "corner.safetensors");
  corner_model (path);
  model = vqa_model_load (path, &error);
  cr_assert_not_null (model, "%s", error != NULL ? error->message : "");
  corner_picture (lit, 0, 0, 8);
}

static void
tear_down (void)
{
  vqa_model_free (model);
  draw_remove (folder);
  g_free (folder);
}

TestSuite (faithfulness, .init = set_up, .fini = tear_down);

static vqa_faithfulness
measure (const float *cells, int side, int steps)
{
  vqa_evidence map = { side, side, (float *)cells };
  const vqa_evidence *maps[] = { &map };
  vqa_faithfulness to;
  g_autoptr (GError) error = NULL;
  cr_assert (vqa_model_faithfulness (model, lit, NULL, "is it bright?", "yes", maps, 1, steps, &to,
                                     NULL, &error),
             "%s", error != NULL ? error->message : "");
  return to;
}

/* The corner's pixels go in the first step of ten or in the last one, so that the curve is its end
 * values but for that step. */
Test (faithfulness, areas_by_hand)
{
  const float first[] = { 1, 0, 0, 0 }, last[] = { -1, 0, 0, 0 };
  corner_picture (lit, 0, 0, 4);
  g_autoptr (vqa_reply) whole = vqa_model_ask (model, lit, NULL, "is it bright?", 1, NULL);
  cr_assert_str_eq (whole->answers[0].answer, "yes");
  double high = whole->answers[0].probability;
  /* One step sees the ends alone. */
  vqa_faithfulness ends = measure (first, 2, 1);
  double low = 2 * ends.deletion - high;
  cr_assert (high > 0.95 && low < 0.2, "%g %g", high, low);
  cr_assert (fabs (ends.insertion - ends.deletion) < 1e-9);

  vqa_faithfulness a = measure (first, 2, 10), b = measure (last, 2, 10);
  cr_assert (fabs (a.deletion - (0.5 * high + 9.5 * low) / 10) < 0.01, "%g", a.deletion);
  cr_assert (fabs (b.deletion - (9.5 * high + 0.5 * low) / 10) < 0.01, "%g", b.deletion);
  cr_assert (fabs (a.insertion - (9.5 * high + 0.5 * low) / 10) < 0.01, "%g", a.insertion);
  cr_assert (fabs (b.insertion - (0.5 * high + 9.5 * low) / 10) < 0.01, "%g", b.insertion);
}

Test (faithfulness, can_be_cancelled)
{
  const float cells[] = { 1, 0, 0, 0 };
  vqa_evidence map = { 2, 2, (float *)cells };
  const vqa_evidence *maps[] = { &map };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  vqa_faithfulness to;
  g_cancellable_cancel (cancellable);
  cr_assert_not (vqa_model_faithfulness (model, lit, NULL, "is it bright?", NULL, maps, 1, 10, &to,
                                         cancellable, &error));
  cr_assert (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED));
}

static void
try (vqa_trial *t)
{
  for (int i = 0; i < 12; i++)
    {
      g_autoptr (GError) error = NULL;
      corner_picture (lit, 0, 0, 6 + i % 4);
      cr_assert (vqa_trial_add (t, lit, NULL, "is it bright?", &error), "%s",
                 error != NULL ? error->message : "");
    }
}

Test (faithfulness, evidence_beats_the_baselines)
{
  vqa_trial *t = vqa_trial_new (model, 0);
  try (t);
  cr_assert_eq (vqa_trial_questions (t), 12);
  cr_assert (vqa_trial_beats (t, VQA_MAP_EVIDENCE));
  cr_assert (vqa_trial_beats (t, VQA_MAP_OCCLUSION));
  cr_assert_not (vqa_trial_beats (t, VQA_TRIAL_CENTRE));
  vqa_trial_free (t);
}

/* Means, differences and errors, again from what was measured; and twice the same. */
Test (faithfulness, statistics)
{
  vqa_trial *t = vqa_trial_new (model, 1u << VQA_MAP_PEAKS), *again = vqa_trial_new (model, 0);
  try (t);
  try (again);
  cr_assert (vqa_trial_has (t, VQA_MAP_PEAKS) && vqa_trial_has (t, VQA_TRIAL_RANDOM));
  cr_assert_not (vqa_trial_has (t, VQA_MAP_EVIDENCE));
  double mean = 0, gain = 0, squares = 0;
  for (guint q = 0; q < 12; q++)
    {
      const vqa_faithfulness *row
          = &g_array_index (t->measured, vqa_faithfulness, q * VQA_TRIAL_MAPS);
      mean += row[VQA_MAP_PEAKS].insertion / 12;
      gain += (row[VQA_TRIAL_CENTRE].deletion - row[VQA_MAP_PEAKS].deletion) / 12;
    }
  for (guint q = 0; q < 12; q++)
    {
      const vqa_faithfulness *row
          = &g_array_index (t->measured, vqa_faithfulness, q * VQA_TRIAL_MAPS);
      squares += pow (row[VQA_TRIAL_CENTRE].deletion - row[VQA_MAP_PEAKS].deletion - gain, 2);
    }
  vqa_trial_result r = vqa_trial_gain (t, VQA_MAP_PEAKS, VQA_TRIAL_CENTRE);
  cr_assert (fabs (vqa_trial_mean (t, VQA_MAP_PEAKS).insertion.mean - mean) < 1e-9);
  cr_assert (fabs (r.deletion.mean - gain) < 1e-9);
  cr_assert (fabs (r.deletion.error - sqrt (squares / 11 / 12)) < 1e-9);
  cr_assert_eq (vqa_trial_mean (again, VQA_MAP_PEAKS).deletion.mean,
                vqa_trial_mean (t, VQA_MAP_PEAKS).deletion.mean);
  vqa_trial_free (t);
  vqa_trial_free (again);
}
