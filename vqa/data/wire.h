/* What regard-decode and the programs that use it say to each other, over one stream, in the byte
 * order of the machine: a request and the file's bytes one way; a reply, the square and the shown
 * picture the other way; again and again until the stream ends. Text never travels: the decoder
 * works on bytes from strangers, so the words a person reads are written on the other side. */
#pragma once

#include <stdint.h>

#define WIRE_REQUEST    0x52515101u
#define WIRE_REPLY      0x52515102u
#define WIRE_MAX_BYTES  (512u << 20)      /* largest file */
#define WIRE_MAX_PIXELS (200ll * 1000000) /* largest picture */
#define WIRE_MAX_SQUARE 4096
#define WIRE_MAX_SHOWN  16384

typedef enum
{
  WIRE_OK,
  WIRE_UNKNOWN,   /* no format that can be read */
  WIRE_CUT_OFF,   /* the bytes end before the picture does */
  WIRE_DAMAGED,   /* contradicts its format */
  WIRE_NO_PIXELS, /* width or height is zero */
  WIRE_TOO_LARGE, /* more than WIRE_MAX_PIXELS; width and height say how large, when known */
  WIRE_NO_MEMORY, /* needs more than the decoder may use */
  WIRE_OUTSIDE,   /* the part is not within the picture; width and height say how large that is */
  WIRE_STATUSES,
} wire_status;

/* A part of the picture, in pixels, upright; width 0: all of it. */
typedef struct
{
  uint32_t x, y, width, height;
} wire_part;

typedef struct
{
  uint32_t magic; /* WIRE_REQUEST */
  uint32_t side;  /* of the square, 0 for none */
  uint32_t fit;   /* longest side of the shown picture, 0 for none */
  wire_part part; /* that square and shown picture are made of */
  uint32_t bytes; /* of the file, which follow */
} wire_request;

typedef struct
{
  uint32_t magic;                     /* WIRE_REPLY */
  uint32_t status;                    /* wire_status */
  uint32_t width, height;             /* of the picture, upright */
  uint32_t side;                      /* (side,side,3) bytes follow */
  uint32_t shown_width, shown_height; /* then (shown_height,shown_width,3) bytes */
  uint32_t filtered; /* 1: the decoder's system calls are filtered (seccomp), 0: limits alone */
} wire_reply;
