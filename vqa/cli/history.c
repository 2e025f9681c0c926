/* regard-cli history: what was asked in the window, to find, correct, export and delete. */
#include "vqa/cli/cli.h"
#include "vqa/store/history.h"

#include <gio/gunixoutputstream.h>
#include <stdlib.h>
#include <string.h>

typedef struct
{
  gboolean json, pinned, yes;
  int limit;
  char *words, *picture, *model, *corrected, *format;
  char *hash; /* of the picture that --picture names */
  vqa_filter filter;
} history_options;

/* ---- telling ----------------------------------------------------------------------------- */

static void
add_entry (JsonBuilder *json, const vqa_entry *e)
{
  const vqa_store_question *q = e->question;
  g_autofree char *part = vqa_region_text (&q->part);

  json_builder_begin_object (json);
  cli_json_integer (json, "id", q->id);
  cli_json_number (json, "asked", (double)q->asked / G_USEC_PER_SEC, 3);
  cli_json_text (json, "question", q->text);
  if (q->part.width > 0)
    cli_json_text (json, "part", part);
  cli_json_answers (json, "answers", q->reply->answers, q->reply->n_answers);
  cli_json_answers (json, "blind", q->reply->blind, q->reply->n_blind);
  json_builder_set_member_name (json, "confident");
  json_builder_add_boolean_value (json, q->reply->confident);
  cli_json_text (json, "correction", q->correction);
  json_builder_set_member_name (json, "pinned");
  json_builder_add_boolean_value (json, q->pinned);
  cli_json_text (json, "model", q->model_name);
  cli_json_text (json, "model_hash", q->model_hash);
  cli_json_text (json, "picture", e->picture->title);
  cli_json_text (json, "place", e->picture->place);
  cli_json_text (json, "picture_hash", e->picture->hash);
  json_builder_end_object (json);
}

static char *
time_text (gint64 microseconds)
{
  g_autoptr (GDateTime) t = g_date_time_new_from_unix_local (microseconds / G_USEC_PER_SEC);

  return t != NULL ? g_date_time_format (t, "%Y-%m-%d %H:%M") : g_strdup ("-");
}

static void
print_entry (const vqa_entry *e)
{
  const vqa_store_question *q = e->question;
  const vqa_reply *r = q->reply;
  g_autofree char *asked = time_text (q->asked), *part = vqa_region_text (&q->part);

  g_print ("%6" G_GINT64_FORMAT " %s %s  %s%s%s: %s  %s", q->id, q->pinned ? "*" : " ", asked,
           e->picture->title, *part ? " at " : "", part, q->text,
           r->n_answers > 0 ? r->answers[0].answer : "-");
  if (r->n_answers > 0)
    g_print (" (%.1f %%)", 100 * r->answers[0].probability);
  if (q->correction != NULL)
    g_print (", right: %s", q->correction);
  g_print ("\n");
}

static void
print_answers (const char *title, const vqa_answer *answers, guint n)
{
  if (n > 0)
    g_print ("%s\n", title);
  for (guint i = 0; i < n; i++)
    g_print ("  %5.1f %%  %s\n", 100 * answers[i].probability, answers[i].answer);
}

static void
print_all (const vqa_entry *e)
{
  const vqa_store_question *q = e->question;
  g_autofree char *asked = time_text (q->asked), *part = vqa_region_text (&q->part);

  g_print ("%s\n", q->text);
  if (q->part.width > 0)
    g_print ("Part:    %s\n", part);
  print_answers (q->reply->confident ? "Answers:" : "Not sure. The best guesses:",
                 q->reply->answers, q->reply->n_answers);
  print_answers ("Without looking:", q->reply->blind, q->reply->n_blind);
  if (q->correction != NULL)
    g_print ("Right answer: %s\n", q->correction);
  g_print ("Asked:   %s%s\nPicture: %s (%d x %d), %s\n         %s\nModel:   %s, %s\n", asked,
           q->pinned ? ", pinned" : "", e->picture->title, e->picture->width, e->picture->height,
           e->picture->hash, e->picture->place, q->model_name, q->model_hash);
}

/* ---- finding ----------------------------------------------------------------------------- */

static int
list (vqa_store *store, const history_options *o)
{
  GError *error = NULL;
  g_autoptr (GArray) moments = vqa_store_find (store, &o->filter, &error);
  g_autoptr (GPtrArray) entries = NULL;
  g_autoptr (JsonBuilder) json = json_builder_new ();

  if (moments != NULL)
    entries = vqa_store_entries (store, (const gint64 *)(const void *)moments->data,
                                 MIN (moments->len, (guint)o->limit), &error);
  if (entries == NULL)
    return cli_fail (error);
  if (!o->json)
    {
      for (guint i = 0; i < entries->len; i++)
        print_entry (entries->pdata[i]);
      if (moments->len == 0)
        g_printerr ("Nothing in the history.\n");
      else if (entries->len < moments->len)
        g_printerr ("%u of %u questions; --limit shows more.\n", entries->len, moments->len);
      return cli_finish ();
    }
  json_builder_begin_object (json);
  cli_json_integer (json, "count", moments->len);
  json_builder_set_member_name (json, "questions");
  json_builder_begin_array (json);
  for (guint i = 0; i < entries->len; i++)
    add_entry (json, entries->pdata[i]);
  json_builder_end_array (json);
  json_builder_end_object (json);
  return cli_print_json (json);
}

/* The moments of the questions that are numbered in `ids`; NULL after an error was printed. */
static GArray *
moments_of (vqa_store *store, char **ids)
{
  g_autoptr (GArray) moments = g_array_new (FALSE, FALSE, sizeof (gint64));

  for (char **id = ids; *id != NULL; id++)
    {
      GError *error = NULL;
      char *end;
      gint64 number = g_ascii_strtoll (*id, &end, 10);
      gint64 moment
          = end != *id && *end == '\0' && number > 0 ? vqa_store_moment (store, number, &error) : 0;

      if (moment == 0)
        {
          if (error != NULL)
            cli_fail (error);
          else
            g_printerr ("regard-cli: there is no question “%s”; regard-cli history lists them\n",
                        *id);
          return NULL;
        }
      g_array_append_val (moments, moment);
    }
  return g_steal_pointer (&moments);
}

static int
show (vqa_store *store, const history_options *o, char **ids)
{
  GError *error = NULL;
  g_autoptr (GArray) moments = moments_of (store, ids);
  g_autoptr (GPtrArray) entries = NULL;

  if (moments == NULL)
    return CLI_FAILED;
  entries = vqa_store_entries (store, (const gint64 *)(const void *)moments->data, moments->len,
                               &error);
  if (entries == NULL)
    return cli_fail (error);
  for (guint i = 0; i < entries->len; i++)
    if (o->json)
      {
        g_autoptr (JsonBuilder) json = json_builder_new ();
        add_entry (json, entries->pdata[i]);
        return cli_print_json (json);
      }
    else
      print_all (entries->pdata[i]);
  return cli_finish ();
}

/* ---- changing ---------------------------------------------------------------------------- */

/* Says what was done, to people on standard error, to programs as {"NAME":N}. */
static int
told (const history_options *o, const char *name, gint64 n)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();

  if (!o->json)
    {
      g_printerr ("%s: %" G_GINT64_FORMAT "\n", name, n);
      return cli_finish ();
    }
  json_builder_begin_object (json);
  cli_json_integer (json, name, n);
  json_builder_end_object (json);
  return cli_print_json (json);
}

static int
change (vqa_store *store, const history_options *o, const char *verb, char **ids)
{
  GError *error = NULL;
  g_autoptr (GArray) moments = moments_of (store, ids);
  g_autoptr (GPtrArray) taken = NULL;
  const gint64 *list_of = moments != NULL ? (const gint64 *)(const void *)moments->data : NULL;

  if (moments == NULL)
    return CLI_FAILED;
  if (strcmp (verb, "delete") == 0)
    {
      taken = vqa_store_take (store, list_of, moments->len, &error);
      return taken != NULL ? told (o, "deleted", taken->len) : cli_fail (error);
    }
  if (!vqa_store_pin (store, list_of, moments->len, strcmp (verb, "pin") == 0, &error))
    return cli_fail (error);
  return told (o, strcmp (verb, "pin") == 0 ? "pinned" : "unpinned", moments->len);
}

static int
correct (vqa_store *store, const history_options *o, char **operands)
{
  GError *error = NULL;
  char *id[] = { operands[0], NULL };
  g_autoptr (GArray) moments = moments_of (store, id);

  if (moments == NULL)
    return CLI_FAILED;
  if (!vqa_store_correct (store, g_array_index (moments, gint64, 0), operands[1], &error))
    return cli_fail (error);
  return told (o, "corrected", 1);
}

static int
clear (vqa_store *store, const history_options *o)
{
  GError *error = NULL;

  if (!o->yes)
    return cli_usage ("history", "this deletes every picture, question and correction, and cannot "
                                 "be undone; add --yes to do it");
  return vqa_store_clear (store, &error) ? told (o, "cleared", 1) : cli_fail (error);
}

/* ---- exchange ---------------------------------------------------------------------------- */

static int
export_lessons (vqa_store *store, const history_options *o, const GArray *moments,
                const char *folder)
{
  GError *error = NULL;
  vqa_lessons done;

  if (!vqa_store_export_lessons (store, (const gint64 *)(const void *)moments->data, moments->len,
                                 folder, &done, &error))
    return cli_fail (error);
  if (done.missing > 0)
    g_printerr ("Left out: %u questions whose picture is not where it was; open it in Regard "
                "again.\n",
                done.missing);
  if (done.parts > 0)
    g_printerr (
        "Left out: %u questions about a part of a picture, which this layout cannot tell.\n",
        done.parts);
  return told (o, "questions", done.questions);
}

/* The format that was asked for, or that the file's ending says. */
static gboolean
find_format (const history_options *o, const char *path, vqa_export_format *format)
{
  const char *dot = strrchr (path, '.');

  return vqa_export_format_parse (o->format != NULL ? o->format
                                  : dot != NULL     ? dot + 1
                                                    : "",
                                  format);
}

static gboolean
export_to (vqa_store *store, const gint64 *moments, guint n, vqa_export_format format,
           const char *path, GError **error)
{
  g_autoptr (GOutputStream) standard = NULL;
  g_autoptr (GFile) file = NULL;

  if (strcmp (path, "-") == 0)
    {
      standard = g_unix_output_stream_new (1, FALSE);
      return vqa_store_export (store, moments, n, format, standard, NULL, error)
             && g_output_stream_close (standard, NULL, error);
    }
  if (!cli_check_output (path, error))
    return FALSE;
  file = g_file_new_for_path (path);
  return vqa_store_export_file (store, moments, n, format, file, error);
}

static int export(vqa_store *store, const history_options *o, const char *path)
{
  const vqa_filter *f = &o->filter;
  gboolean all = f->words == NULL && f->picture == NULL && f->model == NULL && !f->pinned
                 && f->corrected == VQA_CORRECTED_ANY;
  GError *error = NULL;
  vqa_export_format format;
  g_autoptr (GArray) moments = NULL;

  if (g_strcmp0 (o->format, "vqa2") != 0 && !find_format (o, path, &format))
    return cli_usage ("history", "name the format with --format: json, csv, markdown or vqa2");
  moments = vqa_store_find (store, f, &error);
  if (moments == NULL)
    return cli_fail (error);
  if (g_strcmp0 (o->format, "vqa2") == 0)
    return export_lessons (store, o, moments, path);
  if (!export_to (store, all ? NULL : (const gint64 *)(const void *)moments->data, moments->len,
                  format, path, &error))
    return cli_fail (error);
  return strcmp (path, "-") == 0 ? CLI_DONE : told (o, "exported", moments->len);
}

static int
import (vqa_store *store, const history_options *o, const char *path)
{
  GError *error = NULL;
  vqa_imported n;
  g_autoptr (JsonBuilder) json = json_builder_new ();

  if (!vqa_store_import_file (store, path, &n, &error))
    return cli_fail (error);
  if (!o->json)
    {
      g_printerr (
          "Added: %u questions, %u pictures, %u corrections. Known already: %u questions.\n",
          n.questions, n.pictures, n.corrections, n.known);
      return cli_finish ();
    }
  json_builder_begin_object (json);
  cli_json_integer (json, "questions", n.questions);
  cli_json_integer (json, "pictures", n.pictures);
  cli_json_integer (json, "corrections", n.corrections);
  cli_json_integer (json, "known", n.known);
  json_builder_end_object (json);
  return cli_print_json (json);
}

/* ---- arguments --------------------------------------------------------------------------- */

static const struct
{
  const char *verb;
  int fewest, most; /* operands after it */
  const char *needs;
} verbs[] = {
  { "list", 0, 0, "nothing" },
  { "search", 1, 1, "the words, in quotes when there are several" },
  { "show", 1, 1, "the question's number" },
  { "correct", 2, 2, "the question's number and the right answer (\"\" takes it back)" },
  { "pin", 1, G_MAXINT, "numbers of questions" },
  { "unpin", 1, G_MAXINT, "numbers of questions" },
  { "delete", 1, G_MAXINT, "numbers of questions" },
  { "export", 1, 1, "a file, - for standard output" },
  { "import", 1, 1, "a file that history export wrote as JSON" },
  { "clear", 0, 0, "nothing" },
};

/* Are these words a command? Prints what is wrong. */
static int
check (char **operands)
{
  int n = (int)g_strv_length (operands) - 1;

  if (operands[0] == NULL)
    return -1;
  for (guint i = 0; i < G_N_ELEMENTS (verbs); i++)
    if (strcmp (operands[0], verbs[i].verb) == 0)
      return n >= verbs[i].fewest && n <= verbs[i].most
                 ? -1
                 : cli_usage ("history", "%s needs %s", verbs[i].verb, verbs[i].needs);
  return cli_usage ("history",
                    "“%s” is not list, search, show, correct, pin, unpin, delete, export, import "
                    "or clear",
                    operands[0]);
}

/* Fills the filter from the options. */
static int
prepare (history_options *o, char **operands)
{
  GError *error = NULL;
  vqa_filter *f = &o->filter;

  if (o->limit < 1)
    return cli_usage ("history", "--limit needs a number of at least 1");
  f->words = operands[0] != NULL && strcmp (operands[0], "search") == 0 ? operands[1] : o->words;
  f->model = o->model;
  f->pinned = o->pinned;
  if (g_strcmp0 (o->corrected, "yes") == 0)
    f->corrected = VQA_CORRECTED_YES;
  else if (g_strcmp0 (o->corrected, "no") == 0)
    f->corrected = VQA_CORRECTED_NO;
  else if (o->corrected != NULL)
    return cli_usage ("history", "--corrected is yes or no, not “%s”", o->corrected);
  if (o->picture != NULL && g_file_test (o->picture, G_FILE_TEST_EXISTS))
    {
      g_autofree char *bytes = NULL;
      gsize length;

      if (!g_file_get_contents (o->picture, &bytes, &length, &error))
        return cli_fail (error);
      o->hash = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *)bytes, length);
    }
  f->picture = o->hash != NULL ? o->hash : o->picture;
  return -1;
}

static int
act (const history_options *o, char **operands)
{
  g_autofree char *path = vqa_store_default_path (), *notice = NULL;
  const char *verb = operands[0] != NULL ? operands[0] : "list";
  GError *error = NULL;
  g_autoptr (vqa_store) store = vqa_store_open (path, &notice, &error);

  if (notice != NULL)
    g_printerr ("%s\n", notice);
  if (store == NULL)
    return cli_fail (error);
  if (strcmp (verb, "list") == 0 || strcmp (verb, "search") == 0)
    return list (store, o);
  if (strcmp (verb, "show") == 0)
    return show (store, o, operands + 1);
  if (strcmp (verb, "correct") == 0)
    return correct (store, o, operands + 1);
  if (strcmp (verb, "export") == 0)
    return export(store, o, operands[1]);
  if (strcmp (verb, "import") == 0)
    return import (store, o, operands[1]);
  if (strcmp (verb, "clear") == 0)
    return clear (store, o);
  return change (store, o, verb, operands + 1);
}

int
cli_history (char **argv)
{
  history_options o = { .limit = 50 };
  g_auto (GStrv) operands = NULL;
  const GOptionEntry entries[] = {
    { "search", 's', 0, G_OPTION_ARG_STRING, &o.words,
      "Only with these words, or words that begin so, in question, answers and correction",
      "WORDS" },
    { "picture", 'p', 0, G_OPTION_ARG_FILENAME, &o.picture,
      "Only of this picture, wherever it was then", "FILE|HASH" },
    { "model", 'm', 0, G_OPTION_ARG_STRING, &o.model, "Only answered by this model", "NAME|HASH" },
    { "corrected", 0, 0, G_OPTION_ARG_STRING, &o.corrected, "Only corrected ones, or only others",
      "yes|no" },
    { "pinned", 0, 0, G_OPTION_ARG_NONE, &o.pinned, "Only pinned ones", NULL },
    { "limit", 'n', 0, G_OPTION_ARG_INT, &o.limit, "How many to list (default: 50)", "N" },
    { "format", 'f', 0, G_OPTION_ARG_STRING, &o.format,
      "With export: json, csv or markdown (default: by the file's ending); vqa2 makes a folder of "
      "the corrections to train with",
      "FORMAT" },
    { "yes", 0, 0, G_OPTION_ARG_NONE, &o.yes, "With clear: do it", NULL },
    { "json", 0, 0, G_OPTION_ARG_NONE, &o.json, "Print one line of JSON", NULL },
    G_OPTION_ENTRY_NULL,
  };
  const cli_syntax syntax = {
    "[list | search WORDS | show ID | correct ID ANSWER | pin ID... | unpin ID... | delete ID... | "
    "export FILE | import FILE | clear]",
    0, G_MAXINT,
    "What was asked in the window: lists and searches it, tells all about one question, records "
    "the\nright answer, pins, deletes, exports, imports, or deletes everything. Pinned questions "
    "come\nfirst (*), then the last asked. list, search and export take the same conditions.",
    entries
  };
  int status = cli_parse (&syntax, argv, &operands);

  if (status < 0)
    status = check (operands);
  if (status < 0)
    status = prepare (&o, operands);
  if (status < 0)
    status = act (&o, operands);
  g_free (o.words);
  g_free (o.picture);
  g_free (o.model);
  g_free (o.corrected);
  g_free (o.format);
  g_free (o.hash);
  return status;
}
