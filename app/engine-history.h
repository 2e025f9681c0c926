/* The history in the window's process: what the engine does with the library besides asking. All in
 * its worker thread; finish functions give what the library gave. */
#pragma once

#include "app/engine.h"
#include "vqa/store/history.h"

G_BEGIN_DECLS

/* Moments of what passes the filter, which is copied. */
void regard_engine_find_async (RegardEngine *self, const vqa_filter *filter,
                               GCancellable *cancellable, GAsyncReadyCallback callback,
                               gpointer data);
GArray *regard_engine_find_finish (RegardEngine *self, GAsyncResult *result, GError **error);

/* An entry and a small picture of its picture, or NULL. */
typedef struct
{
  vqa_entry *entry;
  GdkTexture *texture;
} RegardLoaded;
/* GPtrArray of RegardLoaded; those that are gone are missing. */
void regard_engine_load_async (RegardEngine *self, const gint64 *moments, guint n,
                               GCancellable *cancellable, GAsyncReadyCallback callback,
                               gpointer data);
GPtrArray *regard_engine_load_finish (RegardEngine *self, GAsyncResult *result, GError **error);

/* What one can filter by: the pictures with questions that were opened last, and all models. */
typedef struct
{
  GPtrArray *pictures; /* of vqa_store_picture */
  GPtrArray *models;   /* of vqa_store_model */
} RegardChoices;
void regard_choices_free (RegardChoices *choices);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RegardChoices, regard_choices_free)
void regard_engine_choices_async (RegardEngine *self, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer data);
RegardChoices *regard_engine_choices_finish (RegardEngine *self, GAsyncResult *result,
                                             GError **error);

/* What was asked most often of any picture: NULL-terminated, free with g_strfreev. */
void regard_engine_common_async (RegardEngine *self, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer data);
char **regard_engine_common_finish (RegardEngine *self, GAsyncResult *result, GError **error);

/* What was asked of a picture: GPtrArray of RegardQuestion, last asked first. */
void regard_engine_questions_async (RegardEngine *self, RegardPicture *picture,
                                    GCancellable *cancellable, GAsyncReadyCallback callback,
                                    gpointer data);
GPtrArray *regard_engine_questions_finish (RegardEngine *self, GAsyncResult *result,
                                           GError **error);

/* Deletes; the result, GPtrArray of vqa_entry, can be put back. */
void regard_engine_delete_async (RegardEngine *self, const gint64 *moments, guint n,
                                 GAsyncReadyCallback callback, gpointer data);
GPtrArray *regard_engine_delete_finish (RegardEngine *self, GAsyncResult *result, GError **error);

/* These end with regard_engine_change_finish(). */
void regard_engine_put_back_async (RegardEngine *self, GPtrArray *entries,
                                   GAsyncReadyCallback callback, gpointer data);
void regard_engine_pin_async (RegardEngine *self, const gint64 *moments, guint n, gboolean pinned,
                              GAsyncReadyCallback callback, gpointer data);
/* id: of the question; answer NULL takes the correction back. */
void regard_engine_correct_async (RegardEngine *self, gint64 id, const char *answer,
                                  GAsyncReadyCallback callback, gpointer data);
void regard_engine_clear_async (RegardEngine *self, GAsyncReadyCallback callback, gpointer data);
/* moments NULL: everything. The file is written whole or not at all. */
void regard_engine_export_async (RegardEngine *self, GFile *file, vqa_export_format format,
                                 const gint64 *moments, guint n, GAsyncReadyCallback callback,
                                 gpointer data);
gboolean regard_engine_change_finish (RegardEngine *self, GAsyncResult *result, GError **error);

void regard_engine_import_async (RegardEngine *self, GFile *file, GAsyncReadyCallback callback,
                                 gpointer data);
/* The caller frees with g_free. */
vqa_imported *regard_engine_import_finish (RegardEngine *self, GAsyncResult *result,
                                           GError **error);

G_END_DECLS
