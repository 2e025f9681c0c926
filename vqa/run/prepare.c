#include "vqa/run/prepare.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

/* A standard stream that was closed would be the next file opened, and a message would go into a
 * model or a data base. In its place comes one that fails the same way: the wrong direction. */
static void
fill_standard_streams (void)
{
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
    if (fcntl (fd, F_GETFD) < 0)
      (void)!open ("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

void
vqa_prepare_process (int argc, char **argv)
{
  fill_standard_streams ();
  /* The variable is its own guard: in the second life it is set. Threads that spin while they wait
   * would make every other process tens of times slower (asking while a model trains). */
  if (argc < 1 || g_getenv ("OMP_WAIT_POLICY") != NULL
      || !g_setenv ("OMP_WAIT_POLICY", "PASSIVE", FALSE))
    return;
  execv ("/proc/self/exe", argv);
  /* Without /proc the program runs all the same, only less politely. */
}

void
vqa_block_signals (void)
{
  sigset_t all;

  sigfillset (&all);
  pthread_sigmask (SIG_SETMASK, &all, NULL);
}

/* Waits for signals for ever. Handlers run here; what has none does what it always does. */
static gpointer
take_signals (gpointer data)
{
  for (;;)
    pause ();
  return NULL;
}

void
vqa_divert_signals (void)
{
  GThread *thread = g_thread_try_new ("signals", take_signals, NULL, NULL);

  if (thread == NULL)
    return;
  g_thread_unref (thread);
  vqa_block_signals ();
}
