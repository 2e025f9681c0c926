#include "vqa/data/worker.h"

#include <errno.h>
#include <gio/gio.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* One decoder, used by one thread at a time. */
typedef struct
{
  gboolean busy;    /* a thread talks to it */
  gboolean running; /* written by that thread, with the lock held */
  int stream;       /* when running */
  pid_t pid;
} worker;

/* As many as there are processors; started when that many threads ask at once. */
#define MAX_WORKERS 16
static struct
{
  GMutex lock;
  GCond freed;
  worker worker[MAX_WORKERS];
} pool;

static guint
pool_size (void)
{
  return MIN (g_get_num_processors (), MAX_WORKERS);
}

/* ---- starting and ending ---------------------------------------------------------------- */

static char *
find_program (void)
{
  const char *given = g_getenv ("REGARD_DECODE");
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *folder = self ? g_path_get_dirname (self) : g_strdup (".");
  char *places[] = {
    g_build_filename (folder, "regard-decode", NULL),
    g_build_filename (folder, "..", "libexec", "regard", "regard-decode", NULL),
    g_strdup (REGARD_DECODE_BUILT),
  };
  char *found = given && *given ? g_strdup (given) : NULL;

  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    if (!found && g_file_test (places[i], G_FILE_TEST_IS_EXECUTABLE))
      found = g_steal_pointer (&places[i]);
  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    g_free (places[i]);
  return found;
}

/* Runs the program with `end` as its standard input and output and no other file but standard
 * error. Returns 0 or an errno. */
static int
spawn (const char *program, int end, pid_t *pid)
{
  char *arguments[] = { (char *)program, NULL };
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  sigset_t signals;
  int failed;

  sigemptyset (&signals);
  failed = posix_spawn_file_actions_init (&files);
  if (failed)
    return failed;
  failed = posix_spawnattr_init (&attributes);
  if (failed)
    {
      posix_spawn_file_actions_destroy (&files);
      return failed;
    }
  posix_spawnattr_setsigmask (&attributes, &signals);
  /* A group of its own: Ctrl-C is for the program that trains, not for its decoder. */
  posix_spawnattr_setpgroup (&attributes, 0);
  posix_spawnattr_setflags (&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  failed = posix_spawn_file_actions_adddup2 (&files, end, 0);
  if (!failed)
    failed = posix_spawn_file_actions_adddup2 (&files, 0, 1);
  if (!failed)
    failed = posix_spawn_file_actions_addclosefrom_np (&files, 3);
  if (!failed)
    failed = posix_spawn (pid, program, &files, &attributes, arguments, environ);
  posix_spawnattr_destroy (&attributes);
  posix_spawn_file_actions_destroy (&files);
  return failed;
}

static gboolean
start (worker *w, GError **error)
{
  g_autofree char *program = find_program ();
  int ends[2], failed;

  if (!program)
    {
      g_set_error (error, VQA_ERROR, VQA_ERROR_FAILED,
                   "regard-decode, the program that decodes pictures, is missing: install Regard "
                   "again, or set REGARD_DECODE to its path");
      return FALSE;
    }
  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    {
      g_set_error (error, VQA_ERROR, VQA_ERROR_FAILED, "cannot start %s: %s", program,
                   g_strerror (errno));
      return FALSE;
    }
  failed = spawn (program, ends[1], &w->pid);
  close (ends[1]);
  if (failed)
    {
      close (ends[0]);
      g_set_error (error, VQA_ERROR, VQA_ERROR_FAILED, "cannot start %s: %s", program,
                   g_strerror (failed));
      return FALSE;
    }
  w->stream = ends[0];
  g_mutex_lock (&pool.lock);
  w->running = TRUE;
  g_mutex_unlock (&pool.lock);
  return TRUE;
}

static void
stop (worker *w)
{
  g_mutex_lock (&pool.lock);
  w->running = FALSE;
  g_mutex_unlock (&pool.lock);
  close (w->stream);
  kill (w->pid, SIGKILL);
  while (waitpid (w->pid, NULL, 0) < 0 && errno == EINTR)
    ;
}

/* ---- talking ---------------------------------------------------------------------------- */

/* Waits until the stream can be read or written. */
static worker_outcome
await (const worker *w, short events, gint64 deadline)
{
  struct pollfd p = { w->stream, events, 0 };

  for (;;)
    {
      gint64 left = deadline - g_get_monotonic_time ();
      int n = left > 0 ? poll (&p, 1, (int)MIN (left / 1000 + 1, 1000)) : 0;

      if (n > 0)
        return WORKER_OK;
      if (n < 0 && errno != EINTR && errno != EAGAIN)
        return WORKER_DIED;
      if (left <= 0)
        return WORKER_LATE;
    }
}

/* MSG_NOSIGNAL: a worker that died must not end this process, and the process's way with SIGPIPE is
 * not ours to change. */
static worker_outcome
send_all (const worker *w, const void *from, gsize count, gint64 deadline)
{
  for (const guint8 *p = from; count > 0;)
    {
      ssize_t n = send (w->stream, p, count, MSG_NOSIGNAL | MSG_DONTWAIT);

      if (n < 0 && (errno == EAGAIN || errno == EINTR))
        {
          worker_outcome o = await (w, POLLOUT, deadline);

          if (o != WORKER_OK)
            return o;
          continue;
        }
      if (n < 0)
        return WORKER_DIED;
      p += n;
      count -= (gsize)n;
    }
  return WORKER_OK;
}

static worker_outcome
receive_all (const worker *w, void *to, gsize count, gint64 deadline)
{
  for (guint8 *p = to; count > 0;)
    {
      ssize_t n = recv (w->stream, p, count, MSG_DONTWAIT);

      if (n < 0 && (errno == EAGAIN || errno == EINTR))
        {
          worker_outcome o = await (w, POLLIN, deadline);

          if (o != WORKER_OK)
            return o;
          continue;
        }
      if (n <= 0)
        return WORKER_DIED;
      p += n;
      count -= (gsize)n;
    }
  return WORKER_OK;
}

/* The worker has touched bytes from strangers: nothing it says is believed unchecked. */
static gboolean
plausible (const wire_reply *r, int side, int fit)
{
  if (r->magic != WIRE_REPLY || r->status >= WIRE_STATUSES || r->width > G_MAXINT
      || r->height > G_MAXINT)
    return FALSE;
  if (r->status != WIRE_OK)
    return r->side == 0 && r->shown_width == 0 && r->shown_height == 0;
  if (r->width == 0 || r->height == 0 || (guint64)r->width * r->height > (guint64)WIRE_MAX_PIXELS
      || r->side != (guint32)side)
    return FALSE;
  if (fit == 0)
    return r->shown_width == 0 && r->shown_height == 0;
  return r->shown_width > 0 && r->shown_height > 0 && r->shown_width <= (guint32)fit
         && r->shown_height <= (guint32)fit;
}

/* (count,3) bytes into a new array; *to stays NULL when count is 0. */
static worker_outcome
receive_pixels (const worker *w, guint8 **to, gsize count, gint64 deadline)
{
  if (count == 0)
    return WORKER_OK;
  *to = g_try_malloc_n (count, 3);
  return *to ? receive_all (w, *to, count * 3, deadline) : WORKER_MEMORY;
}

static int decoder = VQA_DECODER_UNKNOWN; /* atomic */

vqa_decoder
vqa_picture_decoder (void)
{
  return (vqa_decoder)g_atomic_int_get (&decoder);
}

static worker_outcome
talk (const worker *w, const guint8 *bytes, gsize length, const vqa_region *part, int side, int fit,
      gint64 deadline, wire_reply *reply, vqa_picture *picture)
{
  wire_request request
      = { WIRE_REQUEST,
          (guint32)side,
          (guint32)fit,
          { (guint32)part->x, (guint32)part->y, (guint32)part->width, (guint32)part->height },
          (guint32)length };
  worker_outcome o = send_all (w, &request, sizeof request, deadline);

  if (o == WORKER_OK)
    o = send_all (w, bytes, length, deadline);
  if (o == WORKER_OK)
    o = receive_all (w, reply, sizeof *reply, deadline);
  if (o == WORKER_OK && !plausible (reply, side, fit))
    o = WORKER_ODD;
  if (o == WORKER_OK)
    g_atomic_int_set (&decoder, reply->filtered ? VQA_DECODER_FILTERED : VQA_DECODER_LIMITED);
  if (o == WORKER_OK && reply->status == WIRE_OK)
    {
      picture->width = (int)reply->width;
      picture->height = (int)reply->height;
      picture->side = side;
      picture->shown_width = (int)reply->shown_width;
      picture->shown_height = (int)reply->shown_height;
      o = receive_pixels (w, &picture->square, (gsize)side * side, deadline);
      if (o == WORKER_OK)
        o = receive_pixels (w, &picture->shown, (gsize)reply->shown_width * reply->shown_height,
                            deadline);
    }
  if (o != WORKER_OK)
    {
      g_clear_pointer (&picture->square, g_free);
      g_clear_pointer (&picture->shown, g_free);
    }
  return o;
}

/* The first decoder that is free, so that one caller after another meets the same. */
static worker *
borrow (void)
{
  worker *w = NULL;

  g_mutex_lock (&pool.lock);
  for (;;)
    {
      for (guint i = 0; w == NULL && i < pool_size (); i++)
        if (!pool.worker[i].busy)
          w = &pool.worker[i];
      if (w != NULL)
        break;
      g_cond_wait (&pool.freed, &pool.lock);
    }
  w->busy = TRUE;
  g_mutex_unlock (&pool.lock);
  return w;
}

static void
give_back (worker *w)
{
  g_mutex_lock (&pool.lock);
  w->busy = FALSE;
  g_cond_signal (&pool.freed);
  g_mutex_unlock (&pool.lock);
}

worker_outcome
vqa_worker_decode (const guint8 *bytes, gsize length, const vqa_region *part, int side, int fit,
                   double seconds, wire_reply *reply, vqa_picture *picture, GError **error)
{
  worker_outcome o = WORKER_ABSENT;
  worker *w = borrow ();

  for (int attempt = 0; attempt < 2; attempt++)
    {
      gboolean fresh = !w->running;
      gint64 deadline;

      if (fresh && !start (w, error))
        {
          o = WORKER_ABSENT;
          break;
        }
      deadline = g_get_monotonic_time () + (gint64)(seconds * G_USEC_PER_SEC);
      o = talk (w, bytes, length, part, side, fit, deadline, reply, picture);
      if (o != WORKER_OK)
        stop (w);
      /* A worker from earlier may have died of something else: only a new one tells. */
      if (fresh || o != WORKER_DIED)
        break;
    }
  give_back (w);
  return o;
}

GPid
vqa_worker_pid (void)
{
  GPid pid = 0;

  g_mutex_lock (&pool.lock);
  for (guint i = 0; pid == 0 && i < MAX_WORKERS; i++)
    pid = pool.worker[i].running ? pool.worker[i].pid : 0;
  g_mutex_unlock (&pool.lock);
  return pid;
}
