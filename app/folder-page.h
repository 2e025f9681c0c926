/* One question asked of a whole folder: its pictures in the order of their probability, live while
 * they are asked, and the collections that were kept. */
#pragma once

#include "app/engine-collections.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define REGARD_TYPE_FOLDER_PAGE (regard_folder_page_get_type ())
G_DECLARE_FINAL_TYPE (RegardFolderPage, regard_folder_page, REGARD, FOLDER_PAGE, GtkWidget)

/* Signals: "open" with the place of a picture and the question, for the person wants to see it;
 * "toast" with an AdwToast to show; "tell" with a GtkMessageType and a message. */
void regard_folder_page_set_engine (RegardFolderPage *self, RegardEngine *engine);
/* Brings what is kept up to date; call it before it is shown. */
void regard_folder_page_update (RegardFolderPage *self);
void regard_folder_page_focus_entry (RegardFolderPage *self);
void regard_folder_page_set_folder (RegardFolderPage *self, GFile *folder);
void regard_folder_page_set_question (RegardFolderPage *self, const char *question);
/* Asks what stands in the entry. */
void regard_folder_page_ask (RegardFolderPage *self);
/* What is shown, as a file; the format by its ending. */
void regard_folder_page_export_to (RegardFolderPage *self, GFile *file);
/* Stops what is under way; the page shows nothing but what is kept. */
void regard_folder_page_show_nothing (RegardFolderPage *self);
/* Brings back the collection that was deleted last; FALSE: there is none. */
gboolean regard_folder_page_undo (RegardFolderPage *self);

G_END_DECLS
