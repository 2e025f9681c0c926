/* Memory of an exec.
 *
 * With n nodes, node i runs forward at moment i and backward at moment 2n-1-i. Each value, gradient
 * and saved block is a buffer with a first and last moment; plan.c places them in one arena. A node
 * that works in place shares its input's buffer. In an exec of bfloat16, a value that some reader
 * wants in the other precision has a twin, filled when the value is. */
#include "nets/core/exec.h"
#include "nets/core/plan.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static gboolean
reads_input (const nn_unit *u)
{
  return u->in_grad_path && u->step.entry->op->backward != NULL
         && (u->step.entry->op->flags & NN_OP_READS_INPUT) != 0;
}

static gboolean
reads_output (nn_exec *e, const nn_unit *u)
{
  unsigned flags;

  while (u->skip)
    u = &e->units[u->step.entry->input[0]];
  flags = NN_OP_READS_OUTPUT | (u->step.activation != 0 ? NN_OP_READS_ACTIVATED : 0);
  return u->in_grad_path && u->step.entry->op->backward != NULL
         && (u->step.entry->op->flags & flags) != 0;
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

  if (e->units[i].skip)
    return TRUE;
  if ((entry->op->flags & NN_OP_IN_PLACE) == 0 || entry->n_inputs == 0)
    return FALSE;
  input = &e->units[entry->input[0]];
  return input->readers == 1 && input->step.half == e->units[i].step.half
         && !input->step.entry->keep && !nn_entry_is_input (input->step.entry)
         && !reads_output (e, input) && input->step.count == e->units[i].step.count;
}

/* May node i write the gradient of its first input over its own? */
static gboolean
can_share_gradient (nn_exec *e, int i)
{
  const nn_unit *u = &e->units[i];
  const nn_unit *input = &e->units[u->step.entry->input[0]];

  if (u->step.entry->keep)
    return FALSE;
  return u->skip
         || (!u->lends
             && (u->step.entry->op->flags & (NN_OP_IN_PLACE | NN_OP_GRADIENT_IN_PLACE)) != 0
             && input->readers == 1 && input->step.half == u->step.half
             && input->step.count == u->step.count);
}

/* Does a node between first and last, both exclusive, read node at? */
static gboolean
is_read_between (nn_exec *e, int at, int first, int last)
{
  for (int i = first + 1; i < last; i++)
    for (int k = 0; k < e->units[i].step.entry->n_inputs; k++)
      if (e->units[i].step.entry->input[k] == at)
        return TRUE;
  return FALSE;
}

/* May both inputs of node i, a sum, have their gradients where its own is? The one that runs back
 * first must leave it to the other, and nothing may be added to the other's before. */
static void
lend_gradient (nn_exec *e, int i)
{
  nn_unit *u = &e->units[i];
  const nn_step *s = &u->step;
  int first, host, last;

  if ((s->entry->op->flags & NN_OP_PASSES_GRADIENT) == 0 || s->entry->n_inputs != 2 || u->lends
      || s->entry->keep || !s->in[0].wants_grad || !s->in[1].wants_grad)
    return;
  first = host = MAX (s->entry->input[0], s->entry->input[1]);
  last = MIN (s->entry->input[0], s->entry->input[1]);
  while (e->units[host].skip)
    host = e->units[host].step.entry->input[0];
  for (int k = 0; k < 2; k++)
    if (e->units[s->entry->input[k]].grad >= 0 || e->units[s->entry->input[k]].step.half != s->half)
      return;
  if (last >= host || e->units[first].readers != 1 || e->units[first].step.entry->keep
      || (e->units[host].step.activation != 0
          && (e->units[host].step.entry->op->flags & NN_OP_READS_ACTIVATED) != 0)
      || is_read_between (e, last, host, i))
    return;
  e->units[first].grad = e->units[last].grad = u->grad;
  e->units[first].lends = TRUE;
}

static size_t
bytes_of (const nn_unit *u)
{
  return u->step.count * nn_number_bytes (u->step.half);
}

/* Buffer that reader i's input k is read from: the value, or its twin. */
static int
source (nn_exec *e, int i, int k)
{
  const nn_step *s = &e->units[i].step;
  int at = s->entry->input[k];
  nn_unit *input = &e->units[at];

  if (s->in[k].half == input->step.half)
    return input->value;
  if (input->twin < 0)
    input->twin = add_buffer (e, input->step.count * nn_number_bytes (!input->step.half), at, at);
  return input->twin;
}

static void
lay_out_value (nn_exec *e, int i)
{
  nn_unit *u = &e->units[i];
  const nn_entry *entry = u->step.entry;
  int end = 2 * e->n;

  if (can_share (e, i))
    u->value = e->units[entry->input[0]].value;
  else
    u->value = add_buffer (e, bytes_of (u), i, i);
  live_until (e, u->value, i);
  if (nn_unit_is_readable (u))
    {
      live_until (e, u->value, 0);
      live_until (e, u->value, end);
    }
  if (reads_output (e, u))
    live_until (e, u->value, end - 1 - i);
  if (u->step.half && nn_unit_is_readable (u))
    u->twin = add_buffer (e, u->step.count * sizeof (float), 0, end);
  for (int k = 0; k < entry->n_inputs; k++)
    {
      int from = source (e, i, k);
      live_until (e, from, i);
      if (reads_input (u))
        live_until (e, from, end - 1 - i);
    }
  if (u->step.saved_bytes > 0)
    u->saved = add_buffer (e, u->step.saved_bytes, i,
                           entry->keep       ? end
                           : u->in_grad_path ? end - 1 - i
                                             : i);
}

static void
lay_out_gradient (nn_exec *e, int i)
{
  nn_unit *u = &e->units[i];
  int end = 2 * e->n, moment = end - 1 - i;
  size_t spare = 0;

  if (!u->in_grad_path)
    return;
  if (u->grad < 0)
    u->grad = add_buffer (e, bytes_of (u), moment, moment);
  live_until (e, u->grad, moment);
  if (u->step.entry->keep && u->step.half)
    u->grad_twin = add_buffer (e, u->step.count * sizeof (float), e->n, end);
  else if (u->step.entry->keep)
    {
      live_until (e, u->grad, e->n);
      live_until (e, u->grad, end);
    }
  lend_gradient (e, i);
  for (int k = 0; k < u->step.entry->n_inputs; k++)
    {
      nn_unit *input = &e->units[u->step.entry->input[k]];
      if (!u->step.in[k].wants_grad)
        continue;
      input->lends = input->lends || (u->skip && u->lends);
      if (input->grad < 0 && k == 0 && can_share_gradient (e, i))
        input->grad = u->grad;
      else if (input->grad < 0)
        input->grad = add_buffer (e, bytes_of (input), moment, moment);
      live_until (e, input->grad, moment);
      if (input->readers > 1 || u->step.in[k].half != input->step.half)
        spare += nn_exec_spare_bytes (&u->step, k);
    }
  e->spare_bytes = MAX (e->spare_bytes, spare);
}

/* From this size on memory comes in whole huge pages, where the system has them. */
#define HUGE_FROM ((size_t)16 << 20)
#define HUGE_PAGE ((size_t)2 << 20)

static void *
allocate (size_t bytes, const char *what, GError **error)
{
  size_t align = bytes >= HUGE_FROM ? HUGE_PAGE : 64;
  size_t rounded = (MAX (bytes, 1) + align - 1) & ~(align - 1);
  void *memory = aligned_alloc (align, rounded);
#ifdef MADV_HUGEPAGE
  /* Maps are read from end to end: with 4 KB pages the processor looks up addresses all the time. A
   * system without them refuses, which costs nothing. */
  if (memory != NULL && align == HUGE_PAGE)
    madvise (memory, rounded, MADV_HUGEPAGE);
#endif
  if (memory == NULL)
    g_set_error (error, NN_ERROR, NN_ERROR_MEMORY,
                 "no memory for %s (%.0f MB); use a smaller batch", what, (double)bytes / 1e6);
  return memory;
}

static char *
at (nn_exec *e, int number)
{
  return number >= 0 ? e->arena + buffer (e, number)->offset : NULL;
}

static void
point (nn_exec *e, nn_unit *u)
{
  nn_step *s = &u->step;
  s->value = (float *)at (e, u->value);
  s->saved = at (e, u->saved);
  u->grad_data = at (e, u->grad);
  u->twin_data = at (e, u->twin);
  u->grad_twin_data = (float *)at (e, u->grad_twin);
  for (int k = 0; k < s->entry->n_inputs; k++)
    {
      const nn_unit *input = &e->units[s->entry->input[k]];
      s->in[k].value = s->in[k].half == input->step.half ? input->step.value : input->twin_data;
    }
  if (nn_entry_is_input (s->entry))
    memset (s->value, 0, bytes_of (u));
}

gboolean
nn_exec_place (nn_exec *e, GError **error)
{
  size_t scratch = 0;

  for (int i = 0; i < e->n; i++)
    lay_out_value (e, i);
  for (int i = e->n - 1; i >= 0 && e->mode != NN_INFER; i--)
    lay_out_gradient (e, i);
  e->arena_bytes = nn_plan ((nn_buffer *)e->buffers->data, e->buffers->len);
  e->arena = allocate (e->arena_bytes, "the network's values", error);
  if (e->arena == NULL)
    return FALSE;
  for (int i = 0; i < e->n; i++)
    {
      point (e, &e->units[i]);
      scratch = MAX (scratch, e->units[i].step.scratch_bytes);
    }
  e->scratch = allocate (scratch, "scratch", error);
  e->spare = allocate (e->spare_bytes, "gradients", error);
  if (e->scratch == NULL || e->spare == NULL)
    return FALSE;
  for (int i = 0; i < e->n; i++)
    e->units[i].step.scratch = e->scratch;
  return TRUE;
}
