#include "app/stalls.h"

static GPollFunc poll_before;
static gint64 woken;      /* when the last poll returned, 0: not yet */
static gint64 longest[2]; /* microseconds: before the window was shown, and since */
static gint64 shown;      /* when the first frame was, 0: not yet */

/* Everything that the loop does happens between two polls. */
static int
watched_poll (GPollFD *fds, guint n, int timeout)
{
  gint64 *worst = &longest[shown != 0];
  int result;

  if (woken != 0)
    *worst = MAX (*worst, g_get_monotonic_time () - woken);
  result = poll_before (fds, n, timeout);
  woken = g_get_monotonic_time ();
  return result;
}

void
regard_stalls_watch (void)
{
  if (!g_getenv ("REGARD_STALLS"))
    return;
  poll_before = g_main_context_get_poll_func (NULL);
  g_main_context_set_poll_func (NULL, watched_poll);
}

static void
painted_cb (GdkFrameClock *clock)
{
  if (shown != 0)
    return;
  shown = g_get_real_time ();
  /* The round that shows it belongs to the start. */
  longest[0] = MAX (longest[0], g_get_monotonic_time () - woken);
  woken = 0;
}

static void
mapped_cb (GtkWidget *window)
{
  g_signal_connect (gtk_widget_get_frame_clock (window), "after-paint", G_CALLBACK (painted_cb),
                    NULL);
}

void
regard_stalls_await (GtkWidget *window)
{
  if (poll_before)
    g_signal_connect (window, "map", G_CALLBACK (mapped_cb), NULL);
}

void
regard_stalls_write (void)
{
  const char *path = g_getenv ("REGARD_STALLS");
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  if (!path || !poll_before)
    return;
  text = g_strdup_printf ("%.1f %.1f %" G_GINT64_FORMAT "\n", (double)longest[0] / 1000,
                          (double)longest[1] / 1000, shown);
  if (!g_file_set_contents (path, text, -1, &error))
    g_warning ("%s", error->message);
}
