/* Damaged JSON: the check never crashes, and what it accepts json-glib can load. */
#include "nets/core/safetensors.h"
#include "tests/fuzz/mutate.h"

#include <criterion/criterion.h>
#include <json-glib/json-glib.h>
#include <string.h>

static const char text[]
    = "{\"questions\": [{\"image_id\": 458752000, \"question\": \"What is this? \\u00e9\\ud83d\\ude00\","
      " \"question_id\": -1.5e+3}, {}, [], [true, false, null]],\n \"info\": {\"a\": {\"b\": [[0]]}},"
      " \"licence\": \"\\\"\\\\\\/\\b\\f\\n\\r\\t\u00e9\"}";

static const char *const words[] = {
  "{",        "}",
  "[",        "]",
  "\"",       ":",
  ",",        "\\",
  "\\u",      "\\u0000",
  "\\u0061",  "\\ud83d",
  "\\udc00",  "-",
  "0",        "1e",
  "1.",       "null",
  "true",     "//",
  "/*",       "\xef\xbb\xbf",
  "\"a\":1,", "\"info\":{},",
  "[[[[",     "{\"a\":",
  "\xff",     "\xc3",
  "\n",       "NaN",
};

Test (fuzz_json, damaged_json_is_refused_or_loads)
{
  mutation m = mutation_start (7, 20000);
  guint accepted = 0;

  for (; mutation_next (&m);)
    {
      g_autoptr (GByteArray) damaged
          = mutate (&m.state, (const guint8 *)text, sizeof text - 1, words, G_N_ELEMENTS (words));
      g_autofree char *exact = g_malloc (damaged->len + 1);
      g_autoptr (GError) error = NULL;
      g_autoptr (JsonParser) parser = NULL;

      /* At the end of the block, so that a sanitizer sees any step past the end of the text. */
      if (damaged->len > 0)
        memcpy (exact + 1, damaged->data, damaged->len);
      cr_assert_eq (nn_json_check (exact + 1, damaged->len, 8, &error), error == NULL);
      if (error != NULL)
        {
          cr_assert (g_utf8_validate (error->message, -1, NULL));
          continue;
        }
      accepted++;
      parser = json_parser_new ();
      cr_assert (json_parser_load_from_data (parser, exact + 1, (gssize)damaged->len, &error),
                 "case %u: json-glib says %s", m.cases, error != NULL ? error->message : "");
    }
  cr_assert_gt (accepted, m.cases / 40);
  cr_assert_lt (accepted, m.cases / 4 * 3);
}
