/* One possible answer: its words, a bar and a percentage. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define REGARD_TYPE_ANSWER_ROW (regard_answer_row_get_type ())
G_DECLARE_FINAL_TYPE (RegardAnswerRow, regard_answer_row, REGARD, ANSWER_ROW, GtkListBoxRow)

/* probability: 0 to 1. */
GtkWidget *regard_answer_row_new (const char *answer, double probability);
const char *regard_answer_row_get_answer (RegardAnswerRow *self);

G_END_DECLS
