#include "vqa/data/topics.h"

#include "vqa/data/existence.h"

#include <string.h>

#define MOST         12
#define MOST_ANSWERS 48
#define MOST_CHECKS  6

typedef struct
{
  const char *class_name, *answer;
} pair;

typedef struct
{
  const char *needs;     /* another class that must be there; NULL: none */
  gboolean first;        /* only the first class found counts: it decides what the place is */
  const char *ask[MOST]; /* NULL-terminated */
  pair answers[MOST_ANSWERS + 1]; /* ends with a NULL class */
  const char *check[MOST_CHECKS]; /* NULL-terminated, %s: an answer */
  gboolean bare;                  /* it stands without its article there */
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
                 { "giraffe", "giraffe" } },
    .check = { "is this %s?", "could this be %s?", "is the animal %s?", "is this animal %s?",
               "is that %s?" } },
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
                 { "car", "car" } },
    .check = { "is this %s?", "could this be %s?", "is the vehicle %s?", "is that %s?" } },
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
                 { "cake", "cake" } },
    .check = { "is this %s?", "could this be %s?", "is the food %s?" } },
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
                 { "frisbee", "frisbee" } },
    .check = { "is this %s?", "are they playing %s?", "is this a game of %s?", "could this be %s?",
               "is the sport %s?" },
    .bare = TRUE },
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
                 { "kite", "flying kite" } },
    .check = { "is the man %s?", "is this person %s?", "is this man %s?", "are they %s?",
               "is the woman %s?" },
    .bare = TRUE },
  { .needs = "person",
    .ask = { "what is the man riding?", "what is the person riding?", "what is he riding?",
             "what are they riding?", "what is the woman riding?" },
    .answers = { { "horse", "horse" },
                 { "skateboard", "skateboard" },
                 { "elephant", "elephant" },
                 { "surfboard", "surfboard" },
                 { "motorcycle", "motorcycle" },
                 { "bicycle", "bicycle" } },
    .check = { "is the man riding %s?", "is this person riding %s?", "is someone riding %s?" } },
  { .needs = "person",
    .ask = { "what is the man holding?", "what is the person holding?", "what is she holding?",
             "what is in his hand?", "what is the woman holding?" },
    .answers = { { "tennis racket", "tennis racket" },
                 { "baseball bat", "bat" },
                 { "umbrella", "umbrella" },
                 { "cell phone", "cell phone" },
                 { "kite", "kite" },
                 { "frisbee", "frisbee" } },
    .check
    = { "is the man holding %s?", "is the woman holding %s?", "is this person holding %s?" } },
  { .first = TRUE,
    .ask = { "what room is this?", "what room is shown?", "which room is this?",
             "what room of the house is this?", "what kind of room is this?",
             "what type of room is shown?" },
    .answers = { { "toilet", "bathroom" },
                 { "oven", "kitchen" },
                 { "refrigerator", "kitchen" },
                 { "microwave", "kitchen" },
                 { "bed", "bedroom" },
                 { "couch", "living room" } },
    .check
    = { "is this %s?", "could this be %s?", "is this room %s?", "is this a picture of %s?" } },
  { .ask = { "what is in the sky?", "what is flying in the sky?", "what is in the air?" },
    .answers = { { "kite", "kite" }, { "airplane", "airplane" } } },
  { .first = TRUE,
    .ask = { "where is this?", "where was this picture taken?", "where are they?",
             "where was the photo taken?", "where is this photo taken?", "what place is this?" },
    .answers = { { "toilet", "bathroom" },
                 { "refrigerator", "kitchen" },
                 { "oven", "kitchen" },
                 { "bed", "bedroom" },
                 { "couch", "living room" },
                 { "tennis racket", "tennis court" },
                 { "baseball bat", "baseball field" },
                 { "surfboard", "beach" },
                 { "skis", "mountain" },
                 { "snowboard", "mountain" },
                 { "airplane", "airport" },
                 { "skateboard", "skate park" },
                 { "train", "train station" },
                 { "giraffe", "zoo" },
                 { "elephant", "zoo" },
                 { "zebra", "zoo" },
                 { "traffic light", "street" },
                 { "fire hydrant", "street" },
                 { "parking meter", "street" },
                 { "bus", "street" },
                 { "boat", "water" } },
    .check = { "is this at %s?", "is this %s?", "could this be %s?" } },
  { .ask = { "what is this?", "what is in the picture?", "what is in the photo?",
             "what is shown in the picture?", "what object is shown?", "what is the main object?",
             "what is this a picture of?", "what do you see?" },
    .answers = { { "airplane", "airplane" },
                 { "train", "train" },
                 { "bus", "bus" },
                 { "boat", "boat" },
                 { "motorcycle", "motorcycle" },
                 { "bicycle", "bicycle" },
                 { "truck", "truck" },
                 { "bird", "bird" },
                 { "cat", "cat" },
                 { "dog", "dog" },
                 { "horse", "horse" },
                 { "sheep", "sheep" },
                 { "cow", "cow" },
                 { "elephant", "elephant" },
                 { "bear", "bear" },
                 { "zebra", "zebra" },
                 { "giraffe", "giraffe" },
                 { "kite", "kite" },
                 { "pizza", "pizza" },
                 { "cake", "cake" },
                 { "donut", "donut" },
                 { "hot dog", "hot dog" },
                 { "sandwich", "sandwich" },
                 { "banana", "banana" },
                 { "apple", "apple" },
                 { "orange", "orange" },
                 { "broccoli", "broccoli" },
                 { "toilet", "toilet" },
                 { "clock", "clock" },
                 { "vase", "vase" },
                 { "teddy bear", "teddy bear" },
                 { "umbrella", "umbrella" },
                 { "fire hydrant", "fire hydrant" },
                 { "stop sign", "stop sign" },
                 { "laptop", "laptop" },
                 { "traffic light", "traffic light" },
                 { "parking meter", "parking meter" },
                 { "suitcase", "suitcase" },
                 { "scissors", "scissors" },
                 { "bed", "bed" },
                 { "refrigerator", "refrigerator" } },
    .check = { "is this %s?", "could this be %s?", "is that %s?" } },
  { .needs = "dining table",
    .ask = { "what is on the table?", "what is on top of the table?",
             "what is sitting on the table?", "what are they eating?", "what is being served?" },
    .answers = { { "pizza", "pizza" },
                 { "cake", "cake" },
                 { "sandwich", "sandwich" },
                 { "donut", "donut" },
                 { "hot dog", "hot dog" },
                 { "laptop", "laptop" },
                 { "vase", "vase" } },
    .check = { "is that %s on the table?", "is there %s on the table?" } },
  { .needs = "cat",
    .ask = { "what is the cat sitting on?", "what is the cat laying on?", "where is the cat?",
             "what is the cat on?" },
    .answers = { { "couch", "couch" },
                 { "bed", "bed" },
                 { "laptop", "laptop" },
                 { "chair", "chair" },
                 { "bench", "bench" },
                 { "toilet", "toilet" },
                 { "suitcase", "suitcase" },
                 { "car", "car" },
                 { "sink", "sink" } } },
  { .needs = "dog",
    .ask = { "what is the dog sitting on?", "what is the dog laying on?", "where is the dog?",
             "what is the dog on?" },
    .answers = { { "couch", "couch" },
                 { "bed", "bed" },
                 { "chair", "chair" },
                 { "bench", "bench" },
                 { "car", "car" },
                 { "boat", "boat" },
                 { "surfboard", "surfboard" },
                 { "truck", "truck" } } },
  { .needs = "person",
    .ask = { "what is the man standing on?", "what is the person standing on?",
             "what is he standing on?", "what is the man on?", "what is under the man's feet?" },
    .answers = { { "skateboard", "skateboard" },
                 { "surfboard", "surfboard" },
                 { "skis", "skis" },
                 { "snowboard", "snowboard" } } },
  { .needs = "person",
    .ask = { "what are the people sitting on?", "what is the man sitting on?",
             "what is the woman sitting on?", "what are they sitting on?" },
    .answers = { { "bench", "bench" },
                 { "couch", "couch" },
                 { "motorcycle", "motorcycle" },
                 { "horse", "horse" },
                 { "elephant", "elephant" },
                 { "bed", "bed" },
                 { "chair", "chair" } } },
  { .ask = { "what is on the desk?", "what device is this?", "what electronic is shown?",
             "what electronic device is in the picture?" },
    .answers = { { "laptop", "laptop" },
                 { "tv", "tv" },
                 { "cell phone", "cell phone" },
                 { "remote", "remote" } } },
  { .ask = { "what does the sign say?", "what does the red sign say?" },
    .answers = { { "stop sign", "stop" } } },
  { .needs = "person",
    .ask = { "what is the man eating?", "what is the woman eating?", "what is the child eating?",
             "what is he eating?" },
    .answers = { { "banana", "banana" },
                 { "apple", "apple" },
                 { "sandwich", "sandwich" },
                 { "hot dog", "hot dog" },
                 { "pizza", "pizza" },
                 { "donut", "donut" },
                 { "cake", "cake" } },
    .check = { "is the person eating %s?", "is this person eating %s?" } },
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

gboolean
vqa_topic_shown (guint t, guint n, gboolean (*shows) (const char *class_name, gpointer user),
                 gpointer user)
{
  const char *answer = vqa_topic_answer (t, n);
  for (const pair *p = topics[t].answers; p->class_name != NULL; p++)
    if (strcmp (p->answer, answer) == 0 && shows (p->class_name, user))
      return TRUE;
  return FALSE;
}

guint
vqa_topic_checks (guint t)
{
  guint n = 0;
  while (n < MOST_CHECKS && topics[t].check[n] != NULL)
    n++;
  return n;
}

static char *
noun_of (guint t, guint n)
{
  const char *answer = vqa_topic_answer (t, n);
  return topics[t].bare ? g_strdup (answer) : vqa_with_article (answer);
}

static char *
fill_in (guint t, guint check, const char *noun)
{
  const char *format = topics[t].check[check % vqa_topic_checks (t)];
  const char *place = strstr (format, "%s");
  return g_strdup_printf ("%.*s%s%s", (int)(place - format), format, noun, place + 2);
}

char *
vqa_topic_check (guint t, guint n, guint check)
{
  g_autofree char *noun = noun_of (t, n);
  return fill_in (t, check, noun);
}

char *
vqa_topic_choice (guint t, guint n, guint other, guint check)
{
  g_autofree char *one = noun_of (t, n), *two = noun_of (t, other);
  g_autofree char *either = g_strdup_printf ("%s or %s", one, two);
  return fill_in (t, check, either);
}
