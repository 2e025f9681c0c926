/* Corrections as a data set, in the layout of VQA v2: what a model can learn from. */
#include "vqa/store/exchange.h"
#include "vqa/store/history.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

typedef struct
{
  const char *folder;
  char *images;
  GHashTable *ids; /* picture's hash -> number in the data set, 0: it is missing */
  GString *questions, *annotations, *pictures;
  vqa_lessons *counts;
} lessons_job;

static gboolean
refuse (const char *path, const char *why, GError **error)
{
  g_autofree char *name = g_filename_display_name (path);

  g_set_error (error, VQA_ERROR, VQA_ERROR_FAILED, "%s: %s", name, why);
  return FALSE;
}

static gboolean
make_folders (lessons_job *job, GError **error)
{
  if (g_mkdir (job->folder, 0777) != 0)
    return refuse (job->folder,
                   errno == EEXIST ? "is there already; name a new folder" : g_strerror (errno),
                   error);
  return g_mkdir (job->images, 0777) == 0 || refuse (job->images, g_strerror (errno), error);
}

/* Copies the picture, if it still is the one that was asked about; its number, 0 when it is not. -1
 * on error. */
static gint64
copy_picture (lessons_job *job, const vqa_store_picture *p, GError **error)
{
  g_autoptr (GFile) file = g_path_is_absolute (p->place) ? g_file_new_for_path (p->place)
                                                         : g_file_new_for_uri (p->place);
  g_autofree char *hash = NULL, *name = NULL, *path = NULL;
  g_autoptr (GBytes) bytes = NULL;
  const char *dot = strrchr (p->title, '.');
  gint64 id = job->counts->pictures + 1;
  gboolean plain = dot && strlen (dot) <= 5
                   && strspn (dot + 1, "abcdefghijklmnopqrstuvwxyz") == strlen (dot + 1);

  bytes = *p->place ? g_file_load_bytes (file, NULL, NULL, NULL) : NULL;
  hash = bytes ? g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, bytes) : NULL;
  if (g_strcmp0 (hash, p->hash) != 0)
    return 0;
  name = g_strdup_printf ("%06" G_GINT64_FORMAT "%s", id, plain ? dot : ".jpg");
  path = g_build_filename (job->images, name, NULL);
  if (!g_file_set_contents_full (path, g_bytes_get_data (bytes, NULL),
                                 (gssize)g_bytes_get_size (bytes), G_FILE_SET_CONTENTS_NONE, 0666,
                                 error))
    return -1;
  g_string_append_printf (job->pictures, "%s\n{\"id\":%" G_GINT64_FORMAT ",\"file_name\":\"%s\"}",
                          id > 1 ? "," : "", id, name);
  job->counts->pictures++;
  return id;
}

/* "yes/no", "number" or "other", as in the official annotations. */
static const char *
answer_type (const char *answer)
{
  if (g_ascii_strcasecmp (answer, "yes") == 0 || g_ascii_strcasecmp (answer, "no") == 0)
    return "yes/no";
  return *answer && answer[strspn (answer, "0123456789")] == '\0' ? "number" : "other";
}

static gboolean
add_lesson (lessons_job *job, const vqa_entry *e, GError **error)
{
  const vqa_store_question *q = e->question;
  gint64 *known = g_hash_table_lookup (job->ids, e->picture->hash);
  gint64 image = known ? *known : copy_picture (job, e->picture, error);
  const char *comma = job->counts->questions > 0 ? "," : "";
  guint id;

  if (image < 0)
    return FALSE;
  if (!known)
    g_hash_table_insert (job->ids, g_strdup (e->picture->hash), g_memdup2 (&image, sizeof image));
  if (image == 0)
    {
      job->counts->missing++;
      return TRUE;
    }
  id = ++job->counts->questions;
  g_string_append_printf (
      job->questions,
      "%s\n{\"question_id\":%u,\"image_id\":%" G_GINT64_FORMAT ",\"question\":", comma, id, image);
  vqa_append_json_text (job->questions, q->text);
  g_string_append_c (job->questions, '}');
  g_string_append_printf (job->annotations,
                          "%s\n{\"question_id\":%u,\"image_id\":%" G_GINT64_FORMAT
                          ",\"answer_type\":\"%s\",\"multiple_choice_answer\":",
                          comma, id, image, answer_type (q->correction));
  vqa_append_json_text (job->annotations, q->correction);
  g_string_append (job->annotations, ",\"answers\":[{\"answer_id\":1,\"answer\":");
  vqa_append_json_text (job->annotations, q->correction);
  g_string_append (job->annotations, "}]}");
  return TRUE;
}

static gboolean
write_files (const lessons_job *job, GError **error)
{
  g_autofree char *questions = g_build_filename (job->folder, "questions.json", NULL);
  g_autofree char *annotations = g_build_filename (job->folder, "annotations.json", NULL);
  g_autofree char *first = g_strdup_printf ("{\"questions\":[%s\n],\n\"images\":[%s\n]}\n",
                                            job->questions->str, job->pictures->str);
  g_autofree char *second = g_strdup_printf ("{\"annotations\":[%s\n]}\n", job->annotations->str);

  return g_file_set_contents (questions, first, -1, error)
         && g_file_set_contents (annotations, second, -1, error);
}

gboolean
vqa_store_export_lessons (vqa_store *store, const gint64 *moments, guint n, const char *folder,
                          vqa_lessons *lessons, GError **error)
{
  g_autofree char *images = g_build_filename (folder, "images", NULL);
  g_autoptr (GHashTable) ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (GString) questions = g_string_new (NULL), annotations = g_string_new (NULL),
                      pictures = g_string_new (NULL);
  lessons_job job = { folder, images, ids, questions, annotations, pictures, lessons };
  g_autoptr (GPtrArray) entries = NULL;

  g_return_val_if_fail (store && folder && lessons, FALSE);
  *lessons = (vqa_lessons){ 0 };
  entries = vqa_store_entries (store, moments, n, error);
  if (!entries || !make_folders (&job, error))
    return FALSE;
  for (guint i = 0; i < entries->len; i++)
    {
      const vqa_entry *e = entries->pdata[i];

      /* The layout knows whole pictures alone. */
      if (e->question->correction && e->question->part.width > 0)
        lessons->parts++;
      else if (e->question->correction && !add_lesson (&job, e, error))
        return FALSE;
    }
  return write_files (&job, error);
}
