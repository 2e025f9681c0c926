#include "vqa/run/inputs.h"

#include "nets/core/safetensors.h"
#include "vqa/run/loader.h"
#include "vqa/run/stop.h"

#include <glib/gstdio.h>
#include <string.h>

/* ---- pictures -------------------------------------------------------------------------------- */

/* Decoding takes all processors: a few pictures ahead, by threads that each have a decoder. */
#define AHEAD 32

typedef struct
{
  guint8 *square; /* (side,side,3) */
  GError *error;
} decoded;

typedef struct
{
  const vqa_examples *examples;
  vqa_run *run;
  vqa_loader *loader;
  gpointer slots[AHEAD]; /* of decoded */
} decoder;

static void
decode (gpointer user, guint64 row, gpointer slot)
{
  decoder *d = user;
  decoded *to = slot;
  const vqa_photo *p = d->examples->photos->pdata[row];
  int side = d->examples->contents->spec.side;
  g_autoptr (vqa_picture) picture = vqa_picture_load (p->path, side, 0, &to->error);

  g_clear_pointer (&to->square, g_free);
  if (picture != NULL)
    to->square = g_steal_pointer (&picture->square);
}

static gboolean
fill_square (gsize row, void *to, gpointer user, GError **error)
{
  decoder *d = user;
  int side = d->examples->contents->spec.side;
  decoded *got;

  if (vqa_stop_asked (error, "%s", VQA_STOPPED_TEXT))
    return FALSE;
  if (d->loader == NULL)
    d->loader = vqa_loader_new (row, d->examples->photos->len, d->slots, AHEAD,
                                g_get_num_processors (), decode, d);
  got = vqa_loader_take (d->loader);
  if (got->square == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&got->error));
      return FALSE;
    }
  memcpy (to, got->square, (gsize)side * side * 3);
  if (row % 2000 == 0)
    g_printerr ("decoding picture %zu of %u\n", row, d->examples->photos->len);
  vqa_run_preparing (d->run, "pictures", row + 1, d->examples->photos->len);
  return TRUE;
}

void
vqa_inputs_write (const guint8 *square, int side, gboolean flip, float zoom, float left, float top,
                  float *to)
{
  for (int y = 0; y < side; y++)
    {
      float v = top + (float)y * zoom;
      int y0 = MIN ((int)v, side - 1), y1 = MIN (y0 + 1, side - 1);
      float fy = v - (float)y0;
      for (int x = 0; x < side; x++)
        {
          float u = left + (float)(flip ? side - 1 - x : x) * zoom;
          int x0 = MIN ((int)u, side - 1), x1 = MIN (x0 + 1, side - 1);
          float fx = u - (float)x0;
          const guint8 *a = square + ((gsize)y0 * side + x0) * 3,
                       *b = square + ((gsize)y0 * side + x1) * 3,
                       *c = square + ((gsize)y1 * side + x0) * 3,
                       *d = square + ((gsize)y1 * side + x1) * 3;
          for (int k = 0; k < 3; k++)
            {
              float above = (float)a[k] + fx * (float)(b[k] - a[k]);
              float below = (float)c[k] + fx * (float)(d[k] - c[k]);
              *to++ = (above + fy * (below - above) - 128) / 128;
            }
        }
    }
}

typedef struct
{
  const vqa_examples *examples;
  vqa_graphs *graphs;
  const vqa_cache *pictures;
  vqa_run *run;
  nn_exec *exec;
  gsize count; /* numbers in one map */
} featurer;

static gboolean
fill_features (gsize row, void *to, gpointer user, GError **error)
{
  featurer *f = user;

  if (vqa_stop_asked (error, "%s", VQA_STOPPED_TEXT))
    return FALSE;
  vqa_inputs_write (vqa_cache_row (f->pictures, row / 2), f->examples->contents->spec.side,
                    row % 2 == 1, 1, 0, 0, nn_data (f->exec, f->graphs->picture));
  nn_forward (f->exec);
  nn_f32_to_f16 (nn_data (f->exec, f->graphs->features_out), to, f->count);
  if (row % 4000 == 0)
    g_printerr ("features of picture %zu of %u\n", row / 2, f->examples->photos->len);
  vqa_run_preparing (f->run, "features", row + 1, (gsize)2 * f->examples->photos->len);
  return TRUE;
}

/* ---- caches ---------------------------------------------------------------------------------- */

/* runs/KIND-HASH.cache, named for what it is made from, so that recipes share it. */
static char *
cache_path (const char *kind, const char *key)
{
  g_autofree char *hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, key, -1);
  return g_strdup_printf ("runs/%s-%.12s.cache", kind, hash);
}

/* A file by name, size and time of change, so that one that was replaced is noticed. */
static void
add_file (GString *key, const char *path)
{
  GStatBuf file = { 0 };
  (void)g_stat (path, &file);
  g_string_append_printf (key, "%s %" G_GINT64_FORMAT " %" G_GINT64_FORMAT "\n", path,
                          (gint64)file.st_size, (gint64)file.st_mtime);
}

static GString *
pictures_key (const vqa_examples *e)
{
  GString *key = g_string_new (NULL);
  g_string_printf (key, "squares %d\n", e->contents->spec.side);
  for (guint i = 0; i < e->photos->len; i++)
    add_file (key, ((vqa_photo *)e->photos->pdata[i])->path);
  return key;
}

vqa_cache *
vqa_inputs_pictures (const vqa_examples *e, vqa_run *r, GError **error)
{
  int side = e->contents->spec.side;
  g_autoptr (GString) key = pictures_key (e);
  g_autofree char *path = cache_path ("pictures", key->str);
  decoder d = { .examples = e, .run = r };
  vqa_cache *cache;

  for (int i = 0; i < AHEAD; i++)
    d.slots[i] = g_new0 (decoded, 1);
  cache = vqa_cache_open (path, key->str, e->photos->len, (gsize)side * side * 3, fill_square, &d,
                          error);
  vqa_loader_free (d.loader);
  for (int i = 0; i < AHEAD; i++)
    {
      decoded *slot = d.slots[i];
      g_free (slot->square);
      g_clear_error (&slot->error);
      g_free (slot);
    }
  return cache;
}

vqa_cache *
vqa_inputs_features (const vqa_examples *e, vqa_graphs *g, const vqa_cache *pictures, vqa_run *r,
                     GError **error)
{
  nn_shape map = nn_node_shape (g->features, g->features_out);
  g_autoptr (GString) key = pictures_key (e);
  g_autofree char *path = NULL;
  featurer f = { .examples = e, .graphs = g, .pictures = pictures, .run = r };
  vqa_cache *cache = NULL;

  g_string_append (key, "features of ");
  /* Without a file the backbone's first values depend on the seed. */
  if (e->recipe->backbone != NULL)
    add_file (key, e->recipe->backbone);
  else
    g_string_append_printf (key, "seed %" G_GUINT64_FORMAT, e->recipe->seed);
  path = cache_path ("features", key->str);
  f.count = (gsize)map.dim[0] * map.dim[1] * map.dim[2];
  f.exec = nn_exec_new (g->features, g->params, NN_INFER, 1, error);
  if (f.exec != NULL)
    cache = vqa_cache_open (path, key->str, (gsize)2 * e->photos->len, f.count * sizeof (uint16_t),
                            fill_features, &f, error);
  nn_exec_free (f.exec);
  return cache;
}
