/* vqa/model: the answering model as one object: load it, ask it, have it explain itself.
 *
 * One safetensors file is one model (weights, vocabulary, answers, calibration, where it came
 * from); vqa_model_find() turns a name into a file, vqa_model_load() opens and checks it,
 * vqa_model_ask() answers, vqa_model_explain() gives an evidence map for one answer. A second
 * question on the same picture reuses its features. explain.h says more about why: other maps,
 * words, modulation, faithfulness. net.c describes the network, shared with
 * training (vqa/run). A model belongs to one thread at a time.
 */
#pragma once

#include "nets/nn.h"
#include "vqa/data/data.h"

G_BEGIN_DECLS

typedef struct vqa_model vqa_model;

typedef struct
{
  char *name;        /* "photos" */
  char *title;       /* for people: "Everyday photographs" */
  char *path;        /* of its file */
  char *hash;        /* SHA-256 of its file; NULL until vqa_model_hash() */
  gint64 bytes;      /* of its file */
  gint64 parameters; /* numbers in it */
  gint64 macs;       /* multiply-adds of one answer, from pixels */
  int side;          /* of the square it sees, in pixels */
  int n_answers, n_words;
  char *description;  /* one paragraph: trained on what, good at what */
  char *terms;        /* of the weights and their training data */
  char *recipe;       /* text of the recipe it came from */
  char *scores;       /* measured scores, a JSON object as text (facts.h reads it), or NULL */
  char **suggestions; /* questions of kinds it is good at, in words it knows; NULL-terminated */
  double temperature, blind_temperature; /* of the calibration (Guo et al. 2017) */
} vqa_model_info;

/* Everything about a model but hash, parameters and macs, which take its weights (0 and NULL):
 * quickly, to tell people which there are. Errors as of vqa_model_load(). */
vqa_model_info *vqa_model_info_read (const char *path, GError **error);
vqa_model_info *vqa_model_info_copy (const vqa_model_info *info);
void vqa_model_info_free (vqa_model_info *info);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (vqa_model_info, vqa_model_info_free)

/* Where models are looked for, in order: $REGARD_MODELS (a path list), the user's data folder
 * (regard/models), ../share/regard/models beside the executable, and the source tree's
 * assets/models when run uninstalled. NULL-terminated; caller frees with g_strfreev. */
char **vqa_model_folders (void);
/* Path of a model by name ("photos") or file ("x/y.safetensors"); the error lists where it looked.
 */
char *vqa_model_find (const char *name_or_file, GError **error);
/* Takes a model's file in, once it has been loaded and checked: copies it to the user's data folder
 * (regard/models) under its own name and gives its path there, which the caller frees. One that
 * lies where models are looked for stays there. Errors: as of vqa_model_load(); another model has
 * that name; it cannot be written. */
char *vqa_model_install (const char *file, GError **error);
/* Paths of all models found, each name once. NULL-terminated. */
char **vqa_model_list (void);

vqa_model *vqa_model_load (const char *name_or_file, GError **error);
/* The same, computing in another precision than float32. */
vqa_model *vqa_model_load_in (const char *name_or_file, nn_precision precision, GError **error);
void vqa_model_free (vqa_model *m);
const vqa_model_info *vqa_model_get_info (const vqa_model *m);
/* SHA-256 of the file as it was loaded, 64 hex digits, owned by the model. Not part of loading: it
 * takes longer than answering. */
const char *vqa_model_hash (vqa_model *m);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (vqa_model, vqa_model_free)

typedef struct
{
  char *answer;
  double probability; /* calibrated, 0 to 1 */
} vqa_answer;

typedef struct
{
  guint n_answers;
  vqa_answer *answers; /* best first */
  guint n_blind;
  vqa_answer *blind;    /* what the question alone suggests, best first */
  char **unknown_words; /* NULL-terminated, as the person wrote them */
  gboolean confident;   /* FALSE: say "not sure" */
  double milliseconds;  /* from the square in memory to the answers */
  /* For each unknown word the known one that is spelled most alike, "" where none is near. NULL in
   * replies out of the library. */
  char **nearest_words;
} vqa_reply;

/* square: (side,side,3) RGB of info->side; hash: identifies the picture so that its features are
 * used again (NULL: never). top: how many answers at most. Errors: VQA_ERROR_QUESTION. */
vqa_reply *vqa_model_ask (vqa_model *m, const guint8 *square, const char *hash,
                          const char *question, guint top, GError **error);
void vqa_reply_free (vqa_reply *r);
/* The question with the nearest known words in place of the unknown ones; NULL when there is none.
 * The caller frees it. */
char *vqa_reply_mend (const vqa_reply *r, const char *question);
/* Whether their best answers differ. */
gboolean vqa_reply_differs (const vqa_reply *a, const vqa_reply *b);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (vqa_reply, vqa_reply_free)

/* Evidence for one answer: how much its probability gains from each part of the picture, where it
 * gains (explain.h, VQA_MAP_EVIDENCE). Cells are 0 to 1, the largest is 1 (all 0: no evidence). */
typedef struct
{
  int width, height;
  float *cells; /* (height,width) */
} vqa_evidence;
/* answer NULL: the best one. Errors: VQA_ERROR_QUESTION; VQA_ERROR_MODEL for an answer it has not.
 */
vqa_evidence *vqa_model_explain (vqa_model *m, const guint8 *square, const char *hash,
                                 const char *question, const char *answer, GError **error);
void vqa_evidence_free (vqa_evidence *e);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (vqa_evidence, vqa_evidence_free)
/* The map at any size, smoothly (bicubic, clamped to 0..1): to (height,width) floats. */
void vqa_evidence_resize (const vqa_evidence *e, int width, int height, float *to);
/* The same, not clamped. */
void vqa_evidence_stretch (const vqa_evidence *e, int width, int height, float *to);
/* Colour of an evidence value (inferno-like, for light and dark): RGB bytes. */
void vqa_evidence_colour (float value, guint8 rgb[3]);

/* Silences parts, to see what they contribute. */
typedef enum
{
  VQA_ABLATE_PICTURE = 1 << 0,
  VQA_ABLATE_MODULATION = 1 << 1,
  VQA_ABLATE_ATTENTION = 1 << 2,
} vqa_ablation;
void vqa_model_ablate (vqa_model *m, unsigned ablation);

G_END_DECLS
