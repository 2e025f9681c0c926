/* Which words a network knows and which answers it can give. */
#include "vqa/data/existence.h"
#include "vqa/data/topics.h"
#include "vqa/run/examples.h"

#include <string.h>

/* How often each text occurs; sorted by that, then by text. */
typedef struct
{
  const char *text;
  double count;
} tally;

static int
by_count (gconstpointer a, gconstpointer b)
{
  const tally *x = a, *y = b;
  return x->count < y->count ? 1 : x->count > y->count ? -1 : strcmp (x->text, y->text);
}

static void
count_text (GHashTable *counts, const char *text, double by)
{
  double *count = g_hash_table_lookup (counts, text);
  if (count == NULL)
    {
      count = g_new0 (double, 1);
      g_hash_table_insert (counts, g_strdup (text), count);
    }
  *count += by;
}

static GArray *
sorted_counts (GHashTable *counts)
{
  GArray *list = g_array_new (FALSE, FALSE, sizeof (tally));
  GHashTableIter iter;
  gpointer text, count;
  g_hash_table_iter_init (&iter, counts);
  while (g_hash_table_iter_next (&iter, &text, &count))
    {
      tally t = { text, *(double *)count };
      g_array_append_val (list, t);
    }
  g_array_sort (list, by_count);
  return list;
}

/* More than any text occurs. */
#define ALWAYS 1e9

static void
count_words (GHashTable *counts, const char *question)
{
  g_auto (GStrv) words = vqa_question_words (question);
  for (char **word = words; *word != NULL; word++)
    count_text (counts, *word, 1);
}

/* The commonest English words of the recipe's word list fill what the questions leave. */
static gboolean
fill_vocabulary (vqa_examples *e, GError **error)
{
  g_autofree char *path = NULL, *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (e->recipe->words == NULL)
    return TRUE;
  path = g_build_filename (e->recipe->words, "words.txt", NULL);
  if (!g_file_get_contents (path, &text, NULL, error))
    return FALSE;
  lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; *line != NULL; line++)
    if ((int)e->contents->words->len < e->recipe->vocabulary && g_ascii_isalpha (**line)
        && !g_hash_table_contains (e->contents->index, *line))
      vqa_contents_add_word (e->contents, *line);
  return TRUE;
}

/* A made question counts less: what people ask decides which answers there are. */
#define MADE_SHARE 0.02

static void
count_made (const vqa_photo *p, GHashTable *words, GHashTable *answers)
{
  for (guint i = 0; p->texts != NULL && i < p->texts->len; i++)
    {
      const vqa_made *m = p->texts->pdata[i];
      count_words (words, m->question);
      count_text (answers, m->answer, MADE_SHARE);
    }
}

/* Lists of things stand once, mostly: too seldom to be learned, and they would crowd out answers
 * that are given again and again. */
#define LIST_SHARE 0.25

/* However seldom it comes, each answer about scenes can be given. */
static void
count_scene_answers (GHashTable *answers)
{
  for (int n = 0; n <= VQA_SCENE_MOST; n++)
    {
      g_autofree char *number = g_strdup_printf ("%d", n);
      count_text (answers, number, 1);
    }
  for (int a = 0; a < VQA_ATTRIBUTES; a++)
    for (int v = 0; v < vqa_scene_values ((vqa_attribute)a); v++)
      count_text (answers, vqa_scene_value ((vqa_attribute)a, v), 1);
}

/* The words of questions about the first training scenes stand for all. */
static gboolean
count_scenes (const vqa_examples *e, GHashTable *words, GHashTable *answers, GError **error)
{
  g_autoptr (vqa_set) set = NULL;

  if (e->recipe->scenes == NULL)
    return TRUE;
  set = vqa_scene_set_open (e->recipe->scenes, 0, error);
  for (guint i = 0; set != NULL && i < set->questions->len; i++)
    {
      const vqa_question *q = set->questions->pdata[i];
      count_words (words, q->text);
      count_text (answers, q->answers[0], 1);
    }
  count_scene_answers (answers);
  return set != NULL;
}

static gboolean
is_class (const char *name, gpointer user)
{
  return vqa_examples_class (user, name) >= 0;
}

static gboolean
collect_words (vqa_examples *e, GHashTable *words, GHashTable *answers, GError **error)
{
  g_autoptr (GArray) list = NULL;

  for (guint i = 0; i < e->split[VQA_SPLIT_TRAIN]->len; i++)
    {
      const vqa_photo *p = e->photos->pdata[g_array_index (e->split[VQA_SPLIT_TRAIN], guint, i)];
      for (guint k = 0; k < p->examples->len; k++)
        {
          const vqa_question *q = ((vqa_example *)p->examples->pdata[k])->source;
          guint n = g_strv_length (q->answers);
          count_words (words, q->text);
          for (char **answer = q->answers; *answer != NULL; answer++)
            {
              g_autofree char *text = vqa_normalise_answer (*answer);
              if (*text != '\0')
                count_text (answers, text, (strchr (*answer, ',') != NULL ? LIST_SHARE : 1.0) / n);
            }
        }
      count_made (p, words, answers);
    }
  /* Existence questions cannot do without these two, so no limit may cut them off. */
  if (e->classes->len > 0)
    {
      count_text (answers, "yes", ALWAYS);
      count_text (answers, "no", ALWAYS);
    }
  for (guint c = 0; c < e->classes->len; c++)
    for (guint i = 0; i < vqa_existence_phrasings (); i++)
      {
        g_autofree char *text = vqa_existence_question (e->classes->pdata[c], i);
        count_words (words, text);
      }
  for (guint t = 0; e->classes->len > 0 && t < vqa_topics (); t++)
    {
      for (guint i = 0; i < vqa_topic_phrasings (t); i++)
        count_words (words, vqa_topic_question (t, i));
      for (guint i = 0; vqa_topic_answer (t, i) != NULL; i++)
        {
          if (!vqa_topic_shown (t, i, is_class, e))
            continue;
          count_text (answers, vqa_topic_answer (t, i), 1);
          for (guint k = 0; k < vqa_topic_checks (t); k++)
            {
              g_autofree char *text = vqa_topic_check (t, i, k);
              g_autofree char *choice = vqa_topic_choice (t, i, 0, k);
              count_words (words, text);
              count_words (words, choice);
            }
        }
    }
  if (!count_scenes (e, words, answers, error))
    return FALSE;
  list = sorted_counts (words);
  for (guint i = 0; i < list->len && (int)i < e->recipe->vocabulary; i++)
    vqa_contents_add_word (e->contents, g_array_index (list, tally, i).text);
  return fill_vocabulary (e, error);
}

static GHashTable *
counter (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

gboolean
vqa_examples_vocabulary (vqa_examples *e, GError **error)
{
  g_autoptr (GHashTable) words = counter (), answers = counter ();
  g_autoptr (GArray) list = NULL;

  if (!collect_words (e, words, answers, error))
    return FALSE;
  list = sorted_counts (answers);
  for (guint i = 0; i < list->len && (int)i < e->recipe->answers; i++)
    vqa_contents_add_answer (e->contents, g_array_index (list, tally, i).text);
  e->contents->spec = e->recipe->spec;
  e->contents->spec.words = (int)e->contents->words->len;
  e->contents->spec.answers = (int)e->contents->answers->len;
  if (e->contents->words->len > 0 && e->contents->answers->len > 0)
    return TRUE;
  g_set_error (
      error, VQA_ERROR, VQA_ERROR_DATA, "%s: no question about a training picture has %s to learn",
      e->recipe->questions != NULL && e->recipe->questions[0] != NULL ? e->recipe->questions[0]
      : e->recipe->classes != NULL                                    ? e->recipe->classes
                                                                      : "the recipe's sets",
      e->contents->words->len > 0 ? "an answer" : "a word");
  return FALSE;
}

/* "book,toy" as people write it: "book, toy". */
static char *
written_list (const char *answer)
{
  g_auto (GStrv) things = g_strsplit (answer, ",", -1);
  for (char **thing = things; *thing != NULL; thing++)
    g_strstrip (*thing);
  return g_strjoinv (", ", things);
}

static void
restore_list (GPtrArray *answers, GHashTable *positions, const char *answer)
{
  g_autofree char *key = vqa_normalise_answer (answer);
  guint position = GPOINTER_TO_UINT (g_hash_table_lookup (positions, key));

  if (position == 0)
    return;
  g_hash_table_remove (positions, key);
  g_free (answers->pdata[position - 1]);
  answers->pdata[position - 1] = written_list (answer);
}

void
vqa_examples_restore_lists (vqa_examples *e)
{
  GPtrArray *answers = e->contents->answers;
  g_autoptr (GHashTable) positions = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < answers->len; i++)
    g_hash_table_insert (positions, g_strdup (answers->pdata[i]), GUINT_TO_POINTER (i + 1));
  for (guint s = 0; s < e->sets->len; s++)
    {
      const vqa_set *set = e->sets->pdata[s];
      for (guint k = 0; set->whole && k < set->questions->len; k++)
        {
          const vqa_question *q = set->questions->pdata[k];
          for (char **answer = q->answers; answer != NULL && *answer != NULL; answer++)
            if (strchr (*answer, ',') != NULL)
              restore_list (answers, positions, *answer);
        }
    }
}
