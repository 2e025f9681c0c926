/* What completes a question while it is typed: in a list below the entry, which takes neither the
 * focus nor the Enter key from it. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define REGARD_TYPE_COMPLETIONS (regard_completions_get_type ())
G_DECLARE_FINAL_TYPE (RegardCompletions, regard_completions, REGARD, COMPLETIONS, GObject)

/* Where questions come from, the nearest first. */
typedef enum
{
  REGARD_COMPLETIONS_HERE,      /* asked of this photograph */
  REGARD_COMPLETIONS_SUGGESTED, /* what the model answers well */
  REGARD_COMPLETIONS_LIBRARY,   /* asked of any photograph */
  REGARD_N_COMPLETIONS
} RegardCompletionSource;

/* For that entry. */
RegardCompletions *regard_completions_new (GtkEntry *entry);
/* NULL-terminated; NULL: none. The same question is offered once, whatever the case of its letters.
 */
void regard_completions_set (RegardCompletions *self, RegardCompletionSource source,
                             const char *const *questions);

G_END_DECLS
