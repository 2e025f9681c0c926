/* What captions let us ask. */
#include "vqa/data/captions.h"
#include "vqa/data/data.h"

#include <string.h>

/* ---- what captions speak of -------------------------------------------------------------- */

static const char *const colours[]
    = { "red",   "blue", "white",  "black", "green", "yellow", "orange",
        "brown", "pink", "purple", "gray",  "tan",   "silver" };
static const char *const activities[] = {
  "running",       "walking",  "standing",  "sitting",    "jumping",  "playing",  "riding",
  "swimming",      "climbing", "sleeping",  "eating",     "smiling",  "skiing",   "snowboarding",
  "surfing",       "skating",  "dancing",   "singing",    "laughing", "reading",  "cooking",
  "skateboarding", "drinking", "fishing",   "hiking",     "kicking",  "throwing", "catching",
  "swinging",      "sliding",  "racing",    "flying",     "grazing",  "laying",   "cutting",
  "talking",       "posing",   "splashing", "digging",    "crawling", "driving",  "working",
  "waiting",       "biking",   "wading",    "performing", "crossing",
};
static const char *const clothes[] = { "shirt",  "jacket",   "hat",        "dress",   "coat",
                                       "shorts", "pants",    "jeans",      "helmet",  "cap",
                                       "suit",   "uniform",  "sweater",    "vest",    "skirt",
                                       "tie",    "glasses",  "sunglasses", "goggles", "scarf",
                                       "gloves", "backpack", "swimsuit",   "costume" };
/* What captions usually tell when somebody wears it. */
static const char *const telling_clothes[]
    = { "hat", "helmet", "dress", "suit", "sunglasses", "uniform", "costume", "tie", "goggles" };
static const char *const coloured[]
    = { "dog",     "cat",   "horse",    "bird", "car",        "bike", "ball",     "bus",
        "truck",   "train", "umbrella", "boat", "bench",      "wall", "building", "flowers",
        "frisbee", "toy",   "couch",    "kite", "motorcycle", "hair" };
static const char *const things[]
    = { "dog",     "ball",   "bike",       "car",      "boat",  "horse", "cat",        "guitar",
        "frisbee", "beach",  "snow",       "pool",     "bench", "baby",  "skateboard", "surfboard",
        "bird",    "camera", "microphone", "mountain", "fence", "rope",  "bus",        "train",
        "kitchen", "food",   "cake",       "bed",      "tent",  "fire" };
static const char *const plural_words[]
    = { "pants", "shorts", "jeans", "flowers", "glasses", "sunglasses", "goggles", "gloves" };

/* Who does something; the noun a question uses. */
static const struct
{
  const char *word, *noun;
  gboolean plural;
} subjects[] = {
  { "man", "man", FALSE },       { "woman", "woman", FALSE },      { "boy", "boy", FALSE },
  { "girl", "girl", FALSE },     { "child", "child", FALSE },      { "baby", "baby", FALSE },
  { "person", "person", FALSE }, { "dog", "dog", FALSE },          { "cat", "cat", FALSE },
  { "horse", "horse", FALSE },   { "bird", "bird", FALSE },        { "player", "player", FALSE },
  { "men", "men", TRUE },        { "women", "women", TRUE },       { "boys", "boys", TRUE },
  { "girls", "girls", TRUE },    { "children", "children", TRUE }, { "kids", "kids", TRUE },
  { "people", "people", TRUE },  { "dogs", "dogs", TRUE },         { "horses", "horses", TRUE },
  { "cows", "cows", TRUE },      { "birds", "birds", TRUE },       { "players", "players", TRUE },
};

/* Where; indoors or not. */
static const struct
{
  const char *word, *answer;
  gboolean indoors;
} places[] = {
  { "beach", "beach", FALSE },
  { "snow", "snow", FALSE },
  { "street", "street", FALSE },
  { "park", "park", FALSE },
  { "field", "field", FALSE },
  { "pool", "pool", FALSE },
  { "forest", "forest", FALSE },
  { "woods", "forest", FALSE },
  { "mountain", "mountain", FALSE },
  { "ocean", "ocean", FALSE },
  { "lake", "lake", FALSE },
  { "river", "river", FALSE },
  { "grass", "grass", FALSE },
  { "road", "road", FALSE },
  { "sidewalk", "sidewalk", FALSE },
  { "yard", "yard", FALSE },
  { "playground", "playground", FALSE },
  { "desert", "desert", FALSE },
  { "kitchen", "kitchen", TRUE },
  { "bathroom", "bathroom", TRUE },
  { "bedroom", "bedroom", TRUE },
  { "restaurant", "restaurant", TRUE },
  { "office", "office", TRUE },
  { "gym", "gym", TRUE },
};

static const struct
{
  const char *word, *answer;
} sports[] = {
  { "soccer", "soccer" },
  { "football", "football" },
  { "basketball", "basketball" },
  { "baseball", "baseball" },
  { "tennis", "tennis" },
  { "volleyball", "volleyball" },
  { "hockey", "hockey" },
  { "rugby", "rugby" },
  { "surfing", "surfing" },
  { "surfer", "surfing" },
  { "skiing", "skiing" },
  { "skier", "skiing" },
  { "snowboarding", "snowboarding" },
  { "snowboarder", "snowboarding" },
  { "skateboarding", "skateboarding" },
  { "skateboarder", "skateboarding" },
  { "skateboard", "skateboarding" },
  { "surfboard", "surfing" },
  { "skis", "skiing" },
  { "snowboard", "snowboarding" },
  { "frisbee", "frisbee" },
};

static const char *const numbers[] = { "two", "three", "four", "five", "six", "seven", "eight" };

/* ---- one picture ------------------------------------------------------------------------- */

typedef struct
{
  vqa_maker maker;
  GPtrArray *sentences;  /* of char **: each caption's words */
  GHashTable *mentioned; /* word -> captions that have it */
  guint64 random;
} picture;

static guint
pick (picture *p, guint n)
{
  p->random = p->random * 6364136223846793005u + 1442695040888963407u;
  return (guint)((p->random >> 33) % n);
}

static guint
mentions (const picture *p, const char *word)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (p->mentioned, word));
}

static gboolean
listed (const char *word, const char *const *list, guint n)
{
  for (guint i = 0; i < n; i++)
    if (strcmp (list[i], word) == 0)
      return TRUE;
  return FALSE;
}

#define LISTED(word, list) listed (word, list, G_N_ELEMENTS (list))

#define ask(p, ...) vqa_maker_ask (&(p)->maker, __VA_ARGS__)

/* A word of the list that no caption has; NULL when the first tries all are there. */
static const char *
absent (picture *p, const char *const *list, guint n)
{
  for (int i = 0; i < 8; i++)
    {
      const char *word = list[pick (p, n)];
      if (mentions (p, word) == 0)
        return word;
    }
  return NULL;
}

#define ABSENT(p, list) absent (p, list, G_N_ELEMENTS (list))

static void
ask_activity (picture *p, const char *noun, gboolean plural, const char *activity, const char *next)
{
  const char *verb = plural ? "are" : "is", *other;
  g_autofree char *answer = NULL;

  if (strcmp (activity, "playing") == 0 && next != NULL)
    for (guint i = 0; i < G_N_ELEMENTS (sports); i++)
      if (strcmp (sports[i].word, next) == 0)
        answer = answer != NULL ? answer : g_strdup_printf ("playing %s", next);
  ask (p, answer != NULL ? answer : activity, "what %s the %s doing?", verb, noun);
  ask (p, "yes", "%s the %s %s?", plural ? "are" : "is", noun, activity);
  other = ABSENT (p, activities);
  /* Who plays may well stand and smile; the rest of the verbs exclude each other well enough. */
  if (other != NULL && strcmp (other, "standing") != 0 && strcmp (other, "smiling") != 0
      && strcmp (other, "posing") != 0)
    ask (p, "no", "%s the %s %s?", verb, noun, other);
}

static void
about_activities (picture *p, char **words)
{
  guint who = G_N_ELEMENTS (subjects);
  for (guint i = 0; words[i] != NULL; i++)
    {
      for (guint k = 0; k < G_N_ELEMENTS (subjects) && who == G_N_ELEMENTS (subjects); k++)
        if (strcmp (words[i], subjects[k].word) == 0)
          who = k;
      if (who < G_N_ELEMENTS (subjects) && LISTED (words[i], activities))
        {
          ask_activity (p, subjects[who].noun, subjects[who].plural, words[i], words[i + 1]);
          return;
        }
    }
}

static void
about_clothes (picture *p, char **words)
{
  const char *noun = NULL;
  for (guint i = 0; words[i] != NULL; i++)
    {
      for (guint k = 0; k < 7 && noun == NULL; k++)
        if (strcmp (words[i], subjects[k].word) == 0)
          noun = subjects[k].noun;
      if (noun == NULL || strcmp (words[i], "wearing") != 0)
        continue;
      for (guint k = i + 1; words[k] != NULL && k < i + 5; k++)
        if (LISTED (words[k], clothes))
          {
            gboolean plural = LISTED (words[k], plural_words);
            const char *other = ABSENT (p, telling_clothes);
            ask (p, words[k], "what is the %s wearing?", noun);
            ask (p, "yes", "is the %s wearing %s%s?", noun, plural ? "" : "a ", words[k]);
            if (other != NULL)
              ask (p, "no", "is the %s wearing %s%s?", noun,
                   LISTED (other, plural_words) ? "" : "a ", other);
            return;
          }
    }
}

static const char *
colour_of (const char *word)
{
  return strcmp (word, "grey") == 0 ? "gray" : LISTED (word, colours) ? word : NULL;
}

static void
about_colours (picture *p, char **words)
{
  for (guint i = 0; words[i] != NULL && words[i + 1] != NULL; i++)
    {
      const char *colour = colour_of (words[i]), *thing = words[i + 1], *other;
      gboolean worn = LISTED (thing, clothes), plural = LISTED (thing, plural_words);
      gboolean two_tone = i > 1 && strcmp (words[i - 1], "and") == 0 && colour_of (words[i - 2]);
      if (colour == NULL || (!worn && !LISTED (thing, coloured)))
        continue;
      if (two_tone && strcmp (words[i], "white") == 0 && strcmp (words[i - 2], "black") == 0)
        ask (p, "black and white", "what color is the %s?", thing);
      if (two_tone)
        continue;
      ask (p, colour, "what color %s the %s?", plural ? "are" : "is", thing);
      if (worn)
        ask (p, colour, "what color %s is the person wearing?", thing);
      ask (p, "yes", "%s the %s %s?", plural ? "are" : "is", thing, colour);
      other = colours[pick (p, G_N_ELEMENTS (colours))];
      if (mentions (p, other) == 0)
        ask (p, "no", "%s the %s %s?", plural ? "are" : "is", thing, other);
    }
}

static void
about_counts (picture *p, char **words)
{
  for (guint i = 0; words[i] != NULL && words[i + 1] != NULL; i++)
    for (guint n = 0; n < G_N_ELEMENTS (numbers); n++)
      {
        g_autofree char *digit = g_strdup_printf ("%u", n + 2);
        const char *noun = words[i + 1];
        if (strcmp (words[i], numbers[n]) != 0)
          continue;
        /* "two brown dogs": the noun may come second. */
        for (guint k = 1; k < 3 && words[i + k] != NULL; k++)
          for (guint s = 0; s < G_N_ELEMENTS (subjects); s++)
            if (subjects[s].plural && strcmp (words[i + k], subjects[s].word) == 0)
              noun = subjects[s].noun;
        if (noun[strlen (noun) - 1] != 's' && strcmp (noun, "men") != 0
            && strcmp (noun, "women") != 0 && strcmp (noun, "people") != 0
            && strcmp (noun, "children") != 0)
          continue;
        ask (p, digit, "how many %s are there?", noun);
        ask (p, digit, "how many %s are in the picture?", noun);
      }
}

/* ---- objects: what somebody holds, rides, sits on ----------------------------------------------
 */

/* "what is the man ...?"; second: a word that must follow the verb; NULL: none. */
static const struct
{
  const char *verb, *second, *ask, *deed;
} deeds[] = {
  { "holding", NULL, "what", "holding" },
  { "carrying", NULL, "what", "carrying" },
  { "riding", NULL, "what", "riding" },
  { "throwing", NULL, "what", "throwing" },
  { "catching", NULL, "what", "catching" },
  { "kicking", NULL, "what", "kicking" },
  { "chasing", NULL, "what", "chasing" },
  { "eating", NULL, "what", "eating" },
  { "drinking", NULL, "what", "drinking" },
  { "pulling", NULL, "what", "pulling" },
  { "pushing", NULL, "what", "pushing" },
  { "climbing", NULL, "what", "climbing" },
  { "reading", NULL, "what", "reading" },
  { "playing", "with", "what", "playing with" },
  { "playing", "in", "where", "playing" },
  { "looking", "at", "what", "looking at" },
  { "jumping", "over", "what", "jumping over" },
  { "jumping", "into", "what", "jumping into" },
  { "sitting", "on", "what", "sitting on" },
  { "sitting", "at", "where", "sitting" },
  { "sitting", "in", "where", "sitting" },
  { "laying", "on", "what", "laying on" },
  { "lying", "on", "what", "laying on" },
  { "sleeping", "on", "what", "sleeping on" },
  { "standing", "on", "what", "standing on" },
  { "standing", "in", "where", "standing" },
  { "walking", "on", "where", "walking" },
  { "walking", "down", "where", "walking" },
  { "walking", "along", "where", "walking" },
  { "walking", "through", "what", "walking through" },
  { "running", "on", "where", "running" },
  { "running", "through", "what", "running through" },
  { "running", "in", "where", "running" },
  { "swimming", "in", "where", "swimming" },
  { "leaning", "on", "what", "leaning on" },
  { "leaning", "against", "what", "leaning against" },
};

/* Words that end the name of a thing: "a red ball | in the grass". */
static gboolean
ends_noun (const char *word)
{
  static const char *const enders[] = {
    "in",    "on",     "at",     "with",    "over",    "through", "near",    "by",    "of",
    "while", "and",    "as",     "to",      "from",    "into",    "onto",    "up",    "down",
    "along", "across", "around", "behind",  "beside",  "under",   "for",     "that",  "which",
    "is",    "are",    "who",    "next",    "outside", "inside",  "during",  "above", "below",
    "above", "off",    "out",    "against", "toward",  "towards", "between", "or",    "after"
  };
  return LISTED (word, enders) || (strlen (word) > 4 && g_str_has_suffix (word, "ing"));
}

/* The last word of the thing that begins at words: "a piece of chocolate cake" is a cake. */
static const char *
noun_at (char **words)
{
  static const char *const parts[] = { "piece", "slice", "pair", "bunch", "plate", "bowl", "glass",
                                       "cup",   "group", "body", "top",   "edge",  "side" };
  const char *noun = NULL;
  for (guint i = 0; words[i] != NULL && i < 7; i++)
    {
      gboolean part = noun != NULL && strcmp (words[i], "of") == 0 && LISTED (noun, parts);
      if (!part && ends_noun (words[i]))
        break;
      noun = part ? NULL : words[i];
    }
  return noun;
}

static void
about_objects (picture *p, char **words)
{
  int who = -1;
  for (guint i = 0; words[i] != NULL; i++)
    {
      for (guint k = 0; k < G_N_ELEMENTS (subjects) && who < 0; k++)
        if (strcmp (words[i], subjects[k].word) == 0)
          who = (int)k;
      for (guint d = 0; d < G_N_ELEMENTS (deeds) && who >= 0; d++)
        {
          gboolean two = deeds[d].second != NULL;
          const char *thing;
          if (strcmp (words[i], deeds[d].verb) != 0
              || (two && g_strcmp0 (words[i + 1], deeds[d].second) != 0))
            continue;
          thing = noun_at (words + i + 1 + two);
          if (thing == NULL || strlen (thing) < 3 || LISTED (thing, colours))
            continue;
          ask (p, thing, "%s %s the %s %s?", deeds[d].ask, subjects[who].plural ? "are" : "is",
               subjects[who].noun, deeds[d].deed);
        }
    }
}

/* "a dog with a stick in its mouth" */
static void
about_mouths (picture *p, char **words)
{
  for (guint i = 1;
       words[0] != NULL && words[i] != NULL && words[i + 1] != NULL && words[i + 2] != NULL; i++)
    if (strcmp (words[i], "in") == 0 && strcmp (words[i + 2], "mouth") == 0)
      {
        ask (p, words[i - 1], "what is in the %s mouth?",
             mentions (p, "dog") ? "dog's" : "animal's");
        ask (p, words[i - 1], "what is the dog carrying?");
      }
}

/* Who does it, and which animal it is. */
static void
about_subjects (picture *p)
{
  static const char *const animals[]
      = { "dog", "cat", "horse", "bird", "cow", "sheep", "elephant", "bear", "zebra", "giraffe" };
  static const char *const whats[]
      = { "what animal is this?", "what kind of animal is this?", "what animal is in the picture?",
          "what type of animal is shown?" };
  const char *animal = NULL;
  guint kinds = 0;

  for (guint i = 0; i < G_N_ELEMENTS (animals); i++)
    {
      g_autofree char *many = g_strconcat (animals[i], "s", NULL);
      guint n = mentions (p, animals[i]) + mentions (p, many);
      kinds += n > 0;
      animal = 2 * n > p->sentences->len ? animals[i] : animal;
    }
  if (kinds == 1 && animal != NULL)
    {
      const char *other = ABSENT (p, animals);
      for (guint i = 0; i < 2; i++)
        ask (p, animal, "%s", whats[pick (p, G_N_ELEMENTS (whats))]);
      ask (p, "yes", "is this %s %s?", strchr ("aeiou", *animal) != NULL ? "an" : "a", animal);
      if (other != NULL)
        ask (p, "no", "is this %s %s?", strchr ("aeiou", *other) != NULL ? "an" : "a", other);
    }
}

/* How many people: when captions agree that it is one, two or three. */
static void
about_people_count (picture *p)
{
  static const char *const one[] = { "man", "woman", "boy", "girl", "person", "child" };
  static const char *const more[]
      = { "men",   "women",  "boys", "girls",   "people", "children", "kids",    "couple", "group",
          "crowd", "family", "team", "another", "other",  "others",   "players", "friends" };
  static const char *const asks[]
      = { "how many people are there?", "how many people are in the picture?",
          "how many people do you see?", "how many people are in this photo?",
          "how many people are visible?" };
  guint ones = 0, kinds = 0, mores = 0, group = 0;

  for (guint i = 0; i < G_N_ELEMENTS (one); i++)
    {
      ones += mentions (p, one[i]);
      kinds += mentions (p, one[i]) > 1;
    }
  for (guint i = 0; i < G_N_ELEMENTS (more); i++)
    mores += mentions (p, more[i]);
  for (guint i = 2; i < 6; i++)
    group += mentions (p, numbers[i]);
  group += mentions (p, "group") + mentions (p, "crowd");
  if (ones >= 3 && kinds <= 2 && mores == 0 && mentions (p, "two") == 0)
    {
      if (mentions (p, "and") == 0 || kinds == 1)
        ask (p, "1", "%s", asks[pick (p, G_N_ELEMENTS (asks))]);
    }
  else if (mores >= 3 && group == 0 && mentions (p, "two") >= 3 && mentions (p, "three") == 0)
    ask (p, "2", "%s", asks[pick (p, G_N_ELEMENTS (asks))]);
  else if (mores >= 3 && group == 0 && mentions (p, "three") >= 3 && mentions (p, "two") == 0)
    ask (p, "3", "%s", asks[pick (p, G_N_ELEMENTS (asks))]);
}

/* One of something, when most captions say so and none has more. */
static void
about_singles (picture *p)
{
  static const char *const pairs[][2]
      = { { "dog", "dogs" },   { "man", "men" },      { "woman", "women" }, { "boy", "boys" },
          { "girl", "girls" }, { "horse", "horses" }, { "cat", "cats" },    { "bird", "birds" } };
  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++)
    if (mentions (p, pairs[i][0]) >= 3 && mentions (p, pairs[i][1]) == 0
        && mentions (p, "two") + mentions (p, "three") + mentions (p, "another") == 0)
      {
        ask (p, "1", "how many %s are there?", pairs[i][1]);
        ask (p, "1", "how many %s do you see?", pairs[i][1]);
      }
}

static void
about_things (picture *p)
{
  for (guint i = 0; i < G_N_ELEMENTS (things); i++)
    if (mentions (p, things[i]) > 0 && pick (p, 2) == 0)
      {
        const char *other = ABSENT (p, things);
        gboolean mass = strcmp (things[i], "snow") == 0 || strcmp (things[i], "food") == 0;
        ask (p, "yes", pick (p, 2) ? "is there %s%s in the picture?" : "is there %s%s?",
             mass ? "" : "a ", things[i]);
        if (other != NULL && strcmp (other, "snow") != 0 && strcmp (other, "food") != 0)
          ask (p, "no", pick (p, 2) ? "is there a %s in the picture?" : "is there a %s?", other);
      }
}

static void
about_people (picture *p)
{
  guint male
      = mentions (p, "man") + mentions (p, "boy") + mentions (p, "men") + mentions (p, "boys");
  guint female = mentions (p, "woman") + mentions (p, "girl") + mentions (p, "women")
                 + mentions (p, "girls") + mentions (p, "lady");
  guint others = mentions (p, "people") + mentions (p, "children") + mentions (p, "couple")
                 + mentions (p, "group") + mentions (p, "kids") + mentions (p, "family");

  if (others > 0 || (male > 1) == (female > 1) || (male > 0 && female > 0))
    return;
  ask (p, male ? "yes" : "no", "is this person a man?");
  ask (p, male ? "no" : "yes", "is this a woman?");
  ask (p, male ? "yes" : "no", "is the person male?");
  ask (p, male ? "man" : "woman", "is this a man or a woman?");
  if (mentions (p, "boy") + mentions (p, "girl") + mentions (p, "child") > 2)
    ask (p, "yes", "is this a child?");
  else if (mentions (p, "man") + mentions (p, "woman") > 2)
    ask (p, "no", "is this a child?");
}

static void
about_place (picture *p)
{
  int found = -1, indoors = 0, outdoors = 0;
  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    {
      guint n = mentions (p, places[i].word);
      if (n > 0 && places[i].indoors)
        indoors++;
      else if (n > 0)
        outdoors++;
      if (n >= 2 && (found < 0 || n > mentions (p, places[found].word)))
        found = (int)i;
    }
  if (found >= 0)
    {
      ask (p, places[found].answer, "where is this?");
      ask (p, places[found].answer, "where was this picture taken?");
      for (guint k = 0; k < G_N_ELEMENTS (subjects); k++)
        if (mentions (p, subjects[k].word) >= 2)
          ask (p, places[found].answer, "where %s the %s?", subjects[k].plural ? "are" : "is",
               subjects[k].noun);
    }
  if (mentions (p, "room") > 0)
    indoors++;
  if ((indoors > 0) == (outdoors > 0))
    return;
  ask (p, indoors ? "yes" : "no", pick (p, 2) ? "is this indoors?" : "is this inside?");
  ask (p, indoors ? "no" : "yes", pick (p, 2) ? "is this outside?" : "is this outdoors?");
  ask (p, indoors ? "inside" : "outside", "is this inside or outside?");
  if (indoors)
    return;
  ask (p, mentions (p, "night") ? "yes" : "no", "is it night time?");
  ask (p, mentions (p, "snow") + mentions (p, "snowy") ? "yes" : "no",
       "is there snow on the ground?");
  ask (p, mentions (p, "snow") + mentions (p, "snowy") ? "yes" : "no", "is it cold outside?");
  ask (p, mentions (p, "rain") + mentions (p, "rainy") ? "yes" : "no", "is it raining?");
  if (mentions (p, "snow") + mentions (p, "snowy") > 1)
    ask (p, "winter", "what season is it?");
  else if (mentions (p, "beach") > 1)
    ask (p, "summer", "what season is it?");
}

static void
about_sport (picture *p)
{
  const char *sport = NULL, *other;
  guint most = 0;
  for (guint i = 0; i < G_N_ELEMENTS (sports); i++)
    if (mentions (p, sports[i].word) > most)
      {
        most = mentions (p, sports[i].word);
        sport = sports[i].answer;
      }
  if (most < 2)
    return;
  other = sports[pick (p, G_N_ELEMENTS (sports))].answer;
  ask (p, sport, "what sport is this?");
  ask (p, sport, "what sport is being played?");
  ask (p, "yes", "is this %s?", sport);
  if (strcmp (other, sport) != 0 && mentions (p, other) == 0)
    ask (p, "no", "is this %s?", other);
}

static void
listen (picture *p, const char *sentence)
{
  char **words = vqa_question_words (sentence);
  g_autoptr (GHashTable) here = g_hash_table_new (g_str_hash, g_str_equal);

  g_ptr_array_add (p->sentences, words);
  for (char **word = words; *word != NULL; word++)
    if (g_hash_table_add (here, *word))
      g_hash_table_insert (p->mentioned, *word, GUINT_TO_POINTER (mentions (p, *word) + 1));
}

GPtrArray *
vqa_caption_questions (const GPtrArray *sentences, guint seed)
{
  picture p = { .maker = vqa_maker_new (VQA_MADE_CAPTIONS),
                .sentences = g_ptr_array_new_with_free_func ((GDestroyNotify)g_strfreev),
                .mentioned = g_hash_table_new (g_str_hash, g_str_equal),
                .random = seed };

  for (guint i = 0; i < sentences->len; i++)
    listen (&p, sentences->pdata[i]);
  for (guint i = 0; i < p.sentences->len; i++)
    {
      about_activities (&p, p.sentences->pdata[i]);
      about_clothes (&p, p.sentences->pdata[i]);
      about_colours (&p, p.sentences->pdata[i]);
      about_counts (&p, p.sentences->pdata[i]);
      about_objects (&p, p.sentences->pdata[i]);
      about_mouths (&p, p.sentences->pdata[i]);
    }
  about_singles (&p);
  about_things (&p);
  about_subjects (&p);
  about_people (&p);
  about_people_count (&p);
  about_place (&p);
  about_sport (&p);
  g_hash_table_unref (p.mentioned);
  g_ptr_array_unref (p.sentences);
  return vqa_maker_finish (&p.maker);
}
