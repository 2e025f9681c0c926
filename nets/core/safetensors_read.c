#include "nets/core/json_scan.h"
#include "nets/core/safetensors.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#if G_BYTE_ORDER != G_LITTLE_ENDIAN
#error "tensors are read in place: a big-endian machine would have to swap their bytes"
#endif

/* The header is read here and not by json-glib: a header may hold 100 MB, of which json-glib would
 * make gigabytes of nodes, and GLib ends the program when memory is refused. */

#define MAX_HEADER  G_GUINT64_CONSTANT (100000000) /* as the reference implementation */
#define MAX_TENSORS 100000
#define MAX_RANK    8
#define MAX_DEPTH   3 /* { tensor { shape [ */

#define REMEDY "the file is damaged or was not copied completely; get it again"

static const struct
{
  const char *name;
  unsigned bytes;
} dtypes[] = {
  [NN_F16] = { "F16", 2 },   [NN_BF16] = { "BF16", 2 }, [NN_F32] = { "F32", 4 },
  [NN_F64] = { "F64", 8 },   [NN_I8] = { "I8", 1 },     [NN_U8] = { "U8", 1 },
  [NN_I16] = { "I16", 2 },   [NN_U16] = { "U16", 2 },   [NN_I32] = { "I32", 4 },
  [NN_U32] = { "U32", 4 },   [NN_I64] = { "I64", 8 },   [NN_U64] = { "U64", 8 },
  [NN_BOOL] = { "BOOL", 1 },
};

typedef struct
{
  const char *key, *value;
} pair;

/* Sorted tables, not hash tables: names made to collide cannot make them slow. */
struct nn_file
{
  char *path;
  GBytes *bytes;
  char *text;         /* arena of all names, keys and values */
  nn_tensor *tensors; /* in the order of their data */
  nn_tensor **by_name;
  guint n_tensors;
  pair *pairs; /* sorted by key */
  gsize n_pairs;
};

typedef struct
{
  nn_file *f;
  const char *at, *end; /* of the header; valid JSON, so that only its meaning is left to check */
  char *text;           /* free part of the arena */
  const char *tensor;   /* name of the one being read, NULL outside */
  gsize tensors_room, pairs_room;
  const char *data;
  uint64_t n_data;
  GError **error;
} reader;

/* ---- errors ----------------------------------------------------------------------------- */

static gboolean G_GNUC_PRINTF (2, 3) wrong (reader *r, const char *what, ...)
{
  g_autofree char *message = NULL, *name = NULL;
  va_list list;

  va_start (list, what);
  message = g_strdup_vprintf (what, list);
  va_end (list);
  if (r->tensor != NULL)
    name = nn_json_show (r->tensor, strlen (r->tensor));
  g_set_error (r->error, NN_ERROR, NN_ERROR_FILE, "%s: %s%s%s%s", r->f->path,
               name != NULL ? "tensor '" : "", name != NULL ? name : "", name != NULL ? "' " : "",
               message);
  return FALSE;
}

static gboolean
no_memory (reader *r)
{
  g_set_error (r->error, NN_ERROR, NN_ERROR_MEMORY, "%s: not enough memory to read its header",
               r->f->path);
  return FALSE;
}

/* Doubles *array when all `room` places are used. FALSE: refused. */
static gboolean
grow (void **array, gsize size, gsize used, gsize *room)
{
  gsize more = MAX (16, 2 * *room);
  void *bigger;

  if (used < *room)
    return TRUE;
  bigger = g_try_realloc_n (*array, more, size);
  if (bigger == NULL)
    return FALSE;
  *array = bigger;
  *room = more;
  return TRUE;
}

/* ---- tokens ----------------------------------------------------------------------------- */

static char
peek (reader *r)
{
  while (r->at < r->end && g_ascii_isspace (*r->at))
    r->at++;
  return r->at < r->end ? *r->at : '\0';
}

static gboolean
take (reader *r, char c)
{
  if (peek (r) != c)
    return FALSE;
  r->at++;
  return TRUE;
}

/* The string at the cursor, escapes undone, in the arena; NULL when there is something else. A
 * string with its NUL never needs more room than it takes in the header with its quotes. */
static const char *
take_string (reader *r)
{
  const char *raw, *text = r->text;
  nn_json_bytes b;

  if (!take (r, '"'))
    return NULL;
  for (raw = r->at; *r->at != '"'; r->at++)
    if (*r->at == '\\')
      r->at++;
  b = nn_json_bytes_of (raw, (gsize)(r->at - raw));
  for (int byte; (byte = nn_json_next (&b)) >= 0;)
    *r->text++ = (char)byte;
  *r->text++ = '\0';
  r->at++;
  return text;
}

/* Whole numbers from 0 to 2^64-1, written without sign, point or exponent. */
static gboolean
take_number (reader *r, uint64_t *number)
{
  uint64_t n = 0;

  if (!g_ascii_isdigit (peek (r)))
    return FALSE;
  for (; g_ascii_isdigit (*r->at); r->at++)
    if (__builtin_mul_overflow (n, 10u, &n)
        || __builtin_add_overflow (n, (unsigned)(*r->at - '0'), &n))
      return FALSE;
  *number = n;
  return *r->at != '.' && *r->at != 'e' && *r->at != 'E';
}

/* ---- header ----------------------------------------------------------------------------- */

static gboolean
read_dtype (reader *r, nn_tensor *t)
{
  const char *name = take_string (r);
  g_autofree char *shown = NULL;

  if (name == NULL)
    return wrong (r, "has a dtype that is not a string");
  for (guint i = 0; i < G_N_ELEMENTS (dtypes); i++)
    if (strcmp (name, dtypes[i].name) == 0)
      {
        t->dtype = (nn_dtype)i;
        return TRUE;
      }
  shown = nn_json_show (name, strlen (name));
  return wrong (r, "has dtype '%s', which is not known here; save it as F32 or F16", shown);
}

static gboolean
read_shape (reader *r, nn_tensor *t)
{
  if (!take (r, '['))
    return wrong (r, "has a shape that is not a list of whole numbers");
  if (take (r, ']'))
    return TRUE;
  do
    {
      if (t->rank == MAX_RANK)
        return wrong (r, "has more than %d dimensions", MAX_RANK);
      if (!take_number (r, &t->dim[t->rank++]))
        return wrong (r, "has a shape that is not a list of whole numbers from 0 to 2^64-1");
    }
  while (take (r, ','));
  return take (r, ']')
         || wrong (r, "has a shape that is not a list of whole numbers from 0 to 2^64-1");
}

static gboolean
read_offsets (reader *r, uint64_t range[2])
{
  if (!take (r, '[') || !take_number (r, &range[0]) || !take (r, ',') || !take_number (r, &range[1])
      || !take (r, ']'))
    return wrong (r, "has data_offsets that are not two whole numbers [begin,end]");
  return TRUE;
}

/* Number of elements and bytes from shape and dtype. */
static gboolean
measure (reader *r, nn_tensor *t)
{
  gboolean empty = FALSE, over = FALSE;
  uint64_t count = 1;

  for (int i = 0; i < t->rank; i++)
    if (t->dim[i] == 0)
      empty = TRUE;
    else
      over |= __builtin_mul_overflow (count, t->dim[i], &count);
  /* Refused for an empty tensor too, whatever the order of its dimensions. */
  if (over || __builtin_mul_overflow (count, (uint64_t)dtypes[t->dtype].bytes, &t->bytes)
      || count > G_MAXINT64)
    return wrong (r, "has a shape too large for any file");
  t->count = empty ? 0 : count;
  t->bytes = empty ? 0 : t->bytes;
  return TRUE;
}

static gboolean
check_range (reader *r, nn_tensor *t, const uint64_t range[2])
{
  if (range[0] > range[1])
    return wrong (r, "ends at byte %" G_GUINT64_FORMAT " before it begins at %" G_GUINT64_FORMAT,
                  range[1], range[0]);
  if (range[1] > r->n_data)
    return wrong (r,
                  "ends at byte %" G_GUINT64_FORMAT
                  " of the data, but the file holds only %" G_GUINT64_FORMAT "; " REMEDY,
                  range[1], r->n_data);
  if (range[1] - range[0] != t->bytes)
    return wrong (
        r, "holds %" G_GUINT64_FORMAT " bytes, but its shape and dtype %s need %" G_GUINT64_FORMAT,
        range[1] - range[0], dtypes[t->dtype].name, t->bytes);
  t->data = r->data + range[0];
  return TRUE;
}

static gboolean
read_fields (reader *r, nn_tensor *t)
{
  gboolean dtype = FALSE, shape = FALSE, offsets = FALSE, good;
  uint64_t range[2];

  if (!take (r, '{'))
    return wrong (r, "is not described by an object");
  if (!take (r, '}'))
    {
      do
        {
          const char *field = take_string (r);
          take (r, ':');
          if (strcmp (field, "dtype") == 0)
            good = dtype = read_dtype (r, t);
          else if (strcmp (field, "shape") == 0)
            good = shape = read_shape (r, t);
          else if (strcmp (field, "data_offsets") == 0)
            good = offsets = read_offsets (r, range);
          else
            {
              g_autofree char *shown = nn_json_show (field, strlen (field));
              return wrong (r, "has a field '%s' that the format does not know", shown);
            }
          if (!good)
            return FALSE;
        }
      while (take (r, ','));
      take (r, '}');
    }
  if (!dtype || !shape || !offsets)
    return wrong (r, "has no %s", !dtype ? "dtype" : !shape ? "shape" : "data_offsets");
  return measure (r, t) && check_range (r, t, range);
}

static gboolean
read_tensor (reader *r, const char *name)
{
  nn_file *f = r->f;
  nn_tensor t = { .name = name };

  r->tensor = name;
  if (f->n_tensors == MAX_TENSORS)
    return wrong (r, "is one too many: a file may hold %d", MAX_TENSORS);
  if (!read_fields (r, &t))
    return FALSE;
  if (!grow ((void **)&f->tensors, sizeof t, f->n_tensors, &r->tensors_room))
    return no_memory (r);
  f->tensors[f->n_tensors++] = t;
  r->tensor = NULL;
  return TRUE;
}

static gboolean
read_metadata (reader *r)
{
  nn_file *f = r->f;

  if (!take (r, '{'))
    return wrong (r, "__metadata__ is not an object");
  if (take (r, '}'))
    return TRUE;
  do
    {
      pair p = { .key = take_string (r) };
      take (r, ':');
      p.value = take_string (r);
      if (p.value == NULL)
        {
          g_autofree char *shown = nn_json_show (p.key, strlen (p.key));
          return wrong (r, "__metadata__ entry '%s' is not a string", shown);
        }
      if (!grow ((void **)&f->pairs, sizeof p, f->n_pairs, &r->pairs_room))
        return no_memory (r);
      f->pairs[f->n_pairs++] = p;
    }
  while (take (r, ','));
  take (r, '}');
  return TRUE;
}

static gboolean
read_header (reader *r)
{
  take (r, '{');
  if (take (r, '}'))
    return TRUE;
  do
    {
      const char *name = take_string (r);
      take (r, ':');
      if (!(strcmp (name, "__metadata__") == 0 ? read_metadata (r) : read_tensor (r, name)))
        return FALSE;
    }
  while (take (r, ','));
  return TRUE;
}

/* ---- order ------------------------------------------------------------------------------ */

static int
compare_data (const void *pa, const void *pb)
{
  const nn_tensor *a = pa, *b = pb;
  const char *x = a->data, *y = b->data;

  if (x != y)
    return x < y ? -1 : 1;
  if (a->bytes != b->bytes)
    return a->bytes < b->bytes ? -1 : 1;
  return a->name < b->name ? -1 : a->name > b->name; /* order of the header, as in the arena */
}

static int
compare_names (const void *a, const void *b)
{
  return strcmp ((*(nn_tensor *const *)a)->name, (*(nn_tensor *const *)b)->name);
}

static int
compare_pairs (const void *a, const void *b)
{
  return strcmp (((const pair *)a)->key, ((const pair *)b)->key);
}

/* Every byte of the data belongs to exactly one tensor. */
static gboolean
check_layout (reader *r)
{
  nn_file *f = r->f;
  const char *expected = r->data;

  if (f->n_tensors > 0)
    qsort (f->tensors, f->n_tensors, sizeof *f->tensors, compare_data);
  for (guint i = 0; i < f->n_tensors; i++)
    {
      const nn_tensor *t = &f->tensors[i];
      const char *data = t->data;
      r->tensor = t->name;
      if (data != expected)
        return wrong (r,
                      "%s: it begins at byte %" G_GUINT64_FORMAT
                      " of the data and should begin at %" G_GUINT64_FORMAT,
                      data < expected ? "overlaps the one before it" : "leaves a hole before it",
                      (uint64_t)(data - r->data), (uint64_t)(expected - r->data));
      expected = data + t->bytes;
    }
  r->tensor = NULL;
  if (expected != r->data + r->n_data)
    return wrong (r, "%" G_GUINT64_FORMAT " bytes after the last tensor belong to none; " REMEDY,
                  (uint64_t)(r->data + r->n_data - expected));
  return TRUE;
}

static gboolean
make_tables (reader *r)
{
  nn_file *f = r->f;

  if (f->n_pairs > 0)
    qsort (f->pairs, f->n_pairs, sizeof *f->pairs, compare_pairs);
  if (f->n_tensors == 0)
    return TRUE;
  f->by_name = g_try_new (nn_tensor *, f->n_tensors);
  if (f->by_name == NULL)
    return no_memory (r);
  for (guint i = 0; i < f->n_tensors; i++)
    f->by_name[i] = &f->tensors[i];
  qsort (f->by_name, f->n_tensors, sizeof *f->by_name, compare_names);
  return TRUE;
}

/* ---- opening ---------------------------------------------------------------------------- */

/* Where the header and the data lie. */
static gboolean
find_header (reader *r, const char *bytes, gsize size)
{
  uint64_t length;

  if (size == 0)
    return wrong (r, "the file is empty");
  if (size < 8)
    return wrong (r, "the file has only %" G_GSIZE_FORMAT " bytes; " REMEDY, size);
  memcpy (&length, bytes, 8);
  if (length > MAX_HEADER)
    return wrong (
        r, "this is not a safetensors file (it would have a header of %" G_GUINT64_FORMAT " bytes)",
        length);
  if (length > size - 8)
    return wrong (r,
                  "the header should have %" G_GUINT64_FORMAT " bytes, but only %" G_GSIZE_FORMAT
                  " follow; " REMEDY,
                  length, size - 8);
  if (length == 0 || bytes[8] != '{')
    return wrong (r, "this is not a safetensors file (its header does not begin with '{')");
  r->at = bytes + 8;
  r->end = r->data = bytes + 8 + length;
  r->n_data = size - 8 - length;
  return TRUE;
}

static gboolean
read_all (reader *r)
{
  gsize size;
  const char *bytes = g_bytes_get_data (r->f->bytes, &size);
  GError *broken = NULL;

  if (!find_header (r, bytes, size))
    return FALSE;
  if (!nn_json_check (r->at, (gsize)(r->end - r->at), MAX_DEPTH, &broken))
    {
      g_propagate_prefixed_error (r->error, broken, "%s: header: ", r->f->path);
      return FALSE;
    }
  r->text = r->f->text = g_try_malloc ((gsize)(r->end - r->at));
  if (r->text == NULL)
    return no_memory (r);
  return read_header (r) && check_layout (r) && make_tables (r);
}

nn_file *
nn_file_open_bytes (GBytes *bytes, const char *name, GError **error)
{
  nn_file *f = g_new0 (nn_file, 1);
  GError *failed = NULL;
  reader r = { .f = f, .error = &failed };

  f->path = g_strdup (name);
  f->bytes = g_bytes_ref (bytes);
  if (read_all (&r))
    return f;
  g_propagate_error (error, failed);
  nn_file_close (f);
  return NULL;
}

/* A regular file, open for reading, or -1. */
static int
open_regular (const char *path, GError **error)
{
  /* O_NONBLOCK: a pipe must be refused, not waited for. */
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat status;

  if (fd < 0 || fstat (fd, &status) != 0)
    {
      int number = errno;
      g_set_error (error, NN_ERROR, NN_ERROR_IO, "cannot open %s: %s", path, g_strerror (number));
    }
  else if (!S_ISREG (status.st_mode))
    g_set_error (error, NN_ERROR, NN_ERROR_IO, "cannot read %s: it is %s, not a file", path,
                 S_ISDIR (status.st_mode) ? "a folder" : "a device or pipe");
  else
    return fd;
  if (fd >= 0)
    close (fd);
  return -1;
}

nn_file *
nn_file_open (const char *path, GError **error)
{
  int fd = open_regular (path, error);
  g_autoptr (GMappedFile) map = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) refused = NULL;

  if (fd < 0)
    return NULL;
  /* The size is taken from the open file and everything is checked against it. A file that another
   * program shortens while it is mapped is the one case not covered: reading past its new end
   * raises SIGBUS. Our writer never does that, it replaces files by renaming. */
  map = g_mapped_file_new_from_fd (fd, FALSE, &refused);
  close (fd);
  if (map == NULL)
    {
      g_set_error (error, NN_ERROR, NN_ERROR_IO, "cannot read %s: %s", path, refused->message);
      return NULL;
    }
  bytes = g_mapped_file_get_bytes (map);
  return nn_file_open_bytes (bytes, path, error);
}

void
nn_file_close (nn_file *f)
{
  if (f == NULL)
    return;
  g_bytes_unref (f->bytes);
  g_free (f->path);
  g_free (f->text);
  g_free (f->tensors);
  g_free (f->by_name);
  g_free (f->pairs);
  g_free (f);
}

/* ---- asking ----------------------------------------------------------------------------- */

guint
nn_file_count (const nn_file *f)
{
  return f->n_tensors;
}

const nn_tensor *
nn_file_nth (const nn_file *f, guint i)
{
  return i < f->n_tensors ? &f->tensors[i] : NULL;
}

const nn_tensor *
nn_file_find (const nn_file *f, const char *name)
{
  const nn_tensor wanted = { .name = name }, *key = &wanted;
  nn_tensor **found = NULL;

  if (f->n_tensors > 0)
    found = bsearch (&key, f->by_name, f->n_tensors, sizeof *f->by_name, compare_names);
  return found != NULL ? *found : NULL;
}

const char *
nn_file_metadata (const nn_file *f, const char *key)
{
  const pair wanted = { .key = key }, *found = NULL;

  if (f->n_pairs > 0)
    found = bsearch (&wanted, f->pairs, f->n_pairs, sizeof *f->pairs, compare_pairs);
  return found != NULL ? found->value : NULL;
}

const char *
nn_file_path (const nn_file *f)
{
  return f->path;
}
