/* Which language the window speaks. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* That of the environment where there is a translation, else English. Translations are looked for
 * beside the program, wherever it was installed, or in its build. Call it first in main(). */
void regard_language_set (void);

G_END_DECLS
