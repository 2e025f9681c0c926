/* The task of answering models: two stages (head: on cached features of the frozen backbone; whole:
 * every layer from pixels), calibration, scores, the model file. */
#pragma once

#include "vqa/run/run.h"

G_BEGIN_DECLS

gboolean vqa_answer_train (vqa_run *r, GError **error);

G_END_DECLS
