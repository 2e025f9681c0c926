/* Damaged data sets: questions, annotations, class lists, captions, boxes. Each reader refuses with
 * an error that names the file, or what it gives is whole. */
#include "tests/fuzz/mutate.h"
#include "vqa/data/boxes.h"
#include "vqa/data/captions.h"
#include "vqa/data/data.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static const char questions[]
    = "{\"info\":{},\"questions\":[{\"question_id\":4587520,\"image_id\":458752,\"question\":"
      "\"What is \\u00e9 this?\"},{\"question_id\":2,\"image_id\":17,\"question\":\"Is it red?\","
      "\"split\":\"val\"}]}";
static const char annotations[]
    = "{\"annotations\":[{\"question_id\":4587520,\"answer_type\":\"other\",\"answers\":["
      "{\"answer\":\"net\",\"answer_id\":1},{\"answer\":\"a net\",\"answer_id\":2}]},"
      "{\"question_id\":2,\"answer_type\":\"yes/no\",\"multiple_choice_answer\":\"yes\","
      "\"answers\":[{\"answer\":\"yes\"}]}]}";
static const char captions[]
    = "{\"images\":[{\"id\":1,\"file_name\":\"a.jpg\"},{\"id\":2,\"file_name\":\"b.jpg\"}],"
      "\"annotations\":[{\"image_id\":1,\"caption\":\"Two men in red shirts play tennis.\"},"
      "{\"image_id\":2,\"caption\":\"A woman is riding a horse on the beach\"},{\"image_id\":1,"
      "\"caption\":\"a man with a hat\"}]}";
static const char boxes[]
    = "{\"images\":[{\"id\":1,\"file_name\":\"a.jpg\",\"width\":64,\"height\":48}],\"categories\":"
      "[{\"id\":3,\"name\":\"dog\"}],\"annotations\":[{\"image_id\":1,\"category_id\":3,\"bbox\":"
      "[1,2,30.5,20],\"iscrowd\":0},{\"image_id\":1,\"category_id\":3,\"bbox\":[40,2,20,40]}]}";
static const char classes[]
    = "a.jpg\tdog,dining table\r\nb.png\tcat\nc.jpg\t\n# none\n\nd.jpg\tdog\n";
static const char detected[]
    = "a.jpg\tdog,0.91,0.1,0.2,0.3,0.4;cat,0.5,0.5,0.5,0.25,0.25\nc.jpg\tcup,1,0,0,1,1\n";

static const char *const words[] = {
  "{",
  "}",
  "[",
  "]",
  "\"",
  "\\",
  ":",
  ",",
  "\t",
  "\n",
  "\r",
  "\\u",
  "\\ud83d",
  "\\u0000",
  "null",
  "true",
  "-1",
  "0",
  "1e99",
  "1e-99",
  "nan",
  "-0.5",
  "9223372036854775808",
  ";",
  "[[[[[[[[[",
  "{\"a\":",
  "\xff",
  "é",
  "\"id\":",
  "\"answers\":[]",
  "\"question\":\"\"",
  "../",
  "/",
  "\"image_id\":",
};

static char *folder, *one, *two;

static void
set_up (void)
{
  folder = g_dir_make_tmp ("regard-fuzz-XXXXXX", NULL);
  cr_assert_not_null (folder);
  one = g_build_filename (folder, "one", NULL);
  two = g_build_filename (folder, "two", NULL);
}

static void
tear_down (void)
{
  static const char *const names[] = { "one", "two", "boxes.json", "boxes.tsv" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (folder, names[i], NULL);
      g_unlink (path);
    }
  g_rmdir (folder);
  g_free (folder);
  g_free (one);
  g_free (two);
}

TestSuite (fuzz_data, .init = set_up, .fini = tear_down);

static void
write_file (const char *path, const void *bytes, gsize length)
{
  /* Cut afterwards: some file systems wait for the disk when a file that was emptied is closed. */
  int fd = open (path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

  cr_assert (fd >= 0 && write (fd, bytes, length) == (gssize)length
                 && ftruncate (fd, (off_t)length) == 0,
             "%s", path);
  close (fd);
}

static void
write_damaged (uint64_t *state, const char *path, const char *text)
{
  g_autoptr (GByteArray) a
      = mutate (state, (const guint8 *)text, strlen (text), words, G_N_ELEMENTS (words));

  write_file (path, a->data != NULL ? (const void *)a->data : "", a->len);
}

/* An error must name the file and be text. */
static void
check_error (gboolean good, const GError *error, const char *path)
{
  cr_assert_eq (good, error == NULL);
  if (error == NULL)
    return;
  cr_assert (g_utf8_validate (error->message, -1, NULL));
  cr_assert (strstr (error->message, path) != NULL, "%s", error->message);
}

static gsize
use_text (const char *text)
{
  cr_assert (text == NULL || g_utf8_validate (text, -1, NULL));
  return text != NULL ? strlen (text) : 0;
}

Test (fuzz_data, questions_and_annotations)
{
  guint accepted = 0;
  gsize sum = 0;

  for (mutation m = mutation_start (41, 6000); mutation_next (&m);)
    {
      gboolean first = mutate_random (&m.state) % 2 == 0;
      g_autoptr (GError) error = NULL;
      g_autoptr (vqa_set) set = NULL;

      write_file (one, questions, sizeof questions - 1);
      write_file (two, annotations, sizeof annotations - 1);
      if (first)
        write_damaged (&m.state, one, questions);
      else
        write_damaged (&m.state, two, annotations);
      set = vqa_set_read (one, two, folder, &error);
      check_error (set != NULL, error, folder);
      if (set == NULL)
        continue;
      accepted++;
      for (guint i = 0; i < set->questions->len; i++)
        {
          const vqa_question *q = set->questions->pdata[i];
          cr_assert_not_null (q->answers);
          sum += use_text (q->text) + use_text (q->answer_type);
          for (char **a = q->answers; *a != NULL; a++)
            sum += use_text (*a);
          cr_assert_null (vqa_set_picture (set, q->image_id));
        }
    }
  cr_assert (accepted > 50 && sum > 0);
}

Test (fuzz_data, captions)
{
  guint accepted = 0;

  for (mutation m = mutation_start (42, 4000); mutation_next (&m);)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GPtrArray) list = NULL;

      write_damaged (&m.state, one, captions);
      list = vqa_captions_read (one, &error);
      check_error (list != NULL, error, one);
      for (guint i = 0; list != NULL && i < list->len; i++)
        {
          const vqa_captioned *c = list->pdata[i];
          g_autoptr (GPtrArray) made = vqa_caption_questions (c->sentences, 1);
          accepted++;
          use_text (c->file);
          cr_assert_not_null (made);
        }
    }
  cr_assert_gt (accepted, 50);
}

Test (fuzz_data, class_lists)
{
  guint accepted = 0;

  for (mutation m = mutation_start (43, 6000); mutation_next (&m);)
    {
      g_autoptr (GPtrArray) names = NULL;
      g_autoptr (GError) error = NULL;
      g_autoptr (GPtrArray) list = NULL;

      write_damaged (&m.state, one, classes);
      list = vqa_classes_read (one, &names, &error);
      check_error (list != NULL, error, one);
      for (guint i = 0; list != NULL && i < list->len; i++)
        {
          const vqa_class_row *row = list->pdata[i];
          accepted++;
          cr_assert (row->file != NULL && row->classes != NULL);
          for (char **c = row->classes; *c != NULL; c++)
            use_text (*c);
        }
    }
  cr_assert_gt (accepted, 50);
}

Test (fuzz_data, boxes)
{
  guint accepted = 0;

  for (mutation m = mutation_start (44, 4000); mutation_next (&m);)
    {
      gboolean json = mutate_random (&m.state) % 2 == 0;
      g_autofree char *path = g_build_filename (folder, json ? "boxes.json" : "boxes.tsv", NULL);
      g_autoptr (GError) error = NULL;
      g_autoptr (GPtrArray) list = NULL;

      write_damaged (&m.state, path, json ? boxes : detected);
      list = vqa_boxes_read (path, &error);
      check_error (list != NULL, error, path);
      for (guint i = 0; list != NULL && i < list->len; i++)
        {
          const vqa_boxed *b = list->pdata[i];
          g_autoptr (GPtrArray) made = vqa_box_questions (b, NULL, 0, 3);
          accepted++;
          cr_assert_not_null (made);
          for (guint k = 0; k < b->boxes->len; k++)
            {
              const vqa_box *box = b->boxes->pdata[k];
              cr_assert (box->width >= 0 && box->left + box->width <= 1.01, "case %u", m.cases);
              use_text (box->name);
            }
        }
    }
  cr_assert_gt (accepted, 50);
}
