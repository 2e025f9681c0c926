/* Which way of computing a convolution is fastest on this computer: measured once, when an exec
 * that trains is compiled, and remembered (choice.h). */
#include "nets/core/choice.h"
#include "nets/core/kern.h"

#include <omp.h>
#include <stdlib.h>

/* Multiply-adds and numbers in maps below which nothing is measured, and up to which it is. */
#define PROBE_MIN_MACS (16e6)
#define PROBE_MIN_MAPS (1e6)
#define PROBE_MAX_MACS (500e6)
#define PROBE_MAX_MAPS (8e6)
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

/* Best time in seconds of a few runs of one role; stops early when it is beyond `limit`. `maps` has
 * room for x and y in float32, `weights` for weights or their gradient and a bias. */
static double
time_way (const nn_kern_conv_shape *s, nn_kern_role r, unsigned w, float *maps, float *weights,
          double limit)
{
  int ways[NN_KERN_ROLES] = { -1, -1, -1 };
  nn_kern_conv *c;
  size_t x_count = (size_t)s->rows * s->height * s->width * s->in;
  float *x = maps, *y, *bias;
  void *scratch = NULL;
  double best = G_MAXDOUBLE;

  ways[r] = (int)w;
  c = nn_kern_conv_open_as (s, ways, NULL);
  if (c != NULL)
    scratch = aligned_alloc (64, nn_kern_conv_scratch (c) + 64);
  for (int i = 0; scratch != NULL && i < 4 && (i < 2 || best < limit); i++)
    {
      gint64 start = g_get_monotonic_time ();
      y = maps + x_count;
      bias = s->o.no_bias ? NULL : weights + (size_t)s->o.out * s->in * s->o.kernel * s->o.kernel;
      if (r == NN_KERN_FORWARD)
        nn_kern_conv_forward (c, x, weights, bias, y, i == 0, scratch);
      else if (r == NN_KERN_DATA)
        nn_kern_conv_backward_data (c, y, weights, x, scratch);
      else
        nn_kern_conv_backward_weights (c, x, y, weights, bias, scratch);
      if (i > 0) /* the first run warms up */
        best = MIN (best, (double)(g_get_monotonic_time () - start) / 1e6);
    }
  free (scratch);
  nn_kern_conv_close (c);
  return best;
}

static unsigned
measure (const nn_kern_conv_shape *s, nn_kern_role r)
{
  size_t n_maps = (size_t)count_maps (s);
  size_t n_weights = ((size_t)s->in * s->o.kernel * s->o.kernel + 1) * s->o.out;
  g_autofree float *maps = g_try_new0 (float, n_maps);
  g_autofree float *weights = g_try_new0 (float, n_weights);
  gboolean may_float = s->half && nn_has_bf16 ();
  /* What one thread does in less than a few milliseconds; more of it gains from all. */
  gboolean may_alone = omp_get_max_threads () > 1 && count_macs (s) < PROBE_MAX_MACS / 2;
  unsigned best = 0;
  double limit;

  if (maps == NULL || weights == NULL)
    return 0;
  limit = PROBE_MARGIN * time_way (s, r, 0, maps, weights, G_MAXDOUBLE);
  for (unsigned w = 1; w <= (NN_KERN_FLOAT | NN_KERN_ALONE); w++)
    {
      double time;
      if (((w & NN_KERN_FLOAT) && !may_float) || ((w & NN_KERN_ALONE) && !may_alone))
        continue;
      time = time_way (s, r, w, maps, weights, limit);
      if (time < limit)
        {
          limit = time;
          best = w;
        }
    }
  return best;
}

/* The way for one role: fixed for small convolutions and in execs that do not train, else measured
 * once on at most a part of the rows. */
static int
choose (const nn_kern_conv_shape *s, nn_kern_role r)
{
  static const char *const names[NN_KERN_ROLES] = { "forward", "data", "weights" };
  const nn_conv_options *o = &s->o;
  double part = MAX (count_macs (s) / PROBE_MAX_MACS, count_maps (s) / PROBE_MAX_MAPS);
  nn_kern_conv_shape probe = *s;
  char key[NN_CHOICE_KEY];
  int found;

  if ((!s->wants_data_grad && !s->wants_weight_grad)
      || (count_macs (s) < PROBE_MIN_MACS && count_maps (s) < PROBE_MIN_MAPS))
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
