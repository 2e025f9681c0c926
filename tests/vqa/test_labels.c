/* Classes that pictures are labelled with: which are asked for. */
#include "vqa/data/labels.h"

#include <criterion/criterion.h>

enum
{
  DOG,
  LEASH,
  CAT,
  BOAT,
  N
};

/* Dogs go with leashes, seldom with cats, never with boats. */
static vqa_label_table *
table (void)
{
  static const guint8 pictures[][N] = { { 1, 1, 0, 0 }, { 1, 1, 0, 0 }, { 1, 1, 0, 0 },
                                        { 1, 0, 1, 0 }, { 0, 0, 0, 1 }, { 0, 0, 0, 1 } };
  vqa_label_table *t = vqa_label_table_new (N);
  for (guint i = 0; i < G_N_ELEMENTS (pictures); i++)
    vqa_label_table_add (t, pictures[i]);
  return t;
}

Test (labels, what_is_there_and_what_is_not)
{
  g_autoptr (vqa_label_table) t = table ();
  static const guint8 present[N] = { 1, 0, 1, 0 };
  vqa_random random = vqa_random_new (1, 0, 0);
  guint seen[N] = { 0 }, c;

  for (int i = 0; i < 200; i++)
    {
      cr_assert (vqa_label_pick (t, present, 2, i % 2 == 0, &random, &c));
      cr_assert_eq (present[c], i % 2 == 0);
      seen[c]++;
    }
  for (c = 0; c < N; c++)
    cr_assert_gt (seen[c], 0, "%u", c);
}

Test (labels, lures_go_with_what_is_there)
{
  g_autoptr (vqa_label_table) t = table ();
  static const guint8 dog[N] = { 1, 0, 0, 0 }, boat[N] = { 0, 0, 0, 1 };
  vqa_random random = vqa_random_new (1, 0, 0);
  guint seen[N] = { 0 }, c;

  for (int i = 0; i < 400; i++)
    {
      cr_assert (vqa_label_lure (t, dog, &random, &c));
      seen[c]++;
    }
  cr_assert_eq (seen[DOG], 0);
  cr_assert_eq (seen[BOAT], 0);
  /* Three to one, squared. */
  cr_assert (seen[CAT] > 20 && seen[CAT] < 70, "%u", seen[CAT]);
  cr_assert_eq (seen[LEASH] + seen[CAT], 400);
  /* Boats keep no company. */
  cr_assert_not (vqa_label_lure (t, boat, &random, &c));
}
