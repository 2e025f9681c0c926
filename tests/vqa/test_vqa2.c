/* The VQA v2 layout: what is read, what is refused and where the message points. */
#include "tests/vqa/draw.h"
#include "vqa/data/data.h"

#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <string.h>

#define QUESTIONS                                                                                  \
  "{\"info\":{\"year\":2017},\"questions\":["                                                      \
  "{\"question_id\":9000000001,\"image_id\":42,\"question\":\"Is it a dog?\",\"split\":\"val\"},"  \
  "{\"question_id\":2,\"image_id\":7,\"question\":\"How many?\",\"extra\":[1,{}]},"                \
  "{\"question_id\":3,\"image_id\":7,\"question\":\"What?\",\"split\":3}]}"

static char *folder;

static void
setup (void)
{
  g_autofree char *images = NULL;

  folder = draw_folder ();
  images = g_build_filename (folder, "images", NULL);
  g_mkdir (images, 0700);
}

static void
teardown (void)
{
  draw_remove (folder);
  g_free (folder);
}

TestSuite (vqa2, .init = setup, .fini = teardown);

static void
put (const char *name, const char *text)
{
  g_autofree char *path = draw_file (folder, name, text, -1);
}

static void
put_picture (const char *name)
{
  g_autofree char *inside = g_build_filename ("images", name, NULL);

  put (inside, "");
}

static vqa_set *
open_set (void)
{
  g_autoptr (GError) error = NULL;
  vqa_set *set = vqa_set_open (folder, &error);

  cr_assert (set, "%s", error ? error->message : "");
  return set;
}

/* The message must be: the file's path, ": ", and then a text that begins with `what`. */
static void
expect_refused (const char *file, const char *what)
{
  g_autofree char *start = g_strdup_printf ("%s/%s: %s", folder, file, what);
  g_autoptr (GError) error = NULL;
  g_autoptr (vqa_set) set = vqa_set_open (folder, &error);

  cr_assert_null (set, "expected: %s", what);
  cr_expect (g_error_matches (error, VQA_ERROR, VQA_ERROR_DATA));
  cr_expect (g_str_has_prefix (error->message, start), "expected '%s', got: %s", start,
             error->message);
}

static void
refuse_questions (const char *text, const char *what)
{
  put ("questions.json", text);
  expect_refused ("questions.json", what);
}

static void
refuse_annotations (const char *text, const char *what)
{
  put ("annotations.json", text);
  expect_refused ("annotations.json", what);
}

Test (vqa2, questions_and_answers)
{
  g_autoptr (vqa_set) set = NULL;
  const vqa_question *q;

  put ("questions.json", QUESTIONS);
  put (
      "annotations.json",
      "{\"annotations\":["
      "{\"question_id\":2,\"answer_type\":\"number\",\"multiple_choice_answer\":\"3\",\"answers\":["
      "{\"answer\":\"3\",\"answer_id\":1},{\"answer\":\"Three \",\"answer_id\":2}]},"
      "{\"question_id\":9000000001,\"multiple_choice_answer\":\"yes\"},"
      "{\"question_id\":555,\"answers\":[]}]}");
  set = open_set ();
  cr_assert_eq (set->questions->len, 3);
  q = g_ptr_array_index (set->questions, 0);
  cr_expect (q->id == 9000000001 && q->image_id == 42);
  cr_expect_str_eq (q->text, "Is it a dog?");
  cr_expect_str_eq (q->split, "val");
  cr_expect_null (q->answer_type);
  cr_expect_eq (g_strv_length (q->answers), 1, "the one answer stands in for absent answers");
  cr_expect_str_eq (q->answers[0], "yes");
  q = g_ptr_array_index (set->questions, 1);
  cr_expect_str_eq (q->answer_type, "number");
  cr_expect_null (q->split);
  cr_expect_eq (g_strv_length (q->answers), 2);
  cr_expect_str_eq (q->answers[1], "Three ", "answers are kept as given");
  q = g_ptr_array_index (set->questions, 2);
  cr_expect_null (q->split);
  cr_expect_eq (g_strv_length (q->answers), 0);
}

Test (vqa2, annotations_may_be_absent)
{
  g_autoptr (vqa_set) set = NULL;
  const vqa_question *q;

  put ("questions.json", QUESTIONS);
  set = open_set ();
  q = g_ptr_array_index (set->questions, 1);
  cr_assert_not_null (q->answers);
  cr_expect_null (q->answers[0]);
}

Test (vqa2, an_empty_answers_list_stays_empty)
{
  g_autoptr (vqa_set) set = NULL;
  const vqa_question *q;

  put ("questions.json", QUESTIONS);
  put ("annotations.json", "{\"annotations\":[{\"question_id\":2,\"answers\":[],"
                           "\"multiple_choice_answer\":\"3\"}]}");
  set = open_set ();
  q = g_ptr_array_index (set->questions, 1);
  cr_expect_eq (g_strv_length (q->answers), 0);
}

Test (vqa2, a_folder_that_is_no_set)
{
  g_autoptr (GError) error = NULL;

  cr_expect_null (vqa_set_open (folder, &error));
  cr_expect (g_error_matches (error, VQA_ERROR, VQA_ERROR_DATA));
  cr_expect (strstr (error->message, "questions.json"), "%s", error->message);
}

Test (vqa2, malformed_questions)
{
  refuse_questions ("", "");
  refuse_questions ("{\"questions\":[", "");
  refuse_questions ("[]", "expected an object with a list \"questions\", found a list");
  refuse_questions ("{}", "questions: expected a list, found nothing");
  refuse_questions ("{\"questions\":7}", "questions: expected a list, found a whole number");
  refuse_questions ("{\"questions\":[7]}", "questions[0]: expected an object");
  refuse_questions ("{\"questions\":[{\"image_id\":1,\"question\":\"?\"}]}",
                    "questions[0].question_id: expected a whole number, found nothing");
  refuse_questions ("{\"questions\":[{\"question_id\":\"1\",\"image_id\":1,\"question\":\"?\"}]}",
                    "questions[0].question_id: expected a whole number, found text");
  refuse_questions ("{\"questions\":[{\"question_id\":1,\"image_id\":1.5,\"question\":\"?\"}]}",
                    "questions[0].image_id: expected a whole number, found a number with");
  refuse_questions ("{\"questions\":[{\"question_id\":1,\"image_id\":true,\"question\":\"?\"}]}",
                    "questions[0].image_id: expected a whole number, found true or false");
  refuse_questions ("{\"questions\":[{\"question_id\":1,\"image_id\":1}]}",
                    "questions[0].question: expected text, found nothing");
  refuse_questions ("{\"questions\":[{\"question_id\":1,\"image_id\":1,\"question\":null}]}",
                    "questions[0].question: expected text, found null");
  refuse_questions ("{\"questions\":[{\"question_id\":1,\"image_id\":1,\"question\":\"?\"},"
                    "{\"question_id\":1,\"image_id\":2,\"question\":\"?\"}]}",
                    "questions[1].question_id: 1 stands more than once");
}

Test (vqa2, numbers_too_large_are_refused)
{
  refuse_questions ("{\"questions\":[{\"question_id\":99999999999999999999,\"image_id\":1,"
                    "\"question\":\"?\"}]}",
                    "");
  refuse_questions ("{\"questions\":[{\"question_id\":9223372036854775808,\"image_id\":1,"
                    "\"question\":\"?\"}]}",
                    "");
}

Test (vqa2, nesting_and_double_keys_are_refused)
{
  g_autofree char *deep = g_strnfill (100000, '[');

  refuse_questions (deep, "");
  refuse_questions ("{\"questions\":[],\"questions\":[]}", "");
}

Test (vqa2, malformed_annotations)
{
  put ("questions.json", QUESTIONS);
  refuse_annotations ("{\"annotation\":[]}", "annotations: expected a list, found nothing");
  refuse_annotations ("{\"annotations\":[{\"question_id\":null}]}",
                      "annotations[0].question_id: expected a whole number, found null");
  refuse_annotations ("{\"annotations\":[{\"question_id\":2,\"answers\":\"3\"}]}",
                      "annotations[0].answers: expected a list, found text");
  refuse_annotations ("{\"annotations\":[{\"question_id\":2,\"answers\":[\"3\"]}]}",
                      "annotations[0].answers[0]: expected an object, found text");
  refuse_annotations ("{\"annotations\":[{\"question_id\":3},{\"question_id\":2,\"answers\":["
                      "{\"answer\":\"3\"},{\"answer\":3}]}]}",
                      "annotations[1].answers[1].answer: expected text, found a whole number");
  refuse_annotations ("{\"annotations\":[{\"question_id\":2,\"answer_type\":[]}]}",
                      "annotations[0].answer_type: expected text, found a list");
  refuse_annotations ("{\"annotations\":[{\"question_id\":2},{\"question_id\":2}]}",
                      "annotations[1].question_id: 2 stands more than once");
  refuse_annotations ("{\"annotations\":[{\"question_id\":77}]}",
                      "annotations: none belongs to a question");
}

static void
expect_picture (vqa_set *set, gint64 id, const char *name)
{
  const char *path = vqa_set_picture (set, id);
  g_autofree char *got = path ? g_path_get_basename (path) : NULL;

  cr_expect (g_strcmp0 (got, name) == 0, "%" G_GINT64_FORMAT " is %s instead of %s", id,
             got ? got : "absent", name ? name : "absent");
}

Test (vqa2, pictures_by_id)
{
  g_autoptr (vqa_set) set = NULL;
  const char *names[] = { "COCO_train2014_000000000042.jpg",
                          "COCO_val2014_000000000007.JPG",
                          "COCO_test2015_000000123456.jpeg",
                          "000000000100.png",
                          "101.Jpg",
                          "667626_18933d713e.jpg",
                          "12a.jpg",
                          "13.txt",
                          "COCO_val_14.jpg",
                          "15.tar.jpg",
                          "99999999999999999999.jpg",
                          "picture.jpg" };

  put ("questions.json", QUESTIONS);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    put_picture (names[i]);
  set = open_set ();
  expect_picture (set, 42, names[0]);
  expect_picture (set, 7, names[1]);
  expect_picture (set, 123456, names[2]);
  expect_picture (set, 100, names[3]);
  expect_picture (set, 101, names[4]);
  expect_picture (set, 667626, names[5]);
  for (gint64 id = 12; id < 16; id++)
    expect_picture (set, id, NULL);
  expect_picture (set, 2014, NULL);
  expect_picture (set, -1, NULL);
}

Test (vqa2, the_official_name_wins)
{
  g_autoptr (vqa_set) set = NULL;

  put ("questions.json", QUESTIONS);
  put_picture ("5_thing.jpg");
  put_picture ("5.png");
  put_picture ("COCO_val2014_000000000005.jpg");
  put_picture ("6_thing.jpg");
  put_picture ("6.png");
  put_picture ("6.jpg");
  set = open_set ();
  expect_picture (set, 5, "COCO_val2014_000000000005.jpg");
  expect_picture (set, 6, "6.jpg");
}

Test (vqa2, a_missing_picture_folder_has_no_pictures)
{
  g_autofree char *images = g_build_filename (folder, "images", NULL);
  g_autoptr (vqa_set) set = NULL;

  g_rmdir (images);
  put ("questions.json", QUESTIONS);
  set = open_set ();
  expect_picture (set, 42, NULL);
}
