#include "app/preferences-window.h"

#include "app/legend.h"

struct _RegardPreferencesWindow
{
  AdwPreferencesWindow parent_instance;

  /* Template widgets */
  GtkAdjustment *answers;
  GtkAdjustment *opacity;
  GtkSwitch *evidence_switch;
  AdwComboRow *palette_row;
  GtkSwitch *private_switch;
  GtkWidget *unkept_group;
};

G_DEFINE_FINAL_TYPE (RegardPreferencesWindow, regard_preferences_window,
                     ADW_TYPE_PREFERENCES_WINDOW)

/* The rows stand in the order of RegardPalette. */
static gboolean
row_of (GBinding *binding, const GValue *palette, GValue *selected, gpointer data)
{
  g_value_set_uint (selected, (guint)g_value_get_enum (palette));
  return TRUE;
}

static gboolean
palette_of (GBinding *binding, const GValue *selected, GValue *palette, gpointer data)
{
  guint row = g_value_get_uint (selected);

  if (row >= REGARD_N_PALETTES)
    return FALSE;
  g_value_set_enum (palette, (int)row);
  return TRUE;
}

static void
regard_preferences_window_class_init (RegardPreferencesWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (REGARD_TYPE_LEGEND);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/regard/Regard/ui/preferences-window.ui");
  gtk_widget_class_bind_template_child (widget_class, RegardPreferencesWindow, answers);
  gtk_widget_class_bind_template_child (widget_class, RegardPreferencesWindow, evidence_switch);
  gtk_widget_class_bind_template_child (widget_class, RegardPreferencesWindow, opacity);
  gtk_widget_class_bind_template_child (widget_class, RegardPreferencesWindow, palette_row);
  gtk_widget_class_bind_template_child (widget_class, RegardPreferencesWindow, private_switch);
  gtk_widget_class_bind_template_child (widget_class, RegardPreferencesWindow, unkept_group);
}

static void
regard_preferences_window_init (RegardPreferencesWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
regard_preferences_window_new (RegardPreferences *preferences, GtkWindow *parent)
{
  GBindingFlags both = G_BINDING_SYNC_CREATE | G_BINDING_BIDIRECTIONAL;
  RegardPreferencesWindow *self
      = g_object_new (REGARD_TYPE_PREFERENCES_WINDOW, "transient-for", parent, NULL);

  g_object_bind_property (preferences, "answers", self->answers, "value", both);
  g_object_bind_property (preferences, "show-evidence", self->evidence_switch, "active", both);
  g_object_bind_property (preferences, "evidence-opacity", self->opacity, "value", both);
  g_object_bind_property_full (preferences, "palette", self->palette_row, "selected", both, row_of,
                               palette_of, NULL, NULL);
  g_object_bind_property (preferences, "start-private", self->private_switch, "active", both);
  gtk_widget_set_visible (self->unkept_group, !regard_preferences_are_kept (preferences));
  return GTK_WIDGET (self);
}
