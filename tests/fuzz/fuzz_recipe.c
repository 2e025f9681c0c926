/* Damaged recipes: each is refused with an error that names it, or its values are within their
 * limits and its text says the same when it is read again. */
#include "tests/fuzz/mutate.h"
#include "vqa/run/classify.h"
#include "vqa/run/recipe.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static const char answering[]
    = "# Two stages.\n[model]\nname=tiny\ntitle=A \\s title\n[data]\nimages=images\n"
      "questions=a.json;b.json\nannotations=c.json;/d.json\nclasses=classes.tsv\nanswers=8\n"
      "calibration=0.5\n[network]\nside=64\nheads=2\ndropout=0.25\n[optimiser]\nmethod=sgd\n"
      "schedule=one_cycle\nema=0.99\nprecision=bf16\nthreads=2\n[head]\npasses=2\npictures=2\n"
      "rate=0.01\n[whole]\npasses=1e0\nmethod=adamw\nclip=0\nmomentum=0.5\n[run]\nseed=7\n"
      "checkpoint=30\n";
static const char classifying[]
    = "[recipe]\nkind=classify\n[model]\nname=toys\n[data]\nimages=toys\nheld_out=20\n[network]\n"
      "network=mlp\nside=32\nlayers=2\n[train]\npasses=3\npictures=8\nflip=1\ncrop=0.1\n"
      "[optimiser]\nschedule=constant\n[run]\nseed=12345678901\n";

static const char *const words[] = {
  "[",     "]",    "=",      "\n",       ";",       "#",        "\\",    "\\s",   "\\q",
  "0",     "-1",   "1e308",  "nan",      "inf",     "1e15",     "0.5",   "99999", "4096",
  "[run]", "seed", "method", "schedule", "sgd",     "warm",     "kind=", "/",     "..",
  "name=", "é",    "\xff",   "[head]\n", "ema=1\n", "threads=", " ",     "\t",    "[recipe]\n",
};

static void
check_learning (const vqa_learning *l)
{
  cr_assert (l->method >= NN_ADAMW && l->method <= NN_SGD);
  cr_assert (l->schedule >= NN_CONSTANT && l->schedule <= NN_ONE_CYCLE);
  cr_assert (l->momentum >= 0 && l->momentum < 1);
  cr_assert (l->ema >= 0 && l->ema < 1);
  cr_assert (l->last >= 0 && l->last <= 1);
  cr_assert (l->warm <= 100 && l->clip <= 1e6);
}

/* TRUE when it was accepted. */
static gboolean
read_answering (const vqa_source *s, GError **error)
{
  g_autoptr (vqa_recipe) r = vqa_recipe_from (s, error), again = NULL;
  g_autoptr (vqa_source) kept = NULL;

  if (r == NULL)
    return FALSE;
  cr_assert (*r->name != '\0' && strchr (r->name, '/') == NULL);
  cr_assert (r->spec.side >= 32 && r->spec.side <= 1024);
  cr_assert (r->head.pictures >= 1 && r->whole.pictures >= 1);
  cr_assert (isfinite (r->head.passes) && r->head.passes >= 0);
  check_learning (&r->learning);
  check_learning (&r->head.learning);
  check_learning (&r->whole.learning);
  kept = vqa_source_open ("kept", r->text, s->root, NULL, NULL);
  cr_assert_not_null (kept, "%s", r->text);
  again = vqa_recipe_from (kept, NULL);
  cr_assert_not_null (again, "%s", r->text);
  cr_assert_str_eq (again->key, r->key);
  return TRUE;
}

static gboolean
read_classifying (const vqa_source *s, GError **error)
{
  g_autoptr (vqa_classify_recipe) r = vqa_classify_recipe_from (s, error);

  if (r != NULL)
    check_learning (&r->learning);
  return r != NULL;
}

Test (fuzz_recipe, damaged_recipes_are_refused_or_within_limits)
{
  guint accepted = 0;

  for (mutation m = mutation_start (31, 20000); mutation_next (&m);)
    {
      gboolean first = mutate_random (&m.state) % 3 != 0, good;
      const char *text = first ? answering : classifying;
      g_autoptr (GByteArray) damaged
          = mutate (&m.state, (const guint8 *)text, strlen (text), words, G_N_ELEMENTS (words));
      g_autoptr (GError) error = NULL;
      g_autoptr (vqa_source) s = NULL;
      g_autofree char *kind = NULL;

      g_byte_array_append (damaged, (const guint8 *)"", 1);
      s = vqa_source_open ("fuzz", (const char *)damaged->data, "/root", NULL, &error);
      cr_assert ((s == NULL) == (error != NULL), "case %u", m.cases);
      if (s == NULL)
        continue;
      kind = vqa_source_kind (s);
      cr_assert_not_null (kind);
      good = first ? read_answering (s, &error) : read_classifying (s, &error);
      cr_assert_eq (good, error == NULL, "case %u", m.cases);
      cr_assert (good || strstr (error->message, "fuzz: ") != NULL, "%s", error->message);
      accepted += good;
    }
  /* Some damage is harmless; if nothing passes, nothing deep was tested. */
  cr_assert_gt (accepted, 100);
}
