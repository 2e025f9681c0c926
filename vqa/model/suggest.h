/* Questions worth asking a model: of the kinds that it is good at by its own scores, in words that
 * it knows. */
#pragma once

#include "vqa/model/file.h"

G_BEGIN_DECLS

/* Best kind first, no kind twice before every good one came once. NULL-terminated, perhaps empty
 * (no scores, or nothing it is good at); the caller frees with g_strfreev. */
char **vqa_suggest (const vqa_contents *contents);

G_END_DECLS
