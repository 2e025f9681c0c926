/* The window fits a small screen on every page, and takes text of twice the size. */
#include "tests/app/rig.h"
#include "tests/app/stage.h"

#include "app/window-private.h"

#include <criterion/criterion.h>

TestSuite (sizes, .init = rig_open_screen, .fini = rig_close);

#define NARROWEST 360
#define TWICE     720 /* what text of twice the size may need */

static void
wait_until_it_says (RegardWindow *window, const char *text)
{
  gint64 since = g_get_monotonic_time ();

  while (!stage_says (GTK_WIDGET (window), text))
    {
      cr_assert (g_get_monotonic_time () - since < RIG_PATIENCE * G_TIME_SPAN_SECOND,
                 "nothing says \"%s\"", text);
      g_main_context_iteration (NULL, FALSE);
      g_usleep (1000);
    }
}

/* The widest of what is narrower than its parent: where to look for what takes the room. */
static char *
tell_widest (GtkWidget *widget)
{
  GString *text = g_string_new (NULL);

  while (widget)
    {
      GtkWidget *widest = NULL;
      int most = -1;

      for (GtkWidget *child = gtk_widget_get_first_child (widget); child;
           child = gtk_widget_get_next_sibling (child))
        {
          int minimum;

          if (!gtk_widget_get_child_visible (child) || !gtk_widget_get_visible (child)
              || GTK_IS_NATIVE (child))
            continue;
          gtk_widget_measure (child, GTK_ORIENTATION_HORIZONTAL, -1, &minimum, NULL, NULL, NULL);
          if (minimum > most)
            {
              most = minimum;
              widest = child;
            }
        }
      if (widest)
        g_string_append_printf (text, " > %s %d", G_OBJECT_TYPE_NAME (widest), most);
      widget = widest;
    }
  return g_string_free (text, FALSE);
}

static void
check_width (RegardWindow *window, const char *page, int dpi)
{
  GtkWidget *content = adw_application_window_get_content (ADW_APPLICATION_WINDOW (window));
  int minimum, most = dpi > 96 ? TWICE : NARROWEST;
  g_autofree char *widest = NULL;

  gtk_widget_measure (content, GTK_ORIENTATION_HORIZONTAL, -1, &minimum, NULL, NULL, NULL);
  widest = tell_widest (content);
  cr_expect_leq (minimum, most, "%s at %d dpi needs %d pixels:%s", page, dpi, minimum, widest);
}

static void
show (RegardWindow *window, const char *action, const char *title)
{
  gtk_widget_activate_action (GTK_WIDGET (window), action, NULL);
  stage_wait_title (GTK_WINDOW (window), title);
}

/* The height of a line of text, pixels. */
static int
line_height (void)
{
  GtkWidget *label = g_object_ref_sink (gtk_label_new ("Regard"));
  int height;

  gtk_widget_measure (label, GTK_ORIENTATION_VERTICAL, -1, &height, NULL, NULL, NULL);
  g_object_unref (label);
  return height;
}

static void
check_pages (int dpi)
{
  g_autoptr (RegardEngine) engine = NULL;
  g_autofree char *sample = rig_sample ("cat.jpg"), *samples = g_path_get_dirname (sample);
  g_autoptr (GFile) file = g_file_new_for_path (sample);
  g_autoptr (GFile) folder = g_file_new_for_path (samples);
  RegardWindow *window;
  int usual;

  stage_start_gtk ();
  g_object_set (gtk_settings_get_default (), "gtk-xft-dpi", 96 * 1024, NULL);
  usual = line_height ();
  g_object_set (gtk_settings_get_default (), "gtk-xft-dpi", dpi * 1024, "gtk-decoration-layout",
                ":minimize,maximize,close", NULL);
  cr_assert (dpi == 96 ? line_height () == usual : line_height () > usual * 3 / 2,
             "text of %d dpi has the height %d, not %d", dpi, line_height (), usual);
  engine = regard_engine_new ();
  window = regard_window_new (NULL, engine);
  gtk_window_present (GTK_WINDOW (window));
  check_width (window, "start", dpi);
  regard_window_open_files (window, &file, 1);
  stage_wait_title (GTK_WINDOW (window), "cat.jpg");
  regard_window_ask (window, "what animal is this?");
  wait_until_it_says (window, "How Much Each Word Mattered");
  check_width (window, "picture", dpi);
  show (window, "win.modulation", "How the Question Acts");
  check_width (window, "modulation", dpi);
  show (window, "win.home", "cat.jpg");
  show (window, "win.compare", "Compare Models");
  check_width (window, "compare", dpi);
  show (window, "win.home", "cat.jpg");
  show (window, "win.history", "History");
  wait_until_it_says (window, "what animal is this?");
  check_width (window, "history", dpi);
  regard_window_open_files (window, &folder, 1);
  stage_wait_title (GTK_WINDOW (window), "Ask a Folder");
  check_width (window, "folder", dpi);
  stage_close_window (window, engine);
}

Test (sizes, every_page_fits_a_narrow_window)
{
  check_pages (96);
}

Test (sizes, text_of_twice_the_size)
{
  check_pages (192);
}
