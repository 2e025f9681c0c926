/* Bytes to pixels, as regard-decode does it: no files, no process, nothing shared. */
#pragma once

#include "vqa/data/wire.h"

#include <stddef.h>
#include <stdint.h>

typedef struct
{
  int width, height; /* upright */
  int side;
  uint8_t *square; /* (side,side,3), NULL when side is 0 */
  int shown_width, shown_height;
  uint8_t *shown; /* (shown_height,shown_width,3), NULL when none was asked for */
} decode_result;

/* Decodes, turns upright, cuts the part out, squashes it to side x side (0: not) and fits it within
 * fit x fit without enlarging (0: not). out's width and height are the whole picture's. Whatever it
 * returns, decode_clear() frees the result. */
wire_status decode_picture (const uint8_t *bytes, size_t length, const wire_part *part, int side,
                            int fit, decode_result *out);
void decode_clear (decode_result *r);

/* Orientation 1 to 8 from a JPEG's EXIF data; 1 when there is none or it makes no sense. */
int decode_orientation (const uint8_t *bytes, size_t length);
/* (height,width,3) turned upright into a new (height,width,3), or (width,height,3) for orientations
 * 5 to 8; NULL when memory is refused. */
uint8_t *decode_turn (const uint8_t *pixels, int width, int height, int orientation);
