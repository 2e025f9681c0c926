#include "app/ask-panel.h"

#include "app/answer-row.h"
#include "app/completions.h"
#include "app/correction.h"
#include "app/question-row.h"
#include "app/stalls.h"

#include "vqa/data/data.h"

#include <glib/gi18n.h>
#include <string.h>

/* An answer takes a few milliseconds; a spinner that short would only flicker. */
#define SPINNER_DELAY 200 /* milliseconds */
/* After this pause in typing the answer follows. */
#define TYPING_PAUSE 80

struct _RegardAskPanel
{
  GtkWidget parent_instance;

  /* Template widgets */
  GtkListBox *answer_list;
  GtkWidget *ask_button;
  GtkStack *ask_stack;
  GtkLabel *asked_label;
  GtkLabel *blind_label;
  GtkWidget *content;
  RegardCorrection *correction;
  GtkEditable *entry;
  GtkFlowBox *example_flow;
  GtkWidget *examples;
  GtkListBox *history_list;
  GtkWidget *history_section;
  GtkLabel *map_error_label;
  GtkWidget *mend_button;
  GtkLabel *mend_label;
  GtkLabel *model_error_label;
  GtkWidget *model_error_section;
  GtkLabel *question_error_label;
  GtkWidget *reply_section;
  GtkScrolledWindow *scroller;
  GtkSpinner *spinner;
  GtkLabel *time_label;
  GtkWidget *unknown_box;
  GtkLabel *unknown_label;
  GtkLabel *verdict_label;
  RegardWordStrip *word_strip;

  /* Owned references */
  RegardPicture *picture;
  RegardQuestion *question;       /* the one shown */
  char **unknown;                 /* words of the last reply that the model does not know */
  char **suggestions;             /* questions the model answers well */
  RegardCompletions *completions; /* of the entry */
  char *mended;                   /* its question without slips of the keyboard, or NULL */
  gboolean filling;               /* rows are being made: nothing is being chosen */
  guint typing_source;            /* until the question being typed is tried */
  guint busy_source;              /* until the spinner is shown */
};

enum
{
  SIGNAL_ASK,
  SIGNAL_CHOOSE,
  SIGNAL_CORRECT,
  SIGNAL_RECALL,
  SIGNAL_TRY,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (RegardAskPanel, regard_ask_panel, GTK_TYPE_WIDGET)

/* For a model that does not tell what it is good at. */
static const char *const example_questions[] = {
  "What is in the picture?", "Is there a person?", "What color is it?", "Is it outdoors?", NULL,
};

/* More would push the answers out of sight. */
#define EXAMPLES 6

/* A line that is there only when it has something to say. */
static void
say (GtkLabel *label, const char *text)
{
  gtk_label_set_text (label, text ? text : "");
  gtk_widget_set_visible (GTK_WIDGET (label), text && *text);
}

static void
update_sensitivity (RegardAskPanel *self)
{
  g_autofree char *text = g_strstrip (g_strdup (gtk_editable_get_text (self->entry)));
  gboolean able = self->picture && !gtk_widget_get_visible (self->model_error_section);

  gtk_widget_set_sensitive (GTK_WIDGET (self->entry), able);
  gtk_widget_set_sensitive (self->ask_button, able && *text);
  gtk_widget_set_sensitive (self->examples, able);
}

static void
ask (RegardAskPanel *self)
{
  g_clear_handle_id (&self->typing_source, g_source_remove);
  if (gtk_widget_get_sensitive (self->ask_button))
    g_signal_emit (self, signals[SIGNAL_ASK], 0, gtk_editable_get_text (self->entry));
}

static void
example_clicked_cb (GtkButton *button, gpointer data)
{
  RegardAskPanel *self = data;

  gtk_editable_set_text (self->entry, gtk_button_get_label (button));
  ask (self);
}

static void
mend_clicked_cb (RegardAskPanel *self)
{
  g_autofree char *question = g_strdup (self->mended);

  gtk_editable_set_text (self->entry, question);
  gtk_editable_set_position (self->entry, -1);
  ask (self);
}

/* Underlines unknown words as a spelling checker does. writing: not the word at the cursor, which
 * may not be finished. */
static void
underline (RegardAskPanel *self, gboolean writing)
{
  const char *text = gtk_editable_get_text (self->entry), *at;
  const char *cursor = g_utf8_offset_to_pointer (text, gtk_editable_get_position (self->entry));
  PangoAttrList *marks = pango_attr_list_new ();

  for (char **word = self->unknown; word && *word; word++)
    for (at = text; (at = vqa_word_find (at, *word)); at += strlen (*word))
      {
        PangoAttribute *mark = pango_attr_underline_new (PANGO_UNDERLINE_ERROR);

        mark->start_index = (guint)(at - text);
        mark->end_index = mark->start_index + (guint)strlen (*word);
        if (writing && cursor >= at && cursor <= at + strlen (*word))
          pango_attribute_destroy (mark);
        else
          pango_attr_list_insert (marks, mark);
      }
  gtk_entry_set_attributes (GTK_ENTRY (self->entry), marks);
  pango_attr_list_unref (marks);
}

static gboolean
rested_cb (gpointer data)
{
  RegardAskPanel *self = data;

  self->typing_source = 0;
  if (gtk_widget_get_sensitive (self->ask_button))
    g_signal_emit (self, signals[SIGNAL_TRY], 0, gtk_editable_get_text (self->entry));
  return G_SOURCE_REMOVE;
}

static void
entry_changed_cb (RegardAskPanel *self)
{
  regard_stalls_typed ();
  say (self->question_error_label, NULL);
  update_sensitivity (self);
  underline (self, TRUE);
  g_clear_handle_id (&self->typing_source, g_source_remove);
  if (gtk_widget_get_sensitive (self->ask_button))
    self->typing_source = g_timeout_add (TYPING_PAUSE, rested_cb, self);
}

static void
answer_selected_cb (RegardAskPanel *self, GtkListBoxRow *row)
{
  if (self->filling || !row || !self->question)
    return;
  g_signal_emit (self, signals[SIGNAL_CHOOSE], 0, self->question,
                 regard_answer_row_get_answer (REGARD_ANSWER_ROW (row)));
}

static void
correct_cb (RegardAskPanel *self, const char *answer)
{
  if (self->question)
    g_signal_emit (self, signals[SIGNAL_CORRECT], 0, self->question, answer);
}

static void
history_activated_cb (RegardAskPanel *self, GtkListBoxRow *row)
{
  RegardQuestion *question = regard_question_row_get_question (REGARD_QUESTION_ROW (row));

  if (question != self->question)
    g_signal_emit (self, signals[SIGNAL_RECALL], 0, question);
}

static GtkWidget *
create_history_row (gpointer item, gpointer data)
{
  return regard_question_row_new (item);
}

/* Marks the shown question in the list. */
static void
select_in_history (RegardAskPanel *self)
{
  guint position;

  if (self->picture && self->question
      && g_list_store_find (self->picture->questions, self->question, &position))
    gtk_list_box_select_row (self->history_list,
                             gtk_list_box_get_row_at_index (self->history_list, (int)position));
  else
    gtk_list_box_unselect_all (self->history_list);
}

/* ---- suggestions ------------------------------------------------------------------------- */

/* What was asked of this photograph completes what is typed. */
static void
update_completions (RegardAskPanel *self)
{
  g_autoptr (GStrvBuilder) list = g_strv_builder_new ();
  g_auto (GStrv) texts = NULL;
  GListModel *asked = self->picture ? G_LIST_MODEL (self->picture->questions) : NULL;

  for (guint i = 0; asked && i < g_list_model_get_n_items (asked); i++)
    {
      g_autoptr (RegardQuestion) question = g_list_model_get_item (asked, i);

      g_strv_builder_add (list, regard_question_get_text (question));
    }
  texts = g_strv_builder_end (list);
  regard_completions_set (self->completions, REGARD_COMPLETIONS_HERE, (const char *const *)texts);
}

static void
show_examples (RegardAskPanel *self)
{
  const char *const *texts = self->suggestions && *self->suggestions
                                 ? (const char *const *)self->suggestions
                                 : example_questions;
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->example_flow))))
    gtk_flow_box_remove (self->example_flow, child);
  for (guint i = 0; texts[i] && i < EXAMPLES; i++)
    {
      GtkWidget *button = gtk_button_new_with_label (texts[i]);

      gtk_widget_add_css_class (button, "example");
      gtk_widget_set_halign (button, GTK_ALIGN_START);
      g_signal_connect_object (button, "clicked", G_CALLBACK (example_clicked_cb), self, 0);
      gtk_flow_box_append (self->example_flow, button);
      gtk_widget_set_focusable (gtk_widget_get_parent (button), FALSE);
    }
}

void
regard_ask_panel_set_suggestions (RegardAskPanel *self, const char *const *questions)
{
  g_return_if_fail (REGARD_IS_ASK_PANEL (self));
  g_strfreev (self->suggestions);
  self->suggestions = g_strdupv ((char **)questions);
  show_examples (self);
  regard_completions_set (self->completions, REGARD_COMPLETIONS_SUGGESTED, questions);
}

RegardCompletions *
regard_ask_panel_get_completions (RegardAskPanel *self)
{
  g_return_val_if_fail (REGARD_IS_ASK_PANEL (self), NULL);
  return self->completions;
}

static void
history_changed_cb (RegardAskPanel *self)
{
  guint n = self->picture ? g_list_model_get_n_items (G_LIST_MODEL (self->picture->questions)) : 0;

  gtk_widget_set_visible (self->history_section, n > 0);
  gtk_widget_set_visible (self->examples,
                          n == 0 && !gtk_widget_get_visible (self->model_error_section));
  select_in_history (self);
  update_completions (self);
}

static void
fill_answers (RegardAskPanel *self, const vqa_reply *reply)
{
  GtkWidget *row;

  self->filling = TRUE;
  while ((row = gtk_widget_get_first_child (GTK_WIDGET (self->answer_list))))
    gtk_list_box_remove (self->answer_list, row);
  for (guint i = 0; i < reply->n_answers; i++)
    gtk_list_box_append (self->answer_list, regard_answer_row_new (reply->answers[i].answer,
                                                                   reply->answers[i].probability));
  gtk_list_box_select_row (self->answer_list, gtk_list_box_get_row_at_index (self->answer_list, 0));
  gtk_widget_set_visible (GTK_WIDGET (self->answer_list), reply->n_answers > 0);
  self->filling = FALSE;
}

static void
fill_unknown_words (RegardAskPanel *self, char **words)
{
  guint n = words ? g_strv_length (words) : 0;
  g_autofree char *joined = NULL, *text = NULL;

  if (n > 0)
    {
      /* Translators: between the words of a list that stand in quotation marks. */
      joined = g_strjoinv (_ ("”, “"), words);
      text = g_strdup_printf (
          ngettext ("The model does not know the word “%s”, and answers without it.",
                    "The model does not know the words “%s”, and answers without them.", n),
          joined);
    }
  say (self->unknown_label, text);
  gtk_widget_set_visible (self->unknown_box, n > 0);
  g_strfreev (self->unknown);
  self->unknown = g_strdupv (words);
  underline (self, FALSE);
}

/* Offers the question that was probably meant; NULL: none. Takes it. */
static void
offer (RegardAskPanel *self, char *mended)
{
  g_autofree char *text = mended ? g_strdup_printf (_ ("Did you mean: %s"), mended) : NULL;

  gtk_label_set_text (self->mend_label, text ? text : "");
  gtk_widget_set_visible (self->mend_button, mended != NULL);
  g_free (self->mended);
  self->mended = mended;
}

static void
fill_summary (RegardAskPanel *self, const vqa_reply *reply)
{
  g_autofree char *verdict = NULL, *blind = NULL, *time = NULL;

  if (reply->n_answers == 0)
    verdict = g_strdup (_ ("No answer"));
  else if (reply->confident)
    verdict = g_strdup (reply->answers[0].answer);
  else
    verdict = g_strdup_printf (_ ("Not sure, perhaps “%s”"), reply->answers[0].answer);
  gtk_label_set_text (self->verdict_label, verdict);
  if (reply->n_blind > 0)
    {
      g_autofree char *percent = regard_format_percent (reply->blind[0].probability);
      g_autofree char *answer = g_strdup_printf ("%s,\u00a0%s", reply->blind[0].answer, percent);

      blind = g_strdup_printf (_ ("Without looking at the photograph: %s"), answer);
    }
  gtk_label_set_text (self->blind_label, blind ? blind : "");
  time = g_strdup_printf (reply->milliseconds < 1 ? "%.1f\u00a0ms" : "%.0f\u00a0ms",
                          reply->milliseconds);
  gtk_label_set_text (self->time_label, time);
}

void
regard_ask_panel_show_question (RegardAskPanel *self, RegardQuestion *question)
{
  const vqa_reply *reply;

  g_return_if_fail (REGARD_IS_ASK_PANEL (self));
  g_set_object (&self->question, question);
  regard_correction_set_question (self->correction, question);
  regard_word_strip_set_question (self->word_strip,
                                  question ? regard_question_get_text (question) : NULL);
  gtk_widget_set_visible (self->reply_section, question != NULL);
  say (self->map_error_label, NULL);
  say (self->question_error_label, NULL);
  fill_unknown_words (self, NULL);
  offer (self, NULL);
  select_in_history (self);
  if (!question)
    return;
  regard_stalls_answered ();
  reply = regard_question_get_reply (question);
  gtk_label_set_text (self->asked_label, regard_question_get_text (question));
  fill_answers (self, reply);
  fill_unknown_words (self, reply->unknown_words);
  offer (self, vqa_reply_mend (reply, regard_question_get_text (question)));
  fill_summary (self, reply);
  gtk_adjustment_set_value (gtk_scrolled_window_get_vadjustment (self->scroller), 0);
}

RegardQuestion *
regard_ask_panel_get_question (RegardAskPanel *self)
{
  g_return_val_if_fail (REGARD_IS_ASK_PANEL (self), NULL);
  return self->question;
}

void
regard_ask_panel_correct (RegardAskPanel *self)
{
  g_return_if_fail (REGARD_IS_ASK_PANEL (self));
  regard_correction_begin (self->correction);
}

const char *
regard_ask_panel_get_answer (RegardAskPanel *self)
{
  GtkListBoxRow *row;

  g_return_val_if_fail (REGARD_IS_ASK_PANEL (self), NULL);
  row = self->question ? gtk_list_box_get_selected_row (self->answer_list) : NULL;
  return row ? regard_answer_row_get_answer (REGARD_ANSWER_ROW (row)) : NULL;
}

RegardWordStrip *
regard_ask_panel_get_words (RegardAskPanel *self)
{
  g_return_val_if_fail (REGARD_IS_ASK_PANEL (self), NULL);
  return self->word_strip;
}

void
regard_ask_panel_set_picture (RegardAskPanel *self, RegardPicture *picture)
{
  g_return_if_fail (REGARD_IS_ASK_PANEL (self));
  if (self->picture)
    g_signal_handlers_disconnect_by_func (self->picture->questions, history_changed_cb, self);
  g_set_object (&self->picture, picture);
  gtk_list_box_bind_model (self->history_list, picture ? G_LIST_MODEL (picture->questions) : NULL,
                           create_history_row, NULL, NULL);
  if (picture)
    g_signal_connect_object (picture->questions, "items-changed", G_CALLBACK (history_changed_cb),
                             self, G_CONNECT_SWAPPED);
  gtk_editable_set_text (self->entry, "");
  regard_ask_panel_show_question (self, NULL);
  history_changed_cb (self);
  update_sensitivity (self);
}

void
regard_ask_panel_set_question_error (RegardAskPanel *self, const char *message)
{
  g_return_if_fail (REGARD_IS_ASK_PANEL (self));
  say (self->question_error_label, message);
}

void
regard_ask_panel_set_map_error (RegardAskPanel *self, const char *message)
{
  g_autofree char *text = message ? g_strdup_printf (_ ("No evidence map. %s"), message) : NULL;

  g_return_if_fail (REGARD_IS_ASK_PANEL (self));
  say (self->map_error_label, text);
}

void
regard_ask_panel_set_model_error (RegardAskPanel *self, const char *message)
{
  g_return_if_fail (REGARD_IS_ASK_PANEL (self));
  say (self->model_error_label, message);
  gtk_widget_set_visible (self->model_error_section, message != NULL);
  history_changed_cb (self);
  update_sensitivity (self);
}

static void
show_spinner (RegardAskPanel *self, gboolean show)
{
  gtk_stack_set_visible_child_name (self->ask_stack, show ? "busy" : "idle");
  gtk_spinner_set_spinning (self->spinner, show);
}

static gboolean
busy_for_long_cb (gpointer data)
{
  RegardAskPanel *self = data;

  self->busy_source = 0;
  show_spinner (self, TRUE);
  return G_SOURCE_REMOVE;
}

void
regard_ask_panel_set_busy (RegardAskPanel *self, gboolean busy)
{
  g_return_if_fail (REGARD_IS_ASK_PANEL (self));
  g_clear_handle_id (&self->busy_source, g_source_remove);
  if (busy)
    self->busy_source = g_timeout_add (SPINNER_DELAY, busy_for_long_cb, self);
  else
    show_spinner (self, FALSE);
}

char *
regard_ask_panel_dup_text (RegardAskPanel *self)
{
  g_return_val_if_fail (REGARD_IS_ASK_PANEL (self), NULL);
  return g_strstrip (g_strdup (gtk_editable_get_text (self->entry)));
}

void
regard_ask_panel_set_part (RegardAskPanel *self, gboolean part)
{
  const char *text = part ? _ ("Ask about the marked part") : _ ("Ask about this photograph");

  g_return_if_fail (REGARD_IS_ASK_PANEL (self));
  g_object_set (self->entry, "placeholder-text", text, NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->entry), GTK_ACCESSIBLE_PROPERTY_PLACEHOLDER,
                                  text, -1);
}

void
regard_ask_panel_focus_entry (RegardAskPanel *self)
{
  g_return_if_fail (REGARD_IS_ASK_PANEL (self));
  gtk_widget_grab_focus (GTK_WIDGET (self->entry));
}

void
regard_ask_panel_select_entry (RegardAskPanel *self)
{
  g_return_if_fail (REGARD_IS_ASK_PANEL (self));
  if (gtk_widget_get_state_flags (GTK_WIDGET (self->entry)) & GTK_STATE_FLAG_FOCUS_WITHIN)
    gtk_editable_select_region (self->entry, 0, -1);
}

static void
regard_ask_panel_dispose (GObject *object)
{
  RegardAskPanel *self = REGARD_ASK_PANEL (object);

  g_clear_handle_id (&self->busy_source, g_source_remove);
  g_clear_handle_id (&self->typing_source, g_source_remove);
  g_clear_object (&self->picture);
  g_clear_object (&self->question);
  g_clear_pointer (&self->unknown, g_strfreev);
  g_clear_pointer (&self->mended, g_free);
  g_clear_pointer (&self->suggestions, g_strfreev);
  g_clear_object (&self->completions);
  g_clear_pointer (&self->content, gtk_widget_unparent);
  G_OBJECT_CLASS (regard_ask_panel_parent_class)->dispose (object);
}

static void
bind_template (GtkWidgetClass *widget_class)
{
  g_type_ensure (REGARD_TYPE_CORRECTION);
  g_type_ensure (REGARD_TYPE_WORD_STRIP);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/regard/Regard/ui/ask-panel.ui");
  gtk_widget_class_bind_template_child (widget_class, RegardAskPanel, answer_list);
  gtk_widget_class_bind_template_child (widget_class, RegardAskPanel, ask_button);
  gtk_widget_class_bind_template_child (widget_class, RegardAskPanel, ask_stack);
  gtk_widget_class_bind_template_child (widget_class, RegardAskPanel, asked_label);
  gtk_widget_class_bind_template_child (widget_class, RegardAskPanel, blind_label);
  gtk_widget_class_bind_template_child (widget_class, RegardAskPanel, content);
  gtk_widget_class_bind_template_child (widget_class, RegardAskPanel, correction);
  gtk_widget_class_bind_template_child (widget_class, RegardAskPanel, entry);
  gtk_widget_class_bind_template_child (widget_class, RegardAskPanel, example_flow);
  gtk_widget_class_bind_template_child (widget_class, RegardAskPanel, examples);
  gtk_widget_class_bind_template_child (widget_class, RegardAskPanel, history_list);
  gtk_widget_class_bind_template_child (widget_class, RegardAskPanel, history_section);
  gtk_widget_class_bind_template_child (widget_class, RegardAskPanel, map_error_label);
  gtk_widget_class_bind_template_child (widget_class, RegardAskPanel, mend_button);
  gtk_widget_class_bind_template_child (widget_class, RegardAskPanel, mend_label);
  gtk_widget_class_bind_template_child (widget_class, RegardAskPanel, model_error_label);
  gtk_widget_class_bind_template_child (widget_class, RegardAskPanel, model_error_section);
  gtk_widget_class_bind_template_child (widget_class, RegardAskPanel, question_error_label);
  gtk_widget_class_bind_template_child (widget_class, RegardAskPanel, reply_section);
  gtk_widget_class_bind_template_child (widget_class, RegardAskPanel, scroller);
  gtk_widget_class_bind_template_child (widget_class, RegardAskPanel, spinner);
  gtk_widget_class_bind_template_child (widget_class, RegardAskPanel, time_label);
  gtk_widget_class_bind_template_child (widget_class, RegardAskPanel, unknown_box);
  gtk_widget_class_bind_template_child (widget_class, RegardAskPanel, unknown_label);
  gtk_widget_class_bind_template_child (widget_class, RegardAskPanel, verdict_label);
  gtk_widget_class_bind_template_child (widget_class, RegardAskPanel, word_strip);
  gtk_widget_class_bind_template_callback (widget_class, answer_selected_cb);
  gtk_widget_class_bind_template_callback (widget_class, ask);
  gtk_widget_class_bind_template_callback (widget_class, correct_cb);
  gtk_widget_class_bind_template_callback (widget_class, entry_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, history_activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, mend_clicked_cb);
}

static void
regard_ask_panel_class_init (RegardAskPanelClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GType type = G_TYPE_FROM_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = regard_ask_panel_dispose;
  signals[SIGNAL_ASK] = g_signal_new ("ask", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                      G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[SIGNAL_CHOOSE] = g_signal_new ("choose", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                         G_TYPE_NONE, 2, REGARD_TYPE_QUESTION, G_TYPE_STRING);
  signals[SIGNAL_CORRECT] = g_signal_new ("correct", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                          G_TYPE_NONE, 2, REGARD_TYPE_QUESTION, G_TYPE_STRING);
  signals[SIGNAL_RECALL] = g_signal_new ("recall", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                         G_TYPE_NONE, 1, REGARD_TYPE_QUESTION);
  signals[SIGNAL_TRY] = g_signal_new ("try", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                      G_TYPE_NONE, 1, G_TYPE_STRING);
  bind_template (widget_class);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "askpanel");
}

static void
regard_ask_panel_init (RegardAskPanel *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->completions = regard_completions_new (GTK_ENTRY (self->entry));
  show_examples (self);
  update_sensitivity (self);
}
