/* Questions asked of folders, kept in the library. */
#pragma once

#include "vqa/model/collection.h"
#include "vqa/store/history.h"

G_BEGIN_DECLS

/* Keeps a collection, all of it or nothing; one that has an id already takes its old place. Its id,
 * which it has from then on; 0 on error. */
gint64 vqa_store_keep_collection (vqa_store *store, vqa_collection *c, GError **error);
/* All of them without their pictures, last asked first: array of vqa_collection, free with
 * g_ptr_array_unref; NULL on error. */
GPtrArray *vqa_store_collections (vqa_store *store, GError **error);
/* One with its pictures, in their order; NULL on error or when it is not there any more. A picture
 * that was opened since from another place has that one. */
vqa_collection *vqa_store_collection (vqa_store *store, gint64 id, GError **error);
gboolean vqa_store_delete_collection (vqa_store *store, gint64 id, GError **error);

/* A collection as a file's contents: the bytes of JSON, CSV (RFC 4180) or Markdown. */
GBytes *vqa_collection_export (const vqa_collection *c, vqa_export_format format);
/* Writes it: the whole file or nothing. */
gboolean vqa_collection_export_file (const vqa_collection *c, vqa_export_format format, GFile *file,
                                     GError **error);

G_END_DECLS
