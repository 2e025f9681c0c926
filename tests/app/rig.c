#include "tests/app/rig.h"

#include <criterion/criterion.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <sqlite3.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define ACCESSIBLE "org.a11y.atspi.Accessible"
#define ROOT       "/org/a11y/atspi/accessible/root"

/* More than any real window has; stops a walk through a tree that never ends. */
#define MAX_NODES 3000

static char *folder, *display;
static GPid xvfb, program;
static GTestDBus *bus;
static GDBusConnection *a11y;

static void
die_with_parent (gpointer data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

static void
make_folder (const char *variable, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  cr_assert_eq (g_mkdir_with_parents (path, 0700), 0);
  g_setenv (variable, path, TRUE);
}

/* One line from a pipe, without its end. */
static char *
read_line (int fd)
{
  GString *line = g_string_new (NULL);
  char c;

  while (read (fd, &c, 1) == 1 && c != '\n')
    g_string_append_c (line, c);
  return g_string_free (line, FALSE);
}

void
rig_open_screen (void)
{
  char *argv[] = { "Xvfb",        "-displayfd", "3",   "-screen",  "0",
                   "1280x800x24", "-nolisten",  "tcp", "-noreset", NULL };
  g_autoptr (GError) error = NULL;
  g_autofree char *number = NULL;
  int ends[2], source[1], target[1] = { 3 };

  folder = g_dir_make_tmp ("regard-window-XXXXXX", NULL);
  cr_assert (folder);
  make_folder ("XDG_DATA_HOME", "data");
  make_folder ("XDG_CONFIG_HOME", "config");
  make_folder ("XDG_CACHE_HOME", "cache");
  make_folder ("XDG_STATE_HOME", "state");
  make_folder ("XDG_RUNTIME_DIR", "runtime");
  cr_assert (g_unix_open_pipe (ends, FD_CLOEXEC, NULL));
  source[0] = ends[1];
  cr_assert (g_spawn_async_with_pipes_and_fds (NULL, (const char *const *)argv, NULL,
                                               G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD
                                                   | G_SPAWN_STDERR_TO_DEV_NULL,
                                               die_with_parent, NULL, -1, -1, -1, source, target, 1,
                                               &xvfb, NULL, NULL, NULL, &error),
             "Xvfb does not start: %s", error ? error->message : "");
  close (ends[1]);
  number = read_line (ends[0]);
  close (ends[0]);
  cr_assert (*number, "Xvfb gives no display");
  display = g_strdup_printf (":%s", number);
  g_setenv ("DISPLAY", display, TRUE);
  g_setenv ("GDK_BACKEND", "x11", TRUE);
  g_setenv ("GSK_RENDERER", "cairo", TRUE);
  g_setenv ("GSETTINGS_BACKEND", "memory", TRUE);
  /* No GL: probing for a driver is slow, and nothing is drawn with it. */
  g_setenv ("GDK_DEBUG", "default-settings,gl-disable", TRUE);
  g_unsetenv ("WAYLAND_DISPLAY");
}

/* The installed service file of the accessibility bus. */
static char *
find_service (void)
{
  for (const char *const *d = g_get_system_data_dirs (); *d; d++)
    {
      g_autofree char *path
          = g_build_filename (*d, "dbus-1", "services", "org.a11y.Bus.service", NULL);

      if (g_file_test (path, G_FILE_TEST_EXISTS))
        return g_steal_pointer (&path);
    }
  return g_strdup ("/usr/share/dbus-1/services/org.a11y.Bus.service");
}

static void
connect_a11y (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) session = NULL;
  g_autoptr (GVariant) reply = NULL;
  const char *address;

  session = g_dbus_connection_new_for_address_sync (
      g_test_dbus_get_bus_address (bus),
      G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT
          | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
      NULL, NULL, &error);
  cr_assert (session, "%s", error ? error->message : "");
  reply = g_dbus_connection_call_sync (session, "org.a11y.Bus", "/org/a11y/bus", "org.a11y.Bus",
                                       "GetAddress", NULL, G_VARIANT_TYPE ("(s)"), 0, 60000, NULL,
                                       &error);
  cr_assert (reply, "no accessibility bus: %s", error ? error->message : "");
  g_variant_get (reply, "(&s)", &address);
  a11y = g_dbus_connection_new_for_address_sync (
      address,
      G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT
          | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
      NULL, NULL, &error);
  cr_assert (a11y, "%s", error ? error->message : "");
}

void
rig_open_bus (void)
{
  g_autofree char *services = g_build_filename (folder, "services", NULL);
  g_autofree char *copy = g_build_filename (services, "org.a11y.Bus.service", NULL);
  g_autofree char *installed = find_service (), *text = NULL;

  cr_assert (g_file_get_contents (installed, &text, NULL, NULL), "%s: at-spi2-core is needed",
             installed);
  g_mkdir_with_parents (services, 0700);
  cr_assert (g_file_set_contents (copy, text, -1, NULL));
  bus = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_test_dbus_add_service_dir (bus, services);
  g_test_dbus_up (bus);
  g_setenv ("DISPLAY", display, TRUE); /* g_test_dbus_up() takes it away */
  g_unsetenv ("GTK_A11Y");
  connect_a11y ();
}

static void
remove_tree (const char *at)
{
  g_autoptr (GDir) dir = NULL;
  const char *name;

  if (!g_file_test (at, G_FILE_TEST_IS_SYMLINK))
    dir = g_dir_open (at, 0, NULL);
  while (dir && (name = g_dir_read_name (dir)))
    {
      g_autofree char *child = g_build_filename (at, name, NULL);

      remove_tree (child);
    }
  g_remove (at);
}

static void
end (GPid *pid)
{
  if (*pid)
    {
      kill (*pid, SIGKILL);
      waitpid (*pid, NULL, 0);
    }
  *pid = 0;
}

void
rig_close (void)
{
  end (&program);
  if (a11y)
    g_dbus_connection_close_sync (a11y, NULL, NULL);
  g_clear_object (&a11y);
  if (bus)
    g_test_dbus_stop (bus);
  g_clear_object (&bus);
  end (&xvfb);
  if (folder)
    remove_tree (folder);
  g_clear_pointer (&folder, g_free);
  g_clear_pointer (&display, g_free);
}

const char *
rig_folder (void)
{
  return folder;
}

char *
rig_sample (const char *name)
{
  cr_assert (g_getenv ("REGARD_SAMPLES"), "REGARD_SAMPLES is not set: run this through meson test");
  return g_build_filename (g_getenv ("REGARD_SAMPLES"), name, NULL);
}

/* Where the program tells how long its main loop was blocked (app/stalls.h). */
static char *
stalls_path (void)
{
  return g_build_filename (folder, "stalls", NULL);
}

void
rig_start (const char *photo)
{
  char *argv[] = { (char *)g_getenv ("REGARD_PROGRAM"), (char *)photo, NULL };
  g_autoptr (GError) error = NULL;

  g_autofree char *stalls = stalls_path ();

  cr_assert (argv[0], "REGARD_PROGRAM is not set: run this through meson test");
  cr_assert_eq (program, 0);
  g_setenv ("REGARD_STALLS", stalls, TRUE);
  cr_assert (g_spawn_async (NULL, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, die_with_parent, NULL,
                            &program, &error),
             "%s", error ? error->message : "");
}

void
rig_run_again (const char *photo)
{
  char *argv[] = { (char *)g_getenv ("REGARD_PROGRAM"), (char *)photo, NULL };
  g_autoptr (GError) error = NULL;
  int status;

  cr_assert (g_spawn_sync (NULL, argv, NULL, G_SPAWN_DEFAULT, die_with_parent, NULL, NULL, NULL,
                           &status, &error),
             "%s", error ? error->message : "");
  cr_assert (g_spawn_check_wait_status (status, &error), "%s", error ? error->message : "");
}

/* Waits a moment; FALSE when patience is at its end. */
static gboolean
wait_more (gint64 since)
{
  int status;

  if (program && waitpid (program, &status, WNOHANG) == program)
    {
      program = 0;
      cr_assert_fail ("the program ended early, with status %#x", (unsigned)status);
    }
  if (g_get_monotonic_time () - since > RIG_PATIENCE * G_TIME_SPAN_SECOND)
    return FALSE;
  g_usleep (50000);
  return TRUE;
}

static void
tell_stalls (void)
{
  g_autofree char *path = stalls_path (), *text = NULL;
  double before, since;

  cr_assert (g_file_get_contents (path, &text, NULL, NULL));
  cr_assert_eq (sscanf (text, "%lf %lf", &before, &since), 2, "%s", text);
  g_printerr ("longest stall of the main loop: %.1f ms (until the window was there: %.1f ms)\n",
              since, before);
  g_remove (path);
}

void
rig_quit (void)
{
  gint64 since = g_get_monotonic_time ();
  int status = 0;
  pid_t ended;

  rig_key ("ctrl+q");
  while ((ended = waitpid (program, &status, WNOHANG)) == 0)
    {
      cr_assert (g_get_monotonic_time () - since < RIG_PATIENCE * G_TIME_SPAN_SECOND,
                 "the program does not quit");
      g_usleep (50000);
    }
  program = 0;
  cr_assert (WIFEXITED (status) && WEXITSTATUS (status) == 0, "it ended with status %#x",
             (unsigned)status);
  tell_stalls ();
}

/* ---- reading the screen ------------------------------------------------------------------ */

void
rig_node_free (rig_node *n)
{
  g_free (n->bus);
  g_free (n->path);
  g_free (n->role);
  g_free (n->name);
  g_free (n->description);
  g_free (n);
}

static GVariant *
call (const char *to, const char *path, const char *interface, const char *method,
      GVariant *arguments)
{
  return g_dbus_connection_call_sync (a11y, to, path, interface, method, arguments, NULL,
                                      G_DBUS_CALL_FLAGS_NONE, 5000, NULL, NULL);
}

static char *
get_text (const char *to, const char *path, const char *property)
{
  g_autoptr (GVariant) reply = call (to, path, "org.freedesktop.DBus.Properties", "Get",
                                     g_variant_new ("(ss)", ACCESSIBLE, property));
  g_autoptr (GVariant) value = NULL;

  if (!reply)
    return g_strdup ("");
  g_variant_get (reply, "(v)", &value);
  return g_variant_dup_string (value, NULL);
}

static char *
get_role (const char *to, const char *path)
{
  g_autoptr (GVariant) reply = call (to, path, ACCESSIBLE, "GetRoleName", NULL);
  const char *role = "";

  if (reply)
    g_variant_get (reply, "(&s)", &role);
  return g_strdup (role);
}

/* States of AT-SPI. (GTK 4.8 never tells SHOWING, so a hidden page of a stack counts as visible.)
 */
enum
{
  FOCUSABLE = 11,
  FOCUSED = 12,
  VISIBLE = 30,
};

static gboolean
has_state (const char *to, const char *path, guint state)
{
  g_autoptr (GVariant) reply = call (to, path, ACCESSIBLE, "GetState", NULL), words = NULL;
  guint32 word = 0;

  if (!reply)
    return FALSE;
  words = g_variant_get_child_value (reply, 0);
  if (state / 32 < g_variant_n_children (words))
    g_variant_get_child (words, state / 32, "u", &word);
  return (word >> (state % 32)) & 1;
}

static void
look_at (GPtrArray *nodes, const char *to, const char *path)
{
  g_autoptr (GVariant) children = NULL, list = NULL;
  rig_node *node;

  if (nodes->len >= MAX_NODES)
    return;
  node = g_new0 (rig_node, 1);
  node->bus = g_strdup (to);
  node->path = g_strdup (path);
  node->role = get_role (to, path);
  node->name = get_text (to, path, "Name");
  node->description = get_text (to, path, "Description");
  g_ptr_array_add (nodes, node);
  children = call (to, path, ACCESSIBLE, "GetChildren", NULL);
  if (!children)
    return;
  list = g_variant_get_child_value (children, 0);
  for (gsize i = 0; i < g_variant_n_children (list); i++)
    {
      const char *child_bus, *child_path;

      g_variant_get_child (list, i, "(&s&o)", &child_bus, &child_path);
      if (!g_str_has_suffix (child_path, "/null") && has_state (child_bus, child_path, VISIBLE))
        look_at (nodes, child_bus, child_path);
    }
}

GPtrArray *
rig_look (void)
{
  g_autoptr (GPtrArray) nodes = g_ptr_array_new_with_free_func ((GDestroyNotify)rig_node_free);
  g_autoptr (GVariant) reply = NULL, programs = NULL;

  reply = call ("org.a11y.atspi.Registry", ROOT, ACCESSIBLE, "GetChildren", NULL);
  if (!reply)
    return NULL;
  programs = g_variant_get_child_value (reply, 0);
  for (gsize i = 0; i < g_variant_n_children (programs); i++)
    {
      g_autoptr (GVariant) windows = NULL, list = NULL;
      const char *to, *path;

      g_variant_get_child (programs, i, "(&s&o)", &to, &path);
      windows = call (to, path, ACCESSIBLE, "GetChildren", NULL);
      list = windows ? g_variant_get_child_value (windows, 0) : NULL;
      for (gsize w = 0; list && w < g_variant_n_children (list); w++)
        {
          const char *window_bus, *window;

          g_variant_get_child (list, w, "(&s&o)", &window_bus, &window);
          look_at (nodes, window_bus, window);
        }
    }
  return nodes->len > 0 ? g_steal_pointer (&nodes) : NULL;
}

static char *
tell (GPtrArray *nodes)
{
  GString *text = g_string_new ("on the screen:\n");

  for (guint i = 0; nodes && i < nodes->len; i++)
    {
      const rig_node *n = nodes->pdata[i];

      if (*n->name)
        g_string_append_printf (text, "  %s: %s (%s)\n", n->role, n->name, n->description);
    }
  return g_string_free (text, FALSE);
}

rig_node *
rig_wait (const char *role, const char *name)
{
  gint64 since = g_get_monotonic_time ();
  g_autofree char *screen = NULL;

  do
    {
      g_autoptr (GPtrArray) nodes = rig_look ();

      for (guint i = 0; nodes && i < nodes->len; i++)
        {
          const rig_node *n = nodes->pdata[i];

          if ((!role || g_str_equal (role, n->role)) && strstr (n->name, name))
            return g_ptr_array_steal_index (nodes, i);
        }
      g_free (screen);
      screen = tell (nodes);
    }
  while (wait_more (since));
  cr_assert_fail ("no %s named \"%s\" appears; %s", role ? role : "thing", name, screen);
  return NULL;
}

void
rig_wait_description (const rig_node *node, const char *text)
{
  gint64 since = g_get_monotonic_time ();
  g_autofree char *description = NULL;

  do
    {
      g_free (description);
      description = get_text (node->bus, node->path, "Description");
      if (strstr (description, text))
        return;
    }
  while (wait_more (since));
  cr_assert_fail ("\"%s\" is described as \"%s\", not as \"%s\"", node->name, description, text);
}

gboolean
rig_has_focus (const rig_node *node)
{
  return has_state (node->bus, node->path, FOCUSED);
}

gboolean
rig_is_focusable (const rig_node *node)
{
  return has_state (node->bus, node->path, FOCUSABLE);
}

void
rig_press (const rig_node *node)
{
  g_autoptr (GVariant) reply
      = call (node->bus, node->path, "org.a11y.atspi.Action", "DoAction", g_variant_new ("(i)", 0));

  cr_assert (reply, "\"%s\" cannot be pressed", node->name);
}

void
rig_set_text (const rig_node *node, const char *text)
{
  g_autoptr (GVariant) reply = call (node->bus, node->path, "org.a11y.atspi.EditableText",
                                     "SetTextContents", g_variant_new ("(s)", text));

  cr_assert (reply, "\"%s\" cannot be typed into", node->name);
}

/* ---- hands ------------------------------------------------------------------------------- */

static void
xdotool (const char *command, const char *option, const char *argument)
{
  const char *argv[] = { "xdotool", command, option, argument, NULL };
  g_autoptr (GError) error = NULL;
  int status;

  cr_assert (g_spawn_sync (NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL,
                           &status, &error),
             "xdotool: %s", error ? error->message : "");
  cr_assert (g_spawn_check_wait_status (status, &error), "xdotool %s: %s", command,
             error ? error->message : "");
}

void
rig_type (const char *text)
{
  xdotool ("type", "--delay=20", text);
}

void
rig_key (const char *key)
{
  xdotool ("key", "--delay=20", key);
}

/* Without a window manager nobody gives the focus to a new window. */
void
rig_focus_window (const char *title)
{
  const char *argv[] = { "xdotool",     "search", "--sync", "--onlyvisible", "--name", title,
                         "windowfocus", "--sync", NULL };
  g_autoptr (GError) error = NULL;
  int status;

  cr_assert (g_spawn_sync (NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL,
                           &status, &error),
             "xdotool: %s", error ? error->message : "");
  cr_assert (g_spawn_check_wait_status (status, &error), "no window \"%s\": %s", title,
             error ? error->message : "");
}

void
rig_activate (const char *action, const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) session = g_dbus_connection_new_for_address_sync (
      g_test_dbus_get_bus_address (bus),
      G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT
          | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
      NULL, NULL, &error);
  g_autoptr (GVariant) reply = NULL;
  GVariantBuilder arguments;

  cr_assert (session, "%s", error ? error->message : "");
  g_variant_builder_init (&arguments, G_VARIANT_TYPE ("av"));
  g_variant_builder_add (&arguments, "v", g_variant_new_string (path));
  reply = g_dbus_connection_call_sync (session, "org.regard.Regard", "/org/regard/Regard/window/1",
                                       "org.gtk.Actions", "Activate",
                                       g_variant_new ("(sava{sv})", action, &arguments, NULL), NULL,
                                       G_DBUS_CALL_FLAGS_NONE, 60000, NULL, &error);
  cr_assert (reply, "%s: %s", action, error ? error->message : "");
}

void
rig_wait_file (const char *path)
{
  gint64 since = g_get_monotonic_time ();

  while (!g_file_test (path, G_FILE_TEST_EXISTS))
    cr_assert (wait_more (since), "%s is not written", path);
}

/* ---- the library ------------------------------------------------------------------------- */

char *
rig_query (const char *sql)
{
  g_autofree char *path = g_build_filename (folder, "data", "regard", "library.db", NULL);
  sqlite3 *db = NULL;
  sqlite3_stmt *s = NULL;
  char *text = NULL;

  cr_assert_eq (sqlite3_open_v2 (path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK, "%s", path);
  sqlite3_busy_timeout (db, 5000);
  cr_assert_eq (sqlite3_prepare_v2 (db, sql, -1, &s, NULL), SQLITE_OK, "%s", sqlite3_errmsg (db));
  if (sqlite3_step (s) == SQLITE_ROW)
    text = g_strdup ((const char *)sqlite3_column_text (s, 0));
  sqlite3_finalize (s);
  sqlite3_close (db);
  return text;
}

char *
rig_wait_query (const char *sql, const char *value)
{
  gint64 since = g_get_monotonic_time ();
  g_autofree char *now = NULL;

  do
    {
      g_free (now);
      now = rig_query (sql);
      if (g_strcmp0 (now, value) == 0)
        return g_steal_pointer (&now);
    }
  while (wait_more (since));
  cr_assert_fail ("%s gives \"%s\", not \"%s\"", sql, now, value);
  return NULL;
}

void
rig_start_with_sample (const char *name)
{
  g_autofree char *photo = rig_sample (name), *label = g_strconcat ("Photograph ", name, NULL);
  g_autoptr (rig_node) picture = NULL, entry = NULL;

  rig_start (photo);
  picture = rig_wait ("image", label);
  rig_focus_window (name);
  entry = rig_wait ("text box", "Question");
}
