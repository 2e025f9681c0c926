#include "vqa/run/rules.h"

#include "vqa/data/choices.h"

#include <string.h>

static gboolean
fail (GError **error, const char *path, const char *group, const char *key, const char *what)
{
  g_set_error (error, VQA_ERROR, VQA_ERROR_RECIPE, "%s: [%s]%s%s %s", path, group,
               *key != '\0' ? " " : "", key, what);
  return FALSE;
}

gboolean
vqa_source_fail (const vqa_source *s, const char *group, const char *key, const char *what,
                 GError **error)
{
  return fail (error, s->path, group, key, what);
}

/* ---- the text -------------------------------------------------------------------------------- */

/* The text is stored in the model, so all of it must be UTF-8, comments included. */
static gboolean
load (GKeyFile *file, const char *path, const char *text, GError **error)
{
  g_autofree char *read = NULL;
  g_autoptr (GError) why = NULL;
  gsize length = text != NULL ? strlen (text) : 0;
  const char *end;

  if (text == NULL && !g_file_get_contents (path, &read, &length, &why))
    g_set_error (error, VQA_ERROR, VQA_ERROR_RECIPE, "recipe %s: %s", path, why->message);
  else if (!g_utf8_validate (text != NULL ? text : read, (gssize)length, &end))
    g_set_error (error, VQA_ERROR, VQA_ERROR_RECIPE,
                 "recipe %s: byte %zu is not UTF-8 text; is this a recipe?", path,
                 (gsize)(end - (text != NULL ? text : read)));
  else if (!g_key_file_load_from_data (file, text != NULL ? text : read, length,
                                       G_KEY_FILE_KEEP_COMMENTS, &why))
    g_set_error (error, VQA_ERROR, VQA_ERROR_RECIPE, "recipe %s: %s", path, why->message);
  else
    return TRUE;
  return FALSE;
}

/* Group and key of "group.key=value", which the caller frees; the value, or NULL when the setting
 * has another form. */
static const char *
split_setting (const char *setting, char **group, char **key)
{
  const char *dot = strchr (setting, '.'), *equals = strchr (setting, '=');

  *group = *key = NULL;
  if (dot == NULL || equals == NULL || dot > equals || dot == setting || equals == dot + 1
      || !g_utf8_validate (setting, -1, NULL))
    return NULL;
  *group = g_strndup (setting, dot - setting);
  *key = g_strndup (dot + 1, equals - dot - 1);
  return equals + 1;
}

static gboolean
apply_settings (GKeyFile *file, const char *const *settings, GError **error)
{
  for (; settings != NULL && *settings != NULL; settings++)
    {
      g_autofree char *group = NULL, *key = NULL;
      const char *value = split_setting (*settings, &group, &key);
      if (value == NULL)
        {
          g_autofree char *shown = g_utf8_make_valid (*settings, -1);
          g_set_error (error, VQA_ERROR, VQA_ERROR_RECIPE,
                       "--set %s: expected group.key=value, as in whole.passes=2", shown);
          return FALSE;
        }
      g_key_file_set_value (file, group, key, value);
    }
  return TRUE;
}

vqa_source *
vqa_source_open (const char *path, const char *text, const char *root, const char *const *settings,
                 GError **error)
{
  g_autoptr (vqa_source) s = g_new0 (vqa_source, 1);

  s->path = g_strdup (path);
  s->root = g_strdup (root);
  s->settings = g_strdupv ((char **)settings);
  s->file = g_key_file_new ();
  if (!load (s->file, path, text, error) || !apply_settings (s->file, settings, error))
    return NULL;
  return g_steal_pointer (&s);
}

void
vqa_source_free (vqa_source *s)
{
  if (s == NULL)
    return;
  g_free (s->path);
  g_free (s->root);
  g_strfreev (s->settings);
  g_key_file_unref (s->file);
  g_free (s);
}

char *
vqa_source_kind (const vqa_source *s)
{
  char *kind = g_key_file_get_string (s->file, "recipe", "kind", NULL);
  return kind != NULL ? g_strstrip (kind) : g_strdup ("answer");
}

char *
vqa_source_text (const vqa_source *s)
{
  return g_key_file_to_data (s->file, NULL, NULL);
}

char *
vqa_source_key (const vqa_source *s, const vqa_rule *rules, guint n)
{
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *value = g_key_file_get_value (s->file, rules[i].group, rules[i].key, NULL);
      if (value != NULL && (rules[i].flags & VQA_RULE_ASIDE) == 0)
        g_string_append_printf (text, "%s.%s=%s\n", rules[i].group, rules[i].key, value);
    }
  return g_string_free (text, FALSE);
}

/* ---- names ----------------------------------------------------------------------------------- */

/* key NULL: is there such a group? */
static gboolean
known (const vqa_rule *rules, guint n, const char *group, const char *key)
{
  for (guint i = 0; i < n; i++)
    if (strcmp (rules[i].group, group) == 0 && (key == NULL || strcmp (rules[i].key, key) == 0))
      return TRUE;
  /* What arms are called is for people (arms.h). */
  return strcmp (group, "arms") == 0
         || (strcmp (group, "recipe") == 0 && (key == NULL || strcmp (key, "kind") == 0));
}

static gboolean
check_names (const vqa_source *s, const vqa_rule *rules, guint n, GError **error)
{
  g_auto (GStrv) groups = g_key_file_get_groups (s->file, NULL);

  for (char **setting = s->settings; setting != NULL && *setting != NULL; setting++)
    {
      g_autofree char *group = NULL, *key = NULL;
      if (split_setting (*setting, &group, &key) != NULL && !known (rules, n, group, key))
        return fail (error, "--set", group, key, "is not a key of a recipe");
    }
  for (char **group = groups; *group != NULL; group++)
    {
      g_auto (GStrv) keys = g_key_file_get_keys (s->file, *group, NULL, NULL);
      if (!known (rules, n, *group, NULL))
        return fail (error, s->path, *group, "", "is not a group of a recipe");
      for (char **key = keys; keys != NULL && *key != NULL; key++)
        if (!known (rules, n, *group, *key))
          return fail (error, s->path, *group, *key, "is not a key of a recipe");
    }
  return TRUE;
}

/* ---- values ---------------------------------------------------------------------------------- */

static char *
join (const char *root, const char *path)
{
  if (root == NULL || g_path_is_absolute (path))
    return g_strdup (path);
  return g_build_filename (root, path, NULL);
}

static gboolean
read_number (const vqa_source *s, const vqa_rule *r, void *to, GError **error)
{
  double value = r->otherwise;
  gboolean whole = r->kind == VQA_RULE_WHOLE || r->kind == VQA_RULE_SEED;
  if (g_key_file_has_key (s->file, r->group, r->key, NULL))
    {
      g_autofree char *text = g_key_file_get_value (s->file, r->group, r->key, NULL);
      char *end;
      value = g_ascii_strtod (g_strstrip (text), &end);
      if (end == text || *end != '\0' || !(value >= r->least && value <= r->most)
          || (whole && value != (double)(gint64)value))
        {
          g_autofree char *what
              = g_strdup_printf ("is “%s”; it must be a %s from %g to %g", text,
                                 whole ? "whole number" : "number", r->least, r->most);
          return fail (error, s->path, r->group, r->key, what);
        }
    }
  if (r->kind == VQA_RULE_WHOLE)
    *(int *)to = (int)value;
  else if (r->kind == VQA_RULE_SEED)
    *(guint64 *)to = (guint64)value;
  else if (r->kind == VQA_RULE_RATE)
    *(float *)to = (float)value;
  else
    *(double *)to = value;
  return TRUE;
}

static gboolean
read_choice (const vqa_source *s, const vqa_rule *r, int *to, GError **error)
{
  g_autofree char *text = g_key_file_get_value (s->file, r->group, r->key, NULL);
  g_autofree char *all = NULL, *what = NULL;

  *to = (int)r->otherwise;
  if (text == NULL)
    return TRUE;
  g_strstrip (text);
  for (int i = 0; r->choices[i] != NULL; i++)
    if (strcmp (text, r->choices[i]) == 0)
      {
        *to = i;
        return TRUE;
      }
  all = g_strjoinv (", ", (char **)r->choices);
  what = g_strdup_printf ("is “%s”; it must be one of: %s", text, all);
  return fail (error, s->path, r->group, r->key, what);
}

static gboolean
read_set (const vqa_source *s, const vqa_rule *r, int *to, GError **error)
{
  g_autofree char *text = g_key_file_get_value (s->file, r->group, r->key, NULL);
  g_autofree char *all = NULL, *what = NULL;

  *to = text != NULL ? vqa_choices_from_text (text, r->choices) : (int)r->otherwise;
  if (*to >= 0)
    return TRUE;
  all = g_strjoinv (", ", (char **)r->choices);
  what
      = g_strdup_printf ("is “%s”; it must be some of %s, with ; between them, or none", text, all);
  return fail (error, s->path, r->group, r->key, what);
}

/* A text or list that GKeyFile cannot read: a wrong escape. (It may return a part of it all the
 * same.)
 */
static gboolean
fail_unread (GError **error, const vqa_source *s, const vqa_rule *r, const GError *why)
{
  g_autofree char *what = g_strdup_printf ("cannot be read: %s", why->message);
  return fail (error, s->path, r->group, r->key, what);
}

static gboolean
read_paths (const vqa_source *s, const vqa_rule *r, char ***to, GError **error)
{
  g_autoptr (GError) why = NULL;
  char **list = g_key_file_get_string_list (s->file, r->group, r->key, NULL, &why);

  for (guint i = 0; list != NULL && list[i] != NULL; i++)
    {
      char *joined = join (s->root, list[i]);
      g_free (list[i]);
      list[i] = joined;
    }
  *to = list;
  return why == NULL || fail_unread (error, s, r, why);
}

static gboolean
read_rule (const vqa_source *s, const vqa_rule *r, gpointer to, GError **error)
{
  void *field = G_STRUCT_MEMBER_P (to, r->offset);
  g_autoptr (GError) why = NULL;
  g_autofree char *text = NULL;

  if (r->kind == VQA_RULE_CHOICE)
    return read_choice (s, r, field, error);
  if (r->kind == VQA_RULE_SET)
    return read_set (s, r, field, error);
  if (r->kind >= VQA_RULE_WHOLE)
    return read_number (s, r, field, error);
  if (!g_key_file_has_key (s->file, r->group, r->key, NULL))
    return (r->flags & VQA_RULE_REQUIRED) == 0
           || fail (error, s->path, r->group, r->key, "is missing");
  if (r->kind == VQA_RULE_PATHS)
    return read_paths (s, r, field, error);
  text = g_key_file_get_string (s->file, r->group, r->key, &why);
  if (why != NULL)
    return fail_unread (error, s, r, why);
  if (r->kind == VQA_RULE_NAME
      && (*text == '\0' || *text == '.' || strchr (text, G_DIR_SEPARATOR) != NULL))
    return fail (error, s->path, r->group, r->key, "must be a plain name, as in photos");
  *(char **)field = r->kind == VQA_RULE_PATH ? join (s->root, text) : g_strdup (text);
  return TRUE;
}

gboolean
vqa_source_read (const vqa_source *s, const vqa_rule *rules, guint n, gpointer to, GError **error)
{
  if (!check_names (s, rules, n, error))
    return FALSE;
  for (guint i = 0; i < n; i++)
    if (!read_rule (s, &rules[i], to, error))
      return FALSE;
  return TRUE;
}

void
vqa_rules_clear (const vqa_rule *rules, guint n, gpointer from)
{
  for (guint i = 0; i < n; i++)
    {
      void *field = G_STRUCT_MEMBER_P (from, rules[i].offset);
      if (rules[i].kind == VQA_RULE_PATHS)
        g_clear_pointer ((char ***)field, g_strfreev);
      else if (rules[i].kind < VQA_RULE_PATHS)
        g_clear_pointer ((char **)field, g_free);
    }
}
