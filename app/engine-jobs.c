/* What the worker thread does. Nothing here touches a widget or the engine object. */
#include "app/engine-private.h"

#include "app/choice.h"

#include <glib/gi18n.h>
#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

/* Longest sides in pixels: of what is shown, and of the small pictures on the start page. */
#define SHOWN_SIDE     1600
#define THUMBNAIL_SIDE 400

#define MAX_QUESTIONS 500

/* The model that is taken when there are several. */
#define FIRST_MODEL "photos"

void
regard_job_open_library (RegardWorker *worker, RegardJob *job, GTask *task)
{
  g_autofree char *path = vqa_store_default_path (), *notice = NULL;
  g_autoptr (GError) error = NULL;

  worker->store = vqa_store_open (path, &notice, &error);
  if (!worker->store)
    worker->store = vqa_store_open (NULL, NULL, NULL);
  if (error)
    g_task_return_error (task, g_steal_pointer (&error));
  else
    g_task_return_pointer (task, g_steal_pointer (&notice), g_free);
}

static char *
first_model (void)
{
  g_autofree char *path = vqa_model_find (FIRST_MODEL, NULL);
  g_auto (GStrv) others = NULL;

  if (path)
    return g_steal_pointer (&path);
  others = vqa_model_list ();
  return g_strdup (others && others[0] ? others[0] : FIRST_MODEL);
}

/* The model that the job names, that was chosen before, or the first; a chosen one that cannot be
 * loaded any more is passed over. */
static vqa_model *
load_model (const RegardJob *job, GError **error)
{
  g_autofree char *chosen = job->model ? NULL : regard_choice_read (), *first = NULL;
  vqa_model *model = chosen ? vqa_model_load (chosen, NULL) : NULL;

  if (model)
    return model;
  first = job->model ? g_strdup (job->model) : first_model ();
  return vqa_model_load (first, error);
}

void
regard_job_load_model (RegardWorker *worker, RegardJob *job, GTask *task)
{
  GError *error = NULL;
  g_autoptr (GError) unkept = NULL;
  vqa_model *model = NULL;

  if (job->import)
    {
      char *installed = vqa_model_install (job->model, &error);

      g_free (job->model);
      job->model = installed;
    }
  if (!error)
    model = load_model (job, &error);
  if (!model)
    {
      g_task_return_error (task, error);
      return;
    }
  if (job->model && !job->lent && !regard_choice_write (job->model, &unkept))
    g_warning ("The choice of the model is not remembered: %s", unkept->message);
  vqa_model_free (worker->model);
  worker->model = model;
  worker->side = vqa_model_get_info (model)->side;
  vqa_model_hash (model); /* what the store knows it by */
  g_task_return_pointer (task, regard_model_new (vqa_model_info_copy (vqa_model_get_info (model))),
                         g_object_unref);
}

void
regard_job_models (RegardWorker *worker, RegardJob *job, GTask *task)
{
  g_autoptr (GPtrArray) models = g_ptr_array_new_with_free_func (g_object_unref);
  g_auto (GStrv) paths = vqa_model_list ();

  for (char **path = paths; path && *path; path++)
    {
      g_autoptr (GError) error = NULL;
      vqa_model_info *info = vqa_model_info_read (*path, &error);

      if (info)
        g_ptr_array_add (models, regard_model_new (info));
      else
        g_info ("%s", error->message);
    }
  g_task_return_pointer (task, g_steal_pointer (&models), (GDestroyNotify)g_ptr_array_unref);
}

GdkTexture *
regard_texture_from (vqa_picture *pixels)
{
  gsize stride = (gsize)pixels->shown_width * 3;
  gsize size = stride * (gsize)pixels->shown_height;
  g_autoptr (GBytes) bytes
      = g_bytes_new_with_free_func (pixels->shown, size, (GDestroyNotify)vqa_picture_free, pixels);

  return gdk_memory_texture_new (pixels->shown_width, pixels->shown_height, GDK_MEMORY_R8G8B8,
                                 bytes, stride);
}

GdkTexture *
regard_decode_thumbnail (GBytes *bytes, int side)
{
  vqa_picture *pixels = vqa_picture_load_bytes (bytes, "thumbnail", 0, side, NULL);

  return pixels ? regard_texture_from (pixels) : NULL;
}

void
regard_job_recent (RegardWorker *worker, RegardJob *job, GTask *task)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GPtrArray) pictures = NULL;
  GError *error = NULL;

  if (worker->store)
    pictures = vqa_store_pictures (worker->store, job->limit, &error);
  if (error)
    {
      g_task_return_error (task, error);
      return;
    }
  for (guint i = 0; pictures && i < pictures->len; i++)
    {
      vqa_store_picture *p = pictures->pdata[i];
      g_autoptr (GdkTexture) texture = NULL;

      if (*p->place == '\0' || !g_utf8_validate (p->place, -1, NULL))
        continue;
      if (p->thumbnail)
        texture = regard_decode_thumbnail (p->thumbnail, THUMBNAIL_SIDE);
      g_ptr_array_add (list, regard_thumbnail_new (p->title, p->place, p->n_questions, texture));
    }
  g_task_return_pointer (task, g_steal_pointer (&list), (GDestroyNotify)g_ptr_array_unref);
}

/* The samples, for who translates. */
G_GNUC_UNUSED static const char *const sample_names[] = {
  N_ ("Astronaut"), N_ ("Cat"),          N_ ("Coffee"), N_ ("Dahlia"),
  N_ ("Palace"),    N_ ("Photographer"), N_ ("Rocket"),
};

/* What to call a file: its name, and a sample without the ending. */
static char *
title_of (GFile *file)
{
  g_autofree char *name = g_file_get_basename (file);
  char *dot = strrchr (name, '.');

  if (g_file_has_uri_scheme (file, "resource") && dot && dot > name)
    {
      *dot = '\0';
      *name = g_ascii_toupper (*name);
      return g_strdup (_ (name));
    }
  return g_filename_display_name (name);
}

void
regard_job_thumbnail (RegardWorker *worker, RegardJob *job, GTask *task)
{
  g_autofree char *title = title_of (job->file), *uri = g_file_get_uri (job->file);
  g_autoptr (GdkTexture) texture = NULL;
  GError *error = NULL;
  vqa_picture *pixels
      = vqa_picture_load_file (job->file, &(vqa_region){ 0 }, 0, THUMBNAIL_SIDE, &error);

  if (!pixels)
    {
      g_task_return_error (task, error);
      return;
    }
  texture = regard_texture_from (pixels);
  g_task_return_pointer (task, regard_thumbnail_new (title, uri, 0, texture), g_object_unref);
}

/* A small JPEG for the start page, or NULL: the picture opens without one, too. */
static GBytes *
make_thumbnail (const vqa_picture *pixels)
{
  double scale = MIN (1, (double)THUMBNAIL_SIDE / MAX (pixels->shown_width, pixels->shown_height));
  g_autoptr (GdkPixbuf) whole = NULL, small = NULL;
  char *buffer;
  gsize size;

  whole
      = gdk_pixbuf_new_from_data (pixels->shown, GDK_COLORSPACE_RGB, FALSE, 8, pixels->shown_width,
                                  pixels->shown_height, pixels->shown_width * 3, NULL, NULL);
  small
      = gdk_pixbuf_scale_simple (whole, MAX (1, (int)(pixels->shown_width * scale)),
                                 MAX (1, (int)(pixels->shown_height * scale)), GDK_INTERP_BILINEAR);
  if (!small
      || !gdk_pixbuf_save_to_buffer (small, &buffer, &size, "jpeg", NULL, "quality", "85", NULL))
    return NULL;
  return g_bytes_new_take (buffer, size);
}

/* Keeps a picture that came without a file beside the library; its path, or NULL and an error. */
static char *
keep_bytes (GBytes *bytes, const char *hash, GError **error)
{
  g_autofree char *library = vqa_store_default_path ();
  g_autofree char *folder = vqa_store_pictures_folder (library);
  g_autofree char *name = g_strconcat (hash, ".png", NULL);
  g_autofree char *path = g_build_filename (folder, name, NULL);
  gsize size;
  const char *data = g_bytes_get_data (bytes, &size);

  if (g_mkdir_with_parents (folder, 0700) != 0)
    {
      g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno), "%s: %s", folder,
                   g_strerror (errno));
      return NULL;
    }
  if (!g_file_set_contents_full (path, data, (gssize)size, G_FILE_SET_CONTENTS_CONSISTENT, 0600,
                                 error))
    return NULL;
  return g_steal_pointer (&path);
}

/* Loads what the job names; sets title and place of the picture. */
static vqa_picture *
load_pixels (RegardWorker *worker, RegardJob *job, RegardPicture *picture, GError **error)
{
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) local = NULL;
  vqa_picture *pixels;

  if (job->file)
    {
      const char *path = g_file_peek_path (job->file);

      picture->title = title_of (job->file);
      /* A path may hold any bytes; the library and the actions want text, which a URI is. */
      picture->place
          = path && g_utf8_validate (path, -1, NULL) ? g_strdup (path) : g_file_get_uri (job->file);
      return vqa_picture_load_file (job->file, &(vqa_region){ 0 }, worker->side, SHOWN_SIDE, error);
    }
  picture->title = g_strdup (job->title);
  bytes = gdk_texture_save_to_png_bytes (job->texture);
  pixels = vqa_picture_load_bytes (bytes, job->title, worker->side, SHOWN_SIDE, error);
  if (!pixels)
    return NULL;
  picture->bytes = g_bytes_ref (bytes);
  if (job->private)
    picture->place = g_strdup ("");
  else
    picture->place = keep_bytes (bytes, pixels->hash, &local);
  if (!picture->place)
    {
      picture->place = g_strdup ("");
      picture->notice = g_strdup_printf (_ ("This picture cannot be kept. %s"), local->message);
    }
  return pixels;
}

RegardQuestion *
regard_question_from_store (vqa_store_question *q, const RegardPicture *picture)
{
  RegardQuestion *question = regard_question_new (q->text, g_steal_pointer (&q->reply));

  /* What was imported may say anything. */
  if (vqa_region_fits (&q->part, picture->width, picture->height))
    regard_question_set_part (question, &q->part);
  regard_question_set_id (question, q->id);
  regard_question_set_correction (question, q->correction);
  return question;
}

/* Enters the picture in the library. */
static void
record (RegardWorker *worker, RegardPicture *picture, GError **error)
{
  picture->id = vqa_store_add_picture (worker->store, picture->hash, picture->place, picture->title,
                                       picture->width, picture->height, picture->thumbnail, error);
}

/* Finds what was asked of the picture. */
static void
look_up (RegardWorker *worker, RegardPicture *picture, gboolean private)
{
  g_autoptr (GPtrArray) list = NULL;
  g_autoptr (GError) error = NULL;
  gint64 id = 0;

  if (!worker->store)
    return;
  if (!private)
    record (worker, picture, &error);
  id = picture->id || error ? picture->id
                            : vqa_store_find_picture (worker->store, picture->hash, &error);
  if (id)
    list = vqa_store_questions (worker->store, id, MAX_QUESTIONS, &error);
  for (guint i = 0; list && i < list->len; i++)
    {
      g_autoptr (RegardQuestion) question = regard_question_from_store (list->pdata[i], picture);

      g_list_store_append (picture->questions, question);
    }
  if (error && !picture->notice)
    picture->notice = g_strdup (error->message);
}

void
regard_job_open (RegardWorker *worker, RegardJob *job, GTask *task)
{
  g_autoptr (RegardPicture) picture = regard_picture_new ();
  GError *error = NULL;
  vqa_picture *pixels = load_pixels (worker, job, picture, &error);

  if (!pixels)
    {
      g_task_return_error (task, error);
      return;
    }
  picture->hash = g_strdup (pixels->hash);
  picture->width = pixels->width;
  picture->height = pixels->height;
  picture->side = pixels->square ? pixels->side : 0;
  picture->square = g_memdup2 (pixels->square, (gsize)picture->side * (gsize)picture->side * 3);
  picture->thumbnail = make_thumbnail (pixels);
  picture->texture = regard_texture_from (pixels);
  look_up (worker, picture, job->private);
  g_task_return_pointer (task, g_steal_pointer (&picture), g_object_unref);
}

/* Can this picture be asked? One opened before the model was there cannot. */
static gboolean
check_askable (RegardWorker *worker, RegardPicture *picture, GError **error)
{
  if (worker->model && picture->square && picture->side == worker->side)
    return TRUE;
  g_set_error (error, VQA_ERROR, VQA_ERROR_MODEL, "%s",
               worker->model ? _ ("The photograph was opened for another model; open it again")
                             : _ ("There is no model that could answer"));
  return FALSE;
}

/* Reads the photograph once more: a part of it, as vqa_picture_load_part() does. */
static vqa_picture *
load_again (RegardPicture *picture, const vqa_region *part, int side, int fit, GError **error)
{
  g_autoptr (GFile) file = NULL;
  g_autoptr (vqa_picture) pixels = NULL;

  if (picture->bytes)
    pixels = vqa_picture_load_part_bytes (picture->bytes, picture->title, part, side, fit, error);
  else
    {
      file = g_path_is_absolute (picture->place) ? g_file_new_for_path (picture->place)
                                                 : g_file_new_for_uri (picture->place);
      pixels = vqa_picture_load_file (file, part, side, fit, error);
    }
  if (!pixels)
    return NULL;
  if (g_str_equal (pixels->hash, picture->hash))
    return g_steal_pointer (&pixels);
  g_set_error (error, VQA_ERROR, VQA_ERROR_PICTURE,
               "There is another photograph in its place now; open it again");
  return NULL;
}

guint8 *
regard_load_square (RegardPicture *picture, const vqa_region *part, int side, GError **error)
{
  g_autoptr (vqa_picture) pixels = load_again (picture, part, side, 0, error);

  return pixels ? g_steal_pointer (&pixels->square) : NULL;
}

void
regard_job_detail (RegardWorker *worker, RegardJob *job, GTask *task)
{
  GError *error = NULL;
  vqa_picture *pixels
      = load_again (job->picture, &job->part, 0, MAX (job->part.width, job->part.height), &error);

  if (pixels)
    g_task_return_pointer (task, regard_texture_from (pixels), g_object_unref);
  else
    g_task_return_error (task, error);
}

static gboolean
load_part (RegardPicture *picture, const vqa_region *part, GError **error)
{
  guint8 *square;

  if (picture->part_square && vqa_region_equal (part, &picture->part))
    return TRUE;
  square = regard_load_square (picture, part, picture->side, error);
  if (!square)
    return FALSE;
  g_free (picture->part_square);
  picture->part_square = square;
  picture->part = *part;
  return TRUE;
}

const guint8 *
regard_look_at (RegardWorker *worker, RegardJob *job, char **key, GError **error)
{
  RegardPicture *picture = job->picture;

  *key = NULL;
  if (!check_askable (worker, picture, error)
      || (job->part.width && !load_part (picture, &job->part, error)))
    return NULL;
  *key = vqa_region_key (&job->part, picture->hash);
  return job->part.width ? picture->part_square : picture->square;
}

/* Keeps the question, unless nothing may be kept. The picture comes first when it was opened in
 * private mode, or was cleared away since. */
static void
keep (RegardWorker *worker, RegardJob *job, RegardLook *look)
{
  RegardPicture *picture = job->picture;
  g_autoptr (GError) error = NULL;
  gint64 id = 0;

  if (!worker->store || job->private)
    return;
  picture->id = vqa_store_find_picture (worker->store, picture->hash, &error);
  if (!picture->id && !error)
    record (worker, picture, &error);
  if (picture->id)
    id = vqa_store_add_question (worker->store, picture->id, vqa_model_get_info (worker->model),
                                 regard_question_get_text (look->question), &job->part,
                                 regard_question_get_reply (look->question), &error);
  regard_question_set_id (look->question, id);
  if (error)
    look->library_error = g_strdup (error->message);
}

void
regard_job_ask (RegardWorker *worker, RegardJob *job, GTask *task)
{
  g_autoptr (RegardLook) look = g_new0 (RegardLook, 1);
  g_autofree char *text = NULL, *key = NULL;
  const guint8 *square;
  GError *error = NULL;
  vqa_reply *reply = NULL;

  text = vqa_question_check (job->question, -1, &error);
  square = text ? regard_look_at (worker, job, &key, &error) : NULL;
  if (square)
    reply = vqa_model_ask (worker->model, square, key, text, job->limit, &error);
  if (!reply)
    {
      g_task_return_error (task, error);
      return;
    }
  look->question = regard_question_new (text, reply);
  look->part = job->part;
  regard_question_set_part (look->question, &job->part);
  if (job->record)
    keep (worker, job, look);
  g_task_return_pointer (task, g_steal_pointer (&look), (GDestroyNotify)regard_look_free);
}

/* What a map of attention can be chosen from. */
static void
tell_attention (RegardWorker *worker, RegardLook *look)
{
  int n = vqa_model_attention_places (worker->model);

  look->heads = vqa_model_attention_heads (worker->model);
  look->blocks = g_new0 (char *, (gsize)n + 1);
  for (int i = 0; i < n; i++)
    look->blocks[i] = vqa_model_place_name (worker->model, i);
}

void
regard_job_explain (RegardWorker *worker, RegardJob *job, GTask *task)
{
  g_autoptr (RegardLook) look = g_new0 (RegardLook, 1);
  g_autoptr (GError) error = NULL;
  g_autofree char *key = NULL;
  const guint8 *square = regard_look_at (worker, job, &key, &error);

  look->part = job->part;
  look->without = job->map.without;
  if (square)
    look->map = (look->without ? vqa_model_word_change
                               : vqa_model_map) (worker->model, square, key, job->question,
                                                 &job->map, g_task_get_cancellable (task), &error);
  if (!look->map)
    look->map_error = g_strdup (error->message);
  else if (job->map.kind == VQA_MAP_ATTENTION)
    tell_attention (worker, look);
  g_task_return_pointer (task, g_steal_pointer (&look), (GDestroyNotify)regard_look_free);
}

void
regard_job_words (RegardWorker *worker, RegardJob *job, GTask *task)
{
  GError *error = NULL;
  g_autofree char *key = NULL;
  const guint8 *square = regard_look_at (worker, job, &key, &error);
  vqa_word_weights *weights = NULL;

  if (square)
    weights = vqa_model_words (worker->model, square, key, job->question, job->answer, &error);
  if (weights)
    g_task_return_pointer (task, weights, (GDestroyNotify)vqa_word_weights_free);
  else
    g_task_return_error (task, error);
}

#define SEEN_TIMES 2

/* square (side,side,3), each pixel as several: smoothing would show what the network does not see.
 */
static GdkTexture *
enlarge (const guint8 *square, int side)
{
  int large = side * SEEN_TIMES;
  guint8 *rgb = g_malloc ((gsize)large * large * 3); /* (large,large,3) */
  g_autoptr (GBytes) bytes = g_bytes_new_take (rgb, (gsize)large * large * 3);

  for (int y = 0; y < large; y++)
    for (int x = 0; x < large; x++)
      memcpy (rgb + ((gsize)y * large + x) * 3,
              square + ((gsize)(y / SEEN_TIMES) * side + x / SEEN_TIMES) * 3, 3);
  return gdk_memory_texture_new (large, large, GDK_MEMORY_R8G8B8, bytes, (gsize)large * 3);
}

void
regard_job_seen (RegardWorker *worker, RegardJob *job, GTask *task)
{
  g_autofree char *key = NULL;
  GError *error = NULL;
  const guint8 *square = regard_look_at (worker, job, &key, &error);

  if (square)
    g_task_return_pointer (task, enlarge (square, job->picture->side), g_object_unref);
  else
    g_task_return_error (task, error);
}
