#include "vqa/run/inputs.h"

#include "nets/core/safetensors.h"
#include "vqa/run/scenes.h"
#include "vqa/run/squares.h"
#include "vqa/run/stop.h"

#include <string.h>

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
  gsize count; /* numbers in the maps of one picture */
  float *maps; /* (count) */
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
  vqa_net_maps_get (f->exec, f->graphs->features, f->graphs->seen, 0, f->maps);
  nn_f32_to_f16 (f->maps, to, f->count);
  if (row % 4000 == 0)
    g_printerr ("features of picture %zu of %u\n", row / 2, f->examples->n_files);
  vqa_run_preparing (f->run, "features", row + 1, (gsize)2 * f->examples->n_files);
  return TRUE;
}

/* ---- caches ---------------------------------------------------------------------------------- */

static const char **
paths_of (const vqa_examples *e)
{
  const char **paths = g_new0 (const char *, e->n_files + 1);
  for (guint i = 0; i < e->n_files; i++)
    paths[i] = ((vqa_photo *)e->photos->pdata[i])->path;
  return paths;
}

GString *
vqa_inputs_key (const vqa_examples *e)
{
  g_autofree const char **paths = paths_of (e);
  return vqa_squares_key (paths, e->n_files, e->contents->spec.side);
}

vqa_cache *
vqa_inputs_pictures (const vqa_examples *e, vqa_run *r, GError **error)
{
  g_autofree const char **paths = paths_of (e);
  return vqa_squares_open (paths, e->n_files, e->contents->spec.side, NULL, r, error);
}

const guint8 *
vqa_inputs_square (const vqa_examples *e, const vqa_cache *pictures, guint photo, guint8 *room)
{
  const vqa_photo *p = e->photos->pdata[photo];
  if (!p->drawn)
    return vqa_cache_row (pictures, photo);
  vqa_scenes_draw (p, e->contents->spec.side, room);
  return room;
}

vqa_cache *
vqa_inputs_features (const vqa_examples *e, vqa_graphs *g, const vqa_cache *pictures, vqa_run *r,
                     GError **error)
{
  g_autoptr (GString) key = vqa_inputs_key (e);
  g_autofree char *path = NULL;
  featurer f = { .examples = e, .graphs = g, .pictures = pictures, .run = r };
  vqa_cache *cache = NULL;

  g_string_append_printf (key, "%zu features of ", vqa_net_maps_count (g->features, g->seen));
  /* Without a file the backbone's first values depend on the seed. */
  if (e->recipe->backbone != NULL)
    vqa_squares_add_file (key, e->recipe->backbone);
  else
    g_string_append_printf (key, "seed %" G_GUINT64_FORMAT, e->recipe->seed);
  path = vqa_squares_path ("features", key->str);
  f.count = vqa_net_maps_count (g->features, g->seen);
  f.maps = g_new (float, f.count);
  f.exec = nn_exec_new (g->features, g->params, NN_INFER, 1, error);
  if (f.exec != NULL)
    cache = vqa_cache_open (path, key->str, (gsize)2 * e->n_files, f.count * sizeof (uint16_t),
                            fill_features, &f, error);
  nn_exec_free (f.exec);
  g_free (f.maps);
  return cache;
}
