/* Kinds of questions, by their words. */
#include "vqa/data/existence.h"
#include "vqa/data/kinds.h"
#include "vqa/data/topics.h"

#include <criterion/criterion.h>

static const struct
{
  const char *question;
  vqa_kind kind;
} cases[] = {
  { "Is there a dog?", VQA_KIND_EXISTENCE },
  { "is there snow on the ground?", VQA_KIND_EXISTENCE },
  { "does this photo contain a bench?", VQA_KIND_EXISTENCE },
  { "what animal is this?", VQA_KIND_ANIMAL },
  { "What breed of dog is it?", VQA_KIND_ANIMAL },
  { "what type of transportation is shown?", VQA_KIND_VEHICLE },
  { "what is on the plate?", VQA_KIND_FOOD },
  { "what sport is being played?", VQA_KIND_SPORT },
  { "which room is this?", VQA_KIND_ROOM },
  { "where is this?", VQA_KIND_PLACE },
  { "what season is it?", VQA_KIND_PLACE },
  { "what are the people doing?", VQA_KIND_ACTIVITY },
  { "what is the man wearing?", VQA_KIND_CLOTHES },
  { "What colour is the bus on the left?", VQA_KIND_COLOUR },
  { "what is the color of the cat?", VQA_KIND_COLOUR },
  { "how many dogs are there?", VQA_KIND_COUNT },
  { "About how many people are in the picture?", VQA_KIND_COUNT },
  { "is the cat to the left of the dog?", VQA_KIND_POSITION },
  { "is the cat above or below the dog?", VQA_KIND_POSITION },
  { "what is to the right of the bed?", VQA_KIND_WHAT },
  { "which side of the picture is the dog on?", VQA_KIND_POSITION },
  { "is this a man or a woman?", VQA_KIND_CHOICE },
  { "which takes up more of the picture, the dog or the cat?", VQA_KIND_CHOICE },
  { "is the man wearing a hat?", VQA_KIND_YES_NO },
  { "is it raining?", VQA_KIND_YES_NO },
  { "does the man have a beard?", VQA_KIND_YES_NO },
  { "is this a dog?", VQA_KIND_YES_NO },
  { "what is the man holding?", VQA_KIND_WHAT },
  { "Who is in the picture?", VQA_KIND_WHAT },
  { "why is the man smiling?", VQA_KIND_REST },
  { "dog", VQA_KIND_REST },
  { "???", VQA_KIND_REST },
  { "", VQA_KIND_REST },
};

Test (kinds, by_words)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      vqa_kind got = vqa_question_kind (cases[i].question);
      cr_expect_eq (got, cases[i].kind, "“%s” is %s", cases[i].question, vqa_kind_name (got));
    }
}

Test (kinds, every_way_to_ask_whether_something_is_there)
{
  static const char *const things[] = { "dog", "skis", "hot dog", "sheep" };
  for (guint t = 0; t < G_N_ELEMENTS (things); t++)
    for (guint i = 0; i < vqa_existence_phrasings (); i++)
      {
        g_autofree char *question = vqa_existence_question (things[t], i);
        cr_expect_eq (vqa_question_kind (question), VQA_KIND_EXISTENCE, "%s", question);
      }
}

/* All phrasings of the first topics ask the same. */
Test (kinds, topics)
{
  static const vqa_kind wanted[]
      = { VQA_KIND_ANIMAL, VQA_KIND_VEHICLE, VQA_KIND_FOOD, VQA_KIND_FOOD, VQA_KIND_SPORT };
  for (guint t = 0; t < G_N_ELEMENTS (wanted); t++)
    for (guint i = 0; i < vqa_topic_phrasings (t); i++)
      cr_expect_eq (vqa_question_kind (vqa_topic_question (t, i)), wanted[t], "%s",
                    vqa_topic_question (t, i));
}

Test (kinds, names_go_there_and_back)
{
  for (guint k = 0; k < VQA_N_KINDS; k++)
    {
      cr_expect_eq (vqa_kind_named (vqa_kind_name ((vqa_kind)k)), k);
      cr_expect_str_not_empty (vqa_kind_title ((vqa_kind)k));
    }
  cr_expect_eq (vqa_kind_named ("nonsense"), VQA_N_KINDS);
}
