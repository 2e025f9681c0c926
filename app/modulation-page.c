#include "app/modulation-page.h"

#include "app/answer-row.h"
#include "app/columns.h"
#include "app/modulation-chart.h"
#include "app/wrap.h"

#include <glib/gi18n.h>
#include <math.h>

/* The same pause as while a question is typed in the window. */
#define TYPING_PAUSE 80 /* milliseconds */
/* Places that a set of bits can name. */
#define MOST_PLACES 31

struct _RegardModulationPage
{
  AdwBin parent_instance;

  /* Template widgets */
  GtkLabel *after_label;
  GtkListBox *after_list;
  GtkWidget *after_hint;
  GtkLabel *before_label;
  GtkListBox *before_list;
  GtkEditable *entry;
  GtkLabel *error_label;
  GtkBox *places_box;
  GtkLabel *verdict_label;
  GtkWidget *where_box;
  RegardWrap *where_wrap;

  /* Owned references; the first three NULL while the page is closed */
  RegardEngine *engine;
  RegardPicture *picture;
  RegardQuestion *question;
  GCancellable *asking;
  guint typing_source;
  GtkWidget *all_button;                 /* not owned, NULL before the places are known */
  GtkWidget *place_buttons[MOST_PLACES]; /* not owned */
  guint n_places;
  gboolean filling; /* nobody switches anything */
};

G_DEFINE_FINAL_TYPE (RegardModulationPage, regard_modulation_page, ADW_TYPE_BIN)

/* "Block 2"; the caller frees. */
static char *
place_title (const char *name)
{
  if (g_str_has_prefix (name, "block"))
    return g_strdup_printf (_ ("Block %s"), name + strlen ("block"));
  return g_strdup (g_str_equal (name, "fine") ? _ ("Fine Map") : _ ("Answer"));
}

static void
say (GtkLabel *label, const char *text)
{
  gtk_label_set_text (label, text ? text : "");
  gtk_widget_set_visible (GTK_WIDGET (label), text && *text);
}

/* ---- asking ---------------------------------------------------------------------------------- */

/* The other question, without spaces around it; the caller frees. NULL: there is none. */
static char *
dup_other (RegardModulationPage *self)
{
  g_autofree char *text = g_strstrip (g_strdup (gtk_editable_get_text (self->entry)));

  return *text ? g_steal_pointer (&text) : NULL;
}

static void
stop (RegardModulationPage *self)
{
  g_clear_handle_id (&self->typing_source, g_source_remove);
  if (self->asking)
    g_cancellable_cancel (self->asking);
  g_clear_object (&self->asking);
}

static void
asked_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (RegardModulationPage) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (RegardActing) acting
      = regard_engine_modulation_finish (REGARD_ENGINE (source), result, &error);
  g_autofree char *other = NULL;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_clear_object (&self->asking);
  say (self->error_label, error ? error->message : NULL);
  other = dup_other (self);
  if (acting)
    regard_modulation_page_show (self, acting, acting->other ? other : NULL,
                                 regard_modulation_page_get_places (self));
}

static void
ask (RegardModulationPage *self)
{
  g_autofree char *other = dup_other (self);

  stop (self);
  if (!self->engine)
    return;
  self->asking = g_cancellable_new ();
  regard_engine_modulation_async (
      self->engine, self->picture, regard_question_get_text (self->question),
      regard_question_get_part (self->question), other, regard_modulation_page_get_places (self),
      self->asking, asked_cb, g_object_ref (self));
}

static gboolean
rested_cb (gpointer data)
{
  RegardModulationPage *self = data;

  self->typing_source = 0;
  ask (self);
  return G_SOURCE_REMOVE;
}

static void
entry_changed_cb (RegardModulationPage *self)
{
  g_clear_handle_id (&self->typing_source, g_source_remove);
  if (self->engine)
    self->typing_source = g_timeout_add (TYPING_PAUSE, rested_cb, self);
}

/* ---- where ----------------------------------------------------------------------------------- */

static gboolean
is_on (GtkWidget *button)
{
  return gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (button));
}

guint
regard_modulation_page_get_places (RegardModulationPage *self)
{
  guint places = 0;

  g_return_val_if_fail (REGARD_IS_MODULATION_PAGE (self), 0);
  if (!self->all_button || is_on (self->all_button))
    return G_MAXUINT;
  for (guint i = 0; i < self->n_places; i++)
    if (is_on (self->place_buttons[i]))
      places |= 1u << i;
  return places;
}

/* All of them belong to the button in front. */
static void
place_toggled_cb (RegardModulationPage *self, GtkWidget *button)
{
  gboolean all = TRUE;

  if (self->filling)
    return;
  self->filling = TRUE;
  for (guint i = 0; i < self->n_places; i++)
    if (button == self->all_button)
      gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (self->place_buttons[i]), is_on (button));
    else
      all = all && is_on (self->place_buttons[i]);
  if (button != self->all_button)
    gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (self->all_button), all);
  self->filling = FALSE;
  ask (self);
}

static GtkWidget *
add_switch (RegardModulationPage *self, const char *label)
{
  GtkWidget *button = gtk_toggle_button_new_with_label (label);

  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (button), TRUE);
  gtk_widget_add_css_class (button, "word");
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  _ ("Swaps here"), -1);
  g_signal_connect_object (button, "toggled", G_CALLBACK (place_toggled_cb), self,
                           G_CONNECT_SWAPPED);
  regard_wrap_append (self->where_wrap, button);
  return button;
}

/* Switches for the model's places, all on; those that are there stay as they are. */
static void
offer_places (RegardModulationPage *self, const vqa_modulation *m)
{
  guint n = MIN (m->n, MOST_PLACES);

  if (self->n_places == n)
    return;
  regard_wrap_clear (self->where_wrap);
  self->n_places = n;
  self->all_button = add_switch (self, _ ("All Places"));
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *title = place_title (m->places[i].name);

      self->place_buttons[i] = add_switch (self, title);
    }
}

/* ---- answers --------------------------------------------------------------------------------- */

static void
fill_answers (GtkListBox *list, const vqa_reply *reply)
{
  GtkWidget *row;

  while ((row = gtk_widget_get_first_child (GTK_WIDGET (list))))
    gtk_list_box_remove (list, row);
  for (guint i = 0; reply && i < reply->n_answers; i++)
    {
      row = regard_answer_row_new (reply->answers[i].answer, reply->answers[i].probability);
      gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), FALSE);
      /* These are to be read, not chosen. */
      gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, "",
                                      -1);
      gtk_list_box_append (list, row);
    }
  gtk_widget_set_visible (GTK_WIDGET (list), reply && reply->n_answers > 0);
}

/* "“brown” (44.1 %)"; the caller frees. */
static char *
best_text (const vqa_reply *reply)
{
  g_autofree char *percent = regard_format_percent (reply->answers[0].probability);

  return g_strdup_printf ("“%s” (%s)", reply->answers[0].answer, percent);
}

static void
tell_change (RegardModulationPage *self, const RegardActing *acting, guint places)
{
  g_autofree char *was = NULL, *is = NULL, *text = NULL;

  if (acting->after && acting->after->n_answers && acting->before->n_answers)
    {
      was = best_text (acting->before);
      is = best_text (acting->after);
      text = places == 0 ? g_strdup (_ ("Nothing is swapped: switch a place on"))
             : vqa_reply_differs (acting->before, acting->after)
                 ? g_strdup_printf (_ ("Swapped: %s instead of %s"), is, was)
                 : g_strdup_printf (_ ("Swapped: still %s, before %s"), is, was);
    }
  say (self->verdict_label, text);
}

static void
show_answers (RegardModulationPage *self, const RegardActing *acting, const char *other,
              guint places)
{
  g_autofree char *after = other ? g_strdup_printf (_ ("With “%s” acting"), other) : NULL;

  fill_answers (self->before_list, acting->before);
  fill_answers (self->after_list, acting->after);
  gtk_label_set_text (self->after_label, after ? after : _ ("With another question acting"));
  gtk_widget_set_visible (self->after_hint, acting->after == NULL);
  tell_change (self, acting, places);
}

/* ---- charts ---------------------------------------------------------------------------------- */

typedef struct
{
  gsize offset;      /* of the values in vqa_modulated */
  const char *title; /* "Gains" */
  const char *strongest;
} chart_kind;

static const chart_kind kinds[] = {
  { G_STRUCT_OFFSET (vqa_modulated, gain), N_ ("Gains"), N_ ("strongest gains") },
  { G_STRUCT_OFFSET (vqa_modulated, shift), N_ ("Shifts"), N_ ("strongest shifts") },
  { G_STRUCT_OFFSET (vqa_modulated, gate), N_ ("Gates"), N_ ("strongest gates") },
};

static const float *
values_of (const chart_kind *kind, const vqa_modulated *place)
{
  return G_STRUCT_MEMBER (float *, place, kind->offset);
}

/* The longest bar of a kind, so that places, and both questions, can be compared. */
static float
largest (const chart_kind *kind, const RegardActing *acting)
{
  const vqa_modulation *both[] = { acting->own, acting->other };
  float most = 0;

  for (guint q = 0; q < G_N_ELEMENTS (both); q++)
    for (guint i = 0; both[q] && i < both[q]->n; i++)
      {
        const float *values = values_of (kind, &both[q]->places[i]);

        for (int c = 0; values && c < both[q]->places[i].channels; c++)
          most = MAX (most, fabsf (values[c]));
      }
  return most;
}

/* One chart with its heading; NULL: the place has none of the kind. */
static GtkWidget *
make_chart (const chart_kind *kind, const vqa_modulated *place, const char *place_name, float most)
{
  const float *values = values_of (kind, place);
  g_autofree char *spoken = NULL, *text = NULL;
  GtkWidget *box, *label;
  int best;

  if (!values || most <= 0)
    return NULL;
  vqa_modulation_strongest (values, place->channels, 1, &best);
  spoken = g_strdup_printf ("%s: %s", place_name, _ (kind->strongest));
  text = g_strdup_printf (_ ("%s, strongest %s%.2f"), _ (kind->title),
                          values[best] < 0 ? "\u2212" : "+", fabs ((double)values[best]));
  box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  label = gtk_label_new (text);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_add_css_class (label, "caption");
  gtk_widget_add_css_class (label, "dim-label");
  gtk_box_append (GTK_BOX (box), label);
  gtk_box_append (GTK_BOX (box),
                  regard_modulation_chart_new (spoken, values, place->channels, most));
  gtk_widget_add_css_class (box, "chart");
  return box;
}

/* Of one place: its name, whose doing it is, and its charts. */
static GtkWidget *
make_place (const vqa_modulated *place, const char *other, const float *most)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6), *label;
  RegardWrap *charts = g_object_new (REGARD_TYPE_WRAP, NULL);
  g_autofree char *title = place_title (place->name), *heading = NULL;

  heading = other ? g_strdup_printf (_ ("%s, swapped: “%s”"), title, other) : g_strdup (title);
  label = gtk_label_new (heading);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_widget_add_css_class (label, "heading");
  gtk_box_append (GTK_BOX (box), label);
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      GtkWidget *chart = make_chart (&kinds[i], place, title, most[i]);

      if (chart)
        regard_wrap_append (charts, chart);
    }
  if (!gtk_widget_get_first_child (GTK_WIDGET (charts)))
    regard_wrap_append (charts, gtk_label_new (_ ("The question does nothing here")));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (charts));
  gtk_widget_add_css_class (box, "place");
  gtk_widget_add_css_class (box, "card");
  return box;
}

static void
show_charts (RegardModulationPage *self, const RegardActing *acting, const char *other,
             guint places)
{
  float most[G_N_ELEMENTS (kinds)];
  GtkWidget *child;

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    most[i] = largest (&kinds[i], acting);
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->places_box))))
    gtk_box_remove (self->places_box, child);
  for (guint i = 0; i < acting->own->n; i++)
    {
      gboolean swapped = acting->other && places >> i & 1;
      const vqa_modulation *acts = swapped ? acting->other : acting->own;

      gtk_box_append (self->places_box,
                      make_place (&acts->places[i], swapped ? other : NULL, most));
    }
}

/* ---- opening and closing --------------------------------------------------------------------- */

void
regard_modulation_page_show (RegardModulationPage *self, const RegardActing *acting,
                             const char *other, guint places)
{
  g_return_if_fail (REGARD_IS_MODULATION_PAGE (self) && acting && acting->own);
  offer_places (self, acting->own);
  gtk_widget_set_visible (self->where_box, other != NULL);
  show_answers (self, acting, other, places);
  show_charts (self, acting, other, places);
}

void
regard_modulation_page_open (RegardModulationPage *self, RegardEngine *engine,
                             RegardPicture *picture, RegardQuestion *question)
{
  g_autofree char *before = NULL;

  g_return_if_fail (REGARD_IS_MODULATION_PAGE (self));
  regard_modulation_page_close (self);
  gtk_editable_set_text (self->entry, "");
  g_set_object (&self->engine, engine);
  g_set_object (&self->picture, picture);
  g_set_object (&self->question, question);
  before = g_strdup_printf (_ ("“%s” as it is"), regard_question_get_text (question));
  gtk_label_set_text (self->before_label, before);
  ask (self);
}

void
regard_modulation_page_close (RegardModulationPage *self)
{
  g_return_if_fail (REGARD_IS_MODULATION_PAGE (self));
  stop (self);
  g_clear_object (&self->engine);
  g_clear_object (&self->picture);
  g_clear_object (&self->question);
  /* The next model may have other places. */
  regard_wrap_clear (self->where_wrap);
  self->n_places = 0;
  self->all_button = NULL;
}

void
regard_modulation_page_focus_entry (RegardModulationPage *self)
{
  g_return_if_fail (REGARD_IS_MODULATION_PAGE (self));
  gtk_widget_grab_focus (GTK_WIDGET (self->entry));
}

static void
regard_modulation_page_dispose (GObject *object)
{
  RegardModulationPage *self = REGARD_MODULATION_PAGE (object);

  stop (self);
  g_clear_object (&self->engine);
  g_clear_object (&self->picture);
  g_clear_object (&self->question);
  G_OBJECT_CLASS (regard_modulation_page_parent_class)->dispose (object);
}

static void
regard_modulation_page_class_init (RegardModulationPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = regard_modulation_page_dispose;
  g_type_ensure (REGARD_TYPE_COLUMNS);
  g_type_ensure (REGARD_TYPE_WRAP);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/regard/Regard/ui/modulation-page.ui");
  gtk_widget_class_bind_template_child (widget_class, RegardModulationPage, after_hint);
  gtk_widget_class_bind_template_child (widget_class, RegardModulationPage, after_label);
  gtk_widget_class_bind_template_child (widget_class, RegardModulationPage, after_list);
  gtk_widget_class_bind_template_child (widget_class, RegardModulationPage, before_label);
  gtk_widget_class_bind_template_child (widget_class, RegardModulationPage, before_list);
  gtk_widget_class_bind_template_child (widget_class, RegardModulationPage, entry);
  gtk_widget_class_bind_template_child (widget_class, RegardModulationPage, error_label);
  gtk_widget_class_bind_template_child (widget_class, RegardModulationPage, places_box);
  gtk_widget_class_bind_template_child (widget_class, RegardModulationPage, verdict_label);
  gtk_widget_class_bind_template_child (widget_class, RegardModulationPage, where_box);
  gtk_widget_class_bind_template_child (widget_class, RegardModulationPage, where_wrap);
  gtk_widget_class_bind_template_callback (widget_class, entry_changed_cb);
}

static void
regard_modulation_page_init (RegardModulationPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
