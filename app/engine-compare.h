/* Two models beside each other on one picture: what the engine does for comparing them.
 *
 * Each of the two places holds a model, loaded for it or borrowed from the engine, and what that
 * model sees of the picture; both are there until regard_engine_compare_close(). */
#pragma once

#include "app/engine.h"

G_BEGIN_DECLS

#define REGARD_COMPARED 2

/* A model that was taken up, and how fast it answers about this picture here. */
typedef struct
{
  RegardModel *model;
  double milliseconds; /* from pixels to answers, the median of several askings */
} RegardMeasured;
void regard_measured_free (RegardMeasured *measured);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RegardMeasured, regard_measured_free)

/* Puts the model of this path in place 0 or 1, for a part of the picture (width 0: all of it). On
 * an error that place is empty. */
void regard_engine_compare_load_async (RegardEngine *self, guint place, const char *path,
                                       RegardPicture *picture, const vqa_region *part,
                                       GCancellable *cancellable, GAsyncReadyCallback callback,
                                       gpointer data);
RegardMeasured *regard_engine_compare_load_finish (RegardEngine *self, GAsyncResult *result,
                                                   GError **error);
/* Frees both. */
void regard_engine_compare_close (RegardEngine *self);

/* What the two make of it; each side is empty where there is no model. */
typedef struct
{
  struct
  {
    vqa_reply *reply; /* of asking */
    GdkTexture *map;  /* evidence for the answer; NULL when there is none */
    char *map_words;  /* the map in words, or NULL */
    char *more_words; /* where it found more than the other, or NULL */
    char *error;      /* why there is no reply or no map, or NULL */
  } side[REGARD_COMPARED];
  GdkTexture *difference; /* of the maps, the first less the second; NULL unless there are both */
  double overlap;         /* of the maps, vqa_difference; NAN: unknown */
} RegardComparison;
void regard_comparison_free (RegardComparison *comparison);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RegardComparison, regard_comparison_free)

/* Asks both; nothing is kept. */
void regard_engine_compare_ask_async (RegardEngine *self, const char *question,
                                      GCancellable *cancellable, GAsyncReadyCallback callback,
                                      gpointer data);
/* Where this answer came from in either, and the difference. picture: the one it is about. */
void regard_engine_compare_maps_async (RegardEngine *self, RegardPicture *picture,
                                       const char *question, const char *answer,
                                       GCancellable *cancellable, GAsyncReadyCallback callback,
                                       gpointer data);
RegardComparison *regard_engine_compare_finish (RegardEngine *self, GAsyncResult *result,
                                                GError **error);

G_END_DECLS
