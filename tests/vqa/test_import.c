/* Sets made from labels, boxes and captions: what they hold, and that they are all or nothing. */
#include "tests/vqa/draw.h"
#include "vqa/data/import.h"
#include "vqa/data/topics.h"

#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <string.h>

static char *folder;

static void
put_picture (const char *name)
{
  g_autofree guint8 *scene = draw_scene (40, 30);
  g_autoptr (GBytes) png = draw_png (scene, 40, 30, 3);
  g_autofree char *path = draw_save (folder, name, png);
}

static void
setup (void)
{
  static const char *const folders[] = { "images", "red_fox", "cat" };
  folder = draw_folder ();
  for (guint i = 0; i < G_N_ELEMENTS (folders); i++)
    {
      g_autofree char *path = g_build_filename (folder, folders[i], NULL);
      g_mkdir (path, 0700);
    }
  put_picture ("images/beach.png");
  put_picture ("images/farm.png");
  put_picture ("red_fox/1.png");
  put_picture ("cat/1.png");
}

static void
teardown (void)
{
  draw_remove (folder);
  g_free (folder);
}

TestSuite (import, .init = setup, .fini = teardown);

static void
put (const char *name, const char *text)
{
  g_autofree char *path = draw_file (folder, name, text, -1);
}

static char *
target (void)
{
  return g_build_filename (folder, "out", NULL);
}

static guint
import (const char *kind, GError **error)
{
  g_autofree char *to = target ();
  vqa_import_options options = { .kind = kind, .from = folder, .to = to, .seed = 1 };
  return vqa_import (&options, error);
}

static vqa_set *
imported (const char *kind)
{
  g_autofree char *to = target ();
  g_autoptr (GError) error = NULL;
  guint n = import (kind, &error);
  vqa_set *set;
  cr_assert (n > 0, "%s", error ? error->message : "");
  set = vqa_set_open (to, &error);
  cr_assert_not_null (set, "%s", error ? error->message : "");
  cr_assert_eq (set->questions->len, n);
  for (guint i = 0; i < n; i++)
    {
      const vqa_question *q = set->questions->pdata[i];
      const char *path = vqa_set_picture (set, q->image_id);
      cr_assert (path != NULL && g_file_test (path, G_FILE_TEST_IS_REGULAR));
      cr_assert_not_null (q->answers[0]);
      cr_assert_not_null (q->answer_type);
    }
  return set;
}

static const vqa_question *
find (const vqa_set *set, const char *text, const char *file)
{
  for (guint i = 0; i < set->questions->len; i++)
    {
      const vqa_question *q = set->questions->pdata[i];
      if (strstr (q->text, text) != NULL
          && g_str_has_suffix (vqa_set_picture ((vqa_set *)set, q->image_id), file))
        return q;
    }
  return NULL;
}

static guint
count (const vqa_set *set, const char *answer)
{
  guint n = 0;
  for (guint i = 0; i < set->questions->len; i++)
    n += strcmp (((vqa_question *)set->questions->pdata[i])->answers[0], answer) == 0;
  return n;
}

Test (import, folders_of_classes)
{
  g_autoptr (vqa_set) set = imported ("folders");
  cr_expect_str_eq (find (set, "what", "red_fox_1.png")->answers[0], "red fox");
  cr_expect_str_eq (find (set, " or ", "cat_1.png")->answers[0], "cat");
  cr_expect_eq (count (set, "yes"), count (set, "no"));
}

/* "is it cold?": told by the classes without naming one. */
static gboolean
names_nothing (const char *text)
{
  for (guint t = 0; t < vqa_topics (); t++)
    for (guint i = 0; vqa_topic_agrees (t) && i < vqa_topic_phrasings (t); i++)
      if (strcmp (vqa_topic_question (t, i), text) == 0)
        return TRUE;
  return FALSE;
}

Test (import, class_lists)
{
  put ("my_classes.tsv", "beach.png\tdog,person\nfarm.png\tcow\nabsent.png\tcat\n");
  g_autoptr (vqa_set) set = imported ("classes");
  cr_expect_str_eq (find (set, "animal", "farm.png")->answers[0], "cow");
  cr_expect_gt (count (set, "yes"), 0);
  cr_expect_gt (count (set, "no"), 0);
  for (guint i = 0; i < set->questions->len; i++)
    {
      const vqa_question *q = set->questions->pdata[i];
      gboolean farm = g_str_has_suffix (vqa_set_picture (set, q->image_id), "farm.png");
      if (names_nothing (q->text))
        continue;
      if (strcmp (q->answers[0], "yes") == 0)
        cr_expect ((strstr (q->text, "cow") != NULL) == farm, "%s", q->text);
      else if (strcmp (q->answers[0], "no") == 0)
        cr_expect (farm ? strstr (q->text, "cow") == NULL
                        : strstr (q->text, "dog") == NULL && strstr (q->text, "person") == NULL,
                   "%s", q->text);
    }
}

Test (import, all_that_is_there)
{
  put ("my_classes.tsv", "beach.png\tdog\nfarm.png\tcow\n");
  put ("boxes.json", "{\"images\":[{\"id\":1,\"file_name\":\"farm.png\"}],\"annotations\":["
                     "{\"image_id\":1,\"category\":\"cow\",\"bbox\":[0,0.2,0.3,0.3]}]}");
  put ("captions.json", "{\"images\":[{\"id\":1,\"file_name\":\"beach.png\"}],\"annotations\":["
                        "{\"image_id\":1,\"caption\":\"Two brown dogs run on the beach.\"}]}");
  g_autoptr (vqa_set) set = imported ("photos");
  cr_expect_str_eq (find (set, "how many cows", "farm.png")->answers[0], "1");
  cr_expect_str_eq (find (set, "how many dogs", "beach.png")->answers[0], "2");
  cr_expect_not_null (find (set, "animal", "beach.png"));
}

Test (import, the_same_again)
{
  g_autofree char *to = target (), *first = NULL, *second = NULL;
  g_autofree char *file = g_build_filename (to, "questions.json", NULL);
  g_autofree char *moved = g_build_filename (folder, "before", NULL);
  put ("my_classes.tsv", "beach.png\tdog\nfarm.png\tcow\n");
  cr_assert (import ("classes", NULL) > 0);
  cr_assert (g_file_get_contents (file, &first, NULL, NULL));
  cr_assert_eq (g_rename (to, moved), 0);
  cr_assert (import ("classes", NULL) > 0);
  cr_assert (g_file_get_contents (file, &second, NULL, NULL));
  cr_expect_str_eq (first, second);
}

Test (import, refusals_leave_nothing)
{
  static const struct
  {
    const char *kind, *what;
  } cases[] = { { "classes", "nothing to import" },
                { "photos", "nothing to import" },
                { "daquar", "no qa_*.txt" },
                { "vqa2", "questions.json" },
                { "movies", "kinds are folders" } };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      cr_assert_eq (import (cases[i].kind, &error), 0);
      cr_expect (strstr (error->message, cases[i].what) != NULL, "%s", error->message);
    }
  put ("boxes.tsv", "nonsense\n");
  g_autoptr (GError) error = NULL;
  cr_assert_eq (import ("boxes", &error), 0);
  cr_expect (strstr (error->message, "boxes.tsv:1:") != NULL, "%s", error->message);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  for (const char *name; (name = g_dir_read_name (dir)) != NULL;)
    cr_expect_not (g_str_has_prefix (name, "out"), "%s is left", name);
}

Test (import, what_is_there_stays)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *to = target ();
  g_mkdir (to, 0700);
  put ("out/precious.txt", "text");
  cr_assert_eq (import ("folders", &error), 0);
  cr_expect (strstr (error->message, "is there already") != NULL);
  g_autofree char *kept = g_build_filename (to, "precious.txt", NULL);
  cr_expect (g_file_test (kept, G_FILE_TEST_EXISTS));
}
