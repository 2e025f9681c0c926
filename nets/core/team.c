/* Data parallelism: execs that train together, each on its rows in a thread of its own. The first
 * works in the caller's thread and on the params themselves, the others on copies that follow
 * them. */
#include "nets/core/graph.h"

#include <omp.h>
#include <string.h>

/* Rows that a member has at least: the fewer, the worse its statistics stand for the batch. */
#define FEWEST 4

typedef struct
{
  nn_team *team;
  nn_params *params;
  nn_exec *exec;
  GThread *thread; /* NULL for the first */
} member;

struct nn_team
{
  const nn_graph *graph;
  nn_params *params;
  int n;
  int threads; /* of one member */
  member *members;
  nn_node total; /* of the step under way */
  GMutex lock;
  GCond begin, end;
  guint64 step; /* grows when there is something to do */
  int working;  /* members that are not done with it, the first aside */
  gboolean leave;
};

/* ---- what one member does ------------------------------------------------------------------- */

static void
work (member *m)
{
  nn_forward (m->exec);
  nn_backward (m->exec, m->team->total);
}

static gpointer
live (gpointer data)
{
  member *m = data;
  nn_team *t = m->team;
  guint64 done = 0;

  omp_set_num_threads (t->threads);
  g_mutex_lock (&t->lock);
  for (;;)
    {
      while (t->step == done && !t->leave)
        g_cond_wait (&t->begin, &t->lock);
      if (t->leave)
        break;
      done = t->step;
      g_mutex_unlock (&t->lock);
      work (m);
      g_mutex_lock (&t->lock);
      if (--t->working == 0)
        g_cond_signal (&t->end);
    }
  g_mutex_unlock (&t->lock);
  return NULL;
}

/* ---- one step ------------------------------------------------------------------------------- */

/* The copies of a parameter become what it is. */
static void
hand_out (const nn_team *t, const nn_param *p)
{
  for (int i = 1; i < t->n; i++)
    {
      nn_param *copy = nn_params_find (t->members[i].params, p->name);
      if (copy != NULL)
        memcpy (copy->value, p->value, p->count * sizeof *p->value);
    }
}

NN_LOOP (add_all, (size_t n, float *restrict to, const float *restrict from), (n, to, from))
{
  for (size_t i = 0; i < n; i++)
    to[i] += from[i];
}

NN_LOOP (divide_all, (size_t n, float *x, float by), (n, x, by))
{
  for (size_t i = 0; i < n; i++)
    x[i] /= by;
}

/* The mean over the members, in their order: of the gradient, or of a running statistic. */
static void
gather (const nn_team *t, nn_param *p)
{
  gboolean statistic = (p->flags & NN_PARAM_STAT) != 0;
  float *to = statistic ? p->value : p->grad;

  if ((p->flags & NN_PARAM_FROZEN) != 0)
    return;
  for (int i = 1; i < t->n; i++)
    {
      const nn_param *q = nn_params_find (t->members[i].params, p->name);
      if (q == NULL)
        return; /* of another graph */
      add_all (p->count, to, statistic ? q->value : q->grad);
    }
  divide_all (p->count, to, (float)t->n);
}

void
nn_team_step (nn_team *t, nn_node total)
{
  int threads = omp_get_max_threads ();
  guint n = nn_params_count (t->params);

  t->total = total;
  if (t->n == 1)
    {
      work (&t->members[0]);
      return;
    }
#pragma omp parallel for schedule(dynamic, 4)
  for (guint i = 0; i < n; i++)
    hand_out (t, nn_params_nth (t->params, i));
  for (int i = 1; i < t->n; i++)
    nn_params_changed (t->members[i].params);
  g_mutex_lock (&t->lock);
  t->working = t->n - 1;
  t->step++;
  g_cond_broadcast (&t->begin);
  g_mutex_unlock (&t->lock);
  omp_set_num_threads (t->threads);
  work (&t->members[0]);
  omp_set_num_threads (threads);
  g_mutex_lock (&t->lock);
  while (t->working > 0)
    g_cond_wait (&t->end, &t->lock);
  g_mutex_unlock (&t->lock);
#pragma omp parallel for schedule(dynamic, 4)
  for (guint i = 0; i < n; i++)
    gather (t, nn_params_nth (t->params, i));
  nn_params_changed (t->params);
}

/* ---- a team --------------------------------------------------------------------------------- */

/* The most members that have equally many rows, and enough of them. */
static int
members_for (int batch, int threads)
{
  for (int n = MIN (threads, batch / FEWEST); n > 1; n--)
    if (batch % n == 0)
      return n;
  return 1;
}

static gboolean
copy_params (member *m, GError **error)
{
  m->params = nn_params_new_zero (&m->team->graph, 1, error);
  if (m->params == NULL)
    return FALSE;
  for (guint i = 0; i < nn_params_count (m->params); i++)
    {
      nn_param *p = nn_params_nth (m->params, i);
      const nn_param *of = nn_params_find (m->team->params, p->name);
      if (of == NULL || of->count != p->count)
        {
          g_set_error (error, NN_ERROR, NN_ERROR_SHAPE, "parameter %s %s", p->name,
                       of == NULL ? "is missing" : "has another shape than the graph needs");
          return FALSE;
        }
      p->flags = of->flags;
    }
  return TRUE;
}

static gboolean
join (nn_team *t, int i, int rows, nn_precision precision, GError **error)
{
  member *m = &t->members[i];
  g_autofree char *name = g_strdup_printf ("member %d", i);

  m->team = t;
  if (i == 0)
    m->params = t->params;
  else if (!copy_params (m, error))
    return FALSE;
  m->exec = nn_exec_new_in (t->graph, m->params, NN_TRAIN, rows, precision, error);
  if (m->exec == NULL)
    return FALSE;
  if (i > 0)
    m->thread = g_thread_try_new (name, live, m, error);
  return i == 0 || m->thread != NULL;
}

nn_team *
nn_team_new (const nn_graph *g, nn_params *p, int batch, nn_precision precision, GError **error)
{
  int threads = omp_get_max_threads ();
  nn_team *t = g_new0 (nn_team, 1);
  gboolean good = TRUE;

  t->graph = g;
  t->params = p;
  t->n = members_for (batch, threads);
  t->threads = MAX (threads / t->n, 1);
  t->members = g_new0 (member, t->n);
  g_mutex_init (&t->lock);
  g_cond_init (&t->begin);
  g_cond_init (&t->end);
  /* Kernels are made for the threads that will run them. */
  omp_set_num_threads (t->threads);
  for (int i = 0; i < t->n && good; i++)
    good = join (t, i, batch / t->n, precision, error);
  omp_set_num_threads (threads);
  if (good)
    return t;
  nn_team_free (t);
  return NULL;
}

void
nn_team_free (nn_team *t)
{
  if (t == NULL)
    return;
  g_mutex_lock (&t->lock);
  t->leave = TRUE;
  g_cond_broadcast (&t->begin);
  g_mutex_unlock (&t->lock);
  for (int i = 0; i < t->n; i++)
    {
      member *m = &t->members[i];
      if (m->thread != NULL)
        g_thread_join (m->thread);
      nn_exec_free (m->exec);
      if (i > 0)
        nn_params_free (m->params);
    }
  g_mutex_clear (&t->lock);
  g_cond_clear (&t->begin);
  g_cond_clear (&t->end);
  g_free (t->members);
  g_free (t);
}

int
nn_team_members (const nn_team *t)
{
  return t->n;
}

nn_exec *
nn_team_exec (const nn_team *t, int i)
{
  return t->members[i].exec;
}

void
nn_team_feed (nn_team *t, nn_node input, const void *from)
{
  nn_shape shape = nn_node_shape (t->graph, input);
  const char *at = from;

  for (int i = 0; i < t->n; i++)
    {
      nn_exec *e = t->members[i].exec;
      size_t bytes = nn_rows (e, input) * nn_shape_size (&shape) * sizeof (float);
      memcpy (shape.ids ? (void *)nn_ids (e, input) : (void *)nn_data (e, input), at, bytes);
      at += bytes;
    }
}

void
nn_team_seed (nn_team *t, uint64_t seed, uint64_t step)
{
  for (int i = 0; i < t->n; i++)
    nn_exec_seed (t->members[i].exec, seed + ((uint64_t)i << 32), step);
}

float
nn_team_value (const nn_team *t, nn_node x)
{
  double sum = 0;

  for (int i = 0; i < t->n; i++)
    sum += nn_data (t->members[i].exec, x)[0];
  return (float)(sum / t->n);
}
