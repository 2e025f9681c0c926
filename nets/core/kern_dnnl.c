/* oneDNN 2.6: every dnnl_ call of the program. Activations are plain NHWC; weights have one
 * canonical OIHW copy (nn_params) and are packed here to the layout each primitive asks for.
 * Scratch memory is always the caller's: with the library's own, a primitive run from another
 * thread than its creator crashes. */
#include "nets/core/kern.h"

#include <dnnl.h>
#include <stdlib.h>
#include <string.h>

static dnnl_engine_t
engine (void)
{
  static gsize ready;
  static dnnl_engine_t the_engine;
  if (g_once_init_enter (&ready))
    {
      if (dnnl_engine_create (&the_engine, dnnl_cpu, 0) != dnnl_success)
        the_engine = NULL;
      g_once_init_leave (&ready, 1);
    }
  return the_engine;
}

static const char *
status_text (dnnl_status_t status)
{
  switch (status)
    {
    case dnnl_out_of_memory:
      return "out of memory";
    case dnnl_invalid_arguments:
      return "invalid arguments";
    case dnnl_unimplemented:
      return "not available on this processor";
    default:
      return "failed";
    }
}

/* Leaves the function with an error when a oneDNN call fails. */
#define TRY(call)                                                                                  \
  do                                                                                               \
    {                                                                                              \
      dnnl_status_t status_ = (call);                                                              \
      if (status_ != dnnl_success)                                                                 \
        {                                                                                          \
          g_set_error (error, NN_ERROR,                                                            \
                       status_ == dnnl_out_of_memory ? NN_ERROR_MEMORY : NN_ERROR_BACKEND,         \
                       "oneDNN convolution: %s (%s)", status_text (status_), #call);               \
          goto fail;                                                                               \
        }                                                                                          \
    }                                                                                              \
  while (0)

void
nn_sgemm (gboolean transpose_a, gboolean transpose_b, size_t m, size_t n, size_t k, float alpha,
          const float *a, size_t lda, const float *b, size_t ldb, float beta, float *c, size_t ldc)
{
  dnnl_sgemm (transpose_a ? 'T' : 'N', transpose_b ? 'T' : 'N', (dnnl_dim_t)m, (dnnl_dim_t)n,
              (dnnl_dim_t)k, alpha, a, (dnnl_dim_t)lda, b, (dnnl_dim_t)ldb, beta, c,
              (dnnl_dim_t)ldc);
}

/* A primitive with the weights' layout it wants, and a reorder between that and OIHW. */
typedef struct
{
  dnnl_primitive_desc_t pd;
  dnnl_primitive_t primitive;
  dnnl_primitive_t reorder;
  dnnl_memory_t packed; /* weights or weight gradient in the primitive's layout */
  float *packed_data;
  dnnl_memory_t scratch, reorder_scratch;
} kernel;

struct nn_kern_conv
{
  dnnl_stream_t stream;
  dnnl_memory_t x, y, w, b; /* plain layouts; the data pointer is set before each run */
  kernel forward, data, weights;
  size_t weight_count, bias_count;
  size_t scratch_bytes; /* of the primitives alone */
  gboolean data_packed;
};

static size_t
round64 (size_t n)
{
  return (n + 63) & ~(size_t)63;
}

static void
kernel_close (kernel *k)
{
  dnnl_primitive_destroy (k->primitive);
  dnnl_primitive_destroy (k->reorder);
  dnnl_primitive_desc_destroy (k->pd);
  dnnl_memory_destroy (k->packed);
  dnnl_memory_destroy (k->scratch);
  dnnl_memory_destroy (k->reorder_scratch);
  free (k->packed_data);
}

/* Makes the primitive of k->pd, memory for its packed weights, and the reorder: from OIHW (to_plain
 * FALSE) or to it. */
static gboolean
kernel_open (nn_kern_conv *c, kernel *k, dnnl_query_t weights_query, gboolean to_plain,
             GError **error)
{
  dnnl_primitive_desc_t reorder_pd = NULL;
  dnnl_primitive_attr_t attr = NULL;
  const dnnl_memory_desc_t *packed, *scratch, *plain;

  TRY (dnnl_primitive_create (&k->primitive, k->pd));
  packed = dnnl_primitive_desc_query_md (k->pd, weights_query, 0);
  scratch = dnnl_primitive_desc_query_md (k->pd, dnnl_query_scratchpad_md, 0);
  TRY (dnnl_memory_get_memory_desc (c->w, &plain));
  c->scratch_bytes = MAX (c->scratch_bytes, dnnl_memory_desc_get_size (scratch));
  TRY (dnnl_memory_create (&k->scratch, scratch, engine (), DNNL_MEMORY_NONE));
  k->packed_data = aligned_alloc (64, round64 (dnnl_memory_desc_get_size (packed)));
  if (k->packed_data == NULL)
    {
      g_set_error (error, NN_ERROR, NN_ERROR_MEMORY, "convolution: no memory for its weights");
      goto fail;
    }
  memset (k->packed_data, 0, round64 (dnnl_memory_desc_get_size (packed)));
  TRY (dnnl_memory_create (&k->packed, packed, engine (), k->packed_data));

  TRY (dnnl_primitive_attr_create (&attr));
  TRY (dnnl_primitive_attr_set_scratchpad_mode (attr, dnnl_scratchpad_mode_user));
  TRY (dnnl_reorder_primitive_desc_create (&reorder_pd, to_plain ? packed : plain, engine (),
                                           to_plain ? plain : packed, engine (), attr));
  TRY (dnnl_primitive_create (&k->reorder, reorder_pd));
  scratch = dnnl_primitive_desc_query_md (reorder_pd, dnnl_query_scratchpad_md, 0);
  c->scratch_bytes = MAX (c->scratch_bytes, dnnl_memory_desc_get_size (scratch));
  TRY (dnnl_memory_create (&k->reorder_scratch, scratch, engine (), DNNL_MEMORY_NONE));
  dnnl_primitive_desc_destroy (reorder_pd);
  dnnl_primitive_attr_destroy (attr);
  return TRUE;

fail:
  dnnl_primitive_desc_destroy (reorder_pd);
  dnnl_primitive_attr_destroy (attr);
  return FALSE;
}

/* The convolution's memory descriptors, shared by its three primitives. */
typedef struct
{
  dnnl_memory_desc_t x, y, w, b;
  dnnl_memory_desc_t w_any;
  dnnl_dims_t stride, before, after;
} conv_descs;

static gboolean
describe (const nn_kern_conv_shape *s, conv_descs *d, GError **error)
{
  const nn_conv_options *o = &s->o;
  dnnl_dims_t x = { s->rows, s->in, s->height, s->width };
  dnnl_dims_t y = { s->rows, o->out, s->out_height, s->out_width };
  dnnl_dims_t plain = { o->out, s->in, o->kernel, o->kernel };
  dnnl_dims_t grouped = { o->groups, o->out / o->groups, s->in / o->groups, o->kernel, o->kernel };
  dnnl_dims_t b = { o->out };
  gboolean groups = o->groups > 1;

  for (int i = 0; i < 2; i++)
    d->stride[i] = o->stride;
  d->before[0] = o->top;
  d->before[1] = o->left;
  d->after[0] = o->bottom;
  d->after[1] = o->right;
  TRY (dnnl_memory_desc_init_by_tag (&d->x, 4, x, dnnl_f32, dnnl_nhwc));
  TRY (dnnl_memory_desc_init_by_tag (&d->y, 4, y, dnnl_f32, dnnl_nhwc));
  TRY (dnnl_memory_desc_init_by_tag (&d->b, 1, b, dnnl_f32, dnnl_a));
  TRY (dnnl_memory_desc_init_by_tag (&d->w, groups ? 5 : 4, groups ? grouped : plain, dnnl_f32,
                                     groups ? dnnl_goihw : dnnl_oihw));
  TRY (dnnl_memory_desc_init_by_tag (&d->w_any, groups ? 5 : 4, groups ? grouped : plain, dnnl_f32,
                                     dnnl_format_tag_any));
  return TRUE;
fail:
  return FALSE;
}

static gboolean
wants_backward (const nn_kern_conv_shape *s)
{
  return s->wants_data_grad || s->wants_weight_grad;
}

static gboolean
open_forward (nn_kern_conv *c, const nn_kern_conv_shape *s, conv_descs *d, GError **error)
{
  dnnl_convolution_desc_t desc;
  dnnl_primitive_attr_t attr = NULL;
  dnnl_post_ops_t post = NULL;
  gboolean ok = FALSE;

  TRY (dnnl_convolution_forward_desc_init (
      &desc, wants_backward (s) ? dnnl_forward_training : dnnl_forward_inference,
      dnnl_convolution_direct, &d->x, &d->w_any, s->o.no_bias ? NULL : &d->b, &d->y, d->stride,
      d->before, d->after));
  TRY (dnnl_primitive_attr_create (&attr));
  TRY (dnnl_primitive_attr_set_scratchpad_mode (attr, dnnl_scratchpad_mode_user));
  TRY (dnnl_post_ops_create (&post));
  if (s->activation == NN_ACT_RELU)
    TRY (dnnl_post_ops_append_eltwise (post, 1.f, dnnl_eltwise_relu, 0.f, 0.f));
  else if (s->activation == NN_ACT_RELU6)
    TRY (dnnl_post_ops_append_eltwise (post, 1.f, dnnl_eltwise_clip, 0.f, 6.f));
  TRY (dnnl_primitive_attr_set_post_ops (attr, post));
  TRY (dnnl_primitive_desc_create (&c->forward.pd, &desc, attr, engine (), NULL));
  ok = kernel_open (c, &c->forward, dnnl_query_weights_md, FALSE, error);
fail:
  dnnl_post_ops_destroy (post);
  dnnl_primitive_attr_destroy (attr);
  return ok;
}

static gboolean
open_backward (nn_kern_conv *c, const nn_kern_conv_shape *s, conv_descs *d, GError **error)
{
  dnnl_convolution_desc_t desc;
  dnnl_primitive_attr_t attr = NULL;
  gboolean ok = FALSE;

  TRY (dnnl_primitive_attr_create (&attr));
  TRY (dnnl_primitive_attr_set_scratchpad_mode (attr, dnnl_scratchpad_mode_user));
  if (s->wants_data_grad)
    {
      TRY (dnnl_convolution_backward_data_desc_init (
          &desc, dnnl_convolution_direct, &d->x, &d->w_any, &d->y, d->stride, d->before, d->after));
      TRY (dnnl_primitive_desc_create (&c->data.pd, &desc, attr, engine (), c->forward.pd));
      if (!kernel_open (c, &c->data, dnnl_query_weights_md, FALSE, error))
        goto fail;
    }
  if (!s->wants_weight_grad)
    {
      dnnl_primitive_attr_destroy (attr);
      return TRUE;
    }
  TRY (dnnl_convolution_backward_weights_desc_init (&desc, dnnl_convolution_direct, &d->x,
                                                    &d->w_any, s->o.no_bias ? NULL : &d->b, &d->y,
                                                    d->stride, d->before, d->after));
  TRY (dnnl_primitive_desc_create (&c->weights.pd, &desc, attr, engine (), c->forward.pd));
  ok = kernel_open (c, &c->weights, dnnl_query_diff_weights_md, TRUE, error);
fail:
  dnnl_primitive_attr_destroy (attr);
  return ok;
}

nn_kern_conv *
nn_kern_conv_open (const nn_kern_conv_shape *s, GError **error)
{
  nn_kern_conv *c = g_new0 (nn_kern_conv, 1);
  conv_descs d;

  if (engine () == NULL)
    {
      g_set_error (error, NN_ERROR, NN_ERROR_BACKEND, "oneDNN does not start on this processor");
      goto fail;
    }
  if (!describe (s, &d, error))
    goto fail;
  c->weight_count = (size_t)s->o.out * (s->in / s->o.groups) * s->o.kernel * s->o.kernel;
  c->bias_count = s->o.no_bias ? 0 : s->o.out;
  TRY (dnnl_stream_create (&c->stream, engine (), dnnl_stream_in_order));
  TRY (dnnl_memory_create (&c->x, &d.x, engine (), DNNL_MEMORY_NONE));
  TRY (dnnl_memory_create (&c->y, &d.y, engine (), DNNL_MEMORY_NONE));
  TRY (dnnl_memory_create (&c->w, &d.w, engine (), DNNL_MEMORY_NONE));
  TRY (dnnl_memory_create (&c->b, &d.b, engine (), DNNL_MEMORY_NONE));
  if (!open_forward (c, s, &d, error) || (wants_backward (s) && !open_backward (c, s, &d, error)))
    goto fail;
  return c;
fail:
  nn_kern_conv_close (c);
  return NULL;
}

void
nn_kern_conv_close (nn_kern_conv *c)
{
  if (c == NULL)
    return;
  kernel_close (&c->forward);
  kernel_close (&c->data);
  kernel_close (&c->weights);
  dnnl_memory_destroy (c->x);
  dnnl_memory_destroy (c->y);
  dnnl_memory_destroy (c->w);
  dnnl_memory_destroy (c->b);
  dnnl_stream_destroy (c->stream);
  g_free (c);
}

size_t
nn_kern_conv_scratch (const nn_kern_conv *c)
{
  /* The weight gradient is unpacked into scratch, then added; likewise the bias gradient. */
  return round64 (c->scratch_bytes) + round64 (c->weight_count * sizeof (float))
         + round64 (c->bias_count * sizeof (float));
}

static void
set (dnnl_memory_t memory, const void *data)
{
  dnnl_memory_set_data_handle (memory, (void *)data);
}

/* Runs k's reorder: packs the plain weights, or unpacks to them. */
static void
reorder (nn_kern_conv *c, kernel *k, const float *plain, gboolean to_plain, void *scratch)
{
  set (c->w, plain);
  set (k->reorder_scratch, scratch);
  dnnl_exec_arg_t args[] = {
    { DNNL_ARG_FROM, to_plain ? k->packed : c->w },
    { DNNL_ARG_TO, to_plain ? c->w : k->packed },
    { DNNL_ARG_SCRATCHPAD, k->reorder_scratch },
  };
  dnnl_primitive_execute (k->reorder, c->stream, 3, args);
}

void
nn_kern_conv_forward (nn_kern_conv *c, const float *x, const float *weights, const float *bias,
                      float *y, gboolean stale, void *scratch)
{
  if (stale)
    {
      reorder (c, &c->forward, weights, FALSE, scratch);
      c->data_packed = FALSE;
    }
  set (c->x, x);
  set (c->b, bias);
  set (c->y, y);
  set (c->forward.scratch, scratch);
  dnnl_exec_arg_t args[] = {
    { DNNL_ARG_SRC, c->x },  { DNNL_ARG_WEIGHTS, c->forward.packed },
    { DNNL_ARG_DST, c->y },  { DNNL_ARG_SCRATCHPAD, c->forward.scratch },
    { DNNL_ARG_BIAS, c->b },
  };
  dnnl_primitive_execute (c->forward.primitive, c->stream, bias != NULL ? 5 : 4, args);
  dnnl_stream_wait (c->stream);
}

void
nn_kern_conv_backward_data (nn_kern_conv *c, const float *dy, const float *weights, float *dx,
                            void *scratch)
{
  if (!c->data_packed)
    {
      reorder (c, &c->data, weights, FALSE, scratch);
      c->data_packed = TRUE;
    }
  set (c->x, dx);
  set (c->y, dy);
  set (c->data.scratch, scratch);
  dnnl_exec_arg_t args[] = {
    { DNNL_ARG_DIFF_DST, c->y },
    { DNNL_ARG_WEIGHTS, c->data.packed },
    { DNNL_ARG_DIFF_SRC, c->x },
    { DNNL_ARG_SCRATCHPAD, c->data.scratch },
  };
  dnnl_primitive_execute (c->data.primitive, c->stream, 4, args);
  dnnl_stream_wait (c->stream);
}

void
nn_kern_conv_backward_weights (nn_kern_conv *c, const float *x, const float *dy, float *dw,
                               float *db, void *scratch)
{
  float *plain_dw = (float *)((char *)scratch + round64 (c->scratch_bytes));
  float *plain_db = plain_dw + round64 (c->weight_count * sizeof (float)) / sizeof (float);

  set (c->x, x);
  set (c->y, dy);
  set (c->b, plain_db);
  set (c->weights.scratch, scratch);
  dnnl_exec_arg_t args[] = {
    { DNNL_ARG_SRC, c->x },
    { DNNL_ARG_DIFF_DST, c->y },
    { DNNL_ARG_DIFF_WEIGHTS, c->weights.packed },
    { DNNL_ARG_SCRATCHPAD, c->weights.scratch },
    { DNNL_ARG_DIFF_BIAS, c->b },
  };
  dnnl_primitive_execute (c->weights.primitive, c->stream, db != NULL ? 5 : 4, args);
  reorder (c, &c->weights, plain_dw, TRUE, scratch);
  dnnl_stream_wait (c->stream);
  for (size_t i = 0; i < c->weight_count; i++)
    dw[i] += plain_dw[i];
  for (size_t i = 0; db != NULL && i < c->bias_count; i++)
    db[i] += plain_db[i];
}
