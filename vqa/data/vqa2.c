#include "vqa/data/data.h"

#include <json-glib/json-glib.h>
#include <string.h>

#include "nets/core/safetensors.h"
#include "vqa/data/place.h"
#include "vqa/data/set.h"

#define MAX_DEPTH 32 /* of the JSON; the layout needs six */

/* The list `member` of the file's object. The parser owns it. */
static JsonArray *
read_list (JsonParser *parser, const char *path, const char *member, GError **error)
{
  vqa_place at = { path, "" };
  g_autofree char *text = NULL;
  g_autofree char *name = g_filename_display_name (path);
  g_autoptr (GError) failed = NULL;
  gsize length;
  JsonNode *root, *list;

  if (!g_file_get_contents (path, &text, &length, &failed))
    {
      g_set_error_literal (error, VQA_ERROR, VQA_ERROR_DATA, failed->message);
      return NULL;
    }
  if (!nn_json_check (text, length, MAX_DEPTH, &failed)
      || !json_parser_load_from_data (parser, text, (gssize)length, &failed))
    {
      g_set_error (error, VQA_ERROR, VQA_ERROR_DATA, "%s: %s", name, failed->message);
      return NULL;
    }
  root = json_parser_get_root (parser);
  if (!root || !JSON_NODE_HOLDS_OBJECT (root))
    {
      g_set_error (error, VQA_ERROR, VQA_ERROR_DATA,
                   "%s: expected an object with a list \"%s\", found %s", name, member,
                   vqa_place_kind (root));
      return NULL;
    }
  list = json_object_get_member (json_node_get_object (root), member);
  if (!list || !JSON_NODE_HOLDS_ARRAY (list))
    {
      vqa_place_wrong (&at, member, error, "expected a list, found %s", vqa_place_kind (list));
      return NULL;
    }
  return json_node_get_array (list);
}

/* ---- questions and annotations ---------------------------------------------------------- */

/* "vqa_open" of vqa_open_questions.json; NULL where the name tells nothing. */
static char *
source_of (const char *path)
{
  g_autofree char *name = g_path_get_basename (path);
  char *end = g_str_has_suffix (name, "_questions.json") ? strrchr (name, '_') : NULL;

  if (end == NULL || end == name)
    return NULL;
  *end = '\0';
  return g_filename_display_name (name);
}

static gboolean
read_question (JsonObject *object, vqa_set *set, GHashTable *by_id, const vqa_place *at,
               GError **error)
{
  gint64 id = 0, image_id = 0;
  const char *text, *split, *source;
  vqa_question *q;

  if (!vqa_place_integer (object, "question_id", &id, at, error)
      || !vqa_place_integer (object, "image_id", &image_id, at, error)
      || !vqa_place_text (object, "question", FALSE, &text, at, error))
    return FALSE;
  /* Not part of the official layout: of another kind, it means something else and is ignored. */
  (void)vqa_place_text (object, "split", TRUE, &split, at, NULL);
  q = vqa_set_add (set, id, image_id, text);
  (void)vqa_place_text (object, "source", TRUE, &source, at, NULL);
  q->split = g_strdup (split);
  q->source = g_strdup (source);
  if (!g_hash_table_insert (by_id, &q->id, q))
    return vqa_place_wrong (
        at, "question_id", error,
        "%" G_GINT64_FORMAT " stands more than once; every question needs its own", id);
  return TRUE;
}

/* Optional, as in COCO's own files: which file of the folder has which id. */
static gboolean
read_images (JsonNode *root, vqa_set *set, vqa_place *at, GError **error)
{
  JsonNode *node = json_object_get_member (json_node_get_object (root), "images");
  JsonArray *list = node && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

  for (guint i = 0; list && i < json_array_get_length (list); i++)
    {
      JsonObject *object;
      const char *file;
      gint64 id;

      g_snprintf (at->path, sizeof at->path, "images[%u]", i);
      object = vqa_place_element (list, i, at, error);
      if (!object || !vqa_place_integer (object, "id", &id, at, error)
          || !vqa_place_text (object, "file_name", FALSE, &file, at, error))
        return FALSE;
      if (!*file || *file == '.' || strchr (file, '/'))
        return vqa_place_wrong (at, "file_name", error,
                                "expected the plain name of a file in images");
      vqa_set_name_picture (set, id, file);
    }
  return TRUE;
}

static gboolean
read_questions (const char *path, vqa_set *set, GHashTable *by_id, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  JsonArray *list = read_list (parser, path, "questions", error);
  vqa_place at = { path, "" };

  if (!list)
    return FALSE;
  for (guint i = 0; i < json_array_get_length (list); i++)
    {
      JsonObject *object;

      g_snprintf (at.path, sizeof at.path, "questions[%u]", i);
      object = vqa_place_element (list, i, &at, error);
      if (!object || !read_question (object, set, by_id, &at, error))
        return FALSE;
    }
  return read_images (json_parser_get_root (parser), set, &at, error);
}

/* The answers of one annotation, a new array; the most frequent one alone when they are absent. */
static char **
read_answers (JsonObject *annotation, const vqa_place *at, GError **error)
{
  g_autoptr (GPtrArray) answers = g_ptr_array_new_with_free_func (g_free);
  JsonNode *node = json_object_get_member (annotation, "answers");
  const char *only, *text;

  if (!vqa_place_text (annotation, "multiple_choice_answer", TRUE, &only, at, error))
    return NULL;
  if (node && !JSON_NODE_HOLDS_NULL (node) && !JSON_NODE_HOLDS_ARRAY (node))
    {
      vqa_place_wrong (at, "answers", error, "expected a list, found %s", vqa_place_kind (node));
      return NULL;
    }
  if (!node || JSON_NODE_HOLDS_NULL (node))
    {
      if (only)
        g_ptr_array_add (answers, g_strdup (only));
    }
  else
    for (guint i = 0; i < json_array_get_length (json_node_get_array (node)); i++)
      {
        vqa_place here = { at->file, "" };
        JsonObject *object;

        g_snprintf (here.path, sizeof here.path, "%s.answers[%u]", at->path, i);
        object = vqa_place_element (json_node_get_array (node), i, &here, error);
        if (!object || !vqa_place_text (object, "answer", FALSE, &text, &here, error))
          return NULL;
        g_ptr_array_add (answers, g_strdup (text));
      }
  g_ptr_array_add (answers, NULL);
  return (char **)g_ptr_array_free (g_steal_pointer (&answers), FALSE);
}

/* Adds the annotation to its question, if that is in the set. */
static gboolean
read_annotation (JsonObject *object, GHashTable *by_id, GHashTable *seen, const vqa_place *at,
                 GError **error)
{
  gint64 id = 0;
  const char *type;
  g_auto (GStrv) answers = NULL;
  vqa_question *q;

  if (!vqa_place_integer (object, "question_id", &id, at, error)
      || !vqa_place_text (object, "answer_type", TRUE, &type, at, error)
      || !(answers = read_answers (object, at, error)))
    return FALSE;
  q = g_hash_table_lookup (by_id, &id);
  if (!q)
    return TRUE;
  if (!g_hash_table_add (seen, q))
    return vqa_place_wrong (
        at, "question_id", error,
        "%" G_GINT64_FORMAT " stands more than once; a question has one annotation", id);
  q->answer_type = g_strdup (type);
  g_strfreev (q->answers);
  q->answers = g_steal_pointer (&answers);
  return TRUE;
}

static gboolean
read_annotations (const char *path, GHashTable *by_id, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  JsonArray *list = read_list (parser, path, "annotations", error);
  vqa_place at = { path, "" };

  if (!list)
    return FALSE;
  for (guint i = 0; i < json_array_get_length (list); i++)
    {
      JsonObject *object;

      g_snprintf (at.path, sizeof at.path, "annotations[%u]", i);
      object = vqa_place_element (list, i, &at, error);
      if (!object || !read_annotation (object, by_id, seen, &at, error))
        return FALSE;
    }
  if (g_hash_table_size (seen) == 0 && json_array_get_length (list) > 0
      && g_hash_table_size (by_id) > 0)
    {
      g_strlcpy (at.path, "annotations", sizeof at.path);
      return vqa_place_wrong (
          &at, NULL, error,
          "none belongs to a question of the questions file; are the two a pair?");
    }
  return TRUE;
}

vqa_set *
vqa_set_read (const char *questions_path, const char *annotations_path, const char *images_folder,
              GError **error)
{
  g_autoptr (vqa_set) set = vqa_set_new (images_folder);
  g_autoptr (GHashTable) by_id = g_hash_table_new (g_int64_hash, g_int64_equal);

  if (!read_questions (questions_path, set, by_id, error)
      || (annotations_path && !read_annotations (annotations_path, by_id, error)))
    return NULL;
  for (guint i = 0; i < set->questions->len; i++)
    {
      vqa_question *q = set->questions->pdata[i];
      if (q->source == NULL)
        q->source = source_of (questions_path);
    }
  return g_steal_pointer (&set);
}

vqa_set *
vqa_set_open (const char *folder, GError **error)
{
  g_autofree char *questions = g_build_filename (folder, "questions.json", NULL);
  g_autofree char *annotations = g_build_filename (folder, "annotations.json", NULL);
  g_autofree char *images = g_build_filename (folder, "images", NULL);

  if (!g_file_test (questions, G_FILE_TEST_EXISTS))
    {
      g_autofree char *name = g_filename_display_name (folder);

      g_set_error (error, VQA_ERROR, VQA_ERROR_DATA,
                   "%s: no questions.json there; a data set is a folder with questions.json, "
                   "annotations.json and images",
                   name);
      return NULL;
    }
  return vqa_set_read (
      questions, g_file_test (annotations, G_FILE_TEST_EXISTS) ? annotations : NULL, images, error);
}
