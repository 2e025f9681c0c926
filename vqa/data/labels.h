/* Classes that pictures are labelled with: how often each is seen, which go together, and what can
 * be asked when it is known which of them a picture shows. */
#pragma once

#include "vqa/data/made.h"
#include "vqa/data/random.h"

G_BEGIN_DECLS

typedef struct
{
  guint n;         /* classes */
  float *often;    /* (n): pictures that show it */
  float *together; /* (n,n): pictures that show both */
} vqa_label_table;

vqa_label_table *vqa_label_table_new (guint n);
void vqa_label_table_free (vqa_label_table *t);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (vqa_label_table, vqa_label_table_free)
/* Counts a picture; present (n) says which classes it shows. */
void vqa_label_table_add (vqa_label_table *t, const guint8 *present);

/* A class that the picture shows, or (wanted FALSE) one that it does not: anyone for half of the
 * calls, a popular one for a quarter, one that goes with what is there for a quarter (the three
 * settings of POPE, Li et al. 2023). n_present: how many it shows. FALSE: there is none. */
gboolean vqa_label_pick (const vqa_label_table *t, const guint8 *present, guint n_present,
                         gboolean wanted, vqa_random *random, guint *class_index);

/* A class that the picture does not show although it goes with all that it shows, the more often
 * the more likely (by the square). FALSE: there is none. */
gboolean vqa_label_lure (const vqa_label_table *t, const guint8 *present, vqa_random *random,
                         guint *class_index);

/* What the labels of one picture let us ask with a known answer: whether things are there (as many
 * answered no as yes; things that labels tend to miss are not asked for where they are likely),
 * what animal, vehicle, room ... is shown (vqa/data/topics.h), "is this a dog?", "is it a cat or a
 * dog?". names (t->n) sorted, present (t->n). The same labels and seed give the same questions: an
 * array of vqa_made. */
GPtrArray *vqa_label_questions (const vqa_label_table *t, const char *const *names,
                                const guint8 *present, guint seed);
/* The same where each picture shows one thing, and the label says what it is: "what is this?". */
GPtrArray *vqa_kind_questions (const char *const *names, guint n, guint kind, guint seed);

G_END_DECLS
