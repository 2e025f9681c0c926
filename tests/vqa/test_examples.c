/* What a recipe's data teach: splits, targets, vocabulary, and what is wrong with them. */
#include "tests/vqa/draw.h"
#include "tests/vqa/lesson.h"

#include <criterion/criterion.h>
#include <string.h>

TestSuite (examples, .init = lesson_set_up, .fini = lesson_tear_down);

/* ---- splits ----------------------------------------------------------------------------- */

Test (examples, every_photo_is_in_one_split)
{
  guint total = 0;

  add_pictures (200);
  add_questions (200);
  g_free (draw_file (folder, "names.txt",
                     "COCO_val2014_000000000003.jpg\nCOCO_val2014_000000000024.jpg\r\n"
                     "COCO_val2014_000000009999.jpg\n\n",
                     -1));
  read_with ("data.calibration=50");
  cr_assert_eq (examples->photos->len, 200);
  for (int s = 0; s < VQA_N_SPLITS; s++)
    {
      total += examples->split[s]->len;
      for (guint i = 0; i < examples->split[s]->len; i++)
        {
          guint number = g_array_index (examples->split[s], guint, i);
          cr_assert_eq (((vqa_photo *)examples->photos->pdata[number])->split, s);
        }
    }
  cr_assert_eq (total, 200);
  for (guint i = 1; i < 200; i++)
    cr_assert_lt (strcmp (((vqa_photo *)examples->photos->pdata[i - 1])->file,
                          ((vqa_photo *)examples->photos->pdata[i])->file),
                  0);
  /* 24 would be for calibration by its name: the list goes first. */
  cr_assert_eq (examples->split[VQA_SPLIT_VALIDATION]->len, 2);
  cr_assert_eq (photo_of (3)->split, VQA_SPLIT_VALIDATION);
  cr_assert_eq (photo_of (24)->split, VQA_SPLIT_VALIDATION);
}

/* By SHA-1 of the name, computed elsewhere: the same on every machine, whatever else is there. */
Test (examples, calibration_goes_by_name)
{
  static const int five_percent[] = { 6, 45, 67, 74, 77, 87, 171, 178, 197 };
  guint found = 0;

  add_pictures (200);
  add_questions (200);
  read_with ("data.calibration=5");
  cr_assert_eq (examples->split[VQA_SPLIT_CALIBRATION]->len, G_N_ELEMENTS (five_percent));
  for (guint i = 0; i < G_N_ELEMENTS (five_percent); i++)
    found += photo_of (five_percent[i])->split == VQA_SPLIT_CALIBRATION;
  cr_assert_eq (found, G_N_ELEMENTS (five_percent));
  read_with ("data.calibration=50");
  cr_assert_eq (examples->split[VQA_SPLIT_CALIBRATION]->len, 93);
  read_with ("data.calibration=0");
  cr_assert_eq (examples->split[VQA_SPLIT_TRAIN]->len, 200);
}

Test (examples, only_training_pictures_teach)
{
  static const tiny_question list[] = {
    { 1, "Is it red?", "yes/no", "yes" },
    { 2, "Which secret?", "other", "hidden" },
  };
  vqa_batch *b;

  add_pictures (2);
  tiny_questions (folder, "tiny", list, 2);
  g_free (draw_file (folder, "names.txt", "COCO_val2014_000000000002.jpg\n", -1));
  read_with ("run.seed=1");
  cr_assert_gt (word_of ("red"), 0);
  cr_assert_eq (word_of ("secret"), 0);
  cr_assert_eq (answer_of ("hidden"), -1);
  b = vqa_batch_new (examples, 4, 2);
  for (guint64 step = 0; step < 20; step++)
    {
      vqa_batch_fill (examples, examples->split[VQA_SPLIT_TRAIN], b, 1, step);
      for (int i = 0; i < 4; i++)
        cr_assert_eq (((vqa_photo *)examples->photos->pdata[b->photo[i]])->split, VQA_SPLIT_TRAIN);
    }
  vqa_batch_free (b);
}

Test (examples, missing_pictures_are_counted)
{
  add_pictures (3);
  add_questions (5);
  g_free (draw_file (folder, "classes.tsv",
                     "COCO_val2014_000000000001.jpg\tgizmo\nCOCO_val2014_000000000077.jpg\tfrob\n",
                     -1));
  read_with ("run.seed=1");
  cr_assert_eq (examples->missing, 2);
  cr_assert_eq (examples->photos->len, 3);
  cr_assert_eq (photo_of (1)->n_present, 1);
  cr_assert_null (photo_of (2)->present);
}

/* A whole set has pictures of its own, and some of them are kept aside by name. */
Test (examples, whole_sets_beside_the_others)
{
  GString *rows = g_string_new ("[");
  guint own = 0, aside = 0;

  add_pictures (3);
  add_questions (3);
  for (int i = 0; i < 60; i++)
    {
      g_autofree char *name = g_strdup_printf ("shapes/images/%d.png", i);
      g_autofree char *path = g_build_filename (folder, name, NULL);
      g_autofree char *parent = g_path_get_dirname (path);
      g_mkdir_with_parents (parent, 0700);
      g_free (draw_file (folder, name, "", 0));
      g_string_append_printf (rows, "%s[\"what shape is it?\",\"circle\",%d]", i > 0 ? "," : "", i);
    }
  g_string_append_c (rows, ']');
  g_free (draw_file (folder, "shapes/questions.json", rows->str, -1));
  g_string_free (rows, TRUE);
  read_with ("data.easyvqa=shapes data.holdout=30 data.calibration=0");
  cr_assert_eq (examples->photos->len, 63);
  for (guint i = 0; i < examples->photos->len; i++)
    {
      const vqa_photo *p = examples->photos->pdata[i];
      own += p->whole;
      aside += p->whole && p->split == VQA_SPLIT_VALIDATION;
      cr_assert (p->whole || p->split == VQA_SPLIT_TRAIN, "only whole sets are held out");
    }
  cr_assert_eq (own, 60);
  cr_assert (aside > 6 && aside < 33, "%u of 60 kept aside", aside);
  cr_assert_geq (answer_of ("circle"), 0);
}

/* Several things are learned as one answer, and told as the list they are. */
Test (examples, lists_get_their_commas_back)
{
  g_autofree char *images = tiny_path (folder, "rooms/images");
  int list, one;

  add_pictures (2);
  add_questions (2);
  g_mkdir_with_parents (images, 0700);
  g_free (draw_file (folder, "rooms/images/image1.jpg", "", 0));
  g_free (draw_file (folder, "rooms/qa_train.txt",
                     "what is on the table in the image1 ?\nred_cup,book\n"
                     "what is under the table in the image1 ?\nbox\n",
                     -1));
  read_with ("data.daquar=rooms data.calibration=0");
  list = answer_of ("red cup book");
  one = answer_of ("box");
  cr_assert (list >= 0 && one >= 0);
  vqa_examples_restore_lists (examples);
  cr_assert_eq (answer_of ("red cup, book"), list);
  cr_assert_eq (answer_of ("red cup book"), -1);
  cr_assert_eq (answer_of ("box"), one);
}

Test (examples, boxes_teach_too)
{
  guint told = 0;

  add_pictures (2);
  add_questions (2);
  g_free (draw_file (
      folder, "b.tsv",
      "COCO_val2014_000000000001.jpg\tcat,0.9,0.05,0.4,0.2,0.2;dog,0.9,0.6,0.3,0.4,0.5\n", -1));
  read_with ("data.boxes=b.tsv");
  cr_assert_null (photo_of (2)->made);
  cr_assert_not_null (photo_of (1)->made);
  for (guint i = 0; i < photo_of (1)->made->len; i++)
    told += ((vqa_example *)photo_of (1)->made->pdata[i])->sided;
  cr_assert_gt (told, 0, "left and right are not mirrored");
}

/* ---- answers and words ------------------------------------------------------------------ */

static void
expect_target (const vqa_example *x, const char *answer, double weight)
{
  int position = answer_of (answer);

  cr_assert_geq (position, 0, "no answer %s", answer);
  for (guint i = 0; i < x->n_targets; i++)
    if (x->targets[i].answer == position)
      {
        cr_assert_float_eq (x->targets[i].weight, weight, 1e-6, "%s: %g", answer,
                            (double)x->targets[i].weight);
        return;
      }
  cr_assert_fail ("no target %s", answer);
}

Test (examples, targets_are_shares_of_the_annotators)
{
  static const tiny_question list[] = {
    { 1, "How many?", "number", "2,Two,two.,3,a dog" },
    { 2, "What?", "other", "Dog,the dog, dog ,cat,bird,a rare thing" },
    { 3, "Nobody said", "other", NULL },
  };
  const vqa_example *x;

  add_pictures (3);
  tiny_questions (folder, "tiny", list, 3);
  read_with ("data.answers=4");
  x = photo_of (1)->examples->pdata[0];
  cr_assert_eq (x->n_targets, 3);
  expect_target (x, "2", 0.6);
  expect_target (x, "3", 0.2);
  expect_target (x, "dog", 0.2);
  /* Four answers are kept; the others' share is not spread over them. */
  x = photo_of (2)->examples->pdata[0];
  cr_assert_eq (answer_of ("bird"), 3);
  cr_assert_eq (answer_of ("cat"), -1);
  cr_assert_eq (x->n_targets, 2);
  expect_target (x, "dog", 0.5);
  expect_target (x, "bird", 1.0 / 6);
  x = photo_of (3)->examples->pdata[0];
  cr_assert_eq (x->n_targets, 0);

  read_with ("data.answers=4 data.human=0.5");
  expect_target (photo_of (1)->examples->pdata[0], "2", 0.3);
}

static void
expect_list (const GPtrArray *list, const char *joined)
{
  g_autoptr (GString) got = g_string_new (NULL);

  for (guint i = 0; i < list->len; i++)
    g_string_append_printf (got, "%s%s", i > 0 ? "|" : "", (const char *)list->pdata[i]);
  cr_assert_str_eq (got->str, joined, "%s instead of %s", got->str, joined);
}

/* By frequency, equal ones by the alphabet, so that the same data give the same model. */
/* "is it wet" is asked with three yes and one no, "is it dry" with yes alone: remembering the text
 * must not pay. */
Test (examples, balance_weighs_both_answers_of_a_text_alike)
{
  static const tiny_question list[] = {
    { 1, "Is it wet?", "yes/no", "yes" }, { 2, "is it wet", "yes/no", "yes" },
    { 3, "Is it wet?", "yes/no", "yes" }, { 4, "Is it wet?", "yes/no", "no" },
    { 5, "Is it dry?", "yes/no", "yes" }, { 6, "How many?", "number", "2,2,2,3" },
  };

  add_pictures (6);
  tiny_questions (folder, "tiny", list, G_N_ELEMENTS (list));
  read_with ("data.balance=1 data.calibration=0");
  for (int image = 1; image <= 3; image++)
    expect_target (photo_of (image)->examples->pdata[0], "yes", 1 / 3.0);
  expect_target (photo_of (4)->examples->pdata[0], "no", 1);
  cr_assert_eq (photo_of (5)->examples->len, 0);
  expect_target (photo_of (6)->examples->pdata[0], "2", 0.75);

  read_with ("data.balance=0 data.calibration=0");
  expect_target (photo_of (1)->examples->pdata[0], "yes", 1);
  expect_target (photo_of (5)->examples->pdata[0], "yes", 1);
}

Test (examples, words_and_answers_are_the_most_frequent)
{
  static const tiny_question list[] = {
    { 1, "dog dog dog cat cat zebra apple", "other", "b,b,x,c" },
    { 2, "Dog?", "other", "b,d,d,d\n" },
  };

  add_pictures (2);
  tiny_questions (folder, "tiny", list, 2);
  read_with ("run.seed=1");
  expect_list (examples->contents->words, "dog|cat|apple|zebra");
  expect_list (examples->contents->answers, "b|d|c|x");
  cr_assert_eq (word_of ("dog"), 1);
  cr_assert_eq (examples->contents->spec.words, 4);
  cr_assert_eq (examples->contents->spec.answers, 4);
  read_with ("data.vocabulary=3 data.answers=2");
  expect_list (examples->contents->words, "dog|cat|apple");
  expect_list (examples->contents->answers, "b|d");
  cr_assert_eq (examples->contents->spec.words, 3);
  cr_assert_eq (examples->contents->spec.answers, 2);
}

Test (examples, a_word_list_fills_the_vocabulary)
{
  static const tiny_question list[] = { { 1, "the dog", "other", "a,b" } };

  add_pictures (1);
  tiny_questions (folder, "tiny", list, 1);
  g_free (draw_file (folder, "words.txt", "the\nof\n,\ndog\n'\nfrisbee\nbanana\n", -1));
  read_with ("data.words=. data.vocabulary=4");
  expect_list (examples->contents->words, "dog|the|of|frisbee");
}

/* However few answers there may be, made questions are answered yes or no. */
Test (examples, yes_and_no_are_never_cut_off)
{
  static const char *const lists[] = { "gizmo", "frob" };
  static const tiny_question list[] = {
    { 1, "What?", "other", "red,red,red" },
    { 2, "What?", "other", "blue,blue" },
  };

  add_pictures (2);
  add_classes (2, lists, 2);
  tiny_questions (folder, "tiny", list, 2);
  read_with ("data.answers=2 data.vocabulary=400");
  cr_assert_eq (examples->contents->answers->len, 2);
  cr_assert_eq (examples->yes, answer_of ("yes"));
  cr_assert_eq (examples->no, answer_of ("no"));
  cr_assert_geq (examples->yes, 0);
  cr_assert_geq (examples->no, 0);
}

Test (examples, long_questions_are_cut)
{
  g_autoptr (GString) text = g_string_new (NULL);
  tiny_question list[] = { { 1, NULL, "other", "a,b" } };
  const vqa_example *x;

  add_pictures (1);
  for (int i = 0; i < 40; i++)
    g_string_append_printf (text, "w%02d ", i);
  list[0].question = text->str;
  tiny_questions (folder, "tiny", list, 1);
  read_with ("network.max_words=5");
  x = photo_of (1)->examples->pdata[0];
  for (int i = 0; i < 5; i++)
    cr_assert_eq (x->words[i], i + 1);
}

/* ---- wrong data ------------------------------------------------------------------------- */

static void
refuse (const char *settings, const char *file, const char *part)
{
  g_autoptr (GError) error = NULL;

  cr_assert_not (try_read (settings, &error), "taken: %s", settings);
  cr_assert_not_null (error);
  cr_assert (error->domain == VQA_ERROR || error->domain == G_FILE_ERROR);
  tiny_expect_part (error->message, file);
  tiny_expect_part (error->message, part);
}

Test (examples, malformed_files)
{
  static const struct
  {
    const char *file, *text, *part;
  } cases[] = {
    { "tiny_questions.json", "{\"questions\":[", "line 1" },
    { "tiny_questions.json", "[]", "questions" },
    { "tiny_questions.json", "{\"questions\":[{\"question_id\":1,\"image_id\":1}]}",
      "questions[0].question" },
    { "tiny_questions.json", "{\"questions\":[{\"question_id\":\"x\"}]}",
      "questions[0].question_id" },
    { "tiny_annotations.json", "{\"annotations\":[{\"question_id\":1,\"answers\":[{}]}]}",
      "annotations[0].answers[0].answer" },
    { "tiny_annotations.json", "", "line 1" },
    { "classes.tsv", "COCO_val2014_000000000001.jpg\tdog\nno tab here\n", ":2:" },
    { "classes.tsv", "COCO_val2014_000000000001.jpg\tdog,,cat\n", ":1:" },
  };

  add_pictures (2);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      add_questions (2);
      g_free (draw_file (folder, "classes.tsv", "", 0));
      g_free (draw_file (folder, cases[i].file, cases[i].text, -1));
      refuse ("run.seed=1", cases[i].file, cases[i].part);
    }
}

Test (examples, missing_files)
{
  static const char *const settings[][2] = {
    { "data.questions=gone.json", "gone.json" },
    { "data.annotations=gone.json", "gone.json" },
    { "data.classes=gone.tsv", "gone.tsv" },
    { "data.validation=gone.txt", "gone.txt" },
    { "data.words=gone", "gone" },
    { "data.captions=gone.json", "gone.json" },
  };

  add_pictures (2);
  add_questions (2);
  for (guint i = 0; i < G_N_ELEMENTS (settings); i++)
    refuse (settings[i][0], settings[i][1], "No such file");
  refuse ("data.images=gone", "gone", "none of the questions' pictures is there");
}

Test (examples, malformed_captions)
{
  add_pictures (2);
  add_questions (2);
  g_free (
      draw_file (folder, "captions.json", "{\"images\":[{\"id\":true}],\"annotations\":[]}", -1));
  refuse ("data.captions=captions.json", "captions.json", "images[0].id");
}

Test (examples, nothing_to_learn)
{
  static const tiny_question silent[] = { { 1, "What?", "other", NULL } };
  static const tiny_question wordless[] = { { 1, "??", "other", "yes" } };

  add_pictures (1);
  tiny_questions (folder, "tiny", silent, 1);
  refuse ("run.seed=1", "tiny_questions.json", "an answer to learn");
  tiny_questions (folder, "tiny", wordless, 1);
  refuse ("run.seed=1", "tiny_questions.json", "a word to learn");
  /* All pictures are for validation. */
  add_questions (1);
  g_free (draw_file (folder, "names.txt", "COCO_val2014_000000000001.jpg", -1));
  refuse ("run.seed=1", "images", "to train on");
}
