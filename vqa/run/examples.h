/* What a recipe's data teach: photographs, their questions as word ids with target answers, and
 * batches. Everything random is a function of (seed, pass, place), so that a stopped training
 * resumes exactly. */
#pragma once

#include "vqa/data/labels.h"
#include "vqa/data/scene_trace.h"
#include "vqa/model/file.h"
#include "vqa/run/recipe.h"

G_BEGIN_DECLS

typedef struct
{
  int answer;
  float weight;
} vqa_target;

/* One question with its answer. */
typedef struct
{
  const vqa_question *source; /* the human question; NULL for one made from captions */
  int32_t *words;             /* (max_words) */
  guint n_targets;
  vqa_target *targets; /* share of the annotators; answers outside the vocabulary are left out */
  gboolean sided;      /* speaks of left or right: the picture must not be mirrored */
  guint photo;         /* it is about */
  guint set;           /* it is of, among e->sets; human questions */
  GPtrArray *opposite; /* of vqa_example: human questions to train on with the same text that are
                          answered the other way, no and yes; shared; NULL: none */
} vqa_example;

typedef enum
{
  VQA_SPLIT_TRAIN,
  VQA_SPLIT_CALIBRATION, /* training pictures set aside, by name hash */
  VQA_SPLIT_VALIDATION,  /* never trained on, nothing chosen by it */
  VQA_N_SPLITS,
} vqa_split;

/* A topic (vqa/data/topics.h) that fits a photo. */
typedef struct
{
  guint topic, n_answers;
  int answer[2]; /* positions, all equally right */
  int right;     /* number of the answer that is right among the topic's; -1: several are */
  guint64 wrong; /* bits of the topic's answers that the photo does not show */
} vqa_topic_fit;

typedef struct
{
  char *path, *file;       /* file: the name alone */
  gboolean whole;          /* of a set that is whole in itself */
  gboolean drawn;          /* a generated scene, without a file; path is NULL */
  vqa_scene_series series; /* of a scene */
  guint64 scene;           /* its number there; of training scenes, in the first pass */
  vqa_split split;
  GPtrArray *examples; /* of vqa_example: human questions */
  GPtrArray *captions; /* of char *: what people wrote about it; NULL without */
  GPtrArray *texts;    /* of vqa_made: questions made from captions and boxes; NULL without */
  GPtrArray *made;     /* of vqa_example: the same encoded; NULL without */
  guint8 *present;     /* (classes) 0 or 1; NULL without a class list */
  guint n_present;
  GArray *topics; /* of vqa_topic_fit: what else its classes answer */
} vqa_photo;

typedef struct
{
  const vqa_recipe *recipe;
  vqa_contents *contents;      /* vocabulary and answers */
  GPtrArray *sets;             /* of vqa_set: own the questions */
  GPtrArray *photos;           /* of vqa_photo, sorted by file name; then generated scenes */
  guint n_files;               /* photos that are files: the first ones */
  GArray *split[VQA_N_SPLITS]; /* of guint: photos of each split */
  GArray *visited;     /* of guint: the training split as a pass visits it: a photograph that people
                          asked a lot about stands there several times */
  GArray *asked;       /* of guint: those of it that people asked about, and some others */
  GPtrArray *verdicts; /* of GPtrArray of vqa_example: opposites point here */
  GPtrArray *classes;  /* of char *, sorted */
  vqa_label_table *labels; /* how often classes are seen, over the training photographs */
  int32_t *existence;      /* (classes,phrasings,max_words) */
  GPtrArray *topic_words;  /* of int32_t (phrasings,max_words), one for each topic */
  GHashTable *positions;   /* answer -> its position + 1 */
  int yes, no;             /* answers' positions, -1 when absent */
  guint missing;           /* questions whose picture was not found */
} vqa_examples;

/* A photo without questions, for vqa_examples to own; and one more question about it, which a set
 * owns. */
vqa_photo *vqa_photo_new (const char *path, const char *file);
void vqa_photo_ask (vqa_photo *p, const vqa_question *q);

vqa_examples *vqa_examples_read (const vqa_recipe *r, GError **error);
void vqa_examples_free (vqa_examples *e);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (vqa_examples, vqa_examples_free)
/* Hashes; the caller frees them. Of the vocabulary and the answers: other data may have as many,
 * and mean others. Of what is learned from: which pictures (not their pixels, which would have to
 * be read), and what is asked and answered about each. */
char *vqa_examples_meaning (const vqa_contents *c);
char *vqa_examples_hash (const vqa_examples *e);

/* Position of a class among e->classes, -1 when the class list names no such one. */
int vqa_examples_class (const vqa_examples *e, const char *name);
/* Chooses the words and answers of a network from what the training photographs teach, by how often
 * they occur; the spec of e->contents follows. */
gboolean vqa_examples_vocabulary (vqa_examples *e, GError **error);
/* Answers that name several things are learned as one text; gives them their commas back, "book,
 * toy", as people read them and as sets such as DAQUAR compare them. Positions stay. */
void vqa_examples_restore_lists (vqa_examples *e);
/* VQA v2 asks the same of two similar pictures with opposite answers, and one of the two is often
 * set aside: then a network that remembers texts is wrong by construction. So in sets made of such
 * pairs each text gets the same weight for yes and for no, and a question whose text has a single
 * answer is left out. */
void vqa_examples_balance (vqa_examples *e);
/* Finds the opposites of the human questions to train on. */
void vqa_examples_pair (vqa_examples *e);

/* What a batch asks about a photograph: human questions first, then made ones. */
typedef struct
{
  double human;  /* share of a photo's places that human questions may take */
  double made;   /* of the made ones, the share from captions and boxes, where there are some */
  double topics; /* of the others, the share about a topic, where one fits; the rest ask whether
                    something is there */
  double lures;  /* of the things that are not there, the share that goes well with what is */
} vqa_mix;

extern const vqa_mix vqa_mix_all;    /* for training photographs of all kinds */
extern const vqa_mix vqa_mix_people; /* for those that people asked about: more of theirs, and
                                        harder ones */

/* Several pictures with as many questions each. */
typedef struct
{
  int pictures, questions;
  vqa_mix mix;             /* vqa_mix_all at first */
  guint *photo;            /* (pictures) */
  gboolean *flip;          /* (pictures): mirror it */
  vqa_scene *scenes;       /* (pictures): what is drawn, where the photo is a generated scene */
  vqa_scene_trace *traces; /* (pictures*questions): what its questions go by; otherwise NULL */
  int32_t *words;          /* (pictures*questions,max_words) */
  float *targets;          /* (pictures*questions,answers) */
} vqa_batch;

vqa_batch *vqa_batch_new (const vqa_examples *e, int pictures, int questions);
void vqa_batch_free (vqa_batch *b);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (vqa_batch, vqa_batch_free)
/* Fills it for step `step` of a stage: each pass visits `photos` (of guint; a split or e->asked)
 * once in an order of its own; human questions first, then made ones: from captions, of a topic, or
 * whether something is there, half of these to be answered yes. After a photograph with a question
 * that another one answers the other way, that one may come next, asked the same: what differs
 * between the two is the picture alone. */
void vqa_batch_fill (const vqa_examples *e, const GArray *photos, vqa_batch *b, guint stage,
                     guint64 step);
guint64 vqa_batches_per_pass (const GArray *photos, int pictures);

/* An existence question about a photo with a class list: class and its truth; wrong ones are
 * popular or go with what is there, half of the time. FALSE when there is none of that truth. */
gboolean vqa_existence_pick (const vqa_examples *e, const vqa_photo *p, gboolean present,
                             vqa_random *random, guint *class_index);
const int32_t *vqa_existence_words (const vqa_examples *e, guint class_index, guint phrasing);

G_END_DECLS
