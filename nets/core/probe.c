/* Which way of computing a convolution is fastest on this computer: measured once, when an exec
 * that trains is compiled, and remembered (choice.h). */
#include "nets/core/choice.h"
#include "nets/core/kern.h"

#include <omp.h>
#include <stdlib.h>

/* Numbers in maps below which nothing is measured, and multiply-adds and numbers that a measured
 * part of the rows may have. */
#define PROBE_MIN_MAPS (1e6)
#define PROBE_MAX_MACS (500e6)
#define PROBE_MAX_MAPS (4e6)
/* Fewer input channels than this do not fill a vector. */
#define PROBE_NARROW 16
/* Another way than 0 must be clearly faster, so that the choice is not one of chance. */
#define PROBE_MARGIN 0.85

static double
count_macs (const nn_kern_conv_shape *s)
{
  return (double)s->rows * s->out_height * s->out_width * s->o.out * (s->in / s->o.groups)
         * s->o.kernel * s->o.kernel;
}

static double
count_maps (const nn_kern_conv_shape *s)
{
  return (double)s->rows
         * ((double)s->height * s->width * s->in + (double)s->out_height * s->out_width * s->o.out);
}

/* One way that is tried. */
typedef struct
{
  unsigned way;
  nn_kern_conv *conv; /* NULL: not, or no longer */
  void *scratch;
  double best; /* seconds */
} candidate;

static void
candidate_close (candidate *k)
{
  nn_kern_conv_close (k->conv);
  free (k->scratch);
  k->conv = NULL;
  k->scratch = NULL;
}

static void
candidate_open (candidate *k, const nn_kern_conv_shape *s, nn_kern_role r, unsigned w)
{
  int ways[NN_KERN_ROLES] = { -1, -1, -1 };

  ways[r] = (int)w;
  k->way = w;
  k->best = G_MAXDOUBLE;
  k->conv = nn_kern_conv_open_as (s, ways, NULL);
  k->scratch = k->conv != NULL ? aligned_alloc (64, nn_kern_conv_scratch (k->conv) + 64) : NULL;
  if (k->scratch == NULL)
    candidate_close (k);
}

/* `maps` has room for x and y in float32, `weights` for weights or their gradient and a bias. */
static void
candidate_run (candidate *k, const nn_kern_conv_shape *s, nn_kern_role r, float *maps,
               float *weights, gboolean first)
{
  float *x = maps, *y = maps + (size_t)s->rows * s->height * s->width * s->in;
  float *bias = weights + (size_t)s->o.out * s->in * s->o.kernel * s->o.kernel;
  gint64 start = g_get_monotonic_time ();

  if (s->o.no_bias)
    bias = NULL;
  if (r == NN_KERN_FORWARD)
    nn_kern_conv_forward (k->conv, x, weights, bias, y, first, k->scratch);
  else if (r == NN_KERN_DATA)
    nn_kern_conv_backward_data (k->conv, y, weights, x, k->scratch);
  else
    nn_kern_conv_backward_weights (k->conv, x, y, weights, bias, k->scratch);
  if (!first) /* it warms up */
    k->best = MIN (k->best, (double)(g_get_monotonic_time () - start) / 1e6);
}

/* Runs all candidates in turn and keeps each one's best time, so that other programs that run
 * meanwhile disturb all alike, and rarely each time. After a few rounds those that have no chance
 * leave. Returns how many are left beside the first. */
static int
race (candidate *k, int n, const nn_kern_conv_shape *s, nn_kern_role r, float *maps, float *weights)
{
  int left = n - 1;
  for (int round = 0; round < 10 && left > 0; round++)
    {
      for (int i = 0; i < n; i++)
        if (k[i].conv != NULL)
          candidate_run (&k[i], s, r, maps, weights, round == 0);
      left = 0;
      for (int i = 1; i < n; i++)
        if (k[i].conv != NULL && round > 1 && k[i].best > PROBE_MARGIN * k[0].best)
          candidate_close (&k[i]);
        else
          left += k[i].conv != NULL;
    }
  return left;
}

static unsigned
measure (const nn_kern_conv_shape *s, nn_kern_role r)
{
  size_t n_weights = ((size_t)s->in * s->o.kernel * s->o.kernel + 1) * s->o.out;
  g_autofree float *maps = g_try_new0 (float, (size_t)count_maps (s));
  g_autofree float *weights = g_try_new0 (float, n_weights);
  gboolean may_float = s->half && nn_has_bf16 (), may_alone = omp_get_max_threads () > 1;
  candidate list[3] = { 0 };
  unsigned best = 0;
  int n = 0;

  if (maps == NULL || weights == NULL)
    return 0;
  candidate_open (&list[n++], s, r, 0);
  if (may_float)
    candidate_open (&list[n++], s, r, NN_KERN_FLOAT);
  if (may_alone)
    candidate_open (&list[n++], s, r, NN_KERN_ALONE);
  if (list[0].conv != NULL && race (list, n, s, r, maps, weights) > 0)
    for (int i = 1; i < n; i++)
      if (list[i].conv != NULL && (best == 0 || list[i].best < list[best].best))
        best = i;
  for (int i = 0; i < n; i++)
    candidate_close (&list[i]);
  return list[best].way;
}

/* Where way 0 may not be the fastest: with many groups, as in depthwise ones, or few channels, as
 * in a network's first one, each number is used little. Elsewhere it was always the fastest. */
static gboolean
is_worth_measuring (const nn_kern_conv_shape *s)
{
  gboolean trains = s->wants_data_grad || s->wants_weight_grad;
  gboolean unusual = s->in / s->o.groups < PROBE_NARROW;
  return trains && unusual && count_maps (s) >= PROBE_MIN_MAPS;
}

/* The way for one role: fixed for most convolutions, else measured once on at most a part of the
 * rows. */
static int
choose (const nn_kern_conv_shape *s, nn_kern_role r)
{
  static const char *const names[NN_KERN_ROLES] = { "forward", "data", "weights" };
  const nn_conv_options *o = &s->o;
  double part = MAX (count_macs (s) / PROBE_MAX_MACS, count_maps (s) / PROBE_MAX_MAPS);
  nn_kern_conv_shape probe = *s;
  char key[NN_CHOICE_KEY];
  int found;

  if (!is_worth_measuring (s))
    return 0;
  if (part > 1)
    probe.rows = MAX (1, (int)((double)s->rows / part));
  g_snprintf (key, sizeof key,
              "%s, %s, %d threads, %s: conv %s (%d,%d,%d,%d) to (%d,%d,%d) "
              "k%d s%d g%d p%d,%d a%d b%d",
              nn_choice_processor (), nn_kern_backend (), omp_get_max_threads (),
              s->half ? "bf16" : "f32", names[r], probe.rows, s->height, s->width, s->in,
              s->out_height, s->out_width, o->out, o->kernel, o->stride, o->groups, o->top, o->left,
              s->activation, o->no_bias);
  found = nn_choice_find (key);
  if (found < 0 && nn_choice_active ())
    found = nn_choice_keep (key, (int)measure (&probe, r));
  return found >= 0 && found <= (NN_KERN_FLOAT | NN_KERN_ALONE) ? found : 0;
}

nn_kern_conv *
nn_kern_conv_open (const nn_kern_conv_shape *s, GError **error)
{
  int ways[NN_KERN_ROLES]
      = { choose (s, NN_KERN_FORWARD), s->wants_data_grad ? choose (s, NN_KERN_DATA) : -1,
          s->wants_weight_grad ? choose (s, NN_KERN_WEIGHTS) : -1 };
  return nn_kern_conv_open_as (s, ways, error);
}
