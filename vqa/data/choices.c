#include "vqa/data/choices.h"

#include <string.h>

static int
bit_of (const char *name, const char *const *choices)
{
  for (int i = 0; choices[i] != NULL; i++)
    if (strcmp (name, choices[i]) == 0)
      return 1 << i;
  return -1;
}

int
vqa_choices_from_text (const char *text, const char *const *choices)
{
  g_auto (GStrv) names = g_strsplit (text, ";", -1);
  int set = 0, n = 0;

  for (char **name = names; *name != NULL; name++)
    {
      int bit = bit_of (g_strstrip (*name), choices);
      gboolean last = name[1] == NULL;
      if (**name == '\0' && last && n > 0) /* lists may end with a separator */
        break;
      if (n == 0 && last && strcmp (*name, "none") == 0)
        return 0;
      if (bit < 0 || (set & bit) != 0)
        return -1;
      set |= bit;
      n++;
    }
  return n > 0 ? set : -1;
}

char *
vqa_choices_to_text (int set, const char *const *choices)
{
  GString *text = g_string_new (NULL);

  for (int i = 0; choices[i] != NULL; i++)
    if ((set & 1 << i) != 0)
      g_string_append_printf (text, "%s%s", text->len > 0 ? ";" : "", choices[i]);
  if (text->len == 0)
    g_string_append (text, "none");
  return g_string_free (text, FALSE);
}
