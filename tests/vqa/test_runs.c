/* Runs through the program itself: rows in the library, progress for a window, stopping, being
 * killed, going on, deleting. */
#include "tests/vqa/draw.h"
#include "tests/vqa/tiny.h"
#include "tests/vqa/toy.h"

#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char *folder;

static void
set_up (void)
{
  folder = draw_folder ();
  tiny_set (folder);
}

static void
tear_down (void)
{
  draw_remove (folder);
  g_free (folder);
}

TestSuite (runs, .init = set_up, .fini = tear_down);

/* What `runs ...` prints as JSON. */
static JsonNode *
ask (const char *verb, const char *number)
{
  g_autoptr (GError) error = NULL;
  g_auto (toy_run) r = toy_cli (folder, "runs", "--json", verb, number, NULL);
  JsonNode *node;

  cr_assert_eq (r.status, 0, "%s", r.err);
  node = json_from_string (r.out, &error);
  cr_assert_not_null (node, "%s: %s", error != NULL ? error->message : "", r.out);
  return node;
}

/* The state of run 1; the caller frees it. */
static char *
state (void)
{
  g_autoptr (JsonNode) node = ask ("show", "1");
  return g_strdup (json_object_get_string_member (json_node_get_object (node), "state"));
}

static void
expect_state (const char *expected)
{
  g_autofree char *now = state ();
  cr_assert_str_eq (now, expected);
}

/* Waits until run 1 is in that state; a training that runs too long was never seen in it. */
static void
await_step (void)
{
  for (int i = 0; i < 6000; i++)
    {
      g_auto (toy_run) r = toy_cli (folder, "runs", "--json", "show", "1", NULL);
      g_autoptr (JsonNode) node = r.status == 0 ? json_from_string (r.out, NULL) : NULL;
      if (node != NULL && json_object_get_int_member (json_node_get_object (node), "step") > 0)
        return;
      g_usleep (10000);
    }
  cr_assert_fail ("run 1 never took a step");
}

static gboolean
same_file (const char *a, const char *b)
{
  g_autofree char *x = NULL, *y = NULL, *first = tiny_path (folder, a),
                  *second = tiny_path (folder, b);
  gsize n, m;

  cr_assert (g_file_get_contents (first, &x, &n, NULL), "%s", a);
  cr_assert (g_file_get_contents (second, &y, &m, NULL), "%s", b);
  return n == m && memcmp (x, y, n) == 0;
}

static int
wait_for (GPid process)
{
  int status = 0;

  cr_assert_eq (waitpid (process, &status, 0), process);
  return status;
}

#define SOON "--set", "run.report=0", "--set", "whole.passes=0"
#define LONG SOON, "--set", "head.passes=4000"

/* ---- one run ----------------------------------------------------------------------------- */

Test (runs, a_row_tells_all_about_a_run)
{
  g_auto (toy_run) none = toy_cli (folder, "runs", NULL);
  g_auto (toy_run) done = toy_cli (folder, "run", "tiny.recipe", SOON, NULL);
  g_autoptr (JsonNode) list = NULL, one = NULL;
  JsonObject *run;
  JsonArray *losses;

  cr_assert_eq (none.status, 0);
  cr_assert_str_empty (none.out);
  cr_assert_eq (done.status, 0, "%s", done.err);
  cr_assert_str_empty (done.out);
  list = ask ("list", NULL);
  cr_assert_eq (json_array_get_length (json_node_get_array (list)), 1);
  one = ask ("show", "1");
  run = json_node_get_object (one);
  cr_assert_str_eq (json_object_get_string_member (run, "name"), "tiny");
  cr_assert_str_eq (json_object_get_string_member (run, "kind"), "answer");
  cr_assert_str_eq (json_object_get_string_member (run, "state"), "done");
  cr_assert_eq (json_object_get_int_member (run, "step"), 6);
  cr_assert_eq (json_object_get_int_member (run, "steps"), 6);
  tiny_expect_part (json_object_get_string_member (run, "output"), "/tiny.safetensors");
  tiny_expect_part (json_object_get_string_member (run, "recipe"), "report=0");
  cr_assert_eq (strlen (json_object_get_string_member (run, "model_hash")), 64);
  cr_assert_eq (strlen (json_object_get_string_member (run, "data_hash")), 64);
  cr_assert_eq (strlen (json_object_get_string_member (run, "recipe_hash")), 64);
  losses = json_object_get_array_member (json_object_get_object_member (run, "metrics"), "loss");
  cr_assert_eq (json_array_get_length (losses), 6);
  g_auto (toy_run) text = toy_cli (folder, "runs", NULL);
  tiny_expect_part (text.out, "tiny");
  tiny_expect_part (text.out, "100.0 %");
  g_auto (toy_run) shown = toy_cli (folder, "runs", "show", "1", NULL);
  tiny_expect_part (shown.out, "validation_accuracy");
  tiny_expect_part (shown.out, "[model]");
}

/* Every line is an object; they come in an order a window can rely on. */
Test (runs, progress_for_a_window)
{
  g_auto (toy_run) r = toy_cli (folder, "run", "tiny.recipe", SOON, "--progress", "json",
                                "--output", "a b.safetensors", NULL);
  g_auto (GStrv) lines = NULL;
  guint n, metrics = 0, checkpoints = 0;

  cr_assert_eq (r.status, 0, "%s", r.err);
  lines = g_strsplit (r.out, "\n", -1);
  n = g_strv_length (lines) - 1;
  cr_assert_str_empty (lines[n]);
  cr_assert_gt (n, 4);
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (JsonNode) node = json_from_string (lines[i], NULL);
      JsonObject *o = node != NULL ? json_node_get_object (node) : NULL;
      const char *event;
      cr_assert_not_null (o, "%s", lines[i]);
      event = json_object_get_string_member (o, "event");
      cr_assert_eq (json_object_get_int_member (o, "run"), 1);
      cr_assert_eq (strcmp (event, "started") == 0, i == 0, "%s", lines[i]);
      cr_assert_eq (strcmp (event, "finished") == 0, i == n - 1, "%s", lines[i]);
      metrics += strcmp (event, "metric") == 0;
      checkpoints += strcmp (event, "checkpoint") == 0;
      if (strcmp (event, "progress") == 0)
        {
          cr_assert_eq (json_object_get_int_member (o, "steps"), 6);
          cr_assert_gt (json_object_get_double_member (o, "loss"), 0);
          cr_assert (json_object_has_member (o, "seconds_left"));
        }
      if (i == n - 1)
        cr_assert_str_eq (json_object_get_string_member (o, "output"), "a b.safetensors");
    }
  cr_assert (metrics > 0 && checkpoints > 0);
  /* The text is where it always was. */
  tiny_expect_part (r.err, "head step 6/6");
}

Test (runs, a_failure_is_told)
{
  g_auto (toy_run) r = toy_cli (folder, "run", "tiny.recipe", "--set", "data.images=gone",
                                "--progress", "json", NULL);
  g_auto (toy_run) shown = { -1, NULL, NULL };

  cr_assert_eq (r.status, 1);
  tiny_expect_part (r.out, "{\"event\":\"failed\",\"run\":1,\"message\":\"");
  expect_state ("failed");
  shown = toy_cli (folder, "runs", "show", "1", NULL);
  tiny_expect_part (shown.out, "gone");
}

Test (runs, another_kind_is_named)
{
  g_free (draw_file (folder, "odd.recipe", "[recipe]\nkind=sing\n", -1));
  g_auto (toy_run) r = toy_cli (folder, "run", "odd.recipe", NULL);
  cr_assert_eq (r.status, 1);
  tiny_expect_part (r.err, "odd.recipe: [recipe] kind is “sing”");
  tiny_expect_part (r.err, "answer");
}

/* ---- stopping, killing, going on --------------------------------------------------------- */

/* Whether a thread, named by its folder in /proc, takes no SIGINT. */
static gboolean
is_deaf (const char *thread)
{
  g_autofree char *path = g_build_filename (thread, "status", NULL), *status = NULL;
  const char *blocked;

  cr_assert (g_file_get_contents (path, &status, NULL, NULL));
  blocked = strstr (status, "SigBlk:\t");
  cr_assert_not_null (blocked);
  return g_ascii_strtoull (blocked + 8, NULL, 16) >> (SIGINT - 1) & 1;
}

/* A handler on a thread that multiplies matrices would write into them. */
Test (runs, threads_that_compute_take_no_signals)
{
  static const char *const arguments[]
      = { "run", "tiny.recipe", SOON, "--set", "head.passes=60", NULL };
  GPid process = toy_start (folder, NULL, arguments);
  g_autofree char *threads = g_strdup_printf ("/proc/%d/task", (int)process);
  g_autoptr (GDir) dir = NULL;
  const char *name;
  guint all = 0, signals = 0;

  await_step ();
  dir = g_dir_open (threads, 0, NULL);
  cr_assert_not_null (dir);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *thread = g_build_filename (threads, name, NULL);
      g_autofree char *file = g_build_filename (thread, "comm", NULL), *comm = NULL;
      if (!g_file_get_contents (file, &comm, NULL, NULL))
        continue; /* it has ended */
      if (g_str_equal (g_strchomp (comm), "signals"))
        signals++;
      else
        cr_expect (is_deaf (thread), "thread %s takes signals", comm);
      all++;
    }
  cr_assert_eq (signals, 1);
  cr_assert_gt (all, 1);
  kill (process, SIGINT);
  wait_for (process);
  expect_state ("stopped");
}

Test (runs, stopped_and_killed_ones_go_on_bit_for_bit)
{
  static const char *const arguments[] = {
    "run",   "tiny.recipe",      SOON, "--set", "head.passes=60", "--set", "optimiser.ema=0.9",
    "--set", "run.checkpoint=0", NULL
  };
  GPid process;
  int status;

  process = toy_start (folder, NULL, arguments);
  await_step ();
  kill (process, SIGINT);
  status = wait_for (process);
  cr_assert (WIFEXITED (status) && WEXITSTATUS (status) == 130, "%x", status);
  expect_state ("stopped");

  process = toy_start (folder, NULL, (const char *const[]){ "runs", "resume", "1", NULL });
  g_usleep (300000);
  kill (process, SIGKILL);
  wait_for (process);
  {
    g_autofree char *now = state ();
    /* Killed before it took the row over, or after. */
    cr_assert (strcmp (now, "interrupted") == 0 || strcmp (now, "stopped") == 0, "%s", now);
  }
  /* From another folder, by the stored text: the recipe itself is gone. */
  {
    g_autofree char *recipe = tiny_path (folder, "tiny.recipe"), *kept = tiny_path (folder, "kept");
    cr_assert_eq (g_rename (recipe, kept), 0);
    g_auto (toy_run) r = toy_cli (folder, "runs", "resume", "1", NULL);
    cr_assert_eq (r.status, 0, "%s", r.err);
    tiny_expect_part (r.err, "going on at step");
    cr_assert_eq (g_rename (kept, recipe), 0);
  }
  expect_state ("done");
  {
    g_autofree char *from = tiny_path (folder, "tiny.safetensors");
    g_autofree char *to = tiny_path (folder, "stopped.safetensors");
    cr_assert_eq (g_rename (from, to), 0);
  }
  g_auto (toy_run) gone = toy_cli (folder, "runs", "delete", "1", NULL);
  cr_assert_eq (gone.status, 0, "%s", gone.err);
  g_auto (toy_run) straight = toy_cli (
      folder, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5],
      arguments[6], arguments[7], arguments[8], arguments[9], arguments[10], arguments[11], NULL);
  cr_assert_eq (straight.status, 0, "%s", straight.err);
  cr_assert_null (strstr (straight.err, "going on"));
  cr_assert (same_file ("tiny.safetensors", "stopped.safetensors"));
}

Test (runs, one_that_goes_on_is_left_alone)
{
  static const char *const arguments[] = { "run", "tiny.recipe", LONG, NULL };
  GPid process = toy_start (folder, NULL, arguments);

  await_step ();
  expect_state ("running");
  g_auto (toy_run) again = toy_cli (folder, "run", "tiny.recipe", LONG, NULL);
  g_auto (toy_run) resumed = toy_cli (folder, "runs", "resume", "1", NULL);
  g_auto (toy_run) deleted = toy_cli (folder, "runs", "delete", "1", NULL);
  kill (process, SIGKILL);
  wait_for (process);
  cr_assert_eq (again.status, 1);
  tiny_expect_part (again.err, "carried out already: run 1");
  cr_assert_eq (resumed.status, 1);
  tiny_expect_part (resumed.err, "goes on already");
  cr_assert_eq (deleted.status, 1);
  tiny_expect_part (deleted.err, "stop it first");
  expect_state ("interrupted");
}

Test (runs, one_waits_for_another)
{
  static const char *const first[] = { "run", "tiny.recipe", LONG, NULL };
  static const char *const second[]
      = { "run", "tiny.recipe", SOON, "--wait", "--output", "second.safetensors", NULL };
  GPid process = toy_start (folder, NULL, first), other;
  g_autofree char *model = tiny_path (folder, "second.safetensors");
  int status;

  await_step ();
  other = toy_start (folder, NULL, second);
  for (int i = 0; i < 6000; i++)
    {
      g_auto (toy_run) r = toy_cli (folder, "runs", "--json", "show", "2", NULL);
      if (r.status == 0 && strstr (r.out, "\"state\":\"waiting\"") != NULL)
        break;
      cr_assert_lt (i, 5999, "it does not wait");
      g_usleep (10000);
    }
  g_usleep (700000);
  cr_assert_not (g_file_test (model, G_FILE_TEST_EXISTS));
  kill (process, SIGKILL);
  wait_for (process);
  status = wait_for (other);
  cr_assert (WIFEXITED (status) && WEXITSTATUS (status) == 0, "%x", status);
  cr_assert (g_file_test (model, G_FILE_TEST_EXISTS));
}

Test (runs, deleting_takes_the_folder_and_nothing_else)
{
  g_autofree char *runs = tiny_path (folder, "runs"),
                  *model = tiny_path (folder, "tiny.safetensors");
  g_auto (toy_run) done = toy_cli (folder, "run", "tiny.recipe", SOON, NULL);
  g_autoptr (GDir) dir = NULL;
  const char *name;

  cr_assert_eq (done.status, 0);
  g_auto (toy_run) deleted = toy_cli (folder, "runs", "delete", "1", NULL);
  cr_assert_eq (deleted.status, 0, "%s", deleted.err);
  dir = g_dir_open (runs, 0, NULL);
  while ((name = g_dir_read_name (dir)) != NULL)
    cr_assert (g_str_has_suffix (name, ".cache"), "%s", name);
  cr_assert (g_file_test (model, G_FILE_TEST_EXISTS));
  g_auto (toy_run) shown = toy_cli (folder, "runs", "show", "1", NULL);
  cr_assert_eq (shown.status, 1);
  tiny_expect_part (shown.err, "no run “1”");
  /* A number is not used twice. */
  g_auto (toy_run) more = toy_cli (folder, "run", "tiny.recipe", SOON, NULL);
  g_auto (toy_run) list = toy_cli (folder, "runs", "show", "2", NULL);
  cr_assert_eq (more.status, 0);
  cr_assert_eq (list.status, 0);
}

Test (runs, unknown_numbers)
{
  static const char *const verbs[] = { "show", "resume", "delete" };
  static const char *const numbers[] = { "7", "0", "-1", "x", "1x", "99999999999999999999" };

  for (guint i = 0; i < G_N_ELEMENTS (verbs); i++)
    for (guint k = 0; k < G_N_ELEMENTS (numbers); k++)
      {
        g_auto (toy_run) r = toy_cli (folder, "runs", "--", verbs[i], numbers[k], NULL);
        cr_assert_eq (r.status, 1, "%s %s", verbs[i], numbers[k]);
        tiny_expect_part (r.err, "there is no run");
        tiny_expect_part (r.err, numbers[k]);
      }
}

/* ---- a library that cannot be used ------------------------------------------------------- */

Test (runs, without_a_library_the_training_goes_on)
{
  /* Where the folder of the library should be, there is a file. */
  g_free (draw_file (folder, "data", "", 0));
  g_auto (toy_run) r = toy_cli (folder, "run", "tiny.recipe", SOON, "--progress", "json", NULL);
  const char *first;

  cr_assert_eq (r.status, 0, "%s", r.err);
  first = strstr (r.err, "not recorded in the library");
  cr_assert_not_null (first);
  cr_assert_null (strstr (first + 1, "not recorded in the library"), "told once");
  tiny_expect_part (r.out, "{\"event\":\"started\",\"run\":null,");
  g_auto (toy_run) runs = toy_cli (folder, "runs", NULL);
  cr_assert_eq (runs.status, 1);
  tiny_expect_part (runs.err, "cannot create this folder");
}
