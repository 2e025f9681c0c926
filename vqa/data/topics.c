#include "vqa/data/topics.h"

#include "vqa/data/existence.h"
#include "vqa/data/topic_table.h"

#include <string.h>

guint
vqa_topics (void)
{
  return vqa_topic_count;
}

guint
vqa_topic_phrasings (guint t)
{
  guint n = 0;
  while (n < VQA_TOPIC_ASKS && vqa_topic_table[t].ask[n] != NULL)
    n++;
  return n;
}

const char *
vqa_topic_question (guint t, guint phrasing)
{
  return vqa_topic_table[t].ask[phrasing % vqa_topic_phrasings (t)];
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

  if (vqa_topic_table[t].needs != NULL && !shows (vqa_topic_table[t].needs, user))
    return 0;
  for (const vqa_topic_pair *p = vqa_topic_table[t].answers; p->class_name != NULL; p++)
    {
      if (!shows (p->class_name, user) || among (answers, n, p->answer))
        continue;
      if (n == most || (n > 0 && vqa_topic_table[t].agree))
        return 0;
      answers[n++] = p->answer;
      if (vqa_topic_table[t].first)
        break;
    }
  return n;
}

const char *
vqa_topic_answer (guint t, guint n)
{
  for (guint i = 0; vqa_topic_table[t].answers[i].class_name != NULL; i++)
    if (i == n)
      return vqa_topic_table[t].answers[i].answer;
  return NULL;
}

gboolean
vqa_topic_shown (guint t, guint n, gboolean (*shows) (const char *class_name, gpointer user),
                 gpointer user)
{
  const char *answer = vqa_topic_answer (t, n);
  for (const vqa_topic_pair *p = vqa_topic_table[t].answers; p->class_name != NULL; p++)
    if (strcmp (p->answer, answer) == 0 && shows (p->class_name, user))
      return TRUE;
  return FALSE;
}

gboolean
vqa_topic_agrees (guint t)
{
  return vqa_topic_table[t].agree;
}

guint
vqa_topic_checks (guint t)
{
  guint n = 0;
  while (n < VQA_TOPIC_CHECKS && vqa_topic_table[t].check[n] != NULL)
    n++;
  return n;
}

/* "a carrot", also where people answer "carrots". */
static char *
noun_of (guint t, guint n)
{
  const vqa_topic_pair *p = &vqa_topic_table[t].answers[n];
  g_autofree char *plural = vqa_plural (p->class_name);

  if (vqa_topic_table[t].bare)
    return g_strdup (p->answer);
  return vqa_with_article (strcmp (plural, p->answer) == 0 ? p->class_name : p->answer);
}

static char *
fill_in (guint t, guint check, const char *noun)
{
  const char *format = vqa_topic_table[t].check[check % vqa_topic_checks (t)];
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
