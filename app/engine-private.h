/* What the queue (engine.c) and the jobs (engine-jobs.c) share. */
#pragma once

#include "app/engine.h"
#include "vqa/store/store.h"

G_BEGIN_DECLS

/* Touched by the worker thread only, from its start to its end. */
typedef struct
{
  vqa_store *store; /* NULL only if not even one in memory could be made */
  vqa_model *model; /* NULL: none found */
  int side;         /* of the square the model sees, 0 without a model */
} RegardWorker;

typedef struct RegardJob RegardJob;

/* Lower comes first; equal ones in the order they came. */
typedef enum
{
  REGARD_URGENCY_LIBRARY,
  REGARD_URGENCY_RECENT,
  REGARD_URGENCY_MODEL,
  REGARD_URGENCY_PERSON, /* someone is waiting for it */
  REGARD_URGENCY_THUMBNAIL,
} RegardUrgency;

struct RegardJob
{
  void (*run) (RegardWorker *worker, RegardJob *job, GTask *task); /* returns the task */
  RegardUrgency urgency;
  guint64 serial;
  GTask *task;

  /* Input, owned; each kind of job uses some of them. */
  GFile *file;
  GdkTexture *texture;
  RegardPicture *picture;
  char *question;
  char *answer;
  char *model; /* path; NULL: the first that is found */
  guint limit;
};

void regard_job_open_library (RegardWorker *worker, RegardJob *job, GTask *task);
void regard_job_load_model (RegardWorker *worker, RegardJob *job, GTask *task);
void regard_job_models (RegardWorker *worker, RegardJob *job, GTask *task);
void regard_job_recent (RegardWorker *worker, RegardJob *job, GTask *task);
void regard_job_thumbnail (RegardWorker *worker, RegardJob *job, GTask *task);
void regard_job_open (RegardWorker *worker, RegardJob *job, GTask *task);
void regard_job_ask (RegardWorker *worker, RegardJob *job, GTask *task);
void regard_job_explain (RegardWorker *worker, RegardJob *job, GTask *task);

G_END_DECLS
