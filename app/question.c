#include "app/question.h"

struct _RegardQuestion
{
  GObject parent_instance;

  char *text;
  vqa_reply *reply;
  vqa_region part;
  gint64 id;
  char *correction;
};

enum
{
  PROP_0,
  PROP_CORRECTION,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (RegardQuestion, regard_question, G_TYPE_OBJECT)

static void
regard_question_finalize (GObject *object)
{
  RegardQuestion *self = REGARD_QUESTION (object);

  g_free (self->text);
  g_clear_pointer (&self->reply, vqa_reply_free);
  g_free (self->correction);
  G_OBJECT_CLASS (regard_question_parent_class)->finalize (object);
}

static void
regard_question_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_CORRECTION)
    g_value_set_string (value, REGARD_QUESTION (object)->correction);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
regard_question_class_init (RegardQuestionClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = regard_question_finalize;
  object_class->get_property = regard_question_get_property;
  properties[PROP_CORRECTION] = g_param_spec_string ("correction", NULL, NULL, NULL,
                                                     G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
regard_question_init (RegardQuestion *self)
{
}

RegardQuestion *
regard_question_new (const char *text, vqa_reply *reply)
{
  RegardQuestion *self;

  g_return_val_if_fail (text && reply, NULL);
  self = g_object_new (REGARD_TYPE_QUESTION, NULL);
  self->text = g_strdup (text);
  self->reply = reply;
  return self;
}

const char *
regard_question_get_text (RegardQuestion *self)
{
  g_return_val_if_fail (REGARD_IS_QUESTION (self), NULL);
  return self->text;
}

const vqa_reply *
regard_question_get_reply (RegardQuestion *self)
{
  g_return_val_if_fail (REGARD_IS_QUESTION (self), NULL);
  return self->reply;
}

const vqa_region *
regard_question_get_part (RegardQuestion *self)
{
  g_return_val_if_fail (REGARD_IS_QUESTION (self), NULL);
  return &self->part;
}

void
regard_question_set_part (RegardQuestion *self, const vqa_region *part)
{
  g_return_if_fail (REGARD_IS_QUESTION (self) && part);
  self->part = *part;
}

gint64
regard_question_get_id (RegardQuestion *self)
{
  g_return_val_if_fail (REGARD_IS_QUESTION (self), 0);
  return self->id;
}

void
regard_question_set_id (RegardQuestion *self, gint64 id)
{
  g_return_if_fail (REGARD_IS_QUESTION (self));
  self->id = id;
}

const char *
regard_question_get_correction (RegardQuestion *self)
{
  g_return_val_if_fail (REGARD_IS_QUESTION (self), NULL);
  return self->correction;
}

void
regard_question_set_correction (RegardQuestion *self, const char *answer)
{
  g_return_if_fail (REGARD_IS_QUESTION (self));
  if (g_strcmp0 (self->correction, answer) == 0)
    return;
  g_free (self->correction);
  self->correction = g_strdup (answer);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CORRECTION]);
}

char *
regard_format_percent (double probability)
{
  /* No-break spaces (U+00A0) keep number and signs together. */
  if (probability > 0 && probability < 0.0005)
    return g_strdup ("<\u00a00.1\u00a0%");
  return g_strdup_printf ("%.1f\u00a0%%", 100 * CLAMP (probability, 0, 1));
}
