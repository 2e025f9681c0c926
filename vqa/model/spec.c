/* Sizes of an answering network, and how a model file tells them. */
#include "nets/core/safetensors.h"
#include "vqa/data/choices.h"
#include "vqa/model/net.h"

#include <json-glib/json-glib.h>
#include <string.h>

const char *const vqa_modulations[] = { "gate", "query_key", "token", "norm", NULL };
const char *const vqa_backbones[] = { "mobilenetv2", "plain", NULL };

/* What a file calls a network, up to the name of its backbone. */
#define NETWORK "modulated-self-attention-"

vqa_spec
vqa_spec_default (void)
{
  return (vqa_spec){ .side = 192,
                     .max_words = 24,
                     .embed = 100,
                     .hidden = 192,
                     .width = 160,
                     .head = 1280,
                     .filters = 64,
                     .halvings = 3,
                     .blocks = 3,
                     .heads = 4,
                     .key = 16,
                     .modulation = NN_MODULATE_GATE | NN_MODULATE_QUERY_KEY,
                     .film = 1,
                     .attention = 1,
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
  gboolean plain;    /* only the plain backbone has it */
} sizes[] = {
  { "side", G_STRUCT_OFFSET (vqa_spec, side), 32, 1024, FALSE, FALSE },
  { "words", G_STRUCT_OFFSET (vqa_spec, words), 1, 1000000, FALSE, FALSE },
  { "max_words", G_STRUCT_OFFSET (vqa_spec, max_words), 1, 256, FALSE, FALSE },
  { "embed", G_STRUCT_OFFSET (vqa_spec, embed), 1, 4096, FALSE, FALSE },
  { "hidden", G_STRUCT_OFFSET (vqa_spec, hidden), 1, 4096, FALSE, FALSE },
  { "read", G_STRUCT_OFFSET (vqa_spec, read), 0, 64, TRUE, FALSE },
  { "width", G_STRUCT_OFFSET (vqa_spec, width), 1, 4096, FALSE, FALSE },
  { "blocks", G_STRUCT_OFFSET (vqa_spec, blocks), 1, 16, FALSE, FALSE },
  { "heads", G_STRUCT_OFFSET (vqa_spec, heads), 1, 64, FALSE, FALSE },
  { "key", G_STRUCT_OFFSET (vqa_spec, key), 1, 1024, FALSE, FALSE },
  { "film", G_STRUCT_OFFSET (vqa_spec, film), 0, 1, TRUE, FALSE },
  { "attention", G_STRUCT_OFFSET (vqa_spec, attention), 0, 1, TRUE, FALSE },
  { "head", G_STRUCT_OFFSET (vqa_spec, head), 0, 4096, TRUE, FALSE },
  { "fine", G_STRUCT_OFFSET (vqa_spec, fine), 0, 1024, TRUE, FALSE },
  { "filters", G_STRUCT_OFFSET (vqa_spec, filters), 1, 1024, FALSE, TRUE },
  { "halvings", G_STRUCT_OFFSET (vqa_spec, halvings), 2, 5, FALSE, TRUE },
  { "tally", G_STRUCT_OFFSET (vqa_spec, tally), 0, 1024, TRUE, FALSE },
  { "joint", G_STRUCT_OFFSET (vqa_spec, joint), 1, 8192, FALSE, FALSE },
  { "blind", G_STRUCT_OFFSET (vqa_spec, blind), 1, 8192, FALSE, FALSE },
  { "answers", G_STRUCT_OFFSET (vqa_spec, answers), 1, 100000, FALSE, FALSE },
};

/* Whether this network has size `i`. */
static gboolean
has_size (const vqa_spec *s, guint i)
{
  return s->backbone == VQA_BACKBONE_PLAIN || !sizes[i].plain;
}

char *
vqa_spec_to_json (const vqa_spec *s)
{
  GString *text = g_string_new (NULL);
  g_autofree char *modulation = vqa_choices_to_text (s->modulation, vqa_modulations);

  g_string_append_printf (text, "{\"network\":\"" NETWORK "%s\"", vqa_backbones[s->backbone]);
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    if (has_size (s, i))
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

static gboolean
read_network (vqa_spec *s, JsonObject *object, GError **error)
{
  JsonNode *node = object != NULL ? json_object_get_member (object, "network") : NULL;
  const char *name
      = node != NULL && JSON_NODE_HOLDS_VALUE (node) ? json_node_get_string (node) : NULL;

  for (int i = 0; name != NULL && vqa_backbones[i] != NULL; i++)
    if (g_str_has_prefix (name, NETWORK) && strcmp (name + strlen (NETWORK), vqa_backbones[i]) == 0)
      {
        s->backbone = i;
        return TRUE;
      }
  g_set_error (error, VQA_ERROR, VQA_ERROR_MODEL,
               "architecture: network must be “" NETWORK "%s” or “" NETWORK
               "%s”, those that this version of Regard knows",
               vqa_backbones[VQA_BACKBONE_MOBILENETV2], vqa_backbones[VQA_BACKBONE_PLAIN]);
  return FALSE;
}

static gboolean
read_size (vqa_spec *s, guint i, JsonObject *object, GError **error)
{
  JsonNode *node = json_object_get_member (object, sizes[i].name);
  gboolean whole = node != NULL && JSON_NODE_HOLDS_VALUE (node)
                   && json_node_get_value_type (node) == G_TYPE_INT64;
  gint64 value = whole ? json_node_get_int (node) : -1;

  if (!has_size (s, i) || (node == NULL && sizes[i].optional))
    return TRUE;
  if (value < sizes[i].least || value > sizes[i].most)
    {
      g_set_error (error, VQA_ERROR, VQA_ERROR_MODEL,
                   "architecture: %s must be a whole number from %d to %d", sizes[i].name,
                   sizes[i].least, sizes[i].most);
      return FALSE;
    }
  G_STRUCT_MEMBER (int, s, sizes[i].offset) = (int)value;
  return TRUE;
}

gboolean
vqa_spec_from_json (vqa_spec *s, const char *text, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonNode *root;
  JsonObject *object;

  *s = vqa_spec_default ();
  if (!nn_json_check (text, strlen (text), 4, error)
      || !json_parser_load_from_data (parser, text, -1, error))
    return FALSE;
  root = json_parser_get_root (parser);
  object = root != NULL && JSON_NODE_HOLDS_OBJECT (root) ? json_node_get_object (root) : NULL;
  if (!read_network (s, object, error))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    if (!read_size (s, i, object, error))
      return FALSE;
  return read_modulation (s, object, error);
}
