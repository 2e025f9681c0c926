/* Pictures decoded ahead, on a thread of their own, while the network answers about earlier ones.
 */
#pragma once

#include "vqa/data/data.h"

G_BEGIN_DECLS

typedef struct cli_ahead cli_ahead;

/* Pictures of these paths in order, squashed to side x side; `paths` (count), where NULL stands for
 * a picture that was not found, must stay until cli_ahead_free(). */
cli_ahead *cli_ahead_new (const char *const *paths, guint count, int side);
/* The next picture; NULL and the error for one that cannot be read. Call at most `count` times. */
vqa_picture *cli_ahead_next (cli_ahead *a, GError **error);
/* Stops the thread, also when pictures are left. */
void cli_ahead_free (cli_ahead *a);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (cli_ahead, cli_ahead_free)

G_END_DECLS
