/* ops: one file per operation. An operation is a const table of functions (nn_op); the graph stores
 * entries that point to it, an exec turns each entry into a step with memory and calls the table.
 * To add one: write ops/NAME.c with its builder (declared in nn.h) that fills an nn_entry and calls
 * nn_graph_add(), and the functions below; test it in tests/nets against a plain-C reference and
 * central differences (tests/nets/check.h does both), and let the random networks of
 * tests/nets/grow.c use it, where removal is tested.
 */
#pragma once

#include "nets/core/isa.h"
#include "nets/nn.h"

#define NN_MAX_PARAMS 20

typedef struct nn_op nn_op;
typedef struct nn_entry nn_entry;
typedef struct nn_step nn_step;
typedef struct nn_coupling nn_coupling; /* nets/ops/couple.h */

typedef enum
{
  NN_INIT_FAN_IN, /* normal, deviation sqrt(2/fan_in), fan_in = count / dim[0] (He et al. 2015) */
  NN_INIT_ZERO,
  NN_INIT_ONE,
  NN_INIT_NORMAL,    /* mean 0, deviation 0.1: embeddings */
  NN_INIT_RECURRENT, /* uniform in +-1/sqrt(dim[1]), or +-1/sqrt(dim[0]/3) for a vector: GRU */
} nn_init;

/* A parameter as the graph declares it. */
typedef struct
{
  char *name;
  int rank;
  int dim[NN_MAX_RANK];
  nn_init init;
  unsigned flags;
} nn_param_spec;

/* One node of the graph. */
struct nn_entry
{
  const nn_op *op;
  char *name; /* full name with scope; for errors and the table */
  int n_inputs;
  int input[NN_MAX_INPUTS]; /* node indices */
  nn_shape shape;           /* filled by infer */
  int n_params;
  int param[NN_MAX_PARAMS]; /* indices into the graph's parameter specs; filled by infer */
  gboolean keep;
  union
  { /* options of the operation */
    nn_conv_options conv;
    struct
    {
      int kernel, stride, pad;
    } pool;
    struct
    {
      int out;
      gboolean zero;
    } linear;
    struct
    {
      int count, width;
    } embed;
    struct
    {
      int hidden, layers;
      gboolean sequence; /* all states, not the last one */
    } gru;
    nn_attend_options attend;
    struct
    {
      gboolean affine;
    } norm;
    struct
    {
      float gain, shift;
    } scale;
    int times;
    float rate;
  } o;
};

/* What an operation's functions see of one compiled node. Pointers are set before each call. */
struct nn_step
{
  const nn_entry *entry;
  nn_mode mode;
  unsigned ablation;
  uint64_t seed;  /* of this step's randomness: differs by node and training step */
  gboolean stale; /* parameters changed since the last forward: pack again */

  /* Inputs: rows, shape, value; and where to WRITE the gradient (NULL: not wanted). */
  struct
  {
    size_t rows;
    nn_shape shape;
    size_t count;        /* rows * product of dims */
    const void *value;   /* float or int32_t; nn_bf16 when half */
    float *grad;         /* nn_bf16 when half: cast */
    gboolean wants_grad; /* known at open() */
    gboolean half;       /* value and grad are bfloat16; known at open() */
  } in[NN_MAX_INPUTS];
  size_t rows, count;
  float *value; /* output; nn_bf16 when half: cast */
  /* Gradient of the output, during backward. Only nn_take_back_activation() writes there, and who
   * finds an input's grad in the same place. */
  const float *grad;
  gboolean half; /* value and grad are bfloat16; known at open() */

  struct
  {
    size_t count;
    float *value;
    float *grad;     /* where to ADD the gradient (zero at first); NULL when it is not wanted */
    gboolean frozen; /* NN_PARAM_FROZEN; known at open() */
  } param[NN_MAX_PARAMS];

  /* open() asks for memory in bytes; the exec gives it. */
  size_t saved_bytes, scratch_bytes;
  void *saved;    /* lives from forward to backward */
  void *scratch;  /* during one call only */
  void *state;    /* the operation's own, freed by close() */
  int activation; /* nn_activation that this operation applies for the node after it */
};

typedef enum
{
  NN_OP_READS_INPUT = 1 << 0,  /* backward reads the inputs' values */
  NN_OP_READS_OUTPUT = 1 << 1, /* backward reads the output's value */
  NN_OP_IN_PLACE = 1 << 2,     /* output may overwrite input 0, and its gradient likewise */
  /* Knows bfloat16: in an exec of that precision all its rank-3 inputs, and its output if of rank
   * 3, are bfloat16 and the others float32. Without the flag all are float32, and the exec converts
   * what comes from or goes to a node of the other kind. */
  NN_OP_HALF = 1 << 3,
  /* Can apply step.activation to its output itself, and take it back in backward. */
  NN_OP_ACTIVATES = 1 << 4,
  /* With an activation its backward reads the output's value: nn_take_back_activation(). */
  NN_OP_READS_ACTIVATED = 1 << 5,
  /* backward may write the gradient of input 0 over the output's (NN_OP_IN_PLACE implies it). */
  NN_OP_GRADIENT_IN_PLACE = 1 << 6,
  /* The gradients of all inputs are the output's, and may lie in the same place. */
  NN_OP_PASSES_GRADIENT = 1 << 8,
  /* Parameter 0 is a weight whose first axis is the output's channels, parameter 1 a bias (value
   * NULL: none), and both may be replaced: a map by channel after it can be folded into them. */
  NN_OP_FOLDS = 1 << 7,
} nn_op_flags;

/* The upper half of a float32. */
typedef uint16_t nn_bf16;

struct nn_op
{
  const char *name; /* as the table and errors show it */
  unsigned flags;   /* nn_op_flags */
  int activation;   /* nn_activation that this operation is, so that another may apply it; or 0 */
  /* Checks the inputs' shapes, fills e->shape, declares parameters. Errors by nn_shape_error(). */
  gboolean (*infer) (nn_graph *g, nn_entry *e, GError **error);
  gboolean (*open) (nn_step *s, GError **error); /* may be NULL */
  void (*forward) (nn_step *s);
  void (*backward) (nn_step *s); /* NULL: no gradient passes */
  void (*close) (nn_step *s);    /* may be NULL */
  /* FALSE when what it does in this mode is not y = scale x + shift by channel with constants from
   * its parameters alone; else TRUE and, unless NULL, scale and shift (channels). May be NULL. */
  gboolean (*affine) (const nn_step *s, float *scale, float *shift);
  /* Multiply-adds for one row; NULL: none worth counting. */
  int64_t (*macs) (const nn_graph *g, const nn_entry *e);
  /* Removal (nets/ops/couple.h). Which channels and which slices of parameters belong together;
   * NULL: nothing of what it reads and writes can go. */
  void (*couple) (nn_coupling *c, const nn_entry *e);
  /* Writes the widths that are left into the options of `narrow`, a copy of the node's entry; NULL:
   * its options name no width. */
  void (*shrink) (nn_coupling *c, nn_entry *narrow);
};

/* For builders: copies *e into the graph (name gets the scope; NULL names the operation), runs
 * infer and returns the node; a failed input or infer gives a failed node. */
nn_node nn_graph_add (nn_graph *g, const nn_op *op, const char *name, const nn_node *inputs,
                      int n_inputs, const nn_entry *options);
/* For infer: shape of input i; declares parameter ENTRY.SUFFIX of this entry. */
const nn_shape *nn_input_shape (const nn_graph *g, const nn_entry *e, int i);
gboolean nn_declare (nn_graph *g, nn_entry *e, const char *suffix, int rank, const int *dim,
                     nn_init init, unsigned flags, GError **error);
/* "(N,6,6,320)"; the caller frees it. */
char *nn_shape_text (const nn_shape *s);
/* Sets NN_ERROR_SHAPE: "OP NAME: WHAT (inputs SHAPE, SHAPE)"; returns FALSE. */
gboolean nn_shape_error (const nn_graph *g, const nn_entry *e, GError **error, const char *what,
                         ...) G_GNUC_PRINTF (4, 5);
/* Product of dims (without rows); 0 dims give 1. */
size_t nn_shape_size (const nn_shape *s);
