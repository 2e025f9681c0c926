/* Questions made from captions, and the reader of the COCO captions layout. */
#include <criterion/criterion.h>

#include "tests/vqa/draw.h"
#include "vqa/data/captions.h"
#include "vqa/data/data.h"

#include <glib/gstdio.h>
#include <string.h>

static GPtrArray *
questions_of (guint seed, const char *const *sentences)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new ();
  for (; *sentences != NULL; sentences++)
    g_ptr_array_add (list, (char *)*sentences);
  return vqa_caption_questions (list, seed);
}

/* The answer to a question; NULL when it is not asked. */
static const char *
answer_to (const GPtrArray *made, const char *question)
{
  for (guint i = 0; i < made->len; i++)
    if (strcmp (((vqa_made *)made->pdata[i])->question, question) == 0)
      return ((vqa_made *)made->pdata[i])->answer;
  return NULL;
}

static const char *const frisbee[]
    = { "A black and white dog jumps to catch a green frisbee.",
        "A dog is jumping in the snow with a frisbee.", "One dog jumping on the snow.", NULL };

Test (captions, what_captions_say_is_asked)
{
  g_autoptr (GPtrArray) made = questions_of (1, frisbee);
  cr_expect_str_eq (answer_to (made, "what is the dog doing?"), "jumping");
  cr_expect_str_eq (answer_to (made, "is the dog jumping?"), "yes");
  cr_expect_str_eq (answer_to (made, "what color is the dog?"), "black and white");
  cr_expect_str_eq (answer_to (made, "what color is the frisbee?"), "green");
  cr_expect_str_eq (answer_to (made, "how many dogs are there?"), "1");
  cr_expect_str_eq (answer_to (made, "where is the dog?"), "snow");
  cr_expect_str_eq (answer_to (made, "is this inside or outside?"), "outside");
  cr_expect_str_eq (answer_to (made, "what season is it?"), "winter");
  cr_expect_str_eq (answer_to (made, "what sport is this?"), "frisbee");
}

Test (captions, counts_clothes_and_people)
{
  g_autoptr (GPtrArray) made = questions_of (
      1, (const char *const[]){ "Two young men wearing helmets play soccer in a park.",
                                "A man wearing a blue hat is playing soccer.",
                                "Men are playing soccer on the grass in a park.", NULL });
  cr_expect_str_eq (answer_to (made, "how many men are there?"), "2");
  cr_expect_str_eq (answer_to (made, "what is the man wearing?"), "hat");
  cr_expect_str_eq (answer_to (made, "is the man wearing a hat?"), "yes");
  cr_expect_str_eq (answer_to (made, "what color is the hat?"), "blue");
  cr_expect_str_eq (answer_to (made, "what is the man doing?"), "playing soccer");
  cr_expect_str_eq (answer_to (made, "where are the men?"), "park");
}

Test (captions, what_is_held_ridden_and_sat_on)
{
  g_autoptr (GPtrArray) made = questions_of (
      1, (const char *const[]){ "A man holding a big red umbrella in the rain.",
                                "A man is sitting on a wooden bench and eating a piece of cake.",
                                "A man riding the brown horse down a hill.", NULL });
  cr_expect_str_eq (answer_to (made, "what is the man holding?"), "umbrella");
  cr_expect_str_eq (answer_to (made, "what is the man sitting on?"), "bench");
  cr_expect_str_eq (answer_to (made, "what is the man eating?"), "cake");
  cr_expect_str_eq (answer_to (made, "what is the man riding?"), "horse");
  cr_expect_null (answer_to (made, "what is the man throwing?"));
}

Test (captions, dogs_and_what_is_in_their_mouths)
{
  g_autoptr (GPtrArray) made
      = questions_of (1, (const char *const[]){ "A dog runs with a stick in its mouth.",
                                                "A dog carries a stick.", "A dog.", NULL });
  guint animal = 0;
  cr_expect_str_eq (answer_to (made, "what is in the dog's mouth?"), "stick");
  cr_expect_str_eq (answer_to (made, "is this a dog?"), "yes");
  for (guint i = 0; i < made->len; i++)
    {
      const vqa_made *m = made->pdata[i];
      animal += strcmp (m->answer, "dog") == 0 && strstr (m->question, "animal") != NULL;
      cr_expect (strcmp (m->answer, "cat") != 0);
    }
  cr_expect_geq (animal, 1);
}

/* The number of people, where captions agree; "how many ... people ..." in one of its phrasings. */
static const char *
people_in (const char *const *sentences)
{
  static char answer[8];
  g_autoptr (GPtrArray) made = questions_of (1, sentences);
  for (guint i = 0; i < made->len; i++)
    {
      const vqa_made *m = made->pdata[i];
      if (!g_str_has_prefix (m->question, "how many people"))
        continue;
      g_strlcpy (answer, m->answer, sizeof answer);
      return answer;
    }
  return NULL;
}

Test (captions, how_many_people)
{
  cr_expect_str_eq (
      people_in ((const char *const[]){ "A man runs.", "A man jogs.", "The man is fast.", NULL }),
      "1");
  cr_expect_str_eq (people_in ((const char *const[]){ "Two people run.", "Two men jog.",
                                                      "Two people are fast.", NULL }),
                    "2");
  cr_expect_null (people_in (
      (const char *const[]){ "A group of people.", "A crowd of people.", "People.", NULL }));
}

Test (captions, nothing_is_denied_that_is_mentioned)
{
  for (guint seed = 0; seed < 200; seed++)
    {
      g_autoptr (GPtrArray) made = questions_of (seed, frisbee);
      for (guint i = 0; i < made->len; i++)
        {
          const vqa_made *m = made->pdata[i];
          if (strcmp (m->answer, "no") != 0 || strstr (m->question, "jumping") == NULL)
            continue;
          cr_expect_fail ("“%s” is answered no", m->question);
        }
      cr_expect_neq (answer_to (made, "is the dog jumping?"), NULL);
    }
}

Test (captions, no_question_twice_and_the_same_again)
{
  g_autoptr (GPtrArray) a = questions_of (7, frisbee), b = questions_of (7, frisbee);
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  cr_assert_eq (a->len, b->len);
  cr_assert_gt (a->len, 10);
  for (guint i = 0; i < a->len; i++)
    {
      const vqa_made *x = a->pdata[i], *y = b->pdata[i];
      cr_expect_str_eq (x->question, y->question);
      cr_expect_str_eq (x->answer, y->answer);
      cr_expect (g_hash_table_add (seen, x->question), "“%s” twice", x->question);
    }
}

Test (captions, empty_and_strange_sentences)
{
  g_autoptr (GPtrArray) none = questions_of (1, (const char *const[]){ NULL });
  g_autoptr (GPtrArray) strange
      = questions_of (1, (const char *const[]){ "", "wearing", "two", "red", "is playing",
                                                "a man wearing a", NULL });
  cr_expect_eq (none->len, 0);
  cr_expect_null (answer_to (strange, "what is the man wearing?"));
}

/* Writes `text` to a file and reads it as captions. */
static GPtrArray *
read_text (const char *text, GError **error)
{
  g_autofree char *folder = g_dir_make_tmp ("regard-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "captions.json", NULL);
  GPtrArray *list;
  cr_assert (g_file_set_contents (path, text, -1, NULL));
  list = vqa_captions_read (path, error);
  g_unlink (path);
  g_rmdir (folder);
  return list;
}

Test (captions, reads_the_coco_layout)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) list = read_text (
      "{\"images\":[{\"id\":7,\"file_name\":\"a.jpg\",\"width\":3},{\"id\":9,\"file_name\":\"b.jpg\"}],"
      "\"annotations\":[{\"id\":1,\"image_id\":9,\"caption\":\"A dog.\"},"
      "{\"id\":2,\"image_id\":9,\"caption\":\"One.\"},{\"id\":3,\"image_id\":8,\"caption\":\"x\"}]}",
      &error);
  cr_assert_not_null (list, "%s", error ? error->message : "");
  cr_assert_eq (list->len, 2);
  const vqa_captioned *a = list->pdata[0], *b = list->pdata[1];
  cr_expect_str_eq (a->file, "a.jpg");
  cr_expect_eq (a->sentences->len, 0);
  cr_assert_eq (b->sentences->len, 2);
  cr_expect_str_eq (b->sentences->pdata[0], "A dog.");
}

Test (captions, malformed_files_name_the_place)
{
  static const char *const cases[][2] = {
    { "[]", "images: expected a list" },
    { "{\"images\":[]}", "annotations: expected a list" },
    { "{\"images\":[3],\"annotations\":[]}", "images[0].id" },
    { "{\"images\":[{\"id\":\"1\",\"file_name\":\"a\"}],\"annotations\":[]}", "images[0].id" },
    { "{\"images\":[{\"id\":1}],\"annotations\":[]}", "images[0].file_name" },
    { "{\"images\":[],\"annotations\":[{\"image_id\":1,\"caption\":2}]}",
      "annotations[0].caption" },
    { "{\"images\":[", "captions.json" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      cr_expect_null (read_text (cases[i][0], &error));
      cr_assert_not_null (error);
      cr_expect_not_null (strstr (error->message, cases[i][1]), "“%s” lacks “%s”", error->message,
                          cases[i][1]);
    }
}
