/* The answering network: its sizes in a file, how pictures and questions enter it, its shapes. */
#include "tests/vqa/tiny.h"

#include "vqa/data/choices.h"
#include "vqa/run/tracing.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

/* ---- sizes ------------------------------------------------------------------------------ */

Test (net, sizes_survive_a_file)
{
  g_autoptr (vqa_contents) c = tiny_contents ();
  g_autofree char *json = vqa_spec_to_json (&c->spec);
  g_autofree char *again = NULL;
  g_autoptr (GError) error = NULL;
  vqa_spec read;

  cr_assert (vqa_spec_from_json (&read, json, &error), "%s", error != NULL ? error->message : "");
  /* All but the dropout, which only training uses. */
  read.dropout = c->spec.dropout;
  cr_assert_eq (memcmp (&read, &c->spec, sizeof read), 0);
  again = vqa_spec_to_json (&read);
  cr_assert_str_eq (json, again);
}

/* A network with the plain backbone, which alone has these sizes. */
static vqa_contents *
plain_contents (int filters, int halvings)
{
  vqa_contents *c = tiny_contents ();

  c->spec.backbone = VQA_BACKBONE_PLAIN;
  c->spec.filters = filters;
  c->spec.halvings = halvings;
  c->spec.head = 0;
  return c;
}

Test (net, backbones_survive_a_file)
{
  g_autoptr (vqa_contents) c = plain_contents (24, 4);
  g_autoptr (vqa_contents) usual = tiny_contents ();
  g_autofree char *json = vqa_spec_to_json (&c->spec);
  g_autofree char *other = vqa_spec_to_json (&usual->spec);
  g_autoptr (GError) error = NULL;
  vqa_spec read;

  tiny_expect_part (json, "\"network\":\"modulated-self-attention-plain\"");
  cr_assert (vqa_spec_from_json (&read, json, &error), "%s", error != NULL ? error->message : "");
  cr_assert_eq (read.backbone, VQA_BACKBONE_PLAIN);
  cr_assert_eq (read.filters, 24);
  cr_assert_eq (read.halvings, 4);
  /* Files of the other backbone are what they were before there were two. */
  tiny_expect_part (other, "\"network\":\"modulated-self-attention-mobilenetv2\"");
  cr_assert_null (strstr (other, "filters"));
  cr_assert_null (strstr (other, "halvings"));
  cr_assert (vqa_spec_from_json (&read, other, NULL));
  cr_assert_eq (read.backbone, VQA_BACKBONE_MOBILENETV2);
}

/* Networks to compare with: without FiLM, without self-attention, without both. */
Test (net, parts_left_out)
{
  for (int parts = 0; parts < 4; parts++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (vqa_contents) c = tiny_contents ();
      g_autofree char *text = NULL;
      vqa_spec read;
      c->spec.film = parts & 1;
      c->spec.attention = parts >> 1;
      vqa_graphs *g = vqa_graphs_new (&c->spec, 1, NULL, &error);
      cr_assert_not_null (g, "%s", error ? error->message : "");
      cr_expect_eq (nn_params_find (g->params, "block0.film.weight") != NULL, parts & 1);
      cr_expect_eq (nn_params_find (g->params, "block0.attend.query.weight") != NULL, parts >> 1);
      text = vqa_spec_to_json (&c->spec);
      cr_assert (vqa_spec_from_json (&read, text, &error));
      cr_expect_eq (read.film, c->spec.film);
      cr_expect_eq (read.attention, c->spec.attention);
      vqa_graphs_free (g);
    }
}

/* The places where the question acts on attention; files of earlier versions do not say. */
Test (net, modulations_survive_a_file)
{
  for (int set = 0; set < 16; set++)
    {
      g_autoptr (vqa_contents) c = tiny_contents ();
      g_autofree char *json = NULL;
      g_autofree char *text = vqa_choices_to_text (set, vqa_modulations);
      vqa_spec read;

      c->spec.modulation = set;
      json = vqa_spec_to_json (&c->spec);
      tiny_expect_part (json, text);
      cr_assert (vqa_spec_from_json (&read, json, NULL), "%s", json);
      cr_assert_eq (read.modulation, set);
      cr_assert_eq (vqa_choices_from_text (text, vqa_modulations), set);
    }
  cr_assert_eq (vqa_choices_from_text (" query_key ; gate;", vqa_modulations), 3);
  cr_assert_eq (vqa_choices_from_text ("", vqa_modulations), -1);
  cr_assert_eq (vqa_choices_from_text (";", vqa_modulations), -1);
  cr_assert_eq (vqa_choices_from_text ("gate;;norm", vqa_modulations), -1);
  cr_assert_eq (vqa_choices_from_text ("gate;gate", vqa_modulations), -1);
  cr_assert_eq (vqa_choices_from_text ("none;gate", vqa_modulations), -1);
  cr_assert_eq (vqa_choices_from_text ("gates", vqa_modulations), -1);
}

/* The tiny network's sizes with one of them written otherwise. */
static char *
json_with (const char *name, const char *value)
{
  g_autoptr (vqa_contents) c = tiny_contents ();
  g_autofree char *json = vqa_spec_to_json (&c->spec);
  g_autofree char *pattern = g_strdup_printf ("(\"%s\":)[^,}]+", name);
  g_autofree char *with = g_strdup_printf ("\\g<1>%s", value);
  g_autoptr (GRegex) regex = g_regex_new (pattern, 0, 0, NULL);
  char *changed = g_regex_replace (regex, json, -1, 0, with, 0, NULL);

  cr_assert_str_neq (changed, json);
  return changed;
}

static void
refuse_spec (const char *json, const char *part)
{
  g_autoptr (GError) error = NULL;
  vqa_spec spec;

  cr_assert_not (vqa_spec_from_json (&spec, json, &error), "taken: %s", json);
  cr_assert_not_null (error);
  tiny_expect_part (error->message, part);
}

Test (net, sizes_outside_their_limits)
{
  static const struct
  {
    const char *name;
    int least, most;
  } limits[] = {
    { "side", 32, 1024 }, { "words", 1, 1000000 }, { "max_words", 1, 256 },
    { "embed", 1, 4096 }, { "hidden", 1, 4096 },   { "width", 1, 4096 },
    { "blocks", 1, 16 },  { "heads", 1, 64 },      { "key", 1, 1024 },
    { "joint", 1, 8192 }, { "blind", 1, 8192 },    { "answers", 1, 100000 },
  };
  static const char *const never[] = { "\"64\"",
                                       "true",
                                       "null",
                                       "40.5",
                                       "1e2",
                                       "[64]",
                                       "{}",
                                       "99999999999",
                                       "-9223372036854775808",
                                       "18446744073709551617" };

  for (guint i = 0; i < G_N_ELEMENTS (limits); i++)
    {
      g_autofree char *least = g_strdup_printf ("%d", limits[i].least);
      g_autofree char *most = g_strdup_printf ("%d", limits[i].most);
      g_autofree char *under = g_strdup_printf ("%d", limits[i].least - 1);
      g_autofree char *over = g_strdup_printf ("%d", limits[i].most + 1);
      g_autofree char *one = json_with (limits[i].name, least);
      g_autofree char *two = json_with (limits[i].name, most);
      g_autofree char *three = json_with (limits[i].name, under);
      g_autofree char *four = json_with (limits[i].name, over);
      g_autofree char *part = g_strdup_printf ("architecture: %s must be", limits[i].name);
      vqa_spec spec;

      cr_assert (vqa_spec_from_json (&spec, one, NULL), "%s", one);
      cr_assert (vqa_spec_from_json (&spec, two, NULL), "%s", two);
      refuse_spec (three, part);
      refuse_spec (four, part);
      for (guint k = 0; k < G_N_ELEMENTS (never); k++)
        {
          g_autofree char *bad = json_with (limits[i].name, never[k]);
          refuse_spec (bad, part);
        }
    }
}

Test (net, sizes_of_the_plain_backbone)
{
  static const char *const bad[]
      = { "\"filters\":0,\"halvings\":3",   "\"filters\":1025,\"halvings\":3", "\"halvings\":3",
          "\"filters\":16,\"halvings\":1",  "\"filters\":16,\"halvings\":6",   "\"filters\":16",
          "\"filters\":16,\"halvings\":2.5" };
  g_autoptr (vqa_contents) c = plain_contents (16, 3);
  g_autofree char *json = vqa_spec_to_json (&c->spec);

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autofree char **parts = g_strsplit (json, "\"filters\":16,\"halvings\":3", 2);
      g_autofree char *before = parts[0], *after = parts[1];
      g_autofree char *text = g_strconcat (before, bad[i], after, NULL);

      refuse_spec (text, strstr (bad[i], "filters\":16") != NULL ? "halvings must be a whole number"
                                                                   " from 2 to 5"
                                                                 : "filters must be");
    }
}

Test (net, architectures_that_are_none)
{
  g_autofree char *other = json_with ("network", "\"transformer\"");
  g_autofree char *number = json_with ("network", "5");
  g_autofree char *list = json_with ("network", "[]");
  g_autofree char *good = json_with ("side", "96");
  g_autofree char *twice = g_strdup_printf ("%.*s,\"side\":96}", (int)strlen (good) - 1, good);
  g_autofree char *cut = g_strndup (good, strlen (good) - 1);
  vqa_spec spec;

  g_autofree char *place = json_with ("modulation", "\"gate;mind\"");
  g_autofree char *bits = json_with ("modulation", "3");
  g_autofree char *old = g_strdup (good);

  *strstr (old, ",\"modulation\"") = '}';
  strchr (old, '}')[1] = '\0';
  cr_assert (vqa_spec_from_json (&spec, old, NULL), "%s", old);
  cr_assert_eq (spec.modulation, NN_MODULATE_GATE | NN_MODULATE_QUERY_KEY);
  refuse_spec (place, "modulation must be");
  refuse_spec (bits, "modulation must be");
  refuse_spec (other, "network must be");
  refuse_spec (number, "network must be");
  refuse_spec (list, "network must be");
  refuse_spec ("{}", "network must be");
  refuse_spec ("[]", "network must be");
  refuse_spec ("\"network\"", "network must be");
  refuse_spec ("{\"network\":\"modulated-self-attention-mobilenetv2\"}", "side must be");
  refuse_spec ("", "line 1");
  refuse_spec (cut, "line 1");
  refuse_spec (twice, "side");
  refuse_spec ("[[[[[[[[[[1]]]]]]]]]]", "deep");
}

/* ---- pictures and questions ------------------------------------------------------------- */

Test (net, pixels_go_from_minus_one_to_one)
{
  static const guint8 rgb[] = { 0, 64, 128, 192, 255 };
  static const float wanted[] = { -1, -0.5f, 0, 0.5f, 0.9921875f };
  float got[5];

  vqa_net_pixels (rgb, 5, got);
  for (int i = 0; i < 5; i++)
    cr_assert_eq (got[i], wanted[i]);
}

/* As it is described in every model file. */
Test (net, golden_picture)
{
  guint8 rgb[64 * 64 * 3];

  vqa_golden_picture (64, rgb);
  for (int y = 0; y < 64; y++)
    for (int x = 0; x < 64; x++)
      for (int c = 0; c < 3; c++)
        cr_assert_eq (rgb[(y * 64 + x) * 3 + c],
                      (5 * x + 3 * y + 40 * c + (int)(((unsigned)x * (unsigned)y) >> 4)) % 256);
}

static void
expect_ids (const char *question, int max_words, const char *wanted, const char *wanted_unknown)
{
  g_autoptr (vqa_contents) c = tiny_contents ();
  g_autoptr (GPtrArray) unknown = g_ptr_array_new_with_free_func (g_free);
  g_autofree int32_t *ids = g_new (int32_t, max_words + 1);
  g_autofree int32_t *quiet = g_new (int32_t, max_words);
  g_autoptr (GString) got = g_string_new (NULL);
  g_autofree char *words = NULL;

  memset (ids, 0x55, (max_words + 1) * sizeof *ids);
  vqa_net_words (c->index, question, max_words, ids, unknown);
  for (int i = 0; i < max_words; i++)
    g_string_append_printf (got, "%s%d", i > 0 ? " " : "", ids[i]);
  cr_assert_str_eq (got->str, wanted, "“%s” gave %s", question, got->str);
  cr_assert_eq (ids[max_words], 0x55555555, "written past the end");
  vqa_net_words (c->index, question, max_words, quiet, NULL);
  cr_assert_eq (memcmp (ids, quiet, max_words * sizeof *ids), 0);
  g_ptr_array_add (unknown, NULL);
  words = g_strjoinv ("|", (char **)unknown->pdata);
  cr_assert_str_eq (words, wanted_unknown, "“%s” gave %s", question, words);
}

/* tiny_contents(): what 1, is 2, in 3, the 4, picture 5, there 6, a 7, dog 8, colour 9, it 10. */
Test (net, questions_become_ids)
{
  expect_ids ("What is it?", 4, "1 2 10 0", "");
  expect_ids ("IS THERE A DOG", 4, "2 6 7 8", "");
  expect_ids ("is there a dog in the picture", 3, "2 6 7", "");
  expect_ids ("", 3, "0 0 0", "");
  expect_ids ("?!", 1, "0", "");
}

Test (net, unknown_words_as_they_were_written)
{
  expect_ids ("is there a Zyzzy?", 5, "2 6 7 0 0", "Zyzzy");
  expect_ids ("Frob the GIZMO, it is a gizmo", 6, "4 10 2 7 0 0", "Frob|GIZMO|gizmo");
  expect_ids ("Dogged dog, Dog DOGE", 3, "8 8 0", "Dogged|DOGE");
  expect_ids ("Où est l'ÉCOLE?", 2, "0 0", "Où|est|l|'ÉCOLE");
  expect_ids ("Don\u2019t?", 2, "0 0", "Do|n't");
  /* Words past the end are not read, but a person should know of them. */
  expect_ids ("it it Zebra", 1, "10", "Zebra");
}

/* ---- counting --------------------------------------------------------------------------- */

static void
set_all (nn_params *params, const char *name, float value)
{
  nn_param *p = nn_params_find (params, name);

  cr_assert_not_null (p, "%s", name);
  for (size_t i = 0; i < p->count; i++)
    p->value[i] = value;
}

/* The tally is the sum over the cells of each mark's probability: with everything else silent the
 * answer is that number. */
Test (net, marks_are_counted)
{
  g_autoptr (vqa_contents) c = plain_contents (12, 3);
  const int cells = 64, kinds = 2;
  const float *marks, *logits;
  double sum[2] = { 0 };
  vqa_graphs *g;
  nn_exec *e;

  c->spec.tally = kinds;
  g = tiny_graphs (c);
  set_all (g->params, "answer.mean.weight", 0);
  set_all (g->params, "answer.mean.bias", 0);
  set_all (g->params, "answer.peak.weight", 0);
  set_all (g->params, "answer.peak.bias", 0);
  set_all (g->params, "answer.film.weight", 0);
  set_all (g->params, "answer.film.bias", 0);
  set_all (g->params, "answer.tally.weight", 0);
  set_all (g->params, "answer.tally.bias", 0);
  set_all (g->params, "answer.logits.weight", 0);
  set_all (g->params, "answer.logits.bias", 0);
  for (int k = 0; k < kinds; k++)
    {
      /* (out,in): unit k of the joint takes count k, and answer k takes that. */
      nn_params_find (g->params, "answer.tally.weight")->value[k * kinds + k] = 1;
      nn_params_find (g->params, "answer.logits.weight")->value[k * c->spec.joint + k] = 1;
    }
  e = nn_exec_new (g->answer, g->params, NN_INFER, 1, NULL);
  cr_assert_not_null (e);
  for (size_t i = 0; i < (size_t)cells * 12; i++)
    nn_data (e, g->maps.coarse)[i] = (float)(i * 7 % 23) * 0.1f;
  nn_ids (e, g->words)[0] = 1;
  nn_forward (e);
  marks = nn_data (e, g->out.marks);
  logits = nn_data (e, g->out.logits);
  for (int i = 0; i < cells; i++)
    for (int k = 0; k < kinds; k++)
      sum[k] += 1 / (1 + exp (-(double)marks[i * kinds + k]));
  for (int k = 0; k < kinds; k++)
    {
      cr_expect (sum[k] > 0.01 && sum[k] < cells);
      cr_expect_float_eq (logits[k], sum[k], 1e-4 * sum[k], "%g, not %g", logits[k], sum[k]);
    }
  cr_expect_neq (sum[0], sum[1]);
  nn_exec_free (e);
  vqa_graphs_free (g);
}

/* A network that counts as many kinds as training marks on the last map counts these. */
Test (net, what_is_marked_in_training_is_what_is_counted)
{
  for (int tally = 0; tally <= VQA_TRACING_MARKS; tally += VQA_TRACING_MARKS / 2)
    {
      g_autoptr (vqa_contents) c = plain_contents (12, 3);
      nn_graph *g = nn_graph_new ();
      vqa_net_outputs out;
      const nn_graph *graphs[1] = { g };
      nn_params *params;

      c->spec.tally = tally;
      out = vqa_net_answer (g, &c->spec, vqa_net_map_inputs (g, &c->spec),
                            nn_words (g, "words", 2, c->spec.max_words), 2);
      cr_assert_eq (out.marks.i >= 0, tally > 0);
      vqa_tracing_add (g, &c->spec, &out, 2);
      params = nn_params_new (graphs, 1, 1, NULL);
      cr_assert_not_null (params);
      cr_expect_eq (nn_params_find (params, "answer.marks.weight") != NULL, tally > 0);
      cr_expect_eq (nn_params_find (params, "trace.cells1.weight") != NULL,
                    tally != VQA_TRACING_MARKS, "tally %d", tally);
      nn_params_free (params);
      nn_graph_free (g);
    }
}

/* ---- shapes ----------------------------------------------------------------------------- */

static void
expect_shape (const nn_graph *g, nn_node x, int per, int rank, int a, int b, int c)
{
  nn_shape s = nn_node_shape (g, x);

  cr_assert_eq (s.per, per);
  cr_assert_eq (s.rank, rank);
  cr_assert_eq (s.dim[0], a);
  cr_assert (rank < 2 || s.dim[1] == b);
  cr_assert (rank < 3 || s.dim[2] == c);
}

Test (net, shapes)
{
  static const int sides[][2] = { { 32, 1 }, { 64, 2 }, { 65, 3 }, { 192, 6 } };
  g_autoptr (vqa_contents) c = tiny_contents ();

  for (guint i = 0; i < 2 * G_N_ELEMENTS (sides); i++)
    {
      guint k = i / 2;
      nn_graph *g = nn_graph_new ();
      c->spec.fine = i % 2 == 0 ? 0 : 24;
      c->spec.head = i % 2 == 0 ? 1280 : 0;
      nn_node picture = nn_images (g, "picture", sides[k][0], sides[k][0], 3);
      vqa_net_maps map = vqa_net_features (g, &c->spec, picture);
      nn_node words = nn_words (g, "words", 3, c->spec.max_words);
      vqa_net_outputs out = vqa_net_answer (g, &c->spec, map, words, 3);
      g_autoptr (GError) error = NULL;

      cr_assert (nn_graph_check (g, &error), "%s", error != NULL ? error->message : "");
      expect_shape (g, map.coarse, 1, 3, sides[k][1], sides[k][1], 320);
      cr_assert ((map.fine.i >= 0) == (c->spec.fine > 0));
      expect_shape (g, out.map, 3, 3, sides[k][1], sides[k][1], c->spec.width);
      expect_shape (g, out.logits, 3, 1, c->spec.answers, 0, 0);
      expect_shape (g, out.blind, 3, 1, c->spec.answers, 0, 0);
      nn_graph_free (g);
    }
}

/* The inputs of the part that answers are what the backbone gives. */
Test (net, maps_of_the_plain_backbone)
{
  static const int cases[][4] = {
    /* side, halvings, coarse, fine */
    { 64, 3, 8, 16 },
    { 64, 2, 16, 32 },
    { 65, 3, 9, 17 },
    { 33, 5, 2, 3 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    for (int fine = 0; fine <= 8; fine += 8)
      {
        g_autoptr (vqa_contents) c = plain_contents (12, cases[i][1]);
        g_autoptr (GError) error = NULL;
        vqa_graphs *g;

        c->spec.side = cases[i][0];
        c->spec.fine = fine;
        g = vqa_graphs_new (&c->spec, 5, NULL, &error);
        cr_assert_not_null (g, "%s", error != NULL ? error->message : "");
        expect_shape (g->features, g->seen.coarse, 1, 3, cases[i][2], cases[i][2], 12);
        expect_shape (g->answer, g->maps.coarse, 1, 3, cases[i][2], cases[i][2], 12);
        expect_shape (g->answer, g->out.map, 1, 3, cases[i][2], cases[i][2], c->spec.width);
        cr_assert_eq (g->seen.fine.i >= 0, fine > 0);
        if (fine > 0)
          {
            expect_shape (g->features, g->seen.fine, 1, 3, cases[i][3], cases[i][3], 12);
            expect_shape (g->answer, g->maps.fine, 1, 3, cases[i][3], cases[i][3], 12);
          }
        cr_assert_eq (vqa_net_maps_count (g->features, g->seen),
                      vqa_net_maps_count (g->answer, g->maps));
        vqa_graphs_free (g);
      }
}

/* The same seed gives the same values; sizes that do not fit are an error, not a crash. */
Test (net, graphs_of_a_seed)
{
  g_autoptr (vqa_contents) c = tiny_contents ();
  vqa_graphs *a = vqa_graphs_new (&c->spec, 5, NULL, NULL),
             *b = vqa_graphs_new (&c->spec, 5, NULL, NULL);
  vqa_graphs *other = vqa_graphs_new (&c->spec, 6, NULL, NULL);
  gboolean differs = FALSE;

  cr_assert (a != NULL && b != NULL && other != NULL);
  cr_assert_eq (nn_params_count (a->params), nn_params_count (b->params));
  for (guint i = 0; i < nn_params_count (a->params); i++)
    {
      const nn_param *p = nn_params_nth (a->params, i), *q = nn_params_nth (b->params, i);
      cr_assert_str_eq (p->name, q->name);
      cr_assert_eq (memcmp (p->value, q->value, p->count * sizeof (float)), 0, "%s", p->name);
      differs
          = differs
            || memcmp (p->value, nn_params_nth (other->params, i)->value, p->count * sizeof (float))
                   != 0;
    }
  cr_assert (differs);
  vqa_graphs_free (a);
  vqa_graphs_free (b);
  vqa_graphs_free (other);
}

/* Every set of places makes a network, with the parameters of these places alone. */
Test (net, modulations_of_a_network)
{
  static const char *const of_place[]
      = { "gate.weight", "modulate.weight", "token.open", "norm.mean" };
  for (int set = 0; set < 16; set++)
    {
      g_autoptr (vqa_contents) c = tiny_contents ();
      g_autoptr (GError) error = NULL;
      vqa_graphs *graphs;

      c->spec.modulation = set;
      graphs = vqa_graphs_new (&c->spec, 5, NULL, &error);
      cr_assert_not_null (graphs, "%s", error != NULL ? error->message : "");
      for (int i = 0; i < 4; i++)
        {
          g_autofree char *name = g_strdup_printf ("block0.attend.%s", of_place[i]);
          cr_assert_eq (nn_params_find (graphs->params, name) != NULL, (set & 1 << i) != 0, "%s",
                        name);
        }
      vqa_graphs_free (graphs);
    }
}

Test (net, sizes_that_do_not_fit_together)
{
  g_autoptr (vqa_contents) c = tiny_contents ();
  g_autoptr (GError) error = NULL;

  c->spec.width = 15; /* not a multiple of the two heads */
  cr_assert_null (vqa_graphs_new (&c->spec, 1, NULL, &error));
  cr_assert_not_null (error);
  tiny_expect_part (error->message, "attend");
  tiny_expect_part (error->message, "15");
}
