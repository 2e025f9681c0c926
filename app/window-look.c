/* Looking: the map over the photograph, what it says under the pointer, and zoom. */
#include "app/window-private.h"

#include "app/difference-map.h"
#include "app/evidence-map.h"
#include "app/preferences.h"

#include <glib/gi18n.h>

/* Evidence takes longer than answers: while somebody types it waits for a longer pause. */
#define MAP_PAUSE 300 /* milliseconds */

/* ---- what the view shows --------------------------------------------------------------------- */

/* Says what the view shows, on screen and for screen readers. caption NULL: only the photograph. */
static void
describe_view (RegardWindow *self, const char *caption, const char *map_words)
{
  gboolean part = regard_image_view_get_part (self->image_view)->width > 0;
  g_autofree char *label = g_strdup_printf (_ ("Photograph %s"), self->picture->title);
  g_autofree char *description
      = caption ? g_strjoin (", ", caption,
                             map_words ? map_words
                             : part    ? _ ("in the marked part")
                                       : NULL,
                             map_words && part ? _ ("of the marked part") : NULL, NULL)
                : NULL;

  regard_map_bar_set_caption (self->map_bar, caption, description);
  gtk_revealer_set_reveal_child (self->map_revealer, caption != NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->image_view), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  label, GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  description ? description : "", -1);
}

static void
take_map_away (RegardWindow *self)
{
  g_clear_pointer (&self->mapped, g_free);
  g_clear_pointer (&self->map, vqa_map_free);
  regard_image_view_set_map (self->image_view, NULL, &(vqa_region){ 0 });
  regard_map_bar_set_change (self->map_bar, FALSE);
}

void
regard_window_show_no_map (RegardWindow *self)
{
  take_map_away (self);
  regard_window_stop_weighing (self);
  g_clear_pointer (&self->weighed, g_free);
  if (self->picture)
    describe_view (self, NULL, NULL);
}

/* The part that the map lies on, in pixels. */
static vqa_region
map_area (RegardWindow *self)
{
  const vqa_region *part = regard_image_view_get_part (self->image_view);

  return part->width ? *part : (vqa_region){ 0, 0, self->picture->width, self->picture->height };
}

static void
paint_map (RegardWindow *self)
{
  g_autoptr (GdkTexture) texture = NULL;
  vqa_region on;

  if (!self->map)
    return;
  on = map_area (self);
  texture = self->changed ? regard_difference_map_paint (
                &(vqa_difference){ .values = self->map->shown }, on.width, on.height)
                          : regard_evidence_map_paint (&self->map->shown, on.width, on.height);
  regard_image_view_set_map (self->image_view, texture, &on);
}

static gboolean
is_empty (const vqa_evidence *e)
{
  for (int i = 0; i < e->width * e->height; i++)
    if (e->cells[i] < 0 || e->cells[i] > 0)
      return FALSE;
  return TRUE;
}

/* What chosen words change; the caller frees. */
static char *
name_change (RegardWindow *self, gboolean empty)
{
  RegardWordStrip *strip = regard_ask_panel_get_words (self->ask_panel);
  g_autofree char *words = regard_word_strip_name (strip, self->changed);

  if (self->map->kind == VQA_MAP_ATTENTION)
    return g_strdup_printf (empty ? _ ("Nothing changes in where the network looks with %s")
                                  : _ ("What changes in where the network looks with %s"),
                            words);
  return g_strdup_printf (empty ? _ ("Nothing changes for “%s” with %s")
                                : _ ("What changes for “%s” with %s"),
                          self->map->answer, words);
}

/* Where they do; the caller frees. */
static char *
describe_change (RegardWindow *self)
{
  const vqa_difference change = { .values = self->map->shown };
  g_autofree char *more = regard_difference_map_describe (&change, 1);
  g_autofree char *less = regard_difference_map_describe (&change, -1);

  return g_strdup_printf (_ ("adds %s, takes away %s"), more, less);
}

/* What a map that is there shows; the caller frees. */
static char *
name_map (RegardWindow *self, gboolean empty)
{
  const vqa_map *map = self->map;
  vqa_map_options options = regard_map_bar_get_options (self->map_bar);
  double x, y;

  if (self->changed)
    return name_change (self, empty);
  switch (map->kind)
    {
    case VQA_MAP_ATTENTION:
      if (!regard_image_view_get_place (self->image_view, &x, &y))
        return g_strdup (_ ("Where the network looks, from all places"));
      return g_strdup (options.to ? _ ("What looks at the chosen place")
                                  : _ ("What the chosen place looks at"));
    case VQA_MAP_OCCLUSION:
      return g_strdup_printf (empty ? _ ("Blurring costs “%s” nothing") : _ ("Needed for “%s”"),
                              map->answer);
    case VQA_MAP_PEAKS:
      return g_strdup_printf (empty ? _ ("No signal for “%s”") : _ ("Strongest signals for “%s”"),
                              map->answer);
    default:
      return g_strdup_printf (empty ? _ ("No evidence for “%s”") : _ ("Evidence for “%s”"),
                              map->answer);
    }
}

static void
show_look (RegardWindow *self, RegardLook *look)
{
  g_autofree char *caption = NULL, *words = NULL;
  gboolean empty;

  regard_ask_panel_set_map_error (self->ask_panel, look->map_error);
  if (look->blocks)
    regard_map_bar_set_attention (self->map_bar, (const char *const *)look->blocks, look->heads);
  if (!look->map)
    {
      /* Another kind can still be chosen. */
      g_clear_pointer (&self->map, vqa_map_free);
      regard_image_view_set_map (self->image_view, NULL, &(vqa_region){ 0 });
      describe_view (self, _ ("No map"), NULL);
      return;
    }
  vqa_map_free (self->map);
  self->map = g_steal_pointer (&look->map);
  self->changed = look->without;
  regard_map_bar_set_change (self->map_bar, self->changed != 0);
  paint_map (self);
  empty = is_empty (&self->map->shown);
  caption = name_map (self, empty);
  words = empty           ? NULL
          : self->changed ? describe_change (self)
                          : regard_evidence_map_describe (&self->map->shown);
  describe_view (self, caption, words);
}

/* ---- making maps ----------------------------------------------------------------------------- */

/* What is to be shown for an answer that is a string of the caller's. */
static vqa_map_options
wanted (RegardWindow *self, const char *answer)
{
  vqa_map_options options = regard_map_bar_get_options (self->map_bar);
  const vqa_region on = map_area (self);
  double x, y;

  options.answer = answer;
  options.without = regard_word_strip_get_chosen (regard_ask_panel_get_words (self->ask_panel));
  if (options.kind == VQA_MAP_ATTENTION && regard_image_view_get_place (self->image_view, &x, &y))
    {
      options.x = CLAMP ((x - on.x) / on.width, 0, 1 - 1e-9);
      options.y = CLAMP ((y - on.y) / on.height, 0, 1 - 1e-9);
    }
  return options;
}

/* Names a map: the question, where it was asked, the answer and the kind of map. */
static char *
map_name (RegardQuestion *question, const vqa_map_options *o)
{
  g_autofree char *part = vqa_region_text (regard_question_get_part (question));

  return g_strdup_printf ("%s\n%s\n%s\n%d %d %d %d %g %g %" G_GUINT64_FORMAT,
                          regard_question_get_text (question), part, o->answer, o->kind, o->block,
                          o->head, o->to, o->x, o->y, o->without);
}

static void
explained_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (RegardWindow) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (RegardLook) look = NULL;

  look = regard_engine_look_finish (REGARD_ENGINE (source), result, &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_clear_object (&self->looking);
  regard_map_bar_set_busy (self->map_bar, FALSE);
  if (look)
    show_look (self, look);
  else
    regard_ask_panel_set_map_error (self->ask_panel, error->message);
}

static void
explain (RegardWindow *self, RegardQuestion *question, const char *answer)
{
  vqa_map_options options = wanted (self, answer);
  g_autofree char *name = map_name (question, &options);

  /* First: a slow map must not keep them waiting. */
  regard_window_weigh_words (self, question, answer);
  if (g_strcmp0 (name, self->mapped) == 0)
    return;
  g_free (self->mapped);
  self->mapped = g_steal_pointer (&name);
  self->looking = g_cancellable_new ();
  regard_map_bar_set_busy (self->map_bar, TRUE);
  regard_engine_explain_async (self->engine, self->picture, regard_question_get_text (question),
                               regard_question_get_part (question), &options, self->looking,
                               explained_cb, g_object_ref (self));
}

static void
choose_cb (RegardWindow *self, RegardQuestion *question, const char *answer)
{
  gboolean under_way = self->looking != NULL;

  regard_window_stop_looking (self);
  /* What was cancelled is not there. */
  if (under_way)
    g_clear_pointer (&self->mapped, g_free);
  explain (self, question, answer);
}

void
regard_window_look_again (RegardWindow *self)
{
  RegardQuestion *question = regard_ask_panel_get_question (self->ask_panel);
  const char *answer = regard_ask_panel_get_answer (self->ask_panel);

  if (self->picture && question && answer)
    choose_cb (self, question, answer);
}

static void
tell_waiting (RegardWindow *self, const char *answer)
{
  vqa_map_kind kind = regard_map_bar_get_options (self->map_bar).kind;
  g_autofree char *caption = NULL;

  if (kind == VQA_MAP_EVIDENCE)
    caption = g_strdup_printf (_ ("Looking for evidence for “%s”…"), answer);
  describe_view (self, caption ? caption : _ ("Making the map…"), NULL);
}

static void
map_changed_cb (RegardWindow *self)
{
  vqa_map_kind kind = regard_map_bar_get_options (self->map_bar).kind;
  const char *answer = regard_ask_panel_get_answer (self->ask_panel);

  regard_image_view_set_placing (self->image_view, kind == VQA_MAP_ATTENTION);
  if (!self->picture || !answer)
    return;
  /* One kind must not be taken for another. */
  if (!self->map || self->map->kind != kind)
    {
      take_map_away (self);
      tell_waiting (self, answer);
    }
  regard_window_look_again (self);
}

static gboolean
map_later_cb (gpointer data)
{
  RegardWindow *self = data;
  RegardQuestion *question = regard_ask_panel_get_question (self->ask_panel);
  const char *answer = regard_ask_panel_get_answer (self->ask_panel);

  self->map_source = 0;
  if (question && answer)
    explain (self, question, answer);
  return G_SOURCE_REMOVE;
}

void
regard_window_look_for (RegardWindow *self, RegardQuestion *question, gboolean at_once)
{
  const vqa_reply *reply = regard_question_get_reply (question);
  g_autofree char *name = NULL;
  vqa_map_options options;

  if (reply->n_answers == 0)
    {
      regard_window_show_no_map (self);
      return;
    }
  options = wanted (self, reply->answers[0].answer);
  name = map_name (question, &options);
  if (g_strcmp0 (name, self->mapped) == 0)
    {
      regard_window_weigh_words (self, question, options.answer);
      return;
    }
  /* No map may lie under an answer that it is not for. */
  take_map_away (self);
  tell_waiting (self, reply->answers[0].answer);
  if (at_once)
    explain (self, question, reply->answers[0].answer);
  else
    self->map_source = g_timeout_add (MAP_PAUSE, map_later_cb, self);
}

/* ---- under the pointer ----------------------------------------------------------------------- */

/* "gain 3.2 %", of a cell; the caller frees. */
static char *
value_text (const vqa_map *map, gboolean change, int cell)
{
  static const char *const texts[VQA_N_MAP_KINDS] = {
    [VQA_MAP_EVIDENCE] = N_ ("gain"),
    [VQA_MAP_ATTENTION] = N_ ("attention"),
    [VQA_MAP_OCCLUSION] = N_ ("loss"),
    [VQA_MAP_PEAKS] = N_ ("signal"),
  };
  double value = (double)map->values.cells[cell];
  /* A signal is no share of anything. */
  g_autofree char *number = g_strdup_printf (map->kind == VQA_MAP_PEAKS ? change ? "%+.2f" : "%.2f"
                                             : change                   ? "%+.2f\u00a0%%"
                                                                        : "%.2f\u00a0%%",
                                             map->kind == VQA_MAP_PEAKS ? value : 100 * value);

  return g_strdup_printf ("%s %s", change ? _ ("change") : _ (texts[map->kind]), number);
}

static void
hovered_cb (RegardWindow *self, double view_x, double view_y)
{
  double x, y;
  gboolean over = view_x >= 0 && self->picture
                  && regard_image_view_view_to_image (self->image_view, view_x, view_y, &x, &y);
  g_autofree char *text = NULL, *value = NULL;
  int cell = -1;

  gtk_widget_set_visible (GTK_WIDGET (self->hover_label), over);
  if (!over)
    return;
  if (self->map)
    {
      const vqa_region on = map_area (self);

      cell = regard_evidence_map_cell (&self->map->values, &on, x, y);
    }
  if (cell >= 0)
    value = value_text (self->map, self->changed != 0, cell);
  text = g_strdup_printf ("%d, %d%s%s", (int)MIN (x, self->picture->width - 1),
                          (int)MIN (y, self->picture->height - 1), value ? "  ·  " : "",
                          value ? value : "");
  gtk_label_set_text (self->hover_label, text);
}

/* ---- zoom ------------------------------------------------------------------------------------ */

static void
zoomed_cb (RegardWindow *self)
{
  g_autofree char *text = NULL;
  double zoom;

  g_object_get (self->image_view, "zoom", &zoom, NULL);
  text = zoom > 0 ? g_strdup_printf ("%.0f\u00a0%%", 100 * zoom) : g_strdup (_ ("Fit"));
  gtk_button_set_label (self->zoom_button, text);
}

static void
zoom_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  RegardImageView *view = REGARD_WINDOW (widget)->image_view;

  if (g_str_equal (action, "win.zoom-fit"))
    regard_image_view_zoom_fit (view);
  else if (g_str_equal (action, "win.zoom-original"))
    regard_image_view_zoom_original (view);
  else
    regard_image_view_zoom_step (view, g_str_equal (action, "win.zoom-in"));
}

/* ---- beginning ------------------------------------------------------------------------------- */

void
regard_window_look_class_init (GtkWidgetClass *widget_class)
{
  static const char *const zooms[]
      = { "win.zoom-in", "win.zoom-out", "win.zoom-fit", "win.zoom-original" };

  g_type_ensure (REGARD_TYPE_MAP_BAR);
  gtk_widget_class_bind_template_child (widget_class, RegardWindow, hover_label);
  gtk_widget_class_bind_template_child (widget_class, RegardWindow, map_bar);
  gtk_widget_class_bind_template_child (widget_class, RegardWindow, zoom_button);
  gtk_widget_class_bind_template_callback (widget_class, choose_cb);
  gtk_widget_class_bind_template_callback (widget_class, hovered_cb);
  gtk_widget_class_bind_template_callback_full (widget_class, "look_again_cb",
                                                G_CALLBACK (regard_window_look_again));
  gtk_widget_class_bind_template_callback (widget_class, map_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, zoomed_cb);
  for (guint i = 0; i < G_N_ELEMENTS (zooms); i++)
    gtk_widget_class_install_action (widget_class, zooms[i], NULL, zoom_action);
}

void
regard_window_look_init (RegardWindow *self)
{
  zoomed_cb (self);
  g_signal_connect_object (regard_preferences_get (), "map-style-changed", G_CALLBACK (paint_map),
                           self, G_CONNECT_SWAPPED);
}
