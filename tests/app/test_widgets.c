/* Widgets in this process: where the picture lies, what is painted over it, what the panel says. */
#include "tests/app/rig.h"
#include "tests/app/stage.h"

#include "app/ask-panel.h"
#include "app/choice.h"
#include "app/evidence-map.h"
#include "app/image-view.h"
#include "app/model-chooser.h"
#include "app/split.h"
#include "app/window.h"

#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <string.h>

TestSuite (widgets, .init = rig_open_screen, .fini = rig_close, .timeout = 120);

Test (widgets, image_coordinates_go_there_and_back)
{
  GtkWidget *view;
  g_autoptr (GdkTexture) texture = NULL;
  double vx, vy, ix, iy, left, top, right, bottom;

  stage_start_gtk ();
  view = g_object_new (REGARD_TYPE_IMAGE_VIEW, NULL);
  texture = stage_plain_texture (50, 25, 10, 20, 30);
  stage_present (view, 500, 500);
  cr_assert_not (regard_image_view_image_to_view (REGARD_IMAGE_VIEW (view), 0, 0, &vx, &vy),
                 "nothing is shown yet");
  /* The texture is smaller than the original: coordinates are the original's. */
  regard_image_view_set_picture (REGARD_IMAGE_VIEW (view), texture, 2000, 1000);
  cr_assert (regard_image_view_image_to_view (REGARD_IMAGE_VIEW (view), 500, 250, &vx, &vy));
  cr_assert (regard_image_view_view_to_image (REGARD_IMAGE_VIEW (view), vx, vy, &ix, &iy));
  cr_assert_float_eq (ix, 500, 0.5);
  cr_assert_float_eq (iy, 250, 0.5);

  regard_image_view_image_to_view (REGARD_IMAGE_VIEW (view), 0, 0, &left, &top);
  regard_image_view_image_to_view (REGARD_IMAGE_VIEW (view), 2000, 1000, &right, &bottom);
  cr_assert_float_eq ((right - left) / (bottom - top), 2, 0.01, "the aspect ratio is kept");
  cr_assert_float_eq (left, 500 - right, 0.01, "it stands in the middle");
  cr_assert_float_eq (top, 500 - bottom, 0.01);
  cr_assert (left > 0 && right < 500);
  cr_assert_not (
      regard_image_view_view_to_image (REGARD_IMAGE_VIEW (view), left - 1, top + 5, &ix, &iy));
  cr_assert_not (
      regard_image_view_view_to_image (REGARD_IMAGE_VIEW (view), left + 5, bottom + 1, &ix, &iy));
  cr_assert_not (regard_image_view_image_to_view (REGARD_IMAGE_VIEW (view), 2001, 10, &ix, &iy));
}

Test (widgets, the_map_lies_on_the_picture)
{
  /* The strong cell is the upper right one of 2 x 2. */
  float cells[] = { 0, 1, 0, 0 };
  vqa_evidence evidence = { 2, 2, cells };
  g_autoptr (GdkTexture) texture = NULL, map = NULL;
  RegardImageView *view;
  guint8 strong[3], weak[3], off[3], faint[3];
  double x, y, weak_x, weak_y;

  stage_start_gtk ();
  view = g_object_new (REGARD_TYPE_IMAGE_VIEW, NULL);
  texture = stage_plain_texture (60, 40, 0, 0, 200);
  map = regard_evidence_map_paint (&evidence, 600, 400);
  cr_assert (map);
  stage_present (GTK_WIDGET (view), 400, 300);
  regard_image_view_set_picture (view, texture, 600, 400);
  regard_image_view_set_map (view, map, &(vqa_region){ 0 });
  cr_assert (regard_image_view_image_to_view (view, 540, 60, &x, &y));
  cr_assert (regard_image_view_image_to_view (view, 60, 340, &weak_x, &weak_y));

  stage_probe (GTK_WIDGET (view), x, y, strong);
  stage_probe (GTK_WIDGET (view), weak_x, weak_y, weak);
  cr_assert_gt (strong[0], 100, "strong evidence is bright, not %d", strong[0]);
  cr_assert_lt (weak[0], 40, "weak evidence is dark, not %d", weak[0]);
  cr_assert_gt (weak[2], 60, "and lets the picture through, not %d", weak[2]);

  regard_image_view_set_map_opacity (view, 0.25);
  stage_probe (GTK_WIDGET (view), x, y, faint);
  cr_assert (faint[0] > 5 && faint[0] < strong[0] / 2, "a quarter of %d, not %d", strong[0],
             faint[0]);
  regard_image_view_set_show_map (view, FALSE);
  stage_probe (GTK_WIDGET (view), x, y, off);
  cr_assert (off[0] < 5 && off[2] > 190, "switched off, the picture is as it was");
}

Test (widgets, the_map_in_words)
{
  float upper_left[] = { 1, 0.1f, 0, 0.1f, 0, 0, 0, 0, 0 },
        middle[] = { 0, 0, 0, 0, 1, 0, 0, 0, 0 }, bottom[] = { 0, 0, 0, 0, 0.1f, 0, 0.5f, 1, 0.5f },
        none[9] = { 0 };
  char *words;

  words = regard_evidence_map_describe (&(vqa_evidence){ 3, 3, upper_left });
  cr_assert_str_eq (words, "mostly in the upper left");
  g_free (words);
  words = regard_evidence_map_describe (&(vqa_evidence){ 3, 3, middle });
  cr_assert_str_eq (words, "mostly in the middle");
  g_free (words);
  words = regard_evidence_map_describe (&(vqa_evidence){ 3, 3, bottom });
  cr_assert_str_eq (words, "mostly at the bottom");
  g_free (words);
  cr_assert_null (regard_evidence_map_paint (&(vqa_evidence){ 3, 3, none }, 30, 30));
}

Test (widgets, the_panel_says_how_sure_it_is)
{
  GtkWidget *panel;
  g_autoptr (RegardPicture) picture = NULL;
  g_autoptr (RegardQuestion) sure = NULL, unsure = NULL;

  stage_start_gtk ();
  panel = g_object_new (REGARD_TYPE_ASK_PANEL, NULL);
  picture = regard_picture_new ();
  sure = stage_make_question ("what is it?", TRUE, "");
  unsure = stage_make_question ("what is the caracal?", FALSE, "caracal");
  g_list_store_append (picture->questions, sure);
  g_list_store_append (picture->questions, unsure);
  stage_present (panel, 400, 600);
  regard_ask_panel_set_picture (REGARD_ASK_PANEL (panel), picture);

  regard_ask_panel_show_question (REGARD_ASK_PANEL (panel), sure);
  cr_assert (stage_says (panel, "tabby"));
  cr_assert (stage_says (panel, "45.7\u00a0%"));
  cr_assert (stage_says (panel, "Without looking at the photograph: dog,\u00a061.0\u00a0%"));
  cr_assert (stage_says (panel, "7\u00a0ms"));
  cr_assert_not (stage_says (panel, "Not sure"));
  cr_assert_not (stage_says (panel, "does not know"));

  regard_ask_panel_show_question (REGARD_ASK_PANEL (panel), unsure);
  cr_assert (stage_says (panel, "Not sure, perhaps \u201ctabby\u201d"));
  cr_assert (stage_says (panel, "does not know the word \u201ccaracal\u201d"));

  regard_ask_panel_set_question_error (REGARD_ASK_PANEL (panel), "The question is empty");
  cr_assert (stage_says (panel, "The question is empty"));
  regard_ask_panel_set_model_error (REGARD_ASK_PANEL (panel), "nowhere to be found");
  cr_assert (stage_says (panel, "nowhere to be found"));
}

static void
count_choice (RegardAskPanel *panel, RegardQuestion *question, const char *answer, char **chosen)
{
  g_free (*chosen);
  *chosen = g_strdup (answer);
}

Test (widgets, choosing_an_answer_asks_for_its_evidence)
{
  GtkWidget *panel;
  GtkListBox *list;
  g_autoptr (RegardPicture) picture = NULL;
  g_autoptr (RegardQuestion) question = NULL;
  g_autofree char *chosen = NULL;

  stage_start_gtk ();
  panel = g_object_new (REGARD_TYPE_ASK_PANEL, NULL);
  picture = regard_picture_new ();
  question = stage_make_question ("what is it?", TRUE, "");
  stage_present (panel, 400, 600);
  g_signal_connect (panel, "choose", G_CALLBACK (count_choice), &chosen);
  regard_ask_panel_set_picture (REGARD_ASK_PANEL (panel), picture);
  regard_ask_panel_show_question (REGARD_ASK_PANEL (panel), question);
  cr_assert_null (chosen, "showing is not choosing");

  list = stage_find_list (panel, "RegardAnswerRow");
  cr_assert (list);
  gtk_list_box_select_row (list, gtk_list_box_get_row_at_index (list, 1));
  cr_assert_str_eq (chosen, "lynx");
}

static RegardModel *
make_model (const char *name, const char *title, const char *scores)
{
  vqa_model_info *info = g_new0 (vqa_model_info, 1);

  info->name = g_strdup (name);
  info->path = g_strconcat ("/models/", name, NULL);
  info->title = g_strdup (title);
  info->terms = g_strdup ("For <education> only. Trained on many photographs.");
  info->scores = g_strdup (scores);
  info->bytes = 7900000;
  info->n_answers = 600;
  return regard_model_new (info);
}

static void
note_choice (RegardModelChooser *chooser, const char *path, char **chosen)
{
  g_free (*chosen);
  *chosen = g_strdup (path);
}

/* The list box whose first row has this title. */
static GtkListBox *
list_with (GtkWidget *widget, const char *title)
{
  GtkListBox *found = NULL;

  if (GTK_IS_LIST_BOX (widget))
    {
      GtkListBoxRow *row = gtk_list_box_get_row_at_index (GTK_LIST_BOX (widget), 0);

      return row
                     && g_strcmp0 (adw_preferences_row_get_title (ADW_PREFERENCES_ROW (row)), title)
                            == 0
                 ? GTK_LIST_BOX (widget)
                 : NULL;
    }
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child && !found;
       child = gtk_widget_get_next_sibling (child))
    found = list_with (child, title);
  return found;
}

Test (widgets, the_chooser_tells_terms_and_what_the_model_is_good_at)
{
  static const char scores[] = "{\"sources\":{},\"kinds\":{"
                               "\"existence\":{\"questions\":400,\"accuracy\":85.2,\"blind\":58.4},"
                               "\"room\":{\"questions\":12,\"accuracy\":91.0,\"blind\":20.0},"
                               "\"count\":{\"questions\":90,\"accuracy\":31.0,\"blind\":30.0}}}";
  g_autoptr (RegardModel) first = NULL, second = NULL;
  g_autoptr (GPtrArray) models = g_ptr_array_new ();
  g_autofree char *chosen = NULL;
  GtkWidget *chooser, *content;
  GtkListBox *list;

  stage_start_gtk ();
  first = make_model ("first", "First & best", scores);
  second = make_model ("second", "Second", NULL);
  g_ptr_array_add (models, first);
  g_ptr_array_add (models, second);
  chooser = g_object_new (REGARD_TYPE_MODEL_CHOOSER, NULL);
  g_signal_connect (chooser, "choose", G_CALLBACK (note_choice), &chosen);
  stage_present (chooser, 500, 500);
  content = gtk_widget_get_first_child (chooser);
  regard_model_chooser_set_model (REGARD_MODEL_CHOOSER (chooser), first);
  cr_assert_str_eq (gtk_widget_get_tooltip_text (content), "Model: First & best");
  gtk_menu_button_popup (GTK_MENU_BUTTON (content));
  regard_model_chooser_set_models (REGARD_MODEL_CHOOSER (chooser), models);

  cr_assert (stage_says (chooser, "First & best"));
  cr_assert (stage_says (chooser, "For <education> only."));
  cr_assert (stage_says (chooser, "Trained on many photographs."));
  list = list_with (chooser, "Whether something is there");
  cr_assert (list, "what it is good at");
  cr_assert (stage_says (GTK_WIDGET (list), "85 of 100 right, 58 without looking"));
  cr_assert_not (stage_says (GTK_WIDGET (list), "How many there are"));
  cr_assert (list_with (chooser, "How many there are"), "what it is less good at");
  cr_assert_not (stage_says (chooser, "What room it is"), "twelve questions say nothing");

  list = list_with (chooser, "First & best");
  cr_assert (list, "what there is to choose from");
  g_signal_emit_by_name (list, "row-activated", gtk_list_box_get_row_at_index (list, 0));
  cr_assert_null (chosen, "it answers already");
  g_signal_emit_by_name (list, "row-activated", gtk_list_box_get_row_at_index (list, 1));
  cr_assert_str_eq (chosen, "/models/second");
  regard_model_chooser_set_model (REGARD_MODEL_CHOOSER (chooser), second);
  cr_assert (stage_says (chooser, "does not say how good it is"));
}

/* A file whose name is not text, and one that is gone. */
Test (widgets, the_chosen_model_is_remembered)
{
  g_autofree char *path = g_build_filename (rig_folder (), "caf\xe9; #1.safetensors", NULL);
  g_autofree char *before = regard_choice_read (), *after = NULL, *gone = NULL;
  g_autoptr (GError) error = NULL;

  cr_assert_null (before);
  cr_assert (g_file_set_contents (path, "x", 1, NULL));
  cr_assert (regard_choice_write (path, &error), "%s", error ? error->message : "");
  after = regard_choice_read ();
  cr_assert_str_eq (after, path);
  cr_assert_eq (g_unlink (path), 0);
  gone = regard_choice_read ();
  cr_assert_null (gone);
}

static void
chosen_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  GError *error = NULL;

  regard_engine_choose_model_finish (REGARD_ENGINE (source), result, &error);
  *(char **)data = g_strdup (error ? error->message : "");
  g_clear_error (&error);
}

/* What came of importing a model: "" when it answers now. */
static char *
import (RegardEngine *engine, const char *path)
{
  char *outcome = NULL;

  regard_engine_import_model_async (engine, path, NULL, chosen_cb, &outcome);
  while (!outcome)
    g_main_context_iteration (NULL, TRUE);
  return outcome;
}

/* What came of choosing a model: "" when it answers now. */
static char *
choose (RegardEngine *engine, const char *path)
{
  char *outcome = NULL;

  regard_engine_choose_model_async (engine, path, NULL, chosen_cb, &outcome);
  while (!outcome)
    g_main_context_iteration (NULL, TRUE);
  return outcome;
}

Test (widgets, a_model_that_cannot_be_loaded_leaves_the_one_before)
{
  g_autoptr (RegardEngine) engine = NULL;
  g_autofree char *bad = NULL, *path = NULL, *absent = NULL, *again = NULL, *kept = NULL;
  RegardModel *model;

  stage_start_gtk ();
  bad = g_build_filename (rig_folder (), "bad.safetensors", NULL);
  cr_assert (g_file_set_contents (bad, "x", 1, NULL));
  engine = regard_engine_new ();
  while (!(model = regard_engine_get_model (engine)))
    g_main_context_iteration (NULL, TRUE);
  path = g_strdup (regard_model_get_info (model)->path);
  absent = choose (engine, bad);
  cr_assert (strstr (absent, "bad.safetensors"), "%s", absent);
  cr_assert_eq (regard_engine_get_model (engine), model);
  cr_assert_null (regard_choice_read (), "what does not work is not remembered");
  again = choose (engine, path);
  cr_assert_str_eq (again, "");
  kept = regard_choice_read ();
  cr_assert_str_eq (kept, path);
  regard_engine_stop (engine);
}

/* A model's file from elsewhere is checked, copied, and answers; the copy is remembered. */
Test (widgets, a_model_can_be_imported)
{
  g_autoptr (RegardEngine) engine = NULL;
  g_autofree char *bad = g_build_filename (rig_folder (), "bad.safetensors", NULL);
  g_autofree char *mine = g_build_filename (rig_folder (), "mine.safetensors", NULL);
  g_autofree char *taken
      = g_build_filename (g_get_user_data_dir (), "regard", "models", "mine.safetensors", NULL);
  g_autofree char *refused = NULL, *first = NULL, *again = NULL, *other = NULL, *kept = NULL;
  g_autofree char *bytes = NULL;
  RegardModel *model;
  gsize length;

  stage_start_gtk ();
  engine = regard_engine_new ();
  while (!(model = regard_engine_get_model (engine)))
    g_main_context_iteration (NULL, TRUE);
  cr_assert (g_file_get_contents (regard_model_get_info (model)->path, &bytes, &length, NULL));
  cr_assert (g_file_set_contents (mine, bytes, (gssize)length, NULL));
  cr_assert (g_file_set_contents (bad, bytes, (gssize)length / 2, NULL));

  refused = import (engine, bad);
  cr_assert (strstr (refused, "bad.safetensors"), "%s", refused);
  cr_assert_eq (regard_engine_get_model (engine), model);
  cr_assert_not (g_file_test (taken, G_FILE_TEST_EXISTS));

  first = import (engine, mine);
  cr_assert_str_eq (first, "");
  cr_assert_str_eq (regard_model_get_info (regard_engine_get_model (engine))->path, taken);
  kept = regard_choice_read ();
  cr_assert_str_eq (kept, taken);
  again = import (engine, mine);
  cr_assert_str_eq (again, "", "it is the same one");

  cr_assert (g_file_set_contents (taken, "another one", -1, NULL));
  other = import (engine, mine);
  cr_assert (strstr (other, "another model of this name"), "%s", other);
  regard_engine_stop (engine);
}

Test (widgets, a_photograph_can_be_pasted)
{
  g_autoptr (RegardEngine) engine = NULL;
  g_autoptr (GdkTexture) texture = NULL;
  g_autofree char *place = NULL, *sample = rig_sample ("coffee.jpg");
  RegardWindow *window;
  GdkClipboard *clipboard;

  stage_start_gtk ();
  engine = regard_engine_new ();
  window = regard_window_new (NULL, engine);
  gtk_window_present (GTK_WINDOW (window));
  clipboard = gtk_widget_get_clipboard (GTK_WIDGET (window));
  texture = stage_plain_texture (64, 48, 200, 100, 0);

  gdk_clipboard_set_texture (clipboard, texture);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.paste", NULL);
  stage_wait_title (GTK_WINDOW (window), "Pasted photograph");
  place = rig_query ("SELECT place FROM pictures WHERE width = 64 AND height = 48");
  cr_assert (place && g_file_test (place, G_FILE_TEST_IS_REGULAR), "it is kept as a file");

  /* The same action takes a path from the clipboard, unless someone types in the entry. */
  gtk_window_set_focus (GTK_WINDOW (window), NULL);
  gdk_clipboard_set_text (clipboard, sample);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.paste", NULL);
  stage_wait_title (GTK_WINDOW (window), "coffee.jpg");
  stage_close_window (window, engine);
}

static GtkDropTarget *
find_drop_target (GtkWidget *widget)
{
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (widget);

  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++)
    {
      g_autoptr (GtkEventController) c = g_list_model_get_item (controllers, i);

      if (GTK_IS_DROP_TARGET (c))
        return GTK_DROP_TARGET (c); /* the widget keeps it */
    }
  return NULL;
}

Test (widgets, a_photograph_can_be_dropped)
{
  g_autoptr (RegardEngine) engine = NULL;
  g_autofree char *sample = rig_sample ("rocket.jpg");
  g_autoptr (GFile) file = g_file_new_for_path (sample);
  g_auto (GValue) value = G_VALUE_INIT;
  RegardWindow *window;
  gboolean taken = FALSE;

  stage_start_gtk ();
  engine = regard_engine_new ();
  window = regard_window_new (NULL, engine);
  gtk_window_present (GTK_WINDOW (window));
  g_value_init (&value, GDK_TYPE_FILE_LIST);
  g_value_take_boxed (&value, gdk_file_list_new_from_array (&file, 1));
  g_signal_emit_by_name (find_drop_target (GTK_WIDGET (window)), "drop", &value, 10.0, 10.0,
                         &taken);
  cr_assert (taken);
  stage_wait_title (GTK_WINDOW (window), "rocket.jpg");
  stage_close_window (window, engine);
}

Test (widgets, a_file_name_that_is_not_text_is_recent_all_the_same)
{
  g_autoptr (RegardEngine) engine = NULL;
  g_autofree char *sample = rig_sample ("rocket.jpg"), *place = NULL;
  g_autofree char *path = g_build_filename (rig_folder (), "r\xe9sum\xe9.jpg", NULL); /* Latin-1 */
  g_autoptr (GFile) source = g_file_new_for_path (sample), file = g_file_new_for_path (path);
  RegardWindow *window;

  cr_assert (g_file_copy (source, file, G_FILE_COPY_NONE, NULL, NULL, NULL, NULL));
  stage_start_gtk ();
  engine = regard_engine_new ();
  window = regard_window_new (NULL, engine);
  gtk_window_present (GTK_WINDOW (window));
  regard_window_open_files (window, &file, 1);
  stage_wait_title (GTK_WINDOW (window), "r\ufffdsum\ufffd.jpg");
  place = rig_query ("SELECT place FROM pictures");
  cr_assert (place && g_utf8_validate (place, -1, NULL), "the library keeps text");

  gtk_widget_activate_action (GTK_WIDGET (window), "win.home", NULL);
  stage_wait_title (GTK_WINDOW (window), "Regard");
  gtk_widget_activate_action (GTK_WIDGET (window), "win.open-place", "s", place);
  stage_wait_title (GTK_WINDOW (window), "r\ufffdsum\ufffd.jpg");
  stage_close_window (window, engine);
}

Test (widgets, the_view_is_no_taller_than_the_photograph)
{
  GtkWidget *view;
  g_autoptr (GdkTexture) texture = NULL;
  int flat, tall;

  stage_start_gtk ();
  view = g_object_ref_sink (g_object_new (REGARD_TYPE_IMAGE_VIEW, NULL));
  texture = stage_plain_texture (40, 10, 0, 0, 0);
  regard_image_view_set_picture (REGARD_IMAGE_VIEW (view), texture, 4000, 1000);
  gtk_widget_measure (view, GTK_ORIENTATION_VERTICAL, 800, NULL, &flat, NULL, NULL);
  cr_assert (flat >= 190 && flat <= 250, "a quarter of the width and the margins, not %d", flat);
  regard_image_view_set_picture (REGARD_IMAGE_VIEW (view), texture, 1, 1000000);
  gtk_widget_measure (view, GTK_ORIENTATION_VERTICAL, 800, NULL, &tall, NULL, NULL);
  cr_assert (tall > 800, "not %d", tall);
  g_object_unref (view);
}

Test (widgets, a_probability_is_never_called_nothing)
{
  static const struct
  {
    double probability;
    const char *text;
  } cases[] = { { 0, "0.0\u00a0%" },
                { 0.0004, "<\u00a00.1\u00a0%" },
                { 0.0006, "0.1\u00a0%" },
                { 0.457, "45.7\u00a0%" },
                { 1, "100.0\u00a0%" } };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = regard_format_percent (cases[i].probability);

      cr_assert_str_eq (text, cases[i].text);
    }
}

Test (widgets, a_narrow_window_stacks)
{
  cr_assert (regard_split_is_wide (900));
  cr_assert_not (regard_split_is_wide (360));
}
