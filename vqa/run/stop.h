/* Stopping long work: the first SIGINT or SIGTERM asks for it, the second ends the program at once.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define VQA_STOPPED_TEXT "stopped; start the same recipe again to go on from here"

void vqa_stop_listen (void);
/* TRUE and VQA_ERROR_STOPPED with the message when it was asked for. */
gboolean vqa_stop_asked (GError **error, const char *message, ...) G_GNUC_PRINTF (2, 3);

G_END_DECLS
