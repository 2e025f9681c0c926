/* "That's wrong": says what the right answer is, by picking another of the answers or typing it. */
#pragma once

#include "app/question.h"

G_BEGIN_DECLS

#define REGARD_TYPE_CORRECTION (regard_correction_get_type ())
G_DECLARE_FINAL_TYPE (RegardCorrection, regard_correction, REGARD, CORRECTION, GtkWidget)

/* The question it is about; hidden while that is NULL or not in the library. Signal "correct" with
 * the right answer, NULL when the correction is taken back. */
void regard_correction_set_question (RegardCorrection *self, RegardQuestion *question);
/* Asks what is right, if there is a question. */
void regard_correction_begin (RegardCorrection *self);

G_END_DECLS
