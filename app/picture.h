/* An opened photograph: what is shown, what the network sees, and what was asked of it. */
#pragma once

#include <adwaita.h>

#include "vqa/data/region.h"

G_BEGIN_DECLS

#define REGARD_TYPE_PICTURE (regard_picture_get_type ())
G_DECLARE_FINAL_TYPE (RegardPicture, regard_picture, REGARD, PICTURE, GObject)

/* Filled by the engine before anyone else sees it, then read only; `questions` belongs to the main
 * thread; `id`, `part` and `part_square` to the engine's. */
struct _RegardPicture
{
  GObject parent_instance;

  gint64 id; /* in the library, 0 when it is not recorded */
  char *title;
  char *place;           /* path or URI */
  char *hash;            /* SHA-256 of the bytes */
  int width, height;     /* of the original, upright, in pixels */
  int side;              /* of square; 0 without a model */
  guint8 *square;        /* (side,side,3) RGB, what the network sees; NULL without a model */
  vqa_region part;       /* that was asked about last, */
  guint8 *part_square;   /* and what the network sees of it (side,side,3), or NULL */
  GBytes *bytes;         /* its file, where there is none to read again; or NULL */
  GdkTexture *texture;   /* what the person sees */
  GBytes *thumbnail;     /* a small JPEG, or NULL */
  GListStore *questions; /* of RegardQuestion, last asked first */
  char *notice;          /* something the person should know, or NULL */
};

RegardPicture *regard_picture_new (void);

G_END_DECLS
