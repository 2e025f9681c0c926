#include "app/question.h"

struct _RegardQuestion
{
  GObject parent_instance;

  char *text;
  vqa_reply *reply;
};

G_DEFINE_FINAL_TYPE (RegardQuestion, regard_question, G_TYPE_OBJECT)

static void
regard_question_finalize (GObject *object)
{
  RegardQuestion *self = REGARD_QUESTION (object);

  g_free (self->text);
  g_clear_pointer (&self->reply, vqa_reply_free);
  G_OBJECT_CLASS (regard_question_parent_class)->finalize (object);
}

static void
regard_question_class_init (RegardQuestionClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = regard_question_finalize;
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

char *
regard_format_percent (double probability)
{
  /* No-break spaces (U+00A0) keep number and signs together. */
  if (probability > 0 && probability < 0.0005)
    return g_strdup ("<\u00a00.1\u00a0%");
  return g_strdup_printf ("%.1f\u00a0%%", 100 * CLAMP (probability, 0, 1));
}
