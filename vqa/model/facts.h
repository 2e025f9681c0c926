/* What a model's file says of how good it is, as facts for people: by source, and by the kinds of
 * questions (vqa/data/kinds.h). Training writes it (vqa/run/score.h). */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  char *name;  /* in the file: "vqa_open", "existence" */
  char *title; /* for people */
  int level;   /* 0; 1: a part of the source before it, 2: a kind of it */
  guint questions;
  double accuracy, blind;   /* percent; blind: without the picture */
  double always_yes;        /* percent that "yes" alone gets; NAN: does not apply */
  double calibration_error; /* expected, percent; NAN: not measured */
  gboolean people;          /* a kind, measured on people's questions alone */
} vqa_fact;

typedef struct
{
  GPtrArray *sources; /* of vqa_fact: all questions of people, then each source and what is in it */
  GPtrArray *kinds;   /* of vqa_fact, in the order of vqa_kind */
} vqa_facts;

/* Reads vqa_model_info.scores, also as older versions of Regard wrote it. A kind is told by
 * people's questions where there are at least VQA_FACT_PEOPLE of them, and by all otherwise. What
 * cannot be understood is left out: both lists may be empty (scores NULL, or from elsewhere). */
vqa_facts *vqa_facts_read (const char *scores);
void vqa_facts_free (vqa_facts *f);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (vqa_facts, vqa_facts_free)
#define VQA_FACT_PEOPLE 100

/* Is the model good at it: right on at least 60 of 100, at least 10 more than without looking,
 * measured on at least 30 questions. */
gboolean vqa_fact_is_good (const vqa_fact *f);
/* "85 of 100 right, 58 without looking"; the caller frees it. */
char *vqa_fact_sentence (const vqa_fact *f);

G_END_DECLS
