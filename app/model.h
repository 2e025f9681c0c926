/* A model that answers, as people are told about it. */
#pragma once

#include "vqa/model/facts.h"
#include "vqa/model/model.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define REGARD_TYPE_MODEL (regard_model_get_type ())
G_DECLARE_FINAL_TYPE (RegardModel, regard_model, REGARD, MODEL, GObject)

/* Takes the info. */
RegardModel *regard_model_new (vqa_model_info *info);
const vqa_model_info *regard_model_get_info (RegardModel *self);
/* What its file says of how good it is; both lists may be empty. */
const vqa_facts *regard_model_get_facts (RegardModel *self);
/* What the weights may be used for; never NULL. */
const char *regard_model_get_terms (RegardModel *self);
/* The first sentence of that; the caller frees it. */
char *regard_model_dup_terms_in_short (RegardModel *self);

G_END_DECLS
