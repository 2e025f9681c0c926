#include "vqa/data/decode.h"

#include "vqa/data/squash.h"

#include <libexif/exif-data.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define STBI_NO_STDIO
#include <stb/stb_image.h>

/* ---- orientation ------------------------------------------------------------------------ */

/* Finds the EXIF segment of a JPEG. libexif could, but stops at the first APP1, which may be XMP.
 */
static const uint8_t *
find_exif (const uint8_t *bytes, size_t length, size_t *size)
{
  size_t at = 2;

  if (length < 4 || bytes[0] != 0xff || bytes[1] != 0xd8)
    return NULL;
  while (at + 4 <= length && bytes[at] == 0xff)
    {
      uint8_t marker = bytes[at + 1];
      size_t segment = (size_t)bytes[at + 2] << 8 | bytes[at + 3];

      if (marker == 0xff)
        {
          at++; /* fill byte */
          continue;
        }
      if (marker == 0xda || marker == 0xd9 || segment < 2 || at + 2 + segment > length)
        return NULL;
      if (marker == 0xe1 && segment >= 8 && memcmp (bytes + at + 4, "Exif\0\0", 6) == 0)
        {
          *size = segment - 2;
          return bytes + at + 4;
        }
      at += 2 + segment;
    }
  return NULL;
}

int
decode_orientation (const uint8_t *bytes, size_t length)
{
  size_t size = 0;
  const uint8_t *segment = find_exif (bytes, length, &size);
  ExifData *data;
  ExifEntry *entry;
  int orientation = 1;

  if (!segment || !(data = exif_data_new ()))
    return 1;
  exif_data_unset_option (data, EXIF_DATA_OPTION_FOLLOW_SPECIFICATION);
  exif_data_load_data (data, segment, (unsigned int)size);
  entry = exif_content_get_entry (data->ifd[EXIF_IFD_0], EXIF_TAG_ORIENTATION);
  if (entry && entry->format == EXIF_FORMAT_SHORT && entry->components == 1 && entry->size >= 2)
    orientation = exif_get_short (entry->data, exif_data_get_byte_order (data));
  exif_data_unref (data);
  return orientation >= 1 && orientation <= 8 ? orientation : 1;
}

uint8_t *
decode_turn (const uint8_t *pixels, int width, int height, int orientation)
{
  bool transposed = orientation >= 5;
  bool right_to_left = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  bool bottom_up = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  int w = transposed ? height : width, h = transposed ? width : height;
  uint8_t *turned = malloc ((size_t)w * h * 3), *to = turned;

  if (!turned)
    return NULL;
  for (int y = 0; y < h; y++)
    for (int x = 0; x < w; x++, to += 3)
      {
        int from_x = transposed ? y : x, from_y = transposed ? x : y;

        if (right_to_left)
          from_x = width - 1 - from_x;
        if (bottom_up)
          from_y = height - 1 - from_y;
        memcpy (to, pixels + ((size_t)from_y * width + from_x) * 3, 3);
      }
  return turned;
}

/* ---- decoding --------------------------------------------------------------------------- */

/* stb_image reads zeros after the end of the bytes and so takes many truncated files for whole
 * ones. It is given the bytes through callbacks, and these notice when it wanted more than there
 * are. */
typedef struct
{
  const uint8_t *bytes;
  size_t length, at;
  bool wanted_more;
} source;

static int
source_read (void *user, char *to, int size)
{
  source *s = user;
  size_t left = s->at < s->length ? s->length - s->at : 0;
  size_t count = (size_t)size < left ? (size_t)size : left;

  /* A refill of stb_image's buffer asks for up to 128 bytes and is content with less. */
  if (count == 0 || (count < (size_t)size && size != 128))
    s->wanted_more = true;
  memcpy (to, s->bytes + (s->length - left), count);
  s->at += count;
  return (int)count;
}

static void
source_skip (void *user, int count)
{
  source *s = user;

  s->at += count;
}

static int
source_ended (void *user)
{
  source *s = user;

  return s->at >= s->length;
}

/* The first bytes of a known format and hardly more: too short for stb_image to see what it is. */
static bool
is_stump (const source *s)
{
  return s->length < 128
         && ((s->length >= 2 && memcmp (s->bytes, "\xff\xd8", 2) == 0)
             || (s->length >= 4 && memcmp (s->bytes, "\x89PNG", 4) == 0)
             || (s->length >= 4 && memcmp (s->bytes, "GIF8", 4) == 0));
}

static wire_status
failure (const source *s)
{
  const char *why = stbi_failure_reason ();

  if (!why || strcmp (why, "unknown image type") == 0)
    return is_stump (s) ? WIRE_CUT_OFF : WIRE_UNKNOWN;
  if (strcmp (why, "outofmem") == 0)
    return WIRE_NO_MEMORY;
  if (strcmp (why, "0-pixel image") == 0 || strcmp (why, "0 width") == 0
      || strcmp (why, "no header height") == 0)
    return WIRE_NO_PIXELS;
  if (s->wanted_more)
    return WIRE_CUT_OFF;
  if (strcmp (why, "too large") == 0)
    return WIRE_TOO_LARGE;
  return WIRE_DAMAGED;
}

static bool
fits (int width, int height)
{
  return (int64_t)width * height <= WIRE_MAX_PIXELS;
}

static uint32_t
big_endian (const uint8_t *b)
{
  return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

/* Sizes from a PNG's header, which stb_image does not tell when it finds them too large. */
static wire_status
check_png (const uint8_t *bytes, size_t length, int *width, int *height)
{
  uint32_t w, h;

  if (length < 24 || memcmp (bytes, "\x89PNG\r\n\x1a\n", 8) != 0
      || memcmp (bytes + 12, "IHDR", 4) != 0)
    return WIRE_OK;
  w = big_endian (bytes + 16);
  h = big_endian (bytes + 20);
  if (w == 0 || h == 0)
    return WIRE_NO_PIXELS;
  if (w > INT_MAX || h > INT_MAX)
    return WIRE_DAMAGED;
  *width = (int)w;
  *height = (int)h;
  return fits (*width, *height) ? WIRE_OK : WIRE_TOO_LARGE;
}

/* Alpha over white, in place: 2 channels become 1, 4 become 3. Returns the channels left. */
static int
flatten (uint8_t *pixels, size_t count, int channels)
{
  int colours = channels - 1;

  if (channels == 1 || channels == 3)
    return channels;
  for (size_t i = 0; i < count; i++)
    {
      unsigned alpha = pixels[i * channels + colours];

      for (int c = 0; c < colours; c++)
        {
          unsigned v = pixels[i * channels + c] * alpha + 255 * (255 - alpha);

          pixels[i * colours + c] = (uint8_t)((v + 127) / 255);
        }
    }
  return colours;
}

/* Pixels of the file as they are stored, (height,width,channels) with 1 or 3 channels. */
static wire_status
decode (const uint8_t *bytes, size_t length, uint8_t **pixels, int *width, int *height,
        int *channels)
{
  const stbi_io_callbacks calls = { source_read, source_skip, source_ended };
  source s = { bytes, length, 0, false };
  wire_status status = check_png (bytes, length, width, height);
  bool known;

  if (status != WIRE_OK)
    return status;
  known = stbi_info_from_memory (bytes, (int)length, width, height, channels);
  if (known && (*width <= 0 || *height <= 0))
    return WIRE_NO_PIXELS;
  if (known && !fits (*width, *height))
    return WIRE_TOO_LARGE;
  /* When its header could not be read, loading says why. */
  *pixels = stbi_load_from_callbacks (&calls, &s, width, height, channels, 0);
  if (!*pixels)
    return failure (&s);
  if (s.wanted_more)
    return WIRE_CUT_OFF;
  if (*width <= 0 || *height <= 0)
    return WIRE_NO_PIXELS;
  if (!fits (*width, *height))
    return WIRE_TOO_LARGE;
  *channels = flatten (*pixels, (size_t)*width * *height, *channels);
  return WIRE_OK;
}

/* ---- a part ----------------------------------------------------------------------------- */

/* Moves the part to the beginning of pixels (*height,*width,channels), which are as the file has
 * them; *width and *height become its sizes. FALSE when it is not within the picture. */
static bool
cut_out (const wire_part *part, int orientation, uint8_t *pixels, int *width, int *height,
         int channels)
{
  bool transposed = orientation >= 5;
  bool right_to_left = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  bool bottom_up = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  int64_t x = transposed ? part->y : part->x, y = transposed ? part->x : part->y;
  int64_t w = transposed ? part->height : part->width, h = transposed ? part->width : part->height;

  if (part->width == 0)
    return true;
  if (h == 0 || x + w > *width || y + h > *height)
    return false;
  x = right_to_left ? *width - x - w : x;
  y = bottom_up ? *height - y - h : y;
  for (int64_t row = 0; row < h; row++)
    memmove (pixels + (size_t)(row * w) * channels,
             pixels + (size_t)((y + row) * *width + x) * channels, (size_t)w * channels);
  *width = (int)w;
  *height = (int)h;
  return true;
}

/* ---- resizing --------------------------------------------------------------------------- */

/* (height,width,channels) to a new (to_height,to_width,3). An equal size is copied exactly. */
static uint8_t *
resize (const uint8_t *pixels, int width, int height, int channels, int to_width, int to_height)
{
  size_t count = (size_t)to_width * to_height;
  uint8_t *to = malloc (count * 3);

  if (!to)
    return NULL;
  if (width == to_width && height == to_height)
    memcpy (to, pixels, count * channels);
  else if (!vqa_squash (pixels, width, height, channels, to, to_width, to_height))
    {
      free (to);
      return NULL;
    }
  if (channels == 1)
    for (size_t i = count; i-- > 0;)
      memset (to + i * 3, to[i], 3);
  return to;
}

/* Resizes, then turns: turning the small picture gives the same as turning the large one. */
static uint8_t *
resize_upright (const uint8_t *pixels, int width, int height, int channels, int to_width,
                int to_height, int orientation)
{
  uint8_t *small = resize (pixels, width, height, channels, to_width, to_height), *turned;

  if (!small || orientation == 1)
    return small;
  turned = decode_turn (small, to_width, to_height, orientation);
  free (small);
  return turned;
}

/* Sizes of the picture within fit x fit, never enlarged, at least one pixel. */
static void
fit_within (int width, int height, int fit, int *to_width, int *to_height)
{
  int longest = width > height ? width : height;

  *to_width = width;
  *to_height = height;
  if (longest <= fit)
    return;
  *to_width = (int)(((int64_t)width * fit * 2 + longest) / (2 * (int64_t)longest));
  *to_height = (int)(((int64_t)height * fit * 2 + longest) / (2 * (int64_t)longest));
  *to_width = *to_width > 0 ? *to_width : 1;
  *to_height = *to_height > 0 ? *to_height : 1;
}

wire_status
decode_picture (const uint8_t *bytes, size_t length, const wire_part *part, int side, int fit,
                decode_result *out)
{
  uint8_t *pixels = NULL;
  int width = 0, height = 0, channels = 0;
  int orientation = decode_orientation (bytes, length);
  bool transposed = orientation >= 5;
  wire_status status;

  memset (out, 0, sizeof *out);
  status = decode (bytes, length, &pixels, &width, &height, &channels);
  out->width = transposed ? height : width;
  out->height = transposed ? width : height;
  if (status == WIRE_OK && !cut_out (part, orientation, pixels, &width, &height, channels))
    status = WIRE_OUTSIDE;
  if (status == WIRE_OK && side > 0)
    {
      out->square = resize_upright (pixels, width, height, channels, side, side, orientation);
      out->side = side;
      status = out->square ? WIRE_OK : WIRE_NO_MEMORY;
    }
  if (status == WIRE_OK && fit > 0)
    {
      int w, h;

      fit_within (width, height, fit, &w, &h);
      out->shown = resize_upright (pixels, width, height, channels, w, h, orientation);
      out->shown_width = transposed ? h : w;
      out->shown_height = transposed ? w : h;
      status = out->shown ? WIRE_OK : WIRE_NO_MEMORY;
    }
  stbi_image_free (pixels);
  return status;
}

void
decode_clear (decode_result *r)
{
  free (r->square);
  free (r->shown);
  memset (r, 0, sizeof *r);
}
