/* What a network knows before it is trained. */
#pragma once

#include "nets/nn.h"
#include "vqa/model/file.h"
#include "vqa/run/recipe.h"

G_BEGIN_DECLS

/* Reads the recipe's backbone and word vectors, where it names some, into the parameters of the
 * network that the contents describe. Errors: what of the files cannot be read or does not fit. */
gboolean vqa_first_values (const vqa_recipe *r, const vqa_contents *contents, nn_params *params,
                           GError **error);

G_END_DECLS
