/* regard-cli eval: a model measured on questions whose answers are known. */
#include "vqa/cli/eval.h"

#include "vqa/cli/ahead.h"
#include "vqa/data/kinds.h"
#include "vqa/run/stop.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#define WARNINGS 5 /* pictures and questions told about one by one */

/* The questions about one picture. */
typedef struct
{
  gint64 image_id;
  GArray *questions; /* of guint, indices into those that are asked */
} group;

static void
group_free (gpointer data)
{
  group *g = data;
  g_array_unref (g->questions);
  g_free (g);
}

/* Brings the questions about one picture together, so that its features are computed once. */
static void
make_groups (evaluation *e)
{
  g_autoptr (GHashTable) by_id = g_hash_table_new (g_int64_hash, g_int64_equal);
  e->groups = g_ptr_array_new_with_free_func (group_free);
  for (guint i = 0; i < e->questions->len; i++)
    {
      const vqa_question *question = g_ptr_array_index (e->questions, i);
      group *g = g_hash_table_lookup (by_id, &question->image_id);
      if (g == NULL)
        {
          g = g_new0 (group, 1);
          g->image_id = question->image_id;
          g->questions = g_array_new (FALSE, FALSE, sizeof (guint));
          g_ptr_array_add (e->groups, g);
          g_hash_table_insert (by_id, &g->image_id, g);
        }
      g_array_append_val (g->questions, i);
    }
}

static void
warn (evaluation *e, const char *what, gint64 id, const GError *error)
{
  e->warnings++;
  if (e->warnings <= WARNINGS)
    g_printerr ("regard-cli: %s %" G_GINT64_FORMAT ": %s\n", what, id, error->message);
  else if (e->warnings == WARNINGS + 1)
    g_printerr ("regard-cli: more of this kind follow and are only counted\n");
}

static void
show_progress (evaluation *e)
{
  const vqa_tally *all = &e->variants[0].tallies[EVAL_ALL];
  gint64 now = g_get_monotonic_time ();
  if (now - e->shown_at < G_USEC_PER_SEC / 2 || !isatty (STDERR_FILENO))
    return;
  e->shown_at = now;
  g_printerr ("\r%u of %u questions", e->done, e->questions->len);
  if (all->n > 0)
    g_printerr (", %.1f %% right", vqa_tally_accuracy (all));
  g_printerr ("   ");
}

static gboolean
is_known (const vqa_question *question)
{
  return question->answers != NULL && question->answers[0] != NULL;
}

/* What came of a question whose answer is known. */
static vqa_outcome
outcome (const evaluation *e, const vqa_question *question, const vqa_reply *reply)
{
  const char *known = question->answers[0];
  gboolean yes_no = question->answer_type != NULL
                        ? strcmp (question->answer_type, "yes/no") == 0
                        : strcmp (known, "yes") == 0 || strcmp (known, "no") == 0;
  return (vqa_outcome){
    .source = question->source,
    .kind
    = question->kind != NULL ? question->kind : vqa_kind_name (vqa_question_kind (question->text)),
    .right = reply ? vqa_set_accuracy (e->set, question, reply->answers[0].answer) : 0,
    .blind = reply ? vqa_set_accuracy (e->set, question, reply->blind[0].answer) : 0,
    .yes = yes_no ? vqa_set_accuracy (e->set, question, "yes") : NAN,
    .sure = reply ? reply->answers[0].probability : 0,
  };
}

static void
score (eval_variant *v, const vqa_question *question, const vqa_outcome *o)
{
  static const struct
  {
    const char *type;
    int tally;
  } types[] = { { "yes/no", EVAL_YES_NO }, { "number", EVAL_NUMBER }, { "other", EVAL_OTHER } };

  vqa_tally_add (&v->tallies[EVAL_ALL], o);
  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    if (g_strcmp0 (question->answer_type, types[i].type) == 0)
      vqa_tally_add (&v->tallies[types[i].tally], o);
  vqa_report_add (v->report, o);
}

/* Asks question i with one variant of the network. Without a picture the answer is the blind one,
 * so that predictions are complete, and is not scored. FALSE: it cannot go on. */
static gboolean
ask_variant (evaluation *e, guint v, guint i, const vqa_picture *picture, const guint8 *grey,
             GError **error)
{
  const vqa_question *question = g_ptr_array_index (e->questions, i);
  g_autoptr (GError) wrong = NULL;
  vqa_model_ablate (e->model, e->variants[v].part);
  g_autoptr (vqa_reply) reply
      = vqa_model_ask (e->model, picture != NULL ? picture->square : grey,
                       picture != NULL ? picture->hash : NULL, question->text, 1, &wrong);
  if (reply == NULL && !g_error_matches (wrong, VQA_ERROR, VQA_ERROR_QUESTION))
    {
      g_propagate_error (error, g_steal_pointer (&wrong));
      return FALSE;
    }
  gboolean counts = picture != NULL && is_known (question);
  vqa_outcome o = counts ? outcome (e, question, reply) : (vqa_outcome){ 0 };
  if (counts)
    score (&e->variants[v], question, &o);
  if (reply != NULL)
    e->milliseconds += reply->milliseconds;
  if (v > 0)
    return TRUE;
  if (reply == NULL)
    warn (e, "question", question->id, wrong);
  const vqa_answer *said = reply == NULL ? NULL : picture != NULL ? reply->answers : reply->blind;
  e->answers[i] = g_strdup (said != NULL ? said->answer : "");
  if (picture != NULL && e->records != NULL)
    eval_answers_add (e, question, reply, counts ? &o : NULL);
  return TRUE;
}

/* Measures the maps of question i; one that cannot be asked is not measured. */
static gboolean
try_maps (evaluation *e, guint i, const vqa_picture *picture, GError **error)
{
  const vqa_question *question = g_ptr_array_index (e->questions, i);
  g_autoptr (GError) wrong = NULL;

  vqa_model_ablate (e->model, e->variants[0].part);
  if (vqa_trial_add (e->trial, picture->square, picture->hash, question->text, &wrong)
      || g_error_matches (wrong, VQA_ERROR, VQA_ERROR_QUESTION))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&wrong));
  return FALSE;
}

static gboolean
ask (evaluation *e, guint i, const vqa_picture *picture, const guint8 *grey, GError **error)
{
  e->done++;
  for (guint v = 0; v < e->n_variants; v++)
    if (!ask_variant (e, v, i, picture, grey, error))
      return FALSE;
  e->scored += picture != NULL;
  if (e->trial != NULL && picture != NULL && !try_maps (e, i, picture, error))
    return FALSE;
  show_progress (e);
  return TRUE;
}

static gboolean
ask_group (evaluation *e, const group *g, cli_ahead *ahead, const guint8 *grey, GError **error)
{
  g_autoptr (GError) unreadable = NULL;
  g_autoptr (vqa_picture) picture = cli_ahead_next (ahead, &unreadable);
  if (picture == NULL)
    {
      e->missing_pictures++;
      warn (e, "picture", g->image_id, unreadable);
    }
  for (guint k = 0; k < g->questions->len; k++)
    {
      if (vqa_stop_asked (error, "Stopped after %u of %u questions; nothing was written", e->done,
                          e->questions->len))
        return FALSE;
      if (!ask (e, g_array_index (g->questions, guint, k), picture, grey, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
ask_all (evaluation *e, GError **error)
{
  int side = vqa_model_get_info (e->model)->side;
  size_t bytes = (size_t)side * (size_t)side * 3;
  g_autofree guint8 *grey = g_malloc (bytes);
  memset (grey, 128, bytes);
  g_autofree gint64 *ids = g_new (gint64, e->groups->len);
  for (guint i = 0; i < e->groups->len; i++)
    ids[i] = ((const group *)e->groups->pdata[i])->image_id;
  g_autoptr (cli_ahead) ahead = cli_ahead_new (e->set, ids, e->groups->len, side);
  gboolean done = TRUE;
  for (guint i = 0; done && i < e->groups->len; i++)
    done = ask_group (e, g_ptr_array_index (e->groups, i), ahead, grey, error);
  if (e->shown_at > 0)
    g_printerr ("\r\033[K");
  if (done && e->scored == 0)
    {
      g_set_error (error, VQA_ERROR, VQA_ERROR_DATA,
                   "None of the %u pictures could be read; they belong in %s", e->groups->len,
                   e->set->folder);
      return FALSE;
    }
  return done;
}

static const struct
{
  const char *name;
  unsigned part;
} parts[] = { { "picture", VQA_ABLATE_PICTURE },
              { "modulation", VQA_ABLATE_MODULATION },
              { "attention", VQA_ABLATE_ATTENTION } };

/* The network as it is, with one part silenced, or ("each") as it is and then each silenced. FALSE
 * when that is not the name of a part. */
static gboolean
choose_variants (evaluation *e, const char *ablate)
{
  gboolean all = g_strcmp0 (ablate, "each") == 0;

  if (ablate == NULL || all)
    e->n_variants++;
  for (guint i = 0; ablate != NULL && i < G_N_ELEMENTS (parts); i++)
    if (all || strcmp (ablate, parts[i].name) == 0)
      {
        eval_variant *v = &e->variants[e->n_variants++];
        v->name = parts[i].name;
        v->part = parts[i].part;
      }
  for (guint v = 0; v < e->n_variants; v++)
    e->variants[v].report = vqa_report_new ();
  return e->n_variants > 0;
}

static gboolean
check_outputs (const eval_options *options, GError **error)
{
  return (options->predictions == NULL || cli_check_output (options->predictions, error))
         && (options->answers == NULL || cli_check_output (options->answers, error));
}

static vqa_trial *
start_trial (const evaluation *e, const char *maps)
{
  guint kinds = 0;
  if (maps != NULL)
    eval_explain_kinds (maps, &kinds);
  return vqa_trial_new (e->model, kinds);
}

/* Opens what the options name, and asks. */
static gboolean
evaluate (evaluation *e, const eval_options *options, GError **error)
{
  gboolean first = options->limit < G_MAXINT && options->only == NULL && options->pictures == NULL;

  if (!check_outputs (options, error))
    return FALSE;
  e->model = vqa_model_load (options->model, error);
  if (e->model == NULL)
    return FALSE;
  e->set = vqa_set_open_first (options->data, first ? (guint)options->limit : 0, error);
  if (e->set == NULL)
    return FALSE;
  e->questions = eval_select (e->set, options, error);
  if (e->questions == NULL)
    return FALSE;
  for (guint i = 0; i < e->questions->len; i++)
    e->told_kinds = e->told_kinds || ((vqa_question *)e->questions->pdata[i])->kind != NULL;
  e->answers = g_new0 (char *, e->questions->len + 1);
  if (options->answers != NULL)
    eval_answers_begin (e, options->answers);
  if (options->explain || options->maps != NULL)
    e->trial = start_trial (e, options->maps);
  make_groups (e);
  vqa_stop_listen ();
  return ask_all (e, error);
}

static gboolean
write_files (const evaluation *e, const eval_options *options, GError **error)
{
  return (options->predictions == NULL || eval_write_predictions (e, options->predictions, error))
         && (options->answers == NULL
             || cli_write_file (options->answers, e->records->str, e->records->len, error));
}

static void
clear (evaluation *e)
{
  for (guint i = 0; e->answers != NULL && i < e->questions->len; i++)
    g_free (e->answers[i]);
  g_free (e->answers);
  for (guint v = 0; v < e->n_variants; v++)
    vqa_report_free (e->variants[v].report);
  if (e->records != NULL)
    g_string_free (e->records, TRUE);
  g_clear_pointer (&e->groups, g_ptr_array_unref);
  g_clear_pointer (&e->questions, g_ptr_array_unref);
  vqa_trial_free (e->trial);
  vqa_set_free (e->set);
  vqa_model_free (e->model);
}

static int
run (evaluation *e, const eval_options *options)
{
  GError *error = NULL;
  if (!evaluate (e, options, &error))
    return cli_fail (error);
  gboolean written = write_files (e, options, &error);
  /* The scores are not lost with the files. */
  int status = options->json ? eval_print_json (e) : eval_print_text (e);
  return written ? status : cli_fail (error);
}

/* -1 when the options are complete and sound. */
static int
check (const char *command, const eval_options *options, evaluation *e)
{
  if (options->model == NULL)
    return cli_usage (command, "--model NAME|FILE is missing");
  if (options->data == NULL)
    return cli_usage (command, "--data KIND:FOLDER is missing");
  if (strchr (options->data, ':') == NULL)
    return cli_usage (
        command,
        "--data needs vqa2:FOLDER, daquar:FOLDER, easyvqa:FOLDER, clevr:FOLDER or scenes:SEED");
  if (options->limit < 1)
    return cli_usage (command, "--limit needs a number of at least 1");
  if (options->maps != NULL && !eval_explain_kinds (options->maps, &(guint){ 0 }))
    return cli_usage (command, "--maps needs some of evidence, attention, occlusion, peaks, with "
                               "commas between");
  if (!choose_variants (e, options->ablate))
    return cli_usage (command, "--ablate needs picture, modulation, attention or each");
  return -1;
}

int
cli_eval (char **argv)
{
  eval_options options = { .limit = G_MAXINT };
  evaluation e = { 0 };
  g_auto (GStrv) operands = NULL;
  const GOptionEntry entries[] = {
    { "model", 'm', 0, G_OPTION_ARG_FILENAME, &options.model, "The model to measure", "NAME|FILE" },
    { "data", 'd', 0, G_OPTION_ARG_FILENAME, &options.data,
      "Questions, answers and pictures; KIND is vqa2, daquar, easyvqa or clevr",
      "KIND:FOLDER|scenes:SEED" },
    { "limit", 0, 0, G_OPTION_ARG_INT, &options.limit, "Only the first N questions", "N" },
    { "ablate", 0, 0, G_OPTION_ARG_FILENAME, &options.ablate,
      "Silence a part of the network, to see what it contributes; each: all in turn, beside the "
      "whole",
      "picture|modulation|attention|each" },
    { "only", 0, 0, G_OPTION_ARG_FILENAME, &options.only,
      "Only the questions whose question_id this file lists, one a line", "FILE" },
    { "pictures", 0, 0, G_OPTION_ARG_FILENAME, &options.pictures,
      "Only questions about the pictures whose file names this file lists, one a line", "FILE" },
    { "predictions", 0, 0, G_OPTION_ARG_FILENAME, &options.predictions,
      "Write the answers in the official result layout", "FILE" },
    { "answers", 0, 0, G_OPTION_ARG_FILENAME, &options.answers,
      "Write every question with its picture, what is known, what was answered and how surely; CSV "
      "when the name ends in .csv, otherwise JSON lines",
      "FILE" },
    { "explain", 0, 0, G_OPTION_ARG_NONE, &options.explain,
      "Measure how faithful each kind of map is, by deletion and insertion", NULL },
    { "maps", 0, 0, G_OPTION_ARG_STRING, &options.maps,
      "The same for these kinds alone: some of evidence, attention, occlusion, peaks", "KIND,..." },
    { "json", 0, 0, G_OPTION_ARG_NONE, &options.json, "Print one line of JSON", NULL },
    G_OPTION_ENTRY_NULL,
  };
  const cli_syntax syntax = {
    "", 0, 0,
    "Asks the questions of a data set and prints the official VQA accuracy in percent: of all, by\n"
    "type of answer, by source where the set tells it, by kind of question; beside it that of the\n"
    "answers the question alone suggests (blind), that of always saying yes, and the expected\n"
    "calibration error. (Of DAQUAR an answer is right when it names exactly the things of the known\n"
    "one.) Questions about pictures that are missing or unreadable are left out; the pictures are\n"
    "counted.\n\n"
    "scenes:SEED are generated (see regard-cli scene): 2,000 pictures with five questions each, or\n"
    "as many questions as --limit says; scenes:SEED:a and scenes:SEED:b have each half of the pairs\n"
    "of shape and colour, so that what was learnt on one half can be measured on the other. clevr\n"
    "takes CLEVR's folder or one of its questions files. Both say themselves of what kind\n"
    "their questions are.",
    entries
  };
  int status = cli_parse (&syntax, argv, &operands);
  if (status < 0)
    status = check (argv[0], &options, &e);
  if (status < 0)
    status = run (&e, &options);
  clear (&e);
  g_free (options.model);
  g_free (options.data);
  g_free (options.ablate);
  g_free (options.predictions);
  g_free (options.answers);
  g_free (options.only);
  g_free (options.pictures);
  g_free (options.maps);
  return status;
}
