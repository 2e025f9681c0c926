/* Resizing pictures, in the process that decodes them and wherever pixels are in memory. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* The whole picture (height,width,channels), channels 1 or 3, to (to_height,to_width,channels): the
 * aspect ratio is not kept. Catmull-Rom (Catmull & Rom 1974), widened when shrinking so that
 * nothing aliases; values are taken as linear, as in the pictures a network learns from. All sizes
 * at least 1. FALSE when memory is refused. */
bool vqa_squash (const uint8_t *from, int width, int height, int channels, uint8_t *to,
                 int to_width, int to_height);
