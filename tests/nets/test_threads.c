/* Work large enough to be shared out among threads gives the same result as one thread. */
#include "tests/nets/check.h"

#include <omp.h>
#include <string.h>

/* A small answering network with every operation in it, on maps large enough. */
static nn_node
build (check *c)
{
  nn_node x = check_images (c, 16, 16, 3), ids = check_ids (c, 2, 7, 30);
  nn_node targets = check_values (c, 2, 40);
  nn_node q = nn_gru (c->g, "gru", nn_embed (c->g, "words", ids, 30, 72), ids, 130);
  x = nn_relu (c->g, nn_norm (c->g, "n1", nn_conv (c->g, "c1", x, 16, 3, 1)));
  x = nn_relu6 (c->g, nn_conv_same (c->g, "c2", x, 16, 3, 1, TRUE));
  x = nn_max_pool (c->g, nn_dropout (c->g, x, 0.1f), 3, 2, 1);
  x = nn_repeat (c->g, nn_relu (c->g, nn_conv (c->g, "c3", nn_coords (c->g, x), 24, 1, 1)), 2);
  nn_node m = nn_linear (c->g, "film", q, 48);
  x = nn_add (c->g, x, nn_relu (c->g, nn_film (c->g, nn_norm_plain (c->g, "n2", x), m)));
  x = nn_attend (c->g, "attend", x, q, 4, 6);
  x = nn_mean_pool (c->g, x, 2, 2, 0);
  nn_node mean = nn_linear (c->g, "a1", nn_global_mean (c->g, x), 40);
  nn_node most = nn_linear (c->g, "a2", nn_global_max (c->g, x), 40);
  nn_node blind = nn_linear (c->g, "blind", nn_stop (c->g, q), 40);
  nn_node answer = nn_mul (c->g, nn_add (c->g, mean, most), blind);
  return nn_cross_entropy (c->g, answer, targets);
}

/* Loss and all gradients of one step with so many threads; the caller frees them. */
static double *
gradients (int threads, size_t *n)
{
  check *c;
  double *all;
  *n = 1;
  omp_set_num_threads (threads); /* before primitives are made */
  c = check_open (build, 0, NN_TRAIN, 16);
  for (size_t i = 0; i < check_count (c, c->input[2]); i++)
    check_input (c, 2)[i] = check_input (c, 2)[i] > 0.9f;
  /* Scores of thousands would turn the last bits of their inputs into another softmax. */
  for (size_t i = 0; i < nn_params_find (c->p, "attend.query.weight")->count; i++)
    check_param (c, "attend.query.weight")[i] *= 1e-3f;
  nn_params_changed (c->p);
  for (guint i = 0; i < nn_params_count (c->p); i++)
    *n += nn_params_nth (c->p, i)->count;
  all = g_new0 (double, *n);
  check_forward (c);
  nn_backward (c->e, c->y);
  *all = check_output (c)[0];
  for (guint i = 0, at = 1; i < nn_params_count (c->p); i++)
    for (size_t k = 0; k < nn_params_nth (c->p, i)->count; k++)
      all[at++] = nn_params_nth (c->p, i)->grad[k];
  check_free (c);
  return all;
}

Test (threads, one_and_more_agree)
{
  size_t n, same;
  g_autofree double *one = gradients (1, &n), *two = gradients (2, &same);
  g_autofree double *again = gradients (2, &same), *five = gradients (5, &same);
  g_autofree float *rounded = g_new (float, n);
  double size = 0;

  cr_assert_arr_eq (two, again, n * sizeof *two, "two runs with two threads differ");
  for (size_t i = 0; i < n; i++)
    size += one[i] * one[i];
  cr_assert_gt (size, 0);
  for (size_t i = 0; i < n; i++)
    rounded[i] = (float)two[i];
  check_same ("two threads", rounded, one, n, 2e-5);
  for (size_t i = 0; i < n; i++)
    rounded[i] = (float)five[i];
  check_same ("five threads", rounded, one, n, 2e-5);
}
