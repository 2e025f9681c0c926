#include "app/entry.h"

#include <glib/gi18n.h>

struct _RegardEntry
{
  GObject parent_instance;

  gint64 moment;
  gboolean selected;
  vqa_entry *entry;
  GdkTexture *texture;
};

enum
{
  SIGNAL_CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (RegardEntry, regard_entry, G_TYPE_OBJECT)

static void
regard_entry_finalize (GObject *object)
{
  RegardEntry *self = REGARD_ENTRY (object);

  vqa_entry_free (self->entry);
  g_clear_object (&self->texture);
  G_OBJECT_CLASS (regard_entry_parent_class)->finalize (object);
}

static void
regard_entry_class_init (RegardEntryClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = regard_entry_finalize;
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                                          0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
regard_entry_init (RegardEntry *self)
{
}

RegardEntry *
regard_entry_new (gint64 moment)
{
  RegardEntry *self = g_object_new (REGARD_TYPE_ENTRY, NULL);

  self->moment = moment;
  return self;
}

gint64
regard_entry_get_moment (RegardEntry *self)
{
  g_return_val_if_fail (REGARD_IS_ENTRY (self), 0);
  return self->moment;
}

const vqa_entry *
regard_entry_get (RegardEntry *self)
{
  g_return_val_if_fail (REGARD_IS_ENTRY (self), NULL);
  return self->entry;
}

GdkTexture *
regard_entry_get_texture (RegardEntry *self)
{
  g_return_val_if_fail (REGARD_IS_ENTRY (self), NULL);
  return self->texture;
}

void
regard_entry_fill (RegardEntry *self, vqa_entry *entry, GdkTexture *texture)
{
  g_return_if_fail (REGARD_IS_ENTRY (self) && entry);
  vqa_entry_free (self->entry);
  self->entry = entry;
  g_set_object (&self->texture, texture);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

gboolean
regard_entry_get_selected (RegardEntry *self)
{
  g_return_val_if_fail (REGARD_IS_ENTRY (self), FALSE);
  return self->selected;
}

void
regard_entry_set_selected (RegardEntry *self, gboolean selected)
{
  g_return_if_fail (REGARD_IS_ENTRY (self));
  if (self->selected == !!selected)
    return;
  self->selected = !!selected;
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

char *
regard_format_moment (gint64 moment)
{
  g_autoptr (GDateTime) then = g_date_time_new_from_unix_local (moment / G_USEC_PER_SEC);
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autoptr (GDateTime) yesterday = g_date_time_add_days (now, -1);

  if (!then)
    return g_strdup ("");
  if (g_date_time_get_day_of_year (then) == g_date_time_get_day_of_year (now)
      && g_date_time_get_year (then) == g_date_time_get_year (now))
    return g_date_time_format (then, _ ("Today, %H:%M"));
  if (g_date_time_get_day_of_year (then) == g_date_time_get_day_of_year (yesterday)
      && g_date_time_get_year (then) == g_date_time_get_year (yesterday))
    return g_date_time_format (then, _ ("Yesterday, %H:%M"));
  return g_date_time_format (then, _ ("%-d %B %Y"));
}
