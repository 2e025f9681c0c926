/* What a confined process can still do, tried for real in children. */
#include "vqa/data/confine.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define DONE 42 /* exit status of a child that got through */

static void
use_memory (void)
{
  volatile char *p = malloc (64 << 20);

  if (p == NULL)
    _exit (1);
  for (size_t i = 0; i < 64 << 20; i += 4096)
    p[i] = 1;
}

static void
take_too_much (void)
{
  if (mmap (NULL, CONFINE_MEMORY, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED)
    _exit (1);
}

static void
open_file (void)
{
  open ("/etc/passwd", O_RDONLY);
}

static void
create_file (void)
{
  open ("stolen", O_WRONLY | O_CREAT, 0600);
}

static void
open_socket (void)
{
  socket (AF_INET, SOCK_STREAM, 0);
}

static void
open_local_socket (void)
{
  socket (AF_UNIX, SOCK_STREAM, 0);
}

static void
start_process (void)
{
  if (fork () == 0)
    _exit (0);
}

static void
run_program (void)
{
  execl ("/bin/true", "true", NULL);
}

static void
end_another (void)
{
  kill (getppid (), 0);
}

static void
read_elsewhere (void)
{
  char c;
  (void)!read (1, &c, 1);
}

static void
make_code (void)
{
  mmap (NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

/* How a child ends that does this when it is confined: the signal, or minus its exit status. */
static int
end_of (void (*what) (void), confinement (*how) (void), confinement wanted)
{
  pid_t child = fork ();
  int status;

  cr_assert_geq (child, 0);
  if (child == 0)
    {
      if (how () != wanted)
        _exit (2);
      what ();
      _exit (DONE);
    }
  cr_assert_eq (waitpid (child, &status, 0), child);
  return WIFSIGNALED (status) ? WTERMSIG (status) : -WEXITSTATUS (status);
}

Test (confine, lets_memory_be_used_up_to_the_limit)
{
  cr_expect_eq (end_of (use_memory, confine, CONFINED), -DONE);
  cr_expect_eq (end_of (take_too_much, confine, CONFINED), -DONE);
}

Test (confine, files_sockets_and_processes_end_it)
{
  void (*const forbidden[]) (void)
      = { open_file,   create_file, open_socket,    open_local_socket, start_process,
          run_program, end_another, read_elsewhere, make_code };

  for (size_t i = 0; i < sizeof forbidden / sizeof forbidden[0]; i++)
    cr_expect_eq (end_of (forbidden[i], confine, CONFINED), SIGSYS, "attempt %zu", i);
}

static confinement
limits_alone (void)
{
  return confine_limits () ? CONFINED_LIMITED : CONFINED_NOT;
}

static void
open_is_refused (void)
{
  if (open ("/etc/passwd", O_RDONLY) >= 0 || errno != EMFILE)
    _exit (1);
}

/* Where there is no seccomp. */
Test (confine, limits_alone_still_refuse_files_and_memory)
{
  /* Criterion holds files of its own below the limit. */
  cr_expect_eq (end_of (take_too_much, limits_alone, CONFINED_LIMITED), -DONE);
  cr_expect_eq (end_of (open_is_refused, limits_alone, CONFINED_LIMITED), -DONE);
}
