/* Changed pictures: what an answer loses when a part is covered, and whether a map's order of the
 * pixels is the order of what the answer rests on. */
#include "vqa/model/model-private.h"

#include "vqa/data/random.h"

#include <string.h>

void
vqa_mean_colour (const guint8 *square, size_t pixels, guint8 rgb[3])
{
  guint64 sum[3] = { 0, 0, 0 };
  for (size_t i = 0; i < pixels; i++)
    for (int c = 0; c < 3; c++)
      sum[c] += square[3 * i + c];
  for (int c = 0; c < 3; c++)
    rgb[c] = (guint8)((sum[c] + pixels / 2) / pixels);
}

/* ---- occlusion ------------------------------------------------------------------------------- */

/* Covers cell (cx,cy) of a grid. */
static void
cover (guint8 *square, int side, const vqa_evidence *grid, int cx, int cy, const guint8 rgb[3])
{
  for (int y = cy * side / grid->height; y < (cy + 1) * side / grid->height; y++)
    for (int x = cx * side / grid->width; x < (cx + 1) * side / grid->width; x++)
      memcpy (square + ((size_t)y * side + x) * 3, rgb, 3);
}

gboolean
vqa_occlude (vqa_model *m, const guint8 *square, const float *heard, int position,
             vqa_evidence *drops, GCancellable *cancellable, GError **error)
{
  int side = m->info.side, cells = drops->width * drops->height;
  size_t pixels = (size_t)side * side;
  g_autofree guint8 *covered = g_malloc (pixels * 3);
  g_autofree double *p = g_new (double, cells + 1);
  guint8 rgb[3];
  vqa_probe probe;

  vqa_mean_colour (square, pixels, rgb);
  if (!vqa_probe_open (&probe, m, heard, position, cancellable, error)
      || !vqa_probe_add (&probe, square, &p[cells], error))
    return FALSE;
  for (int i = 0; i < cells; i++)
    {
      memcpy (covered, square, pixels * 3);
      cover (covered, side, drops, i % drops->width, i / drops->width, rgb);
      if (!vqa_probe_add (&probe, covered, &p[i], error))
        return FALSE;
    }
  if (!vqa_probe_finish (&probe, error))
    return FALSE;
  for (int i = 0; i < cells; i++)
    drops->cells[i] = (float)(p[cells] - p[i]);
  return TRUE;
}

/* ---- deletion and insertion ------------------------------------------------------------------ */

/* One line (count pixels, `stride` pixels apart) replaced by its running mean over 2 r + 1 pixels;
 * the border's pixel goes on beyond it. */
static void
blur_line (const guint8 *from, guint8 *to, int count, size_t stride, int r)
{
  for (int c = 0; c < 3; c++)
    {
      int sum = 0;
      for (int k = -r; k <= r; k++)
        sum += from[3 * stride * (size_t)CLAMP (k, 0, count - 1) + c];
      for (int i = 0; i < count; i++)
        {
          to[3 * stride * (size_t)i + c] = (guint8)((sum + r) / (2 * r + 1));
          sum += from[3 * stride * (size_t)MIN (i + r + 1, count - 1) + c];
          sum -= from[3 * stride * (size_t)MAX (i - r, 0) + c];
        }
    }
}

/* Three means one after the other are close to a Gaussian; the caller frees it. */
static guint8 *
blurred (const guint8 *square, int side)
{
  size_t bytes = (size_t)side * side * 3;
  guint8 *a = g_memdup2 (square, bytes);
  g_autofree guint8 *b = g_malloc (bytes);
  int r = MAX (side / 16, 1);

  for (int pass = 0; pass < 3; pass++)
    {
      for (int y = 0; y < side; y++)
        blur_line (a + (size_t)y * side * 3, b + (size_t)y * side * 3, side, 1, r);
      for (int x = 0; x < side; x++)
        blur_line (b + x * 3, a + x * 3, side, side, r);
    }
  return a;
}

typedef struct
{
  float value;
  int pixel;
} ranked;

static int
by_value (const void *a, const void *b)
{
  const ranked *x = a, *y = b;
  return x->value > y->value ? -1 : x->value < y->value ? 1 : x->pixel - y->pixel;
}

/* Positions of the pixels, highest in the map first; the caller frees it. */
static int *
order_of (const vqa_evidence *map, int side)
{
  int pixels = side * side;
  g_autofree float *values = g_new (float, pixels);
  g_autofree ranked *all = g_new (ranked, pixels);
  int *order = g_new (int, pixels);

  vqa_evidence_stretch (map, side, side, values);
  for (int i = 0; i < pixels; i++)
    all[i] = (ranked){ values[i], i };
  qsort (all, pixels, sizeof *all, by_value);
  for (int i = 0; i < pixels; i++)
    order[i] = all[i].pixel;
  return order;
}

/* Probabilities after each step but the first and the last, to (steps + 1), on the way from one
 * picture to another by the order of the pixels. */
static gboolean
walk (vqa_probe *probe, const guint8 *from, const guint8 *goal, const int *order, int steps,
      double *to, GError **error)
{
  int pixels = probe->model->info.side * probe->model->info.side, done = 0;
  g_autofree guint8 *now = g_memdup2 (from, (gsize)pixels * 3);

  for (int step = 1; step < steps; step++)
    {
      for (int end = (int)((gint64)pixels * step / steps); done < end; done++)
        memcpy (now + 3 * order[done], goal + 3 * order[done], 3);
      if (!vqa_probe_add (probe, now, &to[step], error))
        return FALSE;
    }
  return TRUE;
}

/* Area under points at equal distances from 0 to 1, by trapezoids. */
static double
area (const double *p, int steps)
{
  double sum = (p[0] + p[steps]) / 2;
  for (int i = 1; i < steps; i++)
    sum += p[i];
  return sum / steps;
}

/* The curves of all maps: of map k deletion in row 2 k of p, insertion in the next, steps + 1 each.
 * The ends are the same for all maps. */
static gboolean
measure (vqa_probe *probe, const guint8 *square, const vqa_evidence *const *maps, guint n,
         int steps, double *p, GError **error)
{
  int side = probe->model->info.side;
  size_t pixels = (size_t)side * side;
  g_autofree guint8 *soft = blurred (square, side);
  g_autofree guint8 *plain = g_malloc (pixels * 3);
  double whole, deleted, start;
  guint8 rgb[3];

  vqa_mean_colour (square, pixels, rgb);
  for (size_t i = 0; i < pixels; i++)
    memcpy (plain + 3 * i, rgb, 3);
  if (!vqa_probe_add (probe, square, &whole, error)
      || !vqa_probe_add (probe, plain, &deleted, error)
      || !vqa_probe_add (probe, soft, &start, error))
    return FALSE;
  for (guint k = 0; k < n; k++)
    {
      g_autofree int *order = order_of (maps[k], side);
      double *deletion = p + (gsize)2 * k * (steps + 1), *insertion = deletion + steps + 1;
      if (!walk (probe, square, plain, order, steps, deletion, error)
          || !walk (probe, soft, square, order, steps, insertion, error))
        return FALSE;
    }
  if (!vqa_probe_finish (probe, error))
    return FALSE;
  for (guint k = 0; k < n; k++)
    {
      double *deletion = p + (gsize)2 * k * (steps + 1), *insertion = deletion + steps + 1;
      deletion[0] = insertion[steps] = whole;
      deletion[steps] = deleted;
      insertion[0] = start;
    }
  return TRUE;
}

gboolean
vqa_model_faithfulness (vqa_model *m, const guint8 *square, const char *hash, const char *question,
                        const char *answer, const vqa_evidence *const *maps, guint n, int steps,
                        vqa_faithfulness *to, GCancellable *cancellable, GError **error)
{
  g_autofree char *text = vqa_question_check (question, -1, error);
  g_autofree float *heard = NULL, *map = NULL;
  g_autofree double *p = NULL;
  vqa_probe probe;
  int position;

  if (text == NULL || !vqa_lab_open (m, error))
    return FALSE;
  heard = g_new (float, m->contents->spec.hidden);
  vqa_lab_ask (m, text, NULL, heard);
  map = vqa_lab_look (m, square, hash);
  vqa_lab_run (m, map, heard, NULL, 0);
  position = vqa_lab_position (m, answer, vqa_lab_logits (m), error);
  if (position < 0 || !vqa_probe_open (&probe, m, heard, position, cancellable, error))
    return FALSE;
  p = g_new0 (double, (gsize)2 * n * (steps + 1));
  if (!measure (&probe, square, maps, n, steps, p, error))
    return FALSE;
  for (guint k = 0; k < n; k++)
    to[k] = (vqa_faithfulness){ area (p + (gsize)2 * k * (steps + 1), steps),
                                area (p + (gsize)(2 * k + 1) * (steps + 1), steps) };
  return TRUE;
}
