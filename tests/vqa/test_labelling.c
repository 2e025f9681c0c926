/* Labels of photographs: what is known of them, and what is not. */
#include "tests/vqa/draw.h"
#include "tests/vqa/lesson.h"
#include "vqa/run/labelling.h"

#include <criterion/criterion.h>
#include <string.h>

TestSuite (labelling, .init = lesson_set_up, .fini = lesson_tear_down);

static guint
number_of (int image)
{
  for (guint i = 0; i < examples->photos->len; i++)
    if (examples->photos->pdata[i] == photo_of (image))
      return i;
  return 0;
}

/* Column of a class or a word. */
static guint
column_of (const vqa_labelling *l, const char *name)
{
  for (guint i = 0; i < examples->classes->len; i++)
    if (strcmp (examples->classes->pdata[i], name) == 0)
      return i;
  for (guint i = 0; i < l->words->len; i++)
    if (strcmp (l->words->pdata[i], name) == 0)
      return examples->classes->len + i;
  cr_assert_fail ("no label %s", name);
  return 0;
}

Test (labelling, classes_and_words_of_captions)
{
  static const char *const lists[] = { "dog,cat" };
  g_autoptr (vqa_labelling) l = NULL;
  g_autofree float *targets = NULL, *known = NULL;

  add_pictures (3);
  add_questions (3);
  add_classes (1, lists, 1);
  g_free (draw_file (folder, "captions.json",
                     "{\"images\":[{\"id\":2,\"file_name\":\"COCO_val2014_000000000002.jpg\"}],"
                     "\"annotations\":["
                     "{\"image_id\":2,\"caption\":\"A boat on the lake.\"},"
                     "{\"image_id\":2,\"caption\":\"The boat is small.\"},"
                     "{\"image_id\":2,\"caption\":\"A boat floats.\"},"
                     "{\"image_id\":2,\"caption\":\"Water and a boat.\"}]}",
                     -1));
  read_with ("data.captions=captions.json data.label_words=3");
  l = vqa_labelling_new (examples, FALSE, NULL, NULL, NULL);
  cr_assert_not_null (l);
  cr_assert_eq (l->words->len, 3);
  cr_assert_str_eq (l->words->pdata[0], "boat");
  cr_assert_eq (l->n, 2 + 3);
  cr_assert_eq (vqa_labelling_count (examples), l->n);
  cr_assert_null (l->teacher);
  targets = g_new (float, l->n);
  known = g_new (float, l->n);

  /* A class list knows classes and no words. */
  vqa_labelling_targets (l, number_of (1), targets, known);
  cr_assert_eq (targets[column_of (l, "dog")], 1);
  cr_assert_eq (known[column_of (l, "dog")], 1);
  cr_assert_eq (known[column_of (l, "boat")], 0);
  /* Captions the other way round; one mention of four is half sure. */
  vqa_labelling_targets (l, number_of (2), targets, known);
  cr_assert_eq (known[column_of (l, "dog")], 0);
  cr_assert_eq (targets[column_of (l, "boat")], 1);
  cr_assert_eq (known[column_of (l, "boat")], 1);
  for (guint i = 1; i < 3; i++)
    cr_assert_float_eq (targets[examples->classes->len + i], 0.5, 1e-6);
  /* A photograph without either. */
  vqa_labelling_targets (l, number_of (3), targets, known);
  for (guint i = 0; i < l->n; i++)
    cr_assert (known[i] == 0 && targets[i] == 0);
}
