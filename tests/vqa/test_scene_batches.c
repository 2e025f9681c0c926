/* Generated scenes as something to learn from: splits, batches, a training. */
#include "tests/vqa/draw.h"
#include "tests/vqa/lesson.h"
#include "vqa/data/scene_questions.h"
#include "vqa/model/model.h"
#include "vqa/run/inputs.h"
#include "vqa/run/run.h"
#include "vqa/run/scenes.h"
#include "vqa/run/tracing.h"

#include <criterion/criterion.h>
#include <string.h>

TestSuite (scene_batches, .init = lesson_set_up, .fini = lesson_tear_down);

#define SCENES                                                                                     \
  "data.scenes=5:a data.scene_pictures=6 data.vocabulary=200 data.answers=40 head.passes=0 "       \
  "network.max_words=40"

static const vqa_photo *
photo_in (vqa_split split, guint i)
{
  return examples->photos->pdata[g_array_index (examples->split[split], guint, i)];
}

Test (scene_batches, splits_have_series_of_their_own)
{
  add_questions (0);
  read_with (SCENES);
  cr_assert_eq (examples->n_files, 0);
  cr_assert_eq (examples->split[VQA_SPLIT_TRAIN]->len, 6);
  cr_assert_eq (examples->split[VQA_SPLIT_CALIBRATION]->len, VQA_SCENES_CALIBRATION_PICTURES);
  cr_assert_eq (examples->split[VQA_SPLIT_VALIDATION]->len, VQA_SCENES_VALIDATION_PICTURES);
  cr_assert_eq (photo_in (VQA_SPLIT_TRAIN, 0)->series.seed, 5);
  cr_assert_eq (photo_in (VQA_SPLIT_CALIBRATION, 0)->series.seed, 10000000005);
  cr_assert_eq (photo_in (VQA_SPLIT_VALIDATION, 0)->series.seed, 20000000005);
  for (int s = 0; s < VQA_N_SPLITS; s++)
    for (guint i = 0; i < examples->split[s]->len; i++)
      {
        const vqa_photo *p = photo_in ((vqa_split)s, i);
        cr_assert (p->drawn && p->path == NULL);
        cr_assert_eq (p->series.mode, VQA_SCENE_A);
        cr_assert_eq (p->scene, i);
        cr_assert_eq (p->examples->len, s == VQA_SPLIT_TRAIN ? 0 : VQA_SCENE_SET_QUESTIONS);
      }
  cr_assert (answer_of ("yes") >= 0 && answer_of ("3") >= 0 && answer_of ("purple") >= 0);
  /* Hardly any question has this answer. */
  cr_assert (answer_of ("8") >= 0 && examples->contents->answers->len == 26);
  cr_assert (word_of ("cylinder") > 0 && word_of ("same") > 0);
}

/* The word ids and the target that a question of the generator must have. */
static void
expect_question (const vqa_batch *b, int picture, int k)
{
  int T = examples->contents->spec.max_words, A = examples->contents->spec.answers;
  gsize row = (gsize)picture * b->questions + k;
  g_autofree int32_t *words = g_new (int32_t, T);
  g_auto (vqa_scene_question) q = { 0 };

  vqa_scene_ask (&b->scenes[picture], (guint)k, &q);
  vqa_net_words (examples->contents->index, q.text, T, words, NULL);
  cr_assert_eq (memcmp (words, b->words + row * T, T * sizeof *words), 0, "%s", q.text);
  for (int i = 0; i < A; i++)
    cr_assert_eq (b->targets[row * A + i], i == answer_of (q.answer) ? 1 : 0, "%s %s", q.text,
                  q.answer);
}

/* Each pass shows the next scenes of the series, once each, as they are. */
Test (scene_batches, batches_go_on_in_the_series)
{
  g_autoptr (vqa_batch) b = NULL, again = NULL;
  const GArray *train;
  guint seen = 0;

  add_questions (0);
  read_with (SCENES);
  train = examples->split[VQA_SPLIT_TRAIN];
  b = vqa_batch_new (examples, 2, 3);
  again = vqa_batch_new (examples, 2, 3);
  cr_assert_eq (vqa_batches_per_pass (train, 2), 3);
  for (guint64 step = 3; step < 6; step++)
    {
      vqa_batch_fill (examples, train, b, 2, step);
      vqa_batch_fill (examples, train, again, 2, 0);
      vqa_batch_fill (examples, train, again, 2, step);
      for (int i = 0; i < 2; i++)
        {
          vqa_scene made;
          vqa_scene_make (&made, 5, b->scenes[i].index, VQA_SCENE_A);
          cr_assert_eq (memcmp (&made, &b->scenes[i], sizeof made), 0);
          cr_assert_eq (memcmp (&again->scenes[i], &b->scenes[i], sizeof made), 0);
          cr_assert (b->scenes[i].index >= 6 && b->scenes[i].index < 12);
          seen |= 1u << (b->scenes[i].index - 6);
          cr_assert_not (b->flip[i]);
          for (int k = 0; k < 3; k++)
            expect_question (b, i, k);
        }
    }
  cr_assert_eq (seen, 63);
}

/* For the first half of a pass; the rest asks anything. */
Test (scene_batches, short_questions_first)
{
  guint all = 0;

  add_questions (0);
  read_with (SCENES " data.scene_short=0.5 data.scene_pictures=8");
  for (guint64 step = 0; step < 4; step++)
    {
      g_autoptr (vqa_batch) b = vqa_batch_new (examples, 2, 4);
      int T = examples->contents->spec.max_words;

      vqa_batch_fill (examples, examples->split[VQA_SPLIT_TRAIN], b, 2, step);
      for (int i = 0; i < 2; i++)
        for (guint number = 0, k = 0; k < 4; number++)
          {
            g_autofree int32_t *words = g_new (int32_t, T);
            g_auto (vqa_scene_question) q = { 0 };

            vqa_scene_ask (&b->scenes[i], number, &q);
            all += step < 2 && q.program.n > VQA_SCENES_SHORT;
            if (step < 2 && q.program.n > VQA_SCENES_SHORT)
              continue;
            vqa_net_words (examples->contents->index, q.text, T, words, NULL);
            cr_assert_eq (memcmp (words, b->words + ((gsize)i * 4 + k++) * T, T * sizeof *words), 0,
                          "%s", q.text);
          }
    }
  cr_assert (all > 0);
}

/* Whether a question goes by an attribute that objects share, by two relations at once, or compares
 * what relations tell. */
static gboolean
is_hard (const vqa_scene_trace *t)
{
  const guint8 *ending = t->words + VQA_TRACE_DEPTH * VQA_TRACE_CHAINS * VQA_TRACE_THING;
  gboolean same = FALSE, related = FALSE;

  for (int thing = 0; thing < VQA_TRACE_DEPTH * VQA_TRACE_CHAINS; thing++)
    {
      const guint8 *of = t->words + thing * VQA_TRACE_THING + 1 + VQA_VALUES;

      for (int r = 0; r < VQA_RELATIONS; r++)
        related |= of[r];
      for (int a = 0; a < VQA_ATTRIBUTES; a++)
        same |= of[VQA_RELATIONS + a];
    }
  return same || ending[VQA_TRACE_ENDINGS]
         || (related
             && (ending[VQA_STEP_MORE] || ending[VQA_STEP_FEWER] || ending[VQA_STEP_EQUAL]
                 || ending[VQA_STEP_EQUAL_VALUES]));
}

/* How many such questions are among those numbered `first` to `end` - 1 of each picture. */
static guint
count_hard (const vqa_batch *b, int first, int end)
{
  guint n = 0;

  for (int row = 0; row < b->pictures * b->questions; row++)
    if (row % b->questions >= first && row % b->questions < end)
      n += is_hard (&b->traces[row]);
  return n;
}

/* Half of them are to, where the scenes have such questions; the others are as they come. */
Test (scene_batches, questions_sought_among_the_hardest)
{
  guint wanted = 0, others = 0, usual = 0;

  for (int share = 0; share < 2; share++)
    {
      add_questions (0);
      read_with (share ? SCENES " data.scene_hard=0.5 data.scene_pictures=64"
                       : SCENES " data.scene_pictures=64");
      g_autoptr (vqa_batch) b = vqa_batch_new (examples, 32, 8);

      vqa_batch_fill (examples, examples->split[VQA_SPLIT_TRAIN], b, 2, 0);
      if (share)
        {
          wanted = count_hard (b, 0, 4);
          others = count_hard (b, 4, 8);
        }
      else
        usual = count_hard (b, 0, 8);
    }
  cr_assert_gt (wanted, 64, "%u of 128", wanted);
  cr_assert_lt (others, 40, "%u of 128", others);
  cr_assert_lt (usual, 64, "%u of 256", usual);
}

/* Every object has its four values in the cell where its centre appears. */
Test (scene_batches, labels_of_places)
{
  float cells[6 * 8 * VQA_VALUES];
  double sum = 0;
  vqa_scene scene;

  vqa_scene_make (&scene, 5, 2, VQA_SCENE_ALL);
  vqa_scenes_labels (&scene, 6, 8, cells);
  for (int i = 0; i < scene.n; i++)
    {
      const vqa_scene_object *o = &scene.objects[i];
      int place = (int)(o->picture_y * 6) * 8 + (int)(o->picture_x * 8);
      const float *cell = cells + place * VQA_VALUES;

      cr_assert_eq (cell[o->is[VQA_SHAPE]], 1);
      cr_assert_eq (cell[3 + o->is[VQA_SIZE]], 1);
      cr_assert_eq (cell[5 + o->is[VQA_COLOUR]], 1);
      cr_assert_eq (cell[13 + o->is[VQA_MATERIAL]], 1);
    }
  for (int i = 0; i < 6 * 8 * VQA_VALUES; i++)
    sum += cells[i];
  cr_assert (sum >= 5 && sum <= 4 * scene.n, "%g of %d objects", sum, scene.n);
}

/* After the blocks the map is to show what is named, the last thing first, then what is asked. */
Test (scene_batches, traces_of_questions)
{
  vqa_spec spec = vqa_spec_default ();
  nn_graph *g = nn_graph_new ();
  vqa_scene scene;
  vqa_scene_trace trace = {
    .named = { { 1, 4 }, { 2, 0 } }, .asked = { 1, 4 }, .attribute = VQA_COLOUR, .words = { 1 }
  };
  vqa_net_outputs out;
  vqa_tracing t;
  g_autofree float *to = NULL;
  const float *map;
  double marks = 0;
  int cell;

  spec.words = 9;
  spec.answers = 3;
  out = vqa_net_answer (g, &spec, vqa_net_map_inputs (g, &spec),
                        nn_words (g, "words", 2, spec.max_words), 2);
  t = vqa_tracing_add (g, &spec, &out, 2);
  cr_assert (nn_graph_check (g, NULL));
  cr_assert_eq (t.n, spec.blocks);
  cr_assert_eq (t.n, 3);
  vqa_scene_make (&scene, 5, 2, VQA_SCENE_ALL);
  to = g_new (float, vqa_tracing_count (&t));
  vqa_tracing_write (&t, &scene, &trace, to);
  cr_assert_eq (to[0], 1);
  for (gsize i = 0; i < vqa_tracing_count (&t); i++)
    marks += to[i];
  cr_assert_eq (marks, 1 + 1 + 2 + 2 * 2, "nothing else is marked");
  map = to + VQA_TRACE_WORDS;
  cell = (int)vqa_scenes_cell (&scene.objects[1], t.height, t.width);
  cr_assert_eq (map[cell * 2], 1);
  map += t.counts[0];
  cr_assert_eq (map[vqa_scenes_cell (&scene.objects[0], t.height, t.width) * 2], 1);
  cr_assert_eq (map[vqa_scenes_cell (&scene.objects[2], t.height, t.width) * 2 + 1], 1);
  map += t.counts[1];
  map += vqa_scenes_cell (&scene.objects[2], t.height, t.width) * 32 + 16;
  cr_assert_eq (map[0], 1);
  for (int i = 0; i < VQA_VALUES; i++)
    cr_assert_eq (map[1 + i], i == 5 + scene.objects[2].is[VQA_COLOUR] ? 1 : 0);
  nn_graph_free (g);
}

/* Beside pictures that are files, which alone are decoded. */
Test (scene_batches, beside_photographs)
{
  g_autofree guint8 *room = g_malloc (64 * 64 * 3);
  vqa_scene scene;
  guint8 wanted[64 * 64 * 3];

  add_pictures (4);
  add_questions (4);
  read_with (SCENES " network.side=64");
  cr_assert_eq (examples->n_files, 4);
  cr_assert_eq (examples->split[VQA_SPLIT_TRAIN]->len, 10);
  cr_assert_not (photo_of (2)->drawn);
  vqa_scene_make (&scene, 20000000005, 3, VQA_SCENE_A);
  vqa_scene_draw (&scene, 64, wanted);
  cr_assert_eq (vqa_inputs_square (examples, NULL,
                                   g_array_index (examples->split[VQA_SPLIT_VALIDATION], guint, 3),
                                   room),
                room);
  cr_assert_eq (memcmp (room, wanted, sizeof wanted), 0);
}

Test (scene_batches, wrong_recipes)
{
  static const char *const cases[][3] = {
    { "data.scenes=5:c", "[data] scenes", "SEED:a" },
    { "data.scenes=-1", "[data] scenes", "SEED:a" },
    { "data.scenes=10000000005", "[data] scenes", "up to 1000000000" },
    { "data.scene_short=-1", "[data] scene_short", "from 0" },
    { "data.scene_hard=1.5", "[data] scene_hard", "from 0 to 1" },
    { "data.scene_pictures=0", "[data] scene_pictures", "from 1" },
    { "network.side=513", "[network] side", "512" },
    { "head.passes=1", "[head] passes", "must be 0" },
    { "people.trace=1", "[people] trace", "is not a key" },
    { "data.classes=labels.txt data.images=. labels.trace=1", "[labels] trace", "must be 0" },
    { "data.classes=labels.txt data.images=. whole.trace=1", "[whole] trace", "must be 0" },
  };
  g_autofree char *path = tiny_path (folder, "tiny.recipe");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *settings = g_strconcat (SCENES " ", cases[i][0], NULL);
      g_auto (GStrv) list = g_strsplit (settings, " ", -1);
      g_autoptr (GError) error = NULL;

      cr_assert_null (vqa_recipe_read (path, folder, (const char *const *)list, &error), "%s",
                      cases[i][0]);
      tiny_expect_error (error, VQA_ERROR, VQA_ERROR_RECIPE, cases[i][1], cases[i][2], NULL);
    }
}

/* No pictures, no questions: a recipe of a few lines makes a model, the same one every time. */
Test (scene_batches, a_model_from_nothing)
{
  static const char text[] = "[model]\nname=scenes\n"
                             "[data]\nscenes=3\nscene_pictures=8\n"
                             "[network]\nbackbone=plain\nside=32\nfilters=8\nmax_words=40\n"
                             "embed=8\nhidden=16\nwidth=16\nblocks=2\nheads=2\nkey=4\njoint=16\n"
                             "blind=8\n"
                             "read=3\n"
                             "[labels]\npasses=1\npictures=2\nquestions=2\ntrace=1\n"
                             "[whole]\npasses=2\npictures=4\nquestions=2\nlabels=1\ntrace=1\n";
  static const char *const outputs[] = { "one.safetensors", "two.safetensors" };
  g_autofree char *recipe = draw_file (folder, "scenes.recipe", text, -1);
  g_autofree char *bytes[2] = { NULL };
  gsize length[2];

  cr_assert_eq (chdir (folder), 0);
  for (int i = 0; i < 2; i++)
    {
      g_autoptr (GError) error = NULL;
      vqa_run_options options
          = { .recipe_path = recipe, .output = outputs[i], .library = "library.db" };

      cr_assert (vqa_run_recipe (&options, &error), "%s", error != NULL ? error->message : "");
      cr_assert (g_file_get_contents (outputs[i], &bytes[i], &length[i], NULL));
      draw_remove ("runs");
    }
  cr_assert_eq (length[0], length[1]);
  cr_assert_eq (memcmp (bytes[0], bytes[1], length[0]), 0);
  g_autoptr (vqa_model) m = vqa_model_load ("./one.safetensors", NULL);
  cr_assert_not_null (m);
  g_autoptr (nn_file) file = nn_file_open ("one.safetensors", NULL);
  cr_assert_null (nn_file_find (file, "labels.scenes.weight"), "only training needs it");
  cr_assert_not_null (nn_file_find (file, "question.read.query"));
  tiny_expect_part (vqa_model_get_info (m)->scores, "\"human\":{\"questions\":5000,");
  cr_assert_eq (chdir ("/"), 0);
}
