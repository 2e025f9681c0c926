/* Sharpness: what is enlarged beyond the texture's own pixels is asked for at full resolution. */
#include "app/image-view-private.h"

#include <math.h>

/* After moving and zooming have rested for so long. */
#define PAUSE 120 /* milliseconds */
/* Around what is seen, so that a small move needs nothing new: a share of what is seen. */
#define AROUND 0.25

/* What is seen of the picture, in its pixels; FALSE: nothing. */
static gboolean
find_seen (RegardImageView *self, double around, vqa_region *seen)
{
  const RegardViewport *v = &self->viewport;
  double x, y, scale, left, top, right, bottom;

  if (!regard_viewport_place (v, &x, &y, &scale))
    return FALSE;
  left = floor ((v->left - x - around * v->room_x) / scale);
  top = floor ((v->top - y - around * v->room_y) / scale);
  right = ceil ((v->left + (1 + around) * v->room_x - x) / scale);
  bottom = ceil ((v->top + (1 + around) * v->room_y - y) / scale);
  seen->x = (int)CLAMP (left, 0, v->width - 1);
  seen->y = (int)CLAMP (top, 0, v->height - 1);
  seen->width = (int)CLAMP (right, seen->x + 1, v->width) - seen->x;
  seen->height = (int)CLAMP (bottom, seen->y + 1, v->height) - seen->y;
  return TRUE;
}

static gboolean
covers (const vqa_region *a, const vqa_region *b)
{
  return a->x <= b->x && a->y <= b->y && a->x + a->width >= b->x + b->width
         && a->y + a->height >= b->y + b->height;
}

static gboolean
is_blurred (RegardImageView *self)
{
  const RegardViewport *v = &self->viewport;
  double x, y, scale;

  /* A pixel of the texture would cover more than one of the screen, though there is more to see. */
  return self->texture && gdk_texture_get_width (self->texture) < v->width
         && regard_viewport_place (v, &x, &y, &scale)
         && scale * v->device * v->width > 1.01 * gdk_texture_get_width (self->texture);
}

static gboolean
rested_cb (gpointer data)
{
  RegardImageView *self = data;
  vqa_region wanted;

  self->detail_source = 0;
  if (is_blurred (self) && find_seen (self, AROUND, &wanted))
    {
      self->detail_wanted = wanted;
      g_signal_emit (self, regard_image_view_signals[REGARD_IMAGE_VIEW_DETAIL_WANTED], 0);
    }
  return G_SOURCE_REMOVE;
}

void
regard_image_view_check_detail (RegardImageView *self)
{
  vqa_region seen;

  if (!is_blurred (self) || !find_seen (self, 0, &seen))
    {
      g_clear_handle_id (&self->detail_source, g_source_remove);
      return;
    }
  if ((self->detail && covers (&self->detail_on, &seen)) || covers (&self->detail_wanted, &seen))
    return;
  g_clear_handle_id (&self->detail_source, g_source_remove);
  self->detail_source = g_timeout_add (PAUSE, rested_cb, self);
}

void
regard_image_view_forget_detail (RegardImageView *self)
{
  g_clear_handle_id (&self->detail_source, g_source_remove);
  g_clear_object (&self->detail);
  self->detail_wanted = (vqa_region){ 0 };
}

const vqa_region *
regard_image_view_get_detail_wanted (RegardImageView *self)
{
  g_return_val_if_fail (REGARD_IS_IMAGE_VIEW (self), NULL);
  return &self->detail_wanted;
}

void
regard_image_view_set_detail (RegardImageView *self, GdkTexture *detail, const vqa_region *on)
{
  g_return_if_fail (REGARD_IS_IMAGE_VIEW (self) && on);
  if (!vqa_region_fits (on, self->viewport.width, self->viewport.height))
    return;
  g_set_object (&self->detail, detail);
  self->detail_on = *on;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
