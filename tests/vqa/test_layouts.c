/* DAQUAR's and easy-VQA's layouts, pictures named by a list, and which set a name opens. */
#include "tests/vqa/draw.h"
#include "vqa/data/data.h"

#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <string.h>

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

TestSuite (layouts, .init = setup, .fini = teardown);

static void
put (const char *name, const char *text)
{
  g_autofree char *path = draw_file (folder, name, text, -1);
}

static vqa_set *
open_kind (const char *kind, GError **error)
{
  g_autofree char *name = g_strconcat (kind, ":", folder, NULL);
  return vqa_set_open_kind (name, error);
}

static void
refuse (const char *kind, const char *what)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (vqa_set) set = open_kind (kind, &error);
  cr_assert_null (set, "expected: %s", what);
  cr_expect (g_error_matches (error, VQA_ERROR, VQA_ERROR_DATA));
  cr_expect (strstr (error->message, what) != NULL, "expected '%s', got: %s", what, error->message);
}

Test (layouts, daquar_pairs_of_lines)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (vqa_set) set = NULL;
  const vqa_question *q;

  put ("qa_train.txt", "what is on the desk in the image3 ?\n"
                       "book, scissor, tape_dispenser\n"
                       "how many chairs are in this image12 ?\r\n"
                       "4\r\n"
                       "what is the largest brown objects in this image3 ?\n"
                       "carton");
  put ("images/image3.jpg", "");
  put ("images/image12.png", "");
  set = open_kind ("daquar", &error);
  cr_assert_not_null (set, "%s", error ? error->message : "");
  cr_assert_eq (set->questions->len, 3);
  cr_expect (set->whole);
  q = set->questions->pdata[0];
  cr_expect_str_eq (q->text, "what is on the desk?");
  cr_expect_str_eq (q->answers[0], "book, scissor, tape dispenser");
  cr_expect_str_eq (q->answer_type, "other");
  cr_expect (g_str_has_suffix (vqa_set_picture (set, q->image_id), "images/image3.jpg"));
  q = set->questions->pdata[1];
  cr_expect_str_eq (q->text, "how many chairs are?");
  cr_expect_str_eq (q->answers[0], "4");
  cr_expect_str_eq (q->answer_type, "number");
  cr_expect (g_str_has_suffix (vqa_set_picture (set, 12), "images/image12.png"));
  cr_expect_null (vqa_set_picture (set, 4));
  q = set->questions->pdata[2];
  cr_expect_str_eq (q->text, "what is the largest brown objects?");
}

Test (layouts, daquar_refusals_name_file_and_line)
{
  refuse ("daquar", "no qa_*.txt");
  put ("qa_train.txt", "what is on the desk in the image3 ?\nbook\nwhat is this ?\ndesk\n");
  refuse ("daquar", "qa_train.txt:3: expected a question");
  put ("qa_train.txt", "what is on the desk in the image3 ?\n");
  refuse ("daquar", "qa_train.txt:2: expected the answer");
  put ("qa_train.txt", "what is \xff in the image3 ?\nbook\n");
  refuse ("daquar", "qa_train.txt:1: not UTF-8");
  put ("qa_test.txt", "what is on the desk in the image3 ?\nbook\n");
  refuse ("daquar", "are both there");
}

Test (layouts, easyvqa_rows)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (vqa_set) set = NULL;
  const vqa_question *q;

  put ("questions.json", "[[\"what is the blue shape?\",\"rectangle\",0],"
                         "[\"is there a red shape?\",\"no\",17]]");
  put ("images/17.png", "");
  set = open_kind ("easyvqa", &error);
  cr_assert_not_null (set, "%s", error ? error->message : "");
  cr_assert_eq (set->questions->len, 2);
  cr_expect_not (set->whole);
  q = set->questions->pdata[1];
  cr_expect_str_eq (q->text, "is there a red shape?");
  cr_expect_str_eq (q->answers[0], "no");
  cr_expect_str_eq (q->answer_type, "yes/no");
  cr_expect (g_str_has_suffix (vqa_set_picture (set, 17), "images/17.png"));
  cr_expect_null (vqa_set_picture (set, 0));
}

Test (layouts, easyvqa_refusals_name_the_row)
{
  refuse ("easyvqa", "questions.json");
  put ("questions.json", "{}");
  refuse ("easyvqa", "questions.json: expected a list");
  put ("questions.json", "[[\"a\",\"b\",1],[\"a\",2,1]]");
  refuse ("easyvqa", "questions.json: [1]: expected");
  put ("questions.json", "[[\"a\",\"b\",-1]]");
  refuse ("easyvqa", "questions.json: [0]: expected");
  put ("questions.json", "[[\"a\",\"b\",1]");
  refuse ("easyvqa", "questions.json");
}

Test (layouts, a_list_names_the_pictures)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (vqa_set) set = NULL;

  put ("questions.json", "{\"images\":[{\"id\":5,\"file_name\":\"beach.jpg\"}],\"questions\":["
                         "{\"question_id\":1,\"image_id\":5,\"question\":\"a?\"}]}");
  put ("images/5.jpg", "");
  set = open_kind ("vqa2", &error);
  cr_assert_not_null (set, "%s", error ? error->message : "");
  cr_expect (g_str_has_suffix (vqa_set_picture (set, 5), "images/beach.jpg"));
  put ("questions.json", "{\"images\":[{\"id\":5,\"file_name\":\"../secret\"}],\"questions\":[]}");
  refuse ("vqa2", "images[0].file_name: expected the plain name");
}

Test (layouts, kinds)
{
  g_autoptr (GError) error = NULL;
  refuse ("coco", "vqa2:FOLDER, daquar:FOLDER, easyvqa:FOLDER, clevr:FOLDER or scenes:SEED");
  cr_assert_null (vqa_set_open_kind ("daquar:", &error));
  cr_assert_not_null (error);
}

Test (layouts, the_same_things)
{
  cr_expect (vqa_same_things ("scissor, book", "book,scissor"));
  cr_expect (vqa_same_things ("tape dispenser", "tape_dispenser"));
  cr_expect (vqa_same_things ("Desk", "the desk"));
  cr_expect_not (vqa_same_things ("book", "book, scissor"));
  cr_expect_not (vqa_same_things ("book, scissor", "book"));
  cr_expect_not (vqa_same_things ("", "book"));
}
