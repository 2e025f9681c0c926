/* How much each word of the question mattered, and what chosen words change in the map. */
#include "app/window-private.h"

#include <glib/gi18n.h>

void
regard_window_stop_weighing (RegardWindow *self)
{
  if (!self->weighing)
    return;
  g_cancellable_cancel (self->weighing);
  g_clear_object (&self->weighing);
  /* What was cancelled is not there. */
  g_clear_pointer (&self->weighed, g_free);
}

static void
weighed_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (RegardWindow) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (vqa_word_weights) weights
      = regard_engine_words_finish (REGARD_ENGINE (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_clear_object (&self->weighing);
  /* The map, which comes next, tells what is wrong. */
  regard_word_strip_set_weights (regard_ask_panel_get_words (self->ask_panel), weights);
}

void
regard_window_weigh_words (RegardWindow *self, RegardQuestion *question, const char *answer)
{
  const vqa_region *part = regard_question_get_part (question);
  g_autofree char *where = vqa_region_text (part);
  g_autofree char *name
      = g_strdup_printf ("%s\n%s\n%s", regard_question_get_text (question), where, answer);

  if (g_strcmp0 (name, self->weighed) == 0)
    return;
  regard_window_stop_weighing (self);
  g_free (self->weighed);
  self->weighed = g_steal_pointer (&name);
  self->weighing = g_cancellable_new ();
  regard_engine_words_async (self->engine, self->picture, regard_question_get_text (question), part,
                             answer, self->weighing, weighed_cb, g_object_ref (self));
}

gboolean
regard_window_leave_words (RegardWindow *self)
{
  RegardWordStrip *strip = regard_ask_panel_get_words (self->ask_panel);

  if (regard_word_strip_get_chosen (strip) == 0)
    return FALSE;
  regard_word_strip_clear (strip);
  return TRUE;
}

void
regard_window_words_init (RegardWindow *self)
{
  g_signal_connect_object (regard_ask_panel_get_words (self->ask_panel), "changed",
                           G_CALLBACK (regard_window_look_again), self, G_CONNECT_SWAPPED);
}
