#include "vqa/run/classify.h"

#include "nets/core/params_file.h"
#include "nets/zoo/zoo.h"
#include "vqa/run/inputs.h"
#include "vqa/run/lesson.h"

#include <math.h>
#include <string.h>

#define AT_ONCE   32  /* pictures, when measuring */
#define MEASURED  128 /* pictures that norms are inserted with */
#define TRAIN     0   /* streams of random numbers */
#define AUGMENT   1
#define INSERTING 2

typedef struct
{
  vqa_classify_recipe *recipe;
  vqa_class_set *set;
  vqa_classifier *net;
  vqa_trainer trainer;
  nn_graph *graph; /* with loss */
  nn_node picture, targets, loss;
  nn_team *team;   /* that learns */
  nn_exec *seeing; /* that measures */
  int batch;
  gsize count; /* numbers of one picture */
  gpointer slots[VQA_LESSON_SLOTS];
} training;

/* A batch, as the graph reads it. */
typedef struct
{
  float *pictures; /* (batch,side,side,3) */
  float *targets;  /* (batch,classes) */
  guint *order;    /* (training pictures) of `pass` */
  guint64 pass;    /* plus one; 0: none yet */
} prepared;

/* ---- batches --------------------------------------------------------------------------------- */

static guint64
per_pass (const training *t)
{
  return MAX (t->set->train->len / (guint)t->batch, 1);
}

static void
take_order (const training *t, prepared *p, guint64 pass)
{
  guint n = t->set->train->len;
  vqa_random random = vqa_random_new (t->recipe->seed, TRAIN, pass);

  if (p->pass == pass + 1)
    return;
  memcpy (p->order, t->set->train->data, n * sizeof (guint));
  vqa_random_shuffle (&random, p->order, n);
  p->pass = pass + 1;
}

static void
write_picture (const training *t, guint picture, guint64 number, float *to)
{
  const vqa_classify_recipe *r = t->recipe;
  vqa_random random = vqa_random_new (r->seed, AUGMENT, number);
  gboolean flip = r->flip && vqa_random_below (&random, 2);
  double zoom = 1 - r->crop * vqa_random_unit (&random), room = (1 - zoom) * r->spec.side;
  double left = room * vqa_random_unit (&random), top = room * vqa_random_unit (&random);

  vqa_inputs_write (vqa_cache_row (t->set->squares, picture), r->spec.side, flip, (float)zoom,
                    (float)left, (float)top, to);
}

static void
fill (gpointer user, guint64 step, gpointer slot)
{
  const training *t = user;
  prepared *p = slot;
  int classes = t->recipe->spec.classes;
  guint64 first = step % per_pass (t) * (guint64)t->batch;
  float rest = (float)(t->recipe->smoothing / classes);

  take_order (t, p, step / per_pass (t));
  for (int i = 0; i < t->batch; i++)
    {
      guint picture = p->order[first + i];
      float *targets = p->targets + (gsize)i * classes;
      int label = ((vqa_labelled *)t->set->pictures->pdata[picture])->label;
      write_picture (t, picture, step * (guint64)t->batch + i, p->pictures + i * t->count);
      for (int c = 0; c < classes; c++)
        targets[c] = rest;
      targets[label] += (float)(1 - t->recipe->smoothing);
    }
}

static void
feed (gpointer user, gconstpointer slot)
{
  const training *t = user;
  const prepared *p = slot;

  nn_team_feed (t->team, t->picture, p->pictures);
  nn_team_feed (t->team, t->targets, p->targets);
}

static gboolean
make_slots (training *t, GError **error)
{
  for (int i = 0; i < VQA_LESSON_SLOTS; i++)
    {
      prepared *p = t->slots[i] = g_new0 (prepared, 1);
      p->order = g_new (guint, t->set->train->len);
      p->targets = g_try_malloc_n ((gsize)t->batch * t->recipe->spec.classes, sizeof (float));
      p->pictures = g_try_malloc_n (t->batch * t->count, sizeof (float));
      if (p->pictures == NULL || p->targets == NULL)
        {
          g_set_error (error, NN_ERROR, NN_ERROR_MEMORY,
                       "no memory for batches of %d pictures; use smaller ones", t->batch);
          return FALSE;
        }
    }
  return TRUE;
}

/* ---- measuring ------------------------------------------------------------------------------- */

typedef struct
{
  guint n, right;
  double loss; /* mean cross-entropy */
} score;

/* Adds a row of logits (n); the right answer is `label`. */
static void
add_row (score *s, const float *logits, int n, int label)
{
  int best = 0;
  double sum = 0;

  for (int i = 1; i < n; i++)
    best = logits[i] > logits[best] ? i : best;
  for (int i = 0; i < n; i++)
    sum += exp ((double)logits[i] - logits[best]);
  s->n++;
  s->right += best == label;
  s->loss += log (sum) - ((double)logits[label] - logits[best]);
}

/* How the network does on the pictures set aside. */
static score
measure (training *t)
{
  const GArray *held = t->set->held;
  gsize bytes = (gsize)t->recipe->spec.side * t->recipe->spec.side * 3;
  score s = { 0 };

  for (guint first = 0; first < held->len; first += AT_ONCE)
    {
      guint rows = MIN (AT_ONCE, held->len - first);
      for (guint i = 0; i < rows; i++)
        vqa_net_pixels (vqa_cache_row (t->set->squares, g_array_index (held, guint, first + i)),
                        bytes, nn_data (t->seeing, t->net->picture) + i * t->count);
      nn_forward (t->seeing);
      for (guint i = 0; i < rows; i++)
        {
          const vqa_labelled *p = t->set->pictures->pdata[g_array_index (held, guint, first + i)];
          add_row (&s, nn_data (t->seeing, t->net->logits) + i * t->recipe->spec.classes,
                   t->recipe->spec.classes, p->label);
        }
    }
  s.loss /= s.n;
  return s;
}

static gboolean
examine (gpointer user, GError **error)
{
  training *t = user;
  score s = measure (t);
  double accuracy = 100.0 * s.right / s.n;

  g_printerr ("validation: %.2f %% of %u pictures right, loss %.4f\n", accuracy, s.n, s.loss);
  vqa_run_metric (t->trainer.run, "validation_accuracy", accuracy);
  vqa_run_metric (t->trainer.run, "validation_loss", s.loss);
  return TRUE;
}

/* ---- beginning with a backbone --------------------------------------------------------------- */

/* Some training pictures as they are, (count,side,side,3). */
static float *
pick_pictures (const training *t, int *count, GError **error)
{
  guint n = t->set->train->len;
  g_autofree guint *order = g_memdup2 (t->set->train->data, n * sizeof (guint));
  vqa_random random = vqa_random_new (t->recipe->seed, INSERTING, 0);
  float *pictures;

  *count = (int)MIN (n, MEASURED);
  pictures = g_try_malloc_n (*count * t->count, sizeof (float));
  if (pictures == NULL)
    g_set_error (error, NN_ERROR, NN_ERROR_MEMORY, "no memory for %d pictures", *count);
  vqa_random_shuffle (&random, order, n);
  for (int i = 0; pictures != NULL && i < *count; i++)
    vqa_net_pixels (vqa_cache_row (t->set->squares, order[i]), t->count, pictures + i * t->count);
  return pictures;
}

/* Inserts norms into the folded network of the file: measured on training pictures, so that it
 * computes the same as before. */
static gboolean
read_backbone (training *t, GError **error)
{
  const char *path = t->recipe->backbone;
  int side = t->recipe->spec.side, count;
  g_autoptr (nn_file) file = nn_file_open (path, error);
  g_autofree float *pictures = file != NULL ? pick_pictures (t, &count, error) : NULL;
  nn_graph *g = nn_graph_new ();
  nn_params *folded;
  gboolean good;

  nn_mobilenetv2_folded (g, "", nn_images (g, "picture", side, side, 3), TRUE);
  folded = nn_params_new_zero ((const nn_graph *const[]){ g }, 1, error);
  good = pictures != NULL && folded != NULL && nn_params_read (folded, file, "", "", error)
         && nn_mobilenetv2_import (t->net->params, "", folded, "", pictures, count, side, error);
  if (good)
    g_printerr ("begins with %s, norms inserted with %d training pictures\n", path, count);
  nn_params_free (folded);
  nn_graph_free (g);
  return good;
}

/* ---- the whole of it ------------------------------------------------------------------------- */

static gboolean
build (training *t, GError **error)
{
  const vqa_classifier_spec *spec = &t->recipe->spec;
  nn_precision precision = (nn_precision)t->recipe->machine.precision;
  nn_node logits;

  t->count = (gsize)spec->side * spec->side * 3;
  t->batch = MIN (t->recipe->pictures, (int)t->set->train->len);
  t->graph = nn_graph_new ();
  logits = vqa_classifier_net (t->graph, spec, &t->picture);
  t->targets = nn_values (t->graph, "targets", 1, spec->classes);
  t->loss = nn_keep (t->graph, nn_cross_entropy (t->graph, logits, t->targets));
  t->team = nn_team_new (t->graph, t->net->params, t->batch, precision, error);
  if (t->team == NULL)
    return FALSE;
  t->seeing = nn_exec_new_in (t->net->graph, t->net->params, NN_INFER,
                              MIN (AT_ONCE, (int)t->set->held->len), precision, error);
  return t->seeing != NULL && make_slots (t, error);
}

static gboolean
learn (training *t, GError **error)
{
  const vqa_classify_recipe *r = t->recipe;
  vqa_lesson l = {
    .name = "train",
    .per_pass = per_pass (t),
    .samples = t->batch,
    .unit = "pictures",
    .rate = r->rate,
    .decay = r->decay,
    .learning = &r->learning,
    .seed = r->seed,
    .team = t->team,
    .total = t->loss,
    .loss = t->loss,
    .other = { -1 },
    .slots = t->slots,
    .fill = fill,
    .feed = feed,
    .examine = examine,
    .user = t,
  };

  if (t->trainer.stage > 0)
    return TRUE;
  if (t->trainer.stage_steps[0] == 0)
    {
      vqa_trainer_skip (&t->trainer);
      return TRUE;
    }
  return vqa_trainer_teach (&t->trainer, &l, error);
}

static gboolean
finish (training *t, GError **error)
{
  const char *output = vqa_run_output (t->trainer.run);
  const vqa_classify_recipe *r = t->recipe;
  score s = measure (t);
  char accuracy[G_ASCII_DTOSTR_BUF_SIZE], loss[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_formatd (accuracy, sizeof accuracy, "%.4f", 100.0 * s.right / s.n);
  g_ascii_formatd (loss, sizeof loss, "%.6f", s.loss);
  t->net->title = g_strdup (r->title);
  t->net->description = g_strdup (r->description);
  t->net->terms = g_strdup (r->terms);
  t->net->recipe = g_strdup (r->text);
  t->net->scores
      = g_strdup_printf ("{\"accuracy\":%s,\"loss\":%s,\"pictures\":%u}", accuracy, loss, s.n);
  g_printerr ("validation pictures: %s\n", t->net->scores);
  vqa_run_metric (t->trainer.run, "validation_accuracy", 100.0 * s.right / s.n);
  if (!vqa_classifier_write (t->net, output, error))
    return FALSE;
  g_printerr ("wrote %s\n", output);
  return TRUE;
}

static gboolean
train (training *t, GError **error)
{
  vqa_trainer *trainer = &t->trainer;
  vqa_classify_recipe *r = t->recipe;
  gboolean found;

  /* No folder is left behind by a recipe whose data is not there. */
  t->set = vqa_class_set_read (r, error);
  if (t->set == NULL || !vqa_run_open (trainer->run, error)
      || !vqa_class_set_load (t->set, r->spec.side, trainer->run, error))
    return FALSE;
  g_printerr ("%u classes, %u training, %u validation pictures\n", t->set->classes->len,
              t->set->train->len, t->set->held->len);
  r->spec.classes = (int)t->set->classes->len;
  t->net = vqa_classifier_new (&r->spec, t->set->classes, r->seed, error);
  if (t->net == NULL)
    return FALSE;
  trainer->params = t->net->params;
  trainer->data = t->set->hash;
  vqa_run_data (trainer->run, t->set->hash);
  if (!build (t, error))
    return FALSE;
  trainer->n_stages = 1;
  trainer->stage_steps[0] = (guint64)ceil (r->passes * (double)per_pass (t));
  return vqa_trainer_load (trainer, &found, error)
         && (found || r->backbone == NULL || read_backbone (t, error)) && learn (t, error)
         && finish (t, error);
}

static void
close_training (training *t)
{
  for (int i = 0; i < VQA_LESSON_SLOTS; i++)
    if (t->slots[i] != NULL)
      {
        prepared *p = t->slots[i];
        g_free (p->pictures);
        g_free (p->targets);
        g_free (p->order);
        g_free (p);
      }
  nn_team_free (t->team);
  nn_exec_free (t->seeing);
  nn_graph_free (t->graph);
  vqa_classifier_free (t->net);
  vqa_class_set_free (t->set);
  vqa_classify_recipe_free (t->recipe);
}

gboolean
vqa_classify_train (vqa_run *r, GError **error)
{
  training t = { 0 };
  gboolean good;

  t.recipe = vqa_classify_recipe_from (vqa_run_source (r), error);
  if (t.recipe == NULL)
    return FALSE;
  vqa_machine_apply (&t.recipe->machine);
  t.trainer.run = r;
  t.trainer.machine = &t.recipe->machine;
  t.trainer.pace = &t.recipe->pace;
  t.trainer.text = t.recipe->text;
  good = vqa_run_begin (r, t.recipe->name, t.recipe->key, error) && train (&t, error);
  close_training (&t);
  return good;
}
