#include "vqa/data/data.h"

#include <string.h>

#define MAX_CHARACTERS 1000

static gboolean
in_word (gunichar c)
{
  return g_unichar_isalnum (c) || g_unichar_ismark (c);
}

static gboolean
is_apostrophe (gunichar c)
{
  return c == '\'' || c == 0x2019; /* the typographic one */
}

/* Cuts a word with its inner apostrophes in two where English joins two words: "don't" is "do" and
 * "n't", "dog's" is "dog" and "'s". */
static void
add_word (GPtrArray *words, const char *word)
{
  gsize length = strlen (word);
  const char *cut = strchr (word, '\'');

  if (length > 3 && g_str_has_suffix (word, "n't"))
    cut = word + length - 3;
  if (!cut)
    {
      g_ptr_array_add (words, g_strdup (word));
      return;
    }
  g_ptr_array_add (words, g_strndup (word, (gsize)(cut - word)));
  g_ptr_array_add (words, g_strdup (cut));
}

char **
vqa_question_words (const char *question)
{
  g_autofree char *valid = g_utf8_make_valid (question, -1);
  /* Composed, so that one word has one spelling. */
  g_autofree char *composed = g_utf8_normalize (valid, -1, G_NORMALIZE_NFC);
  g_autofree char *lower = g_utf8_strdown (composed ? composed : valid, -1);
  g_autoptr (GString) word = g_string_new (NULL);
  GPtrArray *words = g_ptr_array_new ();

  for (const char *p = lower;; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (in_word (c))
        g_string_append_unichar (word, c);
      else if (is_apostrophe (c) && word->len > 0
               && in_word (g_utf8_get_char (p + g_unichar_to_utf8 (c, NULL))))
        g_string_append_c (word, '\'');
      else if (word->len > 0)
        {
          add_word (words, word->str);
          g_string_truncate (word, 0);
        }
      if (c == 0)
        break;
    }
  g_ptr_array_add (words, NULL);
  return (char **)g_ptr_array_free (words, FALSE);
}

const char *
vqa_word_find (const char *text, const char *word)
{
  gsize length = strlen (word);

  for (const char *at = length > 0 ? strstr (text, word) : NULL; at;
       at = strstr (g_utf8_next_char (at), word))
    if ((at == text || !in_word (g_utf8_get_char (g_utf8_prev_char (at))))
        && !in_word (g_utf8_get_char (at + length)))
      return at;
  return NULL;
}

char *
vqa_question_check (const char *question, gssize length, GError **error)
{
  const char *start = question, *end;
  glong characters;

  if (!question || !g_utf8_validate (question, length, &end))
    {
      g_set_error (error, VQA_ERROR, VQA_ERROR_QUESTION,
                   "The question is not UTF-8 text: type it again");
      return NULL;
    }
  while (start < end && g_unichar_isspace (g_utf8_get_char (start)))
    start = g_utf8_next_char (start);
  while (end > start && g_unichar_isspace (g_utf8_get_char (g_utf8_prev_char (end))))
    end = g_utf8_prev_char (end);
  if (start == end)
    {
      g_set_error (error, VQA_ERROR, VQA_ERROR_QUESTION,
                   "The question is empty: ask something about the picture");
      return NULL;
    }
  characters = g_utf8_strlen (start, end - start);
  if (characters > MAX_CHARACTERS)
    {
      g_set_error (error, VQA_ERROR, VQA_ERROR_QUESTION,
                   "The question has %ld characters, and the limit is %d: ask a shorter one",
                   characters, MAX_CHARACTERS);
      return NULL;
    }
  return g_strndup (start, (gsize)(end - start));
}
