/* The history for other programs and other libraries: JSON, CSV, Markdown. Written as it is read, a
 * few questions at a time. */
#include "vqa/store/history.h"
#include "vqa/store/exchange.h"
#include "vqa/store/store-private.h"

#include <string.h>

#define AT_ONCE 256 /* questions in memory */

gboolean
vqa_export_format_parse (const char *name, vqa_export_format *format)
{
  static const struct
  {
    const char *name;
    vqa_export_format format;
  } table[] = { { "json", VQA_EXPORT_JSON },
                { "csv", VQA_EXPORT_CSV },
                { "markdown", VQA_EXPORT_MARKDOWN },
                { "md", VQA_EXPORT_MARKDOWN } };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    if (g_ascii_strcasecmp (name, table[i].name) == 0)
      {
        *format = table[i].format;
        return TRUE;
      }
  return FALSE;
}

/* ---- pieces ------------------------------------------------------------------------------ */

void
vqa_append_json_number (GString *out, double value)
{
  char digits[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append (out, g_ascii_dtostr (digits, sizeof digits, value));
}

void
vqa_append_json_text (GString *out, const char *text)
{
  g_autofree char *valid = NULL;

  if (!text)
    {
      g_string_append (out, "null");
      return;
    }
  valid = g_utf8_make_valid (text, -1);
  g_string_append_c (out, '"');
  for (const char *at = valid; *at; at++)
    if (*at == '"' || *at == '\\')
      g_string_append_printf (out, "\\%c", *at);
    else if (*at == '\n')
      g_string_append (out, "\\n");
    else if ((guchar)*at < 0x20 || *at == 0x7f)
      g_string_append_printf (out, "\\u%04x", (guchar)*at);
    else
      g_string_append_c (out, *at);
  g_string_append_c (out, '"');
}

static void
append_member (GString *out, const char *name, const char *text)
{
  g_string_append_printf (out, ",\"%s\":", name);
  vqa_append_json_text (out, text);
}

char *
vqa_date_text (gint64 moment)
{
  g_autoptr (GDateTime) t = g_date_time_new_from_unix_utc (moment / G_USEC_PER_SEC);

  return t ? g_date_time_format (t, "%Y-%m-%dT%H:%M:%SZ") : g_strdup ("");
}

/* ---- JSON -------------------------------------------------------------------------------- */

static void
append_answers (GString *out, const char *name, const vqa_answer *answers, guint n)
{
  g_string_append_printf (out, ",\"%s\":[", name);
  for (guint i = 0; i < n; i++)
    {
      g_string_append (out, i ? ",{\"answer\":" : "{\"answer\":");
      vqa_append_json_text (out, answers[i].answer);
      g_string_append (out, ",\"probability\":");
      vqa_append_json_number (out, answers[i].probability);
      g_string_append_c (out, '}');
    }
  g_string_append_c (out, ']');
}

static void
json_question (GString *out, const vqa_entry *e)
{
  const vqa_store_question *q = e->question;
  g_autofree char *part = vqa_region_text (&q->part);
  const vqa_reply *r = q->reply;

  g_string_append_printf (out, "{\"picture\":\"%s\"", e->picture->hash);
  append_member (out, "model", q->model_hash);
  append_member (out, "question", q->text);
  if (q->part.width > 0)
    append_member (out, "part", part);
  g_string_append_printf (out, ",\"asked\":%" G_GINT64_FORMAT ",\"confident\":%s", q->asked,
                          r->confident ? "true" : "false");
  g_string_append (out, ",\"milliseconds\":");
  vqa_append_json_number (out, r->milliseconds);
  g_string_append (out, ",\"unknown_words\":[");
  for (char **w = r->unknown_words; w && *w; w++)
    {
      if (w != r->unknown_words)
        g_string_append_c (out, ',');
      vqa_append_json_text (out, *w);
    }
  g_string_append_c (out, ']');
  append_answers (out, "answers", r->answers, r->n_answers);
  append_answers (out, "blind", r->blind, r->n_blind);
  append_member (out, "correction", q->correction);
  g_string_append_printf (out, ",\"corrected\":%" G_GINT64_FORMAT ",\"pinned\":%s}", q->corrected,
                          q->pinned ? "true" : "false");
}

static void
json_picture (GString *out, const vqa_store_picture *p, GBytes *thumbnail)
{
  g_string_append_printf (out, "{\"hash\":\"%s\"", p->hash);
  append_member (out, "place", p->place);
  append_member (out, "title", p->title);
  g_string_append_printf (out, ",\"width\":%d,\"height\":%d,\"opened\":%" G_GINT64_FORMAT, p->width,
                          p->height, p->opened);
  g_string_append (out, ",\"thumbnail\":");
  if (thumbnail)
    {
      gsize size;
      const guchar *data = g_bytes_get_data (thumbnail, &size);
      g_autofree char *text = g_base64_encode (data, size);

      g_string_append_printf (out, "\"%s\"}", text);
    }
  else
    g_string_append (out, "null}");
}

static void
json_model (GString *out, const vqa_store_question *q)
{
  g_string_append (out, "{\"hash\":");
  vqa_append_json_text (out, q->model_hash);
  append_member (out, "name", q->model_name);
  append_member (out, "title", q->model_title);
  append_member (out, "path", q->model_path);
  g_string_append_c (out, '}');
}

/* ---- CSV --------------------------------------------------------------------------------- */

void
vqa_append_csv (GString *out, const char *text)
{
  if (out->len > 0)
    g_string_append_c (out, ',');
  if (!strpbrk (text, ",\"\r\n"))
    {
      g_string_append (out, text);
      return;
    }
  g_string_append_c (out, '"');
  for (const char *at = text; *at; at++)
    {
      if (*at == '"')
        g_string_append_c (out, '"');
      g_string_append_c (out, *at);
    }
  g_string_append_c (out, '"');
}

void
vqa_append_csv_number (GString *out, double value)
{
  char digits[G_ASCII_DTOSTR_BUF_SIZE];

  vqa_append_csv (out, g_ascii_formatd (digits, sizeof digits, "%.6g", value));
}

static void
csv_head (GString *out)
{
  g_string_append (out, "asked,picture,place,question,part,answer,probability,confident,correction,"
                        "blind_answer,blind_probability,other_answers,model,pinned,milliseconds,"
                        "picture_hash,model_hash\r\n");
}

static void
csv_answer (GString *out, const vqa_answer *answers, guint n)
{
  vqa_append_csv (out, n > 0 ? answers[0].answer : "");
  if (n > 0)
    vqa_append_csv_number (out, answers[0].probability);
  else
    vqa_append_csv (out, "");
}

/* "cat 0.125; fox 0.0625": the answers after the best one. */
static void
csv_others (GString *out, const vqa_reply *r)
{
  g_autoptr (GString) text = g_string_new (NULL);
  char digits[G_ASCII_DTOSTR_BUF_SIZE];

  for (guint i = 1; i < r->n_answers; i++)
    g_string_append_printf (
        text, "%s%s %s", i > 1 ? "; " : "", r->answers[i].answer,
        g_ascii_formatd (digits, sizeof digits, "%.6g", r->answers[i].probability));
  vqa_append_csv (out, text->str);
}

static void
csv_question (GString *out, const vqa_entry *e)
{
  const vqa_store_question *q = e->question;
  const vqa_reply *r = q->reply;
  g_autofree char *asked = vqa_date_text (q->asked), *part = vqa_region_text (&q->part);
  g_autoptr (GString) line = g_string_new (NULL);

  vqa_append_csv (line, asked);
  vqa_append_csv (line, e->picture->title);
  vqa_append_csv (line, e->picture->place);
  vqa_append_csv (line, q->text);
  vqa_append_csv (line, part);
  csv_answer (line, r->answers, r->n_answers);
  vqa_append_csv (line, r->confident ? "true" : "false");
  vqa_append_csv (line, q->correction ? q->correction : "");
  csv_answer (line, r->blind, r->n_blind);
  csv_others (line, r);
  vqa_append_csv (line, q->model_name);
  vqa_append_csv (line, q->pinned ? "true" : "false");
  vqa_append_csv_number (line, r->milliseconds);
  vqa_append_csv (line, e->picture->hash);
  vqa_append_csv (line, q->model_hash);
  g_string_append_printf (out, "%s\r\n", line->str);
}

/* ---- Markdown ---------------------------------------------------------------------------- */

void
vqa_append_markdown (GString *out, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);

  for (const char *at = valid; *at; at++)
    {
      if (strchr ("\\`*_{}[]<>()#+-.!|~&", *at))
        g_string_append_c (out, '\\');
      g_string_append_c (out, (guchar)*at < 0x20 ? ' ' : *at);
    }
}

static void
markdown_answers (GString *out, const vqa_answer *answers, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      char digits[G_ASCII_DTOSTR_BUF_SIZE];

      g_string_append (out, i ? ", " : "");
      vqa_append_markdown (out, answers[i].answer);
      g_string_append_printf (
          out, " %s %%",
          g_ascii_formatd (digits, sizeof digits, "%.1f", 100 * answers[i].probability));
    }
}

/* picture: the hash of the one written before, so that its heading stands once. */
static void
markdown_question (GString *out, const vqa_entry *e, char **picture)
{
  const vqa_store_question *q = e->question;
  const vqa_reply *r = q->reply;
  g_autofree char *asked = vqa_date_text (q->asked), *part = vqa_region_text (&q->part);

  if (g_strcmp0 (*picture, e->picture->hash) != 0)
    {
      g_free (*picture);
      *picture = g_strdup (e->picture->hash);
      g_string_append (out, "\n## ");
      vqa_append_markdown (out, e->picture->title);
      g_string_append (out, "\n\n");
      vqa_append_markdown (out, e->picture->place);
      g_string_append (out, "\n");
    }
  g_string_append (out, "\n**");
  vqa_append_markdown (out, q->text);
  g_string_append (out, "**");
  if (q->part.width > 0)
    g_string_append_printf (out, " (of the part %s)", part);
  g_string_append (out, r->confident ? "  \n" : " (not sure)  \n");
  markdown_answers (out, r->answers, r->n_answers);
  if (q->correction)
    {
      g_string_append (out, "  \nRight answer: **");
      vqa_append_markdown (out, q->correction);
      g_string_append (out, "**");
    }
  if (r->n_blind > 0)
    {
      g_string_append (out, "  \nWithout looking: ");
      markdown_answers (out, r->blind, 1);
    }
  g_string_append (out, "  \nModel ");
  vqa_append_markdown (out, q->model_name);
  g_string_append_printf (out, ", %s\n", asked);
}

/* ---- all of it --------------------------------------------------------------------------- */

typedef struct
{
  vqa_store *store;
  vqa_export_format format;
  GOutputStream *stream;
  GCancellable *cancellable;
  GString *out;
  char *picture; /* the last one of Markdown */
  gboolean more; /* JSON: something stands before in this list */
} export_job;

static gboolean
flush (export_job *job, GError **error)
{
  gboolean good = g_output_stream_write_all (job->stream, job->out->str, job->out->len, NULL,
                                             job->cancellable, error);

  g_string_truncate (job->out, 0);
  return good;
}

/* JSON: a comma between the elements of a list. */
static void
separate (export_job *job)
{
  g_string_append (job->out, job->more ? ",\n" : "\n");
  job->more = TRUE;
}

/* Calls `write` for the questions of `moments`, a few at a time. */
static gboolean
each (export_job *job, const GArray *moments, void (*write) (export_job *, const vqa_entry *),
      GError **error)
{
  for (guint from = 0; from < moments->len; from += AT_ONCE)
    {
      g_autoptr (GPtrArray) list
          = vqa_store_entries (job->store, &g_array_index (moments, gint64, from),
                               MIN (AT_ONCE, moments->len - from), error);

      for (guint i = 0; list && i < list->len; i++)
        write (job, list->pdata[i]);
      if (!list || !flush (job, error))
        return FALSE;
    }
  return TRUE;
}

static void
write_question (export_job *job, const vqa_entry *e)
{
  switch (job->format)
    {
    case VQA_EXPORT_JSON:
      separate (job);
      json_question (job->out, e);
      break;
    case VQA_EXPORT_CSV:
      csv_question (job->out, e);
      break;
    case VQA_EXPORT_MARKDOWN:
      markdown_question (job->out, e, &job->picture);
      break;
    }
}

/* The pictures of `ids` (a set), or with NULL all there are, last opened first. */
static gboolean
write_pictures (export_job *job, GHashTable *ids, GError **error)
{
  g_autoptr (GPtrArray) list = vqa_store_pictures (job->store, G_MAXUINT32, error);

  for (guint i = 0; list && i < list->len; i++)
    {
      const vqa_store_picture *p = list->pdata[i];

      if (ids && !g_hash_table_contains (ids, &p->id))
        continue;
      separate (job);
      json_picture (job->out, p, p->thumbnail);
      if (job->out->len > 1 << 20 && !flush (job, error))
        return FALSE;
    }
  return list != NULL;
}

/* The lists that the questions refer to. */
static gboolean
write_json_lists (export_job *job, const GArray *moments, gboolean all, GError **error)
{
  g_autoptr (GHashTable) pictures
      = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  g_autoptr (GHashTable) models = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GString) list = g_string_new (NULL);

  for (guint from = 0; from < moments->len; from += AT_ONCE)
    {
      g_autoptr (GPtrArray) some
          = vqa_store_entries (job->store, &g_array_index (moments, gint64, from),
                               MIN (AT_ONCE, moments->len - from), error);

      if (!some)
        return FALSE;
      for (guint i = 0; i < some->len; i++)
        {
          const vqa_entry *e = some->pdata[i];

          g_hash_table_add (pictures, g_memdup2 (&e->picture->id, sizeof e->picture->id));
          if (!g_hash_table_add (models, g_strdup (e->question->model_hash)))
            continue;
          g_string_append (list, list->len ? ",\n" : "\n");
          json_model (list, e->question);
        }
    }
  g_string_append (job->out, "{\"format\":\"regard-history\",\"version\":1,\n\"pictures\":[");
  job->more = FALSE;
  if (!write_pictures (job, all ? NULL : pictures, error))
    return FALSE;
  g_string_append_printf (job->out, "],\n\"models\":[%s],\n\"questions\":[", list->str);
  job->more = FALSE;
  return TRUE;
}

static gboolean
write_all (export_job *job, const GArray *moments, gboolean all, GError **error)
{
  if (job->format == VQA_EXPORT_JSON && !write_json_lists (job, moments, all, error))
    return FALSE;
  if (job->format == VQA_EXPORT_CSV)
    csv_head (job->out);
  if (job->format == VQA_EXPORT_MARKDOWN)
    g_string_append (job->out, "# Questions and Answers\n");
  if (!each (job, moments, write_question, error))
    return FALSE;
  if (job->format == VQA_EXPORT_JSON)
    g_string_append (job->out, "]}\n");
  return flush (job, error);
}

gboolean
vqa_store_export (vqa_store *store, const gint64 *moments, guint n, vqa_export_format format,
                  GOutputStream *stream, GCancellable *cancellable, GError **error)
{
  static const vqa_filter everything = { 0 };
  export_job job
      = { .store = store, .format = format, .stream = stream, .cancellable = cancellable };
  g_autoptr (GArray) list = NULL;
  gboolean good;

  g_return_val_if_fail (store && G_IS_OUTPUT_STREAM (stream), FALSE);
  if (moments)
    {
      list = g_array_new (FALSE, FALSE, sizeof (gint64));
      g_array_append_vals (list, moments, n);
    }
  else
    list = vqa_store_find (store, &everything, error);
  if (!list)
    return FALSE;
  job.out = g_string_new (NULL);
  /* In one transaction, so that the lists fit each other whatever another program writes. */
  good = vqa_store_run (store, "BEGIN", "export the history", error)
         && write_all (&job, list, moments == NULL, error);
  sqlite3_exec (store->db, "ROLLBACK", NULL, NULL, NULL);
  g_string_free (job.out, TRUE);
  g_free (job.picture);
  return good;
}

/* Where the stream of a file that is not there yet writes, which is then moved to its place: GIO
 * would write to the place itself. NULL: GIO writes beside the old file by itself, or the folder is
 * none of this computer's and has to be trusted. */
static GFile *
place_beside (GFile *file)
{
  g_autofree char *path = g_file_get_path (file);
  g_autofree char *beside = NULL;

  if (path == NULL || g_file_test (path, G_FILE_TEST_EXISTS))
    return NULL;
  beside = g_strdup_printf ("%s.%08x.part", path, g_random_int ());
  return g_file_new_for_path (beside);
}

gboolean
vqa_replace_file (GFile *file, vqa_write_stream write, gpointer data, GError **error)
{
  g_autoptr (GFile) beside = place_beside (file);
  g_autoptr (GCancellable) drop = g_cancellable_new ();
  g_autoptr (GFileOutputStream) stream = g_file_replace (beside != NULL ? beside : file, NULL,
                                                         FALSE, G_FILE_CREATE_NONE, NULL, error);

  if (stream == NULL)
    return FALSE;
  if (write (G_OUTPUT_STREAM (stream), data, error)
      && g_output_stream_close (G_OUTPUT_STREAM (stream), NULL, error)
      && (beside == NULL
          || g_file_move (beside, file, G_FILE_COPY_OVERWRITE, NULL, NULL, NULL, error)))
    return TRUE;
  /* Closed while cancelled, the stream leaves an older file as it was. */
  g_cancellable_cancel (drop);
  g_output_stream_close (G_OUTPUT_STREAM (stream), drop, NULL);
  if (beside != NULL)
    g_file_delete (beside, NULL, NULL);
  return FALSE;
}

/* What vqa_store_export() takes. */
typedef struct
{
  vqa_store *store;
  const gint64 *moments;
  guint n;
  vqa_export_format format;
} export_order;

static gboolean
write_export (GOutputStream *stream, gpointer data, GError **error)
{
  const export_order *o = data;

  return vqa_store_export (o->store, o->moments, o->n, o->format, stream, NULL, error);
}

gboolean
vqa_store_export_file (vqa_store *store, const gint64 *moments, guint n, vqa_export_format format,
                       GFile *file, GError **error)
{
  export_order order = { store, moments, n, format };

  return vqa_replace_file (file, write_export, &order, error);
}
