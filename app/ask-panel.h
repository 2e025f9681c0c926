/* Asking: the question entry, the five best answers, and what was asked of this photograph before.
 *
 * The panel only presents and tells what the person wants, through five signals: "ask" (the
 * question's text), "try" (the same while it is being typed: nothing may be recorded), "choose" (a
 * RegardQuestion and one of its answers: show the evidence), "correct" (a RegardQuestion and the
 * right answer, NULL to take a correction back) and "recall" (a RegardQuestion from the list: show
 * it again). */
#pragma once

#include "app/completions.h"
#include "app/picture.h"
#include "app/question.h"
#include "app/word-strip.h"

G_BEGIN_DECLS

#define REGARD_TYPE_ASK_PANEL (regard_ask_panel_get_type ())
G_DECLARE_FINAL_TYPE (RegardAskPanel, regard_ask_panel, REGARD, ASK_PANEL, GtkWidget)

/* Empties the panel and lists the picture's questions; NULL for none. */
void regard_ask_panel_set_picture (RegardAskPanel *self, RegardPicture *picture);
/* Shows a question with its answers, the best one chosen. Emits nothing. */
void regard_ask_panel_show_question (RegardAskPanel *self, RegardQuestion *question);
/* The one that is shown, and the chosen one of its answers; NULL: none. */
RegardQuestion *regard_ask_panel_get_question (RegardAskPanel *self);
const char *regard_ask_panel_get_answer (RegardAskPanel *self);
/* The words of that question. */
RegardWordStrip *regard_ask_panel_get_words (RegardAskPanel *self);
/* Asks what the right answer to the shown question is. */
void regard_ask_panel_correct (RegardAskPanel *self);
/* Why there is no answer, or no evidence for it, beside the place where it is missed; NULL: all
 * well. */
void regard_ask_panel_set_question_error (RegardAskPanel *self, const char *message);
void regard_ask_panel_set_map_error (RegardAskPanel *self, const char *message);
/* Why nothing can be asked at all, or NULL. */
void regard_ask_panel_set_model_error (RegardAskPanel *self, const char *message);
/* Questions the model answers well, to begin with and to complete what is typed; NULL or empty: a
 * few general ones. */
void regard_ask_panel_set_suggestions (RegardAskPanel *self, const char *const *questions);
/* What completes the entry. */
RegardCompletions *regard_ask_panel_get_completions (RegardAskPanel *self);
void regard_ask_panel_set_busy (RegardAskPanel *self, gboolean busy);
/* What stands in the entry; the caller frees. */
char *regard_ask_panel_dup_text (RegardAskPanel *self);
/* Whether questions go to a part of the photograph. */
void regard_ask_panel_set_part (RegardAskPanel *self, gboolean part);
void regard_ask_panel_focus_entry (RegardAskPanel *self);
/* Selects the question in the entry if that has the focus: typing the next one replaces it. */
void regard_ask_panel_select_entry (RegardAskPanel *self);

G_END_DECLS
