/* Progress for programs: one JSON object a line on standard output. run.h says which. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Writes {"event":EVENT,"run":RUN,...} and flushes; run 0 becomes null. `fields` names the members
 * that follow, separated by spaces, each with the type of its argument: "name:t" text (any bytes
 * become valid UTF-8, NULL becomes null), "step:i" gint64, "loss:d" double (null when it is not
 * finite), "resumed:b" gboolean. When nobody reads any more it is silent. */
void vqa_event (gint64 run, const char *event, const char *fields, ...);
/* The same line without its end, for tests; the caller frees it. */
char *vqa_event_line (gint64 run, const char *event, const char *fields, ...);

G_END_DECLS
