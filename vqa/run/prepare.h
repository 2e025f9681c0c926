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

G_END_DECLS
