/* An exec: a graph compiled for one batch size and one purpose, and how it runs.
 *
 * With n nodes, node i runs forward at moment i and backward at moment 2n-1-i. Each value, gradient
 * and saved block is a buffer with a first and last moment; plan.c places them in one arena. A node
 * that works in place shares its input's buffer, and an activation after a convolution is computed
 * by the convolution itself. */
#include "nets/core/graph.h"
#include "nets/core/kern.h"
#include "nets/core/plan.h"
#include "nets/core/random.h"

#include <stdlib.h>
#include <string.h>

/* Compiled form of one node. */
typedef struct
{
  nn_step step;
  gboolean in_grad_path;  /* its gradient may be asked for */
  gboolean skip;          /* forward is done by the node before */
  int readers;            /* nodes that read it */
  int value, grad, saved; /* buffer numbers; grad, saved -1 when there is none */
  gboolean written;       /* gradient holds something in this backward */
  float *grad_data;
} nn_unit;

struct nn_exec
{
  const nn_graph *graph;
  nn_params *params;
  nn_mode mode;
  int batch;
  int n;
  nn_unit *units;
  GArray *buffers; /* of nn_buffer */
  char *arena;
  size_t arena_bytes;
  char *scratch;      /* for one call at a time */
  float *spare;       /* second gradient of a node with several readers, one place for each input */
  size_t spare_count; /* numbers in one place */
  guint64 seen;       /* version of params that packed weights come from */
  uint64_t seed, training_step;
  struct
  {
    int node;
    size_t row, column;
    float value;
  } wish; /* from nn_seed_gradient */
};

/* ---- compiling ---------------------------------------------------------------------------- */

static gboolean
reads_input (const nn_unit *u)
{
  return u->in_grad_path && u->step.entry->op->backward != NULL
         && (u->step.entry->op->flags & NN_OP_READS_INPUT) != 0;
}

static gboolean
reads_output (const nn_unit *u)
{
  return u->in_grad_path && u->step.entry->op->backward != NULL
         && (u->step.entry->op->flags & NN_OP_READS_OUTPUT) != 0;
}

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
  u->grad = u->saved = -1;
  u->in_grad_path = e->mode != NN_INFER && (entry->keep || learns (e, entry)) && !entry->shape.ids;
  for (int k = 0; k < entry->n_inputs; k++)
    {
      nn_unit *input = &e->units[entry->input[k]];
      input->readers++;
      s->in[k].rows = input->step.rows;
      s->in[k].shape = input->step.entry->shape;
      s->in[k].count = input->step.count;
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
      if (e->mode == NN_TRAIN && (p->flags & (NN_PARAM_STAT | NN_PARAM_FROZEN)) == 0)
        s->param[k].grad = p->grad;
    }
  return TRUE;
}

/* Lets a convolution apply the activation that alone reads it. */
static void
fuse_activation (nn_exec *e, int i)
{
  nn_unit *u = &e->units[i];
  const char *name = u->step.entry->op->name;
  nn_unit *input;

  if (u->step.entry->n_inputs != 1)
    return;
  input = &e->units[u->step.entry->input[0]];
  if (strcmp (input->step.entry->op->name, "conv") != 0 || input->readers != 1
      || input->step.entry->keep)
    return;
  if (strcmp (name, "relu") == 0)
    input->step.activation = NN_ACT_RELU;
  else if (strcmp (name, "relu6") == 0)
    input->step.activation = NN_ACT_RELU6;
  else
    return;
  u->skip = TRUE;
}

static int
add_buffer (nn_exec *e, size_t bytes, int first, int last)
{
  nn_buffer b = { .bytes = bytes, .first = first, .last = last };
  g_array_append_val (e->buffers, b);
  return (int)e->buffers->len - 1;
}

static nn_buffer *
buffer (nn_exec *e, int number)
{
  return &g_array_index (e->buffers, nn_buffer, number);
}

static void
live_until (nn_exec *e, int number, int moment)
{
  nn_buffer *b = buffer (e, number);
  b->first = MIN (b->first, moment);
  b->last = MAX (b->last, moment);
}

/* May node i overwrite its first input? */
static gboolean
can_share (nn_exec *e, int i)
{
  const nn_entry *entry = e->units[i].step.entry;
  const nn_unit *input;

  if ((entry->op->flags & NN_OP_IN_PLACE) == 0 || entry->n_inputs == 0)
    return FALSE;
  input = &e->units[entry->input[0]];
  return input->readers == 1 && !input->step.entry->keep && !nn_entry_is_input (input->step.entry)
         && !reads_output (input) && input->step.count == e->units[i].step.count;
}

static void
lay_out_values (nn_exec *e)
{
  int end = 2 * e->n;
  for (int i = 0; i < e->n; i++)
    {
      nn_unit *u = &e->units[i];
      const nn_entry *entry = u->step.entry;
      gboolean fixed = entry->keep || nn_entry_is_input (entry);

      if (can_share (e, i))
        u->value = e->units[entry->input[0]].value;
      else
        u->value = add_buffer (e, u->step.count * sizeof (float), i, i);
      live_until (e, u->value, i);
      if (fixed)
        {
          live_until (e, u->value, 0);
          live_until (e, u->value, end);
        }
      if (reads_output (u))
        live_until (e, u->value, end - 1 - i);
      for (int k = 0; k < entry->n_inputs; k++)
        {
          int input = e->units[entry->input[k]].value;
          live_until (e, input, i);
          if (reads_input (u))
            live_until (e, input, end - 1 - i);
        }
      if (u->step.saved_bytes > 0)
        u->saved = add_buffer (e, u->step.saved_bytes, i,
                               entry->keep       ? end
                               : u->in_grad_path ? end - 1 - i
                                                 : i);
    }
}

static void
lay_out_gradients (nn_exec *e)
{
  int end = 2 * e->n;
  for (int i = e->n - 1; i >= 0; i--)
    {
      nn_unit *u = &e->units[i];
      if (!u->in_grad_path)
        continue;
      if (u->grad < 0)
        u->grad = add_buffer (e, u->step.count * sizeof (float), end - 1 - i, end - 1 - i);
      live_until (e, u->grad, end - 1 - i);
      if (u->step.entry->keep)
        {
          live_until (e, u->grad, e->n);
          live_until (e, u->grad, end);
        }
      for (int k = 0; k < u->step.entry->n_inputs; k++)
        {
          nn_unit *input = &e->units[u->step.entry->input[k]];
          if (!u->step.in[k].wants_grad)
            continue;
          if (input->grad < 0 && k == 0 && can_share (e, i) && !u->step.entry->keep)
            input->grad = u->grad;
          else if (input->grad < 0)
            input->grad
                = add_buffer (e, input->step.count * sizeof (float), end - 1 - i, end - 1 - i);
          live_until (e, input->grad, end - 1 - i);
          if (input->readers > 1)
            e->spare_count = MAX (e->spare_count, input->step.count);
        }
    }
}

static void *
allocate (size_t bytes, const char *what, GError **error)
{
  void *memory = aligned_alloc (64, (MAX (bytes, 1) + 63) & ~(size_t)63);
  if (memory == NULL)
    g_set_error (error, NN_ERROR, NN_ERROR_MEMORY,
                 "no memory for %s (%.0f MB); use a smaller batch", what, (double)bytes / 1e6);
  return memory;
}

static gboolean
place (nn_exec *e, GError **error)
{
  size_t scratch = 0;

  lay_out_values (e);
  if (e->mode != NN_INFER)
    lay_out_gradients (e);
  e->arena_bytes = nn_plan ((nn_buffer *)e->buffers->data, e->buffers->len);
  e->arena = allocate (e->arena_bytes, "the network's values", error);
  if (e->arena == NULL)
    return FALSE;
  for (int i = 0; i < e->n; i++)
    {
      nn_unit *u = &e->units[i];
      nn_step *s = &u->step;
      s->value = (float *)(e->arena + buffer (e, u->value)->offset);
      s->saved = u->saved >= 0 ? e->arena + buffer (e, u->saved)->offset : NULL;
      u->grad_data = u->grad >= 0 ? (float *)(e->arena + buffer (e, u->grad)->offset) : NULL;
      for (int k = 0; k < s->entry->n_inputs; k++)
        s->in[k].value = e->units[s->entry->input[k]].step.value;
      if (nn_entry_is_input (s->entry))
        memset (s->value, 0, s->count * sizeof (float));
      scratch = MAX (scratch, s->scratch_bytes);
    }
  e->scratch = allocate (scratch, "scratch", error);
  e->spare = allocate (NN_MAX_INPUTS * e->spare_count * sizeof (float), "gradients", error);
  if (e->scratch == NULL || e->spare == NULL)
    return FALSE;
  for (int i = 0; i < e->n; i++)
    e->units[i].step.scratch = e->scratch;
  return TRUE;
}

nn_exec *
nn_exec_new (const nn_graph *g, nn_params *p, nn_mode mode, int batch, GError **error)
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
  for (int i = 0; i < e->n; i++)
    fuse_activation (e, i);
  for (int i = 0; i < e->n; i++)
    {
      const nn_op *op = nn_graph_entry (g, i)->op;
      if (op->open != NULL && !op->open (&e->units[i].step, error))
        goto fail;
    }
  if (!place (e, error))
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
  return u->step.entry->keep || nn_entry_is_input (u->step.entry) || u->readers == 0 ? u : NULL;
}

float *
nn_data (nn_exec *e, nn_node x)
{
  nn_unit *u = readable (e, x);
  return u != NULL && !u->step.entry->shape.ids ? u->step.value : NULL;
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
  return u != NULL && u->step.entry->keep && u->written ? u->grad_data : NULL;
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

void
nn_forward (nn_exec *e)
{
  gboolean stale = e->seen != e->params->version;
  for (int i = 0; i < e->n; i++)
    {
      nn_unit *u = &e->units[i];
      if (u->skip || u->step.entry->op->forward == NULL)
        continue;
      u->step.stale = stale;
      u->step.seed = mix (mix (e->seed, e->training_step), (uint64_t)i);
      u->step.entry->op->forward (&u->step);
    }
  e->seen = e->params->version;
}

NN_LOOP (add_to, (size_t n, float *to, const float *from), (n, to, from))
{
  for (size_t i = 0; i < n; i++)
    to[i] += from[i];
}

/* Backward of one node: each input's gradient is written where it belongs, or to the spare place
 * and added when another reader was there before. */
static void
backward_step (nn_exec *e, nn_unit *u)
{
  nn_step *s = &u->step;
  gboolean twice = s->entry->n_inputs == 2 && s->entry->input[0] == s->entry->input[1];

  s->grad = u->grad_data;
  for (int k = 0; k < s->entry->n_inputs; k++)
    {
      nn_unit *input = &e->units[s->entry->input[k]];
      gboolean second = input->written || (twice && k == 1);
      s->in[k].grad = !s->in[k].wants_grad ? NULL
                      : second             ? e->spare + k * e->spare_count
                                           : input->grad_data;
    }
  s->entry->op->backward (s);
  for (int k = 0; k < s->entry->n_inputs; k++)
    {
      nn_unit *input = &e->units[s->entry->input[k]];
      if (s->in[k].grad == NULL)
        continue;
      if (s->in[k].grad != input->grad_data)
        add_to (input->step.count, input->grad_data, s->in[k].grad);
      input->written = TRUE;
    }
}

static void
start_gradient (nn_exec *e, nn_unit *u, int node)
{
  if (u->step.entry->shape.per == 0)
    u->grad_data[0] = 1;
  else
    {
      memset (u->grad_data, 0, u->step.count * sizeof (float));
      if (e->wish.node == node)
        u->grad_data[e->wish.row * nn_shape_size (&u->step.entry->shape) + e->wish.column]
            = e->wish.value;
    }
  u->written = TRUE;
}

void
nn_backward (nn_exec *e, nn_node from)
{
  g_return_if_fail (from.i >= 0 && from.i < e->n && e->units[from.i].grad_data != NULL);
  for (int i = 0; i < e->n; i++)
    e->units[i].written = FALSE;
  for (guint i = 0; e->mode == NN_TRAIN && i < nn_params_count (e->params); i++)
    {
      nn_param *p = nn_params_nth (e->params, i);
      memset (p->grad, 0, p->count * sizeof (float));
    }
  start_gradient (e, &e->units[from.i], from.i);
  for (int i = from.i; i >= 0; i--)
    {
      nn_unit *u = &e->units[i];
      if (u->written && u->in_grad_path && u->step.entry->op->backward != NULL)
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
