#include "app/answer-row.h"

#include "app/question.h"

#include <glib/gi18n.h>

struct _RegardAnswerRow
{
  GtkListBoxRow parent_instance;

  /* Template widgets */
  GtkLabel *answer_label;
  GtkLabel *percent_label;
  GtkLevelBar *bar;
};

G_DEFINE_FINAL_TYPE (RegardAnswerRow, regard_answer_row, GTK_TYPE_LIST_BOX_ROW)

static void
regard_answer_row_class_init (RegardAnswerRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  gtk_widget_class_set_template_from_resource (widget_class, "/org/regard/Regard/ui/answer-row.ui");
  gtk_widget_class_bind_template_child (widget_class, RegardAnswerRow, answer_label);
  gtk_widget_class_bind_template_child (widget_class, RegardAnswerRow, bar);
  gtk_widget_class_bind_template_child (widget_class, RegardAnswerRow, percent_label);
}

static void
regard_answer_row_init (RegardAnswerRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
regard_answer_row_new (const char *answer, double probability)
{
  RegardAnswerRow *self = g_object_new (REGARD_TYPE_ANSWER_ROW, NULL);
  g_autofree char *percent = regard_format_percent (probability);
  g_autofree char *spoken = g_strdup_printf ("%s, %s", answer, percent);

  gtk_label_set_text (self->answer_label, answer);
  gtk_label_set_text (self->percent_label, percent);
  gtk_level_bar_set_value (self->bar, CLAMP (probability, 0, 1));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken,
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  _ ("Shows the evidence for this answer"), -1);
  return GTK_WIDGET (self);
}

const char *
regard_answer_row_get_answer (RegardAnswerRow *self)
{
  g_return_val_if_fail (REGARD_IS_ANSWER_ROW (self), NULL);
  return gtk_label_get_text (self->answer_label);
}
