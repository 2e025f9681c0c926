/* Parts of a picture: made, moved and sized without ever leaving it. */
#include "vqa/data/region.h"

#include <criterion/criterion.h>

#define expect_region(r, ...)                                                                      \
  do                                                                                               \
    {                                                                                              \
      g_autofree char *expect_text = vqa_region_text (&(r));                                       \
      cr_expect_str_eq (expect_text, __VA_ARGS__);                                                 \
    }                                                                                              \
  while (0)

Test (region, between_two_points)
{
  vqa_region r = vqa_region_between (30, 12.4, 10, 40, 100, 50);
  expect_region (r, "10,12,20,28");
  r = vqa_region_between (-5, -5, 500, 500, 100, 50);
  expect_region (r, "0,0,100,50");
  /* On the very edge and beyond there is a pixel left, not none outside. */
  r = vqa_region_between (99.8, 49.9, 130, 90, 100, 50);
  expect_region (r, "99,49,1,1");
  r = vqa_region_between (7, 7, 7, 7, 100, 50);
  expect_region (r, "7,7,1,1");
}

Test (region, moved_as_far_as_the_picture)
{
  vqa_region r = { 10, 10, 20, 20 };
  vqa_region_move (&r, 5, -50, 100, 50);
  expect_region (r, "15,0,20,20");
  vqa_region_move (&r, 500, 500, 100, 50);
  expect_region (r, "80,30,20,20");
}

Test (region, sized_as_far_as_the_picture)
{
  vqa_region r = { 10, 10, 20, 20 };
  vqa_region_resize (&r, 5, -50, 8, 100, 50);
  expect_region (r, "10,10,25,8");
  vqa_region_resize (&r, 500, 500, 8, 100, 50);
  expect_region (r, "10,10,90,40");
  /* Less room than the shortest side: what there is. */
  r = (vqa_region){ 97, 10, 2, 20 };
  vqa_region_resize (&r, -8, 0, 8, 100, 50);
  expect_region (r, "97,10,3,20");
  cr_expect (vqa_region_fits (&r, 100, 50));
}

Test (region, text_and_back)
{
  vqa_region r;
  cr_assert (vqa_region_parse (" 1, 2 ,30,4 ", &r, NULL));
  expect_region (r, "1,2,30,4");
  cr_expect_not (vqa_region_fits (&r, 30, 50));
  cr_expect (vqa_region_fits (&r, 31, 50));
}
