/* Damaged descriptions of models: each is refused with an error, or is one that can be described
 * without weights, and then the missing weights are noticed before memory is given to them. */
#include "tests/fuzz/mutate.h"
#include "vqa/model/file.h"

#include <criterion/criterion.h>
#include <string.h>
#include <sys/resource.h>

static const char *const metadata[][2] = {
  { "format", "regard-vqa-1" },
  { "architecture",
    "{\"network\":\"modulated-self-attention-mobilenetv2\",\"side\":64,\"words\":3,"
    "\"max_words\":8,\"embed\":8,\"hidden\":16,\"width\":16,\"blocks\":2,\"heads\":2,\"key\":4,"
    "\"joint\":16,\"blind\":8,\"answers\":2}" },
  { "words", "is\nthere\ndog" },
  { "answers", "yes\nno" },
  { "temperature", "1" },
  { "blind_temperature", "1.5" },
  { "confident", "0.5" },
};
#define N_METADATA G_N_ELEMENTS (metadata)
#define LOGITS     "},\"golden.logits\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}"
#define N_DATA     8

static const char *const words[] = {
  "{",          "}",    "\"",  "\n",   ":",    ",",    "0",       "-1",
  "1.0",        "1e3",  "99",  "4096", "8192", "64",   "1000000", "100000",
  "2147483648", "1024", "256", "nan",  "inf",  "null", "[",       "]",
  "\\",         "true", "é",   "    ", "1",    "2",    "5",       "9223372036854775808",
};

static void
append_json (GString *to, const char *text)
{
  g_string_append_c (to, '"');
  for (; *text != '\0'; text++)
    if ((guchar)*text < 0x20 || *text == '"' || *text == '\\')
      g_string_append_printf (to, "\\u%04x", (guint)*text);
    else
      g_string_append_c (to, *text);
  g_string_append_c (to, '"');
}

/* A file whose description is well formed, with one value damaged. The architecture in half of the
 * cases: most can go wrong there. */
static GBytes *
make_case (uint64_t *state)
{
  guint which = mutate_random (state) % 2 == 0 ? 1 : (guint)(mutate_random (state) % N_METADATA);
  const char *value = metadata[which][1];
  g_autoptr (GByteArray) damaged
      = mutate (state, (const guint8 *)value, strlen (value), words, G_N_ELEMENTS (words));
  g_autofree char *text = damaged->len > 0
                              ? g_utf8_make_valid ((const char *)damaged->data, damaged->len)
                              : g_strdup ("");
  g_autoptr (GString) header = g_string_new ("{\"__metadata__\":{");
  guint64 length;
  guint8 *bytes;

  for (guint i = 0; i < N_METADATA; i++)
    {
      g_string_append_printf (header, "%s\"%s\":", i > 0 ? "," : "", metadata[i][0]);
      append_json (header, i == which ? text : metadata[i][1]);
    }
  g_string_append (header, LOGITS);
  length = header->len;
  bytes = g_malloc0 (8 + header->len + N_DATA); /* exact: a sanitizer sees any step past the end */
  memcpy (bytes, &length, 8);
  memcpy (bytes + 8, header->str, header->len);
  return g_bytes_new_take (bytes, 8 + header->len + N_DATA);
}

/* What a description that was accepted says must be consistent. */
static void
use (const vqa_contents *c, const nn_file *f)
{
  g_autoptr (GError) error = NULL;
  vqa_graphs *g;

  cr_assert_eq ((int)c->words->len, c->spec.words);
  cr_assert_eq ((int)c->answers->len, c->spec.answers);
  cr_assert_eq (g_hash_table_size (c->index), c->words->len);
  cr_assert (c->temperature > 0 && c->blind_temperature > 0);
  cr_assert (c->spec.side >= 32 && c->spec.side <= 1024);
  g = vqa_graphs_read (&c->spec, f, &error);
  cr_assert_null (g, "a network without weights");
  cr_assert_not_null (error);
}

Test (fuzz_model, damaged_descriptions_are_refused_or_consistent)
{
  mutation m = mutation_start (20240602, 10000);
  guint accepted = 0;

  for (; mutation_next (&m);)
    {
      g_autoptr (GBytes) bytes = make_case (&m.state);
      g_autoptr (GError) error = NULL;
      g_autoptr (nn_file) f = nn_file_open_bytes (bytes, "fuzz", &error);
      g_autoptr (vqa_contents) c = NULL;

      cr_assert_not_null (f, "%s", error != NULL ? error->message : "");
      c = vqa_contents_read (f, &error);
      cr_assert ((c == NULL) == (error != NULL), "case %u", m.cases);
      cr_assert (c != NULL || strstr (error->message, "fuzz") != NULL, "%s", error->message);
      if (c == NULL)
        continue;
      accepted++;
      use (c, f);
    }
  /* Some damage is harmless (a letter of a word); if nothing passes, nothing deep was tested. */
  cr_assert_gt (accepted, m.cases / 20);
  cr_assert_lt (accepted, m.cases / 4 * 3);
#ifndef __SANITIZE_ADDRESS__ /* it keeps what was freed */
  struct rusage usage;
  getrusage (RUSAGE_SELF, &usage);
  cr_assert_lt (usage.ru_maxrss, 500 * 1024);
#endif
}
