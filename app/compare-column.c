#include "app/compare-column.h"

#include "app/answer-row.h"
#include "app/drop-down.h"
#include "app/image-view.h"
#include "app/preferences.h"

#include <glib/gi18n.h>

/* Of a picture on the page, in pixels. */
#define TALLEST 340

struct _RegardCompareColumn
{
  AdwBin parent_instance;

  /* Template widgets */
  GtkListBox *answer_list;
  GtkDropDown *chooser;
  GtkLabel *error_label;
  GtkWidget *facts;
  RegardImageView *image_view;
  GtkLabel *macs_label;
  GtkLabel *map_label;
  GtkLabel *parameters_label;
  AdwClamp *picture_clamp;
  GtkLabel *side_label;
  GtkLabel *size_label;
  GtkLabel *time_label;
  GtkLabel *verdict_label;

  /* Owned references */
  GPtrArray *models; /* of RegardModel, or NULL */
  vqa_region part;
  gboolean filling; /* nothing is being chosen */
};

enum
{
  SIGNAL_ANSWER,
  SIGNAL_CHOOSE,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (RegardCompareColumn, regard_compare_column, ADW_TYPE_BIN)

int
regard_compare_picture_width (int width, int height)
{
  return MAX (1, width * TALLEST / MAX (height, 1));
}

/* A line that is there only when it has something to say. */
static void
say (GtkLabel *label, const char *text)
{
  gtk_label_set_text (label, text ? text : "");
  gtk_widget_set_visible (GTK_WIDGET (label), text && *text);
}

/* ---- the model --------------------------------------------------------------------------- */

/* Its title, and its name where another model has the same title; the caller frees. */
static char *
title_of (const GPtrArray *models, guint i)
{
  const vqa_model_info *info = regard_model_get_info (models->pdata[i]);

  for (guint k = 0; k < models->len; k++)
    if (k != i && g_str_equal (regard_model_get_info (models->pdata[k])->title, info->title))
      return g_strdup_printf ("%s (%s)", info->title, info->name);
  return g_strdup (info->title);
}

void
regard_compare_column_set_models (RegardCompareColumn *self, GPtrArray *models, guint selected)
{
  g_autoptr (GtkStringList) titles = gtk_string_list_new (NULL);

  g_return_if_fail (REGARD_IS_COMPARE_COLUMN (self) && models);
  for (guint i = 0; i < models->len; i++)
    gtk_string_list_take (titles, title_of (models, i));
  self->filling = TRUE;
  g_ptr_array_ref (models);
  g_clear_pointer (&self->models, g_ptr_array_unref);
  self->models = models;
  gtk_drop_down_set_model (self->chooser, G_LIST_MODEL (titles));
  gtk_drop_down_set_selected (self->chooser, selected);
  self->filling = FALSE;
}

const char *
regard_compare_column_get_title (RegardCompareColumn *self)
{
  GtkStringObject *title;

  g_return_val_if_fail (REGARD_IS_COMPARE_COLUMN (self), NULL);
  title = gtk_drop_down_get_selected_item (self->chooser);
  return title ? gtk_string_object_get_string (title) : "";
}

static void
chosen_cb (RegardCompareColumn *self)
{
  guint i = gtk_drop_down_get_selected (self->chooser);

  if (!self->filling && self->models && i < self->models->len)
    g_signal_emit (self, signals[SIGNAL_CHOOSE], 0,
                   regard_model_get_info (self->models->pdata[i])->path);
}

void
regard_compare_column_set_measured (RegardCompareColumn *self, const RegardMeasured *measured,
                                    const char *error)
{
  const vqa_model_info *info = measured ? regard_model_get_info (measured->model) : NULL;
  g_autofree char *time = NULL, *size = NULL, *parameters = NULL, *macs = NULL, *side = NULL;

  g_return_if_fail (REGARD_IS_COMPARE_COLUMN (self));
  say (self->error_label, error);
  gtk_widget_set_visible (self->facts, info != NULL);
  if (!info)
    return;
  time = g_strdup_printf ("%.1f\u00a0ms", measured->milliseconds);
  size = g_format_size ((guint64)info->bytes);
  parameters = g_strdup_printf ("%'" G_GINT64_FORMAT, info->parameters);
  macs = g_strdup_printf (_ ("%'.1f million"), (double)info->macs / 1e6);
  side = g_strdup_printf ("%d \u00d7 %d", info->side, info->side);
  gtk_label_set_text (self->time_label, time);
  gtk_label_set_text (self->size_label, size);
  gtk_label_set_text (self->parameters_label, parameters);
  gtk_label_set_text (self->macs_label, macs);
  gtk_label_set_text (self->side_label, side);
}

/* ---- answers ----------------------------------------------------------------------------- */

void
regard_compare_column_set_reply (RegardCompareColumn *self, const vqa_reply *reply,
                                 const char *error)
{
  g_autofree char *verdict = NULL;
  GtkWidget *row;

  g_return_if_fail (REGARD_IS_COMPARE_COLUMN (self));
  self->filling = TRUE;
  while ((row = gtk_widget_get_first_child (GTK_WIDGET (self->answer_list))))
    gtk_list_box_remove (self->answer_list, row);
  for (guint i = 0; reply && i < reply->n_answers; i++)
    gtk_list_box_append (self->answer_list, regard_answer_row_new (reply->answers[i].answer,
                                                                   reply->answers[i].probability));
  gtk_widget_set_visible (GTK_WIDGET (self->answer_list), reply && reply->n_answers > 0);
  self->filling = FALSE;
  if (reply && reply->n_answers > 0)
    verdict = reply->confident
                  ? g_strdup (reply->answers[0].answer)
                  : g_strdup_printf (_ ("Not sure, perhaps “%s”"), reply->answers[0].answer);
  say (self->verdict_label, verdict);
  if (error)
    say (self->error_label, error);
}

void
regard_compare_column_select (RegardCompareColumn *self, const char *answer)
{
  GtkListBoxRow *row, *found = NULL;

  g_return_if_fail (REGARD_IS_COMPARE_COLUMN (self));
  for (int i = 0; (row = gtk_list_box_get_row_at_index (self->answer_list, i)); i++)
    if (g_str_equal (regard_answer_row_get_answer (REGARD_ANSWER_ROW (row)), answer))
      found = row;
  self->filling = TRUE;
  gtk_list_box_select_row (self->answer_list, found);
  self->filling = FALSE;
}

static void
selected_cb (RegardCompareColumn *self, GtkListBoxRow *row)
{
  if (!self->filling && row)
    g_signal_emit (self, signals[SIGNAL_ANSWER], 0,
                   regard_answer_row_get_answer (REGARD_ANSWER_ROW (row)));
}

/* ---- evidence ---------------------------------------------------------------------------- */

void
regard_compare_column_set_picture (RegardCompareColumn *self, RegardPicture *picture,
                                   const vqa_region *part)
{
  g_return_if_fail (REGARD_IS_COMPARE_COLUMN (self));
  self->part = *part;
  regard_image_view_set_picture (self->image_view, picture ? picture->texture : NULL,
                                 picture ? picture->width : 0, picture ? picture->height : 0);
  regard_image_view_set_part (self->image_view, part);
  if (picture)
    adw_clamp_set_maximum_size (self->picture_clamp,
                                regard_compare_picture_width (picture->width, picture->height));
}

void
regard_compare_column_set_map (RegardCompareColumn *self, const char *answer, GdkTexture *map,
                               const char *words, const char *error)
{
  g_autofree char *label = NULL, *caption = NULL, *description = NULL;

  g_return_if_fail (REGARD_IS_COMPARE_COLUMN (self));
  label = g_strdup_printf (_ ("Evidence of %s"), regard_compare_column_get_title (self));
  if (answer && !error)
    caption = g_strdup_printf (map ? _ ("Evidence for “%s”") : _ ("No evidence for “%s”"), answer);
  description = caption && map ? g_strjoin (", ", caption, words, NULL) : g_strdup (caption);
  regard_image_view_set_map (self->image_view, map, &self->part);
  gtk_label_set_text (self->map_label, error ? error : description ? description : "");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->image_view), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  label, GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  description ? description : "", -1);
}

/* ---- beginning --------------------------------------------------------------------------- */

static void
regard_compare_column_finalize (GObject *object)
{
  g_clear_pointer (&REGARD_COMPARE_COLUMN (object)->models, g_ptr_array_unref);
  G_OBJECT_CLASS (regard_compare_column_parent_class)->finalize (object);
}

static void
regard_compare_column_class_init (RegardCompareColumnClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GType type = G_TYPE_FROM_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = regard_compare_column_finalize;
  g_type_ensure (REGARD_TYPE_IMAGE_VIEW);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/regard/Regard/ui/compare-column.ui");
  gtk_widget_class_bind_template_child (widget_class, RegardCompareColumn, answer_list);
  gtk_widget_class_bind_template_child (widget_class, RegardCompareColumn, chooser);
  gtk_widget_class_bind_template_child (widget_class, RegardCompareColumn, error_label);
  gtk_widget_class_bind_template_child (widget_class, RegardCompareColumn, facts);
  gtk_widget_class_bind_template_child (widget_class, RegardCompareColumn, image_view);
  gtk_widget_class_bind_template_child (widget_class, RegardCompareColumn, macs_label);
  gtk_widget_class_bind_template_child (widget_class, RegardCompareColumn, map_label);
  gtk_widget_class_bind_template_child (widget_class, RegardCompareColumn, parameters_label);
  gtk_widget_class_bind_template_child (widget_class, RegardCompareColumn, picture_clamp);
  gtk_widget_class_bind_template_child (widget_class, RegardCompareColumn, side_label);
  gtk_widget_class_bind_template_child (widget_class, RegardCompareColumn, size_label);
  gtk_widget_class_bind_template_child (widget_class, RegardCompareColumn, time_label);
  gtk_widget_class_bind_template_child (widget_class, RegardCompareColumn, verdict_label);
  gtk_widget_class_bind_template_callback (widget_class, chosen_cb);
  gtk_widget_class_bind_template_callback (widget_class, selected_cb);
  signals[SIGNAL_ANSWER] = g_signal_new ("answer", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                         G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[SIGNAL_CHOOSE] = g_signal_new ("choose", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                         G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
regard_compare_column_init (RegardCompareColumn *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  regard_drop_down_prepare (self->chooser, 40, _ ("Model"));
  g_object_bind_property (regard_preferences_get (), "evidence-opacity", self->image_view,
                          "map-opacity", G_BINDING_SYNC_CREATE);
}
