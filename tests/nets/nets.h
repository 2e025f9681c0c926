/* Two small whole networks for tests: one that answers questions, with every kind of layer, and one
 * like a ResNet. */
#pragma once

#include <criterion/criterion.h>

#include "nets/nn.h"

#define NETS_ANSWERS 5
#define NETS_WORDS   9 /* ids below this */
#define NETS_PER     2 /* questions for each picture */

typedef struct
{
  nn_graph *g;
  nn_params *p;
  nn_exec *e;
  nn_node picture, words, targets; /* inputs; words.i < 0 when there are none */
  nn_node logits, loss;
  int batch;
  uint64_t state; /* of the random numbers */
} net;

/* First values as a fresh network has them, by seed; in float32, for training. Fail the test on any
 * error. */
net *nets_modulated (int batch, float dropout, uint64_t seed);
net *nets_residual (int batch, uint64_t seed);
void nets_free (net *n);

/* Uniform in low to high. */
double nets_random (net *n, double low, double high);
/* Random pictures, words and one answer for each row. */
void nets_fill (net *n);
/* The loss of what the inputs hold now. */
double nets_loss (net *n);
