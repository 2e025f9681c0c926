#include "app/modulation-chart.h"

#include "vqa/model/explain.h"

#include <glib/gi18n.h>
#include <math.h>

/* In pixels. */
#define COLUMN   30 /* of a bar and what is around it */
#define BAR      14
#define HALF     34   /* the longest bar */
#define NUMBER   16   /* the line with the channels' numbers */
#define LEAST    1.5f /* of a bar that is there at all */
#define ROUNDING 3

struct _RegardModulationChart
{
  GtkWidget parent_instance;

  int n;
  int channel[REGARD_CHART_BARS];
  float value[REGARD_CHART_BARS]; /* shares of the longest bar, -1 to 1 */
  char *words;
};

G_DEFINE_FINAL_TYPE (RegardModulationChart, regard_modulation_chart, GTK_TYPE_WIDGET)

/* A colour of the theme, or the text's where the theme has none such. */
static GdkRGBA
colour_of (GtkWidget *widget, const char *name)
{
  GtkStyleContext *style = gtk_widget_get_style_context (widget);
  GdkRGBA colour;

  if (!gtk_style_context_lookup_color (style, name, &colour))
    gtk_style_context_get_color (style, &colour);
  return colour;
}

static void
draw_bar (GtkSnapshot *snapshot, float x, float value, const GdkRGBA *colour)
{
  float length = MAX (fabsf (value) * HALF, LEAST);
  graphene_rect_t bar = GRAPHENE_RECT_INIT (x + (COLUMN - BAR) / 2.0f,
                                            value < 0 ? HALF : HALF - length, BAR, length);
  graphene_size_t round = { ROUNDING, ROUNDING }, square = { 0, 0 };
  GskRoundedRect outline;

  if (length < ROUNDING)
    round = square;
  /* Round where it ends, not where it begins. */
  gsk_rounded_rect_init (&outline, &bar, value < 0 ? &square : &round, value < 0 ? &square : &round,
                         value < 0 ? &round : &square, value < 0 ? &round : &square);
  gtk_snapshot_push_rounded_clip (snapshot, &outline);
  gtk_snapshot_append_color (snapshot, colour, &bar);
  gtk_snapshot_pop (snapshot);
}

static void
draw_number (GtkWidget *widget, GtkSnapshot *snapshot, float x, int channel, const GdkRGBA *colour)
{
  g_autofree char *text = g_strdup_printf ("%d", channel);
  g_autoptr (PangoLayout) layout = gtk_widget_create_pango_layout (widget, text);
  int width, height;

  pango_layout_get_pixel_size (layout, &width, &height);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot,
                          &GRAPHENE_POINT_INIT (x + (float)(COLUMN - width) / 2, 2 * HALF + 2));
  gtk_snapshot_append_layout (snapshot, layout, colour);
  gtk_snapshot_restore (snapshot);
}

static void
regard_modulation_chart_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  RegardModulationChart *self = REGARD_MODULATION_CHART (widget);
  gboolean reversed = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  GdkRGBA more = colour_of (widget, "accent_bg_color");
  GdkRGBA less = colour_of (widget, "warning_bg_color");
  GdkRGBA text, line;

  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &text);
  line = text;
  line.alpha *= 0.35f;
  for (int i = 0; i < self->n; i++)
    {
      float x = (float)(reversed ? self->n - 1 - i : i) * COLUMN;

      draw_bar (snapshot, x, self->value[i], self->value[i] < 0 ? &less : &more);
      draw_number (widget, snapshot, x, self->channel[i], &text);
    }
  gtk_snapshot_append_color (snapshot, &line,
                             &GRAPHENE_RECT_INIT (0, HALF - 0.5f, (float)self->n * COLUMN, 1));
}

static void
regard_modulation_chart_measure (GtkWidget *widget, GtkOrientation orientation, int for_size,
                                 int *minimum, int *natural, int *minimum_baseline,
                                 int *natural_baseline)
{
  RegardModulationChart *self = REGARD_MODULATION_CHART (widget);
  g_autoptr (PangoLayout) layout = gtk_widget_create_pango_layout (widget, "0");
  int height;

  /* Large text needs more room. */
  pango_layout_get_pixel_size (layout, NULL, &height);
  *minimum = *natural = orientation == GTK_ORIENTATION_HORIZONTAL
                            ? self->n * COLUMN
                            : 2 * HALF + 2 + MAX (NUMBER, height);
  *minimum_baseline = *natural_baseline = -1;
}

static void
regard_modulation_chart_finalize (GObject *object)
{
  g_free (REGARD_MODULATION_CHART (object)->words);
  G_OBJECT_CLASS (regard_modulation_chart_parent_class)->finalize (object);
}

static void
regard_modulation_chart_class_init (RegardModulationChartClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = regard_modulation_chart_finalize;
  widget_class->snapshot = regard_modulation_chart_snapshot;
  widget_class->measure = regard_modulation_chart_measure;
  gtk_widget_class_set_css_name (widget_class, "modulationchart");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
regard_modulation_chart_init (RegardModulationChart *self)
{
}

GtkWidget *
regard_modulation_chart_new (const char *title, const float *values, int channels, float most)
{
  RegardModulationChart *self;
  g_autoptr (GString) words = g_string_new (NULL);

  g_return_val_if_fail (values && channels > 0 && most > 0, NULL);
  self = g_object_new (REGARD_TYPE_MODULATION_CHART, NULL);
  self->n = MIN (channels, REGARD_CHART_BARS);
  vqa_modulation_strongest (values, channels, self->n, self->channel);
  for (int i = 0; i < self->n; i++)
    {
      float value = values[self->channel[i]];

      self->value[i] = CLAMP (value / most, -1.0f, 1.0f);
      g_string_append_printf (words, _ ("%schannel %d: %s%.2f"), i > 0 ? ", " : "",
                              self->channel[i], value < 0 ? "\u2212" : "+", fabs ((double)value));
    }
  self->words = g_strdup (words->str);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self), self->words);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, title,
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, self->words, -1);
  return GTK_WIDGET (self);
}

const char *
regard_modulation_chart_get_words (RegardModulationChart *self)
{
  g_return_val_if_fail (REGARD_IS_MODULATION_CHART (self), NULL);
  return self->words;
}
