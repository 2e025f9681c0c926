/* Asking a folder in the window's process: what the engine does with collections, picture by
 * picture, so that everything else a person asks cuts in. */
#pragma once

#include "app/collected.h"
#include "app/engine.h"
#include "vqa/store/collections.h"

G_BEGIN_DECLS

/* A new collection that is not kept and has no pictures, for a question that was checked: what the
 * pictures are to be ordered by is found out. Errors: no model. */
void regard_engine_collection_async (RegardEngine *self, GFile *folder, gboolean deep,
                                     const char *question, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer data);
/* One that is kept, with its pictures. */
void regard_engine_read_collection_async (RegardEngine *self, gint64 id, GCancellable *cancellable,
                                          GAsyncReadyCallback callback, gpointer data);
vqa_collection *regard_engine_collection_finish (RegardEngine *self, GAsyncResult *result,
                                                 GError **error);

/* Asks one picture what the collection asks. The result is no error where the file cannot be read:
 * it says so itself. */
void regard_engine_collect_async (RegardEngine *self, GFile *file, const vqa_collection *collection,
                                  GCancellable *cancellable, GAsyncReadyCallback callback,
                                  gpointer data);
RegardCollected *regard_engine_collect_finish (RegardEngine *self, GAsyncResult *result,
                                               GError **error);

/* Those that are kept, without pictures: GPtrArray of vqa_collection, last asked first. */
void regard_engine_collections_async (RegardEngine *self, GCancellable *cancellable,
                                      GAsyncReadyCallback callback, gpointer data);
GPtrArray *regard_engine_collections_finish (RegardEngine *self, GAsyncResult *result,
                                             GError **error);

/* Keeps it, and takes it; not in private mode. The result is its id, 0 where it is not kept. */
void regard_engine_keep_collection_async (RegardEngine *self, vqa_collection *collection,
                                          GAsyncReadyCallback callback, gpointer data);
gint64 regard_engine_keep_collection_finish (RegardEngine *self, GAsyncResult *result,
                                             GError **error);
/* Deletes it; the result can be kept again. Ends with regard_engine_collection_finish(). */
void regard_engine_delete_collection_async (RegardEngine *self, gint64 id,
                                            GAsyncReadyCallback callback, gpointer data);

G_END_DECLS
