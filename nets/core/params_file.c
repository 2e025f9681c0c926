#include "nets/core/params_file.h"

#include "nets/core/graph.h"

#include <string.h>

static gboolean
same_shape (const nn_param *p, const nn_tensor *t)
{
  if (t->rank != p->rank)
    return FALSE;
  for (int i = 0; i < p->rank; i++)
    if (t->dim[i] != (uint64_t)p->dim[i])
      return FALSE;
  return TRUE;
}

static char *
shape_text (int rank, const uint64_t *dim)
{
  GString *s = g_string_new ("(");
  for (int i = 0; i < rank; i++)
    g_string_append_printf (s, "%s%" G_GUINT64_FORMAT, i > 0 ? "," : "", dim[i]);
  g_string_append_c (s, ')');
  return g_string_free (s, FALSE);
}

/* Adds one line to the list of what does not fit. */
static void
complain (GString *list, const nn_param *p, const char *name, const nn_tensor *t)
{
  uint64_t dim[NN_MAX_RANK];
  g_autofree char *needed = NULL;

  for (int i = 0; i < p->rank; i++)
    dim[i] = p->dim[i];
  needed = shape_text (p->rank, dim);
  if (t == NULL)
    g_string_append_printf (list, "%s%s %s is missing", list->len > 0 ? "; " : "", name, needed);
  else
    {
      g_autofree char *is = shape_text (t->rank, t->dim);
      g_string_append_printf (list, "%s%s is %s and should be %s", list->len > 0 ? "; " : "", name,
                              is, needed);
    }
}

/* Which memory of a parameter a tensor fills. */
typedef enum
{
  VALUES,
  MEANS,
  SQUARES,
  AVERAGES,
} part;

static float *
memory_of (nn_param *p, part what)
{
  switch (what)
    {
    case MEANS:
      return p->mean;
    case SQUARES:
      return p->square;
    case AVERAGES:
      return p->average;
    default:
      return p->value;
    }
}

/* Where the memory of training is in a file: prefix and parameter's name. (The name of the first
 * two is older than the second optimiser.) */
#define MEAN_PREFIX    "adamw.mean/"
#define SQUARE_PREFIX  "adamw.square/"
#define AVERAGE_PREFIX "average/"

static gboolean
read_all (nn_params *p, const nn_file *f, const char *prefix, const char *prefixed, part what,
          GError **error)
{
  g_autoptr (GString) wrong = g_string_new (NULL);

  for (int pass = 0; pass < 2; pass++)
    {
      for (guint i = 0; i < nn_params_count (p); i++)
        {
          nn_param *q = nn_params_nth (p, i);
          g_autofree char *name = g_strconcat (prefixed, q->name, NULL);
          const nn_tensor *t;
          if (!g_str_has_prefix (q->name, prefix))
            continue;
          t = nn_file_find (f, name);
          if (pass == 0 && (t == NULL || !same_shape (q, t)))
            complain (wrong, q, name, t);
          else if (pass == 1 && !nn_tensor_read (t, 0, q->count, memory_of (q, what), error))
            return FALSE;
        }
      if (wrong->len > 0)
        {
          g_set_error (error, NN_ERROR, NN_ERROR_FILE, "%s does not fit this network: %s",
                       nn_file_path (f), wrong->str);
          return FALSE;
        }
    }
  nn_params_changed (p);
  return TRUE;
}

gboolean
nn_params_read (nn_params *p, const nn_file *f, const char *prefix, const char *prefixed,
                GError **error)
{
  return read_all (p, f, prefix, prefixed, VALUES, error);
}

/* An average is there when the training that wrote the file kept one. */
static gboolean
read_averages (nn_params *p, const nn_file *f, GError **error)
{
  g_autofree char *first = NULL;

  if (nn_params_count (p) == 0)
    return TRUE;
  first = g_strconcat (AVERAGE_PREFIX, nn_params_nth (p, 0)->name, NULL);
  if (nn_file_find (f, first) == NULL)
    return TRUE;
  return nn_params_need_averages (p, error) && read_all (p, f, "", AVERAGE_PREFIX, AVERAGES, error);
}

gboolean
nn_params_read_moments (nn_params *p, const nn_file *f, GError **error)
{
  return nn_params_need_training (p, error) && read_all (p, f, "", MEAN_PREFIX, MEANS, error)
         && read_all (p, f, "", SQUARE_PREFIX, SQUARES, error) && read_averages (p, f, error);
}

static void
write_one (nn_writer *w, const nn_param *q, const char *prefix, nn_dtype dtype, const float *values)
{
  g_autofree char *name = g_strconcat (prefix, q->name, NULL);
  uint64_t dim[NN_MAX_RANK];
  for (int i = 0; i < q->rank; i++)
    dim[i] = q->dim[i];
  nn_writer_add (w, name, dtype, q->rank, dim, values);
}

void
nn_params_write (nn_params *p, nn_writer *w, nn_dtype dtype, gboolean moments)
{
  for (guint i = 0; i < nn_params_count (p); i++)
    write_one (w, nn_params_nth (p, i), "", dtype, nn_params_nth (p, i)->value);
  for (guint i = 0; moments && i < nn_params_count (p); i++)
    {
      const nn_param *q = nn_params_nth (p, i);
      write_one (w, q, MEAN_PREFIX, NN_F32, q->mean);
      write_one (w, q, SQUARE_PREFIX, NN_F32, q->square);
      if (q->average != NULL)
        write_one (w, q, AVERAGE_PREFIX, NN_F32, q->average);
    }
}
