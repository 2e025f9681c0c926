/* nets: a small neural-network core. It knows tensors, not questions.
 *
 * A graph says what is computed (layers are plain functions from node to node), params hold what
 * is learned (named, one arena), and an exec is one graph compiled for one batch size and one
 * purpose. Describe a graph, make params for it, open an exec, write its inputs with nn_data() or
 * nn_ids(), call nn_forward(); to learn, nn_backward() and nn_optimise(). A wrong call while
 * describing returns a failed node that later calls pass on; nn_graph_check() reports the first
 * failure with the operation and the shapes. One thread at a time may use an exec and its params.
 * core/ holds the machinery, ops/ the operations, zoo/ networks, compress/ what makes them smaller.
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

#define NN_MAX_RANK   4
#define NN_MAX_INPUTS 8

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
nn_node nn_maps (nn_graph *g, const char *name, int per, int height, int width, int channels);
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
/* Its options, for those who want one of them otherwise. */
nn_conv_options nn_conv_same_options (const nn_graph *g, nn_node x, int out, int kernel, int stride,
                                      gboolean depthwise);

/* Batch normalisation over rows and positions (Ioffe & Szegedy 2015), eps 1e-5, momentum 0.1.
 * NAME.weight and NAME.bias unless plain; NAME.mean and NAME.variance are running statistics. */
nn_node nn_norm (nn_graph *g, const char *name, nn_node x);
nn_node nn_norm_plain (nn_graph *g, const char *name, nn_node x);

nn_node nn_relu (nn_graph *g, nn_node x);
nn_node nn_relu6 (nn_graph *g, nn_node x);
nn_node nn_sigmoid (nn_graph *g, nn_node x);
nn_node nn_tanh (nn_graph *g, nn_node x);
nn_node nn_gelu (nn_graph *g, nn_node x); /* x Phi(x), with erf (Hendrycks & Gimpel 2016) */
nn_node nn_scale (nn_graph *g, nn_node x, float gain, float shift); /* gain x + shift */
/* Side by side along the last axis; the other axes and the rows must agree. 2 to NN_MAX_INPUTS. */
nn_node nn_concat (nn_graph *g, const nn_node *parts, int n_parts);
nn_node nn_sum_last (nn_graph *g, nn_node x); /* (rows,...,C) -> (rows,...,1) */
nn_node nn_mean_all (nn_graph *g, nn_node x); /* mean of all numbers; the result has no rows */
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
/* The same, all states: (rows,T,hidden); after a row's last non-zero id the state stays. */
nn_node nn_gru_sequence (nn_graph *g, const char *name, nn_node x, nn_node ids, int hidden);
/* Attention pooling (Bahdanau et al. 2015): each of 1 to 64 heads weighs the states x (rows,T,D) by
 * the softmax over T, without those whose id (rows,T) is 0, of their products with its query
 * NAME.query (heads,D), and gives their weighted mean: (rows,heads*D), zeros without any id. */
nn_node nn_read (nn_graph *g, const char *name, nn_node x, nn_node ids, int heads);
/* `layers` of them, 1 to 64, each reading all states of the one before; the result is the last
 * one's (rows,hidden), as nn_gru. Parameters NAME.0.weight_ih ... */
nn_node nn_gru_layers (nn_graph *g, const char *name, nn_node x, nn_node ids, int hidden,
                       int layers);
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
/* The places where the question can act on self-attention; any set of them, none is plain
 * self-attention with a learned gate. Each starts as no change. */
typedef enum
{
  NN_MODULATE_GATE = 1 << 0,      /* tanh (Wg q + bg) instead of tanh (bg) */
  NN_MODULATE_QUERY_KEY = 1 << 1, /* FiLM on queries and keys */
  /* One more key Wtk q and value Wtv q, which every place may see: what the softmax over positions
   * and token gives the token is multiplied by tanh (open), one number a head, which starts at zero
   * (all to the positions); the positions keep the rest in their own proportions. Added to a
   * trained attention it changes nothing at first, to the last bit. */
  NN_MODULATE_TOKEN = 1 << 2,
  /* Attention reads norm (x), its gain and shift changed by Wc q + bc (de Vries et al. 2017); what
   * is added to, x, is not normalised. */
  NN_MODULATE_NORM = 1 << 3,
} nn_modulation;
typedef struct
{
  int heads, key;      /* key: width of a query or key of one head */
  int value;           /* width of a value of one head; 0: channels / heads */
  unsigned modulation; /* nn_modulation */
  float scale;         /* of the scores; 0: 1 / sqrt (key) */
} nn_attend_options;
/* NAME.query.weight (heads*key,C), key.weight (same), value.weight (heads*value,C), out.weight
 * (C,heads*value), gate.bias (C); QUERY_KEY: modulate.weight, modulate.bias; GATE: gate.weight;
 * TOKEN: token.key.weight, token.value.weight, token.open (heads); NORM: norm.mean, norm.variance,
 * norm.weight, norm.bias, condition.weight, condition.bias. */
nn_node nn_attend_with (nn_graph *g, const char *name, nn_node x, nn_node q,
                        const nn_attend_options *options);

/* Mean over rows of -sum_a target[a] log softmax(logits)[a]; targets (rows,A) need not sum to 1:
 * a row of zeros counts nothing. Result has no rows. */
nn_node nn_cross_entropy (nn_graph *g, nn_node logits, nn_node targets);
/* Mean over all numbers of the binary cross-entropy of sigmoid (logits) with soft targets in 0 to
 * 1; same shapes. */
nn_node nn_binary_cross_entropy (nn_graph *g, nn_node logits, nn_node targets);
/* Mean over all numbers of (a - b)^2; same shapes, both get gradients. */
nn_node nn_mean_square (nn_graph *g, nn_node a, nn_node b);
/* Distillation (Hinton et al. 2015): mean over rows of T^2 KL (softmax (teacher/T) ||
 * softmax (logits/T)); both (rows,A), the teacher gets no gradient. */
nn_node nn_distillation (nn_graph *g, nn_node logits, nn_node teacher, float temperature);

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
  float *mean, *square; /* AdamW's moments, as grad; SGD keeps its velocity in mean */
  float *average;       /* (count): moving average of value; NULL until nn_params_average() */
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
  /* film: y = x; attend: no FiLM on queries and keys, no token, no change of the norm, and the gate
   * sees q = 0 */
  NN_ABLATE_FILM = 1 << 0,
  NN_ABLATE_ATTENTION = 1 << 1, /* attend: y = x */
} nn_ablation;

/* How maps, and their gradients, are stored and multiplied. Parameters, statistics, losses and
 * moments are float32 always. */
typedef enum
{
  NN_PRECISION_F32,
  NN_PRECISION_BF16, /* works everywhere, fast only where nn_has_bf16() */
  NN_PRECISION_AUTO, /* bfloat16 where nn_has_bf16(), float32 elsewhere */
} nn_precision;
gboolean nn_has_bf16 (void); /* the processor multiplies bfloat16 (AVX512_BF16 or AMX) */
/* A text file to remember which kernels are fastest on this computer; it is made when missing, and
 * its folder with it. With one, an exec that trains measures each depthwise, grouped or few-channel
 * convolution once and takes what the file says from then on: the same file gives the same bits.
 * Without (NULL, as at first), or when it cannot be written, the choice is fixed. Set before
 * nn_exec_new(). */
void nn_set_cache (const char *path);

/* In float32. A norm whose statistics are frozen (nn_params_freeze() on its prefix) uses the
 * running ones in NN_TRAIN too and leaves them. */
nn_exec *nn_exec_new (const nn_graph *g, nn_params *p, nn_mode mode, int batch, GError **error);
nn_exec *nn_exec_new_in (const nn_graph *g, nn_params *p, nn_mode mode, int batch,
                         nn_precision precision, GError **error);
void nn_exec_free (nn_exec *e);
/* Value of an input, a kept node or one that no other reads; NULL where memory is used again. */
float *nn_data (nn_exec *e, nn_node x);
int32_t *nn_ids (nn_exec *e, nn_node x);      /* as nn_data for ids */
const float *nn_grad (nn_exec *e, nn_node x); /* gradient of a kept node after nn_backward() */
/* Attention of a kept nn_attend node: (rows,heads,positions,positions), NULL elsewhere. Among the
 * positions: what a token takes is not in it. */
const float *nn_attention (nn_exec *e, nn_node x, int *heads, int *positions);
/* Share of the question's token at each position (rows,heads,positions), -1 to 1; the positions
 * have 1 minus it. NULL without a token. */
const float *nn_attention_token (nn_exec *e, nn_node x);
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

/* ---- training with several threads ------------------------------------------------------ */

/* Execs in NN_TRAIN that share the rows of a batch, each in a thread of its own: small operations
 * go faster so than when the threads share each of them. Batch statistics are those of a member's
 * rows, and the running ones and the gradient the mean of the members'. The same number of threads
 * gives the same bits. */
typedef struct nn_team nn_team;
/* As many members as OpenMP has threads, each with at least 4 and equally many of the `batch` rows;
 * fewer where they cannot be, then with more threads each. Borrows g and p. */
nn_team *nn_team_new (const nn_graph *g, nn_params *p, int batch, nn_precision precision,
                      GError **error);
void nn_team_free (nn_team *t);
int nn_team_members (const nn_team *t);
nn_exec *nn_team_exec (const nn_team *t, int i); /* of a member; the first rows are those of 0 */
/* Fills an input from the rows of the whole batch: float, or int32_t for ids. */
void nn_team_feed (nn_team *t, nn_node input, const void *from);
/* As nn_exec_seed(), with other random numbers for each member. */
void nn_team_seed (nn_team *t, uint64_t seed, uint64_t step);
/* Forward, and backward from a loss: the gradient of the whole batch is in the params. */
void nn_team_step (nn_team *t, nn_node loss);
/* A kept node without rows, over the whole batch. */
float nn_team_value (const nn_team *t, nn_node loss);

/* ---- learning --------------------------------------------------------------------------- */

typedef enum
{
  NN_ADAMW, /* Loshchilov & Hutter 2019 */
  NN_SGD,   /* with momentum: v = beta1 v + g + decay w; w -= rate v (PyTorch's form) */
} nn_method;

/* An optimiser with clipping of the global gradient norm. */
typedef struct
{
  nn_method method;
  float rate, beta1, beta2, eps, decay;
  float clip;   /* largest gradient norm; 0: no clipping */
  int64_t step; /* updates done */
} nn_optimiser;
nn_optimiser nn_adamw_default (void); /* 3e-4, 0.9, 0.999, 1e-8, 0.01, clip 1 */
nn_optimiser nn_sgd_default (void);   /* 0.1, momentum 0.9, decay 5e-4, no clipping */
/* Updates all parameters that are neither frozen nor statistics, and returns the gradient's norm
 * before clipping. When the norm is not finite nothing is changed. The result does not depend on
 * the number of threads. */
double nn_optimise (nn_params *p, nn_optimiser *o);

/* Learning rates over a training, as factors of the highest. */
typedef enum
{
  NN_CONSTANT,
  NN_WARM_COSINE, /* linear from 0 over `warm`, then half a cosine down to `last` */
  NN_ONE_CYCLE,   /* Smith & Topin 2018: half a cosine up from 1/25 over `warm`, then down to `last`
                   */
} nn_curve;
typedef struct
{
  nn_curve curve;
  double warm; /* steps */
  double last; /* factor at the end */
} nn_schedule;
/* Of `steps` updates the first is 1 and the last is `steps`; beyond both ends it stays. */
double nn_schedule_at (const nn_schedule *s, int64_t step, int64_t steps);

/* Moving average of all values and statistics: average = decay average + (1 - decay) value; the
 * first call copies, as does a decay of 0. FALSE when there is no memory for it. */
gboolean nn_params_average (nn_params *p, double decay, GError **error);
/* Exchanges values and averages, to evaluate or save the average; a second call goes back. */
void nn_params_swap_average (nn_params *p);

G_END_DECLS
