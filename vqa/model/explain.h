/* Why a model answers so: kinds of maps over the picture, how much each word mattered, how the
 * question modulates the network, and how faithful a map is.
 *
 * vqa_model_map() makes a map of any kind for one picture, question and answer; its cells tile the
 * whole picture, cell (x,y) of (height,width) covers the same share of it as any other. Maps follow
 * what vqa_model_ablate() silences. As all of a model this belongs to one thread at a time; what is
 * slow can be cancelled from another.
 */
#pragma once

#include "vqa/data/region.h"
#include "vqa/model/model.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* ---- maps ---------------------------------------------------------------------------------- */

typedef enum
{
  VQA_MAP_EVIDENCE,  /* the default: what the answer gains from each part */
  VQA_MAP_ATTENTION, /* where self-attention looks, whatever the answer */
  VQA_MAP_OCCLUSION, /* what the answer loses when a part is blurred: slow */
  VQA_MAP_PEAKS,     /* where the maximum pool found what spoke for the answer */
  VQA_N_MAP_KINDS
} vqa_map_kind;

typedef struct
{
  const char *name;    /* "evidence", as the command line says it */
  const char *title;   /* "Evidence" */
  const char *meaning; /* one sentence */
  const char *unit;    /* of its values */
  const char *source;  /* of the method: authors, year, what */
} vqa_map_about;
const vqa_map_about *vqa_map_kind_about (vqa_map_kind kind);
/* FALSE: no kind has this name. */
gboolean vqa_map_kind_parse (const char *name, vqa_map_kind *kind);

typedef struct
{
  vqa_map_kind kind;
  const char *answer; /* NULL: the best one */
  guint64 without;    /* words left out of the question: bit i for word i of vqa_model_words() */
  /* Of attention. */
  int block;   /* of self-attention, from 0; -1: the mean of all */
  int head;    /* from 0; -1: the mean of all */
  double x, y; /* a place, as shares of the picture's width and height, 0 <= x < 1; x < 0: the mean
                  over all places */
  gboolean to; /* FALSE: what the place attends to; TRUE: what attends to it */
  /* Of occlusion. */
  int grid; /* cells on a side, 1 to 64; 0: 6 */
} vqa_map_options;
/* Evidence, and of attention the mean of everything. */
#define VQA_MAP_OPTIONS_INIT                                                                       \
  {                                                                                                \
    .block = -1, .head = -1, .x = -1, .y = -1                                                      \
  }

typedef struct
{
  vqa_map_kind kind;
  char *answer;        /* that it is about */
  vqa_evidence values; /* in the kind's unit; evidence and occlusion can be below 0: against it */
  vqa_evidence shown;  /* to look at: the positive values, the largest of them is 1 */
} vqa_map;
/* Errors: VQA_ERROR_QUESTION; VQA_ERROR_MODEL for an answer, block, head, place or grid that it has
 * not; G_IO_ERROR_CANCELLED. cancellable may be NULL. */
vqa_map *vqa_model_map (vqa_model *m, const guint8 *square, const char *hash, const char *question,
                        const vqa_map_options *options, GCancellable *cancellable, GError **error);
void vqa_map_free (vqa_map *map);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (vqa_map, vqa_map_free)

/* The part to look at again, at full resolution, of the picture of width x height that a map lies
 * on: the smallest box that holds half of the map's positive values, with some of what
 * surrounds it. FALSE: the map shows nothing, or so much that no part would be nearer than the
 * whole. */
gboolean vqa_evidence_part (const vqa_evidence *e, int width, int height, vqa_region *part);

/* Places where the question acts on the picture, in the network's order: "fine" (not in every
 * model), "block1" and so on, "answer". The first of them have self-attention, with so many heads.
 */
int vqa_model_places (const vqa_model *m);
/* The caller frees it. */
char *vqa_model_place_name (const vqa_model *m, int place);
int vqa_model_attention_places (const vqa_model *m);
int vqa_model_attention_heads (const vqa_model *m);

/* ---- words --------------------------------------------------------------------------------- */

typedef struct
{
  char *word;     /* lower-case, as the model reads it */
  gboolean known; /* FALSE: the model does not read it, and its drop is 0 */
  double drop;    /* of the answer's probability when the word is deleted; below 0: a rise */
  char *answer;   /* the best one then */
} vqa_word_weight;
typedef struct
{
  char *answer;       /* that it is about */
  double probability; /* of it, with all words */
  guint n;
  vqa_word_weight *words; /* in the question's order */
} vqa_word_weights;
/* How much each word mattered for an answer (NULL: the best one), by deletion (Li, Monroe &
 * Jurafsky 2016). Errors as of vqa_model_map(). */
vqa_word_weights *vqa_model_words (vqa_model *m, const guint8 *square, const char *hash,
                                   const char *question, const char *answer, GError **error);
void vqa_word_weights_free (vqa_word_weights *w);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (vqa_word_weights, vqa_word_weights_free)
/* What the words that options->without names change in a map: the map with all words less the map
 * of the same answer without these. values: in the kind's unit; shown: the
 * same as shares of the largest of them, or of a quarter of the strongest value in either map where
 * none is that large: -1 (there is more without the words) to 1 (more with them). Errors as of
 * vqa_model_map(). */
vqa_map *vqa_model_word_change (vqa_model *m, const guint8 *square, const char *hash,
                                const char *question, const vqa_map_options *options,
                                GCancellable *cancellable, GError **error);

/* ---- modulation ---------------------------------------------------------------------------- */

/* What the question does at one place: y = (1 + gain[c]) x + shift[c] by channel (FiLM, Perez et
 * al. 2018), and how wide it opens the self-attention behind it, by channel from -1 to 1. */
typedef struct
{
  char *name; /* of the place */
  int channels;
  float *gain, *shift; /* (channels); NULL: no FiLM here */
  float *gate;         /* (channels); NULL: no self-attention here */
} vqa_modulated;
typedef struct
{
  guint n;
  vqa_modulated *places;
} vqa_modulation;
/* Errors: VQA_ERROR_QUESTION. */
vqa_modulation *vqa_model_modulation (vqa_model *m, const char *question, GError **error);
void vqa_modulation_free (vqa_modulation *mod);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (vqa_modulation, vqa_modulation_free)
/* The n channels with the largest absolute values, largest first, to (n). */
void vqa_modulation_strongest (const float *values, int channels, int n, int *to);
/* Answers with the modulation of another question at some places (a set of bits; G_MAXUINT: at all,
 * which is asking the other question). The reply has no blind answers, no unknown words and no
 * opinion on being sure. Errors: VQA_ERROR_QUESTION. */
vqa_reply *vqa_model_ask_swapped (vqa_model *m, const guint8 *square, const char *hash,
                                  const char *question, const char *other, guint places, guint top,
                                  GError **error);

/* ---- faithfulness -------------------------------------------------------------------------- */

/* Does a map find what the answer rests on? (Petsiuk et al. 2018, RISE.) Pixels are taken in the
 * map's order, highest first, in equal steps; the area under the answer's probability, 0 to 1.
 * Blurred: much as by a Gaussian of 6.5 % of the side, which leaves colours and no shapes. */
typedef struct
{
  double deletion;  /* they become blurred: lower is better */
  double insertion; /* they come back into the blurred picture: higher is better */
} vqa_faithfulness;
/* Of n maps to (n); a map's cells may be any numbers. steps: 1 to 1000. Errors as of
 * vqa_model_map(). */
gboolean vqa_model_faithfulness (vqa_model *m, const guint8 *square, const char *hash,
                                 const char *question, const char *answer,
                                 const vqa_evidence *const *maps, guint n, int steps,
                                 vqa_faithfulness *to, GCancellable *cancellable, GError **error);

G_END_DECLS
