/* What completes a question that is being typed, in a list below its entry. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* The entry completes from now on from the list, which is the caller's; it is empty. The list takes
 * neither the focus nor the Enter key from the entry. */
GtkListStore *regard_completion_offer (GtkEntry *entry);
/* Fills it: what was asked before (of RegardQuestion, or NULL), then what the model answers well
 * (NULL-terminated, or NULL); each once, whatever the case of its letters. */
void regard_completion_fill (GtkListStore *list, GListModel *asked, char **suggestions);

G_END_DECLS
