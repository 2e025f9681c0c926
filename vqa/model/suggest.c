#include "vqa/model/suggest.h"

#include "vqa/data/kinds.h"
#include "vqa/model/facts.h"

/* Of each kind, most useful first; what a model has no words for is left out. */
static const char *const questions[] = {
  "Is there a person?",
  "Is there a dog?",
  "Is there a car?",
  "Is there a red cube?",
  "Are there any small spheres?",
  "What animal is this?",
  "What vehicle is this?",
  "What food is this?",
  "What sport is this?",
  "What room is this?",
  "Where is this?",
  "What is the person doing?",
  "What is the person wearing?",
  "What color is it?",
  "How many people are there?",
  "How many cubes are there?",
  "How many metal things are there?",
  "Is this inside or outside?",
  "Is this a kitchen or a bedroom?",
  "Is it daytime?",
  "Is this a kitchen?",
  "What is in the picture?",
};

static gboolean
knows (const vqa_contents *c, const char *question)
{
  g_auto (GStrv) words = vqa_question_words (question);

  for (char **word = words; *word != NULL; word++)
    if (!g_hash_table_contains (c->index, *word))
      return FALSE;
  return TRUE;
}

static int
by_gain (gconstpointer a, gconstpointer b)
{
  const vqa_fact *p = *(vqa_fact *const *)a, *q = *(vqa_fact *const *)b;
  double gain = (p->accuracy - p->blind) - (q->accuracy - q->blind);

  return gain > 0 ? -1 : gain < 0 ? 1 : 0;
}

/* Facts (borrowed) of the kinds it is good at, those first where looking helps most. */
static GPtrArray *
good_kinds (const vqa_facts *facts)
{
  GPtrArray *good = g_ptr_array_new ();

  for (guint i = 0; i < facts->kinds->len; i++)
    if (vqa_fact_is_good (facts->kinds->pdata[i]))
      g_ptr_array_add (good, facts->kinds->pdata[i]);
  g_ptr_array_sort (good, by_gain);
  return good;
}

/* The n-th question of a kind in the model's words; NULL: there are fewer. */
static const char *
nth_question (const vqa_contents *c, vqa_kind kind, guint n)
{
  for (guint i = 0; i < G_N_ELEMENTS (questions); i++)
    if (vqa_question_kind (questions[i]) == kind && knows (c, questions[i]) && n-- == 0)
      return questions[i];
  return NULL;
}

char **
vqa_suggest (const vqa_contents *contents)
{
  g_autoptr (vqa_facts) facts = vqa_facts_read (contents->scores);
  g_autoptr (GPtrArray) good = good_kinds (facts);
  g_autoptr (GStrvBuilder) list = g_strv_builder_new ();
  gboolean more = TRUE;

  for (guint n = 0; more; n++)
    {
      more = FALSE;
      for (guint i = 0; i < good->len; i++)
        {
          const vqa_fact *fact = good->pdata[i];
          const char *text = nth_question (contents, vqa_kind_named (fact->name), n);

          if (text == NULL)
            continue;
          g_strv_builder_add (list, text);
          more = TRUE;
        }
    }
  return g_strv_builder_end (list);
}
