/* The answering network: what a model file's architecture means. Training (vqa/run) and answering
 * (model.c) build it from here. */
#pragma once

#include "nets/nn.h"
#include "vqa/data/data.h"

G_BEGIN_DECLS

/* What looks at the picture first. */
typedef enum
{
  VQA_BACKBONE_MOBILENETV2, /* for photographs; begins with weights trained elsewhere */
  VQA_BACKBONE_PLAIN,       /* a few 3x3 convolutions, for small drawn pictures; from nothing */
} vqa_backbone;

/* Sizes of one network. */
typedef struct
{
  int side;       /* of the square picture, pixels */
  int backbone;   /* vqa_backbone */
  int filters;    /* plain: channels of each convolution */
  int halvings;   /* plain: how many of them halve the map */
  int words;      /* vocabulary, without the padding id 0 */
  int max_words;  /* of one question; later words are not read */
  int embed;      /* width of a word vector */
  int hidden;     /* of the question encoder */
  int read;       /* heads that read the encoder's states; 0: its last state alone */
  int width;      /* channels of the modulated map */
  int blocks;     /* FiLM blocks, with modulated self-attention after each but the last */
  int heads, key; /* of the self-attention */
  int modulation; /* nn_modulation: where the question acts on self-attention */
  int film;       /* 1: the question also acts on each block by FiLM; 0: it does not */
  int attention;  /* 1: with the self-attention; 0: without, to compare */
  int head;       /* channels of a 1x1 convolution after the backbone; 0: without it */
  int fine;       /* channels of a modulated map of twice the side, before the others; 0: none */
  int tally;      /* kinds of marks that are counted over the last map; 0: none */
  int joint;      /* width where question and picture meet */
  int blind;      /* width of the question-only classifier */
  int answers;
  float dropout; /* in training */
} vqa_spec;

/* Logit that what is read off cells begins with, one in 150: hardly any is marked. */
#define VQA_UNLIKELY (-5.0f)

/* Names of the places, in the order of the bits; NULL-terminated. */
extern const char *const vqa_modulations[];
/* Names of the backbones, NULL-terminated. */
extern const char *const vqa_backbones[];

/* Sizes that a fresh network gets; words and answers are 0. */
vqa_spec vqa_spec_default (void);
char *vqa_spec_to_json (const vqa_spec *s);
/* Errors: VQA_ERROR_MODEL when a size is missing or outside its limits. */
gboolean vqa_spec_from_json (vqa_spec *s, const char *json, GError **error);

/* What the backbone makes of a picture, or stands for it as inputs. */
typedef struct
{
  nn_node coarse; /* MobileNetV2: (N,side/32,side/32,320); plain: (N,H,W,filters) */
  nn_node fine;   /* half the stride: (N,side/16,side/16,96), or (N,2H,2W,filters);
                     not a node (i < 0) when spec.fine is 0 */
} vqa_net_maps;
/* Of a picture (N,side,side,3), from -1 to 1; both kept. */
vqa_net_maps vqa_net_features (nn_graph *g, const vqa_spec *s, nn_node picture);
/* Inputs of their shapes for a graph that begins with them. */
vqa_net_maps vqa_net_map_inputs (nn_graph *g, const vqa_spec *s);
/* The maps of one picture as one array, coarse first, for caches: its length, and copies out of and
 * into an exec of g, picture `row` of its batch. */
size_t vqa_net_maps_count (const nn_graph *g, vqa_net_maps maps);
void vqa_net_maps_get (nn_exec *e, const nn_graph *g, vqa_net_maps maps, int row, float *to);
void vqa_net_maps_put (nn_exec *e, const nn_graph *g, vqa_net_maps maps, int row,
                       const float *from);

/* The picture before any question: (N,side/32,side/32,head), or the coarse map without a head. */
nn_node vqa_net_look (nn_graph *g, const vqa_spec *s, vqa_net_maps maps);
/* Reads `count` labels off a look, for training alone: (N,count) logits, from mean and peak; their
 * parameters are below "labels.NAME.". */
nn_node vqa_net_labels (nn_graph *g, const char *name, nn_node look, int count);
/* The same of each place: (N,H,W,count) logits. */
nn_node vqa_net_cells (nn_graph *g, const char *name, nn_node look, int count);

/* Places where the question acts on the picture: the fine map, the blocks, the answer. */
#define VQA_MAX_PLACES 18
typedef struct
{
  nn_node film;   /* (N*per,2C) gains less one, then shifts; i < 0: none */
  nn_node attend; /* the self-attention after it; i < 0: none */
  nn_node map;    /* what comes out (N*per,H,W,C); i < 0: not a map, or the fine one */
} vqa_net_place;
/* How many a network has, at most VQA_MAX_PLACES; the scope of one's parameters, "block0.", for
 * the caller to free. */
int vqa_net_places (const vqa_spec *s);
char *vqa_net_place_scope (const vqa_spec *s, int place);

typedef struct
{
  nn_node look;     /* as vqa_net_look() */
  nn_node question; /* as vqa_net_question(); i < 0 from vqa_net_asked() */
  nn_node logits;   /* (N*per,answers) */
  nn_node blind;    /* (N*per,answers), from the question alone; no gradient leaves it */
  nn_node map;      /* last modulated map, of the coarse map's side: (N*per,H,W,width), kept */
  nn_node peak;     /* its largest values by channel (N*per,width) */
  nn_node marks;    /* logits of what is counted (N*per,H,W,tally); i < 0: none */
  nn_node fine;     /* the fine map, modulated; i < 0: none */
  vqa_net_place place[VQA_MAX_PLACES];
} vqa_net_outputs;
/* Maps of N pictures and words (N*per,T) ids, `per` questions for each picture. */
vqa_net_outputs vqa_net_answer (nn_graph *g, const vqa_spec *s, vqa_net_maps maps, nn_node words,
                                int per);
/* The question's part of it, (rows,hidden); and the rest, given what each place hears
 * (N*per,hidden) of vqa_net_places(): the same network when all are the same node. Without `blind`.
 */
nn_node vqa_net_question (nn_graph *g, const vqa_spec *s, nn_node words);
vqa_net_outputs vqa_net_asked (nn_graph *g, const vqa_spec *s, vqa_net_maps maps,
                               const nn_node *heard, int per);

/* RGB bytes (count) to what the network reads: (byte - 128) / 128. */
void vqa_net_pixels (const guint8 *rgb, size_t count, float *to);
/* Positions of the words of a question: ids (max_words), 0 after the end; a word that is not in
 * `index` (word -> id) is left out and, where unknown is not NULL, added there as written. */
void vqa_net_words (GHashTable *index, const char *question, int max_words, int32_t *ids,
                    GPtrArray *unknown);

G_END_DECLS
