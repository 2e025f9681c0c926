#include "vqa/run/learning.h"

#include "nets/core/isa.h"

#include <omp.h>

/* In the order of nn_method, nn_curve and nn_precision. */
const char *const vqa_methods[] = { "adamw", "sgd", NULL };
const char *const vqa_schedules[] = { "constant", "warm_cosine", "one_cycle", NULL };
const char *const vqa_precisions[] = { "f32", "bf16", "auto", NULL };

#define WARM_SHARE     5 /* percent */
#define WARM_STEPS     500
#define ONE_CYCLE_WARM 30 /* percent */

void
vqa_learning_settle (vqa_learning *l, const vqa_learning *base)
{
  static const vqa_learning defaults = { .method = NN_ADAMW,
                                         .schedule = NN_WARM_COSINE,
                                         .momentum = 0.9,
                                         .warm = -1,
                                         .last = 0.01,
                                         .clip = -1 };
  if (base == NULL)
    base = &defaults;
  l->method = l->method < 0 ? base->method : l->method;
  l->schedule = l->schedule < 0 ? base->schedule : l->schedule;
  l->momentum = l->momentum < 0 ? base->momentum : l->momentum;
  l->warm = l->warm < 0 ? base->warm : l->warm;
  l->last = l->last < 0 ? base->last : l->last;
  l->ema = l->ema < 0 ? base->ema : l->ema;
  l->clip = l->clip < 0 ? base->clip : l->clip;
}

nn_optimiser
vqa_learning_optimiser (const vqa_learning *l, double decay)
{
  nn_optimiser o = l->method == NN_SGD ? nn_sgd_default () : nn_adamw_default ();
  o.beta1 = (float)l->momentum;
  o.decay = (float)decay;
  if (l->clip >= 0)
    o.clip = (float)l->clip;
  return o;
}

nn_schedule
vqa_learning_schedule (const vqa_learning *l, guint64 steps)
{
  nn_schedule s = { .curve = (nn_curve)l->schedule, .last = l->last };
  if (l->warm >= 0)
    s.warm = l->warm / 100 * (double)steps;
  else if (l->schedule == NN_ONE_CYCLE)
    s.warm = ONE_CYCLE_WARM / 100.0 * (double)steps;
  else
    /* One more, so that the first update of a short training does not run at the highest rate. */
    s.warm = MIN (WARM_SHARE / 100.0 * (double)steps, WARM_STEPS) + 1;
  return s;
}

void
vqa_machine_apply (const vqa_machine *m)
{
  if (m->threads > 0)
    omp_set_num_threads (m->threads);
}

char *
vqa_machine_describe (const vqa_machine *m)
{
  static const char *const levels[] = { "base", "AVX2", "AVX512" };
  gboolean half
      = m->precision == NN_PRECISION_BF16 || (m->precision == NN_PRECISION_AUTO && nn_has_bf16 ());
  int threads = omp_get_max_threads ();
  return g_strdup_printf ("%d thread%s, %s, %s", threads, threads == 1 ? "" : "s",
                          half ? "bf16" : "f32", levels[nn_isa]);
}
