/* Preparing the process, before anything else in main(). */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* libgomp reads OMP_WAIT_POLICY when it is loaded, before main(): a program that wants its idle
 * threads to sleep has to set the variable and start itself again. This does so, once, keeping the
 * arguments; a policy the person chose is left alone. Standard streams that are closed are filled,
 * so that no file takes their place. Returns in the process that goes on. Call it first in main(),
 * while there is one thread. */
void vqa_prepare_process (int argc, char **argv);

/* A thread that computes must take no signals: oneDNN 2.6's matrix products use the stack pointer
 * for other things, and what the kernel puts on the stack for a handler overwrites memory of
 * others.
 *
 * Blocks signals in this thread, and in those that it starts from now on. */
void vqa_block_signals (void);
/* The same, and a thread of its own takes the process's signals instead: for a program whose main
 * thread computes. Without such a thread (none left in the system) signals stay as they are. Call
 * it before other threads are there. */
void vqa_divert_signals (void);

G_END_DECLS
