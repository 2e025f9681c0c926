/* Pictures decoded or made ahead, on a thread of their own, while the network answers about earlier
 * ones.
 */
#pragma once

#include "vqa/data/data.h"

G_BEGIN_DECLS

typedef struct cli_ahead cli_ahead;

/* Pictures of the set with these ids in order, squashed to side x side; the set and `ids` (count)
 * must stay until cli_ahead_free(). */
cli_ahead *cli_ahead_new (vqa_set *set, const gint64 *ids, guint count, int side);
/* The next picture; NULL and the error for one that cannot be read. Call at most `count` times. */
vqa_picture *cli_ahead_next (cli_ahead *a, GError **error);
/* Stops the thread, also when pictures are left. */
void cli_ahead_free (cli_ahead *a);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (cli_ahead, cli_ahead_free)

G_END_DECLS
