/* The network laid open: built when something is first explained. */
#include "vqa/model/model-private.h"

#include <math.h>
#include <string.h>

/* ---- building -------------------------------------------------------------------------------- */

static void
describe (vqa_lab *lab, const vqa_spec *s)
{
  lab->asking = nn_graph_new ();
  lab->words = nn_words (lab->asking, "words", 1, s->max_words);
  lab->question = nn_keep (lab->asking, vqa_net_question (lab->asking, s, lab->words));
  nn_scope (lab->asking, "%s", "");

  lab->places = vqa_net_places (s);
  lab->answering = nn_graph_new ();
  lab->maps = vqa_net_map_inputs (lab->answering, s);
  for (int i = 0; i < lab->places; i++)
    {
      g_autofree char *name = g_strdup_printf ("heard%d", i);
      lab->heard[i] = nn_values (lab->answering, name, 1, s->hidden);
    }
  lab->out = vqa_net_asked (lab->answering, s, lab->maps, lab->heard, 1);
  nn_keep (lab->answering, lab->out.look);
  nn_keep (lab->answering, lab->out.peak);
  nn_keep (lab->answering, lab->maps.coarse);
  if (s->fine > 0)
    {
      nn_keep (lab->answering, lab->maps.fine);
      nn_keep (lab->answering, lab->out.fine);
    }
  for (int i = 0; i < lab->places; i++)
    {
      if (lab->out.place[i].film.i >= 0)
        nn_keep (lab->answering, lab->out.place[i].film);
      if (lab->out.place[i].attend.i >= 0)
        nn_keep (lab->answering, lab->out.place[i].attend);
    }
}

gboolean
vqa_lab_open (vqa_model *m, GError **error)
{
  vqa_lab *lab;

  if (m->lab != NULL)
    return TRUE;
  lab = g_new0 (vqa_lab, 1);
  describe (lab, &m->contents->spec);
  lab->ask = nn_exec_new (lab->asking, m->graphs->params, NN_INFER, 1, error);
  if (lab->ask != NULL)
    lab->explain = nn_exec_new (lab->answering, m->graphs->params, NN_EXPLAIN, 1, error);
  if (lab->explain != NULL)
    {
      m->lab = lab;
      return TRUE;
    }
  vqa_lab_free (lab);
  return FALSE;
}

void
vqa_lab_free (vqa_lab *lab)
{
  if (lab == NULL)
    return;
  nn_exec_free (lab->ask);
  nn_exec_free (lab->explain);
  nn_exec_free (lab->features);
  nn_exec_free (lab->answer);
  nn_graph_free (lab->asking);
  nn_graph_free (lab->answering);
  g_free (lab);
}

/* ---- one question ---------------------------------------------------------------------------- */

void
vqa_lab_ask (vqa_model *m, const char *question, const gboolean *out, float *to)
{
  vqa_lab *lab = m->lab;
  g_auto (GStrv) words = vqa_question_words (question);
  int32_t *ids = nn_ids (lab->ask, lab->words);
  int most = m->contents->spec.max_words, n = 0;

  memset (ids, 0, most * sizeof *ids);
  for (guint i = 0; words[i] != NULL && n < most; i++)
    {
      int id = GPOINTER_TO_INT (g_hash_table_lookup (m->contents->index, words[i]));
      if (id > 0 && (out == NULL || !out[i]))
        ids[n++] = id;
    }
  nn_forward (lab->ask);
  memcpy (to, nn_data (lab->ask, lab->question), m->contents->spec.hidden * sizeof *to);
}

float *
vqa_lab_look (vqa_model *m, const guint8 *square, const char *hash)
{
  float *map = g_new (float, m->map_count);
  vqa_model_features (m, square, hash, map);
  return map;
}

void
vqa_lab_run (vqa_model *m, const float *map, const float *heard, const float *other, guint places)
{
  vqa_lab *lab = m->lab;
  size_t bytes = m->contents->spec.hidden * sizeof (float);

  vqa_net_maps_put (lab->explain, lab->answering, lab->maps, 0, map);
  for (int i = 0; i < lab->places; i++)
    memcpy (nn_data (lab->explain, lab->heard[i]), places >> i & 1 ? other : heard, bytes);
  nn_exec_ablate (lab->explain, vqa_model_engine_ablation (m));
  nn_forward (lab->explain);
}

const float *
vqa_lab_logits (vqa_model *m)
{
  return nn_data (m->lab->explain, m->lab->out.logits);
}

int
vqa_lab_position (const vqa_model *m, const char *answer, const float *logits, GError **error)
{
  int best = 0;
  for (int i = 0; i < m->contents->spec.answers; i++)
    if (answer != NULL && strcmp (answer, m->contents->answers->pdata[i]) == 0)
      return i;
    else if (logits[i] > logits[best])
      best = i;
  if (answer == NULL)
    return best;
  g_set_error (error, VQA_ERROR, VQA_ERROR_MODEL, "the model %s does not know the answer “%s”",
               m->info.name, answer);
  return -1;
}

double
vqa_lab_probability (const vqa_model *m, const float *logits, int position)
{
  double sum = 0, temperature = m->contents->temperature;
  float largest = logits[0];

  for (int i = 1; i < m->contents->spec.answers; i++)
    largest = MAX (largest, logits[i]);
  for (int i = 0; i < m->contents->spec.answers; i++)
    sum += exp ((logits[i] - largest) / temperature);
  return exp ((logits[position] - largest) / temperature) / sum;
}

/* ---- many pictures --------------------------------------------------------------------------- */

static gboolean
open_exec (vqa_model *m, const nn_graph *g, nn_exec **exec, GError **error)
{
  if (*exec == NULL)
    *exec = nn_exec_new_in (g, m->graphs->params, NN_INFER, VQA_PROBE_BATCH, m->precision, error);
  return *exec != NULL;
}

gboolean
vqa_probe_open (vqa_probe *p, vqa_model *m, const float *heard, int position,
                GCancellable *cancellable, GError **error)
{
  int hidden = m->contents->spec.hidden;

  *p = (vqa_probe){ .model = m, .position = position, .cancellable = cancellable };
  if (!open_exec (m, m->lab->answering, &m->lab->answer, error))
    return FALSE;
  for (int i = 0; i < m->lab->places; i++)
    for (int row = 0; row < VQA_PROBE_BATCH; row++)
      memcpy (nn_data (m->lab->answer, m->lab->heard[i]) + row * hidden, heard,
              hidden * sizeof *heard);
  nn_exec_ablate (m->lab->answer, vqa_model_engine_ablation (m));
  return TRUE;
}

/* The features of the pictures that wait. */
static void
look (vqa_model *m, int n)
{
  vqa_lab *lab = m->lab;
  g_autofree float *map = g_new0 (float, m->map_count);

  if (!(m->ablation & VQA_ABLATE_PICTURE))
    nn_forward (lab->features);
  for (int row = 0; row < n; row++)
    {
      if (!(m->ablation & VQA_ABLATE_PICTURE))
        vqa_net_maps_get (lab->features, m->graphs->features, m->graphs->seen, row, map);
      vqa_net_maps_put (lab->answer, lab->answering, lab->maps, row, map);
    }
}

/* Answers about what waits. Rows behind it hold earlier pictures, which is harmless. */
static gboolean
run (vqa_probe *p, GError **error)
{
  vqa_model *m = p->model;
  vqa_lab *lab = m->lab;

  if (g_cancellable_set_error_if_cancelled (p->cancellable, error))
    return FALSE;
  if (!p->looked)
    look (m, p->n);
  nn_forward (lab->answer);
  for (int row = 0; row < p->n; row++)
    *p->to[row] = vqa_lab_probability (
        m, nn_data (lab->answer, lab->out.logits) + (size_t)row * m->contents->spec.answers,
        p->position);
  p->n = 0;
  return TRUE;
}

gboolean
vqa_probe_add (vqa_probe *p, const guint8 *square, double *to, GError **error)
{
  vqa_model *m = p->model;
  size_t pixels = (size_t)m->info.side * m->info.side * 3;

  if (!open_exec (m, m->graphs->features, &m->lab->features, error))
    return FALSE;
  vqa_net_pixels (square, pixels, nn_data (m->lab->features, m->graphs->picture) + p->n * pixels);
  p->to[p->n++] = to;
  return p->n < VQA_PROBE_BATCH || run (p, error);
}

gboolean
vqa_probe_add_map (vqa_probe *p, const float *map, double *to, GError **error)
{
  vqa_lab *lab = p->model->lab;

  p->looked = TRUE;
  vqa_net_maps_put (lab->answer, lab->answering, lab->maps, p->n, map);
  p->to[p->n++] = to;
  return p->n < VQA_PROBE_BATCH || run (p, error);
}

gboolean
vqa_probe_finish (vqa_probe *p, GError **error)
{
  return p->n == 0 || run (p, error);
}
