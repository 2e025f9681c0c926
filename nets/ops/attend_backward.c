/* Backward of modulated self-attention. */
#include "nets/ops/attend.h"

#include <math.h>

/* ---- gate --------------------------------------------------------------------------------- */

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

/* ---- scores ------------------------------------------------------------------------------- */

/* d (n,n), the gradient of the softmax a (n,n), becomes that of its argument; minus a * other[i],
 * what comes through the logarithm of the row's sum, unless NULL (n). */
NN_LOOP (softmax_rows_backward, (const float *a, float *d, const float *other, size_t n),
         (a, d, other, n))
{
  for (size_t i = 0; i < n; i++, a += n, d += n)
    {
      float dot = 0;
#pragma omp simd reduction(+ : dot)
      for (size_t j = 0; j < n; j++)
        dot += a[j] * d[j];
      if (other)
        dot += other[i];
#pragma GCC ivdep
      for (size_t j = 0; j < n; j++)
        d[j] = a[j] * (d[j] - dot);
    }
}

/* One (row, head) of n positions, `width` columns `stride` apart: from the gradient of the mixed
 * values, in place, to that of the plain ones; d_value (width) of the token's value, d_score (n) of
 * its score, and the gradient of the share for pull 1 is returned through d_open. */
NN_LOOP (mix_token_backward,
         (float *d, const float *plain, const float *value, const float *share, const float *pull,
          float open, float *d_value, float *d_score, float *d_open, size_t stride, size_t width,
          size_t n),
         (d, plain, value, share, pull, open, d_value, d_score, d_open, stride, width, n))
{
  float sum = 0;
  for (size_t j = 0; j < width; j++)
    d_value[j] = 0;
  for (size_t i = 0; i < n; i++, d += stride, plain += stride)
    {
      float d_share = 0;
#pragma omp simd reduction(+ : d_share)
      for (size_t j = 0; j < width; j++)
        d_share += d[j] * (value[j] - plain[j]);
#pragma GCC ivdep
      for (size_t j = 0; j < width; j++)
        {
          d_value[j] += share[i] * d[j];
          d[j] *= 1.0f - share[i];
        }
      sum += pull[i] * d_share;
      d_score[i] = open * d_share * pull[i] * (1.0f - pull[i]);
    }
  *d_open = sum;
}

/* d_query (n,width) += scale d_score key; d_key (width) = scale * sum of d_score query; rows of
 * queries are `stride` apart. */
NN_LOOP (token_score_backward,
         (const float *d_score, const float *query, const float *key, float scale, float *d_query,
          float *d_key, size_t stride, size_t width, size_t n),
         (d_score, query, key, scale, d_query, d_key, stride, width, n))
{
  for (size_t j = 0; j < width; j++)
    d_key[j] = 0;
  for (size_t i = 0; i < n; i++, query += stride, d_query += stride)
    {
      float d = scale * d_score[i];
#pragma GCC ivdep
      for (size_t j = 0; j < width; j++)
        {
          d_key[j] += d * query[j];
          d_query[j] += d * key[j];
        }
    }
}

static void
attend_head_backward (const nn_attend_memory *m, size_t item, float *d_score)
{
  size_t r = item / m->heads, head = item % m->heads, p = m->p, width = m->value_width;
  size_t narrow = r * p * m->k + head * m->key, wide = r * p * m->v + head * width;
  size_t narrow_token = r * m->k + head * m->key, wide_token = r * m->v + head * width;
  const float *a = m->probability + item * p * p;
  float *d_pull = m->token ? m->d_pull + item * p : NULL;
  if (m->token)
    {
      float open = tanhf (m->w[ATTEND_TOKEN_OPEN][head]);
      mix_token_backward (m->d_mixed + wide, m->plain + wide, m->token_value + wide_token,
                          m->share + item * p, m->pull + item * p, open,
                          m->d_token_value + wide_token, d_pull, m->d_open + item, m->v, width, p);
      m->d_open[item] *= 1.0f - open * open;
    }
  nn_sgemm (FALSE, TRUE, p, p, width, 1, m->d_mixed + wide, m->v, m->value + wide, m->v, 0, d_score,
            p);
  nn_sgemm (TRUE, FALSE, p, width, p, 1, a, p, m->d_mixed + wide, m->v, 0, m->d_value + wide, m->v);
  softmax_rows_backward (a, d_score, d_pull, p);
  nn_sgemm (FALSE, FALSE, p, m->key, p, m->scale, d_score, p, m->mod_keys + narrow, m->k, 0,
            m->d_query + narrow, m->k);
  nn_sgemm (TRUE, FALSE, p, m->key, p, m->scale, d_score, p, m->mod_query + narrow, m->k, 0,
            m->d_keys + narrow, m->k);
  if (m->token)
    token_score_backward (d_pull, m->mod_query + narrow, m->token_key + narrow_token, m->scale,
                          m->d_query + narrow, m->d_token_key + narrow_token, m->k, m->key, p);
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
scores_backward (const nn_attend_memory *m)
{
  size_t items = m->rows * m->heads, row = m->p * m->k;
  if (m->film)
    nn_attend_modulate (m);
#pragma omp parallel for if (items * m->p * m->p > NN_PARALLEL_MIN / 8)
  for (size_t slot = 0; slot < m->slots; slot++)
    for (size_t item = slot; item < items; item += m->slots)
      attend_head_backward (m, item, m->d_score + slot * m->p * m->p);
  if (!m->film)
    return;
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

/* ---- weights, map and question ------------------------------------------------------------ */

/* Adds dy^T x to the gradient of a (out,in) weight; dy (n,out), x (n,in). */
static void
add_weight_gradient (const nn_attend_memory *m, nn_attend_param which, const float *dy,
                     const float *x, size_t n, size_t out, size_t in)
{
  if (m->g[which])
    nn_sgemm (TRUE, FALSE, out, in, n, 1, dy, out, x, in, 1, m->g[which], in);
}

static void
map_backward (nn_step *s, const nn_attend_memory *m)
{
  const float *x = s->in[0].value, *from = x;
  float *dx = s->in[0].grad, *to = m->d_normed ? m->d_normed : dx;
  size_t all = m->rows * m->p, c = m->c, k = m->k, v = m->v;
  if (dx)
    memcpy (dx, s->grad, s->count * sizeof (float));
  if (m->normed)
    {
      nn_attend_normalise (m, x);
      from = m->normed;
    }
  add_weight_gradient (m, ATTEND_QUERY, m->d_query, from, all, k, c);
  add_weight_gradient (m, ATTEND_KEY, m->d_keys, from, all, k, c);
  add_weight_gradient (m, ATTEND_VALUE, m->d_value, from, all, v, c);
  if (!to)
    return;
  nn_sgemm (FALSE, FALSE, all, c, k, 1, m->d_query, k, m->w[ATTEND_QUERY], c, m->d_normed ? 0 : 1,
            to, c);
  nn_sgemm (FALSE, FALSE, all, c, k, 1, m->d_keys, k, m->w[ATTEND_KEY], c, 1, to, c);
  nn_sgemm (FALSE, FALSE, all, c, v, 1, m->d_value, v, m->w[ATTEND_VALUE], c, 1, to, c);
  if (m->d_normed)
    nn_attend_norm_backward (m, x, dx);
}

/* The gradient dy (R,n) of W q + b goes to W (n,D), b (n) where there is one, and q. */
static void
answer (nn_step *s, const nn_attend_memory *m, nn_attend_param weight, nn_attend_param bias,
        const float *dy, size_t n)
{
  add_weight_gradient (m, weight, dy, s->in[1].value, m->rows, n, m->d);
  if (bias != ATTEND_N_PARAMS && m->g[bias])
    nn_sum_columns (dy, m->rows, n, m->g[bias]);
  if (s->in[1].grad)
    nn_sgemm (FALSE, FALSE, m->rows, m->d, n, 1, dy, n, m->w[weight], m->d, 1, s->in[1].grad, m->d);
}

static void
question_backward (nn_step *s, const nn_attend_memory *m)
{
  if (s->in[1].grad)
    memset (s->in[1].grad, 0, s->in[1].count * sizeof (float));
  if (m->heard && m->w[ATTEND_GATE])
    answer (s, m, ATTEND_GATE, ATTEND_GATE_B, m->d_gate, m->c);
  else if (m->g[ATTEND_GATE_B])
    nn_sum_columns (m->d_gate, m->rows, m->c, m->g[ATTEND_GATE_B]);
  if (m->film)
    answer (s, m, ATTEND_MODULATE, ATTEND_MODULATE_B, m->d_mod, 4 * m->k);
  if (m->condition)
    answer (s, m, ATTEND_CONDITION, ATTEND_CONDITION_B, m->d_change, 2 * m->c);
  if (!m->token)
    return;
  answer (s, m, ATTEND_TOKEN_KEY, ATTEND_N_PARAMS, m->d_token_key, m->k);
  answer (s, m, ATTEND_TOKEN_VALUE, ATTEND_N_PARAMS, m->d_token_value, m->v);
  if (m->g[ATTEND_TOKEN_OPEN])
    nn_sum_columns (m->d_open, m->rows, m->heads, m->g[ATTEND_TOKEN_OPEN]);
}

void
nn_attend_backward (nn_step *s)
{
  nn_attend_memory m = nn_attend_memory_of (s);
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
  add_weight_gradient (&m, ATTEND_OUT, m.d_out, m.mixed, all, c, m.v);
  nn_sgemm (FALSE, FALSE, all, m.v, c, 1, m.d_out, c, m.w[ATTEND_OUT], m.v, 0, m.d_mixed, m.v);
  scores_backward (&m);
  map_backward (s, &m);
  question_backward (s, &m);
}
