/* What the network is fed in training: pictures decoded once, features of the backbone,
 * augmentation. */
#pragma once

#include "vqa/run/cache.h"
#include "vqa/run/examples.h"
#include "vqa/run/run.h"

G_BEGIN_DECLS

/* What the photos' pictures are known by in caches; the caller frees it. */
GString *vqa_inputs_key (const vqa_examples *e);
/* Squares (side,side,3) of the photos that are files, decoded when they are not in runs/ yet. r may
 * be NULL. */
vqa_cache *vqa_inputs_pictures (const vqa_examples *e, vqa_run *r, GError **error);
/* The backbone's map in half floats by 2 * photo + mirrored; likewise. */
vqa_cache *vqa_inputs_features (const vqa_examples *e, vqa_graphs *g, const vqa_cache *pictures,
                                vqa_run *r, GError **error);

/* The square of a photo that is not a training scene, from the cache or drawn into `room`
 * (side,side,3). */
const guint8 *vqa_inputs_square (const vqa_examples *e, const vqa_cache *pictures, guint photo,
                                 guint8 *room);

/* The square mirrored when `flip`, cropped to share `zoom` of its side at (left, top) pixels and
 * enlarged again (bilinear), as network input (side,side,3). */
void vqa_inputs_write (const guint8 *square, int side, gboolean flip, float zoom, float left,
                       float top, float *to);

G_END_DECLS
