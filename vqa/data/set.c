/* A set of questions, and where the picture of each is. */
#include "vqa/data/set.h"

#include <string.h>

typedef struct
{
  vqa_set set; /* first: a vqa_set * points here */
  GMutex lock;
  GHashTable *named;    /* of found_picture by id: those whose layout names the file */
  GHashTable *pictures; /* of found_picture by id, made from the folder when first needed */
  vqa_set_maker make;   /* of pictures that are no files, or NULL */
  gpointer user;
  GDestroyNotify free_user;
} full_set;

static void
question_free (gpointer data)
{
  vqa_question *q = data;

  g_free (q->text);
  g_free (q->answer_type);
  g_free (q->split);
  g_free (q->kind);
  g_free (q->source);
  g_strfreev (q->answers);
  g_free (q);
}

static GHashTable *picture_table (void);

vqa_set *
vqa_set_new (const char *images_folder)
{
  full_set *full = g_new0 (full_set, 1);

  g_mutex_init (&full->lock);
  full->set.questions = g_ptr_array_new_with_free_func (question_free);
  full->set.folder = g_strdup (images_folder);
  full->named = picture_table ();
  return &full->set;
}

vqa_question *
vqa_set_add (vqa_set *set, gint64 id, gint64 image_id, const char *text)
{
  vqa_question *q = g_new0 (vqa_question, 1);

  q->id = id;
  q->image_id = image_id;
  q->text = g_strdup (text);
  q->answers = g_new0 (char *, 1);
  g_ptr_array_add (set->questions, q);
  return q;
}

void
vqa_set_answer (vqa_question *q, const char *answer)
{
  gboolean yes_no = strcmp (answer, "yes") == 0 || strcmp (answer, "no") == 0;
  gboolean number = *answer && strspn (answer, "0123456789") == strlen (answer);

  g_strfreev (q->answers);
  q->answers = g_new0 (char *, 2);
  q->answers[0] = g_strdup (answer);
  g_free (q->answer_type);
  q->answer_type = g_strdup (yes_no ? "yes/no" : number ? "number" : "other");
}

double
vqa_set_accuracy (const vqa_set *set, const vqa_question *q, const char *answer)
{
  if (q->answers == NULL || q->answers[0] == NULL)
    return 0;
  return set->whole ? vqa_same_things (answer, q->answers[0])
                    : vqa_accuracy (answer, (const char *const *)q->answers);
}

void
vqa_set_make_pictures (vqa_set *set, vqa_set_maker make, gpointer user, GDestroyNotify free_user)
{
  full_set *full = (full_set *)set;

  full->make = make;
  full->user = user;
  full->free_user = free_user;
}

vqa_set *
vqa_set_open_first (const char *kind_and_folder, guint most, GError **error)
{
  static const struct
  {
    const char *kind;
    vqa_set *(*open) (const char *folder, GError **error);
    vqa_set *(*open_first) (const char *folder, guint most, GError **error);
  } kinds[] = { { "vqa2:", vqa_set_open, NULL },
                { "daquar:", vqa_daquar_open, NULL },
                { "easyvqa:", vqa_easyvqa_open, NULL },
                { "clevr:", NULL, vqa_clevr_open },
                { "scenes:", NULL, vqa_scene_set_open } };
  g_autofree char *shown = g_filename_display_name (kind_and_folder);

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      const char *folder = kind_and_folder + strlen (kinds[i].kind);

      if (!g_str_has_prefix (kind_and_folder, kinds[i].kind) || *folder == '\0')
        continue;
      return kinds[i].open ? kinds[i].open (folder, error)
                           : kinds[i].open_first (folder, most, error);
    }
  g_set_error (error, VQA_ERROR, VQA_ERROR_DATA,
               "“%s” is not a data set; give vqa2:FOLDER, daquar:FOLDER, easyvqa:FOLDER, "
               "clevr:FOLDER or scenes:SEED",
               shown);
  return NULL;
}

vqa_set *
vqa_set_open_kind (const char *kind_and_folder, GError **error)
{
  return vqa_set_open_first (kind_and_folder, 0, error);
}

void
vqa_set_free (vqa_set *set)
{
  full_set *full = (full_set *)set;

  if (!set)
    return;
  g_clear_pointer (&set->questions, g_ptr_array_unref);
  g_clear_pointer (&full->named, g_hash_table_unref);
  g_clear_pointer (&full->pictures, g_hash_table_unref);
  if (full->free_user)
    full->free_user (full->user);
  g_mutex_clear (&full->lock);
  g_free (set->folder);
  g_free (full);
}

/* ---- pictures by id --------------------------------------------------------------------- */

typedef struct
{
  gint64 id;
  int form; /* 0 COCO_..._NUMBER, 1 NUMBER, 2 NUMBER_anything: the lowest wins */
  char *path;
} found_picture;

static void
found_picture_free (gpointer data)
{
  found_picture *p = data;

  g_free (p->path);
  g_free (p);
}

static gboolean
has_picture_ending (const char *name)
{
  const char *dot = strrchr (name, '.');

  return dot
         && (g_ascii_strcasecmp (dot, ".jpg") == 0 || g_ascii_strcasecmp (dot, ".jpeg") == 0
             || g_ascii_strcasecmp (dot, ".png") == 0);
}

/* Form of a file's name and its number; -1 when it is not the name of a picture with a number. */
static int
parse_name (const char *name, gint64 *id)
{
  static const char *const prefixes[] = { "COCO_train2014_", "COCO_train2015_", "COCO_val2014_",
                                          "COCO_val2015_",   "COCO_test2014_",  "COCO_test2015_" };
  const char *number = name;
  char *end;

  if (!has_picture_ending (name))
    return -1;
  for (guint i = 0; i < G_N_ELEMENTS (prefixes); i++)
    if (g_str_has_prefix (name, prefixes[i]))
      number = name + strlen (prefixes[i]);
  if (!g_ascii_isdigit (*number))
    return -1;
  *id = g_ascii_strtoll (number, &end, 10);
  if (*id == G_MAXINT64)
    return -1;
  if (*end == '.' && end == strrchr (name, '.'))
    return number == name ? 1 : 0;
  return *end == '_' && number == name ? 2 : -1;
}

static GHashTable *
picture_table (void)
{
  return g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, found_picture_free);
}

void
vqa_set_name_picture (vqa_set *set, gint64 image_id, const char *file)
{
  full_set *full = (full_set *)set;
  found_picture *p = g_new0 (found_picture, 1);

  p->id = image_id;
  p->path = g_build_filename (set->folder, file, NULL);
  g_hash_table_replace (full->named, &p->id, p);
}

static GHashTable *
index_folder (const char *folder)
{
  GHashTable *pictures = picture_table ();
  g_autoptr (GDir) dir = folder ? g_dir_open (folder, 0, NULL) : NULL;
  const char *name;

  while (dir && (name = g_dir_read_name (dir)))
    {
      gint64 id;
      int form = parse_name (name, &id);
      found_picture *p = form >= 0 ? g_hash_table_lookup (pictures, &id) : NULL;
      g_autofree char *path = form >= 0 ? g_build_filename (folder, name, NULL) : NULL;

      if (form < 0)
        continue;
      /* One id, two files: which one must not depend on the order of the folder. */
      if (p && (p->form < form || (p->form == form && strcmp (p->path, path) < 0)))
        continue;
      p = g_new0 (found_picture, 1);
      p->id = id;
      p->form = form;
      p->path = g_steal_pointer (&path);
      g_hash_table_replace (pictures, &p->id, p);
    }
  return pictures;
}

const char *
vqa_set_picture (vqa_set *set, gint64 image_id)
{
  full_set *full = (full_set *)set;
  const found_picture *p;

  p = g_hash_table_lookup (full->named, &image_id);
  if (p)
    return p->path;
  g_mutex_lock (&full->lock);
  if (!full->pictures)
    full->pictures = index_folder (set->folder);
  p = g_hash_table_lookup (full->pictures, &image_id);
  g_mutex_unlock (&full->lock);
  return p ? p->path : NULL;
}

vqa_picture *
vqa_set_load_picture (vqa_set *set, gint64 image_id, int side, GError **error)
{
  full_set *full = (full_set *)set;
  const char *path;

  if (full->make)
    return full->make (full->user, image_id, side, error);
  path = vqa_set_picture (set, image_id);
  if (path)
    return vqa_picture_load (path, side, 0, error);
  g_set_error_literal (error, VQA_ERROR, VQA_ERROR_PICTURE, "it is not in the pictures' folder");
  return NULL;
}
