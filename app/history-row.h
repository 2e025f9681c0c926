/* A question in the history's list: its picture, the answer, the correction, pin and delete. */
#pragma once

#include "app/entry.h"

G_BEGIN_DECLS

#define REGARD_TYPE_HISTORY_ROW (regard_history_row_get_type ())
G_DECLARE_FINAL_TYPE (RegardHistoryRow, regard_history_row, REGARD, HISTORY_ROW, GtkWidget)

/* Signals: "pin" (gboolean) and "delete" of the entry it shows. */
GtkWidget *regard_history_row_new (void);
/* NULL: none. */
void regard_history_row_set_entry (RegardHistoryRow *self, RegardEntry *entry);
RegardEntry *regard_history_row_get_entry (RegardHistoryRow *self);
/* Shows a mark to select with instead of the buttons. */
void regard_history_row_set_selecting (RegardHistoryRow *self, gboolean selecting);

G_END_DECLS
