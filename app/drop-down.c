#include "app/drop-down.h"

#define LIST_CHARACTERS 40

static void
setup_line_cb (GtkListItemFactory *factory, GtkListItem *item, gpointer data)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_label_set_max_width_chars (GTK_LABEL (label), GPOINTER_TO_INT (data));
  gtk_list_item_set_child (item, label);
}

static void
bind_line_cb (GtkListItemFactory *factory, GtkListItem *item, gpointer data)
{
  gtk_label_set_text (
      GTK_LABEL (gtk_list_item_get_child (item)),
      gtk_string_object_get_string (GTK_STRING_OBJECT (gtk_list_item_get_item (item))));
}

static GtkListItemFactory *
line_factory (int characters)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();

  g_signal_connect (factory, "setup", G_CALLBACK (setup_line_cb), GINT_TO_POINTER (characters));
  g_signal_connect (factory, "bind", G_CALLBACK (bind_line_cb), NULL);
  return factory;
}

void
regard_drop_down_prepare (GtkDropDown *drop, int characters, const char *name)
{
  g_autoptr (GtkListItemFactory) line = line_factory (characters);
  g_autoptr (GtkListItemFactory) all = line_factory (MAX (characters, LIST_CHARACTERS));
  GtkWidget *button = gtk_widget_get_first_child (GTK_WIDGET (drop));

  gtk_drop_down_set_factory (drop, line);
  gtk_drop_down_set_list_factory (drop, all);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}
