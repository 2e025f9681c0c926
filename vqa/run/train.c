#include "vqa/run/train.h"

#include "vqa/run/first_values.h"
#include "vqa/run/inputs.h"
#include "vqa/run/labelling.h"
#include "vqa/run/lesson.h"
#include "vqa/run/scenes.h"
#include "vqa/run/score.h"
#include "vqa/run/tracing.h"

#include <math.h>
#include <string.h>

enum
{
  STAGE_LABELS, /* the picture's part alone */
  STAGE_HEAD,   /* everything but the backbone, which is fixed */

  STAGE_WHOLE,  /* everything */
  STAGE_PEOPLE, /* everything, on the photographs that people asked about */
  N_STAGES
};

static const char *const stage_names[N_STAGES] = { "labels", "head", "whole", "people" };

typedef struct
{
  vqa_recipe *recipe;
  vqa_examples *examples;
  vqa_graphs *graphs;
  vqa_cache *pictures;      /* squares (side,side,3) by photo */
  vqa_cache *features;      /* half floats (map) by 2 * photo + mirrored */
  vqa_labelling *labelling; /* NULL: no stage learns from labels */
  nn_graph *beside;         /* what learns from them, as a stage without questions */
  int n_labels;
  char *data; /* hash of its words and answers */
  vqa_trainer trainer;
} training;

/* ---- batches --------------------------------------------------------------------------------- */

/* One prepared batch. */
typedef struct
{
  vqa_batch *batch;
  float *input;          /* (pictures) maps or squares, as the network reads them */
  float *labels, *known; /* (pictures,n_labels) */
  float *taught;         /* (pictures,VQA_TEACHER_CLASSES) */
  float *traces;         /* (pictures*questions,vqa_tracing_count()) */
} prepared;

/* The graph that learns: inputs, both classifiers, their losses. */
typedef struct
{
  training *t;
  int stage;
  const vqa_stage *settings;
  nn_graph *graph;
  nn_node picture;                                 /* of the whole stage */
  vqa_net_maps maps;                               /* of the head stage */
  nn_node words, targets, loss, blind_loss, total; /* words: i < 0 in the stage of labels */
  nn_node labels, known, taught; /* i < 0 where the stage does not learn from them */
  nn_node label_loss;
  vqa_tracing tracing; /* loss.i < 0: the stage does not learn so */
  nn_team *team;
  gsize count; /* numbers of one input */
  gpointer slots[VQA_LESSON_SLOTS];
} classroom;

static void
write_picture (const training *t, const vqa_batch *b, guint64 step, int i, float *to)
{
  const vqa_photo *p = t->examples->photos->pdata[b->photo[i]];
  int side = t->examples->contents->spec.side;
  vqa_random random = vqa_random_new (t->recipe->seed + 1, step, (uint64_t)i);
  double zoom = 1 - t->recipe->crop * vqa_random_unit (&random), room = (1 - zoom) * side;
  double left = room * vqa_random_unit (&random), top = room * vqa_random_unit (&random);

  if (p->drawn)
    {
      g_autofree guint8 *square = g_malloc ((gsize)side * side * 3);
      vqa_scene_draw (&b->scenes[i], side, square);
      vqa_net_pixels (square, (gsize)side * side * 3, to);
      return;
    }
  vqa_inputs_write (vqa_cache_row (t->pictures, b->photo[i]), side, b->flip[i], (float)zoom,
                    (float)left, (float)top, to);
}

/* Of guint: what a stage visits. */
static const GArray *
photos_of (const training *t, int stage)
{
  return stage == STAGE_PEOPLE   ? t->examples->asked
         : stage == STAGE_LABELS ? t->examples->split[VQA_SPLIT_TRAIN]
                                 : t->examples->visited;
}

static void
write_labels (const classroom *c, prepared *p, int i)
{
  const training *t = c->t;
  gsize n = (gsize)t->n_labels;
  nn_shape s = nn_node_shape (c->graph, c->labels);

  if (s.rank == 1)
    {
      vqa_labelling_targets (t->labelling, p->batch->photo[i], p->labels + i * n, p->known + i * n);
      return;
    }
  vqa_scenes_labels (&p->batch->scenes[i], s.dim[0], s.dim[1], p->labels + i * n);
  for (gsize k = 0; k < n; k++)
    p->known[i * n + k] = 1;
}

static void
prepare (gpointer user, guint64 step, gpointer slot)
{
  const classroom *c = user;
  const training *t = c->t;
  prepared *p = slot;
  const vqa_batch *b = p->batch;

  vqa_batch_fill (t->examples, photos_of (t, c->stage), p->batch, (guint)c->stage, step);
  for (int i = 0; i < b->pictures; i++)
    if (c->stage != STAGE_HEAD)
      write_picture (t, b, step, i, p->input + i * c->count);
    else
      nn_f16_to_f32 (vqa_cache_row (t->features, 2 * (gsize)b->photo[i] + (b->flip[i] ? 1 : 0)),
                     p->input + i * c->count, c->count);
  for (int i = 0; i < b->pictures && c->labels.i >= 0; i++)
    write_labels (c, p, i);
  for (int i = 0; i < b->pictures && c->taught.i >= 0; i++)
    vqa_labelling_teacher (t->labelling, b->photo[i], p->taught + (gsize)i * VQA_TEACHER_CLASSES);
  for (int i = 0; i < b->pictures * b->questions && c->tracing.loss.i >= 0; i++)
    vqa_tracing_write (&c->tracing, &b->scenes[i / b->questions], &b->traces[i],
                       p->traces + (gsize)i * vqa_tracing_count (&c->tracing));
}

static void
feed_input (const classroom *c, nn_node to, gconstpointer from)
{
  if (to.i >= 0)
    nn_team_feed (c->team, to, from);
}

/* What lies otherwise in a batch than in the inputs. */
static void
feed_member (const classroom *c, const prepared *p, int member)
{
  nn_exec *e = nn_team_exec (c->team, member);
  int pictures = p->batch->pictures / nn_team_members (c->team), first = member * pictures;
  gsize rows = (gsize)pictures * p->batch->questions;

  for (int i = 0; c->stage == STAGE_HEAD && i < pictures; i++)
    vqa_net_maps_put (e, c->graph, c->maps, i, p->input + (first + i) * c->count);
  if (c->tracing.loss.i >= 0)
    vqa_tracing_feed (&c->tracing, e, p->traces + member * rows * vqa_tracing_count (&c->tracing),
                      rows);
}

static void
feed (gpointer user, gconstpointer slot)
{
  const classroom *c = user;
  const prepared *p = slot;

  feed_input (c, c->labels, p->labels);
  feed_input (c, c->known, p->known);
  feed_input (c, c->taught, p->taught);
  feed_input (c, c->picture, p->input);
  feed_input (c, c->words, p->batch->words);
  feed_input (c, c->targets, p->batch->targets);
  for (int i = 0; i < nn_team_members (c->team); i++)
    feed_member (c, p, i);
}

/* ---- one stage ------------------------------------------------------------------------------- */

/* Of a photograph as a whole; of generated scenes, when there is nothing else, place by place. */
static nn_node
read_labels_off (const training *t, nn_graph *g, nn_node look)
{
  return t->examples->n_files == 0 ? vqa_net_cells (g, "scenes", look, VQA_VALUES)
                                   : vqa_net_labels (g, "tags", look, t->n_labels);
}

/* An input of a node's shape. */
static nn_node
input_like (nn_graph *g, const char *name, nn_node x)
{
  nn_shape s = nn_node_shape (g, x);
  return s.rank == 3 ? nn_images (g, name, s.dim[0], s.dim[1], s.dim[2])
                     : nn_values (g, name, 1, s.dim[0]);
}

/* Learns what the labels say of the picture: unknown ones cost the same whatever the network says.
 */
static void
learn_labels (classroom *c, nn_node look)
{
  nn_graph *g = c->graph;
  nn_node teach = { -1 }, label = { -1 };

  if (c->settings->labels > 0 && c->t->n_labels > 0)
    {
      nn_node logits = read_labels_off (c->t, g, look);
      c->labels = input_like (g, "labels", logits);
      c->known = input_like (g, "known", logits);
      label = nn_binary_cross_entropy (g, nn_mul (g, logits, c->known), c->labels);
      label = nn_scale (g, label, (float)c->settings->labels, 0);
    }
  if (c->settings->teach > 0 && c->t->recipe->backbone != NULL)
    {
      c->taught = nn_values (g, "taught", 1, VQA_TEACHER_CLASSES);
      teach = nn_cross_entropy (g, vqa_net_labels (g, "teacher", look, VQA_TEACHER_CLASSES),
                                c->taught);
      teach = nn_scale (g, teach, (float)c->settings->teach, 0);
    }
  c->label_loss = label.i < 0 ? teach : teach.i < 0 ? label : nn_add (g, label, teach);
  if (c->label_loss.i >= 0)
    c->label_loss = nn_keep (g, c->label_loss);
}

static void
learn_answers (classroom *c, const vqa_spec *spec, vqa_net_maps maps)
{
  nn_graph *g = c->graph;
  int questions = c->settings->questions;
  vqa_net_outputs out;

  c->words = nn_words (g, "words", questions, spec->max_words);
  c->targets = nn_values (g, "targets", questions, spec->answers);
  out = vqa_net_answer (g, spec, maps, c->words, questions);
  c->loss = nn_keep (g, nn_cross_entropy (g, out.logits, c->targets));
  c->blind_loss = nn_keep (g, nn_cross_entropy (g, out.blind, c->targets));
  c->total = nn_add (g, c->loss, c->blind_loss);
  learn_labels (c, out.look);
  if (c->label_loss.i >= 0)
    c->total = nn_add (g, c->total, c->label_loss);
  if (c->settings->trace > 0)
    {
      c->tracing = vqa_tracing_add (g, spec, &out, questions);
      c->total = nn_add (g, c->total, nn_scale (g, c->tracing.loss, (float)c->settings->trace, 0));
    }
}

/* Without questions, or with what they say but not what is answered. */
static void
learn_to_see (classroom *c, const vqa_spec *spec, vqa_net_maps maps)
{
  nn_graph *g = c->graph;
  int questions = c->settings->questions;

  learn_labels (c, vqa_net_look (g, spec, maps));
  c->loss = c->total = c->label_loss;
  c->blind_loss = (nn_node){ -1 };
  if (c->settings->trace <= 0 || c->total.i < 0)
    return;
  c->words = nn_words (g, "words", questions, spec->max_words);
  c->tracing = vqa_tracing_words (g, vqa_net_question (g, spec, c->words), questions);
  c->tracing.loss = nn_keep (g, c->tracing.loss);
  c->total = nn_add (g, c->total, nn_scale (g, c->tracing.loss, (float)c->settings->trace, 0));
}

static gboolean
describe (classroom *c, GError **error)
{
  const vqa_spec *spec = &c->t->examples->contents->spec;
  nn_graph *g = c->graph = nn_graph_new ();
  vqa_net_maps maps;

  c->picture = c->words = c->targets = c->labels = c->known = c->taught = (nn_node){ -1 };
  c->tracing.loss = (nn_node){ -1 };
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
  if (c->stage != STAGE_LABELS)
    learn_answers (c, spec, maps);
  else
    {
      learn_to_see (c, spec, maps);
      if (c->total.i < 0)
        {
          g_set_error (
              error, VQA_ERROR, VQA_ERROR_RECIPE,
              "recipe: [labels] has nothing to learn from without classes, captions, scenes or a "
              "backbone that teaches; set passes to 0");
          return FALSE;
        }
    }
  return nn_graph_check (g, error);
}

static gboolean
build (classroom *c, GError **error)
{
  const training *t = c->t;

  if (!describe (c, error))
    return FALSE;
  c->team = nn_team_new (c->graph, t->graphs->params, c->settings->pictures,
                         (nn_precision)t->recipe->machine.precision, error);
  return c->team != NULL;
}

static gboolean
make_slots (classroom *c, GError **error)
{
  int pictures = c->settings->pictures;

  for (int i = 0; i < VQA_LESSON_SLOTS; i++)
    {
      prepared *p = c->slots[i] = g_new0 (prepared, 1);
      p->batch
          = vqa_batch_new (c->t->examples, pictures, c->words.i < 0 ? 0 : c->settings->questions);
      if (c->stage == STAGE_PEOPLE)
        p->batch->mix = vqa_mix_people;
      p->input = g_try_malloc_n (pictures * c->count, sizeof (float));
      p->labels = g_try_malloc0_n ((gsize)pictures * c->t->n_labels + 1, sizeof (float));
      p->known = g_try_malloc0_n ((gsize)pictures * c->t->n_labels + 1, sizeof (float));
      p->taught = g_try_malloc0_n ((gsize)pictures * VQA_TEACHER_CLASSES, sizeof (float));
      p->traces = g_try_malloc_n (
          (gsize)pictures * c->settings->questions * vqa_tracing_count (&c->tracing) + 1,
          sizeof (float));
      if (p->input == NULL || p->labels == NULL || p->known == NULL || p->taught == NULL
          || p->traces == NULL)
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
        g_free (p->labels);
        g_free (p->known);
        g_free (p->taught);
        g_free (p->traces);
        g_free (p);
      }
  nn_team_free (c->team);
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

  if (c->stage == STAGE_LABELS)
    return TRUE; /* no question is learned yet */
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
  gboolean head = t->trainer.stage == STAGE_HEAD, labels = t->trainer.stage == STAGE_LABELS;

  nn_params_freeze (p, "", labels);
  nn_params_freeze (p, "labels.", head || (stage->labels <= 0 && stage->teach <= 0));
  nn_params_freeze (p, "trace.", stage->trace <= 0);
  nn_params_freeze (p, "question.", labels && stage->trace <= 0);
  nn_params_freeze (p, "backbone.", head);
  nn_params_freeze (p, "backbone.head", FALSE);
  nn_params_set_rate (p, "backbone.", (float)stage->backbone);
  /* Slowly, so that words met in training stay near their neighbours that were not. */
  nn_params_set_rate (p, "question.embed", 0.3f);
}

static gboolean
run_stage (training *t, GError **error)
{
  int number = t->trainer.stage;
  const vqa_stage *const stages[N_STAGES]
      = { &t->recipe->labels, &t->recipe->head, &t->recipe->whole, &t->recipe->people };
  const vqa_stage *stage = stages[number];
  classroom c = { .t = t, .stage = number, .settings = stage };
  vqa_lesson l = {
    .name = stage_names[number],
    .per_pass = vqa_batches_per_pass (photos_of (t, number), stage->pictures),
    .samples = stage->pictures,
    .unit = "pictures",
    .rate = stage->rate,
    .decay = stage->decay,
    .learning = &stage->learning,
    .seed = t->recipe->seed + (guint64)number,
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
  l.team = c.team;
  l.total = c.total;
  l.loss = c.loss;
  l.other_as = c.tracing.loss.i >= 0 ? "trace" : c.label_loss.i >= 0 ? "labels" : "blind";
  l.other = c.tracing.loss.i >= 0 ? c.tracing.loss
            : c.label_loss.i >= 0 ? c.label_loss
                                  : c.blind_loss;
  good = good && vqa_trainer_teach (&t->trainer, &l, error);
  close_classroom (&c);
  return good;
}

/* ---- the whole of it ------------------------------------------------------------------------- */

/* Leaves what only training needs behind. */
static gboolean
keep_network (training *t, GError **error)
{
  vqa_graphs *kept = vqa_graphs_new (&t->examples->contents->spec, t->recipe->seed, NULL, error);

  if (kept == NULL)
    return FALSE;
  for (guint i = 0; i < nn_params_count (kept->params); i++)
    {
      nn_param *p = nn_params_nth (kept->params, i);
      memcpy (p->value, nn_params_find (t->graphs->params, p->name)->value,
              p->count * sizeof *p->value);
    }
  nn_params_changed (kept->params);
  vqa_graphs_free (t->graphs);
  t->graphs = kept;
  t->trainer.params = NULL;
  return TRUE;
}

static gboolean
finish (training *t, const char *output, GError **error)
{
  vqa_contents *c = t->examples->contents;
  g_autoptr (vqa_report) report = vqa_report_new ();
  g_autofree char *brief = NULL;
  vqa_scores scores;

  if (!keep_network (t, error))
    return FALSE;
  vqa_examples_restore_lists (t->examples);
  if (!vqa_calibrate (t->examples, t->graphs, t->pictures, error)
      || !vqa_score (t->examples, t->graphs, t->pictures, VQA_SPLIT_VALIDATION, &scores, error)
      || !vqa_score_report (t->examples, t->graphs, t->pictures, VQA_SPLIT_VALIDATION, report,
                            error))
    return FALSE;
  c->title = g_strdup (t->recipe->title);
  c->description = g_strdup (t->recipe->description);
  c->terms = g_strdup (t->recipe->terms);
  c->recipe = g_strdup (t->recipe->text);
  c->scores = vqa_scores_full_json (&scores, report);
  brief = vqa_scores_json (&scores);
  g_printerr ("temperature %.3f, blind %.3f\nvalidation pictures: %s\n", c->temperature,
              c->blind_temperature, brief);
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
  const vqa_stage *stages[N_STAGES]
      = { &t->recipe->labels, &t->recipe->head, &t->recipe->whole, &t->recipe->people };

  t->trainer.n_stages = N_STAGES;
  for (int i = 0; i < N_STAGES; i++)
    t->trainer.stage_steps[i] = (guint64)ceil (
        stages[i]->passes * (double)vqa_batches_per_pass (photos_of (t, i), stages[i]->pictures));
}

/* The largest weight that any stage gives. */
static double
most (const vqa_recipe *r, double (*weight) (const vqa_stage *s))
{
  return MAX (MAX (weight (&r->labels), weight (&r->head)),
              MAX (weight (&r->whole), weight (&r->people)));
}

static double
label_weight (const vqa_stage *s)
{
  return s->passes > 0 ? s->labels : 0;
}

static double
teach_weight (const vqa_stage *s)
{
  return s->passes > 0 ? s->teach : 0;
}

static double
trace_weight (const vqa_stage *s)
{
  return s->passes > 0 ? s->trace : 0;
}

static void
describe_trace (nn_graph *g, const vqa_spec *spec)
{
  nn_node words = nn_words (g, "words", 1, spec->max_words);
  vqa_net_outputs out = vqa_net_answer (g, spec, vqa_net_map_inputs (g, spec), words, 1);

  vqa_tracing_add (g, spec, &out, 1);
}

/* What learns from labels in any stage. */
static gboolean
describe_labels (training *t, GError **error)
{
  const vqa_spec *spec = &t->examples->contents->spec;
  nn_graph *g = t->beside = nn_graph_new ();
  nn_node picture = nn_images (g, "picture", spec->side, spec->side, 3);
  nn_node look = vqa_net_look (g, spec, vqa_net_features (g, spec, picture));

  nn_shape s = nn_node_shape (g, look);

  if (most (t->recipe, label_weight) > 0)
    t->n_labels = t->examples->n_files == 0 ? s.dim[0] * s.dim[1] * VQA_VALUES
                                            : (int)vqa_labelling_count (t->examples);
  if (t->n_labels > 0)
    nn_keep (g, read_labels_off (t, g, look));
  if (most (t->recipe, teach_weight) > 0 && t->recipe->backbone != NULL)
    nn_keep (g, vqa_net_labels (g, "teacher", look, VQA_TEACHER_CLASSES));
  if (most (t->recipe, trace_weight) > 0)
    describe_trace (g, spec);
  return nn_graph_check (g, error);
}

static gboolean
read_labels (training *t, GError **error)
{
  gboolean teach = most (t->recipe, teach_weight) > 0;

  if ((t->n_labels == 0 || t->examples->n_files == 0) && !teach)
    return TRUE;
  t->labelling = vqa_labelling_new (t->examples, teach, t->pictures, t->trainer.run, error);
  return t->labelling != NULL;
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
  hash = vqa_examples_hash (t->examples);
  vqa_run_data (trainer->run, hash);
  if (t->recipe->people.passes > 0 && t->examples->asked->len == 0)
    {
      g_set_error (error, VQA_ERROR, VQA_ERROR_RECIPE,
                   "recipe: [people] has nothing to learn from: no question of [data] questions is "
                   "about a training picture; set passes to 0");
      return FALSE;
    }
  if (!describe_labels (t, error))
    return FALSE;
  t->graphs = vqa_graphs_new (&t->examples->contents->spec, t->recipe->seed, t->beside, error);
  if (t->graphs == NULL)
    return FALSE;
  trainer->params = t->graphs->params;
  t->data = vqa_examples_meaning (t->examples->contents);
  trainer->data = t->data;
  plan (t);
  if (!vqa_trainer_load (trainer, &found, error)
      || (!found && !vqa_first_values (t->recipe, t->examples->contents, t->graphs->params, error)))
    return FALSE;
  t->pictures = vqa_inputs_pictures (t->examples, trainer->run, error);
  if (t->pictures == NULL || !read_labels (t, error))
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
  vqa_labelling_free (t.labelling);
  vqa_graphs_free (t.graphs);
  nn_graph_free (t.beside);
  vqa_examples_free (t.examples);
  vqa_recipe_free (t.recipe);
  g_free (t.data);
  return good;
}
