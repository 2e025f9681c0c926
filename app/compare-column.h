/* One of two models that are compared: which it is, its answers, its evidence, what it costs. */
#pragma once

#include "app/engine-compare.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define REGARD_TYPE_COMPARE_COLUMN (regard_compare_column_get_type ())
G_DECLARE_FINAL_TYPE (RegardCompareColumn, regard_compare_column, REGARD, COMPARE_COLUMN, AdwBin)

/* Signals: "choose" (path), another model shall stand here; "answer" (text), an answer was chosen
 * by the person. */

/* The models one can choose from (GPtrArray of RegardModel), and the chosen one. Emits nothing. */
void regard_compare_column_set_models (RegardCompareColumn *self, GPtrArray *models,
                                       guint selected);
/* What the chooser shows the model as, for sentences about it; owned by the column. */
const char *regard_compare_column_get_title (RegardCompareColumn *self);
void regard_compare_column_set_picture (RegardCompareColumn *self, RegardPicture *picture,
                                        const vqa_region *part);
/* What the model costs; NULL: nothing yet, or why it cannot be loaded. */
void regard_compare_column_set_measured (RegardCompareColumn *self, const RegardMeasured *measured,
                                         const char *error);
/* The answers; NULL takes them away. error: why there are none, or NULL. */
void regard_compare_column_set_reply (RegardCompareColumn *self, const vqa_reply *reply,
                                      const char *error);
/* Marks an answer where it stands in the list. Emits nothing. */
void regard_compare_column_select (RegardCompareColumn *self, const char *answer);
/* Evidence for an answer (NULL: none is wanted), the map in words, or why there is none. */
void regard_compare_column_set_map (RegardCompareColumn *self, const char *answer, GdkTexture *map,
                                    const char *words, const char *error);

/* How wide a picture may be so that it is not too tall for the page. */
int regard_compare_picture_width (int width, int height);

G_END_DECLS
