/* What the window does with the page that compares two models. */
#include "app/window-private.h"

gboolean
regard_window_shows_compare (RegardWindow *self)
{
  return g_strcmp0 (gtk_stack_get_visible_child_name (self->pages), "compare") == 0;
}

static void
show_compare (RegardWindow *self)
{
  RegardQuestion *question = regard_ask_panel_get_question (self->ask_panel);
  g_autofree char *typed = regard_ask_panel_dup_text (self->ask_panel);
  const char *text = *typed ? typed : question ? regard_question_get_text (question) : "";

  regard_window_stop_looking (self);
  regard_compare_page_open (self->compare_page, self->engine, self->picture,
                            regard_image_view_get_part (self->image_view), text);
  gtk_stack_set_visible_child_name (self->pages, "compare");
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.save-view", FALSE);
  regard_window_update_title (self);
}

gboolean
regard_window_leave_compare (RegardWindow *self)
{
  if (!regard_window_shows_compare (self))
    return FALSE;
  gtk_stack_set_visible_child_name (self->pages, "picture");
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.save-view", TRUE);
  regard_window_update_title (self);
  regard_ask_panel_focus_entry (self->ask_panel);
  return TRUE;
}

/* However the page was left, its models are freed. */
static void
page_changed_cb (RegardWindow *self)
{
  gboolean compare = regard_window_shows_compare (self);

  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.compare", self->picture != NULL);
  /* The columns have choosers of their own; how a question acts is about one model. */
  gtk_widget_set_visible (GTK_WIDGET (self->model_chooser),
                          !compare && !regard_window_shows_modulation (self));
  if (!compare)
    regard_compare_page_close (self->compare_page);
}

static void
compare_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  RegardWindow *self = REGARD_WINDOW (widget);

  if (!regard_window_leave_compare (self))
    show_compare (self);
}

void
regard_window_compare_class_init (GtkWidgetClass *widget_class)
{
  g_type_ensure (REGARD_TYPE_COMPARE_PAGE);
  gtk_widget_class_bind_template_child (widget_class, RegardWindow, compare_page);
  gtk_widget_class_install_action (widget_class, "win.compare", NULL, compare_action);
}

void
regard_window_compare_init (RegardWindow *self)
{
  g_signal_connect_object (self->pages, "notify::visible-child", G_CALLBACK (page_changed_cb), self,
                           G_CONNECT_SWAPPED);
  page_changed_cb (self);
}
