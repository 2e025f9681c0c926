#include "vqa/data/existence.h"

#include <string.h>

static const char *const irregular[][2] = {
  { "person", "people" },  { "man", "men" },           { "woman", "women" },
  { "child", "children" }, { "knife", "knives" },      { "mouse", "mice" },
  { "sheep", "sheep" },    { "skis", "skis" },         { "scissors", "scissors" },
  { "fish", "fish" },      { "leaf", "leaves" },       { "shelf", "shelves" },
  { "glass", "glasses" },  { "broccoli", "broccoli" }, { "wine glass", "wine glasses" },
};

/* Nouns that take no article: plurals and substances. */
static const char *const bare[] = { "skis", "scissors", "broccoli", "food", "water",
                                    "snow", "grass",    "people",   "rice", "bread" };

static gboolean
is_bare (const char *noun)
{
  for (guint i = 0; i < G_N_ELEMENTS (bare); i++)
    if (strcmp (noun, bare[i]) == 0)
      return TRUE;
  return FALSE;
}

char *
vqa_plural (const char *noun)
{
  const char *last = strrchr (noun, ' ');
  size_t n = strlen (noun);

  last = last != NULL ? last + 1 : noun;
  for (guint i = 0; i < G_N_ELEMENTS (irregular); i++)
    if (strcmp (last, irregular[i][0]) == 0)
      return g_strdup_printf ("%.*s%s", (int)(last - noun), noun, irregular[i][1]);
  if (g_str_has_suffix (noun, "ch") || g_str_has_suffix (noun, "sh") || g_str_has_suffix (noun, "s")
      || g_str_has_suffix (noun, "x"))
    return g_strconcat (noun, "es", NULL);
  if (n > 1 && noun[n - 1] == 'y' && strchr ("aeiou", noun[n - 2]) == NULL)
    return g_strdup_printf ("%.*sies", (int)n - 1, noun);
  return g_strconcat (noun, "s", NULL);
}

char *
vqa_with_article (const char *noun)
{
  if (is_bare (noun))
    return g_strdup (noun);
  return g_strconcat (strchr ("aeiou", *noun) != NULL ? "an " : "a ", noun, NULL);
}

/* %s: the noun with its article, or its plural. */
static const struct
{
  const char *format;
  gboolean plural;
} phrasings[] = {
  { "is there %s?", FALSE },
  { "is there %s in the picture?", FALSE },
  { "is there %s in the image?", FALSE },
  { "is there %s in this photo?", FALSE },
  { "are there any %s?", TRUE },
  { "are there any %s in the picture?", TRUE },
  { "are there %s in the image?", TRUE },
  { "can you see %s?", FALSE },
  { "do you see %s in the picture?", FALSE },
  { "do you see any %s?", TRUE },
  { "does the picture show %s?", FALSE },
  { "does this image contain %s?", FALSE },
  { "is %s visible?", FALSE },
  { "is there %s here?", FALSE },
  { "is %s present?", FALSE },
};

guint
vqa_existence_phrasings (void)
{
  return G_N_ELEMENTS (phrasings);
}

char *
vqa_existence_question (const char *class_name, guint phrasing)
{
  guint i = phrasing % G_N_ELEMENTS (phrasings);
  g_autofree char *noun
      = phrasings[i].plural ? vqa_plural (class_name) : vqa_with_article (class_name);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  char *question = g_strdup_printf (phrasings[i].format, noun);
#pragma GCC diagnostic pop
  /* "is there skis" wants the plural's verb. */
  if (is_bare (class_name) && class_name[strlen (class_name) - 1] == 's'
      && g_str_has_prefix (question, "is "))
    {
      char *are = g_strconcat ("are ", question + 3, NULL);
      g_free (question);
      question = are;
    }
  return question;
}
