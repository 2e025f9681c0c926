#include "vqa/data/topics.h"

#include <string.h>

#define MOST 12

typedef struct
{
  const char *class_name, *answer;
} pair;

typedef struct
{
  const char *needs;      /* another class that must be there; NULL: none */
  gboolean first;         /* only the first class found counts: it decides what the place is */
  const char *ask[MOST];  /* NULL-terminated */
  pair answers[MOST + 1]; /* ends with a NULL class */
} topic;

static const topic topics[] = {
  { .ask = { "what animal is this?", "what animal is in the picture?",
             "what kind of animal is this?", "what kind of animal is shown?",
             "what type of animal is in the photo?", "what animals are these?",
             "what animals are in the picture?", "which animal is in the image?" },
    .answers = { { "bird", "bird" },
                 { "cat", "cat" },
                 { "dog", "dog" },
                 { "horse", "horse" },
                 { "sheep", "sheep" },
                 { "cow", "cow" },
                 { "elephant", "elephant" },
                 { "bear", "bear" },
                 { "zebra", "zebra" },
                 { "giraffe", "giraffe" } } },
  { .first = TRUE,
    .ask = { "what vehicle is this?", "what type of vehicle is this?",
             "what kind of vehicle is in the picture?", "what mode of transportation is shown?",
             "what type of transportation is this?", "what is the vehicle?" },
    .answers = { { "train", "train" },
                 { "airplane", "airplane" },
                 { "boat", "boat" },
                 { "bus", "bus" },
                 { "motorcycle", "motorcycle" },
                 { "bicycle", "bicycle" },
                 { "truck", "truck" },
                 { "car", "car" } } },
  { .ask = { "what food is this?", "what kind of food is this?", "what type of food is shown?",
             "what food is in the picture?", "what is on the plate?", "what is the food?" },
    .answers = { { "banana", "banana" },
                 { "apple", "apple" },
                 { "sandwich", "sandwich" },
                 { "orange", "orange" },
                 { "broccoli", "broccoli" },
                 { "carrot", "carrots" },
                 { "hot dog", "hot dog" },
                 { "pizza", "pizza" },
                 { "donut", "donut" },
                 { "cake", "cake" } } },
  { .ask = { "what fruit is this?", "what kind of fruit is shown?", "what type of fruit is this?",
             "what fruit is in the picture?" },
    .answers = { { "banana", "banana" }, { "apple", "apple" }, { "orange", "orange" } } },
  { .first = TRUE,
    .ask = { "what sport is this?", "what sport is being played?", "what sport are they playing?",
             "what game is being played?", "what sport is shown?", "what sport is he playing?",
             "what sport is the man playing?", "what game are they playing?" },
    .answers = { { "tennis racket", "tennis" },
                 { "baseball bat", "baseball" },
                 { "baseball glove", "baseball" },
                 { "snowboard", "snowboarding" },
                 { "skis", "skiing" },
                 { "surfboard", "surfing" },
                 { "skateboard", "skateboarding" },
                 { "frisbee", "frisbee" } } },
  { .needs = "person",
    .first = TRUE,
    .ask = { "what is the man doing?", "what is the person doing?", "what are they doing?",
             "what is he doing?", "what are the people doing?", "what is the woman doing?",
             "what activity is this?", "what is the boy doing?" },
    .answers = { { "tennis racket", "playing tennis" },
                 { "baseball bat", "playing baseball" },
                 { "snowboard", "snowboarding" },
                 { "skis", "skiing" },
                 { "surfboard", "surfing" },
                 { "skateboard", "skateboarding" },
                 { "frisbee", "playing frisbee" },
                 { "kite", "flying kite" } } },
  { .needs = "person",
    .ask = { "what is the man riding?", "what is the person riding?", "what is he riding?",
             "what are they riding?", "what is the woman riding?" },
    .answers = { { "horse", "horse" },
                 { "skateboard", "skateboard" },
                 { "elephant", "elephant" },
                 { "surfboard", "surfboard" },
                 { "motorcycle", "motorcycle" },
                 { "bicycle", "bicycle" } } },
  { .needs = "person",
    .ask = { "what is the man holding?", "what is the person holding?", "what is she holding?",
             "what is in his hand?", "what is the woman holding?" },
    .answers = { { "tennis racket", "tennis racket" },
                 { "baseball bat", "bat" },
                 { "umbrella", "umbrella" },
                 { "cell phone", "cell phone" },
                 { "kite", "kite" },
                 { "frisbee", "frisbee" } } },
  { .first = TRUE,
    .ask = { "what room is this?", "what room is shown?", "which room is this?",
             "what room of the house is this?", "what kind of room is this?",
             "what type of room is shown?" },
    .answers = { { "toilet", "bathroom" },
                 { "oven", "kitchen" },
                 { "refrigerator", "kitchen" },
                 { "microwave", "kitchen" },
                 { "bed", "bedroom" },
                 { "couch", "living room" } } },
  { .ask = { "what is in the sky?", "what is flying in the sky?", "what is in the air?" },
    .answers = { { "kite", "kite" }, { "airplane", "airplane" } } },
};

guint
vqa_topics (void)
{
  return G_N_ELEMENTS (topics);
}

guint
vqa_topic_phrasings (guint t)
{
  guint n = 0;
  while (n < MOST && topics[t].ask[n] != NULL)
    n++;
  return n;
}

const char *
vqa_topic_question (guint t, guint phrasing)
{
  return topics[t].ask[phrasing % vqa_topic_phrasings (t)];
}

static gboolean
among (const char *const *answers, guint n, const char *answer)
{
  for (guint i = 0; i < n; i++)
    if (strcmp (answers[i], answer) == 0)
      return TRUE;
  return FALSE;
}

guint
vqa_topic_answers (guint t, gboolean (*shows) (const char *class_name, gpointer user),
                   gpointer user, guint most, const char **answers)
{
  guint n = 0;

  if (topics[t].needs != NULL && !shows (topics[t].needs, user))
    return 0;
  for (const pair *p = topics[t].answers; p->class_name != NULL; p++)
    {
      if (!shows (p->class_name, user) || among (answers, n, p->answer))
        continue;
      if (n == most)
        return 0;
      answers[n++] = p->answer;
      if (topics[t].first)
        break;
    }
  return n;
}

const char *
vqa_topic_answer (guint t, guint n)
{
  for (guint i = 0; topics[t].answers[i].class_name != NULL; i++)
    if (i == n)
      return topics[t].answers[i].answer;
  return NULL;
}
