#include "app/legend.h"

#include "app/preferences.h"

#define STOPS  9
#define HEIGHT 8

struct _RegardLegend
{
  GtkWidget parent_instance;
};

G_DEFINE_FINAL_TYPE (RegardLegend, regard_legend, GTK_TYPE_WIDGET)

static void
regard_legend_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  float width = (float)gtk_widget_get_width (widget);
  float height = (float)gtk_widget_get_height (widget);
  graphene_rect_t bar = GRAPHENE_RECT_INIT (0, (height - HEIGHT) / 2, width, HEIGHT);
  RegardMapStyle style = regard_preferences_get_map_style ();
  gboolean reversed = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  GskColorStop stops[STOPS];
  GskRoundedRect outline;
  GdkRGBA edge;

  for (int i = 0; i < STOPS; i++)
    {
      float value = (float)i / (STOPS - 1);
      guint8 rgb[3];

      regard_map_style_legend (&style, reversed ? 1 - value : value, rgb);
      stops[i].offset = value;
      stops[i].color
          = (GdkRGBA){ (float)rgb[0] / 255, (float)rgb[1] / 255, (float)rgb[2] / 255, 1 };
    }
  gsk_rounded_rect_init_from_rect (&outline, &bar, HEIGHT / 2);
  gtk_snapshot_push_rounded_clip (snapshot, &outline);
  gtk_snapshot_push_clip (snapshot, &GRAPHENE_RECT_INIT (reversed ? 0 : style.threshold * width, 0,
                                                         (1 - style.threshold) * width, height));
  gtk_snapshot_append_linear_gradient (snapshot, &bar, &GRAPHENE_POINT_INIT (0, 0),
                                       &GRAPHENE_POINT_INIT (width, 0), stops, STOPS);
  gtk_snapshot_pop (snapshot);
  gtk_snapshot_pop (snapshot);
  /* The dark end would be lost on a dark background. */
  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &edge);
  edge.alpha *= 0.4f;
  gtk_snapshot_append_border (snapshot, &outline, (float[4]){ 1, 1, 1, 1 },
                              (GdkRGBA[4]){ edge, edge, edge, edge });
}

static void
regard_legend_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                       int *natural, int *minimum_baseline, int *natural_baseline)
{
  *minimum = *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 56 : HEIGHT;
  *minimum_baseline = *natural_baseline = -1;
}

static void
regard_legend_class_init (RegardLegendClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  widget_class->snapshot = regard_legend_snapshot;
  widget_class->measure = regard_legend_measure;
  gtk_widget_class_set_css_name (widget_class, "legend");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
regard_legend_init (RegardLegend *self)
{
  g_signal_connect_object (regard_preferences_get (), "map-style-changed",
                           G_CALLBACK (gtk_widget_queue_draw), self, G_CONNECT_SWAPPED);
}
