/* Nodes that the node before them computes: the same values and gradients as one by one. */
#include "tests/nets/check.h"

#include "nets/core/exec.h"

#include <math.h>

enum
{
  CONV_RELU,
  CONV_RELU6,
  DEPTHWISE_RELU6,
  NORM_RELU,
  NORM_RELU6,
  PLAIN_NORM_RELU,
  FILM_RELU,
  FILM_RELU6,
  ADD_RELU,
  ADD_SELF_RELU,
  BLOCK,
  INVERTED,
  CASES,
  APART = 1 << 8, /* intermediate nodes are kept, so nothing is fused */
};

/* Kept when the nodes should be computed one by one. */
static nn_node
apart (check *c, nn_node x)
{
  return c->option & APART ? nn_keep (c->g, x) : x;
}

static nn_node
norm (check *c, const char *name, nn_node x)
{
  return apart (c, nn_norm (c->g, name, x));
}

static nn_node
conv (check *c, const char *name, nn_node x, int out, int kernel)
{
  return apart (c, nn_conv (c->g, name, x, out, kernel, 1));
}

static nn_node
depthwise (check *c, const char *name, nn_node x)
{
  return apart (c, nn_conv_same (c->g, name, x, nn_node_shape (c->g, x).dim[2], 3, 2, TRUE));
}

static nn_node
relu (check *c, nn_node x)
{
  return apart (c, nn_relu (c->g, x));
}

/* conv, norm, film, relu, a residual, relu; then norm and relu6. */
static nn_node
block (check *c, nn_node x)
{
  nn_node q = check_values (c, 1, 4), first = relu (c, conv (c, "in", x, 10, 1)), y;
  y = apart (c, nn_film (c->g, norm (c, "norm", conv (c, "look", first, 10, 3)),
                         nn_linear (c->g, "film", q, 20)));
  y = relu (c, apart (c, nn_add (c->g, relu (c, y), first)));
  return nn_relu6 (c->g, norm (c, "last", y));
}

static nn_node
inverted (check *c, nn_node x)
{
  nn_node y = apart (c, nn_relu6 (c->g, norm (c, "n1", conv (c, "expand", x, 20, 1))));
  y = apart (c, nn_relu6 (c->g, norm (c, "n2", depthwise (c, "depthwise", y))));
  return norm (c, "n3", conv (c, "project", y, 7, 1));
}

static nn_node
body (check *c)
{
  nn_node x = check_images (c, 5, 7, 13);
  nn_graph *g = c->g;

  switch (c->option & ~APART)
    {
    case CONV_RELU:
      return nn_relu (g, conv (c, "conv", x, 9, 3));
    case CONV_RELU6:
      return nn_relu6 (g, conv (c, "conv", x, 9, 3));
    case DEPTHWISE_RELU6:
      return nn_relu6 (g, depthwise (c, "conv", x));
    case NORM_RELU:
      return nn_relu (g, norm (c, "norm", x));
    case NORM_RELU6:
      return nn_relu6 (g, norm (c, "norm", x));
    case PLAIN_NORM_RELU:
      return nn_relu (g, apart (c, nn_norm_plain (g, "norm", x)));
    case FILM_RELU:
      return nn_relu (g, apart (c, nn_film (g, x, check_values (c, 1, 26))));
    case FILM_RELU6:
      return nn_relu6 (g, apart (c, nn_film (g, x, check_values (c, 1, 26))));
    case ADD_RELU:
      return nn_relu (g, apart (c, nn_add (g, conv (c, "a", x, 9, 1), conv (c, "b", x, 9, 3))));
    case ADD_SELF_RELU:
      x = conv (c, "a", x, 9, 1);
      return nn_relu (g, apart (c, nn_add (g, x, x)));
    case BLOCK:
      return block (c, x);
    default:
      return inverted (c, x);
    }
}

/* Ends in something else, as the output is kept. */
static nn_node
build (check *c)
{
  return nn_linear (c->g, "end", apart (c, body (c)), 6);
}

/* As many nodes as the exec skips. */
static int
fused (check *c)
{
  int count = 0;
  for (int i = 0; i < c->e->n; i++)
    count += c->e->units[i].skip;
  return count;
}

static void
same (const char *what, int option, const float *got, const float *want, size_t n)
{
  g_autofree double *wide = g_new (double, n);
  g_autofree char *name = g_strdup_printf ("case %d: %s", option, what);
  for (size_t i = 0; i < n; i++)
    wide[i] = want[i];
  check_same (name, got, wide, n, 2e-5);
}

/* The same network fused and apart, with gains large enough to reach the top of relu6. */
static void
open_pair (int option, nn_mode mode, check *pair[2])
{
  for (int k = 0; k < 2; k++)
    {
      check *c = pair[k] = check_open (build, option | (k == 0 ? 0 : APART), mode, 3);
      c->state = 9;
      for (int i = 0; i < c->n_inputs; i++)
        for (size_t j = 0; j < check_count (c, c->input[i]); j++)
          check_input (c, i)[j] = (float)check_random (c, -4, 4);
      for (guint i = 0; i < nn_params_count (c->p); i++)
        {
          nn_param *p = nn_params_nth (c->p, i);
          float factor = strstr (p->name, "norm.weight") != NULL ? 8 : 1;
          for (size_t j = 0; j < p->count; j++)
            p->value[j] = factor * (float)check_random (c, p->flags & NN_PARAM_STAT ? 0.5 : -1, 1);
        }
      nn_params_changed (c->p);
    }
}

static void
free_pair (check *pair[2])
{
  check_free (pair[0]);
  check_free (pair[1]);
}

static void
compare_values (int option, check *pair[2])
{
  for (int k = 0; k < 2; k++)
    nn_forward (pair[k]->e);
  same ("output", option, check_output (pair[0]), check_output (pair[1]),
        check_count (pair[0], pair[0]->y));
}

static void
compare_gradients (int option, check *pair[2])
{
  check *c = pair[0], *a = pair[1];
  for (int k = 0; k < 2; k++)
    {
      nn_seed_gradient (pair[k]->e, pair[k]->y, 1, 33, 1.5f);
      nn_backward (pair[k]->e, pair[k]->y);
    }
  for (int i = 0; i < c->n_inputs; i++)
    same ("input's gradient", option, nn_grad (c->e, c->input[i]), nn_grad (a->e, a->input[i]),
          check_count (c, c->input[i]));
  for (guint i = 0; c->mode == NN_TRAIN && i < nn_params_count (c->p); i++)
    {
      nn_param *p = nn_params_nth (c->p, i), *q = nn_params_nth (a->p, i);
      same (p->name, option, p->grad, q->grad, p->count);
      same (p->name, option, p->value, q->value, p->count);
    }
}

Test (fusion, fused_is_the_same_as_apart)
{
  static const int expected[CASES] = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 4, 2 };
  for (int option = 0; option < CASES; option++)
    for (int mode = NN_TRAIN; mode <= NN_EXPLAIN; mode += NN_EXPLAIN - NN_TRAIN)
      {
        check *pair[2];
        open_pair (option, mode, pair);
        cr_assert_eq (fused (pair[0]), expected[option], "case %d: %d", option, fused (pair[0]));
        cr_assert_eq (fused (pair[1]), 0, "case %d: %d", option, fused (pair[1]));
        for (int again = 0; again < 2; again++)
          {
            compare_values (option, pair);
            compare_gradients (option, pair);
          }
        free_pair (pair);
      }
}

Test (fusion, gradients)
{
  for (int option = 0; option < CASES; option++)
    {
      double range = option == FILM_RELU6 || option == CONV_RELU6 ? 3 : 1;
      check_gradients_with (build, option, NN_TRAIN, 2, 0, -range, range);
      check_gradients_with (build, option, NN_EXPLAIN, 2, 0, -range, range);
    }
}

Test (fusion, gradients_without_film)
{
  check_gradients_with (build, FILM_RELU, NN_TRAIN, 2, NN_ABLATE_FILM, -1, 1);
  check_gradients_with (build, BLOCK, NN_TRAIN, 2, NN_ABLATE_FILM, -1, 1);
}

Test (fusion, bfloat16)
{
  for (int option = 0; option < BLOCK; option++)
    check_half (build, option, 4, 0.2); /* signs of small values flip */
}

/* A value that two nodes read, or that the caller wants, stays what it was. */
static nn_node
build_shared (check *c)
{
  nn_node x = check_images (c, 4, 5, 6), y = nn_norm (c->g, "norm", x);
  nn_node a = nn_relu (c->g, y), b = nn_keep (c->g, nn_relu6 (c->g, nn_norm (c->g, "b", a)));
  return nn_add (c->g, nn_mul (c->g, y, a), b);
}

Test (fusion, not_where_others_read)
{
  for (int mode = NN_TRAIN; mode <= NN_EXPLAIN; mode++)
    {
      check *c = check_open (build_shared, 0, mode, 2);
      cr_assert_eq (fused (c), mode == NN_INFER ? 1 : 0, "mode %d", mode);
      check_free (c);
      if (mode != NN_INFER)
        check_gradients (build_shared, 0, mode, 2);
    }
}

/* ---- norms folded at inference --------------------------------------------------------------- */

/* A convolution or linear layer with or without bias, norm, film, relu, and all again. */
static nn_node
build_folds (check *c)
{
  nn_conv_options o = { .out = 11, .kernel = 3, .stride = 2, .top = 1, .no_bias = TRUE };
  nn_node x = check_images (c, 9, 7, 5), q = check_values (c, 1, 22);
  x = apart (c, nn_conv_with (c->g, "a", x, &o));
  x = nn_relu6 (c->g, norm (c, "a.norm", x));
  x = nn_relu6 (c->g, norm (c, "b.norm", depthwise (c, "b", x)));
  x = nn_relu (c->g, nn_film (c->g, norm (c, "c.norm", conv (c, "c", x, 11, 1)), q));
  x = apart (c, nn_linear (c->g, "d", nn_global_mean (c->g, x), 7));
  x = nn_keep (c->g, norm (c, "d.norm", x));
  return nn_norm (c->g, "e.norm", x);
}

static void
open_folds (check *pair[2])
{
  for (int k = 0; k < 2; k++)
    pair[k] = check_open (build_folds, k == 0 ? 0 : APART, NN_INFER, 2);
  for (int i = 0; i < 2; i++)
    memcpy (check_input (pair[1], i), check_input (pair[0], i),
            check_count (pair[0], pair[0]->input[i]) * sizeof (float));
  for (guint i = 0; i < nn_params_count (pair[0]->p); i++)
    {
      nn_param *p = nn_params_nth (pair[0]->p, i);
      memcpy (nn_params_nth (pair[1]->p, i)->value, p->value, p->count * sizeof (float));
    }
  nn_params_changed (pair[1]->p);
}

Test (fusion, norms_are_folded_at_inference)
{
  check *pair[2];
  open_folds (pair);
  cr_assert_eq (fused (pair[0]), 7, "%d", fused (pair[0])); /* 4 norms, 3 activations */
  cr_assert_eq (fused (pair[1]), 1, "%d", fused (pair[1])); /* film and relu */
  for (int again = 0; again < 3; again++)
    {
      compare_values (again, pair);
      for (int k = 0; k < 2; k++)
        {
          check_param (pair[k], "a.weight")[again] += 0.5f;
          check_param (pair[k], "b.norm.variance")[again] += 0.25f;
          check_param (pair[k], "c.norm.mean")[again] -= 0.5f;
          check_param (pair[k], "d.bias")[again] -= 1.0f;
          nn_params_changed (pair[k]->p);
        }
    }
  free_pair (pair);
}

/* The parameters themselves are not touched by folding. */
Test (fusion, folding_leaves_parameters)
{
  check *c = check_open (build_folds, 0, NN_INFER, 1);
  g_autofree float *before = g_memdup2 (check_param (c, "a.weight"), 11 * 5 * 9 * sizeof (float));
  check_forward (c);
  check_forward (c);
  cr_assert_arr_eq (before, check_param (c, "a.weight"), 11 * 5 * 9 * sizeof (float));
  check_free (c);
}

/* A training pass moves running statistics, and what is folded follows. */
Test (fusion, folded_statistics_follow_training)
{
  check *c = check_open (build_folds, 0, NN_INFER, 2);
  nn_exec *train = nn_exec_new (c->g, c->p, NN_TRAIN, 2, NULL), *plain;
  size_t n = check_count (c, c->y);
  g_autofree float *before = NULL;
  for (int i = 0; i < 2; i++)
    memcpy (nn_data (train, c->input[i]), check_input (c, i),
            check_count (c, c->input[i]) * sizeof (float));
  check_forward (c);
  before = g_memdup2 (check_output (c), n * sizeof (float));
  nn_forward (train);
  check_forward (c);
  cr_assert_arr_neq (before, check_output (c), n * sizeof (float));
  plain = nn_exec_new (c->g, c->p, NN_INFER, 2, NULL);
  for (int i = 0; i < 2; i++)
    memcpy (nn_data (plain, c->input[i]), check_input (c, i),
            check_count (c, c->input[i]) * sizeof (float));
  nn_forward (plain);
  cr_assert_arr_eq (nn_data (plain, c->y), check_output (c), n * sizeof (float));
  nn_exec_free (train);
  nn_exec_free (plain);
  check_free (c);
}

/* In training too, below everything that learns. */
Test (fusion, frozen_layers_are_folded_in_training)
{
  nn_graph *g = nn_graph_new ();
  nn_node x = nn_images (g, "x", 6, 6, 4), y;
  nn_params *p;
  nn_exec *e;
  y = nn_relu (g, nn_norm (g, "base.n", nn_conv (g, "base.c", x, 8, 3, 1)));
  y = nn_relu (g, nn_norm (g, "n", nn_conv (g, "c", y, 8, 3, 1)));
  y = nn_keep (g, nn_linear (g, "out", nn_global_mean (g, y), 3));
  p = nn_params_new ((const nn_graph *const[]){ g }, 1, 3, NULL);
  nn_params_freeze (p, "base.", TRUE);
  e = nn_exec_new (g, p, NN_TRAIN, 2, NULL);
  cr_assert (e->units[2].skip && e->units[3].skip && !e->units[5].skip && e->units[6].skip);
  for (int i = 0; i < 2 * 6 * 6 * 4; i++)
    nn_data (e, x)[i] = sinf ((float)i);
  nn_forward (e);
  nn_seed_gradient (e, y, 0, 1, 1);
  nn_backward (e, y);
  for (int k = 0; k < 8; k++)
    cr_assert_eq (nn_params_find (p, "base.n.mean")->value[k], 0);
  cr_assert_float_neq (nn_params_find (p, "c.weight")->grad[5], 0, 1e-12);
  nn_exec_free (e);
  nn_params_free (p);
  nn_graph_free (g);
}

/* ---- sums whose gradient is in one place for both inputs ---------------------------------------
 */

/* Residual sums in all orders; gain and others on the way back read gradients that must not have
 * been overwritten. */
static nn_node
build_sums (check *c)
{
  nn_graph *g = c->g;
  nn_node x = nn_conv (g, "in", check_images (c, 4, 5, 6), 7, 1, 1), y, z;

  switch (c->option)
    {
    case 0: /* a shortcut */
      y = nn_norm (g, "n", nn_conv (g, "a", x, 7, 3, 1));
      return nn_relu (g, nn_add (g, y, x));
    case 1: /* the other way round, through a fused activation */
      y = nn_relu (g, nn_norm (g, "n", nn_conv (g, "a", x, 7, 3, 1)));
      return nn_relu (g, nn_add (g, x, y));
    case 2: /* a shortcut with layers of its own */
      y = nn_norm (g, "n", nn_conv (g, "a", x, 7, 3, 1));
      return nn_relu (g, nn_add (g, y, nn_norm (g, "m", nn_conv (g, "b", x, 7, 1, 1))));
    case 3: /* x is read between, by a convolution */
      y = nn_norm (g, "n", x);
      z = nn_norm (g, "m", nn_conv (g, "b", x, 7, 3, 1));
      return nn_mul (g, nn_add (g, y, x), z);
    case 4: /* x is read between: its gradient grows before that of y is used */
      y = nn_norm (g, "n", nn_conv (g, "a", x, 7, 3, 1));
      z = nn_norm (g, "m", nn_conv (g, "b", x, 7, 3, 1));
      return nn_mul (g, nn_norm (g, "s", nn_add (g, y, x)), z);
    case 5: /* a sum in a sum */
      y = nn_norm (g, "n", nn_conv (g, "a", x, 7, 3, 1));
      z = nn_norm (g, "m", nn_add (g, nn_norm (g, "l", x), y));
      return nn_norm (g, "k", nn_add (g, nn_add (g, z, y), x));
    case 6: /* norm and activation around the shortcut's last node, which runs back first */
      y = nn_norm (g, "n", nn_conv (g, "a", x, 7, 3, 1));
      z = nn_norm (g, "m", nn_conv (g, "b", x, 7, 3, 1));
      return nn_norm (g, "k", nn_relu (g, nn_add (g, nn_relu (g, y), z)));
    case 7: /* convolutions take their activation back in place */
      y = nn_relu (g, nn_conv (g, "a", x, 7, 3, 1));
      z = nn_relu (g, nn_conv (g, "b", x, 7, 3, 1));
      return nn_norm (g, "k", nn_add (g, y, z));
    default: /* the shortcut is kept */
      y = nn_norm (g, "n", nn_keep (g, x));
      return nn_norm (g, "k", nn_add (g, y, x));
    }
}

Test (fusion, gradients_of_sums)
{
  for (int option = 0; option < 9; option++)
    {
      check_gradients (build_sums, option, NN_TRAIN, 2);
      check_gradients (build_sums, option, NN_EXPLAIN, 2);
    }
}

Test (fusion, sums_pass_gradients_without_copies)
{
  static const gboolean expected[9] = { TRUE, TRUE, TRUE, FALSE, FALSE, TRUE, FALSE, FALSE, TRUE };
  for (int option = 0; option < 9; option++)
    {
      check *c = check_open (build_sums, option, NN_TRAIN, 2);
      gboolean found = FALSE;
      for (int i = 0; i < c->e->n; i++)
        {
          const nn_unit *u = &c->e->units[i];
          const nn_entry *entry = u->step.entry;
          found = found
                  || (g_str_equal (entry->op->name, "add")
                      && c->e->units[entry->input[0]].grad == u->grad
                      && c->e->units[entry->input[1]].grad == u->grad);
        }
      cr_assert_eq (found, expected[option], "case %d", option);
      check_free (c);
    }
}
