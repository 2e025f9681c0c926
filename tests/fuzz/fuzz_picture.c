/* Damaged pictures of every format that is read, and of Radiance HDR, which is refused. The process
 * that decodes may refuse them or die of them; this one, which stands for the window, gets a
 * picture or a message, and never more memory than what was asked for needs. */
#include "tests/fuzz/mutate.h"
#include "tests/vqa/draw.h"
#include "vqa/data/data.h"

#include <criterion/criterion.h>
#include <gio/gio.h>
#include <string.h>

#define WIDTH  23
#define HEIGHT 17
#define FILES  20000

static const char *const words[] = {
  "\xff\xd8", "\xff\xc0", "\xff\xc2", "\xff\xda", "\xff\xff", "\xff\xdb", "\xff\xc4",
  "IHDR",     "IDAT",     "PLTE",     "tRNS",     "IEND",     "8BPS",     "GIF89a",
  "\x7f",     "\x01\x80", "\n",       "255",      "65535",    "-1",       "99999999999",
  "+X",       "-Y",       "\x3b",     "\x2c",     "\x21\xf9",
};

/* An HDR of WIDTH x HEIGHT, and a PSD, both without compression. */
static GBytes *
make_hdr (const guint8 *rgb)
{
  GByteArray *a = g_byte_array_new ();
  g_autofree char *head
      = g_strdup_printf ("#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y %d +X %d\n", HEIGHT, WIDTH);

  g_byte_array_append (a, (const guint8 *)head, (guint)strlen (head));
  for (int y = 0; y < HEIGHT; y++)
    {
      const guint8 start[] = { 2, 2, 0, WIDTH };

      g_byte_array_append (a, start, sizeof start);
      for (int c = 0; c < 4; c++)
        {
          const guint8 run[] = { WIDTH };
          g_byte_array_append (a, run, 1);
          for (int x = 0; x < WIDTH; x++)
            {
              guint8 value = c < 3 ? rgb[(y * WIDTH + x) * 3 + c] : 128;
              g_byte_array_append (a, &value, 1);
            }
        }
    }
  return g_byte_array_free_to_bytes (a);
}

static GBytes *
make_psd (const guint8 *rgb)
{
  const guint8 head[]
      = { '8', 'B',   'P', 'S', 0, 1, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, HEIGHT, 0, 0,
          0,   WIDTH, 0,   8,   0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,      0, 0 };
  GByteArray *a = g_byte_array_new ();

  g_byte_array_append (a, head, sizeof head);
  for (int c = 0; c < 3; c++)
    for (int i = 0; i < WIDTH * HEIGHT; i++)
      g_byte_array_append (a, rgb + i * 3 + c, 1);
  return g_byte_array_free_to_bytes (a);
}

static GBytes *
make_pnm (const guint8 *rgb)
{
  g_autofree char *head = g_strdup_printf ("P6\n%d %d\n255\n", WIDTH, HEIGHT);
  GByteArray *a = g_byte_array_new ();

  g_byte_array_append (a, (const guint8 *)head, (guint)strlen (head));
  g_byte_array_append (a, rgb, WIDTH * HEIGHT * 3);
  return g_byte_array_free_to_bytes (a);
}

/* One good file of each format that is read. */
static GPtrArray *
make_files (void)
{
  const guint32 colours[] = { 0x2040c0, 0xff0000 };
  g_autofree guint8 *scene = draw_scene (WIDTH, HEIGHT);
  GPtrArray *files = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);

  g_ptr_array_add (files, draw_jpeg (scene, WIDTH, HEIGHT, 3, 80));
  g_ptr_array_add (files, draw_with_orientation (files->pdata[0], 6));
  g_ptr_array_add (files, draw_png (scene, WIDTH, HEIGHT, 3));
  g_ptr_array_add (files, draw_gif (WIDTH, HEIGHT, colours, 2));
  g_ptr_array_add (files, draw_bmp (scene, WIDTH, HEIGHT, 3));
  g_ptr_array_add (files, draw_tga (scene, WIDTH, HEIGHT, 3));
  g_ptr_array_add (files, make_psd (scene));
  g_ptr_array_add (files, make_pnm (scene));
  return files;
}

/* Largest memory that this process had so far, in KiB. */
static guint64
peak (void)
{
  g_autofree char *text = NULL;
  const char *at;

  cr_assert (g_file_get_contents ("/proc/self/status", &text, NULL, NULL));
  at = strstr (text, "VmHWM:");
  return at != NULL ? g_ascii_strtoull (at + strlen ("VmHWM:"), NULL, 10) : 0;
}

Test (picture, each_format_is_read_while_it_is_whole)
{
  g_autoptr (GPtrArray) files = make_files ();

  for (guint i = 0; i < files->len; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (vqa_picture) p = vqa_picture_load_bytes (files->pdata[i], "drawn", 8, 32, &error);

      cr_expect_not_null (p, "format %u: %s", i, error != NULL ? error->message : "");
    }
}

Test (picture, damage)
{
  g_autoptr (GPtrArray) files = make_files ();
  g_autofree guint8 *scene = draw_scene (WIDTH, HEIGHT);
  g_autoptr (GBytes) hdr = make_hdr (scene);
  guint64 before = peak ();
  guint pictures = 0;

  for (mutation m = mutation_start (11, FILES); mutation_next (&m);)
    {
      guint format = m.cases % (files->len + 1);
      GBytes *whole = format < files->len ? files->pdata[format] : hdr;
      gsize length;
      const guint8 *bytes = g_bytes_get_data (whole, &length);
      g_autoptr (GBytes) damaged = g_byte_array_free_to_bytes (
          mutate (&m.state, bytes, length, words, G_N_ELEMENTS (words)));
      g_autoptr (GError) error = NULL;
      g_autoptr (vqa_picture) p = vqa_picture_load_bytes (damaged, "damaged", 8, 32, &error);

      cr_assert ((p != NULL && p->square != NULL && p->shown != NULL && error == NULL)
                     || (p == NULL && g_error_matches (error, VQA_ERROR, VQA_ERROR_PICTURE)),
                 "case %u: %s", m.cases, error != NULL ? error->message : "no error");
      cr_assert (p != NULL || strstr (error->message, "damaged") != NULL, "%s", error->message);
      pictures += p != NULL;
    }
  cr_expect_gt (pictures, 0, "some damage does not matter");
#ifndef __SANITIZE_ADDRESS__ /* which keeps freed memory for a while */
  cr_expect_lt (peak () - before, 64 * 1024, "KiB more than before");
#endif
  /* And the next one opens. */
  for (guint i = 0; i < files->len; i++)
    {
      g_autoptr (vqa_picture) p = vqa_picture_load_bytes (files->pdata[i], "drawn", 8, 32, NULL);
      cr_expect_not_null (p);
    }
}

/* Bytes that become `rows` rows of zeros of `width` grey pixels: a thousand times as many. */
static GBytes *
deflate_zeros (guint32 width, guint32 rows)
{
  g_autoptr (GConverter) zlib
      = G_CONVERTER (g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_ZLIB, 1));
  g_autoptr (GOutputStream) memory = g_memory_output_stream_new_resizable ();
  g_autoptr (GOutputStream) stream = g_converter_output_stream_new (memory, zlib);
  g_autofree guint8 *row = g_malloc0 (width + 1);

  for (guint32 y = 0; y < rows; y++)
    cr_assert (g_output_stream_write_all (stream, row, width + 1, NULL, NULL, NULL));
  cr_assert (g_output_stream_close (stream, NULL, NULL));
  return g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (memory));
}

static void
append_chunk (GByteArray *a, const char *name, const guint8 *bytes, gsize length)
{
  guint32 size = GUINT32_TO_BE ((guint32)length), none = 0; /* the decoder does not check sums */

  g_byte_array_append (a, (const guint8 *)&size, 4);
  g_byte_array_append (a, (const guint8 *)name, 4);
  g_byte_array_append (a, bytes, (guint)length);
  g_byte_array_append (a, (const guint8 *)&none, 4);
}

/* A grey PNG that says it is width x height, with pixels for `rows` rows. */
static GBytes *
make_bomb (guint32 width, guint32 height, guint32 rows)
{
  static const guint8 signature[] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n' };
  guint32 sizes[2] = { GUINT32_TO_BE (width), GUINT32_TO_BE (height) };
  guint8 head[13] = { 0 };
  g_autoptr (GBytes) pixels = deflate_zeros (width, rows);
  GByteArray *a = g_byte_array_new ();

  memcpy (head, sizes, 8);
  head[8] = 8;
  g_byte_array_append (a, signature, sizeof signature);
  append_chunk (a, "IHDR", head, sizeof head);
  append_chunk (a, "IDAT", g_bytes_get_data (pixels, NULL), g_bytes_get_size (pixels));
  append_chunk (a, "IEND", NULL, 0);
  return g_byte_array_free_to_bytes (a);
}

Test (picture, decompression_bombs)
{
  /* Larger than any picture may be; as small as it says, with a thousand times the pixels. */
  g_autoptr (GBytes) large = make_bomb (30000, 30000, 1000), deep = make_bomb (40000, 10, 10000);
  GBytes *const bombs[] = { large, deep };
  g_autofree guint8 *scene = draw_scene (WIDTH, HEIGHT);
  g_autoptr (GBytes) good = draw_png (scene, WIDTH, HEIGHT, 3);
  guint64 before = peak ();

  for (guint i = 0; i < G_N_ELEMENTS (bombs); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (vqa_picture) p = vqa_picture_load_bytes (bombs[i], "bomb", 8, 32, &error);
      g_autoptr (vqa_picture) next = vqa_picture_load_bytes (good, "good", 8, 32, NULL);

      cr_expect (p != NULL || g_error_matches (error, VQA_ERROR, VQA_ERROR_PICTURE));
      cr_expect_not_null (next, "the picture after bomb %u", i);
    }
#ifndef __SANITIZE_ADDRESS__
  cr_expect_lt (peak () - before, 64 * 1024, "KiB more than before");
#endif
}
