#include "app/image-view.h"

/* Around the picture, and its corners, in pixels. */
#define MARGIN 18
#define RADIUS 10

struct _RegardImageView
{
  GtkWidget parent_instance;

  GdkTexture *texture;
  GdkTexture *map;
  int width, height; /* of the original */
  gboolean show_map;
  double map_opacity;
};

enum
{
  PROP_0,
  PROP_SHOW_MAP,
  PROP_MAP_OPACITY,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

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
      gtk_snapshot_push_opacity (snapshot, self->map_opacity);
      gtk_snapshot_append_texture (snapshot, self->map, &area);
      gtk_snapshot_pop (snapshot);
    }
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
  gtk_widget_class_set_css_name (widget_class, "imageview");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
regard_image_view_init (RegardImageView *self)
{
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
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

void
regard_image_view_set_map (RegardImageView *self, GdkTexture *map)
{
  g_return_if_fail (REGARD_IS_IMAGE_VIEW (self));
  if (g_set_object (&self->map, map))
    gtk_widget_queue_draw (GTK_WIDGET (self));
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
