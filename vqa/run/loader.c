#include "vqa/run/loader.h"

#include <sys/resource.h>
#include <unistd.h>

#define THREADS 16
/* The trainer's threads go first; when it waits for a batch, processors are free. */
#define NICE 5

struct vqa_loader
{
  GMutex lock;
  GCond changed;
  GThread *thread[THREADS];
  guint n_threads;
  gpointer *slots;  /* (n_slots) */
  gboolean *filled; /* (n_slots) */
  guint n_slots;
  vqa_loader_fill fill;
  gpointer user;
  guint64 claimed; /* next step that nobody fills yet */
  guint64 taken;   /* next step the trainer takes; the one before is in its hands */
  guint64 first, end;
  gboolean ending;
  gint64 waited; /* microseconds */
};

/* The slot of a step is free when the trainer has gone on from the step that used it before. */
static gboolean
may_claim (const vqa_loader *l)
{
  guint64 oldest = l->taken > l->first ? l->taken - 1 : l->first;
  return l->claimed < l->end && l->claimed - oldest < l->n_slots;
}

static gpointer
work (gpointer data)
{
  vqa_loader *l = data;

  (void)setpriority (PRIO_PROCESS, (id_t)gettid (), NICE);
  g_mutex_lock (&l->lock);
  while (!l->ending)
    {
      guint64 step;
      if (!may_claim (l))
        {
          g_cond_wait (&l->changed, &l->lock);
          continue;
        }
      step = l->claimed++;
      g_mutex_unlock (&l->lock);
      l->fill (l->user, step, l->slots[step % l->n_slots]);
      g_mutex_lock (&l->lock);
      l->filled[step % l->n_slots] = TRUE;
      g_cond_broadcast (&l->changed);
    }
  g_mutex_unlock (&l->lock);
  return NULL;
}

vqa_loader *
vqa_loader_new (guint64 first, guint64 end, gpointer *slots, guint n_slots, guint n_threads,
                vqa_loader_fill fill, gpointer user)
{
  vqa_loader *l = g_new0 (vqa_loader, 1);

  g_mutex_init (&l->lock);
  g_cond_init (&l->changed);
  l->slots = slots;
  l->n_slots = n_slots;
  l->filled = g_new0 (gboolean, n_slots);
  l->fill = fill;
  l->user = user;
  l->first = l->claimed = l->taken = first;
  l->end = end;
  /* Without threads (none left in the system) the trainer fills the slots itself. */
  for (guint i = 0; i < MIN (n_threads, THREADS); i++)
    {
      l->thread[l->n_threads] = g_thread_try_new ("batches", work, l, NULL);
      l->n_threads += l->thread[l->n_threads] != NULL;
    }
  return l;
}

void
vqa_loader_free (vqa_loader *l)
{
  if (l == NULL)
    return;
  g_mutex_lock (&l->lock);
  l->ending = TRUE;
  g_cond_broadcast (&l->changed);
  g_mutex_unlock (&l->lock);
  for (guint i = 0; i < l->n_threads; i++)
    g_thread_join (l->thread[i]);
  g_mutex_clear (&l->lock);
  g_cond_clear (&l->changed);
  g_free (l->filled);
  g_free (l);
}

gpointer
vqa_loader_take (vqa_loader *l)
{
  guint64 slot = l->taken % l->n_slots;
  gint64 since = g_get_monotonic_time ();

  if (l->taken >= l->end)
    return NULL;
  if (l->n_threads == 0)
    {
      l->fill (l->user, l->taken++, l->slots[slot]);
      return l->slots[slot];
    }
  g_mutex_lock (&l->lock);
  while (!l->filled[slot])
    g_cond_wait (&l->changed, &l->lock);
  l->filled[slot] = FALSE;
  l->taken++;
  g_cond_broadcast (&l->changed);
  g_mutex_unlock (&l->lock);
  l->waited += g_get_monotonic_time () - since;
  return l->slots[slot];
}

double
vqa_loader_waited (const vqa_loader *l)
{
  return (double)l->waited / G_USEC_PER_SEC;
}
