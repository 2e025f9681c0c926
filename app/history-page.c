#include "app/drop-down.h"
#include "app/history-page-private.h"
#include "app/history-row.h"

#include <glib/gi18n.h>

G_DEFINE_FINAL_TYPE (RegardHistoryPage, regard_history_page, GTK_TYPE_WIDGET)

enum
{
  SIGNAL_OPEN,
  SIGNAL_FOUND,
  SIGNAL_TOAST,
  SIGNAL_TELL,
  SIGNAL_CLEARED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

void
regard_history_page_tell (RegardHistoryPage *self, GtkMessageType type, const char *message)
{
  g_signal_emit (self, signals[SIGNAL_TELL], 0, type, message);
}

void
regard_history_page_toast (RegardHistoryPage *self, AdwToast *toast)
{
  g_signal_emit (self, signals[SIGNAL_TOAST], 0, toast);
  g_object_unref (toast);
}

void
regard_history_page_cleared (RegardHistoryPage *self)
{
  g_signal_emit (self, signals[SIGNAL_CLEARED], 0);
}

/* ---- finding ----------------------------------------------------------------------------- */

/* The text that belongs to the chosen line of a drop-down; NULL for its first line, "all". */
static const char *
chosen (GtkDropDown *drop, const GPtrArray *keys)
{
  guint i = gtk_drop_down_get_selected (drop);

  return i > 0 && i <= keys->len ? keys->pdata[i - 1] : NULL;
}

gboolean
regard_history_page_is_filtered (RegardHistoryPage *self)
{
  return *gtk_editable_get_text (GTK_EDITABLE (self->search_entry))
         || gtk_drop_down_get_selected (self->picture_drop) > 0
         || gtk_drop_down_get_selected (self->model_drop) > 0
         || gtk_drop_down_get_selected (self->corrected_drop) > 0;
}

static void
filter_changed_cb (RegardHistoryPage *self)
{
  static const vqa_corrected corrected[]
      = { VQA_CORRECTED_ANY, VQA_CORRECTED_YES, VQA_CORRECTED_NO };
  vqa_filter filter = { 0 };

  if (!self->model || self->filling)
    return;
  filter.words = gtk_editable_get_text (GTK_EDITABLE (self->search_entry));
  filter.picture = chosen (self->picture_drop, self->picture_keys);
  filter.model = chosen (self->model_drop, self->model_keys);
  filter.corrected = corrected[MIN (gtk_drop_down_get_selected (self->corrected_drop), 2)];
  self->to_top = TRUE;
  regard_history_model_set_filter (self->model, &filter);
}

/* The line with the focus may be gone: then keys would reach nothing here. */
static void
keep_focus (RegardHistoryPage *self, gboolean has_lines)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  GtkWidget *focus = root ? gtk_root_get_focus (root) : NULL;

  if (!gtk_widget_get_mapped (GTK_WIDGET (self)))
    return;
  if (!has_lines && (!focus || gtk_widget_is_ancestor (focus, GTK_WIDGET (self->stack))))
    gtk_widget_grab_focus (regard_history_page_is_filtered (self)
                               ? self->everything_button
                               : GTK_WIDGET (self->search_entry));
  else if (!focus)
    gtk_widget_grab_focus (GTK_WIDGET (self->list));
}

static void
found_cb (RegardHistoryPage *self)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->model));

  gtk_stack_set_visible_child_name (self->stack, n > 0 ? "list"
                                                 : regard_history_page_is_filtered (self)
                                                     ? "nothing"
                                                     : "empty");
  gtk_widget_set_visible (self->filters, n > 0 || regard_history_page_is_filtered (self));
  gtk_widget_set_sensitive (GTK_WIDGET (self->select_button), n > 0);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "history.export", n > 0);
  if (self->to_top)
    gtk_adjustment_set_value (gtk_scrolled_window_get_vadjustment (self->scroller), 0);
  self->to_top = FALSE;
  keep_focus (self, n > 0);
  g_signal_emit (self, signals[SIGNAL_FOUND], 0);
}

static void
failed_cb (RegardHistoryPage *self, const char *message)
{
  regard_history_page_tell (self, GTK_MESSAGE_ERROR, message);
}

/* Fills a drop-down with "all" and the titles; what was chosen stays so where it still is there.
 * FALSE when it is not. */
static gboolean
fill_drop (GtkDropDown *drop, const char *all, GPtrArray *titles, GPtrArray **keys,
           GPtrArray *new_keys)
{
  g_autofree char *before = g_strdup (chosen (drop, *keys));
  g_autoptr (GtkStringList) lines = gtk_string_list_new (NULL);
  guint selected = 0;

  gtk_string_list_append (lines, all);
  for (guint i = 0; i < titles->len; i++)
    {
      gtk_string_list_append (lines, titles->pdata[i]);
      if (g_strcmp0 (before, new_keys->pdata[i]) == 0)
        selected = i + 1;
    }
  g_ptr_array_unref (*keys);
  *keys = g_ptr_array_ref (new_keys);
  gtk_drop_down_set_model (drop, G_LIST_MODEL (lines));
  gtk_drop_down_set_selected (drop, selected);
  return selected > 0 || !before;
}

static void
choices_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (RegardHistoryPage) self = data;
  g_autoptr (RegardChoices) choices
      = regard_engine_choices_finish (REGARD_ENGINE (source), result, NULL);
  g_autoptr (GPtrArray) titles = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) pictures = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) models = g_ptr_array_new_with_free_func (g_free);
  gboolean same;

  if (!choices || !self->model)
    return;
  for (guint i = 0; i < choices->pictures->len; i++)
    {
      const vqa_store_picture *p = choices->pictures->pdata[i];

      g_ptr_array_add (titles, g_strdup (p->title));
      g_ptr_array_add (pictures, g_strdup (p->hash));
    }
  for (guint i = 0; i < choices->models->len; i++)
    {
      const vqa_store_model *m = choices->models->pdata[i];

      g_ptr_array_add (names, g_strdup_printf ("%s (%.6s)", m->name, m->hash));
      g_ptr_array_add (models, g_strdup (m->hash));
    }
  self->filling = TRUE;
  same = fill_drop (self->picture_drop, _ ("All Photographs"), titles, &self->picture_keys,
                    pictures);
  same = fill_drop (self->model_drop, _ ("All Models"), names, &self->model_keys, models) && same;
  self->filling = FALSE;
  if (!same)
    filter_changed_cb (self);
}

void
regard_history_page_update (RegardHistoryPage *self)
{
  g_return_if_fail (REGARD_IS_HISTORY_PAGE (self) && self->engine);
  regard_history_model_reload (self->model);
  regard_engine_choices_async (self->engine, NULL, choices_cb, g_object_ref (self));
}

static void
history_changed_cb (RegardHistoryPage *self)
{
  if (gtk_widget_get_mapped (GTK_WIDGET (self)))
    regard_history_page_update (self);
}

static void
show_everything_cb (RegardHistoryPage *self)
{
  self->filling = TRUE;
  gtk_editable_set_text (GTK_EDITABLE (self->search_entry), "");
  gtk_drop_down_set_selected (self->picture_drop, 0);
  gtk_drop_down_set_selected (self->model_drop, 0);
  gtk_drop_down_set_selected (self->corrected_drop, 0);
  self->filling = FALSE;
  filter_changed_cb (self);
}

static void
stop_search_cb (RegardHistoryPage *self)
{
  if (*gtk_editable_get_text (GTK_EDITABLE (self->search_entry)))
    gtk_editable_set_text (GTK_EDITABLE (self->search_entry), "");
  else
    gtk_widget_activate_action (GTK_WIDGET (self), "win.home", NULL);
}

/* Enter in the search goes on in what was found. */
static void
focus_list_cb (RegardHistoryPage *self)
{
  gtk_widget_grab_focus (GTK_WIDGET (self->list));
}

void
regard_history_page_focus_search (RegardHistoryPage *self)
{
  g_return_if_fail (REGARD_IS_HISTORY_PAGE (self));
  gtk_widget_grab_focus (GTK_WIDGET (self->search_entry));
}

guint
regard_history_page_get_n_questions (RegardHistoryPage *self)
{
  g_return_val_if_fail (REGARD_IS_HISTORY_PAGE (self), 0);
  return self->model ? g_list_model_get_n_items (G_LIST_MODEL (self->model)) : 0;
}

/* ---- lines ------------------------------------------------------------------------------- */

static void
pin_cb (RegardHistoryPage *self, gboolean pinned, RegardHistoryRow *row)
{
  RegardEntry *entry = regard_history_row_get_entry (row);
  gint64 moment = entry ? regard_entry_get_moment (entry) : 0;

  if (entry)
    regard_history_page_pin (self, &moment, 1, pinned);
}

static void
delete_cb (RegardHistoryPage *self, RegardHistoryRow *row)
{
  RegardEntry *entry = regard_history_row_get_entry (row);
  gint64 moment = entry ? regard_entry_get_moment (entry) : 0;

  if (entry)
    regard_history_page_delete (self, &moment, 1);
}

static void
setup_cb (GtkListItemFactory *factory, GtkListItem *item, gpointer data)
{
  RegardHistoryPage *self = data;
  GtkWidget *row = regard_history_row_new ();

  regard_history_row_set_selecting (REGARD_HISTORY_ROW (row), self->selecting);
  g_signal_connect_object (row, "pin", G_CALLBACK (pin_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (row, "delete", G_CALLBACK (delete_cb), self, G_CONNECT_SWAPPED);
  gtk_list_item_set_child (item, row);
}

static void
bind_cb (GtkListItemFactory *factory, GtkListItem *item, gpointer data)
{
  RegardHistoryRow *row = REGARD_HISTORY_ROW (gtk_list_item_get_child (item));

  regard_history_row_set_selecting (row, REGARD_HISTORY_PAGE (data)->selecting);
  regard_history_row_set_entry (row, gtk_list_item_get_item (item));
}

static void
unbind_cb (GtkListItemFactory *factory, GtkListItem *item, gpointer data)
{
  regard_history_row_set_entry (REGARD_HISTORY_ROW (gtk_list_item_get_child (item)), NULL);
}

static void
activate_cb (RegardHistoryPage *self, guint position)
{
  g_autoptr (RegardEntry) entry = NULL;

  if (self->selecting)
    {
      regard_history_model_toggle (self->model, position);
      return;
    }
  entry = g_list_model_get_item (G_LIST_MODEL (self->model), position);
  if (entry && regard_entry_get (entry))
    g_signal_emit (self, signals[SIGNAL_OPEN], 0, regard_entry_get (entry));
}

/* ---- selection --------------------------------------------------------------------------- */

static void
selection_changed_cb (RegardHistoryPage *self)
{
  guint n = regard_history_model_get_n_selected (self->model);
  g_autofree char *text = n == 0 ? g_strdup (_ ("Select questions"))
                                 : g_strdup_printf (ngettext ("%u selected", "%u selected", n), n);

  gtk_label_set_text (self->selected_label, text);
  gtk_widget_set_sensitive (self->delete_selected_button, n > 0);
  gtk_widget_set_sensitive (self->pin_selected_button, n > 0);
  gtk_widget_set_sensitive (self->export_selected_button, n > 0);
}

static void
select_toggled_cb (RegardHistoryPage *self)
{
  self->selecting = gtk_toggle_button_get_active (self->select_button);
  gtk_revealer_set_reveal_child (self->selection_bar, self->selecting);
  regard_history_model_select_none (self->model);
  selection_changed_cb (self);
  for (GtkWidget *cell = gtk_widget_get_first_child (GTK_WIDGET (self->list)); cell;
       cell = gtk_widget_get_next_sibling (cell))
    {
      GtkWidget *row = gtk_widget_get_first_child (cell);

      if (REGARD_IS_HISTORY_ROW (row))
        regard_history_row_set_selecting (REGARD_HISTORY_ROW (row), self->selecting);
    }
}

static void
select_all_cb (RegardHistoryPage *self)
{
  regard_history_model_select_all (self->model);
}

static void
pin_selected_cb (RegardHistoryPage *self)
{
  g_autoptr (GArray) moments = regard_history_model_get_selected (self->model);

  regard_history_page_pin (self, (const gint64 *)(const void *)moments->data, moments->len, TRUE);
  gtk_toggle_button_set_active (self->select_button, FALSE);
}

static void
delete_selected_cb (RegardHistoryPage *self)
{
  g_autoptr (GArray) moments = regard_history_model_get_selected (self->model);

  if (moments->len == 0)
    return;
  regard_history_page_delete (self, (const gint64 *)(const void *)moments->data, moments->len);
  gtk_toggle_button_set_active (self->select_button, FALSE);
}

/* The Delete key: what is selected, or the line with the focus. */
static gboolean
delete_key_cb (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  RegardHistoryPage *self = REGARD_HISTORY_PAGE (widget);
  GtkWidget *focus = gtk_root_get_focus (gtk_widget_get_root (widget));
  GtkWidget *row = focus ? gtk_widget_get_first_child (focus) : NULL;

  if (!focus || !gtk_widget_is_ancestor (focus, GTK_WIDGET (self->list)))
    return FALSE;
  if (self->selecting)
    delete_selected_cb (self);
  else if (REGARD_IS_HISTORY_ROW (row))
    delete_cb (self, REGARD_HISTORY_ROW (row));
  return TRUE;
}

/* ---- object ------------------------------------------------------------------------------ */

void
regard_history_page_set_engine (RegardHistoryPage *self, RegardEngine *engine)
{
  g_autoptr (GtkListItemFactory) factory = NULL;
  g_autoptr (GtkNoSelection) selection = NULL;

  g_return_if_fail (REGARD_IS_HISTORY_PAGE (self) && !self->engine);
  self->engine = g_object_ref (engine);
  self->model = regard_history_model_new (engine);
  factory = gtk_signal_list_item_factory_new ();
  g_signal_connect_object (self->model, "found", G_CALLBACK (found_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->model, "failed", G_CALLBACK (failed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->model, "selection-changed", G_CALLBACK (selection_changed_cb),
                           self, G_CONNECT_SWAPPED);
  g_signal_connect_object (engine, "history-changed", G_CALLBACK (history_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (factory, "setup", G_CALLBACK (setup_cb), self, 0);
  g_signal_connect_object (factory, "bind", G_CALLBACK (bind_cb), self, 0);
  g_signal_connect_object (factory, "unbind", G_CALLBACK (unbind_cb), self, 0);
  gtk_list_view_set_factory (self->list, factory);
  selection = gtk_no_selection_new (g_object_ref (G_LIST_MODEL (self->model)));
  gtk_list_view_set_model (self->list, GTK_SELECTION_MODEL (selection));
}

static void
regard_history_page_dispose (GObject *object)
{
  RegardHistoryPage *self = REGARD_HISTORY_PAGE (object);

  g_clear_object (&self->toast);
  g_clear_pointer (&self->content, gtk_widget_unparent);
  g_clear_object (&self->model);
  g_clear_object (&self->engine);
  G_OBJECT_CLASS (regard_history_page_parent_class)->dispose (object);
}

static void
regard_history_page_finalize (GObject *object)
{
  RegardHistoryPage *self = REGARD_HISTORY_PAGE (object);

  g_ptr_array_unref (self->picture_keys);
  g_ptr_array_unref (self->model_keys);
  g_ptr_array_unref (self->deleted);
  G_OBJECT_CLASS (regard_history_page_parent_class)->finalize (object);
}

static void
bind_template (GtkWidgetClass *widget_class)
{
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/regard/Regard/ui/history-page.ui");
  gtk_widget_class_bind_template_child (widget_class, RegardHistoryPage, content);
  gtk_widget_class_bind_template_child (widget_class, RegardHistoryPage, corrected_drop);
  gtk_widget_class_bind_template_child (widget_class, RegardHistoryPage, delete_selected_button);
  gtk_widget_class_bind_template_child (widget_class, RegardHistoryPage, everything_button);
  gtk_widget_class_bind_template_child (widget_class, RegardHistoryPage, export_selected_button);
  gtk_widget_class_bind_template_child (widget_class, RegardHistoryPage, filters);
  gtk_widget_class_bind_template_child (widget_class, RegardHistoryPage, list);
  gtk_widget_class_bind_template_child (widget_class, RegardHistoryPage, model_drop);
  gtk_widget_class_bind_template_child (widget_class, RegardHistoryPage, picture_drop);
  gtk_widget_class_bind_template_child (widget_class, RegardHistoryPage, pin_selected_button);
  gtk_widget_class_bind_template_child (widget_class, RegardHistoryPage, scroller);
  gtk_widget_class_bind_template_child (widget_class, RegardHistoryPage, search_entry);
  gtk_widget_class_bind_template_child (widget_class, RegardHistoryPage, select_button);
  gtk_widget_class_bind_template_child (widget_class, RegardHistoryPage, selected_label);
  gtk_widget_class_bind_template_child (widget_class, RegardHistoryPage, selection_bar);
  gtk_widget_class_bind_template_child (widget_class, RegardHistoryPage, stack);
  gtk_widget_class_bind_template_callback (widget_class, activate_cb);
  gtk_widget_class_bind_template_callback (widget_class, delete_selected_cb);
  gtk_widget_class_bind_template_callback (widget_class, filter_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, focus_list_cb);
  gtk_widget_class_bind_template_callback (widget_class, pin_selected_cb);
  gtk_widget_class_bind_template_callback (widget_class, select_all_cb);
  gtk_widget_class_bind_template_callback (widget_class, select_toggled_cb);
  gtk_widget_class_bind_template_callback (widget_class, show_everything_cb);
  gtk_widget_class_bind_template_callback (widget_class, stop_search_cb);
}

static void
regard_history_page_class_init (RegardHistoryPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GType type = G_TYPE_FROM_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = regard_history_page_dispose;
  G_OBJECT_CLASS (klass)->finalize = regard_history_page_finalize;
  signals[SIGNAL_OPEN] = g_signal_new ("open", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                       G_TYPE_NONE, 1, G_TYPE_POINTER);
  signals[SIGNAL_FOUND]
      = g_signal_new ("found", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_TOAST] = g_signal_new ("toast", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                        G_TYPE_NONE, 1, ADW_TYPE_TOAST);
  signals[SIGNAL_TELL] = g_signal_new ("tell", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                       G_TYPE_NONE, 2, GTK_TYPE_MESSAGE_TYPE, G_TYPE_STRING);
  signals[SIGNAL_CLEARED]
      = g_signal_new ("cleared", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  bind_template (widget_class);
  regard_history_page_add_actions (widget_class);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Delete, 0, delete_key_cb, NULL);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "historypage");
}

static void
regard_history_page_init (RegardHistoryPage *self)
{
  static const char *const corrected[]
      = { N_ ("Corrected or Not"), N_ ("Corrected"), N_ ("Not Corrected") };
  g_autoptr (GtkStringList) lines = gtk_string_list_new (NULL);

  self->filling = TRUE;
  self->picture_keys = g_ptr_array_new ();
  self->model_keys = g_ptr_array_new ();
  self->deleted = g_ptr_array_new_with_free_func ((GDestroyNotify)g_ptr_array_unref);
  gtk_widget_init_template (GTK_WIDGET (self));
  regard_drop_down_prepare (self->picture_drop, 14, _ ("Photograph"));
  regard_drop_down_prepare (self->model_drop, 14, _ ("Model"));
  regard_drop_down_prepare (self->corrected_drop, 14, _ ("Right or Wrong"));
  for (guint i = 0; i < G_N_ELEMENTS (corrected); i++)
    gtk_string_list_append (lines, _ (corrected[i]));
  gtk_drop_down_set_model (self->corrected_drop, G_LIST_MODEL (lines));
  gtk_drop_down_set_expression (
      self->picture_drop, gtk_property_expression_new (GTK_TYPE_STRING_OBJECT, NULL, "string"));
  gtk_drop_down_set_enable_search (self->picture_drop, TRUE);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "history.undo", FALSE);
  self->filling = FALSE;
}
