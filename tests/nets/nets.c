#include "tests/nets/nets.h"

#include "nets/core/random.h"

#include <string.h>

static net *
begin (int batch, uint64_t seed)
{
  net *n = g_new0 (net, 1);
  n->g = nn_graph_new ();
  n->batch = batch;
  n->state = seed * 1000 + 17;
  n->words.i = -1;
  return n;
}

static net *
finish (net *n, uint64_t seed)
{
  g_autoptr (GError) error = NULL;
  cr_assert (nn_graph_check (n->g, &error), "%s", error != NULL ? error->message : "");
  n->p = nn_params_new ((const nn_graph *const[]){ n->g }, 1, seed, &error);
  cr_assert_not_null (n->p, "%s", error != NULL ? error->message : "");
  n->e = nn_exec_new (n->g, n->p, NN_TRAIN, n->batch, &error);
  cr_assert_not_null (n->e, "%s", error != NULL ? error->message : "");
  return n;
}

/* A residual block whose norm the question modulates. */
static nn_node
film_block (nn_graph *g, const char *name, nn_node x, nn_node q)
{
  int c = nn_node_shape (g, x).dim[2];
  nn_node y;
  nn_scope (g, "%s.", name);
  x = nn_relu (g, nn_conv (g, "mix", nn_coords (g, x), c, 1, 1));
  y = nn_norm_plain (g, "norm", nn_conv_same (g, "look", x, c, 3, 1, TRUE));
  y = nn_film (g, y, nn_linear_zero (g, "film", q, 2 * c));
  y = nn_add (g, x, nn_relu (g, y));
  nn_scope (g, "%s", "");
  return y;
}

static nn_node
attend (nn_graph *g, const char *name, nn_node x, nn_node q, unsigned modulation)
{
  nn_attend_options o = { .heads = 2, .key = 3, .value = 5, .modulation = modulation };
  return nn_attend_with (g, name, x, q, &o);
}

/* Cross-entropy, and small shares of the other losses. */
static nn_node
all_losses (nn_graph *g, nn_node logits, nn_node targets)
{
  nn_node loss = nn_cross_entropy (g, logits, targets);
  nn_node other = nn_add (g, nn_binary_cross_entropy (g, logits, targets),
                          nn_mean_square (g, nn_sigmoid (g, logits), targets));
  loss = nn_add (g, loss, nn_scale (g, other, 0.1f, 0));
  other = nn_distillation (g, logits, nn_scale (g, targets, 4, -2), 2);
  loss = nn_add (g, loss, nn_scale (g, other, 0.1f, 0));
  other = nn_mean_all (g, nn_sum_last (g, nn_mul (g, logits, logits)));
  return nn_add (g, loss, nn_scale (g, other, 1e-3f, 0));
}

net *
nets_modulated (int batch, float dropout, uint64_t seed)
{
  net *n = begin (batch, seed);
  nn_graph *g = n->g;
  nn_node x, q, seen[3];

  n->picture = nn_images (g, "picture", 12, 10, 3);
  n->words = nn_words (g, "words", NETS_PER, 5);
  n->targets = nn_values (g, "targets", NETS_PER, NETS_ANSWERS);
  q = nn_dropout (g, nn_embed (g, "embed", n->words, NETS_WORDS, 7), dropout);
  q = nn_gru_layers (g, "gru", q, n->words, 9, 2);
  x = nn_relu6 (g, nn_norm (g, "stem.norm", nn_conv (g, "stem", n->picture, 12, 3, 2)));
  x = nn_repeat (g, nn_max_pool (g, x, 2, 1, 0), NETS_PER);
  x = attend (g, "one", film_block (g, "first", x, q), q, 15);
  x = film_block (g, "second", nn_gelu (g, x), q);
  x = nn_attend (g, "two", nn_mean_pool (g, x, 2, 2, 1), q, 3, 4);
  seen[0] = nn_global_max (g, x);
  seen[1] = nn_tanh (g, nn_linear (g, "mean", nn_global_mean (g, x), 6));
  seen[2] = nn_dropout (g, q, dropout);
  x = nn_relu (g, nn_linear (g, "joint", nn_concat (g, seen, 3), 16));
  n->logits = nn_keep (g, nn_linear (g, "logits", x, NETS_ANSWERS));
  n->loss = all_losses (g, n->logits, n->targets);
  return finish (n, seed);
}

/* Two convolutions with norms beside a path that is straight, or a 1x1 where the shape changes. */
static nn_node
residual (nn_graph *g, const char *name, nn_node x, int out, int stride)
{
  nn_node y, straight = x;
  nn_scope (g, "%s.", name);
  y = nn_relu (g, nn_norm (g, "norm1", nn_conv (g, "conv1", x, out, 3, stride)));
  y = nn_norm (g, "norm2", nn_conv (g, "conv2", y, out, 3, 1));
  if (stride > 1 || nn_node_shape (g, x).dim[2] != out)
    straight = nn_norm (g, "norm3", nn_conv (g, "conv3", x, out, 1, stride));
  y = nn_relu (g, nn_add (g, y, straight));
  nn_scope (g, "%s", "");
  return y;
}

net *
nets_residual (int batch, uint64_t seed)
{
  net *n = begin (batch, seed);
  nn_graph *g = n->g;
  nn_node x;

  n->picture = nn_images (g, "picture", 13, 11, 3);
  n->targets = nn_values (g, "targets", 1, NETS_ANSWERS);
  x = nn_relu (g, nn_norm (g, "norm", nn_conv (g, "stem", n->picture, 8, 3, 1)));
  x = residual (g, "one", nn_max_pool (g, x, 3, 2, 1), 8, 1);
  x = residual (g, "two", x, 16, 2);
  n->logits = nn_keep (g, nn_linear (g, "logits", nn_global_mean (g, x), NETS_ANSWERS));
  n->loss = nn_cross_entropy (g, n->logits, n->targets);
  return finish (n, seed);
}

void
nets_free (net *n)
{
  nn_exec_free (n->e);
  nn_params_free (n->p);
  nn_graph_free (n->g);
  g_free (n);
}

double
nets_random (net *n, double low, double high)
{
  return low + (high - low) * (double)(nn_random_next (&n->state) >> 11) / 9007199254740992.0;
}

static size_t
count (net *n, nn_node x)
{
  nn_shape s = nn_node_shape (n->g, x);
  size_t size = nn_rows (n->e, x);
  for (int i = 0; i < s.rank; i++)
    size *= s.dim[i];
  return size;
}

void
nets_fill (net *n)
{
  float *picture = nn_data (n->e, n->picture), *targets = nn_data (n->e, n->targets);
  size_t rows = nn_rows (n->e, n->targets);
  for (size_t i = 0; i < count (n, n->picture); i++)
    picture[i] = (float)nets_random (n, -1, 1);
  for (size_t i = 0; n->words.i >= 0 && i < count (n, n->words); i++)
    nn_ids (n->e, n->words)[i] = (int32_t)nets_random (n, 0, NETS_WORDS);
  memset (targets, 0, rows * NETS_ANSWERS * sizeof (float));
  for (size_t r = 0; r < rows; r++)
    targets[r * NETS_ANSWERS + (size_t)nets_random (n, 0, NETS_ANSWERS)] = 1;
}

double
nets_loss (net *n)
{
  nn_forward (n->e);
  return nn_data (n->e, n->loss)[0];
}
