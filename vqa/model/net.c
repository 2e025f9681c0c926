#include "vqa/model/net.h"

#include <string.h>

/* x + relu (film (norm (depthwise (x)))): depthwise looks around, the 1x1 before it mixes channels.
 */
static nn_node
film_block (nn_graph *g, const vqa_spec *s, nn_node x, nn_node q, int width, vqa_net_place *place)
{
  nn_conv_options look = { .out = width,
                           .kernel = 3,
                           .stride = 1,
                           .groups = width,
                           .top = 1,
                           .left = 1,
                           .bottom = 1,
                           .right = 1,
                           .no_bias = TRUE };
  nn_node y;

  x = nn_relu (g, nn_conv (g, "mix", x, width, 1, 1));
  y = nn_norm_plain (g, "norm", nn_conv_with (g, "look", x, &look));
  place->film = (nn_node){ -1 };
  if (s->film)
    {
      place->film = nn_linear_zero (g, "film", q, 2 * width);
      y = nn_film (g, y, place->film);
    }
  return nn_add (g, nn_relu (g, y), x);
}

/* A map made as wide as wanted that knows where things are: what no question changes. */
static nn_node
placed (nn_graph *g, nn_node map, int width)
{
  nn_node x = nn_relu (g, nn_norm (g, "norm", nn_conv (g, "reduce", map, width, 1, 1)));
  /* 14 channels and the two coordinates make 16, which the kernels like. */
  nn_node place = nn_coords (g, nn_conv (g, "place", x, 14, 1, 1));
  return nn_add (g, nn_conv (g, "placed", place, width, 1, 1), x);
}

/* How many cells bear each kind of mark. A mean of unbounded numbers would tell instead how clearly
 * they do, and mistake one plain thing for two. */
static nn_node
tally (nn_graph *g, const vqa_spec *s, nn_node x, vqa_net_outputs *out)
{
  nn_shape shape = nn_node_shape (g, x);
  nn_node share;

  out->marks = nn_keep (g, nn_scale (g, nn_linear_zero (g, "marks", x, s->tally), 1, VQA_UNLIKELY));
  share = nn_global_mean (g, nn_sigmoid (g, out->marks));
  return nn_linear (g, "tally", nn_scale (g, share, (float)(shape.dim[0] * shape.dim[1]), 0),
                    s->joint);
}

/* x with the place's self-attention, where the network has any. */
static nn_node
attend (nn_graph *g, const vqa_spec *s, nn_node x, nn_node q, vqa_net_place *place)
{
  nn_attend_options options
      = { .heads = s->heads, .key = s->key, .modulation = (unsigned)s->modulation };
  place->attend = (nn_node){ -1 };
  if (s->attention)
    x = place->attend = nn_attend_with (g, "attend", x, q, &options);
  return x;
}

nn_node
vqa_net_question (nn_graph *g, const vqa_spec *s, nn_node words)
{
  nn_node x;
  nn_scope (g, "question.");
  x = nn_dropout (g, nn_embed (g, "embed", words, s->words + 1, s->embed), s->dropout / 2);
  if (s->read == 0)
    return nn_gru (g, "gru", x, words, s->hidden);
  /* One state would have to remember every word. */
  x = nn_read (g, "read", nn_gru_sequence (g, "gru", x, words, s->hidden), words, s->read);
  return nn_scale (g, nn_tanh (g, nn_norm (g, "norm", nn_linear (g, "join", x, s->hidden))), 0.25f,
                   0);
}

nn_node
vqa_net_look (nn_graph *g, const vqa_spec *s, vqa_net_maps maps)
{
  nn_scope (g, "backbone.");
  return s->head > 0 ? nn_relu6 (g, nn_conv_same (g, "head", maps.coarse, s->head, 1, 1, FALSE))
                     : maps.coarse;
}

nn_node
vqa_net_labels (nn_graph *g, const char *name, nn_node look, int count)
{
  nn_node x;
  nn_scope (g, "labels.%s.", name);
  x = nn_add (g, nn_linear (g, "mean", nn_global_mean (g, look), count),
              nn_linear_zero (g, "peak", nn_global_max (g, look), count));
  nn_scope (g, "%s", "");
  return x;
}

nn_node
vqa_net_cells (nn_graph *g, const char *name, nn_node look, int count)
{
  nn_node x;
  nn_scope (g, "labels.");
  x = nn_conv (g, name, look, count, 1, 1);
  nn_scope (g, "%s", "");
  return x;
}

int
vqa_net_places (const vqa_spec *s)
{
  return (s->fine > 0) + s->blocks + 1;
}

char *
vqa_net_place_scope (const vqa_spec *s, int place)
{
  int block = place - (s->fine > 0);
  if (block < 0)
    return g_strdup ("fine.");
  return block < s->blocks ? g_strdup_printf ("block%d.", block) : g_strdup ("answer.");
}

/* The fine map, modulated, becomes part of the coarse one. */
static nn_node
join_fine (nn_graph *g, const vqa_spec *s, nn_node x, nn_node map, nn_node q, int per,
           vqa_net_outputs *out)
{
  int odd;

  nn_scope (g, "fine.");
  out->fine
      = film_block (g, s, nn_repeat (g, placed (g, map, s->fine), per), q, s->fine, &out->place[0]);
  out->fine = attend (g, s, out->fine, q, &out->place[0]);
  out->place[0].map = (nn_node){ -1 };
  odd = nn_node_shape (g, out->fine).dim[0] % 2;
  return nn_add (g, x, nn_conv (g, "join", nn_max_pool (g, out->fine, 2, 2, odd), s->width, 1, 1));
}

vqa_net_outputs
vqa_net_asked (nn_graph *g, const vqa_spec *s, vqa_net_maps maps, const nn_node *heard, int per)
{
  vqa_net_outputs out = { .blind = { -1 }, .marks = { -1 }, .fine = { -1 }, .question = { -1 } };
  int first = s->fine > 0, last = vqa_net_places (s) - 1;
  nn_node x, seen;

  /* The part that no question changes runs once for each picture. */
  x = out.look = vqa_net_look (g, s, maps);
  nn_scope (g, "map.");
  x = nn_repeat (g, placed (g, x, s->width), per);
  if (s->fine > 0)
    x = join_fine (g, s, x, maps.fine, heard[0], per, &out);
  for (int i = first; i < last; i++)
    {
      vqa_net_place *place = &out.place[i];
      nn_scope (g, "block%d.", i - first);
      x = film_block (g, s, x, heard[i], s->width, place);
      place->attend = (nn_node){ -1 };
      if (i < last - 1)
        x = attend (g, s, x, heard[i], place);
      place->map = x;
    }
  out.map = nn_keep (g, x);

  nn_scope (g, "answer.");
  seen = nn_linear (g, "mean", nn_global_mean (g, x), s->joint);
  out.peak = nn_global_max (g, x);
  seen = nn_add (g, nn_linear (g, "peak", out.peak, s->joint), seen);
  if (s->tally > 0)
    seen = nn_add (g, seen, tally (g, s, x, &out));
  if (s->fine > 0)
    seen = nn_add (g, seen, nn_linear (g, "fine", nn_global_mean (g, out.fine), s->joint));
  /* Here too language acts by modulation alone: without it the picture answers by itself. */
  out.place[last].film
      = nn_linear_zero (g, "film", nn_dropout (g, heard[last], s->dropout), 2 * s->joint);
  out.place[last].attend = out.place[last].map = (nn_node){ -1 };
  x = nn_dropout (g, nn_relu (g, nn_film (g, seen, out.place[last].film)), s->dropout);
  out.logits = nn_keep (g, nn_linear (g, "logits", x, s->answers));
  nn_scope (g, "%s", "");
  return out;
}

vqa_net_outputs
vqa_net_answer (nn_graph *g, const vqa_spec *s, vqa_net_maps maps, nn_node words, int per)
{
  nn_node q = vqa_net_question (g, s, words), heard[VQA_MAX_PLACES], x;
  vqa_net_outputs out;

  for (int i = 0; i < VQA_MAX_PLACES; i++)
    heard[i] = q;
  out = vqa_net_asked (g, s, maps, heard, per);
  out.question = q;
  nn_scope (g, "blind.");
  x = nn_relu (g, nn_linear (g, "hidden", nn_dropout (g, nn_stop (g, q), s->dropout), s->blind));
  out.blind = nn_keep (g, nn_linear (g, "logits", x, s->answers));
  nn_scope (g, "%s", "");
  return out;
}

void
vqa_net_pixels (const guint8 *rgb, size_t count, float *to)
{
  for (size_t i = 0; i < count; i++)
    to[i] = ((float)rgb[i] - 128.0f) / 128.0f;
}

/* The next piece of the question from *at on that lower-cases to `word`, so that a word can be
 * shown as it was written; *at moves past it. The lower-cased word when its spelling changed more.
 */
static char *
as_written (const char **at, const char *word)
{
  glong length = g_utf8_strlen (word, -1);
  const char *p = *at;

  for (glong left = g_utf8_strlen (p, -1); left >= length; left--, p = g_utf8_next_char (p))
    {
      const char *end = g_utf8_offset_to_pointer (p, length);
      g_autofree char *lower = g_utf8_strdown (p, end - p);
      if (strcmp (lower, word) != 0)
        continue;
      *at = end;
      return g_strndup (p, (gsize)(end - p));
    }
  return g_strdup (word);
}

void
vqa_net_words (GHashTable *index, const char *question, int max_words, int32_t *ids,
               GPtrArray *unknown)
{
  g_auto (GStrv) words = vqa_question_words (question);
  g_autofree char *valid = unknown != NULL ? g_utf8_make_valid (question, -1) : NULL;
  const char *at = valid;
  int n = 0;

  memset (ids, 0, (size_t)max_words * sizeof *ids);
  for (char **word = words; *word != NULL; word++)
    {
      int id = GPOINTER_TO_INT (g_hash_table_lookup (index, *word));
      g_autofree char *written = unknown != NULL ? as_written (&at, *word) : NULL;
      if (id > 0 && n < max_words)
        ids[n++] = id;
      else if (id == 0 && unknown != NULL)
        g_ptr_array_add (unknown, g_steal_pointer (&written));
    }
}
