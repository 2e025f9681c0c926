/* Softmax cross-entropy against soft targets. */
#include <math.h>

#include "nets/ops/couple.h"
#include "nets/ops/loops.h"

static gboolean
loss_infer (nn_graph *g, nn_entry *e, GError **error)
{
  if (!nn_want_values (g, e, error))
    return FALSE;
  const nn_shape *x = nn_input_shape (g, e, 0), *t = nn_input_shape (g, e, 1);
  if (x->rank != 1 || !nn_same_shape (x, t))
    return nn_shape_error (g, e, error, "logits and targets must both be (N,A)");
  e->shape = (nn_shape){ 0 };
  return TRUE;
}

/* saved: softmax (rows,A), then log of the sum of exponentials (rows), sum of targets (rows),
 * loss (rows), and the number of rows that count (1). */
typedef struct
{
  float *softmax, *log_sum, *target, *loss, *counted;
} loss_saved;

static loss_saved
loss_lay_out (const nn_step *s)
{
  loss_saved l;
  l.softmax = s->saved;
  l.log_sum = l.softmax + s->in[0].count;
  l.target = l.log_sum + s->in[0].rows;
  l.loss = l.target + s->in[0].rows;
  l.counted = l.loss + s->in[0].rows;
  return l;
}

static gboolean
loss_open (nn_step *s, GError **error)
{
  s->saved_bytes = (s->in[0].count + 3 * s->in[0].rows + 1) * sizeof (float);
  return TRUE;
}

NN_LOOP (exp_minus, (const float *x, float largest, float *to, size_t n), (x, largest, to, n))
{
#pragma GCC ivdep
  for (size_t i = 0; i < n; i++)
    to[i] = nn_expf (x[i] - largest);
}

static void
loss_row (const float *x, const float *t, size_t n, size_t r, const loss_saved *l)
{
  float *p = l->softmax + r * n;
  float largest = x[0];
  double sum = 0, target = 0, dot = 0;
  for (size_t i = 1; i < n; i++)
    largest = MAX (largest, x[i]);
  exp_minus (x, largest, p, n);
  for (size_t i = 0; i < n; i++)
    sum += p[i];
  double log_sum = largest + log (sum);
  for (size_t i = 0; i < n; i++)
    {
      p[i] = (float)(p[i] / sum);
      target += t[i];
      if (t[i] != 0)
        dot += t[i] * (x[i] - log_sum);
    }
  l->log_sum[r] = (float)log_sum;
  l->target[r] = (float)target;
  l->loss[r] = (float)-dot;
}

static void
loss_forward (nn_step *s)
{
  const float *x = s->in[0].value, *t = s->in[1].value;
  size_t n = s->in[0].shape.dim[0], rows = s->in[0].rows;
  loss_saved l = loss_lay_out (s);
#pragma omp parallel for if (s->in[0].count > NN_PARALLEL_MIN)
  for (size_t r = 0; r < rows; r++)
    loss_row (x + r * n, t + r * n, n, r, &l);
  double sum = 0;
  size_t counted = 0;
  for (size_t r = 0; r < rows; r++)
    {
      sum += l.loss[r];
      counted += l.target[r] > 0;
    }
  *l.counted = (float)MAX (counted, 1);
  s->value[0] = (float)(sum / *l.counted);
}

NN_LOOP (loss_row_dx,
         (const float *p, const float *t, float target, float scale, float *dx, size_t n),
         (p, t, target, scale, dx, n))
{
#pragma GCC ivdep
  for (size_t i = 0; i < n; i++)
    dx[i] = (p[i] * target - t[i]) * scale;
}

static void
loss_backward (nn_step *s)
{
  const float *x = s->in[0].value, *t = s->in[1].value;
  float *dx = s->in[0].grad, *dt = s->in[1].grad;
  size_t n = s->in[0].shape.dim[0], rows = s->in[0].rows;
  loss_saved l = loss_lay_out (s);
  float scale = s->grad[0] / *l.counted;
#pragma omp parallel for if (s->in[0].count > NN_PARALLEL_MIN)
  for (size_t r = 0; r < rows; r++)
    {
      if (dx)
        loss_row_dx (l.softmax + r * n, t + r * n, l.target[r], scale, dx + r * n, n);
      if (dt)
        for (size_t i = 0; i < n; i++)
          dt[r * n + i] = (l.log_sum[r] - x[r * n + i]) * scale;
    }
}

static const nn_op loss_op = {
  .name = "cross_entropy",
  .flags = NN_OP_READS_INPUT,
  .infer = loss_infer,
  .open = loss_open,
  .forward = loss_forward,
  .backward = loss_backward,
  .couple = nn_couple_loss,
};

nn_node
nn_cross_entropy (nn_graph *g, nn_node logits, nn_node targets)
{
  nn_entry e = { 0 };
  return nn_graph_add (g, &loss_op, NULL, (nn_node[]){ logits, targets }, 2, &e);
}
