/* The history's jobs, and how they get into the queue. */
#include "app/engine-history.h"

#include "app/engine-private.h"

#include <glib/gi18n.h>

/* Small pictures of the list, in pixels, and how many are kept. */
#define SMALL_SIDE 128
#define MAX_SMALL  600

#define MAX_PICTURES  200
#define MAX_COMMON    300
#define MAX_QUESTIONS 500

/* Input of all of these jobs; each uses some of it. */
typedef struct
{
  char *words, *picture, *model;
  vqa_filter filter; /* its texts are the ones above */
  GArray *moments;   /* NULL: everything */
  GPtrArray *entries;
  gint64 id;
  gboolean pinned;
  vqa_export_format format;
} history_input;

static void
free_input (gpointer data)
{
  history_input *input = data;

  g_free (input->words);
  g_free (input->picture);
  g_free (input->model);
  g_clear_pointer (&input->moments, g_array_unref);
  g_clear_pointer (&input->entries, g_ptr_array_unref);
  g_free (input);
}

static RegardJob *
new_job (RegardUrgency urgency, void (*run) (RegardWorker *, RegardJob *, GTask *),
         const gint64 *moments, guint n, history_input **input)
{
  RegardJob *job = regard_job_new (urgency, run);

  *input = g_new0 (history_input, 1);
  job->input = *input;
  job->free_input = free_input;
  if (moments)
    {
      (*input)->moments = g_array_sized_new (FALSE, FALSE, sizeof (gint64), n);
      g_array_append_vals ((*input)->moments, moments, n);
    }
  return job;
}

static const gint64 *
data_of (const GArray *moments)
{
  return (const gint64 *)(const void *)moments->data;
}

gboolean
regard_job_has_store (RegardWorker *worker, GTask *task)
{
  if (worker->store)
    return TRUE;
  g_task_return_new_error (task, VQA_STORE_ERROR, VQA_STORE_ERROR_OPEN,
                           _ ("There is no history: the library cannot be opened"));
  return FALSE;
}

static void
return_done (GTask *task, gboolean done, GError *error)
{
  if (done)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/* ---- reading ----------------------------------------------------------------------------- */

static void
find_job (RegardWorker *worker, RegardJob *job, GTask *task)
{
  history_input *input = job->input;
  GError *error = NULL;
  GArray *moments;

  if (!regard_job_has_store (worker, task))
    return;
  moments = vqa_store_find (worker->store, &input->filter, &error);
  if (moments)
    g_task_return_pointer (task, moments, (GDestroyNotify)g_array_unref);
  else
    g_task_return_error (task, error);
}

void
regard_engine_find_async (RegardEngine *self, const vqa_filter *filter, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer data)
{
  history_input *input;
  RegardJob *job = new_job (REGARD_URGENCY_RECENT, find_job, NULL, 0, &input);

  input->filter = *filter;
  input->filter.words = input->words = g_strdup (filter->words);
  input->filter.picture = input->picture = g_strdup (filter->picture);
  input->filter.model = input->model = g_strdup (filter->model);
  regard_engine_submit (self, job, cancellable, callback, data);
}

GArray *
regard_engine_find_finish (RegardEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
loaded_free (gpointer data)
{
  RegardLoaded *loaded = data;

  vqa_entry_free (loaded->entry);
  g_clear_object (&loaded->texture);
  g_free (loaded);
}

/* A new reference, or NULL. */
static GdkTexture *
small_picture (RegardWorker *worker, gint64 picture)
{
  g_autoptr (GBytes) bytes = NULL;
  GdkTexture *texture = NULL;

  if (!worker->thumbnails)
    worker->thumbnails
        = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_object_unref);
  texture = g_hash_table_lookup (worker->thumbnails, &picture);
  if (texture)
    return g_object_ref (texture);
  bytes = vqa_store_thumbnail (worker->store, picture, NULL);
  texture = bytes ? regard_decode_thumbnail (bytes, SMALL_SIDE) : NULL;
  if (!texture)
    return NULL;
  if (g_hash_table_size (worker->thumbnails) >= MAX_SMALL)
    g_hash_table_remove_all (worker->thumbnails);
  g_hash_table_insert (worker->thumbnails, g_memdup2 (&picture, sizeof picture),
                       g_object_ref (texture));
  return texture;
}

static void
load_job (RegardWorker *worker, RegardJob *job, GTask *task)
{
  const GArray *moments = ((history_input *)job->input)->moments;
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func (loaded_free);
  g_autoptr (GPtrArray) entries = NULL;
  GError *error = NULL;

  if (!regard_job_has_store (worker, task))
    return;
  entries = vqa_store_entries (worker->store, data_of (moments), moments->len, &error);
  if (!entries)
    {
      g_task_return_error (task, error);
      return;
    }
  g_ptr_array_set_free_func (entries, NULL);
  for (guint i = 0; i < entries->len; i++)
    {
      RegardLoaded *loaded = g_new0 (RegardLoaded, 1);

      loaded->entry = entries->pdata[i];
      loaded->texture = small_picture (worker, loaded->entry->picture->id);
      g_ptr_array_add (list, loaded);
    }
  g_task_return_pointer (task, g_steal_pointer (&list), (GDestroyNotify)g_ptr_array_unref);
}

void
regard_engine_load_async (RegardEngine *self, const gint64 *moments, guint n,
                          GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  history_input *input;

  regard_engine_submit (self, new_job (REGARD_URGENCY_RECENT, load_job, moments, n, &input),
                        cancellable, callback, data);
}

GPtrArray *
regard_engine_load_finish (RegardEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
regard_choices_free (RegardChoices *choices)
{
  g_clear_pointer (&choices->pictures, g_ptr_array_unref);
  g_clear_pointer (&choices->models, g_ptr_array_unref);
  g_free (choices);
}

static void
choices_job (RegardWorker *worker, RegardJob *job, GTask *task)
{
  g_autoptr (RegardChoices) choices = g_new0 (RegardChoices, 1);
  GError *error = NULL;

  if (!regard_job_has_store (worker, task))
    return;
  choices->pictures = vqa_store_pictures (worker->store, MAX_PICTURES, &error);
  if (choices->pictures)
    choices->models = vqa_store_models (worker->store, &error);
  if (!choices->models)
    {
      g_task_return_error (task, error);
      return;
    }
  for (guint i = choices->pictures->len; i-- > 0;)
    if (((const vqa_store_picture *)choices->pictures->pdata[i])->n_questions == 0)
      g_ptr_array_remove_index (choices->pictures, i);
  g_task_return_pointer (task, g_steal_pointer (&choices), (GDestroyNotify)regard_choices_free);
}

void
regard_engine_choices_async (RegardEngine *self, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer data)
{
  regard_engine_submit (self, regard_job_new (REGARD_URGENCY_RECENT, choices_job), cancellable,
                        callback, data);
}

RegardChoices *
regard_engine_choices_finish (RegardEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
common_job (RegardWorker *worker, RegardJob *job, GTask *task)
{
  GError *error = NULL;
  char **list;

  if (!regard_job_has_store (worker, task))
    return;
  list = vqa_store_common_questions (worker->store, MAX_COMMON, &error);
  if (list)
    g_task_return_pointer (task, list, (GDestroyNotify)g_strfreev);
  else
    g_task_return_error (task, error);
}

void
regard_engine_common_async (RegardEngine *self, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer data)
{
  regard_engine_submit (self, regard_job_new (REGARD_URGENCY_LONG, common_job), cancellable,
                        callback, data);
}

char **
regard_engine_common_finish (RegardEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
questions_job (RegardWorker *worker, RegardJob *job, GTask *task)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GPtrArray) rows = NULL;
  GError *error = NULL;
  gint64 id;

  if (!regard_job_has_store (worker, task))
    return;
  id = vqa_store_find_picture (worker->store, job->picture->hash, &error);
  if (id)
    rows = vqa_store_questions (worker->store, id, MAX_QUESTIONS, &error);
  if (error)
    {
      g_task_return_error (task, error);
      return;
    }
  for (guint i = 0; rows && i < rows->len; i++)
    g_ptr_array_add (list, regard_question_from_store (rows->pdata[i], job->picture));
  g_task_return_pointer (task, g_steal_pointer (&list), (GDestroyNotify)g_ptr_array_unref);
}

void
regard_engine_questions_async (RegardEngine *self, RegardPicture *picture,
                               GCancellable *cancellable, GAsyncReadyCallback callback,
                               gpointer data)
{
  RegardJob *job = regard_job_new (REGARD_URGENCY_PERSON, questions_job);

  job->picture = g_object_ref (picture);
  regard_engine_submit (self, job, cancellable, callback, data);
}

GPtrArray *
regard_engine_questions_finish (RegardEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* ---- changing ---------------------------------------------------------------------------- */

static void
submit_change (RegardEngine *self, RegardJob *job, GAsyncReadyCallback callback, gpointer data)
{
  job->changes = TRUE;
  regard_engine_submit (self, job, NULL, callback, data);
}

gboolean
regard_engine_change_finish (RegardEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
delete_job (RegardWorker *worker, RegardJob *job, GTask *task)
{
  const GArray *moments = ((history_input *)job->input)->moments;
  GError *error = NULL;
  GPtrArray *taken;

  if (!regard_job_has_store (worker, task))
    return;
  taken = vqa_store_take (worker->store, data_of (moments), moments->len, &error);
  if (taken)
    g_task_return_pointer (task, taken, (GDestroyNotify)g_ptr_array_unref);
  else
    g_task_return_error (task, error);
}

void
regard_engine_delete_async (RegardEngine *self, const gint64 *moments, guint n,
                            GAsyncReadyCallback callback, gpointer data)
{
  history_input *input;

  submit_change (self, new_job (REGARD_URGENCY_PERSON, delete_job, moments, n, &input), callback,
                 data);
}

GPtrArray *
regard_engine_delete_finish (RegardEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
put_back_job (RegardWorker *worker, RegardJob *job, GTask *task)
{
  GError *error = NULL;

  if (regard_job_has_store (worker, task))
    return_done (task,
                 vqa_store_put_back (worker->store, ((history_input *)job->input)->entries, &error),
                 error);
}

void
regard_engine_put_back_async (RegardEngine *self, GPtrArray *entries, GAsyncReadyCallback callback,
                              gpointer data)
{
  history_input *input;
  RegardJob *job = new_job (REGARD_URGENCY_PERSON, put_back_job, NULL, 0, &input);

  input->entries = g_ptr_array_ref (entries);
  submit_change (self, job, callback, data);
}

static void
pin_job (RegardWorker *worker, RegardJob *job, GTask *task)
{
  const history_input *input = job->input;
  GError *error = NULL;

  if (regard_job_has_store (worker, task))
    return_done (task,
                 vqa_store_pin (worker->store, data_of (input->moments), input->moments->len,
                                input->pinned, &error),
                 error);
}

void
regard_engine_pin_async (RegardEngine *self, const gint64 *moments, guint n, gboolean pinned,
                         GAsyncReadyCallback callback, gpointer data)
{
  history_input *input;
  RegardJob *job = new_job (REGARD_URGENCY_PERSON, pin_job, moments, n, &input);

  input->pinned = pinned;
  submit_change (self, job, callback, data);
}

static void
correct_job (RegardWorker *worker, RegardJob *job, GTask *task)
{
  const history_input *input = job->input;
  GError *error = NULL;
  gint64 moment;

  if (!regard_job_has_store (worker, task))
    return;
  moment = vqa_store_moment (worker->store, input->id, &error);
  return_done (task, !error && vqa_store_correct (worker->store, moment, input->words, &error),
               error);
}

void
regard_engine_correct_async (RegardEngine *self, gint64 id, const char *answer,
                             GAsyncReadyCallback callback, gpointer data)
{
  history_input *input;
  RegardJob *job = new_job (REGARD_URGENCY_PERSON, correct_job, NULL, 0, &input);

  input->id = id;
  input->words = g_strdup (answer);
  submit_change (self, job, callback, data);
}

static void
clear_job (RegardWorker *worker, RegardJob *job, GTask *task)
{
  GError *error = NULL;

  if (!regard_job_has_store (worker, task))
    return;
  g_clear_pointer (&worker->thumbnails, g_hash_table_unref);
  return_done (task, vqa_store_clear (worker->store, &error), error);
}

void
regard_engine_clear_async (RegardEngine *self, GAsyncReadyCallback callback, gpointer data)
{
  submit_change (self, regard_job_new (REGARD_URGENCY_LONG, clear_job), callback, data);
}

/* ---- exchange ---------------------------------------------------------------------------- */

static void
export_job (RegardWorker *worker, RegardJob *job, GTask *task)
{
  const history_input *input = job->input;
  const GArray *moments = input->moments;
  GError *error = NULL;

  if (!regard_job_has_store (worker, task))
    return;
  if (vqa_store_export_file (worker->store, moments ? data_of (moments) : NULL,
                             moments ? moments->len : 0, input->format, job->file, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

void
regard_engine_export_async (RegardEngine *self, GFile *file, vqa_export_format format,
                            const gint64 *moments, guint n, GAsyncReadyCallback callback,
                            gpointer data)
{
  history_input *input;
  RegardJob *job = new_job (REGARD_URGENCY_LONG, export_job, moments, n, &input);

  job->file = g_object_ref (file);
  input->format = format;
  regard_engine_submit (self, job, NULL, callback, data);
}

static void
import_job (RegardWorker *worker, RegardJob *job, GTask *task)
{
  g_autofree vqa_imported *imported = g_new0 (vqa_imported, 1);
  g_autofree char *name = g_file_get_basename (job->file), *text = NULL;
  g_autofree char *shown = g_filename_display_name (name);
  GError *error = NULL;
  gsize length;

  if (!regard_job_has_store (worker, task))
    return;
  if (g_file_load_contents (job->file, NULL, &text, &length, NULL, &error)
      && vqa_store_import (worker->store, shown, text, length, imported, &error))
    g_task_return_pointer (task, g_steal_pointer (&imported), g_free);
  else
    g_task_return_error (task, error);
}

void
regard_engine_import_async (RegardEngine *self, GFile *file, GAsyncReadyCallback callback,
                            gpointer data)
{
  RegardJob *job = regard_job_new (REGARD_URGENCY_LONG, import_job);

  job->file = g_object_ref (file);
  submit_change (self, job, callback, data);
}

vqa_imported *
regard_engine_import_finish (RegardEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
