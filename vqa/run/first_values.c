#include "vqa/run/first_values.h"

#include "nets/core/safetensors.h"

#include <string.h>

/* Rows of the word table that the recipe's vectors know. */
static gboolean
read_word_vectors (const vqa_recipe *r, const vqa_contents *c, nn_params *params, GError **error)
{
  nn_param *table = nn_params_find (params, "question.embed.weight");
  g_autofree char *list = NULL, *vectors = NULL, *text = NULL;
  g_auto (GStrv) lines = NULL;
  g_autoptr (nn_file) file = NULL;
  const nn_tensor *tensor;

  if (r->words == NULL)
    return TRUE;
  list = g_build_filename (r->words, "words.txt", NULL);
  vectors = g_build_filename (r->words, "vectors.safetensors", NULL);
  file = nn_file_open (vectors, error);
  if (file == NULL || !g_file_get_contents (list, &text, NULL, error))
    return FALSE;
  tensor = nn_file_find (file, "vectors");
  if (tensor == NULL || tensor->rank != 2 || tensor->dim[1] != (guint64)c->spec.embed)
    {
      g_set_error (error, VQA_ERROR, VQA_ERROR_DATA,
                   "%s: tensor “vectors” (words,%d) is missing or of another width", vectors,
                   c->spec.embed);
      return FALSE;
    }
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL && i < tensor->dim[0]; i++)
    {
      int id = GPOINTER_TO_INT (g_hash_table_lookup (c->index, lines[i]));
      if (id > 0
          && !nn_tensor_read (tensor, (guint64)i * c->spec.embed, c->spec.embed,
                              table->value + (gsize)id * c->spec.embed, error))
        return FALSE;
    }
  nn_params_changed (params);
  return TRUE;
}

/* The labels' readout of what the teacher knows begins as the teacher's own. */
static gboolean
read_classifier (nn_params *params, const nn_file *file, GError **error)
{
  static const char *const names[][2] = { { "labels.teacher.mean.weight", "classifier.weight" },
                                          { "labels.teacher.mean.bias", "classifier.bias" } };
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      nn_param *p = nn_params_find (params, names[i][0]);
      const nn_tensor *tensor = nn_file_find (file, names[i][1]);
      if (p != NULL && tensor != NULL && tensor->count == p->count
          && !nn_tensor_read (tensor, 0, p->count, p->value, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
vqa_first_values (const vqa_recipe *r, const vqa_contents *contents, nn_params *params,
                  GError **error)
{
  if (r->backbone != NULL)
    {
      g_autoptr (nn_file) file = nn_file_open (r->backbone, error);
      if (file == NULL)
        return FALSE;
      for (guint i = 0; i < nn_params_count (params); i++)
        {
          nn_param *p = nn_params_nth (params, i);
          const char *name = p->name + strlen ("backbone.");
          const nn_tensor *tensor;
          if (!g_str_has_prefix (p->name, "backbone."))
            continue;
          tensor = nn_file_find (file, name);
          if (tensor == NULL || tensor->count != p->count)
            {
              g_set_error (error, VQA_ERROR, VQA_ERROR_DATA,
                           "%s: tensor %s is missing or mis-shaped", r->backbone, name);
              return FALSE;
            }
          if (!nn_tensor_read (tensor, 0, p->count, p->value, error))
            return FALSE;
        }
      if (!read_classifier (params, file, error))
        return FALSE;
      nn_params_changed (params);
    }
  return read_word_vectors (r, contents, params, error);
}
