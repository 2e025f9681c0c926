/* Kinds of maps and how each is made. */
#include "vqa/model/model-private.h"

#include <string.h>

static const vqa_map_about abouts[VQA_N_MAP_KINDS] = {
  [VQA_MAP_EVIDENCE]
  = { "evidence", "Evidence",
      "What the answer gains from seeing that part, where the rest is blurred.",
      "gain of the answer's probability",
      "insertion (RISE, Petsiuk et al. 2018) by activation patching (Meng et al. 2022)" },
  [VQA_MAP_ATTENTION]
  = { "attention", "Self-attention", "Where the network looks from a place, whatever the answer.",
      "attention; a place's sums to 1", "Vaswani et al. 2017" },
  [VQA_MAP_OCCLUSION]
  = { "occlusion", "Occlusion", "How much the answer loses when that part is blurred.",
      "drop of the answer's probability", "Zeiler & Fergus 2014" },
  [VQA_MAP_PEAKS]
  = { "peaks", "Maximum-pool winners",
      "Where the largest value of each channel lies that spoke for the answer.",
      "share of the answer's logit: gradient times value", "FiLM's figure 4, Perez et al. 2018" },
};

const vqa_map_about *
vqa_map_kind_about (vqa_map_kind kind)
{
  return &abouts[kind];
}

gboolean
vqa_map_kind_parse (const char *name, vqa_map_kind *kind)
{
  for (int i = 0; i < VQA_N_MAP_KINDS; i++)
    if (strcmp (name, abouts[i].name) == 0)
      {
        *kind = i;
        return TRUE;
      }
  return FALSE;
}

void
vqa_map_free (vqa_map *map)
{
  if (map == NULL)
    return;
  g_free (map->answer);
  g_free (map->values.cells);
  g_free (map->shown.cells);
  g_free (map);
}

static void
give_cells (vqa_map *map, int height, int width)
{
  map->values = (vqa_evidence){ width, height, g_new0 (float, (gsize)height *width) };
}

/* What is shown of the values. */
static void
fill_shown (vqa_map *map)
{
  const vqa_evidence *v = &map->values;
  int cells = v->width * v->height;
  float largest = 0;

  map->shown = (vqa_evidence){ v->width, v->height, g_new0 (float, cells) };
  for (int i = 0; i < cells; i++)
    largest = MAX (largest, v->cells[i]);
  for (int i = 0; largest > 0 && i < cells; i++)
    map->shown.cells[i] = MAX (v->cells[i], 0) / largest;
}

/* ---- peaks ----------------------------------------------------------------------------------- */

static void
run_back (vqa_model *m, int position)
{
  nn_seed_gradient (m->lab->explain, m->lab->out.logits, 0, (size_t)position, 1);
  nn_backward (m->lab->explain, m->lab->out.logits);
}

/* Each channel's peak spoke for the answer, or against it, with its gradient times its value; that
 * goes to the cell where it is. */
static void
fill_peaks (vqa_model *m, int position, vqa_map *map)
{
  const vqa_lab *lab = m->lab;
  nn_shape shape = nn_node_shape (lab->answering, lab->out.map);
  const float *value = nn_data (lab->explain, lab->out.map);
  const float *peak = nn_data (lab->explain, lab->out.peak), *grad;
  int cells = shape.dim[0] * shape.dim[1], channels = shape.dim[2];

  run_back (m, position);
  grad = nn_grad (lab->explain, lab->out.peak);
  give_cells (map, shape.dim[0], shape.dim[1]);
  for (int c = 0; c < channels; c++)
    {
      int winner = 0;
      for (int i = 1; i < cells; i++)
        if (value[i * channels + c] > value[winner * channels + c])
          winner = i;
      map->values.cells[winner] += grad[c] * peak[c];
    }
}

/* ---- attention ------------------------------------------------------------------------------- */

int
vqa_model_attention_places (const vqa_model *m)
{
  /* Neither the last block nor the answer. */
  return m->contents->spec.attention ? vqa_model_places (m) - 2 : 0;
}

int
vqa_model_attention_heads (const vqa_model *m)
{
  return m->contents->spec.heads;
}

/* FALSE and an error when the model has not what is asked for. */
static gboolean
check_attention (const vqa_model *m, const vqa_map_options *o, GError **error)
{
  int places = vqa_model_attention_places (m), heads = vqa_model_attention_heads (m);

  if (places == 0)
    g_set_error (error, VQA_ERROR, VQA_ERROR_MODEL, "the model %s has no self-attention",
                 m->info.name);
  else if (o->block < -1 || o->block >= places || o->head < -1 || o->head >= heads)
    g_set_error (error, VQA_ERROR, VQA_ERROR_MODEL,
                 "the model %s has self-attention at %d places, with %d heads at each; there is no "
                 "such one",
                 m->info.name, places, heads);
  else if (!(o->x < 1 && o->y < 1 && (o->x < 0 || o->y >= 0)))
    g_set_error (error, VQA_ERROR, VQA_ERROR_MODEL,
                 "a place is told as shares of the picture's width and height, from 0 to less "
                 "than 1");
  else
    return TRUE;
  return FALSE;
}

/* Adds row or column `place` of one head's attention a (positions,positions) to cells (positions);
 * place -1: the mean of all rows. */
static void
add_attention (const float *a, int positions, int place, gboolean column, float scale, float *cells)
{
  for (int i = 0; i < positions; i++)
    for (int k = 0; k < positions; k++)
      if (place < 0)
        cells[k] += scale / (float)positions * a[i * positions + k];
      else if (!column && i == place)
        cells[k] += scale * a[i * positions + k];
      else if (column && k == place)
        cells[i] += scale * a[i * positions + k];
}

/* Adds cells to a map whose side is a multiple of theirs, or nearly: each to those whose middle
 * lies in it, in equal parts, so that the sum stays. */
static void
spread (const vqa_evidence *from, vqa_evidence *to)
{
  g_autofree int *source = g_new (int, to->width * to->height);
  g_autofree int *parts = g_new0 (int, from->width * from->height);

  for (int y = 0; y < to->height; y++)
    for (int x = 0; x < to->width; x++)
      {
        int fx = (2 * x + 1) * from->width / (2 * to->width);
        int fy = (2 * y + 1) * from->height / (2 * to->height);
        source[y * to->width + x] = fy * from->width + fx;
        parts[fy * from->width + fx]++;
      }
  for (int i = 0; i < to->width * to->height; i++)
    to->cells[i] += from->cells[source[i]] / (float)parts[source[i]];
}

/* Adds one block's attention, times `scale`. */
static void
add_block (vqa_model *m, nn_node attend, const vqa_map_options *o, float scale, vqa_map *map)
{
  nn_shape shape = nn_node_shape (m->lab->answering, attend);
  int heads, positions, width = shape.dim[1], height = shape.dim[0];
  const float *a = nn_attention (m->lab->explain, attend, &heads, &positions);
  g_autofree float *cells = g_new0 (float, positions);
  int place = o->x < 0 ? -1 : (int)(o->y * height) * width + (int)(o->x * width);

  for (int head = 0; head < heads; head++)
    if (o->head < 0 || o->head == head)
      add_attention (a + (gsize)head * positions * positions, positions, place, o->to,
                     scale / (o->head < 0 ? (float)heads : 1), cells);
  spread (&(vqa_evidence){ width, height, cells }, &map->values);
}

static void
fill_attention (vqa_model *m, const vqa_map_options *o, vqa_map *map)
{
  const vqa_lab *lab = m->lab;
  int blocks = vqa_model_attention_places (m);
  /* The first block has the finest map. */
  nn_shape shape = nn_node_shape (lab->answering, lab->out.place[MAX (o->block, 0)].attend);

  give_cells (map, shape.dim[0], shape.dim[1]);
  for (int i = 0; i < blocks; i++)
    if (o->block < 0 || o->block == i)
      add_block (m, lab->out.place[i].attend, o, o->block < 0 ? 1.0f / (float)blocks : 1, map);
}

/* ---- all of them ----------------------------------------------------------------------------- */

static gboolean
check (const vqa_model *m, const vqa_map_options *o, GError **error)
{
  if (o->kind == VQA_MAP_ATTENTION)
    return check_attention (m, o, error);
  if (o->kind != VQA_MAP_OCCLUSION || (o->grid >= 0 && o->grid <= 64))
    return TRUE;
  g_set_error (error, VQA_ERROR, VQA_ERROR_MODEL,
               "a grid has 1 to 64 cells on a side; %d cannot be", o->grid);
  return FALSE;
}

/* Reads a question that was checked without some words (a set of bits). */
static void
ask (vqa_model *m, const char *question, guint64 without, float *heard)
{
  g_auto (GStrv) words = vqa_question_words (question);
  guint n = g_strv_length (words);
  g_autofree gboolean *out = g_new0 (gboolean, n + 1);

  for (guint i = 0; i < MIN (n, 64); i++)
    out[i] = without >> i & 1;
  vqa_lab_ask (m, question, out, heard);
}

vqa_map *
vqa_model_map (vqa_model *m, const guint8 *square, const char *hash, const char *question,
               const vqa_map_options *options, GCancellable *cancellable, GError **error)
{
  g_autofree char *text = vqa_question_check (question, -1, error);
  g_autofree float *heard = NULL, *seen = NULL;
  g_autoptr (vqa_map) map = NULL;
  int position;

  if (text == NULL || !check (m, options, error) || !vqa_lab_open (m, error))
    return NULL;
  heard = g_new (float, m->contents->spec.hidden);
  ask (m, text, options->without, heard);
  seen = vqa_lab_look (m, square, hash);
  vqa_lab_run (m, seen, heard, NULL, 0);
  position = vqa_lab_position (m, options->answer, vqa_lab_logits (m), error);
  if (position < 0)
    return NULL;
  map = g_new0 (vqa_map, 1);
  map->kind = options->kind;
  map->answer = g_strdup (m->contents->answers->pdata[position]);
  if (options->kind == VQA_MAP_ATTENTION)
    fill_attention (m, options, map);
  else if (options->kind == VQA_MAP_PEAKS)
    fill_peaks (m, position, map);
  else
    {
      nn_shape coarse = nn_node_shape (m->lab->answering, m->lab->maps.coarse);
      int grid = options->grid > 0 ? options->grid : 6;
      gboolean fast = options->kind == VQA_MAP_EVIDENCE;
      give_cells (map, fast ? coarse.dim[0] : grid, fast ? coarse.dim[1] : grid);
      if (fast ? !vqa_exchange (m, square, seen, heard, position, &map->values, cancellable, error)
               : !vqa_occlude (m, square, heard, position, &map->values, cancellable, error))
        return NULL;
    }
  fill_shown (map);
  return g_steal_pointer (&map);
}

vqa_evidence *
vqa_model_explain (vqa_model *m, const guint8 *square, const char *hash, const char *question,
                   const char *answer, GError **error)
{
  vqa_map_options options = VQA_MAP_OPTIONS_INIT;
  g_autoptr (vqa_map) map = NULL;
  vqa_evidence *e;

  options.answer = answer;
  map = vqa_model_map (m, square, hash, question, &options, NULL, error);
  if (map == NULL)
    return NULL;
  e = g_new (vqa_evidence, 1);
  *e = map->shown;
  map->shown.cells = NULL;
  return e;
}
