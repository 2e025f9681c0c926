/* A photograph to open, as a button: a small picture with its name below. */
#pragma once

#include "app/thumbnail.h"

G_BEGIN_DECLS

#define REGARD_TYPE_PICTURE_CARD (regard_picture_card_get_type ())
G_DECLARE_FINAL_TYPE (RegardPictureCard, regard_picture_card, REGARD, PICTURE_CARD, GtkButton)

/* Pressed, it activates win.open-place with the thumbnail's place. */
GtkWidget *regard_picture_card_new (RegardThumbnail *thumbnail);

G_END_DECLS
