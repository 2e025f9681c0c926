/* The answering model's two graphs, joined where the maps go from one to the other: what belongs
 * together, and the same answers after a removal. */
#include "nets/compress/compress.h"
#include "tests/vqa/tiny.h"
#include "vqa/model/file.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

typedef struct
{
  vqa_contents *contents;
  vqa_graphs *g;
  nn_groups *groups;
} model;

static model
model_open (void)
{
  g_autoptr (GError) error = NULL;
  model m = { .contents = tiny_contents () };
  const nn_graph *both[2];
  nn_link links[2];
  uint64_t state = 3;

  m.contents->spec.width = 16;
  m.contents->spec.blocks = 2;
  m.contents->spec.heads = 2;
  m.contents->spec.key = 3;
  m.contents->spec.fine = 10;
  m.g = vqa_graphs_new (&m.contents->spec, 1, NULL, &error);
  cr_assert_not_null (m.g, "%s", error != NULL ? error->message : "");
  /* What begins at zero would hide whether modulation and gates are cut right. */
  for (guint i = 0; i < nn_params_count (m.g->params); i++)
    {
      nn_param *p = nn_params_nth (m.g->params, i);
      for (size_t k = 0; k < p->count; k++)
        if (p->value[k] == 0)
          p->value[k] = (float)sin ((double)(state++)) / 4;
    }
  nn_params_changed (m.g->params);
  both[0] = m.g->features;
  both[1] = m.g->answer;
  links[0] = (nn_link){ 0, 1, m.g->seen.coarse, m.g->maps.coarse };
  links[1] = (nn_link){ 0, 1, m.g->seen.fine, m.g->maps.fine };
  m.groups = nn_groups_find (both, 2, links, 2, &error);
  cr_assert_not_null (m.groups, "%s", error != NULL ? error->message : "");
  return m;
}

static void
model_close (model *m)
{
  nn_groups_free (m->groups);
  vqa_graphs_free (m->g);
  vqa_contents_free (m->contents);
}

static const nn_group *
group_of (const model *m, const char *name, nn_group_kind kind)
{
  int i = nn_groups_lookup (m->groups, name, kind);
  cr_assert_geq (i, 0, "no group %s", name);
  return nn_groups_nth (m->groups, (guint)i);
}

static gboolean
holds (const nn_unit_of_group *u, const char *param, int axis)
{
  for (int k = 0; k < u->n_slices; k++)
    if (u->slices[k].axis == axis && strcmp (u->slices[k].param, param) == 0)
      return TRUE;
  return FALSE;
}

/* The group whose first unit holds a part of the parameter. */
static const nn_group *
group_with (const model *m, const char *param, int axis)
{
  for (guint i = 0; i < nn_groups_count (m->groups); i++)
    if (holds (&nn_groups_nth (m->groups, i)->units[0], param, axis))
      return nn_groups_nth (m->groups, i);
  cr_assert_fail ("no group holds %s", param);
  return NULL;
}

Test (narrow, groups_of_the_answering_network)
{
  model m = model_open ();
  const nn_group *g = group_of (&m, "backbone.block17.project", NN_GROUP_CHANNELS);

  cr_expect (holds (&g->units[0], "backbone.head.weight", 1), "the two graphs are joined");
  g = group_of (&m, "backbone.block11.project", NN_GROUP_CHANNELS);
  cr_expect (holds (&g->units[0], "fine.reduce.weight", 1));
  cr_expect (holds (&g->units[0], "backbone.block14.expand.weight", 1));
  g = group_of (&m, "map.reduce", NN_GROUP_CHANNELS);
  cr_expect_eq (g->width, 16);
  cr_expect (holds (&g->units[0], "map.placed.weight", 0));
  cr_expect (holds (&g->units[0], "block0.mix.weight", 1));
  g = group_of (&m, "block0.mix", NN_GROUP_CHANNELS);
  cr_expect (holds (&g->units[0], "block0.look.weight", 0));
  cr_expect (holds (&g->units[0], "block0.film.weight", 0));
  cr_expect (holds (&g->units[0], "block0.attend.query.weight", 1));
  cr_expect (holds (&g->units[0], "block0.attend.out.weight", 0));
  cr_expect (holds (&g->units[0], "block0.attend.gate.weight", 0));
  cr_expect (holds (&g->units[0], "block1.mix.weight", 1));
  cr_expect_eq (group_of (&m, "block0.attend.heads", NN_GROUP_HEADS)->width, 2);
  cr_expect_eq (group_of (&m, "block0.attend.keys", NN_GROUP_KEYS)->width, 3);
  cr_expect_eq (group_of (&m, "block0.attend.values", NN_GROUP_VALUES)->width, 8);
  g = group_of (&m, "question.gru", NN_GROUP_UNITS);
  cr_expect (holds (&g->units[0], "block1.film.weight", 1));
  cr_expect (holds (&g->units[0], "blind.hidden.weight", 1));
  cr_expect_eq (group_of (&m, "question.embed", NN_GROUP_EMBEDDING)->width, m.contents->spec.embed);
  g = group_with (&m, "answer.peak.weight", 0);
  cr_expect (holds (&g->units[0], "answer.mean.weight", 0));
  cr_expect (holds (&g->units[0], "answer.film.weight", 0));
  g = group_of (&m, "answer.logits", NN_GROUP_CHANNELS);
  cr_expect_str_eq (g->units[2].fixed, "channel 2 of answer.logits is an answer");
  model_close (&m);
}

/* Everything but the pictures, the coordinates and the answers can go. */
Test (narrow, what_stays)
{
  model m = model_open ();
  for (guint i = 0; i < nn_groups_count (m.groups); i++)
    for (int u = 0; u < nn_groups_nth (m.groups, i)->width; u++)
      {
        const char *why = nn_groups_nth (m.groups, i)->units[u].fixed;
        cr_expect (why == NULL || strstr (why, "is a channel of the picture")
                       || strstr (why, "is a coordinate map") || strstr (why, "is an answer"),
                   "%s", why);
      }
  model_close (&m);
}

/* Logits and blind logits (2 * answers) of the golden picture with three words. The caller frees
 * them. */
static float *
answers_of (const model *m, const nn_graph *features, const nn_graph *answer, nn_params *p)
{
  const vqa_graphs *g = m->g;
  int n = m->contents->spec.answers, side = m->contents->spec.side;
  size_t pixels = (size_t)side * side * 3;
  g_autofree guint8 *rgb = g_malloc (pixels);
  float *out = g_new (float, 2 * n);
  nn_exec *first = nn_exec_new (features, p, NN_INFER, 1, NULL);
  nn_exec *second = nn_exec_new (answer, p, NN_INFER, 1, NULL);
  g_autofree float *maps = g_new (float, vqa_net_maps_count (features, g->seen));

  cr_assert (first != NULL && second != NULL);
  vqa_golden_picture (side, rgb);
  vqa_net_pixels (rgb, pixels, nn_data (first, g->picture));
  nn_forward (first);
  vqa_net_maps_get (first, features, g->seen, 0, maps);
  vqa_net_maps_put (second, answer, g->maps, 0, maps);
  for (int i = 0; i < 3; i++)
    nn_ids (second, g->words)[i] = i + 1;
  nn_forward (second);
  memcpy (out, nn_data (second, g->out.logits), n * sizeof (float));
  memcpy (out + n, nn_data (second, g->out.blind), n * sizeof (float));
  nn_exec_free (first);
  nn_exec_free (second);
  return out;
}

/* Every third unit, never the whole group. */
static GArray *
every_third (const model *m)
{
  GArray *picks = g_array_new (FALSE, FALSE, sizeof (nn_pick));
  for (guint i = 0; i < nn_groups_count (m->groups); i++)
    for (int u = 1; u < nn_groups_nth (m->groups, i)->width; u += 3)
      {
        nn_pick pick = { i, u };
        if (nn_groups_nth (m->groups, i)->units[u].fixed == NULL)
          g_array_append_val (picks, pick);
      }
  return picks;
}

Test (narrow, same_answers)
{
  model m = model_open ();
  g_autoptr (GArray) picks = every_third (&m);
  const nn_pick *chosen = (const nn_pick *)picks->data;
  nn_graph *narrow[2] = { NULL, NULL };
  nn_params *p = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree float *whole = answers_of (&m, m.g->features, m.g->answer, m.g->params);
  g_autofree float *masked = NULL, *after = NULL;
  int n = 2 * m.contents->spec.answers;
  double largest = 1, moved = 0;

  cr_assert (nn_groups_remove (m.groups, m.g->params, chosen, picks->len, narrow, &p, &error), "%s",
             error != NULL ? error->message : "");
  cr_assert (nn_groups_mask (m.groups, m.g->params, chosen, picks->len, &error));
  masked = answers_of (&m, m.g->features, m.g->answer, m.g->params);
  after = answers_of (&m, narrow[0], narrow[1], p);
  for (int i = 0; i < n; i++)
    {
      largest = MAX (largest, fabs (masked[i]));
      moved = MAX (moved, fabs (whole[i] - masked[i]));
    }
  for (int i = 0; i < n; i++)
    cr_assert (fabs (after[i] - masked[i]) <= 1e-5 * largest, "%d: %g, not %g", i, after[i],
               masked[i]);
  cr_assert_gt (moved, 1e-3);
  cr_assert_lt (nn_params_total (p), 0.6 * (double)nn_params_total (m.g->params));
  nn_params_free (p);
  nn_graph_free (narrow[0]);
  nn_graph_free (narrow[1]);
  model_close (&m);
}
