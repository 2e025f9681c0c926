#include "app/engine-collections.h"

#include "app/engine-private.h"

#include <glib/gi18n.h>

/* Longest side of a tile's picture, in pixels. */
#define TILE_SIDE 256

/* Input of all of these jobs; each uses some of it. */
typedef struct
{
  char *folder;
  gboolean deep;
  gint64 id;
  vqa_collection *collection;
} collection_input;

static void
free_input (gpointer data)
{
  collection_input *input = data;

  g_free (input->folder);
  vqa_collection_free (input->collection);
  g_free (input);
}

static RegardJob *
new_job (RegardUrgency urgency, void (*run) (RegardWorker *, RegardJob *, GTask *),
         collection_input **input)
{
  RegardJob *job = regard_job_new (urgency, run);

  *input = g_new0 (collection_input, 1);
  job->input = *input;
  job->free_input = free_input;
  return job;
}

static gboolean
have_model (RegardWorker *worker, GTask *task)
{
  if (worker->model)
    return TRUE;
  g_task_return_new_error (task, VQA_ERROR, VQA_ERROR_MODEL,
                           _ ("There is no model that could answer"));
  return FALSE;
}

static void
return_collection (GTask *task, vqa_collection *collection, GError *error)
{
  if (error)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, collection, (GDestroyNotify)vqa_collection_free);
}

/* ---- asking ------------------------------------------------------------------------------ */

static void
begin_job (RegardWorker *worker, RegardJob *job, GTask *task)
{
  collection_input *input = job->input;
  g_autofree char *by = NULL;
  GError *error = NULL;
  vqa_collection *c = NULL;

  if (!have_model (worker, task))
    return;
  if (vqa_collection_measure (worker->model, job->question, &by, &error))
    c = vqa_collection_new (input->folder, input->deep, job->question, by,
                            vqa_model_get_info (worker->model));
  return_collection (task, c, error);
}

void
regard_engine_collection_async (RegardEngine *self, GFile *folder, gboolean deep,
                                const char *question, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer data)
{
  collection_input *input;
  RegardJob *job = new_job (REGARD_URGENCY_PERSON, begin_job, &input);
  const char *path = g_file_peek_path (folder);

  input->folder
      = path && g_utf8_validate (path, -1, NULL) ? g_strdup (path) : g_file_get_uri (folder);
  input->deep = deep;
  job->question = g_strdup (question);
  regard_engine_submit (self, job, cancellable, callback, data);
}

vqa_collection *
regard_engine_collection_finish (RegardEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
collect_job (RegardWorker *worker, RegardJob *job, GTask *task)
{
  g_autoptr (vqa_picture) shown = NULL;
  g_autoptr (GdkTexture) texture = NULL;
  vqa_collected *result;

  if (!have_model (worker, task))
    return;
  result = vqa_collect (worker->model, job->file, job->question, job->answer, TILE_SIDE, &shown);
  if (shown)
    texture = regard_texture_from (g_steal_pointer (&shown));
  g_task_return_pointer (task, regard_collected_new (result, texture), g_object_unref);
}

void
regard_engine_collect_async (RegardEngine *self, GFile *file, const vqa_collection *collection,
                             GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  RegardJob *job = regard_job_new (REGARD_URGENCY_LONG, collect_job);

  job->file = g_object_ref (file);
  job->question = g_strdup (collection->question);
  job->answer = g_strdup (collection->by);
  regard_engine_submit (self, job, cancellable, callback, data);
}

RegardCollected *
regard_engine_collect_finish (RegardEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* ---- what is kept ------------------------------------------------------------------------ */

static void
list_job (RegardWorker *worker, RegardJob *job, GTask *task)
{
  GError *error = NULL;
  GPtrArray *list;

  if (!regard_job_has_store (worker, task))
    return;
  list = vqa_store_collections (worker->store, &error);
  if (list)
    g_task_return_pointer (task, list, (GDestroyNotify)g_ptr_array_unref);
  else
    g_task_return_error (task, error);
}

void
regard_engine_collections_async (RegardEngine *self, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer data)
{
  regard_engine_submit (self, regard_job_new (REGARD_URGENCY_RECENT, list_job), cancellable,
                        callback, data);
}

GPtrArray *
regard_engine_collections_finish (RegardEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
read_job (RegardWorker *worker, RegardJob *job, GTask *task)
{
  GError *error = NULL;

  if (regard_job_has_store (worker, task))
    {
      vqa_collection *c
          = vqa_store_collection (worker->store, ((collection_input *)job->input)->id, &error);
      return_collection (task, c, error);
    }
}

static void
delete_job (RegardWorker *worker, RegardJob *job, GTask *task)
{
  gint64 id = ((collection_input *)job->input)->id;
  g_autoptr (vqa_collection) c = NULL;
  GError *error = NULL;

  if (!regard_job_has_store (worker, task))
    return;
  c = vqa_store_collection (worker->store, id, &error);
  if (c)
    vqa_store_delete_collection (worker->store, id, &error);
  return_collection (task, error ? NULL : g_steal_pointer (&c), error);
}

void
regard_engine_read_collection_async (RegardEngine *self, gint64 id, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer data)
{
  collection_input *input;
  RegardJob *job = new_job (REGARD_URGENCY_PERSON, read_job, &input);

  input->id = id;
  regard_engine_submit (self, job, cancellable, callback, data);
}

void
regard_engine_delete_collection_async (RegardEngine *self, gint64 id, GAsyncReadyCallback callback,
                                       gpointer data)
{
  collection_input *input;
  RegardJob *job = new_job (REGARD_URGENCY_PERSON, delete_job, &input);

  input->id = id;
  regard_engine_submit (self, job, NULL, callback, data);
}

static void
keep_job (RegardWorker *worker, RegardJob *job, GTask *task)
{
  collection_input *input = job->input;
  GError *error = NULL;
  gint64 id = 0;

  if (!job->private)
    {
      if (!regard_job_has_store (worker, task))
        return;
      id = vqa_store_keep_collection (worker->store, input->collection, &error);
    }
  if (error)
    g_task_return_error (task, error);
  else
    g_task_return_int (task, (gssize)id);
}

void
regard_engine_keep_collection_async (RegardEngine *self, vqa_collection *collection,
                                     GAsyncReadyCallback callback, gpointer data)
{
  collection_input *input;
  RegardJob *job = new_job (REGARD_URGENCY_RECENT, keep_job, &input);

  input->collection = collection;
  regard_engine_submit (self, job, NULL, callback, data);
}

gint64
regard_engine_keep_collection_finish (RegardEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_int (G_TASK (result), error);
}
