#include "vqa/data/data.h"

G_DEFINE_QUARK (vqa - error - quark, vqa_error)
