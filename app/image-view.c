#include "app/image-view.h"

#include <math.h>

/* Around the picture, and its corners, in pixels. */
#define MARGIN 18
#define RADIUS 10

/* Shortest side of a dragged part, in pixels of the screen. */
#define LEAST_DRAG 6

struct _RegardImageView
{
  GtkWidget parent_instance;

  GdkTexture *texture;
  GdkTexture *map;
  int width, height; /* of the original */
  vqa_region map_on;
  gboolean show_map;
  double map_opacity;
  vqa_region part;
  gboolean marking;
};

enum
{
  PROP_0,
  PROP_SHOW_MAP,
  PROP_MAP_OPACITY,
  N_PROPS
};

enum
{
  SIGNAL_PART_CHANGED,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (RegardImageView, regard_image_view, GTK_TYPE_WIDGET)

/* Where the picture lies in the widget; FALSE when there is nothing to show. */
static gboolean
picture_area (RegardImageView *self, graphene_rect_t *area)
{
  double room_x = gtk_widget_get_width (GTK_WIDGET (self)) - 2 * MARGIN;
  double room_y = gtk_widget_get_height (GTK_WIDGET (self)) - 2 * MARGIN;
  double scale;

  if (!self->texture || room_x < 1 || room_y < 1)
    return FALSE;
  scale = MIN (room_x / self->width, room_y / self->height);
  graphene_rect_init (area, (float)(MARGIN + (room_x - scale * self->width) / 2),
                      (float)(MARGIN + (room_y - scale * self->height) / 2),
                      (float)(scale * self->width), (float)(scale * self->height));
  return TRUE;
}

/* Where a part of the picture lies in the widget. */
static graphene_rect_t
part_area (RegardImageView *self, const graphene_rect_t *area, const vqa_region *part)
{
  float x = area->size.width / (float)self->width, y = area->size.height / (float)self->height;

  if (part->width == 0)
    return *area;
  return GRAPHENE_RECT_INIT (area->origin.x + (float)part->x * x,
                             area->origin.y + (float)part->y * y, (float)part->width * x,
                             (float)part->height * y);
}

/* What is not asked about stands back. */
static void
snapshot_part (RegardImageView *self, GtkSnapshot *snapshot, const graphene_rect_t *area)
{
  const GdkRGBA shade = { 0, 0, 0, 0.5f }, white = { 1, 1, 1, 1 }, black = { 0, 0, 0, 0.6f };
  graphene_rect_t p = part_area (self, area, &self->part);
  float left = p.origin.x, top = p.origin.y, right = left + p.size.width,
        bottom = top + p.size.height, far_x = area->origin.x + area->size.width,
        far_y = area->origin.y + area->size.height;
  const graphene_rect_t around[] = {
    GRAPHENE_RECT_INIT (area->origin.x, area->origin.y, area->size.width, top - area->origin.y),
    GRAPHENE_RECT_INIT (area->origin.x, bottom, area->size.width, far_y - bottom),
    GRAPHENE_RECT_INIT (area->origin.x, top, left - area->origin.x, p.size.height),
    GRAPHENE_RECT_INIT (right, top, far_x - right, p.size.height),
  };
  GskRoundedRect frame;

  for (guint i = 0; i < G_N_ELEMENTS (around); i++)
    gtk_snapshot_append_color (snapshot, &shade, &around[i]);
  gsk_rounded_rect_init_from_rect (&frame, &p, 0);
  gtk_snapshot_append_border (snapshot, &frame, (float[4]){ 2, 2, 2, 2 },
                              (GdkRGBA[4]){ white, white, white, white });
  gtk_snapshot_append_outset_shadow (snapshot, &frame, &black, 0, 0, 1, 0);
}

static void
regard_image_view_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  RegardImageView *self = REGARD_IMAGE_VIEW (widget);
  graphene_rect_t area;
  GskRoundedRect outline;

  if (!picture_area (self, &area))
    return;
  gsk_rounded_rect_init_from_rect (&outline, &area, RADIUS);
  gtk_snapshot_append_outset_shadow (snapshot, &outline, &(GdkRGBA){ 0, 0, 0, 0.28f }, 0, 2, 0, 8);
  gtk_snapshot_push_rounded_clip (snapshot, &outline);
  gtk_snapshot_append_texture (snapshot, self->texture, &area);
  if (self->map && self->show_map && self->map_opacity > 0)
    {
      graphene_rect_t on = part_area (self, &area, &self->map_on);

      gtk_snapshot_push_opacity (snapshot, self->map_opacity);
      gtk_snapshot_append_texture (snapshot, self->map, &on);
      gtk_snapshot_pop (snapshot);
    }
  if (self->part.width)
    snapshot_part (self, snapshot, &area);
  gtk_snapshot_pop (snapshot);
}

static void
regard_image_view_measure (GtkWidget *widget, GtkOrientation orientation, int for_size,
                           int *minimum, int *natural, int *minimum_baseline, int *natural_baseline)
{
  RegardImageView *self = REGARD_IMAGE_VIEW (widget);

  *minimum = 2 * MARGIN + 60;
  *natural = 480;
  /* No taller than the picture needs, so that what stands below it stands near it. */
  if (orientation == GTK_ORIENTATION_VERTICAL && self->texture && for_size > 2 * MARGIN)
    *natural = MAX (
        *minimum,
        (int)MIN (2.0 * MARGIN + (double)(for_size - 2 * MARGIN) * self->height / self->width,
                  G_MAXINT16));
  *minimum_baseline = *natural_baseline = -1;
}

static GtkSizeRequestMode
regard_image_view_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
regard_image_view_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  RegardImageView *self = REGARD_IMAGE_VIEW (object);

  switch (id)
    {
    case PROP_SHOW_MAP:
      g_value_set_boolean (value, self->show_map);
      break;
    case PROP_MAP_OPACITY:
      g_value_set_double (value, self->map_opacity);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
regard_image_view_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  RegardImageView *self = REGARD_IMAGE_VIEW (object);

  switch (id)
    {
    case PROP_SHOW_MAP:
      regard_image_view_set_show_map (self, g_value_get_boolean (value));
      break;
    case PROP_MAP_OPACITY:
      regard_image_view_set_map_opacity (self, g_value_get_double (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

/* ---- marking a part ---------------------------------------------------------------------- */

/* The part between two points of the widget; points outside the picture count as its edge. */
static vqa_region
part_between (RegardImageView *self, double x0, double y0, double x1, double y1)
{
  graphene_rect_t area;
  double kx, ky;

  if (!picture_area (self, &area))
    return (vqa_region){ 0 };
  kx = self->width / area.size.width;
  ky = self->height / area.size.height;
  return vqa_region_between ((x0 - area.origin.x) * kx, (y0 - area.origin.y) * ky,
                             (x1 - area.origin.x) * kx, (y1 - area.origin.y) * ky, self->width,
                             self->height);
}

static void
drag_begin_cb (GtkGestureDrag *drag, double x, double y, RegardImageView *self)
{
  GdkModifierType state
      = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (drag));
  double image_x, image_y;

  if ((!self->marking && !(state & GDK_SHIFT_MASK))
      || !regard_image_view_view_to_image (self, x, y, &image_x, &image_y))
    gtk_gesture_set_state (GTK_GESTURE (drag), GTK_EVENT_SEQUENCE_DENIED);
  else
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

  if (!gtk_gesture_drag_get_start_point (drag, &x, &y) || !is_drag (width, height))
    return;
  self->part = part_between (self, x, y, x + width, y + height);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
drag_end_cb (GtkGestureDrag *drag, double width, double height, RegardImageView *self)
{
  if (is_drag (width, height))
    g_signal_emit (self, signals[SIGNAL_PART_CHANGED], 0);
}

/* Arrows: by a twentieth of the picture. Without a part there is nothing to move. */
static gboolean
key_cb (GtkWidget *widget, GVariant *data, gpointer user)
{
  RegardImageView *self = REGARD_IMAGE_VIEW (widget);
  int x, y, size, step = MAX (1, MIN (self->width, self->height) / 20);
  vqa_region *p = &self->part;

  if (p->width == 0)
    return FALSE;
  g_variant_get (data, "(iii)", &x, &y, &size);
  if (size)
    vqa_region_resize (p, x * step, y * step, step, self->width, self->height);
  else
    vqa_region_move (p, x * step, y * step, self->width, self->height);
  gtk_widget_queue_draw (widget);
  g_signal_emit (self, signals[SIGNAL_PART_CHANGED], 0);
  return TRUE;
}

static void
add_keys (GtkWidgetClass *widget_class)
{
  static const struct
  {
    guint key;
    int x, y;
  } keys[] = {
    { GDK_KEY_Left, -1, 0 }, { GDK_KEY_Right, 1, 0 }, { GDK_KEY_Up, 0, -1 }, { GDK_KEY_Down, 0, 1 }
  };

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    for (int size = 0; size < 2; size++)
      gtk_widget_class_add_binding (widget_class, keys[i].key, size ? GDK_SHIFT_MASK : 0, key_cb,
                                    "(iii)", keys[i].x, keys[i].y, size);
}

static void
regard_image_view_dispose (GObject *object)
{
  RegardImageView *self = REGARD_IMAGE_VIEW (object);

  g_clear_object (&self->texture);
  g_clear_object (&self->map);
  G_OBJECT_CLASS (regard_image_view_parent_class)->dispose (object);
}

static void
regard_image_view_class_init (RegardImageViewClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->dispose = regard_image_view_dispose;
  object_class->get_property = regard_image_view_get_property;
  object_class->set_property = regard_image_view_set_property;
  widget_class->snapshot = regard_image_view_snapshot;
  widget_class->measure = regard_image_view_measure;
  widget_class->get_request_mode = regard_image_view_get_request_mode;
  properties[PROP_SHOW_MAP] = g_param_spec_boolean ("show-map", NULL, NULL, TRUE, flags);
  properties[PROP_MAP_OPACITY] = g_param_spec_double ("map-opacity", NULL, NULL, 0, 1, 1, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  signals[SIGNAL_PART_CHANGED]
      = g_signal_new ("part-changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                      NULL, G_TYPE_NONE, 0);
  add_keys (widget_class);
  gtk_widget_class_set_css_name (widget_class, "imageview");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
regard_image_view_init (RegardImageView *self)
{
  GtkGesture *drag = gtk_gesture_drag_new ();

  g_signal_connect_object (drag, "drag-begin", G_CALLBACK (drag_begin_cb), self, 0);
  g_signal_connect_object (drag, "drag-update", G_CALLBACK (drag_update_cb), self, 0);
  g_signal_connect_object (drag, "drag-end", G_CALLBACK (drag_end_cb), self, 0);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drag));
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  self->show_map = TRUE;
  self->map_opacity = 1;
}

void
regard_image_view_set_picture (RegardImageView *self, GdkTexture *texture, int width, int height)
{
  g_return_if_fail (REGARD_IS_IMAGE_VIEW (self));
  g_return_if_fail (!texture || (width > 0 && height > 0));
  g_set_object (&self->texture, texture);
  g_clear_object (&self->map);
  self->width = width;
  self->height = height;
  self->part = (vqa_region){ 0 };
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

void
regard_image_view_set_map (RegardImageView *self, GdkTexture *map, const vqa_region *on)
{
  g_return_if_fail (REGARD_IS_IMAGE_VIEW (self) && on);
  g_set_object (&self->map, map);
  self->map_on = *on;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

const vqa_region *
regard_image_view_get_part (RegardImageView *self)
{
  g_return_val_if_fail (REGARD_IS_IMAGE_VIEW (self), NULL);
  return &self->part;
}

void
regard_image_view_set_part (RegardImageView *self, const vqa_region *part)
{
  g_return_if_fail (REGARD_IS_IMAGE_VIEW (self) && part);
  self->part = vqa_region_fits (part, self->width, self->height) ? *part : (vqa_region){ 0 };
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
regard_image_view_set_marking (RegardImageView *self, gboolean marking)
{
  g_return_if_fail (REGARD_IS_IMAGE_VIEW (self));
  self->marking = marking;
  gtk_widget_set_cursor_from_name (GTK_WIDGET (self), marking ? "crosshair" : NULL);
}

GdkTexture *
regard_image_view_get_shown_map (RegardImageView *self)
{
  g_return_val_if_fail (REGARD_IS_IMAGE_VIEW (self), NULL);
  return self->show_map ? self->map : NULL;
}

void
regard_image_view_set_show_map (RegardImageView *self, gboolean show)
{
  g_return_if_fail (REGARD_IS_IMAGE_VIEW (self));
  if (self->show_map == !!show)
    return;
  self->show_map = !!show;
  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SHOW_MAP]);
}

void
regard_image_view_set_map_opacity (RegardImageView *self, double opacity)
{
  g_return_if_fail (REGARD_IS_IMAGE_VIEW (self));
  opacity = CLAMP (opacity, 0, 1);
  if (self->map_opacity == opacity)
    return;
  self->map_opacity = opacity;
  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_MAP_OPACITY]);
}

gboolean
regard_image_view_view_to_image (RegardImageView *self, double view_x, double view_y, double *x,
                                 double *y)
{
  graphene_rect_t area;
  double image_x, image_y;

  g_return_val_if_fail (REGARD_IS_IMAGE_VIEW (self), FALSE);
  if (!picture_area (self, &area))
    return FALSE;
  image_x = (view_x - area.origin.x) * self->width / area.size.width;
  image_y = (view_y - area.origin.y) * self->height / area.size.height;
  if (image_x < 0 || image_y < 0 || image_x > self->width || image_y > self->height)
    return FALSE;
  *x = image_x;
  *y = image_y;
  return TRUE;
}

gboolean
regard_image_view_image_to_view (RegardImageView *self, double image_x, double image_y, double *x,
                                 double *y)
{
  graphene_rect_t area;

  g_return_val_if_fail (REGARD_IS_IMAGE_VIEW (self), FALSE);
  if (!picture_area (self, &area) || image_x < 0 || image_y < 0 || image_x > self->width
      || image_y > self->height)
    return FALSE;
  *x = area.origin.x + image_x * area.size.width / self->width;
  *y = area.origin.y + image_y * area.size.height / self->height;
  return TRUE;
}
