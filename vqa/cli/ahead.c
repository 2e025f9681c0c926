#include "vqa/cli/ahead.h"

#define DEPTH 8 /* pictures waiting: enough for a picture with many questions to be no pause */

typedef struct
{
  vqa_picture *picture;
  GError *error;
} slot;

struct cli_ahead
{
  vqa_set *set;
  const gint64 *ids;
  guint count;
  int side;
  GThread *thread;
  GMutex mutex;
  GCond changed;
  /* Under the mutex: pictures made and taken so far; picture i waits in slot i % DEPTH. */
  guint made, taken;
  gboolean stop;
  slot slots[DEPTH];
};

static void
clear (slot *s)
{
  vqa_picture_free (s->picture);
  g_clear_error (&s->error);
}

/* Waits for room and puts the picture there; FALSE when the thread shall stop. */
static gboolean
put (cli_ahead *a, slot s)
{
  g_mutex_lock (&a->mutex);
  while (!a->stop && a->made - a->taken == DEPTH)
    g_cond_wait (&a->changed, &a->mutex);
  gboolean go_on = !a->stop;
  if (go_on)
    a->slots[a->made++ % DEPTH] = s;
  else
    clear (&s);
  g_cond_broadcast (&a->changed);
  g_mutex_unlock (&a->mutex);
  return go_on;
}

static gpointer
decode (gpointer data)
{
  cli_ahead *a = data;
  for (guint i = 0; i < a->count; i++)
    {
      slot s = { NULL, NULL };
      s.picture = vqa_set_load_picture (a->set, a->ids[i], a->side, &s.error);
      if (!put (a, s))
        break;
    }
  return NULL;
}

cli_ahead *
cli_ahead_new (vqa_set *set, const gint64 *ids, guint count, int side)
{
  cli_ahead *a = g_new0 (cli_ahead, 1);
  a->set = set;
  a->ids = ids;
  a->count = count;
  a->side = side;
  g_mutex_init (&a->mutex);
  g_cond_init (&a->changed);
  a->thread = g_thread_new ("decode-ahead", decode, a);
  return a;
}

vqa_picture *
cli_ahead_next (cli_ahead *a, GError **error)
{
  g_mutex_lock (&a->mutex);
  while (a->made == a->taken)
    g_cond_wait (&a->changed, &a->mutex);
  slot s = a->slots[a->taken % DEPTH];
  a->taken++;
  g_cond_broadcast (&a->changed);
  g_mutex_unlock (&a->mutex);
  if (s.error != NULL)
    g_propagate_error (error, s.error);
  return s.picture;
}

void
cli_ahead_free (cli_ahead *a)
{
  if (a == NULL)
    return;
  g_mutex_lock (&a->mutex);
  a->stop = TRUE;
  g_cond_broadcast (&a->changed);
  g_mutex_unlock (&a->mutex);
  g_thread_join (a->thread);
  for (; a->taken != a->made; a->taken++)
    clear (&a->slots[a->taken % DEPTH]);
  g_mutex_clear (&a->mutex);
  g_cond_clear (&a->changed);
  g_free (a);
}
