#include "app/viewport.h"

#include <math.h>

/* How far beyond both the fitting and the original size it can be enlarged. */
#define MOST 16

static double
fitting (const RegardViewport *v)
{
  return MIN (v->room_x / v->width, v->room_y / v->height);
}

static gboolean
shows (const RegardViewport *v)
{
  return v->width > 0 && v->height > 0 && v->room_x >= 1 && v->room_y >= 1;
}

/* Where a side of `size` begins in the room: in its middle when there is room enough, else so that
 * no room stays empty. */
static double
begin (double start, double room, double size, double middle)
{
  if (size <= room)
    return start + (room - size) / 2;
  return CLAMP (start + room / 2 - middle, start + room - size, start);
}

gboolean
regard_viewport_place (const RegardViewport *v, double *x, double *y, double *scale)
{
  double s;

  if (!shows (v))
    return FALSE;
  s = v->zoom > 0 ? v->zoom : fitting (v);
  *scale = s;
  *x = begin (v->left, v->room_x, s * v->width, s * v->middle_x);
  *y = begin (v->top, v->room_y, s * v->height, s * v->middle_y);
  if (v->zoom > 0)
    {
      *x = round (*x * v->device) / v->device;
      *y = round (*y * v->device) / v->device;
    }
  return TRUE;
}

double
regard_viewport_original (const RegardViewport *v)
{
  return 1.0 / MAX (v->device, 1);
}

/* Forgets how far beyond the edge the middle was meant to be. */
static void
settle (RegardViewport *v)
{
  double s = v->zoom;

  v->middle_x
      = (v->left + v->room_x / 2 - begin (v->left, v->room_x, s * v->width, s * v->middle_x)) / s;
  v->middle_y
      = (v->top + v->room_y / 2 - begin (v->top, v->room_y, s * v->height, s * v->middle_y)) / s;
}

static gboolean
between (double stop, double from, double to)
{
  return (from < stop && stop < to) || (to < stop && stop < from);
}

void
regard_viewport_zoom (RegardViewport *v, double zoom, double x, double y)
{
  double fit, original = regard_viewport_original (v), left, top, before;

  if (!regard_viewport_place (v, &left, &top, &before))
    return;
  fit = fitting (v);
  if (between (fit, before, zoom))
    zoom = fit;
  else if (between (original, before, zoom))
    zoom = original;
  zoom = CLAMP (zoom > 0 ? zoom : fit, MIN (fit, original), MOST * MAX (fit, original));
  if (fabs (zoom - fit) < 1e-9 * fit)
    {
      v->zoom = 0;
      return;
    }
  v->zoom = zoom;
  v->middle_x = (x - left) / before + (v->left + v->room_x / 2 - x) / zoom;
  v->middle_y = (y - top) / before + (v->top + v->room_y / 2 - y) / zoom;
  settle (v);
}

gboolean
regard_viewport_pan (RegardViewport *v, double x, double y)
{
  double old_x = v->middle_x, old_y = v->middle_y;

  if (!shows (v) || v->zoom <= 0)
    return FALSE;
  v->middle_x -= x / v->zoom;
  v->middle_y -= y / v->zoom;
  settle (v);
  return v->middle_x != old_x || v->middle_y != old_y;
}
