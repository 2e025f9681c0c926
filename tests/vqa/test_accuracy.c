/* The official VQA measure on cases worked out by hand. */
#include "vqa/data/data.h"

#include <criterion/criterion.h>

static void
expect_normal (const char *answer, const char *normal)
{
  g_autofree char *got = vqa_normalise_answer (answer);

  cr_expect_str_eq (got, normal, "'%s' gave '%s' instead of '%s'", answer, got, normal);
}

Test (accuracy, case_space_and_articles)
{
  expect_normal ("Yes", "yes");
  expect_normal ("  a \t red\nball ", "red ball");
  expect_normal ("The dog", "dog");
  expect_normal ("an apple", "apple");
  expect_normal ("ÉCOLE", "école");
  expect_normal ("", "");
  expect_normal ("the", "");
  expect_normal ("theatre", "theatre");
}

Test (accuracy, number_words)
{
  static const char *const words[]
      = { "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten" };

  for (int i = 0; i < 11; i++)
    {
      g_autofree char *digits = g_strdup_printf ("%d", i);

      expect_normal (words[i], digits);
    }
  expect_normal ("none", "0");
  expect_normal ("Two dogs", "2 dogs");
  expect_normal ("eleven", "eleven");
  expect_normal ("someone", "someone");
}

Test (accuracy, contractions)
{
  expect_normal ("dont", "don't");
  expect_normal ("ISNT", "isn't");
  expect_normal ("it doesnt know", "it doesn't know");
  expect_normal ("oclock", "o'clock");
  expect_normal ("youve", "you've");
  expect_normal ("don't", "don't");
  expect_normal ("somebody'd", "somebodyd");
}

Test (accuracy, punctuation)
{
  expect_normal ("yes!", "yes"); /* a mark at the end becomes a space */
  expect_normal ("black/white", "black white");
  expect_normal ("black / white", "black white");
  expect_normal ("black /white-grey", "black white grey");
  expect_normal ("t-shirt", "t shirt");
  expect_normal ("t- shirt", "t shirt");
  expect_normal ("x- y-z", "x yz"); /* a space beside one hyphen: both vanish */
  expect_normal ("left hand(s)", "left hand s");
  expect_normal ("(left)", "left");
  expect_normal ("man's", "man's");
  expect_normal ("5:30", "5:30");
}

Test (accuracy, periods_and_commas)
{
  expect_normal ("st. mary", "st mary");
  expect_normal ("u.s.a.", "usa");
  expect_normal ("1.5", "1.5");
  expect_normal ("2.", "2");
  expect_normal (".5", ".5");
  expect_normal ("1,000", "1000");
  expect_normal ("red,blue", "red blue");
  expect_normal ("red, blue", "red blue");
  expect_normal ("1,000 black/white", "1000 blackwhite"); /* that comma makes every mark vanish */
}

static double
accuracy_of (int matching, int others)
{
  const char *answers[32] = { NULL };
  int n = 0;

  for (int i = 0; i < matching; i++)
    answers[n++] = "cat";
  for (int i = 0; i < others; i++)
    answers[n++] = i % 2 ? "dog" : "horse";
  return vqa_accuracy ("cat", answers);
}

Test (accuracy, ten_annotators)
{
  /* k of ten agree: each of the k sees k - 1 others, each of the rest sees k. */
  cr_expect_float_eq (accuracy_of (0, 10), 0.0, 1e-9);
  cr_expect_float_eq (accuracy_of (1, 9), 0.3, 1e-9); /* (1*0 + 9*1/3) / 10 */
  cr_expect_float_eq (accuracy_of (2, 8), 0.6, 1e-9); /* (2*1/3 + 8*2/3) / 10 */
  cr_expect_float_eq (accuracy_of (3, 7), 0.9, 1e-9); /* (3*2/3 + 7*1) / 10 */
  cr_expect_float_eq (accuracy_of (4, 6), 1.0, 1e-9);
  cr_expect_float_eq (accuracy_of (10, 0), 1.0, 1e-9);
}

Test (accuracy, fewer_annotators)
{
  cr_expect_float_eq (accuracy_of (0, 0), 0.0, 1e-9);
  cr_expect_float_eq (accuracy_of (1, 0), 1.0, 1e-9); /* one alone: right or wrong */
  cr_expect_float_eq (accuracy_of (0, 1), 0.0, 1e-9);
  cr_expect_float_eq (accuracy_of (3, 0), 2.0 / 3, 1e-9);
  cr_expect_float_eq (accuracy_of (2, 1), (2.0 / 3 + 2.0 / 3) / 3, 1e-9);
  cr_expect_float_eq (accuracy_of (4, 0), 1.0, 1e-9);
  cr_expect_float_eq (vqa_accuracy ("cat", NULL), 0.0, 1e-9);
}

Test (accuracy, both_sides_are_normalised)
{
  const char *same[] = { "Two.", "two", "2", "the 2", "2!", "2", "2", "2", "2", "2", NULL };
  const char *one[] = { "A Cat", NULL };

  cr_expect_float_eq (vqa_accuracy ("TWO", same), 1.0, 1e-9);
  cr_expect_float_eq (vqa_accuracy ("cat", one), 1.0, 1e-9);
  cr_expect_float_eq (vqa_accuracy ("dog", one), 0.0, 1e-9);
}
