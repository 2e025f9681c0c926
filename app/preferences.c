#include "app/preferences.h"

#include "app/program.h"

#include <string.h>

#define SCHEMA      "org.regard.Regard"
#define ANSWERS     5
#define ANSWERS_MAX 10
#define WIDTH       1080
#define HEIGHT      720

struct _RegardPreferences
{
  GObject parent_instance;

  GSettings *settings; /* NULL without a schema */
  guint answers;
  gboolean show_evidence;
  double evidence_opacity;
  gboolean start_private;
  int window_width, window_height;
  gboolean window_maximized;
};

enum
{
  PROP_0,
  PROP_ANSWERS,
  PROP_SHOW_EVIDENCE,
  PROP_EVIDENCE_OPACITY,
  PROP_PALETTE,
  PROP_EVIDENCE_THRESHOLD,
  PROP_EVIDENCE_GRID,
  PROP_EVIDENCE_BRIGHTNESS,
  PROP_START_PRIVATE,
  PROP_WINDOW_WIDTH,
  PROP_WINDOW_HEIGHT,
  PROP_WINDOW_MAXIMIZED,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

static guint style_changed; /* the signal */

/* Read while maps are painted, in another thread. */
static RegardMapStyle style;
static GMutex style_lock;

G_DEFINE_FINAL_TYPE (RegardPreferences, regard_preferences, G_TYPE_OBJECT)

static void
regard_preferences_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  RegardPreferences *self = REGARD_PREFERENCES (object);

  switch (id)
    {
    case PROP_ANSWERS:
      g_value_set_int (value, (int)self->answers);
      break;
    case PROP_SHOW_EVIDENCE:
      g_value_set_boolean (value, self->show_evidence);
      break;
    case PROP_EVIDENCE_OPACITY:
      g_value_set_double (value, self->evidence_opacity);
      break;
    case PROP_PALETTE:
      g_value_set_enum (value, (int)style.palette);
      break;
    case PROP_EVIDENCE_THRESHOLD:
      g_value_set_double (value, (double)style.threshold);
      break;
    case PROP_EVIDENCE_GRID:
      g_value_set_boolean (value, style.grid);
      break;
    case PROP_EVIDENCE_BRIGHTNESS:
      g_value_set_boolean (value, style.brightness);
      break;
    case PROP_START_PRIVATE:
      g_value_set_boolean (value, self->start_private);
      break;
    case PROP_WINDOW_WIDTH:
      g_value_set_int (value, self->window_width);
      break;
    case PROP_WINDOW_HEIGHT:
      g_value_set_int (value, self->window_height);
      break;
    case PROP_WINDOW_MAXIMIZED:
      g_value_set_boolean (value, self->window_maximized);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
set_style (RegardPreferences *self, guint id, const GValue *value)
{
  g_mutex_lock (&style_lock);
  if (id == PROP_PALETTE)
    style.palette = (RegardPalette)g_value_get_enum (value);
  else if (id == PROP_EVIDENCE_THRESHOLD)
    style.threshold = (float)g_value_get_double (value);
  else if (id == PROP_EVIDENCE_GRID)
    style.grid = g_value_get_boolean (value);
  else
    style.brightness = g_value_get_boolean (value);
  g_mutex_unlock (&style_lock);
  g_signal_emit (self, style_changed, 0);
}

static void
regard_preferences_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  RegardPreferences *self = REGARD_PREFERENCES (object);

  switch (id)
    {
    case PROP_ANSWERS:
      self->answers = (guint)g_value_get_int (value);
      break;
    case PROP_SHOW_EVIDENCE:
      self->show_evidence = g_value_get_boolean (value);
      break;
    case PROP_EVIDENCE_OPACITY:
      self->evidence_opacity = g_value_get_double (value);
      break;
    case PROP_PALETTE:
    case PROP_EVIDENCE_THRESHOLD:
    case PROP_EVIDENCE_GRID:
    case PROP_EVIDENCE_BRIGHTNESS:
      set_style (self, id, value);
      break;
    case PROP_START_PRIVATE:
      self->start_private = g_value_get_boolean (value);
      break;
    case PROP_WINDOW_WIDTH:
      self->window_width = g_value_get_int (value);
      break;
    case PROP_WINDOW_HEIGHT:
      self->window_height = g_value_get_int (value);
      break;
    case PROP_WINDOW_MAXIMIZED:
      self->window_maximized = g_value_get_boolean (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
regard_preferences_dispose (GObject *object)
{
  g_clear_object (&REGARD_PREFERENCES (object)->settings);
  G_OBJECT_CLASS (regard_preferences_parent_class)->dispose (object);
}

static void
regard_preferences_class_init (RegardPreferencesClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;

  object_class->dispose = regard_preferences_dispose;
  object_class->get_property = regard_preferences_get_property;
  object_class->set_property = regard_preferences_set_property;
  properties[PROP_ANSWERS]
      = g_param_spec_int ("answers", NULL, NULL, 1, ANSWERS_MAX, ANSWERS, flags);
  properties[PROP_SHOW_EVIDENCE] = g_param_spec_boolean ("show-evidence", NULL, NULL, TRUE, flags);
  properties[PROP_EVIDENCE_OPACITY]
      = g_param_spec_double ("evidence-opacity", NULL, NULL, 0, 1, 0.8, flags);
  properties[PROP_PALETTE] = g_param_spec_enum ("palette", NULL, NULL, REGARD_TYPE_PALETTE,
                                                REGARD_PALETTE_EMBERS, flags);
  properties[PROP_EVIDENCE_THRESHOLD]
      = g_param_spec_double ("evidence-threshold", NULL, NULL, 0, 1, 0, flags);
  properties[PROP_EVIDENCE_GRID] = g_param_spec_boolean ("evidence-grid", NULL, NULL, FALSE, flags);
  properties[PROP_EVIDENCE_BRIGHTNESS]
      = g_param_spec_boolean ("evidence-brightness", NULL, NULL, FALSE, flags);
  properties[PROP_START_PRIVATE] = g_param_spec_boolean ("start-private", NULL, NULL, FALSE, flags);
  properties[PROP_WINDOW_WIDTH]
      = g_param_spec_int ("window-width", NULL, NULL, -1, G_MAXINT, WIDTH, flags);
  properties[PROP_WINDOW_HEIGHT]
      = g_param_spec_int ("window-height", NULL, NULL, -1, G_MAXINT, HEIGHT, flags);
  properties[PROP_WINDOW_MAXIMIZED]
      = g_param_spec_boolean ("window-maximized", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  style_changed = g_signal_new ("map-style-changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                                0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static GSettingsSchema *
look_up_in (const char *folder)
{
  g_autoptr (GSettingsSchemaSource) source = NULL;

  source = g_settings_schema_source_new_from_directory (
      folder, g_settings_schema_source_get_default (), FALSE, NULL);
  return source ? g_settings_schema_source_lookup (source, SCHEMA, FALSE) : NULL;
}

/* Beside the program first: it may be installed where GSettings does not look, and an older one
 * where it does. GSettings itself would end the program when there is none. */
static GSettingsSchema *
find_schema (void)
{
  GSettingsSchemaSource *source = g_settings_schema_source_get_default ();
  g_autofree char *folder = regard_program_folder ("assets", "share/glib-2.0/schemas");
  GSettingsSchema *schema = NULL;

  if (folder && !g_getenv ("GSETTINGS_SCHEMA_DIR"))
    schema = look_up_in (folder);
  if (!schema && source)
    schema = g_settings_schema_source_lookup (source, SCHEMA, TRUE);
  return schema;
}

static void
regard_preferences_init (RegardPreferences *self)
{
  g_autoptr (GSettingsSchema) schema = find_schema ();

  if (schema)
    self->settings = g_settings_new_full (schema, NULL, NULL);
  for (guint i = PROP_0 + 1; i < N_PROPS; i++)
    {
      const char *name = properties[i]->name;

      /* A schema that is older than the program may lack a key. */
      if (schema && g_settings_schema_has_key (schema, name))
        g_settings_bind (self->settings, name, self, name, G_SETTINGS_BIND_DEFAULT);
      else
        g_object_set_property (G_OBJECT (self), name,
                               g_param_spec_get_default_value (properties[i]));
    }
}

RegardPreferences *
regard_preferences_get (void)
{
  static RegardPreferences *preferences;

  if (!preferences)
    preferences = g_object_new (REGARD_TYPE_PREFERENCES, NULL);
  return preferences;
}

gboolean
regard_preferences_are_kept (RegardPreferences *self)
{
  g_return_val_if_fail (REGARD_IS_PREFERENCES (self), FALSE);
  return self->settings != NULL;
}

guint
regard_preferences_get_answers (RegardPreferences *self)
{
  g_return_val_if_fail (REGARD_IS_PREFERENCES (self), ANSWERS);
  return self->answers;
}

RegardMapStyle
regard_preferences_get_map_style (void)
{
  RegardMapStyle now;

  g_mutex_lock (&style_lock);
  now = style;
  g_mutex_unlock (&style_lock);
  return now;
}
