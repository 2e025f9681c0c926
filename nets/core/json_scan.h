/* What nn_json_check() and the safetensors reader share: strings of JSON text, undone and shown. */
#pragma once

#include <glib.h>

/* Bytes of a string between its quotes, escapes undone one at a time. The text must be valid. */
typedef struct
{
  const char *at, *end;
  char held[4]; /* an escape's bytes not yet handed out */
  int n_held, next;
} nn_json_bytes;

nn_json_bytes nn_json_bytes_of (const char *raw, gsize length);
/* 0 to 255, or -1 at the end. */
int nn_json_next (nn_json_bytes *b);

/* Text from a file as an error message may show it: no control characters, at most 60 characters.
 * The caller frees it. */
char *nn_json_show (const char *text, gsize length);
