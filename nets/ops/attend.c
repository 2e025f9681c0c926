/* Modulated self-attention: positions of a map look at each other; a question acts on it in up to
 * four places. nn.h has the formula; backward is in attend_backward.c, the norm in attend_norm.c.
 */
#include "nets/ops/attend.h"
#include "nets/ops/couple.h"

#include <math.h>

/* Scores, or their gradients, are held for this many (row, head) pairs at a time, shared out among
 * the threads: fewer on large maps, so that they stay below 64 MB. */
#define SLOTS      64
#define LEAST      16
#define SLOT_COUNT ((size_t)1 << 24)

/* ---- shapes and parameters ---------------------------------------------------------------- */

static const struct
{
  const char *suffix;
  unsigned needs; /* nn_modulation, 0: always there */
  char rows, columns;
  nn_init init;
  unsigned flags;
} params[ATTEND_N_PARAMS] = {
  [ATTEND_QUERY] = { "query.weight", 0, 'k', 'c', NN_INIT_FAN_IN, NN_PARAM_DECAY },
  [ATTEND_KEY] = { "key.weight", 0, 'k', 'c', NN_INIT_FAN_IN, NN_PARAM_DECAY },
  [ATTEND_VALUE] = { "value.weight", 0, 'v', 'c', NN_INIT_FAN_IN, NN_PARAM_DECAY },
  [ATTEND_OUT] = { "out.weight", 0, 'c', 'v', NN_INIT_FAN_IN, NN_PARAM_DECAY },
  [ATTEND_MODULATE]
  = { "modulate.weight", NN_MODULATE_QUERY_KEY, '4', 'd', NN_INIT_ZERO, NN_PARAM_DECAY },
  [ATTEND_MODULATE_B] = { "modulate.bias", NN_MODULATE_QUERY_KEY, '4', 0, NN_INIT_ZERO, 0 },
  [ATTEND_GATE] = { "gate.weight", NN_MODULATE_GATE, 'c', 'd', NN_INIT_ZERO, NN_PARAM_DECAY },
  [ATTEND_GATE_B] = { "gate.bias", 0, 'c', 0, NN_INIT_ZERO, 0 },
  [ATTEND_TOKEN_KEY]
  = { "token.key.weight", NN_MODULATE_TOKEN, 'k', 'd', NN_INIT_FAN_IN, NN_PARAM_DECAY },
  [ATTEND_TOKEN_VALUE]
  = { "token.value.weight", NN_MODULATE_TOKEN, 'v', 'd', NN_INIT_FAN_IN, NN_PARAM_DECAY },
  [ATTEND_TOKEN_OPEN] = { "token.open", NN_MODULATE_TOKEN, 'h', 0, NN_INIT_ZERO, 0 },
  [ATTEND_MEAN] = { "norm.mean", NN_MODULATE_NORM, 'c', 0, NN_INIT_ZERO, NN_PARAM_STAT },
  [ATTEND_VARIANCE] = { "norm.variance", NN_MODULATE_NORM, 'c', 0, NN_INIT_ONE, NN_PARAM_STAT },
  [ATTEND_GAIN] = { "norm.weight", NN_MODULATE_NORM, 'c', 0, NN_INIT_ONE, 0 },
  [ATTEND_SHIFT] = { "norm.bias", NN_MODULATE_NORM, 'c', 0, NN_INIT_ZERO, 0 },
  [ATTEND_CONDITION]
  = { "condition.weight", NN_MODULATE_NORM, '2', 'd', NN_INIT_ZERO, NN_PARAM_DECAY },
  [ATTEND_CONDITION_B] = { "condition.bias", NN_MODULATE_NORM, '2', 0, NN_INIT_ZERO, 0 },
};

static gboolean
has_param (const nn_entry *e, int which)
{
  return params[which].needs == 0 || (e->o.attend.modulation & params[which].needs) != 0;
}

int
nn_attend_param_at (const nn_entry *e, nn_attend_param which)
{
  int at = 0;
  if (!has_param (e, which))
    return -1;
  for (int i = 0; i < (int)which; i++)
    at += has_param (e, i);
  return at;
}

static gboolean
attend_declare (nn_graph *g, nn_entry *e, int c, int d, GError **error)
{
  const nn_attend_options *o = &e->o.attend;
  for (int i = 0; i < ATTEND_N_PARAMS; i++)
    {
      int dim[2] = { 0, 0 };
      for (int axis = 0; axis < 2; axis++)
        switch (axis == 0 ? params[i].rows : params[i].columns)
          {
          case 'k':
            dim[axis] = o->heads * o->key;
            break;
          case 'v':
            dim[axis] = o->heads * o->value;
            break;
          case 'c':
            dim[axis] = c;
            break;
          case 'd':
            dim[axis] = d;
            break;
          case 'h':
            dim[axis] = o->heads;
            break;
          case '2':
            dim[axis] = 2 * c;
            break;
          case '4':
            dim[axis] = 4 * o->heads * o->key;
            break;
          }
      if (has_param (e, i)
          && !nn_declare (g, e, params[i].suffix, params[i].columns != 0 ? 2 : 1, dim,
                          params[i].init, params[i].flags, error))
        return FALSE;
    }
  return TRUE;
}

/* The options are completed, so that a later change of the channels does not move the widths and
 * the scale that they began with. */
static gboolean
attend_options (nn_graph *g, nn_entry *e, int c, GError **error)
{
  nn_attend_options *o = &e->o.attend;
  const unsigned all
      = NN_MODULATE_GATE | NN_MODULATE_QUERY_KEY | NN_MODULATE_TOKEN | NN_MODULATE_NORM;
  if (!nn_want_width (g, e, "the number of heads", o->heads, error)
      || !nn_want_width (g, e, "the key width", o->key, error))
    return FALSE;
  if (o->value == 0 && c % o->heads != 0)
    return nn_shape_error (g, e, error, "the channels cannot be divided among %d heads", o->heads);
  if (o->value == 0)
    o->value = c / o->heads;
  if (!nn_want_width (g, e, "the value width", o->value, error))
    return FALSE;
  if (o->heads > NN_MAX_WIDTH / 4 / MAX (o->key, o->value))
    return nn_shape_error (g, e, error, "%d heads of %d are too wide", o->heads,
                           MAX (o->key, o->value));
  if ((o->modulation & ~all) != 0)
    return nn_shape_error (g, e, error, "modulation %u is not known", o->modulation);
  if (!(o->scale >= 0 && o->scale <= 1e6f))
    return nn_shape_error (g, e, error, "the scale of the scores is %g, it must be positive",
                           o->scale);
  if (o->scale == 0)
    o->scale = 1.0f / sqrtf ((float)o->key);
  return TRUE;
}

static gboolean
attend_infer (nn_graph *g, nn_entry *e, GError **error)
{
  const nn_shape *x = nn_input_shape (g, e, 0), *q = nn_input_shape (g, e, 1);
  if (!nn_want_values (g, e, error))
    return FALSE;
  if (x->rank != 3 || q->rank != 1)
    return nn_shape_error (g, e, error, "needs a map (N,H,W,C) and a question (N,D)");
  if (x->per != q->per)
    return nn_shape_error (g, e, error, "map and question differ in rows");
  if (!attend_options (g, e, x->dim[2], error))
    return FALSE;
  e->shape = *x;
  return attend_declare (g, e, x->dim[2], q->dim[0], error);
}

/* ---- memory ------------------------------------------------------------------------------- */

/* A piece of memory given out bit by bit; without a start only the sizes are added up. */
typedef struct
{
  float *start;
  size_t used;
} heap;

/* Room for `count` numbers, and none when they are not needed. */
static float *
take (heap *from, gboolean needed, size_t count)
{
  float *at = from->start ? from->start + from->used : NULL;
  if (!needed)
    return NULL;
  from->used += (count + 1) & ~(size_t)1; /* doubles stay aligned */
  return at;
}

static void
lay_out_saved (nn_attend_memory *m, unsigned modulation, heap *saved)
{
  size_t narrow = m->rows * m->p * m->k, wide = m->rows * m->p * m->v, items = m->rows * m->heads;
  gboolean token = (modulation & NN_MODULATE_TOKEN) != 0;
  gboolean norm = (modulation & NN_MODULATE_NORM) != 0;
  m->probability = take (saved, TRUE, (m->hold ? items : m->slots) * m->p * m->p);
  m->share = take (saved, token, items * m->p);
  m->pull = take (saved, token, items * m->p);
  m->query = take (saved, TRUE, narrow);
  m->keys = take (saved, TRUE, narrow);
  m->value = take (saved, TRUE, wide);
  m->mod = take (saved, modulation & NN_MODULATE_QUERY_KEY, m->rows * 4 * m->k);
  m->gate = take (saved, TRUE, m->rows * m->c);
  m->plain = take (saved, token, wide);
  m->mixed = take (saved, TRUE, wide);
  m->out = take (saved, TRUE, m->rows * m->p * m->c);
  m->token_key = take (saved, token, m->rows * m->k);
  m->token_value = take (saved, token, m->rows * m->v);
  m->mean = take (saved, norm, m->c);
  m->inverse = take (saved, norm, m->c);
  m->change = take (saved, norm, m->rows * 2 * m->c);
}

static void
lay_out_scratch (nn_attend_memory *m, unsigned modulation, gboolean learns, heap *scratch)
{
  size_t narrow = m->rows * m->p * m->k, wide = m->rows * m->p * m->v, map = m->rows * m->p * m->c;
  gboolean film = (modulation & NN_MODULATE_QUERY_KEY) != 0;
  gboolean token = learns && (modulation & NN_MODULATE_TOKEN) != 0;
  gboolean norm = (modulation & NN_MODULATE_NORM) != 0;
  m->sums = (double *)take (scratch, norm, 2 * m->rows * m->c);
  m->normed = take (scratch, norm, map);
  m->affine = take (scratch, norm, m->rows * 2 * m->c);
  m->mod_query = take (scratch, film, narrow);
  m->mod_keys = take (scratch, film, narrow);
  m->d_query = take (scratch, learns, narrow);
  m->d_keys = take (scratch, learns, narrow);
  m->d_value = take (scratch, learns, wide);
  m->d_mixed = take (scratch, learns, wide);
  m->d_out = take (scratch, learns, map);
  m->d_mod = take (scratch, learns && film, m->rows * 4 * m->k);
  m->d_gate = take (scratch, learns, m->rows * m->c);
  m->d_score = take (scratch, learns, m->slots * m->p * m->p);
  m->d_pull = take (scratch, token, m->rows * m->heads * m->p);
  m->d_token_key = take (scratch, token, m->rows * m->k);
  m->d_token_value = take (scratch, token, m->rows * m->v);
  m->d_open = take (scratch, token, m->rows * m->heads);
  m->d_normed = take (scratch, learns && norm, map);
  m->d_change = take (scratch, learns && norm, m->rows * 2 * m->c);
}

static nn_attend_memory
attend_lay_out (const nn_step *s, heap *saved, heap *scratch)
{
  const nn_attend_options *o = &s->entry->o.attend;
  const nn_shape *x = &s->in[0].shape;
  nn_attend_memory m = { .rows = s->rows, .heads = o->heads, .key = o->key };
  m.value_width = o->value;
  m.k = m.heads * m.key;
  m.v = m.heads * m.value_width;
  m.p = (size_t)x->dim[0] * x->dim[1];
  m.c = x->dim[2];
  m.d = s->in[1].shape.dim[0];
  m.slots = MIN (m.rows * m.heads, CLAMP (SLOT_COUNT / (m.p * m.p), LEAST, SLOTS));
  m.hold = s->mode != NN_INFER || s->entry->keep;
  lay_out_saved (&m, o->modulation, saved);
  lay_out_scratch (&m, o->modulation, s->mode != NN_INFER, scratch);
  return m;
}

nn_attend_memory
nn_attend_memory_of (const nn_step *s)
{
  heap saved = { s->saved, 0 }, scratch = { s->scratch, 0 };
  nn_attend_memory m = attend_lay_out (s, &saved, &scratch);
  unsigned modulation = s->entry->o.attend.modulation;
  m.scale = s->entry->o.attend.scale;
  m.heard = (s->ablation & NN_ABLATE_FILM) == 0;
  m.film = m.heard && (modulation & NN_MODULATE_QUERY_KEY) != 0;
  m.token = m.heard && (modulation & NN_MODULATE_TOKEN) != 0;
  m.condition = m.heard && (modulation & NN_MODULATE_NORM) != 0;
  for (int i = 0; i < ATTEND_N_PARAMS; i++)
    {
      int at = nn_attend_param_at (s->entry, i);
      m.w[i] = at >= 0 ? s->param[at].value : NULL;
      m.g[i] = at >= 0 ? s->param[at].grad : NULL;
      if (i == ATTEND_MEAN && at >= 0)
        m.batch_statistics = s->mode == NN_TRAIN && !s->param[at].frozen;
    }
  if (!m.film)
    {
      m.mod_query = m.query;
      m.mod_keys = m.keys;
    }
  return m;
}

static gboolean
attend_open (nn_step *s, GError **error)
{
  heap saved = { NULL, 0 }, scratch = { NULL, 0 };
  attend_lay_out (s, &saved, &scratch);
  s->saved_bytes = saved.used * sizeof (float);
  s->scratch_bytes = scratch.used * sizeof (float);
  return TRUE;
}

/* ---- what the question says --------------------------------------------------------------- */

/* to (R,n) = q W^T + b; W (n,D), b NULL for none */
static void
ask (const nn_step *s, const nn_attend_memory *m, nn_attend_param weight, const float *bias,
     size_t n, float *to)
{
  nn_sgemm (FALSE, TRUE, m->rows, n, m->d, 1, s->in[1].value, m->d, m->w[weight], m->d, 0, to, n);
  if (bias)
    nn_add_bias (to, m->rows, n, bias);
}

static void
read_question (const nn_step *s, const nn_attend_memory *m)
{
  if (m->film)
    ask (s, m, ATTEND_MODULATE, m->w[ATTEND_MODULATE_B], 4 * m->k, m->mod);
  if (m->token)
    {
      ask (s, m, ATTEND_TOKEN_KEY, NULL, m->k, m->token_key);
      ask (s, m, ATTEND_TOKEN_VALUE, NULL, m->v, m->token_value);
    }
  if (m->condition)
    ask (s, m, ATTEND_CONDITION, m->w[ATTEND_CONDITION_B], 2 * m->c, m->change);
  if (m->heard && m->w[ATTEND_GATE])
    ask (s, m, ATTEND_GATE, NULL, m->c, m->gate);
  else
    memset (m->gate, 0, m->rows * m->c * sizeof (float));
  nn_add_bias (m->gate, m->rows, m->c, m->w[ATTEND_GATE_B]);
  for (size_t i = 0; i < m->rows * m->c; i++)
    m->gate[i] = tanhf (m->gate[i]);
}

/* ---- forward ------------------------------------------------------------------------------ */

/* One row: x, y (positions,k); y = (1 + gain) x + shift */
NN_LOOP (modulate_row,
         (const float *x, const float *gain, const float *shift, float *y, size_t positions,
          size_t k),
         (x, gain, shift, y, positions, k))
{
  for (size_t i = 0; i < positions; i++, x += k, y += k)
    {
#pragma GCC ivdep
      for (size_t j = 0; j < k; j++)
        y[j] = (1.0f + gain[j]) * x[j] + shift[j];
    }
}

void
nn_attend_modulate (const nn_attend_memory *m)
{
  size_t row = m->p * m->k;
#pragma omp parallel for if (m->rows * row > NN_PARALLEL_MIN)
  for (size_t r = 0; r < m->rows; r++)
    {
      const float *mod = m->mod + r * 4 * m->k;
      modulate_row (m->query + r * row, mod, mod + m->k, m->mod_query + r * row, m->p, m->k);
      modulate_row (m->keys + r * row, mod + 2 * m->k, mod + 3 * m->k, m->mod_keys + r * row, m->p,
                    m->k);
    }
}

/* Softmax of each row of x (n,n), in place; the logarithm of each row's sum unless NULL (n). */
NN_LOOP (softmax_rows, (float *x, float *log_sum, size_t n), (x, log_sum, n))
{
  for (size_t i = 0; i < n; i++, x += n)
    {
      float largest = x[0], sum = 0;
#pragma omp simd reduction(max : largest)
      for (size_t j = 0; j < n; j++)
        largest = x[j] > largest ? x[j] : largest;
#pragma omp simd reduction(+ : sum)
      for (size_t j = 0; j < n; j++)
        {
          x[j] = nn_expf (x[j] - largest);
          sum += x[j];
        }
      float scale = 1.0f / sum;
#pragma GCC ivdep
      for (size_t j = 0; j < n; j++)
        x[j] *= scale;
      if (log_sum)
        log_sum[i] = largest + logf (sum);
    }
}

/* One (row, head): token's score is scale * query . key; pull holds the positions' log sums and
 * becomes sigmoid (score - log sum), the token's part of a softmax that includes it. */
NN_LOOP (pull_rows,
         (const float *query, size_t stride, const float *key, size_t width, float scale,
          float open, float *pull, float *share, size_t n),
         (query, stride, key, width, scale, open, pull, share, n))
{
  for (size_t i = 0; i < n; i++, query += stride)
    {
      float score = 0;
#pragma omp simd reduction(+ : score)
      for (size_t j = 0; j < width; j++)
        score += query[j] * key[j];
      pull[i] = nn_sigmoidf (scale * score - pull[i]);
      share[i] = open * pull[i];
    }
}

/* mixed = plain + share (value - plain) for n positions of `width` columns, `stride` apart. */
NN_LOOP (mix_token,
         (const float *plain, const float *value, const float *share, float *mixed, size_t stride,
          size_t width, size_t n),
         (plain, value, share, mixed, stride, width, n))
{
  for (size_t i = 0; i < n; i++, plain += stride, mixed += stride)
    {
#pragma GCC ivdep
      for (size_t j = 0; j < width; j++)
        mixed[j] = plain[j] + share[i] * (value[j] - plain[j]);
    }
}

static void
attend_head (const nn_attend_memory *m, size_t item, size_t slot)
{
  size_t r = item / m->heads, head = item % m->heads, p = m->p, width = m->value_width;
  size_t narrow = r * p * m->k + head * m->key, wide = r * p * m->v + head * width;
  float *a = m->probability + (m->hold ? item : slot) * p * p;
  float *plain = (m->token ? m->plain : m->mixed) + wide;
  nn_sgemm (FALSE, TRUE, p, p, m->key, m->scale, m->mod_query + narrow, m->k, m->mod_keys + narrow,
            m->k, 0, a, p);
  softmax_rows (a, m->token ? m->pull + item * p : NULL, p);
  nn_sgemm (FALSE, FALSE, p, width, p, 1, a, p, m->value + wide, m->v, 0, plain, m->v);
  if (!m->token)
    return;
  pull_rows (m->mod_query + narrow, m->k, m->token_key + r * m->k + head * m->key, m->key, m->scale,
             tanhf (m->w[ATTEND_TOKEN_OPEN][head]), m->pull + item * p, m->share + item * p, p);
  mix_token (plain, m->token_value + r * m->v + head * width, m->share + item * p, m->mixed + wide,
             m->v, width, p);
}

NN_LOOP (add_gated,
         (const float *x, const float *gate, const float *out, float *y, size_t positions,
          size_t c),
         (x, gate, out, y, positions, c))
{
  for (size_t p = 0; p < positions; p++, x += c, out += c, y += c)
    {
#pragma GCC ivdep
      for (size_t j = 0; j < c; j++)
        y[j] = x[j] + gate[j] * out[j];
    }
}

/* y = x, and nobody looks anywhere. */
static void
attend_not (nn_step *s, const nn_attend_memory *m)
{
  size_t items = m->rows * m->heads;
  memcpy (s->value, s->in[0].value, s->count * sizeof (float));
  memset (m->probability, 0, (m->hold ? items : m->slots) * m->p * m->p * sizeof (float));
  if (m->share)
    memset (m->share, 0, items * m->p * sizeof (float));
}

static void
attend_forward (nn_step *s)
{
  nn_attend_memory m = nn_attend_memory_of (s);
  const float *x = s->in[0].value, *from = x;
  size_t all = m.rows * m.p, c = m.c, items = m.rows * m.heads;
  if (s->ablation & NN_ABLATE_ATTENTION)
    {
      attend_not (s, &m);
      return;
    }
  read_question (s, &m);
  if (m.normed)
    {
      nn_attend_statistics (&m, x);
      nn_attend_normalise (&m, x);
      from = m.normed;
    }
  nn_sgemm (FALSE, TRUE, all, m.k, c, 1, from, c, m.w[ATTEND_QUERY], c, 0, m.query, m.k);
  nn_sgemm (FALSE, TRUE, all, m.k, c, 1, from, c, m.w[ATTEND_KEY], c, 0, m.keys, m.k);
  nn_sgemm (FALSE, TRUE, all, m.v, c, 1, from, c, m.w[ATTEND_VALUE], c, 0, m.value, m.v);
  if (m.film)
    nn_attend_modulate (&m);
  if (m.share && !m.token)
    memset (m.share, 0, items * m.p * sizeof (float));
#pragma omp parallel for if (items * m.p * m.p > NN_PARALLEL_MIN / 8)
  for (size_t slot = 0; slot < m.slots; slot++)
    for (size_t item = slot; item < items; item += m.slots)
      attend_head (&m, item, slot);
  nn_sgemm (FALSE, TRUE, all, c, m.v, 1, m.mixed, m.v, m.w[ATTEND_OUT], m.v, 0, m.out, c);
#pragma omp parallel for if (s->count > NN_PARALLEL_MIN)
  for (size_t r = 0; r < m.rows; r++)
    add_gated (x + r * m.p * c, m.gate + r * c, m.out + r * m.p * c, s->value + r * m.p * c, m.p,
               c);
}

/* ---- the operation ------------------------------------------------------------------------ */

static int64_t
attend_macs (const nn_graph *g, const nn_entry *e)
{
  const nn_attend_options *o = &e->o.attend;
  const nn_shape *x = nn_input_shape (g, e, 0);
  int64_t p = (int64_t)x->dim[0] * x->dim[1], c = x->dim[2], d = nn_input_shape (g, e, 1)->dim[0];
  int64_t k = (int64_t)o->heads * o->key, v = (int64_t)o->heads * o->value, asked = 0;
  asked += o->modulation & NN_MODULATE_QUERY_KEY ? 4 * k : 0;
  asked += o->modulation & NN_MODULATE_GATE ? c : 0;
  asked += o->modulation & NN_MODULATE_NORM ? 2 * c : 0;
  asked += o->modulation & NN_MODULATE_TOKEN ? k + v : 0;
  return p * c * (2 * k + 2 * v) + p * p * (k + v) + d * asked
         + (o->modulation & NN_MODULATE_TOKEN ? p * (k + v) : 0);
}

/* ---- removal ------------------------------------------------------------------------------ */

/* Ties the slices of one axis; rows of queries, keys and values are divided by heads and, within
 * each, by what all heads have. */
static void
couple_axis (nn_coupling *c, const nn_entry *e, int param, int axis, char width)
{
  const nn_attend_options *o = &e->o.attend;
  nn_span heads = nn_inner (c, NN_GROUP_HEADS, o->heads), each;
  int parts = width == '4' ? 4 : width == '2' ? 2 : 1, length = width == 'v' ? o->value : o->key;

  switch (width)
    {
    case 'c':
    case '2':
      nn_tie_spans (c, nn_channels (c, 0), nn_slices (c, param, axis, parts, 1));
      break;
    case 'd':
      nn_tie_spans (c, nn_channels (c, 1), nn_slices (c, param, axis, 1, 1));
      break;
    case 'h':
      nn_tie_spans (c, heads, nn_slices (c, param, axis, 1, 1));
      break;
    case 'k':
    case '4':
    case 'v':
      each = nn_inner (c, width == 'v' ? NN_GROUP_VALUES : NN_GROUP_KEYS, length);
      nn_tie_spans (c, heads, nn_slices (c, param, axis, parts, length));
      nn_tie_spans (c, each, nn_slices (c, param, axis, parts * o->heads, 1));
      break;
    }
}

static void
attend_couple (nn_coupling *c, const nn_entry *e)
{
  nn_span x = nn_channels (c, 0), y = nn_channels (c, NN_OUTPUT);
  nn_tie_spans (c, x, y);
  for (int i = 0; i < y.count; i++)
    nn_set_silent (c, y.first + i, nn_is_silent (c, x.first + i));
  for (int i = 0; i < ATTEND_N_PARAMS; i++)
    {
      int at = nn_attend_param_at (e, i);
      if (at < 0)
        continue;
      couple_axis (c, e, at, 0, params[i].rows);
      if (params[i].columns != 0)
        couple_axis (c, e, at, 1, params[i].columns);
    }
}

/* infer has written the scale into the options: it does not move with the keys. */
static void
attend_shrink (nn_coupling *c, nn_entry *narrow)
{
  nn_attend_options *o = &narrow->o.attend;
  o->heads = nn_kept (c, nn_inner (c, NN_GROUP_HEADS, o->heads));
  o->key = nn_kept (c, nn_inner (c, NN_GROUP_KEYS, o->key));
  o->value = nn_kept (c, nn_inner (c, NN_GROUP_VALUES, o->value));
}

static const nn_op attend_op = {
  .name = "attend",
  .flags = NN_OP_READS_INPUT,
  .infer = attend_infer,
  .open = attend_open,
  .forward = attend_forward,
  .backward = nn_attend_backward,
  .macs = attend_macs,
  .couple = attend_couple,
  .shrink = attend_shrink,
};

nn_node
nn_attend_with (nn_graph *g, const char *name, nn_node x, nn_node q,
                const nn_attend_options *options)
{
  nn_entry e = { .o.attend = *options };
  return nn_graph_add (g, &attend_op, name, (nn_node[]){ x, q }, 2, &e);
}

nn_node
nn_attend (nn_graph *g, const char *name, nn_node x, nn_node q, int heads, int key)
{
  nn_attend_options options
      = { .heads = heads, .key = key, .modulation = NN_MODULATE_GATE | NN_MODULATE_QUERY_KEY };
  return nn_attend_with (g, name, x, q, &options);
}
