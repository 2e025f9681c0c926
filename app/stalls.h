/* How long a person has to wait, for tests and for who hunts a hitch: with REGARD_STALLS=FILE in
 * the environment the program writes there, when it ends, a line with the longest times in
 * milliseconds that events had to wait for one round of the main loop, until the window was first
 * shown and since, and when that was, in microseconds since 1970; then a line for each answer that
 * came while somebody typed: the milliseconds from the last key press until it was painted. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Watches the default main context, if the environment wants it. Once, in the main thread. */
void regard_stalls_watch (void);
/* Ends the start with the window's first frame: what comes then is what a person feels. Once, for
 * the first window, before it is shown. */
void regard_stalls_await (GtkWidget *window);
/* A question is being typed; an answer to what was typed is about to be painted. */
void regard_stalls_typed (void);
void regard_stalls_answered (void);
/* Writes what was found: when the windows are gone. */
void regard_stalls_write (void);

G_END_DECLS
