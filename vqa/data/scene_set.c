/* Generated scenes as a set of questions, whose pictures are made when they are needed. */
#include "vqa/data/made.h"
#include "vqa/data/scene_questions.h"
#include "vqa/data/set.h"
#include "vqa/data/squash.h"

#include <string.h>

static const char *const modes[VQA_SCENE_MODES] = { "", ":a", ":b" };

/* The picture (side,side,3); NULL when memory is refused. */
static guint8 *
draw_square (const vqa_scene *scene, int side)
{
  int drawn = CLAMP (side, VQA_SCENE_SMALLEST, VQA_SCENE_LARGEST);
  g_autofree guint8 *square = g_try_malloc ((gsize)drawn * drawn * 3);
  g_autofree guint8 *squashed = NULL;

  if (!square)
    return NULL;
  vqa_scene_draw (scene, drawn, square);
  if (drawn == side)
    return g_steal_pointer (&square);
  squashed = g_try_malloc ((gsize)side * side * 3);
  if (!squashed || !vqa_squash (square, drawn, drawn, 3, squashed, side, side))
    return NULL;
  return g_steal_pointer (&squashed);
}

static vqa_picture *
make_picture (gpointer user, gint64 image_id, int side, GError **error)
{
  const vqa_scene_series *s = user;
  g_autoptr (vqa_picture) picture = g_new0 (vqa_picture, 1);
  g_autofree char *name = NULL;
  vqa_scene scene;

  vqa_scene_make (&scene, s->seed, (guint64)image_id, s->mode);
  picture->width = picture->height = picture->side = side;
  picture->square = draw_square (&scene, side);
  if (!picture->square)
    {
      g_set_error (error, VQA_ERROR, VQA_ERROR_PICTURE,
                   "A scene of %d x %d pixels does not fit into memory: close other programs", side,
                   side);
      return NULL;
    }
  name = g_strdup_printf ("scene %d %" G_GUINT64_FORMAT " %" G_GINT64_FORMAT " %d %d",
                          VQA_SCENE_VERSION, s->seed, image_id, (int)s->mode, side);
  picture->hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, name, -1);
  return g_steal_pointer (&picture);
}

gboolean
vqa_scene_series_parse (const char *text, vqa_scene_series *s)
{
  gsize digits = strspn (text, "0123456789");
  g_autofree char *seed = g_strndup (text, digits);

  if (!g_ascii_string_to_unsigned (seed, 10, 0, G_MAXINT64, &s->seed, NULL))
    return FALSE;
  for (int m = 0; m < VQA_SCENE_MODES; m++)
    if (strcmp (text + digits, modes[m]) == 0)
      {
        s->mode = (vqa_scene_mode)m;
        return TRUE;
      }
  return FALSE;
}

char *
vqa_scene_series_name (const vqa_scene_series *s)
{
  return g_strdup_printf ("%" G_GUINT64_FORMAT "%s", s->seed, modes[s->mode]);
}

vqa_set *
vqa_scene_set_open (const char *seed, guint most, GError **error)
{
  g_autofree char *name = g_strconcat ("scenes:", seed, NULL);
  g_autofree char *shown = g_filename_display_name (name);
  g_autofree vqa_scene_series *s = g_new0 (vqa_scene_series, 1);
  g_autoptr (vqa_set) set = NULL;
  guint n = most > 0 ? most : VQA_SCENE_SET_PICTURES * VQA_SCENE_SET_QUESTIONS;
  vqa_scene scene;

  if (!vqa_scene_series_parse (seed, s))
    {
      g_set_error (error, VQA_ERROR, VQA_ERROR_DATA,
                   "“%s” names no scenes: give scenes:SEED, scenes:SEED:a or scenes:SEED:b, where "
                   "SEED is a whole number",
                   shown);
      return NULL;
    }
  set = vqa_set_new (shown);
  for (guint i = 0; i < n; i++)
    {
      g_auto (vqa_scene_question) asked = { 0 };
      guint index = i / VQA_SCENE_SET_QUESTIONS, number = i % VQA_SCENE_SET_QUESTIONS;
      vqa_question *q;

      if (number == 0)
        vqa_scene_make (&scene, s->seed, index, s->mode);
      vqa_scene_ask (&scene, number, &asked);
      q = vqa_set_add (set, i, index, asked.text);
      q->source = g_strdup (VQA_MADE_SCENES);
      q->kind = g_strdup (vqa_scene_family_name (asked.family));
      vqa_set_answer (q, asked.answer);
    }
  vqa_set_make_pictures (set, make_picture, g_steal_pointer (&s), g_free);
  return g_steal_pointer (&set);
}
