/* The seam to oneDNN: convolution and matrix products. kern_dnnl.c is the only file that calls it
 * (version 3 changed its interface). */
#pragma once

#include "nets/nn.h"

typedef enum
{
  NN_ACT_NONE,
  NN_ACT_RELU,
  NN_ACT_RELU6,
} nn_activation;

/* Row-major C = alpha op(A) op(B) + beta C; op(A) (m,k), op(B) (k,n), C (m,n). May be called inside
 * an OpenMP region (then it runs on one thread). */
void nn_sgemm (gboolean transpose_a, gboolean transpose_b, size_t m, size_t n, size_t k,
               float alpha, const float *a, size_t lda, const float *b, size_t ldb, float beta,
               float *c, size_t ldc);

/* The same for small products, by loops of our own; FALSE: not small, nothing was done. The first
 * calls of oneDNN's take 10 to 40 ms for making code, more than a whole answer. */
gboolean nn_gemm_small (gboolean transpose_a, gboolean transpose_b, size_t m, size_t n, size_t k,
                        float alpha, const float *a, size_t lda, const float *b, size_t ldb,
                        float beta, float *c, size_t ldc);

typedef struct
{
  int rows, height, width, in; /* input (rows,height,width,in), NHWC */
  int out_height, out_width;
  nn_conv_options o;
  nn_activation activation;                    /* applied to the output */
  gboolean wants_data_grad, wants_weight_grad; /* which backwards will be called */
  gboolean half; /* x, y, dx and dy are bfloat16 (nn_bf16), else float */
} nn_kern_conv_shape;

/* What a convolution is opened for, each with a primitive of its own. */
typedef enum
{
  NN_KERN_FORWARD,
  NN_KERN_DATA,
  NN_KERN_WEIGHTS,
  NN_KERN_ROLES
} nn_kern_role;

/* How a primitive is run; 0: in the precision of the maps where the processor has it, on all
 * threads. The numbers stand in the file of choices. */
typedef enum
{
  NN_KERN_FLOAT = 1 << 0, /* in float32, on converted maps */
  NN_KERN_ALONE = 1 << 1, /* on one thread */
} nn_kern_way;

/* One convolution's primitives and packed weights. */
typedef struct nn_kern_conv nn_kern_conv;
/* In the way that is known to be fastest, or is measured now. */
nn_kern_conv *nn_kern_conv_open (const nn_kern_conv_shape *shape, GError **error);
/* In this way for each role; a role of -1 is not opened and must not be called. */
nn_kern_conv *nn_kern_conv_open_as (const nn_kern_conv_shape *shape, const int *ways,
                                    GError **error);
/* Name, version and instruction set of the library below; static. */
const char *nn_kern_backend (void);
void nn_kern_conv_close (nn_kern_conv *c);
size_t nn_kern_conv_scratch (const nn_kern_conv *c); /* bytes */
/* weights (out,in/groups,k,k), bias (out) or NULL; stale: weights changed since the last call. */
void nn_kern_conv_forward (nn_kern_conv *c, const void *x, const float *weights, const float *bias,
                           void *y, gboolean stale, void *scratch);
/* dy is the gradient before the activation. */
void nn_kern_conv_backward_data (nn_kern_conv *c, const void *dy, const float *weights, void *dx,
                                 void *scratch);
/* Adds to dw and db (NULL without bias). */
void nn_kern_conv_backward_weights (nn_kern_conv *c, const void *x, const void *dy, float *dw,
                                    float *db, void *scratch);
