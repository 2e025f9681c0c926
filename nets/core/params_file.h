/* Parameters to and from safetensors files. */
#pragma once

#include "nets/core/safetensors.h"

G_BEGIN_DECLS

/* Reads every parameter of p whose name begins with `prefix` from the tensor PREFIXED + its name
 * ("" for the plain name). Strict about those: missing and mis-shaped ones are listed in the error,
 * and then p is unchanged. */
gboolean nn_params_read (nn_params *p, const nn_file *f, const char *prefix, const char *prefixed,
                         GError **error);
/* Adds all parameters to the writer as `dtype` (NN_F32 or NN_F16). With moments, also the
 * optimiser's as "adamw.mean/NAME" (SGD's velocity too) and "adamw.square/NAME", and moving
 * averages, where there are some, as "average/NAME". Values must stay alive until the writer
 * saved. */
void nn_params_write (nn_params *p, nn_writer *w, nn_dtype dtype, gboolean moments);
/* Reads moments, and averages where the file has them; gives memory for both. */
gboolean nn_params_read_moments (nn_params *p, const nn_file *f, GError **error);

G_END_DECLS
