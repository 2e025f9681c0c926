/* A question asked before, with its best answer. */
#pragma once

#include "app/question.h"

G_BEGIN_DECLS

#define REGARD_TYPE_QUESTION_ROW (regard_question_row_get_type ())
G_DECLARE_FINAL_TYPE (RegardQuestionRow, regard_question_row, REGARD, QUESTION_ROW, GtkListBoxRow)

GtkWidget *regard_question_row_new (RegardQuestion *question);
RegardQuestion *regard_question_row_get_question (RegardQuestionRow *self);

G_END_DECLS
