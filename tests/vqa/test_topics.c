/* What the classes of a picture answer by themselves. */
#include "vqa/data/topics.h"

#include <criterion/criterion.h>
#include <string.h>

/* The topic that asks this; fails the test when none does. */
static guint
topic_of (const char *question)
{
  for (guint t = 0; t < vqa_topics (); t++)
    for (guint i = 0; i < vqa_topic_phrasings (t); i++)
      if (strcmp (vqa_topic_question (t, i), question) == 0)
        return t;
  cr_assert_fail ("no topic asks %s", question);
  return 0;
}

static gboolean
shows (const char *class_name, gpointer user)
{
  return g_strv_contains (user, class_name);
}

/* The one answer when the picture shows these classes; NULL: none or several. */
static const char *
answer_to (const char *question, const char *const *classes)
{
  const char *answer;
  return vqa_topic_answers (topic_of (question), shows, (gpointer)classes, 1, &answer) == 1 ? answer
                                                                                            : NULL;
}

Test (topics, told_by_what_is_there)
{
  static const char *const kitchen[] = { "oven", "person", NULL }, *const slope[]
                                                                   = { "skis", NULL };
  cr_expect_str_eq (answer_to ("what room is this?", kitchen), "kitchen");
  cr_expect_str_eq (answer_to ("is this indoors?", kitchen), "yes");
  cr_expect_str_eq (answer_to ("is this indoors or outdoors?", slope), "outdoors");
  cr_expect_str_eq (answer_to ("what season is it?", slope), "winter");
  cr_expect_null (answer_to ("what season is it?", kitchen));
}

/* A kite on a bed: neither in nor out. */
Test (topics, no_answer_when_classes_disagree)
{
  static const char *const odd[] = { "bed", "kite", NULL };
  const char *answers[2];
  cr_expect_null (answer_to ("is this indoors?", odd));
  cr_expect_eq (vqa_topic_answers (topic_of ("is this indoors?"), shows, (gpointer)odd, 2, answers),
                0);
}

/* Yes and no both occur, or the question would be answered without a look. */
Test (topics, what_goes_without_saying_has_two_answers)
{
  for (guint t = 0; t < vqa_topics (); t++)
    {
      const char *first = vqa_topic_answer (t, 0);
      gboolean two = !vqa_topic_agrees (t);
      for (guint i = 1; vqa_topic_answer (t, i) != NULL; i++)
        two = two || strcmp (vqa_topic_answer (t, i), first) != 0;
      cr_expect (two, "%s", vqa_topic_question (t, 0));
    }
}

/* The n-th answer with this text. */
static guint
answer_number (guint t, const char *answer)
{
  guint n = 0;
  while (vqa_topic_answer (t, n) != NULL && strcmp (vqa_topic_answer (t, n), answer) != 0)
    n++;
  cr_assert_not_null (vqa_topic_answer (t, n), "%s", answer);
  return n;
}

/* Answers in the plural are asked for one by one. */
Test (topics, one_carrot)
{
  guint t = topic_of ("what food is this?");
  g_autofree char *check = vqa_topic_check (t, answer_number (t, "carrots"), 0);
  g_autofree char *choice
      = vqa_topic_choice (t, answer_number (t, "pizza"), answer_number (t, "carrots"), 0);
  cr_expect_str_eq (check, "is this a carrot?");
  cr_expect_str_eq (choice, "is this a pizza or a carrot?");
}

Test (topics, choices)
{
  g_autofree char *room = vqa_topic_choice (topic_of ("what room is this?"), 0, 1, 0);
  g_autofree char *sport = vqa_topic_choice (topic_of ("what sport is this?"), 0, 1, 0);
  cr_expect_str_eq (room, "is this a bathroom or a kitchen?");
  cr_expect_str_eq (sport, "is this tennis or baseball?");
}
