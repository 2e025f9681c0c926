/* The engine: everything slow, on one worker thread.
 *
 * It owns the library (vqa/store) and the model (vqa/model) and is the only place in the window's
 * process that calls them: jobs wait in one queue, urgent kinds first, and finish in the main
 * thread as ordinary GTasks. engine.c is the queue and its thread, engine-jobs.c what the jobs do.
 */
#pragma once

#include "app/model.h"
#include "app/picture.h"
#include "app/question.h"
#include "app/thumbnail.h"
#include "vqa/model/explain.h"

G_BEGIN_DECLS

#define REGARD_TYPE_ENGINE (regard_engine_get_type ())
G_DECLARE_FINAL_TYPE (RegardEngine, regard_engine, REGARD, ENGINE, GObject)

/* Starts the thread, which opens the library and then loads the model at once. What came of it is
 * told by these properties, each NULL or a string (the model: a RegardModel), changed in the main
 * thread only: "library-notice", something is wrong with the library, questions are kept in memory
 * at least; "model", which answers; "model-error", why there is none. */
RegardEngine *regard_engine_new (void);
/* Waits for the running job, drops the others, closes everything. Call it before the program ends.
 */
void regard_engine_stop (RegardEngine *self);
const char *regard_engine_get_library_notice (RegardEngine *self);
RegardModel *regard_engine_get_model (RegardEngine *self);
const char *regard_engine_get_model_error (RegardEngine *self);
/* Property "private": of what is opened and asked from now on. */
gboolean regard_engine_get_private (RegardEngine *self);
void regard_engine_set_private (RegardEngine *self, gboolean private);
/* Signal "history-changed": something may have been opened, asked, deleted, ... */

/* The models there are: GPtrArray of RegardModel. Files that are none are left out. */
void regard_engine_models_async (RegardEngine *self, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer data);
GPtrArray *regard_engine_models_finish (RegardEngine *self, GAsyncResult *result, GError **error);

/* Lets another model answer, by its path. On an error the one before goes on answering. */
void regard_engine_choose_model_async (RegardEngine *self, const char *path,
                                       GCancellable *cancellable, GAsyncReadyCallback callback,
                                       gpointer data);
/* The same for a while: the next start brings back the model that was chosen. */
void regard_engine_lend_model_async (RegardEngine *self, const char *path,
                                     GCancellable *cancellable, GAsyncReadyCallback callback,
                                     gpointer data);
/* The same with a model's file from elsewhere: checked, and copied to the person's own models. Ends
 * with regard_engine_choose_model_finish(), too. */
void regard_engine_import_model_async (RegardEngine *self, const char *path,
                                       GCancellable *cancellable, GAsyncReadyCallback callback,
                                       gpointer data);
gboolean regard_engine_choose_model_finish (RegardEngine *self, GAsyncResult *result,
                                            GError **error);

/* Pictures opened before, last first: GPtrArray of RegardThumbnail. */
void regard_engine_recent_async (RegardEngine *self, guint limit, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer data);
GPtrArray *regard_engine_recent_finish (RegardEngine *self, GAsyncResult *result, GError **error);

/* A small picture of a file that is not in the library (a sample). */
void regard_engine_thumbnail_async (RegardEngine *self, GFile *file, GCancellable *cancellable,
                                    GAsyncReadyCallback callback, gpointer data);
RegardThumbnail *regard_engine_thumbnail_finish (RegardEngine *self, GAsyncResult *result,
                                                 GError **error);

/* Opens a photograph and finds what was asked of it: from a file, or one that exists only as pixels
 * (pasted, or drawn) and is called `title`, which is then kept beside the library so that it can be
 * opened again. */
void regard_engine_open_async (RegardEngine *self, GFile *file, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer data);
void regard_engine_open_texture_async (RegardEngine *self, GdkTexture *texture, const char *title,
                                       GCancellable *cancellable, GAsyncReadyCallback callback,
                                       gpointer data);
RegardPicture *regard_engine_open_finish (RegardEngine *self, GAsyncResult *result, GError **error);

/* What came of asking, or of asking where an answer came from. */
typedef struct
{
  RegardQuestion *question; /* NULL from explain */
  vqa_region part;          /* that was asked about, and that the map lies on */
  vqa_map *map;             /* that was asked for, or NULL */
  guint64 without;          /* the map is what these words change (a set of bits); 0: no change */
  char **blocks;            /* that have self-attention: their names; of a map of attention only, */
  int heads;                /* and how many heads each has */
  char *map_error;          /* why there is no map, or NULL */
  char *library_error;      /* why the question could not be kept, or NULL */
} RegardLook;

void regard_look_free (RegardLook *look);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RegardLook, regard_look_free)

/* Asks about a part of the picture (width 0: all of it). record: the question is kept; otherwise
 * nothing is, as for one that is still being typed. */
void regard_engine_ask_async (RegardEngine *self, RegardPicture *picture, const char *question,
                              const vqa_region *part, gboolean record, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer data);
/* A map of the part, such as the evidence for one of the answers; with options->without, what these
 * words change in it. The slow kind ends early when it is cancelled. */
void regard_engine_explain_async (RegardEngine *self, RegardPicture *picture, const char *question,
                                  const vqa_region *part, const vqa_map_options *options,
                                  GCancellable *cancellable, GAsyncReadyCallback callback,
                                  gpointer data);
/* A part at full resolution; its pixels are the original's. */
void regard_engine_detail_async (RegardEngine *self, RegardPicture *picture, const vqa_region *part,
                                 GCancellable *cancellable, GAsyncReadyCallback callback,
                                 gpointer data);
GdkTexture *regard_engine_detail_finish (RegardEngine *self, GAsyncResult *result, GError **error);
/* The very pixels that the network sees of a part (width 0: of all), each twice as large. */
void regard_engine_seen_async (RegardEngine *self, RegardPicture *picture, const vqa_region *part,
                               GCancellable *cancellable, GAsyncReadyCallback callback,
                               gpointer data);
GdkTexture *regard_engine_seen_finish (RegardEngine *self, GAsyncResult *result, GError **error);
RegardLook *regard_engine_look_finish (RegardEngine *self, GAsyncResult *result, GError **error);

/* How much each word of the question matters for an answer. */
void regard_engine_words_async (RegardEngine *self, RegardPicture *picture, const char *question,
                                const vqa_region *part, const char *answer,
                                GCancellable *cancellable, GAsyncReadyCallback callback,
                                gpointer data);
vqa_word_weights *regard_engine_words_finish (RegardEngine *self, GAsyncResult *result,
                                              GError **error);

G_END_DECLS
