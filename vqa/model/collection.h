/* One question asked of many pictures: what each answers, in the order of one probability. */
#pragma once

#include "vqa/model/model.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* What came of one picture. */
typedef struct
{
  char *place; /* path, where it is text, or URI */
  char *title; /* the file's name */
  char *hash;  /* SHA-256 of the file's bytes; NULL where `error` is set */
  char *error; /* why there is no answer, or NULL */
  char *answer;
  double probability; /* of the answer, calibrated */
  double measure;     /* of the answer that the collection is ordered by */
  gboolean confident; /* FALSE: say "not sure" */
} vqa_collected;

typedef struct
{
  gint64 id;     /* in the library; 0: it is not kept */
  char *folder;  /* path, where it is text, or URI */
  gboolean deep; /* with the folders in it */
  char *question;
  char *by; /* the answer whose probability orders the pictures; NULL: that of each one's best */
  char *model_name, *model_title, *model_hash, *model_path;
  gint64 asked;        /* when, microseconds since 1970 */
  GPtrArray *pictures; /* of vqa_collected; NULL in lists of collections */
  guint n_pictures;    /* in all, and those whose best answer is `by` */
  guint n_by;
} vqa_collection;

/* Without pictures. */
vqa_collection *vqa_collection_new (const char *folder, gboolean deep, const char *question,
                                    const char *by, const vqa_model_info *model);
vqa_collection *vqa_collection_copy (const vqa_collection *c); /* one with pictures */
void vqa_collection_free (vqa_collection *c);
void vqa_collected_free (vqa_collected *p);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (vqa_collection, vqa_collection_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (vqa_collected, vqa_collected_free)
vqa_collected *vqa_collected_copy (const vqa_collected *p);

/* The answer to order by where the person names none: "yes" for a question that the model would
 * answer with yes or no if it could not look, else NULL. *by is for the caller to free. Errors:
 * VQA_ERROR_QUESTION. */
gboolean vqa_collection_measure (vqa_model *m, const char *question, char **by, GError **error);
/* Whether the model can answer `answer`. */
gboolean vqa_model_answers (const vqa_model *m, const char *answer);
/* Asks one picture. A file that cannot be read is a result too: with `error`. fit, shown: as for
 * vqa_picture_load(), *shown (may be NULL) is for the caller to free, NULL where it cannot be read.
 */
vqa_collected *vqa_collect (vqa_model *m, GFile *file, const char *question, const char *by,
                            int fit, vqa_picture **shown);
/* Of two results: the more probable first, then by name; those without an answer last. For
 * qsort(), and for sorted lists. */
int vqa_collected_compare (const vqa_collected *a, const vqa_collected *b);
/* Puts the pictures of a collection in that order, and counts them. */
void vqa_collection_sort (vqa_collection *c);

G_END_DECLS
