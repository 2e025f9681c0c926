/* Execs that share a batch learn what one exec learns from the whole of it. */
#include "nets/nn.h"

#include <criterion/criterion.h>
#include <math.h>
#include <omp.h>
#include <string.h>

#define BATCH   12
#define PER     2
#define LENGTH  5
#define ANSWERS 7

typedef struct
{
  nn_graph *graph;
  nn_node picture, words, targets, loss;
  nn_params *params;
  float pictures[BATCH * 8 * 8 * 3], wanted[BATCH * PER * ANSWERS];
  int32_t asked[BATCH * PER * LENGTH];
} lesson;

static float
number (int i)
{
  return sinf ((float)i * 1.7f);
}

/* normed: with a norm, whose statistics belong to the rows they are taken over. */
static void
lesson_open (lesson *l, gboolean normed, float dropout)
{
  nn_graph *g = l->graph = nn_graph_new ();
  nn_node x, q;

  l->picture = nn_images (g, "picture", 8, 8, 3);
  l->words = nn_words (g, "words", PER, LENGTH);
  l->targets = nn_values (g, "targets", PER, ANSWERS);
  q = nn_gru (g, "gru", nn_embed (g, "embed", l->words, 9, 8), l->words, 16);
  x = nn_relu (g, nn_conv (g, "look", l->picture, 16, 3, 1));
  x = normed ? nn_norm (g, "norm", x) : x;
  x = nn_attend (g, "attend", nn_repeat (g, nn_dropout (g, x, dropout), PER), q, 4, 4);
  x = nn_linear (g, "answer", nn_global_mean (g, x), ANSWERS);
  l->loss = nn_keep (g, nn_cross_entropy (g, x, l->targets));
  l->params = nn_params_new ((const nn_graph *const[]){ g }, 1, 3, NULL);
  cr_assert_not_null (l->params);
  for (size_t i = 0; i < G_N_ELEMENTS (l->pictures); i++)
    l->pictures[i] = number ((int)i);
  for (int i = 0; i < BATCH * PER; i++)
    l->wanted[i * ANSWERS + i % ANSWERS] = 1;
  for (size_t i = 0; i < G_N_ELEMENTS (l->asked); i++)
    l->asked[i] = (int32_t)(i % 9);
}

static void
lesson_close (lesson *l)
{
  nn_params_free (l->params);
  nn_graph_free (l->graph);
}

static nn_team *
team_of (lesson *l, int threads, int batch)
{
  nn_team *t;
  omp_set_num_threads (threads);
  t = nn_team_new (l->graph, l->params, batch, NN_PRECISION_F32, NULL);
  cr_assert_not_null (t);
  return t;
}

static float
step (lesson *l, nn_team *t)
{
  nn_team_feed (t, l->picture, l->pictures);
  nn_team_feed (t, l->words, l->asked);
  nn_team_feed (t, l->targets, l->wanted);
  nn_team_step (t, l->loss);
  return nn_team_value (t, l->loss);
}

/* Loss after some updates, with so many threads. */
static float
learn (gboolean normed, float dropout, int threads, int steps, nn_params **params)
{
  lesson l = { 0 };
  nn_optimiser o = nn_adamw_default ();
  nn_team *t;
  float loss = 0;

  lesson_open (&l, normed, dropout);
  t = team_of (&l, threads, BATCH);
  cr_assert_eq (nn_team_members (t), threads);
  for (int i = 0; i < steps; i++)
    {
      nn_team_seed (t, 5, (uint64_t)i);
      loss = step (&l, t);
      nn_optimise (l.params, &o);
    }
  nn_team_free (t);
  *params = g_steal_pointer (&l.params);
  lesson_close (&l);
  return loss;
}

static void
expect_close (nn_params *a, nn_params *b, float most)
{
  for (guint i = 0; i < nn_params_count (a); i++)
    {
      const nn_param *p = nn_params_nth (a, i), *q = nn_params_find (b, p->name);
      for (size_t k = 0; k < p->count; k++)
        cr_assert_leq (fabsf (p->value[k] - q->value[k]), most, "%s[%zu] is %g and %g", p->name, k,
                       (double)p->value[k], (double)q->value[k]);
    }
}

Test (team, two_learn_what_one_learns)
{
  nn_params *one, *two, *three;
  float a = learn (FALSE, 0, 1, 4, &one), b = learn (FALSE, 0, 2, 4, &two);
  float c = learn (FALSE, 0, 3, 4, &three);

  cr_assert_float_eq (a, b, 1e-5f);
  cr_assert_float_eq (a, c, 1e-5f);
  expect_close (one, two, 2e-5f);
  expect_close (one, three, 2e-5f);
  nn_params_free (one);
  nn_params_free (two);
  nn_params_free (three);
}

Test (team, the_same_bits_again)
{
  nn_params *one, *again;
  float a = learn (TRUE, 0.2f, 3, 6, &one), b = learn (TRUE, 0.2f, 3, 6, &again);

  cr_assert (a == b);
  expect_close (one, again, 0);
  nn_params_free (one);
  nn_params_free (again);
}

/* Members drop other numbers: with the same ones two halves that are alike would stay alike. */
Test (team, members_drop_other_numbers)
{
  lesson l = { 0 };
  nn_team *t;
  size_t half = G_N_ELEMENTS (l.pictures) / 2;

  lesson_open (&l, FALSE, 0.5f);
  memcpy (l.pictures + half, l.pictures, half * sizeof (float));
  memcpy (l.asked + G_N_ELEMENTS (l.asked) / 2, l.asked, sizeof l.asked / 2);
  memcpy (l.wanted + G_N_ELEMENTS (l.wanted) / 2, l.wanted, sizeof l.wanted / 2);
  t = team_of (&l, 2, BATCH);
  nn_team_seed (t, 1, 1);
  step (&l, t);
  cr_assert_neq (nn_data (nn_team_exec (t, 0), l.loss)[0],
                 nn_data (nn_team_exec (t, 1), l.loss)[0]);
  nn_team_free (t);
  lesson_close (&l);
}

/* Pictures of one half are all 1, of the other all 3: the running mean of what the norm sees lies
 * between what the halves alone would make of it. */
Test (team, running_statistics_are_of_all)
{
  float mean[2], both;

  for (int i = 0; i < 3; i++)
    {
      lesson l = { 0 };
      nn_team *t;
      lesson_open (&l, TRUE, 0);
      for (size_t k = 0; k < G_N_ELEMENTS (l.pictures); k++)
        l.pictures[k] = i < 2 ? (float)(1 + 2 * i) : k < G_N_ELEMENTS (l.pictures) / 2 ? 1 : 3;
      t = team_of (&l, i < 2 ? 1 : 2, BATCH);
      step (&l, t);
      both = nn_params_find (l.params, "norm.mean")->value[0];
      if (i < 2)
        mean[i] = both;
      nn_team_free (t);
      lesson_close (&l);
    }
  cr_assert_neq (mean[0], mean[1]);
  cr_assert_float_eq (both, (mean[0] + mean[1]) / 2, 1e-5f * fabsf (mean[0] + mean[1]));
}

Test (team, a_frozen_norm_stays)
{
  lesson l = { 0 };
  nn_team *t;

  lesson_open (&l, TRUE, 0);
  nn_params_freeze (l.params, "norm", TRUE);
  t = team_of (&l, 2, BATCH);
  step (&l, t);
  cr_assert_eq (nn_params_find (l.params, "norm.mean")->value[0], 0);
  cr_assert_eq (nn_params_find (l.params, "norm.variance")->value[0], 1);
  nn_team_free (t);
  lesson_close (&l);
}

Test (team, as_many_as_the_rows_allow)
{
  static const struct
  {
    int threads, batch, members;
  } cases[] = { { 2, 12, 2 }, { 8, 12, 3 }, { 5, 12, 3 }, { 2, 4, 1 }, { 2, 9, 1 }, { 4, 10, 2 } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      lesson l = { 0 };
      nn_team *t;
      lesson_open (&l, FALSE, 0);
      t = team_of (&l, cases[i].threads, cases[i].batch);
      cr_assert_eq (nn_team_members (t), cases[i].members, "%d threads, %d rows: %d members",
                    cases[i].threads, cases[i].batch, nn_team_members (t));
      cr_assert_eq (omp_get_max_threads (), cases[i].threads);
      nn_team_free (t);
      lesson_close (&l);
    }
}

Test (team, params_of_another_graph_are_refused)
{
  lesson l = { 0 }, other = { 0 };
  g_autoptr (GError) error = NULL;

  lesson_open (&l, TRUE, 0);
  lesson_open (&other, FALSE, 0);
  omp_set_num_threads (2);
  cr_assert_null (nn_team_new (l.graph, other.params, BATCH, NN_PRECISION_F32, &error));
  cr_assert (g_error_matches (error, NN_ERROR, NN_ERROR_SHAPE));
  lesson_close (&other);
  lesson_close (&l);
}
