/* What is seen: exactly the picture that goes into the network, squashed to its square, or that of
 * the marked part; and what the person enlarges, at full resolution. */
#include "app/window-private.h"

#include <glib/gi18n.h>

static void
seen_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (RegardWindow) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GdkTexture) texture
      = regard_engine_seen_finish (REGARD_ENGINE (source), result, &error);
  g_autofree char *sizes = NULL;

  if (!self->picture)
    return;
  sizes = texture ? regard_window_describe_sizes (self) : NULL;
  gtk_picture_set_paintable (self->seen_picture, GDK_PAINTABLE (texture));
  gtk_widget_set_visible (GTK_WIDGET (self->seen_picture), texture != NULL);
  gtk_label_set_text (self->seen_label, texture ? sizes : error->message);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->seen_picture),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, sizes ? sizes : "", -1);
}

/* Asked for anew each time: the part or the model may be others by now. */
static void
seen_shown_cb (RegardWindow *self)
{
  if (self->picture)
    regard_engine_seen_async (self->engine, self->picture,
                              regard_image_view_get_part (self->image_view), NULL, seen_cb,
                              g_object_ref (self));
}

/* ---- what is enlarged -------------------------------------------------------------------- */

typedef struct
{
  RegardWindow *window;
  RegardPicture *picture;
  vqa_region part;
} detail_wait;

static void
detail_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  detail_wait *wait = data;
  g_autoptr (RegardWindow) self = wait->window;
  g_autoptr (RegardPicture) picture = wait->picture;
  const vqa_region part = wait->part;
  g_autoptr (GdkTexture) texture
      = regard_engine_detail_finish (REGARD_ENGINE (source), result, NULL);

  g_free (wait);
  /* Without it the picture is blurred, and no less there. */
  if (texture && self->picture == picture)
    regard_image_view_set_detail (self->image_view, texture, &part);
}

static void
detail_wanted_cb (RegardWindow *self)
{
  detail_wait *wait;

  if (self->enlarging)
    g_cancellable_cancel (self->enlarging);
  g_clear_object (&self->enlarging);
  if (!self->picture)
    return;
  self->enlarging = g_cancellable_new ();
  wait = g_new0 (detail_wait, 1);
  wait->window = g_object_ref (self);
  wait->picture = g_object_ref (self->picture);
  wait->part = *regard_image_view_get_detail_wanted (self->image_view);
  regard_engine_detail_async (self->engine, self->picture, &wait->part, self->enlarging, detail_cb,
                              wait);
}

/* ---- all of it --------------------------------------------------------------------------- */

void
regard_window_seen_update (RegardWindow *self)
{
  const RegardPicture *p = self->picture;
  g_autofree char *size = NULL, *spoken = NULL;

  gtk_widget_set_visible (GTK_WIDGET (self->seen_button), p && p->side > 0);
  if (!p || p->side == 0)
    return;
  size = g_strdup_printf ("%d × %d", p->side, p->side);
  gtk_menu_button_set_label (self->seen_button, size);
  /* What one presses is the toggle button inside. */
  spoken = g_strdup_printf (_ ("What the network sees: %s"), size);
  gtk_accessible_update_property (
      GTK_ACCESSIBLE (gtk_widget_get_first_child (GTK_WIDGET (self->seen_button))),
      GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
}

void
regard_window_seen_class_init (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_child (widget_class, RegardWindow, seen_button);
  gtk_widget_class_bind_template_child (widget_class, RegardWindow, seen_label);
  gtk_widget_class_bind_template_child (widget_class, RegardWindow, seen_picture);
  gtk_widget_class_bind_template_callback (widget_class, detail_wanted_cb);
  gtk_widget_class_bind_template_callback (widget_class, seen_shown_cb);
}
