/* The client's side of regard-decode: finds the program, starts it when needed, one for each thread
 * that decodes, talks to it with a time limit, starts it again after it died. For picture.c and its
 * tests. */
#pragma once

#include "vqa/data/data.h"
#include "vqa/data/region.h"
#include "vqa/data/wire.h"

G_BEGIN_DECLS

typedef enum
{
  WORKER_OK,
  WORKER_ABSENT, /* regard-decode cannot be found or started; an error is set */
  WORKER_DIED,   /* it ended while it worked on these bytes */
  WORKER_LATE,   /* no answer within the time limit */
  WORKER_ODD,    /* an answer that makes no sense */
  WORKER_MEMORY, /* no memory for the answer */
} worker_outcome;

/* Sends bytes (length of them) to a worker and waits at most `seconds`. On WORKER_OK `reply` is
 * filled and, when its status is WIRE_OK, picture's sizes, square and shown (owned by the caller).
 * Any thread; so many calls as there are processors go side by side, each with a worker. */
worker_outcome vqa_worker_decode (const guint8 *bytes, gsize length, const vqa_region *part,
                                  int side, int fit, double seconds, wire_reply *reply,
                                  vqa_picture *picture, GError **error);
/* Process id of the first worker that runs, or 0; for tests. */
GPid vqa_worker_pid (void);

G_END_DECLS
