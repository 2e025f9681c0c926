/* The confined process that decodes: one for many pictures, started again, never trusted. */
#include "tests/vqa/draw.h"
#include "vqa/data/data.h"
#include "vqa/data/worker.h"

#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

static vqa_picture *
load (GBytes *bytes, int side, int fit)
{
  g_autoptr (GError) error = NULL;
  vqa_picture *p = vqa_picture_load_bytes (bytes, "drawn", side, fit, &error);

  cr_assert (p, "%s", error ? error->message : "no error either");
  return p;
}

Test (worker, killed_in_between_is_started_again)
{
  g_autofree guint8 *scene = draw_scene (24, 24);
  g_autoptr (GBytes) png = draw_png (scene, 24, 24, 3);
  GPid first, second;

  vqa_picture_free (load (png, 24, 0));
  first = vqa_worker_pid ();
  cr_assert_gt (first, 0);
  vqa_picture_free (load (png, 24, 0));
  cr_expect_eq (vqa_worker_pid (), first, "one worker decodes many pictures");
  kill (first, SIGKILL);
  {
    g_autoptr (vqa_picture) p = load (png, 24, 0);

    cr_expect_arr_eq (p->square, scene, 24 * 24 * 3);
  }
  second = vqa_worker_pid ();
  cr_expect (second > 0 && second != first);
}

#ifndef __SANITIZE_ADDRESS__ /* sanitizers need what the confinement forbids */
/* A number from a line "NAME:<TAB>NUMBER" of the worker's status; -1 when it is not there. */
static int
status_of (GPid pid, const char *name)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/status", (int)pid);
  g_autofree char *line = g_strdup_printf ("\n%s:", name);
  g_autofree char *text = NULL;
  const char *at;

  if (!g_file_get_contents (path, &text, NULL, NULL) || !(at = strstr (text, line)))
    return -1;
  return atoi (at + strlen (line));
}

Test (worker, is_confined)
{
  g_autofree guint8 *scene = draw_scene (8, 8);
  g_autoptr (GBytes) png = draw_png (scene, 8, 8, 3);

  vqa_picture_free (load (png, 8, 0));
  cr_expect_eq (vqa_picture_decoder (), VQA_DECODER_FILTERED);
  cr_expect_eq (status_of (vqa_worker_pid (), "Seccomp"), 2, "system calls are filtered");
  cr_expect_eq (status_of (vqa_worker_pid (), "NoNewPrivs"), 1);
}

#endif

static guint
count_files (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  guint count = 0;

  while (dir && g_dir_read_name (dir))
    count++;
  return count;
}

Test (worker, leaves_no_files_open)
{
  g_autofree guint8 *scene = draw_scene (8, 8);
  g_autoptr (GBytes) png = draw_png (scene, 8, 8, 3);
  guint before;

  vqa_picture_free (load (png, 8, 0));
  before = count_files ();
  for (int i = 0; i < 10; i++)
    {
      kill (vqa_worker_pid (), SIGKILL);
      vqa_picture_free (load (png, 8, 0));
    }
  cr_expect_eq (count_files (), before);
}

/* Random damage: whatever comes of it, the answer is a picture or an error, and the next call
 * works. */
Test (worker, random_damage)
{
  const guint32 colours[] = { 0x2040c0, 0xff0000 };
  g_autofree guint8 *scene = draw_scene (30, 30);
  g_autoptr (GBytes) png = draw_png (scene, 30, 30, 3), jpeg = draw_jpeg (scene, 30, 30, 3, 80);
  g_autoptr (GBytes) bmp = draw_bmp (scene, 30, 30, 3), gif = draw_gif (30, 30, colours, 2);
  g_autoptr (GBytes) exif = draw_with_orientation (jpeg, 6);
  GBytes *whole[] = { png, jpeg, bmp, gif, exif };
  g_autoptr (GRand) random = g_rand_new_with_seed (7);

  for (int i = 0; i < 300; i++)
    {
      GBytes *from = whole[i % G_N_ELEMENTS (whole)];
      gsize length;
      guint8 *bytes = g_memdup2 (g_bytes_get_data (from, &length), g_bytes_get_size (from));
      g_autoptr (GBytes) damaged = NULL;
      g_autoptr (vqa_picture) p = NULL;
      g_autoptr (GError) error = NULL;

      for (int n = g_rand_int_range (random, 1, 6); n > 0; n--)
        bytes[g_rand_int_range (random, 0, (int)length)] = (guint8)g_rand_int (random);
      damaged = g_bytes_new_take (bytes, length);
      p = vqa_picture_load_bytes (damaged, "damaged", 12, 20, &error);
      cr_assert ((p && p->square && p->shown && !error)
                 || g_error_matches (error, VQA_ERROR, VQA_ERROR_PICTURE));
    }
  vqa_picture_free (load (png, 8, 0));
}

static gpointer
load_many (gpointer data)
{
  int good = 0;

  for (int i = 0; i < 50; i++)
    {
      g_autoptr (vqa_picture) p = vqa_picture_load_bytes (data, "drawn", 20, 0, NULL);
      gsize length;
      const guint8 *bytes = p ? g_bytes_get_data (data, &length) : NULL;

      /* The pixels of this thread's picture, not of the other's. */
      good += bytes && p->square[0] == bytes[18] && p->square[1] == bytes[19]
              && p->square[2] == bytes[20];
    }
  return GINT_TO_POINTER (good);
}

Test (worker, two_threads_at_once)
{
  guint8 tga[2][18 + 3] = { { 0 } };
  GThread *threads[2];
  GBytes *bytes[2];

  for (int i = 0; i < 2; i++)
    {
      /* One pixel, blue and red alike so that the order of channels does not matter. */
      const guint8 header[] = { 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 24, 0x20 };

      memcpy (tga[i], header, sizeof header);
      memset (tga[i] + 18, 50 + 100 * i, 3);
      bytes[i] = g_bytes_new (tga[i], sizeof tga[i]);
    }
  for (int i = 0; i < 2; i++)
    threads[i] = g_thread_new ("load", load_many, bytes[i]);
  for (int i = 0; i < 2; i++)
    cr_expect_eq (GPOINTER_TO_INT (g_thread_join (threads[i])), 50);
  for (int i = 0; i < 2; i++)
    g_bytes_unref (bytes[i]);
}

static void
pretend (const char *folder, const char *script)
{
  g_autofree char *text = g_strdup_printf ("#!/bin/sh\n%s\n", script);
  g_autofree char *path = draw_file (folder, "decode", text, -1);

  g_chmod (path, 0700);
  g_setenv ("REGARD_DECODE", path, TRUE);
}

Test (worker, one_that_hangs_is_ended)
{
  g_autofree char *folder = draw_folder ();
  wire_reply reply;
  vqa_picture p = { 0 };
  g_autoptr (GError) error = NULL;

  pretend (folder, "exec sleep 1000");
  cr_expect_eq (
      vqa_worker_decode ((const guint8 *)"x", 1, &(vqa_region){ 0 }, 8, 0, 0.2, &reply, &p, &error),
      WORKER_LATE);
  cr_expect_eq (vqa_worker_pid (), 0);
  cr_expect_null (p.square);
  draw_remove (folder);
}

Test (worker, one_that_dies_or_babbles_gives_an_error)
{
  static const char *const scripts[]
      = { "exit 1", "exec cat", "head -c 10 >/dev/null; exec yes", "exec head -c 20 /dev/zero" };
  g_autofree guint8 *scene = draw_scene (200, 200);
  g_autoptr (GBytes) png = draw_png (scene, 200, 200, 3);

  for (guint i = 0; i < G_N_ELEMENTS (scripts); i++)
    {
      g_autofree char *folder = draw_folder ();
      g_autoptr (GError) error = NULL;

      pretend (folder, scripts[i]);
      cr_expect_null (vqa_picture_load_bytes (png, "drawn", 16, 0, &error));
      cr_assert (g_error_matches (error, VQA_ERROR, VQA_ERROR_PICTURE));
      cr_expect_str_eq (error->message, "drawn is damaged: decoding it failed; copy or download it "
                                        "again");
      draw_remove (folder);
    }
  g_unsetenv ("REGARD_DECODE");
  vqa_picture_free (load (png, 24, 0));
}

Test (worker, missing_program_is_named)
{
  g_autofree guint8 *scene = draw_scene (8, 8);
  g_autoptr (GBytes) png = draw_png (scene, 8, 8, 3);
  g_autoptr (GError) error = NULL;

  g_setenv ("REGARD_DECODE", "/nonexistent/decode", TRUE);
  cr_expect_null (vqa_picture_load_bytes (png, "drawn", 8, 0, &error));
  cr_expect (g_error_matches (error, VQA_ERROR, VQA_ERROR_FAILED));
  cr_expect (strstr (error->message, "/nonexistent/decode"), "%s", error->message);
}
