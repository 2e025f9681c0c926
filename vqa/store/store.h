/* vqa/store: the library, everything a person asked, kept in one SQLite file.
 *
 * A picture is known by the hash of its bytes, so a moved or renamed file is found again; each has
 * its questions, each question the best answers with their probabilities, the blind answers, the
 * model that gave them and, where the person said so, the right answer. vqa_store_open() creates or
 * brings up to date the file (store.c, the tables are in schema.c); vqa_store_add_picture() and
 * vqa_store_add_question() write one transaction each (records.c). history.h finds, corrects,
 * deletes, exports and imports; runs.h keeps runs. A store belongs to one thread at a time, several
 * processes may have the same file open. Nothing here knows a widget or a network.
 */
#pragma once

#include "vqa/model/model.h"

G_BEGIN_DECLS

#define VQA_STORE_ERROR (vqa_store_error_quark ())
typedef enum
{
  VQA_STORE_ERROR_OPEN,    /* the folder or the file cannot be created, read or written */
  VQA_STORE_ERROR_NEWER,   /* written by a newer version; it is left untouched */
  VQA_STORE_ERROR_FOREIGN, /* a database of another program; it is left untouched */
  VQA_STORE_ERROR_DAMAGED, /* found damaged while in use; the next open sets it aside */
  VQA_STORE_ERROR_FAILED,  /* anything else: disk full, file busy for too long, ... */
} vqa_store_error_code;
GQuark vqa_store_error_quark (void);

/* Version of the tables that this program writes (SQLite's user_version). */
#define VQA_STORE_VERSION 5

typedef struct vqa_store vqa_store;

/* regard/library.db in the user's data folder ($XDG_DATA_HOME). The caller frees. */
char *vqa_store_default_path (void);

/* Where pictures are kept that came without a file (pasted): beside the library, HASH.png. The
 * caller frees. */
char *vqa_store_pictures_folder (const char *library);

/* Opens the library at `path`, creating folder and file where absent; NULL: one in memory that is
 * gone when closed. A damaged file is renamed to PATH.damaged-DATE, its journal with it, and a new
 * one is started: then *notice (may be NULL) receives a sentence for the person, which the caller
 * frees. Errors: VQA_STORE_ERROR, message names the file, what is wrong and what to do. */
vqa_store *vqa_store_open (const char *path, char **notice, GError **error);
void vqa_store_close (vqa_store *store);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (vqa_store, vqa_store_close)

typedef struct
{
  gint64 id;
  char *hash;        /* SHA-256 of the picture's bytes, 64 hex digits */
  char *place;       /* path or URI where it was last seen */
  char *title;       /* what a person calls it */
  int width, height; /* pixels, upright */
  GBytes *thumbnail; /* a small JPEG, or NULL */
  gint64 opened;     /* when last opened, microseconds since 1970 */
  guint n_questions; /* asked of it so far */
} vqa_store_picture;

/* Records that the picture was opened now. A picture already known by its hash gets the new place,
 * title and, where given, thumbnail. thumbnail may be NULL. Returns its id, 0 on error. */
gint64 vqa_store_add_picture (vqa_store *store, const char *hash, const char *place,
                              const char *title, int width, int height, GBytes *thumbnail,
                              GError **error);
/* The id of the picture with that hash; 0 when there is none (no error) or on error. */
gint64 vqa_store_find_picture (vqa_store *store, const char *hash, GError **error);
/* Pictures, last opened first, at most `limit`: array of vqa_store_picture, free with
 * g_ptr_array_unref; NULL on error. */
GPtrArray *vqa_store_pictures (vqa_store *store, guint limit, GError **error);

typedef struct
{
  gint64 id;
  gint64 asked;     /* when, microseconds since 1970; no two of a library are the same */
  char *text;       /* the question */
  vqa_region part;  /* of the picture that it is about; width 0: the whole one */
  char *model_name; /* "photos" */
  char *model_hash; /* SHA-256 of the file of the model that answered */
  char *model_title, *model_path;
  vqa_reply *reply; /* as it was given then */
  char *correction; /* the right answer, as the person said; or NULL */
  gint64 corrected; /* when, 0 without a correction */
  gboolean pinned;
} vqa_store_question;
void vqa_store_picture_free (vqa_store_picture *p);
void vqa_store_question_free (vqa_store_question *q);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (vqa_store_picture, vqa_store_picture_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (vqa_store_question, vqa_store_question_free)

/* Records a question and its reply, all or nothing. part: as vqa_store_question's. The same
 * question of the same part, picture and model is kept once: the new reply takes the old one's
 * place, a correction and a pin stay. Returns the question's id, 0 on error. */
gint64 vqa_store_add_question (vqa_store *store, gint64 picture, const vqa_model_info *model,
                               const char *text, const vqa_region *part, const vqa_reply *reply,
                               GError **error);
/* Questions of a picture, last asked first, at most `limit`: array of vqa_store_question, free with
 * g_ptr_array_unref; NULL on error. */
GPtrArray *vqa_store_questions (vqa_store *store, gint64 picture, guint limit, GError **error);

G_END_DECLS
