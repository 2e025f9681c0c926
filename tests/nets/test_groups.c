/* What belongs together in networks one knows, and what callers can do wrong. */
#include <criterion/criterion.h>

#include "nets/compress/compress.h"
#include "nets/zoo/zoo.h"

#include <string.h>

static nn_groups *
find (const nn_graph *g)
{
  g_autoptr (GError) error = NULL;
  nn_groups *groups = nn_groups_find ((const nn_graph *const[]){ g }, 1, NULL, 0, &error);
  cr_assert_not_null (groups, "%s", error != NULL ? error->message : "");
  return groups;
}

static nn_params *
params_for (const nn_graph *g)
{
  g_autoptr (GError) error = NULL;
  nn_params *p = nn_params_new ((const nn_graph *const[]){ g }, 1, 1, &error);
  cr_assert_not_null (p, "%s", error != NULL ? error->message : "");
  return p;
}

static const nn_group *
group_of (const nn_groups *groups, const char *name, nn_group_kind kind)
{
  int i = nn_groups_lookup (groups, name, kind);
  cr_assert_geq (i, 0, "no group %s", name);
  return nn_groups_nth (groups, (guint)i);
}

/* "PARAM/AXIS:places ..." of a unit. */
static char *
slices_text (const nn_unit_of_group *u)
{
  GString *text = g_string_new (NULL);
  for (int k = 0; k < u->n_slices; k++)
    {
      g_string_append_printf (text, "%s%s/%d:", k > 0 ? " " : "", u->slices[k].param,
                              u->slices[k].axis);
      for (int i = 0; i < u->slices[k].count; i++)
        g_string_append_printf (text, "%s%d", i > 0 ? "," : "", u->slices[k].index[i]);
    }
  return g_string_free (text, FALSE);
}

static void
expect_unit (const nn_groups *groups, const char *name, nn_group_kind kind, int unit,
             const char *slices, const char *fixed)
{
  const nn_group *group = group_of (groups, name, kind);
  g_autofree char *text = NULL;
  cr_assert_lt (unit, group->width);
  text = slices_text (&group->units[unit]);
  cr_expect_str_eq (text, slices, "%s %d holds\n  %s, not\n  %s", name, unit, text, slices);
  cr_expect_eq (fixed == NULL, group->units[unit].fixed == NULL);
  if (fixed != NULL && group->units[unit].fixed != NULL)
    cr_expect_str_eq (group->units[unit].fixed, fixed);
}

/* Removes one unit; returns the narrow graph and params. */
static nn_graph *
without (const nn_graph *g, nn_params *p, const char *name, nn_group_kind kind, int unit,
         nn_params **narrow_params)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (nn_groups) groups = find (g);
  nn_pick pick = { (guint)nn_groups_lookup (groups, name, kind), unit };
  nn_graph *narrow = NULL;
  cr_assert (nn_groups_remove (groups, p, &pick, 1, &narrow, narrow_params, &error), "%s",
             error != NULL ? error->message : "");
  return narrow;
}

Test (groups, residual_film_and_embedding)
{
  nn_graph *g = nn_graph_new ();
  nn_node picture = nn_images (g, "picture", 4, 4, 3), words = nn_words (g, "words", 1, 5), x, y, q;
  g_autoptr (nn_groups) groups = NULL;

  q = nn_gru (g, "gru", nn_embed (g, "embed", words, 9, 3), words, 2);
  nn_scope (g, "b.");
  x = nn_relu (g, nn_conv (g, "mix", picture, 4, 1, 1));
  y = nn_norm (g, "norm", nn_conv (g, "look", x, 4, 3, 1));
  x = nn_add (g, nn_film (g, y, nn_linear (g, "film", q, 8)), x);
  nn_scope (g, "%s", "");
  nn_linear (g, "logits", nn_global_mean (g, nn_coords (g, x)), 2);
  groups = find (g);
  expect_unit (groups, "embed", NN_GROUP_EMBEDDING, 1, "embed.weight/1:1 gru.weight_ih/1:1", NULL);
  expect_unit (groups, "gru", NN_GROUP_UNITS, 1,
               "gru.weight_ih/0:1,3,5 gru.weight_hh/0:1,3,5 gru.bias_ih/0:1,3,5 "
               "gru.bias_hh/0:1,3,5 gru.weight_hh/1:1 b.film.weight/1:1",
               NULL);
  expect_unit (groups, "b.mix", NN_GROUP_CHANNELS, 2,
               "b.mix.weight/0:2 b.mix.bias/0:2 b.look.weight/0:2 b.look.bias/0:2 "
               "b.look.weight/1:2 b.norm.mean/0:2 b.norm.variance/0:2 b.norm.weight/0:2 "
               "b.norm.bias/0:2 b.film.weight/0:2,6 b.film.bias/0:2,6 logits.weight/1:2",
               NULL);
  expect_unit (groups, "picture", NN_GROUP_CHANNELS, 0, "b.mix.weight/1:0",
               "channel 0 of picture is a channel of the picture");
  expect_unit (groups, "logits", NN_GROUP_CHANNELS, 1, "logits.weight/0:1 logits.bias/0:1",
               "channel 1 of logits is an answer");
  nn_graph_free (g);
}

Test (groups, convolutions_in_groups)
{
  nn_graph *g = nn_graph_new ();
  nn_node picture = nn_images (g, "picture", 4, 4, 3), x;
  nn_conv_options grouped = { .out = 9, .kernel = 1, .stride = 1, .groups = 3 };
  nn_conv_options single = { .out = 3, .kernel = 1, .stride = 1, .groups = 3, .no_bias = TRUE };
  g_autoptr (nn_groups) groups = NULL;

  x = nn_conv (g, "first", picture, 6, 1, 1);
  x = nn_conv_with (g, "grouped", x, &grouped); /* 3 groups of 2 in and 3 out */
  x = nn_conv (g, "second", x, 6, 1, 1);
  x = nn_conv_with (g, "single", x, &single); /* 3 groups of 2 in and 1 out */
  x = nn_conv_same (g, "depthwise", x, 3, 3, 1, TRUE);
  nn_linear (g, "logits", nn_global_mean (g, x), 2);
  groups = find (g);
  /* the same place of each group */
  expect_unit (groups, "first", NN_GROUP_CHANNELS, 1,
               "first.weight/0:1,3,5 first.bias/0:1,3,5 grouped.weight/1:1", NULL);
  expect_unit (groups, "grouped", NN_GROUP_CHANNELS, 2,
               "grouped.weight/0:2,5,8 grouped.bias/0:2,5,8 second.weight/1:2,5,8", NULL);
  /* whole groups */
  expect_unit (groups, "second", NN_GROUP_CHANNELS, 1,
               "second.weight/0:2,3 second.bias/0:2,3 single.weight/0:1 depthwise.weight/0:1 "
               "depthwise.bias/0:1 logits.weight/1:1",
               NULL);
  nn_graph_free (g);
}

Test (groups, attention_with_one_key)
{
  nn_graph *g = nn_graph_new ();
  nn_node q = nn_values (g, "q", 1, 2), x = nn_images (g, "picture", 3, 3, 3);
  nn_attend_options o = { .heads = 3, .key = 1, .value = 2, .modulation = NN_MODULATE_QUERY_KEY };
  g_autoptr (nn_groups) groups = NULL;

  nn_attend_with (g, "attend", nn_conv (g, "conv", x, 4, 1, 1), q, &o);
  groups = find (g);
  expect_unit (groups, "attend.heads", NN_GROUP_HEADS, 1,
               "attend.query.weight/0:1 attend.key.weight/0:1 attend.value.weight/0:2,3 "
               "attend.out.weight/1:2,3 attend.modulate.weight/0:1,4,7,10 "
               "attend.modulate.bias/0:1,4,7,10",
               NULL);
  expect_unit (groups, "attend.values", NN_GROUP_VALUES, 1,
               "attend.value.weight/0:1,3,5 attend.out.weight/1:1,3,5", NULL);
  cr_assert_str_eq (group_of (groups, "attend.keys", NN_GROUP_KEYS)->units[0].fixed,
                    "key 0 of attend is the only one there");
  nn_graph_free (g);
}

Test (groups, sums_of_channels)
{
  nn_graph *g = nn_graph_new ();
  nn_node v = nn_values (g, "v", 1, 3), a, b;
  g_autoptr (nn_groups) groups = NULL;

  a = nn_sum_last (g, nn_relu (g, nn_linear (g, "quiet", v, 3)));
  b = nn_sum_last (g, nn_sigmoid (g, nn_linear (g, "loud", v, 3)));
  nn_linear (g, "logits", nn_concat (g, (nn_node[]){ a, b }, 2), 2);
  groups = find (g);
  expect_unit (groups, "quiet", NN_GROUP_CHANNELS, 2, "quiet.weight/0:2 quiet.bias/0:2", NULL);
  expect_unit (groups, "loud", NN_GROUP_CHANNELS, 2, "loud.weight/0:2 loud.bias/0:2",
               "channel 2 of sigmoid5 is added up by sum_last6 and not zero without its weights");
  expect_unit (groups, "sum_last3", NN_GROUP_CHANNELS, 0, "logits.weight/1:0",
               "channel 0 of sum_last3 is the only one there");
  nn_graph_free (g);
}

/* Can the first channel of a layer go when, after `which`, its channels are added up? Only what is
 * zero without its weights adds nothing. */
static gboolean
can_be_summed (int which)
{
  nn_graph *g = nn_graph_new ();
  nn_node v = nn_values (g, "v", 1, 3), a = nn_linear (g, "a", v, 4), b = nn_linear (g, "b", v, 4),
          m = nn_linear (g, "m", v, 8), x = a;
  g_autoptr (nn_groups) groups = NULL;
  gboolean can;

  switch (which)
    {
    case 0:
      x = nn_tanh (g, nn_relu (g, nn_gelu (g, nn_relu6 (g, nn_scale (g, a, 2, 0)))));
      break;
    case 1:
      x = nn_norm (g, "norm", nn_sigmoid (g, a));
      break;
    case 2:
      x = nn_mul (g, nn_sigmoid (g, a), b);
      break;
    case 3:
      x = nn_film (g, a, m);
      break;
    case 4:
      x = nn_concat (g, (nn_node[]){ nn_add (g, a, b), nn_sigmoid (g, m) }, 2);
      break;
    case 5:
      x = nn_dropout (g, nn_stop (g, nn_repeat (g, a, 2)), 0.1f);
      break;
    case 10:
      x = nn_sigmoid (g, a);
      break;
    case 11:
      x = nn_scale (g, a, 1, 0.5f);
      break;
    case 12:
      x = nn_norm_plain (g, "norm", nn_sigmoid (g, a));
      break;
    case 13:
      x = nn_mul (g, nn_sigmoid (g, a), nn_sigmoid (g, b));
      break;
    case 14:
      x = nn_film (g, nn_sigmoid (g, a), m);
      break;
    case 15:
      x = nn_film (g, a, nn_sigmoid (g, m));
      break;
    case 16:
      x = nn_add (g, b, nn_sigmoid (g, a));
      break;
    case 17:
      x = nn_concat (g, (nn_node[]){ m, nn_relu (g, nn_sigmoid (g, a)) }, 2);
      break;
    }
  nn_linear (g, "logits", nn_sum_last (g, x), 2);
  groups = find (g);
  can = group_of (groups, "a", NN_GROUP_CHANNELS)->units[0].fixed == NULL;
  nn_graph_free (g);
  return can;
}

/* The same for a map that self-attention adds to. */
static gboolean
can_be_summed_after_attention (gboolean loud)
{
  nn_graph *g = nn_graph_new ();
  nn_node q = nn_values (g, "q", 1, 3),
          x = nn_conv (g, "a", nn_images (g, "picture", 3, 3, 3), 4, 1, 1);
  g_autoptr (nn_groups) groups = NULL;
  gboolean can;

  x = nn_attend (g, "attend", loud ? nn_sigmoid (g, x) : x, q, 2, 3);
  nn_linear (g, "logits", nn_global_mean (g, nn_sum_last (g, x)), 2);
  groups = find (g);
  can = group_of (groups, "a", NN_GROUP_CHANNELS)->units[0].fixed == NULL;
  nn_graph_free (g);
  return can;
}

Test (groups, only_what_is_zero_adds_nothing)
{
  cr_expect (can_be_summed_after_attention (FALSE));
  cr_expect_not (can_be_summed_after_attention (TRUE));
  for (int which = 0; which <= 5; which++)
    cr_expect (can_be_summed (which), "case %d", which);
  for (int which = 10; which <= 17; which++)
    cr_expect_not (can_be_summed (which), "case %d", which);
}

/* A layer used twice ties what its two places read and write. */
Test (groups, shared_weights)
{
  nn_graph *g = nn_graph_new ();
  nn_node v = nn_values (g, "v", 1, 3), a = nn_linear (g, "a", v, 4), b = nn_linear (g, "b", v, 4);
  g_autoptr (nn_groups) groups = NULL;

  a = nn_linear (g, "twin", nn_relu (g, a), 2);
  b = nn_linear (g, "twin", nn_relu (g, b), 2);
  nn_linear (g, "logits", nn_mul (g, a, b), 2);
  groups = find (g);
  expect_unit (groups, "a", NN_GROUP_CHANNELS, 3,
               "a.weight/0:3 a.bias/0:3 b.weight/0:3 b.bias/0:3 twin.weight/1:3", NULL);
  expect_unit (groups, "twin", NN_GROUP_CHANNELS, 0,
               "twin.weight/0:0 twin.bias/0:0 logits.weight/1:0", NULL);
  cr_assert_eq (nn_groups_lookup (groups, "b", NN_GROUP_CHANNELS), -1);
  nn_graph_free (g);
}

/* One graph's answer is what another reads. */
Test (groups, linked_graphs)
{
  nn_graph *first = nn_graph_new (), *second = nn_graph_new (), *narrow[2] = { NULL, NULL };
  nn_node v = nn_values (first, "v", 1, 3), middle, again;
  const nn_graph *both[] = { second, first };
  nn_link link = { .graph_a = 1, .graph_b = 0 };
  g_autoptr (nn_groups) apart = NULL, together = NULL;
  nn_params *p, *narrow_params = NULL;
  nn_pick pick = { 0, 3 };

  middle = nn_linear (first, "encode", v, 4);
  again = nn_values (second, "again", 1, 4);
  nn_linear (second, "decode", nn_relu (second, again), 2);
  p = nn_params_new (both, 2, 1, NULL);
  apart = nn_groups_find (both, 2, NULL, 0, NULL);
  expect_unit (apart, "encode", NN_GROUP_CHANNELS, 3, "encode.weight/0:3 encode.bias/0:3",
               "channel 3 of encode is an answer");
  expect_unit (apart, "again", NN_GROUP_CHANNELS, 3, "decode.weight/1:3",
               "channel 3 of again is given from outside");
  link.a = middle;
  link.b = again;
  together = nn_groups_find (both, 2, &link, 1, NULL);
  expect_unit (together, "encode", NN_GROUP_CHANNELS, 3,
               "encode.weight/0:3 encode.bias/0:3 decode.weight/1:3", NULL);
  pick.group = (guint)nn_groups_lookup (together, "encode", NN_GROUP_CHANNELS);
  cr_assert (nn_groups_remove (together, p, &pick, 1, narrow, &narrow_params, NULL));
  cr_assert_eq (nn_node_shape (narrow[0], again).dim[0], 3);
  cr_assert_eq (nn_node_shape (narrow[1], middle).dim[0], 3);
  nn_params_free (narrow_params);
  nn_params_free (p);
  for (int i = 0; i < 2; i++)
    nn_graph_free (narrow[i]);
  nn_graph_free (first);
  nn_graph_free (second);
}

/* ---- the zoo -------------------------------------------------------------------------------- */

Test (groups, mobilenetv2)
{
  nn_graph *g = nn_graph_new (), *narrow;
  nn_node picture = nn_images (g, "picture", 32, 32, 3);
  nn_mobilenetv2_nodes net = nn_mobilenetv2 (g, "", picture, 10);
  nn_params *p = params_for (g), *narrow_params = NULL;
  g_autoptr (nn_groups) groups = find (g);
  g_autofree char *table = nn_groups_describe (groups, p);
  int channels = 0, free_units = 0;

  expect_unit (groups, "block3.expand", NN_GROUP_CHANNELS, 143,
               "block3.expand.weight/0:143 block3.expand_norm.mean/0:143 "
               "block3.expand_norm.variance/0:143 block3.expand_norm.weight/0:143 "
               "block3.expand_norm.bias/0:143 block3.depthwise.weight/0:143 "
               "block3.depthwise_norm.mean/0:143 block3.depthwise_norm.variance/0:143 "
               "block3.depthwise_norm.weight/0:143 block3.depthwise_norm.bias/0:143 "
               "block3.project.weight/1:143",
               NULL);
  for (guint i = 0; i < nn_groups_count (groups); i++)
    for (int u = 0; u < nn_groups_nth (groups, i)->width; u++)
      {
        channels++;
        free_units += nn_groups_nth (groups, i)->units[u].fixed == NULL;
      }
  cr_assert_eq (channels - free_units, 3 + 10, "only the picture and the answers stay\n%s", table);
  /* 16 expansions, the stem (with the first depthwise), the head, and a stream for each change of
   * width: 16, 24, 32, 64, 96, 160, 320 */
  cr_assert_eq (nn_groups_count (groups), 16 + 2 + 7 + 2, "%s", table);
  cr_assert_not_null (strstr (table, "block2.project"));
  narrow = without (g, p, "block2.project", NN_GROUP_CHANNELS, 5, &narrow_params);
  cr_assert_eq (nn_node_shape (narrow, net.stage[0]).dim[2], 23);
  cr_assert_eq (nn_node_shape (narrow, net.logits).dim[0], 10);
  cr_assert_eq (nn_params_find (narrow_params, "block3.expand.weight")->dim[1], 23);
  nn_params_free (narrow_params);
  nn_params_free (p);
  nn_graph_free (narrow);
  nn_graph_free (g);
}

Test (groups, resnet18)
{
  nn_graph *g = nn_graph_new ();
  g_autoptr (nn_groups) groups = NULL;
  const nn_group *stream;

  nn_resnet18 (g, "", nn_images (g, "picture", 32, 32, 3), 10);
  groups = find (g);
  stream = group_of (groups, "conv1", NN_GROUP_CHANNELS);
  cr_assert_eq (stream->width, 64);
  cr_assert_null (stream->units[0].fixed);
  cr_assert_eq (group_of (groups, "layer2.1.conv1", NN_GROUP_CHANNELS)->width, 128);
  /* four streams, eight inner widths, the picture and the answers */
  cr_assert_eq (nn_groups_count (groups), 4 + 8 + 2);
  nn_graph_free (g);
}

/* ---- what cannot be done -------------------------------------------------------------------- */

static void
expect_refused (const nn_groups *groups, nn_params *p, const nn_pick *picks, guint n,
                const char *say)
{
  g_autoptr (GError) error = NULL;
  nn_graph *narrow = NULL;
  nn_params *narrow_params = NULL;
  cr_assert_not (nn_groups_remove (groups, p, picks, n, &narrow, &narrow_params, &error));
  cr_assert (narrow == NULL && narrow_params == NULL);
  cr_assert_eq (error->code, NN_ERROR_SHAPE);
  cr_assert (strstr (error->message, say), "%s", error->message);
}

Test (groups, refusals)
{
  nn_graph *g = nn_graph_new (), *other = nn_graph_new ();
  nn_node v = nn_values (g, "v", 1, 3), x;
  nn_params *p, *fewer, *more;
  const nn_graph *both[] = { g, other };
  g_autoptr (nn_groups) groups = NULL;
  nn_pick all[] = { { 1, 0 }, { 1, 1 }, { 1, 1 } };

  x = nn_linear (g, "hidden", v, 2);
  nn_linear (g, "logits", x, 2);
  nn_linear (other, "more", nn_values (other, "w", 1, 3), 2);
  p = params_for (g);
  fewer = params_for (other);
  more = nn_params_new (both, 2, 1, NULL);
  groups = find (g);
  cr_assert_str_eq (nn_groups_nth (groups, 1)->name, "hidden");
  expect_refused (groups, p, all, 3, "hidden would be left without channels");
  expect_refused (groups, p, &(nn_pick){ 1, 2 }, 1, "does not exist");
  expect_refused (groups, p, &(nn_pick){ 1, -1 }, 1, "does not exist");
  expect_refused (groups, p, &(nn_pick){ 99, 0 }, 1, "does not exist");
  expect_refused (groups, p, &(nn_pick){ 2, 1 }, 1, "channel 1 of logits is an answer");
  expect_refused (groups, fewer, all, 1, "hidden.weight is missing");
  expect_refused (groups, more, all, 1, "more.weight belongs to none of the graphs");
  nn_params_free (p);
  nn_params_free (fewer);
  nn_params_free (more);
  nn_graph_free (g);
  nn_graph_free (other);
}

Test (groups, links_that_do_not_fit)
{
  nn_graph *g = nn_graph_new ();
  nn_node v = nn_values (g, "v", 1, 3), x = nn_linear (g, "x", v, 4);
  const nn_link links[] = {
    { 0, 0, x, v },
    { 0, 0, v, x },
    { 0, 1, x, v },
    { 0, 0, { 7 }, v },
  };
  const char *say[]
      = { "different numbers", "does not end in an input", "do not exist", "do not exist" };

  for (guint i = 0; i < G_N_ELEMENTS (links); i++)
    {
      g_autoptr (GError) error = NULL;
      cr_assert_null (nn_groups_find ((const nn_graph *const[]){ g }, 1, &links[i], 1, &error));
      cr_assert (strstr (error->message, say[i]), "%s", error->message);
    }
  nn_graph_free (g);
}

Test (groups, rounding)
{
  cr_assert_eq (nn_rounded_width (17, 64, 8), 24);
  cr_assert_eq (nn_rounded_width (16, 64, 8), 16);
  cr_assert_eq (nn_rounded_width (0, 64, 8), 8);
  cr_assert_eq (nn_rounded_width (61, 62, 8), 62);
  cr_assert_eq (nn_rounded_width (3, 64, 0), 3);
}
