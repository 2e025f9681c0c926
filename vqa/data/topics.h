/* Questions that the classes of a picture answer by themselves: "what animal is this?", "what sport
 * is being played?", "is this a kitchen?", "is it cold?". For the 80 classes of COCO. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

guint vqa_topics (void);                                      /* how many */
guint vqa_topic_phrasings (guint topic);                      /* how many ways to ask */
const char *vqa_topic_question (guint topic, guint phrasing); /* modulo their number */

/* What the picture's classes answer; `shows` tells whether a class is in it. At most `most`
 * answers, all equally right; 0 when the topic does not fit the picture or more answers than that
 * would be right. The texts are static. */
guint vqa_topic_answers (guint topic, gboolean (*shows) (const char *class_name, gpointer user),
                         gpointer user, guint most, const char **answers /* (most) */);
/* The n-th answer that a topic can have; NULL after the last. Several may be the same. */
const char *vqa_topic_answer (guint topic, guint n);
/* Whether the picture shows what the n-th answer stands for. */
gboolean vqa_topic_shown (guint topic, guint n,
                          gboolean (*shows) (const char *class_name, gpointer user), gpointer user);

/* Whether it is answered yes or no, or with one of two words, whatever else is shown: "is this
 * indoors?", "is it cold?". */
gboolean vqa_topic_agrees (guint topic);
guint vqa_topic_checks (guint topic); /* how many ways to ask whether an answer is right; maybe 0 */
/* "is this a kitchen?" about the n-th answer; check is taken modulo their number. The caller frees
 * it. */
char *vqa_topic_check (guint topic, guint n, guint check);
/* "is this a kitchen or a bedroom?" about the n-th answer and another, likewise. */
char *vqa_topic_choice (guint topic, guint n, guint other, guint check);

G_END_DECLS
