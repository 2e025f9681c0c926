/* What a question does to the network at each place, and another question's doing in its stead. */
#include "vqa/model/model-private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int
vqa_model_places (const vqa_model *m)
{
  return vqa_net_places (&m->contents->spec);
}

char *
vqa_model_place_name (const vqa_model *m, int place)
{
  const vqa_spec *s = &m->contents->spec;
  int block = place - (s->fine > 0);
  if (block < 0)
    return g_strdup ("fine");
  return block < s->blocks ? g_strdup_printf ("block%d", block + 1) : g_strdup ("answer");
}

/* The gate of the self-attention at a place by channel: tanh (W heard + b) (see nn_attend()). */
static float *
gate_of (vqa_model *m, const char *scope, const float *heard, int channels)
{
  g_autofree char *weight_name = g_strconcat (scope, "attend.gate.weight", NULL);
  g_autofree char *bias_name = g_strconcat (scope, "attend.gate.bias", NULL);
  const nn_param *weight = nn_params_find (m->graphs->params, weight_name);
  const nn_param *bias = nn_params_find (m->graphs->params, bias_name);
  int hidden = m->contents->spec.hidden;
  float *gate = g_new (float, channels);

  for (int c = 0; c < channels; c++)
    {
      float sum = bias->value[c];
      for (int k = 0; weight != NULL && k < hidden; k++)
        sum += weight->value[(gsize)c * hidden + k] * heard[k];
      gate[c] = tanhf (sum);
    }
  return gate;
}

/* Place `i`; its film was computed by the lab. */
static vqa_modulated
modulated (vqa_model *m, int i, const float *heard)
{
  const vqa_lab *lab = m->lab;
  const vqa_net_place *place = &lab->out.place[i];
  const vqa_spec *s = &m->contents->spec;
  gboolean filmed = place->film.i >= 0;
  int channels = filmed              ? nn_node_shape (lab->answering, place->film).dim[0] / 2
                 : i == 0 && s->fine ? s->fine
                                     : s->width;
  g_autofree char *scope = vqa_net_place_scope (&m->contents->spec, i);
  vqa_modulated to = { .channels = channels };

  to.name = vqa_model_place_name (m, i);
  if (filmed)
    {
      const float *film = nn_data (lab->explain, place->film);
      to.gain = g_memdup2 (film, channels * sizeof *film);
      to.shift = g_memdup2 (film + channels, channels * sizeof *film);
    }
  if (place->attend.i >= 0)
    to.gate = gate_of (m, scope, heard, channels);
  return to;
}

vqa_modulation *
vqa_model_modulation (vqa_model *m, const char *question, GError **error)
{
  g_autofree char *text = vqa_question_check (question, -1, error);
  g_autofree float *heard = NULL;
  g_autofree float *map = NULL;
  vqa_modulation *mod;

  if (text == NULL || !vqa_lab_open (m, error))
    return NULL;
  heard = g_new (float, m->contents->spec.hidden);
  vqa_lab_ask (m, text, NULL, heard);
  /* It does not depend on the picture. */
  map = g_new0 (float, m->map_count);
  vqa_lab_run (m, map, heard, NULL, 0);
  mod = g_new0 (vqa_modulation, 1);
  mod->n = (guint)m->lab->places;
  mod->places = g_new0 (vqa_modulated, mod->n);
  for (guint i = 0; i < mod->n; i++)
    mod->places[i] = modulated (m, (int)i, heard);
  return mod;
}

void
vqa_modulation_free (vqa_modulation *mod)
{
  if (mod == NULL)
    return;
  for (guint i = 0; i < mod->n; i++)
    {
      g_free (mod->places[i].name);
      g_free (mod->places[i].gain);
      g_free (mod->places[i].shift);
      g_free (mod->places[i].gate);
    }
  g_free (mod->places);
  g_free (mod);
}

void
vqa_modulation_strongest (const float *values, int channels, int n, int *to)
{
  /* Selection of few among few hundred; of equal ones the first. */
  for (int k = 0; k < n; k++)
    {
      int best = -1;
      for (int c = 0; c < channels; c++)
        {
          gboolean taken = FALSE;
          for (int j = 0; j < k; j++)
            taken = taken || to[j] == c;
          if (!taken && (best < 0 || fabsf (values[c]) > fabsf (values[best])))
            best = c;
        }
      to[k] = best;
    }
}

vqa_reply *
vqa_model_ask_swapped (vqa_model *m, const guint8 *square, const char *hash, const char *question,
                       const char *other, guint places, guint top, GError **error)
{
  g_autofree char *text = vqa_question_check (question, -1, error);
  g_autofree char *second = text != NULL ? vqa_question_check (other, -1, error) : NULL;
  gint64 start = g_get_monotonic_time ();
  g_autofree float *heard = NULL, *map = NULL;
  vqa_reply *r;
  int hidden;

  if (second == NULL || !vqa_lab_open (m, error))
    return NULL;
  hidden = m->contents->spec.hidden;
  heard = g_new (float, 2 * hidden);
  vqa_lab_ask (m, text, NULL, heard);
  vqa_lab_ask (m, second, NULL, heard + hidden);
  map = vqa_lab_look (m, square, hash);
  vqa_lab_run (m, map, heard, heard + hidden, places);
  r = g_new0 (vqa_reply, 1);
  r->n_answers = MAX (top, 1);
  r->answers
      = vqa_best_answers (m->contents, vqa_lab_logits (m), m->contents->temperature, &r->n_answers);
  r->unknown_words = g_new0 (char *, 1);
  r->milliseconds = (double)(g_get_monotonic_time () - start) / 1000;
  return r;
}
