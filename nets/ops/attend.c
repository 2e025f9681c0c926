/* Modulated self-attention: positions of a map look at each other; a question modulates queries and
 * keys (FiLM) and opens a gate per channel. nn.h has the formula.
 *
 * Below R = rows, P = positions, C = channels, K = heads * key; a head's columns lie side by side.
 */
#include <math.h>

#include "nets/core/kern.h"
#include "nets/ops/loops.h"

enum
{
  W_QUERY,
  W_KEY,
  W_VALUE,
  W_OUT,
  W_MODULATE,
  B_MODULATE,
  W_GATE,
  B_GATE
};

/* Score gradients are held for this many (row, head) pairs at a time, shared out among the threads.
 */
#define SLOTS 64

static gboolean
attend_declare (nn_graph *g, nn_entry *e, int c, int d, GError **error)
{
  int k = e->o.attend.heads * e->o.attend.key;
  const int qk[2] = { k, c }, v[2] = { c, c }, m[2] = { 4 * k, d }, gate[2] = { c, d };
  return nn_declare (g, e, "query.weight", 2, qk, NN_INIT_FAN_IN, NN_PARAM_DECAY, error)
         && nn_declare (g, e, "key.weight", 2, qk, NN_INIT_FAN_IN, NN_PARAM_DECAY, error)
         && nn_declare (g, e, "value.weight", 2, v, NN_INIT_FAN_IN, NN_PARAM_DECAY, error)
         && nn_declare (g, e, "out.weight", 2, v, NN_INIT_FAN_IN, NN_PARAM_DECAY, error)
         && nn_declare (g, e, "modulate.weight", 2, m, NN_INIT_ZERO, NN_PARAM_DECAY, error)
         && nn_declare (g, e, "modulate.bias", 1, m, NN_INIT_ZERO, 0, error)
         && nn_declare (g, e, "gate.weight", 2, gate, NN_INIT_ZERO, NN_PARAM_DECAY, error)
         && nn_declare (g, e, "gate.bias", 1, gate, NN_INIT_ZERO, 0, error);
}

static gboolean
attend_infer (nn_graph *g, nn_entry *e, GError **error)
{
  const nn_shape *x = nn_input_shape (g, e, 0), *q = nn_input_shape (g, e, 1);
  int heads = e->o.attend.heads, key = e->o.attend.key;
  if (!nn_want_values (g, e, error))
    return FALSE;
  if (x->rank != 3 || q->rank != 1)
    return nn_shape_error (g, e, error, "needs a map (N,H,W,C) and a question (N,D)");
  if (x->per != q->per)
    return nn_shape_error (g, e, error, "map and question differ in rows");
  if (!nn_want_width (g, e, "the number of heads", heads, error)
      || !nn_want_width (g, e, "the key width", key, error))
    return FALSE;
  if (heads > NN_MAX_WIDTH / 4 / key)
    return nn_shape_error (g, e, error, "%d heads of %d are too wide", heads, key);
  if (x->dim[2] % heads != 0)
    return nn_shape_error (g, e, error, "the channels cannot be divided among %d heads", heads);
  e->shape = *x;
  return attend_declare (g, e, x->dim[2], q->dim[0], error);
}

typedef struct
{
  size_t rows, p, c, heads, key, k, d;
  /* saved; probability comes first: nn_attention() reads it there */
  float *probability;  /* (R,heads,P,P) */
  float *query, *keys; /* (R,P,K) before modulation */
  float *value;        /* (R,P,C) */
  float *mod;          /* (R,4K): gq bq gk bk */
  float *gate;         /* (R,C) after tanh */
  float *mixed, *out;  /* (R,P,C): A V, and Wo A V */
  /* scratch */
  float *mod_query, *mod_keys; /* (R,P,K) after modulation */
  /* scratch of backward only */
  float *d_query, *d_keys;          /* (R,P,K) */
  float *d_out, *d_mixed, *d_value; /* (R,P,C) */
  float *d_mod, *d_gate;            /* (R,4K), (R,C) */
  float *d_score;                   /* (slots,P,P) */
} attend_memory;

/* A piece of memory given out bit by bit; without a start only the sizes are added up. */
typedef struct
{
  float *start;
  size_t used;
} heap;

static float *
take (heap *from, size_t count)
{
  float *at = from->start ? from->start + from->used : NULL;
  from->used += count;
  return at;
}

static attend_memory
attend_lay_out (const nn_step *s, heap *saved, heap *scratch)
{
  attend_memory m = { .rows = s->rows, .heads = s->entry->o.attend.heads };
  const nn_shape *x = &s->in[0].shape;
  m.key = s->entry->o.attend.key;
  m.k = m.heads * m.key;
  m.p = (size_t)x->dim[0] * x->dim[1];
  m.c = x->dim[2];
  m.d = s->in[1].shape.dim[0];
  size_t narrow = m.rows * m.p * m.k, wide = m.rows * m.p * m.c;
  m.probability = take (saved, m.rows * m.heads * m.p * m.p);
  m.query = take (saved, narrow);
  m.keys = take (saved, narrow);
  m.value = take (saved, wide);
  m.mod = take (saved, m.rows * 4 * m.k);
  m.gate = take (saved, m.rows * m.c);
  m.mixed = take (saved, wide);
  m.out = take (saved, wide);
  m.mod_query = take (scratch, narrow);
  m.mod_keys = take (scratch, narrow);
  if (s->mode == NN_INFER)
    return m;
  m.d_query = take (scratch, narrow);
  m.d_keys = take (scratch, narrow);
  m.d_out = take (scratch, wide);
  m.d_mixed = take (scratch, wide);
  m.d_value = take (scratch, wide);
  m.d_mod = take (scratch, m.rows * 4 * m.k);
  m.d_gate = take (scratch, m.rows * m.c);
  m.d_score = take (scratch, MIN (m.rows * m.heads, (size_t)SLOTS) * m.p * m.p);
  return m;
}

static attend_memory
attend_memory_of (const nn_step *s)
{
  heap saved = { s->saved, 0 }, scratch = { s->scratch, 0 };
  return attend_lay_out (s, &saved, &scratch);
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

/* ---- forward ---------------------------------------------------------------------------- */

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

static void
modulate (const attend_memory *m)
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

/* Softmax of each row of x (n,n), in place. */
NN_LOOP (softmax_rows, (float *x, size_t n), (x, n))
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
    }
}

static void
attend_head (const attend_memory *m, size_t item)
{
  size_t r = item / m->heads, head = item % m->heads, p = m->p, c = m->c / m->heads;
  size_t narrow = r * p * m->k + head * m->key, wide = r * p * m->c + head * c;
  float *a = m->probability + item * p * p;
  nn_sgemm (FALSE, TRUE, p, p, m->key, 1.0f / sqrtf ((float)m->key), m->mod_query + narrow, m->k,
            m->mod_keys + narrow, m->k, 0, a, p);
  softmax_rows (a, p);
  nn_sgemm (FALSE, FALSE, p, c, p, 1, a, p, m->value + wide, m->c, 0, m->mixed + wide, m->c);
}

/* (R,C) gates and (R,4K) modulation from the question; as if it were zero when FiLM is ablated. */
static void
read_question (const nn_step *s, const attend_memory *m)
{
  const float *q = s->in[1].value;
  size_t wide = 4 * m->k;
  if (s->ablation & NN_ABLATE_FILM)
    {
      memset (m->mod, 0, m->rows * wide * sizeof (float));
      memset (m->gate, 0, m->rows * m->c * sizeof (float));
    }
  else
    {
      nn_sgemm (FALSE, TRUE, m->rows, wide, m->d, 1, q, m->d, s->param[W_MODULATE].value, m->d, 0,
                m->mod, wide);
      nn_add_bias (m->mod, m->rows, wide, s->param[B_MODULATE].value);
      nn_sgemm (FALSE, TRUE, m->rows, m->c, m->d, 1, q, m->d, s->param[W_GATE].value, m->d, 0,
                m->gate, m->c);
    }
  nn_add_bias (m->gate, m->rows, m->c, s->param[B_GATE].value);
  for (size_t i = 0; i < m->rows * m->c; i++)
    m->gate[i] = tanhf (m->gate[i]);
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

static void
attend_forward (nn_step *s)
{
  attend_memory m = attend_memory_of (s);
  const float *x = s->in[0].value;
  size_t all = m.rows * m.p, c = m.c;
  if (s->ablation & NN_ABLATE_ATTENTION)
    {
      memcpy (s->value, x, s->count * sizeof (float));
      memset (m.probability, 0, m.rows * m.heads * m.p * m.p * sizeof (float));
      return;
    }
  nn_sgemm (FALSE, TRUE, all, m.k, c, 1, x, c, s->param[W_QUERY].value, c, 0, m.query, m.k);
  nn_sgemm (FALSE, TRUE, all, m.k, c, 1, x, c, s->param[W_KEY].value, c, 0, m.keys, m.k);
  nn_sgemm (FALSE, TRUE, all, c, c, 1, x, c, s->param[W_VALUE].value, c, 0, m.value, c);
  read_question (s, &m);
  modulate (&m);
#pragma omp parallel for if (m.rows * m.heads > 1)
  for (size_t item = 0; item < m.rows * m.heads; item++)
    attend_head (&m, item);
  nn_sgemm (FALSE, TRUE, all, c, c, 1, m.mixed, c, s->param[W_OUT].value, c, 0, m.out, c);
#pragma omp parallel for if (s->count > NN_PARALLEL_MIN)
  for (size_t r = 0; r < m.rows; r++)
    add_gated (x + r * m.p * c, m.gate + r * c, m.out + r * m.p * c, s->value + r * m.p * c, m.p,
               c);
}

/* ---- backward --------------------------------------------------------------------------- */

/* One row: d_out = gate * dy; d_gate = sum of dy * out, taken through tanh. */
NN_LOOP (gate_row_backward,
         (const float *dy, const float *out, const float *gate, float *d_out, float *d_gate,
          size_t positions, size_t c),
         (dy, out, gate, d_out, d_gate, positions, c))
{
  for (size_t j = 0; j < c; j++)
    d_gate[j] = 0;
  for (size_t p = 0; p < positions; p++, dy += c, out += c, d_out += c)
    {
#pragma GCC ivdep
      for (size_t j = 0; j < c; j++)
        {
          d_out[j] = gate[j] * dy[j];
          d_gate[j] += dy[j] * out[j];
        }
    }
#pragma GCC ivdep
  for (size_t j = 0; j < c; j++)
    d_gate[j] *= 1.0f - gate[j] * gate[j];
}

/* d (n,n), the gradient of the softmax a (n,n), becomes that of its argument. */
NN_LOOP (softmax_rows_backward, (const float *a, float *d, size_t n), (a, d, n))
{
  for (size_t i = 0; i < n; i++, a += n, d += n)
    {
      float dot = 0;
#pragma omp simd reduction(+ : dot)
      for (size_t j = 0; j < n; j++)
        dot += a[j] * d[j];
#pragma GCC ivdep
      for (size_t j = 0; j < n; j++)
        d[j] = a[j] * (d[j] - dot);
    }
}

static void
attend_head_backward (const attend_memory *m, size_t item, float *d_score)
{
  size_t r = item / m->heads, head = item % m->heads, p = m->p, c = m->c / m->heads;
  size_t narrow = r * p * m->k + head * m->key, wide = r * p * m->c + head * c;
  const float *a = m->probability + item * p * p;
  float scale = 1.0f / sqrtf ((float)m->key);
  nn_sgemm (FALSE, TRUE, p, p, c, 1, m->d_mixed + wide, m->c, m->value + wide, m->c, 0, d_score, p);
  nn_sgemm (TRUE, FALSE, p, c, p, 1, a, p, m->d_mixed + wide, m->c, 0, m->d_value + wide, m->c);
  softmax_rows_backward (a, d_score, p);
  nn_sgemm (FALSE, FALSE, p, m->key, p, scale, d_score, p, m->mod_keys + narrow, m->k, 0,
            m->d_query + narrow, m->k);
  nn_sgemm (TRUE, FALSE, p, m->key, p, scale, d_score, p, m->mod_query + narrow, m->k, 0,
            m->d_keys + narrow, m->k);
}

/* One row: dy (positions,k) becomes dx in place; d_gain, d_shift (k) are written. */
NN_LOOP (modulate_row_backward,
         (const float *x, const float *gain, float *dy, float *d_gain, float *d_shift,
          size_t positions, size_t k),
         (x, gain, dy, d_gain, d_shift, positions, k))
{
  for (size_t j = 0; j < k; j++)
    d_gain[j] = d_shift[j] = 0;
  for (size_t i = 0; i < positions; i++, x += k, dy += k)
    {
#pragma GCC ivdep
      for (size_t j = 0; j < k; j++)
        {
          d_gain[j] += dy[j] * x[j];
          d_shift[j] += dy[j];
          dy[j] *= 1.0f + gain[j];
        }
    }
}

static void
scores_backward (const attend_memory *m)
{
  size_t items = m->rows * m->heads, slots = MIN (items, (size_t)SLOTS), row = m->p * m->k;
  modulate (m);
#pragma omp parallel for if (slots > 1)
  for (size_t slot = 0; slot < slots; slot++)
    for (size_t item = slot; item < items; item += slots)
      attend_head_backward (m, item, m->d_score + slot * m->p * m->p);
#pragma omp parallel for if (m->rows * row > NN_PARALLEL_MIN)
  for (size_t r = 0; r < m->rows; r++)
    {
      const float *mod = m->mod + r * 4 * m->k;
      float *d = m->d_mod + r * 4 * m->k;
      modulate_row_backward (m->query + r * row, mod, m->d_query + r * row, d, d + m->k, m->p,
                             m->k);
      modulate_row_backward (m->keys + r * row, mod + 2 * m->k, m->d_keys + r * row, d + 2 * m->k,
                             d + 3 * m->k, m->p, m->k);
    }
}

/* Adds dy^T x to the gradient of a (out,in) weight; dy (n,out), x (n,in). */
static void
add_weight_gradient (nn_step *s, int param, const float *dy, const float *x, size_t n, size_t out,
                     size_t in)
{
  if (s->param[param].grad)
    nn_sgemm (TRUE, FALSE, out, in, n, 1, dy, out, x, in, 1, s->param[param].grad, in);
}

static void
question_backward (nn_step *s, const attend_memory *m)
{
  const float *q = s->in[1].value;
  float *dq = s->in[1].grad;
  size_t wide = 4 * m->k;
  gboolean heard = !(s->ablation & NN_ABLATE_FILM);
  if (s->param[B_GATE].grad)
    nn_sum_columns (m->d_gate, m->rows, m->c, s->param[B_GATE].grad);
  if (dq && !heard)
    memset (dq, 0, s->in[1].count * sizeof (float));
  if (!heard)
    return;
  add_weight_gradient (s, W_GATE, m->d_gate, q, m->rows, m->c, m->d);
  add_weight_gradient (s, W_MODULATE, m->d_mod, q, m->rows, wide, m->d);
  if (s->param[B_MODULATE].grad)
    nn_sum_columns (m->d_mod, m->rows, wide, s->param[B_MODULATE].grad);
  if (!dq)
    return;
  nn_sgemm (FALSE, FALSE, m->rows, m->d, m->c, 1, m->d_gate, m->c, s->param[W_GATE].value, m->d, 0,
            dq, m->d);
  nn_sgemm (FALSE, FALSE, m->rows, m->d, wide, 1, m->d_mod, wide, s->param[W_MODULATE].value, m->d,
            1, dq, m->d);
}

static void
map_backward (nn_step *s, const attend_memory *m)
{
  const float *x = s->in[0].value;
  float *dx = s->in[0].grad;
  size_t all = m->rows * m->p, c = m->c, k = m->k;
  add_weight_gradient (s, W_QUERY, m->d_query, x, all, k, c);
  add_weight_gradient (s, W_KEY, m->d_keys, x, all, k, c);
  add_weight_gradient (s, W_VALUE, m->d_value, x, all, c, c);
  if (!dx)
    return;
  memcpy (dx, s->grad, s->count * sizeof (float));
  nn_sgemm (FALSE, FALSE, all, c, k, 1, m->d_query, k, s->param[W_QUERY].value, c, 1, dx, c);
  nn_sgemm (FALSE, FALSE, all, c, k, 1, m->d_keys, k, s->param[W_KEY].value, c, 1, dx, c);
  nn_sgemm (FALSE, FALSE, all, c, c, 1, m->d_value, c, s->param[W_VALUE].value, c, 1, dx, c);
}

static void
attend_backward (nn_step *s)
{
  attend_memory m = attend_memory_of (s);
  size_t all = m.rows * m.p, c = m.c;
  if (s->ablation & NN_ABLATE_ATTENTION)
    {
      if (s->in[0].grad)
        memcpy (s->in[0].grad, s->grad, s->count * sizeof (float));
      if (s->in[1].grad)
        memset (s->in[1].grad, 0, s->in[1].count * sizeof (float));
      return;
    }
#pragma omp parallel for if (s->count > NN_PARALLEL_MIN)
  for (size_t r = 0; r < m.rows; r++)
    gate_row_backward (s->grad + r * m.p * c, m.out + r * m.p * c, m.gate + r * c,
                       m.d_out + r * m.p * c, m.d_gate + r * c, m.p, c);
  add_weight_gradient (s, W_OUT, m.d_out, m.mixed, all, c, c);
  nn_sgemm (FALSE, FALSE, all, c, c, 1, m.d_out, c, s->param[W_OUT].value, c, 0, m.d_mixed, c);
  scores_backward (&m);
  question_backward (s, &m);
  map_backward (s, &m);
}

static int64_t
attend_macs (const nn_graph *g, const nn_entry *e)
{
  const nn_shape *x = nn_input_shape (g, e, 0);
  int64_t p = (int64_t)x->dim[0] * x->dim[1], c = x->dim[2], d = nn_input_shape (g, e, 1)->dim[0];
  int64_t k = (int64_t)e->o.attend.heads * e->o.attend.key;
  return p * c * (2 * k + 2 * c) + p * p * (k + c) + d * (4 * k + c);
}

static const nn_op attend_op = {
  .name = "attend",
  .flags = NN_OP_READS_INPUT,
  .infer = attend_infer,
  .open = attend_open,
  .forward = attend_forward,
  .backward = attend_backward,
  .macs = attend_macs,
};

nn_node
nn_attend (nn_graph *g, const char *name, nn_node x, nn_node q, int heads, int key)
{
  nn_entry e = { .o.attend = { heads, key } };
  return nn_graph_add (g, &attend_op, name, (nn_node[]){ x, q }, 2, &e);
}
