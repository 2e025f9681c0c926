/* Rows written inside a transaction that the caller began: what adding, putting back and importing
 * share. */
#pragma once

#include "vqa/store/store-private.h"

G_BEGIN_DECLS

/* Adds a picture as it is given, `opened` included. One already there (*known) stays as it is, but
 * for a thumbnail it has not. Returns its id, 0 on error. */
gint64 vqa_store_keep_picture (vqa_store *store, const vqa_store_picture *p, gboolean *known,
                               GError **error);
/* Returns the model's id, 0 on error. renew: what is there takes the new name, title and path. Any
 * text may be NULL. */
gint64 vqa_store_keep_model (vqa_store *store, const char *hash, const char *name,
                             const char *title, const char *path, gboolean renew, GError **error);
/* Adds a question with its answers as it is given; its number is kept where that is free. What the
 * same picture and model were asked before: replace TRUE renews answers and time, FALSE leaves it
 * and returns 0 without an error. Returns its id, 0 on error. */
gint64 vqa_store_keep_question (vqa_store *store, gint64 picture, gint64 model,
                                const vqa_store_question *q, gboolean replace, GError **error);

G_END_DECLS
