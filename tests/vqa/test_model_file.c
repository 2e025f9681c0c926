/* Model files that are cut, altered, or no models at all are refused with a message that names the
 * file; none makes the program fall or take much memory. */
#include "nets/core/safetensors.h"
#include "tests/vqa/draw.h"
#include "tests/vqa/tiny.h"
#include "vqa/model/model.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static char *folder, *good, *bad;

static void
set_up (void)
{
  folder = draw_folder ();
  good = tiny_path (folder, "good.safetensors");
  bad = tiny_path (folder, "bad.safetensors");
  tiny_model (good);
}

static void
tear_down (void)
{
  draw_remove (folder);
  g_free (folder);
  g_free (good);
  g_free (bad);
}

TestSuite (model_file, .init = set_up, .fini = tear_down);

/* bad is refused; the message names it and holds `part`. */
static void
refuse (const char *part, const char *why)
{
  g_autoptr (GError) error = NULL;
  vqa_model *m = vqa_model_load (bad, &error);

  cr_assert_null (m, "taken: %s", why);
  cr_assert_not_null (error, "%s", why);
  cr_assert (g_utf8_validate (error->message, -1, NULL));
  tiny_expect_part (error->message, bad);
  tiny_expect_part (error->message, part);
}

static void
expect_good (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (vqa_model) m = vqa_model_load (path, &error);

  cr_assert_not_null (m, "%s", error != NULL ? error->message : "");
}

Test (model_file, an_unchanged_copy_is_taken)
{
  tiny_copy (good, bad, NULL, NULL, NULL, NULL);
  expect_good (bad);
}

/* Wherever the question acts on attention: the file says so, and its golden answer comes out. */
Test (model_file, every_modulation)
{
  for (int set = 0; set < 16; set += 5)
    {
      g_autoptr (vqa_contents) c = tiny_contents ();
      g_autoptr (GError) error = NULL;
      vqa_graphs *g;

      c->spec.modulation = set;
      g = tiny_graphs (c);
      cr_assert (vqa_model_write (c, g, bad, &error), "%s", error != NULL ? error->message : "");
      vqa_graphs_free (g);
      expect_good (bad);
    }
}

/* ---- cut and lengthened ----------------------------------------------------------------- */

/* Cut after every byte of the header and many of the rest. */
Test (model_file, cut_anywhere)
{
  g_autofree char *bytes = NULL;
  gsize length, header, step = 1;
  guint tried = 0;

  cr_assert (g_file_get_contents (good, &bytes, &length, NULL));
  header = 8 + ((guint8)bytes[0] | (gsize)(guint8)bytes[1] << 8 | (gsize)(guint8)bytes[2] << 16);
  cr_assert_lt (header, 65536);
  cr_assert (g_file_set_contents (bad, bytes, (gssize)length, NULL));
  for (gsize cut = length - 1; cut > 0; cut -= MIN (step, cut), tried++)
    {
      g_autoptr (GError) error = NULL;

      cr_assert_eq (truncate (bad, (off_t)cut), 0);
      cr_assert_null (vqa_model_load (bad, &error), "cut to %zu bytes", cut);
      cr_assert_not_null (error);
      cr_assert (strstr (error->message, bad), "%zu: %s", cut, error->message);
      /* The last bytes, then many, then all of the header. */
      step = cut > length - 50 || cut <= header + 50 ? 1 : MIN (29989, cut - header - 50);
    }
  cr_assert_gt (tried, header);
}

Test (model_file, empty_or_longer)
{
  g_autofree char *bytes = NULL;
  gsize length;

  cr_assert (g_file_set_contents (bad, "", 0, NULL));
  refuse ("", "an empty file");
  cr_assert (g_file_get_contents (good, &bytes, &length, NULL));
  bytes = g_realloc (bytes, length + 4096);
  memset (bytes + length, 0, 4096);
  cr_assert (g_file_set_contents (bad, bytes, (gssize)length + 1, NULL));
  refuse ("", "one byte more");
  cr_assert (g_file_set_contents (bad, bytes, (gssize)length + 4096, NULL));
  refuse ("", "many bytes more");
}

/* ---- no models -------------------------------------------------------------------------- */

Test (model_file, other_files)
{
  g_autofree guint8 *scene = draw_scene (60, 40);
  g_autoptr (GBytes) jpeg = draw_jpeg (scene, 60, 40, 3, 80);
  g_autoptr (nn_writer) w = nn_writer_new ();
  float values[4] = { 0 };

  g_free (draw_save (folder, "bad.safetensors", jpeg));
  refuse ("", "a picture");
  g_free (draw_file (folder, "bad.safetensors", "just text, nothing more than that\n", -1));
  refuse ("", "text");
  g_free (draw_file (folder, "bad.safetensors", "\2\0\0\0\0\0\0\0{}", 10));
  refuse ("not a Regard model", "a safetensors file without anything");
  nn_writer_add (w, "conv.weight", NN_F32, 1, (uint64_t[]){ 4 }, values);
  cr_assert (nn_writer_save (w, bad, NULL));
  refuse ("not a Regard model", "the weights of something else");
  cr_assert_eq (unlink (bad), 0);
  refuse ("no model file", "an absent file");
  cr_assert_eq (g_mkdir_with_parents (bad, 0700), 0);
  refuse ("is not a file", "a folder");
}

/* ---- metadata --------------------------------------------------------------------------- */

Test (model_file, metadata)
{
  static const struct
  {
    const char *key, *value, *part;
  } cases[] = {
    { "format", NULL, "“format”" },
    { "format", "regard-vqa-9", "regard-vqa-9" },
    { "architecture", NULL, "“architecture”" },
    { "architecture", "", "line 1" },
    { "architecture", "{}", "network" },
    { "words", NULL, "“words”" },
    { "words", "", "0 words" },
    { "words", "what\nis", "2 words" },
    { "words", "what\nis\nin\nthe\npicture\nthere\na\ndog\ncolour\nit\nmore", "11 words" },
    { "words", "what\nis\nin\nthe\npicture\nthere\na\ndog\ncolour\nis", "line 10 of words" },
    { "words", "what\nis\nin\nthe\n\nthere\na\ndog\ncolour\nit", "line 5 of words" },
    { "answers", NULL, "“answers”" },
    { "answers", "yes\nno", "2 answers" },
    { "answers", "yes\nno\nred\nblue\n2\ndog\ndog", "line 7 of answers" },
    { "temperature", NULL, "“temperature”" },
    { "temperature", "0", "“temperature” must be" },
    { "temperature", "-1", "“temperature” must be" },
    { "temperature", "nan", "“temperature” must be" },
    { "temperature", "inf", "“temperature” must be" },
    { "temperature", "warm", "“temperature” must be" },
    { "temperature", "1 ", "“temperature” must be" },
    { "blind_temperature", "1000", "“blind_temperature” must be" },
    { "blind_temperature", NULL, "“blind_temperature”" },
    { "confident", "2", "“confident” must be" },
    { "confident", "", "“confident” must be" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      tiny_copy (good, bad, cases[i].key, cases[i].value, NULL, NULL);
      refuse (cases[i].part, cases[i].key);
    }
}

/* What is only for people may be absent. */
Test (model_file, texts_may_be_absent)
{
  static const char *const keys[] = { "title", "description", "terms", "recipe", "scores" };

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autoptr (vqa_model) m = NULL;
      tiny_copy (good, bad, keys[i], NULL, NULL, NULL);
      m = vqa_model_load (bad, NULL);
      cr_assert_not_null (m, "without %s", keys[i]);
      cr_assert_str_eq (vqa_model_get_info (m)->title, i == 0 ? "bad" : "Tiny pictures");
    }
}

/* ---- architecture ----------------------------------------------------------------------- */

/* Most memory used so far. The sanitizer keeps what was freed, so that it cannot be measured. */
static long
most_kilobytes (void)
{
#ifdef __SANITIZE_ADDRESS__
  return 0;
#else
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
#endif
}

/* Numbers that the weights do not fit, up to the largest that are allowed: 100 GB of weights. */
Test (model_file, sizes_that_the_weights_do_not_have)
{
  static const struct
  {
    const char *from, *to;
  } cases[] = {
    { "\"hidden\":16", "\"hidden\":17" },    { "\"hidden\":16", "\"hidden\":4096" },
    { "\"embed\":8", "\"embed\":4096" },     { "\"width\":16", "\"width\":4096" },
    { "\"width\":16", "\"width\":15" },      { "\"width\":16", "\"width\":8" },
    { "\"blocks\":2", "\"blocks\":3" },      { "\"blocks\":2", "\"blocks\":1" },
    { "\"heads\":2", "\"heads\":64" },       { "\"heads\":2", "\"heads\":3" },
    { "\"key\":4", "\"key\":1024" },         { "\"joint\":16", "\"joint\":8192" },
    { "\"blind\":8", "\"blind\":8192" },     { "\"blind\":8", "\"blind\":1" },
    { "\"hidden\":16", "\"hidden\":16000" }, { "\"side\":64", "\"side\":0" },
    { "\"side\":64", "\"side\":1000000" },   { "\"max_words\":8", "\"max_words\":1000000" },
  };
  g_autoptr (nn_file) f = nn_file_open (good, NULL);
  const char *architecture = nn_file_metadata (f, "architecture");
  long before = most_kilobytes ();

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (GStrv) parts = g_strsplit (architecture, cases[i].from, -1);
      g_autofree char *changed = g_strjoinv (cases[i].to, parts);
      cr_assert_eq (g_strv_length (parts), 2, "%s", cases[i].from);
      tiny_copy (good, bad, "architecture", changed, NULL, NULL);
      refuse ("", cases[i].to);
    }
  cr_assert_lt (most_kilobytes () - before, 100 * 1024);
}

/* A vocabulary that the file really lists, without its weights. */
Test (model_file, more_words_than_weights)
{
  g_autoptr (vqa_contents) c = tiny_contents ();
  g_autoptr (nn_writer) w = nn_writer_new ();
  float values[4] = { 0 };
  long before;

  for (int i = c->spec.words; i < 20000; i++)
    {
      g_autofree char *word = g_strdup_printf ("w%d", i);
      vqa_contents_add_word (c, word);
    }
  c->spec.words = 20000;
  c->spec.embed = c->spec.hidden = 4096;
  vqa_contents_write (c, w);
  nn_writer_add (w, "question.embed.weight", NN_F32, 1, (uint64_t[]){ 4 }, values);
  cr_assert (nn_writer_save (w, bad, NULL));
  before = most_kilobytes ();
  refuse ("holds 4 numbers", "300 MB of word vectors");
  cr_assert_lt (most_kilobytes () - before, 150 * 1024);
}

/* A larger picture or longer questions need no other weights, only other golden logits. */
Test (model_file, another_side_gives_other_answers)
{
  g_autoptr (nn_file) f = nn_file_open (good, NULL);
  g_auto (GStrv) parts = g_strsplit (nn_file_metadata (f, "architecture"), "\"side\":64", -1);
  g_autofree char *changed = g_strjoinv ("\"side\":160", parts);

  tiny_copy (good, bad, "architecture", changed, NULL, NULL);
  refuse ("check question", "another side");
}

/* ---- weights ---------------------------------------------------------------------------- */

typedef struct
{
  const char *name;
  enum
  {
    LEAVE_OUT,
    RESHAPE,
    FLATTEN,
    NEGATE,
    SET
  } what;
  float value;
} change;

static gboolean
apply (const char *name, int *rank, uint64_t *dim, float *values, uint64_t count, gpointer user)
{
  const change *c = user;

  if (strcmp (name, c->name) != 0)
    return TRUE;
  if (c->what == RESHAPE)
    dim[0]--;
  else if (c->what == FLATTEN)
    {
      *rank = 1;
      dim[0] = count;
    }
  else if (c->what == SET)
    values[count - 1] = c->value;
  for (uint64_t i = 0; c->what == NEGATE && i < count; i++)
    values[i] = -values[i];
  return c->what != LEAVE_OUT;
}

static void
refuse_change (const char *name, int what, float value, const char *part)
{
  change c = { name, what, value };
  g_autoptr (nn_file) f = nn_file_open (good, NULL);

  cr_assert_not_null (nn_file_find (f, name), "there is no %s", name);
  tiny_copy (good, bad, NULL, NULL, apply, &c);
  refuse (part, name);
}

Test (model_file, missing_and_misshapen_tensors)
{
  static const char *const names[]
      = { "backbone.stem.weight", "backbone.head.bias", "question.embed.weight",
          "answer.logits.weight", "blind.logits.bias",  "map.norm.variance" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      refuse_change (names[i], LEAVE_OUT, 0, i == 2 ? "numbers" : "");
      refuse_change (names[i], RESHAPE, 0, "");
    }
  refuse_change ("answer.logits.weight", FLATTEN, 0, "answer.logits.weight is (112)");
  refuse_change (VQA_GOLDEN_LOGITS, LEAVE_OUT, 0, VQA_GOLDEN_LOGITS);
  refuse_change (VQA_GOLDEN_LOGITS, RESHAPE, 0, VQA_GOLDEN_LOGITS);
}

/* The last number of the tensor, which the golden question does not always reach. */
Test (model_file, values_that_are_not_finite)
{
  static const char *const names[]
      = { "backbone.block17.project.weight", "question.embed.weight",
          "block0.attend.modulate.weight", "blind.hidden.weight", "map.norm.variance" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      refuse_change (names[i], SET, NAN, names[i]);
      if (i == 1)
        refuse_change (names[i], SET, -INFINITY, names[i]);
    }
  refuse_change (VQA_GOLDEN_LOGITS, SET, NAN, "check question");
}

Test (model_file, altered_weights_show_in_the_golden_answer)
{
  static const char *const names[] = { "backbone.stem.weight", "question.gru.weight_hh",
                                       "block0.film.weight", "answer.logits.weight" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    refuse_change (names[i], NEGATE, 0, "check question");
  refuse_change ("answer.logits.bias", SET, 3, "check question");
}

/* One byte flipped in the file itself, exponents of weights that the golden answer depends on. */
Test (model_file, flipped_bytes)
{
  static const char *const names[]
      = { "answer.logits.bias", "map.norm.variance", "backbone.stem.bias", VQA_GOLDEN_LOGITS };
  g_autofree char *bytes = NULL;
  gsize length;
  g_autoptr (nn_file) f = nn_file_open (good, NULL);
  const char *first;

  cr_assert (g_file_get_contents (good, &bytes, &length, NULL));
  first = (const char *)nn_file_nth (f, 0)->data;
  for (guint i = 1; i < nn_file_count (f); i++)
    first = MIN (first, (const char *)nn_file_nth (f, i)->data);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      const nn_tensor *t = nn_file_find (f, names[i]);
      gsize data = 0, at;

      cr_assert_not_null (t, "%s", names[i]);
      for (guint k = 0; k < nn_file_count (f); k++)
        data += nn_file_nth (f, k)->bytes;
      at = length - data + (gsize)((const char *)t->data - first) + t->bytes - 1;
      bytes[at] ^= 0x40; /* high bit of the last number's exponent */
      cr_assert (g_file_set_contents (bad, bytes, (gssize)length, NULL));
      refuse ("", names[i]);
      bytes[at] ^= 0x40;
    }
  cr_assert (g_file_set_contents (bad, bytes, (gssize)length, NULL));
  expect_good (bad);
}
