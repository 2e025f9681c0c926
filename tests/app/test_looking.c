/* Looking, in this process: where the photograph and its map lie at every zoom, how maps are
 * painted, and what the bar below lets choose. */
#include "tests/app/rig.h"
#include "tests/app/stage.h"

#include "app/evidence-map.h"
#include "app/image-view.h"
#include "app/map-bar.h"
#include "app/preferences.h"
#include "app/viewport.h"

#include <criterion/criterion.h>
#include <math.h>

TestSuite (looking, .init = rig_open_screen, .fini = rig_close, .timeout = 120);

/* ---- the arithmetic alone -------------------------------------------------------------------- */

static RegardViewport
large_picture (int device)
{
  return (RegardViewport){
    .width = 4032,
    .height = 3024,
    .left = 18,
    .top = 18,
    .room_x = 600,
    .room_y = 400,
    .device = device,
  };
}

/* Where a point of the view lies in the picture. */
static double
pixel_x (const RegardViewport *v, double view_x)
{
  double x, y, scale;

  cr_assert (regard_viewport_place (v, &x, &y, &scale));
  return (view_x - x) / scale;
}

Test (looking, a_viewport_fits_and_enlarges)
{
  RegardViewport v = large_picture (1);
  double x, y, scale, before;

  cr_assert (regard_viewport_place (&v, &x, &y, &scale));
  cr_expect_float_eq (scale, 400.0 / 3024, 1e-12, "as much as fits");
  cr_expect_float_eq (y, 18, 1e-9);
  cr_expect_float_eq (x, 18 + (600 - 4032 * scale) / 2, 1e-9, "in the middle");

  /* What is under the pointer stays there. */
  before = pixel_x (&v, 250);
  regard_viewport_zoom (&v, 0.5, 250, 200);
  cr_expect_float_eq (v.zoom, 0.5, 1e-12);
  cr_expect_float_eq (pixel_x (&v, 250), before, 1.0 / v.zoom,
                      "but for whole pixels of the screen");
  before = pixel_x (&v, 300);
  regard_viewport_zoom (&v, 0.7, 300, 100);
  cr_expect_float_eq (pixel_x (&v, 300), before, 1.0 / v.zoom);

  /* Steps stop at the original and at the fitting size. */
  regard_viewport_zoom (&v, 1.4, 300, 100);
  cr_expect_eq (v.zoom, 1, "the original size");
  regard_viewport_zoom (&v, 0.01, 300, 100);
  cr_expect_eq (v.zoom, 0, "the whole picture again");
  regard_viewport_zoom (&v, 0.01, 300, 100);
  cr_expect_eq (v.zoom, 0, "and no smaller");
  regard_viewport_zoom (&v, 1, 300, 100);
  regard_viewport_zoom (&v, 1e6, 300, 100);
  cr_expect_eq (v.zoom, 16);
  regard_viewport_zoom (&v, NAN, 300, 100);
  cr_expect (v.zoom == 0, "no number is no zoom");
}

Test (looking, a_viewport_moves_as_far_as_there_is_picture)
{
  RegardViewport v = large_picture (1), none = { 0 };
  double x, y, scale;

  cr_expect_not (regard_viewport_pan (&v, 10, 10), "what fits does not move");
  regard_viewport_zoom (&v, 1, 300, 200);
  cr_expect (regard_viewport_pan (&v, -30, 20));
  cr_expect (regard_viewport_pan (&v, 1e6, 1e6));
  regard_viewport_place (&v, &x, &y, &scale);
  cr_expect_eq (x, 18, "its left edge at the room's");
  cr_expect_eq (y, 18);
  cr_expect_not (regard_viewport_pan (&v, 5, 0), "there is no more");
  cr_expect (regard_viewport_pan (&v, -5, 0), "and back at once");
  regard_viewport_pan (&v, -1e6, -1e6);
  regard_viewport_place (&v, &x, &y, &scale);
  cr_expect_eq (x + 4032, 618, "its right edge");
  cr_expect_eq (y + 3024, 418);

  cr_expect_not (regard_viewport_place (&none, &x, &y, &scale));
  regard_viewport_zoom (&none, 2, 0, 0);
  cr_expect_eq (none.zoom, 0);
}

/* At the original size pixels of the picture are pixels of the screen, on every kind of screen. */
Test (looking, the_original_size_is_exact)
{
  for (int device = 1; device <= 3; device++)
    {
      RegardViewport v = large_picture (device);
      double x, y, scale;

      regard_viewport_zoom (&v, regard_viewport_original (&v), 251.3, 99.7);
      regard_viewport_pan (&v, 10.123, -7.77);
      cr_assert (regard_viewport_place (&v, &x, &y, &scale));
      cr_expect_float_eq (scale * device, 1, 1e-12);
      cr_expect_float_eq (x * device, round (x * device), 1e-9, "x is %f at %d", x, device);
      cr_expect_float_eq (y * device, round (y * device), 1e-9, "y is %f at %d", y, device);
    }
}

/* ---- the widget ------------------------------------------------------------------------------ */

static RegardImageView *
show_picture (int width, int height)
{
  RegardImageView *view = g_object_new (REGARD_TYPE_IMAGE_VIEW, NULL);
  g_autoptr (GdkTexture) texture = stage_plain_texture (60, 40, 20, 20, 200);

  stage_present (GTK_WIDGET (view), 640, 480);
  regard_image_view_set_picture (view, texture, width, height);
  return view;
}

/* The pixel of the picture, the point of the view and the cell of the map belong together. */
static void
expect_cells_where_they_belong (RegardImageView *view, const vqa_region *on, const char *when)
{
  float cells[6 * 4] = { 0 };
  const vqa_evidence map = { 6, 4, cells };

  for (int cell = 0; cell < 24; cell++)
    {
      /* Just inside the cell's upper left and lower right corners. */
      double left = on->x + (cell % 6) * on->width / 6.0;
      double top = on->y + (cell / 6) * on->height / 4.0;
      const double corners[2][2]
          = { { left + 0.01, top + 0.01 },
              { left + on->width / 6.0 - 0.01, top + on->height / 4.0 - 0.01 } };

      for (int i = 0; i < 2; i++)
        {
          double vx, vy, x, y;

          cr_assert (
              regard_image_view_image_to_view (view, corners[i][0], corners[i][1], &vx, &vy));
          cr_assert (regard_image_view_view_to_image (view, vx, vy, &x, &y));
          cr_expect_float_eq (x, corners[i][0], 1e-6, "%s: x", when);
          cr_expect_float_eq (y, corners[i][1], 1e-6, "%s: y", when);
          cr_expect_eq (regard_evidence_map_cell (&map, on, x, y), cell, "%s: cell %d", when, cell);
        }
    }
  cr_expect_eq (regard_evidence_map_cell (&map, on, on->x - 0.01, on->y), -1, "%s: outside", when);
  cr_expect_eq (regard_evidence_map_cell (&map, on, on->x, on->y + on->height), -1, "%s: outside",
                when);
}

Test (looking, pixels_and_cells_at_every_zoom)
{
  const vqa_region parts[] = { { 0, 0, 600, 400 }, { 300, 100, 200, 200 }, { 7, 3, 91, 50 } };
  RegardImageView *view;

  stage_start_gtk ();
  view = show_picture (600, 400);
  for (guint p = 0; p < G_N_ELEMENTS (parts); p++)
    {
      regard_image_view_zoom_fit (view);
      expect_cells_where_they_belong (view, &parts[p], "fitting");
      regard_image_view_zoom_original (view);
      expect_cells_where_they_belong (view, &parts[p], "original");
      for (int step = 0; step < 9; step++)
        {
          regard_image_view_zoom_step (view, TRUE);
          expect_cells_where_they_belong (view, &parts[p], "enlarged");
        }
    }
}

static void
expect_red (RegardImageView *view, double image_x, double image_y, gboolean bright,
            const char *what)
{
  guint8 rgb[3];
  double x, y;

  cr_assert (regard_image_view_image_to_view (view, image_x, image_y, &x, &y));
  stage_probe (GTK_WIDGET (view), x, y, rgb);
  cr_expect (bright ? rgb[0] > 100 : rgb[0] < 60, "%s: red is %d", what, rgb[0]);
}

/* What is drawn lies where the coordinates say, to the pixel. */
Test (looking, the_map_is_drawn_where_it_belongs)
{
  const vqa_region part = { 300, 100, 200, 200 };
  float cells[] = { 1, 1, 1, 1 };
  g_autoptr (GdkTexture) map = NULL;
  RegardImageView *view;
  double zoom;

  stage_start_gtk ();
  view = show_picture (600, 400);
  map = regard_evidence_map_paint (&(vqa_evidence){ 2, 2, cells }, part.width, part.height);
  for (int step = 0; step < 4; step++)
    {
      /* Small, original, fitting and larger, around the part's middle. */
      if (step == 0)
        regard_image_view_zoom_original (view);
      else
        regard_image_view_zoom_step (view, TRUE);
      regard_image_view_set_map (view, map, &part);
      g_object_get (view, "zoom", &zoom, NULL);
      expect_red (view, 301.5, 200, TRUE, "inside");
      expect_red (view, 298.5, 200, FALSE, "left of it");
      expect_red (view, 400, 298.5, TRUE, "inside");
      expect_red (view, 400, 301.5, FALSE, "below it");
    }
  cr_expect_gt (zoom, 1.2);
}

Test (looking, the_zoom_belongs_to_the_picture)
{
  g_autoptr (GdkTexture) other = NULL;
  RegardImageView *view;
  double zoom, x, y;

  stage_start_gtk ();
  view = show_picture (4000, 3000);
  regard_image_view_zoom_original (view);
  g_object_get (view, "zoom", &zoom, NULL);
  cr_expect_float_eq (zoom, 1, 1e-9);
  regard_image_view_set_placing (view, TRUE);
  regard_image_view_set_place (view, 4000, 10);
  cr_expect_not (regard_image_view_get_place (view, &x, &y), "outside the picture");
  regard_image_view_set_place (view, 2000, 10);
  cr_expect (regard_image_view_get_place (view, &x, &y));
  cr_expect (x == 2000 && y == 10);

  other = stage_plain_texture (60, 40, 20, 20, 200);
  regard_image_view_set_picture (view, other, 60, 40);
  g_object_get (view, "zoom", &zoom, NULL);
  cr_expect_eq (zoom, 0, "another picture is shown as a whole");
  cr_expect_not (regard_image_view_get_place (view, &x, &y), "and has its own places");
}

/* ---- how maps are painted -------------------------------------------------------------------- */

static void
probe_map (RegardImageView *view, const vqa_evidence *map, double image_x, guint8 rgb[3])
{
  g_autoptr (GdkTexture) texture = regard_evidence_map_paint (map, 600, 400);
  double x, y;

  regard_image_view_set_map (view, texture, &(vqa_region){ 0 });
  cr_assert (regard_image_view_image_to_view (view, image_x, 200, &x, &y));
  stage_probe (GTK_WIDGET (view), x, y, rgb);
}

Test (looking, ways_to_paint_a_map)
{
  float cells[] = { 0, 0.4f, 1 };
  const vqa_evidence map = { 3, 1, cells };
  RegardPreferences *preferences;
  RegardImageView *view;
  guint8 smooth[3], grid[3], middle[3], rgb[3];

  stage_start_gtk ();
  preferences = regard_preferences_get ();
  view = show_picture (600, 400);

  /* Near the edge of two cells. */
  probe_map (view, &map, 385, smooth);
  g_object_set (preferences, "evidence-grid", TRUE, NULL);
  probe_map (view, &map, 300, middle);
  probe_map (view, &map, 385, grid);
  cr_expect_lt (abs (grid[0] - middle[0]), 3, "a cell has one colour");
  cr_expect_gt (abs (smooth[0] - middle[0]), 10, "smoothed it has not");

  g_object_set (preferences, "evidence-threshold", 0.5, NULL);
  probe_map (view, &map, 300, rgb);
  cr_expect (rgb[0] < 25 && rgb[2] > 190, "below the threshold the picture is as it was");
  probe_map (view, &map, 500, rgb);
  cr_expect_gt (rgb[0], 100, "above it is not");

  g_object_set (preferences, "evidence-threshold", 0.0, "evidence-brightness", TRUE, NULL);
  probe_map (view, &map, 500, rgb);
  cr_expect (rgb[0] < 25 && rgb[2] > 190, "the strongest leaves the picture bright");
  probe_map (view, &map, 100, rgb);
  cr_expect_lt (rgb[2], 40, "the weakest darkens it, not %d", rgb[2]);
  probe_map (view, &map, 300, rgb);
  cr_expect (rgb[2] > 60 && rgb[2] < 160, "between them it is dim, not %d", rgb[2]);
  g_object_set (preferences, "evidence-grid", FALSE, "evidence-brightness", FALSE, NULL);
}

/* ---- the bar --------------------------------------------------------------------------------- */

static GtkWidget *
find_drop (GtkWidget *widget, guint *nth)
{
  if (GTK_IS_DROP_DOWN (widget) && (*nth)-- == 0)
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child;
       child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find_drop (child, nth);

      if (found)
        return found;
    }
  return NULL;
}

static void
select_line (GtkWidget *bar, guint nth, guint line)
{
  GtkWidget *drop = find_drop (bar, &nth);

  cr_assert (drop);
  gtk_drop_down_set_selected (GTK_DROP_DOWN (drop), line);
}

static void
count_cb (GtkWidget *bar, guint *n)
{
  ++*n;
}

Test (looking, the_bar_tells_what_is_wanted)
{
  const char *const blocks[] = { "fine", "block1", NULL }, *const fewer[] = { "block1", NULL };
  GtkWidget *widget;
  RegardMapBar *bar;
  vqa_map_options o;
  guint changes = 0;

  stage_start_gtk ();
  widget = g_object_new (REGARD_TYPE_MAP_BAR, NULL);
  bar = REGARD_MAP_BAR (widget);
  stage_present (widget, 400, 200);
  g_signal_connect (bar, "changed", G_CALLBACK (count_cb), &changes);
  o = regard_map_bar_get_options (bar);
  cr_expect (o.kind == VQA_MAP_EVIDENCE && o.block == -1 && o.head == -1 && o.x < 0);
  cr_expect (stage_says (widget, "What the answer gains"));

  /* Kind, then the options of attention: direction, block, head. */
  select_line (widget, 0, VQA_MAP_ATTENTION);
  cr_expect_eq (changes, 1);
  cr_expect (stage_says (widget, "click a place"));
  o = regard_map_bar_get_options (bar);
  cr_expect (o.kind == VQA_MAP_ATTENTION && o.block == -1 && o.head == -1 && !o.to);
  regard_map_bar_set_attention (bar, blocks, 4);
  cr_expect_eq (changes, 1, "lists that are filled are no choice");
  select_line (widget, 1, 1);
  select_line (widget, 2, 2);
  select_line (widget, 3, 4);
  cr_expect_eq (changes, 4);
  o = regard_map_bar_get_options (bar);
  cr_expect (o.block == 1 && o.head == 3 && o.to, "block %d, head %d", o.block, o.head);

  /* Another model has fewer of them. */
  regard_map_bar_set_attention (bar, fewer, 2);
  o = regard_map_bar_get_options (bar);
  cr_expect (o.block == -1 && o.head == -1, "block %d, head %d", o.block, o.head);
  select_line (widget, 0, VQA_MAP_OCCLUSION);
  o = regard_map_bar_get_options (bar);
  cr_expect (o.kind == VQA_MAP_OCCLUSION && !o.to);
}
