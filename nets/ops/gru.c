/* Gated recurrent unit over padded sequences (Cho et al. 2014, PyTorch's gate order r, z, n).
 *
 * Only tokens that are not padding are computed. They are gathered in the order of time, so that
 * the rows still alive at one step form one contiguous block: one product per step for the hidden
 * part, one for all steps together for the input part and for each parameter gradient.
 */
#include "nets/core/kern.h"
#include "nets/ops/couple.h"
#include "nets/ops/loops.h"

#define MAX_LAYERS 64

static gboolean
gru_infer (nn_graph *g, nn_entry *e, GError **error)
{
  const nn_shape *x = nn_input_shape (g, e, 0), *ids = nn_input_shape (g, e, 1);
  int hidden = e->o.gru.hidden, layers = e->o.gru.layers;
  if (layers < 1 || layers > MAX_LAYERS)
    return nn_shape_error (g, e, error, "%d layers, it takes 1 to %d", layers, MAX_LAYERS);
  if (x->ids || !ids->ids || x->rank != 2 || ids->rank != 1)
    return nn_shape_error (g, e, error, "needs values (N,T,D) and ids (N,T)");
  if (x->per < 1 || x->per != ids->per || x->dim[0] != ids->dim[0])
    return nn_shape_error (g, e, error, "values and ids differ in rows or length");
  if (!nn_want_width (g, e, "the state's width", hidden, error))
    return FALSE;
  if (e->o.gru.sequence)
    e->shape = (nn_shape){ .per = x->per, .rank = 2, .dim = { x->dim[0], hidden } };
  else
    e->shape = (nn_shape){ .per = x->per, .rank = 1, .dim = { hidden } };
  const int bias[1] = { 3 * hidden };
  return nn_declare (g, e, "weight_ih", 2, (int[]){ 3 * hidden, x->dim[1] }, NN_INIT_RECURRENT,
                     NN_PARAM_DECAY, error)
         && nn_declare (g, e, "weight_hh", 2, (int[]){ 3 * hidden, hidden }, NN_INIT_RECURRENT,
                        NN_PARAM_DECAY, error)
         && nn_declare (g, e, "bias_ih", 1, bias, NN_INIT_RECURRENT, 0, error)
         && nn_declare (g, e, "bias_hh", 1, bias, NN_INIT_RECURRENT, 0, error);
}

enum
{
  W_IH,
  W_HH,
  B_IH,
  B_HH
};

/* Sizes and the layout of saved and scratch; n is the number of tokens that are not padding, at
 * most rows * time. A token's index in `token` is row * time + t. */
typedef struct
{
  size_t rows, time, d, h;
  /* saved */
  float *gates;        /* (n,4H): r, z, n, and the hidden part of n */
  float *before;       /* (n,H) the state before the token */
  int32_t *token;      /* (n) */
  int32_t *step_start; /* (time + 1) first token of each step */
  /* scratch */
  float *x;     /* (n,D) gathered input, later its gradient */
  float *gx;    /* (n,3H) input part of the gates, or its gradient */
  float *gh;    /* forward (rows,3H) hidden part; backward (n,3H) its gradient */
  float *state; /* (rows,H) each row's state where all are the output, or its gradient */
  float *block; /* backward: (rows,H) the same for the rows of one step */
} gru_memory;

static gru_memory
gru_lay_out (const nn_step *s)
{
  gru_memory m = { .rows = s->rows, .h = s->entry->o.gru.hidden };
  m.time = s->in[0].shape.dim[0];
  m.d = s->in[0].shape.dim[1];
  size_t most = m.rows * m.time;
  m.gates = s->saved;
  m.before = m.gates + most * 4 * m.h;
  m.token = (int32_t *)(m.before + most * m.h);
  m.step_start = m.token + most;
  m.x = s->scratch;
  m.gx = m.x + most * m.d;
  m.gh = m.gx + most * 3 * m.h;
  m.state = m.gh + most * 3 * m.h;
  m.block = m.state + m.rows * m.h;
  return m;
}

static gboolean
gru_open (nn_step *s, GError **error)
{
  size_t h = s->entry->o.gru.hidden, time = s->in[0].shape.dim[0], d = s->in[0].shape.dim[1];
  size_t most = s->rows * time;
  s->saved_bytes = most * 5 * h * sizeof (float) + (most + time + 1) * sizeof (int32_t);
  s->scratch_bytes = (most * (d + 6 * h) + 2 * s->rows * h) * sizeof (float);
  return TRUE;
}

static void
list_tokens (const gru_memory *m, const int32_t *ids)
{
  int32_t n = 0;
  for (size_t t = 0; t < m->time; t++)
    {
      m->step_start[t] = n;
      for (size_t r = 0; r < m->rows; r++)
        if (ids[r * m->time + t] != 0)
          m->token[n++] = (int32_t)(r * m->time + t);
    }
  m->step_start[m->time] = n;
}

static void
gather_input (const gru_memory *m, const float *x)
{
  size_t n = m->step_start[m->time];
  for (size_t i = 0; i < n; i++)
    memcpy (m->x + i * m->d, x + (size_t)m->token[i] * m->d, m->d * sizeof (float));
}

/* One token: gx, gh (3H) without biases, which are b, c (3H); state (H) becomes the new state. */
NN_LOOP (gate_row,
         (const float *gx, const float *gh, const float *b, const float *c, float *gates,
          float *state, size_t h),
         (gx, gh, b, c, gates, state, h))
{
#pragma GCC ivdep
  for (size_t j = 0; j < h; j++)
    {
      float r = nn_sigmoidf (gx[j] + b[j] + gh[j] + c[j]);
      float z = nn_sigmoidf (gx[h + j] + b[h + j] + gh[h + j] + c[h + j]);
      float hidden = gh[2 * h + j] + c[2 * h + j];
      float n = nn_tanhf (gx[2 * h + j] + b[2 * h + j] + r * hidden);
      gates[j] = r;
      gates[h + j] = z;
      gates[2 * h + j] = n;
      gates[3 * h + j] = hidden;
      state[j] = (1.0f - z) * n + z * state[j];
    }
}

/* The rows alive at one step, from token `start`; state (rows,H) moves on. */
static void
gru_step_forward (const nn_step *s, const gru_memory *m, float *state, size_t start, size_t alive)
{
  size_t h = m->h;
  float *before = m->before + start * h;
  for (size_t i = 0; i < alive; i++)
    memcpy (before + i * h, state + m->token[start + i] / m->time * h, h * sizeof (float));
  nn_sgemm (FALSE, TRUE, alive, 3 * h, h, 1, before, h, s->param[W_HH].value, h, 0, m->gh, 3 * h);
#pragma omp parallel for if (alive * h > NN_PARALLEL_MIN / 8)
  for (size_t i = 0; i < alive; i++)
    gate_row (m->gx + (start + i) * 3 * h, m->gh + i * 3 * h, s->param[B_IH].value,
              s->param[B_HH].value, m->gates + (start + i) * 4 * h,
              state + m->token[start + i] / m->time * h, h);
}

static void
gru_forward (nn_step *s)
{
  gru_memory m = gru_lay_out (s);
  size_t h = m.h;
  gboolean sequence = s->entry->o.gru.sequence;
  float *state = sequence ? m.state : s->value;
  list_tokens (&m, s->in[1].value);
  gather_input (&m, s->in[0].value);
  memset (state, 0, m.rows * h * sizeof (float));
  size_t n = m.step_start[m.time];
  if (n > 0)
    nn_sgemm (FALSE, TRUE, n, 3 * h, m.d, 1, m.x, m.d, s->param[W_IH].value, m.d, 0, m.gx, 3 * h);
  for (size_t t = 0; t < m.time; t++)
    {
      size_t start = m.step_start[t], alive = m.step_start[t + 1] - start;
      if (alive > 0)
        gru_step_forward (s, &m, state, start, alive);
      for (size_t r = 0; sequence && r < m.rows; r++)
        memcpy (s->value + (r * m.time + t) * h, state + r * h, h * sizeof (float));
    }
}

/* One token: from the gradient of its new state (H) to those of gx and gh (3H each, equal but for
 * n) and of the state before it through z (H, in place of `dstate`). */
NN_LOOP (gate_row_backward,
         (const float *gates, const float *before, float *dstate, float *dgx, float *dgh, size_t h),
         (gates, before, dstate, dgx, dgh, h))
{
#pragma GCC ivdep
  for (size_t j = 0; j < h; j++)
    {
      float r = gates[j], z = gates[h + j], n = gates[2 * h + j], hidden = gates[3 * h + j];
      float d = dstate[j];
      float dn = d * (1.0f - z) * (1.0f - n * n);
      float dz = d * (before[j] - n) * z * (1.0f - z);
      float dr = dn * hidden * r * (1.0f - r);
      dgx[j] = dr;
      dgx[h + j] = dz;
      dgx[2 * h + j] = dn;
      dgh[j] = dr;
      dgh[h + j] = dz;
      dgh[2 * h + j] = dn * r;
      dstate[j] = d * z;
    }
}

static void
gru_step_backward (const nn_step *s, const gru_memory *m, size_t start, size_t alive)
{
  size_t h = m->h;
#pragma omp parallel for if (alive * h > NN_PARALLEL_MIN / 8)
  for (size_t i = 0; i < alive; i++)
    {
      size_t at = start + i;
      memcpy (m->block + i * h, m->state + m->token[at] / m->time * h, h * sizeof (float));
      gate_row_backward (m->gates + at * 4 * h, m->before + at * h, m->block + i * h,
                         m->gx + at * 3 * h, m->gh + at * 3 * h, h);
    }
  nn_sgemm (FALSE, FALSE, alive, h, 3 * h, 1, m->gh + start * 3 * h, 3 * h, s->param[W_HH].value, h,
            1, m->block, h);
  for (size_t i = 0; i < alive; i++)
    memcpy (m->state + m->token[start + i] / m->time * h, m->block + i * h, h * sizeof (float));
}

static void
gru_param_gradients (nn_step *s, const gru_memory *m, size_t n)
{
  size_t h = m->h;
  if (s->param[W_IH].grad)
    {
      gather_input (m, s->in[0].value);
      nn_sgemm (TRUE, FALSE, 3 * h, m->d, n, 1, m->gx, 3 * h, m->x, m->d, 1, s->param[W_IH].grad,
                m->d);
    }
  if (s->param[W_HH].grad)
    nn_sgemm (TRUE, FALSE, 3 * h, h, n, 1, m->gh, 3 * h, m->before, h, 1, s->param[W_HH].grad, h);
  if (s->param[B_IH].grad)
    nn_sum_columns (m->gx, n, 3 * h, s->param[B_IH].grad);
  if (s->param[B_HH].grad)
    nn_sum_columns (m->gh, n, 3 * h, s->param[B_HH].grad);
}

static void
gru_backward (nn_step *s)
{
  gru_memory m = gru_lay_out (s);
  size_t h = m.h, n = m.step_start[m.time];
  float *dx = s->in[0].grad;
  if (dx)
    memset (dx, 0, s->in[0].count * sizeof (float));
  if (n == 0)
    return;
  gboolean sequence = s->entry->o.gru.sequence;
  if (sequence)
    memset (m.state, 0, m.rows * h * sizeof (float));
  else
    memcpy (m.state, s->grad, s->count * sizeof (float));
  for (size_t t = m.time; t-- > 0;)
    {
      for (size_t r = 0; sequence && r < m.rows; r++)
        nn_accumulate (m.state + r * h, s->grad + (r * m.time + t) * h, h);
      if (m.step_start[t + 1] > m.step_start[t])
        gru_step_backward (s, &m, m.step_start[t], m.step_start[t + 1] - m.step_start[t]);
    }
  gru_param_gradients (s, &m, n);
  if (!dx)
    return;
  nn_sgemm (FALSE, FALSE, n, m.d, 3 * h, 1, m.gx, 3 * h, s->param[W_IH].value, m.d, 0, m.x, m.d);
  for (size_t i = 0; i < n; i++)
    memcpy (dx + (size_t)m.token[i] * m.d, m.x + i * m.d, m.d * sizeof (float));
}

static int64_t
gru_macs (const nn_graph *g, const nn_entry *e)
{
  const nn_shape *x = nn_input_shape (g, e, 0);
  int64_t h = e->o.gru.hidden;
  return x->dim[0] * 3 * h * (x->dim[1] + h);
}

/* A state's unit: its rows in the three gates and what the next step reads of it. */
static void
gru_couple (nn_coupling *c, const nn_entry *e)
{
  nn_span h = nn_channels (c, NN_OUTPUT);
  nn_call_units (c, NN_GROUP_UNITS);
  for (int k = W_IH; k <= B_HH; k++)
    nn_tie_spans (c, h, nn_slices (c, k, 0, 3, 1));
  nn_tie_spans (c, h, nn_slices (c, W_HH, 1, 1, 1));
  nn_tie_spans (c, nn_channels (c, 0), nn_slices (c, W_IH, 1, 1, 1));
}

static void
gru_shrink (nn_coupling *c, nn_entry *narrow)
{
  narrow->o.gru.hidden = nn_kept (c, nn_channels (c, NN_OUTPUT));
}

static const nn_op gru_op = {
  .name = "gru",
  .flags = NN_OP_READS_INPUT,
  .infer = gru_infer,
  .open = gru_open,
  .forward = gru_forward,
  .backward = gru_backward,
  .macs = gru_macs,
  .couple = gru_couple,
  .shrink = gru_shrink,
};

nn_node
nn_gru (nn_graph *g, const char *name, nn_node x, nn_node ids, int hidden)
{
  nn_entry e = { .o.gru = { .hidden = hidden, .layers = 1 } };
  return nn_graph_add (g, &gru_op, name, (nn_node[]){ x, ids }, 2, &e);
}

nn_node
nn_gru_sequence (nn_graph *g, const char *name, nn_node x, nn_node ids, int hidden)
{
  nn_entry e = { .o.gru = { .hidden = hidden, .layers = 1, .sequence = TRUE } };
  return nn_graph_add (g, &gru_op, name, (nn_node[]){ x, ids }, 2, &e);
}

nn_node
nn_gru_layers (nn_graph *g, const char *name, nn_node x, nn_node ids, int hidden, int layers)
{
  int last = CLAMP (layers, 1, MAX_LAYERS) - 1; /* infer refuses what lies outside */
  for (int i = 0; i <= last; i++)
    {
      g_autofree char *layer = g_strdup_printf ("%s.%d", name, i);
      nn_entry e = { .o.gru = { .hidden = hidden, .layers = layers, .sequence = i < last } };
      x = nn_graph_add (g, &gru_op, layer, (nn_node[]){ x, ids }, 2, &e);
    }
  return x;
}
