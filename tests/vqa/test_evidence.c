/* Evidence maps at any size, and their colours. */
#include "vqa/model/explain.h"

#include <criterion/criterion.h>
#include <math.h>

static void
expect_near (float got, double wanted)
{
  cr_assert (fabs (got - wanted) < 1e-6, "%.8f instead of %.8f", got, wanted);
}

Test (evidence, own_size_changes_nothing)
{
  float cells[] = { 0.0f, 0.25f, 1.0f, 0.5f, 0.125f, 0.75f }; /* (2,3) */
  vqa_evidence e = { 3, 2, cells };
  float to[6];
  vqa_evidence_resize (&e, 3, 2, to);
  for (int i = 0; i < 6; i++)
    expect_near (to[i], cells[i]);
}

/* Computed by hand from the cubic with a = -1/2; the ends overshoot to -0.07 and 1.07. */
Test (evidence, cubic_between_two_cells)
{
  float cells[] = { 0.0f, 1.0f };
  vqa_evidence across = { 2, 1, cells }, down = { 1, 2, cells };
  const double wanted[] = { 0.0, 0.203125, 0.796875, 1.0 };
  float to[4];
  vqa_evidence_resize (&across, 4, 1, to);
  for (int i = 0; i < 4; i++)
    expect_near (to[i], wanted[i]);
  vqa_evidence_resize (&down, 1, 4, to);
  for (int i = 0; i < 4; i++)
    expect_near (to[i], wanted[i]);
}

Test (evidence, flat_stays_flat)
{
  float cells[36], to[50 * 31];
  for (int i = 0; i < 36; i++)
    cells[i] = 0.6f;
  vqa_evidence e = { 6, 6, cells };
  vqa_evidence_resize (&e, 50, 31, to);
  for (int i = 0; i < 50 * 31; i++)
    cr_assert (fabsf (to[i] - 0.6f) < 1e-5f);
}

Test (evidence, peak_stays_where_it_is_and_values_in_range)
{
  float cells[36] = { 0 }, to[120 * 60];
  cells[1 * 6 + 4] = 1.0f; /* row 1, column 4 of 6 */
  vqa_evidence e = { 6, 6, cells };
  vqa_evidence_resize (&e, 120, 60, to);
  int best = 0;
  for (int i = 0; i < 120 * 60; i++)
    {
      cr_assert (to[i] >= 0.0f && to[i] <= 1.0f);
      if (to[i] > to[best])
        best = i;
    }
  cr_assert (abs (best % 120 - 90) <= 1 && abs (best / 120 - 15) <= 1, "peak at %d, %d", best % 120,
             best / 120);
}

Test (evidence, colours_grow_brighter)
{
  double before = -1.0;
  for (int i = 0; i <= 100; i++)
    {
      guint8 rgb[3];
      vqa_evidence_colour ((float)i / 100.0f, rgb);
      double bright = 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2];
      cr_assert_gt (bright, before, "at %d %%", i);
      before = bright;
    }
}

Test (evidence, colours_of_values_out_of_range)
{
  guint8 low[3], high[3], rgb[3];
  vqa_evidence_colour (0.0f, low);
  vqa_evidence_colour (1.0f, high);
  vqa_evidence_colour (-3.0f, rgb);
  cr_assert_arr_eq (rgb, low, 3);
  vqa_evidence_colour (NAN, rgb);
  cr_assert_arr_eq (rgb, low, 3);
  vqa_evidence_colour (7.0f, rgb);
  cr_assert_arr_eq (rgb, high, 3);
}

/* ---- the part to look at again ----------------------------------------------------------- */

/* A map of 8 x 8 cells with a bright block. */
static void
fill_block (float *cells, int x, int y, int width, int height, float background)
{
  for (int i = 0; i < 64; i++)
    cells[i]
        = i % 8 >= x && i % 8 < x + width && i / 8 >= y && i / 8 < y + height ? 1.0f : background;
}

/* A block of cells 5 to 6, 1 to 2 of an 800 x 600 picture is 500,75 to 700,225, and lies within the
 * part with room around it. */
Test (evidence, part_surrounds_what_is_bright)
{
  float cells[64];
  vqa_evidence e = { 8, 8, cells };
  vqa_region part = { 0 };

  fill_block (cells, 5, 1, 2, 2, 0.0f);
  cr_assert (vqa_evidence_part (&e, 800, 600, &part));
  cr_expect (vqa_region_fits (&part, 800, 600));
  cr_expect (part.x < 600 && part.x + part.width > 600 && part.y < 150
             && part.y + part.height > 150);
  cr_expect_lt (part.width, 400);
  cr_expect_lt (part.height, 300);
  cr_expect (part.width <= 2 * part.height + 1 && part.height <= 2 * part.width + 1);
}

/* Faint values elsewhere do not pull it away, and what speaks against counts nothing. */
Test (evidence, part_ignores_what_is_faint_or_against)
{
  float cells[64];
  vqa_evidence e = { 8, 8, cells };
  vqa_region part = { 0 };

  fill_block (cells, 0, 6, 2, 2, 0.01f);
  cells[7] = -50.0f;
  cr_assert (vqa_evidence_part (&e, 640, 640, &part));
  cr_expect_eq (part.x, 0);
  cr_expect_eq (part.y + part.height, 640);
  cr_expect_lt (part.width, 320);
}

Test (evidence, part_at_an_edge_stays_within_and_is_not_tiny)
{
  float cells[64];
  vqa_evidence e = { 8, 8, cells };
  vqa_region part = { 0 };

  fill_block (cells, 7, 7, 1, 1, 0.0f);
  cr_assert (vqa_evidence_part (&e, 120, 90, &part));
  cr_expect (vqa_region_fits (&part, 120, 90));
  cr_expect_eq (part.x + part.width, 120);
  cr_expect_eq (part.y + part.height, 90);
  cr_expect_geq (part.width, 48);
  cr_expect_geq (part.height, 48);
}

Test (evidence, no_part_of_an_even_or_empty_map)
{
  float cells[64];
  vqa_evidence e = { 8, 8, cells };
  vqa_region part = { 1, 2, 3, 4 };

  fill_block (cells, 0, 0, 8, 8, 0.0f);
  cr_expect_not (vqa_evidence_part (&e, 800, 600, &part));
  fill_block (cells, 0, 0, 0, 0, 0.0f);
  cr_expect_not (vqa_evidence_part (&e, 800, 600, &part));
  fill_block (cells, 0, 0, 0, 0, -1.0f);
  cr_expect_not (vqa_evidence_part (&e, 800, 600, &part));
  cr_expect (part.x == 1 && part.height == 4, "left alone");
}
