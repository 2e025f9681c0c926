/* regard-cli eval: a model measured on questions whose answers are known. */
#include "vqa/cli/ahead.h"
#include "vqa/cli/cli.h"
#include "vqa/run/stop.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#define WARNINGS 5 /* pictures and questions told about one by one */

typedef struct
{
  char *model, *data, *ablate, *predictions;
  int limit; /* at most so many questions */
  gboolean json;
} eval_options;

/* Mean of accuracies, 0 to 1. */
typedef struct
{
  double sum;
  guint count;
} tally;

enum
{
  ALL,
  YES_NO,
  NUMBER,
  OTHER,
  BLIND,
  N_TALLIES
};
static const char *const tally_names[N_TALLIES]
    = { "accuracy", "yes_no", "number", "other", "blind" };

/* Questions of one kind of reasoning. */
typedef struct
{
  const char *name; /* the set's */
  tally tally;
} kind_tally;

/* The questions about one picture. */
typedef struct
{
  gint64 image_id;
  GArray *questions; /* of guint, indices into the set */
} group;

typedef struct
{
  vqa_set *set;
  vqa_model *model;
  guint count;       /* questions asked: the first of the set */
  GPtrArray *groups; /* of group, by first appearance */
  char **answers;    /* (count) the model's answers */
  tally tallies[N_TALLIES];
  GPtrArray *kinds; /* of kind_tally, by name; empty when the set tells no kinds */
  guint done, scored, missing_pictures, warnings;
  double milliseconds; /* of answering, summed */
  gint64 shown_at;     /* when progress was last printed */
} evaluation;

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
  for (guint i = 0; i < e->count; i++)
    {
      const vqa_question *question = g_ptr_array_index (e->set->questions, i);
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

static double
mean (const tally *t)
{
  return t->count > 0 ? t->sum / t->count : NAN;
}

static void
show_progress (evaluation *e)
{
  gint64 now = g_get_monotonic_time ();
  if (now - e->shown_at < G_USEC_PER_SEC / 2 || !isatty (STDERR_FILENO))
    return;
  e->shown_at = now;
  g_printerr ("\r%u of %u questions", e->done, e->count);
  if (e->tallies[ALL].count > 0)
    g_printerr (", %.1f %% right", 100.0 * mean (&e->tallies[ALL]));
  g_printerr ("   ");
}

static void
add (tally *t, double accuracy)
{
  t->sum += accuracy;
  t->count++;
}

static int
by_kind (gconstpointer a, gconstpointer b)
{
  const kind_tally *const *x = a, *const *y = b;
  return strcmp ((*x)->name, (*y)->name);
}

static void
add_to_kind (evaluation *e, const char *name, double accuracy)
{
  kind_tally *k = NULL;
  for (guint i = 0; k == NULL && i < e->kinds->len; i++)
    if (strcmp (((kind_tally *)e->kinds->pdata[i])->name, name) == 0)
      k = e->kinds->pdata[i];
  if (k == NULL)
    {
      k = g_new0 (kind_tally, 1);
      k->name = name;
      g_ptr_array_add (e->kinds, k);
      g_ptr_array_sort (e->kinds, by_kind);
    }
  add (&k->tally, accuracy);
}

static double
measure (const evaluation *e, const vqa_question *question, const char *answer)
{
  return e->set->whole ? vqa_same_things (answer, question->answers[0])
                       : vqa_accuracy (answer, (const char *const *)question->answers);
}

static void
score (evaluation *e, const vqa_question *question, const char *answer, const char *blind)
{
  static const struct
  {
    const char *type;
    int tally;
  } types[] = { { "yes/no", YES_NO }, { "number", NUMBER }, { "other", OTHER } };
  if (question->answers == NULL || question->answers[0] == NULL)
    return;
  double accuracy = measure (e, question, answer);
  add (&e->tallies[ALL], accuracy);
  add (&e->tallies[BLIND], measure (e, question, blind));
  if (question->kind != NULL)
    add_to_kind (e, question->kind, accuracy);
  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    if (g_strcmp0 (question->answer_type, types[i].type) == 0)
      add (&e->tallies[types[i].tally], accuracy);
}

/* Asks question i of the set. Without a picture the answer is the blind one, so that predictions
 * are complete, and is not scored. FALSE: it cannot go on. */
static gboolean
ask (evaluation *e, guint i, const vqa_picture *picture, const guint8 *grey, GError **error)
{
  const vqa_question *question = g_ptr_array_index (e->set->questions, i);
  g_autoptr (GError) wrong = NULL;
  g_autoptr (vqa_reply) reply
      = vqa_model_ask (e->model, picture != NULL ? picture->square : grey,
                       picture != NULL ? picture->hash : NULL, question->text, 1, &wrong);
  e->done++;
  if (reply == NULL && !g_error_matches (wrong, VQA_ERROR, VQA_ERROR_QUESTION))
    {
      g_propagate_error (error, g_steal_pointer (&wrong));
      return FALSE;
    }
  const char *blind = reply != NULL && reply->n_blind > 0 ? reply->blind[0].answer : "";
  const char *answer = reply != NULL && reply->n_answers > 0 ? reply->answers[0].answer : "";
  e->answers[i] = g_strdup (picture != NULL ? answer : blind);
  if (reply == NULL)
    warn (e, "question", question->id, wrong);
  else
    e->milliseconds += reply->milliseconds;
  if (picture != NULL)
    {
      e->scored++;
      score (e, question, answer, blind);
    }
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
                          e->count))
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

/* The official result layout: [{"question_id":1,"answer":"yes"},...] in the set's order. */
static gboolean
write_predictions (const evaluation *e, const char *path, GError **error)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  json_builder_begin_array (json);
  for (guint i = 0; i < e->count; i++)
    {
      const vqa_question *question = g_ptr_array_index (e->set->questions, i);
      json_builder_begin_object (json);
      json_builder_set_member_name (json, "question_id");
      json_builder_add_int_value (json, question->id);
      cli_json_text (json, "answer", e->answers[i]);
      json_builder_end_object (json);
    }
  json_builder_end_array (json);
  g_autofree char *line = cli_json_line (json);
  g_autofree char *text = g_strconcat (line, "\n", NULL);
  return cli_write_file (path, text, strlen (text), error);
}

static double
milliseconds_per_question (const evaluation *e)
{
  return e->milliseconds / e->done;
}

/* Questions scored; without any known answer, questions answered. */
static guint
questions (const evaluation *e)
{
  return e->tallies[ALL].count > 0 ? e->tallies[ALL].count : e->scored;
}

static int
print_json (const evaluation *e)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  json_builder_begin_object (json);
  json_builder_set_member_name (json, "questions");
  json_builder_add_int_value (json, questions (e));
  for (int t = 0; t < N_TALLIES; t++)
    cli_json_number (json, tally_names[t], 100.0 * mean (&e->tallies[t]), 4);
  json_builder_set_member_name (json, "missing_pictures");
  json_builder_add_int_value (json, e->missing_pictures);
  cli_json_number (json, "milliseconds_per_question", milliseconds_per_question (e), 3);
  if (e->kinds->len > 0)
    {
      json_builder_set_member_name (json, "kinds");
      json_builder_begin_object (json);
      for (guint i = 0; i < e->kinds->len; i++)
        {
          const kind_tally *k = e->kinds->pdata[i];
          cli_json_number (json, k->name, 100.0 * mean (&k->tally), 4);
        }
      json_builder_end_object (json);
    }
  json_builder_end_object (json);
  return cli_print_json (json);
}

static int
print_text (const evaluation *e)
{
  static const char *const titles[N_TALLIES]
      = { "Accuracy", "  yes/no", "  number", "  other", "Without looking" };
  g_print ("%-18s %8u\n", "Questions", questions (e));
  for (int t = 0; t < N_TALLIES; t++)
    if (e->tallies[t].count > 0)
      g_print ("%-18s %8.2f %%\n", titles[t], 100.0 * mean (&e->tallies[t]));
    else
      g_print ("%-18s %8s\n", titles[t], "-");
  for (guint i = 0; i < e->kinds->len; i++)
    {
      const kind_tally *k = e->kinds->pdata[i];
      g_print ("%-18s %8.2f %%\n", k->name, 100.0 * mean (&k->tally));
    }
  g_print ("%-18s %8u\n", "Missing pictures", e->missing_pictures);
  g_print ("%-18s %8.2f ms\n", "Per question", milliseconds_per_question (e));
  return cli_finish ();
}

/* Opens what the options name, and asks. */
static gboolean
evaluate (evaluation *e, const eval_options *options, unsigned ablation, GError **error)
{
  if (options->predictions != NULL && !cli_check_output (options->predictions, error))
    return FALSE;
  e->model = vqa_model_load (options->model, error);
  if (e->model == NULL)
    return FALSE;
  e->set = vqa_set_open_first (options->data, options->limit < G_MAXINT ? (guint)options->limit : 0,
                               error);
  if (e->set == NULL)
    return FALSE;
  e->count = e->set->questions->len;
  if (options->limit > 0)
    e->count = MIN (e->count, (guint)options->limit);
  if (e->count == 0)
    {
      g_set_error (error, VQA_ERROR, VQA_ERROR_DATA, "“%s” holds no questions", options->data);
      return FALSE;
    }
  vqa_model_ablate (e->model, ablation);
  e->answers = g_new0 (char *, e->count);
  make_groups (e);
  vqa_stop_listen ();
  return ask_all (e, error);
}

static int
run (const eval_options *options, unsigned ablation)
{
  evaluation e = { .kinds = g_ptr_array_new_with_free_func (g_free) };
  GError *error = NULL;
  int status;
  if (!evaluate (&e, options, ablation, &error))
    status = cli_fail (error);
  else
    {
      gboolean written
          = options->predictions == NULL || write_predictions (&e, options->predictions, &error);
      /* The scores are not lost with the predictions. */
      status = options->json ? print_json (&e) : print_text (&e);
      if (!written)
        status = cli_fail (error);
    }
  for (guint i = 0; e.answers != NULL && i < e.count; i++)
    g_free (e.answers[i]);
  g_free (e.answers);
  g_clear_pointer (&e.groups, g_ptr_array_unref);
  g_ptr_array_unref (e.kinds);
  vqa_set_free (e.set);
  vqa_model_free (e.model);
  return status;
}

/* FALSE when `name` is not the name of a part. */
static gboolean
parse_ablation (const char *name, unsigned *ablation)
{
  static const struct
  {
    const char *name;
    unsigned part;
  } parts[] = { { "picture", VQA_ABLATE_PICTURE },
                { "modulation", VQA_ABLATE_MODULATION },
                { "attention", VQA_ABLATE_ATTENTION } };
  *ablation = 0;
  for (guint i = 0; name != NULL && i < G_N_ELEMENTS (parts); i++)
    if (strcmp (name, parts[i].name) == 0)
      *ablation = parts[i].part;
  return name == NULL || *ablation != 0;
}

/* -1 when the options are complete and sound. */
static int
check (const char *command, const eval_options *options, unsigned *ablation)
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
  if (!parse_ablation (options->ablate, ablation))
    return cli_usage (command, "--ablate needs picture, modulation or attention");
  return -1;
}

int
cli_eval (char **argv)
{
  eval_options options = { .limit = G_MAXINT };
  unsigned ablation = 0;
  g_auto (GStrv) operands = NULL;
  const GOptionEntry entries[] = {
    { "model", 'm', 0, G_OPTION_ARG_FILENAME, &options.model, "The model to measure", "NAME|FILE" },
    { "data", 'd', 0, G_OPTION_ARG_FILENAME, &options.data,
      "Questions, answers and pictures; KIND is vqa2, daquar, easyvqa or clevr",
      "KIND:FOLDER|scenes:SEED" },
    { "limit", 0, 0, G_OPTION_ARG_INT, &options.limit, "Only the first N questions", "N" },
    { "ablate", 0, 0, G_OPTION_ARG_FILENAME, &options.ablate,
      "Silence a part of the network, to see what it contributes", "picture|modulation|attention" },
    { "predictions", 0, 0, G_OPTION_ARG_FILENAME, &options.predictions,
      "Write the answers in the official result layout", "FILE" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &options.json, "Print one line of JSON", NULL },
    G_OPTION_ENTRY_NULL,
  };
  const cli_syntax syntax = {
    "", 0, 0,
    "Asks the questions of a data set and prints the official VQA accuracy in percent: of all,\n"
    "by type of answer, and of the answers the question alone suggests. (Of DAQUAR an answer is\n"
    "right when it names exactly the things of the known one.) Questions about pictures that are\n"
    "missing or unreadable are left out; the pictures are counted.\n\n"
    "scenes:SEED are generated (see regard-cli scene): 2,000 pictures with five questions each, or\n"
    "as many questions as --limit says; scenes:SEED:a and scenes:SEED:b have each half of the pairs\n"
    "of shape and colour, so that what was learnt on one half can be measured on the other. clevr\n"
    "takes CLEVR's folder or one of its questions files. Of both, accuracy is told by kind too.",
    entries
  };
  int status = cli_parse (&syntax, argv, &operands);
  if (status < 0)
    status = check (argv[0], &options, &ablation);
  if (status < 0)
    status = run (&options, ablation);
  g_free (options.model);
  g_free (options.data);
  g_free (options.ablate);
  g_free (options.predictions);
  return status;
}
