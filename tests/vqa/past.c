#include "tests/vqa/past.h"

#include <criterion/criterion.h>
#include <string.h>

char *
past_hash (char digit)
{
  return g_strnfill (64, digit);
}

gint64
past_picture (vqa_store *store, char digit, const char *title)
{
  g_autofree char *hash = past_hash (digit), *place = g_strconcat ("/photos/", title, NULL);
  g_autoptr (GError) error = NULL;
  gint64 id = vqa_store_add_picture (store, hash, place, title, 640, 427, NULL, &error);

  cr_assert (id > 0, "%s", error ? error->message : "");
  return id;
}

gint64
past_ask (vqa_store *store, gint64 picture, const char *model, const char *text,
          const char *answers)
{
  return past_ask_part (store, picture, model, text, "", answers);
}

gint64
past_ask_part (vqa_store *store, gint64 picture, const char *model, const char *text,
               const char *part, const char *answers)
{
  g_autofree char *hash = g_strconcat (model, "-hash", NULL);
  vqa_model_info info = { .name = (char *)model,
                          .title = (char *)"A \"model\", titled",
                          .path = (char *)"/models/x.safetensors",
                          .hash = hash };
  g_auto (GStrv) words = g_strsplit (answers, "|", 8);
  vqa_answer seen[8], blind[] = { { (char *)"no", 0.7 } };
  char *unknown[] = { (char *)"borzoi", NULL };
  vqa_reply reply = { g_strv_length (words), seen, 1, blind, unknown, TRUE, 7.1, NULL };
  g_autoptr (GError) error = NULL;
  vqa_region region;
  gint64 id;

  cr_assert (vqa_region_parse (part, &region, NULL));
  for (guint i = 0; i < reply.n_answers; i++)
    seen[i] = (vqa_answer){ words[i], 1.0 / (double)(2u << i) + 1e-9 };
  id = vqa_store_add_question (store, picture, &info, text, &region, &reply, &error);
  cr_assert (id > 0, "%s", error ? error->message : "");
  return id;
}

char *
past_find (vqa_store *store, const vqa_filter *filter)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) moments = vqa_store_find (store, filter, &error);
  g_autoptr (GPtrArray) list = NULL;
  GString *text = g_string_new (NULL);

  cr_assert (moments, "%s", error ? error->message : "");
  list = vqa_store_entries (store, (const gint64 *)(const void *)moments->data, moments->len,
                            &error);
  cr_assert (list, "%s", error ? error->message : "");
  cr_assert_eq (list->len, moments->len);
  for (guint i = 0; i < list->len; i++)
    g_string_append_printf (text, "%s%s", i ? "|" : "",
                            ((const vqa_entry *)list->pdata[i])->question->text);
  return g_string_free (text, FALSE);
}

char *
past_search (vqa_store *store, const char *words)
{
  return past_find (store, &(vqa_filter){ .words = words });
}

char *
past_export (vqa_store *store, vqa_export_format format)
{
  g_autoptr (GOutputStream) stream = g_memory_output_stream_new_resizable ();
  g_autoptr (GError) error = NULL;

  cr_assert (vqa_store_export (store, NULL, 0, format, stream, NULL, &error), "%s",
             error ? error->message : "");
  cr_assert (g_output_stream_write_all (stream, "", 1, NULL, NULL, NULL));
  cr_assert (g_output_stream_close (stream, NULL, NULL));
  return g_memory_output_stream_steal_data (G_MEMORY_OUTPUT_STREAM (stream));
}
