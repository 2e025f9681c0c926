/* Operations against numbers that golden.py computed by numpy: results and gradients. */
#include "nets/core/safetensors.h"
#include "nets/nn.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#define MAX_NODES 4

/* One case: its graph and the nodes that the file has values for. */
typedef struct
{
  const nn_file *file;
  const char *name;
  int batch, option;
  nn_graph *g;
  int n;
  const char *input[MAX_NODES];
  nn_node node[MAX_NODES];
} golden;

static const nn_tensor *
find (const golden *c, const char *kind, const char *name)
{
  g_autofree char *full = g_strconcat (c->name, kind, name, NULL);
  const nn_tensor *t = nn_file_find (c->file, full);
  cr_assert_not_null (t, "golden.safetensors lacks %s", full);
  return t;
}

/* An input as the file has it: (N,H,W,C), (N,W), or ids (N,T). */
static nn_node
input (golden *c, const char *name)
{
  const nn_tensor *t = find (c, "/in/", name);
  int dim[4] = { 0 };
  nn_node x;
  for (int i = 0; i < t->rank; i++)
    dim[i] = (int)t->dim[i];
  c->batch = dim[0];
  x = t->dtype == NN_I32 ? nn_words (c->g, name, 1, dim[1])
      : t->rank == 4     ? nn_images (c->g, name, dim[1], dim[2], dim[3])
                         : nn_values (c->g, name, 1, dim[1]);
  c->input[c->n] = name;
  return c->node[c->n++] = nn_keep (c->g, x);
}

/* ---- cases ------------------------------------------------------------------------------- */

static nn_node
build_conv (golden *c)
{
  nn_conv_options o = { .out = 4, .kernel = 3, .stride = 2, .top = 1, .bottom = 1, .right = 1 };
  return nn_conv_with (c->g, "op", input (c, "x"), &o);
}

static nn_node
build_grouped (golden *c)
{
  nn_conv_options o = {
    .out = 3, .kernel = 3, .stride = 1, .groups = 3, .top = 1, .left = 1, .bottom = 1, .right = 1
  };
  return nn_conv_with (c->g, "op", input (c, "x"), &o);
}

static nn_node
build_norm (golden *c)
{
  return nn_norm (c->g, "op", input (c, "x"));
}

static nn_node
build_film (golden *c)
{
  nn_node x = input (c, "x");
  return nn_film (c->g, x, input (c, "m"));
}

static nn_node
build_attend (golden *c)
{
  nn_attend_options o = { .heads = 2, .key = 3, .value = 4, .modulation = (unsigned)c->option };
  nn_node x = input (c, "x");
  return nn_attend_with (c->g, "op", x, input (c, "q"), &o);
}

static nn_node
build_gru (golden *c)
{
  nn_node ids = input (c, "ids");
  return nn_gru_layers (c->g, "op.gru", nn_embed (c->g, "op.words", ids, 6, 4), ids, 3, 2);
}

static nn_node
build_point (golden *c)
{
  nn_node x = input (c, "x");
  return strcmp (c->name, "gelu") == 0      ? nn_gelu (c->g, x)
         : strcmp (c->name, "sigmoid") == 0 ? nn_sigmoid (c->g, x)
                                            : nn_tanh (c->g, x);
}

static nn_node
build_loss (golden *c)
{
  nn_node x = input (c, "x"), t = input (c, "t");
  return strcmp (c->name, "cross_entropy") == 0          ? nn_cross_entropy (c->g, x, t)
         : strcmp (c->name, "binary_cross_entropy") == 0 ? nn_binary_cross_entropy (c->g, x, t)
         : strcmp (c->name, "mean_square") == 0          ? nn_mean_square (c->g, x, t)
                                                         : nn_distillation (c->g, x, t, 3);
}

/* ---- comparing --------------------------------------------------------------------------- */

/* |got - want| <= tolerance * (largest |want| + 1e-3). */
static void
same (const golden *c, const char *what, const float *got, const nn_tensor *want, double tolerance)
{
  g_autofree float *numbers = g_new (float, want->count);
  double largest = 0;
  cr_assert (nn_tensor_read (want, 0, want->count, numbers, NULL));
  for (uint64_t i = 0; i < want->count; i++)
    largest = MAX (largest, fabs (numbers[i]));
  for (uint64_t i = 0; i < want->count; i++)
    cr_assert (fabs (got[i] - numbers[i]) <= tolerance * (largest + 1e-3),
               "%s: %s, number %zu is %.8g, should be %.8g", c->name, what, (size_t)i, got[i],
               numbers[i]);
}

static void
fill (golden *c, nn_exec *e, nn_params *p)
{
  for (int i = 0; i < c->n; i++)
    {
      const nn_tensor *t = find (c, "/in/", c->input[i]);
      if (t->dtype == NN_I32)
        memcpy (nn_ids (e, c->node[i]), t->data, t->bytes);
      else
        cr_assert (nn_tensor_read (t, 0, t->count, nn_data (e, c->node[i]), NULL));
    }
  for (guint i = 0; i < nn_params_count (p); i++)
    {
      nn_param *q = nn_params_nth (p, i);
      const nn_tensor *t;
      if ((q->flags & NN_PARAM_STAT) != 0)
        continue;
      t = find (c, "/p/", q->name + strlen ("op."));
      cr_assert_eq (t->count, q->count, "%s", q->name);
      cr_assert (nn_tensor_read (t, 0, t->count, q->value, NULL));
    }
  nn_params_changed (p);
}

static void
compare_gradients (golden *c, nn_exec *e, nn_params *p)
{
  for (int i = 0; i < c->n; i++)
    {
      g_autofree char *name = g_strconcat (c->name, "/g/in/", c->input[i], NULL);
      const nn_tensor *t = nn_file_find (c->file, name);
      if (t == NULL) /* ids, or a teacher */
        continue;
      cr_assert_not_null (nn_grad (e, c->node[i]), "%s", name);
      same (c, name, nn_grad (e, c->node[i]), t, 1e-4);
    }
  for (guint i = 0; i < nn_params_count (p); i++)
    {
      const nn_param *q = nn_params_nth (p, i);
      if ((q->flags & NN_PARAM_STAT) == 0)
        same (c, q->name, q->grad, find (c, "/g/p/", q->name + strlen ("op.")), 1e-4);
    }
}

static void
run (const nn_file *file, const char *name, nn_node (*build) (golden *), int option)
{
  golden c = { .file = file, .name = name, .option = option, .g = nn_graph_new () };
  nn_node y = nn_keep (c.g, build (&c)), loss = y;
  g_autoptr (GError) error = NULL;
  nn_params *p;
  nn_exec *e;
  if (nn_node_shape (c.g, y).per > 0)
    loss = nn_mean_all (c.g, nn_mul (c.g, y, input (&c, "w")));
  p = nn_params_new ((const nn_graph *const[]){ c.g }, 1, 1, &error);
  cr_assert_not_null (p, "%s", error != NULL ? error->message : "");
  e = nn_exec_new (c.g, p, NN_TRAIN, c.batch, &error);
  cr_assert_not_null (e, "%s", error != NULL ? error->message : "");
  fill (&c, e, p);
  nn_forward (e);
  nn_backward (e, loss);
  same (&c, "result", nn_data (e, y), find (&c, "/y", ""), 2e-5);
  compare_gradients (&c, e, p);
  nn_exec_free (e);
  nn_params_free (p);
  nn_graph_free (c.g);
}

Test (golden, operations)
{
  static const struct
  {
    const char *name;
    nn_node (*build) (golden *);
  } cases[] = {
    { "conv", build_conv },          { "conv_grouped", build_grouped },
    { "norm", build_norm },          { "film", build_film },
    { "gru_layers", build_gru },     { "gelu", build_point },
    { "sigmoid", build_point },      { "tanh", build_point },
    { "cross_entropy", build_loss }, { "binary_cross_entropy", build_loss },
    { "mean_square", build_loss },   { "distillation", build_loss },
  };
  g_autoptr (GError) error = NULL;
  nn_file *file = nn_file_open (GOLDEN_FILE, &error);
  cr_assert_not_null (file, "%s", error != NULL ? error->message : "");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    run (file, cases[i].name, cases[i].build, 0);
  nn_file_close (file);
}

/* All sets of places where the question acts. */
Test (golden, attention)
{
  g_autoptr (GError) error = NULL;
  nn_file *file = nn_file_open (GOLDEN_FILE, &error);
  cr_assert_not_null (file, "%s", error != NULL ? error->message : "");
  for (int set = 0; set < 16; set++)
    {
      g_autofree char *name = g_strdup_printf ("attend%d", set);
      run (file, name, build_attend, set);
    }
  nn_file_close (file);
}
