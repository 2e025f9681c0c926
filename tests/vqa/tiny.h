/* Tiny data sets, recipes and models for tests, made in a temporary folder. What is returned
 * belongs to the caller. */
#pragma once

#include "vqa/model/file.h"

G_BEGIN_DECLS

/* One question with its annotators' answers, "yes,yes,no"; answers NULL: not annotated. */
typedef struct
{
  int image;
  const char *question, *type, *answers;
} tiny_question;

/* FOLDER/images/COCO_val2014_%012d.jpg for the numbers first to first + count - 1, each of another
 * colour. */
void tiny_pictures (const char *folder, int first, int count);
char *tiny_picture_name (int image);
/* FOLDER/NAME_questions.json and FOLDER/NAME_annotations.json. */
void tiny_questions (const char *folder, const char *name, const tiny_question *list, guint n);

/* Eight pictures (1 to 8), two questions about each, class lists for all, names.txt with pictures 7
 * and 8 for validation, and tiny.recipe, whose network has side 32. */
void tiny_set (const char *folder);
/* Text of that recipe, and the whole path of a file in a folder. */
extern const char tiny_recipe[];
char *tiny_path (const char *folder, const char *name);

/* Words, answers and sizes of a small network that sees squares of 64 pixels. */
vqa_contents *tiny_contents (void);
/* Its graphs, with random values also where training would begin from zero, so that every part
 * contributes. */
vqa_graphs *tiny_graphs (const vqa_contents *c);
/* Writes that model. */
void tiny_model (const char *path);

/* A change of one tensor: name, shape and values (count) may be changed in place, a changed shape
 * must not hold more; FALSE leaves the tensor out. */
typedef gboolean (*tiny_edit) (const char *name, int *rank, uint64_t *dim, float *values,
                               uint64_t count, gpointer user);
/* Copies a model file with another value of one metadata key (`value` NULL: without it; key NULL:
 * as it is) and changed tensors (edit NULL: as they are). */
void tiny_copy (const char *from, const char *to, const char *key, const char *value,
                tiny_edit edit, gpointer user);

/* Fails the test when `error` is not of this code or its message lacks one of the parts
 * (NULL-terminated). */
void tiny_expect_error (const GError *error, GQuark domain, int code, ...) G_GNUC_NULL_TERMINATED;
/* Fails the test when `text` lacks `part`. */
void tiny_expect_part (const char *text, const char *part);

G_END_DECLS
