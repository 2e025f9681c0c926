#include "app/correction.h"

#include <glib/gi18n.h>

struct _RegardCorrection
{
  GtkWidget parent_instance;

  /* Template widgets */
  GtkListBox *answers;
  GtkMenuButton *button;
  GtkWidget *content;
  GtkWidget *correct_button;
  GtkEditable *entry;
  GtkWidget *icon;
  GtkPopover *popover;
  GtkWidget *remove_button;
  GtkLabel *right_label;

  /* Owned references */
  RegardQuestion *question;
};

enum
{
  SIGNAL_CORRECT,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (RegardCorrection, regard_correction, GTK_TYPE_WIDGET)

static void
say (RegardCorrection *self, const char *answer)
{
  gtk_popover_popdown (self->popover);
  g_signal_emit (self, signals[SIGNAL_CORRECT], 0, answer);
}

static void
picked_cb (RegardCorrection *self, GtkListBoxRow *row)
{
  g_autofree char *answer
      = g_strdup (gtk_label_get_text (GTK_LABEL (gtk_list_box_row_get_child (row))));

  say (self, answer);
}

static void
typed_cb (RegardCorrection *self)
{
  g_autofree char *answer = g_strstrip (g_strdup (gtk_editable_get_text (self->entry)));

  if (*answer)
    say (self, answer);
}

static void
remove_cb (RegardCorrection *self)
{
  say (self, NULL);
}

static void
changed_cb (RegardCorrection *self)
{
  g_autofree char *answer = g_strstrip (g_strdup (gtk_editable_get_text (self->entry)));

  gtk_widget_set_sensitive (self->correct_button, *answer != '\0');
}

/* The answers that are left when the best one is wrong. */
static void
fill_answers (RegardCorrection *self)
{
  const vqa_reply *reply = regard_question_get_reply (self->question);
  GtkWidget *row;

  while ((row = gtk_widget_get_first_child (GTK_WIDGET (self->answers))))
    gtk_list_box_remove (self->answers, row);
  for (guint i = 1; i < reply->n_answers; i++)
    {
      GtkWidget *label = gtk_label_new (reply->answers[i].answer);

      gtk_label_set_xalign (GTK_LABEL (label), 0);
      gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
      row = gtk_list_box_row_new ();
      gtk_widget_add_css_class (row, "pick");
      gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), label);
      gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                      reply->answers[i].answer, -1);
      gtk_list_box_append (self->answers, row);
    }
  gtk_widget_set_visible (GTK_WIDGET (self->answers), reply->n_answers > 1);
}

static void
shown_cb (RegardCorrection *self)
{
  const char *correction = regard_question_get_correction (self->question);

  gtk_editable_set_text (self->entry, correction ? correction : "");
  changed_cb (self);
  gtk_widget_set_visible (self->remove_button, correction != NULL);
  gtk_widget_grab_focus (GTK_WIDGET (self->entry));
}

static void
update (RegardCorrection *self)
{
  const char *correction = self->question ? regard_question_get_correction (self->question) : NULL;
  g_autofree char *text = correction ? g_strdup_printf (_ ("You said: “%s”"), correction) : NULL;
  const char *label = correction ? _ ("Change…") : _ ("That’s Wrong…");

  gtk_label_set_text (self->right_label, text ? text : "");
  gtk_widget_set_visible (self->icon, correction != NULL);
  gtk_menu_button_set_label (self->button, label);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  label, -1);
  gtk_widget_set_visible (GTK_WIDGET (self),
                          self->question && regard_question_get_id (self->question) != 0);
}

void
regard_correction_set_question (RegardCorrection *self, RegardQuestion *question)
{
  g_return_if_fail (REGARD_IS_CORRECTION (self));
  if (self->question)
    g_signal_handlers_disconnect_by_func (self->question, update, self);
  g_set_object (&self->question, question);
  gtk_popover_popdown (self->popover);
  if (question)
    {
      g_signal_connect_object (question, "notify::correction", G_CALLBACK (update), self,
                               G_CONNECT_SWAPPED);
      fill_answers (self);
    }
  update (self);
}

void
regard_correction_begin (RegardCorrection *self)
{
  g_return_if_fail (REGARD_IS_CORRECTION (self));
  if (gtk_widget_get_visible (GTK_WIDGET (self)))
    gtk_menu_button_popup (self->button);
}

static void
regard_correction_dispose (GObject *object)
{
  RegardCorrection *self = REGARD_CORRECTION (object);

  if (self->question)
    g_signal_handlers_disconnect_by_func (self->question, update, self);
  g_clear_object (&self->question);
  g_clear_pointer (&self->content, gtk_widget_unparent);
  G_OBJECT_CLASS (regard_correction_parent_class)->dispose (object);
}

static void
regard_correction_class_init (RegardCorrectionClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = regard_correction_dispose;
  signals[SIGNAL_CORRECT] = g_signal_new ("correct", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                                          0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/regard/Regard/ui/correction.ui");
  gtk_widget_class_bind_template_child (widget_class, RegardCorrection, answers);
  gtk_widget_class_bind_template_child (widget_class, RegardCorrection, button);
  gtk_widget_class_bind_template_child (widget_class, RegardCorrection, content);
  gtk_widget_class_bind_template_child (widget_class, RegardCorrection, correct_button);
  gtk_widget_class_bind_template_child (widget_class, RegardCorrection, entry);
  gtk_widget_class_bind_template_child (widget_class, RegardCorrection, icon);
  gtk_widget_class_bind_template_child (widget_class, RegardCorrection, popover);
  gtk_widget_class_bind_template_child (widget_class, RegardCorrection, remove_button);
  gtk_widget_class_bind_template_child (widget_class, RegardCorrection, right_label);
  gtk_widget_class_bind_template_callback (widget_class, changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, picked_cb);
  gtk_widget_class_bind_template_callback (widget_class, remove_cb);
  gtk_widget_class_bind_template_callback (widget_class, shown_cb);
  gtk_widget_class_bind_template_callback (widget_class, typed_cb);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
}

static void
regard_correction_init (RegardCorrection *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  update (self);
}
