/* A collection for other programs and for people to read. */
#include "vqa/store/collections.h"
#include "vqa/store/exchange.h"

static void
json_member (GString *out, const char *name, const char *text)
{
  g_string_append_printf (out, "\"%s\":", name);
  vqa_append_json_text (out, text);
}

static void
json_picture (GString *out, const vqa_collection *c, const vqa_collected *p)
{
  g_string_append (out, "{");
  json_member (out, "picture", p->title);
  g_string_append (out, ",");
  json_member (out, "place", p->place);
  g_string_append (out, ",");
  if (p->error)
    json_member (out, "error", p->error);
  else
    {
      json_member (out, "answer", p->answer);
      g_string_append (out, ",\"probability\":");
      vqa_append_json_number (out, p->probability);
      if (c->by)
        {
          g_string_append (out, ",\"by_probability\":");
          vqa_append_json_number (out, p->measure);
        }
      g_string_append_printf (out, ",\"confident\":%s,", p->confident ? "true" : "false");
      json_member (out, "hash", p->hash);
    }
  g_string_append (out, "}");
}

static void
write_json (GString *out, const vqa_collection *c)
{
  g_autofree char *asked = vqa_date_text (c->asked);
  static const char *const separators[] = { ",", "" };

  g_string_append (out, "{");
  json_member (out, "folder", c->folder);
  g_string_append_printf (out, ",\"recursive\":%s,", c->deep ? "true" : "false");
  json_member (out, "question", c->question);
  g_string_append (out, ",");
  json_member (out, "by", c->by);
  g_string_append (out, ",");
  json_member (out, "model", c->model_name);
  g_string_append (out, ",");
  json_member (out, "model_hash", c->model_hash);
  g_string_append (out, ",");
  json_member (out, "asked", asked);
  g_string_append (out, ",\"pictures\":[");
  for (guint i = 0; i < c->pictures->len; i++)
    {
      json_picture (out, c, c->pictures->pdata[i]);
      g_string_append (out, separators[i + 1 == c->pictures->len]);
    }
  g_string_append (out, "]}\n");
}

static void
write_csv (GString *out, const vqa_collection *c)
{
  g_string_append (out, "picture,place,answer,probability,by,by_probability,confident,error,"
                        "question,model,picture_hash\r\n");
  for (guint i = 0; i < c->pictures->len; i++)
    {
      const vqa_collected *p = c->pictures->pdata[i];
      g_autoptr (GString) line = g_string_new (NULL);

      vqa_append_csv (line, p->title);
      vqa_append_csv (line, p->place);
      vqa_append_csv (line, p->answer ? p->answer : "");
      if (p->error)
        vqa_append_csv (line, "");
      else
        vqa_append_csv_number (line, p->probability);
      vqa_append_csv (line, c->by ? c->by : "");
      if (p->error || !c->by)
        vqa_append_csv (line, "");
      else
        vqa_append_csv_number (line, p->measure);
      vqa_append_csv (line, p->error ? "" : p->confident ? "true" : "false");
      vqa_append_csv (line, p->error ? p->error : "");
      vqa_append_csv (line, c->question);
      vqa_append_csv (line, c->model_name);
      vqa_append_csv (line, p->hash ? p->hash : "");
      g_string_append_printf (out, "%s\r\n", line->str);
    }
}

static void
markdown_percent (GString *out, double probability)
{
  char digits[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append_printf (out, " | %s %%",
                          g_ascii_formatd (digits, sizeof digits, "%.1f", 100 * probability));
}

static void
write_markdown (GString *out, const vqa_collection *c)
{
  g_autofree char *asked = vqa_date_text (c->asked);

  g_string_append (out, "# ");
  vqa_append_markdown (out, c->question);
  g_string_append (out, "\n\n");
  vqa_append_markdown (out, c->folder);
  g_string_append_printf (out, "  \n%s, ", asked);
  vqa_append_markdown (out, c->model_name);
  g_string_append (out, "\n\n| Picture | Answer | Probability |");
  if (c->by)
    {
      g_string_append (out, " of ");
      vqa_append_markdown (out, c->by);
      g_string_append (out, " |");
    }
  g_string_append_printf (out, "\n|---|---|---:|%s\n", c->by ? "---:|" : "");
  for (guint i = 0; i < c->pictures->len; i++)
    {
      const vqa_collected *p = c->pictures->pdata[i];

      g_string_append (out, "| ");
      vqa_append_markdown (out, p->title);
      g_string_append (out, " | ");
      vqa_append_markdown (out, p->error ? p->error : p->answer);
      if (!p->error && !p->confident)
        g_string_append (out, " (not sure)");
      if (p->error)
        g_string_append (out, c->by ? " | |" : " |");
      else
        {
          markdown_percent (out, p->probability);
          if (c->by)
            markdown_percent (out, p->measure);
        }
      g_string_append (out, " |\n");
    }
}

GBytes *
vqa_collection_export (const vqa_collection *c, vqa_export_format format)
{
  GString *out = g_string_new (NULL);

  g_return_val_if_fail (c && c->pictures, NULL);
  switch (format)
    {
    case VQA_EXPORT_JSON:
      write_json (out, c);
      break;
    case VQA_EXPORT_CSV:
      write_csv (out, c);
      break;
    case VQA_EXPORT_MARKDOWN:
      write_markdown (out, c);
      break;
    }
  return g_string_free_to_bytes (out);
}

static gboolean
write_bytes (GOutputStream *stream, gpointer data, GError **error)
{
  gsize size;
  gconstpointer bytes = g_bytes_get_data (data, &size);

  return g_output_stream_write_all (stream, bytes, size, NULL, NULL, error);
}

gboolean
vqa_collection_export_file (const vqa_collection *c, vqa_export_format format, GFile *file,
                            GError **error)
{
  g_autoptr (GBytes) bytes = vqa_collection_export (c, format);

  return vqa_replace_file (file, write_bytes, bytes, error);
}
