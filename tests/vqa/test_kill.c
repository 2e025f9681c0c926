/* A training killed at random moments, again and again: the checkpoint is always there and good, it
 * goes on bit for bit, and no litter piles up. Every step saves, so that most kills meet a write.
 * REGARD_KILLS kills (25 without it). */
#include "nets/core/safetensors.h"
#include "tests/fuzz/mutate.h"
#include "tests/vqa/draw.h"
#include "tests/vqa/tiny.h"
#include "tests/vqa/toy.h"

#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

static const char *const arguments[]
    = { "run",   "tiny.recipe",    "--set", "run.checkpoint=0",  "--set",    "head.passes=8",
        "--set", "whole.passes=0", "--set", "optimiser.ema=0.9", "--output", "killed.safetensors",
        NULL };

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

TestSuite (kill, .init = set_up, .fini = tear_down, .timeout = 900);

/* Where the only run's checkpoint is; NULL before the run made its folder. */
static char *
run_folder (void)
{
  g_autofree char *runs = tiny_path (folder, "runs");
  g_autoptr (GDir) dir = g_dir_open (runs, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_prefix (name, "tiny-"))
      return g_build_filename (runs, name, NULL);
  return NULL;
}

static guint
count_files (const char *where)
{
  g_autoptr (GDir) dir = where != NULL ? g_dir_open (where, 0, NULL) : NULL;
  guint n = 0;

  while (dir != NULL && g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

/* How far the checkpoint is, stage by stage; -1 when there is none. A damaged one fails the test.
 */
static gint64
progress (const char *where)
{
  g_autofree char *path
      = where != NULL ? g_build_filename (where, "checkpoint.safetensors", NULL) : g_strdup ("");
  g_autoptr (GError) error = NULL;
  g_autoptr (nn_file) f = NULL;

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return -1;
  f = nn_file_open (path, &error);
  cr_assert_not_null (f, "%s", error != NULL ? error->message : "");
  return 1000000 * g_ascii_strtoll (nn_file_metadata (f, "stage"), NULL, 10)
         + g_ascii_strtoll (nn_file_metadata (f, "step"), NULL, 10);
}

static gboolean
same_file (const char *a, const char *b)
{
  g_autofree char *x = NULL, *y = NULL;
  g_autofree char *first = tiny_path (folder, a), *second = tiny_path (folder, b);
  gsize n, m;

  cr_assert (g_file_get_contents (first, &x, &n, NULL), "%s", a);
  cr_assert (g_file_get_contents (second, &y, &m, NULL), "%s", b);
  return n == m && memcmp (x, y, n) == 0;
}

/* Starts the training and kills it after so long, unless it ends by itself before. Returns TRUE
 * when it was killed. */
static gboolean
start_and_kill (double seconds)
{
  GPid process = toy_start (folder, NULL, arguments);
  gint64 end = g_get_monotonic_time () + (gint64)(seconds * G_USEC_PER_SEC);
  int status = 0;

  while (g_get_monotonic_time () < end)
    {
      if (waitpid (process, &status, WNOHANG) == process)
        {
          cr_assert (WIFEXITED (status) && WEXITSTATUS (status) == 0, "status %x", status);
          return FALSE;
        }
      g_usleep (1000);
    }
  kill (process, SIGKILL);
  cr_assert_eq (waitpid (process, &status, 0), process);
  return WIFSIGNALED (status);
}

/* It came to its end, across all kills: the same model as without. Then another begins. */
static void
begin_anew (char **where)
{
  g_autofree char *model = tiny_path (folder, "killed.safetensors");

  cr_assert (same_file ("killed.safetensors", "straight.safetensors"));
  cr_assert_eq (g_unlink (model), 0);
  draw_remove (*where);
  g_clear_pointer (where, g_free);
}

Test (kill, whenever_it_comes_the_training_goes_on)
{
  const char *wanted = g_getenv ("REGARD_KILLS");
  guint kills = wanted != NULL ? (guint)atoi (wanted) : 25, done = 0, finished = 0, moved = 0;
  uint64_t state = 99;
  double whole;
  gint64 since = g_get_monotonic_time (), last = -1;
  g_autofree char *where = NULL;

  /* What comes out without a kill, and how long it takes: kills are spread over half of it. */
  cr_assert_not (start_and_kill (600));
  whole = (double)(g_get_monotonic_time () - since) / G_USEC_PER_SEC;
  {
    g_autofree char *from = tiny_path (folder, "killed.safetensors");
    g_autofree char *to = tiny_path (folder, "straight.safetensors");
    cr_assert_eq (g_rename (from, to), 0);
  }
  where = run_folder ();
  draw_remove (where);
  g_clear_pointer (&where, g_free);
  while (done < kills)
    {
      double at = whole / 2 * (double)(mutate_random (&state) % 10000) / 10000;
      gboolean killed = start_and_kill (at);
      gint64 now;
      done += killed;
      where = where != NULL ? where : run_folder ();
      now = progress (where);
      cr_assert_geq (now, last,
                     "the checkpoint went from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, last,
                     now);
      moved += now > last;
      last = now;
      /* The checkpoint, and at most one that was being written. */
      cr_assert_leq (count_files (where), 2, "litter in %s", where);
      if (!killed)
        {
          begin_anew (&where);
          last = -1;
          finished++;
        }
    }
  while (start_and_kill (600))
    ;
  where = where != NULL ? where : run_folder ();
  begin_anew (&where);
  cr_assert_leq (count_files (folder), 16, "litter beside the model");
  cr_assert_gt (moved, 0, "no kill came after a step");
  cr_log_info ("%u kills, %u of them after new steps, %u trainings came to their end", done, moved,
               finished + 1);
}
