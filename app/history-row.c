#include "app/history-row.h"

#include "app/question.h"

#include <glib/gi18n.h>

struct _RegardHistoryRow
{
  GtkWidget parent_instance;

  /* Template widgets */
  GtkLabel *about_label;
  GtkLabel *answer_label;
  GtkCheckButton *check;
  GtkWidget *content;
  GtkLabel *correction_label;
  GtkWidget *delete_button;
  GtkLabel *percent_label;
  GtkPicture *picture;
  GtkToggleButton *pin_button;
  GtkLabel *question_label;

  /* Owned references */
  RegardEntry *entry;
};

enum
{
  SIGNAL_PIN,
  SIGNAL_DELETE,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (RegardHistoryRow, regard_history_row, GTK_TYPE_WIDGET)

static void
set_name (gpointer widget, const char *name)
{
  gtk_accessible_update_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

/* What a screen reader says of the line and of its controls, which look the same in every line. */
static void
name_controls (RegardHistoryRow *self, const vqa_store_question *q, const char *answer)
{
  g_autofree char *line = q->correction ? g_strdup_printf (_ ("%s %s, corrected to %s"), q->text,
                                                           answer, q->correction)
                                        : g_strdup_printf ("%s %s", q->text, answer);
  g_autofree char *pin = g_strdup_printf (q->pinned ? _ ("Unpin: %s") : _ ("Pin: %s"), q->text);
  g_autofree char *delete = g_strdup_printf (_ ("Delete: %s"), q->text);
  g_autofree char *select = g_strdup_printf (_ ("Select: %s"), q->text);
  GtkWidget *cell = gtk_widget_get_parent (GTK_WIDGET (self));

  set_name (self->pin_button, pin);
  set_name (self->delete_button, delete);
  set_name (self->check, select);
  set_name (self, line);
  if (cell)
    set_name (cell, line);
}

static void
fill (RegardHistoryRow *self, const vqa_entry *e)
{
  const vqa_store_question *q = e->question;
  const vqa_reply *r = q->reply;
  const char *answer = r->n_answers > 0 ? r->answers[0].answer : _ ("No answer");
  g_autofree char *when = regard_format_moment (q->asked);
  g_autofree char *where
      /* Translators: of a photograph, whose file name follows. */
      = q->part.width > 0 ? g_strdup_printf (_ ("a part of %s"), e->picture->title)
                          : g_strdup (e->picture->title);
  g_autofree char *about = g_strjoin (" · ", where, q->model_name, when, NULL);
  g_autofree char *right = q->correction ? g_strconcat ("→ ", q->correction, NULL) : NULL;
  g_autofree char *percent
      = r->n_answers > 0 ? regard_format_percent (r->answers[0].probability) : NULL;

  gtk_label_set_text (self->question_label, q->text);
  gtk_label_set_text (self->answer_label, answer);
  gtk_label_set_text (self->percent_label, percent ? percent : "");
  gtk_label_set_text (self->correction_label, right ? right : "");
  gtk_widget_set_visible (GTK_WIDGET (self->correction_label), right != NULL);
  if (right)
    gtk_widget_add_css_class (GTK_WIDGET (self->answer_label), "wrong");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->answer_label), "wrong");
  gtk_label_set_text (self->about_label, about);
  gtk_toggle_button_set_active (self->pin_button, q->pinned);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->pin_button), q->pinned ? _ ("Unpin") : _ ("Pin"));
  name_controls (self, q, answer);
}

static void
update (RegardHistoryRow *self)
{
  const vqa_entry *e = self->entry ? regard_entry_get (self->entry) : NULL;
  GdkTexture *texture = self->entry ? regard_entry_get_texture (self->entry) : NULL;

  gtk_picture_set_paintable (self->picture, texture ? GDK_PAINTABLE (texture) : NULL);
  gtk_check_button_set_active (self->check, self->entry && regard_entry_get_selected (self->entry));
  gtk_widget_set_sensitive (self->content, e != NULL);
  if (e)
    {
      fill (self, e);
      return;
    }
  /* For the moment until it is read; a name, so that there never is a control without one. */
  gtk_label_set_text (self->question_label, "");
  gtk_label_set_text (self->answer_label, "");
  gtk_label_set_text (self->percent_label, "");
  gtk_label_set_text (self->about_label, "");
  gtk_widget_set_visible (GTK_WIDGET (self->correction_label), FALSE);
  set_name (self->pin_button, _ ("Pin"));
  set_name (self->delete_button, _ ("Delete"));
  set_name (self->check, _ ("Select"));
}

void
regard_history_row_set_entry (RegardHistoryRow *self, RegardEntry *entry)
{
  g_return_if_fail (REGARD_IS_HISTORY_ROW (self));
  if (self->entry)
    g_signal_handlers_disconnect_by_func (self->entry, update, self);
  g_set_object (&self->entry, entry);
  if (entry)
    g_signal_connect_object (entry, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  update (self);
}

RegardEntry *
regard_history_row_get_entry (RegardHistoryRow *self)
{
  g_return_val_if_fail (REGARD_IS_HISTORY_ROW (self), NULL);
  return self->entry;
}

void
regard_history_row_set_selecting (RegardHistoryRow *self, gboolean selecting)
{
  g_return_if_fail (REGARD_IS_HISTORY_ROW (self));
  gtk_widget_set_visible (GTK_WIDGET (self->check), selecting);
  gtk_widget_set_visible (GTK_WIDGET (self->pin_button), !selecting);
  gtk_widget_set_visible (self->delete_button, !selecting);
}

static void
pin_clicked_cb (RegardHistoryRow *self)
{
  g_signal_emit (self, signals[SIGNAL_PIN], 0, gtk_toggle_button_get_active (self->pin_button));
}

static void
delete_clicked_cb (RegardHistoryRow *self)
{
  g_signal_emit (self, signals[SIGNAL_DELETE], 0);
}

static void
regard_history_row_dispose (GObject *object)
{
  RegardHistoryRow *self = REGARD_HISTORY_ROW (object);

  if (self->entry)
    g_signal_handlers_disconnect_by_func (self->entry, update, self);
  g_clear_object (&self->entry);
  g_clear_pointer (&self->content, gtk_widget_unparent);
  G_OBJECT_CLASS (regard_history_row_parent_class)->dispose (object);
}

static void
regard_history_row_class_init (RegardHistoryRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GType type = G_TYPE_FROM_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = regard_history_row_dispose;
  signals[SIGNAL_PIN] = g_signal_new ("pin", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                      G_TYPE_NONE, 1, G_TYPE_BOOLEAN);
  signals[SIGNAL_DELETE]
      = g_signal_new ("delete", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/regard/Regard/ui/history-row.ui");
  gtk_widget_class_bind_template_child (widget_class, RegardHistoryRow, about_label);
  gtk_widget_class_bind_template_child (widget_class, RegardHistoryRow, answer_label);
  gtk_widget_class_bind_template_child (widget_class, RegardHistoryRow, check);
  gtk_widget_class_bind_template_child (widget_class, RegardHistoryRow, content);
  gtk_widget_class_bind_template_child (widget_class, RegardHistoryRow, correction_label);
  gtk_widget_class_bind_template_child (widget_class, RegardHistoryRow, delete_button);
  gtk_widget_class_bind_template_child (widget_class, RegardHistoryRow, percent_label);
  gtk_widget_class_bind_template_child (widget_class, RegardHistoryRow, picture);
  gtk_widget_class_bind_template_child (widget_class, RegardHistoryRow, pin_button);
  gtk_widget_class_bind_template_child (widget_class, RegardHistoryRow, question_label);
  gtk_widget_class_bind_template_callback (widget_class, delete_clicked_cb);
  gtk_widget_class_bind_template_callback (widget_class, pin_clicked_cb);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
regard_history_row_init (RegardHistoryRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
regard_history_row_new (void)
{
  return g_object_new (REGARD_TYPE_HISTORY_ROW, NULL);
}
