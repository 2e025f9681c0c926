/* Runs in the library: what was started with which recipe, how far it is, what came out, and the
 * numbers measured on the way. A run is known by its folder; starting it again goes on with the
 * same row. Functions that write are one transaction each. */
#pragma once

#include "vqa/store/store.h"

G_BEGIN_DECLS

typedef enum
{
  VQA_RUN_WAITING, /* for others to end */
  VQA_RUN_RUNNING,
  VQA_RUN_STOPPED, /* by a person; can go on */
  VQA_RUN_DONE,
  VQA_RUN_FAILED,      /* `error` says why; can be tried again */
  VQA_RUN_INTERRUPTED, /* its process is gone (killed, power cut); can go on. Never stored: it is
                          what a row that says waiting or running means then */
} vqa_run_state;
const char *vqa_run_state_name (vqa_run_state state); /* "waiting", ... */

typedef struct
{
  gint64 id;
  char *folder;      /* its own, absolute: checkpoint */
  char *kind, *name; /* "answer", "photos" */
  char *place;       /* current folder when it was started; runs/ is below it */
  char *recipe;      /* text with settings applied */
  char *recipe_path, *recipe_hash;
  char *data_root;  /* NULL: none was given */
  char *data_hash;  /* of what is learned from; NULL until known */
  char *output;     /* the model it writes */
  char *model_hash; /* of that file; NULL until done */
  char *stage;      /* NULL until its first step */
  char *error;      /* NULL unless it failed */
  vqa_run_state state;
  gint64 step, steps;                            /* of all stages; 0 until known */
  double loss, samples_per_second, seconds_left; /* 0 until known */
  gint64 pid;
  char *process;            /* tells that process from a later one with its pid */
  gint64 started, finished; /* microseconds since 1970; finished 0: not yet */
} vqa_run_record;
void vqa_run_record_free (vqa_run_record *r);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (vqa_run_record, vqa_run_record_free)

/* Records that this process begins (or goes on with) the run in `r->folder`, in state r->state,
 * from r's kind to output. Returns the id, 0 on error. */
gint64 vqa_store_begin_run (vqa_store *store, const vqa_run_record *r, GError **error);
/* Its state alone: VQA_RUN_WAITING to VQA_RUN_RUNNING. */
gboolean vqa_store_set_run_state (vqa_store *store, gint64 id, vqa_run_state state, GError **error);
gboolean vqa_store_set_run_data (vqa_store *store, gint64 id, const char *hash, GError **error);
/* Stage, step, steps, loss and speed of `r`. */
gboolean vqa_store_set_run_progress (vqa_store *store, gint64 id, const vqa_run_record *r,
                                     GError **error);
/* message and model_hash may be NULL. */
gboolean vqa_store_end_run (vqa_store *store, gint64 id, vqa_run_state state, const char *message,
                            const char *model_hash, GError **error);
/* A number at a step; one told before for the same step is replaced. Not finite: nothing. */
gboolean vqa_store_add_metric (vqa_store *store, gint64 run, gint64 step, const char *name,
                               double value, GError **error);
/* Removes the row with its metrics; the folder is the caller's business. */
gboolean vqa_store_delete_run (vqa_store *store, gint64 id, GError **error);

/* Runs, last started first: array of vqa_run_record, free with g_ptr_array_unref; NULL on error. */
GPtrArray *vqa_store_runs (vqa_store *store, GError **error);
/* One run by id, or by folder; NULL when there is none (no error) or on error. */
vqa_run_record *vqa_store_find_run (vqa_store *store, gint64 id, GError **error);
vqa_run_record *vqa_store_find_run_in (vqa_store *store, const char *folder, GError **error);

typedef struct
{
  gint64 step;
  char *name;
  double value;
} vqa_metric;
/* By name, then step: array of vqa_metric, free with g_ptr_array_unref; NULL on error. */
GPtrArray *vqa_store_metrics (vqa_store *store, gint64 run, GError **error);

/* From now on a commit need not wait for the disk: for rows that are written while something else
 * should go fast. A power cut may lose the last ones, never damage the file. */
void vqa_store_relax (vqa_store *store);

G_END_DECLS
