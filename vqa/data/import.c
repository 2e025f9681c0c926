#include "vqa/data/import.h"

#include "vqa/data/boxes.h"
#include "vqa/data/labels.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <string.h>
#include <unistd.h>

/* One question to be written. */
typedef struct
{
  char *text;
  char **answers; /* NULL-terminated */
  const char *source;
} item;

typedef struct
{
  char *file; /* plain name in images/ */
  char *path; /* where it is */
  GPtrArray *items;
} picture;

typedef struct
{
  const vqa_import_options *options;
  GPtrArray *list;      /* of picture */
  GHashTable *pictures; /* the same by file */
} importer;

static void
item_free (gpointer data)
{
  item *i = data;
  g_free (i->text);
  g_strfreev (i->answers);
  g_free (i);
}

static void
picture_free (gpointer data)
{
  picture *p = data;
  g_free (p->file);
  g_free (p->path);
  g_ptr_array_unref (p->items);
  g_free (p);
}

static picture *
picture_for (importer *m, const char *file, const char *path)
{
  picture *p = g_hash_table_lookup (m->pictures, file);
  if (p != NULL)
    return p;
  p = g_new0 (picture, 1);
  p->file = g_strdup (file);
  p->path = g_canonicalize_filename (path, NULL);
  p->items = g_ptr_array_new_with_free_func (item_free);
  g_hash_table_insert (m->pictures, p->file, p);
  g_ptr_array_add (m->list, p);
  return p;
}

static void
add (picture *p, const char *text, const char *const *answers, const char *source)
{
  item *i = g_new0 (item, 1);
  i->text = g_strdup (text);
  i->answers = g_strdupv ((char **)answers);
  i->source = source;
  g_ptr_array_add (p->items, i);
}

static guint
count_answers (const GPtrArray *made, const char *answer)
{
  guint n = 0;
  for (guint i = 0; i < made->len; i++)
    n += strcmp (((const vqa_made *)made->pdata[i])->answer, answer) == 0;
  return n;
}

/* Leaves as many questions with yes as with no; the last of the commoner go. */
static void
balance (GPtrArray *made)
{
  guint yes = count_answers (made, "yes"), no = count_answers (made, "no");
  const char *commoner = yes > no ? "yes" : "no";
  guint surplus = yes > no ? yes - no : no - yes;

  for (guint i = made->len; i > 0 && surplus > 0; i--)
    if (strcmp (((const vqa_made *)made->pdata[i - 1])->answer, commoner) == 0)
      {
        g_ptr_array_remove_index (made, i - 1);
        surplus--;
      }
}

/* Adds what was made, at most as many as wanted; takes the array. */
static void
add_made (importer *m, picture *p, GPtrArray *made, const char *source)
{
  balance (made);
  guint most = m->options->most > 0 ? m->options->most : made->len;

  for (guint i = 0; i < made->len && i < most; i++)
    {
      const vqa_made *one = made->pdata[i];
      add (p, one->question, (const char *const[]){ one->answer, NULL }, source);
    }
  g_ptr_array_unref (made);
}

static guint
seed_for (const importer *m, const char *file)
{
  return g_str_hash (file) ^ (m->options->seed * 2654435761u);
}

/* ---- what a folder holds --------------------------------------------------------------------- */

static int
by_text (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *)a, *(char *const *)b);
}

/* Files of the folder with `part` in their name and this ending, sorted. */
static GPtrArray *
find (const char *folder, const char *part, const char *ending)
{
  GPtrArray *found = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (strstr (name, part) != NULL && g_str_has_suffix (name, ending))
      g_ptr_array_add (found, g_build_filename (folder, name, NULL));
  g_ptr_array_sort (found, by_text);
  return found;
}

/* The picture of images/ with this name; NULL when it is not there. */
static picture *
in_images (importer *m, const char *file)
{
  g_autofree char *path = g_build_filename (m->options->from, "images", file, NULL);
  if (strchr (file, '/') != NULL || !g_file_test (path, G_FILE_TEST_IS_REGULAR))
    return NULL;
  return picture_for (m, file, path);
}

static guint8 *
presence (const vqa_class_row *row, const GPtrArray *names)
{
  guint8 *present = g_new0 (guint8, names->len + 1);
  for (guint c = 0; c < names->len; c++)
    present[c] = g_strv_contains ((const char *const *)row->classes, names->pdata[c]);
  return present;
}

static gboolean
import_class_file (importer *m, const char *path, GError **error)
{
  g_autoptr (GPtrArray) names = NULL;
  g_autoptr (GPtrArray) rows = vqa_classes_read (path, &names, error);
  g_autoptr (vqa_label_table) table = NULL;

  if (rows == NULL)
    return FALSE;
  table = vqa_label_table_new (names->len);
  for (guint pass = 0; pass < 2; pass++)
    for (guint i = 0; i < rows->len; i++)
      {
        const vqa_class_row *row = rows->pdata[i];
        picture *p = in_images (m, row->file);
        g_autofree guint8 *present = p != NULL ? presence (row, names) : NULL;
        if (p != NULL && pass == 0)
          vqa_label_table_add (table, present);
        else if (p != NULL)
          add_made (m, p,
                    vqa_label_questions (table, (const char *const *)names->pdata, present,
                                         seed_for (m, row->file)),
                    "classes");
      }
  return TRUE;
}

#define COLOUR_SIDE 192 /* pixels: as much as a network sees */

static gboolean
import_box_file (importer *m, const char *path, GError **error)
{
  g_autoptr (GPtrArray) list = vqa_boxes_read (path, error);
  for (guint i = 0; list != NULL && i < list->len; i++)
    {
      const vqa_boxed *b = list->pdata[i];
      picture *p = in_images (m, b->file);
      g_autoptr (vqa_picture) pixels
          = p != NULL ? vqa_picture_load (p->path, COLOUR_SIDE, 0, NULL) : NULL;
      if (p != NULL)
        add_made (m, p,
                  vqa_box_questions (b, pixels != NULL ? pixels->square : NULL, COLOUR_SIDE,
                                     seed_for (m, b->file)),
                  b->whole ? "boxes" : "detections");
    }
  return list != NULL;
}

static gboolean
import_caption_file (importer *m, const char *path, GError **error)
{
  g_autoptr (GPtrArray) list = vqa_captions_read (path, error);
  for (guint i = 0; list != NULL && i < list->len; i++)
    {
      const vqa_captioned *c = list->pdata[i];
      picture *p = in_images (m, c->file);
      if (p != NULL)
        add_made (m, p, vqa_caption_questions (c->sentences, seed_for (m, c->file)), "captions");
    }
  return list != NULL;
}

/* What each kind looks for. */
static const struct
{
  const char *kind, *part, *ending;
  gboolean (*import) (importer *m, const char *path, GError **error);
} sources[] = {
  { "classes", "classes", ".tsv", import_class_file },
  { "boxes", "boxes", ".json", import_box_file },
  { "boxes", "boxes", ".tsv", import_box_file },
  { "captions", "captions", ".json", import_caption_file },
};

static gboolean
import_files (importer *m, GError **error)
{
  const char *kind = m->options->kind;
  gboolean all = strcmp (kind, "photos") == 0;
  g_autofree char *shown = g_filename_display_name (m->options->from);
  guint read = 0;

  for (guint i = 0; i < G_N_ELEMENTS (sources); i++)
    {
      g_autoptr (GPtrArray) files = NULL;
      if (!all && strcmp (kind, sources[i].kind) != 0)
        continue;
      files = find (m->options->from, sources[i].part, sources[i].ending);
      for (guint k = 0; k < files->len; k++, read++)
        if (!sources[i].import (m, files->pdata[k], error))
          return FALSE;
    }
  if (read > 0)
    return TRUE;
  g_set_error (error, VQA_ERROR, VQA_ERROR_DATA,
               "%s: nothing to import; kind “%s” needs a folder images and beside it %s", shown,
               kind,
               all                             ? "*classes*.tsv, *boxes*.json or *captions*.json"
               : strcmp (kind, "classes") == 0 ? "a file *classes*.tsv"
               : strcmp (kind, "boxes") == 0   ? "a file *boxes*.json or *boxes*.tsv"
                                               : "a file *captions*.json");
  return FALSE;
}

static gboolean
import_folders (importer *m, GError **error)
{
  g_autoptr (GPtrArray) folders = find (m->options->from, "", "");
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < folders->len;)
    if (g_file_test (folders->pdata[i], G_FILE_TEST_IS_DIR))
      {
        char *name = g_path_get_basename (folders->pdata[i++]);
        g_ptr_array_add (names, g_strdelimit (name, "_-", ' '));
      }
    else
      g_ptr_array_remove_index (folders, i);
  for (guint i = 0; i < folders->len; i++)
    {
      g_autoptr (GPtrArray) files = find (folders->pdata[i], "", "");
      g_autofree char *label = g_path_get_basename (folders->pdata[i]);
      for (guint k = 0; k < files->len; k++)
        {
          g_autofree char *name = g_path_get_basename (files->pdata[k]);
          g_autofree char *unique = g_strdup_printf ("%s_%s", label, name);
          if (vqa_picture_named (name))
            add_made (m, picture_for (m, unique, files->pdata[k]),
                      vqa_kind_questions ((const char *const *)names->pdata, names->len, i,
                                          seed_for (m, unique)),
                      "folders");
        }
    }
  if (m->list->len > 0)
    return TRUE;
  g_autofree char *shown = g_filename_display_name (m->options->from);
  g_set_error (error, VQA_ERROR, VQA_ERROR_DATA,
               "%s: no pictures in folders; put those of each class in a folder of its name",
               shown);
  return FALSE;
}

static gboolean
import_set (importer *m, GError **error)
{
  g_autofree char *name = g_strconcat (m->options->kind, ":", m->options->from, NULL);
  g_autoptr (vqa_set) set = vqa_set_open_kind (name, error);

  for (guint i = 0; set != NULL && i < set->questions->len; i++)
    {
      const vqa_question *q = set->questions->pdata[i];
      const char *path = vqa_set_picture (set, q->image_id);
      g_autofree char *file = path != NULL ? g_path_get_basename (path) : NULL;
      if (path != NULL)
        add (picture_for (m, file, path), q->text, (const char *const *)q->answers,
             m->options->kind);
    }
  return set != NULL;
}

/* ---- writing --------------------------------------------------------------------------------- */

static void
append_text (GString *to, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  g_autoptr (JsonNode) node = json_node_init_string (json_node_alloc (), valid);
  g_autofree char *quoted = json_to_string (node, FALSE);
  g_string_append (to, quoted);
}

static const char *
answer_type (const char *answer)
{
  if (strcmp (answer, "yes") == 0 || strcmp (answer, "no") == 0)
    return "yes/no";
  return *answer != '\0' && strspn (answer, "0123456789") == strlen (answer) ? "number" : "other";
}

static void
append_annotation (GString *to, const item *i, guint id, guint image)
{
  const char *first = i->answers[0] != NULL ? i->answers[0] : "";
  g_string_append_printf (to,
                          "%s{\"question_id\":%u,\"image_id\":%u,\"answer_type\":\"%s\","
                          "\"multiple_choice_answer\":",
                          id > 1 ? ",\n" : "", id, image, answer_type (first));
  append_text (to, first);
  g_string_append (to, ",\"answers\":[");
  for (guint k = 0; i->answers[k] != NULL; k++)
    {
      g_string_append (to, k > 0 ? ",{\"answer\":" : "{\"answer\":");
      append_text (to, i->answers[k]);
      g_string_append_printf (to, ",\"answer_id\":%u}", k + 1);
    }
  g_string_append (to, "]}");
}

static void
append_question (GString *to, const item *i, guint id, guint image)
{
  g_string_append_printf (to,
                          "%s{\"question_id\":%u,\"image_id\":%u,\"source\":\"%s\",\"question\":",
                          id > 1 ? ",\n" : "", id, image, i->source);
  append_text (to, i->text);
  g_string_append_c (to, '}');
}

static int
by_file (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(picture *const *)a)->file, (*(picture *const *)b)->file);
}

static gboolean
write_text (const char *folder, const char *name, const GString *text, GError **error)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  return g_file_set_contents (path, text->str, (gssize)text->len, error);
}

/* Fills a new folder; returns the number of questions, 0 on error. */
static guint
write_set (importer *m, const char *folder, GError **error)
{
  const GPtrArray *list = m->list;
  g_autoptr (GString) images = g_string_new (NULL), questions = g_string_new (NULL);
  g_autoptr (GString) annotations = g_string_new ("{\"annotations\":[\n");
  g_autofree char *links = g_build_filename (folder, "images", NULL);
  guint written = 0;

  g_ptr_array_sort (m->list, by_file);
  if (g_mkdir (links, 0755) != 0)
    goto failed;
  for (guint i = 0; i < list->len; i++)
    {
      const picture *p = list->pdata[i];
      g_autofree char *link = g_build_filename (links, p->file, NULL);
      if (symlink (p->path, link) != 0)
        goto failed;
      g_string_append_printf (images, "%s{\"id\":%u,\"file_name\":", i > 0 ? ",\n" : "", i + 1);
      append_text (images, p->file);
      g_string_append_c (images, '}');
      for (guint k = 0; k < p->items->len; k++)
        {
          written++;
          append_question (questions, p->items->pdata[k], written, i + 1);
          append_annotation (annotations, p->items->pdata[k], written, i + 1);
        }
    }
  g_string_prepend (questions, "],\n\"questions\":[\n");
  g_string_prepend (questions, images->str);
  g_string_prepend (questions, "{\"images\":[\n");
  g_string_append (questions, "]}\n");
  g_string_append (annotations, "]}\n");
  if (written == 0)
    g_set_error (error, VQA_ERROR, VQA_ERROR_DATA,
                 "%s: no question could be made; are the pictures in its folder images?",
                 m->options->from);
  if (written == 0 || !write_text (folder, "questions.json", questions, error)
      || !write_text (folder, "annotations.json", annotations, error))
    return 0;
  return written;
failed:
  g_set_error (error, VQA_ERROR, VQA_ERROR_FAILED, "%s: %s", links, g_strerror (errno));
  return 0;
}

static void
remove_folder (const char *folder)
{
  g_autofree char *images = g_build_filename (folder, "images", NULL);
  const char *const folders[] = { images, folder };
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GDir) dir = g_dir_open (folders[i], 0, NULL);
      const char *name;
      while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
        {
          g_autofree char *path = g_build_filename (folders[i], name, NULL);
          (void)g_unlink (path);
        }
      (void)g_rmdir (folders[i]);
    }
}

static gboolean
is_free (const char *path, GError **error)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  g_autofree char *shown = g_filename_display_name (path);

  if (!g_file_test (path, G_FILE_TEST_EXISTS) || (dir != NULL && g_dir_read_name (dir) == NULL))
    return TRUE;
  g_set_error (error, VQA_ERROR, VQA_ERROR_FAILED,
               "%s: is there already; give a folder that is new or empty", shown);
  return FALSE;
}

/* All or nothing: filled under another name beside it, then renamed. */
static guint
write_all (importer *m, GError **error)
{
  g_autofree char *to = g_canonicalize_filename (m->options->to, NULL);
  g_autofree char *temporary = g_strconcat (to, ".XXXXXX", NULL);
  guint written;

  if (!is_free (to, error))
    return 0;
  if (g_mkdtemp_full (temporary, 0755) == NULL)
    {
      g_set_error (error, VQA_ERROR, VQA_ERROR_FAILED, "%s: %s", to, g_strerror (errno));
      return 0;
    }
  written = write_set (m, temporary, error);
  if (written > 0 && g_rename (temporary, to) != 0)
    {
      g_set_error (error, VQA_ERROR, VQA_ERROR_FAILED, "%s: %s", to, g_strerror (errno));
      written = 0;
    }
  if (written == 0)
    remove_folder (temporary);
  return written;
}

const char *
vqa_import_kinds (void)
{
  return "folders, classes, boxes, captions, photos, daquar, easyvqa or vqa2";
}

guint
vqa_import (const vqa_import_options *options, GError **error)
{
  static const char *const files[] = { "classes", "boxes", "captions", "photos", NULL };
  static const char *const sets[] = { "daquar", "easyvqa", "vqa2", NULL };
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func (picture_free);
  g_autoptr (GHashTable) pictures = g_hash_table_new (g_str_hash, g_str_equal);
  importer m = { options, list, pictures };
  gboolean ok;

  if (!is_free (options->to, error))
    return 0;
  if (g_strv_contains (files, options->kind))
    ok = import_files (&m, error);
  else if (g_strv_contains (sets, options->kind))
    ok = import_set (&m, error);
  else if (strcmp (options->kind, "folders") == 0)
    ok = import_folders (&m, error);
  else
    {
      g_set_error (error, VQA_ERROR, VQA_ERROR_DATA, "“%s” cannot be imported; kinds are %s",
                   options->kind, vqa_import_kinds ());
      ok = FALSE;
    }
  return ok ? write_all (&m, error) : 0;
}
