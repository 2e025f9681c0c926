/* compress: makes networks smaller. It knows graphs and parameters, not what a network is for.
 *
 * nn_groups_find() reads from the graph alone which channels belong together: a unit is everything
 * that must go when one channel, attention head, key or state goes (rows and columns of weights,
 * biases, statistics, modulations), and a group holds the units that one operation writes first. A
 * unit that cannot go says why. nn_groups_mask() silences units, so that the network computes what
 * it will compute without them; nn_groups_remove() makes the narrower graphs and parameters, with
 * the optimiser's moments and the moving average. Every operation describes its own layout (couple
 * and shrink, nets/ops/couple.h); nothing here knows one. Node handles stay valid. After a removal
 * find the groups of the new graphs.
 */
#pragma once

#include "nets/nn.h"

G_BEGIN_DECLS

typedef enum
{
  NN_GROUP_CHANNELS,  /* of maps and vectors */
  NN_GROUP_HEADS,     /* whole heads of self-attention */
  NN_GROUP_KEYS,      /* key j of every head: heads stay equally wide */
  NN_GROUP_VALUES,    /* value j of every head */
  NN_GROUP_UNITS,     /* of a recurrent state */
  NN_GROUP_EMBEDDING, /* columns of an embedding */
} nn_group_kind;
const char *nn_group_kind_text (nn_group_kind kind); /* "channels", ... */

/* Part of a parameter: all numbers whose place on `axis` is one of index[]. */
typedef struct
{
  const char *param;
  int axis;
  int count;
  const int *index; /* (count), growing */
} nn_slice;

/* Parts of the same parameter can overlap (rows and columns of one matrix). */
typedef struct
{
  const char *fixed; /* why it cannot go, NULL when it can: "channel 3 of logits is an answer" */
  int n_slices;
  const nn_slice *slices;
} nn_unit_of_group;

typedef struct
{
  const char *name; /* of the operation that writes it first, with scope: "block3.expand" */
  nn_group_kind kind;
  int width; /* units */
  const nn_unit_of_group *units;
} nn_group;

/* What a caller does by hand: the values of node a of one graph go into input b of another. The
 * channels of both belong together. */
typedef struct
{
  guint graph_a, graph_b; /* positions among the graphs */
  nn_node a, b;
} nn_link;

/* One unit of one group. */
typedef struct
{
  guint group;
  int unit;
} nn_pick;

typedef struct nn_groups nn_groups;

/* The graphs are all that share the parameters, as given to nn_params_new(); they must stay until
 * nn_groups_free(). NULL and an error when a graph is faulty, a link does not fit or a parameter
 * has different shapes. */
nn_groups *nn_groups_find (const nn_graph *const *graphs, guint n_graphs, const nn_link *links,
                           guint n_links, GError **error);
void nn_groups_free (nn_groups *g);
guint nn_groups_count (const nn_groups *g);
const nn_group *nn_groups_nth (const nn_groups *g, guint i);
/* Position of a group, -1 when there is none. */
int nn_groups_lookup (const nn_groups *g, const char *name, nn_group_kind kind);
/* Position of the group that channel c of a node belongs to and, in *unit, its unit there; -1 for a
 * node without channels. */
int nn_groups_of_channel (const nn_groups *g, guint graph, nn_node x, int c, int *unit);
/* A table: kind, name, units, how many can go, numbers a unit holds, why the first that cannot go
 * stays. The caller frees it. */
char *nn_groups_describe (const nn_groups *g, const nn_params *p);

/* Zeroes every slice of the units: values, statistics, moments and moving average. In NN_INFER, and
 * with batch statistics, the network then computes what it will compute without them. FALSE and
 * nothing changed when a pick does not exist or cannot go. */
gboolean nn_groups_mask (const nn_groups *g, nn_params *p, const nn_pick *picks, guint n_picks,
                         GError **error);

/* The graphs and parameters without the units. narrow (n_graphs) receives new graphs in the order
 * of nn_groups_find(), whose nodes have the same numbers; *narrow_params new parameters with the
 * values, moments, moving averages, flags and rates that are left (gradients are not kept; execs
 * must be made anew). The caller frees both. p must hold exactly the parameters of the graphs.
 * FALSE and nothing made when a pick does not exist or cannot go, an operation would be left with
 * nothing, or memory is refused. */
gboolean nn_groups_remove (const nn_groups *g, nn_params *p, const nn_pick *picks, guint n_picks,
                           nn_graph **narrow, nn_params **narrow_params, GError **error);

/* How many of `width` units to keep when `wanted` are enough: the next multiple (8: what the
 * kernels pad to), at least 1, at most width. */
int nn_rounded_width (int wanted, int width, int multiple);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (nn_groups, nn_groups_free)

G_END_DECLS
