/* Asking about the photograph, or a part of it. */
#include "app/window-private.h"

#include <glib/gi18n.h>

/* The same pause for a part that is being moved as for a question that is being typed. */
#define PART_PAUSE 80 /* milliseconds */
/* Both answers are to be read, and the way back is to be taken. */
#define CHANGE_SECONDS 10

void
regard_window_stop_looking (RegardWindow *self)
{
  self->asked++;
  g_clear_handle_id (&self->map_source, g_source_remove);
  g_clear_handle_id (&self->part_source, g_source_remove);
  if (self->looking)
    g_cancellable_cancel (self->looking);
  g_clear_object (&self->looking);
  regard_window_stop_weighing (self);
  if (self->ask_panel)
    {
      regard_ask_panel_set_busy (self->ask_panel, FALSE);
      regard_map_bar_set_busy (self->map_bar, FALSE);
    }
}

/* ---- asking ------------------------------------------------------------------------------ */

void
regard_window_recall (RegardWindow *self, RegardQuestion *question)
{
  regard_window_stop_looking (self);
  g_clear_pointer (&self->mapped, g_free);
  g_clear_pointer (&self->weighed, g_free);
  regard_window_ask_about (self, regard_question_get_part (question));
  regard_ask_panel_show_question (self->ask_panel, question);
  regard_window_look_for (self, question, TRUE);
}

/* A question asked again moves to the top instead of standing there twice. */
static void
add_to_history (RegardPicture *picture, RegardQuestion *question)
{
  GListStore *list = picture->questions;

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (list)); i++)
    {
      g_autoptr (RegardQuestion) old = g_list_model_get_item (G_LIST_MODEL (list), i);

      if (g_str_equal (regard_question_get_text (old), regard_question_get_text (question))
          && vqa_region_equal (regard_question_get_part (old), regard_question_get_part (question)))
        {
          regard_question_set_correction (question, regard_question_get_correction (old));
          g_list_store_remove (list, i);
          break;
        }
    }
  g_list_store_insert (list, 0, question);
}

typedef struct
{
  RegardWindow *window;
  RegardPicture *picture; /* that is asked about: another one may be open when the answer comes */
  RegardQuestion *before; /* the answer that a closer look is compared with, or NULL */
  guint64 serial;
  gboolean record;
} asking;

static void
asking_free (asking *a)
{
  g_object_unref (a->window);
  g_object_unref (a->picture);
  g_clear_object (&a->before);
  g_free (a);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (asking, asking_free)

/* "poodle (71 %)"; the caller frees. */
static char *
best_text (const vqa_reply *reply)
{
  g_autofree char *percent = regard_format_percent (reply->answers[0].probability);

  return g_strdup_printf ("“%s” (%s)", reply->answers[0].answer, percent);
}

/* What the closer look changed. */
static void
tell_change (RegardWindow *self, RegardQuestion *before, RegardQuestion *after)
{
  const vqa_reply *old = regard_question_get_reply (before),
                  *new = regard_question_get_reply (after);
  g_autofree char *was = NULL, *is = NULL, *text = NULL;
  AdwToast *toast;

  if (old->n_answers == 0 || new->n_answers == 0)
    return;
  was = best_text (old);
  is = best_text (new);
  text = vqa_reply_differs (old, new)
             ? g_strdup_printf (_ ("Closer: %s instead of %s"), is, was)
             : g_strdup_printf (_ ("Closer: still %s, before %s"), is, was);
  toast = adw_toast_new (text);
  adw_toast_set_button_label (toast, _ ("_Whole Photograph"));
  adw_toast_set_action_name (toast, "win.ask-whole");
  adw_toast_set_timeout (toast, CHANGE_SECONDS);
  adw_toast_overlay_add_toast (self->toasts, toast);
}

static void
show_answer (RegardWindow *self, const asking *a, const RegardLook *look, const GError *error)
{
  if (a->record)
    regard_ask_panel_set_busy (self->ask_panel, FALSE);
  if (look)
    {
      regard_ask_panel_show_question (self->ask_panel, look->question);
      regard_window_look_for (self, look->question, a->record);
      if (a->before)
        tell_change (self, a->before, look->question);
    }
  else if (a->record || g_error_matches (error, VQA_ERROR, VQA_ERROR_PICTURE))
    regard_ask_panel_set_question_error (self->ask_panel, error->message);
}

static void
asked_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (asking) a = data;
  RegardWindow *self = a->window;
  g_autoptr (GError) error = NULL;
  g_autoptr (RegardLook) look = NULL;

  look = regard_engine_look_finish (REGARD_ENGINE (source), result, &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (look && a->record)
    add_to_history (a->picture, look->question);
  if (look && look->library_error)
    {
      g_autofree char *text
          = g_strdup_printf (_ ("This question could not be kept. %s"), look->library_error);

      regard_window_tell (self, GTK_MESSAGE_WARNING, text);
    }
  /* Something newer was asked since: its answer is the one to show. */
  if (a->serial != self->asked)
    return;
  g_clear_object (&self->looking);
  show_answer (self, a, look, error);
}

/* What is to be recorded is never cancelled: it was asked. before: as of asking. */
static void
start_asking (RegardWindow *self, const char *text, gboolean record, RegardQuestion *before)
{
  asking *a = g_new0 (asking, 1);
  gboolean explaining = self->looking != NULL;

  regard_window_stop_looking (self);
  if (explaining)
    g_clear_pointer (&self->mapped, g_free);
  if (!record)
    self->looking = g_cancellable_new ();
  regard_ask_panel_set_busy (self->ask_panel, record);
  a->window = g_object_ref (self);
  a->picture = g_object_ref (self->picture);
  a->serial = self->asked;
  a->record = record;
  a->before = before ? g_object_ref (before) : NULL;
  regard_engine_ask_async (self->engine, self->picture, text,
                           regard_image_view_get_part (self->image_view), record, self->looking,
                           asked_cb, a);
}

void
regard_window_ask (RegardWindow *self, const char *text)
{
  if (!self->picture)
    return;
  start_asking (self, text, TRUE, NULL);
  /* Now, not with the answer: by then the next question may be half typed. */
  regard_ask_panel_select_entry (self->ask_panel);
}

static void
try_cb (RegardWindow *self, const char *text)
{
  if (self->picture)
    start_asking (self, text, FALSE, NULL);
}

/* ---- a part ------------------------------------------------------------------------------ */

char *
regard_window_describe_sizes (RegardWindow *self)
{
  const RegardPicture *p = self->picture;
  const vqa_region *part = regard_image_view_get_part (self->image_view);
  g_autoptr (GString) text = g_string_new (NULL);

  if (part->width)
    g_string_append_printf (text, _ ("%d × %d of "), part->width, part->height);
  g_string_append_printf (text, "%d \u00d7 %d", p->width, p->height);
  if (p->side > 0)
    g_string_append_printf (text, _ (", seen as %d × %d"), p->side, p->side);
  return g_strdup (text->str);
}

/* Tells everywhere what is asked about. */
static void
update_part (RegardWindow *self)
{
  gboolean part = regard_image_view_get_part (self->image_view)->width > 0;
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self), "ask-part");

  g_simple_action_set_enabled (G_SIMPLE_ACTION (action), self->picture != NULL);
  g_simple_action_set_state (G_SIMPLE_ACTION (action), g_variant_new_boolean (part));
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.ask-whole", part);
  regard_image_view_set_marking (self->image_view, part);
  regard_ask_panel_set_part (self->ask_panel, part);
  regard_window_update_title (self);
}

void
regard_window_ask_about (RegardWindow *self, const vqa_region *part)
{
  regard_image_view_set_part (self->image_view, part);
  regard_window_show_no_map (self);
  update_part (self);
}

/* The question goes to the part, and to the whole photograph when there is none any more. */
static gboolean
ask_part_cb (gpointer data)
{
  RegardWindow *self = data;
  RegardQuestion *question = regard_ask_panel_get_question (self->ask_panel);
  g_autofree char *text = regard_ask_panel_dup_text (self->ask_panel);

  self->part_source = 0;
  if (*text)
    start_asking (self, text, FALSE, NULL);
  else if (question)
    start_asking (self, regard_question_get_text (question), FALSE, NULL);
  return G_SOURCE_REMOVE;
}

static void
part_changed_cb (RegardWindow *self)
{
  update_part (self);
  g_clear_handle_id (&self->part_source, g_source_remove);
  self->part_source = g_timeout_add (PART_PAUSE, ask_part_cb, self);
}

/* Begins with the middle: from there a part can be dragged, or moved by keys. */
static void
change_ask_part (GSimpleAction *action, GVariant *state, gpointer data)
{
  RegardWindow *self = data;
  int w = self->picture ? self->picture->width : 0, h = self->picture ? self->picture->height : 0;
  vqa_region part = { w / 4, h / 4, MAX (w / 2, 1), MAX (h / 2, 1) };

  if (!self->picture || regard_window_shows_compare (self) || regard_window_shows_modulation (self))
    return;
  if (!g_variant_get_boolean (state))
    part = (vqa_region){ 0 };
  regard_image_view_set_part (self->image_view, &part);
  if (part.width)
    gtk_widget_grab_focus (GTK_WIDGET (self->image_view));
  else
    regard_ask_panel_focus_entry (self->ask_panel);
  part_changed_cb (self);
}

static void
ask_whole_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  g_action_group_change_action_state (G_ACTION_GROUP (widget), "ask-part",
                                      g_variant_new_boolean (FALSE));
}

/* ---- a closer look ------------------------------------------------------------------------- */

typedef struct
{
  RegardWindow *window;
  RegardQuestion *question; /* that is looked at again */
  guint64 serial;
} looking;

static void
looking_free (looking *l)
{
  g_object_unref (l->window);
  g_object_unref (l->question);
  g_free (l);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (looking, looking_free)

/* The evidence is there: the question goes to the part it points to. */
static void
pointed_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (looking) l = data;
  RegardWindow *self = l->window;
  g_autoptr (GError) error = NULL;
  g_autoptr (RegardLook) look = regard_engine_look_finish (REGARD_ENGINE (source), result, &error);
  vqa_region part;

  if (l->serial != self->asked || !self->picture
      || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_clear_object (&self->looking);
  regard_ask_panel_set_busy (self->ask_panel, FALSE);
  if (!look || !look->map)
    regard_ask_panel_set_map_error (self->ask_panel, look ? look->map_error : error->message);
  else if (!vqa_evidence_part (&look->map->shown,
                               look->part.width ? look->part.width : self->picture->width,
                               look->part.width ? look->part.height : self->picture->height, &part))
    {
      adw_toast_overlay_add_toast (
          self->toasts,
          adw_toast_new (
              _ ("The evidence is spread out: there is no part to look at more closely")));
      /* The one that was on its way was dropped for this. */
      regard_window_look_for (self, l->question, TRUE);
    }
  else
    {
      part.x += look->part.x;
      part.y += look->part.y;
      regard_window_ask_about (self, &part);
      start_asking (self, regard_question_get_text (l->question), TRUE, l->question);
    }
}

static void
look_closer_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  RegardWindow *self = REGARD_WINDOW (widget);
  RegardQuestion *question = regard_ask_panel_get_question (self->ask_panel);
  vqa_map_options options = VQA_MAP_OPTIONS_INIT;
  looking *l;

  if (!self->picture || !question || regard_window_shows_compare (self)
      || regard_window_shows_history (self) || regard_window_shows_modulation (self))
    return;
  l = g_new0 (looking, 1);
  regard_window_stop_looking (self);
  g_clear_pointer (&self->mapped, g_free);
  self->looking = g_cancellable_new ();
  regard_ask_panel_set_busy (self->ask_panel, TRUE);
  l->window = g_object_ref (self);
  l->question = g_object_ref (question);
  l->serial = self->asked;
  options.answer = regard_ask_panel_get_answer (self->ask_panel);
  regard_engine_explain_async (self->engine, self->picture, regard_question_get_text (question),
                               regard_question_get_part (question), &options, self->looking,
                               pointed_cb, l);
}

/* Out of the last thing that was gone into: chosen words, then a part. */
static gboolean
escape_cb (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  RegardWindow *self = REGARD_WINDOW (widget);

  if (regard_window_leave_modulation (self))
    return TRUE;
  if (regard_window_leave_words (self))
    return TRUE;
  if (regard_image_view_get_part (self->image_view)->width == 0)
    return FALSE;
  ask_whole_action (widget, "win.ask-whole", NULL);
  return TRUE;
}

/* ---- beginning --------------------------------------------------------------------------- */

void
regard_window_ask_class_init (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_callback_full (widget_class, "ask_cb",
                                                G_CALLBACK (regard_window_ask));
  gtk_widget_class_bind_template_callback (widget_class, part_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, try_cb);
  gtk_widget_class_bind_template_callback_full (widget_class, "recall_cb",
                                                G_CALLBACK (regard_window_recall));
  gtk_widget_class_install_action (widget_class, "win.ask-whole", NULL, ask_whole_action);
  gtk_widget_class_install_action (widget_class, "win.look-closer", NULL, look_closer_action);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_k, GDK_CONTROL_MASK, "win.look-closer",
                                       NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_r, GDK_CONTROL_MASK, "win.ask-part",
                                       NULL);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Escape, 0, escape_cb, NULL);
}

void
regard_window_ask_init (RegardWindow *self)
{
  static const GActionEntry entries[]
      = { { "ask-part", NULL, NULL, "false", change_ask_part, { 0 } } };

  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
}
