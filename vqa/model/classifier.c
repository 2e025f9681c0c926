#include "vqa/model/classifier.h"

#include "nets/core/params_file.h"
#include "nets/zoo/zoo.h"
#include "vqa/model/file.h"

#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

#define FORMAT       "regard-classifier-1"
#define MAX_LAYERS   8
#define GOLDEN       VQA_GOLDEN_LOGITS
#define MAX_CLASSES  100000
#define MAX_METADATA 4 /* depth of the architecture's JSON */

const char *const vqa_networks[] = { "resnet18", "mobilenetv2", "mlp", NULL };

nn_node
vqa_classifier_net (nn_graph *g, const vqa_classifier_spec *s, nn_node *picture)
{
  int hidden[MAX_LAYERS];

  if (s->network == VQA_MLP)
    {
      *picture = nn_values (g, "pixels", 1, s->side * s->side * 3);
      for (int i = 0; i < MAX_LAYERS; i++)
        hidden[i] = s->hidden;
      return nn_mlp (g, "", *picture, hidden, MIN (s->layers, MAX_LAYERS), s->classes);
    }
  *picture = nn_images (g, "picture", s->side, s->side, 3);
  return s->network == VQA_RESNET18 ? nn_resnet18 (g, "", *picture, s->classes)
                                    : nn_mobilenetv2 (g, "", *picture, s->classes).logits;
}

/* seed NULL: the values come from a file, which holds so many numbers. */
static vqa_classifier *
classifier_new (const vqa_classifier_spec *spec, GPtrArray *names, const guint64 *seed,
                guint64 held, GError **error)
{
  g_autoptr (vqa_classifier) c = g_new0 (vqa_classifier, 1);

  c->spec = *spec;
  c->names = g_ptr_array_ref (names);
  c->graph = nn_graph_new ();
  c->logits = nn_keep (c->graph, vqa_classifier_net (c->graph, spec, &c->picture));
  if (!nn_graph_check (c->graph, error))
    return NULL;
  if (seed == NULL && (guint64)nn_graph_parameters (c->graph) > held)
    {
      g_set_error (error, VQA_ERROR, VQA_ERROR_MODEL,
                   "it holds %" G_GUINT64_FORMAT
                   " numbers, but its architecture needs %" G_GINT64_FORMAT,
                   held, nn_graph_parameters (c->graph));
      return NULL;
    }
  c->params = seed != NULL ? nn_params_new ((const nn_graph *const[]){ c->graph }, 1, *seed, error)
                           : nn_params_new_zero ((const nn_graph *const[]){ c->graph }, 1, error);
  return c->params != NULL ? g_steal_pointer (&c) : NULL;
}

vqa_classifier *
vqa_classifier_new (const vqa_classifier_spec *spec, GPtrArray *names, guint64 seed, GError **error)
{
  return classifier_new (spec, names, &seed, 0, error);
}

void
vqa_classifier_free (vqa_classifier *c)
{
  if (c == NULL)
    return;
  nn_params_free (c->params);
  nn_graph_free (c->graph);
  g_ptr_array_unref (c->names);
  g_free (c->title);
  g_free (c->description);
  g_free (c->terms);
  g_free (c->recipe);
  g_free (c->scores);
  g_free (c);
}

/* Logits (classes) of the golden picture. */
static gboolean
golden_logits (const vqa_classifier *c, float *logits, GError **error)
{
  size_t pixels = (size_t)c->spec.side * c->spec.side * 3;
  g_autofree guint8 *rgb = g_malloc (pixels);
  nn_exec *e = nn_exec_new (c->graph, c->params, NN_INFER, 1, error);

  if (e == NULL)
    return FALSE;
  vqa_golden_picture (c->spec.side, rgb);
  vqa_net_pixels (rgb, pixels, nn_data (e, c->picture));
  nn_forward (e);
  memcpy (logits, nn_data (e, c->logits), c->spec.classes * sizeof (float));
  nn_exec_free (e);
  return TRUE;
}

/* ---- writing --------------------------------------------------------------------------------- */

static void
write_texts (const vqa_classifier *c, nn_writer *w)
{
  const struct
  {
    const char *key, *text;
  } texts[] = { { "title", c->title },
                { "description", c->description },
                { "terms", c->terms },
                { "recipe", c->recipe },
                { "scores", c->scores } };
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    if (texts[i].text != NULL)
      nn_writer_metadata (w, texts[i].key, texts[i].text);
}

gboolean
vqa_classifier_write (vqa_classifier *c, const char *path, GError **error)
{
  const vqa_classifier_spec *s = &c->spec;
  g_autoptr (nn_writer) w = nn_writer_new ();
  g_autoptr (GString) names = g_string_new (NULL);
  g_autofree float *logits = g_new0 (float, s->classes);
  g_autofree char *architecture = g_strdup_printf (
      "{\"network\":\"%s\",\"side\":%d,\"hidden\":%d,\"layers\":%d,\"classes\":%d}",
      vqa_networks[s->network], s->side, s->hidden, s->layers, s->classes);

  if (!golden_logits (c, logits, error))
    return FALSE;
  for (guint i = 0; i < c->names->len; i++)
    g_string_append_printf (names, "%s%s", i > 0 ? "\n" : "", (const char *)c->names->pdata[i]);
  nn_writer_metadata (w, "format", FORMAT);
  nn_writer_metadata (w, "architecture", architecture);
  nn_writer_metadata (w, "classes", names->str);
  nn_writer_metadata (w, "normalisation", "(byte - 128) / 128, RGB");
  nn_writer_metadata (w, "golden.picture",
                      "byte (y,x,c) = (5 x + 3 y + 40 c + ((x y) >> 4)) mod 256");
  write_texts (c, w);
  nn_params_write (c->params, w, NN_F32, FALSE);
  nn_writer_add (w, GOLDEN, NN_F32, 1, (uint64_t[]){ s->classes }, logits);
  return nn_writer_save (w, path, error);
}

/* ---- reading --------------------------------------------------------------------------------- */

static gboolean
fail (GError **error, const char *what)
{
  g_set_error_literal (error, VQA_ERROR, VQA_ERROR_MODEL, what);
  return FALSE;
}

/* A whole number in the architecture; -1 when it is absent or outside its limits. */
static int
read_size (JsonObject *o, const char *name, int most)
{
  JsonNode *node = json_object_get_member (o, name);
  gboolean whole = node != NULL && JSON_NODE_HOLDS_VALUE (node)
                   && json_node_get_value_type (node) == G_TYPE_INT64;
  gint64 value = whole ? json_node_get_int (node) : -1;
  return value >= 0 && value <= most ? (int)value : -1;
}

static gboolean
read_spec (vqa_classifier_spec *s, const char *text, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonNode *root, *network;
  JsonObject *o;
  const char *name;

  if (text == NULL)
    return fail (error, "its metadata lacks “architecture”");
  if (!nn_json_check (text, strlen (text), MAX_METADATA, error)
      || !json_parser_load_from_data (parser, text, -1, error))
    return FALSE;
  root = json_parser_get_root (parser);
  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root))
    return fail (error, "its architecture is not an object");
  o = json_node_get_object (root);
  network = json_object_get_member (o, "network");
  name = network != NULL && JSON_NODE_HOLDS_VALUE (network) ? json_node_get_string (network) : NULL;
  s->network = 0;
  while (vqa_networks[s->network] != NULL && g_strcmp0 (vqa_networks[s->network], name) != 0)
    s->network++;
  s->side = read_size (o, "side", 1024);
  s->hidden = read_size (o, "hidden", 8192);
  s->layers = read_size (o, "layers", MAX_LAYERS);
  s->classes = read_size (o, "classes", MAX_CLASSES);
  if (vqa_networks[s->network] == NULL || s->side < 8 || s->hidden < 1 || s->layers < 0
      || s->classes < 2)
    return fail (error, "its architecture is not one that this version of Regard knows");
  return TRUE;
}

static GPtrArray *
read_names (const char *text, int count, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_auto (GStrv) lines = g_strsplit (text != NULL ? text : "", "\n", -1);

  for (char **line = lines; *line != NULL; line++)
    g_ptr_array_add (names, g_strdup (*line));
  if (names->len == (guint)count)
    return g_steal_pointer (&names);
  fail (error, "its classes are not as many as its architecture says");
  return NULL;
}

static gboolean
check_golden (const vqa_classifier *c, const nn_file *f, GError **error)
{
  const nn_tensor *stored = nn_file_find (f, GOLDEN);
  int n = c->spec.classes;
  g_autofree float *wanted = g_new0 (float, n), *got = g_new0 (float, n);

  if (stored == NULL || stored->count != (guint64)n || !nn_tensor_read (stored, 0, n, wanted, NULL))
    return fail (error, "its " GOLDEN " are missing or mis-shaped");
  if (!golden_logits (c, got, error))
    return FALSE;
  for (int i = 0; i < n; i++)
    if (!(fabsf (got[i] - wanted[i]) <= 0.02f + 0.005f * fabsf (wanted[i])))
      return fail (error, "its check picture gives other values than it should; the file is "
                          "damaged, fetch or train it again");
  return TRUE;
}

static vqa_classifier *
read_file (const nn_file *f, GError **error)
{
  vqa_classifier_spec spec;
  g_autoptr (GPtrArray) names = NULL;
  g_autoptr (vqa_classifier) c = NULL;
  guint64 held = 0;

  if (g_strcmp0 (nn_file_metadata (f, "format"), FORMAT) != 0)
    {
      fail (error, "it is not an image classifier of this version (format “" FORMAT "”)");
      return NULL;
    }
  if (!read_spec (&spec, nn_file_metadata (f, "architecture"), error))
    return NULL;
  names = read_names (nn_file_metadata (f, "classes"), spec.classes, error);
  for (guint i = 0; i < nn_file_count (f); i++)
    held += nn_file_nth (f, i)->count;
  c = names != NULL ? classifier_new (&spec, names, NULL, held, error) : NULL;
  if (c == NULL || !nn_params_read (c->params, f, "", "", error) || !check_golden (c, f, error))
    return NULL;
  c->title = g_strdup (nn_file_metadata (f, "title"));
  c->description = g_strdup (nn_file_metadata (f, "description"));
  c->terms = g_strdup (nn_file_metadata (f, "terms"));
  c->recipe = g_strdup (nn_file_metadata (f, "recipe"));
  c->scores = g_strdup (nn_file_metadata (f, "scores"));
  return g_steal_pointer (&c);
}

vqa_classifier *
vqa_classifier_read (const char *path, GError **error)
{
  g_autoptr (nn_file) f = nn_file_open (path, error);
  vqa_classifier *c = f != NULL ? read_file (f, error) : NULL;

  if (f != NULL && c == NULL)
    g_prefix_error (error, "%s: ", path);
  return c;
}
