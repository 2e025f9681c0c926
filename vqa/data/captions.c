#include "vqa/data/captions.h"

#include "nets/core/safetensors.h"
#include "vqa/data/data.h"

#include <json-glib/json-glib.h>

/* ---- reading --------------------------------------------------------------------------------- */

static void
captioned_free (gpointer data)
{
  vqa_captioned *c = data;
  g_free (c->file);
  g_ptr_array_unref (c->sentences);
  g_free (c);
}

/* The array called `name` at the top; NULL and an error. */
static JsonArray *
top_array (JsonNode *root, const char *path, const char *name, GError **error)
{
  JsonNode *node = JSON_NODE_HOLDS_OBJECT (root)
                       ? json_object_get_member (json_node_get_object (root), name)
                       : NULL;
  if (node != NULL && JSON_NODE_HOLDS_ARRAY (node))
    return json_node_get_array (node);
  g_set_error (error, VQA_ERROR, VQA_ERROR_DATA, "%s: %s: expected a list", path, name);
  return NULL;
}

/* A number and a text of element i; FALSE and an error when they are something else. */
static gboolean
read_pair (JsonArray *list, guint i, const char *path, const char *name, const char *number_key,
           const char *text_key, gint64 *number, const char **text, GError **error)
{
  JsonNode *node = json_array_get_element (list, i);
  JsonObject *object = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  JsonNode *a = object != NULL ? json_object_get_member (object, number_key) : NULL;
  JsonNode *b = object != NULL ? json_object_get_member (object, text_key) : NULL;

  if (a == NULL || json_node_get_value_type (a) != G_TYPE_INT64)
    {
      g_set_error (error, VQA_ERROR, VQA_ERROR_DATA, "%s: %s[%u].%s: expected a whole number", path,
                   name, i, number_key);
      return FALSE;
    }
  if (b == NULL || json_node_get_value_type (b) != G_TYPE_STRING)
    {
      g_set_error (error, VQA_ERROR, VQA_ERROR_DATA, "%s: %s[%u].%s: expected text", path, name, i,
                   text_key);
      return FALSE;
    }
  *number = json_node_get_int (a);
  *text = json_node_get_string (b);
  return TRUE;
}

static GPtrArray *
collect (JsonNode *root, const char *path, GError **error)
{
  JsonArray *images = top_array (root, path, "images", error);
  JsonArray *notes = images != NULL ? top_array (root, path, "annotations", error) : NULL;
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func (captioned_free);
  g_autoptr (GHashTable) by_id = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  const char *text;
  gint64 id;

  for (guint i = 0; notes != NULL && i < json_array_get_length (images); i++)
    {
      vqa_captioned *c;
      if (!read_pair (images, i, path, "images", "id", "file_name", &id, &text, error))
        return NULL;
      c = g_new0 (vqa_captioned, 1);
      c->file = g_strdup (text);
      c->sentences = g_ptr_array_new_with_free_func (g_free);
      g_ptr_array_add (list, c);
      g_hash_table_insert (by_id, g_memdup2 (&id, sizeof id), c);
    }
  for (guint i = 0; notes != NULL && i < json_array_get_length (notes); i++)
    {
      vqa_captioned *c;
      if (!read_pair (notes, i, path, "annotations", "image_id", "caption", &id, &text, error))
        return NULL;
      c = g_hash_table_lookup (by_id, &id);
      if (c != NULL)
        g_ptr_array_add (c->sentences, g_strdup (text));
    }
  return notes != NULL ? g_steal_pointer (&list) : NULL;
}

GPtrArray *
vqa_captions_read (const char *path, GError **error)
{
  g_autofree char *text = NULL;
  g_autoptr (JsonParser) parser = json_parser_new ();
  gsize length;

  if (!g_file_get_contents (path, &text, &length, error))
    return NULL;
  if (!nn_json_check (text, length, 16, error)
      || !json_parser_load_from_data (parser, text, (gssize)length, error))
    {
      g_prefix_error (error, "%s: ", path);
      return NULL;
    }
  return collect (json_parser_get_root (parser), path, error);
}
