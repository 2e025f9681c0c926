/* A model file written, found, loaded and asked: a small network that was never trained. */
#include "nets/core/safetensors.h"
#include "tests/vqa/draw.h"
#include "tests/vqa/tiny.h"
#include "vqa/model/model.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#define QUESTION "is there a dog in the picture?"

static char *folder, *path;
static vqa_model *model;
static guint8 one[64 * 64 * 3], two[64 * 64 * 3];

static void
set_up (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree guint8 *scene = draw_scene (64, 64);

  folder = draw_folder ();
  path = tiny_path (folder, "tiny.safetensors");
  tiny_model (path);
  cr_assert (g_setenv ("REGARD_MODELS", folder, TRUE));
  model = vqa_model_load ("tiny", &error);
  cr_assert_not_null (model, "%s", error != NULL ? error->message : "");
  memcpy (one, scene, sizeof one);
  vqa_golden_picture (64, two);
}

static void
tear_down (void)
{
  vqa_model_free (model);
  draw_remove (folder);
  g_free (folder);
  g_free (path);
}

TestSuite (model, .init = set_up, .fini = tear_down);

static vqa_reply *
ask (const guint8 *square, const char *hash, const char *question, guint top)
{
  g_autoptr (GError) error = NULL;
  vqa_reply *r = vqa_model_ask (model, square, hash, question, top, &error);

  cr_assert_not_null (r, "%s", error != NULL ? error->message : "");
  return r;
}

static gboolean
same_answers (guint n, const vqa_answer *a, guint m, const vqa_answer *b)
{
  gboolean same = n == m;

  for (guint i = 0; same && i < n; i++)
    same = strcmp (a[i].answer, b[i].answer) == 0 && a[i].probability == b[i].probability;
  return same;
}

static gboolean
same_reply (const vqa_reply *a, const vqa_reply *b)
{
  return same_answers (a->n_answers, a->answers, b->n_answers, b->answers)
         && same_answers (a->n_blind, a->blind, b->n_blind, b->blind);
}

/* ---- the file and what it says ---------------------------------------------------------- */

Test (model, says_what_it_is)
{
  const vqa_model_info *info = vqa_model_get_info (model);
  g_autoptr (nn_file) f = nn_file_open (path, NULL);
  g_autoptr (vqa_contents) c = tiny_contents ();
  g_autofree char *bytes = NULL, *hash = NULL;
  gsize length;
  gint64 numbers = 0;

  cr_assert (g_file_get_contents (path, &bytes, &length, NULL));
  hash = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (guchar *)bytes, length);
  for (guint i = 0; i < nn_file_count (f); i++)
    numbers += (gint64)nn_file_nth (f, i)->count;
  cr_assert_str_eq (info->name, "tiny");
  cr_assert_str_eq (info->path, path);
  cr_assert_null (info->hash);
  cr_assert_str_eq (vqa_model_hash (model), hash);
  cr_assert_str_eq (info->hash, hash);
  cr_assert_eq (info->bytes, (gint64)length);
  cr_assert_eq (info->parameters, numbers - c->spec.answers);
  cr_assert_eq (info->side, 64);
  cr_assert_eq (info->n_answers, c->spec.answers);
  cr_assert_eq (info->n_words, c->spec.words);
  cr_assert_str_eq (info->title, c->title);
  cr_assert_str_eq (info->description, c->description);
  cr_assert_str_eq (info->terms, c->terms);
  cr_assert_str_eq (info->recipe, c->recipe);
  cr_assert_str_eq (info->scores, c->scores);
  /* MobileNetV2 takes 300 million at a side of 224. */
  cr_assert (info->macs > 20000000 && info->macs < 40000000, "%" G_GINT64_FORMAT, info->macs);
}

Test (model, is_stored_in_half_precision)
{
  g_autoptr (nn_file) f = nn_file_open (path, NULL);
  g_autoptr (vqa_contents) c = tiny_contents ();
  vqa_graphs *g = tiny_graphs (c);

  cr_assert_eq (nn_file_count (f), nn_params_count (g->params) + 1);
  for (guint i = 0; i < nn_file_count (f); i++)
    {
      const nn_tensor *t = nn_file_nth (f, i);
      nn_param *p = nn_params_find (g->params, t->name);
      g_autofree float *values = g_new (float, t->count);
      if (strcmp (t->name, VQA_GOLDEN_LOGITS) == 0)
        {
          cr_assert_eq (t->dtype, NN_F32);
          continue;
        }
      cr_assert_eq (t->dtype, NN_F16, "%s", t->name);
      cr_assert_not_null (p, "%s", t->name);
      cr_assert (nn_tensor_read (t, 0, t->count, values, NULL));
      for (uint64_t k = 0; k < t->count; k++)
        cr_assert_leq (fabsf (values[k] - p->value[k]), fabsf (p->value[k]) / 2048 + 3e-8f, "%s",
                       t->name);
    }
  vqa_graphs_free (g);
}

/* What is in memory after writing is what another process will read. */
Test (model, writing_rounds_what_is_in_memory)
{
  g_autoptr (vqa_contents) c = tiny_contents ();
  g_autofree char *again = tiny_path (folder, "again.safetensors");
  g_autoptr (nn_file) f = NULL;
  vqa_graphs *g = tiny_graphs (c);

  cr_assert (vqa_model_write (c, g, again, NULL));
  f = nn_file_open (again, NULL);
  for (guint i = 0; i < nn_params_count (g->params); i++)
    {
      const nn_param *p = nn_params_nth (g->params, i);
      g_autofree float *values = g_new (float, p->count);
      cr_assert (nn_tensor_read (nn_file_find (f, p->name), 0, p->count, values, NULL));
      cr_assert_eq (memcmp (values, p->value, p->count * sizeof *values), 0, "%s", p->name);
    }
  vqa_graphs_free (g);
}

Test (model, the_same_model_gives_the_same_file)
{
  g_autofree char *again = tiny_path (folder, "again.safetensors");
  g_autoptr (GBytes) a = NULL;
  g_autoptr (GBytes) b = NULL;
  char *bytes;
  gsize length;

  tiny_model (again);
  cr_assert (g_file_get_contents (path, &bytes, &length, NULL));
  a = g_bytes_new_take (bytes, length);
  cr_assert (g_file_get_contents (again, &bytes, &length, NULL));
  b = g_bytes_new_take (bytes, length);
  cr_assert (g_bytes_equal (a, b));
}

Test (model, cannot_be_written_everywhere)
{
  g_autoptr (vqa_contents) c = tiny_contents ();
  g_autofree char *absent = g_build_filename (folder, "absent", "m.safetensors", NULL);
  g_autoptr (GError) error = NULL;
  vqa_graphs *g = tiny_graphs (c);

  cr_assert_not (vqa_model_write (c, g, absent, &error));
  cr_assert_not_null (error);
  tiny_expect_part (error->message, absent);
  vqa_graphs_free (g);
}

/* ---- answers ---------------------------------------------------------------------------- */

static void
expect_probabilities (guint n, const vqa_answer *answers, double least, double most)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  double sum = 0;

  for (guint i = 0; i < n; i++)
    {
      double p = answers[i].probability;
      cr_assert (isfinite (p) && p >= 0 && p <= 1, "%g", p);
      cr_assert (i == 0 || p <= answers[i - 1].probability, "not sorted");
      cr_assert (g_hash_table_add (seen, answers[i].answer), "%s twice", answers[i].answer);
      sum += p;
    }
  cr_assert (sum >= least && sum <= most, "sum %.12f", sum);
}

Test (model, answers_are_probabilities)
{
  g_autoptr (vqa_reply) few = ask (one, NULL, QUESTION, 3);
  g_autoptr (vqa_reply) all = ask (one, NULL, QUESTION, 1000);
  g_autoptr (vqa_reply) none = ask (one, NULL, QUESTION, 0);

  cr_assert_eq (few->n_answers, 3);
  cr_assert_eq (few->n_blind, 3);
  expect_probabilities (3, few->answers, 0.1, 1);
  expect_probabilities (3, few->blind, 0.1, 1);
  cr_assert_eq (all->n_answers, 7);
  expect_probabilities (7, all->answers, 1 - 1e-9, 1 + 1e-9);
  expect_probabilities (7, all->blind, 1 - 1e-9, 1 + 1e-9);
  cr_assert (same_answers (3, few->answers, 3, all->answers));
  cr_assert_eq (none->n_answers, 1, "the best answer is always there");
  cr_assert_str_eq (none->answers[0].answer, all->answers[0].answer);
  cr_assert_geq (all->milliseconds, 0);
  cr_assert_eq (few->confident, few->answers[0].probability >= 0.5);
}

/* A temperature divides the logits; how sure an answer must be is the file's. */
Test (model, calibration_is_applied)
{
  g_autofree char *hot = tiny_path (folder, "hot.safetensors");
  g_autofree char *sure = tiny_path (folder, "sure.safetensors");
  g_autoptr (vqa_reply) plain = ask (one, NULL, QUESTION, 7);
  g_autoptr (vqa_reply) flat = NULL;
  g_autoptr (vqa_reply) certain = NULL;

  tiny_copy (path, hot, "temperature", "2", NULL, NULL);
  tiny_copy (path, sure, "confident", "0", NULL, NULL);
  vqa_model_free (model);
  model = vqa_model_load (hot, NULL);
  flat = ask (one, NULL, QUESTION, 7);
  for (int i = 0; i < 7; i++)
    cr_assert_str_eq (plain->answers[i].answer, flat->answers[i].answer);
  cr_assert_float_eq (log (flat->answers[0].probability / flat->answers[6].probability),
                      log (plain->answers[0].probability / plain->answers[6].probability) / 2,
                      1e-4);
  cr_assert (same_answers (7, plain->blind, 7, flat->blind));
  vqa_model_free (model);
  model = vqa_model_load (sure, NULL);
  certain = ask (one, NULL, QUESTION, 7);
  cr_assert (certain->confident);
}

Test (model, picture_and_question_both_matter)
{
  g_autoptr (vqa_reply) a = ask (one, NULL, QUESTION, 7);
  g_autoptr (vqa_reply) again = ask (one, NULL, QUESTION, 7);
  g_autoptr (vqa_reply) b = ask (two, NULL, QUESTION, 7);
  g_autoptr (vqa_reply) c = ask (one, NULL, "what colour is it", 7);

  cr_assert (same_reply (a, again));
  cr_assert_not (same_answers (7, a->answers, 7, b->answers));
  cr_assert_not (same_answers (7, a->answers, 7, c->answers));
  /* The blind answer is what the question alone suggests. */
  cr_assert (same_answers (7, a->blind, 7, b->blind));
  cr_assert_not (same_answers (7, a->blind, 7, c->blind));
}

Test (model, features_of_a_picture_are_used_again)
{
  g_autoptr (vqa_reply) first = ask (one, "hash one", QUESTION, 7);
  g_autoptr (vqa_reply) fresh = ask (two, NULL, QUESTION, 7);
  /* Another picture under the same hash: only kept features can answer as the first. */
  g_autoptr (vqa_reply) kept = ask (two, "hash one", QUESTION, 7);
  g_autoptr (vqa_reply) other = ask (two, "hash two", QUESTION, 7);
  g_autoptr (vqa_reply) later = NULL;

  cr_assert (same_reply (first, kept));
  cr_assert (same_reply (fresh, other));
  cr_assert_not (same_answers (7, first->answers, 7, fresh->answers));
  /* Many pictures later they are gone; memory must not grow without end. */
  for (int i = 0; i < 40; i++)
    {
      g_autofree char *hash = g_strdup_printf ("picture %d", i);
      g_autoptr (vqa_reply) r = ask (one, hash, "it", 1);
    }
  later = ask (two, "hash one", QUESTION, 7);
  cr_assert (same_reply (later, fresh));
}

Test (model, unknown_words_are_listed)
{
  g_autoptr (vqa_reply) r = ask (one, NULL, "  Is there a Zyzzy, or a frob? ", 1);
  g_autoptr (vqa_reply) known = ask (one, NULL, QUESTION, 1);
  g_autofree char *words = g_strjoinv ("|", r->unknown_words);

  cr_assert_str_eq (words, "Zyzzy|or|frob");
  cr_assert_null (known->unknown_words[0]);
}

/* tiny_contents(): what is in the picture there a dog colour it. */
Test (model, a_slip_of_the_keyboard_is_mended)
{
  static const struct
  {
    const char *asked, *mended;
  } table[] = {
    { "is there a dgo?", "is there a dog?" },               /* swapped */
    { "Is THEER a dog? Theer?", "Is there a dog? there?" }, /* in any case, twice */
    { "what coolour is it", "what colour is it" },          /* put in */
    { "what is in the pitcrue?", "what is in the picture?" },
    { "is there a cow?", NULL }, /* two slips are too many for a short word */
    { "is there a Zyzzy, or a frob?", NULL },
    { "is there a dog?", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_autoptr (vqa_reply) r = ask (one, NULL, table[i].asked, 1);
      g_autofree char *mended = vqa_reply_mend (r, table[i].asked);

      cr_assert_eq (g_strv_length (r->unknown_words), g_strv_length (r->nearest_words));
      cr_assert_eq (mended == NULL, table[i].mended == NULL, "%s: %s", table[i].asked, mended);
      if (mended != NULL)
        cr_assert_str_eq (mended, table[i].mended);
    }
}

Test (model, is_not_sure_of_words_it_does_not_know)
{
  g_autofree char *sure = tiny_path (folder, "sure.safetensors");
  g_autoptr (vqa_reply) r = NULL;

  tiny_copy (path, sure, "confident", "0", NULL, NULL);
  vqa_model_free (model);
  model = vqa_model_load (sure, NULL);
  r = ask (one, NULL, "flurble gronk???", 1);
  cr_assert_not (r->confident);
  cr_assert_eq (g_strv_length (r->unknown_words), 2);
}

/* The network reads eight words. */
Test (model, later_words_are_not_read)
{
  g_autoptr (vqa_reply) a = ask (one, NULL, "is there a dog in the picture it", 7);
  g_autoptr (vqa_reply) b = ask (one, NULL, "is there a dog in the picture it dog it dog", 7);
  g_autoptr (vqa_reply) c = ask (one, NULL, "is there a dog in the picture a", 7);

  cr_assert (same_reply (a, b));
  cr_assert_not (same_reply (a, c));
}

Test (model, questions_that_are_none)
{
  g_autofree char *lengthy = g_strnfill (10000, 'a');
  const struct
  {
    const char *question, *part;
  } cases[] = {
    { "", "empty" },
    { " \t\n", "empty" },
    { lengthy, "10000" },
    { "caf\xe9?", "UTF-8" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GError) other = NULL;

      cr_assert_null (vqa_model_ask (model, one, NULL, cases[i].question, 5, &error));
      tiny_expect_error (error, VQA_ERROR, VQA_ERROR_QUESTION, cases[i].part, NULL);
      cr_assert_null (vqa_model_explain (model, one, NULL, cases[i].question, NULL, &other));
      tiny_expect_error (other, VQA_ERROR, VQA_ERROR_QUESTION, cases[i].part, NULL);
    }
  /* No word known, but a question all the same. */
  g_autoptr (vqa_reply) r = ask (one, NULL, "???", 5);
  cr_assert_eq (r->n_answers, 5);
}

/* ---- ablation --------------------------------------------------------------------------- */

Test (model, without_the_picture_all_pictures_are_equal)
{
  g_autoptr (vqa_reply) before = ask (one, "hash", QUESTION, 7);
  g_autoptr (vqa_reply) a = NULL;
  g_autoptr (vqa_reply) b = NULL;
  g_autoptr (vqa_reply) after = NULL;

  vqa_model_ablate (model, VQA_ABLATE_PICTURE);
  a = ask (one, "hash", QUESTION, 7);
  b = ask (two, "other hash", QUESTION, 7);
  cr_assert (same_reply (a, b));
  cr_assert_not (same_answers (7, a->answers, 7, before->answers));
  cr_assert (same_answers (7, a->blind, 7, before->blind));
  /* What was kept while it was silenced must not be silence. */
  vqa_model_ablate (model, 0);
  after = ask (one, "hash", QUESTION, 7);
  cr_assert (same_reply (before, after));
  g_autoptr (vqa_reply) seen = ask (two, "other hash", QUESTION, 7);
  cr_assert_not (same_reply (seen, b));
}

Test (model, without_modulation_or_attention)
{
  static const unsigned parts[] = { VQA_ABLATE_MODULATION, VQA_ABLATE_ATTENTION,
                                    VQA_ABLATE_MODULATION | VQA_ABLATE_ATTENTION };
  g_autoptr (vqa_reply) whole = ask (one, NULL, QUESTION, 7);
  vqa_reply *got[3];

  for (int i = 0; i < 3; i++)
    {
      vqa_model_ablate (model, parts[i]);
      got[i] = ask (one, NULL, QUESTION, 7);
      cr_assert_not (same_answers (7, got[i]->answers, 7, whole->answers), "part %d", i);
      cr_assert (same_answers (7, got[i]->blind, 7, whole->blind));
      expect_probabilities (7, got[i]->answers, 1 - 1e-9, 1 + 1e-9);
      for (int k = 0; k < i; k++)
        cr_assert_not (same_answers (7, got[i]->answers, 7, got[k]->answers));
    }
  vqa_model_ablate (model, 0);
  g_autoptr (vqa_reply) after = ask (one, NULL, QUESTION, 7);
  cr_assert (same_reply (whole, after));
  for (int i = 0; i < 3; i++)
    vqa_reply_free (got[i]);
}

/* Language reaches the answers through modulation alone. */
Test (model, without_modulation_all_questions_are_equal)
{
  g_autoptr (vqa_reply) a = NULL;
  g_autoptr (vqa_reply) b = NULL;
  g_autoptr (vqa_reply) c = NULL;

  vqa_model_ablate (model, VQA_ABLATE_MODULATION);
  a = ask (one, NULL, QUESTION, 7);
  b = ask (one, NULL, "what colour is it", 7);
  c = ask (two, NULL, QUESTION, 7);
  cr_assert (same_answers (7, a->answers, 7, b->answers));
  cr_assert_not (same_answers (7, a->answers, 7, c->answers));
  cr_assert_not (same_answers (7, a->blind, 7, b->blind));
}

/* ---- evidence --------------------------------------------------------------------------- */

static vqa_evidence *
explain (const guint8 *square, const char *answer)
{
  g_autoptr (GError) error = NULL;
  vqa_evidence *e = vqa_model_explain (model, square, NULL, QUESTION, answer, &error);

  cr_assert_not_null (e, "%s", error != NULL ? error->message : "");
  cr_assert (e->width == 2 && e->height == 2);
  return e;
}

Test (model, evidence_is_from_zero_to_one)
{
  g_autoptr (vqa_reply) before = ask (one, NULL, QUESTION, 7);
  g_autoptr (vqa_evidence) best = explain (one, before->answers[0].answer);
  g_autoptr (vqa_evidence) unnamed = explain (one, NULL);
  gboolean differ = FALSE;

  cr_assert_eq (memcmp (best->cells, unnamed->cells, 4 * sizeof (float)), 0);
  for (int i = 0; i < 7; i++)
    {
      g_autoptr (vqa_evidence) e = explain (one, before->answers[i].answer);
      float largest = 0;
      for (int k = 0; k < 4; k++)
        {
          cr_assert (e->cells[k] >= 0 && e->cells[k] <= 1);
          largest = MAX (largest, e->cells[k]);
        }
      cr_assert (largest == 1 || largest == 0);
      differ = differ || memcmp (e->cells, best->cells, 4 * sizeof (float)) != 0;
    }
  cr_assert (differ, "all answers have the same evidence");
  /* Explaining leaves answering as it was. */
  g_autoptr (vqa_reply) after = ask (one, NULL, QUESTION, 7);
  cr_assert (same_reply (before, after));
}

Test (model, evidence_for_an_unknown_answer)
{
  g_autoptr (GError) error = NULL;

  cr_assert_null (vqa_model_explain (model, one, NULL, QUESTION, "a dodo", &error));
  tiny_expect_error (error, VQA_ERROR, VQA_ERROR_MODEL, "tiny", "“a dodo”", NULL);
}
