/* What the person prefers, and how the window was left: properties that GSettings keeps when its
 * schema is found, beside the program, in its build or where GSettings looks; without it they hold
 * their defaults and what is set until the program ends.
 *
 * Properties: "answers" (1 to 10), "show-evidence", "evidence-opacity" (0 to 1), "palette" (a
 * RegardPalette), "evidence-threshold" (0 to 1), "evidence-grid", "evidence-brightness",
 * "start-private", "window-width", "window-height" (pixels), "window-maximized". */
#pragma once

#include "app/palette.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define REGARD_TYPE_PREFERENCES (regard_preferences_get_type ())
G_DECLARE_FINAL_TYPE (RegardPreferences, regard_preferences, REGARD, PREFERENCES, GObject)

/* Those of the program; made when first asked for, in the main thread. Not a new reference. */
RegardPreferences *regard_preferences_get (void);
/* Whether they outlive the program. */
gboolean regard_preferences_are_kept (RegardPreferences *self);
guint regard_preferences_get_answers (RegardPreferences *self);
/* From any thread, also before they are made. The signal "map-style-changed" follows when any
 * of it changed. */
RegardMapStyle regard_preferences_get_map_style (void);

G_END_DECLS
