/* What the page (history-page.c) and what it does to the history (history-page-actions.c) share. */
#pragma once

#include "app/history-model.h"
#include "app/history-page.h"

#include <adwaita.h>

G_BEGIN_DECLS

struct _RegardHistoryPage
{
  GtkWidget parent_instance;

  /* Template widgets */
  GtkWidget *content;
  GtkDropDown *corrected_drop;
  GtkWidget *delete_selected_button;
  GtkWidget *everything_button;
  GtkWidget *export_selected_button;
  GtkWidget *filters;
  GtkListView *list;
  GtkDropDown *model_drop;
  GtkDropDown *picture_drop;
  GtkWidget *pin_selected_button;
  GtkScrolledWindow *scroller;
  GtkSearchEntry *search_entry;
  GtkToggleButton *select_button;
  GtkLabel *selected_label;
  GtkRevealer *selection_bar;
  GtkStack *stack;

  /* Owned references */
  RegardEngine *engine;
  RegardHistoryModel *model;
  GPtrArray *picture_keys, *model_keys; /* hashes of the drop-downs' lines after the first */
  GPtrArray *deleted; /* what can be put back, last deleted last: GPtrArray of vqa_entry */
  AdwToast *toast;    /* of the last deletion, while it is shown; or NULL */

  gboolean filling; /* drop-downs are being filled: nothing is being chosen */
  gboolean selecting;
  gboolean to_top; /* another list is to come */
};

void regard_history_page_tell (RegardHistoryPage *self, GtkMessageType type, const char *message);
/* Takes the toast. */
void regard_history_page_toast (RegardHistoryPage *self, AdwToast *toast);
void regard_history_page_cleared (RegardHistoryPage *self);

/* Is anything left out of the list? */
gboolean regard_history_page_is_filtered (RegardHistoryPage *self);

/* history-page-actions.c: history.export, import, undo and clear. */
void regard_history_page_add_actions (GtkWidgetClass *widget_class);
void regard_history_page_pin (RegardHistoryPage *self, const gint64 *moments, guint n,
                              gboolean pinned);
void regard_history_page_delete (RegardHistoryPage *self, const gint64 *moments, guint n);

G_END_DECLS
