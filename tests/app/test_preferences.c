/* Preferences: what they hold, what changes with them, and that they outlive the program. */
#include "tests/app/rig.h"
#include "tests/app/stage.h"

#include "app/preferences-window.h"

#include <criterion/criterion.h>
#include <math.h>

TestSuite (preferences, .init = rig_open_screen, .fini = rig_close, .timeout = 120);

/* sRGB's luminance, near enough. */
static double
brightness (const guint8 rgb[3])
{
  return 0.2126 * pow (rgb[0] / 255.0, 2.2) + 0.7152 * pow (rgb[1] / 255.0, 2.2)
         + 0.0722 * pow (rgb[2] / 255.0, 2.2);
}

Test (preferences, every_palette_grows_brighter)
{
  for (int p = 0; p < REGARD_N_PALETTES; p++)
    {
      guint8 rgb[3], end[3];
      double before = -1;

      for (int i = 0; i <= 64; i++)
        {
          regard_palette_colour ((RegardPalette)p, (float)i / 64, rgb);
          cr_assert_gt (brightness (rgb), before, "palette %d at %d", p, i);
          before = brightness (rgb);
        }
      regard_palette_colour ((RegardPalette)p, 3, end);
      cr_assert_arr_eq (end, rgb, 3);
      regard_palette_colour ((RegardPalette)p, 0, rgb);
      regard_palette_colour ((RegardPalette)p, NAN, end);
      cr_assert_arr_eq (end, rgb, 3);
    }
}

Test (preferences, the_schema_is_found_and_has_the_defaults)
{
  RegardPreferences *preferences = regard_preferences_get ();
  GObjectClass *klass = G_OBJECT_GET_CLASS (preferences);
  guint n;
  g_autofree GParamSpec **properties = g_object_class_list_properties (klass, &n);

  cr_assert (regard_preferences_are_kept (preferences));
  cr_assert_eq (n, 11);
  for (guint i = 0; i < n; i++)
    {
      g_auto (GValue) value = G_VALUE_INIT;

      g_object_get_property (G_OBJECT (preferences), properties[i]->name, &value);
      cr_assert (g_param_value_defaults (properties[i], &value),
                 "the schema's default of %s is not the program's", properties[i]->name);
    }
}

/* As in a broken installation: an empty folder of schemas. */
Test (preferences, without_a_schema_there_are_defaults)
{
  RegardPreferences *preferences;

  g_setenv ("GSETTINGS_SCHEMA_DIR", rig_folder (), TRUE);
  g_setenv ("XDG_DATA_DIRS", rig_folder (), TRUE);
  preferences = regard_preferences_get ();
  cr_assert_not (regard_preferences_are_kept (preferences));
  cr_assert_eq (regard_preferences_get_answers (preferences), 5);
  g_object_set (preferences, "answers", 7, NULL);
  cr_assert_eq (regard_preferences_get_answers (preferences), 7);
}

static GtkWidget *
find (GtkWidget *widget, GType type, guint *skip)
{
  GtkWidget *found = NULL;

  if (g_type_is_a (G_OBJECT_TYPE (widget), type) && (*skip)-- == 0)
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child && !found;
       child = gtk_widget_get_next_sibling (child))
    found = find (child, type, skip);
  return found;
}

Test (preferences, the_window_changes_them)
{
  RegardPreferences *preferences;
  GtkWidget *window, *row, *spin;
  double opacity;
  guint first = 0, second = 0;

  stage_start_gtk ();
  preferences = regard_preferences_get ();
  window = regard_preferences_window_new (preferences, NULL);
  gtk_window_present (GTK_WINDOW (window));
  spin = find (window, GTK_TYPE_SPIN_BUTTON, &first);
  row = find (window, ADW_TYPE_COMBO_ROW, &second);
  cr_assert (spin && row);
  gtk_spin_button_set_value (GTK_SPIN_BUTTON (spin), 3);
  cr_assert_eq (regard_preferences_get_answers (preferences), 3);
  adw_combo_row_set_selected (ADW_COMBO_ROW (row), REGARD_PALETTE_CIVIDIS);
  cr_assert_eq (regard_preferences_get_map_style ().palette, REGARD_PALETTE_CIVIDIS);
  g_object_set (preferences, "palette", REGARD_PALETTE_GREY, "evidence-opacity", 0.3, NULL);
  cr_assert_eq (adw_combo_row_get_selected (ADW_COMBO_ROW (row)), REGARD_PALETTE_GREY);
  g_object_get (preferences, "evidence-opacity", &opacity, NULL);
  cr_assert_float_eq (opacity, 0.3, 1e-9);
  cr_assert_not (stage_says (window, "schema is missing"));
  gtk_window_destroy (GTK_WINDOW (window));
}
