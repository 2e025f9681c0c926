/* Batch normalisation (Ioffe & Szegedy 2015) over rows and positions of (rows,...,C):
 * y = gain (x - mean) / sqrt (variance + eps) + shift. Training takes the batch's statistics and
 * moves the running ones; other modes take the running ones as constants. */
#include "nets/ops/couple.h"
#include "nets/ops/loops.h"

#include <math.h>
#include <string.h>

#define EPS      1e-5f
#define MOMENTUM 0.1f

enum
{
  MEAN,
  VARIANCE,
  GAIN,
  SHIFT
};

static gboolean
norm_infer (nn_graph *g, nn_entry *e, GError **error)
{
  const nn_shape *x = nn_input_shape (g, e, 0);
  int channels = x->rank > 0 ? x->dim[x->rank - 1] : 0;

  if (x->rank < 1 || x->ids)
    return nn_shape_error (g, e, error, "needs values with channels as the last axis");
  e->shape = *x;
  return nn_declare (g, e, "mean", 1, &channels, NN_INIT_ZERO, NN_PARAM_STAT, error)
         && nn_declare (g, e, "variance", 1, &channels, NN_INIT_ONE, NN_PARAM_STAT, error)
         && (!e->o.norm.affine
             || (nn_declare (g, e, "weight", 1, &channels, NN_INIT_ONE, 0, error)
                 && nn_declare (g, e, "bias", 1, &channels, NN_INIT_ZERO, 0, error)));
}

/* saved: mean (C), 1/deviation (C).
 *
 * The map is read as rows of `wide` numbers: a few times C, so that narrow maps make whole vectors
 * too, and what belongs to channel k stands at k, k + C, ... The last row may be shorter. Sums are
 * kept in float32 over a few rows, then in double over a part of the map; a fixed number of parts
 * keeps the result the same for any number of threads. */
#define PARTS      16
#define SHORT_ROWS 64

typedef struct
{
  size_t channels, wide, rows;
  float *scale, *shift; /* (wide) each: y = scale x + shift */
  float *center;        /* (wide): near the mean, taken off before sums */
  float *of_x, *offset; /* (wide): dx = scale dy + of_x x + offset */
  double *sum, *sum_x;  /* (PARTS,wide) */
  float *shorts;        /* (PARTS,2,wide) */
} norm_work;

static size_t
channels_of (const nn_step *s)
{
  return s->param[MEAN].count;
}

static size_t
wide_row (size_t channels)
{
  size_t times = 1;
  if (channels >= 512)
    return channels;
  while (times < 16 && (times * channels < 96 || times * channels % 16 != 0))
    times++;
  return times * channels;
}

static norm_work
norm_scratch (const nn_step *s)
{
  norm_work w = { .channels = channels_of (s) };
  double *at = s->scratch;

  w.wide = wide_row (w.channels);
  w.rows = (s->count + w.wide - 1) / w.wide;
  w.sum = at;
  w.sum_x = w.sum + PARTS * w.wide;
  w.shorts = (float *)(w.sum_x + PARTS * w.wide);
  w.scale = w.shorts + 2 * PARTS * w.wide;
  w.shift = w.scale + w.wide;
  w.center = w.shift + w.wide;
  w.of_x = w.center + w.wide;
  w.offset = w.of_x + w.wide;
  return w;
}

static gboolean
norm_open (nn_step *s, GError **error)
{
  size_t wide = wide_row (channels_of (s));
  s->saved_bytes = 2 * channels_of (s) * sizeof (float);
  s->scratch_bytes
      = 2 * PARTS * wide * (sizeof (double) + sizeof (float)) + 5 * wide * sizeof (float);
  return TRUE;
}

/* Does this step take, and move, statistics of the batch? */
static gboolean
takes_batch (const nn_step *s)
{
  return s->mode == NN_TRAIN && !s->param[MEAN].frozen && !s->param[VARIANCE].frozen;
}

/* sum[k] += x - center[k] and square[k] += its square, over rows of w; x (n). */
NN_INLINE void
sum_map_any (gboolean half, const void *x, size_t n, size_t w, const float *center, float *sum,
             float *square)
{
  size_t i = 0;
  for (; i + 4 * w <= n; i += 4 * w)
    {
#pragma GCC ivdep
      for (size_t k = 0; k < w; k++)
        {
          float p = nn_load (x, i + k, half) - center[k];
          float q = nn_load (x, i + w + k, half) - center[k];
          float r = nn_load (x, i + 2 * w + k, half) - center[k];
          float t = nn_load (x, i + 3 * w + k, half) - center[k];
          sum[k] += (p + q) + (r + t);
          square[k] += (p * p + q * q) + (r * r + t * t);
        }
    }
  for (; i < n; i += w)
    {
#pragma GCC ivdep
      for (size_t k = 0; k < MIN (w, n - i); k++)
        {
          float p = nn_load (x, i + k, half) - center[k];
          sum[k] += p;
          square[k] += p * p;
        }
    }
}

NN_LOOP (sum_map,
         (gboolean half, const void *x, size_t n, size_t w, const float *center, float *sum,
          float *square),
         (half, x, n, w, center, sum, square))
{
  if (half)
    sum_map_any (TRUE, x, n, w, center, sum, square);
  else
    sum_map_any (FALSE, x, n, w, center, sum, square);
}

/* With g the gradient before the activation: sum[k] += g, sum_x[k] += g (x - center[k]). */
NN_INLINE void
sum_gradient_any (gboolean half, const void *dy, const void *x, size_t n, const norm_work *work,
                  nn_interval to, float *sum, float *sum_x)
{
  const float *scale = work->scale, *shift = work->shift, *center = work->center;
  for (size_t w = work->wide, i = 0; i < n; i += w)
    {
      size_t end = MIN (w, n - i);
#pragma GCC ivdep
      for (size_t k = 0; k < end; k++)
        {
          float v = nn_load (x, i + k, half);
          float g = nn_clip_back (scale[k] * v + shift[k], to, nn_load (dy, i + k, half));
          sum[k] += g;
          sum_x[k] += g * (v - center[k]);
        }
    }
}

NN_LOOP (sum_gradient,
         (gboolean half, const void *dy, const void *x, size_t n, const norm_work *work,
          nn_interval to, float *sum, float *sum_x),
         (half, dy, x, n, work, to, sum, sum_x))
{
  if (half)
    sum_gradient_any (TRUE, dy, x, n, work, to, sum, sum_x);
  else
    sum_gradient_any (FALSE, dy, x, n, work, to, sum, sum_x);
}

/* y = clip (scale x + shift); all (n). */
NN_INLINE void
apply_any (gboolean half, const void *x, void *y, size_t n, const norm_work *work, nn_interval to)
{
  const float *scale = work->scale, *shift = work->shift;
  for (size_t w = work->wide, i = 0; i < n; i += w)
    {
      size_t end = MIN (w, n - i);
#pragma GCC ivdep
      for (size_t k = 0; k < end; k++)
        nn_store (y, i + k, nn_clip (scale[k] * nn_load (x, i + k, half) + shift[k], to), half);
    }
}

NN_LOOP (apply,
         (gboolean half, const void *x, void *y, size_t n, const norm_work *work, nn_interval to),
         (half, x, y, n, work, to))
{
  if (half)
    apply_any (TRUE, x, y, n, work, to);
  else
    apply_any (FALSE, x, y, n, work, to);
}

/* dx = scale g + of_x x + offset, g the gradient before the activation; dx may be dy. */
NN_INLINE void
apply_back_any (gboolean half, const void *dy, const void *x, void *dx, size_t n,
                const norm_work *work, nn_interval to)
{
  const float *scale = work->scale, *shift = work->shift, *of_x = work->of_x,
              *offset = work->offset;
  for (size_t w = work->wide, i = 0; i < n; i += w)
    {
      size_t end = MIN (w, n - i);
#pragma GCC ivdep
      for (size_t k = 0; k < end; k++)
        {
          float v = nn_load (x, i + k, half);
          float g = nn_clip_back (scale[k] * v + shift[k], to, nn_load (dy, i + k, half));
          nn_store (dx, i + k, scale[k] * g + (of_x[k] * v + offset[k]), half);
        }
    }
}

NN_LOOP (apply_back,
         (gboolean half, const void *dy, const void *x, void *dx, size_t n, const norm_work *work,
          nn_interval to),
         (half, dy, x, dx, n, work, to))
{
  if (half)
    apply_back_any (TRUE, dy, x, dx, n, work, to);
  else
    apply_back_any (FALSE, dy, x, dx, n, work, to);
}

/* The numbers of wide rows first to last, exclusive: where they begin and how many. */
static size_t
numbers (const nn_step *s, const norm_work *w, size_t first, size_t last, size_t *begin)
{
  *begin = first * w->wide;
  return MIN (last * w->wide, s->count) - *begin;
}

/* Sums over part p: of x - center and its square, or of g and g (x - center) given dy. */
static void
sum_part (const nn_step *s, const norm_work *w, int p, const void *dy, nn_interval to)
{
  const void *x = s->in[0].value;
  gboolean half = s->in[0].half;
  float *a = w->shorts + 2 * p * w->wide, *b = a + w->wide;
  double *sum = w->sum + p * w->wide, *sum_x = w->sum_x + p * w->wide;
  size_t last = w->rows * (p + 1) / PARTS, begin;

  memset (sum, 0, w->wide * sizeof *sum);
  memset (sum_x, 0, w->wide * sizeof *sum_x);
  for (size_t row = w->rows * p / PARTS; row < last; row += SHORT_ROWS)
    {
      size_t n = numbers (s, w, row, MIN (row + SHORT_ROWS, last), &begin);
      memset (a, 0, 2 * w->wide * sizeof *a);
      if (dy == NULL)
        sum_map (half, nn_at (x, begin, half), n, w->wide, w->center, a, b);
      else
        sum_gradient (half, nn_at (dy, begin, half), nn_at (x, begin, half), n, w, to, a, b);
      for (size_t k = 0; k < w->wide; k++)
        {
          sum[k] += a[k];
          sum_x[k] += b[k];
        }
    }
}

/* Leaves the sums by channel in w->sum and w->sum_x (C). */
static void
sum_parts (const nn_step *s, const norm_work *w, const void *dy)
{
  size_t c = w->channels;
  nn_interval to = nn_interval_of (s->activation);

#pragma omp parallel for schedule(dynamic) if (s->count > NN_PARALLEL_MIN)
  for (int p = 0; p < PARTS; p++)
    sum_part (s, w, p, dy, to);
  for (size_t at = c; at < PARTS * w->wide; at += c)
    for (size_t k = 0; k < c; k++)
      {
        w->sum[k] += w->sum[at + k];
        w->sum_x[k] += w->sum_x[at + k];
      }
}

/* Forward, or backward given dy and dx. A thread goes through its rows from the end, which the sums
 * read last, so that some of them are still in its cache. */
static void
map_parts (const nn_step *s, const norm_work *w, const void *dy, void *to_write)
{
  const void *x = s->in[0].value;
  gboolean half = s->in[0].half;
  nn_interval to = nn_interval_of (s->activation);

#pragma omp parallel for schedule(dynamic) if (s->count > NN_PARALLEL_MIN)
  for (int i = 0; i < PARTS; i++)
    {
      int p = PARTS - 1 - i;
      size_t first = w->rows * p / PARTS, begin;
      for (size_t row = w->rows * (p + 1) / PARTS; row > first;)
        {
          size_t from = row - MIN (SHORT_ROWS, row - first);
          size_t n = numbers (s, w, from, row, &begin);
          void *out = nn_at (to_write, begin, half);
          if (dy == NULL)
            apply (half, nn_at (x, begin, half), out, n, w, to);
          else
            apply_back (half, nn_at (dy, begin, half), nn_at (x, begin, half), out, n, w, to);
          row = from;
        }
    }
}

/* Repeats the first C numbers of a wide row to its end. */
static void
repeat (const norm_work *w, float *row)
{
  for (size_t k = w->channels; k < w->wide; k++)
    row[k] = row[k - w->channels];
}

/* Mean of up to 16 rows from all over the map: near enough to the mean that squares of differences
 * from it lose nothing, and all it takes is one pass. */
static void
find_center (const nn_step *s, const norm_work *w)
{
  size_t c = w->channels, n = s->count / c, samples = MIN (n, 16);

  memset (w->center, 0, c * sizeof (float));
  for (size_t i = 0; i < samples; i++)
    for (size_t k = 0; k < c; k++)
      w->center[k] += nn_load (s->in[0].value, i * n / samples * c + k, s->in[0].half);
  for (size_t k = 0; k < c; k++)
    w->center[k] /= (float)samples;
  repeat (w, w->center);
}

static void
batch_statistics (nn_step *s, const norm_work *w, float *mean, float *inverse)
{
  double n = (double)(s->count / w->channels);

  find_center (s, w);
  sum_parts (s, w, NULL);
  for (size_t k = 0; k < w->channels; k++)
    {
      double off = w->sum[k] / n;
      double squares = MAX (w->sum_x[k] - off * w->sum[k], 0);
      double unbiased = n > 1 ? squares / (n - 1) : squares;
      float *running_mean = s->param[MEAN].value, *running = s->param[VARIANCE].value;
      mean[k] = (float)(w->center[k] + off);
      inverse[k] = (float)(1 / sqrt (squares / n + EPS));
      running_mean[k] += MOMENTUM * (mean[k] - running_mean[k]);
      running[k] += MOMENTUM * ((float)unbiased - running[k]);
    }
}

static void
find_scale (const nn_step *s, const float *mean, const float *inverse, float *scale, float *shift)
{
  gboolean affine = s->entry->o.norm.affine;
  for (size_t k = 0; k < channels_of (s); k++)
    {
      scale[k] = (affine ? s->param[GAIN].value[k] : 1) * inverse[k];
      shift[k] = (affine ? s->param[SHIFT].value[k] : 0) - mean[k] * scale[k];
    }
}

static void
find_inverse (const float *variance, size_t channels, float *inverse)
{
  for (size_t k = 0; k < channels; k++)
    inverse[k] = 1 / sqrtf (variance[k] + EPS);
}

static void
norm_forward (nn_step *s)
{
  norm_work w = norm_scratch (s);
  float *mean = s->saved, *inverse = mean + w.channels;

  if (takes_batch (s))
    batch_statistics (s, &w, mean, inverse);
  else
    {
      memcpy (mean, s->param[MEAN].value, w.channels * sizeof *mean);
      find_inverse (s->param[VARIANCE].value, w.channels, inverse);
    }
  find_scale (s, mean, inverse, w.scale, w.shift);
  repeat (&w, w.scale);
  repeat (&w, w.shift);
  map_parts (s, &w, NULL, s->value);
}

/* With t = (x - mean) inverse and dy before the activation, in training
 * dx = gain inverse (dy - mean (dy) - t mean (dy t)); with running statistics gain inverse dy. */
static void
norm_backward (nn_step *s)
{
  norm_work w = norm_scratch (s);
  const float *mean = s->saved, *inverse = mean + w.channels;
  gboolean affine = s->entry->o.norm.affine, batch = takes_batch (s);
  float *dgain = affine ? s->param[GAIN].grad : NULL,
        *dshift = affine ? s->param[SHIFT].grad : NULL;
  double n = (double)(s->count / w.channels);

  find_scale (s, mean, inverse, w.scale, w.shift);
  repeat (&w, w.scale);
  repeat (&w, w.shift);
  memcpy (w.center, mean, w.channels * sizeof (float));
  repeat (&w, w.center);
  if (batch || dgain != NULL || dshift != NULL)
    sum_parts (s, &w, s->grad);
  else
    memset (w.sum, 0, 2 * PARTS * w.wide * sizeof *w.sum);
  for (size_t k = 0; k < w.channels; k++)
    {
      double dt = w.sum_x[k] * inverse[k];
      if (dshift != NULL)
        dshift[k] += (float)w.sum[k];
      if (dgain != NULL)
        dgain[k] += (float)dt;
      w.of_x[k] = batch ? (float)(-w.scale[k] * dt * inverse[k] / n) : 0;
      w.offset[k] = batch ? (float)(-w.scale[k] * w.sum[k] / n) - w.of_x[k] * mean[k] : 0;
    }
  repeat (&w, w.of_x);
  repeat (&w, w.offset);
  if (s->in[0].grad != NULL)
    map_parts (s, &w, s->grad, s->in[0].grad);
}

static gboolean
norm_affine (const nn_step *s, float *scale, float *shift)
{
  if (takes_batch (s))
    return FALSE;
  if (scale != NULL)
    {
      find_inverse (s->param[VARIANCE].value, channels_of (s), shift);
      find_scale (s, s->param[MEAN].value, shift, scale, shift);
    }
  return TRUE;
}

static void
norm_couple (nn_coupling *c, const nn_entry *e)
{
  nn_span y = nn_channels (c, NN_OUTPUT);
  nn_couple_through (c, e);
  for (int k = 0; k < e->n_params; k++)
    nn_tie_spans (c, y, nn_slices (c, k, 0, 1, 1));
  for (int i = 0; e->o.norm.affine && i < y.count; i++)
    nn_set_silent (c, y.first + i, TRUE);
}

static const nn_op nn_op_norm = {
  .name = "norm",
  .flags = NN_OP_READS_INPUT | NN_OP_GRADIENT_IN_PLACE | NN_OP_ACTIVATES | NN_OP_HALF,
  .infer = norm_infer,
  .open = norm_open,
  .forward = norm_forward,
  .backward = norm_backward,
  .affine = norm_affine,
  .couple = norm_couple,
};

nn_node
nn_norm (nn_graph *g, const char *name, nn_node x)
{
  nn_entry e = { .o.norm.affine = TRUE };
  return nn_graph_add (g, &nn_op_norm, name, &x, 1, &e);
}

nn_node
nn_norm_plain (nn_graph *g, const char *name, nn_node x)
{
  nn_entry e = { .o.norm.affine = FALSE };
  return nn_graph_add (g, &nn_op_norm, name, &x, 1, &e);
}
