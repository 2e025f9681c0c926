/* What stands below the photograph about its map: its name and meaning, which kind it is and how it
 * is painted, the legend. How it is painted goes to the preferences at once; signal "changed" tells
 * that another map is wanted. */
#pragma once

#include <gtk/gtk.h>

#include "vqa/model/explain.h"

G_BEGIN_DECLS

#define REGARD_TYPE_MAP_BAR (regard_map_bar_get_type ())
G_DECLARE_FINAL_TYPE (RegardMapBar, regard_map_bar, REGARD, MAP_BAR, GtkWidget)

/* What is chosen: kind, and of attention block, head and direction. */
vqa_map_options regard_map_bar_get_options (RegardMapBar *self);
/* What can be chosen of attention: the blocks' names and the number of heads of each. What is
 * chosen stays while it exists. Emits nothing. */
void regard_map_bar_set_attention (RegardMapBar *self, const char *const *blocks, int heads);
/* What the map shows, "Evidence for “yes”", and more about it; NULL: nothing. */
void regard_map_bar_set_caption (RegardMapBar *self, const char *caption, const char *tooltip);
const char *regard_map_bar_get_caption (RegardMapBar *self);
/* The map tells what chosen words change, in colours of its own. */
void regard_map_bar_set_change (RegardMapBar *self, gboolean change);
gboolean regard_map_bar_get_change (RegardMapBar *self);
/* A map is being made. */
void regard_map_bar_set_busy (RegardMapBar *self, gboolean busy);

G_END_DECLS
