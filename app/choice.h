/* Which model the person chose, remembered between starts in regard/window.ini of the user's
 * configuration folder. Any thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Path of the chosen model's file; NULL: none was chosen, or it is gone. The caller frees it. */
char *regard_choice_read (void);
/* Errors: the file cannot be written; the message names it. */
gboolean regard_choice_write (const char *path, GError **error);

G_END_DECLS
