/* Mouse, fingers and keys on the photograph: marking a part, choosing a place, zoom and pan. */
#include "app/image-view-private.h"

#include <math.h>

/* Shortest side of a dragged part, in pixels of the screen. */
#define LEAST_DRAG 6
/* By how much a turn of the wheel enlarges, and by what share of the view an arrow key moves. */
#define ZOOM_STEP 1.25
#define PAN_STEP  0.1
/* Of scrolling, in pixels for one turn of a wheel. */
#define SCROLL_STEP 60
/* Places from edge to edge that the arrow keys go through. */
#define PLACES 24

static void
emit (RegardImageView *self, guint signal)
{
  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_signal_emit (self, regard_image_view_signals[signal], 0);
}

/* ---- dragging: a part, or the picture -------------------------------------------------------- */

/* The part between two points of the widget; points outside the picture count as its edge. */
static vqa_region
part_between (RegardImageView *self, double x0, double y0, double x1, double y1)
{
  const RegardViewport *v = &self->viewport;
  double x, y, scale;

  if (!regard_viewport_place (v, &x, &y, &scale))
    return (vqa_region){ 0 };
  return vqa_region_between ((x0 - x) / scale, (y0 - y) / scale, (x1 - x) / scale, (y1 - y) / scale,
                             v->width, v->height);
}

static void
drag_begin_cb (GtkGestureDrag *drag, double x, double y, RegardImageView *self)
{
  GdkModifierType state
      = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (drag));
  guint button = gtk_gesture_single_get_current_button (GTK_GESTURE_SINGLE (drag));
  double image_x, image_y;

  self->dragging_part = button != GDK_BUTTON_MIDDLE && (self->marking || (state & GDK_SHIFT_MASK));
  self->dragged_x = self->dragged_y = 0;
  if (button == GDK_BUTTON_SECONDARY || (!self->dragging_part && self->viewport.zoom <= 0)
      || !regard_image_view_view_to_image (self, x, y, &image_x, &image_y))
    gtk_gesture_set_state (GTK_GESTURE (drag), GTK_EVENT_SEQUENCE_DENIED);
  /* It may become a click on a place. */
  else if (self->dragging_part && !self->placing)
    gtk_gesture_set_state (GTK_GESTURE (drag), GTK_EVENT_SEQUENCE_CLAIMED);
}

/* Too small a drag is a slip of the hand. */
static gboolean
is_drag (double width, double height)
{
  return fabs (width) >= LEAST_DRAG && fabs (height) >= LEAST_DRAG;
}

static void
drag_update_cb (GtkGestureDrag *drag, double width, double height, RegardImageView *self)
{
  double x, y;

  if (!gtk_gesture_drag_get_start_point (drag, &x, &y)
      || (self->dragging_part ? !is_drag (width, height) : hypot (width, height) < LEAST_DRAG))
    return;
  gtk_gesture_set_state (GTK_GESTURE (drag), GTK_EVENT_SEQUENCE_CLAIMED);
  if (self->dragging_part)
    {
      self->part = part_between (self, x, y, x + width, y + height);
      gtk_widget_queue_draw (GTK_WIDGET (self));
      return;
    }
  regard_image_view_pan (self, width - self->dragged_x, height - self->dragged_y);
  self->dragged_x = width;
  self->dragged_y = height;
}

static void
drag_end_cb (GtkGestureDrag *drag, double width, double height, RegardImageView *self)
{
  if (self->dragging_part && is_drag (width, height))
    emit (self, REGARD_IMAGE_VIEW_PART_CHANGED);
}

/* ---- a place -----------------------------------------------------------------------------------
 */

/* What a place can be chosen in. */
static vqa_region
placing_area (RegardImageView *self)
{
  return self->part.width ? self->part
                          : (vqa_region){ 0, 0, self->viewport.width, self->viewport.height };
}

static void
released_cb (GtkGestureClick *click, int n_press, double x, double y, RegardImageView *self)
{
  const vqa_region in = placing_area (self);
  double image_x, image_y;

  gtk_widget_grab_focus (GTK_WIDGET (self));
  if (!self->placing || !regard_image_view_view_to_image (self, x, y, &image_x, &image_y)
      || image_x < in.x || image_y < in.y || image_x >= in.x + in.width
      || image_y >= in.y + in.height)
    return;
  regard_image_view_set_place (self, image_x, image_y);
  emit (self, REGARD_IMAGE_VIEW_PLACE_CHANGED);
}

static void
leave_place (RegardImageView *self)
{
  regard_image_view_set_place (self, -1, -1);
  emit (self, REGARD_IMAGE_VIEW_PLACE_CHANGED);
}

/* The middle first, then from place to place. */
static void
move_place (RegardImageView *self, int x, int y)
{
  const vqa_region in = placing_area (self);
  double step_x = (double)in.width / PLACES, step_y = (double)in.height / PLACES;
  double at_x = in.x + in.width / 2.0, at_y = in.y + in.height / 2.0;

  if (self->placed)
    {
      at_x = CLAMP (self->place_x + x * step_x, in.x + step_x / 2, in.x + in.width - step_x / 2);
      at_y = CLAMP (self->place_y + y * step_y, in.y + step_y / 2, in.y + in.height - step_y / 2);
    }
  regard_image_view_set_place (self, at_x, at_y);
  emit (self, REGARD_IMAGE_VIEW_PLACE_CHANGED);
}

/* ---- keys --------------------------------------------------------------------------------------
 */

/* Arrows move the place, else the part by a twentieth of the picture, else the enlarged picture;
 * with Shift they size the part. */
static gboolean
key_cb (GtkWidget *widget, GVariant *data, gpointer user)
{
  RegardImageView *self = REGARD_IMAGE_VIEW (widget);
  const RegardViewport *v = &self->viewport;
  int x, y, size, step = MAX (1, MIN (v->width, v->height) / 20);
  vqa_region *p = &self->part;

  g_variant_get (data, "(iii)", &x, &y, &size);
  if (!self->texture || (size && p->width == 0))
    return FALSE;
  if (size)
    vqa_region_resize (p, x * step, y * step, step, v->width, v->height);
  else if (self->placing)
    {
      move_place (self, x, y);
      return TRUE;
    }
  else if (p->width)
    vqa_region_move (p, x * step, y * step, v->width, v->height);
  else
    return regard_image_view_pan (self, -x * PAN_STEP * v->room_x, -y * PAN_STEP * v->room_y);
  emit (self, REGARD_IMAGE_VIEW_PART_CHANGED);
  return TRUE;
}

static gboolean
escape_cb (GtkWidget *widget, GVariant *data, gpointer user)
{
  RegardImageView *self = REGARD_IMAGE_VIEW (widget);

  if (!self->placed)
    return FALSE;
  leave_place (self);
  return TRUE;
}

void
regard_image_view_input_class_init (GtkWidgetClass *widget_class)
{
  static const struct
  {
    guint key;
    int x, y;
  } keys[] = {
    { GDK_KEY_Left, -1, 0 }, { GDK_KEY_Right, 1, 0 }, { GDK_KEY_Up, 0, -1 }, { GDK_KEY_Down, 0, 1 }
  };

  gtk_widget_class_add_binding (widget_class, GDK_KEY_Escape, 0, escape_cb, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    for (int size = 0; size < 2; size++)
      gtk_widget_class_add_binding (widget_class, keys[i].key, size ? GDK_SHIFT_MASK : 0, key_cb,
                                    "(iii)", keys[i].x, keys[i].y, size);
}

/* ---- zoom and hover ----------------------------------------------------------------------------
 */

static void
motion_cb (GtkEventControllerMotion *motion, double x, double y, RegardImageView *self)
{
  self->pointer_x = x;
  self->pointer_y = y;
  g_signal_emit (self, regard_image_view_signals[REGARD_IMAGE_VIEW_HOVERED], 0, x, y);
}

static void
leave_cb (GtkEventControllerMotion *motion, RegardImageView *self)
{
  g_signal_emit (self, regard_image_view_signals[REGARD_IMAGE_VIEW_HOVERED], 0, -1.0, -1.0);
}

static gboolean
scroll_cb (GtkEventControllerScroll *scroll, double x, double y, RegardImageView *self)
{
  GdkModifierType state
      = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (scroll));
  double left, top, scale;

  if (!regard_viewport_place (&self->viewport, &left, &top, &scale))
    return FALSE;
  if (state & GDK_CONTROL_MASK)
    {
      regard_image_view_zoom_at (self, scale * pow (ZOOM_STEP, -y), self->pointer_x,
                                 self->pointer_y);
      return TRUE;
    }
  /* With Shift a wheel goes sideways, as everywhere. */
  if (state & GDK_SHIFT_MASK && x == 0)
    {
      x = y;
      y = 0;
    }
  return regard_image_view_pan (self, -x * SCROLL_STEP, -y * SCROLL_STEP);
}

static void
pinch_begin_cb (GtkGesture *pinch, GdkEventSequence *sequence, RegardImageView *self)
{
  double x, y;

  if (!regard_viewport_place (&self->viewport, &x, &y, &self->pinched))
    gtk_gesture_set_state (pinch, GTK_EVENT_SEQUENCE_DENIED);
  else
    gtk_gesture_set_state (pinch, GTK_EVENT_SEQUENCE_CLAIMED);
}

static void
pinch_cb (GtkGestureZoom *pinch, double scale, RegardImageView *self)
{
  double x = self->pointer_x, y = self->pointer_y;

  gtk_gesture_get_bounding_box_center (GTK_GESTURE (pinch), &x, &y);
  regard_image_view_zoom_at (self, self->pinched * scale, x, y);
}

void
regard_image_view_input_init (RegardImageView *self)
{
  GtkGesture *drag = gtk_gesture_drag_new (), *click = gtk_gesture_click_new (),
             *pinch = gtk_gesture_zoom_new ();
  GtkEventController *motion = gtk_event_controller_motion_new ();
  GtkEventController *scroll
      = gtk_event_controller_scroll_new (GTK_EVENT_CONTROLLER_SCROLL_BOTH_AXES);
  GtkEventController *all[] = { GTK_EVENT_CONTROLLER (click), GTK_EVENT_CONTROLLER (drag),
                                GTK_EVENT_CONTROLLER (pinch), motion, scroll };

  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (drag), 0);
  g_signal_connect_object (drag, "drag-begin", G_CALLBACK (drag_begin_cb), self, 0);
  g_signal_connect_object (drag, "drag-update", G_CALLBACK (drag_update_cb), self, 0);
  g_signal_connect_object (drag, "drag-end", G_CALLBACK (drag_end_cb), self, 0);
  g_signal_connect_object (click, "released", G_CALLBACK (released_cb), self, 0);
  g_signal_connect_object (pinch, "begin", G_CALLBACK (pinch_begin_cb), self, 0);
  g_signal_connect_object (pinch, "scale-changed", G_CALLBACK (pinch_cb), self, 0);
  g_signal_connect_object (motion, "enter", G_CALLBACK (motion_cb), self, 0);
  g_signal_connect_object (motion, "motion", G_CALLBACK (motion_cb), self, 0);
  g_signal_connect_object (motion, "leave", G_CALLBACK (leave_cb), self, 0);
  g_signal_connect_object (scroll, "scroll", G_CALLBACK (scroll_cb), self, 0);
  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    gtk_widget_add_controller (GTK_WIDGET (self), all[i]);
}
