/* How long the main loop was ever blocked, for tests and for who hunts a hitch: with
 * REGARD_STALLS=FILE in the environment the program writes there, when it ends, one line: the
 * longest times in milliseconds that events had to wait for one round of the loop, until the window
 * was first shown and since; and when that was, in microseconds since 1970. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Watches the default main context, if the environment wants it. Once, in the main thread. */
void regard_stalls_watch (void);
/* Ends the start with the window's first frame: what comes then is what a person feels. Once, for
 * the first window, before it is shown. */
void regard_stalls_await (GtkWidget *window);
/* Writes what was found. */
void regard_stalls_write (void);

G_END_DECLS
