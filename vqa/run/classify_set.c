#include "vqa/run/classify.h"
#include "vqa/run/squares.h"

#include <string.h>

static gboolean G_GNUC_PRINTF (2, 3) fail (GError **error, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list list;

  va_start (list, format);
  text = g_strdup_vprintf (format, list);
  va_end (list);
  g_set_error_literal (error, VQA_ERROR, VQA_ERROR_DATA, text);
  return FALSE;
}

static void
labelled_free (gpointer data)
{
  vqa_labelled *p = data;
  g_free (p->path);
  g_free (p->name);
  g_free (p);
}

/* ---- listing --------------------------------------------------------------------------------- */

static int
by_name (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

/* Names in a folder that pass the test, sorted; hidden ones are left out. NULL and an error when it
 * cannot be read. */
static GPtrArray *
names_in (const char *folder, GFileTest test, GError **error)
{
  g_autoptr (GError) why = NULL;
  g_autoptr (GDir) dir = g_dir_open (folder, 0, &why);
  GPtrArray *names;
  const char *name;

  if (dir == NULL)
    {
      fail (error, "%s: a folder with a folder of pictures for each class is needed: %s", folder,
            why->message);
      return NULL;
    }
  names = g_ptr_array_new_with_free_func (g_free);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      if (*name != '.' && g_file_test (path, test))
        g_ptr_array_add (names, g_strdup (name));
    }
  g_ptr_array_sort (names, by_name);
  return names;
}

/* The class becomes a line of the model. */
static gboolean
check_class (const char *folder, const char *name, GError **error)
{
  g_autofree char *shown = g_filename_display_name (name);

  if (!g_utf8_validate (name, -1, NULL) || strpbrk (name, "\r\n") != NULL)
    return fail (error, "%s: the folder “%s” names a class, so it must be one line of UTF-8 text",
                 folder, shown);
  return TRUE;
}

static gboolean
add_class (vqa_class_set *s, const char *images, const char *name, GError **error)
{
  g_autofree char *folder = g_build_filename (images, name, NULL);
  g_autoptr (GPtrArray) files = names_in (folder, G_FILE_TEST_IS_REGULAR, error);

  if (files == NULL || !check_class (images, name, error))
    return FALSE;
  if (files->len == 0)
    return fail (error, "%s has no pictures: add some, or remove the folder", folder);
  for (guint i = 0; i < files->len; i++)
    {
      vqa_labelled *p = g_new0 (vqa_labelled, 1);
      p->path = g_build_filename (folder, files->pdata[i], NULL);
      p->name = g_strdup_printf ("%s/%s", name, (const char *)files->pdata[i]);
      p->label = (int)s->classes->len;
      g_ptr_array_add (s->pictures, p);
    }
  g_ptr_array_add (s->classes, g_strdup (name));
  return TRUE;
}

/* ---- setting aside --------------------------------------------------------------------------- */

/* 0 to 1 from a name, the same everywhere. */
static double
name_share (const char *name)
{
  g_autofree char *hash = g_compute_checksum_for_string (G_CHECKSUM_SHA1, name, -1);
  hash[8] = '\0';
  return (double)g_ascii_strtoull (hash, NULL, 16) / 4294967296.0;
}

static gboolean
set_aside (vqa_class_set *s, const vqa_classify_recipe *r, GError **error)
{
  g_autoptr (GHashTable) listed = g_hash_table_new (g_str_hash, g_str_equal);
  g_autofree char *text = NULL;
  g_autoptr (GError) why = NULL;
  g_auto (GStrv) lines = NULL;

  if (r->validation != NULL && !g_file_get_contents (r->validation, &text, NULL, &why))
    return fail (error, "%s: %s", r->validation, why->message);
  lines = g_strsplit (text != NULL ? text : "", "\n", -1);
  for (char **line = lines; *line != NULL; line++)
    g_hash_table_add (listed, g_strstrip (*line));
  for (guint i = 0; i < s->pictures->len; i++)
    {
      vqa_labelled *p = s->pictures->pdata[i];
      const char *file = strchr (p->name, '/') + 1;
      p->held = r->validation != NULL ? g_hash_table_contains (listed, file)
                                            || g_hash_table_contains (listed, p->name)
                                      : name_share (p->name) < r->held_out / 100;
    }
  return TRUE;
}

static char *
hash_of (const vqa_class_set *s)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);

  for (guint i = 0; i < s->pictures->len; i++)
    {
      const vqa_labelled *p = s->pictures->pdata[i];
      g_checksum_update (sum, (const guchar *)p->name, (gssize)strlen (p->name) + 1);
    }
  return g_strdup (g_checksum_get_string (sum));
}

vqa_class_set *
vqa_class_set_read (const vqa_classify_recipe *r, GError **error)
{
  g_autoptr (vqa_class_set) s = g_new0 (vqa_class_set, 1);
  g_autoptr (GPtrArray) classes = names_in (r->images, G_FILE_TEST_IS_DIR, error);

  s->classes = g_ptr_array_new_with_free_func (g_free);
  s->pictures = g_ptr_array_new_with_free_func (labelled_free);
  s->train = g_array_new (FALSE, FALSE, sizeof (guint));
  s->held = g_array_new (FALSE, FALSE, sizeof (guint));
  if (classes == NULL)
    return NULL;
  if (classes->len < 2)
    {
      fail (error,
            "%s holds %u folder%s; classifying needs a folder of pictures for each of two classes "
            "or more",
            r->images, classes->len, classes->len == 1 ? "" : "s");
      return NULL;
    }
  for (guint i = 0; i < classes->len; i++)
    if (!add_class (s, r->images, classes->pdata[i], error))
      return NULL;
  if (!set_aside (s, r, error))
    return NULL;
  s->hash = hash_of (s);
  return g_steal_pointer (&s);
}

/* ---- decoding -------------------------------------------------------------------------------- */

/* Every class must be learned, and something must be left to see whether it was. */
static gboolean
check_counts (const vqa_class_set *s, GError **error)
{
  g_autofree guint *count = g_new0 (guint, s->classes->len);

  for (guint i = 0; i < s->train->len; i++)
    count[((vqa_labelled *)s->pictures->pdata[g_array_index (s->train, guint, i)])->label]++;
  for (guint i = 0; i < s->classes->len; i++)
    if (count[i] == 0)
      return fail (error, "the class “%s” has no picture to train on: all are broken or set aside",
                   (const char *)s->classes->pdata[i]);
  if (s->held->len == 0)
    return fail (error, "no picture is set aside for validation: raise [data] held_out, or name "
                        "some in a file for [data] validation");
  return TRUE;
}

gboolean
vqa_class_set_load (vqa_class_set *s, int side, vqa_run *r, GError **error)
{
  guint n = s->pictures->len;
  g_autofree const char **paths = g_new0 (const char *, n + 1);
  g_autofree gboolean *broken = g_new0 (gboolean, n);

  for (guint i = 0; i < n; i++)
    paths[i] = ((vqa_labelled *)s->pictures->pdata[i])->path;
  s->squares = vqa_squares_open (paths, n, side, broken, r, error);
  if (s->squares == NULL)
    return FALSE;
  for (guint i = 0; i < n; i++)
    if (!broken[i])
      g_array_append_val (((vqa_labelled *)s->pictures->pdata[i])->held ? s->held : s->train, i);
  return check_counts (s, error);
}

void
vqa_class_set_free (vqa_class_set *s)
{
  if (s == NULL)
    return;
  g_clear_pointer (&s->classes, g_ptr_array_unref);
  g_clear_pointer (&s->pictures, g_ptr_array_unref);
  g_clear_pointer (&s->train, g_array_unref);
  g_clear_pointer (&s->held, g_array_unref);
  vqa_cache_close (s->squares);
  g_free (s->hash);
  g_free (s);
}
