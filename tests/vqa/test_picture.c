/* Pictures of every kind, whole and broken, through the decoder. */
#include "tests/vqa/draw.h"
#include "vqa/data/data.h"

#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

static vqa_picture *
load (GBytes *bytes, int side, int fit)
{
  g_autoptr (GError) error = NULL;
  vqa_picture *p = vqa_picture_load_bytes (bytes, "drawn", side, fit, &error);

  cr_assert (p, "%s", error ? error->message : "no error either");
  return p;
}

/* Loading must fail with a message that begins with the name and has `part` in it. */
static void
refuse (GBytes *bytes, const char *part)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (vqa_picture) p = vqa_picture_load_bytes (bytes, "drawn", 16, 0, &error);

  cr_assert_null (p, "expected: %s", part);
  cr_assert (g_error_matches (error, VQA_ERROR, VQA_ERROR_PICTURE));
  cr_expect (g_str_has_prefix (error->message, "drawn "), "%s", error->message);
  cr_expect (strstr (error->message, part), "expected '%s' in: %s", part, error->message);
}

static void
refuse_path (const char *path, const char *part)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (vqa_picture) p = vqa_picture_load (path, 16, 0, &error);

  cr_assert_null (p, "expected: %s", part);
  cr_assert (g_error_matches (error, VQA_ERROR, VQA_ERROR_PICTURE));
  cr_expect (g_str_has_prefix (error->message, path), "%s", error->message);
  cr_expect (strstr (error->message, part), "expected '%s' in: %s", part, error->message);
}

static void
refuse_text (const char *text, gssize length, const char *part)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, length < 0 ? strlen (text) : (gsize)length);

  refuse (bytes, part);
}

/* Largest difference between two arrays. */
static int
difference (const guint8 *a, const guint8 *b, gsize count)
{
  int most = 0;

  for (gsize i = 0; i < count; i++)
    most = MAX (most, ABS (a[i] - b[i]));
  return most;
}

static void
expect_colour (const guint8 *rgb, int r, int g, int b, int tolerance)
{
  cr_expect (ABS (rgb[0] - r) <= tolerance && ABS (rgb[1] - g) <= tolerance
                 && ABS (rgb[2] - b) <= tolerance,
             "%d %d %d instead of %d %d %d", rgb[0], rgb[1], rgb[2], r, g, b);
}

/* ---- what is decoded -------------------------------------------------------------------- */

Test (picture, png_of_the_size_asked_for_is_exact)
{
  g_autofree guint8 *scene = draw_scene (32, 32);
  g_autoptr (GBytes) png = draw_png (scene, 32, 32, 3);
  g_autoptr (vqa_picture) p = load (png, 32, 100);

  cr_expect (p->width == 32 && p->height == 32 && p->side == 32);
  cr_expect (p->shown_width == 32 && p->shown_height == 32);
  cr_expect_arr_eq (p->square, scene, 32 * 32 * 3);
  cr_expect_arr_eq (p->shown, scene, 32 * 32 * 3);
}

Test (picture, jpeg_square_is_what_the_decoder_gave)
{
  g_autofree guint8 *scene = draw_scene (48, 48);
  g_autoptr (GBytes) jpeg = draw_jpeg (scene, 48, 48, 3, 95);
  g_autoptr (vqa_picture) p = load (jpeg, 48, 48);

  cr_expect_arr_eq (p->square, p->shown, 48 * 48 * 3);
  cr_expect_leq (difference (p->square, scene, 48 * 48 * 3), 60);
  expect_colour (p->square + (40 * 48 + 40) * 3, scene[(40 * 48 + 40) * 3],
                 scene[(40 * 48 + 40) * 3 + 1], scene[(40 * 48 + 40) * 3 + 2], 8);
}

Test (picture, hash_is_of_the_file)
{
  g_autofree guint8 *scene = draw_scene (8, 8);
  g_autoptr (GBytes) png = draw_png (scene, 8, 8, 3);
  g_autofree char *hash = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, png);
  g_autoptr (vqa_picture) p = load (png, 0, 0);

  cr_expect_str_eq (p->hash, hash);
  cr_expect_eq (strlen (p->hash), 64);
  cr_expect (!p->square && p->side == 0 && !p->shown && p->shown_width == 0);
}

Test (picture, shown_keeps_the_aspect_ratio_and_is_never_enlarged)
{
  g_autofree guint8 *scene = draw_scene (60, 20);
  g_autoptr (GBytes) png = draw_png (scene, 60, 20, 3);
  g_autoptr (vqa_picture) smaller = load (png, 0, 30), same = load (png, 0, 600);

  cr_expect (smaller->shown_width == 30 && smaller->shown_height == 10);
  cr_expect (same->shown_width == 60 && same->shown_height == 20);
  cr_expect (smaller->width == 60 && smaller->height == 20);
}

Test (picture, a_line_of_pixels_is_shown_at_least_one_pixel_high)
{
  g_autofree guint8 *scene = draw_scene (1000, 1);
  g_autoptr (GBytes) png = draw_png (scene, 1000, 1, 3);
  g_autoptr (vqa_picture) p = load (png, 16, 10);

  cr_expect (p->shown_width == 10 && p->shown_height == 1);
}

Test (picture, squash_takes_the_whole_picture)
{
  g_autofree guint8 *scene = draw_scene (64, 16);
  g_autoptr (GBytes) png = draw_png (scene, 64, 16, 3);
  g_autoptr (vqa_picture) p = load (png, 16, 0);

  expect_colour (p->square, 20, 30, 40, 25);
  expect_colour (p->square + 15 * 3, 215, 30, 40, 25);
  expect_colour (p->square + (15 * 16 + 15) * 3, 215, 200, 40, 25);
}

Test (picture, shrinking_is_antialiased)
{
  g_autofree guint8 *board = g_new (guint8, 64 * 64 * 3);
  g_autoptr (GBytes) png = NULL;
  g_autoptr (vqa_picture) p = NULL;

  for (int i = 0; i < 64 * 64; i++)
    memset (board + i * 3, (i / 64 + i) % 2 ? 255 : 0, 3);
  png = draw_png (board, 64, 64, 3);
  p = load (png, 8, 0);
  for (int i = 0; i < 8 * 8; i++)
    expect_colour (p->square + i * 3, 127, 127, 127, 6);
}

Test (picture, much_larger_pictures_are_averaged_in_place)
{
  enum
  {
    W = 1003,
    H = 531,
    SIDE = 16
  };
  g_autofree guint8 *ramps = g_new (guint8, W * H * 3);
  g_autoptr (GBytes) png = NULL;
  g_autoptr (vqa_picture) p = NULL;

  for (int i = 0; i < W * H; i++)
    {
      ramps[i * 3] = (guint8)(i % W * 255 / W);
      ramps[i * 3 + 1] = (guint8)(i / W * 255 / H);
      ramps[i * 3 + 2] = (i % W + i / W) % 2 ? 255 : 0;
    }
  png = draw_png (ramps, W, H, 3);
  p = load (png, SIDE, 0);
  for (int y = 1; y < SIDE - 1; y++)
    for (int x = 1; x < SIDE - 1; x++)
      expect_colour (p->square + (y * SIDE + x) * 3, (2 * x + 1) * 255 / (2 * SIDE),
                     (2 * y + 1) * 255 / (2 * SIDE), 127, 2);
}

Test (picture, enlarging_is_smooth)
{
  const guint8 two[] = { 0, 0, 0, 200, 200, 200 };
  g_autoptr (GBytes) png = draw_png (two, 2, 1, 3);
  g_autoptr (vqa_picture) p = load (png, 16, 0);

  for (int x = 5; x < 12; x++) /* beyond, the curve swings a little past its ends */
    cr_expect_geq (p->square[x * 3], p->square[(x - 1) * 3]);
  cr_expect (p->square[7 * 3] > 70 && p->square[8 * 3] < 130);
}

Test (picture, alpha_lies_over_white)
{
  const guint8 rgba[] = { 255, 0, 0, 255, 255, 0, 0, 0, 0, 0, 255, 128, 9, 9, 9, 0 };
  const guint8 grey[] = { 0, 255, 0, 0, 100, 51, 7, 0 };
  g_autoptr (GBytes) colour_png = draw_png (rgba, 2, 2, 4), grey_png = draw_png (grey, 2, 2, 2);
  g_autoptr (vqa_picture) colour = load (colour_png, 2, 0), two = load (grey_png, 2, 0);

  expect_colour (colour->square, 255, 0, 0, 0);
  expect_colour (colour->square + 3, 255, 255, 255, 0);
  expect_colour (colour->square + 6, 127, 127, 255, 1);
  expect_colour (colour->square + 9, 255, 255, 255, 0);
  expect_colour (two->square, 0, 0, 0, 0);
  expect_colour (two->square + 3, 255, 255, 255, 0);
  expect_colour (two->square + 6, 224, 224, 224, 1);
}

Test (picture, grey_becomes_rgb)
{
  guint8 grey[64];
  g_autoptr (GBytes) png = NULL, jpeg = NULL;

  for (int i = 0; i < 64; i++)
    grey[i] = (guint8)(i * 4);
  png = draw_png (grey, 8, 8, 1);
  jpeg = draw_jpeg (grey, 8, 8, 1, 95);
  {
    g_autoptr (vqa_picture) p = load (png, 8, 4), j = load (jpeg, 8, 0);

    for (int i = 0; i < 64; i++)
      {
        expect_colour (p->square + i * 3, grey[i], grey[i], grey[i], 0);
        expect_colour (j->square + i * 3, grey[i], grey[i], grey[i], 12);
      }
    for (int i = 0; i < 16; i++)
      cr_expect (p->shown[i * 3] == p->shown[i * 3 + 1] && p->shown[i * 3] == p->shown[i * 3 + 2]);
  }
}

Test (picture, sixteen_bits_become_eight)
{
  const guint16 rgb[] = { 0, 0x8000, 0xffff, 0x1234, 0xabcd, 0x00ff };
  const guint16 rgba[] = { 0x8000, 0, 0, 0xffff, 0, 0, 0, 0 };
  g_autoptr (GBytes) plain = draw_png16 (rgb, 2, 1, 3), alpha = draw_png16 (rgba, 2, 1, 4);
  g_autoptr (vqa_picture) p = load (plain, 0, 2), a = load (alpha, 0, 2);

  expect_colour (p->shown, 0, 128, 255, 1);
  expect_colour (p->shown + 3, 0x12, 0xab, 0, 1);
  expect_colour (a->shown, 128, 0, 0, 1);
  expect_colour (a->shown + 3, 255, 255, 255, 0);
}

Test (picture, gif_shows_its_first_frame)
{
  const guint32 colours[] = { 0x2040c0, 0xff0000 };
  g_autoptr (GBytes) gif = draw_gif (9, 7, colours, 2);
  g_autoptr (vqa_picture) p = load (gif, 4, 20);

  cr_expect (p->width == 9 && p->height == 7 && p->shown_width == 9);
  for (int i = 0; i < 9 * 7; i++)
    expect_colour (p->shown + i * 3, 0x20, 0x40, 0xc0, 0);
}

Test (picture, bmp_and_tga_are_read)
{
  g_autofree guint8 *scene = draw_scene (12, 9);
  g_autoptr (GBytes) bmp = draw_bmp (scene, 12, 9, 3), tga = draw_tga (scene, 12, 9, 3);
  g_autoptr (vqa_picture) b = load (bmp, 0, 12), t = load (tga, 0, 12);

  cr_expect_arr_eq (b->shown, scene, 12 * 9 * 3);
  cr_expect_arr_eq (t->shown, scene, 12 * 9 * 3);
}

Test (picture, pnm_is_read)
{
  g_autoptr (GBytes) pnm = g_bytes_new ("P6\n1 2\n255\nabcdef", 17);
  g_autoptr (vqa_picture) p = load (pnm, 0, 2);

  cr_expect_arr_eq (p->shown, "abcdef", 6);
}

/* ---- orientation ------------------------------------------------------------------------ */

/* Where the stored pixel (x, y) of a w x h picture belongs, as the EXIF standard says it:
 * orientation 6 has its first row at the right side, and so on. */
static void
upright (int orientation, int w, int h, int x, int y, int *to_x, int *to_y)
{
  const int places[9][2] = { { 0, 0 },         { x, y }, { w - 1 - x, y }, { w - 1 - x, h - 1 - y },
                             { x, h - 1 - y }, { y, x }, { h - 1 - y, x }, { h - 1 - y, w - 1 - x },
                             { y, w - 1 - x } };

  *to_x = places[orientation][0];
  *to_y = places[orientation][1];
}

Test (picture, all_eight_orientations)
{
  enum
  {
    W = 48,
    H = 32
  };
  g_autofree guint8 *scene = draw_scene (W, H);
  g_autoptr (GBytes) jpeg = draw_jpeg (scene, W, H, 3, 95);
  g_autoptr (vqa_picture) stored = load (jpeg, 16, 64);

  for (int o = 1; o <= 8; o++)
    {
      g_autoptr (GBytes) turned = draw_with_orientation (jpeg, o);
      g_autoptr (vqa_picture) p = load (turned, 16, 64);
      int wrong = 0, x, y;

      cr_assert_eq (p->width, o >= 5 ? H : W, "orientation %d", o);
      cr_assert (p->shown_width == p->width && p->shown_height == p->height);
      for (int i = 0; i < W * H; i++)
        {
          upright (o, W, H, i % W, i / W, &x, &y);
          wrong += memcmp (stored->shown + i * 3, p->shown + (y * p->shown_width + x) * 3, 3) != 0;
        }
      cr_expect_eq (wrong, 0, "orientation %d: %d pixels elsewhere", o, wrong);
      for (int i = wrong = 0; i < 16 * 16; i++)
        {
          upright (o, 16, 16, i % 16, i / 16, &x, &y);
          wrong += memcmp (stored->square + i * 3, p->square + (y * 16 + x) * 3, 3) != 0;
        }
      cr_expect_eq (wrong, 0, "orientation %d: %d pixels of the square elsewhere", o, wrong);
    }
}

Test (picture, senseless_exif_is_ignored)
{
  g_autofree guint8 *scene = draw_scene (16, 8);
  g_autoptr (GBytes) jpeg = draw_jpeg (scene, 16, 8, 3, 90), nine = draw_with_orientation (jpeg, 9);
  g_autoptr (GBytes) six = draw_with_orientation (jpeg, 6);
  gsize length;
  g_autofree guint8 *bytes = NULL;

  {
    g_autoptr (vqa_picture) p = load (nine, 0, 0);

    cr_expect_eq (p->width, 16);
  }
  bytes = g_memdup2 (g_bytes_get_data (six, &length), g_bytes_get_size (six));
  for (gsize at = 10; at < 38; at++) /* every byte of the segment broken once */
    {
      g_autoptr (GBytes) broken = NULL;
      g_autoptr (vqa_picture) p = NULL;
      guint8 kept = bytes[at];

      bytes[at] = 0xff;
      broken = g_bytes_new (bytes, length);
      p = load (broken, 8, 0);
      cr_expect_eq (p->width * p->height, 128);
      bytes[at] = kept;
    }
}

/* ---- what is refused -------------------------------------------------------------------- */

Test (picture, jpeg_cut_off_anywhere)
{
  g_autofree guint8 *scene = draw_scene (40, 40);
  g_autoptr (GBytes) jpeg = draw_jpeg (scene, 40, 40, 3, 80);
  gsize length = g_bytes_get_size (jpeg);

  for (gsize keep = 30; keep<length; keep += keep> length - 40 ? 1 : 37)
    {
      g_autoptr (GBytes) cut = draw_cut (jpeg, keep);

      refuse (cut, "is cut off");
    }
}

Test (picture, jpeg_with_bytes_after_its_end_is_whole)
{
  g_autofree guint8 *scene = draw_scene (40, 40);
  g_autoptr (GBytes) jpeg = draw_jpeg (scene, 40, 40, 3, 80);
  GByteArray *more = g_byte_array_new ();
  g_autoptr (GBytes) longer = NULL;
  g_autoptr (vqa_picture) p = NULL;

  g_byte_array_append (more, g_bytes_get_data (jpeg, NULL), (guint)g_bytes_get_size (jpeg));
  for (int i = 0; i < 1000; i++)
    g_byte_array_append (more, (const guint8 *)"x", 1);
  longer = g_byte_array_free_to_bytes (more);
  p = load (longer, 8, 0);
  cr_expect_eq (p->width, 40);
}

Test (picture, other_formats_cut_off)
{
  const guint32 colours[] = { 0x2040c0, 0xff0000 };
  g_autofree guint8 *scene = draw_scene (40, 40);
  g_autoptr (GBytes) png = draw_png (scene, 40, 40, 3), bmp = draw_bmp (scene, 40, 40, 3);
  g_autoptr (GBytes) tga = draw_tga (scene, 40, 40, 3), gif = draw_gif (40, 40, colours, 1);
  GBytes *whole[] = { png, bmp, tga, gif };

  for (guint i = 0; i < G_N_ELEMENTS (whole); i++)
    for (int part = 1; part < 8; part++)
      {
        gsize length = g_bytes_get_size (whole[i]);
        g_autoptr (GBytes) cut = draw_cut (whole[i], 60 + (length - 64) * part / 8);

        refuse (cut, "is cut off");
      }
  {
    g_autoptr (GBytes) almost = draw_cut (png, g_bytes_get_size (png) - 12); /* no IEND */

    refuse (almost, "is cut off");
  }
}

Test (picture, damaged_png)
{
  g_autofree guint8 *scene = draw_scene (40, 40);
  g_autoptr (GBytes) png = draw_png (scene, 40, 40, 3), broken = NULL;
  gsize length;
  guint8 *bytes = g_memdup2 (g_bytes_get_data (png, &length), g_bytes_get_size (png));

  memset (bytes + 50, 0xff, 100);
  broken = g_bytes_new_take (bytes, length);
  refuse (broken, "is damaged");
}

Test (picture, formats_that_cannot_be_read_are_named)
{
  refuse_text ("RIFF\x24\0\0\0WEBPVP8 ", 16,
               "is a WebP picture, which Regard cannot read; save it "
               "as JPEG or PNG");
  refuse_text ("\0\0\0\x18"
               "ftypheic\0\0\0\0mif1heic",
               24, "is a HEIC picture");
  refuse_text ("\0\0\0\x18"
               "ftypmif1\0\0\0\0mif1heic",
               24, "is a HEIC or AVIF picture");
  refuse_text ("\0\0\0\x1c"
               "ftypavif\0\0\0\0avifmif1",
               24, "is an AVIF picture");
  refuse_text ("\0\0\0\x1c"
               "ftypisom\0\0\0\0isomavc1",
               24, "is a film");
  refuse_text ("II*\0\x08\0\0\0", 8, "is a TIFF or raw camera picture");
  refuse_text ("MM\0*\0\0\0\x08", 8, "is a TIFF or raw camera picture");
  refuse_text ("%PDF-1.7\n", -1, "is a PDF document");
  refuse_text ("<svg xmlns='http://www.w3.org/2000/svg'/>", -1, "is an SVG drawing");
  refuse_text ("\xef\xbb\xbf <?xml version='1.0'?>\n<svg/>", -1, "is an SVG drawing");
  refuse_text ("\xff\x0a\x90\x01", 4, "is a JPEG XL picture");
}

Test (picture, text_is_no_picture)
{
  refuse_text ("Dear Sir or Madam,\nplease find attached", -1,
               "is not a picture that Regard can read");
  refuse_text ("x", 1, "is not a picture");
  refuse_text ("", 0, "is empty");
  refuse_text ("\xff\xd8", 2, "is cut off");
}

Test (picture, wrong_sizes)
{
  g_autoptr (GBytes) large = draw_png_header (30000, 30000), none = draw_png_header (0, 10);
  g_autoptr (GBytes) flat = draw_png_header (10, 0), beyond = draw_png_header (0x7fffffff, 10);
  g_autofree guint8 *scene = draw_scene (16, 16);
  g_autoptr (GBytes) jpeg = draw_jpeg (scene, 16, 16, 3, 90), zero = NULL;
  gsize length;
  guint8 *bytes = g_memdup2 (g_bytes_get_data (jpeg, &length), g_bytes_get_size (jpeg));

  refuse (large, "is too large: 30000 x 30000 pixels, and the limit is 200 megapixels");
  refuse (none, "has no pixels");
  refuse (flat, "has no pixels");
  refuse (beyond, "is too large");
  for (gsize i = 0; i + 9 < length; i++)
    if (bytes[i] == 0xff && bytes[i + 1] == 0xc0)
      {
        memset (bytes + i + 5, 0, 4);
        break;
      }
  zero = g_bytes_new_take (bytes, length);
  refuse (zero, "has no pixels");
}

Test (picture, a_bmp_or_gif_without_pixels)
{
  const guint32 blue = 0xff;
  g_autoptr (GBytes) gif = draw_gif (4, 4, &blue, 1), none = NULL;
  gsize length;
  guint8 *bytes = g_memdup2 (g_bytes_get_data (gif, &length), g_bytes_get_size (gif));

  memset (bytes + 6, 0, 2);
  none = g_bytes_new_take (bytes, length);
  refuse (none, "has no pixels");
}

Test (picture, sizes_asked_for_have_limits)
{
  g_autofree guint8 *scene = draw_scene (8, 8);
  g_autoptr (GBytes) png = draw_png (scene, 8, 8, 3);
  g_autoptr (GError) error = NULL;

  cr_expect_null (vqa_picture_load_bytes (png, "drawn", -1, 0, &error));
  cr_expect (g_error_matches (error, VQA_ERROR, VQA_ERROR_PICTURE));
}

/* ---- files ------------------------------------------------------------------------------ */

Test (picture, a_file_with_the_wrong_ending_opens)
{
  g_autofree char *folder = draw_folder ();
  g_autofree guint8 *scene = draw_scene (10, 10);
  g_autoptr (GBytes) png = draw_png (scene, 10, 10, 3);
  g_autofree char *path = draw_save (folder, "really-a-png.jpg", png);
  g_autoptr (GError) error = NULL;
  g_autoptr (vqa_picture) p = vqa_picture_load (path, 0, 10, &error);

  cr_assert (p, "%s", error ? error->message : "");
  cr_expect_arr_eq (p->shown, scene, 300);
  draw_remove (folder);
}

Test (picture, files_that_are_none)
{
  g_autofree char *folder = draw_folder ();
  g_autofree char *missing = g_build_filename (folder, "missing.jpg", NULL);
  g_autofree char *pipe = g_build_filename (folder, "pipe.jpg", NULL);
  g_autofree char *empty = draw_file (folder, "empty.jpg", "", 0);
  g_autofree char *below = g_build_filename (empty, "x.jpg", NULL);
  g_autofree char *huge = draw_file (folder, "huge.jpg", "x", 1);

  cr_assert_eq (mkfifo (pipe, 0600), 0);
  cr_assert_eq (truncate (huge, (off_t)600 << 20), 0);
  refuse_path (missing, "does not exist");
  refuse_path (below, "does not exist");
  refuse_path (folder, "is a folder");
  refuse_path (empty, "is empty");
  refuse_path (pipe, "is not a file");
  refuse_path (huge, "is larger than 512 MiB");
  draw_remove (folder);
}

/* ---- parts -------------------------------------------------------------------------------- */

/* Whichever way the file lies, the part is that of the upright picture. */
Test (picture, part_is_of_the_upright_picture)
{
  const vqa_region part = { 5, 21, 16, 8 };
  g_autofree guint8 *scene = draw_scene (60, 40);
  g_autoptr (GBytes) plain = draw_jpeg (scene, 60, 40, 3, 95);

  for (int orientation = 1; orientation <= 8; orientation++)
    {
      g_autoptr (GBytes) jpeg = draw_with_orientation (plain, orientation);
      g_autoptr (vqa_picture) whole = load (jpeg, 0, 60), cut = NULL;
      g_autoptr (GError) error = NULL;

      cut = vqa_picture_load_part_bytes (jpeg, "drawn", &part, 8, 100, &error);
      cr_assert (cut, "%s", error ? error->message : "");
      cr_expect (cut->width == whole->width && cut->height == whole->height);
      cr_assert (cut->shown_width == 16 && cut->shown_height == 8);
      for (int y = 0; y < 8; y++)
        cr_expect_arr_eq (cut->shown + y * 16 * 3, whole->shown + ((y + 21) * whole->width + 5) * 3,
                          16 * 3, "orientation %d, row %d", orientation, y);
      cr_expect_eq (cut->side, 8);
    }
}

Test (picture, part_of_grey_and_of_everything)
{
  const vqa_region all = { 0, 0, 12, 10 }, corner = { 11, 9, 1, 1 };
  guint8 grey[120];
  g_autoptr (GBytes) png = NULL;
  g_autoptr (vqa_picture) whole = NULL, same = NULL, one = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (grey); i++)
    grey[i] = (guint8)(2 * i);
  png = draw_png (grey, 12, 10, 1);
  whole = load (png, 8, 12);
  same = vqa_picture_load_part_bytes (png, "drawn", &all, 8, 12, NULL);
  cr_assert (same);
  cr_expect_arr_eq (same->square, whole->square, 8 * 8 * 3);
  one = vqa_picture_load_part_bytes (png, "drawn", &corner, 4, 5, NULL);
  cr_assert (one && one->shown_width == 1 && one->shown_height == 1);
  expect_colour (one->shown, 238, 238, 238, 0);
  expect_colour (one->square + 15 * 3, 238, 238, 238, 0);
}

Test (picture, part_outside_is_refused_and_the_next_one_works)
{
  static const vqa_region parts[]
      = { { 12, 0, 1, 1 }, { 0, 10, 1, 1 }, { 3, 3, 10, 2 }, { 0, 0, G_MAXINT, G_MAXINT } };
  g_autofree guint8 *scene = draw_scene (12, 10);
  g_autoptr (GBytes) png = draw_png (scene, 12, 10, 3);
  g_autoptr (vqa_picture) after = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (vqa_picture) p
          = vqa_picture_load_part_bytes (png, "drawn", &parts[i], 8, 0, &error);

      cr_assert_null (p);
      cr_assert (g_error_matches (error, VQA_ERROR, VQA_ERROR_PICTURE));
      cr_expect (strstr (error->message, "drawn has 12 x 10 pixels"), "%s", error->message);
      cr_expect_not (vqa_region_fits (&parts[i], 12, 10));
    }
  after = load (png, 8, 0);
  cr_expect_eq (after->width, 12);
}

Test (picture, region_as_text)
{
  vqa_region r = { 0 }, again = { 0 };
  g_autofree char *text = NULL, *none = NULL;

  cr_assert (vqa_region_parse (" 1, 2 ,30,40 ", &r, NULL));
  cr_expect (r.x == 1 && r.y == 2 && r.width == 30 && r.height == 40);
  text = vqa_region_text (&r);
  cr_expect_str_eq (text, "1,2,30,40");
  cr_assert (vqa_region_parse (text, &again, NULL) && vqa_region_equal (&r, &again));
  cr_expect (vqa_region_fits (&r, 31, 42) && !vqa_region_fits (&r, 30, 42));
  cr_assert (vqa_region_parse ("", &r, NULL) && r.width == 0);
  none = vqa_region_text (&r);
  cr_expect_str_eq (none, "");
  cr_expect_not (vqa_region_equal (&r, &again));
  cr_expect_not (vqa_region_parse ("1,2,3,99999999999999999999x", &r, NULL));
}
