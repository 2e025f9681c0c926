#include "app/model-chooser.h"

#include <glib/gi18n.h>

struct _RegardModelChooser
{
  GtkWidget parent_instance;

  /* Template widgets */
  GtkMenuButton *button;
  GtkPopover *popover;
  GtkLabel *title_label;
  GtkLabel *description_label;
  GtkWidget *models_section;
  GtkListBox *models_list;
  GtkWidget *good_section;
  GtkListBox *good_list;
  GtkWidget *weak_section;
  GtkListBox *weak_list;
  GtkLabel *measured_label;
  GtkLabel *short_terms_label;
  GtkLabel *terms_label;

  /* Owned references */
  RegardModel *model;
  GPtrArray *models; /* of RegardModel, as the rows of models_list */
};

G_DEFINE_FINAL_TYPE (RegardModelChooser, regard_model_chooser, GTK_TYPE_WIDGET)

enum
{
  WANTED,
  CHOOSE,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
empty (GtkListBox *list)
{
  GtkWidget *row;

  while ((row = gtk_widget_get_first_child (GTK_WIDGET (list))))
    gtk_list_box_remove (list, row);
}

static GtkWidget *
row_new (const char *title, const char *subtitle)
{
  GtkWidget *row = adw_action_row_new ();

  /* What a file says is text, never markup. */
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, title,
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, subtitle, -1);
  return row;
}

/* ---- what the model is ------------------------------------------------------------------------
 */

static void
add_fact (GtkListBox *list, const vqa_fact *fact)
{
  g_autofree char *sentence = vqa_fact_sentence (fact);
  GtkWidget *row = row_new (fact->title, sentence);
  g_autofree char *tip = g_strdup_printf (
      fact->people
          ? ngettext ("Measured on %u question that people asked",
                      "Measured on %u questions that people asked", fact->questions)
          : ngettext ("Measured on %u question, made from what is known of pictures",
                      "Measured on %u questions, most of them made from what is known of pictures",
                      fact->questions),
      fact->questions);

  gtk_widget_set_tooltip_text (row, tip);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), FALSE);
  gtk_list_box_append (list, row);
}

/* Too few questions say nothing. */
#define ENOUGH 30

static void
show_facts (RegardModelChooser *self, const vqa_facts *facts)
{
  guint good = 0, weak = 0;

  empty (self->good_list);
  empty (self->weak_list);
  for (guint i = 0; facts && i < facts->kinds->len; i++)
    {
      const vqa_fact *fact = facts->kinds->pdata[i];

      if (fact->questions < ENOUGH)
        continue;
      if (vqa_fact_is_good (fact))
        good++;
      else
        weak++;
      add_fact (vqa_fact_is_good (fact) ? self->good_list : self->weak_list, fact);
    }
  gtk_widget_set_visible (self->good_section, good > 0);
  gtk_widget_set_visible (self->weak_section, weak > 0);
  gtk_label_set_text (self->measured_label,
                      good + weak > 0 ? _ ("Measured on pictures it never learned from. “Without "
                                           "looking”: what the question alone gives.")
                                      : _ ("Its file does not say how good it is."));
}

static void
show_model (RegardModelChooser *self)
{
  const vqa_model_info *info = self->model ? regard_model_get_info (self->model) : NULL;
  g_autofree char *terms = self->model ? regard_model_dup_terms_in_short (self->model) : NULL;

  gtk_label_set_text (self->title_label, info ? info->title : _ ("No model"));
  gtk_label_set_text (self->description_label, !info ? _ ("There is no model that could answer.")
                                               : info->description ? info->description
                                                                   : "");
  gtk_widget_set_visible (GTK_WIDGET (self->description_label), !info || info->description);
  show_facts (self, self->model ? regard_model_get_facts (self->model) : NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->measured_label), info != NULL);
  gtk_label_set_text (self->short_terms_label, terms ? terms : "");
  gtk_label_set_text (self->terms_label, self->model ? regard_model_get_terms (self->model) : "");
}

/* ---- which models there are -------------------------------------------------------------------
 */

static gboolean
is_current (RegardModelChooser *self, RegardModel *model)
{
  return self->model
         && g_str_equal (regard_model_get_info (model)->path,
                         regard_model_get_info (self->model)->path);
}

static void
show_models (RegardModelChooser *self)
{
  empty (self->models_list);
  for (guint i = 0; self->models && i < self->models->len; i++)
    {
      RegardModel *model = self->models->pdata[i];
      const vqa_model_info *info = regard_model_get_info (model);
      g_autofree char *size = g_format_size ((guint64)info->bytes);
      g_autofree char *terms = regard_model_dup_terms_in_short (model);
      g_autofree char *subtitle = g_strdup_printf (
          ngettext ("%s, %s, %d answer\n%s", "%s, %s, %d answers\n%s", (gulong)info->n_answers),
          info->name, size, info->n_answers, terms);
      GtkWidget *row = row_new (info->title, subtitle);

      gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), TRUE);
      if (is_current (self, model))
        adw_action_row_add_suffix (ADW_ACTION_ROW (row),
                                   gtk_image_new_from_icon_name ("object-select-symbolic"));
      gtk_list_box_append (self->models_list, row);
    }
  /* One model alone leaves nothing to choose. */
  gtk_widget_set_visible (self->models_section, self->models && self->models->len > 1);
}

static void
activated_cb (RegardModelChooser *self, GtkListBoxRow *row)
{
  RegardModel *model = self->models->pdata[gtk_list_box_row_get_index (row)];

  if (!is_current (self, model))
    g_signal_emit (self, signals[CHOOSE], 0, regard_model_get_info (model)->path);
}

static void
show_cb (RegardModelChooser *self)
{
  show_model (self);
  show_models (self);
  g_signal_emit (self, signals[WANTED], 0);
}

/* ---- the widget -------------------------------------------------------------------------------
 */

void
regard_model_chooser_set_model (RegardModelChooser *self, RegardModel *model)
{
  g_autofree char *tooltip = NULL;

  g_return_if_fail (REGARD_IS_MODEL_CHOOSER (self));
  g_set_object (&self->model, model);
  tooltip = model ? g_strdup_printf (_ ("Model: %s"), regard_model_get_info (model)->title)
                  : g_strdup (_ ("No model"));
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->button), tooltip);
  if (gtk_widget_get_visible (GTK_WIDGET (self->popover)))
    {
      show_model (self);
      show_models (self);
    }
}

void
regard_model_chooser_set_models (RegardModelChooser *self, GPtrArray *models)
{
  g_return_if_fail (REGARD_IS_MODEL_CHOOSER (self) && models);
  g_clear_pointer (&self->models, g_ptr_array_unref);
  self->models = g_ptr_array_ref (models);
  if (gtk_widget_get_visible (GTK_WIDGET (self->popover)))
    show_models (self);
}

void
regard_model_chooser_popdown (RegardModelChooser *self)
{
  g_return_if_fail (REGARD_IS_MODEL_CHOOSER (self));
  gtk_menu_button_popdown (self->button);
}

static void
regard_model_chooser_dispose (GObject *object)
{
  RegardModelChooser *self = REGARD_MODEL_CHOOSER (object);
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))))
    gtk_widget_unparent (child);
  g_clear_object (&self->model);
  g_clear_pointer (&self->models, g_ptr_array_unref);
  G_OBJECT_CLASS (regard_model_chooser_parent_class)->dispose (object);
}

static void
bind_template (GtkWidgetClass *widget_class)
{
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/regard/Regard/ui/model-chooser.ui");
  gtk_widget_class_bind_template_child (widget_class, RegardModelChooser, button);
  gtk_widget_class_bind_template_child (widget_class, RegardModelChooser, description_label);
  gtk_widget_class_bind_template_child (widget_class, RegardModelChooser, good_list);
  gtk_widget_class_bind_template_child (widget_class, RegardModelChooser, good_section);
  gtk_widget_class_bind_template_child (widget_class, RegardModelChooser, measured_label);
  gtk_widget_class_bind_template_child (widget_class, RegardModelChooser, models_list);
  gtk_widget_class_bind_template_child (widget_class, RegardModelChooser, models_section);
  gtk_widget_class_bind_template_child (widget_class, RegardModelChooser, popover);
  gtk_widget_class_bind_template_child (widget_class, RegardModelChooser, short_terms_label);
  gtk_widget_class_bind_template_child (widget_class, RegardModelChooser, terms_label);
  gtk_widget_class_bind_template_child (widget_class, RegardModelChooser, title_label);
  gtk_widget_class_bind_template_child (widget_class, RegardModelChooser, weak_list);
  gtk_widget_class_bind_template_child (widget_class, RegardModelChooser, weak_section);
  gtk_widget_class_bind_template_callback (widget_class, activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, show_cb);
}

static void
regard_model_chooser_class_init (RegardModelChooserClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = regard_model_chooser_dispose;
  bind_template (widget_class);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  signals[WANTED] = g_signal_new ("wanted", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                  NULL, NULL, G_TYPE_NONE, 0);
  signals[CHOOSE] = g_signal_new ("choose", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                  NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
regard_model_chooser_init (RegardModelChooser *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  regard_model_chooser_set_model (self, NULL);
}
