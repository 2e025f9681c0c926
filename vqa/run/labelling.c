#include "vqa/run/labelling.h"

#include "nets/core/params_file.h"
#include "nets/zoo/zoo.h"
#include "vqa/run/squares.h"
#include "vqa/run/stop.h"

#include <math.h>
#include <string.h>

/* ---- words of captions ----------------------------------------------------------------------- */

/* Words that say nothing about what a picture shows. */
static gboolean
is_telling (const char *word)
{
  static const char *const empty[] = {
    "a",       "an",      "the",     "in",       "on",      "at",     "of",        "and",
    "with",    "is",      "are",     "was",      "be",      "being",  "his",       "her",
    "its",     "it",      "their",   "they",     "he",      "she",    "him",       "them",
    "to",      "from",    "for",     "by",       "as",      "into",   "onto",      "over",
    "under",   "up",      "down",    "out",      "off",     "there",  "that",      "this",
    "these",   "those",   "some",    "other",    "another", "one",    "each",      "while",
    "through", "near",    "next",    "front",    "behind",  "beside", "around",    "along",
    "across",  "about",   "between", "against",  "who",     "which",  "what",      "has",
    "have",    "very",    "large",   "small",    "big",     "little", "top",       "back",
    "side",    "holds",   "looks",   "picture",  "photo",   "image",  "something", "someone",
    "or",      "towards", "toward",  "together", "several", "many",   "two",
  };
  for (guint i = 0; i < G_N_ELEMENTS (empty); i++)
    if (strcmp (empty[i], word) == 0)
      return FALSE;
  return word[0] != '\0' && word[1] != '\0';
}

/* word -> how many of the photo's captions use it. */
static GHashTable *
words_of (const vqa_photo *p)
{
  GHashTable *used = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < p->captions->len; i++)
    {
      g_auto (GStrv) words = vqa_question_words (p->captions->pdata[i]);
      g_autoptr (GHashTable) here = g_hash_table_new (g_str_hash, g_str_equal);
      for (char **word = words; *word != NULL; word++)
        if (is_telling (*word) && g_hash_table_add (here, *word))
          g_hash_table_insert (
              used, g_strdup (*word),
              GUINT_TO_POINTER (GPOINTER_TO_UINT (g_hash_table_lookup (used, *word)) + 1));
    }
  return used;
}

typedef struct
{
  char *word;
  guint photos;
} frequency;

static int
by_frequency (gconstpointer a, gconstpointer b)
{
  const frequency *x = a, *y = b;
  return x->photos < y->photos ? 1 : x->photos > y->photos ? -1 : strcmp (x->word, y->word);
}

/* The commonest telling words of the training photographs' captions. */
static GPtrArray *
common_words (const vqa_examples *e)
{
  GPtrArray *words = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GHashTable) photos = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GArray) list = g_array_new (FALSE, FALSE, sizeof (frequency));
  GHashTableIter iter;
  gpointer word, count;

  for (guint i = 0; i < e->split[VQA_SPLIT_TRAIN]->len; i++)
    {
      const vqa_photo *p = e->photos->pdata[g_array_index (e->split[VQA_SPLIT_TRAIN], guint, i)];
      g_autoptr (GHashTable) used = p->captions != NULL ? words_of (p) : NULL;
      if (used == NULL)
        continue;
      g_hash_table_iter_init (&iter, used);
      while (g_hash_table_iter_next (&iter, &word, NULL))
        g_hash_table_insert (
            photos, g_strdup (word),
            GUINT_TO_POINTER (GPOINTER_TO_UINT (g_hash_table_lookup (photos, word)) + 1));
    }
  g_hash_table_iter_init (&iter, photos);
  while (g_hash_table_iter_next (&iter, &word, &count))
    {
      frequency f = { word, GPOINTER_TO_UINT (count) };
      g_array_append_val (list, f);
    }
  g_array_sort (list, by_frequency);
  for (guint i = 0; i < list->len && (int)i < e->recipe->label_words; i++)
    g_ptr_array_add (words, g_strdup (g_array_index (list, frequency, i).word));
  return words;
}

/* ---- values ---------------------------------------------------------------------------------- */

static void
label_photo (const vqa_labelling *l, const vqa_photo *p, guint classes, guint8 *values)
{
  memset (values, VQA_LABEL_UNKNOWN, l->n);
  for (guint c = 0; p->present != NULL && c < classes; c++)
    values[c] = p->present[c] ? VQA_LABEL_SURE : 0;
  if (p->captions != NULL && p->captions->len > 0)
    {
      g_autoptr (GHashTable) used = words_of (p);
      for (guint w = 0; w < l->words->len; w++)
        {
          guint n = GPOINTER_TO_UINT (g_hash_table_lookup (used, l->words->pdata[w]));
          /* What half of the captions mention is there for sure. */
          values[classes + w] = (guint8)(MIN (1.0, 2.0 * n / p->captions->len) * VQA_LABEL_SURE);
        }
    }
}

void
vqa_labelling_targets (const vqa_labelling *l, guint photo, float *targets, float *known)
{
  const guint8 *values = l->values + (gsize)photo * l->n;
  for (guint i = 0; i < l->n; i++)
    {
      known[i] = values[i] != VQA_LABEL_UNKNOWN;
      targets[i] = known[i] > 0 ? (float)values[i] / VQA_LABEL_SURE : 0;
    }
}

/* ---- the teacher ----------------------------------------------------------------------------- */

typedef struct
{
  const vqa_cache *pictures;
  vqa_run *run;
  int side;
  guint photos;
  nn_graph *graph;
  nn_node picture, logits;
  nn_params *params;
  nn_exec *exec;
} teacher;

static gboolean
ask_teacher (gsize row, void *to, gpointer user, GError **error)
{
  teacher *t = user;
  float *logits;
  double most = -INFINITY, sum = 0;

  if (vqa_stop_asked (error, "%s", VQA_STOPPED_TEXT))
    return FALSE;
  vqa_inputs_write (vqa_cache_row (t->pictures, row), t->side, FALSE, 1, 0, 0,
                    nn_data (t->exec, t->picture));
  nn_forward (t->exec);
  logits = nn_data (t->exec, t->logits);
  for (int i = 0; i < VQA_TEACHER_CLASSES; i++)
    most = MAX (most, logits[i]);
  for (int i = 0; i < VQA_TEACHER_CLASSES; i++)
    sum += exp (logits[i] - most);
  for (int i = 0; i < VQA_TEACHER_CLASSES; i++)
    logits[i] = (float)(exp (logits[i] - most) / sum);
  nn_f32_to_f16 (logits, to, VQA_TEACHER_CLASSES);
  vqa_run_preparing (t->run, "teacher", row + 1, t->photos);
  return TRUE;
}

static gboolean
open_teacher (teacher *t, const char *path, GError **error)
{
  g_autoptr (nn_file) file = nn_file_open (path, error);
  nn_mobilenetv2_nodes net;

  if (file == NULL)
    return FALSE;
  t->graph = nn_graph_new ();
  t->picture = nn_images (t->graph, "picture", t->side, t->side, 3);
  net = nn_mobilenetv2_folded (t->graph, "", t->picture, TRUE);
  t->logits
      = nn_keep (t->graph, nn_linear (t->graph, "classifier", nn_global_mean (t->graph, net.head),
                                      VQA_TEACHER_CLASSES));
  if (!nn_graph_check (t->graph, error))
    return FALSE;
  t->params = nn_params_new_zero ((const nn_graph *const[]){ t->graph }, 1, error);
  if (t->params == NULL || !nn_params_read (t->params, file, "", "", error))
    return FALSE;
  t->exec = nn_exec_new (t->graph, t->params, NN_INFER, 1, error);
  return t->exec != NULL;
}

static vqa_cache *
teach (const vqa_examples *e, const vqa_cache *pictures, vqa_run *r, GError **error)
{
  teacher t = {
    .pictures = pictures, .run = r, .side = e->contents->spec.side, .photos = e->photos->len
  };
  g_autoptr (GString) key = vqa_inputs_key (e);
  g_autofree char *path = NULL;
  vqa_cache *cache = NULL;

  g_string_append (key, "teacher ");
  vqa_squares_add_file (key, e->recipe->backbone);
  path = vqa_squares_path ("teacher", key->str);
  if (open_teacher (&t, e->recipe->backbone, error))
    cache = vqa_cache_open (path, key->str, e->photos->len, VQA_TEACHER_CLASSES * sizeof (uint16_t),
                            ask_teacher, &t, error);
  nn_exec_free (t.exec);
  nn_params_free (t.params);
  nn_graph_free (t.graph);
  return cache;
}

void
vqa_labelling_teacher (const vqa_labelling *l, guint photo, float *to)
{
  nn_f16_to_f32 (vqa_cache_row (l->teacher, photo), to, VQA_TEACHER_CLASSES);
}

/* ---- all of it ------------------------------------------------------------------------------- */

guint
vqa_labelling_count (const vqa_examples *e)
{
  g_autoptr (GPtrArray) words = common_words (e);
  return e->classes->len + words->len;
}

vqa_labelling *
vqa_labelling_new (const vqa_examples *e, gboolean ask, const vqa_cache *pictures, vqa_run *r,
                   GError **error)
{
  g_autoptr (vqa_labelling) l = g_new0 (vqa_labelling, 1);

  l->words = common_words (e);
  l->n = e->classes->len + l->words->len;
  l->values = g_malloc ((gsize)e->photos->len * l->n + 1);
  for (guint i = 0; i < e->photos->len; i++)
    label_photo (l, e->photos->pdata[i], e->classes->len, l->values + (gsize)i * l->n);
  if (ask && e->recipe->backbone != NULL)
    {
      l->teacher = teach (e, pictures, r, error);
      if (l->teacher == NULL)
        return NULL;
    }
  return g_steal_pointer (&l);
}

void
vqa_labelling_free (vqa_labelling *l)
{
  if (l == NULL)
    return;
  g_ptr_array_unref (l->words);
  g_free (l->values);
  vqa_cache_close (l->teacher);
  g_free (l);
}
