#include "vqa/model/file.h"

#include "nets/core/params_file.h"

#include <math.h>
#include <string.h>

#define FORMAT "regard-vqa-1"

vqa_contents *
vqa_contents_new (void)
{
  vqa_contents *c = g_new0 (vqa_contents, 1);
  c->spec = vqa_spec_default ();
  c->words = g_ptr_array_new_with_free_func (g_free);
  c->answers = g_ptr_array_new_with_free_func (g_free);
  c->index = g_hash_table_new (g_str_hash, g_str_equal);
  c->temperature = c->blind_temperature = 1;
  c->confident = 0.5;
  return c;
}

void
vqa_contents_free (vqa_contents *c)
{
  if (c == NULL)
    return;
  g_hash_table_unref (c->index);
  g_ptr_array_unref (c->words);
  g_ptr_array_unref (c->answers);
  g_free (c->title);
  g_free (c->description);
  g_free (c->terms);
  g_free (c->recipe);
  g_free (c->scores);
  g_free (c);
}

void
vqa_contents_add_word (vqa_contents *c, const char *word)
{
  char *copy = g_strdup (word);
  g_ptr_array_add (c->words, copy);
  g_hash_table_insert (c->index, copy, GUINT_TO_POINTER (c->words->len));
}

void
vqa_contents_add_answer (vqa_contents *c, const char *answer)
{
  g_ptr_array_add (c->answers, g_strdup (answer));
}

/* ---- reading --------------------------------------------------------------------------------- */

static const char *
needed (const nn_file *f, const char *key, GError **error)
{
  const char *value = nn_file_metadata (f, key);
  if (value == NULL)
    g_set_error (error, VQA_ERROR, VQA_ERROR_MODEL,
                 "%s is not a Regard model: its metadata lacks “%s”", nn_file_path (f), key);
  return value;
}

static gboolean
read_number (const nn_file *f, const char *key, double least, double most, double *to,
             GError **error)
{
  const char *text = needed (f, key, error);
  char *end;
  if (text == NULL)
    return FALSE;
  *to = g_ascii_strtod (text, &end);
  if (end != text && *end == '\0' && *to >= least && *to <= most)
    return TRUE;
  g_set_error (error, VQA_ERROR, VQA_ERROR_MODEL, "%s: “%s” must be a number from %g to %g",
               nn_file_path (f), key, least, most);
  return FALSE;
}

/* Reads a list of lines; there must be `count`, none empty, none twice. */
static gboolean
read_lines (const nn_file *f, const char *key, int count, vqa_contents *c,
            void (*add) (vqa_contents *, const char *), GError **error)
{
  const char *text = needed (f, key, error);
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  g_auto (GStrv) lines = NULL;

  if (text == NULL)
    return FALSE;
  lines = g_strsplit (text, "\n", -1);
  if (g_strv_length (lines) != (guint)count)
    {
      g_set_error (error, VQA_ERROR, VQA_ERROR_MODEL, "%s: %u %s, but the architecture has %d",
                   nn_file_path (f), g_strv_length (lines), key, count);
      return FALSE;
    }
  for (guint i = 0; lines[i] != NULL; i++)
    if (*lines[i] == '\0' || !g_hash_table_add (seen, lines[i]))
      {
        g_set_error (error, VQA_ERROR, VQA_ERROR_MODEL,
                     "%s: line %u of %s is empty or a repetition", nn_file_path (f), i + 1, key);
        return FALSE;
      }
    else
      add (c, lines[i]);
  return TRUE;
}

vqa_contents *
vqa_contents_read (const nn_file *f, GError **error)
{
  g_autoptr (vqa_contents) c = vqa_contents_new ();
  const char *format = needed (f, "format", error), *architecture;

  if (format == NULL)
    return NULL;
  if (strcmp (format, FORMAT) != 0)
    {
      g_set_error (error, VQA_ERROR, VQA_ERROR_MODEL,
                   "%s has the format “%.40s”; this version of Regard reads “%s”", nn_file_path (f),
                   format, FORMAT);
      return NULL;
    }
  architecture = needed (f, "architecture", error);
  if (architecture == NULL)
    return NULL;
  if (!vqa_spec_from_json (&c->spec, architecture, error))
    {
      g_prefix_error (error, "%s: ", nn_file_path (f));
      return NULL;
    }
  if (!read_lines (f, "words", c->spec.words, c, vqa_contents_add_word, error)
      || !read_lines (f, "answers", c->spec.answers, c, vqa_contents_add_answer, error)
      || !read_number (f, "temperature", 0.01, 100, &c->temperature, error)
      || !read_number (f, "blind_temperature", 0.01, 100, &c->blind_temperature, error)
      || !read_number (f, "confident", 0, 1, &c->confident, error))
    return NULL;
  c->title = g_strdup (nn_file_metadata (f, "title"));
  c->description = g_strdup (nn_file_metadata (f, "description"));
  c->terms = g_strdup (nn_file_metadata (f, "terms"));
  c->recipe = g_strdup (nn_file_metadata (f, "recipe"));
  c->scores = g_strdup (nn_file_metadata (f, "scores"));
  return g_steal_pointer (&c);
}

/* ---- writing --------------------------------------------------------------------------------- */

static void
write_number (nn_writer *w, const char *key, double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];
  nn_writer_metadata (w, key, g_ascii_formatd (text, sizeof text, "%.6g", value));
}

static void
write_lines (nn_writer *w, const char *key, const GPtrArray *lines)
{
  g_autoptr (GString) text = g_string_new (NULL);
  for (guint i = 0; i < lines->len; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? "\n" : "", (const char *)lines->pdata[i]);
  nn_writer_metadata (w, key, text->str);
}

static void
write_text (nn_writer *w, const char *key, const char *text)
{
  if (text != NULL)
    nn_writer_metadata (w, key, text);
}

void
vqa_contents_write (const vqa_contents *c, nn_writer *w)
{
  g_autofree char *architecture = vqa_spec_to_json (&c->spec);
  nn_writer_metadata (w, "format", FORMAT);
  nn_writer_metadata (w, "architecture", architecture);
  nn_writer_metadata (w, "normalisation", "(byte - 128) / 128, RGB");
  nn_writer_metadata (w, "golden.question", VQA_GOLDEN_QUESTION);
  nn_writer_metadata (w, "golden.picture",
                      "byte (y,x,c) = (5 x + 3 y + 40 c + ((x y) >> 4)) mod 256");
  write_lines (w, "words", c->words);
  write_lines (w, "answers", c->answers);
  write_number (w, "temperature", c->temperature);
  write_number (w, "blind_temperature", c->blind_temperature);
  write_number (w, "confident", c->confident);
  write_text (w, "title", c->title);
  write_text (w, "description", c->description);
  write_text (w, "terms", c->terms);
  write_text (w, "recipe", c->recipe);
  write_text (w, "scores", c->scores);
}

/* ---- graphs ---------------------------------------------------------------------------------- */

static vqa_graphs *
describe (const vqa_spec *spec, GError **error)
{
  vqa_graphs *g = g_new0 (vqa_graphs, 1);

  g->features = nn_graph_new ();
  g->picture = nn_images (g->features, "picture", spec->side, spec->side, 3);
  g->seen = vqa_net_features (g->features, spec, g->picture);
  g->answer = nn_graph_new ();
  g->maps = vqa_net_map_inputs (g->answer, spec);
  g->words = nn_words (g->answer, "words", 1, spec->max_words);
  g->out = vqa_net_answer (g->answer, spec, g->maps, g->words, 1);
  if (nn_graph_check (g->features, error) && nn_graph_check (g->answer, error))
    return g;
  vqa_graphs_free (g);
  return NULL;
}

/* seed NULL: the values come from a file. */
static gboolean
add_params (vqa_graphs *g, const nn_graph *beside, const guint64 *seed, GError **error)
{
  const nn_graph *all[] = { g->features, g->answer, beside };
  guint n = beside != NULL ? 3 : 2;
  g->params
      = seed != NULL ? nn_params_new (all, n, *seed, error) : nn_params_new_zero (all, n, error);
  return g->params != NULL;
}

vqa_graphs *
vqa_graphs_new (const vqa_spec *spec, guint64 seed, const nn_graph *beside, GError **error)
{
  vqa_graphs *g = describe (spec, error);
  if (g != NULL && add_params (g, beside, &seed, error))
    return g;
  vqa_graphs_free (g);
  return NULL;
}

/* One weight that is not a number would spoil every answer, or only some that the golden question
 * does not reach. */
static gboolean
check_finite (const vqa_graphs *g, const nn_file *f, GError **error)
{
  for (guint i = 0; i < nn_params_count (g->params); i++)
    {
      const nn_param *p = nn_params_nth (g->params, i);
      for (size_t k = 0; k < p->count; k++)
        if (!isfinite (p->value[k]))
          {
            g_set_error (error, VQA_ERROR, VQA_ERROR_MODEL,
                         "%s: %s holds a value that is not a finite number; the file is damaged, "
                         "fetch or train it again",
                         nn_file_path (f), p->name);
            return FALSE;
          }
    }
  return TRUE;
}

vqa_graphs *
vqa_graphs_read (const vqa_spec *spec, const nn_file *f, GError **error)
{
  vqa_graphs *g = describe (spec, error);
  guint64 held = 0;
  gint64 wanted;

  if (g == NULL)
    {
      g_prefix_error (error, "%s: ", nn_file_path (f));
      return NULL;
    }
  for (guint i = 0; i < nn_file_count (f); i++)
    held += nn_file_nth (f, i)->count;
  wanted = nn_graph_parameters (g->features) + nn_graph_parameters (g->answer);
  if ((guint64)wanted > held)
    g_set_error (error, VQA_ERROR, VQA_ERROR_MODEL,
                 "%s holds %" G_GUINT64_FORMAT
                 " numbers, but its architecture needs %" G_GINT64_FORMAT,
                 nn_file_path (f), held, wanted);
  else if (add_params (g, NULL, NULL, error) && nn_params_read (g->params, f, "", "", error)
           && check_finite (g, f, error))
    return g;
  vqa_graphs_free (g);
  return NULL;
}

void
vqa_graphs_free (vqa_graphs *g)
{
  if (g == NULL)
    return;
  nn_params_free (g->params);
  nn_graph_free (g->features);
  nn_graph_free (g->answer);
  g_free (g);
}

void
vqa_golden_picture (int side, guint8 *rgb)
{
  for (int y = 0; y < side; y++)
    for (int x = 0; x < side; x++)
      for (int c = 0; c < 3; c++)
        *rgb++ = (guint8)(5 * x + 3 * y + 40 * c + ((x * y) >> 4));
}

/* Answers the golden question; logits (answers). */
static gboolean
golden_logits (const vqa_contents *c, vqa_graphs *g, float *logits, GError **error)
{
  size_t pixels = (size_t)c->spec.side * c->spec.side * 3;
  g_autofree guint8 *rgb = g_malloc (pixels);
  nn_exec *features = nn_exec_new (g->features, g->params, NN_INFER, 1, error);
  nn_exec *answer = features ? nn_exec_new (g->answer, g->params, NN_INFER, 1, error) : NULL;

  if (answer != NULL)
    {
      g_autofree float *maps = g_new (float, vqa_net_maps_count (g->features, g->seen));
      vqa_golden_picture (c->spec.side, rgb);
      vqa_net_pixels (rgb, pixels, nn_data (features, g->picture));
      nn_forward (features);
      vqa_net_maps_get (features, g->features, g->seen, 0, maps);
      vqa_net_maps_put (answer, g->answer, g->maps, 0, maps);
      vqa_net_words (c->index, VQA_GOLDEN_QUESTION, c->spec.max_words, nn_ids (answer, g->words),
                     NULL);
      nn_forward (answer);
      memcpy (logits, nn_data (answer, g->out.logits), c->spec.answers * sizeof (float));
    }
  nn_exec_free (features);
  nn_exec_free (answer);
  return answer != NULL;
}

gboolean
vqa_model_write (const vqa_contents *c, vqa_graphs *g, const char *path, GError **error)
{
  g_autoptr (nn_writer) w = nn_writer_new ();
  g_autofree float *logits = g_new0 (float, c->spec.answers);

  for (guint i = 0; i < nn_params_count (g->params); i++)
    {
      nn_param *p = nn_params_nth (g->params, i);
      g_autofree uint16_t *half = g_new (uint16_t, p->count);
      nn_f32_to_f16 (p->value, half, p->count);
      nn_f16_to_f32 (half, p->value, p->count);
    }
  nn_params_changed (g->params);
  if (!golden_logits (c, g, logits, error))
    return FALSE;
  vqa_contents_write (c, w);
  nn_params_write (g->params, w, NN_F16, FALSE);
  nn_writer_add (w, VQA_GOLDEN_LOGITS, NN_F32, 1, (uint64_t[]){ c->spec.answers }, logits);
  return nn_writer_save (w, path, error);
}
