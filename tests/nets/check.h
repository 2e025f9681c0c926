/* Checks operations of nets/: against plain-C references, and gradients against central
 * differences.
 *
 * A test describes its graph in a callback, with inputs made by check_images(), check_values() and
 * check_ids(), which are filled with seeded random numbers. check_open() compiles and fills it,
 * check_forward() runs it; check_same() compares with what a reference computed in double.
 * check_gradients() takes loss = sum of w * output with fixed random w and compares the gradients
 * of all inputs and parameters, element by element.
 */
#pragma once

#include <criterion/criterion.h>

#include "nets/ops/op.h"

#define CHECK_MAX_INPUTS 4

typedef struct
{
  nn_graph *g;
  nn_params *p;
  nn_exec *e;
  nn_mode mode;
  int batch;
  int n_inputs;
  nn_node input[CHECK_MAX_INPUTS];
  int n_ids[CHECK_MAX_INPUTS]; /* ids are 0 to this, exclusive; 0: an input of values */
  nn_node y;                   /* what the callback returned */
  double low, high;            /* range of the inputs' random values */
  uint64_t state;              /* of the random numbers */
  int option;                  /* for the callback's own use */
} check;

typedef nn_node (*check_build) (check *c);

/* For callbacks: inputs, in this order in c->input. */
nn_node check_images (check *c, int height, int width, int channels);
nn_node check_values (check *c, int per, int width);
nn_node check_ids (check *c, int per, int length, int count);

/* Uniform in low to high. */
double check_random (check *c, double low, double high);

/* Builds, compiles (output kept), and fills inputs from -1 to 1 and parameters with random values
 * (variances from 0.5 to 1.5). Fails the test on any error. */
check *check_open (check_build build, int option, nn_mode mode, int batch);
void check_free (check *c);
void check_forward (check *c);

/* Shorthands after check_open(). */
float *check_input (check *c, int i); /* (count) */
int32_t *check_input_ids (check *c, int i);
float *check_param (check *c, const char *name); /* fails the test when absent */
const float *check_output (check *c);
size_t check_count (check *c, nn_node x); /* numbers in a node, rows included */

/* |got - want| <= tolerance * (largest |want| + 1e-3) for each of n; names the first that is not.
 */
void check_same (const char *what, const float *got, const double *want, size_t n,
                 double tolerance);

/* Gradients of all inputs, and in NN_TRAIN of all parameters. The output is not kept, so that the
 * planner's reuse of memory is tested as well. */
void check_gradients (check_build build, int option, nn_mode mode, int batch);
/* The same with some parts ablated, and inputs from low to high. */
void check_gradients_with (check_build build, int option, nn_mode mode, int batch,
                           unsigned ablation, double low, double high);

/* Runs the network in bfloat16 and in float32: the output, and in NN_TRAIN the gradients of all
 * inputs and parameters, must differ by at most tolerance times their length. A product of two
 * rounded factors is off by up to 2^-8, so about 0.01 suits one operation on maps. */
void check_half (check_build build, int option, int batch, double tolerance);

/* Reference product: op(A) op(B), op(A) (m,k), op(B) (k,n), tight rows. The caller frees it. */
double *check_product (gboolean transpose_a, gboolean transpose_b, size_t m, size_t n, size_t k,
                       const float *a, const float *b);
