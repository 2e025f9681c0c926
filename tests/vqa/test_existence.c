/* Questions made from class names are English: articles, plurals, verbs. */
#include "vqa/data/existence.h"

#include <criterion/criterion.h>
#include <string.h>

Test (existence, articles)
{
  static const char *const cases[][2] = {
    { "dog", "a dog" },
    { "apple", "an apple" },
    { "orange", "an orange" },
    { "umbrella", "an umbrella" },
    { "elephant", "an elephant" },
    { "oven", "an oven" },
    { "traffic light", "a traffic light" },
    { "skis", "skis" },
    { "scissors", "scissors" },
    { "broccoli", "broccoli" },
    { "person", "a person" },
    { "tv", "a tv" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *got = vqa_with_article (cases[i][0]);
      cr_expect_str_eq (got, cases[i][1], "%s", got);
    }
}

/* The 80 classes of COCO whose plural is not just an s, and some plain ones. */
Test (existence, plurals)
{
  static const char *const cases[][2] = {
    { "dog", "dogs" },
    { "person", "people" },
    { "knife", "knives" },
    { "mouse", "mice" },
    { "sheep", "sheep" },
    { "skis", "skis" },
    { "scissors", "scissors" },
    { "bus", "buses" },
    { "bench", "benches" },
    { "couch", "couches" },
    { "toothbrush", "toothbrushes" },
    { "sandwich", "sandwiches" },
    { "wine glass", "wine glasses" },
    { "teddy bear", "teddy bears" },
    { "toy", "toys" },
    { "box", "boxes" },
    { "lady", "ladies" },
    { "broccoli", "broccoli" },
    { "cell phone", "cell phones" },
    { "police man", "police men" },
    { "y", "ys" },
    { "giraffe", "giraffes" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *got = vqa_plural (cases[i][0]);
      cr_expect_str_eq (got, cases[i][1], "%s", got);
    }
}

/* TRUE when one of the phrasings is this. */
static gboolean
is_asked (const char *class_name, const char *question)
{
  gboolean found = FALSE;

  for (guint i = 0; i < vqa_existence_phrasings (); i++)
    {
      g_autofree char *got = vqa_existence_question (class_name, i);
      found = found || strcmp (got, question) == 0;
    }
  return found;
}

Test (existence, verbs_agree)
{
  cr_expect (is_asked ("dog", "is there a dog?"));
  cr_expect (is_asked ("dog", "are there any dogs?"));
  cr_expect (is_asked ("apple", "is there an apple in the picture?"));
  cr_expect (is_asked ("person", "are there any people in the picture?"));
  cr_expect (is_asked ("skis", "are there skis?"));
  cr_expect (is_asked ("skis", "are there any skis?"));
  cr_expect (is_asked ("skis", "are skis visible?"));
  cr_expect (is_asked ("scissors", "can you see scissors?"));
  cr_expect (is_asked ("broccoli", "is there broccoli?"));
  cr_expect_not (is_asked ("skis", "is there skis?"));
  cr_expect_not (is_asked ("dog", "are there a dog?"));
}

Test (existence, every_phrasing_names_the_class_and_asks)
{
  static const char *const classes[] = { "dog", "skis", "wine glass", "apple", "knife" };
  guint n = vqa_existence_phrasings ();

  cr_assert_gt (n, 3);
  for (guint c = 0; c < G_N_ELEMENTS (classes); c++)
    for (guint i = 0; i < n; i++)
      {
        g_autofree char *got = vqa_existence_question (classes[c], i);
        g_autofree char *again = vqa_existence_question (classes[c], i + 3 * n);
        g_autofree char *plural = vqa_plural (classes[c]);

        cr_expect (strstr (got, classes[c]) != NULL || strstr (got, plural) != NULL, "%s", got);
        cr_expect (g_str_has_suffix (got, "?"), "%s", got);
        cr_expect_str_eq (got, again);
        cr_expect_null (strstr (got, "  "), "%s", got);
        cr_expect_null (strstr (got, " a a"), "%s", got);
        cr_expect (g_ascii_islower (*got), "%s", got);
      }
}
