/* regard-decode: decodes pictures from strangers for the programs of Regard, one after the other,
 * in a process that can do nothing but read its standard input, write its standard output and use
 * memory. */
#include "vqa/data/decode.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifndef DECODE_UNCONFINED
#include "vqa/data/confine.h"
#endif

/* A picture takes a second or two at most. Who asked gives up long before and kills this process;
 * the alarm is for the case that it has died. (PR_SET_PDEATHSIG would fire when the asking thread
 * ends.) */
#define ALARM_SECONDS 120

/* FALSE when the stream ended or failed. */
static bool
read_all (void *to, size_t count)
{
  for (uint8_t *p = to; count > 0;)
    {
      ssize_t n = read (0, p, count);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return false;
      p += n;
      count -= (size_t)n;
    }
  return true;
}

static bool
write_all (const void *from, size_t count)
{
  for (const uint8_t *p = from; count > 0;)
    {
      ssize_t n = write (1, p, count);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return false;
      p += n;
      count -= (size_t)n;
    }
  return true;
}

/* Reads what follows a request that cannot be answered, so that the next one is found. */
static bool
read_past (size_t count)
{
  uint8_t waste[4096];

  while (count > 0)
    {
      size_t n = count < sizeof waste ? count : sizeof waste;

      if (!read_all (waste, n))
        return false;
      count -= n;
    }
  return true;
}

/* Whether system calls are filtered. */
static bool filtered;

static bool
reply (wire_status status, const decode_result *r)
{
  wire_reply out
      = { WIRE_REPLY, status, (uint32_t)r->width, (uint32_t)r->height, 0, 0, 0, filtered };

  if (status != WIRE_OK)
    return write_all (&out, sizeof out);
  out.side = (uint32_t)r->side;
  out.shown_width = (uint32_t)r->shown_width;
  out.shown_height = (uint32_t)r->shown_height;
  return write_all (&out, sizeof out) && write_all (r->square, (size_t)r->side * r->side * 3)
         && write_all (r->shown, (size_t)r->shown_width * r->shown_height * 3);
}

/* Answers one request; FALSE when there is none or the other side makes no sense. */
static bool
serve (void)
{
  wire_request in;
  decode_result result = { 0 };
  wire_status status = WIRE_NO_MEMORY;
  uint8_t *bytes;
  bool fine;

  if (!read_all (&in, sizeof in) || in.magic != WIRE_REQUEST || in.bytes > WIRE_MAX_BYTES
      || in.side > WIRE_MAX_SQUARE || in.fit > WIRE_MAX_SHOWN)
    return false;
  bytes = malloc (in.bytes > 0 ? in.bytes : 1);
  fine = bytes ? read_all (bytes, in.bytes) : read_past (in.bytes);
  if (fine && bytes)
    {
      alarm (ALARM_SECONDS);
      status = decode_picture (bytes, in.bytes, &in.part, (int)in.side, (int)in.fit, &result);
      alarm (0);
    }
  free (bytes);
  fine = fine && reply (status, &result);
  decode_clear (&result);
  return fine;
}

int
main (void)
{
#ifndef DECODE_UNCONFINED /* sanitizers map terabytes and make calls of their own */
  confinement given = confine ();

  if (given == CONFINED_NOT)
    {
      fputs ("regard-decode: the system refused the limits this program sets itself\n", stderr);
      return 3;
    }
  filtered = given == CONFINED;
#endif
  while (serve ())
    ;
  return 0;
}
