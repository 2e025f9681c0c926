/* vqa/data: what the network is asked about. Pictures come in through one path (picture), whether
 * for training, evaluating or asking; questions and answers come from public layouts (vqa2,
 * classes); accuracy is the official measure. Nothing here knows a network.
 */
#pragma once

#include "vqa/data/region.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define VQA_ERROR (vqa_error_quark ())
typedef enum
{
  VQA_ERROR_PICTURE,  /* a picture that cannot be read: missing, damaged, unsupported, too large */
  VQA_ERROR_DATA,     /* a malformed data set; the message names file and JSON path or line */
  VQA_ERROR_QUESTION, /* empty, too long or not UTF-8 */
  VQA_ERROR_MODEL,    /* a model that cannot be found or used */
  VQA_ERROR_RECIPE,   /* a recipe with a wrong or missing key */
  VQA_ERROR_STOPPED,  /* the person stopped it */
  VQA_ERROR_FAILED,
} vqa_error_code;
GQuark vqa_error_quark (void);

/* ---- pictures ---------------------------------------------------------------------------
 * Decoding (stb_image: JPEG, PNG, GIF's first frame, BMP, TGA, PSD, PNM) runs in a separate
 * confined process (regard-decode: no files, no network, memory and time limits) that is started
 * when first needed and again after it died. Orientation by EXIF (libexif), alpha over white,
 * 16-bit and grey to 8-bit RGB. Then the squash: the whole picture, aspect ratio not kept,
 * antialiased to side x side. */
typedef struct
{
  int width, height;             /* of the picture, upright */
  int side;                      /* of square; 0 when none was asked for */
  guint8 *square;                /* (side,side,3) RGB: what a network sees */
  int shown_width, shown_height; /* of shown; 0 when none was asked for */
  guint8 *shown;                 /* (shown_height,shown_width,3) RGB: to show a person */
  char *hash;                    /* SHA-256 of the file's bytes, 64 hex digits */
} vqa_picture;

/* How the process that decodes is confined, as the last one that decoded says. */
typedef enum
{
  VQA_DECODER_UNKNOWN,  /* none has decoded yet */
  VQA_DECODER_FILTERED, /* by a filter of system calls and limits */
  VQA_DECODER_LIMITED,  /* by limits alone: this system has no such filter */
} vqa_decoder;
vqa_decoder vqa_picture_decoder (void); /* any thread */

/* Whether a file of this name is one that vqa_picture_load() may read. */
gboolean vqa_picture_named (const char *name);
/* side: of the network's square, 0 for none. fit: longest side of the picture to show (never
 * enlarged), 0 for none. Any thread. Errors: VQA_ERROR_PICTURE, message names the
 * file, what is wrong with it and what to do. */
vqa_picture *vqa_picture_load (const char *path, int side, int fit, GError **error);
vqa_picture *vqa_picture_load_bytes (GBytes *bytes, const char *name, int side, int fit,
                                     GError **error);
/* The same of a part, at full resolution: square and shown are of it, width and height of the whole
 * picture. The error says when the part is not within the picture. */
vqa_picture *vqa_picture_load_part (const char *path, const vqa_region *part, int side, int fit,
                                    GError **error);
vqa_picture *vqa_picture_load_part_bytes (GBytes *bytes, const char *name, const vqa_region *part,
                                          int side, int fit, GError **error);
/* From wherever GIO reads it: a path, a resource, something mounted. */
vqa_picture *vqa_picture_load_file (GFile *file, const vqa_region *part, int side, int fit,
                                    GError **error);
void vqa_picture_free (vqa_picture *p);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (vqa_picture, vqa_picture_free)

/* ---- questions and answers -------------------------------------------------------------- */

typedef struct
{
  gint64 id; /* the official question_id */
  gint64 image_id;
  char *text;
  char *answer_type; /* "yes/no", "number", "other", or NULL */
  char *split;       /* "train", "val", or NULL */
  char *kind;        /* of reasoning ("count", "compare numbers"), where a set tells; or NULL */
  char *source;      /* who asks it or what it was made from ("vqa_open", "captions"); or NULL */
  char **answers;    /* NULL-terminated, as given, any number; may be empty */
} vqa_question;

typedef struct
{
  GPtrArray *questions; /* of vqa_question, in file order */
  char *folder;         /* where the pictures lie, or what they are made from */
  gboolean whole;       /* an answer is right when it names all that the known one does (DAQUAR) */
} vqa_set;

/* Reads a questions file and an annotations file of the VQA v2 layout (annotations_path NULL: no
 * answers). Unknown fields are ignored; questions without an annotation have no answers. Malformed:
 * the error names the file and the JSON path. */
vqa_set *vqa_set_read (const char *questions_path, const char *annotations_path,
                       const char *images_folder, GError **error);
/* FOLDER/questions.json, FOLDER/annotations.json (may be absent), FOLDER/images. A list "images" of
 * {id, file_name} in the questions file, as COCO's own files have it, says which picture is meant
 * where names hold no number. */
vqa_set *vqa_set_open (const char *folder, GError **error);
/* DAQUAR (Malinowski & Fritz 2014): the folder's one qa_*.txt, a question line that ends in "in the
 * imageN ?" and an answer line each; FOLDER/images/imageN.* or FOLDER/imageN.*. Errors name file
 * and line. */
vqa_set *vqa_daquar_open (const char *folder, GError **error);
/* easy-VQA (github.com/vzhou842/easy-VQA): FOLDER/questions.json, a list of [question, answer,
 * picture's number], and FOLDER/images/N.png. */
vqa_set *vqa_easyvqa_open (const char *folder, GError **error);
/* CLEVR (Johnson et al. 2017): FOLDER/questions/CLEVR_val_questions.json, or the one such file that
 * is there, and FOLDER/images/val; or the path of such a file. At most `most` questions; 0: all. */
vqa_set *vqa_clevr_open (const char *folder, guint most, GError **error);
/* Generated scenes (scene.h): "SEED", "SEED:a" or "SEED:b" (VQA_SCENE_A, VQA_SCENE_B), five
 * questions about each of so many pictures as `most` needs; 0: 2,000. */
vqa_set *vqa_scene_set_open (const char *seed, guint most, GError **error);
#define VQA_SCENE_SET_QUESTIONS 5
#define VQA_SCENE_SET_PICTURES  2000
/* Any of them, by "vqa2:FOLDER", "daquar:FOLDER", "easyvqa:FOLDER", "clevr:FOLDER" or
 * "scenes:SEED"; another kind is an error that names these. */
vqa_set *vqa_set_open_kind (const char *kind_and_folder, GError **error);
/* The same when only the first `most` questions are needed (0: all, and of what is generated as
 * many as usual): a set may then hold no more, or more where its file is read as a whole. */
vqa_set *vqa_set_open_first (const char *kind_and_folder, guint most, GError **error);
void vqa_set_free (vqa_set *set);
/* How right an answer to a question of the set is, 0 to 1, by the set's own measure (accuracy,
 * below); 0 without known answers. */
double vqa_set_accuracy (const vqa_set *set, const vqa_question *question, const char *answer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (vqa_set, vqa_set_free)
/* Path of the picture with this id in a folder: COCO_{train,val,test}{2014,2015}_%012d, %012d, the
 * plain number, or NUMBER_anything, with a usual ending (.jpg, .jpeg, .png in any case); NULL when
 * absent. The index of a folder is made once and kept by `set`. */
const char *vqa_set_picture (vqa_set *set, gint64 image_id);
/* That picture, read or, where a set's pictures are no files, made: square of side x side. Any
 * thread. Errors as of vqa_picture_load(). */
vqa_picture *vqa_set_load_picture (vqa_set *set, gint64 image_id, int side, GError **error);

/* Class lists: FILE<TAB>class,class,... a line. */
typedef struct
{
  char *file;     /* picture's file name */
  char **classes; /* NULL-terminated */
} vqa_class_row;
/* Array of vqa_class_row; `names` (may be NULL) receives all class names, sorted. Errors name file
 * and line. Free with g_ptr_array_unref. */
GPtrArray *vqa_classes_read (const char *path, GPtrArray **names, GError **error);

/* ---- accuracy ---------------------------------------------------------------------------
 * The official VQA measure: the answer normalised (case, punctuation, number words, articles,
 * contractions as in the official evaluation), then the mean over annotators of
 * min (1, matches among the others / 3). With fewer than ten annotators the same formula; with one,
 * right or wrong. */
char *vqa_normalise_answer (const char *answer); /* caller frees */
double vqa_accuracy (const char *answer,
                     const char *const *answers); /* 0 to 1; 0 without answers */

/* Right or wrong by DAQUAR's strict measure: both answers hold the same things, in any order, with
 * commas between; "_" is a space. */
gboolean vqa_same_things (const char *answer, const char *known);

/* Lower-case words of a question: letters, digits and apostrophes ("what's" gives "what", "'s");
 * other characters separate. NULL-terminated; the caller frees with g_strfreev. */
char **vqa_question_words (const char *question);
/* Where `word` stands in `text` with no letter or digit next to it; NULL: nowhere. */
const char *vqa_word_find (const char *text, const char *word);
/* Trimmed question, or VQA_ERROR_QUESTION: empty, over 1,000 characters, not UTF-8. */
char *vqa_question_check (const char *question, gssize length, GError **error);

G_END_DECLS
