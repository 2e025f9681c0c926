/* A matrix in a file, made once and mapped afterwards: decoded pictures, features of a frozen
 * network. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct vqa_cache vqa_cache;

/* Fills one row of row_bytes; FALSE and an error stops. */
typedef gboolean (*vqa_cache_fill) (gsize row, void *to, gpointer user, GError **error);

/* Maps PATH when it holds `rows` rows of `row_bytes` made from the same `key`; otherwise makes it
 * under a temporary name by calling fill for every row in order. Errors name the path. */
vqa_cache *vqa_cache_open (const char *path, const char *key, gsize rows, gsize row_bytes,
                           vqa_cache_fill fill, gpointer user, GError **error);
void vqa_cache_close (vqa_cache *c);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (vqa_cache, vqa_cache_close)
const void *vqa_cache_row (const vqa_cache *c, gsize row);

G_END_DECLS
