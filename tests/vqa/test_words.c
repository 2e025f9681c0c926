/* Questions as words, and questions that are none. */
#include "vqa/data/data.h"

#include <criterion/criterion.h>
#include <string.h>

static void
expect_words (const char *question, const char *joined)
{
  g_auto (GStrv) words = vqa_question_words (question);
  g_autofree char *got = g_strjoinv ("|", words);

  cr_expect_str_eq (got, joined, "'%s' gave %s instead of %s", question, got, joined);
}

Test (words, lower_case_without_punctuation)
{
  expect_words ("Is there a dog?", "is|there|a|dog");
  expect_words ("  How   many,many\tcats ... ?!", "how|many|many|cats");
  expect_words ("", "");
  expect_words ("?!", "");
}

Test (words, apostrophes)
{
  expect_words ("What's this?", "what|'s|this");
  expect_words ("it's", "it|'s");
  expect_words ("Don't they?", "do|n't|they");
  expect_words ("isn't", "is|n't");
  expect_words ("the dog's bone", "the|dog|'s|bone");
  expect_words ("the dogs' bones", "the|dogs|bones");
  expect_words ("'stop'", "stop");
  expect_words ("they're", "they|'re");
  expect_words ("What\u2019s that", "what|'s|that");
  expect_words ("n't", "n|'t");
  expect_words ("''", "");
}

Test (words, digits_and_hyphens)
{
  expect_words ("Is it 10:30?", "is|it|10|30");
  expect_words ("a T-shirt", "a|t|shirt");
  expect_words ("number 7b", "number|7b");
}

Test (words, letters_beyond_english)
{
  expect_words ("Où est l'ÉCOLE ?", "où|est|l|'école");
  expect_words ("e\u0301cole", "école");
  expect_words ("Straße", "straße");
  expect_words ("bad\xff"
                "byte",
                "bad|byte");
}

static void
expect_refused (const char *question, gssize length, const char *part)
{
  g_autoptr (GError) error = NULL;

  cr_assert_null (vqa_question_check (question, length, &error));
  cr_expect (g_error_matches (error, VQA_ERROR, VQA_ERROR_QUESTION));
  cr_expect (strstr (error->message, part), "%s", error->message);
}

Test (words, questions_that_are_none)
{
  g_autofree char *many = g_strnfill (10000, 'x');

  expect_refused (NULL, -1, "not UTF-8");
  expect_refused ("", -1, "empty");
  expect_refused (" \t\n\u00a0", -1, "empty");
  expect_refused ("dog?", 0, "empty");
  expect_refused ("is \xff a dog", -1, "not UTF-8");
  expect_refused ("is\0this", 7, "not UTF-8");
  expect_refused (many, -1, "10000 characters, and the limit is 1000");
}

Test (words, a_word_is_found_where_it_stands_alone)
{
  const char *text = "doggy dog, dog's Dog";

  cr_expect_eq (vqa_word_find (text, "dog"), text + 6);
  cr_expect_eq (vqa_word_find (text + 9, "dog"), text + 11);
  cr_expect_eq (vqa_word_find (text, "Dog"), text + 17);
  cr_expect_null (vqa_word_find (text, "gy"));
  cr_expect_null (vqa_word_find ("", "dog"));
  cr_expect_null (vqa_word_find (text, ""));
}

Test (words, questions_are_trimmed)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *trimmed = vqa_question_check (" \u00a0is it?\n", -1, &error);
  g_autofree char *part = vqa_question_check ("is it? no", 6, NULL);
  g_autofree char *padding = g_strnfill (2000, ' ');
  g_autofree char *padded = g_strconcat (padding, "why?", padding, NULL);
  g_autofree char *short_one = vqa_question_check (padded, -1, NULL);

  cr_expect_str_eq (trimmed, "is it?");
  cr_expect_str_eq (part, "is it?");
  cr_expect_str_eq (short_one, "why?");
}

Test (words, a_thousand_characters_are_fine)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *checked = NULL;

  for (int i = 0; i < 1000; i++)
    g_string_append (text, "é"); /* two bytes, one character */
  checked = vqa_question_check (text->str, -1, NULL);
  cr_assert_not_null (checked);
  cr_expect_eq (strlen (checked), 2000);
  g_string_append (text, "é");
  expect_refused (text->str, -1, "1001 characters");
}
