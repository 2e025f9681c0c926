/* The difference of two models' maps, and its colours. */
#include "vqa/model/compare.h"

#include <criterion/criterion.h>
#include <math.h>

static void
expect_near (double got, double wanted)
{
  cr_assert (fabs (got - wanted) < 1e-6, "%.8f instead of %.8f", got, wanted);
}

Test (compare, first_less_second_and_what_they_share)
{
  float first[] = { 1.0f, 0.5f, 0.0f, 0.25f }, second[] = { 0.0f, 0.5f, 1.0f, 0.5f }; /* (2,2) */
  const double wanted[] = { 1, 0, -1, -0.25 };
  vqa_evidence a = { 2, 2, first }, b = { 2, 2, second };
  g_autoptr (vqa_difference) d = vqa_difference_new (&a, &b);

  cr_assert (d->values.width == 2 && d->values.height == 2);
  for (int i = 0; i < 4; i++)
    expect_near (d->values.cells[i], wanted[i]);
  expect_near (d->overlap, (0 + 0.5 + 0 + 0.25) / (1 + 0.5 + 1 + 0.5));
}

/* A map of fewer cells meets the other on its grid: flat against flat stays flat. */
Test (compare, grids_of_other_sizes_meet_on_the_finer_one)
{
  float coarse[] = { 0.75f, 0.75f, 0.75f, 0.75f }, fine[30]; /* (2,2), (6,5) */
  vqa_evidence a = { 2, 2, coarse }, b = { 5, 6, fine };

  for (int i = 0; i < 30; i++)
    fine[i] = 0.25f;
  g_autoptr (vqa_difference) d = vqa_difference_new (&a, &b);
  cr_assert (d->values.width == 5 && d->values.height == 6);
  for (int i = 0; i < 30; i++)
    expect_near (d->values.cells[i], 0.5);
  expect_near (d->overlap, 1.0 / 3);
}

/* Where the first looked stays where it was, and swapping the two turns every sign. */
Test (compare, the_sign_says_who_looked_there)
{
  float first[16] = { 0 }, second[16] = { 0 }; /* (4,4) */
  vqa_evidence a = { 4, 4, first }, b = { 4, 4, second };

  first[0] = 1;
  second[15] = 1;
  g_autoptr (vqa_difference) d = vqa_difference_new (&a, &b), back = vqa_difference_new (&b, &a);
  g_autofree float *large = g_new (float, 64 * 64), *turned = g_new (float, 64 * 64);

  vqa_difference_resize (d, 64, 64, large);
  vqa_difference_resize (back, 64, 64, turned);
  cr_assert_gt (large[4 * 64 + 4], 0.9);
  cr_assert_lt (large[59 * 64 + 59], -0.9);
  for (int i = 0; i < 64 * 64; i++)
    {
      cr_assert (large[i] >= -1 && large[i] <= 1);
      expect_near (large[i], -turned[i]);
    }
  expect_near (d->overlap, 0);
}

Test (compare, maps_without_evidence_share_nothing)
{
  float nothing[4] = { 0 };
  vqa_evidence e = { 2, 2, nothing };
  g_autoptr (vqa_difference) d = vqa_difference_new (&e, &e);

  cr_assert (isnan (d->overlap));
  for (int i = 0; i < 4; i++)
    expect_near (d->values.cells[i], 0);
}

/* Either side grows darker and covers more; the sides differ in blue, which colour-blind eyes see.
 */
Test (compare, colours_tell_sides_and_strengths_apart)
{
  guint8 rgb[3], other[3];

  cr_assert_eq (vqa_difference_colour (0, rgb), 0);
  cr_assert_eq (vqa_difference_colour (NAN, rgb), 0);
  for (int side = -1; side <= 1; side += 2)
    {
      float cover = 0;
      double before = 256;
      for (int i = 1; i <= 20; i++)
        {
          float now = vqa_difference_colour ((float)(side * i) / 20, rgb);
          double bright = 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2];
          cr_assert_gt (now, cover);
          cr_assert_lt (bright, before);
          cover = now;
          before = bright;
        }
      cr_assert_eq (vqa_difference_colour ((float)side * 7, other), cover, "beyond the end");
      cr_assert_arr_eq (rgb, other, 3);
    }
  for (int i = 4; i <= 20; i++)
    {
      vqa_difference_colour ((float)i / 20, rgb);
      vqa_difference_colour ((float)-i / 20, other);
      cr_assert_gt (other[2] - rgb[2], 60, "at %d of 20", i);
    }
}
