/* nets: a small neural-network core. It knows tensors, not questions.
 *
 * A graph says what is computed (layers are plain functions from node to node), params hold what
 * is learned (named, one arena), and an exec is one graph compiled for one batch size and one
 * purpose. Describe a graph, make params for it, open an exec, write its inputs with nn_data() or
 * nn_ids(), call nn_forward(); to learn, nn_backward() and nn_adamw_step(). A wrong call while
 * describing returns a failed node that later calls pass on; nn_graph_check() reports the first
 * failure with the operation and the shapes. One thread at a time may use an exec and its params.
 * core/ holds the machinery, ops/ one file per operation, zoo/ whole networks.
 */
#pragma once

#include <glib.h>
#include <stdint.h>

G_BEGIN_DECLS

typedef struct nn_graph nn_graph;
typedef struct nn_params nn_params;
typedef struct nn_exec nn_exec;

/* Handle into a graph; i < 0 is a failed node. */
typedef struct
{
  int i;
} nn_node;

#define NN_ERROR (nn_error_quark ())
typedef enum
{
  NN_ERROR_SHAPE,   /* shapes or options that do not fit together */
  NN_ERROR_MEMORY,  /* an allocation was refused */
  NN_ERROR_FILE,    /* a file is damaged or does not hold what the network needs */
  NN_ERROR_IO,      /* the system could not read or write */
  NN_ERROR_BACKEND, /* oneDNN refused */
} nn_error_code;
GQuark nn_error_quark (void);

#define NN_MAX_RANK 4

/* Shape of one tensor. The first axis, the rows, is not in dim[]: a tensor has `per` rows for each
 * element of the exec's batch; per == 0 means no row axis (a loss). Pictures are (rows,H,W,C). */
typedef struct
{
  int per;
  int rank;             /* axes after the rows, 0 to NN_MAX_RANK */
  int dim[NN_MAX_RANK]; /* their lengths */
  gboolean ids;         /* int32 ids instead of float32 values */
} nn_shape;

/* ---- describing ------------------------------------------------------------------------- */

nn_graph *nn_graph_new (void);
void nn_graph_free (nn_graph *g);
/* FALSE and the first failure when any call so far was wrong. */
gboolean nn_graph_check (const nn_graph *g, GError **error);
/* Prefix of the parameter names that follow, printf style; "" ends it. */
void nn_scope (nn_graph *g, const char *prefix, ...) G_GNUC_PRINTF (2, 3);
/* Shape of a node (a zero shape for a failed one). */
nn_shape nn_node_shape (const nn_graph *g, nn_node x);
/* Keeps a node's value readable after nn_forward(), and its gradient after nn_backward(). */
nn_node nn_keep (nn_graph *g, nn_node x);
/* A table of the graph: operation, name, shape, parameters. The caller frees it. */
char *nn_graph_describe (const nn_graph *g);
/* Multiply-adds of one forward pass for one element of the batch. */
int64_t nn_graph_macs (const nn_graph *g);
/* Numbers in its parameters, to compare with a file before memory is given to them. */
int64_t nn_graph_parameters (const nn_graph *g);

/* Inputs. */
nn_node nn_images (nn_graph *g, const char *name, int height, int width, int channels);
nn_node nn_words (nn_graph *g, const char *name, int per, int max_words); /* (rows,T) ids, 0 pads */
nn_node nn_values (nn_graph *g, const char *name, int per, int width);    /* (rows,width) */

/* Convolution over (rows,H,W,C), weights OIHW as NAME.weight, bias NAME.bias. */
typedef struct
{
  int out;    /* output channels; for a depthwise convolution equal to the input's */
  int kernel; /* side of the square kernel */
  int stride;
  int groups;                   /* 1, or the input's channels for depthwise */
  int top, left, bottom, right; /* zero padding */
  gboolean no_bias;
} nn_conv_options;
nn_node nn_conv_with (nn_graph *g, const char *name, nn_node x, const nn_conv_options *options);
/* Padding kernel/2 on each side. */
nn_node nn_conv (nn_graph *g, const char *name, nn_node x, int out, int kernel, int stride);
/* TensorFlow SAME padding: output ceil(in/stride), the odd pixel of padding below and right. */
nn_node nn_conv_same (nn_graph *g, const char *name, nn_node x, int out, int kernel, int stride,
                      gboolean depthwise);

/* Batch normalisation over rows and positions (Ioffe & Szegedy 2015), eps 1e-5, momentum 0.1.
 * NAME.weight and NAME.bias unless plain; NAME.mean and NAME.variance are running statistics. */
nn_node nn_norm (nn_graph *g, const char *name, nn_node x);
nn_node nn_norm_plain (nn_graph *g, const char *name, nn_node x);

nn_node nn_relu (nn_graph *g, nn_node x);
nn_node nn_relu6 (nn_graph *g, nn_node x);
nn_node nn_add (nn_graph *g, nn_node a, nn_node b);    /* same shapes */
nn_node nn_mul (nn_graph *g, nn_node a, nn_node b);    /* same shapes, element by element */
nn_node nn_stop (nn_graph *g, nn_node x);              /* the value; no gradient goes back */
nn_node nn_repeat (nn_graph *g, nn_node x, int times); /* each row times times in a row */
nn_node nn_coords (nn_graph *g, nn_node x); /* (rows,H,W,C) -> C+2: x and y from -1 to 1 appended */
nn_node nn_dropout (nn_graph *g, nn_node x, float rate); /* inverted; identity outside NN_TRAIN */

/* Pooling: windows over (rows,H,W,C), or over all positions to (rows,C). */
nn_node nn_max_pool (nn_graph *g, nn_node x, int kernel, int stride, int pad);
nn_node nn_mean_pool (nn_graph *g, nn_node x, int kernel, int stride,
                      int pad); /* pads don't count */
nn_node nn_global_mean (nn_graph *g, nn_node x);
nn_node nn_global_max (nn_graph *g, nn_node x);

/* y = W x + b over the last axis; W (out,in) as NAME.weight, NAME.bias. */
nn_node nn_linear (nn_graph *g, const char *name, nn_node x, int out);
/* As nn_linear, starting from zero: for modulations that must begin as no change. */
nn_node nn_linear_zero (nn_graph *g, const char *name, nn_node x, int out);
/* (rows,T) ids -> (rows,T,width) from NAME.weight (count,width); id 0 gives zeros, no gradient. */
nn_node nn_embed (nn_graph *g, const char *name, nn_node ids, int count, int width);
/* Gated recurrent unit, PyTorch's gate convention (r, z, n; n = tanh(Wx+b + r*(Uh+c))):
 * (rows,T,D) and (rows,T) ids -> (rows,hidden), the state after each row's last non-zero id.
 * NAME.weight_ih (3H,D), NAME.weight_hh (3H,H), NAME.bias_ih (3H), NAME.bias_hh (3H). */
nn_node nn_gru (nn_graph *g, const char *name, nn_node x, nn_node ids, int hidden);
/* Feature-wise linear modulation (Perez et al. 2018): y = (1+m[c])*x + m[C+c];
 * x (rows,...,C), m (rows,2C). */
nn_node nn_film (nn_graph *g, nn_node x, nn_node m);
/* Modulated self-attention (our reading of Delbrouck et al. 2019): x (rows,H,W,C), question
 * q (rows,D). Per head h of `heads`, with key width `key` each:
 *   Q = Wq x, K = Wk x, V = Wv x (C);  [gq bq gk bk] = Wm q + bm;
 *   A = softmax ((1+gq)Q+bq)((1+gk)K+bk)^T / sqrt(key);  O = Wo (A V);
 *   y = x + tanh (Wg q + bg) * O   (a gate per channel).
 * Wm, bm, Wg, bg start at zero, so at first y == x. C must be a multiple of heads. */
nn_node nn_attend (nn_graph *g, const char *name, nn_node x, nn_node q, int heads, int key);

/* Mean over rows of -sum_a target[a] log softmax(logits)[a]; targets (rows,A) need not sum to 1:
 * a row of zeros counts nothing. Result has no rows. */
nn_node nn_cross_entropy (nn_graph *g, nn_node logits, nn_node targets);

/* ---- parameters ------------------------------------------------------------------------- */

typedef enum
{
  NN_PARAM_DECAY = 1 << 0,  /* weight decay applies (weights, not biases, gains or embeddings) */
  NN_PARAM_STAT = 1 << 1,   /* a running statistic: saved, never optimised */
  NN_PARAM_FROZEN = 1 << 2, /* not optimised */
} nn_param_flags;

typedef struct
{
  const char *name; /* owned by the params */
  int rank;
  int dim[NN_MAX_RANK];
  size_t count;
  unsigned flags;       /* nn_param_flags */
  float rate;           /* factor on the learning rate, 1 at first */
  float *value;         /* (count) */
  float *grad;          /* (count), NULL until an exec trains */
  float *mean, *square; /* AdamW's moments, as grad */
} nn_param;

/* Parameters of all graphs given; the same name in two graphs is the same parameter and must have
 * the same shape. Initial values depend on seed and name only (fan-in scaled uniform). */
nn_params *nn_params_new (const nn_graph *const *graphs, guint n_graphs, uint64_t seed,
                          GError **error);
/* The same with all values zero, for those that are read from a file at once. */
nn_params *nn_params_new_zero (const nn_graph *const *graphs, guint n_graphs, GError **error);
void nn_params_free (nn_params *p);
guint nn_params_count (const nn_params *p);
nn_param *nn_params_nth (nn_params *p, guint i);
nn_param *nn_params_find (nn_params *p, const char *name); /* NULL when absent */
/* Call after writing values from outside, so that execs pack them again. */
void nn_params_changed (nn_params *p);
/* Both return how many parameters begin with the prefix. Set before nn_exec_new. */
guint nn_params_freeze (nn_params *p, const char *prefix, gboolean frozen);
guint nn_params_set_rate (nn_params *p, const char *prefix, float rate);
size_t nn_params_total (const nn_params *p); /* numbers, statistics included */

/* ---- running ---------------------------------------------------------------------------- */

typedef enum
{
  NN_TRAIN,   /* batch statistics, dropout, gradients of parameters */
  NN_INFER,   /* running statistics, memory reused */
  NN_EXPLAIN, /* running statistics, gradients of values, not of parameters */
} nn_mode;

/* Parts that can be silenced at run time, to see what they contribute. */
typedef enum
{
  NN_ABLATE_FILM = 1 << 0, /* film: y = x; attend: no FiLM on queries and keys, gate sees q = 0 */
  NN_ABLATE_ATTENTION = 1 << 1, /* attend: y = x */
} nn_ablation;

nn_exec *nn_exec_new (const nn_graph *g, nn_params *p, nn_mode mode, int batch, GError **error);
void nn_exec_free (nn_exec *e);
float *nn_data (nn_exec *e, nn_node x);       /* value of an input or kept node; NULL if reused */
int32_t *nn_ids (nn_exec *e, nn_node x);      /* as nn_data for ids */
const float *nn_grad (nn_exec *e, nn_node x); /* gradient of a kept node after nn_backward() */
/* Attention of a kept nn_attend node: (rows,heads,positions,positions), NULL elsewhere. */
const float *nn_attention (nn_exec *e, nn_node x, int *heads, int *positions);
size_t nn_rows (const nn_exec *e, nn_node x);
size_t nn_exec_bytes (const nn_exec *e); /* of its arena */
void nn_exec_ablate (nn_exec *e, unsigned ablation);
/* Randomness of dropout is a function of (seed, step). */
void nn_exec_seed (nn_exec *e, uint64_t seed, uint64_t step);
void nn_forward (nn_exec *e);
/* From a node without rows (a loss): gradient 1. From another: from what nn_seed_gradient() set. */
void nn_backward (nn_exec *e, nn_node from);
/* Gradient of `from` for the next nn_backward(): value at (row, column), zero elsewhere. */
void nn_seed_gradient (nn_exec *e, nn_node from, size_t row, size_t column, float value);

/* AdamW (Loshchilov & Hutter 2019) with clipping of the global gradient norm. */
typedef struct
{
  float rate, beta1, beta2, eps, decay;
  float clip; /* largest gradient norm; 0: no clipping */
  int64_t step;
} nn_adamw;
/* Defaults 3e-4, 0.9, 0.999, 1e-8, 0.01, 1, step 0. */
nn_adamw nn_adamw_default (void);
/* Updates all parameters that are neither frozen nor statistics, and returns the gradient's norm
 * before clipping. When the norm is not finite nothing is changed. */
double nn_adamw_step (nn_params *p, nn_adamw *o);

G_END_DECLS
