/* easy-VQA's layout: [[question, answer, picture's number], ...]. */
#include "nets/core/safetensors.h"
#include "vqa/data/set.h"

#include <json-glib/json-glib.h>

static gboolean
add_row (vqa_set *set, JsonNode *node, guint i, const char *name, GError **error)
{
  JsonArray *row = JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  gboolean right = row && json_array_get_length (row) == 3;
  const char *answer;
  vqa_question *q;
  gint64 image;

  for (guint k = 0; right && k < 3; k++)
    {
      JsonNode *part = json_array_get_element (row, k);
      right = JSON_NODE_HOLDS_VALUE (part)
              && json_node_get_value_type (part) == (k < 2 ? G_TYPE_STRING : G_TYPE_INT64);
    }
  if (!right || (image = json_array_get_int_element (row, 2)) < 0)
    {
      g_set_error (error, VQA_ERROR, VQA_ERROR_DATA,
                   "%s: [%u]: expected [question, answer, picture's number]", name, i);
      return FALSE;
    }
  answer = json_array_get_string_element (row, 1);
  q = vqa_set_add (set, (gint64)i + 1, image, json_array_get_string_element (row, 0));
  vqa_set_answer (q, answer);
  q->source = g_strdup ("easyvqa");
  return TRUE;
}

vqa_set *
vqa_easyvqa_open (const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, "questions.json", NULL);
  g_autofree char *images = g_build_filename (folder, "images", NULL);
  g_autofree char *name = g_filename_display_name (path);
  g_autofree char *text = NULL;
  g_autoptr (vqa_set) set = vqa_set_new (images);
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  g_autoptr (GError) failed = NULL;
  JsonNode *root;
  gsize length;

  if (!g_file_get_contents (path, &text, &length, &failed))
    {
      g_set_error_literal (error, VQA_ERROR, VQA_ERROR_DATA, failed->message);
      return NULL;
    }
  if (!nn_json_check (text, length, 4, &failed)
      || !json_parser_load_from_data (parser, text, (gssize)length, &failed))
    {
      g_set_error (error, VQA_ERROR, VQA_ERROR_DATA, "%s: %s", name, failed->message);
      return NULL;
    }
  root = json_parser_get_root (parser);
  if (!root || !JSON_NODE_HOLDS_ARRAY (root))
    {
      g_set_error (error, VQA_ERROR, VQA_ERROR_DATA,
                   "%s: expected a list of [question, answer, picture's number]", name);
      return NULL;
    }
  for (guint i = 0; i < json_array_get_length (json_node_get_array (root)); i++)
    if (!add_row (set, json_array_get_element (json_node_get_array (root), i), i, name, error))
      return NULL;
  return g_steal_pointer (&set);
}
