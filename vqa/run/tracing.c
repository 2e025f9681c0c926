#include "vqa/run/tracing.h"

#include "vqa/run/scenes.h"

#include <string.h>

/* The losses are sums over cells, so that one object counts the same on any map. Words are many
 * and mostly clear. */
#define WORDS_WEIGHT 20.0f

static int
channels_of (const vqa_tracing *t, int map)
{
  return map == t->n - 1 ? VQA_TRACING_MARKS : VQA_TRACE_CHAINS;
}

vqa_tracing
vqa_tracing_words (nn_graph *g, nn_node question, int per)
{
  vqa_tracing t = { .words = nn_values (g, "trace words", per, VQA_TRACE_WORDS) };
  nn_node loss;

  nn_scope (g, "trace.");
  loss = nn_binary_cross_entropy (g, nn_linear (g, "words", question, VQA_TRACE_WORDS), t.words);
  t.loss = nn_scale (g, loss, WORDS_WEIGHT, 0);
  nn_scope (g, "%s", "");
  return t;
}

vqa_tracing
vqa_tracing_add (nn_graph *g, const vqa_spec *s, const vqa_net_outputs *out, int per)
{
  int first = s->fine > 0;
  vqa_tracing t = vqa_tracing_words (g, out->question, per);
  nn_node loss = t.loss;

  t.n = s->blocks;
  nn_scope (g, "trace.");
  for (int i = 0; i < t.n; i++)
    {
      nn_node map = out->place[first + i].map;
      nn_shape shape = nn_node_shape (g, map);
      g_autofree char *name = g_strdup_printf ("cells%d", i);
      g_autofree char *input = g_strdup_printf ("trace %d", i);
      int channels = channels_of (&t, i);
      nn_node wanted, guess, cost;
      t.height = shape.dim[0];
      t.width = shape.dim[1];
      t.counts[i] = (size_t)shape.dim[0] * shape.dim[1] * channels;
      wanted = t.cells[i] = nn_maps (g, input, per, shape.dim[0], shape.dim[1], channels);
      /* Hardly any cell is meant: what is unknown begins as improbable. */
      guess = i == t.n - 1 && s->tally == VQA_TRACING_MARKS
                  ? out->marks
                  : nn_scale (g, nn_linear_zero (g, name, map, channels), 1, VQA_UNLIKELY);
      cost = nn_binary_cross_entropy (g, guess, wanted);
      loss = nn_add (g, loss, nn_scale (g, cost, (float)t.counts[i], 0));
    }
  nn_scope (g, "%s", "");
  t.loss = nn_keep (g, loss);
  return t;
}

size_t
vqa_tracing_count (const vqa_tracing *t)
{
  size_t n = t->loss.i >= 0 ? VQA_TRACE_WORDS : 0;
  for (int i = 0; i < t->n; i++)
    n += t->counts[i];
  return n;
}

/* Marks the objects of a set, and where `attribute` is one, their values of it in the channels that
 * follow. */
static void
mark (const vqa_tracing *t, const vqa_scene *scene, guint set, int attribute, int channel,
      int channels, float *to)
{
  for (int i = 0; i < scene->n; i++)
    {
      const vqa_scene_object *o = &scene->objects[i];
      float *cell = to + vqa_scenes_cell (o, t->height, t->width) * channels + channel;
      if ((set >> i & 1) == 0)
        continue;
      cell[0] = 1;
      if (attribute < VQA_ATTRIBUTES)
        cell[1 + vqa_scene_first_value ((vqa_attribute)attribute) + o->is[attribute]] = 1;
    }
}

void
vqa_tracing_write (const vqa_tracing *t, const vqa_scene *scene, const vqa_scene_trace *trace,
                   float *to)
{
  memset (to, 0, vqa_tracing_count (t) * sizeof *to);
  for (int i = 0; i < VQA_TRACE_WORDS; i++)
    *to++ = trace->words[i];
  for (int i = 0; i < t->n; to += t->counts[i++])
    for (int chain = 0; chain < VQA_TRACE_CHAINS; chain++)
      {
        /* The map before the last shows what is named last of all, the one before what that is
         * related to. */
        int depth = t->n - 2 - i, channels = channels_of (t, i);
        if (i == t->n - 1)
          mark (t, scene, trace->asked[chain], trace->attribute, chain * (1 + VQA_VALUES), channels,
                to);
        else if (depth < VQA_TRACE_DEPTH)
          mark (t, scene, trace->named[depth][chain], VQA_ATTRIBUTES, chain, channels, to);
      }
}

void
vqa_tracing_feed (const vqa_tracing *t, nn_exec *e, const float *from, size_t rows)
{
  size_t count = vqa_tracing_count (t);

  for (size_t row = 0; row < rows; row++, from += count)
    {
      const float *at = from + VQA_TRACE_WORDS;
      memcpy (nn_data (e, t->words) + row * VQA_TRACE_WORDS, from, VQA_TRACE_WORDS * sizeof *from);
      for (int i = 0; i < t->n; at += t->counts[i++])
        memcpy (nn_data (e, t->cells[i]) + row * t->counts[i], at, t->counts[i] * sizeof *at);
    }
}
