/* A question that was asked, and the reply to it. */
#pragma once

#include <adwaita.h>

#include "vqa/model/model.h"

G_BEGIN_DECLS

#define REGARD_TYPE_QUESTION (regard_question_get_type ())
G_DECLARE_FINAL_TYPE (RegardQuestion, regard_question, REGARD, QUESTION, GObject)

/* Takes the reply. */
RegardQuestion *regard_question_new (const char *text, vqa_reply *reply);
const char *regard_question_get_text (RegardQuestion *self);
const vqa_reply *regard_question_get_reply (RegardQuestion *self);
/* The part of the photograph it was asked about; the whole one at first. */
const vqa_region *regard_question_get_part (RegardQuestion *self);
void regard_question_set_part (RegardQuestion *self, const vqa_region *part);
/* In the library; 0 while it is not kept. */
gint64 regard_question_get_id (RegardQuestion *self);
void regard_question_set_id (RegardQuestion *self, gint64 id);
/* Property "correction": the right answer, as the person said; or NULL. */
const char *regard_question_get_correction (RegardQuestion *self);
void regard_question_set_correction (RegardQuestion *self, const char *answer);

/* "82.3 %", in the way the person's language writes numbers; the caller frees. */
char *regard_format_percent (double probability);

G_END_DECLS
