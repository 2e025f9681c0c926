/* What a process that decodes pictures from strangers gives up, once and for good. */
#pragma once

typedef enum
{
  CONFINED,         /* limits, and a filter of system calls */
  CONFINED_LIMITED, /* this system has no such filter: limits alone */
  CONFINED_NOT      /* even the limits were refused */
} confinement;

/* Most address space, in bytes, that the process may use afterwards. */
#define CONFINE_MEMORY ((size_t)3 << 30)

/* From now on the process may read its standard input, write its standard output, use memory up to
 * CONFINE_MEMORY, and end; any other system call kills it (seccomp), and it opens no more files,
 * writes none and leaves no core behind (limits). */
confinement confine (void);
/* The limits alone, as where there is no seccomp; 0: refused. */
int confine_limits (void);
