/* Memory that is refused: the N-th request of the core's, for every N until nothing asks for more.
 * The error is reported, nothing is leaked (address sanitizer), and what was there is unchanged.
 * The linker sends the core's requests that may fail through the functions below; oneDNN's own and
 * GLib's small ones, which abort, stay out of it. */
#include "nets/core/params_file.h"
#include "tests/nets/grow.h"

#include <glib/gstdio.h>
#include <string.h>

static int requests, refused = -1; /* number of the request that is refused, none below 0 */

static gboolean
refuse (void)
{
  return g_atomic_int_add (&requests, 1) == g_atomic_int_get (&refused);
}

#define WRAP(name, parameters, arguments)                                                          \
  void *__real_##name parameters;                                                                  \
  void *__wrap_##name parameters;                                                                  \
  void *__wrap_##name parameters                                                                   \
  {                                                                                                \
    return refuse () ? NULL : __real_##name arguments;                                             \
  }

WRAP (aligned_alloc, (size_t align, size_t bytes), (align, bytes))
WRAP (g_try_malloc, (gsize bytes), (bytes))
WRAP (g_try_malloc0, (gsize bytes), (bytes))
WRAP (g_try_malloc_n, (gsize n, gsize bytes), (n, bytes))
WRAP (g_try_malloc0_n, (gsize n, gsize bytes), (n, bytes))
WRAP (g_try_realloc, (gpointer memory, gsize bytes), (memory, bytes))
WRAP (g_try_realloc_n, (gpointer memory, gsize n, gsize bytes), (memory, n, bytes))

/* What may be refused something: FALSE with an error when it was. */
typedef gboolean (*attempt) (gpointer data, GError **error);

/* Refuses the first request, then the second ...; `same` tells whether all is as before. Returns
 * how many there were. */
static int
refuse_each (const char *what, attempt make, void (*same) (gpointer data), gpointer data)
{
  int n = 0, reported = 0;
  for (; n < 10000; n++)
    {
      g_autoptr (GError) error = NULL;
      gboolean done;
      g_atomic_int_set (&requests, 0);
      g_atomic_int_set (&refused, n);
      done = make (data, &error);
      g_atomic_int_set (&refused, -1);
      if (g_atomic_int_get (&requests) <= n)
        {
          cr_assert (done, "%s: fails with all memory: %s", what,
                     error != NULL ? error->message : "no error");
          break;
        }
      /* A few are only for speed, and done without. */
      cr_assert (done == (error == NULL), "%s: request %d was refused without a word", what, n);
      if (done)
        continue;
      reported++;
      cr_assert_eq (error->domain, NN_ERROR, "%s: %s", what, error->message);
      cr_assert_eq (error->code, NN_ERROR_MEMORY, "%s: request %d: %s", what, n, error->message);
      same (data);
    }
  cr_assert_gt (reported, 0, "%s: no refusal was reported", what);
  return n;
}

/* ---- parameters and execs ----------------------------------------------------------------- */

typedef struct
{
  grown *w;
  nn_mode mode;
  nn_precision precision;
  float *values; /* of all parameters, as they were */
  char *path;
} scene;

static float *
copy_values (nn_params *p)
{
  float *all = g_new (float, nn_params_total (p)), *at = all;
  for (guint i = 0; i < nn_params_count (p); i++)
    {
      const nn_param *q = nn_params_nth (p, i);
      at = (float *)memcpy (at, q->value, q->count * sizeof (float)) + q->count;
    }
  return all;
}

static void
values_are_the_same (gpointer data)
{
  scene *s = data;
  g_autofree float *now = copy_values (s->w->p);
  cr_assert_arr_eq (now, s->values, nn_params_total (s->w->p) * sizeof (float),
                    "parameters have changed");
}

static gboolean
make_params (gpointer data, GError **error)
{
  scene *s = data;
  nn_params *p = nn_params_new ((const nn_graph *const[]){ s->w->g }, 1, 5, error);
  gboolean done = p != NULL && nn_params_average (p, 0.9, error);
  nn_params_free (p);
  return done;
}

static gboolean
make_exec (gpointer data, GError **error)
{
  scene *s = data;
  nn_exec *e = nn_exec_new_in (s->w->g, s->w->p, s->mode, 3, s->precision, error);
  if (e == NULL)
    return FALSE;
  grow_fill_inputs (s->w, e, 3);
  nn_forward (e);
  nn_exec_free (e);
  return TRUE;
}

/* Running statistics move in training, so the values are put back after a success. */
static gboolean
make_exec_and_restore (gpointer data, GError **error)
{
  scene *s = data;
  const float *from = s->values;
  gboolean done = make_exec (data, error);
  for (guint i = 0; done && i < nn_params_count (s->w->p); i++)
    {
      nn_param *q = nn_params_nth (s->w->p, i);
      memcpy (q->value, from, q->count * sizeof (float));
      from += q->count;
    }
  return done;
}

static scene
set (uint64_t seed)
{
  scene s = { .w = grow_new (seed, 0) };
  s.values = copy_values (s.w->p);
  return s;
}

static void
strike (scene *s)
{
  grow_free (s->w);
  g_free (s->values);
  g_free (s->path);
}

Test (refused, parameters)
{
  scene s = set (2);
  refuse_each ("parameters", make_params, values_are_the_same, &s);
  strike (&s);
}

Test (refused, execs)
{
  for (uint64_t seed = 0; seed < 3; seed++)
    {
      scene s = set (seed);
      for (s.mode = NN_TRAIN; s.mode <= NN_EXPLAIN; s.mode++)
        for (int half = 0; half < 2; half++)
          {
            s.precision = half ? NN_PRECISION_BF16 : NN_PRECISION_F32;
            refuse_each ("exec", make_exec_and_restore, values_are_the_same, &s);
          }
      strike (&s);
    }
}

/* ---- files -------------------------------------------------------------------------------- */

static gboolean
read_file (gpointer data, GError **error)
{
  scene *s = data;
  g_autoptr (nn_file) f = nn_file_open (s->path, error);
  return f != NULL && nn_params_read (s->w->p, f, "", "", error)
         && nn_params_read_moments (s->w->p, f, error);
}

Test (refused, files)
{
  g_autofree char *folder = g_dir_make_tmp ("refused-XXXXXX", NULL);
  scene s = set (4);
  g_autoptr (GError) error = NULL;
  g_autoptr (nn_writer) w = nn_writer_new ();
  nn_exec *e = nn_exec_new (s.w->g, s.w->p, NN_TRAIN, 1, &error);

  cr_assert_not_null (e, "%s", error != NULL ? error->message : "");
  s.path = g_build_filename (folder, "all.safetensors", NULL);
  nn_params_write (s.w->p, w, NN_F32, TRUE);
  cr_assert (nn_writer_save (w, s.path, &error), "%s", error != NULL ? error->message : "");
  nn_exec_free (e);
  refuse_each ("reading", read_file, values_are_the_same, &s);
  values_are_the_same (&s); /* also after the success: they were read back */
  g_unlink (s.path);
  g_rmdir (folder);
  strike (&s);
}
