/* The comparison's jobs, and how they get into the queue. */
#include "app/engine-compare.h"

#include "app/difference-map.h"
#include "app/engine-private.h"
#include "app/evidence-map.h"
#include "vqa/model/explain.h"

#include <glib/gi18n.h>
#include <math.h>

#define ANSWERS 5
/* Askings whose median is told, and what is asked in them. */
#define TIMES         7
#define TIME_QUESTION "what is in the picture?"

void
regard_compared_clear (RegardCompared *c)
{
  vqa_model_free (c->own);
  g_free (c->path);
  g_free (c->square);
  g_free (c->key);
  *c = (RegardCompared){ 0 };
}

void
regard_measured_free (RegardMeasured *measured)
{
  if (!measured)
    return;
  g_clear_object (&measured->model);
  g_free (measured);
}

void
regard_comparison_free (RegardComparison *comparison)
{
  if (!comparison)
    return;
  for (guint i = 0; i < REGARD_COMPARED; i++)
    {
      vqa_reply_free (comparison->side[i].reply);
      g_clear_object (&comparison->side[i].map);
      g_free (comparison->side[i].map_words);
      g_free (comparison->side[i].more_words);
      g_free (comparison->side[i].error);
    }
  g_clear_object (&comparison->difference);
  g_free (comparison);
}

/* The model of a place; NULL when there is none, or when the one that was borrowed is gone. */
static vqa_model *
model_of (RegardWorker *worker, const RegardCompared *c)
{
  const vqa_model_info *info = worker->model ? vqa_model_get_info (worker->model) : NULL;

  if (!c->path || c->own)
    return c->own;
  return info && g_str_equal (info->path, c->path) && info->side == c->side ? worker->model : NULL;
}

/* ---- taking models up -------------------------------------------------------------------- */

/* Fills an empty place but for the time. */
static gboolean
take_up (RegardWorker *worker, RegardJob *job, RegardCompared *c, GError **error)
{
  const char *engine = worker->model ? vqa_model_get_info (worker->model)->path : NULL;
  vqa_model *model = worker->model;

  if (g_strcmp0 (engine, job->model) != 0)
    model = c->own = vqa_model_load (job->model, error);
  if (!model)
    return FALSE;
  c->path = g_strdup (job->model);
  c->side = vqa_model_get_info (model)->side;
  c->part = job->part;
  c->key = vqa_region_key (&job->part, job->picture->hash);
  c->square = regard_load_square (job->picture, &job->part, c->side, error);
  return c->square != NULL;
}

static void
load_job (RegardWorker *worker, RegardJob *job, GTask *task)
{
  RegardCompared *c = &worker->compared[job->limit];
  g_autoptr (RegardMeasured) measured = g_new0 (RegardMeasured, 1);
  GError *error = NULL;
  vqa_model *model;

  regard_compared_clear (c);
  model = take_up (worker, job, c, &error) ? model_of (worker, c) : NULL;
  if (model)
    measured->milliseconds = vqa_model_time (model, c->square, TIME_QUESTION, TIMES, &error);
  if (error)
    {
      regard_compared_clear (c);
      g_task_return_error (task, error);
      return;
    }
  measured->model = regard_model_new (vqa_model_info_copy (vqa_model_get_info (model)));
  g_task_return_pointer (task, g_steal_pointer (&measured), (GDestroyNotify)regard_measured_free);
}

void
regard_engine_compare_load_async (RegardEngine *self, guint place, const char *path,
                                  RegardPicture *picture, const vqa_region *part,
                                  GCancellable *cancellable, GAsyncReadyCallback callback,
                                  gpointer data)
{
  RegardJob *job = regard_job_new (REGARD_URGENCY_PERSON, load_job);

  g_return_if_fail (place < REGARD_COMPARED);
  job->limit = place;
  job->model = g_strdup (path);
  job->picture = g_object_ref (picture);
  job->part = *part;
  regard_engine_submit (self, job, cancellable, callback, data);
}

RegardMeasured *
regard_engine_compare_load_finish (RegardEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
close_job (RegardWorker *worker, RegardJob *job, GTask *task)
{
  for (guint i = 0; i < REGARD_COMPARED; i++)
    regard_compared_clear (&worker->compared[i]);
  g_task_return_boolean (task, TRUE);
}

void
regard_engine_compare_close (RegardEngine *self)
{
  regard_engine_submit (self, regard_job_new (REGARD_URGENCY_PERSON, close_job), NULL, NULL, NULL);
}

/* ---- asking ------------------------------------------------------------------------------ */

static void
return_comparison (GTask *task, RegardComparison *comparison)
{
  g_task_return_pointer (task, comparison, (GDestroyNotify)regard_comparison_free);
}

/* The place's model, or NULL and why. An empty place has told why itself. */
static vqa_model *
ready_model (RegardWorker *worker, guint place, char **why)
{
  const RegardCompared *c = &worker->compared[place];
  vqa_model *model = model_of (worker, c);

  if (c->path && !model)
    *why = g_strdup (_ ("This model was changed meanwhile; choose it again"));
  return model;
}

static void
ask_job (RegardWorker *worker, RegardJob *job, GTask *task)
{
  g_autoptr (RegardComparison) comparison = g_new0 (RegardComparison, 1);
  GError *error = NULL;
  g_autofree char *text = vqa_question_check (job->question, -1, &error);

  if (!text)
    {
      g_task_return_error (task, error);
      return;
    }
  comparison->overlap = NAN;
  for (guint i = 0; i < REGARD_COMPARED; i++)
    {
      const RegardCompared *c = &worker->compared[i];
      vqa_model *model = ready_model (worker, i, &comparison->side[i].error);
      g_autoptr (GError) local = NULL;

      if (model)
        comparison->side[i].reply = vqa_model_ask (model, c->square, c->key, text, ANSWERS, &local);
      if (local)
        comparison->side[i].error = g_strdup (local->message);
    }
  return_comparison (task, g_steal_pointer (&comparison));
}

void
regard_engine_compare_ask_async (RegardEngine *self, const char *question,
                                 GCancellable *cancellable, GAsyncReadyCallback callback,
                                 gpointer data)
{
  RegardJob *job = regard_job_new (REGARD_URGENCY_PERSON, ask_job);

  job->question = g_strdup (question);
  regard_engine_submit (self, job, cancellable, callback, data);
}

/* ---- evidence ---------------------------------------------------------------------------- */

static vqa_map *
explain (RegardWorker *worker, RegardJob *job, guint place, GCancellable *cancellable, char **why)
{
  const RegardCompared *c = &worker->compared[place];
  vqa_map_options options = VQA_MAP_OPTIONS_INIT;
  vqa_model *model = ready_model (worker, place, why);
  g_autoptr (GError) error = NULL;
  vqa_map *map;

  if (!model)
    return NULL;
  options.answer = job->answer;
  map = vqa_model_map (model, c->square, c->key, job->question, &options, cancellable, &error);
  if (g_error_matches (error, VQA_ERROR, VQA_ERROR_MODEL))
    *why = g_strdup_printf (_ ("This model has no answer “%s”"), job->answer);
  else if (error)
    *why = g_strdup (error->message);
  return map;
}

static void
maps_job (RegardWorker *worker, RegardJob *job, GTask *task)
{
  g_autoptr (RegardComparison) comparison = g_new0 (RegardComparison, 1);
  g_autoptr (vqa_map) first = NULL, second = NULL;
  g_autoptr (vqa_difference) difference = NULL;
  vqa_map **maps[REGARD_COMPARED] = { &first, &second };
  int width = job->picture->width, height = job->picture->height;

  comparison->overlap = NAN;
  for (guint i = 0; i < REGARD_COMPARED; i++)
    {
      const RegardCompared *c = &worker->compared[i];

      *maps[i]
          = explain (worker, job, i, g_task_get_cancellable (task), &comparison->side[i].error);
      if (g_task_return_error_if_cancelled (task))
        return;
      if (c->part.width)
        width = c->part.width, height = c->part.height;
      if (!*maps[i])
        continue;
      comparison->side[i].map = regard_evidence_map_paint (&(*maps[i])->shown, width, height);
      comparison->side[i].map_words = regard_evidence_map_describe (&(*maps[i])->shown);
    }
  if (first && second)
    {
      difference = vqa_difference_new (&first->shown, &second->shown);
      comparison->difference = regard_difference_map_paint (difference, width, height);
      comparison->overlap = difference->overlap;
      comparison->side[0].more_words = regard_difference_map_describe (difference, 1);
      comparison->side[1].more_words = regard_difference_map_describe (difference, -1);
    }
  return_comparison (task, g_steal_pointer (&comparison));
}

void
regard_engine_compare_maps_async (RegardEngine *self, RegardPicture *picture, const char *question,
                                  const char *answer, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer data)
{
  RegardJob *job = regard_job_new (REGARD_URGENCY_PERSON, maps_job);

  job->picture = g_object_ref (picture);
  job->question = g_strdup (question);
  job->answer = g_strdup (answer);
  regard_engine_submit (self, job, cancellable, callback, data);
}

RegardComparison *
regard_engine_compare_finish (RegardEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
