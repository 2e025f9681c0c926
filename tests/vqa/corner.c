#include "tests/vqa/corner.h"

#include <criterion/criterion.h>
#include <string.h>

static vqa_contents *
contents (void)
{
  static const char *const words[] = { "is", "it", "bright", "here" };
  vqa_contents *c = vqa_contents_new ();

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    vqa_contents_add_word (c, words[i]);
  vqa_contents_add_answer (c, "no");
  vqa_contents_add_answer (c, "yes");
  c->spec = (vqa_spec){ .side = CORNER_SIDE,
                        .backbone = VQA_BACKBONE_PLAIN,
                        .filters = 8,
                        .halvings = 2,
                        .words = G_N_ELEMENTS (words),
                        .max_words = 6,
                        .embed = 4,
                        .hidden = 4,
                        .width = 8,
                        .blocks = 2,
                        .film = 1,
                        .attention = 1,
                        .heads = 2,
                        .key = 4,
                        .modulation = NN_MODULATE_GATE | NN_MODULATE_QUERY_KEY,
                        .joint = 4,
                        .blind = 4,
                        .answers = 2 };
  return c;
}

static float *
values (vqa_graphs *g, const char *name)
{
  nn_param *p = nn_params_find (g->params, name);
  cr_assert_not_null (p, "%s", name);
  return p->value;
}

/* Channel 0 of the backbone becomes how bright it is, channel 1 of the map that less eight times
 * the distance from the corner, and the answer its largest value. */
static void
fill (vqa_graphs *g)
{
  for (guint i = 0; i < nn_params_count (g->params); i++)
    {
      nn_param *p = nn_params_nth (g->params, i);
      for (size_t k = 0; k < p->count; k++)
        p->value[k] = g_str_has_suffix (p->name, "variance") ? 1 : 0;
    }
  for (int layer = 1; layer <= 3; layer++)
    {
      g_autofree char *conv = g_strdup_printf ("backbone.conv%d.weight", layer);
      g_autofree char *norm = g_strdup_printf ("backbone.norm%d.weight", layer);
      float *w = values (g, conv);
      for (int k = 0; k < 9; k++)
        w[k] = layer < 3 ? 1.0f / 9 : k == 4;
      values (g, norm)[0] = 1;
    }
  values (g, "map.reduce.weight")[8] = 4; /* of channel 1, from channel 0 */
  values (g, "map.norm.weight")[1] = 1;
  values (g, "map.placed.weight")[16 + 14] = values (g, "map.placed.weight")[16 + 15] = -8;
  values (g, "map.placed.bias")[1] = -16;
  for (int block = 0; block < 2; block++)
    {
      g_autofree char *mix = g_strdup_printf ("block%d.mix.weight", block);
      for (int c = 0; c < 8; c++)
        values (g, mix)[c * 8 + c] = 1;
    }
  values (g, "block0.film.bias")[3] = 0.5f;
  values (g, "block0.film.bias")[8 + 1] = -0.75f;
  values (g, "block0.attend.gate.bias")[2] = 0.25f;
  values (g, "answer.peak.weight")[1] = 1;
  values (g, "answer.logits.weight")[4] = 8; /* of "yes" */
  values (g, "answer.logits.bias")[1] = -4;
  nn_params_changed (g->params);
}

void
corner_model (const char *path)
{
  g_autoptr (vqa_contents) c = contents ();
  g_autoptr (GError) error = NULL;
  vqa_graphs *g = vqa_graphs_new (&c->spec, 1, NULL, &error);

  cr_assert_not_null (g, "%s", error != NULL ? error->message : "");
  fill (g);
  cr_assert (vqa_model_write (c, g, path, &error), "%s", error != NULL ? error->message : "");
  vqa_graphs_free (g);
}

void
corner_picture (guint8 *square, int x, int y, int size)
{
  for (int i = 0; i < CORNER_SIDE * CORNER_SIDE; i++)
    {
      int dx = i % CORNER_SIDE - x, dy = i / CORNER_SIDE - y;
      memset (square + 3 * i, dx >= 0 && dx < size && dy >= 0 && dy < size ? 255 : 20, 3);
    }
}
