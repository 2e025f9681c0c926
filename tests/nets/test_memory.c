/* Memory of whole random networks: what lives together does not overlap, and that memory is used
 * again changes no result. */
#include "nets/core/exec.h"
#include "nets/core/plan.h"
#include "tests/nets/grow.h"

#include <math.h>
#include <omp.h>
#include <string.h>

enum
{
  NETWORKS = 40,
  BATCH = 3
};

static nn_exec *
open_exec (grown *w, nn_mode mode, nn_precision precision)
{
  g_autoptr (GError) error = NULL;
  nn_exec *e = nn_exec_new_in (w->g, w->p, mode, BATCH, precision, &error);
  cr_assert_not_null (e, "%s:%s", error != NULL ? error->message : "", w->used->str);
  return e;
}

static gboolean
overlap (const nn_buffer *a, const nn_buffer *b)
{
  gboolean alive = a->first <= b->last && b->first <= a->last;
  return alive && a->offset < b->offset + b->bytes && b->offset < a->offset + a->bytes;
}

/* Every pair of buffers, in all modes and both precisions. */
Test (memory, what_lives_together_does_not_overlap)
{
  for (int i = 0; i < NETWORKS; i++)
    {
      grown *w = grow_new ((uint64_t)i, 0.1f);
      for (int mode = NN_TRAIN; mode <= NN_EXPLAIN; mode++)
        for (int precision = NN_PRECISION_F32; precision <= NN_PRECISION_BF16; precision++)
          {
            nn_exec *e = open_exec (w, mode, precision);
            for (guint k = 0; k < e->buffers->len; k++)
              {
                const nn_buffer *a = &g_array_index (e->buffers, nn_buffer, k);
                cr_assert_leq (a->offset + a->bytes, e->arena_bytes);
                for (guint l = 0; l < k; l++)
                  cr_assert_not (overlap (a, &g_array_index (e->buffers, nn_buffer, l)),
                                 "network %d, buffers %u and %u:%s", i, k, l, w->used->str);
              }
            nn_exec_free (e);
          }
      grow_free (w);
    }
}

/* The same network, every node with memory of its own. */
static grown *
grow_kept (uint64_t seed)
{
  grown *w = grow_new (seed, 0.1f);
  for (guint i = 0; i < w->g->entries->len; i++)
    nn_keep (w->g, (nn_node){ (int)i });
  return w;
}

static void
same (const grown *w, const char *what, const float *got, const float *want, size_t n)
{
  float largest = 0;
  for (size_t i = 0; i < n; i++)
    largest = MAX (largest, fabsf (want[i]));
  for (size_t i = 0; i < n; i++)
    cr_assert (fabsf (got[i] - want[i]) <= 1e-4f * (largest + 1e-3f),
               "%s, number %zu is %g, with all memory kept %g:%s", what, i, got[i], want[i],
               w->used->str);
}

/* The arena begins as numbers that are none, so that what is read before it is written shows. */
static nn_exec *
run (grown *w, nn_mode mode, uint64_t seed)
{
  nn_exec *e = open_exec (w, mode, NN_PRECISION_F32);
  memset (e->arena, 0xff, e->arena_bytes);
  nn_exec_seed (e, seed, 1);
  grow_fill_inputs (w, e, seed);
  nn_forward (e);
  if (mode == NN_TRAIN)
    nn_backward (e, w->loss);
  return e;
}

Test (memory, reuse_changes_no_result)
{
  omp_set_num_threads (1); /* many small passes */
  for (int i = 0; i < NETWORKS; i++)
    for (int mode = NN_TRAIN; mode <= NN_EXPLAIN; mode++)
      {
        grown *a = grow_new ((uint64_t)i, 0.1f), *b = grow_kept ((uint64_t)i);
        nn_exec *reused = run (a, mode, (uint64_t)i), *kept = run (b, mode, (uint64_t)i);
        cr_assert_lt (nn_exec_bytes (reused), nn_exec_bytes (kept));
        same (a, "logits", nn_data (reused, a->logits), nn_data (kept, b->logits),
              nn_rows (reused, a->logits) * GROW_ANSWERS);
        same (a, "loss", nn_data (reused, a->loss), nn_data (kept, b->loss), 1);
        for (guint k = 0; mode == NN_TRAIN && k < nn_params_count (a->p); k++)
          {
            const nn_param *p = nn_params_nth (a->p, k), *q = nn_params_nth (b->p, k);
            if ((p->flags & NN_PARAM_STAT) == 0)
              same (a, p->name, p->grad, q->grad, p->count);
          }
        nn_exec_free (reused);
        nn_exec_free (kept);
        grow_free (a);
        grow_free (b);
      }
}
