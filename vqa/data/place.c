/* Values of JSON that somebody else wrote. */
#include "vqa/data/place.h"

#include "vqa/data/data.h"

gboolean
vqa_place_wrong (const vqa_place *at, const char *member, GError **error, const char *format, ...)
{
  g_autofree char *name = g_filename_display_name (at->file);
  g_autofree char *what = NULL;
  va_list list;

  va_start (list, format);
  what = g_strdup_vprintf (format, list);
  va_end (list);
  g_set_error (error, VQA_ERROR, VQA_ERROR_DATA, "%s: %s%s%s: %s", name, at->path,
               member && at->path[0] ? "." : "", member ? member : "", what);
  return FALSE;
}

const char *
vqa_place_kind (JsonNode *node)
{
  if (!node)
    return "nothing";
  if (JSON_NODE_HOLDS_OBJECT (node))
    return "an object";
  if (JSON_NODE_HOLDS_ARRAY (node))
    return "a list";
  if (JSON_NODE_HOLDS_NULL (node))
    return "null";
  switch (json_node_get_value_type (node))
    {
    case G_TYPE_STRING:
      return "text";
    case G_TYPE_BOOLEAN:
      return "true or false";
    case G_TYPE_INT64:
      return "a whole number";
    default:
      return "a number with a fraction or too large";
    }
}

gboolean
vqa_place_integer (JsonObject *object, const char *member, gint64 *value, const vqa_place *at,
                   GError **error)
{
  JsonNode *node = json_object_get_member (object, member);

  if (!node || !JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_INT64)
    return vqa_place_wrong (at, member, error, "expected a whole number, found %s",
                            vqa_place_kind (node));
  *value = json_node_get_int (node);
  /* json-glib lets numbers from 2^63 on wrap around. */
  if (*value < 0)
    return vqa_place_wrong (at, member, error, "expected a whole number from 0 to 2^63 - 1");
  return TRUE;
}

gboolean
vqa_place_text (JsonObject *object, const char *member, gboolean optional, const char **value,
                const vqa_place *at, GError **error)
{
  JsonNode *node = json_object_get_member (object, member);

  *value = NULL;
  if (optional && (!node || JSON_NODE_HOLDS_NULL (node)))
    return TRUE;
  if (!node || !JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_STRING)
    return vqa_place_wrong (at, member, error, "expected text, found %s", vqa_place_kind (node));
  *value = json_node_get_string (node);
  return TRUE;
}

JsonObject *
vqa_place_element (JsonArray *array, guint i, const vqa_place *at, GError **error)
{
  JsonNode *node = json_array_get_element (array, i);

  if (JSON_NODE_HOLDS_OBJECT (node))
    return json_node_get_object (node);
  vqa_place_wrong (at, NULL, error, "expected an object, found %s", vqa_place_kind (node));
  return NULL;
}
