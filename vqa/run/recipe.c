#include "vqa/run/recipe.h"

#include <string.h>

#define AT(field) G_STRUCT_OFFSET (vqa_recipe, field)
#define STAGE(name, labelled)                                                                      \
  { #name, "passes", VQA_RULE_REAL, AT (name.passes), 0, 0, 10000, 0, NULL },                      \
      { #name, "pictures", VQA_RULE_WHOLE, AT (name.pictures), 0, 1, 4096, 32, NULL },             \
      { #name, "questions", VQA_RULE_WHOLE, AT (name.questions), 0, 1, 64, 4, NULL },              \
      { #name, "rate", VQA_RULE_REAL, AT (name.rate), 0, 0, 10, 1e-3, NULL },                      \
      { #name, "decay", VQA_RULE_REAL, AT (name.decay), 0, 0, 10, 0.01, NULL },                    \
      { #name, "backbone", VQA_RULE_REAL, AT (name.backbone), 0, 0, 10, -1, NULL },                \
      { #name, "labels", VQA_RULE_REAL, AT (name.labels), 0, 0, 1e4, labelled, NULL },             \
      { #name, "teach", VQA_RULE_REAL, AT (name.teach), 0, 0, 1e4, labelled, NULL },               \
      VQA_LEARNING_RULES (#name, AT (name.learning))

static const vqa_rule rules[] = {
  { "model", "name", VQA_RULE_NAME, AT (name), VQA_RULE_REQUIRED | VQA_RULE_ASIDE, 0, 0, 0, NULL },
  { "model", "title", VQA_RULE_TEXT, AT (title), VQA_RULE_ASIDE, 0, 0, 0, NULL },
  { "model", "description", VQA_RULE_TEXT, AT (description), VQA_RULE_ASIDE, 0, 0, 0, NULL },
  { "model", "terms", VQA_RULE_TEXT, AT (terms), VQA_RULE_ASIDE, 0, 0, 0, NULL },
  { "data", "images", VQA_RULE_PATH, AT (images), 0, 0, 0, 0, NULL },
  { "data", "questions", VQA_RULE_PATHS, AT (questions), 0, 0, 0, 0, NULL },
  { "data", "annotations", VQA_RULE_PATHS, AT (annotations), 0, 0, 0, 0, NULL },
  { "data", "vqa2", VQA_RULE_PATHS, AT (vqa2), 0, 0, 0, 0, NULL },
  { "data", "daquar", VQA_RULE_PATHS, AT (daquar), 0, 0, 0, 0, NULL },
  { "data", "easyvqa", VQA_RULE_PATHS, AT (easyvqa), 0, 0, 0, 0, NULL },
  { "data", "scenes", VQA_RULE_TEXT, AT (scenes), 0, 0, 0, 0, NULL },
  { "data", "scene_pictures", VQA_RULE_WHOLE, AT (scene_pictures), 0, 1, 10000000, 20000, NULL },
  { "data", "scene_short", VQA_RULE_REAL, AT (scene_short), 0, 0, 10000, 0, NULL },
  { "data", "scene_hard", VQA_RULE_REAL, AT (scene_hard), 0, 0, 1, 0, NULL },
  { "data", "classes", VQA_RULE_PATH, AT (classes), 0, 0, 0, 0, NULL },
  { "data", "captions", VQA_RULE_PATH, AT (captions), 0, 0, 0, 0, NULL },
  { "data", "boxes", VQA_RULE_PATHS, AT (boxes), 0, 0, 0, 0, NULL },
  { "data", "validation", VQA_RULE_PATH, AT (validation), 0, 0, 0, 0, NULL },
  { "data", "words", VQA_RULE_PATH, AT (words), 0, 0, 0, 0, NULL },
  { "data", "backbone", VQA_RULE_PATH, AT (backbone), 0, 0, 0, 0, NULL },
  { "data", "label_words", VQA_RULE_WHOLE, AT (label_words), 0, 0, 10000, 300, NULL },
  { "data", "answers", VQA_RULE_WHOLE, AT (answers), 0, 2, 100000, 600, NULL },
  { "data", "vocabulary", VQA_RULE_WHOLE, AT (vocabulary), 0, 1, 1000000, 3500, NULL },
  { "data", "calibration", VQA_RULE_REAL, AT (calibration), 0, 0, 50, 3, NULL },
  { "data", "holdout", VQA_RULE_REAL, AT (holdout), 0, 0, 90, 0, NULL },
  { "data", "balance", VQA_RULE_WHOLE, AT (balance), 0, 0, 1, 0, NULL },
  { "data", "human", VQA_RULE_REAL, AT (human), 0, 0, 100, 1, NULL },
  { "data", "crop", VQA_RULE_REAL, AT (crop), 0, 0, 0.9, 0.15, NULL },
  { "data", "word_dropout", VQA_RULE_REAL, AT (word_dropout), 0, 0, 0.9, 0.08, NULL },
  { "network", "backbone", VQA_RULE_CHOICE, AT (spec.backbone), 0, 0, 0, VQA_BACKBONE_MOBILENETV2,
    vqa_backbones },
  { "network", "filters", VQA_RULE_WHOLE, AT (spec.filters), 0, 1, 1024, 64, NULL },
  { "network", "halvings", VQA_RULE_WHOLE, AT (spec.halvings), 0, 2, 5, 3, NULL },
  { "network", "side", VQA_RULE_WHOLE, AT (spec.side), 0, 32, 1024, 192, NULL },
  { "network", "max_words", VQA_RULE_WHOLE, AT (spec.max_words), 0, 1, 256, 24, NULL },
  { "network", "embed", VQA_RULE_WHOLE, AT (spec.embed), 0, 1, 4096, 100, NULL },
  { "network", "hidden", VQA_RULE_WHOLE, AT (spec.hidden), 0, 1, 4096, 192, NULL },
  { "network", "read", VQA_RULE_WHOLE, AT (spec.read), 0, 0, 64, 0, NULL },
  { "network", "width", VQA_RULE_WHOLE, AT (spec.width), 0, 1, 4096, 160, NULL },
  { "network", "blocks", VQA_RULE_WHOLE, AT (spec.blocks), 0, 1, 16, 3, NULL },
  { "network", "heads", VQA_RULE_WHOLE, AT (spec.heads), 0, 1, 64, 4, NULL },
  { "network", "key", VQA_RULE_WHOLE, AT (spec.key), 0, 1, 1024, 16, NULL },
  { "network", "modulation", VQA_RULE_SET, AT (spec.modulation), 0, 0, 0,
    NN_MODULATE_GATE | NN_MODULATE_QUERY_KEY, vqa_modulations },
  { "network", "film", VQA_RULE_WHOLE, AT (spec.film), 0, 0, 1, 1, NULL },
  { "network", "attention", VQA_RULE_WHOLE, AT (spec.attention), 0, 0, 1, 1, NULL },
  { "network", "head", VQA_RULE_WHOLE, AT (spec.head), 0, 0, 4096, -1, NULL },
  { "network", "fine", VQA_RULE_WHOLE, AT (spec.fine), 0, 0, 1024, 0, NULL },
  { "network", "tally", VQA_RULE_WHOLE, AT (spec.tally), 0, 0, 1024, 0, NULL },
  { "network", "joint", VQA_RULE_WHOLE, AT (spec.joint), 0, 1, 8192, 384, NULL },
  { "network", "blind", VQA_RULE_WHOLE, AT (spec.blind), 0, 1, 8192, 128, NULL },
  { "network", "dropout", VQA_RULE_RATE, AT (spec.dropout), 0, 0, 0.9, 0.3, NULL },
  STAGE (labels, 1),
  { "labels", "trace", VQA_RULE_REAL, AT (labels.trace), 0, 0, 1e4, 0, NULL },
  STAGE (head, 0),
  STAGE (whole, 0),
  { "whole", "trace", VQA_RULE_REAL, AT (whole.trace), 0, 0, 1e4, 0, NULL },
  STAGE (people, 0),
  VQA_LEARNING_RULES ("optimiser", AT (learning)),
  VQA_MACHINE_RULES (AT (machine)),
  { "run", "seed", VQA_RULE_SEED, AT (seed), 0, 0, 1e15, 1, NULL },
  VQA_PACE_RULES (AT (pace)),
};

#undef AT
#undef STAGE

static guint
length (char **list)
{
  return list != NULL ? g_strv_length (list) : 0;
}

static gboolean
check_data (const vqa_recipe *r, const vqa_source *s, GError **error)
{
  gboolean beside
      = r->questions != NULL || r->classes != NULL || r->captions != NULL || r->boxes != NULL;
  guint sets = length (r->vqa2) + length (r->daquar) + length (r->easyvqa);

  if (length (r->questions) != length (r->annotations))
    return vqa_source_fail (s, "data", "annotations", "must name one file for each of questions",
                            error);
  if (beside && r->images == NULL)
    return vqa_source_fail (s, "data", "images", "is missing: the folder of the pictures", error);
  if (r->labels.passes > 0 && r->head.passes > 0)
    return vqa_source_fail (s, "head", "passes",
                            "must be 0 after a stage of labels, which changes the backbone that "
                            "the head stage holds fixed",
                            error);
  if ((r->scenes == NULL || beside || sets > 0) && (r->whole.trace > 0 || r->labels.trace > 0))
    return vqa_source_fail (s, r->whole.trace > 0 ? "whole" : "labels", "trace",
                            "must be 0: only questions about scenes tell what they go by, and only "
                            "where nothing is learned beside them",
                            error);
  if (!beside && sets == 0 && r->scenes == NULL)
    return vqa_source_fail (
        s, "data", "questions",
        "is missing; there is nothing to learn from without questions, classes, "
        "captions, boxes, scenes or a set",
        error);
  return TRUE;
}

/* Largest seed of scenes in a recipe: series of larger ones are for measuring (scenes.h). */
#define LARGEST_SEED 1e9

static gboolean
check_scenes (vqa_recipe *r, const vqa_source *s, GError **error)
{
  if (r->scenes == NULL)
    return TRUE;
  if (!vqa_scene_series_parse (r->scenes, &r->series) || (double)r->series.seed > LARGEST_SEED)
    return vqa_source_fail (s, "data", "scenes",
                            "must be SEED, SEED:a or SEED:b, a whole number up to 1000000000",
                            error);
  if (r->spec.side > VQA_SCENE_LARGEST)
    return vqa_source_fail (s, "network", "side", "must be at most 512 with scenes", error);
  /* What a teacher says is kept by photograph. */
  r->labels.teach = r->head.teach = r->whole.teach = r->people.teach = 0;
  if (r->head.passes > 0)
    return vqa_source_fail (s, "head", "passes",
                            "must be 0 with scenes, which are others in every pass", error);
  return TRUE;
}

/* The head stage learns on the maps of a backbone that was trained elsewhere; a plain one begins
 * from nothing. */
static gboolean
check_backbone (const vqa_recipe *r, const vqa_source *s, GError **error)
{
  if (r->spec.backbone == VQA_BACKBONE_MOBILENETV2)
    return TRUE;
  if (r->backbone != NULL)
    return vqa_source_fail (s, "data", "backbone", "goes with [network] backbone=mobilenetv2 only",
                            error);
  if (r->head.passes > 0)
    return vqa_source_fail (s, "head", "passes",
                            "must be 0 with [network] backbone=plain, whose convolutions all learn "
                            "in the stage whole",
                            error);
  return TRUE;
}

/* What the keys are that depend on the backbone, where the recipe does not say. */
static void
settle_backbone (vqa_recipe *r)
{
  gboolean plain = r->spec.backbone == VQA_BACKBONE_PLAIN;
  vqa_stage *stages[] = { &r->labels, &r->head, &r->whole, &r->people };

  if (r->spec.head < 0)
    r->spec.head = plain ? 0 : 1280;
  for (guint i = 0; i < G_N_ELEMENTS (stages); i++)
    if (stages[i]->backbone < 0)
      stages[i]->backbone = plain ? 1 : 0.1;
}

vqa_recipe *
vqa_recipe_from (const vqa_source *s, GError **error)
{
  g_autoptr (vqa_recipe) r = g_new0 (vqa_recipe, 1);

  if (!vqa_source_read (s, rules, G_N_ELEMENTS (rules), r, error))
    return NULL;
  if (!check_data (r, s, error) || !check_scenes (r, s, error) || !check_backbone (r, s, error))
    return NULL;
  settle_backbone (r);
  vqa_learning_settle (&r->learning, NULL);
  vqa_learning_settle (&r->labels.learning, &r->learning);
  vqa_learning_settle (&r->head.learning, &r->learning);
  vqa_learning_settle (&r->whole.learning, &r->learning);
  vqa_learning_settle (&r->people.learning, &r->learning);
  r->text = vqa_source_text (s);
  r->key = vqa_source_key (s, rules, G_N_ELEMENTS (rules));
  return g_steal_pointer (&r);
}

vqa_recipe *
vqa_recipe_read (const char *path, const char *data_root, const char *const *settings,
                 GError **error)
{
  g_autoptr (vqa_source) s = vqa_source_open (path, NULL, data_root, settings, error);
  return s != NULL ? vqa_recipe_from (s, error) : NULL;
}

void
vqa_recipe_free (vqa_recipe *r)
{
  if (r == NULL)
    return;
  vqa_rules_clear (rules, G_N_ELEMENTS (rules), r);
  g_free (r->text);
  g_free (r->key);
  g_free (r);
}
