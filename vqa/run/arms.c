#include "vqa/run/arms.h"

#include "vqa/model/compare.h"
#include "vqa/model/facts.h"
#include "vqa/run/recipe.h"

#include <math.h>
#include <string.h>

static void
arm_free (gpointer data)
{
  vqa_arm *arm = data;
  g_free (arm->name);
  g_strfreev (arm->settings);
  g_free (arm);
}

/* ---- reading --------------------------------------------------------------------------------- */

static char **
settings_of (const vqa_arm *arm, const vqa_run_options *options, guint seed)
{
  g_autoptr (GStrvBuilder) list = g_strv_builder_new ();
  g_autofree char *number = g_strdup_printf ("run.seed=%u", seed);

  if (options->settings != NULL)
    g_strv_builder_addv (list, (const char **)options->settings);
  if (arm->settings != NULL)
    g_strv_builder_addv (list, (const char **)arm->settings);
  g_strv_builder_add (list, number);
  return g_strv_builder_end (list);
}

/* "plain attention": "plain-attention". */
static char *
file_name (const vqa_arm *arm)
{
  return g_strcanon (g_strdup (arm->name), G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS, '-');
}

/* What is wrong with an arm is told before the first one is trained, not hours later. */
static gboolean
check_arm (const GPtrArray *before, const vqa_arm *arm, const vqa_run_options *options,
           GError **error)
{
  g_auto (GStrv) settings = settings_of (arm, options, 1);
  g_autoptr (vqa_recipe) recipe = vqa_recipe_read (options->recipe_path, options->data_root,
                                                   (const char *const *)settings, error);
  g_autofree char *name = file_name (arm);

  if (recipe == NULL)
    {
      g_prefix_error (error, "arm “%s”: ", arm->name);
      return FALSE;
    }
  for (guint i = 0; i < before->len; i++)
    {
      const vqa_arm *other = before->pdata[i];
      g_autofree char *taken = file_name (other);
      if (strcmp (name, taken) != 0)
        continue;
      g_set_error (error, VQA_ERROR, VQA_ERROR_RECIPE,
                   "%s: [arms] “%s” and “%s” would write the same files: rename one of them",
                   options->recipe_path, other->name, arm->name);
      return FALSE;
    }
  return TRUE;
}

GPtrArray *
vqa_arms_read (const vqa_run_options *options, GError **error)
{
  g_autoptr (vqa_source) source
      = vqa_source_open (options->recipe_path, NULL, NULL, options->settings, error);
  g_autoptr (GPtrArray) arms = g_ptr_array_new_with_free_func (arm_free);
  g_auto (GStrv) names = NULL;

  if (source == NULL)
    return NULL;
  names = g_key_file_get_keys (source->file, "arms", NULL, NULL);
  for (char **name = names; name != NULL && *name != NULL; name++)
    {
      vqa_arm *arm = g_new0 (vqa_arm, 1);
      gboolean good;
      arm->name = g_strdup (*name);
      arm->settings = g_key_file_get_string_list (source->file, "arms", *name, NULL, NULL);
      good = check_arm (arms, arm, options, error);
      g_ptr_array_add (arms, arm);
      if (!good)
        return NULL;
    }
  if (arms->len > 0)
    return g_steal_pointer (&arms);
  g_set_error (error, VQA_ERROR, VQA_ERROR_RECIPE,
               "%s has no arms to compare: name them in a group [arms], as in without "
               "attention=network.attention=0",
               options->recipe_path);
  return NULL;
}

/* ---- one arm --------------------------------------------------------------------------------- */

/* "folder/plain-attention-2.safetensors" */
static char *
model_path (const char *folder, const vqa_arm *arm, guint seed)
{
  g_autofree char *name = file_name (arm);
  g_autofree char *file = g_strdup_printf ("%s-%u.safetensors", name, seed);

  return g_build_filename (folder, file, NULL);
}

/* A model that is there must be of this very recipe, or the table would mix what was compared with
 * what is. */
static gboolean
check_model (const vqa_model_info *info, const vqa_run_options *options, GError **error)
{
  g_autoptr (vqa_recipe) recipe
      = vqa_recipe_read (options->recipe_path, options->data_root, options->settings, error);

  if (recipe == NULL)
    return FALSE;
  if (g_strcmp0 (info->recipe, recipe->text) == 0)
    return TRUE;
  g_set_error (error, VQA_ERROR, VQA_ERROR_FAILED,
               "%s came from another recipe: delete it, or choose another folder", info->path);
  return FALSE;
}

static gboolean
read_scores (const vqa_model_info *info, guint i, vqa_arm_result *result, GError **error)
{
  g_autoptr (vqa_facts) facts = vqa_facts_read (info->scores);
  const vqa_fact *all = facts->sources->len > 0 ? facts->sources->pdata[0] : NULL;

  if (all == NULL)
    {
      g_set_error (error, VQA_ERROR, VQA_ERROR_MODEL,
                   "%s tells no scores: its recipe needs pictures that are set aside", info->path);
      return FALSE;
    }
  result->accuracy[i] = all->accuracy;
  result->blind[i] = all->blind;
  return TRUE;
}

#define ASKED 15 /* times; the speed does not depend on what is asked */

static gboolean
measure (const char *path, vqa_arm_result *result, GError **error)
{
  g_autoptr (vqa_model) m = vqa_model_load (path, error);
  g_autofree guint8 *square = NULL;
  int side;

  if (m == NULL)
    return FALSE;
  result->parameters = vqa_model_get_info (m)->parameters;
  result->macs = vqa_model_get_info (m)->macs;
  side = vqa_model_get_info (m)->side;
  square = g_malloc0 ((gsize)side * side * 3);
  result->milliseconds = vqa_model_time (m, square, "what is there?", ASKED, error);
  return result->milliseconds >= 0;
}

gboolean
vqa_arm_run (const vqa_arm *arm, const vqa_run_options *options, const char *folder, guint seeds,
             vqa_arm_result *result, GError **error)
{
  *result = (vqa_arm_result){ .seeds = seeds };
  for (guint seed = 1; seed <= seeds; seed++)
    {
      g_autofree char *path = model_path (folder, arm, seed);
      g_auto (GStrv) settings = settings_of (arm, options, seed);
      g_autoptr (vqa_model_info) info = NULL;
      vqa_run_options one = *options;

      one.output = path;
      one.settings = (const char *const *)settings;
      if (!g_file_test (path, G_FILE_TEST_EXISTS) && !vqa_run_recipe (&one, error))
        return FALSE;
      info = vqa_model_info_read (path, error);
      if (info == NULL || !check_model (info, &one, error)
          || !read_scores (info, seed - 1, result, error)
          || (seed == 1 && !measure (path, result, error)))
        return FALSE;
    }
  return TRUE;
}

double
vqa_arm_mean (const double *values, guint n, double *half)
{
  /* Two-sided 95 % points of Student's t for 1 to 9 degrees of freedom. */
  static const double t[VQA_ARM_SEEDS]
      = { 0, 12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262 };
  double mean = 0, squares = 0;

  for (guint i = 0; i < n; i++)
    mean += values[i] / n;
  for (guint i = 0; i < n; i++)
    squares += (values[i] - mean) * (values[i] - mean);
  *half = t[n - 1] * sqrt (squares / (n - 1) / n);
  return mean;
}
