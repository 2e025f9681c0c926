#include "vqa/run/recipe.h"

#include <string.h>

/* Every key of a recipe: where it goes and what it may be. */
typedef enum
{
  TEXT,  /* char * */
  PATH,  /* char *, joined to the data root */
  PATHS, /* char **, likewise */
  WHOLE, /* int */
  REAL,  /* double */
  SEED,  /* guint64 */
  RATE,  /* float */
} kind;

typedef struct
{
  const char *group, *key;
  kind kind;
  size_t offset;
  gboolean required;
  double least, most, otherwise; /* for numbers */
} rule;

#define AT(field) G_STRUCT_OFFSET (vqa_recipe, field)
#define STAGE(name)                                                                                \
  { #name, "passes", REAL, AT (name.passes), FALSE, 0, 10000, 0 },                                 \
      { #name, "pictures", WHOLE, AT (name.pictures), FALSE, 1, 4096, 32 },                        \
      { #name, "questions", WHOLE, AT (name.questions), FALSE, 1, 64, 4 },                         \
      { #name, "rate", REAL, AT (name.rate), FALSE, 0, 10, 1e-3 },                                 \
      { #name, "decay", REAL, AT (name.decay), FALSE, 0, 10, 0.01 },                               \
  {                                                                                                \
#name, "backbone", REAL, AT(name.backbone), FALSE, 0, 10, 0.1                                  \
  }

static const rule rules[] = {
  { "model", "name", TEXT, AT (name), TRUE, 0, 0, 0 },
  { "model", "title", TEXT, AT (title), FALSE, 0, 0, 0 },
  { "model", "description", TEXT, AT (description), FALSE, 0, 0, 0 },
  { "model", "terms", TEXT, AT (terms), FALSE, 0, 0, 0 },
  { "data", "images", PATH, AT (images), TRUE, 0, 0, 0 },
  { "data", "questions", PATHS, AT (questions), TRUE, 0, 0, 0 },
  { "data", "annotations", PATHS, AT (annotations), TRUE, 0, 0, 0 },
  { "data", "classes", PATH, AT (classes), FALSE, 0, 0, 0 },
  { "data", "captions", PATH, AT (captions), FALSE, 0, 0, 0 },
  { "data", "validation", PATH, AT (validation), FALSE, 0, 0, 0 },
  { "data", "words", PATH, AT (words), FALSE, 0, 0, 0 },
  { "data", "backbone", PATH, AT (backbone), FALSE, 0, 0, 0 },
  { "data", "answers", WHOLE, AT (answers), FALSE, 2, 100000, 600 },
  { "data", "vocabulary", WHOLE, AT (vocabulary), FALSE, 1, 1000000, 3500 },
  { "data", "calibration", REAL, AT (calibration), FALSE, 0, 50, 3 },
  { "data", "balance", WHOLE, AT (balance), FALSE, 0, 1, 0 },
  { "data", "human", REAL, AT (human), FALSE, 0, 100, 1 },
  { "network", "side", WHOLE, AT (spec.side), FALSE, 32, 1024, 192 },
  { "network", "max_words", WHOLE, AT (spec.max_words), FALSE, 1, 256, 24 },
  { "network", "embed", WHOLE, AT (spec.embed), FALSE, 1, 4096, 100 },
  { "network", "hidden", WHOLE, AT (spec.hidden), FALSE, 1, 4096, 192 },
  { "network", "width", WHOLE, AT (spec.width), FALSE, 1, 4096, 160 },
  { "network", "blocks", WHOLE, AT (spec.blocks), FALSE, 1, 16, 3 },
  { "network", "heads", WHOLE, AT (spec.heads), FALSE, 1, 64, 4 },
  { "network", "key", WHOLE, AT (spec.key), FALSE, 1, 1024, 16 },
  { "network", "joint", WHOLE, AT (spec.joint), FALSE, 1, 8192, 384 },
  { "network", "blind", WHOLE, AT (spec.blind), FALSE, 1, 8192, 128 },
  { "network", "dropout", RATE, AT (spec.dropout), FALSE, 0, 0.9, 0.3 },
  STAGE (head),
  STAGE (whole),
  { "run", "seed", SEED, AT (seed), FALSE, 0, 1e15, 1 },
};

#undef AT
#undef STAGE

static gboolean
fail (GError **error, const char *path, const char *group, const char *key, const char *what)
{
  g_set_error (error, VQA_ERROR, VQA_ERROR_RECIPE, "%s: [%s]%s%s %s", path, group,
               *key != '\0' ? " " : "", key, what);
  return FALSE;
}

static const rule *
find_rule (const char *group, const char *key)
{
  for (guint i = 0; i < G_N_ELEMENTS (rules); i++)
    if (strcmp (rules[i].group, group) == 0 && (key == NULL || strcmp (rules[i].key, key) == 0))
      return &rules[i];
  return NULL;
}

static gboolean
check_names (GKeyFile *file, const char *path, GError **error)
{
  g_auto (GStrv) groups = g_key_file_get_groups (file, NULL);
  for (char **group = groups; *group != NULL; group++)
    {
      g_auto (GStrv) keys = g_key_file_get_keys (file, *group, NULL, NULL);
      if (find_rule (*group, NULL) == NULL)
        return fail (error, path, *group, "", "is not a group of a recipe");
      for (char **key = keys; keys != NULL && *key != NULL; key++)
        if (find_rule (*group, *key) == NULL)
          return fail (error, path, *group, *key, "is not a key of a recipe");
    }
  return TRUE;
}

static char *
join (const char *root, const char *path)
{
  if (root == NULL || g_path_is_absolute (path))
    return g_strdup (path);
  return g_build_filename (root, path, NULL);
}

static gboolean
read_number (GKeyFile *file, const char *path, const rule *r, void *to, GError **error)
{
  double value = r->otherwise;
  if (g_key_file_has_key (file, r->group, r->key, NULL))
    {
      g_autofree char *text = g_key_file_get_value (file, r->group, r->key, NULL);
      char *end;
      value = g_ascii_strtod (g_strstrip (text), &end);
      if (end == text || *end != '\0' || !(value >= r->least && value <= r->most)
          || ((r->kind == WHOLE || r->kind == SEED) && value != (double)(gint64)value))
        {
          g_autofree char *what = g_strdup_printf (
              "is “%s”; it must be a %s from %g to %g", text,
              r->kind == WHOLE || r->kind == SEED ? "whole number" : "number", r->least, r->most);
          return fail (error, path, r->group, r->key, what);
        }
    }
  if (r->kind == WHOLE)
    *(int *)to = (int)value;
  else if (r->kind == SEED)
    *(guint64 *)to = (guint64)value;
  else if (r->kind == RATE)
    *(float *)to = (float)value;
  else
    *(double *)to = value;
  return TRUE;
}

/* A text or list that GKeyFile cannot read: a wrong escape. (It may return a part of it all the
 * same.)
 */
static gboolean
fail_unread (GError **error, const char *path, const rule *r, const GError *why)
{
  g_autofree char *what = g_strdup_printf ("cannot be read: %s", why->message);
  return fail (error, path, r->group, r->key, what);
}

static gboolean
read_rule (GKeyFile *file, const char *path, const char *root, const rule *r, vqa_recipe *to,
           GError **error)
{
  void *field = G_STRUCT_MEMBER_P (to, r->offset);
  g_autoptr (GError) why = NULL;

  if (r->kind >= WHOLE)
    return read_number (file, path, r, field, error);
  if (!g_key_file_has_key (file, r->group, r->key, NULL))
    return !r->required || fail (error, path, r->group, r->key, "is missing");
  if (r->kind == PATHS)
    {
      char **list = g_key_file_get_string_list (file, r->group, r->key, NULL, &why);
      for (guint i = 0; list != NULL && list[i] != NULL; i++)
        {
          char *joined = join (root, list[i]);
          g_free (list[i]);
          list[i] = joined;
        }
      *(char ***)field = list;
      return why == NULL || fail_unread (error, path, r, why);
    }
  g_autofree char *text = g_key_file_get_string (file, r->group, r->key, &why);
  if (why != NULL)
    return fail_unread (error, path, r, why);
  *(char **)field = r->kind == PATH ? join (root, text) : g_strdup (text);
  return TRUE;
}

/* The text is stored in the model, so all of it must be UTF-8, comments included. */
static gboolean
load (GKeyFile *file, const char *path, GError **error)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) why = NULL;
  gsize length;
  const char *end;

  if (!g_file_get_contents (path, &text, &length, &why))
    g_set_error (error, VQA_ERROR, VQA_ERROR_RECIPE, "recipe %s: %s", path, why->message);
  else if (!g_utf8_validate (text, (gssize)length, &end))
    g_set_error (error, VQA_ERROR, VQA_ERROR_RECIPE,
                 "recipe %s: byte %zu is not UTF-8 text; is this a recipe?", path,
                 (gsize)(end - text));
  else if (!g_key_file_load_from_data (file, text, length, G_KEY_FILE_KEEP_COMMENTS, &why))
    g_set_error (error, VQA_ERROR, VQA_ERROR_RECIPE, "recipe %s: %s", path, why->message);
  else
    return TRUE;
  return FALSE;
}

static gboolean
apply_settings (GKeyFile *file, const char *const *settings, GError **error)
{
  for (; settings != NULL && *settings != NULL; settings++)
    {
      const char *dot = strchr (*settings, '.'), *equals = strchr (*settings, '=');
      g_autofree char *group = NULL, *key = NULL;
      if (dot == NULL || equals == NULL || dot > equals || dot == *settings || equals == dot + 1
          || !g_utf8_validate (*settings, -1, NULL))
        {
          g_autofree char *shown = g_utf8_make_valid (*settings, -1);
          g_set_error (error, VQA_ERROR, VQA_ERROR_RECIPE,
                       "--set %s: expected group.key=value, as in whole.passes=2", shown);
          return FALSE;
        }
      group = g_strndup (*settings, dot - *settings);
      key = g_strndup (dot + 1, equals - dot - 1);
      if (find_rule (group, key) == NULL)
        return fail (error, "--set", group, key, "is not a key of a recipe");
      g_key_file_set_value (file, group, key, equals + 1);
    }
  return TRUE;
}

/* The values that decide the weights, in the order of the rules. */
static char *
what_decides (GKeyFile *file)
{
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < G_N_ELEMENTS (rules); i++)
    {
      g_autofree char *value = g_key_file_get_value (file, rules[i].group, rules[i].key, NULL);
      if (value != NULL && strcmp (rules[i].group, "model") != 0)
        g_string_append_printf (text, "%s.%s=%s\n", rules[i].group, rules[i].key, value);
    }
  return g_string_free (text, FALSE);
}

vqa_recipe *
vqa_recipe_read (const char *path, const char *data_root, const char *const *settings,
                 GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (vqa_recipe) r = g_new0 (vqa_recipe, 1);

  if (!load (file, path, error) || !apply_settings (file, settings, error)
      || !check_names (file, path, error))
    return NULL;
  for (guint i = 0; i < G_N_ELEMENTS (rules); i++)
    if (!read_rule (file, path, data_root, &rules[i], r, error))
      return NULL;
  /* It names a folder below runs/. */
  if (*r->name == '\0' || *r->name == '.' || strchr (r->name, G_DIR_SEPARATOR) != NULL)
    {
      fail (error, path, "model", "name", "must be a plain name, as in photos");
      return NULL;
    }
  if (g_strv_length (r->questions) != g_strv_length (r->annotations))
    {
      fail (error, path, "data", "annotations", "must name one file for each of questions");
      return NULL;
    }
  r->text = g_key_file_to_data (file, NULL, NULL);
  r->key = what_decides (file);
  return g_steal_pointer (&r);
}

void
vqa_recipe_free (vqa_recipe *r)
{
  if (r == NULL)
    return;
  g_free (r->text);
  g_free (r->key);
  g_free (r->name);
  g_free (r->title);
  g_free (r->description);
  g_free (r->terms);
  g_free (r->images);
  g_strfreev (r->questions);
  g_strfreev (r->annotations);
  g_free (r->classes);
  g_free (r->captions);
  g_free (r->validation);
  g_free (r->words);
  g_free (r->backbone);
  g_free (r);
}
