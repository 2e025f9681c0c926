/* What the window does with the page that tells how the question acts. */
#include "app/window-private.h"

#include <glib/gi18n.h>

gboolean
regard_window_shows_modulation (RegardWindow *self)
{
  return g_strcmp0 (gtk_stack_get_visible_child_name (self->pages), "modulation") == 0;
}

static void
show_modulation (RegardWindow *self)
{
  RegardQuestion *question = regard_ask_panel_get_question (self->ask_panel);

  if (regard_window_shows_compare (self) || regard_window_shows_history (self)
      || regard_window_shows_folder (self))
    return;
  if (!question)
    {
      adw_toast_overlay_add_toast (self->toasts,
                                   adw_toast_new (_ ("Ask something about the photograph first")));
      return;
    }
  if (self->looking)
    g_clear_pointer (&self->mapped, g_free);
  regard_window_stop_looking (self);
  regard_modulation_page_open (self->modulation_page, self->engine, self->picture, question);
  gtk_stack_set_visible_child_name (self->pages, "modulation");
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.save-view", FALSE);
  regard_window_update_title (self);
  regard_modulation_page_focus_entry (self->modulation_page);
}

gboolean
regard_window_leave_modulation (RegardWindow *self)
{
  if (!regard_window_shows_modulation (self))
    return FALSE;
  gtk_stack_set_visible_child_name (self->pages, "picture");
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.save-view", TRUE);
  regard_window_update_title (self);
  regard_ask_panel_focus_entry (self->ask_panel);
  /* The map may have been on its way. */
  regard_window_look_again (self);
  return TRUE;
}

/* However the page was left, it asks nothing any more. */
static void
page_changed_cb (RegardWindow *self)
{
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.modulation", self->picture != NULL);
  if (!regard_window_shows_modulation (self))
    regard_modulation_page_close (self->modulation_page);
}

static void
modulation_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  RegardWindow *self = REGARD_WINDOW (widget);

  if (!regard_window_leave_modulation (self))
    show_modulation (self);
}

void
regard_window_modulation_class_init (GtkWidgetClass *widget_class)
{
  g_type_ensure (REGARD_TYPE_MODULATION_PAGE);
  gtk_widget_class_bind_template_child (widget_class, RegardWindow, modulation_page);
  gtk_widget_class_install_action (widget_class, "win.modulation", NULL, modulation_action);
}

void
regard_window_modulation_init (RegardWindow *self)
{
  g_signal_connect_object (self->pages, "notify::visible-child", G_CALLBACK (page_changed_cb), self,
                           G_CONNECT_SWAPPED);
  page_changed_cb (self);
}
