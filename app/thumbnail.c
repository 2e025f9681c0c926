#include "app/thumbnail.h"

struct _RegardThumbnail
{
  GObject parent_instance;

  char *title;
  char *place;
  guint n_questions;
  GdkTexture *texture;
};

G_DEFINE_FINAL_TYPE (RegardThumbnail, regard_thumbnail, G_TYPE_OBJECT)

static void
regard_thumbnail_finalize (GObject *object)
{
  RegardThumbnail *self = REGARD_THUMBNAIL (object);

  g_free (self->title);
  g_free (self->place);
  g_clear_object (&self->texture);
  G_OBJECT_CLASS (regard_thumbnail_parent_class)->finalize (object);
}

static void
regard_thumbnail_class_init (RegardThumbnailClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = regard_thumbnail_finalize;
}

static void
regard_thumbnail_init (RegardThumbnail *self)
{
}

RegardThumbnail *
regard_thumbnail_new (const char *title, const char *place, guint n_questions, GdkTexture *texture)
{
  RegardThumbnail *self;

  g_return_val_if_fail (title && place, NULL);
  self = g_object_new (REGARD_TYPE_THUMBNAIL, NULL);
  self->title = g_strdup (title);
  self->place = g_strdup (place);
  self->n_questions = n_questions;
  g_set_object (&self->texture, texture);
  return self;
}

const char *
regard_thumbnail_get_title (RegardThumbnail *self)
{
  g_return_val_if_fail (REGARD_IS_THUMBNAIL (self), NULL);
  return self->title;
}

const char *
regard_thumbnail_get_place (RegardThumbnail *self)
{
  g_return_val_if_fail (REGARD_IS_THUMBNAIL (self), NULL);
  return self->place;
}

guint
regard_thumbnail_get_n_questions (RegardThumbnail *self)
{
  g_return_val_if_fail (REGARD_IS_THUMBNAIL (self), 0);
  return self->n_questions;
}

GdkTexture *
regard_thumbnail_get_texture (RegardThumbnail *self)
{
  g_return_val_if_fail (REGARD_IS_THUMBNAIL (self), NULL);
  return self->texture;
}
