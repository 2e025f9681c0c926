#include "vqa/run/train.h"

#include "nets/core/safetensors.h"
#include "vqa/run/inputs.h"
#include "vqa/run/lesson.h"
#include "vqa/run/score.h"

#include <math.h>
#include <string.h>

enum
{
  STAGE_HEAD,
  STAGE_WHOLE,
  N_STAGES
};

static const char *const stage_names[N_STAGES] = { "head", "whole" };

typedef struct
{
  vqa_recipe *recipe;
  vqa_examples *examples;
  vqa_graphs *graphs;
  vqa_cache *pictures; /* squares (side,side,3) by photo */
  vqa_cache *features; /* half floats (map) by 2 * photo + mirrored */
  char *data;          /* hash of its words and answers */
  vqa_trainer trainer;
} training;

/* ---- first values ---------------------------------------------------------------------------- */

/* Rows of the word table that the recipe's vectors know. */
static gboolean
read_word_vectors (training *t, GError **error)
{
  const vqa_contents *c = t->examples->contents;
  nn_param *table = nn_params_find (t->graphs->params, "question.embed.weight");
  g_autofree char *list = NULL, *vectors = NULL, *text = NULL;
  g_auto (GStrv) lines = NULL;
  g_autoptr (nn_file) file = NULL;
  const nn_tensor *tensor;

  if (t->recipe->words == NULL)
    return TRUE;
  list = g_build_filename (t->recipe->words, "words.txt", NULL);
  vectors = g_build_filename (t->recipe->words, "vectors.safetensors", NULL);
  file = nn_file_open (vectors, error);
  if (file == NULL || !g_file_get_contents (list, &text, NULL, error))
    return FALSE;
  tensor = nn_file_find (file, "vectors");
  if (tensor == NULL || tensor->rank != 2 || tensor->dim[1] != (guint64)c->spec.embed)
    {
      g_set_error (error, VQA_ERROR, VQA_ERROR_DATA,
                   "%s: tensor “vectors” (words,%d) is missing or of another width", vectors,
                   c->spec.embed);
      return FALSE;
    }
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL && i < tensor->dim[0]; i++)
    {
      int id = GPOINTER_TO_INT (g_hash_table_lookup (c->index, lines[i]));
      if (id > 0
          && !nn_tensor_read (tensor, (guint64)i * c->spec.embed, c->spec.embed,
                              table->value + (gsize)id * c->spec.embed, error))
        return FALSE;
    }
  nn_params_changed (t->graphs->params);
  return TRUE;
}

static gboolean
read_first_values (training *t, GError **error)
{
  if (t->recipe->backbone != NULL)
    {
      g_autoptr (nn_file) file = nn_file_open (t->recipe->backbone, error);
      if (file == NULL)
        return FALSE;
      for (guint i = 0; i < nn_params_count (t->graphs->params); i++)
        {
          nn_param *p = nn_params_nth (t->graphs->params, i);
          const char *name = p->name + strlen ("backbone.");
          const nn_tensor *tensor;
          if (!g_str_has_prefix (p->name, "backbone."))
            continue;
          tensor = nn_file_find (file, name);
          if (tensor == NULL || tensor->count != p->count)
            {
              g_set_error (error, VQA_ERROR, VQA_ERROR_DATA,
                           "%s: tensor %s is missing or mis-shaped", t->recipe->backbone, name);
              return FALSE;
            }
          if (!nn_tensor_read (tensor, 0, p->count, p->value, error))
            return FALSE;
        }
      nn_params_changed (t->graphs->params);
    }
  return read_word_vectors (t, error);
}

/* Stands for the vocabulary and the answers: other data may have as many, and mean others. */
static char *
data_hash (const vqa_contents *c)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);

  for (guint i = 0; i < c->words->len; i++)
    g_checksum_update (sum, c->words->pdata[i], (gssize)strlen (c->words->pdata[i]) + 1);
  for (guint i = 0; i < c->answers->len; i++)
    g_checksum_update (sum, c->answers->pdata[i], (gssize)strlen (c->answers->pdata[i]) + 1);
  return g_strdup (g_checksum_get_string (sum));
}

/* Stands for what is learned from: which pictures, and what is asked and answered about each. (Not
 * for their pixels, which would have to be read.) */
static char *
examples_hash (const vqa_examples *e)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  int T = e->contents->spec.max_words;

  for (guint i = 0; i < e->photos->len; i++)
    {
      const vqa_photo *p = e->photos->pdata[i];
      g_checksum_update (sum, (const guchar *)p->file, (gssize)strlen (p->file) + 1);
      g_checksum_update (sum, (const guchar *)&p->split, sizeof p->split);
      for (guint k = 0; k < p->examples->len; k++)
        {
          const vqa_example *x = p->examples->pdata[k];
          g_checksum_update (sum, (const guchar *)x->words, T * (gssize)sizeof *x->words);
          g_checksum_update (sum, (const guchar *)x->targets,
                             x->n_targets * (gssize)sizeof *x->targets);
        }
    }
  return g_strdup (g_checksum_get_string (sum));
}

/* ---- batches --------------------------------------------------------------------------------- */

/* One prepared batch. */
typedef struct
{
  vqa_batch *batch;
  float *input; /* (pictures) maps or squares, as the network reads them */
} prepared;

/* The graph that learns: inputs, both classifiers, their losses. */
typedef struct
{
  training *t;
  int stage;
  const vqa_stage *settings;
  nn_graph *graph;
  nn_node picture;   /* of the whole stage */
  vqa_net_maps maps; /* of the head stage */
  nn_node words, targets, loss, blind_loss, total;
  nn_exec *exec;
  gsize count; /* numbers of one input */
  gpointer slots[VQA_LESSON_SLOTS];
} classroom;

static void
write_picture (const training *t, const vqa_batch *b, guint64 step, int i, float *to)
{
  int side = t->examples->contents->spec.side;
  vqa_random random = vqa_random_new (t->recipe->seed + 1, step, (uint64_t)i);
  double zoom = 1 - t->recipe->crop * vqa_random_unit (&random), room = (1 - zoom) * side;
  double left = room * vqa_random_unit (&random), top = room * vqa_random_unit (&random);
  vqa_inputs_write (vqa_cache_row (t->pictures, b->photo[i]), side, b->flip[i], (float)zoom,
                    (float)left, (float)top, to);
}

static void
prepare (gpointer user, guint64 step, gpointer slot)
{
  const classroom *c = user;
  const training *t = c->t;
  prepared *p = slot;
  const vqa_batch *b = p->batch;

  vqa_batch_fill (t->examples, p->batch, (guint)c->stage, step);
  for (int i = 0; i < b->pictures; i++)
    if (c->stage == STAGE_WHOLE)
      write_picture (t, b, step, i, p->input + i * c->count);
    else
      nn_f16_to_f32 (vqa_cache_row (t->features, 2 * (gsize)b->photo[i] + (b->flip[i] ? 1 : 0)),
                     p->input + i * c->count, c->count);
}

static void
feed (gpointer user, gconstpointer slot)
{
  const classroom *c = user;
  const prepared *p = slot;
  const vqa_spec *spec = &c->t->examples->contents->spec;
  gsize rows = (gsize)p->batch->pictures * p->batch->questions;

  if (c->stage == STAGE_WHOLE)
    memcpy (nn_data (c->exec, c->picture), p->input,
            p->batch->pictures * c->count * sizeof (float));
  for (int i = 0; c->stage == STAGE_HEAD && i < p->batch->pictures; i++)
    vqa_net_maps_put (c->exec, c->graph, c->maps, i, p->input + i * c->count);
  memcpy (nn_ids (c->exec, c->words), p->batch->words, rows * spec->max_words * sizeof (int32_t));
  memcpy (nn_data (c->exec, c->targets), p->batch->targets, rows * spec->answers * sizeof (float));
}

/* ---- one stage ------------------------------------------------------------------------------- */

static gboolean
build (classroom *c, GError **error)
{
  const training *t = c->t;
  const vqa_spec *spec = &t->examples->contents->spec;
  const vqa_stage *stage = c->settings;
  nn_graph *g = c->graph = nn_graph_new ();
  vqa_net_outputs out;
  vqa_net_maps maps;

  if (c->stage == STAGE_HEAD)
    {
      maps = c->maps = vqa_net_map_inputs (g, spec);
      c->count = vqa_net_maps_count (g, maps);
    }
  else
    {
      c->picture = nn_images (g, "picture", spec->side, spec->side, 3);
      maps = vqa_net_features (g, spec, c->picture);
      c->count = (gsize)spec->side * spec->side * 3;
    }
  c->words = nn_words (g, "words", stage->questions, spec->max_words);
  c->targets = nn_values (g, "targets", stage->questions, spec->answers);
  out = vqa_net_answer (g, spec, maps, c->words, stage->questions);
  c->loss = nn_keep (g, nn_cross_entropy (g, out.logits, c->targets));
  c->blind_loss = nn_keep (g, nn_cross_entropy (g, out.blind, c->targets));
  c->total = nn_add (g, c->loss, c->blind_loss);
  if (!nn_graph_check (g, error))
    return FALSE;
  c->exec = nn_exec_new_in (g, t->graphs->params, NN_TRAIN, stage->pictures,
                            (nn_precision)t->recipe->machine.precision, error);
  return c->exec != NULL;
}

static gboolean
make_slots (classroom *c, GError **error)
{
  int pictures = c->settings->pictures;

  for (int i = 0; i < VQA_LESSON_SLOTS; i++)
    {
      prepared *p = c->slots[i] = g_new0 (prepared, 1);
      p->batch = vqa_batch_new (c->t->examples, pictures, c->settings->questions);
      p->input = g_try_malloc_n (pictures * c->count, sizeof (float));
      if (p->input == NULL)
        {
          g_set_error (error, NN_ERROR, NN_ERROR_MEMORY,
                       "no memory for batches of %d pictures; use smaller ones", pictures);
          return FALSE;
        }
    }
  return TRUE;
}

static void
close_classroom (classroom *c)
{
  for (int i = 0; i < VQA_LESSON_SLOTS; i++)
    if (c->slots[i] != NULL)
      {
        prepared *p = c->slots[i];
        vqa_batch_free (p->batch);
        g_free (p->input);
        g_free (p);
      }
  nn_exec_free (c->exec);
  nn_graph_free (c->graph);
}

/* How the network does on the calibration pictures, which are not trained on. */
static gboolean
examine (gpointer user, GError **error)
{
  const classroom *c = user;
  training *t = c->t;
  vqa_scores scores;
  g_autofree char *text = NULL;

  if (!vqa_score (t->examples, t->graphs, t->pictures, VQA_SPLIT_CALIBRATION, &scores, error))
    return FALSE;
  text = vqa_scores_json (&scores);
  g_printerr ("calibration pictures: %s\n", text);
  if (scores.human.n > 0)
    {
      vqa_run_metric (t->trainer.run, "accuracy", 100 * scores.human.right / scores.human.n);
      vqa_run_metric (t->trainer.run, "blind_accuracy", 100 * scores.human.blind / scores.human.n);
    }
  if (scores.existence.n > 0)
    vqa_run_metric (t->trainer.run, "existence_accuracy",
                    100 * scores.existence.right / scores.existence.n);
  return TRUE;
}

static void
prepare_params (training *t, const vqa_stage *stage)
{
  nn_params *p = t->graphs->params;
  gboolean head = t->trainer.stage == STAGE_HEAD;

  nn_params_freeze (p, "backbone.stem", head);
  nn_params_freeze (p, "backbone.block", head);
  nn_params_set_rate (p, "backbone.", (float)stage->backbone);
  /* Slowly, so that words met in training stay near their neighbours that were not. */
  nn_params_set_rate (p, "question.embed", 0.3f);
}

static gboolean
run_stage (training *t, GError **error)
{
  int number = t->trainer.stage;
  const vqa_stage *stage = number == STAGE_HEAD ? &t->recipe->head : &t->recipe->whole;
  classroom c = { .t = t, .stage = number, .settings = stage };
  vqa_lesson l = {
    .name = stage_names[number],
    .per_pass = vqa_batches_per_pass (t->examples, stage->pictures),
    .samples = stage->pictures,
    .unit = "pictures",
    .rate = stage->rate,
    .decay = stage->decay,
    .learning = &stage->learning,
    .seed = t->recipe->seed + (guint64)number,
    .other_as = "blind",
    .slots = c.slots,
    .fill = prepare,
    .feed = feed,
    .examine = examine,
    .user = &c,
  };
  gboolean good;

  prepare_params (t, stage);
  if (number == STAGE_HEAD)
    t->features = vqa_inputs_features (t->examples, t->graphs, t->pictures, t->trainer.run, error);
  good = (number != STAGE_HEAD || t->features != NULL) && build (&c, error)
         && make_slots (&c, error);
  l.exec = c.exec;
  l.total = c.total;
  l.loss = c.loss;
  l.other = c.blind_loss;
  good = good && vqa_trainer_teach (&t->trainer, &l, error);
  close_classroom (&c);
  return good;
}

/* ---- the whole of it ------------------------------------------------------------------------- */

static gboolean
finish (training *t, const char *output, GError **error)
{
  vqa_contents *c = t->examples->contents;
  vqa_scores scores;

  if (!vqa_calibrate (t->examples, t->graphs, t->pictures, error)
      || !vqa_score (t->examples, t->graphs, t->pictures, VQA_SPLIT_VALIDATION, &scores, error))
    return FALSE;
  c->title = g_strdup (t->recipe->title);
  c->description = g_strdup (t->recipe->description);
  c->terms = g_strdup (t->recipe->terms);
  c->recipe = g_strdup (t->recipe->text);
  c->scores = vqa_scores_json (&scores);
  g_printerr ("temperature %.3f, blind %.3f\nvalidation pictures: %s\n", c->temperature,
              c->blind_temperature, c->scores);
  if (scores.human.n > 0)
    vqa_run_metric (t->trainer.run, "validation_accuracy",
                    100 * scores.human.right / scores.human.n);
  if (!vqa_model_write (c, t->graphs, output, error))
    return FALSE;
  g_printerr ("wrote %s\n", output);
  return TRUE;
}

/* Steps of all stages are known once the examples are. */
static void
plan (training *t)
{
  const vqa_stage *stages[N_STAGES] = { &t->recipe->head, &t->recipe->whole };

  t->trainer.n_stages = N_STAGES;
  for (int i = 0; i < N_STAGES; i++)
    t->trainer.stage_steps[i] = (guint64)ceil (
        stages[i]->passes * (double)vqa_batches_per_pass (t->examples, stages[i]->pictures));
}

static gboolean
train (training *t, GError **error)
{
  vqa_trainer *trainer = &t->trainer;
  g_autofree char *hash = NULL;
  gboolean found;

  /* No folder is left behind by a recipe whose data is not there. */
  t->examples = vqa_examples_read (t->recipe, error);
  if (t->examples == NULL || !vqa_run_open (trainer->run, error))
    return FALSE;
  g_printerr (
      "%u training, %u calibration, %u validation pictures; %u words, %u answers, %u classes; "
      "%u questions without their picture\n",
      t->examples->split[VQA_SPLIT_TRAIN]->len, t->examples->split[VQA_SPLIT_CALIBRATION]->len,
      t->examples->split[VQA_SPLIT_VALIDATION]->len, t->examples->contents->words->len,
      t->examples->contents->answers->len, t->examples->classes->len, t->examples->missing);
  hash = examples_hash (t->examples);
  vqa_run_data (trainer->run, hash);
  t->graphs = vqa_graphs_new (&t->examples->contents->spec, t->recipe->seed, error);
  if (t->graphs == NULL)
    return FALSE;
  trainer->params = t->graphs->params;
  t->data = data_hash (t->examples->contents);
  trainer->data = t->data;
  plan (t);
  if (!vqa_trainer_load (trainer, &found, error) || (!found && !read_first_values (t, error)))
    return FALSE;
  t->pictures = vqa_inputs_pictures (t->examples, trainer->run, error);
  if (t->pictures == NULL)
    return FALSE;
  while (trainer->stage < N_STAGES)
    if (trainer->stage_steps[trainer->stage] == 0)
      vqa_trainer_skip (trainer);
    else if (!run_stage (t, error))
      return FALSE;
  return finish (t, vqa_run_output (trainer->run), error);
}

gboolean
vqa_answer_train (vqa_run *r, GError **error)
{
  training t = { 0 };
  gboolean good;

  t.recipe = vqa_recipe_from (vqa_run_source (r), error);
  if (t.recipe == NULL)
    return FALSE;
  vqa_machine_apply (&t.recipe->machine);
  t.trainer.run = r;
  t.trainer.machine = &t.recipe->machine;
  t.trainer.pace = &t.recipe->pace;
  t.trainer.text = t.recipe->text;
  good = vqa_run_begin (r, t.recipe->name, t.recipe->key, error) && train (&t, error);
  vqa_cache_close (t.pictures);
  vqa_cache_close (t.features);
  vqa_graphs_free (t.graphs);
  vqa_examples_free (t.examples);
  vqa_recipe_free (t.recipe);
  g_free (t.data);
  return good;
}
