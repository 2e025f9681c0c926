#include "vqa/run/examples.h"

#include "vqa/data/boxes.h"
#include "vqa/data/existence.h"
#include "vqa/data/topics.h"
#include "vqa/run/scenes.h"

#include <string.h>

/* ---- photographs and questions ----------------------------------------------------------- */

static void
example_free (gpointer data)
{
  vqa_example *x = data;
  g_free (x->words);
  g_free (x->targets);
  g_free (x);
}

static void
photo_free (gpointer data)
{
  vqa_photo *p = data;
  g_free (p->path);
  g_free (p->file);
  g_free (p->present);
  g_array_unref (p->topics);
  g_clear_pointer (&p->captions, g_ptr_array_unref);
  g_clear_pointer (&p->texts, g_ptr_array_unref);
  g_clear_pointer (&p->made, g_ptr_array_unref);
  g_ptr_array_unref (p->examples);
  g_free (p);
}

vqa_photo *
vqa_photo_new (const char *path, const char *file)
{
  vqa_photo *p = g_new0 (vqa_photo, 1);
  p->path = g_strdup (path);
  p->file = g_strdup (file);
  p->examples = g_ptr_array_new_with_free_func (example_free);
  p->topics = g_array_new (FALSE, FALSE, sizeof (vqa_topic_fit));
  return p;
}

void
vqa_photo_ask (vqa_photo *p, const vqa_question *q)
{
  vqa_example *x = g_new0 (vqa_example, 1);
  x->source = q;
  g_ptr_array_add (p->examples, x);
}

static vqa_photo *
photo_for (GHashTable *by_path, const char *path)
{
  vqa_photo *p = g_hash_table_lookup (by_path, path);
  if (p == NULL)
    {
      g_autofree char *file = g_path_get_basename (path);
      p = vqa_photo_new (path, file);
      g_hash_table_insert (by_path, p->path, p);
    }
  return p;
}

/* Takes the set; whole: it is not beside the recipe's images. */
static gboolean
take_set (vqa_examples *e, GHashTable *by_path, vqa_set *set, gboolean whole)
{
  if (set == NULL)
    return FALSE;
  g_ptr_array_add (e->sets, set);
  for (guint k = 0; k < set->questions->len; k++)
    {
      vqa_question *q = set->questions->pdata[k];
      const char *path = vqa_set_picture (set, q->image_id);
      vqa_photo *p = path != NULL ? photo_for (by_path, path) : NULL;
      if (p == NULL)
        {
          e->missing++;
          continue;
        }
      p->whole = p->whole || whole;
      vqa_photo_ask (p, q);
      ((vqa_example *)p->examples->pdata[p->examples->len - 1])->set = e->sets->len - 1;
    }
  return TRUE;
}

static gboolean
read_questions (vqa_examples *e, GHashTable *by_path, GError **error)
{
  const vqa_recipe *r = e->recipe;
  const struct
  {
    char **folders;
    vqa_set *(*open) (const char *folder, GError **error);
  } kinds[] = { { r->vqa2, vqa_set_open },
                { r->daquar, vqa_daquar_open },
                { r->easyvqa, vqa_easyvqa_open } };

  for (guint i = 0; r->questions != NULL && r->questions[i] != NULL; i++)
    if (!take_set (e, by_path, vqa_set_read (r->questions[i], r->annotations[i], r->images, error),
                   FALSE))
      return FALSE;
  for (guint k = 0; k < G_N_ELEMENTS (kinds); k++)
    for (char **folder = kinds[k].folders; folder != NULL && *folder != NULL; folder++)
      if (!take_set (e, by_path, kinds[k].open (*folder, error), TRUE))
        return FALSE;
  return TRUE;
}

static int
by_name (const void *a, const void *b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

int
vqa_examples_class (const vqa_examples *e, const char *name)
{
  char **first = (char **)e->classes->pdata;
  char **found = bsearch (&name, first, e->classes->len, sizeof (char *), by_name);
  return found != NULL ? (int)(found - first) : -1;
}

static gboolean
read_classes (vqa_examples *e, GHashTable *by_path, GError **error)
{
  g_autoptr (GPtrArray) rows = NULL;

  if (e->recipe->classes == NULL)
    {
      e->classes = g_ptr_array_new ();
      return TRUE;
    }
  rows = vqa_classes_read (e->recipe->classes, &e->classes, error);
  if (rows == NULL)
    return FALSE;
  for (guint i = 0; i < rows->len; i++)
    {
      const vqa_class_row *row = rows->pdata[i];
      g_autofree char *path = g_build_filename (e->recipe->images, row->file, NULL);
      vqa_photo *p;
      if (!g_file_test (path, G_FILE_TEST_IS_REGULAR))
        continue;
      p = photo_for (by_path, path);
      if (p->present == NULL)
        p->present = g_new0 (guint8, e->classes->len);
      for (char **name = row->classes; *name != NULL; name++)
        {
          int position = vqa_examples_class (e, *name);
          if (position >= 0)
            p->present[position] = 1;
        }
    }
  return TRUE;
}

static gboolean
read_captions (vqa_examples *e, GHashTable *by_path, GError **error)
{
  g_autoptr (GPtrArray) list = NULL;

  if (e->recipe->captions == NULL)
    return TRUE;
  list = vqa_captions_read (e->recipe->captions, error);
  for (guint i = 0; list != NULL && i < list->len; i++)
    {
      const vqa_captioned *c = list->pdata[i];
      g_autofree char *path = g_build_filename (e->recipe->images, c->file, NULL);
      vqa_photo *p;
      if (!g_file_test (path, G_FILE_TEST_IS_REGULAR))
        continue;
      p = photo_for (by_path, path);
      g_clear_pointer (&p->captions, g_ptr_array_unref);
      p->captions = g_ptr_array_ref (c->sentences);
    }
  return list != NULL;
}

/* Adds questions to the texts of a photo; takes the array. */
static void
add_texts (vqa_photo *p, GPtrArray *texts)
{
  if (p->texts == NULL)
    p->texts = texts;
  else
    g_ptr_array_extend_and_steal (p->texts, texts);
}

/* Colours are read off the pixels, so the pictures with boxes are decoded. */
static gboolean
read_boxes (vqa_examples *e, GHashTable *by_path, GError **error)
{
  int side = e->recipe->spec.side;

  for (char **file = e->recipe->boxes; file != NULL && *file != NULL; file++)
    {
      g_autoptr (GPtrArray) list = vqa_boxes_read (*file, error);
      if (list == NULL)
        return FALSE;
      for (guint i = 0; i < list->len; i++)
        {
          const vqa_boxed *b = list->pdata[i];
          g_autofree char *path = g_build_filename (e->recipe->images, b->file, NULL);
          g_autoptr (vqa_picture) pixels = NULL;
          if (!g_file_test (path, G_FILE_TEST_IS_REGULAR))
            continue;
          pixels = vqa_picture_load (path, side, 0, NULL);
          add_texts (photo_for (by_path, path),
                     vqa_box_questions (b, pixels != NULL ? pixels->square : NULL, side,
                                        g_str_hash (b->file)));
        }
    }
  return TRUE;
}

static int
by_file_name (gconstpointer a, gconstpointer b)
{
  const vqa_photo *p = *(vqa_photo *const *)a, *q = *(vqa_photo *const *)b;
  int order = strcmp (p->file, q->file);
  return order != 0 ? order : strcmp (p->path, q->path);
}

/* Part of a name's SHA-1 as a number from 0 to 1: the same on every machine. */
static double
name_share (const char *purpose, const char *file)
{
  g_autofree char *name = g_strconcat (purpose, " ", file, NULL);
  g_autofree char *hash = g_compute_checksum_for_string (G_CHECKSUM_SHA1, name, -1);
  hash[8] = '\0';
  return (double)g_ascii_strtoull (hash, NULL, 16) / 4294967296.0;
}

static gboolean
is_held_out (const vqa_examples *e, const vqa_photo *p, GHashTable *validation)
{
  return g_hash_table_contains (validation, p->file)
         || (p->whole && name_share ("holdout", p->file) < e->recipe->holdout / 100);
}

static gboolean
split_photos (vqa_examples *e, GError **error)
{
  g_autoptr (GHashTable) validation = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  if (e->recipe->validation != NULL)
    {
      g_autofree char *text = NULL;
      g_auto (GStrv) lines = NULL;
      if (!g_file_get_contents (e->recipe->validation, &text, NULL, error))
        return FALSE;
      lines = g_strsplit_set (text, "\r\n", -1);
      for (char **line = lines; *line != NULL; line++)
        g_hash_table_add (validation, g_strdup (*line));
    }
  for (guint i = 0; i < e->photos->len; i++)
    {
      vqa_photo *p = e->photos->pdata[i];
      p->split = p->drawn                         ? p->split
                 : is_held_out (e, p, validation) ? VQA_SPLIT_VALIDATION
                 : name_share ("calibration", p->file) < e->recipe->calibration / 100
                     ? VQA_SPLIT_CALIBRATION
                     : VQA_SPLIT_TRAIN;
      g_array_append_val (e->split[p->split], i);
      for (guint k = 0; p->present != NULL && k < e->classes->len; k++)
        p->n_present += p->present[k];
      if (p->captions != NULL)
        add_texts (p, vqa_caption_questions (p->captions, g_str_hash (p->file)));
    }
  if (e->split[VQA_SPLIT_TRAIN]->len > 0)
    return TRUE;
  g_set_error (error, VQA_ERROR, VQA_ERROR_DATA,
               "%s: none of the questions' pictures is there to train on",
               e->recipe->images != NULL ? e->recipe->images : "the recipe's sets");
  return FALSE;
}

/* ---- ids and targets --------------------------------------------------------------------- */

static gboolean
is_side (const char *answer)
{
  return strcmp (answer, "left") == 0 || strcmp (answer, "right") == 0;
}

static gboolean
is_sided (const char *question)
{
  g_auto (GStrv) words = vqa_question_words (question);
  return g_strv_contains ((const char *const *)words, "left")
         || g_strv_contains ((const char *const *)words, "right");
}

static void
encode_example (vqa_examples *e, vqa_example *x, GHashTable *positions)
{
  const vqa_question *q = x->source;
  guint n = g_strv_length (q->answers);

  x->words = g_new (int32_t, e->contents->spec.max_words);
  vqa_net_words (e->contents->index, q->text, e->contents->spec.max_words, x->words, NULL);
  x->targets = g_new0 (vqa_target, n);
  x->sided = is_sided (q->text);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *text = vqa_normalise_answer (q->answers[i]);
      int position = GPOINTER_TO_INT (g_hash_table_lookup (positions, text)) - 1;
      guint k = 0;
      if (position < 0)
        continue;
      while (k < x->n_targets && x->targets[k].answer != position)
        k++;
      x->targets[k].answer = position;
      x->targets[k].weight += (float)(e->recipe->human / n);
      x->n_targets = MAX (x->n_targets, k + 1);
      x->sided = x->sided || is_side (text);
    }
}

/* Encodes the questions made from captions whose answer the network can give. */
static void
encode_made (vqa_examples *e, vqa_photo *p, GHashTable *positions)
{
  if (p->texts == NULL)
    return;
  p->made = g_ptr_array_new_with_free_func (example_free);
  for (guint i = 0; i < p->texts->len; i++)
    {
      const vqa_made *m = p->texts->pdata[i];
      int position = GPOINTER_TO_INT (g_hash_table_lookup (positions, m->answer)) - 1;
      vqa_example *x;
      if (position < 0)
        continue;
      x = g_new0 (vqa_example, 1);
      x->words = g_new (int32_t, e->contents->spec.max_words);
      vqa_net_words (e->contents->index, m->question, e->contents->spec.max_words, x->words, NULL);
      x->sided = is_sided (m->question) || is_side (m->answer);
      x->targets = g_new0 (vqa_target, 1);
      x->targets[0] = (vqa_target){ position, 1 };
      x->n_targets = 1;
      g_ptr_array_add (p->made, x);
    }
}

/* A photo of a set, to be asked what it shows. */
typedef struct
{
  const vqa_examples *examples;
  const vqa_photo *photo;
} viewer;

static gboolean
shows (const char *class_name, gpointer user)
{
  const viewer *v = user;
  int position = vqa_examples_class (v->examples, class_name);
  return position >= 0 && v->photo->present[position];
}

static void
fit_topics (vqa_examples *e, vqa_photo *p, GHashTable *positions)
{
  viewer v = { e, p };
  for (guint t = 0; p->present != NULL && t < vqa_topics (); t++)
    {
      const char *answers[2];
      vqa_topic_fit fit = { .topic = t };
      guint n = vqa_topic_answers (t, shows, &v, 2, answers);
      for (guint i = 0; i < n; i++)
        {
          int position = GPOINTER_TO_INT (g_hash_table_lookup (positions, answers[i])) - 1;
          if (position >= 0)
            fit.answer[fit.n_answers++] = position;
        }
      fit.right = -1;
      for (guint i = 0; n > 0 && vqa_topic_answer (t, i) != NULL; i++)
        if (n == 1 && strcmp (vqa_topic_answer (t, i), answers[0]) == 0)
          fit.right = (int)i;
        else if (!vqa_topic_shown (t, i, shows, &v))
          fit.wrong |= (guint64)1 << i;
      if (fit.n_answers > 0)
        g_array_append_val (p->topics, fit);
    }
}

static void
encode_topics (vqa_examples *e)
{
  int T = e->contents->spec.max_words;
  e->topic_words = g_ptr_array_new_with_free_func (g_free);
  for (guint t = 0; t < vqa_topics (); t++)
    {
      int32_t *words = g_new0 (int32_t, (gsize)vqa_topic_phrasings (t) * T);
      for (guint i = 0; i < vqa_topic_phrasings (t); i++)
        vqa_net_words (e->contents->index, vqa_topic_question (t, i), T, words + (gsize)i * T,
                       NULL);
      g_ptr_array_add (e->topic_words, words);
    }
}

static void
encode (vqa_examples *e)
{
  GHashTable *positions = e->positions = g_hash_table_new (g_str_hash, g_str_equal);
  guint phrasings = vqa_existence_phrasings ();
  int T = e->contents->spec.max_words;

  for (guint i = 0; i < e->contents->answers->len; i++)
    g_hash_table_insert (positions, e->contents->answers->pdata[i], GUINT_TO_POINTER (i + 1));
  e->yes = GPOINTER_TO_INT (g_hash_table_lookup (positions, "yes")) - 1;
  e->no = GPOINTER_TO_INT (g_hash_table_lookup (positions, "no")) - 1;
  for (guint i = 0; i < e->photos->len; i++)
    {
      vqa_photo *p = e->photos->pdata[i];
      for (guint k = 0; k < p->examples->len; k++)
        {
          ((vqa_example *)p->examples->pdata[k])->photo = i;
          encode_example (e, p->examples->pdata[k], positions);
        }
      encode_made (e, p, positions);
      fit_topics (e, p, positions);
    }
  if (e->recipe->balance)
    vqa_examples_balance (e);
  vqa_examples_pair (e);
  encode_topics (e);
  e->existence = g_new0 (int32_t, (gsize)e->classes->len * phrasings * T + 1);
  for (guint c = 0; c < e->classes->len; c++)
    for (guint i = 0; i < phrasings; i++)
      {
        g_autofree char *text = vqa_existence_question (e->classes->pdata[c], i);
        vqa_net_words (e->contents->index, text, T, e->existence + ((gsize)c * phrasings + i) * T,
                       NULL);
      }
}

static void
count_classes (vqa_examples *e)
{
  e->labels = vqa_label_table_new (e->classes->len);
  for (guint i = 0; i < e->split[VQA_SPLIT_TRAIN]->len; i++)
    {
      const vqa_photo *p = e->photos->pdata[g_array_index (e->split[VQA_SPLIT_TRAIN], guint, i)];
      if (p->present != NULL)
        vqa_label_table_add (e->labels, p->present);
    }
}

/* A photograph that people asked this much about comes more often, or most of its questions would
 * be learned from too seldom. */
#define PLENTY 5
#define VISITS 3
/* Of the photographs that nobody asked about, one in so many comes with those people asked about,
 * so that what only they teach is not forgotten. */
#define OTHERS 3

static void
count_visits (vqa_examples *e)
{
  gboolean people = FALSE;

  for (guint i = 0; i < e->split[VQA_SPLIT_TRAIN]->len; i++)
    {
      guint number = g_array_index (e->split[VQA_SPLIT_TRAIN], guint, i);
      guint questions = ((vqa_photo *)e->photos->pdata[number])->examples->len;
      for (guint k = 0; k < (questions >= PLENTY ? VISITS : 1); k++)
        {
          g_array_append_val (e->visited, number);
          if (questions > 0 || i % OTHERS == 0)
            g_array_append_val (e->asked, number);
        }
      people = people || questions > 0;
    }
  if (!people)
    g_array_set_size (e->asked, 0);
}

vqa_examples *
vqa_examples_read (const vqa_recipe *r, GError **error)
{
  g_autoptr (vqa_examples) e = g_new0 (vqa_examples, 1);
  g_autoptr (GHashTable) by_path = g_hash_table_new (g_str_hash, g_str_equal);
  GHashTableIter iter;
  gpointer photo;
  gboolean ok;

  e->recipe = r;
  e->contents = vqa_contents_new ();
  e->sets = g_ptr_array_new_with_free_func ((GDestroyNotify)vqa_set_free);
  e->photos = g_ptr_array_new_with_free_func (photo_free);
  e->verdicts = g_ptr_array_new_with_free_func ((GDestroyNotify)g_ptr_array_unref);
  e->visited = g_array_new (FALSE, FALSE, sizeof (guint));
  e->asked = g_array_new (FALSE, FALSE, sizeof (guint));
  for (int i = 0; i < VQA_N_SPLITS; i++)
    e->split[i] = g_array_new (FALSE, FALSE, sizeof (guint));
  ok = read_questions (e, by_path, error) && read_classes (e, by_path, error)
       && read_captions (e, by_path, error) && read_boxes (e, by_path, error);
  g_hash_table_iter_init (&iter, by_path);
  while (g_hash_table_iter_next (&iter, NULL, &photo))
    g_ptr_array_add (e->photos, photo);
  g_ptr_array_sort (e->photos, by_file_name);
  e->n_files = e->photos->len;
  if (!ok || !vqa_scenes_add (e, error) || !split_photos (e, error)
      || !vqa_examples_vocabulary (e, error))
    return NULL;
  encode (e);
  count_classes (e);
  count_visits (e);
  return g_steal_pointer (&e);
}

char *
vqa_examples_meaning (const vqa_contents *c)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);

  for (guint i = 0; i < c->words->len; i++)
    g_checksum_update (sum, c->words->pdata[i], (gssize)strlen (c->words->pdata[i]) + 1);
  for (guint i = 0; i < c->answers->len; i++)
    g_checksum_update (sum, c->answers->pdata[i], (gssize)strlen (c->answers->pdata[i]) + 1);
  return g_strdup (g_checksum_get_string (sum));
}

char *
vqa_examples_hash (const vqa_examples *e)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  int T = e->contents->spec.max_words;

  for (guint i = 0; i < e->photos->len; i++)
    {
      const vqa_photo *p = e->photos->pdata[i];
      g_checksum_update (sum, (const guchar *)p->file, (gssize)strlen (p->file) + 1);
      g_checksum_update (sum, (const guchar *)&p->split, sizeof p->split);
      for (guint k = 0; k < p->examples->len; k++)
        {
          const vqa_example *x = p->examples->pdata[k];
          g_checksum_update (sum, (const guchar *)x->words, T * (gssize)sizeof *x->words);
          g_checksum_update (sum, (const guchar *)x->targets,
                             x->n_targets * (gssize)sizeof *x->targets);
        }
    }
  return g_strdup (g_checksum_get_string (sum));
}

void
vqa_examples_free (vqa_examples *e)
{
  if (e == NULL)
    return;
  g_ptr_array_unref (e->photos);
  g_ptr_array_unref (e->sets);
  g_ptr_array_unref (e->verdicts);
  g_array_unref (e->visited);
  g_array_unref (e->asked);
  for (int i = 0; i < VQA_N_SPLITS; i++)
    g_array_unref (e->split[i]);
  if (e->classes != NULL)
    g_ptr_array_unref (e->classes);
  if (e->topic_words != NULL)
    g_ptr_array_unref (e->topic_words);
  g_clear_pointer (&e->positions, g_hash_table_unref);
  vqa_contents_free (e->contents);
  vqa_label_table_free (e->labels);
  g_free (e->existence);
  g_free (e);
}
