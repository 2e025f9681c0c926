/* Damaged safetensors files: each is either refused with an error or wholly readable. */
#include "nets/core/safetensors.h"
#include "tests/fuzz/mutate.h"

#include <criterion/criterion.h>
#include <string.h>

static const char header[]
    = "{\"__metadata__\":{\"answers\":\"yes\\nno\",\"\\u0062lind\":\"\\ud83d\\ude00\"},"
      "\"conv.weight\":{\"dtype\":\"F16\",\"shape\":[2,3,1,1],\"data_offsets\":[0,12]},"
      "\"conv.bias\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[12,20]},"
      "\"none\":{\"dtype\":\"F64\",\"shape\":[0,5],\"data_offsets\":[20,20]},"
      "\"scale\":{\"dtype\":\"BF16\",\"shape\":[],\"data_offsets\":[20,22]},"
      "\"ids\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[22,30]}}  ";
#define N_DATA 30

static const char *const words[] = {
  "{",
  "}",
  "[",
  "]",
  "\"",
  ":",
  ",",
  "\\u0061",
  "\\ud800",
  "\\",
  "0",
  "-1",
  "1.0",
  "1e3",
  "20",
  "12",
  "22",
  "[0,0]",
  "[]",
  "{}",
  "null",
  "18446744073709551615",
  "9223372036854775808",
  "4294967296",
  "\"dtype\":",
  "\"shape\":",
  "\"data_offsets\":",
  "\"F32\"",
  "\"F64\"",
  "\"BOOL\"",
  "\"__metadata__\":{",
  "conv.bias",
  "   ",
};

/* The length field is set to fit in most cases: otherwise few would get past it. */
static GBytes *
make_case (uint64_t *state)
{
  g_autoptr (GByteArray) damaged
      = mutate (state, (const guint8 *)header, sizeof header - 1, words, G_N_ELEMENTS (words));
  uint64_t kind = mutate_random (state) % 16, length = damaged->len;
  guint8 data[N_DATA];
  gsize n_data = N_DATA, size;
  guint8 *bytes;

  for (int i = 0; i < N_DATA; i++)
    data[i] = (guint8)mutate_random (state);
  if (kind == 0)
    length = mutate_random (state) >> mutate_random (state) % 64;
  else if (kind == 1)
    n_data = mutate_random (state) % N_DATA;
  size = 8 + damaged->len + n_data;
  bytes = g_malloc (size); /* exact: a sanitizer sees any step past the end */
  memcpy (bytes, &length, 8);
  if (damaged->len > 0)
    memcpy (bytes + 8, damaged->data, damaged->len);
  memcpy (bytes + 8 + damaged->len, data, n_data);
  return g_bytes_new_take (bytes, size);
}

/* Reads everything the file says it holds. */
static void
use (nn_file *f, gsize size)
{
  uint64_t sum = 0;

  for (guint i = 0; i < nn_file_count (f); i++)
    {
      const nn_tensor *t = nn_file_nth (f, i);
      g_autofree float *values = NULL;
      cr_assert_leq (t->bytes, size);
      cr_assert_leq (t->count, size);
      cr_assert_eq (nn_file_find (f, t->name), t);
      for (uint64_t j = 0; j < t->bytes; j++)
        sum += ((const guint8 *)t->data)[j];
      values = g_new (float, t->count + 1);
      (void)nn_tensor_read (t, 0, t->count, values, NULL);
    }
  cr_assert (sum <= 255 * size);
  (void)nn_file_metadata (f, "blind");
}

Test (fuzz_safetensors, damaged_files_are_refused_or_readable)
{
  mutation m = mutation_start (20240601, 20000);
  guint accepted = 0;

  for (; mutation_next (&m);)
    {
      g_autoptr (GBytes) bytes = make_case (&m.state);
      g_autoptr (GError) error = NULL;
      g_autoptr (nn_file) f = nn_file_open_bytes (bytes, "fuzz", &error);
      cr_assert ((f == NULL) == (error != NULL), "case %u", m.cases);
      if (f != NULL)
        {
          accepted++;
          use (f, g_bytes_get_size (bytes));
        }
    }
  /* Some damage is harmless (a letter of a name); if nothing passes, nothing deep was tested. */
  cr_assert_gt (accepted, m.cases / 100);
  cr_assert_lt (accepted, m.cases / 4 * 3);
}
