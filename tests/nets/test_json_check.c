/* What the JSON check lets through and what it refuses, and where it says the fault is. */
#include "nets/core/safetensors.h"

#include <criterion/criterion.h>
#include <string.h>

/* Copies the text to a block of exactly its size, so that a sanitizer sees any step past its end.
 */
static gboolean
check (const char *text, gsize length, int depth, GError **error)
{
  g_autofree char *exact = g_malloc (MAX (length, 1));

  memcpy (exact, text, length);
  return nn_json_check (exact, length, depth, error);
}

Test (json_check, accepts_json)
{
  static const char *const good[] = {
    "0",
    " -0.5e+10 ",
    "1E9",
    "\"\"",
    "true",
    "[false, null]",
    "\t{ }\r\n",
    "[]",
    "[[],[[]],{}]",
    "{\"a\":1,\"b\":{\"a\":1},\"c\":[{\"a\":1},{\"a\":1}]}",
    "{\"\":1,\" \":2}",
    "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\uDE00\"]",
    "[\"\x7f\u00e9\U0001f600\"]",
    "[18446744073709551616]",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (GError) error = NULL;
      cr_assert (check (good[i], strlen (good[i]), 4, &error), "%s: %s", good[i],
                 error != NULL ? error->message : "");
      cr_assert_null (error);
    }
}

Test (json_check, names_the_fault_and_its_place)
{
  static const struct
  {
    const char *text, *says;
  } cases[] = {
    { "", "line 1, column 1: the text is empty" },
    { " \n ", "line 2, column 2: the text ends where a value" },
    { "{\"a\": 1,\n \"b\": [1, 2, x]}", "line 2, column 14 (b[2]): found 'x' where a value" },
    { "{\"\u00e9\u00e9\": x}", "line 1, column 8 (\u00e9\u00e9): found 'x'" },
    { "[{\"a\":[0,[tru]]}]", "([0].a[1][0])" },
    { "[1,]", "found ']' where a value" },
    { "[1 2]", "found '2' where ',' or ']'" },
    { "[1", "the text ends where ',' or ']'" },
    { "[1}", "found '}' where ',' or ']'" },
    { "{\"a\":1]", "found ']' where ',' or '}'" },
    { "{\"a\"}", "found '}' where ':'" },
    { "{\"a\":}", "found '}' where a value" },
    { "{\"a\":1,}", "found '}' where a key" },
    { "{1:1}", "found '1' where a key" },
    { "{'a':1}", "where a key in double quotes" },
    { "{", "the text ends where a key" },
    { "1 1", "column 3: something follows" },
    { "{}{}", "column 3: something follows" },
    { "[1] // end", "something follows" },
    { "01", "begins with 0" },
    { "-", "the text ends where a digit" },
    { "+1", "found '+' where a value" },
    { ".5", "found '.' where a value" },
    { "1.", "where a digit" },
    { "1e", "where a digit" },
    { "1e+", "where a digit" },
    { "NaN", "found 'N'" },
    { "-Infinity", "found 'I' where a digit" },
    { "nul", "found 'n'" },
    { "\"a", "column 1: the string that begins here does not end" },
    { "\"\\", "inside a string" },
    { "\"\\\"", "does not end" },
    { "\"\\x41\"", "a backslash" },
    { "\"\\u12g4\"", "four hexadecimal digits" },
    { "\"\\u12", "four hexadecimal digits" },
    { "\"\\ud83d\"", "surrogate" },
    { "\"\\ud83d\\u0041\"", "surrogate" },
    { "\"\\ud83d\\n\"", "surrogate" },
    { "\"\\ude00\"", "surrogate" },
    { "\"\\u0000\"", "\\u0000 is not accepted" },
    { "\"a\nb\"", "column 3: a control character" },
    { "\"a\tb\"", "a control character" },
    { "\"\x80\"", "column 2: this is not UTF-8" },
    { "\"\xed\xa0\x80\"", "not UTF-8" },
    { "\"\xc0\x80\"", "not UTF-8" },
    { "\xEF\xBB\xBF{}", "byte order mark" },
    { "{\"a\":1,\"a\":2}", "column 8: the key 'a' appears a second time" },
    { "{\"a\":1,\"\\u0061\":2}", "the key '\\u0061' appears a second time" },
    { "{\"\\ud83d\\ude00\":1,\"\U0001f600\":2}", "appears a second time" },
    { "{\"\\/\":1,\"/\":2}", "appears a second time" },
    { "{\"\":1,\"\":2}", "the key '' appears a second time" },
    { "{\"q\":[{\"b\":1,\"a\":[0],\"b\":2}]}", "(q[0]): the key 'b'" },
    { "[[[[[]]]]]", "column 5 ([0][0][0][0]): nested more than 4 deep" },
    { "{\"a\":[{\"b\":[[1]]}]}", "nested more than 4 deep" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      cr_assert_not (check (cases[i].text, strlen (cases[i].text), 4, &error), "%s was accepted",
                     cases[i].text);
      cr_assert (g_error_matches (error, NN_ERROR, NN_ERROR_FILE));
      cr_assert_not_null (strstr (error->message, cases[i].says), "%s\n gave: %s\n not: %s",
                          cases[i].text, error->message, cases[i].says);
      cr_assert_not (check (cases[i].text, strlen (cases[i].text), 4, NULL));
    }
}

Test (json_check, refuses_zero_bytes)
{
  g_autoptr (GError) error = NULL;

  cr_assert_not (check ("[1]\0", 4, 4, &error));
  cr_assert_not_null (strstr (error->message, "not UTF-8"), "%s", error->message);
}

Test (json_check, no_depth_exhausts_the_stack)
{
  const int deep = 3000000;
  g_autofree char *open = g_strnfill (deep, '['), *close = g_strnfill (deep, ']');
  g_autofree char *text = g_strconcat (open, close, NULL);
  g_autoptr (GError) error = NULL;

  cr_assert (check (text, 2 * (gsize)deep, deep, &error));
  cr_assert_not (check (text, 2 * (gsize)deep - 1, deep, &error));
  cr_assert_lt (strlen (error->message), 300, "a long way is shortened: %s", error->message);
}

/* Objects of more keys than are compared one with another. */
Test (json_check, finds_duplicates_among_many_keys)
{
  for (int duplicate = 0; duplicate < 2; duplicate++)
    {
      g_autoptr (GString) text = g_string_new ("{\"inner\":{\"k7\":0,\"k8\":0}");
      g_autoptr (GError) error = NULL;
      for (int i = 0; i < 20000; i++)
        g_string_append_printf (text, ",\n\"k%d\":%d", i, i);
      g_string_append (text, duplicate ? ",\n\"k1234\\u0035\":0}" : "}");
      cr_assert_eq (check (text->str, text->len, 4, &error), !duplicate);
      if (duplicate)
        cr_assert (g_str_has_prefix (error->message, "line 20002, column 1: the key 'k1234"), "%s",
                   error->message);
    }
}
