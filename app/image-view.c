#include "app/image-view-private.h"

/* Around the picture, and its corners, in pixels. */
#define MARGIN 18
#define RADIUS 10

/* By how much a key or a button enlarges. */
#define ZOOM_STEP 1.25

/* Of the ring around a chosen place, in pixels. */
#define PLACE_RADIUS 8

enum
{
  PROP_0,
  PROP_SHOW_MAP,
  PROP_MAP_OPACITY,
  PROP_ZOOM,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];
guint regard_image_view_signals[REGARD_IMAGE_VIEW_N_SIGNALS];

G_DEFINE_FINAL_TYPE (RegardImageView, regard_image_view, GTK_TYPE_WIDGET)

/* Where the picture lies in the widget; FALSE when there is nothing to show. */
static gboolean
picture_area (RegardImageView *self, graphene_rect_t *area)
{
  const RegardViewport *v = &self->viewport;
  double x, y, scale;

  if (!regard_viewport_place (v, &x, &y, &scale))
    return FALSE;
  graphene_rect_init (area, (float)x, (float)y, (float)(scale * v->width),
                      (float)(scale * v->height));
  return TRUE;
}

/* Where a part of the picture lies in the widget. */
static graphene_rect_t
part_area (RegardImageView *self, const graphene_rect_t *area, const vqa_region *part)
{
  float x = area->size.width / (float)self->viewport.width;
  float y = area->size.height / (float)self->viewport.height;

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

/* A ring that is seen on light and dark. */
static void
snapshot_place (RegardImageView *self, GtkSnapshot *snapshot)
{
  const GdkRGBA white = { 1, 1, 1, 1 }, black = { 0, 0, 0, 0.7f };
  const float r = PLACE_RADIUS;
  GskRoundedRect ring;
  double x, y;

  if (!regard_image_view_image_to_view (self, self->place_x, self->place_y, &x, &y))
    return;
  gsk_rounded_rect_init_from_rect (
      &ring, &GRAPHENE_RECT_INIT ((float)x - r, (float)y - r, 2 * r, 2 * r), r);
  gtk_snapshot_append_border (snapshot, &ring, (float[4]){ 2, 2, 2, 2 },
                              (GdkRGBA[4]){ white, white, white, white });
  gtk_snapshot_append_outset_shadow (snapshot, &ring, &black, 0, 0, 1.5f, 1);
}

static void
snapshot_map (RegardImageView *self, GtkSnapshot *snapshot, const graphene_rect_t *area)
{
  graphene_rect_t on = part_area (self, area, &self->map_on);

  gtk_snapshot_push_opacity (snapshot, self->map_opacity);
  gtk_snapshot_append_texture (snapshot, self->map, &on);
  gtk_snapshot_pop (snapshot);
}

static void
regard_image_view_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  RegardImageView *self = REGARD_IMAGE_VIEW (widget);
  const RegardViewport *v = &self->viewport;
  graphene_rect_t area, seen;
  GskRoundedRect outline;

  if (!picture_area (self, &area)
      || !graphene_rect_intersection (
          &area,
          &GRAPHENE_RECT_INIT ((float)v->left, (float)v->top, (float)v->room_x, (float)v->room_y),
          &seen))
    return;
  gsk_rounded_rect_init_from_rect (&outline, &seen, RADIUS);
  gtk_snapshot_append_outset_shadow (snapshot, &outline, &(GdkRGBA){ 0, 0, 0, 0.28f }, 0, 2, 0, 8);
  gtk_snapshot_push_rounded_clip (snapshot, &outline);
  gtk_snapshot_append_texture (snapshot, self->texture, &area);
  if (self->detail)
    {
      graphene_rect_t on = part_area (self, &area, &self->detail_on);

      gtk_snapshot_append_texture (snapshot, self->detail, &on);
    }
  regard_image_view_check_detail (self);
  if (self->map && self->show_map && self->map_opacity > 0)
    snapshot_map (self, snapshot, &area);
  if (self->part.width)
    snapshot_part (self, snapshot, &area);
  if (self->placed)
    snapshot_place (self, snapshot);
  gtk_snapshot_pop (snapshot);
}

static void
regard_image_view_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  RegardViewport *v = &REGARD_IMAGE_VIEW (widget)->viewport;

  v->left = v->top = MARGIN;
  v->room_x = width - 2 * MARGIN;
  v->room_y = height - 2 * MARGIN;
  v->device = gtk_widget_get_scale_factor (widget);
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
    *natural = MAX (*minimum, (int)MIN (2.0 * MARGIN
                                            + (double)(for_size - 2 * MARGIN)
                                                  * self->viewport.height / self->viewport.width,
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
    case PROP_ZOOM:
      g_value_set_double (value, self->viewport.zoom * self->viewport.device);
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

  regard_image_view_forget_detail (self);
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
  widget_class->size_allocate = regard_image_view_size_allocate;
  widget_class->get_request_mode = regard_image_view_get_request_mode;
  properties[PROP_SHOW_MAP] = g_param_spec_boolean ("show-map", NULL, NULL, TRUE, flags);
  properties[PROP_MAP_OPACITY] = g_param_spec_double ("map-opacity", NULL, NULL, 0, 1, 1, flags);
  properties[PROP_ZOOM] = g_param_spec_double ("zoom", NULL, NULL, 0, G_MAXDOUBLE, 0,
                                               G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  regard_image_view_signals[REGARD_IMAGE_VIEW_PART_CHANGED]
      = g_signal_new ("part-changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                      NULL, G_TYPE_NONE, 0);
  regard_image_view_signals[REGARD_IMAGE_VIEW_PLACE_CHANGED]
      = g_signal_new ("place-changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                      NULL, G_TYPE_NONE, 0);
  regard_image_view_signals[REGARD_IMAGE_VIEW_HOVERED]
      = g_signal_new ("hovered", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                      G_TYPE_NONE, 2, G_TYPE_DOUBLE, G_TYPE_DOUBLE);
  regard_image_view_signals[REGARD_IMAGE_VIEW_DETAIL_WANTED]
      = g_signal_new ("detail-wanted", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                      NULL, G_TYPE_NONE, 0);
  regard_image_view_input_class_init (widget_class);
  gtk_widget_class_set_css_name (widget_class, "imageview");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
set_cursor (RegardImageView *self)
{
  gtk_widget_set_cursor_from_name (GTK_WIDGET (self), self->marking || self->placing ? "crosshair"
                                                      : self->viewport.zoom > 0      ? "grab"
                                                                                     : NULL);
}

static void
regard_image_view_init (RegardImageView *self)
{
  regard_image_view_input_init (self);
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
  regard_image_view_forget_detail (self);
  self->viewport.width = texture ? width : 0;
  self->viewport.height = texture ? height : 0;
  self->part = (vqa_region){ 0 };
  self->placed = FALSE;
  regard_image_view_zoom_fit (self);
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
  self->part = vqa_region_fits (part, self->viewport.width, self->viewport.height)
                   ? *part
                   : (vqa_region){ 0 };
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
regard_image_view_set_marking (RegardImageView *self, gboolean marking)
{
  g_return_if_fail (REGARD_IS_IMAGE_VIEW (self));
  self->marking = marking;
  set_cursor (self);
}

GdkTexture *
regard_image_view_get_map (RegardImageView *self)
{
  g_return_val_if_fail (REGARD_IS_IMAGE_VIEW (self), NULL);
  return self->map;
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

/* ---- a place --------------------------------------------------------------------------------- */

void
regard_image_view_set_placing (RegardImageView *self, gboolean placing)
{
  g_return_if_fail (REGARD_IS_IMAGE_VIEW (self));
  self->placing = placing;
  set_cursor (self);
  if (!placing)
    regard_image_view_set_place (self, -1, -1);
}

void
regard_image_view_set_place (RegardImageView *self, double x, double y)
{
  g_return_if_fail (REGARD_IS_IMAGE_VIEW (self));
  self->placed = x >= 0 && y >= 0 && x < self->viewport.width && y < self->viewport.height;
  self->place_x = x;
  self->place_y = y;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

gboolean
regard_image_view_get_place (RegardImageView *self, double *x, double *y)
{
  g_return_val_if_fail (REGARD_IS_IMAGE_VIEW (self), FALSE);
  if (!self->placed)
    return FALSE;
  *x = self->place_x;
  *y = self->place_y;
  return TRUE;
}

/* ---- zoom and pan ---------------------------------------------------------------------------- */

void
regard_image_view_zoom_at (RegardImageView *self, double zoom, double x, double y)
{
  double before = self->viewport.zoom;

  regard_viewport_zoom (&self->viewport, zoom, x, y);
  if (self->viewport.zoom == before)
    return;
  set_cursor (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ZOOM]);
}

gboolean
regard_image_view_pan (RegardImageView *self, double x, double y)
{
  gtk_widget_queue_draw (GTK_WIDGET (self));
  return regard_viewport_pan (&self->viewport, x, y);
}

/* Around the middle of the view. */
static void
zoom_to (RegardImageView *self, double zoom)
{
  const RegardViewport *v = &self->viewport;

  regard_image_view_zoom_at (self, zoom, v->left + v->room_x / 2, v->top + v->room_y / 2);
}

void
regard_image_view_zoom_step (RegardImageView *self, gboolean in)
{
  double x, y, scale;

  g_return_if_fail (REGARD_IS_IMAGE_VIEW (self));
  if (regard_viewport_place (&self->viewport, &x, &y, &scale))
    zoom_to (self, in ? scale * ZOOM_STEP : scale / ZOOM_STEP);
}

void
regard_image_view_zoom_original (RegardImageView *self)
{
  g_return_if_fail (REGARD_IS_IMAGE_VIEW (self));
  /* Once more when the first step stopped at the fitting size. */
  for (int i = 0; i < 2; i++)
    zoom_to (self, regard_viewport_original (&self->viewport));
}

void
regard_image_view_zoom_fit (RegardImageView *self)
{
  g_return_if_fail (REGARD_IS_IMAGE_VIEW (self));
  if (self->viewport.zoom == 0)
    return;
  self->viewport.zoom = 0;
  set_cursor (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ZOOM]);
}

/* ---- coordinates ----------------------------------------------------------------------------- */

gboolean
regard_image_view_view_to_image (RegardImageView *self, double view_x, double view_y, double *x,
                                 double *y)
{
  double left, top, scale, image_x, image_y;

  g_return_val_if_fail (REGARD_IS_IMAGE_VIEW (self), FALSE);
  if (!regard_viewport_place (&self->viewport, &left, &top, &scale))
    return FALSE;
  image_x = (view_x - left) / scale;
  image_y = (view_y - top) / scale;
  if (image_x < 0 || image_y < 0 || image_x > self->viewport.width
      || image_y > self->viewport.height)
    return FALSE;
  *x = image_x;
  *y = image_y;
  return TRUE;
}

gboolean
regard_image_view_image_to_view (RegardImageView *self, double image_x, double image_y, double *x,
                                 double *y)
{
  double left, top, scale;

  g_return_val_if_fail (REGARD_IS_IMAGE_VIEW (self), FALSE);
  if (!regard_viewport_place (&self->viewport, &left, &top, &scale) || image_x < 0 || image_y < 0
      || image_x > self->viewport.width || image_y > self->viewport.height)
    return FALSE;
  *x = left + image_x * scale;
  *y = top + image_y * scale;
  return TRUE;
}
