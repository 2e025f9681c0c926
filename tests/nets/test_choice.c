/* The file of measured choices, and convolutions in every way that it can name. */
#include "tests/nets/check.h"

#include <glib/gstdio.h>
#include <omp.h>

#include "nets/core/choice.h"

static char *
temporary (void)
{
  char *folder = g_dir_make_tmp ("choice-XXXXXX", NULL);
  cr_assert_not_null (folder);
  return folder;
}

static void
remove_all (const char *folder, const char *file)
{
  nn_set_cache (NULL);
  g_unlink (file);
  g_rmdir (folder);
}

Test (choice, is_remembered)
{
  g_autofree char *folder = temporary (), *file = g_build_filename (folder, "sub", "c.txt", NULL);
  g_autofree char *sub = g_path_get_dirname (file), *text = NULL;

  cr_assert_not (nn_choice_active ());
  cr_assert_eq (nn_choice_keep ("a", 1), -1);
  nn_set_cache (file);
  cr_assert (nn_choice_active ());
  cr_assert_eq (nn_choice_find ("a"), -1);
  cr_assert_eq (nn_choice_keep ("a", 1), 1);
  cr_assert_eq (nn_choice_keep ("b of two words", 0), 0);
  cr_assert_eq (nn_choice_keep ("a", 2), 1); /* the first counts */
  nn_set_cache (file);                       /* as the next program does */
  cr_assert_eq (nn_choice_find ("a"), 1);
  cr_assert_eq (nn_choice_find ("b of two words"), 0);
  cr_assert_eq (nn_choice_find ("b"), -1);
  cr_assert (g_file_get_contents (file, &text, NULL, NULL));
  cr_assert_str_eq (text, "measured choices, version 1\n\n1 a\n\n0 b of two words\n");
  remove_all (sub, file);
  g_rmdir (folder);
}

/* Another program writes between this one's reading and writing: the first line counts for both. */
Test (choice, two_programs_agree)
{
  g_autofree char *folder = temporary (), *file = g_build_filename (folder, "c.txt", NULL);
  FILE *other;
  nn_set_cache (file);
  cr_assert_eq (nn_choice_keep ("mine", 2), 2);
  other = fopen (file, "a");
  fputs ("3 theirs\n0 mine\n1 cut", other);
  fclose (other);
  cr_assert_eq (nn_choice_keep ("theirs", 0), 3);
  cr_assert_eq (nn_choice_keep ("mine", 1), 2);
  cr_assert_eq (nn_choice_keep ("more", 1), 1);
  nn_set_cache (file);
  cr_assert_eq (nn_choice_find ("theirs"), 3);
  cr_assert_eq (nn_choice_find ("mine"), 2);
  cr_assert_eq (nn_choice_find ("more"), 1);
  remove_all (folder, file);
}

Test (choice, damaged_lines_are_passed_over)
{
  g_autofree char *folder = temporary (), *file = g_build_filename (folder, "c.txt", NULL);
  g_autofree char *text = NULL;

  cr_assert (g_file_set_contents (file,
                                  "measured choices, version 1\n1 good\nx bad\n-1 bad\n2\n\n"
                                  "99999999999999999999 bad\n0 \xff\n2 fine\n1 cut off",
                                  -1, NULL));
  nn_set_cache (file);
  cr_assert_eq (nn_choice_find ("good"), 1);
  cr_assert_eq (nn_choice_find ("fine"), 2);
  cr_assert_eq (nn_choice_find ("bad"), -1);
  cr_assert_eq (nn_choice_find ("cut off"), -1);
  cr_assert (g_file_set_contents (file, "something else\n1 good\n", -1, NULL));
  nn_set_cache (file);
  cr_assert_eq (nn_choice_find ("good"), -1);
  cr_assert_eq (nn_choice_keep ("good", 0), 0);
  cr_assert (g_file_get_contents (file, &text, NULL, NULL));
  cr_assert_str_eq (text, "measured choices, version 1\n\n0 good\n");
  remove_all (folder, file);
}

/* What cannot be remembered is not chosen. */
Test (choice, a_file_that_cannot_be_written)
{
  g_autofree char *folder = temporary ();
  nn_set_cache (folder);
  cr_assert_eq (nn_choice_find ("a"), -1);
  cr_assert_eq (nn_choice_keep ("a", 1), -1);
  cr_assert_not (nn_choice_active ());
  cr_assert_eq (nn_choice_find ("a"), -1);
  nn_set_cache (NULL);
  g_rmdir (folder);
}

/* Large enough to be measured: see probe.c. */
static nn_node
build_large (check *c)
{
  nn_node x = check_images (c, 64, 64, 3);
  return nn_conv (c->g, "conv", x, 17, 3, 1);
}

static nn_node
build_small (check *c)
{
  return nn_conv (c->g, "conv", check_images (c, 5, 5, 16), 16, 3, 1);
}

/* Makes every choice in the file this one, and returns how many there are. */
static int
choose_all (const char *file, int choice)
{
  g_autofree char *text = NULL;
  int n = 0;
  cr_assert (g_file_get_contents (file, &text, NULL, NULL));
  for (char *line = strchr (text, '\n'); line != NULL; line = strchr (line + 1, '\n'))
    if (g_ascii_isdigit (line[1]))
      {
        line[1] = (char)('0' + choice);
        n++;
      }
  cr_assert (g_file_set_contents (file, text, -1, NULL));
  nn_set_cache (file);
  return n;
}

static void
try_all_ways (const char *file)
{
  check_half (build_large, 0, 13, 0.01);
  cr_assert_eq (choose_all (file, 0), 6, "three roles in two precisions");
  for (int way = 1; way < 4; way++)
    {
      g_autofree char *before = NULL, *after = NULL;
      choose_all (file, way);
      cr_assert (g_file_get_contents (file, &before, NULL, NULL));
      check_half (build_large, 0, 13, 0.01);
      cr_assert (g_file_get_contents (file, &after, NULL, NULL));
      cr_assert_str_eq (before, after, "nothing is measured twice");
    }
}

Test (choice, convolutions_agree_in_every_way)
{
  g_autofree char *folder = temporary (), *file = g_build_filename (folder, "c.txt", NULL);
  omp_set_num_threads (2);
  nn_set_cache (file);
  check_half (build_small, 0, 3, 0.01);
  cr_assert_not (g_file_test (file, G_FILE_TEST_EXISTS), "small ones are not measured");
  try_all_ways (file);
  remove_all (folder, file);
}
