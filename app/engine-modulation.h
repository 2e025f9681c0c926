/* How a question acts on the network, and another one's acting in its stead: the engine's part. */
#pragma once

#include "app/engine.h"

G_BEGIN_DECLS

typedef struct
{
  vqa_modulation *own;   /* what the question does */
  vqa_modulation *other; /* what the other question does; NULL: there is none */
  vqa_reply *before;     /* answers to the question */
  vqa_reply *after;      /* the same with the other's modulation; NULL: there is none */
} RegardActing;
void regard_acting_free (RegardActing *acting);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RegardActing, regard_acting_free)

/* Asks about a part of the picture (width 0: all of it), and once more with what the other question
 * (NULL: none) does at some places (a set of bits, vqa_model_ask_swapped()). Nothing is kept.
 * Errors: as of asking; a model that is missing, a question that is none. */
void regard_engine_modulation_async (RegardEngine *self, RegardPicture *picture,
                                     const char *question, const vqa_region *part,
                                     const char *other, guint places, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer data);
RegardActing *regard_engine_modulation_finish (RegardEngine *self, GAsyncResult *result,
                                               GError **error);

G_END_DECLS
