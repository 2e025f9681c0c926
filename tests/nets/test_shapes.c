/* What a graph refuses: each error names the operation, its name and the shapes of its inputs. */
#include "tests/nets/check.h"

#include <math.h>
#include <string.h>

static nn_graph *g;
static nn_node map, vector, rows, ids, question, loss;

/* A graph with inputs of several shapes. */
static void
begin (void)
{
  g = nn_graph_new ();
  map = nn_images (g, "map", 5, 7, 12);
  vector = nn_values (g, "vector", 1, 13);
  rows = nn_values (g, "rows", 3, 13);
  ids = nn_words (g, "ids", 1, 6);
  question = nn_values (g, "question", 1, 24);
  loss = nn_cross_entropy (g, vector, vector);
  cr_assert (nn_graph_check (g, NULL));
  nn_scope (g, "stage1.");
}

/* The node must have failed, later calls must pass that on, and the error must hold all words. */
static void
refused (nn_node x, const char *const *words)
{
  g_autoptr (GError) error = NULL;
  nn_node later = nn_relu (g, nn_linear (g, "later", x, 4));
  nn_node other = nn_linear (g, "other", map, 0);

  cr_assert_lt (x.i, 0, "%s was accepted", words[0]);
  cr_assert (later.i < 0 && other.i < 0);
  cr_assert_eq (nn_node_shape (g, x).rank, 0);
  cr_assert_not (nn_graph_check (g, &error));
  cr_assert_eq (error->domain, NN_ERROR);
  cr_assert_eq (error->code, NN_ERROR_SHAPE);
  for (; *words != NULL; words++)
    cr_assert_not_null (strstr (error->message, *words), "\"%s\" lacks \"%s\"", error->message,
                        *words);
  nn_graph_free (g);
}

#define REFUSED(call, ...)                                                                         \
  do                                                                                               \
    {                                                                                              \
      begin ();                                                                                    \
      refused (call, (const char *const[]){ __VA_ARGS__, NULL });                                  \
    }                                                                                              \
  while (0)

Test (shapes, pointwise)
{
  REFUSED (nn_add (g, map, vector), "add", "stage1.add", "(N,5,7,12)", "(N,13)");
  REFUSED (nn_add (g, rows, vector), "add", "(3N,13)", "(N,13)");
  REFUSED (nn_mul (g, vector, question), "mul", "(N,13)", "(N,24)");
  REFUSED (nn_relu (g, ids), "relu", "(N,6) of ids");
  REFUSED (nn_relu6 (g, ids), "relu6", "ids");
  REFUSED (nn_stop (g, ids), "stop", "ids");
  REFUSED (nn_dropout (g, map, 1), "dropout", "rate", "(N,5,7,12)");
  REFUSED (nn_dropout (g, map, -0.1f), "dropout", "rate");
  REFUSED (nn_dropout (g, map, (float)NAN), "dropout", "rate");
  REFUSED (nn_repeat (g, map, 0), "repeat", "times", "(N,5,7,12)");
  REFUSED (nn_repeat (g, loss, 2), "repeat", "rows");
  REFUSED (nn_repeat (g, nn_repeat (g, map, 1 << 20), 1 << 20), "repeat");
  REFUSED (nn_coords (g, vector), "coords", "(N,H,W,C)", "(N,13)");
  REFUSED (nn_sigmoid (g, ids), "sigmoid", "(N,6) of ids");
  REFUSED (nn_tanh (g, ids), "tanh", "ids");
  REFUSED (nn_gelu (g, ids), "gelu", "ids");
  REFUSED (nn_scale (g, ids, 1, 0), "scale", "ids");
  REFUSED (nn_scale (g, map, (float)INFINITY, 0), "scale", "finite");
  REFUSED (nn_scale (g, map, 1, (float)NAN), "scale", "finite", "(N,5,7,12)");
}

static nn_node
concat (nn_node a, nn_node b)
{
  return nn_concat (g, (nn_node[]){ a, b }, 2);
}

Test (shapes, joining)
{
  nn_node many[NN_MAX_INPUTS + 1];
  REFUSED (concat (map, vector), "concat stage1.concat", "input 2", "(N,5,7,12)", "(N,13)");
  REFUSED (concat (vector, rows), "concat", "(N,13)", "(3N,13)");
  REFUSED (concat (vector, ids), "concat", "input 2 holds ids");
  REFUSED (concat (map, nn_max_pool (g, map, 2, 2, 0)), "concat", "(N,5,7,12)", "(N,2,3,12)");
  REFUSED (concat (loss, loss), "concat", "rows");
  REFUSED (concat (vector, (nn_node){ -1 }), "concat", "input 2");
  REFUSED (nn_concat (g, &vector, 1), "concat", "1 parts", "2 to 8");
  REFUSED (nn_concat (g, &vector, 0), "concat", "0 parts");
  REFUSED (nn_concat (g, &vector, -3), "concat", "-3 parts");
  begin ();
  for (int i = 0; i <= NN_MAX_INPUTS; i++)
    many[i] = vector;
  refused (nn_concat (g, many, NN_MAX_INPUTS + 1), (const char *const[]){ "concat", "9", NULL });
  REFUSED (nn_sum_last (g, ids), "sum_last", "ids");
  REFUSED (nn_sum_last (g, loss), "sum_last", "rows");
  REFUSED (nn_mean_all (g, ids), "mean_all", "ids");
}

Test (shapes, pooling)
{
  REFUSED (nn_max_pool (g, vector, 2, 2, 0), "max_pool", "(N,13)");
  REFUSED (nn_max_pool (g, map, 6, 1, 0), "max_pool", "6", "(N,5,7,12)");
  REFUSED (nn_max_pool (g, map, 2, 0, 0), "max_pool", "stride");
  REFUSED (nn_max_pool (g, map, 17, 1, 8), "max_pool", "kernel");
  REFUSED (nn_mean_pool (g, map, 2, 1, 2), "mean_pool", "padding", "(N,5,7,12)");
  REFUSED (nn_mean_pool (g, map, 0, 1, 0), "mean_pool", "kernel");
  REFUSED (nn_mean_pool (g, map, 2, -1, 0), "mean_pool", "stride");
  REFUSED (nn_global_mean (g, vector), "global_mean", "(N,13)");
  REFUSED (nn_global_max (g, ids), "global_max", "ids");
}

Test (shapes, with_parameters)
{
  REFUSED (nn_linear (g, "fc", ids, 4), "linear", "stage1.fc", "ids");
  REFUSED (nn_linear (g, "fc", vector, 0), "linear stage1.fc", "0", "(N,13)");
  REFUSED (nn_linear (g, "fc", vector, -4), "linear stage1.fc", "-4");
  REFUSED (nn_linear (g, "fc", loss, 4), "linear stage1.fc");
  REFUSED (nn_linear_zero (g, "fc", vector, G_MAXINT), "linear stage1.fc");
  REFUSED (nn_embed (g, "words", vector, 10, 4), "embed stage1.words", "(N,13)");
  REFUSED (nn_embed (g, "words", ids, 0, 4), "embed stage1.words", "0");
  REFUSED (nn_embed (g, "words", ids, 10, 0), "embed stage1.words");
  REFUSED (nn_gru (g, "gru", vector, ids, 8), "gru stage1.gru", "(N,13)", "(N,6)");
  REFUSED (nn_gru (g, "gru", nn_embed (g, "w", ids, 9, 4), vector, 8), "gru", "(N,6,4)", "(N,13)");
  REFUSED (nn_gru (g, "gru", nn_embed (g, "w", ids, 9, 4), nn_words (g, "short", 1, 5), 8), "gru",
           "(N,6,4)", "(N,5) of ids");
  REFUSED (nn_gru (g, "gru", nn_embed (g, "w", ids, 9, 4), nn_words (g, "many", 3, 6), 8), "gru",
           "(N,6,4)", "(3N,6) of ids");
  REFUSED (nn_gru (g, "gru", nn_embed (g, "w", ids, 9, 4), ids, 0), "gru stage1.gru", "0");
  REFUSED (nn_gru_sequence (g, "gru", vector, ids, 8), "gru stage1.gru", "(N,13)", "(N,6)");
  REFUSED (nn_gru_layers (g, "gru", nn_embed (g, "w", ids, 9, 4), ids, 8, 0), "gru stage1.gru.0",
           "0 layers");
  REFUSED (nn_gru_layers (g, "gru", nn_embed (g, "w", ids, 9, 4), ids, 8, G_MAXINT), "gru",
           "layers");
  REFUSED (nn_gru_layers (g, "gru", vector, ids, 8, 2), "gru stage1.gru.0", "(N,13)");
  REFUSED (nn_read (g, "read", vector, ids, 2), "read stage1.read", "(N,13)", "(N,6)");
  REFUSED (nn_read (g, "read", nn_embed (g, "w", ids, 9, 4), vector, 2), "read", "(N,6,4)");
  REFUSED (nn_read (g, "read", nn_embed (g, "w", ids, 9, 4), nn_words (g, "few", 1, 5), 2), "read",
           "(N,6,4)", "(N,5) of ids");
  REFUSED (nn_read (g, "read", nn_embed (g, "w", ids, 9, 4), ids, 0), "read", "0 heads");
  REFUSED (nn_read (g, "read", nn_embed (g, "w", ids, 9, 4), ids, 65), "read", "65 heads");
  REFUSED (nn_norm (g, "bn", ids), "norm stage1.bn", "ids");
}

static nn_node
attend (int heads, int key, int value, unsigned modulation, float scale)
{
  nn_attend_options o
      = { .heads = heads, .key = key, .value = value, .modulation = modulation, .scale = scale };
  return nn_attend_with (g, "look", map, question, &o);
}

Test (shapes, language_meets_map)
{
  REFUSED (nn_film (g, map, vector), "film", "24", "(N,5,7,12)", "(N,13)");
  REFUSED (nn_film (g, map, nn_values (g, "many", 3, 24)), "film", "(3N,24)");
  REFUSED (nn_film (g, map, map), "film", "(N,5,7,12), (N,5,7,12)");
  REFUSED (nn_film (g, map, ids), "film", "ids");
  REFUSED (nn_attend (g, "look", vector, question, 2, 4), "attend stage1.look", "(N,13)", "(N,24)");
  REFUSED (nn_attend (g, "look", map, map, 2, 4), "attend stage1.look", "(N,5,7,12)");
  REFUSED (nn_attend (g, "look", map, rows, 2, 4), "attend", "rows", "(3N,13)");
  REFUSED (nn_attend (g, "look", map, question, 5, 4), "attend", "5 heads", "(N,5,7,12)");
  REFUSED (nn_attend (g, "look", map, question, 0, 4), "attend", "heads");
  REFUSED (nn_attend (g, "look", map, question, 2, 0), "attend", "key");
  REFUSED (nn_attend (g, "look", map, question, 1 << 19, 1 << 19), "attend");
  REFUSED (attend (2, 4, -1, 0, 0), "attend", "value width");
  REFUSED (attend (2, 4, 1 << 19, 0, 0), "attend", "too wide");
  REFUSED (attend (2, 4, 0, 16, 0), "attend", "modulation 16");
  REFUSED (attend (2, 4, 0, 0, -1), "attend", "scale");
  REFUSED (attend (2, 4, 0, 0, (float)NAN), "attend", "scale");
  REFUSED (nn_cross_entropy (g, vector, question), "cross_entropy", "(N,13)", "(N,24)");
  REFUSED (nn_cross_entropy (g, vector, rows), "cross_entropy", "(N,13)", "(3N,13)");
  REFUSED (nn_cross_entropy (g, map, map), "cross_entropy", "(N,5,7,12)");
}

Test (shapes, losses)
{
  REFUSED (nn_binary_cross_entropy (g, vector, question), "binary_cross_entropy", "(N,13)",
           "(N,24)");
  REFUSED (nn_binary_cross_entropy (g, vector, ids), "binary_cross_entropy", "ids");
  REFUSED (nn_binary_cross_entropy (g, loss, loss), "binary_cross_entropy", "rows");
  REFUSED (nn_mean_square (g, vector, rows), "mean_square", "(N,13)", "(3N,13)");
  REFUSED (nn_mean_square (g, map, vector), "mean_square", "(N,5,7,12)");
  REFUSED (nn_distillation (g, vector, question, 2), "distillation", "(N,13)", "(N,24)");
  REFUSED (nn_distillation (g, map, map, 2), "distillation", "(N,5,7,12)");
  REFUSED (nn_distillation (g, vector, vector, 0), "distillation", "temperature is 0");
  REFUSED (nn_distillation (g, vector, vector, (float)NAN), "distillation", "temperature");
  REFUSED (nn_distillation (g, vector, (nn_node){ 99 }, 1), "input");
}

static nn_node
conv_with (nn_node x, nn_conv_options o)
{
  return nn_conv_with (g, "conv", x, &o);
}

Test (shapes, convolution)
{
  REFUSED (nn_conv (g, "conv", vector, 4, 3, 1), "conv stage1.conv", "(N,13)");
  REFUSED (nn_conv (g, "conv", map, 0, 3, 1), "conv stage1.conv", "(N,5,7,12)");
  REFUSED (nn_conv (g, "conv", map, 4, 3, 0), "conv stage1.conv", "stride 0");
  REFUSED (nn_conv (g, "conv", map, 4, 0, 1), "conv stage1.conv", "kernel 0");
  REFUSED (nn_conv_same (g, "conv", map, 4, 3, 0, FALSE), "conv stage1.conv");
  REFUSED (nn_conv_same (g, "conv", map, 5, 3, 1, TRUE), "conv stage1.conv", "(N,5,7,12)");
  REFUSED (conv_with (map, (nn_conv_options){ .out = 4, .kernel = 6, .stride = 1 }), "kernel 6",
           "(N,5,7,12)");
  REFUSED (conv_with (map, (nn_conv_options){ .out = 4, .kernel = 1, .stride = 1, .groups = 5 }),
           "5 groups");
  REFUSED (conv_with (map, (nn_conv_options){ .out = 4, .kernel = 1, .stride = 1, .top = -1 }),
           "conv stage1.conv");
}

Test (shapes, inputs)
{
  REFUSED (nn_images (g, "x", 0, 4, 3), "x");
  REFUSED (nn_images (g, "x", 4, 4, -3), "x");
  REFUSED (nn_values (g, "x", 0, 3), "x");
  REFUSED (nn_words (g, "x", 1, 0), "x");
}

Test (shapes, same_parameter_with_two_shapes)
{
  REFUSED ((nn_linear (g, "fc", vector, 4), nn_linear (g, "fc", question, 4)), "linear stage1.fc",
           "fc.weight", "(4,13)", "(4,24)");
}

Test (shapes, node_of_another_graph)
{
  REFUSED (nn_relu (g, (nn_node){ 1000 }), "relu");
  REFUSED (nn_film (g, map, (nn_node){ -7 }), "film", "input 2");
}

/* A parameter used twice with one shape is one parameter. */
Test (shapes, shared_parameter)
{
  begin ();
  nn_linear (g, "fc", vector, 4);
  nn_linear (g, "fc", rows, 4);
  nn_params *p = nn_params_new ((const nn_graph *const[]){ g }, 1, 1, NULL);
  cr_assert_eq (nn_params_count (p), 2);
  nn_params_free (p);
  nn_graph_free (g);
}

Test (shapes, results)
{
  begin ();
  const struct
  {
    nn_node x;
    const char *text;
  } cases[] = {
    { nn_linear (g, "a", map, 4), "(N,5,7,4)" },
    { nn_linear (g, "b", rows, 4), "(3N,4)" },
    { nn_embed (g, "c", ids, 10, 4), "(N,6,4)" },
    { nn_gru (g, "d", nn_embed (g, "c", ids, 10, 4), ids, 8), "(N,8)" },
    { nn_film (g, map, question), "(N,5,7,12)" },
    { nn_attend (g, "e", map, question, 3, 5), "(N,5,7,12)" },
    { nn_repeat (g, map, 3), "(3N,5,7,12)" },
    { nn_coords (g, map), "(N,5,7,14)" },
    { nn_max_pool (g, map, 3, 2, 1), "(N,3,4,12)" },
    { nn_mean_pool (g, map, 2, 2, 0), "(N,2,3,12)" },
    { nn_global_mean (g, map), "(N,12)" },
    { nn_global_max (g, map), "(N,12)" },
    { nn_cross_entropy (g, rows, rows), "()" },
    { nn_binary_cross_entropy (g, rows, rows), "()" },
    { nn_mean_square (g, map, map), "()" },
    { nn_distillation (g, rows, rows, 3), "()" },
    { nn_mean_all (g, map), "()" },
    { nn_sum_last (g, map), "(N,5,7,1)" },
    { nn_sum_last (g, rows), "(3N,1)" },
    { nn_scale (g, loss, 2, 0), "()" },
    { nn_gelu (g, map), "(N,5,7,12)" },
    { concat (vector, question), "(N,37)" },
    { concat (map, map), "(N,5,7,24)" },
    { nn_gru_sequence (g, "s", nn_embed (g, "c", ids, 10, 4), ids, 8), "(N,6,8)" },
    { nn_gru_layers (g, "l", nn_embed (g, "c", ids, 10, 4), ids, 8, 3), "(N,8)" },
    { nn_read (g, "r", nn_embed (g, "c", ids, 10, 4), ids, 3), "(N,12)" },
    { nn_conv (g, "f", map, 4, 3, 2), "(N,3,4,4)" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      nn_shape s = nn_node_shape (g, cases[i].x);
      g_autofree char *text = nn_shape_text (&s);
      cr_assert_str_eq (text, cases[i].text);
    }
  nn_graph_free (g);
}

Test (shapes, multiply_adds)
{
  begin ();
  nn_linear (g, "fc", rows, 4);
  cr_assert_eq (nn_graph_macs (g), 3 * 13 * 4);
  nn_gru (g, "gru", nn_embed (g, "c", ids, 10, 4), ids, 8);
  cr_assert_eq (nn_graph_macs (g), 156 + 6 * 24 * (4 + 8));
  nn_attend (g, "look", map, question, 2, 3);
  cr_assert_eq (nn_graph_macs (g), 156 + 1728 + 35 * 12 * (12 + 24) + 35 * 35 * (6 + 12) + 24 * 36);
  int64_t before = nn_graph_macs (g);
  nn_scope (g, "other.");
  attend (3, 2, 5, 15, 0);
  cr_assert_eq (nn_graph_macs (g) - before,
                35 * 12 * (12 + 30) + 35 * 35 * (6 + 15) + 24 * (24 + 12 + 24 + 21) + 35 * 21);
  nn_graph_free (g);
}
