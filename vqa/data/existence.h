/* Questions whether something is in a picture, made from class names. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* How many phrasings there are. */
guint vqa_existence_phrasings (void);
/* "is there a dog?", "are there any dogs in the picture?" ...; phrasing is taken modulo the count.
 * The caller frees it. */
char *vqa_existence_question (const char *class_name, guint phrasing);
/* "a dog", "an apple", "skis", "broccoli": with the article English wants. The caller frees it. */
char *vqa_with_article (const char *noun);
/* "dogs", "people", "knives": plural of the last word. The caller frees it. */
char *vqa_plural (const char *noun);

G_END_DECLS
