/* A matrix in a file: made once, used again, made anew when it is not the one wanted. */
#include "tests/vqa/draw.h"
#include "tests/vqa/tiny.h"
#include "vqa/run/cache.h"

#include <criterion/criterion.h>
#include <string.h>

#define ROW 24 /* bytes */

static char *folder, *path;

static void
set_up (void)
{
  folder = draw_folder ();
  path = tiny_path (folder, "rows.cache");
}

static void
tear_down (void)
{
  draw_remove (folder);
  g_free (folder);
  g_free (path);
}

TestSuite (cache, .init = set_up, .fini = tear_down);

/* What fill is to do and did. */
typedef struct
{
  int calls, fail_at; /* fail_at: row, or -1 */
  guint8 base;
} filler;

static gboolean
fill (gsize row, void *to, gpointer user, GError **error)
{
  filler *f = user;
  guint8 *bytes = to;

  cr_assert_eq (row, (gsize)f->calls, "rows are filled in order");
  f->calls++;
  for (int i = 0; i < ROW; i++)
    cr_assert_eq (bytes[i], 0, "a row is clean before it is filled");
  if ((int)row == f->fail_at)
    {
      g_set_error (error, VQA_ERROR, VQA_ERROR_STOPPED, "row %zu", row);
      return FALSE;
    }
  memset (bytes, f->base + (int)row, ROW - 1);
  return TRUE;
}

static vqa_cache *
open_good (const char *key, gsize rows, filler *f)
{
  g_autoptr (GError) error = NULL;
  vqa_cache *c = vqa_cache_open (path, key, rows, ROW, fill, f, &error);

  cr_assert_not_null (c, "%s", error != NULL ? error->message : "");
  return c;
}

static void
expect_rows (const vqa_cache *c, gsize rows, guint8 base)
{
  for (gsize i = 0; i < rows; i++)
    {
      const guint8 *row = vqa_cache_row (c, i);
      cr_assert_eq (row[0], base + i);
      cr_assert_eq (row[ROW - 2], base + i);
      cr_assert_eq (row[ROW - 1], 0);
    }
}

static guint
files_in (const char *where)
{
  g_autoptr (GDir) dir = g_dir_open (where, 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

/* Opens with `key` and `rows` and says how many rows were made for that. */
static int
made (const char *key, gsize rows, guint8 base)
{
  filler f = { .fail_at = -1, .base = base };
  g_autoptr (vqa_cache) c = open_good (key, rows, &f);

  if (f.calls > 0)
    expect_rows (c, rows, base);
  return f.calls;
}

Test (cache, made_once_and_used_again)
{
  filler unused = { .fail_at = 0 };
  g_autoptr (vqa_cache) c = NULL;

  cr_assert_eq (made ("a", 5, 10), 5);
  c = open_good ("a", 5, &unused);
  cr_assert_eq (unused.calls, 0);
  expect_rows (c, 5, 10);
  cr_assert_eq (files_in (folder), 1, "no other file stays behind");
}

Test (cache, made_anew_for_another_key_or_size)
{
  filler f = { .fail_at = -1 };
  g_autoptr (vqa_cache) wider = NULL;

  cr_assert_eq (made ("a", 5, 10), 5);
  cr_assert_eq (made ("b", 5, 20), 5);
  cr_assert_eq (made ("a", 5, 30), 5);
  cr_assert_eq (made ("a", 6, 40), 6);
  cr_assert_eq (made ("a", 6, 50), 0);
  cr_assert_eq (made ("a", 2, 60), 2);
  cr_assert_eq (made ("", 0, 0), 0);
  /* As many bytes in all, other rows. */
  cr_assert_eq (made ("a", 4, 70), 4);
  wider = vqa_cache_open (path, "a", 2, 2 * ROW, fill, &f, NULL);
  cr_assert_not_null (wider);
  cr_assert_eq (f.calls, 2);
}

Test (cache, an_open_one_outlives_its_file)
{
  filler first = { .fail_at = -1, .base = 10 };
  g_autoptr (vqa_cache) c = open_good ("a", 5, &first);

  cr_assert_eq (made ("b", 5, 20), 5);
  expect_rows (c, 5, 10);
}

/* Cut at any place, longer, or overwritten in the header. */
Test (cache, a_damaged_file_is_made_anew)
{
  g_autofree char *bytes = NULL;
  gsize length;

  cr_assert_eq (made ("a", 5, 10), 5);
  cr_assert (g_file_get_contents (path, &bytes, &length, NULL));
  for (gsize cut = 0; cut < length; cut += 13)
    {
      cr_assert (g_file_set_contents (path, bytes, (gssize)cut, NULL));
      cr_assert_eq (made ("a", 5, 20), 5, "cut to %zu bytes", cut);
    }
  for (gsize at = 0; at < 88; at++)
    {
      bytes[at] ^= 1;
      cr_assert (g_file_set_contents (path, bytes, (gssize)length, NULL));
      cr_assert_eq (made ("a", 5, 20), 5, "byte %zu changed", at);
      bytes[at] ^= 1;
    }
  bytes = g_realloc (bytes, length + 1);
  bytes[length] = 0;
  cr_assert (g_file_set_contents (path, bytes, (gssize)length + 1, NULL));
  cr_assert_eq (made ("a", 5, 30), 5, "one byte too many");
}

Test (cache, an_error_while_filling_leaves_nothing)
{
  for (int at = 0; at < 3; at++)
    {
      filler f = { .fail_at = at };
      g_autoptr (GError) error = NULL;

      cr_assert_null (vqa_cache_open (path, "a", 3, ROW, fill, &f, &error));
      tiny_expect_error (error, VQA_ERROR, VQA_ERROR_STOPPED, "row ", NULL);
      cr_assert_eq (f.calls, at + 1);
      cr_assert_eq (files_in (folder), 0);
    }
  /* An older file stays as it was. */
  cr_assert_eq (made ("a", 3, 10), 3);
  filler f = { .fail_at = 1 };
  cr_assert_null (vqa_cache_open (path, "b", 3, ROW, fill, &f, NULL));
  cr_assert_eq (files_in (folder), 1);
  cr_assert_eq (made ("a", 3, 20), 0);
}

Test (cache, folders_that_cannot_be_written)
{
  g_autofree char *absent = g_build_filename (folder, "absent", "rows.cache", NULL);
  g_autofree char *file = draw_file (folder, "file", "x", 1);
  g_autofree char *below = g_build_filename (file, "rows.cache", NULL);
  const char *const places[] = { absent, below, "/proc/rows.cache" };

  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    {
      filler f = { .fail_at = 0 };
      g_autoptr (GError) error = NULL;

      cr_assert_null (vqa_cache_open (places[i], "a", 3, ROW, fill, &f, &error));
      tiny_expect_error (error, VQA_ERROR, VQA_ERROR_FAILED, places[i], "cannot be created", NULL);
      cr_assert_eq (f.calls, 0);
    }
}

Test (cache, a_folder_in_its_place)
{
  filler f = { .fail_at = -1 };
  g_autoptr (GError) error = NULL;

  cr_assert_eq (g_mkdir_with_parents (path, 0700), 0);
  cr_assert_null (vqa_cache_open (path, "a", 3, ROW, fill, &f, &error));
  tiny_expect_error (error, VQA_ERROR, VQA_ERROR_FAILED, path, "cannot be written", NULL);
  cr_assert_eq (files_in (folder), 1);
}

Test (cache, rows_too_large_for_memory)
{
  filler f = { .fail_at = 0 };
  g_autoptr (GError) error = NULL;

  cr_assert_null (vqa_cache_open (path, "a", 1, G_MAXSIZE / 4, fill, &f, &error));
  tiny_expect_error (error, VQA_ERROR, VQA_ERROR_FAILED, path, NULL);
  cr_assert_eq (files_in (folder), 0);
}

/* ---- two at once ------------------------------------------------------------------------- */

static gint filled;

static gboolean
fill_slowly (gsize row, void *to, gpointer user, GError **error)
{
  g_usleep (20000);
  memset (to, 1 + (int)row, ROW - 1);
  g_atomic_int_inc (&filled);
  return TRUE;
}

static gpointer
open_beside (gpointer user)
{
  return vqa_cache_open (path, "a", 5, ROW, fill_slowly, NULL, NULL);
}

Test (cache, made_once_by_two_that_need_it)
{
  GThread *other = g_thread_new ("other", open_beside, NULL);
  g_autoptr (vqa_cache) mine = open_beside (NULL), theirs = g_thread_join (other);

  cr_assert (mine != NULL && theirs != NULL);
  expect_rows (mine, 5, 1);
  expect_rows (theirs, 5, 1);
  cr_assert_eq (filled, 5);
  cr_assert_eq (files_in (folder), 1);
}

/* What a killed process left is written over. */
Test (cache, an_unfinished_one_does_not_matter)
{
  g_autofree char *part
      = draw_file (folder, "rows.cache.part", "the beginning of a longer one", -1);
  filler f = { .fail_at = -1, .base = 5 };
  g_autoptr (vqa_cache) c = open_good ("a", 1, &f);

  expect_rows (c, 1, 5);
  cr_assert_eq (files_in (folder), 1);
}
