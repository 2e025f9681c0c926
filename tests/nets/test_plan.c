/* Memory is used again: what one moment overwrites, no later one may still need. */
#include "nets/core/plan.h"
#include "tests/nets/check.h"

#include <string.h>

/* ---- the planner alone -------------------------------------------------------------------- */

Test (plan, what_lives_together_does_not_overlap)
{
  check c = { .state = 11 };
  for (int round = 0; round < 50; round++)
    {
      nn_buffer b[40];
      guint n = 1 + (guint)check_random (&c, 0, 40);
      size_t sum = 0, total;
      for (guint i = 0; i < n; i++)
        {
          int first = (int)check_random (&c, 0, 30);
          b[i] = (nn_buffer){ .bytes = (size_t)check_random (&c, 0, 5000),
                              .first = first,
                              .last = first + (int)check_random (&c, 0, 10) };
          sum += (b[i].bytes + 63) / 64 * 64;
        }
      total = nn_plan (b, n);
      cr_assert_leq (total, sum);
      for (guint i = 0; i < n; i++)
        {
          cr_assert_eq (b[i].offset % 64, 0);
          cr_assert_leq (b[i].offset + b[i].bytes, total);
          for (guint j = 0; j < i; j++)
            cr_assert (b[i].first > b[j].last || b[j].first > b[i].last || b[i].bytes == 0
                           || b[j].bytes == 0 || b[i].offset + b[i].bytes <= b[j].offset
                           || b[j].offset + b[j].bytes <= b[i].offset,
                       "buffers %u and %u of round %d overlap", i, j, round);
        }
    }
}

Test (plan, memory_is_used_again)
{
  nn_buffer b[] = { { .bytes = 640, .first = 0, .last = 1 },
                    { .bytes = 640, .first = 1, .last = 2 },
                    { .bytes = 640, .first = 2, .last = 3 },
                    { .bytes = 640, .first = 3, .last = 4 } };
  cr_assert_eq (nn_plan (b, 4), 1280);
}

/* ---- operations in chains ------------------------------------------------------------------
 * Each operation stands between others that read neither their inputs nor their outputs in
 * backward, so that an undeclared need meets memory that was overwritten. */

enum
{
  LINEAR,
  CONV,
  NORM,
  FILM,
  MUL,
  RELU,
  RELU6,
  DROPOUT,
  STOP,
  ATTEND,
  MAX_POOL,
  MEAN_POOL,
  RESIDUAL,
  N_CHAINS
};

/* Same shape, new memory, nothing read in backward. */
static nn_node
pass (check *c, nn_node x)
{
  return nn_mean_pool (c->g, x, 1, 1, 0);
}

static nn_node
one (check *c, nn_node x, nn_node q, const char *name)
{
  switch (c->option)
    {
    case LINEAR:
      return nn_linear (c->g, name, x, 12);
    case CONV:
      return nn_conv (c->g, name, x, 12, 3, 1);
    case NORM:
      return nn_norm (c->g, name, x);
    case FILM:
      return nn_film (c->g, x, nn_linear (c->g, name, q, 24));
    case MUL:
      return nn_mul (c->g, x, pass (c, x));
    case RELU:
      return nn_relu (c->g, x);
    case RELU6:
      return nn_relu6 (c->g, x);
    case DROPOUT:
      return nn_dropout (c->g, x, 0.3f);
    case STOP:
      return nn_add (c->g, x, nn_stop (c->g, pass (c, x)));
    case ATTEND:
      return nn_attend (c->g, name, x, q, 2, 3);
    case MAX_POOL:
      return nn_max_pool (c->g, x, 3, 1, 1);
    case RESIDUAL:
      return nn_add (c->g, nn_relu (c->g, x), x);
    default:
      return nn_mean_pool (c->g, x, 3, 1, 1);
    }
}

static nn_node
build_chain (check *c)
{
  nn_node x = pass (c, check_images (c, 2, 3, 12)), q = check_values (c, 1, 5);
  nn_node other = check_images (c, 2, 3, 12);
  for (int i = 0; i < 3; i++)
    {
      g_autofree char *name = g_strdup_printf ("op%d", i);
      x = one (c, x, q, name);
      x = nn_add (c->g, x, pass (c, other)); /* in place, over the operation's output */
      x = pass (c, pass (c, x));
    }
  return x;
}

Test (plan, gradients_of_chains)
{
  for (int i = 0; i < N_CHAINS; i++)
    if (i != STOP)
      {
        check_gradients (build_chain, i, NN_TRAIN, 2);
        check_gradients (build_chain, i, NN_EXPLAIN, 2);
      }
}

static nn_node
build_words (check *c)
{
  nn_node ids = check_ids (c, 1, 5, 9), q = nn_embed (c->g, "words", ids, 9, 12);
  nn_node a = nn_gru (c->g, "gru1", q, ids, 12), b = nn_gru (c->g, "gru2", q, ids, 12);
  nn_node x = nn_add (c->g, nn_repeat (c->g, a, 2), nn_repeat (c->g, b, 2));
  nn_node targets = check_values (c, 2, 12);
  x = nn_add (c->g, x, nn_repeat (c->g, nn_global_max (c->g, q), 2));
  x = nn_add (c->g, x, nn_repeat (c->g, nn_global_mean (c->g, q), 2));
  return nn_cross_entropy (c->g, x, targets);
}

Test (plan, gradients_of_sequences)
{
  check_gradients_with (build_words, 0, NN_TRAIN, 3, 0, 0.1, 1);
}

/* What memory is shared must not change values: every mode computes the same. */
Test (plan, modes_agree)
{
  for (int i = 0; i < N_CHAINS; i++)
    {
      check *a, *b;
      if (i == NORM || i == DROPOUT)
        continue; /* these differ by design */
      a = check_open (build_chain, i, NN_TRAIN, 2);
      b = check_open (build_chain, i, NN_INFER, 2);
      check_forward (a);
      check_forward (b);
      cr_assert_leq (nn_exec_bytes (b->e), nn_exec_bytes (a->e));
      cr_assert_arr_eq (check_output (a), check_output (b), 2 * 6 * 12 * sizeof (float), "chain %d",
                        i);
      check_free (a);
      check_free (b);
    }
}
