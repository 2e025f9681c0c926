/* How good a network is on one split of the examples, and its calibration. */
#pragma once

#include "vqa/run/cache.h"
#include "vqa/run/examples.h"
#include "vqa/run/tally.h"

G_BEGIN_DECLS

/* The short form, for a look between passes; sums over questions. */
typedef struct
{
  vqa_tally human; /* all human questions */
  vqa_tally yes_no, number, other;
  vqa_tally existence;      /* from class lists, half of them yes */
  vqa_tally captions;       /* made from captions and boxes */
  double always_yes;        /* sum over human yes/no questions of the accuracy of "yes" */
  double calibration_error; /* expected calibration error of human questions, 0 to 1 */
} vqa_scores;

/* pictures: squares (side,side,3) by photo. Existence questions are the same at every call. */
gboolean vqa_score (const vqa_examples *e, vqa_graphs *g, const vqa_cache *pictures,
                    vqa_split split, vqa_scores *to, GError **error);
/* Fits contents->temperature and ->blind_temperature on the calibration split: least cross entropy
 * with the annotators' shares. */
gboolean vqa_calibrate (vqa_examples *e, vqa_graphs *g, const vqa_cache *pictures, GError **error);
/* The scores as a JSON object; accuracies in percent. The caller frees it. */
char *vqa_scores_json (const vqa_scores *s);

/* The whole of it, by source and kind. Of each picture of the split: every question of the sets
 * (parts: types of answer where a set has several; yes/no questions whose text no picture outside
 * the split has, "unseen texts"), everything that its captions and boxes let ask, its topics
 * ("checks": whether the right answer, and whether a wrong one, is right), and whether something is
 * there, as in vqa_score(). The parts of "existence" are the three settings
 * of POPE (Li et al. 2023): each the same up to three things that are there, and as many that are
 * not: any ("random"), the commonest ("popular"), or those that go best with what is there
 * ("adversarial"). Answers that the network cannot give are wrong. */
gboolean vqa_score_report (const vqa_examples *e, vqa_graphs *g, const vqa_cache *pictures,
                           vqa_split split, vqa_report *to, GError **error);
/* Both as one JSON object, as it is stored in a model: the members of vqa_scores_json() and of
 * vqa_report_json(). The caller frees it. */
char *vqa_scores_full_json (const vqa_scores *s, const vqa_report *r);

G_END_DECLS
