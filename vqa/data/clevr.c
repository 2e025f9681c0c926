/* CLEVR's layout: one large file of questions, each with a program, and a folder of pictures. The
 * file has hundreds of megabytes, most of them programs, so its questions are parsed one by one. */
#include "nets/core/safetensors.h"
#include "vqa/data/place.h"
#include "vqa/data/set.h"

#include <string.h>

#define MAX_DEPTH 16 /* of the JSON; the layout needs six */
#define BEGINNING "CLEVR_"
#define ENDING    "_questions.json"

/* ---- which file ------------------------------------------------------------------------- */

/* The split that a file of questions is of: "val" for CLEVR_val_questions.json; NULL for others. */
static char *
split_of (const char *name)
{
  gsize length = strlen (name), around = strlen (BEGINNING) + strlen (ENDING);

  if (length <= around || !g_str_has_prefix (name, BEGINNING) || !g_str_has_suffix (name, ENDING))
    return NULL;
  return g_strndup (name + strlen (BEGINNING), length - around);
}

/* The file in a folder of questions: of the split val, or the only one. */
static char *
find_file (const char *folder, GError **error)
{
  g_autofree char *shown = g_filename_display_name (folder);
  g_autofree char *found = NULL;
  g_autoptr (GError) failed = NULL;
  g_autoptr (GDir) dir = g_dir_open (folder, 0, &failed);
  guint n = 0;
  const char *name;

  if (!dir)
    {
      g_set_error (error, VQA_ERROR, VQA_ERROR_DATA,
                   "%s; CLEVR is a folder with images and questions", failed->message);
      return NULL;
    }
  while ((name = g_dir_read_name (dir)))
    {
      g_autofree char *split = split_of (name);

      if (!split)
        continue;
      n++;
      if (found && strcmp (found, BEGINNING "val" ENDING) == 0)
        continue;
      g_free (found);
      found = g_strdup (name);
    }
  if (n == 1 || (n > 1 && strcmp (found, BEGINNING "val" ENDING) == 0))
    return g_build_filename (folder, found, NULL);
  g_set_error (error, VQA_ERROR, VQA_ERROR_DATA,
               n == 0 ? "%s: no " BEGINNING "*" ENDING " there; CLEVR's questions belong in it"
                      : "%s: several " BEGINNING "*" ENDING ", and none is of the split val; give "
                        "the one that is meant, clevr:FILE",
               shown);
  return NULL;
}

/* ---- one question at a time ------------------------------------------------------------- */

static const char *
skip_space (const char *at)
{
  return at + strspn (at, " \t\r\n");
}

/* The end of the JSON value at `at`, in text that is known to be well formed. */
static const char *
end_of_value (const char *at)
{
  int depth = 0;

  for (;; at++)
    {
      if (*at == '"')
        for (at++; *at != '"'; at++)
          at += *at == '\\';
      else if (*at == '{' || *at == '[')
        depth++;
      else if (*at == '}' || *at == ']')
        depth--;
      else if (strchr (",: \t\r\n", *at)) /* or the text's end */
        continue;
      else if (at[1] && !strchr (",]} \t\r\n", at[1]))
        continue;
      if (depth == 0)
        return at + 1;
    }
}

/* The first element of the list "questions" of the file's object, or the list's end; NULL and an
 * error when there is no such list. */
static const char *
find_questions (const char *text, const vqa_place *at, GError **error)
{
  const char *p = skip_space (text);

  if (*p != '{')
    {
      vqa_place_wrong (at, "questions", error, "expected an object with this list");
      return NULL;
    }
  for (p = skip_space (p + 1); *p != '}'; p = skip_space (p))
    {
      gboolean here = g_str_has_prefix (p, "\"questions\"");

      p = skip_space (end_of_value (p));
      p = skip_space (p + 1); /* the colon */
      if (here && *p == '[')
        return skip_space (p + 1);
      if (here)
        break;
      p = skip_space (end_of_value (p));
      p += *p == ',';
    }
  vqa_place_wrong (at, "questions", error, "expected a list");
  return NULL;
}

/* What a question asks for, by the last function of its program; else its template's number. */
static char *
kind_of_question (JsonObject *object)
{
  static const struct
  {
    const char *function, *kind;
  } kinds[] = { { "exist", "exist" },
                { "count", "count" },
                { "equal_integer", "compare numbers" },
                { "less_than", "compare numbers" },
                { "greater_than", "compare numbers" },
                { "query_", "query attribute" },
                { "equal_", "compare attribute" } };
  JsonNode *node = json_object_get_member (object, "program"), *last, *function = NULL;
  JsonNode *family = json_object_get_member (object, "question_family_index");
  guint n = node && JSON_NODE_HOLDS_ARRAY (node)
                ? json_array_get_length (json_node_get_array (node))
                : 0;

  if (n > 0)
    {
      last = json_array_get_element (json_node_get_array (node), n - 1);
      function = JSON_NODE_HOLDS_OBJECT (last)
                     ? json_object_get_member (json_node_get_object (last), "function")
                     : NULL;
    }
  if (function && JSON_NODE_HOLDS_VALUE (function)
      && json_node_get_value_type (function) == G_TYPE_STRING)
    for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
      if (g_str_has_prefix (json_node_get_string (function), kinds[i].function))
        return g_strdup (kinds[i].kind);
  if (family && JSON_NODE_HOLDS_VALUE (family) && json_node_get_value_type (family) == G_TYPE_INT64)
    return g_strdup_printf ("family %" G_GINT64_FORMAT, json_node_get_int (family));
  return NULL;
}

static gboolean
add_question (vqa_set *set, JsonNode *node, guint i, const vqa_place *at, GError **error)
{
  JsonObject *object;
  const char *text, *answer, *file;
  gint64 image;
  vqa_question *q;

  if (!node || !JSON_NODE_HOLDS_OBJECT (node))
    return vqa_place_wrong (at, NULL, error, "expected an object, found %s", vqa_place_kind (node));
  object = json_node_get_object (node);
  if (!vqa_place_text (object, "question", FALSE, &text, at, error)
      || !vqa_place_text (object, "answer", TRUE, &answer, at, error)
      || !vqa_place_text (object, "image_filename", FALSE, &file, at, error)
      || !vqa_place_integer (object, "image_index", &image, at, error))
    return FALSE;
  if (!*file || *file == '.' || strchr (file, '/'))
    return vqa_place_wrong (at, "image_filename", error, "expected the plain name of a picture");
  q = vqa_set_add (set, i, image, text);
  q->kind = kind_of_question (object);
  if (answer)
    vqa_set_answer (q, answer);
  vqa_set_name_picture (set, image, file);
  return TRUE;
}

static gboolean
read_questions (vqa_set *set, const char *text, const char *path, guint most, GError **error)
{
  vqa_place at = { path, "" };
  const char *p = find_questions (text, &at, error);

  if (!p)
    return FALSE;
  for (guint i = 0; *p != ']' && (most == 0 || i < most); i++)
    {
      g_autoptr (JsonParser) parser = json_parser_new ();
      g_autoptr (GError) failed = NULL;
      const char *end = end_of_value (p);

      g_snprintf (at.path, sizeof at.path, "questions[%u]", i);
      if (!json_parser_load_from_data (parser, p, end - p, &failed))
        return vqa_place_wrong (&at, NULL, error, "%s", failed->message);
      if (!add_question (set, json_parser_get_root (parser), i, &at, error))
        return FALSE;
      p = skip_space (end);
      p = skip_space (p + (*p == ','));
    }
  return TRUE;
}

vqa_set *
vqa_clevr_open (const char *folder, guint most, GError **error)
{
  gboolean is_file = g_file_test (folder, G_FILE_TEST_IS_REGULAR);
  g_autofree char *questions
      = is_file ? g_path_get_dirname (folder) : g_build_filename (folder, "questions", NULL);
  g_autofree char *path = is_file ? g_strdup (folder) : find_file (questions, error);
  g_autofree char *base = path ? g_path_get_basename (path) : NULL;
  g_autofree char *split = base ? split_of (base) : NULL;
  g_autofree char *shown = path ? g_filename_display_name (path) : NULL;
  g_autofree char *images = NULL, *text = NULL;
  g_autoptr (GError) failed = NULL;
  g_autoptr (vqa_set) set = NULL;
  gsize length;

  if (!path)
    return NULL;
  if (!split)
    {
      g_set_error (error, VQA_ERROR, VQA_ERROR_DATA,
                   "%s: expected a folder, or a file called " BEGINNING "SPLIT" ENDING, shown);
      return NULL;
    }
  if (!g_file_get_contents (path, &text, &length, &failed))
    {
      g_set_error_literal (error, VQA_ERROR, VQA_ERROR_DATA, failed->message);
      return NULL;
    }
  if (!nn_json_check (text, length, MAX_DEPTH, &failed))
    {
      g_set_error (error, VQA_ERROR, VQA_ERROR_DATA, "%s: %s", shown, failed->message);
      return NULL;
    }
  images = g_build_filename (questions, "..", "images", split, NULL);
  set = vqa_set_new (images);
  return read_questions (set, text, path, most, error) ? g_steal_pointer (&set) : NULL;
}
