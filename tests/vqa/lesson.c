#include "tests/vqa/lesson.h"

#include "tests/vqa/draw.h"

#include <criterion/criterion.h>
#include <string.h>

char *folder;
vqa_examples *examples;
static vqa_recipe *recipe;

void
lesson_set_up (void)
{
  g_autofree char *images = NULL;

  folder = draw_folder ();
  images = tiny_path (folder, "images");
  cr_assert_eq (g_mkdir_with_parents (images, 0700), 0);
  g_free (draw_file (folder, "tiny.recipe", tiny_recipe, -1));
  g_free (draw_file (folder, "names.txt", "", 0));
  g_free (draw_file (folder, "classes.tsv", "", 0));
}

static void
forget (void)
{
  vqa_examples_free (g_steal_pointer (&examples));
  vqa_recipe_free (g_steal_pointer (&recipe));
}

void
lesson_tear_down (void)
{
  forget ();
  draw_remove (folder);
  g_free (folder);
}

void
add_pictures (int count)
{
  g_autofree char *images = tiny_path (folder, "images");

  for (int i = 1; i <= count; i++)
    {
      g_autofree char *name = tiny_picture_name (i);
      g_free (draw_file (images, name, "", 0));
    }
}

void
add_questions (int count)
{
  g_autofree tiny_question *list = g_new0 (tiny_question, count);

  for (int i = 0; i < count; i++)
    list[i] = (tiny_question){ i + 1, "Is it red?", "yes/no", "yes,no" };
  tiny_questions (folder, "tiny", list, (guint)count);
}

void
add_classes (int count, const char *const *lists, int n)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (int i = 1; i <= count; i++)
    {
      g_autofree char *name = tiny_picture_name (i);
      g_string_append_printf (text, "%s\t%s\n", name, lists[(i - 1) % n]);
    }
  g_free (draw_file (folder, "classes.tsv", text->str, -1));
}

gboolean
try_read (const char *settings, GError **error)
{
  g_autofree char *path = tiny_path (folder, "tiny.recipe");
  g_auto (GStrv) list = g_strsplit (settings, " ", -1);

  forget ();
  recipe = vqa_recipe_read (path, folder, (const char *const *)list, error);
  cr_assert_not_null (recipe, "%s", error != NULL && *error != NULL ? (*error)->message : "");
  examples = vqa_examples_read (recipe, error);
  return examples != NULL;
}

void
read_with (const char *settings)
{
  g_autoptr (GError) error = NULL;

  cr_assert (try_read (settings, &error), "%s", error != NULL ? error->message : "");
}

const vqa_photo *
photo_of (int image)
{
  g_autofree char *name = tiny_picture_name (image);

  for (guint i = 0; i < examples->photos->len; i++)
    {
      const vqa_photo *p = examples->photos->pdata[i];
      if (strcmp (p->file, name) == 0)
        return p;
    }
  cr_assert_fail ("no photo %s", name);
  return NULL;
}

int
answer_of (const char *text)
{
  for (guint i = 0; i < examples->contents->answers->len; i++)
    if (strcmp (examples->contents->answers->pdata[i], text) == 0)
      return (int)i;
  return -1;
}

int
word_of (const char *text)
{
  return GPOINTER_TO_INT (g_hash_table_lookup (examples->contents->index, text));
}
