/* Sets of named choices as text: "gate;query_key", as recipes and model files write them. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Bit i for the i-th of `choices` (NULL-terminated, at most 30); "none" is 0, spaces around names
 * do not count. -1 for names that are not among them, twice the same, or nothing at all. */
int vqa_choices_from_text (const char *text, const char *const *choices);
/* The reverse; the caller frees it. */
char *vqa_choices_to_text (int set, const char *const *choices);

G_END_DECLS
