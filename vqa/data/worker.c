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

/* One worker for the process. */
static struct
{
  GMutex lock;
  gboolean running;
  int stream; /* when running */
  pid_t pid;
} worker;

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
start (GError **error)
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
  failed = spawn (program, ends[1], &worker.pid);
  close (ends[1]);
  if (failed)
    {
      close (ends[0]);
      g_set_error (error, VQA_ERROR, VQA_ERROR_FAILED, "cannot start %s: %s", program,
                   g_strerror (failed));
      return FALSE;
    }
  worker.stream = ends[0];
  worker.running = TRUE;
  return TRUE;
}

static void
stop (void)
{
  close (worker.stream);
  kill (worker.pid, SIGKILL);
  while (waitpid (worker.pid, NULL, 0) < 0 && errno == EINTR)
    ;
  worker.running = FALSE;
}

/* ---- talking ---------------------------------------------------------------------------- */

/* Waits until the stream can be read or written. */
static worker_outcome
await (short events, gint64 deadline)
{
  struct pollfd p = { worker.stream, events, 0 };

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
send_all (const void *from, gsize count, gint64 deadline)
{
  for (const guint8 *p = from; count > 0;)
    {
      ssize_t n = send (worker.stream, p, count, MSG_NOSIGNAL | MSG_DONTWAIT);

      if (n < 0 && (errno == EAGAIN || errno == EINTR))
        {
          worker_outcome o = await (POLLOUT, deadline);

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
receive_all (void *to, gsize count, gint64 deadline)
{
  for (guint8 *p = to; count > 0;)
    {
      ssize_t n = recv (worker.stream, p, count, MSG_DONTWAIT);

      if (n < 0 && (errno == EAGAIN || errno == EINTR))
        {
          worker_outcome o = await (POLLIN, deadline);

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
receive_pixels (guint8 **to, gsize count, gint64 deadline)
{
  if (count == 0)
    return WORKER_OK;
  *to = g_try_malloc_n (count, 3);
  return *to ? receive_all (*to, count * 3, deadline) : WORKER_MEMORY;
}

static worker_outcome
talk (const guint8 *bytes, gsize length, int side, int fit, gint64 deadline, wire_reply *reply,
      vqa_picture *picture)
{
  wire_request request = { WIRE_REQUEST, (guint32)side, (guint32)fit, (guint32)length };
  worker_outcome o = send_all (&request, sizeof request, deadline);

  if (o == WORKER_OK)
    o = send_all (bytes, length, deadline);
  if (o == WORKER_OK)
    o = receive_all (reply, sizeof *reply, deadline);
  if (o == WORKER_OK && !plausible (reply, side, fit))
    o = WORKER_ODD;
  if (o == WORKER_OK && reply->status == WIRE_OK)
    {
      picture->width = (int)reply->width;
      picture->height = (int)reply->height;
      picture->side = side;
      picture->shown_width = (int)reply->shown_width;
      picture->shown_height = (int)reply->shown_height;
      o = receive_pixels (&picture->square, (gsize)side * side, deadline);
      if (o == WORKER_OK)
        o = receive_pixels (&picture->shown, (gsize)reply->shown_width * reply->shown_height,
                            deadline);
    }
  if (o != WORKER_OK)
    {
      g_clear_pointer (&picture->square, g_free);
      g_clear_pointer (&picture->shown, g_free);
    }
  return o;
}

worker_outcome
vqa_worker_decode (const guint8 *bytes, gsize length, int side, int fit, double seconds,
                   wire_reply *reply, vqa_picture *picture, GError **error)
{
  worker_outcome o = WORKER_ABSENT;

  g_mutex_lock (&worker.lock);
  for (int attempt = 0; attempt < 2; attempt++)
    {
      gboolean fresh = !worker.running;
      gint64 deadline;

      if (fresh && !start (error))
        {
          o = WORKER_ABSENT;
          break;
        }
      deadline = g_get_monotonic_time () + (gint64)(seconds * G_USEC_PER_SEC);
      o = talk (bytes, length, side, fit, deadline, reply, picture);
      if (o != WORKER_OK)
        stop ();
      /* A worker from earlier may have died of something else: only a new one tells. */
      if (fresh || o != WORKER_DIED)
        break;
    }
  g_mutex_unlock (&worker.lock);
  return o;
}

GPid
vqa_worker_pid (void)
{
  GPid pid;

  g_mutex_lock (&worker.lock);
  pid = worker.running ? worker.pid : 0;
  g_mutex_unlock (&worker.lock);
  return pid;
}
