/* What the network is fed in training, and how its scores are told. */
#include "tests/vqa/tiny.h"
#include "vqa/run/inputs.h"
#include "vqa/run/score.h"

#include <criterion/criterion.h>
#include <string.h>

#define SIDE 32

static guint8 square[SIDE * SIDE * 3];
static float got[SIDE * SIDE * 3], plain[SIDE * SIDE * 3];

static void
set_up (void)
{
  vqa_golden_picture (SIDE, square);
  vqa_net_pixels (square, sizeof square, plain);
}

TestSuite (inputs, .init = set_up);

static double
at (const float *picture, int x, int y, int c)
{
  return picture[(y * SIDE + x) * 3 + c];
}

Test (inputs, whole_picture_is_what_answering_sees)
{
  vqa_inputs_write (square, SIDE, FALSE, 1, 0, 0, got);
  for (int i = 0; i < SIDE * SIDE * 3; i++)
    cr_assert_float_eq (got[i], plain[i], 1e-6);
}

Test (inputs, mirrored)
{
  vqa_inputs_write (square, SIDE, TRUE, 1, 0, 0, got);
  for (int y = 0; y < SIDE; y++)
    for (int x = 0; x < SIDE; x++)
      for (int c = 0; c < 3; c++)
        cr_assert_float_eq (at (got, x, y, c), at (plain, SIDE - 1 - x, y, c), 1e-6);
}

/* Half of the side from (8, 4) on: every second pixel is one of the picture's, those between are
 * their means. */
Test (inputs, cropped_and_enlarged)
{
  vqa_inputs_write (square, SIDE, FALSE, 0.5f, 8, 4, got);
  for (int y = 0; y < SIDE; y += 2)
    for (int x = 0; x < SIDE; x += 2)
      for (int c = 0; c < 3; c++)
        {
          double here = at (plain, 8 + x / 2, 4 + y / 2, c);
          double right = at (plain, 9 + x / 2, 4 + y / 2, c);
          double below = at (plain, 8 + x / 2, 5 + y / 2, c);
          cr_assert_float_eq (at (got, x, y, c), here, 1e-5);
          cr_assert_float_eq (at (got, x + 1, y, c), (here + right) / 2, 1e-5);
          cr_assert_float_eq (at (got, x, y + 1, c), (here + below) / 2, 1e-5);
        }
}

/* The largest crop at the far corner reads no pixel that is not there. */
Test (inputs, corners_stay_inside)
{
  g_autofree guint8 *exact = g_memdup2 (square, sizeof square);

  for (float zoom = 0.85f; zoom <= 1; zoom += 0.05f)
    vqa_inputs_write (exact, SIDE, TRUE, zoom, (1 - zoom) * SIDE, (1 - zoom) * SIDE, got);
  for (int i = 0; i < SIDE * SIDE * 3; i++)
    cr_assert (got[i] >= -1 && got[i] < 1);
}

Test (inputs, scores_are_told_in_percent)
{
  vqa_scores s = { .human = { 3, 1.5, 0.9 }, .yes_no = { 2, 1, 1 }, .always_yes = 1.25 };
  g_autofree char *json = NULL, *empty = NULL;

  s.calibration_error = 0.0123;
  json = vqa_scores_json (&s);
  cr_assert (nn_json_check (json, strlen (json), 4, NULL), "%s", json);
  tiny_expect_part (json, "\"human\":{\"questions\":3,\"accuracy\":50.0,\"blind\":30.0}");
  tiny_expect_part (json, "\"yes_no\":{\"questions\":2,\"accuracy\":50.0,\"blind\":50.0}");
  tiny_expect_part (json, "\"other\":{\"questions\":0,\"accuracy\":0.0,\"blind\":0.0}");
  tiny_expect_part (json, "\"always_yes\":62.5");
  tiny_expect_part (json, "\"calibration_error\":1.2");
  s = (vqa_scores){ 0 };
  empty = vqa_scores_json (&s);
  cr_assert (nn_json_check (empty, strlen (empty), 4, NULL), "%s", empty);
}
