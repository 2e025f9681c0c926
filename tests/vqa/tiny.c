#include "tests/vqa/tiny.h"

#include "nets/core/safetensors.h"
#include "tests/vqa/draw.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

/* ---- data sets -------------------------------------------------------------------------- */

char *
tiny_path (const char *folder, const char *name)
{
  return g_build_filename (folder, name, NULL);
}

char *
tiny_picture_name (int image)
{
  return g_strdup_printf ("COCO_val2014_%012d.jpg", image);
}

void
tiny_pictures (const char *folder, int first, int count)
{
  g_autofree char *images = tiny_path (folder, "images");

  cr_assert_eq (g_mkdir_with_parents (images, 0700), 0);
  for (int i = first; i < first + count; i++)
    {
      g_autofree char *name = tiny_picture_name (i);
      g_autofree guint8 *pixels = draw_scene (40, 30);
      g_autoptr (GBytes) jpeg = NULL;

      for (int k = 0; k < 40 * 30; k++)
        {
          pixels[3 * k] = (guint8)(pixels[3 * k] + 37 * i);
          pixels[3 * k + 2] = (guint8)(90 * i);
        }
      jpeg = draw_jpeg (pixels, 40, 30, 3, 90);
      g_free (draw_save (images, name, jpeg));
    }
}

/* {"answer":...},{...} of "yes,yes,no". */
static void
append_answers (GString *text, const char *answers)
{
  g_auto (GStrv) parts = g_strsplit (answers, ",", -1);

  for (char **part = parts; *part != NULL; part++)
    {
      g_autofree char *escaped = g_strescape (*part, NULL);
      g_string_append_printf (text, "%s{\"answer\":\"%s\",\"answer_id\":%d}",
                              part > parts ? "," : "", escaped, (int)(part - parts) + 1);
    }
}

void
tiny_questions (const char *folder, const char *name, const tiny_question *list, guint n)
{
  g_autoptr (GString) questions = g_string_new ("{\"questions\":[");
  g_autoptr (GString) annotations = g_string_new ("{\"annotations\":[");
  g_autofree char *questions_name = g_strconcat (name, "_questions.json", NULL);
  g_autofree char *annotations_name = g_strconcat (name, "_annotations.json", NULL);

  for (guint i = 0; i < n; i++)
    {
      g_string_append_printf (questions,
                              "%s\n{\"question_id\":%u,\"image_id\":%d,\"question\":\"%s\"}",
                              i > 0 ? "," : "", i + 1, list[i].image, list[i].question);
      if (list[i].answers == NULL)
        continue;
      g_string_append_printf (
          annotations, "%s\n{\"question_id\":%u,\"answer_type\":\"%s\",\"answers\":[",
          g_str_has_suffix (annotations->str, "[") ? "" : ",", i + 1, list[i].type);
      append_answers (annotations, list[i].answers);
      g_string_append (annotations, "]}");
    }
  g_string_append (questions, "]}");
  g_string_append (annotations, "]}");
  g_free (draw_file (folder, questions_name, questions->str, -1));
  g_free (draw_file (folder, annotations_name, annotations->str, -1));
}

const char tiny_recipe[] = "# Two stages of a few steps.\n"
                           "[model]\n"
                           "name=tiny\n"
                           "title=Tiny pictures\n"
                           "[data]\n"
                           "images=images\n"
                           "questions=tiny_questions.json\n"
                           "annotations=tiny_annotations.json\n"
                           "classes=classes.tsv\n"
                           "validation=names.txt\n"
                           "answers=8\n"
                           "vocabulary=60\n"
                           "calibration=0\n"
                           "[network]\n"
                           "side=32\n"
                           "max_words=12\n"
                           "embed=8\n"
                           "hidden=16\n"
                           "width=16\n"
                           "blocks=2\n"
                           "heads=2\n"
                           "key=4\n"
                           "joint=16\n"
                           "blind=8\n"
                           "[head]\n"
                           "passes=2\n"
                           "pictures=2\n"
                           "questions=3\n"
                           "[whole]\n"
                           "passes=1\n"
                           "pictures=3\n"
                           "questions=3\n"
                           "rate=0.0005\n"
                           "[run]\n"
                           "seed=7\n";

void
tiny_set (const char *folder)
{
  static const char *const classes[] = { "dog", "dining table", "skis", "dog,apple" };
  g_autoptr (GString) rows = g_string_new (NULL);
  tiny_question list[16];

  tiny_pictures (folder, 1, 8);
  for (int i = 0; i < 8; i++)
    {
      g_autofree char *file = tiny_picture_name (i + 1);
      g_string_append_printf (rows, "%s\t%s\n", file, classes[i % 4]);
      list[2 * i] = (tiny_question){ i + 1, "Is there a dog?", "yes/no",
                                     i % 2 == 0 ? "yes,yes,yes,no" : "no,no,no" };
      list[2 * i + 1]
          = (tiny_question){ i + 1, "What colour is it?", "other", i < 4 ? "red,blue" : "red" };
    }
  tiny_questions (folder, "tiny", list, G_N_ELEMENTS (list));
  g_free (draw_file (folder, "classes.tsv", rows->str, -1));
  g_free (draw_file (folder, "names.txt",
                     "COCO_val2014_000000000007.jpg\r\nCOCO_val2014_000000000008.jpg\n", -1));
  g_free (draw_file (folder, "tiny.recipe", tiny_recipe, -1));
}

/* ---- models ----------------------------------------------------------------------------- */

vqa_contents *
tiny_contents (void)
{
  static const char *const words[]
      = { "what", "is", "in", "the", "picture", "there", "a", "dog", "colour", "it" };
  static const char *const answers[] = { "yes", "no", "red", "blue", "2", "dog", "hot dog" };
  vqa_contents *c = vqa_contents_new ();

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    vqa_contents_add_word (c, words[i]);
  for (guint i = 0; i < G_N_ELEMENTS (answers); i++)
    vqa_contents_add_answer (c, answers[i]);
  c->spec = (vqa_spec){ .side = 64,
                        .words = G_N_ELEMENTS (words),
                        .max_words = 8,
                        .embed = 8,
                        .hidden = 16,
                        .width = 16,
                        .blocks = 2,
                        .film = 1,
                        .attention = 1,
                        .heads = 2,
                        .head = 1280,
                        .filters = 64,
                        .halvings = 3,
                        .key = 4,
                        .modulation = NN_MODULATE_GATE | NN_MODULATE_QUERY_KEY,
                        .joint = 16,
                        .blind = 8,
                        .answers = G_N_ELEMENTS (answers) };
  c->title = g_strdup ("Tiny pictures");
  c->description = g_strdup ("Not trained.\nWith “quotes”.");
  c->terms = g_strdup ("None.");
  c->recipe = g_strdup ("[model]\nname=tiny\n");
  c->scores = g_strdup ("{\"human\":{\"questions\":0}}");
  return c;
}

vqa_graphs *
tiny_graphs (const vqa_contents *c)
{
  g_autoptr (GError) error = NULL;
  vqa_graphs *g = vqa_graphs_new (&c->spec, 3, NULL, &error);

  cr_assert_not_null (g, "%s", error != NULL ? error->message : "");
  for (guint i = 0; i < nn_params_count (g->params); i++)
    {
      nn_param *p = nn_params_nth (g->params, i);
      float scale = p->rank > 1 ? 1 : 0.25f;
      gboolean zero = TRUE;

      for (size_t k = 0; k < p->count; k++)
        zero = zero && p->value[k] == 0;
      for (size_t k = 0; zero && k < p->count; k++)
        p->value[k] = scale * ((float)((k * 7 + i) % 13) / 6 - 1);
    }
  nn_params_changed (g->params);
  return g;
}

void
tiny_model (const char *path)
{
  g_autoptr (vqa_contents) c = tiny_contents ();
  g_autoptr (GError) error = NULL;
  vqa_graphs *g = tiny_graphs (c);
  gboolean written = vqa_model_write (c, g, path, &error);

  cr_assert (written, "%s", error != NULL ? error->message : "");
  vqa_graphs_free (g);
}

/* Text as a JSON string. */
static void
append_json (GString *to, const char *text)
{
  g_string_append_c (to, '"');
  for (; *text != '\0'; text++)
    if ((guchar)*text < 0x20 || *text == '"' || *text == '\\')
      g_string_append_printf (to, "\\u%04x", (guint)*text);
    else
      g_string_append_c (to, *text);
  g_string_append_c (to, '"');
}

static void
append_metadata (GString *header, const nn_file *f, const char *key, const char *value)
{
  static const char *const keys[]
      = { "format",         "classes", "architecture", "normalisation", "golden.question",
          "golden.picture", "words",   "answers",      "temperature",   "blind_temperature",
          "confident",      "title",   "description",  "terms",         "recipe",
          "scores" };
  const char *comma = "";

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      const char *old = nn_file_metadata (f, keys[i]);
      const char *now = g_strcmp0 (key, keys[i]) == 0 ? value : old;
      if (now == NULL)
        continue;
      g_string_append_printf (header, "%s\"%s\":", comma, keys[i]);
      append_json (header, now);
      comma = ",";
    }
}

/* Adds a tensor's entry and bytes, edited. */
static void
append_tensor (GString *header, GByteArray *data, const nn_tensor *t, tiny_edit edit, gpointer user)
{
  g_autofree float *values = g_new (float, t->count + 1);
  uint64_t dim[8], count = 1;
  guint first = data->len;
  int rank = t->rank;

  memcpy (dim, t->dim, sizeof dim);
  cr_assert (nn_tensor_read (t, 0, t->count, values, NULL));
  if (edit != NULL && !edit (t->name, &rank, dim, values, t->count, user))
    return;
  g_string_append_printf (header, ",\"%s\":{\"dtype\":\"%s\",\"shape\":[", t->name,
                          t->dtype == NN_F16 ? "F16" : "F32");
  for (int i = 0; i < rank; i++)
    {
      g_string_append_printf (header, "%s%" G_GUINT64_FORMAT, i > 0 ? "," : "", dim[i]);
      count *= dim[i];
    }
  g_byte_array_set_size (data, first + (guint)(count * (t->dtype == NN_F16 ? 2 : 4)));
  if (t->dtype == NN_F16)
    nn_f32_to_f16 (values, (uint16_t *)(data->data + first), count);
  else
    memcpy (data->data + first, values, count * sizeof *values);
  g_string_append_printf (header, "],\"data_offsets\":[%u,%u]}", first, data->len);
}

void
tiny_copy (const char *from, const char *to, const char *key, const char *value, tiny_edit edit,
           gpointer user)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (nn_file) f = nn_file_open (from, &error);
  g_autoptr (GString) header = g_string_new ("{\"__metadata__\":{");
  g_autoptr (GByteArray) data = g_byte_array_new ();
  guint64 length;
  FILE *file = fopen (to, "w"); /* not synced as a model is: there are many */

  cr_assert_not_null (f, "%s", error != NULL ? error->message : "");
  cr_assert_not_null (file);
  append_metadata (header, f, key, value);
  g_string_append_c (header, '}');
  for (guint i = 0; i < nn_file_count (f); i++)
    append_tensor (header, data, nn_file_nth (f, i), edit, user);
  g_string_append_c (header, '}');
  length = GUINT64_TO_LE (header->len);
  cr_assert (fwrite (&length, 8, 1, file) == 1);
  cr_assert (fwrite (header->str, header->len, 1, file) == 1);
  cr_assert (fwrite (data->data, data->len, 1, file) == 1);
  cr_assert_eq (fclose (file), 0);
}

/* ---- errors ----------------------------------------------------------------------------- */

void
tiny_expect_part (const char *text, const char *part)
{
  cr_assert_not_null (strstr (text, part), "“%s” is missing in: %s", part, text);
}

void
tiny_expect_error (const GError *error, GQuark domain, int code, ...)
{
  va_list parts;

  cr_assert_not_null (error, "no error was set");
  cr_assert (g_error_matches (error, domain, code), "another kind of error (%s %d): %s",
             g_quark_to_string (error->domain), error->code, error->message);
  cr_assert (g_utf8_validate (error->message, -1, NULL));
  va_start (parts, code);
  for (const char *part = va_arg (parts, char *); part != NULL; part = va_arg (parts, char *))
    tiny_expect_part (error->message, part);
  va_end (parts);
}
