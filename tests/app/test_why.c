/* Why it answers so, in this process: the words of the question and what they change. */
#include "tests/app/rig.h"
#include "tests/app/stage.h"

#include "app/ask-panel.h"
#include "app/difference-map.h"
#include "app/map-bar.h"
#include "app/modulation-chart.h"
#include "app/modulation-page.h"
#include "app/sheet.h"
#include "app/wrap.h"

#include <criterion/criterion.h>

TestSuite (why, .init = rig_open_screen, .fini = rig_close, .timeout = 120);

static void
count_cb (GtkWidget *widget, guint *n)
{
  ++*n;
}

/* The nth toggle button below the widget. */
static GtkWidget *
find_toggle (GtkWidget *widget, guint *nth)
{
  if (GTK_IS_TOGGLE_BUTTON (widget) && (*nth)-- == 0)
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child;
       child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find_toggle (child, nth);

      if (found)
        return found;
    }
  return NULL;
}

static GtkToggleButton *
word (RegardWordStrip *strip, guint nth)
{
  GtkWidget *found = find_toggle (GTK_WIDGET (strip), &nth);

  cr_assert (found);
  return GTK_TOGGLE_BUTTON (found);
}

static GtkWidget *
bar_of (GtkToggleButton *button)
{
  return gtk_widget_get_last_child (gtk_button_get_child (GTK_BUTTON (button)));
}

/* "is there a zebra": the first matters most, the second less than nothing, the third not at all,
 * the last is not known. */
static vqa_word_weights *
weigh (void)
{
  static const char *const words[] = { "is", "there", "a", "zebra" };
  static const double drops[] = { 0.6, -0.1, 0, 0 };
  vqa_word_weights *w = g_new0 (vqa_word_weights, 1);

  w->answer = g_strdup ("yes");
  w->probability = 0.8;
  w->n = 4;
  w->words = g_new0 (vqa_word_weight, 4);
  for (guint i = 0; i < 4; i++)
    w->words[i] = (vqa_word_weight){ g_strdup (words[i]), i < 3, drops[i],
                                     g_strdup (i == 0 ? "no" : "yes") };
  return w;
}

static void
expect_tooltip (GtkToggleButton *button, const char *text)
{
  const char *tooltip = gtk_widget_get_tooltip_text (GTK_WIDGET (button));

  cr_expect_str_eq (tooltip ? tooltip : "", text);
  cr_expect_null (gtk_test_accessible_check_property (GTK_ACCESSIBLE (button),
                                                      GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text));
}

Test (why, the_strip_tells_how_much_each_word_matters)
{
  g_autoptr (vqa_word_weights) weights = weigh ();
  RegardWordStrip *strip;

  stage_start_gtk ();
  strip = g_object_new (REGARD_TYPE_WORD_STRIP, NULL);
  cr_expect_not (gtk_widget_get_visible (GTK_WIDGET (strip)), "no question, no words");
  regard_word_strip_set_question (strip, "Is there a zebra?");
  stage_present (GTK_WIDGET (strip), 400, 100);
  cr_expect (gtk_widget_get_visible (GTK_WIDGET (strip)));
  cr_expect_not (gtk_widget_get_sensitive (GTK_WIDGET (word (strip, 0))), "not weighed yet");
  cr_expect_null (gtk_test_accessible_check_property (GTK_ACCESSIBLE (word (strip, 3)),
                                                      GTK_ACCESSIBLE_PROPERTY_LABEL, "zebra"));

  regard_word_strip_set_weights (strip, weights);
  cr_expect (gtk_widget_get_sensitive (GTK_WIDGET (word (strip, 0))));
  cr_expect_not (gtk_widget_get_sensitive (GTK_WIDGET (word (strip, 3))), "is not read anyway");
  expect_tooltip (word (strip, 0), "Without “is”, “yes” falls from 80.0\u00a0% to 20.0\u00a0%; the "
                                   "answer would be “no”");
  expect_tooltip (word (strip, 1), "Without “there”, “yes” rises from 80.0\u00a0% to 90.0\u00a0%");
  expect_tooltip (word (strip, 2), "Without “a”, “yes” stays at 80.0\u00a0%");
  expect_tooltip (word (strip, 3), "The model does not know “zebra”, and reads on without it");
  cr_expect_float_eq (gtk_level_bar_get_value (GTK_LEVEL_BAR (bar_of (word (strip, 0)))), 0.75,
                      1e-9, "of 80 %% 60 are lost");
  cr_expect_float_eq (gtk_level_bar_get_value (GTK_LEVEL_BAR (bar_of (word (strip, 1)))), 0.5, 1e-9,
                      "of 20 %% 10 are gained");
  cr_expect (gtk_widget_has_css_class (GTK_WIDGET (word (strip, 1)), "against"));
  cr_expect_not (gtk_widget_has_css_class (GTK_WIDGET (word (strip, 0)), "against"));

  regard_word_strip_set_weights (strip, NULL);
  cr_expect_not (gtk_widget_get_sensitive (GTK_WIDGET (word (strip, 0))));
  expect_tooltip (word (strip, 0), "");
}

Test (why, several_words_can_be_chosen)
{
  g_autoptr (vqa_word_weights) weights = weigh ();
  g_autofree char *names = NULL;
  RegardWordStrip *strip;
  guint changes = 0;

  stage_start_gtk ();
  strip = g_object_new (REGARD_TYPE_WORD_STRIP, NULL);
  regard_word_strip_set_question (strip, "is there a zebra");
  stage_present (GTK_WIDGET (strip), 400, 100);
  regard_word_strip_set_weights (strip, weights);
  g_signal_connect (strip, "changed", G_CALLBACK (count_cb), &changes);
  cr_expect_eq (regard_word_strip_get_chosen (strip), 0);
  gtk_toggle_button_set_active (word (strip, 2), TRUE);
  gtk_toggle_button_set_active (word (strip, 0), TRUE);
  cr_expect_eq (changes, 2);
  cr_expect_eq (regard_word_strip_get_chosen (strip), 5);
  names = regard_word_strip_name (strip, regard_word_strip_get_chosen (strip));
  cr_expect_str_eq (names, "“is”, “a”");

  /* The same question keeps them, also when it was typed in another way. */
  regard_word_strip_set_question (strip, "Is there a zebra?");
  cr_expect_eq (regard_word_strip_get_chosen (strip), 5);
  regard_word_strip_clear (strip);
  cr_expect_eq (changes, 3, "all at once");
  cr_expect_eq (regard_word_strip_get_chosen (strip), 0);
  regard_word_strip_clear (strip);
  cr_expect_eq (changes, 3, "none was chosen");

  gtk_toggle_button_set_active (word (strip, 1), TRUE);
  regard_word_strip_set_question (strip, "is there a horse?");
  cr_expect_eq (regard_word_strip_get_chosen (strip), 0, "another question has its own words");
  cr_expect_eq (changes, 4);
  regard_word_strip_set_question (strip, NULL);
  cr_expect_not (gtk_widget_get_visible (GTK_WIDGET (strip)));
}

Test (why, words_wrap_into_lines)
{
  GtkWidget *wrap, *window;
  int one, two, least;

  stage_start_gtk ();
  wrap = g_object_new (REGARD_TYPE_WRAP, NULL);
  for (int i = 0; i < 10; i++)
    regard_wrap_append (REGARD_WRAP (wrap), gtk_button_new_with_label ("elephants"));
  window = stage_present (wrap, 300, 300);
  gtk_widget_measure (wrap, GTK_ORIENTATION_VERTICAL, 5000, &one, NULL, NULL, NULL);
  gtk_widget_measure (wrap, GTK_ORIENTATION_VERTICAL, 300, &two, NULL, NULL, NULL);
  gtk_widget_measure (wrap, GTK_ORIENTATION_HORIZONTAL, -1, &least, NULL, NULL, NULL);
  cr_expect_gt (two, 2 * one, "%d in a narrow place, %d in a wide one", two, one);
  cr_expect_lt (least, 150, "no wider than a word, not %d", least);
  for (GtkWidget *child = gtk_widget_get_first_child (wrap); child;
       child = gtk_widget_get_next_sibling (child))
    {
      graphene_rect_t at;

      cr_assert (gtk_widget_compute_bounds (child, wrap, &at));
      cr_expect (at.origin.x >= 0 && at.origin.x + at.size.width <= gtk_widget_get_width (wrap));
    }
  regard_wrap_clear (REGARD_WRAP (wrap));
  cr_expect_null (gtk_widget_get_first_child (wrap));
  gtk_window_destroy (GTK_WINDOW (window));
}

/* The panel shows the words of the question it shows. */
Test (why, the_panel_has_the_words)
{
  g_autoptr (RegardQuestion) question = NULL;
  RegardAskPanel *panel;

  stage_start_gtk ();
  panel = g_object_new (REGARD_TYPE_ASK_PANEL, NULL);
  stage_present (GTK_WIDGET (panel), 400, 700);
  question = stage_make_question ("Is this a cat?", TRUE, "");
  cr_expect_not (stage_says (GTK_WIDGET (panel), "How Much Each Word Mattered"));
  regard_ask_panel_show_question (panel, question);
  cr_expect (stage_says (GTK_WIDGET (panel), "How Much Each Word Mattered"));
  cr_expect (stage_says (GTK_WIDGET (regard_ask_panel_get_words (panel)), "cat"));
  regard_ask_panel_show_question (panel, NULL);
  cr_expect_not (stage_says (GTK_WIDGET (panel), "How Much Each Word Mattered"));
}

Test (why, the_bar_has_a_legend_for_what_words_change)
{
  RegardMapBar *bar;

  stage_start_gtk ();
  bar = g_object_new (REGARD_TYPE_MAP_BAR, NULL);
  stage_present (GTK_WIDGET (bar), 400, 200);
  cr_expect (stage_says (GTK_WIDGET (bar), "weak"));
  cr_expect_not (stage_says (GTK_WIDGET (bar), "take away"));
  regard_map_bar_set_change (bar, TRUE);
  cr_expect (regard_map_bar_get_change (bar));
  cr_expect (stage_says (GTK_WIDGET (bar), "take away") && stage_says (GTK_WIDGET (bar), "add"));
  cr_expect_not (stage_says (GTK_WIDGET (bar), "weak"), "the other legend would be wrong");
  cr_expect (stage_says (GTK_WIDGET (bar), "by the chosen words"));
  regard_map_bar_set_change (bar, FALSE);
  cr_expect_not (stage_says (GTK_WIDGET (bar), "take away"));
  cr_expect (stage_says (GTK_WIDGET (bar), "What the answer gains"));
}

Test (why, a_change_in_words)
{
  float cells[] = { 1, 0, 0, 0, 0, 0, 0, 0, -0.5f };
  const vqa_difference change = { .values = { 3, 3, cells } };
  g_autofree char *more = regard_difference_map_describe (&change, 1);
  g_autofree char *less = regard_difference_map_describe (&change, -1);

  cr_expect_str_eq (more, "mostly in the upper left");
  cr_expect_str_eq (less, "mostly in the lower right");
}

/* ---- how the question acts ------------------------------------------------------------------- */

static vqa_modulated
place (const char *name, gboolean gate, float strongest)
{
  vqa_modulated to = { .name = g_strdup (name), .channels = 12 };

  to.gain = g_new0 (float, 12);
  to.shift = g_new0 (float, 12);
  to.gate = gate ? g_new0 (float, 12) : NULL;
  for (int c = 0; c < 12; c++)
    {
      to.gain[c] = c == 7 ? strongest : 0.01f * (float)c;
      to.shift[c] = c == 2 ? -0.5f : 0.001f * (float)c;
    }
  return to;
}

static vqa_modulation *
modulate (float strongest)
{
  vqa_modulation *m = g_new0 (vqa_modulation, 1);

  m->n = 3;
  m->places = g_new0 (vqa_modulated, 3);
  m->places[0] = place ("fine", TRUE, strongest);
  m->places[1] = place ("block1", TRUE, strongest / 2);
  m->places[2] = place ("answer", FALSE, strongest / 4);
  return m;
}

static vqa_reply *
answer (const char *best, double probability)
{
  vqa_reply *reply = g_new0 (vqa_reply, 1);

  reply->n_answers = 2;
  reply->answers = g_new0 (vqa_answer, 2);
  reply->answers[0] = (vqa_answer){ g_strdup (best), probability };
  reply->answers[1] = (vqa_answer){ g_strdup ("bear"), 0.01 };
  reply->unknown_words = g_new0 (char *, 1);
  return reply;
}

static RegardActing *
act (gboolean swapped)
{
  RegardActing *acting = g_new0 (RegardActing, 1);

  acting->own = modulate (-1.25f);
  acting->before = answer ("cat", 0.835);
  acting->other = swapped ? modulate (2.5f) : NULL;
  acting->after = swapped ? answer ("brown", 0.441) : NULL;
  return acting;
}

/* The nth chart below the widget; NULL: there are not so many. */
static RegardModulationChart *
find_chart (GtkWidget *widget, guint *nth)
{
  if (REGARD_IS_MODULATION_CHART (widget) && (*nth)-- == 0)
    return REGARD_MODULATION_CHART (widget);
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child;
       child = gtk_widget_get_next_sibling (child))
    {
      RegardModulationChart *found = find_chart (child, nth);

      if (found)
        return found;
    }
  return NULL;
}

static const char *
chart_words (RegardModulationPage *page, guint nth)
{
  RegardModulationChart *chart = find_chart (GTK_WIDGET (page), &nth);

  cr_assert (chart);
  return regard_modulation_chart_get_words (chart);
}

static GtkToggleButton *
switch_of (RegardModulationPage *page, guint nth)
{
  GtkWidget *found = find_toggle (GTK_WIDGET (page), &nth);

  cr_assert (found);
  return GTK_TOGGLE_BUTTON (found);
}

Test (why, a_chart_shows_the_strongest_up_and_down)
{
  const float values[] = { 0.1f, 0, -2, 0.5f, 1, 0, 0, 0, 0, 0 };
  RegardModulationChart *chart;
  guint8 up[3], down[3], none[3];
  GtkWidget *widget;

  stage_start_gtk ();
  widget = regard_modulation_chart_new ("Block 1: strongest gains", values, 10, 2);
  chart = REGARD_MODULATION_CHART (widget);
  gtk_widget_set_halign (widget, GTK_ALIGN_START);
  gtk_widget_set_valign (widget, GTK_ALIGN_START);
  stage_present (widget, 400, 200);
  cr_expect (g_str_has_prefix (regard_modulation_chart_get_words (chart),
                               "channel 2: \u22122.00, channel 4: +1.00, channel 3: +0.50, channel "
                               "0: +0.10, "));
  cr_expect_null (gtk_test_accessible_check_property (
      GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL, "Block 1: strongest gains"));
  cr_expect_null (gtk_test_accessible_check_property (GTK_ACCESSIBLE (widget),
                                                      GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                                      regard_modulation_chart_get_words (chart)));
  /* The first goes down, the second up, each in its own colour. */
  stage_probe (widget, 15, 60, down);
  stage_probe (widget, 15, 10, none);
  cr_expect (abs (down[0] - none[0]) + abs (down[1] - none[1]) + abs (down[2] - none[2]) > 60);
  stage_probe (widget, 45, 25, up);
  cr_expect (abs (up[0] - none[0]) + abs (up[1] - none[1]) + abs (up[2] - none[2]) > 60);
  cr_expect (abs (up[0] - down[0]) + abs (up[2] - down[2]) > 60);
  stage_probe (widget, 45, 60, down);
  cr_expect (abs (down[0] - none[0]) + abs (down[2] - none[2]) < 12, "nothing below the second");
}

Test (why, the_page_shows_each_place)
{
  g_autoptr (RegardActing) alone = act (FALSE), swapped = act (TRUE);
  RegardModulationPage *page;
  GtkWidget *widget;
  guint eighth = 8;
  int least;

  stage_start_gtk ();
  page = g_object_new (REGARD_TYPE_MODULATION_PAGE, NULL);
  widget = GTK_WIDGET (page);
  stage_present (widget, 700, 900);
  regard_modulation_page_show (page, alone, NULL, G_MAXUINT);
  cr_expect (stage_says (widget, "Fine Map") && stage_says (widget, "Block 1"));
  cr_expect (stage_says (widget, "Gains, strongest \u22121.25"));
  cr_expect (stage_says (widget, "Shifts, strongest \u22120.50"));
  cr_expect (stage_says (widget, "83.5") && stage_says (widget, "Type another question"));
  cr_expect_not (stage_says (widget, "Where It Acts"), "there is nothing to switch");
  cr_expect (g_str_has_prefix (chart_words (page, 0), "channel 7: \u22121.25, channel 11: +0.11"));
  cr_expect_null (find_chart (widget, &eighth), "the last place has no gates");

  /* At the fine map alone another question acts. */
  regard_modulation_page_show (page, swapped, "what color is it?", 1);
  cr_expect (stage_says (widget, "Swapped: “brown” (44.1\u00a0%) instead of “cat” (83.5\u00a0%)"));
  cr_expect (stage_says (widget, "With “what color is it?” acting"));
  cr_expect_not (stage_says (widget, "Type another question"));
  cr_expect (stage_says (widget, "Fine Map, swapped: “what color is it?”"));
  cr_expect_not (stage_says (widget, "Block 1, swapped"));
  cr_expect (g_str_has_prefix (chart_words (page, 0), "channel 7: +2.50"));
  cr_expect (stage_says (widget, "Where It Acts"));
  regard_modulation_page_show (page, swapped, "what color is it?", 0);
  cr_expect (stage_says (widget, "Nothing is swapped"));

  gtk_widget_measure (widget, GTK_ORIENTATION_HORIZONTAL, -1, &least, NULL, NULL, NULL);
  cr_expect_leq (least, 340, "%d pixels wide at least", least);
}

Test (why, places_are_switched_one_by_one_or_all)
{
  g_autoptr (RegardActing) acting = act (TRUE);
  RegardModulationPage *page;

  stage_start_gtk ();
  page = g_object_new (REGARD_TYPE_MODULATION_PAGE, NULL);
  stage_present (GTK_WIDGET (page), 700, 900);
  cr_expect_eq (regard_modulation_page_get_places (page), G_MAXUINT);
  regard_modulation_page_show (page, acting, "what color is it?", G_MAXUINT);
  cr_expect_eq (regard_modulation_page_get_places (page), G_MAXUINT);
  gtk_toggle_button_set_active (switch_of (page, 2), FALSE);
  cr_expect_eq (regard_modulation_page_get_places (page), 1 | 4);
  cr_expect_not (gtk_toggle_button_get_active (switch_of (page, 0)), "not all of them");
  regard_modulation_page_show (page, acting, "what color is it?", 5);
  cr_expect_eq (regard_modulation_page_get_places (page), 5, "what comes back changes no switch");
  gtk_toggle_button_set_active (switch_of (page, 2), TRUE);
  cr_expect_eq (regard_modulation_page_get_places (page), G_MAXUINT, "all of them again");
  gtk_toggle_button_set_active (switch_of (page, 0), FALSE);
  cr_expect_eq (regard_modulation_page_get_places (page), 0, "none");
  gtk_toggle_button_set_active (switch_of (page, 0), TRUE);
  cr_expect (gtk_toggle_button_get_active (switch_of (page, 3)));
}

/* ---- keeping it ------------------------------------------------------------------------------ */

static void
saved_cb (GObject *source, GAsyncResult *result, gpointer done)
{
  cr_expect (regard_sheet_save_finish (result, NULL));
  *(gboolean *)done = TRUE;
}

/* How many pixels below the photograph are blue, and how many are orange, on a saved view. */
static void
count_legend (gboolean change, guint *blue, guint *orange)
{
  g_autofree char *path = g_build_filename (rig_folder (), "view.png", NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GdkTexture) saved = NULL;
  g_autofree guint8 *pixels = NULL;
  RegardSheet *sheet = g_new0 (RegardSheet, 1);
  gboolean done = FALSE;
  gsize n;

  sheet->picture = stage_plain_texture (400, 300, 200, 200, 200);
  sheet->map = stage_plain_texture (4, 3, 100, 100, 100);
  sheet->opacity = 1;
  sheet->width = 400;
  sheet->height = 300;
  sheet->title = g_strdup ("grey.jpg");
  sheet->change = change;
  regard_sheet_save_async (sheet, file, saved_cb, &done);
  while (!done)
    g_main_context_iteration (NULL, TRUE);
  saved = gdk_texture_new_from_filename (path, NULL);
  cr_assert (saved);
  n = (gsize)gdk_texture_get_width (saved) * (gsize)gdk_texture_get_height (saved);
  pixels = g_malloc (4 * n);
  gdk_texture_download (saved, pixels, (gsize)gdk_texture_get_width (saved) * 4);
  *blue = *orange = 0;
  for (const guint8 *p = pixels; p < pixels + 4 * n; p += 4) /* blue, green, red */
    {
      *blue += p[0] > p[2] + 60 && p[1] > p[2];
      *orange += p[2] > p[0] + 60 && p[1] > p[0];
    }
}

/* A saved view tells what its colours mean. */
Test (why, a_saved_change_has_its_own_legend)
{
  guint blue, orange;

  stage_start_gtk ();
  count_legend (TRUE, &blue, &orange);
  cr_expect (blue > 100 && orange > 100, "%u blue, %u orange", blue, orange);
  count_legend (FALSE, &blue, &orange);
  cr_expect (blue < 20 && orange > 100, "%u blue, %u orange", blue, orange);
}
