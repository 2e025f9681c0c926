#include "app/completions.h"

struct _RegardCompletions
{
  GObject parent_instance;

  GtkListStore *lines; /* one text column */
  char **questions[REGARD_N_COMPLETIONS];
};

G_DEFINE_FINAL_TYPE (RegardCompletions, regard_completions, G_TYPE_OBJECT)

static void
regard_completions_finalize (GObject *object)
{
  RegardCompletions *self = REGARD_COMPLETIONS (object);

  g_clear_object (&self->lines);
  for (guint i = 0; i < REGARD_N_COMPLETIONS; i++)
    g_strfreev (self->questions[i]);
  G_OBJECT_CLASS (regard_completions_parent_class)->finalize (object);
}

static void
regard_completions_class_init (RegardCompletionsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = regard_completions_finalize;
}

static void
regard_completions_init (RegardCompletions *self)
{
  self->lines = gtk_list_store_new (1, G_TYPE_STRING);
}

RegardCompletions *
regard_completions_new (GtkEntry *entry)
{
  RegardCompletions *self = g_object_new (REGARD_TYPE_COMPLETIONS, NULL);
  g_autoptr (GtkEntryCompletion) completion = gtk_entry_completion_new ();

  gtk_entry_completion_set_model (completion, GTK_TREE_MODEL (self->lines));
  gtk_entry_completion_set_text_column (completion, 0);
  gtk_entry_completion_set_minimum_key_length (completion, 2);
  gtk_entry_completion_set_popup_single_match (completion, FALSE);
  gtk_entry_set_completion (entry, completion);
  return self;
}

void
regard_completions_set (RegardCompletions *self, RegardCompletionSource source,
                        const char *const *questions)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  g_return_if_fail (REGARD_IS_COMPLETIONS (self) && source < REGARD_N_COMPLETIONS);
  g_strfreev (self->questions[source]);
  self->questions[source] = g_strdupv ((char **)questions);
  gtk_list_store_clear (self->lines);
  for (guint i = 0; i < REGARD_N_COMPLETIONS; i++)
    for (char **text = self->questions[i]; text && *text; text++)
      if (g_hash_table_add (seen, g_utf8_casefold (*text, -1)))
        gtk_list_store_insert_with_values (self->lines, NULL, -1, 0, *text, -1);
}
