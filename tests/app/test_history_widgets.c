/* The history's widgets in this process: the lazy list, corrections, the saved view, private mode.
 */
#include "tests/app/rig.h"
#include "tests/app/stage.h"

#include "app/correction.h"
#include "app/evidence-map.h"
#include "app/history-model.h"
#include "app/history-page.h"
#include "app/history-row.h"
#include "app/sheet.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

TestSuite (history_widgets, .init = rig_open_screen, .fini = rig_close, .timeout = 120);

/* Lets what is under way happen; an animation would never let the queue become empty. */
static void
pump (void)
{
  gint64 since = g_get_monotonic_time ();

  while (g_get_monotonic_time () - since < 300 * G_TIME_SPAN_MILLISECOND)
    {
      g_main_context_iteration (NULL, FALSE);
      g_usleep (500);
    }
}

/* Writes a history of n questions of one picture where the engine will look for it. */
static void
fill_library (int n)
{
  g_autofree char *path = vqa_store_default_path ();
  g_autoptr (vqa_store) store = vqa_store_open (path, NULL, NULL);
  g_autofree char *hash = g_strnfill (64, 'a');
  g_autoptr (GString) text = g_string_new (NULL);
  vqa_imported imported;
  g_autoptr (GError) error = NULL;

  g_string_printf (text,
                   "{\"format\":\"regard-history\",\"version\":1,\"pictures\":[{\"hash\":\"%s\","
                   "\"place\":\"/x.jpg\",\"title\":\"x.jpg\",\"width\":1,\"height\":1,\"opened\":1,"
                   "\"thumbnail\":null}],\"models\":[{\"hash\":\"m\",\"name\":\"photos\",\"title\":"
                   "\"\",\"path\":\"\"}],\"questions\":[",
                   hash);
  for (int i = 0; i < n; i++)
    g_string_append_printf (
        text,
        "%s{\"picture\":\"%s\",\"model\":\"m\",\"question\":\"number %d?\",\"asked\":%d,"
        "\"confident\":true,\"milliseconds\":1,\"unknown_words\":[],\"answers\":[{\"answer\":"
        "\"yes\",\"probability\":0.5}],\"blind\":[],\"correction\":null,\"corrected\":0,"
        "\"pinned\":false}",
        i ? "," : "", hash, i, 1000 + i);
  g_string_append (text, "]}");
  cr_assert (vqa_store_import (store, "test", text->str, text->len, &imported, &error), "%s",
             error ? error->message : "");
}

static void
count_items (GListModel *model, guint position, guint removed, guint added, guint *changes)
{
  changes[0]++;
  changes[1] = position;
  changes[2] = removed;
  changes[3] = added;
}

static void
wait_items (GListModel *model, guint n)
{
  gint64 since = g_get_monotonic_time ();

  while (g_list_model_get_n_items (model) != n)
    {
      cr_assert (g_get_monotonic_time () - since < RIG_PATIENCE * G_TIME_SPAN_SECOND,
                 "%u items, not %u", g_list_model_get_n_items (model), n);
      g_main_context_iteration (NULL, FALSE);
      g_usleep (1000);
    }
}

static void
wait_filled (RegardEntry *entry)
{
  gint64 since = g_get_monotonic_time ();

  while (!regard_entry_get (entry))
    {
      cr_assert (g_get_monotonic_time () - since < RIG_PATIENCE * G_TIME_SPAN_SECOND, "not read");
      g_main_context_iteration (NULL, FALSE);
      g_usleep (1000);
    }
}

Test (history_widgets, the_history_is_read_when_it_is_looked_at)
{
  g_autoptr (RegardEngine) engine = NULL;
  g_autoptr (RegardHistoryModel) model = NULL;
  g_autoptr (RegardEntry) entry = NULL, again = NULL;
  g_autoptr (GArray) selected = NULL;
  guint changes[4] = { 0 };
  gint64 moment;

  stage_start_gtk ();
  fill_library (3000);
  engine = regard_engine_new ();
  model = regard_history_model_new (engine);
  g_signal_connect (model, "items-changed", G_CALLBACK (count_items), changes);
  regard_history_model_set_filter (model, &(vqa_filter){ 0 });
  wait_items (G_LIST_MODEL (model), 3000);
  entry = g_list_model_get_item (G_LIST_MODEL (model), 2500);
  cr_assert_null (regard_entry_get (entry), "nothing is read before");
  again = g_list_model_get_item (G_LIST_MODEL (model), 2500);
  cr_assert_eq (entry, again, "one place, one object");
  wait_filled (entry);
  cr_assert_str_eq (regard_entry_get (entry)->question->text, "number 499?");

  /* What is selected follows its question, not its place; the list says only what changed. */
  regard_history_model_toggle (model, 2500);
  cr_assert (regard_entry_get_selected (entry));
  moment = 1000 + 2990;
  regard_engine_delete_async (engine, &moment, 1, NULL, NULL);
  changes[0] = 0;
  pump ();
  regard_history_model_reload (model);
  wait_items (G_LIST_MODEL (model), 2999);
  cr_assert_eq (changes[0], 1);
  cr_assert_eq (changes[1], 9);
  cr_assert_eq (changes[2], 1);
  cr_assert_eq (changes[3], 0);
  selected = regard_history_model_get_selected (model);
  cr_assert_eq (selected->len, 1);
  cr_assert_eq (g_array_index (selected, gint64, 0), 1499);

  regard_history_model_set_filter (model, &(vqa_filter){ .words = "number 77" });
  wait_items (G_LIST_MODEL (model), 11);
  cr_assert_eq (regard_history_model_get_n_selected (model), 0, "not in the list any more");
  regard_history_model_select_all (model);
  cr_assert_eq (regard_history_model_get_n_selected (model), 11);
  g_clear_object (&model);
  regard_engine_stop (engine);
}

static void
keep_correction (RegardCorrection *correction, const char *answer, char **kept)
{
  g_free (*kept);
  *kept = g_strdup (answer ? answer : "none");
}

Test (history_widgets, a_correction_is_offered_for_what_is_kept)
{
  GtkWidget *correction;
  g_autoptr (RegardQuestion) question = NULL;
  g_autofree char *kept = NULL;
  GtkListBox *answers;
  GtkMenuButton *button;

  stage_start_gtk ();
  correction = g_object_new (REGARD_TYPE_CORRECTION, NULL);
  question = stage_make_question ("what is it?", TRUE, "");
  g_signal_connect (correction, "correct", G_CALLBACK (keep_correction), &kept);
  regard_correction_set_question (REGARD_CORRECTION (correction), question);
  cr_assert_not (gtk_widget_get_visible (correction), "what is not kept cannot be corrected");
  regard_question_set_id (question, 7);
  regard_correction_set_question (REGARD_CORRECTION (correction), question);
  cr_assert (gtk_widget_get_visible (correction));
  stage_present (correction, 300, 100);

  /* The other answers are there to pick. */
  regard_correction_begin (REGARD_CORRECTION (correction));
  pump ();
  answers = stage_find_list (correction, "GtkListBoxRow");
  cr_assert (answers);
  cr_assert (stage_says (GTK_WIDGET (answers), "lynx"));
  cr_assert_not (stage_says (GTK_WIDGET (answers), "tabby"));
  g_signal_emit_by_name (answers, "row-activated", gtk_list_box_get_row_at_index (answers, 0));
  cr_assert_str_eq (kept, "lynx");
  regard_question_set_correction (question, "lynx");
  cr_assert (stage_says (correction, "You said: \u201clynx\u201d"));
  button = GTK_MENU_BUTTON (gtk_widget_get_last_child (gtk_widget_get_first_child (correction)));
  cr_assert (
      gtk_test_accessible_has_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL));
}

Test (history_widgets, the_view_is_saved_with_its_words)
{
  g_autofree char *path = g_build_filename (rig_folder (), "view.png", NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GdkTexture) plain = NULL, all = NULL;
  RegardSheet *sheet;
  guint8 *pixels;
  gsize stride;
  int dark = 0;

  stage_start_gtk ();
  for (int with_words = 0; with_words < 2; with_words++)
    {
      float cells[] = { 1, 0, 0, 0 };

      sheet = g_new0 (RegardSheet, 1);
      sheet->picture = stage_plain_texture (400, 300, 0, 0, 200);
      sheet->width = 4000;
      sheet->height = 3000;
      sheet->title = g_strdup ("blue.jpg");
      if (with_words)
        {
          sheet->map = regard_evidence_map_paint (&(vqa_evidence){ 2, 2, cells }, 400, 300);
          sheet->opacity = 1;
          sheet->question = stage_make_question ("what is it?", TRUE, "");
          sheet->map_title = g_strdup ("Evidence for “tabby”");
        }
      regard_sheet_save_async (sheet, file, NULL, NULL);
      for (int i = 0; i < 1000 && !g_file_test (path, G_FILE_TEST_EXISTS); i++)
        {
          g_main_context_iteration (NULL, FALSE);
          g_usleep (10000);
        }
      pump ();
      *(with_words ? &all : &plain) = gdk_texture_new_from_filename (path, NULL);
      cr_assert_eq (remove (path), 0);
    }
  cr_assert_eq (gdk_texture_get_width (all), 720);
  cr_assert_gt (gdk_texture_get_height (plain), 540, "a title below");
  cr_assert_gt (gdk_texture_get_height (all), gdk_texture_get_height (plain) + 80);
  stride = (gsize)gdk_texture_get_width (all) * 4;
  pixels = g_malloc (stride * (gsize)gdk_texture_get_height (all));
  gdk_texture_download (all, pixels, stride);
  cr_assert_gt (pixels[40 * stride + 4 * 40 + 2], 100, "strong evidence in the upper left");
  cr_assert_lt (pixels[500 * stride + 4 * 680 + 2], 60, "none in the lower right");
  for (gsize i = 545 * stride; i < stride * (gsize)gdk_texture_get_height (all); i += 4)
    dark += pixels[i] < 80 && pixels[i + 1] < 80 && pixels[i + 2] < 80;
  cr_assert_gt (dark, 300, "words are written, not %d dark pixels", dark);
  g_free (pixels);
}

Test (history_widgets, nothing_is_kept_in_private_mode)
{
  g_autoptr (RegardEngine) engine = NULL;
  g_autofree char *sample = rig_sample ("rocket.jpg"), *n = NULL, *later = NULL;
  g_autofree char *kept = g_build_filename (rig_folder (), "data", "regard", "pictures", NULL);
  g_autoptr (GFile) file = g_file_new_for_path (sample);
  g_autoptr (GdkTexture) texture = NULL;
  RegardWindow *window;

  stage_start_gtk ();
  engine = regard_engine_new ();
  regard_engine_set_private (engine, TRUE);
  window = regard_window_new (NULL, engine);
  gtk_window_present (GTK_WINDOW (window));
  cr_assert (stage_says (GTK_WIDGET (window), "Private"));
  regard_window_open_files (window, &file, 1);
  stage_wait_title (GTK_WINDOW (window), "rocket.jpg");
  texture = stage_plain_texture (64, 48, 200, 100, 0);
  gdk_clipboard_set_texture (gtk_widget_get_clipboard (GTK_WIDGET (window)), texture);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.paste", NULL);
  stage_wait_title (GTK_WINDOW (window), "Pasted photograph");
  n = rig_query ("SELECT count(*) FROM pictures");
  cr_assert_str_eq (n, "0");
  cr_assert_not (g_file_test (kept, G_FILE_TEST_EXISTS), "nor is the pasted one");

  regard_engine_set_private (engine, FALSE);
  cr_assert_not (stage_says (GTK_WIDGET (window), "Private"));
  regard_window_open_files (window, &file, 1);
  stage_wait_title (GTK_WINDOW (window), "rocket.jpg");
  later = rig_query ("SELECT count(*) FROM pictures");
  cr_assert_str_eq (later, "1");
  stage_close_window (window, engine);
}

static GtkWidget *
find_type (GtkWidget *widget, GType type)
{
  GtkWidget *found = NULL;

  if (G_TYPE_CHECK_INSTANCE_TYPE (widget, type))
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child && !found;
       child = gtk_widget_get_next_sibling (child))
    found = find_type (child, type);
  return found;
}

static void
wait_query (const char *sql, const char *value)
{
  gint64 since = g_get_monotonic_time ();
  g_autofree char *now = NULL;

  while (g_strcmp0 (now, value) != 0)
    {
      cr_assert (g_get_monotonic_time () - since < RIG_PATIENCE * G_TIME_SPAN_SECOND,
                 "%s gives \"%s\", not \"%s\"", sql, now, value);
      g_main_context_iteration (NULL, FALSE);
      g_usleep (1000);
      g_free (now);
      now = rig_query (sql);
    }
  pump ();
}

/* A window that shows the history. */
static RegardWindow *
open_history (RegardEngine *engine)
{
  RegardWindow *window = regard_window_new (NULL, engine);

  gtk_window_present (GTK_WINDOW (window));
  gtk_widget_activate_action (GTK_WIDGET (window), "win.history", NULL);
  stage_wait_title (GTK_WINDOW (window), "History");
  pump ();
  return window;
}

Test (history_widgets, deleting_offers_undo)
{
  g_autoptr (RegardEngine) engine = NULL;
  RegardWindow *window;
  GtkWidget *row, *undo;

  stage_start_gtk ();
  fill_library (5);
  engine = regard_engine_new ();
  window = open_history (engine);
  for (int i = 0; i < 100 && !stage_says (GTK_WIDGET (window), "number 4?"); i++)
    pump ();
  row = find_type (GTK_WIDGET (window), REGARD_TYPE_HISTORY_ROW);
  cr_assert (row && stage_says (row, "number 4?"));
  g_signal_emit_by_name (row, "delete");
  wait_query ("SELECT count(*) FROM questions", "4");
  cr_assert (stage_says (GTK_WIDGET (window), "1 question deleted"));
  undo = stage_find_button (GTK_WIDGET (window), "_Undo");
  cr_assert (undo);
  g_signal_emit_by_name (undo, "clicked");
  wait_query ("SELECT count(*) || max(text) FROM questions", "5number 4?");

  pump ();
  g_signal_emit_by_name (find_type (GTK_WIDGET (window), REGARD_TYPE_HISTORY_ROW), "pin", TRUE);
  wait_query ("SELECT text FROM questions WHERE pinned", "number 4?");
  stage_close_window (window, engine);
}

Test (history_widgets, clearing_asks_first)
{
  g_autoptr (RegardEngine) engine = NULL;
  RegardWindow *window;
  GtkWidget *page;

  stage_start_gtk ();
  fill_library (5);
  engine = regard_engine_new ();
  window = open_history (engine);
  page = find_type (GTK_WIDGET (window), REGARD_TYPE_HISTORY_PAGE);
  for (int sure = 0; sure < 2; sure++)
    {
      GListModel *toplevels = gtk_window_get_toplevels ();
      AdwMessageDialog *dialog = NULL;

      gtk_widget_activate_action (page, "history.clear", NULL);
      for (guint i = 0; i < g_list_model_get_n_items (toplevels); i++)
        {
          g_autoptr (GtkWidget) w = g_list_model_get_item (toplevels, i);

          if (ADW_IS_MESSAGE_DIALOG (w))
            dialog = ADW_MESSAGE_DIALOG (w);
        }
      cr_assert (dialog);
      adw_message_dialog_response (dialog, sure ? "clear" : "cancel");
      gtk_window_destroy (GTK_WINDOW (dialog));
      pump ();
      wait_query ("SELECT count(*) FROM questions", sure ? "0" : "5");
    }
  wait_query ("SELECT count(*) FROM pictures", "0");
  cr_assert (stage_says (GTK_WIDGET (window), "Everything was deleted"));
  cr_assert (stage_says (GTK_WIDGET (window), "No Questions Yet"));
  stage_close_window (window, engine);
}

Test (history_widgets, the_window_fits_a_narrow_screen)
{
  g_autoptr (RegardEngine) engine = NULL;
  RegardWindow *window;
  int minimum;

  stage_start_gtk ();
  fill_library (5);
  engine = regard_engine_new ();
  window = open_history (engine);
  gtk_widget_measure (gtk_widget_get_first_child (GTK_WIDGET (window)), GTK_ORIENTATION_HORIZONTAL,
                      -1, &minimum, NULL, NULL, NULL);
  cr_assert_leq (minimum, 360, "%d pixels", minimum);
  stage_close_window (window, engine);
}
