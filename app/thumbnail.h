/* A photograph one could open: a recent one or a sample, with a small picture of it. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define REGARD_TYPE_THUMBNAIL (regard_thumbnail_get_type ())
G_DECLARE_FINAL_TYPE (RegardThumbnail, regard_thumbnail, REGARD, THUMBNAIL, GObject)

/* texture may be NULL. n_questions: asked of it so far. */
RegardThumbnail *regard_thumbnail_new (const char *title, const char *place, guint n_questions,
                                       GdkTexture *texture);
const char *regard_thumbnail_get_title (RegardThumbnail *self);
const char *regard_thumbnail_get_place (RegardThumbnail *self); /* path or URI */
guint regard_thumbnail_get_n_questions (RegardThumbnail *self);
GdkTexture *regard_thumbnail_get_texture (RegardThumbnail *self); /* or NULL; not a new reference */

G_END_DECLS
