#include "app/collected.h"

#include <glib/gi18n.h>

struct _RegardCollected
{
  GObject parent_instance;

  vqa_collected *result;
  GdkTexture *texture;
};

enum
{
  PROP_TEXTURE = 1,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (RegardCollected, regard_collected, G_TYPE_OBJECT)

static void
regard_collected_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_TEXTURE)
    g_value_set_object (value, REGARD_COLLECTED (object)->texture);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
regard_collected_finalize (GObject *object)
{
  RegardCollected *self = REGARD_COLLECTED (object);

  vqa_collected_free (self->result);
  g_clear_object (&self->texture);
  G_OBJECT_CLASS (regard_collected_parent_class)->finalize (object);
}

static void
regard_collected_class_init (RegardCollectedClass *klass)
{
  G_OBJECT_CLASS (klass)->get_property = regard_collected_get_property;
  G_OBJECT_CLASS (klass)->finalize = regard_collected_finalize;
  properties[PROP_TEXTURE] = g_param_spec_object ("texture", NULL, NULL, GDK_TYPE_TEXTURE,
                                                  G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (G_OBJECT_CLASS (klass), N_PROPS, properties);
}

static void
regard_collected_init (RegardCollected *self)
{
}

RegardCollected *
regard_collected_new (vqa_collected *result, GdkTexture *texture)
{
  RegardCollected *self = g_object_new (REGARD_TYPE_COLLECTED, NULL);

  self->result = result;
  g_set_object (&self->texture, texture);
  return self;
}

const vqa_collected *
regard_collected_get (RegardCollected *self)
{
  g_return_val_if_fail (REGARD_IS_COLLECTED (self), NULL);
  return self->result;
}

GdkTexture *
regard_collected_get_texture (RegardCollected *self)
{
  g_return_val_if_fail (REGARD_IS_COLLECTED (self), NULL);
  return self->texture;
}

void
regard_collected_set_texture (RegardCollected *self, GdkTexture *texture)
{
  g_return_if_fail (REGARD_IS_COLLECTED (self));
  if (g_set_object (&self->texture, texture))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TEXTURE]);
}

char *
regard_collected_describe (RegardCollected *self)
{
  const vqa_collected *p = self->result;

  if (p->error)
    return g_strdup (p->error);
  /* Translators: an answer, and how probable it is */
  return g_strdup_printf (p->confident ? _ ("%s, %.1f %%") : _ ("%s, %.1f %%, not sure"), p->answer,
                          100 * p->probability);
}
