/* What an empty window shows: how to open a photograph, the recent ones, and samples. */
#pragma once

#include "app/engine.h"

G_BEGIN_DECLS

#define REGARD_TYPE_START_PAGE (regard_start_page_get_type ())
G_DECLARE_FINAL_TYPE (RegardStartPage, regard_start_page, REGARD, START_PAGE, GtkWidget)

/* Brings the recent photographs up to date, and the samples when they are not there yet. */
void regard_start_page_update (RegardStartPage *self, RegardEngine *engine);

G_END_DECLS
