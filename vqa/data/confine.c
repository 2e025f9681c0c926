#include "vqa/data/confine.h"

#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>

static bool
limit (int resource, rlim_t most)
{
  struct rlimit r = { most, most };

  return setrlimit (resource, &r) == 0;
}

int
confine_limits (void)
{
  return limit (RLIMIT_CORE, 0) && limit (RLIMIT_FSIZE, 0) && limit (RLIMIT_NOFILE, 3)
         && limit (RLIMIT_AS, CONFINE_MEMORY) && prctl (PR_SET_DUMPABLE, 0) == 0
         && prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
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

confinement
confine (void)
{
  if (!confine_limits ())
    return CONFINED_NOT;
  return allow_calls () ? CONFINED : CONFINED_LIMITED;
}
