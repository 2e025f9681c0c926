#include "app/compare-page.h"

#include "app/columns.h"
#include "app/compare-column.h"
#include "app/difference-map.h"
#include "app/image-view.h"
#include "app/preferences.h"

#include <glib/gi18n.h>
#include <math.h>

/* After these pauses in typing answers and evidence follow, as they do beside the photograph. */
#define TYPING_PAUSE 80 /* milliseconds */
#define MAP_PAUSE    300

struct _RegardComparePage
{
  AdwBin parent_instance;

  /* Template widgets */
  AdwClamp *difference_clamp;
  GtkWidget *difference_section;
  GtkLabel *difference_title;
  RegardImageView *difference_view;
  GtkEditable *entry;
  AdwStatusPage *few_page;
  RegardCompareColumn *first;
  GtkLabel *first_more_label;
  GtkPicture *legend;
  GtkLabel *overlap_label;
  RegardCompareColumn *second;
  GtkLabel *second_more_label;
  GtkStack *stack;
  GtkLabel *verdict_label;

  /* Owned references */
  RegardEngine *engine; /* NULL while it is closed */
  RegardPicture *picture;
  vqa_region part;
  GCancellable *listing;
  GCancellable *loading[REGARD_COMPARED];
  GCancellable *asking; /* or explaining; NULL when neither is under way */
  char *asked;          /* the question whose answers are shown, or NULL */
  char *answer;         /* whose evidence is wanted, or NULL */
  guint source;         /* until the question is asked, or evidence looked for */
};

G_DEFINE_FINAL_TYPE (RegardComparePage, regard_compare_page, ADW_TYPE_BIN)

static RegardCompareColumn *
column_of (RegardComparePage *self, guint place)
{
  return place == 0 ? self->first : self->second;
}

static void
forget (GCancellable **cancellable)
{
  if (*cancellable)
    g_cancellable_cancel (*cancellable);
  g_clear_object (cancellable);
}

static GCancellable *
renew (GCancellable **cancellable)
{
  forget (cancellable);
  return *cancellable = g_cancellable_new ();
}

static void
stop_asking (RegardComparePage *self)
{
  g_clear_handle_id (&self->source, g_source_remove);
  forget (&self->asking);
}

/* ---- evidence ---------------------------------------------------------------------------- */

static void
show_more (RegardComparePage *self, guint place, GtkLabel *label, const char *words)
{
  g_autofree char *text = NULL;

  /* Translators: a model's title; then a place such as "mostly at the top". */
  text = g_strdup_printf (_ ("%s found more: %s"),
                          regard_compare_column_get_title (column_of (self, place)), words);
  gtk_label_set_text (label, text);
}

/* NULL: there is no difference to show. */
static void
show_difference (RegardComparePage *self, const RegardComparison *comparison)
{
  g_autofree char *title = NULL, *overlap = NULL, *description = NULL;

  gtk_widget_set_visible (self->difference_section, comparison && comparison->difference);
  if (!comparison || !comparison->difference)
    return;
  title = g_strdup_printf (_ ("Difference of the Evidence for “%s”"), self->answer);
  if (isnan (comparison->overlap))
    overlap = g_strdup (_ ("Neither model found evidence"));
  else
    {
      g_autofree char *percent = regard_format_percent (comparison->overlap);

      overlap = g_strdup_printf (_ ("The maps overlap by %s"), percent);
    }
  gtk_label_set_text (self->difference_title, title);
  gtk_label_set_text (self->overlap_label, overlap);
  show_more (self, 0, self->first_more_label, comparison->side[0].more_words);
  show_more (self, 1, self->second_more_label, comparison->side[1].more_words);
  regard_image_view_set_map (self->difference_view, comparison->difference, &self->part);
  description = g_strjoin (", ", overlap, gtk_label_get_text (self->first_more_label),
                           gtk_label_get_text (self->second_more_label), NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->difference_view),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, title,
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, description, -1);
}

static void
take_maps_away (RegardComparePage *self)
{
  for (guint i = 0; i < REGARD_COMPARED; i++)
    regard_compare_column_set_map (column_of (self, i), NULL, NULL, NULL, NULL);
  show_difference (self, NULL);
}

static void
explained_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (RegardComparePage) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (RegardComparison) comparison = NULL;

  comparison = regard_engine_compare_finish (REGARD_ENGINE (source), result, &error);
  if (!comparison)
    return; /* cancelled: nothing else ends it */
  g_clear_object (&self->asking);
  for (guint i = 0; i < REGARD_COMPARED; i++)
    regard_compare_column_set_map (
        column_of (self, i),
        comparison->side[i].map_words || comparison->side[i].error ? self->answer : NULL,
        comparison->side[i].map, comparison->side[i].map_words, comparison->side[i].error);
  show_difference (self, comparison);
}

static void
explain (RegardComparePage *self)
{
  regard_engine_compare_maps_async (self->engine, self->picture, self->asked, self->answer,
                                    renew (&self->asking), explained_cb, g_object_ref (self));
}

static gboolean
explain_later_cb (gpointer data)
{
  RegardComparePage *self = data;

  self->source = 0;
  explain (self);
  return G_SOURCE_REMOVE;
}

/* Both models' evidence for an answer, which either may have given. */
static void
choose_answer (RegardComparePage *self, const char *answer, guint pause)
{
  stop_asking (self);
  if (g_strcmp0 (self->answer, answer) != 0)
    {
      g_free (self->answer);
      self->answer = g_strdup (answer);
    }
  for (guint i = 0; i < REGARD_COMPARED; i++)
    regard_compare_column_select (column_of (self, i), self->answer);
  if (pause)
    self->source = g_timeout_add (pause, explain_later_cb, self);
  else
    explain (self);
}

/* Otherwise another question is about to be asked. */
static gboolean
is_answered (RegardComparePage *self)
{
  return g_strcmp0 (self->asked, gtk_editable_get_text (self->entry)) == 0;
}

/* The evidence is painted in the palette's colours, so it has to be painted again. */
static void
palette_changed_cb (RegardComparePage *self)
{
  if (self->engine && self->answer && is_answered (self))
    choose_answer (self, self->answer, MAP_PAUSE);
}

static void
answer_cb (RegardComparePage *self, const char *answer)
{
  if (is_answered (self))
    choose_answer (self, answer, 0);
}

/* ---- asking ------------------------------------------------------------------------------ */

static const char *
best_of (const RegardComparison *comparison, guint place)
{
  const vqa_reply *reply = comparison->side[place].reply;

  return reply && reply->n_answers > 0 ? reply->answers[0].answer : NULL;
}

static void
show_verdict (RegardComparePage *self, const RegardComparison *comparison)
{
  const char *first = best_of (comparison, 0), *second = best_of (comparison, 1);
  g_autofree char *text = NULL;

  if (first && second && g_str_equal (first, second))
    text = g_strdup_printf (_ ("Both models answer “%s”."), first);
  else if (first && second)
    text = g_strdup_printf (_ ("The models disagree: “%s” and “%s”."), first, second);
  gtk_label_set_text (self->verdict_label, text ? text : "");
}

/* Nothing is asked. why: of a question that cannot be asked, or NULL. */
static void
show_nothing (RegardComparePage *self, const char *why)
{
  g_clear_pointer (&self->asked, g_free);
  for (guint i = 0; i < REGARD_COMPARED; i++)
    regard_compare_column_set_reply (column_of (self, i), NULL, NULL);
  take_maps_away (self);
  gtk_label_set_text (self->verdict_label,
                      why ? why : _ ("Type a question to see what each model answers."));
}

static void
asked_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (RegardComparePage) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (RegardComparison) comparison = NULL;
  const char *answer;

  comparison = regard_engine_compare_finish (REGARD_ENGINE (source), result, &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_clear_object (&self->asking);
  if (!comparison)
    {
      show_nothing (self, error->message);
      return;
    }
  g_free (self->asked);
  self->asked = g_strdup (gtk_editable_get_text (self->entry));
  for (guint i = 0; i < REGARD_COMPARED; i++)
    regard_compare_column_set_reply (column_of (self, i), comparison->side[i].reply,
                                     comparison->side[i].error);
  show_verdict (self, comparison);
  take_maps_away (self);
  answer = best_of (comparison, 0) ? best_of (comparison, 0) : best_of (comparison, 1);
  if (answer)
    choose_answer (self, answer, MAP_PAUSE);
}

static void
ask (RegardComparePage *self)
{
  g_autofree char *text = g_strstrip (g_strdup (gtk_editable_get_text (self->entry)));

  stop_asking (self);
  if (!*text)
    show_nothing (self, NULL);
  else
    regard_engine_compare_ask_async (self->engine, text, renew (&self->asking), asked_cb,
                                     g_object_ref (self));
}

static gboolean
rested_cb (gpointer data)
{
  RegardComparePage *self = data;

  self->source = 0;
  ask (self);
  return G_SOURCE_REMOVE;
}

static void
entry_changed_cb (RegardComparePage *self)
{
  if (!self->engine)
    return;
  stop_asking (self);
  self->source = g_timeout_add (TYPING_PAUSE, rested_cb, self);
}

static void
entry_activated_cb (RegardComparePage *self)
{
  if (self->engine)
    ask (self);
}

/* ---- models ------------------------------------------------------------------------------ */

typedef struct
{
  RegardComparePage *page;
  guint place;
} loading;

static void
loaded_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autofree loading *l = data;
  g_autoptr (RegardComparePage) self = l->page;
  g_autoptr (GError) error = NULL;
  g_autoptr (RegardMeasured) measured = NULL;

  measured = regard_engine_compare_load_finish (REGARD_ENGINE (source), result, &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_clear_object (&self->loading[l->place]);
  regard_compare_column_set_measured (column_of (self, l->place), measured,
                                      error ? error->message : NULL);
  /* Once, when both are there. */
  if (!self->loading[0] && !self->loading[1])
    ask (self);
}

static void
load (RegardComparePage *self, guint place, const char *path)
{
  loading *l = g_new (loading, 1);

  *l = (loading){ g_object_ref (self), place };
  stop_asking (self);
  regard_compare_column_set_measured (column_of (self, place), NULL, NULL);
  regard_compare_column_set_reply (column_of (self, place), NULL, NULL);
  take_maps_away (self);
  regard_engine_compare_load_async (self->engine, place, path, self->picture, &self->part,
                                    renew (&self->loading[place]), loaded_cb, l);
}

static void
choose_cb (RegardComparePage *self, const char *path, RegardCompareColumn *column)
{
  if (self->engine)
    load (self, column == self->first ? 0 : 1, path);
}

/* Position of the engine's model; 0 when it is none of them. */
static guint
find_current (RegardComparePage *self, const GPtrArray *models)
{
  RegardModel *current = regard_engine_get_model (self->engine);

  for (guint i = 0; current && i < models->len; i++)
    if (g_str_equal (regard_model_get_info (models->pdata[i])->path,
                     regard_model_get_info (current)->path))
      return i;
  return 0;
}

static void
show_few (RegardComparePage *self, guint n)
{
  adw_status_page_set_description (
      self->few_page, n == 0 ? _ ("No model is installed. Import two, and compare what they answer "
                                  "and where they look.")
                             : _ ("Only one model is installed. Import another one, or train one, "
                                  "and compare what they answer and where they look."));
  gtk_stack_set_visible_child_name (self->stack, "few");
}

static void
listed_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (RegardComparePage) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) models = NULL;

  models = regard_engine_models_finish (REGARD_ENGINE (source), result, &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_clear_object (&self->listing);
  if (!models || models->len < REGARD_COMPARED)
    {
      show_few (self, models ? models->len : 0);
      return;
    }
  gtk_stack_set_visible_child_name (self->stack, "two");
  for (guint i = 0, at = find_current (self, models); i < REGARD_COMPARED; i++)
    {
      guint chosen = i == 0 ? at : at == 0 ? 1 : 0;

      regard_compare_column_set_models (column_of (self, i), models, chosen);
      load (self, i, regard_model_get_info (models->pdata[chosen])->path);
    }
  regard_compare_page_focus_entry (self);
}

/* ---- opening and closing ------------------------------------------------------------------- */

static void
leave_engine (RegardComparePage *self)
{
  stop_asking (self);
  forget (&self->listing);
  for (guint i = 0; i < REGARD_COMPARED; i++)
    forget (&self->loading[i]);
  regard_engine_compare_close (self->engine);
  g_clear_object (&self->engine);
}

static void
set_picture (RegardComparePage *self, RegardPicture *picture, const vqa_region *part)
{
  g_set_object (&self->picture, picture);
  self->part = *part;
  for (guint i = 0; i < REGARD_COMPARED; i++)
    regard_compare_column_set_picture (column_of (self, i), picture, part);
  regard_image_view_set_picture (self->difference_view, picture ? picture->texture : NULL,
                                 picture ? picture->width : 0, picture ? picture->height : 0);
  regard_image_view_set_part (self->difference_view, part);
  if (picture)
    adw_clamp_set_maximum_size (self->difference_clamp,
                                regard_compare_picture_width (picture->width, picture->height));
}

void
regard_compare_page_open (RegardComparePage *self, RegardEngine *engine, RegardPicture *picture,
                          const vqa_region *part, const char *question)
{
  g_return_if_fail (REGARD_IS_COMPARE_PAGE (self) && engine && picture && part && question);
  regard_compare_page_close (self);
  gtk_editable_set_text (self->entry, question);
  gtk_editable_set_position (self->entry, -1);
  self->engine = g_object_ref (engine);
  set_picture (self, picture, part);
  show_nothing (self, NULL);
  regard_engine_models_async (engine, renew (&self->listing), listed_cb, g_object_ref (self));
}

void
regard_compare_page_close (RegardComparePage *self)
{
  g_return_if_fail (REGARD_IS_COMPARE_PAGE (self));
  if (!self->engine)
    return;
  leave_engine (self);
  set_picture (self, NULL, &(vqa_region){ 0 });
}

void
regard_compare_page_focus_entry (RegardComparePage *self)
{
  g_return_if_fail (REGARD_IS_COMPARE_PAGE (self));
  if (g_strcmp0 (gtk_stack_get_visible_child_name (self->stack), "two") == 0)
    gtk_widget_grab_focus (GTK_WIDGET (self->entry));
}

static void
regard_compare_page_dispose (GObject *object)
{
  RegardComparePage *self = REGARD_COMPARE_PAGE (object);

  if (self->engine)
    leave_engine (self);
  g_clear_object (&self->picture);
  G_OBJECT_CLASS (regard_compare_page_parent_class)->dispose (object);
}

static void
regard_compare_page_finalize (GObject *object)
{
  g_free (REGARD_COMPARE_PAGE (object)->asked);
  g_free (REGARD_COMPARE_PAGE (object)->answer);
  G_OBJECT_CLASS (regard_compare_page_parent_class)->finalize (object);
}

static void
regard_compare_page_class_init (RegardComparePageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = regard_compare_page_dispose;
  G_OBJECT_CLASS (klass)->finalize = regard_compare_page_finalize;
  g_type_ensure (REGARD_TYPE_COLUMNS);
  g_type_ensure (REGARD_TYPE_COMPARE_COLUMN);
  g_type_ensure (REGARD_TYPE_IMAGE_VIEW);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/regard/Regard/ui/compare-page.ui");
  gtk_widget_class_bind_template_child (widget_class, RegardComparePage, difference_clamp);
  gtk_widget_class_bind_template_child (widget_class, RegardComparePage, difference_section);
  gtk_widget_class_bind_template_child (widget_class, RegardComparePage, difference_title);
  gtk_widget_class_bind_template_child (widget_class, RegardComparePage, difference_view);
  gtk_widget_class_bind_template_child (widget_class, RegardComparePage, entry);
  gtk_widget_class_bind_template_child (widget_class, RegardComparePage, few_page);
  gtk_widget_class_bind_template_child (widget_class, RegardComparePage, first);
  gtk_widget_class_bind_template_child (widget_class, RegardComparePage, first_more_label);
  gtk_widget_class_bind_template_child (widget_class, RegardComparePage, legend);
  gtk_widget_class_bind_template_child (widget_class, RegardComparePage, overlap_label);
  gtk_widget_class_bind_template_child (widget_class, RegardComparePage, second);
  gtk_widget_class_bind_template_child (widget_class, RegardComparePage, second_more_label);
  gtk_widget_class_bind_template_child (widget_class, RegardComparePage, stack);
  gtk_widget_class_bind_template_child (widget_class, RegardComparePage, verdict_label);
  gtk_widget_class_bind_template_callback (widget_class, answer_cb);
  gtk_widget_class_bind_template_callback (widget_class, choose_cb);
  gtk_widget_class_bind_template_callback (widget_class, entry_activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, entry_changed_cb);
}

static void
regard_compare_page_init (RegardComparePage *self)
{
  g_autoptr (GdkTexture) legend = NULL;

  gtk_widget_init_template (GTK_WIDGET (self));
  legend = regard_difference_map_legend (gtk_widget_get_direction (GTK_WIDGET (self))
                                         == GTK_TEXT_DIR_RTL);
  gtk_picture_set_paintable (self->legend, GDK_PAINTABLE (legend));
  g_signal_connect_object (regard_preferences_get (), "notify::palette",
                           G_CALLBACK (palette_changed_cb), self, G_CONNECT_SWAPPED);
}
