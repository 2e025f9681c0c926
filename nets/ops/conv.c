/* Convolution (rows,H,W,C) -> (rows,H',W',O), H' = (H + top + bottom - k) / stride + 1. */
#include "nets/core/kern.h"
#include "nets/ops/couple.h"
#include "nets/ops/loops.h"

static gboolean
conv_infer (nn_graph *g, nn_entry *e, GError **error)
{
  const nn_conv_options *o = &e->o.conv;
  const nn_shape *x = nn_input_shape (g, e, 0);
  int high, wide;

  if (x->rank != 3 || x->ids)
    return nn_shape_error (g, e, error, "needs pictures or maps (N,H,W,C)");
  if (o->kernel < 1 || o->stride < 1 || o->out < 1 || o->groups < 1 || MIN (o->top, o->left) < 0
      || MIN (o->bottom, o->right) < 0)
    return nn_shape_error (g, e, error, "kernel %d, stride %d, %d outputs, %d groups", o->kernel,
                           o->stride, o->out, o->groups);
  if (x->dim[2] % o->groups != 0 || o->out % o->groups != 0)
    return nn_shape_error (g, e, error, "%d groups divide neither %d inputs nor %d outputs evenly",
                           o->groups, x->dim[2], o->out);
  high = x->dim[0] + o->top + o->bottom - o->kernel;
  wide = x->dim[1] + o->left + o->right - o->kernel;
  if (high < 0 || wide < 0)
    return nn_shape_error (g, e, error, "kernel %d is larger than the padded input", o->kernel);
  e->shape = (nn_shape){ .per = x->per,
                         .rank = 3,
                         .dim = { high / o->stride + 1, wide / o->stride + 1, o->out } };
  return nn_declare (g, e, "weight", 4,
                     (int[]){ o->out, x->dim[2] / o->groups, o->kernel, o->kernel }, NN_INIT_FAN_IN,
                     NN_PARAM_DECAY, error)
         && (o->no_bias || nn_declare (g, e, "bias", 1, (int[]){ o->out }, NN_INIT_ZERO, 0, error));
}

static gboolean
conv_open (nn_step *s, GError **error)
{
  const nn_shape *x = &s->in[0].shape, *y = &s->entry->shape;
  nn_kern_conv_shape shape = {
    .rows = (int)s->rows,
    .height = x->dim[0],
    .width = x->dim[1],
    .in = x->dim[2],
    .out_height = y->dim[0],
    .out_width = y->dim[1],
    .o = s->entry->o.conv,
    .activation = (nn_activation)s->activation,
    .wants_data_grad = s->in[0].wants_grad,
    .wants_weight_grad = s->param[0].grad != NULL,
    .half = s->half,
  };
  shape.o.no_bias = s->param[1].value == NULL;
  s->state = nn_kern_conv_open (&shape, error);
  if (s->state == NULL)
    {
      g_prefix_error (error, "conv %s: ", s->entry->name);
      return FALSE;
    }
  s->scratch_bytes = nn_kern_conv_scratch (s->state);
  return TRUE;
}

static void
conv_close (nn_step *s)
{
  nn_kern_conv_close (s->state);
}

static void
conv_forward (nn_step *s)
{
  nn_kern_conv_forward (s->state, s->in[0].value, s->param[0].value, s->param[1].value, s->value,
                        s->stale, s->scratch);
}

static void
conv_backward (nn_step *s)
{
  nn_take_back_activation (s);
  if (s->in[0].grad != NULL)
    nn_kern_conv_backward_data (s->state, s->grad, s->param[0].value, s->in[0].grad, s->scratch);
  if (s->param[0].grad != NULL)
    nn_kern_conv_backward_weights (s->state, s->in[0].value, s->grad, s->param[0].grad,
                                   s->param[1].grad, s->scratch);
}

static int64_t
conv_macs (const nn_graph *g, const nn_entry *e)
{
  const nn_conv_options *o = &e->o.conv;
  int64_t taps = (int64_t)nn_input_shape (g, e, 0)->dim[2] / o->groups * o->kernel * o->kernel;
  return taps * (int64_t)nn_shape_size (&e->shape);
}

/* Depthwise and its like: a group with a single input or output channel goes as a whole. */
static gboolean
whole_groups (nn_coupling *c, const nn_conv_options *o)
{
  return nn_channels (c, 0).count == o->groups || nn_channels (c, NN_OUTPUT).count == o->groups;
}

/* Groups stay equal: either whole ones go, or the same places of all. */
static void
couple_groups (nn_coupling *c, const nn_conv_options *o)
{
  nn_span in = nn_channels (c, 0), out = nn_channels (c, NN_OUTPUT);
  int taps = in.count / o->groups, made = out.count / o->groups;
  nn_span columns;

  if (whole_groups (c, o))
    {
      for (int i = 0; i < in.count; i++)
        nn_tie (c, in.first + i, out.first + i / taps * made, 1);
      for (int i = 0; i < out.count; i++)
        nn_tie (c, out.first + i, out.first + i / made * made, 1);
      return;
    }
  columns = nn_slices (c, 0, 1, 1, 1);
  for (int i = 0; i < o->groups; i++)
    {
      nn_tie (c, in.first + i * taps, columns.first, taps);
      nn_tie (c, out.first + i * made, out.first, made);
    }
}

static void
conv_couple (nn_coupling *c, const nn_entry *e)
{
  nn_span out = nn_channels (c, NN_OUTPUT);
  nn_tie_spans (c, out, nn_slices (c, 0, 0, 1, 1));
  if (!e->o.conv.no_bias)
    nn_tie_spans (c, out, nn_slices (c, 1, 0, 1, 1));
  if (e->o.conv.groups == 1)
    nn_tie_spans (c, nn_channels (c, 0), nn_slices (c, 0, 1, 1, 1));
  else
    couple_groups (c, &e->o.conv);
}

static void
conv_shrink (nn_coupling *c, nn_entry *narrow)
{
  nn_conv_options *o = &narrow->o.conv;
  nn_span in = nn_channels (c, 0);
  o->out = nn_kept (c, nn_channels (c, NN_OUTPUT));
  if (o->groups > 1 && whole_groups (c, o))
    o->groups = nn_kept (c, in) / (in.count / o->groups);
}

static const nn_op nn_op_conv = {
  .name = "conv",
  .flags = NN_OP_READS_INPUT | NN_OP_HALF | NN_OP_ACTIVATES | NN_OP_READS_ACTIVATED | NN_OP_FOLDS,
  .infer = conv_infer,
  .open = conv_open,
  .forward = conv_forward,
  .backward = conv_backward,
  .close = conv_close,
  .macs = conv_macs,
  .couple = conv_couple,
  .shrink = conv_shrink,
};

nn_node
nn_conv_with (nn_graph *g, const char *name, nn_node x, const nn_conv_options *options)
{
  nn_entry e = { .o.conv = *options };
  if (e.o.conv.groups == 0)
    e.o.conv.groups = 1;
  return nn_graph_add (g, &nn_op_conv, name, &x, 1, &e);
}

nn_node
nn_conv (nn_graph *g, const char *name, nn_node x, int out, int kernel, int stride)
{
  int pad = kernel / 2;
  nn_conv_options o = { .out = out,
                        .kernel = kernel,
                        .stride = stride,
                        .top = pad,
                        .left = pad,
                        .bottom = pad,
                        .right = pad };
  return nn_conv_with (g, name, x, &o);
}

/* Zero padding in all for TensorFlow's SAME along an axis of this length. */
static int
same_padding (int length, int kernel, int stride)
{
  int out = (length + stride - 1) / MAX (stride, 1);
  return MAX ((out - 1) * stride + kernel - length, 0);
}

nn_conv_options
nn_conv_same_options (const nn_graph *g, nn_node x, int out, int kernel, int stride,
                      gboolean depthwise)
{
  nn_shape s = nn_node_shape (g, x);
  int high = same_padding (s.dim[0], kernel, stride),
      wide = same_padding (s.dim[1], kernel, stride);

  return (nn_conv_options){ .out = out,
                            .kernel = kernel,
                            .stride = stride,
                            .groups = depthwise ? s.dim[2] : 1,
                            .top = high / 2,
                            .left = wide / 2,
                            .bottom = high - high / 2,
                            .right = wide - wide / 2 };
}

nn_node
nn_conv_same (nn_graph *g, const char *name, nn_node x, int out, int kernel, int stride,
              gboolean depthwise)
{
  nn_conv_options o = nn_conv_same_options (g, x, out, kernel, stride, depthwise);
  return nn_conv_with (g, name, x, &o);
}
