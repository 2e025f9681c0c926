#include "vqa/run/lesson.h"

#include "nets/core/params_file.h"
#include "vqa/run/stop.h"

#include <math.h>
#include <string.h>

/* Threads that prepare batches: one would do, unless the other is put aside by the trainer. */
#define FILLERS 2

/* ---- checkpoints ----------------------------------------------------------------------------- */

static void
add_number (nn_writer *w, const char *key, guint64 value)
{
  g_autofree char *text = g_strdup_printf ("%" G_GUINT64_FORMAT, value);
  nn_writer_metadata (w, key, text);
}

static gboolean
save (vqa_trainer *t, GError **error)
{
  g_autoptr (nn_writer) w = nn_writer_new ();
  g_autofree char *machine = vqa_machine_describe (t->machine);

  add_number (w, "stage", (guint64)t->stage);
  add_number (w, "step", t->step);
  nn_writer_metadata (w, "data", t->data);
  nn_writer_metadata (w, "recipe", t->text);
  nn_writer_metadata (w, "machine", machine);
  nn_params_write (t->params, w, NN_F32, TRUE);
  if (!nn_writer_save (w, vqa_run_checkpoint (t->run), error))
    return FALSE;
  vqa_run_saved (t->run);
  return TRUE;
}

static guint64
number_in (const nn_file *f, const char *key)
{
  const char *text = nn_file_metadata (f, key);
  return text != NULL ? g_ascii_strtoull (text, NULL, 10) : 0;
}

static gboolean
check_data (const vqa_trainer *t, const nn_file *f, GError **error)
{
  const char *stored = nn_file_metadata (f, "data");

  if (number_in (f, "stage") > (guint64)t->n_stages)
    g_set_error (error, VQA_ERROR, VQA_ERROR_DATA, "%s has more stages than the recipe",
                 nn_file_path (f));
  else if (stored != NULL && strcmp (stored, t->data) != 0)
    g_set_error (error, VQA_ERROR, VQA_ERROR_DATA,
                 "%s was made from data with other words or answers", nn_file_path (f));
  else
    return TRUE;
  return FALSE;
}

/* The last bits of a sum depend on who computes it. */
static void
compare_machines (const vqa_trainer *t, const nn_file *f)
{
  g_autofree char *here = vqa_machine_describe (t->machine);
  const char *there = nn_file_metadata (f, "machine");

  if (there != NULL && strcmp (here, there) != 0)
    g_printerr ("begun with %s, going on with %s: the model will differ in its last bits\n", there,
                here);
}

gboolean
vqa_trainer_load (vqa_trainer *t, gboolean *found, GError **error)
{
  const char *path = vqa_run_checkpoint (t->run);
  g_autoptr (nn_file) file = NULL;

  *found = g_file_test (path, G_FILE_TEST_EXISTS);
  if (!*found)
    return TRUE;
  file = nn_file_open (path, error);
  if (file == NULL || !check_data (t, file, error)
      || !nn_params_read (t->params, file, "", "", error)
      || !nn_params_read_moments (t->params, file, error))
    {
      g_prefix_error (error, "checkpoint (delete it to begin anew): ");
      return FALSE;
    }
  t->stage = (int)number_in (file, "stage");
  t->step = number_in (file, "step");
  compare_machines (t, file);
  g_printerr ("going on at step %" G_GUINT64_FORMAT " of stage %d\n", t->step, t->stage);
  return TRUE;
}

/* ---- progress -------------------------------------------------------------------------------- */

/* Sums since the last line. */
typedef struct
{
  gint64 since;
  guint64 steps;
  double loss, other, norm, rate, waited;
} sums;

/* A lesson under way. */
typedef struct
{
  vqa_trainer *t;
  const vqa_lesson *l;
  vqa_loader *loader;
  nn_optimiser optimiser;
  nn_schedule schedule;
  guint64 steps;
  gint64 saved;
  sums shown;
} course;

static vqa_run_place
place_of (const course *c, double seconds)
{
  const vqa_trainer *t = c->t;
  double n = (double)MAX (c->shown.steps, 1);
  vqa_run_place p = {
    .stage = c->l->name,
    .stage_step = t->step,
    .stage_steps = c->steps,
    .step = t->step,
    .loss = c->shown.loss / n,
    .rate = c->shown.rate / n,
    .samples_per_second = n * c->l->samples / MAX (seconds, 1e-6),
    .seconds_left = (double)(c->steps - t->step) * seconds / n,
  };
  for (int i = 0; i < t->n_stages; i++)
    {
      p.steps += t->stage_steps[i];
      p.step += i < t->stage ? t->stage_steps[i] : 0;
    }
  return p;
}

/* Tells where it is; a line of text, and numbers over time, when `line`. */
static void
show (course *c, gboolean line)
{
  gint64 now = g_get_monotonic_time ();
  double seconds = (double)(now - c->shown.since) / G_USEC_PER_SEC;
  double n = (double)MAX (c->shown.steps, 1);
  vqa_run_place p = place_of (c, seconds);
  double waited = vqa_loader_waited (c->loader) - c->shown.waited;
  g_autofree char *other = NULL;

  vqa_run_progress (c->t->run, &p, line);
  if (!line)
    return;
  other = c->l->other.i >= 0 ? g_strdup_printf ("  %s %.4f", c->l->other_as, c->shown.other / n)
                             : g_strdup ("");
  g_printerr ("%s step %" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT
              "  loss %.4f%s  norm %.2f  %.1f %s/s  %.0f s left%s\n",
              c->l->name, c->t->step, c->steps, p.loss, other, c->shown.norm / n,
              p.samples_per_second, c->l->unit, p.seconds_left,
              waited > 0.05 * seconds ? "  (waiting for pictures)" : "");
  vqa_run_metric (c->t->run, "loss", p.loss);
  if (c->l->other.i >= 0)
    {
      g_autofree char *name = g_strconcat (c->l->other_as, "_loss", NULL);
      vqa_run_metric (c->t->run, name, c->shown.other / n);
    }
  vqa_run_metric (c->t->run, "gradient_norm", c->shown.norm / n);
  vqa_run_metric (c->t->run, "rate", p.rate);
  vqa_run_metric (c->t->run, "samples_per_second", p.samples_per_second);
  c->shown = (sums){ .since = now, .waited = vqa_loader_waited (c->loader) };
}

/* ---- steps ----------------------------------------------------------------------------------- */

/* The average begins with the stage's first update and is short at first, or it would remember the
 * beginning for long (as in Abadi et al. 2016). */
static gboolean
follow (course *c, GError **error)
{
  double t = (double)c->t->step, decay = c->l->learning->ema;

  if (decay <= 0)
    return TRUE;
  decay = c->t->step == 0 ? 0 : MIN (decay, (1 + t) / (10 + t));
  return nn_params_average (c->t->params, decay, error);
}

static gboolean
one_step (course *c, GError **error)
{
  const vqa_lesson *l = c->l;
  vqa_trainer *t = c->t;
  double norm, loss;

  l->feed (l->user, vqa_loader_take (c->loader));
  nn_team_seed (l->team, l->seed, t->step);
  c->optimiser.rate
      = (float)(l->rate * nn_schedule_at (&c->schedule, (int64_t)t->step + 1, (int64_t)c->steps));
  nn_team_step (l->team, l->total);
  norm = nn_optimise (t->params, &c->optimiser);
  loss = nn_team_value (l->team, l->loss);
  if (!isfinite (norm) || !isfinite (loss))
    {
      g_set_error (error, VQA_ERROR, VQA_ERROR_FAILED,
                   "stage %s, step %" G_GUINT64_FORMAT
                   ": the loss is no longer finite; use a lower rate",
                   l->name, t->step);
      return FALSE;
    }
  if (!follow (c, error))
    return FALSE;
  t->step++;
  c->shown.steps++;
  c->shown.loss += loss;
  c->shown.other += l->other.i >= 0 ? nn_team_value (l->team, l->other) : 0;
  c->shown.norm += norm;
  c->shown.rate += c->optimiser.rate;
  return TRUE;
}

static gboolean
examine (course *c, GError **error)
{
  gboolean average = c->l->learning->ema > 0, good;

  if (c->l->examine == NULL)
    return TRUE;
  if (average)
    nn_params_swap_average (c->t->params);
  good = c->l->examine (c->l->user, error);
  if (average)
    nn_params_swap_average (c->t->params);
  return good;
}

static gboolean
take_steps (course *c, GError **error)
{
  vqa_trainer *t = c->t;

  while (t->step < c->steps)
    {
      gint64 now;
      gboolean stop;
      if (!one_step (c, error))
        return FALSE;
      now = g_get_monotonic_time ();
      show (c, (double)(now - c->shown.since) > t->pace->report * G_USEC_PER_SEC
                   || t->step == c->steps);
      stop = vqa_stop_asked (NULL, "%s", VQA_STOPPED_TEXT);
      if (stop || (double)(now - c->saved) > t->pace->checkpoint * G_USEC_PER_SEC)
        {
          if (!save (t, error))
            return FALSE;
          c->saved = now;
        }
      if (stop)
        return !vqa_stop_asked (error, "%s", VQA_STOPPED_TEXT);
      if (t->step % c->l->per_pass == 0 && !examine (c, error))
        return FALSE;
    }
  return TRUE;
}

/* ---- stages ---------------------------------------------------------------------------------- */

static void
forget_moments (nn_params *p)
{
  for (guint i = 0; i < nn_params_count (p); i++)
    {
      nn_param *q = nn_params_nth (p, i);
      if (q->mean == NULL)
        return;
      memset (q->mean, 0, q->count * sizeof (float));
      memset (q->square, 0, q->count * sizeof (float));
    }
}

/* Stages differ in what they learn; moments of one say nothing about the other. */
void
vqa_trainer_skip (vqa_trainer *t)
{
  t->stage++;
  t->step = 0;
  forget_moments (t->params);
}

gboolean
vqa_trainer_teach (vqa_trainer *t, const vqa_lesson *l, GError **error)
{
  gint64 now = g_get_monotonic_time ();
  course c = {
    .t = t,
    .l = l,
    .optimiser = vqa_learning_optimiser (l->learning, l->decay),
    .steps = t->stage_steps[t->stage],
    .saved = now,
    .shown = { .since = now },
  };
  gboolean good;

  c.schedule = vqa_learning_schedule (l->learning, c.steps);
  c.optimiser.step = (int64_t)t->step; /* one update a step */
  c.loader
      = vqa_loader_new (t->step, c.steps, l->slots, VQA_LESSON_SLOTS, FILLERS, l->fill, l->user);
  good = take_steps (&c, error);
  vqa_loader_free (c.loader);
  if (!good)
    return FALSE;
  if (l->learning->ema > 0)
    nn_params_swap_average (t->params);
  vqa_trainer_skip (t);
  return save (t, error);
}
