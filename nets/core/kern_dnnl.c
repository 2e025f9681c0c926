/* oneDNN 2.6: every dnnl_ call of the program. Activations are plain NHWC; weights have one
 * canonical OIHW copy (nn_params) and are packed here to the layout each primitive asks for.
 * Scratch memory is always the caller's: with the library's own, a primitive run from another
 * thread than its creator crashes. */
#include "nets/core/bf16.h"
#include "nets/core/kern.h"

#include <dnnl.h>
#include <omp.h>
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
  if (nn_gemm_small (transpose_a, transpose_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc))
    return;
  dnnl_sgemm (transpose_a ? 'T' : 'N', transpose_b ? 'T' : 'N', (dnnl_dim_t)m, (dnnl_dim_t)n,
              (dnnl_dim_t)k, alpha, a, (dnnl_dim_t)lda, b, (dnnl_dim_t)ldb, beta, c,
              (dnnl_dim_t)ldc);
}

gboolean
nn_has_bf16 (void)
{
  return nn_isa == NN_ISA_AVX512
         && (dnnl_get_effective_cpu_isa () & dnnl_cpu_isa_avx512_core_bf16)
                == dnnl_cpu_isa_avx512_core_bf16;
}

const char *
nn_kern_backend (void)
{
  static gsize ready;
  static char text[48];
  if (g_once_init_enter (&ready))
    {
      const dnnl_version_t *v = dnnl_version ();
      g_snprintf (text, sizeof text, "oneDNN %d.%d.%d %x", v->major, v->minor, v->patch,
                  (unsigned)dnnl_get_effective_cpu_isa ());
      g_once_init_leave (&ready, 1);
    }
  return text;
}

/* A primitive with the weights' layout it wants, and a reorder between that and OIHW. */
typedef struct
{
  gboolean half;  /* it reads and writes maps in bfloat16 */
  gboolean alone; /* it was made for one thread */
  gboolean reorder_alone;
  dnnl_primitive_desc_t pd;
  dnnl_primitive_t primitive;
  dnnl_primitive_t reorder;
  dnnl_memory_t x, y;   /* plain NHWC; the data pointer is set before each run */
  dnnl_memory_t packed; /* weights or weight gradient in the primitive's layout */
  void *packed_data;
  dnnl_memory_t scratch, reorder_scratch;
} kernel;

struct nn_kern_conv
{
  gboolean half; /* the maps of the caller */
  dnnl_stream_t stream;
  dnnl_memory_t w, b; /* plain layouts; the data pointer is set before each run */
  kernel kernels[NN_KERN_ROLES];
  size_t x_count, y_count, weight_count, bias_count;
  size_t scratch_bytes; /* of the primitives alone */
  gboolean converts;    /* some primitive computes in float32 on the caller's bfloat16 */
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
  dnnl_memory_destroy (k->x);
  dnnl_memory_destroy (k->y);
  dnnl_memory_destroy (k->packed);
  dnnl_memory_destroy (k->scratch);
  dnnl_memory_destroy (k->reorder_scratch);
  free (k->packed_data);
}

/* The convolution's memory descriptors, shared by its primitives; [1] in bfloat16. */
typedef struct
{
  dnnl_memory_desc_t x[2], y[2], w_any[2], w, b;
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
  for (int half = 0; half < 2; half++)
    {
      dnnl_data_type_t type = half ? dnnl_bf16 : dnnl_f32;
      TRY (dnnl_memory_desc_init_by_tag (&d->x[half], 4, x, type, dnnl_nhwc));
      TRY (dnnl_memory_desc_init_by_tag (&d->y[half], 4, y, type, dnnl_nhwc));
      TRY (dnnl_memory_desc_init_by_tag (&d->w_any[half], groups ? 5 : 4, groups ? grouped : plain,
                                         type, dnnl_format_tag_any));
    }
  TRY (dnnl_memory_desc_init_by_tag (&d->b, 1, b, dnnl_f32, dnnl_a));
  TRY (dnnl_memory_desc_init_by_tag (&d->w, groups ? 5 : 4, groups ? grouped : plain, dnnl_f32,
                                     groups ? dnnl_goihw : dnnl_oihw));
  return TRUE;
fail:
  return FALSE;
}

/* Calls of oneDNN that make or run a primitive stand between these two: it keeps the number of
 * threads that it was made for. */
static int
begin_threads (gboolean alone)
{
  int threads = omp_get_max_threads ();
  if (alone)
    omp_set_num_threads (1);
  return threads;
}

static void
end_threads (gboolean alone, int threads)
{
  if (alone)
    omp_set_num_threads (threads);
}

/* Makes the reorder of k: from OIHW to the primitive's layout, or, for a gradient, from that to
 * OIHW, adding to what is there. */
static gboolean
make_reorder (nn_kern_conv *c, kernel *k, gboolean gradient, GError **error)
{
  dnnl_primitive_desc_t pd = NULL;
  dnnl_primitive_attr_t attr = NULL;
  dnnl_post_ops_t post = NULL;
  const dnnl_memory_desc_t *packed, *plain, *scratch;
  gboolean ok = FALSE;

  TRY (dnnl_memory_get_memory_desc (c->w, &plain));
  TRY (dnnl_memory_get_memory_desc (k->packed, &packed));
  TRY (dnnl_primitive_attr_create (&attr));
  TRY (dnnl_primitive_attr_set_scratchpad_mode (attr, dnnl_scratchpad_mode_user));
  if (gradient)
    {
      TRY (dnnl_post_ops_create (&post));
      TRY (dnnl_post_ops_append_sum (post, 1));
      TRY (dnnl_primitive_attr_set_post_ops (attr, post));
    }
  TRY (dnnl_reorder_primitive_desc_create (&pd, gradient ? packed : plain, engine (),
                                           gradient ? plain : packed, engine (), attr));
  TRY (dnnl_primitive_create (&k->reorder, pd));
  scratch = dnnl_primitive_desc_query_md (pd, dnnl_query_scratchpad_md, 0);
  c->scratch_bytes = MAX (c->scratch_bytes, dnnl_memory_desc_get_size (scratch));
  TRY (dnnl_memory_create (&k->reorder_scratch, scratch, engine (), DNNL_MEMORY_NONE));
  ok = TRUE;
fail:
  dnnl_primitive_desc_destroy (pd);
  dnnl_post_ops_destroy (post);
  dnnl_primitive_attr_destroy (attr);
  return ok;
}

/* Below so many weights waking another thread takes longer than the copy. */
#define REORDER_ALONE 65536

static gboolean
open_reorder (nn_kern_conv *c, kernel *k, gboolean gradient, GError **error)
{
  int threads;
  gboolean ok;

  k->reorder_alone = c->weight_count < REORDER_ALONE;
  threads = begin_threads (k->reorder_alone);
  ok = make_reorder (c, k, gradient, error);
  end_threads (k->reorder_alone, threads);
  return ok;
}

/* Makes the primitive of k->pd and memory for its maps and packed weights. */
static gboolean
open_kernel (nn_kern_conv *c, kernel *k, const conv_descs *d, gboolean gradient, GError **error)
{
  const dnnl_memory_desc_t *packed, *scratch;
  size_t bytes;

  TRY (dnnl_primitive_create (&k->primitive, k->pd));
  packed = dnnl_primitive_desc_query_md (
      k->pd, gradient ? dnnl_query_diff_weights_md : dnnl_query_weights_md, 0);
  scratch = dnnl_primitive_desc_query_md (k->pd, dnnl_query_scratchpad_md, 0);
  c->scratch_bytes = MAX (c->scratch_bytes, dnnl_memory_desc_get_size (scratch));
  c->converts = c->converts || k->half != c->half;
  TRY (dnnl_memory_create (&k->scratch, scratch, engine (), DNNL_MEMORY_NONE));
  TRY (dnnl_memory_create (&k->x, &d->x[k->half], engine (), DNNL_MEMORY_NONE));
  TRY (dnnl_memory_create (&k->y, &d->y[k->half], engine (), DNNL_MEMORY_NONE));
  bytes = round64 (dnnl_memory_desc_get_size (packed));
  k->packed_data = aligned_alloc (64, bytes);
  if (k->packed_data == NULL)
    {
      g_set_error (error, NN_ERROR, NN_ERROR_MEMORY, "convolution: no memory for its weights");
      goto fail;
    }
  memset (k->packed_data, 0, bytes);
  TRY (dnnl_memory_create (&k->packed, packed, engine (), k->packed_data));
  return open_reorder (c, k, gradient, error);
fail:
  return FALSE;
}

/* The forward primitive of one precision; also the hint that backward ones need. */
static dnnl_primitive_desc_t
describe_forward (const nn_kern_conv_shape *s, const conv_descs *d, gboolean half, GError **error)
{
  dnnl_convolution_desc_t desc;
  dnnl_primitive_attr_t attr = NULL;
  dnnl_post_ops_t post = NULL;
  dnnl_primitive_desc_t pd = NULL;
  gboolean train = s->wants_data_grad || s->wants_weight_grad;

  TRY (dnnl_convolution_forward_desc_init (
      &desc, train ? dnnl_forward_training : dnnl_forward_inference, dnnl_convolution_direct,
      &d->x[half], &d->w_any[half], s->o.no_bias ? NULL : &d->b, &d->y[half], d->stride, d->before,
      d->after));
  TRY (dnnl_primitive_attr_create (&attr));
  TRY (dnnl_primitive_attr_set_scratchpad_mode (attr, dnnl_scratchpad_mode_user));
  TRY (dnnl_post_ops_create (&post));
  if (s->activation == NN_ACT_RELU)
    TRY (dnnl_post_ops_append_eltwise (post, 1.f, dnnl_eltwise_relu, 0.f, 0.f));
  else if (s->activation == NN_ACT_RELU6)
    TRY (dnnl_post_ops_append_eltwise (post, 1.f, dnnl_eltwise_clip, 0.f, 6.f));
  TRY (dnnl_primitive_attr_set_post_ops (attr, post));
  TRY (dnnl_primitive_desc_create (&pd, &desc, attr, engine (), NULL));
fail:
  dnnl_post_ops_destroy (post);
  dnnl_primitive_attr_destroy (attr);
  return pd;
}

static gboolean
open_backward (nn_kern_conv *c, nn_kern_role r, const nn_kern_conv_shape *s, const conv_descs *d,
               GError **error)
{
  kernel *k = &c->kernels[r];
  dnnl_convolution_desc_t desc;
  dnnl_primitive_attr_t attr = NULL;
  dnnl_primitive_desc_t hint = describe_forward (s, d, k->half, error);
  const dnnl_memory_desc_t *x = &d->x[k->half], *y = &d->y[k->half];
  gboolean ok = FALSE;

  if (hint == NULL)
    return FALSE;
  TRY (dnnl_primitive_attr_create (&attr));
  TRY (dnnl_primitive_attr_set_scratchpad_mode (attr, dnnl_scratchpad_mode_user));
  if (r == NN_KERN_WEIGHTS)
    TRY (dnnl_convolution_backward_weights_desc_init (&desc, dnnl_convolution_direct, x,
                                                      &d->w_any[0], s->o.no_bias ? NULL : &d->b, y,
                                                      d->stride, d->before, d->after));
  else
    TRY (dnnl_convolution_backward_data_desc_init (
        &desc, dnnl_convolution_direct, x, &d->w_any[k->half], y, d->stride, d->before, d->after));
  TRY (dnnl_primitive_desc_create (&k->pd, &desc, attr, engine (), hint));
  ok = open_kernel (c, k, d, r == NN_KERN_WEIGHTS, error);
fail:
  dnnl_primitive_desc_destroy (hint);
  dnnl_primitive_attr_destroy (attr);
  return ok;
}

static gboolean
open_role (nn_kern_conv *c, nn_kern_role r, unsigned w, const nn_kern_conv_shape *s,
           const conv_descs *d, GError **error)
{
  kernel *k = &c->kernels[r];
  gboolean ok;
  int threads;

  k->half = s->half && nn_has_bf16 () && (w & NN_KERN_FLOAT) == 0;
  /* There the library (2.6.3) adds what happens to lie in the scratch memory. */
  if (r == NN_KERN_WEIGHTS && s->width < s->o.stride)
    k->half = FALSE;
  k->alone = (w & NN_KERN_ALONE) != 0;
  threads = begin_threads (k->alone);
  if (r == NN_KERN_FORWARD)
    {
      k->pd = describe_forward (s, d, k->half, error);
      ok = k->pd != NULL && open_kernel (c, k, d, FALSE, error);
    }
  else
    ok = open_backward (c, r, s, d, error);
  end_threads (k->alone, threads);
  return ok;
}

nn_kern_conv *
nn_kern_conv_open_as (const nn_kern_conv_shape *s, const int *ways, GError **error)
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
  c->half = s->half;
  c->x_count = (size_t)s->rows * s->height * s->width * s->in;
  c->y_count = (size_t)s->rows * s->out_height * s->out_width * s->o.out;
  c->weight_count = (size_t)s->o.out * (s->in / s->o.groups) * s->o.kernel * s->o.kernel;
  c->bias_count = s->o.no_bias ? 0 : s->o.out;
  TRY (dnnl_stream_create (&c->stream, engine (), dnnl_stream_in_order));
  TRY (dnnl_memory_create (&c->w, &d.w, engine (), DNNL_MEMORY_NONE));
  TRY (dnnl_memory_create (&c->b, &d.b, engine (), DNNL_MEMORY_NONE));
  for (nn_kern_role r = NN_KERN_FORWARD; r < NN_KERN_ROLES; r++)
    if (ways[r] >= 0 && !open_role (c, r, ways[r], s, &d, error))
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
  for (nn_kern_role r = NN_KERN_FORWARD; r < NN_KERN_ROLES; r++)
    kernel_close (&c->kernels[r]);
  dnnl_memory_destroy (c->w);
  dnnl_memory_destroy (c->b);
  dnnl_stream_destroy (c->stream);
  g_free (c);
}

/* Where things lie in the caller's scratch, behind the primitives' own: the bias gradient, then x
 * and y in float32. */
static float *
place_of_bias (const nn_kern_conv *c, void *scratch)
{
  return (float *)((char *)scratch + round64 (c->scratch_bytes));
}

static float *
place_of_x (const nn_kern_conv *c, void *scratch)
{
  return place_of_bias (c, scratch) + round64 (c->bias_count * sizeof (float)) / sizeof (float);
}

static float *
place_of_y (const nn_kern_conv *c, void *scratch)
{
  return place_of_x (c, scratch) + round64 (c->x_count * sizeof (float)) / sizeof (float);
}

size_t
nn_kern_conv_scratch (const nn_kern_conv *c)
{
  size_t maps = round64 (c->x_count * sizeof (float)) + round64 (c->y_count * sizeof (float));
  return round64 (c->scratch_bytes) + round64 (c->bias_count * sizeof (float))
         + (c->converts ? maps : 0);
}

static void
set (dnnl_memory_t memory, const void *data)
{
  dnnl_memory_set_data_handle (memory, (void *)data);
}

/* What the kernel reads for the caller's map: the map, or its float32 at `place`. */
static const void *
as_read (const nn_kern_conv *c, const kernel *k, const void *map, float *place, size_t count)
{
  if (k->half == c->half)
    return map;
  nn_widen_all (map, place, count);
  return place;
}

static void
execute (const nn_kern_conv *c, dnnl_primitive_t primitive, gboolean alone, int n,
         const dnnl_exec_arg_t *args)
{
  int threads = begin_threads (alone);
  dnnl_primitive_execute (primitive, c->stream, n, args);
  dnnl_stream_wait (c->stream);
  end_threads (alone, threads);
}

/* Runs k's reorder: packs the plain weights, or adds the packed gradient to the plain one. */
static void
reorder (nn_kern_conv *c, kernel *k, const float *plain, gboolean gradient, void *scratch)
{
  set (c->w, plain);
  set (k->reorder_scratch, scratch);
  dnnl_exec_arg_t args[] = {
    { DNNL_ARG_FROM, gradient ? k->packed : c->w },
    { DNNL_ARG_TO, gradient ? c->w : k->packed },
    { DNNL_ARG_SCRATCHPAD, k->reorder_scratch },
  };
  execute (c, k->reorder, k->reorder_alone, 3, args);
}

void
nn_kern_conv_forward (nn_kern_conv *c, const void *x, const float *weights, const float *bias,
                      void *y, gboolean stale, void *scratch)
{
  kernel *k = &c->kernels[NN_KERN_FORWARD];
  void *to = k->half == c->half ? y : place_of_y (c, scratch);

  if (stale)
    {
      reorder (c, k, weights, FALSE, scratch);
      c->data_packed = FALSE;
    }
  set (k->x, as_read (c, k, x, place_of_x (c, scratch), c->x_count));
  set (c->b, bias);
  set (k->y, to);
  set (k->scratch, scratch);
  dnnl_exec_arg_t args[] = {
    { DNNL_ARG_SRC, k->x },  { DNNL_ARG_WEIGHTS, k->packed },
    { DNNL_ARG_DST, k->y },  { DNNL_ARG_SCRATCHPAD, k->scratch },
    { DNNL_ARG_BIAS, c->b },
  };
  execute (c, k->primitive, k->alone, bias != NULL ? 5 : 4, args);
  if (to != y)
    nn_narrow_all (to, y, c->y_count);
}

void
nn_kern_conv_backward_data (nn_kern_conv *c, const void *dy, const float *weights, void *dx,
                            void *scratch)
{
  kernel *k = &c->kernels[NN_KERN_DATA];
  void *to = k->half == c->half ? dx : place_of_x (c, scratch);

  if (!c->data_packed)
    {
      reorder (c, k, weights, FALSE, scratch);
      c->data_packed = TRUE;
    }
  set (k->x, to);
  set (k->y, as_read (c, k, dy, place_of_y (c, scratch), c->y_count));
  set (k->scratch, scratch);
  dnnl_exec_arg_t args[] = {
    { DNNL_ARG_DIFF_DST, k->y },
    { DNNL_ARG_WEIGHTS, k->packed },
    { DNNL_ARG_DIFF_SRC, k->x },
    { DNNL_ARG_SCRATCHPAD, k->scratch },
  };
  execute (c, k->primitive, k->alone, 4, args);
  if (to != dx)
    nn_narrow_all (to, dx, c->x_count);
}

void
nn_kern_conv_backward_weights (nn_kern_conv *c, const void *x, const void *dy, float *dw, float *db,
                               void *scratch)
{
  kernel *k = &c->kernels[NN_KERN_WEIGHTS];
  float *bias = place_of_bias (c, scratch);

  set (k->x, as_read (c, k, x, place_of_x (c, scratch), c->x_count));
  set (k->y, as_read (c, k, dy, place_of_y (c, scratch), c->y_count));
  set (c->b, bias);
  set (k->scratch, scratch);
  dnnl_exec_arg_t args[] = {
    { DNNL_ARG_SRC, k->x },
    { DNNL_ARG_DIFF_DST, k->y },
    { DNNL_ARG_DIFF_WEIGHTS, k->packed },
    { DNNL_ARG_SCRATCHPAD, k->scratch },
    { DNNL_ARG_DIFF_BIAS, c->b },
  };
  execute (c, k->primitive, k->alone, c->bias_count > 0 ? 5 : 4, args);
  reorder (c, k, dw, TRUE, scratch);
  for (size_t i = 0; db != NULL && i < c->bias_count; i++)
    db[i] += bias[i];
}
