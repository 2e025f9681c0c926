#include "app/picture-card.h"

#include <glib/gi18n.h>

struct _RegardPictureCard
{
  GtkButton parent_instance;

  /* Template widgets */
  GtkPicture *picture;
  GtkLabel *title_label;
};

G_DEFINE_FINAL_TYPE (RegardPictureCard, regard_picture_card, GTK_TYPE_BUTTON)

static void
regard_picture_card_class_init (RegardPictureCardClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/regard/Regard/ui/picture-card.ui");
  gtk_widget_class_bind_template_child (widget_class, RegardPictureCard, picture);
  gtk_widget_class_bind_template_child (widget_class, RegardPictureCard, title_label);
}

static void
regard_picture_card_init (RegardPictureCard *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
regard_picture_card_new (RegardThumbnail *thumbnail)
{
  RegardPictureCard *self = g_object_new (REGARD_TYPE_PICTURE_CARD, NULL);
  guint n = regard_thumbnail_get_n_questions (thumbnail);
  const char *title = regard_thumbnail_get_title (thumbnail);
  g_autofree char *asked = NULL, *spoken = NULL;

  if (n > 0)
    asked = g_strdup_printf (ngettext ("%u question", "%u questions", n), n);
  spoken = g_strdup_printf (asked ? _ ("Open %s, %s") : _ ("Open %s"), title, asked);
  gtk_picture_set_paintable (self->picture,
                             GDK_PAINTABLE (regard_thumbnail_get_texture (thumbnail)));
  gtk_label_set_text (self->title_label, title);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self), asked);
  gtk_actionable_set_action_target (GTK_ACTIONABLE (self), "s",
                                    regard_thumbnail_get_place (thumbnail));
  gtk_actionable_set_action_name (GTK_ACTIONABLE (self), "win.open-place");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
  return GTK_WIDGET (self);
}
