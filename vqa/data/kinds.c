#include "vqa/data/kinds.h"

#include "vqa/data/data.h"

#include <string.h>

static const struct
{
  const char *name, *title;
} kinds[VQA_N_KINDS] = {
  [VQA_KIND_EXISTENCE] = { "existence", "Whether something is there" },
  [VQA_KIND_ANIMAL] = { "animal", "What animal it is" },
  [VQA_KIND_VEHICLE] = { "vehicle", "What vehicle it is" },
  [VQA_KIND_FOOD] = { "food", "What food it is" },
  [VQA_KIND_SPORT] = { "sport", "What sport it is" },
  [VQA_KIND_ROOM] = { "room", "What room it is" },
  [VQA_KIND_PLACE] = { "place", "Where it is" },
  [VQA_KIND_ACTIVITY] = { "activity", "What somebody is doing" },
  [VQA_KIND_CLOTHES] = { "clothes", "What somebody is wearing" },
  [VQA_KIND_COLOUR] = { "colour", "What colour something is" },
  [VQA_KIND_COUNT] = { "count", "How many there are" },
  [VQA_KIND_POSITION] = { "position", "Left or right, above or below" },
  [VQA_KIND_CHOICE] = { "choice", "Which of two it is" },
  [VQA_KIND_YES_NO] = { "yes_no", "Yes or no about the picture" },
  [VQA_KIND_WHAT] = { "what", "What something else is" },
  [VQA_KIND_REST] = { "rest", "Other questions" },
};

const char *
vqa_kind_name (vqa_kind kind)
{
  return kinds[kind].name;
}

const char *
vqa_kind_title (vqa_kind kind)
{
  return kinds[kind].title;
}

vqa_kind
vqa_kind_named (const char *name)
{
  guint k = 0;
  while (k < VQA_N_KINDS && strcmp (kinds[k].name, name) != 0)
    k++;
  return (vqa_kind)k;
}

/* Is the word among those of a list with spaces between and around? */
static gboolean
among (const char *word, const char *list)
{
  gsize n = strlen (word);
  for (const char *at = list; n > 0 && (at = strstr (at, word)) != NULL; at++)
    if (at > list && at[-1] == ' ' && at[n] == ' ')
      return TRUE;
  return FALSE;
}

static gboolean
has (char **words, const char *list)
{
  for (; *words != NULL; words++)
    if (among (*words, list))
      return TRUE;
  return FALSE;
}

/* Do the words begin with these, each a list? */
static gboolean
begins (char **words, const char *first, const char *second)
{
  return words[0] != NULL && among (words[0], first) && words[1] != NULL
         && among (words[1], second);
}

static gboolean
is_existence (char **words)
{
  guint n = g_strv_length (words);
  if (begins (words, " is are was were ", " there "))
    return TRUE;
  if (begins (words, " can could do does ", " you we one ") && words[2] != NULL
      && among (words[2], " see spot find "))
    return TRUE;
  if (n > 3 && begins (words, " does do ", " the this ")
      && among (words[2], " picture image photo photograph scene ")
      && among (words[3], " show contain have include "))
    return TRUE;
  return n > 2 && among (words[0], " is are ") && among (words[n - 1], " visible present here ");
}

#define SIDES   " left right side above below under underneath beneath "
#define COLOURS " color colors colour colours colored coloured "

/* What an open question asks for, by the words in it; the first that fits. */
static const struct
{
  vqa_kind kind;
  const char *words;
} topics[] = {
  { VQA_KIND_ACTIVITY, " doing activity " },
  { VQA_KIND_ANIMAL, " animal animals breed species " },
  { VQA_KIND_VEHICLE, " vehicle vehicles transportation transport " },
  { VQA_KIND_SPORT, " sport sports game games " },
  { VQA_KIND_ROOM, " room rooms " },
  { VQA_KIND_FOOD, " food foods fruit fruits vegetable vegetables meal dish plate eating " },
  { VQA_KIND_CLOTHES, " wearing wear wears " },
};

static vqa_kind
open_kind (char **words)
{
  if (has (words, " how ") && has (words, " many "))
    return VQA_KIND_COUNT;
  if (has (words, COLOURS))
    return VQA_KIND_COLOUR;
  if (among (words[0], " where ") || has (words, " season weather ")
      || begins (words, " what which ", " place location city country "))
    return VQA_KIND_PLACE;
  /* Which side; but "what is left of the bed?" asks for a thing. */
  if (has (words, SIDES) && (has (words, " or ") || begins (words, " which what ", " side ")))
    return VQA_KIND_POSITION;
  if (has (words, " or ") && !among (words[0], " why how "))
    return VQA_KIND_CHOICE;
  if (!has (words, " what which who whose "))
    return VQA_KIND_REST;
  for (guint i = 0; i < G_N_ELEMENTS (topics); i++)
    if (has (words, topics[i].words))
      return topics[i].kind;
  return VQA_KIND_WHAT;
}

vqa_kind
vqa_question_kind (const char *question)
{
  g_auto (GStrv) words = vqa_question_words (question);

  if (words[0] == NULL)
    return VQA_KIND_REST;
  if (!among (words[0],
              " is are was were am do does did can could has have had will would should may "))
    return open_kind (words);
  if (has (words, SIDES))
    return VQA_KIND_POSITION;
  if (has (words, " or "))
    return VQA_KIND_CHOICE;
  return is_existence (words) ? VQA_KIND_EXISTENCE : VQA_KIND_YES_NO;
}
