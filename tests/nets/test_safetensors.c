/* Safetensors files: a file made by hand, round trips, every cut, malformed headers, failed saves.
 */
#include "nets/core/safetensors.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <glib/gstdio.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

static char *folder;

static void
setup (void)
{
  folder = g_dir_make_tmp ("regard-safetensors-XXXXXX", NULL);
}

static void
teardown (void)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      g_remove (path);
    }
  g_rmdir (folder);
  g_free (folder);
}

TestSuite (safetensors, .init = setup, .fini = teardown);

/* Files in the folder: shows what a failed save leaves. */
static guint
count_files (void)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

/* A file's bytes: length, header, n_data bytes 0, 1, 2, ... in a block of exactly that size, so
 * that a sanitizer sees any step past the end. */
static GBytes *
make_bytes (const char *header, gsize n_data)
{
  gsize n_header = strlen (header), size = 8 + n_header + n_data;
  uint64_t length = GUINT64_TO_LE ((uint64_t)n_header);
  guint8 *bytes = g_malloc (size);

  memcpy (bytes, &length, 8);
  memcpy (bytes + 8, header, n_header);
  for (gsize i = 0; i < n_data; i++)
    bytes[8 + n_header + i] = (guint8)i;
  return g_bytes_new_take (bytes, size);
}

static const char good_header[]
    = "{\"b\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[3,11]},"
      "\"__metadata__\":{\"author\":\"J\\u00e9r\\u00f4me \\ud83d\\ude00\",\"\":\"empty\"},"
      "\"a\":{\"data_offsets\":[0,3],\"shape\":[3],\"dtype\":\"U8\"},"
      "\"none\":{\"dtype\":\"I64\",\"shape\":[4,0],\"data_offsets\":[3,3]},"
      "\"\\u0073calar\":{\"dtype\":\"BF16\",\"shape\":[],\"data_offsets\":[11,13]}}   ";

Test (safetensors, reads_a_file_made_by_hand)
{
  g_autoptr (GBytes) bytes = make_bytes (good_header, 13);
  g_autoptr (GError) error = NULL;
  g_autoptr (nn_file) f = nn_file_open_bytes (bytes, "hand", &error);
  static const char *const order[] = { "a", "none", "b", "scalar" };
  const nn_tensor *t;
  float value[2];
  uint32_t bits;

  cr_assert_not_null (f, "%s", error != NULL ? error->message : "");
  cr_assert_eq (nn_file_count (f), 4);
  for (guint i = 0; i < 4; i++)
    cr_assert_str_eq (nn_file_nth (f, i)->name, order[i]);
  cr_assert_null (nn_file_nth (f, 4));
  cr_assert_null (nn_file_find (f, "c"));
  cr_assert_str_eq (nn_file_path (f), "hand");
  cr_assert_str_eq (nn_file_metadata (f, "author"), "J\u00e9r\u00f4me \U0001f600");
  cr_assert_str_eq (nn_file_metadata (f, ""), "empty");
  cr_assert_null (nn_file_metadata (f, "a"));

  t = nn_file_find (f, "b");
  cr_assert (t->dtype == NN_F32 && t->rank == 2 && t->dim[0] == 2 && t->dim[1] == 1);
  cr_assert (t->count == 2 && t->bytes == 8);
  cr_assert (nn_tensor_read (t, 0, 2, value, &error));
  memcpy (&bits, &value[0], 4);
  cr_assert_eq (bits, 0x06050403u);
  cr_assert (nn_tensor_read (t, 1, 1, value, &error));
  memcpy (&bits, &value[0], 4);
  cr_assert_eq (bits, 0x0a090807u);
  cr_assert (nn_tensor_read (t, 2, 0, NULL, &error));

  t = nn_file_find (f, "scalar");
  cr_assert (t->rank == 0 && t->count == 1);
  cr_assert (nn_tensor_read (t, 0, 1, value, &error));
  memcpy (&bits, &value[0], 4);
  cr_assert_eq (bits, 0x0c0b0000u, "bfloat16 is the upper half of a float32");
  cr_assert_eq (nn_file_find (f, "none")->count, 0);
}

Test (safetensors, refuses_reads_outside_a_tensor_and_of_whole_numbers)
{
  g_autoptr (GBytes) bytes = make_bytes (good_header, 13);
  g_autoptr (nn_file) f = nn_file_open_bytes (bytes, "hand", NULL);
  static const struct
  {
    const char *name;
    uint64_t first, count;
  } cases[] = { { "b", 0, 3 },          { "b", 2, 1 }, { "b", 3, 0 },   { "b", UINT64_MAX, 2 },
                { "b", 1, UINT64_MAX }, { "a", 0, 1 }, { "none", 0, 0 } };
  float value[4];

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      cr_assert_not (nn_tensor_read (nn_file_find (f, cases[i].name), cases[i].first,
                                     cases[i].count, value, &error));
      cr_assert (g_error_matches (error, NN_ERROR, NN_ERROR_FILE));
      cr_assert_not_null (strstr (error->message, cases[i].name), "%s", error->message);
    }
}

Test (safetensors, a_file_without_tensors_is_legal)
{
  g_autoptr (GBytes) bytes = make_bytes ("{}", 0);
  g_autoptr (nn_file) f = nn_file_open_bytes (bytes, "none", NULL);

  cr_assert_not_null (f);
  cr_assert_eq (nn_file_count (f), 0);
  cr_assert_null (nn_file_find (f, "a"));
  cr_assert_null (nn_file_metadata (f, "a"));
}

Test (safetensors, a_file_cut_at_any_byte_is_refused)
{
  g_autoptr (GBytes) whole = make_bytes (good_header, 13);
  g_autofree char *path = g_build_filename (folder, "cut.safetensors", NULL);
  gsize size;
  const char *bytes = g_bytes_get_data (whole, &size);

  for (gsize n = 0; n < size; n++)
    {
      g_autoptr (GBytes) part = g_bytes_new (bytes, n);
      g_autoptr (GError) error = NULL, mapped = NULL;
      cr_assert_null (nn_file_open_bytes (part, path, &error), "cut at %zu", n);
      cr_assert (g_error_matches (error, NN_ERROR, NN_ERROR_FILE));
      cr_assert (g_str_has_prefix (error->message, path), "%s", error->message);
      cr_assert (
          g_file_set_contents_full (path, bytes, (gssize)n, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
      cr_assert_null (nn_file_open (path, &mapped));
      cr_assert_str_eq (mapped->message, error->message);
    }
}

#define T(fields)           "{\"w\":{" fields "}}"
#define F32(shape, offsets) "\"dtype\":\"F32\",\"shape\":" shape ",\"data_offsets\":" offsets
#define TWO(one, two)       "{\"w\":{" F32 ("[1]", one) "},\"v\":{" F32 ("[1]", two) "}}"

/* Each header is followed by eight bytes of data. */
static const struct
{
  const char *header, *says;
} malformed[] = {
  { "", "does not begin with '{'" },
  { " {}", "does not begin with '{'" },
  { "[]", "does not begin with '{'" },
  { "{", "header: line 1, column 2" },
  { "{}x", "follows the end" },
  { "{}", "8 bytes after the last tensor" },
  { "{\"w\":1}", "tensor 'w' is not described by an object" },
  { "{\"w\":null}", "tensor 'w' is not described by an object" },
  { "{\"w\":[]}", "tensor 'w' is not described by an object" },
  { T (""), "tensor 'w' has no dtype" },
  { T ("\"dtype\":\"F32\",\"data_offsets\":[0,8]"), "has no shape" },
  { T ("\"dtype\":\"F32\",\"shape\":[2]"), "has no data_offsets" },
  { T ("\"dtype\":\"F32\",\"shape\":[2],\"offsets\":[0,8]"), "has a field 'offsets'" },
  { T ("\"dtype\":\"F8_E4M3\",\"shape\":[8],\"data_offsets\":[0,8]"), "has dtype 'F8_E4M3'" },
  { T ("\"dtype\":4,\"shape\":[8],\"data_offsets\":[0,8]"), "dtype that is not a string" },
  { T ("\"dtype\":\"f32\",\"shape\":[2],\"data_offsets\":[0,8]"), "has dtype 'f32'" },
  { T (F32 ("2", "[0,8]")), "shape that is not a list" },
  { T (F32 ("[2.0]", "[0,8]")), "shape that is not a list" },
  { T (F32 ("[2e0]", "[0,8]")), "shape that is not a list" },
  { T (F32 ("[-2]", "[0,8]")), "shape that is not a list" },
  { T (F32 ("[-0]", "[0,0]")), "shape that is not a list" },
  { T (F32 ("[\"2\"]", "[0,8]")), "shape that is not a list" },
  { T (F32 ("[[2]]", "[0,8]")), "nested more than 3 deep" },
  { T (F32 ("[02]", "[0,8]")), "begins with 0" },
  { T (F32 ("[1,1,1,1,1,1,1,1,2]", "[0,8]")), "more than 8 dimensions" },
  { T (F32 ("[18446744073709551616]", "[0,8]")), "shape that is not a list" },
  { T (F32 ("[9223372036854775808]", "[0,8]")), "shape too large" },
  { T (F32 ("[4611686018427387904]", "[0,0]")), "shape too large" },
  { T (F32 ("[4294967296,4294967296]", "[0,0]")), "shape too large" },
  { T (F32 ("[0,4294967296,4294967296]", "[0,0]")), "shape too large" },
  { T (F32 ("[3037000500,3037000500,2]", "[0,8]")), "shape too large" },
  { T (F32 ("[3]", "[0,8]")), "holds 8 bytes, but its shape and dtype F32 need 12" },
  { T (F32 ("[]", "[0,8]")), "need 4" },
  { T (F32 ("[0]", "[0,8]")), "need 0" },
  { T (F32 ("[3]", "[0,12]")), "ends at byte 12 of the data, but the file holds only 8" },
  { T (F32 ("[2]", "[8,16]")), "ends at byte 16" },
  { T (F32 ("[2]", "[8,0]")), "before it begins" },
  { T (F32 ("[2]", "[0,18446744073709551615]")), "ends at byte" },
  { T (F32 ("[2]", "[18446744073709551608,18446744073709551615]")), "ends at byte" },
  { T (F32 ("[2]", "[-8,0]")), "not two whole numbers" },
  { T (F32 ("[2]", "[0.0,8.0]")), "not two whole numbers" },
  { T (F32 ("[2]", "[0,8,8]")), "not two whole numbers" },
  { T (F32 ("[2]", "[0]")), "not two whole numbers" },
  { T (F32 ("[2]", "[]")), "not two whole numbers" },
  { T (F32 ("[2]", "{\"begin\":0}")), "not two whole numbers" },
  { T (F32 ("[1]", "[4,8]")), "tensor 'w' leaves a hole" },
  { T (F32 ("[1]", "[0,4]")), "4 bytes after the last tensor" },
  { TWO ("[0,4]", "[0,4]"), "overlaps" },
  { "{\"w\":{" F32 ("[2]", "[0,8]") "},\"v\":{" F32 ("[1]", "[4,8]") "}}", "'v' overlaps" },
  { "{\"w\":{" F32 ("[2]", "[0,8]") "},\"v\":{" F32 ("[0]", "[4,4]") "}}", "'v' overlaps" },
  { "{\"w\":{" F32 ("[1]", "[0,4]") "},\"w\":{" F32 ("[1]", "[4,8]") "}}", "'w' appears a second" },
  { "{\"w\":{" F32 ("[1]", "[0,4]") "},\"\\u0077\":{" F32 ("[1]", "[4,8]") "}}", "second time" },
  { T (F32 ("[2]", "[0,8]") ",\"sh\\u0061pe\":[2]"), "second time" },
  { T (F32 ("[2]", "[0,8]") ",\"dtype\":\"F32\""), "second time" },
  { "{\"w\\u0000\":{" F32 ("[2]", "[0,8]") "}}", "\\u0000" },
  { "{\"__metadata__\":[]}", "__metadata__ is not an object" },
  { "{\"__metadata__\":{\"a\":1}}", "'a' is not a string" },
  { "{\"__metadata__\":{\"a\":{}}}", "'a' is not a string" },
  { "{\"__metadata__\":{\"a\":null}}", "'a' is not a string" },
  { "{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}", "second time" },
  { "{\"__metadata__\":{},\"__metadat\\u0061__\":{}}", "second time" },
  { "{\"__metadata__\":{\"a\":\"\\ud800\"}}", "surrogate" },
  { "{\"w\":{" F32 ("[2]", "[0,8]") "},}", "a key in double quotes" },
  { "{w:1}", "a key in double quotes" },
  { "{/**/}", "a key in double quotes" },
  { "{\"w\xff\":1}", "not UTF-8" },
};

Test (safetensors, malformed_headers_are_refused)
{
  for (gsize i = 0; i < G_N_ELEMENTS (malformed); i++)
    {
      g_autoptr (GBytes) bytes = make_bytes (malformed[i].header, 8);
      g_autoptr (GError) error = NULL;
      g_autoptr (nn_file) f = nn_file_open_bytes (bytes, "odd.safetensors", &error);
      cr_assert_null (f, "%s was accepted", malformed[i].header);
      cr_assert (g_error_matches (error, NN_ERROR, NN_ERROR_FILE));
      cr_assert (g_str_has_prefix (error->message, "odd.safetensors: "));
      cr_assert_not_null (strstr (error->message, malformed[i].says), "%s\n gave: %s\n not: %s",
                          malformed[i].header, error->message, malformed[i].says);
    }
}

Test (safetensors, malformed_lengths_are_refused)
{
  static const struct
  {
    uint64_t length;
    const char *says;
  } cases[]
      = { { 0, "does not begin with '{'" },         { 100000001, "not a safetensors file" },
          { UINT64_MAX, "not a safetensors file" }, { UINT64_MAX - 7, "not a safetensors file" },
          { 100000000, "only 10 follow" },          { 11, "only 10 follow" } };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GBytes) good = make_bytes ("{}", 8), bytes = NULL;
      g_autoptr (GError) error = NULL;
      gsize size;
      guint8 *copy = g_bytes_unref_to_data (g_steal_pointer (&good), &size);
      memcpy (copy, &cases[i].length, 8);
      bytes = g_bytes_new_take (copy, size);
      cr_assert_null (nn_file_open_bytes (bytes, "odd", &error));
      cr_assert_not_null (strstr (error->message, cases[i].says), "%s", error->message);
    }
}

Test (safetensors, deep_nesting_and_control_characters_do_no_harm)
{
  g_autofree char *deep = g_strnfill (1000000, '[');
  g_autofree char *header = g_strconcat ("{\"w\":", deep, NULL);
  g_autoptr (GBytes) bytes = make_bytes (header, 0);
  g_autoptr (GBytes) coloured = make_bytes ("{\"\\u001b[31m\":1}", 0);
  g_autoptr (GError) nested = NULL, named = NULL;

  cr_assert_null (nn_file_open_bytes (bytes, "deep", &nested));
  cr_assert_not_null (strstr (nested->message, "nested more than 3 deep"));
  cr_assert_null (nn_file_open_bytes (coloured, "coloured", &named));
  cr_assert_null (strchr (named->message, '\033'), "a name may not steer the terminal");
}

Test (safetensors, too_many_tensors_are_refused)
{
  g_autoptr (GString) header = g_string_new ("{");
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;

  for (int i = 0; i <= 100000; i++)
    g_string_append_printf (header, "%s\"%d\":{" F32 ("[0]", "[0,0]") "}", i > 0 ? "," : "", i);
  g_string_append_c (header, '}');
  bytes = make_bytes (header->str, 0);
  cr_assert_null (nn_file_open_bytes (bytes, "many", &error));
  cr_assert_not_null (strstr (error->message, "one too many"), "%s", error->message);
}

Test (safetensors, folders_pipes_and_missing_files_are_named)
{
  g_autofree char *pipe = g_build_filename (folder, "pipe", NULL);
  g_autofree char *none = g_build_filename (folder, "none", NULL);
  g_autofree char *empty = g_build_filename (folder, "empty", NULL);
  const struct
  {
    const char *path, *says;
  } cases[] = { { folder, "a folder" },
                { pipe, "a device or pipe" },
                { none, "No such file" },
                { empty, "the file is empty" },
                { "/dev/zero", "a device or pipe" } };

  cr_assert_eq (mkfifo (pipe, 0600), 0);
  cr_assert (g_file_set_contents (empty, "", 0, NULL));
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      cr_assert_null (nn_file_open (cases[i].path, &error));
      cr_assert_not_null (strstr (error->message, cases[i].path), "%s", error->message);
      cr_assert_not_null (strstr (error->message, cases[i].says), "%s", error->message);
    }
}

/* ---- writing ---------------------------------------------------------------------------- */

static const float numbers[6] = { 0.1f, -2.5f, 65504.0f, 1e6f, -1e30f, 6e-8f };

static nn_writer *
make_writer (void)
{
  nn_writer *w = nn_writer_new ();

  nn_writer_metadata (w, "zebra", "last");
  nn_writer_metadata (w, "answers", "old");
  nn_writer_metadata (w, "answers", "a \"quoted\"\\\n\x01 \u00e9");
  nn_writer_add (w, "second/half", NN_F16, 2, (const uint64_t[]){ 2, 3 }, numbers);
  nn_writer_add (w, "odd", NN_F16, 1, (const uint64_t[]){ 1 }, numbers);
  nn_writer_add (w, "a\nfull", NN_F32, 3, (const uint64_t[]){ 1, 6, 1 }, numbers);
  nn_writer_add (w, "scalar", NN_F32, 0, NULL, numbers + 1);
  nn_writer_add (w, "none", NN_F32, 2, (const uint64_t[]){ 0, 7 }, NULL);
  return w;
}

Test (safetensors, what_is_written_is_read)
{
  g_autofree char *path = g_build_filename (folder, "model.safetensors", NULL);
  g_autoptr (nn_writer) w = make_writer ();
  g_autoptr (nn_file) f = NULL;
  g_autoptr (GError) error = NULL;
  static const char *const order[] = { "second/half", "odd", "a\nfull" };
  static const float halves[6] = { 0x1.998p-4f, -2.5f, 65504, 65504, -65504, 0x1p-24f };
  float back[6];

  cr_assert (nn_writer_save (w, path, &error), "%s", error != NULL ? error->message : "");
  f = nn_file_open (path, &error);
  cr_assert_not_null (f, "%s", error != NULL ? error->message : "");
  cr_assert_eq (nn_file_count (f), 5);
  for (guint i = 0; i < 3; i++)
    cr_assert_str_eq (nn_file_nth (f, i)->name, order[i]);
  cr_assert_eq ((guintptr)nn_file_nth (f, 0)->data % 64, 0, "data begin at a multiple of 64");
  cr_assert_str_eq (nn_file_metadata (f, "answers"), "a \"quoted\"\\\n\x01 \u00e9");
  cr_assert_str_eq (nn_file_metadata (f, "zebra"), "last");

  cr_assert (nn_tensor_read (nn_file_find (f, "second/half"), 0, 6, back, &error));
  for (int i = 0; i < 6; i++)
    cr_assert_eq (back[i], halves[i], "half %d is %a", i, (double)back[i]);
  cr_assert (nn_tensor_read (nn_file_find (f, "a\nfull"), 0, 6, back, &error));
  cr_assert_arr_eq (back, numbers, sizeof numbers);
  cr_assert (nn_tensor_read (nn_file_find (f, "scalar"), 0, 1, back, &error));
  cr_assert_eq (back[0], -2.5f);
  cr_assert (nn_file_find (f, "none")->rank == 2 && nn_file_find (f, "none")->dim[1] == 7);
}

Test (safetensors, the_same_content_gives_the_same_bytes_and_no_other_file)
{
  g_autofree char *one = g_build_filename (folder, "one", NULL);
  g_autofree char *two = g_build_filename (folder, "two", NULL);
  g_autofree char *a = NULL, *b = NULL;
  gsize size_a, size_b;
  struct stat status;

  for (int i = 0; i < 2; i++)
    {
      g_autoptr (nn_writer) w = make_writer ();
      umask (022);
      cr_assert (nn_writer_save (w, i == 0 ? one : two, NULL));
      cr_assert (nn_writer_save (w, i == 0 ? one : two, NULL), "a second time, over the first");
    }
  cr_assert (g_file_get_contents (one, &a, &size_a, NULL)
             && g_file_get_contents (two, &b, &size_b, NULL));
  cr_assert (size_a == size_b && memcmp (a, b, size_a) == 0);
  cr_assert (g_str_has_prefix (a + 8, "{\"__metadata__\":{\"answers\":"), "keys are sorted");
  cr_assert_eq (count_files (), 2);
  cr_assert_eq (stat (one, &status), 0);
  cr_assert_eq (status.st_mode & 0777, 0644);
}

Test (safetensors, a_folder_that_cannot_be_written_is_named)
{
  g_autofree char *file = g_build_filename (folder, "file", NULL);
  g_autofree char *under_file = g_build_filename (file, "model", NULL);
  g_autofree char *under_none = g_build_filename (folder, "none", "model", NULL);
  const char *const paths[] = { under_file, under_none, folder };
  g_autoptr (nn_writer) w = make_writer ();

  cr_assert (g_file_set_contents (file, "x", 1, NULL));
  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autoptr (GError) error = NULL;
      cr_assert_not (nn_writer_save (w, paths[i], &error));
      cr_assert (g_error_matches (error, NN_ERROR, NN_ERROR_IO));
      cr_assert_not_null (strstr (error->message, paths[i]), "%s", error->message);
      cr_assert_not_null (strstr (error->message, "choose"), "%s", error->message);
    }
  cr_assert_eq (count_files (), 1);
}

Test (safetensors, a_full_disk_leaves_the_older_file)
{
  g_autofree char *path = g_build_filename (folder, "model", NULL);
  g_autofree char *contents = NULL;
  g_autofree float *many = g_new0 (float, 100000);
  struct rlimit old, limit;

  getrlimit (RLIMIT_FSIZE, &old);
  limit = (struct rlimit){ .rlim_cur = 50000, .rlim_max = old.rlim_max };
  cr_assert (g_file_set_contents (path, "older", 5, NULL));
  signal (SIGXFSZ, SIG_IGN);
  for (int half = 0; half < 2; half++)
    {
      g_autoptr (nn_writer) w = nn_writer_new ();
      g_autoptr (GError) error = NULL;
      gboolean good;
      nn_writer_add (w, "w", half ? NN_F16 : NN_F32, 1, (const uint64_t[]){ 100000 }, many);
      setrlimit (RLIMIT_FSIZE, &limit);
      good = nn_writer_save (w, path, &error);
      setrlimit (RLIMIT_FSIZE, &old);
      cr_assert_not (good);
      cr_assert_not_null (strstr (error->message, path), "%s", error->message);
      cr_assert_not_null (strstr (error->message, "make room"), "%s", error->message);
    }
  cr_assert_eq (count_files (), 1, "nothing is left beside the older file");
  cr_assert (g_file_get_contents (path, &contents, NULL, NULL));
  cr_assert_str_eq (contents, "older");
}

Test (safetensors, wrong_calls_are_reported_when_saving)
{
  g_autofree char *path = g_build_filename (folder, "model", NULL);
  static const uint64_t huge[] = { UINT64_MAX / 2, 3 };

  for (int i = 0; i < 6; i++)
    {
      g_autoptr (nn_writer) w = nn_writer_new ();
      g_autoptr (GError) error = NULL;
      nn_writer_add (w, "w", NN_F32, 0, NULL, numbers);
      if (i == 0)
        nn_writer_add (w, "w", NN_F32, 0, NULL, numbers);
      else if (i == 1)
        nn_writer_add (w, "i", NN_I64, 0, NULL, numbers);
      else if (i == 2)
        nn_writer_add (w, "r", NN_F32, 9, huge, numbers);
      else if (i == 3)
        nn_writer_add (w, "h", NN_F32, 2, huge, numbers);
      else if (i == 4)
        nn_writer_add (w, "__metadata__", NN_F32, 0, NULL, numbers);
      else
        nn_writer_metadata (w, "key", "\xff");
      cr_assert_not (nn_writer_save (w, path, &error), "case %d", i);
      cr_assert (error != NULL && g_str_has_prefix (error->message, "cannot write "));
    }
  cr_assert_eq (count_files (), 0);
}
