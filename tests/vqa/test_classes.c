/* Class lists: FILE<TAB>class,class,... a line. */
#include "tests/vqa/draw.h"
#include "vqa/data/data.h"

#include <criterion/criterion.h>
#include <string.h>

static char *folder;

static void
setup (void)
{
  folder = draw_folder ();
}

static void
teardown (void)
{
  draw_remove (folder);
  g_free (folder);
}

TestSuite (classes, .init = setup, .fini = teardown);

static GPtrArray *
read_text (const char *text, GPtrArray **names)
{
  g_autofree char *path = draw_file (folder, "list.tsv", text, -1);
  g_autoptr (GError) error = NULL;
  GPtrArray *rows = vqa_classes_read (path, names, &error);

  cr_assert (rows, "%s", error ? error->message : "");
  return rows;
}

static void
refuse (const char *text, gssize length, const char *part)
{
  g_autofree char *path = draw_file (folder, "list.tsv", text, length);
  g_autofree char *start = g_strconcat (path, ":", part, NULL);
  g_autoptr (GError) error = NULL;

  cr_assert_null (vqa_classes_read (path, NULL, &error), "expected: %s", part);
  cr_expect (g_error_matches (error, VQA_ERROR, VQA_ERROR_DATA));
  cr_expect (g_str_has_prefix (error->message, start), "expected '%s' in: %s", part,
             error->message);
}

Test (classes, rows_and_sorted_names)
{
  g_autoptr (GPtrArray) names = NULL;
  g_autoptr (GPtrArray) rows = read_text (
      "b.jpg\tzebra,dining table\na.jpg\tdog,zebra\r\n\nnone.jpg\t\nlast.jpg\tcat", &names);
  const vqa_class_row *row = g_ptr_array_index (rows, 0);

  cr_assert_eq (rows->len, 4);
  cr_expect_str_eq (row->file, "b.jpg");
  cr_expect_str_eq (row->classes[0], "zebra");
  cr_expect_str_eq (row->classes[1], "dining table");
  cr_expect_null (row->classes[2]);
  row = g_ptr_array_index (rows, 1);
  cr_expect_str_eq (row->classes[1], "zebra", "the carriage return does not belong to the name");
  row = g_ptr_array_index (rows, 2);
  cr_expect_null (row->classes[0]);
  cr_assert_eq (names->len, 4);
  cr_expect_str_eq (names->pdata[0], "cat");
  cr_expect_str_eq (names->pdata[1], "dining table");
  cr_expect_str_eq (names->pdata[2], "dog");
  cr_expect_str_eq (names->pdata[3], "zebra");
}

Test (classes, empty_file_has_no_rows)
{
  g_autoptr (GPtrArray) rows = read_text ("", NULL);

  cr_expect_eq (rows->len, 0);
}

Test (classes, errors_name_file_and_line)
{
  refuse ("a.jpg\tdog\nb.jpg dog\n", -1, "2: expected");
  refuse ("a.jpg\tdog\n\tdog\n", -1, "2: expected");
  refuse ("a.jpg\tdog\tcat\n", -1, "1: expected");
  refuse ("a.jpg\tdog,,cat\n", -1, "1: class 2 has no name");
  refuse ("a.jpg\tdog\nb.jpg\tcat\na.jpg\tcat", -1, "3: a.jpg stands more than once");
  refuse ("a.jpg\td\xffg\n", -1, "1: not UTF-8");
  refuse ("a.jpg\tdog\nb\0c\tdog\n", 18, "2: a zero byte");
}

Test (classes, missing_file_is_named)
{
  g_autofree char *path = g_build_filename (folder, "missing.tsv", NULL);
  g_autoptr (GError) error = NULL;

  cr_assert_null (vqa_classes_read (path, NULL, &error));
  cr_expect (g_error_matches (error, VQA_ERROR, VQA_ERROR_DATA));
  cr_expect (strstr (error->message, "missing.tsv"), "%s", error->message);
}
