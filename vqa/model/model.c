/* The answering model as one object. Features of recent pictures are kept, so that a second
 * question costs only the part of the network that the question modulates. */
#include "vqa/model/model-private.h"
#include "vqa/model/suggest.h"

#include <math.h>
#include <string.h>
#include <sys/stat.h>

#define KEPT_PICTURES 32

/* ---- loading --------------------------------------------------------------------------------- */

static char *
name_of (const char *path)
{
  char *name = g_path_get_basename (path);
  char *dot = strrchr (name, '.');
  if (dot != NULL && dot != name)
    *dot = '\0';
  return name;
}

/* What the contents tell; info->path is there. */
static void
fill_texts (vqa_model_info *i, const vqa_contents *c)
{
  struct stat file;

  i->name = name_of (i->path);
  i->bytes = stat (i->path, &file) == 0 ? file.st_size : 0;
  i->title = g_strdup (c->title != NULL ? c->title : i->name);
  i->side = c->spec.side;
  i->n_answers = c->spec.answers;
  i->n_words = c->spec.words;
  i->description = g_strdup (c->description);
  i->terms = g_strdup (c->terms);
  i->recipe = g_strdup (c->recipe);
  i->scores = g_strdup (c->scores);
  i->suggestions = vqa_suggest (c);
  i->temperature = c->temperature;
  i->blind_temperature = c->blind_temperature;
}

static gboolean
fill_info (vqa_model *m, GError **error)
{
  vqa_model_info *i = &m->info;

  fill_texts (i, m->contents);
  m->file = g_mapped_file_new (i->path, FALSE, error);
  if (m->file == NULL)
    return FALSE;
  i->parameters = (gint64)nn_params_total (m->graphs->params);
  i->macs = nn_graph_macs (m->graphs->features) + nn_graph_macs (m->graphs->answer);
  return TRUE;
}

static void
clear_info (vqa_model_info *i)
{
  g_free (i->name);
  g_free (i->title);
  g_free (i->path);
  g_free (i->hash);
  g_free (i->description);
  g_free (i->terms);
  g_free (i->recipe);
  g_free (i->scores);
  g_strfreev (i->suggestions);
}

vqa_model_info *
vqa_model_info_read (const char *path, GError **error)
{
  g_autoptr (nn_file) f = nn_file_open (path, error);
  g_autoptr (vqa_contents) c = f != NULL ? vqa_contents_read (f, error) : NULL;
  vqa_model_info *i;

  if (c == NULL)
    return NULL;
  i = g_new0 (vqa_model_info, 1);
  i->path = g_strdup (path);
  fill_texts (i, c);
  return i;
}

vqa_model_info *
vqa_model_info_copy (const vqa_model_info *info)
{
  vqa_model_info *i = g_memdup2 (info, sizeof *info);
  i->name = g_strdup (info->name);
  i->title = g_strdup (info->title);
  i->path = g_strdup (info->path);
  i->hash = g_strdup (info->hash);
  i->description = g_strdup (info->description);
  i->terms = g_strdup (info->terms);
  i->recipe = g_strdup (info->recipe);
  i->scores = g_strdup (info->scores);
  i->suggestions = g_strdupv (info->suggestions);
  return i;
}

void
vqa_model_info_free (vqa_model_info *info)
{
  if (info != NULL)
    clear_info (info);
  g_free (info);
}

/* Runs the picture's part; map receives its features. */
static void
run_features (vqa_model *m, const guint8 *square, float *map)
{
  size_t pixels = (size_t)m->info.side * m->info.side * 3;
  vqa_net_pixels (square, pixels, nn_data (m->features, m->graphs->picture));
  nn_forward (m->features);
  vqa_net_maps_get (m->features, m->graphs->features, m->graphs->seen, 0, map);
}

/* A file whose weights are damaged, or arithmetic that differs on this processor, shows here. Half
 * a percent of the logits' size covers the order of sums on other processors; bfloat16 keeps eight
 * bits of each value. */
static gboolean
check_golden (vqa_model *m, const nn_file *f, GError **error)
{
  const nn_tensor *stored = nn_file_find (f, VQA_GOLDEN_LOGITS);
  int n = m->contents->spec.answers;
  g_autofree float *wanted = g_new0 (float, n);
  g_autofree guint8 *rgb = g_malloc ((size_t)m->info.side * m->info.side * 3);
  g_autofree float *map = g_new (float, m->map_count);
  float wide = m->precision == NN_PRECISION_F32 ? 1 : 20;
  const float *got;

  if (stored == NULL || stored->count != (guint64)n || !nn_tensor_read (stored, 0, n, wanted, NULL))
    {
      g_set_error (error, VQA_ERROR, VQA_ERROR_MODEL, "%s: %s (%d) is missing or mis-shaped",
                   m->info.path, VQA_GOLDEN_LOGITS, n);
      return FALSE;
    }
  vqa_golden_picture (m->info.side, rgb);
  run_features (m, rgb, map);
  vqa_net_maps_put (m->answer, m->graphs->answer, m->graphs->maps, 0, map);
  vqa_net_words (m->contents->index, VQA_GOLDEN_QUESTION, m->contents->spec.max_words,
                 nn_ids (m->answer, m->graphs->words), NULL);
  nn_forward (m->answer);
  got = nn_data (m->answer, m->graphs->out.logits);
  for (int i = 0; i < n; i++)
    if (!(fabsf (got[i] - wanted[i]) <= wide * (0.02f + 0.005f * fabsf (wanted[i]))))
      {
        g_set_error (error, VQA_ERROR, VQA_ERROR_MODEL,
                     "%s: its own check question gives other answers than it should; the file is "
                     "damaged, fetch or train it again",
                     m->info.path);
        return FALSE;
      }
  return TRUE;
}

static gboolean
open_execs (vqa_model *m, GError **error)
{
  m->map_count = vqa_net_maps_count (m->graphs->features, m->graphs->seen);
  m->features
      = nn_exec_new_in (m->graphs->features, m->graphs->params, NN_INFER, 1, m->precision, error);
  if (m->features == NULL)
    return FALSE;
  m->answer
      = nn_exec_new_in (m->graphs->answer, m->graphs->params, NN_INFER, 1, m->precision, error);
  return m->answer != NULL;
}

vqa_model *
vqa_model_load (const char *name_or_file, GError **error)
{
  return vqa_model_load_in (name_or_file, NN_PRECISION_F32, error);
}

vqa_model *
vqa_model_load_in (const char *name_or_file, nn_precision precision, GError **error)
{
  char *path = vqa_model_find (name_or_file, error);
  g_autoptr (nn_file) f = path != NULL ? nn_file_open (path, error) : NULL;
  g_autoptr (vqa_model) m = NULL;

  if (f == NULL)
    {
      g_free (path);
      return NULL;
    }
  m = g_new0 (vqa_model, 1);
  m->info.path = path;
  m->precision = precision;
  m->kept = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  m->contents = vqa_contents_read (f, error);
  if (m->contents == NULL)
    return NULL;
  m->graphs = vqa_graphs_read (&m->contents->spec, f, error);
  if (m->graphs == NULL || !fill_info (m, error) || !open_execs (m, error)
      || !check_golden (m, f, error))
    return NULL;
  return g_steal_pointer (&m);
}

void
vqa_model_free (vqa_model *m)
{
  if (m == NULL)
    return;
  nn_exec_free (m->features);
  nn_exec_free (m->answer);
  vqa_lab_free (m->lab);
  vqa_graphs_free (m->graphs);
  vqa_contents_free (m->contents);
  g_queue_clear (&m->recent);
  g_hash_table_unref (m->kept);
  g_clear_pointer (&m->file, g_mapped_file_unref);
  clear_info (&m->info);
  g_free (m);
}

const vqa_model_info *
vqa_model_get_info (const vqa_model *m)
{
  return &m->info;
}

const char *
vqa_model_hash (vqa_model *m)
{
  if (m->info.hash == NULL)
    m->info.hash = g_compute_checksum_for_data (
        G_CHECKSUM_SHA256, (const guchar *)g_mapped_file_get_contents (m->file),
        g_mapped_file_get_length (m->file));
  return m->info.hash;
}

void
vqa_model_ablate (vqa_model *m, unsigned ablation)
{
  m->ablation = ablation;
}

/* ---- answering ------------------------------------------------------------------------------- */

void
vqa_model_features (vqa_model *m, const guint8 *square, const char *hash, float *map)
{
  float *kept = hash != NULL ? g_hash_table_lookup (m->kept, hash) : NULL;
  char *key;

  if (m->ablation & VQA_ABLATE_PICTURE)
    memset (map, 0, m->map_count * sizeof *map);
  else if (kept != NULL)
    memcpy (map, kept, m->map_count * sizeof *map);
  else
    run_features (m, square, map);
  if (hash == NULL || kept != NULL || (m->ablation & VQA_ABLATE_PICTURE))
    return;
  if (g_queue_get_length (&m->recent) >= KEPT_PICTURES)
    g_hash_table_remove (m->kept, g_queue_pop_head (&m->recent));
  key = g_strdup (hash);
  g_hash_table_insert (m->kept, key, g_memdup2 (map, m->map_count * sizeof *map));
  g_queue_push_tail (&m->recent, key);
}

unsigned
vqa_model_engine_ablation (const vqa_model *m)
{
  return (m->ablation & VQA_ABLATE_MODULATION ? NN_ABLATE_FILM : 0)
         | (m->ablation & VQA_ABLATE_ATTENTION ? NN_ABLATE_ATTENTION : 0);
}

static void
run_answer (vqa_model *m, const guint8 *square, const char *hash, const char *question,
            GPtrArray *unknown)
{
  g_autofree float *map = g_new (float, m->map_count);
  vqa_model_features (m, square, hash, map);
  vqa_net_maps_put (m->answer, m->graphs->answer, m->graphs->maps, 0, map);
  vqa_net_words (m->contents->index, question, m->contents->spec.max_words,
                 nn_ids (m->answer, m->graphs->words), unknown);
  nn_exec_ablate (m->answer, vqa_model_engine_ablation (m));
  nn_forward (m->answer);
}

static int
by_probability (const void *a, const void *b)
{
  double x = ((const vqa_answer *)a)->probability, y = ((const vqa_answer *)b)->probability;
  return x < y ? 1 : x > y ? -1 : 0;
}

vqa_answer *
vqa_best_answers (const vqa_contents *c, const float *logits, double temperature, guint *top)
{
  guint n = c->answers->len;
  vqa_answer *all = g_new0 (vqa_answer, n);
  double largest = -INFINITY, sum = 0;

  for (guint i = 0; i < n; i++)
    largest = MAX (largest, logits[i]);
  for (guint i = 0; i < n; i++)
    {
      all[i].answer = c->answers->pdata[i];
      all[i].probability = exp ((logits[i] - largest) / temperature);
      sum += all[i].probability;
    }
  for (guint i = 0; i < n; i++)
    all[i].probability /= sum;
  qsort (all, n, sizeof *all, by_probability);
  *top = MIN (*top, n);
  for (guint i = 0; i < *top; i++)
    all[i].answer = g_strdup (all[i].answer);
  return g_renew (vqa_answer, all, MAX (*top, 1));
}

vqa_reply *
vqa_model_ask (vqa_model *m, const guint8 *square, const char *hash, const char *question,
               guint top, GError **error)
{
  g_autofree char *text = vqa_question_check (question, -1, error);
  gint64 start = g_get_monotonic_time ();
  GPtrArray *unknown;
  vqa_reply *r;

  if (text == NULL)
    return NULL;
  r = g_new0 (vqa_reply, 1);
  unknown = g_ptr_array_new ();
  run_answer (m, square, hash, text, unknown);
  r->n_answers = r->n_blind = MAX (top, 1);
  r->answers = vqa_best_answers (m->contents, nn_data (m->answer, m->graphs->out.logits),
                                 m->contents->temperature, &r->n_answers);
  r->blind = vqa_best_answers (m->contents, nn_data (m->answer, m->graphs->out.blind),
                               m->contents->blind_temperature, &r->n_blind);
  g_ptr_array_add (unknown, NULL);
  r->unknown_words = (char **)g_ptr_array_free (unknown, FALSE);
  r->nearest_words = g_new0 (char *, g_strv_length (r->unknown_words) + 1);
  for (guint i = 0; r->unknown_words[i] != NULL; i++)
    {
      const char *near = vqa_nearest_word (m->contents->words, r->unknown_words[i]);
      r->nearest_words[i] = g_strdup (near != NULL ? near : "");
    }
  /* A question without a single known word was not understood, whatever the network makes of it. */
  r->confident = nn_ids (m->answer, m->graphs->words)[0] != 0
                 && r->answers[0].probability >= m->contents->confident;
  r->milliseconds = (double)(g_get_monotonic_time () - start) / 1000;
  return r;
}

static void
answers_free (vqa_answer *answers, guint n)
{
  for (guint i = 0; i < n; i++)
    g_free (answers[i].answer);
  g_free (answers);
}

gboolean
vqa_reply_differs (const vqa_reply *a, const vqa_reply *b)
{
  return g_strcmp0 (a->n_answers > 0 ? a->answers[0].answer : NULL,
                    b->n_answers > 0 ? b->answers[0].answer : NULL)
         != 0;
}

void
vqa_reply_free (vqa_reply *r)
{
  if (r == NULL)
    return;
  answers_free (r->answers, r->n_answers);
  answers_free (r->blind, r->n_blind);
  g_strfreev (r->unknown_words);
  g_strfreev (r->nearest_words);
  g_free (r);
}
