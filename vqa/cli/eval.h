/* What the parts of regard-cli eval share: the questions (eval_select.c), the asking (eval.c), the
 * numbers (eval_print.c), the answers one by one (eval_answers.c), the maps (eval_explain.c). */
#pragma once

#include "vqa/cli/cli.h"
#include "vqa/run/faithfulness.h"
#include "vqa/run/tally.h"

G_BEGIN_DECLS

typedef struct
{
  char *model, *data, *ablate, *predictions, *answers, *only, *pictures, *maps;
  int limit; /* at most so many questions */
  gboolean json, explain;
} eval_options;

enum
{
  EVAL_ALL,
  EVAL_YES_NO,
  EVAL_NUMBER,
  EVAL_OTHER,
  EVAL_TALLIES
};

/* The network with a part silenced, or as it is. */
typedef struct
{
  const char *name; /* of the part; NULL: none */
  unsigned part;    /* vqa_ablation */
  vqa_tally tallies[EVAL_TALLIES];
  vqa_report *report;
} eval_variant;
#define EVAL_VARIANTS 4

typedef struct
{
  vqa_set *set;
  vqa_model *model;
  GPtrArray *questions; /* of vqa_question, the set's: those that are asked, in its order */
  GPtrArray *groups;    /* of questions about one picture, by first appearance */
  char **answers;       /* by question: the model's answers */
  eval_variant variants[EVAL_VARIANTS]; /* the first one's answers are written */
  guint n_variants;
  gboolean told_kinds; /* the set itself says of what kind its questions are */
  GString *records;    /* the answers file so far; NULL: none is wanted */
  gboolean csv;        /* of records */
  vqa_trial *trial;    /* of the maps; NULL: they are not measured */
  guint done, scored, missing_pictures, warnings;
  double milliseconds; /* of answering, summed */
  gint64 shown_at;     /* when progress was last printed */
} evaluation;

/* The questions to ask: those of the set that --only and --pictures list, the first --limit of
 * them. A new array; NULL and an error, which names file and line. */
GPtrArray *eval_select (vqa_set *set, const eval_options *options, GError **error);

int eval_print_json (const evaluation *e);
int eval_print_text (const evaluation *e);

/* Begins the records; a name that ends in .csv wants CSV, any other JSON lines. */
void eval_answers_begin (evaluation *e, const char *path);
/* Adds one question with what was answered. o NULL: without known answers. */
void eval_answers_add (evaluation *e, const vqa_question *question, const vqa_reply *reply,
                       const vqa_outcome *o);
/* The official result layout: [{"question_id":1,"answer":"yes"},...] in the set's order. */
gboolean eval_write_predictions (const evaluation *e, const char *path, GError **error);

/* Kinds of maps by names with commas between, as a set of bits; FALSE: something else is there. */
gboolean eval_explain_kinds (const char *text, guint *kinds);
/* Adds the member "maps"; prints a table. */
void eval_explain_json (JsonBuilder *json, const vqa_trial *t);
void eval_explain_text (const vqa_trial *t);

G_END_DECLS
