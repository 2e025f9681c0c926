/* What the queue (engine.c) and the jobs (engine-jobs.c, engine-history.c) share. */
#pragma once

#include "app/engine.h"
#include "vqa/store/store.h"

G_BEGIN_DECLS

/* One of two models that are compared on a picture (engine-compare.c). */
typedef struct
{
  vqa_model *own;  /* NULL: the worker's model, which then is the one of `path` */
  char *path;      /* NULL: no model here */
  int side;        /* of the square it sees, */
  guint8 *square;  /* which is of the picture's part (side,side,3), */
  vqa_region part; /* and of that part */
  char *key;       /* its features are kept under */
} RegardCompared;

/* Touched by the worker thread only, from its start to its end. */
typedef struct
{
  vqa_store *store;       /* NULL only if not even one in memory could be made */
  vqa_model *model;       /* NULL: none found */
  int side;               /* of the square the model sees, 0 without a model */
  GHashTable *thumbnails; /* of the history: picture's id -> GdkTexture; NULL until needed */
  RegardCompared compared[2];
} RegardWorker;

typedef struct RegardJob RegardJob;

/* Lower comes first; equal ones in the order they came. */
typedef enum
{
  REGARD_URGENCY_LIBRARY,
  REGARD_URGENCY_RECENT,
  REGARD_URGENCY_MODEL,
  REGARD_URGENCY_PERSON, /* someone is waiting for it */
  REGARD_URGENCY_LONG,   /* and knows that it takes a while */
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
  char *title; /* of the texture */
  RegardPicture *picture;
  char *question;
  char *answer;
  vqa_map_options map; /* its answer is the job's */
  vqa_region part;
  gboolean record;
  char *model;     /* path; NULL: the first that is found */
  gboolean import; /* the model comes from elsewhere */
  gboolean lent;   /* the model answers for now: the choice stays what it was */
  guint limit;
  gpointer input; /* of the history's jobs, freed with free_input */
  GDestroyNotify free_input;
  gboolean changes; /* the history may be another one afterwards */
  gboolean private; /* nothing may be stored */
};

/* A job without input, and its place in the queue. submit takes the job. */
RegardJob *regard_job_new (RegardUrgency urgency,
                           void (*run) (RegardWorker *, RegardJob *, GTask *));
void regard_engine_submit (RegardEngine *self, RegardJob *job, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer data);

/* FALSE, and the task returns why: there is no store, not even one in memory could be made. */
gboolean regard_job_has_store (RegardWorker *worker, GTask *task);
void regard_job_open_library (RegardWorker *worker, RegardJob *job, GTask *task);
void regard_job_load_model (RegardWorker *worker, RegardJob *job, GTask *task);
void regard_job_models (RegardWorker *worker, RegardJob *job, GTask *task);
void regard_job_recent (RegardWorker *worker, RegardJob *job, GTask *task);
void regard_job_thumbnail (RegardWorker *worker, RegardJob *job, GTask *task);
void regard_job_open (RegardWorker *worker, RegardJob *job, GTask *task);
void regard_job_ask (RegardWorker *worker, RegardJob *job, GTask *task);
void regard_job_detail (RegardWorker *worker, RegardJob *job, GTask *task);
void regard_job_seen (RegardWorker *worker, RegardJob *job, GTask *task);
void regard_job_explain (RegardWorker *worker, RegardJob *job, GTask *task);
void regard_job_words (RegardWorker *worker, RegardJob *job, GTask *task);

/* What the network sees of the part of the job's picture (owned by that), and what its features are
 * kept under (the caller frees); NULL and an error: it cannot be asked. */
const guint8 *regard_look_at (RegardWorker *worker, RegardJob *job, char **key, GError **error);
void regard_compared_clear (RegardCompared *c);
/* Reads the photograph once more: the square (side,side,3) of its part, for the caller to free. */
guint8 *regard_load_square (RegardPicture *picture, const vqa_region *part, int side,
                            GError **error);

/* The shown pixels as a texture; takes the picture, which lives as long as the texture. */
GdkTexture *regard_texture_from (vqa_picture *pixels);

/* A question of the library about the picture as an object; takes the reply out of it. */
RegardQuestion *regard_question_from_store (vqa_store_question *q, const RegardPicture *picture);
/* A thumbnail of the library as a texture of at most `side` pixels, decoded as any picture from
 * strangers is: it may have been imported. NULL when it is none. */
GdkTexture *regard_decode_thumbnail (GBytes *bytes, int side);

G_END_DECLS
