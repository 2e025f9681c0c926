/* The history as a list model of RegardEntry. It knows the moment of every question that passes the
 * filter; entries are made when they are asked for, and read from the library a screen at a time.
 */
#pragma once

#include "app/engine-history.h"
#include "app/entry.h"

G_BEGIN_DECLS

#define REGARD_TYPE_HISTORY_MODEL (regard_history_model_get_type ())
G_DECLARE_FINAL_TYPE (RegardHistoryModel, regard_history_model, REGARD, HISTORY_MODEL, GObject)

/* Signals: "found" after a search has ended, also when the list stayed as it was; "failed" with a
 * message; "selection-changed". */
RegardHistoryModel *regard_history_model_new (RegardEngine *engine);
/* Searches; the filter is copied. */
void regard_history_model_set_filter (RegardHistoryModel *self, const vqa_filter *filter);
/* Searches again, and reads again what is on the screen. */
void regard_history_model_reload (RegardHistoryModel *self);

/* What is selected stays selected while it is in the list. */
void regard_history_model_toggle (RegardHistoryModel *self, guint position);
void regard_history_model_select_all (RegardHistoryModel *self);
void regard_history_model_select_none (RegardHistoryModel *self);
guint regard_history_model_get_n_selected (RegardHistoryModel *self);
/* Moments in the order of the list; the caller frees with g_array_unref. */
GArray *regard_history_model_get_all (RegardHistoryModel *self);
GArray *regard_history_model_get_selected (RegardHistoryModel *self);

G_END_DECLS
