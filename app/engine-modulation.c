#include "app/engine-modulation.h"

#include "app/engine-private.h"

#define ANSWERS 5

typedef struct
{
  char *other;
  guint places;
} swap;

static void
swap_free (gpointer data)
{
  g_free (((swap *)data)->other);
  g_free (data);
}

void
regard_acting_free (RegardActing *acting)
{
  if (!acting)
    return;
  vqa_modulation_free (acting->own);
  vqa_modulation_free (acting->other);
  vqa_reply_free (acting->before);
  vqa_reply_free (acting->after);
  g_free (acting);
}

/* FALSE and an error: not all of it could be found out. */
static gboolean
find_out (RegardWorker *worker, RegardJob *job, RegardActing *to, GError **error)
{
  const swap *in = job->input;
  g_autofree char *key = NULL;
  const guint8 *square = regard_look_at (worker, job, &key, error);

  if (!square)
    return FALSE;
  to->before = vqa_model_ask (worker->model, square, key, job->question, ANSWERS, error);
  to->own = to->before ? vqa_model_modulation (worker->model, job->question, error) : NULL;
  if (!to->own || !in->other)
    return to->own != NULL;
  to->other = vqa_model_modulation (worker->model, in->other, error);
  if (to->other)
    to->after = vqa_model_ask_swapped (worker->model, square, key, job->question, in->other,
                                       in->places, ANSWERS, error);
  return to->after != NULL;
}

static void
modulation_job (RegardWorker *worker, RegardJob *job, GTask *task)
{
  g_autoptr (RegardActing) acting = g_new0 (RegardActing, 1);
  GError *error = NULL;

  if (find_out (worker, job, acting, &error))
    g_task_return_pointer (task, g_steal_pointer (&acting), (GDestroyNotify)regard_acting_free);
  else
    g_task_return_error (task, error);
}

void
regard_engine_modulation_async (RegardEngine *self, RegardPicture *picture, const char *question,
                                const vqa_region *part, const char *other, guint places,
                                GCancellable *cancellable, GAsyncReadyCallback callback,
                                gpointer data)
{
  RegardJob *job = regard_job_new (REGARD_URGENCY_PERSON, modulation_job);
  swap *in = g_new0 (swap, 1);

  in->other = g_strdup (other);
  in->places = places;
  job->input = in;
  job->free_input = swap_free;
  job->picture = g_object_ref (picture);
  job->question = g_strdup (question);
  job->part = *part;
  regard_engine_submit (self, job, cancellable, callback, data);
}

RegardActing *
regard_engine_modulation_finish (RegardEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
