#include "app/question-row.h"

#include <glib/gi18n.h>

struct _RegardQuestionRow
{
  GtkListBoxRow parent_instance;

  /* Template widgets */
  GtkLabel *question_label;
  GtkLabel *answer_label;
  GtkWidget *part_image;

  /* Owned references */
  RegardQuestion *question;
};

G_DEFINE_FINAL_TYPE (RegardQuestionRow, regard_question_row, GTK_TYPE_LIST_BOX_ROW)

static void
regard_question_row_dispose (GObject *object)
{
  RegardQuestionRow *self = REGARD_QUESTION_ROW (object);

  g_clear_object (&self->question);
  G_OBJECT_CLASS (regard_question_row_parent_class)->dispose (object);
}

static void
regard_question_row_class_init (RegardQuestionRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = regard_question_row_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/regard/Regard/ui/question-row.ui");
  gtk_widget_class_bind_template_child (widget_class, RegardQuestionRow, answer_label);
  gtk_widget_class_bind_template_child (widget_class, RegardQuestionRow, question_label);
  gtk_widget_class_bind_template_child (widget_class, RegardQuestionRow, part_image);
}

static void
regard_question_row_init (RegardQuestionRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

static void
update (RegardQuestionRow *self)
{
  const vqa_reply *reply = regard_question_get_reply (self->question);
  const char *correction = regard_question_get_correction (self->question);
  const char *text = regard_question_get_text (self->question);
  gboolean part = regard_question_get_part (self->question)->width > 0;
  g_autofree char *answer = NULL, *spoken = NULL;

  if (correction)
    answer = g_strdup_printf ("\u2192 %s", correction);
  else if (reply->n_answers == 0)
    answer = g_strdup (_ ("no answer"));
  else if (reply->confident)
    answer = g_strdup (reply->answers[0].answer);
  else
    answer = g_strdup_printf ("%s?", reply->answers[0].answer);
  spoken = correction ? g_strdup_printf (_ ("%s corrected to %s"), text, correction)
                      : g_strdup_printf ("%s %s", text, answer);
  gtk_label_set_text (self->question_label, text);
  gtk_widget_set_visible (self->part_image, part);
  gtk_label_set_text (self->answer_label, answer);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken,
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  part ? _ ("Asked about a part; shows the part and the answers "
                                            "again")
                                       : _ ("Shows this question’s answers again"),
                                  -1);
}

GtkWidget *
regard_question_row_new (RegardQuestion *question)
{
  RegardQuestionRow *self = g_object_new (REGARD_TYPE_QUESTION_ROW, NULL);

  self->question = g_object_ref (question);
  g_signal_connect_object (question, "notify::correction", G_CALLBACK (update), self,
                           G_CONNECT_SWAPPED);
  update (self);
  return GTK_WIDGET (self);
}

RegardQuestion *
regard_question_row_get_question (RegardQuestionRow *self)
{
  g_return_val_if_fail (REGARD_IS_QUESTION_ROW (self), NULL);
  return self->question;
}
