#include "vqa/run/train.h"

#include "nets/core/params_file.h"
#include "vqa/run/inputs.h"
#include "vqa/run/score.h"
#include "vqa/run/stop.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define CHECKPOINT_SECONDS 120
#define REPORT_SECONDS     10

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
  char *folder;        /* runs/NAME-HASH */
  char *checkpoint;
  int stage;
  guint64 step; /* done in this stage */
  nn_optimiser optimiser;
} trainer;

/* ---- first values ---------------------------------------------------------------------------- */

/* Rows of the word table that the recipe's vectors know. */
static gboolean
read_word_vectors (trainer *t, GError **error)
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
read_first_values (trainer *t, GError **error)
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

/* ---- checkpoints ----------------------------------------------------------------------------- */

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

static gboolean
save_checkpoint (trainer *t, GError **error)
{
  g_autoptr (nn_writer) w = nn_writer_new ();
  g_autofree char *stage = g_strdup_printf ("%d", t->stage);
  g_autofree char *step = g_strdup_printf ("%" G_GUINT64_FORMAT, t->step);
  g_autofree char *updates = g_strdup_printf ("%" G_GINT64_FORMAT, t->optimiser.step);
  g_autofree char *data = data_hash (t->examples->contents);

  nn_writer_metadata (w, "stage", stage);
  nn_writer_metadata (w, "step", step);
  nn_writer_metadata (w, "updates", updates);
  nn_writer_metadata (w, "data", data);
  nn_writer_metadata (w, "recipe", t->recipe->text);
  nn_params_write (t->graphs->params, w, NN_F32, TRUE);
  return nn_writer_save (w, t->checkpoint, error);
}

static guint64
number_in (const nn_file *f, const char *key)
{
  const char *text = nn_file_metadata (f, key);
  return text != NULL ? g_ascii_strtoull (text, NULL, 10) : 0;
}

static gboolean
check_data (const trainer *t, const nn_file *f, GError **error)
{
  g_autofree char *data = data_hash (t->examples->contents);
  const char *stored = nn_file_metadata (f, "data");

  if (stored == NULL || strcmp (stored, data) == 0)
    return TRUE;
  g_set_error (error, VQA_ERROR, VQA_ERROR_DATA,
               "%s was made from data with other words or answers", nn_file_path (f));
  return FALSE;
}

static gboolean
load_checkpoint (trainer *t, GError **error)
{
  g_autoptr (nn_file) file = NULL;

  if (!g_file_test (t->checkpoint, G_FILE_TEST_EXISTS))
    return read_first_values (t, error);
  file = nn_file_open (t->checkpoint, error);
  if (file == NULL || !check_data (t, file, error)
      || !nn_params_read (t->graphs->params, file, "", "", error)
      || !nn_params_read_moments (t->graphs->params, file, error))
    {
      g_prefix_error (error, "checkpoint (delete it to begin anew): ");
      return FALSE;
    }
  t->stage = (int)number_in (file, "stage");
  t->step = number_in (file, "step");
  t->optimiser.step = (gint64)number_in (file, "updates");
  g_printerr ("going on at step %" G_GUINT64_FORMAT " of stage %d\n", t->step, t->stage);
  return TRUE;
}

/* ---- one stage ------------------------------------------------------------------------------- */

/* The graph that learns: inputs, both classifiers, their losses. */
typedef struct
{
  nn_graph *graph;
  nn_node input; /* map or picture */
  nn_node words, targets, loss, blind_loss, total;
  nn_exec *exec;
} lesson;

static gboolean
lesson_open (lesson *l, trainer *t, const vqa_stage *stage, GError **error)
{
  const vqa_spec *spec = &t->examples->contents->spec;
  nn_shape shape = nn_node_shape (t->graphs->features, t->graphs->features_out);
  nn_graph *g = l->graph = nn_graph_new ();
  vqa_net_outputs out;
  nn_node map;

  if (t->stage == STAGE_HEAD)
    map = l->input = nn_images (g, "map", shape.dim[0], shape.dim[1], shape.dim[2]);
  else
    {
      l->input = nn_images (g, "picture", spec->side, spec->side, 3);
      map = vqa_net_features (g, l->input);
    }
  l->words = nn_words (g, "words", stage->questions, spec->max_words);
  l->targets = nn_values (g, "targets", stage->questions, spec->answers);
  out = vqa_net_answer (g, spec, map, l->words, stage->questions);
  l->loss = nn_keep (g, nn_cross_entropy (g, out.logits, l->targets));
  l->blind_loss = nn_keep (g, nn_cross_entropy (g, out.blind, l->targets));
  l->total = nn_add (g, l->loss, l->blind_loss);
  if (!nn_graph_check (g, error))
    return FALSE;
  l->exec = nn_exec_new (g, t->graphs->params, NN_TRAIN, stage->pictures, error);
  return l->exec != NULL;
}

static void
lesson_close (lesson *l)
{
  nn_exec_free (l->exec);
  nn_graph_free (l->graph);
}

/* Largest share of the side that a crop leaves out. */
#define CROP 0.15

static void
write_picture (trainer *t, const vqa_batch *b, int i, float *to)
{
  int side = t->examples->contents->spec.side;
  vqa_random random = vqa_random_new (t->recipe->seed + 1, t->step, (uint64_t)i);
  double zoom = 1 - CROP * vqa_random_unit (&random), room = (1 - zoom) * side;
  double left = room * vqa_random_unit (&random), top = room * vqa_random_unit (&random);
  vqa_inputs_write (vqa_cache_row (t->pictures, b->photo[i]), side, b->flip[i], (float)zoom,
                    (float)left, (float)top, to);
}

static void
write_batch (trainer *t, lesson *l, const vqa_batch *b)
{
  const vqa_spec *spec = &t->examples->contents->spec;
  nn_shape shape = nn_node_shape (l->graph, l->input);
  gsize rows = (gsize)b->pictures * b->questions;
  gsize count = (gsize)shape.dim[0] * shape.dim[1] * shape.dim[2];
  float *input = nn_data (l->exec, l->input);

#pragma omp parallel for
  for (int i = 0; i < b->pictures; i++)
    if (t->stage == STAGE_WHOLE)
      write_picture (t, b, i, input + i * count);
    else
      nn_f16_to_f32 (vqa_cache_row (t->features, 2 * (gsize)b->photo[i] + (b->flip[i] ? 1 : 0)),
                     input + i * count, count);
  memcpy (nn_ids (l->exec, l->words), b->words, rows * spec->max_words * sizeof (int32_t));
  memcpy (nn_data (l->exec, l->targets), b->targets, rows * spec->answers * sizeof (float));
}

/* Linear warm-up over the first 5 % of the steps (at most 500), then a cosine down to 1 %. */
static double
rate_at (double highest, guint64 step, guint64 steps)
{
  double warm = MIN (0.05 * (double)steps, 500) + 1, at = (double)step;
  if (at < warm)
    return highest * (at + 1) / warm;
  return highest * (0.01 + 0.99 * 0.5 * (1 + cos (G_PI * (at - warm) / MAX (steps - warm, 1))));
}

/* What the line of progress shows, since the last one. */
typedef struct
{
  gint64 since, saved;
  guint64 steps;
  double loss, blind, norm;
} report;

static void
show (trainer *t, report *r, const vqa_stage *stage, guint64 steps)
{
  gint64 now = g_get_monotonic_time ();
  double seconds = (double)(now - r->since) / 1e6, n = MAX (r->steps, 1);
  double left = (double)(steps - t->step) * seconds / n;
  g_printerr ("%s step %" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT
              "  loss %.4f  blind %.4f  norm %.2f  "
              "%.1f pictures/s  %.0f s left\n",
              stage_names[t->stage], t->step, steps, r->loss / n, r->blind / n, r->norm / n,
              n * stage->pictures / seconds, left);
  *r = (report){ .since = now, .saved = r->saved };
}

static gboolean
one_step (trainer *t, lesson *l, vqa_batch *b, const vqa_stage *stage, guint64 steps, report *r,
          GError **error)
{
  double norm, loss;

  vqa_batch_fill (t->examples, b, (guint)t->stage, t->step);
  write_batch (t, l, b);
  nn_exec_seed (l->exec, t->recipe->seed + (guint64)t->stage, t->step);
  t->optimiser.rate = (float)rate_at (stage->rate, t->step, steps);
  nn_forward (l->exec);
  nn_backward (l->exec, l->total);
  norm = nn_optimise (t->graphs->params, &t->optimiser);
  loss = nn_data (l->exec, l->loss)[0];
  if (!isfinite (norm) || !isfinite (loss))
    {
      g_set_error (error, VQA_ERROR, VQA_ERROR_FAILED,
                   "stage %s, step %" G_GUINT64_FORMAT
                   ": the loss is no longer finite; use a lower rate",
                   stage_names[t->stage], t->step);
      return FALSE;
    }
  t->step++;
  r->steps++;
  r->loss += loss;
  r->blind += nn_data (l->exec, l->blind_loss)[0];
  r->norm += norm;
  return TRUE;
}

/* Prints how the network does on the calibration pictures, which are not trained on. */
static gboolean
show_scores (trainer *t, GError **error)
{
  vqa_scores scores;
  g_autofree char *text = NULL;
  if (!vqa_score (t->examples, t->graphs, t->pictures, VQA_SPLIT_CALIBRATION, &scores, error))
    return FALSE;
  text = vqa_scores_json (&scores);
  g_printerr ("calibration pictures: %s\n", text);
  return TRUE;
}

static gboolean
run_steps (trainer *t, lesson *l, const vqa_stage *stage, GError **error)
{
  g_autoptr (vqa_batch) b = vqa_batch_new (t->examples, stage->pictures, stage->questions);
  guint64 per_pass = vqa_batches_per_pass (t->examples, stage->pictures);
  guint64 steps = (guint64)ceil (stage->passes * (double)per_pass);
  report r = { .since = g_get_monotonic_time (), .saved = g_get_monotonic_time () };

  while (t->step < steps)
    {
      gint64 now;
      if (!one_step (t, l, b, stage, steps, &r, error))
        return FALSE;
      now = g_get_monotonic_time ();
      if (now - r.since > REPORT_SECONDS * G_USEC_PER_SEC || t->step == steps)
        show (t, &r, stage, steps);
      if (now - r.saved > CHECKPOINT_SECONDS * G_USEC_PER_SEC
          || vqa_stop_asked (NULL, VQA_STOPPED_TEXT))
        {
          if (!save_checkpoint (t, error))
            return FALSE;
          r.saved = now;
        }
      if (vqa_stop_asked (error, VQA_STOPPED_TEXT))
        return FALSE;
      if (t->step % per_pass == 0 && !show_scores (t, error))
        return FALSE;
    }
  return TRUE;
}

static void
prepare_params (trainer *t, const vqa_stage *stage)
{
  nn_params *p = t->graphs->params;
  gboolean head = t->stage == STAGE_HEAD;

  /* The stages differ in what they learn; moments of one say nothing about the other. */
  nn_params_freeze (p, "backbone.stem", head);
  nn_params_freeze (p, "backbone.block", head);
  nn_params_set_rate (p, "backbone.", (float)stage->backbone);
  /* Slowly, so that words met in training stay near their neighbours that were not. */
  nn_params_set_rate (p, "question.embed", 0.3f);
  t->optimiser.decay = (float)stage->decay;
}

static void
forget_moments (trainer *t)
{
  for (guint i = 0; i < nn_params_count (t->graphs->params); i++)
    {
      nn_param *p = nn_params_nth (t->graphs->params, i);
      if (p->mean == NULL)
        return;
      memset (p->mean, 0, p->count * sizeof (float));
      memset (p->square, 0, p->count * sizeof (float));
    }
}

static gboolean
run_stage (trainer *t, GError **error)
{
  const vqa_stage *stage = t->stage == STAGE_HEAD ? &t->recipe->head : &t->recipe->whole;
  lesson l = { 0 };
  gboolean ok;

  if (stage->passes > 0)
    {
      prepare_params (t, stage);
      if (t->stage == STAGE_HEAD)
        t->features = vqa_inputs_features (t->examples, t->graphs, t->pictures, error);
      ok = (t->stage != STAGE_HEAD || t->features != NULL) && lesson_open (&l, t, stage, error)
           && run_steps (t, &l, stage, error);
      lesson_close (&l);
      if (!ok)
        return FALSE;
    }
  t->stage++;
  t->step = 0;
  t->optimiser = nn_adamw_default ();
  forget_moments (t);
  return stage->passes <= 0 || save_checkpoint (t, error);
}

/* ---- the whole of it ------------------------------------------------------------------------- */

static gboolean
finish (trainer *t, const char *output, GError **error)
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
  if (!vqa_model_write (c, t->graphs, output, error))
    return FALSE;
  g_printerr ("wrote %s\n", output);
  return TRUE;
}

static gboolean
make_folder (trainer *t, GError **error)
{
  g_autofree char *hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, t->recipe->key, -1);
  t->folder = g_strdup_printf ("runs/%s-%.8s", t->recipe->name, hash);
  t->checkpoint = g_build_filename (t->folder, "checkpoint.safetensors", NULL);
  if (g_mkdir_with_parents (t->folder, 0755) == 0)
    return TRUE;
  g_set_error (error, VQA_ERROR, VQA_ERROR_FAILED,
               "%s cannot be made: %s; start in a folder you may write to", t->folder,
               g_strerror (errno));
  return FALSE;
}

static gboolean
train (trainer *t, const char *output, GError **error)
{
  /* No folder is left behind by a recipe whose data is not there. */
  t->examples = vqa_examples_read (t->recipe, error);
  if (t->examples == NULL || !make_folder (t, error))
    return FALSE;
  g_printerr (
      "%u training, %u calibration, %u validation pictures; %u words, %u answers, %u classes; "
      "%u questions without their picture\n",
      t->examples->split[VQA_SPLIT_TRAIN]->len, t->examples->split[VQA_SPLIT_CALIBRATION]->len,
      t->examples->split[VQA_SPLIT_VALIDATION]->len, t->examples->contents->words->len,
      t->examples->contents->answers->len, t->examples->classes->len, t->examples->missing);
  t->graphs = vqa_graphs_new (&t->examples->contents->spec, t->recipe->seed, error);
  if (t->graphs == NULL || !load_checkpoint (t, error))
    return FALSE;
  t->pictures = vqa_inputs_pictures (t->examples, error);
  if (t->pictures == NULL)
    return FALSE;
  while (t->stage < N_STAGES)
    if (!run_stage (t, error))
      return FALSE;
  return finish (t, output, error);
}

gboolean
vqa_train (const vqa_train_options *options, GError **error)
{
  trainer t = { .optimiser = nn_adamw_default () };
  g_autofree char *output = NULL;
  gboolean ok;

  t.recipe = vqa_recipe_read (options->recipe_path, options->data_root, options->settings, error);
  if (t.recipe == NULL)
    return FALSE;
  vqa_stop_listen ();
  output = options->output != NULL ? g_strdup (options->output)
                                   : g_strconcat (t.recipe->name, ".safetensors", NULL);
  ok = train (&t, output, error);
  vqa_cache_close (t.pictures);
  vqa_cache_close (t.features);
  vqa_graphs_free (t.graphs);
  vqa_examples_free (t.examples);
  vqa_recipe_free (t.recipe);
  g_free (t.folder);
  g_free (t.checkpoint);
  return ok;
}
