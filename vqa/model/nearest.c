/* Words that the model does not know, and the ones it knows that are spelled most alike. */
#include "vqa/data/data.h"
#include "vqa/model/model-private.h"

#include <string.h>

#define LONGEST 32 /* characters of a word that a slip of the keyboard is looked for in */

/* Slips that may separate two words: letters left out, put in, changed, or two neighbours swapped.
 * Short words have too many neighbours for two of them. */
static int
most_slips (glong length)
{
  return length < 3 ? 0 : length < 6 ? 1 : 2;
}

/* Optimal string alignment distance (Damerau 1964, with no piece edited twice). */
static int
slips (const gunichar *a, glong n, const gunichar *b, glong m)
{
  int rows[3][LONGEST + 1], *before = rows[0], *above = rows[1], *row = rows[2];

  for (glong j = 0; j <= m; j++)
    above[j] = (int)j;
  for (glong i = 1; i <= n; i++)
    {
      int *old = before;

      row[0] = (int)i;
      for (glong j = 1; j <= m; j++)
        {
          row[j] = MIN (MIN (above[j], row[j - 1]) + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
          if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
            row[j] = MIN (row[j], before[j - 2] + 1);
        }
      before = above;
      above = row;
      row = old;
    }
  return above[m];
}

const char *
vqa_nearest_word (const GPtrArray *words, const char *word)
{
  g_autofree char *lower = g_utf8_strdown (word, -1);
  glong n, least;
  g_autofree gunichar *letters = g_utf8_to_ucs4_fast (lower, -1, &n);
  const char *nearest = NULL;

  least = most_slips (n) + 1;
  if (n > LONGEST || least == 1)
    return NULL;
  /* Words that are met more often come first, and win. */
  for (guint i = 0; i < words->len; i++)
    {
      const char *known = words->pdata[i];
      glong m = g_utf8_strlen (known, -1);
      g_autofree gunichar *other = NULL;
      int apart;

      if (m > LONGEST || ABS (m - n) >= least || m < 2)
        continue;
      other = g_utf8_to_ucs4_fast (known, -1, NULL);
      apart = slips (letters, n, other, m);
      if (apart >= least)
        continue;
      least = apart;
      nearest = known;
    }
  return nearest;
}

char *
vqa_reply_mend (const vqa_reply *r, const char *question)
{
  g_autoptr (GString) mended = g_string_new (NULL);
  const char *rest = question;
  gboolean changed = FALSE;

  for (guint i = 0; r->nearest_words != NULL && r->unknown_words[i] != NULL; i++)
    {
      const char *at = vqa_word_find (rest, r->unknown_words[i]);

      if (at == NULL || *r->nearest_words[i] == '\0')
        continue;
      g_string_append_len (mended, rest, at - rest);
      g_string_append (mended, r->nearest_words[i]);
      rest = at + strlen (r->unknown_words[i]);
      changed = TRUE;
    }
  g_string_append (mended, rest);
  return changed ? g_strdup (mended->str) : NULL;
}
