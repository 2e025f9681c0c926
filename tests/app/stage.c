#include "tests/app/stage.h"

#include "tests/app/rig.h"

#include <criterion/criterion.h>
#include <string.h>

void
stage_start_gtk (void)
{
  g_setenv ("GTK_A11Y", "test", TRUE);
  g_setenv ("DBUS_SESSION_BUS_ADDRESS", "disabled:", TRUE);
  cr_assert (gtk_init_check (), "no display");
  adw_init ();
}

GdkTexture *
stage_plain_texture (int width, int height, guint8 r, guint8 g, guint8 b)
{
  gsize n = (gsize)width * (gsize)height;
  guint8 *pixels = g_malloc (3 * n);
  g_autoptr (GBytes) bytes = NULL;

  for (gsize i = 0; i < n; i++)
    {
      pixels[3 * i] = r;
      pixels[3 * i + 1] = g;
      pixels[3 * i + 2] = b;
    }
  bytes = g_bytes_new_take (pixels, 3 * n);
  return gdk_memory_texture_new (width, height, GDK_MEMORY_R8G8B8, bytes, (gsize)width * 3);
}

GtkWidget *
stage_present (GtkWidget *child, int width, int height)
{
  GtkWidget *window = gtk_window_new ();

  gtk_window_set_decorated (GTK_WINDOW (window), FALSE);
  gtk_window_set_default_size (GTK_WINDOW (window), width, height);
  gtk_window_set_child (GTK_WINDOW (window), child);
  gtk_window_present (GTK_WINDOW (window));
  gtk_test_widget_wait_for_draw (child);
  return window;
}

gboolean
stage_says (GtkWidget *widget, const char *text)
{
  if (!gtk_widget_get_visible (widget))
    return FALSE;
  if (GTK_IS_LABEL (widget) && strstr (gtk_label_get_text (GTK_LABEL (widget)), text))
    return TRUE;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child;
       child = gtk_widget_get_next_sibling (child))
    if (stage_says (child, text))
      return TRUE;
  return FALSE;
}

static char *
copy (const char *text)
{
  return g_strdup (text);
}

RegardQuestion *
stage_make_question (const char *text, gboolean confident, const char *unknown)
{
  vqa_reply *reply = g_new0 (vqa_reply, 1);

  reply->n_answers = 2;
  reply->answers = g_new0 (vqa_answer, 2);
  reply->answers[0] = (vqa_answer){ copy ("tabby"), 0.4567 };
  reply->answers[1] = (vqa_answer){ copy ("lynx"), 0.1 };
  reply->n_blind = 1;
  reply->blind = g_new0 (vqa_answer, 1);
  reply->blind[0] = (vqa_answer){ copy ("dog"), 0.61 };
  reply->unknown_words = g_strsplit (unknown, " ", -1);
  reply->confident = confident;
  reply->milliseconds = 7.4;
  return regard_question_new (text, reply);
}

GtkListBox *
stage_find_list (GtkWidget *widget, const char *row_type)
{
  GtkListBox *found = NULL;

  if (GTK_IS_LIST_BOX (widget))
    {
      GtkListBoxRow *row = gtk_list_box_get_row_at_index (GTK_LIST_BOX (widget), 0);

      return row && g_str_equal (G_OBJECT_TYPE_NAME (row), row_type) ? GTK_LIST_BOX (widget) : NULL;
    }
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child && !found;
       child = gtk_widget_get_next_sibling (child))
    found = stage_find_list (child, row_type);
  return found;
}

GtkWidget *
stage_find_button (GtkWidget *widget, const char *label)
{
  GtkWidget *found = NULL;

  if (GTK_IS_BUTTON (widget) && g_strcmp0 (gtk_button_get_label (GTK_BUTTON (widget)), label) == 0)
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child && !found;
       child = gtk_widget_get_next_sibling (child))
    found = stage_find_button (child, label);
  return found;
}

void
stage_wait_title (GtkWindow *window, const char *title)
{
  gint64 since = g_get_monotonic_time ();

  while (g_strcmp0 (gtk_window_get_title (window), title) != 0)
    {
      cr_assert (g_get_monotonic_time () - since < RIG_PATIENCE * G_TIME_SPAN_SECOND,
                 "the window shows \"%s\", not \"%s\"", gtk_window_get_title (window), title);
      g_main_context_iteration (NULL, FALSE);
      g_usleep (1000);
    }
}

void
stage_close_window (RegardWindow *window, RegardEngine *engine)
{
  gtk_window_destroy (GTK_WINDOW (window));
  while (g_main_context_iteration (NULL, FALSE))
    ;
  regard_engine_stop (engine);
}

void
stage_probe (GtkWidget *widget, double x, double y, guint8 rgb[3])
{
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  g_autoptr (GskRenderNode) node = NULL;
  g_autoptr (GdkTexture) texture = NULL;
  g_autofree guint8 *pixels = NULL; /* (height,width,4), blue first */
  GskRenderer *renderer = gtk_native_get_renderer (gtk_widget_get_native (widget));
  const guint8 *at;

  GTK_WIDGET_GET_CLASS (widget)->snapshot (widget, snapshot);
  node = gtk_snapshot_free_to_node (snapshot);
  cr_assert (node);
  texture = gsk_renderer_render_texture (renderer, node,
                                         &GRAPHENE_RECT_INIT (0, 0, (float)width, (float)height));
  pixels = g_malloc0 ((gsize)width * (gsize)height * 4);
  gdk_texture_download (texture, pixels, (gsize)width * 4);
  at = pixels + 4 * ((gsize)y * (gsize)width + (gsize)x);
  rgb[0] = at[2];
  rgb[1] = at[1];
  rgb[2] = at[0];
}
