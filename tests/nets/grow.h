/* Random networks of all operations, for tests that must hold for any network. A network reads a
 * picture, words and a vector, grows some twenty operations with odd widths, and ends in logits and
 * a cross-entropy. The same seed gives the same network.
 */
#pragma once

#include <criterion/criterion.h>

#include "nets/nn.h"

#define GROW_ANSWERS 5
#define GROW_WORDS   7 /* ids below this */

typedef struct
{
  nn_graph *g;
  nn_params *p;
  nn_node picture, words, vector, targets; /* inputs */
  nn_node logits, loss;
  uint64_t state; /* of the random numbers */
  GString *used;  /* names of the operations, for messages */
} grown;

/* dropout: the rate wherever the network has dropout. Fails the test on any error. */
grown *grow_new (uint64_t seed, float dropout);
void grow_free (grown *w);

/* Uniform in low to high; whole numbers from low to high, both included. */
double grow_random (uint64_t *state, double low, double high);
int grow_whole (uint64_t *state, int low, int high);

/* Random values for all parameters, also those that begin at zero; variances from 0.5 to 1.5. */
void grow_fill_params (nn_params *p, uint64_t seed);
/* Random inputs and targets of an exec of the network. */
void grow_fill_inputs (const grown *w, nn_exec *e, uint64_t seed);
