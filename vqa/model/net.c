#include "vqa/model/net.h"

#include "nets/core/safetensors.h"
#include "nets/zoo/zoo.h"

#include <json-glib/json-glib.h>
#include <string.h>

#define NETWORK "modulated-self-attention-mobilenetv2"

vqa_spec
vqa_spec_default (void)
{
  return (vqa_spec){ .side = 192,
                     .max_words = 24,
                     .embed = 100,
                     .hidden = 192,
                     .width = 160,
                     .blocks = 3,
                     .heads = 4,
                     .key = 16,
                     .joint = 384,
                     .blind = 128,
                     .dropout = 0.3f };
}

/* Every size with its name in the file and its limits. */
static const struct
{
  const char *name;
  size_t offset;
  int least, most;
} sizes[] = {
  { "side", G_STRUCT_OFFSET (vqa_spec, side), 32, 1024 },
  { "words", G_STRUCT_OFFSET (vqa_spec, words), 1, 1000000 },
  { "max_words", G_STRUCT_OFFSET (vqa_spec, max_words), 1, 256 },
  { "embed", G_STRUCT_OFFSET (vqa_spec, embed), 1, 4096 },
  { "hidden", G_STRUCT_OFFSET (vqa_spec, hidden), 1, 4096 },
  { "width", G_STRUCT_OFFSET (vqa_spec, width), 1, 4096 },
  { "blocks", G_STRUCT_OFFSET (vqa_spec, blocks), 1, 16 },
  { "heads", G_STRUCT_OFFSET (vqa_spec, heads), 1, 64 },
  { "key", G_STRUCT_OFFSET (vqa_spec, key), 1, 1024 },
  { "joint", G_STRUCT_OFFSET (vqa_spec, joint), 1, 8192 },
  { "blind", G_STRUCT_OFFSET (vqa_spec, blind), 1, 8192 },
  { "answers", G_STRUCT_OFFSET (vqa_spec, answers), 1, 100000 },
};

char *
vqa_spec_to_json (const vqa_spec *s)
{
  GString *text = g_string_new ("{\"network\":\"" NETWORK "\"");
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    g_string_append_printf (text, ",\"%s\":%d", sizes[i].name,
                            G_STRUCT_MEMBER (int, s, sizes[i].offset));
  g_string_append_c (text, '}');
  return g_string_free (text, FALSE);
}

gboolean
vqa_spec_from_json (vqa_spec *s, const char *text, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonNode *root;
  JsonNode *network;
  JsonObject *object;

  *s = vqa_spec_default ();
  if (!nn_json_check (text, strlen (text), 4, error)
      || !json_parser_load_from_data (parser, text, -1, error))
    return FALSE;
  root = json_parser_get_root (parser);
  object = root != NULL && JSON_NODE_HOLDS_OBJECT (root) ? json_node_get_object (root) : NULL;
  network = object != NULL ? json_object_get_member (object, "network") : NULL;
  if (network == NULL || !JSON_NODE_HOLDS_VALUE (network)
      || g_strcmp0 (json_node_get_string (network), NETWORK) != 0)
    {
      g_set_error (error, VQA_ERROR, VQA_ERROR_MODEL,
                   "architecture: network must be “%s”, the one this version of Regard knows",
                   NETWORK);
      return FALSE;
    }
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      JsonNode *node = object != NULL ? json_object_get_member (object, sizes[i].name) : NULL;
      gboolean whole = node != NULL && JSON_NODE_HOLDS_VALUE (node)
                       && json_node_get_value_type (node) == G_TYPE_INT64;
      gint64 value = whole ? json_node_get_int (node) : -1;
      if (value < sizes[i].least || value > sizes[i].most)
        {
          g_set_error (error, VQA_ERROR, VQA_ERROR_MODEL,
                       "architecture: %s must be a whole number from %d to %d", sizes[i].name,
                       sizes[i].least, sizes[i].most);
          return FALSE;
        }
      G_STRUCT_MEMBER (int, s, sizes[i].offset) = (int)value;
    }
  return TRUE;
}

nn_node
vqa_net_features (nn_graph *g, nn_node picture)
{
  return nn_mobilenetv2_folded (g, "backbone.", picture, FALSE).stage[3];
}

/* x + relu (film (norm (depthwise (x)))): depthwise looks around, the 1x1 before it mixes channels.
 */
static nn_node
film_block (nn_graph *g, const vqa_spec *s, nn_node x, nn_node q)
{
  nn_conv_options look = { .out = s->width,
                           .kernel = 3,
                           .stride = 1,
                           .groups = s->width,
                           .top = 1,
                           .left = 1,
                           .bottom = 1,
                           .right = 1,
                           .no_bias = TRUE };
  nn_node y;

  x = nn_relu (g, nn_conv (g, "mix", x, s->width, 1, 1));
  y = nn_norm_plain (g, "norm", nn_conv_with (g, "look", x, &look));
  y = nn_film (g, y, nn_linear_zero (g, "film", q, 2 * s->width));
  return nn_add (g, nn_relu (g, y), x);
}

static nn_node
encode_question (nn_graph *g, const vqa_spec *s, nn_node words)
{
  nn_node x;
  nn_scope (g, "question.");
  x = nn_dropout (g, nn_embed (g, "embed", words, s->words + 1, s->embed), s->dropout / 2);
  return nn_gru (g, "gru", x, words, s->hidden);
}

vqa_net_outputs
vqa_net_answer (nn_graph *g, const vqa_spec *s, nn_node map, nn_node words, int per)
{
  vqa_net_outputs out;
  nn_node q = encode_question (g, s, words), x, place, seen, asked;

  /* The part that no question changes runs once for each picture. */
  nn_scope (g, "backbone.");
  x = nn_relu6 (g, nn_conv_same (g, "head", map, 1280, 1, 1, FALSE));
  nn_scope (g, "map.");
  x = nn_relu (g, nn_norm (g, "norm", nn_conv (g, "reduce", x, s->width, 1, 1)));
  /* Where things are: 14 channels and the two coordinates make 16, which the kernels like. */
  place = nn_coords (g, nn_conv (g, "place", x, 14, 1, 1));
  x = nn_repeat (g, nn_add (g, nn_conv (g, "placed", place, s->width, 1, 1), x), per);
  for (int i = 0; i < s->blocks; i++)
    {
      nn_scope (g, "block%d.", i);
      x = film_block (g, s, x, q);
      if (i < s->blocks - 1)
        x = nn_attend (g, "attend", x, q, s->heads, s->key);
    }
  out.map = nn_keep (g, x);

  nn_scope (g, "answer.");
  seen = nn_add (g, nn_linear (g, "peak", nn_global_max (g, x), s->joint),
                 nn_linear (g, "mean", nn_global_mean (g, x), s->joint));
  /* Here too language acts by modulation alone: without it the picture answers by itself. */
  asked = nn_linear_zero (g, "film", nn_dropout (g, q, s->dropout), 2 * s->joint);
  x = nn_dropout (g, nn_relu (g, nn_film (g, seen, asked)), s->dropout);
  out.logits = nn_keep (g, nn_linear (g, "logits", x, s->answers));

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
