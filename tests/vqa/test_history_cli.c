/* regard-cli history, on a library that a test filled. */
#include "tests/vqa/draw.h"
#include "tests/vqa/past.h"
#include "tests/vqa/toy.h"

#include <criterion/criterion.h>
#include <json-glib/json-glib.h>
#include <string.h>

static char *folder;

static void
set_up (void)
{
  g_autofree char *path = NULL;
  g_autoptr (vqa_store) store = NULL;
  gint64 cat, dog;

  folder = toy_folder ();
  path = g_build_filename (folder, "data", "regard", "library.db", NULL);
  store = vqa_store_open (path, NULL, NULL);
  cr_assert (store);
  cat = past_picture (store, 'a', "cat.jpg");
  dog = past_picture (store, 'b', "dog.jpg");
  past_ask (store, cat, "photos", "is it a cat?", "yes|no");
  past_ask (store, cat, "scenes", "what color is it?", "red");
  past_ask (store, dog, "photos", "is it a dog?", "yes");
}

static void
tear_down (void)
{
  toy_remove (folder);
}

TestSuite (history_cli, .init = set_up, .fini = tear_down);

static JsonObject *
expect_json (const toy_run *r, JsonNode **node)
{
  gsize length = strlen (r->out);

  cr_assert_eq (r->status, 0, "status %d: %s", r->status, r->err);
  cr_assert (length > 1 && strchr (r->out, '\n') == r->out + length - 1, "not one line: %s",
             r->out);
  *node = json_from_string (r->out, NULL);
  cr_assert_not_null (*node);
  return json_node_get_object (*node);
}

/* How many questions `history ARGUMENT...` finds. */
#define FOUND(...)                                                                                 \
  ({                                                                                               \
    g_auto (toy_run) run_ = toy_cli (folder, "history", __VA_ARGS__, "--json", NULL);              \
    g_autoptr (JsonNode) node_ = NULL;                                                             \
    json_object_get_int_member (expect_json (&run_, &node_), "count");                             \
  })

Test (history_cli, lists_and_searches)
{
  g_auto (toy_run) r = toy_cli (folder, "history", "search", "is cat", "--json", NULL);
  g_auto (toy_run) text = toy_cli (folder, "history", "--limit", "1", NULL);
  g_autoptr (JsonNode) node = NULL;
  JsonObject *told = expect_json (&r, &node), *q;

  cr_assert_eq (json_object_get_int_member (told, "count"), 1);
  q = json_array_get_object_element (json_object_get_array_member (told, "questions"), 0);
  cr_assert_eq (json_object_get_int_member (q, "id"), 1);
  cr_assert_str_eq (json_object_get_string_member (q, "question"), "is it a cat?");
  cr_assert_str_eq (json_object_get_string_member (q, "picture"), "cat.jpg");
  cr_assert (json_object_get_null_member (q, "correction"));
  cr_assert (strstr (text.out, "is it a dog?") && !strstr (text.out, "is it a cat?"), "%s",
             text.out);
  cr_assert (strstr (text.err, "1 of 3"), "%s", text.err);

  cr_expect_eq (FOUND ("list"), 3);
  cr_expect_eq (FOUND ("--model", "photos"), 2);
  cr_expect_eq (FOUND ("--picture", "aaaa"), 2);
  cr_expect_eq (FOUND ("--search", "red", "--model", "photos"), 0);
  cr_expect_eq (FOUND ("search", "\"it* OR '"), 0);
}

/* A question about a part says so wherever it is told. */
Test (history_cli, tells_parts)
{
  g_autoptr (vqa_store) store = NULL;
  g_autofree char *path = g_build_filename (folder, "data", "regard", "library.db", NULL);
  g_auto (toy_run) list = { 0 };
  g_auto (toy_run) shown = { 0 };
  g_auto (toy_run) json = { 0 };

  store = vqa_store_open (path, NULL, NULL);
  past_ask_part (store, 1, "photos", "is it a cat?", "1,2,30,40", "no");
  list = toy_cli (folder, "history", "--search", "cat", NULL);
  shown = toy_cli (folder, "history", "show", "4", NULL);
  json = toy_cli (folder, "history", "--search", "cat", "--json", NULL);
  cr_expect (strstr (list.out, "cat.jpg at 1,2,30,40: is it a cat?"), "%s", list.out);
  cr_expect (strstr (list.out, "cat.jpg: is it a cat?"), "%s", list.out);
  cr_expect (strstr (shown.out, "Part:    1,2,30,40\n"), "%s", shown.out);
  cr_expect (strstr (json.out, "\"part\":\"1,2,30,40\""), "%s", json.out);
}

Test (history_cli, corrects_pins_and_deletes)
{
  g_auto (toy_run) correct = toy_cli (folder, "history", "correct", "2", "dark red", NULL);
  g_auto (toy_run) pin = toy_cli (folder, "history", "pin", "1", NULL);
  g_auto (toy_run) first = toy_cli (folder, "history", "--limit", "1", NULL);
  g_auto (toy_run) shown = toy_cli (folder, "history", "show", "2", NULL);
  g_auto (toy_run) gone = toy_cli (folder, "history", "delete", "1", "3", "--json", NULL);
  g_auto (toy_run) none = toy_cli (folder, "history", "delete", "1", NULL);
  g_autoptr (JsonNode) node = NULL;

  cr_assert_eq (correct.status, 0, "%s", correct.err);
  cr_assert_eq (pin.status, 0, "%s", pin.err);
  cr_expect (strstr (first.out, "is it a cat?"), "%s", first.out);
  cr_expect (strstr (shown.out, "Right answer: dark red"), "%s", shown.out);
  cr_expect_eq (json_object_get_int_member (expect_json (&gone, &node), "deleted"), 2);
  cr_expect_eq (none.status, 1);
  cr_expect (strstr (none.err, "there is no question"), "%s", none.err);
  cr_expect_eq (FOUND ("--corrected", "yes"), 1);
  cr_expect_eq (FOUND ("--corrected", "no"), 0);
}

Test (history_cli, exports_clears_and_imports)
{
  g_auto (toy_run) to_file = toy_cli (folder, "history", "export", "all.json", NULL);
  g_auto (toy_run) csv
      = toy_cli (folder, "history", "export", "-", "--format", "csv", "--model", "scenes", NULL);
  g_auto (toy_run) kept = toy_cli (folder, "history", "clear", NULL);
  g_auto (toy_run) cleared = toy_cli (folder, "history", "clear", "--yes", NULL);

  cr_assert_eq (to_file.status, 0, "%s", to_file.err);
  cr_expect (strstr (csv.out, "what color is it?,,red,") && !strstr (csv.out, "dog"), "%s",
             csv.out);
  cr_expect_eq (kept.status, 2);
  cr_assert_eq (cleared.status, 0, "%s", cleared.err);
  cr_expect_eq (FOUND ("list"), 0);
  for (int i = 0; i < 2; i++)
    {
      g_auto (toy_run) import = toy_cli (folder, "history", "import", "all.json", "--json", NULL);
      g_autoptr (JsonNode) node = NULL;
      JsonObject *n = expect_json (&import, &node);

      cr_expect_eq (json_object_get_int_member (n, "questions"), i == 0 ? 3 : 0);
      cr_expect_eq (json_object_get_int_member (n, "known"), i == 0 ? 0 : 3);
    }
  cr_expect_eq (FOUND ("list"), 3);
}

Test (history_cli, says_what_is_wrong)
{
  static const struct
  {
    const char *one, *two, *three;
    int status;
    const char *says;
  } cases[] = {
    { "dance", NULL, NULL, 2, "dance" },
    { "search", NULL, NULL, 2, "words" },
    { "correct", "1", NULL, 2, "right answer" },
    { "show", "seven", NULL, 1, "seven" },
    { "--corrected", "perhaps", NULL, 2, "perhaps" },
    { "--limit", "0", NULL, 2, "--limit" },
    { "export", "all.txt", NULL, 2, "--format" },
    { "export", "no/where.json", NULL, 1, "folder" },
    { "import", "missing.json", NULL, 1, "missing.json" },
    { "import", "photo.png", NULL, 1, "photo.png" },
    { "correct", "99", "x", 1, "99" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (toy_run) r
          = toy_cli (folder, "history", cases[i].one, cases[i].two, cases[i].three, NULL);

      cr_expect_eq (r.status, cases[i].status, "%s: status %d", cases[i].one, r.status);
      cr_expect (strstr (r.err, cases[i].says), "%s: %s", cases[i].one, r.err);
    }
}

Test (history_cli, the_bench_leaves_nothing_behind)
{
  g_auto (toy_run) r = toy_cli (folder, "bench", "history", "--questions", "50", "--json", NULL);
  g_autoptr (JsonNode) node = NULL;
  JsonObject *told = expect_json (&r, &node), *all;

  cr_assert_eq (json_object_get_int_member (told, "questions"), 50);
  all = json_object_get_object_member (told, "everything");
  cr_assert_eq (json_object_get_int_member (all, "found"), 50);
  cr_assert_eq (FOUND ("list"), 3, "the person's own library is not touched");
}
