/* Pictures decoded once, as squares in a cache that recipes of any kind share. */
#pragma once

#include "vqa/run/cache.h"
#include "vqa/run/run.h"

G_BEGIN_DECLS

/* Squares (side,side,3) of the pictures (n), decoded by all processors when they are not in runs/
 * yet. broken NULL: a picture that cannot be read is an error; otherwise it is told, named, and
 * marked in broken (n), and its row is black. r may be NULL. */
vqa_cache *vqa_squares_open (const char *const *paths, guint n, int side, gboolean *broken,
                             vqa_run *r, GError **error);

/* For caches of what is made from squares: what decides the squares (names, sizes and times of the
 * files), to be added to; a file's part of such a key; and runs/KIND-HASH.cache, named for a key,
 * so that recipes share it. */
GString *vqa_squares_key (const char *const *paths, guint n, int side);
void vqa_squares_add_file (GString *key, const char *path);
char *vqa_squares_path (const char *kind, const char *key);

G_END_DECLS
