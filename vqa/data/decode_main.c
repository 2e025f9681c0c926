/* regard-decode: decodes pictures from strangers for the programs of Regard, one after the other,
 * in a process that can do nothing but read its standard input, write its standard output and use
 * memory. */
#include "vqa/data/decode.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>
#ifndef DECODE_UNCONFINED
#include <seccomp.h>
#endif

/* A picture takes a second or two at most. Who asked gives up long before and kills this process;
 * the alarm is for the case that it has died. (PR_SET_PDEATHSIG would fire when the asking thread
 * ends.) */
#define ALARM_SECONDS 120

#ifndef DECODE_UNCONFINED
static bool
limit (int resource, rlim_t most)
{
  struct rlimit r = { most, most };

  return setrlimit (resource, &r) == 0;
}

static bool
allow_calls (void)
{
  static const int calls[] = {
    SCMP_SYS (exit),   SCMP_SYS (exit_group),    SCMP_SYS (brk),
    SCMP_SYS (munmap), SCMP_SYS (mremap),        SCMP_SYS (madvise),
    SCMP_SYS (futex),  SCMP_SYS (clock_gettime), SCMP_SYS (rt_sigreturn),
    SCMP_SYS (alarm),  SCMP_SYS (setitimer),     SCMP_SYS (restart_syscall),
  };
  scmp_filter_ctx filter = seccomp_init (SCMP_ACT_KILL_PROCESS);
  bool fine = filter != NULL;

  for (size_t i = 0; fine && i < sizeof calls / sizeof calls[0]; i++)
    fine = seccomp_rule_add (filter, SCMP_ACT_ALLOW, calls[i], 0) == 0;
  fine = fine
         && seccomp_rule_add (filter, SCMP_ACT_ALLOW, SCMP_SYS (read), 1, SCMP_A0 (SCMP_CMP_EQ, 0))
                == 0
         && seccomp_rule_add (filter, SCMP_ACT_ALLOW, SCMP_SYS (write), 1, SCMP_A0 (SCMP_CMP_EQ, 1))
                == 0
         /* Memory, but none that can be executed. */
         && seccomp_rule_add (filter, SCMP_ACT_ALLOW, SCMP_SYS (mmap), 1,
                              SCMP_A2 (SCMP_CMP_MASKED_EQ, 4, 0))
                == 0
         && seccomp_rule_add (filter, SCMP_ACT_ALLOW, SCMP_SYS (mprotect), 1,
                              SCMP_A2 (SCMP_CMP_MASKED_EQ, 4, 0))
                == 0
         && seccomp_load (filter) == 0;
  if (filter)
    seccomp_release (filter);
  return fine;
}

static bool
confine (void)
{
  return limit (RLIMIT_CORE, 0) && limit (RLIMIT_FSIZE, 0) && limit (RLIMIT_NOFILE, 3)
         && limit (RLIMIT_AS, (rlim_t)3 << 30) && prctl (PR_SET_DUMPABLE, 0) == 0
         && prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && allow_calls ();
}
#else
/* Sanitizers map terabytes and make calls of their own. */
static bool
confine (void)
{
  return true;
}
#endif

/* FALSE when the stream ended or failed. */
static bool
read_all (void *to, size_t count)
{
  for (uint8_t *p = to; count > 0;)
    {
      ssize_t n = read (0, p, count);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return false;
      p += n;
      count -= (size_t)n;
    }
  return true;
}

static bool
write_all (const void *from, size_t count)
{
  for (const uint8_t *p = from; count > 0;)
    {
      ssize_t n = write (1, p, count);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return false;
      p += n;
      count -= (size_t)n;
    }
  return true;
}

/* Reads what follows a request that cannot be answered, so that the next one is found. */
static bool
read_past (size_t count)
{
  uint8_t waste[4096];

  while (count > 0)
    {
      size_t n = count < sizeof waste ? count : sizeof waste;

      if (!read_all (waste, n))
        return false;
      count -= n;
    }
  return true;
}

static bool
reply (wire_status status, const decode_result *r)
{
  wire_reply out = { WIRE_REPLY, status, (uint32_t)r->width, (uint32_t)r->height, 0, 0, 0 };

  if (status != WIRE_OK)
    return write_all (&out, sizeof out);
  out.side = (uint32_t)r->side;
  out.shown_width = (uint32_t)r->shown_width;
  out.shown_height = (uint32_t)r->shown_height;
  return write_all (&out, sizeof out) && write_all (r->square, (size_t)r->side * r->side * 3)
         && write_all (r->shown, (size_t)r->shown_width * r->shown_height * 3);
}

/* Answers one request; FALSE when there is none or the other side makes no sense. */
static bool
serve (void)
{
  wire_request in;
  decode_result result = { 0 };
  wire_status status = WIRE_NO_MEMORY;
  uint8_t *bytes;
  bool fine;

  if (!read_all (&in, sizeof in) || in.magic != WIRE_REQUEST || in.bytes > WIRE_MAX_BYTES
      || in.side > WIRE_MAX_SQUARE || in.fit > WIRE_MAX_SHOWN)
    return false;
  bytes = malloc (in.bytes > 0 ? in.bytes : 1);
  fine = bytes ? read_all (bytes, in.bytes) : read_past (in.bytes);
  if (fine && bytes)
    {
      alarm (ALARM_SECONDS);
      status = decode_picture (bytes, in.bytes, &in.part, (int)in.side, (int)in.fit, &result);
      alarm (0);
    }
  free (bytes);
  fine = fine && reply (status, &result);
  decode_clear (&result);
  return fine;
}

int
main (void)
{
  if (!confine ())
    {
      fputs ("regard-decode: the system refused the limits this program sets itself\n", stderr);
      return 3;
    }
  while (serve ())
    ;
  return 0;
}
