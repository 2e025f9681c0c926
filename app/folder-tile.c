#include "app/folder-tile.h"

#include <adwaita.h>

struct _RegardFolderTile
{
  GtkWidget parent_instance;

  /* Template widgets */
  GtkLabel *answer_label;
  GtkWidget *content;
  GtkLevelBar *level;
  GtkPicture *picture;
  GtkLabel *title_label;
  GtkWidget *trouble;

  GBinding *texture; /* to the picture; NULL without an item */
};

G_DEFINE_FINAL_TYPE (RegardFolderTile, regard_folder_tile, GTK_TYPE_WIDGET)

static void
regard_folder_tile_dispose (GObject *object)
{
  RegardFolderTile *self = REGARD_FOLDER_TILE (object);

  g_clear_pointer (&self->texture, g_binding_unbind);
  g_clear_pointer (&self->content, gtk_widget_unparent);
  G_OBJECT_CLASS (regard_folder_tile_parent_class)->dispose (object);
}

static void
regard_folder_tile_class_init (RegardFolderTileClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = regard_folder_tile_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/regard/Regard/ui/folder-tile.ui");
  gtk_widget_class_bind_template_child (widget_class, RegardFolderTile, answer_label);
  gtk_widget_class_bind_template_child (widget_class, RegardFolderTile, content);
  gtk_widget_class_bind_template_child (widget_class, RegardFolderTile, level);
  gtk_widget_class_bind_template_child (widget_class, RegardFolderTile, picture);
  gtk_widget_class_bind_template_child (widget_class, RegardFolderTile, title_label);
  gtk_widget_class_bind_template_child (widget_class, RegardFolderTile, trouble);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "foldertile");
}

static void
regard_folder_tile_init (RegardFolderTile *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
regard_folder_tile_new (void)
{
  return g_object_new (REGARD_TYPE_FOLDER_TILE, NULL);
}

void
regard_folder_tile_set_item (RegardFolderTile *self, RegardCollected *item)
{
  const vqa_collected *p = item ? regard_collected_get (item) : NULL;
  g_autofree char *answer = item ? regard_collected_describe (item) : NULL, *both = NULL;

  g_return_if_fail (REGARD_IS_FOLDER_TILE (self));
  g_clear_pointer (&self->texture, g_binding_unbind);
  gtk_picture_set_paintable (self->picture, NULL);
  if (!item)
    return;
  gtk_label_set_text (self->title_label, p->title);
  gtk_label_set_text (self->answer_label, answer);
  gtk_label_set_lines (self->answer_label, p->error ? 2 : 1);
  gtk_widget_set_visible (GTK_WIDGET (self->level), !p->error);
  gtk_widget_set_visible (self->trouble, p->error != NULL);
  gtk_level_bar_set_value (self->level, p->measure);
  both = g_strdup_printf ("%s\n%s", p->title, answer);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self), both);
  self->texture
      = g_object_bind_property (item, "texture", self->picture, "paintable", G_BINDING_SYNC_CREATE);
}
