/* The history: every question of every picture, to find, correct, pin, delete, put back, export and
 * import. A question is named by the moment it was asked, which no two of a library share; lists
 * are arrays of moments, so that a list of 100,000 is made in milliseconds and only what is on the
 * screen is read. find.c finds, entries.c reads, change.c changes, export.c and import.c exchange
 * with other libraries and programs, lessons.c makes a data set of the corrections. */
#pragma once

#include "vqa/store/store.h"

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum
{
  VQA_CORRECTED_ANY,
  VQA_CORRECTED_YES,
  VQA_CORRECTED_NO,
} vqa_corrected;

/* What to list; all zero: everything. */
typedef struct
{
  const char *words;   /* the beginnings of words that question, answers and correction together
                          must all have; any text, signs are ignored. NULL or no words: any */
  const char *picture; /* hash of a picture, or the beginning of it; NULL: any */
  const char *model;   /* name or hash of a model; NULL: any */
  vqa_corrected corrected;
  gboolean pinned; /* only pinned ones */
} vqa_filter;

/* The moments of the questions that pass: pinned ones first, then the last asked first. Array of
 * gint64, NULL on error. */
GArray *vqa_store_find (vqa_store *store, const vqa_filter *filter, GError **error);
/* The moment of a question by its id; 0 when there is none (no error) or on error. */
gint64 vqa_store_moment (vqa_store *store, gint64 id, GError **error);

/* A question and its picture. */
typedef struct
{
  vqa_store_question *question;
  vqa_store_picture *picture;
} vqa_entry;
void vqa_entry_free (vqa_entry *e);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (vqa_entry, vqa_entry_free)

/* All about the questions of `moments` (n), in that order, without those that are gone; pictures
 * without thumbnails. Array of vqa_entry, free with g_ptr_array_unref; NULL on error. */
GPtrArray *vqa_store_entries (vqa_store *store, const gint64 *moments, guint n, GError **error);
/* A picture's thumbnail; NULL when it has none (no error) or on error. */
GBytes *vqa_store_thumbnail (vqa_store *store, gint64 picture, GError **error);

typedef struct
{
  char *hash, *name, *title;
  guint n_questions;
} vqa_store_model;
/* Models that answered, the one with the most questions first: array of vqa_store_model, free with
 * g_ptr_array_unref; NULL on error. */
GPtrArray *vqa_store_models (vqa_store *store, GError **error);

/* The questions that were asked most often, whatever the case of their letters, the commonest first
 * and at most `limit`: NULL-terminated, free with g_strfreev; NULL on error. */
char **vqa_store_common_questions (vqa_store *store, guint limit, GError **error);

/* ---- changes: one transaction each -------------------------------------------------------- */

/* Sets the right answer; NULL or nothing but space takes the correction back. Text is trimmed.
 * Errors: no such question; text that is not UTF-8 or over 200 characters. */
gboolean vqa_store_correct (vqa_store *store, gint64 moment, const char *answer, GError **error);
/* The trimmed answer ("" when there is none), the caller frees; NULL and an error when it cannot be
 * one. */
char *vqa_store_check_answer (const char *answer, GError **error);
gboolean vqa_store_pin (vqa_store *store, const gint64 *moments, guint n, gboolean pinned,
                        GError **error);
/* Deletes questions with their answers and returns them, for vqa_store_put_back(): array of
 * vqa_entry, free with g_ptr_array_unref; NULL on error. Their pictures stay. */
GPtrArray *vqa_store_take (vqa_store *store, const gint64 *moments, guint n, GError **error);
/* Adds questions as they were. One that was asked again meanwhile stays as it is now. */
gboolean vqa_store_put_back (vqa_store *store, const GPtrArray *entries, GError **error);
/* Deletes every picture, question, answer, correction and model (runs stay), what the file still
 * holds of them, and the pasted pictures beside it. */
gboolean vqa_store_clear (vqa_store *store, GError **error);

/* ---- exchange ----------------------------------------------------------------------------- */

typedef enum
{
  VQA_EXPORT_JSON,     /* everything; what vqa_store_import() reads */
  VQA_EXPORT_CSV,      /* a line a question, RFC 4180, UTF-8 */
  VQA_EXPORT_MARKDOWN, /* to read */
} vqa_export_format;
/* "json", "csv", "markdown" (or "md"); FALSE for any other. */
gboolean vqa_export_format_parse (const char *name, vqa_export_format *format);

/* Writes the questions of `moments` (n). NULL: all of them, and in JSON the pictures that have
 * none, too. The stream stays open. */
gboolean vqa_store_export (vqa_store *store, const gint64 *moments, guint n,
                           vqa_export_format format, GOutputStream *stream,
                           GCancellable *cancellable, GError **error);
/* The same into a file, which appears or changes once all of it is written, and not at all on an
 * error. */
gboolean vqa_store_export_file (vqa_store *store, const gint64 *moments, guint n,
                                vqa_export_format format, GFile *file, GError **error);

typedef struct
{
  guint pictures, questions, corrections; /* added; corrections: to questions known before */
  guint known;                            /* questions that were there already */
} vqa_imported;
/* Adds what an exported JSON file holds and the library does not. A question is known by its
 * picture, the part of it, its model and its text. All or nothing. `name` stands in messages.
 * Errors: VQA_ERROR_DATA with the place in the file, VQA_STORE_ERROR. */
gboolean vqa_store_import (vqa_store *store, const char *name, const char *text, gsize length,
                           vqa_imported *imported, GError **error);
gboolean vqa_store_import_file (vqa_store *store, const char *path, vqa_imported *imported,
                                GError **error);

typedef struct
{
  guint questions, pictures;
  guint missing; /* questions left out: their picture is not where it was */
  guint parts;   /* left out, too: they are about a part of a picture */
} vqa_lessons;
/* Makes a data set in the layout of VQA v2 of the corrected questions among `moments` (n): the new
 * folder gets questions.json, annotations.json with the corrections as answers, and images/ with
 * copies of the pictures, each checked by its hash. For training and measuring. */
gboolean vqa_store_export_lessons (vqa_store *store, const gint64 *moments, guint n,
                                   const char *folder, vqa_lessons *lessons, GError **error);

G_END_DECLS
