/* regard-cli ask FOLDER: one question about every picture of a folder. */
#include "vqa/cli/ask_folder.h"

#include "vqa/data/pictures.h"
#include "vqa/run/stop.h"
#include "vqa/store/collections.h"

#include <unistd.h>

static void
tell_progress (guint done, guint all)
{
  if (isatty (STDERR_FILENO))
    g_printerr (done < all ? "\r%u of %u pictures" : "\r%u of %u pictures\n", done, all);
}

/* Asks until all are asked or the person stops it. */
static void
ask_all (vqa_model *m, const GPtrArray *files, vqa_collection *c)
{
  for (guint i = 0; i < files->len && !vqa_stop_asked (NULL, "%s", ""); i++)
    {
      vqa_collected *p = vqa_collect (m, files->pdata[i], c->question, c->by, 0, NULL);
      if (p->error != NULL)
        g_printerr ("%s\n", p->error);
      g_ptr_array_add (c->pictures, p);
      tell_progress (i + 1, files->len);
    }
  vqa_collection_sort (c);
}

static void
print_table (const vqa_collection *c)
{
  guint width = 0;

  for (guint i = 0; i < c->pictures->len; i++)
    {
      const vqa_collected *p = c->pictures->pdata[i];
      width = MAX (width, p->answer != NULL ? (guint)g_utf8_strlen (p->answer, -1) : 0);
    }
  if (c->by != NULL)
    g_print ("By the probability of “%s”:\n", c->by);
  for (guint i = 0; i < c->pictures->len; i++)
    {
      const vqa_collected *p = c->pictures->pdata[i];
      int padding = p->answer != NULL ? (int)(width - g_utf8_strlen (p->answer, -1)) : 0;
      if (p->error == NULL)
        g_print ("%6.1f %%  %s%*s  %s\n", 100.0 * p->measure, p->answer, padding, "", p->place);
    }
}

static gboolean
write_file (const vqa_collection *c, const cli_folder_options *o, GError **error)
{
  g_autoptr (GBytes) bytes = vqa_collection_export (c, o->format);

  return cli_write_file (o->output, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes),
                         error);
}

static int
report (const vqa_collection *c, const cli_folder_options *options)
{
  GError *error = NULL;

  if (options->output != NULL && !write_file (c, options, &error))
    return cli_fail (error);
  if (options->json)
    {
      g_autoptr (GBytes) bytes = vqa_collection_export (c, VQA_EXPORT_JSON);
      g_print ("%.*s", (int)g_bytes_get_size (bytes), (const char *)g_bytes_get_data (bytes, NULL));
    }
  else if (options->output == NULL)
    print_table (c);
  return cli_finish ();
}

/* Nothing came of it at all. */
static gboolean
all_failed (const vqa_collection *c)
{
  for (guint i = 0; i < c->pictures->len; i++)
    if (((const vqa_collected *)c->pictures->pdata[i])->error == NULL)
      return FALSE;
  return c->pictures->len > 0;
}

static gboolean
choose_measure (vqa_model *m, const char *question, const char *wanted, char **by, GError **error)
{
  if (wanted == NULL)
    return vqa_collection_measure (m, question, by, error);
  *by = g_strdup (wanted);
  if (vqa_model_answers (m, wanted))
    return TRUE;
  g_set_error (error, VQA_ERROR, VQA_ERROR_MODEL,
               "--by %s: this is none of the answers of the model %s", wanted,
               vqa_model_get_info (m)->name);
  return FALSE;
}

static GPtrArray *
list_pictures (const char *folder, gboolean recursive, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (folder);
  g_autoptr (GPtrArray) unread = NULL, files = NULL;

  files = vqa_pictures_list (file, recursive, &unread, NULL, error);
  for (guint i = 0; unread != NULL && i < unread->len; i++)
    g_printerr ("%s\n", (const char *)unread->pdata[i]);
  if (files == NULL || files->len > 0)
    return g_steal_pointer (&files);
  g_set_error (error, VQA_ERROR, VQA_ERROR_DATA, "%s: no pictures in this folder%s", folder,
               recursive ? "" : "; --recursive looks into the folders in it, too");
  return NULL;
}

int
cli_ask_folder (const cli_folder_options *options, const char *folder, const char *question)
{
  GError *error = NULL;
  g_autofree char *checked = vqa_question_check (question, -1, &error), *by = NULL;
  g_autofree char *shown = g_filename_display_name (folder);
  g_autoptr (GPtrArray) files = NULL;
  g_autoptr (vqa_model) m = NULL;
  g_autoptr (vqa_collection) c = NULL;
  int status;

  if (checked != NULL && (options->output == NULL || cli_check_output (options->output, &error)))
    files = list_pictures (folder, options->recursive, &error);
  if (files != NULL)
    m = vqa_model_load (options->model != NULL ? options->model : CLI_DEFAULT_MODEL, &error);
  if (m == NULL || !choose_measure (m, checked, options->by, &by, &error))
    return cli_fail (error);
  vqa_model_hash (m);
  c = vqa_collection_new (shown, options->recursive, checked, by, vqa_model_get_info (m));
  vqa_stop_listen ();
  ask_all (m, files, c);
  status = report (c, options);
  if (c->pictures->len == files->len)
    return status == CLI_DONE && all_failed (c) ? CLI_FAILED : status;
  g_printerr ("stopped after %u of %u pictures\n", c->pictures->len, files->len);
  return CLI_STOPPED;
}
