/* Training: a model comes out, the same one every time, however often it was stopped; and what can
 * go wrong leaves the work done so far. Runs in a temporary folder, where runs/ is made. */
#include "nets/core/safetensors.h"
#include "tests/vqa/draw.h"
#include "tests/vqa/tiny.h"
#include "vqa/model/facts.h"
#include "vqa/model/model.h"
#include "vqa/run/run.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static char *folder;
static GString *progress;     /* what the last training said */
static const char *stop_when; /* raise SIGINT when a line of progress begins so; NULL: never */

/* Called by the training thread itself, so that it stops at the same place on every machine. */
static void
listen (const char *line)
{
  g_string_append (progress, line);
  if (stop_when != NULL && g_str_has_prefix (line, stop_when))
    {
      stop_when = NULL;
      raise (SIGINT);
    }
}

static void
set_up (void)
{
  folder = draw_folder ();
  tiny_set (folder);
  cr_assert_eq (chdir (folder), 0);
  progress = g_string_new (NULL);
  g_set_printerr_handler (listen);
}

static void
tear_down (void)
{
  cr_assert_eq (chdir ("/"), 0);
  draw_remove (folder);
  g_free (folder);
  g_string_free (progress, TRUE);
}

TestSuite (train, .init = set_up, .fini = tear_down);

/* Trains by tiny.recipe in the current folder; settings are split at spaces. */
static gboolean
try_train (const char *settings, const char *output, GError **error)
{
  g_auto (GStrv) list = g_strsplit (settings, " ", -1);
  vqa_run_options options = { .recipe_path = "tiny.recipe",
                              .output = output,
                              .library = "library.db",
                              .settings = (const char *const *)list };

  g_string_truncate (progress, 0);
  return vqa_run_recipe (&options, error);
}

static void
train (const char *settings, const char *output)
{
  g_autoptr (GError) error = NULL;

  cr_assert (try_train (settings, output, &error), "%s", error != NULL ? error->message : "");
}

/* Trains until a line of progress begins with `when`, and stops there. */
static void
train_until (const char *settings, const char *when)
{
  g_autoptr (GError) error = NULL;

  stop_when = when;
  cr_assert_not (try_train (settings, "stopped.safetensors", &error), "never said “%s”", when);
  tiny_expect_error (error, VQA_ERROR, VQA_ERROR_STOPPED, "start the same recipe again", NULL);
  cr_assert_null (stop_when);
  cr_assert_not (g_file_test ("stopped.safetensors", G_FILE_TEST_EXISTS));
}

static void
refuse (const char *settings, const char *output, const char *part, const char *other)
{
  g_autoptr (GError) error = NULL;

  cr_assert_not (try_train (settings, output, &error), "%s", settings);
  cr_assert_not_null (error);
  tiny_expect_part (error->message, part);
  tiny_expect_part (error->message, other);
}

/* Makes a folder of its own for another training of the same data. */
static void
begin_anew (void)
{
  draw_remove ("runs");
}

static void
expect_same_file (const char *a, const char *b, gboolean same)
{
  g_autoptr (GMappedFile) x = g_mapped_file_new (a, FALSE, NULL);
  g_autoptr (GMappedFile) y = g_mapped_file_new (b, FALSE, NULL);

  cr_assert (x != NULL && y != NULL);
  cr_assert_eq (g_mapped_file_get_length (x) == g_mapped_file_get_length (y)
                    && memcmp (g_mapped_file_get_contents (x), g_mapped_file_get_contents (y),
                               g_mapped_file_get_length (x))
                           == 0,
                same, "%s and %s", a, b);
}

/* Path of the only checkpoint below runs/, NULL when there is none. */
static char *
checkpoint (void)
{
  g_autoptr (GDir) dir = g_dir_open ("runs", 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename ("runs", name, "checkpoint.safetensors", NULL);
      if (g_file_test (path, G_FILE_TEST_EXISTS))
        return g_steal_pointer (&path);
    }
  return NULL;
}

static float *
values_of (const char *file, const char *name, uint64_t *count)
{
  g_autoptr (nn_file) f = nn_file_open (file, NULL);
  const nn_tensor *t = f != NULL ? nn_file_find (f, name) : NULL;
  float *values;

  cr_assert_not_null (t, "%s has no %s", file, name);
  values = g_new (float, t->count);
  cr_assert (nn_tensor_read (t, 0, t->count, values, NULL));
  *count = t->count;
  return values;
}

/* ---- what comes out --------------------------------------------------------------------- */

/* Scores by source and kind, of which there is something to tell. */
static void
expect_facts (const char *scores)
{
  static const char *const parts[] = { "random", "popular", "adversarial" };
  g_autoptr (vqa_facts) f = vqa_facts_read (scores);
  guint found = 0;

  cr_assert_gt (f->kinds->len, 1, "%s", scores);
  for (guint i = 0; i < f->sources->len; i++)
    {
      const vqa_fact *fact = f->sources->pdata[i];
      for (guint k = 0; k < G_N_ELEMENTS (parts); k++)
        if (strcmp (fact->name, parts[k]) == 0)
          {
            /* Half of the things are there. */
            cr_assert_float_eq (fact->always_yes, 50, 1e-9, "%s", scores);
            cr_assert_eq (fact->questions % 2, 0);
            found++;
          }
    }
  cr_assert_eq (found, 3, "%s", scores);
}

Test (train, a_model_that_loads)
{
  g_autoptr (vqa_model) m = NULL;
  g_autoptr (GError) error = NULL;
  const vqa_model_info *info;

  train ("data.calibration=30", NULL);
  m = vqa_model_load ("./tiny.safetensors", &error);
  cr_assert_not_null (m, "%s", error != NULL ? error->message : "");
  info = vqa_model_get_info (m);
  cr_assert_str_eq (info->title, "Tiny pictures");
  cr_assert_eq (info->side, 32);
  cr_assert_eq (info->n_answers, 8);
  cr_assert_eq (info->n_words, 60);
  tiny_expect_part (info->recipe, "seed=7");
  tiny_expect_part (info->recipe, "calibration=30");
  tiny_expect_part (info->scores, "\"human\":{\"questions\":4,");
  tiny_expect_part (info->scores, "\"existence\":{\"questions\":");
  expect_facts (info->scores);
  tiny_expect_part (progress->str, "head step");
  tiny_expect_part (progress->str, "whole step");
  tiny_expect_part (progress->str, "wrote tiny.safetensors");
  tiny_expect_part (progress->str, "2 validation pictures");
}

/* Enough steps to learn by heart which answers go with which question. */
Test (train, something_is_learned)
{
  static const char *const questions[] = { "What colour is it?", "Is there a dog?" };
  g_autofree guint8 *square = g_malloc0 (32 * 32 * 3);
  g_autoptr (vqa_model) m = NULL;

  g_free (draw_file (folder, "empty.tsv", "", 0));
  train (
      "head.passes=30 head.rate=0.01 optimiser.precision=f32 network.dropout=0 head.questions=2 whole.passes=0 data.classes=empty.tsv "
      "data.validation=empty.tsv",
      NULL);
  m = vqa_model_load ("./tiny.safetensors", NULL);
  cr_assert_not_null (m);
  for (int i = 0; i < 2; i++)
    {
      g_autoptr (vqa_picture) p
          = vqa_picture_load ("images/COCO_val2014_000000000001.jpg", 32, 0, NULL);
      g_autoptr (vqa_reply) r = vqa_model_ask (m, p->square, NULL, questions[i], 4, NULL);
      static const char *const allowed[] = { "red", "blue", "yes", "no" };

      for (int k = 0; k < 2; k++)
        cr_assert (strcmp (r->answers[k].answer, allowed[2 * i]) == 0
                       || strcmp (r->answers[k].answer, allowed[2 * i + 1]) == 0,
                   "%s %s", questions[i], r->answers[k].answer);
      /* A quarter when nothing was learned. */
      double sure = r->answers[0].probability + r->answers[1].probability;
      double blind = r->blind[0].probability + r->blind[1].probability;
      cr_assert (sure > 0.7 && blind > 0.5, "%g, blind %g", sure, blind);
    }
}

/* From nothing and from pixels alone: the same question gets two answers, by the picture. */
Test (train, a_plain_backbone_learns_to_see)
{
  g_autoptr (vqa_model) m = NULL;
  g_autoptr (GError) error = NULL;
  uint64_t n;

  g_free (draw_file (folder, "empty.tsv", "", 0));
  train ("network.backbone=plain network.filters=8 network.dropout=0 head.passes=0 "
         "whole.passes=120 whole.pictures=8 whole.questions=2 whole.rate=0.01 data.crop=0 "
         "data.word_dropout=0 data.classes=empty.tsv data.validation=empty.tsv "
         "optimiser.precision=f32 optimiser.threads=1",
         NULL);
  g_free (values_of ("tiny.safetensors", "backbone.conv4.weight", &n));
  cr_assert_eq (n, 8 * 8 * 3 * 3);
  m = vqa_model_load ("./tiny.safetensors", &error);
  cr_assert_not_null (m, "%s", error != NULL ? error->message : "");
  for (int i = 0; i < 8; i++)
    {
      g_autofree char *name = tiny_picture_name (i + 1);
      g_autofree char *path = g_build_filename ("images", name, NULL);
      g_autoptr (vqa_picture) p = vqa_picture_load (path, 32, 0, NULL);
      g_autoptr (vqa_reply) r = vqa_model_ask (m, p->square, NULL, "Is there a dog?", 1, NULL);
      g_autoptr (vqa_evidence) e
          = vqa_model_explain (m, p->square, NULL, "Is there a dog?", NULL, NULL);

      cr_assert_str_eq (r->answers[0].answer, i % 2 == 0 ? "yes" : "no", "picture %d", i + 1);
      cr_assert (e->width == 4 && e->height == 4);
    }
}

/* The head learns on a backbone that stays; then every layer learns. */
Test (train, every_layer_is_trained_in_the_end)
{
  g_autoptr (nn_file) head = NULL;

  /* Four places on the map: with one there is nothing to attend to. */
  train ("network.side=64 whole.passes=0", "head.safetensors");
  train ("network.side=64 whole.passes=2", "whole.safetensors");
  head = nn_file_open ("head.safetensors", NULL);
  cr_assert_not_null (head);
  begin_anew ();
  train ("network.side=64 whole.passes=0 head.passes=0", "first.safetensors");
  for (guint i = 0; i < nn_file_count (head); i++)
    {
      const char *name = nn_file_nth (head, i)->name;
      uint64_t n;
      g_autofree float *first = values_of ("first.safetensors", name, &n);
      g_autofree float *then = values_of ("head.safetensors", name, &n);
      g_autofree float *last = values_of ("whole.safetensors", name, &n);
      gboolean frozen
          = g_str_has_prefix (name, "backbone.stem") || g_str_has_prefix (name, "backbone.block");

      cr_assert_eq (memcmp (first, then, n * sizeof *first) == 0, frozen, "%s in the head", name);
      cr_assert_neq (memcmp (then, last, n * sizeof *then), 0, "%s stays untrained", name);
    }
}

/* Labels teach the backbone first, and no part that knows questions; what only they need is not in
 * the file. */
Test (train, labels_teach_the_picture_alone)
{
  g_autoptr (nn_file) labelled = NULL;

  train ("network.side=64 labels.passes=2 labels.pictures=4 head.passes=0 whole.passes=0",
         "labelled.safetensors");
  tiny_expect_part (progress->str, "labels step");
  begin_anew ();
  train ("network.side=64 head.passes=0 whole.passes=0", "first.safetensors");
  labelled = nn_file_open ("labelled.safetensors", NULL);
  cr_assert_not_null (labelled);
  for (guint i = 0; i < nn_file_count (labelled); i++)
    {
      const char *name = nn_file_nth (labelled, i)->name;
      uint64_t n;
      g_autofree float *first = NULL, *then = NULL;

      cr_assert_not (g_str_has_prefix (name, "labels."), "%s", name);
      if (strcmp (name, VQA_GOLDEN_LOGITS) == 0)
        continue;
      first = values_of ("first.safetensors", name, &n);
      then = values_of ("labelled.safetensors", name, &n);
      cr_assert_eq (memcmp (first, then, n * sizeof *first) != 0,
                    g_str_has_prefix (name, "backbone."), "%s", name);
    }
}

Test (train, labels_beside_the_answers)
{
  train_until ("whole.labels=5 whole.passes=2 head.passes=0", "whole step");
  train ("whole.labels=5 whole.passes=2 head.passes=0", "stopped.safetensors");
  begin_anew ();
  train ("whole.labels=5 whole.passes=2 head.passes=0", "straight.safetensors");
  expect_same_file ("straight.safetensors", "stopped.safetensors", TRUE);
  begin_anew ();
  train ("whole.labels=0 whole.passes=2 head.passes=0", "without.safetensors");
  expect_same_file ("straight.safetensors", "without.safetensors", FALSE);
}

/* The last stage visits only what people asked about, and goes on where it stopped. */
Test (train, a_stage_on_what_people_asked)
{
  train_until ("head.passes=0 whole.passes=0 people.passes=2 people.pictures=2",
               "calibration pictures");
  train ("head.passes=0 whole.passes=0 people.passes=2 people.pictures=2", "stopped.safetensors");
  tiny_expect_part (progress->str, "going on at step 4 of stage 3");
  tiny_expect_part (progress->str, "people step 6/6");
  begin_anew ();
  train ("head.passes=0 whole.passes=0 people.passes=2 people.pictures=2", "straight.safetensors");
  expect_same_file ("straight.safetensors", "stopped.safetensors", TRUE);
  tiny_questions (folder, "tiny", NULL, 0);
  refuse ("people.passes=1", NULL, "[people]", "nothing to learn from");
}

/* ---- the same every time ---------------------------------------------------------------- */

Test (train, the_same_seed_gives_the_same_file)
{
  train ("run.seed=7", "one.safetensors");
  begin_anew ();
  train ("run.seed=7", "two.safetensors");
  expect_same_file ("one.safetensors", "two.safetensors", TRUE);
  /* Another seed beside it, sharing the folder of caches, as if it were alone. */
  train ("run.seed=8", "other.safetensors");
  expect_same_file ("one.safetensors", "other.safetensors", FALSE);
  begin_anew ();
  train ("run.seed=8", "alone.safetensors");
  expect_same_file ("other.safetensors", "alone.safetensors", TRUE);
}

#define LONGER "head.passes=2 whole.passes=2"

Test (train, stopping_and_going_on_changes_nothing)
{
  train (LONGER, "straight.safetensors");
  begin_anew ();
  train_until (LONGER, "decoding picture 0");
  cr_assert_null (checkpoint (), "nothing was learned yet");
  train_until (LONGER, "features of picture 0");
  /* After the first pass of each stage, and at the very last step of the head. */
  train_until (LONGER, "calibration pictures");
  cr_assert_null (strstr (progress->str, "going on"));
  train_until (LONGER, "head step 6/6");
  tiny_expect_part (progress->str, "going on at step 4 of stage 1");
  train_until (LONGER, "calibration pictures");
  tiny_expect_part (progress->str, "going on at step 6 of stage 1");
  train (LONGER, "stopped.safetensors");
  tiny_expect_part (progress->str, "going on at step 3 of stage 2");
  expect_same_file ("straight.safetensors", "stopped.safetensors", TRUE);
}

/* All that has a memory: moving average, momentum, dropout, augmentation; in both precisions. */
#define MEMORY                                                                                     \
  "head.passes=2 whole.passes=2 optimiser.ema=0.9 optimiser.method=sgd optimiser.momentum=0.8 "    \
  "head.rate=0.01 whole.rate=0.001 whole.method=adamw head.schedule=one_cycle whole.ema=0.7 "      \
  "network.dropout=0.4 network.side=64 optimiser.precision="

static void
stop_and_go_on (const char *settings)
{
  train (settings, "straight.safetensors");
  begin_anew ();
  /* After the first pass of each stage and, where nothing is left of a stage, at its end. */
  train_until (settings, "calibration pictures");
  train_until (settings, "head step 6/6");
  train_until (settings, "calibration pictures");
  tiny_expect_part (progress->str, "going on at step 6 of stage 1");
  train (settings, "stopped.safetensors");
  tiny_expect_part (progress->str, "going on at step 3 of stage 2");
  expect_same_file ("straight.safetensors", "stopped.safetensors", TRUE);
  begin_anew ();
  cr_assert_eq (g_unlink ("stopped.safetensors"), 0);
}

Test (train, stopping_changes_nothing_whatever_is_remembered)
{
  stop_and_go_on (MEMORY "f32");
  stop_and_go_on (MEMORY "bf16");
}

/* With a step of every kind in between; also that the settings mean something. */
Test (train, settings_of_the_optimiser_decide)
{
  static const char *const others[] = {
    "optimiser.method=sgd",     "head.schedule=constant", "optimiser.ema=0.5",
    "optimiser.clip=0.001",     "head.momentum=0.5",      "head.last=0.5",
    "optimiser.precision=bf16", "head.warm=50",
  };

  train ("whole.passes=0 optimiser.precision=f32", "plain.safetensors");
  train ("whole.passes=0 optimiser.precision=f32 run.checkpoint=0 run.report=0 "
         "optimiser.method=adamw optimiser.schedule=warm_cosine optimiser.momentum=0.9 "
         "head.last=0.01 optimiser.clip=1 head.ema=0",
         "said.safetensors");
  {
    uint64_t n;
    g_autofree float *a = values_of ("plain.safetensors", "question.embed.weight", &n);
    g_autofree float *b = values_of ("said.safetensors", "question.embed.weight", &n);
    cr_assert_arr_eq (a, b, n * sizeof *a, "what is usual can be said");
  }
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    {
      g_autofree char *settings
          = g_strconcat ("whole.passes=0 optimiser.precision=f32 ", others[i], NULL);
      uint64_t n;
      train (settings, "other.safetensors");
      g_autofree float *a = values_of ("plain.safetensors", "question.embed.weight", &n);
      g_autofree float *b = values_of ("other.safetensors", "question.embed.weight", &n);
      cr_assert (memcmp (a, b, n * sizeof *a) != 0, "%s changes nothing", others[i]);
    }
}

/* The average of the weights is what comes out: with nothing remembered it is the weights. */
Test (train, the_average_is_what_is_written)
{
  train ("whole.passes=0 optimiser.ema=0", "plain.safetensors");
  train ("whole.passes=0 optimiser.ema=0.9", "average.safetensors");
  expect_same_file ("plain.safetensors", "average.safetensors", FALSE);
}

Test (train, the_same_run_twice_at_once_is_refused)
{
  g_autofree char *path = NULL, *where = NULL;
  int fd;

  train_until (LONGER, "calibration pictures");
  path = checkpoint ();
  where = g_path_get_dirname (path);
  fd = open (where, O_RDONLY | O_DIRECTORY);
  cr_assert (fd >= 0 && flock (fd, LOCK_EX | LOCK_NB) == 0);
  refuse (LONGER, NULL, where, "in use");
  close (fd);
  train (LONGER, NULL);
}

/* ---- what can go wrong ------------------------------------------------------------------ */

Test (train, an_output_that_cannot_be_written_loses_nothing)
{
  g_autofree char *kept = NULL;

  train (LONGER, "straight.safetensors");
  begin_anew ();
  refuse (LONGER, "absent/m.safetensors", "absent/m.safetensors", "No such file");
  kept = checkpoint ();
  cr_assert_not_null (kept);
  train (LONGER, "saved.safetensors");
  cr_assert_null (strstr (progress->str, " step 1/"));
  tiny_expect_part (progress->str, "going on");
  cr_assert_null (strstr (progress->str, "head step"), "trained again");
  expect_same_file ("straight.safetensors", "saved.safetensors", TRUE);
}

Test (train, a_damaged_checkpoint)
{
  g_autofree char *path = NULL;
  GStatBuf file;

  train_until (LONGER, "calibration pictures");
  path = checkpoint ();
  cr_assert_not_null (path);
  cr_assert_eq (g_stat (path, &file), 0);
  for (int i = 3; i >= 0; i--)
    {
      cr_assert_eq (truncate (path, file.st_size * i / 4), 0);
      refuse (LONGER, NULL, "delete it to begin anew", path);
    }
  cr_assert_eq (g_unlink (path), 0);
  train (LONGER, NULL);
  cr_assert_null (strstr (progress->str, "going on"));
}

/* As many words and answers, but others: going on would mix them up. */
Test (train, a_checkpoint_of_other_data)
{
  g_autofree char *text = NULL, *path = NULL;
  g_auto (GStrv) parts = NULL;
  g_autofree char *changed = NULL;

  train_until (LONGER, "calibration pictures");
  path = checkpoint ();
  cr_assert (g_file_get_contents ("tiny_annotations.json", &text, NULL, NULL));
  parts = g_strsplit (text, "\"red\"", -1);
  changed = g_strjoinv ("\"green\"", parts);
  g_free (draw_file (folder, "tiny_annotations.json", changed, -1));
  refuse (LONGER, NULL, "delete it to begin anew", path);
}

Test (train, a_broken_picture_is_named)
{
  g_autofree char *images = tiny_path (folder, "images");
  g_autofree char *name = tiny_picture_name (3);
  g_autoptr (GDir) dir = NULL;
  const char *file;

  g_free (draw_file (images, name, "not a picture", -1));
  refuse ("run.seed=7", NULL, name, "images");
  dir = g_dir_open ("runs", 0, NULL);
  while ((file = g_dir_read_name (dir)) != NULL)
    cr_assert (g_str_has_prefix (file, "tiny-"), "%s stays behind", file);
}

Test (train, no_folder_for_runs)
{
  g_free (draw_file (folder, "runs", "", 0));
  refuse ("run.seed=7", NULL, "runs/tiny-", "cannot be made");
}

Test (train, wrong_recipes)
{
  refuse ("network.width=15", NULL, "attend", "15");
  refuse ("labels.passes=1", NULL, "tiny.recipe: [head] passes", "must be 0");
  refuse ("data.images=gone", NULL, "gone", "none of the questions' pictures");
  refuse ("data.answers=many", NULL, "tiny.recipe: [data] answers", "“many”");
  refuse ("data.backbone=gone.safetensors", NULL, "gone.safetensors", "No such file");
}

/* ---- first values ----------------------------------------------------------------------- */

/* Writes backbone.safetensors with the first values of another seed; `name` becomes `value` (NAN:
 * is left out). */
static void
write_backbone (const char *name, float value)
{
  g_autoptr (vqa_contents) c = tiny_contents ();
  g_autoptr (nn_writer) w = nn_writer_new ();
  vqa_graphs *g = vqa_graphs_new (&c->spec, 99, NULL, NULL);

  for (guint i = 0; i < nn_params_count (g->params); i++)
    {
      nn_param *p = nn_params_nth (g->params, i);
      uint64_t dim[NN_MAX_RANK];
      gboolean named = g_strcmp0 (p->name, name) == 0;

      for (int k = 0; k < p->rank; k++)
        dim[k] = (uint64_t)p->dim[k];
      for (size_t k = 0; named && k < p->count; k++)
        p->value[k] = value;
      if (g_str_has_prefix (p->name, "backbone.") && !(named && value != value))
        nn_writer_add (w, p->name + strlen ("backbone."), NN_F32, p->rank, dim, p->value);
    }
  cr_assert (nn_writer_save (w, "backbone.safetensors", NULL));
  vqa_graphs_free (g);
}

#define UNTRAINED "head.passes=0 whole.passes=0 data.backbone=backbone.safetensors"

Test (train, a_backbone_from_a_file)
{
  uint64_t n, m;

  write_backbone ("backbone.stem.bias", 0.25f);
  train (UNTRAINED, NULL);
  g_autofree float *got = values_of ("tiny.safetensors", "backbone.block17.expand.weight", &n);
  g_autofree float *bias = values_of ("tiny.safetensors", "backbone.stem.bias", &m);
  g_autofree float *wanted = values_of ("backbone.safetensors", "block17.expand.weight", &m);
  cr_assert_eq (n, m);
  for (uint64_t i = 0; i < n; i++)
    cr_assert_float_eq (got[i], wanted[i], 1e-3);
  cr_assert_eq (bias[0], 0.25f);
}

Test (train, a_backbone_that_does_not_fit)
{
  write_backbone ("backbone.block9.depthwise.bias", NAN);
  refuse (UNTRAINED, NULL, "backbone.safetensors", "block9.depthwise.bias");
  write_backbone ("backbone.block17.project.bias", INFINITY);
  refuse ("data.backbone=backbone.safetensors", NULL, "stage head", "no longer finite");
}

/* Four words of width 8, the second of them twos. */
static void
write_words (int width)
{
  float values[32];
  g_autoptr (nn_writer) w = nn_writer_new ();

  for (int i = 0; i < 32; i++)
    values[i] = (float)(i / 8) + 1;
  g_free (draw_file (folder, "words.txt", "xyzzy\ndog\n,\nplugh\n", -1));
  nn_writer_add (w, "vectors", NN_F16, 2, (uint64_t[]){ (uint64_t)(32 / width), (uint64_t)width },
                 values);
  cr_assert (nn_writer_save (w, "vectors.safetensors", NULL));
}

Test (train, word_vectors_from_a_file)
{
  g_autoptr (nn_file) f = NULL;
  g_autoptr (vqa_contents) c = NULL;
  g_autofree float *table = NULL;
  int dog, plugh;
  uint64_t n;

  write_words (8);
  train ("head.passes=0 whole.passes=0 data.words=. data.vocabulary=1000", NULL);
  f = nn_file_open ("tiny.safetensors", NULL);
  c = vqa_contents_read (f, NULL);
  cr_assert_not_null (c);
  dog = GPOINTER_TO_INT (g_hash_table_lookup (c->index, "dog"));
  plugh = GPOINTER_TO_INT (g_hash_table_lookup (c->index, "plugh"));
  cr_assert (dog > 0 && plugh > 0);
  table = values_of ("tiny.safetensors", "question.embed.weight", &n);
  for (int i = 0; i < 8; i++)
    {
      cr_assert_eq (table[dog * 8 + i], 2);
      cr_assert_eq (table[plugh * 8 + i], 4);
    }
}

Test (train, word_vectors_of_another_width)
{
  write_words (16);
  refuse ("data.words=.", NULL, "vectors.safetensors", "width");
  cr_assert_eq (g_unlink ("vectors.safetensors"), 0);
  refuse ("data.words=.", NULL, "vectors.safetensors", "No such file");
}
