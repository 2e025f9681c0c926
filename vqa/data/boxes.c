#include "vqa/data/boxes.h"

#include "nets/core/safetensors.h"
#include "vqa/data/data.h"

#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

static void
box_free (gpointer data)
{
  vqa_box *b = data;
  g_free (b->name);
  g_free (b);
}

static void
boxed_free (gpointer data)
{
  vqa_boxed *p = data;
  g_free (p->file);
  g_ptr_array_unref (p->boxes);
  g_free (p);
}

static vqa_boxed *
boxed_new (const char *file, gssize length, gboolean whole)
{
  vqa_boxed *p = g_new0 (vqa_boxed, 1);
  p->file = length < 0 ? g_strdup (file) : g_strndup (file, (gsize)length);
  p->boxes = g_ptr_array_new_with_free_func (box_free);
  p->whole = whole;
  return p;
}

/* Inside the picture, but for rounding. */
static gboolean
sane (const vqa_box *b)
{
  const double slack = 0.02;
  return b->width > 0 && b->height > 0 && b->left >= -slack && b->top >= -slack
         && b->left + b->width <= 1 + slack && b->top + b->height <= 1 + slack;
}

/* ---- lines of a detector --------------------------------------------------------------------- */

static gboolean G_GNUC_PRINTF (4, 5)
    wrong_line (const char *path, guint line, GError **error, const char *format, ...)
{
  g_autofree char *name = g_filename_display_name (path);
  g_autofree char *what = NULL;
  va_list list;

  va_start (list, format);
  what = g_strdup_vprintf (format, list);
  va_end (list);
  g_set_error (error, VQA_ERROR, VQA_ERROR_DATA, "%s:%u: %s", name, line, what);
  return FALSE;
}

/* class,score,left,top,width,height */
static vqa_box *
parse_box (const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, ",", -1);
  double numbers[5];
  vqa_box *b;

  if (g_strv_length (parts) != 6 || *g_strstrip (parts[0]) == '\0')
    return NULL;
  for (int i = 0; i < 5; i++)
    {
      char *end;
      numbers[i] = g_ascii_strtod (parts[i + 1], &end);
      if (end == parts[i + 1] || *end != '\0' || !isfinite (numbers[i]))
        return NULL;
    }
  b = g_new0 (vqa_box, 1);
  *b = (vqa_box){ .name = g_strdup (parts[0]),
                  .score = numbers[0],
                  .left = numbers[1],
                  .top = numbers[2],
                  .width = numbers[3],
                  .height = numbers[4] };
  if (sane (b))
    return b;
  box_free (b);
  return NULL;
}

static GPtrArray *
read_lines (const char *text, const char *path, GError **error)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func (boxed_free);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    {
      const char *tab = strchr (g_strchomp (lines[i]), '\t');
      g_auto (GStrv) parts = NULL;
      vqa_boxed *p;

      if (*lines[i] == '\0' && lines[i + 1] == NULL)
        break;
      if (!g_utf8_validate (lines[i], -1, NULL) || tab == NULL || tab == lines[i])
        {
          wrong_line (path, i + 1, error,
                      "expected a picture's file name, one tab and boxes with semicolons between");
          return NULL;
        }
      p = boxed_new (lines[i], tab - lines[i], FALSE);
      g_ptr_array_add (list, p);
      parts = g_strsplit (tab + 1, ";", -1);
      for (guint k = 0; parts[k] != NULL; k++)
        {
          vqa_box *b = parse_box (parts[k]);
          if (b == NULL)
            {
              wrong_line (path, i + 1, error,
                          "box %u: expected class,score,left,top,width,height in fractions of the "
                          "picture",
                          k + 1);
              return NULL;
            }
          g_ptr_array_add (p->boxes, b);
        }
    }
  return g_steal_pointer (&list);
}

/* ---- COCO ------------------------------------------------------------------------------------ */

/* One JSON file while it is read. */
typedef struct
{
  const char *path;
  const char *list; /* "images" ... */
  guint place;
  GHashTable *pictures;   /* id -> coco_picture */
  GHashTable *categories; /* id -> name */
} coco;

typedef struct
{
  vqa_boxed *boxed;
  double width, height;
} coco_picture;

static gboolean
wrong (const coco *c, const char *member, const char *expected, GError **error)
{
  g_autofree char *name = g_filename_display_name (c->path);
  g_set_error (error, VQA_ERROR, VQA_ERROR_DATA, "%s: %s[%u].%s: expected %s", name, c->list,
               c->place, member, expected);
  return FALSE;
}

static JsonNode *
member_of (JsonObject *object, const char *name, GType type)
{
  JsonNode *node = json_object_get_member (object, name);
  return node != NULL && JSON_NODE_HOLDS_VALUE (node)
                 && (type == G_TYPE_INVALID || json_node_get_value_type (node) == type)
             ? node
             : NULL;
}

static double
number_of (JsonObject *object, const char *name)
{
  JsonNode *node = member_of (object, name, G_TYPE_INVALID);
  GType type = node != NULL ? json_node_get_value_type (node) : G_TYPE_INVALID;
  return type == G_TYPE_INT64 || type == G_TYPE_DOUBLE ? json_node_get_double (node) : NAN;
}

static gboolean
read_image (coco *c, JsonObject *object, GPtrArray *list, GError **error)
{
  JsonNode *id = member_of (object, "id", G_TYPE_INT64);
  JsonNode *file = member_of (object, "file_name", G_TYPE_STRING);
  coco_picture *p;
  gint64 *key;

  if (id == NULL)
    return wrong (c, "id", "a whole number", error);
  if (file == NULL)
    return wrong (c, "file_name", "text", error);
  p = g_new0 (coco_picture, 1);
  p->boxed = boxed_new (json_node_get_string (file), -1, TRUE);
  p->width = number_of (object, "width");
  p->height = number_of (object, "height");
  key = g_new (gint64, 1);
  *key = json_node_get_int (id);
  g_hash_table_insert (c->pictures, key, p);
  g_ptr_array_add (list, p->boxed);
  return TRUE;
}

static gboolean
read_category (coco *c, JsonObject *object, GPtrArray *list, GError **error)
{
  JsonNode *id = member_of (object, "id", G_TYPE_INT64);
  JsonNode *name = member_of (object, "name", G_TYPE_STRING);
  gint64 *key;

  if (id == NULL)
    return wrong (c, "id", "a whole number", error);
  if (name == NULL)
    return wrong (c, "name", "text", error);
  key = g_new (gint64, 1);
  *key = json_node_get_int (id);
  g_hash_table_insert (c->categories, key, g_strdup (json_node_get_string (name)));
  return TRUE;
}

static gboolean
read_bbox (const coco *c, JsonObject *object, double *box, GError **error)
{
  JsonNode *node = json_object_get_member (object, "bbox");
  JsonArray *array
      = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

  if (array == NULL || json_array_get_length (array) != 4)
    return wrong (c, "bbox", "[left, top, width, height]", error);
  for (guint i = 0; i < 4; i++)
    {
      JsonNode *part = json_array_get_element (array, i);
      GType type = JSON_NODE_HOLDS_VALUE (part) ? json_node_get_value_type (part) : G_TYPE_INVALID;
      if (type != G_TYPE_INT64 && type != G_TYPE_DOUBLE)
        return wrong (c, "bbox", "four numbers", error);
      box[i] = json_node_get_double (part);
    }
  return TRUE;
}

static gboolean
read_annotation (coco *c, JsonObject *object, GPtrArray *list, GError **error)
{
  JsonNode *image = member_of (object, "image_id", G_TYPE_INT64);
  JsonNode *category = member_of (object, "category", G_TYPE_STRING);
  JsonNode *number = member_of (object, "category_id", G_TYPE_INT64);
  gint64 id = image != NULL ? json_node_get_int (image) : 0;
  gint64 class_id = number != NULL ? json_node_get_int (number) : 0;
  const coco_picture *p = g_hash_table_lookup (c->pictures, &id);
  const char *name = category != NULL ? json_node_get_string (category)
                                      : g_hash_table_lookup (c->categories, &class_id);
  double box[4], wide, high;
  vqa_box *b;

  if (image == NULL || p == NULL)
    return wrong (c, "image_id", "the id of one of the images", error);
  if (name == NULL)
    return wrong (c, "category_id", "the id of one of the categories", error);
  if (!read_bbox (c, object, box, error))
    return FALSE;
  wide = category != NULL ? 1 : p->width;
  high = category != NULL ? 1 : p->height;
  if (!(wide > 0 && high > 0))
    return wrong (c, "image_id", "an image with width and height, as the box is in pixels", error);
  b = g_new0 (vqa_box, 1);
  *b = (vqa_box){ .name = g_strdup (name),
                  .score = 1,
                  .left = box[0] / wide,
                  .top = box[1] / high,
                  .width = box[2] / wide,
                  .height = box[3] / high,
                  .crowd = number_of (object, "iscrowd") == 1 };
  if (!sane (b))
    {
      box_free (b);
      return wrong (c, "bbox", "a box inside the picture", error);
    }
  g_ptr_array_add (p->boxed->boxes, b);
  return TRUE;
}

static gboolean
read_list (coco *c, JsonObject *root, const char *name, gboolean optional,
           gboolean (*read) (coco *, JsonObject *, GPtrArray *, GError **), GPtrArray *list,
           GError **error)
{
  JsonNode *node = json_object_get_member (root, name);
  JsonArray *array
      = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

  if (array == NULL && optional)
    return TRUE;
  if (array == NULL)
    {
      g_autofree char *shown = g_filename_display_name (c->path);
      g_set_error (error, VQA_ERROR, VQA_ERROR_DATA, "%s: %s: expected a list", shown, name);
      return FALSE;
    }
  c->list = name;
  for (c->place = 0; c->place < json_array_get_length (array); c->place++)
    {
      JsonNode *element = json_array_get_element (array, c->place);
      if (!JSON_NODE_HOLDS_OBJECT (element))
        return wrong (c, "", "an object", error);
      if (!read (c, json_node_get_object (element), list, error))
        return FALSE;
    }
  return TRUE;
}

static GPtrArray *
read_coco (const char *text, gsize length, const char *path, GError **error)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func (boxed_free);
  g_autoptr (GHashTable) pictures
      = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  g_autoptr (GHashTable) categories
      = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  coco c = { .path = path, .pictures = pictures, .categories = categories };
  JsonNode *root;

  if (!nn_json_check (text, length, 16, error)
      || !json_parser_load_from_data (parser, text, (gssize)length, error))
    {
      g_prefix_error (error, "%s: ", path);
      return NULL;
    }
  root = json_parser_get_root (parser);
  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root))
    {
      g_set_error (error, VQA_ERROR, VQA_ERROR_DATA,
                   "%s: expected an object with images and "
                   "annotations",
                   path);
      return NULL;
    }
  if (!read_list (&c, json_node_get_object (root), "images", FALSE, read_image, list, error)
      || !read_list (&c, json_node_get_object (root), "categories", TRUE, read_category, list,
                     error)
      || !read_list (&c, json_node_get_object (root), "annotations", FALSE, read_annotation, list,
                     error))
    return NULL;
  return g_steal_pointer (&list);
}

GPtrArray *
vqa_boxes_read (const char *path, GError **error)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) failed = NULL;
  gsize length;

  if (!g_file_get_contents (path, &text, &length, &failed))
    {
      g_set_error_literal (error, VQA_ERROR, VQA_ERROR_DATA, failed->message);
      return NULL;
    }
  return g_str_has_suffix (path, ".json") ? read_coco (text, length, path, error)
                                          : read_lines (text, path, error);
}
