#include "nets/core/json_scan.h"
#include "nets/core/safetensors.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* One pass without recursion: the depth of the text must not become the depth of the C stack. */

/* A key of an object that is still open; raw, between the quotes. */
typedef struct
{
  uint64_t hash; /* of the bytes with escapes undone */
  const char *raw;
  gsize length;
} key;

/* An object or array that is still open. */
typedef struct
{
  char close;      /* '}' or ']' */
  gsize index;     /* of the current element */
  gsize first_key; /* where this object's keys begin in checker.keys */
} frame;

typedef struct
{
  const char *text, *at, *end;
  int max_depth, depth, frames_room;
  frame *frames;
  gsize n_keys, keys_room;
  key *keys;
  GError **error;
} checker;

/* ---- strings ---------------------------------------------------------------------------- */

nn_json_bytes
nn_json_bytes_of (const char *raw, gsize length)
{
  return (nn_json_bytes){ .at = raw, .end = raw + length };
}

/* Four hexadecimal digits, or -1. */
static int
hex4 (const char *at, const char *end)
{
  int value = 0;

  if (end - at < 4)
    return -1;
  for (int i = 0; i < 4; i++)
    {
      int digit = g_ascii_xdigit_value (at[i]);
      if (digit < 0)
        return -1;
      value = value * 16 + digit;
    }
  return value;
}

static gboolean
is_high (int unit)
{
  return unit >= 0xD800 && unit <= 0xDBFF;
}

static gboolean
is_low (int unit)
{
  return unit >= 0xDC00 && unit <= 0xDFFF;
}

int
nn_json_next (nn_json_bytes *b)
{
  static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
  const char *found;

  if (b->next < b->n_held)
    return (unsigned char)b->held[b->next++];
  if (b->at >= b->end)
    return -1;
  if (*b->at != '\\')
    return (unsigned char)*b->at++;
  b->at++;
  if (*b->at == 'u')
    {
      int unit = hex4 (b->at + 1, b->end);
      gunichar c = (gunichar)unit;
      b->at += 5;
      if (is_high (unit))
        {
          c = 0x10000 + ((c - 0xD800) << 10) + (gunichar)(hex4 (b->at + 2, b->end) - 0xDC00);
          b->at += 6;
        }
      char utf8[6];
      b->n_held = g_unichar_to_utf8 (c, utf8);
      memcpy (b->held, utf8, (gsize)b->n_held);
      b->next = 1;
      return (unsigned char)b->held[0];
    }
  found = strchr (from, *b->at);
  return (unsigned char)(found != NULL ? (b->at++, to[found - from]) : *b->at++);
}

char *
nn_json_show (const char *text, gsize length)
{
  GString *s = g_string_new (NULL);
  const char *end = text + length;

  for (int shown = 0; text < end; text = g_utf8_next_char (text), shown++)
    {
      gunichar c = g_utf8_get_char (text);
      if (shown == 60)
        {
          g_string_append (s, "...");
          break;
        }
      g_string_append_unichar (s, g_unichar_iscntrl (c) ? '?' : c);
    }
  return g_string_free (s, FALSE);
}

/* ---- errors ----------------------------------------------------------------------------- */

/* "annotations[12].answers[3]": keys and indices that lead to the place; a long way is shortened.
 */
static char *
way_text (const checker *c)
{
  GString *s = g_string_new (NULL);

  for (int i = 0; i < c->depth; i++)
    {
      const frame *f = &c->frames[i];
      gsize last_key = i + 1 < c->depth ? c->frames[i + 1].first_key : c->n_keys;
      if (c->depth > 12 && i == 6)
        {
          g_string_append (s, "...");
          i = c->depth - 6;
        }
      if (f->close == ']')
        g_string_append_printf (s, "[%" G_GSIZE_FORMAT "]", f->index);
      else if (last_key > f->first_key)
        {
          const key *k = &c->keys[last_key - 1];
          g_autofree char *shown = nn_json_show (k->raw, k->length);
          g_string_append_printf (s, "%s%s", s->len > 0 ? "." : "", shown);
        }
    }
  return g_string_free (s, FALSE);
}

static gboolean G_GNUC_PRINTF (3, 4) fail (checker *c, const char *at, const char *what, ...)
{
  g_autofree char *way = way_text (c), *message = NULL;
  gsize line = 1, column = 1;
  va_list list;

  for (const char *p = c->text; p < at; p++)
    if (*p == '\n')
      {
        line++;
        column = 1;
      }
    else if ((*p & 0xC0) != 0x80) /* characters, not bytes */
      column++;
  va_start (list, what);
  message = g_strdup_vprintf (what, list);
  va_end (list);
  g_set_error (c->error, NN_ERROR, NN_ERROR_FILE,
               "line %" G_GSIZE_FORMAT ", column %" G_GSIZE_FORMAT "%s%s%s: %s", line, column,
               *way != '\0' ? " (" : "", way, *way != '\0' ? ")" : "", message);
  return FALSE;
}

static gboolean
fail_expected (checker *c, const char *expected)
{
  if (c->at >= c->end)
    return fail (c, c->at, "the text ends where %s should be", expected);
  g_autofree char *found = nn_json_show (c->at, (gsize)(g_utf8_next_char (c->at) - c->at));
  return fail (c, c->at, "found '%s' where %s should be", found, expected);
}

static gboolean
fail_memory (checker *c)
{
  g_set_error (c->error, NN_ERROR, NN_ERROR_MEMORY, "not enough memory to check this JSON");
  return FALSE;
}

/* ---- tokens ----------------------------------------------------------------------------- */

static void
skip_space (checker *c)
{
  while (c->at < c->end && (*c->at == ' ' || *c->at == '\n' || *c->at == '\r' || *c->at == '\t'))
    c->at++;
}

static gboolean
check_escape (checker *c)
{
  const char *start = c->at++;
  int unit;

  if (c->at >= c->end)
    return fail (c, start, "the text ends inside a string");
  if (*c->at != 'u')
    {
      if (*c->at == '\0' || strchr ("\"\\/bfnrt", *c->at) == NULL)
        return fail (c, start, "a backslash is followed by something that JSON does not know");
      c->at++;
      return TRUE;
    }
  unit = hex4 (c->at + 1, c->end);
  if (unit < 0)
    return fail (c, start, "\\u is not followed by four hexadecimal digits");
  if (unit == 0) /* C strings end there: two different keys would become one */
    return fail (c, start, "\\u0000 is not accepted");
  c->at += 5;
  if (is_low (unit))
    return fail (c, start, "half a surrogate pair is not a character");
  if (is_high (unit))
    {
      if (c->end - c->at < 6 || c->at[0] != '\\' || c->at[1] != 'u'
          || !is_low (hex4 (c->at + 2, c->end)))
        return fail (c, start, "half a surrogate pair is not a character");
      c->at += 6;
    }
  return TRUE;
}

/* From the opening quote past the closing one. */
static gboolean
check_string (checker *c)
{
  const char *start = c->at++;

  while (c->at < c->end && *c->at != '"')
    if (*c->at == '\\')
      {
        if (!check_escape (c))
          return FALSE;
      }
    else if ((unsigned char)*c->at < 0x20)
      return fail (c, c->at, "a control character stands bare in a string");
    else
      c->at++;
  if (c->at >= c->end)
    return fail (c, start, "the string that begins here does not end");
  c->at++;
  return TRUE;
}

static gboolean
check_digits (checker *c)
{
  if (c->at >= c->end || !g_ascii_isdigit (*c->at))
    return fail_expected (c, "a digit");
  while (c->at < c->end && g_ascii_isdigit (*c->at))
    c->at++;
  return TRUE;
}

static gboolean
check_number (checker *c)
{
  if (*c->at == '-')
    c->at++;
  if (c->at < c->end && *c->at == '0')
    {
      c->at++;
      if (c->at < c->end && g_ascii_isdigit (*c->at))
        return fail (c, c->at, "a number begins with 0");
    }
  else if (!check_digits (c))
    return FALSE;
  if (c->at < c->end && *c->at == '.')
    {
      c->at++;
      if (!check_digits (c))
        return FALSE;
    }
  if (c->at < c->end && (*c->at == 'e' || *c->at == 'E'))
    {
      c->at++;
      if (c->at < c->end && (*c->at == '+' || *c->at == '-'))
        c->at++;
      return check_digits (c);
    }
  return TRUE;
}

/* ---- keys ------------------------------------------------------------------------------- */

/* FNV-1a, 64 bits. Keys made to collide only cost a comparison each: see compare_keys(). */
static uint64_t
hash_of (const char *raw, gsize length)
{
  nn_json_bytes b = nn_json_bytes_of (raw, length);
  uint64_t hash = 0xcbf29ce484222325u;

  for (int byte; (byte = nn_json_next (&b)) >= 0;)
    hash = (hash ^ (unsigned)byte) * 0x100000001b3u;
  return hash;
}

static int
compare_keys (const void *pa, const void *pb)
{
  const key *a = pa, *b = pb;
  nn_json_bytes x, y;

  if (a->hash != b->hash)
    return a->hash < b->hash ? -1 : 1;
  x = nn_json_bytes_of (a->raw, a->length);
  y = nn_json_bytes_of (b->raw, b->length);
  for (;;)
    {
      int i = nn_json_next (&x), j = nn_json_next (&y);
      if (i != j)
        return i < j ? -1 : 1;
      if (i < 0)
        return 0;
    }
}

static gboolean
fail_duplicate (checker *c, const key *a, const key *b)
{
  const key *later = a->raw > b->raw ? a : b;
  g_autofree char *shown = nn_json_show (later->raw, later->length);

  c->n_keys = c->frames[c->depth - 1].first_key; /* the way leads to the object, not to a key */
  return fail (c, later->raw - 1, "the key '%s' appears a second time in this object", shown);
}

/* Keys of the innermost object, which is complete. */
static gboolean
check_duplicates (checker *c)
{
  gsize first = c->frames[c->depth - 1].first_key, n = c->n_keys - first;
  key *keys = c->keys + first;

  if (n <= 16)
    {
      for (gsize i = 1; i < n; i++)
        for (gsize j = 0; j < i; j++)
          if (keys[i].hash == keys[j].hash && compare_keys (&keys[i], &keys[j]) == 0)
            return fail_duplicate (c, &keys[i], &keys[j]);
    }
  else
    {
      qsort (keys, n, sizeof *keys, compare_keys);
      for (gsize i = 1; i < n; i++)
        if (compare_keys (&keys[i - 1], &keys[i]) == 0)
          return fail_duplicate (c, &keys[i - 1], &keys[i]);
    }
  c->n_keys = first;
  return TRUE;
}

/* "key" : */
static gboolean
check_key (checker *c)
{
  const char *raw;
  gsize length;

  skip_space (c);
  if (c->at >= c->end || *c->at != '"')
    return fail_expected (c, "a key in double quotes");
  raw = c->at + 1;
  if (!check_string (c))
    return FALSE;
  length = (gsize)(c->at - 1 - raw);
  if (c->n_keys == c->keys_room)
    {
      gsize room = MAX (64, c->keys_room * 2);
      key *more = g_try_renew (key, c->keys, room);
      if (more == NULL)
        return fail_memory (c);
      c->keys = more;
      c->keys_room = room;
    }
  c->keys[c->n_keys++] = (key){ .hash = hash_of (raw, length), .raw = raw, .length = length };
  skip_space (c);
  if (c->at >= c->end || *c->at != ':')
    return fail_expected (c, "':'");
  c->at++;
  return TRUE;
}

/* ---- values ----------------------------------------------------------------------------- */

static gboolean
open_frame (checker *c)
{
  if (c->depth >= c->max_depth)
    return fail (c, c->at, "nested more than %d deep", c->max_depth);
  if (c->depth == c->frames_room)
    {
      int room = c->frames_room > 0 ? 2 * c->frames_room : 16;
      frame *more = g_try_renew (frame, c->frames, room);
      if (more == NULL)
        return fail_memory (c);
      c->frames = more;
      c->frames_room = room;
    }
  c->frames[c->depth++]
      = (frame){ .close = *c->at == '{' ? '}' : ']', .index = 0, .first_key = c->n_keys };
  c->at++;
  return TRUE;
}

static gboolean
close_frame (checker *c)
{
  if (c->frames[c->depth - 1].close == '}' && !check_duplicates (c))
    return FALSE;
  c->depth--;
  c->at++;
  return TRUE;
}

static gboolean
check_scalar (checker *c)
{
  static const char *const words[] = { "true", "false", "null" };

  if (c->at < c->end && *c->at == '"')
    return check_string (c);
  if (c->at < c->end && (*c->at == '-' || g_ascii_isdigit (*c->at)))
    return check_number (c);
  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    if ((gsize)(c->end - c->at) >= strlen (words[i])
        && memcmp (c->at, words[i], strlen (words[i])) == 0)
      {
        c->at += strlen (words[i]);
        return TRUE;
      }
  return fail_expected (c, "a value");
}

/* After a value: closes what ends here; *more when another value follows. */
static gboolean
check_after (checker *c, gboolean *more)
{
  *more = FALSE;
  while (c->depth > 0)
    {
      frame *f = &c->frames[c->depth - 1];
      skip_space (c);
      if (c->at < c->end && *c->at == ',')
        {
          c->at++;
          f->index++;
          *more = TRUE;
          return f->close == ']' || check_key (c);
        }
      if (c->at >= c->end || *c->at != f->close)
        return fail_expected (c, f->close == '}' ? "',' or '}'" : "',' or ']'");
      if (!close_frame (c))
        return FALSE;
    }
  return TRUE;
}

static gboolean
check_all (checker *c)
{
  for (gboolean more = TRUE; more;)
    {
      skip_space (c);
      if (c->at < c->end && (*c->at == '{' || *c->at == '['))
        {
          gboolean object = *c->at == '{', empty;
          if (!open_frame (c))
            return FALSE;
          skip_space (c);
          empty = c->at < c->end && *c->at == (object ? '}' : ']');
          if (!empty && object && !check_key (c))
            return FALSE;
          if (!empty)
            continue;
          if (!close_frame (c))
            return FALSE;
        }
      else if (!check_scalar (c))
        return FALSE;
      if (!check_after (c, &more))
        return FALSE;
    }
  skip_space (c);
  return c->at == c->end || fail (c, c->at, "something follows the end of the JSON value");
}

gboolean
nn_json_check (const char *text, gsize length, int max_depth, GError **error)
{
  checker c
      = { .text = text, .at = text, .end = text + length, .max_depth = max_depth, .error = error };
  const char *invalid;
  gboolean good;

  if (length == 0)
    good = fail (&c, text, "the text is empty");
  else if (!g_utf8_validate_len (text, length, &invalid))
    good = fail (&c, invalid, "this is not UTF-8 text");
  else if (length >= 3 && memcmp (text, "\xEF\xBB\xBF", 3) == 0)
    good = fail (&c, text, "the text begins with a byte order mark; save it as UTF-8 without one");
  else
    good = check_all (&c);
  g_free (c.frames);
  g_free (c.keys);
  return good;
}
