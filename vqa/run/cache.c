#include "vqa/run/cache.h"

#include "vqa/data/data.h"
#include "vqa/run/stop.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC             "REGARDC1"
#define WAIT_MICROSECONDS 200000

/* First 128 bytes of the file. */
typedef struct
{
  char magic[8];
  guint64 rows, row_bytes;
  char key[64]; /* SHA-256 of what the rows were made from */
  char unused[40];
} header;

G_STATIC_ASSERT (sizeof (header) == 128);

struct vqa_cache
{
  char *map;
  gsize bytes, row_bytes;
};

static gboolean
fail (GError **error, const char *path, const char *what)
{
  g_set_error (error, VQA_ERROR, VQA_ERROR_FAILED, "%s: %s: %s", path, what, g_strerror (errno));
  return FALSE;
}

static header
header_for (const char *key, gsize rows, gsize row_bytes)
{
  header h = { .rows = rows, .row_bytes = row_bytes };
  g_autofree char *hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, key, -1);
  memcpy (h.magic, MAGIC, 8);
  memcpy (h.key, hash, 64);
  return h;
}

static gboolean
map (vqa_cache *c, int fd, const header *wanted)
{
  struct stat file;
  c->row_bytes = wanted->row_bytes;
  c->bytes = sizeof *wanted + wanted->rows * wanted->row_bytes;
  if (fstat (fd, &file) != 0 || (gsize)file.st_size != c->bytes)
    return FALSE;
  c->map = mmap (NULL, c->bytes, PROT_READ, MAP_SHARED, fd, 0);
  if (c->map == MAP_FAILED)
    c->map = NULL;
  return c->map != NULL && memcmp (c->map, wanted, sizeof *wanted) == 0;
}

/* Does the name stand for another file than this one? */
static gboolean
moved (const char *path, const struct stat *file)
{
  struct stat now;

  return stat (path, &now) != 0 || now.st_ino != file->st_ino || now.st_dev != file->st_dev;
}

static gboolean
write_all (int fd, const void *data, gsize bytes)
{
  const char *from = data;
  while (bytes > 0)
    {
      gssize n = write (fd, from, bytes);
      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return FALSE;
      from += n;
      bytes -= (gsize)n;
    }
  return TRUE;
}

/* Opens the file that becomes the cache and keeps other processes out of it, waiting for one that
 * makes the same. -1: it made it meanwhile (no error), or an error. */
static int
open_part (const char *temporary, GError **error)
{
  for (gboolean told = FALSE;; told = TRUE)
    {
      struct stat file;
      int fd = open (temporary, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
      gboolean mine = fd >= 0 && (flock (fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK);

      if (fd < 0)
        fail (error, temporary, "cannot be created");
      /* Renamed since it was opened: there is a cache now. */
      if (mine && (fstat (fd, &file) != 0 || file.st_nlink == 0 || moved (temporary, &file)))
        {
          close (fd);
          return -1;
        }
      if (fd < 0 || mine)
        return fd;
      close (fd);
      if (!told)
        g_printerr ("waiting for another process that makes %s\n", temporary);
      if (vqa_stop_asked (error, "%s", VQA_STOPPED_TEXT))
        return -1;
      g_usleep (WAIT_MICROSECONDS);
    }
}

/* The header comes last, so a file cut short by a crash is never taken for a whole one. */
static gboolean
fill_part (int fd, const char *temporary, const char *path, const header *h, vqa_cache_fill fill,
           gpointer user, GError **error)
{
  g_autofree char *row = g_try_malloc (h->row_bytes);
  gboolean ok
      = (row != NULL && ftruncate (fd, 0) == 0) || fail (error, temporary, "cannot be made");

  ok = ok && (lseek (fd, sizeof *h, SEEK_SET) >= 0 || fail (error, temporary, "cannot be written"));
  for (gsize i = 0; ok && i < h->rows; i++)
    {
      memset (row, 0, h->row_bytes);
      ok = fill (i, row, user, error)
           && (write_all (fd, row, h->row_bytes) || fail (error, temporary, "cannot be written"));
    }
  return ok
         && ((pwrite (fd, h, sizeof *h, 0) == sizeof *h && fsync (fd) == 0
              && g_rename (temporary, path) == 0)
             || fail (error, temporary, "cannot be written"));
}

static vqa_cache *
open_made (const char *path, const header *h)
{
  g_autoptr (vqa_cache) c = g_new0 (vqa_cache, 1);
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  gboolean ok = fd >= 0 && map (c, fd, h);

  if (fd >= 0)
    close (fd);
  return ok ? g_steal_pointer (&c) : NULL;
}

/* TRUE also when another process made it. */
static gboolean
make (const char *path, const header *h, vqa_cache_fill fill, gpointer user, GError **error)
{
  g_autofree char *temporary = g_strconcat (path, ".part", NULL);
  g_autoptr (vqa_cache) made = NULL;
  GError *why = NULL;
  int fd = open_part (temporary, &why);
  gboolean ok;

  if (fd < 0)
    {
      if (why != NULL)
        g_propagate_error (error, why);
      return why == NULL;
    }
  /* Perhaps while this one waited for the lock. */
  made = open_made (path, h);
  ok = made != NULL || fill_part (fd, temporary, path, h, fill, user, error);
  if (!ok || made != NULL)
    g_unlink (temporary);
  close (fd);
  return ok;
}

vqa_cache *
vqa_cache_open (const char *path, const char *key, gsize rows, gsize row_bytes, vqa_cache_fill fill,
                gpointer user, GError **error)
{
  header h = header_for (key, rows, row_bytes);
  for (int attempt = 0; attempt < 2; attempt++)
    {
      vqa_cache *c = open_made (path, &h);
      if (c != NULL)
        return c;
      if (attempt == 0 && !make (path, &h, fill, user, error))
        return NULL;
    }
  fail (error, path, "cannot be mapped");
  return NULL;
}

void
vqa_cache_close (vqa_cache *c)
{
  if (c == NULL)
    return;
  if (c->map != NULL)
    munmap (c->map, c->bytes);
  g_free (c);
}

const void *
vqa_cache_row (const vqa_cache *c, gsize row)
{
  return c->map + sizeof (header) + row * c->row_bytes;
}
