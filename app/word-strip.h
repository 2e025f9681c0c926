/* The words of a question, each with a bar that tells how much it mattered for the answer. One or
 * several can be chosen; signal "changed" tells that others are. */
#pragma once

#include <gtk/gtk.h>

#include "vqa/model/explain.h"

G_BEGIN_DECLS

#define REGARD_TYPE_WORD_STRIP (regard_word_strip_get_type ())
G_DECLARE_FINAL_TYPE (RegardWordStrip, regard_word_strip, REGARD, WORD_STRIP, GtkWidget)

/* Shows a question's words, none chosen and nothing known about them, unless they are there
 * already; NULL: hidden. Emits nothing. */
void regard_word_strip_set_question (RegardWordStrip *self, const char *question);
/* How much the question's words matter; NULL: not known, and none can be chosen. */
void regard_word_strip_set_weights (RegardWordStrip *self, const vqa_word_weights *weights);
/* The chosen words: bit i for word i, as of vqa_map_options. */
guint64 regard_word_strip_get_chosen (RegardWordStrip *self);
/* Of some words (a set of bits) “is”, “there”; the caller frees. */
char *regard_word_strip_name (RegardWordStrip *self, guint64 words);
/* Chooses none. */
void regard_word_strip_clear (RegardWordStrip *self);

G_END_DECLS
