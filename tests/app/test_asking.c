/* Asking, in this process: answers while one types, and parts of the photograph. */
#include "tests/app/rig.h"
#include "tests/app/stage.h"

#include "app/ask-panel.h"
#include "app/evidence-map.h"
#include "app/image-view.h"

#include <criterion/criterion.h>

TestSuite (asking, .init = rig_open_screen, .fini = rig_close, .timeout = 120);

static GtkEditable *
find_entry (GtkWidget *widget)
{
  GtkEditable *found = GTK_IS_ENTRY (widget) ? GTK_EDITABLE (widget) : NULL;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child && !found;
       child = gtk_widget_get_next_sibling (child))
    found = find_entry (child);
  return found;
}

static void
add_line (RegardAskPanel *panel, const char *text, GString *log)
{
  g_string_append_printf (log, "%s|", text);
}

/* Waits until nothing happens any more: longer than a pause in typing. */
static void
rest (void)
{
  gint64 until = g_get_monotonic_time () + G_TIME_SPAN_SECOND / 2;

  while (g_get_monotonic_time () < until)
    {
      g_main_context_iteration (NULL, FALSE);
      g_usleep (1000);
    }
}

/* What is underlined, in its order, each with a bar after it; the caller frees. */
static char *
underlined (GtkEditable *entry)
{
  PangoAttrList *list = gtk_entry_get_attributes (GTK_ENTRY (entry));
  GSList *marks = list ? pango_attr_list_get_attributes (list) : NULL;
  GString *words = g_string_new (NULL);

  for (GSList *l = marks; l; l = l->next)
    {
      const PangoAttribute *mark = l->data;

      g_string_append_len (words, gtk_editable_get_text (entry) + mark->start_index,
                           mark->end_index - mark->start_index);
      g_string_append_c (words, '|');
    }
  g_slist_free_full (marks, (GDestroyNotify)pango_attribute_destroy);
  return g_string_free (words, FALSE);
}

static void
expect_underlined (GtkEditable *entry, const char *words)
{
  g_autofree char *got = underlined (entry);

  cr_assert_str_eq (got, words);
}

Test (asking, unknown_words_are_underlined_where_they_stand)
{
  g_autoptr (RegardPicture) picture = NULL;
  g_autoptr (RegardQuestion) question = NULL, clear = NULL;
  GtkEditable *entry;
  GtkWidget *panel;

  stage_start_gtk ();
  panel = g_object_new (REGARD_TYPE_ASK_PANEL, NULL);
  picture = regard_picture_new ();
  stage_present (panel, 400, 600);
  regard_ask_panel_set_picture (REGARD_ASK_PANEL (panel), picture);
  entry = find_entry (panel);
  gtk_editable_set_text (entry, "h\u00e9 is a caracal or a borzoi here?");
  gtk_editable_set_position (entry, -1);
  expect_underlined (entry, "");
  question = stage_make_question ("h\u00e9 is a caracal or a borzoi here?", TRUE, "caracal borzoi");
  regard_ask_panel_show_question (REGARD_ASK_PANEL (panel), question);
  expect_underlined (entry, "caracal|borzoi|");
  cr_assert_not (stage_says (panel, "Did you mean"));

  /* While it is being changed a word is not blamed, and the mark moves with the other. */
  gtk_editable_set_text (entry, "a borzoi, caracal");
  gtk_editable_insert_text (entry, "s", 1, &(int){ 17 });
  expect_underlined (entry, "borzoi|");

  clear = stage_make_question ("is there a dog?", TRUE, "");
  regard_ask_panel_show_question (REGARD_ASK_PANEL (panel), clear);
  expect_underlined (entry, "");
}

Test (asking, what_is_typed_is_tried_once_and_enter_asks)
{
  GtkWidget *panel;
  GtkEditable *entry;
  g_autoptr (RegardPicture) picture = NULL;
  g_autoptr (GString) tried = g_string_new (NULL), asked = g_string_new (NULL);

  stage_start_gtk ();
  panel = g_object_new (REGARD_TYPE_ASK_PANEL, NULL);
  picture = regard_picture_new ();
  stage_present (panel, 400, 600);
  g_signal_connect (panel, "try", G_CALLBACK (add_line), tried);
  g_signal_connect (panel, "ask", G_CALLBACK (add_line), asked);
  regard_ask_panel_set_picture (REGARD_ASK_PANEL (panel), picture);
  entry = find_entry (panel);

  gtk_editable_set_text (entry, "is");
  gtk_editable_set_text (entry, "is it red?");
  cr_expect_str_eq (tried->str, "", "not before the pause");
  rest ();
  cr_expect_str_eq (tried->str, "is it red?|");
  cr_expect_str_eq (asked->str, "");

  gtk_editable_set_text (entry, "   ");
  rest ();
  cr_expect_str_eq (tried->str, "is it red?|", "nothing is no question");

  /* Enter asks what stands there, also while another answer is pending, and nothing is tried after
   * it. */
  regard_ask_panel_set_busy (REGARD_ASK_PANEL (panel), TRUE);
  gtk_editable_set_text (entry, "is it big?");
  g_signal_emit_by_name (entry, "activate");
  rest ();
  cr_expect_str_eq (asked->str, "is it big?|");
  cr_expect_str_eq (tried->str, "is it red?|");

  /* Another photograph: what was half typed was about the one before. */
  gtk_editable_set_text (entry, "is it");
  regard_ask_panel_set_picture (REGARD_ASK_PANEL (panel), NULL);
  rest ();
  cr_expect_str_eq (tried->str, "is it red?|");
}

/* What may complete the entry, each with a bar after it; the caller frees. */
static char *
completions (GtkEditable *entry)
{
  GtkTreeModel *model
      = gtk_entry_completion_get_model (gtk_entry_get_completion (GTK_ENTRY (entry)));
  GString *all = g_string_new (NULL);
  GtkTreeIter at;

  for (gboolean more = gtk_tree_model_get_iter_first (model, &at); more;
       more = gtk_tree_model_iter_next (model, &at))
    {
      g_autofree char *text = NULL;

      gtk_tree_model_get (model, &at, 0, &text, -1);
      g_string_append_printf (all, "%s|", text);
    }
  return g_string_free (all, FALSE);
}

/* What the model answers well is offered, and completes what is typed, after what was asked. */
Test (asking, suggestions_are_the_models)
{
  static const char *const good[] = { "What animal is this?", "Is there a dog?", NULL };
  static const char *const common[] = { "what ANIMAL is this?", "where is it?", NULL };
  GtkWidget *panel, *button;
  g_autoptr (RegardPicture) picture = NULL;
  g_autoptr (RegardQuestion) question = NULL;
  g_autoptr (GString) asked = g_string_new (NULL);
  g_autofree char *at_first = NULL, *then = NULL, *last = NULL;

  stage_start_gtk ();
  panel = g_object_new (REGARD_TYPE_ASK_PANEL, NULL);
  picture = regard_picture_new ();
  stage_present (panel, 400, 600);
  g_signal_connect (panel, "ask", G_CALLBACK (add_line), asked);
  regard_ask_panel_set_picture (REGARD_ASK_PANEL (panel), picture);
  cr_expect_not_null (stage_find_button (panel, "Is it outdoors?"), "before a model tells");
  regard_ask_panel_set_suggestions (REGARD_ASK_PANEL (panel), good);
  cr_expect_null (stage_find_button (panel, "Is it outdoors?"));
  button = stage_find_button (panel, "Is there a dog?");
  cr_assert_not_null (button);
  g_signal_emit_by_name (button, "clicked");
  cr_expect_str_eq (asked->str, "Is there a dog?|");
  at_first = completions (find_entry (panel));
  cr_expect_str_eq (at_first, "What animal is this?|Is there a dog?|");

  question = stage_make_question ("is there a DOG?", TRUE, "");
  g_list_store_append (picture->questions, question);
  then = completions (find_entry (panel));
  cr_expect_str_eq (then, "is there a DOG?|What animal is this?|", "each once");
  regard_completions_set (regard_ask_panel_get_completions (REGARD_ASK_PANEL (panel)),
                          REGARD_COMPLETIONS_LIBRARY, common);
  last = completions (find_entry (panel));
  cr_expect_str_eq (last, "is there a DOG?|What animal is this?|where is it?|");
}

static void
expect_at (RegardImageView *view, double image_x, double image_y, gboolean bright, const char *what)
{
  guint8 rgb[3];
  double x, y;

  cr_assert (regard_image_view_image_to_view (view, image_x, image_y, &x, &y));
  stage_probe (GTK_WIDGET (view), x, y, rgb);
  cr_expect (bright ? rgb[0] > 100 : rgb[0] < 60, "%s: red is %d", what, rgb[0]);
}

/* Evidence for a part covers exactly this part, and what is around it stands back. */
Test (asking, the_map_lies_on_the_part)
{
  const vqa_region part = { 300, 100, 200, 200 };
  float cells[] = { 1, 1, 1, 1 };
  vqa_evidence evidence = { 2, 2, cells };
  g_autoptr (GdkTexture) texture = NULL, map = NULL;
  RegardImageView *view;
  guint8 before[3], after[3];
  double x, y;

  stage_start_gtk ();
  view = g_object_new (REGARD_TYPE_IMAGE_VIEW, NULL);
  texture = stage_plain_texture (60, 40, 20, 20, 200);
  map = regard_evidence_map_paint (&evidence, part.width, part.height);
  stage_present (GTK_WIDGET (view), 640, 480);
  regard_image_view_set_picture (view, texture, 600, 400);
  cr_assert (regard_image_view_image_to_view (view, 50, 50, &x, &y));
  stage_probe (GTK_WIDGET (view), x, y, before);
  regard_image_view_set_part (view, &part);
  regard_image_view_set_map (view, map, &part);

  expect_at (view, 310, 110, TRUE, "inside, upper left");
  expect_at (view, 490, 290, TRUE, "inside, lower right");
  expect_at (view, 290, 110, FALSE, "left of it");
  expect_at (view, 510, 290, FALSE, "right of it");
  expect_at (view, 310, 90, FALSE, "above it");
  expect_at (view, 490, 310, FALSE, "below it");
  stage_probe (GTK_WIDGET (view), x, y, after);
  cr_expect_lt (after[2], before[2] - 50, "around the part it is darker");

  regard_image_view_set_part (view, &(vqa_region){ 500, 0, 101, 10 });
  cr_expect_eq (regard_image_view_get_part (view)->width, 0, "a part beyond the picture is none");
  regard_image_view_set_part (view, &part);
  regard_image_view_set_picture (view, texture, 600, 400);
  cr_expect_eq (regard_image_view_get_part (view)->width, 0, "another picture has its own parts");
}

static void
keep_result (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **)data = g_object_ref (result);
}

static GAsyncResult *
wait_for (GAsyncResult **result)
{
  while (!*result)
    g_main_context_iteration (NULL, TRUE);
  return *result;
}

/* Pixel by pixel what goes into the network, of the whole photograph and of a part. */
Test (asking, what_the_network_sees)
{
  const vqa_region parts[] = { { 0 }, { 100, 50, 120, 90 } };
  g_autofree char *path = rig_sample ("cat.jpg");
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GAsyncResult) opened = NULL;
  g_autoptr (RegardPicture) picture = NULL;
  RegardEngine *engine;

  stage_start_gtk ();
  engine = regard_engine_new ();
  regard_engine_open_async (engine, file, NULL, keep_result, &opened);
  picture = regard_engine_open_finish (engine, wait_for (&opened), NULL);
  cr_assert_not_null (picture);
  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      g_autoptr (GAsyncResult) done = NULL;
      g_autoptr (GdkTexture) texture = NULL;
      g_autoptr (vqa_picture) wanted
          = vqa_picture_load_part (path, &parts[i], picture->side, 0, NULL);
      int side = picture->side, large = 2 * side;
      g_autofree guint8 *pixels = g_malloc ((gsize)large * large * 4); /* blue first */

      regard_engine_seen_async (engine, picture, &parts[i], NULL, keep_result, &done);
      texture = regard_engine_seen_finish (engine, wait_for (&done), NULL);
      cr_assert_eq (gdk_texture_get_width (texture), large);
      gdk_texture_download (texture, pixels, (gsize)large * 4);
      for (int y = 0; y < large; y++)
        for (int x = 0; x < large; x++)
          for (int k = 0; k < 3; k++)
            cr_assert_eq (pixels[((gsize)y * large + x) * 4 + 2 - k],
                          wanted->square[((gsize)(y / 2) * side + x / 2) * 3 + k], "%d, %d", x, y);
    }
  regard_engine_stop (engine);
}

/* ---- sharpness ------------------------------------------------------------------------------- */

static void
count_one (guint *n)
{
  (*n)++;
}

/* A picture of 1000 x 1000 of which a tenth is there: enlarged, the part that is seen is wanted,
 * and lies where it belongs to the pixel. */
Test (asking, what_is_enlarged_is_wanted_at_full_resolution)
{
  g_autoptr (GdkTexture) small = NULL, detail = NULL;
  RegardImageView *view;
  const vqa_region *wanted;
  vqa_region half;
  guint8 rgb[3];
  guint asked = 0;
  double x, y;

  stage_start_gtk ();
  small = stage_plain_texture (100, 100, 0, 0, 200);
  view = g_object_new (REGARD_TYPE_IMAGE_VIEW, NULL);
  g_signal_connect_swapped (view, "detail-wanted", G_CALLBACK (count_one), &asked);
  regard_image_view_set_picture (view, small, 1000, 1000);
  stage_present (GTK_WIDGET (view), 100, 100);
  rest ();
  cr_assert_eq (asked, 0, "a small view shows all that can be seen");
  regard_image_view_zoom_original (view);
  while (asked == 0)
    g_main_context_iteration (NULL, TRUE);
  wanted = regard_image_view_get_detail_wanted (view);
  cr_assert (vqa_region_fits (wanted, 1000, 1000));
  cr_assert_lt (wanted->width, 300);
  half = *wanted;
  half.width /= 2;
  detail = stage_plain_texture (half.width, half.height, 200, 0, 0);
  regard_image_view_set_detail (view, detail, &half);
  cr_assert (regard_image_view_image_to_view (view, half.x + half.width - 0.5, 500, &x, &y));
  stage_probe (GTK_WIDGET (view), x, y, rgb);
  cr_assert (rgb[0] > 190 && rgb[2] < 10, "its last column");
  cr_assert (regard_image_view_image_to_view (view, half.x + half.width + 0.5, 500, &x, &y));
  stage_probe (GTK_WIDGET (view), x, y, rgb);
  cr_assert (rgb[0] < 10 && rgb[2] > 190, "the column after it");
  regard_image_view_set_picture (view, small, 1000, 1000);
  stage_probe (GTK_WIDGET (view), 50, 50, rgb);
  cr_assert (rgb[0] < 10, "another picture has none");
}

/* Its pixels are the file's own. */
Test (asking, details_are_exact)
{
  const vqa_region part = { 100, 50, 120, 90 };
  g_autofree char *path = rig_sample ("cat.jpg");
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GAsyncResult) opened = NULL, done = NULL;
  g_autoptr (RegardPicture) picture = NULL;
  g_autoptr (GdkTexture) texture = NULL;
  g_autoptr (vqa_picture) whole = vqa_picture_load (path, 0, 4000, NULL);
  guint8 pixels[90 * 120 * 4];
  RegardEngine *engine;

  stage_start_gtk ();
  engine = regard_engine_new ();
  regard_engine_open_async (engine, file, NULL, keep_result, &opened);
  picture = regard_engine_open_finish (engine, wait_for (&opened), NULL);
  regard_engine_detail_async (engine, picture, &part, NULL, keep_result, &done);
  texture = regard_engine_detail_finish (engine, wait_for (&done), NULL);
  cr_assert_eq (gdk_texture_get_width (texture), part.width);
  cr_assert_eq (gdk_texture_get_height (texture), part.height);
  gdk_texture_download (texture, pixels, (gsize)part.width * 4);
  for (int y = 0; y < part.height; y++)
    for (int x = 0; x < part.width; x++)
      for (int k = 0; k < 3; k++)
        cr_assert_eq (
            pixels[(y * part.width + x) * 4 + 2 - k],
            whole->shown[((gsize)(y + part.y) * whole->shown_width + x + part.x) * 3 + k]);
  regard_engine_stop (engine);
}
