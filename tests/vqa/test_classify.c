/* Image classifiers: drawn shapes are learned, stopping changes nothing, and what is wrong with a
 * folder of pictures is told. Runs in a temporary folder, where runs/ is made. */
#include "nets/core/params_file.h"
#include "nets/core/safetensors.h"
#include "nets/zoo/zoo.h"
#include "tests/vqa/draw.h"
#include "tests/vqa/tiny.h"
#include "vqa/data/random.h"
#include "vqa/model/classifier.h"
#include "vqa/run/classify.h"
#include "vqa/run/run.h"

#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SIDE 16
#define EACH 40 /* pictures of a class */

static char *folder;
static GString *progress;
static const char *stop_when; /* raise SIGINT when a line of progress begins so */

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

static const char *const shapes[] = { "cross", "disc", "frame" };

static gboolean
inside (int shape, double x, double y)
{
  double far = MAX (fabs (x), fabs (y));
  return shape == 0   ? far < 1 && MIN (fabs (x), fabs (y)) < 0.3
         : shape == 1 ? hypot (x, y) < 0.9
                      : far < 1 && far > 0.6;
}

/* A shape of any colour, size and place. */
static void
draw_shape (int shape, int number)
{
  g_autofree guint8 *rgb = g_malloc (SIDE * SIDE * 3);
  g_autofree char *name = g_strdup_printf ("pictures/%s/%03d.png", shapes[shape], number);
  g_autofree char *path = NULL;
  g_autoptr (GBytes) png = NULL;
  vqa_random r = vqa_random_new (7, (uint64_t)shape, (uint64_t)number);
  double size = 4 + 2.5 * vqa_random_unit (&r), x = 6 + 4 * vqa_random_unit (&r),
         y = 6 + 4 * vqa_random_unit (&r);
  double colour[3], ground[3];

  for (int c = 0; c < 3; c++)
    {
      ground[c] = 90 * vqa_random_unit (&r);
      colour[c] = 150 + 100 * vqa_random_unit (&r);
    }
  for (int i = 0; i < SIDE * SIDE * 3; i++)
    rgb[i] = (guint8)(inside (shape, (i / 3 % SIDE - x) / size, (i / 3 / SIDE - y) / size)
                          ? colour[i % 3]
                          : ground[i % 3]);
  png = draw_png (rgb, SIDE, SIDE, 3);
  path = draw_save (folder, name, png);
}

static void
write_recipe (const char *text)
{
  cr_assert (g_file_set_contents ("shapes.recipe", text, -1, NULL));
}

static void
set_up (void)
{
  folder = draw_folder ();
  cr_assert_eq (chdir (folder), 0);
  for (guint s = 0; s < G_N_ELEMENTS (shapes); s++)
    {
      g_autofree char *class = g_build_filename ("pictures", shapes[s], NULL);
      cr_assert_eq (g_mkdir_with_parents (class, 0755), 0);
      for (int i = 0; i < EACH; i++)
        draw_shape ((int)s, i);
    }
  write_recipe ("[recipe]\nkind=classify\n[model]\nname=shapes\ntitle=Shapes\n"
                "[data]\nimages=pictures\nheld_out=25\n"
                "[network]\nnetwork=resnet18\nside=16\nhidden=64\nlayers=1\n"
                "[train]\npasses=6\npictures=16\nrate=0.002\n"
                "[run]\ncheckpoint=1000\nreport=1000\n");
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

TestSuite (classify, .init = set_up, .fini = tear_down);

static gboolean
try_train (const char *settings, const char *output, GError **error)
{
  g_auto (GStrv) list = g_strsplit (settings, " ", -1);
  vqa_run_options options = { .recipe_path = "shapes.recipe",
                              .output = output,
                              .library = "library.sqlite",
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

/* What training measured last, percent. */
static double
accuracy_of (const vqa_classifier *c)
{
  const char *at = c->scores != NULL ? strstr (c->scores, "\"accuracy\":") : NULL;
  cr_assert_not_null (at);
  return g_ascii_strtod (at + strlen ("\"accuracy\":"), NULL);
}

static vqa_classifier *
read_model (const char *path)
{
  g_autoptr (GError) error = NULL;
  vqa_classifier *c = vqa_classifier_read (path, &error);
  cr_assert_not_null (c, "%s", error != NULL ? error->message : "");
  return c;
}

/* ---- learning --------------------------------------------------------------------------- */

Test (classify, learns_drawn_shapes)
{
  g_autoptr (vqa_classifier) c = NULL;

  train ("train.passes=8", "shapes.safetensors");
  c = read_model ("shapes.safetensors");
  cr_assert_gt (accuracy_of (c), 95, "%s", progress->str);
  cr_assert_eq (c->spec.classes, 3);
  cr_assert_str_eq (c->names->pdata[0], "cross");
  cr_assert_str_eq (c->title, "Shapes");
  tiny_expect_part (c->recipe, "train");
}

/* The other networks and ways to learn; few steps, only that they go the right way. */
Test (classify, networks_and_optimisers)
{
  static const char *const settings[] = {
    "network.network=mlp train.passes=40 train.rate=0.001 optimiser.ema=0.9",
    "network.network=mobilenetv2 network.side=32 train.passes=10 optimiser.method=sgd "
    "train.rate=0.05 optimiser.schedule=one_cycle optimiser.precision=bf16",
  };
  for (guint i = 0; i < G_N_ELEMENTS (settings); i++)
    {
      g_autoptr (vqa_classifier) c = NULL;
      train (settings[i], "model.safetensors");
      c = read_model ("model.safetensors");
      cr_expect_gt (accuracy_of (c), 50, "%s: %s", settings[i], progress->str);
    }
}

static void
expect_same_file (const char *a, const char *b)
{
  g_autoptr (GMappedFile) x = g_mapped_file_new (a, FALSE, NULL),
                          y = g_mapped_file_new (b, FALSE, NULL);
  cr_assert (x != NULL && y != NULL);
  cr_assert_eq (g_mapped_file_get_length (x), g_mapped_file_get_length (y));
  cr_assert_eq (memcmp (g_mapped_file_get_contents (x), g_mapped_file_get_contents (y),
                        g_mapped_file_get_length (x)),
                0);
}

Test (classify, stopping_changes_nothing)
{
  static const char *const settings
      = "train.passes=2 optimiser.ema=0.9 run.report=0 network.network=mobilenetv2";
  g_autoptr (GError) error = NULL;

  train (settings, "whole.safetensors");
  draw_remove ("runs");
  for (int stop = 0; stop < 2; stop++)
    {
      stop_when = stop == 0 ? "train step 2/" : "train step 7/";
      g_clear_error (&error);
      cr_assert_not (try_train (settings, "parts.safetensors", &error));
      tiny_expect_error (error, VQA_ERROR, VQA_ERROR_STOPPED, "start the same recipe again", NULL);
    }
  train (settings, "parts.safetensors");
  tiny_expect_part (progress->str, "going on at step 7");
  expect_same_file ("whole.safetensors", "parts.safetensors");
}

/* ---- beginning with a folded network --------------------------------------------------------- */

Test (classify, backbone_gets_norms)
{
  nn_graph *g = nn_graph_new ();
  nn_params *p;
  g_autoptr (nn_writer) w = nn_writer_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (vqa_classifier) c = NULL;
  const nn_param *weight;

  nn_mobilenetv2_folded (g, "", nn_images (g, "picture", 32, 32, 3), TRUE);
  p = nn_params_new ((const nn_graph *const[]){ g }, 1, 5, NULL);
  nn_params_write (p, w, NN_F32, FALSE);
  cr_assert (nn_writer_save (w, "backbone.safetensors", NULL));
  train ("network.network=mobilenetv2 network.side=32 train.passes=0 "
         "data.backbone=backbone.safetensors",
         "model.safetensors");
  c = read_model ("model.safetensors");
  weight = nn_params_find (p, "block5.expand.weight");
  cr_assert_eq (memcmp (nn_params_find (c->params, "block5.expand.weight")->value, weight->value,
                        weight->count * sizeof (float)),
                0);
  cr_assert_neq (nn_params_find (c->params, "block5.expand_norm.mean")->value[0], 0);
  tiny_expect_part (progress->str, "norms inserted");

  cr_assert_not (try_train ("data.backbone=backbone.safetensors", "model.safetensors", &error));
  tiny_expect_error (error, VQA_ERROR, VQA_ERROR_RECIPE, "backbone", "mobilenetv2", NULL);
  g_clear_error (&error);
  cr_assert_not (try_train ("network.network=mobilenetv2 data.backbone=shapes.recipe",
                            "model.safetensors", &error));
  tiny_expect_error (error, NN_ERROR, NN_ERROR_FILE, "shapes.recipe", NULL);
  nn_params_free (p);
  nn_graph_free (g);
}

/* ---- folders --------------------------------------------------------------------------------- */

static const char *const quick = "network.network=mlp train.passes=1";

Test (classify, broken_picture_is_left_out)
{
  cr_assert (
      g_file_set_contents ("pictures/disc/broken.png", "\x89PNG\r\n\x1a\nnothing", -1, NULL));
  cr_assert (g_file_set_contents ("pictures/disc/notes.txt", "not a picture", -1, NULL));
  for (int i = 0; i < 2; i++) /* decoded, then from the cache */
    {
      train (quick, "model.safetensors");
      tiny_expect_part (progress->str, "left out: pictures/disc/broken.png");
      tiny_expect_part (progress->str, "left out: pictures/disc/notes.txt");
    }
}

static void
expect_refusal (const char *settings, int code, const char *part, const char *other)
{
  g_autoptr (GError) error = NULL;
  cr_assert_not (try_train (settings, "model.safetensors", &error), "%s", settings);
  tiny_expect_error (error, VQA_ERROR, code, part, other, NULL);
}

Test (classify, refuses)
{
  expect_refusal ("data.images=nowhere", VQA_ERROR_DATA, "nowhere", "folder");
  expect_refusal ("network.network=vgg", VQA_ERROR_RECIPE, "network", "vgg");
  expect_refusal ("train.speed=1", VQA_ERROR_RECIPE, "train", "speed");
  expect_refusal ("data.validation=absent.txt", VQA_ERROR_DATA, "absent.txt", "");
  cr_assert (g_file_set_contents ("nothing.txt", "other.png\n", -1, NULL));
  expect_refusal ("data.validation=nothing.txt", VQA_ERROR_DATA, "validation", "held_out");
  cr_assert_eq (g_mkdir ("pictures/empty", 0755), 0);
  expect_refusal (quick, VQA_ERROR_DATA, "pictures/empty", "no pictures");
  cr_assert (g_file_set_contents ("pictures/empty/a.png", "broken", -1, NULL));
  expect_refusal (quick, VQA_ERROR_DATA, "empty", "no picture to train on");
  cr_assert_eq (g_mkdir_with_parents ("one/cat", 0755), 0);
  expect_refusal ("data.images=one", VQA_ERROR_DATA, "one", "two classes");
}

/* A list sets aside by name in any class, or by class and name. */
Test (classify, validation_list)
{
  g_autoptr (vqa_source) s = NULL;
  g_autoptr (vqa_classify_recipe) r = NULL;
  g_autoptr (vqa_class_set) set = NULL;
  int held = 0;

  cr_assert (g_file_set_contents ("list.txt", "007.png\r\ndisc/001.png\n", -1, NULL));
  s = vqa_source_open ("shapes.recipe", NULL, NULL,
                       (const char *const[]){ "data.validation=list.txt", NULL }, NULL);
  r = vqa_classify_recipe_from (s, NULL);
  set = vqa_class_set_read (r, NULL);
  cr_assert_not_null (set);
  cr_assert_eq (set->pictures->len, 3 * EACH);
  for (guint i = 0; i < set->pictures->len; i++)
    {
      const vqa_labelled *p = set->pictures->pdata[i];
      cr_assert_eq (p->held,
                    strstr (p->name, "/007.png") != NULL || strcmp (p->name, "disc/001.png") == 0,
                    "%s", p->name);
      held += p->held;
    }
  cr_assert_eq (held, 4);
}

/* ---- the file -------------------------------------------------------------------------------- */

/* One weight that was not written right. */
static gboolean
spoil (const char *name, int *rank, uint64_t *dim, float *values, uint64_t count, gpointer user)
{
  if (strcmp (name, "fc2.weight") == 0)
    for (uint64_t i = 0; i < count; i++)
      values[i] += 1;
  return TRUE;
}

Test (classify, damaged_files_are_refused)
{
  g_autoptr (GError) damaged = NULL;
  static const struct
  {
    const char *key, *value, *part;
  } cases[] = {
    { "format", "regard-vqa-1", "not an image classifier" },
    { "architecture", "{}", "architecture" },
    { "architecture", "[[[[[[]]]]]]", "" },
    { "architecture",
      "{\"network\":\"mlp\",\"side\":1024,\"hidden\":8192,\"layers\":8,\"classes\":3}", "numbers" },
    { "classes", "a\nb", "classes" },
    { "architecture", NULL, "architecture" },
  };

  train (quick, "model.safetensors");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      tiny_copy ("model.safetensors", "bad.safetensors", cases[i].key, cases[i].value, NULL, NULL);
      cr_assert_null (vqa_classifier_read ("bad.safetensors", &error));
      tiny_expect_part (error->message, "bad.safetensors");
      tiny_expect_part (error->message, cases[i].part);
    }
  tiny_copy ("model.safetensors", "bad.safetensors", NULL, NULL, spoil, NULL);
  cr_assert_null (vqa_classifier_read ("bad.safetensors", &damaged));
  tiny_expect_error (damaged, VQA_ERROR, VQA_ERROR_MODEL, "check picture", "damaged", NULL);
}
