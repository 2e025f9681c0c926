/* The queue and its thread. */
#include "app/engine-private.h"

#include "app/preferences.h"
#include "vqa/run/prepare.h"

#include <glib/gi18n.h>

struct _RegardEngine
{
  GObject parent_instance;

  GThread *thread;
  GAsyncQueue *queue; /* of RegardJob */
  guint64 serial;

  char *library_notice;
  RegardModel *model;
  char *model_error;
  gboolean private;
};

enum
{
  PROP_0,
  PROP_LIBRARY_NOTICE,
  PROP_MODEL,
  PROP_MODEL_ERROR,
  PROP_PRIVATE,
  N_PROPS
};

enum
{
  SIGNAL_HISTORY_CHANGED,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (RegardEngine, regard_engine, G_TYPE_OBJECT)

/* In the queue it means: end. */
static RegardJob last_job;

static void
job_free (RegardJob *job)
{
  g_clear_object (&job->file);
  g_clear_object (&job->texture);
  g_clear_object (&job->picture);
  g_free (job->title);
  g_free (job->question);
  g_free (job->answer);
  g_free (job->model);
  if (job->input && job->free_input)
    job->free_input (job->input);
  g_free (job);
}

static int
compare_jobs (gconstpointer a, gconstpointer b, gpointer data)
{
  const RegardJob *left = a, *right = b;

  if (left->urgency != right->urgency)
    return left->urgency < right->urgency ? -1 : 1;
  return left->serial < right->serial ? -1 : left->serial > right->serial;
}

static gboolean
history_changed_cb (gpointer engine)
{
  g_signal_emit (engine, signals[SIGNAL_HISTORY_CHANGED], 0);
  return G_SOURCE_REMOVE;
}

static gpointer
work (gpointer data)
{
  g_autoptr (GAsyncQueue) queue = data;
  RegardWorker worker = { 0 };
  RegardJob *job;

  vqa_block_signals ();
  while ((job = g_async_queue_pop (queue)) != &last_job)
    {
      g_autoptr (GTask) task = g_steal_pointer (&job->task);

      if (!g_task_return_error_if_cancelled (task))
        {
          job->run (&worker, job, task);
          if (job->changes)
            g_main_context_invoke_full (NULL, G_PRIORITY_DEFAULT, history_changed_cb,
                                        g_object_ref (g_task_get_source_object (task)),
                                        g_object_unref);
        }
      job_free (job);
    }
  for (guint i = 0; i < G_N_ELEMENTS (worker.compared); i++)
    regard_compared_clear (&worker.compared[i]);
  g_clear_pointer (&worker.model, vqa_model_free);
  g_clear_pointer (&worker.store, vqa_store_close);
  g_clear_pointer (&worker.thumbnails, g_hash_table_unref);
  return NULL;
}

RegardJob *
regard_job_new (RegardUrgency urgency, void (*run) (RegardWorker *, RegardJob *, GTask *))
{
  RegardJob *job = g_new0 (RegardJob, 1);

  job->urgency = urgency;
  job->run = run;
  return job;
}

void
regard_engine_submit (RegardEngine *self, RegardJob *job, GCancellable *cancellable,
                      GAsyncReadyCallback callback, gpointer data)
{
  job->task = g_task_new (self, cancellable, callback, data);
  job->serial = ++self->serial;
  job->private = self->private;
  if (!self->thread)
    {
      g_task_return_new_error (job->task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "Regard is closing");
      g_object_unref (job->task);
      job_free (job);
      return;
    }
  g_async_queue_push_sorted (self->queue, job, compare_jobs, NULL);
}

static void
set_text (RegardEngine *self, char **field, const char *text, guint property)
{
  if (g_strcmp0 (*field, text) == 0)
    return;
  g_free (*field);
  *field = g_strdup (text);
  g_object_notify_by_pspec (G_OBJECT (self), properties[property]);
}

static void
library_opened_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  RegardEngine *self = REGARD_ENGINE (source);
  g_autoptr (GError) error = NULL;
  g_autofree char *notice = g_task_propagate_pointer (G_TASK (result), &error);
  g_autofree char *message = NULL;

  if (error)
    message = g_strdup_printf (_ ("Questions are not kept after closing. %s"), error->message);
  set_text (self, &self->library_notice, message ? message : notice, PROP_LIBRARY_NOTICE);
}

static void
set_model (RegardEngine *self, RegardModel *model)
{
  if (g_set_object (&self->model, model))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_MODEL]);
}

static void
model_loaded_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  RegardEngine *self = REGARD_ENGINE (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (RegardModel) model = g_task_propagate_pointer (G_TASK (result), &error);

  set_model (self, model);
  set_text (self, &self->model_error, error ? error->message : NULL, PROP_MODEL_ERROR);
}

static void
regard_engine_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  RegardEngine *self = REGARD_ENGINE (object);

  switch (id)
    {
    case PROP_LIBRARY_NOTICE:
      g_value_set_string (value, self->library_notice);
      break;
    case PROP_MODEL:
      g_value_set_object (value, self->model);
      break;
    case PROP_MODEL_ERROR:
      g_value_set_string (value, self->model_error);
      break;
    case PROP_PRIVATE:
      g_value_set_boolean (value, self->private);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
regard_engine_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  if (id == PROP_PRIVATE)
    regard_engine_set_private (REGARD_ENGINE (object), g_value_get_boolean (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
regard_engine_finalize (GObject *object)
{
  RegardEngine *self = REGARD_ENGINE (object);

  regard_engine_stop (self);
  g_async_queue_unref (self->queue);
  g_free (self->library_notice);
  g_clear_object (&self->model);
  g_free (self->model_error);
  G_OBJECT_CLASS (regard_engine_parent_class)->finalize (object);
}

static void
regard_engine_class_init (RegardEngineClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = regard_engine_get_property;
  object_class->set_property = regard_engine_set_property;
  object_class->finalize = regard_engine_finalize;
  properties[PROP_LIBRARY_NOTICE] = g_param_spec_string ("library-notice", NULL, NULL, NULL, flags);
  properties[PROP_MODEL] = g_param_spec_object ("model", NULL, NULL, REGARD_TYPE_MODEL, flags);
  properties[PROP_MODEL_ERROR] = g_param_spec_string ("model-error", NULL, NULL, NULL, flags);
  properties[PROP_PRIVATE]
      = g_param_spec_boolean ("private", NULL, NULL, FALSE,
                              G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  signals[SIGNAL_HISTORY_CHANGED]
      = g_signal_new ("history-changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                      NULL, NULL, G_TYPE_NONE, 0);
}

static void
regard_engine_init (RegardEngine *self)
{
  self->queue = g_async_queue_new ();
  self->thread = g_thread_new ("regard-worker", work, g_async_queue_ref (self->queue));
  regard_engine_submit (self, regard_job_new (REGARD_URGENCY_LIBRARY, regard_job_open_library),
                        NULL, library_opened_cb, NULL);
  regard_engine_submit (self, regard_job_new (REGARD_URGENCY_MODEL, regard_job_load_model), NULL,
                        model_loaded_cb, NULL);
}

RegardEngine *
regard_engine_new (void)
{
  return g_object_new (REGARD_TYPE_ENGINE, NULL);
}

void
regard_engine_stop (RegardEngine *self)
{
  RegardJob *job;

  g_return_if_fail (REGARD_IS_ENGINE (self));
  if (!self->thread)
    return;
  g_async_queue_push_front (self->queue, &last_job);
  g_thread_join (g_steal_pointer (&self->thread));
  while ((job = g_async_queue_try_pop (self->queue)))
    {
      g_autoptr (GTask) task = g_steal_pointer (&job->task);

      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "Regard is closing");
      job_free (job);
    }
}

const char *
regard_engine_get_library_notice (RegardEngine *self)
{
  g_return_val_if_fail (REGARD_IS_ENGINE (self), NULL);
  return self->library_notice;
}

RegardModel *
regard_engine_get_model (RegardEngine *self)
{
  g_return_val_if_fail (REGARD_IS_ENGINE (self), NULL);
  return self->model;
}

const char *
regard_engine_get_model_error (RegardEngine *self)
{
  g_return_val_if_fail (REGARD_IS_ENGINE (self), NULL);
  return self->model_error;
}

gboolean
regard_engine_get_private (RegardEngine *self)
{
  g_return_val_if_fail (REGARD_IS_ENGINE (self), FALSE);
  return self->private;
}

void
regard_engine_set_private (RegardEngine *self, gboolean private)
{
  g_return_if_fail (REGARD_IS_ENGINE (self));
  if (self->private == !!private)
    return;
  self->private = !!private;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PRIVATE]);
}

void
regard_engine_models_async (RegardEngine *self, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer data)
{
  regard_engine_submit (self, regard_job_new (REGARD_URGENCY_PERSON, regard_job_models),
                        cancellable, callback, data);
}

GPtrArray *
regard_engine_models_finish (RegardEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* Of these, one at most: import, a model from elsewhere; lent, a choice that is not remembered. */
static void
change_model (RegardEngine *self, const char *path, gboolean import, gboolean lent,
              GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  RegardJob *job = regard_job_new (REGARD_URGENCY_PERSON, regard_job_load_model);

  job->model = g_strdup (path);
  job->import = import;
  job->lent = lent;
  regard_engine_submit (self, job, cancellable, callback, data);
}

void
regard_engine_choose_model_async (RegardEngine *self, const char *path, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer data)
{
  change_model (self, path, FALSE, FALSE, cancellable, callback, data);
}

void
regard_engine_lend_model_async (RegardEngine *self, const char *path, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer data)
{
  change_model (self, path, FALSE, TRUE, cancellable, callback, data);
}

void
regard_engine_import_model_async (RegardEngine *self, const char *path, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer data)
{
  change_model (self, path, TRUE, FALSE, cancellable, callback, data);
}

gboolean
regard_engine_choose_model_finish (RegardEngine *self, GAsyncResult *result, GError **error)
{
  g_autoptr (RegardModel) model = g_task_propagate_pointer (G_TASK (result), error);

  if (!model)
    return FALSE;
  set_model (self, model);
  set_text (self, &self->model_error, NULL, PROP_MODEL_ERROR);
  return TRUE;
}

void
regard_engine_recent_async (RegardEngine *self, guint limit, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer data)
{
  RegardJob *job = regard_job_new (REGARD_URGENCY_RECENT, regard_job_recent);

  job->limit = limit;
  regard_engine_submit (self, job, cancellable, callback, data);
}

GPtrArray *
regard_engine_recent_finish (RegardEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
regard_engine_thumbnail_async (RegardEngine *self, GFile *file, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer data)
{
  RegardJob *job = regard_job_new (REGARD_URGENCY_THUMBNAIL, regard_job_thumbnail);

  job->file = g_object_ref (file);
  regard_engine_submit (self, job, cancellable, callback, data);
}

RegardThumbnail *
regard_engine_thumbnail_finish (RegardEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
regard_engine_open_async (RegardEngine *self, GFile *file, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer data)
{
  RegardJob *job = regard_job_new (REGARD_URGENCY_PERSON, regard_job_open);

  job->file = g_object_ref (file);
  job->changes = TRUE;
  regard_engine_submit (self, job, cancellable, callback, data);
}

void
regard_engine_open_texture_async (RegardEngine *self, GdkTexture *texture, const char *title,
                                  GCancellable *cancellable, GAsyncReadyCallback callback,
                                  gpointer data)
{
  RegardJob *job = regard_job_new (REGARD_URGENCY_PERSON, regard_job_open);

  job->texture = g_object_ref (texture);
  job->title = g_strdup (title);
  job->changes = TRUE;
  regard_engine_submit (self, job, cancellable, callback, data);
}

RegardPicture *
regard_engine_open_finish (RegardEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* A job about a part of the picture, and what is asked about it; either text may be NULL. */
static RegardJob *
job_about (RegardUrgency urgency, void (*run) (RegardWorker *, RegardJob *, GTask *),
           RegardPicture *picture, const vqa_region *part, const char *question, const char *answer)
{
  RegardJob *job = regard_job_new (urgency, run);

  job->picture = g_object_ref (picture);
  job->part = *part;
  job->question = g_strdup (question);
  job->answer = g_strdup (answer);
  return job;
}

void
regard_engine_ask_async (RegardEngine *self, RegardPicture *picture, const char *question,
                         const vqa_region *part, gboolean record, GCancellable *cancellable,
                         GAsyncReadyCallback callback, gpointer data)
{
  RegardJob *job = job_about (REGARD_URGENCY_PERSON, regard_job_ask, picture, part, question, NULL);

  job->limit = regard_preferences_get_answers (regard_preferences_get ());
  job->record = record;
  job->changes = record;
  regard_engine_submit (self, job, cancellable, callback, data);
}

void
regard_engine_explain_async (RegardEngine *self, RegardPicture *picture, const char *question,
                             const vqa_region *part, const vqa_map_options *options,
                             GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  RegardJob *job = job_about (REGARD_URGENCY_PERSON, regard_job_explain, picture, part, question,
                              options->answer);

  job->map = *options;
  job->map.answer = job->answer;
  regard_engine_submit (self, job, cancellable, callback, data);
}

void
regard_engine_detail_async (RegardEngine *self, RegardPicture *picture, const vqa_region *part,
                            GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  regard_engine_submit (
      self, job_about (REGARD_URGENCY_LONG, regard_job_detail, picture, part, NULL, NULL),
      cancellable, callback, data);
}

GdkTexture *
regard_engine_detail_finish (RegardEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
regard_engine_seen_async (RegardEngine *self, RegardPicture *picture, const vqa_region *part,
                          GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  regard_engine_submit (
      self, job_about (REGARD_URGENCY_PERSON, regard_job_seen, picture, part, NULL, NULL),
      cancellable, callback, data);
}

GdkTexture *
regard_engine_seen_finish (RegardEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

RegardLook *
regard_engine_look_finish (RegardEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
regard_engine_words_async (RegardEngine *self, RegardPicture *picture, const char *question,
                           const vqa_region *part, const char *answer, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer data)
{
  regard_engine_submit (
      self, job_about (REGARD_URGENCY_PERSON, regard_job_words, picture, part, question, answer),
      cancellable, callback, data);
}

vqa_word_weights *
regard_engine_words_finish (RegardEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
regard_look_free (RegardLook *look)
{
  if (!look)
    return;
  g_clear_object (&look->question);
  vqa_map_free (look->map);
  g_strfreev (look->blocks);
  g_free (look->map_error);
  g_free (look->library_error);
  g_free (look);
}
