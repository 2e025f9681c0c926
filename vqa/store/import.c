/* An exported history, from anyone: checked before anything of it is believed, read a question at a
 * time, written all or nothing. */
#include "nets/core/safetensors.h"
#include "vqa/data/place.h"
#include "vqa/store/exchange.h"
#include "vqa/store/history.h"
#include "vqa/store/records.h"

#include <math.h>
#include <string.h>

#define MAX_DEPTH     8
#define MAX_ANSWERS   1000
#define MAX_THUMBNAIL (1 << 20) /* bytes */
#define MAX_SIDE      1000000   /* pixels */
#define SMALL_SIDE    64        /* thumbnails are decoded at this size to check them */

/* ---- walking ------------------------------------------------------------------------------ */

vqa_json_walk
vqa_json_walk_begin (const char *text, gsize length)
{
  return (vqa_json_walk){ text, text + length };
}

static const char *
skip_space (const char *at, const char *end)
{
  while (at < end && (*at == ' ' || *at == '\t' || *at == '\r' || *at == '\n'))
    at++;
  return at;
}

/* The end of the value that begins at `at`. */
static const char *
skip_value (const char *at, const char *end)
{
  int depth = 0;

  for (; at < end; at++)
    switch (*at)
      {
      case '"':
        for (at++; at < end && *at != '"'; at++)
          if (*at == '\\')
            at++;
        break;
      case '[':
      case '{':
        depth++;
        break;
      case ']':
      case '}':
        if (depth == 0)
          return at;
        depth--;
        break;
      case ',':
        if (depth == 0)
          return at;
        break;
      default:
        break;
      }
  return end;
}

gboolean
vqa_json_walk_next (vqa_json_walk *walk, vqa_json_element *element)
{
  const char *at = skip_space (walk->at, walk->end), *end;

  /* Before the first element stands its bracket, before the others a comma. */
  if (at >= walk->end || !strchr ("[{,", *at))
    return FALSE;
  at = skip_space (at + 1, walk->end);
  if (at >= walk->end || *at == ']' || *at == '}')
    return FALSE;
  *element = (vqa_json_element){ 0 };
  if (*at == '"')
    {
      for (end = at + 1; end < walk->end && *end != '"'; end++)
        if (*end == '\\')
          end++;
      if (skip_space (end + 1, walk->end) < walk->end && *skip_space (end + 1, walk->end) == ':')
        {
          element->key = at + 1;
          element->key_length = (gsize)(end - at - 1);
          at = skip_space (skip_space (end + 1, walk->end) + 1, walk->end);
        }
    }
  end = skip_value (at, walk->end);
  element->value = at;
  element->value_length = (gsize)(end - at);
  walk->at = end;
  return TRUE;
}

/* ---- reading ------------------------------------------------------------------------------ */

typedef struct
{
  vqa_store *store;
  vqa_place at;
  GHashTable *pictures; /* hash -> id, as gint64 */
  GHashTable *models;   /* the same */
  vqa_imported *counts;
} import_job;

static gboolean
is_hash (const char *text)
{
  return strlen (text) == 64 && strspn (text, "0123456789abcdef") == 64;
}

static gboolean
get_flag (JsonObject *o, const char *member, gboolean *value, const vqa_place *at, GError **error)
{
  JsonNode *node = json_object_get_member (o, member);

  if (!node || !JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_BOOLEAN)
    return vqa_place_wrong (at, member, error, "expected true or false, found %s",
                            vqa_place_kind (node));
  *value = json_node_get_boolean (node);
  return TRUE;
}

static gboolean
get_number (JsonObject *o, const char *member, double most, double *value, const vqa_place *at,
            GError **error)
{
  JsonNode *node = json_object_get_member (o, member);

  if (node && JSON_NODE_HOLDS_VALUE (node)
      && (json_node_get_value_type (node) == G_TYPE_DOUBLE
          || json_node_get_value_type (node) == G_TYPE_INT64))
    {
      *value = json_node_get_double (node);
      if (*value >= 0 && *value <= most)
        return TRUE;
    }
  return vqa_place_wrong (at, member, error, "expected a number from 0 to %g", most);
}

static gboolean
get_list (JsonObject *o, const char *member, JsonArray **list, const vqa_place *at, GError **error)
{
  JsonNode *node = json_object_get_member (o, member);

  if (!node || !JSON_NODE_HOLDS_ARRAY (node))
    return vqa_place_wrong (at, member, error, "expected a list, found %s", vqa_place_kind (node));
  *list = json_node_get_array (node);
  if (json_array_get_length (*list) > MAX_ANSWERS)
    return vqa_place_wrong (at, member, error, "has more than %d elements", MAX_ANSWERS);
  return TRUE;
}

static gboolean
get_answers (JsonObject *o, const char *member, vqa_answer **answers, guint *n, const vqa_place *at,
             GError **error)
{
  JsonArray *list = NULL;

  if (!get_list (o, member, &list, at, error))
    return FALSE;
  *answers = g_new0 (vqa_answer, json_array_get_length (list));
  for (*n = 0; *n < json_array_get_length (list); (*n)++)
    {
      vqa_place here = { at->file, "" };
      const char *text;
      JsonObject *element;

      g_snprintf (here.path, sizeof here.path, "%s.%s[%u]", at->path, member, *n);
      element = vqa_place_element (list, *n, &here, error);
      if (!element || !vqa_place_text (element, "answer", FALSE, &text, &here, error)
          || !get_number (element, "probability", 1, &(*answers)[*n].probability, &here, error))
        return FALSE;
      (*answers)[*n].answer = g_strdup (text);
    }
  return TRUE;
}

static gboolean
get_words (JsonObject *o, const char *member, char ***words, const vqa_place *at, GError **error)
{
  JsonArray *list = NULL;

  if (!get_list (o, member, &list, at, error))
    return FALSE;
  *words = g_new0 (char *, json_array_get_length (list) + 1);
  for (guint i = 0; i < json_array_get_length (list); i++)
    {
      JsonNode *node = json_array_get_element (list, i);

      if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_STRING)
        return vqa_place_wrong (at, member, error, "expected text, found %s",
                                vqa_place_kind (node));
      (*words)[i] = g_strdup (json_node_get_string (node));
    }
  return TRUE;
}

/* A thumbnail that can be decoded, or NULL: a picture is as good without one. */
static GBytes *
read_thumbnail (const char *text)
{
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (vqa_picture) picture = NULL;
  guchar *data;
  gsize size;

  if (!text || strlen (text) > MAX_THUMBNAIL / 3 * 4)
    return NULL;
  data = g_base64_decode (text, &size);
  bytes = g_bytes_new_take (data, size);
  picture = vqa_picture_load_bytes (bytes, "thumbnail", 0, SMALL_SIDE, NULL);
  return picture ? g_steal_pointer (&bytes) : NULL;
}

/* ---- writing ------------------------------------------------------------------------------ */

static void
remember (GHashTable *table, const char *hash, gint64 id)
{
  g_hash_table_insert (table, g_strdup (hash), g_memdup2 (&id, sizeof id));
}

static gboolean
import_picture (import_job *job, JsonObject *o, GError **error)
{
  vqa_store_picture p = { 0 };
  const char *hash, *place, *title, *thumbnail;
  gint64 width, height, id;
  gboolean known;
  g_autoptr (GBytes) small = NULL;

  if (!vqa_place_text (o, "hash", FALSE, &hash, &job->at, error)
      || !vqa_place_text (o, "place", FALSE, &place, &job->at, error)
      || !vqa_place_text (o, "title", FALSE, &title, &job->at, error)
      || !vqa_place_text (o, "thumbnail", TRUE, &thumbnail, &job->at, error)
      || !vqa_place_integer (o, "width", &width, &job->at, error)
      || !vqa_place_integer (o, "height", &height, &job->at, error)
      || !vqa_place_integer (o, "opened", &p.opened, &job->at, error))
    return FALSE;
  if (!is_hash (hash))
    return vqa_place_wrong (&job->at, "hash", error, "expected 64 digits of a SHA-256");
  if (width < 1 || height < 1 || width > MAX_SIDE || height > MAX_SIDE)
    return vqa_place_wrong (&job->at, "width", error, "no picture is that large or small");
  p.hash = (char *)hash;
  p.place = (char *)place;
  p.title = (char *)title;
  p.width = (int)width;
  p.height = (int)height;
  p.thumbnail = small = read_thumbnail (thumbnail);
  id = vqa_store_keep_picture (job->store, &p, &known, error);
  if (!id)
    return FALSE;
  job->counts->pictures += !known;
  remember (job->pictures, hash, id);
  return TRUE;
}

static gboolean
import_model (import_job *job, JsonObject *o, GError **error)
{
  const char *hash, *name, *title, *path;
  gint64 id;

  if (!vqa_place_text (o, "hash", FALSE, &hash, &job->at, error)
      || !vqa_place_text (o, "name", FALSE, &name, &job->at, error)
      || !vqa_place_text (o, "title", FALSE, &title, &job->at, error)
      || !vqa_place_text (o, "path", FALSE, &path, &job->at, error))
    return FALSE;
  id = vqa_store_keep_model (job->store, hash, name, title, path, FALSE, error);
  if (!id)
    return FALSE;
  remember (job->models, hash, id);
  return TRUE;
}

/* A correction that this library has not for a question that it has. */
static gboolean
import_correction (import_job *job, gint64 picture, gint64 model, const vqa_store_question *q,
                   GError **error)
{
  const char *doing = "record a correction";
  g_autofree char *part = vqa_region_text (&q->part);

  job->counts->known++;
  if (!q->correction)
    return TRUE;
  if (!vqa_store_finish (
          job->store,
          vqa_store_bind (job->store, doing, error,
                          "UPDATE questions SET correction = ?, corrected = ?"
                          " WHERE picture = ? AND model = ? AND text = ? AND part = ?"
                          " AND corrected = 0",
                          "tiiitt", q->correction, MAX (q->corrected, 1), picture, model, q->text,
                          part),
          doing, error))
    return FALSE;
  job->counts->corrections += (guint)sqlite3_changes (job->store->db);
  return TRUE;
}

/* What stands in `o`; the text and the correction are checked as those of a person are. */
static gboolean
read_question (import_job *job, JsonObject *o, vqa_store_question *q, GError **error)
{
  const char *text, *part, *correction;
  g_autoptr (GError) local = NULL;
  vqa_reply *r = q->reply = g_new0 (vqa_reply, 1);

  if (!vqa_place_text (o, "question", FALSE, &text, &job->at, error)
      || !vqa_place_text (o, "part", TRUE, &part, &job->at, error)
      || !vqa_place_text (o, "correction", TRUE, &correction, &job->at, error)
      || !vqa_place_integer (o, "asked", &q->asked, &job->at, error)
      || !vqa_place_integer (o, "corrected", &q->corrected, &job->at, error)
      || !get_flag (o, "confident", &r->confident, &job->at, error)
      || !get_flag (o, "pinned", &q->pinned, &job->at, error)
      || !get_number (o, "milliseconds", 1e12, &r->milliseconds, &job->at, error)
      || !get_words (o, "unknown_words", &r->unknown_words, &job->at, error)
      || !get_answers (o, "answers", &r->answers, &r->n_answers, &job->at, error)
      || !get_answers (o, "blind", &r->blind, &r->n_blind, &job->at, error))
    return FALSE;
  q->text = vqa_question_check (text, -1, &local);
  if (!q->text)
    return vqa_place_wrong (&job->at, "question", error, "%s", local->message);
  if (part && !vqa_region_parse (part, &q->part, &local))
    return vqa_place_wrong (&job->at, "part", error, "%s", local->message);
  if (correction && !(q->correction = vqa_store_check_answer (correction, &local)))
    return vqa_place_wrong (&job->at, "correction", error, "%s", local->message);
  if (q->correction && !*q->correction)
    g_clear_pointer (&q->correction, g_free);
  /* Past it there would be no room for the next. */
  if (q->asked > G_MAXINT64 / 2)
    return vqa_place_wrong (&job->at, "asked", error, "no moment is that late");
  return TRUE;
}

static gboolean
import_question (import_job *job, JsonObject *o, GError **error)
{
  g_autoptr (vqa_store_question) q = g_new0 (vqa_store_question, 1);
  const char *picture_hash, *model_hash;
  const gint64 *picture, *model;
  GError *local = NULL;

  if (!vqa_place_text (o, "picture", FALSE, &picture_hash, &job->at, error)
      || !vqa_place_text (o, "model", FALSE, &model_hash, &job->at, error)
      || !read_question (job, o, q, error))
    return FALSE;
  picture = g_hash_table_lookup (job->pictures, picture_hash);
  model = g_hash_table_lookup (job->models, model_hash);
  if (!picture || !model)
    return vqa_place_wrong (&job->at, picture ? "model" : "picture", error,
                            "is not in the file's list of %s", picture ? "models" : "pictures");
  if (vqa_store_keep_question (job->store, *picture, *model, q, FALSE, &local))
    {
      job->counts->questions++;
      return TRUE;
    }
  if (!local)
    return import_correction (job, *picture, *model, q, error);
  g_propagate_error (error, local);
  return FALSE;
}

/* ---- the file ----------------------------------------------------------------------------- */

/* Each element of the list `name` goes to `import`. */
static gboolean
import_list (import_job *job, const vqa_json_element *list, const char *name,
             gboolean (*import) (import_job *, JsonObject *, GError **), GError **error)
{
  vqa_json_walk walk;
  vqa_json_element element;
  guint i = 0;

  if (!list->value || *list->value != '[')
    {
      *job->at.path = '\0';
      return vqa_place_wrong (&job->at, name, error,
                              "expected a list; is this an exported history?");
    }
  walk = vqa_json_walk_begin (list->value, list->value_length);
  for (; vqa_json_walk_next (&walk, &element); i++)
    {
      g_autoptr (JsonParser) parser = json_parser_new_immutable ();
      JsonNode *root;

      g_snprintf (job->at.path, sizeof job->at.path, "%s[%u]", name, i);
      if (!json_parser_load_from_data (parser, element.value, (gssize)element.value_length, NULL)
          || !(root = json_parser_get_root (parser)) || !JSON_NODE_HOLDS_OBJECT (root))
        return vqa_place_wrong (&job->at, NULL, error, "expected an object");
      if (!import (job, json_node_get_object (root), error))
        return FALSE;
    }
  return TRUE;
}

enum
{
  FORMAT,
  VERSION,
  PICTURES,
  MODELS,
  QUESTIONS,
  N_MEMBERS
};

/* The members of the file's object; FALSE when it is not an export of a version known here. */
static gboolean
read_members (import_job *job, const char *text, gsize length, vqa_json_element members[N_MEMBERS],
              GError **error)
{
  static const char *const names[N_MEMBERS]
      = { "format", "version", "pictures", "models", "questions" };
  static const char format[] = "\"regard-history\"";
  vqa_json_walk walk = vqa_json_walk_begin (text, length);
  vqa_json_element e;

  while (vqa_json_walk_next (&walk, &e))
    for (int i = 0; i < N_MEMBERS; i++)
      if (e.key && strlen (names[i]) == e.key_length && memcmp (e.key, names[i], e.key_length) == 0)
        members[i] = e;
  if (members[FORMAT].value_length < sizeof format - 1
      || memcmp (members[FORMAT].value, format, sizeof format - 1) != 0)
    return vqa_place_wrong (&job->at, "format", error,
                            "this is no history that Regard exported as JSON");
  if (!members[VERSION].value || g_ascii_strtoll (members[VERSION].value, NULL, 10) != 1)
    return vqa_place_wrong (&job->at, "version", error,
                            "written by a newer version of Regard; update Regard");
  return TRUE;
}

gboolean
vqa_store_import (vqa_store *store, const char *name, const char *text, gsize length,
                  vqa_imported *imported, GError **error)
{
  const char *doing = "import a history";
  g_autoptr (GHashTable) pictures = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (GHashTable) models = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  import_job job = { store, { name, "" }, pictures, models, imported };
  vqa_json_element members[N_MEMBERS] = { { 0 } };
  g_autoptr (GError) local = NULL;

  g_return_val_if_fail (store && name && text && imported, FALSE);
  *imported = (vqa_imported){ 0 };
  if (!nn_json_check (text, length, MAX_DEPTH, &local))
    {
      g_set_error (error, VQA_ERROR, VQA_ERROR_DATA, "%s: %s", name, local->message);
      return FALSE;
    }
  if (!read_members (&job, text, length, members, error)
      || !vqa_store_run (store, "BEGIN IMMEDIATE", doing, error))
    return FALSE;
  if (import_list (&job, &members[PICTURES], "pictures", import_picture, error)
      && import_list (&job, &members[MODELS], "models", import_model, error)
      && import_list (&job, &members[QUESTIONS], "questions", import_question, error)
      && vqa_store_run (store, "COMMIT", doing, error))
    return TRUE;
  sqlite3_exec (store->db, "ROLLBACK", NULL, NULL, NULL);
  *imported = (vqa_imported){ 0 };
  return FALSE;
}

gboolean
vqa_store_import_file (vqa_store *store, const char *path, vqa_imported *imported, GError **error)
{
  g_autofree char *text = NULL, *name = g_filename_display_name (path);
  g_autoptr (GError) local = NULL;
  gsize length;

  if (!g_file_get_contents (path, &text, &length, &local))
    {
      g_set_error_literal (error, VQA_ERROR, VQA_ERROR_DATA, local->message);
      return FALSE;
    }
  return vqa_store_import (store, name, text, length, imported, error);
}
