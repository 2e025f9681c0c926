#include "nets/core/safetensors.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define ALIGN    64
#define MAX_RANK 8
/* Readers refuse more. */
#define MAX_HEADER  100000000
#define MAX_TENSORS 100000

typedef struct
{
  char *name;
  nn_dtype dtype;
  int rank;
  uint64_t dim[MAX_RANK];
  uint64_t count, bytes;
  const float *values; /* the caller's */
} item;

struct nn_writer
{
  GArray *items;
  GTree *metadata; /* key -> value, sorted by key: the same content gives the same file */
  GHashTable *names;
  char *mistake; /* first wrong call; nn_writer_save() reports it */
};

static void
item_clear (gpointer data)
{
  g_free (((item *)data)->name);
}

static int
compare_keys (gconstpointer a, gconstpointer b, gpointer data)
{
  return strcmp (a, b);
}

nn_writer *
nn_writer_new (void)
{
  nn_writer *w = g_new0 (nn_writer, 1);

  w->items = g_array_new (FALSE, TRUE, sizeof (item));
  g_array_set_clear_func (w->items, item_clear);
  w->metadata = g_tree_new_full (compare_keys, NULL, g_free, g_free);
  w->names = g_hash_table_new (g_str_hash, g_str_equal);
  return w;
}

void
nn_writer_free (nn_writer *w)
{
  if (w == NULL)
    return;
  g_hash_table_unref (w->names);
  g_array_unref (w->items);
  g_tree_unref (w->metadata);
  g_free (w->mistake);
  g_free (w);
}

static void G_GNUC_PRINTF (2, 3) note_mistake (nn_writer *w, const char *what, ...)
{
  va_list list;

  if (w->mistake != NULL)
    return;
  va_start (list, what);
  w->mistake = g_strdup_vprintf (what, list);
  va_end (list);
}

void
nn_writer_metadata (nn_writer *w, const char *key, const char *value)
{
  if (!g_utf8_validate (key, -1, NULL) || !g_utf8_validate (value, -1, NULL))
    note_mistake (w, "metadata that are not UTF-8 text");
  else
    g_tree_replace (w->metadata, g_strdup (key), g_strdup (value));
}

void
nn_writer_add (nn_writer *w, const char *name, nn_dtype dtype, int rank, const uint64_t *dim,
               const float *values)
{
  item t = { .dtype = dtype, .rank = rank, .count = 1, .values = values };

  if (!g_utf8_validate (name, -1, NULL) || strcmp (name, "__metadata__") == 0)
    note_mistake (w, "a tensor with a name that the format does not allow");
  else if (g_hash_table_contains (w->names, name))
    note_mistake (w, "two tensors with the name '%s'", name);
  else if ((dtype != NN_F32 && dtype != NN_F16) || rank < 0 || rank > MAX_RANK)
    note_mistake (w, "tensor '%s' with a dtype or rank that cannot be written", name);
  else
    {
      gboolean over = FALSE;
      for (int i = 0; i < rank; i++)
        {
          t.dim[i] = dim[i];
          over |= __builtin_mul_overflow (t.count, dim[i], &t.count);
        }
      over |= __builtin_mul_overflow (t.count, dtype == NN_F32 ? 4u : 2u, &t.bytes);
      if (over)
        note_mistake (w, "tensor '%s' with a shape too large for any file", name);
      t.name = g_strdup (name);
      g_array_append_val (w->items, t);
      g_hash_table_add (w->names, t.name);
    }
}

/* ---- header ----------------------------------------------------------------------------- */

static void
append_string (GString *s, const char *text)
{
  g_string_append_c (s, '"');
  for (; *text != '\0'; text++)
    if (*text == '"' || *text == '\\')
      g_string_append_printf (s, "\\%c", *text);
    else if (*text == '\n')
      g_string_append (s, "\\n");
    else if ((unsigned char)*text < 0x20)
      g_string_append_printf (s, "\\u%04x", (unsigned)*text);
    else
      g_string_append_c (s, *text);
  g_string_append_c (s, '"');
}

static gboolean
append_metadata (gpointer key, gpointer value, gpointer data)
{
  GString *s = data;

  if (s->str[s->len - 1] != '{')
    g_string_append_c (s, ',');
  append_string (s, key);
  g_string_append_c (s, ':');
  append_string (s, value);
  return FALSE;
}

static void
append_item (GString *s, const item *t, uint64_t begin)
{
  if (s->len > 1)
    g_string_append_c (s, ',');
  append_string (s, t->name);
  g_string_append_printf (s, ":{\"dtype\":\"%s\",\"shape\":[", t->dtype == NN_F32 ? "F32" : "F16");
  for (int i = 0; i < t->rank; i++)
    g_string_append_printf (s, "%s%" G_GUINT64_FORMAT, i > 0 ? "," : "", t->dim[i]);
  g_string_append_printf (s, "],\"data_offsets\":[%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT "]}",
                          begin, begin + t->bytes);
}

/* The JSON, padded so that the data after it and its 8 bytes of length begin at a multiple of 64.
 */
static GString *
header_text (const nn_writer *w)
{
  GString *s = g_string_new ("{");
  uint64_t begin = 0;

  if (g_tree_nnodes (w->metadata) > 0)
    {
      g_string_append (s, "\"__metadata__\":{");
      g_tree_foreach (w->metadata, append_metadata, s);
      g_string_append_c (s, '}');
    }
  for (guint i = 0; i < w->items->len; i++)
    {
      const item *t = &g_array_index (w->items, item, i);
      append_item (s, t, begin);
      begin += t->bytes;
    }
  g_string_append_c (s, '}');
  while ((8 + s->len) % ALIGN != 0)
    g_string_append_c (s, ' ');
  return s;
}

/* ---- file ------------------------------------------------------------------------------- */

static const char *
remedy (int number)
{
  switch (number)
    {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return "; make room there or choose another folder";
    case EACCES:
    case EPERM:
    case EROFS:
      return "; choose a folder you may write to";
    case ENOENT:
    case ENOTDIR:
      return "; make the folder first or choose another one";
    case EISDIR:
      return "; choose a name that is not a folder's";
    default:
      return "";
    }
}

static gboolean
fail_errno (const char *path, GError **error)
{
  int number = errno;

  g_set_error (error, NN_ERROR, NN_ERROR_IO, "cannot write %s: %s%s", path, g_strerror (number),
               remedy (number));
  return FALSE;
}

/* errno tells what went wrong. */
static gboolean
write_bytes (int fd, const void *bytes, uint64_t size)
{
  const char *at = bytes;

  while (size > 0)
    {
      ssize_t n = write (fd, at, (size_t)MIN (size, 1u << 30));
      if (n < 0 && errno == EINTR)
        continue;
      if (n == 0)
        errno = ENOSPC;
      if (n <= 0)
        return FALSE;
      at += n;
      size -= (uint64_t)n;
    }
  return TRUE;
}

static gboolean
write_item (int fd, const item *t)
{
  uint16_t some[4096];

  if (t->dtype == NN_F32)
    return write_bytes (fd, t->values, t->bytes);
  for (uint64_t i = 0; i < t->count; i += G_N_ELEMENTS (some))
    {
      size_t n = (size_t)MIN (t->count - i, G_N_ELEMENTS (some));
      nn_f32_to_f16 (t->values + i, some, n);
      if (!write_bytes (fd, some, n * sizeof *some))
        return FALSE;
    }
  return TRUE;
}

static gboolean
write_all (const nn_writer *w, int fd, const GString *header)
{
  uint64_t length = GUINT64_TO_LE ((uint64_t)header->len);

  if (!write_bytes (fd, &length, sizeof length) || !write_bytes (fd, header->str, header->len))
    return FALSE;
  for (guint i = 0; i < w->items->len; i++)
    if (!write_item (fd, &g_array_index (w->items, item, i)))
      return FALSE;
  return fsync (fd) == 0;
}

/* Makes the new name itself survive a power cut. The file is complete by now and the older one is
 * gone, so that a file system which cannot do this is no reason to report a failure. */
static void
sync_folder (const char *folder)
{
  int fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (fd < 0)
    return;
  (void)!fsync (fd);
  close (fd);
}

/* ---- temporary files: .NAME.XXXXXX beside the file, locked while they are written ----------- */

#define RANDOM      "XXXXXX"
#define NEW_SECONDS 60

static char *
temporary_start (const char *base)
{
  return g_strdup_printf (".%.200s.", base); /* names end at 255 bytes */
}

/* TRUE for what a killed process left: nobody holds its lock. One without content may be a moment
 * old and not locked yet. */
static gboolean
is_abandoned (const char *path)
{
  struct stat s;
  int fd = open (path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  gboolean abandoned = fd >= 0 && flock (fd, LOCK_EX | LOCK_NB) == 0 && fstat (fd, &s) == 0
                       && S_ISREG (s.st_mode)
                       && (s.st_size > 0 || s.st_mtime + NEW_SECONDS < time (NULL));

  if (fd >= 0)
    close (fd);
  return abandoned;
}

static void
sweep (const char *folder, const char *start)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  size_t length = strlen (start);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (strncmp (name, start, length) == 0 && strlen (name) == length + strlen (RANDOM))
      {
        g_autofree char *path = g_build_filename (folder, name, NULL);
        if (is_abandoned (path))
          g_unlink (path);
      }
}

static gboolean
save_as (const nn_writer *w, const char *path, const GString *header, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path), *base = g_path_get_basename (path);
  g_autofree char *start = temporary_start (base);
  g_autofree char *name = g_strconcat (start, RANDOM, NULL);
  g_autofree char *temporary = g_build_filename (folder, name, NULL);
  gboolean good;
  int fd;

  sweep (folder, start);
  /* 0666 less the umask, as any new file; mkstemp's 0600 would stay with the model. */
  fd = g_mkstemp_full (temporary, O_WRONLY | O_CLOEXEC, 0666);
  if (fd < 0)
    return fail_errno (path, error);
  (void)flock (fd, LOCK_EX | LOCK_NB);
  good = write_all (w, fd, header) || fail_errno (path, error);
  if (good && rename (temporary, path) != 0)
    good = fail_errno (path, error);
  if (!good)
    g_unlink (temporary);
  /* Not before: the lock ends here. What was synced cannot fail any more. */
  close (fd);
  if (good)
    sync_folder (folder);
  return good;
}

gboolean
nn_writer_save (nn_writer *w, const char *path, GError **error)
{
  GString *header;
  gboolean good = FALSE;

  if (w->mistake != NULL)
    {
      g_set_error (error, NN_ERROR, NN_ERROR_FILE, "cannot write %s: %s", path, w->mistake);
      return FALSE;
    }
  header = header_text (w);
  if (header->len > MAX_HEADER || w->items->len > MAX_TENSORS)
    g_set_error (error, NN_ERROR, NN_ERROR_FILE,
                 "cannot write %s: it has more than %d tensors or %d bytes of names and metadata",
                 path, MAX_TENSORS, MAX_HEADER);
  else
    good = save_as (w, path, header, error);
  g_string_free (header, TRUE);
  return good;
}
