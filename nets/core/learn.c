/* Optimisers, schedules of the learning rate, the moving average of parameters. The work is cut
 * into blocks of a fixed size, so that no result depends on the number of threads. */
#include "nets/core/graph.h"

#include <math.h>
#include <string.h>

#define BLOCK 8192 /* numbers */
#define LANES 16   /* partial sums of one block */

/* Part of one parameter. */
typedef struct
{
  nn_param *param;
  size_t first, count;
} block;

/* Blocks of all parameters, or of those that learn; free with g_array_unref(). */
static GArray *
blocks_of (nn_params *p, gboolean learning)
{
  GArray *list
      = g_array_sized_new (FALSE, FALSE, sizeof (block), (guint)(p->arena_count / BLOCK) + 64);
  for (guint i = 0; i < p->list->len; i++)
    {
      nn_param *q = nn_params_nth (p, i);
      if (learning && (q->flags & (NN_PARAM_STAT | NN_PARAM_FROZEN)) != 0)
        continue;
      for (size_t first = 0; first < q->count; first += BLOCK)
        {
          block b = { q, first, MIN (q->count - first, BLOCK) };
          g_array_append_val (list, b);
        }
    }
  return list;
}

static inline const block *
nth (const GArray *blocks, guint i)
{
  return &g_array_index (blocks, block, i);
}

/* ---- optimisers ---------------------------------------------------------------------------- */

nn_optimiser
nn_adamw_default (void)
{
  return (nn_optimiser){ .method = NN_ADAMW,
                         .rate = 3e-4f,
                         .beta1 = 0.9f,
                         .beta2 = 0.999f,
                         .eps = 1e-8f,
                         .decay = 0.01f,
                         .clip = 1 };
}

nn_optimiser
nn_sgd_default (void)
{
  return (nn_optimiser){ .method = NN_SGD, .rate = 0.1f, .beta1 = 0.9f, .decay = 5e-4f };
}

/* The numbers one update needs; for AdamW with its bias corrections folded in. */
typedef struct
{
  float scale; /* of the gradient: clipping */
  float beta1, beta2, step, eps;
  float keep;  /* AdamW: factor on the value */
  float decay; /* SGD: factor on the value added to the gradient */
} update;

NN_LOOP (adamw,
         (size_t n, float *restrict value, const float *restrict grad, float *restrict mean,
          float *restrict square, const update *u),
         (n, value, grad, mean, square, u))
{
  float scale = u->scale, beta1 = u->beta1, beta2 = u->beta2, step = u->step, eps = u->eps,
        keep = u->keep;
  for (size_t i = 0; i < n; i++)
    {
      float g = scale * grad[i];
      mean[i] = beta1 * mean[i] + (1 - beta1) * g;
      square[i] = beta2 * square[i] + (1 - beta2) * g * g;
      value[i] = keep * value[i] - step * mean[i] / (sqrtf (square[i]) + eps);
    }
}

NN_LOOP (sgd,
         (size_t n, float *restrict value, const float *restrict grad, float *restrict velocity,
          const update *u),
         (n, value, grad, velocity, u))
{
  float scale = u->scale, momentum = u->beta1, step = u->step, decay = u->decay;
  for (size_t i = 0; i < n; i++)
    {
      velocity[i] = momentum * velocity[i] + scale * grad[i] + decay * value[i];
      value[i] -= step * velocity[i];
    }
}

/* Sum of squares, in double: a float's square is exact there. Lanes of a fixed number are vectors
 * for the compiler and an order of summation for the result. */
NN_LOOP (sum_squares, (size_t n, const float *restrict x, double *restrict sum), (n, x, sum))
{
  double lane[LANES] = { 0 }, total = 0;
  size_t i = 0;
  for (; i + LANES <= n; i += LANES)
    for (size_t k = 0; k < LANES; k++)
      lane[k] += (double)x[i + k] * x[i + k];
  for (size_t k = 0; i + k < n; k++)
    lane[k] += (double)x[i + k] * x[i + k];
  for (size_t k = 0; k < LANES; k++)
    total += lane[k];
  *sum = total;
}

static double
gradient_norm (const GArray *blocks)
{
  g_autofree double *sums = g_new (double, MAX (blocks->len, 1));
  double total = 0;
#pragma omp parallel for schedule(dynamic, 8)
  for (guint i = 0; i < blocks->len; i++)
    sum_squares (nth (blocks, i)->count, nth (blocks, i)->param->grad + nth (blocks, i)->first,
                 &sums[i]);
  for (guint i = 0; i < blocks->len; i++)
    total += sums[i];
  return sqrt (total);
}

static void
update_block (const block *b, const nn_optimiser *o, double norm)
{
  nn_param *q = b->param;
  float rate = o->rate * q->rate, decay = (q->flags & NN_PARAM_DECAY) != 0 ? o->decay : 0;
  double correction1 = 1 - pow (o->beta1, (double)o->step);
  double correction2 = sqrt (1 - pow (o->beta2, (double)o->step));
  gboolean adam = o->method == NN_ADAMW;
  update u = {
    .scale = o->clip > 0 && norm > o->clip ? (float)(o->clip / norm) : 1,
    .beta1 = o->beta1,
    .beta2 = o->beta2,
    .step = adam ? (float)(rate * correction2 / correction1) : rate,
    .eps = (float)(o->eps * correction2),
    .keep = 1 - rate * decay,
    .decay = decay,
  };

  if (adam)
    adamw (b->count, q->value + b->first, q->grad + b->first, q->mean + b->first,
           q->square + b->first, &u);
  else
    sgd (b->count, q->value + b->first, q->grad + b->first, q->mean + b->first, &u);
}

double
nn_optimise (nn_params *p, nn_optimiser *o)
{
  g_autoptr (GArray) blocks = NULL;
  double norm;

  g_return_val_if_fail (p->training != NULL, NAN);
  blocks = blocks_of (p, TRUE);
  norm = gradient_norm (blocks);
  if (!isfinite (norm))
    return norm;
  o->step++;
#pragma omp parallel for schedule(dynamic, 8)
  for (guint i = 0; i < blocks->len; i++)
    update_block (nth (blocks, i), o, norm);
  nn_params_changed (p);
  return norm;
}

/* ---- schedules ----------------------------------------------------------------------------- */

/* From `from` at t = 0 to `to` at t = 1 along half a cosine. */
static double
half_cosine (double from, double to, double t)
{
  return to + (from - to) * 0.5 * (1 + cos (G_PI * t));
}

double
nn_schedule_at (const nn_schedule *s, int64_t step, int64_t steps)
{
  double at = CLAMP ((double)step, 0, MAX ((double)steps, 0)), warm = MAX (s->warm, 0);

  if (s->curve == NN_CONSTANT)
    return 1;
  if (at < warm)
    return s->curve == NN_ONE_CYCLE ? half_cosine (1.0 / 25, 1, at / warm) : at / warm;
  if ((double)steps <= warm)
    return 1;
  return half_cosine (1, s->last, (at - warm) / ((double)steps - warm));
}

/* ---- moving average ------------------------------------------------------------------------ */

NN_LOOP (blend, (size_t n, float *restrict average, const float *restrict value, float share),
         (n, average, value, share))
{
  for (size_t i = 0; i < n; i++)
    average[i] += share * (value[i] - average[i]);
}

NN_LOOP (exchange, (size_t n, float *restrict a, float *restrict b), (n, a, b))
{
  for (size_t i = 0; i < n; i++)
    {
      float kept = a[i];
      a[i] = b[i];
      b[i] = kept;
    }
}

gboolean
nn_params_average (nn_params *p, double decay, GError **error)
{
  gboolean copy = p->averages == NULL || decay <= 0;
  g_autoptr (GArray) blocks = NULL;

  if (!nn_params_need_averages (p, error))
    return FALSE;
  blocks = blocks_of (p, FALSE);
#pragma omp parallel for schedule(dynamic, 8)
  for (guint i = 0; i < blocks->len; i++)
    {
      const block *b = nth (blocks, i);
      float *average = b->param->average + b->first, *value = b->param->value + b->first;
      if (copy)
        memcpy (average, value, b->count * sizeof (float));
      else
        blend (b->count, average, value, (float)(1 - decay));
    }
  return TRUE;
}

void
nn_params_swap_average (nn_params *p)
{
  g_autoptr (GArray) blocks = NULL;

  if (p->averages == NULL)
    return;
  blocks = blocks_of (p, FALSE);
#pragma omp parallel for schedule(dynamic, 8)
  for (guint i = 0; i < blocks->len; i++)
    {
      const block *b = nth (blocks, i);
      exchange (b->count, b->param->average + b->first, b->param->value + b->first);
    }
  nn_params_changed (p);
}
