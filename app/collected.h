/* One picture of a folder that a question was asked of, as lists show it. */
#pragma once

#include <gtk/gtk.h>

#include "vqa/model/collection.h"

G_BEGIN_DECLS

#define REGARD_TYPE_COLLECTED (regard_collected_get_type ())
G_DECLARE_FINAL_TYPE (RegardCollected, regard_collected, REGARD, COLLECTED, GObject)

/* Takes the result. texture: a small picture, or NULL. */
RegardCollected *regard_collected_new (vqa_collected *result, GdkTexture *texture);
const vqa_collected *regard_collected_get (RegardCollected *self);
/* Property "texture": NULL while it is not needed. */
GdkTexture *regard_collected_get_texture (RegardCollected *self);
void regard_collected_set_texture (RegardCollected *self, GdkTexture *texture);
/* "yes, 93.8 %, not sure" in the person's language, or what is wrong; the caller frees. */
char *regard_collected_describe (RegardCollected *self);

G_END_DECLS
