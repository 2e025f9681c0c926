/* Batches prepared ahead: in order, complete, never two in one place; and lines of progress. */
#include "vqa/run/events.h"
#include "vqa/run/learning.h"
#include "vqa/run/loader.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#define SLOTS 4

typedef struct
{
  guint64 step;
  gint users; /* threads that write it now */
  gint64 delay;
} slot;

static gint fills;

static void
fill (gpointer user, guint64 step, gpointer to)
{
  slot *s = to;

  cr_assert (g_atomic_int_add (&s->users, 1) == 0, "two threads fill one slot");
  s->step = 0;
  /* The later steps of a round are ready first. */
  g_usleep ((3 - step % 3) * (gulong)s->delay);
  s->step = step + 1000;
  g_atomic_int_add (&s->users, -1);
  g_atomic_int_inc (&fills);
}

static void
take_all (guint threads, gint64 delay)
{
  slot slots[SLOTS] = { 0 };
  gpointer list[SLOTS];
  vqa_loader *l;

  for (int i = 0; i < SLOTS; i++)
    {
      slots[i].delay = delay;
      list[i] = &slots[i];
    }
  fills = 0;
  l = vqa_loader_new (7, 107, list, SLOTS, threads, fill, NULL);
  for (guint64 step = 7; step < 107; step++)
    {
      const slot *s = vqa_loader_take (l);
      cr_assert_not_null (s);
      cr_assert_eq (s->step, step + 1000);
      if (step % 10 == 0)
        g_usleep (2000); /* it must not be filled again while it is in use */
      cr_assert_eq (s->step, step + 1000);
      cr_assert_eq (g_atomic_int_get (&((slot *)s)->users), 0);
    }
  cr_assert_null (vqa_loader_take (l));
  cr_assert_geq (vqa_loader_waited (l), 0);
  vqa_loader_free (l);
  cr_assert_eq (fills, 100);
}

Test (loader, steps_come_in_order)
{
  for (guint threads = 1; threads <= 5; threads++)
    take_all (threads, threads % 2 == 0 ? 100 : 0);
}

Test (loader, ending_early_does_not_hang)
{
  slot slots[SLOTS] = { { .delay = 500 }, { .delay = 500 }, { .delay = 500 }, { .delay = 500 } };
  gpointer list[SLOTS] = { &slots[0], &slots[1], &slots[2], &slots[3] };

  for (guint taken = 0; taken < 4; taken++)
    {
      vqa_loader *l = vqa_loader_new (0, 1000000, list, SLOTS, 2, fill, NULL);
      for (guint i = 0; i < taken; i++)
        cr_assert_not_null (vqa_loader_take (l));
      vqa_loader_free (l);
    }
  vqa_loader_free (vqa_loader_new (5, 5, list, SLOTS, 2, fill, NULL));
  vqa_loader_free (NULL);
}

/* ---- progress ---------------------------------------------------------------------------- */

Test (events, lines)
{
  g_autofree char *line = vqa_event_line (3, "metric", "name:t value:d step:i good:b",
                                          "a\"b\\\n\x01é\xff", 0.1, (gint64)-7, TRUE);
  g_autofree char *bare = vqa_event_line (0, "failed", "message:t", NULL);
  g_autofree char *odd = vqa_event_line (0, "x", "a:d b:d", NAN, -INFINITY);

  cr_assert_str_eq (
      line, "{\"event\":\"metric\",\"run\":3,\"name\":\"a\\\"b\\\\\\u000a\\u0001é\xef\xbf\xbd\","
            "\"value\":0.1,\"step\":-7,\"good\":true}");
  cr_assert_str_eq (bare, "{\"event\":\"failed\",\"run\":null,\"message\":null}");
  cr_assert_str_eq (odd, "{\"event\":\"x\",\"run\":null,\"a\":null,\"b\":null}");
}

/* ---- how to learn ------------------------------------------------------------------------ */

Test (learning, a_stage_inherits_what_it_does_not_say)
{
  vqa_learning base = { -1, -1, -1, -1, -1, -1, -1 }, stage = base;
  nn_optimiser o;

  base.method = NN_SGD;
  base.ema = 0.99;
  vqa_learning_settle (&base, NULL);
  stage.momentum = 0.5;
  stage.ema = 0;
  vqa_learning_settle (&stage, &base);
  cr_assert_eq (stage.method, NN_SGD);
  cr_assert_eq (stage.schedule, NN_WARM_COSINE);
  cr_assert_eq (stage.momentum, 0.5);
  cr_assert_eq (stage.ema, 0);
  o = vqa_learning_optimiser (&stage, 0.3);
  cr_assert_eq (o.beta1, 0.5f);
  cr_assert_eq (o.decay, 0.3f);
  cr_assert_eq (o.clip, 0, "SGD does not clip unless it is told to");
  stage.method = NN_ADAMW;
  cr_assert_eq (vqa_learning_optimiser (&stage, 0).clip, 1);
  stage.clip = 0;
  cr_assert_eq (vqa_learning_optimiser (&stage, 0).clip, 0);
}

/* A warm-up of 5 % but at most 500 steps, down to 1 %. */
Test (learning, the_usual_schedule)
{
  vqa_learning l = { -1, -1, -1, -1, -1, -1, -1 };
  nn_schedule s;

  vqa_learning_settle (&l, NULL);
  s = vqa_learning_schedule (&l, 1000);
  cr_assert_float_eq (nn_schedule_at (&s, 1, 1000), 1.0 / 51, 1e-9);
  cr_assert_float_eq (nn_schedule_at (&s, 51, 1000), 1, 1e-9);
  cr_assert_float_eq (nn_schedule_at (&s, 1000, 1000), 0.01, 1e-9);
  s = vqa_learning_schedule (&l, 100000);
  cr_assert_float_eq (nn_schedule_at (&s, 501, 100000), 1, 1e-9);
  l.schedule = NN_ONE_CYCLE;
  s = vqa_learning_schedule (&l, 1000);
  cr_assert_float_eq (nn_schedule_at (&s, 300, 1000), 1, 1e-9);
  l.warm = 10;
  s = vqa_learning_schedule (&l, 1000);
  cr_assert_float_eq (nn_schedule_at (&s, 100, 1000), 1, 1e-9);
}
