/* What compress/ itself knows of couplings: spaces of elements, joined by union-find. Nothing
 * outside compress/ includes this. */
#pragma once

#include "nets/core/graph.h"
#include "nets/ops/couple.h"

typedef enum
{
  NN_SPACE_NODE,  /* channels of a node */
  NN_SPACE_INNER, /* of an operation's own: heads, keys, values */
  NN_SPACE_PARAM, /* slices of a parameter along an axis */
} nn_space_kind;

/* Elements that lie side by side. Those of one node come after those of the nodes before it. */
typedef struct
{
  nn_space_kind kind;
  guint graph;
  int node;
  nn_group_kind units; /* what they are called */
  const nn_param_spec *spec;
  int axis, outer, inner; /* as in nn_slices() */
  int first, count;
} nn_space;

struct nn_coupling
{
  const nn_graph **graphs;
  guint n_graphs;
  nn_link *links;
  guint n_links;
  GArray *spaces;       /* of nn_space */
  GArray *parent;       /* of int, for each element: union-find */
  GArray *silent;       /* of guint8, for each element of a node */
  GPtrArray *why;       /* for each element NULL or why it cannot go */
  GHashTable *of_param; /* name -> GArray of int: its spaces */
  int **of_node;        /* (graphs, nodes): its space, -1 before it was visited */
  guint graph;          /* the node whose operation speaks */
  int node;
  guint8 *gone; /* for each root, during a removal */
};

struct nn_groups
{
  nn_coupling *c;
  GArray *list;  /* of nn_group */
  nn_pick *pick; /* for each root its group and unit */
};

nn_coupling *nn_coupling_new (const nn_graph *const *graphs, guint n_graphs, const nn_link *links,
                              guint n_links);
void nn_coupling_free (nn_coupling *c);
static inline nn_space *
nn_space_nth (const nn_coupling *c, int i)
{
  return &g_array_index (c->spaces, nn_space, i);
}
/* Begins node `node` of graph `graph`: makes the space of its channels. */
void nn_coupling_visit (nn_coupling *c, guint graph, int node);
int nn_root (const nn_coupling *c, int element);
/* NULL or the spaces of a parameter. */
const GArray *nn_spaces_of_param (const nn_coupling *c, const char *name);
/* The entry that a space belongs to. */
const nn_entry *nn_space_entry (const nn_coupling *c, const nn_space *s);
