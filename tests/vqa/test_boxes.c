/* Boxes: what is read, what is refused, what is asked, and the colours of pixels. */
#include "tests/vqa/draw.h"
#include "vqa/data/boxes.h"
#include "vqa/data/data.h"

#include <criterion/criterion.h>
#include <string.h>

static char *folder;

static void
setup (void)
{
  folder = draw_folder ();
}

static void
teardown (void)
{
  draw_remove (folder);
  g_free (folder);
}

TestSuite (boxes, .init = setup, .fini = teardown);

static GPtrArray *
read_boxes (const char *name, const char *text, GError **error)
{
  g_autofree char *path = draw_file (folder, name, text, -1);
  return vqa_boxes_read (path, error);
}

static void
refuse (const char *name, const char *text, const char *what)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) list = read_boxes (name, text, &error);
  cr_assert_null (list, "expected: %s", what);
  cr_expect (strstr (error->message, what) != NULL, "expected '%s', got: %s", what, error->message);
  cr_expect (strstr (error->message, name) != NULL);
}

static const char *
answer_to (const GPtrArray *made, const char *question)
{
  for (guint i = 0; i < made->len; i++)
    {
      const vqa_made *m = made->pdata[i];
      if (strcmp (m->question, question) == 0)
        return m->answer;
    }
  return NULL;
}

Test (boxes, lines_of_a_detector)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) list = read_boxes (
      "d.tsv", "a.jpg\tdog,0.9,0.1,0.2,0.3,0.4;hot dog,0.41,0.5,0.5,0.5,0.5\r\n", &error);
  cr_assert_not_null (list, "%s", error ? error->message : "");
  cr_assert_eq (list->len, 1);
  const vqa_boxed *p = list->pdata[0];
  cr_expect_str_eq (p->file, "a.jpg");
  cr_expect_not (p->whole);
  cr_assert_eq (p->boxes->len, 2);
  const vqa_box *b = p->boxes->pdata[1];
  cr_expect_str_eq (b->name, "hot dog");
  cr_expect_eq (b->width, 0.5);
  cr_expect_eq (b->score, 0.41);
}

Test (boxes, coco_in_pixels_and_in_fractions)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) list
      = read_boxes ("c.json",
                    "{\"images\":[{\"id\":7,\"file_name\":\"a.jpg\",\"width\":200,\"height\":100}],"
                    "\"categories\":[{\"id\":3,\"name\":\"cat\"}],\"annotations\":["
                    "{\"image_id\":7,\"category_id\":3,\"bbox\":[20,10,100,50],\"iscrowd\":0},"
                    "{\"image_id\":7,\"category\":\"dog\",\"bbox\":[0.5,0,0.25,1],\"iscrowd\":1}]}",
                    &error);
  cr_assert_not_null (list, "%s", error ? error->message : "");
  const vqa_boxed *p = list->pdata[0];
  cr_expect (p->whole);
  cr_assert_eq (p->boxes->len, 2);
  const vqa_box *cat = p->boxes->pdata[0], *dog = p->boxes->pdata[1];
  cr_expect_str_eq (cat->name, "cat");
  cr_expect (cat->left == 0.1 && cat->top == 0.1 && cat->width == 0.5 && cat->height == 0.5);
  cr_expect_not (cat->crowd);
  cr_expect_str_eq (dog->name, "dog");
  cr_expect (dog->crowd && dog->width == 0.25);
}

Test (boxes, refusals)
{
  refuse ("a.tsv", "a.jpg dog\n", "a.tsv:1: expected a picture's file name");
  refuse ("a.tsv", "a.jpg\tdog,1,0,0,1,1\nb.jpg\tdog,1,0,0,1\n", "a.tsv:2: box 1");
  refuse ("a.tsv", "a.jpg\tdog,1,0,0,1,1;cat,1,0.9,0,1,1\n", "a.tsv:1: box 2");
  refuse ("a.tsv", "a.jpg\tdog,1,0,0,nan,1\n", "a.tsv:1: box 1");
  refuse ("a.json", "[]", "expected an object");
  refuse ("a.json", "{\"images\":[]}", "annotations: expected a list");
  refuse ("a.json", "{\"images\":[{\"id\":\"7\"}],\"annotations\":[]}", "images[0].id");
  refuse ("a.json",
          "{\"images\":[{\"id\":7,\"file_name\":\"a\"}],\"annotations\":[{\"image_id\":8}]}",
          "annotations[0].image_id");
  refuse ("a.json",
          "{\"images\":[{\"id\":7,\"file_name\":\"a\"}],\"categories\":[{\"id\":1,\"name\":\"x\"}],"
          "\"annotations\":[{\"image_id\":7,\"category_id\":1,\"bbox\":[0,0,1,1]}]}",
          "width and height");
  refuse ("a.json",
          "{\"images\":[{\"id\":7,\"file_name\":\"a\"}],\"annotations\":[{\"image_id\":7,"
          "\"category\":\"x\",\"bbox\":[0,0,\"1\",1]}]}",
          "annotations[0].bbox");
}

Test (boxes, questions)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) list
      = read_boxes ("c.json",
                    "{\"images\":[{\"id\":7,\"file_name\":\"a.jpg\"}],\"annotations\":["
                    "{\"image_id\":7,\"category\":\"cat\",\"bbox\":[0.05,0.4,0.2,0.2]},"
                    "{\"image_id\":7,\"category\":\"dog\",\"bbox\":[0.6,0.3,0.4,0.5]},"
                    "{\"image_id\":7,\"category\":\"cup\",\"bbox\":[0,0,0.1,0.1]},"
                    "{\"image_id\":7,\"category\":\"cup\",\"bbox\":[0.2,0,0.1,0.1]}]}",
                    &error);
  cr_assert_not_null (list, "%s", error ? error->message : "");
  gboolean counted = FALSE;
  for (guint seed = 0; seed < 40; seed++)
    {
      g_autoptr (GPtrArray) made = vqa_box_questions (list->pdata[0], NULL, 0, seed);
      const char *left = answer_to (made, "is the cat to the left of the dog?");
      const char *right = answer_to (made, "is the cat to the right of the dog?");
      cr_expect ((left != NULL) != (right != NULL));
      cr_expect_str_eq (left != NULL ? left : "yes", "yes");
      cr_expect_str_eq (right != NULL ? right : "no", "no");
      cr_expect_str_eq (answer_to (made, "which takes up more of the picture, the cat or the dog?"),
                        "dog");
      const char *many = answer_to (made, "how many cups are there?");
      counted = counted || many != NULL;
      cr_expect_str_eq (many != NULL ? many : "2", "2");
      for (guint i = 0; i < made->len; i++)
        cr_expect_null (strstr (((vqa_made *)made->pdata[i])->question, "color"),
                        "no colours without pixels");
    }
  cr_expect (counted);
}

/* It has found all of a kind when it is sure of each. */
Test (boxes, a_detector_counts_what_it_is_sure_of)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) list
      = read_boxes ("d.tsv",
                    "a.jpg\tdog,0.9,0.1,0.2,0.3,0.4;dog,0.9,0.6,0.2,0.3,0.4\n"
                    "b.jpg\tdog,0.9,0.1,0.2,0.3,0.4;dog,0.3,0.6,0.2,0.3,0.4\n",
                    &error);
  cr_assert_not_null (list);
  for (guint seed = 0; seed < 20; seed++)
    {
      g_autoptr (GPtrArray) sure = vqa_box_questions (list->pdata[0], NULL, 0, seed);
      g_autoptr (GPtrArray) unsure = vqa_box_questions (list->pdata[1], NULL, 0, seed);
      cr_expect_gt (sure->len, 0);
      for (guint i = 0; i < sure->len; i++)
        {
          const vqa_made *m = sure->pdata[i];
          cr_expect (g_str_has_prefix (m->question, "how many dogs"),
                     "not where, of two of a kind");
          cr_expect_str_eq (m->answer, "2");
        }
      cr_expect_eq (unsure->len, 0);
    }
}

Test (boxes, colours)
{
  static const struct
  {
    guint8 rgb[3];
    const char *name;
  } samples[] = {
    { { 210, 20, 30 }, "red" },     { { 250, 140, 20 }, "orange" }, { { 240, 220, 40 }, "yellow" },
    { { 30, 140, 50 }, "green" },   { { 30, 80, 200 }, "blue" },    { { 120, 40, 160 }, "purple" },
    { { 250, 150, 190 }, "pink" },  { { 110, 70, 35 }, "brown" },   { { 20, 20, 22 }, "black" },
    { { 245, 245, 240 }, "white" }, { { 128, 128, 130 }, "gray" },
  };
  const int side = 32;
  const vqa_box box = { .left = 0.25, .top = 0.25, .width = 0.5, .height = 0.5 };
  g_autofree guint8 *rgb = g_malloc0 (32 * 32 * 3);
  for (guint s = 0; s < G_N_ELEMENTS (samples); s++)
    {
      for (int y = 8; y < 24; y++)
        for (int x = 8; x < 24; x++)
          memcpy (rgb + (y * side + x) * 3, samples[s].rgb, 3);
      cr_expect_str_eq (vqa_box_colour (&box, rgb, side), samples[s].name);
    }
  for (int i = 0; i < side * side; i++)
    memcpy (rgb + i * 3, samples[i % 3].rgb, 3);
  cr_expect_null (vqa_box_colour (&box, rgb, side), "three colours, none stands out");
}
