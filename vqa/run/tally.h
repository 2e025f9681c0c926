/* Sums over questions whose answers are known, and how they are told: by who asks or what the
 * questions were made from, and by kind. Training stores them in the model (score.h); regard-cli
 * eval prints them. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define VQA_BINS 15

typedef struct
{
  guint n;
  double right, blind; /* sums of accuracies, 0 to 1: of the answer, and of the blind one */
  guint yes_no;        /* questions of yes or no among them */
  double always_yes;   /* sum over these of the accuracy of "yes" */
  double sure[VQA_BINS], hit[VQA_BINS]; /* sums of probability and accuracy, by probability */
} vqa_tally;

/* How one question was answered. */
typedef struct
{
  const char *source; /* of the question; NULL: not told */
  const char *part;   /* of the source, told apart; or NULL */
  const char *kind;   /* vqa_kind_name(), or the set's own */
  gboolean people;    /* asked by a person */
  double right, blind;
  double yes;  /* accuracy of "yes"; NAN when the question is not one of yes or no */
  double sure; /* probability of the answer, 0 to 1 */
} vqa_outcome;

void vqa_tally_add (vqa_tally *t, const vqa_outcome *o);
/* In percent; NAN over no questions. Always yes only where every question is one of yes or no. */
double vqa_tally_accuracy (const vqa_tally *t);
double vqa_tally_blind (const vqa_tally *t);
double vqa_tally_always_yes (const vqa_tally *t);
/* Expected calibration error: mean distance of accuracy from probability over bins of equal width,
 * weighed by their questions (Guo et al. 2017). */
double vqa_tally_calibration (const vqa_tally *t);

typedef enum
{
  VQA_BY_SOURCE,
  VQA_BY_PART,        /* within a source */
  VQA_BY_SOURCE_KIND, /* by kind within a source */
  VQA_BY_KIND,
  VQA_BY_PEOPLE_KIND, /* by kind, people's questions only */
  VQA_N_TABLES,
} vqa_table;

typedef struct
{
  char *source; /* what the row is within; NULL in tables that are not within one */
  char *name;
  vqa_tally tally;
} vqa_row;

typedef struct
{
  GPtrArray *rows[VQA_N_TABLES]; /* of vqa_row, in the order first met; kinds in their own order */
} vqa_report;

vqa_report *vqa_report_new (void);
void vqa_report_free (vqa_report *r);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (vqa_report, vqa_report_free)
void vqa_report_add (vqa_report *r, const vqa_outcome *o);
/* Counts it in its part of the source only: a question asked to tell parts apart. */
void vqa_report_add_part (vqa_report *r, const vqa_outcome *o);
/* The row, or NULL. */
const vqa_row *vqa_report_find (const vqa_report *r, vqa_table table, const char *source,
                                const char *name);
/* "sources":{...},"kinds":{...} without the braces around: each row has questions, accuracy, blind
 * and, where they apply, always_yes and calibration_error, in percent; a source has its parts and
 * kinds (of these only accuracies), a kind what it is over people's questions alone ("people"). The
 * caller frees it. */
char *vqa_report_json (const vqa_report *r);

G_END_DECLS
