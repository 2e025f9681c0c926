/* Batches: a function of seed, stage and step; and the questions made from class lists. */
#include "tests/vqa/draw.h"
#include "tests/vqa/lesson.h"
#include "vqa/data/topics.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

TestSuite (batches, .init = lesson_set_up, .fini = lesson_tear_down);

/* ---- batches ---------------------------------------------------------------------------- */

static gboolean
same_batch (const vqa_batch *a, const vqa_batch *b)
{
  gsize rows = (gsize)a->pictures * a->questions;
  const vqa_spec *s = &examples->contents->spec;

  return memcmp (a->photo, b->photo, a->pictures * sizeof *a->photo) == 0
         && memcmp (a->flip, b->flip, a->pictures * sizeof *a->flip) == 0
         && memcmp (a->words, b->words, rows * s->max_words * sizeof *a->words) == 0
         && memcmp (a->targets, b->targets, rows * s->answers * sizeof *a->targets) == 0;
}

static vqa_batch *
batch_at (int pictures, int questions, guint stage, guint64 step)
{
  vqa_batch *b = vqa_batch_new (examples, pictures, questions);

  vqa_batch_fill (examples, examples->split[VQA_SPLIT_TRAIN], b, stage, step);
  return b;
}

Test (batches, batches_depend_on_seed_stage_and_step_alone)
{
  static const char *const lists[] = { "gizmo,frob", "dog,person,skis", "cat" };
  g_autoptr (vqa_batch) a = NULL;
  g_autoptr (vqa_batch) used = NULL;
  g_autoptr (vqa_batch) other_stage = NULL;
  g_autoptr (vqa_batch) again = NULL;
  g_autoptr (vqa_batch) other_seed = NULL;

  add_pictures (30);
  add_questions (30);
  add_classes (30, lists, 3);
  read_with ("run.seed=5 data.vocabulary=400");
  a = batch_at (6, 3, 1, 4);
  used = batch_at (6, 3, 0, 9);
  cr_assert_not (same_batch (a, used));
  vqa_batch_fill (examples, examples->split[VQA_SPLIT_TRAIN], used, 1, 4);
  cr_assert (same_batch (a, used), "what a batch held before must not matter");
  other_stage = batch_at (6, 3, 0, 4);
  cr_assert_not (same_batch (a, other_stage));
  read_with ("run.seed=5 data.vocabulary=400");
  again = batch_at (6, 3, 1, 4);
  cr_assert (same_batch (a, again), "read anew");
  read_with ("run.seed=6 data.vocabulary=400");
  other_seed = batch_at (6, 3, 1, 4);
  cr_assert_not (same_batch (a, other_seed));
}

/* Visits of each photo in the steps first to first + steps - 1. */
static void
count_visits (int pictures, guint64 first, guint64 steps, guint *visits)
{
  for (guint64 step = first; step < first + steps; step++)
    {
      g_autoptr (vqa_batch) b = batch_at (pictures, 1, 0, step);
      for (int i = 0; i < pictures; i++)
        {
          cr_assert_lt (b->photo[i], examples->photos->len);
          visits[b->photo[i]]++;
        }
    }
}

Test (batches, a_pass_visits_every_photo_once)
{
  guint visits[12] = { 0 };
  g_autoptr (vqa_batch) first = NULL;
  g_autoptr (vqa_batch) second = NULL;

  add_pictures (12);
  add_questions (12);
  read_with ("run.seed=1");
  cr_assert_eq (vqa_batches_per_pass (examples->split[VQA_SPLIT_TRAIN], 4), 3);
  for (guint pass = 0; pass < 4; pass++)
    {
      count_visits (4, 3 * pass, 3, visits);
      for (int i = 0; i < 12; i++)
        cr_assert_eq (visits[i], pass + 1);
    }
  first = batch_at (12, 1, 0, 0);
  second = batch_at (12, 1, 0, 1);
  cr_assert_neq (memcmp (first->photo, second->photo, 12 * sizeof (guint)), 0, "the same order");
}

Test (batches, passes_that_do_not_divide)
{
  guint visits[12] = { 0 }, all[12] = { 0 }, many[12] = { 0 };

  add_pictures (12);
  add_questions (12);
  read_with ("run.seed=1");
  cr_assert_eq (vqa_batches_per_pass (examples->split[VQA_SPLIT_TRAIN], 5), 2);
  count_visits (5, 0, 2, visits);
  for (int i = 0; i < 12; i++)
    cr_assert_leq (visits[i], 1);
  /* Who is left out differs from pass to pass. */
  count_visits (5, 0, 40, all);
  for (int i = 0; i < 12; i++)
    cr_assert_gt (all[i], 8);
  /* A batch larger than the set. */
  cr_assert_eq (vqa_batches_per_pass (examples->split[VQA_SPLIT_TRAIN], 20), 1);
  count_visits (20, 0, 1, many);
  for (int i = 0; i < 12; i++)
    cr_assert (many[i] == 1 || many[i] == 2);
}

/* What two pictures answer differently is asked of both, one after the other. */
Test (batches, opposites_stand_side_by_side)
{
  tiny_question list[] = { { 1, "Is it wet?", "yes/no", "yes,yes" },
                           { 2, "Is it wet?", "yes/no", "no,no" },
                           { 3, "Is it odd?", "yes/no", "yes,yes" },
                           { 4, "Is it dark?", "yes/no", "no,no" } };
  guint together = 0, apart = 0;
  int wet;

  add_pictures (4);
  tiny_questions (folder, "tiny", list, G_N_ELEMENTS (list));
  read_with ("run.seed=3 data.classes=classes.tsv");
  wet = word_of ("wet");
  cr_assert_gt (wet, 0);
  cr_assert_not_null (((vqa_example *)photo_of (1)->examples->pdata[0])->opposite);
  cr_assert_null (((vqa_example *)photo_of (3)->examples->pdata[0])->opposite);
  for (guint64 step = 0; step < 100; step++)
    {
      g_autoptr (vqa_batch) b = batch_at (2, 1, 0, step);
      int A = examples->contents->spec.answers;
      const char *first = ((vqa_photo *)examples->photos->pdata[b->photo[0]])->file;
      const char *second = ((vqa_photo *)examples->photos->pdata[b->photo[1]])->file;
      gboolean one = strstr (first, "1.jpg") || strstr (first, "2.jpg");
      gboolean two = strstr (second, "1.jpg") || strstr (second, "2.jpg");
      if (!one)
        continue;
      together += two && strcmp (first, second) != 0;
      apart += !two;
      /* The same words, unless one was dropped; opposite targets. */
      if (two && strcmp (first, second) != 0)
        cr_assert_neq (b->targets[answer_of ("yes")], b->targets[A + answer_of ("yes")]);
    }
  cr_assert_gt (together, 20);
  cr_assert_gt (apart, 0);
}

/* A stage on what people asked about leaves the other photographs out. */
Test (batches, what_people_asked_about)
{
  static const char *const lists[] = { "dog" };
  guint asked = 0, others = 0;

  add_pictures (6);
  add_questions (2);
  add_classes (6, lists, 1);
  read_with ("run.seed=3");
  for (guint i = 0; i < examples->asked->len; i++)
    {
      const vqa_photo *p = examples->photos->pdata[g_array_index (examples->asked, guint, i)];
      if (p->examples->len > 0)
        asked++;
      else
        others++;
    }
  cr_assert_eq (asked, 2);
  cr_assert_gt (others, 0);
  cr_assert_lt (others, 4, "some of the rest, not all");
}

/* Each time, a photograph that people asked a lot about shows other questions. */
Test (batches, plenty_of_questions_are_visited_often)
{
  static const char *const texts[]
      = { "Is it red?", "Is it blue?", "Is it big?", "Is it new?", "Is it here?" };
  tiny_question list[6];
  guint visits = 0;

  for (int i = 0; i < 5; i++)
    list[i] = (tiny_question){ 1, texts[i], "yes/no", "yes,no" };
  list[5] = (tiny_question){ 2, texts[0], "yes/no", "yes,no" };
  add_pictures (2);
  tiny_questions (folder, "tiny", list, 6);
  read_with ("run.seed=3");
  for (guint i = 0; i < examples->visited->len; i++)
    visits += g_array_index (examples->visited, guint, i) == 0;
  cr_assert_gt (visits, 1);
}

/* TRUE when row k of a batch asks this word. */
static gboolean
asks (const vqa_batch *b, int row, int word)
{
  int T = examples->contents->spec.max_words;

  for (int i = 0; i < T; i++)
    if (b->words[row * T + i] == word)
      return TRUE;
  return FALSE;
}

Test (batches, rows_without_a_question_count_nothing)
{
  g_autoptr (vqa_batch) b = NULL;
  int T, A;

  add_pictures (2);
  add_questions (2);
  read_with ("run.seed=1");
  T = examples->contents->spec.max_words;
  A = examples->contents->spec.answers;
  b = batch_at (2, 3, 0, 0);
  for (int row = 0; row < 6; row++)
    {
      float sum = 0;
      for (int i = 0; i < A; i++)
        sum += b->targets[row * A + i];
      cr_assert_float_eq (sum, row % 3 == 0 ? 1 : 0, 1e-6);
      cr_assert_eq (b->words[row * T] != 0, row % 3 == 0);
    }
}

Test (batches, left_and_right_are_never_mirrored)
{
  static const tiny_question list[] = {
    { 1, "What is on the LEFT?", "other", "dog" }, { 2, "Is he turning right?", "yes/no", "yes" },
    { 3, "Which way?", "other", "up,up,left" },    { 4, "What is it?", "other", "up" },
    { 5, "What is it?", "other", "dog" },          { 5, "Which is the right one?", "other", "dog" },
  };
  guint mirrored[6] = { 0 };
  int right;

  add_pictures (5);
  tiny_questions (folder, "tiny", list, G_N_ELEMENTS (list));
  read_with ("run.seed=1");
  right = word_of ("right");
  cr_assert_gt (right, 0);
  for (guint64 step = 0; step < 400; step++)
    {
      g_autoptr (vqa_batch) b = batch_at (5, 1, 0, step);
      for (int i = 0; i < 5; i++)
        {
          mirrored[b->photo[i]] += b->flip[i] != 0;
          cr_assert_not (b->flip[i] && asks (b, i, right));
        }
    }
  cr_assert_eq (mirrored[0] + mirrored[1] + mirrored[2], 0);
  cr_assert (mirrored[3] > 140 && mirrored[3] < 260, "%u of 400", mirrored[3]);
  /* Mirrored only where its harmless question was chosen. */
  cr_assert (mirrored[4] > 50 && mirrored[4] < 150, "%u of 400", mirrored[4]);
}

/* ---- made questions --------------------------------------------------------------------- */

/* The class an existence row asks for, -1 when it is none. */
static int
class_asked (const vqa_batch *b, int row)
{
  int T = examples->contents->spec.max_words;

  for (guint c = 0; c < examples->classes->len; c++)
    for (guint i = 0; i < 40; i++)
      if (memcmp (b->words + row * T, vqa_existence_words (examples, c, i), T * sizeof (int32_t))
          == 0)
        return (int)c;
  return -1;
}

Test (batches, existence_questions_are_true_and_half_yes)
{
  static const char *const lists[] = { "gizmo,frob", "frob", "widget,gizmo,doodad", "blob" };
  guint yes = 0, no = 0, wrong_classes[6] = { 0 };
  int A;

  add_pictures (8);
  add_questions (8);
  add_classes (8, lists, 4);
  read_with ("data.vocabulary=500");
  A = examples->contents->spec.answers;
  cr_assert_eq (examples->classes->len, 5);
  for (guint64 step = 0; step < 200; step++)
    {
      g_autoptr (vqa_batch) b = batch_at (8, 3, 0, step);
      for (int row = 0; row < 24; row++)
        {
          const vqa_photo *p = examples->photos->pdata[b->photo[row / 3]];
          int c = class_asked (b, row);
          cr_assert_eq (c < 0, row % 3 == 0, "human questions come first");
          if (c < 0)
            continue;
          cr_assert_eq (b->targets[row * A + (p->present[c] ? examples->yes : examples->no)], 1);
          cr_assert_eq (b->targets[row * A + (p->present[c] ? examples->no : examples->yes)], 0);
          yes += p->present[c];
          no += !p->present[c];
          wrong_classes[c] += !p->present[c];
        }
    }
  cr_assert_eq (yes, no);
  for (guint c = 0; c < 5; c++)
    cr_assert_gt (wrong_classes[c], 0, "%s is never asked for in vain",
                  (char *)examples->classes->pdata[c]);
}

Test (batches, existence_of_everything_and_nothing)
{
  static const char *const lists[] = { "gizmo,frob", "", "frob" };
  vqa_random random = vqa_random_new (1, 2, 3);
  guint c = 99;

  add_pictures (4);
  add_questions (4);
  add_classes (3, lists, 3);
  read_with ("data.vocabulary=500");
  for (int i = 0; i < 100; i++)
    {
      cr_assert (vqa_existence_pick (examples, photo_of (1), TRUE, &random, &c));
      cr_assert (photo_of (1)->present[c]);
      cr_assert_not (vqa_existence_pick (examples, photo_of (1), FALSE, &random, &c));
      cr_assert_not (vqa_existence_pick (examples, photo_of (2), TRUE, &random, &c));
      cr_assert (vqa_existence_pick (examples, photo_of (2), FALSE, &random, &c));
      cr_assert_lt (c, 2);
      cr_assert (vqa_existence_pick (examples, photo_of (3), FALSE, &random, &c));
      cr_assert_str_eq (examples->classes->pdata[c], "gizmo");
      cr_assert_not (vqa_existence_pick (examples, photo_of (4), TRUE, &random, &c));
      cr_assert_not (vqa_existence_pick (examples, photo_of (4), FALSE, &random, &c));
    }
}

/* "what animal is this?" of a picture with a dog: dog. */
/* TRUE when row k asks for what classes tell without being named. */
static gboolean
names_nothing (const vqa_batch *b, int row)
{
  int T = examples->contents->spec.max_words;
  for (guint t = 0; t < vqa_topics (); t++)
    for (guint i = 0; vqa_topic_agrees (t) && i < vqa_topic_phrasings (t); i++)
      if (memcmp (b->words + row * T, (int32_t *)examples->topic_words->pdata[t] + i * T,
                  T * sizeof (int32_t))
          == 0)
        return TRUE;
  return FALSE;
}

Test (batches, topic_questions_are_answered_by_the_classes)
{
  static const char *const lists[] = { "dog", "zebra", "gizmo" };
  static const char *const wanted[] = { "dog", "zebra", NULL };
  guint found[3] = { 0 }, checked[2] = { 0 }, chosen = 0;
  int what, animal, A;

  add_pictures (3);
  add_questions (3);
  add_classes (3, lists, 3);
  read_with ("data.vocabulary=1000 data.answers=300");
  what = word_of ("what");
  animal = word_of ("animal");
  A = examples->contents->spec.answers;
  cr_assert_gt (animal, 0);
  for (guint64 step = 0; step < 300; step++)
    {
      g_autoptr (vqa_batch) b = batch_at (3, 6, 0, step);
      for (int row = 0; row < 18; row++)
        {
          guint photo = b->photo[row / 6];
          if (class_asked (b, row) >= 0 || !asks (b, row, animal) || names_nothing (b, row)
              || asks (b, row, word_of ("color")))
            continue;
          if (wanted[photo] != NULL && asks (b, row, word_of ("or")))
            {
              cr_assert (asks (b, row, word_of (wanted[photo])));
              cr_assert_eq (b->targets[row * A + answer_of (wanted[photo])], 1);
              chosen++;
              continue;
            }
          cr_assert_not_null (wanted[photo], "no animal is there");
          if (asks (b, row, what) || asks (b, row, word_of ("which")))
            {
              cr_assert_eq (b->targets[row * A + answer_of (wanted[photo])], 1);
              found[photo]++;
              continue;
            }
          /* "is the animal a dog?" */
          gboolean right = asks (b, row, word_of (wanted[photo]));
          cr_assert_eq (b->targets[row * A + answer_of (right ? "yes" : "no")], 1);
          cr_assert_eq (b->targets[row * A + answer_of (right ? "no" : "yes")], 0);
          checked[right]++;
        }
    }
  cr_assert_gt (found[0], 10);
  cr_assert_gt (found[1], 10);
  cr_assert_gt (checked[0], 5);
  cr_assert_gt (checked[1], 5);
  cr_assert_gt (chosen, 5);
}

/* Of pictures without a class list all made questions come from captions, and with the answer that
 * the caption gives. */
Test (batches, questions_from_captions)
{
  guint found = 0, sure = 0;
  int cap, A;

  add_pictures (2);
  add_questions (2);
  g_free (draw_file (folder, "captions.json",
                     "{\"images\":[{\"id\":1,\"file_name\":\"COCO_val2014_000000000001.jpg\"},"
                     "{\"id\":9,\"file_name\":\"COCO_val2014_000000000009.jpg\"}],"
                     "\"annotations\":[{\"image_id\":1,\"caption\":\"A man wearing a cap.\"},"
                     "{\"image_id\":9,\"caption\":\"A man wearing a scarf.\"}]}",
                     -1));
  read_with ("data.captions=captions.json data.answers=50 data.vocabulary=500");
  cr_assert_eq (examples->photos->len, 2, "a caption alone makes no picture");
  cr_assert_eq (word_of ("scarf"), 0);
  cap = word_of ("cap");
  A = examples->contents->spec.answers;
  cr_assert (cap > 0 && answer_of ("cap") >= 0);
  for (guint64 step = 0; step < 50; step++)
    {
      g_autoptr (vqa_batch) b = batch_at (2, 4, 0, step);
      for (int row = 0; row < 8; row++)
        {
          const vqa_photo *p = examples->photos->pdata[b->photo[row / 4]];
          float sum = 0;
          for (int i = 0; i < A; i++)
            sum += b->targets[row * A + i];
          if (row % 4 == 0)
            continue;
          cr_assert_float_eq (sum, p == photo_of (1) ? 1 : 0, 1e-6);
          found += asks (b, row, word_of ("what"));
          sure += asks (b, row, word_of ("what")) && b->targets[row * A + answer_of ("cap")] == 1;
          if (asks (b, row, cap))
            cr_assert_eq (b->targets[row * A + answer_of ("yes")], 1);
        }
    }
  cr_assert_gt (found, 10);
  cr_assert_eq (found, sure);
}

/* ---- random numbers --------------------------------------------------------------------- */

Test (batches, random_numbers_are_even)
{
  vqa_random random = vqa_random_new (7, 1, 1);
  guint counts[7] = { 0 };
  double sum = 0;

  for (int i = 0; i < 7000; i++)
    {
      uint32_t n = vqa_random_below (&random, 7);
      double x = vqa_random_unit (&random);
      cr_assert_lt (n, 7);
      cr_assert (x >= 0 && x < 1);
      counts[n]++;
      sum += x;
    }
  for (int i = 0; i < 7; i++)
    cr_assert (counts[i] > 850 && counts[i] < 1150, "%u of 1000", counts[i]);
  cr_assert (fabs (sum / 7000 - 0.5) < 0.02);
  cr_assert_eq (vqa_random_below (&random, 1), 0);
}
