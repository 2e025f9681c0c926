/* Tallies and reports, and the facts that are read back from them. */
#include "vqa/data/made.h"
#include "vqa/model/facts.h"
#include "vqa/model/suggest.h"
#include "vqa/run/tally.h"

#include "nets/core/safetensors.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static vqa_outcome
outcome (const char *source, const char *kind, double right, double blind, double yes, double sure)
{
  return (vqa_outcome){
    .source = source, .kind = kind, .right = right, .blind = blind, .yes = yes, .sure = sure
  };
}

Test (facts, a_tally_by_hand)
{
  vqa_tally t = { 0 };
  vqa_outcome a = outcome (NULL, "yes_no", 1, 0, 1, 0.9),
              b = outcome (NULL, "yes_no", 0, 1, 0, 0.9);
  vqa_outcome c = outcome (NULL, "what", 0.3, 0, NAN, 0.1);

  cr_assert (isnan (vqa_tally_accuracy (&t)) && isnan (vqa_tally_calibration (&t)));
  vqa_tally_add (&t, &a);
  vqa_tally_add (&t, &b);
  cr_assert_float_eq (vqa_tally_always_yes (&t), 50, 1e-9);
  /* One bin: |1.8 - 1| of two questions. */
  cr_assert_float_eq (vqa_tally_calibration (&t), 40, 1e-9);
  vqa_tally_add (&t, &c);
  cr_assert (isnan (vqa_tally_always_yes (&t)), "not all are questions of yes or no");
  cr_assert_float_eq (vqa_tally_accuracy (&t), 130 / 3.0, 1e-9);
  cr_assert_float_eq (vqa_tally_blind (&t), 100 / 3.0, 1e-9);
  cr_assert_float_eq (vqa_tally_calibration (&t), 100 * (0.8 + 0.2) / 3, 1e-9);
  a.sure = 1;
  vqa_tally_add (&t, &a); /* the last bin, not one after it */
  cr_assert_float_eq (t.sure[VQA_BINS - 1], 1, 1e-9);
}

static char *
written (void)
{
  g_autoptr (vqa_report) r = vqa_report_new ();
  g_autofree char *tables = NULL;
  for (int i = 0; i < 200; i++)
    {
      vqa_outcome o = outcome ("vqa\"odd\\", "yes_no", i % 2, 0.5, i % 4 == 0, 0.75);
      o.people = i < 120;
      vqa_report_add (r, &o);
      o.kind = "existence";
      o.part = i < 40 ? "first" : NULL;
      o.right = i % 10 != 0;
      o.people = i < 99;
      vqa_report_add (r, &o);
      o = outcome (NULL, "what", 1, 0, NAN, 1);
      if (i < 20)
        vqa_report_add (r, &o);
    }
  tables = vqa_report_json (r);
  return g_strconcat ("{", tables, "}", NULL);
}

static const vqa_fact *
fact (const GPtrArray *list, const char *name)
{
  for (guint i = 0; i < list->len; i++)
    if (strcmp (((vqa_fact *)list->pdata[i])->name, name) == 0)
      return list->pdata[i];
  cr_assert_fail ("no %s", name);
  return NULL;
}

Test (facts, what_is_written_is_read)
{
  g_autofree char *json = written (), *sentence = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (vqa_facts) f = NULL;
  const vqa_fact *existence, *yes_no;

  cr_assert (nn_json_check (json, strlen (json), 8, &error), "%s: %s", json,
             error != NULL ? error->message : "");
  f = vqa_facts_read (json);
  cr_assert_eq (f->kinds->len, 3, "%s", json);
  cr_assert_str_eq (((vqa_fact *)f->kinds->pdata[0])->name, "existence", "in the order of kinds");
  existence = fact (f->kinds, "existence");
  cr_assert_eq (existence->questions, 200);
  cr_assert_not (existence->people, "99 questions of people are too few");
  cr_assert_float_eq (existence->accuracy, 90, 1e-6);
  cr_assert_float_eq (existence->blind, 50, 1e-6);
  cr_assert_float_eq (existence->always_yes, 25, 1e-6);
  cr_assert (vqa_fact_is_good (existence));
  sentence = vqa_fact_sentence (existence);
  cr_assert_str_eq (sentence, "90 of 100 right, 50 without looking");
  yes_no = fact (f->kinds, "yes_no");
  cr_assert (yes_no->people);
  cr_assert_eq (yes_no->questions, 120);
  cr_assert_not (vqa_fact_is_good (yes_no), "no better than blind");
  cr_assert_not (vqa_fact_is_good (fact (f->kinds, "what")), "too few questions");
  /* The source, its part, its two kinds. */
  cr_assert_eq (f->sources->len, 4, "%s", json);
  cr_assert_eq (((vqa_fact *)f->sources->pdata[0])->questions, 400);
  cr_assert_eq (fact (f->sources, "first")->questions, 40);
  cr_assert_eq (fact (f->sources, "first")->level, 1);
}

Test (facts, nobody_asked_about_generated_scenes)
{
  static const char scores[] = "{\"human\":{\"questions\":500,\"accuracy\":90,\"blind\":40},"
                               "\"sources\":{\"%s\":{\"questions\":500,\"accuracy\":90,"
                               "\"blind\":40}}}";
  g_autofree char *drawn = g_strdup_printf (scores, VQA_MADE_SCENES);
  g_autofree char *asked = g_strdup_printf (scores, "daquar");
  g_autoptr (vqa_facts) scenes = vqa_facts_read (drawn), rooms = vqa_facts_read (asked);

  cr_assert (vqa_source_is_made (VQA_MADE_SCENES));
  cr_assert_str_eq (fact (scenes->sources, "human")->title, "All questions");
  cr_assert_str_eq (fact (rooms->sources, "human")->title, "People's questions");
}

Test (facts, older_models)
{
  g_autoptr (vqa_facts) f
      = vqa_facts_read ("{\"human\":{\"questions\":792,\"accuracy\":46.7,\"blind\":46.1},"
                        "\"yes_no\":{\"questions\":679,\"accuracy\":51.8,\"blind\":52.0},"
                        "\"existence\":{\"questions\":3392,\"accuracy\":81.2,\"blind\":58.6},"
                        "\"always_yes\":53.0,\"calibration_error\":10.0}");
  cr_assert_eq (f->sources->len, 3);
  cr_assert_float_eq (fact (f->sources, "human")->calibration_error, 10, 1e-9);
  cr_assert_float_eq (fact (f->sources, "yes_no")->always_yes, 53, 1e-9);
  cr_assert (vqa_fact_is_good (fact (f->kinds, "existence")));
  cr_assert_not (vqa_fact_is_good (fact (f->kinds, "yes_no")));
}

/* A model file may come from anywhere. */
Test (facts, nonsense_is_left_out)
{
  static const char *const texts[] = {
    NULL,
    "",
    "null",
    "[]",
    "{\"kinds\":[]}",
    "{\"kinds\":{\"existence\":3}}",
    "{\"kinds\":{\"existence\":{\"questions\":-1,\"accuracy\":50,\"blind\":50}}}",
    "{\"kinds\":{\"existence\":{\"questions\":10,\"accuracy\":150,\"blind\":50}}}",
    "{\"kinds\":{\"existence\":{\"questions\":10,\"accuracy\":\"50\",\"blind\":50}}}",
    "{\"kinds\":{\"existence\":{\"questions\":1e99,\"accuracy\":50,\"blind\":50}}}",
    "{\"kinds\":{\"\":{\"questions\":10,\"accuracy\":50,\"blind\":50}}}",
    "{\"human\":{\"questions\":10},\"human\":{}}",
    "{\"sources\":{\"a\":{\"parts\":{\"b\":{\"kinds\":{\"c\":{\"d\":{\"e\":{\"f\":{}}}}}}}}}}",
  };
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (vqa_facts) f = vqa_facts_read (texts[i]);
      cr_expect_eq (f->sources->len + f->kinds->len, 0, "%s", texts[i]);
    }
}

/* ---- what to ask ------------------------------------------------------------------------- */

/* A model's suggestions: words it knows, and what its scores say of two kinds. */
static char **
suggest (const char *words, const char *scores)
{
  g_autoptr (vqa_contents) c = vqa_contents_new ();
  g_auto (GStrv) list = g_strsplit (words, " ", -1);

  for (char **word = list; *word != NULL; word++)
    vqa_contents_add_word (c, *word);
  c->scores = g_strdup (scores);
  return vqa_suggest (c);
}

#define KINDS(existence, animal)                                                                   \
  "{\"kinds\":{\"existence\":{\"questions\":100,\"accuracy\":" existence ",\"blind\":55},"         \
  "\"animal\":{\"questions\":100,\"accuracy\":" animal ",\"blind\":20}}}"

Test (facts, suggestions_are_of_good_kinds_and_known_words)
{
  const char *words = "is there a dog what animal this person";
  g_auto (GStrv) both = suggest (words, KINDS ("80", "90"));
  g_auto (GStrv) one = suggest (words, KINDS ("60", "90"));
  g_auto (GStrv) none = suggest (words, KINDS ("60", "40"));
  g_auto (GStrv) unmeasured = suggest (words, NULL);
  g_auto (GStrv) wordless = suggest ("is there a what animal this", KINDS ("80", "90"));

  /* Where looking helps most comes first, and every kind before one comes again. */
  cr_assert_eq (g_strv_length (both), 3);
  cr_expect_str_eq (both[0], "What animal is this?");
  cr_expect_str_eq (both[1], "Is there a person?");
  cr_expect_str_eq (both[2], "Is there a dog?");
  cr_assert_eq (g_strv_length (one), 1, "no more right than by chance");
  cr_expect_str_eq (one[0], "What animal is this?");
  cr_expect_eq (g_strv_length (none), 0);
  cr_expect_eq (g_strv_length (unmeasured), 0);
  cr_assert_eq (g_strv_length (wordless), 1, "it knows no person and no dog");
  cr_expect_str_eq (wordless[0], "What animal is this?");
}
