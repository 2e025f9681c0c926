#include "app/stalls.h"

static GPollFunc poll_before;
static gint64 woken;      /* when the last poll returned, 0: not yet */
static gint64 longest[2]; /* microseconds: before the window was shown, and since */
static gint64 shown;      /* when the first frame was, 0: not yet */
static gint64 typed;      /* when the last key was pressed, 0: that was answered */
static gboolean answered; /* and is to be painted */
static GString *answers;  /* lines of text */

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
  answers = g_string_new (NULL);
  poll_before = g_main_context_get_poll_func (NULL);
  g_main_context_set_poll_func (NULL, watched_poll);
}

static void
painted_cb (GdkFrameClock *clock)
{
  if (answered && typed != 0)
    {
      g_string_append_printf (answers, "%.1f\n", (double)(g_get_monotonic_time () - typed) / 1000);
      typed = 0;
    }
  answered = FALSE;
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
regard_stalls_typed (void)
{
  typed = g_get_monotonic_time ();
}

void
regard_stalls_answered (void)
{
  answered = typed != 0;
}

void
regard_stalls_write (void)
{
  const char *path = g_getenv ("REGARD_STALLS");
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  if (!path || !poll_before)
    return;
  text = g_strdup_printf ("%.1f %.1f %" G_GINT64_FORMAT "\n%s", (double)longest[0] / 1000,
                          (double)longest[1] / 1000, shown, answers->str);
  if (!g_file_set_contents (path, text, -1, &error))
    g_warning ("%s", error->message);
}
