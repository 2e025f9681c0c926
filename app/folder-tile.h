/* One tile of a folder's answers: a small picture, its name, the answer, and a bar for the
 * probability that the folder is ordered by. */
#pragma once

#include "app/collected.h"

G_BEGIN_DECLS

#define REGARD_TYPE_FOLDER_TILE (regard_folder_tile_get_type ())
G_DECLARE_FINAL_TYPE (RegardFolderTile, regard_folder_tile, REGARD, FOLDER_TILE, GtkWidget)

GtkWidget *regard_folder_tile_new (void);
/* NULL: none, until it is used again. */
void regard_folder_tile_set_item (RegardFolderTile *self, RegardCollected *item);

G_END_DECLS
