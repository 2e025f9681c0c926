/* The page of everything that was asked: search, filters, selection, pins, deleting with undo,
 * export and import. */
#pragma once

#include "app/engine-history.h"

G_BEGIN_DECLS

#define REGARD_TYPE_HISTORY_PAGE (regard_history_page_get_type ())
G_DECLARE_FINAL_TYPE (RegardHistoryPage, regard_history_page, REGARD, HISTORY_PAGE, GtkWidget)

/* Signals: "open" with a const vqa_entry *, which the person wants to see again; "found" when the
 * list is another one; "toast" with an AdwToast to show; "tell" with a GtkMessageType and a
 * message; "cleared" when everything is gone. */
void regard_history_page_set_engine (RegardHistoryPage *self, RegardEngine *engine);
/* Brings it up to date; call it before it is shown. */
void regard_history_page_update (RegardHistoryPage *self);
void regard_history_page_focus_search (RegardHistoryPage *self);
/* How many questions are listed. */
guint regard_history_page_get_n_questions (RegardHistoryPage *self);

/* What is selected, or without a selection everything that is listed; the format by the file's
 * ending. */
void regard_history_page_export_to (RegardHistoryPage *self, GFile *file);
void regard_history_page_import_from (RegardHistoryPage *self, GFile *file);

G_END_DECLS
