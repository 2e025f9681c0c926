/* Generated scenes: the same everywhere, well seen, and drawn as described. */
#include "nets/core/isa.h"
#include "vqa/data/scene_rays.h"

#include <criterion/criterion.h>
#include <string.h>

#define SCENES 120

static const int sides[] = { 32, 64, 75, 96, 128, 512 };

static guint8 *
draw (guint64 seed, guint64 index, vqa_scene_mode mode, int side)
{
  guint8 *rgb = g_malloc ((gsize)side * side * 3);
  vqa_scene s;

  vqa_scene_make (&s, seed, index, mode);
  vqa_scene_draw (&s, side, rgb);
  return rgb;
}

/* What version 1 draws, once and for all: other pictures need another VQA_SCENE_VERSION. */
Test (scene, golden_pictures)
{
  static const guint64 seeds[] = { 1, 2, 77, 123456789 };
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);

  for (guint i = 0; i < G_N_ELEMENTS (seeds); i++)
    for (guint64 index = 0; index < 6; index++)
      {
        int side = index < 5 ? 64 : 128;
        g_autofree guint8 *rgb = draw (seeds[i], index, index % VQA_SCENE_MODES, side);
        g_checksum_update (sum, rgb, (gssize)side * side * 3);
      }
  cr_assert_eq (VQA_SCENE_VERSION, 1);
  cr_expect_str_eq (g_checksum_get_string (sum),
                    "b286749ecd266456f81405b3e9a01d3228fa4e2e4b69bddf46ff5afb8ab4ae03");
}

Test (scene, the_same_for_every_instruction_set)
{
  nn_isa_level best = nn_isa;

  for (guint64 index = 0; index < 4; index++)
    {
      g_autofree guint8 *first = draw (9, index, VQA_SCENE_ALL, 75);
      for (int level = NN_ISA_BASE; level < (int)best; level++)
        {
          g_autofree guint8 *again = NULL;

          nn_isa = (nn_isa_level)level;
          again = draw (9, index, VQA_SCENE_ALL, 75);
          nn_isa = best;
          cr_expect_arr_eq (first, again, 75 * 75 * 3, "level %d", level);
        }
    }
}

Test (scene, a_function_of_seed_number_and_mode)
{
  g_autofree guint8 *one = draw (5, 7, VQA_SCENE_ALL, 64);
  g_autofree guint8 *same = draw (5, 7, VQA_SCENE_ALL, 64);
  g_autofree guint8 *next = draw (5, 8, VQA_SCENE_ALL, 64);
  g_autofree guint8 *seed = draw (6, 7, VQA_SCENE_ALL, 64);
  g_autofree guint8 *mode = draw (5, 7, VQA_SCENE_A, 64);
  gsize n = 64 * 64 * 3;

  cr_expect (memcmp (one, same, n) == 0);
  cr_expect (memcmp (one, next, n) != 0);
  cr_expect (memcmp (one, seed, n) != 0);
  cr_expect (memcmp (one, mode, n) != 0);
}

Test (scene, no_two_pictures_are_alike)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < 300; i++)
    {
      g_autofree guint8 *rgb = draw (i % 3, i / 3, VQA_SCENE_ALL, 32);
      char *hash = g_compute_checksum_for_data (G_CHECKSUM_SHA256, rgb, 32 * 32 * 3);
      cr_expect (g_hash_table_add (seen, hash), "%u", i);
    }
}

/* Another grid than the one that scenes are made with: all of an object's samples, and those where
 * no other object is nearer. */
static void
expect_visible (const vqa_scene *s, int side, int object)
{
  g_autofree rays *r = g_new0 (rays, 1);
  int all = 0, shown = 0;

  for (int y = 0; y < side; y++)
    {
      float v = (1 - (2 * (float)y + 1) / (float)side) * s->spread;
      gboolean hit[RAYS] = { FALSE };

      for (int i = 0; i < side; i++)
        {
          r->ox[i] = s->eye[0];
          r->oy[i] = s->eye[1];
          r->oz[i] = s->eye[2];
          r->dx[i] = ((2 * (float)i + 1) / (float)side - 1) * s->spread;
          r->dy[i] = s->forward[1] + v * s->up[1];
          r->dz[i] = s->forward[2] + v * s->up[2];
          r->t[i] = NO_HIT;
          r->id[i] = ON_GROUND;
        }
      for (int k = 0; k < s->n; k++)
        {
          int now = k == 0 ? object : k == object ? 0 : k; /* the object first */
          body b = vqa_scene_body (&s->objects[now]);

          vqa_rays_meet (r, &b, now, 0, side);
          for (int i = 0; i < side && k == 0; i++)
            all += hit[i] = r->id[i] == object;
        }
      for (int i = 0; i < side; i++)
        shown += hit[i] && r->id[i] == object;
    }
  cr_expect_gt (all, 10);
  cr_expect ((float)shown >= VQA_SCENE_VISIBLE * (float)all, "%d of %d at %d", shown, all, side);
  cr_expect_float_eq ((float)shown / (float)all, s->objects[object].visible, 0.06);
}

Test (scene, objects_are_visible_and_whole)
{
  gboolean hidden = FALSE;

  for (guint64 index = 0; index < SCENES; index++)
    {
      vqa_scene s;

      vqa_scene_make (&s, 21, index, VQA_SCENE_ALL);
      for (int i = 0; i < s.n; i++)
        {
          const vqa_scene_object *o = &s.objects[i];
          body b = vqa_scene_body (o);
          view w = vqa_scene_view (&s, &b, NULL);

          expect_visible (&s, index % 2 ? 101 : 67, i);
          cr_expect (o->visible >= VQA_SCENE_VISIBLE && o->visible <= 1);
          cr_expect (w.u0 > -1 && w.u1 < 1 && w.v0 > -1 && w.v1 < 1);
          hidden |= o->visible < 0.9f;
        }
    }
  cr_expect (hidden, "objects never hide each other");
}

Test (scene, objects_are_as_many_and_as_varied_as_promised)
{
  int of[VQA_ATTRIBUTES][VQA_COLOURS] = { { 0 } }, numbers[VQA_SCENE_MOST + 1] = { 0 }, all = 0;

  for (guint64 index = 0; index < 400; index++)
    {
      vqa_scene s;

      vqa_scene_make (&s, 3, index, VQA_SCENE_ALL);
      numbers[s.n]++;
      for (int i = 0; i < s.n; i++, all++)
        for (int a = 0; a < VQA_ATTRIBUTES; a++)
          of[a][s.objects[i].is[a]]++;
    }
  for (int n = VQA_SCENE_FEWEST; n <= VQA_SCENE_MOST; n++)
    cr_expect (numbers[n] > 35 && numbers[n] < 100, "%d scenes of %d objects", numbers[n], n);
  for (int a = 0; a < VQA_ATTRIBUTES; a++)
    for (int v = 0; v < vqa_scene_values (a); v++)
      cr_expect_float_eq ((double)of[a][v] / all, 1.0 / vqa_scene_values (a), 0.06, "%s: %d of %d",
                          vqa_scene_value (a, v), of[a][v], all);
}

Test (scene, modes_share_no_pair_of_cube_or_cylinder)
{
  for (int c = 0; c < VQA_COLOURS; c++)
    {
      cr_expect_neq (vqa_scene_pair (VQA_SCENE_A, VQA_CUBE, c),
                     vqa_scene_pair (VQA_SCENE_B, VQA_CUBE, c));
      cr_expect_neq (vqa_scene_pair (VQA_SCENE_A, VQA_CYLINDER, c),
                     vqa_scene_pair (VQA_SCENE_A, VQA_CUBE, c));
      cr_expect (vqa_scene_pair (VQA_SCENE_B, VQA_SPHERE, c));
    }
  for (int mode = VQA_SCENE_A; mode < VQA_SCENE_MODES; mode++)
    for (guint64 index = 0; index < SCENES; index++)
      {
        vqa_scene s;

        vqa_scene_make (&s, 4, index, mode);
        for (int i = 0; i < s.n; i++)
          cr_expect (
              vqa_scene_pair (mode, s.objects[i].is[VQA_SHAPE], s.objects[i].is[VQA_COLOUR]));
      }
}

/* What a relation says is what one sees. */
Test (scene, relations)
{
  for (guint64 index = 0; index < SCENES; index++)
    {
      vqa_scene s;

      vqa_scene_make (&s, 8, index, VQA_SCENE_ALL);
      for (int i = 0; i < s.n; i++)
        for (int j = 0; j < s.n; j++)
          {
            const vqa_scene_object *a = &s.objects[i], *b = &s.objects[j];

            cr_expect_eq (vqa_scene_related (&s, i, VQA_LEFT, j),
                          vqa_scene_related (&s, j, VQA_RIGHT, i));
            cr_expect_eq (vqa_scene_related (&s, i, VQA_FRONT, j),
                          vqa_scene_related (&s, j, VQA_BEHIND, i));
            if (i == j)
              continue;
            cr_expect (fabsf (a->picture_x - b->picture_x) > 0.015f);
            cr_expect_eq (vqa_scene_related (&s, i, VQA_LEFT, j), a->picture_x < b->picture_x);
            cr_expect (fabsf (a->y - b->y) > 0.2f);
            cr_expect_eq (vqa_scene_related (&s, i, VQA_FRONT, j), a->y < b->y);
          }
    }
}

Test (scene, sizes_show_the_same_scene)
{
  g_autofree guint8 *whole = draw (31, 4, VQA_SCENE_ALL, 512);

  for (guint k = 0; k < G_N_ELEMENTS (sides); k++)
    {
      int side = sides[k];
      gsize bytes = (gsize)side * side * 3;
      g_autofree guint8 *rgb = g_malloc (bytes + 64);
      double difference = 0;
      vqa_scene s;

      memset (rgb + bytes, 0x5a, 64);
      vqa_scene_make (&s, 31, 4, VQA_SCENE_ALL);
      vqa_scene_draw (&s, side, rgb);
      for (int i = 0; i < 64; i++)
        cr_assert_eq (rgb[bytes + i], 0x5a, "written past the picture of side %d", side);
      for (int y = 0; y < side; y++)
        for (int x = 0; x < side; x++)
          for (int c = 0; c < 3; c++)
            {
              int fy = (2 * y + 1) * 512 / (2 * side), fx = (2 * x + 1) * 512 / (2 * side);
              difference += abs (rgb[(y * side + x) * 3 + c] - whole[(fy * 512 + fx) * 3 + c]);
            }
      cr_expect_lt (difference / (double)bytes, 6, "%d: %g", side, difference / (double)bytes);
    }
}

/* Colours of matte objects, where nothing hides them, are those of the description. */
Test (scene, objects_are_where_the_description_says)
{
  static const int strongest[VQA_COLOURS] = { -1, 0, 2, 1, 0, 2, -1, -1 };
  guint8 rgb[128 * 128 * 3];
  int checked = 0;

  for (guint64 index = 0; index < SCENES; index++)
    {
      vqa_scene s;

      vqa_scene_make (&s, 14, index, VQA_SCENE_ALL);
      vqa_scene_draw (&s, 128, rgb);
      for (int i = 0; i < s.n; i++)
        {
          const vqa_scene_object *o = &s.objects[i];
          int x = (int)(o->picture_x * 128), y = (int)(o->picture_y * 128);
          const guint8 *p = rgb + (y * 128 + x) * 3;
          int at = strongest[o->is[VQA_COLOUR]];

          if (o->visible < 1 || o->is[VQA_MATERIAL] != VQA_RUBBER || at < 0)
            continue;
          checked++;
          for (int c = 0; c < 3; c++)
            cr_expect (c == at || p[at] > p[c], "%s: %d %d %d",
                       vqa_scene_value (VQA_COLOUR, o->is[VQA_COLOUR]), p[0], p[1], p[2]);
        }
    }
  cr_expect_gt (checked, 50);
}
