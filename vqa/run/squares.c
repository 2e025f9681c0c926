#include "vqa/run/squares.h"

#include "vqa/run/loader.h"
#include "vqa/run/stop.h"

#include <glib/gstdio.h>
#include <string.h>

/* Decoding takes all processors: a few pictures ahead, by threads that each have a decoder. */
#define AHEAD 32

typedef struct
{
  guint8 *square; /* (side,side,3) */
  GError *error;
} decoded;

typedef struct
{
  const char *const *paths;
  guint n;
  int side;
  gboolean skip; /* pictures that cannot be read; rows end with a mark then */
  vqa_run *run;
  vqa_loader *loader;
  gpointer slots[AHEAD]; /* of decoded */
} decoder;

static gsize
square_bytes (int side)
{
  return (gsize)side * side * 3;
}

static void
decode (gpointer user, guint64 row, gpointer slot)
{
  decoder *d = user;
  decoded *to = slot;
  g_autoptr (vqa_picture) picture = NULL;

  g_clear_error (&to->error);
  g_clear_pointer (&to->square, g_free);
  picture = vqa_picture_load (d->paths[row], d->side, 0, &to->error);
  if (picture != NULL)
    to->square = g_steal_pointer (&picture->square);
}

static gboolean
fill_square (gsize row, void *to, gpointer user, GError **error)
{
  decoder *d = user;
  decoded *got;

  if (vqa_stop_asked (error, "%s", VQA_STOPPED_TEXT))
    return FALSE;
  if (d->loader == NULL)
    d->loader = vqa_loader_new (row, d->n, d->slots, AHEAD, g_get_num_processors (), decode, d);
  got = vqa_loader_take (d->loader);
  if (got->square != NULL)
    memcpy (to, got->square, square_bytes (d->side));
  else if (d->skip && g_error_matches (got->error, VQA_ERROR, VQA_ERROR_PICTURE))
    ((guint8 *)to)[square_bytes (d->side)] = 1;
  else
    {
      g_propagate_error (error, g_steal_pointer (&got->error));
      return FALSE;
    }
  if (row % 2000 == 0)
    g_printerr ("decoding picture %zu of %u\n", row, d->n);
  vqa_run_preparing (d->run, "pictures", row + 1, d->n);
  return TRUE;
}

char *
vqa_squares_path (const char *kind, const char *key)
{
  g_autofree char *hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, key, -1);
  return g_strdup_printf ("runs/%s-%.12s.cache", kind, hash);
}

/* By name, size and time of change, so that a file that was replaced is noticed. */
void
vqa_squares_add_file (GString *key, const char *path)
{
  GStatBuf file = { 0 };
  (void)g_stat (path, &file);
  g_string_append_printf (key, "%s %" G_GINT64_FORMAT " %" G_GINT64_FORMAT "\n", path,
                          (gint64)file.st_size, (gint64)file.st_mtime);
}

GString *
vqa_squares_key (const char *const *paths, guint n, int side)
{
  GString *key = g_string_new (NULL);
  g_string_printf (key, "squares %d\n", side);
  for (guint i = 0; i < n; i++)
    vqa_squares_add_file (key, paths[i]);
  return key;
}

/* Tells every time, also when the squares were there. */
static void
tell_broken (const decoder *d, const vqa_cache *cache, gboolean *broken)
{
  for (guint i = 0; i < d->n; i++)
    {
      g_autoptr (vqa_picture) picture = NULL;
      g_autoptr (GError) error = NULL;
      broken[i] = ((const guint8 *)vqa_cache_row (cache, i))[square_bytes (d->side)] != 0;
      if (!broken[i])
        continue;
      picture = vqa_picture_load (d->paths[i], d->side, 0, &error);
      g_printerr ("left out: %s\n", error != NULL ? error->message : d->paths[i]);
    }
}

vqa_cache *
vqa_squares_open (const char *const *paths, guint n, int side, gboolean *broken, vqa_run *r,
                  GError **error)
{
  g_autoptr (GString) key = vqa_squares_key (paths, n, side);
  g_autofree char *path = NULL;
  decoder d = { .paths = paths, .n = n, .side = side, .skip = broken != NULL, .run = r };
  vqa_cache *cache;

  if (d.skip)
    g_string_append (key, "marked\n");
  path = vqa_squares_path ("pictures", key->str);
  for (int i = 0; i < AHEAD; i++)
    d.slots[i] = g_new0 (decoded, 1);
  cache = vqa_cache_open (path, key->str, n, square_bytes (side) + (d.skip ? 1 : 0), fill_square,
                          &d, error);
  vqa_loader_free (d.loader);
  for (int i = 0; i < AHEAD; i++)
    {
      decoded *slot = d.slots[i];
      g_free (slot->square);
      g_clear_error (&slot->error);
      g_free (slot);
    }
  if (cache != NULL && broken != NULL)
    tell_broken (&d, cache, broken);
  return cache;
}
