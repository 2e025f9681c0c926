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

typedef struct
{
  int rows, height, width, in; /* input (rows,height,width,in), NHWC */
  int out_height, out_width;
  nn_conv_options o;
  nn_activation activation;                    /* applied to the output */
  gboolean wants_data_grad, wants_weight_grad; /* which backwards will be called */
  gboolean half; /* x, y, dx and dy are bfloat16 (nn_bf16), else float */
} nn_kern_conv_shape;

/* One convolution's primitives and packed weights. */
typedef struct nn_kern_conv nn_kern_conv;
nn_kern_conv *nn_kern_conv_open (const nn_kern_conv_shape *shape, GError **error);
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
