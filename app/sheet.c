#include "app/sheet.h"

#include "app/preferences.h"

#include "vqa/model/compare.h"

#include <glib/gi18n.h>
#include <math.h>

/* In pixels; text and margins grow with the photograph. */
#define WIDTH_MIN    720
#define WIDTH_MAX    1600
#define HEIGHT_MAX   4800.0 /* of the photograph */
#define UNIT         900.0  /* the width at which the sizes below hold */
#define MARGIN       28
#define GAP          12
#define LEGEND_WIDTH 150
#define BAR_WIDTH    220
#define BAR_HEIGHT   8
#define PLACE_RADIUS 7

void
regard_sheet_free (RegardSheet *sheet)
{
  if (!sheet)
    return;
  g_clear_object (&sheet->picture);
  g_clear_object (&sheet->map);
  g_clear_object (&sheet->question);
  g_free (sheet->title);
  g_free (sheet->map_title);
  g_free (sheet);
}

/* Where the next line goes. */
typedef struct
{
  cairo_t *cr;
  double unit; /* pixels of one pixel at the width UNIT */
  double width, y;
} pen;

/* ---- pieces ------------------------------------------------------------------------------ */

static cairo_surface_t *
surface_from (GdkTexture *texture)
{
  cairo_surface_t *surface = cairo_image_surface_create (
      CAIRO_FORMAT_ARGB32, gdk_texture_get_width (texture), gdk_texture_get_height (texture));

  if (cairo_surface_status (surface) == CAIRO_STATUS_SUCCESS)
    gdk_texture_download (texture, cairo_image_surface_get_data (surface),
                          (gsize)cairo_image_surface_get_stride (surface));
  cairo_surface_mark_dirty (surface);
  return surface;
}

/* The whole texture over the place from (0,0) to (width,height). */
static void
paint_texture (cairo_t *cr, GdkTexture *texture, double width, double height, double opacity)
{
  cairo_surface_t *surface = surface_from (texture);

  cairo_save (cr);
  cairo_rectangle (cr, 0, 0, width, height);
  cairo_clip (cr);
  cairo_scale (cr, width / gdk_texture_get_width (texture),
               height / gdk_texture_get_height (texture));
  cairo_set_source_surface (cr, surface, 0, 0);
  /* Else the edge would fade into what lies outside. */
  cairo_pattern_set_extend (cairo_get_source (cr), CAIRO_EXTEND_PAD);
  cairo_paint_with_alpha (cr, opacity);
  cairo_restore (cr);
  cairo_surface_destroy (surface);
}

/* On the part of the photograph that it is for; the photograph covers (0,0) to (width,height). */
static void
paint_map (cairo_t *cr, const RegardSheet *sheet, double width, double height)
{
  const vqa_region *on = &sheet->map_on;
  double x = width / sheet->width, y = height / sheet->height;

  cairo_save (cr);
  if (on->width)
    cairo_translate (cr, on->x * x, on->y * y);
  paint_texture (cr, sheet->map, on->width ? on->width * x : width,
                 on->width ? on->height * y : height, sheet->opacity);
  cairo_restore (cr);
}

/* The ring around the place that the map is about. */
static void
paint_place (pen *p, const RegardSheet *sheet, double width, double height)
{
  double x = sheet->place_x * width / sheet->width, y = sheet->place_y * height / sheet->height;

  for (int white = 0; white < 2; white++)
    {
      cairo_arc (p->cr, x, y, PLACE_RADIUS * p->unit, 0, 2 * G_PI);
      cairo_set_line_width (p->cr, (white ? 2 : 4) * p->unit);
      cairo_set_source_rgba (p->cr, white, white, white, white ? 1 : 0.7);
      cairo_stroke (p->cr);
    }
}

/* Text at (x, p->y), at most `width` wide; returns its height. Not drawn for `draw` FALSE. */
static double
write_text (pen *p, double x, double width, const char *text, double size, gboolean bold,
            double grey, gboolean draw)
{
  g_autoptr (PangoLayout) layout = pango_cairo_create_layout (p->cr);
  PangoFontDescription *font = pango_font_description_from_string ("Cantarell, Sans");
  int height;

  pango_font_description_set_absolute_size (font, size * p->unit * PANGO_SCALE);
  pango_font_description_set_weight (font, bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
  pango_layout_set_font_description (layout, font);
  pango_layout_set_width (layout, (int)(width * PANGO_SCALE));
  pango_layout_set_wrap (layout, PANGO_WRAP_WORD_CHAR);
  pango_layout_set_text (layout, text, -1);
  pango_layout_get_pixel_size (layout, NULL, &height);
  if (draw)
    {
      cairo_set_source_rgb (p->cr, grey, grey, grey);
      cairo_move_to (p->cr, x, p->y);
      pango_cairo_show_layout (p->cr, layout);
    }
  pango_font_description_free (font);
  return height;
}

/* A line of its own, over the whole width. */
static void
write_line (pen *p, const char *text, double size, gboolean bold, double grey, gboolean draw)
{
  double margin = MARGIN * p->unit;

  p->y += write_text (p, margin, p->width - 2 * margin, text, size, bold, grey, draw)
          + GAP * p->unit / 2;
}

static void
round_bar (cairo_t *cr, double x, double y, double width, double height)
{
  double r = MIN (height, width) / 2;

  cairo_new_sub_path (cr);
  cairo_arc (cr, x + width - r, y + r, r, -G_PI_2, G_PI_2);
  cairo_arc (cr, x + r, y + height - r, r, G_PI_2, 3 * G_PI_2);
  cairo_close_path (cr);
}

/* A colour of the legend, at 0 to 1. */
static void
legend_colour (const RegardSheet *sheet, const RegardMapStyle *style, float at, guint8 rgb[3])
{
  float cover;

  if (!sheet->change)
    {
      regard_map_style_legend (style, at, rgb);
      return;
    }
  cover = vqa_difference_colour (2 * at - 1, rgb);
  for (int c = 0; c < 3; c++)
    rgb[c] = (guint8)lrintf (cover * rgb[c] + (1 - cover) * 255);
}

/* "Evidence for “cat”", say, and the colours from weak to strong. */
static void
write_legend (pen *p, const RegardSheet *sheet, gboolean draw)
{
  g_autofree char *text = g_strdup_printf ("%s   %s", sheet->map_title ? sheet->map_title : "",
                                           sheet->change ? _ ("take away") : _ ("weak"));
  RegardMapStyle style = regard_preferences_get_map_style ();
  double margin = MARGIN * p->unit, width = LEGEND_WIDTH * p->unit, bar = BAR_HEIGHT * p->unit;
  double text_width = p->width - 2 * margin - width - 80 * p->unit;
  g_autoptr (PangoLayout) layout = NULL;
  cairo_pattern_t *colours;
  double height, x;
  int used;

  height = write_text (p, margin, text_width, text, 15, FALSE, 0.35, draw);
  if (draw)
    {
      PangoFontDescription *font = pango_font_description_from_string ("Cantarell, Sans");

      layout = pango_cairo_create_layout (p->cr);
      pango_font_description_set_absolute_size (font, 15 * p->unit * PANGO_SCALE);
      pango_layout_set_font_description (layout, font);
      pango_layout_set_text (layout, text, -1);
      pango_layout_get_pixel_size (layout, &used, NULL);
      pango_font_description_free (font);
      x = margin + MIN (used, text_width) + GAP * p->unit;
      colours = cairo_pattern_create_linear (x, 0, x + width, 0);
      for (int i = 0; i <= 8; i++)
        {
          guint8 rgb[3];

          legend_colour (sheet, &style, (float)i / 8, rgb);
          cairo_pattern_add_color_stop_rgb (colours, i / 8.0, rgb[0] / 255.0, rgb[1] / 255.0,
                                            rgb[2] / 255.0);
        }
      round_bar (p->cr, x, p->y + (height - bar) / 2, width, bar);
      cairo_save (p->cr);
      cairo_clip (p->cr);
      cairo_rectangle (p->cr, x + (sheet->change ? 0 : (double)style.threshold * width), p->y,
                       width, height);
      cairo_set_source (p->cr, colours);
      cairo_fill (p->cr);
      cairo_restore (p->cr);
      cairo_pattern_destroy (colours);
      write_text (p, x + width + GAP * p->unit, 80 * p->unit,
                  sheet->change ? _ ("add") : _ ("strong"), 15, FALSE, 0.35, TRUE);
    }
  p->y += height + GAP * p->unit;
}

static void
write_answer (pen *p, const vqa_answer *answer, gboolean best, gboolean draw)
{
  g_autofree char *percent = regard_format_percent (answer->probability);
  double margin = MARGIN * p->unit, bar = BAR_HEIGHT * p->unit, width = BAR_WIDTH * p->unit;
  double text_width = p->width - 2 * margin - width - 110 * p->unit;
  double height = write_text (p, margin, text_width, answer->answer, 18, best, 0.1, draw);
  double x = p->width - margin - width;

  if (draw)
    {
      write_text (p, x - 100 * p->unit, 90 * p->unit, percent, 16, FALSE, 0.35, TRUE);
      cairo_set_source_rgb (p->cr, 0.9, 0.9, 0.9);
      round_bar (p->cr, x, p->y + (height - bar) / 2, width, bar);
      cairo_fill (p->cr);
      cairo_set_source_rgb (p->cr, 0.21, 0.52, 0.89);
      round_bar (p->cr, x, p->y + (height - bar) / 2,
                 MAX (bar, width * CLAMP (answer->probability, 0, 1)), bar);
      cairo_fill (p->cr);
    }
  p->y += height + GAP * p->unit / 2;
}

/* ---- the sheet --------------------------------------------------------------------------- */

/* Everything below the photograph; with draw FALSE only p->y moves. */
static void
write_all (pen *p, const RegardSheet *sheet, gboolean draw)
{
  const vqa_reply *r = sheet->question ? regard_question_get_reply (sheet->question) : NULL;
  const char *correction
      = sheet->question ? regard_question_get_correction (sheet->question) : NULL;

  p->y += MARGIN * p->unit;
  if (sheet->map && sheet->opacity > 0)
    write_legend (p, sheet, draw);
  if (sheet->question)
    write_line (p, regard_question_get_text (sheet->question), 24, TRUE, 0.1, draw);
  if (r && !r->confident)
    write_line (p, _ ("Not sure"), 16, FALSE, 0.35, draw);
  p->y += GAP * p->unit / 2;
  for (guint i = 0; r && i < r->n_answers; i++)
    write_answer (p, &r->answers[i], i == 0, draw);
  p->y += GAP * p->unit / 2;
  if (correction)
    {
      g_autofree char *text = g_strdup_printf (_ ("Right answer: %s"), correction);

      write_line (p, text, 18, TRUE, 0.1, draw);
    }
  if (r && r->n_blind > 0)
    {
      g_autofree char *percent = regard_format_percent (r->blind[0].probability);
      g_autofree char *text = g_strdup_printf (_ ("Without looking at the photograph: %s, %s"),
                                               r->blind[0].answer, percent);

      write_line (p, text, 15, FALSE, 0.35, draw);
    }
  write_line (p, sheet->title, 15, FALSE, 0.35, draw);
  p->y += (MARGIN - GAP / 2.0) * p->unit;
}

static cairo_surface_t *
paint (const RegardSheet *sheet)
{
  double width = CLAMP (gdk_texture_get_width (sheet->picture), WIDTH_MIN, WIDTH_MAX);
  double shown = width * sheet->height / sheet->width, left = 0;
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, 1, 1);
  pen p = { cairo_create (surface), width / UNIT, width, 0 };

  /* A very tall photograph stands narrower in the middle. */
  if (shown > HEIGHT_MAX)
    {
      left = (width - width * HEIGHT_MAX / shown) / 2;
      shown = HEIGHT_MAX;
    }
  p.y = shown = MAX (1, round (shown));
  write_all (&p, sheet, FALSE);
  cairo_destroy (p.cr);
  cairo_surface_destroy (surface);

  surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, (int)width, (int)ceil (p.y));
  p.cr = cairo_create (surface);
  cairo_set_source_rgb (p.cr, 1, 1, 1);
  cairo_paint (p.cr);
  cairo_translate (p.cr, left, 0);
  paint_texture (p.cr, sheet->picture, width - 2 * left, shown, 1);
  if (sheet->map && sheet->opacity > 0)
    paint_map (p.cr, sheet, width - 2 * left, shown);
  if (sheet->placed)
    paint_place (&p, sheet, width - 2 * left, shown);
  cairo_translate (p.cr, -left, 0);
  p.y = shown;
  write_all (&p, sheet, TRUE);
  cairo_destroy (p.cr);
  return surface;
}

static cairo_status_t
append_bytes (void *closure, const unsigned char *data, unsigned int length)
{
  g_byte_array_append (closure, data, length);
  return CAIRO_STATUS_SUCCESS;
}

/* A new file appears whole, an old one changes at once. */
static gboolean
write_file (GFile *file, const GByteArray *bytes, GError **error)
{
  const char *path = g_file_peek_path (file);

  if (path != NULL && !g_file_test (path, G_FILE_TEST_EXISTS))
    return g_file_set_contents_full (path, (const char *)bytes->data, bytes->len,
                                     G_FILE_SET_CONTENTS_CONSISTENT, 0666, error);
  return g_file_replace_contents (file, (const char *)bytes->data, bytes->len, NULL, FALSE,
                                  G_FILE_CREATE_NONE, NULL, NULL, error);
}

static void
save (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const RegardSheet *sheet = data;
  GFile *file = g_object_get_data (G_OBJECT (task), "file");
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  cairo_surface_t *surface = paint (sheet);
  cairo_status_t status = cairo_surface_write_to_png_stream (surface, append_bytes, bytes);
  GError *error = NULL;

  cairo_surface_destroy (surface);
  if (status != CAIRO_STATUS_SUCCESS)
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_FAILED, _ ("It cannot be painted: %s"),
                             cairo_status_to_string (status));
  else if (write_file (file, bytes, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

void
regard_sheet_save_async (RegardSheet *sheet, GFile *file, GAsyncReadyCallback callback,
                         gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, data);

  g_task_set_task_data (task, sheet, (GDestroyNotify)regard_sheet_free);
  g_object_set_data_full (G_OBJECT (task), "file", g_object_ref (file), g_object_unref);
  g_task_run_in_thread (task, save);
}

gboolean
regard_sheet_save_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
