#include "vqa/model/net.h"

#include "nets/core/safetensors.h"
#include "nets/zoo/zoo.h"
#include "vqa/data/choices.h"

#include <json-glib/json-glib.h>
#include <string.h>

#define NETWORK "modulated-self-attention-mobilenetv2"

const char *const vqa_modulations[] = { "gate", "query_key", "token", "norm", NULL };

vqa_spec
vqa_spec_default (void)
{
  return (vqa_spec){ .side = 192,
                     .max_words = 24,
                     .embed = 100,
                     .hidden = 192,
                     .width = 160,
                     .head = 1280,
                     .blocks = 3,
                     .heads = 4,
                     .key = 16,
                     .modulation = NN_MODULATE_GATE | NN_MODULATE_QUERY_KEY,
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
  gboolean optional; /* absent in files of earlier versions: the default */
} sizes[] = {
  { "side", G_STRUCT_OFFSET (vqa_spec, side), 32, 1024, FALSE },
  { "words", G_STRUCT_OFFSET (vqa_spec, words), 1, 1000000, FALSE },
  { "max_words", G_STRUCT_OFFSET (vqa_spec, max_words), 1, 256, FALSE },
  { "embed", G_STRUCT_OFFSET (vqa_spec, embed), 1, 4096, FALSE },
  { "hidden", G_STRUCT_OFFSET (vqa_spec, hidden), 1, 4096, FALSE },
  { "width", G_STRUCT_OFFSET (vqa_spec, width), 1, 4096, FALSE },
  { "blocks", G_STRUCT_OFFSET (vqa_spec, blocks), 1, 16, FALSE },
  { "heads", G_STRUCT_OFFSET (vqa_spec, heads), 1, 64, FALSE },
  { "key", G_STRUCT_OFFSET (vqa_spec, key), 1, 1024, FALSE },
  { "head", G_STRUCT_OFFSET (vqa_spec, head), 0, 4096, TRUE },
  { "fine", G_STRUCT_OFFSET (vqa_spec, fine), 0, 1024, TRUE },
  { "joint", G_STRUCT_OFFSET (vqa_spec, joint), 1, 8192, FALSE },
  { "blind", G_STRUCT_OFFSET (vqa_spec, blind), 1, 8192, FALSE },
  { "answers", G_STRUCT_OFFSET (vqa_spec, answers), 1, 100000, FALSE },
};

char *
vqa_spec_to_json (const vqa_spec *s)
{
  GString *text = g_string_new ("{\"network\":\"" NETWORK "\"");
  g_autofree char *modulation = vqa_choices_to_text (s->modulation, vqa_modulations);
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    g_string_append_printf (text, ",\"%s\":%d", sizes[i].name,
                            G_STRUCT_MEMBER (int, s, sizes[i].offset));
  g_string_append_printf (text, ",\"modulation\":\"%s\"}", modulation);
  return g_string_free (text, FALSE);
}

/* Absent in files of earlier versions: the default. */
static gboolean
read_modulation (vqa_spec *s, JsonObject *object, GError **error)
{
  JsonNode *node = json_object_get_member (object, "modulation");
  gboolean text = node != NULL && JSON_NODE_HOLDS_VALUE (node)
                  && json_node_get_value_type (node) == G_TYPE_STRING;

  if (node == NULL)
    return TRUE;
  s->modulation = text ? vqa_choices_from_text (json_node_get_string (node), vqa_modulations) : -1;
  if (s->modulation < 0)
    g_set_error (error, VQA_ERROR, VQA_ERROR_MODEL,
                 "architecture: modulation must be some of gate, query_key, token, norm, with ; "
                 "between them, or none");
  return s->modulation >= 0;
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
      if (node == NULL && sizes[i].optional)
        continue;
      if (value < sizes[i].least || value > sizes[i].most)
        {
          g_set_error (error, VQA_ERROR, VQA_ERROR_MODEL,
                       "architecture: %s must be a whole number from %d to %d", sizes[i].name,
                       sizes[i].least, sizes[i].most);
          return FALSE;
        }
      G_STRUCT_MEMBER (int, s, sizes[i].offset) = (int)value;
    }
  return read_modulation (s, object, error);
}

#define COARSE_CHANNELS 320 /* of the backbone's last block */
#define FINE_CHANNELS   96  /* of its last one at stride 16 */

vqa_net_maps
vqa_net_features (nn_graph *g, const vqa_spec *s, nn_node picture)
{
  nn_mobilenetv2_nodes net = nn_mobilenetv2_folded (g, "backbone.", picture, FALSE);
  return (vqa_net_maps){ nn_keep (g, net.stage[3]),
                         s->fine > 0 ? nn_keep (g, net.stage[2]) : (nn_node){ -1 } };
}

vqa_net_maps
vqa_net_map_inputs (nn_graph *g, const vqa_spec *s)
{
  int coarse = (s->side + 31) / 32, fine = (s->side + 15) / 16;
  return (vqa_net_maps){ nn_images (g, "map", coarse, coarse, COARSE_CHANNELS),
                         s->fine > 0 ? nn_images (g, "fine map", fine, fine, FINE_CHANNELS)
                                     : (nn_node){ -1 } };
}

static size_t
map_size (const nn_graph *g, nn_node map)
{
  nn_shape s = nn_node_shape (g, map);
  return map.i >= 0 ? (size_t)s.dim[0] * s.dim[1] * s.dim[2] : 0;
}

size_t
vqa_net_maps_count (const nn_graph *g, vqa_net_maps maps)
{
  return map_size (g, maps.coarse) + map_size (g, maps.fine);
}

void
vqa_net_maps_get (nn_exec *e, const nn_graph *g, vqa_net_maps maps, int row, float *to)
{
  size_t coarse = map_size (g, maps.coarse), fine = map_size (g, maps.fine);
  memcpy (to, nn_data (e, maps.coarse) + row * coarse, coarse * sizeof *to);
  if (fine > 0)
    memcpy (to + coarse, nn_data (e, maps.fine) + row * fine, fine * sizeof *to);
}

void
vqa_net_maps_put (nn_exec *e, const nn_graph *g, vqa_net_maps maps, int row, const float *from)
{
  size_t coarse = map_size (g, maps.coarse), fine = map_size (g, maps.fine);
  memcpy (nn_data (e, maps.coarse) + row * coarse, from, coarse * sizeof *from);
  if (fine > 0)
    memcpy (nn_data (e, maps.fine) + row * fine, from + coarse, fine * sizeof *from);
}

/* x + relu (film (norm (depthwise (x)))): depthwise looks around, the 1x1 before it mixes channels.
 */
static nn_node
film_block (nn_graph *g, nn_node x, nn_node q, int width)
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
  y = nn_film (g, y, nn_linear_zero (g, "film", q, 2 * width));
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

static nn_node
attend (nn_graph *g, const vqa_spec *s, nn_node x, nn_node q)
{
  nn_attend_options options
      = { .heads = s->heads, .key = s->key, .modulation = (unsigned)s->modulation };
  return nn_attend_with (g, "attend", x, q, &options);
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
vqa_net_answer (nn_graph *g, const vqa_spec *s, vqa_net_maps maps, nn_node words, int per)
{
  vqa_net_outputs out;
  nn_node q = encode_question (g, s, words), x = maps.coarse, fine = { -1 }, seen, asked;

  /* The part that no question changes runs once for each picture. */
  nn_scope (g, "backbone.");
  if (s->head > 0)
    x = nn_relu6 (g, nn_conv_same (g, "head", x, s->head, 1, 1, FALSE));
  nn_scope (g, "map.");
  x = nn_repeat (g, placed (g, x, s->width), per);
  if (s->fine > 0)
    {
      nn_scope (g, "fine.");
      fine = film_block (g, nn_repeat (g, placed (g, maps.fine, s->fine), per), q, s->fine);
      fine = attend (g, s, fine, q);
      int odd = nn_node_shape (g, fine).dim[0] % 2;
      x = nn_add (g, x, nn_conv (g, "join", nn_max_pool (g, fine, 2, 2, odd), s->width, 1, 1));
    }
  for (int i = 0; i < s->blocks; i++)
    {
      nn_scope (g, "block%d.", i);
      x = film_block (g, x, q, s->width);
      if (i < s->blocks - 1)
        x = attend (g, s, x, q);
    }
  out.map = nn_keep (g, x);

  nn_scope (g, "answer.");
  seen = nn_add (g, nn_linear (g, "peak", nn_global_max (g, x), s->joint),
                 nn_linear (g, "mean", nn_global_mean (g, x), s->joint));
  if (s->fine > 0)
    seen = nn_add (g, seen, nn_linear (g, "fine", nn_global_mean (g, fine), s->joint));
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
