/* What the window shows as one picture to keep: the photograph with the evidence over it, the
 * colours' legend, the question and its answers. */
#pragma once

#include "app/question.h"

G_BEGIN_DECLS

typedef struct
{
  GdkTexture *picture;
  int width, height;        /* of the original, in pixels */
  GdkTexture *map;          /* NULL: none is shown */
  vqa_region map_on;        /* the part that the map lies on; width 0: all of it */
  double opacity;           /* of the map, 0 to 1 */
  char *title;              /* of the photograph */
  RegardQuestion *question; /* NULL: only the photograph */
  char *map_title;          /* what the map shows, or NULL */
  gboolean change;          /* the map is what words change, in those colours */
  gboolean placed;          /* the map is about a place, */
  double place_x, place_y;  /* in pixels of the original */
} RegardSheet;
void regard_sheet_free (RegardSheet *sheet);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RegardSheet, regard_sheet_free)

/* Paints it and writes a PNG file, in a thread of its own; takes the sheet. */
void regard_sheet_save_async (RegardSheet *sheet, GFile *file, GAsyncReadyCallback callback,
                              gpointer data);
gboolean regard_sheet_save_finish (GAsyncResult *result, GError **error);

G_END_DECLS
