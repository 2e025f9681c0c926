#include "vqa/model/collection.h"

#include "vqa/data/pictures.h"
#include "vqa/model/model-private.h"

#include <string.h>

vqa_collection *
vqa_collection_new (const char *folder, gboolean deep, const char *question, const char *by,
                    const vqa_model_info *model)
{
  vqa_collection *c = g_new0 (vqa_collection, 1);

  c->folder = g_strdup (folder);
  c->deep = deep;
  c->question = g_strdup (question);
  c->by = g_strdup (by);
  c->model_name = g_strdup (model->name);
  c->model_title = g_strdup (model->title);
  c->model_hash = g_strdup (model->hash);
  c->model_path = g_strdup (model->path);
  c->asked = g_get_real_time ();
  c->pictures = g_ptr_array_new_with_free_func ((GDestroyNotify)vqa_collected_free);
  return c;
}

vqa_collection *
vqa_collection_copy (const vqa_collection *c)
{
  vqa_collection *copy = g_memdup2 (c, sizeof *c);

  copy->folder = g_strdup (c->folder);
  copy->question = g_strdup (c->question);
  copy->by = g_strdup (c->by);
  copy->model_name = g_strdup (c->model_name);
  copy->model_title = g_strdup (c->model_title);
  copy->model_hash = g_strdup (c->model_hash);
  copy->model_path = g_strdup (c->model_path);
  copy->pictures = g_ptr_array_new_with_free_func ((GDestroyNotify)vqa_collected_free);
  for (guint i = 0; i < c->pictures->len; i++)
    g_ptr_array_add (copy->pictures, vqa_collected_copy (c->pictures->pdata[i]));
  return copy;
}

void
vqa_collection_free (vqa_collection *c)
{
  if (c == NULL)
    return;
  g_free (c->folder);
  g_free (c->question);
  g_free (c->by);
  g_free (c->model_name);
  g_free (c->model_title);
  g_free (c->model_hash);
  g_free (c->model_path);
  g_clear_pointer (&c->pictures, g_ptr_array_unref);
  g_free (c);
}

void
vqa_collected_free (vqa_collected *p)
{
  if (p == NULL)
    return;
  g_free (p->place);
  g_free (p->title);
  g_free (p->hash);
  g_free (p->error);
  g_free (p->answer);
  g_free (p);
}

vqa_collected *
vqa_collected_copy (const vqa_collected *p)
{
  vqa_collected *copy = g_memdup2 (p, sizeof *p);

  copy->place = g_strdup (p->place);
  copy->title = g_strdup (p->title);
  copy->hash = g_strdup (p->hash);
  copy->error = g_strdup (p->error);
  copy->answer = g_strdup (p->answer);
  return copy;
}

gboolean
vqa_model_answers (const vqa_model *m, const char *answer)
{
  const GPtrArray *answers = m->contents->answers;

  for (guint i = 0; i < answers->len; i++)
    if (strcmp (answers->pdata[i], answer) == 0)
      return TRUE;
  return FALSE;
}

gboolean
vqa_collection_measure (vqa_model *m, const char *question, char **by, GError **error)
{
  gsize size = (gsize)vqa_model_get_info (m)->side * vqa_model_get_info (m)->side * 3;
  g_autofree guint8 *grey = g_malloc (size);
  g_autoptr (vqa_reply) reply = NULL;
  const char *likely;

  memset (grey, 128, size);
  *by = NULL;
  reply = vqa_model_ask (m, grey, NULL, question, 1, error);
  if (reply == NULL)
    return FALSE;
  likely = reply->n_blind > 0 ? reply->blind[0].answer : "";
  if ((strcmp (likely, "yes") == 0 || strcmp (likely, "no") == 0) && vqa_model_answers (m, "yes"))
    *by = g_strdup ("yes");
  return TRUE;
}

static vqa_collected *
begin (GFile *file)
{
  vqa_collected *p = g_new0 (vqa_collected, 1);
  const char *path = g_file_peek_path (file);
  g_autofree char *name = g_file_get_basename (file);

  /* A path may hold any bytes; libraries and windows want text, which a URI is. */
  p->place
      = path != NULL && g_utf8_validate (path, -1, NULL) ? g_strdup (path) : g_file_get_uri (file);
  p->title = g_filename_display_name (name);
  return p;
}

static void
take_answers (vqa_collected *p, const vqa_reply *reply, const char *by)
{
  p->answer = g_strdup (reply->answers[0].answer);
  p->probability = p->measure = reply->answers[0].probability;
  p->confident = reply->confident;
  if (by == NULL)
    return;
  p->measure = 0;
  for (guint i = 0; i < reply->n_answers; i++)
    if (strcmp (reply->answers[i].answer, by) == 0)
      p->measure = reply->answers[i].probability;
}

vqa_collected *
vqa_collect (vqa_model *m, GFile *file, const char *question, const char *by, int fit,
             vqa_picture **shown)
{
  const vqa_model_info *info = vqa_model_get_info (m);
  vqa_collected *p = begin (file);
  g_autoptr (GError) error = NULL;
  g_autoptr (vqa_picture) picture
      = vqa_picture_load_file (file, &(vqa_region){ 0 }, info->side, fit, &error);
  g_autoptr (vqa_reply) reply = NULL;

  if (shown != NULL)
    *shown = NULL;
  if (picture != NULL)
    /* No hash: each picture is asked once, and the one that is open keeps its features. */
    reply = vqa_model_ask (m, picture->square, NULL, question,
                           by != NULL ? (guint)info->n_answers : 1, &error);
  if (reply != NULL && reply->n_answers > 0)
    {
      p->hash = g_strdup (picture->hash);
      take_answers (p, reply, by);
    }
  else
    p->error = g_strdup (error != NULL ? error->message : "the model gave no answer");
  if (shown != NULL)
    *shown = g_steal_pointer (&picture);
  return p;
}

int
vqa_collected_compare (const vqa_collected *a, const vqa_collected *b)
{
  g_autofree char *key_a = NULL, *key_b = NULL;
  int order;

  if ((a->error != NULL) != (b->error != NULL))
    return a->error != NULL ? 1 : -1;
  if (a->error == NULL && a->measure != b->measure)
    return a->measure < b->measure ? 1 : -1;
  key_a = vqa_picture_sort_key (a->title);
  key_b = vqa_picture_sort_key (b->title);
  order = strcmp (key_a, key_b);
  return order != 0 ? order : strcmp (a->place, b->place);
}

static int
by_measure (gconstpointer a, gconstpointer b)
{
  return vqa_collected_compare (*(const vqa_collected *const *)a, *(const vqa_collected *const *)b);
}

void
vqa_collection_sort (vqa_collection *c)
{
  g_ptr_array_sort (c->pictures, by_measure);
  c->n_pictures = c->pictures->len;
  c->n_by = 0;
  for (guint i = 0; i < c->pictures->len; i++)
    c->n_by += g_strcmp0 (((vqa_collected *)c->pictures->pdata[i])->answer, c->by) == 0
               && c->by != NULL;
}
