/* Where what belongs to the program lies. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A folder of what was installed with the program, wherever that is: `installed` seen from the
 * prefix ("share/locale"), or of a program that was not installed `built` in its build folder. The
 * caller frees it; NULL: the system does not tell. */
char *regard_program_folder (const char *built, const char *installed);

G_END_DECLS
