#include "app/picture.h"
#include "app/question.h"

G_DEFINE_FINAL_TYPE (RegardPicture, regard_picture, G_TYPE_OBJECT)

static void
regard_picture_finalize (GObject *object)
{
  RegardPicture *self = REGARD_PICTURE (object);

  g_free (self->title);
  g_free (self->place);
  g_free (self->notice);
  g_free (self->hash);
  g_free (self->square);
  g_free (self->part_square);
  g_clear_pointer (&self->bytes, g_bytes_unref);
  g_clear_object (&self->texture);
  g_clear_pointer (&self->thumbnail, g_bytes_unref);
  g_clear_object (&self->questions);
  G_OBJECT_CLASS (regard_picture_parent_class)->finalize (object);
}

static void
regard_picture_class_init (RegardPictureClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = regard_picture_finalize;
}

static void
regard_picture_init (RegardPicture *self)
{
  self->questions = g_list_store_new (REGARD_TYPE_QUESTION);
}

RegardPicture *
regard_picture_new (void)
{
  return g_object_new (REGARD_TYPE_PICTURE, NULL);
}
