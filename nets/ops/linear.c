/* Linear: y = W x + b over the last axis. */
#include "nets/core/kern.h"
#include "nets/ops/couple.h"
#include "nets/ops/loops.h"

static gboolean
linear_infer (nn_graph *g, nn_entry *e, GError **error)
{
  if (!nn_want_values (g, e, error)
      || !nn_want_width (g, e, "the output width", e->o.linear.out, error))
    return FALSE;
  const nn_shape *x = nn_input_shape (g, e, 0);
  if (x->rank < 1)
    return nn_shape_error (g, e, error, "the input needs at least one axis after the rows");
  int in = nn_last_dim (x);
  e->shape = *x;
  e->shape.dim[x->rank - 1] = e->o.linear.out;
  return nn_declare (g, e, "weight", 2, (int[]){ e->o.linear.out, in },
                     e->o.linear.zero ? NN_INIT_ZERO : NN_INIT_FAN_IN, NN_PARAM_DECAY, error)
         && nn_declare (g, e, "bias", 1, &e->o.linear.out, NN_INIT_ZERO, 0, error);
}

/* x (m,in), W (out,in), y (m,out) */
static void
linear_forward (nn_step *s)
{
  size_t in = nn_last_dim (&s->in[0].shape), out = s->entry->o.linear.out;
  size_t m = s->in[0].count / in;
  nn_sgemm (FALSE, TRUE, m, out, in, 1, s->in[0].value, in, s->param[0].value, in, 0, s->value,
            out);
  nn_add_bias (s->value, m, out, s->param[1].value);
}

static void
linear_backward (nn_step *s)
{
  size_t in = nn_last_dim (&s->in[0].shape), out = s->entry->o.linear.out;
  size_t m = s->in[0].count / in;
  if (s->in[0].grad)
    nn_sgemm (FALSE, FALSE, m, in, out, 1, s->grad, out, s->param[0].value, in, 0, s->in[0].grad,
              in);
  if (s->param[0].grad)
    nn_sgemm (TRUE, FALSE, out, in, m, 1, s->grad, out, s->in[0].value, in, 1, s->param[0].grad,
              in);
  if (s->param[1].grad)
    nn_sum_columns (s->grad, m, out, s->param[1].grad);
}

static int64_t
linear_macs (const nn_graph *g, const nn_entry *e)
{
  return (int64_t)nn_shape_size (&e->shape) * nn_last_dim (nn_input_shape (g, e, 0));
}

static void
linear_couple (nn_coupling *c, const nn_entry *e)
{
  nn_span out = nn_channels (c, NN_OUTPUT);
  nn_tie_spans (c, out, nn_slices (c, 0, 0, 1, 1));
  nn_tie_spans (c, out, nn_slices (c, 1, 0, 1, 1));
  nn_tie_spans (c, nn_channels (c, 0), nn_slices (c, 0, 1, 1, 1));
}

static void
linear_shrink (nn_coupling *c, nn_entry *narrow)
{
  narrow->o.linear.out = nn_kept (c, nn_channels (c, NN_OUTPUT));
}

static const nn_op linear_op = {
  .name = "linear",
  .flags = NN_OP_READS_INPUT | NN_OP_FOLDS,
  .infer = linear_infer,
  .forward = linear_forward,
  .backward = linear_backward,
  .macs = linear_macs,
  .couple = linear_couple,
  .shrink = linear_shrink,
};

nn_node
nn_linear (nn_graph *g, const char *name, nn_node x, int out)
{
  nn_entry e = { .o.linear = { .out = out } };
  return nn_graph_add (g, &linear_op, name, &x, 1, &e);
}

nn_node
nn_linear_zero (nn_graph *g, const char *name, nn_node x, int out)
{
  nn_entry e = { .o.linear = { .out = out, .zero = TRUE } };
  return nn_graph_add (g, &linear_op, name, &x, 1, &e);
}
