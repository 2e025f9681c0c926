#include "vqa/data/captions.h"

#include "nets/core/safetensors.h"
#include "vqa/data/data.h"

#include <json-glib/json-glib.h>
#include <string.h>

/* ---- reading --------------------------------------------------------------------------------- */

static void
captioned_free (gpointer data)
{
  vqa_captioned *c = data;
  g_free (c->file);
  g_ptr_array_unref (c->sentences);
  g_free (c);
}

/* The array called `name` at the top; NULL and an error. */
static JsonArray *
top_array (JsonNode *root, const char *path, const char *name, GError **error)
{
  JsonNode *node = JSON_NODE_HOLDS_OBJECT (root)
                       ? json_object_get_member (json_node_get_object (root), name)
                       : NULL;
  if (node != NULL && JSON_NODE_HOLDS_ARRAY (node))
    return json_node_get_array (node);
  g_set_error (error, VQA_ERROR, VQA_ERROR_DATA, "%s: %s: expected a list", path, name);
  return NULL;
}

/* A number and a text of element i; FALSE and an error when they are something else. */
static gboolean
read_pair (JsonArray *list, guint i, const char *path, const char *name, const char *number_key,
           const char *text_key, gint64 *number, const char **text, GError **error)
{
  JsonNode *node = json_array_get_element (list, i);
  JsonObject *object = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  JsonNode *a = object != NULL ? json_object_get_member (object, number_key) : NULL;
  JsonNode *b = object != NULL ? json_object_get_member (object, text_key) : NULL;

  if (a == NULL || json_node_get_value_type (a) != G_TYPE_INT64)
    {
      g_set_error (error, VQA_ERROR, VQA_ERROR_DATA, "%s: %s[%u].%s: expected a whole number", path,
                   name, i, number_key);
      return FALSE;
    }
  if (b == NULL || json_node_get_value_type (b) != G_TYPE_STRING)
    {
      g_set_error (error, VQA_ERROR, VQA_ERROR_DATA, "%s: %s[%u].%s: expected text", path, name, i,
                   text_key);
      return FALSE;
    }
  *number = json_node_get_int (a);
  *text = json_node_get_string (b);
  return TRUE;
}

static GPtrArray *
collect (JsonNode *root, const char *path, GError **error)
{
  JsonArray *images = top_array (root, path, "images", error);
  JsonArray *notes = images != NULL ? top_array (root, path, "annotations", error) : NULL;
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func (captioned_free);
  g_autoptr (GHashTable) by_id = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  const char *text;
  gint64 id;

  for (guint i = 0; notes != NULL && i < json_array_get_length (images); i++)
    {
      vqa_captioned *c;
      if (!read_pair (images, i, path, "images", "id", "file_name", &id, &text, error))
        return NULL;
      c = g_new0 (vqa_captioned, 1);
      c->file = g_strdup (text);
      c->sentences = g_ptr_array_new_with_free_func (g_free);
      g_ptr_array_add (list, c);
      g_hash_table_insert (by_id, g_memdup2 (&id, sizeof id), c);
    }
  for (guint i = 0; notes != NULL && i < json_array_get_length (notes); i++)
    {
      vqa_captioned *c;
      if (!read_pair (notes, i, path, "annotations", "image_id", "caption", &id, &text, error))
        return NULL;
      c = g_hash_table_lookup (by_id, &id);
      if (c != NULL)
        g_ptr_array_add (c->sentences, g_strdup (text));
    }
  return notes != NULL ? g_steal_pointer (&list) : NULL;
}

GPtrArray *
vqa_captions_read (const char *path, GError **error)
{
  g_autofree char *text = NULL;
  g_autoptr (JsonParser) parser = json_parser_new ();
  gsize length;

  if (!g_file_get_contents (path, &text, &length, error))
    return NULL;
  if (!nn_json_check (text, length, 16, error)
      || !json_parser_load_from_data (parser, text, (gssize)length, error))
    {
      g_prefix_error (error, "%s: ", path);
      return NULL;
    }
  return collect (json_parser_get_root (parser), path, error);
}

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
  picture p = { .maker = vqa_maker_new (),
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
    }
  about_singles (&p);
  about_things (&p);
  about_people (&p);
  about_place (&p);
  about_sport (&p);
  g_hash_table_unref (p.mentioned);
  g_ptr_array_unref (p.sentences);
  return vqa_maker_finish (&p.maker);
}
