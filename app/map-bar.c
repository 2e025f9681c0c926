#include "app/map-bar.h"

#include "app/difference-map.h"
#include "app/drop-down.h"
#include "app/legend.h"
#include "app/preferences.h"

#include <glib/gi18n.h>

/* A map that is there sooner needs no spinner. */
#define SPINNER_DELAY 200 /* milliseconds */

struct _RegardMapBar
{
  GtkWidget parent_instance;

  /* Template widgets */
  GtkWidget *attention_options;
  GtkDropDown *block_drop;
  GtkCheckButton *brightness_check;
  GtkLabel *caption_label;
  GtkWidget *caption_row;
  GtkPicture *change_colors;
  GtkWidget *change_legend;
  GtkDropDown *direction_drop;
  GtkCheckButton *grid_check;
  GtkDropDown *head_drop;
  GtkDropDown *kind_drop;
  GtkLabel *meaning_label;
  GtkAdjustment *opacity;
  GtkWidget *opacity_scale;
  GtkSpinner *spinner;
  GtkAdjustment *threshold;

  gboolean filling; /* the lists: nobody chooses anything */
  guint spinner_source;
};

enum
{
  SIGNAL_CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (RegardMapBar, regard_map_bar, GTK_TYPE_WIDGET)

static void
changed_cb (RegardMapBar *self)
{
  if (!self->filling)
    g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static vqa_map_kind
chosen_kind (RegardMapBar *self)
{
  return (vqa_map_kind)MIN (gtk_drop_down_get_selected (self->kind_drop), VQA_N_MAP_KINDS - 1);
}

static void
update_meaning (RegardMapBar *self)
{
  static const char *const meanings[VQA_N_MAP_KINDS] = {
    [VQA_MAP_EVIDENCE] = N_ ("What the answer gains from seeing each part"),
    [VQA_MAP_ATTENTION]
    = N_ ("Where the network looks, whatever the answer: click a place, or use the arrow keys"),
    [VQA_MAP_OCCLUSION]
    = N_ ("What the answer loses when each part is blurred; this takes a while"),
    [VQA_MAP_PEAKS] = N_ ("Where the strongest signals lie that spoke for the answer"),
  };
  gboolean change = gtk_widget_get_visible (self->change_legend);

  gtk_label_set_text (self->meaning_label,
                      change ? _ ("What the map gains and loses by the chosen words; Escape shows "
                                  "the whole map again")
                             : _ (meanings[chosen_kind (self)]));
}

static void
kind_cb (RegardMapBar *self)
{
  gtk_widget_set_visible (self->attention_options, chosen_kind (self) == VQA_MAP_ATTENTION);
  update_meaning (self);
  changed_cb (self);
}

void
regard_map_bar_set_change (RegardMapBar *self, gboolean change)
{
  g_return_if_fail (REGARD_IS_MAP_BAR (self));
  gtk_widget_set_visible (self->change_legend, change);
  update_meaning (self);
}

gboolean
regard_map_bar_get_change (RegardMapBar *self)
{
  g_return_val_if_fail (REGARD_IS_MAP_BAR (self), FALSE);
  return gtk_widget_get_visible (self->change_legend);
}

/* -1 for the first line, which stands for all, and for a list without lines. */
static int
chosen_line (GtkDropDown *drop)
{
  guint selected = gtk_drop_down_get_selected (drop);

  return selected == GTK_INVALID_LIST_POSITION ? -1 : (int)selected - 1;
}

vqa_map_options
regard_map_bar_get_options (RegardMapBar *self)
{
  vqa_map_options options = VQA_MAP_OPTIONS_INIT;

  g_return_val_if_fail (REGARD_IS_MAP_BAR (self), options);
  options.kind = chosen_kind (self);
  if (options.kind != VQA_MAP_ATTENTION)
    return options;
  options.to = gtk_drop_down_get_selected (self->direction_drop) == 1;
  options.block = chosen_line (self->block_drop);
  options.head = chosen_line (self->head_drop);
  return options;
}

static void
fill (GtkDropDown *drop, GtkStringList *lines)
{
  guint selected = gtk_drop_down_get_selected (drop);
  guint n = g_list_model_get_n_items (G_LIST_MODEL (lines));

  gtk_drop_down_set_model (drop, G_LIST_MODEL (lines));
  gtk_drop_down_set_selected (drop, selected < n ? selected : 0);
}

void
regard_map_bar_set_attention (RegardMapBar *self, const char *const *blocks, int heads)
{
  g_autoptr (GtkStringList) block_lines = gtk_string_list_new (NULL);
  g_autoptr (GtkStringList) head_lines = gtk_string_list_new (NULL);

  g_return_if_fail (REGARD_IS_MAP_BAR (self) && blocks);
  gtk_string_list_append (block_lines, _ ("Mean of All"));
  gtk_string_list_append (head_lines, _ ("Mean of All"));
  for (int i = 0; blocks[i]; i++)
    gtk_string_list_append (block_lines, blocks[i]);
  for (int i = 1; i <= heads; i++)
    {
      g_autofree char *line = g_strdup_printf ("%d", i);

      gtk_string_list_append (head_lines, line);
    }
  self->filling = TRUE;
  fill (self->block_drop, block_lines);
  fill (self->head_drop, head_lines);
  self->filling = FALSE;
}

void
regard_map_bar_set_caption (RegardMapBar *self, const char *caption, const char *tooltip)
{
  g_return_if_fail (REGARD_IS_MAP_BAR (self));
  gtk_label_set_text (self->caption_label, caption ? caption : "");
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->caption_label), tooltip);
}

const char *
regard_map_bar_get_caption (RegardMapBar *self)
{
  g_return_val_if_fail (REGARD_IS_MAP_BAR (self), NULL);
  return gtk_label_get_text (self->caption_label);
}

static gboolean
busy_for_long_cb (gpointer data)
{
  RegardMapBar *self = data;

  self->spinner_source = 0;
  gtk_spinner_set_spinning (self->spinner, TRUE);
  return G_SOURCE_REMOVE;
}

void
regard_map_bar_set_busy (RegardMapBar *self, gboolean busy)
{
  g_return_if_fail (REGARD_IS_MAP_BAR (self));
  g_clear_handle_id (&self->spinner_source, g_source_remove);
  gtk_spinner_set_spinning (self->spinner, FALSE);
  if (busy)
    self->spinner_source = g_timeout_add (SPINNER_DELAY, busy_for_long_cb, self);
}

static void
regard_map_bar_dispose (GObject *object)
{
  RegardMapBar *self = REGARD_MAP_BAR (object);
  GtkWidget *child;

  g_clear_handle_id (&self->spinner_source, g_source_remove);
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))))
    gtk_widget_unparent (child);
  G_OBJECT_CLASS (regard_map_bar_parent_class)->dispose (object);
}

static void
bind_template (GtkWidgetClass *widget_class)
{
  g_type_ensure (REGARD_TYPE_LEGEND);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/regard/Regard/ui/map-bar.ui");
  gtk_widget_class_bind_template_child (widget_class, RegardMapBar, attention_options);
  gtk_widget_class_bind_template_child (widget_class, RegardMapBar, block_drop);
  gtk_widget_class_bind_template_child (widget_class, RegardMapBar, brightness_check);
  gtk_widget_class_bind_template_child (widget_class, RegardMapBar, caption_label);
  gtk_widget_class_bind_template_child (widget_class, RegardMapBar, caption_row);
  gtk_widget_class_bind_template_child (widget_class, RegardMapBar, change_colors);
  gtk_widget_class_bind_template_child (widget_class, RegardMapBar, change_legend);
  gtk_widget_class_bind_template_child (widget_class, RegardMapBar, direction_drop);
  gtk_widget_class_bind_template_child (widget_class, RegardMapBar, grid_check);
  gtk_widget_class_bind_template_child (widget_class, RegardMapBar, head_drop);
  gtk_widget_class_bind_template_child (widget_class, RegardMapBar, kind_drop);
  gtk_widget_class_bind_template_child (widget_class, RegardMapBar, meaning_label);
  gtk_widget_class_bind_template_child (widget_class, RegardMapBar, opacity);
  gtk_widget_class_bind_template_child (widget_class, RegardMapBar, opacity_scale);
  gtk_widget_class_bind_template_child (widget_class, RegardMapBar, spinner);
  gtk_widget_class_bind_template_child (widget_class, RegardMapBar, threshold);
  gtk_widget_class_bind_template_callback (widget_class, changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, kind_cb);
}

static void
regard_map_bar_class_init (RegardMapBarClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = regard_map_bar_dispose;
  bind_template (widget_class);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                                          0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
regard_map_bar_init (RegardMapBar *self)
{
  GBindingFlags both = G_BINDING_SYNC_CREATE | G_BINDING_BIDIRECTIONAL;
  RegardPreferences *p = regard_preferences_get ();
  g_autoptr (GdkTexture) colours = NULL;

  self->filling = TRUE;
  gtk_widget_init_template (GTK_WIDGET (self));
  kind_cb (self);
  self->filling = FALSE;
  /* Blue, where there is more without the words, comes first in the direction of reading. */
  colours = regard_difference_map_legend (gtk_widget_get_default_direction () != GTK_TEXT_DIR_RTL);
  gtk_picture_set_paintable (self->change_colors, GDK_PAINTABLE (colours));
  regard_drop_down_prepare (self->kind_drop, 20, _ ("What the Map Shows"));
  regard_drop_down_prepare (self->direction_drop, 24, _ ("Direction"));
  regard_drop_down_prepare (self->block_drop, 24, _ ("Block"));
  regard_drop_down_prepare (self->head_drop, 24, _ ("Head"));
  g_object_bind_property (p, "evidence-opacity", self->opacity, "value", both);
  g_object_bind_property (p, "evidence-threshold", self->threshold, "value", both);
  g_object_bind_property (p, "evidence-grid", self->grid_check, "active", both);
  g_object_bind_property (p, "evidence-brightness", self->brightness_check, "active", both);
  g_object_bind_property (p, "show-evidence", self->caption_row, "sensitive",
                          G_BINDING_SYNC_CREATE);
  g_object_bind_property (p, "show-evidence", self->opacity_scale, "sensitive",
                          G_BINDING_SYNC_CREATE);
}
