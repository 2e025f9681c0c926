#include "vqa/data/made.h"

void
vqa_made_free (gpointer data)
{
  vqa_made *m = data;
  g_free (m->question);
  g_free (m->answer);
  g_free (m);
}

gboolean
vqa_source_is_made (const char *source)
{
  static const char *const made[] = { VQA_MADE_FOLDERS,
                                      VQA_MADE_CLASSES,
                                      VQA_MADE_BOXES,
                                      VQA_MADE_DETECTIONS,
                                      VQA_MADE_CAPTIONS,
                                      VQA_MADE_SCENES,
                                      NULL };
  return source != NULL && g_strv_contains (made, source);
}

vqa_maker
vqa_maker_new (const char *source)
{
  return (vqa_maker){ g_ptr_array_new_with_free_func (vqa_made_free),
                      g_hash_table_new (g_str_hash, g_str_equal), source };
}

void
vqa_maker_ask (vqa_maker *maker, const char *answer, const char *format, ...)
{
  va_list arguments;
  vqa_made *m = g_new0 (vqa_made, 1);

  va_start (arguments, format);
  m->question = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  m->answer = g_strdup (answer);
  m->source = maker->source;
  if (g_hash_table_contains (maker->asked, m->question))
    {
      vqa_made_free (m);
      return;
    }
  g_hash_table_add (maker->asked, m->question);
  g_ptr_array_add (maker->made, m);
}

GPtrArray *
vqa_maker_finish (vqa_maker *m)
{
  g_hash_table_unref (m->asked);
  return m->made;
}
