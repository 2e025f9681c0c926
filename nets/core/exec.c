/* An exec: a graph compiled for one batch size and one purpose, and how it runs. fuse.c
 * joins nodes that are computed at once, layout.c says where values live. */
#include "nets/core/exec.h"
#include "nets/core/plan.h"
#include "nets/core/random.h"

#include <stdlib.h>
#include <string.h>

/* ---- compiling ---------------------------------------------------------------------------- */

static gboolean
learns (nn_exec *e, const nn_entry *entry)
{
  for (int k = 0; e->mode == NN_TRAIN && k < entry->n_params; k++)
    {
      const nn_param_spec *s = e->graph->specs->pdata[entry->param[k]];
      const nn_param *p = nn_params_find (e->params, s->name);
      if ((p->flags & (NN_PARAM_STAT | NN_PARAM_FROZEN)) == 0)
        return TRUE;
    }
  return FALSE;
}

/* Does this operation hold a tensor of this shape in bfloat16? */
static gboolean
halves (const nn_exec *e, const nn_entry *entry, const nn_shape *shape)
{
  return e->half && (entry->op->flags & NN_OP_HALF) != 0 && shape->rank == 3 && !shape->ids;
}

static void
connect (nn_exec *e, int i)
{
  nn_unit *u = &e->units[i];
  const nn_entry *entry = nn_graph_entry (e->graph, i);
  nn_step *s = &u->step;

  s->entry = entry;
  s->mode = e->mode;
  s->rows = (size_t)e->batch * entry->shape.per;
  s->count = MAX (s->rows, 1) * nn_shape_size (&entry->shape);
  s->half = !nn_entry_is_input (entry) && halves (e, entry, &entry->shape);
  u->grad = u->saved = u->twin = u->grad_twin = -1;
  u->in_grad_path = e->mode != NN_INFER && (entry->keep || learns (e, entry)) && !entry->shape.ids;
  for (int k = 0; k < entry->n_inputs; k++)
    {
      nn_unit *input = &e->units[entry->input[k]];
      input->readers++;
      s->in[k].rows = input->step.rows;
      s->in[k].shape = input->step.entry->shape;
      s->in[k].count = input->step.count;
      s->in[k].half = halves (e, entry, &s->in[k].shape);
      s->in[k].wants_grad = input->in_grad_path && entry->op->backward != NULL;
      u->in_grad_path = u->in_grad_path || (s->in[k].wants_grad && e->mode != NN_INFER);
    }
}

static gboolean
connect_params (nn_exec *e, int i, GError **error)
{
  nn_step *s = &e->units[i].step;
  for (int k = 0; k < s->entry->n_params; k++)
    {
      const nn_param_spec *spec = e->graph->specs->pdata[s->entry->param[k]];
      nn_param *p = nn_params_find (e->params, spec->name);
      if (p == NULL || p->rank != spec->rank || memcmp (p->dim, spec->dim, sizeof p->dim) != 0)
        {
          g_set_error (error, NN_ERROR, NN_ERROR_SHAPE, "parameter %s %s", spec->name,
                       p == NULL ? "is missing" : "has another shape than the graph needs");
          return FALSE;
        }
      s->param[k].count = p->count;
      s->param[k].value = p->value;
      s->param[k].frozen = (p->flags & NN_PARAM_FROZEN) != 0;
      e->moves_statistics
          = e->moves_statistics
            || (e->mode == NN_TRAIN && (p->flags & NN_PARAM_STAT) != 0 && !s->param[k].frozen);
      if (e->mode == NN_TRAIN && (p->flags & (NN_PARAM_STAT | NN_PARAM_FROZEN)) == 0)
        s->param[k].grad = p->grad;
    }
  return TRUE;
}

nn_exec *
nn_exec_new (const nn_graph *g, nn_params *p, nn_mode mode, int batch, GError **error)
{
  return nn_exec_new_in (g, p, mode, batch, NN_PRECISION_F32, error);
}

nn_exec *
nn_exec_new_in (const nn_graph *g, nn_params *p, nn_mode mode, int batch, nn_precision precision,
                GError **error)
{
  nn_exec *e;

  if (!nn_graph_check (g, error))
    return NULL;
  if (batch < 1 || batch > 1 << 20)
    {
      g_set_error (error, NN_ERROR, NN_ERROR_SHAPE, "batch of %d; at least 1", batch);
      return NULL;
    }
  if (mode == NN_TRAIN && !nn_params_need_training (p, error))
    return NULL;
  e = g_new0 (nn_exec, 1);
  e->graph = g;
  e->params = p;
  e->mode = mode;
  /* What is explained should be the model, not its rounding. */
  e->half
      = mode != NN_EXPLAIN
        && (precision == NN_PRECISION_BF16 || (precision == NN_PRECISION_AUTO && nn_has_bf16 ()));
  e->batch = batch;
  e->n = (int)g->entries->len;
  e->units = g_new0 (nn_unit, MAX (e->n, 1));
  e->buffers = g_array_new (FALSE, TRUE, sizeof (nn_buffer));
  e->wish.node = -1;
  for (int i = 0; i < e->n; i++)
    {
      e->units[i].step.entry = nn_graph_entry (g, i);
      if (!connect_params (e, i, error))
        goto fail;
      connect (e, i);
    }
  if (!nn_exec_fuse (e, error))
    goto fail;
  for (int i = 0; i < e->n; i++)
    {
      const nn_op *op = nn_graph_entry (g, i)->op;
      if (!e->units[i].skip && op->open != NULL && !op->open (&e->units[i].step, error))
        goto fail;
    }
  if (!nn_exec_place (e, error))
    goto fail;
  return e;
fail:
  nn_exec_free (e);
  return NULL;
}

void
nn_exec_free (nn_exec *e)
{
  if (e == NULL)
    return;
  for (int i = 0; i < e->n; i++)
    {
      nn_step *s = &e->units[i].step;
      if (s->entry != NULL && s->entry->op->close != NULL && s->state != NULL)
        s->entry->op->close (s);
      g_free (e->units[i].fold.memory);
    }
  g_array_unref (e->buffers);
  g_free (e->units);
  free (e->arena);
  free (e->scratch);
  free (e->spare);
  g_free (e);
}

/* ---- access -------------------------------------------------------------------------------- */

static nn_unit *
readable (nn_exec *e, nn_node x)
{
  nn_unit *u;
  if (x.i < 0 || x.i >= e->n)
    return NULL;
  u = &e->units[x.i];
  return nn_unit_is_readable (u) ? u : NULL;
}

float *
nn_data (nn_exec *e, nn_node x)
{
  nn_unit *u = readable (e, x);
  if (u == NULL || u->step.entry->shape.ids)
    return NULL;
  return u->step.half ? u->twin_data : u->step.value;
}

int32_t *
nn_ids (nn_exec *e, nn_node x)
{
  nn_unit *u = readable (e, x);
  return u != NULL && u->step.entry->shape.ids ? (int32_t *)u->step.value : NULL;
}

const float *
nn_grad (nn_exec *e, nn_node x)
{
  nn_unit *u = readable (e, x);
  if (u == NULL || !u->step.entry->keep || !u->written)
    return NULL;
  return u->step.half ? u->grad_twin_data : u->grad_data;
}

const float *
nn_attention (nn_exec *e, nn_node x, int *heads, int *positions)
{
  nn_unit *u = readable (e, x);
  if (u == NULL || !u->step.entry->keep || strcmp (u->step.entry->op->name, "attend") != 0)
    return NULL;
  *heads = u->step.entry->o.attend.heads;
  *positions = u->step.entry->shape.dim[0] * u->step.entry->shape.dim[1];
  return u->step.saved;
}

const float *
nn_attention_token (nn_exec *e, nn_node x)
{
  int heads, positions;
  const float *attention = nn_attention (e, x, &heads, &positions);
  const nn_step *s = attention != NULL ? &e->units[x.i].step : NULL;
  if (s == NULL || (s->entry->o.attend.modulation & NN_MODULATE_TOKEN) == 0)
    return NULL;
  /* Behind the probabilities, whose number attend.c makes even. */
  return attention + ((s->rows * heads * positions * positions + 1) & ~(size_t)1);
}

size_t
nn_rows (const nn_exec *e, nn_node x)
{
  return x.i >= 0 && x.i < e->n ? e->units[x.i].step.rows : 0;
}

size_t
nn_exec_bytes (const nn_exec *e)
{
  return e->arena_bytes;
}

void
nn_exec_ablate (nn_exec *e, unsigned ablation)
{
  for (int i = 0; i < e->n; i++)
    e->units[i].step.ablation = ablation;
}

void
nn_exec_seed (nn_exec *e, uint64_t seed, uint64_t step)
{
  e->seed = seed;
  e->training_step = step;
}

/* ---- running ------------------------------------------------------------------------------- */

static uint64_t
mix (uint64_t a, uint64_t b)
{
  return nn_scramble (a * NN_RANDOM_STEP + b);
}

static void
fill_twin (nn_unit *u)
{
  if (u->twin_data == NULL)
    return;
  if (u->step.half)
    nn_widen_all ((const nn_bf16 *)u->step.value, u->twin_data, u->step.count);
  else
    nn_narrow_all (u->step.value, u->twin_data, u->step.count);
}

void
nn_forward (nn_exec *e)
{
  gboolean stale = e->seen != e->params->version;
  for (int i = 0; i < e->n; i++)
    {
      nn_unit *u = &e->units[i];
      u->step.stale = stale;
      u->step.seed = mix (mix (e->seed, e->training_step), (uint64_t)i);
      if (stale && u->fold.map != NULL)
        nn_unit_fold (u);
      if (!u->skip && u->step.entry->op->forward != NULL)
        u->step.entry->op->forward (&u->step);
      fill_twin (u);
    }
  /* Others fold running statistics into weights. */
  if (e->moves_statistics)
    nn_params_changed (e->params);
  e->seen = e->params->version;
}

/* Another reader, or an earlier input of the same step, writes this gradient first. */
static gboolean
is_second (nn_exec *e, const nn_step *s, int k)
{
  for (int j = 0; j < k; j++)
    if (s->entry->input[j] == s->entry->input[k] && s->in[j].wants_grad)
      return TRUE;
  return e->units[s->entry->input[k]].written;
}

/* Moves what a step left in `spare` to the input's gradient, or adds it there. */
static void
deliver (nn_unit *input, const void *from, gboolean from_half)
{
  if (input->written)
    nn_add_all (input->grad_data, input->step.half, from, from_half, input->step.count);
  else if (from_half)
    nn_widen_all (from, input->grad_data, input->step.count);
  else
    nn_narrow_all (from, input->grad_data, input->step.count);
}

/* Backward of one node: each input's gradient is written where it belongs, or to the spare place
 * when it must be converted or another reader was there before. */
static void
backward_step (nn_exec *e, nn_unit *u)
{
  nn_step *s = &u->step;
  size_t used = 0;

  s->grad = u->grad_data;
  for (int k = 0; k < s->entry->n_inputs; k++)
    {
      nn_unit *input = &e->units[s->entry->input[k]];
      gboolean direct = s->in[k].half == input->step.half && !is_second (e, s, k);
      s->in[k].grad = NULL;
      if (!s->in[k].wants_grad)
        continue;
      s->in[k].grad = direct ? input->grad_data : (float *)(e->spare + used);
      used += direct ? 0 : nn_exec_spare_bytes (s, k);
    }
  s->entry->op->backward (s);
  for (int k = 0; k < s->entry->n_inputs; k++)
    {
      nn_unit *input = &e->units[s->entry->input[k]];
      if (s->in[k].grad == NULL)
        continue;
      if (s->in[k].grad != input->grad_data)
        deliver (input, s->in[k].grad, s->in[k].half);
      input->written = TRUE;
    }
}

static void
start_gradient (nn_exec *e, nn_unit *u, int node)
{
  float *one = u->grad_data;
  size_t at = e->wish.row * nn_shape_size (&u->step.entry->shape) + e->wish.column;

  memset (u->grad_data, 0, u->step.count * nn_number_bytes (u->step.half));
  if (u->step.entry->shape.per == 0)
    *one = 1;
  else if (e->wish.node == node && u->step.half)
    ((nn_bf16 *)u->grad_data)[at] = nn_narrow (e->wish.value);
  else if (e->wish.node == node)
    one[at] = e->wish.value;
  u->written = TRUE;
}

static void
clear_gradients (nn_params *params)
{
  guint n = nn_params_count (params);
#pragma omp parallel for schedule(dynamic) if (nn_params_total(params) > 100000)
  for (guint i = 0; i < n; i++)
    {
      nn_param *p = nn_params_nth (params, i);
      memset (p->grad, 0, p->count * sizeof (float));
    }
}

void
nn_backward (nn_exec *e, nn_node from)
{
  g_return_if_fail (from.i >= 0 && from.i < e->n && e->units[from.i].grad_data != NULL);
  for (int i = 0; i < e->n; i++)
    e->units[i].written = FALSE;
  if (e->mode == NN_TRAIN)
    clear_gradients (e->params);
  start_gradient (e, &e->units[from.i], from.i);
  for (int i = from.i; i >= 0; i--)
    {
      nn_unit *u = &e->units[i];
      if (u->written && u->grad_twin_data != NULL)
        nn_widen_all (u->grad_data, u->grad_twin_data, u->step.count);
      if (u->skip)
        e->units[u->step.entry->input[0]].written = u->written;
      else if (u->written && u->in_grad_path && u->step.entry->op->backward != NULL)
        backward_step (e, u);
    }
  e->wish.node = -1;
}

void
nn_seed_gradient (nn_exec *e, nn_node from, size_t row, size_t column, float value)
{
  e->wish.node = from.i;
  e->wish.row = row;
  e->wish.column = column;
  e->wish.value = value;
}
