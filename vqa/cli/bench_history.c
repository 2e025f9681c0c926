/* regard-cli bench history: how long searching a large history takes. */
#include "vqa/cli/bench.h"
#include "vqa/store/history.h"

#include <glib/gstdio.h>
#include <string.h>

#define ROUNDS      25
#define PAGE        64 /* questions that a screen shows */
#define PER_PICTURE 20

typedef struct
{
  int questions;
  gboolean json;
} history_bench;

/* ---- a history ---------------------------------------------------------------------------- */

static const char *const subjects[]
    = { "dog",   "cat",   "man",   "woman", "car",  "bus", "tree",  "table", "plate",    "pizza",
        "horse", "child", "plane", "train", "bird", "cow", "sheep", "kite",  "surfboard" };
static const char *const kinds[]
    = { "is there a %s?",         "what color is the %s?", "how many are there of the %s?",
        "where is the %s?",       "what is the %s doing?", "is the %s on the left?",
        "what is next to the %s?" };
static const char *const answers[]
    = { "yes",   "no",      "red",   "blue",  "green", "two",   "dog",   "grass",
        "table", "walking", "white", "black", "left",  "right", "water", "sky" };

static const char *
pick (const char *const *from, guint n, guint64 *state)
{
  *state = *state * 6364136223846793005u + 1442695040888963407u;
  return from[(*state >> 33) % n];
}

/* A file such as vqa_store_export() writes. */
static char *
make_history (int n)
{
  GString *text = g_string_new ("{\"format\":\"regard-history\",\"version\":1,\"pictures\":[");
  guint64 state = 1;

  for (int i = 0; i <= n / PER_PICTURE; i++)
    g_string_append_printf (text,
                            "%s{\"hash\":\"%064x\",\"place\":\"/photos/%d.jpg\",\"title\":"
                            "\"%d.jpg\",\"width\":640,\"height\":480,\"opened\":%d,"
                            "\"thumbnail\":null}",
                            i > 0 ? "," : "", (unsigned)i, i, i, i + 1);
  g_string_append (text, "],\"models\":[");
  for (int i = 0; i < 3; i++)
    g_string_append_printf (text,
                            "%s{\"hash\":\"%d\",\"name\":\"model%d\",\"title\":\"\",\"path\":\"\"}",
                            i > 0 ? "," : "", i, i);
  g_string_append (text, "],\"questions\":[");
  for (int i = 0; i < n; i++)
    {
      g_autofree char *place = g_strdup_printf (" (%d)", i % PER_PICTURE);
      g_autoptr (GString) question = g_string_new (pick (kinds, G_N_ELEMENTS (kinds), &state));

      g_string_replace (question, "%s", pick (subjects, G_N_ELEMENTS (subjects), &state), 1);
      g_string_append_printf (
          text,
          "%s{\"picture\":\"%064x\",\"model\":\"%d\",\"question\":\"%s%s\",\"asked\":%" G_GINT64_FORMAT
          ",\"confident\":true,\"milliseconds\":5,\"unknown_words\":[],\"answers\":[{\"answer\":"
          "\"%s\",\"probability\":0.5},{\"answer\":\"%s\",\"probability\":0.1}],\"blind\":[],"
          "\"correction\":%s,\"corrected\":%d,\"pinned\":%s}",
          i > 0 ? "," : "", (unsigned)(i / PER_PICTURE), i % 3, question->str, place,
          G_GINT64_CONSTANT (1700000000000000) + (gint64)i * 1000003,
          pick (answers, G_N_ELEMENTS (answers), &state),
          pick (answers, G_N_ELEMENTS (answers), &state), i % 50 == 0 ? "\"zebra\"" : "null",
          i % 50 == 0 ? 1 : 0, i % 5000 == 0 ? "true" : "false");
    }
  g_string_append (text, "]}");
  return g_string_free (text, FALSE);
}

/* ---- measuring ---------------------------------------------------------------------------- */

typedef struct
{
  const char *name;
  vqa_filter filter;
} query;

static const query queries[] = {
  { "everything", { 0 } },
  { "one letter", { .words = "i" } },
  { "two words", { .words = "is the" } },
  { "rare word", { .words = "surf" } },
  { "answer", { .words = "grass" } },
  { "correction", { .words = "zebra" } },
  { "no such word", { .words = "xylophone" } },
  { "model", { .model = "model1" } },
  { "picture", { .picture = "0000000000000000000000000000000000000000000000000000000000000007" } },
  { "corrected", { .corrected = VQA_CORRECTED_YES } },
  { "not corrected", { .corrected = VQA_CORRECTED_NO } },
  { "words, model, not corrected",
    { .words = "is the", .model = "model1", .corrected = VQA_CORRECTED_NO } },
};

/* Milliseconds of finding and reading the first screen; < 0 on error. */
static double
once (vqa_store *store, const vqa_filter *filter, guint *found, GError **error)
{
  double start = bench_now ();
  g_autoptr (GArray) moments = vqa_store_find (store, filter, error);
  g_autoptr (GPtrArray) page = NULL;

  if (moments == NULL)
    return -1;
  page = vqa_store_entries (store, (const gint64 *)(const void *)moments->data,
                            MIN (moments->len, PAGE), error);
  *found = moments->len;
  return page != NULL ? 1000 * (bench_now () - start) : -1;
}

static gboolean
measure (vqa_store *store, const history_bench *o, JsonBuilder *json, GError **error)
{
  for (guint q = 0; q < G_N_ELEMENTS (queries); q++)
    {
      double times[ROUNDS], median, slow;
      guint found = 0;

      for (int i = 0; i < ROUNDS; i++)
        if ((times[i] = once (store, &queries[q].filter, &found, error)) < 0)
          return FALSE;
      median = bench_quantile (times, ROUNDS, 0.5);
      slow = bench_quantile (times, ROUNDS, 0.95);
      if (!o->json)
        {
          g_print ("%-28s %7u found  %7.2f ms  (95 %%: %.2f ms)\n", queries[q].name, found, median,
                   slow);
          continue;
        }
      json_builder_set_member_name (json, queries[q].name);
      json_builder_begin_object (json);
      cli_json_integer (json, "found", found);
      cli_json_number (json, "median_ms", median, 3);
      cli_json_number (json, "p95_ms", slow, 3);
      json_builder_end_object (json);
    }
  return TRUE;
}

static int
run (const history_bench *o, const char *path)
{
  GError *error = NULL;
  g_autoptr (vqa_store) store = vqa_store_open (path, NULL, &error);
  g_autoptr (JsonBuilder) json = json_builder_new ();
  g_autofree char *text = make_history (o->questions);
  vqa_imported n;
  double start = bench_now ();

  if (store == NULL || !vqa_store_import (store, "bench", text, strlen (text), &n, &error))
    return cli_fail (error);
  json_builder_begin_object (json);
  cli_json_integer (json, "questions", n.questions);
  cli_json_number (json, "import_seconds", bench_now () - start, 3);
  if (!o->json)
    g_print ("%u questions, imported in %.1f s; each query finds all and reads the first %d:\n",
             n.questions, bench_now () - start, PAGE);
  if (!measure (store, o, json, &error))
    return cli_fail (error);
  json_builder_end_object (json);
  return o->json ? cli_print_json (json) : cli_finish ();
}

int
bench_history (char **argv)
{
  static const char *const leftovers[] = { "library.db", "library.db-wal", "library.db-shm" };
  history_bench o = { .questions = 100000 };
  g_auto (GStrv) operands = NULL;
  g_autofree char *folder = NULL, *path = NULL;
  GError *error = NULL;
  const GOptionEntry entries[] = {
    { "questions", 'n', 0, G_OPTION_ARG_INT, &o.questions,
      "Questions in the history (default: 100000)", "N" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &o.json, "Print one line of JSON", NULL },
    G_OPTION_ENTRY_NULL,
  };
  const cli_syntax syntax = { "", 0, 0,
                              "Measures searching a history of made-up questions, in a library of "
                              "its own that is deleted afterwards.",
                              entries };
  int status = cli_parse (&syntax, argv, &operands);

  if (status >= 0)
    return status;
  if (o.questions < 1 || o.questions > 1000000)
    return cli_usage (argv[0], "--questions needs a number from 1 to 1000000");
  folder = g_dir_make_tmp ("regard-bench-XXXXXX", &error);
  if (folder == NULL)
    return cli_fail (error);
  path = g_build_filename (folder, "library.db", NULL);
  status = run (&o, path);
  for (guint i = 0; i < G_N_ELEMENTS (leftovers); i++)
    {
      g_autofree char *file = g_build_filename (folder, leftovers[i], NULL);

      g_remove (file);
    }
  g_rmdir (folder);
  return status;
}
