/* Nodes that the node before them computes: an activation is applied by the operation it follows,
 * and a norm that is a constant map by channel is folded into the weights it follows. Such a node
 * is skipped in both directions and shares value and gradient with the node before. Nothing is
 * fused across a value that somebody else reads. */
#include "nets/core/exec.h"

#include <stdlib.h>

/* The unit that computes the first input of unit u, when u alone reads that input; else NULL. */
static nn_unit *
host_of (nn_exec *e, const nn_unit *u)
{
  const nn_entry *entry = u->step.entry;
  nn_unit *input;

  if (entry->n_inputs != 1)
    return NULL;
  input = &e->units[entry->input[0]];
  if (input->readers != 1 || input->step.entry->keep || input->step.half != u->step.half)
    return NULL;
  while (input->skip)
    input = &e->units[input->step.entry->input[0]];
  return input->step.activation == 0 ? input : NULL;
}

/* A kept activation has a gradient of its own to show, which the operation before it would have to
 * overwrite. */
static void
fuse_activation (nn_exec *e, nn_unit *u)
{
  int activation = u->step.entry->op->activation;
  nn_unit *host = activation != 0 ? host_of (e, u) : NULL;

  if (host == NULL || (host->step.entry->op->flags & NN_OP_ACTIVATES) == 0
      || (u->step.entry->keep && u->in_grad_path))
    return;
  host->step.activation = activation;
  u->skip = TRUE;
}

static gboolean
can_fold (const nn_unit *u, const nn_unit *host)
{
  return (host->step.entry->op->flags & NN_OP_FOLDS) != 0 && host->fold.map == NULL
         && !u->in_grad_path && u->step.entry->op->affine (&u->step, NULL, NULL);
}

static gboolean
fold_map (nn_exec *e, nn_unit *u, GError **error)
{
  nn_unit *host = u->step.entry->op->affine != NULL ? host_of (e, u) : NULL;
  size_t weights, channels;

  if (host == NULL || !can_fold (u, host))
    return TRUE;
  weights = host->step.param[0].count;
  channels = u->step.param[0].count;
  host->fold.memory = g_try_new (float, weights + 3 * channels);
  if (host->fold.memory == NULL)
    {
      g_set_error (error, NN_ERROR, NN_ERROR_MEMORY, "no memory for the folded weights of %s",
                   host->step.entry->name);
      return FALSE;
    }
  host->fold.map = &u->step;
  host->fold.weight = host->step.param[0].value;
  host->fold.bias = host->step.param[1].value;
  host->step.param[0].value = host->fold.memory;
  host->step.param[1].value = host->fold.memory + weights;
  host->step.param[1].count = channels;
  u->skip = TRUE;
  return TRUE;
}

gboolean
nn_exec_fuse (nn_exec *e, GError **error)
{
  for (int i = 0; i < e->n; i++)
    {
      fuse_activation (e, &e->units[i]);
      if (!fold_map (e, &e->units[i], error))
        return FALSE;
    }
  return TRUE;
}

void
nn_unit_fold (nn_unit *u)
{
  size_t channels = u->step.param[1].count, taps = u->step.param[0].count / channels;
  float *weight = u->step.param[0].value, *bias = u->step.param[1].value;
  float *scale = bias + channels, *shift = scale + channels;

  u->fold.map->entry->op->affine (u->fold.map, scale, shift);
  for (size_t o = 0; o < channels; o++)
    {
      for (size_t i = 0; i < taps; i++)
        weight[o * taps + i] = scale[o] * u->fold.weight[o * taps + i];
      bias[o] = (u->fold.bias != NULL ? scale[o] * u->fold.bias[o] : 0) + shift[o];
    }
}
