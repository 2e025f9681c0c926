#include "vqa/run/run.h"

#include "vqa/run/classify.h"
#include "vqa/run/stop.h"
#include "vqa/run/train.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
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

/* ---- folder ---------------------------------------------------------------------------------- */

gboolean
vqa_run_begin (vqa_run *r, const char *name, const char *key, GError **error)
{
  g_autofree char *hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, key, -1);

  r->name = g_strdup (name);
  r->folder = g_strdup_printf ("runs/%s-%.8s", name, hash);
  r->checkpoint = g_build_filename (r->folder, "checkpoint.safetensors", NULL);
  r->output = r->options->output != NULL ? g_strdup (r->options->output)
                                         : g_strconcat (name, ".safetensors", NULL);
  return TRUE;
}

gboolean
vqa_run_open (vqa_run *r, GError **error)
{
  if (g_mkdir_with_parents (r->folder, 0755) != 0)
    {
      g_set_error (error, VQA_ERROR, VQA_ERROR_FAILED,
                   "%s cannot be made: %s; start in a folder you may write to", r->folder,
                   g_strerror (errno));
      return FALSE;
    }
  r->lock = open (r->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (r->lock >= 0 && flock (r->lock, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
    {
      g_set_error (error, VQA_ERROR, VQA_ERROR_FAILED,
                   "%s is in use: the same recipe is being carried out by another process",
                   r->folder);
      return FALSE;
    }
  return TRUE;
}

/* ---- progress -------------------------------------------------------------------------------- */

void
vqa_run_data (vqa_run *r, const char *hash)
{
}

void
vqa_run_preparing (vqa_run *r, const char *what, gsize done, gsize total)
{
}

void
vqa_run_progress (vqa_run *r, const vqa_run_place *place, gboolean now)
{
}

void
vqa_run_metric (vqa_run *r, const char *name, double value)
{
}

void
vqa_run_saved (vqa_run *r)
{
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

gboolean
vqa_run_recipe (const vqa_run_options *o, GError **error)
{
  vqa_run r = { .options = o, .lock = -1 };
  vqa_task task = NULL;
  gboolean good = FALSE;

  vqa_stop_listen ();
  r.source = vqa_source_open (o->recipe_path, o->recipe_text, o->data_root, o->settings, error);
  if (r.source != NULL)
    {
      r.kind = vqa_source_kind (r.source);
      task = find_task (&r, error);
      good = task != NULL && task (&r, error);
    }
  if (r.lock >= 0)
    close (r.lock);
  vqa_source_free (r.source);
  g_free (r.kind);
  g_free (r.name);
  g_free (r.folder);
  g_free (r.checkpoint);
  g_free (r.output);
  return good;
}
