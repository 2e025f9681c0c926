/* The widgets that compare two models, in this process. */
#include "tests/app/rig.h"
#include "tests/app/stage.h"

#include "app/answer-row.h"
#include "app/columns.h"
#include "app/compare-column.h"
#include "app/difference-map.h"
#include "app/preferences.h"

#include <criterion/criterion.h>
#include <string.h>

TestSuite (compare_widgets, .init = rig_open_screen, .fini = rig_close, .timeout = 120);

static graphene_rect_t
bounds (GtkWidget *widget, GtkWidget *in)
{
  graphene_rect_t r;

  cr_assert (gtk_widget_compute_bounds (widget, in, &r));
  return r;
}

static GtkWidget *
two_columns (GtkWidget **a, GtkWidget **b)
{
  GtkWidget *columns = g_object_new (REGARD_TYPE_COLUMNS, NULL);

  *a = gtk_label_new ("a");
  *b = gtk_label_new ("b");
  gtk_widget_set_size_request (*b, -1, 70);
  gtk_widget_set_parent (*a, columns);
  gtk_widget_set_parent (*b, columns);
  return columns;
}

Test (compare_widgets, columns_stand_beside_each_other_where_there_is_room)
{
  GtkWidget *a, *b, *columns;
  graphene_rect_t first, second;

  stage_start_gtk ();
  columns = two_columns (&a, &b);
  stage_present (columns, 800, 200);
  first = bounds (a, columns);
  second = bounds (b, columns);
  cr_assert_eq (first.size.width, second.size.width);
  cr_assert_geq (second.origin.x, first.origin.x + first.size.width);
  cr_assert_eq (second.origin.y, first.origin.y);
}

Test (compare_widgets, columns_stack_in_a_narrow_window)
{
  GtkWidget *a, *b, *columns;
  graphene_rect_t first, second;
  int height;

  stage_start_gtk ();
  columns = two_columns (&a, &b);
  stage_present (columns, 360, 400);
  first = bounds (a, columns);
  second = bounds (b, columns);
  cr_assert_eq (first.size.width, 360);
  cr_assert_eq (second.size.width, 360);
  cr_assert_geq (second.origin.y, first.origin.y + first.size.height);
  gtk_widget_measure (columns, GTK_ORIENTATION_VERTICAL, 360, NULL, &height, NULL, NULL);
  cr_assert_eq (height, (int)(second.origin.y + second.size.height));
}

static void
add_line (RegardCompareColumn *column, const char *text, GString *log)
{
  g_string_append_printf (log, "%s|", text);
}

/* Only what the person chooses is told; what the page marks is not. */
Test (compare_widgets, a_column_tells_the_answer_that_is_chosen)
{
  g_autoptr (RegardQuestion) question = NULL;
  g_autoptr (GString) chosen = g_string_new (NULL);
  RegardCompareColumn *column;
  GtkListBox *list;

  stage_start_gtk ();
  question = stage_make_question ("what is it?", FALSE, "");
  column = g_object_new (REGARD_TYPE_COMPARE_COLUMN, NULL);
  stage_present (GTK_WIDGET (column), 400, 700);
  g_signal_connect (column, "answer", G_CALLBACK (add_line), chosen);
  regard_compare_column_set_reply (column, regard_question_get_reply (question), NULL);
  cr_assert (stage_says (GTK_WIDGET (column), "Not sure, perhaps \u201ctabby\u201d"));
  regard_compare_column_select (column, "tabby");
  regard_compare_column_select (column, "borzoi");
  cr_assert_str_eq (chosen->str, "");
  list = stage_find_list (GTK_WIDGET (column), "RegardAnswerRow");
  gtk_list_box_select_row (list, gtk_list_box_get_row_at_index (list, 1));
  cr_assert_str_eq (chosen->str, "lynx|");
}

Test (compare_widgets, a_column_tells_costs_or_why_there_are_none)
{
  vqa_model_info *info;
  RegardMeasured measured = { NULL, 8.25 };
  RegardCompareColumn *column;

  stage_start_gtk ();
  info = g_new0 (vqa_model_info, 1);
  info->title = g_strdup ("Toy");
  info->bytes = 7900000;
  info->parameters = 123;
  info->macs = 4500000;
  info->side = 64;
  measured.model = regard_model_new (info);
  column = g_object_new (REGARD_TYPE_COMPARE_COLUMN, NULL);
  stage_present (GTK_WIDGET (column), 400, 700);
  regard_compare_column_set_measured (column, &measured, NULL);
  cr_assert (stage_says (GTK_WIDGET (column), "8.2\u00a0ms"));
  cr_assert (stage_says (GTK_WIDGET (column), "7.9"));
  cr_assert (stage_says (GTK_WIDGET (column), "123"));
  cr_assert (stage_says (GTK_WIDGET (column), "4.5 million"));
  regard_compare_column_set_measured (column, NULL, "toy: damaged");
  cr_assert (stage_says (GTK_WIDGET (column), "toy: damaged"));
  cr_assert_not (stage_says (GTK_WIDGET (column), "4.5 million"));
  g_object_unref (measured.model);
}

/* Who looked there, by colour: orange, blue, or the photograph alone. */
Test (compare_widgets, the_difference_is_painted_in_two_colours)
{
  float cells[] = { 1, 0, -1 };
  vqa_difference d = { { 3, 1, cells }, 0 };
  g_autoptr (GdkTexture) map = NULL;
  guint8 pixels[128 * 384 * 4]; /* (128,384,4), blue first */
  const guint8 *left = pixels + 64 * 384 * 4 + 4 * 20, *right = pixels + 64 * 384 * 4 + 4 * 363;
  const guint8 *middle = pixels + 64 * 384 * 4 + 4 * 192;

  map = regard_difference_map_paint (&d, 300, 100);
  cr_assert (gdk_texture_get_width (map) == 384 && gdk_texture_get_height (map) == 128);
  gdk_texture_download (map, pixels, 384 * 4);
  cr_assert (left[2] > left[0] && left[3] > 200);
  cr_assert (right[0] > right[2] && right[3] > 200);
  cr_assert_lt (middle[3], 40);
}

/* It follows the preferences of maps: cell by cell, and nothing below the threshold. */
Test (compare_widgets, the_difference_as_a_grid_and_from_a_threshold_on)
{
  float cells[] = { 1, 0.4f, -1 };
  vqa_difference d = { { 3, 1, cells }, 0 };
  RegardPreferences *preferences;
  gsize stride;

  g_setenv ("GSETTINGS_BACKEND", "memory", TRUE);
  stage_start_gtk ();
  preferences = regard_preferences_get ();
  for (int threshold = 0; threshold < 2; threshold++)
    {
      g_autoptr (GdkTexture) map = NULL;
      g_autofree guint8 *pixels = NULL; /* (h,w,4), blue first */
      const guint8 *inside, *edge, *less;

      g_object_set (preferences, "evidence-grid", TRUE, "evidence-threshold", 0.5 * threshold,
                    NULL);
      map = regard_difference_map_paint (&d, 300, 100);
      cr_assert_eq (gdk_texture_get_width (map) % 3, 0);
      stride = (gsize)gdk_texture_get_width (map) * 4;
      pixels = g_malloc (stride * (gsize)gdk_texture_get_height (map));
      gdk_texture_download (map, pixels, stride);
      inside = pixels + 40;
      edge = pixels + stride / 3 - 4;
      less = pixels + stride / 2 / 4 * 4;
      cr_expect_eq (memcmp (inside, edge, 4), 0, "a cell has one colour");
      cr_expect_gt (inside[3], 200);
      cr_expect_eq (less[3] > 0, threshold == 0, "threshold %d: %d", threshold, less[3]);
    }
}
