#include "vqa/run/classify.h"

#define AT(field) G_STRUCT_OFFSET (vqa_classify_recipe, field)
#define ASIDE     VQA_RULE_ASIDE

static const vqa_rule rules[] = {
  { "model", "name", VQA_RULE_NAME, AT (name), VQA_RULE_REQUIRED | ASIDE, 0, 0, 0, NULL },
  { "model", "title", VQA_RULE_TEXT, AT (title), ASIDE, 0, 0, 0, NULL },
  { "model", "description", VQA_RULE_TEXT, AT (description), ASIDE, 0, 0, 0, NULL },
  { "model", "terms", VQA_RULE_TEXT, AT (terms), ASIDE, 0, 0, 0, NULL },
  { "data", "images", VQA_RULE_PATH, AT (images), VQA_RULE_REQUIRED, 0, 0, 0, NULL },
  { "data", "validation", VQA_RULE_PATH, AT (validation), 0, 0, 0, 0, NULL },
  { "data", "held_out", VQA_RULE_REAL, AT (held_out), 0, 0.1, 90, 15, NULL },
  { "data", "backbone", VQA_RULE_PATH, AT (backbone), 0, 0, 0, 0, NULL },
  { "network", "network", VQA_RULE_CHOICE, AT (spec.network), 0, 0, 0, VQA_RESNET18, vqa_networks },
  { "network", "side", VQA_RULE_WHOLE, AT (spec.side), 0, 8, 1024, 64, NULL },
  { "network", "hidden", VQA_RULE_WHOLE, AT (spec.hidden), 0, 1, 8192, 256, NULL },
  { "network", "layers", VQA_RULE_WHOLE, AT (spec.layers), 0, 0, 8, 2, NULL },
  { "train", "passes", VQA_RULE_REAL, AT (passes), 0, 0, 10000, 30, NULL },
  { "train", "pictures", VQA_RULE_WHOLE, AT (pictures), 0, 1, 4096, 32, NULL },
  { "train", "rate", VQA_RULE_REAL, AT (rate), 0, 0, 10, 1e-3, NULL },
  { "train", "decay", VQA_RULE_REAL, AT (decay), 0, 0, 10, 0.01, NULL },
  { "train", "smoothing", VQA_RULE_REAL, AT (smoothing), 0, 0, 0.9, 0.1, NULL },
  { "train", "flip", VQA_RULE_WHOLE, AT (flip), 0, 0, 1, 1, NULL },
  { "train", "crop", VQA_RULE_REAL, AT (crop), 0, 0, 0.9, 0.15, NULL },
  VQA_LEARNING_RULES ("optimiser", AT (learning)),
  VQA_MACHINE_RULES (AT (machine)),
  { "run", "seed", VQA_RULE_SEED, AT (seed), 0, 0, 1e15, 1, NULL },
  VQA_PACE_RULES (AT (pace)),
};

#undef AT
#undef ASIDE

vqa_classify_recipe *
vqa_classify_recipe_from (const vqa_source *s, GError **error)
{
  g_autoptr (vqa_classify_recipe) r = g_new0 (vqa_classify_recipe, 1);

  if (!vqa_source_read (s, rules, G_N_ELEMENTS (rules), r, error))
    return NULL;
  if (r->backbone != NULL && r->spec.network != VQA_MOBILENETV2)
    {
      vqa_source_fail (s, "data", "backbone", "goes with network=mobilenetv2 only", error);
      return NULL;
    }
  vqa_learning_settle (&r->learning, NULL);
  r->text = vqa_source_text (s);
  r->key = vqa_source_key (s, rules, G_N_ELEMENTS (rules));
  return g_steal_pointer (&r);
}

void
vqa_classify_recipe_free (vqa_classify_recipe *r)
{
  if (r == NULL)
    return;
  vqa_rules_clear (rules, G_N_ELEMENTS (rules), r);
  g_free (r->text);
  g_free (r->key);
  g_free (r);
}
