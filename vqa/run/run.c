#include "vqa/run/run.h"

#include "vqa/run/classify.h"
#include "vqa/run/events.h"
#include "vqa/run/folder.h"
#include "vqa/run/stop.h"
#include "vqa/run/train.h"
#include "vqa/store/runs.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

/* Kinds of recipes: add a line for a task. */
static const struct
{
  const char *kind;
  vqa_task task;
} tasks[] = {
  { "answer", vqa_answer_train },
  { "classify", vqa_classify_train },
};

struct vqa_run
{
  const vqa_run_options *options;
  vqa_source *source;
  char *kind, *name, *folder, *checkpoint, *output;
  int lock; /* the folder, kept open and locked; -1: not yet */
  vqa_store *library;
  gboolean warned; /* of a library that cannot be written */
  gint64 id;       /* in the library, 0: no row */
  vqa_run_place place;
  gint64 prepared, told, stored; /* when: the last of each */
};

const vqa_source *
vqa_run_source (const vqa_run *r)
{
  return r->source;
}

const char *
vqa_run_folder (const vqa_run *r)
{
  return r->folder;
}

const char *
vqa_run_checkpoint (const vqa_run *r)
{
  return r->checkpoint;
}

const char *
vqa_run_output (const vqa_run *r)
{
  return r->output;
}

/* ---- the library ----------------------------------------------------------------------------- */

/* A training is worth more than its row. Takes the error. */
static void
warn (vqa_run *r, GError *error)
{
  if (!r->warned)
    g_printerr ("this run is not recorded in the library: %s\n", error->message);
  r->warned = TRUE;
  g_error_free (error);
}

static void
open_library (vqa_run *r)
{
  g_autofree char *usual = vqa_store_default_path ();
  g_autofree char *notice = NULL;
  GError *error = NULL;

  r->library
      = vqa_store_open (r->options->library != NULL ? r->options->library : usual, &notice, &error);
  if (notice != NULL)
    g_printerr ("%s\n", notice);
  if (r->library == NULL)
    warn (r, error);
  else
    vqa_store_relax (r->library);
}

static char *
absolute (const char *path)
{
  return path != NULL ? g_canonicalize_filename (path, NULL) : NULL;
}

/* FALSE when another process is at it. */
static gboolean
record_begin (vqa_run *r, const char *hash, GError **error)
{
  g_autoptr (vqa_run_record) before = NULL;
  g_autofree char *recipe = vqa_source_text (r->source);
  g_autofree char *place = g_get_current_dir ();
  g_autofree char *folder = absolute (r->folder), *data_root = absolute (r->options->data_root);
  g_autofree char *output = absolute (r->output), *path = absolute (r->options->recipe_path);
  vqa_run_record now = {
    .folder = folder,
    .kind = r->kind,
    .name = r->name,
    .place = place,
    .recipe = recipe,
    .recipe_path = path,
    .recipe_hash = (char *)hash,
    .data_root = data_root,
    .output = output,
    .state = r->options->wait ? VQA_RUN_WAITING : VQA_RUN_RUNNING,
  };
  GError *local = NULL;

  open_library (r);
  if (r->library == NULL)
    return TRUE;
  before = vqa_store_find_run_in (r->library, folder, NULL);
  if (before != NULL && before->pid != getpid ()
      && (before->state == VQA_RUN_RUNNING || before->state == VQA_RUN_WAITING))
    {
      g_set_error (error, VQA_ERROR, VQA_ERROR_FAILED,
                   "this recipe is being carried out already: run %" G_GINT64_FORMAT
                   ", process %" G_GINT64_FORMAT,
                   before->id, before->pid);
      return FALSE;
    }
  r->id = vqa_store_begin_run (r->library, &now, &local);
  if (r->id == 0)
    warn (r, local);
  return TRUE;
}

static void
record_progress (vqa_run *r)
{
  const vqa_run_place *p = &r->place;
  vqa_run_record row = {
    .stage = (char *)p->stage,
    .step = (gint64)p->step,
    .steps = (gint64)p->steps,
    .loss = p->loss,
    .samples_per_second = p->samples_per_second,
    .seconds_left = p->seconds_left,
  };
  GError *error = NULL;

  if (r->id > 0 && !vqa_store_set_run_progress (r->library, r->id, &row, &error))
    warn (r, error);
}

/* A run that goes on and was there before this one, 0: none. */
static gint64
find_other (const vqa_run *r)
{
  g_autoptr (GPtrArray) list = vqa_store_runs (r->library, NULL);
  gboolean later = TRUE; /* the last started come first */
  gint64 other = 0;

  for (guint i = 0; list != NULL && i < list->len; i++)
    {
      const vqa_run_record *o = list->pdata[i];
      if (o->id == r->id)
        later = FALSE;
      else if (o->state == VQA_RUN_RUNNING || (o->state == VQA_RUN_WAITING && !later))
        other = o->id;
    }
  return other;
}

#define WAIT_MICROSECONDS 500000

static gboolean
wait_for_others (vqa_run *r, GError **error)
{
  GError *local = NULL;
  gint64 told = 0, other;

  while ((other = find_other (r)) != 0)
    {
      if (other != told && r->options->json)
        vqa_event (r->id, "waiting", "other:i", other);
      if (other != told)
        g_printerr ("waiting for run %" G_GINT64_FORMAT " to end\n", other);
      told = other;
      if (vqa_stop_asked (error, "%s", VQA_STOPPED_TEXT))
        return FALSE;
      g_usleep (WAIT_MICROSECONDS);
    }
  if (!vqa_store_set_run_state (r->library, r->id, VQA_RUN_RUNNING, &local))
    warn (r, local);
  return TRUE;
}

/* ---- beginning ------------------------------------------------------------------------------- */

gboolean
vqa_run_begin (vqa_run *r, const char *name, const char *key, GError **error)
{
  g_autofree char *hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, key, -1);

  r->name = g_strdup (name);
  r->folder = g_strdup_printf ("runs/%s-%.8s", name, hash);
  r->checkpoint = g_build_filename (r->folder, "checkpoint.safetensors", NULL);
  r->output = r->options->output != NULL ? g_strdup (r->options->output)
                                         : g_strconcat (name, ".safetensors", NULL);
  if (!record_begin (r, hash, error))
    return FALSE;
  if (r->options->json)
    vqa_event (r->id, "started", "kind:t name:t recipe:t folder:t output:t resumed:b", r->kind,
               name, r->options->recipe_path, r->folder, r->output,
               g_file_test (r->checkpoint, G_FILE_TEST_EXISTS));
  return !r->options->wait || r->id == 0 || wait_for_others (r, error);
}

gboolean
vqa_run_open (vqa_run *r, GError **error)
{
  r->lock = vqa_run_folder_lock (r->folder, error);
  return r->lock >= 0;
}

/* ---- progress -------------------------------------------------------------------------------- */

#define TELL_MICROSECONDS  1000000
#define STORE_MICROSECONDS 5000000

/* TRUE at most once in a while. */
static gboolean
due (gint64 *last, gint64 interval)
{
  gint64 now = g_get_monotonic_time ();

  if (*last != 0 && now - *last < interval)
    return FALSE;
  *last = now;
  return TRUE;
}

void
vqa_run_data (vqa_run *r, const char *hash)
{
  GError *error = NULL;

  if (r->id > 0 && !vqa_store_set_run_data (r->library, r->id, hash, &error))
    warn (r, error);
}

void
vqa_run_preparing (vqa_run *r, const char *what, gsize done, gsize total)
{
  if (r != NULL && r->options->json && (done == total || due (&r->prepared, TELL_MICROSECONDS)))
    vqa_event (r->id, "preparing", "what:t done:i total:i", what, (gint64)done, (gint64)total);
}

void
vqa_run_progress (vqa_run *r, const vqa_run_place *p, gboolean now)
{
  r->place = *p;
  if (now)
    r->told = r->stored = 0;
  if (r->options->json && due (&r->told, TELL_MICROSECONDS))
    vqa_event (r->id, "progress",
               "stage:t stage_step:i stage_steps:i step:i steps:i loss:d rate:d "
               "samples_per_second:d seconds_left:d",
               p->stage, (gint64)p->stage_step, (gint64)p->stage_steps, (gint64)p->step,
               (gint64)p->steps, p->loss, p->rate, p->samples_per_second, p->seconds_left);
  if (due (&r->stored, STORE_MICROSECONDS))
    record_progress (r);
}

void
vqa_run_metric (vqa_run *r, const char *name, double value)
{
  GError *error = NULL;

  if (r->options->json)
    vqa_event (r->id, "metric", "stage:t step:i name:t value:d", r->place.stage,
               (gint64)r->place.step, name, value);
  if (r->id > 0
      && !vqa_store_add_metric (r->library, r->id, (gint64)r->place.step, name, value, &error))
    warn (r, error);
}

void
vqa_run_saved (vqa_run *r)
{
  if (r->options->json)
    vqa_event (r->id, "checkpoint", "step:i path:t", (gint64)r->place.step, r->checkpoint);
}

/* ---- the whole of it ------------------------------------------------------------------------- */

static vqa_task
find_task (const vqa_run *r, GError **error)
{
  g_autoptr (GString) all = g_string_new (NULL);
  g_autofree char *what = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (tasks); i++)
    {
      if (strcmp (tasks[i].kind, r->kind) == 0)
        return tasks[i].task;
      g_string_append_printf (all, "%s%s", i > 0 ? ", " : "", tasks[i].kind);
    }
  what = g_strdup_printf ("is “%s”; it must be one of: %s", r->kind, all->str);
  vqa_source_fail (r->source, "recipe", "kind", what, error);
  return NULL;
}

static char *
file_hash (const char *path)
{
  g_autoptr (GMappedFile) file = g_mapped_file_new (path, FALSE, NULL);
  g_autoptr (GBytes) bytes = file != NULL ? g_mapped_file_get_bytes (file) : NULL;

  return bytes != NULL ? g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, bytes) : NULL;
}

/* Tells how it ended; why: NULL when all went well. */
static void
conclude (vqa_run *r, const GError *why)
{
  gboolean stopped = g_error_matches (why, VQA_ERROR, VQA_ERROR_STOPPED);
  g_autofree char *hash = why == NULL ? file_hash (r->output) : NULL;
  vqa_run_state state = why == NULL ? VQA_RUN_DONE : stopped ? VQA_RUN_STOPPED : VQA_RUN_FAILED;
  GError *error = NULL;

  if (r->options->json && why == NULL)
    vqa_event (r->id, "finished", "output:t model:t", r->output, hash);
  else if (r->options->json && stopped)
    vqa_event (r->id, "stopped", "step:i", (gint64)r->place.step);
  else if (r->options->json)
    vqa_event (r->id, "failed", "message:t", why->message);
  if (r->id == 0)
    return;
  if (r->place.stage != NULL)
    record_progress (r);
  if (!vqa_store_end_run (r->library, r->id, state, state == VQA_RUN_FAILED ? why->message : NULL,
                          hash, &error))
    warn (r, error);
}

gboolean
vqa_run_recipe (const vqa_run_options *o, GError **error)
{
  vqa_run r = { .options = o, .lock = -1 };
  vqa_task task = NULL;
  GError *why = NULL;

  vqa_stop_listen ();
  /* A reader that goes away must not end the training with it. */
  if (o->json)
    signal (SIGPIPE, SIG_IGN);
  r.source = vqa_source_open (o->recipe_path, o->recipe_text, o->data_root, o->settings, &why);
  if (r.source != NULL)
    {
      r.kind = vqa_source_kind (r.source);
      task = find_task (&r, &why);
    }
  if (task != NULL)
    (void)task (&r, &why);
  conclude (&r, why);
  if (r.lock >= 0)
    close (r.lock);
  vqa_store_close (r.library);
  vqa_source_free (r.source);
  g_free (r.kind);
  g_free (r.name);
  g_free (r.folder);
  g_free (r.checkpoint);
  g_free (r.output);
  if (why != NULL)
    g_propagate_error (error, why);
  return why == NULL;
}
