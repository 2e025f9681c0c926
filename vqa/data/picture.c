#include "vqa/data/data.h"
#include "vqa/data/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECONDS 30 /* 200 megapixels take five on a computer with nothing else to do */

static void G_GNUC_PRINTF (3, 4) fail (GError **error, const char *name, const char *format, ...)
{
  g_autofree char *shown = g_filename_display_name (name);
  g_autofree char *what = NULL;
  va_list list;

  va_start (list, format);
  what = g_strdup_vprintf (format, list);
  va_end (list);
  g_set_error (error, VQA_ERROR, VQA_ERROR_PICTURE, "%s %s", shown, what);
}

/* ---- reading the file ------------------------------------------------------------------- */

static GBytes *
read_open_file (int fd, const char *path, GError **error)
{
  struct stat s;
  g_autofree guint8 *bytes = NULL;
  gsize length = 0;

  if (fstat (fd, &s) != 0)
    fail (error, path, "cannot be read: %s", g_strerror (errno));
  else if (S_ISDIR (s.st_mode))
    fail (error, path, "is a folder: choose a picture in it");
  else if (!S_ISREG (s.st_mode))
    fail (error, path, "is not a file: choose a picture");
  else if (s.st_size > WIRE_MAX_BYTES)
    fail (error, path, "is larger than %u MiB: save it smaller", WIRE_MAX_BYTES >> 20);
  else if (!(bytes = g_try_malloc ((gsize)s.st_size + 1)))
    fail (error, path, "does not fit into memory: close other programs or save it smaller");
  if (!bytes)
    return NULL;
  while (length < (gsize)s.st_size)
    {
      ssize_t n = read (fd, bytes + length, (gsize)s.st_size - length);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        {
          fail (error, path, "cannot be read: %s", g_strerror (errno));
          return NULL;
        }
      if (n == 0)
        break;
      length += (gsize)n;
    }
  return g_bytes_new_take (g_steal_pointer (&bytes), length);
}

static GBytes *
read_file (const char *path, GError **error)
{
  /* O_NONBLOCK: opening a pipe must not wait for somebody to write to it. */
  int fd = g_open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0);
  GBytes *bytes;

  if (fd < 0)
    {
      if (*path == '\0')
        g_set_error (error, VQA_ERROR, VQA_ERROR_PICTURE,
                     "The picture's name is empty: name a file");
      else if (errno == ENOENT || errno == ENOTDIR)
        fail (error, path, "does not exist: check its name");
      else
        fail (error, path, "cannot be opened: %s", g_strerror (errno));
      return NULL;
    }
  bytes = read_open_file (fd, path, error);
  close (fd);
  return bytes;
}

/* ---- formats that cannot be read -------------------------------------------------------- */

typedef struct
{
  guint at;
  guint length;
  const char *magic;
  const char *format; /* with its article */
} signature;

static const signature signatures[] = {
  { 8, 4, "WEBP", "a WebP picture" },
  { 4, 7, "ftypavi", "an AVIF picture" },
  { 4, 7, "ftyphei", "a HEIC picture" },
  { 4, 7, "ftyphev", "a HEIC picture" },
  { 4, 8, "ftypmif1", "a HEIC or AVIF picture" },
  { 4, 8, "ftypmsf1", "a HEIC or AVIF picture" },
  { 4, 4, "ftyp", "a film or another ISO media file" },
  { 0, 4, "II*\0", "a TIFF or raw camera picture" },
  { 0, 4, "MM\0*", "a TIFF or raw camera picture" },
  { 0, 4, "II+\0", "a TIFF picture" },
  { 0, 4, "MM\0+", "a TIFF picture" },
  { 0, 5, "%PDF-", "a PDF document" },
  { 0, 2, "\xff\x0a", "a JPEG XL picture" },
  { 4, 4, "JXL ", "a JPEG XL picture" },
  { 4, 4, "jP  ", "a JPEG 2000 picture" },
  { 0, 4, "\0\0\1\0", "an icon" },
  { 0, 10, "#?RADIANCE", "a Radiance HDR picture" },
  { 0, 4, "\x76\x2f\x31\x01", "an OpenEXR picture" },
};

/* SVG is text: an <svg> element after at most a prologue. */
static gboolean
is_svg (const guint8 *bytes, gsize length)
{
  gsize at = length >= 3 && memcmp (bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

  while (at < length && g_ascii_isspace (bytes[at]))
    at++;
  return at < length && bytes[at] == '<'
         && g_strstr_len ((const char *)bytes + at, (gssize)MIN (length - at, 4096), "<svg");
}

static const char *
unreadable_format (const guint8 *bytes, gsize length)
{
  for (guint i = 0; i < G_N_ELEMENTS (signatures); i++)
    {
      const signature *s = &signatures[i];

      if (s->at + s->length <= length && memcmp (bytes + s->at, s->magic, s->length) == 0
          && (s->at != 8 || memcmp (bytes, "RIFF", 4) == 0))
        return s->format;
    }
  return is_svg (bytes, length) ? "an SVG drawing" : NULL;
}

/* ---- decoding --------------------------------------------------------------------------- */

static void
explain_status (const wire_reply *r, const char *name, const vqa_region *part, GError **error)
{
  g_autofree char *region = NULL;

  switch ((wire_status)r->status)
    {
    case WIRE_CUT_OFF:
      fail (error, name, "is cut off: its end is missing; copy or download it again");
      return;
    case WIRE_DAMAGED:
      fail (error, name, "is damaged: copy or download it again");
      return;
    case WIRE_NO_PIXELS:
      fail (error, name, "has no pixels: its width or height is zero");
      return;
    case WIRE_TOO_LARGE:
      if (r->width > 0 && r->height > 0)
        fail (error, name,
              "is too large: %u x %u pixels, and the limit is %d megapixels; save it "
              "smaller",
              r->width, r->height, (int)(WIRE_MAX_PIXELS / 1000000));
      else
        fail (error, name, "is too large: the limit is %d megapixels; save it smaller",
              (int)(WIRE_MAX_PIXELS / 1000000));
      return;
    case WIRE_NO_MEMORY:
      fail (error, name, "needs more memory than decoding may use: save it smaller");
      return;
    case WIRE_OUTSIDE:
      region = vqa_region_text (part);
      fail (error, name,
            "has %u x %u pixels, and the region %s reaches "
            "beyond them: choose one within",
            r->width, r->height, region);
      return;
    case WIRE_OK:
    case WIRE_UNKNOWN:
    case WIRE_STATUSES:
      break;
    }
  fail (error, name, "is not a picture that Regard can read: save it as JPEG or PNG");
}

static void
explain_outcome (worker_outcome o, const char *name, GError **error)
{
  switch (o)
    {
    case WORKER_OK:
    case WORKER_ABSENT: /* has set its error */
      break;
    case WORKER_LATE:
      fail (error, name, "took longer than %d seconds to decode: save it smaller", SECONDS);
      break;
    case WORKER_MEMORY:
      fail (error, name, "does not fit into memory: close other programs or save it smaller");
      break;
    case WORKER_DIED:
    case WORKER_ODD:
      fail (error, name, "is damaged: decoding it failed; copy or download it again");
      break;
    }
}

vqa_picture *
vqa_picture_load_part_bytes (GBytes *bytes, const char *name, const vqa_region *part, int side,
                             int fit, GError **error)
{
  g_autoptr (vqa_picture) picture = g_new0 (vqa_picture, 1);
  gsize length;
  const guint8 *data = g_bytes_get_data (bytes, &length);
  const char *format;
  wire_reply reply = { 0 };
  worker_outcome o;

  if (side < 0 || side > WIRE_MAX_SQUARE || fit < 0 || fit > WIRE_MAX_SHOWN)
    fail (error, name, "was asked for in a size beyond %d (square) or %d (shown)", WIRE_MAX_SQUARE,
          WIRE_MAX_SHOWN);
  else if (length == 0)
    fail (error, name, "is empty: choose another picture");
  else if (length > WIRE_MAX_BYTES)
    fail (error, name, "is larger than %u MiB: save it smaller", WIRE_MAX_BYTES >> 20);
  else if ((format = unreadable_format (data, length)))
    fail (error, name, "is %s, which Regard cannot read; save it as JPEG or PNG", format);
  else
    {
      o = vqa_worker_decode (data, length, part, side, fit, SECONDS, &reply, picture, error);
      if (o != WORKER_OK)
        explain_outcome (o, name, error);
      else if (reply.status != WIRE_OK)
        explain_status (&reply, name, part, error);
      else
        {
          picture->hash = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, bytes);
          return g_steal_pointer (&picture);
        }
    }
  return NULL;
}

vqa_picture *
vqa_picture_load_bytes (GBytes *bytes, const char *name, int side, int fit, GError **error)
{
  return vqa_picture_load_part_bytes (bytes, name, &(vqa_region){ 0 }, side, fit, error);
}

vqa_picture *
vqa_picture_load_part (const char *path, const vqa_region *part, int side, int fit, GError **error)
{
  g_autoptr (GBytes) bytes = read_file (path, error);

  return bytes ? vqa_picture_load_part_bytes (bytes, path, part, side, fit, error) : NULL;
}

vqa_picture *
vqa_picture_load_file (GFile *file, const vqa_region *part, int side, int fit, GError **error)
{
  g_autofree char *name = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) local = NULL;

  if (g_file_peek_path (file))
    return vqa_picture_load_part (g_file_peek_path (file), part, side, fit, error);
  name = g_file_get_basename (file);
  bytes = g_file_load_bytes (file, NULL, NULL, &local);
  if (bytes)
    return vqa_picture_load_part_bytes (bytes, name, part, side, fit, error);
  fail (error, name, "cannot be fetched: %s", local->message);
  return NULL;
}

vqa_picture *
vqa_picture_load (const char *path, int side, int fit, GError **error)
{
  return vqa_picture_load_part (path, &(vqa_region){ 0 }, side, fit, error);
}

void
vqa_picture_free (vqa_picture *p)
{
  if (!p)
    return;
  g_free (p->square);
  g_free (p->shown);
  g_free (p->hash);
  g_free (p);
}

gboolean
vqa_picture_named (const char *name)
{
  static const char *const endings[]
      = { ".jpg", ".jpeg", ".png", ".gif", ".bmp", ".tga", ".psd", ".ppm", ".pgm", ".pnm" };
  g_autofree char *lower = g_ascii_strdown (name, -1);

  for (guint i = 0; i < G_N_ELEMENTS (endings); i++)
    if (g_str_has_suffix (lower, endings[i]))
      return TRUE;
  return FALSE;
}
