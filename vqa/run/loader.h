/* Batches prepared ahead: threads fill slots of a small ring while the trainer computes with the
 * one it took. A slot is a function of its step alone, so which thread fills it when changes
 * nothing. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct vqa_loader vqa_loader;
/* Fills `slot` for a step; any thread, several at once with different slots. */
typedef void (*vqa_loader_fill) (gpointer user, guint64 step, gpointer slot);

/* Begins to fill the slots (n_slots, the caller's, which outlive the loader; at least two) for the
 * steps `first` to `end` - 1, with so many threads (1 to 16). */
vqa_loader *vqa_loader_new (guint64 first, guint64 end, gpointer *slots, guint n_slots,
                            guint n_threads, vqa_loader_fill fill, gpointer user);
/* Ends it; waits for what is being filled. */
void vqa_loader_free (vqa_loader *l);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (vqa_loader, vqa_loader_free)
/* The slot of the next step, waiting until it is filled; the one taken before may be filled again.
 * NULL after the last step. */
gpointer vqa_loader_take (vqa_loader *l);
/* Seconds spent waiting so far. */
double vqa_loader_waited (const vqa_loader *l);

G_END_DECLS
