/* Distillation loss (Hinton et al. 2015): T^2 KL (softmax (teacher/T) || softmax (logits/T)). */
#include <math.h>

#include "nets/ops/couple.h"
#include "nets/ops/loops.h"

static gboolean
distil_infer (nn_graph *g, nn_entry *e, GError **error)
{
  const nn_shape *x = nn_input_shape (g, e, 0), *t = nn_input_shape (g, e, 1);
  if (!nn_want_values (g, e, error))
    return FALSE;
  if (x->rank != 1 || !nn_same_shape (x, t))
    return nn_shape_error (g, e, error, "logits and the teacher's must both be (N,A)");
  if (!(e->o.rate >= 1e-3f && e->o.rate <= 1e3f))
    return nn_shape_error (g, e, error, "the temperature is %g, it must be 0.001 to 1000",
                           e->o.rate);
  e->shape = (nn_shape){ 0 };
  return TRUE;
}

/* saved: softmax (logits/T) - softmax (teacher/T) (rows,A). scratch: the softmax of the teacher
 * (rows,A), then each row's loss (rows). */
static gboolean
distil_open (nn_step *s, GError **error)
{
  s->saved_bytes = s->in[0].count * sizeof (float);
  s->scratch_bytes = (s->in[0].count + s->in[0].rows) * sizeof (float);
  return TRUE;
}

NN_LOOP (exp_cooled, (const float *x, float largest, float cool, float *to, size_t n),
         (x, largest, cool, to, n))
{
#pragma GCC ivdep
  for (size_t i = 0; i < n; i++)
    to[i] = nn_expf ((x[i] - largest) * cool);
}

/* p = softmax (x cool), all (n); returns log of the sum of exp (x cool). */
static double
softmax_cooled (const float *x, float cool, float *p, size_t n)
{
  float largest = x[0];
  double sum = 0;
  for (size_t i = 1; i < n; i++)
    largest = MAX (largest, x[i]);
  exp_cooled (x, largest, cool, p, n);
  for (size_t i = 0; i < n; i++)
    sum += p[i];
  float scale = (float)(1 / sum);
  for (size_t i = 0; i < n; i++)
    p[i] *= scale;
  return (double)largest * cool + log (sum);
}

/* One row of n: the loss, and q - p in place of q. */
static double
distil_row (const float *x, const float *t, float cool, float *q, float *p, size_t n)
{
  double log_q = softmax_cooled (x, cool, q, n), log_p = softmax_cooled (t, cool, p, n), sum = 0;
  for (size_t i = 0; i < n; i++)
    {
      if (!(p[i] < 1e-30f)) /* nothing, as at -inf; but NaN counts */
        sum += p[i] * (((double)t[i] - x[i]) * cool - log_p + log_q);
      q[i] -= p[i];
    }
  return sum;
}

static void
distil_forward (nn_step *s)
{
  const float *x = s->in[0].value, *t = s->in[1].value;
  size_t n = s->in[0].shape.dim[0], rows = s->in[0].rows;
  float heat = s->entry->o.rate, *q = s->saved, *p = s->scratch, *loss = p + s->in[0].count;
  double sum = 0;
#pragma omp parallel for if (s->in[0].count > NN_PARALLEL_MIN)
  for (size_t r = 0; r < rows; r++)
    loss[r] = (float)distil_row (x + r * n, t + r * n, 1 / heat, q + r * n, p + r * n, n);
  for (size_t r = 0; r < rows; r++)
    sum += loss[r];
  s->value[0] = (float)(sum * heat * heat / (double)rows);
}

static void
distil_backward (nn_step *s)
{
  const float *d = s->saved;
  float *dx = s->in[0].grad, scale = s->grad[0] * s->entry->o.rate / (float)s->in[0].rows;
  for (size_t i = 0; dx && i < s->in[0].count; i++)
    dx[i] = d[i] * scale;
}

static const nn_op distil_op = {
  .name = "distillation",
  .infer = distil_infer,
  .open = distil_open,
  .forward = distil_forward,
  .backward = distil_backward,
  .couple = nn_couple_loss,
};

nn_node
nn_distillation (nn_graph *g, nn_node logits, nn_node teacher, float temperature)
{
  nn_entry e = { .o.rate = temperature };
  /* Stopped, so that nothing is spent on the teacher's gradients. */
  return nn_graph_add (g, &distil_op, NULL, (nn_node[]){ logits, nn_stop (g, teacher) }, 2, &e);
}
