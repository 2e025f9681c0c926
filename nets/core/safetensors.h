/* Reading and writing safetensors files: named tensors and string metadata in one file.
 * Format: github.com/huggingface/safetensors, README "Format". */
#pragma once

#include "nets/nn.h"

G_BEGIN_DECLS

typedef enum
{
  NN_F16,
  NN_BF16,
  NN_F32,
  NN_F64,
  NN_I8,
  NN_U8,
  NN_I16,
  NN_U16,
  NN_I32,
  NN_U32,
  NN_I64,
  NN_U64,
  NN_BOOL,
} nn_dtype;

typedef struct
{
  const char *name;
  nn_dtype dtype;
  int rank; /* 0 (scalar) to 8 */
  uint64_t dim[8];
  uint64_t count;   /* product of dim, 1 for a scalar */
  const void *data; /* into the mapped file, little-endian, any alignment */
  uint64_t bytes;
} nn_tensor;

/* ---- reading: the file is mapped and wholly checked before anything is handed out (header length,
 * JSON depth and duplicate keys, dtypes, shapes against byte ranges with overflow checks, ranges
 * contiguous without holes or overlaps and ending at the file's end). Nothing in the file can cause
 * a crash or an allocation larger than a small multiple of the header. */
typedef struct nn_file nn_file;
nn_file *nn_file_open (const char *path, GError **error); /* errors name the file and the place */
nn_file *nn_file_open_bytes (GBytes *bytes, const char *name, GError **error);
void nn_file_close (nn_file *f);
guint nn_file_count (const nn_file *f);
const nn_tensor *nn_file_nth (const nn_file *f, guint i);           /* in file order */
const nn_tensor *nn_file_find (const nn_file *f, const char *name); /* NULL when absent */
const char *nn_file_metadata (const nn_file *f, const char *key);   /* NULL when absent */
const char *nn_file_path (const nn_file *f);
/* Widens count numbers from position first to float32; FALSE and an error when the dtype is not a
 * floating one (F16, BF16, F32, F64) or the range is outside the tensor. */
gboolean nn_tensor_read (const nn_tensor *t, uint64_t first, uint64_t count, float *to,
                         GError **error);

/* ---- writing: to a temporary name beside `path`, synced, renamed; on failure nothing is left and
 * an older file stays as it was. Data begin at a multiple of 64 bytes. */
typedef struct nn_writer nn_writer;
nn_writer *nn_writer_new (void);
void nn_writer_free (nn_writer *w);
void nn_writer_metadata (nn_writer *w, const char *key, const char *value); /* UTF-8, copied */
/* Adds a tensor stored as F32 or F16 (rounded to nearest even; values beyond 65504 saturate) from
 * float32 values, which must stay alive until nn_writer_save(). Copies the name. */
void nn_writer_add (nn_writer *w, const char *name, nn_dtype dtype, int rank, const uint64_t *dim,
                    const float *values);
gboolean nn_writer_save (nn_writer *w, const char *path, GError **error);

/* Bit-level conversion, exact both ways where representable; f16c is used where the CPU has it. */
void nn_f16_to_f32 (const uint16_t *from, float *to, size_t count);
void nn_f32_to_f16 (const float *from, uint16_t *to, size_t count);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (nn_file, nn_file_close)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (nn_writer, nn_writer_free)

/* JSON from strangers, checked before json-glib may see it: valid UTF-8, one value, depth at most
 * `max_depth`, no duplicate key in any object (after decoding escapes), no control characters in
 * strings. The error's message gives line and column and, where sensible, the path of keys. */
gboolean nn_json_check (const char *text, gsize length, int max_depth, GError **error);

G_END_DECLS
