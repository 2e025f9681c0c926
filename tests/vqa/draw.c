#include "tests/vqa/draw.h"

#include <glib/gstdio.h>
#include <string.h>

#include <stb/stb_image_write.h>

/* ---- files ------------------------------------------------------------------------------ */

char *
draw_folder (void)
{
  g_autoptr (GError) error = NULL;
  char *folder = g_dir_make_tmp ("regard-test-XXXXXX", &error);

  if (!folder)
    g_error ("%s", error->message);
  return folder;
}

void
draw_remove (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir)))
    {
      g_autofree char *child = g_build_filename (folder, name, NULL);

      draw_remove (child);
    }
  g_remove (folder);
}

char *
draw_file (const char *folder, const char *name, gconstpointer bytes, gssize length)
{
  g_autoptr (GError) error = NULL;
  char *path = g_build_filename (folder, name, NULL);

  if (!g_file_set_contents (path, bytes, length, &error))
    g_error ("%s", error->message);
  return path;
}

char *
draw_save (const char *folder, const char *name, GBytes *bytes)
{
  gsize length;
  gconstpointer data = g_bytes_get_data (bytes, &length);

  return draw_file (folder, name, data, (gssize)length);
}

/* ---- pictures --------------------------------------------------------------------------- */

guint8 *
draw_scene (int width, int height)
{
  guint8 *pixels = g_new (guint8, (gsize)width * height * 3), *to = pixels;

  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++, to += 3)
      {
        int dx = 4 * x - width, dy = 4 * y - height;

        to[0] = (guint8)(20 + 200 * x / width);
        to[1] = (guint8)(30 + 180 * y / height);
        to[2] = dx * dx + dy * dy < width * height / 2 ? 220 : 40;
      }
  return pixels;
}

static void
append (void *user, void *data, int size)
{
  g_byte_array_append (user, data, (guint)size);
}

GBytes *
draw_png (const guint8 *pixels, int width, int height, int channels)
{
  GByteArray *out = g_byte_array_new ();

  stbi_write_png_to_func (append, out, width, height, channels, pixels, 0);
  return g_byte_array_free_to_bytes (out);
}

GBytes *
draw_jpeg (const guint8 *pixels, int width, int height, int channels, int quality)
{
  GByteArray *out = g_byte_array_new ();

  stbi_write_jpg_to_func (append, out, width, height, channels, pixels, quality);
  return g_byte_array_free_to_bytes (out);
}

GBytes *
draw_bmp (const guint8 *pixels, int width, int height, int channels)
{
  GByteArray *out = g_byte_array_new ();

  stbi_write_bmp_to_func (append, out, width, height, channels, pixels);
  return g_byte_array_free_to_bytes (out);
}

GBytes *
draw_tga (const guint8 *pixels, int width, int height, int channels)
{
  GByteArray *out = g_byte_array_new ();

  stbi_write_tga_with_rle = 0;
  stbi_write_tga_to_func (append, out, width, height, channels, pixels);
  return g_byte_array_free_to_bytes (out);
}

GBytes *
draw_cut (GBytes *bytes, gsize length)
{
  return g_bytes_new_from_bytes (bytes, 0, length);
}

/* ---- PNG by hand: deflate with stored blocks -------------------------------------------- */

static void
put32 (GByteArray *out, guint32 v)
{
  guint8 b[] = { (guint8)(v >> 24), (guint8)(v >> 16), (guint8)(v >> 8), (guint8)v };

  g_byte_array_append (out, b, 4);
}

static guint32
crc32_of (const guint8 *bytes, gsize length)
{
  guint32 crc = ~0u;

  for (gsize i = 0; i < length; i++)
    {
      crc ^= bytes[i];
      for (int bit = 0; bit < 8; bit++)
        crc = crc & 1 ? crc >> 1 ^ 0xedb88320u : crc >> 1;
    }
  return ~crc;
}

static void
put_chunk (GByteArray *out, const char *type, const guint8 *data, guint length)
{
  guint start;

  put32 (out, length);
  start = out->len;
  g_byte_array_append (out, (const guint8 *)type, 4);
  g_byte_array_append (out, data, length);
  put32 (out, crc32_of (out->data + start, length + 4));
}

static void
put_png_start (GByteArray *out, guint32 width, guint32 height, guint8 depth, guint8 colour)
{
  g_autoptr (GByteArray) header = g_byte_array_new ();
  guint8 rest[] = { depth, colour, 0, 0, 0 };

  g_byte_array_append (out, (const guint8 *)"\x89PNG\r\n\x1a\n", 8);
  put32 (header, width);
  put32 (header, height);
  g_byte_array_append (header, rest, sizeof rest);
  put_chunk (out, "IHDR", header->data, header->len);
}

static void
put_stored (GByteArray *out, const guint8 *raw, guint length)
{
  guint32 a = 1, b = 0;

  g_byte_array_append (out, (const guint8 *)"\x78\x01", 2);
  for (guint at = 0; at < length;)
    {
      guint n = MIN (length - at, 65535);
      guint8 block[]
          = { at + n == length, (guint8)n, (guint8)(n >> 8), (guint8)~n, (guint8)(~n >> 8) };

      g_byte_array_append (out, block, sizeof block);
      g_byte_array_append (out, raw + at, n);
      at += n;
    }
  for (guint i = 0; i < length; i++)
    {
      a = (a + raw[i]) % 65521;
      b = (b + a) % 65521;
    }
  put32 (out, b << 16 | a);
}

GBytes *
draw_png16 (const guint16 *pixels, int width, int height, int channels)
{
  static const guint8 colour[] = { 0, 0, 4, 2, 6 };
  GByteArray *out = g_byte_array_new ();
  g_autoptr (GByteArray) raw = g_byte_array_new (), packed = g_byte_array_new ();

  for (int y = 0; y < height; y++)
    {
      g_byte_array_append (raw, (const guint8 *)"", 1); /* no filter */
      for (int i = 0; i < width * channels; i++, pixels++)
        {
          guint8 two[] = { (guint8)(*pixels >> 8), (guint8)*pixels };

          g_byte_array_append (raw, two, 2);
        }
    }
  put_stored (packed, raw->data, raw->len);
  put_png_start (out, (guint32)width, (guint32)height, 16, colour[channels]);
  put_chunk (out, "IDAT", packed->data, packed->len);
  put_chunk (out, "IEND", NULL, 0);
  return g_byte_array_free_to_bytes (out);
}

GBytes *
draw_png_header (guint32 width, guint32 height)
{
  GByteArray *out = g_byte_array_new ();

  put_png_start (out, width, height, 8, 2);
  put_chunk (out, "IDAT", (const guint8 *)"\x78\x01\x01\0\0\xff\xff\0\0\0\1", 11);
  put_chunk (out, "IEND", NULL, 0);
  return g_byte_array_free_to_bytes (out);
}

/* ---- GIF by hand ------------------------------------------------------------------------ */

/* `count` pixels of colour `index` (below 4) in codes of 3 bits: a clear code before every second
 * pixel keeps the codes from growing. */
static void
put_gif_pixels (GByteArray *out, int count, guint index)
{
  g_autoptr (GByteArray) data = g_byte_array_new ();
  guint bits = 0, held = 0;
  guint total = (guint)(count + (count + 1) / 2 + 1);

  for (guint i = 0; i < total || held > 0; i++)
    {
      guint code = i == total - 1 ? 5 : i % 3 == 0 ? 4 : index;

      if (i < total)
        {
          bits |= code << held;
          held += 3;
        }
      while (held >= 8 || (i >= total && held > 0))
        {
          guint8 byte = (guint8)bits;

          g_byte_array_append (data, &byte, 1);
          bits >>= 8;
          held = held >= 8 ? held - 8 : 0;
        }
    }
  g_byte_array_append (out, (const guint8 *)"\2", 1);
  for (guint at = 0; at < data->len; at += 255)
    {
      guint8 n = (guint8)MIN (data->len - at, 255);

      g_byte_array_append (out, &n, 1);
      g_byte_array_append (out, data->data + at, n);
    }
  g_byte_array_append (out, (const guint8 *)"", 1);
}

GBytes *
draw_gif (int width, int height, const guint32 *colours, int frames)
{
  GByteArray *out = g_byte_array_new ();
  guint8 size[] = { (guint8)width, (guint8)(width >> 8), (guint8)height, (guint8)(height >> 8) };

  g_byte_array_append (out, (const guint8 *)"GIF89a", 6);
  g_byte_array_append (out, size, 4);
  g_byte_array_append (out, (const guint8 *)"\x91\0\0", 3); /* four colours */
  for (int i = 0; i < 4; i++)
    {
      guint32 c = i < frames ? colours[i] : 0;
      guint8 rgb[] = { (guint8)(c >> 16), (guint8)(c >> 8), (guint8)c };

      g_byte_array_append (out, rgb, 3);
    }
  for (int i = 0; i < frames; i++)
    {
      g_byte_array_append (out, (const guint8 *)"!\xf9\4\0\x0a\0\0\0", 8);
      g_byte_array_append (out, (const guint8 *)",\0\0\0\0", 5);
      g_byte_array_append (out, size, 4);
      g_byte_array_append (out, (const guint8 *)"", 1);
      put_gif_pixels (out, width * height, (guint)i);
    }
  g_byte_array_append (out, (const guint8 *)";", 1);
  return g_byte_array_free_to_bytes (out);
}

/* ---- EXIF ------------------------------------------------------------------------------- */

GBytes *
draw_with_orientation (GBytes *jpeg, int orientation)
{
  guint8 exif[] = { 0xff, 0xe1, 0,    34,   'E', 'x', 'i', 'f', 0,
                    0,    'M',  'M',  0,    42,  0,   0,   0,   8, /* the first directory, at 8 */
                    0,    1,    0x01, 0x12, 0,   3,   0,   0,   0,
                    1,    0,    0,    0,    0,   0,   0,   0,   0 };
  GByteArray *out = g_byte_array_new ();
  gsize length;
  const guint8 *data = g_bytes_get_data (jpeg, &length);

  exif[29] = (guint8)orientation;
  g_byte_array_append (out, data, 2);
  g_byte_array_append (out, exif, sizeof exif);
  g_byte_array_append (out, data + 2, (guint)(length - 2));
  return g_byte_array_free_to_bytes (out);
}
