/* Where models are looked for. */
#include "tests/vqa/draw.h"
#include "vqa/model/model.h"

#include <criterion/criterion.h>

static char *top, *first, *second, *user;

/* Two folders in REGARD_MODELS and the user's own. */
static void
set_up (void)
{
  top = draw_folder ();
  first = g_build_filename (top, "first", NULL);
  second = g_build_filename (top, "second", NULL);
  user = g_build_filename (top, "data", "regard", "models", NULL);
  g_autofree char *data = g_build_filename (top, "data", NULL);
  g_autofree char *listed = g_strdup_printf ("%s::%s", first, second);
  cr_assert_eq (g_mkdir_with_parents (first, 0700), 0);
  cr_assert_eq (g_mkdir_with_parents (second, 0700), 0);
  cr_assert_eq (g_mkdir_with_parents (user, 0700), 0);
  g_setenv ("REGARD_MODELS", listed, TRUE);
  g_setenv ("XDG_DATA_HOME", data, TRUE);
}

static void
tear_down (void)
{
  draw_remove (top);
  g_free (top);
  g_free (first);
  g_free (second);
  g_free (user);
}

TestSuite (find, .init = set_up, .fini = tear_down);

static void
expect_found (const char *name, const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *found = vqa_model_find (name, &error);
  cr_assert_not_null (found, "%s: %s", name, error != NULL ? error->message : "");
  cr_assert_str_eq (found, path);
}

static void
expect_message (const char *name, const char *part)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *found = vqa_model_find (name, &error);
  cr_assert_null (found);
  cr_assert (g_error_matches (error, VQA_ERROR, VQA_ERROR_MODEL));
  cr_assert_not_null (strstr (error->message, part), "“%s” in: %s", part, error->message);
}

Test (find, folders_in_order)
{
  g_auto (GStrv) folders = vqa_model_folders ();
  guint n = g_strv_length (folders);
  cr_assert_geq (n, 5);
  cr_assert_str_eq (folders[0], first);
  cr_assert_str_eq (folders[1], second);
  cr_assert_str_eq (folders[2], user);
  cr_assert (g_str_has_suffix (folders[3], "share/regard/models"));
  /* This program lies in the build directory, so it is uninstalled. */
  cr_assert (g_str_has_suffix (folders[n - 1], "assets/models"));
}

Test (find, name_in_the_first_folder_that_has_it)
{
  g_autofree char *later = draw_file (user, "a.safetensors", "x", 1);
  expect_found ("a", later);
  g_autofree char *middle = draw_file (second, "a.safetensors", "x", 1);
  expect_found ("a", middle);
  g_autofree char *earlier = draw_file (first, "a.safetensors", "x", 1);
  expect_found ("a", earlier);
  expect_found ("a.safetensors", earlier);
}

Test (find, file_as_it_is)
{
  g_autofree char *inside = draw_file (top, "other.bin", "x", 1);
  expect_found (inside, inside);
}

Test (find, misses_are_explained)
{
  g_autofree char *absent = g_build_filename (top, "absent.safetensors", NULL);
  expect_message ("absent", first);
  expect_message ("absent", user);
  expect_message ("absent", "REGARD_MODELS");
  expect_message (absent, absent);
  expect_message (top, "is not a file");
  expect_message ("", "no model");
}

Test (find, list_has_each_name_once)
{
  g_autofree char *b = draw_file (second, "b.safetensors", "x", 1);
  g_autofree char *hidden_by_first = draw_file (second, "c.safetensors", "x", 1);
  g_autofree char *c = draw_file (first, "c.safetensors", "x", 1);
  g_autofree char *a = draw_file (first, "a.safetensors", "x", 1);
  g_autofree char *text = draw_file (first, "notes.txt", "x", 1);
  g_autofree char *half_written = draw_file (first, ".d.safetensors", "x", 1);
  g_autofree char *folder = g_build_filename (first, "e.safetensors", NULL);
  cr_assert_eq (g_mkdir_with_parents (folder, 0700), 0);

  g_auto (GStrv) paths = vqa_model_list ();
  cr_assert_geq (g_strv_length (paths), 3);
  cr_assert_str_eq (paths[0], a);
  cr_assert_str_eq (paths[1], c);
  cr_assert_str_eq (paths[2], b);
  for (char **path = paths + 3; *path != NULL; path++) /* models that are shipped */
    cr_assert_not (g_str_has_prefix (*path, top), "%s", *path);
}
