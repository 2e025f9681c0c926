/* Binary cross-entropy, mean square, distillation, and losses over triplets that are built of other
 * operations. */
#include "tests/nets/check.h"

#include <math.h>
#include <string.h>

enum
{
  A = 13
};

/* ---- binary cross-entropy and mean square ------------------------------------------------- */

enum
{
  BINARY,
  SQUARE
};

/* option: which loss + 2 * (rank - 1) */
static nn_node
build_pair (check *c)
{
  nn_node a, b;
  if (c->option / 2 == 0)
    {
      a = check_values (c, 3, A);
      b = check_values (c, 3, A);
    }
  else if (c->option / 2 == 1)
    {
      a = nn_embed (c->g, "one", check_ids (c, 2, 5, 9), 9, 7);
      b = nn_embed (c->g, "two", check_ids (c, 2, 5, 9), 9, 7);
    }
  else
    {
      a = check_images (c, 23, 15, 25);
      b = check_images (c, 23, 15, 25);
    }
  return c->option % 2 == BINARY ? nn_binary_cross_entropy (c->g, a, b)
                                 : nn_mean_square (c->g, a, b);
}

static double
pair_reference (int kind, double a, double b)
{
  double p = 1 / (1 + exp (-a));
  return kind == SQUARE ? (a - b) * (a - b) : -b * log (p) - (1 - b) * log (1 - p);
}

Test (losses, pairs_forward)
{
  for (int option = 0; option < 6; option += option == 1 ? 3 : 1)
    {
      check *c = check_open (build_pair, option, NN_INFER, 3);
      size_t n = check_count (c, c->input[0]);
      double want = 0;
      for (size_t i = 0; i < n; i++)
        {
          check_input (c, 0)[i] *= 10;
          check_input (c, 1)[i] = fabsf (check_input (c, 1)[i]);
          want += pair_reference (option % 2, check_input (c, 0)[i], check_input (c, 1)[i])
                  / (double)n;
        }
      cr_assert_eq (check_count (c, c->y), 1);
      check_forward (c);
      check_same ("pair", check_output (c), &want, 1, 1e-6);
      check_input (c, 0)[n / 2] = NAN;
      check_forward (c);
      cr_assert (isnan (check_output (c)[0]));
      check_free (c);
    }
}

Test (losses, pairs_gradients)
{
  for (int option = 0; option < 4; option++)
    check_gradients_with (build_pair, option, NN_TRAIN, 3, 0, 0.1, 2);
}

/* Also where 1 - sigmoid is nothing in float32. */
Test (losses, binary_of_large_logits)
{
  check *c = check_open (build_pair, BINARY, NN_TRAIN, 1);
  size_t n = check_count (c, c->input[0]);
  for (size_t i = 0; i < n; i++)
    {
      check_input (c, 0)[i] = i % 2 == 0 ? 500 : -500;
      check_input (c, 1)[i] = i % 3 == 0;
    }
  double want = 0;
  for (size_t i = 0; i < n; i++)
    want += (i % 2 == 0) == (i % 3 == 0) ? 0 : 500.0 / (double)n;
  check_forward (c);
  nn_backward (c->e, c->y);
  check_same ("large logits", check_output (c), &want, 1, 1e-6);
  for (size_t i = 0; i < n; i++)
    cr_assert_float_eq (nn_grad (c->e, c->input[0])[i], ((i % 2 == 0) - (i % 3 == 0)) / (double)n,
                        1e-7);
  check_free (c);
}

static nn_node
build_same_twice (check *c)
{
  nn_node x = check_values (c, 1, A);
  return nn_mean_square (c->g, x, nn_scale (c->g, x, 0.5f, 0));
}

Test (losses, both_sides_of_mean_square_learn)
{
  check_gradients (build_same_twice, 0, NN_TRAIN, 3);
}

/* ---- distillation ------------------------------------------------------------------------- */

static const float temperatures[] = { 1, 4, 0.5f, 20 };

static nn_node
build_distil (check *c)
{
  nn_node x = check_values (c, 2, A), t = check_values (c, 2, A);
  return nn_distillation (c->g, x, t, temperatures[c->option]);
}

/* The loss and its gradient by the formula: T (q - p) / rows. */
static double
distil_reference (check *c, double heat, double *gradient)
{
  size_t rows = nn_rows (c->e, c->input[0]);
  double loss = 0;
  for (size_t r = 0; r < rows; r++)
    {
      const float *x = check_input (c, 0) + r * A, *t = check_input (c, 1) + r * A;
      double sum_q = 0, sum_p = 0, top_q = -INFINITY, top_p = -INFINITY;
      for (int i = 0; i < A; i++)
        {
          top_q = fmax (top_q, x[i] / heat);
          top_p = fmax (top_p, t[i] / heat);
        }
      for (int i = 0; i < A; i++)
        {
          sum_q += exp (x[i] / heat - top_q);
          sum_p += exp (t[i] / heat - top_p);
        }
      for (int i = 0; i < A; i++)
        {
          double log_q = x[i] / heat - top_q - log (sum_q);
          double log_p = t[i] / heat - top_p - log (sum_p);
          loss += heat * heat * exp (log_p) * (log_p - log_q) / (double)rows;
          gradient[r * A + i] = heat * (exp (log_q) - exp (log_p)) / (double)rows;
        }
    }
  return loss;
}

Test (losses, distillation)
{
  const float scales[] = { 1, 30 };
  for (guint i = 0; i < G_N_ELEMENTS (temperatures); i++)
    for (int k = 0; k < 2; k++)
      {
        check *c = check_open (build_distil, i, NN_TRAIN, 3);
        double gradient[6 * A], want;
        for (int j = 0; j < 6 * A; j++)
          check_input (c, 0)[j] *= scales[k];
        want = distil_reference (c, temperatures[i], gradient);
        check_forward (c);
        nn_backward (c->e, c->y);
        check_same ("distillation", check_output (c), &want, 1, 1e-5);
        check_same ("gradient", nn_grad (c->e, c->input[0]), gradient, 6 * A, 1e-5);
        cr_assert_null (nn_grad (c->e, c->input[1]), "the teacher has a gradient");
        check_free (c);
      }
}

Test (losses, distillation_gradients)
{
  for (guint i = 0; i < G_N_ELEMENTS (temperatures); i++)
    check_gradients (build_distil, i, NN_TRAIN, 3);
}

Test (losses, distillation_of_the_same_is_zero)
{
  check *c = check_open (build_distil, 1, NN_TRAIN, 2);
  memcpy (check_input (c, 0), check_input (c, 1), 4 * A * sizeof (float));
  check_forward (c);
  nn_backward (c->e, c->y);
  cr_assert_float_eq (check_output (c)[0], 0, 1e-6);
  for (int i = 0; i < 4 * A; i++)
    cr_assert_float_eq (nn_grad (c->e, c->input[0])[i], 0, 1e-7);
  /* An answer that the teacher excludes counts nothing. */
  check_input (c, 1)[3] = -INFINITY;
  check_forward (c);
  cr_assert (isfinite (check_output (c)[0]));
  check_input (c, 0)[3] = NAN;
  check_forward (c);
  cr_assert (isnan (check_output (c)[0]));
  check_free (c);
}

/* The teacher is not trained, not even what it computes. */
static nn_node
build_with_teacher (check *c)
{
  nn_node x = check_values (c, 1, 5);
  nn_node student = nn_linear (c->g, "student", x, A), teacher = nn_linear (c->g, "teacher", x, A);
  return nn_distillation (c->g, student, teacher, 2);
}

Test (losses, no_gradient_reaches_the_teacher)
{
  check *c = check_open (build_with_teacher, 0, NN_TRAIN, 3);
  double student = 0;
  check_forward (c);
  nn_backward (c->e, c->y);
  for (int i = 0; i < 5 * A; i++)
    {
      cr_assert_eq (nn_params_find (c->p, "teacher.weight")->grad[i], 0);
      student += fabs (nn_params_find (c->p, "student.weight")->grad[i]);
    }
  cr_assert_gt (student, 0);
  check_free (c);
}

/* ---- triplets ----------------------------------------------------------------------------- */

#define MARGIN 0.6f

/* Squared distances of embeddings (rows,W) -> (rows,1). */
static nn_node
distance (nn_graph *g, nn_node a, nn_node b)
{
  nn_node d = nn_add (g, a, nn_scale (g, b, -1, 0));
  return nn_sum_last (g, nn_mul (g, d, d));
}

enum
{
  PLAIN,   /* mean of [m + d(a,p) - d(a,n)]+ */
  MARGINS, /* the margin in proportion to how far positive and negative are apart */
  WEIGHTS, /* the terms weighted by how little the anchor resembles the negative's, w stopped */
};

/* Anchor, positive and negative (rows,W), embedded by one shared projection. */
static nn_node
build_triplet (check *c)
{
  nn_node a = nn_linear (c->g, "embed", check_values (c, 2, 5), 7);
  nn_node p = nn_linear (c->g, "embed", check_values (c, 2, 5), 7);
  nn_node n = nn_linear (c->g, "embed", check_values (c, 2, 5), 7);
  nn_node near = distance (c->g, a, p), far = distance (c->g, a, n), hinge, apart;
  hinge = nn_add (c->g, near, nn_scale (c->g, far, -1, c->option == MARGINS ? 0 : MARGIN));
  apart = nn_stop (c->g, distance (c->g, p, n));
  if (c->option == MARGINS)
    hinge = nn_add (c->g, hinge, nn_scale (c->g, apart, MARGIN, 0));
  hinge = nn_relu (c->g, hinge);
  if (c->option == WEIGHTS)
    hinge = nn_mul (c->g, hinge, nn_sigmoid (c->g, apart));
  return nn_mean_all (c->g, hinge);
}

/* (rows,7) embedding of input i. */
static double *
embedded (check *c, int i, size_t rows)
{
  const float *bias = check_param (c, "embed.bias");
  double *e = check_product (FALSE, TRUE, rows, 7, 5, check_input (c, i),
                             check_param (c, "embed.weight"));
  for (size_t k = 0; k < rows * 7; k++)
    e[k] += bias[k % 7];
  return e;
}

static double
apart (const double *a, const double *b)
{
  double sum = 0;
  for (int i = 0; i < 7; i++)
    sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum;
}

static double
triplet_reference (check *c)
{
  size_t rows = nn_rows (c->e, c->input[0]), open = 0;
  g_autofree double *a = embedded (c, 0, rows), *p = embedded (c, 1, rows);
  g_autofree double *n = embedded (c, 2, rows);
  double loss = 0;
  for (size_t r = 0; r < rows * 7; r += 7)
    {
      double near = apart (a + r, p + r), far = apart (a + r, n + r),
             between = apart (p + r, n + r);
      double margin = c->option == MARGINS ? MARGIN * between : MARGIN;
      double weight = c->option == WEIGHTS ? 1 / (1 + exp (-between)) : 1;
      open += margin + near - far > 0;
      loss += weight * fmax (margin + near - far, 0) / (double)rows;
    }
  cr_assert (open > 0 && open < rows, "the test needs open and closed terms");
  return loss;
}

Test (losses, triplets)
{
  for (int option = PLAIN; option <= WEIGHTS; option++)
    {
      check *c = check_open (build_triplet, option, NN_TRAIN, 20);
      double still[7] = { 0 }, want = triplet_reference (c);
      check_forward (c);
      nn_backward (c->e, c->y);
      check_same ("triplet", check_output (c), &want, 1, 1e-5);
      /* Distances do not change when all embeddings move together. */
      check_same ("bias", nn_params_find (c->p, "embed.bias")->grad, still, 7, 1e-3);
      check_free (c);
    }
}

Test (losses, triplets_gradients)
{
  check_gradients (build_triplet, PLAIN, NN_TRAIN, 4);
}

/* A stopped margin or weight is a constant: differences of the whole loss would see it move, so
 * the gradient is compared with the reference's at fixed margins and weights. */
static double
stopped_loss (check *c, const double *margin, const double *weight)
{
  size_t rows = nn_rows (c->e, c->input[0]);
  g_autofree double *a = embedded (c, 0, rows), *p = embedded (c, 1, rows);
  g_autofree double *n = embedded (c, 2, rows);
  double loss = 0;
  for (size_t r = 0; r < rows; r++)
    loss += weight[r]
            * fmax (margin[r] + apart (a + 7 * r, p + 7 * r) - apart (a + 7 * r, n + 7 * r), 0)
            / (double)rows;
  return loss;
}

Test (losses, stopped_margins_and_weights)
{
  for (int option = MARGINS; option <= WEIGHTS; option++)
    {
      check *c = check_open (build_triplet, option, NN_TRAIN, 3);
      double margin[6], weight[6];
      g_autofree double *p = embedded (c, 1, 6), *n = embedded (c, 2, 6);
      const float *gradient;
      for (int r = 0; r < 6; r++)
        {
          double between = apart (p + 7 * r, n + 7 * r);
          margin[r] = option == MARGINS ? MARGIN * between : MARGIN;
          weight[r] = option == WEIGHTS ? 1 / (1 + exp (-between)) : 1;
        }
      check_forward (c);
      nn_backward (c->e, c->y);
      gradient = nn_grad (c->e, c->input[1]);
      for (int i = 0; i < 30; i++)
        {
          float *x = check_input (c, 1) + i, old = *x;
          double up, down;
          *x = old + 1e-3f;
          up = stopped_loss (c, margin, weight);
          *x = old - 1e-3f;
          down = stopped_loss (c, margin, weight);
          *x = old;
          cr_assert_float_eq (gradient[i], (up - down) / 2e-3, 2e-3, "element %d of option %d", i,
                              option);
        }
      check_free (c);
    }
}
