/* How an operation says which channels belong together. Its `couple` ties elements: channels of its
 * inputs and output, slices of its parameters, and inner ones (attention heads, keys). Tied
 * elements go together or not at all. Its `shrink` then reads with nn_kept() how many are left and
 * writes the widths that its options name. */
#pragma once

#include "nets/compress/compress.h"
#include "nets/ops/op.h"

#define NN_OUTPUT (-1)

/* Elements first to first + count - 1. */
typedef struct
{
  int first, count;
} nn_span;

/* Channels (last axis) of input i of the node, or of NN_OUTPUT; none for ids and for losses. */
nn_span nn_channels (nn_coupling *c, int i);
/* Slices of the node's parameter k along an axis whose length is outer * count * inner: slice j is
 * where (place / inner) % count == j. A plain axis has outer 1 and inner 1; the three gates of a
 * recurrent cell, outer 3; attention heads have the width of one as inner, and its keys the number
 * of heads as outer. */
nn_span nn_slices (nn_coupling *c, int k, int axis, int outer, int inner);
/* A group of the operation's own. */
nn_span nn_inner (nn_coupling *c, nn_group_kind kind, int count);

/* Elements a + i and b + i go together, i < count. */
void nn_tie (nn_coupling *c, int a, int b, int count);
/* The same for spans of equal length. */
void nn_tie_spans (nn_coupling *c, nn_span a, nn_span b);
/* They cannot go; why goes on after "channel 3 of NAME": "is an answer". */
void nn_fix (nn_coupling *c, nn_span s, const char *why, ...) G_GNUC_PRINTF (3, 4);

/* What one calls the units that the node writes first; channels when this is not called. */
void nn_call_units (nn_coupling *c, nn_group_kind kind);

/* Silent: zero when all slices of its unit are zero. A node's channels are silent until told
 * otherwise. Operations that add up channels without weights need to know. */
void nn_set_silent (nn_coupling *c, int element, gboolean silent);
gboolean nn_is_silent (const nn_coupling *c, int element);

/* The node is an input that another graph's node is copied to (nn_link). */
gboolean nn_is_linked (const nn_coupling *c);

/* Elements of a span that stay. */
int nn_kept (const nn_coupling *c, nn_span s);

/* Common `couple`s. Channel i of every input goes to channel i of the output, zero to zero. */
void nn_couple_through (nn_coupling *c, const nn_entry *e);
/* The same, but zero does not become zero. */
void nn_couple_offset (nn_coupling *c, const nn_entry *e);
/* A loss: the first input's channels are answers, the others' are needed as well. */
void nn_couple_loss (nn_coupling *c, const nn_entry *e);
