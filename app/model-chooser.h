/* Which model answers, under what terms, and what it is good at: a button with a popover.
 *
 * It only presents and tells what the person wants, through two signals: "wanted" (the popover
 * opens: which models are there?) and "choose" (the path of a model). */
#pragma once

#include "app/model.h"

G_BEGIN_DECLS

#define REGARD_TYPE_MODEL_CHOOSER (regard_model_chooser_get_type ())
G_DECLARE_FINAL_TYPE (RegardModelChooser, regard_model_chooser, REGARD, MODEL_CHOOSER, GtkWidget)

/* The model that answers; NULL: none yet. */
void regard_model_chooser_set_model (RegardModelChooser *self, RegardModel *model);
/* The models to choose from, an array of RegardModel. */
void regard_model_chooser_set_models (RegardModelChooser *self, GPtrArray *models);
void regard_model_chooser_popdown (RegardModelChooser *self);

G_END_DECLS
