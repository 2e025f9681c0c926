/* Changed pictures: what an answer loses when a part is covered, and whether a map's order of the
 * pixels is the order of what the answer rests on. */
#include "vqa/model/model-private.h"

#include <string.h>

/* ---- blur ------------------------------------------------------------------------------------ */

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

/* Three means one after the other are close to a Gaussian. */
guint8 *
vqa_blurred (const guint8 *square, int side)
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

/* ---- occlusion ------------------------------------------------------------------------------- */

/* Blurs the window of `size` cells whose first is (cx,cy), as far as it lies on the grid. */
static void
cover (guint8 *square, const guint8 *soft, int side, const vqa_evidence *grid, int cx, int cy,
       int size)
{
  int left = MAX (cx, 0) * side / grid->width;
  int right = MIN (cx + size, grid->width) * side / grid->width;
  int bottom = MIN (cy + size, grid->height) * side / grid->height;

  for (int y = MAX (cy, 0) * side / grid->height; y < bottom; y++)
    {
      size_t at = ((size_t)y * side + left) * 3;
      memcpy (square + at, soft + at, (size_t)(right - left) * 3);
    }
}

/* Probabilities with each window of `size` cells covered that touches the grid, to
 * (height + size - 1, width + size - 1). */
static gboolean
cover_all (vqa_probe *probe, const guint8 *square, const guint8 *soft, const vqa_evidence *grid,
           int size, double *to, GError **error)
{
  int side = probe->model->info.side, across = grid->width + size - 1;
  size_t bytes = (size_t)side * side * 3;
  g_autofree guint8 *covered = g_malloc (bytes);

  for (int i = 0; i < across * (grid->height + size - 1); i++)
    {
      memcpy (covered, square, bytes);
      cover (covered, soft, side, grid, i % across - size + 1, i / across - size + 1, size);
      if (!vqa_probe_add (probe, covered, &to[i], error))
        return FALSE;
    }
  return TRUE;
}

void
vqa_add_windows (const double *p, int size, double share, vqa_evidence *to)
{
  int across = to->width + size - 1;
  for (int y = 0; y < to->height; y++)
    for (int x = 0; x < to->width; x++)
      for (int k = 0; k < size * size; k++)
        to->cells[y * to->width + x]
            += (float)(share * p[(y + k / size) * across + x + k % size] / (size * size));
}

gboolean
vqa_occlude (vqa_model *m, const guint8 *square, const float *heard, int position,
             vqa_evidence *drops, GCancellable *cancellable, GError **error)
{
  int one = drops->width * drops->height, two = (drops->width + 1) * (drops->height + 1);
  g_autofree guint8 *soft = vqa_blurred (square, m->info.side);
  g_autofree double *p = g_new (double, one + two);
  double whole;
  vqa_probe probe;

  if (!vqa_probe_open (&probe, m, heard, position, cancellable, error)
      || !vqa_probe_add (&probe, square, &whole, error)
      || !cover_all (&probe, square, soft, drops, 1, p, error)
      || !cover_all (&probe, square, soft, drops, 2, p + one, error)
      || !vqa_probe_finish (&probe, error))
    return FALSE;
  for (int i = 0; i < one + two; i++)
    p[i] = whole - p[i];
  vqa_add_windows (p, 1, 0.5, drops);
  vqa_add_windows (p + one, 2, 0.5, drops);
  return TRUE;
}

/* ---- deletion and insertion ------------------------------------------------------------------ */

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
 * The ends are the same for all. */
static gboolean
measure (vqa_probe *probe, const guint8 *square, const vqa_evidence *const *maps, guint n,
         int steps, double *p, GError **error)
{
  int side = probe->model->info.side;
  g_autofree guint8 *soft = vqa_blurred (square, side);
  double whole, none;

  if (!vqa_probe_add (probe, square, &whole, error) || !vqa_probe_add (probe, soft, &none, error))
    return FALSE;
  for (guint k = 0; k < n; k++)
    {
      g_autofree int *order = order_of (maps[k], side);
      double *deletion = p + (gsize)2 * k * (steps + 1), *insertion = deletion + steps + 1;
      if (!walk (probe, square, soft, order, steps, deletion, error)
          || !walk (probe, soft, square, order, steps, insertion, error))
        return FALSE;
    }
  if (!vqa_probe_finish (probe, error))
    return FALSE;
  for (guint k = 0; k < n; k++)
    {
      double *deletion = p + (gsize)2 * k * (steps + 1), *insertion = deletion + steps + 1;
      deletion[0] = insertion[steps] = whole;
      deletion[steps] = insertion[0] = none;
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
