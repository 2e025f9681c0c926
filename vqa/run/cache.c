#include "vqa/run/cache.h"

#include "vqa/data/data.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC "REGARDC1"

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

/* The header comes last, so a file cut short by a crash is never taken for a whole one. */
static gboolean
make (const char *path, const header *h, vqa_cache_fill fill, gpointer user, GError **error)
{
  g_autofree char *temporary = g_strconcat (path, ".part", NULL);
  g_autofree char *row = g_try_malloc (h->row_bytes);
  int fd = open (temporary, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  gboolean ok = TRUE;

  if (row == NULL || fd < 0)
    ok = fail (error, temporary, "cannot be created");
  ok = ok && (lseek (fd, sizeof *h, SEEK_SET) >= 0 || fail (error, temporary, "cannot be written"));
  for (gsize i = 0; ok && i < h->rows; i++)
    {
      memset (row, 0, h->row_bytes);
      ok = fill (i, row, user, error)
           && (write_all (fd, row, h->row_bytes) || fail (error, temporary, "cannot be written"));
    }
  ok = ok
       && ((pwrite (fd, h, sizeof *h, 0) == sizeof *h && fsync (fd) == 0
            && g_rename (temporary, path) == 0)
           || fail (error, temporary, "cannot be written"));
  if (fd >= 0)
    close (fd);
  if (!ok)
    g_unlink (temporary);
  return ok;
}

vqa_cache *
vqa_cache_open (const char *path, const char *key, gsize rows, gsize row_bytes, vqa_cache_fill fill,
                gpointer user, GError **error)
{
  header h = header_for (key, rows, row_bytes);
  for (int attempt = 0; attempt < 2; attempt++)
    {
      g_autoptr (vqa_cache) c = g_new0 (vqa_cache, 1);
      int fd = open (path, O_RDONLY | O_CLOEXEC);
      gboolean ok = fd >= 0 && map (c, fd, &h);
      if (fd >= 0)
        close (fd);
      if (ok)
        return g_steal_pointer (&c);
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
