/* Two models on the same picture and question: answers, evidence, its difference, what each costs.
 */
#pragma once

#include "app/engine.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define REGARD_TYPE_COMPARE_PAGE (regard_compare_page_get_type ())
G_DECLARE_FINAL_TYPE (RegardComparePage, regard_compare_page, REGARD, COMPARE_PAGE, AdwBin)

/* Begins with a picture, or a part of it (width 0: all of it), and a question, which may be empty:
 * the models that there are are looked up, the first two of them loaded, the engine's own one
 * first. */
void regard_compare_page_open (RegardComparePage *self, RegardEngine *engine,
                               RegardPicture *picture, const vqa_region *part,
                               const char *question);
/* Stops what is under way and frees the models. Nothing to do when it is not open. */
void regard_compare_page_close (RegardComparePage *self);
void regard_compare_page_focus_entry (RegardComparePage *self);

G_END_DECLS
