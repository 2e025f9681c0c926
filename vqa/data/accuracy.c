/* The VQA measure, step by step as the official evaluation takes it (github.com/GT-Vision-Lab/VQA,
 * vqaEval.py), oddities included: figures are compared with published ones. The one difference:
 * that program normalises only where annotators differ, this one always. */
#include "vqa/data/data.h"

#include <string.h>

/* Contractions written without their apostrophes, and what they become. */
static const char *const contractions[][2] = {
  { "aint", "ain't" },
  { "arent", "aren't" },
  { "cant", "can't" },
  { "couldve", "could've" },
  { "couldnt", "couldn't" },
  { "couldn'tve", "couldn't've" },
  { "couldnt've", "couldn't've" },
  { "didnt", "didn't" },
  { "doesnt", "doesn't" },
  { "dont", "don't" },
  { "hadnt", "hadn't" },
  { "hadnt've", "hadn't've" },
  { "hadn'tve", "hadn't've" },
  { "hasnt", "hasn't" },
  { "havent", "haven't" },
  { "hed", "he'd" },
  { "hed've", "he'd've" },
  { "he'dve", "he'd've" },
  { "hes", "he's" },
  { "howd", "how'd" },
  { "howll", "how'll" },
  { "hows", "how's" },
  { "Id've", "I'd've" }, /* never met: answers are lower-case by then */
  { "I'dve", "I'd've" },
  { "Im", "I'm" },
  { "Ive", "I've" },
  { "isnt", "isn't" },
  { "itd", "it'd" },
  { "itd've", "it'd've" },
  { "it'dve", "it'd've" },
  { "itll", "it'll" },
  { "let's", "let's" },
  { "maam", "ma'am" },
  { "mightnt", "mightn't" },
  { "mightnt've", "mightn't've" },
  { "mightn'tve", "mightn't've" },
  { "mightve", "might've" },
  { "mustnt", "mustn't" },
  { "mustve", "must've" },
  { "neednt", "needn't" },
  { "notve", "not've" },
  { "oclock", "o'clock" },
  { "oughtnt", "oughtn't" },
  { "ow's'at", "'ow's'at" },
  { "'ows'at", "'ow's'at" },
  { "'ow'sat", "'ow's'at" },
  { "shant", "shan't" },
  { "shed've", "she'd've" },
  { "she'dve", "she'd've" },
  { "she's", "she's" },
  { "shouldve", "should've" },
  { "shouldnt", "shouldn't" },
  { "shouldnt've", "shouldn't've" },
  { "shouldn'tve", "shouldn't've" },
  { "somebody'd", "somebodyd" }, /* sic */
  { "somebodyd've", "somebody'd've" },
  { "somebody'dve", "somebody'd've" },
  { "somebodyll", "somebody'll" },
  { "somebodys", "somebody's" },
  { "someoned", "someone'd" },
  { "someoned've", "someone'd've" },
  { "someone'dve", "someone'd've" },
  { "someonell", "someone'll" },
  { "someones", "someone's" },
  { "somethingd", "something'd" },
  { "somethingd've", "something'd've" },
  { "something'dve", "something'd've" },
  { "somethingll", "something'll" },
  { "thats", "that's" },
  { "thered", "there'd" },
  { "thered've", "there'd've" },
  { "there'dve", "there'd've" },
  { "therere", "there're" },
  { "theres", "there's" },
  { "theyd", "they'd" },
  { "theyd've", "they'd've" },
  { "they'dve", "they'd've" },
  { "theyll", "they'll" },
  { "theyre", "they're" },
  { "theyve", "they've" },
  { "twas", "'twas" },
  { "wasnt", "wasn't" },
  { "wed've", "we'd've" },
  { "we'dve", "we'd've" },
  { "weve", "we've" },
  { "werent", "weren't" },
  { "whatll", "what'll" },
  { "whatre", "what're" },
  { "whats", "what's" },
  { "whatve", "what've" },
  { "whens", "when's" },
  { "whered", "where'd" },
  { "wheres", "where's" },
  { "whereve", "where've" },
  { "whod", "who'd" },
  { "whod've", "who'd've" },
  { "who'dve", "who'd've" },
  { "wholl", "who'll" },
  { "whos", "who's" },
  { "whove", "who've" },
  { "whyll", "why'll" },
  { "whyre", "why're" },
  { "whys", "why's" },
  { "wont", "won't" },
  { "wouldve", "would've" },
  { "wouldnt", "wouldn't" },
  { "wouldnt've", "wouldn't've" },
  { "wouldn'tve", "wouldn't've" },
  { "yall", "y'all" },
  { "yall'll", "y'all'll" },
  { "y'allll", "y'all'll" },
  { "yall'd've", "y'all'd've" },
  { "y'alld've", "y'all'd've" },
  { "y'all'dve", "y'all'd've" },
  { "youd", "you'd" },
  { "youd've", "you'd've" },
  { "you'dve", "you'd've" },
  { "youll", "you'll" },
  { "youre", "you're" },
  { "youve", "you've" },
};

static const char *const numbers[][2] = {
  { "none", "0" },  { "zero", "0" },  { "one", "1" },  { "two", "2" },
  { "three", "3" }, { "four", "4" },  { "five", "5" }, { "six", "6" },
  { "seven", "7" }, { "eight", "8" }, { "nine", "9" }, { "ten", "10" },
};

static gboolean
has_comma_between_digits (const char *text)
{
  for (const char *p = strchr (text, ','); p; p = strchr (p + 1, ','))
    if (p > text && g_ascii_isdigit (p[-1]) && g_ascii_isdigit (p[1]))
      return TRUE;
  return FALSE;
}

/* A mark vanishes where a space stands beside any one of its kind, or where the text has a comma
 * between digits; else each becomes a space. */
static char *
process_punctuation (const char *text)
{
  static const char marks[] = ";/[]\"{}()=+\\_-><@`,?!";
  gboolean comma = has_comma_between_digits (text);
  GString *out = g_string_new (NULL);
  int periods = 0;

  for (const char *p = text; *p; p++)
    {
      char before[] = { ' ', *p, '\0' }, after[] = { *p, ' ', '\0' };

      if (strchr (marks, *p))
        {
          if (!comma && !strstr (text, before) && !strstr (text, after))
            g_string_append_c (out, ' ');
        }
      else
        g_string_append_c (out, *p);
    }
  /* Periods that no digit follows, the first 32: the official program passes its flags (32) in the
   * place of a count. */
  for (gsize i = 0; i < out->len && periods < 32;)
    if (out->str[i] == '.' && !g_ascii_isdigit (out->str[i + 1]))
      {
        g_string_erase (out, (gssize)i, 1);
        periods++;
      }
    else
      i++;
  return g_string_free (out, FALSE);
}

/* The partner of a word in a table of pairs, or the word. */
static const char *
look_up (const char *const table[][2], gsize rows, const char *word)
{
  for (gsize i = 0; i < rows; i++)
    if (strcmp (table[i][0], word) == 0)
      return table[i][1];
  return word;
}

static gboolean
is_article (const char *word)
{
  return strcmp (word, "a") == 0 || strcmp (word, "an") == 0 || strcmp (word, "the") == 0;
}

static void
append_word (GString *out, const char *raw)
{
  const char *word = look_up (numbers, G_N_ELEMENTS (numbers), raw);

  if (!*word || is_article (word))
    return;
  if (out->len > 0)
    g_string_append_c (out, ' ');
  g_string_append (out, look_up (contractions, G_N_ELEMENTS (contractions), word));
}

char *
vqa_normalise_answer (const char *answer)
{
  g_autofree char *valid = g_utf8_make_valid (answer, -1);
  g_autofree char *plain = NULL, *lower = NULL;
  GString *out = g_string_new (NULL);
  char *word, *p;

  g_strdelimit (valid, "\n\t", ' ');
  plain = process_punctuation (g_strstrip (valid));
  lower = g_utf8_strdown (plain, -1);
  for (word = p = lower;;)
    {
      gunichar c = g_utf8_get_char (p);
      char *next = c ? g_utf8_next_char (p) : NULL;

      if (c == 0 || g_unichar_isspace (c))
        {
          *p = '\0';
          append_word (out, word);
          word = next;
        }
      if (!next)
        break;
      p = next;
    }
  return g_string_free (out, FALSE);
}

double
vqa_accuracy (const char *answer, const char *const *answers)
{
  g_autofree char *given = vqa_normalise_answer (answer);
  guint count = 0, matches = 0;
  double others, with;

  for (; answers && answers[count]; count++)
    {
      g_autofree char *one = vqa_normalise_answer (answers[count]);

      matches += strcmp (one, given) == 0;
    }
  if (count <= 1)
    return matches;
  /* Left out in turn: each of those who agree sees one match less than the rest do. */
  with = MIN (1.0, (matches > 0 ? matches - 1 : 0) / 3.0);
  others = MIN (1.0, matches / 3.0);
  return (matches * with + (count - matches) * others) / count;
}

/* The things of an answer, normalised and sorted. */
static GPtrArray *
things_of (const char *answer)
{
  g_autofree char *spaced = g_strdelimit (g_strdup (answer), "_", ' ');
  g_auto (GStrv) parts = g_strsplit (spaced, ",", -1);
  GPtrArray *things = g_ptr_array_new_with_free_func (g_free);

  for (char **part = parts; *part; part++)
    {
      g_autofree char *thing = vqa_normalise_answer (*part);
      if (*thing && !g_ptr_array_find_with_equal_func (things, thing, g_str_equal, NULL))
        g_ptr_array_add (things, g_steal_pointer (&thing));
    }
  return things;
}

gboolean
vqa_same_things (const char *answer, const char *known)
{
  g_autoptr (GPtrArray) a = things_of (answer), b = things_of (known);
  gboolean same = a->len == b->len;

  for (guint i = 0; same && i < a->len; i++)
    same = g_ptr_array_find_with_equal_func (b, a->pdata[i], g_str_equal, NULL);
  return same;
}
