/* The window: a start page or one photograph with its questions, and the ways photographs come in.
 */
#pragma once

#include "app/engine.h"

G_BEGIN_DECLS

#define REGARD_TYPE_WINDOW (regard_window_get_type ())
G_DECLARE_FINAL_TYPE (RegardWindow, regard_window, REGARD, WINDOW, AdwApplicationWindow)

RegardWindow *regard_window_new (AdwApplication *application, RegardEngine *engine);
/* Opens the first of n files and says so when there are more. */
void regard_window_open_files (RegardWindow *self, GFile *const *files, guint n);

G_END_DECLS
